"""Channel senders of the account, through the official SDK: JSON bodies, and states by the clock."""

import pytest
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList

from account import refusal

ADDRESS = "whatsapp:+14155550177"
SENDERS = "/v2/Channels/Senders"


def body(**parts):
    """A create or update body of the SDK, with every part it may have."""
    kinds = {
        "profile": ChannelsSenderList.MessagingV2ChannelsSenderProfile,
        "webhook": ChannelsSenderList.MessagingV2ChannelsSenderWebhook,
        "configuration": ChannelsSenderList.MessagingV2ChannelsSenderConfiguration,
    }
    given = {name: kind(parts[name]) if name in parts else None for name, kind in kinds.items()}
    if "sender_id" in parts:
        return ChannelsSenderList.MessagingV2ChannelsSenderRequestsCreate({**given, "sender_id": parts["sender_id"]})
    return ChannelsSenderList.MessagingV2ChannelsSenderRequestsUpdate(given)


def create(account, sender_id=ADDRESS, **parts):
    """A new sender, WhatsApp's with the name it needs."""
    return account.client.messaging.v2.channels_senders.create(
        body(sender_id=sender_id, **{"profile": {"name": "Owl"}, **parts})
    )


def test_a_new_sender_comes_online_by_the_clock(account):
    """202 while it is created, then online, and in the list of its channel."""
    senders = account.client.messaging.v2.channels_senders
    made = senders.create_with_http_info(body(sender_id=ADDRESS, profile={"name": "Owl"}))
    account.advance(5)
    online = senders(made.data.sid).fetch()

    assert (made.status_code, made.data.status, online.status) == (202, "CREATING", "ONLINE")
    assert online.sender_id == ADDRESS
    assert made.data.sid in {row.sid for row in senders.list(channel="whatsapp")}
    assert made.data.sid not in {row.sid for row in senders.list(channel="rcs")}


def test_profile_webhook_and_configuration_come_back(account):
    """Plain e-mail addresses and websites come back as objects with a label."""
    made = create(
        account,
        profile={
            "name": "Owl",
            "about": "We sell",
            "emails": ["a@owl.example"],
            "websites": [{"website": "https://owl.example", "label": "Shop"}],
        },
        webhook={"callback_url": "https://example.com/in", "callback_method": "POST"},
        configuration={"waba_id": "42"},
    )

    assert (made.profile["name"], made.profile["about"]) == ("Owl", "We sell")
    assert made.webhook["callback_url"] == "https://example.com/in"
    assert made.configuration == {"waba_id": "42"}
    raw = account.ask("GET", f"{SENDERS}/{made.sid}").json
    assert raw["profile"]["emails"] == [{"email": "a@owl.example", "label": ""}]
    assert raw["profile"]["websites"] == [{"website": "https://owl.example", "label": "Shop"}]


def test_an_update_changes_what_it_names(account):
    """The rest stays; the sender is updating for a while."""
    made = create(account, webhook={"callback_url": "https://example.com/in"})
    account.advance(5)
    one = account.client.messaging.v2.channels_senders(made.sid)

    changed = one.update_with_http_info(body(profile={"about": "New"}))
    account.advance(5)
    last = one.fetch()

    assert (changed.status_code, changed.data.status, last.status) == (202, "ONLINE:UPDATING", "ONLINE")
    assert (last.profile["name"], last.profile["about"]) == ("Owl", "New")
    assert last.webhook["callback_url"] == "https://example.com/in"


def test_a_sender_joins_a_pool_and_takes_texts(account):
    """It goes into a service, and its webhook is where an inbound text goes outside of one."""
    made = create(account, webhook={"callback_url": "https://example.com/in"})

    heard = account.handle.receive("whatsapp:+14155550123", ADDRESS, "Hello")
    service = account.client.messaging.v1.services.create("Chat")
    account.client.messaging.v1.services(service.sid).channel_senders.create(made.sid)
    sent = account.client.messages.create(to="whatsapp:+14155550123", messaging_service_sid=service.sid, body="Hi")
    account.advance(10)

    assert heard["url"] == "https://example.com/in"
    assert sent.fetch().from_ == ADDRESS


