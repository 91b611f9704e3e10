"""What differs between two accounts, two files, or an account and a file."""

from __future__ import annotations

from dataclasses import replace

from msvc_toolkit.changes.model import AccountSetup, ServiceSetup, is_alpha, setting_text
from msvc_toolkit.changes.plan import plan_between
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.senders.model import Sender

_DEFAULTS = {setting.name: setting_text(setting, None) for setting in SETTINGS}


def differences(first: AccountSetup, second: AccountSetup) -> list[str]:
    """Say in sentences what differs between one account and another; what a file leaves out counts as equal."""
    now = _complete(first, second)
    kept = [replace(service, at={}) for service in second.services if not service.delete]
    gone = [
        ServiceSetup({"friendly_name": one.settings["friendly_name"]}, None, one.sid, one.campaign, delete=True)
        for one in now.services
        if _partner(one, second) is None
    ]
    plan = plan_between(now, AccountSetup((*kept, *gone)))
    only = {"create": "is only in the second", "delete": "is only in the first"}  # nothing is made or deleted here
    found = [f"{one.service} {only[one.kind]}." if one.kind in only else one.sentence for one in plan.changes]
    accounts = bool(first.account_sid and second.account_sid)  # a file may leave a campaign out, and has no status
    for service in now.services:
        if (other := _partner(service, second)) is None:
            continue
        old, new = ((one.campaign, one.status if accounts else "") for one in (service, other))
        if old != new and (accounts or (service.campaign and other.campaign)):
            old_words, new_words = (" ".join(one).strip() or "none" for one in (old, new))
            found.append(f"{service.label}: campaign {old_words} → {new_words}.")
    return found


def _partner(service: ServiceSetup, other: AccountSetup) -> ServiceSetup | None:
    """Return the service of another account that this one is: by its SID, else by its name."""
    alike = [one for one in other.services if not one.delete]
    by_sid = (one for one in alike if one.sid and one.sid == service.sid)
    name = service.settings.get("friendly_name")
    return next(by_sid, None) or next((one for one in alike if one.settings.get("friendly_name") == name), None)


def _complete(account: AccountSetup, other: AccountSetup) -> AccountSetup:
    """Return an account that a plan can begin with: what a file leaves out is taken from the other one."""
    services = []
    for number, service in enumerate((one for one in account.services if not one.delete), start=1):
        like = _partner(service, other)
        settings = {**_DEFAULTS, **(like.settings if like is not None else {}), **service.settings}
        senders = service.senders if service.senders is not None else (like.senders if like is not None else ())
        services.append(
            replace(service, settings=settings, senders=senders or (), sid=service.sid or f"service {number}")
        )
    owned = {text: replace(one, service_sid=None) for text, one in other.owned.items()} | dict(account.owned)
    pooled = {text: service.sid for service in services for text in service.senders or ()}
    for text in [*pooled, *(text for service in other.services for text in service.senders or ())]:
        if not is_alpha(text):
            known = owned.get(text) or _sender(text)
            owned[text] = replace(known, service_sid=pooled.get(text))
    return AccountSetup(tuple(services), account.account_sid, owned)


def _sender(text: str) -> Sender:
    """Return a sender that only a file has."""
    address = addresses.read(text)
    kind = address.kind if address is not None else ""
    prefix = {"short code": "SC", "channel": "XE"}.get(kind, "PN")
    return Sender(f"{prefix} {text}", text, (address.country if address else None) or "", ("SMS",))
