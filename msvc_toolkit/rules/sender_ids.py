"""Where alphanumeric sender IDs may be used on a given day, and what happens to unregistered ones.

Source and gaps: alphanumeric.toml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from msvc_toolkit.rules.facts import table

Effect = Literal["blocked", "labelled", "asked"]
NOT_REGISTERED = 30040
"""The error code of a message that the carrier blocks for lack of a registration. Source: Twilio error dictionary, 30040, read 2026-11-23."""
NEXT = "Register the ID there in Twilio's Console, or send from a number."


@dataclass(frozen=True)
class SenderIdRule:
    """One country's rule on sender IDs that are not registered."""

    country: str  # ISO code
    # ``blocked``; ``labelled``: the recipient sees `shown` in its place; or ``asked``: a registration is asked for, and
    # what happens without it is not known
    effect: Effect
    since: date | None  # its first day; None when that is not known
    grade: str  # one of `facts.GRADES`
    shown: str = ""  # what the recipient sees in place of a labelled ID

    @property
    def sentence(self) -> str:
        """The rule in one sentence."""
        since = f" since {self.since}" if self.since else ""
        what = {
            "blocked": f"an unregistered one is blocked{since} ({NOT_REGISTERED})",
            "labelled": f"an unregistered one shows as {self.shown!r}{since}",
            "asked": f"it is not known what happens to an unregistered one{f'; the rule holds{since}' if since else ''}",
        }
        return f"{self.country}: an alphanumeric sender ID has to be registered there, and {what[self.effect]} ({_known_as(self.grade)})."


def rule(country: str | None, on: date) -> SenderIdRule | None:
    """Return a country's rule on a day; None if it asks for no registration, or takes no sender IDs at all."""
    begun = [entry for entry in _rules().get(country or "", ()) if entry.since is None or entry.since <= on]
    return begun[-1] if begun else None


def advice(country: str | None, on: date) -> str:
    """Return a country's present or coming rule and the next step, in one or two sentences; empty if it has no rule."""
    now = rule(country, on)
    coming = [entry for entry in _rules().get(country or "", ()) if entry.since is not None and entry.since > on]
    sentences = [now.sentence] if now else []
    if coming:
        first = coming[0]
        then = {"blocked": "is blocked", "labelled": f"shows as {first.shown!r}", "asked": "may be blocked"}[
            first.effect
        ]
        sentences.append(
            f"{first.country}: from {first.since} on, an unregistered ID {then} ({_known_as(first.grade)})."
        )
    return " ".join([*sentences, NEXT]) if sentences else ""


def asking(on: date) -> tuple[str, ...]:
    """Return the countries that ask for a registration on a day, by their ISO codes."""
    return tuple(sorted(country for country in _rules() if rule(country, on)))


@cache
def _rules() -> dict[str, tuple[SenderIdRule, ...]]:
    """Each country's rules, in the order in which they begin."""
    countries = table("rules/alphanumeric.toml")
    found: dict[str, list[SenderIdRule]] = {
        code: [SenderIdRule(code, "blocked", None, "ours")] for code in countries["registered"]
    }
    for entry in countries["rule"]:
        for code in entry["countries"]:
            made = SenderIdRule(code, entry["effect"], entry.get("since"), entry["grade"], entry.get("shown", ""))
            found.setdefault(code, []).append(made)
    return {code: tuple(sorted(rules, key=lambda r: r.since or date.min)) for code, rules in found.items()}


@cache
def alphanumeric_countries() -> frozenset[str]:
    """ISO codes of the countries where an alphanumeric sender ID may be used, registered first or not.

    Source and gaps: alphanumeric.toml.
    """
    countries = table("rules/alphanumeric.toml")
    return frozenset(countries["free"]) | frozenset(countries["registered"])


def _known_as(grade: str) -> str:
    """Return how a rule is known, in words for a reader."""
    return "our reading" if grade == "ours" else grade
