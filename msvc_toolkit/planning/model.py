"""A planned send: to whom, what, from which senders and when; and what is wrong with such a plan."""

from __future__ import annotations

from collections.abc import Mapping
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
"""What a message is for: the values of Twilio's MessageIntent."""
DAYS_LIMIT = 366
"""Most days a send is spread over; ours."""


@dataclass(frozen=True, slots=True)
class Group:
    """Recipients who are alike for Twilio and the carriers.

    Args:
        country: ISO code; empty where no country's range has the number.
        count: How many.
        area_code: Of a US or Canadian number; empty when it is not known.
        channel: ``whatsapp``, ``rcs`` or ``messenger``; empty for plain numbers.
        landline: Whether the numbering plan shows a fixed line.
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
        groups: Those alike.
        unreadable: How many entries of the list are not phone numbers.
        first_unreadable: Where the first of these is, counted from 1; 0 without one.
        repeated: How many entries name a number that the list has already.
    """

    groups: tuple[Group, ...] = ()
    unreadable: int = 0
    first_unreadable: int = 0
    repeated: int = 0

    @property
    def count(self) -> int:
        """How many recipients can be written to."""
        return sum(group.count for group in self.groups)

    @property
    def nowhere(self) -> int:
        """How many are in the US at a place that is not known, as there is no area code."""
        return sum(group.count for group in self.groups if group.is_us and not quiet_hours.place(group.address))

    @property
    def countries(self) -> dict[str, int]:
        """Recipients by country, most first."""
        found: dict[str, int] = {}
        for group in self.groups:
            found[group.country] = found.get(group.country, 0) + group.count
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class PlannedSender:
    """A sender the plan counts on.

    Args:
        address: Its number, short code, sender ID or channel address.
        sid: Its SID; the address when it has none yet.
        capabilities: Of SMS, MMS and Voice.
        countries: Where an alphanumeric or RCS sender may be used; empty means everywhere.
        country: A short code's country; no other sender needs it.
        verified: Whether a toll-free number is verified (30032), or an alphanumeric ID registered where that is asked
            for (30040); None when that is not known.
        rate: Segments a second, where Twilio raised it; None for the usual rate.
        placeholder: Whether its address is made up, for a sender that is still to be bought.
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
        """The sender as sender selection sees it; None when its address cannot be read."""
        address = addresses.read(self.address, self.country or None)
        if address is None:
            return None
        return sender_selection.PoolMember(
            self.sid or address.text, address, frozenset(self.capabilities), frozenset(self.countries)
        )

    @property
    def shown(self) -> str:
        """The address as people may see it."""
        return f"{addresses.mask(self.address)}{' (placeholder)' if self.placeholder else ''}"


@dataclass(frozen=True)
class SendPlan:
    """What one intends to send.

    Args:
        audience: The recipients.
        body: The text.
        senders: The pool.
        start: When it begins; with a time zone, whose days and hours are the plan's.
        deadline: When the last message has to have left; None without one.
        media: Whether it has media.
        tier: What the campaign of the US numbers may send: a tier's name such as ``"score 50 to 74"``, ``"low volume"`` or
            ``"sole proprietor"``, a trust score, or a `ThroughputTier`; several where it is one of them, None or
            ``"unknown"`` where it may be any.
        registered: Whether the US numbers have a verified campaign; None when that is not known.
        area_code_geomatch: The service's setting of that name.
        smart_encoding: The service's setting of that name.
        validity_seconds: How long a message may wait inside Twilio.
        intent: What it is for, one of `INTENTS`.
        quiet_hours: Whether messages are held that would reach people in their quiet hours.
        requests_per_second: How fast the messages are handed over; None for all at once.
        days: Over how many days it is spread, in equal parts that each begin at the time of `start`.
        carriers: Shares of US phones by carrier.
        used_today: Segments that T-Mobile has taken from the brand already on the day of `start`.
        prices: Price of a segment and its currency, by country.
        price_source: Where these prices are from.
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
        """Every tier that the campaign may have."""
        if isinstance(self.tier, rates.ThroughputTier):
            return (self.tier,)
        return cast("tuple[rates.ThroughputTier, ...] | None", self.tier) or rates.all_tiers()

    @cached_property
    def size(self) -> segments.Segments:
        """The text in segments."""
        return segments.measure(self.body, smart_encoding=self.smart_encoding)

    @property
    def segments(self) -> int:
        """Segments of one message; an MMS counts as one."""
        return 1 if self.media else self.size.count

    @cached_property
    def pool(self) -> sender_selection.Pool:
        """The senders as sender selection sees them; nobody is remembered."""
        members = tuple(sender.member for sender in self.senders if sender.member is not None)
        return sender_selection.Pool(members, area_code_geomatch=self.area_code_geomatch, sticky_sender=False)

    def problems(self, now: datetime | None = None) -> list[Problem]:
        """Say what is wrong with the plan, each sentence with the field it is about.

        Args:
            now: The time; what lies before it is warned of. Nothing is compared with it when not given.
        """
        found = [*_audience_problems(self), *_text_problems(self), *_sender_problems(self), *_time_problems(self, now)]
        return found + _figure_problems(self)


