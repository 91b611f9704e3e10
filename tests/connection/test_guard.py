"""What a live connection lets out: reads always, writes once armed, messages by count and recipient."""

import contextlib
import logging
import os
import re
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import jupyter_client
import pytest
import requests
import twilio.rest

from msvc_toolkit.cli import doctor
from msvc_toolkit.connection import Guard
from msvc_toolkit.connection.allowed_requests import PRODUCTS
from msvc_toolkit.content.calls import create_template, request_approval
from msvc_toolkit.errors import InvalidInput, WritesNotArmed
from msvc_toolkit.html import cards
from msvc_toolkit.messages.calls import send
from msvc_toolkit.messages.model import MessageDraft

SID = "AC" + "1" * 32
TO = "+14155550123"
MESSAGE = {"to": TO, "from_": "+14155550100", "body": "Hi"}


def test_a_live_account_is_read_and_not_written(live):
    """Reads pass; each kind of write raises before it leaves and changes nothing."""
    client = live.client
    number = client.incoming_phone_numbers.list()[0]
    writes = [
        lambda: client.messages.create(**MESSAGE),
        lambda: client.messaging.v1.services.create("x"),
        lambda: client.messaging.v1.services("MG" + "0" * 32).delete(),
        lambda: number.update(friendly_name="x"),
        number.delete,
        lambda: client.incoming_phone_numbers.create(area_code="415"),
    ]

    for write in writes:
        with pytest.raises(WritesNotArmed, match=r"LIVE account .* Nothing was sent.*conn\.arm"):
            write()
    assert (client.messages.list(), client.messaging.v1.services.list()) == ([], [])
    assert (live.label, live.may_write, live.sandbox) == ("LIVE", False, None)


def test_arming_opens_writes_and_disarming_closes_them(live):
    """After arm() a service can be made and removed; after disarm() not any more."""
    live.arm()
    service = live.client.messaging.v1.services.create("x")
    service.delete()
    assert "armed" in repr(live)

    live.disarm()
    with pytest.raises(WritesNotArmed):
        live.client.messaging.v1.services.create("x")


def test_messages_go_to_those_allowed_and_no_further(live):
    """The number of messages and the recipients are both kept to; without any, none goes out."""
    live.arm()
    with pytest.raises(WritesNotArmed, match="not among the recipients"):
        live.client.messages.create(**MESSAGE)
    live.arm(max_messages=2, allow_to=["+1 (415) 555-0123"])
    before = len(live.client.messages.list())
    live.client.messages.create(**MESSAGE)
    with pytest.raises(WritesNotArmed, match=r"\+1 415 ••• 0177 is not among") as raised:
        live.client.messages.create(**{**MESSAGE, "to": "+14155550177"})
    assert "5550177" not in str(raised.value)
    live.client.messages.create(**MESSAGE)
    with pytest.raises(WritesNotArmed, match="used up"):
        live.client.messages.create(**MESSAGE)
    assert len(live.client.messages.list()) == before + 2


def test_the_count_holds_when_many_threads_send(live):
    """Of twenty sends at once exactly the five that were armed go out."""
    live.arm(max_messages=5, allow_to=[TO])
    before, outcomes = len(live.client.messages.list()), []

    def send():
        try:
            live.client.messages.create(**MESSAGE)
        except WritesNotArmed:
            outcomes.append("stopped")

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 15
    assert len(live.client.messages.list()) == before + 5


