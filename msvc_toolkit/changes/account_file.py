"""An account's services as a YAML file: written with comments, read with the line and column of everything wrong."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from msvc_toolkit.changes.model import AccountSetup, Position, ServiceSetup, alpha_of, is_alpha
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.limits import NAME_LIMIT, URL_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.service_settings import SETTINGS, Setting
from msvc_toolkit.senders.model import ORDER, alpha_problems
from msvc_toolkit.services.model import ServiceDraft

SCHEMA_FILE = "msvc-account.schema.json"
"""The file that an editor checks an account file with; it is written beside it."""
_HEAD = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
#
# The Messaging Services of a Twilio account. Change this file, then look at the plan and apply it:
#   msvc plan FILE        msvc apply FILE        msvc undo
#
# What is not in this file is left alone: services, settings, and lists of senders.
# A name that the account does not have makes a new service. To rename a service, add its SID (sid: "MG...");
# msvc export FILE --sids writes the SIDs of all services.
# To delete one, write "delete: true" under its name. If it has a campaign, keep its campaign line, too.
# senders is the whole pool. A number that is in another service is moved here. A number that you take out leaves the
# service and stays on the account. A sender ID for one country is "ACME/GB", for all other countries "ACME/*".
# Services with the same name are matched by their senders, or by sid if you add it.
# campaign is for your information: it is registered elsewhere.
#
# Settings:"""
_SETTING = {setting.name: setting for setting in SETTINGS}
_OTHER = ("sid", "delete", "campaign", "senders")
_SID = {"sid": "MG", "campaign": "QE"}
_BY_COUNTRY = re.compile(r"[^/:]+/([A-Za-z]{2}|\*)")
_MASK = "•••"
_MOST_PROBLEMS = 20
_DEEPEST = 20
"""Nested lists and mappings; a file has five. PyYAML's C code has no bound of its own and crashes."""
_LARGEST = 20_000_000
"""Characters of a file; that is the pools of a thousand full services."""

Check = Callable[[Sequence[ServiceSetup]], list[tuple[Position, str]]]


def write(account: AccountSetup, *, mask: bool = False, sids: bool = False) -> str:
    """Write the services of an account; without SIDs, the same text for the same services.

    Args:
        account: The account.
        mask: Hide phone numbers and logins; such a file is for reading only.
        sids: Also write the SID of each service, which identifies it after a rename.
    """
    lines = []
    for setting in SETTINGS:
        about = f"{setting.name}: {setting.effect}"
        lines += textwrap.wrap(about, 116, initial_indent="#   ", subsequent_indent="#     ", break_on_hyphens=False)
    services = sorted(
        (one.settings["friendly_name"], "\n".join(_lines(one, mask=mask, sids=sids))) for one in account.services
    )
    head = "\n".join([_HEAD, *lines, f"services:{'' if services else ' []'}"])
    return head + "\n" + "".join(f"\n{text}\n" for _, text in services)


def _lines(service: ServiceSetup, *, mask: bool, sids: bool) -> Iterator[str]:
    dash = "  - "
    for setting in SETTINGS:
        if setting.name in service.settings:
            yield f"{dash}{setting.name}: {_scalar(setting, service.settings[setting.name], mask=mask)}"
            dash = "    "
    if sids:
        yield f'    sid: "{service.sid}"'
    if service.campaign:
        yield f"    campaign: {service.campaign}"
    senders = sorted(service.senders or (), key=_order)
    yield f"    senders:{'' if senders else ' []'}"
    for sender in senders:
        yield f"      - {_quoted(addresses.mask_in(sender) if mask else sender)}{_comment(sender)}"


