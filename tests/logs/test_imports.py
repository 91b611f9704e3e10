"""Files of messages become the same log that a pull makes; what cannot be read is left out and named."""

import csv
import gzip
import io
import json
import re
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.calls import open_logs, pull_logs
from msvc_toolkit.logs.importer.importer import import_logs
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.storage.store import Store, open_store

pytestmark = pytest.mark.usefixtures("every_row_counted")

FILES = Path(__file__).parents[1] / "data" / "imports"

HEADS = tuple(
    "From To Body Status SentDate ApiVersion NumSegments ErrorCode AccountSid Sid Direction Price PriceUnit".split()
)
"""Of the Console's CSV."""


def sid(number):
    """A made-up SID."""
    return f"SM{number:032x}"


def line(number=1, **more):
    """A message as an export file has it."""
    usual = {
        "sid": sid(number),
        "date_created": "2026-01-05T12:00:00Z",
        "date_sent": "2026-01-05T12:00:01Z",
        "date_updated": "2026-01-05T12:00:09Z",
        "account_sid": "AC1",
        "to": "+14155550123",
        "from": "+14155550100",
        "messaging_service_sid": None,
        "body": "Code 12",
        "status": "delivered",
        "num_segments": "1",
        "num_media": "0",
        "direction": "outbound-api",
        "price": "-0.00750",
        "error_code": None,
    }
    return {**usual, **more}


