"""Claim: a log of ten million messages opens, with the explorer's four tables, in at most 0.7 of the time of SQL by hand.

The tables are volume by day and status, outcomes, errors, and hours of the week. Ours opens the log as `pull_logs` leaves
it, with the sums of each day beside it, and gives whole measures with rates, intervals and remedies; the rival asks the
same files by SQL in DuckDB. Imports are not counted. Then the whole report, as `msvc logs report` writes it, imports and
all. Each run is a process of its own, in turn; memory is its highest.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from log_rows import build
from log_sql import EXPLORER
from machine import machine, spread, table

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.aggregates.engine import add_up_days
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.storage.store import open_store

ROWS, DAYS, ROUNDS = int(os.environ.get("MSVC_ROWS", "10000000")), 90, int(os.environ.get("MSVC_ROUNDS", "5"))
AIM, AIM_MB, AIM_REPORT = 0.7, 300, 3.0


def main() -> None:
    """Build the log, run each in turn, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--run", choices=RUNS)
    ask.add_argument("--folder", type=Path)
    asked = ask.parse_args()
    if asked.run:
        begun, used = time.perf_counter(), time.process_time()
        answers = RUNS[asked.run](asked.folder)
        told = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - used, "answers": answers}
        print(json.dumps({**told, "peak": _peak()}))
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("MSVC_FOLDER")) as place:
        folder = asked.folder or Path(place)
        add_up_days(build(folder, ROWS, DAYS), lambda _done, _of: None)
        report(folder, Path(place))  # answers that do not add up by days are kept from now on
        told: dict[str, list[dict[str, Any]]] = {name: [] for name in RUNS}
        reports = []
        for _ in range(ROUNDS):
            for name, runs in told.items():
                command = [sys.executable, __file__, "--run", name, "--folder", str(folder)]
                runs.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))  # noqa: S603 - ours
            reports.append(report(folder, Path(place)))
    assert told["ours"][0]["answers"] == told["duckdb"][0]["answers"], told  # noqa: S101 - the check
    lines = [
        [
            LABELS[name],
            spread([one["seconds"] for one in runs], 2),
            spread([one["cpu"] for one in runs], 2),
            spread([one["peak"] for one in runs]),
        ]
        for name, runs in told.items()
    ]
    print(f"{ROWS:,} messages on {DAYS} days, {ROUNDS} rounds. Median [least to most].\n")
    print(table(["", "seconds", "CPU seconds", "MB at most"], lines))
    print(f"\nThe whole report, imports included: {spread(reports, 2)} s.\n\n{machine()}.")
    pairs = [*zip(told["ours"], told["duckdb"], strict=True)]
    ratio = statistics.median(mine["seconds"] / other["seconds"] for mine, other in pairs)
    peak = max(one["peak"] for one in told["ours"])
    wrote = statistics.median(reports)
    met = ratio <= AIM and peak <= AIM_MB and wrote <= AIM_REPORT
    print(
        f"\nAim: at most {AIM} of the time, {AIM_MB} MB, and a report in {AIM_REPORT:.0f} s. Measured {ratio:.2f}, {peak:,.0f} MB and "
        f"{wrote:.1f} s: {'met' if met else '**missed**'}."
    )


def report(folder: Path, place: Path) -> float:
    """Write the report, and return the seconds it took."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "msvc_toolkit", "logs", "report", str(folder), "--out", str(place / "report.html")]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ours
    return time.perf_counter() - begun


def _peak() -> float:
    """Return the most memory of this process in MB; `getrusage` would include that of the one it was started by."""
    told = Path("/proc/self/status").read_text()
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


def _ours(folder: Path) -> list[list[int]]:
    log = Log(open_store(folder))
    tables = [
        measures.volume(log, by=("day", "status")),
        measures.outcomes(log),
        measures.errors(log),
        measures.heat(log),
    ]
    return [[len(one), int(one["n"].sum())] for one in tables]


def _duckdb(folder: Path) -> list[list[int]]:
    con = duckdb.connect()
    con.read_parquet(str(folder / "day=*" / "*.parquet"), hive_partitioning=False).create_view("log")
    tables = [con.sql(sql).df() for sql in EXPLORER.values()]
    return [[len(one), int(one["n"].sum())] for one in tables]


RUNS: dict[str, Callable[[Path], list[list[int]]]] = {"ours": _ours, "duckdb": _duckdb}
LABELS = {"ours": "ours, as the log is kept", "duckdb": "DuckDB by hand"}


if __name__ == "__main__":
    main()
