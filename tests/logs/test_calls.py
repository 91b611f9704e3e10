"""A pull equals the account's truth row by row, whatever goes wrong on the way, and reads no more than it must."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from requests import ConnectionError as ConnectionFailed
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

import msvc_toolkit as msvc
from msvc_toolkit.connection import Connection, patience
from msvc_toolkit.errors import InvalidInput, TwilioRefused, Unreachable
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.aggregates import engine
from msvc_toolkit.logs.calls import open_logs, pull_logs
from msvc_toolkit.logs.importer.importer import import_logs
from msvc_toolkit.logs.pull import message_list

MESSAGES = int(os.environ.get("MSVC_MESSAGES", "6000"))
"""How many messages the big pulls read; 200000 is what the promise is about."""
KILLS = int(os.environ.get("MSVC_KILLS", "2"))
"""How often a pull is killed."""
DIALS = (("429", 0.2), ("500", 0.05), ("reset", 0.05), ("truncated", 0.05))
SINCE = "2025-10-01"
SERVE = (sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--scenario", "busy")
COLUMNS = tuple(
    "sid date_created date_sent date_updated direction status error_code messaging_service_sid num_segments "
    "num_media price_e5 price_unit number peer".split()
)


@pytest.fixture(scope="module")
def ninety_days(tmp_path_factory):
    """The file of a sandbox in which ninety days have passed."""
    path = tmp_path_factory.mktemp("busy") / "sandbox.db"
    conn = msvc.connect("sandbox", store=path, scenario="busy", messages=MESSAGES, clock="manual")
    conn.sandbox.api.store.close()
    return path


@pytest.fixture
def busy(ninety_days, tmp_path):
    """A connection to a copy of it."""
    conn = msvc.connect("sandbox", store=shutil.copy(ninety_days, tmp_path / "sandbox.db"), clock="manual")
    yield conn
    conn.sandbox.api.store.close()


def truth(conn):
    """The sandbox's messages, asked of its control handle and not of the list that a pull reads."""
    found = {}
    for one in conn.sandbox.messages(limit=1_000_000):
        heard = one["direction"] == "inbound"
        when = {
            name: (at := one[name]) and at.replace(tzinfo=None, microsecond=0)
            for name in one
            if name.startswith("date")
        }
        price = one["price"] and round(-one["price"] * 100_000)
        ours, theirs = (one["to"], one["from"]) if heard else (one["from"], one["to"])
        row = {**one, **when, "price_e5": price, "number": ours, "peer": theirs}
        found[one["sid"]] = tuple(row[name] for name in COLUMNS)
    return found


def rows_of(folder):
    """What a kept log holds, by SID; one SID twice fails."""
    table = msvc_store(folder).relation().to_arrow_table().select(COLUMNS)
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row for row in rows}


def msvc_store(folder):
    """The log's store."""
    return open_logs(folder)._native  # noqa: SLF001 - to look at the rows as they are kept


def requests(conn):
    """How many pages of messages were asked for since the sandbox was opened."""
    return sum(
        event.get("method") == "GET" and event["path"].endswith("/Messages.json") for event in conn.sandbox.journal()
    )


def test_a_pull_is_the_truth_row_by_row(busy, tmp_path):
    """Every message, once, with every value; what was never sent is among them."""
    log = pull_logs(busy, tmp_path / "log", SINCE)

    rows = rows_of(tmp_path / "log")
    assert rows == truth(busy)
    assert sum(row[COLUMNS.index("date_sent")] is None for row in rows.values()) > 0
    told = log.certificate
    assert (told.rows, told.gaps, told.duplicates) == (MESSAGES, (), 0)
    assert told.pages >= MESSAGES / 1000


@pytest.mark.slow
def test_faults_cost_time_and_nothing_else(busy, tmp_path):
    """With 429, 500, broken connections and bodies that break off, the rows are the same."""
    for kind, rate in DIALS:
        busy.sandbox.fault(kind, rate=rate, route="GET /2010-04-01/*/Messages.json")

    log = pull_logs(busy, tmp_path / "log", SINCE)

    assert rows_of(tmp_path / "log") == truth(busy)
    assert log.certificate.gaps == ()
    assert sum(fault["struck"] for fault in busy.sandbox.faults()) > 0


