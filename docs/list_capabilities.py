"""Places everything of the installed SDK as emulated, partial or refused, by asking the sandbox itself.

    make capabilities

An operation is emulated when the sandbox has a route for it. A parameter, filter or value is what the sandbox answers
to a request that carries it: taken, or refused by its name. Only how something is partial, and why something is
refused, is written by hand, in capabilities.toml. Writes msvc_toolkit/sandbox/rest/capabilities.json, which
`GET /_sandbox/capabilities` serves, and docs/capabilities.md; with --check it writes nothing and fails on a difference.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path
from typing import Any

from capabilities_page import counts, page
from sdk_surface import Operation, Surface, walk
from twilio.rest.content.v1.content import ContentList

from msvc_toolkit.sandbox.backend import Request
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.messages import lifecycle
from msvc_toolkit.sandbox.resources import all_routes
from msvc_toolkit.sandbox.resources.api import accounts
from msvc_toolkit.sandbox.resources.messaging import brand_registrations, tollfree_verifications
from msvc_toolkit.sandbox.resources.trusthub import profiles

DOCS = Path(__file__).parent
TABLE = DOCS.parent / "msvc_toolkit/sandbox/rest/capabilities.json"
PAGE = DOCS / "capabilities.md"
SHOWN = {
    "AccountInstance.Status": accounts.STATUSES,
    "AccountInstance.Type": ("Full",),
    "MessageInstance.Status": tuple(state for state in lifecycle.NEXT if state != "partially_delivered"),
    "MessageInstance.Direction": ("inbound", "outbound-api", "outbound-reply"),
    "TollfreeVerificationInstance.Status": tollfree_verifications.STATUSES,
    "BrandRegistrationInstance.Status": brand_registrations.STATUSES,
    "BrandRegistrationInstance.IdentityStatus": ("SELF_DECLARED", "UNVERIFIED", "VERIFIED", "VETTED_VERIFIED"),
    "CustomerProfilesInstance.Status": profiles.STATUSES,
    "TrustProductsInstance.Status": profiles.STATUSES,
    "CustomerProfilesEvaluationsInstance.Status": ("compliant", "noncompliant"),
    "TrustProductsEvaluationsInstance.Status": ("compliant", "noncompliant"),
    "SupportingDocumentInstance.Status": ("DRAFT",),
    "ChannelsSenderInstance.Status": ("CREATING", "ONLINE", "ONLINE:UPDATING"),
    "ContentInstance.AuthenticationActionType": ("COPY_CODE",),
    "ContentInstance.CallToActionActionType": tuple(
        "URL PHONE_NUMBER COPY_CODE VOICE_CALL VOICE_CALL_REQUEST REQUEST_CONTACT_INFO".split()
    ),
    "ContentInstance.CardActionType": tuple(
        "URL PHONE_NUMBER QUICK_REPLY COPY_CODE VOICE_CALL PIX BOLETO PAYMENT_LINK".split()
    ),
    "ContentInstance.CarouselActionType": ("URL", "PHONE_NUMBER", "QUICK_REPLY"),
    "ContentInstance.QuickReplyActionType": ("QUICK_REPLY",),
    "ContentInstance.WebviewSizeType": ("TALL", "FULL", "HALF", "NONE"),
    "IncomingPhoneNumberInstance.AddressRequirement": ("none",),
    "IncomingPhoneNumberInstance.EmergencyAddressStatus": ("unregistered",),
    "IncomingPhoneNumberInstance.EmergencyStatus": ("Inactive",),
    "IncomingPhoneNumberInstance.VoiceReceiveMode": ("voice",),
}
"""Values the sandbox shows in answers, by the SDK's name of the list; what is not among them never occurs."""
SAME = re.compile(r"^(Local|Mobile|TollFree)Instance\.")
"""The kinds of an incoming phone number have its lists of values."""
NONSENSE = "NoSuchParameter"


