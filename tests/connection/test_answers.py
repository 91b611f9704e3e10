"""Answers to writes: what says what happened, and what leaves it unknown."""

import json

import pytest
from twilio.http.response import Response

from msvc_toolkit.connection.answers import judged
from msvc_toolkit.errors import OutcomeUnknown

MESSAGES = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
SERVICES = "https://messaging.twilio.com/v1/Services"
SID = "0123456789abcdef" * 2
NO = {"code": 21211, "message": "Invalid 'To'", "status": 400}
PAGE = "<html>502 Bad Gateway</html>"


@pytest.mark.parametrize(
    ("method", "uri", "status", "body"),
    [
        ("POST", MESSAGES, 201, {"sid": f"SM{SID}", "status": "accepted"}),
        ("POST", MESSAGES, 201, {"sid": f"MM{SID}"}),
        ("POST", SERVICES, 200, {"sid": f"MG{SID}"}),
        ("POST", MESSAGES.replace(".json", f"/SM{SID}/Feedback.json"), 201, {"message_sid": f"SM{SID}"}),
        ("POST", MESSAGES, 400, NO),
        ("POST", MESSAGES, 429, {**NO, "code": 20429}),
        ("POST", SERVICES, 400, {"type": "about:blank", "title": "Bad", "status": 400, "code": 20001}),
        ("DELETE", f"{SERVICES}/MG1", 204, ""),
        ("DELETE", f"{SERVICES}/MG1", 404, NO),
    ],
)
def test_an_answer_of_twilios_is_taken_as_it_is(method, uri, status, body):
    """A record with its SID, a refusal with its code, or the empty answer to a DELETE says what happened."""
    answer = Response(status, body if isinstance(body, str) else json.dumps(body))

    assert judged(method, uri, answer) is answer


@pytest.mark.parametrize("uri", [MESSAGES, SERVICES])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, json.dumps(NO)) for status in (301, 302, 307, 500, 502, 503, 504)),
        *((status, PAGE) for status in (200, 201, 302, 400, 403, 404, 408, 429, 500, 502)),
        *((status, "") for status in (200, 201, 304, 400, 429, 502)),
        *((201, body) for body in ("{}", "[]", "null", '"SM"', "1", '{"sid": null}', '{"sid": ""}', '{"sid": "SM')),
        *((201, json.dumps(body)) for body in ({"status": "ok"}, {"account_sid": f"AC{SID}"}, {"sid": "SM1"})),
        (201, "[" * 100_000),
        (400, '{"code": 400, "message": "Bad request"}'),
        (403, '{"message": "Blocked by your network"}'),
        (408, '{"code": null, "message": "Timeout"}'),
    ],
    ids=lambda value: str(value)[:30],
)
def test_any_other_answer_leaves_the_outcome_unknown(method, uri, status, body):
    """5xx, redirects, pages of gateways, and bodies that are empty, cut or hold no SID: it may have been carried out."""
    with pytest.raises(OutcomeUnknown, match=f"HTTP {status}.*look the result up"):
        judged(method, uri, Response(status, body))


def test_an_empty_answer_to_a_post_leaves_the_outcome_unknown():
    """204 says that something was deleted; to a POST it says nothing."""
    with pytest.raises(OutcomeUnknown):
        judged("POST", MESSAGES, Response(204, ""))


def test_a_record_of_another_kind_is_not_a_message():
    """Sending is answered with a message's SID and nothing else."""
    with pytest.raises(OutcomeUnknown):
        judged("POST", MESSAGES, Response(201, json.dumps({"sid": f"MG{SID}"})))
