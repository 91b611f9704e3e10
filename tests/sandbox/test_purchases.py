"""Buying and releasing numbers, through the official SDK."""

import pytest

from account import refusal


def on_sale(account, country="US", kind="local"):
    """The first number of a kind on sale."""
    return getattr(account.client.available_phone_numbers(country), kind).list(limit=1)[0].phone_number


def test_an_area_code_buys_a_number_in_it(account):
    """The number is the account's, named as its country writes it, and can do what was offered."""
    bought = account.client.incoming_phone_numbers.create(area_code="646", sms_url="https://example.com/in")

    assert bought.phone_number.startswith("+1646555")
    assert bought.friendly_name == f"(646) 555-{bought.phone_number[-4:]}"
    assert (bought.sms_url, bought.type) == ("https://example.com/in", "local")
    assert bought.capabilities == {"voice": True, "sms": True, "mms": True, "fax": False}
    assert bought.sid in {number.sid for number in account.client.incoming_phone_numbers.list()}


def test_a_bought_number_sends_from_a_pool(account):
    """It can be put into a service and is picked there."""
    bought = account.client.incoming_phone_numbers.create(area_code="646")
    service = account.client.messaging.v1.services.create("Orders")
    account.client.messaging.v1.services(service.sid).phone_numbers.create(bought.sid)

    made = account.client.messages.create(to="+16465550123", body="Hi", messaging_service_sid=service.sid)
    account.advance(10)

    assert made.fetch().from_ == bought.phone_number


@pytest.mark.parametrize(
    ("country", "kind", "named"),
    [("US", "local", "local"), ("GB", "mobile", "mobile"), ("US", "toll_free", "toll-free")],
)
def test_a_kinds_own_path_buys_and_lists_that_kind(account, country, kind, named):
    """What is bought under Local, Mobile or TollFree is listed there, and the others are not."""
    bought = getattr(account.client.incoming_phone_numbers, kind).create(on_sale(account, country, kind))
    listed = [number.sid for number in getattr(account.client.incoming_phone_numbers, kind).list()]
    types = {number.sid: number.type for number in account.client.incoming_phone_numbers.list()}

    assert bought.sid in listed
    assert {types[sid] for sid in listed} == {named}
    assert len(listed) == list(types.values()).count(named)


def test_a_released_number_leaves_its_pool_and_can_be_bought_again(account):
    """The service loses it, the account too, and messages still name it."""
    bought = account.client.incoming_phone_numbers.create(area_code="646")
    service = account.client.messaging.v1.services.create("Orders")
    pool = account.client.messaging.v1.services(service.sid).phone_numbers
    pool.create(bought.sid)
    made = account.client.messages.create(to="+16465550123", body="Hi", messaging_service_sid=service.sid)
    account.advance(10)

    assert account.client.incoming_phone_numbers(bought.sid).delete()

    assert pool.list() == []
    assert refusal(account.client.incoming_phone_numbers(bought.sid).fetch).code == 20404
    assert made.fetch().from_ == bought.phone_number
    assert account.client.incoming_phone_numbers.create(phone_number=bought.phone_number).sid != bought.sid


def test_a_number_of_a_scenario_can_be_released_but_is_not_on_sale(account):
    """What was made up for a scenario is gone for good."""
    number = account.client.incoming_phone_numbers.list(phone_number="+13125550100")[0]

    assert number.delete()

    assert refusal(lambda: account.client.incoming_phone_numbers.create(phone_number="+13125550100")).code == 21422


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"phone_number": "4155552345"}, 21421),
        ({"phone_number": "+1415"}, 21421),
        ({"phone_number": "+14155550199"}, 21422),
        ({"phone_number": "+99955523450"}, 21422),
        ({"area_code": "533"}, 21452),
        ({"area_code": "4155"}, 21452),
        ({}, 20001),
    ],
)
def test_what_cannot_be_bought_is_refused(account, asked, code):
    """No number, one that never was on sale, an area code without any: each has its code."""
    before = len(account.client.incoming_phone_numbers.list())

    refused = refusal(lambda: account.client.incoming_phone_numbers.create(**asked))

    assert (refused.status, refused.code) == (400, code)
    assert len(account.client.incoming_phone_numbers.list()) == before


def test_a_number_is_not_bought_under_another_kind(account):
    """A local number is no toll-free number."""
    number = on_sale(account)

    refused = refusal(lambda: account.client.incoming_phone_numbers.toll_free.create(number))

    assert (refused.status, refused.code) == (400, 21421)
    assert "Local" in refused.msg


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"voice_url": "https://example.com/"}, 20001),
        ({"bundle_sid": "BU" + "0" * 32}, 20001),
        ({"sms_fallback_url": "https://example.com/"}, 21406),
    ],
)
def test_a_purchase_takes_only_what_a_number_can_have(account, asked, code):
    """Voice and regulatory parameters are refused by name; the webhooks keep their own rules."""
    refused = refusal(lambda: account.client.incoming_phone_numbers.create(area_code="646", **asked))

    assert refused.code == code


def test_a_number_without_sms_gets_no_webhook_for_texts(account):
    """As with an update: 21407."""
    number = on_sale(account, "GB", "local")

    refused = refusal(
        lambda: account.client.incoming_phone_numbers.create(phone_number=number, sms_url="https://example.com/")
    )

    assert refused.code == 21407


def test_add_ons_are_refused_by_name(account):
    """They are Twilio's, and have nothing to do with messaging."""
    number = account.client.incoming_phone_numbers.list()[0]

    refused = refusal(lambda: number.assigned_add_ons.create("XB" + "0" * 32))

    assert (refused.status, refused.code) == (400, 20001)
    assert "AssignedAddOns" in refused.msg
