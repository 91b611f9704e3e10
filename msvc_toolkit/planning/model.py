"""A planned send, and its problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import cast

from msvc_toolkit.errors import Problem
from msvc_toolkit.rules import addresses, quiet_hours, rates, segments, sender_selection
from msvc_toolkit.rules.limits import BODY_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.numbering_plan import is_country
from msvc_toolkit.rules.plurals import count

INTENTS = tuple(sorted(quiet_hours.intents()))
"""The purposes of a message: the values of Twilio's MessageIntent."""
DAYS_LIMIT = 366
"""The longest time that a send is spread over; ours."""


@dataclass(frozen=True, slots=True)
class Group:
    """Recipients who are alike for Twilio and the carriers.

    Args:
        country: ISO code; empty where the number belongs to no country.
        count: How many.
        area_code: The area code of US and Canadian numbers; empty where it is not known.
        channel: ``whatsapp``, ``rcs`` or ``messenger``; empty for phone numbers.
        landline: Whether these are fixed lines by the numbering plan.
    """

    country: str
    count: int
    area_code: str = ""
    channel: str = ""
    landline: bool = False

    @property
    def is_us(self) -> bool:
        """Whether they are phone numbers of the US, not addresses of a channel."""
        return self.country == "US" and not self.channel

    @property
    def address(self) -> addresses.Address:
        """An address that sender selection treats as theirs."""
        kind: addresses.Kind = "channel" if self.channel else "local"
        return addresses.Address("", kind, self.country or None, self.area_code or None, self.channel or None)


@dataclass(frozen=True)
class Audience:
    """The recipients of a send, counted.

    Args:
        groups: The recipients, in groups of similar ones.
        unreadable: How many entries of the list are not phone numbers.
        first_unreadable: The place of the first of these, counted from 1; 0 without one.
        repeated: How many entries repeat a number of the list.
    """

    groups: tuple[Group, ...] = ()
    unreadable: int = 0
    first_unreadable: int = 0
    repeated: int = 0

    @property
    def count(self) -> int:
        """How many recipients there are."""
        return sum(group.count for group in self.groups)

    @property
    def nowhere(self) -> int:
        """How many are in the US without a known area code, so that their local time is not known."""
        return sum(group.count for group in self.groups if group.is_us and not quiet_hours.place(group.address))

    @property
    def countries(self) -> dict[str, int]:
        """Recipients by country, most first."""
        found = Counter[str]()
        for group in self.groups:
            found[group.country] += group.count
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class PlannedSender:
    """A sender of a plan.

    Args:
        address: Its number, short code, sender ID or channel address.
        sid: Its SID; when empty, the address takes its place.
        capabilities: Some of SMS, MMS and Voice.
        countries: Where an alphanumeric or RCS sender may be used; empty means everywhere.
        country: A short code's country; no other sender needs it.
        verified: Whether a toll-free number is verified (30032), or an alphanumeric sender ID is registered in countries
            that require it (30040); None when that is not known.
        rate: Segments a second, where Twilio raised it; None for the usual rate.
        placeholder: Whether its address is an example, for a sender that is not bought yet.
    """

    address: str = field(repr=False)
    sid: str = ""
    capabilities: frozenset[str] = frozenset({"SMS", "MMS"})
    countries: frozenset[str] = frozenset()
    country: str = ""
    verified: bool | None = True
    rate: float | None = None
    placeholder: bool = False

    @cached_property
    def member(self) -> sender_selection.PoolMember | None:
        """The sender in the form that sender selection uses; None when its address cannot be read."""
        address = addresses.read(self.address, self.country or None)
        if address is None:
            return None
        return sender_selection.PoolMember(
            self.sid or address.text, address, frozenset(self.capabilities), frozenset(self.countries)
        )

    @property
    def kind(self) -> str:
        """The kind of its address; empty when it cannot be read."""
        return self.member.address.kind if self.member else ""

    @property
    def shown(self) -> str:
        """The address, masked."""
        return f"{addresses.mask(self.address)}{' (placeholder)' if self.placeholder else ''}"


