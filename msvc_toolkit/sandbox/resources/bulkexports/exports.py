"""BulkExport: jobs that write a file per day, the days that are ready, and the address of a day's file.

A file has the messages as they were when its job was created, however late it is fetched. Messages are the only
resource type here. Daily exports (`Enabled`), mails and webhooks are refused, because their content is not
documented. Jobs run one after another.

Source: BulkExport overview, Export, Job, Custom Job and Day resources; twilio_bulkexports_v1 specification (read
2026-11-23). The error code of wrong days is not documented; here it is 20001.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msvc_toolkit.sandbox.messages import export_files
from msvc_toolkit.sandbox.rest.errors import Refusal, not_emulated, not_found
from msvc_toolkit.sandbox.rest.params import DAY_MS, Param, boolean, method, required, text, url
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, list_v1, redirect
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, owned, page_of, signed_url
from msvc_toolkit.sandbox.storage.store import Row

FILE = "/_files/export.json.gz"
KEPT_MS = 7 * DAY_MS
"""How long a file can be fetched; seven days, documented."""
DAYS_PAGE = 400
"""The largest page of days; documented."""
LONGEST = 366
"""Days of one job. Ours, so that a typo does not export centuries; Twilio documents no limit."""


def _day(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"it must be a day as YYYY-MM-DD, not {value[:40]!r}")
    return str(date.fromisoformat(value))


PARAMS = (
    Param("StartDay", "start_day", _day),
    Param("EndDay", "end_day", _day),
    Param("FriendlyName", "friendly_name", text(1, 64)),
)
LEFT_OUT = ("WebhookUrl", "WebhookMethod", "Email")
CONFIGURATION = (
    Param("Enabled", "enabled", boolean),
    Param("WebhookUrl", "webhook_url", url),
    Param("WebhookMethod", "webhook_method", lambda value: method(value) if value else ""),
)
_DAYS = "(SELECT seq, sid, account_sid, day, friendly_name, ready, records, length(content) AS size FROM export_day)"
_READY = "account_sid = ? AND records > 0 AND ready <= ? AND ready > ?"
_NEWEST = f"SELECT seq FROM export_day WHERE day = ? AND {_READY} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - our words
_OF_EACH_DAY = f"{_READY} AND seq IN (SELECT max(seq) FROM export_day WHERE {_READY} GROUP BY day)"  # noqa: S608


def _type(call: Call) -> None:
    """Raise Refusal for resource types that are not emulated."""
    if call.sids[0] != "Messages":
        raise not_emulated(f"the export of {call.sids[0]}, only of Messages")


def _export(call: Call) -> Response:
    _type(call)
    here = f"{call.origin}{call.path}"
    links = {"days": f"{here}/Days", "export_custom_jobs": f"{here}/Jobs", "jobs": f"{call.origin}/v1/Exports/Jobs"}
    return answer(200, {"resource_type": "Messages", "url": here, "links": links})


def _configuration(call: Call) -> Response:
    _type(call)
    row = call.store.one("SELECT * FROM export_configuration WHERE account_sid = ?", call.account["sid"]) or {}
    hook = {name: row.get(name) or "" for name in ("webhook_url", "webhook_method")}
    here = f"{call.origin}{call.path}"
    return answer(200, {"url": here, "enabled": False, **hook, "resource_type": "Messages"})


def _configure(call: Call) -> Response:
    _type(call)
    values = call.read(CONFIGURATION)
    if values.pop("enabled", 0):
        raise not_emulated("daily exports (Enabled=true); create a job for the days instead")
    stored = call.store.one("SELECT * FROM export_configuration WHERE account_sid = ?", call.account["sid"])
    row = {"webhook_url": None, "webhook_method": None, **(stored or {}), "account_sid": call.account["sid"], **values}
    call.store.execute("DELETE FROM export_configuration WHERE account_sid = ?", call.account["sid"])
    call.store.insert("export_configuration", row)
    return _configuration(call)


def _create(call: Call) -> Response:
    _type(call)
    values = call.read(PARAMS, elsewhere=LEFT_OUT)
    required(values, PARAMS, "StartDay", "EndDay", "FriendlyName")
    start, end = (date.fromisoformat(str(values[name])) for name in ("start_day", "end_day"))
    latest = _today(call) - timedelta(days=2)
    if start > end or end > latest:
        raise Refusal(400, 20001, f"StartDay must not be after EndDay, and EndDay not after {latest}, two days back")
    days = (end - start).days + 1
    if days > LONGEST:
        raise Refusal(400, 20001, f"A job covers at most {LONGEST} days, not {days}; make several")
    wait, each = call.settings.export_wait_ms, call.settings.export_day_ms
    last = call.store.one("SELECT max(ready) AS ready FROM export_day WHERE account_sid = ?", call.account["sid"])
    begins = max(call.now + wait, (last or {})["ready"] or 0)
    sid = call.store.new_sid("JS")
    row = {"sid": sid, "account_sid": call.account["sid"], "begins": begins, "date_created": call.now, **values}
    call.store.insert("export_job", row)
    first = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()) * 1000
    files = export_files.write(call.store, call.account["sid"], first, days, call.now)
    for number, file in enumerate(files):
        day = {"day": str(start + timedelta(days=number)), "ready": begins + (number + 1) * each}
        day |= {"sid": sid, "account_sid": call.account["sid"], "friendly_name": values["friendly_name"]}
        call.store.insert("export_day", {**day, "records": file.records, "content": file.content()})
    return answer(201, _job_shape(call, row))


def _today(call: Call) -> date:
    return datetime.fromtimestamp(call.now / 1000, UTC).date()


def _job_shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a job as Twilio does; its details group the days by status."""
    days = call.store.all(f"SELECT day, ready, records FROM {_DAYS} WHERE sid = ? ORDER BY seq", row["sid"])  # noqa: S608
    groups: dict[str, list[str]] = {}
    for day in days:
        groups.setdefault(_status(call, day), []).append(day["day"])
    done = days[-1]["ready"]
    ahead = call.store.one(
        "SELECT count(DISTINCT sid) AS n FROM export_day WHERE account_sid = ? AND ready > ? AND ready <= ?",
        call.account["sid"],
        call.now,
        done,
    )
    over = done <= call.now
    time = datetime.fromtimestamp(done / 1000, UTC).replace(tzinfo=None)
    return {
        "start_day": row["start_day"],
        "job_sid": row["sid"],
        "friendly_name": row["friendly_name"],
        "webhook_method": None,
        "details": [
            {"status": status, "count": len(in_status), "days": in_status} for status, in_status in groups.items()
        ],
        "end_day": row["end_day"],
        "webhook_url": None,
        "email": None,
        "resource_type": "Messages",
        "job_queue_position": None if over or ahead is None else str(ahead["n"]),
        "estimated_completion_time": None if over else time.isoformat(timespec="milliseconds"),
    }


