"""Messages and journal entries as the inspector shows them, and a filter for both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.html import cards
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses, segments
from msvc_toolkit.rules.statuses import MEANING

WAYS = {"inbound": "in", "outbound-api": "out", "outbound-call": "out (call)", "outbound-reply": "reply"}
"""One word for each of Twilio's directions."""
DIRECTIONS = (("All", ""), ("Inbound", "inbound"), ("Outbound", "outbound"), ("Replies", "outbound-reply"))
ANY_ERROR = "any"
_NUMBERS = frozenset({"From", "To", "WaId"})


@dataclass(frozen=True)
class Record:
    """A message as the inspector has it."""

    sid: str  # SM or MM and 32 digits
    direction: str  # inbound, outbound-api, outbound-call or outbound-reply
    status: str  # where it is
    to: str = field(repr=False)
    from_: str = field(repr=False)  # the sender; empty until the service has picked one
    service_sid: str  # the service, empty without one
    service_name: str  # its label
    smart_encoding: bool  # the service's Smart Encoding, as it is set now
    body: str = field(repr=False)
    num_segments: int  # segments as Twilio counted them; 0 until a sender is picked
    num_media: int  # how many media it has
    error_code: int | None  # why it failed, None while it has not
    price: str  # its price with the currency; empty until it is known
    created_at: datetime | None  # when Twilio took it, UTC
    sent_at: datetime | None  # when it was handed over, UTC; None before
    updated_at: datetime | None  # when it last changed, UTC
    media: tuple[str, ...] = ()  # addresses of its media, if they are known
    buttons: tuple[Mapping[str, str], ...] = ()  # those of its template on a sandbox's phone
    arrived: bool = False  # whether a phone has it; known for a sandbox's phones only

    @property
    def inbound(self) -> bool:
        """Whether a person sent it to the account."""
        return self.direction == "inbound"

    @property
    def ours(self) -> str:
        """The account's sender in it; empty until the service has picked one."""
        return self.to if self.inbound else self.from_

    @property
    def measured(self) -> segments.Segments:
        """The text's encoding and segments."""
        return segments.measure(self.body, smart_encoding=self.smart_encoding)


@dataclass(frozen=True)
class Event:
    """One entry of the sandbox's journal."""

    at: datetime  # when, UTC
    kind: str  # request, webhook, skipped or debugger
    method: str  # the HTTP method; empty if nothing was called
    address: str = field(repr=False)  # the path or URL
    status: int | None  # the answer's HTTP status, None if nothing was called
    code: int | None  # Twilio's error code, None without one
    message_sid: str  # the message it is about, empty if it is about none
    sentence: str  # what happened
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # the form that was sent


@dataclass(frozen=True)
class Filter:
    """A filter for messages and events."""

    words: str = ""  # every one of them must occur
    direction: str = ""  # "inbound", "outbound" or "outbound-reply"; empty for all
    status: str = ""  # a status; empty for all
    service: str = ""  # a service's SID; empty for all
    error: str = ""  # an error code, "any", or empty for all

    def keeps(self, record: Record, *, bodies: bool = True) -> bool:
        """Return whether a message matches; its text is searched only if it is shown."""
        if not record.direction.startswith(self.direction) or (self.status and record.status != self.status):
            return False
        if (self.service and record.service_sid != self.service) or not self._error(record.error_code):
            return False
        known = (record.sid, record.direction, record.status, record.to, record.from_, record.service_name)
        return self._said(*known, record.error_code or "", record.body if bodies else "")

    def keeps_event(self, event: Event) -> bool:
        """Return whether an entry of the journal matches, by words and error alone."""
        params = (f"{name}={value}" for name, value in event.params)
        known = (event.kind, event.method, event.address, event.status or "", event.code or "", event.message_sid)
        return self._error(event.code) and self._said(*known, event.sentence, *params)

    def _error(self, code: int | None) -> bool:
        return not self.error or (code is not None and self.error in (ANY_ERROR, str(code)))

    def _said(self, *known: object) -> bool:
        text = " ".join(map(str, known)).lower()
        return all(word in text for word in self.words.lower().replace("+1 ", "+1").split())


def masked(text: str, *, full: bool = False) -> str:
    """Hide the phone numbers of an address or a text, unless `full`."""
    return text if full else addresses.mask(text)


def params_shown(params: Iterable[tuple[str, str]], *, full: bool = False) -> list[str]:
    """Write a form as lines, its phone numbers hidden unless `full`."""
    return [
        f"{name} = {value if full else addresses.mask(value) if name in _NUMBERS else addresses.mask_in(value)}"
        for name, value in params
    ]


def phone_of(address: str) -> str:
    """Return a phone's number, or its channel address, in canonical form; raise InvalidInput if it is not a phone's."""
    address = addresses.as_written(address)
    wrong, read = addresses.recipient_problem(address), addresses.read(address)
    if wrong is not None and wrong.blocks:
        raise InvalidInput([Problem("number", wrong.sentence)])
    if read is None or read.kind in ("alphanumeric", "short code"):
        raise InvalidInput([Problem("number", f"Give a phone's number, such as {addresses.EXAMPLE}.")])
    return read.text


def state_words(state: str, ending: tuple[str, int | None]) -> str:
    """Name a state of a handset, and the final status of messages to it."""
    status, code = ending
    return f"{state}: {status}, error {code}" if code else f"{state}: {status}"


def bubble(record: Record, *, new: bool, times: bool) -> cards.Bubble:
    """Draw a message as its phone shows it; `new` ones came since the phone was last read."""
    none = "the account: no sender was picked" if record.error_code else "a sender still to be picked"
    ours = addresses.mask(record.ours) if record.ours else none
    at = f"{record.created_at.astimezone():%d %b %H:%M:%S}, " if times and record.created_at else ""
    if record.inbound:
        state = record.status
    elif record.error_code:
        state = f"Not on this phone: {record.status}, error {record.error_code}"
    else:
        state = record.status if record.arrived else f"{record.status}: {MEANING.get(record.status, '')}"
    return cards.Bubble(
        who=f"To {ours}" if record.inbound else f"{'New, from' if new else 'From'} {ours}",
        text=addresses.mask_in(segments.smart_encode(record.body) if record.smart_encoding else record.body),
        told=at + state,
        buttons=[addresses.mask_in(button["title"]) for button in record.buttons],
        links=[without_login(addresses.mask_in(url)) for url in record.media],
        mine=record.inbound,
        faint=not record.arrived,
    )
