"""Log: a frame or a kept log in hand, what is picked of it, its single messages, and what it says of bad input."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.aggregates import engine
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.store import Store, open_store

ONE, TWO = "+14155550100", "+14045550100"
NOON = datetime(2026, 3, 8, 12)  # noqa: DTZ001 - a log is kept in naive UTC


def row(sid, created=NOON, **columns):
    """One message that was delivered."""
    return {
        "sid": sid,
        "date_created": created,
        "date_updated": created,
        "direction": "outbound-api",
        "status": "delivered",
        "number": ONE,
        "peer": "+12015550110",
        "num_segments": 1,
        "messaging_service_sid": "MGa",
        "hour": created and created.replace(minute=0, second=0),
        "quarter": created and created.replace(minute=created.minute // 15 * 15, second=0),
        "price_e5": 750,
        "price_unit": "USD",
        **columns,
    }


def table(*rows):
    """Rows as a kept log has them."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


@pytest.fixture
def log():
    """Two senders, three days, an inbound text, a message without a sender."""
    day = timedelta(days=1)
    return Log(
        table(
            row("SM1", NOON - day),
            row("SM2", NOON, number=TWO, status="undelivered", error_code=30007),
            row("SM3", NOON + timedelta(minutes=20)),
            row("SM4", NOON + day, number=TWO, messaging_service_sid=None),
            row("SM5", NOON, direction="inbound", status="received", body="Call +14155550199"),
            row("SM6", NOON + day, number=None, status="queued"),
        )
    )


def volume(log, **window):
    """How many messages."""
    return int(measures.volume(log, by=(), **window)["n"].iloc[0])


def test_a_selection_is_a_log_of_its_own(log):
    """Senders, services and a window, one within another; of each, rows, cube and measures agree."""
    part = log.select(senders=[TWO, ""], since="2026-03-08")
    assert volume(part) == len(part.rows()) == len(part) == 3
    assert volume(part.select(services="MGa")) == len(part.select(services="MGa").rows()) == 2
    assert volume(part.select(senders=ONE)) == 0
    assert volume(log.select(services="")) == 1
    assert volume(log) == 6


def test_a_window_takes_its_begin_and_leaves_its_end_wherever_they_fall(log):
    """On the hour, the quarter or between, in the cube or among the rows: the same."""
    assert volume(log, since="2026-03-08T12:00", until="2026-03-08T12:20") == 2
    assert volume(log, since="2026-03-08T12:20") == 3
    assert volume(log, since="2026-03-08T12:20:01") == 2
    assert volume(log, since="2026-03-08", until="2026-03-09") == 3


def test_an_aware_moment_is_that_instant_and_a_naive_one_is_the_zones(log):
    """13:20 in Paris and 12:20 UTC are one; so is a wall time of the zone that was named."""
    paris = timezone(timedelta(hours=1))
    assert volume(log, since=datetime(2026, 3, 8, 13, 20, 1, tzinfo=paris), zone="Asia/Tokyo") == 2
    assert volume(log, since="2026-03-08T21:20:01", zone="Asia/Tokyo") == 2
    assert volume(log, since="2026-03-08T12:20:01+00:00", zone="Asia/Tokyo") == 2


def test_rows_are_single_messages_newest_first_and_masked(log):
    """Numbers and those within a body are hidden unless asked for; several values, and nothing, can be looked for."""
    shown = log.rows(direction="inbound").iloc[0]
    assert (shown["number"], shown["peer"], shown["body"]) == (
        "+1 415 ••• 0100",
        "+1 201 ••• 0110",
        "Call +1 415 ••• 0199",
    )
    assert log.rows(direction="inbound", masked=False)["number"].tolist() == [ONE]
    assert log.rows(error_code=[30007, None], masked=False)["sid"].tolist() == [
        "SM6",
        "SM4",
        "SM3",
        "SM5",
        "SM2",
        "SM1",
    ]
    assert log.rows(2)["sid"].tolist() == ["SM6", "SM4"]
    assert log.rows(number=None)["sid"].tolist() == ["SM6"]
    with pytest.raises(InvalidInput, match="no column colour"):
        log.rows(colour="red")


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"error_code": "x"}, "error_code holds whole numbers, not 'x'"),
        ({"error_code": [30007, "many"]}, "not 'many'"),
        ({"num_segments": 1.5}, "not 1.5"),
        ({"price_e5": float("nan")}, "whole numbers"),
        ({"number": 14155550100}, "number holds texts"),
        ({"status": b"sent"}, "status holds texts"),
        ({"date_created": "yesterday"}, "is not a date or time"),
        ({"hour": 12}, "A time is"),
    ],
)
def test_what_a_column_cannot_hold_is_a_sentence(log, where, sentence):
    """A value of another kind than the column's is refused by name, whichever engine the log is on."""
    with pytest.raises(InvalidInput, match=sentence):
        log.rows(**where)