def export(path, *lines):
    """Write an export file; .gz by its name."""
    text = "".join(json.dumps(one) + "\n" for one in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def console(path, *rows, heads=HEADS, delimiter=","):
    """Write a CSV as the Console does; what a row does not say is empty."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(heads)
    usual = {
        "Sid": sid(1),
        "SentDate": "2026-01-05T12:00:00Z",
        "Status": "delivered",
        "Direction": "outbound-api",
        "From": "+14155550100",
    }
    writer.writerows([[{**usual, **row}.get(head, "") for head in heads] for row in rows])
    path.write_text(text.getvalue(), encoding="utf-8-sig")
    return path


def rows(folder):
    """What a log holds, by SID."""
    found = open_store(folder).relation().to_arrow_table().to_pylist()
    assert len({row["sid"] for row in found}) == len(found)
    return {row["sid"]: row for row in found}


@pytest.mark.slow
def test_export_files_are_the_same_rows_as_a_pull(tmp_path):
    """Of a settled month both ways give the same values; a file has no price unit, and nothing counts as complete."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=3000, clock="manual", faults=False)
    folder = tmp_path / "files"
    folder.mkdir()
    with closing(conn.sandbox.api.store):
        conn.sandbox.advance(3 * 86_400)
        exports = conn.client.bulkexports.v1.exports("Messages")
        exports.export_custom_jobs.create(start_day="2025-11-01", end_day="2025-11-30", friendly_name="November")
        conn.sandbox.advance(86_400)
        for day in exports.days.list():
            address = exports.days(day.day).fetch().redirect_to
            (folder / f"{day.day}.json.gz").write_bytes(conn.client.http_client.request("GET", address).text)
        pull_logs(conn, tmp_path / "pulled", "2025-11-01", "2025-12-01", bodies=True)

    log = import_logs(folder, tmp_path / "imported", bodies=True)

    pulled = {key: {**row, "price_unit": None} for key, row in rows(tmp_path / "pulled").items()}
    assert len(pulled) > 500
    assert rows(tmp_path / "imported") == pulled
    told = log.certificate
    assert (told.since, told.until) == (datetime(2025, 11, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
    assert told.complete_up_to is None
    assert "30 files lack price_unit" in told.sentence
    assert "each message as it was when the file was written" in told.sentence


def test_a_pull_after_an_import_brings_the_late_states(tmp_path):
    """What a file held as sent is delivered afterwards, with its price unit, and a second import does not undo it."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=2000, clock="manual")
    with closing(conn.sandbox.api.store):
        truth = {row.sid: row for row in conn.client.messages.list(page_size=1000)}
        one = next(
            row
            for row in truth.values()
            if row.status == "delivered" and row.date_created > datetime(2025, 12, 20, tzinfo=UTC)
        )
        at = {name: f"{getattr(one, name):%Y-%m-%dT%H:%M:%SZ}" for name in ("date_created", "date_sent")}
        early = line(
            sid=one.sid, status="sent", price=None, **at, date_updated=at["date_sent"], account_sid=one.account_sid
        )
        path = export(tmp_path / "day.json", early)
        import_logs(path, tmp_path / "log")
        assert rows(tmp_path / "log")[one.sid]["status"] == "sent"

        pull_logs(conn, tmp_path / "log", "2025-12-20")
        import_logs(path, tmp_path / "log")

    found = rows(tmp_path / "log")[one.sid]
    assert (found["status"], found["price_unit"], found["peer"]) == ("delivered", "USD", one.to)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_consoles_csv(tmp_path, delimiter):
    """Its names are known, a body may hold anything, the time of sending stands for that of creation, and it is said."""
    path = console(
        tmp_path / "log.csv",
        {"Body": 'Hi, "you";\nthere', "Price": "-0.0079", "PriceUnit": "USD", "NumSegments": "1"},
        {"Sid": sid(2), "SentDate": "2026-01-05T05:00:00-07:00", "Status": "undelivered", "ErrorCode": "30003"},
        delimiter=delimiter,
    )

    log = import_logs(path, tmp_path / "log", bodies=True)

    one, two = rows(tmp_path / "log").values()
    assert (one["body"], one["price_e5"], one["kind"], one["num_segments"]) == ('Hi, "you";\nthere', 790, "local", 1)
    assert (two["date_created"].hour, two["status"], two["error_code"]) == (12, "undelivered", 30003)
    assert "date_sent is used as date_created" in log.certificate.sentence


def test_a_log_by_the_time_of_sending_stays_by_itself(tmp_path, conn):
    """It would keep a message in two days, so it neither joins a pulled log nor is pulled into."""
    path = console(tmp_path / "log.csv", {})
    pull_logs(conn, tmp_path / "pulled")
    with pytest.raises(InvalidInput, match="this file has not: a message that is in both would be counted twice"):
        import_logs(path, tmp_path / "pulled")

    import_logs(path, tmp_path / "log")

    with pytest.raises(InvalidInput, match="without date_created"):
        pull_logs(conn, tmp_path / "log")
    with pytest.raises(InvalidInput, match="folder of its own"):
        import_logs(export(tmp_path / "day.json", line(2)), tmp_path / "log")


def test_parquet_of_a_kept_log_and_of_raw_names(tmp_path):
    """A log's own files give the same rows again, and so do the API's names with typed columns."""
    import_logs(
        export(tmp_path / "day.json", line(1), line(2, direction="inbound", body="Stop", price=None)), tmp_path / "one"
    )
    import_logs([path for day in open_store(tmp_path / "one").days.values() for path in day.files], tmp_path / "again")
    assert rows(tmp_path / "again") == rows(tmp_path / "one")

    moment = datetime(2026, 1, 5, 12, tzinfo=UTC)
    raw = {
        "sid": [sid(1)],
        "date_created": [moment],
        "date_sent": [moment.replace(tzinfo=None)],
        "from": ["+14155550100"],
        "to": ["+14155550123"],
        "direction": ["outbound-api"],
        "price": [-0.0075],
        "num_segments": [2],
        "error_code": [0],
    }
    pq.write_table(pa.table(raw), tmp_path / "raw.parquet")
    import_logs(tmp_path / "raw.parquet", tmp_path / "raw")

    [row] = rows(tmp_path / "raw").values()
    assert (row["date_created"], row["date_sent"]) == (moment.replace(tzinfo=None),) * 2
    assert (row["price_e5"], row["num_segments"], row["error_code"], row["peer"]) == (750, 2, None, "+14155550123")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.json", b"", "0 bytes"),
        ("damaged.json.gz", gzip.compress(b'{"sid": "SM1"}\n' * 1000, mtime=0)[:40], "damaged"),
        ("damaged.parquet", b"PAR1 and no more", "damaged"),
        ("other.csv", b"a,b\n1,2\n", "no column for the SID"),
        ("twice.csv", b"Sid,Sid,SentDate\n1,2,3\n", "twice"),
        ("picture.png", b"\x89PNG\0\0", "not text"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_kept(tmp_path, name, content, told):
    """One bad file among good ones costs itself; alone it is a refusal."""
    (tmp_path / name).write_bytes(content)
    good = export(tmp_path / "good.json.gz", line())

    log = import_logs([tmp_path / name, good], tmp_path / "log")

    assert len(rows(tmp_path / "log")) == 1
    assert any(note.startswith(f"{name} was left out") and told in note for note in log.certificate.notes)
    with pytest.raises(InvalidInput, match=told):
        import_logs(tmp_path / name, tmp_path / "other")


def test_rows_that_say_too_little_are_counted(tmp_path):
    """A row without SID or date, a torn line and a price that is none are left out, and how many."""
    path = export(
        tmp_path / "day.json", line(1), line(2, sid=None), line(3, date_created="soon"), line(4, price="free")
    )
    path.write_bytes(path.read_bytes() + b'{"sid": "SM9", "date_cre')

    log = import_logs(path, tmp_path / "log")

    assert set(rows(tmp_path / "log")) == {sid(1), sid(4)}
    assert rows(tmp_path / "log")[sid(4)]["price_e5"] is None
    told = log.certificate.sentence
    assert "day.json: 2 of 5 rows kept" in told
    assert '1 not in JSON (first: line 5, \'{"sid": "SM9", "date_cre\')' in told
    assert "1 without a SID (first: '+1 415 ••• 0100')" in told
    assert "1 with a date that cannot be read (first: 'soon')" in told
    assert "1 price(s) that cannot be read (first: 'free')" in told


def test_one_row_two_currencies_and_another_account(tmp_path):
    """A log of one row is a log; currencies are named; another account's rows stay away."""
    one = import_logs(export(tmp_path / "one.json", line(1)), tmp_path / "log")
    assert one.certificate.rows == 1
    assert "never added up" not in one.certificate.sentence

    path = tmp_path / "api.parquet"
    pq.write_table(
        pa.Table.from_pylist([line(2, price_unit="USD"), line(3, price_unit="eur"), line(4, account_sid="AC2")]), path
    )
    log = import_logs(path, tmp_path / "log")

    assert set(rows(tmp_path / "log")) == {sid(1), sid(2), sid(3)}
    assert "prices are in EUR and USD, which are never added up" in log.certificate.sentence
    assert "2 of 3 rows kept, left out: 1 of another account (first: AC2)" in log.certificate.sentence


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_where_there_are_no_files(tmp_path, name):
    """A path that is none, and a folder without messages, are named."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(InvalidInput, match=name):
        import_logs(tmp_path / name, tmp_path / "log")
    with pytest.raises(InvalidInput, match="no log"):
        open_logs(tmp_path / "log")


def test_messages_that_were_never_sent_count(tmp_path):
    """Of a Console CSV of 80 delivered and 20 failed messages without a day, the rate is 0.8 however it is asked."""
    log = import_logs(FILES / "O41_failed_without_sentdate.csv", tmp_path / "log")

    assert log.certificate.rows == 100
    assert "20 message(s) have no date: they count, but on no day" in log.certificate.sentence
    table = open_store(tmp_path / "log").relation().to_arrow_table()
    with closing(duckdb.connect()) as con:
        for one in (log, open_logs(tmp_path / "log"), Log(table.to_pandas()), Log(con.from_arrow(table))):
            [whole] = measures.outcomes(one, by=()).itertuples()
            assert (whole.n, whole.delivered, whole.failed, whole.rate) == (100, 80, 20, 0.8)
            [error] = measures.errors(one).itertuples()
            assert (error.error_code, error.n, error.sent) == (30034, 20, 100)
            assert pd.isna(error.first)
            [day] = measures.volume(one, by="day").itertuples()
            assert day.n == 80
            assert measures.heat(one)["n"].sum() == 80
            assert measures.peaks(one)["n"].sum() == 80
            [sender] = measures.outcomes(one).itertuples()
            assert (sender.number, sender.n) == ("+14155550100", 100)
    assert [f"{hour:%Y-%m-%d %H}" for hour in log.span] == ["2024-03-05 14"] * 2
    assert log.rows(1)["status"].tolist() == ["delivered"]  # those without a day come last


@pytest.mark.slow
def test_a_log_of_unsent_messages_alone(tmp_path):
    """It has rates and no days; charts and the explorer show it all the same."""
    rows = [{"Sid": sid(n), "SentDate": "", "Status": "failed", "ErrorCode": "30034"} for n in range(3)]
    log = import_logs(console(tmp_path / "log.csv", *rows), tmp_path / "log")

    assert (log.span, log.certificate.since, log.certificate.rows) == (None, None, 3)
    assert measures.outcomes(log)["failed"].tolist() == [3]
    assert len(measures.outcomes(log, by="day")) == 0
    assert "30034" in msvc.log_report(log)
    assert msvc.LogExplorer(log).last_error is None


def test_a_message_gets_its_day_with_a_later_file(tmp_path):
    """It was queued without a day and is delivered on one; the order of the files does not matter."""
    early = console(
        tmp_path / "early.csv",
        {"SentDate": "", "Status": "queued"},
        {"Sid": sid(2), "SentDate": "", "Status": "failed"},
    )
    late = console(tmp_path / "late.csv", {"Status": "delivered"})
    for name, files in (("one", [early, late]), ("other", [late, early])):
        log = import_logs(files, tmp_path / name)
        found = rows(tmp_path / name)
        assert (found[sid(1)]["status"], f"{found[sid(1)]['date_created']:%Y-%m-%d %H}") == (
            "delivered",
            "2026-01-05 12",
        )
        assert found[sid(2)]["date_created"] is None
        assert log.certificate.rows == 2
    import_logs(late, tmp_path / "again")
    import_logs(early, tmp_path / "again")
    assert rows(tmp_path / "again") == found


@pytest.mark.parametrize(
    "files", [["O43a_first.csv", "O43b_second.csv"], ["O43b_second.csv", "O43a_first.csv"], ["O08_dup_sids.csv"]]
)
def test_the_later_state_wins_whatever_the_order(tmp_path, files):
    """Without date_updated, sent gives way to delivered, in one file, in two, and in two imports."""
    import_logs([FILES / name for name in files], tmp_path / "log")
    for name in files:
        import_logs(FILES / name, tmp_path / "one by one")

    for folder in ("log", "one by one"):
        assert rows(tmp_path / folder)[sid(4)]["status"] == "delivered"


def test_the_last_change_decides_where_every_row_has_one(tmp_path):
    """A canceled message that was scheduled again is scheduled; the order of statuses is for rows without a date."""
    path = export(
        tmp_path / "day.json",
        line(1, status="failed", date_updated="2026-01-05T12:00:09Z"),
        line(1, status="sent", date_updated="2026-01-05T12:01:00Z"),
        line(2, status="read", date_updated="2026-01-05T12:00:09Z"),
        line(2, status="sent", date_updated="2026-01-05T12:00:09Z"),
    )
    log = import_logs(path, tmp_path / "log")

    assert {key: row["status"] for key, row in rows(tmp_path / "log").items()} == {sid(1): "sent", sid(2): "read"}
    assert "2 of 4 rows kept, left out: 2 that repeat a message" in log.certificate.sentence


def test_several_accounts_in_a_first_file_are_said(tmp_path):
    """They are kept together, each with its count; a log that has an account takes no other's."""
    path = export(tmp_path / "day.json", line(1), line(2), line(3, account_sid="AC2"))

    log = import_logs(path, tmp_path / "log")

    assert "it holds 2 accounts, kept together: AC1 with 2 rows, AC2 with 1 rows" in log.certificate.sentence
    assert log.certificate.rows == 3


def test_a_file_larger_than_its_bound_is_refused(tmp_path):
    """A small gzip that unpacks to very much, and a file of very many rows; the sentence says how to raise the bound."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"Sid,SentDate,Body\n" + b"x" * 5_000_000)
    with pytest.raises(
        InvalidInput, match="more than 1,000,000 bytes; if you trust it, import it with a larger max_bytes"
    ):
        import_logs(path, tmp_path / "log", max_bytes=1_000_000)
    packed = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.json", b"[" + b" " * 5_000_000)
    with pytest.raises(InvalidInput, match="max_bytes"):
        import_logs(packed, tmp_path / "log", max_bytes=1_000_000)
    three = export(tmp_path / "day.json", line(1), line(2), line(3))
    with pytest.raises(InvalidInput, match="more than 2 rows; if you trust it, import it with a larger max_rows"):
        import_logs(three, tmp_path / "log", max_rows=2)
    assert import_logs(three, tmp_path / "log", max_rows=3).certificate.rows == 3


def test_one_endless_line_does_not_fill_the_memory(tmp_path):
    """A file without line ends is cut into pieces, which are left out by reason."""
    path = tmp_path / "line.csv"
    path.write_bytes(b"Sid,SentDate,Status\n" + b'"' + b"x" * 40_000_000)

    report = import_logs(path, tmp_path / "log", dry_run=True)

    assert (report.kept, report.files[0].refused.count("columns")) == (0, 1)


def test_what_was_said_wrongly_is_refused(tmp_path):
    """An order, a zone or a field that does not exist is named, and nothing is read."""
    path = console(tmp_path / "log.csv", {})
    for said, told in (
        ({"dates": "year first"}, "'month first' or 'day first'"),
        ({"zone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        ({"columns": {"Sid": "key"}}, "no field 'key'"),
    ):
        with pytest.raises(InvalidInput, match=told):
            import_logs(path, tmp_path / "log", **said)
    assert not (tmp_path / "log").exists()


def test_waits_are_unknown_without_the_time_of_creation(tmp_path):
    """The time of sending stands for that of creation, and no message is said to have waited no time at all."""
    log = import_logs(console(tmp_path / "log.csv", {}), tmp_path / "log")

    assert rows(tmp_path / "log")[sid(1)]["sent_seconds"] is None
    assert len(measures.latency(log)) == 0


def test_a_message_that_two_time_zones_give_two_days_is_kept_once(tmp_path):
    """A message is one row by its SID; what was read last stays; a dry run says as much, and that a zone is wrong."""
    right = console(tmp_path / "right.csv", {"SentDate": "2026-01-05T20:00:00Z"}, {"Sid": sid(2)})
    wrong = console(
        tmp_path / "wrong.csv",
        {"SentDate": "2026-01-05 20:00:00 PST"},
        {"Sid": sid(2), "SentDate": "2026-01-05 12:00:00 PST"},
    )
    dry = import_logs([right, wrong], tmp_path / "log", dry_run=True)
    assert dry.messages == 2
    assert "8 hours later. One of the time zones is wrong" in str(dry)

    for name, files, day in (("log", [right, wrong], 6), ("other", [wrong, right], 5)):
        one_by_one = tmp_path / f"{name} one by one"
        log = import_logs(files, tmp_path / name)
        for file in files:
            again = import_logs(file, one_by_one)
        for folder in (tmp_path / name, one_by_one):
            assert len(rows(folder)) == 2
            assert rows(folder)[sid(1)]["date_created"].day == day
        for one in (log, again):
            assert one.certificate.rows == 2
            assert "One of the time zones is wrong" in one.certificate.sentence
            assert len(measures.volume(one, by="day")) == 2 - (day == 5)
    assert "time zones" not in import_logs(right, tmp_path / "alone").certificate.sentence


def test_a_message_after_stop_that_was_not_refused_carries_no_error(tmp_path):
    """The report names 21610 only where Twilio refused a message, and counts one that went out among no losses."""
    stop = {"Sid": sid(2), "From": "+16285550123", "To": "+14155550100", "Direction": "inbound", "Status": "received"}
    path = console(
        tmp_path / "log.csv",
        {**stop, "Body": "STOP", "SentDate": "2026-01-05T10:00:00Z"},
        {"To": "+16285550123", "Direction": "outbound-api", "SentDate": "2026-01-05T12:00:00Z"},
    )
    log = import_logs(path, tmp_path / "log", bodies=True)
    assert measures.after_stop(log)[["refused", "went_out"]].to_numpy().tolist() == [[0, 1]]
    [found] = measures.findings(log).to_dict("records")
    assert (found["fault"], found["what"]) == ("after STOP", "")
    said = msvc.log_report(log)
    assert re.search(r"To people who had said STOP:(<[^>]*>)*sent after STOP", said)
    assert "after STOP 21610" not in said
    assert not re.search(r"Not delivered:(<[^>]*>)*(sent )?after STOP", said)


def test_an_import_of_nothing_removes_nothing_of_another(tmp_path, monkeypatch):
    """Two begin on a new folder: the one that takes nothing leaves what the other has stored, and else no folder."""
    path, empty, folder = console(tmp_path / "log.csv", {}), tmp_path / "empty.csv", tmp_path / "log"
    empty.write_text("nothing", "utf-8")
    with pytest.raises(InvalidInput, match="Nothing was imported"):
        import_logs(empty, folder)
    assert not folder.exists()
    locked = Store.locked

    def late(store):
        monkeypatch.undo()
        import_logs(path, folder)
        return locked(store)

    monkeypatch.setattr(Store, "locked", late)
    with pytest.raises(InvalidInput, match="Nothing was imported"):
        import_logs(empty, folder)
    assert open_logs(folder).certificate.rows == 1