class Sandbox:
    """A sandbox with one thing of every kind, to be asked."""

    def __init__(self) -> None:
        self._conn = connect_sandbox(":memory:", scenario="starter", clock="manual", strict=True)
        client, own = self._conn.client, self._conn.sandbox.own
        user, secret = self._conn.sandbox.credentials()
        domain = self._conn.sandbox.api.store.one("SELECT sid FROM domain")
        self._authorization = "Basic " + b64encode(f"{user}:{secret}".encode()).decode()
        message = client.messages.create(
            to="+14155550123",
            from_="+14155550100",
            body="Hi",
            media_url=["https://example.com/a.png"],
            provide_feedback=True,
        )
        service = client.messaging.v1.services.create(friendly_name="Probe").sid
        self._sids = {
            **self._registered(service),
            "AC": user,
            "MG": service,
            "SM": message.sid,
            "MM": message.sid,
            "PN": client.incoming_phone_numbers.list(limit=1)[0].sid,
            "SC": client.short_codes.list(limit=1)[0].sid,
            "XE": own("whatsapp:+14155550198"),
            "HX": client.content.v1.contents.create(
                ContentList.ContentCreateRequest({"language": "en", "types": {"twilio/text": {"body": "Hi"}}})
            ).sid,
            "HH": self._verification(own("+18885550123")),
            "DN": domain["sid"] if domain else "",
            "CountryCode": "US",
            "ResourceType": "Messages",
        }

    def _registered(self, service: str) -> dict[str, str]:
        """Register a brand and a campaign, and return the SIDs of both and of what they rest on."""
        client, sandbox = self._conn.client, self._conn.sandbox
        campaign, trust = sandbox.register_campaign(service), client.trusthub.v1
        brand = client.messaging.v1.brand_registrations.list(limit=1)[0]
        return {
            "BN": brand.sid,
            "QE": campaign,
            "BU": brand.customer_profile_bundle_sid,
            "/v1/TrustProducts/{BU}": brand.a2p_profile_bundle_sid,
            "IT": trust.end_users.list(limit=1)[0].sid,
            "RD": trust.supporting_documents.list(limit=1)[0].sid,
        }

    def _verification(self, number_sid: str) -> str:
        created = self._conn.client.messaging.v1.tollfree_verifications.create(
            business_name="Owl",
            business_website="https://example.com",
            notification_email="a@example.com",
            use_case_categories=["EVENTS"],
            use_case_summary="Owls",
            production_message_sample="Owls",
            opt_in_image_urls=["https://example.com/a.png"],
            opt_in_type="VERBAL",
            business_registration_number="12-3456789",
            message_volume="10",
            tollfree_phone_number_sid=number_sid,
        )
        return str(created.sid)

    def says(self, method: str, pattern: str, name: str, *, as_json: bool) -> str:
        """Return the answer's sentence to a request that carries one parameter, with a value that means nothing."""
        product = "/v1/TrustProducts/{BU}"  # a bundle as a customer profile is, but not the same one
        path = pattern.replace(product, product.replace("{BU}", self._sids[product]))
        path = re.sub(r"\{(\w+)\}", lambda match: self._sids[match[1]], path)
        in_header = name.startswith("X-")
        outer, _, inner = name.partition(".")
        pairs = [] if in_header else [(name, "~")]
        answer = self._conn.sandbox.api.handle(
            Request(
                method=method,
                path=path,
                query=pairs if method == "GET" else (),
                form=pairs if method != "GET" and not as_json else (),
                document={outer: {inner: "~"} if inner else "~"} if as_json else None,
                authorization=self._authorization,
                version="~" if in_header else "",
            )
        )
        return str(json.loads(answer.body or "{}").get("message", ""))