@pytest.mark.parametrize(
    ("max_messages", "allow_to"), [(1, []), (-1, [TO]), (1, ["Alice"]), (1, [TO, "894546"]), (1, ["+1900"])]
)
def test_arming_for_nobody_in_particular_is_refused(live, max_messages, allow_to):
    """Who may receive must be said, and be an address; the connection stays closed."""
    with pytest.raises(InvalidInput):
        live.arm(max_messages=max_messages, allow_to=allow_to)
    assert not live.may_write


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "/IncomingPhoneNumbers.json", {"AreaCode": "415"}),
        ("POST", "/IncomingPhoneNumbers", {"AreaCode": "415"}),
        ("POST", "/IncomingPhoneNumbers/TollFree.json", {"PhoneNumber": "+18885550123"}),
        ("POST", "/IncomingPhoneNumbers/Local.json", {"PhoneNumber": TO}),
        ("DELETE", "/IncomingPhoneNumbers/PN" + "0" * 32 + ".json", {}),
        ("POST", "/IncomingPhoneNumbers/PN" + "0" * 32 + ".json", {"AccountSid": SID}),
        ("POST", "/IncomingPhoneNumbers/PN" + "0" * 32 + "/AssignedAddOns.json", {"InstalledAddOnSid": "XE1"}),
        ("POST", ".json", {"Status": "closed"}),
    ],
)
def test_numbers_are_neither_bought_nor_released_even_when_armed(connect, faulty, method, path, data):
    """Buying in every spelling, releasing, moving away, and closing the account that holds them never leave."""
    conn = connect(*faulty.way)
    conn.arm(max_messages=1, allow_to=[TO])

    with pytest.raises(WritesNotArmed, match="neither buys nor releases"):
        conn.client.request(method, f"https://api.twilio.com/2010-04-01/Accounts/{SID}{path}", data=data)
    assert faulty.asked == []


