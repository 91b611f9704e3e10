"""Sender selection: which sender of a Messaging Service's pool is used for a recipient, and why.

The sandbox uses it to choose and the forms to predict. Where Twilio's documents say nothing, the docstrings below
say what is assumed.

Source of every rule without its own: Twilio docs "Messaging Services" (sender selection and features) and error
dictionary 21703 and 21704, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msvc_toolkit.rules.addresses import US_CA, Address
from msvc_toolkit.rules.area_codes import sharing_area_codes
from msvc_toolkit.rules.sender_ids import alphanumeric_countries

NOBODY_ELIGIBLE = 21703
EMPTY_POOL = 21704
RCS_UNREACHABLE = 30046
"""The error code if the device takes no RCS and no other sender may send. Source: changelog 2026-07-09 (since 2026-08-10; read 2026-11-27)."""
BY_LOAD = "load spreading"
"""The rule that decides between equal senders by their last use; it comes last, if it is needed."""

_NUMBERS = frozenset({"local", "mobile", "toll-free"})
_CHANNEL_NAMES = {"whatsapp": "WhatsApp", "messenger": "Messenger", "rcs": "RCS"}
_BEST_FIRST = (
    ("rcs", "type: RCS", "RCS goes ahead of every other type."),
    ("short code", "type: short code", "Short codes go ahead of sender IDs and numbers."),
    ("alphanumeric", "type: alphanumeric", "Alphanumeric sender IDs go ahead of numbers."),
)


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One member of a pool."""

    sid: str  # the member's SID
    address: Address  # what recipients see. A short code's needs its country, or the code is never eligible.
    capabilities: frozenset[str]  # of ``SMS``, ``MMS`` and ``Voice``; not looked at for channel senders
    countries: frozenset[str] = frozenset()  # where an alphanumeric or RCS sender may be used; empty means everywhere


