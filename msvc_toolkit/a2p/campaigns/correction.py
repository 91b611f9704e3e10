"""Corrections to a campaign's texts that need no new facts: they change form, never content.

Only the sender knows how people agree, what is sent and what a policy says; remarks on these are not corrected here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

from msvc_toolkit.a2p.campaigns.labels import FIELDS
from msvc_toolkit.a2p.linter import BrandIdentity, Campaign, reading
from msvc_toolkit.a2p.linter.limits import KEYWORDS, LENGTHS, SAMPLE_LENGTH, SAMPLES
from msvc_toolkit.a2p.linter.replies import LEGAL_WORDS
from msvc_toolkit.a2p.linter.usecase import USECASES
from msvc_toolkit.a2p.linter.words import holds

Draft = TypeVar("Draft", bound=Campaign)
STOP_LINE = "Reply STOP to opt out."
_TEXTS = tuple(
    "description message_flow opt_in_message opt_out_message help_message privacy_policy_url "
    "terms_and_conditions_url opt_in_image_url".split()
)
_OTHER_BRACKETS = re.compile(r"\{\{?\s*([\w .-]{1,40}?)\s*\}?\}|%([A-Za-z]\w{1,30})%|\$\{(\w{1,40})\}")
_SPACES = re.compile(r"[ \t\u00a0]+")
_NO_KEYWORD = re.compile(r"[^A-Za-z0-9]+")


def correct(draft: Draft, sender: BrandIdentity, kept: Collection[str] = ()) -> tuple[Draft, list[str]]:
    """Return a corrected draft, and a sentence for each change; the fields in `kept` stay as they are."""
    steps: tuple[Callable[[Draft, BrandIdentity], tuple[Draft, list[str]]], ...] = (
        _spaces,
        _https,
        _brackets,
        _brand_first,
        _stop_line,
        _image,
        _flags,
        _keywords,
        _replies,
    )
    changes: list[str] = []
    for step in steps:
        better, notes = step(draft, sender)
        better = replace(better, **{name: getattr(draft, name) for name in kept})
        if better != draft:
            draft, changes = better, changes + notes
    return draft, changes


def _spaces(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    changed: dict[str, Any] = {name: _SPACES.sub(" ", getattr(draft, name)).strip() for name in _TEXTS}
    kept = tuple(text for text in (_SPACES.sub(" ", sample).strip() for sample in draft.message_samples) if text)
    case = re.sub(r"[\s-]+", "_", draft.us_app_to_person_usecase.strip()).upper()
    case = case if case in USECASES else draft.us_app_to_person_usecase
    better = replace(draft, **changed, message_samples=kept[: SAMPLES[1]], us_app_to_person_usecase=case)
    notes = ["Extra spaces and empty samples are removed."] if better != _listed(draft) else []
    if len(kept) > SAMPLES[1]:
        notes.append(f"Only the first {SAMPLES[1]} of {len(kept)} samples are used.")
    return better, notes


def _listed(draft: Draft) -> Draft:
    return replace(draft, message_samples=tuple(draft.message_samples))


def _https(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    better = _in_texts(draft, lambda text: re.sub(r"\bhttp://", "https://", text, flags=re.IGNORECASE))
    for name in ("privacy_policy_url", "terms_and_conditions_url", "opt_in_image_url"):
        url = getattr(better, name)
        link = next(reading.links(url), None)
        if link is not None and not link.scheme and link.text == url:
            better = _with(better, name, f"https://{url}")
    return better, ["Links begin with https:// now. Check that they open."] if better != draft else []


def _brackets(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    def bracketed(sample: str) -> str:
        return _OTHER_BRACKETS.sub(
            lambda found: f"[{next(part for part in found.groups() if part is not None)}]", sample
        )

    samples = tuple(bracketed(sample) for sample in draft.message_samples)
    if samples == draft.message_samples:
        return draft, []
    return replace(draft, message_samples=samples), ["Variables in samples are in [brackets]."]


def _brand_first(draft: Draft, sender: BrandIdentity) -> tuple[Draft, list[str]]:
    if not sender.name:
        return draft, []
    samples = tuple(
        text if reading.names(sender.name, text) else _fitting(f"{sender.name}: {text}", text)
        for text in draft.message_samples
    )
    if samples == draft.message_samples:
        return draft, []
    return replace(draft, message_samples=samples), [f"Samples begin with {sender.name.rstrip('.')}."]


def _stop_line(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    samples = draft.message_samples
    if not samples or draft.us_app_to_person_usecase == "2FA" or any(holds("flow", "stop", text) for text in samples):
        return draft, []
    first = _fitting(f"{samples[0]} {STOP_LINE}", samples[0])
    if first == samples[0]:
        return draft, []
    return replace(draft, message_samples=(first, *samples[1:])), [f"The first sample ends with “{STOP_LINE}”"]


def with_picture(draft: Draft) -> Draft:
    """Name the opt-in image in the message flow, because the API has no field for it."""
    address = draft.opt_in_image_url.strip()
    flow = f"{draft.message_flow} The opt-in is shown at {address}".strip()
    known = not draft.message_flow.strip() or address in draft.message_flow
    if known or next(reading.links(address), None) is None or len(flow) > LENGTHS["message_flow"][1]:
        return draft
    return _with(draft, "message_flow", flow)


def _image(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    return with_picture(draft), ["The message flow ends with the address of the opt-in image."]


def _flags(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    links = any(map(reading.has_link, draft.message_samples))
    phone = (
        any(map(reading.has_phone, draft.message_samples))
        if draft.has_embedded_phone
        else any(map(reading.phone_in, draft.message_samples))
    )
    better = replace(draft, has_embedded_links=links, has_embedded_phone=phone)
    return better, ["The flags for links and phone numbers match the samples."] if better != draft else []


def _keywords(draft: Draft, _: BrandIdentity) -> tuple[Draft, list[str]]:
    changed: dict[str, Any] = {}
    for name in KEYWORDS:
        found = (_NO_KEYWORD.sub("", word).upper() for word in getattr(draft, name))
        kept = list(dict.fromkeys(word for word in found if word))
        if kept and name == "opt_out_keywords":
            wanted = ("STOP",) if "STOPALL" in kept else LEGAL_WORDS  # a list with STOPALL is Twilio's own
            kept += [word for word in wanted if word not in kept]
        if kept and name == "help_keywords" and "HELP" not in kept:
            kept.append("HELP")
        changed[name] = tuple(kept)
    better = replace(draft, **changed)
    same = all(tuple(getattr(draft, name)) == changed[name] for name in KEYWORDS)
    return better, [] if same else ["Keywords are single words in capitals, and the lists have STOP and HELP."]


def _replies(draft: Draft, sender: BrandIdentity) -> tuple[Draft, list[str]]:
    """Write the replies that are required and missing; existing replies stay as they are."""
    before = f"{sender.name}: " if sender.name else ""
    contact = sender.email or sender.website
    texts = {
        "opt_in": f"{before}you have joined our messages. Message frequency varies. Message and data rates may apply. "
        "Reply HELP for help, STOP to opt out.",
        "opt_out": f"{before}you are opted out and will receive no more messages.",
        "help": f"{before}for help go to {contact}. {STOP_LINE}" if contact else "",
    }
    better, notes = draft, []
    for kind, text in texts.items():
        name = f"{kind}_message"
        wanted = getattr(draft, f"{kind}_keywords") and not getattr(draft, name)
        least, most = LENGTHS[name]
        if wanted and sender.name and least <= len(text) <= most:
            better = _with(better, name, text)
            notes.append(f"{FIELDS[name]} is written.")
    return better, notes


def _in_texts(draft: Draft, change: Callable[[str], str]) -> Draft:
    changed: dict[str, Any] = {name: change(getattr(draft, name)) for name in _TEXTS}
    return replace(draft, **changed, message_samples=tuple(change(sample) for sample in draft.message_samples))


def _with(draft: Draft, name: str, text: str) -> Draft:
    changed: dict[str, Any] = {name: text}
    return replace(draft, **changed)


def _fitting(wanted: str, otherwise: str) -> str:
    return wanted if len(wanted) <= SAMPLE_LENGTH[1] else otherwise
