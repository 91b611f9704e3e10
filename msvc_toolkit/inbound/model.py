"""Inbound handling: three modes for the texts that people send to the pool.

Source: Messaging Services, inbound message handling; Services resource (read 2026-11-23).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from msvc_toolkit.errors import Problem
from msvc_toolkit.private.secret import HidesLogins
from msvc_toolkit.rules.keywords import Word
from msvc_toolkit.services.model import Service, url_problem

Mode = Literal["defer", "webhook", "off"]
MODES: tuple[Mode, ...] = ("defer", "webhook", "off")

TITLES: dict[Mode, str] = {
    "defer": "Log the texts, and call the sender's own webhook if it has one",
    "webhook": "Send all texts to one webhook",
    "off": "Drop the texts",
}
STATES: dict[Mode, str] = {
    "defer": "Texts are logged, and go to the sender's own webhook if it has one",
    "webhook": "Texts go to one webhook",
    "off": "Texts are dropped",
}
EFFECTS: dict[Mode, str] = {
    "defer": "Twilio logs each text. If the number that was texted has a webhook of its own, Twilio calls it, as before "
    "the number joined the service. Without one, the text is only logged.",
    "webhook": "Twilio logs every text and calls one webhook. The webhooks of the numbers are ignored while they are in "
    "the service.",
    "off": "Texts to your senders are dropped: they are neither delivered to you nor logged, and the person who wrote "
    "is not informed. This is the default of a new service.",
}

NO_SERVER = f"No server of your own? Choose “{TITLES['defer']}”: Twilio logs each text."
OPT_OUT = (
    "Whichever you choose, Twilio handles STOP, START and HELP itself: whoever texts STOP gets no more messages from this "
    "service until START."
)
"""Source: Advanced Opt-Out; changelog 2026-03-16 on unified opt-outs (read 2026-11-23)."""
KEYWORDS: dict[Word, str] = {
    "STOP": "Twilio takes it as STOP and confirms it: this person gets no more messages from this service until START.",
    "START": "Twilio takes it as START and confirms it: this person gets messages from this service again.",
    "HELP": "Twilio takes it as HELP and answers it.",
}
"""What Twilio itself does with a keyword, in every mode."""


@dataclass(frozen=True, repr=False)
class InboundDraft(HidesLogins):
    """How a service handles inbound texts.

    Args:
        mode: "defer" to each sender's own webhook, one "webhook" for the service, or "off".
        url: The service's webhook; needed for "webhook" and used by no other mode.
        method: How it is called, POST or GET.
        fallback_url: Called when that fails.
        fallback_method: How the fallback is called, POST or GET.
    """

    mode: Mode = "defer"
    url: str = ""
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"

    def problems(self) -> list[Problem]:
        """Return the problems with it, and warnings."""
        found: list[Problem | None] = []
        if self.mode not in MODES:
            found.append(Problem("mode", f"The mode must be one of {', '.join(MODES)}, not {self.mode!r}."))
        if self.mode == "off":
            found.append(Problem("mode", EFFECTS["off"], blocks=False))
        if self.mode == "webhook":
            if not self.url:
                found.append(
                    Problem(
                        "url",
                        "Enter the URL that Twilio should call. Without one, texts are neither delivered nor logged.",
                    )
                )
            found.append(url_problem("url", "Webhook", self.url))
            found.append(url_problem("fallback_url", "Fallback URL", self.fallback_url))
        elif self.url or self.fallback_url:
            found.append(
                Problem("url", f"Only the mode 'webhook' uses a URL; with {self.mode!r} it is cleared.", blocks=False)
            )
        for name, method in (("method", self.method), ("fallback_method", self.fallback_method)):
            if method not in ("GET", "POST"):
                found.append(Problem(name, f"A webhook is called with GET or POST, not {method!r}."))
        return [problem for problem in found if problem is not None]

    def params(self) -> dict[str, Any]:
        """Return what is sent, by the SDK's names: every inbound setting, so that no old value stays."""
        if self.mode != "webhook":
            return {
                "use_inbound_webhook_on_number": self.mode == "defer",
                "inbound_request_url": "",
                "fallback_url": "",
            }
        return {
            "use_inbound_webhook_on_number": False,
            "inbound_request_url": self.url,
            "inbound_method": self.method,
            "fallback_url": self.fallback_url,
            "fallback_method": self.fallback_method,
        }


def inbound_of(service: Service) -> InboundDraft:
    """Return how a service handles inbound texts."""
    kept = service.settings
    if kept["use_inbound_webhook_on_number"]:
        return InboundDraft("defer")
    if not kept["inbound_request_url"]:
        return InboundDraft("off")
    return InboundDraft(
        "webhook",
        kept["inbound_request_url"],
        kept["inbound_method"] or "POST",
        kept["fallback_url"] or "",
        kept["fallback_method"] or "POST",
    )


@dataclass(frozen=True, repr=False)
class PoolSender(HidesLogins):
    """A sender a text can be sent to, with its own webhook."""

    sid: str  # its SID
    address: str = field(repr=False)  # its number, short code or channel address
    url: str = ""  # its own webhook, empty when it has none
    method: str = "POST"  # how that is called
    fallback_url: str = ""  # called when that fails, empty when there is none
    fallback_method: str = "POST"  # how the fallback is called
    application_sid: str | None = None  # a TwiML application, which is used instead of the webhook


@dataclass(frozen=True)
class TrialArrival:
    """What happens to a text that arrives.

    Args:
        sentence: The outcome in one line.
        steps: The steps of the decision.
        message_sid: The logged message; None when nothing was sent or the text was dropped.
        tried: True when a text really arrived (sandbox), False when this is a prediction.
    """

    sentence: str
    steps: tuple[str, ...]
    message_sid: str | None
    tried: bool