def _scalar(setting: Setting, value: object, *, mask: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or value in setting.options:
        return str(value)
    return _quoted(addresses.mask_in(without_login(value)) if mask else value)


def _quoted(text: str) -> str:
    dumped: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return dumped.rstrip("\n")


def _comment(sender: str) -> str:
    """Return the comment behind a sender: its kind and country, as its numbering plan has it."""
    address = addresses.read(sender)
    if address is None or address.kind in ("channel", "alphanumeric"):
        return ""
    return f"  # {', '.join(part for part in (address.kind, address.country) if part)}"


def _order(sender: str) -> tuple[int, str]:
    address = addresses.read(sender)
    return ORDER.index(address.kind if address is not None else "alphanumeric"), sender


def read(text: str, check: Check = lambda _: []) -> AccountSetup:
    """Read an account file.

    Args:
        text: The file.
        check: Called if the file has mistakes: returns more problems, of the services that could be read. All are reported at once.

    Raises:
        InvalidInput: Something in it is wrong; each problem's field is its line and column.
    """
    reader = _Reader()
    services = tuple(reader.services(_tree(text)))
    reader.check_twice(services)
    if reader.problems:
        refuse_at([*reader.problems, *check(services)])
    return AccountSetup(services)


def read_path(path: Path, check: Check = lambda _: []) -> AccountSetup:
    """Read an account file from the disk; see `read`."""
    try:
        return read(path.read_bytes().decode("utf-8-sig"), check)
    except OSError as error:
        sentence = f"{path} cannot be read ({error.strerror}). Write one with: msvc export {path.name}"
    except UnicodeDecodeError as error:
        sentence = f"{path.name} is not text in UTF-8 (at byte {error.start}). Save it as UTF-8."
    raise InvalidInput([Problem("file", sentence)])


def refuse_at(problems: list[tuple[Position, str]]) -> None:
    """Raise InvalidInput with the line and column of each problem, if there are any."""
    found = sorted(set(problems))
    shown = [Problem(f"line {line}, column {column}", sentence) for (line, column), sentence in found[:_MOST_PROBLEMS]]
    if len(found) > _MOST_PROBLEMS:
        shown.append(Problem("file", f"The file has {len(found) - _MOST_PROBLEMS} more problems. Correct these first."))
    if shown:
        raise InvalidInput(shown)


def _tree(text: str) -> yaml.Node | None:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(text) > _LARGEST:
        refuse_at([((1, 1), f"The file has {len(text):,} characters; an account file has {_LARGEST:,} at most.")])
    try:
        depth = 0
        for event in yaml.parse(text, loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                refuse_at([(_place(event.start_mark), "Lists and mappings are nested too deeply for an account file.")])
        return yaml.compose(text, loader)
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        at = before.count("\n") + 1, len(before) - before.rfind("\n")
        sentence = "This character cannot be in a YAML file. Remove it, or write it as \\x.. in double quotes."
    except yaml.MarkedYAMLError as error:
        at = _place(error.problem_mark or error.context_mark)
        sentence = _yaml_problem(text, at, str(error.problem or error.context))
    refuse_at([(at, sentence)])
    return None


def _yaml_problem(text: str, at: Position, problem: str) -> str:
    lines = text.splitlines()
    line = lines[at[0] - 1] if at[0] <= len(lines) else ""
    if "\t" in line[: at[1]]:
        return "This line is indented with a tab. YAML takes spaces only: use two for each level."
    if "another document" in problem:
        return "A second document begins here (---). An account file has one."
    return f"This is not YAML: {problem}. Look at this line and the one before it: a colon, a quote or the indentation is wrong."


def _place(mark: Any) -> Position:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


class _Reader:
    """Turns the nodes of a file into services, and collects what is wrong."""

    def __init__(self) -> None:
        self.problems: list[tuple[Position, str]] = []

    def wrong(self, node: yaml.Node, sentence: str) -> None:
        self.problems.append((_place(node.start_mark), sentence))

    def services(self, root: yaml.Node | None) -> Iterator[ServiceSetup]:
        if root is None:
            self.problems.append(((1, 1), "The file is empty. It begins with services: and a list of services."))
            return
        top = self._mapping(root, ("services",), "An account file")
        if "services" in top:
            for item in self._items(top["services"], "services"):
                if (service := self._service(item)) is not None:
                    yield service
        elif not self.problems:
            self.wrong(root, "The list of services is missing. Begin it with services:")

    def check_twice(self, services: tuple[ServiceSetup, ...]) -> None:
        """Note senders that are in two services, and SIDs that are there twice."""
        first: dict[str, ServiceSetup] = {}
        for service in services:
            for key in [service.sid, *(sender for sender in service.senders or () if not is_alpha(sender))]:
                other = first.setdefault(key, service)
                if key and other is not service:
                    where = f"{addresses.mask(key)} is in {other.label} already (line {other.at[key][0]})."
                    self.problems.append(
                        (service.at[key], f"{where} It can be in one service only: remove one of the two.")
                    )

    def _service(self, node: yaml.Node) -> ServiceSetup | None:
        parts = self._mapping(node, (*_SETTING, *_OTHER), "A service")
        if not parts and not (isinstance(node, yaml.MappingNode) and not node.value):
            return None
        settings = {}
        at: dict[str, Position] = {"": _place(node.start_mark)}
        places = {name: _place(value.start_mark) for name, value in parts.items()}
        for name in [name for name in parts if name in _SETTING]:
            value = self._value(_SETTING[name], parts[name])
            if value is not None:
                settings[name] = value
        for problem in ServiceDraft(**settings).problems(new=False):
            if problem.blocks:
                self.problems.append((places[problem.field], problem.sentence))
        sids = {name: self._text(parts[name]) for name in _SID if name in parts}
        for name, sid in sids.items():
            at[sid] = places[name]
            if not re.fullmatch(f"{_SID[name]}[0-9a-fA-F]{{32}}", sid):
                sentence = f"{name} must be {_SID[name]} followed by 32 hexadecimal digits. Copy it from the Console, or leave it out."
                self.wrong(parts[name], sentence)
        if "friendly_name" not in parts and "sid" not in sids:
            self.wrong(node, "This service has no name. Add friendly_name: and its name, such as Orders.")
        delete = "delete" in parts and self._flag("delete", parts["delete"])
        senders = tuple(self._senders(parts["senders"], at)) if "senders" in parts else None
        named = sids.get("sid", ""), sids.get("campaign", "")
        return ServiceSetup(settings, senders, *named, delete=bool(delete), at=at)

    def _senders(self, node: yaml.Node, at: dict[str, Position]) -> Iterator[str]:
        at["senders:"] = _place(node.start_mark)
        for item in self._items(node, "senders"):
            sender, sentence = _sender(self._text(item))
            if not sentence and sender in at:
                sentence = (
                    f"{addresses.mask(sender)} is in this list already (line {at[sender][0]}). Remove one of the two."
                )
            if sentence:
                self.wrong(item, sentence)
            else:
                at[sender] = _place(item.start_mark)
                yield sender

    def _value(self, setting: Setting, node: yaml.Node) -> Any:
        if setting.kind == "flag":
            return self._flag(setting.name, node)
        text = self._text(node)
        if setting.kind == "seconds":
            if text.isascii() and text.isdigit():
                return int(text[:9])
            self.wrong(node, f"{setting.name} must be a whole number of seconds, such as 36000, not {text[:40]!r}.")
            return None
        if _MASK in text:
            self.wrong(node, f"{setting.name} is masked here. Export the account with whole numbers to apply it.")
            return None
        return text

    def _flag(self, name: str, node: yaml.Node) -> bool | None:
        if node.tag == "tag:yaml.org,2002:bool" and isinstance(node, yaml.ScalarNode):
            return node.value.lower() in ("true", "yes", "on")
        self.wrong(node, f"{name} must be true or false, not {self._text(node)[:40]!r}.")
        return None

    def _text(self, node: yaml.Node) -> str:
        """Return a scalar as it is written, so that +14155550100 and NO stay what they are."""
        if isinstance(node, yaml.ScalarNode):
            return "" if node.tag.endswith(":null") and not node.style else str(node.value)
        self.wrong(node, "One value is expected here, not a list or a mapping.")
        return ""

    def _items(self, node: yaml.Node, name: str) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if not (isinstance(node, yaml.ScalarNode) and not self._text(node)):
            self.wrong(node, f'{name} must be a list: put each entry on a line of its own, beginning with "- ".')
        elif not node.style:
            self.wrong(node, f"{name} is empty. Write {name}: [] for none, or leave it out.")
        return []

    def _mapping(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} is written as names and values, such as {known[0]}: ...")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key)
            if name not in known:
                near = get_close_matches(name.lower(), known, 1)
                hint = f"Did you mean {near[0]}?" if near else f"It has: {', '.join(known)}."
                self.wrong(key, f"{what} has no {addresses.mask_in(name)[:60]!r}. {hint}")
            elif name in found:
                self.wrong(key, f"{name} is here twice (line {found[name].start_mark.line + 1}). Keep one of the two.")
            else:
                found[name] = value
        return found


def _sender(text: str) -> tuple[str, str]:
    """Return a sender as it is compared, and what is wrong with it."""
    if _MASK in text:
        return "", f"{text[:60]} is masked. Export the account with whole numbers to apply it."
    address = addresses.read(text)
    if address is not None and address.kind != "alphanumeric":
        return address.text, ""
    if address is not None or _BY_COUNTRY.fullmatch(text):
        alpha = alpha_of(text.strip())
        wrong = [problem.sentence for problem in alpha_problems(alpha, ()) if problem.blocks]
        destination = "" if alpha.iso_country_code is None else f"/{alpha.iso_country_code.upper() or '*'}"
        return f"{alpha.name}{destination}", " ".join(wrong)
    problem = addresses.recipient_problem(text)
    shown = f"{addresses.mask_in(text)[:60]!r} is not a number, short code, sender ID or channel address."
    return "", problem.sentence if problem is not None and any(char.isdigit() for char in text) else shown


def schema() -> dict[str, Any]:
    """Return the JSON schema of an account file, made of the table of settings."""
    shapes: dict[str, dict[str, Any]] = {
        "flag": {"type": "boolean"},
        "seconds": {"type": "integer", "minimum": 1, "maximum": VALIDITY_LIMIT_SECONDS},
        "text": {"type": ["string", "number"], "maxLength": NAME_LIMIT},
        "url": {"type": ["string", "null"], "maxLength": URL_LIMIT},
    }
    settings = {
        setting.name: {
            **shapes.get(setting.kind, {"enum": list(setting.options)}),
            "title": setting.label,
            "description": setting.effect,
            **({} if setting.default is None else {"default": setting.default}),
        }
        for setting in SETTINGS
    }
    other = {
        "sid": {"type": "string", "pattern": "^MG[0-9a-fA-F]{32}$", "description": "Needed to rename a service."},
        "campaign": {
            "type": "string",
            "pattern": "^QE[0-9a-fA-F]{32}$",
            "description": "Its A2P campaign; not changed.",
        },
        "delete": {"type": "boolean", "description": "Delete the service. Its SID cannot be brought back."},
        "senders": {
            "type": "array",
            "items": {"type": ["string", "integer"]},
            "uniqueItems": True,
            "description": "The whole pool: numbers, short codes, channel addresses, sender IDs.",
        },
    }
    service = {
        "type": "object",
        "properties": {**settings, **other},
        "additionalProperties": False,
        "anyOf": [{"required": ["friendly_name"]}, {"required": ["sid"]}],
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Messaging Services of a Twilio account",
        "type": "object",
        "properties": {"services": {"type": "array", "items": service}},
        "required": ["services"],
        "additionalProperties": False,
    }
