"""The control addresses under `/_sandbox/`: what `conn.sandbox` does, for programs in other languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.handle import Handle
from msvc_toolkit.sandbox.params import Pairs
from msvc_toolkit.sandbox.seed import ALL
from msvc_toolkit.sandbox.wire import Response, answer

PREFIX = "/_sandbox/"
_WHY = re.compile(r"/_sandbox/messages/([A-Z]{2}[0-9a-f]{32})/why")


def control(handle: Handle, method: str, path: str, form: Pairs) -> Response:
    """Answer one control request; a wrong one gets 400 and a sentence.

    Args:
        handle: The sandbox.
        method: GET or POST.
        path: The path, beginning with ``/_sandbox/``.
        form: The body's pairs.
    """
    asked = dict(form)
    media = [value for name, value in form if name == "MediaUrl"]
    acts: dict[tuple[str, str], Callable[[], object]] = {
        ("POST", "inbound"): lambda: handle.receive(
            _needed(asked, "From"), _needed(asked, "To"), asked.get("Body", ""), media
        ),
        ("POST", "clock"): lambda: _advance(handle, _needed(asked, "Advance")),
        ("POST", "numbers"): lambda: _own(handle, asked),
        ("POST", "reset"): lambda: _reset(handle, asked.get("Scenario")),
        ("GET", ""): lambda: _about(handle),
    }
    act = acts.get((method, path.removeprefix(PREFIX)))
    match = _WHY.fullmatch(path)
    if match and method == "GET":
        sid = match[1]

        def act() -> object:
            return {"message_sid": sid, "steps": handle.why(sid)}

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


def _advance(handle: Handle, text: str) -> dict[str, Any]:
    try:
        seconds = float(text)
    except ValueError:
        raise SandboxError(f"Advance is a number of seconds, not {text[:40]!r}.") from None
    handle.advance(seconds)
    return _about(handle)


def _own(handle: Handle, asked: dict[str, str]) -> dict[str, Any]:
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


def _reset(handle: Handle, scenario: str | None) -> dict[str, Any]:
    handle.reset(scenario)
    return _about(handle)


def _about(handle: Handle) -> dict[str, Any]:
    return {
        "account_sid": handle.account_sid,
        "scenario": handle.scenario,
        "clock": handle.clock,
        "now": handle.now.isoformat(),
    }
