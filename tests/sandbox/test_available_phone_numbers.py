"""Numbers on sale, through the official SDK: countries, kinds, filters, and the same numbers for the same seed."""

import phonenumbers
import pytest

from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.resources.api import number_inventory


def test_countries_name_their_kinds(account):
    """Each country links the kinds it has, and a fetched one is the listed one."""
    listed = {country.country_code: country for country in account.client.available_phone_numbers.list()}
    german = account.client.available_phone_numbers("DE").fetch()

    assert set(listed) == set(number_inventory.COUNTRIES)
    assert set(listed["US"].subresource_uris) == {"local", "toll_free"}
    assert set(german.subresource_uris) == {"local", "mobile"}
    assert (german.country, german.uri) == ("Germany", listed["DE"].uri)


@pytest.mark.slow
def test_every_number_on_sale_is_valid_and_of_its_country_and_kind():
    """All of them, checked against the numbering plans; the US and Canada share toll-free numbers."""
    seen = 0
    for country, (_, kinds) in number_inventory.COUNTRIES.items():
        for kind in kinds:
            for number in number_inventory.numbers("any seed", country, kind):
                read = phonenumbers.parse(number)
                assert phonenumbers.is_valid_number(read), number
                found, sold_as = number_inventory.kind_of(number)
                assert sold_as == kind
                assert found == country or kind == "TollFree"
                seen += 1
    assert seen > 15_000


def test_the_seed_decides_what_is_on_sale():
    """The same seed offers the same numbers, another one others."""

    def offered(seed):
        client = connect_sandbox(":memory:", seed=seed, clock="manual").client
        return [number.phone_number for number in client.available_phone_numbers("US").local.list(area_code=415)]

    assert offered(7) == offered(7)
    assert offered(7) != offered(8)
    assert len(offered(7)) == len(set(offered(7))) == number_inventory.LINES


def test_area_code_and_region_narrow_a_search(account):
    """AreaCode keeps one area code, InRegion one state or province."""
    local = account.client.available_phone_numbers("US").local
    canada = account.client.available_phone_numbers("CA").local

    bay = local.list(area_code=415)
    york = local.list(in_region="NY", page_size=1000)
    ontario = canada.list(in_region="ON", page_size=1000)

    assert {number.phone_number[:5] for number in bay} == {"+1415"}
    assert {number.region for number in bay} == {"CA"}
    assert {number.region for number in york} == {"NY"}
    assert {"+1212", "+1646"} <= {number.phone_number[:5] for number in york}
    assert "+1416" in {number.phone_number[:5] for number in ontario}
    assert {number.iso_country for number in ontario} == {"CA"}


@pytest.mark.parametrize(
    ("contains", "holds"),
    [
        ("+1415", lambda number: number.startswith("+1415")),
        ("41555*", lambda number: "41555" in number),
        ("KKK2", lambda number: "5552" in number),
        ("%77$", lambda number: number.endswith("77")),
        ("*55$", lambda number: number.endswith("55")),
    ],
)
def test_contains_takes_wildcards_letters_and_anchors(account, contains, holds):
    """Letters stand for the digits of their key; there is a number for each of these."""
    found = account.client.available_phone_numbers("US").local.list(contains=contains, page_size=1000)

    assert found
    assert all(holds(number.phone_number) for number in found)


def test_capabilities_decide(account):
    """A filter on what a number can do keeps those that can, or those that cannot."""
    british = account.client.available_phone_numbers("GB")

    assert british.mobile.list(sms_enabled=True, voice_enabled=True)
    assert british.mobile.list(mms_enabled=False)[0].capabilities == {
        "voice": True,
        "sms": True,
        "mms": False,
        "fax": False,
    }
    assert british.mobile.list(mms_enabled=True) == []
    assert british.local.list(sms_enabled=True) == []
    assert british.mobile.list(fax_enabled=True) == []


@pytest.mark.parametrize("kind", ["national", "voip", "shared_cost", "machine_to_machine", "mobile"])
def test_a_kind_the_country_does_not_have_is_an_empty_list(account, kind):
    """It is no error to ask for it."""
    assert getattr(account.client.available_phone_numbers("US"), kind).list() == []


def test_a_search_gives_fifty_or_as_many_as_asked_for(account):
    """There is no second page; the answer has its numbers and its own address alone."""
    local = account.client.available_phone_numbers("US").local

    raw = account.ask("GET", f"{account.path}/AvailablePhoneNumbers/US/Local.json").json

    assert set(raw) == {"available_phone_numbers", "uri"}
    assert (len(raw["available_phone_numbers"]), len(local.list(limit=3))) == (50, 3)


def test_a_number_that_was_bought_is_no_longer_on_sale(account):
    """It comes back when it is released."""
    local = account.client.available_phone_numbers("US").local
    first = local.list(area_code=212, limit=1)[0].phone_number

    bought = account.client.incoming_phone_numbers.create(phone_number=first)
    gone = [number.phone_number for number in local.list(area_code=212)]
    bought.delete()

    assert first not in gone
    assert local.list(area_code=212, limit=1)[0].phone_number == first


@pytest.mark.parametrize(
    ("country", "name", "value", "word"),
    [
        ("US", "NearNumber", "+14155550100", "does not emulate the parameter NearNumber"),
        ("US", "InLocality", "Hilo", "does not emulate the parameter InLocality"),
        ("US", "Contains", "4*5", "Contains"),
        ("US", "Contains", "7", "Contains"),
        ("US", "AreaCode", "99", "AreaCode"),
        ("GB", "AreaCode", "415", "US and Canada"),
        ("GB", "InRegion", "CA", "US and Canada"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_by_name(account, country, name, value, word):
    """A filter the sandbox lacks, or a value that means nothing, is named in the answer."""
    refused = account.ask("GET", f"{account.path}/AvailablePhoneNumbers/{country}/Local.json", query=[(name, value)])

    assert (refused.status, refused.json["code"]) == (400, 20001)
    assert word in refused.json["message"]


@pytest.mark.parametrize("path", ["ZZ.json", "ZZ/Local.json", "US/Satellite.json", "us.json"])
def test_an_unknown_country_or_kind_is_not_found(account, path):
    """20404, with the path in the answer."""
    refused = account.ask("GET", f"{account.path}/AvailablePhoneNumbers/{path}")

    assert (refused.status, refused.json["code"]) == (404, 20404)
    assert path in refused.json["message"]
