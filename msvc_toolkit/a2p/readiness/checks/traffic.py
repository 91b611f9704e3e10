"""Checks L: what the message log shows about the registration."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from msvc_toolkit.a2p.campaigns.model import Brand
from msvc_toolkit.a2p.readiness.checks.account import brands_in_use
from msvc_toolkit.a2p.readiness.checks.brand import cap, refused_by_cap, segments_by_day
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.model import NotExamined, Number
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.a2p.readiness.traffic import LogTraffic, Said, Tally
from msvc_toolkit.rules import error_codes
from msvc_toolkit.rules.plurals import count

REFUSED = (30034, 30035, 30033, 30032)
SLOWED = (30022, 30023, 30024)
TOO_FAST = 30022
FILTERED, OPTED_OUT = 30007, 21610


def _traffic(facts: Facts) -> LogTraffic:
    assert isinstance(facts.traffic, LogTraffic)  # noqa: S101 - each check here needs it
    return facts.traffic


def _senders(facts: Facts) -> Iterator[tuple[str, list[Tally]]]:
    """Yield each number that sent to the US, with its tallies."""
    by_number: dict[str, list[Tally]] = defaultdict(list)
    for tally in _traffic(facts).tallies:
        by_number[tally.number].append(tally)
    yield from ((number, tallies) for number, tallies in by_number.items() if any(t.to_us for t in tallies))


def _coded(wanted: tuple[int, ...], subject: tuple[str, list[Tally]]) -> Iterator[Found]:
    """Report a sender's error codes; only as advice if the log's last days have none."""
    number, tallies = subject
    for code in wanted:
        failed = [tally for tally in tallies if tally.code == code]
        if not failed:
            continue
        recent, total = sum(t.recent for t in failed), sum(t.messages for t in failed)
        known = error_codes.lookup(code)
        who = Number("", number).label if number else "Messages without a chosen sender"
        lately = f"{recent:,} of them in the log's last days" if recent else "none of them lately"
        services = tuple(dict.fromkeys(t.service_sid for t in failed if t.service_sid))
        yield Found(
            f"{who} had error {code} {count(total, 'time')}, {lately}. {known.meaning if known else ''}".strip(),
            services=() if number else services,
            numbers=(number,) if number else (),
            code=code,
            sent=(code,),
            severity=None if recent else "advice",
            remedy=known.remedy if known else "",
            who=known.who if known else None,
        )


def _refused(subject: tuple[str, list[Tally]], _: Facts, __: Thresholds) -> Iterator[Found]:
    yield from _coded(REFUSED, subject)


def _slowed(subject: tuple[str, list[Tally]], facts: Facts, _: Thresholds) -> Iterator[Found]:
    for found in _coded(SLOWED, subject):
        services = {t.service_sid for t in subject[1] if t.service_sid}
        tiers = {tier for sid in services if (tier := facts.tier_of(sid)) is not None}
        limits = " ".join(
            f"Its campaign ({tier.name}) may send {tier.total:g} segments a second, {tier.each:g} to one carrier."
            for tier in sorted(tiers, key=lambda tier: tier.total)
        )
        yield replace(found, sentence=f"{found.sentence} {limits}".strip()) if found.code == TOO_FAST else found


def _filtered(subject: tuple[str, list[Tally]], _: Facts, settings: Thresholds) -> Iterator[Found]:
    number, tallies = subject
    total = sum(t.messages for t in tallies)
    lost = sum(t.messages for t in tallies if t.code == FILTERED)
    if total >= settings.filtered_least and lost / total >= settings.filtered_share:
        often = "often " * (lost / total >= settings.filtered_strong)
        sentence = f"Carriers or Twilio {often}filter {Number('', number).label}: {lost:,} of {total:,} messages ({lost / total:.1%})."
        yield Found(sentence, numbers=(number,), code=FILTERED, sent=(FILTERED,))


def _brands(facts: Facts) -> Iterator[Brand]:
    yield from (brand for brand in brands_in_use(facts) if brand.usable)


def _near(brand: Brand, facts: Facts, settings: Thresholds) -> Iterator[Found]:
    limit = cap(brand, settings) * settings.all_carriers
    until = _traffic(facts).until
    yield from refused_by_cap(brand, facts, recent=True)
    if until is None:
        return
    since = (until - timedelta(days=settings.recent_days)).date()
    near = limit * settings.cap_share
    high = [n for day, n in segments_by_day(brand, facts).items() if day >= since and n > near]
    if high:
        sentence = (
            f"On {len(high)} of the log's last {settings.recent_days} days it sent more than {settings.cap_share:.0%} of "
            f"what its tier allows (about {limit:,} segments); the most on one day was {max(high):,}."
        )
        yield Found(sentence, code=30023, sent=(30023,))


def _stops(facts: Facts) -> Iterator[str]:
    if any(tally.to_us for tally in _traffic(facts).tallies):
        yield "after a STOP"
        yield "to people who had left"


def _stopped(subject: str, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    traffic = _traffic(facts)
    if subject == "to people who had left":
        refused = [t for t in traffic.tallies if t.code == OPTED_OUT]
        if messages := sum(t.messages for t in refused):
            # Twilio refuses most of these before it chooses a sender; then only the service is known.
            numbers = tuple(sorted({t.number for t in refused if t.number})) if all(t.number for t in refused) else ()
            services = tuple(sorted({t.service_sid for t in refused if t.service_sid}))
            sentence = f"Your lists still have people who opted out: Twilio refused {count(messages, 'message')} to them ({OPTED_OUT})."
            yield Found(sentence, (), services, numbers, severity="warning", code=OPTED_OUT, sent=(OPTED_OUT,))
    elif isinstance(traffic.after_stop, NotExamined):
        yield NotExamined(f"Sends after an opt-out: {traffic.after_stop.why}")
    else:
        remedy = (
            "Remove them from the list within 10 business days. Twilio blocks them until they text START themselves."
        )
        for sent in traffic.after_stop:
            messages_ = count(sent.messages, "message")
            sentence = f"{Number('', sent.number).label} sent {messages_} to people who had texted STOP."
            yield Found(sentence, numbers=(sent.number,), remedy=remedy)


def _shapes(facts: Facts) -> Iterator[str]:
    if any(t.to_us for t in _traffic(facts).tallies):
        yield from ("with a service", "one registration", "one number per text")


def _shape(subject: str, facts: Facts, settings: Thresholds) -> Iterator[Found | NotExamined]:
    traffic = _traffic(facts)
    us = [t for t in traffic.tallies if t.to_us]
    if subject == "with a service":
        yield from _by_number(us, settings)
    elif subject == "one registration":
        yield from _outside_pool(us, facts)
    elif isinstance(traffic.texts, NotExamined):
        yield NotExamined(f"One text from many numbers: {traffic.texts.why}")
    else:
        yield from _snowshoes(traffic.texts, settings)


def _by_number(us: list[Tally], settings: Thresholds) -> Iterator[Found]:
    total, bare = sum(t.messages for t in us), [t for t in us if not t.service_sid]
    messages = sum(t.messages for t in bare)
    if messages > settings.by_number_share * total:
        sentence = f"{messages / total:.0%} of the traffic to the US is sent by number, without a Messaging Service."
        remedy = "Send with messaging_service_sid, so that the service's campaign is certain to cover it."
        yield Found(sentence, numbers=tuple(sorted({t.number for t in bare})), severity="advice", remedy=remedy)


def _outside_pool(us: list[Tally], facts: Facts) -> Iterator[Found]:
    used_by: dict[str, set[str]] = defaultdict(set)
    for tally in us:
        if tally.service_sid and tally.number and tally.service_sid in facts.service_by_sid:
            used_by[tally.service_sid].add(tally.number)
    remedy = "Add these numbers to the pool, or send from the pool's numbers only."
    for service, used in used_by.items():
        inside = {n for n in used if facts.service_of_number.get(n) == service}
        outside = tuple(sorted(n for n in used - inside if Number("", n).is_us_local))
        if inside and outside:
            not_in = count(len(outside), "number that is not in its pool", "numbers that are not in its pool")
            sentence = f"{facts.service_by_sid[service].label} sends from {not_in}."
            yield Found(sentence, services=(service,), numbers=outside, remedy=remedy)


def _snowshoes(texts: tuple[Said, ...], settings: Thresholds) -> Iterator[Found]:
    spread: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        if Number("", text.number).is_us_local:
            spread[re.sub(r"\d+", "0", text.body)][text.number] += text.messages
    for senders in spread.values():
        if len(senders) >= settings.spread_numbers and max(senders.values()) < settings.spread_messages:
            sentence = (
                f"One text is sent from {len(senders)} numbers, fewer than {settings.spread_messages} times from each: to "
                "carriers this looks like snowshoeing (spreading spam over many numbers)."
            )
            yield Found(sentence, numbers=tuple(sorted(senders)))


def _services(facts: Facts) -> Iterator[str]:
    yield from dict.fromkeys(tally.service_sid for tally in _traffic(facts).tallies if tally.to_us)


def _at_night(sid: str, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    """Report a service that may send marketing, because its campaign is for marketing, for mixed purposes, or unknown."""
    assert isinstance(facts.campaigns, Mapping)  # noqa: S101 - the check needs it
    campaigns = facts.campaigns.get(sid, ())
    usecases = {one.draft.us_app_to_person_usecase for one in campaigns} if isinstance(campaigns, tuple) else set()
    if usecases and not usecases & {"MARKETING", "MIXED"}:
        return
    usecase = " and ".join(sorted(usecases))
    known = _traffic(facts).quiet_hours
    if isinstance(known, NotExamined):
        yield NotExamined(f"Quiet hours: {known.why}")
        return
    sent = [one for one in known if one.service_sid == sid and one.quiet]
    if not sent:
        return
    name = facts.service_by_sid[sid].label if sid in facts.service_by_sid else "What was sent without a known service"
    registered = f"registered as {usecase}" if usecase else "of no known use case"
    quiet = count(sum(one.quiet for one in sent), "message")
    sentence = f"{name} ({registered}) sent {quiet} in the quiet hours of US recipients, by their area codes."
    yield Found(
        sentence if usecase == "MARKETING" else f"{sentence} The log does not say which of them were essential.",
        services=(sid,) if sid in facts.service_by_sid else (),
        numbers=tuple(sorted({one.number for one in sent if one.number})),
        severity=None if usecase == "MARKETING" else "advice",
        code=30610,
    )


_QUIET = "Nothing was sent to the US in the log."
_DICTIONARY = "Twilio Error and Warning Dictionary"
CHECKS = (
    Check(
        "L1", "No sender is refused for its registration", ("traffic",), _senders, _QUIET, _refused, "blocker",
        "Fix what the sender pool's checks name.", f"{_DICTIONARY}, {', '.join(map(str, REFUSED))}; read 2026-11-23", "P",
        takes="as long as the registration", follows=("S1", "S2", "S3", "S4", "S5", "C1", "C2", "C3", "B1"),
    ),
    Check(
        "L2", "No sender is too fast, over T-Mobile's cap, or only partly registered", ("traffic",), _senders, _QUIET, _slowed,
        "warning", "Queue below the campaign's rate, raise the brand's tier, or wait.",
        f"{_DICTIONARY}, {', '.join(map(str, SLOWED))}; read 2026-11-23", "P", takes="hours to days",
    ),
    Check(
        "L3", "Carriers do not filter a sender's messages", ("traffic",), _senders, _QUIET, _filtered, "warning",
        "Review the sender's most frequent text: its links, its consent, and whether it fits the campaign.",
        f"{_DICTIONARY}, {FILTERED}; the thresholds are ours; read 2026-11-23", "P", takes="days",
    ),
    Check(
        "L4", "Traffic stays well below the brand's cap", ("traffic", "brands", "campaigns"), _brands,
        "No brand is approved yet.", _near, "warning", "Raise the brand's tier before the traffic grows.",
        "Twilio help, T-Mobile daily message limits, and resellers' tables; the estimate over all carriers is theirs; "
        "read 2026-11-23", "T", takes="1-7 working days for a vetting (T)", follows=("B4",),
    ),
    Check(
        "L5", "Nobody gets messages after an opt-out", ("traffic",), _stops, _QUIET,
        _stopped, "blocker", "Remove these people from every list. Twilio blocks them until they text START themselves.",
        f"47 CFR 64.1200(a)(10); {_DICTIONARY}, {OPTED_OUT}; read 2026-11-23", "T", takes="10 business days at most",
    ),
    Check(
        "L7", "Traffic is sent through its service, from the service's own numbers", ("traffic", "services", "pools"), _shapes, _QUIET,
        _shape, "warning", "For one purpose use one number, or the pool of one service.",
        "T-Mobile's rule against evasion, through a digest; Twilio issue threads on sending by number; read 2026-11-23", "T",
    ),
    Check(
        "L8", "Marketing is not sent in the quiet hours of its recipients", ("traffic", "services", "campaigns"), _services, _QUIET,
        _at_night, "warning",
        "Send when it is day for the recipients, or turn on Twilio's Compliance Toolkit, which holds messages until the morning. "
        "It does not hold codes and alerts that are sent with a MessageIntent. In a message log, “When messages go out” shows the hours.",
        "Twilio docs, Compliance Toolkit, quiet hours as Twilio enforces them, no legal advice; read 2026-11-30", "P",
    ),
)  # fmt: skip
