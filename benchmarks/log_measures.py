"""Claim: the whole set of measures of ten million messages, in at most 0.8 of the CPU time of SQL or Polars written by hand, within 1 GB.

The log lies in a folder as it is kept, a file a day. The rivals are what one writes today, one question after another:
SQL for DuckDB, Polars (streaming), and pandas with its own texts, each reading only the columns it needs; their answers
are compared with ours by their sums. Ours runs three times. First of bare rows, with nothing computed before. Then as
`pull_logs` and `import_logs` leave a log of this size: with the sums of each day beside it, which adding up makes once
and which takes what its own line says. Then once more, when answers that do not add up by days (who met two
senders, who left) are kept, too. The aim is held against bare rows and the better of DuckDB and Polars, by CPU
seconds, which hold on a machine that is not alone; time by the clock is beside them. Beside them the floor: these columns
read from the files and nothing made of them. Each run is a process of its own, in turn; memory is its highest. Polars and
pandas are left out where they are not asked for or not installed: pip install polars; MSVC_RIVALS=duckdb,polars.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from log_rows import log_of, read
from log_sql import by_duckdb, by_polars
from machine import machine, peak, spread, table

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.aggregates.engine import add_up_days
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.storage.store import Store, open_store

ROWS, DAYS, ROUNDS = int(os.environ.get("MSVC_ROWS", "10000000")), 90, int(os.environ.get("MSVC_ROUNDS", "5"))
AIM, AIM_MB = 0.8, 1024
RIVALS = os.environ.get("MSVC_RIVALS", "duckdb,polars,pandas").split(",")
COLUMNS = (
    "date_created direction status error_code messaging_service_sid num_segments price_e5 price_unit number "
    "peer kind country area_code sent_seconds final_seconds keyword encoding odd"
).split()
Answers = dict[str, list[int]]


def main() -> None:
    """Build the log, run each in turn, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--run", choices=RUNS)
    ask.add_argument("--folder", type=Path)
    asked = ask.parse_args()
    if asked.run:
        _child(asked.run, asked.folder)
        return
    with log_of(ROWS, DAYS) as folder:
        found: dict[str, list[dict[str, Any]]] = {
            name: [] for name in RUNS if name in (*OURS, *RIVALS, "adding", "floor")
        }
        for _ in range(ROUNDS):
            for name, runs in found.items():
                if name in ("rows", "adding"):
                    shutil.rmtree(Store(folder).cube_folder, ignore_errors=True)
                runs.append(run(name, folder))
    asking = [name for name in found if name in (*OURS, *RIVALS)]
    answers = {name: found[name][0]["answers"] for name in asking}
    for name, one in answers.items():
        assert one == answers["rows"], (name, one, answers["rows"])  # noqa: S101 - the check
    lines = [
        [
            LABELS[name],
            spread([one["seconds"] for one in runs], 2),
            spread([one["cpu"] for one in runs], 1),
            spread([one["peak"] for one in runs]),
        ]
        for name, runs in found.items()
    ]
    print(
        f"{ROWS:,} messages on {DAYS} days, {len(answers['rows'])} measures, {ROUNDS} rounds. Median [least to most].\n"
    )
    print(table(["", "seconds", "CPU seconds", "MB at most"], lines))
    each = {
        name: [statistics.median(one["each"][name] for one in found[run]) for run in asking] for name in answers["rows"]
    }
    print("\nBy measure, medians of seconds; the first of ours to need sums pays for them.\n")
    print(
        table(
            ["", *(LABELS[name] for name in asking)], [[name, *(f"{s:.2f}" for s in row)] for name, row in each.items()]
        )
    )
    print(f"\n{machine()}.")
    rivals = [name for name in ("duckdb", "polars") if name in found]
    for what, words in (("seconds", "wall time"), ("cpu", "CPU time")):
        ratios = [
            statistics.median(mine[what] / other[what] for mine, other in zip(found["rows"], found[rival], strict=True))
            for rival in rivals
        ]
        print(f"\nOf bare rows, {words} to {' and '.join(rivals)}: {', '.join(f'{ratio:.2f}' for ratio in ratios)}.")
        if what == "cpu":
            worst = max(ratios)
    most = max(one["peak"] for one in found["rows"])
    met = worst <= AIM and most <= AIM_MB
    print(
        f"\nAim: at most {AIM} of the better rival's CPU time, {AIM_MB} MB. Measured {worst:.2f}, {most:,.0f} MB: {'met' if met else '**missed**'}."
    )


def run(name: str, folder: Path) -> dict[str, Any]:
    """Run one in a process of its own, and return what it took."""
    command = [sys.executable, __file__, "--run", name, "--folder", str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)  # noqa: S603 - ours
    return found


