"""A campaign before and after it is registered, the brands it can belong to, and what it costs.

Source: Usa2p and BrandRegistrations resources, twilio_messaging_v1 specification (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from msvc_toolkit.a2p.campaigns.correction import correct
from msvc_toolkit.a2p.linter import BrandIdentity, Campaign, Remark, elements, examine
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.rules import rates

NOBODY = BrandIdentity()
POLICIES = ("privacy_policy_url", "terms_and_conditions_url")
Parsed = TypeVar("Parsed")
LISTS = ("message_samples", "opt_in_keywords", "opt_out_keywords", "help_keywords")
FLAGS = ("has_embedded_links", "has_embedded_phone", "subscriber_opt_in", "age_gated", "direct_lending")
UPDATABLE = tuple(
    "has_embedded_links has_embedded_phone message_samples message_flow description age_gated direct_lending "
    "privacy_policy_url terms_and_conditions_url".split()
)
"""The fields that an update sends."""
KEPT = tuple(
    "us_app_to_person_usecase opt_in_keywords opt_in_message opt_out_keywords opt_out_message help_keywords "
    "help_message".split()
)
"""The fields that no update can change."""
CONSOLE_ONLY = ("opt_in_image_url",)
"""Fields without an API parameter, which only the Console can submit. Source: twilio 9 (Python), UsAppToPersonList.create
(read 2026-11-30)."""
FINAL = frozenset({"VERIFIED", "FAILED", "SUSPENDED"})

VETTING_FEE = "$15"
MONTHLY_FEES = {
    **dict.fromkeys(
        tuple(
            "2FA ACCOUNT_NOTIFICATION CUSTOMER_CARE DELIVERY_NOTIFICATION FRAUD_ALERT SECURITY_ALERT "
            "HIGHER_EDUCATION POLLING_VOTING PUBLIC_SERVICE_ANNOUNCEMENT MARKETING MIXED".split()
        ),
        ("$10", "Q/T"),
    ),
    "LOW_VOLUME": ("$1.50", "Q/T"),
    "SOLE_PROPRIETOR": ("$2", "Q/T"),
    "CHARITY": ("$3", "T"),
    "EMERGENCY": ("$5", "T"),
}
"""US dollars a month by use case, with the grade of the source: third parties' readings of Twilio's price pages of 2026-09
and 2026-10. Prices move, and for the other cases none could be read."""


@dataclass(frozen=True, kw_only=True)
class CampaignDraft(Campaign):
    """A campaign to be registered; it can list what a reviewer would say about it.

    The fields are those of Twilio's Usa2p resource; `msvc_toolkit.a2p.linter.Campaign` describes each.

    Example:
        >>> import msvc_toolkit as msvc
        >>> draft = msvc.CampaignDraft(us_app_to_person_usecase="MARKETING", description="Offers: http://bit.ly/x")
        >>> sorted({problem.field for problem in draft.problems() if problem.blocks})[:2]
        ['description', 'message_flow']
    """

    def remarks(self, sender: BrandIdentity = NOBODY) -> tuple[Remark, ...]:
        """Return what a reviewer would say, blockers first.

        Args:
            sender: The brand; rules that need it are skipped if it is not known.
        """
        return examine(self, sender)

    def elements(self, sender: BrandIdentity = NOBODY) -> dict[str, str]:
        """Return each element that a message flow needs, with the words the rules found for it; empty if they found none.

        Check the words: where a rule accepted wrong ones, it makes no remark.

        Args:
            sender: The brand; its name is left out if it is not known.

        Example:
            >>> import msvc_toolkit as msvc
            >>> draft = msvc.CampaignDraft(message_flow="Guests may tick an empty box at https://inn.example/book. Up to 4 msgs/mo.")
            >>> draft.elements()["frequency"], draft.elements()["HELP"]
            ('Up to 4 msgs/mo.', '')
        """
        return elements(self, sender)

    def problems(self, sender: BrandIdentity = NOBODY) -> list[Problem]:
        """Return what will be refused, and warnings of what may be; advice is in `remarks`.

        Args:
            sender: The brand.
        """
        if wrong := self._type_problems():
            return wrong
        return [
            Problem(field.lower(), line_of(remark), blocks=remark.severity == "blocker")
            for remark in self.remarks(sender)
            for field in remark.fields
            if remark.severity != "advice"
        ]

    def corrected(self, sender: BrandIdentity = NOBODY, *, kept: Collection[str] = ()) -> Correction:
        """Return a draft with every correction that needs no new facts, and the changes.

        Args:
            sender: The brand; its name is put first if it is missing.
            kept: Fields that stay as they are; `KEPT` for a registered campaign.
        """
        better, changes = correct(self, sender, kept)
        return Correction(better, tuple(changes))

    def check_types(self) -> None:
        """Raise InvalidInput for values of a wrong type."""
        if wrong := self._type_problems():
            raise InvalidInput(wrong)

    def _type_problems(self) -> list[Problem]:
        """Return a problem for each value of a wrong type, which the rules could not read."""
        found = []
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if name in FLAGS and not isinstance(value, bool):
                found.append(Problem(name, f"{name} must be True or False, not {type(value).__name__}."))
            elif name in LISTS and not _texts(value):
                found.append(Problem(name, f"Give {name} as a list of texts."))
            elif name not in FLAGS + LISTS and not isinstance(value, str):
                found.append(Problem(name, f"Give {name} as text in quotes, not as {type(value).__name__}."))
        return found

    @property
    def filed(self) -> CampaignDraft:
        """The draft as the API takes it, without the opt-in image, for which only the Console has a field."""
        return replace(self, opt_in_image_url="")

    def params(self) -> dict[str, Any]:
        """Return what is sent, by the SDK's names; empty texts and lists are left to Twilio."""
        chosen = {field.name: getattr(self.filed, field.name) for field in fields(self)}
        sent = {name: list(value) if name in LISTS else value for name, value in chosen.items()}
        return {name: value for name, value in sent.items() if name in FLAGS or value}


