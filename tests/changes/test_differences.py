"""What differs between two accounts, two files, or a file and an account."""

import pytest
import typer

import msvc_toolkit as msvc
from msvc_toolkit.changes import account_file
from msvc_toolkit.changes.calls import read_account
from msvc_toolkit.changes.differences import differences
from msvc_toolkit.cli.account import diff
from msvc_toolkit.errors import ToolkitError


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
        "Offers is only in the second.",
        "Orders changes. Sticky Sender: on → off.",
        "+1 415 ••• 0101 leaves Orders; the account keeps it.",
        "ACME leaves Support.",
        "+1 212 ••• 0100 moves from Support to Orders.",
        "+1 650 ••• 0199 joins Orders.",
        "Support is only in the first.",
    ]
    assert "Support is only in the second." in back
    assert "Orders changes. Sticky Sender: off → on." in back
    assert "+1 650 ••• 0199 leaves Orders; the account keeps it." in back
    account.sandbox.register_campaign(whole.services[1].sid)
    [one] = differences(whole, read_account(account))
    assert one.startswith("Support: campaign none → QE")
    assert one.endswith("VERIFIED.")


def test_the_command_compares_files_and_sandboxes(account, tmp_path, capsys):
    """Sentences on stdout and exit code 1 where something differs, 0 where nothing does; a missing twin says how to make one."""
    whole = tmp_path / "whole.yaml"
    msvc.export_account(account, whole)
    (tmp_path / "less.yaml").write_text(whole.read_text("utf-8").replace("sticky_sender: true", "sticky_sender: false"))
    store = tmp_path / "twin.db"
    account.sandbox.snapshot(store)
    with pytest.raises(typer.Exit) as differs:
        diff(str(whole), str(tmp_path / "less.yaml"))
    assert differs.value.exit_code == 1
    assert "Orders changes. Sticky Sender: on → off." in capsys.readouterr().out
    diff(str(whole), str(store))
    assert capsys.readouterr().out == ""
    with pytest.raises(ToolkitError, match="msvc sandbox import"):
        diff("twin", str(whole))
    (tmp_path / "less.yaml").write_text("services: 5")
    with pytest.raises(typer.Exit):
        diff(str(whole), str(tmp_path / "less.yaml"))
    assert "line 1, column 11" in capsys.readouterr().err
