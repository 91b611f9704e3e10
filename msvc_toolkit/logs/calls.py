"""Pull the message log of an account, and keep it in a folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.engine import add_up_days
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.storage.store import Store, open_store
from msvc_toolkit.logs.time_zones import Moment, read_moment
from msvc_toolkit.private.arguments import Progress, also_called, reporting

if TYPE_CHECKING:
    from msvc_toolkit.connection import Connection

RETENTION = timedelta(days=400)
"""How long Twilio keeps messages, unless the account is set to less. Source: message log retention, read 2026-11-23."""
WINDOW = timedelta(days=30)
"""How far back a pull goes by default."""


@also_called(stopped="cancelled", store="folder")
def pull_logs(
    conn: Connection,
    folder: str | Path,
    since: Moment | None = None,
    until: Moment | None = None,
    *,
    bodies: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Log:
    """Pull an account's messages into a folder, or bring an existing log up to date.

    It reads the missing parts of the window. It also reads days again that have rows without a final status or price. It may be
    stopped or killed at any time: the log still opens, and the next pull continues from the same page. If a million
    messages or more are new, it also stores the sums that most questions need.

    Args:
        conn: The account.
        folder: Where the log is kept; it is made if it is missing.
        since: Start of the window, by when messages were created; 30 days ago when not given. A day, or a time without
            a zone, is UTC.
        until: End of the window, excluded; now when not given.
        bodies: Keep the bodies. Otherwise only keyword, encoding and template are kept, which are worked out from them.
        progress: Called with how much is done, of how much, and a sentence, by several threads in turn.
        cancelled: Called before every page; True stops the pull.

    Returns:
        The log, with its certificate.

    Raises:
        InvalidInput: The window is empty, or the folder is in use or belongs to another account.
        TwilioRefused: The credentials may not read the list.
        Unreachable: Nothing could be read.

    Example:
        >>> import tempfile
        >>> from msvc_toolkit.entry import connect
        >>> conn = connect("sandbox", store=":memory:", clock="manual")
        >>> pull_logs(conn, tempfile.mkdtemp(), "2026-01-01").certificate.rows
        0
    """
    from msvc_toolkit.logs.pull.pull import Pull, PullRequest  # noqa: PLC0415 - a log is opened without the SDK

    now = conn.now.astimezone(UTC)
    end = min(_aware("until", until), now) if until is not None else now
    begin = _aware("since", since) if since is not None else _midnight((end - WINDOW).date())
    edge = _midnight((now - RETENTION).date())
    if begin >= now:
        sentence = f"The window begins at {begin:%Y-%m-%d %H:%M} UTC, which is in the future."
        raise InvalidInput([Problem("since", sentence)])
    if begin >= end:
        raise InvalidInput([Problem("until", "The window ends before it begins; swap since and until.")])
    if end <= edge:
        sentence = f"Twilio keeps messages for 400 days, and all before {edge:%Y-%m-%d} are gone."
        raise InvalidInput([Problem("until", sentence)])
    store = Store(Path(folder).expanduser())
    with store.locked():
        if store.state.account_sid not in ("", conn.account_sid):
            sentence = "This folder keeps the log of another account. Choose another folder, one for each account."
            raise InvalidInput([Problem("folder", sentence)])
        if store.state.by_date_sent:
            sentence = "This log was imported from files without date_created. Pull into a folder of its own."
            raise InvalidInput([Problem("folder", sentence)])
        if begin < edge:
            note = f"Twilio keeps messages for 400 days, so nothing before {edge:%Y-%m-%d} could be read"
            store.state = store.state.noted([note])
        request = PullRequest(max(begin, edge), end, now, bodies, reporting(progress), cancelled or (lambda: False))
        Pull(conn, store, request).run()
    if not request.cancelled():
        add_up_days(store, lambda done, of: request.progress(done, of, f"Adding up: {done:,} of {of:,} messages."))
    return open_logs(folder)


@also_called(store="folder")
def open_logs(folder: str | Path) -> Log:
    """Open a log that was pulled or imported.

    Raises:
        InvalidInput: There is no log in that folder.
    """
    return Log(open_store(folder))


def check_logs(folder: str | Path) -> Log:
    """Open a log and compare every file with the checksum it was written with; opening alone compares sizes and counts.

    A file that differs is set aside in the log's folder, the certificate names its day, and the next pull reads it again.

    Raises:
        InvalidInput: There is no log in that folder.
    """
    store = open_store(folder)
    store.check()
    return Log(store)


def _aware(name: str, given: Moment) -> datetime:
    moment = read_moment(given, "UTC", name)
    assert moment is not None  # noqa: S101 - it is given
    return moment.replace(tzinfo=UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
