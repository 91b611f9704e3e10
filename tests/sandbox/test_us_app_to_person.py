"""Campaigns of a service, through the official SDK: submitted, reviewed, corrected, and those registered elsewhere."""

import pytest

from account import refusal
from msvc_toolkit.a2p.linter import BrandIdentity, cited, examine
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.resources.messaging import us_app_to_person, usecases
from msvc_toolkit.sandbox.scenarios.registrations import TEXTS

SHORTENED = {**TEXTS, "message_samples": ["Acme Deli: see https://bit.ly/acme.", "Acme Deli: see https://bit.ly/more."]}
UPDATED = tuple(
    "has_embedded_links has_embedded_phone message_samples message_flow description age_gated direct_lending".split()
)


def service(account, **more):
    """A new service's SID."""
    return account.client.messaging.v1.services.create(friendly_name="Orders", **more).sid


def campaigns(account, sid=None):
    """The campaigns of a service, a new one when none is given."""
    return account.client.messaging.v1.services(sid or service(account)).us_app_to_person


def refused(account, *, brand=None, usecase="undeclared", **changed):
    """What a submission is refused with; a parameter changed to None is left out."""
    given = {name: value for name, value in {**TEXTS, **changed}.items() if value is not None}
    sid = brand or account.handle.register_brand()
    found = campaigns(account, service(account, usecase=usecase))
    return refusal(lambda: found.create(brand_registration_sid=sid, **given))


def test_the_clock_brings_the_verdict(account):
    """Pending, in progress, verified; the registry's number, rate limits and the service's flag come with it."""
    sid = service(account)
    made = campaigns(account, sid).create(brand_registration_sid=account.handle.register_brand(brand_score=60), **TEXTS)
    seen = [made]
    for _ in range(2):
        account.advance(60)
        seen.append(campaigns(account, sid)(made.sid).fetch())

    assert [found.campaign_status for found in seen] == ["PENDING", "IN_PROGRESS", "VERIFIED"]
    assert seen[0].date_updated < seen[1].date_updated < seen[2].date_updated
    assert (made.campaign_id, made.rate_limits, seen[2].errors) == (None, None, [])
    assert seen[2].campaign_id.startswith("C")
    assert seen[2].rate_limits == {"att": {"mps": 40.0, "msg_class": "C"}, "tmobile": {"brand_tier": "HIGH_MID"}}
    assert account.client.messaging.v1.services(sid).fetch().us_app_to_person_registered


def test_what_was_submitted_comes_back(account):
    """Texts, lists and flags; what was left out is what Twilio fills in."""
    made = campaigns(account).create(brand_registration_sid=account.handle.register_brand(), **TEXTS)
    left = {name: value for name, value in TEXTS.items() if name not in ("opt_out_message", "help_message")}
    bare = campaigns(account).create(brand_registration_sid=account.handle.register_brand(), **left)

    assert {name: getattr(made, name) for name in UPDATED} == {name: TEXTS[name] for name in UPDATED}
    assert (made.opt_in_message, made.opt_in_keywords) == (TEXTS["opt_in_message"], [])
    assert (made.subscriber_opt_in, made.is_externally_registered, made.mock) == (True, False, False)
    assert made.us_app_to_person_usecase == "ACCOUNT_NOTIFICATION"
    assert "STOPALL" in made.opt_out_keywords
    assert bare.opt_out_message
    assert bare.help_message
    assert bare.help_keywords == ["HELP", "INFO"]


def test_the_version_picks_one_of_two_shapes(account):
    """The policy addresses are in the second shape alone; without the header they are not there at all."""
    sid = service(account)
    made = account.handle.register_campaign(sid)
    path = f"/v1/Services/{sid}/Compliance/Usa2p"
    plain = account.ask("GET", f"{path}/{made}").json
    second = campaigns(account, sid)(made).fetch(x_twilio_api_version="v1.2")
    listed = campaigns(account, sid).list(x_twilio_api_version="v1.2")

    assert "privacy_policy_url" not in plain
    assert "terms_and_conditions_url" not in plain
    assert second.privacy_policy_url == listed[0].privacy_policy_url == TEXTS["privacy_policy_url"]
    assert second.terms_and_conditions_url == TEXTS["terms_and_conditions_url"]


