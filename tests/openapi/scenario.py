"""A scenario that meets every operation the sandbox emulates, through the unmodified SDK."""

from __future__ import annotations

from datetime import timedelta

import paperwork
import registration

from msvc_toolkit.connection import Connection
from msvc_toolkit.rules.service_settings import USECASES
from msvc_toolkit.sandbox.resources.api import number_inventory

ME, YOU = "+14155550100", "+14155550123"


def run(conn: Connection) -> None:
    """Play the whole scenario."""
    _accounts(conn)
    _numbers(conn)
    service = _services(conn)
    _pool(conn, service)
    _messages(conn, service)
    _inbound(conn)
    paperwork.tollfree(conn)
    paperwork.links(conn, service)
    paperwork.channels(conn)
    paperwork.exports(conn)
    registration.a2p(conn)
    conn.client.messaging.v1.deactivations().fetch(date=(conn.sandbox.now - timedelta(days=3)).date())
    conn.client.messaging.v1.services(service).delete()


def _accounts(conn: Connection) -> None:
    accounts = conn.client.api.v2010.accounts
    made = accounts.create(friendly_name="Branch")
    for status in ("suspended", "active", "closed"):
        accounts(made.sid).update(status=status)
    accounts(made.sid).fetch()
    accounts.list(page_size=1)


def _numbers(conn: Connection) -> None:
    client = conn.client
    client.available_phone_numbers.list()
    bought = [client.incoming_phone_numbers.create(area_code="415")]
    for country in number_inventory.COUNTRIES:
        client.available_phone_numbers(country).fetch()
        for kind in (
            "local",
            "mobile",
            "toll_free",
            "national",
            "voip",
            "shared_cost",
            "machine_to_machine",
        ):
            found = getattr(client.available_phone_numbers(country), kind).list(page_size=3)
            if found and hasattr(client.incoming_phone_numbers, kind):
                created = getattr(client.incoming_phone_numbers, kind).create(phone_number=found[0].phone_number)
                bought.append(created)
    hook = {"sms_url": "https://example.com/in", "sms_fallback_url": "https://example.com/again"}
    for number in client.incoming_phone_numbers.list(page_size=5):
        client.incoming_phone_numbers(number.sid).fetch()
        if number.capabilities["sms"]:
            client.incoming_phone_numbers(number.sid).update(
                **hook, sms_method="GET", sms_fallback_method="GET", status_callback_method="GET"
            )
            client.incoming_phone_numbers(number.sid).update(sms_method="POST", sms_url="", sms_fallback_url="")
    for kind in ("local", "mobile", "toll_free"):
        getattr(client.incoming_phone_numbers, kind).list()
    client.incoming_phone_numbers(bought[0].sid).delete()
    code = client.short_codes.list()[0]
    client.short_codes(code.sid).update(**hook, sms_method="GET", sms_fallback_method="GET", friendly_name="Code")
    client.short_codes(code.sid).update(sms_method="POST", sms_fallback_method="POST")
    client.short_codes(code.sid).fetch()


def _services(conn: Connection) -> str:
    services = conn.client.messaging.v1.services
    made = services.create(
        friendly_name="Owls",
        inbound_request_url="https://example.com/in",
        fallback_url="https://example.com/again",
        status_callback="https://example.com/status",
    )
    for method in ("GET", "POST"):
        services(made.sid).update(inbound_method=method, fallback_method=method)
    for scan in ("enable", "disable", "inherit"):
        services(made.sid).update(scan_message_content=scan)
    for usecase in USECASES:
        services(made.sid).update(usecase=usecase)
    services(made.sid).fetch()
    services.list()
    conn.client.messaging.v1.usecases.fetch()
    return str(made.sid)


def _pool(conn: Connection, service: str) -> None:
    client, pool = conn.client, conn.client.messaging.v1.services(service)
    number = next(found for found in client.incoming_phone_numbers.list() if found.phone_number == ME)
    channel = conn.sandbox.own("messenger:owls")
    for members, given in (
        (pool.phone_numbers, {"phone_number_sid": number.sid}),
        (pool.short_codes, {"short_code_sid": client.short_codes.list()[0].sid}),
        (pool.channel_senders, {"sid": channel}),
        (pool.alpha_senders, {"alpha_sender": "Owls"}),
        (pool.destination_alpha_senders, {"alpha_sender": "Owl", "iso_country_code": "FR"}),
    ):
        sid = members.create(**given).sid
        members(sid).fetch()
        members.list(page_size=1)
        members(sid).delete()
    pool.phone_numbers.create(phone_number_sid=number.sid)


def _messages(conn: Connection, service: str) -> None:
    messages, handset = conn.client.messages, conn.sandbox.handset
    conn.sandbox.receive("whatsapp:+14155550126", "whatsapp:+14155550199", "Hi")
    for address, state in (("+14155550124", "off"), ("+14155550125", "no route"), ("whatsapp:+14155550126", "reads")):
        handset(address, state)
    media = ["https://example.com/a.png", "https://example.com/b.gif"]
    with_media = messages.create(to=YOU, from_=ME, body="Hi", media_url=media, provide_feedback=True)
    sent = [
        with_media,
        messages.create(to="+14155550124", messaging_service_sid=service, body="Hi"),
        messages.create(to="+14155550125", messaging_service_sid=service, body="Hi"),
        messages.create(to="whatsapp:+14155550126", from_="whatsapp:+14155550199", body="Hi"),
    ]
    later = conn.sandbox.now + timedelta(hours=2)
    due = messages.create(to=YOU, messaging_service_sid=service, body="Hi", schedule_type="fixed", send_at=later)
    messages(due.sid).update(status="canceled")
    for _ in range(60):
        for message in sent:
            messages(message.sid).fetch()
        conn.sandbox.advance(0.5)
    conn.sandbox.advance(3600)
    messages.list(page_size=2, date_sent_after=later - timedelta(days=1))
    for outcome in ("unconfirmed", "confirmed"):
        messages(with_media.sid).feedback.create(outcome=outcome)
    medium = messages(with_media.sid).media.list(page_size=1)[0]
    messages(with_media.sid).media(medium.sid).fetch()
    messages(with_media.sid).media(medium.sid).delete()
    messages(with_media.sid).update(body="")
    messages(with_media.sid).delete()


def _inbound(conn: Connection) -> None:
    sandbox, messages = conn.sandbox, conn.client.messages
    for text in ("Hello", "STOP", "START"):
        arrived = sandbox.receive(YOU, ME, text, ["https://example.com/c.png"])
        for _ in range(4):
            if arrived["sid"]:
                messages(arrived["sid"]).fetch()
            messages.list(to=YOU)
            sandbox.advance(1)
