"""Consent, geo permissions, the Safe List, quiet hours and what else stops a message before it is sent."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput, SandboxError
from msvc_toolkit.sandbox.control.endpoints import control
from msvc_toolkit.sandbox.resources.accounts.consents import SOURCES, STATUSES

YOU, LOCAL, TOLL_FREE = "+14155550123", "+14155550100", "+18885550100"
NEW = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def service(conn):
    """A service with a local number."""
    return pooled(conn, LOCAL)


def pooled(conn, address):
    """A new service with this number."""
    sid = conn.client.messaging.v1.services.create("Orders", use_inbound_webhook_on_number=True).sid
    number = next(one for one in conn.client.incoming_phone_numbers.list() if one.phone_number == address)
    conn.client.messaging.v1.services(sid).phone_numbers.create(number.sid)
    return sid


def end(conn, to=YOU, seconds=60, **more):
    """Send a message, let time pass, and return its status and code; the code alone where it is refused at once."""
    try:
        made = conn.client.messages.create(to=to, body="Hello", **more)
    except TwilioRestException as refused:
        return refused.code
    conn.sandbox.advance(seconds)
    found = conn.client.messages(made.sid).fetch()
    return found.status, found.error_code


def consent(conn, sender_id, status, person=YOU, **more):
    """Upload one consent, and return the answer's entry."""
    item = {"contact_id": person, "correlation_id": NEW, "sender_id": sender_id, "status": status, "source": "website"}
    made = conn.client.accounts.v1.bulk_consents.create_with_http_info(items=[{**item, **more}])
    assert made.status_code == 201
    [entry] = made.data.items
    return entry


def test_a_consent_opts_out_and_in(conn, service):
    """Opt-out is 21610 for service and number; opt-in ends it and a STOP, but not what a toll-free network blocks."""
    free = pooled(conn, TOLL_FREE)

    assert consent(conn, service, "opt-out") == {"correlation_id": NEW, "error_code": 0, "error_messages": []}
    assert end(conn, messaging_service_sid=service) == ("failed", 21610)
    assert end(conn, from_=LOCAL) == 21610
    consent(conn, LOCAL, "opt-in")
    assert end(conn, messaging_service_sid=service) == ("delivered", None)

    for sender, sid, last in ((LOCAL, service, ("delivered", None)), (TOLL_FREE, free, ("failed", 21610))):
        conn.sandbox.receive(YOU, sender, "STOP")
        assert end(conn, messaging_service_sid=sid) == ("failed", 21610)
        consent(conn, sid, "opt-in")
        assert end(conn, messaging_service_sid=sid) == last
    conn.sandbox.receive(YOU, TOLL_FREE, "START")
    assert end(conn, messaging_service_sid=free) == ("delivered", None)


def test_what_is_wrong_with_a_consent_or_contact_is_said_for_each(conn):
    """30646 with a sentence for each field, the others are stored; more than 25 are refused."""
    wrong = consent(
        conn, "MG" + "0" * 32, "yes", "4155550123", correlation_id="1", source="friend", date_of_consent="today"
    )
    bulk = conn.client.accounts.v1.bulk_contacts.create
    contact = {"contact_id": YOU, "correlation_id": NEW, "country_iso_code": "US", "zip_code": "94105"}
    contacts = bulk(items=[contact, {**contact, "zip_code": "9410"}]).items

    assert wrong["error_code"] == 30646
    assert [sentence.split()[0] for sentence in wrong["error_messages"]] == (["correlation_id", "contact_id"])
    more = consent(conn, "MG" + "0" * 32, "yes", source="friend", date_of_consent="today")
    assert [sentence.split()[0] for sentence in more["error_messages"]] == [
        "status",
        "source",
        "date_of_consent",
        "sender_id",
    ]
    assert ([one["error_code"] for one in contacts], STATUSES, len(SOURCES)) == ([0, 30646], ("opt-in", "opt-out"), 5)
    url, kind = f"{conn.client.accounts.base_url}/v1/Contacts/Bulk", {"Content-Type": "application/json"}
    for name in ("items", "Items"):
        made = conn.client.request("POST", url, data={name: [contact, {}]}, headers=kind)
        assert (made.status_code, [one["error_code"] for one in json.loads(made.text)["items"]]) == (201, [0, 30646])
    assert conn.client.request("POST", url, data={"items": "no list"}, headers=kind).status_code == 400
    for empty in ({}, {"contact_id": 7, "correlation_id": []}):
        [entry] = bulk(items=[empty]).items
        assert (entry["error_code"], len(entry["error_messages"])) == (30646, 2)
    for items in ([contact] * 26, [], ["no object"]):
        with pytest.raises(TwilioRestException) as refused:
            bulk(items=items)
        assert (refused.value.status, refused.value.code) == (400, 20001)
    assert conn.sandbox.opt_outs() == []


