"""SenderPoolForm: one table of all senders; search, filter, select many, add, move and remove, stop half way."""

import re
import threading

from account import pool
from forms import click, inside, pick, words
from msvc_toolkit.senders.calls import add_senders, list_senders
from msvc_toolkit.senders.form import SenderPoolForm

SAN_FRANCISCO = ["+14155550100", "+14155550101"]
TORONTO = "+14165550100"
SEATTLE = "+12065550100"  # voice only
TOLL_FREE = "+18885550100"


def addresses(form):
    """The addresses in the table, on all pages."""
    return {row.address for row in form.rows}


def buttons(form):
    """What the buttons below the table say that can be seen."""
    act = (form.button, form.move, form.remove, form.keep)
    return [button.description for button in act if button.layout.display != "none"]


def cells(form):
    """What the rows that can be seen show."""
    return [words(box.description) for box in form.picker.rows.boxes if box.layout.display != "none"]


def test_an_empty_pool_says_what_that_means(conn, sid):
    """The form says that sending fails, offers everything the account has, and names no number of senders to add."""
    form = SenderPoolForm(conn, sid)

    assert "The pool is empty: messages fail" in words(form.heading.value)
    assert len(form.rows) == len(cells(form)) == 10
    assert buttons(form) == ["Add senders"]
    assert form.button.disabled
    assert "Select senders in the table first." in form.missing.value


def test_filtering_selecting_all_and_adding(conn, sid):
    """Two numbers found by a word are added in one click; the counts and the next step follow, and nothing is listed."""
    form = SenderPoolForm(conn, sid)
    form.fill(filter="san francisco")
    assert form.picker.all.description == "Select all 2 that match"
    form.picker.all.click()
    assert "2 can be added now. The pool then holds 2 of at most 400 numbers." in words(form.said["ready"].value)
    assert buttons(form) == ["Add 2 senders"]

    said = words(click(form))
    assert pool(conn, sid) == set(SAN_FRANCISCO)
    assert "2 senders were added. The pool holds 2 of at most 400 numbers." in said
    assert "Next: send a message" in said
    assert "415" not in said
    assert "The pool holds 2 senders: 2 local." in words(form.heading.value)
    assert {row.address for row in form.pool} == set(SAN_FRANCISCO)
    assert form.selected == []
    assert "phone_numbers.create(" in form.code.value


def test_all_kinds_join_a_pool(conn, sid):
    """Numbers, a toll-free number, a short code, a channel sender and both sorts of sender ID."""
    form = SenderPoolForm(conn, sid)
    form.picker.all.click()
    click(form)
    for country in ("", "gb"):
        form.alpha.fill(alpha="ACME", country=country)
        assert "It is in the pool" in click(form.alpha)

    kinds = set(list_senders(conn, sid)["kind"])
    assert kinds == {"local", "mobile", "toll-free", "short code", "channel", "alphanumeric"}
    members = conn.client.messaging.v1.services(sid)
    assert [len(x.list()) for x in (members.alpha_senders, members.destination_alpha_senders)] == [1, 1]
    form.picker.place.value = "In this pool"
    assert sum("ACME" in line for line in cells(form)) == 2


def test_a_search_knows_digits_kind_and_country(conn, sid):
    """Whole numbers can be looked for although the table masks them, and words are taken together."""
    form = SenderPoolForm(conn, sid)
    looked_for = ("toll-free US", 1), ("4155550101", 1), ("+1 416", 1), ("GB", 1), ("whatsapp", 1), ("", 10)
    for typed, found in looked_for:
        form.fill(filter=typed)
        assert len(form.rows) == found


def test_a_search_without_a_match_says_how_to_go_on(conn, sid):
    """Nothing matches: a sentence says what to clear, and one click clears it."""
    form = SenderPoolForm(conn, sid)
    form.picker.place.value = "In other services"
    form.fill(filter="nobody")

    assert cells(form) == []
    assert "No sender matches. Clear the search or a filter." in words(form.picker.rows.none.value)
    assert form.picker.all.layout.display == "none"
    form.picker.reset.click()
    assert len(form.rows) == 10
    assert words(form.picker.rows.none.value) == ""


