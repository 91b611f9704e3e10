"""What goes over the wire: envelopes, dates, links, errors, headers and credentials as Twilio writes them."""

import json
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from msvc_toolkit.sandbox.backend import Request

ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
RFC_2822 = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000"
MESSAGE_KEYS = [
    "sid",
    "date_created",
    "date_updated",
    "date_sent",
    "account_sid",
    "to",
    "from",
    "messaging_service_sid",
    "body",
    "status",
    "num_segments",
    "num_media",
    "direction",
    "api_version",
    "price",
    "price_unit",
    "error_code",
    "error_message",
    "uri",
    "subresource_uris",
]


def services(account, count):
    """Create this many services and return their SIDs, oldest first."""
    return [account.client.messaging.v1.services.create(f"S{n}").sid for n in range(count)]


def send(account, **form):
    """Create a message by a raw request."""
    fields = {"To": "+14155550123", "From": "+14155550100", "Body": "Hi", **form}
    return account.ask("POST", f"{account.path}/Messages.json", form=list(fields.items()))


def test_a_product_list_has_meta_and_absolute_links(account):
    """The v1 envelope is `meta` and one array; its URLs lead to the address the client used."""
    sids = services(account, 3)

    page = account.ask("GET", "/v1/Services", query=[("PageSize", "2")]).json
    meta = page["meta"]

    assert set(page) == {"meta", "services"}
    assert [row["sid"] for row in page["services"]] == sids[:2]
    assert (meta["page"], meta["page_size"], meta["key"]) == (0, 2, "services")
    assert meta["previous_page_url"] is None
    for link in (meta["url"], meta["first_page_url"], meta["next_page_url"], page["services"][0]["url"]):
        assert link.startswith(f"{account.origin}/v1/Services")
    assert all(link.startswith(account.origin) for link in page["services"][0]["links"].values())


def test_a_2010_list_is_flat_with_relative_links(account):
    """The 2010 envelope has exactly the known keys and one array, or the SDKs would not find it."""
    send(account)

    page = account.ask("GET", f"{account.path}/Messages.json").json

    assert set(page) == set(
        "messages page page_size start end uri first_page_uri next_page_uri previous_page_uri".split()
    )
    assert (page["start"], page["end"], page["page"], page["page_size"]) == (0, 0, 0, 50)
    assert page["uri"].startswith(f"{account.path}/Messages.json?")
    assert page["next_page_uri"] is None


def test_an_empty_list_is_an_empty_page(account):
    """Nothing to list is no error in either API."""
    assert account.ask("GET", "/v1/Services").json["services"] == []
    assert account.ask("GET", f"{account.path}/Messages.json").json["messages"] == []


def test_filters_are_repeated_in_the_links_percent_encoded(account):
    """A page link carries the filters on, operators encoded, so that the next page has them too."""
    for _ in range(3):
        send(account)
    account.advance(10)
    query = [("DateSent>", "2026-01-01"), ("To", "+14155550123"), ("PageSize", "2")]

    uri = account.ask("GET", f"{account.path}/Messages.json", query=query).json["next_page_uri"]

    assert "DateSent%3E=2026-01-01" in uri
    assert "To=%2B14155550123" in uri
    assert "PageSize=2" in uri
    assert re.search(r"PageToken=PASM[0-9a-f]{32}", uri)


def test_the_token_places_and_the_page_number_does_not(account):
    """`Page` is only repeated: with the same token, another number gives the same rows."""
    sids = services(account, 3)
    first = account.ask("GET", "/v1/Services", query=[("Page", "0"), ("PageSize", "2")]).json
    token = dict(parse_qsl(urlsplit(first["meta"]["next_page_url"]).query))["PageToken"]

    page = account.ask("GET", "/v1/Services", query=[("Page", "5"), ("PageSize", "2"), ("PageToken", token)]).json

    assert [row["sid"] for row in first["services"]] == sids[:2]
    assert [row["sid"] for row in page["services"]] == sids[2:]
    assert page["meta"]["page"] == 5


def test_a_page_over_a_thousand_is_cut_to_a_thousand(account):
    """The SDKs send `limit` unclamped, so a large PageSize must be taken."""
    assert account.ask("GET", "/v1/Services", query=[("PageSize", "100000")]).json["meta"]["page_size"] == 1000
    assert account.ask("GET", f"{account.path}/Messages.json", query=[("PageSize", "99999999999999")]).status == 200


def test_a_page_that_is_empty_after_a_deletion_ends_the_list(account):
    """A token whose rows have gone gives an empty last page, not an error."""
    sids = services(account, 3)
    link = account.ask("GET", "/v1/Services", query=[("PageSize", "2")]).json["meta"]["next_page_url"]
    account.ask("DELETE", f"/v1/Services/{sids[2]}")

    query = [(name, values[0]) for name, values in parse_qs(urlsplit(link).query).items()]
    page = account.ask("GET", "/v1/Services", query=query).json

    assert page["services"] == []
    assert page["meta"]["next_page_url"] is None