@pytest.mark.parametrize(
    "changed",
    [
        {"message_samples": SHORTENED["message_samples"], "has_embedded_links": True},
        {"has_embedded_phone": True},
        {"message_flow": "People give us their number on the phone, and then we write to them."},
        {"message_samples": ["Acme Deli: 20% off everything today only, buy now!", "Acme Deli: flash sale, shop now!"]},
        {"us_app_to_person_usecase": "SOLE_PROPRIETOR"},
    ],
)
def test_the_reviewer_refuses_what_the_rules_call_a_blocker(account, changed):
    """The errors are the blockers, then the warnings that are more than our reading, each with its code and fields."""
    texts, sid = {**TEXTS, **changed}, service(account)
    made = campaigns(account, sid).create(brand_registration_sid=account.handle.register_brand(), **texts)
    account.advance(120)
    found = campaigns(account, sid)(made.sid).fetch()
    sender = BrandIdentity("Acme Deli, Inc.", "https://acme.example")
    remarks = examine(us_app_to_person.campaign(texts), sender)
    wanted = [(remark.code, list(remark.fields)) for remark in cited(remarks)]

    assert wanted
    assert [r for r in remarks if r.severity == "blocker"] == list(cited(remarks))[
        : len([r for r in remarks if r.severity == "blocker"])
    ]
    assert found.campaign_status == "FAILED"
    assert [(entry["error_code"], entry["fields"]) for entry in found.errors] == wanted
    assert all(entry["url"].endswith(str(entry["error_code"])) and entry["description"] for entry in found.errors)
    assert found.rate_limits is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"has_embedded_links": None}, 21727),
        ({"description": ""}, 21727),
        ({"description": "Too short"}, 21728),
        ({"message_flow": "x" * 2049}, 21728),
        ({"message_samples": ["Acme Deli: only one sample here."]}, 21728),
        ({"us_app_to_person_usecase": "SPAM"}, 21720),
        ({"privacy_policy_url": None}, 30933),
        ({"terms_and_conditions_url": None}, 30934),
        ({"opt_out_keywords": ["NO!"]}, 20001),
        ({"has_embedded_links": "perhaps"}, 20001),
        ({"brand": "BN" + "0" * 32}, 21717),
    ],
)
def test_some_faults_are_refused_at_once(account, changed, code):
    """With HTTP 400 and the code of the rule, and there is no campaign."""
    if changed.get("has_embedded_links", "") is None:
        form = [("BrandRegistrationSid", account.handle.register_brand()), ("HasEmbeddedPhone", "true")]
        answer = account.ask("POST", f"/v1/Services/{service(account)}/Compliance/Usa2p", form=form)
        assert (answer.status, answer.json["code"]) == (400, code)
        return
    found = refused(account, **changed)

    assert (found.status, found.code) == (400, code)


@pytest.mark.parametrize(("status", "code"), [("PENDING", 21717), ("FAILED", 21717), ("SUSPENDED", 21731)])
def test_a_campaign_needs_an_approved_brand(account, status, code):
    """And a suspended one gets none."""
    assert refused(account, brand=account.handle.register_brand(status=status)).code == code


def test_an_unverified_brand_fails_its_campaign(account):
    """Approved without an identity, as a sole proprietor who has not answered, it is refused in review (30991)."""
    brand, sid = account.handle.register_brand(identity_status="UNVERIFIED"), service(account)
    made = campaigns(account, sid).create(brand_registration_sid=brand, **TEXTS)
    account.advance(120)

    assert [entry["error_code"] for entry in campaigns(account, sid)(made.sid).fetch().errors] == [30991]


