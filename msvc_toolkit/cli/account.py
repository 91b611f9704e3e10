"""The commands ``msvc export``, ``plan``, ``apply``, ``undo`` and ``diff``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from msvc_toolkit.errors import InvalidInput, ToolkitError

if TYPE_CHECKING:
    from msvc_toolkit.changes.calls import AppliedChanges
    from msvc_toolkit.changes.model import AccountSetup
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
    typer.Option(metavar="AC...", envvar="MSVC_ARM", help="Allow changes to the live account with this SID."),
]


def export(
    file: Annotated[str, typer.Argument(help="The file to write; - is stdout.")] = "-",
    *,
    mask: Annotated[bool, typer.Option("--mask", help="Hide phone numbers and logins, to show it to others.")] = False,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Write the services of the account, their settings and pools, as YAML that can be changed and applied."""
    from msvc_toolkit.changes.calls import export_account  # noqa: PLC0415 - brings pandas and the SDK

    text = export_account(_connect(live, profile, store), None if file == "-" else file, mask=mask)
    typer.echo(text if file == "-" else f"Wrote {file}.", nl=file != "-", err=file != "-")


def plan(
    file: File,
    *,
    save: Annotated[Path | None, typer.Option(help="Keep the plan in this file, for msvc apply --plan.")] = None,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Say what would change to make the account what the file says, and what that stops or starts. Nothing is changed.

    Exit codes: 0 nothing to do, 1 changes, 2 wrong use, 3 Twilio refused or was unreachable.
    """
    import msgspec  # noqa: PLC0415 - other commands do without

    from msvc_toolkit.changes.calls import plan_changes  # noqa: PLC0415 - as above
    from msvc_toolkit.private.private_files import write_private_file  # noqa: PLC0415 - as above

    try:
        made = plan_changes(_connect(live, profile, store), file)
    except InvalidInput as error:
        _refuse(file, error)
    typer.echo(made)
    if save is not None:
        write_private_file(save, msgspec.json.encode(made))
    if made:
        raise typer.Exit(CHANGES)


def apply(
    file: Annotated[Path | None, typer.Argument(help="The account file.")] = None,
    *,
    plan: Annotated[
        Path | None, typer.Option(help="Apply a plan that msvc plan --save kept, in place of a file.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped, in place of a file.")
    ] = False,
    arm: Arm = None,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Make the account what the file says. A live account is changed only where --arm names it.

    Exit codes: 0 all is done, 1 something is left, 2 wrong use or a changed account, 3 Twilio refused or was unreachable.
    """
    import msgspec  # noqa: PLC0415 - other commands do without

    from msvc_toolkit.changes import calls  # noqa: PLC0415 - brings pandas and the SDK
    from msvc_toolkit.changes.model import ChangePlan  # noqa: PLC0415 - as above

    if sum((file is not None, plan is not None, resume)) != 1:
        raise ToolkitError("Name one: an account file, --plan or --resume.")
    conn = _connect(live, profile, store, arm)
    if resume:
        _report(calls.resume_changes(conn, progress=_progress))
    if plan is not None:
        try:
            made = msgspec.json.decode(plan.read_bytes(), type=ChangePlan)
        except (OSError, msgspec.MsgspecError):
            raise ToolkitError(f"{plan} is not a plan. Make one: msvc plan account.yaml --save {plan}") from None
    else:
        try:
            made = calls.plan_changes(conn, file or Path())
        except InvalidInput as error:
            _refuse(file or Path(), error)
        typer.echo(made, err=True)
    _report(calls.apply_changes(conn, made, progress=_progress))


def undo(
    *,
    journal: Annotated[str | None, typer.Option(help="The run to take back; the newest when not given.")] = None,
    arm: Arm = None,
    live: Live = False,
    profile: Profile = None,
    store: Store = None,
) -> None:
    """Take back the last apply, as far as Twilio allows; also one that was stopped.

    Exit codes: 0 all is done, 1 something is left, 2 wrong use, 3 Twilio refused or was unreachable.
    """
    from msvc_toolkit.changes.calls import undo_changes  # noqa: PLC0415 - brings pandas and the SDK

    _report(undo_changes(_connect(live, profile, store, arm), journal, progress=_progress))


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


def _connect(live: bool, profile: str | None, store: str | None, arm: str | None = None) -> Connection:
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - brings the SDK

    conn = connect("live" if live or profile else "sandbox", profile=profile, store=store)
    if arm and conn.guard is not None:
        if arm != conn.account_sid:
            raise ToolkitError(f"--arm names {arm}, and this is the account {conn.account_sid}. Nothing was changed.")
        os.environ["MSVC_ARM"] = arm
        conn.arm()
    return conn


def _refuse(file: Path, error: InvalidInput) -> NoReturn:
    """Say each problem of a file on a line of its own, as compilers do."""
    for problem in error.problems:
        typer.echo(f"{file}: {problem.field}: {problem.sentence}", err=True)
    raise typer.Exit(WRONG_USE)


def _progress(done: int, of: int, sentence: str) -> None:
    typer.echo(f"{done}/{of} {sentence}", err=True)


def _report(applied: AppliedChanges) -> NoReturn:
    for outcome in applied.outcomes:
        typer.echo(
            f"{outcome.outcome:13} {outcome.change.sentence} {'' if outcome.outcome == 'done' else outcome.sentence}".strip()
        )
    if applied.journal:
        typer.echo(f"To take this back: msvc undo --journal {applied.journal}", err=True)
    if applied.rest:
        typer.echo("Something is left: msvc apply --resume goes on, msvc undo takes back.", err=True)
    raise typer.Exit(NOT_ALL_DONE if applied.rest else 0)
