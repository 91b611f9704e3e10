"""Topics that carriers never allow, with or without consent.

A phrase without doubt (“payday loan”) is a blocker; a word that is often meant otherwise (“casino” in an address) is
a warning to check.  What is denied (“we never write about gambling”) counts as neither.
"""

from __future__ import annotations

from collections.abc import Callable

from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, Rule, rule
from msvc_toolkit.a2p.linter.words import said, table

TEXTS = ("description", "message_flow", "message_samples", "opt_in_message")
_OTHER_CHANNEL = "A2P 10DLC does not allow this content; use another channel, or remove it if it means something else."


def _finder(topic: str, strength: str) -> Callable[[Campaign, BrandIdentity], Findings]:
    named = table()["topics"][topic]["named"]

    def find(campaign: Campaign, sender: BrandIdentity) -> Findings:  # noqa: ARG001 - every rule has the same arguments
        excused = campaign.us_app_to_person_usecase in table()["topics"][topic].get("open_to", ())
        for name, text in campaign.texts(*TEXTS):
            hint = said(f"topics.{topic}", strength, text)
            if hint and not excused:
                yield name, f"It mentions {named} ({hint[:40]!r})."

    find.__doc__ = f"Nothing is about {named}" + ("." if strength == "phrases" else ", even by a word.")
    return find


def _rules() -> tuple[Rule, ...]:
    made = []
    for topic, row in table()["topics"].items():
        grade, code = row["grade"], row["code"]
        if "phrases" in row:
            made.append(
                rule(f"topics.{topic}", code, "blocker", _OTHER_CHANNEL, grade=grade)(_finder(topic, "phrases"))
            )
        if "words" in row:
            made.append(
                rule(f"topics.{topic}_word", code, "warning", _OTHER_CHANNEL, grade=grade)(_finder(topic, "words"))
            )
    return tuple(made)


RULES: tuple[Rule, ...] = _rules()
