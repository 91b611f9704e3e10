"""Changes to a live account that is not armed: none, whatever is tried."""

import pytest
import requests

import msvc_toolkit as msvc
from msvc_toolkit.changes.journal import journal_folder
from msvc_toolkit.errors import WritesNotArmed


def test_nothing_changes_unarmed(live, twilio, tmp_path):
    """Export and plan only read; apply, resume and undo are refused before anything is sent or noted. Armed, they work."""

    def writes():
        answer = requests.get(f"{twilio['url']}/_sandbox/journal", {"Limit": 10_000}, timeout=60).json()["entries"]
        return [entry for entry in answer if entry.get("method") != "GET" and "/v1/" in entry.get("path", "")]

    file, before = tmp_path / "account.yaml", len(writes())
    file.write_text("services:\n- friendly_name: Changes\n  senders: [ACME]\n", "utf-8")
    start = msvc.export_account(live)
    plan = msvc.plan_changes(live, file)
    assert [change.kind for change in plan.changes] == ["create", "add"]
    for act in (
        lambda: msvc.apply_changes(live, plan),
        lambda: msvc.resume_changes(live),
        lambda: msvc.undo_changes(live),
    ):
        with pytest.raises(WritesNotArmed, match="Nothing was sent"):
            act()
    assert len(writes()) == before
    assert not journal_folder(live).exists()

    live.arm()
    done = msvc.apply_changes(live, plan)
    assert [outcome.outcome for outcome in done.outcomes] == ["done", "done"]
    assert len(writes()) == before + 2
    msvc.undo_changes(live)
    assert msvc.export_account(live) == start