def test_a_number_is_the_same_however_it_is_written(log):
    """An error code may be a text of digits, as files have it, and a moment a text in ISO 8601."""
    assert len(log.rows(error_code=30007)) == len(log.rows(error_code="30007")) > 0
    hour = log.rows(1)["hour"].iloc[0]
    assert len(log.rows(hour=hour)) == len(log.rows(hour=f"{hour:%Y-%m-%dT%H:%M}")) > 0


def test_a_selection_knows_what_it_was_selected_from(log):
    """It keeps what was asked for, and the whole log; of both, what was not selected is the rest."""
    part = log.select(ONE, since="2026-03-01").select(until="2026-03-09")
    assert part.pick.senders == {ONE}
    assert part.whole.certificate.rows == log.certificate.rows
    assert log.whole is log
    outside = part.add_up(["earlier"], {"n": "sum(n)"}, beyond=True)
    assert outside["n"].sum() + len(part) == len(log)


def test_a_certificate_is_made_of_the_rows_when_there_is_none(log):
    """Window, rows, what is not final or unpriced; a selection's counts are its own."""
    told = log.certificate
    assert (told.since, told.until, told.rows, told.not_final) == (
        datetime(2026, 3, 7, 12, tzinfo=UTC),
        datetime(2026, 3, 9, 13, tzinfo=UTC),
        6,
        1,
    )
    assert log.select(ONE).certificate.rows == 3
    given = Certificate("a test", until=datetime(2026, 4, 1, tzinfo=UTC), rows=6)
    whole = Log(table(row("SM1", status="sent")), given)
    assert whole.certificate is given
    assert measures.outcomes(whole)["unknown"].tolist() == [1]  # three weeks before the certificate's end
    assert whole.select(until="2026-03-20").certificate.until == datetime(2026, 3, 20, tzinfo=UTC)


def test_what_a_frame_lacks_is_left_out_and_said():
    """Five columns are enough for volume and outcomes; the certificate names the others."""
    few = Log(
        pd.DataFrame(
            {
                "date_created": [NOON],
                "direction": ["outbound-api"],
                "status": ["sent"],
                "number": [ONE],
                "num_segments": [2],
            }
        )
    )
    assert measures.volume(few)["segments"].tolist() == [2]
    assert "the rows had no sid, date_sent," in few.certificate.sentence
    assert measures.spend(few)["price_unit"].tolist() == [""]
    assert measures.findings(few).empty
    with pytest.raises(InvalidInput, match="not whole hours from UTC"):
        measures.volume(few, by="day", zone="Asia/Kolkata")


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (
            pd.DataFrame({"status": ["sent"]}),
            "no column date_created, direction, number, num_segments. msvc.import_logs",
        ),
        (7, "A log is a data frame"),
        (table(row("SM1")).drop_columns("status").append_column("status", pa.array([1.5])), None),
        (
            table(row("SM1")).drop_columns("date_created").append_column("date_created", pa.array(["yesterday"])),
            "date_created cannot be read",
        ),
    ],
)
def test_bad_frames_get_a_sentence(frame, sentence):
    """What cannot be a log is refused with the column and what is wrong with it."""
    if sentence is None:
        assert measures.outcomes(Log(frame))["other"].tolist() == [1]
        return
    with pytest.raises(InvalidInput, match=sentence):
        Log(frame)


@pytest.mark.parametrize("sender", ["O'Neil", "x\\y", "a; --", '"A"', "$1", "É\n"])
def test_a_sender_is_selected_by_its_name_whatever_its_characters(sender):
    """Quotes and other signs of SQL in a sender ID change nothing, of sums or of rows."""
    log = Log(table(row("SM1", number=sender), row("SM2")))
    part = log.select(sender)
    assert measures.outcomes(part)["number"].tolist() == [sender]
    assert part.rows()["sid"].tolist() == ["SM1"]
    assert log.rows(number=sender)["sid"].tolist() == ["SM1"]
    assert len(log.select(sender, since=NOON, until=NOON + timedelta(minutes=1))) == 1


