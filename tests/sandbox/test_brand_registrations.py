"""Brand registrations, vettings and one-time codes, through the official SDK."""

import pytest

from account import refusal
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.scenarios.registrations import SOLE


def bundles(account, kind="STANDARD", **business):
    """The SIDs of an approved customer profile and A2P profile that no live brand uses."""
    model = account.client.messaging.v1.brand_registrations(
        account.handle.register_brand(kind, status="DELETION_PENDING", business=business)
    ).fetch()
    return model.customer_profile_bundle_sid, model.a2p_profile_bundle_sid


def file(account, kind="STANDARD", *, mock=None, skip=None, **business):
    """A brand that has just been filed."""
    given = {name: value for name, value in (("mock", mock), ("skip_automatic_sec_vet", skip)) if value is not None}
    brands = account.client.messaging.v1.brand_registrations
    return brands.create(*bundles(account, kind, **business), brand_type=kind, **given)


def later(account, sid, seconds=60):
    """The brand after a while."""
    account.advance(seconds)
    return account.client.messaging.v1.brand_registrations(sid).fetch()


def test_the_clock_approves_a_brand(account):
    """Pending knows nothing; approved has the registry's number, a verified identity and a score."""
    made = file(account)
    found = later(account, made.sid)

    assert (made.status, made.tcr_id, made.brand_score) == ("PENDING", None, None)
    assert (found.status, found.identity_status, found.errors) == ("APPROVED", "VERIFIED", [])
    assert found.tcr_id.startswith("B")
    assert 25 <= found.brand_score <= 100
    assert found.date_updated > made.date_updated
    assert (found.russell_3000, found.government_entity, found.tax_exempt_status) == (False, False, None)


def test_a_brand_that_skips_the_vetting_has_no_score(account):
    """Low-volume standard: the same type, and T-Mobile's lowest tier."""
    found = later(account, file(account, skip=True).sid)

    assert (found.status, found.skip_automatic_sec_vet, found.brand_score) == ("APPROVED", True, None)


@pytest.mark.parametrize(
    ("business", "code"),
    [
        ({"business_registration_number": "123456789012"}, 30795),
        (
            {
                "company_type": "public",
                "stock_ticker": "A1",
                "stock_exchange": "X",
                "brand_contact_email": "a@b.example",
            },
            30796,
        ),
        ({"company_type": "government"}, 30797),
        ({"company_type": "non-profit"}, 30798),
        ({"business_name": "x" * 256}, 30701),
        ({"business_name": "Rehearse 30703"}, 30703),
    ],
)
def test_a_fault_fails_the_brand_with_its_code(account, business, code):
    """The errors name code and field, and the identity is not verified."""
    found = later(account, file(account, **business).sid, 120)

    assert (found.status, found.identity_status, found.tcr_id) == ("FAILED", "UNVERIFIED", None)
    assert [entry["error_code"] for entry in found.errors] == [code]
    assert found.errors[0]["url"].endswith(f"/{code}")
    assert found.failure_reason == found.errors[0]["description"]


def test_a_person_looks_at_some(account):
    """A government body and a charity are in review between pending and approved, and are known as what they are."""
    office = file(account, company_type="government", website_url="https://acme.gov", email="dana@acme.gov")
    charity = file(account, company_type="non-profit", business_type="Non-profit Corporation")
    between = [later(account, office.sid).status, later(account, charity.sid, 0).status]
    office, charity = later(account, office.sid), later(account, charity.sid, 0)

    assert between == ["IN_REVIEW", "IN_REVIEW"]
    assert (office.status, office.government_entity) == ("APPROVED", True)
    assert (charity.status, charity.tax_exempt_status) == ("APPROVED", "501c3")


def test_a_brand_is_judged_by_its_bundles_as_they_are_then(account):
    """Filed on a good profile that loses its end users before the moment comes, it fails (30793)."""
    profile, product = bundles(account)
    made = account.client.messaging.v1.brand_registrations.create(profile, product)
    assignments = account.client.trusthub.v1.customer_profiles(profile).customer_profiles_entity_assignments
    for row in assignments.list():
        assignments(row.sid).delete()

    assert [entry["error_code"] for entry in later(account, made.sid).errors] == [30793]


def test_a_failed_brand_is_submitted_again_three_times(account):
    """202 and pending; the fourth time 21724; a brand that has not failed 21725; corrected it is approved."""
    brands = account.client.messaging.v1.brand_registrations
    made = file(account, business_registration_number="7")
    early = refusal(brands(made.sid).update)
    states = []
    for _ in range(3):
        account.advance(60)
        states.append(brands(made.sid).update().status)
    account.advance(60)
    fourth = refusal(brands(made.sid).update)
    other = file(account, business_registration_number="7")
    account.advance(60)
    for item in account.client.trusthub.v1.end_users.list():
        if "business_registration_number" in item.attributes:
            says = {**item.attributes, "business_registration_number": "12-3456789"}
            account.client.trusthub.v1.end_users(item.sid).update(attributes=says)
    brands(other.sid).update()

    assert (early.code, fourth.code, states) == (21725, 21724, ["PENDING"] * 3)
    assert later(account, other.sid).status == "APPROVED"


def test_a_sole_proprietor_answers_a_code(account):
    """A handset that is off leaves the brand unverified; a new code once it is on verifies it, and then no more."""
    brands, mobile = account.client.messaging.v1.brand_registrations, SOLE["mobile_phone_number"]
    account.handle.handset(mobile, "off")
    made = file(account, "SOLE_PROPRIETOR")
    silent = later(account, made.sid)
    account.handle.handset(mobile, "good")
    asked = brands(made.sid).brand_registration_otps.create()
    found = later(account, made.sid)

    assert (made.identity_status, silent.status, silent.identity_status) == ("UNVERIFIED", "APPROVED", "UNVERIFIED")
    assert asked.brand_registration_sid == made.sid
    assert (found.status, found.identity_status, found.brand_score) == ("APPROVED", "VERIFIED", None)
    assert refusal(brands(made.sid).brand_registration_otps.create).code == 20001
    assert refusal(brands(file(account).sid).brand_registration_otps.create).code == 20001


