"""The control addresses under `/_sandbox/`: the functions of `conn.sandbox`, for programs in other languages.

A parameter has the argument's name in Twilio's spelling (`media_url` is MediaUrl) and is parsed by the type of
that argument; a repeated parameter is a sequence. A wrong request gets 400 and a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from inspect import Parameter, signature
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import Controller
from msvc_toolkit.sandbox.rest import capabilities
from msvc_toolkit.sandbox.rest.params import Pairs
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.scenarios.starter import ALL

PREFIX = "/_sandbox/"
JOURNAL_LIMIT = 1000
"""Entries of the journal when Limit is not given."""


def control(controller: Controller, method: str, path: str, form: Pairs) -> Response:
    """Answer one control request; `form` has the pairs of the body, or, with GET, of the query."""
    for allowed, pattern, act, shown in _ENDPOINTS:
        match = re.fullmatch(pattern, path.removeprefix(PREFIX))
        if match and method == allowed:
            try:
                return answer(200, shown(controller, act(controller, **_arguments(act, match.groups(), form))))
            except SandboxError as error:
                return answer(400, {"message": str(error), "status": 400})
    return answer(404, {"message": f"There is no control address {method} {path}.", "status": 404})


def _arguments(act: Callable[..., Any], in_path: tuple[str, ...], form: Pairs) -> dict[str, Any]:
    """Read a function's arguments except the controller: first those in the path, then those of the form."""
    arguments = {}
    for position, parameter in enumerate([*signature(act).parameters.values()][1:]):
        name = parameter.name.title().replace("_", "")
        values = [value for given, value in form if given == name] if position >= len(in_path) else [in_path[position]]
        if parameter.default is Parameter.empty and not all(values or [""]):
            raise SandboxError(f"The parameter {name} is missing.")
        if values:
            arguments[parameter.name] = _READERS.get(parameter.annotation, _text)(name, values)
    return arguments


def _text(_: str, values: Sequence[str]) -> str:
    return values[-1]


def _number(name: str, values: Sequence[str]) -> float:
    try:
        return float(values[-1])
    except ValueError:
        raise SandboxError(f"{name} must be a number, not {values[-1][:40]!r}.") from None


def _whole(name: str, values: Sequence[str]) -> int:
    if not (values[-1].isdecimal() and len(values[-1]) < 10):  # noqa: PLR2004 - far above any that is of use
        raise SandboxError(f"{name} must be a whole number, not {values[-1][:40]!r}.")
    return int(values[-1])


def _truth(name: str, values: Sequence[str]) -> bool:
    text = values[-1].lower()
    if text not in ("true", "false"):
        raise SandboxError(f"{name} must be true or false, not {text[:40]!r}.")
    return text == "true"


def _time(name: str, values: Sequence[str]) -> datetime:
    try:
        return datetime.fromisoformat(values[-1])
    except ValueError:
        raise SandboxError(f"{name} must be a time such as 2026-01-05T15:00:00Z, not {values[-1][:40]!r}.") from None


def _errors(name: str, values: Sequence[str]) -> dict[int, str]:
    errors = {}
    for text in values:
        code, _, field = text.partition(":")
        if not code.isdecimal() or len(code) > 6:  # noqa: PLR2004 - Twilio's codes have five digits
            raise SandboxError(f"{name} must be a code and a field, such as 30795:region, not {text[:40]!r}.")
        errors[int(code)] = field
    return errors


_READERS: dict[str, Callable[[str, Sequence[str]], object]] = {
    "Mapping[int, str] | None": _errors,
    "Sequence[str] | None": lambda _, values: [*filter(None, values)],
    "Sequence[str]": lambda _, values: [*values],
    "bool": _truth,
    "datetime | None": _time,
    "float": _number,
    "float | None": _number,
    "int": _whole,
    "int | None": _whole,
    "str | None": lambda _, values: values[-1] or None,
}
"""The function that parses an argument, by its annotation; others are text."""


def _about(controller: Controller) -> dict[str, Any]:
    """Account, scenario and clock."""
    return {
        "account_sid": controller.account_sid,
        "scenario": controller.scenario,
        "clock": controller.clock,
        "now": controller.now.isoformat(),
    }


def _clock(controller: Controller, advance: float) -> dict[str, Any]:
    """Move the clock, by seconds."""
    controller.advance(advance)
    return _about(controller)


def _numbers(
    controller: Controller,
    phone_number: str = "",
    short_code: str = "",
    channel_sender: str = "",
    country_code: str | None = None,
    capabilities: str = "",
    friendly_name: str = "",
) -> dict[str, Any]:
    """Add a sender to the account: PhoneNumber, ShortCode with CountryCode, or ChannelSender."""
    address = phone_number or short_code or channel_sender
    if not address:
        raise SandboxError("Name the sender: PhoneNumber, ShortCode with CountryCode, or ChannelSender.")
    able = [name.strip() for name in capabilities.split(",")] if capabilities else ALL
    sid = controller.own(address, country=country_code, capabilities=able, friendly_name=friendly_name)
    return {"sid": sid, "sender": address, "account_sid": controller.account_sid}


def _handset(controller: Controller, address: str, state: str = "good") -> dict[str, Any]:
    """Set the state of a recipient's handset."""
    controller.handset(address, state)
    return {"address": address, "state": controller.handset_state(address)}


def _webhooks(controller: Controller, allow: Sequence[str]) -> dict[str, Any]:
    """Allow webhooks to hosts."""
    return {"allowed": controller.allow_webhooks(*allow)}


