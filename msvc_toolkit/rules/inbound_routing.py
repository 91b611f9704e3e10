"""Where a text to one of the account's senders goes, and the steps of that decision.

Source: Twilio docs "Messaging Services" (integration) and "Services resource", and "IncomingPhoneNumber resource"
(`sms_application_sid`), read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msvc_toolkit.private.secret import HidesLogins, without_login


@dataclass(frozen=True, repr=False)
class Hook(HidesLogins):
    """A webhook with its fallback, which is called when the first one fails."""

    url: str
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"


@dataclass(frozen=True)
class Route:
    """What happens to an incoming text."""

    # ``webhook`` (a URL is called), ``stored only`` (it is in the log, nothing is called) or ``dropped`` (neither
    # delivered nor logged)
    outcome: Literal["webhook", "dropped", "stored only"]
    # the URL that is called. None with outcome ``webhook`` means the sender's TwiML application, which has its own URLs.
    hook: Hook | None
    owner: Literal["service", "sender"] | None  # whose setting decided; None when nothing is called
    steps: tuple[str, ...]  # the reasons, in plain words
    logged: bool  # whether the text can be found in the message log
    application_sid: str | None = None  # the TwiML application that answers, if one does


def route(
    *,
    in_service: bool,
    defer: bool,
    service_hook: Hook | None,
    sender_hook: Hook | None,
    sender_application_sid: str | None = None,
) -> Route:
    """Say where an incoming text goes, and why. The sender's TwiML application wins over the sender's own URL.

    Not documented: what happens to a text to a sender without any URL. We assume that it is logged and nothing is called.
    """
    if not in_service:
        start = "The sender is in no Messaging Service, so its own settings count."
    elif defer:
        start = "The Messaging Service defers to the sender's webhook, so the service's own URL is ignored."
    elif service_hook:
        said = "The Messaging Service has one webhook for all its senders; the sender's own settings are ignored."
        return Route("webhook", service_hook, "service", (said, _calls(service_hook)), logged=True)
    else:
        steps = (
            "The Messaging Service has no inbound URL and does not defer to the sender's webhook.",
            "The text is dropped: no webhook is called and the text does not appear in the log.",
        )
        return Route("dropped", None, None, steps, logged=False)
    if sender_application_sid:
        steps = (start, "The sender's TwiML application answers; the sender's own URL is ignored.")
        return Route("webhook", None, "sender", steps, logged=True, application_sid=sender_application_sid)
    if sender_hook:
        return Route("webhook", sender_hook, "sender", (start, _calls(sender_hook)), logged=True)
    steps = (start, "The sender has no URL: the text is kept in the log and no webhook is called.")
    return Route("stored only", None, None, steps, logged=True)


def _calls(hook: Hook) -> str:
    fallback = (
        f", and {hook.fallback_method} {without_login(hook.fallback_url)} if that fails" if hook.fallback_url else ""
    )
    return f"Twilio calls {hook.method} {without_login(hook.url)}{fallback}."