def test_places_and_chips_narrow_the_table(conn, sid, other):
    """Free, in other services, in this pool: each with its count; kinds and countries can be switched on together."""
    add_senders(conn, sid, SAN_FRANCISCO)
    form = SenderPoolForm(conn, sid)
    assert other
    assert [label for label, _ in form.picker.place.options] == [
        "All 10",
        "Free 7",
        "In other services 1",
        "In this pool 2",
    ]
    for place, found in (("In other services", {TORONTO}), ("In this pool", set(SAN_FRANCISCO))):
        form.picker.place.value = place
        assert addresses(form) == found
    form.picker.place.value = "All"
    chips = {part.description: part for part in inside(form.picker.view) if hasattr(part, "name")}
    assert {"short code 1", "local 6", "WhatsApp 1", "CA 1", "GB 1", "US 8"} <= set(chips)
    chips["toll-free 1"].value = chips["mobile 1"].value = True
    assert addresses(form) == {TOLL_FREE, "+447400123456"}
    chips["GB 1"].value = True
    assert addresses(form) == {"+447400123456"}
    assert "1 to 1 of 1 that match" in words(form.picker.rows.count.value)


def test_every_page_can_be_read_and_chosen_from(conn, sid):
    """With more senders than fit on a page, the same check boxes show the next ones; what was ticked stays ticked."""
    for number in range(40):
        conn.sandbox.own(f"+1313555{number:04}")
    form = SenderPoolForm(conn, sid)
    rows = form.picker.rows
    assert "1 to 25 of 50" in words(rows.count.value)
    first, seen = rows.boxes[3], cells(form)
    first.value = True
    chosen = form.selected[0]
    rows.next.click()

    assert "26 to 50 of 50" in words(rows.count.value)
    assert rows.next.disabled
    assert not first.value
    assert len(set(seen) | set(cells(form))) >= 40
    first.value = True
    rows.previous.click()
    assert first.value
    assert len(form.selected) == 2
    first.value = False
    assert chosen not in form.selected
    form.picker.order.value = "Sort by number"
    assert [row.address for row in form.rows] == sorted(row.address for row in form.rows)
    form.picker.clear.click()
    assert form.selected == []


def test_labels_are_shown_as_text(conn, sid):
    """A label with markup is escaped in its row."""
    conn.sandbox.own("+13135550199", friendly_name="<b>Front</b> desk")
    form = SenderPoolForm(conn, sid)
    form.fill(filter="front")

    assert "&lt;b&gt;Front&lt;/b&gt; desk" in form.picker.rows.boxes[0].description


def test_a_selection_survives_a_search(conn, sid):
    """Typing on in the search keeps what is selected; the selection is of senders, not of row numbers."""
    form = SenderPoolForm(conn, sid)
    pick(form, SAN_FRANCISCO[1])
    for typed in ("415", "toronto"):
        form.fill(filter=typed)
        assert [row.address for row in form.selected] == [SAN_FRANCISCO[1]]
    assert "1 selected" in words(form.said["selected"].value)


def test_removing_asks_first(conn, sid):
    """The first click says what removing stops; the second one removes, and the account keeps the number."""
    add_senders(conn, sid, SAN_FRANCISCO)
    form = SenderPoolForm(conn, sid)
    pick(form, SAN_FRANCISCO[0])
    assert buttons(form) == ["Remove 1 from the pool…"]
    form.remove.click()
    assert buttons(form) == ["Remove 1 sender from the pool", "Keep it where it is"]
    assert "Orders then sends from 1 sender." in words(form.question.value)
    assert pool(conn, sid) == set(SAN_FRANCISCO)
    said = click(form)

    assert "1 sender was removed. The pool holds 1 of at most 400 numbers." in said
    assert pool(conn, sid) == {SAN_FRANCISCO[1]}
    assert [row.service_sid for row in form.rows if row.address == SAN_FRANCISCO[0]] == [None]


def test_moving_asks_first_and_names_who_loses(conn, sid, other):
    """The question names the other service and what it loses; the number then leaves it and joins this one."""
    form = SenderPoolForm(conn, sid)
    pick(form, TORONTO)
    assert buttons(form) == ["Move 1 from other services…"]
    form.move.click()
    assert buttons(form) == ["Move 1 sender to Orders", "Keep it where it is"]
    assert "Other <b>shop</b> loses its only sender" in words(form.question.value)
    assert "&lt;b&gt;" in form.question.value
    assert ".delete()" in form.code.value
    assert pool(conn, other) == {TORONTO}
    said = click(form)

    assert "1 sender was moved here from other services. The pool holds 1 of at most 400 numbers." in said
    assert (pool(conn, sid), pool(conn, other)) == ({TORONTO}, set())


def test_a_question_can_be_taken_back(conn, sid, other):
    """Keeping them, or selecting something else, takes the question back; nothing has changed."""
    form = SenderPoolForm(conn, sid)
    for back in (form.keep.click, lambda: pick(form, TORONTO, *SAN_FRANCISCO)):
        pick(form, TORONTO)
        form.move.click()
        assert words(form.question.value)
        back()
        assert form.question.value == ""
        assert "Move 1 from other services…" in buttons(form)
    assert pool(conn, other) == {TORONTO}


