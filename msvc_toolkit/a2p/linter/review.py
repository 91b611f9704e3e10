"""All rules, and the function that applies them."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from msvc_toolkit.a2p.linter import (
    consent,
    description,
    domains,
    flags,
    flow,
    language,
    limits,
    links,
    policies,
    replies,
    samples,
    topics,
    usecase,
)
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Remark, Rule

_GROUPS = (
    limits, policies, usecase, flags, replies, samples, links, domains, flow, consent, description, topics, language,
)  # fmt: skip


def _rules(group: ModuleType) -> tuple[Rule, ...]:
    """Return the rules of a module, in the order they are written; the rules of topics are made from their table."""
    made: tuple[Rule, ...] = getattr(group, "RULES", ())
    return made or tuple(value for value in vars(group).values() if isinstance(value, Rule))


RULES = tuple(rule for group in _GROUPS for rule in _rules(group))
_ORDER = {"blocker": 0, "warning": 1, "advice": 2}
_NOBODY = BrandIdentity()


def examine(campaign: Campaign, sender: BrandIdentity = _NOBODY) -> tuple[Remark, ...]:
    """Return the remarks a reviewer would make on a campaign, blockers first.

    Args:
        campaign: The texts.
        sender: The brand; rules that need it are skipped when it is unknown.

    Returns:
        Remarks, the same in the same order for the same texts. Without a blocker the sandbox approves the campaign. Twilio's
        reviewers may still find what rules on texts cannot, such as a site that does not answer.
    """
    found = [remark for rule in RULES for remark in rule.remarks(campaign, sender)]
    return tuple(sorted(found, key=lambda remark: _ORDER[remark.severity]))


def cited(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return the remarks that a rejection names: the blockers, and the warnings that have a source other than our own reading.

    Args:
        remarks: What `examine` found; without a blocker there is no rejection, so nothing is returned.
    """
    found = tuple(remarks)
    named = tuple(r for r in found if r.severity == "blocker" or (r.severity == "warning" and r.grade != "?"))
    return named if any(r.severity == "blocker" for r in named) else ()
