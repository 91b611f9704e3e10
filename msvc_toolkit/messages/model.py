"""A message before and after it is sent.

Source: Messages resource; Message Scheduling; error pages named below (read 2026-11-23).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from msvc_toolkit.errors import Problem
from msvc_toolkit.private.secret import HidesLogins, without_login
from msvc_toolkit.rules import addresses, content_templates, segments, sender_selection
from msvc_toolkit.rules.limits import BODY_LIMIT, MEDIA_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.statuses import FINAL
from msvc_toolkit.services.model import here_problem, url_problem

SOONEST = timedelta(minutes=5)
"""How far ahead a scheduled message must be. Source: error page 35115; older guides say fifteen minutes."""
LATEST = timedelta(days=35)
"""Source: error page 35117; older pages say seven days."""


@dataclass(frozen=True, repr=False)
class MessageDraft(HidesLogins):
    """A message to send.

    Args:
        to: The recipient: E.164, or whatsapp:, messenger: or rcs: with an address.
        body: The text, up to 1600 characters.
        messaging_service_sid: The service, which then picks the sender.
        from_: A sender of yours. With a service too, the service picks none, but its settings still apply.
        media_url: Up to ten http(s) addresses of media.
        send_at: When to send it, an aware datetime; needs a service.
        status_callback: URL for this message's status changes.
        validity_period: How long it may wait at Twilio, 1 to 36000 seconds.
        smart_encoded: Replace characters by cheaper look-alikes; the service's setting when None.
        content_sid: A content template (HX...), in place of text and media.
        content_variables: The values of its blanks, by name; a blank without a value gets its sample.
        shorten_urls: Replace the links in the text by short ones of the service's domain, which can be clicked on for 90 days.
    """

    to: str = field(repr=False)
    body: str = field(default="", repr=False)
    messaging_service_sid: str | None = None
    from_: str | None = field(default=None, repr=False)
    media_url: Sequence[str] = ()
    send_at: datetime | None = None
    status_callback: str | None = None
    validity_period: int | None = None
    smart_encoded: bool | None = None
    content_sid: str | None = None
    content_variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    shorten_urls: bool = False

    def problems(self, now: datetime | None = None) -> list[Problem]:
        """Return the problems with it, and warnings.

        Args:
            now: The time from which scheduling is counted; now when not given.
        """
        if wrong := self._type_problems():
            return wrong
        found: list[Problem | None] = [addresses.recipient_problem(self.to), *self._content_problems()]
        if not self.messaging_service_sid and not self.from_:
            found.append(Problem("messaging_service_sid", "Name the service that sends it (MG...), or a From number."))
        if self.shorten_urls and not self.messaging_service_sid:
            sentence = (
                "Only a Messaging Service with a link-shortening domain shortens links. Give messaging_service_sid."
            )
            found.append(Problem("shorten_urls", sentence))
        found.append(self._from_problem())
        found.append(self._time_problem(now or datetime.now(UTC)))
        if self.status_callback:
            found.append(url_problem("status_callback", "Status callback", self.status_callback))
        period = self.validity_period
        if period is not None and not 1 <= period <= VALIDITY_LIMIT_SECONDS:
            found.append(
                Problem("validity_period", f"The validity period must be 1 to 36000 seconds, not {period} (21624).")
            )
        return [problem for problem in found if problem is not None]

    def _type_problems(self) -> list[Problem]:
        """Return a problem for each value of a wrong type, which the other checks could not read."""
        found = [
            Problem(name, f"Give {name} as text in quotes, not as {type(value).__name__}.")
            for name in ("to", "body", "from_", "status_callback", "content_sid")
            if not isinstance(value := getattr(self, name), str | None) or (value is None and name in ("to", "body"))
        ]
        media: object = self.media_url
        if not isinstance(media, list | tuple) or not all(isinstance(address, str) for address in media):
            found.append(Problem("media_url", "Give media as a list of addresses: ['https://example.com/cat.jpg']."))
        if not isinstance(vars(self)["content_variables"], Mapping):
            found.append(Problem("content_variables", "Give the variables as a dict: {'1': 'Ana'} (21656)."))
        if not isinstance(vars(self)["send_at"], datetime | None):
            found.append(
                Problem("send_at", "Give the time as a datetime with a time zone, such as datetime(..., tzinfo=UTC).")
            )
        if not isinstance(vars(self)["shorten_urls"], bool):
            found.append(Problem("shorten_urls", "shorten_urls must be True or False."))
        period: object = self.validity_period
        if not isinstance(period, int | None) or isinstance(period, bool):
            found.append(
                Problem("validity_period", "The validity period must be a whole number of seconds, 1 to 36000.")
            )
        return found

    def _content_problems(self) -> list[Problem | None]:
        if self.content_sid or self.content_variables:
            return [*self._template_problems()]
        found: list[Problem | None] = []
        if not self.body and not self.media_url:
            found.append(Problem("body", "Type a text, or add media. A message needs one of them."))
        if len(self.body) > BODY_LIMIT:
            over = len(self.body) - BODY_LIMIT
            found.append(
                Problem("body", f"The text is {over} characters over Twilio's 1600 (21617). Shorten or split it.")
            )
        if len(self.media_url) > MEDIA_LIMIT:
            found.append(
                Problem(
                    "media_url", f"These are {len(self.media_url)} media, and Twilio accepts ten (21623). Remove some."
                )
            )
        found += [_media_problem(address) for address in self.media_url]
        return found

    def _template_problems(self) -> Iterator[Problem]:
        if not self.content_sid:
            yield Problem("content_variables", "Content variables need a template: give content_sid, too (21654).")
        elif not content_templates.SID.fullmatch(self.content_sid):
            yield Problem("content_sid", "A template's SID must be HX followed by 32 hexadecimal digits (21655).")
        if self.body or self.media_url:
            sentence = "A template takes the place of text and media: leave body and media_url out (63016)."
            yield Problem("body", sentence)
        if wrong := content_templates.values_fault(self.content_variables, (), {}):
            yield Problem("content_variables", f"{wrong} (21656)")

    def _from_problem(self) -> Problem | None:
        if not self.from_:
            return None
        sender, to = addresses.read(self.from_), addresses.read(self.to)
        if sender is None and not self.from_.startswith("MG"):
            return Problem(
                "from_",
                f"From is not a number, short code, sender ID or channel address: {addresses.mask_in(self.from_)[:20]!r} (21212).",
            )
        if sender is not None and to is not None and sender.text == to.text:
            return Problem("from_", "From and To are the same (21266). Choose another sender.")
        return None

    def _time_problem(self, now: datetime) -> Problem | None:
        if self.send_at is None:
            return None
        if self.send_at.tzinfo is None:
            return Problem(
                "send_at", "The time has no zone. Give a datetime with a time zone, such as datetime(..., tzinfo=UTC)."
            )
        if not self.messaging_service_sid:
            return Problem("send_at", "Only a Messaging Service can schedule (35118). Give messaging_service_sid.")
        ahead = self.send_at - now
        if ahead <= SOONEST:
            return Problem(
                "send_at", "Twilio schedules from five minutes ahead (35115). Choose a later time, or send it now."
            )
        if ahead > LATEST:
            return Problem("send_at", "Twilio schedules up to 35 days ahead (35117). Choose an earlier time.")
        return None

    def measured(self, *, smart_encoding: bool = False) -> segments.Segments:
        """Return the text's encoding and segments.

        Args:
            smart_encoding: The service's setting, used unless the draft has its own.
        """
        return segments.measure(
            self.body, smart_encoding=self.smart_encoded if self.smart_encoded is not None else smart_encoding
        )

    def params(self) -> dict[str, Any]:
        """Return what is sent, by the SDK's names."""
        to = addresses.read(self.to)
        sent: dict[str, Any] = {
            "to": to.text if to else self.to,
            "from_": self.from_,
            "messaging_service_sid": self.messaging_service_sid,
            "body": self.body or None,
            "media_url": list(self.media_url) or None,
            "status_callback": self.status_callback,
            "validity_period": self.validity_period,
            "smart_encoded": self.smart_encoded,
            "content_sid": self.content_sid,
            "content_variables": json.dumps(dict(self.content_variables)) if self.content_variables else None,
            "shorten_urls": self.shorten_urls or None,
        }
        if self.send_at is not None:
            # The SDK prints an aware datetime's wall time with a Z, so it has to be UTC before.
            sent |= {"schedule_type": "fixed", "send_at": self.send_at.astimezone(UTC)}
        return {name: value for name, value in sent.items() if value is not None}