def _audience_problems(plan: SendPlan) -> list[Problem]:
    audience, found = plan.audience, []
    if audience.count == 0:
        which = count(audience.unreadable, "entry is not a phone number", "entries are not phone numbers")
        why = f"Nobody is left to send to: {which}." if audience.unreadable else "Nobody to send to yet."
        found.append(Problem("audience", f"{why} Give a list of phone numbers, or counts such as US 40000."))
    if unknown := sorted(
        {group.country for group in audience.groups if group.country and not is_country(group.country)}
    ):
        sentence = f"{', '.join(unknown)}: not the code of a country. Use two capital letters, such as US or GB."
        if "UK" in unknown:
            sentence += " The United Kingdom is GB."
        found.append(Problem("audience", sentence))
    if any(group.count < 0 for group in audience.groups):
        found.append(Problem("audience", "A count is below 0. Give how many recipients there are."))
    if audience.unreadable and audience.count:
        what = count(audience.unreadable, "entry is not a phone number", "entries are not phone numbers")
        sentence = (
            f"{what}, the first at place {audience.first_unreadable:,}. They are left out; Twilio refuses them (21211)."
        )
        found.append(Problem("audience", sentence, blocks=False))
    if audience.repeated:
        what = count(audience.repeated, "entry repeats a number", "entries repeat a number")
        found.append(Problem("audience", f"{what} of the list. Each would get the text again.", blocks=False))
    if plan.quiet_hours and audience.nowhere:
        what = count(audience.nowhere, "US recipient has no", "US recipients have no")
        sentence = f"{what} area code that is known, so quiet hours are not kept for them. Give phone numbers, or counts such as US 415."
        found.append(Problem("quiet_hours", sentence, blocks=False))
    return found


def _text_problems(plan: SendPlan) -> list[Problem]:
    if not plan.body and not plan.media:
        return [Problem("body", "Enter the text: its length decides how many segments are sent.")]
    if len(plan.body) > BODY_LIMIT:
        sentence = f"The text has {len(plan.body):,} characters and Twilio takes {BODY_LIMIT:,} (21617). Shorten it."
        return [Problem("body", sentence)]
    return []


