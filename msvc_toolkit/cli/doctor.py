"""``msvc doctor``: checks this set-up and gives the next step for each problem. It changes nothing."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Literal

from packaging.requirements import Requirement

from msvc_toolkit.errors import MissingCredentials, SandboxError, ToolkitError
from msvc_toolkit.rules import facts

LIVE = "live account"
"""The one check that asks Twilio."""

_VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET")


@dataclass(frozen=True)
class Diagnosis:
    """The result of one check."""

    check: str
    status: Literal["ok", "warning", "problem"]  # its state; only a problem makes the command fail
    sentence: str  # what was found, without secrets
    next_step: str = ""  # what to do about it; empty when nothing needs doing


def examine(*, live: bool = False, profile: str | None = None, today: date | None = None) -> list[Diagnosis]:
    """Check Python, packages, credentials and the sandbox; the network is used only with `live`.

    The age of facts is counted up to `today`; the current day when not given.
    """
    findings = [_python(), *_packages()]
    if any(finding.status == "problem" for finding in findings):
        return findings  # the checks below import these packages
    findings += [_facts(today or datetime.now(UTC).date()), _sandbox_answers(), _sandbox_store()]
    findings.append(_credentials(profile, needed=live))
    if live and findings[-1].status == "ok":
        findings.append(_live_account(profile))
    return findings


def as_text(findings: list[Diagnosis]) -> str:
    """One line for each finding, and another one for its next step."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:8}{finding.check}: {finding.sentence}")
        if finding.next_step:
            lines.append(f"{'':8}→ {finding.next_step}")
    return "\n".join(lines)


def as_json(findings: list[Diagnosis]) -> str:
    """The findings as one JSON object."""
    return json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False, indent=2)


def masked_sid(sid: str) -> str:
    """Enough of a SID to distinguish accounts (``AC12…cdef``)."""
    return f"{sid[:4]}…{sid[-4:]}"


def _python() -> Diagnosis:
    return Diagnosis("Python", "ok", f"{platform.python_version()} at {sys.executable}")


def _packages() -> Iterator[Diagnosis]:
    try:
        version, wanted = _own_distribution()
    except importlib.metadata.PackageNotFoundError:
        step = "Install it: python -m pip install --editable . in the clone."
        yield Diagnosis("msvc-toolkit", "problem", "imported from a folder, not installed", step)
        return
    yield Diagnosis("msvc-toolkit", "ok", version)
    for requirement in wanted:
        try:
            installed = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            installed = ""
        asked = f"{requirement.name}{requirement.specifier}"
        if requirement.specifier.contains(installed or "0", prereleases=True):
            yield Diagnosis(requirement.name, "ok", installed)
        else:
            found = f"{installed or 'not installed'}, {requirement.specifier} is needed"
            yield Diagnosis(requirement.name, "problem", found, f"python -m pip install '{asked}'")


def _own_distribution() -> tuple[str, list[Requirement]]:
    """The toolkit's version, and the requirements of the package without its extras."""
    asked = [Requirement(line) for line in importlib.metadata.requires("msvc-toolkit") or []]
    here = [wanted for wanted in asked if wanted.marker is None or wanted.marker.evaluate({"extra": ""})]
    return importlib.metadata.version("msvc-toolkit"), here


def _facts(today: date) -> Diagnosis:
    old = facts.old_tables(today)
    if not old:
        oldest = min(fact.read for fact in facts.all_facts())
        return Diagnosis("facts", "ok", f"{len(facts.TABLES)} tables of facts about Twilio, the oldest of {oldest}")
    tables = ", ".join(f"{name} ({read})" for name, read in sorted(old.items()))
    return Diagnosis(
        "facts",
        "warning",
        f"read more than a year ago: {tables}",
        "Upgrade the toolkit, or check what you rely on against Twilio's pages: docs/facts.md names each source.",
    )


def _sandbox_answers() -> Diagnosis:
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - only once the packages it needs are known to be there

    try:
        conn = connect("sandbox", store=":memory:")
        try:
            account = conn.client.api.v2010.accounts(conn.account_sid).fetch()
        finally:
            conn.sandbox.api.store.close()
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the findings
        found = f"does not answer ({type(error).__name__}: {error})"
        return Diagnosis("sandbox", "problem", found, "Reinstall the toolkit. If it happens again, report it.")
    return Diagnosis("sandbox", "ok", f"answers; its account is {account.status}")


def _sandbox_store() -> Diagnosis:
    from msvc_toolkit.entry import default_store  # noqa: PLC0415 - as above
    from msvc_toolkit.sandbox.storage.database import check_identity  # noqa: PLC0415 - as above
    from msvc_toolkit.sandbox.storage.migrations import STEPS  # noqa: PLC0415 - as above

    check, path = "sandbox store", default_store()
    if not path.exists():
        return Diagnosis(check, "ok", f"none yet; {path} is made by the first connect()")
    away = f"Move {path} away and connect() makes a new one."
    try:
        # Read-only: opening it as the sandbox does would bring an older store up to date.
        store = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            check_identity(store, str(path))
            version = store.execute("PRAGMA user_version").fetchone()[0]
            state = store.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            store.close()
    except (SandboxError, sqlite3.Error) as error:
        return Diagnosis(check, "problem", f"{path} does not open ({error})", away)
    found = f"{path}, {path.stat().st_size / 1e6:.1f} MB, schema {version} of {len(STEPS)}"
    if state != "ok":
        return Diagnosis(check, "problem", f"{found}, damaged: {state}", away)
    if version > len(STEPS):
        return Diagnosis(check, "problem", f"{found}, made by a newer toolkit", f"Upgrade the toolkit. Or: {away}")
    return Diagnosis(check, "ok", found)


def _credentials(profile: str | None, *, needed: bool) -> Diagnosis:
    from msvc_toolkit.connection import find_credentials  # noqa: PLC0415 - as above

    try:
        found = find_credentials(profile)
    except MissingCredentials as error:
        return Diagnosis("credentials", "problem", str(error), "Correct it, then run: msvc doctor")
    if found is not None:
        sentence = f"{found.kind} for account {masked_sid(found.account_sid)}, from {found.source}"
        return Diagnosis("credentials", "ok", sentence)
    step = (
        "For the live account set TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY and "
        "TWILIO_API_SECRET, or run: twilio login"
    )
    if needed:
        return Diagnosis("credentials", "problem", "none found", step)
    if half := sorted(name for name in _VARIABLES if os.environ.get(name)):
        return Diagnosis("credentials", "warning", f"only {', '.join(half)} of TWILIO_* is set", step)
    return Diagnosis("credentials", "ok", "none found; the sandbox needs none", step)


def _live_account(profile: str | None) -> Diagnosis:
    from msvc_toolkit.connection import asking, connect_live  # noqa: PLC0415 - as above

    try:
        conn = connect_live(profile)
        if conn.by_key:  # a Standard key reaches everything but the account itself and its keys
            if why := conn.key_problem():
                return Diagnosis(LIVE, "problem", why, "Then run: msvc doctor --live")
            return Diagnosis(LIVE, "ok", "Twilio answers, and the key may read Messaging Services and messages")
        with asking():
            account = conn.client.api.v2010.accounts(conn.account_sid).fetch()
    except ToolkitError as error:
        return Diagnosis(
            LIVE, "problem", str(error), "Check the credentials and the network, then run: msvc doctor --live"
        )
    return Diagnosis(LIVE, "ok", f"Twilio answers; the account is {account.status}, type {account.type}")
