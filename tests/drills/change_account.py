"""Drill of changes to an account: random plans under faults, taken back, drift, kills, the same file on another account.

    make drills                        300 plans, 30 kills
    python tests/drills/change_account.py PLANS KILLS SEED

Plans are applied in a sandbox in this process. For the kills, a sandbox server behind a proxy plays the live account, and
its own journal says what was asked of it.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import requests
import yaml

from msvc_toolkit.changes import run
from msvc_toolkit.changes.calls import (
    apply_changes,
    export_account,
    plan_changes,
    read_account,
    resume_changes,
    undo_changes,
)
from msvc_toolkit.connection import connect_live
from msvc_toolkit.errors import InvalidInput, WritesNotArmed
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service, delete_service, list_services, update_service

SETTINGS = {
    "usecase": ["notifications", "marketing", "poll"],
    "sticky_sender": [True, False],
    "smart_encoding": [True, False],
    "validity_period": [600, 7200, 36000],
    "status_callback": ["", "https://example.com/status"],
    "inbound_request_url": ["", "https://user:pw@example.com/in", "https://example.com/other"],
    "inbound_method": ["GET", "POST"],
    "use_inbound_webhook_on_number": [True, False],
}
FAULTS = [
    *[
        (kind, {"executed": executed})
        for kind in ("reset", "timeout", "503", "502", "cut")
        for executed in (True, False)
    ],
    ("429", {}),
]
RATE = 0.03
TRIES = 8
"""How often what is left of a run is gone on with, under faults."""


def random_file(account, dice):
    """Return the text of a file that changes some of an account, as dice have it."""
    named = Counter(service.settings["friendly_name"] for service in account.services)
    entries = [_entry(service, named, dice) for service in account.services if dice.random() < 0.8]
    names = {f"New {dice.randrange(50)}.{number}" for number in range(dice.randrange(3))} - named.keys()
    entries += [{"friendly_name": name, "usecase": "poll", "senders": []} for name in sorted(names)]
    pools = [entry["senders"] for entry in entries if "senders" in entry]
    able = [text for text, sender in account.owned.items() if sender.capabilities != ("Voice",)]
    for sender in dice.sample(able, dice.randrange(len(able))):
        for pool in pools:
            pool[:] = [one for one in pool if one != sender]
        if pools and dice.random() < 0.75:
            dice.choice(pools).append(sender)
    for pool in pools:
        for country in dice.sample(["", "/GB", "/DE", "/*"], dice.randrange(3)):
            pool[:] = [one for one in pool if one[0] != "A" or one.partition("/")[2] != country[1:]]
            pool.extend([f"A{dice.randrange(100)}{country}"] if dice.random() < 0.7 else [])
    return yaml.safe_dump({"services": entries})


def _entry(service, named, dice):
    name = service.settings["friendly_name"]
    entry = {"friendly_name": name}
    if named[name] > 1 or dice.random() < 0.2:
        entry |= {"sid": service.sid, "friendly_name": f"S{dice.randrange(1000)}" if dice.random() < 0.5 else name}
    if dice.random() < 0.12:
        return {**entry, "delete": True, **({"campaign": service.campaign} if service.campaign else {})}
    entry |= {name: dice.choice(SETTINGS[name]) for name in dice.sample(sorted(SETTINGS), dice.randrange(4))}
    return entry | ({"senders": list(service.senders)} if dice.random() < 0.85 else {})


def new_account(dice, seed):
    """Return a sandbox in memory with a few services and a campaign."""
    conn = connect_sandbox(":memory:", clock="manual", seed=seed)
    for name in ("Orders", "Support", "Alerts", "Codes"):
        create_service(conn, friendly_name=name, usecase=dice.choice(SETTINGS["usecase"]))
    services = list_services(conn)
    conn.sandbox.register_campaign(services[0].sid)
    able = [text for text, sender in read_account(conn).owned.items() if sender.capabilities != ("Voice",)]
    for number, service in enumerate(services[:3]):
        add_senders(conn, service.sid, able[number::4])
    return conn


def under_faults(conn, act, *, go_on=True):
    """Apply or take back while answers fail, and go on with what is left; return the outcomes that were not clear."""
    seen = Counter()
    for kind, more in FAULTS:
        for method in ("POST", "DELETE"):
            conn.sandbox.fault(kind, route=f"{method} /v1/Services*", rate=RATE, **more)
    done = act()
    for _ in range(TRIES if go_on else 0):
        seen.update(outcome.outcome for outcome in done.outcomes)
        if done.rest is None:
            break
        done = apply_changes(conn, done.rest)
    seen["unclear"] = sum(fault["struck"] for fault in conn.sandbox.faults())
    conn.sandbox.clear_faults()
    return done, seen


def kept(account, lost):
    """What has to be as it was: settings and pools by name, SIDs and campaigns but for the services that are lost."""
    rows = [
        (service.settings, sorted(service.senders), *(() if service.sid in lost else (service.sid, service.campaign)))
        for service in account.services
    ]
    return sorted(map(repr, rows)), sorted(sender.sid for sender in account.owned.values())


def plans(number, dice):
    """Apply random plans under faults, apply them twice, and take them back."""
    counts, folder = Counter(), Path(tempfile.mkdtemp())
    conn, file = new_account(dice, 1), folder / "account.yaml"
    for turn in range(number):
        start = read_account(conn)
        file.write_text(random_file(start, dice))
        plan = plan_changes(conn, file)
        counts.update(change.kind for change in plan.changes)
        counts["plans with changes"] += bool(plan)
        lost = {change.service_sid for change in plan.changes if change.kind == "delete"}
        done, seen = under_faults(conn, lambda: apply_changes(conn, plan))  # noqa: B023 - called at once
        counts["answers that failed"] += seen.pop("unclear")
        counts.update(f"outcome: {outcome}" for outcome in seen.elements())
        counts["not finished"] += done.rest is not None
        again = plan_changes(conn, file)
        counts["applied twice, changes"] += len(again.changes) + len(apply_changes(conn, again).outcomes)
        if not plan:
            continue
        undone, seen = under_faults(conn, lambda: undo_changes(conn))
        counts["answers that failed"] += seen["unclear"]
        end = read_account(conn)
        gone = lost | {service.sid for service in end.services} - {service.sid for service in start.services}
        counts["taken back"] += 1
        counts["not as at the start"] += kept(start, lost) != kept(end, gone) or undone.rest is not None
        asked = [one for one in conn.sandbox.journal() if one["kind"] == "request" and one["method"] != "GET"]
        counts["of the newest requests, writes beside services"] += sum(
            "/v1/Services" not in one["path"] for one in asked
        )
        if turn % 10 == 9:  # the next plans begin elsewhere
            with suppress(InvalidInput):  # the file may name a SID that is gone
                apply_changes(conn, plan_changes(conn, file))
    return counts


def drifts(number, dice):
    """Change the account between plan and apply: it is refused, and nothing is sent."""
    conn, folder = new_account(dice, 2), Path(tempfile.mkdtemp())
    refused = 0
    for turn in range(number):
        plan = None
        while not plan:
            (folder / "account.yaml").write_text(random_file(read_account(conn), dice))
            plan = plan_changes(conn, folder / "account.yaml")
        service = dice.choice(list_services(conn))
        free = [one for one in read_account(conn).owned.values() if not one.service_sid and one.sid[:2] == "PN"]
        free = [one for one in free if one.capabilities != ("Voice",)]
        kind = dice.choice(["set", "create", "add" if free else "set", "delete"])
        if kind == "set":
            update_service(conn, service.sid, validity_period=100 + turn)
        elif kind == "create" or len(list_services(conn)) < 3:
            create_service(conn, friendly_name=f"Drift {turn}")
        elif kind == "add":
            conn.client.messaging.v1.services(service.sid).phone_numbers.create(phone_number_sid=free[0].sid)
        else:
            delete_service(conn, service.sid)
        before = len(conn.sandbox.journal())
        with suppress(InvalidInput):
            apply_changes(conn, plan)
            continue
        refused += {entry["method"] for entry in conn.sandbox.journal()[before:]} == {"GET"}
    return refused


def copies(number, dice):
    """Export, apply on an empty account with the same numbers, export: count the pairs whose bytes are the same."""
    same, folder = 0, Path(tempfile.mkdtemp())
    conn = new_account(dice, 3)
    delete_service(conn, next(service.sid for service in read_account(conn).services if service.campaign))
    for turn in range(number):
        file = folder / "account.yaml"
        file.write_text(random_file(read_account(conn), dice))
        apply_changes(conn, plan_changes(conn, file))
        text = export_account(conn, file)
        other = connect_sandbox(":memory:", clock="manual", seed=100 + turn)
        apply_changes(other, plan_changes(other, file))
        same += export_account(other) == text
    return same


def kills(number, dice, twilio):
    """Kill an apply to a played live account at instants from its beginning to its end; then finish it or take it back."""
    counts, folder = Counter(), Path(tempfile.mkdtemp())
    conn, file = connect_live(), folder / "account.yaml"
    conn.arm()
    _prepare(conn, file)
    for kind, more in FAULTS[:-1]:
        for method in ("POST", "DELETE"):
            asked = {"Kind": kind, "Route": f"{method} /v1/Services*", "Rate": 0.01, "Executed": more["executed"]}
            asked |= {"Seconds": 0.05} if kind == "timeout" else {}
            requests.post(f"{twilio['url']}/_sandbox/faults", data=asked, timeout=10).raise_for_status()
    start, began = export_account(conn), time.monotonic()
    done = _finish(conn, apply_changes(conn, plan_changes(conn, file)))
    whole = time.monotonic() - began
    undone = _finish(conn, undo_changes(conn))
    counts["first run as at the start"] += done.rest is undone.rest is None and export_account(conn) == start
    while counts["killed (-9)"] < number and counts["runs that ended before"] < number:
        turn = counts["killed (-9)"]
        if not _kill(plan_changes(conn, file), whole * (turn + dice.random()) / number):
            counts["runs that ended before"] += 1
            whole *= 0.9
            _finish(conn, undo_changes(conn))
            continue
        counts["killed (-9)"] += 1
        counts["killed in the midst"] += bool(plan_changes(conn, file)) and export_account(conn) != start
        names = Counter(service.friendly_name for service in list_services(conn))
        if turn % 2:
            with suppress(InvalidInput):  # it was killed before its journal was there
                _finish(conn, resume_changes(conn))
            names |= Counter(service.friendly_name for service in list_services(conn))
            counts["resumed"] += 1
            counts["resumed and finished"] += not plan_changes(conn, file) or export_account(conn) == start
        with suppress(InvalidInput):
            _finish(conn, undo_changes(conn))
        names |= Counter(service.friendly_name for service in list_services(conn))
        counts["taken back"] += export_account(conn) == start
        counts["services there twice"] += max(names.values()) > 1
    requests.delete(f"{twilio['url']}/_sandbox/faults", timeout=10)
    return counts


def _prepare(conn, file):
    """Fill three services, and write a file that moves all numbers on, deletes one service and makes another."""
    numbers = [text for text, sender in read_account(conn).owned.items() if sender.capabilities != ("Voice",)]
    names, pools = ["Orders", "Support", "Alerts"], [numbers[index::3] for index in range(3)]
    for name, pool in zip(names, pools, strict=True):
        add_senders(conn, create_service(conn, friendly_name=name).sid, pool)
    entries = [
        {"friendly_name": "Orders", "usecase": "poll", "senders": [*pools[1], "ACME/GB"]},
        {"friendly_name": "Support", "usecase": "poll", "senders": pools[2]},
        {"friendly_name": "Alerts", "delete": True},
        {"friendly_name": "New", "senders": [*pools[0], "ACME"]},
    ]
    file.write_text(yaml.safe_dump({"services": entries}))


def _kill(plan, seconds):
    """Apply a plan in a process forked from this one, and kill it after some seconds; return whether that ended it."""
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        other = connect_live()
        other.arm()
        os.write(tell, b"x")
        with suppress(Exception):
            apply_changes(other, plan)
        os._exit(0)
    os.read(ready, 1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(ready)
    os.close(tell)
    return os.WIFSIGNALED(status)


def _finish(conn, done):
    for _ in range(TRIES):
        if done.rest is None:
            break
        done = apply_changes(conn, done.rest)
    return done


def unarmed(twilio, folder):
    """Try everything on a live connection that is not armed, and count the writes that reached the server."""
    began = datetime.now(UTC).isoformat()

    def written():
        asked = {"Limit": 10_000, "Since": began}
        answer = requests.get(f"{twilio['url']}/_sandbox/journal", asked, timeout=60).json()
        return sum(
            entry.get("method", "GET") != "GET" and "/v1/" in entry["path"]
            for entry in answer["entries"]
            if entry["kind"] == "request"
        )

    conn, tried = connect_live(), 0
    file = folder / "account.yaml"
    file.write_text("services:\n- friendly_name: Unarmed\n- friendly_name: Orders\n  usecase: marketing\n")
    export_account(conn)
    plan = plan_changes(conn, file)
    for act in (lambda: apply_changes(conn, plan), lambda: undo_changes(conn), lambda: resume_changes(conn)):
        with suppress(WritesNotArmed):
            act()
            continue
        tried += 1
    env = {name: value for name, value in os.environ.items() if name != "MSVC_ARM"}
    for words in (
        ["apply", str(file), "--live"],
        ["undo", "--live"],
        ["apply", "--resume", "--live"],
        ["apply", str(file), "--live", "--arm", "AC" + "0" * 32],
    ):
        result = subprocess.run(
            [sys.executable, "-m", "msvc_toolkit", *words], env=env, capture_output=True, check=False
        )
        tried += result.returncode == 2
    return tried, written()


def main(number, killed, seed):
    """Run the drill, print what came of it, and return 1 where a promise broke."""
    dice, began = random.Random(seed), time.monotonic()  # noqa: S311 - a drill that can be repeated
    run.SETTLE_SECONDS = 0.3  # the server is on this machine
    some = min(number, 30)
    with tempfile.TemporaryDirectory() as name:
        os.environ["MSVC_HOME"] = name
        counts = plans(number, dice)
        _print("plans", {"made": number, **dict(sorted(counts.items()))})
        refused, same = drifts(some, dice), copies(some, dice)
        _print("drifts", {"refused without a write": f"{refused} of {some}"})
        _print("exports", {"equal on another account": f"{same} of {some}"})
        serve = "-m msvc_toolkit sandbox serve --json --proxy --store".split()
        with subprocess.Popen(
            [sys.executable, *serve, f"{name}/sandbox.db"], stdout=subprocess.PIPE, text=True
        ) as server:
            try:
                twilio = json.loads(server.stdout.readline())
                os.environ |= {"HTTPS_PROXY": twilio["proxy_url"], "REQUESTS_CA_BUNDLE": twilio["ca_file"]}
                os.environ |= {"TWILIO_ACCOUNT_SID": twilio["account_sid"], "TWILIO_AUTH_TOKEN": twilio["auth_token"]}
                os.environ["MSVC_ARM"] = twilio["account_sid"]
                dead = kills(killed, dice, twilio)
                _print("kills", {"asked for": killed, **dead})
                tried, written = unarmed(twilio, Path(name))
                _print("unarmed", {"tries refused": f"{tried} of 7", "writes that reached the server": written})
            finally:
                server.terminate()
    broken = counts["not finished"] + counts["applied twice, changes"] + counts["not as at the start"] + written
    broken += counts["of the newest requests, writes beside services"] + dead["services there twice"]
    broken += dead["resumed"] - dead["resumed and finished"]
    ok = not broken and (refused, same, tried, dead["taken back"]) == (some, some, 7, killed)
    _print("drill", {"seconds": round(time.monotonic() - began), "verdict": "kept" if ok else "BROKEN"})
    return 0 if ok else 1


def _print(part, rows):
    print("\n".join(f"{part}: {name}".ljust(60) + str(value) for name, value in rows.items()), flush=True)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(given + [300, 30, 7][len(given) :])))
