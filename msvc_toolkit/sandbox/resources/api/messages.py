"""Messages: create, list, fetch, redact, cancel, delete.

Source: Messages resource; twilio_api_v2010 specification; answers are written in `serialization` (read 2026-11-23).
"""

from __future__ import annotations

import json
from http import HTTPStatus

from msvc_toolkit.rules import addresses, segments, statuses
from msvc_toolkit.rules.limits import BODY_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.sandbox.messages import callbacks, delivery, lifecycle, sender_pool, serialization, validation
from msvc_toolkit.sandbox.messages.delivery import blank, keep
from msvc_toolkit.sandbox.rest.errors import Refusal, SandboxRefusal
from msvc_toolkit.sandbox.rest.params import (
    DAY_MS,
    Param,
    boolean,
    by_name,
    choice,
    integer,
    moment,
    params,
    template,
    text,
    url,
    window,
)
from msvc_toolkit.sandbox.rest.responses import Response, list_written, refuse
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, owned, page_of
from msvc_toolkit.sandbox.storage.store import Row

INTENTS = tuple(
    "otp notifications marketing fraud security customercare delivery education polling announcements events".split()
)
PARAMS = (
    *params("To ScheduleType MaxPrice", text()),
    *params("SendAsMms SmartEncoded ProvideFeedback ForceDelivery ShortenUrls", boolean),
    Param("From", "from_", text()),
    Param("MessagingServiceSid", "service_sid", text()),
    Param("Body", "body", str),
    Param("ContentSid", "content_sid", template, code=21655),
    Param("ContentVariables", "content_variables", str),
    Param("StatusCallback", "status_callback", url, code=21609),
    Param("ValidityPeriod", "validity_period", integer(1, VALIDITY_LIMIT_SECONDS), code=21624),
    Param("SendAt", "send_at", moment, code=35114),
    Param("Attempt", "attempt", integer(0, 1_000_000)),
    Param("ContentRetention", "content_retention", choice("retain", "discard")),
    Param("AddressRetention", "address_retention", choice("retain", "obfuscate")),
    Param("RiskCheck", "risk_check", choice("enable", "disable")),
    Param("TrafficType", "traffic_type", choice("free")),
    Param("MessageIntent", "message_intent", choice(*INTENTS)),
)
_BY_NAME = by_name(PARAMS)
LEFT_OUT = ("ApplicationSid", "FallbackFrom", "PersistentAction")
"""Parameters of the live resource that need what the sandbox lacks: applications, rich messages."""
UPDATE = (Param("Body", "body", str), Param("Status", "status", str))

ADDRESS_KEPT = 256
"""Characters of an address that a refused attempt keeps. Ours."""
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


def _answer(status: int, row: Row, now: int) -> Response:
    return Response(status, serialization.api([serialization.of(row)], now)[0].encode())


def _create(call: Call) -> Response:
    try:
        row = _accepted(call)
    except SandboxRefusal:
        raise
    except Refusal as refusal:
        if refusal.status != HTTPStatus.BAD_REQUEST:
            raise
        keep(call.store, _attempt(call, refusal))
        return refuse(refusal)
    keep(call.store, row)
    callbacks.report(call.store, row)
    if row["service_sid"] and "content_sid" in (row["options"] or ""):
        row["body"] = (
            ""  # recorded: twilio/twilio-node#1081 (read 2026-12-01); that a later answer has the text is ours
        )
    return _answer(201, row, call.now)


def _accepted(call: Call) -> Row:
    """Return the row of a message that Twilio would accept; raise Refusal if it would refuse it."""
    media = tuple(value for name, value in call.form if name == "MediaUrl" and value)
    form = [(name, value) for name, value in call.form if name != "MediaUrl"]
    values = call.read(_BY_NAME, elsewhere=LEFT_OUT, pairs=form)
    if validation.SERVICE_SID.fullmatch(str(values.get("from_") or "")) and not values.get("service_sid"):
        values["service_sid"] = values.pop("from_")
    for address in media:
        _check_media(address)
    request = validation.SendRequest(call.store, call.settings, call.account, values, media, call.now)
    validation.check(request)
    return _row(call, request)


def _attempt(call: Call, refusal: Refusal) -> Row:
    """Return the row for an attempt that was refused with 400: failed at once, with the error code of the answer.

    Source: support article 21923437804315 (documented: since April 2024 such attempts are in the list of messages;
    read 2026-11-30). The other fields of the row are our choice.
    """
    given = dict(call.form)
    media = sum(name == "MediaUrl" for name, _ in call.form)
    by = given.get("From", "")
    return {
        **blank(call.store, "MM" if media else "SM"),
        "account_sid": call.account["sid"],
        "service_sid": _own_service(call, given.get("MessagingServiceSid") or by),
        "from_": by[:ADDRESS_KEPT] if by and not by.startswith("MG") else None,
        "explicit": 1,
        "to_": given.get("To", "")[:ADDRESS_KEPT],
        "body": given.get("Body", "")[:BODY_LIMIT],
        "direction": "outbound-api",
        "num_segments": 0,
        "num_media": 0,
        "outcome": "failed",
        "error_code": refusal.code,
        "date_created": call.now,
        "ended": call.now,
    }


def _own_service(call: Call, sid: str) -> str | None:
    service = sender_pool.service_of(call.store, sid) if sid.startswith("MG") else None
    return sid if service and service["account_sid"] == call.account["sid"] else None


