"""Message feedback: a confirmation that the recipient took the action the message asked for.

Source: Message Feedback subresource; twilio_api_v2010 specification (read 2026-11-23). That a message sent without
ProvideFeedback is refused with 400 / 20001 is our reading: the requirement is documented, the answer is not.
"""

from __future__ import annotations

import json

from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice
from msvc_toolkit.sandbox.rest.responses import Response, answer, rfc2822
from msvc_toolkit.sandbox.rest.routing import Call, Operation, owned

PARAMS = (Param("Outcome", "outcome", choice("confirmed", "unconfirmed")),)


def _create(call: Call) -> Response:
    message = owned(call, "message", call.sids[1], call.path)
    outcome = str(call.read(PARAMS).get("outcome", "confirmed"))
    if not json.loads(message["options"] or "{}").get("provide_feedback"):
        raise Refusal(400, 20001, f"The message {message['sid']} was not sent with ProvideFeedback=true")
    call.store.execute(
        "INSERT INTO feedback VALUES (?, ?, ?, ?) "
        "ON CONFLICT (message_sid) DO UPDATE SET outcome = excluded.outcome, date_updated = excluded.date_updated",
        message["sid"],
        outcome,
        call.now,
        call.now,
    )
    row = call.store.one("SELECT * FROM feedback WHERE message_sid = ?", message["sid"]) or {}
    return answer(
        200,
        {
            "account_sid": message["account_sid"],
            "message_sid": message["sid"],
            "outcome": row["outcome"],
            "date_created": rfc2822(row["date_created"]),
            "date_updated": rfc2822(row["date_updated"]),
            "uri": call.path,
        },
    )


OPERATIONS = tuple(
    Operation("POST", f"/2010-04-01/Accounts/{{AC}}/Messages/{{{prefix}}}/Feedback.json", _create)
    for prefix in ("SM", "MM")
)
