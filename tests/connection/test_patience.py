"""The patience of reads, and reading one address of the API as it is."""

import pytest

from msvc_toolkit.connection.patience import listening
from msvc_toolkit.errors import TwilioRefused, Unreachable


@pytest.fixture
def list_uri(conn):
    """Where the account's messages are listed."""
    return f"https://api.twilio.com/2010-04-01/Accounts/{conn.account_sid}/Messages.json"


def test_a_read_outlasts_what_passes(conn, list_uri):
    """A 429, a 503 and a broken connection later it has its answer, and whoever listens has heard of each."""
    heard = []
    for kind in ("429", "503", "reset"):
        conn.sandbox.fault(kind, count=1)

    with listening(heard.append):
        answer = conn.get(list_uri)

    assert answer.status_code == 200
    assert heard == [429, 503, None]
    conn.sandbox.fault("429", count=1)
    conn.get(list_uri)
    assert len(heard) == 3


@pytest.mark.slow
def test_a_read_is_told_what_is_wrong(conn, list_uri):
    """A refusal has Twilio's code at once, and a network that is away is named after all tries; numbers are masked."""
    with pytest.raises(TwilioRefused, match="20404"):
        conn.get(list_uri.replace("Messages.json", "Messages/SM" + "0" * 32 + ".json"))
    with pytest.raises(TwilioRefused) as refused:
        conn.get(f"{list_uri}?DateSent=%2B14155550123")
    assert "4155550123" not in str(refused.value)
    assert [fault["struck"] for fault in conn.sandbox.faults()] == []

    conn.sandbox.fault("reset")
    with pytest.raises(Unreachable, match=r"api\.twilio\.com gave no answer"):
        conn.get(list_uri)
    assert conn.sandbox.faults()[0]["struck"] == 5