def test_each_api_writes_dates_in_its_own_way(account):
    """The product API writes ISO 8601 with Z, the 2010 API RFC 2822 with +0000."""
    (sid,) = services(account, 1)

    assert re.fullmatch(ISO, account.ask("GET", f"/v1/Services/{sid}").json["date_created"])
    message = send(account).json
    assert re.fullmatch(RFC_2822, message["date_created"])
    assert message["date_sent"] is None


def test_a_message_has_twilios_keys_in_twilios_order(account):
    """Counts are strings, the error code is null, links are relative."""
    message = send(account).json

    assert list(message) == MESSAGE_KEYS
    assert (message["num_segments"], message["num_media"], message["error_code"]) == ("1", "0", None)
    assert message["uri"] == f"{account.path}/Messages/{message['sid']}.json"
    assert re.fullmatch(r"SM[0-9a-f]{32}", message["sid"])


def test_an_error_has_twilios_four_fields_and_spacing(account):
    """code, message, more_info, status, with a space after colon and comma."""
    answer = account.ask("GET", "/v1/Services/MG" + "0" * 32)

    assert answer.json == {
        "code": 20404,
        "message": f"The requested resource /Services/MG{'0' * 32} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_bodies_are_written_with_spaces():
    """The bytes are those of a JSON writer that spaces, as recorded answers are."""
    from msvc_toolkit.sandbox.client import connect_sandbox  # noqa: PLC0415 - this test alone looks at bytes

    conn = connect_sandbox(":memory:", clock="manual")
    body = conn.sandbox.api.handle(Request("GET", "/v1/Services")).body.decode()

    assert body == json.dumps(json.loads(body))
    assert body.startswith('{"code": 20003, "message": "Authentication Error - No credentials provided", ')


def test_every_answer_has_twilios_request_headers(account):
    """A request id, a duration and a concurrency figure come with answers and refusals alike."""
    for answer in (account.ask("GET", "/v1/Services"), account.ask("GET", "/nowhere")):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert re.fullmatch(r"RQ[0-9a-f]{32}", headers["twilio-request-id"])
        assert re.fullmatch(r"\d+\.\d{3}", headers["twilio-request-duration"])
        assert headers["twilio-concurrent-requests"] == "1"


def test_create_fetch_and_delete_answer_201_200_and_204(account):
    """Create says 201, read and change 200, delete 204 without a body."""
    made = account.ask("POST", "/v1/Services", form=[("FriendlyName", "x")])
    path = f"/v1/Services/{made.json['sid']}"

    assert made.status == 201
    assert account.ask("GET", path).status == 200
    assert account.ask("POST", path, form=[("FriendlyName", "y")]).status == 200
    gone = account.ask("DELETE", path)
    assert (gone.status, gone.json) == (204, None)


def test_an_api_key_opens_both_apis(account):
    """Key SID and secret stand for the account they belong to."""
    key = account.handle.api_key()

    assert account.ask("GET", "/v1/Services", auth=key).status == 200
    assert account.ask("GET", f"{account.path}/Messages.json", auth=key).status == 200
    assert account.ask("GET", f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json", auth=key).status == 401


def test_a_parent_reaches_its_subaccount_and_not_the_other_way(account):
    """The 2010 API acts on the account in the path when it is one's own child; a child never reaches its parent."""
    store = account.handle.api.store
    parent = store.one("SELECT * FROM account")
    child = {**parent, "sid": store.new_sid("AC"), "auth_token": "childs", "date_created": parent["date_created"] + 1}
    store.insert("account", child)

    below = f"/2010-04-01/Accounts/{child['sid']}"
    assert account.ask("GET", f"{below}/Messages.json").status == 200
    assert account.ask("GET", f"{below}.json").json["owner_account_sid"] == parent["sid"]
    assert account.ask("GET", f"{account.path}/Messages.json", auth=(child["sid"], "childs")).status == 401


@pytest.mark.parametrize("text", ["Grüße ☃", "👩‍👩‍👧 emoji", "a+b&c=d%20;", "line\r\nbreak", "\x00"])
def test_text_comes_back_as_it_was_sent(account, text):
    """No character is lost or changed on the way in and out."""
    assert send(account, Body=text).json["body"] == text


def test_of_a_repeated_parameter_the_last_counts(account):
    """Two To's do not make two messages."""
    form = [("To", "+14155550177"), ("To", "+14155550123"), ("From", "+14155550100"), ("Body", "Hi")]

    assert account.ask("POST", f"{account.path}/Messages.json", form=form).json["to"] == "+14155550123"
    assert len(account.client.messages.list()) == 1
