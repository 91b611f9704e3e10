"""Write a call on Twilio's API as Python, curl and twilio-cli, without secrets.

Credentials, phone numbers and a login inside a URL are read from environment variables; the first line of a snippet
names the variables to set.  A number is recognized by its form (E.164, North American, or any digits where an address is
expected).  A secret in the path or query of a URL is printed, because nothing marks it as one.

Sources: addresses and parameter names of twilio-python 9.13.0; topics and flags of twilio-cli 6.2.4, from its help and
from the requests it makes; read 2026-11-23.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from msvc_toolkit.errors import InvalidInput, Problem

Verb = Literal["create", "fetch", "update", "delete", "list"]


class _Product(NamedTuple):
    """Where the resources of one Twilio product are in the SDK, in HTTP and in twilio-cli."""

    python: str
    url: str
    suffix: str
    topic: str


_ACCOUNT: Final = "https://api.twilio.com/2010-04-01/Accounts/$"  # the $ stands for the account's SID
_API: Final = _Product("client", _ACCOUNT, ".json", "api:core")
_PRODUCTS: Final = {
    "services": _Product("client.messaging.v1", "https://messaging.twilio.com/v1", "", "api:messaging:v1"),
    "messages": _API,
    "incoming_phone_numbers": _API,
    "short_codes": _Product("client", f"{_ACCOUNT}/SMS", ".json", "api:core:sms"),
}
_POOL: Final = ("phone_numbers", "short_codes", "alpha_senders", "destination_alpha_senders", "channel_senders")
_KNOWN: Final = {(root,) for root in _PRODUCTS} | {("services", kind) for kind in _POOL}
_METHODS: Final = {"create": "POST", "fetch": "GET", "update": "POST", "delete": "DELETE", "list": "GET"}
# Names that are not the SDK's in PascalCase; curl wants the operator in a name percent-encoded.
_WIRE_NAMES: Final = {
    "from_": "From",
    "date_sent_after": "DateSent%3E",
    "date_sent_before": "DateSent%3C",
    "limit": "PageSize",
}
_NO_CLI_FLAG: Final = {"fallback_from", "message_intent"}

_PRIVATE: Final = re.compile(
    r"(?<=://)(?P<login>[^/?#@\s]+)(?=@)"
    r"|(?:(?<!\w)\+|%2B)[1-9](?:[ ().-]{0,2}\d){6,14}"  # E.164, also inside a channel address or a URL
    r"|(?<!\w)\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}(?!\w)",  # North American, as people write it
    re.IGNORECASE,
)
# In these a bare run of digits is a number too, where in other texts it could be an order or a date.
_ADDRESSES: Final = {"to", "from_", "fallback_from", "phone_number", "friendly_name"}
_BARE_NUMBER: Final = re.compile(r"(?<!\w)(?:\d[ ().-]*){7,}(?!\w)")  # a short code has six digits at most


class _Env(str):  # noqa: SLOT000 - a handful live for the length of one call
    """The name of an environment variable in place of a piece of text."""


_INLINE: Final = 100  # the longest Python call that is written on one line
_Text = tuple[str, ...]  # pieces that make one text; those of type _Env are read from the environment
_LOGIN: Final = (_Env("TWILIO_ACCOUNT_SID"), ":", _Env("TWILIO_AUTH_TOKEN"))


@dataclass(frozen=True)
class Act:
    """One call on Twilio's API, independent of the language it is written in.

    ``Act(("services", "MG…", "phone_numbers"), "create", {"phone_number_sid": "PN…"})`` adds a number to a pool.

    Args:
        resource: The SDK's names that lead to the resource, each followed by a SID if one is addressed:
            ``("messages",)`` is the list, ``("messages", "SM…")`` one message.
        verb: The SDK's word; twilio-cli's ``remove`` is ``delete`` here.
        params: SDK names (``friendly_name``, ``from_``) to values.  None is left out, a list repeats the parameter,
            an empty text clears the field, a datetime becomes UTC.  ``limit`` counts rows of a ``list``: Python and
            twilio-cli read pages up to it, curl shows one page of that size.

    Raises:
        InvalidInput: No snippet is known for the resource, the verb does not fit it, or a datetime has no time zone.
    """

    resource: tuple[str, ...]
    verb: Verb
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        if self.resource[::2] not in _KNOWN:
            problems.append(Problem("resource", f"There is no snippet for {self.resource[::2]}."))
        if self.verb not in _METHODS:
            problems.append(Problem("verb", f"{self.verb!r} is none of {', '.join(_METHODS)}."))
        elif (len(self.resource) % 2 == 0) != (self.verb in {"fetch", "update", "delete"}):
            problems.append(Problem("verb", "create and list act on a list; fetch, update and delete need a SID."))
        for name, value in self.params.items():
            if isinstance(value, datetime) and value.tzinfo is None:
                problems.append(Problem(name, "The time has no time zone. Add one, such as UTC."))
        if problems:
            raise InvalidInput(problems)


def python(act: Act) -> str:
    """Write the act as a complete Python program that uses the twilio package."""
    shown = _Shown(act)
    target = shown.product.python
    for name, sid in shown.steps:
        target += f".{name}({_python_text(sid)})" if sid else f".{name}"
    arguments = [f"{name}={_python_value(act.params[name], texts)}" for name, texts in shown.params.items()]
    if arguments and (len(arguments) > 1 or len(f"{target}{arguments}") > _INLINE):
        arguments = ["\n" + "".join(f"    {argument},\n" for argument in arguments)]
    call = f"{target}.{act.verb}({''.join(arguments)})"
    result = shown.steps[-1][0].removesuffix("s")
    if act.verb == "list":
        call = f"for {result} in {call}:\n    print({result}.sid)"
    elif act.verb != "delete":
        call = f"{result} = {call}\nprint({result}.sid)"
    login = ", ".join(_python_text((name,)) for name in _LOGIN if isinstance(name, _Env))
    return f"{shown.header}import os\n\nfrom twilio.rest import Client\n\nclient = Client({login})\n{call}\n"


def curl(act: Act) -> str:
    """Write the act as a curl command for a POSIX shell."""
    shown = _Shown(act)
    before, dollar, after = shown.product.url.partition("$")
    url: list[str] = [before, _LOGIN[0], after] if dollar else [before]
    for name, sid in shown.steps:
        url += ["/", _pascal(name)]
        url += ["/", *(piece if isinstance(piece, _Env) else quote(piece, safe="") for piece in sid)] if sid else []
    data = {_WIRE_NAMES.get(name, _pascal(name)): texts for name, texts in shown.params.items()}
    method = _METHODS[act.verb]
    how = ["-G"] if method == "GET" and data else ["-X", method] if method != "GET" else []
    lines = [" ".join(["curl", *how, _shell((*url, shown.product.suffix))])]
    lines += [f"--data-urlencode {_shell((f'{name}=', *text))}" for name, texts in data.items() for text in texts]
    return shown.header + " \\\n  ".join([*lines, f"-u {_shell(_LOGIN)}"]) + "\n"


def twilio_cli(act: Act) -> str:
    """Write the act as a twilio-cli command; a comment says so when twilio-cli cannot do it."""
    shown = _Shown(act)
    missing = ", ".join(name for name in shown.params if name in _NO_CLI_FLAG)
    if missing:
        return f"# twilio-cli 6.2.4 cannot do this: it has no flag for {missing}.\n"
    topic = ":".join([shown.product.topic, *(_kebab(name) for name, _ in shown.steps)])
    lines = [f"twilio {topic}:{'remove' if act.verb == 'delete' else act.verb}"]
    for depth, (_, sid) in enumerate(shown.steps, start=1):
        owner = "messaging-service-sid" if shown.steps[-1][0] == "channel_senders" else "service-sid"
        if sid:
            lines.append(f"--{'sid' if depth == len(shown.steps) else owner} {_shell(sid)}")
    for name, texts in shown.params.items():
        if isinstance(act.params[name], bool):
            lines.append(f"--{'' if act.params[name] else 'no-'}{_kebab(name)}")
        else:
            lines += [f"--{_kebab(name)} {_shell(text)}" for text in texts]
    if act.verb == "list" and "limit" not in act.params:
        lines.append("--no-limit")  # by itself twilio-cli stops at 50 rows
    return shown.header + " \\\n  ".join(lines) + "\n"


class _Shown:
    """An act with everything private replaced by environment variables."""

    def __init__(self, act: Act) -> None:
        self._variables: dict[str, _Env] = {}
        self.product = _PRODUCTS[act.resource[0]]
        sids = [*act.resource[1::2], None]
        self.steps = [
            (name, self._hide(f"{name}_sid", sid) if sid is not None else ())
            for name, sid in zip(act.resource[::2], sids, strict=False)
        ]
        self.params = {
            name: [self._hide(name, text) for text in _wire_texts(value)]
            for name, value in act.params.items()
            if value not in (None, [], ())
        }
        names = [*(piece for piece in _LOGIN if isinstance(piece, _Env)), *self._variables.values()]
        self.header = f"# Set first: {', '.join(names)}\n"

    def _hide(self, param: str, text: str) -> _Text:
        pieces: list[str] = []
        end = 0
        known = list(_PRIVATE.finditer(text))
        for found in _BARE_NUMBER.finditer(text) if param in _ADDRESSES and not known else known:
            pieces += [text[end : found.start()], self._variable(param, found)]
            end = found.end()
        return tuple(piece for piece in [*pieces, text[end:]] if piece) or ("",)

    def _variable(self, param: str, found: re.Match[str]) -> _Env:
        kind = "" if param in _ADDRESSES else "_LOGIN" if found.groupdict().get("login") else "_NUMBER"
        name = f"{param.rstrip('_').upper()}{kind}"
        taken = [other for other in self._variables.values() if other.startswith(name)]
        return self._variables.setdefault(found.group(), _Env(f"{name}_{len(taken) + 1}" if taken else name))


def _wire_texts(value: object) -> list[str]:
    """The text or texts that are sent for one parameter."""
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _wire_texts(item)]
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, datetime):
        return [value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
    return [value.isoformat() if isinstance(value, date) else str(value)]


def _python_value(value: object, texts: list[_Text]) -> str:
    if isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_python_text(text) for text in texts)}]"
    return _python_text(texts[0])


def _python_text(pieces: _Text) -> str:
    return " + ".join(f'os.environ["{p}"]' if isinstance(p, _Env) else _python_literal(p) for p in pieces)


def _python_literal(text: str) -> str:
    shown = repr(text)
    return f'"{shown[1:-1]}"' if '"' not in shown else shown


def _shell(pieces: _Text) -> str:
    """One word of a POSIX shell; text is quoted so that the shell changes nothing in it."""
    plain = "".join(piece for piece in pieces if not isinstance(piece, _Env))
    if not any(isinstance(piece, _Env) for piece in pieces):
        return shlex.quote(plain)
    if plain and shlex.quote(plain) != plain:
        return "".join(f'"${piece}"' if isinstance(piece, _Env) else shlex.quote(piece) for piece in pieces if piece)
    word = "".join(f"${{{piece}}}" if isinstance(piece, _Env) else piece for piece in pieces)
    # Braces only if the next letter would be read as part of the name, or (in zsh) as a modifier.
    word = re.sub(r"[$][{](\w+)[}](?!:?\w)", r"$\1", word)
    return f'"{word}"'


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _kebab(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
