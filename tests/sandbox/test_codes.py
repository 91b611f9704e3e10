"""Codes of templates, short links and compliance that have a cause here: each comes with it, and goes with it.

Source: Twilio error dictionary, the pages of these codes (read 2026-11-30). Not here: 21664 and 21666, whose pages could
not be read, and 92005 to 92007, in whose place come 21654 to 21656.
"""

from datetime import UTC, datetime

import pytest
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

import msvc_toolkit as msvc
from msvc_toolkit.errors import SandboxError
from tests.helpers.account import make_template, refusal

YOU, ON_WHATSAPP, IN_LONDON = "+14155550123", "whatsapp:+14155550123", "whatsapp:+447700900112"
LOCAL, WHATSAPP = "+14155550100", "whatsapp:+14155550199"
LONG = "https://shop.example.com/orders/2026"
DOMAIN, NOWHERE = "links.example.com", "links.shop.invalid"


def end(conn, to=YOU, **given):
    """The status, code and price of a message once it has ended."""
    made = conn.client.messages.create(to=to, **{"body": f"Your order: {LONG}", **given})
    conn.sandbox.advance(60)
    last = made.fetch()
    return last.status, last.error_code, last.price


@pytest.fixture
def service(conn):
    """A service that shortens links; a message whose links cannot be shortened fails."""
    sid = msvc.create_service(conn, friendly_name="Orders").sid
    msvc.add_senders(conn, sid, [LOCAL])
    conn.client.messaging.v1.domain_config(conn.sandbox.link_domain(sid)).update(continue_on_failure=False)
    return sid


def test_what_the_console_and_twilios_lists_stop(conn, service):
    """Each code while its cause is set; the same message arrives before and after."""
    night = datetime(2026, 1, 6, 6, 30, tzinfo=UTC)  # 22:30 in San Francisco
    conn.sandbox.advance((night - conn.sandbox.now).total_seconds())
    send = {"messaging_service_sid": service, "shorten_urls": True}
    assert end(conn, **send)[0] == "delivered"

    for code, cause, gone in (
        (30101, {"unverified_domains": [DOMAIN]}, []),
        (30110, {"blocked_links": ["other.example.com", "shop.example.com"]}, []),
        (30111, {"blocked_links": [LONG]}, []),
        (30453, {"fraudulent": ["+1415"]}, []),
        (30047, {"quiet_hours": "fail"}, "off"),
    ):
        assert conn.sandbox.compliance(**cause).items() >= cause.items()
        assert end(conn, **send) == ("failed", code, None)
        conn.sandbox.compliance(**dict.fromkeys(cause, gone))
        assert end(conn, **send)[:2] == ("delivered", None)

    conn.sandbox.compliance(fraudulent=["+1415"])
    assert end(conn, **send, risk_check="disable")[0] == "delivered"
    conn.client.accounts.v1.safelist.create(phone_number=YOU)
    assert end(conn, **send)[0] == "delivered"
    conn.client.messaging.v1.domain_config(conn.sandbox.link_domain()).update(continue_on_failure=True)
    conn.sandbox.compliance(unverified_domains=[DOMAIN])
    assert end(conn, **send)[0] == "delivered"  # with its long link


def test_a_domain_without_dns_gets_no_certificate(conn, service):
    """30135 for the first certificate, 30136 when one of Twilio's is to be renewed."""
    domain = conn.sandbox.link_domain(name=NOWHERE)
    ask = conn.client.messaging.v1.request_managed_cert(domain).update
    assert (refusal(ask).status, refusal(ask).code) == (400, 30135)
    conn.sandbox.link_domain(service, name=NOWHERE)
    assert refusal(ask).code == 30136


def test_marketing_templates_do_not_reach_the_us(conn):
    """63049 for a US number on WhatsApp, within the window, too; the template reaches other countries."""
    contents = conn.client.content.v1.contents
    sid = make_template(conn.client, {"twilio/text": {"body": "A new owl is in our shop since today."}})
    request = ApprovalCreateList.ContentApprovalRequest({"name": "new_owl", "category": "MARKETING"})
    contents(sid).approval_create.create(request)
    conn.sandbox.advance(200)
    send = {"from_": WHATSAPP, "content_sid": sid, "body": None}

    assert end(conn, ON_WHATSAPP, **send)[:2] == ("failed", 63049)
    conn.sandbox.receive(ON_WHATSAPP, WHATSAPP, "Hello")
    assert end(conn, ON_WHATSAPP, **send)[:2] == ("failed", 63049)
    assert end(conn, IN_LONDON, **send)[:2] == ("delivered", None)


def test_a_handset_can_answer_with_any_code(conn, service):
    """What the recipient, the channel or Twilio decides out of sight is set by its code; only codes of messages count."""
    conn.sandbox.receive(ON_WHATSAPP, WHATSAPP, "Hello")
    for code, to, sender in (
        (30044, YOU, {"messaging_service_sid": service}),
        (30008, YOU, {"from_": LOCAL}),
        (63003, ON_WHATSAPP, {"from_": WHATSAPP}),
        (63018, ON_WHATSAPP, {"from_": WHATSAPP}),
        (63024, ON_WHATSAPP, {"from_": WHATSAPP}),
    ):
        conn.sandbox.handset(to, str(code))
        assert (status := end(conn, to, **sender)[0]) == conn.sandbox.handset_states[str(code)][0]
        assert (status, end(conn, to, **sender)[1]) in {("failed", code), ("undelivered", code)}
        handset = msvc.Handset(conn, to)
        assert handset.fields["state"].widget.value == str(code)
        conn.sandbox.handset(to)
        handset.look_again()
        assert (handset.fields["state"].widget.value, handset.last_error) == ("good", None)
        assert end(conn, to, **sender)[:2] == ("delivered", None)
    for state in ("30101", "30104", "99999", "broken"):
        with pytest.raises(SandboxError, match="no state"):
            conn.sandbox.handset(YOU, state)
