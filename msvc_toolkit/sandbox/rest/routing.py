"""The parts of a resource: calls, operations, path patterns, paging and signed URLs."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from msvc_toolkit.sandbox.rest.errors import Refusal, not_found
from msvc_toolkit.sandbox.rest.params import Pairs, Param, read, refuse_unknown
from msvc_toolkit.sandbox.rest.responses import ListPage, Response
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_TOKEN = re.compile(r"P([AB])[A-Z]{2}([0-9a-f]{32})")
_SID = re.compile(r"([A-Z]{2})[0-9a-f]{32}")
_PLACE = re.compile(
    r"(?<=/AvailablePhoneNumbers/)(?P<CountryCode>[A-Z]{2})(?=[/.])"
    r"|(?<=^/v1/Exports/)(?P<ResourceType>Messages|Calls|Conferences|Participants)(?![^/])"
    r"|(?<=/Days/)(?P<Day>\d{4}-\d{2}-\d{2})$"
)
"""Values of a path that are recognized by their position, unlike SIDs."""


@dataclass(slots=True)
class Call:
    """One request, after authentication."""

    store: SandboxStore  # the store, inside a transaction
    settings: SandboxSettings  # the sandbox's settings
    account: Row  # the account in the path
    sids: tuple[str, ...]  # the values in the path, in order: SIDs, a country, a day
    query: Pairs  # the query string's pairs
    form: Pairs  # the body's pairs
    now: int  # the sandbox's time, milliseconds since 1970
    origin: str  # scheme and host the client used, for absolute URLs
    path: str  # the path that was asked for
    document: Mapping[str, Any] = field(default_factory=dict)  # the body of a resource that takes JSON
    version: str = ""  # the X-Twilio-Api-Version header, which selects the answer's shape if there are two
    strict: bool = False  # refuse parameters that Twilio does not have and ignores
    ignored: list[str] = field(default_factory=list)  # names of the parameters that were ignored

    def read(
        self,
        takes: Iterable[Param] | dict[str, Param],
        *,
        lists: frozenset[str] = frozenset(),
        elsewhere: Iterable[str] = (),
        pairs: Pairs | None = None,
    ) -> dict[str, Any]:
        """Parse the body's form into columns.

        The arguments are those of `params.read`. If `pairs` are given, they are read in place of the body.
        """
        form = self.form if pairs is None else pairs
        return read(form, takes, lists=lists, elsewhere=elsewhere, unknown=self.unknown)

    def unknown(self, name: str) -> None:
        """Note a parameter that Twilio does not have and ignore it, as Twilio does; refuse it if strict.

        Source: riemann/riemann#663, mcwebb/angular-twilio#5 (recorded; read 2026-11-27).
        """
        if self.strict:
            refuse_unknown(name)
        self.ignored.append(name)


@dataclass(frozen=True)
class Operation:
    """One operation: its method, its path and the function that answers it."""

    method: str  # the HTTP method
    # the path; ``{XX}`` is a SID with that prefix, ``{Day}`` and the like are other values (`pattern_of`)
    pattern: str
    answer: Callable[[Call], Response]
    takes_json: bool = False  # whether the body is JSON instead of a form
    also_json: bool = False  # whether the body is a form or JSON
    signed: bool = False  # whether a signature in the query replaces credentials; see `signed_url`


@lru_cache(maxsize=1024)  # programs request the same paths again and again
def pattern_of(path: str) -> tuple[str, tuple[str, ...]]:
    """Replace the SIDs of a path by their prefixes and other values by their names; return pattern and values."""
    sids: list[str] = []

    def kind(match: re.Match[str]) -> str:
        sids.append(match[0])
        return f"{{{match[1]}}}"

    pattern, values = _places(_SID.sub(kind, path))
    return pattern, (*sids, *values)


@lru_cache(maxsize=1024)  # without SIDs there are only few paths
def _places(path: str) -> tuple[str, tuple[str, ...]]:
    pattern = _PLACE.sub(lambda match: f"{{{match.lastgroup}}}", path)
    return pattern, tuple(match[0] for match in _PLACE.finditer(path))


def owned(call: Call, table: str, sid: str, shown: str) -> Row:
    """Return this account's row; raise Refusal (404 / 20404) for the path `shown` if there is none."""
    row = call.store.one(
        f"SELECT * FROM {table} WHERE sid = ? AND account_sid = ?",  # noqa: S608 - the table is named in our own code
        sid,
        call.account["sid"],
    )
    if row is None:
        raise not_found(shown)
    return row


