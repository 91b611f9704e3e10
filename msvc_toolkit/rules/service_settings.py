"""The settings of a Messaging Service: one table for the form, the sandbox's parameters, its defaults and its answers.

A new setting is one row here, a field of `ServiceDraft`, and a step of the sandbox's schema that adds its column.

Source: Services resource and Messaging Services features, Twilio docs; error pages 20002 and 21713 (read 2026-11-23).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """One settable field of a Messaging Service, explained.

    Args:
        name: The SDK's name, which is also the field of Twilio's answer and the sandbox's column.
        label: A person's name for it.
        kind: What is typed in: text, url, method, flag, seconds or one of a few words.
        effect: What it does.
        default: What Twilio takes when it is left out; None where nothing is taken.
        common: Whether most people meet it.
        options: The words to choose from.
        code: Twilio's error code for a value that it refuses.
    """

    name: str
    label: str
    kind: Literal["text", "url", "method", "flag", "seconds", "words"]
    effect: str
    default: object
    common: bool = False
    options: tuple[str, ...] = ()
    code: int = 20001

    @property
    def twilio_name(self) -> str:
        """The name of the HTTP parameter, such as `FriendlyName`."""
        return "".join(part.title() for part in self.name.split("_"))


# Defaults. The resource page names usecase, validity_period, the two methods and scan_message_content. sticky_sender,
# smart_encoding, mms_converter and use_inbound_webhook_on_number were seen in a public infrastructure provider's
# read-back of new services. For the other flags there is no evidence: the value that changes least for the sender.
SETTINGS: tuple[Setting, ...] = (
    Setting("friendly_name", "Name", "text", "A label for you, up to 64 characters. Recipients never see it.", None, True,
            code=20002),
    Setting("usecase", "Use case", "words", "What the messages are for. It helps Twilio advise; A2P 10DLC registers its own.",
            "undeclared", True, tuple(USECASES), code=21713),
    Setting("sticky_sender", "Sticky Sender", "flag",
            "A recipient keeps hearing from the sender that wrote first.", True, True),
    Setting("area_code_geomatch", "Area Code Geomatch", "flag",
            "In the US and Canada, prefer a number with the recipient's area code.", True, True),
    Setting("smart_encoding", "Smart Encoding", "flag",
            "Replace look-alikes such as curly quotes, so that one character does not double the segments.", True, True),
    Setting("mms_converter", "MMS Converter", "flag",
            "Where a carrier cannot do MMS, send the media as a link in an SMS.", True, True),
    Setting("status_callback", "Status callback", "url",
            "Twilio posts every status change here. A message's own callback wins.", None, True),
    Setting("validity_period", "Validity period", "seconds",
            "How long a message may wait inside Twilio before it fails, in seconds.", VALIDITY_LIMIT_SECONDS, True),
    Setting("inbound_request_url", "Inbound webhook", "url",
            "Where texts to any sender of the pool are delivered. Step 2 is about this.", None),
    Setting("inbound_method", "Inbound method", "method", "How the inbound webhook is called.", "POST", False, ("POST", "GET")),
    Setting("fallback_url", "Fallback URL", "url", "Called when the inbound webhook fails.", None),
    Setting("fallback_method", "Fallback method", "method", "How the fallback is called.", "POST", False, ("POST", "GET")),
    Setting("use_inbound_webhook_on_number", "Defer to sender", "flag",
            "Each number's own webhook is called instead of the service's. Step 2 is about this.", False),
    Setting("fallback_to_long_code", "Fallback to long code", "flag",
            "Obsolete: Twilio reroutes from short codes by itself. Accepted and stored.", True),
    Setting("scan_message_content", "Scan content", "words", "Reserved by Twilio.", "inherit", False,
            ("inherit", "enable", "disable")),
    Setting("synchronous_validation", "Synchronous validation", "flag", "Reserved by Twilio.", False),
)  # fmt: skip
