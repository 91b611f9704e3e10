"""Inspector: every message, request and webhook, found by words and filters, and shown in full without its numbers."""

import re
from html import unescape

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.connection import Connection
from msvc_toolkit.inspector import calls

PHONE, OURS, OTHER = "+16285550123", "+14155550100", "+16285550124"
WHOLE = re.compile("|".join(r"\D{0,2}".join(number[-9:]) for number in (PHONE, OURS, OTHER, "+12125550100")))
SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")


def shown(inspector):
    """Everything on the screen and in the notebook but what was typed."""
    table = " ".join(box.description for box in inspector.table.boxes)
    parts = [inspector.count.value, inspector.detail.value, inspector.outcome.value, table]
    labels = [label for name in ("service", "error") for label, _ in inspector.fields[name].widget.options]
    return SID.sub("SID", unescape(" ".join([*parts, *labels, str(inspector._repr_mimebundle_())])))


def sids(inspector):
    """The messages in the table, newest first."""
    return [record.sid for record in inspector.rows]


def look(inspector):
    """Click the button, and wait."""
    inspector.button.click()
    inspector.wait()
    assert inspector.last_error is None


@pytest.fixture
def story(conn, sid, write):
    """Four messages: delivered, undelivered to a landline, an answer, and one outside the service."""
    conn.sandbox.handset(OTHER, "landline")
    delivered = write(body="Your order is on its way.")
    landline = write(OTHER, body="<script>alert('x')</script> “now”", smart_encoded=False)
    answer = conn.sandbox.receive(PHONE, OURS, f"Call me at {OTHER}")["sid"]
    outside = msvc.send(conn, msvc.MessageDraft(PHONE, "Alone", from_="+13125550100")).sid
    conn.sandbox.advance(10)
    return {"delivered": delivered, "landline": landline, "answer": answer, "outside": outside, "service": sid}


def test_messages_newest_first(conn, story):
    """All messages are in the table, the newest first, and the line above counts them."""
    inspector = msvc.Inspector(conn)

    assert sids(inspector) == [story[name] for name in ("outside", "answer", "landline", "delivered")]
    assert "4 of 4 messages" in inspector.count.value


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "ORDER way"}, ["delivered"]),
        ({"words": "+1 6285550124"}, ["answer", "landline"]),
        ({"words": "no such thing"}, []),
        ({"direction": "inbound"}, ["answer"]),
        ({"direction": "outbound"}, ["outside", "landline", "delivered"]),
        ({"status": "undelivered"}, ["landline"]),
        ({"error": "any"}, ["landline"]),
        ({"error": "30006"}, ["landline"]),
        ({"words": "alone", "status": "delivered"}, ["outside"]),
    ],
)
def test_search_and_filters(conn, story, asked, found):
    """Words are looked for in everything that is known, whole numbers too; filters add to each other."""
    inspector = msvc.Inspector(conn)
    inspector.fill(**asked)

    assert sids(inspector) == [story[name] for name in found]
    assert f"{len(found)} of 4 messages" in inspector.count.value


def test_filter_by_service(conn, story):
    """A service is chosen by its name, and only its messages stay."""
    inspector = msvc.Inspector(conn)
    inspector.fields["service"].widget.label = "Orders"

    assert sids(inspector) == [story[name] for name in ("answer", "landline", "delivered")]


def test_a_message_in_full(conn, story):
    """A chosen message shows its states with their times, why this sender, its segments and its text."""
    inspector = msvc.Inspector(conn)
    inspector.select(story["delivered"])
    detail = unescape(inspector.detail.value)

    states = ["accepted", "queued", "sending", "sent", "delivered"]
    assert [status for _, status in conn.sandbox.timeline(story["delivered"])] == states
    places = [detail.index(f">{state}<") for state in states]
    assert places == sorted(places)
    assert "0.000 s" in detail
    assert "3.000 s" in detail
    assert all(step["sentence"] in detail for step in conn.sandbox.why(story["delivered"]))
    assert "Your order is on its way." in detail
    assert "GSM-7" in detail
    assert "No webhook was called" in detail


def test_what_a_failure_means(conn, story):
    """An error says what it means, what to do, and where Twilio writes about it."""
    inspector = msvc.Inspector(conn)
    inspector.select(story["landline"])
    detail = unescape(inspector.detail.value)

    assert "Error 30006" in detail
    assert "What to do" in detail
    assert "https://www.twilio.com/docs/errors/30006" in detail


