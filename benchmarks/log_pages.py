"""Claim: pages of messages become a pandas frame eight times as fast as by `client.messages.list()`, in far less memory.

The same pages, a thousand messages each, through the same HTTP client that reads them from files. The rival is what one
writes today: the SDK's list, and a frame of its objects. Both frames hold the same values, which is checked. Beside
them: what a kept log takes on top (derived columns, Parquet), and the floor, the bare decoding of the JSON. Each run is
a process of its own, in turn; its memory is what it grows by while it works.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
from machine import machine, spread, table
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from msvc_toolkit.connection import Connection
from msvc_toolkit.entry import connect
from msvc_toolkit.logs.pages import read_page
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.logs.storage.partitions import pack, write_delta

AIM = 8
SID = "AC" + "0" * 32
LIST = f"/2010-04-01/Accounts/{SID}/Messages.json?PageSize=1000"
COLUMNS = tuple(
    "sid date_created date_sent date_updated direction status error_code messaging_service_sid num_segments "
    "num_media price price_unit from to body".split()
)


class Canned(HttpClient):  # type: ignore[misc]  # the SDK is not typed
    """Answers with pages that lie in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logger=None, is_async=False)
        self._folder = folder

    def request(self, method: str, uri: str, **options: Any) -> Response:  # noqa: ARG002 - the SDK's signature
        """Return the page whose number stands at the end."""
        number = uri.rpartition("&Page=")[2] if "&Page=" in uri else "0"
        return Response(200, (self._folder / f"{number}.json").read_text(encoding="utf-8"), {})


def by_sdk(client: Client) -> pd.DataFrame:
    """Make a frame as one does today."""
    rows = [
        {name: getattr(one, "from_" if name == "from" else name) for name in COLUMNS}
        for one in client.messages.list(page_size=1000)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("num_segments", "num_media", "price"):
        frame[name] = pd.to_numeric(frame[name])
    return frame


def tables(client: Client, *, more: Callable[[pa.Table], pa.Table] = lambda rows: rows) -> pa.Table:
    """Read all pages into one table."""
    conn, uri, parts = Connection("LIVE", client, SID), LIST, []
    while uri:
        page = read_page(conn.get(client.api.base_url + uri).text)
        parts.append(more(page.table))
        uri = page.next_uri or ""
    return pa.concat_tables(parts)


def by_columns(client: Client) -> pd.DataFrame:
    """Make the same frame of columns."""
    return tables(client).to_pandas()


def kept(client: Client) -> None:
    """Read all pages as a pull keeps them: columns worked out, and on the disk as a file before the next one is read."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()

        def keep(rows: pa.Table) -> pa.Table:
            write_delta(Path(folder), date(2026, 1, 5), next(numbers), pack(derive(rows)))
            return rows.slice(0, 0)

        tables(client, more=keep)


def bare(client: Client) -> int:
    """Only decode the JSON, into no more than a list of its messages."""
    uri, n = LIST, 0
    while uri:
        page = msgspec.json.decode(client.request("GET", client.api.base_url + uri).text)
        n += len(page["messages"])
        uri = page["next_page_uri"] or ""
    return n


WAYS: dict[str, Callable[[Client], Any]] = {
    "`client.messages.list()` and a frame": by_sdk,
    "columns, and a frame": by_columns,
    "columns, derived, kept in Parquet": kept,
    "floor: the JSON decoded": bare,
}


def main() -> None:
    """Make the pages, run every way in turn, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rows", type=int, default=200_000)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--way", help="run one way in this process, on the pages in --folder")
    ask.add_argument("--folder", type=Path)
    asked = ask.parse_args()
    if asked.way:
        _one(asked.way, asked.folder)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _make(folder, asked.rows)
        _check(folder)
        found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(asked.rounds):
            for way in WAYS:
                words = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
                told = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
                found[way].append(json.loads(told.stdout))
    rival, *_ = found.values()
    lines = []
    for way, runs in found.items():
        ratio = [ours["cpu"] and his["cpu"] / ours["cpu"] for ours, his in zip(runs, rival, strict=True)]
        memory = statistics.median(run["bytes"] for run in runs) / asked.rows
        speeds = [asked.rows / run["cpu"] for run in runs]
        lines.append([way, spread(speeds), spread(ratio, 1), f"{memory:,.0f}".replace(",", " ")])
    print(f"{asked.rows:,} messages in pages of 1 000, {asked.rounds} rounds.\n")
    print(table(["way", "messages per CPU second", "times the SDK", "bytes of memory a message"], lines))
    reached = statistics.median(his["cpu"] / ours["cpu"] for his, ours in zip(rival, found[list(WAYS)[1]], strict=True))
    print(f"\nMedian [least to most].\n\n{machine()}.")
    print(f"\nAim: {AIM} times. Measured {reached:.1f}: {'met' if reached >= AIM else '**missed**'}.")


def _client(folder: Path) -> Client:
    return Client(SID, "none", http_client=Canned(folder))


def _one(way: str, folder: Path) -> None:
    client = _client(folder)
    WAYS[way](_client(folder / "warm"))  # what is imported and compiled on first use is not the work
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is counted anew
    before, spent = _memory("VmRSS"), time.process_time()
    result = WAYS[way](client)
    cpu = time.process_time() - spent
    print(json.dumps({"cpu": cpu, "bytes": (_memory("VmHWM") - before) * 1024}))
    del result


def _memory(which: str) -> int:
    return next(
        int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which)
    )


def _make(folder: Path, rows: int) -> None:
    """Store what a busy account answers, page by page; in "warm" the first page alone."""
    conn = connect("sandbox", store=":memory:", scenario="busy", messages=rows, clock="manual")
    uri, number = f"/2010-04-01/Accounts/{conn.account_sid}/Messages.json?PageSize=1000", 0
    (folder / "warm").mkdir()
    while uri:
        text = conn.get(conn.client.api.base_url + uri).text
        page = json.loads(text)
        uri = page["next_page_uri"]
        page["next_page_uri"] = uri and f"{LIST}&Page={number + 1}"
        (folder / f"{number}.json").write_text(json.dumps(page), encoding="utf-8")
        if number == 0:
            (folder / "warm" / "0.json").write_text(json.dumps({**page, "next_page_uri": None}), encoding="utf-8")
        number += 1
    conn.sandbox.api.store.close()


def _check(folder: Path) -> None:
    """Raise unless both frames say the same; ours has the price as a whole number and the dates without their zone."""
    his, ours = by_sdk(_client(folder / "warm")), by_columns(_client(folder / "warm"))
    ours["price"] = -ours.pop("price_e5") / 100_000
    for name in COLUMNS:
        mine, theirs = ours[name], his[name]
        if name.startswith("date"):
            theirs = pd.to_datetime(theirs, utc=True).dt.tz_localize(None)
        same = (mine.isna() & theirs.isna()) | (np.isclose(mine, theirs) if name == "price" else mine == theirs)
        assert same.all(), name  # noqa: S101 - the check


if __name__ == "__main__":
    main()
