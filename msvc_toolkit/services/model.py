"""A Messaging Service and its settings, and what Twilio will refuse.

Source: Services resource and Messaging Services features, Twilio docs (read 2026-11-23).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from msvc_toolkit.errors import Problem
from msvc_toolkit.private.secret import HidesLogins, without_login
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.limits import NAME_LIMIT, URL_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.service_settings import SETTINGS, ServiceSettings, Setting


@dataclass(frozen=True, repr=False)
class ServiceDraft(ServiceSettings):
    """The settings for a Messaging Service; None leaves a setting to Twilio, and an empty URL clears it.

    Args:
        {settings}
    """

    def problems(self, *, new: bool = True) -> list[Problem]:
        """Say what Twilio would refuse, one sentence each.

        Args:
            new: True for a service that is created, which needs a name.
        """
        found = [_setting_problem(setting, getattr(self, setting.name)) for setting in SETTINGS]
        if new and self.friendly_name is None:
            found.append(Problem("friendly_name", "Give the service a name, such as Orders."))
        if self.fallback_url and self.inbound_request_url == "":
            found.append(
                Problem("fallback_url", "A fallback is only called when there is an inbound webhook.", blocks=False)
            )
        return [problem for problem in found if problem is not None]

    def params(self) -> dict[str, Any]:
        """Return what is sent: the settings that are not left to Twilio, by the SDK's names."""
        chosen = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in chosen.items() if value is not None}


if ServiceDraft.__doc__:  # python -OO leaves docstrings out
    ServiceDraft.__doc__ = ServiceDraft.__doc__.format(
        settings="\n        ".join(f"{s.name}: {s.effect}" for s in SETTINGS)
    )


def _setting_problem(setting: Setting, value: object) -> Problem | None:
    if value is None:
        return None
    name = setting.name
    if setting.kind == "flag":
        return (
            None if isinstance(value, bool) else Problem(name, f"{setting.label} must be True or False, not {value!r}.")
        )
    if setting.kind == "seconds":
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= VALIDITY_LIMIT_SECONDS:
            return None
        shown = repr(value)[:40]
        return Problem(
            name,
            f"{setting.label} must be 1 to {VALIDITY_LIMIT_SECONDS} seconds, not {shown}. Use 36000 for ten hours.",
        )
    if not isinstance(value, str):
        return Problem(name, f"{setting.label} must be text, not {type(value).__name__}.")
    if setting.options and value not in setting.options:
        return Problem(name, f"{setting.label} must be one of {', '.join(setting.options)}, not {value!r}.")
    if setting.kind == "url":
        return url_problem(name, setting.label, value)
    if setting.kind == "text" and not value.strip():
        return Problem(name, "Enter a name, for example “Orders”.")
    if setting.kind == "text" and len(value.strip()) > NAME_LIMIT:
        sentence = f"{setting.label} needs 1 to {NAME_LIMIT} characters and this has {len(value)}. Type a short label such as Orders."
        return Problem(name, sentence)
    return None


def url_problem(field: str, label: str, value: object) -> Problem | None:
    """Say why an address cannot be a webhook, or None; empty is fine.

    Source: error page 21609 and the webhook guides: http or https, no underscore in the host, 4000 characters.
    """
    if not value:
        return None
    if not isinstance(value, str):
        return Problem(field, f"{label} must be text, not {type(value).__name__}.")
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        parts, host = None, ""
    if parts is None or parts.scheme not in ("http", "https") or not host or " " in value:
        shown = without_login(value)[:60]
        return Problem(field, f"{label} must be a whole address such as https://example.com/sms, not {shown!r}.")
    if "_" in host:
        return Problem(field, f"Twilio refuses hosts with an underscore ({host}). Use a name without one.")
    if parts.password:
        return Problem(
            field,
            f"{label} carries a password, which is stored at Twilio and shown in its Console. If you can, use a URL without one.",
            blocks=False,
        )
    if len(value) > URL_LIMIT:
        return Problem(field, f"{label} has {len(value)} characters and Twilio takes {URL_LIMIT}. Shorten it.")
    if here := here_problem(field, host):
        return here
    if parts.scheme == "http":
        return Problem(
            field, "Others can read plain http on the network. Use https, except for development.", blocks=False
        )
    return None


def here_problem(field: str, host: str) -> Problem | None:
    """Warn of a host that only this computer or its network can reach."""
    try:
        public = ipaddress.ip_address(host).is_global
    except ValueError:
        public = host != "localhost" and not host.endswith((".localhost", ".local", ".internal"))
    sentence = (
        f"Twilio cannot reach {host}: it is this computer or its network. That works in the sandbox; for a live account "
        "use a public https address."
    )
    return None if public else Problem(field, sentence, blocks=False)


@dataclass(frozen=True, repr=False)
class Service(HidesLogins):
    """A Messaging Service as Twilio has it.

    Args:
        sid: Its SID, ``MG...``: what Step 4 passes instead of a From number.
        friendly_name: Its label.
        date_created: When it was made, UTC.
        date_updated: When it last changed, UTC.
        us_app_to_person_registered: Whether an A2P 10DLC campaign is registered on it.
        settings: Every settable field by the SDK's name.
    """

    sid: str
    friendly_name: str
    date_created: datetime | None = None
    date_updated: datetime | None = None
    us_app_to_person_registered: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def untouched(self) -> bool:
        """Whether its dates show no change since it was made."""
        return self.date_updated == self.date_created

    @property
    def label(self) -> str:
        """Its name with phone numbers masked, or its SID."""
        return addresses.mask(self.friendly_name) or self.sid

    @property
    def draft(self) -> ServiceDraft:
        """The same settings as a draft, ready to be changed."""
        return ServiceDraft(**self.settings)


def same_name(services: Sequence[Service], friendly_name: str) -> Service | None:
    """Return the first service with this name, or None."""
    return next((service for service in services if service.friendly_name == friendly_name), None)
