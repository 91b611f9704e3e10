"""LogExplorer: figures and charts of the senders and days that were chosen, and the messages behind each bar."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.charts.chart import days, scope
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.logs.explorer import panels
from msvc_toolkit.logs.explorer.chart_view import ChartView
from msvc_toolkit.logs.explorer.messages import MOST, SHOWN, Messages, count_of, messages_csv, written
from msvc_toolkit.logs.explorer.panels import CUSTOM, DAYS, complete, inputs, is_longer, last_days
from msvc_toolkit.logs.explorer.senders import Senders
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.report import completeness, judge_card, log_report
from msvc_toolkit.logs.tiles import Tiles, tiles
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import fields, saved_files
from msvc_toolkit.widgets.background import Worker
from msvc_toolkit.widgets.screen import box, screen
from msvc_toolkit.widgets.view import View

STATIC = 12
"""How many senders a reader without a kernel sees."""
_WORKER = "msvc-log-explorer"
_OPT_OUTS = "opt-outs"
_Tab = Literal["senders", "messages"]


class LogExplorer(View):
    """Explore a message log: figures, charts, senders, and the messages behind each bar.

    Args:
        log: The log.
        names: Friendly names by SID of a service or number of a sender.
        zone: Time zone of days and hours.
        folder: Where files are saved; the folder the notebook runs in when not given.

    Attributes:
        found: The messages that are listed.
        saved: The files that were written last.
        last_error: What went wrong last, if anything did.
    """

    title = "Message log"
    origin = "log"
    looks = ("log",)

    def __init__(
        self, log: Log, names: Mapping[str, str] | None = None, *, zone: str = "UTC", folder: str | Path | None = None
    ) -> None:
        self.log, self.names = log, dict(names or {})
        self.folder = Path(folder) if folder is not None else Path.cwd()
        self.found, self.saved = pd.DataFrame(), list[Path]()
        self.last_error: BaseException | None = None
        self._asked, self._frames = panels.Asked(log, zone), dict[str, pd.DataFrame]()
        self._tiles: Tiles | None = None
        self._chosen = dict[str, str]()  # the key of a chart's chosen bar, by its name
        self._bar: Bar | None = None
        self._drawn = -1
        self._ranked: object = None
        self._worker = Worker(_WORKER, self._show_work)
        self.fields = {field.name: field for field in inputs(zone)}
        self.heading = fields.html("title")
        self.state = fields.html("state")
        self.cancel = fields.button("Cancel", "small cancel", self._stop)
        said = map(fields.html, ("figures", "complete", "verdict", "outcome", "saved"))
        self.figures, self.complete, self.verdict, self.outcome, self.saved_charts = said
        more = self.fields["more"].view
        self.charts = {name: ChartView(name, self._click) for name in panels.ALWAYS}
        self.charts["more"] = ChartView("more", self._click, more)
        self.senders = Senders(partial(self._do, "draw", self._draw))
        save_csv, full = partial(self._do, "save", self._save_csv), self.fields["full"].view
        self.messages = Messages(save_csv, full, lambda: self._choose({}))
        button = fields.button
        self.opt_outs = button("Show who opted out", "small link opt-outs", lambda: self._choose({_OPT_OUTS: ""}))
        self.panel = _Panel(self.senders.view, self.messages.view, partial(self._do, "open", self._open))
        self.save = button("Save report", "save", partial(self._do, "save", self._save_report))
        save_charts = partial(self._do, "save", self._save_charts)
        self.save_charts = button("Save charts as PNG", "small link save-charts", save_charts)
        self.fold = fields.fold("What stands out", [self.verdict])
        fields.on_change(self.fold.children[0], lambda _: self._do("findings", self._find))
        self.view = screen("log-explorer", self.heading, self._layout())
        for name, field in self.fields.items():
            fields.on_change(field.widget, lambda value, name=name: self._changed(name, value))
        self._head("")
        self._do("draw", self._draw)

    def fill(self, **values: Any) -> None:
        """Set inputs by name, as a person would."""
        for name, value in values.items():
            self.fields[name].widget.value = value

    def click(self, chart: str, place: int) -> None:
        """Click a bar of a chart, the first being 0."""
        self._click(self.charts[chart], self.charts[chart].bars[place])

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until everything asked for is shown.

        Raises:
            ToolkitError: It takes longer than that.
        """
        if not self._worker.wait(seconds):
            raise ToolkitError(f"{self.title}: still at work after {seconds} seconds.")

    def static(self) -> str:
        """Return the figures, the senders with the worst delivery and what stops messages, as tables."""
        figures = [self._tiles.table] if self._tiles else []
        saved = [saved_files.saved_card(self.saved, linked=False)] if self.saved else []
        said = map(cards.shown, (self.verdict, self.complete))
        return cards.join([*figures, panels.tables(self._frames, self.names, STATIC), *said, *saved])

    def _layout(self) -> list[Any]:
        shown = {name: field.view for name, field in self.fields.items()}
        charts = {name: one.view for name, one in self.charts.items()}
        filters = [shown[name] for name in ("window", "since", "until", "zone", "split")]
        # The panel is in the middle: where there is no room beside the charts, it is between their two rows.
        board = [charts["volume"], charts["delivery"], self.panel.view, charts["errors"], charts["more"]]
        self._board = box("board", board)
        return [
            box("act working", [self.state, self.cancel], row=True),
            box("filters", [*filters, self.save], row=True),
            self.outcome,
            self.figures,
            box("act opted", [self.opt_outs], row=True),
            self.fold,
            self._board,
            box("act foot", [self.complete, self.save_charts], row=True),
            self.saved_charts,
        ]

    # What follows from what a person does

    def _changed(self, name: str, value: Any) -> None:
        if threading.current_thread().name == _WORKER:
            return  # the worker shows the days of a choice
        if name in ("since", "until"):
            self.fields["window"].widget.value = CUSTOM
            self._do("draw", self._draw)
        elif name == "full":
            self._do("open", self._open)
        elif (name, value) != ("window", CUSTOM):
            self._do("draw", self._draw)

    def _click(self, view: ChartView, bar: Bar) -> None:
        """Show the messages of a bar, or those that it shares with the chosen bars of other charts; a second click ends that."""
        key = view.key(bar)
        others = {name: one for name, one in self._chosen.items() if name not in (view.name, _OPT_OUTS)}
        self._choose(others if self._chosen.get(view.name) == key else {**others, view.name: key})

    def _choose(self, chosen: dict[str, str]) -> None:
        self._chosen = chosen
        self.panel.turn("messages")
        self._do("open", self._open)

    def _stop(self) -> None:
        self._worker.cancel()
        self.log.interrupt()

    def _do(self, kind: str, job: Callable[[], None]) -> None:
        self._worker.do(kind, lambda: self._carry_out(job))

    def _carry_out(self, job: Callable[[], None]) -> None:
        """Do one thing off the main thread; nothing that fails on the way is lost."""
        self.last_error = None
        for said in (self.outcome, self.messages.saved, self.saved_charts):
            said.value = ""
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
                self.outcome.value += cards.card("problem", problem.sentence)  # the toolbar has no room for it
        except Exception as error:  # noqa: BLE001 - an exception in a thread shows nowhere else
            if self._worker.stopped:
                self.outcome.value = cards.card("note", "Stopped. Change anything to go on from there.")
            else:
                self.last_error, self.outcome.value = error, cards.error(error)

    def _progress(self, done: int, of: int) -> None:
        if self._worker.stopped:
            raise _Stopped
        self._say(f"Reading the log: {done:,} of {count(of, 'message')}")

    def _show_work(self, busy: bool) -> None:
        """Dim what is shown while something newer is on its way; it stays until then."""
        self._say("Updating" if busy else "Up to date")
        for part in (self.figures, self._board):
            (part.add_class if busy else part.remove_class)("msvc-updating")
        self.view.children[1].children[0].layout.visibility = "visible" if busy else "hidden"

    def _say(self, words: str) -> None:
        self.state.value = cards.text(words, css="msvc-small")

    def _head(self, about: str) -> None:
        below = [cards.text(about)] if about else []
        self.heading.value = cards.heading(self.title, "", *below, armed="", looks=("forms", *self.looks))

    # What the worker does

    def _draw(self) -> None:
        """Show the figures, the charts and the senders of what is asked for, and list messages again if they are shown."""
        first, self._drawn = self._drawn < 0, self.log.version
        if first and is_longer(self.log, DAYS):
            self.fields["window"].widget.value = DAYS
        asked = self._asked = self._ask()
        self._head(f"{count(len(self.log), 'message')} · {complete(self.log, asked.zone)}")
        frames = dict[str, pd.DataFrame]()
        for name, view in self.charts.items():
            self._go_on()
            shown = self.fields["more"].widget.value if name == "more" else name
            frames[name] = panels.MEASURES[shown](asked)
            view.draw(asked.chart(shown, self.names, frames[name]))
        self._tiles = tiles(asked.log, asked.zone)
        self.figures.value = self._tiles.html
        self.opt_outs.layout.display = "" if self._tiles.tiles[-1].figure != "0" else "none"
        self.complete.value = completeness(asked.log, asked.zone)
        self._go_on()
        self._rank(asked)
        frames["outcomes"] = self._of_senders()
        self._frames = frames
        self._open()
        self._find()

    def _rank(self, asked: panels.Asked) -> None:
        """List all senders of the window, whichever are selected."""
        window = (self.log.version, asked.log.pick.since, asked.log.pick.until)
        if self._ranked != window:
            of_all = self.log.select(since=asked.log.pick.since, until=asked.log.pick.until)
            self.senders.show(measures.outcomes(of_all, by=("number", "kind")), self.names)
            self.panel.count("senders", f"{len(self.senders.rows):,}")
            self._ranked = window

    def _of_senders(self) -> pd.DataFrame:
        """Return the rates of the selected senders, the worst first."""
        rated, chosen = self.senders.rated, self.senders.chosen
        return rated[rated["number"].isin(chosen)] if chosen else rated

    def _ask(self) -> panels.Asked:
        """Return what the inputs ask for; the days of a choice are shown in their inputs."""
        zone, split, window = (self.fields[name].widget.value for name in ("zone", "split", "window"))
        read_zone(zone)
        if window != CUSTOM:
            for name, day in zip(("since", "until"), last_days(self.log, window, zone), strict=True):
                self.fields[name].widget.value = day
        since, until = (self.fields[name].widget.value for name in ("since", "until"))
        if since and until and until < since:
            words = f"The last day, {until}, is before the first day, {since}. Swap or change them."
            raise InvalidInput([Problem("until", words)])
        day_after = until + timedelta(days=1) if until else None
        return panels.Asked(self.log.select(self.senders.chosen or None, since, day_after, zone=zone), zone, split)

    def _go_on(self) -> None:
        if self._worker.stopped:
            raise _Stopped

    def _open(self) -> None:
        """List the messages of the chosen bar, or of all bars, where they are shown."""
        found = list[Bar]()
        for name, view in self.charts.items():
            bar = next((one for one in view.bars if view.key(one) == self._chosen.get(name)), None)
            view.press(bar)
            if bar:
                found.append(bar)
            else:
                self._chosen.pop(name, None)
        if _OPT_OUTS in self._chosen:
            found.append(Bar({"keyword": "stop", "direction": "inbound"}, "Texts that said STOP"))
        self._bar = panels.together(found)
        if self.panel.tab != "messages":
            self.panel.count("messages", "")
            return
        asked = self._asked
        self.found = asked.rows(self._bar or Bar({}, ""), SHOWN, masked=not self.fields["full"].widget.value)
        if self._bar and ": " not in self._bar.words:
            self._bar = replace(self._bar, words=f"{self._bar.words}: {count_of(self.found)}")
        title = self._bar.words if self._bar else "All messages"
        when = "" if self._bar and "since" in self._bar.where else f"{days(asked.log, asked.zone)}, "
        where = f"{scope(asked.log, self.names)}, {when}{asked.zone}"
        where = where[:1].upper() + where[1:]
        self.messages.show(self.found, title, where, self.names, asked.zone, one=self._bar is not None)
        self.panel.count("messages", count_of(self.found).partition(" ")[0])

    def _find(self) -> None:
        """Say what stands out, if somebody wants to know; it takes longer than all the charts."""
        if not self.fold.children[0].value:
            self.verdict.value = ""
            return
        log = self._asked.log
        self.verdict.value = judge_card(log, measures.findings(log, zone=self._asked.zone), self.names)

    def _save_csv(self) -> None:
        """Write the messages that are listed, up to `MOST` of them."""
        asked, bar = self._asked, self._bar or Bar({}, "")
        found = asked.rows(bar, MOST, masked=not self.fields["full"].widget.value)
        rows = written(found, self.names, asked.zone)
        name = asked.file_name("messages", self.names, bar.words.rpartition(": ")[0])
        self._write({f"{name}.csv": messages_csv(rows)}, self.messages.saved)

    def _save_charts(self) -> None:
        self._write(self._asked.charts_png(self.names, self.fields["more"].widget.value), self.saved_charts)

    def _save_report(self) -> None:
        page = log_report(self._asked.log, names=self.names, zone=self._asked.zone)
        self._write({f"{self._asked.file_name('report', self.names)}.html": page.encode()}, self.outcome)

    def _write(self, files: Mapping[str, bytes], beside: Any) -> None:
        """Write files into the folder, and say where: beside the button that was pressed."""
        self.saved = saved_files.write(self.folder, files)
        beside.value = saved_files.saved_card(self.saved, linked=True)


