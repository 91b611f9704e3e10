"""LogExplorer: choose senders and a window, see what became of their messages, and open the messages behind a bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.charts.labels import count
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.logs.explorer import export, panels
from msvc_toolkit.logs.explorer.background import Worker
from msvc_toolkit.logs.explorer.chart_view import Panel
from msvc_toolkit.logs.explorer.inputs import inputs
from msvc_toolkit.logs.explorer.messages import SHOWN, Messages, written
from msvc_toolkit.logs.explorer.senders_table import Roster
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.report import judge_card, log_report
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.screen import screen
from msvc_toolkit.widgets.view import View

STATIC = 12
"""How many senders a reader without a kernel sees."""


class LogExplorer(View):
    """Explore a message log: its senders, charts of them, and the messages behind each bar.

    Args:
        log: The log.
        names: Friendly names by SID of a service or number of a sender.
        zone: Time zone of days and hours.
        folder: Where what is saved goes; the folder the notebook runs in when not given.

    Attributes:
        found: The messages behind the bar that was chosen last.
        saved: The files that were written last.
        last_error: What went wrong last, if anything did.
    """

    title = "Explore the message log"
    origin = "log"

    def __init__(
        self, log: Log, names: Mapping[str, str] | None = None, *, zone: str = "UTC", folder: str | Path | None = None
    ) -> None:
        self.log, self.names = log, dict(names or {})
        self.folder = Path(folder) if folder is not None else Path.cwd()
        self.found, self.saved = pd.DataFrame(), list[Path]()
        self.last_error: BaseException | None = None
        self._asked, self._frames = panels.Asked(log, zone), dict[str, pd.DataFrame]()
        self._bar: Bar | None = None
        self._offering = False
        self._drawn = -1
        self._worker = Worker("msvc-log-explorer", self._show_work)
        self.roster = Roster(self._changed)
        self.panels = {name: Panel(name, self._click) for name in (*panels.ALWAYS, "more")}
        self.messages = Messages()
        self.fields = {field.name: field for field in inputs(zone)}
        self.heading, self.state, self.outcome = (widgets.HTML() for _ in range(3))
        self.state.add_class("msvc-state")
        self.outcome.add_class("msvc-outcome")
        self.cancel = self._button("Cancel", "cancel", self._stop)
        self.save = self._button("Save", "save", lambda: self._do("save", self._save))
        self.view = screen("log-explorer", self.heading, self._layout())
        for name, field in self.fields.items():
            field.widget.observe(lambda _, name=name: self._changed(name), names="value")
        self.heading.value = cards.heading(self.title, "", armed=False)
        self._do("draw", self._draw)

    def fill(self, **values: Any) -> None:
        """Set inputs by name, as a person would."""
        for name, value in values.items():
            self.fields[name].widget.value = value

    def click(self, panel: str, place: int) -> None:
        """Click a bar of a chart, the first being 0."""
        self._click(self.panels[panel], self.panels[panel].bars[place])

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until everything asked for is shown.

        Raises:
            ToolkitError: It takes longer than that.
        """
        if not self._worker.wait(seconds):
            raise ToolkitError(f"{self.title}: still at work after {seconds} seconds.")

    def static(self) -> str:
        """Return what stands out, the outcomes of the worst senders and what stops messages, as tables."""
        saved = export.saved_card(self.saved, linked=False) if self.saved else ""
        sentence = self._asked.log.certificate.told(self._asked.zone) if self._frames else ""
        complete = cards.block(cards.text(sentence, css="msvc-small")) if sentence else ""
        card = self._verdict(self._frames["findings"]) if "findings" in self._frames else ""
        return card + panels.tables(self._frames, self.names, STATIC) + complete + saved

    def _layout(self) -> list[Any]:
        shown = {name: field.view for name, field in self.fields.items()}
        asked = widgets.VBox([shown[name] for name in ("since", "until", "zone", "split", "more")])
        charts = [panel.view for panel in self.panels.values()]
        return [
            widgets.HBox([self.state, self.cancel]), _beside("msvc-asked", [self.roster.view, asked]),
            _beside("msvc-charts", charts), shown["bar"], self.messages.view, shown["full"], shown["what"],
            widgets.HBox([self.save]), self.outcome,
        ]  # fmt: skip

    def _button(self, words: str, css: str, act: Callable[[], None]) -> Any:
        button = widgets.Button(description=words, layout=widgets.Layout(width="auto"))
        button.add_class(f"msvc-{css}")
        button.on_click(lambda _: act())
        return button

    # What follows from what a person does

    def _changed(self, name: str = "") -> None:
        if name in ("bar", "full"):
            if not self._offering:  # while bars are offered, the messages are read again anyway
                self._do("open", self._open)
        elif name != "what":
            self._do("draw", self._draw)

    def _click(self, panel: Panel, bar: Bar) -> None:
        self.fields["bar"].widget.value = panel.key(bar)

    def _stop(self) -> None:
        self._worker.cancel()
        self.log.interrupt()

    def _do(self, kind: str, job: Callable[[], None]) -> None:
        self._worker.do(kind, lambda: self._carry_out(job))

    def _carry_out(self, job: Callable[[], None]) -> None:
        """Do one thing off the main thread; nothing that fails on the way is lost."""
        self.last_error, self.outcome.value = None, ""
        for field in self.fields.values():
            field.say(())
        try:
            with self.log.watched(self._progress):
                job()
                if self._drawn != self.log.version:  # on the way, the log was found to have been pulled again
                    self._draw()
            self.retell()
        except InvalidInput as error:
            self.last_error = error
            for problem in error.problems:
                if problem.field in self.fields:
                    self.fields[problem.field].say([problem])
                else:
                    self.outcome.value += cards.card("problem", problem.sentence)
        except Exception as error:  # noqa: BLE001 - an exception in a thread shows nowhere else
            if self._worker.stopped:
                self.outcome.value = cards.card("note", "Stopped. Change anything to go on from there.")
            else:
                self.last_error, self.outcome.value = error, cards.error(error)

    def _progress(self, done: int, of: int) -> None:
        if self._worker.stopped:
            raise _Stopped
        self._say(f"Reading the log: {done:,} of {of:,} messages.")

    def _show_work(self, busy: bool) -> None:
        self._say("Working…" if busy else "Ready.")
        self.cancel.layout.visibility = "visible" if busy else "hidden"

    def _say(self, words: str) -> None:
        self.state.value = cards.block(cards.text(words))

    def _draw(self) -> None:
        """Draw every chart, and read the chosen bar's messages again if it is still there."""
        drawn, self._drawn = self._drawn, self.log.version
        if not self.roster.rows or drawn != self.log.version:
            self.roster.show(measures.outcomes(self.log, by=("number", "kind")), self.names)
        self._asked = self._ask()
        for name, panel in sorted(
            self.panels.items(), key=lambda one: one[0] == "findings"
        ):  # the slowest is drawn last
            if self._worker.stopped:
                raise _Stopped
            shown = self.fields["more"].widget.value if name == "more" else name
            frame = self._frames[name] = panels.MEASURES[shown](self._asked)
            card = self._verdict(frame) if name == "findings" else ""
            panel.draw(self._asked.chart(shown, self.names, frame), card)
        bars = [(panel.words(bar), panel.key(bar)) for panel in self.panels.values() for bar in panel.bars]
        self._offering = True
        try:
            fields.offer(self.fields["bar"], [("(none)", ""), *bars])
        finally:
            self._offering = False
        self._open()

    def _verdict(self, found: pd.DataFrame) -> str:
        return judge_card(self._asked.log, found, self.names)

    def _ask(self) -> panels.Asked:
        """Return what the inputs ask for."""
        since, until, zone, split = (self.fields[name].widget.value for name in ("since", "until", "zone", "split"))
        read_zone(zone)
        if since and until and until < since:
            words = f"The last day, {until}, is before the first day, {since}. Swap or change them."
            raise InvalidInput([Problem("until", words)])
        day_after = until + timedelta(days=1) if until else None
        return panels.Asked(self.log.select(self.roster.chosen or None, since, day_after, zone=zone), zone, split)

    def _open(self) -> None:
        """Read the messages behind the chosen bar."""
        wanted, full = self.fields["bar"].widget.value, self.fields["full"].widget.value
        every = ((panel, bar) for panel in self.panels.values() for bar in panel.bars)
        owner, self._bar = next(((panel, bar) for panel, bar in every if panel.key(bar) == wanted), (None, None))
        self.found = self._asked.rows(self._bar, SHOWN, masked=not full) if self._bar else pd.DataFrame()
        self.messages.show(self.found, self._bar, self.names, self._asked.zone)
        for panel in self.panels.values():
            panel.press(
                self._bar if panel is owner else None,
                f"{count(len(self.found), 'message')} in the table below the charts.",
            )

    def _save(self) -> None:
        """Write what is chosen into the folder, and say where."""
        kind = self.fields["what"].widget.value
        more, masked = self.fields["more"].widget.value, not self.fields["full"].widget.value
        if kind == "csv":
            bar = self._bar or Bar({}, "")
            rows = written(self._asked.rows(bar, export.MOST, masked=masked), self.names, self._asked.zone, whole=True)
            name = export.name_file("messages", self._asked, self.names, bar.words.rpartition(": ")[0])
            files = {f"{name}.csv": export.messages_csv(rows)}
        elif kind == "png":
            files = export.charts_png(self._asked, self.names, more)
        else:
            page = log_report(self._asked.log, names=self.names, zone=self._asked.zone)
            files = {f"{export.name_file('report', self._asked, self.names)}.html": page.encode()}
        self.saved = export.write(self.folder, files)
        self.outcome.value = export.saved_card(self.saved, linked=True)


class _Stopped(Exception):
    """Somebody pressed Cancel, or asked for something else."""


def _beside(css: str, views: list[Any]) -> Any:
    """Put views beside each other, or below each other where there is no room."""
    box = widgets.Box(views)
    box.add_class(css)
    return box
