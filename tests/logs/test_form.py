"""LogExplorer, driven as a person would: choose senders, a window and a split, click a bar, read rows, save."""

import json
import re
import threading
from datetime import date
from html import unescape

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.table import SCHEMA

WHOLE = re.compile(r"\+\d{8,15}")
FILTERED = "+14045550100"


def explore(log, tmp_path, **options):
    """An explorer that has shown the log."""
    explorer = msvc.LogExplorer(log, folder=tmp_path / "saved", **options)
    return settle(explorer)


def settle(explorer):
    """Wait until everything is shown, and nothing went wrong."""
    explorer.wait()
    assert explorer.last_error is None, explorer.last_error
    return explorer


def shown(explorer):
    """Everything on the screen and in the notebook."""
    tables = [json.dumps(table.get_state(), default=str) for table in (explorer.roster.table, explorer.messages.table)]
    charts = [
        json.dumps([panel.picture.areas, panel.picture.alt, panel.title.value]) for panel in explorer.panels.values()
    ]
    rest = [explorer.messages.count.value, explorer.outcome.value, str(explorer._repr_mimebundle_())]
    options = [label for label, _ in explorer.fields["bar"].widget.options]
    return unescape(" ".join([*tables, *charts, *rest, *options]))


@pytest.fixture
def explorer(busy_log, tmp_path):
    """An explorer of the busy log."""
    return explore(busy_log, tmp_path)


def test_senders_with_their_counts_and_health(explorer, busy_log):
    """All senders stand in the table, the busiest first, each with its messages and delivery rate."""
    outcomes = measures.outcomes(busy_log).sort_values("n", ascending=False)

    assert explorer.roster.rows == outcomes["number"].tolist()
    told = explorer.roster.table.get_state()["_dt_args"]["data_json"]
    assert f"{outcomes['n'].iloc[0]:,}" in told
    assert f"{100 * outcomes['rate'].iloc[0]:.1f} %" in told


def test_search_and_choose_senders(explorer, busy_log):
    """Words find senders by digits and kind; chosen ones alone are drawn, and stay chosen while others are searched."""
    explorer.roster.search.widget.value = "404 local"
    assert explorer.roster.rows == [FILTERED]
    explorer.roster.pick.click()
    settle(explorer)
    assert [bar.where["number"] for bar in explorer.panels["outcomes"].bars] == [FILTERED]
    n = measures.outcomes(busy_log.select(FILTERED))["n"].iloc[0]
    for panel in explorer.panels.values():
        assert f"{busy_log.select(FILTERED).certificate.rows:,} messages" in panel.note.value
    assert n <= busy_log.select(FILTERED).certificate.rows

    explorer.roster.search.widget.value = ""
    settle(explorer)
    assert explorer.roster.chosen == [FILTERED]
    explorer.roster.drop.click()
    settle(explorer)
    assert len(explorer.panels["outcomes"].bars) > 5


def test_a_window_in_a_zone(explorer, busy_log):
    """First and last day are days of the zone, both included."""
    explorer.fill(zone="America/Los_Angeles", since=date(2025, 12, 1), until=date(2025, 12, 2))
    settle(explorer)
    zone = "America/Los_Angeles"
    expected = busy_log.select(since="2025-12-01", until="2025-12-03", zone=zone).certificate.rows

    assert f"{expected:,} messages, 2025-12-01 08:00 to 2025-12-03 08:00 UTC" in explorer.panels["errors"].note.value
    first = explorer.panels["volume"].bars[0]
    assert "2025-12-01" in first.words
    assert first.where["until"] - first.where["since"] == pd.Timedelta(hours=1)


@pytest.mark.slow
@pytest.mark.parametrize(("split", "key"), [("country", "country"), ("kind", "kind"), ("error_code", "number")])
def test_split(explorer, split, key):
    """Charts are told apart by what is chosen; delivery rates only by what is settled before a message ends."""
    explorer.fill(split=split)
    settle(explorer)

    assert all(key in bar.where for bar in explorer.panels["outcomes"].bars)
    legend = explorer.panels["volume"].canvas.ax.get_legend()
    assert len(legend.get_texts()) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("more", ["heat", "latency", "spend", "peaks", "replies"])
def test_the_fourth_chart(explorer, more):
    """It is the one that was chosen."""
    explorer.fill(more=more)
    settle(explorer)

    assert explorer.panels["more"].canvas.drawn.title.endswith("?")
    assert explorer.panels["more"].picture.png.startswith(b"\x89PNG")


