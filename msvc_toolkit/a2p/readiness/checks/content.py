"""Checks C4 to C8, T1 to T7 and L6: the texts that reviewers read, checked by the rules of the campaign linter.

The texts of a verified campaign were approved, so a fault in them stops no traffic until the campaign is
submitted again. For such a campaign a blocker is only a warning, here and in the campaign's form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from msvc_toolkit.a2p.campaigns.model import RegisteredCampaign
from msvc_toolkit.a2p.linter import BrandIdentity, Remark, examine
from msvc_toolkit.a2p.linter import Campaign as Texts
from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness.checks.campaign import idle, real_campaigns, sender_of
from msvc_toolkit.a2p.readiness.facts import Facts, part
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.result import Check, Examine, Found
from msvc_toolkit.a2p.readiness.thresholds import Thresholds

GROUPS: dict[str, tuple[str, ...]] = {
    "C4": ("limits",),
    "C5": ("policies",),
    "C6": ("usecase",),
    "C7": ("flags",),
    "C8": ("replies",),
    "T1": ("samples.brand", "samples.brand_everywhere"),
    "T2": ("samples",),
    "T3": ("links",),
    "T4": ("domains",),
    "T5": ("flow",),
    "T6": ("consent",),
    "T7": ("topics", "language", "description"),
}
"""The linter's rules or groups of rules behind each check; an entry for a single rule overrides its group's."""
AS_SENT = tuple(
    "flags.links_unsaid flags.phone_unsaid links.shortener links.insecure usecase.promotion "
    "usecase.persuasion samples.brand".split()
)
"""Rules for samples that apply to sent texts too."""


def check_of(rule: str) -> str:
    """Return the check a rule of the linter belongs to."""
    group = rule.partition(".")[0]
    for wanted in (rule, group):
        for check, names in GROUPS.items():
            if wanted in names:
                return check
    raise LookupError(rule)


@lru_cache(maxsize=4096)
def _remarks(texts: Texts, sender: BrandIdentity) -> tuple[Remark, ...]:
    return examine(texts, sender)


def _grouped(remarks: Iterable[Remark]) -> Iterator[tuple[Remark, str]]:
    """Combine equal remarks on several fields."""
    groups: dict[tuple[str, str], list[Remark]] = {}
    for remark in remarks:
        groups.setdefault((remark.rule, remark.sentence), []).append(remark)
    for alike in groups.values():
        yield alike[0], ", ".join(field.lower().replace("_", " ") for remark in alike for field in remark.fields)


def _by(check: str) -> Examine:
    """Make the function that reports what the linter's rules of one check say about a campaign."""

    def look(campaign: RegisteredCampaign, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
        name = facts.service_by_sid[campaign.service_sid].label
        if check == "C5" and not campaign.urls_visible:
            yield NotExamined(f"The policy addresses of {name} are not visible: Twilio's answer left both fields out.")
            return
        for remark, fields in _grouped(_remarks(campaign.draft, sender_of(campaign, facts))):
            if check_of(remark.rule) == check:
                yield Found(
                    f"{name}, {fields}: {remark.sentence}",
                    code=remark.code,
                    remedy=remark.remedy,
                    severity=campaign.weighed(remark).severity,
                    takes=_NEW if campaign.verified else "",
                    idle=idle(campaign, facts),
                )

    return look


def _usecase(campaign: RegisteredCampaign, facts: Facts, settings: Thresholds) -> Iterator[Found | NotExamined]:
    name, usecase = facts.service_by_sid[campaign.service_sid].label, campaign.draft.us_app_to_person_usecase
    offered = part(facts.usecases, campaign.brand_registration_sid)
    if campaign.is_externally_registered:
        pass  # its brand belongs to another provider
    elif isinstance(offered, NotExamined):
        yield NotExamined(f"The use cases offered to the brand of {name}: {offered.why}", (campaign.service_sid,))
    elif usecase not in offered:
        offers = ", ".join(sorted(offered)) or "none at all, so something is wrong with the brand"
        yield Found(
            f"{name} is registered as {usecase}, but Twilio offers its brand {offers}.",
            code=30900,
            severity="warning" if campaign.verified else "blocker",
            idle=idle(campaign, facts),
            remedy="Register a new campaign under a use case that is offered to the brand.",
        )
    yield from _by("C6")(campaign, facts, settings)


def _as_sent(campaign: RegisteredCampaign, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    """Apply the rules for samples to the texts that the service sent."""
    name = facts.service_by_sid[campaign.service_sid].label
    texts = facts.traffic if isinstance(facts.traffic, NotExamined) else facts.traffic.texts
    if isinstance(texts, NotExamined):
        yield NotExamined(f"The texts of {name}: {texts.why}")
        return
    bodies = tuple(dict.fromkeys(text.body for text in texts if text.service_sid == campaign.service_sid))
    if not bodies:
        return
    for remark in _remarks(replace(campaign.draft, message_samples=bodies), sender_of(campaign, facts)):
        if remark.rule in AS_SENT and any("SAMPLES" in field or field.startswith("HAS_") for field in remark.fields):
            sentence = remark.sentence.replace("sample", "text").replace("Sample", "Text")
            severity: Severity = "advice" if remark.severity == "advice" else "warning"
            yield Found(f"Texts that {name} sent do not fit its campaign. {sentence}", code=30620, severity=severity)


_NONE = "There is no campaign except mocks."
_NEW = "2-15 working days for a new campaign, because a verified one cannot be corrected (sources differ)"
_WHEN = "2-15 working days after it is submitted again (sources differ)"


def _content(
    id_: str,
    title: str,
    severity: Severity,
    source: str,
    grade: str,
    examine_: Examine | None = None,
    needs: tuple[str, ...] = (),
) -> Check:
    return Check(
        id_,
        title,
        ("services", "campaigns", *needs),
        real_campaigns,
        _NONE,
        examine_ or _by(id_),
        severity,
        "Change the text as the finding says, then submit the campaign again.",
        f"{source}; read 2026-11-23",
        grade,  # type: ignore[arg-type]
        takes=_WHEN,
    )


CHECKS = (
    _content("C4", "A campaign's texts have the right lengths and number", "blocker",
             "Messaging specification, Usa2p; error page 21728", "P"),
    _content("C5", "A campaign names its privacy policy and its terms", "blocker",
             "Error pages 30933, 30934 and 30908; the date of the duty through a digest", "Q"),
    _content("C6", "The use case is offered to the brand and fits the samples", "blocker",
             "Messaging specification, Usecases; error pages 30900, 30893 and 30538", "P", _usecase, ("usecases",)),
    _content("C7", "The flags say what the samples show", "warning", "Error pages 30889, 30895 and 30888", "P"),
    _content("C8", "Keywords and replies are complete", "warning", "Messaging specification, Usa2p; error pages 30887, 30890", "P"),
    _content("T1", "The samples name the brand", "warning", "Error page 30893; approval requirements through a digest", "Q"),
    _content("T2", "The samples show how to stop and read like real messages", "warning",
             "Error page 30893; approval requirements through a digest", "Q"),
    _content("T3", "Links are secure, complete, and not on a public shortener", "blocker", "Error pages 30892 and 30964", "P"),
    _content("T4", "Links and mail addresses belong to the brand", "warning", "Error pages 30907, 30927 and 30881", "P"),
    _content("T5", "The message flow says in full how people agree", "blocker",
             "Error pages 30909, 30917, 30921 and 30924", "P"),
    _content("T6", "Consent is free, separate and not shared", "warning", "Error pages 30913, 30923, 30925 and 30932", "P"),
    _content("T7", "The texts are in English, clear, and not about anything forbidden", "warning",
             "Error pages 30883, 30886, 30897 and 30910", "P"),
)  # fmt: skip
SENT = Check(
    "L6", "What is sent fits what was registered", ("services", "campaigns", "traffic"), real_campaigns, _NONE, _as_sent,
    "warning", "Align the texts with the campaign, or register another campaign for them.",
    "Error pages 30620 and 30990; read 2026-11-23", "P", takes="minutes; a new campaign takes days",
)  # fmt: skip
