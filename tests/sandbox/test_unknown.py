"""Parameters that Twilio does not have: ignored as Twilio ignores them, noted in the journal, refused on request.

Source: riemann/riemann#663, mcwebb/angular-twilio#5, and Twilio's own MCP server, which repeats AccountSid in the body
(recorded; read 2026-11-27).
"""

import json
import subprocess
import sys

import pytest
import requests

import msvc_toolkit as msvc
from msvc_toolkit.inspector.calls import events
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.control.endpoints import control

TEXT = [("To", "+14155550123"), ("From", "+14155550100"), ("Body", "Hi")]


def noted(handle):
    """The names that the newest request in a sandbox's journal ignored."""
    return handle.journal()[-1].get("ignored")


def test_a_real_programs_extra_parameters_are_ignored(account):
    """Sent all the same: with the account repeated, a made-up name, and one in the wrong case."""
    form = [*TEXT, ("AccountSid", account.handle.account_sid), ("Urgent", "true"), ("body", "other")]
    answer = account.ask("POST", f"{account.path}/Messages.json", form=form)

    assert (answer.status, answer.json["body"], answer.json["status"]) == (201, "Hi", "queued")


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", "/v1/Services", [("FriendlyName", "Orders"), ("Colour", "red")]),
        ("POST", "{AC}/IncomingPhoneNumbers/{PN}.json", [("FriendlyName", "Line"), ("Colour", "red")]),
        ("GET", "{AC}/Messages.json", [("Status", "failed"), ("Colour", "red")]),
        ("GET", "/v1/Services", [("FriendlyName", "Orders")]),
        ("GET", "{AC}/AvailablePhoneNumbers/US/Local.json", [("Colour", "red")]),
    ],
)
def test_every_resource_ignores_what_it_does_not_know(account, method, path, form):
    """Creating, changing, listing and searching; a filter Twilio does not have lets everything through."""
    path = path.format(AC=account.path, PN=account.client.incoming_phone_numbers.list(limit=1)[0].sid)
    answer = account.ask(method, path, **{"form" if method == "POST" else "query": form})

    assert answer.status in (200, 201)
    assert "Colour" not in json.dumps(answer.json)


def test_json_bodies_are_read_the_same_way():
    """A channel sender's unknown fields are ignored, at the top and within its parts, and named in the journal."""
    conn = msvc.connect(store=":memory:", clock="manual")
    answer = conn.client.request(
        "POST",
        "https://messaging.twilio.com/v2/Channels/Senders",
        headers={"Content-Type": "application/json"},
        data={"sender_id": "whatsapp:+14155550177", "colour": "red", "profile": {"name": "Owl", "mood": "good"}},
    )

    assert answer.status_code == 202
    assert noted(conn.sandbox) == ["colour", "profile.mood"]


def test_the_journal_names_what_was_ignored_and_shows_no_value():
    """The inspector says it too; what cannot be a parameter's name, such as a body pasted as one, is hidden."""
    conn = msvc.connect(store=":memory:", clock="manual")
    path = f"https://api.twilio.com/2010-04-01/Accounts/{conn.account_sid}/Messages.json"
    conn.client.request("POST", path, data={**dict(TEXT), "Urgent": "s3cret", '{"Body": "s3cret"}': ""})
    [event] = events(conn)

    assert noted(conn.sandbox) == ["Urgent", "•••"]
    assert "s3cret" not in str(conn.sandbox.journal())
    assert event.sentence == "answered 201, ignored Urgent, •••, which Twilio does not know"


def test_what_the_sandbox_leaves_out_is_still_refused_by_name(account):
    """A parameter that Twilio has and the sandbox does not emulate never passes in silence."""
    answer = account.ask("POST", f"{account.path}/Messages.json", form=[*TEXT, ("PersistentAction", "geo:37,-122")])

    assert (answer.status, "does not emulate the parameter PersistentAction" in answer.json["message"]) == (400, True)


def test_an_account_sid_in_the_body_is_taken_where_it_only_repeats_the_path(account):
    """A number's update may repeat its account; naming another one, which moves the number, is not emulated."""
    number = account.client.incoming_phone_numbers.list(limit=1)[0]
    path = f"{account.path}/IncomingPhoneNumbers/{number.sid}.json"
    same = account.ask("POST", path, form=[("AccountSid", account.handle.account_sid), ("FriendlyName", "Line")])
    other = account.ask("POST", path, form=[("AccountSid", "AC" + "0" * 32)])

    assert (same.status, same.json["friendly_name"], other.status) == (200, "Line", 400)


def test_strictness_can_be_asked_for():
    """By connect, by the handle and by the control address; it ends when it is switched off."""
    conn = msvc.connect(store=":memory:", clock="manual", strict=True)

    def answered():
        path = f"https://api.twilio.com/2010-04-01/Accounts/{conn.account_sid}/Messages.json"
        return conn.client.request("POST", path, data={**dict(TEXT), "Urgent": "true"}).status_code

    seen = [answered()]
    conn.sandbox.strict(on=False)
    seen.append(answered())
    assert control(conn.sandbox, "POST", "/_sandbox/strict", ()).status == 200
    seen.append(answered())
    assert control(conn.sandbox, "POST", "/_sandbox/strict", [("Enabled", "false")]).status == 200
    seen.append(answered())

    assert seen == [400, 201, 400, 201]
    assert control(conn.sandbox, "POST", "/_sandbox/strict", [("Enabled", "perhaps")]).status == 400
    with pytest.raises(msvc.InvalidInput):
        msvc.connect("live", strict=True)


def test_a_strict_server_refuses(tmp_path):
    """`msvc sandbox serve --strict` refuses by name."""
    command = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--strict", "--clock", "manual"]
    process = subprocess.Popen([*command, "--store", str(tmp_path / "s.db")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    handle = open_sandbox(ready["store"])
    url = f"{ready['url']}/2010-04-01/Accounts/{handle.account_sid}/Messages.json"
    answer = requests.post(url, data={"Urgent": "1"}, auth=handle.credentials(), timeout=10)
    process.terminate()
    process.wait(10)
    process.stdout.close()

    assert (answer.status_code, answer.json()["message"]) == (400, "Unknown parameter Urgent")
