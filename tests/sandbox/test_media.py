"""Media of messages, through the official SDK."""

from datetime import timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

URLS = ["https://example.com/cat.png", "https://example.com/menu.pdf?x=1", "https://example.com/thing"]


def send(account, urls=URLS):
    """A message with media."""
    return account.client.messages.create(to="+14155550123", from_="+14155550100", body="Look", media_url=urls)


def fetch(account, path):
    """The raw answer to a GET of the 2010 API, redirects not followed."""
    return account.client.request("GET", account.client.api.base_url + path)


def test_media_are_listed_in_order_with_their_types(account):
    """One row per MediaUrl; the type follows from the ending of the address."""
    sent = send(account)

    found = account.client.messages(sent.sid).media.list()

    assert [medium.content_type for medium in found] == ["image/png", "application/pdf", "application/octet-stream"]
    assert {medium.parent_sid for medium in found} == {sent.sid}
    assert len({medium.sid for medium in found}) == 3
    assert all(medium.sid.startswith("ME") for medium in found)
    assert found[0].date_created == sent.date_created


def test_a_medium_is_fetched_and_leads_to_its_bytes(account):
    """The JSON names it; without the extension the answer redirects to the address that was given."""
    sent = send(account)
    second = account.client.messages(sent.sid).media.list()[1]

    fetched = account.client.messages(sent.sid).media(second.sid).fetch()
    bytes_ = fetch(account, second.uri.removesuffix(".json"))

    assert (fetched.sid, fetched.uri) == (second.sid, second.uri)
    assert (bytes_.status_code, bytes_.headers["Location"]) == (307, URLS[1])


def test_a_deleted_medium_is_gone_and_the_others_stay(account):
    """Its siblings keep their SIDs; it can be deleted once."""
    sent = send(account)
    media = account.client.messages(sent.sid).media
    first, *rest = [medium.sid for medium in media.list()]

    assert account.client.messages(sent.sid).media(first).delete()

    assert [medium.sid for medium in media.list()] == rest
    for act in (
        account.client.messages(sent.sid).media(first).fetch,
        account.client.messages(sent.sid).media(first).delete,
    ):
        with pytest.raises(TwilioRestException) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_page_of_one_walks_through_all(account):
    """Page tokens hold, also beyond a deleted medium."""
    sent = send(account)
    media = account.client.messages(sent.sid).media
    sids = [medium.sid for medium in media.list()]
    account.client.messages(sent.sid).media(sids[1]).delete()

    assert [medium.sid for medium in media.list(page_size=1)] == [sids[0], sids[2]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://example.com/a b.gif?c=%20d", "https://example.com/a%20b.gif?c=%20d"),
        ("https://example.com/a\r\nX-Other: b", "https://example.com/a%0D%0AX-Other:%20b"),
        ("https://example.com/ü.gif", "https://example.com/%C3%BC.gif"),
    ],
)
def test_an_address_stays_within_its_header(account, given, said):
    """Whatever an address holds, the way to the bytes is one header and no more."""
    (medium,) = account.client.messages(send(account, [given]).sid).media.list()

    answer = fetch(account, medium.uri.removesuffix(".json"))

    assert (answer.status_code, answer.headers["Location"]) == (307, said)
    assert "X-Other" not in answer.headers


def test_media_that_arrive_are_there_too(account):
    """An inbound text's media are rows of that message."""
    arrived = account.handle.receive("+14155550123", "+14155550100", "See", ["https://example.com/dog.gif"])

    (medium,) = account.client.messages(arrived["sid"]).media.list()

    assert (medium.content_type, medium.parent_sid) == ("image/gif", arrived["sid"])


def test_dates_filter(account):
    """On or after, on or before, and the day itself."""
    sent = send(account, URLS[:1])
    media = account.client.messages(sent.sid).media
    now = account.handle.now

    assert len(media.list(date_created=now)) == 1
    assert len(media.list(date_created_after=now, date_created_before=now)) == 1
    assert media.list(date_created=now - timedelta(days=1)) == []
    assert media.list(date_created_before=now - timedelta(seconds=1)) == []
    assert media.list(date_created_after=now + timedelta(seconds=1)) == []


def test_a_message_without_media_has_an_empty_list(account):
    """And a message that is none has no list."""
    plain = account.client.messages.create(to="+14155550123", from_="+14155550100", body="Hi")

    assert account.client.messages(plain.sid).media.list() == []
    assert account.ask("GET", f"{account.path}/Messages/MM{'0' * 32}/Media.json").json["code"] == 20404


def test_media_go_with_their_message(account):
    """Deleting the message leaves nothing to fetch."""
    sent = send(account)
    medium = account.client.messages(sent.sid).media.list()[0]
    account.advance(10)
    account.client.messages(sent.sid).delete()

    with pytest.raises(TwilioRestException) as refused:
        account.client.messages(sent.sid).media(medium.sid).fetch()
    assert refused.value.code == 20404
