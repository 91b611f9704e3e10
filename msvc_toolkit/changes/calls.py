"""Read an account's services, write them to a file, and plan what a changed file asks for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from msvc_toolkit.a2p.campaigns.calls import fetch_campaign
from msvc_toolkit.changes import account_file
from msvc_toolkit.changes.journal import ChangeJournal, JournalHead, alone, journals
from msvc_toolkit.changes.model import (
    AccountSetup,
    Change,
    ChangeOutcome,
    ChangePlan,
    drift,
    inverse,
    is_alpha,
    sender_text,
    service_setup,
)
from msvc_toolkit.changes.plan import plan_between, unknown
from msvc_toolkit.changes.run import ChangeRun
from msvc_toolkit.connection import Connection
from msvc_toolkit.connection.live import CONCURRENCY
from msvc_toolkit.errors import InvalidInput, Problem, WritesNotArmed
from msvc_toolkit.private.arguments import Progress, reporting
from msvc_toolkit.private.private_files import write_private_file
from msvc_toolkit.senders.inventory import all_senders
from msvc_toolkit.services.calls import list_services


def read_account(conn: Connection) -> AccountSetup:
    """Return the services of an account with their settings, pools and campaigns; it only reads.

    Raises:
        TwilioRefused: Twilio refused a read.
        Unreachable: Twilio gave no answer.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> msvc.read_account(conn).services[0].settings["sticky_sender"]
        True
    """
    services = list_services(conn)
    with ThreadPoolExecutor(CONCURRENCY) as many:
        campaigns = list(many.map(lambda service: fetch_campaign(conn, service.sid), services))
    pools: dict[str, list[str]] = {service.sid: [] for service in services}
    owned = {}
    for sender in all_senders(conn):
        text = sender_text(sender)
        if not is_alpha(text):
            owned[text] = sender
        if sender.service_sid in pools:
            pools[str(sender.service_sid)].append(text)
    found = [
        service_setup(service, tuple(pools[service.sid]), *((campaign.sid, campaign.status) if campaign else ()))
        for service, campaign in zip(services, campaigns, strict=True)
    ]
    return AccountSetup(tuple(found), conn.account_sid, owned, place_of(conn))


def place_of(conn: Connection) -> str:
    """Name the account of a connection, for plans and commands."""
    if conn.guard is not None:
        return f"the LIVE account {conn.account_sid}"
    path = str(getattr(conn.sandbox, "store_path", ":memory:"))
    kept = "in memory" if path == ":memory:" else str(Path(path).resolve())
    return f"the sandbox {kept}, account {conn.account_sid}"


def export_account(conn: Connection, path: Path | str | None = None, *, mask: bool = False, sids: bool = False) -> str:
    """Write the services of an account as YAML: settings, pools and campaigns. The same account gives the same text.

    Args:
        conn: The account; it is only read.
        path: Also write this file, for its owner alone, and beside it the schema by which an editor checks it.
        mask: Hide phone numbers and logins, to show it to others; such a file cannot be applied.
        sids: Also write the SID of each service. With it a service can be renamed, and the file can be applied later to
            undo a rename. Such a file fits this account only.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> 'friendly_name: "Orders"' in msvc.export_account(conn)
        True
    """
    text = account_file.write(read_account(conn), mask=mask, sids=sids)
    if path is not None:
        write_private_file(Path(path), text.encode())
        schema = json.dumps(account_file.schema(), indent=2) + "\n"
        write_private_file(Path(path).with_name(account_file.SCHEMA_FILE), schema.encode())
    return text


def plan_changes(conn: Connection, source: Path | str | AccountSetup) -> ChangePlan:
    """Return what would change to make an account what a file says; nothing is changed.

    Args:
        conn: The account; it is only read.
        source: The file, or the services of another account as `read_account` gives them.

    Returns:
        The changes in order; print it to read them. Without changes it is false.

    Raises:
        InvalidInput: The file has problems; each one's field is its line and column.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> bool(msvc.plan_changes(conn, msvc.read_account(conn)))
        False
    """
    now = read_account(conn)
    if not isinstance(source, AccountSetup):
        source = account_file.read_path(Path(source), partial(unknown, now))
    return plan_between(now, source)


@dataclass(frozen=True, repr=False)
class AppliedChanges:
    """What a run of changes did.

    Args:
        outcomes: One for each change.
        journal: The name of its journal, which `undo_changes` takes; empty when there was nothing to do.
        rest: What is left to do, for `apply_changes`; None when all is done.
    """

    outcomes: tuple[ChangeOutcome, ...]
    journal: str = ""
    rest: ChangePlan | None = None

    def __repr__(self) -> str:
        counted = Counter(outcome.outcome for outcome in self.outcomes)
        return f"<AppliedChanges {', '.join(f'{number} {word}' for word, number in counted.items()) or 'nothing'}>"

    @property
    def not_brought_back(self) -> tuple[str, ...]:
        """After an undo: what could not be restored."""
        done = (outcome.change for outcome in self.outcomes if outcome.outcome == "done")
        return tuple(dict.fromkeys(loss for change in done for loss in change.irreversible))

    @property
    def table(self) -> pd.DataFrame:
        """One row for each change: what, service, outcome, code, sentence."""
        rows = [(one.change.sentence, one.change.service, one.outcome, one.code, one.sentence) for one in self.outcomes]
        return pd.DataFrame(rows, columns=["change", "service", "outcome", "code", "sentence"]).astype(
            {"code": "Int64"}
        )


def apply_changes(
    conn: Connection,
    plan: ChangePlan,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> AppliedChanges:
    """Make the changes of a plan, one after the other, each noted in a journal before it is asked for.

    A request without a clear answer is looked up on the account before it is repeated. A sender that cannot join its new
    service is put back.

    Args:
        conn: The account; a live one must be armed.
        plan: The plan; or the `rest` of an earlier run.
        progress: Called with how many are done, how many there are, and a sentence.
        cancelled: Called before each one; True leaves the rest untried.

    Raises:
        InvalidInput: The account is not as it was when the plan was made; the sentence says what is different. Nothing
            was changed.
        WritesNotArmed: The live account is not armed; nothing was sent.
        ToolkitError: Another program on this computer is changing the account.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> wanted = msvc.read_account(conn)
        >>> _ = msvc.add_senders(conn, svc.sid, ["+14155550100"])
        >>> msvc.apply_changes(conn, msvc.plan_changes(conn, wanted)).table["outcome"].tolist()
        ['done']
    """
    if plan.journal:
        return resume_changes(conn, plan.journal, progress=progress, cancelled=cancelled)
    if not plan:
        return AppliedChanges(())
    _check_armed(conn)
    with alone(conn) as folder:
        now = read_account(conn)
        if changed := drift(plan, now):
            if _is_made(conn, plan, now):
                return AppliedChanges(
                    tuple(ChangeOutcome(one, "nothing to do", "An earlier run made it.") for one in plan.changes)
                )
            raise InvalidInput(
                [Problem("account", f"{sentence} Nothing was sent. Plan again.") for sentence in changed]
            )
        names = {service.sid: service.label for service in now.services}
        journal = ChangeJournal.start(folder, JournalHead(plan.changes, names))
        return _run(conn, journal, now, progress, cancelled)


def resume_changes(
    conn: Connection,
    journal: str | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> AppliedChanges:
    """Continue the newest run if it was stopped or crashed. The account shows which changes are done already.

    Args:
        conn: The account; a live one must be armed.
        journal: The run's journal; the newest when not given.
        progress: As for `apply_changes`.
        cancelled: As for `apply_changes`.

    Raises:
        InvalidInput: There is no such journal.
    """
    _check_armed(conn)
    with alone(conn):
        return _run(conn, _journal(conn, journal), read_account(conn), progress, cancelled)


def undo_changes(
    conn: Connection,
    journal: str | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> AppliedChanges:
    """Take back a run of changes, even one that crashed. The last change comes first; some cannot be taken back at Twilio.

    A later change by somebody else is kept. A service that was deleted is created again with another SID.

    Args:
        conn: The account; a live one must be armed.
        journal: The run's journal; the newest when not given. An earlier run is taken back only if it is named.
        progress: As for `apply_changes`.
        cancelled: As for `apply_changes`.

    Returns:
        One outcome for each change that is taken back. It has a journal of its own, so an undo can be taken back.

    Raises:
        InvalidInput: There is no such journal, or the newest run was taken back already.
    """
    _check_armed(conn)
    with alone(conn) as folder:
        chosen, now = _journal(conn, journal, undo=True), read_account(conn)
        if begun := _begun_undo(conn, chosen):
            return _run(conn, begun, now, progress, cancelled)
        if not (changes := _inverses(conn, chosen, now)):
            return AppliedChanges((), chosen.name)
        head = JournalHead(changes, {service.sid: service.label for service in now.services}, chosen.name)
        return _run(conn, ChangeJournal.start(folder, head), now, progress, cancelled)


def plan_undo(conn: Connection, journal: str | None = None) -> ChangePlan:
    """Return what `undo_changes` would do; its journal is the run that would be taken back."""
    with alone(conn):
        chosen, now = _journal(conn, journal, undo=True), read_account(conn)
        begun = _begun_undo(conn, chosen)
        return ChangePlan(_rest(begun) if begun else _inverses(conn, chosen, now), now, journal=chosen.name)


def plan_resume(conn: Connection, journal: str | None = None) -> ChangePlan:
    """Return what `resume_changes` would do."""
    chosen = _journal(conn, journal)
    return ChangePlan(_rest(chosen), read_account(conn), journal=chosen.name)


def newest_run(conn: Connection) -> ChangeJournal | None:
    """Return the newest run that is not taken back; None without one."""
    with suppress(InvalidInput):
        return _journal(conn, None, undo=True)
    return None


def _begun_undo(conn: Connection, chosen: ChangeJournal) -> ChangeJournal | None:
    """Return the undo of a run that was begun before, and not taken back itself."""
    known = journals(conn)
    undos = [one for one in known if one.head.undoes == chosen.name and not _taken_back(known, one)]
    return undos[-1] if undos else None


def _inverses(conn: Connection, chosen: ChangeJournal, now: AccountSetup) -> tuple[Change, ...]:
    changes = []
    for number in sorted(chosen.begun, reverse=True):
        change = chosen.head.changes[number]
        if change.kind == "create":
            with suppress(ValueError):  # it is gone, or cannot be told from others: it is left
                _changer(conn, chosen, now).find_created(number, change)
        changes.append(inverse(change, chosen.head.services, chosen.created))
    return tuple(changes)


def _rest(journal: ChangeJournal) -> tuple[Change, ...]:
    return tuple(journal.head.changes[number] for number in journal.unfinished)


def _check_armed(conn: Connection) -> None:
    if not conn.may_write:
        raise WritesNotArmed(
            "This is a LIVE account, and writes are not armed. Nothing was sent. To allow changes, call conn.arm()."
        )


def _journal(conn: Connection, name: str | None, *, undo: bool = False) -> ChangeJournal:
    known = journals(conn)
    runs = [one for one in known if not _is_undo(known, one)] if name is None and undo else known
    found = [one for one in runs if name in (None, one.name)]
    if not found:
        what = f"There is no journal {name} of this account." if name else "Nothing was applied to this account yet."
        raise InvalidInput([Problem("journal", what)])
    if name is None and undo and _taken_back(known, found[-1]):
        left = [one.name for one in found if not _taken_back(known, one)][-1:]
        before = f" To take back the one before it, name it: --journal {left[0]}" if left else ""
        raise InvalidInput([Problem("journal", f"The newest run, {found[-1].name}, was taken back already.{before}")])
    return found[-1]


def _is_made(conn: Connection, plan: ChangePlan, now: AccountSetup) -> bool:
    """Return whether an earlier run made the changes of a plan, and the account still shows all of them."""
    same = [one for one in journals(conn) if one.head.changes == plan.changes][-1:]
    changers = [_changer(conn, one, now) for one in same]
    return any(all(run.state(*numbered) == "after" for numbered in enumerate(plan.changes)) for run in changers)


def _is_undo(known: Sequence[ChangeJournal], journal: ChangeJournal) -> bool:
    """Return whether a run is an undo, and not an undo of an undo."""
    taken = [one for one in known if one.name == journal.head.undoes]
    return bool(taken) and not _is_undo(known, taken[0])


def _taken_back(known: Sequence[ChangeJournal], journal: ChangeJournal) -> bool:
    """Return whether a finished undo, which was not taken back itself, took a run back."""
    undos = [one for one in known if one.head.undoes == journal.name and not one.unfinished]
    return any(not _taken_back(known, one) for one in undos)


def _changer(conn: Connection, journal: ChangeJournal, now: AccountSetup) -> ChangeRun:
    def reborn() -> dict[str, str]:
        return {old: new for one in journals(conn) for old, new in one.created.items() if old.startswith("MG")}

    return ChangeRun(conn, journal, partial(read_account, conn), now, reborn)


def _run(
    conn: Connection,
    journal: ChangeJournal,
    now: AccountSetup,
    progress: Progress | None,
    cancelled: Callable[[], bool],
) -> AppliedChanges:
    outcomes = _changer(conn, journal, now).make(journal.unfinished, reporting(progress), cancelled)
    left = _rest(journal)
    rest = ChangePlan(left, now, journal=journal.name) if left else None
    if any(outcome.outcome != "nothing to do" for outcome in outcomes):
        conn.show_changes()
    return AppliedChanges(tuple(outcomes), journal.name, rest)
