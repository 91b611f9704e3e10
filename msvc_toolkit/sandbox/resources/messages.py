"""Messages: create, list, fetch, redact, cancel, delete.

Source: Messages resource; twilio_api_v2010 specification; recorded create answer (read 2026-11-23).
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import lru_cache
from typing import Any

from msvc_toolkit import codes, phone, segments
from msvc_toolkit.sandbox import lifecycle, rules
from msvc_toolkit.sandbox.params import Param, boolean, choice, integer, moment, read, text, url
from msvc_toolkit.sandbox.refusal import Refusal
from msvc_toolkit.sandbox.resource import Call, Route, filters, owned, page_of
from msvc_toolkit.sandbox.store import Row
from msvc_toolkit.sandbox.wire import Response, answer, list_2010, rfc2822

PARAMS = (
    Param("To", "to", text()),
    Param("From", "from_", text()),
    Param("MessagingServiceSid", "service_sid", text()),
    Param("Body", "body", str),
    Param("StatusCallback", "status_callback", url, code=21609),
    Param("ValidityPeriod", "validity_period", integer(1, 36_000), code=21624),
    Param("ScheduleType", "schedule_type", text()),
    Param("SendAt", "send_at", moment, code=35114),
    Param("SendAsMms", "send_as_mms", boolean),
    Param("SmartEncoded", "smart_encoded", boolean),
    Param("ProvideFeedback", "provide_feedback", boolean),
    Param("Attempt", "attempt", integer(0, 1_000_000)),
    Param("ContentRetention", "content_retention", choice("retain", "discard")),
    Param("AddressRetention", "address_retention", choice("retain", "obfuscate")),
    Param("RiskCheck", "risk_check", choice("enable", "disable")),
    Param("TrafficType", "traffic_type", choice("free")),
    Param("ForceDelivery", "force_delivery", boolean),
    Param("MaxPrice", "max_price", text()),
    Param(
        "MessageIntent",
        "message_intent",
        choice(
            "otp", "notifications", "marketing", "fraud", "security", "customercare", "delivery", "education",
            "polling", "announcements", "events",
        ),
    ),
)  # fmt: skip
LEFT_OUT = (
    "ApplicationSid", "ContentSid", "ContentVariables", "FallbackFrom", "PersistentAction", "ShortenUrls",
)  # fmt: skip
"""Parameters of the live resource that need what the sandbox lacks: applications, templates, short links."""

_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")
_DAY_MS = 86_400_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def shape(row: Row) -> dict[str, Any]:
    """Write a message as Twilio does, keys in the order of a recorded answer."""
    uri = f"/2010-04-01/Accounts/{row['account_sid']}/Messages/{row['sid']}"
    return {
        "sid": row["sid"],
        "date_created": rfc2822(row["date_created"]),
        "date_updated": rfc2822(row["date_updated"]),
        "date_sent": rfc2822(row["date_sent"]),
        "account_sid": row["account_sid"],
        "to": row["to_"],
        "from": row["from_"],
        "messaging_service_sid": row["service_sid"],
        "body": row["body"],
        "status": row["status"],
        "num_segments": str(row["num_segments"]),
        "num_media": str(row["num_media"]),
        "direction": row["direction"],
        "api_version": "2010-04-01",
        "price": row["price"],
        "price_unit": row["price_unit"],
        "error_code": row["error_code"],
        "error_message": _meaning(row["error_code"]),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


@lru_cache(maxsize=256)
def _meaning(code: int | None) -> str | None:
    known = codes.lookup(code)
    return known.meaning if known else None


def _create(call: Call) -> Response:
    media = tuple(value for name, value in call.form if name == "MediaUrl" and value)
    form = [(name, value) for name, value in call.form if name != "MediaUrl"]
    values = read(form, PARAMS, elsewhere=LEFT_OUT)
    if rules.SERVICE_SID.fullmatch(str(values.get("from_") or "")) and not values.get("service_sid"):
        values["service_sid"] = values.pop("from_")
    for address in media:
        _check_media(address)
    ask = rules.Sending(call.store, call.settings, call.account, values, media, call.now)
    rules.check(ask)
    row = _row(call, ask)
    call.store.insert("message", row)
    return answer(201, shape(row))


def _check_media(address: str) -> None:
    try:
        url(address)
    except ValueError as error:
        raise Refusal(400, 21620, f"Invalid media URL: {error}") from error


def _row(call: Call, ask: rules.Sending) -> Row:
    status = "accepted" if ask.service else "queued"
    if ask.values.get("send_at") is not None:
        status = "scheduled"
    smart = ask.values.get("smart_encoded", ask.service["smart_encoding"] if ask.service else 0)
    measured = segments.measure(ask.text("body"), smart_encoding=bool(smart))
    mms = bool(ask.media) or bool(ask.values.get("send_as_mms"))
    count = 1 if mms else measured.count
    why = []
    if ask.text("from_"):
        told = f"From was given ({phone.mask(ask.text('from_'))}), so nothing was selected."
        why = [{"rule": "explicit From", "sentence": told, "left": [ask.sender["sid"]] if ask.sender else []}]
    options = {
        name: ask.values[name] for name in sorted(ask.values) if name not in ("to", "from_", "body", "service_sid")
    }
    to = ask.to.text if ask.to else ask.text("to")
    return {
        "sid": call.store.new_sid("MM" if mms else "SM"),
        "account_sid": call.account["sid"],
        "service_sid": ask.service["sid"] if ask.service else None,
        "sender_sid": (ask.sender["sid"] if ask.sender else "explicit") if ask.text("from_") else None,
        "from_": ask.text("from_") or None,
        "to_": to,
        "body": ask.text("body"),
        "direction": "outbound-api",
        "status": status,
        "num_segments": 0 if ask.service and not ask.text("from_") else count,
        "num_media": len(ask.media),
        "price": None,
        "price_unit": None,
        "error_code": None,
        "options": json.dumps({**options, "segments": count, "media": list(ask.media)}),
        "why": json.dumps(why),
        "date_created": call.now,
        "date_updated": call.now,
        "date_sent": None,
        "due": ask.values.get("send_at")
        if status == "scheduled"
        else lifecycle.first_due(status, call.now, call.settings),
    }


def _list(call: Call) -> Response:
    taken = filters(call, _FILTERS)
    where, values = "account_sid = ?", [call.account["sid"]]
    for name, value in taken:
        if name in ("To", "From"):
            address = phone.read(value)
            where, values = f"{where} AND {name.lower()}_ = ?", [*values, address.text if address else value]
        else:
            first, last = _window(name, value)
            where, values = f"{where} AND date_sent BETWEEN ? AND ?", [*values, first, last]
    page = page_of(call, "message", where, tuple(values), newest_first=True)
    return list_2010(call.path, "messages", page, taken, [shape(row) for row in page.rows])


def _window(name: str, value: str) -> tuple[int, int]:
    """Return the first and last millisecond a DateSent filter lets through.

    Source: Messages resource: dates are GMT, `<` and `>` include the named moment. That a plain equality means the
    whole day also for a full time is our reading.
    """
    try:
        if not _DAY.match(value):
            raise ValueError(value)  # noqa: TRY301 - one sentence for all that is no date
        whole_day = len(value) == len("2026-01-05")
        start = moment(date.fromisoformat(value[:10]).isoformat())
        day = (start, start + _DAY_MS - 1)
        exact = day if whole_day else (moment(value), moment(value) + 999)
    except ValueError as error:
        raise Refusal(
            400, 20001, f"Invalid {name}: a date is YYYY-MM-DD or an ISO 8601 time, not {value[:40]!r}"
        ) from error
    far = 1 << 62
    return {"DateSent": day, "DateSent<": (-far, exact[1]), "DateSent>": (exact[0], far)}[name]


def _message(call: Call) -> Row:
    return owned(call, "message", call.sids[1], call.path)


def _fetch(call: Call) -> Response:
    return answer(200, shape(_message(call)))


def _update(call: Call) -> Response:
    row = call.store.one("SELECT * FROM message WHERE sid = ? AND account_sid = ?", call.sids[1], call.account["sid"])
    if row is None:
        raise Refusal(404, 30404, f"The message {call.sids[1]} was not found.")
    form = dict(call.form)
    if set(form) == {"Body"} and form["Body"] == "":
        call.store.update("message", row["sid"], {"body": "", "date_updated": call.now})
    elif form == {"Status": "canceled"}:
        if "canceled" not in lifecycle.NEXT[row["status"]]:
            raise Refusal(409, 30409, f"The message is {row['status']} and can no longer be canceled.")
        call.store.update("message", row["sid"], {"status": "canceled", "due": None, "date_updated": call.now})
    else:
        raise Refusal(400, 30400, "Give either an empty Body (to redact) or Status=canceled (to cancel).")
    return _fetch(call)


def _delete(call: Call) -> Response:
    row = _message(call)
    if row["status"] not in lifecycle.FINAL and row["status"] != "sent":
        raise Refusal(409, 20009, f"The message is {row['status']}; it can be deleted once it is finished.")
    call.store.run("DELETE FROM message WHERE sid = ?", row["sid"])
    return Response(204)


_BASE = "/2010-04-01/Accounts/{AC}/Messages"
ROUTES = (
    Route("POST", f"{_BASE}.json", _create),
    Route("GET", f"{_BASE}.json", _list),
    *(Route("GET", f"{_BASE}/{{{prefix}}}.json", _fetch) for prefix in ("SM", "MM")),
    *(Route("POST", f"{_BASE}/{{{prefix}}}.json", _update) for prefix in ("SM", "MM")),
    *(Route("DELETE", f"{_BASE}/{{{prefix}}}.json", _delete) for prefix in ("SM", "MM")),
)
