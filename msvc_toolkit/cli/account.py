"""The commands ``msvc export``, ``plan``, ``apply``, ``undo`` and ``diff``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from msvc_toolkit.errors import InvalidInput, ToolkitError
from msvc_toolkit.rules.plurals import count

if TYPE_CHECKING:
    from msvc_toolkit.changes.calls import AppliedChanges
    from msvc_toolkit.changes.model import AccountSetup, ChangePlan
    from msvc_toolkit.connection import Connection

CHANGES, NOT_ALL_DONE, WRONG_USE = 1, 1, 2
Side = Annotated[
    str,
    typer.Argument(help="An account file; or live, sandbox, twin (from msvc sandbox import), or a sandbox's .db file."),
]
File = Annotated[Path, typer.Argument(help="The account file.")]
Live = Annotated[bool, typer.Option("--live", help="Your account on Twilio, not the sandbox.")]
Profile = Annotated[str | None, typer.Option(help="Twilio CLI profile of the account; implies --live.")]
Store = Annotated[str | None, typer.Option(help="Sandbox: its file.")]
Arm = Annotated[
    str | None,
    typer.Option(metavar="AC...", help="With --live: the SID of the account that may be changed; or set MSVC_ARM."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")]


def export(
    file: Annotated[str, typer.Argument(help="The file to write; - is stdout.")] = "-",
    *,
    mask: Annotated[bool, typer.Option("--mask", help="Hide phone numbers and logins, to show it to others.")] = False,
    sids: Annotated[bool, typer.Option("--sids", help="Write the SIDs of the services, to rename them.")] = False,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Write the services of the account, their settings and pools, as YAML that can be changed and applied."""
    from msvc_toolkit.changes.calls import export_account  # noqa: PLC0415 - brings pandas and the SDK

    text = export_account(_connect(live, profile, store), None if file == "-" else file, mask=mask, sids=sids)
    typer.echo(text if file == "-" else f"Wrote {file}.", nl=file != "-", err=file != "-")


