"""What a benchmark ran on, what a process tree cost, and how a figure is told with its spread."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """Describe the machine and its load in one line."""
    processor = next(
        (line.partition(":")[2].strip() for line in _proc("cpuinfo").splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    node = _version("node", "--version")
    return (
        f"{len(cores())} cores of {processor}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()} ({_build()}), Node {node}; load {os.getloadavg()[0]:.1f} when this ran"
    )


def busy() -> bool:
    """Whether other programs want more than half of the machine, so that times by the clock say little."""
    return os.getloadavg()[0] > 1 + len(cores()) / 2


def cores() -> list[int]:
    """Return the cores this process may use."""
    return sorted(os.sched_getaffinity(0))


def pinned(core: int) -> list[str]:
    """Return what to put before a command so that it keeps to one core: the first or the second; nothing on one."""
    if len(cores()) < 2 or not shutil.which("taskset"):  # noqa: PLR2004 - one for the server, one for the load
        return []
    return ["taskset", "-c", str(cores()[core])]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process and all its descendants have used, to 10 ms."""
    parents: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        number = int(stat.parent.name)
        parents.setdefault(int(fields[1]), []).append(number)
        spent[number] = sum(map(int, fields[11:15])) / _TICK  # own and reaped children's, user and system
    tree, total = [pid], 0.0
    while tree:
        one = tree.pop()
        total += spent.get(one, 0.0)
        tree += parents.get(one, [])
    return total


def peak() -> float:
    """Return the most memory of this process in MB; `getrusage` would include that of the one it was started by."""
    return int(_proc("self/status").split("VmHWM:")[1].split()[0]) / 1024


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Write a series as its median and range."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} [{low:,.{digits}f} to {high:,.{digits}f}]".replace(",", " ")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def missing(what: str) -> None:
    """Say plainly, in the result itself, that something was not measured."""
    print(f"\n**Not measured: {what}**\n")


def _proc(name: str) -> str:
    try:
        return Path("/proc", name).read_text()
    except OSError:
        sys.exit("These benchmarks read CPU times from /proc, so they run on Linux only.")


def _build() -> str:
    """Tell whether this Python was compiled as distributions do; one that was not is slower by a quarter or so."""
    if sys.base_prefix == "/usr":
        return "the distribution's build"  # Debian's is optimized, and does not tell
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return "optimized build" if optimized else "build without --enable-optimizations"


def _version(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own
    except (OSError, subprocess.CalledProcessError):
        return "missing"
