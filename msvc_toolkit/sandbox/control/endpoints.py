"""The control addresses under `/_sandbox/`: what `conn.sandbox` does, for programs in other languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import Controller
from msvc_toolkit.sandbox.rest import capabilities
from msvc_toolkit.sandbox.rest.params import Pairs
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.scenarios.starter import ALL

PREFIX = "/_sandbox/"
JOURNAL_LIMIT = 1000
"""Entries of the journal when Limit does not say otherwise."""
_WHY = re.compile(r"/_sandbox/messages/([A-Z]{2}[0-9a-f]{32})/why")
_ONE_FAULT = re.compile(r"/_sandbox/faults/([0-9]{1,9})")
_WORDS = {"OptOutKeywords": "STOP", "OptInKeywords": "START", "HelpKeywords": "HELP"}
_TEXTS = {"OptOutMessage": "STOP", "OptInMessage": "START", "HelpMessage": "HELP"}
"""Named as a campaign's parameters are, which say the same of it. Source: Usa2p resource (read 2026-11-23)."""
_TRUTH = {"true": True, "false": False}


def control(handle: Controller, method: str, path: str, form: Pairs) -> Response:
    """Answer one control request; a wrong one gets 400 and a sentence.

    - ``GET`` of nothing more: account, scenario, clock.
    - ``POST inbound``: a handset's text (From, To, Body, MediaUrl).
    - ``POST clock``: a step (Advance, in seconds).
    - ``POST numbers``: a sender for the account (PhoneNumber, ShortCode with CountryCode, or ChannelSender;
      Capabilities, FriendlyName).
    - ``POST handsets``: what a recipient's handset is (Address, State).
    - ``POST webhooks``: a host that webhooks may go to (Allow, repeatable).
    - ``POST opt-out``: Advanced Opt-Out for a service (ServiceSid, and repeatable OptOutKeywords, OptInKeywords,
      HelpKeywords; OptOutMessage, OptInMessage, HelpMessage).
    - ``POST sender-ids``: an alphanumeric sender ID that is registered in a country (Name, Country).
    - ``POST a2p``: whether US numbers need a campaign before there is any (Enforced).
    - ``POST strict``: whether parameters that Twilio does not have are refused instead of ignored (Enabled).
    - ``POST brands``: a brand in any state (BrandType, Status, and repeatable Error as ``30795:field``).
    - ``POST campaigns``: a service's campaign in any state (ServiceSid, BrandSid, Status, Error, Usecase).
    - ``POST faults``: a fault (Kind, Route, Rate, Count, After, Seconds, Executed, RetryAfter), ``GET faults``: those
      that are set, ``DELETE faults`` and ``DELETE faults/{number}``: no more of all or of one.
    - ``POST reset``: begin again (Scenario).
    - ``GET journal``: what happened (Limit, Since as ISO 8601).
    - ``GET capabilities``: what the sandbox emulates of Twilio's API, in part or not at all.
    - ``GET messages/{SM}/why``: how a sender was chosen or where an inbound text went.

    Args:
        handle: The sandbox.
        method: GET, POST or DELETE.
        path: The path, beginning with ``/_sandbox/``.
        form: The pairs of the body, or of the query with GET.
    """
    asked = dict(form)
    media = _all(form, "MediaUrl")
    acts: dict[tuple[str, str], Callable[[], object]] = {
        ("POST", "inbound"): lambda: handle.receive(
            _needed(asked, "From"), _needed(asked, "To"), asked.get("Body", ""), media
        ),
        ("POST", "clock"): lambda: _advance(handle, asked),
        ("POST", "numbers"): lambda: _own(handle, asked),
        ("POST", "handsets"): lambda: _handset(handle, _needed(asked, "Address"), asked.get("State", "good")),
        ("POST", "webhooks"): lambda: _allow(handle, _all(form, "Allow")),
        ("POST", "opt-out"): lambda: _opt_out(handle, form),
        ("POST", "sender-ids"): lambda: _sender_id(handle, asked),
        ("POST", "a2p"): lambda: _a2p(handle, asked),
        ("POST", "strict"): lambda: _strict(handle, asked),
        ("POST", "brands"): lambda: _brand(handle, form),
        ("POST", "campaigns"): lambda: _campaign(handle, form),
        ("POST", "faults"): lambda: _fault(handle, asked),
        ("GET", "faults"): lambda: {"faults": handle.faults()},
        ("DELETE", "faults"): lambda: _clear(handle, None),
        ("GET", "journal"): lambda: _journal(handle, asked),
        ("GET", "capabilities"): capabilities.table,
        ("POST", "reset"): lambda: _reset(handle, asked.get("Scenario")),
        ("GET", ""): lambda: _about(handle),
    }
    act = acts.get((method, path.removeprefix(PREFIX)))
    if method == "GET" and (match := _WHY.fullmatch(path)):
        act = partial(_why, handle, match[1])
    elif method == "DELETE" and (match := _ONE_FAULT.fullmatch(path)):
        act = partial(_clear, handle, int(match[1]))

    if act is None:
        return answer(404, {"message": f"There is no control address {method} {path}.", "status": 404})
    try:
        return answer(200, act())
    except SandboxError as error:
        return answer(400, {"message": str(error), "status": 400})


def _needed(asked: dict[str, str], name: str) -> str:
    if not asked.get(name):
        raise SandboxError(f"The parameter {name} is missing.")
    return asked[name]


def _all(form: Pairs, name: str) -> list[str]:
    return [value for given, value in form if given == name]