def plan(
    file: File,
    *,
    save: Annotated[Path | None, typer.Option(help="Keep the plan in this file, for msvc apply --plan.")] = None,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Show what would change to make the account match the file, and what that stops or starts. Nothing is changed.

    Exit codes: 0 nothing to do, 1 changes, 2 wrong use, 3 Twilio refused or was unreachable.
    """
    import msgspec  # noqa: PLC0415 - other commands do without

    from msvc_toolkit.changes.calls import plan_changes  # noqa: PLC0415 - as above
    from msvc_toolkit.private.private_files import write_private_file  # noqa: PLC0415 - as above

    try:
        made = plan_changes(_connect_named(live, profile, store), file)
    except InvalidInput as error:
        _refuse(file, error)
    typer.echo(made)
    if save is not None:
        write_private_file(save, msgspec.json.encode(made))
        typer.echo(f"Kept the plan in {save}. To make these changes: msvc apply --plan {save}", err=True)
    if made:
        raise typer.Exit(CHANGES)


def apply(
    file: Annotated[Path | None, typer.Argument(help="The account file.")] = None,
    *,
    plan: Annotated[
        Path | None, typer.Option(help="Apply the plan that msvc plan --save wrote, instead of a file.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue a run that was stopped, instead of applying a file.")
    ] = False,
    yes: Yes = False,
    arm: Arm = None,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Show what changes, ask, and make the account match the file. A live account is changed only if --arm names it.

    Exit codes: 0 all is done, 1 something is left, 2 wrong use or a changed account, 3 Twilio refused or was unreachable.
    """
    import msgspec  # noqa: PLC0415 - other commands do without

    from msvc_toolkit.changes import calls  # noqa: PLC0415 - brings pandas and the SDK
    from msvc_toolkit.changes.model import ChangePlan  # noqa: PLC0415 - as above

    if sum((file is not None, plan is not None, resume)) != 1:
        raise ToolkitError("Name one: an account file, --plan or --resume.")
    conn = _connect_to_change(live, profile, store, arm)
    if resume:
        made = calls.plan_resume(conn)
    elif plan is not None:
        try:
            made = msgspec.json.decode(plan.read_bytes(), type=ChangePlan)
        except (OSError, msgspec.MsgspecError):
            raise ToolkitError(f"{plan} is not a plan. Make one: msvc plan account.yaml --save {plan}") from None
    else:
        try:
            made = calls.plan_changes(conn, file or Path())
        except InvalidInput as error:
            _refuse(file or Path(), error)
    if resume and not made:
        typer.echo("Nothing is left to do: the newest run is complete.", err=True)
        raise typer.Exit
    _ask(made, "Make", yes)
    _report(calls.apply_changes(conn, made, progress=_progress))


def undo(
    *,
    journal: Annotated[str | None, typer.Option(help="The run to take back; the newest by default.")] = None,
    yes: Yes = False,
    arm: Arm = None,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Show what the newest run changed, ask, and take it back as far as Twilio allows; also a run that was stopped.

    Exit codes: 0 all is done, 1 something is left, 2 wrong use, 3 Twilio refused or was unreachable.
    """
    from msvc_toolkit.changes import calls  # noqa: PLC0415 - brings pandas and the SDK

    conn = _connect_to_change(live, profile, store, arm)
    back = calls.plan_undo(conn, journal)
    typer.echo(f"Run {back.journal} is taken back:" if back else f"Run {back.journal}: nothing to take back.", err=True)
    if not back:
        raise typer.Exit
    _ask(back, "Take back", yes)
    _report(calls.undo_changes(conn, back.journal, progress=_progress), undo=True)


def diff(first: Side, second: Side, *, profile: Profile = None) -> None:
    """Say what differs between two account files, a file and an account, or an account and its twin. Nothing is changed.

    Exit codes: 0 nothing differs, 1 something does, 2 wrong use, 3 Twilio refused or was unreachable.
    """
    from msvc_toolkit.changes.differences import differences  # noqa: PLC0415 - brings pandas and the SDK

    found = differences(_side(first, profile), _side(second, profile))
    typer.echo(f"From {first} to {second}: {'this differs.' if found else 'nothing differs.'}", err=True)
    for sentence in found:
        typer.echo(sentence)
    if found:
        raise typer.Exit(CHANGES)


def _side(named: str, profile: str | None) -> AccountSetup:
    """Read one side of a comparison."""
    from msvc_toolkit.changes import account_file, calls  # noqa: PLC0415 - brings pandas and the SDK
    from msvc_toolkit.private.home import home  # noqa: PLC0415 - as above

    if named in ("live", "sandbox"):
        return calls.read_account(_connect(named == "live", profile if named == "live" else None, None))
    store = home() / "twin.db" if named == "twin" else Path(named)
    if store.suffix == ".db":
        if not store.is_file():
            raise ToolkitError(f"There is no {store}. To make a twin of your account: msvc sandbox import")
        return calls.read_account(_connect(False, None, str(store)))
    try:
        return account_file.read_path(store)
    except InvalidInput as error:
        _refuse(store, error)


def _connect(live: bool, profile: str | None, store: str | None) -> Connection:
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - brings the SDK

    return connect("live" if live or profile else "sandbox", profile=profile, store=store)


def _connect_named(live: bool, profile: str | None, store: str | None) -> Connection:
    """Connect, and say first which account it is."""
    from msvc_toolkit.changes.calls import place_of  # noqa: PLC0415 - brings pandas and the SDK

    conn = _connect(live, profile, store)
    typer.echo(f"Account: {place_of(conn)}", err=True)
    return conn


def _connect_to_change(live: bool, profile: str | None, store: str | None, arm: str | None) -> Connection:
    """Connect to an account that is to be changed; a live one has to be named."""
    conn = _connect_named(live, profile, store)
    if conn.guard is None:
        if arm:
            raise ToolkitError("--arm is for the live account, and this is a sandbox. Nothing was changed. Add --live.")
        return conn
    arm = arm or os.environ.get("MSVC_ARM")
    if not arm:
        raise ToolkitError(f"To change a LIVE account, you have to name it. Add --arm {conn.account_sid}")
    if arm != conn.account_sid:
        raise ToolkitError(f"--arm names {arm}, but this is the account {conn.account_sid}. Nothing was changed.")
    conn.arm(account_sid=arm)
    return conn


def _ask(plan: ChangePlan, verb: str, yes: bool) -> None:
    """Show changes, and go on only with consent: --yes, or y at a terminal."""
    typer.echo(plan, err=True)
    if not plan or yes:
        return
    if not sys.stdin.isatty():
        raise ToolkitError("Nothing was changed: without a terminal, this command cannot ask you. Add --yes.")
    if not typer.confirm(f"{verb} {count(len(plan.changes), 'change')}?", err=True):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(NOT_ALL_DONE)


def _refuse(file: Path, error: InvalidInput) -> NoReturn:
    """Say each problem of a file on a line of its own, as compilers do."""
    for problem in error.problems:
        named = problem.field != "file" or not problem.sentence.startswith((str(file), file.name))
        place = f"{file}: " if named else ""
        place += f"{problem.field}: " if problem.field != "file" else ""
        typer.echo(f"{place}{problem.sentence}", err=True)
    raise typer.Exit(WRONG_USE)


def _progress(done: int, of: int, _: str) -> None:
    """Count at a terminal; each change is named with its outcome at the end."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done} of {count(of, 'change')}", err=True, nl=done == of)


def _report(applied: AppliedChanges, *, undo: bool = False) -> NoReturn:
    for outcome in applied.outcomes:
        typer.echo(
            f"{outcome.outcome:13} {outcome.change.sentence} {'' if outcome.outcome == 'done' else outcome.sentence}".strip()
        )
    for loss in applied.not_brought_back if undo else ():
        typer.echo(f"Not brought back: {loss}")
    if applied.journal and not undo:
        typer.echo(f"To take this back: msvc undo --journal {applied.journal}", err=True)
    if applied.rest:
        typer.echo(
            "Some changes are left. To continue: msvc apply --resume. To take back what was done: msvc undo", err=True
        )
    raise typer.Exit(NOT_ALL_DONE if applied.rest else 0)
