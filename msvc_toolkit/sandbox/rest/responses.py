"""Responses: date formats, list envelopes and the error body.

Source: Twilio API responses; recorded answers (read 2026-11-23).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from msvc_toolkit.sandbox.faults import AppliedFault
from msvc_toolkit.sandbox.rest.errors import Refusal

_UNAUTHORIZED = 401
"""Many clients log in only after this status and a WWW-Authenticate header. Source: RFC 9110, section 15.5.2."""
MORE_INFO = "https://www.twilio.com/docs/errors/"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = date(1970, 1, 1)
_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440))


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int  # HTTP status
    body: bytes = b""  # the body, as the client should receive it
    headers: dict[str, str] = field(default_factory=dict)
    strike: AppliedFault | None = None  # the injected transport fault, which the HTTP layer or the client applies


@dataclass(frozen=True)
class ListPage:
    """Rows of a list, as dicts or as tuples of the requested columns, and the positions of this and the neighbouring pages."""

    rows: list[Any]
    size: int
    number: int
    next_token: str | None
    previous_token: str | None
    token: str | None = None


def iso(ms: int | None) -> str | None:
    """Write a time as the product APIs do: `2015-07-30T20:12:31Z`."""
    if ms is None:
        return None
    days, second = divmod(ms // 1000, 86_400)
    return f"{_iso_day(days)}T{_MINUTES[second // 60]}:{second % 60:02}Z"


def rfc2822(ms: int | None) -> str | None:
    """Write a time as the 2010 API does: `Thu, 24 Aug 2023 05:01:45 +0000`."""
    if ms is None:
        return None
    days, second = divmod(ms // 1000, 86_400)
    return f"{_rfc_day(days)} {_MINUTES[second // 60]}:{second % 60:02} +0000"


@lru_cache(maxsize=512)
def _iso_day(days: int) -> str:
    return (_EPOCH + timedelta(days)).isoformat()


@lru_cache(maxsize=512)
def _rfc_day(days: int) -> str:
    day = _EPOCH + timedelta(days)
    return f"{_DAYS[day.weekday()]}, {day.day:02} {_MONTHS[day.month - 1]} {day.year}"


def columns(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields of an answer that equal the columns of the same name."""
    return {name: row[name] for name in names}


def answer(status: int, payload: object) -> Response:
    """Answer with JSON, with Twilio's spacing."""
    return Response(status, json.dumps(payload).encode())


def redirect(address: str) -> Response:
    """Redirect to the address of a file, as Twilio does."""
    response = answer(307, {"redirect_to": address})
    response.headers["Location"] = address
    return response


def refuse(refusal: Refusal) -> Response:
    """Answer with Twilio's error body."""
    body = {
        "code": refusal.code,
        "message": refusal.message,
        "more_info": f"{MORE_INFO}{refusal.code}",
        "status": refusal.status,
    }
    response = answer(refusal.status, body)
    if refusal.status == _UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def list_v1(
    url: str, key: str, page: ListPage, filters: list[tuple[str, str]], items: list[dict[str, Any]]
) -> Response:
    """Answer with a page in the product APIs' envelope; its URLs are absolute."""

    def link(number: int, token: str | None) -> str:
        return f"{url}?{_query(page.size, number, token, filters)}"

    meta = {
        "page": page.number,
        "page_size": page.size,
        "first_page_url": link(0, None),
        "previous_page_url": link(page.number - 1, page.previous_token) if page.previous_token else None,
        "url": link(page.number, page.token),
        "next_page_url": link(page.number + 1, page.next_token) if page.next_token else None,
        "key": key,
    }
    return answer(200, {"meta": meta, key: items})


def list_2010(
    path: str, key: str, page: ListPage, filters: list[tuple[str, str]], items: list[dict[str, Any]]
) -> Response:
    """Answer with a page in the 2010 API's flat envelope; its URIs are relative."""
    return list_written(path, key, page, filters, [json.dumps(item) for item in items])


def list_written(path: str, key: str, page: ListPage, filters: list[tuple[str, str]], items: list[str]) -> Response:
    """Answer with a page of items that are already JSON, in the envelope of `list_2010`."""

    def link(number: int, token: str | None) -> str:
        return json.dumps(f"{path}?{_query(page.size, number, token, filters)}")

    start = page.number * page.size
    before = link(page.number - 1, page.previous_token) if page.previous_token else "null"
    after = link(page.number + 1, page.next_token) if page.next_token else "null"
    body = (
        f'{{"first_page_uri": {link(0, None)}, "end": {start + max(len(items) - 1, 0)}, '
        f'"previous_page_uri": {before}, "{key}": [{", ".join(items)}], "uri": {link(page.number, page.token)}, '
        f'"page_size": {page.size}, "start": {start}, "next_page_uri": {after}, "page": {page.number}}}'
    )
    return Response(200, body.encode())


def _query(size: int, number: int, token: str | None, filters: list[tuple[str, str]]) -> str:
    pairs = [*filters, ("PageSize", str(size)), ("Page", str(number))]
    if token:
        pairs.append(("PageToken", token))
    return urlencode(pairs, quote_via=quote)
