"""SenderPoolForm: see the pool, filter, select many, add, move and remove, stop half way."""

import threading

from account import pool
from forms import click, pick
from msvc_toolkit.senders.calls import add_senders, list_senders
from msvc_toolkit.senders.form import SenderPoolForm

SAN_FRANCISCO = ["+14155550100", "+14155550101"]
TORONTO = "+14165550100"
SEATTLE = "+12065550100"  # voice only
TOLL_FREE = "+18885550100"


def test_an_empty_pool_says_what_that_means(conn, sid):
    """The form tells that sending fails, offers everything the account has, and has nothing to remove."""
    form = SenderPoolForm(conn, sid)

    assert "The pool is empty" in form.summary.value
    assert len(form.add.rows) == 10
    assert form.remove.button.disabled
    assert "Select the senders to add" in form.add.missing.value


def test_filtering_selecting_all_and_adding(conn, sid):
    """Two numbers found by a word are added in one click; table, summary and next step follow."""
    form = SenderPoolForm(conn, sid)
    form.add.fill(filter="san francisco")
    form.add.all.click()
    assert form.add.button.description == "Add 2 senders to the pool"

    said = click(form.add)
    assert pool(conn, sid) == set(SAN_FRANCISCO)
    assert "2 added" in said
    assert "Step 4" in said
    assert "The pool holds 2" in form.summary.value
    assert {row.address for row in form.remove.rows} == set(SAN_FRANCISCO)
    assert form.add.rows == []
    assert "phone_numbers.create(" in form.add.code.value


def test_all_kinds_join_a_pool(conn, sid):
    """Numbers, a toll-free number, a short code, a channel sender and both sorts of sender ID."""
    form = SenderPoolForm(conn, sid)
    form.add.all.click()
    click(form.add)
    for country in ("", "gb"):
        form.alpha.fill(alpha="ACME", country=country)
        assert "It is in the pool" in click(form.alpha)

    kinds = set(list_senders(conn, sid)["kind"])
    assert kinds == {"local", "mobile", "toll-free", "short code", "channel", "alphanumeric"}
    members = conn.client.messaging.v1.services(sid)
    assert [len(x.list()) for x in (members.alpha_senders, members.destination_alpha_senders)] == [1, 1]


def test_a_filter_knows_digits_kind_and_country(conn, sid):
    """Whole numbers can be looked for although the table masks them, and words are taken together."""
    form = SenderPoolForm(conn, sid)
    for words, found in (("toll-free US", 1), ("4155550101", 1), ("+1 416", 1), ("GB", 1), ("nobody", 0), ("", 10)):
        form.add.fill(filter=words)
        assert len(form.add.rows) == found


def test_a_selection_survives_a_filter_that_still_shows_it(conn, sid):
    """Typing on in the filter keeps the rows that stay; the selection is of senders, not of row numbers."""
    form = SenderPoolForm(conn, sid)
    pick(form.add, SAN_FRANCISCO[1])
    form.add.fill(filter="415")

    assert [row.address for row in form.add.selected] == [SAN_FRANCISCO[1]]


def test_removing(conn, sid):
    """What is selected leaves the pool and is on offer again; the account keeps it."""
    add_senders(conn, sid, SAN_FRANCISCO)
    form = SenderPoolForm(conn, sid)
    pick(form.remove, SAN_FRANCISCO[0])
    said = click(form.remove)

    assert "1 removed" in said
    assert pool(conn, sid) == {SAN_FRANCISCO[1]}
    assert SAN_FRANCISCO[0] in {row.address for row in form.add.rows}


def test_moving_between_services(conn, sid, other):
    """With 'move' ticked the number leaves its service and joins this one; both calls are shown."""
    form = SenderPoolForm(conn, sid)
    form.add.fill(move=True)
    pick(form.add, TORONTO)
    assert ".delete()" in form.add.code.value
    said = click(form.add)

    assert "It moved here from Other" in said
    assert (pool(conn, sid), pool(conn, other)) == ({TORONTO}, set())


def test_cancelling_half_way(conn, sid):
    """Cancel between two senders: the ones before are in, the others untried, and each is told."""
    form = SenderPoolForm(conn, sid)
    pick(form.add, *SAN_FRANCISCO, TORONTO, TOLL_FREE)
    form.add.bar.observe(lambda change: change.new == 2 and form.add.cancel.click(), names="value")
    said = click(form.add)

    assert "2 added" in said
    assert "2 not tried" in said
    assert "You stopped before this one." in said
    assert len(pool(conn, sid)) == 2
    assert form.add.cancel.layout.display == "none"
    form.add.bar.unobserve_all()
    assert "2 added" in click(form.add)  # what was not tried is selected still
    assert len(pool(conn, sid)) == 4


def test_progress_and_cancel_show_only_while_at_work(conn, sid):
    """The bar and Cancel are there while senders are added, the button says so, and both are gone afterwards."""
    form = SenderPoolForm(conn, sid)
    pick(form.add, *SAN_FRANCISCO)
    seen = []
    watched = form.add
    watched.bar.observe(
        lambda _: seen.append(
            (watched.bar.layout.display, watched.cancel.layout.display, watched.button.description, watched.busy)
        ),
        names="value",
    )
    click(watched)

    assert set(seen) == {("", "", "Working…", True)}
    assert (watched.bar.layout.display, watched.cancel.layout.display) == ("none", "none")


def test_a_sender_id_clears_the_input_once_it_is_in(conn, sid):
    """After success nothing is complained of, and the next one can be typed."""
    form = SenderPoolForm(conn, sid).alpha
    form.fill(alpha="ACME")
    click(form)

    assert form.fields["alpha"].widget.value == ""
    assert "Problem" not in form.fields["alpha"].note.value
    assert "alpha_senders.create(" in form.code.value


def test_typing_while_the_pool_is_reloaded_never_selects_another_sender(conn, sid):
    """The filter is typed in one thread while two others reload; what is selected stays what was selected."""
    form = SenderPoolForm(conn, sid)
    pick(form.add, SAN_FRANCISCO[1])
    wrong = []

    def look(_):
        wrong.extend(row.address for row in form.add.selected if row.address != SAN_FRANCISCO[1])

    form.add.table.observe(look, names="selected_rows")
    threads = [threading.Thread(target=lambda: [form.reload() for _ in range(10)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for words in ("415", "", "4155550101", "san", "") * 4:
        form.add.fill(filter=words)
    for thread in threads:
        thread.join()

    assert wrong == []
    assert [row.address for row in form.add.selected] == [SAN_FRANCISCO[1]]
