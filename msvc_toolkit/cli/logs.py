"""The commands ``msvc logs``: pull an account's messages into a folder, import files of them, check and report on them.

The certificate or the report goes to stdout, words to stderr. Exit codes are those of `cli`; a log with gaps, or an import
that left a file out, ends in 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from msvc_toolkit.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from msvc_toolkit.logs.log import Log
    from msvc_toolkit.logs.pull.pull import Progress

ReportKind = Literal["html", "json"]
DayOrder = Literal["month first", "day first"]
NOTHING, GAPS, INTERRUPTED = 2, 3, 130

app = typer.Typer(help="Message logs: pull, import, check and report.", no_args_is_help=True)


@app.command()
def pull(
    folder: Annotated[Path, typer.Argument(help="Folder of the log; it is created, or brought up to date.")],
    *,
    since: Annotated[
        str | None, typer.Option(help="Start, a UTC day or ISO 8601 time; 30 days ago by default.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="End, not included; now by default.")] = None,
    bodies: Annotated[bool, typer.Option("--bodies", help="Store the texts (bodies), too.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Read your account on Twilio, not the sandbox.")] = False,
    profile: Annotated[str | None, typer.Option(help="Twilio CLI profile of the account; only with --live.")] = None,
) -> None:
    """Pull messages into FOLDER; if it is stopped, the next run continues from there."""
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - brings the SDK, which others do without
    from msvc_toolkit.logs.calls import pull_logs  # noqa: PLC0415 - brings Arrow and DuckDB, as above

    conn = connect("live" if live else "sandbox", profile=profile)
    try:
        with _bar() as progress:
            log = pull_logs(conn, folder, since, until, bodies=bodies, progress=progress)
    except KeyboardInterrupt:
        typer.echo("Stopped. What was read is stored; repeat the command to continue.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _say(log)


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="Folder of the log.")],
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders: CSV, JSON, JSON lines, Parquet; also .gz, .zip.")
    ],
    *,
    bodies: Annotated[bool, typer.Option("--bodies", help="Store the texts (bodies), too.")] = False,
    dates: Annotated[
        DayOrder | None, typer.Option(help='"month first" or "day first", for days such as 3/4/2024.')
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone of times without one; UTC by default.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="What a column holds, such as service_id=sid; repeatable.")
    ] = None,
    max_rows: Annotated[int, typer.Option(min=1, help="The most rows that a file may have.")] = 10_000_000,
    max_bytes: Annotated[int, typer.Option(min=1, help="The most bytes that a file may unpack to.")] = 2_000_000_000,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only report what would be imported; write nothing.")
    ] = False,
) -> None:
    """Import messages from files into FOLDER, and count for each file what was kept and left out, and why.

    Files without date_created, such as the Console's CSV, and files with it, such as Fivetran's, need a folder each.
    The exit code is 3 when a file was left out.
    """
    from msvc_toolkit.logs.importer.importer import import_with_report  # noqa: PLC0415 - brings Arrow and DuckDB, which others do without
    from msvc_toolkit.logs.importer.messages import Options  # noqa: PLC0415 - as above

    columns = dict(_pair(text, "column", "COLUMN=FIELD, such as service_id=sid") for text in column or [])
    options = Options(dates, zone, columns, max_rows, max_bytes)
    log, report = import_with_report(paths, folder, options, bodies=bodies, dry_run=dry_run)
    typer.echo(report, err=log is not None)
    if log is not None:
        _say(log)
    elif not report.kept:
        raise typer.Exit(NOTHING)
    if any(one.refused for one in report.files):
        raise typer.Exit(GAPS)


def _pair(text: str, option: str, usage: str, *, first: bool = False) -> tuple[str, str]:
    left, equals, right = text.partition("=") if first else text.rpartition("=")
    if not equals:
        raise InvalidInput([Problem(option, f"Write {usage}, not {text!r}.")])
    return left, right


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="Folder of the log.")]) -> None:
    """Compare every file in FOLDER with its checksum; a day that differs is read again by the next pull."""
    from msvc_toolkit.logs.calls import check_logs  # noqa: PLC0415 - brings Arrow and DuckDB, which others do without

    _say(check_logs(folder))


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of the log.")],
    *,
    kind: Annotated[ReportKind, typer.Option("--format", help="One HTML file with charts, or JSON.")] = "html",
    out: Annotated[Path | None, typer.Option(help="File to write; stdout when not given.")] = None,
    since: Annotated[str | None, typer.Option(help="Start, a day or ISO 8601 time.")] = None,
    until: Annotated[str | None, typer.Option(help="End, not included.")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of days and hours, such as America/New_York.")] = "UTC",
    name: Annotated[
        list[str] | None, typer.Option(help="Name of a service or sender, such as MG0123…=Orders; repeatable.")
    ] = None,
) -> None:
    """Report on the log in FOLDER: the findings, every question with its chart, and how complete it is."""
    from msvc_toolkit.logs.calls import open_logs  # noqa: PLC0415 - brings Arrow and DuckDB, which others do without
    from msvc_toolkit.logs.report import log_report, log_report_json  # noqa: PLC0415 - brings pandas, as above

    names = dict(_pair(text, "name", "SID=NAME, such as MG0123…=Orders", first=True) for text in name or [])
    log = open_logs(folder).select(since=since, until=until, zone=zone)
    text = log_report(log, names=names, zone=zone) if kind == "html" else log_report_json(log, zone=zone)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"Written: {out}", err=True)


def _say(log: Log) -> None:
    """Print the certificate; a log with gaps has its own exit code."""
    certificate = log.certificate
    typer.echo(certificate.sentence)
    for since, until in certificate.gaps:
        typer.echo(f"Gap: {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC. Pull again to fill it.", err=True)
    if certificate.gaps:
        raise typer.Exit(GAPS)


@contextmanager
def _bar() -> Iterator[Progress]:
    """Draw a progress bar, on a terminal only."""
    from tqdm.auto import tqdm  # noqa: PLC0415 - no other command draws one

    with tqdm(total=1, disable=None, bar_format="{percentage:3.0f}% |{bar:20}| {desc}") as bar:

        def progress(done: int, of: int, sentence: str) -> None:
            bar.total, bar.n = max(of, 1), done
            bar.set_description_str(sentence)

        yield progress
