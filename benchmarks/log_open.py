"""Claim: a log of ten million messages opens, with the explorer's four tables, in at most 0.7 of the CPU time of SQL by hand.

The tables are volume by day and status, outcomes, errors, and hours of the week. Ours opens the log as `pull_logs` leaves
it, with the sums of each day beside it, and gives whole measures with rates, intervals and remedies; the rival asks the
same files by SQL in DuckDB. Imports are not counted. Then the explorer as a fresh kernel opens it, from `import` to its
four charts, and the whole report, as `msvc logs report` writes it, imports and all. Each run is a
process of its own, in turn; memory is its highest.

Modules are compiled before they are measured, as pip leaves them. Where Python may not keep what it compiled
(PYTHONDONTWRITEBYTECODE), importing costs over three times as much: 1.8 instead of 0.5 s of CPU. On a busy machine CPU time is
held against the aims that are set by the clock.
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
from log_rows import log_of
from log_sql import EXPLORER
from machine import busy, machine, peak, spread, table

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.aggregates.engine import add_up_days
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.storage.store import open_store

ROWS, DAYS, ROUNDS = int(os.environ.get("MSVC_ROWS", "10000000")), 90, int(os.environ.get("MSVC_ROUNDS", "5"))
AIM, AIM_MB, AIM_EXPLORER, AIM_REPORT, AIM_REPORT_MB = 0.7, 300, 1.3, 3.0, 400
_PEAK = """
import json, pathlib
peak = int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
"""
FRESH_KERNEL = (
    """
import sys, time, ipykernel.ipkernel
begun, used = time.perf_counter(), time.process_time()
import msvc_toolkit as msvc
explorer = msvc.LogExplorer(msvc.open_logs(sys.argv[1]))
while not all(one.chart.title for one in explorer.charts.values()):
    assert time.perf_counter() < begun + 60
    time.sleep(0.005)
charts, cpu = time.perf_counter() - begun, time.process_time() - used
explorer.wait(120)
"""
    + _PEAK
    + "print(json.dumps({'seconds': charts, 'cpu': cpu, 'peak': peak}))"
)
"""What a person runs in a kernel, which has its own modules loaded."""
REPORT = (
    """
import sys, time
begun, used = time.perf_counter(), time.process_time()
from msvc_toolkit.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
seconds, cpu = time.perf_counter() - begun, time.process_time() - used
"""
    + _PEAK
    + "print(json.dumps({'seconds': seconds, 'cpu': cpu, 'peak': peak}))"
)
"""The command, and what it took."""
LIBRARIES = (
    """
import sys, time, ipykernel.ipkernel
begun, used = time.perf_counter(), time.process_time()
import anywidget, duckdb, ipywidgets, numpy, pandas, pyarrow.parquet, requests
seconds, cpu = time.perf_counter() - begun, time.process_time() - used
"""
    + _PEAK
    + "print(json.dumps({'seconds': seconds, 'cpu': cpu, 'peak': peak}))"
)
"""The floor of both: what they need imported, and nothing done."""


def main() -> None:
    """Build the log, run each in turn, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--run", choices=RUNS)
    ask.add_argument("--folder", type=Path)
    asked = ask.parse_args()
    if asked.run:
        begun, used = time.perf_counter(), time.process_time()
        answers = RUNS[asked.run](asked.folder)
        found = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - used, "answers": answers}
        print(json.dumps({**found, "peak": peak()}))
        return
    with log_of(ROWS, DAYS) as folder, tempfile.TemporaryDirectory() as place:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = place
        add_up_days(open_store(folder), lambda _done, _of: None)
        fresh(FRESH_KERNEL, folder)
        report(folder, Path(place))  # answers that do not add up by days are kept from now on
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in RUNS}
        alone: dict[str, list[dict[str, Any]]] = {name: [] for name in ALONE}
        for _ in range(ROUNDS):
            for name, runs in found.items():
                command = [sys.executable, __file__, "--run", name, "--folder", str(folder)]
                runs.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))  # noqa: S603 - ours
            for name, act in ALONE.items():
                alone[name].append(act(folder, Path(place)))
    assert found["ours"][0]["answers"] == found["duckdb"][0]["answers"], found  # noqa: S101 - the check
    print(f"{ROWS:,} messages on {DAYS} days, {ROUNDS} rounds. Median [least to most].\n")
    lines = [
        [LABELS.get(name, name), *(spread([one[what] for one in runs], 2) for what in ("seconds", "cpu")), _most(runs)]
        for name, runs in (found | alone).items()
    ]
    print(f"{table(['', 'seconds', 'CPU seconds', 'MB at most'], lines)}\n\n{machine()}.")
    pairs = [*zip(found["ours"], found["duckdb"], strict=True)]
    ratio = statistics.median(mine["cpu"] / other["cpu"] for mine, other in pairs)
    explorers, reports = alone[FORM], alone[REPORTED]
    aims: list[tuple[str, float, float, int]] = [
        (f"{AIM} of the CPU time of SQL by hand", ratio, AIM, 2),
        (f"{AIM_MB} MB", max(one["peak"] for one in found["ours"]), AIM_MB, 0),
        (f"{AIM_REPORT_MB} MB for the report", max(one["peak"] for one in reports), AIM_REPORT_MB, 0),
    ]
    which, how = ("cpu", "s of CPU") if busy() else ("seconds", "s")
    spent = [statistics.median(one[which] for one in runs) for runs in (explorers, reports)]
    aims.append((f"{AIM_EXPLORER} {how} to the explorer's charts", spent[0], AIM_EXPLORER, 2))
    aims.append((f"{AIM_REPORT:.0f} {how} for the report", spent[1], AIM_REPORT, 2))
    for words, value, aim, digits in aims:
        print(f"\nAim: at most {words}. Measured {value:.{digits}f}: {'met' if value <= aim else '**missed**'}.")


def _most(runs: list[dict[str, Any]]) -> str:
    return spread([one["peak"] for one in runs])


def fresh(code: str, *words: object) -> dict[str, Any]:
    """Run code in a process of its own, and return what it took."""
    command = [sys.executable, "-c", code, *map(str, words)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603 - ours
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return found


def report(folder: Path, place: Path) -> dict[str, Any]:
    """Write the report, and return what it took."""
    return fresh(REPORT, "logs", "report", folder, "--out", place / "report.html")


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
FORM, REPORTED = "the explorer's four charts, in a fresh kernel", "the whole report, imports and all"
ALONE: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "floor of the next two: their libraries imported": lambda _folder, _place: fresh(LIBRARIES),
    FORM: lambda folder, _place: fresh(FRESH_KERNEL, folder),
    REPORTED: report,
}


if __name__ == "__main__":
    main()
