"""The rooms' calls, one after the other as the steps go, in this process and over the real socket."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

import msvc_toolkit as msvc
from msvc_toolkit.connection import Connection
from msvc_toolkit.messages.calls import look_up
from msvc_toolkit.onboarding.calls import EXAMPLE_SENDERS, catch_up
from msvc_toolkit.sandbox.control.controller import open_sandbox

TO = "+16285550123"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """What `msvc sandbox serve --json` announces; it serves until this module's tests are over."""
    store = tmp_path_factory.mktemp("served") / "sandbox.db"
    command = [
        sys.executable,
        "-m",
        "msvc_toolkit",
        "sandbox",
        "serve",
        "--json",
        "--clock",
        "manual",
        "--store",
        store,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield json.loads(process.stdout.readline())
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.fixture(params=["in process", "over the socket"])
def account(request):
    """A connection to a new starter account, both ways."""
    if request.param == "in process":
        conn = msvc.connect("sandbox", store=":memory:", clock="manual")
        yield conn
        conn.sandbox.api.store.close()
        return
    ready = request.getfixturevalue("served")
    handle, line = open_sandbox(ready["store"]), TwilioHttpClient()
    handle.reset("starter")
    client = Client(ready["account_sid"], ready["auth_token"], http_client=line)
    client.api.base_url = client.messaging.base_url = ready["url"]
    assert requests.get(f"{ready['url']}/_sandbox/", timeout=10).json()["account_sid"] == ready["account_sid"]
    yield Connection("SANDBOX", client, ready["account_sid"], handle)
    line.session.close()
    handle.api.store.close()


def test_services_are_made_found_changed_and_deleted(account):
    """Step 1: what a call returns is what the account has."""
    made = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Orders", usecase="poll"))
    assert msvc.list_services(account) == [made]
    assert msvc.find_service(account, "Orders") == msvc.fetch_service(account, made.sid) == made
    assert msvc.find_service(account, "Nobody") is None

    changed = msvc.update_service(account, made.sid, msvc.ServiceDraft(sticky_sender=False))
    assert (changed.settings["sticky_sender"], changed.settings["usecase"]) == (False, "poll")
    assert changed.draft.params() == {name: value for name, value in changed.settings.items() if value is not None}
    msvc.delete_service(account, made.sid)
    assert msvc.list_services(account) == []


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (msvc.InboundDraft("defer"), "no webhook is called"),
        (msvc.InboundDraft("webhook", "https://example.com/sms", "GET"), "GET https://example.com/sms"),
        (msvc.InboundDraft("off"), "dropped"),
    ],
)
def test_inbound_modes_are_set_and_tried(account, draft, says):
    """Step 2: each mode is on the account, and a prediction and a real text agree."""
    sid = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Orders")).sid
    msvc.add_senders(account, sid, ["+14155550100"])
    service = msvc.set_inbound(account, sid, draft)
    [sender] = msvc.inbound.calls.receiving_senders(account, sid)
    predicted, tried = msvc.inbound.calls.predict_arrival(service, sender), msvc.try_arrival(account, sid, sender)

    assert says in tried.sentence
    assert (predicted.sentence, predicted.steps) == (tried.sentence, tried.steps)
    assert (predicted.tried, tried.tried) == (False, True)


def test_senders_are_added_moved_and_removed(account):
    """Step 3: one outcome per sender, and the pool holds what was added."""
    one, two = (msvc.create_service(account, msvc.ServiceDraft(friendly_name=name)).sid for name in ("One", "Two"))
    named = ["+1 (415) 555-0100", "894546", "whatsapp:+14155550199", "ACME", msvc.AlphaSender("ACME", "GB")]
    done = msvc.add_senders(account, one, [*named, "+14155550100", "+12065550100"])
    assert done["outcome"].tolist() == ["added"] * 5 + ["refused"]
    assert done["code"].dropna().tolist() == [21715]
    assert sorted(msvc.list_senders(account, one)["sid"].str[:2]) == ["AI", "AI", "PN", "SC", "XE"]

    assert msvc.add_senders(account, two, "+14155550100", move=True)["outcome"].tolist() == ["moved"]
    gone = msvc.remove_senders(account, one, ["894546", *msvc.list_senders(account, one)["sid"]])
    assert gone["outcome"].tolist() == ["removed"] * 4
    assert msvc.list_senders(account, one).empty
    assert len(msvc.list_senders(account)) == 10


def test_a_move_that_is_refused_is_undone(conn):
    """A sender that cannot join its new service is back in the old one, and the outcome says so."""
    one, two = (msvc.create_service(conn, msvc.ServiceDraft(friendly_name=name)).sid for name in ("One", "Two"))
    msvc.add_senders(conn, one, ["+14155550100"])
    for number in range(400):
        conn.sandbox.own(f"+1313555{number:04}")
    full = [f"+1313555{number:04}" for number in range(400)]
    msvc.add_senders(conn, two, full)
    [row] = msvc.add_senders(conn, two, ["+14155550100"], move=True).to_dict("records")

    assert (row["outcome"], row["code"]) == ("refused", 21714)
    assert "It is back in One" in row["sentence"]
    assert len(msvc.list_senders(conn, one)) == 1


