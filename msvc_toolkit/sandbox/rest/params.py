"""Request parameters: each resource declares its own; unknown ones are ignored and noted in the journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from msvc_toolkit.sandbox.rest.errors import Refusal, SandboxRefusal, not_emulated

Pairs = Sequence[tuple[str, str]]
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+")


@dataclass(frozen=True)
class Param:
    """One parameter a resource takes."""

    name: str  # Twilio's name (`FriendlyName`)
    column: str
    parse: Callable[[str], object]  # converts the text; raises ValueError with a sentence
    code: int = 20001  # Twilio's error code when it cannot be parsed
    status: int = 400  # HTTP status with that code


def params(names: str, parse: Callable[[str], object]) -> tuple[Param, ...]:
    """Declare parameters of the same kind, with their names in one text; `OptInMessage` is the column `opt_in_message`."""
    return tuple(Param(name, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), parse) for name in names.split())


def by_name(takes: Iterable[Param]) -> dict[str, Param]:
    """Return parameters by their names."""
    return {param.name: param for param in takes}


def refuse_unknown(name: str) -> None:
    """Refuse a parameter that Twilio does not have, with 20001."""
    raise SandboxRefusal(400, 20001, f"Unknown parameter {name}")


def read(
    pairs: Pairs,
    takes: Iterable[Param] | dict[str, Param],
    *,
    lists: frozenset[str] = frozenset(),
    elsewhere: Iterable[str] = (),
    unknown: Callable[[str], None] = refuse_unknown,
) -> dict[str, Any]:
    """Turn a form into columns.

    Args:
        pairs: The form as it came.
        takes: The parameters of this resource; a dict by name is faster.
        lists: The names of parameters that repeat, once for each item; they become lists.
        elsewhere: Parameters that Twilio has but the sandbox does not emulate.
        unknown: Called with the name of every other parameter.

    Raises:
        Refusal: A parameter is not emulated or cannot be parsed, or `unknown` refuses it.
    """
    known = takes if isinstance(takes, dict) else by_name(takes)
    values: dict[str, Any] = {}
    for name, text in pairs:
        param = known.get(name)
        if param is None:
            if name in tuple(elsewhere):
                raise not_emulated(f"the parameter {name}")
            unknown(name)
            continue
        try:
            value = param.parse(text)
        except ValueError as error:
            raise Refusal(param.status, param.code, f"Invalid {name}: {error}") from error
        if name in lists:
            values.setdefault(param.column, []).append(value)
        else:
            values[param.column] = value
    return values


def text(least: int = 0, most: int = 4096) -> Callable[[str], str]:
    """Parse text, with a limit on its length."""

    def parse(value: str) -> str:
        if not least <= len(value) <= most:
            raise ValueError(f"it must have {least} to {most} characters and has {len(value)}")
        return value

    return parse


def boolean(value: str) -> int:
    """Parse true or false."""
    lowered = value.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"it must be true or false, not {value!r}")
    return int(lowered == "true")


def flag(value: str) -> bool:
    """Parse true or false to JSON's boolean."""
    return bool(boolean(value))


def integer(least: int, most: int) -> Callable[[str], int]:
    """Parse a whole number in a range."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not least <= int(value) <= most:
            raise ValueError(f"it must be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    return parse


def choice(*options: str) -> Callable[[str], str]:
    """Parse one of a few words."""

    def parse(value: str) -> str:
        if value not in options:
            raise ValueError(f"it must be one of {', '.join(options)}, not {value!r}")
        return value

    return parse


def template(value: str) -> str:
    """Parse the SID of a content template, or nothing. Source: error page 21655 (read 2026-11-27)."""
    if value and not re.fullmatch(r"HX[0-9a-fA-F]{32}", value):
        raise ValueError(f"it must be HX followed by 32 hexadecimal digits, not {value[:40]!r}")
    return value


def method(value: str) -> str:
    """Parse GET or POST, in capital or small letters."""
    return choice("GET", "POST")(value.upper())


def url(value: str) -> str | None:
    """Parse an http or https address, or nothing to clear it.

    Source: error page 21609 and the webhook guides: no underscore in the host, 4000 characters at most.
    """
    if not value:
        return None
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        host = ""
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or len(value) > 4000:  # noqa: PLR2004
        raise ValueError(f"it must be an http or https address without an underscore in its host, not {value[:80]!r}")
    return value


def moment(value: str) -> int:
    """Parse an ISO 8601 date and time, UTC unless it has an offset; return milliseconds since 1970."""
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return int(parsed.timestamp() * 1000)


DAY_MS = 86_400_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")
"""A year or a month. Source: twilio/twilio-oai#21 (recorded; read 2026-11-27); that it means the whole period is ours."""


def window(name: str, value: str) -> tuple[int, int]:
    """Return the first and last millisecond that match a date filter; its name may end in ``<`` or ``>``.

    Source: Messages and Media resources: dates are GMT, `<` and `>` include the named time. That a plain equality
        means the whole day, even for a full time, is our reading.
    """
    try:
        if period := _PERIOD.fullmatch(value):
            year, month = int(period[1]), int(period[2] or 1)
            after = (year, month + 1) if period[2] and month < 12 else (year + 1, 1)  # noqa: PLR2004 - months of a year
            start, end = (moment(date(*first, 1).isoformat()) for first in ((year, month), after))
            return _bounds(name, (start, end - 1), (start, end - 1))
        if not _DAY.match(value):
            raise ValueError(value)  # noqa: TRY301 - one sentence for everything that is not a date
        whole_day = len(value) == len("2026-01-05")
        start = moment(date.fromisoformat(value[:10]).isoformat())
        day = (start, start + DAY_MS - 1)
        exact = day if whole_day else (moment(value), moment(value) + 999)
    except ValueError as error:
        raise Refusal(
            400, 20001, f"Invalid {name}: a date must be YYYY-MM-DD or an ISO 8601 time, not {value[:40]!r}"
        ) from error
    return _bounds(name, day, exact)


def _bounds(name: str, day: tuple[int, int], exact: tuple[int, int]) -> tuple[int, int]:
    far = 1 << 62
    return {"<": (-far, exact[1]), ">": (exact[0], far)}.get(name[-1], day)


def required(values: dict[str, object], takes: Iterable[Param], *names: str) -> None:
    """Raise Refusal unless all these parameters were given with a value.

    Source: recorded answers of the product APIs, HTTP 400 with code 20001 and the name in the text.
    """
    columns = {param.name: param.column for param in takes}
    for name in names:
        if values.get(columns[name]) in (None, "", []):
            raise Refusal(400, 20001, f"Missing required parameter {name} in the post body")