def _media_problem(address: str) -> Problem | None:
    try:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname and " " not in address:
            return here_problem("media_url", parts.hostname)
    except ValueError:  # brackets that hold no IPv6 address
        pass
    return Problem(
        "media_url",
        f"{without_login(address)[:60]!r} is not a web address (21620). Twilio fetches media itself: https://example.com/cat.jpg.",
    )


@dataclass(frozen=True)
class Message:
    """A message as Twilio has it.

    Args:
        sid: SM or MM and 32 digits.
        status: Its status; `statuses.MEANING` explains each.
        to: The recipient.
        from_: The sender; None until the service has picked one.
        messaging_service_sid: The service, None without one.
        body: The text.
        direction: inbound, outbound-api, outbound-call or outbound-reply.
        num_segments: How many segments; 0 until the service has picked a sender.
        num_media: How many media.
        error_code: Why it failed; None if it has not.
        date_created: When Twilio took it, UTC.
        date_sent: When it was handed over, UTC; None before.
        price: What it cost, with its currency; empty until Twilio adds it, some time after the message has ended.
    """

    sid: str
    status: str
    to: str = field(repr=False)
    from_: str | None = field(repr=False)
    messaging_service_sid: str | None
    body: str = field(repr=False)
    direction: str
    num_segments: int
    num_media: int
    error_code: int | None
    date_created: datetime | None
    date_sent: datetime | None
    price: str = field(default="", repr=False)

    @property
    def sender(self) -> str:
        """The sender, masked; empty until one is picked."""
        return addresses.mask(self.from_) if self.from_ else ""

    @property
    def final(self) -> bool:
        """Whether its status is final."""
        return self.status in FINAL


@dataclass(frozen=True)
class Prediction:
    """Which sender a service would choose, before sending.

    Args:
        choice: The pick and the steps to it; None when From was given.
        sentence: The prediction in one line.
        caveats: What the prediction cannot know.
    """

    choice: sender_selection.Choice | None
    sentence: str
    caveats: tuple[str, ...] = ()