def test_messages_are_foretold_sent_followed_and_found(account):
    """Step 4: the prediction holds, the states come in order, and the message is found by its text."""
    sid = catch_up(account, 4).sid
    draft = msvc.MessageDraft(TO, "Hello", messaging_service_sid=sid)
    predicted = msvc.predict_sender(account, draft)
    since = account.sandbox.now
    message = msvc.send(account, draft)
    states = [seen.message.status for seen in msvc.watch(account, message.sid)]

    assert states == ["accepted", "queued", "sending", "sent", "delivered"]
    assert msvc.fetch_message(account, message.sid).from_ == predicted.choice.sender.address.text
    assert [found.sid for found in look_up(account, draft, since)] == [message.sid]
    assert look_up(account, draft, since, {message.sid}) == []
    assert look_up(account, draft, since + timedelta(hours=1)) == []
    assert msvc.progress(account, sid).next is None


def test_the_services_sid_in_from_means_the_same(account):
    """Both ways of passing the service end in the same sender."""
    sid = catch_up(account, 4).sid
    ways = [{"messaging_service_sid": sid}, {"from_": sid}]
    sent = [msvc.wait_until_final(account, msvc.send(account, msvc.MessageDraft(TO, "Hi", **way)).sid) for way in ways]

    assert {(message.status, message.messaging_service_sid) for message in sent} == {("delivered", sid)}
    assert sent[0].from_ == sent[1].from_


def test_a_scheduled_message_is_cancelled(account):
    """Before its time it is taken back; it is canceled then, and stays so."""
    sid = catch_up(account, 4).sid
    later = account.sandbox.now + timedelta(hours=1)
    message = msvc.send(account, msvc.MessageDraft(TO, "Hi", messaging_service_sid=sid, send_at=later))

    assert message.status == "scheduled"
    assert msvc.cancel_message(account, message.sid).status == "canceled"


def test_catching_up_does_each_step_once(account):
    """A notebook that runs alone finds its earlier steps done; one that runs again changes nothing."""
    service = catch_up(account, 4)
    again = catch_up(account, 4)

    assert service.sid == again.sid
    assert len(msvc.list_services(account)) == 1
    assert msvc.progress(account).next == 4


def test_a_refused_list_is_ours_too():
    """Where the SDK hands over a refused list as it came, code, status and advice are read from it all the same."""
    conn = msvc.connect("sandbox", store=":memory:")
    line = conn.client.http_client
    stranger = Connection(
        "SANDBOX", Client(conn.account_sid, "wrong", http_client=line), conn.account_sid, conn.sandbox
    )
    with pytest.raises(msvc.TwilioRefused) as refused:
        msvc.list_services(stranger)

    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert refused.value.advice
    conn.sandbox.api.store.close()


def test_a_service_under_another_name_is_gone_on_with(conn):
    """Whoever named the service otherwise in Step 1 is not given a second one by the later notebooks."""
    made = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="My shop"))
    msvc.add_senders(conn, made.sid, ["+14155550100"])

    assert catch_up(conn, 4).sid == made.sid
    assert [service.friendly_name for service in msvc.list_services(conn)] == ["My shop"]


def test_senders_of_another_service_stay_there(conn):
    """Catching up takes free senders alone, and says so when there are none."""
    other = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="My shop"))
    msvc.add_senders(conn, other.sid, list(EXAMPLE_SENDERS))
    orders = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))
    catch_up(conn, 4)
    pool = set(msvc.list_senders(conn, orders.sid, mask=False)["sender"])

    assert pool
    assert not pool & set(EXAMPLE_SENDERS)
    assert len(msvc.list_senders(conn, other.sid)) == len(EXAMPLE_SENDERS)

    owned = msvc.list_senders(conn, mask=False)
    free = owned[owned["capabilities"].str.contains("SMS") & (owned["service"] == "")]["sender"]
    msvc.add_senders(conn, other.sid, free)
    msvc.remove_senders(conn, orders.sid, sorted(pool))
    msvc.add_senders(conn, other.sid, sorted(pool))
    with pytest.raises(msvc.InvalidInput, match="every sender of this sandbox that can text is in another service"):
        catch_up(conn, 4)


def test_a_message_that_failed_does_not_finish_step_4(conn):
    """Step 4 is done by a message that got through."""
    made = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))
    sent = msvc.send(conn, msvc.MessageDraft(TO, "Hi", messaging_service_sid=made.sid))

    assert msvc.wait_until_final(conn, sent.sid).error_code == 21704
    assert not msvc.progress(conn).steps[3].done


def test_a_choice_to_drop_texts_is_kept(conn):
    """Catching up gives a new service a handling of its texts, and leaves one alone that somebody saved."""
    service = catch_up(conn, 2)
    conn.sandbox.advance(5)
    msvc.set_inbound(conn, service.sid, mode="off")
    catch_up(conn, 4)
    assert str(msvc.progress(conn, service.sid).steps[1]).endswith("done. Texts are dropped.")
    assert len(msvc.list_senders(conn, service.sid)) == len(EXAMPLE_SENDERS)

    renamed = msvc.create_service(conn, friendly_name="Renamed")
    conn.sandbox.advance(5)
    msvc.update_service(conn, renamed.sid, friendly_name="Web shop")
    assert not msvc.progress(conn, renamed.sid).steps[1].done  # nothing was decided about its texts
    fresh = msvc.create_service(conn, friendly_name="Fresh")
    catch_up(conn, 3, friendly_name="Fresh")
    assert msvc.progress(conn, fresh.sid).steps[1].done
