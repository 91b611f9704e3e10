"""Where live credentials come from, and that no secret is ever shown."""

import json
import logging
import traceback
from pathlib import Path

import pytest

from msvc_toolkit.connection import connect_live, find_credentials
from msvc_toolkit.errors import MissingCredentials, OutcomeUnknown, Unreachable

SID, TOKEN, SECRET = "AC" + "1" * 32, "5ec1e7token", "5ec1e7secret"
KEY = "SK" + "2" * 32


def profile(folder: Path, **profiles):
    """Write a Twilio CLI configuration into a home folder."""
    (folder / ".twilio-cli").mkdir()
    entries = {name: {"accountSid": SID, "apiKey": KEY, "apiSecret": SECRET, **more} for name, more in profiles.items()}
    config = {"activeProfile": next(iter(profiles)), "profiles": entries}
    (folder / ".twilio-cli" / "config.json").write_text(json.dumps(config), encoding="utf-8")


def test_the_environment_gives_token_or_key(monkeypatch):
    """The account SID with a token is enough; an API key and its secret go first when both are there."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    by_token = find_credentials()
    monkeypatch.setenv("TWILIO_API_KEY", KEY)
    half = find_credentials()
    monkeypatch.setenv("TWILIO_API_SECRET", SECRET)
    by_key = find_credentials()

    assert (by_token.kind, by_token.username, by_token.secret) == ("auth token", SID, TOKEN)
    assert half == by_token
    assert (by_key.kind, by_key.account_sid, by_key.username, by_key.secret) == ("API key", SID, KEY, SECRET)


def test_a_cli_profile_is_taken_by_name_or_as_the_active_one(monkeypatch, tmp_path):
    """Without variables the active profile counts; a named one goes before the environment."""
    monkeypatch.setenv("HOME", str(tmp_path))
    profile(tmp_path, work={}, private={"apiKey": "SK" + "3" * 32, "region": "ie1"})

    assert find_credentials().username == KEY
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    assert find_credentials().kind == "auth token"
    named = find_credentials("private")
    assert (named.kind, named.username, named.region) == ("Twilio CLI profile", "SK" + "3" * 32, "ie1")
    assert find_credentials("nobody") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"profiles": []}', '{"profiles": {"a": {"accountSid": "AC1"}}}'])
def test_a_broken_cli_configuration_is_no_credentials(monkeypatch, tmp_path, text):
    """A file that is not as expected means none were found, never a traceback."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".twilio-cli").mkdir()
    (tmp_path / ".twilio-cli" / "config.json").write_text(text, encoding="utf-8")

    assert find_credentials() is None


@pytest.mark.parametrize(("name", "said"), [(None, "Set TWILIO_ACCOUNT_SID"), ("work", "no Twilio CLI profile 'work'")])
def test_missing_credentials_are_reported_with_the_next_step(monkeypatch, tmp_path, name, said):
    """The sentence says what to set, or to leave the profile out."""
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(MissingCredentials, match=said):
        connect_live(name)


def test_no_secret_is_ever_shown(connect, faulty, caplog):
    """Neither repr, nor an error's traceback, nor the log at its loudest holds the token."""
    caplog.set_level(logging.DEBUG)
    faulty.plan = [0]
    conn = connect(*faulty.way)
    conn.arm()
    shown = [repr(conn), str(conn), repr(conn.client), repr(conn.client.http_client), repr(find_credentials())]
    for act in (conn.client.api.v2010.account.fetch, lambda: conn.client.messaging.v1.services.create("x")):
        with pytest.raises((Unreachable, OutcomeUnknown)) as raised:
            act()
        shown.append("".join(traceback.format_exception(raised.value)))

    assert TOKEN not in "".join(shown) + caplog.text
    assert SID not in repr(conn)


def test_a_token_in_the_accounts_place_is_refused_and_not_shown(monkeypatch):
    """Swapped variables end in a sentence without either value."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "feedface" * 4)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "AC" + "0" * 32)

    with pytest.raises(MissingCredentials, match="swapped") as caught:
        find_credentials()

    assert "feedface" not in str(caught.value)