def test_the_character_that_makes_it_dear(conn, write):
    """A text in UCS-2 says so, and which character forced it."""
    sent = write(body="Grüezi 🙂")
    inspector = msvc.Inspector(conn)
    inspector.select(sent)

    assert "UCS-2" in inspector.detail.value
    assert "slightly smiling face" in inspector.detail.value


def test_an_inbound_text_tells_where_it_went(conn, story):
    """A text that arrived shows the route it took."""
    inspector = msvc.Inspector(conn)
    inspector.select(story["answer"])

    assert "Where it went" in inspector.detail.value
    assert [status for _, status in conn.sandbox.timeline(story["answer"])] == ["receiving", "received"]


def test_webhooks_of_a_message(conn, sid, hooks, write):
    """Callbacks are shown with the message and in the journal: the status sent, the answer, and the error of a bad one."""
    msvc.update_service(conn, sid, msvc.ServiceDraft(status_callback=f"{hooks}/status"))
    good = write()
    msvc.update_service(conn, sid, msvc.ServiceDraft(status_callback=f"{hooks}/bad"))
    bad = write()
    inspector = msvc.Inspector(conn)
    inspector.select(good)
    detail = inspector.detail.value
    assert all(f">{status}<" in detail for status in ("queued", "sent", "delivered"))
    assert f"{hooks}/status" in detail
    assert "POST answered 204." in detail
    inspector.select(bad)
    assert "POST answered 500." in inspector.detail.value
    assert "Error 11200" in inspector.detail.value

    inspector.fill(what="webhooks", words="debugger")
    inspector.table.boxes[0].value = True
    assert {event.code for event in inspector.rows} == {11200}
    assert "11200" in inspector.detail.value
    inspector.fill(words=f"{good} delivered")
    inspector.table.boxes[0].value = True
    assert "MessageStatus = delivered" in inspector.detail.value
    assert PHONE not in inspector.detail.value


def test_requests(conn, story):
    """The API requests are shown with their answers, and looking adds none."""
    inspector = msvc.Inspector(conn)
    inspector.fill(what="requests", words="POST Messages")
    assert len(inspector.rows) == len(story) - 2  # the answer came from a phone, and the service is none
    assert {event.status for event in inspector.rows} == {201}
    before = len(conn.sandbox.journal())
    look(inspector)
    inspector.fill(what="messages", words="")
    inspector.select(story["delivered"])
    msvc.Handset(conn, PHONE).again.click()

    assert len(conn.sandbox.journal()) == before


def test_what_is_chosen_stays_chosen(conn, story, write):
    """A message stays chosen while newer ones come and while filters leave it in; filtered out, it is not."""
    inspector = msvc.Inspector(conn)
    inspector.select(story["delivered"])
    newer = write()
    look(inspector)
    assert inspector.selected.sid == story["delivered"]
    assert sids(inspector)[0] == newer
    inspector.fill(words="order")
    assert inspector.selected.sid == story["delivered"]
    inspector.fill(words="alone")
    assert inspector.selected is None
    assert inspector.detail.value == ""


def test_a_status_is_reported_as_it_is_now(conn, write):
    """A message read while it was under way is shown with its present status when it is chosen."""
    sent = write(seconds=0)
    inspector = msvc.Inspector(conn)
    conn.sandbox.advance(10)
    inspector.select(sent)

    assert "is delivered" in inspector.detail.value


def test_a_deleted_message_says_so(conn, story):
    """A message that was deleted meanwhile is an error in the form, not in the log."""
    inspector = msvc.Inspector(conn)
    conn.client.messages(story["delivered"]).delete()
    inspector.select(story["delivered"])

    assert "has no message" in inspector.detail.value


def test_no_whole_number_unless_asked_for(conn, story):
    """Tables, details, journal and twin are masked, texts too; 'Show full numbers' shows them all."""
    inspector = msvc.Inspector(conn)
    for name in ("delivered", "landline", "answer", "outside"):
        inspector.select(story[name])
        assert "+1 628 •••" in shown(inspector)
        assert WHOLE.findall(shown(inspector)) == []
    for what in ("requests", "webhooks"):
        inspector.fill(what=what)
        assert WHOLE.findall(shown(inspector)) == []
    handset = msvc.Handset(conn, PHONE)
    assert WHOLE.findall(unescape(handset.screen.value + str(handset._repr_mimebundle_()))) == []

    inspector.fill(what="messages", full=True)
    inspector.select(story["answer"])
    assert {PHONE, OURS, OTHER} <= set(re.findall(r"\+\d{11}", shown(inspector)))