@pytest.mark.parametrize("path", ["Messages.json", "Messages", "Messages.xml", "Messages.csv", "SMS/Messages.json"])
def test_every_spelling_of_sending_is_counted(connect, faulty, path):
    """A message through another format or the old address still needs an allowed recipient."""
    conn = connect(*faulty.way)
    conn.arm()

    with pytest.raises(WritesNotArmed):
        conn.client.request(
            "POST", f"https://api.twilio.com/2010-04-01/Accounts/{SID}/{path}", data={"To": TO, "Body": "x"}
        )
    assert faulty.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com/2010-04-01/Accounts/" + SID + "/Calls.json",
        "https://conversations.twilio.com/v1/Conversations/CH1/Messages",
        "https://notify.twilio.com/v1/Services",
        "https://verify.twilio.com/v2/Services/VA1/Verifications",
        "https://messaging.twilio.com/v1/a2p/BrandRegistrations",
    ],
)
def test_arming_opens_nothing_but_messaging(connect, faulty, url):
    """Calls, other products and registrations stay closed, and the account's SID is not shown."""
    conn = connect(*faulty.way)
    conn.arm(max_messages=1, allow_to=[TO])

    with pytest.raises(WritesNotArmed, match="something else") as raised:
        conn.client.request("POST", url, data={"To": TO})
    assert SID not in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks no process")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_processes_share_one_count():
    """Four children that each try five sends get the seven that were armed between them; disarming stops them all, in every way."""
    guard, url = Guard(SID), f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def passed(times):
        done = 0
        for _ in range(times):
            with contextlib.suppress(WritesNotArmed):
                guard.check("POST", url, {"To": TO, "Body": "x"}, headers=headers)
                done += 1
        return done

    def in_children(times):
        pids = []
        for _ in range(4):
            pid = os.fork()
            if pid == 0:
                os._exit(passed(times))
            pids.append(pid)
        return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]

    guard.arm(7, [TO])
    assert sum(in_children(5)) == 7
    assert (guard.messages_left, passed(1)) == (0, 0)
    guard.arm(3, [TO])
    never_left = guard.check("POST", url, {"To": TO, "Body": "x"}, headers=headers)
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(ready, 1)
        os._exit(passed(3) + 10 * guard.armed)
    guard.disarm()
    guard.give_back(never_left)
    os.write(go, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(ready)
    os.close(go)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks no process")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_money_that_was_armed_is_a_limit_too(live):
    """Of five messages of two segments the USD pay two, one of them sent by a fork; media cannot be estimated."""
    live.arm(max_messages=5, allow_to=[TO], max_spend=0.05, segment_price=0.01)
    before, long = len(live.client.messages.list()), {**MESSAGE, "body": "x" * 200}
    assert live.armed_words == "Writes are armed: 5 messages left, 0.05 USD left"
    with pytest.raises(WritesNotArmed, match="cannot be estimated"):
        live.client.messages.create(**MESSAGE, media_url=["https://example.com/cat.jpg"])
    live.client.messages.create(**long)
    pid = os.fork()
    if pid == 0:
        url = f"https://api.twilio.com/2010-04-01/Accounts/{live.account_sid}/Messages.json"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        live.guard.check("POST", url, {"To": TO, "Body": "x" * 200}, headers=form)
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    with pytest.raises(WritesNotArmed, match="The money you armed is used up"):
        live.client.messages.create(**long)
    assert live.armed_words == "Writes are armed: 3 messages left, 0.01 USD left"
    assert len(live.client.messages.list()) == before + 1


def test_arming_ends_by_itself(live, monkeypatch):
    """After its minutes nothing is written, whichever clock says so; forms show until when and what is left."""
    live.arm(max_messages=1, allow_to=[TO], minutes=30)
    assert re.fullmatch(r"Writes are armed: 1 message left, until \d\d:\d\d UTC", live.armed_words)
    assert live.armed_words in cards.ribbon("LIVE", armed=live.armed_words)
    for clock in ("monotonic", "time"):
        with monkeypatch.context() as patch:
            later = getattr(time, clock)() + 30 * 60
            patch.setattr(time, clock, lambda later=later: later)
            assert (live.may_write, live.armed_words) == (False, "")
            with pytest.raises(WritesNotArmed, match=r"The time for which you armed writes is over.*conn\.arm"):
                live.client.messages.create(**MESSAGE)
    assert live.may_write


def test_a_run_without_a_person_names_the_account_that_it_arms(live, monkeypatch):
    """Without a terminal, arming needs the account's SID, in a variable or an argument; another account's is refused."""
    with pytest.raises(InvalidInput, match="another account"):
        live.arm(account_sid=SID)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    for named in ("", SID):
        monkeypatch.setenv("MSVC_ARM", named)
        with pytest.raises(WritesNotArmed, match=r"MSVC_ARM .* conn\.arm\(account_sid='AC...'\)\. Nothing was armed"):
            live.arm(max_messages=1, allow_to=[TO])
        assert not live.may_write
    live.arm(account_sid=live.account_sid)
    assert live.may_write
    live.disarm()
    monkeypatch.setenv("MSVC_ARM", live.account_sid)
    live.arm()
    assert live.may_write


KERNEL = """
import msvc_toolkit as msvc
conn = msvc.connect("live")
try:
    conn.arm()
except msvc.WritesNotArmed as error:
    print(error)
print(conn.may_write)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("live")
def test_a_notebook_arms_where_somebody_can_type(tmp_path):
    """A kernel whose frontend takes input arms as it is; run by a program that takes none, it must name the account."""
    with jupyter_client.run_kernel(cwd=str(tmp_path)) as kernel:
        for takes_input in (False, True):
            shown = []
            kernel.execute_interactive(
                KERNEL,
                allow_stdin=takes_input,
                stdin_hook=print,
                timeout=60,
                output_hook=lambda message, shown=shown: shown.append(message["content"].get("text", "")),
            )
            text = "".join(shown)
            assert text.strip().endswith(str(takes_input)), text
            assert ("MSVC_ARM" in text) is not takes_input


def test_a_key_that_may_not_read_is_not_armed(connect, twilio):
    """Without the right to read services or messages arming is refused beforehand, as `msvc doctor` finds it: no write."""
    key = (twilio["api_key"], twilio["api_secret"])
    conn = connect(twilio["proxy_url"], twilio["ca_file"], twilio["account_sid"], twilio["auth_token"], key)
    control = f"{twilio['url']}/_sandbox"

    def writes():
        return [
            one for one in requests.get(f"{control}/journal", timeout=10).json()["entries"] if one["method"] != "GET"
        ]

    before = writes()
    for what, route in (("Messaging Services", "GET /v1/Services"), ("messages", "GET /2010-04-01/*/Messages.json")):
        requests.post(f"{control}/faults", data={"Kind": "403", "Route": route}, timeout=10)
        try:
            with pytest.raises(
                WritesNotArmed, match=f"may not read {what} .*70051.* Console .*Nothing was armed"
            ) as raised:
                conn.arm(max_messages=1, allow_to=[TO])
            assert not conn.may_write
            [finding] = [one for one in doctor.examine(live=True) if one.check == doctor.LIVE]
        finally:
            requests.delete(f"{control}/faults", timeout=10)
        assert finding.status == "problem"
        assert str(raised.value) == f"{finding.sentence} Nothing was armed."
    assert writes() == before
    conn.arm(max_messages=1, allow_to=[TO])
    assert conn.may_write
    assert [one.status for one in doctor.examine(live=True) if one.check == doctor.LIVE] == ["ok"]


@pytest.mark.parametrize(
    "amounts", [{"minutes": 0}, {"minutes": "30"}, {"max_spend": 5}, {"max_spend": -1, "segment_price": 0.01}]
)
def test_an_amount_that_makes_no_sense_arms_nothing(live, amounts):
    """Minutes and money are numbers above zero, and a limit in USD needs the price of a segment."""
    with pytest.raises(InvalidInput):
        live.arm(max_messages=1, allow_to=[TO], **amounts)
    assert not live.may_write


def test_the_products_are_the_sdks():
    """Credentials may go to every product the SDK knows, but to the one that starts something when it is read."""
    folder = Path(twilio.rest.__file__).parent
    bases = {
        name for file in folder.rglob("*Base.py") for name in re.findall(r"https://([\w-]+)\.twilio", file.read_text())
    }

    assert bases - PRODUCTS == {"webhooks"}
    assert len(PRODUCTS) > 30


def test_the_debug_log_shows_no_recipient(connect, faulty, caplog):
    """At its loudest the log has the address that was asked, without what was asked for."""
    caplog.set_level(logging.DEBUG)
    faulty.body = {"messages": [], "next_page_uri": None}
    connect(*faulty.way).client.messages.list(to=TO, limit=1)

    assert "/Messages.json" in caplog.text
    assert "4155550123" not in caplog.text


def test_templates_are_made_and_submitted_when_armed_and_nothing_else_is_done_to_them(live):
    """JSON goes to the two addresses of templates alone: no deletion, no change, no field beyond them, no other place."""
    text = {"name": "order_ready", "body": "Hello {{1}}, your order is ready here.", "variables": {"1": "Ana"}}
    with pytest.raises(WritesNotArmed):
        create_template(live, **text)
    live.arm(max_messages=1, allow_to=[TO])
    made = request_approval(live, create_template(live, **text).sid, "order_ready")
    assert (made.status, made.variables) == ("received", {"1": "Ana"})
    filled = {"content_sid": made.sid, "content_variables": {"1": "Bo"}, "shorten_urls": True}
    service = live.client.messaging.v1.services.create("Orders").sid
    to_nobody = MessageDraft(to="+14155550177", messaging_service_sid=service, **filled)
    with pytest.raises(WritesNotArmed, match="not among the recipients"):
        send(live, to_nobody)
    sent = send(live, replace(to_nobody, to=TO))
    assert "order is ready" in live.client.messages(sent.sid).fetch().body
    with pytest.raises(WritesNotArmed):
        live.client.content.v1.contents(made.sid).delete()
    document, kind = {"language": "en", "types": {"twilio/text": {"body": "Hi"}}}, {"Content-Type": "application/json"}
    for method, url, data in (
        ("POST", "https://content.twilio.com/v1/Content", {**document, "deleteInWaba": True}),
        ("PUT", f"https://content.twilio.com/v1/Content/{made.sid}", document),
        ("POST", f"https://api.twilio.com/2010-04-01/Accounts/{live.account_sid}/Messages.json", {"To": TO}),
        ("POST", "https://messaging.twilio.com/v1/Services", {"FriendlyName": "x"}),
    ):
        with pytest.raises(WritesNotArmed):
            live.client.request(method, url, data=data, headers=kind)
    with pytest.raises(WritesNotArmed):
        live.client.request("POST", "https://content.twilio.com/v1/Content", data=document)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks no process")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_message_that_never_left_adds_nothing_to_what_was_armed_meanwhile():
    """It is given back to what it was counted by, once; and what is left is shown though a killed process holds its lock."""
    guard, url = Guard(SID), f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    guard.arm(2, [TO], max_spend=1, segment_price=0.25)
    first, second = (guard.check("POST", url, {"To": TO, "Body": "x"}, headers=form) for _ in range(2))
    assert guard.words == "Writes are armed: 0 messages left, 0.50 USD left"
    for _ in range(2):
        guard.give_back(first)
    assert guard.words == "Writes are armed: 1 message left, 0.75 USD left"
    guard.arm(1, [TO])
    guard.give_back(second)
    assert guard.messages_left == 1
    pid = os.fork()
    if pid == 0:
        guard._budget._left.get_lock().acquire()  # noqa: SLF001 - as a process that is killed while it counts
        os._exit(0)
    os.waitpid(pid, 0)
    assert (guard.messages_left, guard.words) == (1, "Writes are armed: 1 message left")
