"""Content templates: their types, their variables, what each channel shows of them, and what WhatsApp refuses.

Source: twilio-oai content specification of 2026-04-14 (types and fields); Twilio docs, Using variables with Content
Templates, and the page of each content type; error pages 21656, 63013, 63016, 63040 (read 2026-11-30). Which channels
show the rarer types, and the order of richness, are our reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msvc_toolkit.rules.limits import BODY_LIMIT
from msvc_toolkit.rules.plurals import count

SID = re.compile(r"HX[0-9a-fA-F]{32}")
NAME = re.compile(r"[a-z0-9_]{1,512}")
"""What a template may be called at WhatsApp. That 512 characters are the limit is Meta's rule."""
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
STATUSES = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")
"""Source: socialincome-san/public#2412, which quotes Twilio's docs (recorded; read 2026-11-30)."""
REFUSED = {"rejected": 63040, "paused": 63041, "disabled": 63042}
"""Codes of a message whose template is in one of these states."""
VARIABLES_LIMIT, KEY_LIMIT, VALUE_LIMIT = 100, 16, 1600
LIST_LIMIT = 10
"""Items of a list-picker. Source: the page twilio/list-picker (read 2026-11-30)."""
_ALL = ("sms", "whatsapp", "messenger", "rcs")
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_SPACES = re.compile(r" {5,}")


@dataclass(frozen=True)
class ContentType:
    """A content type of Twilio's."""

    needs: tuple[str, ...]  # the fields it cannot be without
    channels: tuple[str, ...]  # what can show it
    opens: bool = True  # whether it may open a conversation on WhatsApp


TYPES: dict[str, ContentType] = {
    "whatsapp/authentication": ContentType(("actions",), ("whatsapp",)),
    "whatsapp/flows": ContentType(("body", "button_text", "flow_id"), ("whatsapp",)),
    "whatsapp/card": ContentType(("body",), ("whatsapp",)),
    "twilio/carousel": ContentType(("body", "cards"), ("whatsapp", "rcs")),
    "twilio/catalog": ContentType(("body",), ("whatsapp",)),
    "twilio/flows": ContentType((), ("whatsapp",)),
    "twilio/schedule": ContentType((), ()),
    "twilio/card": ContentType(("title",), ("whatsapp", "messenger", "rcs")),
    "twilio/list-picker": ContentType(("body", "button", "items"), ("whatsapp",), opens=False),
    "twilio/quick-reply": ContentType(("body", "actions"), ("whatsapp", "messenger", "rcs")),
    "twilio/call-to-action": ContentType(("body", "actions"), ("whatsapp", "messenger", "rcs")),
    "twilio/location": ContentType(("latitude", "longitude"), ("whatsapp",), opens=False),
    "twilio/media": ContentType(("media",), _ALL),
    "twilio/text": ContentType(("body",), _ALL),
}
"""Every type, the richest first: a channel takes the first that it can show."""
_INSIDE = {"twilio/quick-reply": ("title", "id"), "twilio/call-to-action": ("type", "title"), "twilio/list-picker": ("id", "item")}  # fmt: skip
"""What each action or item of a type needs."""


@dataclass(frozen=True)
class Button:
    """A button or an entry of a list; a press on a reply or an entry comes back as a message."""

    title: str
    kind: str  # reply, list, or the type of an action: URL, PHONE_NUMBER, COPY_CODE and so on
    payload: str = ""  # the ID that a press hands back, or the address or number


@dataclass(frozen=True)
class Shown:
    """What a channel shows of a template."""

    type: str
    body: str
    media: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