def test_click_a_bar_get_its_messages(explorer, busy_log):
    """A click on the picture shows the bar's messages, masked, and as many as the bar says."""
    panel = explorer.panels["errors"]
    panel.picture._handle_custom_msg({"bar": 0}, [])  # noqa: SLF001 - what a browser sends
    settle(explorer)

    code = panel.bars[0].where["error_code"]
    errors = measures.errors(busy_log)
    assert len(explorer.found) == errors[errors["error_code"] == code]["n"].sum()
    assert set(explorer.found["error_code"]) == {code}
    assert panel.picture.chosen == 0
    assert f"Shown: {len(explorer.found)} messages" in explorer.messages.count.value
    assert explorer.messages.table.layout.display == ""


def test_a_bar_chosen_in_the_list(explorer):
    """The list of bars does what a click does, and the chart shows which one it is."""
    widget = explorer.fields["bar"].widget
    widget.value = next(value for label, value in widget.options if "30007" in label)
    settle(explorer)

    assert set(explorer.found["error_code"]) == {30007}
    assert explorer.panels["errors"].picture.chosen >= 0
    assert explorer.panels["volume"].picture.chosen == -1
    widget.value = ""
    settle(explorer)
    assert explorer.found.empty
    assert explorer.messages.table.layout.display == "none"


def test_a_chosen_bar_follows_the_selection(explorer, busy_log):
    """While its bar is still there, the messages are those of the new selection; else none are shown."""
    widget = explorer.fields["bar"].widget
    widget.value = next(value for label, value in widget.options if "30007" in label)
    explorer.roster.choose([FILTERED])
    settle(explorer)
    errors = measures.errors(busy_log.select(FILTERED))
    assert len(explorer.found) == errors[errors["error_code"] == 30007]["n"].sum()

    explorer.fill(since=date(2024, 1, 1), until=date(2024, 1, 2))
    settle(explorer)
    assert widget.value == ""
    assert explorer.found.empty


def test_a_click_on_a_bar_that_is_gone(explorer):
    """A message from a picture that has changed meanwhile does nothing."""
    for told in ({"bar": 999}, {"bar": "x"}, "nonsense", {}):
        explorer.panels["errors"].picture._handle_custom_msg(told, [])  # noqa: SLF001 - as above
    settle(explorer)

    assert explorer.found.empty


def test_numbers_are_masked_until_asked_for(explorer):
    """Nothing on the screen shows a whole number until the box is ticked; then the rows do."""
    explorer.click("outcomes", 0)
    settle(explorer)
    assert WHOLE.findall(shown(explorer)) == []

    explorer.fill(full=True)
    settle(explorer)
    assert WHOLE.findall(shown(explorer)) != []


def test_save_messages(explorer):
    """A CSV of the chosen bar's messages, masked, goes into the folder; another one does not take its place."""
    explorer.click("errors", 0)
    settle(explorer)
    for _ in range(2):
        explorer.save.click()
        settle(explorer)

    assert explorer.saved[0].name == "messages-2.csv"
    written = pd.read_csv(explorer.saved[0], dtype=str)
    assert list(written.columns) == SCHEMA.names
    assert len(written) == len(explorer.found)
    assert WHOLE.findall(explorer.saved[0].read_text()) == []
    assert str(explorer.saved[0].parent) in explorer.outcome.value
    assert 'download="messages-2.csv"' in explorer.outcome.value


@pytest.mark.slow
def test_save_charts_and_report(explorer):
    """Charts are saved with all their words, and the report of the selection as one file."""
    explorer.roster.choose([FILTERED])
    explorer.fill(what="png", more="latency")
    explorer.save.click()
    settle(explorer)
    assert [path.name for path in explorer.saved] == ["volume.png", "outcomes.png", "errors.png", "latency.png"]
    explorer.fill(what="html")
    explorer.save.click()
    settle(explorer)

    page = explorer.saved[0].read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "+1 404 ••• 0100" in page
    assert "+1 702 ••• 0100" not in page


