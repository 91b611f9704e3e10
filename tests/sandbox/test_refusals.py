"""Wrong requests: each gets Twilio's status, code and a sentence, on both ways in, and changes nothing."""

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from msvc_toolkit.rules import error_codes
from msvc_toolkit.sandbox.backend import Backend
from msvc_toolkit.sandbox.client import SandboxHttpClient
from msvc_toolkit.sandbox.scenarios import starter
from msvc_toolkit.sandbox.settings import DEFAULTS

CASES = tomllib.loads(Path(__file__).with_name("refusals.toml").read_text(encoding="utf-8"))["case"]


def everything(account):
    """Every row of every table."""
    store = account.handle.api.store
    tables = [row["name"] for row in store.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: store.all(f"SELECT * FROM {name}") for name in tables}  # noqa: S608 - our own tables


def stage(account):
    """Fill the account for the cases, and return the values of the names in braces."""
    client, store = account.client, account.handle.api.store
    numbers = {number.phone_number: number.sid for number in client.incoming_phone_numbers.list()}
    code = client.short_codes.list()[0].sid
    channel = client.messaging.v2.channels_senders.list(channel="whatsapp")[0].sid
    first, second, foreign = (client.messaging.v1.services.create(name).sid for name in ("One", "Two", "Theirs"))
    pool = client.messaging.v1.services(first)
    pool.phone_numbers.create(numbers["+14155550100"])
    pool.short_codes.create(code)
    pool.channel_senders.create(channel)
    pool.alpha_senders.create("ACME")
    pool.destination_alpha_senders.create("ACME", iso_country_code="GB")
    client.messaging.v1.services(second).phone_numbers.create(numbers["+12125550100"])
    at = account.handle.now + timedelta(days=1)
    scheduled = client.messages.create(
        to="+14155550123", body="Later", messaging_service_sid=first, schedule_type="fixed", send_at=at
    )
    sent = client.messages.create(to="+14155550123", from_="+14155550100", body="Hi")
    account.advance(10)
    sending = client.messages.create(to="+14155550123", from_="+14155550100", body="Hi")
    account.advance(0.5)
    other = store.new_sid("AC")
    row = store.one("SELECT * FROM account")
    store.insert("account", {**row, "sid": other, "owner_account_sid": other, "date_created": row["date_created"] + 1})
    theirs = starter.own(store, other, "+14155550150", now=0)
    store.update("service", foreign, {"account_sid": other})
    sid, token = account.handle.credentials()
    return {
        "AC": sid,
        "TOKEN": token,
        "SK": account.handle.api_key()[0],
        "OTHER_AC": other,
        "OTHER_PN": theirs,
        "MG": first,
        "MG_2": second,
        "OTHER_MG": foreign,
        "NO_MG": "MG" + "0" * 32,
        "UPPER": "A" * 32,
        "PN": numbers["+14155550100"],
        "PN_ELSEWHERE": numbers["+12125550100"],
        "PN_VOICE": numbers["+12065550100"],
        "PN_FREE": numbers["+14165550100"],
        "SC": code,
        "XE": channel,
        "SENT": sent.sid,
        "SENDING": sending.sid,
        "SCHEDULED": scheduled.sid,
        **{f"IN_{n}": f"{account.handle.now + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ}" for n in (300, 400, 3024001)},
    }


def pairs(table, names):
    """A table of the data as name and value, one pair per item of a list."""

    def fill(text):
        repeated = re.fullmatch(r"(.)\*(\d+)", text)
        return repeated[1] * int(repeated[2]) if repeated else text.format(**names)

    return [
        (name, fill(item)) for name, value in table.items() for item in (value if isinstance(value, list) else [value])
    ]


def attempted(case, answer):
    """The code of the row that a refused message leaves, None where nothing is left."""
    sends = case["request"].startswith("POST") and case["request"].endswith("/Messages.json")
    ours = "does not emulate" in answer.json["message"]
    return answer.json["code"] if sends and answer.status == 400 and not ours else None


def check_unchanged(account, before, code=None):
    """Every table is as it was; a refused message (400) alone leaves a row, failed with the code of the answer."""
    after = everything(account)
    if code is not None:
        *rest, attempt = after["message"]
        assert (rest, attempt["outcome"], attempt["error_code"]) == (before["message"], "failed", code)
        after |= {name: before[name] for name in ("message", "serial")}
    assert after == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_wrong_request_is_refused_and_changes_nothing(account, case):
    """Status and code are the documented ones, the message is a sentence, and every table is as it was.

    But a refused message leaves a failed row. Source: support article 21923437804315 (read 2026-11-30).
    """
    names = stage(account)
    before = everything(account)
    method, path = case["request"].split(" ", 1)
    auth = tuple(part.format(**names) for part in case["auth"]) if "auth" in case else None

    answer = account.ask(
        method,
        path.format(**names),
        query=pairs(case.get("query", {}), names),
        form=pairs(case.get("form", {}), names),
        auth=auth,
    )

    assert (answer.status, answer.json["code"]) == (case["status"], case["code"])
    assert answer.json["status"] == case["status"]
    assert answer.json["more_info"] == f"https://www.twilio.com/docs/errors/{case['code']}"
    assert len(answer.json["message"]) > 10
    check_unchanged(account, before, attempted(case, answer))


def test_the_table_is_broad_and_every_code_is_explained():
    """There are more than a hundred different wrong requests, and the dictionary knows every code they meet."""
    assert len({case["name"] for case in CASES}) == len(CASES) > 100
    assert [case["name"] for case in CASES if error_codes.lookup(case["code"]) is None] == []
    assert all(case["source"] for case in CASES)


@pytest.mark.parametrize(("state", "code"), [("suspended", 20005), ("closed", 20005)])
def test_an_account_that_is_not_active_gets_nothing(account, state, code):
    """Its credentials are refused everywhere."""
    account.handle.api.store.update("account", account.handle.account_sid, {"status": state})

    answer = account.ask("GET", "/v1/Services")

    assert (answer.status, answer.json["code"]) == (401, code)


@pytest.mark.parametrize(
    ("changed", "act", "code"),
    [
        ({"services_limit": 1}, lambda client, _: client.messaging.v1.services.create("Two"), 30995),
        (
            {"pool_limit": 2},
            lambda client, names: client.messaging.v1.services(names["MG"]).phone_numbers.create(names["PN_FREE"]),
            21714,
        ),
        (
            {"alpha_senders": False},
            lambda client, names: client.messaging.v1.services(names["MG_2"]).alpha_senders.create("ACME"),
            21709,
        ),
        (
            {"alpha_senders": False},
            lambda client, _: client.messages.create(to="+447400123457", from_="ACME", body="Hi"),
            21267,
        ),
    ],
)
def test_a_limit_or_a_missing_feature_is_refused(account, changed, act, code):
    """With the limits set lower, or alphanumeric sending off, the documented code comes and nothing changes."""
    names = stage(account)
    before = everything(account)
    strict = Backend(account.handle.api.store, replace(DEFAULTS, **changed))
    client = Client(*account.handle.credentials(), http_client=SandboxHttpClient(strict))

    with pytest.raises(TwilioRestException) as refused:
        act(client, names)

    assert (refused.value.status, refused.value.code) == (412 if code == 21714 else 400, code)
    check_unchanged(account, before, code if code == 21267 else None)
