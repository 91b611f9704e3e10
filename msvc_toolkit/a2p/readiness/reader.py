"""Reads lists and records through the SDK's paging; a failure becomes a reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import tenacity
from twilio.base.page import Page

from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.connection.patience import ATTEMPTS, WAIT_SECONDS, is_passing
from msvc_toolkit.errors import ToolkitError, TwilioRefused, Unreachable

PAGE_SIZE = 1000
"""Twilio's largest page. Source: Twilio docs, API responses, paging; read 2026-11-23."""
_FORBIDDEN = (401, 403)
_T = TypeVar("_T")


class _Rows(Page):  # type: ignore[misc]  # the SDK is not typed
    """A page whose records stay as received, because an absent key and an empty one differ."""

    def get_instance(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, TwilioRefused):
        return is_passing(error.status)
    return isinstance(error, Unreachable)


class ListReader:
    """Reads with a connection's SDK, counts its requests, and turns whatever fails into `NotExamined`.

    Args:
        conn: The account. A live connection repeats failed reads itself; for a sandbox with faults, this class does.
        stopped: Called before each list; True leaves it unread.
    """

    def __init__(self, conn: Connection, stopped: Callable[[], bool]) -> None:
        self.calls = 0
        self._conn = conn
        self._stopped = stopped
        self._lock = threading.Lock()
        self._again = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_another_try),
            wait=tenacity.wait_random_exponential(**WAIT_SECONDS),
            stop=tenacity.stop_after_attempt(ATTEMPTS if conn.sandbox is not None else 1),
            reraise=True,
        )

    def rows(
        self, version: Any, path: str, make: Callable[[dict[str, Any]], _T], headers: dict[str, str] | None = None
    ) -> tuple[_T, ...] | NotExamined:
        """Read a list to its end: `path` below a version of a product, such as ``client.messaging.v1``."""

        def first() -> _Rows:
            return _Rows(version, version.page("GET", path, params={"PageSize": PAGE_SIZE}, headers=headers))

        def all_pages() -> tuple[_T, ...]:
            found: list[_T] = []
            page = self._ask(first)
            while page is not None:
                found += [make(row) for row in page]
                page = self._ask(page.next_page) if page.next_page_url else None
            return tuple(found)

        return self._or_why(all_pages)

    def one(self, version: Any, path: str, make: Callable[[dict[str, Any]], _T], **params: str) -> _T | NotExamined:
        """Read one record, as `rows` does."""
        return self._or_why(lambda: make(self._ask(lambda: version.fetch("GET", path, params=params))))

    def _ask(self, request: Callable[[], Any]) -> Any:
        def once() -> Any:
            with self._lock:
                self.calls += 1
            with asking():
                return request()

        return self._again(once)

    def _or_why(self, read: Callable[[], _T]) -> _T | NotExamined:
        if self._stopped():
            return NotExamined("You stopped the review before this was read.")
        try:
            return read()
        except TwilioRefused as error:
            if error.status in _FORBIDDEN:
                named = f"error {error.code}, HTTP {error.status}" if error.code else f"HTTP {error.status}"
                return NotExamined(f"These credentials may not read it ({named}).")
            return NotExamined(f"{error}")
        except ToolkitError as error:
            return NotExamined(str(error))
        except (LookupError, TypeError, ValueError, AttributeError, msgspec.ValidationError) as error:
            return NotExamined(f"Twilio's answer has a shape this review does not know ({type(error).__name__}).")
