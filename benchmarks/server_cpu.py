"""Claim: a text by service SID costs the sandbox's server no more CPU than Prism's static, and half of the others'.

The sandbox alone keeps every text in a file. CPU time of the server's process tree per `POST Messages`, servers started afresh and in turn in every round. CPU time
is what holds on a busy machine; requests a second are beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any

import peers
from machine import cpu_seconds, machine, missing, pinned, spread, table

CONNECTIONS = 8
OURS, EMULATE, FLOOR = "sandbox", "emulate", "floor"
STATIC, SMALL, DYNAMIC = "Prism static", "Prism static, one path", "Prism dynamic"
_NO_SERVICE = "MG" + "0" * 32


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--seconds", type=int, default=4, help="load per server and round")
    ask.add_argument("--warm", type=int, default=3, help="seconds of load before that")
    ask.add_argument("--specs", default=os.environ.get("MSVC_SPECS"), help="folder of Twilio's OpenAPI files")
    ask.add_argument("--only", help="one server, for work on it")
    asked = ask.parse_args()
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk, which is not here: apt-get install wrk")
    servers = _servers(asked.specs)
    if asked.only:
        servers = {asked.only: servers[asked.only]}
    cost: dict[str, list[float]] = {name: [] for name in servers}
    rate: dict[str, list[float]] = {name: [] for name in servers}
    checked: dict[str, str] = {}
    for number in range(asked.rounds):
        for name, start in servers.items():
            with start() as peer:
                micros, per_second, checked[name] = _measure(peer, name, asked.warm, asked.seconds)
            cost[name].append(micros)
            rate[name].append(per_second)
            print(f"round {number + 1} {name}: {micros:.0f} us, {per_second:.0f}/s", file=sys.stderr)
    _tell(cost, rate, checked, asked.seconds)


def _servers(specs_given: str | None) -> dict[str, Callable[[], AbstractContextManager[peers.Peer]]]:
    servers: dict[str, Callable[[], AbstractContextManager[peers.Peer]]] = {OURS: peers.ours}
    if peers.EMULATE.exists():
        servers[EMULATE] = peers.emulate
    else:
        missing(peers.NO_RIVALS.format("emulate"))
    specs = peers.specs_from(specs_given)
    if not peers.PRISM.exists():
        missing(peers.NO_RIVALS.format("Prism"))
    elif specs is None:
        missing(peers.NO_SPECS)
    else:
        servers[STATIC] = partial(peers.prism, specs)
        servers[SMALL] = partial(peers.small_prism, specs)
        servers[DYNAMIC] = partial(peers.prism, specs, dynamic=True)
    servers[FLOOR] = peers.floor
    return servers


def _measure(peer: peers.Peer, name: str, warm: int, seconds: int) -> tuple[float, float, str]:
    """Return microseconds of CPU per request, requests a second, and what the check of the answers found."""
    service = peer.service() if name in (OURS, EMULATE) else _NO_SERVICE
    warmed = _load(peer, service, warm)
    before = cpu_seconds(peer.pid)
    loaded = _load(peer, service, seconds)
    spent = cpu_seconds(peer.pid) - before
    if loaded["created"] != loaded["answered"]:
        sys.exit(f"{name}: {loaded['answered'] - loaded['created']} of {loaded['answered']} answers were not 201")
    told = "all 201"
    if name in (OURS, EMULATE):
        sent, answered = (warmed[key] + loaded[key] for key in ("sent", "created"))
        stored = _stored(peer)
        if not answered <= stored <= sent:
            sys.exit(f"{name}: {stored} rows stored, but {answered} answered of {sent} sent")
        told += f", rows kept: {stored} (answered {answered}, sent {sent})"
    return spent / loaded["answered"] * 1e6, loaded["answered"] / loaded["seconds"], told


def _load(peer: peers.Peer, service: str, seconds: int) -> dict[str, Any]:
    environment = os.environ | {
        "BENCH_SERVICE": service,
        "BENCH_PATH": f"/2010-04-01/Accounts/{peer.account_sid}/Messages.json",
        "BENCH_AUTHORIZATIONS": ",".join(peer.keys or [peer.authorization]),
    }
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    script = str(Path(__file__).with_name("post_messages.lua"))
    ended = subprocess.run(  # noqa: S603 - our own command
        [*pinned(1), *command, "--script", script, peer.messages],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told


def _stored(peer: peers.Peer) -> int:
    """Count the messages a server has kept: in its file, or by paging through its list."""
    if peer.store is not None:
        with closing(sqlite3.connect(peer.store)) as db:
            return int(db.execute("SELECT count(*) FROM message").fetchone()[0])
    path, found, page = "/2010-04-01/Accounts/{AC}/Messages.json?PageSize=1000", 0, 0
    while rows := peer.call("GET", f"{path}&Page={page}")[1]["messages"]:
        found, page = found + len(rows), page + 1
    return found


def _tell(cost: dict[str, list[float]], rate: dict[str, list[float]], checked: dict[str, str], seconds: int) -> None:
    kept = {
        OURS: "every message, in a file, all rules on",
        EMULATE: "messages in memory, few rules",
        STATIC: "nothing; checks the request against the specification",
        SMALL: "nothing; as above, the specification cut to this one call",
        DYNAMIC: "nothing; checks the request, makes an answer up",
        FLOOR: "nothing: uvicorn, httptools and uvloop with a constant answer",
    }
    rows = []
    for name, values in cost.items():
        ratios = [theirs / mine for theirs, mine in zip(values, cost.get(OURS, values), strict=True)]
        rows.append([name, spread(values), spread(ratios, 2), spread(rate[name]), kept[name]])
    heads = ["server", "CPU µs per POST", "times the sandbox's", "requests/s", "what it keeps and checks"]
    print(table(heads, rows))
    rounds = len(next(iter(cost.values())))
    print(
        f"\nMedian [least to most] of {rounds} rounds of {seconds} s each, {CONNECTIONS} connections, server on one core "
        "and load on another; ratios are taken within a round."
    )
    print("\n" + "\n".join(f"- {name}, last round: {told}" for name, told in checked.items()))
    print(f"\n{machine()}.")
    if OURS in cost and len(cost) > 1:
        for name, share in ((STATIC, 1.0), (SMALL, 1.0), (DYNAMIC, 0.5), (EMULATE, 0.5)):
            if name in cost:
                reached = statistics.median(mine / theirs for mine, theirs in zip(cost[OURS], cost[name], strict=True))
                verdict = "met" if reached <= share else "**missed**"
                print(f"\nAim: at most {share:.0%} of {name}. Measured {reached:.0%}: {verdict}.")


if __name__ == "__main__":
    main()
