"""Checks A: the account itself, and the Trust Hub bundles of its brands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from msvc_toolkit.a2p.campaigns.model import Brand, Rejection
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.model import Account, NotExamined
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.rules import error_codes

_WAITING = ("draft", "pending-review", "in-review")


def brands_in_use(facts: Facts) -> list[Brand]:
    """Return the brands that have campaigns; if none has any, all that are not mock brands."""
    real = [brand for brand in facts.brand_by_sid.values() if not brand.mock]
    return [brand for brand in real if facts.services_of_brand(brand.sid)] or real


def explained(errors: Iterable[Rejection]) -> str:
    """Write an error list in one line: our explanation of each code if there is one, else Twilio's description."""
    return " ".join(
        f"{error.code or 'No code'}: {known.meaning if (known := error_codes.lookup(error.code)) else error.description}"
        for error in errors
    )


def first_code(errors: tuple[Rejection, ...]) -> int | None:
    """Return the code of the first entry of an error list."""
    return errors[0].code if errors else None


def _account(facts: Facts) -> Iterator[Account]:
    if isinstance(facts.account, Account) and facts.has_us_sender is not False:
        yield facts.account


def _active(account: Account, _: Facts, __: Thresholds) -> Iterator[Found | NotExamined]:
    if account.status in ("suspended", "closed"):
        remedy = "Resolve the cause with Twilio's support."
        yield Found(f"The account is {account.status}.", everywhere=True, who="Twilio", remedy=remedy)
    elif account.status != "active":
        yield NotExamined(f"This review does not know the account status {account.status!r}.")
    if account.type == "Trial":
        remedy = "Upgrade the account in the Console."
        yield Found("The account is a trial account: it cannot register long codes.", everywhere=True, remedy=remedy)
    elif account.type != "Full":
        yield NotExamined(f"This review does not know the account type {account.type!r}.")


def _bundles(facts: Facts) -> Iterator[tuple[Brand, str, str]]:
    for brand in brands_in_use(facts):
        yield brand, brand.customer_profile_bundle_sid, "customer profile"
        yield brand, brand.a2p_profile_bundle_sid, "A2P profile bundle"


def _bundle(subject: tuple[Brand, str, str], facts: Facts, settings: Thresholds) -> Iterator[Found | NotExamined]:
    brand, sid, kind = subject
    bundle, objects = facts.bundle_by_sid.get(sid), (sid, brand.sid)
    if bundle is None:
        if isinstance(facts.account, NotExamined) or facts.account.is_subaccount:
            yield NotExamined(
                f"The {kind} of brand {brand.sid} is not in this account; its parent account may have it."
            )
        else:
            sentence = f"Brand {brand.sid} names a {kind} that the account does not have."
            yield Found(sentence, (brand.sid, sid), severity="warning")
        return
    if bundle.status == "twilio-rejected":
        sentence = f"The {kind} was rejected. {explained(bundle.errors)}".strip()
        yield Found(sentence, objects, code=first_code(bundle.errors))
    elif bundle.status in _WAITING:
        if kind == "customer profile" or bundle.evaluation != "compliant":
            yield Found(f"The {kind} is {bundle.status}.", objects, severity="warning")
    elif bundle.status != "twilio-approved":
        yield NotExamined(f"This review does not know the status {bundle.status!r} of the {kind}.")
    elif bundle.evaluation == "noncompliant":
        sentence = f"The {kind} is approved, but its newest evaluation is noncompliant."
        yield Found(sentence, objects, severity="warning")
    if bundle.valid_until and bundle.valid_until - facts.now < timedelta(days=settings.expiring_days):
        sentence = f"The {kind} is only valid until {bundle.valid_until:%Y-%m-%d}."
        yield Found(sentence, objects, severity="warning", remedy="Renew it before that day.")


CHECKS = (
    Check(
        "A1", "The account is active and not a trial", ("account",), _account,
        "No sender of the account needs US registration.", _active, "blocker",
        "Upgrade or reactivate the account in the Console.",
        "Twilio docs, Get started with Messaging Services; Account resource, status and type; read 2026-11-23", "P",
    ),
    Check(
        "A2", "Customer profile and A2P bundle of each brand in use are approved and do not expire soon",
        ("brands", "customer_profiles", "trust_products"), _bundles, "There is no brand yet.", _bundle, "blocker",
        "In Trust Hub, correct the items that its errors name, and submit it again.",
        "Trust Hub specification, CustomerProfiles and TrustProducts; error pages 18601-18609 and 30793; read 2026-11-23",
        "P", takes="2-3 working days (T)",
    ),
)  # fmt: skip
