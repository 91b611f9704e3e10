"""What was acknowledged is kept, whenever the server is killed and however many kernels share the store."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import chain

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.sandbox.client import connect_sandbox

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("MSVC_KILLS", "3"))
"""How often servers are killed, on both kinds of clock together."""

NUMBERS = ("+14155550100", "+14155550101", "+12125550100", "+13125550100")
KERNEL = """
import sys
from msvc_toolkit.sandbox.client import connect_sandbox

path, service_sid, setting = sys.argv[1:]
conn = connect_sandbox(path, clock="manual")
service = conn.client.messaging.v1.services(service_sid)
for number in range(40):
    made = conn.client.messages.create(to="+14155550123", from_="+14155550100", body=f"{setting} {number}")
    service.update(**{setting: f"https://example.com/{number}"})
    assert getattr(service.fetch(), setting) == f"https://example.com/{number}"
    conn.sandbox.advance(1)
    assert made.sid in {row.sid for row in conn.client.messages.list(page_size=1000)}
    print(made.sid)
"""


class Ledger:
    """What was confirmed to one client, by SID, and what it has asked for since, which may be done or not."""

    def __init__(self):
        self.confirmed, self.asked, self.writes = {}, {}, 0

    def made(self, sid, state):
        """The server has answered that it made this."""
        self.confirmed[sid] = state
        self.writes += 1

    def change(self, sid, state, call):
        """Ask for another state of this, None being gone."""
        self.asked[sid] = state
        call()
        self.made(sid, self.asked.pop(sid))

    def settle(self, kept):
        """Return what was lost, and go on from what is kept of the changes nobody answered."""
        lost = {
            sid: (state, kept.get(sid))
            for sid, state in self.confirmed.items()
            if kept.get(sid) not in (state, self.asked.get(sid, state))
        }
        self.confirmed |= {sid: kept.get(sid) for sid in self.asked}
        self.asked.clear()
        return lost


@contextmanager
def server(store, clock):
    """A server's process, and what it announces; it is gone afterwards."""
    words = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--clock", clock, "--store", store]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def sdk(ready):
    """The unmodified SDK on this server."""
    carrier = TwilioHttpClient(timeout=30)
    client = Client(ready["account_sid"], ready["auth_token"], http_client=carrier)
    client.api.base_url = client.messaging.base_url = ready["url"]
    with closing(carrier.session):
        yield client


def until_it_is_gone(work, ready, ledger, *words):
    """Work until the server is killed; whatever it refuses is raised."""
    with sdk(ready) as client:
        try:
            while True:
                work(client, ledger, *words)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return


def write(client, ledger, number_sid):
    """Make a service, fill and thin out its pool, rename it, and send three messages with it."""
    services, messages = client.messaging.v1.services, client.messages
    if before := ledger.confirmed.get(number_sid):
        ledger.change(number_sid, None, services(before).phone_numbers(number_sid).delete)
    service = services.create("Orders")
    ledger.made(service.sid, "Orders")
    pool = services(service.sid)
    ledger.change(number_sid, service.sid, lambda: pool.phone_numbers.create(number_sid))
    alpha = pool.alpha_senders.create("ACME")
    ledger.made(alpha.sid, service.sid)
    british = pool.destination_alpha_senders.create("ACME GB", iso_country_code="GB")
    ledger.made(british.sid, service.sid)
    ledger.change(alpha.sid, None, pool.alpha_senders(alpha.sid).delete)
    for body in ("One", "Two", "Three"):
        message = messages.create(to="+14155550123", body=body, messaging_service_sid=service.sid)
        ledger.made(message.sid, body)
    ledger.change(service.sid, "Returns", lambda: pool.update(friendly_name="Returns"))


def step(client, ledger):
    """Move the clock by a second."""
    answer = client.request("POST", f"{client.api.base_url}/_sandbox/clock", data={"Advance": "1"})
    assert answer.status_code == 200, answer.text
    ledger.made("now", json.loads(answer.text)["now"])


