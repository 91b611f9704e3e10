"""Files as streams of bytes: packed files are unpacked up to a limit, and files without text are refused by name."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

MAX_BYTES = 2_000_000_000
"""How many bytes a file may unpack to. Our limit: about ten million messages without bodies."""
MAX_ROWS = 10_000_000
"""How many rows a file may have. Our limit: import more rows from Parquet, month by month."""
SAMPLE = 1 << 18
"""How many bytes of a file are read to recognize its format."""
_BUFFER = 1 << 20
_HIDDEN = re.compile(r"^__MACOSX/|(^|/)\.[^/]*$")  # what a Mac puts into a zip
_DEPTH = 3  # of what is packed in what is packed

SPREADSHEET = "it is a spreadsheet; in Excel or Sheets, save it as CSV UTF-8 and import that file"
_MAGIC = {
    b"\xd0\xcf\x11\xe0": SPREADSHEET,
    b"BZh": "it is packed with bzip2; unpack it first, or pack it with gzip or zip",
    b"\xfd7zXZ": "it is packed with xz; unpack it first, or pack it with gzip or zip",
    b"\x28\xb5\x2f\xfd": "it is packed with zstd; unpack it first, or pack it with gzip or zip",
    b"7z\xbc\xaf": "it is a 7-Zip archive; unpack it first, or pack it with gzip or zip",
    b"Rar!": "it is a RAR archive; unpack it first, or pack it with gzip or zip",
    b"%PDF": "it is a PDF; export the messages as CSV or JSON",
    b"SQLite format 3": "it is an SQLite database; export its table of messages as CSV",
    b"Obj\x01": "it is Avro; export it as JSON lines, CSV or Parquet",
    b"ORC": "it is ORC; export it as Parquet, CSV or JSON lines",
    b"ARROW1": "it is an Arrow file; save it as Parquet",
}
"""The first bytes of files that are not read, and what to do instead."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Unreadable(ValueError):
    """Nothing can be read from a file; the text says why and what to do."""


@dataclass
class Source:
    """One file, or one within a zip: its first `SAMPLE` bytes, how to open it unpacked, its path unless packed."""

    name: str
    head: bytes
    open: Callable[[], IO[bytes]]
    path: Path | None = None
    encoding: str = "utf-8"
    odd_bytes: int = 0

    def text(self) -> io.TextIOWrapper:
        """Open it as text; bytes that are not UTF-8 are read as Windows-1252 and counted."""
        self.odd_bytes = 0
        codecs.register_error("msvc-windows-1252", self._odd)
        return io.TextIOWrapper(self.open(), encoding=self.encoding, errors="msvc-windows-1252", newline="")

    def seekable(self) -> IO[bytes]:
        """Open it for readers that seek."""
        if self.path:
            return self.path.open("rb")
        with self.open() as file:
            return io.BytesIO(file.read())

    def sample(self) -> str:
        """Return the beginning of its text."""
        codecs.register_error("msvc-windows-1252", self._odd)
        return codecs.getincrementaldecoder(self.encoding)("msvc-windows-1252").decode(self.head)

    def _odd(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        if self.encoding not in ("utf-8", "utf-8-sig"):
            return "\ufffd", error.end
        self.odd_bytes += error.end - error.start
        return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


def sources(path: Path, max_bytes: int) -> Iterator[Source]:
    """Return what a path holds: itself, unpacked, or each file in a zip.

    Raises:
        Unreadable: It is empty, damaged, or a kind of file that is not read.
    """
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods", ".numbers"):
        raise Unreadable(SPREADSHEET)
    found = 0
    for source in _unpacked(path.name, lambda: path.open("rb"), Bound(max_bytes), path, _DEPTH):
        found += 1
        yield source
    if not found:
        raise Unreadable("it contains no file")


def _unpacked(
    name: str, opened: Callable[[], IO[bytes]], bound: Bound, path: Path | None, depth: int
) -> Iterator[Source]:
    with opened() as file:
        head = file.read(SAMPLE)
    if not head:
        raise Unreadable("it is empty (0 bytes)")
    if refusal := next((words for magic, words in _MAGIC.items() if head.startswith(magic)), None):
        raise Unreadable(refusal)
    if head[257:262] == b"ustar":
        raise Unreadable("it is a tar archive; unpack it first, and import the folder")
    if head.startswith(b"\x1f\x8b") and depth:
        yield from _unpacked(name, lambda: cast("IO[bytes]", _Gunzipped(opened())), bound, None, depth - 1)
    elif head.startswith(b"PK\x03\x04") and depth:
        with opened() as file, zipfile.ZipFile(file) as packed:
            members = [one for one in packed.infolist() if not one.is_dir() and not _HIDDEN.search(one.filename)]
            if any(one.filename in ("[Content_Types].xml", "mimetype") for one in members):
                raise Unreadable(SPREADSHEET)
            if any(one.flag_bits & 1 for one in members):
                raise Unreadable("it is a zip with a password; unpack it first, and import what is in it")
            for one in members:
                inside = f"{name}/{one.filename}" if len(members) > 1 else name
                yield from _unpacked(inside, lambda one=one: packed.open(one), bound, None, depth - 1)  # type: ignore[misc]
    else:
        bound.check(0)
        yield Source(name, head, lambda: io.BufferedReader(_Counted(opened(), bound), _BUFFER), path, _encoding(head))  # type: ignore[type-var] # a RawIOBase is what it wants


def _encoding(head: bytes) -> str:
    """Return the encoding by the byte order mark or the place of zero bytes; otherwise UTF-8."""
    if found := next((name for mark, name in _MARKS.items() if head.startswith(mark)), None):
        return found
    even, odd = head[0:400:2].count(0), head[1:400:2].count(0)
    if max(even, odd) * 3 > len(head[:400]) and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return "utf-8"


class Bound:
    """Counts the bytes that a file unpacks to, up to a limit."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self._read = max_bytes, 0

    def check(self, more: int) -> None:
        """Count bytes.

        Raises:
            Unreadable: There are too many.
        """
        self._read += more
        if self._read > self.max_bytes:
            sentence = f"it unpacks to more than {self.max_bytes:,} bytes"
            raise Unreadable(f"{sentence}; if you trust it, import it with a larger max_bytes")


class _Gunzipped(gzip.GzipFile):
    """A gzip file that closes what it reads from."""

    def __init__(self, packed: IO[bytes]) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


class _Counted(io.RawIOBase):
    def __init__(self, inner: IO[bytes], bound: Bound) -> None:
        self._inner, self._bound = inner, bound

    def readable(self) -> bool:
        return True

    def readinto(self, room: bytearray) -> int:  # type: ignore[override]
        data = self._inner.read(len(room))
        self._bound.check(len(data))
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()
