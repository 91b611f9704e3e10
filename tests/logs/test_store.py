"""The kept log: one row a message in its newest state, whatever happens to the process or to a file."""

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.aggregates import engine
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.pages import ARRIVED
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.logs.storage.store import Store, open_store
from msvc_toolkit.rules.statuses import ORDER

NOON = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - naive UTC is what is kept


def rows(*messages):
    """Messages as they are kept; what one does not say is as in an ordinary delivered text."""
    usual = {
        "sid": "SM1",
        "date_created": NOON,
        "date_updated": NOON,
        "direction": "outbound-api",
        "status": "delivered",
        "price_e5": 750,
    }
    return derive(pa.Table.from_pylist([{**usual, **one} for one in messages], schema=ARRIVED))


def filled(folder, *parts, compact=True):
    """A log into which these parts were written one after the other."""
    store = Store(folder)
    with store.locked():
        for part in parts:
            store.add(part)
        if compact:
            store.compact()
    return Store(folder)


def held(store):
    """The status of each message, and how often there is one."""
    table = store.relation().to_arrow_table()
    assert table.schema.names == SCHEMA.names
    return sorted(zip(table["sid"].to_pylist(), table["status"].to_pylist(), strict=True))


STATES = st.tuples(
    st.sampled_from(["SM1", "SM2", "SM3", "SM4"]), st.integers(0, 3), st.sampled_from(["sent", "delivered", "failed"])
)


@pytest.mark.slow
@settings(deadline=None, max_examples=10)
@given(st.lists(st.lists(STATES, min_size=1, max_size=4) | st.just("compact"), max_size=8))
def test_each_message_is_there_once_in_its_newest_state(tmp_path_factory, acts):
    """However states come in and whenever the days are tidied: the newest wins; of one second, the later status, then what was read later."""
    folder, newest = tmp_path_factory.mktemp("log"), {}
    store = Store(folder)
    with store.locked():
        for act in acts:
            if act == "compact":
                store.compact()
                continue
            for sid, seconds, status in act:  # each by itself, for within one write there is no later
                created, updated = NOON + timedelta(days=int(sid[2])), NOON + timedelta(days=9, seconds=seconds)
                store.add(rows({"sid": sid, "date_created": created, "date_updated": updated, "status": status}))
                state = (seconds, ORDER[status])
                if sid not in newest or newest[sid][0] <= state:
                    newest[sid] = (state, status)
        store.look()
        before = held(store)
        store.compact()

    wanted = sorted((sid, status) for sid, (_, status) in newest.items())
    assert before == held(store) == wanted
    assert [len(day.files) for day in store.days.values()] == [1] * len(newest)
    assert store.certificate.rows == len(newest)


def test_every_file_has_the_columns_of_a_kept_log(tmp_path):
    """Name, type and order, also after the days were tidied; no empty folder is left by a log without messages."""
    store = filled(tmp_path / "log", rows({}, {"sid": "SM2", "date_created": NOON + timedelta(days=1)}))

    assert [pq.read_schema(path).remove_metadata() for day in store.days.values() for path in day.files] == [
        SCHEMA,
        SCHEMA,
    ]
    assert list(store.days) == [date(2026, 1, 5), date(2026, 1, 6)]
    assert filled(tmp_path / "none").relation().to_arrow_table().schema.names == SCHEMA.names


def test_a_kill_while_a_day_is_tidied_leaves_one_truth(tmp_path):
    """Files that were to be deleted after a new base are void, should they still be there."""
    folder = tmp_path / "log"
    late = {"date_updated": NOON, "status": "delivered"}
    filled(folder, rows({"status": "sent"}), rows(late), compact=False)
    shutil.copytree(folder, tmp_path / "before")
    filled(folder)
    for path in (tmp_path / "before").glob("day=*/delta-*"):
        shutil.copy(path, folder / path.parent.name / path.name)
    (folder / "day=2026-01-05" / ".base-1.parquet.part").write_bytes(b"half")

    store = open_store(folder)

    assert held(store) == [("SM1", "delivered")]
    assert [day.is_dirty for day in store.days.values()] == [False]