@pytest.mark.slow
def test_over_a_socket_too(tmp_path):
    """A server that answers as badly gives the same rows to a client of Twilio's own SDK."""
    store, now = tmp_path / "served.db", datetime.now(UTC).replace(microsecond=0)
    since, until = now - timedelta(days=80), now - timedelta(days=10)  # what is older than that is settled
    words = [*SERVE, "--messages", str(MESSAGES), "--store", str(store)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        carrier = TwilioHttpClient(timeout=20)
        client = Client(ready["account_sid"], ready["auth_token"], http_client=carrier)
        client.api.base_url = ready["url"]
        for kind, rate in DIALS:
            form = {"Kind": kind, "Rate": rate, "Route": "GET /2010-04-01/*/Messages.json"}
            assert carrier.request("POST", f"{ready['url']}/_sandbox/faults", data=form).status_code in (200, 201)
        try:
            log = pull_logs(Connection("LIVE", client, ready["account_sid"]), tmp_path / "log", since, until)
        finally:
            carrier.session.close()
            process.terminate()
    conn = msvc.connect("sandbox", store=store)
    with closing(conn.sandbox.api.store):
        begin, end = since.replace(tzinfo=None), until.replace(tzinfo=None)
        assert rows_of(tmp_path / "log") == {sid: row for sid, row in truth(conn).items() if begin <= row[1] < end}
    assert log.certificate.gaps == ()


PULL = """
import sys
import msvc_toolkit as msvc

store, folder, since = sys.argv[1:]
conn = msvc.connect("sandbox", store=store)
conn.sandbox.fault("latency", seconds=0.02)
print("ready", flush=True)
msvc.pull_logs(conn, folder, since)
"""


@pytest.mark.slow
def test_a_pull_that_is_killed_goes_on_where_it_was(busy, tmp_path):
    """Killed at any instant, the log opens with rows that are true and none twice; in the end none is missing."""
    folder, before = tmp_path / "log", {}
    wanted = truth(busy)
    for _ in range(KILLS):
        words = [sys.executable, "-c", PULL, str(tmp_path / "sandbox.db"), str(folder), SINCE]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(random.random() * 2)  # noqa: S311 - any instant will do
            process.kill()
        if any(folder.glob("day=*")):
            rows = rows_of(folder)
            assert before.keys() <= rows.keys()
            assert rows.items() <= wanted.items()
            before = rows

    pull_logs(busy, folder, SINCE)

    assert rows_of(folder) == wanted
    assert not list(folder.rglob("*.part"))


@pytest.mark.slow
def test_what_was_cancelled_goes_on_at_the_page(busy, tmp_path):
    """Stopped after a few pages, the certificate has gaps, and the rest costs only the pages that are missing."""
    begun = requests(busy)
    pull_logs(busy, tmp_path / "whole", SINCE)
    whole = requests(busy) - begun

    begun = requests(busy)
    log = pull_logs(busy, tmp_path / "log", SINCE, cancelled=lambda: requests(busy) - begun >= whole * 2 // 3)
    assert log.certificate.gaps
    assert log.certificate.complete_up_to is None  # the oldest is read last
    assert rows_of(tmp_path / "log").items() < truth(busy).items()

    again = pull_logs(busy, tmp_path / "log", SINCE)

    assert rows_of(tmp_path / "log") == truth(busy)
    assert again.certificate.gaps == ()
    # What was on its way is finished and the new end looked up; of many pages, what is left is cut once more.
    assert requests(busy) - begun <= whole * 7 // 6 + 8


@pytest.mark.slow
def test_a_torn_ledger_costs_pages_and_no_message(busy, tmp_path):
    """However much of a stopped pull's ledger is left, the next pull ends with the truth."""
    begun = requests(busy)
    pull_logs(busy, tmp_path / "log", SINCE, cancelled=lambda: requests(busy) - begun >= 5)
    ledger = tmp_path / "log" / "pull.jsonl"
    whole = ledger.read_bytes()
    for part in (0.2, 0.7, 0.99):
        folder = tmp_path / f"log-{part}"
        shutil.copytree(tmp_path / "log", folder)
        (folder / ledger.name).write_bytes(whole[: int(len(whole) * part)])

        log = pull_logs(busy, folder, SINCE)

        assert rows_of(folder) == truth(busy)
        assert log.certificate.gaps == ()
        assert not (folder / ledger.name).exists()


@pytest.mark.slow
def test_a_second_pull_reads_only_what_can_have_changed(busy, tmp_path):
    """Days without an open row are not read again, those with one are, and late states come in."""
    log = pull_logs(busy, tmp_path / "log", SINCE)
    changing = msvc_store(tmp_path / "log").changing_days()
    assert changing
    assert log.certificate.not_final + log.certificate.unpriced > 0
    begun = requests(busy)
    before = {day: one.fingerprint for day, one in msvc_store(tmp_path / "log").days.items()}

    busy.sandbox.advance(86_400)
    pull_logs(busy, tmp_path / "log", SINCE)

    assert rows_of(tmp_path / "log") == truth(busy)
    after = {day: one.fingerprint for day, one in msvc_store(tmp_path / "log").days.items()}
    assert {day for day in before if before[day] != after[day]} <= set(changing)
    pages = MESSAGES / 1000
    assert requests(busy) - begun < pages / 2 + 4 * len(changing)


@pytest.mark.slow
def test_a_settled_log_costs_a_handful_of_requests(tmp_path):
    """Where nothing can have changed, only the time since the last pull is looked at."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=3000, clock="manual", faults=False)
    with closing(conn.sandbox.api.store):
        conn.sandbox.advance(30 * 86_400)
        pull_logs(conn, tmp_path / "log", SINCE)
        begun = requests(conn)
        conn.sandbox.advance(3600)

        log = pull_logs(conn, tmp_path / "log", SINCE)

        assert requests(conn) - begun <= 3
        assert log.certificate.complete_up_to == conn.now


def test_an_inbound_text_without_a_price_holds_nothing_back(tmp_path):
    """It may never get one: the log is complete up to now all the same, and a price that comes later is read.

    Source: recorded list pages of 2015 and 2016, where prices of inbound texts come later (read 2026-11-27).
    """
    conn = msvc.connect("sandbox", store=":memory:", clock="manual")
    with closing(conn.sandbox.api.store) as store:
        conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
        store.execute("UPDATE message SET priced = NULL")
        conn.sandbox.advance(3600)
        first = pull_logs(conn, tmp_path / "log", SINCE).certificate
        store.execute("UPDATE message SET priced = ended, touched = ?", conn.sandbox.api.clock.now())
        conn.sandbox.advance(60)
        priced_at = conn.now
        second = pull_logs(conn, tmp_path / "log", SINCE).certificate

    assert (first.unpriced, first.complete_up_to) == (1, priced_at - timedelta(seconds=60))
    assert (second.unpriced, second.complete_up_to) == (0, priced_at)


def test_a_pull_may_begin_where_twilios_keeping_ends(busy, tmp_path):
    """What lies before the 400 days is refused (20004) and is not asked for twice; everything else is read."""
    log = pull_logs(busy, tmp_path / "log", busy.now - timedelta(days=400))

    assert rows_of(tmp_path / "log") == truth(busy)
    assert log.certificate.gaps == ()


@pytest.mark.slow
def test_messages_that_come_while_it_pulls(busy, tmp_path):
    """They are of the next pull, and shift no page of this one."""
    sent = []

    def progress(_done, _of, _sentence):
        if not sent:
            sent.append(busy.client.messages.create(to="+14155550123", from_="+14155550100", body="Hello").sid)

    wanted = truth(busy)
    pull_logs(busy, tmp_path / "log", SINCE, progress=progress)
    assert sent
    assert rows_of(tmp_path / "log") == wanted

    busy.sandbox.advance(60)
    pull_logs(busy, tmp_path / "log", SINCE)

    assert rows_of(tmp_path / "log") == truth(busy)


def test_what_waits_or_failed_is_there_and_ends(conn, tmp_path):
    """A scheduled message and one without a sender are rows from the first; their ends come with a later pull."""
    service = conn.client.messaging.v1.services.create("Orders").sid
    later = (conn.now + timedelta(hours=2)).astimezone(UTC)
    conn.client.messages.create(
        to="+14155550123", messaging_service_sid=service, body="Later", schedule_type="fixed", send_at=later
    )
    conn.client.messages.create(to="+14155550123", messaging_service_sid=service, body="Now")
    conn.sandbox.advance(60)

    log = pull_logs(conn, tmp_path / "log")
    assert sorted(row[5] for row in rows_of(tmp_path / "log").values()) == ["failed", "scheduled"]
    assert log.certificate.not_final == 1

    conn.sandbox.advance(3 * 3600)
    pull_logs(conn, tmp_path / "log")
    assert [row[5] for row in rows_of(tmp_path / "log").values()] == ["failed", "failed"]


class Stubborn(HttpClient):
    """Carries requests as another does, and treats tokens that came out of a filtered list as told."""

    def __init__(self, inner, act):
        super().__init__(logger=inner.logger, is_async=False)
        self.inner, self.act = inner, act

    def request(self, method, uri, *args, **options):
        """Carry a request, or not."""
        if "PageToken=" in uri and "PageSize=1&" in uri + "&" and "DateSent" not in uri:
            if self.act == "refuse":
                return Response(400, '{"code": 21481, "message": "Invalid PageToken", "status": 400}')
            uri = uri.partition("PageToken=")[0]
        return self.inner.request(method, uri, *args, **options)


@pytest.mark.slow
@pytest.mark.parametrize("act", ["refuse", "ignore"])
@pytest.mark.parametrize("until", [None, "2025-12-20"])
def test_where_the_list_cannot_be_entered_it_is_read_from_its_top(busy, tmp_path, act, until):
    """Should Twilio not let a list be continued elsewhere, the pull is slower and as complete."""
    busy.client.http_client = Stubborn(busy.client.http_client, act)

    pull_logs(busy, tmp_path / "log", SINCE, until)

    end = datetime.fromisoformat(until or "2030-01-01")
    assert rows_of(tmp_path / "log") == {sid: row for sid, row in truth(busy).items() if row[1] < end}


class Severed(HttpClient):
    """Carries pages as another does; once they are being read, whoever looks for a place gets no answer."""

    def __init__(self, inner):
        super().__init__(logger=inner.logger, is_async=False)
        self.inner, self.reading, self.severed = inner, False, 0

    def request(self, method, uri, *args, **options):
        """Carry a request, or not."""
        self.reading |= "PageToken=" in uri and "PageSize=1000&" in uri + "&"
        if self.reading and "DateSent" in uri:
            self.severed += 1
            raise ConnectionFailed
        return self.inner.request(method, uri, *args, **options)


@pytest.mark.slow
def test_where_a_slice_cannot_be_cut_it_is_read_as_it_is(tmp_path, monkeypatch):
    """A hand that would help and finds no place leaves it, and nothing is missing."""
    monkeypatch.setattr(message_list, "ROUNDS", 1)
    monkeypatch.setattr(patience, "WAIT_SECONDS", {"multiplier": 0, "max": 0})
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=20_000, clock="manual")
    with closing(conn.sandbox.api.store):
        conn.client.http_client = severed = Severed(conn.client.http_client)

        log = pull_logs(conn, tmp_path / "log", SINCE)

        assert severed.severed
        assert rows_of(tmp_path / "log") == truth(conn)
        assert log.certificate.gaps == ()


def test_a_window_in_the_middle(busy, tmp_path):
    """Exactly its messages, its begin included and its end not; a second window beside it joins."""
    pull_logs(busy, tmp_path / "log", "2025-11-10", "2025-11-20")
    begin, middle, end = (datetime.fromisoformat(f"2025-11-{day}") for day in (10, 20, 25))
    wanted = truth(busy)
    assert rows_of(tmp_path / "log") == {sid: row for sid, row in wanted.items() if begin <= row[1] < middle}

    log = pull_logs(busy, tmp_path / "log", "2025-11-15", "2025-11-25")

    assert rows_of(tmp_path / "log") == {sid: row for sid, row in wanted.items() if begin <= row[1] < end}
    assert (log.certificate.since, log.certificate.until) == (begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    assert log.certificate.complete_up_to == end.replace(tzinfo=UTC)


@pytest.mark.slow
def test_the_sums_of_a_long_pull_are_there_before_they_are_asked_for(busy, tmp_path, monkeypatch):
    """Those of new and of changed days are made as it ends, and as an import ends; a short one leaves them until asked."""
    short = pull_logs(busy, tmp_path / "short", SINCE)
    assert not (tmp_path / "short" / "cube").exists()
    monkeypatch.setattr(engine, "WORTH_IT", 100)
    told = []

    log = pull_logs(busy, tmp_path / "log", SINCE, progress=lambda _done, _of, sentence: told.append(sentence))

    def sums():
        return {path for name in engine.BY_DAY for path in (tmp_path / "log" / "cube" / name).glob("*.parquet")}

    made = set((tmp_path / "log" / "cube").rglob("*.parquet"))
    assert {path.parent.name for path in made} == {"traffic", "days", "peaks"}
    assert "Adding up" in told[-1]
    for measure in (measures.volume, measures.latency, measures.peaks, measures.characters):
        pd.testing.assert_frame_equal(measure(log), measure(short))
    assert sums() == made

    busy.sandbox.advance(5 * 86_400)
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    pull_logs(busy, tmp_path / "log", SINCE)
    after = sums()
    assert after > made
    fresh = sum(pq.read_table(path)["n"].to_numpy().sum() for path in after - made if path.parent.name == "traffic")
    assert 0 < fresh < MESSAGES / 2

    import_logs(tmp_path / "short", tmp_path / "imported")
    assert (tmp_path / "imported" / "cube").exists()


@pytest.mark.slow
def test_a_damaged_day_is_fetched_anew(busy, tmp_path):
    """The next pull reads that day and no other that is settled; the file is laid aside."""
    folder = tmp_path / "log"
    pull_logs(busy, folder, SINCE)
    day = folder / "day=2025-11-05"
    [path] = day.glob("base-*")
    path.write_bytes(b"")
    assert open_logs(folder).certificate.rows < MESSAGES
    assert open_logs(folder).certificate.gaps

    log = pull_logs(busy, folder, SINCE)

    assert rows_of(folder) == truth(busy)
    assert log.certificate.gaps == ()
    assert [one.name for one in (folder / "damaged" / day.name).iterdir()] == [path.name]


@pytest.mark.slow
def test_where_nothing_can_be_read(busy, tmp_path, monkeypatch):
    """Refused credentials are told as such; a network that is away is too, and leaves a log with a gap."""
    monkeypatch.setattr(message_list, "ROUNDS", 1)
    number = busy.sandbox.fault("reset")
    with pytest.raises(Unreachable, match="Pull again"):
        pull_logs(busy, tmp_path / "log", SINCE)
    busy.sandbox.clear_faults(number)
    token, busy.client.password, busy.client.auth = busy.client.password, "wrong", (busy.account_sid, "wrong")
    with pytest.raises(TwilioRefused, match="20003"):
        pull_logs(busy, tmp_path / "log", SINCE)

    busy.client.password, busy.client.auth = token, (busy.account_sid, token)
    pull_logs(busy, tmp_path / "log", SINCE)
    assert rows_of(tmp_path / "log") == truth(busy)


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2030-01-01", None, "is in the future"),
        ("2025-12-01", "2025-11-01", "ends before it begins"),
        ("2020-01-01", "2020-02-01", "400 days"),
        ("yesterday", None, "yesterday"),
    ],
)
def test_a_window_that_is_none(conn, tmp_path, since, until, told):
    """It is a sentence, and no folder is made."""
    with pytest.raises(InvalidInput, match=told):
        pull_logs(conn, tmp_path / "log", since, until)
    assert not (tmp_path / "log").exists()


def test_the_retentions_edge_is_told(conn, tmp_path):
    """A window that begins before it is read from there, and the certificate says what is gone."""
    log = pull_logs(conn, tmp_path / "log", "2020-01-01", "2030-01-01")

    assert (conn.now - log.certificate.since).days == 400
    assert log.certificate.until == conn.now
    assert "400 days" in log.certificate.sentence


def test_one_folder_is_one_accounts(conn, tmp_path):
    """Another account's messages do not get into it."""
    pull_logs(conn, tmp_path / "log")
    other = msvc.connect("sandbox", store=":memory:", clock="manual", seed=8)
    with closing(other.sandbox.api.store), pytest.raises(InvalidInput, match="another account"):
        pull_logs(other, tmp_path / "log")


def test_bodies_stay_away_unless_they_are_asked_for(busy, tmp_path):
    """Nothing of a text is in the files of a log, and all of it when bodies are kept."""

    def bodies(folder):
        return set(msvc_store(folder).relation().to_arrow_table()["body"].to_pylist())

    pull_logs(busy, tmp_path / "without", "2026-01-01")
    pull_logs(busy, tmp_path / "with", "2026-01-01", bodies=True)

    assert bodies(tmp_path / "without") == {None}
    assert None not in bodies(tmp_path / "with")
    assert not [
        path for path in Path(tmp_path / "without").rglob("*") if path.is_file() and b"Acme" in path.read_bytes()
    ]


@pytest.mark.slow
def test_days_that_were_removed_cut_or_swapped_come_back(busy, tmp_path):
    """The certificate names each of them and has a gap there; the next pull reads these days again, and no other."""
    folder = tmp_path / "log"
    pull_logs(busy, folder, SINCE)
    other = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=3000, clock="manual", seed=8)
    with closing(other.sandbox.api.store):
        pull_logs(other, tmp_path / "other", SINCE)
    removed, cut, swapped = (folder / f"day=2025-11-{day:02}" for day in (5, 10, 20))
    shutil.rmtree(removed)
    [path] = cut.iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    shutil.rmtree(swapped)
    shutil.copytree(tmp_path / "other" / swapped.name, swapped)

    told = open_logs(folder).certificate

    assert [since.day for since, _ in told.gaps] == [5, 10, 20]
    for day, why in {5: "is missing", 10: "not a whole Parquet file", 20: "missing|another account"}.items():
        assert [one for one in told.notes if re.search(rf"^2025-11-{day:02} is left out \(.*({why})", one)]
    assert told.complete_up_to == datetime(2025, 11, 5, tzinfo=UTC)

    again = pull_logs(busy, folder, SINCE)

    assert rows_of(folder) == truth(busy)
    assert again.certificate.gaps == ()
    assert "left out" not in again.certificate.sentence


@pytest.mark.slow
def test_a_days_folder_that_goes_while_a_pull_is_stopped_comes_back(busy, tmp_path):
    """What a stopped or killed pull has kept already is looked for before it counts as read."""
    folder, begun = tmp_path / "log", requests(busy)
    pull_logs(busy, folder, SINCE, cancelled=lambda: requests(busy) - begun >= 6)
    stopped = shutil.copytree(folder, tmp_path / "stopped")
    assert (stopped / "pull.jsonl").exists()
    for place in sorted(stopped.glob("day=*"))[-3:]:
        shutil.rmtree(place)
    words = [sys.executable, "-c", PULL, str(tmp_path / "sandbox.db"), str(tmp_path / "killed"), SINCE]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: len(list((tmp_path / "killed").glob("day=*/delta-*.arrow"))) > 5)
        process.kill()
    for path in sorted((tmp_path / "killed").glob("day=*/delta-*.arrow"))[:3]:
        path.unlink()

    for one in (stopped, tmp_path / "killed"):
        log = pull_logs(busy, one, SINCE)
        assert rows_of(one) == truth(busy)
        assert log.certificate.gaps == ()


