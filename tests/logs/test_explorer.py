"""LogExplorer, driven as a person would: choose senders, a window and a split, click a bar, read rows, save."""

import csv
import io
import json
import re
import threading
from datetime import date
from html import unescape
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import msvc_toolkit as msvc
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.explorer.explorer import STATIC
from msvc_toolkit.logs.explorer.export import messages_csv
from msvc_toolkit.logs.measures.rates import worst_first
from msvc_toolkit.logs.schema import SCHEMA

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
    charts = [json.dumps([panel.picture.svg, panel.title.value]) for panel in explorer.panels.values()]
    rest = [explorer.messages.count.value, explorer.outcome.value, str(explorer._repr_mimebundle_())]
    options = [label for label, _ in explorer.fields["bar"].widget.options]
    return unescape(" ".join([*tables, *charts, *rest, *options]))


def of_errors(widget, code):
    """What the list of bars holds for a code in the chart of errors."""
    return next(value for label, value in widget.options if label.startswith("Which errors") and code in label)


@pytest.fixture
def explorer(busy_log, tmp_path):
    """An explorer of the busy log."""
    return explore(busy_log, tmp_path)


def test_senders_with_their_counts_and_health(explorer, busy_log):
    """All senders are in the table, the worst delivery first, each with its messages and delivery rate."""
    outcomes = worst_first(measures.outcomes(busy_log))

    assert explorer.roster.rows == outcomes["number"].tolist()
    assert explorer.roster.rows[:3] == ["+16465550100", "", FILTERED]
    told = explorer.roster.table.get_state()["_dt_args"]["data_json"]
    assert f"{outcomes['n'].iloc[0]:,}" in told
    assert f"{100 * outcomes['rate'].iloc[0]:.1f} %" in told


def test_senders_sort_by_any_column(explorer, busy_log):
    """Every heading sorts, by the number behind what is shown; a row that is chosen is the same in any order."""
    look = explorer.roster.table.get_state()["_dt_args"]
    rows, defs = json.loads(look["data_json"]), look["columnDefs"]
    behind = {one["targets"]: one["orderData"][0] for one in defs if "orderData" in one}
    hidden = next(one["targets"] for one in defs if one.get("visible") is False)

    assert look.get("ordering", True)
    assert not look.get("text_in_header_can_be_selected")  # or a click on the words of a heading does nothing
    assert not any(one.get("orderable") is False for one in defs)
    assert set(behind) == {2, 3, 4}
    assert set(behind.values()) == set(hidden)
    outcomes = measures.outcomes(busy_log).set_index("number").loc[explorer.roster.rows]
    for shown, column in ((2, "n"), (3, "rate"), (4, "high")):
        assert [row[behind[shown]][1] for row in rows] == pytest.approx(outcomes[column].tolist(), abs=1e-5)
    explorer.roster.table.selected_rows = [2]
    assert explorer.roster.chosen == [FILTERED]


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

    for panel in explorer.panels.values():
        assert f"{expected:,} messages, 2025-12-01 00:00 to 2025-12-03 00:00 {zone}" in panel.note.value
        assert " UTC" not in panel.note.value
    assert " UTC" not in explorer._repr_mimebundle_()["text/html"]
    explorer.click("volume", 0)
    settle(explorer)
    look = json.dumps(explorer.messages.table.get_state()["_dt_args"])
    assert f"Created, {zone}" in look
    assert {row[0][:10] for row in json.loads(explorer.messages.table.get_state()["_dt_args"]["data_json"])} == {
        "2025-12-01"
    }
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
    assert len(explorer.panels["volume"].chart.legend) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("more", ["heat", "latency", "spend", "peaks", "replies"])
def test_the_fourth_chart(explorer, more):
    """It is the one that was chosen."""
    explorer.fill(more=more)
    settle(explorer)

    assert explorer.panels["more"].chart.title.endswith("?")
    assert ET.fromstring(explorer.panels["more"].picture.svg)  # noqa: S314 - our own


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
    assert panel.picture.said == f"{len(explorer.found)} messages in the table below the charts."
    assert [other.picture.said for other in explorer.panels.values() if other is not panel] == [""] * 4
    assert f"Shown: {len(explorer.found)} messages" in explorer.messages.count.value
    assert explorer.messages.table.layout.display == ""


def test_a_bar_chosen_in_the_list(explorer):
    """The list of bars does what a click does, and the chart shows which one it is."""
    widget = explorer.fields["bar"].widget
    widget.value = of_errors(widget, "30007")
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
    widget.value = of_errors(widget, "30007")
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

    name = "messages-30007-The-message-was-filtered-as-unwanted-all-senders-2025-10-01-00-00"
    assert explorer.saved[0].name == f"{name}-2.csv"
    assert (explorer.saved[0].parent / f"{name}.csv").exists()
    written = pd.read_csv(explorer.saved[0])
    table = explorer.messages.table.get_state()["_dt_args"]["table_html"]
    assert list(written.columns) == re.findall(r"<th>(.*?)</th>", table)
    assert not set(SCHEMA.names) & set(written.columns)
    assert len(written) == len(explorer.found)
    assert set(written["Error"]) == {30007}
    assert WHOLE.findall(explorer.saved[0].read_text()) == []
    assert str(explorer.saved[0].parent) in explorer.outcome.value
    assert f'download="{name}-2.csv"' in explorer.outcome.value