def test_a_fingerprint_tells_whether_a_day_changed(tmp_path):
    """It stays while the day does, and another day's change leaves it."""
    folder = tmp_path / "log"
    first = filled(folder, rows({}, {"sid": "SM2", "date_created": NOON + timedelta(days=1)}))
    before = {day: one.fingerprint for day, one in first.days.items()}
    again = filled(folder)
    assert {day: one.fingerprint for day, one in again.days.items()} == before

    changed = filled(folder, rows({"status": "failed", "date_updated": NOON + timedelta(hours=1)}))

    after = {day: one.fingerprint for day, one in changed.days.items()}
    assert after[date(2026, 1, 5)] != before[date(2026, 1, 5)]
    assert after[date(2026, 1, 6)] == before[date(2026, 1, 6)]


@pytest.mark.parametrize("damage", [b"", b"nothing of a log at all", "half"])
@pytest.mark.parametrize("tidied", [True, False])
def test_a_damaged_file_costs_its_day_and_no_more(tmp_path, damage, tidied):
    """The day is left out and named with the file; the rest is there."""
    folder = tmp_path / "log"
    store = filled(folder, rows({}, {"sid": "SM2", "date_created": NOON + timedelta(days=1)}), compact=tidied)
    [path] = store.days[date(2026, 1, 5)].files
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == "half" else damage)

    log = open_store(folder)

    assert held(log) == [("SM2", "delivered")]
    told = log.certificate
    assert told.rows == 1
    assert any(path.name in note and "2026-01-05 is left out" in note for note in told.notes)


def test_what_was_kept_as_parquet_before_its_day_was_tidied_counts(tmp_path):
    """Later files were Parquet once; what a pull of then had left is there, and is tidied like any other."""
    filled(tmp_path, rows({"status": "sent"}))
    late = tmp_path / "day=2026-01-05" / f"delta-{9 * 10**18:020d}.parquet"
    pq.write_table(rows({"status": "delivered", "date_updated": NOON + timedelta(hours=1)}), late)

    assert held(open_store(tmp_path)) == [("SM1", "delivered")]
    assert not late.exists()


def test_two_writers_are_one_too_many(tmp_path):
    """The second is told so; reading goes on, and afterwards writing is free again."""
    folder = tmp_path / "log"
    filled(folder, rows({"status": "sent"}))
    with Store(folder).locked():
        with pytest.raises(InvalidInput, match="Another pull or import"), Store(folder).locked():
            pass
        assert held(open_store(folder)) == [("SM1", "sent")]
    with Store(folder).locked():
        pass


@pytest.mark.parametrize("name", ["nothing", "empty", "file"])
def test_where_no_log_is(tmp_path, name):
    """A folder that is none, or holds none, is named, and how to fill it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")

    with pytest.raises(InvalidInput, match=f"no log in .*{name}.*pull_logs"):
        open_store(tmp_path / name)


@pytest.mark.parametrize("record", ["", "{", "[]", '{"covered": 1}', '{"covered": [], "read_at": "yesterday"}'])
def test_a_lost_record_loses_no_message(tmp_path, record):
    """The rows stay, nothing counts as complete, and it is said."""
    folder = tmp_path / "log"
    filled(folder, rows({}))
    (folder / "log.json").write_text(record)

    told = open_store(folder).certificate

    assert (told.rows, told.complete_up_to) == (1, None)
    assert "log.json cannot be read" in told.sentence


def test_what_may_still_change_is_counted(tmp_path):
    """Open statuses and missing prices are, what failed gets no price, and where none was read nothing is complete."""
    log = filled(
        tmp_path / "log",
        rows(
            {"sid": "SM1", "status": "sent"},
            {"sid": "SM2", "status": "failed", "price_e5": None},
            {"sid": "SM3", "price_e5": None},
            {"sid": "SM4"},
        ),
    ).certificate

    assert (log.rows, log.not_final, log.unpriced, log.complete_up_to) == (4, 1, 1, None)
    assert (log.since, log.until) == (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))


A, B = "AC" + "a" * 32, "AC" + "b" * 32
FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)


def two_days(folder, account=A, n=3):
    """A log of an account with some messages on each of two days, as an import of its files would leave it."""
    store = Store(folder)
    with store.locked():
        store.state = replace(store.state, account_sid=account)
        later = [{"sid": f"SM9{i}", "date_created": NOON + timedelta(days=1)} for i in range(n)]
        store.add(rows(*({"sid": f"SM{i}"} for i in range(n)), *later))
        store.compact()
    return Store(folder)


def other_base(tmp_path, account, day):
    """The file of another log's day."""
    return two_days(tmp_path / f"other-{account}", account, n=4).days[day].files[0]


