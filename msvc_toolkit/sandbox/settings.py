"""What Twilio does not document and the sandbox has to decide: one place, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """The sandbox's choices where Twilio's documentation is silent or contradicts itself.

    Durations are milliseconds of the sandbox's clock unless the name says otherwise.
    """

    accepted_ms: int = 500
    """Accepted to queued. Not documented; long enough for a person to see the state."""
    queued_ms: int = 500
    """Queued to sending, with an idle sender. As above."""
    sending_ms: int = 500
    """Sending to sent. As above."""
    sent_ms: int = 1500
    """Sent to delivered: a receipt is slower than a hand-over. As above."""
    receiving_ms: int = 500
    """Receiving to received. As above."""

    schedule_min_seconds: int = 300
    """Newest error pages for 35115 say five minutes ahead; older guides say fifteen."""
    schedule_max_seconds: int = 3_024_000
    """Newest error pages for 35117 say 35 days; the oldest say seven."""

    service_defaults: dict[str, object] = field(
        default_factory=lambda: {
            # Observed in a public infrastructure provider's read-back of freshly created services.
            "sticky_sender": True,
            "mms_converter": True,
            "smart_encoding": True,
            "use_inbound_webhook_on_number": False,
            # No evidence either way: the value that changes least for the sender of messages.
            "fallback_to_long_code": True,
            "area_code_geomatch": True,
            "synchronous_validation": False,
            # The resource page names these.
            "inbound_method": "POST",
            "fallback_method": "POST",
            "scan_message_content": "inherit",
            "validity_period": 36_000,
            "usecase": "undeclared",
        }
    )

    pool_limit: int = 400
    """Phone numbers and short codes of one service together (21714); Twilio's default."""
    services_limit: int = 10_000
    """Services of one account (30995); Twilio's default."""
    page_size: int = 50
    """Rows of a page when PageSize is absent; documented."""
    page_size_max: int = 1_000
    """Larger PageSize values are clamped: the SDKs send `limit` as it is and the live API takes it."""

    alpha_senders: bool = True
    """Alphanumeric sending is on for the sandbox's (paid) account; off gives 21709."""
    rcs_reachable: bool = True
    """Handsets take RCS: someone who adds an RCS sender wants to see it chosen."""
    start: str = "2026-01-05T15:00:00Z"
    """Where a manual clock starts: a Monday, so that days and weeks are easy to read."""


DEFAULTS = Settings()
