"""BulkExport: jobs, days and files, through the official SDK and against Twilio's own schema."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from msvc_toolkit.sandbox.backend import Request

DAY = 86_400
TO = "+14155550123"


def job_for(account, start="2026-01-05", end="2026-01-05", name="History"):
    """A job as the API answers after its creation."""
    form = [("StartDay", start), ("EndDay", end), ("FriendlyName", name)]
    return account.ask("POST", "/v1/Exports/Messages/Jobs", form=form)


def exports_of(account):
    """What the SDK offers for exports of messages, on either way."""
    if account.origin.startswith("http://"):
        account.client.bulkexports.base_url = account.origin
    return account.client.bulkexports.v1.exports("Messages")


def file_of(account, day="2026-01-05"):
    """The lines of a day's file, fetched from the address that is handed out."""
    address = exports_of(account).days(day).fetch().redirect_to
    if account.origin.startswith("http://"):
        body = requests.get(address, timeout=10).content
    else:
        parts = urlsplit(address)
        body = account.handle.api.handle(Request("GET", parts.path, parse_qsl(parts.query))).body
    return [json.loads(line) for line in gzip.decompress(body).splitlines()]


def exported(account, text="Hi"):
    """An account with one delivered message, and the job that exports its day, done."""
    sent = account.client.messages.create(to=TO, from_="+14155550100", body=text)
    account.advance(2 * DAY)
    job = job_for(account).json
    account.advance(60)
    return sent.sid, job["job_sid"]


def test_a_job_runs_day_after_day_by_the_clock(account):
    """Submitted, Running, Completed; empty days say so; position and estimate end with the job."""
    account.client.messages.create(to=TO, from_="+14155550100", body="Hi")
    account.advance(3 * DAY)
    made = job_for(account, "2026-01-04", "2026-01-06")

    assert made.status == 201
    created = made.json
    assert created["details"] == [
        {"status": "Submitted", "count": 3, "days": ["2026-01-04", "2026-01-05", "2026-01-06"]}
    ]
    assert (created["job_queue_position"], created["estimated_completion_time"]) == ("1", "2026-01-08T15:00:08.000")
    job = f"/v1/Exports/Jobs/{created['job_sid']}"
    account.advance(6.5)
    assert [group["status"] for group in account.ask("GET", job).json["details"]] == [
        "CompletedEmptyRecords",
        "Running",
        "Submitted",
    ]
    account.advance(10)
    done = account.ask("GET", job).json
    assert [(group["status"], group["days"]) for group in done["details"]] == [
        ("CompletedEmptyRecords", ["2026-01-04", "2026-01-06"]),
        ("Completed", ["2026-01-05"]),
    ]
    assert (done["job_queue_position"], done["estimated_completion_time"]) == (None, None)


def test_the_official_sdk_makes_finds_and_deletes_an_export(account):
    """Job, jobs, days, day and configuration through twilio-python; a deleted job takes its files with it."""
    account.client.messages.create(to=TO, from_="+14155550100", body="Hi")
    account.advance(2 * DAY)
    exports = exports_of(account)
    made = exports.export_custom_jobs.create(start_day="2026-01-05", end_day="2026-01-05", friendly_name="Monday")
    assert [job.job_sid for job in exports.export_custom_jobs.list()] == [made.job_sid]
    assert exports.days.list() == []
    account.advance(60)

    (day,) = exports.days.list()
    assert (day.day, day.resource_type, day.friendly_name) == ("2026-01-05", "Messages", "Monday")
    assert day.create_date == "2026-01-07"
    assert day.size > 20
    assert exports.fetch().url.endswith("/v1/Exports/Messages")
    assert exports.days("2026-01-05").fetch().redirect_to.startswith("http")
    settings = account.client.bulkexports.v1.export_configuration("Messages")
    assert settings.update(webhook_url="https://example.com/done", webhook_method="POST").webhook_method == "POST"
    assert (settings.fetch().enabled, settings.fetch().webhook_url) == (False, "https://example.com/done")
    job = account.client.bulkexports.v1.exports.jobs(made.job_sid)
    assert job.fetch().details == [{"status": "Completed", "count": 1, "days": ["2026-01-05"]}]
    assert job.delete()
    assert exports.days.list() == []
    with pytest.raises(TwilioRestException, match="not found"):
        job.fetch()


