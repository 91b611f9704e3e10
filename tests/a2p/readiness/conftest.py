"""Logs for tests of the review: real ones, made of sums."""

import pandas as pd
import pytest

from msvc_toolkit.logs.log import Log

WORDS = ("number", "kind", "messaging_service_sid", "direction", "status", "country", "price_unit", "encoding")


@pytest.fixture
def log_of():
    """Makes a log of sums."""
    return _log_of


def _log_of(sums, certificate=None):
    """A log whose messages add up to these rows: n of each, their segments and price shared out among them."""
    rows = []
    for one in sums:
        n = int(one["n"])
        for place in range(n):
            hour = pd.Timestamp(one["hour"])
            share = {name: int(one[name]) // n + (place < int(one[name]) % n) for name in ("segments", "price_e5")}
            rows.append(
                {
                    "sid": f"SM{len(rows):032x}",
                    "date_created": hour,
                    "hour": hour,
                    "num_segments": share["segments"],
                    "price_e5": share["price_e5"] if place < int(one["priced"]) else None,
                    "body": one.get("body"),
                    "error_code": int(one["error_code"]) or None,
                    **{name: one[name] or None for name in WORDS},
                }
            )
    return Log(pd.DataFrame(rows).astype({"error_code": "Int64", "price_e5": "Int64"}), certificate)
