"""The checks that Twilio makes before it accepts a message, as one table in order.

The order is our choice, as Twilio documents none. Source of codes and triggers: Messages resource, error pages named
below, recorded answers (read 2026-11-23). Source of the sentences of 21265, 21266, 21408, 21602 to 21604, 21610, 21612,
21617, 21659, 21910 (microsoft/botbuilder-dotnet#5569) and 63007 (freescout-help-desk/freescout#3595): answers that public
issues and programs quote (recorded; read 2026-11-30); the other sentences are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from msvc_toolkit.rules import addresses, numbering_plan
from msvc_toolkit.rules.limits import BODY_LIMIT, MEDIA_LIMIT
from msvc_toolkit.sandbox.messages import compliance, delivery, opt_out, outcomes, sender_pool, templates
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

NOT_OURS = "'From' {} is not a Twilio phone number or Short Code country mismatch"
NO_ROUTE = "Message cannot be sent with the current combination of 'To' ({}) and/or 'From' ({}) parameters"
MAGIC_FROM = {
    "+15005550001": (21212, "The 'From' number +15005550001 is not a valid phone number."),
    "+15005550007": (21606, "The 'From' number +15005550007 is not a valid message-capable Twilio phone number."),
    "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
}
"""Twilio's magic senders for test credentials; here they work for every account.

Source: Twilio docs, Test credentials (read 2026-11-23); the recipients of that page are in `outcomes.MAGIC`.
"""
MAGIC_INVALID = "+15005550001"
"""The magic recipient that is not a phone number (21211). Source: as above."""
MAGIC_SENDER = "+15005550006"
"""The magic sender that works: the account gets this number when it first sends from it. Source: as above."""
SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")


@dataclass(slots=True)
class SendRequest:
    """A request to send a message, as far as it has been parsed."""

    store: SandboxStore
    settings: SandboxSettings  # the sandbox's settings
    account: Row
    values: dict[str, object]  # the parameters, by column
    media: tuple[str, ...]  # the media URLs
    now: int  # the sandbox's time, milliseconds since 1970
    service: Row | None = None  # the Messaging Service, once found
    sender: Row | None = None  # the explicit sender, once found: the account's number, short code or channel sender
    to: addresses.Address | None = None  # the recipient, once parsed
    by: addresses.Address | None = None  # the explicit sender's address, once parsed

    def text(self, name: str) -> str:
        """Return a parameter's text, empty when absent."""
        return str(self.values.get(name) or "")


def _to_given(request: SendRequest) -> None:
    if not request.text("to"):
        raise Refusal(400, 21604, "A 'To' phone number is required.")


def _to_readable(request: SendRequest) -> None:
    request.to = addresses.read(request.text("to"))
    problem = addresses.recipient_problem(request.text("to"))
    if request.to is not None and request.to.kind == "short code":
        raise Refusal(400, 21265, f"'To' number cannot be a Short Code: {request.to.text[:-4]}XXXX")
    if request.to is not None and _premium(request.to):
        raise Refusal(400, 21268, f"'To' {request.to.text} is a premium-rate number, which cannot receive messages.")
    if (
        request.to is None
        or request.to.text == MAGIC_INVALID
        or request.to.kind == "alphanumeric"
        or (problem is not None and problem.blocks)
    ):
        raise Refusal(400, 21211, f"The 'To' number {request.text('to')} is not a valid phone number.")


def _premium(to: addresses.Address) -> bool:
    if not to.text.startswith("+"):
        return False
    return numbering_plan.number_type(to.text) == "PREMIUM_RATE"


def _sender_given(request: SendRequest) -> None:
    if request.text("from_") or request.text("service_sid"):
        return
    raise Refusal(400, 21603, "A 'From' phone number is required.")


def _service_known(request: SendRequest) -> None:
    sid = request.text("service_sid")
    if not sid:
        return
    if not SERVICE_SID.fullmatch(sid):
        raise Refusal(400, 21705, f"The Messaging Service SID {sid[:64]} is invalid.")
    service = sender_pool.service_of(request.store, sid)
    request.service = service if service and service["account_sid"] == request.account["sid"] else None
    if request.service is None:
        raise Refusal(400, 21701, f"The Messaging Service {sid} does not exist.")


