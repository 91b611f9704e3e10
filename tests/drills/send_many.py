"""Drill of `send_many`: kernels start together, and are killed with -9 while they send over a line that fails in every way.

    make drills                        5,000 recipients, 30 kills, four kernels
    python tests/drills/send_many.py RECIPIENTS KILLS KERNELS

Their data folder is empty at first. A sandbox server behind a proxy plays the live account. At the end the server's own store says who got what.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import requests

from msvc_toolkit.connection import connect_live
from msvc_toolkit.sandbox.client import connect_sandbox

ROUTE = "POST /2010-04-01/*/Messages.json"
FAULTS = [
    ("timeout", {"Rate": 0.02, "Executed": True, "Seconds": 0.1}),
    ("reset", {"Rate": 0.02, "Executed": True}),
    ("reset", {"Rate": 0.02}),
    ("503", {"Rate": 0.02, "Executed": True}),
    ("503", {"Rate": 0.02}),
    ("429", {"Rate": 0.02}),
]
KERNEL = """
import json, os, sys, time
from pathlib import Path
import msvc_toolkit as msvc
import msvc_toolkit.messages.blast.calls
path, sid, cap = sys.argv[1:]
at_work = Path(path).with_name(f"at-work-{os.getpid()}")
at_work.with_name(f"ready-{os.getpid()}").touch()
while not at_work.with_name("go").exists():
    time.sleep(0.0001)
conn = msvc.connect("live")
conn.arm(max_messages=100_000, allow_to=[row.split(",")[0] for row in open(path).read().splitlines()[1:]])
for _ in range(20):
    receipt = msvc.send_many(conn, path, body="Hello {name}", messaging_service_sid=sid,
                             max_messages=int(cap), quiet_hours="ignore", on_progress=lambda done, *_: at_work.write_text(str(done)))
    waiting = receipt[receipt.outcome == "not sent"]
    if waiting.sentence.str.contains("are used up on this ledger").all() and "unknown" not in set(receipt.outcome):
        break
print(json.dumps(receipt.outcome.value_counts().to_dict()))
"""
MOST_SECONDS = 900


def main(people: int, kills: int, kernels: int) -> int:
    """Run the drill, print what came of it, and return 1 where a promise broke."""
    dice, began = random.Random(7), time.monotonic()  # noqa: S311 - a drill that can be repeated
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "MSVC_HOME": str(folder / "server")}
        serve = "-m msvc_toolkit sandbox serve --json --proxy --store".split()
        with subprocess.Popen(
            [sys.executable, *serve, str(folder / "sandbox.db")], stdout=subprocess.PIPE, text=True, env=env
        ) as server:
            try:
                twilio = json.loads(server.stdout.readline())
                env |= {"HTTPS_PROXY": twilio["proxy_url"], "REQUESTS_CA_BUNDLE": twilio["ca_file"]}
                env |= {"TWILIO_ACCOUNT_SID": twilio["account_sid"], "TWILIO_AUTH_TOKEN": twilio["auth_token"]}
                env |= {"MSVC_ARM": twilio["account_sid"], "MSVC_HOME": str(folder / "kernels")}
                os.environ.update(env)
                return _drill(folder, twilio, people, kills, kernels, dice, began)
            finally:
                server.terminate()


def _drill(folder, twilio, people, kills, kernels, dice, began):
    conn = connect_live()
    conn.arm()
    service = conn.client.messaging.v1.services.create("Drill")
    for number in conn.client.incoming_phone_numbers.list()[:2]:
        service.phone_numbers.create(phone_number_sid=number.sid)
    to = [f"+1415{n:07d}" for n in dice.sample(range(2_000_000, 9_999_999), people)]
    table = folder / "list.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([["to", "name"], *([number, f"N{n}"] for n, number in enumerate(to))])
    for kind, more in FAULTS:
        requests.post(f"{twilio['url']}/_sandbox/faults", data={"Kind": kind, "Route": ROUTE, **more}, timeout=10)

    cap = people - people // 100
    killed, ended = 0, 0
    running = [_start(table, service.sid, cap) for _ in range(kernels)]
    while len(list(folder.glob("ready-*"))) < kernels and time.monotonic() - began < MOST_SECONDS:
        time.sleep(0.1)
    started_on = "an empty folder" if not (folder / "kernels").exists() else "a used folder"
    (folder / "go").touch()
    while running and time.monotonic() - began < MOST_SECONDS:
        time.sleep(dice.uniform(0.1, 0.8))
        for kernel in [one for one in running if one.poll() is not None]:
            running.remove(kernel)
            ended += kernel.returncode == 0
            if kernel.returncode:
                print(kernel.stderr.read()[-2000:])
        done = max((int(one.read_text() or 0) for one in folder.glob("at-work-*")), default=0)
        at_work = [one for one in running if (folder / f"at-work-{one.pid}").exists()]
        if killed < kills and at_work and done >= killed * cap / (kills + 1):
            kernel = dice.choice(at_work)
            running.remove(kernel)
            kernel.kill()
            kernel.wait()
            killed += 1
            running.append(_start(table, service.sid, cap))
    with_cap = _got(twilio, service.sid)
    requests.delete(f"{twilio['url']}/_sandbox/faults", timeout=10)
    last = _start(table, service.sid, people)
    out, err = last.communicate(timeout=300)
    got = _got(twilio, service.sid)
    twice, lost = sum(n > 1 for n in got.values()), len(set(to) - set(got))
    ledgers = len(list((folder / "kernels").glob("lists/*/*.db")))
    ok = not twice and not lost and sum(with_cap.values()) == cap and killed == kills and ledgers == 1
    rows = {
        "recipients": people,
        "kernels at once": kernels,
        "they started on": started_on,
        "ledgers": ledgers,
        "kills (-9)": killed,
        "kernels that came to an end": ended,
        "cap (max_messages)": cap,
        "messages under the cap": sum(with_cap.values()),
        "messages at the end": sum(got.values()),
        "recipients with two or more": twice,
        "recipients with none": lost,
        "last receipt": out.strip() or err[-500:],
        "seconds": round(time.monotonic() - began),
        "verdict": "kept" if ok else "BROKEN",
    }
    print("\n".join(f"{name:28} {value}" for name, value in rows.items()))
    return 0 if ok else 1


def _start(table, sid, cap):
    words = [sys.executable, "-c", KERNEL, str(table), sid, str(cap)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _got(twilio, sid):
    """How many messages each recipient has, by the server's own store."""
    other = connect_sandbox(twilio["store"])
    try:
        listed = other.client.messages.stream(page_size=1000)
        return Counter(message.to for message in listed if message.messaging_service_sid == sid)
    finally:
        other.sandbox.api.store.close()


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(given + [5_000, 30, 4][len(given) :])))
