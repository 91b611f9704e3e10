"""Where the review draws its lines; each is ours unless a source is named, and each may be moved."""

from __future__ import annotations

from dataclasses import dataclass

from msvc_toolkit.rules import rates


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of the review.

    Args:
        recent_days: What went wrong within so many days before the log's end still counts as going on. Ours: a week holds
            every weekday's pattern once.
        expiring_days: A bundle that expires within so many days is worth acting on. Ours: longer than a review takes.
        brand_pending_days: A brand may wait so long. Mostly it takes minutes, a manual review 7 working days and more.
        campaign_pending_days: A campaign may wait so many working days. Sources say 2 to 15.
        number_pending_days: A number may wait so long at the carriers before it is worth asking. Ours.
        tmobile_caps: T-Mobile's segments a day by lowest score, highest first. Source and gaps: rates.toml.
        tmobile_russell: The same for members of the Russell 3000.
        tmobile_low: The same for low-volume, unvetted and unscored brands.
        tmobile_sole: The same for sole proprietors.
        all_carriers: All carriers' traffic, as a multiple of T-Mobile's. Third parties reckon 6 000 against 2 000.
        cap_share: A day above this share of the cap is too near. Ours: a growing list needs some weeks to raise a tier.
        filtered_share: Filtered messages (30007) above this share are worth a look. Ours.
        filtered_strong: Above this share something is wrong for certain. Ours.
        filtered_least: Shares of fewer messages than this say nothing. Ours.
        tmobile_numbers: Numbers in one campaign before T-Mobile wants a number pool. Source: Bandwidth, "Number Pool".
        pool_near: A pool so large will soon meet Twilio's limit of 400 numbers (21714). Ours: 5 % of room.
        campaigns_per_brand: Campaigns that a brand gets without being asked why.
        campaigns_limit: Campaigns at which a brand gets no more (30930).
        brands_per_profile: Brands on one business before campaigns are refused (30898).
        by_number_share: More than this share sent without a service is worth saying. Ours.
        spread_numbers: So many numbers with one text look like snowshoeing. Ours.
        spread_messages: Fewer messages than this from each of them make it so. Ours.
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
