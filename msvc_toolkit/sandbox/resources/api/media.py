"""Media of a message: list, fetch, redirect to the file, delete.

Source: Media subresource; twilio_api_v2010 specification (read 2026-11-23). The sandbox copies no bytes: where the live
API redirects to its own copy, the sandbox redirects to the address the message was given. The content type comes from
the ending of that address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from msvc_toolkit.sandbox.messages.media import content_type, media_sid
from msvc_toolkit.sandbox.rest.errors import not_found
from msvc_toolkit.sandbox.rest.params import window
from msvc_toolkit.sandbox.rest.responses import Response, answer, list_2010, rfc2822
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, owned, page_of
from msvc_toolkit.sandbox.storage.store import Row

_MEDIA = """(
    SELECT message.sid AS message_sid, message.account_sid, message.date_created, key + 1 AS seq, value AS url,
        'ME' AS sid
    FROM message, json_each(message.options, '$.media')
    WHERE NOT EXISTS (SELECT 1 FROM media_deleted WHERE message_sid = message.sid AND seq = key + 1)
)"""
"""One row per medium; its place in the message makes its SID, see `media.media_sid`."""
_IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"
"""Characters that are not escaped in a Location header; others are, as a line end would end the header."""


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write one of a message's media as Twilio does."""
    sid = media_sid(call.store, row["message_sid"], row["seq"])
    return {
        "sid": sid,
        "account_sid": row["account_sid"],
        "parent_sid": row["message_sid"],
        "content_type": content_type(row["url"]),
        "date_created": rfc2822(row["date_created"]),
        "date_updated": rfc2822(row["date_created"]),
        "uri": f"/2010-04-01/Accounts/{row['account_sid']}/Messages/{row['message_sid']}/Media/{sid}.json",
    }


def _list(call: Call) -> Response:
    message = owned(call, "message", call.sids[1], call.path)
    taken = filters(call, ("DateCreated", "DateCreated<", "DateCreated>"))
    where, values = "message_sid = ?", [message["sid"]]
    for name, value in taken:
        where, values = f"{where} AND date_created BETWEEN ? AND ?", [*values, *window(name, value)]
    page = page_of(call, _MEDIA, where, tuple(values))
    return list_2010(call.path, "media_list", page, taken, [shape(call, row) for row in page.rows])


def _one(call: Call) -> Row:
    message = owned(call, "message", call.sids[1], call.path)
    for row in call.store.all(f"SELECT * FROM {_MEDIA} WHERE message_sid = ?", message["sid"]):  # noqa: S608 - ours
        if media_sid(call.store, message["sid"], row["seq"]) == call.sids[2]:
            return row
    raise not_found(call.path)


def _fetch(call: Call) -> Response:
    return answer(200, shape(call, _one(call)))


def _bytes(call: Call) -> Response:
    """Redirect to the file. Source: Media subresource, addresses without an extension; 307 as with Deactivations."""
    return Response(307, headers={"Location": quote(_one(call)["url"], safe=_IN_ADDRESSES)})


def _delete(call: Call) -> Response:
    row = _one(call)
    call.store.execute("INSERT INTO media_deleted VALUES (?, ?)", row["message_sid"], row["seq"])
    return Response(204)


OPERATIONS = tuple(
    route
    for base in (f"/2010-04-01/Accounts/{{AC}}/Messages/{{{prefix}}}/Media" for prefix in ("SM", "MM"))
    for route in (
        Operation("GET", f"{base}.json", _list),
        Operation("GET", f"{base}/{{ME}}.json", _fetch),
        Operation("GET", f"{base}/{{ME}}", _bytes),
        Operation("DELETE", f"{base}/{{ME}}.json", _delete),
    )
)
