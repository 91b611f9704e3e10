"""How answers look on the wire: two dates, two list envelopes, one error body.

Source: Twilio API responses; recorded answers (read 2026-11-23).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from msvc_toolkit.sandbox.refusal import Refusal
from msvc_toolkit.sandbox.store import Row

MORE_INFO = "https://www.twilio.com/docs/errors/"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Rows of a list and where its neighbours start."""

    rows: list[Row]
    size: int
    number: int
    next_token: str | None
    previous_token: str | None


def iso(ms: int | None) -> str | None:
    """Write a moment as the product APIs do: `2015-07-30T20:12:31Z`."""
    return None if ms is None else _iso(ms // 1000)


def rfc2822(ms: int | None) -> str | None:
    """Write a moment as the 2010 API does: `Thu, 24 Aug 2023 05:01:45 +0000`."""
    return None if ms is None else _rfc2822(ms // 1000)


@lru_cache(maxsize=4096)
def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def _rfc2822(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year} {moment:%H:%M:%S} +0000"


def answer(status: int, payload: object) -> Response:
    """Answer with JSON, spaced as Twilio spaces it."""
    return Response(status, json.dumps(payload).encode())


def refuse(refusal: Refusal) -> Response:
    """Answer with Twilio's error body."""
    body = {
        "code": refusal.code,
        "message": refusal.message,
        "more_info": f"{MORE_INFO}{refusal.code}",
        "status": refusal.status,
    }
    return answer(refusal.status, body)


def list_v1(url: str, key: str, page: Page, filters: list[tuple[str, str]], items: list[dict[str, Any]]) -> Response:
    """Answer with a page in the product APIs' envelope; its URLs are absolute."""

    def link(number: int, token: str | None) -> str:
        return f"{url}?{_query(page.size, number, token, filters)}"

    meta = {
        "page": page.number,
        "page_size": page.size,
        "first_page_url": link(0, None),
        "previous_page_url": link(page.number - 1, page.previous_token) if page.previous_token else None,
        "url": link(page.number, None),
        "next_page_url": link(page.number + 1, page.next_token) if page.next_token else None,
        "key": key,
    }
    return answer(200, {"meta": meta, key: items})


def list_2010(path: str, key: str, page: Page, filters: list[tuple[str, str]], items: list[dict[str, Any]]) -> Response:
    """Answer with a page in the 2010 API's flat envelope; its URIs are relative."""

    def link(number: int, token: str | None) -> str:
        return f"{path}?{_query(page.size, number, token, filters)}"

    start = page.number * page.size
    return answer(
        200,
        {
            "first_page_uri": link(0, None),
            "end": start + max(len(items) - 1, 0),
            "previous_page_uri": link(page.number - 1, page.previous_token) if page.previous_token else None,
            key: items,
            "uri": link(page.number, None),
            "page_size": page.size,
            "start": start,
            "next_page_uri": link(page.number + 1, page.next_token) if page.next_token else None,
            "page": page.number,
        },
    )


def _query(size: int, number: int, token: str | None, filters: list[tuple[str, str]]) -> str:
    pairs = [*filters, ("PageSize", str(size)), ("Page", str(number))]
    if token:
        pairs.append(("PageToken", token))
    return urlencode(pairs, quote_via=quote)
