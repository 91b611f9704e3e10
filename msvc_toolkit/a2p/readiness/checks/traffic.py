"""L: what the message log says about the registration."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from msvc_toolkit.a2p.campaigns.model import Brand
from msvc_toolkit.a2p.readiness.checks.account import brands_in_use
from msvc_toolkit.a2p.readiness.checks.brand import cap, segments_by_day
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.model import NotExamined, Number
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.settings import Settings
from msvc_toolkit.a2p.readiness.traffic import Tally, Traffic
from msvc_toolkit.rules import error_codes

REFUSED = (30034, 30035, 30033, 30032)
SLOWED = (30022, 30023, 30024)
TOO_FAST = 30022
FILTERED, OPTED_OUT = 30007, 21610


def _traffic(facts: Facts) -> Traffic:
    assert isinstance(facts.traffic, Traffic)  # noqa: S101 - each check here needs it
    return facts.traffic


def _senders(facts: Facts) -> Iterator[tuple[str, list[Tally]]]:
    """Go through the numbers that sent to the US."""
    found: dict[str, list[Tally]] = defaultdict(list)
    for tally in _traffic(facts).tallies:
        found[tally.number].append(tally)
    yield from ((number, tallies) for number, tallies in found.items() if any(t.to_us for t in tallies))


def _coded(wanted: tuple[int, ...], subject: tuple[str, list[Tally]]) -> Iterator[Found]:
    """Tell of codes a sender met: as a failure while it goes on, as advice once it has stopped."""
    number, tallies = subject
    for code in wanted:
        met = [tally for tally in tallies if tally.code == code]
        if not met:
            continue
        recent, total = sum(t.recent for t in met), sum(t.messages for t in met)
        meaning = known.meaning if (known := error_codes.lookup(code)) else ""
        who = Number("", number).label if number else "A service without a chosen sender"
        when = f"{recent:,} of {total:,} in the log's last days" if recent else f"{total:,}, none of them lately"
        services = tuple(dict.fromkeys(t.service_sid for t in met if t.service_sid))
        yield Found(f"{who} met {code} ({when}). {meaning}".strip(), (number,) if number else (),
                    () if number else services, (number,) if number else (), code=code, sent=(code,),
                    severity=None if recent else "advice", remedy=known.remedy if known else "",
                    who=known.who if known else None)  # fmt: skip


def _refused(subject: tuple[str, list[Tally]], _: Facts, __: Settings) -> Iterator[Found]:
    yield from _coded(REFUSED, subject)


def _slowed(subject: tuple[str, list[Tally]], facts: Facts, _: Settings) -> Iterator[Found]:
    for found in _coded(SLOWED, subject):
        services = {t.service_sid for t in subject[1] if t.service_sid}
        tiers = {tier for sid in services if (tier := facts.tier_of(sid)) is not None}
        told = " ".join(
            f"Its campaign ({tier.name}) may send {tier.total:g} segments a second, {tier.each:g} to one carrier."
            for tier in sorted(tiers, key=lambda tier: tier.total)
        )
        yield replace(found, sentence=f"{found.sentence} {told}".strip()) if found.code == TOO_FAST else found


def _filtered(subject: tuple[str, list[Tally]], _: Facts, settings: Settings) -> Iterator[Found]:
    number, tallies = subject
    total = sum(t.messages for t in tallies)
    lost = sum(t.messages for t in tallies if t.code == FILTERED)
    if total >= settings.filtered_least and lost / total >= settings.filtered_share:
        strong = "Carriers filter" if lost / total >= settings.filtered_strong else "Carriers begin to filter"
        yield Found(f"{strong} {Number('', number).label}: {lost:,} of {total:,} messages ({lost / total:.1%}).", (number,),
                    numbers=(number,), code=FILTERED, sent=(FILTERED,))  # fmt: skip


def _brands(facts: Facts) -> Iterator[Brand]:
    yield from (brand for brand in brands_in_use(facts) if brand.status == "APPROVED")


def _near(brand: Brand, facts: Facts, settings: Settings) -> Iterator[Found]:
    limit = cap(brand, settings) * settings.all_carriers
    until = _traffic(facts).until
    if until is None:
        return
    since = (until - timedelta(days=settings.recent_days)).date()
    high = {
        day: n for day, n in segments_by_day(brand, facts).items() if day >= since and n > limit * settings.cap_share
    }
    if high:
        most = max(high.values())
        yield Found(f"On {len(high)} of the log's last {settings.recent_days} days it sent more than "
                    f"{settings.cap_share:.0%} of what suits its tier (about {limit:,} segments), at most {most:,}.",
                    (brand.sid,), facts.services_of_brand(brand.sid), code=30023, sent=(30023,))  # fmt: skip


def _stops(facts: Facts) -> Iterator[str]:
    if any(tally.to_us for tally in _traffic(facts).tallies):
        yield "after a STOP"
        yield "to people who had left"


def _stopped(subject: str, facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    traffic = _traffic(facts)
    if subject == "to people who had left":
        refused = [t for t in traffic.tallies if t.code == OPTED_OUT]
        if many := sum(t.messages for t in refused):
            # Twilio refuses most of them before it has chosen a sender; then only the service is known.
            numbers = tuple(sorted({t.number for t in refused if t.number})) if all(t.number for t in refused) else ()
            yield Found(f"People who had opted out are still on a list: sends refused for it ({OPTED_OUT}): {many:,}.",
                        numbers, tuple(sorted({t.service_sid for t in refused if t.service_sid})), numbers,
                        severity="warning", code=OPTED_OUT, sent=(OPTED_OUT,))  # fmt: skip
    elif isinstance(traffic.after_stop, NotExamined):
        yield NotExamined(f"Sends after an opt-out: {traffic.after_stop.why}")
    else:
        for sent in traffic.after_stop:
            yield Found(f"{Number('', sent.number).label} sent {sent.messages:,} messages to people who had said STOP.",
                        (sent.number,), numbers=(sent.number,),
                        remedy="Take them off the list within 10 business days; only they can come back, by START.")  # fmt: skip


def _shapes(facts: Facts) -> Iterator[str]:
    if any(t.to_us for t in _traffic(facts).tallies):
        yield from ("with a service", "one registration", "one number per text")


def _shape(subject: str, facts: Facts, settings: Settings) -> Iterator[Found | NotExamined]:
    traffic = _traffic(facts)
    us = [t for t in traffic.tallies if t.to_us]
    if subject == "with a service":
        total = sum(t.messages for t in us)
        bare = [t for t in us if not t.service_sid]
        if (many := sum(t.messages for t in bare)) > settings.by_number_share * total:
            numbers = tuple(sorted({t.number for t in bare}))
            yield Found(f"{many / total:.0%} of the traffic to the US is sent by number, without a Messaging Service.",
                        numbers, numbers=numbers, severity="advice",
                        remedy="Send with messaging_service_sid, so that the service's campaign is sure to cover it.")  # fmt: skip
    elif subject == "one registration":
        mixed: dict[str, set[str]] = defaultdict(set)
        for tally in us:
            if tally.service_sid and tally.number and tally.service_sid in facts.service_by_sid:
                mixed[tally.service_sid].add(tally.number)
        for service, used in mixed.items():
            inside = {n for n in used if facts.service_of_number.get(n) == service}
            outside = {n for n in used - inside if Number("", n).is_us_local}
            if inside and outside:
                yield Found(f"{facts.service_by_sid[service].label} sends from {len(outside)} numbers that are not in its "
                            "pool.", tuple(sorted(outside)), (service,), tuple(sorted(outside)),
                            remedy="Add these numbers to the pool, or send from the pool's numbers only.")  # fmt: skip
    elif isinstance(traffic.texts, NotExamined):
        yield NotExamined(f"One text from many numbers: {traffic.texts.why}")
    else:
        yield from _snowshoes(traffic, settings)


def _snowshoes(traffic: Traffic, settings: Settings) -> Iterator[Found]:
    spread: dict[str, Counter[str]] = defaultdict(Counter)
    for said in () if isinstance(traffic.texts, NotExamined) else traffic.texts:
        if Number("", said.number).is_us_local:
            spread[re.sub(r"\d+", "0", said.body)][said.number] += said.messages
    for senders in spread.values():
        if len(senders) >= settings.spread_numbers and max(senders.values()) < settings.spread_messages:
            numbers = tuple(sorted(senders))
            yield Found(f"One text goes out by {len(numbers)} numbers, fewer than {settings.spread_messages} times each: "
                        "that looks like snowshoeing.", numbers, numbers=numbers)  # fmt: skip


_QUIET = "Nothing was sent to the US in the log."
_DICTIONARY = "Twilio Error and Warning Dictionary"
CHECKS = (
    Check(
        "L1", "No sender is refused for its registration", ("traffic",), _senders, _QUIET, _refused, "blocker",
        "Mend what the sender pool's checks name.", f"{_DICTIONARY}, {', '.join(map(str, REFUSED))}; read 2026-11-23", "P",
        takes="as long as the registration", follows=("S1", "S2", "S3", "S4", "S5", "C1", "C2", "C3", "B1"),
    ),
    Check(
        "L2", "No sender is too fast, over T-Mobile's cap, or half provisioned", ("traffic",), _senders, _QUIET, _slowed,
        "warning", "Queue below the campaign's rate, raise the brand's tier, or wait.",
        f"{_DICTIONARY}, {', '.join(map(str, SLOWED))}; read 2026-11-23", "P", takes="hours to days",
    ),
    Check(
        "L3", "Carriers do not filter a sender's messages", ("traffic",), _senders, _QUIET, _filtered, "warning",
        "Review the sender's most frequent text: its links, its consent, and whether it fits the campaign.",
        f"{_DICTIONARY}, {FILTERED}; the thresholds are ours; read 2026-11-23", "P", takes="days",
    ),
    Check(
        "L4", "Traffic keeps clear of the brand's cap", ("traffic", "brands", "campaigns"), _brands,
        "No brand is approved yet.", _near, "warning", "Raise the brand's tier before the traffic grows.",
        "Twilio help, T-Mobile daily message limits, and resellers' tables; the estimate over all carriers is theirs; "
        "read 2026-11-23", "T", takes="1-7 working days for a vetting (T)", follows=("B4",),
    ),
    Check(
        "L5", "Nobody is written to after an opt-out", ("traffic",), _stops, _QUIET,
        _stopped, "blocker", "Take these people off every list; only they can come back, by texting START.",
        f"47 CFR 64.1200(a)(10); {_DICTIONARY}, {OPTED_OUT}; read 2026-11-23", "T", takes="10 business days at most",
    ),
    Check(
        "L7", "Traffic goes by its service, from numbers of its own", ("traffic", "services", "pools"), _shapes, _QUIET,
        _shape, "warning", "One purpose, one number or one service's pool.",
        "T-Mobile's rule against evasion, through a digest; Twilio issue threads on sending by number; read 2026-11-23", "T",
    ),
)  # fmt: skip
