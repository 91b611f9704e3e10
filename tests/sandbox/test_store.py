"""The store: it is made once and whole, comes back from a snapshot, and nobody else's file is touched."""

import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.storage.migrations import STEPS
from msvc_toolkit.sandbox.storage.store import SandboxStore

OPEN = """
import sys, time
from msvc_toolkit.sandbox.control.controller import open_sandbox
time.sleep(max(0, float(sys.argv[2]) - time.time()))
print(*open_sandbox(sys.argv[1], clock="manual").credentials())
"""


def start(program, *arguments):
    """Another process that runs this program."""
    words = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def everything(handle):
    """Every row of every table."""
    tables = handle.api.store.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {table["name"]: handle.api.store.all(f"SELECT * FROM {table['name']}") for table in tables}  # noqa: S608


def test_many_threads_share_one_connection(conn):
    """Sends and reads at once from ten threads: every message is there once."""

    def work():
        for _ in range(20):
            conn.client.messages.create(to="+14155550123", from_="+14155550100", body="Hi")
            conn.client.messages.list(limit=1)
            conn.sandbox.advance(0.1)

    with ThreadPoolExecutor(10) as workers:
        done = [workers.submit(work) for _ in range(10)]

    assert [future.exception() for future in done] == [None] * 10
    assert len({message.sid for message in conn.client.messages.stream(page_size=1000)}) == 200


@pytest.mark.slow
def test_kernels_that_open_a_new_store_at_once_find_one_account(tmp_path):
    """The scenario is planted once, and everybody gets the same credentials."""
    store = tmp_path / "sandbox.db"
    processes = [start(OPEN, store, time.time() + 1.5) for _ in range(6)]
    said = [process.communicate(timeout=60) for process in processes]

    assert [words for _, words in said] == [""] * 6
    assert len({out for out, _ in said}) == 1
    handle = open_sandbox(store)
    assert len(handle.api.store.all("SELECT * FROM account")) == 1
    assert len(handle.api.store.all("SELECT * FROM sender")) == 10
    handle.api.store.close()


def test_the_same_seed_gives_the_same_bytes():
    """Two sandboxes with one seed are equal in every row; another seed gives other SIDs."""

    def filled(seed):
        conn = connect_sandbox(":memory:", clock="manual", seed=seed)
        conn.client.messaging.v1.services.create("Orders")
        conn.client.messages.create(to="+14155550123", from_="+14155550100", body="Hi")
        conn.sandbox.advance(10)
        return everything(conn.sandbox)

    assert filled(3) == filled(3)
    assert filled(3)["message"][0]["sid"] != filled(4)["message"][0]["sid"]


def test_a_reset_sandbox_is_as_good_as_new(conn):
    """After reset every row is that of a fresh sandbox of the scenario."""
    fresh = everything(conn.sandbox)
    conn.client.messaging.v1.services.create("Orders")
    conn.sandbox.advance(99)

    conn.sandbox.reset()
    assert everything(conn.sandbox) == fresh
    conn.sandbox.reset("empty")
    assert conn.client.incoming_phone_numbers.list() == []


def test_a_snapshot_brings_everything_back(conn, tmp_path):
    """Restore goes back to the moment of the snapshot, and life goes on from there."""
    kept = conn.client.messaging.v1.services.create("Kept")
    conn.sandbox.snapshot(tmp_path / "deep" / "one.db")
    before = everything(conn.sandbox)
    kept.delete()
    conn.client.messaging.v1.services.create("Lost")

    conn.sandbox.restore(tmp_path / "deep" / "one.db")

    assert everything(conn.sandbox) == before
    assert [service.friendly_name for service in conn.client.messaging.v1.services.list()] == ["Kept"]


def test_what_is_no_snapshot_is_refused_and_changes_nothing(conn, tmp_path):
    """A missing file, text, and another program's database each get a sentence."""
    text = tmp_path / "text.db"
    text.write_text("no database at all, but long enough to be looked at as one" * 20)
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.execute("PRAGMA user_version = 1")
    before = everything(conn.sandbox)

    for path, said in (
        (tmp_path / "none.db", "no snapshot at"),
        (text, "cannot be read"),
        (foreign, "another program"),
    ):
        with pytest.raises(SandboxError, match=said):
            conn.sandbox.restore(path)
    assert everything(conn.sandbox) == before


def test_a_newer_store_is_refused(tmp_path):
    """A file whose schema this version does not know stays as it is."""
    path = tmp_path / "sandbox.db"
    open_sandbox(path).api.store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")

    with pytest.raises(SandboxError, match="newer msvc-toolkit"):
        SandboxStore(path)