def _content_given(request: SendRequest) -> None:
    if request.values.get("content_variables") and not request.text("content_sid"):
        raise Refusal(400, 21654, "ContentVariables can only be used with a ContentSid.")
    if request.text("content_sid"):
        _fill(request)
    if request.text("body") or request.media:
        return
    if request.service or (request.to is not None and request.to.channel):  # twilio/twilio-php#810 (recorded)
        raise Refusal(400, 21619, "A text message body or media urls must be specified.")
    raise Refusal(400, 21602, "Message body is required.")


def _fill(request: SendRequest) -> None:
    """Put what the recipient's channel shows of a template in the place of text and media."""
    assert request.to is not None  # noqa: S101 - read before
    beside = bool(request.text("body") or request.media)
    body, request.media, kept = templates.rendered(request.store, request.account["sid"], request.values, request.to)
    request.values |= {"body": body, "content": {**kept, "beside": beside} if beside else kept}


def _body_fits(request: SendRequest) -> None:
    if len(request.text("body")) > BODY_LIMIT:
        raise Refusal(400, 21617, f"The concatenated message body exceeds the {BODY_LIMIT} character limit.")
    if len(request.media) > MEDIA_LIMIT:
        raise Refusal(
            400, 21623, f"A message holds {MEDIA_LIMIT} media URLs at most and this one {len(request.media)}."
        )


def _schedule(request: SendRequest) -> None:
    kind, send_at = request.text("schedule_type"), request.values.get("send_at")
    if not kind and send_at is None:
        return
    if kind != "fixed":
        raise Refusal(400, 35126, "ScheduleType must be 'fixed' when SendAt is given.")
    if send_at is None:
        raise Refusal(400, 35111, "SendAt is required with ScheduleType.")
    if not request.service:
        raise Refusal(400, 35118, "A message can only be scheduled with a MessagingServiceSid.")


def _schedule_in_reach(request: SendRequest) -> None:
    send_at = request.values.get("send_at")
    if send_at is None:
        return
    ahead = (int(str(send_at)) - request.now) / 1000
    if ahead <= request.settings.schedule_min_seconds:
        raise Refusal(400, 35115, f"SendAt must be more than {request.settings.schedule_min_seconds} seconds ahead.")
    if ahead > request.settings.schedule_max_seconds:
        raise Refusal(400, 35117, f"SendAt must be at most {request.settings.schedule_max_seconds} seconds ahead.")


def _from_readable(request: SendRequest) -> None:
    text = request.text("from_")
    if not text:
        return
    request.by = addresses.read(text)
    if request.by is None:
        raise Refusal(
            400, 21212, f"The 'From' number {text} is not a valid phone number, shortcode, or alphanumeric sender ID."
        )
    request.values["from_"] = request.by.text


def _sender(store: SandboxStore, address: str) -> Row | None:
    return store.one("SELECT * FROM sender WHERE address = ?", address)


def _from_ours(request: SendRequest) -> None:
    if request.by is None or request.by.kind == "alphanumeric":
        return
    text = request.by.text
    if text in MAGIC_FROM:
        raise Refusal(400, *MAGIC_FROM[text])
    request.sender = request.store.cached(("sender", text), lambda: _sender(request.store, text))
    if request.sender is None and text == MAGIC_SENDER:
        row = {"kind": "number", "address": text, "country_code": "US", "capabilities": "Voice,SMS,MMS"}
        row |= {"account_sid": request.account["sid"], "friendly_name": "Magic number", "standing": "good"}
        request.store.add("sender", "PN", request.now, row)
        request.sender = _sender(request.store, text)
    theirs = request.sender is None or request.sender["account_sid"] != request.account["sid"]
    if theirs and request.by.kind == "channel":
        raise Refusal(400, 63007, "Twilio could not find a Channel with the specified From address")
    if request.sender is None:
        raise Refusal(400, 21659, NOT_OURS.format(text))
    if theirs:
        raise Refusal(400, 21660, f"'From' {text} belongs to another account.")


