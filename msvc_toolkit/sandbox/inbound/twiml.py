"""Reads TwiML, the instructions in a webhook's answer.

Source: TwiML for Programmable Messaging; error pages 12100, 12200, 12300, 14101 to 14110 (read 2026-11-23).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree as ET  # expat itself limits the expansion of entities

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
MESSAGES_LIMIT = 10
MESSAGE = frozenset({"Message", "Sms"})
"""Sms is Message's older name. Source: bmlt-enabled/yap#217, which quotes the schema (recorded; read 2026-11-27)."""
VOICE = frozenset({"Say", "Play", "Dial", "Gather", "Record", "Hangup", "Pause", "Enqueue", "Leave", "Reject"})


class TwimlError(Exception):
    """TwiML that Twilio cannot carry out, with its error code."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Reply:
    """A message to send."""

    body: str
    media: tuple[str, ...] = ()
    to: str | None = None  # the recipient, None for the person who wrote
    from_: str | None = None  # the sender, None for the number that received the text
    status_callback: str | None = None  # the URL for its status callbacks
    action: str | None = None  # the URL to continue with, None to continue with the next verb
    method: str = "POST"  # how that is called


@dataclass(frozen=True)
class Redirect:
    """Continue with the TwiML of another address."""

    url: str
    method: str = "POST"


def read(body: bytes, content_type: str, base: str) -> list[Reply | Redirect]:
    """Return the verbs of an answer, up to the first that leads to another document; raise TwimlError for invalid TwiML.

    An empty body means no reply; a text/plain body is the reply itself. Relative addresses are relative to `base`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if not body.strip():
        return []
    if kind == "text/plain":
        return [Reply(body.decode("utf-8", "replace").strip())]
    if kind not in XML_TYPES:
        raise TwimlError(12300, f"The answer's Content-Type is {kind or 'missing'}, not XML.")
    try:
        root = ET.fromstring(body)  # noqa: S314 - see the import
    except ET.ParseError as error:
        raise TwimlError(12100, f"The answer is not XML ({error}).") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"The answer's root is {root.tag}, not Response.")
    return _verbs(root, base)


def _verbs(root: ET.Element, base: str) -> list[Reply | Redirect]:
    verbs: list[Reply | Redirect] = []
    for verb in root:
        if verb.tag in MESSAGE:
            verbs.append(_reply(verb, base))
            if verbs[-1].action is not None:  # type: ignore[union-attr]
                break
        elif verb.tag == "Redirect":
            verbs.append(Redirect(urljoin(base, (verb.text or "").strip()), verb.get("method", "POST").upper()))
            break
        elif verb.tag in VOICE:
            raise TwimlError(14110, f"{verb.tag} is a verb for calls, not for messages.")
        else:
            raise TwimlError(12200, f"{verb.tag} is not a verb of messaging TwiML; names are case-sensitive.")
    if sum(isinstance(verb, Reply) for verb in verbs) > MESSAGES_LIMIT:
        raise TwimlError(14109, f"The answer sends more than {MESSAGES_LIMIT} messages.")
    return verbs


def _reply(verb: ET.Element, base: str) -> Reply:
    parts = [(verb.text or "").strip()]
    media = []
    for part in verb:
        if part.tag == "Body":
            parts.append((part.text or "").strip())
        elif part.tag == "Media":
            media.append(urljoin(base, (part.text or "").strip()))
        else:
            raise TwimlError(12200, f"{part.tag} does not belong in Message.")
        parts.append((part.tail or "").strip())
    body = " ".join(part for part in parts if part)
    if not body and not media:
        raise TwimlError(14103, "The Message has neither text nor media.")
    action = verb.get("action")
    return Reply(
        body,
        tuple(media),
        verb.get("to"),
        verb.get("from"),
        verb.get("statusCallback"),
        urljoin(base, action) if action else None,
        verb.get("method", "POST").upper(),
    )
