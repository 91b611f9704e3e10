"""Claim: an account of 200 services and 10 000 numbers at 100 ms a call is reviewed at least 6 times as fast as by a loop with the SDK.

The sandbox answers in process, and every request waits as long as a network would have it wait. The rival reads the same
lists with the official SDK, one after the other, in pages of 1 000, and makes nothing of them. Both take the same
requests: none is made per number. Beside it: what a review costs when one request in twenty meets 429, and whether
memory grows from one review to the next.

MSVC_A2P_SERVICES, MSVC_A2P_NUMBERS, MSVC_A2P_MILLISECONDS and MSVC_A2P_ROUNDS make it smaller.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from machine import machine, spread, table
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from msvc_toolkit.a2p.readiness.review import Review, review_a2p
from msvc_toolkit.connection import Connection
from msvc_toolkit.entry import connect
from msvc_toolkit.sandbox.scenarios import starter

SERVICES = int(os.environ.get("MSVC_A2P_SERVICES", "200"))
NUMBERS = int(os.environ.get("MSVC_A2P_NUMBERS", "10000"))
SECONDS = int(os.environ.get("MSVC_A2P_MILLISECONDS", "100")) / 1000
ROUNDS = int(os.environ.get("MSVC_A2P_ROUNDS", "3"))
AIM = 6
PER_BRAND = 50
"""Campaigns of one brand; at 100 there is an end."""
AREAS = (205, 212, 303, 305, 312, 404, 415, 512, 602, 617, 702, 713, 808, 901)
PAGE = 1000


class Slow(HttpClient):
    """Hands requests on after the time a network takes, and counts them."""

    def __init__(self, inner: HttpClient) -> None:
        super().__init__(inner.logger, is_async=False)
        self._inner = inner
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()

    def request(self, method: str, uri: str, *rest: Any, **more: Any) -> Response:
        """Wait, then carry one request."""
        with self._lock:
            self.calls[method.upper()] += 1
        time.sleep(SECONDS)
        return self._inner.request(method, uri, *rest, **more)


def main() -> None:
    """Build the account, review it and read it in turn, and print."""
    begun = time.perf_counter()
    conn, slow = _account()
    print(
        f"{SERVICES} services, {NUMBERS:,} numbers, {SECONDS * 1000:.0f} ms a call: built in "
        f"{time.perf_counter() - begun:.0f} s.\n"
    )
    ours: list[float] = []
    loop: list[float] = []
    calls: list[tuple[int, int]] = []
    memory: list[float] = []
    for _ in range(ROUNDS):
        slow.calls.clear()
        spent, review = _timed(lambda: review_a2p(conn))
        mine = sum(slow.calls.values())
        ours.append(spent)
        conn.sandbox.api.requests.clear()  # the sandbox's journal grows with every request, and is not what is measured
        memory.append(_resident())
        slow.calls.clear()
        loop.append(_timed(lambda: _sequential(conn))[0])
        calls.append((mine, sum(slow.calls.values())))
    ratio = [theirs / mine for theirs, mine in zip(loop, ours, strict=True)]
    print(
        table(
            ["", "seconds", "requests"],
            [
                ["review_a2p, 8 at once", spread(ours, 1), str(calls[0][0])],
                ["loop with the SDK", spread(loop, 1), str(calls[0][1])],
            ],
        )
    )
    print(
        f"\nThe loop takes {spread(ratio, 1)} times as long. The review made {calls[0][0]} requests, all of them reads, "
        f"for {NUMBERS:,} numbers, and judged: {review.verdict}."
    )
    _patience(conn, slow, review)
    print(f"\nMemory of this process after each review: {', '.join(f'{mb:.0f} MB' for mb in memory)}.\n\n{machine()}.")
    reached = statistics.median(ratio)
    print(f"\nAim: {AIM} times. Measured {reached:.1f}: {'met' if reached >= AIM else '**missed**'}.")


def _account() -> tuple[Connection, Slow]:
    conn, brand = connect("sandbox", store=":memory:", scenario="empty", clock="manual", seed=7), ""
    box = conn.sandbox
    store, now = box.api.store, box.api.clock.now()
    sids = [conn.client.messaging.v1.services.create(friendly_name=f"Service {n}").sid for n in range(SERVICES)]
    with store.writing():
        for place in range(NUMBERS):
            address = f"+1{AREAS[place % len(AREAS)]}55{place // len(AREAS):05}"
            sid = starter.own(
                store,
                conn.account_sid,
                address,
                now=now,
                country=None,
                capabilities=starter.ALL,
                friendly_name="",
                standing="good",
            )
            store.update("sender", sid, {"service_sid": sids[place % SERVICES], "date_pooled": now})
    for place, sid in enumerate(sids):
        brand = box.register_brand() if place % PER_BRAND == 0 else brand
        box.register_campaign(sid, brand_sid=brand)
    slow = Slow(conn.client.http_client)
    client = Client(*box.credentials(), http_client=slow)
    return Connection("SANDBOX", client, conn.account_sid, sandbox=box), slow


def _sequential(conn: Connection) -> int:
    """Read the same lists one after the other."""
    client, found = conn.client, 0
    v1, trust = client.messaging.v1, client.trusthub.v1
    client.api.v2010.accounts(conn.account_sid).fetch()
    found += len(trust.customer_profiles.list(page_size=PAGE))
    found += len(trust.trust_products.list(page_size=PAGE))
    found += len(client.incoming_phone_numbers.list(page_size=PAGE))
    found += len(v1.tollfree_verifications.list(page_size=PAGE))
    services = v1.services.list(page_size=PAGE)
    for service in services:
        one = v1.services(service.sid)
        found += len(one.phone_numbers.list(page_size=PAGE))
        found += len(one.us_app_to_person.list(page_size=PAGE, x_twilio_api_version="v1.2"))
    for brand in v1.brand_registrations.list(page_size=PAGE):
        found += len(v1.brand_registrations(brand.sid).brand_vettings.list(page_size=PAGE))
        v1.services(services[0].sid).us_app_to_person_usecases.fetch(brand_registration_sid=brand.sid)
        profile = trust.customer_profiles(brand.customer_profile_bundle_sid)
        product = trust.trust_products(brand.a2p_profile_bundle_sid)
        found += len(profile.customer_profiles_evaluations.list(page_size=PAGE))
        found += len(product.trust_products_evaluations.list(page_size=PAGE))
        for part in profile.customer_profiles_entity_assignments.list(page_size=PAGE):
            if part.object_sid.startswith("IT"):
                trust.end_users(part.object_sid).fetch()
    return found


def _patience(conn: Connection, slow: Slow, calm: Review) -> None:
    """Let one request in twenty meet 429 and tell what becomes of both."""
    conn.sandbox.fault(429, rate=0.05)
    slow.calls.clear()
    spent, review = _timed(lambda: review_a2p(conn))
    same = review.findings.equals(calm.findings) and review.verdict == calm.verdict
    try:
        _sequential(conn)
        end = "went through"
    except TwilioException as error:
        end = f"ended in {type(error).__name__}"
    conn.sandbox.clear_faults()
    print(
        f"\nWith 429 for one request in twenty: the review took {spent:.1f} s and {sum(slow.calls.values())} requests and "
        f"found {'the same' if same else '**something else**'}; the loop with the SDK {end}."
    )


def _timed(act: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    made = act()
    return time.perf_counter() - begun, made


def _resident() -> float:
    """Return this process's memory in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        sys.exit("This benchmark reads its memory from /proc, so it runs on Linux only.")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
