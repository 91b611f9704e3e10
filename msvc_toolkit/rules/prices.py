"""Prices of messages, written for people."""

from __future__ import annotations

from typing import Any

PRICE_LIST = "https://www.twilio.com/en-us/sms/pricing"
INVENTED = "The sandbox's prices are invented, and it charges nothing."


def shown(price: Any, unit: str | None) -> str:
    """Write a price without the minus sign of Twilio's charges; empty until there is a price.

    Source: Messages resource, ``price`` and ``price_unit`` (read 2026-11-23).
    """
    return f"{abs(float(price)):.5f} {unit or ''}".strip() if price is not None else ""
