"""Content templates: create, list, search, fetch, update, delete, and their approval by WhatsApp.

Source: twilio-oai content specification of 2026-04-14 and models of twilio-python 9.13.0; Content API public endpoints
(read 2026-11-30). WhatsApp's review is the variable rules of `rules.content_templates`, and names that were used or
rejected before; it is decided by the clock. Codes of refusals are ours: 20001.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msvc_toolkit.rules import content_templates
from msvc_toolkit.rules.content_templates import CATEGORIES, NAME
from msvc_toolkit.sandbox.messages.templates import status
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal, not_emulated
from msvc_toolkit.sandbox.rest.params import choice, moment
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

_FIELDS = ("friendly_name", "language", "variables", "types")
_SUBMITTED = frozenset({"name", "category"})
_LEFT_OUT = frozenset({"send_ttl_seconds", "bid_amount"})
_TEXTS = {"Content": 1024, "ContentName": 450}
"""Filters on a text, and their longest value."""
_SEARCH = (*"SortByDate DateCreatedAfter DateCreatedBefore Language ContentType ChannelEligibility".split(), *_TEXTS)


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a template as Twilio does."""
    url = f"{call.origin}/v1/Content/{row['sid']}"
    links = {"approval_create": f"{url}/ApprovalRequests/whatsapp", "approval_fetch": f"{url}/ApprovalRequests"}
    return {**_plain(row), "url": url, "links": links}


def _plain(row: Row) -> dict[str, Any]:
    return {
        **columns(row, "sid", "account_sid", "friendly_name", "language"),
        "variables": json.loads(row["variables"]),
        "types": json.loads(row["types"]),
        "date_created": iso(row["date_created"]),
        "date_updated": iso(row["date_updated"]),
    }


def _approval(call: Call, row: Row) -> dict[str, Any]:
    state, types = status(row, call.settings, call.now), json.loads(row["types"])
    return {
        "type": "whatsapp",
        "name": row["name"] or "",
        "category": row["category"] or "",
        "content_type": content_templates.best(types, "whatsapp") or next(iter(types)),
        "status": state,
        "rejection_reason": row["reason"] if state == "rejected" else "",
        "allow_category_change": True,
    }


def _with_approval(call: Call, row: Row) -> dict[str, Any]:
    return {**_plain(row), "approval_requests": _approval(call, row)}


def _legacy(call: Call, row: Row) -> dict[str, Any]:
    shown = content_templates.show(json.loads(row["types"]), "sms", {})
    name = row["name"] or row["friendly_name"]
    legacy = {"legacy_template_name": name, "legacy_body": shown.body if shown else ""}
    return {**_plain(row), **legacy, "url": shape(call, row)["url"]}


def _given(value: Any) -> Any:
    """Drop the nulls that SDKs send for what was not given."""
    if isinstance(value, dict):
        return {name: _given(part) for name, part in value.items() if part is not None}
    return [_given(part) for part in value] if isinstance(value, list) else value


