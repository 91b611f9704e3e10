"""ChangesForm: every change is read before it is made, wrong files say where, and one click takes all of it back."""

from datetime import UTC, datetime

import pytest

import msvc_toolkit as msvc
from forms import click, words
from msvc_toolkit.changes import account_file
from msvc_toolkit.changes.form_journal import undoable
from msvc_toolkit.changes.journal import journals
from msvc_toolkit.connection import Connection, Guard

TEXT = """services:
  - friendly_name: Orders
    sticky_sender: false
    senders: ["+14155550101"]
  - friendly_name: Support
    senders: ["+12125550100", "+14155550100"]
  - friendly_name: Offers
    senders: []
"""
WRONG = [
    (TEXT.replace("sticky_sender", "StickySender"), "Line 3, column 5: A service has no 'StickySender'. Did you mean"),
    (TEXT.replace("+12125550100", "+19195550100"), "Line 6, column 15: +1 919 ••• 0100 is not on this account."),
    (TEXT.replace("+12125550100", "+14155550101"), "Line 6, column 15: +1 415 ••• 0101 is in Orders already (line 4)"),
    (TEXT.replace("    sticky", "\tsticky"), "Line 3, column 1: This line is indented with a tab."),
    (TEXT + "".join(f"  - friendly_name: S{n}\n    usecase: nothing\n" for n in range(5_000)), "Line 10, column 14: "),
    ("services:\n- 5\n", "Line 2, column 3: A service is written as names and values"),
    ("  ", "Choose a file, or start from the account as it is"),
]
"""A file, and the sentence that it gets."""


@pytest.fixture
def account(conn):
    """Orders, with a campaign and two numbers, and Support, with one."""
    orders = msvc.create_service(conn, friendly_name="Orders").sid
    support = msvc.create_service(conn, friendly_name="Support", use_inbound_webhook_on_number=True).sid
    msvc.add_senders(conn, orders, ["+14155550100", "+14155550101"])
    msvc.add_senders(conn, support, ["+12125550100"])
    conn.sandbox.register_campaign(orders)
    return conn


def upload(form, content):
    """Choose a file."""
    form.upload.value = (
        {
            "name": "account.yaml",
            "type": "",
            "size": len(content),
            "last_modified": datetime.now(UTC),
            "content": memoryview(content),
        },
    )


def visible(button):
    """Whether a button is shown."""
    return button.layout.display != "none"


def test_changes_are_read_then_made_then_taken_back(account):
    """A chosen file shows what it changes; a click makes it, each with its outcome; Undo brings the account back."""
    start, form = msvc.export_account(account), msvc.ChangesForm(account)
    assert form.button.disabled
    assert not visible(form.undo)
    form.begin.click()
    assert form.fields["file"].widget.value == start
    assert "there is nothing to change" in words(form.missing.value)
    upload(form, TEXT.encode("utf-8-sig"))

    assert form.button.description == f"Apply 3 changes to SANDBOX {account.account_sid[:4]}…{account.account_sid[-4:]}"
    shown = words(form.preview.value)
    for word in (
        "3 changes, none made yet",
        "1 cannot be undone in full",
        "Offers is created",
        "Sticky Sender: on → off",
        "+1 415 ••• 0100 moves from Orders to Support.",
        "Carriers block its messages to the US",
        "Undo does not bring back Sticky Sender pairs in Orders",
    ):
        assert word in shown
    assert msvc.export_account(account) == start
    assert "5550100" not in form.static()

    outcome = words(click(form))
    assert "3 changes made." in outcome
    assert outcome.count("Done") == 4
    assert form.button.disabled
    assert not msvc.plan_changes(account, form.account)
    assert msvc.export_account(account) != start
    assert visible(form.undo)
    form.undo.click()
    form.wait()
    assert "3 changes taken back." in words(form.outcome.value)
    assert msvc.export_account(account) == start
    assert not visible(form.undo)
    assert form.button.description.startswith("Apply 3 changes")


def test_a_wrong_file_says_where(account):
    """Unknown key, number of another account, a number in two services, tabs, 10 000 lines, no text: a sentence each."""
    start, form = msvc.export_account(account), msvc.ChangesForm(account)
    for text, sentence in WRONG:
        form.fill(file=text)
        assert sentence in words(form.fields["file"].note.value), sentence
        assert form.button.disabled
        assert not form.preview.value
        form.button.click()
    assert "more problems. Correct these first" in _said(form, WRONG[4][0])
    upload(form, b"PK\x03\xff\xfe")
    assert "account.yaml is not text in UTF-8 (at byte 3)" in words(form.fields["file"].note.value)
    form.fill(file=TEXT)
    assert "UTF-8" not in words(form.fields["file"].note.value)
    assert msvc.export_account(account) == start


def _said(form, text):
    form.fill(file=text)
    return words(form.fields["file"].note.value)