@pytest.mark.parametrize(
    ("declared", "case", "clash"),
    [("verification", "ACCOUNT_NOTIFICATION", True), ("verification", "MIXED", False), ("poll", "MARKETING", False)],
)
def test_a_service_and_its_campaign_are_for_the_same(account, declared, case, clash):
    """A service that is for codes alone takes no campaign for anything else (21719), but a mixed one."""
    sid = service(account, usecase=declared)
    given = {**TEXTS, "us_app_to_person_usecase": case, "brand_registration_sid": account.handle.register_brand()}

    if clash:
        assert refusal(lambda: campaigns(account, sid).create(**given)).code == 21719
    else:
        assert campaigns(account, sid).create(**given).campaign_status == "PENDING"


def test_a_service_has_one_campaign(account):
    """A second one is refused, also while the first has failed; deleted, it makes room."""
    sid, brand = service(account), account.handle.register_brand()
    first = account.handle.register_campaign(sid, brand_sid=brand, status="FAILED")
    second = refusal(lambda: campaigns(account, sid).create(brand_registration_sid=brand, **TEXTS))
    assert campaigns(account, sid)(first).delete()

    assert second.status == 409
    assert [row.sid for row in campaigns(account, sid).list()] == []
    assert campaigns(account, sid).create(brand_registration_sid=brand, **TEXTS).campaign_status == "PENDING"


def test_a_sole_proprietor_has_one_campaign(account):
    """In any state (21732)."""
    brand = account.handle.register_brand("SOLE_PROPRIETOR")
    account.handle.register_campaign(service(account), brand_sid=brand, status="FAILED")

    assert refused(account, brand=brand, us_app_to_person_usecase="SOLE_PROPRIETOR").code == 21732


def test_a_brand_has_a_hundred_campaigns_and_no_more(account):
    """The next is refused (30930)."""
    brand = account.handle.register_brand()
    for _ in range(100):
        account.handle.register_campaign(service(account), brand_sid=brand)

    assert refused(account, brand=brand).code == 30930


def test_a_failed_campaign_is_corrected_and_passes(account):
    """What is not sent again stays; the time counts from the start again."""
    sid = service(account)
    made = campaigns(account, sid).create(brand_registration_sid=account.handle.register_brand(), **SHORTENED)
    one = campaigns(account, sid)(made.sid)
    early = refusal(lambda: one.update(**{name: TEXTS[name] for name in UPDATED}))
    account.advance(120)
    failed = one.fetch()
    missing = account.ask("POST", f"/v1/Services/{sid}/Compliance/Usa2p/{made.sid}", form=[("Description", "x")])
    short = refusal(lambda: one.update(**{**{name: TEXTS[name] for name in UPDATED}, "description": "x"}))
    again = one.update(**{name: TEXTS[name] for name in UPDATED})
    account.advance(120)
    found = one.fetch()

    assert (failed.campaign_status, failed.errors[0]["error_code"]) == ("FAILED", 30892)
    assert (early.code, missing.json["code"], short.code) == (20001, 21727, 21728)
    assert (again.campaign_status, again.errors) == ("PENDING", [])
    assert (found.campaign_status, found.message_samples) == ("VERIFIED", TEXTS["message_samples"])
    assert found.us_app_to_person_usecase == TEXTS["us_app_to_person_usecase"]
    assert refusal(lambda: one.update(**{name: TEXTS[name] for name in UPDATED})).code == 20001


def test_a_suspended_campaign_is_not_corrected(account):
    """21729: only support lifts that."""
    sid = service(account)
    one = campaigns(account, sid)(account.handle.register_campaign(sid, status="SUSPENDED"))

    assert refusal(lambda: one.update(**{name: TEXTS[name] for name in UPDATED})).code == 21729


