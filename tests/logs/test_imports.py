"""Files of messages become the same log that a pull makes; what cannot be read is left out and named."""

import csv
import gzip
import io
import json
from contextlib import closing
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs.calls import open_logs, pull_logs
from msvc_toolkit.logs.intake.imports import import_logs
from msvc_toolkit.logs.kept.store import open_store

HEADS = (
    "From", "To", "Body", "Status", "SentDate", "ApiVersion", "NumSegments", "ErrorCode", "AccountSid", "Sid",
    "Direction", "Price", "PriceUnit",
)  # fmt: skip
"""Of the Console's CSV."""


def sid(number):
    """A made-up SID."""
    return f"SM{number:032x}"


def line(number=1, **more):
    """A message as an export file has it."""
    usual = {
        "sid": sid(number), "date_created": "2026-01-05T12:00:00Z", "date_sent": "2026-01-05T12:00:01Z",
        "date_updated": "2026-01-05T12:00:09Z", "account_sid": "AC1", "to": "+14155550123", "from": "+14155550100",
        "messaging_service_sid": None, "body": "Code 12", "status": "delivered", "num_segments": "1", "num_media": "0",
        "direction": "outbound-api", "price": "-0.00750", "error_code": None,
    }  # fmt: skip
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
    assert "as they stood when they were written" in told.sentence


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
    assert "date_sent stands for date_created" in log.certificate.sentence


def test_a_log_by_the_time_of_sending_stays_by_itself(tmp_path, conn):
    """It would keep a message in two days, so it neither joins a pulled log nor is pulled into."""
    path = console(tmp_path / "log.csv", {})
    pull_logs(conn, tmp_path / "pulled")
    with pytest.raises(InvalidInput, match="no date_created, so import it into a folder of its own"):
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
    import_logs(open_store(tmp_path / "one").files, tmp_path / "again")
    assert rows(tmp_path / "again") == rows(tmp_path / "one")

    moment = datetime(2026, 1, 5, 12, tzinfo=UTC)
    raw = {
        "sid": [sid(1)], "date_created": [moment], "date_sent": [moment.replace(tzinfo=None)], "from": ["+14155550100"],
        "to": ["+14155550123"], "direction": ["outbound-api"], "price": [-0.0075], "num_segments": [2], "error_code": [0],
    }  # fmt: skip
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
        ("picture.png", b"\x89PNG", "its name ends"),
        ("latin.csv", b"Sid,SentDate,Body\nSM1,2026-01-05T12:00:00Z,\xe9\n", "damaged"),
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
    assert "3 row(s) without a SID or a date left out" in log.certificate.sentence
    assert "1 price(s) that are no numbers left out" in log.certificate.sentence


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
    assert "1 row(s) of another account left out" in log.certificate.sentence


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_where_there_are_no_files(tmp_path, name):
    """A path that is none, and a folder without messages, are named."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(InvalidInput, match=name):
        import_logs(tmp_path / name, tmp_path / "log")
    with pytest.raises(InvalidInput, match="no log"):
        open_logs(tmp_path / "log")
