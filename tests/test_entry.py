"""`connect`: the sandbox unless told otherwise, and arguments in the right place."""

import pytest

from msvc_toolkit.entry import connect, default_store
from msvc_toolkit.errors import InvalidInput, MissingCredentials


def test_it_connects_to_a_sandbox_kept_in_the_users_folder(home):
    """Without arguments the same sandbox is found again, in MSVC_HOME."""
    first = connect()
    service = first.client.messaging.v1.services.create("Orders")
    first.sandbox.api.store.close()
    again = connect()

    assert (again.label, again.may_write) == ("SANDBOX", True)
    assert default_store() == home / "sandbox.db"
    assert [found.sid for found in again.client.messaging.v1.services.list()] == [service.sid]
    assert again.account_sid == first.account_sid == again.client.account_sid
    again.sandbox.api.store.close()


def test_a_store_of_ones_own_takes_scenario_seed_and_clock(tmp_path):
    """Each argument reaches the sandbox."""
    conn = connect("sandbox", store=tmp_path / "a.db", scenario="empty", seed=3, clock="manual")

    assert (conn.sandbox.scenario, conn.sandbox.clock) == ("empty", "manual")
    assert conn.client.incoming_phone_numbers.list() == []
    conn.sandbox.api.store.close()


def test_a_manual_clock_waits_by_a_step(conn):
    """`wait` lets time pass on the sandbox's clock."""
    before = conn.sandbox.now
    conn.wait(30)

    assert (conn.sandbox.now - before).total_seconds() == 30


def test_a_sandbox_is_open_without_arming(conn):
    """Arm and disarm change nothing there."""
    conn.arm(max_messages=1, allow_to=["+14155550123"])
    conn.disarm()

    assert conn.client.messages.create(to="+14155550123", from_="+14155550100", body="Hi").status == "queued"


def test_its_credentials_and_region_of_the_live_account_are_not_used(monkeypatch):
    """TWILIO_* variables neither reach the sandbox nor bend its host names."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "live-token")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")

    conn = connect("sandbox", store=":memory:")

    assert conn.account_sid != "AC" + "9" * 32
    assert conn.client.messaging.v1.services.create("x").url.startswith("https://messaging.twilio.com/")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"mode": "production"}, "mode"),
        ({"mode": "live", "store": ":memory:"}, "store"),
        ({"mode": "live", "clock": "manual"}, "clock"),
        ({"mode": "live", "seed": 0}, "seed"),
        ({"profile": "work"}, "profile"),
    ],
)
def test_a_misplaced_argument_is_named(arguments, field):
    """The problem's field is the argument, and nothing is opened."""
    with pytest.raises(InvalidInput) as raised:
        connect(**arguments)
    assert [problem.field for problem in raised.value.problems] == [field]


def test_live_without_credentials_says_what_to_set(monkeypatch, tmp_path):
    """The sentence names the variables and the sandbox."""
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(MissingCredentials, match=r"TWILIO_ACCOUNT_SID.*connect\('sandbox'\)"):
        connect("live")