def _opt_out(
    controller: Controller,
    service_sid: str,
    opt_out_keywords: Sequence[str] = (),
    opt_in_keywords: Sequence[str] = (),
    help_keywords: Sequence[str] = (),
    opt_out_message: str | None = None,
    opt_in_message: str | None = None,
    help_message: str | None = None,
) -> dict[str, Any]:
    """Turn on Advanced Opt-Out for a service; the parameters have a campaign's names. Source: Usa2p resource (read 2026-11-23)."""
    keywords = {"STOP": opt_out_keywords, "START": opt_in_keywords, "HELP": help_keywords}
    messages = {"STOP": opt_out_message, "START": opt_in_message, "HELP": help_message}
    words = {word: [*listed] for word, listed in keywords.items() if listed}
    texts = {word: text for word, text in messages.items() if text is not None}
    controller.advanced_opt_out(service_sid, words, texts)
    return {"service_sid": service_sid, "words": words, "texts": texts}


def _sender_id(controller: Controller, name: str, country: str) -> dict[str, Any]:
    """Register an alphanumeric sender ID in a country."""
    controller.register_sender_id(name, country)
    return {"name": name.strip(), "country": country.upper()}


def _a2p(controller: Controller, enforced: bool = True) -> dict[str, Any]:
    """Require a campaign for US numbers, or stop requiring it."""
    controller.enforce_a2p(on=enforced)
    return {"enforced": enforced}


def _strict(controller: Controller, enabled: bool = True) -> dict[str, Any]:
    """Refuse parameters that Twilio does not have, or ignore them again."""
    controller.strict(on=enabled)
    return {"enabled": enabled}


def _template(controller: Controller, content_sid: str, status: str = "approved", reason: str = "") -> dict[str, Any]:
    """The state of a content template at WhatsApp."""
    controller.template(content_sid, status, reason)
    return {"content_sid": content_sid, "status": status}


def _brand(
    controller: Controller,
    brand_type: str = "STANDARD",
    status: str = "APPROVED",
    error: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Make a brand in any state; Error may repeat, in the form ``30795:field``."""
    return {"sid": controller.register_brand(brand_type, status=status, errors=error), "status": status}


def _campaign(
    controller: Controller,
    service_sid: str,
    brand_sid: str | None = None,
    status: str = "VERIFIED",
    error: Mapping[int, str] | None = None,
    usecase: str = "",
) -> dict[str, Any]:
    """Make a service's campaign in any state."""
    more = {"us_app_to_person_usecase": usecase} if usecase else {}
    sid = controller.register_campaign(service_sid, brand_sid=brand_sid, status=status, errors=error, **more)
    return {"sid": sid, "status": status}


def _faults(controller: Controller, _: object = None) -> dict[str, Any]:
    """Return the faults that are set."""
    return {"faults": controller.faults()}


def _new_fault(controller: Controller, number: int) -> dict[str, Any]:
    return next(fault for fault in controller.faults() if fault["number"] == number)


def _journal(controller: Controller, limit: int = JOURNAL_LIMIT, since: datetime | None = None) -> dict[str, Any]:
    """Return the journal; Since is ISO 8601."""
    entries = controller.journal(limit, since)
    return {"entries": [{**entry, "at": entry["at"].isoformat()} for entry in entries]}


def _why(controller: Controller, message_sid: str) -> dict[str, Any]:
    """Explain how a sender was chosen, or where an inbound text went."""
    return {"message_sid": message_sid, "steps": controller.why(message_sid)}


def _done(_: Controller, done: object) -> object:
    return done


_ENDPOINTS: tuple[tuple[str, str, Callable[..., Any], Callable[[Controller, Any], object]], ...] = (
    ("GET", "", _about, _done),
    ("POST", "inbound", Controller.receive, _done),
    ("POST", "clock", _clock, _done),
    ("POST", "numbers", _numbers, _done),
    ("POST", "handsets", _handset, _done),
    ("POST", "webhooks", _webhooks, _done),
    ("POST", "opt-out", _opt_out, _done),
    ("POST", "link-domains", Controller.link_domain, lambda _, sid: {"sid": sid}),
    ("POST", "compliance", Controller.compliance, _done),
    ("POST", "sender-ids", _sender_id, _done),
    ("POST", "a2p", _a2p, _done),
    ("POST", "strict", _strict, _done),
    ("POST", "templates", _template, _done),
    ("POST", "presses", Controller.press, _done),
    ("POST", "brands", _brand, _done),
    ("POST", "campaigns", _campaign, _done),
    ("POST", "faults", Controller.fault, _new_fault),
    ("GET", "faults", Controller.faults, lambda _, faults: {"faults": faults}),
    ("DELETE", "faults", Controller.clear_faults, _faults),
    ("DELETE", "faults/([0-9]{1,9})", Controller.clear_faults, _faults),
    ("GET", "journal", _journal, _done),
    ("GET", "capabilities", lambda _: capabilities.table(), _done),
    ("POST", "reset", Controller.reset, lambda controller, _: _about(controller)),
    ("GET", "messages/([A-Z]{2}[0-9a-f]{32})/why", _why, _done),
    ("POST", "messages/([A-Z]{2}[0-9a-f]{32})/click", Controller.click, lambda _, leads: {"leads_to": leads}),
    ("GET", "clicks", Controller.clicks, lambda _, clicks: {"clicks": clicks}),
)
"""Method, path (its groups are the first arguments), the function to call, and the function that makes the answer of its result."""