def _check_media(address: str) -> None:
    try:
        url(address)
    except ValueError as error:
        raise Refusal(400, 21620, f"Invalid media URL: {error}") from error


def _row(call: Call, request: validation.SendRequest) -> Row:
    mms = bool(request.media) or bool(request.values.get("send_as_mms"))
    smart = request.values.get("smart_encoded", request.service["smart_encoding"] if request.service else 0)
    body, send_at = request.text("body"), request.values.get("send_at")
    options = {
        name: value for name, value in request.values.items() if name not in ("to", "from_", "body", "service_sid")
    }
    if request.media:
        options["media"] = list(request.media)
    assert request.to is not None  # noqa: S101 - the rules have read it
    row = blank(call.store, "MM" if mms else "SM")
    row |= {
        "account_sid": call.account["sid"],
        "service_sid": request.service["sid"] if request.service else None,
        "to_": request.to.text,
        "body": body,
        "direction": "outbound-api",
        "num_segments": 1 if mms else segments.measure(body, smart_encoding=bool(smart)).count,
        "num_media": len(request.media),
        "options": json.dumps(options) if options else None,
        "date_created": call.now,
    }
    by = None
    if request.by is not None:
        sid = request.sender["sid"] if request.sender else request.by.text
        by = delivery.MessageSender(sid, request.by, request.sender["standing"] if request.sender else "good")
        sentence = f"From was given ({request.by.label}), so nothing was selected."
        row |= {"sender_sid": sid, "from_": request.by.text, "explicit": 1}
        row["decision"] = sender_pool.keep_steps(call.store, [delivery.step("explicit From", sentence, [sid])])
    if send_at is not None:
        row["due"] = send_at
    else:
        delivery.release(call.store, call.settings, row, request.to, by, call.now)
    return row


def _list(call: Call) -> Response:
    taken = filters(call, _FILTERS)
    where, values = "account_sid = ?", [call.account["sid"]]
    begin, end = -(1 << 62), call.now
    for name, value in taken:
        if name in ("To", "From"):
            address = addresses.read(value)
            where, values = f"{where} AND {name.lower()}_ = ?", [*values, address.text if address else value]
            if name == "From":
                where, values = f"{where} AND (explicit OR queued <= ?)", [*values, call.now]
        else:
            first, last = window(name, value)
            _check_retained(call, last if name.endswith("<") else first)
            begin, end = max(begin, first), min(end, last)
    if any(name.startswith("DateSent") for name, _ in taken):
        where, values = f"{where} AND sent BETWEEN ? AND ?", [*values, begin, end]
    page = page_of(call, "message", where, tuple(values), newest_first=True, columns=serialization.COLUMNS)
    return list_written(call.path, "messages", page, taken, serialization.api(page.rows, call.now))


def _check_retained(call: Call, time: int) -> None:
    """Raise Refusal if a filter begins before the period that Twilio keeps messages.

    Source: airbytehq/airbyte#10418, #9225 (recorded; read 2026-11-27). Our choice: whole days are compared.
    """
    days = call.settings.retention_days
    if time < call.now // DAY_MS * DAY_MS - days * DAY_MS:
        raise Refusal(
            400,
            20004,
            f"Date range specified in query is partially or entirely outside of retention window of {days} days",
        )


def _message(call: Call) -> Row:
    return owned(call, "message", call.sids[1], call.path)


def _fetch(call: Call) -> Response:
    return _answer(200, _message(call), call.now)


def _update(call: Call) -> Response:
    row = call.store.one("SELECT * FROM message WHERE sid = ? AND account_sid = ?", call.sids[1], call.account["sid"])
    if row is None:
        raise Refusal(404, 30404, f"The message {call.sids[1]} was not found.")
    asked = call.read(UPDATE)
    if asked == {"body": ""}:
        call.store.execute_unobserved("UPDATE message SET body = '', touched = ? WHERE seq = ?", call.now, row["seq"])
    elif asked == {"status": "canceled"}:
        state = lifecycle.status(row, call.now)
        if state != "scheduled":
            raise Refusal(409, 30409, f"The message is {state} and can no longer be canceled.")
        delivery.cancel(call.store, row, call.now)
        callbacks.report_again(call.store, _message(call), call.now)
    else:
        raise Refusal(400, 30400, "Give either an empty Body (to redact) or Status=canceled (to cancel).")
    return _fetch(call)


def _delete(call: Call) -> Response:
    row = _message(call)
    state = lifecycle.status(row, call.now)
    if state not in statuses.FINAL and state != "sent":
        raise Refusal(409, 20009, f"The message is {state}; it can be deleted once it is finished.")
    call.store.execute_unobserved("DELETE FROM message WHERE seq = ?", row["seq"])
    return Response(204)


_BASE = "/2010-04-01/Accounts/{AC}/Messages"
OPERATIONS = (
    Operation("POST", f"{_BASE}.json", _create),
    Operation("GET", f"{_BASE}.json", _list),
    *(Operation("GET", f"{_BASE}/{{{prefix}}}.json", _fetch) for prefix in ("SM", "MM")),
    *(Operation("POST", f"{_BASE}/{{{prefix}}}.json", _update) for prefix in ("SM", "MM")),
    *(Operation("DELETE", f"{_BASE}/{{{prefix}}}.json", _delete) for prefix in ("SM", "MM")),
)