@pytest.mark.slow
def test_save_charts_and_report(explorer):
    """Charts are saved with all their words, and the report of the selection as one file."""
    explorer.roster.choose([FILTERED])
    explorer.fill(what="png", more="latency")
    explorer.save.click()
    settle(explorer)
    what = "1-404-xxx-0100-2025-10-01-00-00-to-2026-01-05-15-00"
    charts = ("findings", "volume", "outcomes", "errors", "latency")
    assert [path.name for path in explorer.saved] == [f"{chart}-{what}.png" for chart in charts]
    explorer.fill(what="html")
    explorer.save.click()
    settle(explorer)

    assert explorer.saved[0].name == f"report-{what}.html"
    page = explorer.saved[0].read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "+1 404 ••• 0100" in page
    assert "+1 702 ••• 0100" not in page


def test_no_formula_in_a_spreadsheet(busy_log, tmp_path):
    """A text that would be a formula is written as a text."""
    frame = busy_log.rows(5, masked=False)
    frame["body"] = ["=1+1", "@cmd", "fine", None, "-2+3"]
    explorer = explore(msvc.Log(frame), tmp_path)
    explorer.save.click()
    settle(explorer)

    assert sorted(pd.read_csv(explorer.saved[0])["Text"].dropna()) == ["'-2+3", "'=1+1", "'@cmd", "fine"]


@settings(deadline=None, max_examples=60)
@given(
    before=st.text(alphabet=" \u00a0\u3000'\"\u201c\u200b", max_size=3),
    sign=st.sampled_from([*"=+-@\t\r\n", *"＝＋－＠"]),  # noqa: RUF001 - in full width
    rest=st.text(alphabet="cmd|/C calc!A0123456789+-", max_size=12),
)
def test_no_sign_begins_a_cell(before, sign, rest):
    """Whatever begins a formula in some spreadsheet is a text there, also in a heading or a name; other texts stay."""
    text = f"{before}{sign}{rest}"
    harmless = f"{rest.strip('+- ') or 'x'} = {text}"
    frame = pd.DataFrame({"Text": [text, harmless], "Sender": [text + "x", harmless], text: ["", harmless]})
    (heading, first, second) = csv.reader(io.StringIO(messages_csv(frame).decode(), newline=""))

    assert first == [f"'{text}", f"'{text}x", ""]
    assert second == [harmless] * 3
    assert heading[2] == f"'{text}"


def test_numbers_in_a_spreadsheet_stay_numbers():
    """A negative number in a column of numbers is no formula, nor is a phone number, whole or masked."""
    frame = pd.DataFrame(
        {"Segments": [-2, 3], "Sender": ["+14045550100", "+1 404 ••• 0100"], "Text": ["+14045550100", "-2"]}
    )
    rows = list(csv.reader(io.StringIO(messages_csv(frame).decode())))

    assert rows[1:] == [["-2", "+14045550100", "'+14045550100"], ["3", "+1 404 ••• 0100", "'-2"]]


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "There is no time zone"),
        (
            {"since": date(2025, 12, 5), "until": date(2025, 12, 1)},
            "until",
            "The last day, 2025-12-01, is before the first day, 2025-12-05.",
        ),
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

    assert [panel.bars for panel in explorer.panels.values()] == [[]] * 5
    for panel in explorer.panels.values():
        assert panel.note.value.rstrip("</div>p").endswith(".")
        assert "Done:" not in panel.note.value
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
    """The twin in the notebook tells what stands out, outcomes, errors and completeness, and the same on every run."""
    twin = explorer._repr_mimebundle_()

    assert twin["text/plain"] == "LogExplorer: Explore the message log (log)"
    assert "+1 404 ••• 0100" in unescape(twin["text/html"])
    assert "30007" in twin["text/html"]
    assert "Currency" not in twin["text/html"]
    rest = worst_first(measures.outcomes(busy_log)).iloc[STATIC:]
    assert f"{len(rest)} senders with" in unescape(twin["text/html"])
    assert len(rest) == len(explorer.roster.rows) - STATIC > 0
    assert busy_log.certificate.sentence in unescape(twin["text/html"])
    assert twin == explore(busy_log, tmp_path)._repr_mimebundle_()


def test_labels_and_alternatives(explorer):
    """Every input has its label, and every picture and bar words for those who do not see it."""
    assert all(field.widget.description for field in explorer.fields.values())
    for panel in explorer.panels.values():
        picture = ET.fromstring(panel.picture.svg)  # noqa: S314 - our own
        buttons = [bar.get("aria-label") for bar in picture.iter() if bar.get("role") == "button"]
        assert picture.get("aria-label").startswith(panel.chart.title)
        assert buttons == [bar.words for bar in panel.bars]