def page_of(
    call: Call,
    table: str,
    where: str,
    values: tuple[object, ...],
    *,
    newest_first: bool = False,
    columns: Sequence[str] = (),
    most: int | None = None,
) -> ListPage:
    """Return the page of a list that the query asks for.

    Rows are in order of creation, so the order does not change between pages. Only the token sets the position, as
    with Twilio; `Page` is only repeated in the answer.

    Args:
        call: The request, with PageSize, Page and PageToken.
        table: The table to read.
        where: Which rows belong to the list.
        values: What `where` compares with.
        newest_first: Reverse the order.
        columns: The columns to read as tuples, beginning with seq and sid; when not given, all columns as dicts.
        most: The largest page size, if smaller than usual.

    Raises:
        Refusal: 21481 for an invalid token; 20001 for a page size that is not a number, and for a later page without
            a token.
    """
    asked = dict(call.query)
    size = min(_size(asked.get("PageSize"), call.settings), most or call.settings.page_size_max)
    number, token = page_number(call), asked.get("PageToken")
    back, position = _position(token)
    descending = newest_first != back
    if position is not None:
        where, values = f"{where} AND seq {'<' if descending else '>'} ?", (*values, position)
    rows: list[Any] = (call.store.tuples if columns else call.store.all)(
        f"SELECT {', '.join(columns) or '*'} FROM {table} WHERE {where} "  # noqa: S608 - named in our own code
        f"ORDER BY seq {'DESC' if descending else 'ASC'} LIMIT ?",
        *values,
        size + 1,
    )
    more = len(rows) > size
    rows = rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return ListPage([], size, number, None, None, token)
    after = _token("A", rows[-1]) if more or back else None
    before = _token("B", rows[0]) if (more if back else position is not None) else None
    return ListPage(rows, size, number, after, before, token)


def page_number(call: Call) -> int:
    """Return the number of the page that the query asks for; raise Refusal (20001) for a later page without a token.

    Source: twilio/twilio-python#395, twilio/twilio-php#296 (recorded; read 2026-11-27).
    """
    asked = dict(call.query)
    number = int(asked["Page"]) if asked.get("Page", "").isdecimal() and len(asked["Page"]) < 10 else 0  # noqa: PLR2004
    if number and "PageToken" not in asked:
        raise Refusal(400, 20001, "PageToken is required for paging.")
    return number


def _size(text: str | None, settings: SandboxSettings) -> int:
    if text is None:
        return settings.page_size
    if not text.isdecimal() or int(text[:12]) < 1:
        raise Refusal(400, 20001, f"Invalid PageSize: it must be a whole number from 1 to 1000, not {text[:40]!r}")
    return min(int(text[:12]), settings.page_size_max)


def _token(way: str, row: Row | tuple[Any, ...]) -> str:
    """Return the page token of a row; it stays valid when the row is deleted.

    Source: real tokens are `PA` and something like a SID (read 2026-11-23).
    """
    seq, sid = row[:2] if isinstance(row, tuple) else (row["seq"], row["sid"])
    return f"P{way}{sid[:2]}{seq:032x}"


def _position(token: str | None) -> tuple[bool, int | None]:
    """Return whether a page token goes backwards, and the `seq` it starts from. Source: error page 21481."""
    if token is None:
        return False, None
    match = _TOKEN.fullmatch(token)
    seq = int(match[2], 16) if match else 0
    if not match or not 0 < seq < 1 << 63:
        raise Refusal(400, 21481, "Invalid PageToken")
    return match[1] == "B", seq


def filters(call: Call, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return a list's known filters, which its page links repeat; others are ignored."""
    given = []
    for name, value in call.query:
        if name in ("PageSize", "Page", "PageToken"):
            continue
        if name in names:
            given.append((name, value))
        else:
            call.unknown(name)
    return given


def signed_url(call: Call, path: str, **about: str) -> str:
    """Return the URL of a `signed` route that works for a time without credentials, like Twilio's URLs for files."""
    query = {**about, "Account": call.account["sid"], "Expires": str(call.now + call.settings.file_ms)}
    return f"{call.origin}{path}?{urlencode({**query, 'Signature': _signature(call.account, path, query)})}"


def check_signed(account: Row | None, path: str, query: Pairs, now: int) -> Row:
    """Return the account of a signed URL.

    Raises Refusal (403 / 20403) if it was changed or has expired. Our choice: Twilio's files are on another host.
    """
    asked = dict(query)
    given, expires = asked.pop("Signature", ""), asked.get("Expires", "")
    if account is None or not hmac.compare_digest(given.encode(), _signature(account, path, asked).encode()):
        raise Refusal(403, 20403, "The address was changed after it was issued.")
    if int(expires) < now:
        raise Refusal(403, 20403, "The address is no longer valid; ask for a new one.")
    return account


def _signature(account: Row, path: str, query: Mapping[str, str]) -> str:
    signed = "&".join([path, *(f"{name}={query[name]}" for name in sorted(query))])
    return hmac.new(account["auth_token"].encode(), signed.encode(), hashlib.sha256).hexdigest()