def test_bad_questions_get_a_sentence(log):
    """Zones, moments, groups and windows that are none."""
    for sentence, ask in {
        "no time zone 'Mars'": lambda: measures.volume(log, zone="Mars"),
        "is not a date or time": lambda: log.select(since="soon"),
        "not a float": lambda: log.select(since=3.5),
        r"must end after it begins, but it goes from 2026-03-09 to 2026-03-08": lambda: log.select(
            since="2026-03-09", until="2026-03-08"
        ),
        "Nothing can be grouped by colour": lambda: measures.volume(log, by="colour"),
        "Nothing can be grouped by status": lambda: measures.latency(log, by="status"),
        "nothing can be grouped by .kind": lambda: measures.after_stop(log, by="kind"),
        "does not split it": lambda: measures.before_after(log, "2027-01-01"),
        "Choose two": lambda: measures.compare(log, ONE, ONE),
    }.items():
        with pytest.raises(InvalidInput, match=sentence):
            ask()


@pytest.mark.parametrize("rows", [[], [row("SM1")]])
def test_every_measure_takes_an_empty_log_one_row_and_a_window_in_the_future(rows):
    """No numbers are made up where there are no messages, and nothing breaks."""
    whole = Log(table(*rows))
    for log in (whole, whole.select(since="2030-01-01")):
        n = volume(log)
        assert (
            measures.outcomes(log)["n"].sum()
            == measures.choices(log)["n"].sum()
            == measures.stickiness(log)["n"].sum()
            == n
        )
        assert measures.outcomes(log, by=())["rate"].notna().sum() == n
        assert len(measures.heat(log)) == 168
        for empty in ("errors", "after_stop", "characters", "latency", "findings"):
            assert getattr(measures, empty)(log).empty
        assert measures.spend(log)["price_e5"].sum() == 750 * n
        assert len(measures.peaks(log)) == n
        assert len(measures.idle(log, [TWO])) == n + 1
        assert measures.compare(log, ONE, TWO)["n"].tolist() == [n, 0]


def kept(folder, *rows):
    """A kept log."""
    store = Store(folder)
    with store.locked():
        store.add(table(*rows))
        store.compact()
    return open_store(folder)


def files_of(store, name="traffic"):
    """The files of sums beside a log."""
    return {path.name for path in (store.cube_folder / name).glob("*.parquet")}


def no_matter(_done, _of):
    """Be told of progress."""


def test_sums_are_kept_beside_a_log_and_made_again_only_of_days_that_changed(tmp_path, monkeypatch):
    """After a late status the measures are right at once, whether the day was added up again or not."""
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    day = timedelta(days=1)
    store = kept(tmp_path, row("SM1"), row("SM2", NOON + day, status="sent"), row("SM3", None, hour=None, quarter=None))
    engine.add_up_days(store, no_matter)
    before = files_of(store)
    assert len(before) == 1
    assert measures.outcomes(Log(store), by=())["delivered"].tolist() == [2]

    late = row("SM2", NOON + day, date_updated=NOON + 2 * day)
    store = kept(tmp_path, late)
    log = Log(store)
    assert measures.outcomes(log, by=())["delivered"].tolist() == [3]
    assert files_of(store) == before
    engine.add_up_days(store, no_matter)
    fresh = files_of(store) - before
    assert len(fresh) == 1
    assert pq.read_table(store.cube_folder / "traffic" / fresh.pop())["n"].to_pylist() == [1]
    for one in (log, Log(store)):
        assert measures.outcomes(one, by=())["delivered"].tolist() == [3]
        assert measures.volume(one)["n"].tolist() == [1, 1]
        assert measures.peaks(one)["n"].tolist() == [2]
    assert log.rows()["sid"].tolist() == ["SM2", "SM1", "SM3"]
    assert log.certificate == open_store(tmp_path).certificate


