"""Twilio's limits that several parts of this package use."""

BODY_LIMIT = 1600
"""Characters of a message's body (21617). Twilio does not say whether it counts code points or graphemes, nor whether
before or after Smart Encoding; here code points of the body as given are counted.

Source: Messages resource, Body (read 2026-11-23).
"""
MEDIA_LIMIT = 10
"""Media of one message (21623). Source: Messages resource, MediaUrl; error page 21623 (read 2026-11-23)."""
NAME_LIMIT = 64
"""Characters of a service's FriendlyName (20002). Source: Services resource (read 2026-11-23)."""
POOL_LIMIT = 400
"""Numbers and short codes of one service together. Source: error page 21714; Twilio raises it on request."""
URL_LIMIT = 4_000
"""Characters of a webhook's address. Source: error page 21609 and the webhook guides (read 2026-11-23)."""
PACIFIC = "America/Los_Angeles"
"""Time zone of the day in which T-Mobile counts a brand's segments. Source: T-Mobile daily message limits, Twilio help
(read 2026-11-23)."""
VALIDITY_LIMIT_SECONDS = 36_000
"""Seconds a message may wait inside Twilio, and the default. Source: Services resource, ValidityPeriod (read 2026-11-23)."""
