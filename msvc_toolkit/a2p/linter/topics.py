"""Topics that carriers never allow, with or without consent.

A clear phrase (“payday loan”) is a blocker, and so is an offered thing (“rifles in stock”); a word that
may only be mentioned (“casino” in an address) is a warning.  A denied topic (“we never write about gambling”) is neither.
"""

from __future__ import annotations

from collections.abc import Callable

from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, Rule, rule
from msvc_toolkit.a2p.linter.words import said, table

CLOSED = frozenset({30882, 30883, 30884, 30885, 30897, 30949, 30951, 30952, 30954})
"""Codes of content that is not allowed at all. Source: as in rules/error_codes.toml (read 2026-11-23)."""
TEXTS = ("description", "message_flow", "message_samples", "opt_in_message")
_OTHER_CHANNEL = "A2P 10DLC does not allow this content; use another channel, or remove it if it means something else."

_IF_MEANT = "If this is what you offer, A2P 10DLC does not allow it; if it means something else, use another word."

_BLOCKING, _DOUBTFUL = ("phrases", "offered"), ("words", "things")


def _finder(topic: str, *, blocking: bool) -> Callable[[Campaign, BrandIdentity], Findings]:
    row = table()["topics"][topic]

    def hint(lists: tuple[str, ...], text: str) -> str | None:
        known = (name for name in lists if name in row or (name == "offered" and "things" in row))
        return next(filter(None, (said(f"topics.{topic}", name, text) for name in known)), None)

    def find(campaign: Campaign, sender: BrandIdentity) -> Findings:  # noqa: ARG001 - every rule has the same arguments
        if campaign.us_app_to_person_usecase in row.get("open_to", ()):
            return
        for name, text in campaign.texts(*TEXTS):
            offered = hint(_BLOCKING, text)
            if found := offered if blocking else None if offered else hint(_DOUBTFUL, text):
                yield name, f"The text mentions {row['named']} ({found[:40]!r})."

    find.__doc__ = f"No text {'is' if blocking else 'has a word'} about {row['named']}."
    return find


def _rules() -> tuple[Rule, ...]:
    made = []
    for topic, row in table()["topics"].items():
        grade, code = row["grade"], row["code"]
        if "phrases" in row:
            made.append(
                rule(f"topics.{topic}", code, "blocker", _OTHER_CHANNEL, grade=grade)(_finder(topic, blocking=True))
            )
        if "words" in row:
            made.append(
                rule(f"topics.{topic}_word", code, "warning", _IF_MEANT, grade=grade)(_finder(topic, blocking=False))
            )
    return tuple(made)


RULES: tuple[Rule, ...] = _rules()