def test_a_closed_country_gets_nothing(conn, service):
    """21408 until the country is open again; a country that does not exist has an error in its entry."""
    geo, london = conn.client.accounts.v1.messaging_geopermissions, "+447700900112"
    closed = geo.update(
        permissions=[{"country_code": code, "type": "country", "enabled": False} for code in ("GB", "XX")]
    )
    gb, unknown = closed.permissions

    assert (gb["enabled"], gb["error_code"], unknown["error_code"]) == (False, 0, 20001)
    assert end(conn, london, from_=LOCAL) == 21408
    assert end(conn, london, messaging_service_sid=service) == ("failed", 21408)
    assert end(conn, messaging_service_sid=service) == ("delivered", None)
    every = {one["country_code"]: one["enabled"] for one in geo.fetch().permissions}
    assert (every["GB"], every["US"], len(every) > 200) == (False, True, True)
    geo.update(permissions=[{"country_code": "GB", "type": "country", "enabled": True}])
    assert [one["enabled"] for one in geo.fetch(country_code="GB").permissions] == [True]
    assert end(conn, london, messaging_service_sid=service) == ("delivered", None)


def test_pumping_stops_a_prefix_but_not_the_safe_list(conn, service):
    """30450; a number or a thousand of them on the Safe List, or RiskCheck=disable, passes."""
    safe, london = conn.client.accounts.v1.safelist, "+447700900112"
    conn.sandbox.compliance(pumped=["+4477"])
    assert end(conn, london, messaging_service_sid=service) == ("failed", 30450)
    assert end(conn, london, from_=LOCAL) == ("failed", 30450)
    assert end(conn, london, messaging_service_sid=service, risk_check="disable") == ("delivered", None)

    for listed in (london, "+447700900xxx"):
        made = safe.create_with_http_info(phone_number=listed)
        assert (made.status_code, made.data.sid) == (201, safe.create(phone_number=listed).sid)
        assert safe.fetch(phone_number=listed).phone_number == listed
        assert end(conn, london, messaging_service_sid=service) == ("delivered", None)
        assert safe.delete(phone_number=listed)
        with pytest.raises(TwilioRestException) as gone:
            safe.fetch(phone_number=listed)
        assert (gone.value.status, gone.value.code) == (404, 20404)
    with pytest.raises(TwilioRestException, match="PhoneNumber"):
        safe.create(phone_number="447700900112")
    assert end(conn, london, messaging_service_sid=service) == ("failed", 30450)
    assert conn.sandbox.compliance(pumped=[])["pumped"] == []
    assert end(conn, london, messaging_service_sid=service) == ("delivered", None)


def test_litigators_and_reassigned_numbers(conn, service):
    """30640 but for essential messages and RiskCheck=disable; 21610 until there is a newer opt-in."""
    conn.sandbox.compliance(litigators=[YOU])
    assert end(conn, messaging_service_sid=service, message_intent="marketing") == ("failed", 30640)
    assert end(conn, messaging_service_sid=service, message_intent="otp") == ("delivered", None)
    assert end(conn, messaging_service_sid=service, risk_check="disable") == ("delivered", None)

    conn.sandbox.compliance(litigators=[], reassigned=[YOU])
    before = conn.sandbox.now - timedelta(days=1)
    consent(conn, service, "opt-in", date_of_consent=before.isoformat())
    assert end(conn, messaging_service_sid=service, message_intent="otp") == ("failed", 21610)
    assert end(conn, from_=LOCAL) == 21610
    consent(conn, service, "opt-in")
    assert end(conn, messaging_service_sid=service) == ("delivered", None)
    for wrong in ({"litigators": ["ACME"]}, {"quiet_hours": "on"}, {"pumped": ["44"]}):
        with pytest.raises(SandboxError):
            conn.sandbox.compliance(**wrong)