CHANGES = {
    "is missing": lambda base, _: shutil.rmtree(base.parent),
    "base-[0-9]+.parquet is missing": lambda base, _: base.unlink(),
    "not a whole Parquet file": lambda base, _: base.write_bytes(base.read_bytes()[:-100]),
    "has 0 bytes": lambda base, _: base.write_bytes(b""),
    "belongs to another account": lambda base, tmp: shutil.copy(other_base(tmp, B, FIRST), base),
    r"has 4 messages in [0-9,]+ bytes instead of 3 in": lambda base, tmp: shutil.copy(other_base(tmp, A, FIRST), base),
    "base-[0-9]+.parquet belongs to another account": lambda base, tmp: (
        base.unlink(),
        shutil.copy(other_base(tmp, B, FIRST), base.parent),
    ),
    "holds messages of 2026-01-06": lambda base, tmp: (
        base.unlink(),
        shutil.copy(other_base(tmp, A, SECOND), base.parent),
    ),
    "was not written by this log": lambda base, _: pq.write_table(
        rows({}), base.with_name(f"base-{9 * 10**18:020d}.parquet")
    ),
}


@pytest.mark.parametrize("why", CHANGES)
def test_a_log_knows_which_files_it_wrote(tmp_path, why):
    """A day that was removed, cut, or put there by somebody else is left out and named, and stays named until it is back."""
    folder = tmp_path / "log"
    base = two_days(folder).days[FIRST].files[0]

    CHANGES[why](base, tmp_path)

    for log in (open_store(folder), filled(folder, rows({"sid": "SM7", "date_created": NOON + timedelta(days=2)}))):
        assert min(log.days) == SECOND
        [note] = [note for note in log.certificate.notes if "2026-01-05 is left out" in note]
        assert re.search(f"day=2026-01-05/{why}|{why}", note)
    back = filled(folder, rows({"sid": "SM1"}))
    assert ("SM1", "delivered") in held(back)
    assert "left out" not in back.certificate.sentence


def test_flipped_bits_are_found_by_a_check_and_never_get_into_a_new_file(tmp_path):
    """Size and end are as they were, so opening sees nothing; a check does, and so does whoever writes to that day."""
    for name, find in {
        "check": lambda folder: Store(folder).check(),
        "write": lambda folder: filled(folder, rows({"sid": "SM8"})),
    }.items():
        folder = tmp_path / name
        base = two_days(folder).days[FIRST].files[0]
        content = bytearray(base.read_bytes())
        content[60] ^= 1
        base.write_bytes(content)
        assert open_store(folder).damaged == {}

        find(folder)

        assert "2026-01-05 is left out" in "".join(open_store(folder).certificate.notes)
        assert "its checksum differs" in open_store(folder).certificate.sentence
        assert [path.name for path in folder.glob("damaged/day=2026-01-05/base*")] == [base.name]
        assert not Store(folder).check()


def test_a_file_that_cannot_be_read_costs_its_day_when_it_is_asked(tmp_path):
    """A flipped bit that makes a query fail is found, and the answer is that of the other days."""
    log = Log(two_days(tmp_path))
    base = log._native.days[FIRST].files[0]  # noqa: SLF001 - to damage it
    content = base.read_bytes()
    base.write_bytes(content[:4] + bytes(len(content) - 1000) + content[-996:])

    assert sorted(log.rows()["sid"]) == ["SM90", "SM91", "SM92"]
    assert "2026-01-05 is left out" in log.certificate.sentence


def test_a_log_of_an_earlier_version_opens_and_is_listed_when_it_is_written_next(tmp_path):
    """It has no list of files and its files name no owner: nothing is wrong with it, and from the next write on it has one."""
    store = two_days(tmp_path)
    for one in store.days.values():
        [path] = one.files
        plain = pq.read_table(path, partitioning=None)
        pq.write_table(plain.replace_schema_metadata({}), path)
    record = json.loads((tmp_path / "log.json").read_text())
    old = {name: record[name] for name in record if name not in ("format", "held", "lost")}
    (tmp_path / "log.json").write_text(json.dumps(old))
    before = held(store)

    log = open_store(tmp_path)
    assert held(log) == before
    assert log.certificate.notes == ()
    filled(tmp_path, rows({"sid": "SM7", "date_created": NOON + timedelta(days=2)}))
    assert len(open_store(tmp_path).days) == 3

    shutil.rmtree(tmp_path / "day=2026-01-06")
    assert "2026-01-06 is left out" in open_store(tmp_path).certificate.sentence