def test_an_account_that_changed_since_is_not_changed(account, tmp_path):
    """What somebody else changed is said, nothing is made, and the form then shows the changes from the account as it is."""
    path = tmp_path / "account.yaml"
    path.write_text(TEXT, "utf-8")
    form = msvc.ChangesForm(account, path)
    support = form.account.services[1].sid
    msvc.update_service(account, support, smart_encoding=False)
    before = msvc.export_account(account)

    assert "Support: Smart Encoding was changed after the plan was made" in words(click(form))
    assert msvc.export_account(account) == before
    assert "3 changes, none made yet" in words(form.preview.value)
    assert "3 changes made." in words(click(form))


def test_what_is_left_can_be_finished_or_taken_back(account):
    """A change that Twilio refuses leaves the rest; another form offers to go on; Stop leaves what was not begun."""
    start, form = msvc.export_account(account), msvc.ChangesForm(account)
    form.fill(file=TEXT)
    account.sandbox.fault("401", route="POST /v1/Services", count=1)
    assert "of 3 changes made." in words(click(form))
    assert visible(form.resume)
    assert visible(form.undo)
    other = msvc.ChangesForm(account)
    assert "An earlier run stopped with" in words(other.outcome.value)
    other.resume.click()
    other.wait()
    assert "made." in words(other.outcome.value)
    assert not visible(other.resume)
    assert not msvc.plan_changes(account, account_file.read(TEXT))
    other.undo.click()
    other.wait()
    assert msvc.export_account(account) == start

    form.fill(file=TEXT.replace("Offers", "Offers and news"))
    form.again.click()
    form.bar.observe(lambda seen: seen.new == 1 and form.cancel.click(), names="value")
    assert "1 of 3 changes made." in words(click(form))
    assert "Not tried" in words(form.outcome.value)


def test_many_changes_that_are_alike_are_one(account):
    """Forty numbers that join a service are one entry, the others folded; so are their outcomes."""
    for place in range(40):
        account.sandbox.own(f"+1970555{place:04}")
    form = msvc.ChangesForm(account)
    numbers = ", ".join(f"+1970555{place:04}" for place in range(40))
    form.fill(file=f"services:\n  - friendly_name: Offers\n    senders: [{numbers}]\n")

    assert "41 changes, none made yet" in words(form.preview.value)
    assert "+1 970 ••• 0000 joins Offers.and 39 more like it" in words(form.preview.value)
    outcome = words(click(form))
    assert "41 changes made." in outcome
    assert "and 39 more like it" in outcome
    assert outcome.count("Done") == 3  # two rows, and the card


def test_a_live_account_is_named_and_not_changed_unarmed(account):
    """The button says LIVE and which account; unarmed a click changes nothing and says how to arm."""
    live = Connection("LIVE", account.client, account.account_sid, guard=Guard())
    start, form = msvc.export_account(account), msvc.ChangesForm(live)
    form.fill(file=TEXT)

    assert form.button.description.startswith(f"Apply 3 changes to LIVE {account.account_sid[:4]}")
    assert "read only, so a click changes nothing" in words(form.missing.value)
    assert "Nothing was sent" in words(click(form))
    assert msvc.export_account(account) == start


@pytest.mark.slow
def test_what_a_form_changes_on_a_live_account_is_undone(account):
    """Settings, inbound texts, a new service, senders that join, move and leave: each click can be taken back."""
    live = Connection("LIVE", account.client, account.account_sid, guard=Guard(), undoable=undoable)
    orders, support = (service.sid for service in msvc.read_account(account).services)
    start = msvc.export_account(account, sids=True)

    def pool(sid, asked="", *, member=False):
        form = msvc.SenderPoolForm(live, sid)
        chosen = [s.sid for s in form.everything if (s.service_sid == support if member else s.service_sid is None)]
        form.picker.rows.keys = set(chosen[:1])
        if asked:
            form.ask(asked)
        return form

    def alpha():
        form = msvc.SenderPoolForm(live, orders).alpha
        form.fill(alpha="ACME", country="GB")
        return form

    def filled(form, **values):
        form.fill(**values)
        return form

    makers = {
        "renames": lambda: filled(msvc.ServiceForm(live, orders), friendly_name="Shop", sticky_sender=False),
        "creates": lambda: msvc.ServiceForm(live, friendly_name="Offers"),
        "inbound": lambda: filled(msvc.InboundForm(live, support), mode="webhook", url="https://example.com/sms"),
        "adds": lambda: pool(orders),
        "moves": lambda: pool(orders, "move", member=True),
        "removes": lambda: pool(support, "remove", member=True),
        "sender ID": alpha,
    }
    live.guard.arm(0, [])
    assert "already has a service named" in words(click(msvc.ServiceForm(live, friendly_name="Orders")))
    assert journals(live) == []  # or Undo and "go on" would be offered for what was not done
    for name, form in ((name, make()) for name, make in makers.items()):
        assert "press Undo in msvc.ChangesForm(conn)" in words(click(form)), name
        assert msvc.export_account(account, sids=True) != start, name
        other = msvc.ChangesForm(live)
        assert "can be undone." in words(other.outcome.value), name
        other.undo.click()
        other.wait()
        assert "taken back." in words(other.outcome.value), name
        assert msvc.export_account(account, sids=True) == start, name
