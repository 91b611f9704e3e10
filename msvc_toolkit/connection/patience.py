"""Repeated reads: which answers are worth another try, and how long to wait before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    import tenacity

ATTEMPTS = 5
WAIT_SECONDS = {"multiplier": 0.25, "max": 8}
"""Tenacity's arguments for a random wait that doubles."""
_Heard = Callable[[int | None], None]
_LISTENER: ContextVar[_Heard | None] = ContextVar("listener", default=None)


def patient(once: Callable[[], Any]) -> Any:
    """Run a read; repeat it on 429, 5xx and broken connections, after random waits that double.

    Returns the last answer, whatever it is; raises requests.RequestException if the last try got none.
    """
    import tenacity  # noqa: PLC0415 - 20 ms that the first form in a sandbox does not need

    return tenacity.Retrying(
        retry=_worth_another_try,
        wait=tenacity.wait_random_exponential(**WAIT_SECONDS),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        retry_error_callback=_last_word,
        before_sleep=_tell,
    )(once)


@contextmanager
def listening(heard: Callable[[int | None], None]) -> Iterator[None]:
    """Report this thread's failed tries to `heard`: their HTTP status, None if there was no answer."""
    token = _LISTENER.set(heard)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def is_passing(status: int) -> bool:
    """Return whether an HTTP status is transient (429 or 5xx)."""
    return status == 429 or status >= 500  # noqa: PLR2004 - HTTP's own numbers


def _worth_another_try(state: tenacity.RetryCallState) -> bool:
    if state.outcome is None:
        return False
    if state.outcome.failed:
        return isinstance(state.outcome.exception(), requests.RequestException)
    return is_passing(state.outcome.result().status_code)


def _tell(state: tenacity.RetryCallState) -> None:
    heard = _LISTENER.get()
    if heard is not None and state.outcome is not None:
        heard(None if state.outcome.failed else state.outcome.result().status_code)


def _last_word(state: tenacity.RetryCallState) -> Any:
    """Return the last answer, or raise the last failure."""
    assert state.outcome is not None  # noqa: S101 - tenacity calls this after a try
    return state.outcome.result()
