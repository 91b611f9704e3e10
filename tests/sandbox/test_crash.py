"""What was acknowledged is kept, whoever is killed and however many kernels share the store."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.sandbox.client import connect_sandbox

KILLS = int(os.environ.get("MSVC_KILLS", "6"))
"""How often a server is killed, over both kinds of clock; the environment may ask for more."""

SERVE = (sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json")
NUMBERS = ("+14155550100", "+14155550101", "+12125550100", "+13125550100")
KERNEL = """
import sys
from msvc_toolkit.sandbox.client import connect_sandbox

path, service_sid, setting = sys.argv[1:]
conn = connect_sandbox(path, clock="manual")
for number in range(100):
    made = conn.client.messages.create(to="+14155550123", from_="+14155550100", body=f"{setting} {number}")
    conn.client.messaging.v1.services(service_sid).update(**{setting: f"https://example.com/{number}"})
    conn.sandbox.advance(1)
    print(made.sid)
"""


@dataclass
class Writer:
    """What one client was told, and what it last asked for: that may have been done unacknowledged."""

    number: str
    services: set[str] = field(default_factory=set)
    senders: dict[str, str] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    home: list[str | None] = field(default_factory=lambda: [None])
    name: list[tuple[str, str]] = field(default_factory=list)
    now: str = ""

    @property
    def writes(self) -> int:
        """How many acknowledged writes can be told apart in the store."""
        return len(self.services) + len(self.senders) + len(self.messages) + 2 * len(self.gone) + len(self.home)

    def work(self, ready: dict[str, Any]) -> None:
        """Write through the SDK until the server is gone; any refusal raises."""
        with client_of(ready) as client:
            (number,) = client.incoming_phone_numbers.list(phone_number=self.number)
            place = self.look(client)[1]
            self.home = [place]
            if place:
                client.messaging.v1.services(place).phone_numbers(number.sid).delete()
                self.home = [None]
            while True:
                service = client.messaging.v1.services.create("Orders")
                self.services.add(service.sid)
