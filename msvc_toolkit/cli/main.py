"""The command ``msvc``. Data goes to stdout, words to stderr.

Exit codes: 0 fine, 1 a check found a problem, 2 wrong use, 3 Twilio refused or was unreachable.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import typer

from msvc_toolkit.cli import a2p, account, logs
from msvc_toolkit.cli import lab as notebooks
from msvc_toolkit.cli.subaccounts import subaccounts
from msvc_toolkit.errors import OutcomeUnknown, ToolkitError, TwilioRefused, Unreachable
from msvc_toolkit.private.home import home

ClockMode = Literal["real", "manual"]
FOUND_A_PROBLEM, WRONG_USE, NO_FROM_TWILIO = 1, 2, 3

app = typer.Typer(
    help="Twilio Messaging Services in Jupyter, on your account, or on a sandbox that needs no account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sandbox = typer.Typer(help="The sandbox: Twilio's API on this machine. It sends nothing.", no_args_is_help=True)
app.add_typer(sandbox, name="sandbox")
app.add_typer(a2p.app, name="a2p")
app.add_typer(logs.app, name="logs")
app.command()(subaccounts)
for command in (account.export, account.plan, account.apply, account.undo, account.diff):
    app.command()(command)


@app.command()
def lab(
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    into: Annotated[Path | None, typer.Option(help="Copy the notebooks to this folder and open them there.")] = None,
) -> None:
    """Open the notebooks in JupyterLab; a file you changed is never overwritten."""
    folder = _notebooks(into)

    def announce(url: str) -> None:
        typer.echo(f"JupyterLab serves {folder}. Press Ctrl-C to stop it. Its address:", err=True)
        typer.echo(url)

    notebooks.run_jupyterlab(folder, port=port, browser=browser, announce=announce)


@app.command()
def web(
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other computers in.")] = "127.0.0.1",
    name: Annotated[list[str] | None, typer.Option(help="Host name by which others reach it; repeatable.")] = None,
    into: Annotated[
        Path | None, typer.Option(help="Copy the notebooks to this folder and show them from there.")
    ] = None,
) -> None:
    """Open the guided path, the message log and the A2P review as web pages without code."""
    try:
        from msvc_toolkit.cli import web as pages  # noqa: PLC0415 - brings Voila, which is an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "voila":
            raise
        raise ToolkitError(
            "The web pages need Voila, which is not installed. In a clone, run make web; elsewhere, python -m pip install voila."
        ) from None
    folder = _notebooks(into)

    def announce(url: str) -> None:
        typer.echo(f"The web pages show the notebooks of {folder}. Press Ctrl-C to stop them. Their address:", err=True)
        typer.echo(url)

    pages.run_voila(folder, host=host, port=port, names=name or (), browser=browser, announce=announce)


def _notebooks(into: Path | None) -> Path:
    """Return the folder with the notebooks: the clone's own, or a copy made here."""
    folder = notebooks.notebooks_of_clone()
    if into is not None or folder is None:
        folder = (into or notebooks.OWN_FOLDER).expanduser().absolute()
        laid = notebooks.lay_notebooks(folder)
        typer.echo(f"The notebooks are in {folder} ({len(laid.written)} new).", err=True)
        if laid.kept:
            names = ", ".join(laid.kept)
            typer.echo(
                f"Not overwritten, because you changed them: {names}. To get a new copy, rename yours and run this again.",
                err=True,
            )
    return folder


