"""The review's thresholds. Each is our choice unless it names a source, and each can be changed."""

from __future__ import annotations

from dataclasses import dataclass

from msvc_toolkit.rules import rates


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of the review.

    Args:
        recent_days: Problems within this many days before the log's end count as current. Ours: a week has
            every weekday once.
        expiring_days: A bundle that expires within this many days is worth acting on. Ours: longer than a review takes.
        brand_pending_days: A brand may be pending for this many days. Usually it takes minutes; a manual review takes 7 working days or more.
        campaign_pending_days: A campaign may be pending for this many working days. Sources say 2 to 15.
        number_pending_days: After this many days of carrier registration, a number is worth a question to Twilio. Ours.
        tmobile_caps: T-Mobile's segments a day by lowest score, highest first. Source and gaps: rates.toml.
        tmobile_russell: The same for members of the Russell 3000.
        tmobile_low: The same for low-volume, unvetted and unscored brands.
        tmobile_sole: The same for sole proprietors.
        all_carriers: All carriers' traffic, as a multiple of T-Mobile's. Third parties estimate 6 000 to 2 000.
        cap_share: A day above this share of the cap gets a warning. Ours: raising a tier takes some weeks, in which a list grows.
        filtered_share: A share of filtered messages (30007) above this is worth checking. Ours.
        filtered_strong: Above this share something is certainly wrong. Ours.
        filtered_least: With fewer messages than this, shares mean nothing. Ours.
        tmobile_numbers: Numbers in one campaign above which T-Mobile requires a number pool. Source: Bandwidth, "Number Pool".
        pool_near: A pool of this size will soon reach Twilio's limit of 400 numbers (21714). Ours: 5 % below it.
        campaigns_per_brand: Campaigns that a brand may have without giving reasons.
        campaigns_limit: Campaigns after which a brand may register no more (30930).
        brands_per_profile: Brands on one business before campaigns are refused (30898).
        by_number_share: If a larger share of messages is sent without a service, this is reported. Ours.
        spread_numbers: So many numbers with one text look like snowshoeing. Ours.
        spread_messages: But only if each of them sent fewer messages than this. Ours.
    """

    recent_days: int = 7
    expiring_days: int = 30
    brand_pending_days: int = 10
    campaign_pending_days: int = 15
    number_pending_days: int = 5
    tmobile_caps: tuple[tuple[int, int], ...] = rates.tmobile_caps()
    tmobile_russell: int = rates.tmobile_cap("russell_3000")
    tmobile_low: int = rates.tmobile_cap("low_volume")
    tmobile_sole: int = rates.tmobile_cap("sole_proprietor")
    all_carriers: int = 3
    cap_share: float = 0.8
    filtered_share: float = 0.01
    filtered_strong: float = 0.05
    filtered_least: int = 100
    tmobile_numbers: int = 49
    pool_near: int = 380
    campaigns_per_brand: int = 5
    campaigns_limit: int = 100
    brands_per_profile: int = 5
    by_number_share: float = 0.1
    spread_numbers: int = 10
    spread_messages: int = 50


DEFAULTS = Thresholds()