def wait_for(there):
    """Wait until something is there, half a minute at most."""
    until = time.monotonic() + 30
    while not there():
        assert time.monotonic() < until
        time.sleep(0.005)


FULL_DISK = """
import resource, sys
import msvc_toolkit as msvc
from msvc_toolkit.errors import ToolkitError

folder, since, room = sys.argv[1:]
conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=600, clock="manual", seed=7)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), resource.RLIM_INFINITY))
try:
    msvc.pull_logs(conn, folder, since)
except ToolkitError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
try:
    before = msvc.open_logs(folder).certificate.rows
except ToolkitError:
    before = 0  # there was no room for anything
log = msvc.pull_logs(conn, folder, since)
print(before, log.certificate.rows, log.certificate.gaps, len({*log.rows(5000)["sid"]}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.slow
@pytest.mark.parametrize("room", [700, 9_000])
def test_a_full_disk_loses_nothing(tmp_path, room):
    """Wherever the room ends, there is a sentence with the next step; what was kept opens, and the next pull goes on."""
    words = [sys.executable, "-c", FULL_DISK, str(tmp_path / "log"), SINCE, str(room)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=100, check=True)

    sentence, figures = ended.stdout.splitlines()
    assert re.search("The disk of .*log is full. Free some space.* goes on", sentence)
    before, rows, gaps, sids = figures.split()
    assert (rows, gaps, sids) == ("600", "()", "600")
    assert 0 <= int(before) < 600
    assert not list(tmp_path.rglob("*.part"))
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


FOREIGN = (
    "@127.0.0.1:{port}/x",
    ":80@127.0.0.1:{port}/x",
    "https://127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}{own}",
    "//127.0.0.1:{port}/x",
    "\\\\127.0.0.1:{port}\\x",
    ".evil.example{own}",
    "{own}\r\nHost: x",
    "{own}#@127.0.0.1:{port}/",
    "{own}\\@127.0.0.1:{port}/x",
    "{own} HTTP/1.1",
    "{path}/../Messages/SM1.json?a",
    "/2010-04-01/Accounts/ACother/Messages.json?a=b",
    "/2010-04-01/Accounts/{sid}/Calls.json?PageSize=1",
    "{path}",
    "",
    5,
    [],
    {},
)


def test_the_next_page_of_a_folder_from_elsewhere_is_followed_only_on_this_accounts_own_list(busy, tmp_path):
    """Any other address in its `pull.jsonl` is never asked for, and costs no message."""
    begun = requests(busy)
    pull_logs(busy, tmp_path / "log", SINCE, cancelled=lambda: requests(busy) - begun >= 3)
    ledger = tmp_path / "log" / "pull.jsonl"
    path = f"/2010-04-01/Accounts/{busy.account_sid}/Messages.json"
    told = {"port": 9, "sid": busy.account_sid, "path": path, "own": f"{path}?PageSize=1000"}
    foreign = [one.format(**told) if isinstance(one, str) else one for one in FOREIGN]
    own = message_list.Listing(busy, None, None).owns
    assert [one for one in foreign if own(one)] == []
    assert own(f"{path}?PageSize=1000&Page=1&PageToken=PASM0&DateSent%3E=2026-01-05T00%3A00%3A00Z")
    entries, changed = [json.loads(line) for line in ledger.read_text().splitlines()], 0
    for entry in entries:
        for one in [*entry.get("slices", {}).values(), *([entry["now"]] if "now" in entry else [])]:
            if one["next_uri"] is not None:
                one["next_uri"] = foreign[changed % len(foreign)]
                changed += 1
    assert changed
    ledger.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    asked = busy.client.http_client = Asked(busy.client.http_client)

    log = pull_logs(busy, tmp_path / "log", SINCE)

    assert asked.uris
    assert {uri.partition("?")[0] for uri in asked.uris} == {f"{busy.client.api.base_url}{path}"}
    assert rows_of(tmp_path / "log") == truth(busy)
    assert log.certificate.gaps == ()


class Asked(HttpClient):
    """Carries requests as another does, and remembers their addresses."""

    def __init__(self, inner):
        super().__init__(logger=inner.logger, is_async=False)
        self.inner, self.uris = inner, []

    def request(self, method, uri, *args, **options):
        """Carry a request."""
        self.uris.append(uri)
        return self.inner.request(method, uri, *args, **options)


def test_a_ledger_that_is_a_link_leads_nowhere(conn, tmp_path):
    """A folder from elsewhere cannot have another file overwritten."""
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    pull_logs(conn, tmp_path / "log")
    (tmp_path / "log" / "pull.jsonl").symlink_to(target)

    pull_logs(conn, tmp_path / "log")

    assert target.read_text() == "mine"


def test_two_pulls_of_one_folder_at_once(busy, tmp_path):
    """One of them is told that another is writing; the log is the truth."""
    words = [sys.executable, "-c", PULL, str(tmp_path / "sandbox.db"), str(tmp_path / "log"), SINCE]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for((tmp_path / "log" / "pull.jsonl").exists)
        with pytest.raises(InvalidInput, match="Another pull or import"):
            pull_logs(busy, tmp_path / "log", SINCE)
        assert process.communicate(timeout=60)[1] == ""

    assert process.returncode == 0
    assert rows_of(tmp_path / "log") == truth(busy)


def test_a_folder_of_another_account_without_its_record_is_refused(busy, tmp_path):
    """Its files say whose they are, so nothing is mixed even when log.json is gone."""
    pull_logs(busy, tmp_path / "log", "2026-01-01")
    (tmp_path / "log" / "log.json").unlink()
    before = sorted(path.name for path in (tmp_path / "log").rglob("*"))
    other = msvc.connect("sandbox", store=":memory:", clock="manual", seed=8)

    with closing(other.sandbox.api.store), pytest.raises(InvalidInput, match="another account"):
        pull_logs(other, tmp_path / "log")

    assert sorted(path.name for path in (tmp_path / "log").rglob("*")) == before
