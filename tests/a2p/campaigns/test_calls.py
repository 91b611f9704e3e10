"""Campaigns on an account, through the official SDK: registered, looked at, corrected; and what a live one lets through."""

from dataclasses import replace

import pytest

from msvc_toolkit.a2p.campaigns.brands import list_brands, list_usecases, us_local_numbers
from msvc_toolkit.a2p.campaigns.calls import create_campaign, fetch_campaign, update_campaign
from msvc_toolkit.a2p.campaigns.model import CampaignDraft
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.connection import Guard
from msvc_toolkit.errors import InvalidInput, TwilioRefused, WritesNotArmed
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service
from msvc_toolkit.services.model import ServiceDraft

A_MONTH = 30 * 86_400
NOBODY = "MG" + "0" * 32


def test_a_campaign_is_registered_and_verified(conn, sid, brand, draft):
    """What was handed in comes back, its policy addresses too, and the clock brings the verdict."""
    made = create_campaign(conn, sid, draft, brand)
    conn.sandbox.advance(A_MONTH)
    seen = fetch_campaign(conn, sid)

    assert (made.status, made.service_sid, made.brand_registration_sid) == ("PENDING", sid, brand)
    assert (seen.sid, seen.status, seen.errors) == (made.sid, "VERIFIED", ())
    assert seen.campaign_id
    for name in ("description", "message_flow", "message_samples", "privacy_policy_url", "has_embedded_links"):
        assert getattr(seen.draft, name) == getattr(draft, name)


def test_the_one_brand_is_taken_and_several_are_not_guessed(conn, sid, draft):
    """Without a brand it says so, with one it is taken, with two it asks."""
    with pytest.raises(InvalidInput, match="no approved brand"):
        create_campaign(conn, sid, draft)
    brand = conn.sandbox.register_brand()
    conn.sandbox.register_brand(status="FAILED")

    assert create_campaign(conn, sid, draft).brand_registration_sid == brand
    conn.sandbox.register_brand()
    with pytest.raises(InvalidInput, match="2 approved brands"):
        create_campaign(conn, sid, draft)


def test_blockers_are_stopped_before_anything_is_sent(conn, sid, brand, drafts):
    """A draft with blockers raises, and no request writes anything."""
    for draft, sender in drafts["bad"]:
        if sender.brand_type == "STANDARD":
            with pytest.raises(InvalidInput):
                create_campaign(conn, sid, draft, brand)
    asked = {(entry["method"], entry["path"]) for entry in conn.sandbox.journal() if entry["kind"] == "request"}

    assert ("GET", f"/v1/a2p/BrandRegistrations/{brand}") in asked
    assert ("POST", f"/v1/Services/{sid}/Compliance/Usa2p") not in asked
    assert fetch_campaign(conn, sid) is None


def test_a_refusal_can_be_rehearsed_and_corrected(conn, sid, brand, draft):
    """Handed in all the same, it fails with the rules' codes and fields; corrected, it passes."""
    create_campaign(
        conn,
        sid,
        replace(draft, message_flow="Customers get texts about orders, now and then."),
        brand,
        despite_remarks=True,
    )
    conn.sandbox.advance(A_MONTH)
    failed = fetch_campaign(conn, sid)
    with pytest.raises(InvalidInput, match="message_flow"):
        update_campaign(conn, sid, failed.draft)
    update_campaign(conn, sid, draft)
    conn.sandbox.advance(A_MONTH)

    assert (failed.status, failed.errors[0].code) == ("FAILED", 30909)
    assert 30924 in {error.code for error in failed.errors}  # a reviewer cites what is only a warning, too
    assert {error.fields for error in failed.errors} == {("MESSAGE_FLOW",)}
    assert fetch_campaign(conn, sid).status == "VERIFIED"


def test_what_twilio_does_not_take_is_reported_in_its_words(conn, sid, brand, draft):
    """An empty draft handed in all the same is refused with 21727 and what to do."""
    with pytest.raises(TwilioRefused) as refused:
        create_campaign(conn, sid, CampaignDraft(), brand, despite_remarks=True)

    assert refused.value.code == 21727
    assert "Add the field" in refused.value.advice
    with pytest.raises(TwilioRefused) as missing:
        create_campaign(conn, sid, replace(draft, privacy_policy_url=""), brand, despite_remarks=True)
    assert missing.value.code == 30933


