"""Notebooks 02 to 04 on accounts that are not a fresh sandbox: they run, and keep what the reader saved."""

import json
from pathlib import Path

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.inbound.model import inbound_of

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
STEPS = ("02-inbound-handling", "03-sender-pool", "04-send-with-the-service")


def run_all(capsys: pytest.CaptureFixture[str]) -> str:
    """Run the code cells of the three notebooks in order, and return what they print."""
    for name in STEPS:
        notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
        names: dict[str, object] = {}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)  # noqa: S102 - our own notebooks
    return capsys.readouterr().out


def account(scenario: str) -> msvc.Connection:
    """The kept sandbox that the notebooks' `connect()` opens."""
    return msvc.connect("sandbox", scenario=scenario, clock="manual")


def test_a_canadian_account(capsys):
    """With one number of its own, the account fills its pool with it and sends to whom it reaches."""
    conn = account("empty")
    conn.sandbox.own("+14165550100", country="CA")
    said = run_all(capsys)
    [svc] = msvc.list_services(conn)

    assert msvc.list_senders(conn, svc.sid, mask=False)["sender"].tolist() == ["+14165550100"]
    assert "delivered from +1 416 ••• 0100" in said
    assert msvc.progress(conn, svc.sid).next is None


def test_everything_selected(capsys):
    """After "Select all shown" in the form, the pool stays as it was chosen."""
    conn = account("starter")
    svc = msvc.create_service(conn, friendly := msvc.ServiceDraft(friendly_name="My shop"))
    owned = msvc.list_senders(conn, mask=False)
    msvc.add_senders(conn, svc.sid, owned[owned["capabilities"].str.contains("SMS")]["sender"])
    before = msvc.list_senders(conn, svc.sid, mask=False)["sender"].tolist()
    run_all(capsys)

    assert len(before) > 4
    assert msvc.list_senders(conn, svc.sid, mask=False)["sender"].tolist() == before
    assert [service.friendly_name for service in msvc.list_services(conn)] == [friendly.friendly_name]


def test_a_saved_webhook_is_kept(capsys):
    """Notebook 02 shows the other modes and leaves the reader's own webhook in place at every cell."""
    conn = account("starter")
    svc = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))
    saved = msvc.InboundDraft("webhook", "https://example.com/mine")
    msvc.set_inbound(conn, svc.sid, saved)
    updated = msvc.fetch_service(conn, svc.sid).date_updated
    conn.sandbox.advance(60)
    said = run_all(capsys)
    service = msvc.fetch_service(conn, svc.sid)

    assert "The text is dropped" in said
    assert inbound_of(service) == saved
    assert service.date_updated == updated


def test_everything_in_another_service(capsys):
    """Senders that sit in another service stay there; the notebooks say what to do instead."""
    conn = account("empty")
    conn.sandbox.own("+14165550100", country="CA")
    other = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="My shop"))
    msvc.add_senders(conn, other.sid, ["+14165550100"])
    msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))

    with pytest.raises((msvc.InvalidInput, AssertionError), match=r"friendly_name=|pool is empty"):
        run_all(capsys)
    assert len(msvc.list_senders(conn, other.sid)) == 1
