"""Claim: a hundred million messages are measured on a small machine, in a minute and within 2 GB of memory.

The log lies in a folder as it is kept, a file a day; nothing is computed before. There is no rival: pandas needs more
than ten times the memory for the columns alone. Beside it the floor: these columns read and nothing made of them. Each
run is a process of its own; memory is its highest. Then the same again with what the first run kept.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from log_measures import LABELS, run
from log_rows import build
from machine import machine, table

from msvc_toolkit.logs.storage.store import Store

ROWS, DAYS = int(os.environ.get("MSVC_SCALE_ROWS", "100000000")), 365
AIM_MB, AIM_SECONDS = 2048, 60


def main() -> None:
    """Build the log, run, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--folder", type=Path)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("MSVC_FOLDER")) as place:
        folder = asked.folder or Path(place)
        store = build(folder, ROWS, DAYS)
        size = sum(path.stat().st_size for path in store.files)
        shutil.rmtree(store.cube_folder, ignore_errors=True)
        found = {name: run(name, folder) for name in ("rows", "again", "floor")}
        cubes = sum(path.stat().st_size for path in Store(folder).cube_folder.rglob("*.parquet"))
    print(
        f"{ROWS:,} messages on {DAYS} days: {size / 1e6:,.0f} MB, {size / ROWS:.1f} bytes a message; what is kept beside them {cubes / 1e6:,.0f} MB.\n"
    )
    print(
        table(
            ["", "seconds", "MB at most"],
            [[LABELS[name], f"{one['seconds']:.1f}", f"{one['peak']:,.0f}"] for name, one in found.items()],
        )
    )
    print("\nBy measure; the first to need sums pays for them.\n")
    each = found["rows"]["each"]
    print(
        table(
            ["seconds", "of bare rows", "once more"],
            [[name, f"{each[name]:.1f}", f"{found['again']['each'][name]:.1f}"] for name in each],
        )
    )
    print(f"\n{machine()}.")
    most = max(found[name]["peak"] for name in ("rows", "again"))
    seconds = found["rows"]["seconds"]
    met = most <= AIM_MB and seconds <= AIM_SECONDS
    print(
        f"\nAim: at most {AIM_SECONDS} s and {AIM_MB} MB. Measured {seconds:.0f} s, {most:,.0f} MB: {'met' if met else '**missed**'}."
    )


if __name__ == "__main__":
    main()