def _same_channel(request: SendRequest) -> None:
    if request.by is None or request.to is None or request.by.channel == request.to.channel:
        return
    sentence = f"From({request.by.text}) and To({request.to.text}) addresses should be of the same channel."
    raise Refusal(400, 21910, sentence)


def _sender_id_taken(request: SendRequest) -> None:
    if request.by is None or request.by.kind != "alphanumeric":
        return
    if not request.settings.alpha_senders:
        raise Refusal(400, 21267, f"Alphanumeric Sender ID {request.by.text} cannot be used by this account.")
    if request.to is not None and request.to.country in addresses.US_CA:
        raise Refusal(400, 21612, NO_ROUTE.format(request.to.text, request.by.text))


def _from_able(request: SendRequest) -> None:
    if request.sender is None or request.sender["kind"] == "channel":
        return
    text, able = request.sender["address"], request.sender["capabilities"].split(",")
    if "SMS" not in able and not (request.media and "MMS" in able):
        raise Refusal(400, 21661, f"'From' {text} is not SMS-capable.")
    if request.media and "MMS" not in able:
        raise Refusal(400, 21621, f"'From' {text} is not enabled for MMS.")
    if (
        request.sender["kind"] == "short code"
        and request.to is not None
        and request.to.country != request.sender["country_code"]
    ):
        raise Refusal(400, 21659, NOT_OURS.format(text))


def _open_route(request: SendRequest) -> None:
    """Refuse a plain From at once for reasons that a service would find only later."""
    if request.to is None or request.service is not None:
        return
    known = outcomes.HANDSETS.get(outcomes.handset_state(request.store, request.to))
    code = known.sync if known else None
    if code is not None:
        by = request.by.text if request.by is not None else ""
        raise Refusal(400, code, _ROUTE[code].format(request.to.text, by))
    sender_sid = request.sender["sid"] if request.sender else None
    refused = compliance.refusal(request.store, request.account["sid"], None, sender_sid, request.to)
    if refused is not None:
        raise Refusal(400, refused, _ROUTE[refused].format(request.to.text))
    if request.sender is not None and opt_out.blocked(
        request.store, request.sender["service_sid"], request.sender["sid"], request.to.text
    ):
        raise Refusal(400, 21610, _ROUTE[21610])
    if (
        request.sender
        and request.by
        and delivery.queue_full(
            request.store, request.settings, request.to, request.sender["sid"], request.by, request.now
        )
    ):
        raise Refusal(400, 21611, "This 'From' number has exceeded the maximum number of queued messages")


_ROUTE = {
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}",
    21610: "Attempt to send to unsubscribed recipient",
    21612: NO_ROUTE,
    21614: "Not a mobile number, 'To' number: {}",
    21635: "A landline cannot receive messages, 'To' number: {}",
}


def _not_to_itself(request: SendRequest) -> None:
    """A number cannot text itself, except the magic sender.

    Source: dagster-twilio 0.29.27, test_resources.py, which its project runs against Twilio with test credentials.
    """
    if request.to is None or request.by is None or request.by.text == MAGIC_SENDER:
        return
    if request.by.text == request.to.text:
        raise Refusal(400, 21266, "'To' and 'From' number cannot be the same")


CHECKS: tuple[Callable[[SendRequest], None], ...] = (
    _to_given,
    _to_readable,
    _sender_given,
    _service_known,
    _content_given,
    _body_fits,
    _schedule,
    _schedule_in_reach,
    _from_readable,
    _same_channel,
    _from_ours,
    _sender_id_taken,
    _from_able,
    _not_to_itself,
    _open_route,
)


def check(request: SendRequest) -> None:
    """Fill in the service, sender and recipient of a request; raise the first Refusal that Twilio would answer with."""
    for rule in CHECKS:
        rule(request)
