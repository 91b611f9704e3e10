"""Rehearse a change: which sender each message of a log would have had before and after it, what fails, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

import numpy as np
import pandas as pd

from msvc_toolkit.changes.calls import read_account
from msvc_toolkit.changes.model import AccountSetup, ServiceSetup, alpha_of
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.log import Log
from msvc_toolkit.planning.model import PlannedSender
from msvc_toolkit.planning.replay import OF_QUEUES, OF_SENDERS, sent_by
from msvc_toolkit.rules import addresses, error_codes, sender_selection
from msvc_toolkit.rules.plurals import count

UNREGISTERED = 30034
"""The code of a message to the US from a US number that no verified campaign covers. Source: error page 30034, read 2026-11-23."""
_VERIFIED = "VERIFIED"
_AGAIN = (*OF_QUEUES, UNREGISTERED, sender_selection.NOBODY_ELIGIBLE, sender_selection.EMPTY_POOL)
"""Codes of the log that are worked out again."""
_RULES = {
    sender_selection.BY_LOAD: "it was used longest ago",
    "sticky sender": "the recipient was texted from it before",
    "pair from before the log": "the recipient was texted from it before",
    "only sender": "it is the only one",
    "area code geomatch": "it has the recipient's area code",
    "country geomatch": "it is of the recipient's country",
}
NOTES = (
    "A log does not show to whom a service sent before the log begins, nor how long the queues were.",
    "Where several senders are equal, load decides, so the account may use another one of them.",
    "Whether carriers filter a message from its new sender is not known: a message that moves counts as delivered.",
    "A number that joins a service with a campaign counts as registered; until the carriers know it, it fails with 30035.",
)
_COLUMNS = (
    "sid date_created messaging_service_sid to logged before after code_before code_after cost_before cost_after "
    "price_unit rule reason"
).split()


def rehearse_changes(
    log: Log, before: AccountSetup | Connection, after: AccountSetup | Connection, *, keep: bool = True
) -> pd.DataFrame:
    """Work out, by Twilio's rules, who would send a log's messages before and after a change; nothing is sent.

    Args:
        log: A log of the account, such as yesterday's.
        before: The account as it is, or what `read_account` returned for it; it is only read.
        after: Likewise the account after the change: its twin, to which the plan was applied.
        keep: Whether services remember the senders of the log, as the account does. A twin remembers nobody.

    Returns:
        A row for each message whose service chose its sender, in order of time: the sender of the log (``logged``), who
        would have sent it ``before`` and ``after`` (empty for nobody), Twilio's error code and the cost on either side, the
        rule that decides after the change, and the reason where something differs. ``attrs`` has a ``summary`` and
        ``notes``.

    Raises:
        InvalidInput: The log has no message of the account's services.
    """
    before, after = (one if isinstance(one, AccountSetup) else read_account(one) for one in (before, after))
    if not (before.account_sid and after.account_sid):
        sentence = "A file does not have the SIDs of all services. Apply it to a twin, and rehearse with the twin."
        raise InvalidInput([Problem("after" if before.account_sid else "before", sentence)])
    services = {service.sid: service for service in before.services}
    remember = {service.sid for service in after.services if service.settings["sticky_sender"]}
    first, second = _sent(log, before, services if keep else None), _sent(log, after, remember if keep else None)
    known = first["messaging_service_sid"].isin(services)
    if not known.any():
        sentence = "No message of this log was sent by a service of this account. Choose a log of the same account."
        raise InvalidInput([Problem("log", sentence)])
    first, second = first[known].reset_index(drop=True), second[known].reset_index(drop=True)
    found = first[["sid", "date_created", "messaging_service_sid", "to", "price_unit"]].assign(logged=first["number"])
    for name, side in (("before", first), ("after", second)):
        found[name] = side["who"]
        found[f"code_{name}"] = _codes(side, first["who"])
        found[f"cost_{name}"] = side["price"].where((side["code"] == 0) & (side["who"] != "") & ~side["early"], 0.0)
    found["rule"] = second["rule"]
    pools = {service.sid: _pool(after, service) for service in after.services}
    keys = ["messaging_service_sid", "before", "after", "code_before", "code_after", "rule"]
    reasons = {
        key: _reason(services[key[0]].label, {one.address for one in pools.get(key[0], ())}, *key[1:])
        for key in found[keys].drop_duplicates().itertuples(index=False, name=None)
    }
    found["reason"] = [reasons[key] for key in found[keys].itertuples(index=False, name=None)]
    found = found[_COLUMNS]
    left_out = len(known) - len(found)
    more = (
        [f"{count(left_out, 'message')} of services that the account does not have were left out."] if left_out else []
    )
    found.attrs = {"summary": _summary(found), "notes": (*NOTES, *more)}
    return found


def _sent(log: Log, account: AccountSetup, keep: Container[str] | None) -> pd.DataFrame:
    """Send a log's messages through an account; ``unregistered`` where US carriers would not take one."""
    pools = {service.sid: _pool(account, service) for service in account.services}
    sent = sent_by(log, pools, {service.sid: service.settings for service in account.services}, keep=keep)
    takes_part = any(service.campaign for service in account.services)
    covered = {service.sid for service in account.services if service.status == _VERIFIED}
    read = {who: addresses.read(who) for who in sent["who"].unique()}
    ours = {who for who, one in read.items() if one is not None and (one.kind, one.country) == ("local", "US")}
    plain = (sent["country"] == "US") & ~sent["to"].str.contains(":", regex=False)
    sent["unregistered"] = takes_part & plain & sent["who"].isin(ours) & ~sent["messaging_service_sid"].isin(covered)
    return sent