def test_a_file_holds_what_the_job_saw_when_it_was_created(account):
    """A redaction and a deletion after the job leave its file as it was."""
    sid, _ = exported(account, text="A long story")
    account.client.messages(sid).update(body="")
    account.client.messages(sid).delete()

    (line,) = file_of(account)
    assert (line["sid"], line["body"], line["status"]) == (sid, "A long story", "delivered")
    left_out = {"price_unit", "api_version", "error_message", "uri", "subresource_uris"}
    assert left_out.isdisjoint(line)
    assert line["date_created"] == "2026-01-05T15:00:00Z"


def test_a_message_still_on_its_way_stays_so_in_the_file(account):
    """A scheduled message is exported as scheduled, though it was delivered before the file was read."""
    service = account.client.messaging.v1.services.create("Orders")
    number = account.client.incoming_phone_numbers.list(phone_number="+14155550100")[0]
    account.client.messaging.v1.services(service.sid).phone_numbers.create(number.sid)
    account.client.messages.create(
        to=TO, messaging_service_sid=service.sid, body="Later", schedule_type="fixed", send_at="2026-01-09T15:00:00Z"
    )
    account.advance(3 * DAY)
    job_for(account)
    account.advance(3 * DAY)

    (line,) = file_of(account)
    assert (line["status"], line["from"], line["price"]) == ("scheduled", None, None)
    assert account.client.messages.list()[0].status == "delivered"


def test_files_go_after_seven_days_and_addresses_after_two_minutes(account):
    """A file's address stops working, then the day is gone from the list; the job is still there."""
    _, job = exported(account)
    address = urlsplit(exports_of(account).days("2026-01-05").fetch().redirect_to)
    ask = Request("GET", address.path, parse_qsl(address.query))
    account.advance(121)
    assert account.handle.api.handle(ask).status == 403
    account.advance(7 * DAY)

    assert account.ask("GET", "/v1/Exports/Messages/Days").json["days"] == []
    assert account.ask("GET", "/v1/Exports/Messages/Days/2026-01-05").status == 404
    assert account.ask("GET", f"/v1/Exports/Jobs/{job}").json["details"][0]["status"] == "Completed"


def test_the_newest_file_of_a_day_counts(account):
    """A day exported twice is in the list once, under the later job."""
    exported(account)
    job_for(account, name="Again")
    account.advance(60)

    days = account.ask("GET", "/v1/Exports/Messages/Days", query=[("PageSize", "1000")]).json
    assert [(day["day"], day["friendly_name"]) for day in days["days"]] == [("2026-01-05", "Again")]
    assert days["meta"]["page_size"] == 400


WRONG = [
    ([("StartDay", "2026-01-05"), ("EndDay", "2026-01-06")], "FriendlyName"),
    ([("StartDay", "2026-01-05"), ("EndDay", "2026-01-06"), ("FriendlyName", "x")], "2026-01-05, two days back"),
    ([("StartDay", "2026-01-05"), ("EndDay", "2026-01-04"), ("FriendlyName", "x")], "not be after EndDay"),
    ([("StartDay", "2020-01-01"), ("EndDay", "2026-01-04"), ("FriendlyName", "x")], "366 days"),
    ([("StartDay", "5 Jan"), ("EndDay", "2026-01-05"), ("FriendlyName", "x")], "YYYY-MM-DD"),
    ([("StartDay", "2026-02-30"), ("EndDay", "2026-01-05"), ("FriendlyName", "x")], "StartDay"),
    ([("Email", "me@example.com")], "does not emulate the parameter Email"),
    ([("WebhookUrl", "http://127.0.0.1/")], "does not emulate the parameter WebhookUrl"),
]