def _status(call: Call, day: Row) -> str:
    if day["ready"] <= call.now:
        return "Completed" if day["records"] else "CompletedEmptyRecords"
    return "Running" if day["ready"] - call.settings.export_day_ms <= call.now else "Submitted"


def _jobs(call: Call) -> Response:
    _type(call)
    page = page_of(call, "export_job", "account_sid = ?", (call.account["sid"],), newest_first=True)
    items = [_job_shape(call, row) for row in page.rows]
    return list_v1(call.origin + call.path, "jobs", page, filters(call, ()), items)


def _job(call: Call) -> Response:
    row = owned(call, "export_job", call.sids[0], call.path.removeprefix("/v1"))
    return answer(200, {**_job_shape(call, row), "url": f"{call.origin}{call.path}"})


def _delete(call: Call) -> Response:
    row = owned(call, "export_job", call.sids[0], call.path.removeprefix("/v1"))
    call.store.execute("DELETE FROM export_job WHERE sid = ?", row["sid"])
    return Response(204)


def _days(call: Call) -> Response:
    """List the days that are ready; for a day that was exported twice, the newest file."""
    _type(call)
    ready = (call.account["sid"], call.now, call.now - KEPT_MS)
    page = page_of(call, _DAYS, _OF_EACH_DAY, (*ready, *ready), most=DAYS_PAGE)
    items = [
        {
            **columns(row, "day", "size"),
            "resource_type": "Messages",
            "create_date": str(datetime.fromtimestamp(row["ready"] / 1000, UTC).date()),
            "friendly_name": row["friendly_name"],
        }
        for row in page.rows
    ]
    return list_v1(call.origin + call.path, "days", page, filters(call, ()), items)


def _one_day(call: Call) -> Response:
    _type(call)
    row = call.store.one(_NEWEST, call.sids[1], call.account["sid"], call.now, call.now - KEPT_MS)
    if row is None:
        raise not_found(call.path.removeprefix("/v1"))
    return redirect(signed_url(call, FILE, File=str(row["seq"])))


def _file(call: Call) -> Response:
    query = "SELECT content FROM export_day WHERE seq = ? AND account_sid = ?"
    row = call.store.one(query, int(dict(call.query)["File"]), call.account["sid"])
    if row is None:
        raise not_found(call.path)
    return Response(200, row["content"], {"Content-Type": "application/gzip"})


_BASE = "/v1/Exports/{ResourceType}"
OPERATIONS = (
    Operation("GET", _BASE, _export),
    Operation("GET", f"{_BASE}/Configuration", _configuration),
    Operation("POST", f"{_BASE}/Configuration", _configure),
    Operation("GET", f"{_BASE}/Jobs", _jobs),
    Operation("POST", f"{_BASE}/Jobs", _create),
    Operation("GET", "/v1/Exports/Jobs/{JS}", _job),
    Operation("DELETE", "/v1/Exports/Jobs/{JS}", _delete),
    Operation("GET", f"{_BASE}/Days", _days),
    Operation("GET", f"{_BASE}/Days/{{Day}}", _one_day),
    Operation("GET", FILE, _file, signed=True),
)
