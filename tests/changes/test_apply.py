"""Apply and undo: each change has an outcome, doubt is looked up, and what cannot go on is put back, left or said."""

import os
import signal
import subprocess
import sys

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.changes.journal import journal_folder, journals
from msvc_toolkit.errors import InvalidInput, ToolkitError
from msvc_toolkit.sandbox.client import connect_sandbox

FILE = """services:
- friendly_name: Orders
  delete: true
- friendly_name: Support
  usecase: poll
  senders: [+14155550100, ACME/DE]
- friendly_name: Parcels
  senders: [+14155550101, "894546", BETA]
"""
SERVICES = "POST /v1/Services"


@pytest.fixture
def account(tmp_path):
    """A stored sandbox with two services, and a file that changes all that there is."""
    conn = connect_sandbox(tmp_path / "sandbox.db", clock="manual")
    orders = msvc.create_service(conn, friendly_name="Orders", inbound_request_url="https://example.com/in").sid
    msvc.create_service(conn, friendly_name="Support", use_inbound_webhook_on_number=True)
    alphas = [msvc.AlphaSender("ACME"), msvc.AlphaSender("ACME", "GB"), msvc.AlphaSender("ACME", "")]
    msvc.add_senders(conn, orders, ["+14155550100", "+14155550101", *alphas])
    (tmp_path / "account.yaml").write_text(FILE, "utf-8")
    yield conn
    conn.sandbox.api.store.close()


@pytest.fixture
def file(tmp_path):
    """The account file."""
    return tmp_path / "account.yaml"


def outcomes(applied):
    """The different outcomes of a run."""
    return {outcome.outcome for outcome in applied.outcomes}


def test_a_plan_is_applied_once_and_taken_back(account, file):
    """After apply nothing is left to change; undo brings the same text back, undo of that the changes again."""
    start = msvc.export_account(account)
    plan = msvc.plan_changes(account, file)
    done = msvc.apply_changes(account, plan)

    assert [outcome.change.kind for outcome in done.outcomes].count("move") == 2
    assert outcomes(done) == {"done"}
    assert done.table["outcome"].tolist() == ["done"] * len(plan.changes)
    assert not msvc.plan_changes(account, file)
    assert outcomes(msvc.apply_changes(account, plan)) == {"nothing to do"}
    changed = msvc.export_account(account)
    undone = msvc.undo_changes(account)
    assert msvc.export_account(account) == start
    assert outcomes(msvc.undo_changes(account, undone.journal)) == {"done"}
    assert msvc.export_account(account) == changed
    msvc.undo_changes(account)
    assert msvc.export_account(account) == start
    with pytest.raises(InvalidInput, match="was taken back already"):
        msvc.undo_changes(account)


def test_an_exported_account_can_be_made_again(account, tmp_path):
    """On an empty account with the same numbers, the file of another one gives an account with the same file."""
    text = msvc.export_account(account, tmp_path / "whole.yaml")
    other = msvc.connect("sandbox", store=":memory:", clock="manual", seed=99)
    assert msvc.export_account(other) != text
    msvc.apply_changes(other, msvc.plan_changes(other, tmp_path / "whole.yaml"))

    assert msvc.export_account(other) == text


@pytest.mark.parametrize("kind", ["cut", "429"])
def test_an_unclear_answer_is_looked_up(account, file, kind):
    """Whether a request was carried out or not, a bad answer leads to each change exactly once."""
    start = msvc.export_account(account)
    for route in ("POST /v1/Services*", "DELETE /v1/Services*"):
        for executed in (True, False) if kind != "429" else (False,):
            account.sandbox.fault(kind, route=route, rate=0.3, executed=executed)
    plan = msvc.plan_changes(account, file)
    applied = msvc.apply_changes(account, plan)
    for _ in range(5):
        applied = msvc.apply_changes(account, applied.rest) if applied.rest else applied

    assert applied.rest is None
    assert not msvc.plan_changes(account, file)
    assert [service.friendly_name for service in msvc.list_services(account)].count("Parcels") == 1
    undone = msvc.undo_changes(account)
    for _ in range(5):
        undone = msvc.apply_changes(account, undone.rest) if undone.rest else undone
    assert msvc.export_account(account) == start


def test_a_changed_account_is_refused(account, file):
    """What was changed since the plan is named, and nothing is sent."""
    plan = msvc.plan_changes(account, file)
    support = msvc.find_service(account, "Support")
    msvc.update_service(account, support.sid, smart_encoding=False)
    msvc.remove_senders(account, msvc.find_service(account, "Orders").sid, ["+14155550100"])
    before = len(account.sandbox.journal())

    with pytest.raises(InvalidInput) as refused:
        msvc.apply_changes(account, plan)

    assert "Support: Smart Encoding was changed after the plan was made." in str(refused.value)
    assert "+1 415 ••• 0100 left Orders after the plan was made." in str(refused.value)
    assert {entry["method"] for entry in account.sandbox.journal()[before:]} == {"GET"}
    assert journals(account) == []