def test_facts_are_the_same_before_and_after_joining(conn, sid):
    """Kind, country, label and what it can send do not depend on whether a sender is in a pool."""
    form = SenderPoolForm(conn, sid)

    def facts():
        return {row.address: (row.kind_name, row.country, row.can_send, row.label) for row in form.rows}

    before = facts()
    assert before["894546"][:3] == ("short code", "US", "SMS, MMS")
    assert before["whatsapp:+14155550199"][:3] == ("WhatsApp", "US", "WhatsApp")
    assert before[SEATTLE][2] == "Voice only"
    form.picker.all.click()
    click(form)
    assert len(form.pool) == 9
    assert facts() == before


def test_cancelling_half_way(conn, sid):
    """Cancel between two senders: the ones before are in, the others untried and still selected."""
    form = SenderPoolForm(conn, sid)
    pick(form, *SAN_FRANCISCO, TORONTO, TOLL_FREE)
    form.bar.observe(lambda change: change.new == 2 and form.cancel.click(), names="value")
    said = words(click(form))

    assert "2 senders were added." in said
    assert "2 were not tried: You stopped before this one. " in said
    assert len(pool(conn, sid)) == 2
    assert form.cancel.layout.display == "none"
    form.bar.unobserve_all()
    assert "2 senders were added" in click(form)
    assert len(pool(conn, sid)) == 4


def test_progress_and_cancel_show_only_while_at_work(conn, sid):
    """The bar and Cancel are there while senders are added, the button says so, and both are gone afterwards."""
    form = SenderPoolForm(conn, sid)
    pick(form, *SAN_FRANCISCO)
    seen = []
    form.bar.observe(
        lambda _: seen.append(
            (form.bar.layout.display, form.cancel.layout.display, form.button.description, form.busy)
        ),
        names="value",
    )
    click(form)

    assert set(seen) == {("", "", "Working…", True)}
    assert (form.bar.layout.display, form.cancel.layout.display) == ("none", "none")


def test_a_sender_id_clears_the_input_once_it_is_in(conn, sid):
    """After success nothing is complained of, and the next one can be typed."""
    form = SenderPoolForm(conn, sid).alpha
    form.fill(alpha="ACME")
    click(form)

    assert form.fields["alpha"].widget.value == ""
    assert "Problem" not in form.fields["alpha"].note.value
    assert "alpha_senders.create(" in form.code.value


def test_an_outcome_goes_with_the_next_selection(conn, sid):
    """What was said of the last click is no longer beside another selection."""
    form = SenderPoolForm(conn, sid)
    pick(form, SAN_FRANCISCO[0])
    assert "1 sender was added" in click(form)
    pick(form, TOLL_FREE)

    assert form.outcome.value == ""


def test_no_button_ever_names_zero_senders(conn, sid, other):
    """Whatever is selected, a button that can be seen names at least one sender, or none at all."""
    add_senders(conn, sid, SAN_FRANCISCO)
    form = SenderPoolForm(conn, sid)
    assert other
    seen = set()
    for wanted in ((), (SEATTLE,), (TORONTO,), SAN_FRANCISCO, (TOLL_FREE,), (*SAN_FRANCISCO, TORONTO, SEATTLE)):
        pick(form, *wanted)
        for asked in ("", "move", "remove"):
            if asked == "" or getattr(form, asked).layout.display != "none":
                form.ask(asked)
                seen |= set(buttons(form))
                form.ask("")
    assert {"Add 1 sender", "Move 1 sender to Orders", "Remove 2 senders from the pool"} <= seen
    assert not [text for text in seen if re.search(r"\b0\b", text)]


def test_typing_while_the_pool_is_reloaded_never_selects_another_sender(conn, sid):
    """The search is typed in one thread while two others reload; what is selected stays what was selected."""
    form = SenderPoolForm(conn, sid)
    pick(form, SAN_FRANCISCO[1])
    wrong = []

    def look(_):
        wrong.extend(row.address for row in form.selected if row.address != SAN_FRANCISCO[1])

    for box in form.picker.rows.boxes:
        box.observe(look, names="value")
    threads = [threading.Thread(target=lambda: [form.reload() for _ in range(10)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for typed in ("415", "", "4155550101", "san", "") * 4:
        form.fill(filter=typed)
    for thread in threads:
        thread.join()

    assert wrong == []
    assert [row.address for row in form.selected] == [SAN_FRANCISCO[1]]
