"""The Twilio host names that the sandbox answers for."""

from __future__ import annotations

import re

PRODUCTS = frozenset({"accounts", "api", "bulkexports", "content", "messaging", "trusthub"})
"""First label of the hosts the sandbox answers for; other products use the same paths for other things."""
EDGES = ("ashburn", "dublin", "frankfurt", "roaming", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla")
"""Public edge locations. Source: Twilio docs, Edge Locations, "Edge ID" (read 2026-11-23)."""
DOMAINS = ("twilio.com", "us1.twilio.com", *(f"{edge}.us1.twilio.com" for edge in EDGES))
"""What may follow a product's label: the names of region US1. The sandbox emulates no other region.

Source: Twilio docs, Using the Twilio REST API in a non-US Region, format of host names (read 2026-11-23).
"""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def product(host: str) -> str | None:
    """Return the product of a lower-case host name ("messaging"), or None if Twilio's region US1 has no such host."""
    label, _, domain = host.partition(".")
    return label if domain in DOMAINS and _LABEL.fullmatch(label) else None