@dataclass(frozen=True, slots=True)
class Pool:
    """A service's senders and settings, and the senders used before."""

    senders: tuple[PoolMember, ...]  # in any order
    area_code_geomatch: bool = True  # the service's setting of that name
    sticky_sender: bool = True  # the service's setting of that name
    # SID or address of the sender that this recipient got messages from, on this channel
    remembered: str | None = field(default=None, repr=False)
    # SID to time of last use, in any unit that grows; a missing SID was never used
    last_used: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was applied."""

    rule: str  # stable id of the rule, such as ``area code geomatch``
    left: tuple[str, ...]  # SIDs that are still eligible after it
    said: str  # the sentence as a template; filled only when it is read, as this runs for every message
    words: tuple[str | None, ...] = ()  # the template's values

    @property
    def reason(self) -> str:
        """The rule in plain words, without a full phone number."""
        return self.said.format(*[word or "an unknown country" for word in self.words])

    @property
    def sentence(self) -> str:
        """The step in plain words, with the number of senders left."""
        return f"{self.reason} {len(self.left) or 'None'} left."


@dataclass(frozen=True, slots=True)
class Choice:
    """The sender that was picked; or, if there is none, the error code and the reason."""

    sender: PoolMember | None
    error_code: int | None
    steps: tuple[Step, ...]

    @property
    def reason(self) -> str:
        """The rule that decided."""
        if self.sender is None:
            return self.steps[-1].sentence
        decisive = next(
            (b for a, b in zip(self.steps[-2::-1], self.steps[:0:-1], strict=True) if a.left != b.left), None
        )
        return decisive.reason if decisive else "It is the only sender in the pool."

    @property
    def sentence(self) -> str:
        """The sender and the rule that decided, in one line."""
        if self.sender is None:
            return f"Nobody can send this (error {self.error_code}). {self.reason}"
        return f"{self.sender.address.label} sends. {self.reason}"


def choose(to: Address, pool: Pool, *, media: bool = False, rcs_reachable: bool = True) -> Choice:
    """Pick the sender a Messaging Service would use; a ``From`` given by the caller never comes here.

    Args:
        to: The recipient.
        pool: The service's senders, settings and memory.
        media: Whether the message has media. Only MMS-capable senders may carry it, whatever the MMS Converter says.
        rcs_reachable: Whether the recipient's device takes RCS.

    Only the recipient's kind, country, area code and channel matter.

    Returns:
        The choice. Its code is 21704 for an empty pool, 30046 if only RCS could send and the device does not take it,
        and 21703 if no sender in the pool may send this message.

    Assumed, as Twilio does not say: a better sender type beats a sticky pair; a missing channel sender gives 21703;
    channel senders are not geomatched; Messenger is not sticky; a number of a US territory is not a US number.
    """
    trail = _Trail(pool.senders)
    if not pool.senders:
        return trail.failed(EMPTY_POOL)
    _keep_channel(trail, to)
    _keep_capable(trail, media=media)
    able = trail.left
    _keep_reaching(trail, to, rcs_reachable=rcs_reachable)
    if not trail.left:
        by_rcs = any(_kind(s) == "rcs" and _approved(s, to) for s in able)
        return trail.failed(RCS_UNREACHABLE if by_rcs else NOBODY_ELIGIBLE)
    kind = _keep_best_type(trail, to)
    if kind != "rcs" and to.channel != "messenger" and pool.sticky_sender and pool.remembered:
        _stick(trail, to, pool.remembered)
    if kind == "number" and len(trail.left) > 1:
        _geomatch(trail, to, area_code=pool.area_code_geomatch)
    if len(trail.left) > 1:
        _spread(trail, pool.last_used)
    return Choice(trail.left[0], None, tuple(trail.steps))


class _Trail:
    """The senders still eligible and the steps that led there."""

    def __init__(self, senders: tuple[PoolMember, ...]) -> None:
        self.left = list(senders)
        self.sids = tuple([s.sid for s in senders])
        self.steps = [
            Step("pool", self.sids, "Everybody in the pool is considered." if senders else "The pool is empty.")
        ]

    def narrow(self, rule: str, kept: list[PoolMember], said: str, *words: str | None) -> None:
        if len(kept) != len(self.left):
            self.left = kept
            self.sids = tuple([s.sid for s in kept])
        self.steps.append(Step(rule, self.sids, said, words))

    def failed(self, code: int) -> Choice:
        return Choice(None, code, tuple(self.steps))


def _keep_channel(trail: _Trail, to: Address) -> None:
    if to.channel:
        kept = [s for s in trail.left if s.address.channel == to.channel]
        trail.narrow("channel", kept, "Only {0} senders reach a {0} recipient.", _CHANNEL_NAMES[to.channel])
    elif any(s.address.channel in ("whatsapp", "messenger") for s in trail.left):
        kept = [s for s in trail.left if s.address.channel in (None, "rcs")]
        trail.narrow("channel", kept, "WhatsApp and Messenger senders do not reach a plain phone number.")


def _keep_capable(trail: _Trail, *, media: bool) -> None:
    need = "MMS" if media else "SMS"
    kept = [s for s in trail.left if s.address.kind == "channel" or need in s.capabilities]
    if media:
        kept = [s for s in kept if s.address.kind != "alphanumeric"]
        trail.narrow("mms", kept, "Media needs a sender with MMS.")
    elif len(kept) < len(trail.left):
        trail.narrow("sms", kept, "A text needs a sender with SMS.")


def _keep_reaching(trail: _Trail, to: Address, *, rcs_reachable: bool) -> None:
    """Drop the senders that may not send to the recipient's country; a rule is noted only if it applied to some sender."""
    country = to.country
    kinds = {_kind(s) for s in trail.left}

    def judge(judged: frozenset[str], fits: Callable[[PoolMember], bool], rule: str, said: str) -> None:
        if not kinds.isdisjoint(judged):
            trail.narrow(rule, [s for s in trail.left if _kind(s) not in judged or fits(s)], said, country)

    said = "RCS needs a device that takes it, and a sender approved for {}."
    judge(frozenset({"rcs"}), lambda s: rcs_reachable and _approved(s, to), "rcs", said)
    said = "A short code reaches only its own country, here {}."
    judge(
        frozenset({"short code"}),
        lambda s: country is not None and s.address.country == country,
        "short code country",
        said,
    )
    takes = country in alphanumeric_countries()
    said = "Alphanumeric sender IDs are taken in {}." if takes else "Alphanumeric sender IDs are not taken in {}."
    judge(frozenset({"alphanumeric"}), lambda s: takes and _approved(s, to), "alphanumeric country", said)
    if country in US_CA:
        said = "Only US and Canadian numbers reach a recipient in {}."
        judge(_NUMBERS, lambda s: s.address.country in US_CA, "number country", said)


