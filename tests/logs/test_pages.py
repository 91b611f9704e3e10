"""Pages of messages become columns, and every value is what the SDK would have said."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.entry import connect
from msvc_toolkit.logs.pages import ARRIVED, price_e5, read_page, rfc2822

SECONDS = st.integers(0, 250 * 365 * 86_400).map(
    lambda count: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=count)
)
SID = "SM" + "0" * 32


def written(moment):
    """A moment as Twilio writes it."""
    return format_datetime(moment)


def page(*messages, next_page_uri=None):
    """A page in JSON; what a message does not say is left out."""
    date = written(datetime(2026, 1, 5, 15, tzinfo=UTC))
    return json.dumps(
        {"messages": [{"sid": SID, "date_created": date, **one} for one in messages], "next_page_uri": next_page_uri}
    )


@settings(deadline=None)
@given(st.lists(st.none() | SECONDS, max_size=30))
def test_dates_are_read_as_they_were_written(moments):
    """Every date comes back to the second, and none stays none."""
    read = rfc2822([moment and written(moment) for moment in moments]).to_pylist()

    assert read == [moment and moment.replace(tzinfo=None) for moment in moments]


@settings(deadline=None)
@given(SECONDS, st.integers(0, 30), st.characters(max_codepoint=0x2FF))
def test_a_damaged_date_is_never_read_wrongly(moment, place, character):
    """Whatever one character is replaced by, the answer is that of the standard library, or a refusal."""
    whole = written(moment)
    date = whole[:place] + character + whole[place + 1 :]
    try:
        wanted = parsedate_to_datetime(date)
        wanted = (wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        with pytest.raises((ValueError, OverflowError)):
            rfc2822([whole, date])
        return

    assert rfc2822([whole, date]).to_pylist()[1] == wanted


def test_other_forms_of_a_date_are_read_too():
    """A day of one digit and another zone are RFC 2822 as well."""
    read = rfc2822(["Mon, 5 Jan 2026 15:00:00 +0000", "Mon, 05 Jan 2026 08:00:00 -0700"]).to_pylist()

    assert read == [datetime(2026, 1, 5, 15)] * 2  # noqa: DTZ001 - naive UTC is what is kept


@settings(deadline=None)
@given(st.decimals(-1000, 1000, places=5))
def test_prices_are_exact_and_a_cost_is_positive(price):
    """A decimal of five places loses nothing; Twilio's minus means that it is paid."""
    assert Decimal(price_e5(f"{price:.5f}")) == -price * 100_000


@pytest.mark.parametrize("price", ["free", "-", "NaN", "1e999999", "Infinity"])
def test_what_is_no_price_is_refused(price):
    """A word in place of a price is no page of messages."""
    with pytest.raises(ValueError, match="is not a price"):
        read_page(page({"price": price}))


def test_each_value_is_the_sdks():
    """The columns of a page equal, value by value, what the SDK makes of the same messages."""
    conn = connect("sandbox", store=":memory:", scenario="busy", messages=800, clock="manual")
    listed = conn.client.messages.list(page_size=1000)
    uri = f"https://api.twilio.com/2010-04-01/Accounts/{conn.account_sid}/Messages.json?PageSize=1000"
    read = read_page(conn.get(uri).text)

    assert read.next_uri is None
    assert read.table.schema == ARRIVED
    assert read.table.to_pylist() == [
        {
            "sid": one.sid,
            **{
                name: (at := getattr(one, name)) and at.replace(tzinfo=None)
                for name in ("date_created", "date_sent", "date_updated")
            },
            "direction": one.direction,
            "status": one.status,
            "error_code": one.error_code,
            "messaging_service_sid": one.messaging_service_sid,
            "num_segments": int(one.num_segments),
            "num_media": int(one.num_media),
            "price_e5": one.price and int(-Decimal(one.price) * 100_000),
            "price_unit": one.price_unit,
            "from": one.from_,
            "to": one.to,
            "body": one.body,
        }
        for one in listed
    ]


def test_half_an_emoji_does_not_lose_the_page():
    """A body that was cut within a character is read with a mark in its place; a whole character stays."""
    text = page({"body": "cut ?"}, {"body": "whole \U0001f600"}).replace("cut ?", "cut \\ud83d")

    assert read_page(text).table["body"].to_pylist() == ["cut \ufffd", "whole \U0001f600"]


@settings(deadline=None)
@given(st.data())
def test_a_page_that_breaks_off_is_never_taken_for_a_whole_one(data):
    """Cut anywhere, it is refused."""
    text = page({"body": "Hi"}, {"body": "Ho"}, next_page_uri="/more")

    with pytest.raises(ValueError, match=r"\w"):
        read_page(text[: data.draw(st.integers(0, len(text) - 1))])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"messages": [{}]}', '{"messages": null}', "<html>busy</html>"])
def test_what_is_no_page_is_refused(text):
    """An answer of another sort raises, and is not taken for an empty page."""
    with pytest.raises(ValueError, match=r"\w"):
        read_page(text)


def test_the_next_page_and_unknown_keys():
    """Where it goes on is told, and what Twilio may add some day does no harm."""
    read = read_page(page({"status": "brand_new", "surprise": {"a": [1]}}, next_page_uri="/2010-04-01/next"))

    assert read.next_uri == "/2010-04-01/next"
    assert read.table["status"].to_pylist() == ["brand_new"]