def _pool(account: AccountSetup, service: ServiceSetup) -> tuple[PlannedSender, ...]:
    def planned() -> Iterator[PlannedSender]:
        for text in service.senders or ():
            if (own := account.owned.get(text)) is not None:
                yield PlannedSender(own.address, own.sid, frozenset(own.capabilities), country=own.country)
            else:
                alpha = alpha_of(text)
                countries = frozenset({alpha.iso_country_code} if alpha.iso_country_code else ())
                yield PlannedSender(alpha.name, text, frozenset({"SMS"}), countries)

    return tuple(planned())


def _codes(side: pd.DataFrame, before: pd.Series) -> np.ndarray:
    """Return each message's error code: of selection and queue, of registration, else the log's where it still holds."""
    old = side["error_code"].to_numpy()
    moved = (side["who"] != before).to_numpy()
    stays = side["early"].to_numpy() | ~(np.isin(old, _AGAIN) | (moved & np.isin(old, OF_SENDERS)))
    codes = np.where(stays, old, 0)
    codes = np.where(side["unregistered"] & ~side["early"], UNREGISTERED, codes)
    return np.where(side["code"] != 0, side["code"], codes)


def _reason(label: str, pool: set[str], before: str, after: str, code_before: int, code_after: int, rule: str) -> str:
    """Say in a sentence why a message goes another way; empty where it goes as before."""
    parts = []
    if before != after:
        gone = f"{addresses.mask(before)} is not in {label} any more. " if before and before not in pool else ""
        why = _RULES.get(rule, f"it wins by {rule}")
        parts.append(f"{gone}{addresses.mask(after)} sends: {why}." if after else gone.strip())
    if code_before != code_after and code_after:
        known = error_codes.lookup(code_after)
        parts.append(f"Error {code_after}: {known.meaning if known else 'Twilio refuses it.'}")
    elif code_before != code_after:
        parts.append(f"Error {code_before} ends.")
    return " ".join(part for part in parts if part)


def _summary(found: pd.DataFrame) -> str:
    """Say what the change does to the messages."""
    moved = (found["before"] != found["after"]) & (found["after"] != "")
    parts = [f"{moved.sum():,} of {count(len(found), 'message')} would have had another sender"]
    more = Counter(found["code_after"][found["code_after"] != 0].tolist())
    more.subtract(found["code_before"][found["code_before"] != 0].tolist())
    for code, n in sorted(more.items()):
        if n:
            what = "more message" if n > 0 else "fewer message"
            parts.append(f"{count(abs(n), what)} would have failed with {code}")
    cost = found["cost_after"].fillna(0) - found["cost_before"].fillna(0)
    for unit, changed in cost.groupby(found["price_unit"]).sum().items():
        if unit and round(changed, 2):
            parts.append(f"they would have cost {abs(changed):,.2f} {unit} {'more' if changed > 0 else 'less'}")
    return f"{'; '.join(parts)}."
