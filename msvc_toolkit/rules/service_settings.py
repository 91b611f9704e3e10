"""The settings of a Messaging Service: one table for the form, the sandbox's parameters, its defaults and its answers.

A new setting needs one field here, and a migration of the sandbox's tables that adds its column.

Source: Services resource and Messaging Services features, Twilio docs; error pages 20002 and 21713 (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from msvc_toolkit.private.secret import HidesLogins
from msvc_toolkit.rules.limits import VALIDITY_LIMIT_SECONDS

USECASES = {
    "notifications": (
        "orders, appointments, alerts",
        "Messages about something the recipient has going on: orders, appointments, alerts.",
    ),
    "marketing": ("offers and news", "Offers, news and calls to action."),
    "verification": ("one-time codes", "Codes that prove who somebody is."),
    "discussion": ("conversations, support", "Conversations between people, or with support."),
    "poll": ("questions and votes", "Questions and votes."),
    "undeclared": ("not said", "Not said."),
}
"""The six values of Twilio's list, with a short and a long description in our words."""


@dataclass(frozen=True)
class Setting:
    """One setting of a Messaging Service, for the forms and the sandbox."""

    name: str  # the SDK's name, which is also the field of Twilio's answer and the sandbox's column
    label: str  # the form's label
    # what is typed in: text, url, method, flag, seconds or one of a few words
    kind: Literal["text", "url", "method", "flag", "seconds", "words"]
    effect: str  # what it does
    default: object = None  # Twilio's default; None if it has none
    common: bool = False  # whether most users need it
    options: tuple[str, ...] = ()  # the words to choose from
    code: int = 20001  # Twilio's error code for a value that it refuses

    @property
    def twilio_name(self) -> str:
        """The name of the HTTP parameter, such as `FriendlyName`."""
        return "".join(part.title() for part in self.name.split("_"))


def _setting(*args: Any, **more: Any) -> Any:
    return field(default=None, metadata={"setting": (args, more)})


# Defaults. The resource page names usecase, validity_period, the two methods and scan_message_content. sticky_sender,
# smart_encoding, mms_converter and use_inbound_webhook_on_number were seen in a public infrastructure provider's
# copy of new services. For the other flags there is no evidence; they get the value that changes least for the sender.
@dataclass(frozen=True, repr=False)
class ServiceSettings(HidesLogins):
    """The settings of a Messaging Service; None leaves a setting as it is, or to Twilio."""

    # fmt: off
    friendly_name: str | None = _setting(
        "Name", "text", "A label for you, up to 64 characters. Recipients never see it.", common=True, code=20002)
    usecase: str | None = _setting(
        "Use case", "words", "What the messages are for. Twilio uses it for advice only.",
        "undeclared", True, tuple(USECASES), code=21713)
    sticky_sender: bool | None = _setting(
        "Sticky Sender", "flag", "Each recipient always gets messages from the same sender.", True, True)
    area_code_geomatch: bool | None = _setting(
        "Area Code Geomatch", "flag", "In the US and Canada, prefer a number with the recipient's area code.", True, True)
    smart_encoding: bool | None = _setting(
        "Smart Encoding", "flag", "Replace characters such as curly quotes with plain ones. A single curly quote makes "
        "Twilio encode the whole text as UCS-2, which takes about twice as many segments, the parts that Twilio charges for.", True, True)
    mms_converter: bool | None = _setting(
        "MMS Converter", "flag", "If a carrier does not support MMS, send the media as a link in an SMS.", True, True)
    status_callback: str | None = _setting(
        "Status callback", "url", "A URL of yours (a webhook) that Twilio calls for every change of a message's status. If a "
        "message names a callback of its own, that one is called instead.", common=True)
    validity_period: int | None = _setting(
        "Validity period", "seconds", "How many seconds a message may wait at Twilio before it fails.",
        VALIDITY_LIMIT_SECONDS, True)
    inbound_request_url: str | None = _setting(
        "Inbound webhook", "url", "The URL that Twilio calls when somebody texts a sender of the pool. See Step 2.")
    inbound_method: str | None = _setting(
        "Inbound method", "method", "The HTTP method for the inbound webhook.", "POST", options=("POST", "GET"))
    fallback_url: str | None = _setting("Fallback URL", "url", "Called when the inbound webhook fails.")
    fallback_method: str | None = _setting(
        "Fallback method", "method", "The HTTP method for the fallback.", "POST", options=("POST", "GET"))
    use_inbound_webhook_on_number: bool | None = _setting(
        "Defer to sender", "flag", "Call each number's own webhook instead of the service's. See Step 2.", False)
    fallback_to_long_code: bool | None = _setting(
        "Fallback to long code", "flag", "Obsolete: Twilio reroutes from short codes by itself. Accepted and stored.", True)
    scan_message_content: str | None = _setting(
        "Scan content", "words", "Reserved by Twilio.", "inherit", options=("inherit", "enable", "disable"))
    synchronous_validation: bool | None = _setting("Synchronous validation", "flag", "Reserved by Twilio.", False)
    # fmt: on


def _settings() -> Iterator[Setting]:
    for one in fields(ServiceSettings):
        args, more = one.metadata["setting"]
        yield Setting(one.name, *args, **more)


SETTINGS: tuple[Setting, ...] = tuple(_settings())