def _read(call: Call, kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """Read a template's fields from the body; `kept` are those of the template that it changes."""
    for name in sorted({*call.document} - {*_FIELDS}):
        call.unknown(name)
    document = {**(kept or {}), **{name: _given(call.document[name]) for name in _FIELDS if call.document.get(name)}}
    for name, kind in (("friendly_name", str), ("language", str), ("variables", dict), ("types", dict)):
        if name in document and not isinstance(document[name], kind):
            raise Refusal(400, 20001, f"Invalid {name}: it is {'an object' if kind is dict else 'a text'}")
    for name in ("language", "types"):
        if not document.get(name):
            raise Refusal(400, 20001, f"Missing required parameter {name} in the body")
    if kept and document["language"] != kept["language"]:
        raise Refusal(400, 20001, "Invalid language: the language of a template cannot be changed")
    variables = document.setdefault("variables", {})
    if wrong := content_templates.fault(document["types"], variables):
        raise Refusal(400, 20001, f"Invalid content: {wrong}")
    return {**document, "variables": json.dumps(variables), "types": json.dumps(document["types"])}


def _create(call: Call) -> Response:
    now = {"date_created": call.now, "date_updated": call.now}
    sid = call.store.add("content", "HX", call.now, {"account_sid": call.account["sid"], **_read(call), **now})
    return answer(201, shape(call, CONTENTS.one(call, sid)))


def _update(call: Call) -> Response:
    row = CONTENTS.one(call)
    if row["name"] is not None:
        raise Refusal(400, 20001, "A template that was submitted for approval cannot be changed; make a new one")
    return CONTENTS.save(call, row, _read(call, _given({name: _plain(row)[name] for name in _FIELDS})))


def _submit(call: Call) -> Response:
    document = _given(dict(call.document))
    for name in sorted({*document} - _SUBMITTED):
        if name in _LEFT_OUT:
            raise not_emulated(f"the parameter {name}")
        call.unknown(name)
    row = CONTENTS.one(call)
    if not NAME.fullmatch(str(document.get("name") or "")):
        raise Refusal(400, 20001, "Invalid name: it has lower-case letters, digits and underscores alone")
    if document.get("category") not in CATEGORIES:
        raise Refusal(400, 20001, f"Invalid category: it must be one of {', '.join(CATEGORIES)}")
    if row["name"] is not None:
        raise Refusal(400, 20001, "The template was submitted for approval already")
    content_type = content_templates.best(json.loads(row["types"]), "whatsapp")
    if content_type is None or not content_templates.TYPES[content_type].opens:
        raise Refusal(400, 20001, f"{content_type or 'This template'} cannot be submitted for approval by WhatsApp")
    kept = {name: document[name] for name in _SUBMITTED}
    reason = _rejection(call, row, document["name"])
    call.store.update("content", row["sid"], {**kept, "submitted": call.now, "reason": reason})
    return answer(201, {k: v for k, v in _approval(call, CONTENTS.one(call)).items() if k != "type"})


def _rejection(call: Call, row: Row, name: str) -> str:
    """Return why WhatsApp will reject a template, empty where it will approve it.

    Source: a rejected name cannot be used again (twilio/ai, recorded); the variable rules, see `whatsapp_faults`.
    """
    used = call.store.one(
        "SELECT * FROM content WHERE account_sid = ? AND name = ? AND language = ?",
        *(call.account["sid"], name, row["language"]),
    )
    if used is not None:
        rejected = status(used, call.settings, call.now) == "rejected"
        what = "was rejected before" if rejected else "is in use in this language"
        return f"The name {name} {what}. Submit the template under another name."
    faults = content_templates.whatsapp_faults(json.loads(row["types"]), json.loads(row["variables"]))
    return " ".join(dict.fromkeys(sentence for _, sentence in faults))


def _approvals(call: Call) -> Response:
    row = CONTENTS.one(call)
    url = f"{call.origin}/v1/Content/{row['sid']}/ApprovalRequests"
    return answer(200, {**columns(row, "sid", "account_sid"), "whatsapp": _approval(call, row), "url": url})


def _search(item: Callable[[Call, Row], dict[str, Any]]) -> Callable[[Call], Response]:
    """Return the search of version 2, which lists templates as `item` writes them."""

    def search(call: Call) -> Response:
        if any(name == "SortByContentName" for name, _ in call.query):
            raise not_emulated("the parameter SortByContentName")
        taken = filters(call, _SEARCH)
        asked: dict[str, list[str]] = {}
        for name, value in taken:
            asked.setdefault(name, []).append(value)
        tests = [_condition(call, name, values) for name, values in asked.items() if name != "SortByDate"]
        rows = call.store.all("SELECT * FROM content WHERE account_sid = ?", call.account["sid"])
        kept = json.dumps([row["seq"] for row in rows if all(test(row) for test in tests)])
        newest = _parsed("SortByDate", choice("asc", "desc"), asked.get("SortByDate", ["asc"])[-1]) == "desc"
        page = page_of(call, "content", "seq IN (SELECT value FROM json_each(?))", (kept,), newest_first=newest)
        return list_v1(call.origin + call.path, "contents", page, taken, [item(call, row) for row in page.rows])

    return search


def _condition(call: Call, name: str, values: list[str]) -> Callable[[Row], bool]:
    last = values[-1].lower()
    if name in _TEXTS:
        if len(last) > _TEXTS[name]:
            raise Refusal(400, 20001, f"Invalid {name}: it has {_TEXTS[name]} characters at most")
        column = "friendly_name" if name == "ContentName" else "types"
        return lambda row: any(last in text.lower() for text in content_templates.texts(_plain(row)[column]))
    if name == "Language":
        return lambda row: row["language"] in values
    if name == "ContentType":
        return lambda row: not set(values).isdisjoint(json.loads(row["types"]))
    if name == "ChannelEligibility":
        return lambda row: f"whatsapp:{status(row, call.settings, call.now)}" in values
    at = _parsed(name, moment, values[-1])
    return lambda row: row["date_created"] >= at if name == "DateCreatedAfter" else row["date_created"] <= at


def _parsed(name: str, parse: Callable[[str], Any], value: str) -> Any:
    try:
        return parse(value)
    except ValueError as error:
        raise Refusal(400, 20001, f"Invalid {name}: {error}") from error


CONTENTS = Collection("/v1/Content", "content", "HX", "contents", shape)
_LISTS = {"ContentAndApprovals": _with_approval, "LegacyContent": _legacy}
OPERATIONS = (
    *CONTENTS.operations("delete", create=_create, takes_json=True),
    Operation("PUT", "/v1/Content/{HX}", _update, takes_json=True),
    Operation("POST", "/v1/Content/{HX}/ApprovalRequests/whatsapp", _submit, takes_json=True),
    Operation("GET", "/v1/Content/{HX}/ApprovalRequests", _approvals),
    *(
        Operation("GET", f"/v1/{name}", Collection(f"/v1/{name}", "content", "HX", "contents", item).list)
        for name, item in _LISTS.items()
    ),
    Operation("GET", "/v2/Content", _search(shape)),
    Operation("GET", "/v2/ContentAndApprovals", _search(_with_approval)),
)