@pytest.mark.parametrize("version", [0, 1, 99])
def test_another_programs_database_is_left_alone(tmp_path, version):
    """The file is refused with a sentence and not a byte of it changes."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()

    with pytest.raises(SandboxError, match="another program"):
        SandboxStore(path)
    assert path.read_bytes() == before


def test_what_cannot_be_a_store_is_refused_with_a_sentence(tmp_path):
    """Text, a folder, and a path below a file: each time what, where, and what to do."""
    text = tmp_path / "notes.txt"
    text.write_text("these are notes and no database" * 50)

    for path in (text, tmp_path, text / "below.db"):
        with pytest.raises(SandboxError, match=r"cannot use .* Name another file"):
            SandboxStore(path)
    assert text.read_text() == "these are notes and no database" * 50


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"scenario": "empty"}, "scenario=starter, not empty"),
        ({"seed": 8}, "seed=7, not 8"),
        ({"clock": "real"}, "clock=manual, not real"),
        ({"scenario": "busiest"}, "no scenario 'busiest'"),
        ({"clock": "stopped"}, "'real' or 'manual'"),
    ],
)
def test_a_store_is_not_taken_for_another_one(tmp_path, asked, said):
    """Asking for another scenario, seed or clock than the store has is refused; asking for none is fine."""
    path = tmp_path / "sandbox.db"
    connect_sandbox(path, clock="manual").sandbox.api.store.close()

    with pytest.raises(SandboxError, match=said):
        connect_sandbox(path, **asked)
    same = connect_sandbox(path, scenario="starter", seed=7, clock="manual")
    same.sandbox.api.store.close()


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    """What is written in one transaction is kept whole or not at all."""
    store = SandboxStore(tmp_path / "sandbox.db")

    def half():
        with store.writing():
            store.set_setting("half", "done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert store.setting("half") is None
    store.set_setting("whole", "done")
    assert store.setting("whole") == "done"
    store.close()


def test_a_snapshot_replaces_nothing_but_a_snapshot(tmp_path):
    """Another file at that path, or the store itself, is left alone with a sentence."""
    conn = connect_sandbox(tmp_path / "sandbox.db")
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")

    for path in (notes, tmp_path / "sandbox.db"):
        with pytest.raises(SandboxError, match="another name"):
            conn.sandbox.snapshot(path)
    conn.sandbox.snapshot(tmp_path / "one.db")
    conn.sandbox.snapshot(tmp_path / "one.db")

    assert notes.read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_store_and_what_lies_beside_it_are_its_owners_alone(tmp_path):
    """Whatever the umask allows: 0600 for store, -wal, -shm and snapshot, 0700 for folders; an old store is closed."""
    old = tmp_path / "old.db"
    connect_sandbox(old).sandbox.api.store.close()
    old.chmod(0o644)
    kept = connect_sandbox(tmp_path / "new" / "sandbox.db")
    again = connect_sandbox(old)
    kept.sandbox.snapshot(tmp_path / "shots" / "one.db")
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in made}
    for conn in (kept, again):
        conn.sandbox.api.store.close()

    assert {"old.db", "old.db-wal", "sandbox.db", "sandbox.db-wal", "sandbox.db-shm", "one.db"} <= set(modes)
    assert set(modes.values()) == {"0o600"}
    assert {oct((tmp_path / name).stat().st_mode & 0o777) for name in ("new", "shots")} == {"0o700"}


def test_another_programs_database_keeps_its_mode(tmp_path):
    """What is not ours is neither written nor closed to others."""
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as db:
        db.execute("CREATE TABLE theirs (x)")
    foreign.chmod(0o644)
    with pytest.raises(SandboxError, match="another program"):
        connect_sandbox(foreign)

    assert foreign.stat().st_mode & 0o777 == 0o644


def test_a_snapshot_that_cannot_be_written_is_a_sentence(conn, tmp_path):
    """A folder that cannot be made or written, and a path that is a folder: an error says so, and nothing is left behind."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "one.db", tmp_path / "folder", "/proc/one.db"):
        with pytest.raises(SandboxError, match="snapshot"):
            conn.sandbox.snapshot(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    with pytest.raises(SandboxError, match="no snapshot at"):
        conn.sandbox.restore(tmp_path / "folder")


def test_a_snapshot_leaves_its_neighbours_alone(conn, tmp_path):
    """A file of the user's beside it, whatever its name, stays."""
    for name in ("one.db.partial", "one.db.tmp", ".one.db.partial"):
        (tmp_path / name).write_text("mine")
    conn.sandbox.snapshot(tmp_path / "one.db")

    assert [(tmp_path / name).read_text() for name in ("one.db.partial", "one.db.tmp", ".one.db.partial")] == [
        "mine"
    ] * 3
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE message",
        "ALTER TABLE message DROP COLUMN price",
        "CREATE TABLE more (x)",
        "CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END",
        "PRAGMA foreign_keys = OFF; DELETE FROM account",
    ],
)
def test_a_snapshot_that_is_not_whole_is_not_restored(conn, tmp_path, harm):
    """A table, a column or the account missing, or something that was added: refused, and the sandbox stays as it was."""
    conn.sandbox.snapshot(tmp_path / "one.db")
    with closing(sqlite3.connect(tmp_path / "one.db")) as db:
        db.executescript(harm)
    before = everything(conn.sandbox)

    with pytest.raises(SandboxError, match="not a complete snapshot"):
        conn.sandbox.restore(tmp_path / "one.db")
    assert everything(conn.sandbox) == before