def texts(value: object) -> Iterator[str]:
    """Yield every text in a template's types."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from texts(part)


def placeholders(types: Mapping[str, Any]) -> list[str]:
    """Return the names in double curly brackets, in the order of their first use."""
    return list(dict.fromkeys(name for text in texts(types) for name in _PLACE.findall(text)))


def fault(types: Mapping[str, Any], variables: Mapping[str, Any]) -> str | None:
    """Say why Twilio would not take a template at all; None where it would."""
    if not types:
        return "types is empty: give at least one content type, such as twilio/text"
    found = [_type_fault(name, content) for name, content in types.items()]
    names = list(dict.fromkeys([*variables, *placeholders(types)]))
    if len(names) > VARIABLES_LIMIT:
        found.append(f"a template has {VARIABLES_LIMIT} variables at most")
    for name in names:
        if not re.fullmatch(rf"\w{{1,{KEY_LIMIT}}}", name):
            limit = f"a number or a name of up to {KEY_LIMIT} characters without spaces"
            found.append(f"the variable {name[:40]!r} is not {limit}")
        if not isinstance(variables.get(name, ""), str):
            found.append(f"the sample of {name} is not a text")
    return next(filter(None, found), None)


def _type_fault(name: str, content: Any) -> str | None:
    if name not in TYPES:
        return f"Unknown parameter types.{name[:40]}, which is no content type of Twilio's"
    if not isinstance(content, Mapping):
        return f"{name} is not an object"
    if missing := [field for field in TYPES[name].needs if content.get(field) in (None, "", [])]:
        return f"{name} lacks {', '.join(missing)}"
    if len(str(content.get("body") or "")) > BODY_LIMIT:
        return f"the body of {name} has more than {BODY_LIMIT} characters"
    needs, listed = _INSIDE.get(name, ()), content.get("items" if name == "twilio/list-picker" else "actions") or []
    inner = [
        *_parts(content),
        *(part for card in _parts(content) if isinstance(card, Mapping) for part in _parts(card)),
    ]
    if not all(isinstance(part, Mapping) for part in inner) or not all(
        part.get(one) for part in listed for one in needs
    ):
        return f"each action, item or card of {name} is an object{' with ' * bool(needs)}{' and '.join(needs)}"
    if name == "twilio/list-picker" and len(listed) > LIST_LIMIT:
        return f"a list has {LIST_LIMIT} items at most"
    return None


def _parts(content: Mapping[str, Any]) -> list[Any]:
    """Return the actions, items and cards of a type or a card; what is there and no list counts as a wrong one."""
    found = [content.get(name) or [] for name in ("actions", "items", "cards")]
    return [part for one in found for part in (one if isinstance(one, list | tuple) else [None])]


def whatsapp_faults(types: Mapping[str, Any], variables: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what WhatsApp refuses when a template is submitted: the field (body, url or type), and why.

    Source: Using variables with Content Templates; error page 63040 (read 2026-11-30).
    """
    shown = best(types, "whatsapp")
    if shown is None:
        return [("type", "WhatsApp can show none of its types.")]
    if not TYPES[shown].opens:
        return [("type", f"WhatsApp shows {shown} within the 24-hour window only, so it cannot be submitted.")]
    content = types[shown]
    found = [("body", sentence) for sentence in _body_faults(str(content.get("body") or ""), variables)]
    numbers = sorted({int(name) for name in placeholders({shown: content}) if name.isdecimal()})
    if numbers and numbers != list(range(1, len(numbers) + 1)):
        lacking = min(set(range(1, numbers[-1] + 1)) - set(numbers))
        found.append(("body", f"Number the variables without a gap: {{{{{lacking}}}}} is missing."))
    links = [text for text in texts(content.get("actions") or []) if "://" in text]
    if any(link[match.start() - 1] != "/" for link in links for match in _PLACE.finditer(link)):
        found.append(("url", "A variable in a web address follows a slash, as in https://example.com/{{1}}."))
    return found


