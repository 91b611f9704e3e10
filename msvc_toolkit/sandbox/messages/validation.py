"""What Twilio checks before it accepts a message, in order, as one table.

The order is a proposal: Twilio documents none. Source of codes and triggers: Messages resource, error pages named
below, recorded answers (read 2026-11-23). Source of the sentences of 21265, 21266, 21408, 21602 to 21604, 21610, 21612,
21617, 21659, 21910 (microsoft/botbuilder-dotnet#5569) and 63007 (freescout-help-desk/freescout#3595): answers that public
issues and programs quote (recorded; read 2026-11-30); the other sentences are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from msvc_toolkit.rules import addresses, numbering_plan
from msvc_toolkit.sandbox.messages import delivery, opt_out, outcomes, sender_pool
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.settings import Settings
from msvc_toolkit.sandbox.storage.store import Row, Store

BODY_LIMIT = 1600
MEDIA_LIMIT = 10
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
"""The magic recipient that is no phone number (21211). Source: as above."""
MAGIC_SENDER = "+15005550006"
"""The magic sender that may send: the account gets it when it first sends from it. Source: as above."""
SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")


@dataclass(slots=True)
class Sending:
    """One request to send, as far as it has been understood.

    Args:
        store: The sandbox's memory.
        settings: The sandbox's choices.
        account: The sending account.
        values: The parameters, by column.
        media: The media URLs.
        now: The sandbox's time, milliseconds since 1970.
        service: The Messaging Service, once it was found.
        sender: The explicit sender, once it was found: an own number, short code or channel sender.
        to: The recipient, once it was read.
        by: The explicit sender's address, once it was read.
    """

    store: Store
    settings: Settings
    account: Row
    values: dict[str, object]
    media: tuple[str, ...]
    now: int
    service: Row | None = None
    sender: Row | None = None
    to: addresses.Address | None = None
    by: addresses.Address | None = None

    def text(self, name: str) -> str:
        """Return a parameter's text, empty when absent."""
        return str(self.values.get(name) or "")


def _to_given(ask: Sending) -> Refusal | None:
    return None if ask.text("to") else Refusal(400, 21604, "A 'To' phone number is required.")


def _to_readable(ask: Sending) -> Refusal | None:
    ask.to = addresses.read(ask.text("to"))
    problem = addresses.recipient_problem(ask.text("to"))
    if ask.to is not None and ask.to.kind == "short code":
        return Refusal(400, 21265, f"'To' number cannot be a Short Code: {ask.to.text[:-4]}XXXX")
    if ask.to is not None and _premium(ask.to):
        return Refusal(400, 21268, f"'To' {ask.to.text} is a premium-rate number, which cannot receive messages.")
    if (
        ask.to is None
        or ask.to.text == MAGIC_INVALID
        or ask.to.kind == "alphanumeric"
        or (problem is not None and problem.blocks)
    ):
        return Refusal(400, 21211, f"The 'To' number {ask.text('to')} is not a valid phone number.")
    return None


def _premium(to: addresses.Address) -> bool:
    if not to.text.startswith("+"):
        return False
    return numbering_plan.number_type(to.text) == "PREMIUM_RATE"


def _sender_given(ask: Sending) -> Refusal | None:
    if ask.text("from_") or ask.text("service_sid"):
        return None
    return Refusal(400, 21603, "A 'From' phone number is required.")


def _service_known(ask: Sending) -> Refusal | None:
    sid = ask.text("service_sid")
    if not sid:
        return None
    if not SERVICE_SID.fullmatch(sid):
        return Refusal(400, 21705, f"The Messaging Service SID {sid[:64]} is invalid.")
    found = sender_pool.service_of(ask.store, sid)
    ask.service = found if found and found["account_sid"] == ask.account["sid"] else None
    return None if ask.service else Refusal(400, 21701, f"The Messaging Service {sid} does not exist.")


def _content_given(ask: Sending) -> Refusal | None:
    if ask.values.get("content_variables") and not ask.text("content_sid"):
        return Refusal(400, 21654, "ContentVariables can only be used with a ContentSid.")
    if ask.text("body") or ask.media:
        return None
    if ask.service:
        return Refusal(400, 21619, "A text message body or media urls must be specified.")
    return Refusal(400, 21602, "Message body is required.")


def _body_fits(ask: Sending) -> Refusal | None:
    if len(ask.text("body")) > BODY_LIMIT:
        return Refusal(400, 21617, f"The concatenated message body exceeds the {BODY_LIMIT} character limit.")
    if len(ask.media) > MEDIA_LIMIT:
        return Refusal(400, 21623, f"A message holds {MEDIA_LIMIT} media URLs at most and this one {len(ask.media)}.")
    return None


def _schedule(ask: Sending) -> Refusal | None:
    kind, send_at = ask.text("schedule_type"), ask.values.get("send_at")
    if not kind and send_at is None:
        return None
    if kind != "fixed":
        return Refusal(400, 35126, "ScheduleType must be 'fixed' when SendAt is given.")
    if send_at is None:
        return Refusal(400, 35111, "SendAt is required with ScheduleType.")
    if not ask.service:
        return Refusal(400, 35118, "A message can only be scheduled with a MessagingServiceSid.")
    return None