@pytest.mark.parametrize("harm", ["cut", "garbage", "gone"])
def test_sums_that_are_not_whole_change_no_number(tmp_path, monkeypatch, log, harm):
    """Files beside a log may be damaged or removed at any time, before it is opened or after; all else is as it was."""
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    store = kept(tmp_path, *log.frame.to_pylist())
    engine.add_up_days(store, no_matter)
    expected = [measure(log) for measure in (measures.outcomes, measures.peaks, measures.stickiness)]
    opened = Log(store)
    assert measures.outcomes(opened, by="kind")["n"].sum() == expected[0]["n"].sum()
    measures.stickiness(opened)
    found = [*store.cube_folder.rglob("*.parquet")]
    assert len(found) == 4
    for path in found:
        content = path.read_bytes()
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes(content[: len(content) // 2] if harm == "cut" else b"PAR1" + b"x" * len(content))
    for one in (opened, Log(store)):
        for measure, frame in zip((measures.outcomes, measures.peaks, measures.stickiness), expected, strict=True):
            pd.testing.assert_frame_equal(measure(one), frame)


def test_days_in_memory_give_the_same_numbers(tmp_path, monkeypatch, busy_folder):
    """After many questions to a large log, further windows are answered from its days; every number stays."""
    folder = tmp_path / "log"
    shutil.copytree(busy_folder, folder)
    until = Log(open_store(folder)).certificate.until.date()
    sender = "+12125550100"

    def asked(log):
        parts = [
            log.select(senders, until - timedelta(days=days), until - timedelta(days=1))
            for days in (2, 3, 4, 40)
            for senders in (None, sender)
        ]
        assert all(len(part) for part in parts)
        return [
            frame
            for part in parts
            for frame in (
                measures.outcomes(part, by=("day", "kind")),
                measures.errors(part),
                measures.spend(part, by="country"),
            )
        ]

    expected = asked(Log(open_store(folder)))
    for name, value in (("WORTH_IT", 1), ("_NARROWED", 0)):
        monkeypatch.setattr(engine, name, value)
    engine.add_up_days(open_store(folder), no_matter)
    log = Log(open_store(folder))
    for ours, theirs in zip(asked(log), expected, strict=True):
        pd.testing.assert_frame_equal(ours, theirs)
    assert "days in memory" in log.engine._opened.tables  # noqa: SLF001 - else this test would prove nothing


def test_sums_of_earlier_versions_are_left_out_and_removed(tmp_path, monkeypatch):
    """What an earlier version kept beside a log is never read, and makes room when days are added up."""
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    store = kept(tmp_path, row("SM1"), row("SM2"))
    old = store.cube_folder / "traffic-hour" / "3-00000000000000000001.parquet"
    old.parent.mkdir(parents=True)
    pq.write_table(pa.table({"hour": [NOON], "n": [7]}), old)
    assert len(Log(store)) == volume(Log(store)) == 2
    engine.add_up_days(store, no_matter)
    assert not old.exists()
    assert volume(Log(store)) == 2


def test_many_files_of_sums_become_one(tmp_path, monkeypatch):
    """Day after day is added; reading stays quick, since few files hold them all."""
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    for place in range(10):
        store = kept(tmp_path, row(f"SM{place}", NOON + timedelta(days=place)))
        engine.add_up_days(store, no_matter)
    assert 1 <= len(files_of(store)) < 9
    assert measures.volume(Log(store))["n"].tolist() == [1] * 10


def test_a_log_says_what_it_is(log):
    """Its length is its messages; its words are its senders and its certificate, without anybody's number."""
    assert len(log) == 6
    assert len(log.select(ONE)) == 3
    for words in (repr(log), log._repr_html_()):
        assert "2 senders" in words
        assert log.certificate.sentence in words
        assert ONE not in words
    assert "1 sender." in repr(log.select(ONE))


def test_a_kept_log_measures_as_its_rows_do(tmp_path, log):
    """A kept log gives what the same rows give in memory."""
    rows = log.frame.to_pylist()
    other = Log(kept(tmp_path, *rows))
    for measure in (
        measures.outcomes,
        measures.errors,
        measures.latency,
        measures.peaks,
        measures.choices,
        measures.stickiness,
    ):
        pd.testing.assert_frame_equal(measure(other), measure(log))
    assert measures.volume(other, by="hour", zone="Asia/Kolkata").equals(
        measures.volume(log, by="hour", zone="Asia/Kolkata")
    )


def test_importing_the_package_leaves_pandas_alone():
    """The face is light: pandas comes with the first log."""
    import subprocess  # noqa: PLC0415 - for this test
    import sys  # noqa: PLC0415

    told = subprocess.run(
        [sys.executable, "-c", "import msvc_toolkit, sys; print('pandas' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"


def test_a_part_counts_open_rows_as_the_whole_does(busy_folder, tmp_path):
    """Rows too old to change are open in neither certificate, so that no part has more of them than the whole."""
    store = Store(shutil.copytree(busy_folder, tmp_path / "log"))
    with store.locked():
        store.save(replace(store.state, read_at=store.state.read_at + timedelta(days=5)))
    later = Log(open_store(tmp_path / "log"))
    whole = later.certificate
    part = later.select(since=whole.since + timedelta(hours=1)).certificate

    assert len(later.rows(status="sent")) > whole.not_final > 0
    assert part.not_final == whole.not_final
    assert part.unpriced <= whole.unpriced


def test_a_sender_that_is_not_in_the_log(busy_log):
    """It is said, masked; a masked number selects the one sender it stands for, or is refused."""
    assert "The whole log has no message of +1 330 ••• 0144" in repr(busy_log.select("+13305550144"))
    assert "no message of" not in repr(busy_log.select("+14045550100"))
    assert len(busy_log.select("+1 404 ••• 0100")) == len(busy_log.select("+14045550100")) > 0
    with pytest.raises(InvalidInput, match="is a masked number, and it fits 0 senders"):
        busy_log.select("+1 330 ••• 0144")