def test_a_sole_proprietor_needs_a_mobile(account):
    """A British number is none for the registry (30751)."""
    found = later(account, file(account, "SOLE_PROPRIETOR", mobile_phone_number="+447400123456").sid)

    assert [entry["error_code"] for entry in found.errors] == [30751]


def test_what_is_no_bundle_of_its_kind_is_refused(account):
    """Both are asked for, exist, and are not mixed up; a listed company has a contact (21737)."""
    create, (profile, product) = account.client.messaging.v1.brand_registrations.create, bundles(account)
    listed = bundles(account, company_type="public", stock_ticker="ACME", stock_exchange="NYSE")

    for given in ((product, profile), ("BU" + "0" * 32, product), ("", product)):
        refused = refusal(lambda given=given: create(*given))
        assert (refused.status, refused.code) == (400, 20001)
    assert refusal(lambda: create(*listed)).code == 21737
    assert refusal(lambda: create(profile, product, brand_type="LARGE")).code == 20001


def test_lists_and_strangers(account):
    """Brands are listed in order under `data`; another account finds none."""
    first, second = file(account), file(account)
    listed = [row.sid for row in account.client.messaging.v1.brand_registrations.list()]
    sub = account.client.api.v2010.accounts.create(friendly_name="Branch")

    assert [sid for sid in listed if sid in (first.sid, second.sid)] == [first.sid, second.sid]
    assert account.ask("GET", "/v1/a2p/BrandRegistrations").json["meta"]["key"] == "data"
    gone = account.ask("GET", f"/v1/a2p/BrandRegistrations/{first.sid}", auth=(sub.sid, sub.auth_token))
    assert gone.json["code"] == 20404


def test_a_vetting_brings_a_score(account):
    """Aegis succeeds by the clock, sets score and identity; a second one waits until the first is through (21723)."""
    brand = account.client.messaging.v1.brand_registrations(account.handle.register_brand(brand_score=None))
    vettings = brand.brand_vettings
    made = vettings.create(vetting_provider="aegis")
    second = refusal(lambda: vettings.create(vetting_provider="aegis"))
    account.advance(60)
    found = vettings(made.brand_vetting_sid).fetch()

    assert (made.vetting_status, made.vetting_class, second.code) == ("PENDING", "STANDARD", 21723)
    assert found.vetting_status == "SUCCESS"
    assert (brand.fetch().identity_status, 25 <= brand.fetch().brand_score <= 100) == ("VETTED_VERIFIED", True)


@pytest.mark.parametrize(("token", "status"), [("cv|1.0|tcr|10dlc|abc", "SUCCESS"), ("abc", "FAILED")])
def test_a_political_token_is_imported(account, token, status):
    """One that begins as Campaign Verify's do succeeds, every other fails; the list filters by provider."""
    vettings = account.client.messaging.v1.brand_registrations(account.handle.register_brand()).brand_vettings
    made = vettings.create(vetting_provider="campaign-verify", vetting_id=token)
    account.advance(60)

    assert vettings(made.brand_vetting_sid).fetch().vetting_status == status
    assert [row.vetting_class for row in vettings.list(vetting_provider="campaign-verify")] == ["POLITICAL"]
    assert vettings.list(vetting_provider="aegis") == []


def test_a_failed_brand_cannot_be_vetted(account):
    """21721; and a token is asked for where there must be one (21722)."""
    brands = account.client.messaging.v1.brand_registrations
    failed = brands(account.handle.register_brand(status="FAILED")).brand_vettings
    good = brands(account.handle.register_brand()).brand_vettings

    assert refusal(lambda: failed.create(vetting_provider="aegis")).code == 21721
    assert refusal(lambda: good.create(vetting_provider="campaign-verify")).code == 21722
    assert refusal(good("VT" + "0" * 32).fetch).code == 20404


def test_the_handle_registers_a_brand_in_any_state(account):
    """Also one that Twilio does not have yet; what is not said is in order; a slip of the pen is refused."""
    brands = account.client.messaging.v1.brand_registrations
    odd = brands(account.handle.register_brand(status="HIBERNATING", errors={30795: "region"})).fetch()
    good = brands(
        account.handle.register_brand(brand_score=80, business={"business_name": "Owl, Inc."}, profile_status="draft")
    ).fetch()
    profile = account.client.trusthub.v1.customer_profiles(good.customer_profile_bundle_sid).fetch()

    assert (odd.status, odd.errors[0]["error_code"], odd.errors[0]["fields"]) == ("HIBERNATING", 30795, ["region"])
    assert (good.status, good.brand_score, profile.status) == ("APPROVED", 80, "draft")
    assert profile.friendly_name.startswith("Owl, Inc.")
    with pytest.raises(SandboxError, match="no field 'score'"):
        account.handle.register_brand(score=80)


def test_a_brand_made_pending_is_reviewed(account):
    """It is approved when the time of its review has come; one with errors of its own stays as it was made."""
    brands = account.client.messaging.v1.brand_registrations
    made, kept = (account.handle.register_brand(status="PENDING", **more) for more in ({}, {"errors": {30795: "x"}}))
    before = brands(made).fetch().status
    account.advance(120)

    assert (before, brands(made).fetch().status, brands(kept).fetch().status) == ("PENDING", "APPROVED", "PENDING")
    assert brands(made).fetch().tcr_id
