"""Records in a journal what a form is about to change on a live account, so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from msvc_toolkit.changes.calls import read_account
from msvc_toolkit.changes.journal import ChangeJournal, JournalHead, alone
from msvc_toolkit.changes.model import AccountSetup, Change, ServiceSetup, sender_text, service_setup
from msvc_toolkit.changes.plan import plan_between
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, ToolkitError, Unreachable
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.senders.model import SID_PARAMS
from msvc_toolkit.services.calls import list_services
from msvc_toolkit.widgets.snippets import Act


@contextmanager
def undoable(conn: Connection, acts: Sequence[Act]) -> Iterator[bool]:
    """Note what a form is about to change; after that `undo_changes` can take it back.

    If the block fails, its changes count as unfinished: `resume_changes` finishes them, `undo_changes` takes them back. One
    change that Twilio or the form refused is not noted.

    Args:
        conn: The account; one that is not armed is not even read.
        acts: The calls that the form makes. Only those on services and their pools are noted.

    Returns:
        Whether there is something to undo.

    Raises:
        InvalidInput: Twilio would refuse it.
        ToolkitError: Another program on this computer is changing the account, or it cannot be read.
    """
    acts = [act for act in acts if act.resource[0] == "services"]
    if not (acts and conn.may_write):
        yield False
        return
    with alone(conn) as folder:
        now, changes = _planned(conn, acts)
        if not changes:
            yield False
            return
        journal = ChangeJournal.start(folder, JournalHead(changes, {one.sid: one.label for one in now.services}))
        for number in range(len(changes)):
            journal.note(number, step="form")
        try:
            yield True
        except ToolkitError as error:
            if len(changes) == 1 and not isinstance(error, (OutcomeUnknown, Unreachable)):
                journal.path.unlink()
            raise
        for number in range(len(changes)):  # what Twilio refused an undo finds as it was
            journal.note(number, outcome="done")


def _planned(conn: Connection, acts: Sequence[Act]) -> tuple[AccountSetup, tuple[Change, ...]]:
    """Return the account, with its pools if they change, and the changes that the calls make."""
    if any(act.resource[2:] for act in acts):
        now = read_account(conn)
    else:
        now = AccountSetup(tuple(map(service_setup, list_services(conn))), conn.account_sid)
    texts = {sender.sid: text for text, sender in now.owned.items()}
    wanted = {service.sid: service for service in now.services}
    for act in acts:
        sid, resource, member = (*act.resource[1:], "", "", "")[:3]
        service = wanted.get(sid, ServiceSetup({}))
        if not resource:
            wanted[sid] = replace(service, settings={**service.settings, **act.params})
        elif member:
            if member not in texts:  # a sender ID, which has another SID in each pool
                texts |= {sender.sid: sender_text(sender) for sender in pool_of(conn, sid)}
            left = [sender for sender in service.senders or () if sender != texts.get(member)]
            wanted[sid] = replace(service, senders=tuple(left))
        else:
            named, country = act.params.get("alpha_sender"), act.params.get("iso_country_code")
            text = f"{named}/{country}" if country else named or texts.get(str(act.params[SID_PARAMS[resource]]))
            wanted[sid] = replace(service, senders=(*(service.senders or ()), str(text)))
    return now, plan_between(now, AccountSetup(tuple(wanted.values()))).changes