def _keep_best_type(trail: _Trail, to: Address) -> str:
    """Keep the senders of the best available type, and note which type that is."""
    kinds = {_kind(s) for s in trail.left}
    if to.channel:
        return to.channel
    for kind, rule, said in _BEST_FIRST:
        if kind in kinds:
            trail.narrow(rule, [s for s in trail.left if _kind(s) == kind], said)
            if kind == "alphanumeric" and (own := [s for s in trail.left if s.countries]):
                trail.narrow(
                    "own country's sender ID",
                    own,
                    "A sender ID for {} goes ahead of one for all countries.",
                    to.country,
                )
            return kind
    if to.country == "CA" and "toll-free" in kinds:
        kept = [s for s in trail.left if s.address.kind == "toll-free"]
        trail.narrow("type: toll-free", kept, "In Canada toll-free numbers go ahead of local ones.")
    else:
        trail.narrow("type: number", trail.left, "Local, mobile and toll-free numbers rank equally.")
    return "number"


def _stick(trail: _Trail, to: Address, remembered: str) -> None:
    """Reuse the sender used before, unless it left the pool or a sender of the recipient's country has joined since."""
    kept = [s for s in trail.left if remembered in (s.sid, s.address.text)]
    if not kept:
        trail.narrow("sticky sender", trail.left, "The sender used before is no longer eligible.")
    elif not _domestic(kept[0], to) and to.channel is None and any(_domestic(s, to) for s in trail.left):
        said = "The sender used before is foreign, and there is one of {} now."
        trail.narrow("sticky sender", trail.left, said, to.country)
    else:
        trail.narrow("sticky sender", kept, "This recipient was texted from this sender before.")


def _geomatch(trail: _Trail, to: Address, *, area_code: bool) -> None:
    country = to.country
    if domestic := [s for s in trail.left if _domestic(s, to)]:
        trail.narrow("country geomatch", domestic, "A number of the recipient's country, {}, goes first.", country)
    elif american := [s for s in trail.left if s.address.country == "US"]:
        said = "No number of {} is in the pool, so a US number goes first."
        trail.narrow("country geomatch", american, said, country)
    else:
        trail.narrow(
            "country geomatch", trail.left, "No number of {} or the US is in the pool, so any will do.", country
        )
    if area_code and to.area_code and len(trail.left) > 1:
        near = sharing_area_codes().get(to.area_code) or frozenset({to.area_code})
        if kept := [s for s in trail.left if s.address.area_code in near]:
            said = "A number with area code {}, or with an area code that overlays it, goes first."
            trail.narrow("area code geomatch", kept, said, to.area_code)
        else:
            said = "No number of area code {} or an overlay of it is in the pool."
            trail.narrow("area code geomatch", trail.left, said, to.area_code)


def _spread(trail: _Trail, last_used: Mapping[str, float]) -> None:
    """Take the sender used longest ago. Twilio prefers an idle queue, which has the same result under an even load.

    Among unused senders the lowest address goes first. That is our rule; it makes predictions and choices agree.
    """
    rested = min(trail.left, key=lambda s: (last_used.get(s.sid, float("-inf")), s.address.text))
    trail.narrow(BY_LOAD, [rested], "Among equals the one used longest ago goes first.")


def _kind(sender: PoolMember) -> str:
    return sender.address.channel or sender.address.kind


def _approved(sender: PoolMember, to: Address) -> bool:
    return not sender.countries or to.country in sender.countries


def _domestic(sender: PoolMember, to: Address) -> bool:
    return to.country is not None and sender.address.country == to.country