def _child(name: str, folder: Path) -> None:
    begun, used = time.perf_counter(), time.process_time()
    each: dict[str, float] = {}
    answers = RUNS[name](folder, each)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak(), "each": each, "answers": answers}))


def _timed(each: dict[str, float], questions: dict[str, Callable[[], list[int]]]) -> Answers:
    answers = {}
    for name, question in questions.items():
        begun = time.perf_counter()
        answers[name] = question()
        each[name] = time.perf_counter() - begun
    return answers


def _sums(frame: pd.DataFrame, *columns: str) -> list[int]:
    """What a frame is compared by: its rows, and what its columns add up to."""
    return [len(frame), *(int(frame[name].sum()) for name in columns)]


def _ours(folder: Path, each: dict[str, float]) -> Answers:
    log = Log(open_store(folder))
    return _timed(
        each,
        {
            "volume": lambda: _sums(measures.volume(log, by=("number", "day")), "n", "segments"),
            "outcomes": lambda: _sums(measures.outcomes(log), "n", "delivered", "failed"),
            "errors": lambda: _sums(measures.errors(log), "n", "senders", "price_e5"),
            "heat": lambda: _sums(measures.heat(log), "n", "delivered"),
            "replies": lambda: _sums(measures.replies(log), "delivered", "replies", "stops"),
            "spend": lambda: _sums(measures.spend(log, by="number"), "n", "segments", "price_e5"),
            "latency": lambda: _sums(measures.latency(log), "n"),
            "peaks": lambda: _sums(measures.peaks(log), "n", "peak"),
            "choices": lambda: _sums(measures.choices(log), "n"),
            "stickiness": lambda: _sums(measures.stickiness(log), "people", "broken"),
            "after_stop": lambda: _sums(measures.after_stop(log), "people", "n", "refused"),
            "idle": lambda: _sums(measures.idle(log), "n"),
            "characters": lambda: _sums(measures.characters(log, by="messaging_service_sid"), "n", "segments"),
        },
    )


