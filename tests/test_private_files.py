"""What is made belongs to its owner alone, whatever the umask allows."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from msvc_toolkit.private import wal
from msvc_toolkit.private.home import home
from msvc_toolkit.private.private_files import (
    close_to_others,
    make_private_file,
    make_private_folder,
    open_private_file,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")


def mode(path):
    """The rights of a file or folder, as chmod has them."""
    return oct(path.stat().st_mode & 0o777)


def test_folders_that_are_made_are_private_and_others_stay(tmp_path):
    """Every folder that was missing is 0700; the one that was there keeps its mode."""
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "a" / "b")
    make_private_folder(tmp_path / "a" / "b")

    assert [mode(tmp_path), mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == ["0o755", "0o700", "0o700"]


def test_a_file_is_private_and_keeps_what_it_holds(tmp_path):
    """A new file is 0600; an old one that others could read is closed to them and not emptied."""
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_text("kept")
    old.chmod(0o644)
    make_private_file(new)
    make_private_file(old)
    with open_private_file(tmp_path / "written", "w", encoding="utf-8") as file:
        file.write("é")

    assert {mode(path) for path in tmp_path.iterdir()} == {"0o600"}
    assert (old.read_text(), (tmp_path / "written").read_text(encoding="utf-8")) == ("kept", "é")


def test_closing_takes_rights_and_gives_none(tmp_path, monkeypatch):
    """A folder keeps its owner's rights alone, a read-only file stays read-only, what is not there or cannot be is no error."""
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir(mode=0o755)
    file.touch()
    file.chmod(0o444)
    for path in (folder, file, tmp_path / "missing"):
        close_to_others(path)

    assert (mode(folder), mode(file)) == ("0o700", "0o400")

    def read_only(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    folder.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", read_only)
    close_to_others(folder)
    assert mode(folder) == "0o755"


def test_only_a_switch_of_another_connection_is_waited_for(tmp_path, monkeypatch):
    """A database that cannot be written raises at once, and is not tried again for a minute."""
    monkeypatch.setattr(wal.time, "sleep", lambda _: pytest.fail("it waits"))
    sqlite3.connect(tmp_path / "kept.db").close()
    with (
        closing(sqlite3.connect(f"{(tmp_path / 'kept.db').as_uri()}?mode=ro", uri=True)) as db,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        wal.use_wal(db, 60)


def test_the_data_folder_stays_where_it_is_when_a_kernel_goes_elsewhere(tmp_path, monkeypatch):
    """A relative MSVC_HOME is one folder, whatever the current folder is later."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSVC_HOME", f"kept-{tmp_path.name}")
    before = home()
    monkeypatch.chdir("elsewhere")

    assert home() == before == tmp_path / f"kept-{tmp_path.name}"
