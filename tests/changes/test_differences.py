"""What differs between two accounts, two files, or a file and an account."""

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.changes import account_file
from msvc_toolkit.changes.calls import read_account
from msvc_toolkit.changes.differences import differences


@pytest.fixture
def account(conn):
    """Orders, with a campaign and two numbers, and Support, with a number and a sender ID."""
    orders = msvc.create_service(conn, friendly_name="Orders").sid
    support = msvc.create_service(conn, friendly_name="Support").sid
    msvc.add_senders(conn, orders, ["+14155550100", "+14155550101"])
    msvc.add_senders(conn, support, ["+12125550100", "ACME"])
    conn.sandbox.register_campaign(orders)
    return conn


def test_an_account_and_its_file_do_not_differ(account):
    """Whichever comes first; nor do two files of one account, or what a file leaves out."""
    whole = read_account(account)
    file = account_file.read(account_file.write(whole))
    part = account_file.read("services:\n  - friendly_name: Orders\n  - friendly_name: Support\n")

    assert len(whole.services) == 2
    for first, second in ((whole, whole), (whole, file), (file, whole), (file, file), (part, whole), (whole, part)):
        assert differences(first, second) == []


def test_what_differs_is_a_sentence_each(account):
    """A setting, a sender that moves, one that only a file has, services of one side, a campaign; numbers are masked."""
    whole = read_account(account)
    file = account_file.read(
        "services:\n"
        "  - {friendly_name: Orders, sticky_sender: false, senders: [+14155550100, +12125550100, +16505550199]}\n"
        "  - {friendly_name: Offers, senders: []}\n"
    )
    there, back = differences(whole, file), differences(file, whole)

    assert there == [
        "Offers is created, with 0 senders.",
        "Orders changes. Sticky Sender: on → off.",
        "+1 415 ••• 0101 leaves Orders; the account keeps it.",
        "ACME leaves Support.",
        "+1 212 ••• 0100 moves from Support to Orders.",
        "+1 650 ••• 0199 joins Orders.",
        "Support is deleted.",
    ]
    assert "Support is created, with 2 senders." in back
    assert "Orders changes. Sticky Sender: off → on." in back
    assert "+1 650 ••• 0199 leaves Orders; the account keeps it." in back
    account.sandbox.register_campaign(whole.services[1].sid)
    [one] = differences(whole, read_account(account))
    assert one.startswith("Support: campaign none → QE")
    assert one.endswith("VERIFIED.")
