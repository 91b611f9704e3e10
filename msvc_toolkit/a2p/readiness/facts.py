"""All facts of a review, read once; a fact that could not be read is replaced by the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from msvc_toolkit.a2p.campaigns.model import Brand, RegisteredCampaign
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.a2p.readiness.model import (
    Account,
    Bundle,
    NotExamined,
    Number,
    NumberState,
    TollfreeVerification,
    Vetting,
)
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.rules import rates
from msvc_toolkit.services.model import Service

NOT_GIVEN = NotExamined("It was not requested.")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Facts:
    """The facts about one account at one time."""

    now: datetime  # the time, aware UTC
    account: Account | NotExamined = NOT_GIVEN
    customer_profiles: tuple[Bundle, ...] | NotExamined = NOT_GIVEN  # Trust Hub's customer profiles
    trust_products: tuple[Bundle, ...] | NotExamined = NOT_GIVEN  # Trust Hub's A2P profile bundles
    brands: tuple[Brand, ...] | NotExamined = NOT_GIVEN
    vettings: tuple[Vetting, ...] | NotExamined = NOT_GIVEN  # vettings of the brands in use
    # the business behind a customer profile, by its SID
    identities: Mapping[str, BrandIdentity] = field(default_factory=dict)
    services: tuple[Service, ...] | NotExamined = NOT_GIVEN
    campaigns: Mapping[str, tuple[RegisteredCampaign, ...] | NotExamined] | NotExamined = NOT_GIVEN
    # phone numbers of each service's pool, by service
    pools: Mapping[str, tuple[Number, ...] | NotExamined] | NotExamined = NOT_GIVEN
    numbers: tuple[Number, ...] | NotExamined = NOT_GIVEN  # phone numbers the account owns
    tollfree_verifications: tuple[TollfreeVerification, ...] | NotExamined = NOT_GIVEN
    # codes a brand may choose from, by brand
    usecases: Mapping[str, tuple[str, ...] | NotExamined] | NotExamined = NOT_GIVEN
    number_states: tuple[NumberState, ...] | NotExamined = NOT_GIVEN  # rows of the Console's number-status report
    traffic: LogTraffic | NotExamined = NOT_GIVEN
    calls: int = 0  # how many requests it took to gather them

    @cached_property
    def service_by_sid(self) -> dict[str, Service]:
        """The services by SID."""
        return {service.sid: service for service in seen(self.services)}

    @cached_property
    def brand_by_sid(self) -> dict[str, Brand]:
        """The brands by SID."""
        return {brand.sid: brand for brand in seen(self.brands)}

    @cached_property
    def bundle_by_sid(self) -> dict[str, Bundle]:
        """Customer profiles and A2P profile bundles by SID."""
        return {bundle.sid: bundle for bundle in (*seen(self.customer_profiles), *seen(self.trust_products))}

    @cached_property
    def service_of_number(self) -> dict[str, str]:
        """The service of each number in a pool, by number in E.164."""
        return {number.phone_number: sid for sid in self.service_by_sid for number in self.pool(sid)}

    @cached_property
    def all_numbers(self) -> tuple[Number, ...]:
        """Every number, owned or pooled, once."""
        pooled = [number for sid in self.service_by_sid for number in self.pool(sid)]
        return tuple({n.phone_number: n for n in (*seen(self.numbers), *pooled)}.values())

    @cached_property
    def all_campaigns(self) -> tuple[RegisteredCampaign, ...]:
        """Every campaign that could be read."""
        return tuple(campaign for sid in self.service_by_sid for campaign in self.campaigns_of(sid))

    @cached_property
    def campaigns_of_brand(self) -> dict[str, list[RegisteredCampaign]]:
        """Campaigns by brand."""
        found: dict[str, list[RegisteredCampaign]] = {}
        for campaign in self.all_campaigns:
            found.setdefault(campaign.brand_registration_sid, []).append(campaign)
        return found

    def pool(self, service_sid: str) -> tuple[Number, ...]:
        """Return a service's numbers; empty if they could not be read."""
        return seen(part(self.pools, service_sid))

    def campaigns_of(self, service_sid: str) -> tuple[RegisteredCampaign, ...]:
        """Return a service's campaigns; empty if they could not be read."""
        return seen(part(self.campaigns, service_sid))

    def campaign_of(self, service_sid: str) -> RegisteredCampaign | None:
        """Return the campaign of a service's traffic: a verified one, else the newest that is not a mock."""
        real = [campaign for campaign in self.campaigns_of(service_sid) if not campaign.mock]
        return next((c for c in real if c.verified), real[-1] if real else None)

    def tier_of(self, service_sid: str) -> rates.ThroughputTier | None:
        """Return the throughput tier of a service's verified campaign; None if neither it nor its brand determines one."""
        campaign = self.campaign_of(service_sid)
        return campaign.tier(self.brand_of_service(service_sid)) if campaign and campaign.verified else None

    def services_of_brand(self, brand_sid: str) -> tuple[str, ...]:
        """Return the services whose campaigns belong to a brand."""
        return tuple(dict.fromkeys(c.service_sid for c in self.campaigns_of_brand.get(brand_sid, ())))

    def brand_of_service(self, service_sid: str) -> Brand | None:
        """Return the brand behind a service."""
        campaign = self.campaign_of(service_sid)
        return self.brand_by_sid.get(campaign.brand_registration_sid) if campaign else None

    def each_pool(self) -> Iterator[tuple[Service, tuple[Number, ...]] | NotExamined]:
        """Yield the services with their numbers; for a pool that could not be read, yield the reason."""
        return _each(seen(self.services), self.pools)

    def each_campaigns(self) -> Iterator[tuple[Service, tuple[RegisteredCampaign, ...]] | NotExamined]:
        """Yield the services with their campaigns; if these could not be read, yield the reason."""
        return _each(seen(self.services), self.campaigns)

    @property
    def has_us_sender(self) -> bool | None:
        """Return whether the account has a sender under US rules; None if numbers could not be read."""
        if any(number.is_us_local or number.is_us_toll_free for number in self.all_numbers):
            return True
        unread = [self.numbers, *(part(self.pools, sid) for sid in self.service_by_sid)]
        return None if any(isinstance(part, NotExamined) for part in unread) else False


def seen(fact: tuple[_T, ...] | NotExamined) -> tuple[_T, ...]:
    """Return a fact's items; empty if it could not be read."""
    return () if isinstance(fact, NotExamined) else fact


def part(parts: Mapping[str, _T | NotExamined] | NotExamined, key: str) -> _T | NotExamined:
    """Return one part of a fact that consists of parts."""
    return parts if isinstance(parts, NotExamined) else parts.get(key, NotExamined("It was not read."))


def _each(
    services: tuple[Service, ...], parts: Mapping[str, _T | NotExamined] | NotExamined
) -> Iterator[tuple[Service, _T] | NotExamined]:
    for service in services:
        found = part(parts, service.sid)
        yield unread(service, found) if isinstance(found, NotExamined) else (service, found)


def unread(service: Service, missing: NotExamined) -> NotExamined:
    """Return the reason, with the service that cannot be judged because of it."""
    return NotExamined(f"{service.label}: {missing.why}", services=(service.sid,))