def _pandas(folder: Path, each: dict[str, float]) -> Answers:  # noqa: C901 - a list of questions
    begun = time.perf_counter()
    log = read(folder, COLUMNS).to_pandas()
    each["reading"] = time.perf_counter() - begun
    log["day"], log["minute"] = log["date_created"].dt.floor("D"), log["date_created"].dt.floor("min")
    for name in ("number", "messaging_service_sid", "country", "area_code"):
        log[name] = log[name].fillna("")
    out = log[log["direction"] != "inbound"]
    arrived = out["status"].isin(["delivered", "read"])

    def errors() -> list[int]:
        bad = out[out["error_code"].notna()]
        found = bad.groupby(["error_code", "price_unit"]).agg(
            n=("status", "size"), senders=("number", "nunique"), price_e5=("price_e5", "sum")
        )
        return _sums(found, "n", "senders", "price_e5")

    def outcomes() -> list[int]:
        found = (
            out.assign(failed=out["status"].isin(["failed", "undelivered"]), delivered=arrived)
            .groupby("number")
            .agg(n=("status", "size"), delivered=("delivered", "sum"), failed=("failed", "sum"))
        )
        return _sums(found, "n", "delivered", "failed")

    def heat() -> list[int]:
        found = (
            out.assign(delivered=arrived)
            .groupby([out["date_created"].dt.day_of_week, out["date_created"].dt.hour.rename("hour")])
            .agg(n=("status", "size"), delivered=("delivered", "sum"))
        )
        return _sums(found, "n", "delivered")

    def replies() -> list[int]:
        heard = log["direction"] == "inbound"
        reached = log["status"].isin(["delivered", "read"]) & ~heard & (log["direction"] != "outbound-reply")
        found = (
            log.assign(delivered=reached, replies=heard & log["keyword"].isna(), stops=log["keyword"] == "stop")
            .groupby("number")[["delivered", "replies", "stops"]]
            .sum()
        )
        return _sums(found, "delivered", "replies", "stops")

    def spend() -> list[int]:
        found = out.groupby(["number", "price_unit"]).agg(
            n=("status", "size"), segments=("num_segments", "sum"), price_e5=("price_e5", "sum")
        )
        every = log.groupby(["number", "price_unit"]).ngroups
        return [every, *_sums(found, "n", "segments", "price_e5")[1:]]

    def latency() -> list[int]:
        counts = [out[name].notna().groupby(out["number"]).sum() for name in ("sent_seconds", "final_seconds")]
        for name in ("sent_seconds", "final_seconds"):
            out.groupby("number")[name].quantile([0.5, 0.9, 0.95, 0.99])
        return [sum(int((count > 0).sum()) for count in counts), sum(int(count.sum()) for count in counts)]

    def peaks() -> list[int]:
        minutes = (
            out.groupby(["number", "kind", "minute"])
            .agg(n=("status", "size"), segments=("num_segments", "sum"))
            .reset_index()
        )
        return _sums(minutes.groupby(["number", "kind"]).agg(n=("n", "sum"), peak=("segments", "max")), "n", "peak")

    def choices() -> list[int]:
        chosen = out[(out["messaging_service_sid"] != "") & (out["direction"] != "outbound-reply")]
        return _sums(
            chosen.groupby(["messaging_service_sid", "country", "area_code", "number", "kind"])
            .size()
            .rename("n")
            .reset_index(),
            "n",
        )

    def stickiness() -> list[int]:
        sent = out[out["messaging_service_sid"] != ""]
        met = sent.groupby(["messaging_service_sid", "peer"])["number"].nunique().reset_index()
        found = (
            met.assign(broken=met["number"] > 1)
            .groupby("messaging_service_sid")
            .agg(people=("peer", "size"), broken=("broken", "sum"))
        )
        return _sums(found, "people", "broken")

    def after_stop() -> list[int]:
        scope = log["messaging_service_sid"].where(log["messaging_service_sid"] != "", log["number"])
        thread = log.assign(scope=scope)[
            ["scope", "peer", "messaging_service_sid", "date_created", "direction", "keyword", "status", "error_code"]
        ]
        said = thread[thread["keyword"].isin(["stop", "start"])].sort_values("date_created")
        left = said.loc[said["keyword"] == "stop", ["scope", "peer"]].drop_duplicates()
        sent = thread[thread["direction"] != "inbound"]
        near = sent.merge(left, on=["scope", "peer"]).sort_values("date_created")
        last = pd.merge_asof(
            near.drop(columns="keyword"),
            said[["scope", "peer", "date_created", "keyword"]],
            on="date_created",
            by=["scope", "peer"],
            allow_exact_matches=False,
        )
        ended = (last["direction"] == "outbound-reply") | last["status"].isin(["failed", "canceled"])
        went = last[(last["keyword"] == "stop") & ~ended & (last["error_code"] != 21610)]  # noqa: PLR2004 - Twilio's
        refused = sent[sent["error_code"] == 21610]  # noqa: PLR2004
        both = pd.concat([went.assign(refused=False), refused.assign(refused=True)])
        found = both.groupby("messaging_service_sid").agg(
            people=("peer", "nunique"), n=("peer", "size"), refused=("refused", "sum")
        )
        return _sums(found, "people", "n", "refused")

    def characters() -> list[int]:
        odd = out[out["odd"].notna()]
        found = odd.groupby(["messaging_service_sid", "odd", "price_unit"]).agg(
            n=("status", "size"), segments=("num_segments", "sum")
        )
        return _sums(found, "n", "segments")

    def volume() -> list[int]:
        return _sums(
            log.groupby(["number", "day"]).agg(n=("status", "size"), segments=("num_segments", "sum")), "n", "segments"
        )

    def idle() -> list[int]:
        return _sums(log.groupby("number").agg(n=("status", "size"), last=("date_created", "max")), "n")

    return _timed(
        each,
        {
            "volume": volume,
            "outcomes": outcomes,
            "errors": errors,
            "heat": heat,
            "replies": replies,
            "spend": spend,
            "latency": latency,
            "peaks": peaks,
            "choices": choices,
            "stickiness": stickiness,
            "after_stop": after_stop,
            "idle": idle,
            "characters": characters,
        },
    )


def _adding(folder: Path, each: dict[str, float]) -> Answers:
    each.clear()
    add_up_days(open_store(folder), lambda _done, _of: None)
    return {}


def _floor(folder: Path, each: dict[str, float]) -> Answers:
    each.clear()
    files = sorted(map(str, folder.glob("day=*/*.parquet")))
    counts = (
        duckdb.read_parquet(files, hive_partitioning=False)
        .aggregate(", ".join(f"count({name})" for name in COLUMNS))
        .fetchall()
    )
    return {"rows": [int(counts[0][0])]}


RUNS: dict[str, Callable[[Path, dict[str, float]], Answers]] = {
    "rows": _ours,
    "adding": _adding,
    "kept": _ours,
    "again": _ours,
    "duckdb": lambda folder, each: _timed(each, by_duckdb(folder)),
    "polars": lambda folder, each: _timed(each, by_polars(folder)),
    "pandas": _pandas,
    "floor": _floor,
}
LABELS = {
    "rows": "ours, of bare rows",
    "adding": "adding the days up, once, as a pull or import ends",
    "kept": "ours, as the log is kept",
    "again": "ours, once more",
    "duckdb": "DuckDB by hand",
    "polars": "Polars by hand",
    "pandas": "pandas",
    "floor": "floor: the columns read",
}
OURS = ("rows", "kept", "again")
"""Those of ours that answer questions."""


if __name__ == "__main__":
    main()