def kept_in(store):
    """The state of everything the store holds, by SID, once the file was found sound."""
    with closing(sqlite3.connect(store)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        states = (
            "SELECT sid, friendly_name FROM service",
            "SELECT sid, service_sid FROM alpha",
            "SELECT sid, service_sid FROM sender",
            "SELECT sid, body FROM message",
        )
        return dict(chain.from_iterable(db.execute(sql) for sql in states))


def goes_on(client, since):
    """The clock shows the time at which it was left or a later one, and time still delivers a message."""
    about = json.loads(client.request("GET", f"{client.api.base_url}/_sandbox/").text)
    message = client.messages.create(to="+14165550123", from_="+14165550100", body="On")
    client.request("POST", f"{client.api.base_url}/_sandbox/clock", data={"Advance": "60"})
    return datetime.fromisoformat(about["now"]) >= since and message.fetch().status == "delivered"


@pytest.mark.parametrize(("clock", "kills"), [("manual", (KILLS + 1) // 2), ("real", KILLS // 2)])
def test_a_killed_server_loses_no_acknowledged_write(tmp_path, clock, kills):
    """Four clients write and one moves the clock; after kill -9 at a random moment all that was answered is there."""
    store, moments = str(tmp_path / "sandbox.db"), random.Random(clock)  # noqa: S311 - no secret
    writers, mover = [Ledger() for _ in NUMBERS], Ledger()

    for again in range(kills + 1):
        with server(store, clock) as (process, ready), sdk(ready) as client:
            kept = kept_in(store)
            assert [ledger.settle(kept) for ledger in writers] == [{}] * len(writers)
            listed = {m.sid: m.body for m in client.messages.stream(page_size=1000)}
            listed |= {s.sid: s.friendly_name for s in client.messaging.v1.services.stream(page_size=100)}
            assert listed.items() <= kept.items()
            assert {sid for sid in chain.from_iterable(w.confirmed for w in writers) if sid[:2] in {"SM", "MG"}} <= set(
                listed
            )
            assert goes_on(client, datetime.fromisoformat(mover.confirmed.get("now", "2026-01-05T15:00:00+00:00")))
            if again == kills:
                break
            sids = [client.incoming_phone_numbers.list(phone_number=number)[0].sid for number in NUMBERS]
            with ThreadPoolExecutor(len(NUMBERS) + 1) as threads:
                done = [
                    threads.submit(until_it_is_gone, write, ready, ledger, sid)
                    for ledger, sid in zip(writers, sids, strict=True)
                ]
                done.append(threads.submit(until_it_is_gone, step, ready, mover))
                time.sleep(moments.uniform(0.02, 1))
                process.kill()
            assert [future.exception() for future in done] == [None] * len(done)

    assert kills == 0 or all(ledger.writes for ledger in (*writers, mover))
    print(f"{clock} clock: {kills} kills, {sum(ledger.writes for ledger in (*writers, mover))} acknowledged, 0 lost")  # noqa: T201 - the figure that -s shows


def test_four_kernels_share_one_store(tmp_path):
    """No update is lost, no SID comes twice, no second of the clock is missing, nobody hears of a locked database."""
    conn = connect_sandbox(tmp_path / "sandbox.db", clock="manual")
    service, began = conn.client.messaging.v1.services.create("Orders"), conn.sandbox.now
    settings = ("friendly_name", "inbound_request_url", "fallback_url", "status_callback")
    words = [sys.executable, "-c", KERNEL, str(tmp_path / "sandbox.db"), service.sid]
    kernels = [
        subprocess.Popen([*words, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for name in settings
    ]
    said = [kernel.communicate(timeout=120) for kernel in kernels]

    assert [complaint for _, complaint in said] == [""] * 4
    assert [kernel.returncode for kernel in kernels] == [0] * 4
    rows = conn.client.messages.list(page_size=1000)
    assert sorted(row.sid for row in rows) == sorted(chain.from_iterable(out.split() for out, _ in said))
    assert sorted(row.body for row in rows) == sorted(f"{name} {n}" for name in settings for n in range(40))
    assert [getattr(service.fetch(), name) for name in settings] == ["https://example.com/39"] * 4
    assert conn.sandbox.now - began == timedelta(seconds=160)
    conn.sandbox.api.store.close()