@sandbox.command()
def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets containers in.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(help="Host name by which others reach it, such as host.docker.internal; repeatable."),
    ] = None,
    store: Annotated[str, typer.Option(help="File that stores the account.")] = ":memory:",
    scenario: Annotated[str | None, typer.Option(help="What a new account holds: empty, starter or busy.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed for a new account's SIDs.")] = None,
    clock: Annotated[
        ClockMode | None, typer.Option(help="With manual, time moves only by conn.sandbox.advance().")
    ] = None,
    messages: Annotated[int | None, typer.Option(min=0, help="Messages of scenario busy; 100000 by default.")] = None,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="Also act as *.twilio.com, for programs that cannot be changed.")
    ] = False,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak TLS as *.twilio.com, for programs whose DNS leads here.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse parameters that Twilio does not have. Twilio ignores them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Serve the sandbox to any Twilio SDK, until Ctrl-C."""
    from msvc_toolkit.sandbox.server import server  # noqa: PLC0415 - brings uvloop and httptools, which no other command needs

    if proxy and tls:
        raise ToolkitError(
            "Choose --proxy or --tls: a port can do only one of them. Start a second server for the other."
        )
    server.serve(
        port=port,
        host=host,
        names=name or (),
        store=store,
        scenario=scenario,
        seed=seed,
        clock=clock,
        messages=messages,
        proxy=home() if proxy else None,
        tls=home() if tls else None,
        strict=strict,
        as_json=as_json,
    )


@sandbox.command(context_settings={"allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="The command with its arguments, after --.")],
    *,
    seed: Annotated[int | None, typer.Option(help="Seed for the account's SIDs.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse parameters that Twilio does not have. Twilio ignores them.")
    ] = False,
) -> None:
    """Run a command, such as your tests, whose requests to Twilio go to a new sandbox; its exit code is the command's.

    The sandbox ends with the command. Requests to other hosts through the proxy variables are refused.
    """
    from msvc_toolkit.cli import child  # noqa: PLC0415 - brings the sandbox, which other commands do without

    sys.exit(child.run_on_sandbox(command, seed=seed, strict=strict))


@sandbox.command("import")
def import_(
    *,
    profile: Annotated[str | None, typer.Option(help="Twilio CLI profile of the account to copy.")] = None,
    store: Annotated[Path | None, typer.Option(help="File for the copy; it must not hold a sandbox in use.")] = None,
) -> None:
    """Copy your Twilio account's services, pools, senders, brands and campaigns into a sandbox. It only reads."""
    from msvc_toolkit.connection import connect_live  # noqa: PLC0415 - brings the SDK, which others do without
    from msvc_toolkit.sandbox.control.controller import open_sandbox  # noqa: PLC0415 - as above
    from msvc_toolkit.sandbox.importer import copy  # noqa: PLC0415 - as above

    path = store or home() / "twin.db"
    live = connect_live(profile)
    handle = open_sandbox(path, scenario="empty")
    with closing(handle.api.store):
        made = copy.copy(live, handle, lambda words: typer.echo(words, err=True))
    typer.echo(path)
    counts = ", ".join(f"{number} {kind}" for kind, number in made.copied.items())
    typer.echo(f"Copied from {made.account_sid}: {counts}.", err=True)
    for note in made.notes:
        typer.echo(f"Note: {note}", err=True)
    typer.echo(f"Left out: {', '.join(made.left_out)}.", err=True)
    typer.echo(f"Rehearse on it: connect('sandbox', store={str(path)!r}), or msvc sandbox serve --store.", err=True)


@app.command()
def doctor(
    *,
    live: Annotated[bool, typer.Option("--live", help="Also read your account on Twilio, once.")] = False,
    profile: Annotated[str | None, typer.Option(help="Twilio CLI profile to look at.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Check this set-up and give the next step for each problem; nothing is changed."""
    from msvc_toolkit.cli import doctor as examination  # noqa: PLC0415 - no other command needs it

    findings = examination.examine(live=live, profile=profile)
    typer.echo(examination.as_json(findings) if as_json else examination.as_text(findings))
    problems = {finding.check for finding in findings if finding.status == "problem"}
    if examination.LIVE in problems:
        raise typer.Exit(NO_FROM_TWILIO)
    if problems:
        raise typer.Exit(FOUND_A_PROBLEM)


def main() -> None:
    """Run the command line; the toolkit's own errors become one sentence and an exit code."""
    try:
        app(prog_name="msvc")
    except (TwilioRefused, Unreachable, OutcomeUnknown) as error:
        typer.echo(f"msvc: {error}", err=True)
        sys.exit(NO_FROM_TWILIO)
    except ToolkitError as error:
        typer.echo(f"msvc: {error}", err=True)
        sys.exit(WRONG_USE)