def test_no_formula_in_a_spreadsheet(busy_log, tmp_path):
    """A text that would be a formula is written as a text."""
    frame = busy_log.rows(5, masked=False)
    frame["body"] = ["=1+1", "@cmd", "fine", None, "-"]
    explorer = explore(msvc.Log(frame), tmp_path)
    explorer.save.click()
    settle(explorer)

    assert sorted(pd.read_csv(explorer.saved[0])["body"].dropna()) == ["'=1+1", "'@cmd", "-", "fine"]


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "There is no time zone"),
        ({"since": date(2025, 12, 5), "until": date(2025, 12, 1)}, "until", "The window ends"),
    ],
)
def test_what_cannot_be_shown_is_said_at_its_input(explorer, asked, field, told):
    """A zone that is none and a window that ends before it begins are said where they were typed, and mended there."""
    explorer.fill(**asked)
    explorer.wait()
    assert told in unescape(explorer.fields[field].note.value)

    explorer.fill(**{name: "UTC" if name == "zone" else None for name in asked})
    settle(explorer)
    assert told not in unescape(explorer.fields[field].note.value)


def test_a_window_without_messages(explorer):
    """Each chart says that there is nothing, and nothing can be clicked."""
    explorer.fill(since=date(2024, 1, 1), until=date(2024, 1, 2))
    settle(explorer)

    assert [panel.bars for panel in explorer.panels.values()] == [[], [], [], []]
    for panel in explorer.panels.values():
        assert panel.note.value.rstrip("</div>p").endswith(".")
        assert panel.picture.layout.display == "none"


@pytest.mark.parametrize("rows", [0, 1])
def test_a_log_of_none_or_one(busy_log, tmp_path, rows):
    """An empty log and a log of one message are shown."""
    explorer = explore(msvc.Log(busy_log.rows(rows, masked=False)), tmp_path)

    assert f"{rows} messages" in explorer.panels["errors"].note.value


def test_another_kind_of_frame(busy_log, tmp_path):
    """A relation of DuckDB is explored where it is."""
    explorer = explore(msvc.Log(busy_log.frame), tmp_path)
    explorer.click("errors", 0)
    settle(explorer)

    assert len(explorer.found) > 0


def test_the_main_thread_is_never_held(busy_log, tmp_path, monkeypatch):
    """Building it and clicking in it return at once; the work is done in a thread of its own."""
    seen = []
    rows = type(busy_log).rows
    monkeypatch.setattr(
        type(busy_log), "rows", lambda *args, **kwargs: seen.append(threading.current_thread()) or rows(*args, **kwargs)
    )
    explorer = explore(busy_log, tmp_path)
    explorer.click("errors", 0)
    settle(explorer)

    assert seen
    assert threading.main_thread() not in seen


def test_cancel_while_a_log_is_read(busy_folder, tmp_path):
    """Cancel stops the first reading between two days' cubes and says so; any change goes on from there."""
    log = msvc.open_logs(busy_folder)
    for path in (busy_folder / "cube").rglob("*.parquet"):
        path.unlink()
    explorer = msvc.LogExplorer.__new__(msvc.LogExplorer)
    reached, go_on = threading.Event(), threading.Event()

    def hold(_done, _of):
        reached.set()
        go_on.wait(20)

    with log.watched(hold):
        explorer.__init__(log, folder=tmp_path)
        assert reached.wait(20)
        explorer.cancel.click()
        go_on.set()
        explorer.wait()
    assert "Stopped" in explorer.outcome.value
    assert explorer.roster.rows == []

    explorer.fill(split="kind")
    settle(explorer)
    assert explorer.roster.rows != []
    assert "Stopped" not in explorer.outcome.value


def test_without_a_kernel(explorer, busy_log, tmp_path):
    """The twin in the notebook tells outcomes, errors and completeness, and the same on every run."""
    twin = explorer._repr_mimebundle_()

    assert twin["text/plain"] == "LogExplorer: Explore the message log (log)"
    assert "+1 404 ••• 0100" in unescape(twin["text/html"])
    assert "30007" in twin["text/html"]
    assert busy_log.certificate.sentence in unescape(twin["text/html"])
    assert twin == explore(busy_log, tmp_path)._repr_mimebundle_()


def test_labels_and_alternatives(explorer):
    """Every input has its label, and every picture words for those who do not see it."""
    assert all(field.widget.description for field in explorer.fields.values())
    for panel in explorer.panels.values():
        assert panel.picture.alt.startswith(panel.canvas.drawn.title)
        assert len(panel.picture.areas) == len(panel.bars)
        assert all(words for *_, words in panel.picture.areas)
