"""A plan of a live account: read, and nothing else."""

from datetime import UTC, datetime

import requests

import msvc_toolkit as msvc


def test_a_plan_only_reads(live, twilio):
    """The pool, its settings and its registration are read with GET, on a connection that is not armed."""
    login = (twilio["account_sid"], twilio["auth_token"])
    base = f"{twilio['url']}/v1/Services"
    service = requests.post(base, {"FriendlyName": "Planned"}, auth=login, timeout=60).json()["sid"]
    for number in live.client.incoming_phone_numbers.list():
        requests.post(f"{base}/{service}/PhoneNumbers", {"PhoneNumberSid": number.sid}, auth=login, timeout=60)
    before = len(requests.get(f"{twilio['url']}/_sandbox/journal", {"Limit": 10_000}, timeout=60).json()["entries"])

    found = msvc.plan_send(
        live, {"US": 5_000, "GB": 50}, "Sale!", service="Planned", start=datetime(2026, 3, 4, tzinfo=UTC)
    )

    journal = requests.get(f"{twilio['url']}/_sandbox/journal", {"Limit": 10_000}, timeout=60).json()["entries"]
    asked = [entry for entry in journal[before:] if "/_sandbox/" not in entry.get("path", "")]
    assert len(found.senders)
    assert not live.may_write
    assert len(asked) > 3
    assert {entry["method"] for entry in asked} == {"GET"}
    assert any("/Compliance/Usa2p" in entry["path"] for entry in asked)
