"""A: the account itself, and the Trust Hub bundles its brands stand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from msvc_toolkit.a2p.campaigns.model import Brand, Rejection
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.model import Account, Bundle, NotExamined
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.settings import Settings
from msvc_toolkit.rules import error_codes

_WAITING = ("draft", "pending-review", "in-review")


def brands_in_use(facts: Facts) -> list[Brand]:
    """Return the brands that carry campaigns; while none does, all that are no mock."""
    real = [brand for brand in facts.brand_by_sid.values() if not brand.mock]
    return [brand for brand in real if facts.services_of_brand(brand.sid)] or real


def told(faults: Iterable[Rejection]) -> str:
    """Write an error list in one line: our words where we have some, else Twilio's."""
    return " ".join(
        f"{fault.code or 'No code'}: {known.meaning if (known := error_codes.lookup(fault.code)) else fault.description}"
        for fault in faults
    )


def _account(facts: Facts) -> Iterator[Account]:
    if isinstance(facts.account, Account) and facts.has_us_sender is not False:
        yield facts.account


def _standing(account: Account, _: Facts, __: Settings) -> Iterator[Found | NotExamined]:
    if account.status in ("suspended", "closed"):
        yield Found(f"The account is {account.status}.", (account.sid,), everywhere=True, who="Twilio",
                    remedy="Clear the cause with Twilio's support.")  # fmt: skip
    elif account.status != "active":
        yield NotExamined(f"The account's status {account.status!r} is not one this review knows.")
    if account.type == "Trial":
        yield Found("The account is a trial: it cannot register long codes.", (account.sid,), everywhere=True,
                    remedy="Upgrade the account in the Console.")  # fmt: skip
    elif account.type != "Full":
        yield NotExamined(f"The account's type {account.type!r} is not one this review knows.")


def _bundles(facts: Facts) -> Iterator[tuple[Brand, str, str]]:
    for brand in brands_in_use(facts):
        yield brand, brand.customer_profile_bundle_sid, "customer profile"
        yield brand, brand.a2p_profile_bundle_sid, "A2P profile bundle"


def _bundle(subject: tuple[Brand, str, str], facts: Facts, settings: Settings) -> Iterator[Found | NotExamined]:
    brand, sid, kind = subject
    bundle = facts.bundle_by_sid.get(sid)
    services = facts.services_of_brand(brand.sid)
    if bundle is None:
        if isinstance(facts.account, NotExamined) or facts.account.is_subaccount:
            elsewhere = f"The {kind} of brand {brand.sid} is not among this account's; its parent may hold it."
            yield NotExamined(elsewhere, services)
        else:
            yield Found(f"Brand {brand.sid} names a {kind} that the account does not have.", (brand.sid, sid), services,
                        severity="warning")  # fmt: skip
    elif bundle.status == "twilio-rejected":
        yield Found(
            f"The {kind} was rejected. {told(bundle.errors)}".strip(),
            (bundle.sid, brand.sid),
            services,
            code=_code(bundle),
        )
    elif bundle.status in _WAITING:
        if kind == "customer profile" or bundle.evaluation != "compliant":
            yield Found(f"The {kind} is {bundle.status}.", (bundle.sid, brand.sid), services, severity="warning")
    elif bundle.status != "twilio-approved":
        yield NotExamined(f"The {kind}'s status {bundle.status!r} is not one this review knows.", services)
    elif bundle.evaluation == "noncompliant":
        yield Found(f"The {kind} is approved, but its newest evaluation is noncompliant.", (bundle.sid, brand.sid), services,
                    severity="warning")  # fmt: skip
    if bundle and bundle.valid_until and bundle.valid_until - facts.now < timedelta(days=settings.expiring_days):
        yield Found(f"The {kind} is valid until {bundle.valid_until:%Y-%m-%d} only.", (bundle.sid, brand.sid), services,
                    severity="warning", remedy="Renew it before that day.")  # fmt: skip


def _code(bundle: Bundle) -> int | None:
    return bundle.errors[0].code if bundle.errors else None


CHECKS = (
    Check(
        "A1", "The account is active and no trial", ("account",), _account,
        "No sender of the account falls under US registration.", _standing, "blocker",
        "Upgrade or reactivate the account in the Console.",
        "Twilio docs, Get started with Messaging Services; Account resource, status and type; read 2026-11-23", "P",
    ),
    Check(
        "A2", "Customer profile and A2P bundle of each brand in use are approved and will stay so",
        ("brands", "customer_profiles", "trust_products"), _bundles, "There is no brand yet.", _bundle, "blocker",
        "Correct the items its errors name in Trust Hub and submit it again.",
        "Trust Hub specification, CustomerProfiles and TrustProducts; error pages 18601-18609 and 30793; read 2026-11-23",
        "P", takes="2-3 working days (T)",
    ),
)  # fmt: skip