@pytest.mark.parametrize("hours", [1, 14, 100])
@pytest.mark.parametrize("opened", ["before", "after"])
def test_messages_go_on_when_the_machines_clock_is_set_back(tmp_path, monkeypatch, hours, opened):
    """In a running sandbox and in one that is opened afterwards: sends are taken and delivered, and time goes on."""
    real, shift = time.time_ns, [0]
    monkeypatch.setattr(time, "time_ns", lambda: real() + shift[0])
    conn = connect_sandbox(tmp_path / "sandbox.db", clock="real")
    message = {"to": "+14155550123", "from_": "+14155550100", "body": "Hi"}
    first = conn.client.messages.create(**message)
    before = conn.sandbox.now
    shift[0] = -hours * 3_600_000_000_000
    if opened == "after":
        conn.sandbox.api.store.close()
        conn = connect_sandbox(tmp_path / "sandbox.db")
    other = connect_sandbox(tmp_path / "sandbox.db")

    second = conn.client.messages.create(**message)
    shift[0] += 3_600_000_000_000
    assert [conn.client.messages(one.sid).fetch().status for one in (first, second)] == ["delivered"] * 2
    gone = (conn.sandbox.now - before).total_seconds()
    assert 3590 < gone < 3700
    assert abs((other.sandbox.now - conn.sandbox.now).total_seconds()) < 5
    for one in (conn, other):
        one.sandbox.api.store.close()


def test_a_reset_or_restored_sandbox_takes_back_the_time_it_was_given(tmp_path):
    """Only the machine's clock is made up for: an hour that was stepped ahead is gone after reset and restore."""
    conn = connect_sandbox(tmp_path / "sandbox.db", clock="real")
    begun = conn.sandbox.now
    conn.sandbox.snapshot(tmp_path / "one.db")
    for back in (conn.sandbox.reset, lambda: conn.sandbox.restore(tmp_path / "one.db")):
        conn.sandbox.advance(7200)
        assert (conn.sandbox.now - begun).total_seconds() > 7000
        back()
        assert (conn.sandbox.now - begun).total_seconds() < 600
    conn.sandbox.api.store.close()


def test_every_service_setting_has_a_column():
    """A setting added to the table of settings needs a step of the schema that adds its column."""
    store = SandboxStore(":memory:")
    columns = {row["name"]: row["type"] for row in store.all("SELECT name, type FROM pragma_table_info('service')")}
    store.close()

    assert {setting.name: columns.get(setting.name) for setting in SETTINGS} == {
        setting.name: "INTEGER" if setting.kind in ("flag", "seconds") else "TEXT" for setting in SETTINGS
    }


def test_a_store_that_cannot_be_written_now_is_a_sentence(tmp_path, monkeypatch):
    """As when another program holds it too long, or the disk is full; the same request works afterwards."""
    monkeypatch.setattr("msvc_toolkit.sandbox.storage.database.BUSY_SECONDS", 0)
    conn = connect_sandbox(tmp_path / "sandbox.db", clock="manual")
    services = conn.client.messaging.v1.services
    with closing(sqlite3.connect(tmp_path / "sandbox.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            SandboxError, match=r"sandbox\.db cannot be used \(database is locked\); nothing was changed"
        ):
            services.create("Orders")
    assert services.list() == []
    assert services.create("Orders").friendly_name == "Orders"
    conn.sandbox.api.store.close()