def _body_faults(body: str, variables: Mapping[str, str]) -> Iterator[str]:
    places = list(_PLACE.finditer(body))
    if not places:
        return
    if re.search(r"\}\}\W*\{\{", body):
        yield "Two variables need a word between them."
    text = body.strip()
    ends = [p[1] for p in places if text.startswith(p[0]) or text.endswith(p[0])]
    if lacking := next((name for name in ends if not variables.get(name)), ""):
        yield f"The text begins or ends with {{{{{lacking}}}}}, which has no sample. Give a sample, or put words around it."
    words, least = len(re.findall(r"\w+", _PLACE.sub(" ", body))), 2 * len(places) + 1
    if words < least:
        yield f"A text with {count(len(places), 'variable')} needs at least {least} other words; this one has {words}."


def best(types: Mapping[str, Any], channel: str) -> str | None:
    """Return the richest type that a channel can show; None when it can show none."""
    return next((name for name, about in TYPES.items() if name in types and channel in about.channels), None)


def show(types: Mapping[str, Any], channel: str, values: Mapping[str, str]) -> Shown | None:
    """Return what a channel shows with these values; a variable without one stays as it is written."""
    name = best(types, channel)
    if name is None:
        return None
    content = types[name]

    def filled(value: Any) -> str:
        return _PLACE.sub(lambda match: values.get(match[1], match[0]), str(value or ""))

    if name == "whatsapp/authentication":
        body = filled("{{1}} is your verification code.")
    elif name == "twilio/location":
        body = filled(content.get("label") or f"{content['latitude']}, {content['longitude']}")
    else:
        lines = [content.get(part) for part in ("header_text", "title", "body", "subtitle", "footer")]
        lines += [card.get(part) for card in content.get("cards") or [] for part in ("title", "body")]
        body = "\n".join(filled(line) for line in lines if line)
    media = [content.get("media"), *(card.get("media") for card in content.get("cards") or [])]
    listed = [one for part in media for one in (part if isinstance(part, list) else [part]) if one]
    return Shown(name, body, tuple(map(filled, listed)), tuple(_buttons(name, content, filled)))


def _buttons(name: str, content: Mapping[str, Any], filled: Any) -> Iterator[Button]:
    for item in content.get("items") or []:
        yield Button(
            filled(item.get("item") or item.get("name")),
            "list" if name == "twilio/list-picker" else "product",
            filled(item.get("id")),
        )
    cards = content.get("cards") or []
    for action in [*(content.get("actions") or []), *(a for card in cards for a in card.get("actions") or [])]:
        kind = "reply" if name == "twilio/quick-reply" else str(action.get("type") or "reply")
        payload = next((action[part] for part in ("url", "phone", "code", "id") if action.get(part)), "")
        title = action.get("title") or action.get("copy_code_text") or "Copy code"
        yield Button(filled(title), "reply" if kind == "QUICK_REPLY" else kind, filled(payload))


def values_fault(given: Mapping[str, Any], needed: Sequence[str], samples: Mapping[str, str]) -> str | None:
    """Say why values cannot fill a template's blanks (21656); None where they can.

    A blank without a value takes its sample. Source: error page 21656; Using variables (read 2026-11-30). Our
    reading: a number is refused, and a value without a blank is ignored.
    """
    for name in [*given, *(one for one in needed if one not in given and one not in samples)]:
        value = given.get(name)
        if not isinstance(value, str) or not value.strip():
            return f"Give a text for the variable {name[:KEY_LIMIT]}: it is missing or empty."
        if len(value) > VALUE_LIMIT:
            return f"The value of {name[:KEY_LIMIT]} has more than {VALUE_LIMIT} characters."
    return None


def line_fault(given: Mapping[str, str]) -> str | None:
    """Say which value has a line break or a tab, which WhatsApp does not take (21656)."""
    broken = next((name for name, value in given.items() if re.search(r"[\n\r\t]", value)), None)
    return f"The value of {broken[:KEY_LIMIT]} has a line break or a tab; write it on one line." if broken else None


def spaces_fault(given: Mapping[str, str]) -> bool:
    """Whether a value has more than four spaces in a row (63013 on WhatsApp)."""
    return any(map(_SPACES.search, given.values()))
