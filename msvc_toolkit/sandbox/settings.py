"""The sandbox's settings: our choices where Twilio documents nothing, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.limits import POOL_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.rates import queue_seconds, sender_rates
from msvc_toolkit.rules.service_settings import SETTINGS


def _sender_rates() -> dict[str, float]:
    known = sender_rates()
    same = {kind: known[kind] for kind in ("toll-free", "short code", "alphanumeric")}
    long_code = known["US or Canadian long code outside A2P"]
    return {**same, "us local": long_code, "channel": known["whatsapp"], "number": known["local"]}


@dataclass(frozen=True)
class SandboxSettings:
    """The sandbox's settings where Twilio's documentation says nothing or contradicts itself.

    Durations are milliseconds of the sandbox's clock unless the name says otherwise.
    """

    accepted_ms: int = 500
    """From accepted to queued. Not documented; long enough for a person to see the state."""
    queued_ms: int = 500
    """From queued to sending, with an idle sender. As above."""
    sending_ms: int = 500
    """From sending to sent. As above."""
    sent_ms: int = 1500
    """From sent to delivered: a receipt is slower than a hand-over. As above."""
    receiving_ms: int = 500
    """From receiving to received. As above."""

    schedule_min_seconds: int = 300
    """The newest error page for 35115 says five minutes; older guides say fifteen."""
    schedule_max_seconds: int = 3_024_000
    """Newest error pages for 35117 say 35 days; the oldest say seven."""

    validity_seconds: int = VALIDITY_LIMIT_SECONDS
    """How long a message without a service may wait at Twilio; documented."""

    service_defaults: dict[str, object] = field(
        default_factory=lambda: {setting.name: setting.default for setting in SETTINGS if setting.default is not None}
    )

    priced_ms: int = 3_000
    """From ended to priced: the price is null until the message is billed, which comes last."""
    price_units: dict[str, int] = field(default_factory=lambda: {"SMS": 750, "MMS": 2_000, "abroad": 5_000})
    """Price of a segment, an MMS, and a segment outside the US and Canada, in 1/100000 USD. The first is the amount of
    the specification's example; the others only differ from it."""
    rates: dict[str, float] = field(default_factory=_sender_rates)
    """Segments a second of each kind of sender, from rates.toml. Every channel has WhatsApp's, far below the 2,000 that all
    channels share. US numbers under a campaign have the rates of `a2p_registration`, for SMS and for MMS."""
    queue_seconds: dict[str, int] = field(default_factory=queue_seconds)
    """How many seconds' worth of messages a sender's queue holds, by channel; "" is for all others. Source: rates.toml."""

    channel_ready_ms: int = 5_000
    """From creating or updating a channel sender until it is online. In reality minutes to days; long enough to see the state."""
    certificate_ms: int = 5_000
    """From the upload or request of a certificate until it is valid. As above."""
    tollfree_pending_ms: int = 60_000
    """From pending review to in review. In reality hours to days; a minute lets a person watch and a test step."""
    tollfree_review_ms: int = 60_000
    """From in review to approved or rejected. As above."""
    tollfree_edit_ms: int = 7 * 86_400_000
    """How long a rejected verification can be edited; seven days, documented with error 30437."""
    tollfree_on_purchase: str = "unverified"
    """The standing of a newly bought toll-free number: it can send to the US and Canada only after verification (30032)."""
    bundle_pending_ms: int = 60_000
    """A customer profile or trust product, from pending review to in review. In reality hours; as for toll-free verifications."""
    bundle_review_ms: int = 60_000
    """From in review to approved or rejected. In reality one to three days."""
    brand_pending_ms: int = 60_000
    """A brand, pending to approved, failed or in review. In reality minutes, seldom days."""
    brand_review_ms: int = 60_000
    """In review, by a person, to approved or failed. In reality seven working days and more."""
    vetting_ms: int = 60_000
    """A vetting, pending to its end. In reality minutes to days."""
    campaign_pending_ms: int = 60_000
    """A campaign, pending to in progress. In reality hours."""
    campaign_review_ms: int = 60_000
    """From in progress to verified or failed. In reality days to weeks."""
    template_received_ms: int = 60_000
    """A submitted template, received to pending. In reality minutes."""
    template_review_ms: int = 60_000
    """From pending to approved or rejected. In reality minutes to a business day."""
    number_registration_ms: int = 60_000
    """A number in the pool of a verified campaign to registered with the carriers (30035 until then). In reality minutes to
    days; no API shows it."""
    brand_updates: int = 3
    """How often a failed brand may be submitted again (21724); documented."""
    brand_campaigns: int = 100
    """Campaigns of one brand (30930); documented."""
    file_ms: int = 120_000
    """How long the address of a file can be read: two minutes, documented for Deactivations."""
    export_wait_ms: int = 5_000
    """From the creation of an export job until its first day is written. In reality minutes to hours; long enough to see it."""
    export_day_ms: int = 1_000
    """Writing one day of an export job. As above."""
    subaccounts_limit: int = 1_000
    """Subaccounts of one account; third parties say about 1000."""

    pool_limit: int = POOL_LIMIT
    """Phone numbers and short codes of one service together (21714); Twilio's default."""
    services_limit: int = 10_000
    """Services of one account (30995); Twilio's default."""
    retention_days: int = 400
    """How far back the list of messages can be asked for (20004); recorded."""
    page_size: int = 50
    """Rows of a page when PageSize is absent; documented."""
    page_size_max: int = 1_000
    """Larger PageSize values are clamped: the SDKs send `limit` as it is and the live API takes it."""

    shortenings_a_second: int = 2_000
    """Links that an account may have shortened in a second; above it a message is not sent (20429); documented."""
    alpha_senders: bool = True
    """Alphanumeric sending is on for the sandbox's (paid) account; off gives 21709."""
    rcs_reachable: bool = True
    """Whether handsets support RCS. On, because someone who adds an RCS sender wants to see it chosen."""
    start: str = "2026-01-05T15:00:00Z"
    """Where a manual clock starts: a Monday, so that days and weeks are easy to read."""

    def rate(self, sender: addresses.Address) -> float:
        """Return how many segments a second a sender can send.

        Source: MPS by sender type, Twilio help (read 2026-11-23).
        """
        if sender.kind == "local" and sender.country in addresses.US_CA:
            return self.rates["us local"]
        return self.rates.get(sender.kind, self.rates["number"])

    def queue_ms(self, sender: addresses.Address) -> int:
        """Return how many milliseconds' worth of messages a sender's queue holds."""
        return 1000 * self.queue_seconds.get(sender.channel or "", self.queue_seconds[""])

    def price(self, segments: int, to: addresses.Address, *, mms: bool) -> int:
        """Return what a message costs, in 1/100000 USD."""
        if mms:
            return self.price_units["MMS"]
        return segments * self.price_units["SMS" if to.country in addresses.US_CA else "abroad"]


DEFAULTS = SandboxSettings()
