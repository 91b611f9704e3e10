"""Every check passes, fails, is skipped and is not examined where it should, on facts made by hand."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from msvc_toolkit.a2p import linter
from msvc_toolkit.a2p.campaigns.model import Brand, CampaignDraft, RegisteredCampaign, Rejection
from msvc_toolkit.a2p.readiness.checks import CHECKS
from msvc_toolkit.a2p.readiness.checks.content import GROUPS, check_of
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.model import (
    Account,
    Bundle,
    NotExamined,
    Number,
    NumberState,
    TollfreeVerification,
    Vetting,
)
from msvc_toolkit.a2p.readiness.result import FAMILIES, GRADES, SEVERITIES, run
from msvc_toolkit.a2p.readiness.thresholds import DEFAULTS
from msvc_toolkit.a2p.readiness.traffic import AfterStop, DaySegments, LogTraffic, QuietHours, Said, Tally
from msvc_toolkit.a2p.readiness.verdict import judge
from msvc_toolkit.services.model import Service

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=60)
AC, MG, BN, QE, BU1, BU2, HH = "AC1", "MG1", "BN1", "QE1", "BU1", "BU2", "HH1"
US, SPARE, FREE, CANADIAN, BRITISH = "+14155550100", "+12125550100", "+18885550100", "+14165550100", "+447400123456"
BY_ID = {check.id: check for check in CHECKS}
TEXTS = CampaignDraft(
    us_app_to_person_usecase="ACCOUNT_NOTIFICATION",
    description="Acme Deli writes to customers who ordered in its shops or on acmedeli.shop: that the order is received, "
    "packed and on its way, and when it will arrive. Nobody else gets these messages.",
    message_flow="Customers order at https://acmedeli.shop/order. Beside the phone number is a checkbox, not checked and "
    "not required to order: I agree to receive order updates by text message from Acme Deli. Message frequency varies. "
    "Message and data rates may apply. Reply STOP to opt out, HELP for help. Privacy policy: "
    "https://acmedeli.shop/privacy. Terms: https://acmedeli.shop/terms. Numbers are never shared or sold.",
    message_samples=(
        "Acme Deli: we got your order [number], thank you. Reply STOP to get no more updates.",
        "Acme Deli: your order [number] is on its way and arrives about [time]. Reply STOP to opt out.",
    ),
    privacy_policy_url="https://acmedeli.shop/privacy",
    terms_and_conditions_url="https://acmedeli.shop/terms",
)
CALM = (
    "Acme Deli: we got your order, thank you, [name]. Reply STOP to get no more updates.",
    "Acme Deli: your order is on its way and arrives at [time]. Reply STOP to opt out.",
)
"""Samples in which nothing could stand for a phone number."""
SENT = "Acme Deli: your order [number] is on its way. Reply STOP to opt out."


def tally(code: int = 0, messages: int = 500, number: str = US, service: str = MG, zone: str = "US", recent: int = 50):
    """Traffic of one sender."""
    money = (("USD", messages * 750),)
    return Tally(number, service, code, zone, messages, min(recent, messages), money, NOW - timedelta(days=20), NOW)


def traffic(*tallies: Tally, segments: int = 900, **more: object) -> LogTraffic:
    """What a log says, by default that all went well."""
    fields = {"after_stop": (), "texts": (Said(US, MG, SENT, 500),), "quiet_hours": (), **more}
    days = (DaySegments(MG, "", date(2026, 11, 23), segments),)
    return LogTraffic("A log.", NOW - timedelta(days=20), NOW, tallies or (tally(),), days, **fields)


def brand(**more: object) -> Brand:
    """An approved brand."""
    fields = {
        "sid": BN,
        "brand_type": "STANDARD",
        "status": "APPROVED",
        "identity_status": "VERIFIED",
        "brand_score": 60,
        "customer_profile_bundle_sid": BU1,
        "a2p_profile_bundle_sid": BU2,
        "date_updated": LONG_AGO,
    }
    return Brand(**{**fields, **more})


def campaign(texts: dict[str, object] | None = None, **more: object) -> RegisteredCampaign:
    """A verified campaign of the one service."""
    fields = {
        "sid": QE,
        "service_sid": MG,
        "brand_registration_sid": BN,
        "status": "VERIFIED",
        "date_created": LONG_AGO,
    }
    return RegisteredCampaign(**{**fields, "draft": replace(TEXTS, **(texts or {})), **more})


def in_order(**more: object) -> Facts:
    """An account that has everything in order, and what a test says otherwise."""
    fields = {
        "now": NOW,
        "account": Account(AC, "active", "Full", AC),
        "customer_profiles": (Bundle(BU1, "customer profile", "twilio-approved"),),
        "trust_products": (Bundle(BU2, "A2P profile bundle", "twilio-approved", evaluation="compliant"),),
        "brands": (brand(),),
        "vettings": (),
        "identities": {BU1: linter.BrandIdentity("Acme Deli, Inc.", "https://acmedeli.shop")},
        "services": (Service(MG, "Orders"),),
        "campaigns": {MG: (campaign(),)},
        "pools": {MG: (Number("PN1", US), Number("PN3", FREE))},
        "numbers": (Number("PN1", US), Number("PN3", FREE)),
        "tollfree_verifications": (TollfreeVerification(HH, "PN3", "TWILIO_APPROVED"),),
        "usecases": {BN: ("ACCOUNT_NOTIFICATION", "MIXED")},
        "number_states": (NumberState(US, "REGISTERED", QE, MG),),
        "traffic": traffic(),
        **more,
    }
    return Facts(**fields)


def pooled(*numbers: str) -> dict[str, object]:
    """These numbers in the service's pool."""
    made = tuple(Number(f"PN{place}", number) for place, number in enumerate(numbers))
    return {"pools": {MG: made}, "numbers": made}


