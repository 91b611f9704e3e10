"""What a log's certificate and its first and last hour are told from, by sender."""

from __future__ import annotations

import numpy as np
import pandas as pd

from msvc_toolkit.logs.aggregates.sums import Sums, sums_of
from msvc_toolkit.rules.statuses import FINAL


def counts(cube: pd.DataFrame) -> Sums:
    """Count a cube's messages by sender: all (`n`), `not_final`, `unpriced`; and its `first` and `last` hour."""
    n, hours = cube["n"].to_numpy(), cube["hour"].to_numpy()
    free = (cube["direction"] == "inbound").to_numpy() | cube["status"].isin(("failed", "canceled")).to_numpy()
    told = {
        "number": cube["number"],
        "n": n,
        "not_final": np.where(cube["status"].isin(FINAL), 0, n),
        "unpriced": np.where(free, 0, n - cube["priced"].to_numpy()),
        "first": hours,
        "last": hours,
    }
    return sums_of(pd.DataFrame(told, copy=False), ["number"], list(told)[1:]).by(["number"])
