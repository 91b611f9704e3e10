"""What stops or delays a message before it is sent: geo permissions, reassigned numbers, pumping, litigators, quiet hours.

All of it is off until it is set; the Console's switches and Twilio's lists are set by `conn.sandbox.compliance`.
`short_links` reads the domains and links that are listed here.

Source: Compliance Toolkit; SMS Pumping Protection; Global Safe List; Messaging Geo Permissions; error pages 21408, 21610,
30047, 30450, 30453, 30610, 30615, 30640 (read 2026-11-30). Ours: the order of the checks, that a message without MessageIntent is not
essential, and that a message is rescheduled at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses, quiet_hours
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

KEPT = "compliance"
QUIET_HOURS = ("off", "reschedule", "block", "fail")
NO_PERMISSION, OPTED_OUT, LITIGATOR = 21408, 21610, 30640
PUMPING, FRAUD, QUIET, QUIET_HERE, NOT_RESCHEDULED = 30450, 30453, 30610, 30615, 30047


@dataclass(frozen=True)
class Compliance:
    """What was set in one sandbox."""

    quiet_hours: str = "off"  # one of `QUIET_HOURS`
    litigators: frozenset[str] = frozenset()
    reassigned: Mapping[str, int] = field(default_factory=dict)  # numbers, and when they were reassigned
    pumped: tuple[str, ...] = ()  # prefixes that are blocked because of traffic pumping
    fraudulent: tuple[str, ...] = ()  # prefixes that are blocked because of fraud
    blocked_links: frozenset[str] = frozenset()  # hosts and links that are not shortened
    unverified_domains: frozenset[str] = frozenset()  # link-shortening domains that the organization has not verified
    closed: frozenset[tuple[str, str]] = frozenset()  # accounts, and the countries each may not send to
    safe: frozenset[tuple[str, str]] = frozenset()  # accounts, and the beginnings of numbers on the Safe List of each

    @property
    def active(self) -> bool:
        """Whether anything can stop a message."""
        listed = self.closed or self.reassigned or self.pumped or self.fraudulent or self.litigators
        return bool(listed or self.quiet_hours != QUIET_HOURS[0])


def read(store: SandboxStore) -> Compliance:
    """Return what is set."""
    return store.cached(("compliance",), lambda: _load(store))


def _load(store: SandboxStore) -> Compliance:
    kept = json.loads(store.setting(KEPT) or "{}")
    return Compliance(
        kept.get("quiet_hours", QUIET_HOURS[0]),
        frozenset(kept.get("litigators", ())),
        kept.get("reassigned", {}),
        tuple(kept.get("pumped", ())),
        tuple(kept.get("fraudulent", ())),
        frozenset(kept.get("blocked_links", ())),
        frozenset(kept.get("unverified_domains", ())),
        frozenset(store.tuples("SELECT account_sid, country_code FROM geo_closed")),
        frozenset(store.tuples("SELECT account_sid, rtrim(phone_number, 'x') FROM safe_list")),
    )


def change(
    store: SandboxStore, now: int, quiet_hours_mode: str | None, **lists: Iterable[str] | None
) -> dict[str, object]:
    """Change the given values and return all; arguments and errors are those of `Controller.compliance`."""
    if quiet_hours_mode not in (None, *QUIET_HOURS):
        raise SandboxError(f"Quiet hours must be one of {', '.join(QUIET_HOURS)}, not {quiet_hours_mode[:40]!r}.")
    kept = {"quiet_hours": quiet_hours_mode or QUIET_HOURS[0], **json.loads(store.setting(KEPT) or "{}")}
    if quiet_hours_mode is not None:
        kept["quiet_hours"] = quiet_hours_mode
    given = {name: sorted(map(_READ[name], values)) for name, values in lists.items() if values is not None}
    if "reassigned" in given:
        known = kept.get("reassigned", {})
        kept["reassigned"] = {number: known.get(number, now) for number in given.pop("reassigned")}
    kept |= given
    with store.writing():
        store.set_setting(KEPT, json.dumps(kept))
    return {"quiet_hours": kept["quiet_hours"], **{name: sorted(kept.get(name, ())) for name in lists}}


def _number(text: str) -> str:
    known = addresses.read(text)
    if known is None or not known.text.startswith("+"):
        raise SandboxError(f"{addresses.mask(text)!r} is not a phone number; give one as +14155550123.")
    return known.text


def _prefix(text: str) -> str:
    if not (text[:1] == "+" and text[1:].isdecimal()):
        raise SandboxError(f"{text[:40]!r} is not how a number begins; give one such as +4479.")
    return text


_READ: dict[str, Callable[[str], str]] = {
    "litigators": _number,
    "reassigned": _number,
    "pumped": _prefix,
    "fraudulent": _prefix,
    "blocked_links": lambda text: text if "://" in text else text.lower(),
    "unverified_domains": str.lower,
}
"""The lists, and the function that reads an entry of each."""


def refusal(
    store: SandboxStore, account_sid: str, service_sid: str | None, sender_sid: str | None, to: addresses.Address
) -> int | None:
    """Return the code with which a message is refused where it is taken with a From: 21408 or 21610."""
    rules = read(store)
    if not rules.active:
        return None
    if (account_sid, to.country) in rules.closed and to.channel is None:
        return NO_PERMISSION
    since = rules.reassigned.get(to.text)
    return OPTED_OUT if since is not None and not _agreed(store, service_sid, sender_sid, to.text, since) else None


def _agreed(store: SandboxStore, service_sid: str | None, sender_sid: str | None, person: str, since: int) -> bool:
    """Return whether a person has opted in after a time, by the consent record of the service or the sender."""
    return bool(
        store.one(
            "SELECT 1 FROM consent WHERE contact_id = ? AND status = 'opt-in' AND given >= ? "
            "AND sender_id IN (?, (SELECT address FROM sender WHERE sid = ?))",
            person,
            since,
            service_sid,
            sender_sid,
        )
    )


def stop(store: SandboxStore, row: Row, sender_sid: str, to: addresses.Address) -> int | None:
    """Return the code with which a message fails before it is sent, None when nothing stops it."""
    rules = read(store)
    if not rules.active:
        return None
    code = refusal(store, row["account_sid"], row["service_sid"], sender_sid, to)
    options = json.loads(row["options"]) if row["options"] else {}
    if code is not None or options.get("risk_check") == "disable" or to.channel is not None:
        return code
    for prefixes, blocked in ((rules.pumped, PUMPING), (rules.fraudulent, FRAUD)):
        if to.text.startswith(prefixes) and not _is_safe(rules, row["account_sid"], to.text):
            return blocked
    return LITIGATOR if to.text in rules.litigators and not _is_essential(row, options) else None


def _is_safe(rules: Compliance, account_sid: str, number: str) -> bool:
    return any(account == account_sid and number.startswith(begin) for account, begin in rules.safe)


def _is_essential(row: Row, options: Mapping[str, object]) -> bool:
    answers = row["direction"] == "outbound-reply"  # the person has just written
    return answers or options.get("message_intent") in quiet_hours.essential_intents()


def _home(store: SandboxStore, account_sid: str, to: addresses.Address) -> quiet_hours.Where:
    """Return where a recipient is: by the ZIP code of the contact, else by the number."""
    query = "SELECT zip_code FROM contact WHERE account_sid = ? AND contact_id = ? AND country_iso_code = 'US'"
    row = store.one(query, account_sid, to.text)
    return (quiet_hours.of_zip_code(row["zip_code"]) if row else None) or to


def hold(store: SandboxStore, row: Row, to: addresses.Address, start: int) -> int | datetime | None:
    """Return what quiet hours do to a message at a time: until when it waits, the code it fails with, or None."""
    mode = read(store).quiet_hours
    if mode == QUIET_HOURS[0]:
        return None
    at = datetime.fromtimestamp(start / 1000, UTC)
    where = _home(store, row["account_sid"], to)
    if not quiet_hours.is_quiet(where, at):
        return None
    options = json.loads(row["options"]) if row["options"] else {}
    if options.get("risk_check") == "disable" or _is_essential(row, options):
        return None
    if mode == "reschedule":
        return quiet_hours.next_allowed(where, at)
    if mode == "fail":
        return NOT_RESCHEDULED
    return QUIET if quiet_hours.is_quiet(where, at, states=False) else QUIET_HERE