@dataclass(frozen=True)
class SendPlan:
    """A send that is planned.

    Args:
        audience: The recipients.
        body: The text.
        senders: The pool.
        start: When it begins, with a time zone. The forecast's days and hours are in that zone.
        deadline: When the last message must have left; None without one.
        media: Whether it has media.
        tier: The tier of the US numbers' campaign: a name such as ``"score 50 to 74"``, ``"low volume"`` or
            ``"sole proprietor"``, a trust score, or a `ThroughputTier`. Give several where it is one of them, None or
            ``"unknown"`` where it can be any.
        registered: Whether the US numbers have a verified campaign; None when that is not known.
        area_code_geomatch: The service's setting of that name.
        smart_encoding: The service's setting of that name.
        validity_seconds: How long a message may wait inside Twilio.
        intent: The purpose of the message, one of `INTENTS`.
        quiet_hours: Whether messages to recipients in quiet hours are held until these end.
        requests_per_second: How many messages a second are handed to Twilio; None for all at once.
        days: The number of days it is spread over. Each day has an equal part, from the time of `start` on.
        carriers: The share of US phones of each carrier.
        used_today: Segments that the brand has already sent to T-Mobile on the day of `start`.
        prices: Price of a segment and its currency, by country.
        price_source: The source of these prices.
    """

    audience: Audience
    body: str
    senders: tuple[PlannedSender, ...]
    start: datetime
    deadline: datetime | None = None
    media: bool = False
    tier: rates.ThroughputTier | tuple[rates.ThroughputTier, ...] | str | int | None = None
    registered: bool | None = None
    area_code_geomatch: bool = True
    smart_encoding: bool = True
    validity_seconds: int = VALIDITY_LIMIT_SECONDS
    intent: str = "marketing"
    quiet_hours: bool = False
    requests_per_second: float | None = None
    days: int = 1
    carriers: Mapping[str, float] = field(default_factory=rates.carrier_shares)
    used_today: int = 0
    prices: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    price_source: str = "given with the plan"

    def __post_init__(self) -> None:
        if isinstance(self.tier, tuple | list):
            several = tuple(map(rates.read_tier, self.tier))
            object.__setattr__(self, "tier", None if None in several else several or None)
        else:
            object.__setattr__(self, "tier", rates.read_tier(self.tier))

    @property
    def tiers(self) -> tuple[rates.ThroughputTier, ...]:
        """All tiers that the campaign may have."""
        if isinstance(self.tier, rates.ThroughputTier):
            return (self.tier,)
        return cast("tuple[rates.ThroughputTier, ...] | None", self.tier) or rates.all_tiers()

    @cached_property
    def size(self) -> segments.Segments:
        """The text, measured in segments."""
        return segments.measure(self.body, smart_encoding=self.smart_encoding)

    @property
    def segments(self) -> int:
        """Segments of one message; an MMS counts as one."""
        return 1 if self.media else self.size.count

    @cached_property
    def pool(self) -> sender_selection.Pool:
        """The senders in the form that sender selection uses; no earlier sender is remembered."""
        members = tuple(sender.member for sender in self.senders if sender.member is not None)
        return sender_selection.Pool(members, area_code_geomatch=self.area_code_geomatch, sticky_sender=False)

    def problems(self, now: datetime | None = None) -> list[Problem]:
        """Return the problems with the plan, and warnings.

        Args:
            now: The time. Where the start or deadline is before it, that is a problem; not checked when not given.
        """
        parts = _audience_problems(self), _text_problems(self), _sender_problems(self), _time_problems(self, now)
        return [problem for part in (*parts, _figure_problems(self)) for problem in part]


def _audience_problems(plan: SendPlan) -> Iterator[Problem]:
    audience = plan.audience
    wrong = count(audience.unreadable, "entry is not a phone number", "entries are not phone numbers")
    if audience.count == 0:
        why = f"No recipient is left: {wrong}." if audience.unreadable else "Nobody to send to yet."
        yield Problem("audience", f"{why} Give a list of phone numbers, or counts such as US 40000.")
    elif audience.unreadable:
        first = f"the first at place {audience.first_unreadable:,}"
        yield Problem("audience", f"{wrong}, {first}. They are left out; Twilio refuses them (21211).", blocks=False)
    if unknown := sorted(country for country in audience.countries if country and not is_country(country)):
        british = " The United Kingdom is GB." if "UK" in unknown else ""
        codes = "not a country code. Use two capital letters, such as US or GB."
        yield Problem("audience", f"{', '.join(unknown)}: {codes}{british}")
    if any(group.count < 0 for group in audience.groups):
        yield Problem("audience", "A count is below 0. Give how many recipients there are.")
    if audience.repeated:
        what = count(audience.repeated, "entry repeats a number", "entries repeat a number")
        yield Problem("audience", f"{what} of the list. That person would get the text again.", blocks=False)
    if plan.quiet_hours and audience.nowhere:
        what = count(audience.nowhere, "US recipient has no", "US recipients have no")
        sentence = f"{what} known area code, so quiet hours are not kept for them. Give phone numbers, or counts such as US 415."
        yield Problem("quiet_hours", sentence, blocks=False)