def _schedule_in_reach(ask: Sending) -> Refusal | None:
    send_at = ask.values.get("send_at")
    if send_at is None:
        return None
    ahead = (int(str(send_at)) - ask.now) / 1000
    if ahead <= ask.settings.schedule_min_seconds:
        return Refusal(400, 35115, f"SendAt must be more than {ask.settings.schedule_min_seconds} seconds ahead.")
    if ahead > ask.settings.schedule_max_seconds:
        return Refusal(400, 35117, f"SendAt must be at most {ask.settings.schedule_max_seconds} seconds ahead.")
    return None


def _from_readable(ask: Sending) -> Refusal | None:
    text = ask.text("from_")
    if not text:
        return None
    ask.by = addresses.read(text)
    if ask.by is None:
        return Refusal(
            400, 21212, f"The 'From' number {text} is not a valid phone number, shortcode, or alphanumeric sender ID."
        )
    ask.values["from_"] = ask.by.text
    return None


def _sender(store: Store, address: str) -> Row | None:
    return store.one("SELECT * FROM sender WHERE address = ?", address)


def _from_ours(ask: Sending) -> Refusal | None:
    if ask.by is None or ask.by.kind == "alphanumeric":
        return None
    text = ask.by.text
    if text in MAGIC_FROM:
        return Refusal(400, *MAGIC_FROM[text])
    ask.sender = ask.store.recall(("sender", text), lambda: _sender(ask.store, text))
    if ask.sender is None and text == MAGIC_SENDER:
        row: Row = {"kind": "number", "address": text, "country_code": "US", "capabilities": "Voice,SMS,MMS"}
        row |= {"friendly_name": "Magic number", "standing": "good", "date_created": ask.now, "date_updated": ask.now}
        ask.store.insert("sender", {"sid": ask.store.new_sid("PN"), "account_sid": ask.account["sid"], **row})
        ask.sender = _sender(ask.store, text)
    theirs = ask.sender is None or ask.sender["account_sid"] != ask.account["sid"]
    if theirs and ask.by.kind == "channel":
        return Refusal(400, 63007, "Twilio could not find a Channel with the specified From address")
    if ask.sender is None:
        return Refusal(400, 21659, NOT_OURS.format(text))
    if theirs:
        return Refusal(400, 21660, f"'From' {text} belongs to another account.")
    return None


def _same_channel(ask: Sending) -> Refusal | None:
    if ask.by is None or ask.to is None or ask.by.channel == ask.to.channel:
        return None
    told = f"From({ask.by.text}) and To({ask.to.text}) addresses should be of the same channel."
    return Refusal(400, 21910, told)


def _sender_id_taken(ask: Sending) -> Refusal | None:
    if ask.by is None or ask.by.kind != "alphanumeric":
        return None
    if not ask.settings.alpha_senders:
        return Refusal(400, 21267, f"Alphanumeric Sender ID {ask.by.text} cannot be used by this account.")
    if ask.to is not None and ask.to.country in addresses.US_CA:
        return Refusal(400, 21612, NO_ROUTE.format(ask.to.text, ask.by.text))
    return None


def _from_able(ask: Sending) -> Refusal | None:
    if ask.sender is None or ask.sender["kind"] == "channel":
        return None
    text, able = ask.sender["address"], ask.sender["capabilities"].split(",")
    if "SMS" not in able and not (ask.media and "MMS" in able):
        return Refusal(400, 21661, f"'From' {text} is not SMS-capable.")
    if ask.media and "MMS" not in able:
        return Refusal(400, 21621, f"'From' {text} is not enabled for MMS.")
    if ask.sender["kind"] == "short code" and ask.to is not None and ask.to.country != ask.sender["country_code"]:
        return Refusal(400, 21659, NOT_OURS.format(text))
    return None


def _open_route(ask: Sending) -> Refusal | None:
    """A plain From is refused at once for what a service finds out later."""
    if ask.to is None or ask.service is not None:
        return None
    code = outcomes.HANDSETS[outcomes.handset_state(ask.store, ask.to)].sync
    if code is not None:
        by = ask.by.text if ask.by is not None else ""
        return Refusal(400, code, _ROUTE[code].format(ask.to.text, by))
    if ask.sender is not None and opt_out.blocked(ask.store, ask.sender["service_sid"], ask.sender["sid"], ask.to.text):
        return Refusal(400, 21610, _ROUTE[21610])
    if (
        ask.sender
        and ask.by
        and delivery.queue_full(ask.store, ask.settings, ask.to, ask.sender["sid"], ask.by, ask.now)
    ):
        return Refusal(400, 21611, "This 'From' number has exceeded the maximum number of queued messages")
    return None


_ROUTE = {
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}",
    21610: "Attempt to send to unsubscribed recipient",
    21612: NO_ROUTE,
    21614: "Not a mobile number, 'To' number: {}",
    21635: "A landline cannot receive messages, 'To' number: {}",
}


def _not_to_itself(ask: Sending) -> Refusal | None:
    if ask.to is not None and ask.by is not None and ask.by.text == ask.to.text:
        return Refusal(400, 21266, "'To' and 'From' number cannot be the same")
    return None


CHECKS: tuple[Callable[[Sending], Refusal | None], ...] = (
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


def check(ask: Sending) -> None:
    """Raise the first refusal, or leave the request with its service, sender and recipient filled in."""
    for rule in CHECKS:
        refusal = rule(ask)
        if refusal is not None:
            raise refusal
