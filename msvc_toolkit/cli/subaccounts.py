"""The command ``msvc subaccounts``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def subaccounts(
    folder: Annotated[Path, typer.Argument(help="Folder of the logs, with a folder in it for each account.")],
    *,
    since: Annotated[
        str | None, typer.Option(help="Start, a UTC day or ISO 8601 time; 30 days ago by default.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="End, not included; now by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="HTML page to write, with each account's findings.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Read your account on Twilio, not the sandbox.")] = False,
    profile: Annotated[str | None, typer.Option(help="Twilio CLI profile of the owner; only with --live.")] = None,
) -> None:
    """Read an account and its subaccounts, and print one line for each as CSV, the one that needs most work first."""
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - brings the SDK, which others do without
    from msvc_toolkit.subaccounts.review import review_subaccounts  # noqa: PLC0415 - brings pandas, as above

    conn = connect("live" if live else "sandbox", profile=profile)
    review = review_subaccounts(
        conn, folder, since, until, progress=lambda _done, _of, sentence: typer.echo(sentence, err=True)
    )
    typer.echo(review.table.to_csv(index=False), nl=False)
    if out is not None:
        typer.echo(f"Written: {review.to_html(out)}", err=True)
