"""A form that changes an account to match a file: it shows the changes first, makes them one by one, and can undo them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, TypeVar

import ipywidgets as widgets

from msvc_toolkit.changes import account_file, calls
from msvc_toolkit.changes.journal import journals
from msvc_toolkit.changes.model import Change, ChangePlan
from msvc_toolkit.changes.plan import plan_between, unknown
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.fields import grid
from msvc_toolkit.widgets.screen import box

LISTED = 50
"""How many changes and outcomes are listed; the plan and the journal have all."""
FEW = 3
"""Up to this many similar changes are listed one by one; more are folded into the first."""
Thing = TypeVar("Thing")
_MOODS: dict[str, cards.Mood] = {"done": "done", "nothing to do": "done", "refused": "problem"}


class ChangesForm(form.Form):
    """Change an account to what a file says.

    Args:
        conn: The account; a live one must be armed before it is changed.
        file: The account file that it starts with, as `export_account` writes it.

    Attributes:
        account: The account as it was read last.
        applied: What the last click did, as `apply_changes` returns it.
    """

    css = "changes-form"
    looks = ("plan",)

    def __init__(self, conn: Connection, file: str | Path | None = None) -> None:
        self.account = calls.read_account(conn)
        self.applied: calls.AppliedChanges | None = None
        self._way: Literal["apply", "resume", "undo"] = "apply"
        self._offered: tuple[Any, ...] = ()
        self._journal = ""
        self._planned: tuple[object, ChangePlan | InvalidInput] = (None, ChangePlan((), self.account))
        self._unreadable = ""
        self.upload = widgets.FileUpload(accept=".yaml,.yml", description="Choose a file")
        fields.on_change(self.upload, lambda _: self._take_file())
        self.begin = fields.button("Start from the account as it is", "begin", self._begin)
        self.preview = fields.html("preview")
        self.bar = widgets.IntProgress(layout={"display": "none"}).add_class("msvc-progress")
        self.resume = fields.button("Go on with the rest", "resume", lambda: self._run("resume"), hidden=True)
        self.undo = fields.button("Undo", "undo", lambda: self._run("undo"), hidden=True)
        self.again = fields.button("Read the account again", "link look-again", self._read_again)
        text = fields.text(
            "file",
            "Account file",
            "The services of the account in YAML: settings and senders. What it leaves out stays as it is.",
            lines=14,
            placeholder="services:\n  - friendly_name: Orders\n    sticky_sender: false",
            read=str,
        )
        super().__init__(conn, "Change the account", [text])
        self.cancel.description = "Stop"
        if file is not None:
            self._take(Path(file).name, Path(file).read_bytes())
        self._offer_rest()

    def layout(self) -> list[Any]:
        """Put the file first, then what it changes, then the button and the result."""
        act, outcome, code = self.foot()
        ways = box("act", [self.upload, self.begin], row=True)
        after = box("act", [self.resume, self.undo, self.again], row=True)
        return [grid(self._shown), ways, self.preview, act, self.bar, outcome, after, code]

    def about(self) -> str:
        """Say that looking changes nothing."""
        return "A file says how the account should be. You see every change before it is made."

    def draft(self) -> ChangePlan:
        """Return the changes that the file asks for; raise InvalidInput where something in it is wrong."""
        key = (text := str(self.fields["file"].widget.value), self.account)
        if self._planned[0] != key:
            try:
                self._planned = key, plan_between(self.account, account_file.read(text, partial(unknown, self.account)))
            except InvalidInput as error:
                self._planned = key, error
        if isinstance(plan := self._planned[1], InvalidInput):
            raise plan
        return plan

    def problems(self) -> Sequence[Problem]:
        """Return what is wrong with the file, by line and column."""
        if self._way != "apply":
            return []
        if self._unreadable:
            return [Problem("file", self._unreadable)]
        if not str(self.fields["file"].widget.value).strip():
            return [Problem("file", "Choose a file, or start from the account as it is and change it here.")]
        try:
            plan = self.draft()
        except InvalidInput as error:
            lines = str(self.fields["file"].widget.value).splitlines()
            return [Problem("file", _placed(problem, lines)) for problem in error.problems]
        return [] if plan else [Problem("same", "The account is as the file says: there is nothing to change.")]

    def _mood(self, problem: Problem) -> cards.Mood:
        """That nothing is to be changed is not wrong."""
        return "note" if problem.field == "same" else super()._mood(problem)

    def label(self) -> str:
        """Return the button's label: how many changes, and to which account."""
        sid = self.conn.account_sid
        account = f"{self.conn.label} {sid[:4]}…{sid[-4:]}"
        plan = self._plan()
        return f"Apply {count(len(plan.changes), 'change')} to {account}" if plan else f"Apply to {account}"

    def consequence(self) -> str:
        """Say that a click changes nothing on a live account that is not armed."""
        if not self.conn.may_write:
            return (
                "This LIVE account is read only, so a click changes nothing. To allow changes, call conn.arm() first."
            )
        return "Each change is noted on this computer before it is made, so that it can be undone."

    def refresh(self) -> None:
        """Show the changes with everything else."""
        super().refresh()
        plan = self._plan()
        self.preview.value = _drawn(plan) if plan is not None and not self.busy else ""
        self._show_offers()

    def act(self) -> str:
        """Make the changes, go on with them, or take them back; return what became of each."""
        way = self._way
        self.bar.value, self.bar.layout.display, self.cancel.layout.display = 0, "", ""
        self._offered = ()
        self._show_offers()
        shared: dict[str, Any] = {"progress": self._progress, "cancelled": lambda: self.stopped}
        try:
            if way == "apply":
                self.applied = calls.apply_changes(self.conn, self.draft(), **shared)
            else:
                make = calls.resume_changes if way == "resume" else calls.undo_changes
                self.applied = make(self.conn, self._journal, **shared)
        except InvalidInput as error:
            said = cards.text(
                "The changes above are planned again, from the account as it is now. Read them, then apply them."
            )
            return cards.card(
                "problem",
                "The account has changed since it was read. Nothing was applied.",
                cards.bullets(one.sentence.removesuffix(" Nothing was sent. Plan again.") for one in error.problems),
                said,
            )
        finally:
            self.bar.layout.display = "none"
            self.account = calls.read_account(self.conn)
        self._journal = self.applied.journal
        offers = {self.resume: self.applied.rest, self.undo: way != "undo" and self._journal}
        self._offered = tuple(button for button, offered in offers.items() if offered)
        return _ended(self.applied, way)

    def _acted(self) -> None:
        self._way = "apply"

    def _show_offers(self) -> None:
        """Show the buttons for what can follow, once a click on them is carried out."""
        for button in (self.resume, self.undo):
            button.layout.display = "" if button in self._offered and not self.busy else "none"

    def _run(self, way: Literal["resume", "undo"]) -> None:
        if not self.busy:
            self._way = way
            self._start()

    def _plan(self) -> ChangePlan | None:
        """Return the changes; None where the file has problems or there are none."""
        try:
            return self.draft() or None
        except InvalidInput:
            return None

    def _progress(self, done: int, of: int, sentence: str) -> None:
        self.bar.value, self.bar.max = done, of
        self.outcome.value = cards.text(f"{done} of {count(of, 'change')}: {sentence}")

    def _offer_rest(self) -> None:
        """Offer to finish a run that a crash ended, or to take back the newest one."""
        newest = journals(self.conn)[-1:]
        if left := [journal for journal in newest if journal.unfinished]:
            self._offered, journal = (self.resume, self.undo), left[0]
            mood: cards.Mood = "warning"
            title = f"An earlier run stopped with {count(len(journal.unfinished), 'change')} left."
            said = cards.text("Go on with the rest, or undo what it has done.")
        elif (run := calls.newest_run(self.conn)) is not None:
            self._offered, journal, mood = (self.undo,), run, "note"
            sentences = [change.sentence for change in run.head.changes]
            more = [f"and {len(sentences) - FEW:,} more"] if sentences[FEW:] else []
            title = f"The newest {count(len(sentences), 'change')} can be undone."
            said = cards.bullets([*sentences[:FEW], *more])
        else:
            return
        self._journal = journal.name
        self._show_offers()
        self.outcome.value = cards.card(mood, title, said)

    def _begin(self) -> None:
        self.fill(file=account_file.write(self.account))

    def _take_file(self) -> None:
        for file in self.upload.value:
            self._take(file["name"], bytes(file["content"]))

    def _take(self, name: str, content: bytes) -> None:
        """Put a file's text where it could have been typed."""
        try:
            self.fill(file=content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            self._touched.add("file")
            self._unreadable = f"{name} is not text in UTF-8 (at byte {error.start}). Save it as UTF-8."
            self.refresh()

    def _changed(self, name: str) -> None:
        self._unreadable = ""
        super()._changed(name)

    def _read_again(self) -> None:
        try:
            self.account = calls.read_account(self.conn)
        except ToolkitError as error:
            self.last_error, self.outcome.value = error, cards.error(error)
        self.refresh()

    def static(self) -> str:
        """Return what a reader without a kernel sees: the changes, and what became of them."""
        lines = len(str(self.fields["file"].widget.value).splitlines())
        return (
            cards.facts({"Account file": count(lines, "line")}) + cards.shown(self.preview) + cards.shown(self.outcome)
        )


def _placed(problem: Problem, lines: Sequence[str]) -> str:
    """Return a problem of a file with its place in front and its line behind, as the box shows no line numbers."""
    if not (place := re.match(r"line (\d+)", problem.field)):
        return problem.sentence
    line = "".join(lines[int(place[1]) - 1 : int(place[1])]).strip()[:80]
    shown = f" The line is: {addresses.mask_in(without_login(line))}" if line else ""
    return f"{problem.field.capitalize()}: {problem.sentence}{shown}"


def _drawn(plan: ChangePlan) -> cards.Html:
    """Draw the changes in order, what each stops or starts, and what cannot be undone."""
    losses = sum(bool(change.irreversible) for change in plan.changes)
    badge = cards.badge(f"{losses} cannot be undone in full", "warning") if losses else ""
    head = cards.text(f"{count(len(plan.changes), 'change')}, none made yet", "h3") + badge
    groups = _alike(plan.changes, lambda change: (*_kind(change), change.effects, change.irreversible))
    more = [cards.text(f"and {sum(map(len, groups[LISTED:])):,} more")] if groups[LISTED:] else []
    notes = [cards.says("note", note) for note in plan.notes[:LISTED]]
    return cards.block(head, cards.steps(map(_group, groups[:LISTED])), *more, *notes)


def _group(changes: Sequence[Change]) -> cards.Html:
    first = changes[0]
    effects = cards.bullets(first.effects) if first.effects else ""
    losses = [cards.says("warning", f"Undo does not bring back {loss}") for loss in first.irreversible]
    return cards.join([cards.text(first.sentence, "b"), _others(changes), effects, *losses])


def _alike(things: Sequence[Thing], key: Callable[[Thing], object]) -> list[list[Thing]]:
    """Put things that are alike and follow each other into one list; up to `FEW` stay alone."""
    groups = [list(group) for _, group in groupby(things, key)]
    return [part for group in groups for part in ([group] if len(group) > FEW else [[one] for one in group])]


def _kind(change: Change) -> tuple[str, str, str]:
    return change.kind, change.service_sid, change.source


def _others(changes: Sequence[Change]) -> str:
    """Fold away what is like the first of these changes."""
    if len(changes) == 1:
        return ""
    return cards.fold(f"and {len(changes) - 1:,} more like it", cards.bullets(one.sentence for one in changes[1:]))


def _ended(applied: calls.AppliedChanges, way: str) -> cards.Html:
    """Draw what became of each change."""
    states = Counter(outcome.outcome for outcome in applied.outcomes)
    done, total = states["done"] + states["nothing to do"], count(len(applied.outcomes), "change")
    groups = _alike(applied.outcomes, lambda one: (one.outcome, one.sentence, *_kind(one.change)))
    rows: list[Any] = [
        (
            cards.text(group[0].change.sentence) + _others([one.change for one in group]),
            cards.badge(group[0].outcome.capitalize(), _MOODS.get(group[0].outcome, "warning"))
            + (cards.text(group[0].sentence) if group[0].outcome not in ("done", "nothing to do") else ""),
        )
        for group in groups[:LISTED]
    ]
    if groups[LISTED:]:
        rows.append(f"and {sum(map(len, groups[LISTED:])):,} more")
    table, did = cards.table(("Change", "Outcome"), rows), "taken back" if way == "undo" else "made"
    losses = applied.not_brought_back if way == "undo" else ()
    lost = [cards.says("warning", f"Not brought back: {loss}") for loss in losses]
    if applied.rest is None:
        return cards.card("warning" if lost else "done", f"{total} {did}.", *lost, table)
    said = cards.text("Go on with the rest, or undo what was done.")
    return cards.card("warning", f"{done} of {total} {did}.", said, *lost, table)
