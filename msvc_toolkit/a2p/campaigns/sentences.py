"""Sentences that a campaign's message flow lacks and that a click can insert, because they need no new facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from msvc_toolkit.a2p.linter import RULES, BrandIdentity, Campaign, Remark, examine
from msvc_toolkit.a2p.linter.limits import LENGTHS

Draft = TypeVar("Draft", bound=Campaign)
_RULES = {rule.id: rule for rule in RULES}
_FLOW = "MESSAGE_FLOW"


def missing(draft: Campaign, sender: BrandIdentity, remarks: Collection[Remark]) -> tuple[str, ...]:
    """Return the missing sentences that the remarks ask for.

    A sentence is used only if it removes its remark and changes no blocker: what the flow says about the opt-in
    itself is left to the writer.
    """
    named = {remark.rule for remark in remarks if _FLOW in remark.fields}
    blockers = _blockers(remarks)
    found = [
        sentence
        for rule, sentence in _sentences(draft, sender).items()
        if rule in named and _helps(rule, inserted(draft, [sentence]), sender, blockers)
    ]
    fits = len(inserted(draft, found).message_flow) <= LENGTHS["message_flow"][1]
    return tuple(found) if fits else ()


def inserted(draft: Draft, sentences: Collection[str]) -> Draft:
    """Return a campaign whose message flow ends with these sentences."""
    flow = draft.message_flow.strip()
    if flow and flow[-1] not in ".!?":
        flow += "."
    return replace(draft, message_flow=" ".join([flow, *sentences]).strip())


def _sentences(draft: Campaign, sender: BrandIdentity) -> dict[str, str]:
    """Return the sentences that can be written for a campaign, by the rule that asks for each."""
    known = {
        "flow.frequency": "Message frequency varies.",
        "flow.rates": "Message and data rates may apply.",
        "flow.stop": "Reply STOP to opt out.",
        "flow.help": "Reply HELP for help.",
    }
    if sender.name:
        known = {"flow.brand": f"The messages come from {sender.name.rstrip('.')}."} | known
    if draft.privacy_policy_url:
        known["flow.privacy"] = f"Privacy policy: {draft.privacy_policy_url}"
    if draft.terms_and_conditions_url:
        known["flow.terms"] = f"Terms: {draft.terms_and_conditions_url}"
    return known


def _helps(rule: str, better: Campaign, sender: BrandIdentity, blockers: Collection[tuple[str, ...]]) -> bool:
    left = _RULES[rule].remarks(better, sender) if rule in _RULES else ()
    return not left and _blockers(examine(better, sender)) == blockers


def _blockers(remarks: Collection[Remark]) -> set[tuple[str, ...]]:
    return {(remark.rule, *remark.fields, remark.sentence) for remark in remarks if remark.severity == "blocker"}
