"""Quiet hours: when messages to US recipients that are not essential are held back or blocked, in local time.

These are the rules that Twilio's Compliance Toolkit enforces. They are not legal advice. Sources and gaps: quiet_hours.toml
and, for the states of area codes, regions.toml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.rules.addresses import Address, read
from msvc_toolkit.rules.area_codes import sharing_area_codes
from msvc_toolkit.rules.facts import table

SUNDAY = 6


@dataclass(frozen=True)
class Hours:
    """The quiet hours of a state, or the federal ones.

    Args:
        begin: The hour of the evening at which the quiet hours begin.
        end: The hour of the morning at which the quiet hours end.
        sunday_end: The same on a Sunday.
    """

    begin: int
    end: int
    sunday_end: int

    def quiet(self, local: datetime) -> bool:
        """Whether a recipient's local time is in the quiet hours."""
        return not self.ending(local) <= local.hour < self.begin

    def ending(self, local: datetime) -> int:
        """Return the hour at which the quiet hours end on that day."""
        return self.sunday_end if local.weekday() == SUNDAY else self.end


@dataclass(frozen=True)
class Locality:
    """The place where a number is assumed to be.

    Args:
        state: Two letters.
        zone: IANA name of the zone that most people of its area code live in.
        spans: The other zones that its area code covers; empty for most.
    """

    state: str
    zone: str
    spans: tuple[str, ...] = ()

    @property
    def assumption(self) -> str:
        """A sentence on the assumed time zone if the area code covers several; otherwise empty."""
        said = f"This area code reaches into {' and '.join(self.spans)}; the time of its largest cities, {self.zone}, is used."
        return said if self.spans else ""


Where = Address | str | Locality | tuple[str, str]
"""A recipient, or its state and zone."""


def federal() -> Hours:
    """Return the quiet hours of the whole country."""
    return _hours(table("rules/quiet_hours.toml")["federal"])


@cache
def state_hours() -> dict[str, Hours]:
    """The quiet hours of the states that have longer ones, by their two letters."""
    rows = table("rules/quiet_hours.toml")["state"]
    return {state: _hours(row) for row in rows for state in row["states"]}


def essential_intents() -> frozenset[str]:
    """Return the values of MessageIntent that may be sent at any hour."""
    return frozenset(table("rules/quiet_hours.toml")["intents"]["essential"])


def intents() -> frozenset[str]:
    """Return every value of MessageIntent."""
    return essential_intents() | frozenset(table("rules/quiet_hours.toml")["intents"]["other"])


@cache
def places() -> dict[str, Locality]:
    """The place of each US area code; a new code has the place of the older codes in its territory."""
    states = {code: state for state, codes in table("rules/regions.toml")["US"].items() for code in codes}
    for code, sharing in sharing_area_codes().items():
        if older := next((states[other] for other in sorted(sharing) if other in states), None):
            states.setdefault(code, older)
    data = table("rules/quiet_hours.toml")
    zones = {name: row for name, row in data["zones"].items() if isinstance(row, dict)}
    by_state = {state: zone for zone, row in zones.items() for state in row["states"]}
    by_code = {code: zone for zone, row in zones.items() for code in row.get("area_codes", ())}
    return {
        code: Locality(
            state,
            by_code.get(code) or by_state[state],
            tuple(zone for zone, codes in data["reaching"].items() if code in codes),
        )
        for code, state in sorted(states.items())
    }


def of_zip_code(zip_code: str) -> Locality | None:
    """Return the state of a US ZIP code, and the time zone of most of that state; None for an unknown ZIP code."""
    state = _zip_states().get(zip_code[:3])
    data = table("rules/quiet_hours.toml")["zones"]
    zone = next((name for name, row in data.items() if isinstance(row, dict) and state in row["states"]), None)
    return Locality(state, zone) if state and zone else None


@cache
def _zip_states() -> dict[str, str]:
    listed = {state: text for state, text in table("rules/quiet_hours.toml")["zips"].items() if len(state) == len("AK")}
    ranges = [(state, *part.partition("-")[::2]) for state, text in listed.items() for part in text.split()]
    return {f"{n:03}": state for state, first, last in ranges for n in range(int(first), int(last or first) + 1)}


def place(where: Where) -> Locality | None:
    """Return where a recipient is assumed to be; None unless it is a US phone number with a known area code."""
    if isinstance(where, Locality):
        return where
    if isinstance(where, tuple):
        return Locality(*where)
    address = read(where) if isinstance(where, str) else where
    known = address is not None and address.country == "US" and address.channel is None
    return places().get(address.area_code or "") if address and known else None


def is_quiet(where: Where, at: datetime, *, states: bool = True) -> bool | None:
    """Whether a time is in a recipient's quiet hours; None if the recipient's place is not known.

    Args:
        where: The recipient, or its state and zone.
        at: The time, with its zone.
        states: Whether the states' longer hours count too, as with Twilio; otherwise only the federal ones count.

    Raises:
        InvalidInput: The time has no time zone.
    """
    found = place(where)
    return _hours_at(found.state if states else "").quiet(_local(found, at)) if found else None


def next_allowed(where: Where, at: datetime) -> datetime:
    """Return the first time from `at` on that is not quiet, in the zone of `at`; `at` itself for an unknown place.

    Raises:
        InvalidInput: The time has no time zone.
    """
    found = place(where)
    if found is None or not is_quiet(found, at):
        return at
    hours, local = _hours_at(found.state), _local(found, at)
    day = local + timedelta(days=local.hour >= hours.begin)
    return day.replace(hour=hours.ending(day), minute=0, second=0, microsecond=0, fold=0).astimezone(at.tzinfo)


def next_quiet(where: Where, at: datetime) -> datetime | None:
    """Return the first time from `at` on that is quiet, in the zone of `at`; None for an unknown place.

    Raises:
        InvalidInput: The time has no time zone.
    """
    found = place(where)
    if found is None or is_quiet(found, at):
        return at if found else None
    begin = _local(found, at).replace(hour=_hours_at(found.state).begin, minute=0, second=0, microsecond=0, fold=0)
    return begin.astimezone(at.tzinfo)


def _local(found: Locality, at: datetime) -> datetime:
    if at.tzinfo is None:
        sentence = "Give the time with its time zone: without one, the recipient's local time is not known."
        raise InvalidInput([Problem("at", sentence)])
    return at.astimezone(_zone(found.zone))


def _hours_at(state: str) -> Hours:
    return state_hours().get(state) or federal()


def _hours(row: dict[str, int]) -> Hours:
    return Hours(row["begin"], row["end"], row.get("sunday_end", row["end"]))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