def filed(texts: dict[str, object]) -> dict[str, object]:
    """A campaign with these texts that nobody has reviewed yet."""
    return {"campaigns": {MG: (campaign(texts, status="PENDING", date_created=NOW),)}}


def many(count: int) -> tuple[RegisteredCampaign, ...]:
    """So many campaigns of one brand, each in a service of its own."""
    return tuple(campaign(sid=f"QE{n}", service_sid=f"MG{n}") for n in range(count))


def over(count: int, **more: object) -> dict[str, object]:
    """An account with so many services, each with a campaign of the one brand."""
    found = many(count)
    services = tuple(Service(c.service_sid, c.service_sid) for c in found)
    return {
        "services": services,
        "campaigns": {c.service_sid: (c,) for c in found},
        "pools": {s.sid: () for s in services},
        **more,
    }


@dataclass(frozen=True)
class Case:
    """How a check fails, and how it comes to have nothing to look at."""

    fails: dict[str, object]
    severity: str
    skips: dict[str, object]
    says: str = ""


MARKETING = {"campaigns": {MG: (campaign({"us_app_to_person_usecase": "MARKETING"}),)}}
NO_BRAND = {"brands": ()}
NO_CAMPAIGN = {"campaigns": {MG: ()}}
NO_US = pooled(BRITISH)
QUIET = {"traffic": LogTraffic("An empty log.", None, None, after_stop=(), texts=())}
CASES = {
    "A1": Case({"account": Account(AC, "active", "Trial", AC)}, "blocker", NO_US, "trial"),
    "A2": Case({"customer_profiles": (Bundle(BU1, "customer profile", "twilio-rejected", (Rejection(18602),)),)}, "blocker",
               NO_BRAND, "18602"),
    "B1": Case(NO_BRAND, "blocker", NO_US, "no brand"),
    "B2": Case({"brands": (brand(identity_status="UNVERIFIED"),)}, "blocker", NO_BRAND, "UNVERIFIED"),
    "B3": Case({"brands": (brand(status="FAILED", errors=(Rejection(30795),)),)}, "blocker", NO_BRAND, "30795"),
    "B4": Case({"traffic": traffic(segments=400_000)}, "warning", NO_BRAND, "400,000"),
    "B5": Case(over(6), "warning", NO_BRAND, "6 campaigns"),
    "C1": Case(NO_CAMPAIGN, "blocker", NO_US, "no campaign"),
    "C2": Case({"campaigns": {MG: (campaign(status="FAILED"),)}}, "blocker", NO_CAMPAIGN, "FAILED"),
    "C3": Case({"campaigns": {MG: (campaign(status="FAILED", errors=(Rejection(30909, ("MESSAGE_FLOW",)),)),)}},
               "blocker", NO_CAMPAIGN, "MESSAGE_FLOW"),
    "C4": Case(filed({"description": "Too short."}), "blocker", NO_CAMPAIGN, "10 characters"),
    "C5": Case(filed({"privacy_policy_url": ""}), "blocker", NO_CAMPAIGN, "privacy"),
    "C6": Case({**filed({}), "usecases": {BN: ("MIXED",)}}, "blocker", NO_CAMPAIGN, "MIXED"),
    "C7": Case(filed({"has_embedded_phone": True, "message_samples": CALM}), "blocker", NO_CAMPAIGN, "phone"),
    "C8": Case(filed({"help_message": "Acme Deli is always glad to be of help."}), "blocker", NO_CAMPAIGN),
    "S1": Case({"numbers": (Number("PN1", US), Number("PN2", SPARE)), "traffic": traffic(tally(), tally(number=SPARE))},
               "blocker", NO_US, "in no Messaging Service"),
    "S2": Case(NO_CAMPAIGN, "blocker", NO_US, "cannot send"),
    "S3": Case({"number_states": (NumberState(US, "UNREGISTERED"),)}, "blocker", NO_US, "UNREGISTERED"),
    "S4": Case(pooled(*(f"+1415555{n:04}" for n in range(50))), "warning", NO_US, "50 US numbers"),
    "S5": Case({"tollfree_verifications": ()}, "blocker", pooled(US), "no verification was submitted"),
    "S6": Case(pooled(US, BRITISH), "warning", {**NO_US, **NO_CAMPAIGN}, "other countries"),
    "T1": Case(filed({"message_samples": ("Your order [number] has left. Reply STOP to opt out.",
                                          "Your order [number] has arrived. Reply STOP to opt out.")}), "warning",
               NO_CAMPAIGN),
    "T2": Case(filed({"message_samples": ("Acme Deli: your order [number] has left us.",
                                          "Acme Deli: your order [number] has arrived.")}), "warning", NO_CAMPAIGN),
    "T3": Case(filed({"message_samples": ("Acme Deli: see https://bit.ly/3xyz for [order]. Reply STOP to opt out.",
                                          TEXTS.message_samples[0]), "has_embedded_links": True}), "blocker", NO_CAMPAIGN),
    "T4": Case(filed({"message_samples": ("Acme Deli: see https://other-shop.shop/x for [order]. Reply STOP to opt out.",
                                          TEXTS.message_samples[0]), "has_embedded_links": True}), "warning", NO_CAMPAIGN),
    "T5": Case(filed({"message_flow": "Acme Deli has the numbers of its customers and writes to them now and then."}),
               "blocker", NO_CAMPAIGN),
    "T6": Case(filed({"message_flow": TEXTS.message_flow + " The box is pre-checked."}), "blocker", NO_CAMPAIGN),
    "T7": Case(filed({"description": TEXTS.description + " We also sell CBD gummies."}), "blocker", NO_CAMPAIGN),
    "L1": Case({"traffic": traffic(tally(), tally(30034, 20))}, "blocker", QUIET, "30034"),
    "L2": Case({"traffic": traffic(tally(), tally(30022, 20))}, "warning", QUIET, "30022"),
    "L3": Case({"traffic": traffic(tally(), tally(30007, 50))}, "warning", QUIET, "9.1%"),
    "L4": Case({"traffic": traffic(segments=110_000)}, "warning", NO_BRAND, "110,000"),
    "L5": Case({"traffic": traffic(after_stop=(AfterStop(US, 7),))}, "blocker", QUIET, "7 messages"),
    "L6": Case({"traffic": traffic(texts=(Said(US, MG, "Acme Deli: see https://bit.ly/3xyz now. Reply STOP to end.", 9),))},
               "warning", NO_CAMPAIGN),
    "L7": Case({"traffic": traffic(tally(), tally(number=SPARE))}, "warning", QUIET, "not in its pool"),
    "L8": Case({**MARKETING, "traffic": traffic(quiet_hours=(QuietHours(MG, US, 40, 12),))}, "warning", QUIET,
               "12 messages in the quiet hours"),
}  # fmt: skip
each_check = pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])