def test_a_sender_that_is_refused_is_put_back(account, file):
    """Where the new service does not take it, a moved number is back in the old one, and the plan for the rest goes on."""
    plan = msvc.plan_changes(account, file)
    target = msvc.find_service(account, "Support").sid
    account.sandbox.fault("403", route=f"POST /v1/Services/{target}/PhoneNumbers", count=1)
    applied = msvc.apply_changes(account, plan)

    refused = [outcome for outcome in applied.outcomes if outcome.outcome == "refused"]
    assert [outcome.change.kind for outcome in refused] == ["move", "delete"]
    assert refused[0].code == 70051
    assert "It is back where it was." in refused[0].sentence
    orders = msvc.find_service(account, "Orders")
    assert msvc.list_senders(account, orders.sid)["sender"].tolist() == ["+14155550100"]
    assert [change.kind for change in applied.rest.changes] == ["move", "delete"]
    assert outcomes(msvc.apply_changes(account, applied.rest)) == {"done"}
    assert not msvc.plan_changes(account, file)


def test_undo_leaves_what_others_changed(account, file):
    """A setting and a service that somebody else changed since are left, and said."""
    msvc.apply_changes(account, msvc.plan_changes(account, file))
    parcels, support = (msvc.find_service(account, name).sid for name in ("Parcels", "Support"))
    msvc.update_service(account, support, usecase="discussion")
    msvc.add_senders(account, parcels, ["+12125550100"])
    undone = msvc.undo_changes(account)

    left = {outcome.change.kind: outcome.sentence for outcome in undone.outcomes if outcome.outcome == "refused"}
    assert set(left) == {"set", "delete"}
    assert "Somebody else changed Use case of Support." in left["set"]
    assert "holds 1 sender" in left["delete"]
    assert msvc.fetch_service(account, support).settings["usecase"] == "discussion"


KILLED = """
import os, signal, sys
import msvc_toolkit as msvc
from msvc_toolkit.sandbox.client import SandboxHttpClient
store, file, at = sys.argv[1:]
conn, asked, carry = msvc.connect("sandbox", store=store), [], SandboxHttpClient._carry
def count(self, request, timeout):
    asked.append(request.method != "GET")
    if sum(asked) == abs(int(at)) and asked[-1]:
        if int(at) > 0:
            carry(self, request, timeout)
        os.kill(os.getpid(), signal.SIGKILL)
    return carry(self, request, timeout)
SandboxHttpClient._carry = count
msvc.apply_changes(conn, msvc.plan_changes(conn, file))
"""


@pytest.mark.slow
def test_after_a_kill_the_journal_finishes_and_takes_back(account, file):
    """A process killed after the request that creates a service leaves a journal that finishes, and takes all back."""
    start = msvc.export_account(account)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, account.sandbox.store_path, str(file), "1"], env=os.environ, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert outcomes(msvc.resume_changes(account)) <= {"done", "nothing to do"}
    assert not msvc.plan_changes(account, file)
    assert [service.friendly_name for service in msvc.list_services(account)].count("Parcels") == 1
    msvc.undo_changes(account)

    assert msvc.export_account(account) == start


def test_one_run_at_a_time(account, file):
    """While a run changes an account, another one on this computer is refused; a cancelled one can go on."""
    plan = msvc.plan_changes(account, file)
    seen = []

    def again(done, *_):
        if done == 1:
            with pytest.raises(ToolkitError, match="Another program"):
                msvc.apply_changes(account, plan)
            seen.append(done)

    applied = msvc.apply_changes(account, plan, progress=again, cancelled=lambda: bool(seen))

    assert [outcome.outcome for outcome in applied.outcomes] == ["done"] + ["not tried"] * (len(plan.changes) - 1)
    assert msvc.apply_changes(account, applied.rest).rest is None
    journal = journals(account)[-1].path
    assert journal.stat().st_mode & 0o077 == 0
    assert "5550100" not in journal.read_text("utf-8")


def test_without_a_journal_nothing_is_changed(account, file, monkeypatch):
    """A folder that cannot be written is named as such, before a plan is applied and in the midst of it; then it goes on."""
    plan = msvc.plan_changes(account, file)
    with monkeypatch.context() as patch:
        patch.setenv("MSVC_HOME", "/proc/nowhere")
        with pytest.raises(ToolkitError, match=r"/proc/nowhere/changes.* cannot be written.*Free some space"):
            msvc.apply_changes(account, plan)
    assert msvc.plan_changes(account, file).changes == plan.changes

    def hide(*_):
        kept = journals(account)[-1].path
        kept.rename(kept.with_suffix(".hidden"))

    with pytest.raises(ToolkitError, match=r"jsonl cannot be written.*resume_changes goes on with it"):
        msvc.apply_changes(account, plan, progress=hide)
    [kept] = journal_folder(account).glob("*.hidden")
    kept.rename(kept.with_suffix(".jsonl"))
    assert msvc.resume_changes(account).rest is None
    assert not msvc.plan_changes(account, file)