def test_quiet_hours_reschedule_or_block(conn, service):
    """At 20:30 in Texas nothing is quiet, at 21:30 it is: until 9 in the morning, or 30610; 30615 where only the state says so."""
    texas, florida = "+15125550123", "+13055550123"
    conn.sandbox.advance(
        (datetime(2026, 1, 6, 3, 30, tzinfo=UTC) - conn.sandbox.now).total_seconds()
    )  # 21:30 in Austin
    assert end(conn, texas, messaging_service_sid=service) == ("delivered", None)  # it is off until it is set

    conn.sandbox.compliance(quiet_hours="reschedule")
    kept = conn.client.messages.create(to=texas, messaging_service_sid=service, body="Sale")
    assert end(conn, texas, messaging_service_sid=service, message_intent="otp") == ("delivered", None)
    assert end(conn, texas, from_=LOCAL, risk_check="disable") == ("delivered", None)
    assert end(conn, "+447700900112", messaging_service_sid=service) == ("delivered", None)
    waiting = conn.client.messages.create(to=texas, from_=LOCAL, body="Sale")
    assert [conn.client.messages(one.sid).fetch().status for one in (kept, waiting)] == ["scheduled"] * 2
    assert conn.client.messages(waiting.sid).update(status="canceled").status == "canceled"
    conn.sandbox.advance(12 * 3600)
    assert conn.client.messages(kept.sid).fetch().status == "delivered"
    assert conn.sandbox.timeline(kept.sid)[1] == (datetime(2026, 1, 6, 15, tzinfo=UTC), "accepted")  # 9:00 in Austin

    conn.sandbox.compliance(quiet_hours="block")
    conn.sandbox.advance((datetime(2026, 1, 7, 1, 30, tzinfo=UTC) - conn.sandbox.now).total_seconds())  # 20:30 in Miami
    assert end(conn, florida, messaging_service_sid=service) == ("failed", 30615)
    conn.sandbox.advance(3600)
    assert end(conn, florida, messaging_service_sid=service) == ("failed", 30610)
    assert end(conn, florida, from_=LOCAL) == ("failed", 30610)
    moved = {"contact_id": florida, "correlation_id": NEW, "country_iso_code": "US", "zip_code": "94105"}
    assert conn.client.accounts.v1.bulk_contacts.create(items=[moved]).items[0]["error_code"] == 0
    assert end(conn, florida, 1, messaging_service_sid=service)[0] != "failed"  # 18:30 in San Francisco
    conn.client.accounts.v1.bulk_contacts.create(items=[{**moved, "zip_code": "33101"}])
    later = conn.sandbox.now + timedelta(hours=12)
    assert (
        end(conn, florida, 13 * 3600, messaging_service_sid=service, schedule_type="fixed", send_at=later)[0]
        == "delivered"
    )


def test_compliance_is_set_over_http(conn):
    """The control address takes the same; lists repeat, and an empty one clears."""
    set_ = control(
        conn.sandbox,
        "POST",
        "/_sandbox/compliance",
        [("QuietHours", "block"), ("Pumped", "+4477"), ("Pumped", "+4478")],
    )
    cleared = control(conn.sandbox, "POST", "/_sandbox/compliance", [("Pumped", "")])

    assert json.loads(set_.body) == {
        "quiet_hours": "block",
        "litigators": [],
        "reassigned": [],
        "pumped": ["+4477", "+4478"],
        "fraudulent": [],
        "blocked_links": [],
        "unverified_domains": [],
    }
    assert json.loads(cleared.body)["pumped"] == []


def test_who_opted_out_is_listed_from_sandbox_and_log(conn, service, tmp_path):
    """By service, and by number outside any; START and a message that goes out end it. A live account has no list."""
    people = [f"+1415555012{n}" for n in range(7)]
    free = next(one for one in conn.client.incoming_phone_numbers.list() if one.phone_number == "+12125550100")
    for person in people[:5]:
        end(conn, person, 5, messaging_service_sid=service)
    for person, receiver in zip(people[:4], [LOCAL, LOCAL, LOCAL, free.phone_number], strict=True):
        conn.sandbox.receive(person, receiver, "STOP")
    conn.sandbox.advance(5)
    conn.sandbox.receive(people[1], LOCAL, "START")
    consent(conn, service, "opt-in", people[2])
    consent(conn, service, "opt-out", people[4])
    consent(conn, service, "opt-out", people[5])
    for person in people[2:5]:
        end(conn, person, 5, messaging_service_sid=service)
    known = msvc.logs.opt_outs(conn, mask=False)
    seen = msvc.logs.opt_outs(msvc.pull_logs(conn, tmp_path, since="2026-01-01"), mask=False)

    def listed(frame):
        return [tuple(row) for row in frame[["messaging_service_sid", "number", "peer", "source"]].to_numpy()]

    outside = ("", free.phone_number, people[3], "keyword")
    assert listed(known) == [
        outside,
        (service, "", people[0], "keyword"),
        (service, "", people[4], "website"),
        (service, "", people[5], "website"),
    ]
    assert listed(seen) == [outside, (service, "", people[0], "keyword"), (service, "", people[4], "21610")]
    assert (known["since"][0] - seen["since"][0]).total_seconds() == 0
    assert msvc.logs.opt_outs(conn)["peer"][0] == "+1 415 ••• 0123"
    live = msvc.Connection("LIVE", conn.client, conn.account_sid)
    with pytest.raises(InvalidInput, match="no list of opt-outs"):
        msvc.logs.opt_outs(live)