@dataclass(frozen=True)
class Correction:
    """A corrected draft.

    Args:
        draft: The draft as it could be submitted.
        changes: A sentence for each change; empty if there was none.
    """

    draft: CampaignDraft
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Usecase:
    """A use case that a brand may pick.

    Args:
        code: Its name in the API.
        name: Its name in plain words.
        description: What it is for.
        special: Whether carriers must approve it too.
    """

    code: str
    name: str
    description: str
    special: bool


@dataclass(frozen=True)
class Rejection:
    """One entry of an ``errors[]`` list.

    Args:
        code: Twilio's error code, None when the entry has none.
        fields: The fields it names, such as MESSAGE_FLOW.
        description: Twilio's own words.
    """

    code: int | None
    fields: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Brand:
    """A brand registration. The fields are Twilio's, except `sender`.

    Args:
        sid: BN and 32 digits.
        mock: Whether it is a test brand, which can carry no traffic.
        sender: The business behind it, as far as the account shows it.
    """

    sid: str
    brand_type: str = ""
    status: str = ""
    identity_status: str = ""
    brand_score: int | None = None
    errors: tuple[Rejection, ...] = ()
    russell_3000: bool = False
    skip_automatic_sec_vet: bool = False
    mock: bool = False
    customer_profile_bundle_sid: str = ""
    a2p_profile_bundle_sid: str = ""
    date_created: datetime | None = None
    date_updated: datetime | None = None
    sender: BrandIdentity = NOBODY

    @property
    def usable(self) -> bool:
        """Whether campaigns can be registered for it."""
        return self.status == "APPROVED"

    @property
    def is_sole_proprietor(self) -> bool:
        """Whether it is a sole proprietor's brand."""
        return self.brand_type == "SOLE_PROPRIETOR"

    @property
    def label(self) -> str:
        """Its name, type and state."""
        test = ", mock" if self.mock else ""
        return f"{self.sender.name or self.sid} ({self.brand_type}, {self.status}{test})"


