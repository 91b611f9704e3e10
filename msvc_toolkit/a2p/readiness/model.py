"""The parts of a US registration: a frozen record for each of Twilio's resources, and `NotExamined`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from msvc_toolkit.a2p.campaigns.model import Rejection
from msvc_toolkit.rules import addresses

TERRITORIES = frozenset({"PR", "VI", "GU", "AS", "MP"})
"""US territories with their own area codes. Whether carriers treat them as the US for 10DLC is not documented (?)."""


@dataclass(frozen=True)
class NotExamined:
    """A fact, or a part of one, that could not be read; a check never passes on it."""

    why: str  # the reason, one sentence
    services: tuple[str, ...] = ()  # services that cannot be judged without it; all if it names nothing
    numbers: tuple[str, ...] = ()  # numbers that cannot be judged without it, E.164


@dataclass(frozen=True)
class Account:
    """The account under review; fields are Twilio's."""

    sid: str
    status: str = ""
    type: str = ""
    owner_account_sid: str = ""

    @property
    def is_subaccount(self) -> bool:
        """Whether another account owns it."""
        return self.owner_account_sid not in ("", self.sid)


@dataclass(frozen=True)
class Bundle:
    """A customer profile or an A2P profile bundle of Trust Hub."""

    sid: str  # BU
    kind: str  # ``customer profile`` or ``A2P profile bundle``
    status: str = ""  # Twilio's status
    errors: tuple[Rejection, ...] = ()  # why it was rejected
    valid_until: datetime | None = None  # when it expires; None for never
    evaluation: str = ""  # ``compliant`` or ``noncompliant`` of the newest evaluation; empty when there is none
    friendly_name: str = ""  # its label


@dataclass(frozen=True)
class Vetting:
    """A secondary vetting of a brand; fields are Twilio's."""

    brand_vetting_sid: str
    brand_sid: str = ""
    vetting_status: str = ""


@dataclass(frozen=True)
class Number:
    """A phone number, owned by the account or found in a pool."""

    sid: str  # PN
    phone_number: str = field(repr=False)  # E.164
    sms: bool | None = True  # whether it can send texts; None when that is not known

    @property
    def kind(self) -> str:
        """Its kind by the numbering plan."""
        address = addresses.read(self.phone_number)
        return address.kind if address else ""

    @property
    def country(self) -> str:
        """ISO code by its numbering plan, never by its first digits."""
        address = addresses.read(self.phone_number)
        return (address.country if address else None) or ""

    @cached_property
    def is_us_local(self) -> bool:
        """Whether it is a US long code (10DLC), the only kind that needs a campaign."""
        return self.country == "US" and self.kind in ("local", "mobile")

    @cached_property
    def is_us_toll_free(self) -> bool:
        """Whether it is a US and Canadian toll-free number, which needs a verification instead."""
        return self.country in addresses.US_CA and self.kind == "toll-free"

    @property
    def label(self) -> str:
        """The number, masked."""
        return addresses.mask(self.phone_number)


@dataclass(frozen=True)
class TollfreeVerification:
    """The verification of one toll-free number; fields are Twilio's."""

    sid: str
    tollfree_phone_number_sid: str = ""
    status: str = ""
    error_code: int | None = None
    edit_allowed: bool | None = None
    edit_expiration: datetime | None = None


@dataclass(frozen=True)
class NumberState:
    """One line of the Console's number-status report."""

    phone_number: str = field(repr=False)  # E.164
    state: str  # how carriers see it, in the report's words
    campaign_sid: str = ""  # the campaign named there; empty for none
    service_sid: str = ""  # the service named there; empty for none
    updated: datetime | None = None  # when it last changed; None if the report has no date