def _number(asked: dict[str, str], name: str, of: str) -> float | None:
    text = asked.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise SandboxError(f"{name} is a number{of}, not {text[:40]!r}.") from None


def _whole(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is not None and not (text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - far above any that is of use
        raise SandboxError(f"{name} is a whole number, not {text[:40]!r}.")
    return None if text is None else int(text)


def _advance(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    _needed(asked, "Advance")
    handle.advance(_number(asked, "Advance", " of seconds") or 0)
    return _about(handle)


def _handset(handle: Controller, address: str, state: str) -> dict[str, Any]:
    handle.handset(address, state)
    return {"address": address, "state": handle.handset_state(address)}


def _allow(handle: Controller, hosts: list[str]) -> dict[str, Any]:
    if not hosts or not all(hosts):
        raise SandboxError("The parameter Allow is missing.")
    return {"allowed": handle.allow_webhooks(*hosts)}


def _opt_out(handle: Controller, form: Pairs) -> dict[str, Any]:
    sid = _needed(dict(form), "ServiceSid")
    words = {word: _all(form, name) for name, word in _WORDS.items() if _all(form, name)}
    texts = {_TEXTS[name]: value for name, value in form if name in _TEXTS}
    handle.advanced_opt_out(sid, words, texts)
    return {"service_sid": sid, "words": words, "texts": texts}


def _truth(asked: dict[str, str], name: str, default: str) -> bool:
    text = asked.get(name, default).lower()
    if text not in _TRUTH:
        raise SandboxError(f"{name} is true or false, not {text[:40]!r}.")
    return _TRUTH[text]


def _sender_id(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    name, country = _needed(asked, "Name"), _needed(asked, "Country").upper()
    handle.register_sender_id(name, country)
    return {"name": name.strip(), "country": country}


def _a2p(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    on = _truth(asked, "Enforced", "true")
    handle.enforce_a2p(on=on)
    return {"enforced": on}


def _strict(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    on = _truth(asked, "Enabled", "true")
    handle.strict(on=on)
    return {"enabled": on}


def _errors(form: Pairs) -> dict[int, str]:
    found = {}
    for text in _all(form, "Error"):
        code, _, field = text.partition(":")
        if not code.isdecimal() or len(code) > 6:  # noqa: PLR2004 - Twilio's codes have five digits
            raise SandboxError(f"Error is a code and a field, as 30795:region, not {text[:40]!r}.")
        found[int(code)] = field
    return found


def _brand(handle: Controller, form: Pairs) -> dict[str, Any]:
    asked = dict(form)
    kind, status = asked.get("BrandType", "STANDARD"), asked.get("Status", "APPROVED")
    return {"sid": handle.register_brand(kind, status=status, errors=_errors(form)), "status": status}


def _campaign(handle: Controller, form: Pairs) -> dict[str, Any]:
    asked = dict(form)
    status = asked.get("Status", "VERIFIED")
    more = {"us_app_to_person_usecase": asked["Usecase"]} if asked.get("Usecase") else {}
    sid = handle.register_campaign(
        _needed(asked, "ServiceSid"), brand_sid=asked.get("BrandSid"), status=status, errors=_errors(form), **more
    )
    return {"sid": sid, "status": status}


def _fault(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    rate = _number(asked, "Rate", " from 0 to 1")
    number = handle.fault(
        _needed(asked, "Kind"),
        route=asked.get("Route") or None,
        rate=1.0 if rate is None else rate,
        count=_whole(asked, "Count"),
        after=_whole(asked, "After") or 0,
        seconds=_number(asked, "Seconds", ""),
        executed=_truth(asked, "Executed", "false"),
        retry_after=_whole(asked, "RetryAfter"),
    )
    return next(fault for fault in handle.faults() if fault["number"] == number)


def _clear(handle: Controller, number: int | None) -> dict[str, Any]:
    handle.clear_faults(number)
    return {"faults": handle.faults()}


def _journal(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    since, limit = asked.get("Since"), _whole(asked, "Limit")
    try:
        moment = None if since is None else datetime.fromisoformat(since)
    except ValueError:
        raise SandboxError(f"Since is a moment such as 2026-01-05T15:00:00Z, not {since!r:.40}.") from None
    entries = handle.journal(JOURNAL_LIMIT if limit is None else limit, moment)
    return {"entries": [{**entry, "at": entry["at"].isoformat()} for entry in entries]}


def _why(handle: Controller, sid: str) -> dict[str, Any]:
    return {"message_sid": sid, "steps": handle.why(sid)}


def _own(handle: Controller, asked: dict[str, str]) -> dict[str, Any]:
    address = asked.get("PhoneNumber") or asked.get("ShortCode") or asked.get("ChannelSender")
    if not address:
        raise SandboxError("Name the sender: PhoneNumber, ShortCode with CountryCode, or ChannelSender.")
    able = tuple(name.strip() for name in asked["Capabilities"].split(",")) if asked.get("Capabilities") else ALL
    sid = handle.own(
        address,
        country=asked.get("CountryCode"),
        capabilities=able,
        friendly_name=asked.get("FriendlyName", ""),
    )
    return {"sid": sid, "sender": address, "account_sid": handle.account_sid}


def _reset(handle: Controller, scenario: str | None) -> dict[str, Any]:
    handle.reset(scenario)
    return _about(handle)


def _about(handle: Controller) -> dict[str, Any]:
    return {
        "account_sid": handle.account_sid,
        "scenario": handle.scenario,
        "clock": handle.clock,
        "now": handle.now.isoformat(),
    }