def _sender_problems(plan: SendPlan) -> list[Problem]:
    if not plan.senders:
        return [Problem("senders", "There is no sender. Add one to the pool, or name a number you plan to use.")]
    if wrong := next((sender for sender in plan.senders if sender.member is None), None):
        sentence = f"{wrong.shown!r:.40} is not a sender. Use a number with its +, a short code, or a sender ID."
        return [Problem("senders", sentence)]
    for sender in plan.senders:
        if sender.member and sender.member.address.kind == "short code" and not is_country(sender.country):
            sentence = f"Short code {sender.shown} needs its country, such as US: it reaches no other."
            return [Problem("senders", sentence)]
        if sender.rate is not None and not sender.rate > 0:
            return [Problem("senders", f"The rate of {sender.shown} has to be above 0 segments a second.")]
    missed: dict[str, int] = {}
    for group in plan.audience.groups:
        if sender_selection.choose(group.address, plan.pool, media=plan.media).sender is None:
            where = f"{group.country or 'unknown countries'}{f' by {group.channel}' if group.channel else ''}"
            missed[where] = missed.get(where, 0) + group.count
    if not missed:
        return []
    everybody = sum(missed.values()) == plan.audience.count
    whom = " and ".join(f"{count(n, 'recipient')} in {where}" for where, n in missed.items())
    sentence = f"No sender can reach {'any recipient' if everybody else whom}{' with media' if plan.media else ''}."
    return [Problem("senders", f"{sentence} Add a sender that may send there.", blocks=everybody)]


def _time_problems(plan: SendPlan, now: datetime | None) -> list[Problem]:
    if plan.start.tzinfo is None:
        return [
            Problem(
                "start", "The start needs a time zone: datetime(2026, 3, 2, 9, tzinfo=ZoneInfo('America/New_York'))."
            )
        ]
    found = []
    if now is not None and plan.start < now:
        sentence = f"The start lies in the past ({_written(plan.start)}). Choose a time from now on."
        found.append(Problem("start", sentence, blocks=False))
    if plan.deadline is not None:
        if plan.deadline.tzinfo is None:
            found.append(Problem("deadline", "The deadline needs a time zone, as the start has one."))
        elif now is not None and plan.deadline <= now.astimezone(UTC):
            sentence = f"The deadline lies in the past ({_written(plan.deadline)}). Choose a later one."
            found.append(Problem("deadline", sentence))
        elif plan.deadline <= plan.start:
            sentence = "The deadline is not after the start. Choose a later deadline, or start earlier."
            found.append(Problem("deadline", sentence))
    if isinstance(plan.days, bool) or not isinstance(plan.days, int) or not 1 <= plan.days <= DAYS_LIMIT:
        found.append(Problem("days", f"Spread it over 1 to {DAYS_LIMIT} days, not {plan.days!r:.20}."))
    return found


def _figure_problems(plan: SendPlan) -> list[Problem]:
    found = []
    if not 1 <= plan.validity_seconds <= VALIDITY_LIMIT_SECONDS:
        sentence = f"A message may wait 1 to {VALIDITY_LIMIT_SECONDS} seconds, not {plan.validity_seconds!r:.20}."
        found.append(Problem("validity_seconds", f"{sentence} Use 36000 for ten hours."))
    if plan.requests_per_second is not None and not plan.requests_per_second > 0:
        sentence = "Hand over more than 0 messages a second, or leave it empty for all at once."
        found.append(Problem("requests_per_second", sentence))
    if plan.intent not in INTENTS:
        found.append(Problem("intent", f"{plan.intent!r:.30} is not known. Use one of {', '.join(INTENTS)}."))
    shares = plan.carriers.values()
    if any(share < 0 for share in shares) or abs(sum(shares) - 1) > 0.001:  # noqa: PLR2004 - rounding
        sentence = f"The carriers' shares are {sum(shares):.0%} together. Make them 100 %, none below 0."
        found.append(Problem("carriers", sentence))
    if plan.used_today < 0:
        found.append(Problem("used_today", "Segments sent already are 0 or more."))
    currencies = sorted({currency.upper() for _, currency in plan.prices.values()})
    if len(currencies) > 1:
        sentence = f"The prices are in {' and '.join(currencies)}, and a plan adds up one currency. Give all in one."
        found.append(Problem("prices", sentence))
    if any(price < 0 for price, _ in plan.prices.values()):
        found.append(Problem("prices", "A price is below 0. Give what one segment costs."))
    return found


def _written(moment: datetime) -> str:
    return f"{moment:%A %Y-%m-%d %H:%M}"