def test_a_deleted_sender_leaves_its_pool(account):
    """It is gone from the account, and its address can be registered again."""
    made = create(account)
    service = account.client.messaging.v1.services.create("Chat")
    pool = account.client.messaging.v1.services(service.sid).channel_senders
    pool.create(made.sid)

    assert account.client.messaging.v2.channels_senders(made.sid).delete()

    assert pool.list() == []
    assert refusal(account.client.messaging.v2.channels_senders(made.sid).fetch).code == 20404
    assert create(account).sid != made.sid


@pytest.mark.parametrize("address", ["messenger:1234567", "rcs:owl_agent"])
def test_other_channels_need_no_name(account, address):
    """Messenger and RCS senders are registered by their id."""
    made = account.client.messaging.v2.channels_senders.create(body(sender_id=address))

    assert (made.sender_id, made.properties) == (address, None)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"sender_id": "+14155550177"}, "sender_id"),
        ({"sender_id": ""}, "sender_id"),
        ({"profile": {"name": None}}, "profile.name"),
        ({"webhook": {"callback_method": "GET"}}, "webhook.callback_method"),
        ({"webhook": {"callback_url": "example.com"}}, "webhook.callback_url"),
        ({"profile": {"name": "Owl", "use_case": "OTP"}}, "does not emulate the parameter profile.use_case"),
        ({"profile": {"name": "Owl", "emails": "a@owl.example"}}, "profile.emails"),
        ({"configuration": {"account_type": "X"}}, "configuration.account_type"),
    ],
)
def test_a_wrong_part_is_refused_by_name(account, given, word):
    """And nothing is registered."""
    refused = refusal(lambda: create(account, **given))

    assert (refused.status, refused.code) == (400, 20001)
    assert word in refused.msg
    assert len(account.client.messaging.v2.channels_senders.list(channel="whatsapp")) == 1


def test_an_address_is_registered_once(account):
    """409 / 20409, also for another account's."""
    create(account)

    refused = refusal(lambda: create(account))

    assert (refused.status, refused.code) == (409, 20409)


def test_a_form_is_no_body_for_a_sender(account):
    """415: this resource takes JSON."""
    answer = account.ask("POST", SENDERS, form=[("sender_id", ADDRESS)])

    assert answer.status == 415
    assert "application/json" in answer.json["message"]


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b'{"sender_id": "\\ud800"}', b"[" * 100_000, b"1" * 5000])
def test_a_body_that_is_no_json_object_is_refused(served, content):
    """A list, half an object, no UTF-8, half a character, bottomless nesting, an endless number."""
    import requests  # noqa: PLC0415 - for this case alone

    answer = requests.post(
        served["url"] + SENDERS,
        data=content,
        headers={"Content-Type": "application/json"},
        auth=(served["account_sid"], served["auth_token"]),
        timeout=10,
    )

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    "document",
    [
        {"sender_id": 5},
        {"sender_id": ADDRESS, "profile": "Owl"},
        {"sender_id": ADDRESS, "colour": "red"},
        {"sender_id": ADDRESS, "profile": {"name": {"a": 1}}},
        {"sender_id": ADDRESS, "profile": {"name": "Owl", "websites": [5]}},
        {"sender_id": ADDRESS, "profile": {"name": "Owl", "emails": [{"label": "x"}]}},
    ],
)
def test_wrong_types_are_refused(served, document):
    """A number for a text, a text for an object, an unknown part."""
    import requests  # noqa: PLC0415 - for this case alone

    answer = requests.post(
        served["url"] + SENDERS, json=document, auth=(served["account_sid"], served["auth_token"]), timeout=10
    )

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
