"""A login inside a webhook's address: kept for Twilio, shown to nobody."""

import dataclasses

import msvc_toolkit as msvc
from msvc_toolkit.inbound.calls import predict_arrival, receiving_senders, try_arrival
from msvc_toolkit.rules.inbound_routing import Hook

URL = "https://me:s3cret@shop.example/sms"


def test_a_webhooks_login_is_not_shown_and_still_there():
    """Whatever holds the address shows it without user and password, in reprs and sentences; the address is whole."""
    conn = msvc.connect("sandbox", store=":memory:", clock="manual")
    draft = msvc.ServiceDraft(friendly_name="Shop", inbound_request_url=URL, fallback_url=URL, status_callback=URL)
    service = msvc.create_service(conn, draft)
    number = conn.client.incoming_phone_numbers.list(phone_number="+14155550100")[0]
    number.update(sms_url=URL)
    msvc.add_senders(conn, service.sid, [number.sid])
    senders = receiving_senders(conn, service.sid)
    held = [
        draft,
        service,
        service.draft,
        msvc.list_services(conn),
        msvc.InboundDraft("webhook", URL, "POST", URL),
        msvc.MessageDraft(to="+14155550123", body="x", status_callback=URL, media_url=[URL]),
        Hook(URL, fallback_url=URL),
        senders,
        predict_arrival(service, senders[0]),
        try_arrival(conn, service.sid, senders[0]),
        msvc.list_senders(conn, service.sid),
    ]

    assert [one for one in held if "s3cret" in repr(one)] == []
    assert all("•••@shop.example" in repr(one) for one in held[:-1])
    assert (service.settings["inbound_request_url"], senders[0].url) == (URL, URL)
    assert dataclasses.replace(draft, friendly_name="y").fallback_url == URL
