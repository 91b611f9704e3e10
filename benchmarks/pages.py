"""Claim: a log of a million messages is read at a hundred pages of 1 000 a second or more, as fast at its end as at its start.

In process, through the handlers that a notebook uses: scenario `busy`, every page of the list through its
`next_page_uri`. Beside it, page by page, the floor: the same rows fetched from SQLite and nothing made of them. Counted
in seconds of CPU, which hold on a busy machine; by the clock beside them.
"""

from __future__ import annotations

import argparse
import base64
import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from machine import machine, spread, table

from msvc_toolkit.sandbox.backend import Request
from msvc_toolkit.sandbox.control.controller import Controller, open_sandbox

SIZE, WINDOW = 1_000, 50
AIM = 100
_RAW = "SELECT * FROM message WHERE account_sid = ? AND seq < ? ORDER BY seq DESC LIMIT ?"


def main() -> None:
    """Build the log, read it from end to end, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rows", type=int, default=1_000_000)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "sandbox.db")
        begun = time.perf_counter()
        handle = open_sandbox(store, scenario="busy", messages=asked.rows)
        print(f"Scenario `busy` with {asked.rows:,} messages: built in {time.perf_counter() - begun:.0f} s.\n")
        ours, raw, clock, rows = _read(handle, store)
        handle.api.store.close()
    middle = len(ours) // 2 - WINDOW // 2
    places = {"first": 0, "middle": max(middle, 0), "last": max(len(ours) - WINDOW, 0)}
    spans = {f"{name} {WINDOW}": slice(at, at + WINDOW) for name, at in places.items()}
    lines = [
        [name, *(spread([1 / s for s in times[span]]) for times in (ours, raw, clock)), _ratio(ours[span], raw[span])]
        for name, span in {**spans, "all": slice(None)}.items()
    ]
    heads = ["pages", "pages per CPU second", "SQLite alone", "times its cost", "pages/s by the clock"]
    print(table(heads, [[name, mine, floor, ratio, wall] for name, mine, floor, wall, ratio in lines]))
    first, last = (statistics.median(ours[spans[f"{name} {WINDOW}"]]) for name in ("first", "last"))
    print(
        f"\nMedian [least to most]; {len(ours):,} pages, {rows:,} messages read. A page of the last {WINDOW} cost "
        f"{last / first:.2f} times one of the first.\n\n{machine()}."
    )
    for name, times in (("by the clock", clock), ("per CPU second", ours)):
        reached = 1 / statistics.median(times)
        print(f"\nAim: {AIM} pages/s. Measured {name} {reached:.0f}: {'met' if reached >= AIM else '**missed**'}.")


def _read(handle: Controller, store: Path) -> tuple[list[float], list[float], list[float], int]:
    """Return the CPU seconds of each page, of the same rows from SQLite, the seconds by the clock, and the messages."""
    sid, token = handle.credentials()
    authorization = "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()
    uri: str | None = f"/2010-04-01/Accounts/{sid}/Messages.json?PageSize={SIZE}"
    ours, raw, clock, rows, place = [], [], [], 0, 1 << 62
    with closing(sqlite3.connect(store)) as db:
        while uri:
            begun, spent = time.perf_counter(), time.thread_time()
            parts = urlsplit(uri)
            asked = Request("GET", parts.path, query=parse_qsl(parts.query), authorization=authorization)
            answer = handle.api.handle(asked)
            ours.append(time.thread_time() - spent)
            clock.append(time.perf_counter() - begun)
            spent = time.thread_time()
            fetched = db.execute(_RAW, (sid, place, SIZE)).fetchall()
            raw.append(time.thread_time() - spent)
            page = json.loads(answer.body)
            assert [row[1] for row in fetched] == [row["sid"] for row in page["messages"]]  # noqa: S101 - the check
            place = fetched[-1][0]
            rows += len(page["messages"])
            uri = page["next_page_uri"]
    return ours, raw, clock, rows


def _ratio(mine: list[float], floor: list[float]) -> str:
    return spread([one / other for one, other in zip(mine, floor, strict=True)], 1)


if __name__ == "__main__":
    main()