def test_there_is_no_campaign_to_correct(conn, sid, draft):
    """A service without one says so; a service that is not there is refused by Twilio."""
    with pytest.raises(InvalidInput, match="no campaign to correct"):
        update_campaign(conn, sid, draft)
    with pytest.raises(TwilioRefused, match="20404"):
        fetch_campaign(conn, NOBODY)
    with pytest.raises(InvalidInput, match="MG"):
        fetch_campaign(conn, "QE123")


def test_brands_come_with_the_business_behind_them(conn, brand):
    """Name, website and type are read from the customer profile; a brand that failed is not usable."""
    conn.sandbox.register_brand("SOLE_PROPRIETOR", status="FAILED")
    found = {item.sid: item for item in list_brands(conn)}

    assert found[brand].sender == BrandIdentity(
        "Owl Coffee LLC", "https://www.owlcoffee.example", found[brand].sender.email
    )
    assert found[brand].usable
    assert [(item.brand_type, item.usable) for sid, item in found.items() if sid != brand] == [
        ("SOLE_PROPRIETOR", False)
    ]


def test_a_profile_that_may_not_be_read_leaves_the_brand_unnamed(conn, brand):
    """Where Trust Hub refuses, the brand is still there, without a name."""
    conn.sandbox.fault(403, route="GET /v1/CustomerProfiles/*")
    [found] = list_brands(conn)

    assert (found.sid, found.sender.name, found.sender.brand_type) == (brand, "", "STANDARD")


def test_use_cases_are_those_of_the_brand(conn, sid, brand):
    """Every case without a brand; the one case for a sole proprietor; a special case says that it is one."""
    person = conn.sandbox.register_brand("SOLE_PROPRIETOR")
    every = {case.code: case for case in list_usecases(conn, sid)}

    assert every["EMERGENCY"].special
    assert not every["2FA"].special
    assert [case.code for case in list_usecases(conn, sid, person)] == ["SOLE_PROPRIETOR"]
    assert "MARKETING" in {case.code for case in list_usecases(conn, sid, brand)}


def test_only_us_local_numbers_need_a_campaign(conn):
    """Toll-free, Canadian, British and short senders are distinguished by their numbering plan, not by +1."""
    sid = create_service(conn, ServiceDraft(friendly_name="Mixed")).sid
    add_senders(conn, sid, ["+14155550100", "+12125550100", "+447400123456", "894546"])

    assert us_local_numbers(conn, sid) == 2


SERVICE = "https://messaging.twilio.com/v1/Services/" + NOBODY


@pytest.mark.parametrize("url", [f"{SERVICE}/Compliance/Usa2p", f"{SERVICE}/Compliance/Usa2p/QE{'0' * 32}"])
def test_an_armed_live_account_lets_campaigns_through(url):
    """Registering and correcting a campaign is a write on a Messaging Service: closed until armed, open then."""
    guard = Guard()
    with pytest.raises(WritesNotArmed, match="arm"):
        guard.check("POST", url, {})
    guard.arm(0, ())
    guard.check("POST", url, {})


@pytest.mark.parametrize(
    "url",
    [
        "https://messaging.twilio.com/v1/a2p/BrandRegistrations",
        f"https://messaging.twilio.com/v1/a2p/BrandRegistrations/BN{'0' * 32}/Vettings",
        "https://trusthub.twilio.com/v1/CustomerProfiles",
        f"https://trusthub.twilio.com/v1/TrustProducts/BU{'0' * 32}",
        "https://trusthub.twilio.com/v1/EndUsers",
    ],
)
def test_brands_and_profiles_stay_closed(url):
    """Armed or not, this toolkit registers no brand on a live account and touches no customer profile."""
    guard = Guard()
    guard.arm(0, ())
    with pytest.raises(WritesNotArmed, match="something else"):
        guard.check("POST", url, {})
