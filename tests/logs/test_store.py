"""The kept log: one row a message in its newest state, whatever happens to the process or to a file."""

import shutil
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs.kept.derive import derive
from msvc_toolkit.logs.kept.pages import ARRIVED
from msvc_toolkit.logs.kept.store import Store, open_store
from msvc_toolkit.logs.table import SCHEMA

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
    """However states come in and whenever the days are tidied: the newest wins, of one second the one read later."""
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
                if sid not in newest or newest[sid][0] <= seconds:
                    newest[sid] = (seconds, status)
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

    assert [pq.read_schema(path).remove_metadata() for path in store.files] == [SCHEMA, SCHEMA]
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
            {"sid": "SM1", "status": "sent"}, {"sid": "SM2", "status": "failed", "price_e5": None},
            {"sid": "SM3", "price_e5": None}, {"sid": "SM4"},
        ),
    ).certificate  # fmt: skip

    assert (log.rows, log.not_final, log.unpriced, log.complete_up_to) == (4, 1, 1, None)
    assert (log.since, log.until) == (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
