"""Sends the sandbox generated requests, valid and invalid, and looks for a 5xx, a body outside the schema, or a hang.

    make fuzz SPECS="twilio_api_v2010.json twilio_messaging_v1.json" REQUESTS=20000

Runs in an environment of its own, see requirements.txt beside it. SIDs and addresses in a request are those of things
the sandbox really has, three times out of four, so that requests get past the first check.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import response_schema_conformance

SERVE = ("sandbox", "serve", "--json", "--store")
SECONDS = 10
"""How long an answer may take before it counts as a hang."""


class World:
    """The sandbox's things, by the names that parameters have in paths and bodies.

    Args:
        ready: The line that `msvc sandbox serve --json` printed.
    """

    def __init__(self, ready: dict[str, Any]) -> None:
        with closing(sqlite3.connect(ready["store"])) as store:  # domains are made in Twilio's Console: no API tells
            self._domain = str(store.execute("SELECT sid FROM domain").fetchone()[0])
        self.url = ready["url"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (ready["account_sid"], ready["auth_token"])
        self.account = f"/2010-04-01/Accounts/{ready['account_sid']}"
        self.known: dict[str, list[str]] = {"AccountSid": [ready["account_sid"]]}
        self._made = 0

    def post(self, path: str, *, json_: Any = None, **form: Any) -> Any:
        """Create something and return what came back."""
        asked = {name.rstrip("_"): value for name, value in form.items()}
        return self.session.post(self.url + path, data=None if json_ else asked, json=json_, timeout=SECONDS).json()

    def items(self, path: str, key: str) -> list[str]:
        """Return SIDs of a list, newest last."""
        found = self.session.get(f"{self.url}{path}", params={"PageSize": 50}, timeout=SECONDS).json()
        return [item["sid"] for item in found.get(key, [])]

    def renew(self) -> None:
        """Make new things of every kind, since deleting is among what is tried."""
        self._made += 1
        number = self.post("/_sandbox/numbers", PhoneNumber=f"+1415555{1000 + self._made}")["sid"]
        code = self.post("/_sandbox/numbers", ShortCode=str(60_000 + self._made), CountryCode="US")["sid"]
        free = self.post("/_sandbox/numbers", PhoneNumber=f"+1888555{1000 + self._made}")["sid"]
        service = self.post("/v1/Services", FriendlyName="Fuzz")["sid"]
        sender = f"whatsapp:+1212555{1000 + self._made}"
        channel = self.post("/v2/Channels/Senders", json_={"sender_id": sender, "profile": {"name": "Owl"}})["sid"]
        for name, sid in (("PhoneNumber", number), ("ShortCode", code)):
            self.post(f"/v1/Services/{service}/{name}s", **{f"{name}Sid": sid})
        self.post(f"/v1/Services/{service}/ChannelSenders", Sid=channel)
        free_ones = [
            self.post("/_sandbox/numbers", **asked)["sid"]
            for asked in (
                {"PhoneNumber": f"+1312555{1000 + self._made}"},
                {"ShortCode": str(70_000 + self._made), "CountryCode": "US"},
            )
        ]
        shortening = f"/v1/LinkShortening/Domains/{self._domain}"
        for path in (f"MessagingServices/{service}", "RequestManagedCert", "Config"):
            self.post(f"{shortening}/{path}")
        alpha = self.post(f"/v1/Services/{service}/AlphaSenders", AlphaSender="Owls")["sid"]
        country = self.post(f"/v1/Services/{service}/DestinationAlphaSenders", AlphaSender="Owl", IsoCountryCode="FR")
        message = self.post(
            f"{self.account}/Messages.json",
            From_="+14155550100",
            To="+14155550123",
            Body="Hi",
            MediaUrl="https://example.com/a.png",
            ProvideFeedback="true",
        )["sid"]
        verification = self.post("/v1/Tollfree/Verifications", **_verification(free))["sid"]
        job = self.post("/v1/Exports/Messages/Jobs", StartDay="2026-01-01", EndDay="2026-01-02", FriendlyName="Fuzz")
        self.known |= {
            "MessagingServiceSid": [service],
            "ServiceSid": [service],
            "MessageSid": [message],
            "JobSid": [str(job.get("job_sid", "JS" + "0" * 32))],
            "MediaSid": self.items(f"{self.account}/Messages/{message}/Media.json", "media_list"),
            "PhoneNumberSid": [number, free_ones[0]],
            "ShortCodeSid": [code, free_ones[1]],
            "ChannelSid": [channel],
            "AlphaSid": [alpha],
            "CountryAlphaSid": [country["sid"]],
            "VerificationSid": [verification],
            "TollfreePhoneNumberSid": [free],
            "DomainSid": [self._domain],
            "CountryCode": ["US", "CA", "GB", "DE"],
            "ResourceType": ["Messages"],
            "StartDay": ["2026-01-01"],
            "EndDay": ["2026-01-02"],
            "Day": ["2026-01-01"],
            "To": ["+14155550123", "+447400123457"],
            "From": ["+14155550100", service],
            "SubaccountSid": self.items("/2010-04-01/Accounts.json", "accounts")[1:],
            "PhoneNumber": self._on_sale(),
            "Channel": ["whatsapp"],
            "Date": ["2025-12-01"],
            "DateSent": ["2026-01-01"],
        }

    def _on_sale(self) -> list[str]:
        """Return numbers that can be bought, of two kinds."""
        pages = [
            self.session.get(f"{self.url}{self.account}/AvailablePhoneNumbers/{kind}.json", timeout=SECONDS).json()
            for kind in ("US/Local", "US/TollFree", "GB/Mobile")
        ]
        return [number["phone_number"] for page in pages for number in page["available_phone_numbers"][:5]]

    def sid(self, path: str, name: str) -> list[str]:
        """Return a value for a parameter of a path."""
        if name != "Sid":
            return self.known.get(name, [])
        for part, kind in (
            ("/Media/", "MediaSid"),
            ("/Messages/", "MessageSid"),
            ("/IncomingPhoneNumbers/", "PhoneNumberSid"),
            ("/SMS/ShortCodes/", "ShortCodeSid"),
            ("/DestinationAlphaSenders/", "CountryAlphaSid"),
            ("/AlphaSenders/", "AlphaSid"),
            ("/ChannelSenders/", "ChannelSid"),
            ("/Channels/", "ChannelSid"),
            ("/PhoneNumbers/", "PhoneNumberSid"),
            ("/ShortCodes/", "ShortCodeSid"),
            ("/Tollfree/", "VerificationSid"),
            ("/Services/", "ServiceSid"),
            ("/Accounts/", "AccountSid"),
        ):
            if part in path:
                return self.known[kind]
        return []


def _verification(number: str) -> dict[str, str]:
    return {
        "BusinessName": "Owl Hotel",
        "BusinessWebsite": "https://example.com",
        "NotificationEmail": "a@example.com",
        "UseCaseCategories": "EVENTS",
        "UseCaseSummary": "Owls",
        "ProductionMessageSample": "Owls are out",
        "OptInImageUrls": "https://example.com/a.png",
        "OptInType": "VERBAL",
        "BusinessRegistrationNumber": "12-3456789",
        "MessageVolume": "10",
        "TollfreePhoneNumberSid": number,
    }


def fill(case: Any, world: World, draw: Random) -> None:
    """Put real SIDs and addresses into a generated request, three times out of four each, and thin out every other."""
    # New dicts: what was generated may be shared with the strategy that made it.
    case.path_parameters = {
        name: draw.choice(real)
        if (real := world.sid(case.path, name)) and (name == "AccountSid" or draw.random() < 0.75)
        else value
        for name, value in (case.path_parameters or {}).items()
    }
    sparse = draw.random() < 0.5
    for part in ("query", "body"):
        if isinstance(given := getattr(case, part), dict):
            setattr(case, part, dict(_filled(given, world, draw, sparse=sparse)))


def _filled(given: dict[str, Any], world: World, draw: Random, *, sparse: bool) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        real = world.known.get(name)
        if real and draw.random() < 0.75:
            yield name, draw.choice(real)
        elif not (sparse and draw.random() < 0.7):
            yield name, value


def fuzz(operation: Any, world: World, examples: int, counts: Counter[str], failures: dict[str, str]) -> None:
    """Send one operation its requests; a failure is kept once for each operation and kind of failure."""
    world.renew()
    label, succeeded = operation.label, set[str]()

    def send(case: Any, draw: Random) -> None:
        nonlocal succeeded
        fill(case, world, draw)
        counts["requests"] += 1
        try:
            response = case.call(base_url=world.url, session=world.session, timeout=SECONDS, allow_redirects=False)
            counts[f"{response.status_code // 100}xx"] += 1
            succeeded |= {label} if response.status_code < 400 else set()
            case.validate_response(response, checks=(not_a_server_error, response_schema_conformance))
        except (Failure, FailureGroup, requests.RequestException) as failure:
            counts["failures"] += 1
            causes = failure.exceptions if isinstance(failure, FailureGroup) else (failure,)
            for cause in causes:
                failures.setdefault(f"{label}: {type(cause).__name__}", f"{cause}"[:600])

    for number, mode in enumerate((GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
        share = examples * 2 // 3 if number == 0 else examples // 3
        try:
            _run(send, operation.as_strategy(generation_mode=mode), share)
        except Exception as error:  # noqa: BLE001 - what goes wrong here is a failure as any other, and the run goes on
            failures.setdefault(f"{label}: {type(error).__name__}", f"{error}"[:600])
    counts["operations that succeeded" if succeeded else f"no success: {label}"] += 1


def _run(send: Callable[..., None], cases: Any, examples: int) -> None:
    checked = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(7)(checked(given(case=cases, draw=st.randoms(use_true_random=False))(send)))()


def read_spec(path: Path) -> Any:
    """Read a specification; a `uri` in it may be relative or empty, as it is in its own examples."""

    def soften(node: Any) -> Any:
        if isinstance(node, dict):
            known = {"format": "uri-reference"} if node.get("format") == "uri" else {}
            return {name: soften(value) for name, value in node.items()} | known
        return [soften(value) for value in node] if isinstance(node, list) else node

    return schemathesis.openapi.from_dict(soften(json.loads(path.read_text(encoding="utf-8"))))


def main() -> int:
    """Serve a sandbox, fuzz it over every operation of the specifications, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="+", type=Path)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--msvc", default=".venv/bin/msvc")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    failures: dict[str, str] = {}
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen([asked.msvc, *SERVE, f"{folder}/sandbox.db"], stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            world = World(json.loads(server.stdout.readline()))
            world.post("/2010-04-01/Accounts.json", FriendlyName="Sub")
            found = [op.ok() for path in asked.specs for op in read_spec(path).get_all_operations()]
            found = [operation for operation in found if asked.only in operation.label]
            for operation in found:
                fuzz(operation, world, asked.requests // len(found) + 2, counts, failures)
            counts["operations"] = len(found)
            if server.poll() is not None:
                failures["The server"] = f"ended with {server.returncode}"
        finally:
            server.terminate()
    print(json.dumps({"figures": counts, "failures": failures}, indent=1))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
