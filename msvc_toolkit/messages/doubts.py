"""Sends whose outcome is unknown, stored until it is known.

A record is written before the request leaves, so it remains if the kernel dies meanwhile. It holds no text
and no whole number: a draft is named by a keyed hash. Records are files that only their owner can read; those of a
sandbox in memory end with it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import ToolkitError, recording
from msvc_toolkit.messages.model import MessageDraft
from msvc_toolkit.private.home import home
from msvc_toolkit.private.private_files import write_private_file
from msvc_toolkit.rules import addresses

KEPT_SECONDS = 7 * 86_400
"""How long a settled doubt is kept, so that other forms and kernels learn of it."""
FOLDER = "unknown-sends"
_KEY_LENGTH = 64
_THEN = "nothing was sent this time. If nothing was sent from here before, MSVC_HOME can name another folder"


@dataclass(frozen=True)
class Doubt:
    """A send that got no readable answer, or is waiting for one."""

    id: str  # its own name
    draft: str  # the keyed hash of the draft
    to: str  # the recipient, masked
    begun: datetime  # when the request was about to leave, by the account's clock
    # SIDs of the messages that the recipient had been sent before; None when the log could not be read
    known: tuple[str, ...] | None
    shared: bool = False  # whether another program had sent the recipient the same text shortly before
    # the message that was new in the log when the answer failed to come; empty when there was not just one
    likely: str = ""
    sid: str = ""  # the SID of the message it became; empty while it is open
    noted: float = 0.0  # when it was written last, in seconds since 1970


class Doubts:
    """The doubts of one account, and the drafts this process has sent; without a folder they are kept in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, Doubt] = {}
        self._sent: dict[str, dict[str, float]] = {}
        self._turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._secret = secrets.token_bytes(32) if folder is None else b""  # that of a folder is read when it is needed

    def key(self, draft: MessageDraft) -> str:
        """Return a draft's keyed hash: equal drafts have equal hashes, and a hash reveals nothing.

        Raises:
            ToolkitError: The key of the hashes cannot be read.
        """
        if self._folder is not None and not self._secret:
            self._secret = _secret(self._folder.parent)
        whole = json.dumps(draft.params(), default=str, sort_keys=True)
        return hmac.new(self._secret, whole.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def turn(self, key: str) -> threading.Lock:
        """Return the lock that allows only one send of a draft at a time."""
        with self._lock:
            return self._turns.setdefault(key, threading.Lock())

    def begin(self, key: str, to: str, begun: datetime, known: tuple[str, ...] | None, *, shared: bool) -> Doubt:
        """Write a record of a send that is about to leave; it is on the disk when this returns.

        Raises:
            ToolkitError: It cannot be written.
        """
        doubt = Doubt(secrets.token_hex(8), key, addresses.mask(to), begun, known, shared, noted=time.time())
        if self._folder is None:
            self._held[doubt.id] = doubt
        else:
            with recording(self._folder, _THEN):
                self._write(doubt, force=True)
        return doubt

    def keep(self, doubt: Doubt, **changed: Any) -> Doubt:
        """Write a changed record."""
        doubt = replace(doubt, **changed, noted=time.time())
        if self._folder is not None:
            with suppress(OSError):
                self._write(doubt)
                return doubt
        self._held[doubt.id] = doubt  # if it cannot be written, others know it as it began: they send nothing
        return doubt

    def _write(self, doubt: Doubt, *, force: bool = False) -> None:
        assert self._folder is not None  # noqa: S101 - checked by the callers
        content = json.dumps(asdict(doubt), default=str).encode()
        write_private_file(self._folder / f"{doubt.id}.json", content, force=force)

    def drop(self, doubt: Doubt) -> None:
        """Remove a record: its request was answered."""
        self._held.pop(doubt.id, None)
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / f"{doubt.id}.json").unlink()

    def settle(self, doubts: list[Doubt], key: str, sid: str) -> None:
        """Record that a draft was sent as this message, which settles its doubts."""
        for doubt in doubts:
            self.keep(doubt, sid=sid)
        self._sent.setdefault(key, {})[sid] = time.time()

    def open(self, key: str | None = None) -> list[Doubt]:
        """Return the open doubts, oldest first; only those about one draft if it is given.

        Raises:
            ToolkitError: A record cannot be read.
        """
        return [doubt for doubt in self._all() if not doubt.sid and key in (None, doubt.draft)]

    def sent(self, key: str, since: float = 0.0) -> dict[str, float]:
        """Return the SIDs under which a draft is known to be sent since a time, in seconds since 1970."""
        settled = {doubt.sid: doubt.noted for doubt in self._all() if doubt.sid and doubt.draft == key}
        return {sid: at for sid, at in (settled | self._sent.get(key, {})).items() if at > since}

    def _all(self) -> list[Doubt]:
        found = {}
        for path in self._folder.glob("*.json") if self._folder is not None else ():
            try:
                found[path.stem] = _read(path)
            except FileNotFoundError:  # removed meanwhile
                continue
            except (OSError, ValueError, TypeError, KeyError):
                raise ToolkitError(
                    f"{path} cannot be read. It records a send without an answer, and nothing is sent until that is clear: "
                    "look in Twilio's log whether it was sent, then delete this file."
                ) from None
        found |= self._held
        for doubt in [doubt for doubt in found.values() if doubt.sid and doubt.noted < time.time() - KEPT_SECONDS]:
            self.drop(doubt)
        return sorted(found.values(), key=lambda doubt: (doubt.begun, doubt.noted))


def doubts_of(conn: Connection) -> Doubts:
    """Return the doubts of a connection's account."""
    if not conn.folder_name:
        return _IN_MEMORY.setdefault(conn.sandbox, Doubts(None))
    return _in_folder(home() / FOLDER / conn.folder_name)


_IN_MEMORY: WeakKeyDictionary[Any, Doubts] = WeakKeyDictionary()
_IN_FOLDERS: dict[Path, Doubts] = {}
"""One of each folder, as forms and threads share its locks."""


def _in_folder(folder: Path) -> Doubts:
    return _IN_FOLDERS.setdefault(folder, Doubts(folder))


def _secret(folder: Path) -> bytes:
    """Return the key of this data folder's hashes, created if it is missing. Another key would recognize no earlier send."""
    path = folder / "key"
    with recording(path, _THEN):
        if not path.exists():
            write_private_file(path, secrets.token_hex(_KEY_LENGTH // 2).encode(), force=True, keeps_existing=True)
        for _ in range(100):
            if len(key := path.read_bytes()) == _KEY_LENGTH:
                return key
            time.sleep(0.01)  # another process is writing it, on a file system without hard links
    raise ToolkitError(
        f"{path} is damaged, so what was sent before cannot be recognized, and could be sent twice. Nothing was sent this "
        "time. Restore that file, or delete it if no list and no send is unfinished."
    )


def _read(path: Path) -> Doubt:
    read = json.loads(path.read_text(encoding="utf-8"))
    read["begun"] = datetime.fromisoformat(read["begun"]).astimezone(UTC)
    read["known"] = None if read["known"] is None else tuple(read["known"])
    return Doubt(**read)
