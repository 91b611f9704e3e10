"""Sums: what is cut out of them and added up is what plain Python finds in the rows, however many groups there might be."""

from collections import Counter
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msvc_toolkit.logs.aggregates import sums
from msvc_toolkit.logs.aggregates.sums import sums_of

NUMBERS = ("+14155550100", "+18885550100", "894546", "ACME")
FIRST = datetime(2026, 3, 8)  # noqa: DTZ001 - a log is kept in naive UTC
rows = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.integers(0, 3), st.integers(0, 50), st.integers(-(2**55), 2**55)),
    max_size=30,
)
KEYS = ("number", "code", "hour")


def frame_of(rows):
    """The rows as a cube is: sorted by number, texts as categories."""
    told = [(number, code, FIRST + timedelta(hours=hour), n) for number, code, hour, n in sorted(rows)]
    frame = pd.DataFrame(told, columns=[*KEYS, "n"]).astype({"hour": "M8[us]", "code": "int32", "n": "int64"})
    return frame.astype({"number": pd.CategoricalDtype(sorted(NUMBERS))}).assign(
        first=frame["hour"], last=frame["hour"]
    )


@given(
    rows=rows,
    keys=st.lists(st.sampled_from(KEYS), unique=True),
    senders=st.none() | st.sets(st.sampled_from((*NUMBERS, "nobody"))),
    room=st.sampled_from((0, 1_000_000)),
)
def test_what_is_added_up_is_what_the_rows_hold(rows, keys, senders, room):
    """To the last digit, for chosen senders, groups in order, whether they are counted by place or not."""
    expected, hours = Counter(), {}
    for number, code, hour, n in rows:
        if senders is None or number in senders:
            row = {"number": number, "code": code, "hour": FIRST + timedelta(hours=hour)}
            group = tuple(row[key] for key in keys)
            expected[group] += n
            hours.setdefault(group, []).append(row["hour"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "_ROOM", room)
        told = sums_of(frame_of(rows), KEYS, ("n", "first", "last")).of(senders).by(keys)
    found = list(pd.DataFrame(told.columns).itertuples(index=False, name=None))
    if keys or expected:
        assert found == [(*group, expected[group], min(hours[group]), max(hours[group])) for group in sorted(expected)]
    else:
        assert [row[0] for row in found] == [0]
