"""Steps 1 to 3 through the official SDK, in process and over the socket: services, inbound settings, senders."""

from datetime import timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

EVERY_FIELD = {
    "friendly_name": "Orders",
    "inbound_request_url": "https://example.com/in?shop=1",
    "inbound_method": "GET",
    "fallback_url": "https://example.com/fallback",
    "fallback_method": "GET",
    "status_callback": "https://example.com/status",
    "sticky_sender": False,
    "mms_converter": False,
    "smart_encoding": False,
    "scan_message_content": "disable",
    "fallback_to_long_code": False,
    "area_code_geomatch": False,
    "validity_period": 600,
    "synchronous_validation": True,
    "usecase": "marketing",
    "use_inbound_webhook_on_number": True,
}
KINDS = ("phone_numbers", "short_codes", "alpha_senders", "destination_alpha_senders", "channel_senders")


def service(account, **fields):
    """A Messaging Service and its part of the SDK."""
    made = account.client.messaging.v1.services.create(**{"friendly_name": "Orders", **fields})
    return account.client.messaging.v1.services(made.sid)


def add(account, pool, kind):
    """Put one sender of a kind into the pool."""
    client = account.client
    if kind == "phone_numbers":
        return pool.phone_numbers.create(client.incoming_phone_numbers.list(phone_number="+14155550100")[0].sid)
    if kind == "short_codes":
        return pool.short_codes.create(client.short_codes.list()[0].sid)
    if kind == "channel_senders":
        return pool.channel_senders.create(client.messaging.v2.channels_senders.list(channel="whatsapp")[0].sid)
    if kind == "alpha_senders":
        return pool.alpha_senders.create("ACME Shop")
    return pool.destination_alpha_senders.create("ACME GB", iso_country_code="gb")


def test_a_service_keeps_every_field_it_is_created_with(account):
    """Each settable field comes back from create, fetch and list as it was sent."""
    services = account.client.messaging.v1.services

    made = services.create(**EVERY_FIELD)

    for seen in (made, services(made.sid).fetch(), services.list()[0]):
        assert {name: getattr(seen, name) for name in EVERY_FIELD} == EVERY_FIELD
    assert made.account_sid == account.handle.account_sid
    assert made.us_app_to_person_registered is False


def test_a_service_with_a_name_alone_gets_the_documented_defaults(account):
    """Everything but the name may be left out."""
    made = account.client.messaging.v1.services.create("Orders")

    assert (made.sticky_sender, made.mms_converter, made.smart_encoding) == (True, True, True)
    assert (made.use_inbound_webhook_on_number, made.inbound_request_url) == (False, None)
    assert (made.validity_period, made.usecase, made.scan_message_content) == (36_000, "undeclared", "inherit")


def test_a_service_can_be_changed_and_cleared(account):
    """An update changes what it names, empties a URL given as nothing, and leaves the rest."""
    made = service(account, **EVERY_FIELD)
    account.advance(60)

    changed = made.update(friendly_name="Orders 2", status_callback="", sticky_sender=True)

    assert (changed.friendly_name, changed.status_callback, changed.sticky_sender) == ("Orders 2", None, True)
    assert changed.inbound_request_url == EVERY_FIELD["inbound_request_url"]
    assert changed.date_updated - changed.date_created == timedelta(seconds=60)


def test_the_six_use_cases_are_reported(account):
    """Usecases lists exactly the values that a service takes."""
    listed = account.client.messaging.v1.usecases.fetch()

    for entry in account.ask("GET", "/v1/Services/Usecases").json["usecases"]:
        account.client.messaging.v1.services.create("x", usecase=entry["usecase"])
    assert len(listed.usecases) == 6


def test_a_number_has_its_own_inbound_settings(account):
    """A number and a short code are listed, fetched and given webhooks of their own."""
    client = account.client
    number = client.incoming_phone_numbers.list(phone_number="4155550100")[0]
    code = client.short_codes.list(short_code="894546")[0]

    changed = number.update(friendly_name="Front desk", sms_url="https://example.com/sms", sms_method="GET")
    code.update(sms_url="https://example.com/code", sms_fallback_url="https://example.com/else")

    assert (changed.friendly_name, changed.sms_method) == ("Front desk", "GET")
    assert client.incoming_phone_numbers(number.sid).fetch().sms_url == "https://example.com/sms"
    assert client.short_codes(code.sid).fetch().sms_fallback_url == "https://example.com/else"
    assert [found.sid for found in client.incoming_phone_numbers.list(friendly_name="Front desk")] == [number.sid]
    assert number.capabilities == {"voice": True, "sms": True, "mms": True, "fax": False}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_sender_goes_in_and_out_of_a_pool(account, kind):
    """A sender can be added, listed, fetched and removed; afterwards it is gone from the pool."""
    pool = service(account)

    added = add(account, pool, kind)

    assert [found.sid for found in getattr(pool, kind).list()] == [added.sid]
    assert getattr(pool, kind)(added.sid).fetch().date_created == added.date_created
    assert getattr(pool, kind)(added.sid).delete() is True
    assert getattr(pool, kind).list() == []
    with pytest.raises(TwilioRestException) as refused:
        getattr(pool, kind)(added.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_removed_number_may_join_another_service(account):
    """Removal frees the number and leaves it on the account."""
    first, second = service(account), service(account)
    number = add(account, first, "phone_numbers")

    first.phone_numbers(number.sid).delete()

    assert second.phone_numbers.create(number.sid).service_sid == second.fetch().sid
    assert account.client.incoming_phone_numbers(number.sid).fetch().phone_number == "+14155550100"


def test_pages_lead_forward_and_back(account):
    """The SDK's next_page and previous_page meet the same rows."""
    for number in range(5):
        service(account, friendly_name=f"S{number}")

    first = account.client.messaging.v1.services.page(page_size=2)
    second = first.next_page()
    third = second.next_page()
    back = third.previous_page()

    names = [[row.friendly_name for row in page] for page in (first, second, third, back, back.previous_page())]
    assert names == [["S0", "S1"], ["S2", "S3"], ["S4"], ["S2", "S3"], ["S0", "S1"]]
    assert third.next_page() is None
