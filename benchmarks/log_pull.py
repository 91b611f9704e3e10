"""Claim: at 150 ms a page, sixty days are pulled into a kept log eight times as fast as the SDK lists them page by page.

A sandbox in a process of its own serves scenario `busy` and lets every answer wait. The rival is what one writes today,
`client.messages.list(date_sent_after=..., page_size=1000)`, and keeps nothing. Ours reads, works out, forces to the disk
and tidies. Both in turn, through the HTTP client of a live connection; every message that the rival lists must be in the log,
which also holds those that were never sent and that his filter leaves out. The floor is the rival's pages, one after the
other, at the waiting time alone.

What holds it back is the work of our own process on each page, not the number of requests: of the 24 that may be on
their way about 9 are, since threads wait for their turn to work. Of about 19 ms of CPU a page, 4 are reading JSON into columns
(1 of it msgspec), 3 working out columns, 3 writing to the disk, 2 HTTP, 4 sorting the days into one file each. Requests
that find where to cut the list are a fifth of all. Tried on single pages: reading all fields of a message at once,
leaving out filters that keep every row, one thread for matrix products. None saves a tenth of a page's work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from machine import machine, spread, table
from twilio.http.response import Response
from twilio.rest import Client

from msvc_toolkit.connection import Connection, Guard, LiveHttpClient
from msvc_toolkit.logs.calls import pull_logs
from msvc_toolkit.logs.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

AIM = 8
DAYS, WAIT = 60, 0.15


def main() -> None:
    """Serve, pull both ways in turn, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rows", type=int, default=300_000, help="messages of ninety days")
    ask.add_argument("--rounds", type=int, default=5)
    asked = ask.parse_args()
    since, rival, ours, rows, pages = datetime.now(UTC) - timedelta(days=DAYS), [], [], 0, 0
    cpu: dict[str, list[float]] = {"rival": [], "ours": []}
    at_once = list[float]()
    with tempfile.TemporaryDirectory() as place, _served(Path(place), asked.rows) as conn:
        for number in range(asked.rounds):
            begun, used = time.perf_counter(), time.process_time()
            listed = conn.client.messages.list(date_sent_after=since, page_size=1000)
            rival.append(time.perf_counter() - begun)
            cpu["rival"].append(time.process_time() - used)
            sids = {one.sid for one in listed if one.date_created >= since}  # what was sent in it may be older
            del listed
            folder = Path(place, f"log-{number}")
            _Rerouted.waited.clear()
            begun, used = time.perf_counter(), time.process_time()
            found = pull_logs(conn, folder, since).certificate
            ours.append(time.perf_counter() - begun)
            cpu["ours"].append(time.process_time() - used)
            at_once.append(sum(_Rerouted.waited) / ours[-1])
            kept = set(open_store(folder).relation().to_arrow_table()["sid"].to_pylist())
            assert len(kept) == found.rows and not found.gaps  # noqa: PT018, S101 - the check
            missing = sids - kept
            assert not missing, len(missing)  # noqa: S101 - the check
            rows, pages, unsent = found.rows, found.pages, len(kept - sids)
    floor = len(sids) / 1000 * WAIT
    print(
        f"{rows:,} messages of {DAYS} days, {unsent} of them never sent; {pages} pages read; {asked.rounds} rounds.\n"
    )
    lines = [
        ["`client.messages.list(page_size=1000)`", spread(rival, 1), spread(cpu["rival"], 1), "1"],
        [
            "`pull_logs`, kept on disk",
            spread(ours, 1),
            spread(cpu["ours"], 1),
            spread([his / mine for his, mine in zip(rival, ours, strict=True)], 1),
        ],
        ["floor of one request at a time", f"{floor:.1f}", "", f"{statistics.median(rival) / floor:.1f}"],
    ]
    print(table(["way", "seconds", "CPU seconds of this process", "times the SDK"], lines))
    reached = statistics.median(his / mine for his, mine in zip(rival, ours, strict=True))
    print(f"\nMedian [least to most]. Requests of `pull_logs` on their way at once, on average: {spread(at_once, 1)}.")
    print(f"\n{machine()}.")
    print(f"\nAim: {AIM} times. Measured {reached:.1f}: {'met' if reached >= AIM else '**missed**'}.")


class _Rerouted(LiveHttpClient):
    """The HTTP client of a live connection, whose checked requests go to the sandbox's port instead."""

    waited: list[float] = []  # noqa: RUF012 - seconds of each request, of all clients

    def __init__(self, guard: Guard, url: str) -> None:
        super().__init__(guard)
        self._url = url
        self.session.mount("http://", self.session.get_adapter("https://"))

    def _send(self, checked: requests.PreparedRequest, auth: tuple[str, str] | None, timeout: float) -> Response:
        rerouted = checked.copy()
        rerouted.url = str(checked.url).replace("https://api.twilio.com", self._url, 1)
        begun = time.perf_counter()
        answer = super()._send(rerouted, auth, timeout)
        self.waited.append(time.perf_counter() - begun)
        return answer


@contextmanager
def _served(folder: Path, rows: int) -> Iterator[Connection]:
    """A sandbox in another process whose answers wait, and the way to it."""
    words = [
        sys.executable,
        "-m",
        "msvc_toolkit",
        "sandbox",
        "serve",
        "--json",
        "--clock",
        "real",
        "--scenario",
        "busy",
        "--messages",
        str(rows),
        "--store",
        str(folder / "sandbox.db"),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        ready: dict[str, Any] = json.loads(process.stdout.readline() if process.stdout else "{}")
        client = Client(ready["account_sid"], ready["auth_token"], http_client=_Rerouted(Guard(), ready["url"]))
        requests.post(f"{ready['url']}/_sandbox/faults", data={"Kind": "latency", "Seconds": WAIT}, timeout=10)
        try:
            yield Connection("LIVE", client, ready["account_sid"])
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