def test_every_check_is_known_and_complete():
    """The 36 ids of the checklist are there, each with title, advice, source, grade and a case of its own."""
    assert [check.id for check in CHECKS] == (
        [
            "A1",
            "A2",
            *(f"B{n}" for n in range(1, 6)),
            *(f"C{n}" for n in range(1, 9)),
            *(f"T{n}" for n in range(1, 8)),
            *(f"S{n}" for n in range(1, 7)),
            *(f"L{n}" for n in range(1, 9)),
        ]
    )
    assert set(CASES) == set(BY_ID)
    for check in CHECKS:
        assert all((check.title, check.advice, check.source, check.takes, check.nothing)), check.id
        assert check.grade in GRADES
        assert check.severity in SEVERITIES
        assert check.family in FAMILIES
        assert "read 2026-11-" in check.source
        assert set(check.follows) <= set(BY_ID)
        assert all(hasattr(in_order(), need) for need in check.needs)


@each_check
def test_passes(check):
    """On an account that has everything in order, every check looks at something and passes."""
    result = run(check, in_order(), DEFAULTS)

    assert [finding.found.sentence for finding in result.findings] == []
    assert (result.state, result.unseen) == ("passed", ())
    assert result.examined > 0


@each_check
def test_fails(check):
    """Its fault makes it fail, as badly as it should, and the finding says what is wrong and what to do."""
    case = CASES[check.id]
    result = run(check, in_order(**case.fails), DEFAULTS)

    assert result.state == "failed"
    worst = min(result.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    assert worst.severity == case.severity
    assert case.says in " ".join(finding.found.sentence for finding in result.findings)
    assert all(finding.remedy and finding.found.sentence for finding in result.findings)


DAYS_AGO = {days: NOW - timedelta(days=days) for days in (3, 10, 20, 40)}
MORE = [
    ("A1", {"account": Account(AC, "suspended", "Full", AC)}, "blocker", "suspended"),
    ("A2", {"trust_products": ()}, "warning", "does not have"),
    ("A2", {"trust_products": (Bundle(BU2, "A2P profile bundle", "draft"),)}, "warning", "draft"),
    ("A2", {"customer_profiles": (Bundle(BU1, "customer profile", "twilio-approved", valid_until=NOW + timedelta(days=9)),)},
     "warning", "valid until 2026-12-03"),
    ("A2", {"customer_profiles": (Bundle(BU1, "customer profile", "twilio-approved", evaluation="noncompliant"),)},
     "warning", "noncompliant"),
    ("B1", {"brands": (brand(mock=True),)}, "blocker", "mock"),
    ("B2", {"brands": (brand(identity_status="SELF_DECLARED"),)}, "blocker", "SELF_DECLARED"),
    ("B3", {"brands": (brand(status="SUSPENDED"),)}, "blocker", "SUSPENDED"),
    ("B3", {"brands": (brand(), brand(sid="BN2", status="FAILED"))}, "advice", "FAILED"),
    ("B3", {"brands": (brand(status="IN_REVIEW", date_updated=DAYS_AGO[20]),)}, "warning", "since 2026-11-04"),
    ("B3", {"brands": (brand(errors=(Rejection(30796),)),)}, "advice", "30796"),
    ("B5", over(2, brands=(brand(brand_type="SOLE_PROPRIETOR"),)), "blocker", "2"),
    ("B5", over(100), "blocker", "100 campaigns"),
    ("B5", {"brands": tuple(brand(sid=f"BN{n}") for n in range(6))}, "warning", "6 brands"),
    ("C1", {"campaigns": {MG: (campaign(mock=True),)}}, "blocker", "mock"),
    ("C1", {"campaigns": {MG: (campaign(), campaign(sid="QE2"))}}, "advice", "2 campaigns"),
    ("C2", {"campaigns": {MG: (campaign(status="SUSPENDED"),)}}, "blocker", "SUSPENDED"),
    ("C2", {"campaigns": {MG: (campaign(status="PENDING", date_created=DAYS_AGO[40]),)}}, "warning", "28 working"),
    ("C3", {"campaigns": {MG: (campaign(errors=(Rejection(30909),)),)}}, "advice", "30909"),
    ("S1", {"numbers": (Number("PN2", SPARE),)}, "advice", "sent nothing"),
    ("S1", {"numbers": (Number("PN2", SPARE),), "traffic": NotExamined("No log.")}, "warning", "without a log"),
    ("S3", {"number_states": (NumberState(US, "Pending registration", updated=DAYS_AGO[10]),)}, "warning", "2026-11-14"),
    ("S3", {"number_states": (NumberState(US, "failed"),)}, "blocker", "failed"),
    ("S3", {"number_states": (NumberState(US, "registered", "QE9"),)}, "warning", "QE9"),
    ("S4", {**pooled(US, SPARE), "brands": (brand(brand_type="SOLE_PROPRIETOR"),)}, "blocker", "one number"),
    ("S4", pooled(*(f"+4474001{n:05}" for n in range(379)), US), "warning", "380 numbers"),
    ("S5", {"tollfree_verifications": (TollfreeVerification(HH, "PN3", "IN_REVIEW"),)}, "blocker", "being reviewed"),
    ("S5", {"tollfree_verifications": (TollfreeVerification(HH, "PN3", "TWILIO_REJECTED", 30446, True,
                                                            NOW + timedelta(days=4)),)}, "blocker", "4 more days"),
    ("S5", {"tollfree_verifications": (TollfreeVerification(HH, "PN3", "TWILIO_REJECTED", 30441, False),)}, "blocker", "new one"),
    ("S5", {"tollfree_verifications": (), "pools": {MG: (Number("PN1", US),)}}, "advice", "no verification was submitted"),
    ("S6", pooled(FREE), "warning", "idle"),
    ("S6", {"pools": {MG: (Number("PN1", US, sms=False),)}}, "warning", "cannot send"),
    ("L1", {"traffic": traffic(tally(), tally(30032, 5, recent=0))}, "advice", "none of them lately"),
    ("L5", {"traffic": traffic(tally(), tally(21610, 4))}, "warning", "refused 4 messages to them (21610)"),
    ("L7", {"traffic": traffic(tally(service="", messages=300), tally())}, "advice", "by number"),
    ("L7", {"traffic": traffic(texts=tuple(Said(f"+1415555{n:04}", MG, f"Sale {n}", 9) for n in range(12)))}, "warning",
     "snowshoeing"),
    ("L8", {"campaigns": {MG: ()}, "traffic": traffic(quiet_hours=(QuietHours(MG, US, 40, 12),))}, "advice", "no known use case"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "fails", "severity", "says"), MORE)
def test_fails_in_other_ways(check, fails, severity, says):
    """What else a check has to see, as badly as it is: the worst first."""
    result = run(BY_ID[check], in_order(**fails), DEFAULTS)

    assert severity == min((f.severity for f in result.findings), key=SEVERITIES.index)
    assert says in " ".join(finding.found.sentence for finding in result.findings)


def test_a_used_up_cap_is_named_with_its_brand():
    """Where messages failed for the day's cap, neither check of the cap is passed, and the brand has a name."""
    facts = in_order(traffic=traffic(tally(), tally(30023, 74, recent=6)))
    for check, messages in (("B4", "74 messages"), ("L4", "6 messages")):
        [finding] = run(BY_ID[check], facts, DEFAULTS).findings
        assert finding.found.sentence.startswith(f"The brand Acme Deli, Inc. used up T-Mobile's daily cap: {messages}")


def test_traffic_of_toll_free_numbers_weighs_no_campaign():
    """A campaign is about long codes, so what a toll-free number sent is no evidence of its faults."""
    facts = in_order(
        **filed({"description": ""}), traffic=traffic(tally(number=FREE, messages=300), tally(messages=200))
    )
    [found] = [finding for finding in judge(facts).findings if finding.found.code == 21727]

    assert found.evidence.messages == 200


def test_what_reviewers_said_twice_is_found_once():
    """The same code on the same field is one finding; another field, or words without a code, are others."""
    again = Rejection(30909, ("MESSAGE_FLOW",))
    rejections = (again, again, Rejection(30909, ("DESCRIPTION",)), Rejection(None, (), "a"), Rejection(None, (), "b"))
    facts = in_order(campaigns={MG: (campaign(status="FAILED", errors=rejections),)})
    found = [finding.found.sentence for finding in run(BY_ID["C3"], facts, DEFAULTS).findings]

    assert len(found) == len(set(found)) == 4


def test_a_service_says_why_it_is_what_it_is():
    """Each verdict of a service comes with its reason: the worst finding, an idle campaign, or that nothing prevents traffic."""
    failed = {MG: (campaign(status="FAILED"),)}
    quiet = {"services": (Service(MG, "Orders"), Service("MG2", "Codes")), "traffic": NotExamined("No log.")}
    pools = {MG: (Number("PN3", FREE),), "MG2": (Number("PN1", US),)}
    reasons = {}
    for name, facts in {
        "ready": in_order(),
        "not ready": in_order(campaigns=failed),
        "not needed": in_order(campaigns=failed, pools={MG: ()}),
        "at risk": in_order(**quiet, pools=pools, campaigns={**failed, "MG2": (campaign(service_sid="MG2"),)}),
    }.items():
        judged = judge(facts)
        reasons[name] = (judged.of_service(facts.services[0]), judged.why(facts.services[0]))

    assert reasons["ready"] == ("ready", "This review found nothing that prevents traffic.")
    assert reasons["not ready"][0] == "not ready"
    assert reasons["not ready"][1].startswith("C2: The campaign of Orders is FAILED.")
    assert reasons["not needed"] == (
        "not needed",
        "Its pool has no US local and no toll-free number. Its campaign is FAILED.",
    )
    assert reasons["at risk"][0] == "at risk"
    assert "The campaign of Orders is FAILED. No US long code depends on it." in reasons["at risk"][1]


@pytest.mark.parametrize(
    ("check", "fine"),
    [
        ("A2", {"trust_products": (Bundle(BU2, "A2P profile bundle", "in-review", evaluation="compliant"),)}),
        ("B2", {"brands": (brand(brand_type="SOLE_PROPRIETOR", identity_status="SELF_DECLARED"),)}),
        ("B3", {"brands": (brand(status="PENDING", date_updated=DAYS_AGO[3]),)}),
        ("B4", {"brands": (brand(russell_3000=True, brand_score=None),), "traffic": traffic(segments=400_000)}),
        ("C2", {"campaigns": {MG: (campaign(status="PENDING", date_created=DAYS_AGO[10]),)}}),
        ("S3", {"number_states": (NumberState(US, "Pending registration", updated=DAYS_AGO[3]),)}),
        ("L3", {"traffic": traffic(tally(messages=60), tally(30007, 30))}),
        ("L4", {"traffic": traffic(segments=90_000)}),
    ],
)
def test_what_is_still_fine(check, fine):
    """Nothing is called amiss too early."""
    assert run(BY_ID[check], in_order(**fine), DEFAULTS).state == "passed"


def test_a_vetting_under_way_is_waited_for():
    """Who has ordered a vetting already is not advised to order one."""
    busy = {"traffic": traffic(segments=400_000)}
    (alone,) = run(BY_ID["B4"], in_order(**busy), DEFAULTS).findings
    (waiting,) = run(BY_ID["B4"], in_order(**busy, vettings=(Vetting("VT1", BN, "PENDING"),)), DEFAULTS).findings

    assert "Order a secondary vetting" in alone.remedy
    assert "Wait for the vetting" in waiting.remedy


def test_a_brand_whose_profile_its_parent_holds():
    """What a subaccount's brand is built on may be its parent's: that is not examined here."""
    facts = in_order(account=Account(AC, "active", "Full", "AC9"), customer_profiles=())

    assert run(BY_ID["A2"], facts, DEFAULTS).state == "not examined"


@each_check
def test_skipped(check):
    """Where there is nothing to look at it is skipped, and says why; that is not passing."""
    result = run(check, in_order(**CASES[check.id].skips), DEFAULTS)

    assert (result.state, result.examined) == ("skipped", 0)
    assert result.why == check.nothing


@each_check
def test_not_examined(check):
    """Without any one of the facts it needs it is not examined, with the reason; that is not passing either."""
    for need in check.needs:
        result = run(check, in_order(**{need: NotExamined("These credentials may not read it.")}), DEFAULTS)

        assert (result.state, result.findings) == ("not examined", ())
        assert "may not read it" in result.why


def test_every_rule_of_the_linter_has_its_check():
    """No rule of the campaign linter is left out of the review, and each check of a text has rules."""
    found = {check_of(rule.id) for rule in linter.RULES}

    assert found == set(GROUPS)


@pytest.mark.parametrize(
    ("unknown", "check"),
    [
        ({"account": Account(AC, "dormant", "Full", AC)}, "A1"),
        ({"account": Account(AC, "active", "Enterprise", AC)}, "A1"),
        ({"customer_profiles": (Bundle(BU1, "customer profile", "twilio-pondering"),)}, "A2"),
        ({"brands": (brand(identity_status="GOLD"),)}, "B2"),
        ({"brands": (brand(status="ARCHIVED"),), "numbers": (), "pools": {MG: ()}}, "B3"),
        ({"campaigns": {MG: (campaign(status="PARTLY_VERIFIED"),)}}, "C2"),
        ({"number_states": (NumberState(US, "GREEN"),)}, "S3"),
        ({"tollfree_verifications": (TollfreeVerification(HH, "PN3", "ON_HOLD"),)}, "S5"),
    ],
)
def test_unknown_words_of_the_future(unknown, check):
    """A status Twilio has not had so far is neither good nor bad: the check that meets it is not examined."""
    result = run(BY_ID[check], in_order(**unknown), DEFAULTS)

    assert result.state == "not examined"
    assert "know" in result.why


@pytest.mark.parametrize(
    ("more", "severity", "says"),
    [
        (pooled("+17875550100"), None, ""),  # Puerto Rico
        (pooled("+18765550100"), None, ""),  # Jamaica
        (pooled(CANADIAN), None, ""),
        (pooled(US, CANADIAN), "advice", "Canadian"),
        (pooled(US, "+18765550100"), "warning", "other countries"),
    ],
)
def test_the_us_by_its_numbering_plan(more, severity, says):
    """Other countries of calling code 1 need no campaign, and are distinguished among US numbers."""
    facts = in_order(**more)
    found = [
        f
        for check in ("C1", "S2", "S6")
        for f in run(BY_ID[check], replace(facts, campaigns={MG: ()}), DEFAULTS).findings
    ]
    mixed = run(BY_ID["S6"], facts, DEFAULTS).findings
    us = any(number.is_us_local for number in facts.all_numbers)

    assert bool(found) == us
    assert [(f.severity, says in f.found.sentence) for f in mixed if "charges" not in f.found.sentence] == (
        [(severity, True)] if severity else []
    )


def test_what_a_verified_campaign_says_only_warns():
    """A text that would be refused today does not stop the traffic of a campaign that has passed."""
    texts = {
        "message_samples": ("Acme Deli: see https://bit.ly/3xyz. Reply STOP to opt out.", TEXTS.message_samples[0]),
        "has_embedded_links": True,
        "privacy_policy_url": "",
    }
    facts = in_order(campaigns={MG: (campaign(texts),)})

    assert {f.severity for f in run(BY_ID["T3"], facts, DEFAULTS).findings} == {"warning"}
    assert {f.severity for f in run(BY_ID["C5"], facts, DEFAULTS).findings} == {"advice"}


def test_policy_addresses_that_are_not_visible():
    """An answer without the two keys says nothing about them, so nothing is said."""
    facts = in_order(campaigns={MG: (campaign({"privacy_policy_url": ""}, urls_visible=False),)})
    result = run(BY_ID["C5"], facts, DEFAULTS)

    assert result.state == "not examined"
    assert "not visible" in result.why


def test_a_campaign_of_another_provider_needs_no_brand_here():
    """A number under an externally registered campaign is covered without a brand of this account."""
    facts = in_order(
        brands=(), campaigns={MG: (campaign(brand_registration_sid="", is_externally_registered=True),)}, usecases={}
    )
    states = {result.check.id: result.state for result in judge(facts).results}

    assert (states["B1"], states["C1"], states["C2"], states["S2"]) == ("skipped", "passed", "passed", "passed")


@pytest.mark.parametrize(
    ("check", "fails", "objects", "services", "numbers"),
    [
        ("A1", {"account": Account(AC, "active", "Trial", AC)}, (AC,), (), ()),
        ("B2", {"brands": (brand(identity_status="UNVERIFIED"),)}, (BN,), (MG,), ()),
        ("C2", {"campaigns": {MG: (campaign(status="FAILED"),)}}, (QE, MG), (MG,), ()),
        ("C1", NO_CAMPAIGN, (MG,), (MG,), ()),
        ("S2", NO_CAMPAIGN, (US,), (MG,), (US,)),
        ("S1", {"numbers": (Number("PN2", SPARE),)}, ("PN2", SPARE), (), (SPARE,)),
        ("S3", {"number_states": (NumberState(US, "UNREGISTERED"),)}, (US,), (), (US,)),
    ],
)
def test_a_finding_is_about_its_subject(check, fails, objects, services, numbers):
    """What a check does not say about objects, services and numbers is taken from the subject that it looked at."""
    (finding,) = run(BY_ID[check], in_order(**fails), DEFAULTS).findings

    assert (finding.found.objects, finding.found.services, finding.found.numbers) == (objects, services, numbers)