class Placing:
    """Places what the walker found, and collects what cannot be placed.

    Args:
        surface: What the SDK has.
        words: The hand-written sentences, by what they are about.
    """

    def __init__(self, surface: Surface, words: dict[str, Any]) -> None:
        self.surface, self.words = surface, words
        self.unplaced: list[str] = []
        self._sandbox = Sandbox()
        self._used: set[str] = set()
        self._choices: dict[str, tuple[str, ...]] = {}
        self._emulated: set[str] = set()
        self._routes = {(route.method, _shape(route.pattern)): route for route in all_routes()}

    def table(self) -> dict[str, Any]:
        """Return the whole table, in plain values."""
        operations = [self._operation(operation) for operation in self.surface.operations]
        values = {name: self._values(name) for name in sorted(self.surface.enums)}
        for name in sorted({*self.words["partial"], *self.words["refused"]} - self._used):
            self.unplaced.append(f"capabilities.toml speaks of {name!r}, and nothing has this name or place")
        return {
            "sdk": f"twilio {version('twilio')}",
            "behaviour": list(self.words.get("behaviour", ())),
            "operations": operations,
            "values": {name: found for name, found in values.items() if found},
            "elsewhere": sorted({_shape(path) for path in self.surface.elsewhere}),
        }

    def _told(self, place: str, *names: str) -> dict[str, str]:
        """Return a place with its sentence, by the first name that has one."""
        found = next((name for name in names if name in self.words.get(place, {})), None)
        if found is None:
            return {"is": place}
        self._used.add(found)
        return {"is": place, "how": self.words[place][found]}

    def _operation(self, operation: Operation) -> dict[str, Any]:
        route = self._routes.get((operation.method, _shape(operation.path)))
        key = f"{operation.method} {operation.path}"
        about = {"name": operation.name, "method": operation.method, "path": operation.path}
        if route is None:
            above = [name for name in self.words["refused"] if operation.path.startswith(name)]
            placed = self._told("refused", key, *above)
            return {**about, **placed, "takes": {name: {"is": "refused"} for name in operation.takes}}
        self._emulated.add(operation.name.rpartition(".")[0])
        placed = self._told("partial", key)
        if "how" not in placed:
            placed = {"is": "emulated"}
        if operation.takes and not self._names_what_it_does_not_know(route.method, route.pattern, route.takes_json):
            self.unplaced.append(f"{key} answers an unknown parameter without naming it, so it cannot be asked")
        return {**about, **placed, "takes": {name: self._parameter(operation, route, name) for name in operation.takes}}

    def _names_what_it_does_not_know(self, method: str, pattern: str, as_json: bool) -> bool:
        return f"Unknown parameter {NONSENSE}" in self._sandbox.says(method, pattern, NONSENSE, as_json=as_json)

    def _parameter(self, operation: Operation, route: Any, name: str) -> dict[str, str]:
        said = self._sandbox.says(route.method, route.pattern, name, as_json=route.takes_json)
        key = f"{operation.name} {name}"
        if f"Unknown parameter {name}" in said:
            self.unplaced.append(f"{key} is new to the sandbox: {operation.method} {route.pattern}")
            return {"is": "unplaced"}
        if f"does not emulate the parameter {name}" in said:
            return self._told("refused", key, name)
        if enum := operation.values.get(name):
            listed = re.search(r"one of ([^~]+), not '~'", said)
            self._choices[enum] = tuple(listed[1].split(", ")) if listed else self.surface.enums[enum]
        placed = self._told("partial", key, name)
        return placed if "how" in placed else {"is": "emulated"}

    def _values(self, name: str) -> dict[str, dict[str, str]]:
        """Place the values of a list: those a parameter takes, or those that answers show."""
        values = self.surface.enums[name]
        known = SHOWN.get(SAME.sub("IncomingPhoneNumberInstance.", name)) or self._choices.get(name, ())
        if not known and self.surface.owners[name] in self._emulated and name not in self.words["refused"]:
            self.unplaced.append(f"{name} is new to the table: say in SHOWN which of {', '.join(values)} occur")
        return {
            value: {"is": "emulated"} if value in known else self._told("refused", f"{name} {value}", name)
            for value in values
        }


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def main() -> int:
    """Write or check the table and the page; return 1 when something is unplaced or differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail on a difference")
    asked = parser.parse_args()
    placing = Placing(walk(), tomllib.loads((DOCS / "capabilities.toml").read_text(encoding="utf-8")))
    table = placing.table()
    made = {TABLE: json.dumps({"counts": counts(table), **table}, indent=1) + "\n", PAGE: page(table)}
    for sentence in placing.unplaced:
        print(sentence, file=sys.stderr)
    for path, content in made.items():
        if not asked.check:
            path.write_text(content, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != content:
            print(
                f"{path.relative_to(DOCS.parent)} is not what the SDK and the sandbox say: make capabilities",
                file=sys.stderr,
            )
            return 1
    print(json.dumps(counts(table)))
    return bool(placing.unplaced)


if __name__ == "__main__":
    sys.exit(main())