def _text_problems(plan: SendPlan) -> Iterator[Problem]:
    if not plan.body and not plan.media:
        yield Problem("body", "Enter the text: its length decides how many segments are sent.")
    if (length := len(plan.body)) > BODY_LIMIT:
        yield Problem(
            "body", f"The text has {length:,} characters and Twilio takes {BODY_LIMIT:,} (21617). Shorten it."
        )


def _sender_problems(plan: SendPlan) -> Iterator[Problem]:
    wrong = "" if plan.senders else "There is no sender. Add one to the pool, or name a number you plan to use."
    for sender in plan.senders:
        if sender.member is None:
            wrong = f"{sender.shown!r:.40} is not a sender. Use a number with its +, a short code, or a sender ID."
        elif sender.kind == "short code" and not is_country(sender.country):
            wrong = f"Short code {sender.shown} needs its country, such as US: it works only there."
        elif sender.rate is not None and not sender.rate > 0:
            wrong = f"The rate of {sender.shown} must be above 0 segments a second."
        if wrong:
            break
    if wrong:
        yield Problem("senders", wrong)
        return
    missed = Counter[str]()
    for group in plan.audience.groups:
        if sender_selection.choose(group.address, plan.pool, media=plan.media).sender is None:
            where = f"{group.country or 'unknown countries'}{f' by {group.channel}' if group.channel else ''}"
            missed[where] += group.count
    if missed:
        everybody = missed.total() == plan.audience.count
        whom = " and ".join(f"{count(n, 'recipient')} in {where}" for where, n in missed.items())
        sentence = f"No sender can reach {'any recipient' if everybody else whom}{' with media' if plan.media else ''}."
        yield Problem("senders", f"{sentence} Add a sender that may send there.", blocks=everybody)


def _time_problems(plan: SendPlan, now: datetime | None) -> Iterator[Problem]:
    if plan.start.tzinfo is None:
        example = "datetime(2026, 3, 2, 9, tzinfo=ZoneInfo('America/New_York'))"
        yield Problem("start", f"The start needs a time zone: {example}.")
        return
    if now is not None and plan.start < now:
        yield Problem("start", _past("start", plan.start), blocks=False)
    if plan.deadline is not None:
        if plan.deadline.tzinfo is None:
            yield Problem("deadline", "The deadline needs a time zone, like the start.")
        elif now is not None and plan.deadline <= now.astimezone(UTC):
            yield Problem("deadline", _past("deadline", plan.deadline))
        elif plan.deadline <= plan.start:
            sentence = "The deadline is not after the start. Choose a later deadline, or start earlier."
            yield Problem("deadline", sentence)
    if isinstance(plan.days, bool) or not isinstance(plan.days, int) or not 1 <= plan.days <= DAYS_LIMIT:
        yield Problem("days", f"Spread it over 1 to {DAYS_LIMIT} days, not {plan.days!r:.20}.")


def _figure_problems(plan: SendPlan) -> Iterator[Problem]:
    if not 1 <= plan.validity_seconds <= VALIDITY_LIMIT_SECONDS:
        sentence = f"A message may wait 1 to {VALIDITY_LIMIT_SECONDS} seconds, not {plan.validity_seconds!r:.20}."
        yield Problem("validity_seconds", f"{sentence} Use 36000 for ten hours.")
    if plan.requests_per_second is not None and not plan.requests_per_second > 0:
        sentence = "Give more than 0 messages a second, or leave it empty to send all at once."
        yield Problem("requests_per_second", sentence)
    if plan.intent not in INTENTS:
        yield Problem("intent", f"{plan.intent!r:.30} is not known. Use one of {', '.join(INTENTS)}.")
    shares = plan.carriers.values()
    if any(share < 0 for share in shares) or abs(sum(shares) - 1) > 0.001:  # noqa: PLR2004 - rounding
        sentence = f"The carriers' shares add up to {sum(shares):.0%}. They must add up to 100 %, with none below 0."
        yield Problem("carriers", sentence)
    if plan.used_today < 0:
        yield Problem("used_today", "The segments sent today must be 0 or more.")
    currencies = sorted({currency.upper() for _, currency in plan.prices.values()})
    if len(currencies) > 1:
        sentence = f"The prices are in {' and '.join(currencies)}. A plan needs all of them in one currency."
        yield Problem("prices", sentence)
    if any(price < 0 for price, _ in plan.prices.values()):
        yield Problem("prices", "A price is below 0. Give what one segment costs.")


def _past(what: str, at: datetime) -> str:
    return f"The {what} is in the past ({at:%A %Y-%m-%d %H:%M}). Choose a later one."
