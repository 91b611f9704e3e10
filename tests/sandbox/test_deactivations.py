"""Deactivated numbers, through the official SDK: a redirect to a file that can be read for two minutes."""

from datetime import date

import phonenumbers
import pytest
from twilio.base.exceptions import TwilioRestException

DAY = date(2026, 1, 4)
"""The day before the manual clock starts."""


def read(account, address):
    """Read a file as a program would, without the account's credentials."""
    return account.client.request("GET", address, auth=("", ""))


def test_a_day_leads_to_its_file(account):
    """307 with redirect_to; the file has one valid, fictional US number per line."""
    found = account.client.messaging.v1.deactivations().fetch_with_http_info(date=DAY)

    file = read(account, found.data.redirect_to)
    lines = file.text.splitlines()

    assert (found.status_code, file.status_code) == (307, 200)
    assert file.headers["Content-Type"] == "text/plain"
    assert len(lines) > 10
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(line)) and line[5:10] == "55501" for line in lines)


def test_a_day_is_always_the_same_and_days_differ(account):
    """Two requests for a day give one file, two days two."""

    def lines(day):
        return read(account, account.client.messaging.v1.deactivations().fetch(date=day).redirect_to).text

    assert lines(DAY) == lines(DAY) != lines(date(2026, 1, 3))


def test_the_address_ends_after_two_minutes(account):
    """It can be read until then, and not afterwards."""
    address = account.client.messaging.v1.deactivations().fetch(date=DAY).redirect_to
    account.advance(120)
    in_time = read(account, address).status_code
    account.advance(0.001)

    assert (in_time, read(account, address).status_code) == (200, 403)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-01-04", "2026-01-03"),
        ("Expires=1", "Expires=2"),
        ("Signature=", "Signature=0"),
        ("Account=AC", "Account=AB"),
    ],
)
def test_a_changed_address_opens_nothing(account, old, new):
    """Another day, a later end, another account: the signature no longer fits."""
    address = account.client.messaging.v1.deactivations().fetch(date=DAY).redirect_to
    assert old in address

    assert read(account, address.replace(old, new)).status_code == 403


@pytest.mark.parametrize(
    ("day", "code"),
    [("2020-08-26", 30113), ("2026-01-05", 30114), ("2027-01-01", 30114), ("04.01.2026", 30115), ("2026-02-30", 30115)],
)
def test_a_day_without_a_list_is_refused(account, day, code):
    """Too old, not over yet, or no day."""
    answer = account.ask("GET", "/v1/Deactivations", query=[("Date", day)])

    assert (answer.status, answer.json["code"]) == (400, code)


def test_the_day_is_required(account):
    """Without Date there is nothing to give."""
    with pytest.raises(TwilioRestException) as refused:
        account.client.messaging.v1.deactivations().fetch()

    assert (refused.value.status, refused.value.code) == (400, 30115)