@pytest.mark.parametrize(("form", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_job_that_cannot_be_is_refused_by_name(account, form, said):
    """400 with 20001 and what is wrong; no job comes of it."""
    account.advance(2 * DAY)
    found = account.ask("POST", "/v1/Exports/Messages/Jobs", form=form)

    assert (found.status, found.json["code"]) == (400, 20001)
    assert said in found.json["message"]
    assert account.ask("GET", "/v1/Exports/Messages/Jobs").json["jobs"] == []


def test_what_is_left_out_is_refused_by_name(account):
    """Calls and the like, and daily exports, are named; a word that is no resource type is not found."""
    for path in ("", "/Days", "/Jobs", "/Configuration", "/Days/2026-01-05"):
        found = account.ask("GET", f"/v1/Exports/Calls{path}")
        assert (found.status, "export of Calls" in found.json["message"]) == (400, True)
    found = account.ask("POST", "/v1/Exports/Messages/Configuration", form=[("Enabled", "true")])
    assert (found.status, "Enabled=true" in found.json["message"]) == (400, True)
    for path in ("Faxes", "Messages/Days/yesterday", "Messages/Days/2026-13-45", "Jobs/JS" + "0" * 32):
        assert account.ask("GET", f"/v1/Exports/{path}").status == 404


def test_another_account_reads_neither_job_nor_file(account):
    """A subaccount's credentials find no job of its parent; a changed address opens nothing."""
    _, job = exported(account)
    other = account.client.api.v2010.accounts.create(friendly_name="Other")
    auth = (other.sid, other.auth_token)

    assert account.ask("GET", f"/v1/Exports/Jobs/{job}", auth=auth).status == 404
    assert account.ask("GET", "/v1/Exports/Messages/Days", auth=auth).json["days"] == []
    address = urlsplit(exports_of(account).days("2026-01-05").fetch().redirect_to)
    query = [(name, "2" if name == "File" else value) for name, value in parse_qsl(address.query)]
    assert account.handle.api.handle(Request("GET", address.path, query)).status == 403


class Listener:
    """A program on loopback that keeps the last status it received of each message, and each error code."""

    def __init__(self):
        self.last = {}
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                code = int(form["ErrorCode"][0]) if "ErrorCode" in form else None
                listener.last[form["MessageSid"][0]] = {
                    "status": form["MessageStatus"][0],
                    "error_code": code,
                    "to": form["To"][0],
                    "from": form["From"][0],
                }
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/status"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.mark.slow
def test_list_export_and_callbacks_agree_row_by_row(conn):
    """Of 200 messages with every kind of ending, the three ways to read them give the same."""
    listener = Listener()
    number = conn.client.incoming_phone_numbers.list(phone_number="+14155550100")[0]
    service = conn.client.messaging.v1.services.create("Orders", status_callback=listener.url)
    conn.client.messaging.v1.services(service.sid).phone_numbers.create(number.sid)
    states = ("good", "off", "dead", "landline", "no route", "no receipts", "opted out", "good")
    for place, state in enumerate(states):
        conn.sandbox.handset(f"+1415555019{place}", state)
    for count in range(200):
        to = f"+1415555019{count % len(states)}"
        conn.client.messages.create(to=to, body=f"Order {count} “€”", messaging_service_sid=service.sid)
        conn.sandbox.advance(2)
    conn.sandbox.advance(3 * DAY)
    exports = conn.client.bulkexports.v1.exports("Messages")
    exports.export_custom_jobs.create(start_day="2026-01-05", end_day="2026-01-06", friendly_name="All")
    conn.sandbox.advance(60)
    address = exports.days("2026-01-05").fetch().redirect_to
    lines = gzip.decompress(conn.client.http_client.request("GET", address).content).splitlines()
    listener.server.shutdown()
    listener.server.server_close()

    exported = {line["sid"]: line for line in map(json.loads, lines)}
    listed = {message.sid: message for message in conn.client.messages.list()}
    assert exported.keys() == listed.keys() == listener.last.keys()
    assert len(exported) == 200
    assert {line["status"] for line in exported.values()} == {"delivered", "undelivered", "failed", "sent"}
    for sid, message in listed.items():
        line, callback = exported[sid], listener.last[sid]
        assert {name: line[name] for name in ("status", "error_code", "to")} == {
            name: callback[name] for name in ("status", "error_code", "to")
        }
        for name in ("status", "error_code", "to", "body", "direction", "price", "messaging_service_sid"):
            assert line[name] == getattr(message, name)
        assert (line["from"], line["num_segments"]) == (message.from_, message.num_segments)
        for name in ("date_created", "date_sent", "date_updated"):
            moment = getattr(message, name)
            assert line[name] == (moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None)