def test_a_campaign_belongs_to_its_service_and_ends_with_it(account):
    """Another service does not find it; deleted with its service, the brand may have another."""
    first, second = service(account), service(account)
    brand = account.handle.register_brand("SOLE_PROPRIETOR")
    made = account.handle.register_campaign(first, brand_sid=brand)

    assert refusal(campaigns(account, second)(made).fetch).code == 20404
    account.client.messaging.v1.services(first).delete()
    texts = {**TEXTS, "us_app_to_person_usecase": "SOLE_PROPRIETOR"}
    assert campaigns(account, second).create(brand_registration_sid=brand, **texts).campaign_status == "PENDING"


def test_use_cases_are_those_the_brand_may_pick(account):
    """All without a brand, one for a sole proprietor, none for a brand that has a problem; some need more."""
    cases = account.client.messaging.v1.services(service(account)).us_app_to_person_usecases

    def codes(**given):
        return {case["code"] for case in cases.fetch(**given).us_app_to_person_usecases}

    every = {case["code"]: case["post_approval_required"] for case in cases.fetch().us_app_to_person_usecases}
    assert set(every) == set(usecases.USECASES) - {"SOLE_PROPRIETOR"}
    assert {code for code, special in every.items() if special} == set(
        "AGENTS_FRANCHISES EMERGENCY K12_EDUCATION PROXY SOCIAL SWEEPSTAKE".split()
    )
    assert codes(brand_registration_sid=account.handle.register_brand("SOLE_PROPRIETOR")) == {"SOLE_PROPRIETOR"}
    assert codes(brand_registration_sid=account.handle.register_brand()) == set(every)
    assert codes(brand_registration_sid=account.handle.register_brand(status="FAILED")) == set()
    assert codes(brand_registration_sid=account.handle.register_brand(identity_status="UNVERIFIED")) == set()
    assert refusal(lambda: cases.fetch(brand_registration_sid="BN" + "0" * 32)).code == 20001


@pytest.mark.parametrize(("number", "codes"), [("CABC123", []), ("nonsense", [30904])])
def test_a_campaign_registered_elsewhere_is_attached(account, number, codes):
    """By its number, if the registry has such; it says that it is from elsewhere, and cannot be corrected here."""
    sid = service(account)
    made = account.client.messaging.v1.external_campaign.create(campaign_id=number, messaging_service_sid=sid)
    account.advance(120)
    one = campaigns(account, sid)(made.sid)
    found = one.fetch()

    assert (made.campaign_id, made.messaging_service_sid) == (number, sid)
    assert found.is_externally_registered
    assert [entry["error_code"] for entry in found.errors] == codes
    assert refusal(lambda: one.update(**{name: TEXTS[name] for name in UPDATED})).code == 20001


def test_a_campaign_registered_elsewhere_needs_a_service(account):
    """A service that the account does not have is not found, as on every other path."""
    attach = account.client.messaging.v1.external_campaign.create
    refused = refusal(lambda: attach(campaign_id="CABC123", messaging_service_sid="MG" + "0" * 32))

    assert (refused.status, refused.code) == (404, 20404)


def test_the_handle_registers_a_campaign_in_any_state(account):
    """Also one that Twilio does not have yet, with errors and texts of one's own; a slip of the pen is refused."""
    sid = service(account)
    made = account.handle.register_campaign(
        sid, status="HIBERNATING", errors={30896: "MESSAGE_FLOW"}, us_app_to_person_usecase="MARKETING"
    )
    found = campaigns(account, sid)(made).fetch()

    assert (found.campaign_status, found.us_app_to_person_usecase) == ("HIBERNATING", "MARKETING")
    assert [(entry["error_code"], entry["fields"]) for entry in found.errors] == [(30896, ["MESSAGE_FLOW"])]
    with pytest.raises(SandboxError, match="no field 'usecase'"):
        account.handle.register_campaign(service(account), usecase="MARKETING")
    with pytest.raises(SandboxError, match="has a campaign"):
        account.handle.register_campaign(sid)
    with pytest.raises(SandboxError, match="no service"):
        account.handle.register_campaign("MG" + "0" * 32)
