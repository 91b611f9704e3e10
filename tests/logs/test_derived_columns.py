"""What is worked out of a message as it comes in."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.logs.pages import ARRIVED
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.rules import addresses, segments

NOON = datetime(2026, 1, 5, 12, 34, 56)  # noqa: DTZ001 - naive UTC is what is kept
MOMENTS = st.datetimes(datetime(1969, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 - as above
OURS, THEIRS = "+14155550100", "+14155550123"


def kept(*messages, bodies=False):
    """What is kept of messages; what one does not say is as in an ordinary delivered text."""
    usual = {
        "sid": "SM1",
        "date_created": NOON,
        "date_sent": NOON,
        "date_updated": NOON,
        "direction": "outbound-api",
        "status": "delivered",
        "from": OURS,
        "to": THEIRS,
        "body": "Hi",
    }
    return derive(
        pa.Table.from_pylist([{**usual, **one} for one in messages], schema=ARRIVED), bodies=bodies
    ).to_pylist()


def test_no_messages_are_no_rows():
    """An empty page is an empty table of the same columns."""
    table = derive(ARRIVED.empty_table())

    assert (len(table), table.schema) == (0, SCHEMA)


def test_our_side_and_theirs():
    """Whoever wrote, `number` is ours and `peer` the other's; a sender that was not chosen yet is none."""
    out, heard, waiting = kept({}, {"direction": "inbound", "from": THEIRS, "to": OURS}, {"from": None})

    assert (out["number"], out["peer"], out["kind"]) == (OURS, THEIRS, "local")
    assert (heard["number"], heard["peer"]) == (OURS, THEIRS)
    assert (waiting["number"], waiting["kind"], waiting["peer"]) == (None, None, THEIRS)


@pytest.mark.parametrize(
    "sender", ["+14155550100", "+18005550100", "+447700900123", "12345", "ACME", "whatsapp:+14155550100"]
)
def test_kind_is_what_the_phone_book_says(sender):
    """The kind of our side is that of `addresses.read`."""
    assert kept({"from": sender})[0]["kind"] == addresses.read(sender).kind


@settings(deadline=None)
@given(
    st.lists(
        st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True) | st.from_regex(r"\+[2-9][0-9]{6,12}", fullmatch=True),
        min_size=1,
    )
)
def test_places_are_what_the_phone_book_says(numbers):
    """Country and area code are those of `addresses.read`, though it is not asked for every number."""
    told = [(row["country"], row["area_code"]) for row in kept(*({"to": number} for number in numbers))]

    read = [addresses.read(number) for number in numbers]
    assert told == [(one.country, one.area_code) if one else (None, None) for one in read]


@pytest.mark.slow
def test_every_area_code_is_where_the_phone_book_says():
    """With every digit that may follow it."""
    numbers = [f"+1{code}{digit}234567" for code in range(200, 1000) for digit in range(10)]
    told = [(row["country"], row["area_code"]) for row in kept(*({"to": number} for number in numbers))]

    read = [addresses.read(number) for number in numbers]
    assert told == [(one.country, one.area_code) if one else (None, None) for one in read]


@settings(deadline=None)
@given(MOMENTS, MOMENTS, MOMENTS)
def test_hours_and_seconds(created, sent, updated):
    """Hour and quarter are cut downwards, and times are whole seconds."""
    row = kept({"date_created": created, "date_sent": sent, "date_updated": updated})[0]

    assert row["hour"] == created.replace(minute=0, second=0)
    assert row["quarter"] == created - timedelta(minutes=created.minute % 15, seconds=created.second)
    assert row["sent_seconds"] == (sent - created).total_seconds()
    assert row["final_seconds"] == (updated - sent).total_seconds()


def test_times_of_what_has_not_happened_are_none():
    """Without a sending there is no time to it, and without an end none to the end."""
    never, open_ = kept({"date_sent": None, "status": "failed"}, {"status": "sent"})

    assert (never["sent_seconds"], never["final_seconds"]) == (None, None)
    assert (open_["sent_seconds"], open_["final_seconds"]) == (0, None)


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        ("STOP", "stop"),
        (" stop\n", "stop"),
        ("Unsubscribe", "stop"),
        ("Yes", "start"),
        ("info", "help"),
        ("stop it", None),
        ("", None),
    ],
)
def test_a_keyword_is_the_whole_text(body, keyword):
    """In any case and trimmed, alone, and only in what came in."""
    heard, out = kept({"direction": "inbound", "body": body}, {"body": body})

    assert (heard["keyword"], out["keyword"]) == (keyword, None)


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
    | st.text(st.characters(max_codepoint=127), min_size=1)
)
def test_encoding_and_the_odd_character(body):
    """They are what `segments` says of the body."""
    row, measured = kept({"body": body})[0], segments.measure(body)

    assert row["encoding"] == measured.encoding
    assert row["odd"] == (measured.offenders[0].character if measured.offenders else None)


def test_bodies_that_differ_in_digits_share_a_template():
    """Numbers of any length are alike, words are not, and a redacted body has none."""
    one, two, other, none = kept({"body": "Code 7"}, {"body": "Code 123456"}, {"body": "Kode 7"}, {"body": ""})

    assert one["template"] == two["template"] != other["template"]
    assert (none["template"], none["encoding"], none["odd"]) == (None, None, None)


def test_bodies_are_kept_only_when_asked_for():
    """By default no text stays."""
    assert kept({})[0]["body"] is None
    assert kept({}, bodies=True)[0]["body"] == "Hi"