def test_hostile_text_is_text(conn, story):
    """What was written is escaped in card, saved text and table."""
    inspector = msvc.Inspector(conn)
    inspector.select(story["landline"])

    for html in (
        inspector.detail.value,
        inspector._repr_mimebundle_()["text/html"],
        " ".join(box.description for box in inspector.table.boxes),
    ):
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_the_same_account_reads_the_same_twice(conn, story):
    """Its text/plain and text/html hold no time of day and nothing that changes from run to run."""
    first, second = msvc.Inspector(conn), msvc.Inspector(conn)
    for inspector in (first, second):
        inspector.select(story["delivered"])

    assert first._repr_mimebundle_() == second._repr_mimebundle_()
    assert first._repr_mimebundle_()["text/plain"] == "Inspector: Inspector: what happened to every message (SANDBOX)"
    assert "15:00" not in first._repr_mimebundle_()["text/html"]
    assert "Why this sender" in first._repr_mimebundle_()["text/html"]


def test_older_messages_come_a_page_at_a_time(conn, sid, monkeypatch):
    """One page is read, more on a click, and the button goes when nothing is left."""
    monkeypatch.setattr(calls, "PAGE", 3)
    sent = [msvc.send(conn, msvc.MessageDraft(PHONE, "Hi", messaging_service_sid=sid)).sid for _ in range(7)]
    inspector = msvc.Inspector(conn)
    assert sids(inspector) == sent[:3:-1]
    assert inspector.more.layout.display == ""
    for _ in range(2):
        inspector.more.click()
        inspector.wait()

    assert sids(inspector) == sent[::-1]
    assert inspector.more.layout.display == "none"
    look(inspector)
    assert sids(inspector) == sent[:3:-1]


class TestLive:
    """A live account, played by the sandbox's own API."""

    @pytest.fixture
    def live(self, conn, story):  # noqa: ARG002 - what there is to see
        """The account as a live connection sees it: with the SDK alone."""
        return Connection("LIVE", conn.client, conn.account_sid)

    @pytest.fixture
    def inspector(self, live):
        """An inspector that has read the account."""
        inspector = msvc.Inspector(live)
        inspector.wait()
        assert inspector.last_error is None
        return inspector

    def test_messages_and_their_dates(self, inspector, story):
        """Messages are read, only messages can be looked at, and a chosen one shows what Twilio says."""
        assert sids(inspector) == [story[name] for name in ("outside", "answer", "landline", "delivered")]
        assert [label for label, _ in inspector.fields["what"].widget.options] == ["Messages"]
        inspector.select(story["landline"])
        detail = unescape(inspector.detail.value)
        assert "Twilio keeps no history" in detail
        assert "Error 30006" in detail
        assert "last seen undelivered" in detail

    def test_texts_only_when_asked_for(self, inspector, story):
        """No text is shown or searched until the box is ticked."""
        inspector.select(story["delivered"])
        assert "Your order" not in shown(inspector)
        assert "GSM-7" not in shown(inspector)
        inspector.fill(words="way")
        assert sids(inspector) == []
        inspector.fill(bodies=True)

        assert sids(inspector) == [story["delivered"]]
        inspector.select(story["delivered"])
        assert "Your order" in shown(inspector)

    def test_older_pages(self, live, story, monkeypatch):
        """Pages follow each other as Twilio links them."""
        monkeypatch.setattr(calls, "PAGE", 3)
        inspector = msvc.Inspector(live)
        inspector.wait()
        inspector.more.click()
        inspector.wait()

        assert sids(inspector)[-1] == story["delivered"]
        assert len(sids(inspector)) == 4

    def test_a_refusal_is_reported(self, live, conn):
        """When the account cannot be read, the form says why."""
        conn.sandbox.api.store.execute("UPDATE account SET auth_token = 'changed'")
        inspector = msvc.Inspector(live)
        inspector.wait()

        assert "20003" in inspector.outcome.value
