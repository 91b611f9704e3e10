"""Labels and figures as people read them: numbers masked, services by their names, counts with a noun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msvc_toolkit.rules import addresses, error_codes

_NONE = {
    "number": "no sender yet",
    "messaging_service_sid": "no service",
    "kind": "no sender yet",
    "country": "unknown country",
    "area_code": "elsewhere",
    "error_code": "no error",
    "encoding": "unknown encoding",
    "price_unit": "no price yet",
}
_SID_SHOWN = 8
_NOUNS = {
    "number": ("sender", "senders"), "messaging_service_sid": ("service", "services"),
    "kind": ("kind of sender", "kinds of sender"), "country": ("country", "countries"), "error_code": ("error", "errors"),
    "character": ("character", "characters"), "area_code": ("area code", "area codes"),
}  # fmt: skip


def label(column: str, value: Any, names: Mapping[str, str] | None = None) -> str:
    """Return the label of a value of a column: its friendly name if it has one."""
    if value is None or value != value or value in ("", 0):  # noqa: PLR0124 - only NaN differs from itself
        return _NONE.get(column, "none") if column != "hour" else str(value)
    if names and str(value) in names:
        return addresses.mask_in(names[str(value)])
    if column == "error_code":
        known = error_codes.lookup(value)
        return f"{value} {known.meaning.rstrip('.')}" if known else str(value)
    if column == "number":
        return addresses.mask(str(value))
    if column == "messaging_service_sid":
        return f"{str(value)[:_SID_SHOWN]}…"
    return str(value)


def labels(column: str, values: Iterable[Any], names: Mapping[str, str] | None = None) -> list[str]:
    """Return the labels of several values of a column; labels that would look alike get a number."""
    given = list(values)
    unique = [*dict.fromkeys(given)]
    shown = dict(zip(unique, distinct(label(column, value, names) for value in unique), strict=True))
    return [shown[value] for value in given]


def distinct(words: Iterable[str]) -> list[str]:
    """Add a number to texts that are the same as an earlier one."""
    met, shown = Counter[str](), []
    for text in words:
        met[text] += 1
        shown.append(f"{text} ({met[text]})" if met[text] > 1 else text)
    return shown


def wrapped(words: str, room: float, width: Callable[[str], float] = len) -> list[str]:
    """Break a text into lines no wider than `room`; a word that is longer than a line is broken, too."""
    lines = [""]
    for word in words.split(" "):
        if lines[-1] and width(f"{lines[-1]} {word}") > room:
            lines.append("")
        line = f"{lines[-1]} {word}" if lines[-1] else word
        while width(line) > room and len(line) > 1:
            fits = [many for many in range(1, len(line)) if width(line[:many]) <= room]
            letters = fits[-1] if fits else 1
            lines[-1:] = [line[:letters], ""]
            line = line[letters:]
        lines[-1] = line
    return lines


def noun(column: str) -> str:
    """Name one value of a column, as in "by sender"."""
    return _NOUNS.get(column, (column, ""))[0]


def named(sentence: str, names: Mapping[str, str]) -> str:
    """Put friendly names for SIDs into a sentence, and mask its numbers."""
    for sid, name in names.items():
        sentence = sentence.replace(sid, name)
    return addresses.mask_in(sentence)


def count(number: float, noun: str) -> str:
    """Write how many there are of something."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share as percent, with more decimals near 0 and 100, where a tenth matters."""
    if share != share:  # noqa: PLR0124 - only NaN differs from itself
        return "no rate"
    near = min(share, 1 - share)
    return f"{100 * share:.{2 if 0 < near < 0.01 else 1}f} %"  # noqa: PLR2004 - a hundredth


def money(amount: float, unit: str) -> str:
    """Write an amount with its currency; small amounts get more decimals, because a text can cost less than a cent."""
    return f"{amount:,.2f} {unit}" if amount >= 1 else f"{amount:.4f} {unit}"


def span(seconds: float) -> str:
    """Write a duration as people say it."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def left_out(n: int, column: str, why: str = "with fewer messages") -> str:
    """Write how many rows a chart leaves out, what they are, and what they have in common; empty if there are none."""
    if not n:
        return ""
    one, several = _NOUNS.get(column, ("other", "others"))
    return f"{n:,} {one if n == 1 else several} {why} {'is' if n == 1 else 'are'} left out."