@dataclass(frozen=True)
class RegisteredCampaign:
    """A campaign as Twilio has it.

    Args:
        sid: QE and 32 digits.
        service_sid: The Messaging Service it is on.
        brand_registration_sid: Its brand.
        status: Twilio's ``campaign_status``; `labels.MEANING` explains the known ones.
        campaign_id: The Campaign Registry's id, empty until it has one.
        errors: Why it was refused.
        draft: Its texts.
        date_created: When it was submitted, UTC.
        date_updated: When it last changed, UTC, for example when the review decided.
        mock: Whether it belongs to a mock brand.
        urls_visible: Whether Twilio's answer had fields for the two policy addresses.
        is_externally_registered: Whether another provider registered it, so that its brand is not in this account.
        each_second: Segments a second to one carrier, from ``rate_limits``; None if the answer has none.
    """

    sid: str
    service_sid: str = ""
    brand_registration_sid: str = ""
    status: str = ""
    campaign_id: str = ""
    errors: tuple[Rejection, ...] = ()
    draft: CampaignDraft = CampaignDraft()
    date_created: datetime | None = None
    date_updated: datetime | None = None
    mock: bool = False
    urls_visible: bool = True
    is_externally_registered: bool = False
    each_second: float | None = None

    @property
    def verified(self) -> bool:
        """Whether the review approved it."""
        return self.status == "VERIFIED"

    def tier(self, brand: Brand | None) -> rates.ThroughputTier | None:
        """Return its throughput tier; None if neither it nor its brand determines one.

        Args:
            brand: Its brand, if known.
        """
        score = brand.brand_score if brand else None
        tier = rates.campaign_tier(brand.brand_type if brand else "", score, self.draft.us_app_to_person_usecase)
        each = self.each_second
        if each is None or (tier is not None and tier.each == each):
            return tier
        daily = tier.daily if tier else 0
        return rates.ThroughputTier("the campaign's own rate limits", rates.CARRIERS * each, each, daily)

    def weighed(self, remark: Remark) -> Remark:
        """Return a remark with its severity for this campaign: approved texts stop no messages until the next review.

        A campaign without policy addresses was verified before they were required, and stays valid.
        """
        if not self.verified or remark.severity == "advice":
            return remark
        return replace(remark, severity="advice" if remark.rule.startswith("policies.") else "warning")


def record(kind: type[Parsed], row: Mapping[str, Any], /, **more: Any) -> Parsed:
    """Convert Twilio's JSON to a dataclass; a field that is absent, null or empty gets the dataclass's default.

    `more` has the fields that Twilio names or writes differently. Raises msgspec.ValidationError for a value of another
    type.
    """
    known = {name: value for name, value in row.items() if value not in (None, "", [])}
    return msgspec.convert(known | more, kind, strict=False)


def brand_of(row: Mapping[str, Any]) -> Brand:
    """Convert a BrandRegistration resource."""
    return record(Brand, row, errors=rejections(row.get("errors")))


def campaign_of(row: Mapping[str, Any]) -> RegisteredCampaign:
    """Convert a Usa2p resource."""
    return record(
        RegisteredCampaign,
        row,
        service_sid=row.get("messaging_service_sid") or "",
        status=row.get("campaign_status") or "",
        errors=rejections(row.get("errors")),
        draft=record(CampaignDraft, row),
        urls_visible=all(name in row for name in POLICIES),
        each_second=_each_second(row.get("rate_limits")),
    )


def _each_second(limits: Any) -> float | None:
    """AT&T's limit in messages a second. Gap: Twilio documents only that ``rate_limits`` is an object."""
    att = limits.get("att") if isinstance(limits, Mapping) else None
    mps = att.get("mps") if isinstance(att, Mapping) else None
    return float(mps) if isinstance(mps, int | float) and mps > 0 else None


def rejections(entries: object) -> tuple[Rejection, ...]:
    """Convert an error list. Its entries call the code ``error_code`` or ``code``, and may be bare texts."""
    read = []
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, Mapping):
            read.append(Rejection(None, (), str(entry)))
            continue
        code, fields_ = entry.get("error_code", entry.get("code")), entry.get("fields") or ()
        named = tuple(map(str, fields_)) if isinstance(fields_, list) else (str(fields_),) if fields_ else ()
        said = entry.get("description") or entry.get("reason") or entry.get("message") or ""
        read.append(Rejection(int(code) if str(code).isdigit() else None, named, str(said)))
    return tuple(read)


_DOUBT = {"T": ", according to third parties", "?": ", our reading"}


def line_of(remark: Remark) -> str:
    """Write a remark as one line: what is wrong, what to do, Twilio's code, and whether the evidence is thin."""
    return f"{remark.sentence} {remark.remedy} ({remark.code}{_DOUBT.get(remark.grade, '')})"


def cost(usecase: str) -> str:
    """Return what it costs to register a campaign for a use case on a live account, and how certain that price is."""
    fee, _ = MONTHLY_FEES.get(usecase, ("", ""))
    monthly = f"{fee} a month" if fee else "a monthly fee that could not be read"
    return f"may cost {VETTING_FEE} for vetting, then {monthly} (according to third parties; prices change)"


def _texts(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)
