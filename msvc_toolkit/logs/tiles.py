"""The figures of a window at a glance, each beside the same figure of the period before, of equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.labels import money, percent
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.money import CHARGED
from msvc_toolkit.logs.measures.rates import ENDED, SMALL, clear, ends, rates, settled
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules.rates import fee_range

UNCLEAR = "No clear change"
_Sides = tuple[dict[str, Any], dict[str, Any]]
"""A figure now and before."""
_NO_CHANGE = 0.005
"""A count that changed by less than this share is shown as unchanged."""
_SEVERAL_TIMES, _MANY_TIMES = 2, 10
"""A count that grew to this many times is written as "2.4 times", and from the second value on without decimals, as "23 times"."""


@dataclass(frozen=True)
class Tile:
    """One figure: its label, its interval or share, its change, and whether the change is clearly for the worse."""

    label: str
    figure: str
    beside: str = ""
    change: str = ""
    before: str = ""
    worse: bool = False


@dataclass(frozen=True)
class Tiles:
    """The figures of a log, and in words what they are compared with."""

    tiles: Sequence[Tile]
    compared: str

    @property
    def html(self) -> cards.Html:
        """The figures beside each other."""
        drawn = cards.text(cards.join(map(_draw, self.tiles)), "div", "msvc-tiles")
        return cards.block(drawn, cards.text(self.compared, css="msvc-small"))

    @property
    def table(self) -> cards.Html:
        """The figures as a table."""
        rows = [(one.label, f"{one.figure} {one.beside}".strip(), one.change, one.before) for one in self.tiles]
        return cards.table(["", "In this period", "Change", "Before"], rows) + cards.text(self.compared)


def tiles(log: Log, zone: str = "UTC") -> Tiles:
    """Return the figures of a log or a selection of it, compared with the period before where the log has it."""
    window, now = _earlier(log), _figures(log)
    then = None if window is None else _figures(log.whole.select(log.pick.senders, *window, log.pick.services))
    if window is None or then is None:
        compared = "Nothing to compare with: the log has no earlier period that is as long."
    else:
        since, until = (one.replace(tzinfo=UTC).astimezone(read_zone(zone)) for one in window)
        compared = f"Compared with {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} {zone}, the period before."
    return Tiles([make(now, then) for make in (_sent, _delivered, _lost, _spend, _stops)], compared)


def _earlier(log: Log) -> tuple[datetime, datetime] | None:
    """Return the period before a log's window, naive UTC, if all of it is in the log.

    Where the log ends within the window, the period before ends at the same hour.
    """
    begin, known = log.pick.since, log.whole.certificate
    if begin is None or known.since is None or known.until is None:
        return None
    whole = [one.astimezone(UTC).replace(tzinfo=None) for one in (known.since, known.until)]
    until = log.pick.until or whole[1]
    width = until - begin
    earlier = begin - width, min(until, whole[1]) - width
    return earlier if whole[0] <= earlier[0] < earlier[1] else None


def _figures(log: Log) -> dict[str, Any]:
    """Add up what the tiles show, in one question."""
    lost = " OR ".join(map(ends, ("failed", "unknown", "other")))
    sums = {**ENDED, "price_e5": "sum(price_e5)", "stops": "sum(stops)", "charged": CHARGED}
    sums["lost_e5"] = f"coalesce(sum(price_e5) FILTER ({lost}), 0)"
    parts = log.add_up(["direction", "price_unit"], sums).to_dict("records")
    out = [part for part in parts if part["direction"] != "inbound"]
    counts = {name: np.array([sum(part[name] for part in out)]) for name in ENDED}
    stops = np.array([sum(part["stops"] for part in parts if part["direction"] == "inbound")])
    asked = np.array([sum(part["delivered"] for part in out if part["direction"] != "outbound-reply")])
    units = sorted({part["price_unit"] for part in out} - {""})
    costs, in_vain = (
        {unit: sum(part[name] for part in out if part["price_unit"] == unit) / 1e5 for unit in units}
        for name in ("price_e5", "lost_e5")
    )
    left = {"n": stops, **rates(stops, asked), "small": asked < SMALL, "immature": np.array([False])}
    whole, opted_out = ({name: one[0] for name, one in of.items()} for of in ({**counts, **settled(counts)}, left))
    return {
        **whole,
        "costs": {unit: cost for unit, cost in costs.items() if cost},
        "in_vain": {unit: cost for unit, cost in in_vain.items() if cost},
        "stops": opted_out,
        "charged": sum(part["charged"] for part in parts),
    }


def _sent(now: dict[str, Any], then: dict[str, Any] | None) -> Tile:
    change, before = ("", "") if then is None else (_relative(now["n"], then["n"]), f"from {then['n']:,.0f}")
    return Tile("Messages sent", f"{now['n']:,.0f}", "", change, before)


def _delivered(now: dict[str, Any], then: dict[str, Any] | None) -> Tile:
    beside = f"{100 * now['low']:.1f} to {100 * now['high']:.1f} %" if now["settled"] else ""
    shown = "Delivered", percent(now["rate"]), beside
    if then is None or not (now["settled"] and then["settled"]):
        return Tile(*shown)
    points = 100 * (now["rate"] - then["rate"])
    change = f"{_arrow(points)} {abs(points):.1f} points"
    return _judged(shown, (now, then), change, percent(then["rate"]), worse=points < 0)


def _lost(now: dict[str, Any], then: dict[str, Any] | None) -> Tile:
    lost = now["settled"] - now["delivered"]
    cost = " + ".join(money(cost, unit) for unit, cost in now["in_vain"].items())
    share = [percent(1 - now["rate"])] if now["settled"] else []
    shown = "Not delivered", f"{lost:,.0f}", "; ".join([*share, *([f"Twilio charged {cost} for them"] if cost else [])])
    if then is None or not (now["settled"] and then["settled"]):
        return Tile(*shown)
    earlier = then["settled"] - then["delivered"]
    worse = now["rate"] < then["rate"]
    as_said = (lost > earlier) if worse else (lost < earlier)
    change, judged = _relative(lost, earlier), worse if as_said else None
    return _judged(shown, (now, then), change, f"{earlier:,.0f}", worse=judged)


def _spend(now: dict[str, Any], then: dict[str, Any] | None) -> Tile:
    costs = now["costs"]
    figure = " + ".join(money(cost, unit) for unit, cost in costs.items()) or "no price yet"
    one = [*costs.items()] if len(costs) == 1 else []
    each = f"{money(one[0][1] / now['n'], one[0][0])} per message" if one and now["n"] else ""
    if now["charged"]:
        low, high = (money(now["charged"] * fee, "USD") for fee in fee_range())
        each += f"{'; ' if each else ''}plus carrier fees, about {low} to {high}"
    if then is None or not one or [*then["costs"]] != [*costs]:
        return Tile("Spend", figure, each)
    (unit, cost), earlier = one[0], then["costs"][one[0][0]]
    return Tile("Spend", figure, each, _relative(cost, earlier), f"from {money(earlier, unit)}")


def _stops(now: dict[str, Any], then: dict[str, Any] | None) -> Tile:
    left, rate = now["stops"], now["stops"]["rate"]
    beside = f"{percent(rate)} of delivered" if rate <= 1 else ""  # nothing delivered, or most of it before this period
    shown = "Opt-outs", f"{left['n']:,}", beside
    if then is None:
        return Tile(*shown)
    earlier = then["stops"]
    worse, change = rate > earlier["rate"], _relative(left["n"], earlier["n"])
    return _judged(shown, (left, earlier), change, f"{earlier['n']:,}", worse=worse)


def _judged(shown: tuple[str, str, str], sides: _Sides, change: str, was: str, *, worse: bool | None) -> Tile:
    """Make the tile of a rate: red only when it is clearly worse."""
    if not clear(*sides):
        now, then = sides
        apart = now["low"] > then["high"] or now["high"] < then["low"]
        why = "; too few messages to tell" if now["small"] or then["small"] else "; too many are in flight to tell"
        return Tile(*shown, UNCLEAR, f"{was} before{why if apart else ''}")
    before = f"{was} before" if worse is None else f"{'worse' if worse else 'better'} than {was}"
    return Tile(*shown, change, before, bool(worse))


def _relative(now: float, then: float) -> str:
    """Write how a count changed."""
    if not then or abs(now / then - 1) < _NO_CHANGE:
        return "No change" if now == then or then else ""
    times = now / then
    if times < _SEVERAL_TIMES:
        return f"{_arrow(times - 1)} {100 * abs(times - 1):.0f} %"
    return f"{_arrow(times - 1)} {times:.{0 if times >= _MANY_TIMES else 1}f} times"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼"


def _draw(tile: Tile) -> cards.Html:
    beside = cards.text(tile.beside, "small") if tile.beside else ""
    figure = cards.Html("<p><b>{}</b> {}</p>").format(tile.figure, beside)
    change = cards.text(tile.change, css="msvc-change msvc-worse" if tile.worse else "msvc-change")
    before = [change] * bool(tile.change) + [cards.text(tile.before)] * bool(tile.before)
    return cards.text(cards.join([cards.text(tile.label), figure, *before]), "div", "msvc-tile")