def test_a_log_of_a_newer_version_is_left_alone(tmp_path):
    """Neither read nor written: a sentence says what to do."""
    two_days(tmp_path)
    record = tmp_path / "log.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "format": 99, "new": True}))
    before = record.read_text()

    for use in (open_store, filled):
        with pytest.raises(InvalidInput, match=r"newer version .*format 99.*Upgrade"):
            use(tmp_path)
    assert record.read_text() == before


def test_a_lost_record_does_not_lose_the_account(tmp_path):
    """The files say whose they are, so another account's messages do not get in."""
    two_days(tmp_path)
    (tmp_path / "log.json").unlink()

    with Store(tmp_path).locked():
        pass
    store = Store(tmp_path)
    with store.locked():
        assert store.state.account_sid == A


@pytest.mark.parametrize("name", ["with spaces and ü 日本", "log[1]", "a*b", "what?", "50%", "it's", "{a,b}"])
def test_a_folder_of_any_name_is_its_own(tmp_path, name):
    """Characters that stand for others in patterns do not; nor is a symbolic link in the way."""
    two_days(tmp_path / "log1")
    folder = tmp_path / name
    filled(folder, rows({"sid": "SM5"}))
    (tmp_path / "link").symlink_to(folder)

    for place in (folder, tmp_path / "link"):
        log = Log(filled(place, rows({"sid": "SM6"})))
        assert sorted(log.rows()["sid"]) == ["SM5", "SM6"]
        assert log.certificate.rows == 2


def test_files_that_do_not_belong_into_a_day_are_left_alone(tmp_path):
    """They are neither read nor removed."""
    day = two_days(tmp_path).days[FIRST].files[0].parent
    strays = [day / name for name in ("notes.txt", ".DS_Store", "base (1).parquet", "part-0.parquet")]
    for stray in strays:
        stray.write_text("not ours")
    (tmp_path / "day=tomorrow").mkdir()
    (tmp_path / "day=2026-13-01").mkdir()
    (tmp_path / "day=2026-01-09").write_text("a file")

    log = filled(tmp_path, rows({"sid": "SM7"}))

    assert len(held(log)) == 7
    assert log.certificate.notes == ()
    assert all(stray.read_text() == "not ours" for stray in strays)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_log_belongs_to_its_owner_alone(tmp_path, monkeypatch):
    """Folders are 0700 and files 0600, sums and what was set aside included."""
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    folder = tmp_path / "log"
    store = two_days(folder)
    engine.add_up_days(store, lambda _done, _of: None)
    measures.stickiness(Log(store))
    store.days[FIRST].files[0].write_bytes(b"")
    filled(folder, rows({"sid": "SM7", "date_created": NOON + timedelta(days=2)}))

    found = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert {
        "log",
        "log/log.json",
        "log/.lock",
        "log/cube/traffic",
        "log/cube/pairs",
        "log/damaged/day=2026-01-05",
    } <= found.keys()
    assert sum(name.endswith(".parquet") and "/cube/" in name for name in found) == 4
    wrong = {
        name: oct(mode) for name, mode in found.items() if mode != (0o700 if (tmp_path / name).is_dir() else 0o600)
    }
    assert {name for name in wrong if "damaged/day" not in name} == set()


def test_links_in_a_foreign_folder_lead_nowhere(tmp_path):
    """Writing replaces a link that lies in place of the record, its draft or the lock; what it leads to stays as it is."""
    folder, target = tmp_path / "log", tmp_path / "mine.txt"
    two_days(folder)
    target.write_text("mine")
    target.chmod(0o644)
    for name in (".log.json.part", ".lock"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    filled(folder, rows({"sid": "SM7"}))

    assert target.read_text() == "mine"
    assert target.stat().st_mode & 0o777 == 0o644
    assert len(held(open_store(folder))) == 7


def test_where_sums_cannot_be_kept_they_are_made_each_time(tmp_path, monkeypatch):
    """A log that cannot be written to is read and measured as any other."""
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    store = two_days(tmp_path)
    (tmp_path / "cube").write_text("no folder")

    engine.add_up_days(store, lambda _done, _of: None)
    for log in (Log(store), Log(store)):
        assert measures.volume(log, by=())["n"].sum() == 6
        assert measures.after_stop(log).empty
    assert (tmp_path / "cube").read_text() == "no folder"