class _Panel:
    """Shows one of two views, `tab`; `turned` is called when a person chooses the other one."""

    def __init__(self, senders: Any, messages: Any, turned: Callable[[], None]) -> None:
        self.tab: _Tab = "senders"
        self._turned = turned
        self._views: dict[_Tab, Any] = {"senders": senders, "messages": messages}
        self._words: dict[_Tab, str] = {"senders": "Senders", "messages": "Messages"}
        self.buttons = {name: widgets.ToggleButton(description=words) for name, words in self._words.items()}
        for name, one in self.buttons.items():
            fields.on_change(one, lambda pressed, name=name: self._press(name, pressed=pressed))
        self.view = box("panel", [box("segments", [*self.buttons.values()], row=True), senders, messages])
        self.turn("senders")

    def turn(self, tab: _Tab) -> None:
        """Show one of the views."""
        self.tab = tab
        for name, one in self.buttons.items():
            one.value = name == tab
            self._views[name].layout.display = "" if name == tab else "none"

    def count(self, tab: _Tab, many: str) -> None:
        """Write on a button how many there are."""
        self.buttons[tab].description = f"{self._words[tab]} {many}".strip()

    def _press(self, name: _Tab, *, pressed: bool) -> None:
        if pressed and name != self.tab:
            self.turn(name)
            self._turned()
        elif not pressed and name == self.tab:
            self.buttons[name].value = True  # one of them is always on


class _Stopped(Exception):
    """Somebody pressed Cancel, or asked for something else."""
