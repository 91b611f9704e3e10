"""Step 2 on the account: set inbound handling, and see where a text would go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import refuse
from msvc_toolkit.inbound.model import KEYWORDS, InboundDraft, PoolSender, TrialArrival
from msvc_toolkit.private.arguments import also_called, draft_of
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses, inbound_routing, keywords
from msvc_toolkit.services.calls import fetch_service, sid_problems, update_service
from msvc_toolkit.services.model import Service, ServiceDraft

HANDSET = "+14155550123"
"""The fictional phone that writes in a trial."""


@also_called(sid="service_sid")
def set_inbound(conn: Connection, service_sid: str, draft: InboundDraft | None = None, **fields: Any) -> Service:
    """Set how a Messaging Service handles inbound texts.

    Args:
        conn: The account.
        service_sid: The service.
        draft: The mode, and the webhook if it needs one.
        fields: The fields of an `InboundDraft`, in place of a draft.

    Returns:
        The service as it is now.

    Raises:
        InvalidInput: The draft has problems; nothing was sent.
        TwilioRefused: Twilio refused it.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> svc = msvc.set_inbound(conn, svc.sid, mode="defer")
        >>> svc.settings["use_inbound_webhook_on_number"]
        True
    """
    draft = draft_of(InboundDraft, draft, fields)
    refuse([*sid_problems(service_sid), *draft.problems()])
    saved = update_service(conn, service_sid, ServiceDraft(**draft.params()))
    (conn.dropping.add if draft.mode == "off" else conn.dropping.discard)(service_sid)
    return saved


def receiving_senders(conn: Connection, sid: str) -> list[PoolSender]:
    """Return the pool members that texts can be sent to, with their own webhooks."""
    with asking():
        service = conn.client.messaging.v1.services(sid)
        numbers = {item.sid for item in service.phone_numbers.list(page_size=1000)}
        codes = {item.sid for item in service.short_codes.list(page_size=1000)}
        channels = [PoolSender(item.sid, item.sender) for item in service.channel_senders.list(page_size=1000)]
        found = []
        if numbers:
            listed = conn.client.incoming_phone_numbers.list(page_size=1000)
            found += [_sender(item, item.phone_number) for item in listed if item.sid in numbers]
        if codes:
            listed = conn.client.short_codes.list(page_size=1000)
            found += [_sender(item, item.short_code) for item in listed if item.sid in codes]
    return found + channels


def predict_arrival(service: Service, sender: PoolSender | None) -> TrialArrival:
    """Predict what happens to a text to a pool member; None means one without its own webhook. Nothing is sent."""
    kept = service.settings
    decision = inbound_routing.route(
        in_service=True,
        defer=bool(kept["use_inbound_webhook_on_number"]),
        service_hook=_hook(
            kept["inbound_request_url"], kept["inbound_method"], kept["fallback_url"], kept["fallback_method"]
        ),
        sender_hook=_hook(sender.url, sender.method, sender.fallback_url, sender.fallback_method) if sender else None,
        sender_application_sid=sender.application_sid if sender else None,
    )
    hook = decision.hook
    sentence = _sentence(decision.outcome, decision.owner, hook.url if hook else None, hook.method if hook else None)
    return TrialArrival(sentence, tuple(decision.steps), None, tried=False)


@also_called(sid="service_sid")
def try_arrival(
    conn: Connection,
    service_sid: str,
    sender: PoolSender | None = None,
    body: str = "Hello",
    *,
    draft: InboundDraft | None = None,
) -> TrialArrival:
    """Send a text to a pool member in the sandbox, or predict it on a live account.

    Args:
        conn: The account.
        service_sid: The service.
        sender: Who the text is sent to; None predicts for a member without its own webhook.
        body: The text.
        draft: Predict for this handling instead of the saved one; nothing is saved and no text is sent.

    Returns:
        Who would be called and why. Without a draft, the sandbox logs the text, and calls the webhook if it is on this machine or
        allowed by name.
    """
    service = fetch_service(conn, service_sid)
    if draft is not None:
        service = replace(service, settings=service.settings | draft.params())
    channel = addresses.read(sender.address) if sender is not None else None
    if sender is None or conn.sandbox is None or draft is not None:
        predicted, word = predict_arrival(service, sender), keywords.handled(body, channel)
        return replace(predicted, sentence=f"{predicted.sentence} {KEYWORDS[word]}") if word else predicted
    handset = HANDSET
    if channel is not None and channel.channel:
        handset = f"{channel.channel}:{HANDSET}"
    arrival = conn.sandbox.receive(handset, sender.address, body)
    sentence = _sentence(arrival["outcome"], arrival["owner"], arrival["url"], arrival["method"])
    if arrival["keyword"]:
        sentence += f" {KEYWORDS[arrival['keyword']]}"
    return TrialArrival(sentence, tuple(arrival["steps"]), arrival["sid"], tried=True)


def _sentence(outcome: str, owner: str | None, url: str | None, method: str | None) -> str:
    if outcome == "dropped":
        return "The text is dropped: no webhook is called and nothing is logged."
    if outcome == "stored only":
        return "The text is logged and no webhook is called."
    whose = "the service's webhook" if owner == "service" else "the sender's own webhook"
    return (
        f"The text is logged and {whose} is called: {method} {without_login(url)}."
        if url
        else f"The text is logged and {whose} answers it."
    )


def _hook(
    url: str | None, method: str | None, fallback: str | None, fallback_method: str | None
) -> inbound_routing.Hook | None:
    return inbound_routing.Hook(url, method or "POST", fallback or None, fallback_method or "POST") if url else None


def _sender(item: Any, address: str) -> PoolSender:
    return PoolSender(
        sid=item.sid,
        address=address,
        url=item.sms_url or "",
        method=item.sms_method or "POST",
        fallback_url=item.sms_fallback_url or "",
        fallback_method=item.sms_fallback_method or "POST",
        application_sid=getattr(item, "sms_application_sid", None) or None,
    )
