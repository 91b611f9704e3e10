"""What an account holds of a US registration: one frozen record per thing of Twilio's, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from msvc_toolkit.a2p.linter import Campaign as Texts
from msvc_toolkit.rules import addresses

TERRITORIES = frozenset({"PR", "VI", "GU", "AS", "MP"})
"""US territories with numbering of their own. Whether carriers treat them as the US for 10DLC is not documented (?)."""


@dataclass(frozen=True)
class NotExamined:
    """A fact, or a part of one, that could not be read; it is never taken for good.

    Args:
        why: The reason, one sentence.
        services: The services it leaves open; all when it names neither services nor numbers.
        numbers: The numbers it leaves open, E.164.
    """

    why: str
    services: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """One entry of an ``errors[]`` list.

    Args:
        code: Twilio's code, None when the entry has none.
        fields: The fields it names.
        description: Twilio's own words.
    """

    code: int | None
    fields: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Account:
    """The account under review; fields are Twilio's."""

    sid: str
    status: str
    type: str
    owner_account_sid: str = ""

    @property
    def is_subaccount(self) -> bool:
        """Tell whether another account owns it."""
        return self.owner_account_sid not in ("", self.sid)


@dataclass(frozen=True)
class Bundle:
    """A customer profile or an A2P profile bundle of Trust Hub.

    Args:
        sid: BU.
        kind: ``customer profile`` or ``A2P profile bundle``.
        status: Twilio's word.
        faults: Its ``errors[]``.
        valid_until: When it expires; None for never.
        evaluation: ``compliant`` or ``noncompliant`` of the newest evaluation; empty when there is none.
        friendly_name: Its label.
    """

    sid: str
    kind: str
    status: str
    faults: tuple[Fault, ...] = ()
    valid_until: datetime | None = None
    evaluation: str = ""
    friendly_name: str = ""


@dataclass(frozen=True)
class Brand:
    """A brand registration; fields are Twilio's."""

    sid: str
    brand_type: str
    status: str
    identity_status: str = ""
    brand_score: int | None = None
    faults: tuple[Fault, ...] = ()
    russell_3000: bool = False
    skip_automatic_sec_vet: bool = False
    mock: bool = False
    tcr_id: str = ""
    customer_profile_bundle_sid: str = ""
    a2p_profile_bundle_sid: str = ""
    date_created: datetime | None = None
    date_updated: datetime | None = None

    @property
    def is_sole_proprietor(self) -> bool:
        """Tell whether it is a person's brand."""
        return self.brand_type == "SOLE_PROPRIETOR"


@dataclass(frozen=True)
class Vetting:
    """A secondary vetting of a brand; fields are Twilio's."""

    sid: str
    brand_sid: str
    vetting_status: str
    vetting_class: str = ""
    vetting_provider: str = ""


@dataclass(frozen=True)
class Campaign:
    """A campaign (Usa2p) of one Messaging Service.

    Args:
        sid: QE.
        service_sid: The service it belongs to.
        brand_sid: The brand behind it.
        campaign_status: Twilio's word, unknown ones kept.
        texts: What reviewers read.
        faults: Its ``errors[]``.
        urls_visible: Whether the answer had the two policy URLs at all.
        mock: Whether it belongs to a mock brand.
        date_created: When it was filed.
        campaign_id: The registry's id.
        is_externally_registered: Whether another provider filed it, so that its brand is not here.
        each_second: Segments a second to one carrier, by its ``rate_limits``; None without them.
    """

    sid: str
    service_sid: str
    brand_sid: str
    campaign_status: str
    texts: Texts
    faults: tuple[Fault, ...] = ()
    urls_visible: bool = True
    mock: bool = False
    date_created: datetime | None = None
    campaign_id: str = ""
    is_externally_registered: bool = False
    each_second: float | None = None

    @property
    def verified(self) -> bool:
        """Tell whether reviewers let it pass."""
        return self.campaign_status == "VERIFIED"


@dataclass(frozen=True)
class Service:
    """A Messaging Service; fields are Twilio's."""

    sid: str
    friendly_name: str
    usecase: str = ""

    @property
    def label(self) -> str:
        """Its name as people may see it."""
        return addresses.mask(self.friendly_name) or self.sid


@dataclass(frozen=True)
class Number:
    """A phone number, owned by the account or found in a pool.

    Args:
        sid: PN.
        phone_number: E.164.
        sms: Whether it can send texts; None when that is not known.
    """

    sid: str
    phone_number: str = field(repr=False)
    sms: bool | None = True

    @property
    def kind(self) -> str:
        """What its numbering plan says it is."""
        address = addresses.read(self.phone_number)
        return address.kind if address else ""

    @property
    def country(self) -> str:
        """ISO code by its numbering plan, never by its first digits."""
        address = addresses.read(self.phone_number)
        return (address.country if address else None) or ""

    @cached_property
    def is_us_local(self) -> bool:
        """Tell whether it is a US long code (10DLC), the one kind that needs a campaign."""
        return self.country == "US" and self.kind in ("local", "mobile")

    @cached_property
    def is_us_toll_free(self) -> bool:
        """Tell whether it is a toll-free number of the US and Canada, which needs a verification instead."""
        return self.country in addresses.US_CA and self.kind == "toll-free"

    @property
    def label(self) -> str:
        """The number, masked."""
        return addresses.mask(self.phone_number)


@dataclass(frozen=True)
class TollfreeVerification:
    """The verification of one toll-free number; fields are Twilio's."""

    sid: str
    tollfree_phone_number_sid: str
    status: str
    error_code: int | None = None
    edit_allowed: bool | None = None
    edit_expiration: datetime | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class NumberState:
    """One line of the Console's number-status report.

    Args:
        phone_number: E.164.
        state: How carriers see it, in the report's words.
        campaign_sid: The campaign named there; empty for none.
        service_sid: The service named there; empty for none.
        updated: When it last changed, None when the report does not tell.
    """

    phone_number: str = field(repr=False)
    state: str
    campaign_sid: str = ""
    service_sid: str = ""
    updated: datetime | None = None
