"""The command ``msvc a2p``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Format = Literal["table", "json", "html"]
FailOn = Literal["blocker", "warning"]
BELOW_THE_BAR, NOT_READ = 1, 3

app = typer.Typer(help="US A2P 10DLC: is this account ready?", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Make `review` a subcommand, although it is the only one."""


@app.command()
def review(
    *,
    live: Annotated[bool, typer.Option("--live", help="Review your account on Twilio, not the sandbox.")] = False,
    profile: Annotated[str | None, typer.Option(help="Twilio CLI profile of the account; implies --live.")] = None,
    form: Annotated[Format, typer.Option("--format", help="The format on stdout.")] = "table",
    fail_on: Annotated[FailOn, typer.Option(help="Exit with code 1 if a finding is this severe or worse.")] = "blocker",
    log: Annotated[Path | None, typer.Option(help="Folder of a pulled message log, for evidence.")] = None,
    numbers_csv: Annotated[Path | None, typer.Option(help="The Console's number-status report.")] = None,
    store: Annotated[str | None, typer.Option(help="Sandbox: its file, or :memory:.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Sandbox: the scenario of a new store.")] = None,
    full_numbers: Annotated[bool, typer.Option("--full-numbers", help="Do not mask numbers in JSON and HTML.")] = False,
) -> None:
    """Review the account, without changing anything: a verdict, what is wrong, and what to fix first.

    Exit codes: 0 fine, 1 a finding is as severe as --fail-on, 2 wrong use, 3 something essential could not be read.
    """
    from msvc_toolkit.a2p.readiness import report  # noqa: PLC0415 - brings pandas, which no other command needs
    from msvc_toolkit.a2p.readiness.review import review_a2p  # noqa: PLC0415 - as above
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - brings the SDK
    from msvc_toolkit.logs.calls import open_logs  # noqa: PLC0415 - brings Arrow and DuckDB

    conn = connect("live" if live or profile else "sandbox", profile=profile, store=store, scenario=scenario)
    found = review_a2p(conn, log=None if log is None else open_logs(log), numbers_csv=numbers_csv)
    judged, mask = found.judgement, not full_numbers
    written = {
        "table": lambda: report.as_text(judged, conn.label),
        "json": lambda: found.to_json(mask=mask),
        "html": lambda: found.to_html(mask=mask),
    }
    typer.echo(written[form]())
    if form != "table":
        typer.echo(f"{found.verdict}: {report.counted(judged)}.", err=True)
    severities = {finding.severity for finding in judged.findings}
    worse = fail_on == "warning" and severities & {"blocker", "warning"}
    if worse or any(finding.stops for finding in judged.findings):
        raise typer.Exit(BELOW_THE_BAR)
    if found.verdict == "not examined":
        raise typer.Exit(NOT_READ)
