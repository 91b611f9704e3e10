"""Scenario `starter`, and the account and senders of every new sandbox."""

from __future__ import annotations

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.messages.outcomes import STANDINGS
from msvc_toolkit.sandbox.resources.messaging import link_shortening
from msvc_toolkit.sandbox.storage.store import SandboxStore

ALL = ("Voice", "SMS", "MMS")
STARTER: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    # address, country, capabilities, friendly name; numbers are fictional (555-01xx, and example numbers abroad)
    ("+14155550100", "US", ALL, "San Francisco"),
    ("+14155550101", "US", ALL, "San Francisco, second line"),
    ("+12125550100", "US", ALL, "New York"),
    ("+13125550100", "US", ("Voice", "SMS"), "Chicago, SMS only"),
    ("+12065550100", "US", ("Voice",), "Seattle, voice only"),
    ("+18885550100", "US", ALL, "US toll-free"),
    ("+14165550100", "CA", ALL, "Toronto"),
    ("+447400123456", "GB", ("Voice", "SMS"), "United Kingdom mobile"),
)


def own(
    store: SandboxStore,
    account_sid: str,
    address: str,
    *,
    now: int,
    country: str | None = None,
    capabilities: tuple[str, ...] = ALL,
    friendly_name: str = "",
    standing: str = "good",
) -> str:
    """Give an account a sender and return its SID; see `Controller.own`. A number's country is found from its digits."""
    read = addresses.read(address, country)
    if read is None or read.kind == "alphanumeric":
        raise SandboxError(
            f"{address!r} is not a sender that an account can own. Give a number as +14155550100, a short code's digits with "
            "its country, or a channel address as whatsapp:+14155550100."
        )
    unknown = set(capabilities) - set(ALL)
    if unknown or not capabilities:
        raise SandboxError(
            f"Give one or more of the capabilities {', '.join(ALL)}{'; not ' * bool(unknown)}{', '.join(sorted(unknown))}."
        )
    if read.kind == "short code" and not (country or read.country):
        raise SandboxError(f"A short code needs its country: own({address!r}, country='US').")
    if standing not in STANDINGS:
        raise SandboxError(f"A sender's standing must be one of {', '.join(STANDINGS)}, not {standing!r}.")
    kind, prefix = {"short code": ("short code", "SC"), "channel": ("channel", "XE")}.get(read.kind, ("number", "PN"))
    if store.one("SELECT 1 FROM sender WHERE address = ?", read.text):
        raise SandboxError(f"The sandbox has {addresses.mask(read.text)} already.")
    row = {
        "account_sid": account_sid,
        "kind": kind,
        "address": read.text,
        "country_code": read.country or country,
        "capabilities": ",".join(name for name in ALL if name in capabilities),
        "friendly_name": friendly_name or read.text,
        "standing": standing,
    }
    return store.add("sender", prefix, now, row)


def starter(store: SandboxStore, account_sid: str, now: int) -> None:
    """Give the account senders of every kind, in no service; there is no service yet."""
    for address, country, capabilities, name in STARTER:
        own(store, account_sid, address, now=now, country=country, capabilities=capabilities, friendly_name=name)
    own(store, account_sid, "894546", now=now, country="US", capabilities=("SMS", "MMS"), friendly_name="US short code")
    own(store, account_sid, "whatsapp:+14155550199", now=now, capabilities=("SMS",), friendly_name="WhatsApp sender")
    link_shortening.add_domain(store, account_sid, "links.example.com")


def account(store: SandboxStore, now: int) -> str:
    """Make the sandbox's Full account and its API key, and return the account's SID."""
    sid = store.new_sid("AC")
    row = {"sid": sid, "owner_account_sid": sid, "auth_token": store.digest("auth token"), "type": "Full"}
    row |= {"friendly_name": "Sandbox account", "status": "active"}
    store.insert("account", {**row, "date_created": now, "date_updated": now})
    store.insert("api_key", {"sid": store.new_sid("SK"), "account_sid": sid, "secret": store.digest("api key secret")})
    return sid
