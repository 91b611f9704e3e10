"""LogExplorer, driven as a person would: choose senders, a window and a split, click a bar, read rows, save."""

import csv
import io
import re
import threading
from codecs import BOM_UTF8
from datetime import date
from html import unescape
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.explorer.explorer import STATIC
from msvc_toolkit.logs.explorer.messages import PAGE, messages_csv
from msvc_toolkit.logs.explorer.panels import ALL, CUSTOM
from msvc_toolkit.logs.measures.rates import worst_first
from msvc_toolkit.logs.schema import SCHEMA
from tests.helpers.forms import words

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
    rows = [one.description for one in explorer.senders.boxes]
    charts = [
        part for view in explorer.charts.values() for part in (view.picture.svg, view.title.value, view.note.value)
    ]
    rest = [explorer.figures.value, explorer.messages.count.value, explorer.messages.html, explorer.outcome.value]
    return words(" ".join([*rows, *charts, *rest, str(explorer._repr_mimebundle_())]))


def bar_of(explorer, chart, start):
    """The place of a bar by what its words begin with."""
    return next(place for place, bar in enumerate(explorer.charts[chart].bars) if bar.words.startswith(start))


def listed(explorer):
    """The messages on the screen, each as its words."""
    return [words(one) for one in re.findall(r"<details.*?</details>", explorer.messages.html, flags=re.DOTALL)]


def window(explorer):
    """The days that the inputs show."""
    return explorer.fields["since"].widget.value, explorer.fields["until"].widget.value


@pytest.fixture
def explorer(busy_log, tmp_path):
    """An explorer of all of the busy log."""
    made = explore(busy_log, tmp_path)
    made.fill(window=ALL)
    return settle(made)


def log_of(*senders):
    """A log of senders, each with so many messages, of which so many were delivered."""
    rows = [
        {
            "sid": f"SM{sender:04}{place:028}",
            "date_created": pd.Timestamp("2026-01-02") + pd.Timedelta(minutes=place),
            "direction": "outbound-api",
            "status": "delivered" if place < good else "failed",
            "number": f"+1415555{sender:04}",
            "peer": "+16285550100",
            "kind": "local",
            "country": "US",
            "num_segments": 1,
        }
        for sender, (sent, good) in enumerate(senders)
        for place in range(sent)
    ]
    return msvc.Log(pd.DataFrame(rows))


def test_senders_with_their_counts_and_health(explorer, busy_log):
    """All senders are listed, the worst delivery first, each with its messages, its rate and the interval of that."""
    outcomes = worst_first(measures.outcomes(busy_log))

    assert explorer.senders.rows == outcomes["number"].tolist()
    assert explorer.senders.rows[:3] == ["+16465550100", "", FILTERED]
    first, worst = words(explorer.senders.boxes[0].description), outcomes.iloc[0]
    assert first.startswith("+1 646 ••• 0100")
    assert f"{100 * worst['rate']:.1f} %" in first
    assert f"{100 * worst['low']:.0f} to {100 * worst['high']:.0f} %" in first
    assert first.endswith(f"{worst['n']:,}")
    assert explorer.panel.buttons["senders"].description == f"Senders {len(outcomes)}"


@pytest.mark.parametrize(("order", "column", "ascending"), [("Most sent", "n", False), ("By number", "number", True)])
def test_senders_are_sorted(explorer, busy_log, order, column, ascending):
    """The order follows the choice; who is selected stays selected."""
    explorer.senders.choose([FILTERED])
    settle(explorer)
    explorer.senders.order.widget.value = order
    outcomes = worst_first(measures.outcomes(busy_log)).sort_values(column, ascending=ascending, kind="stable")

    assert explorer.senders.rows == outcomes["number"].tolist()
    place = explorer.senders.rows.index(FILTERED)
    assert [one.value for one in explorer.senders.boxes].index(True) == place
    assert explorer.senders.chosen == [FILTERED]


def test_two_hundred_senders_on_pages(tmp_path):
    """The worst of 202 is the first row; a selection goes over pages, and a search brings back the first page."""
    explorer = explore(log_of(*[(3, 3)] * 200, (40, 0), (40, 20)), tmp_path)
    senders = explorer.senders

    assert senders.rows[:2] == ["+14155550200", "+14155550201"]
    assert len(senders.rows) == 202
    assert "1 to 25 of 202 senders" in words(senders.said.value)
    senders.boxes[0].value = True
    settle(explorer)
    for _ in range(8):
        senders.later.click()
    assert "201 to 202 of 202 senders" in words(senders.said.value)
    assert [one.layout.display for one in senders.boxes] == [""] * 2 + ["none"] * 23
    assert senders.later.disabled
    senders.boxes[1].value = True
    settle(explorer)
    assert senders.chosen == ["+14155550200", senders.rows[201]]
    assert "43" in words(explorer.figures.value)
    senders.search.widget.value = "no such sender"
    assert "No sender matches" in words(senders.said.value)
    senders.search.widget.value = "0201"
    assert senders.rows == ["+14155550201"]
    senders.drop.click()
    settle(explorer)
    assert senders.chosen == []
    assert "680" in words(explorer.figures.value)


def test_search_and_choose_senders(explorer, busy_log):
    """Words find senders by digits and kind; selected ones alone are shown, and stay selected while others are searched."""
    explorer.senders.search.widget.value = "404 local"
    assert explorer.senders.rows == [FILTERED]
    explorer.senders.pick.click()
    settle(explorer)
    explorer.fill(more="outcomes")
    settle(explorer)
    assert [bar.where["number"] for bar in explorer.charts["more"].bars] == [FILTERED]
    assert f"{busy_log.select(FILTERED).certificate.rows:,} messages" in words(explorer.complete.value)
    assert [one.name for one in explorer.charts["delivery"].chart.marks.series] == ["+1 404 ••• 0100"]

    explorer.senders.search.widget.value = ""
    settle(explorer)
    assert explorer.senders.chosen == [FILTERED]
    assert len(explorer.senders.rows) > 5  # the others can still be seen and selected
    explorer.senders.drop.click()
    settle(explorer)
    assert len(explorer.charts["more"].bars) > 5


def test_the_last_thirty_days_come_first(busy_log, tmp_path):
    """A long log opens with its last thirty days; other choices show their days, and typed days are a choice of their own."""
    explorer = explore(busy_log, tmp_path)

    assert explorer.fields["window"].widget.value == 30
    assert window(explorer) == (date(2025, 12, 7), date(2026, 1, 5))
    explorer.fill(window=7)
    settle(explorer)
    assert window(explorer) == (date(2025, 12, 30), date(2026, 1, 5))
    explorer.fill(zone="Pacific/Auckland")  # there the log ends a day later
    settle(explorer)
    assert window(explorer) == (date(2025, 12, 31), date(2026, 1, 6))
    explorer.fill(since=date(2025, 12, 1))
    settle(explorer)
    assert explorer.fields["window"].widget.value == CUSTOM
    assert window(explorer) == (date(2025, 12, 1), date(2026, 1, 6))
    explorer.fill(window=ALL)
    settle(explorer)
    assert window(explorer) == (None, None)
    assert f"{len(busy_log):,} messages" in words(explorer.complete.value)


def test_figures_of_the_selection(explorer, busy_log):
    """Above the charts are the figures of what is shown, compared with the period before."""
    explorer.fill(since=date(2025, 12, 7), until=date(2026, 1, 5))
    explorer.senders.choose([FILTERED])
    settle(explorer)
    said = words(explorer.figures.value)
    rate = measures.outcomes(busy_log.select(FILTERED, "2025-12-07"))["rate"].iloc[0]

    assert f"Delivered{100 * rate:.1f} %" in said
    assert re.search(r"▼ [\d.]+ points", said)
    assert "Compared with 2025-11-07 00:00 to 2025-12-06 15:00 UTC" in said


def test_a_window_in_a_zone(explorer, busy_log):
    """First and last day are days of the zone, both included."""
    explorer.fill(zone="America/Los_Angeles", since=date(2025, 12, 1), until=date(2025, 12, 2))
    settle(explorer)
    zone = "America/Los_Angeles"
    expected = busy_log.select(since="2025-12-01", until="2025-12-03", zone=zone).certificate.rows

    assert f"{expected:,} messages, 2025-12-01 00:00 to 2025-12-03 00:00 {zone}" in words(explorer.complete.value)
    explorer.click("volume", 0)
    settle(explorer)
    assert " UTC" not in shown(explorer)
    assert "Created 2025-12-01 0" in listed(explorer)[0]
    assert zone in listed(explorer)[0]
    assert {one[:6] for one in listed(explorer)} == {"01 Dec"}
    first = explorer.charts["volume"].bars[0]
    assert "2025-12-01" in first.words
    assert first.where["until"] - first.where["since"] == pd.Timedelta(hours=1)


@pytest.mark.slow
@pytest.mark.parametrize(("split", "key"), [("country", "country"), ("kind", "kind"), ("error_code", "number")])
def test_split(explorer, split, key):
    """Charts are told apart by what is chosen; delivery rates only by what is settled before a message ends."""
    explorer.fill(split=split, more="outcomes")
    settle(explorer)

    assert all(key in bar.where for bar in explorer.charts["more"].bars)
    assert len(explorer.charts["volume"].chart.legend) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("more", ["heat", "outcomes", "latency", "spend", "peaks", "replies"])
def test_the_fourth_chart(explorer, more):
    """It is the one that was chosen."""
    explorer.fill(more=more)
    settle(explorer)

    assert words(explorer.charts["more"].title.value)
    assert ET.fromstring(explorer.charts["more"].picture.svg)  # noqa: S314 - our own


def test_click_a_bar_get_its_messages(explorer, busy_log):
    """A click on the picture turns the panel to the bar's messages, masked, as many as the bar says, with it as title."""
    view = explorer.charts["errors"]
    view.picture._handle_custom_msg({"bar": 0}, [])  # noqa: SLF001 - what a browser sends
    settle(explorer)

    code = view.bars[0].where["error_code"]
    errors = measures.errors(busy_log)
    assert len(explorer.found) == errors[errors["error_code"] == code]["n"].sum()
    assert set(explorer.found["error_code"]) == {code}
    assert view.picture.chosen == 0
    assert explorer.charts["volume"].picture.chosen == -1
    assert explorer.panel.tab == "messages"
    assert explorer.senders.view.layout.display == "none"
    assert words(explorer.messages.count.value).startswith(view.bars[0].words)
    assert explorer.panel.buttons["messages"].description == f"Messages {len(explorer.found)}"


def test_messages_of_all_bars(explorer):
    """Without a bar the panel lists the newest messages; a second click on a bar, or the link, brings them back."""
    explorer.panel.buttons["messages"].value = True
    settle(explorer)
    assert len(explorer.found) == 1000
    assert explorer.panel.buttons["messages"].description == "Messages 1,000+"
    explorer.click("errors", 0)
    settle(explorer)
    assert len(explorer.found) < 1000
    explorer.click("errors", 0)
    settle(explorer)
    assert len(explorer.found) == 1000
    explorer.click("errors", 0)
    explorer.messages.all.click()
    settle(explorer)
    assert len(explorer.found) == 1000
    assert explorer.charts["errors"].picture.chosen == -1


def test_bars_of_two_charts_together(explorer, busy_log):
    """A click on a bar of another chart narrows the messages to what both stand for, and the title names both."""
    errors, days = explorer.charts["errors"], explorer.charts["volume"]
    codes = measures.errors(busy_log, by="day")
    filtered = codes[codes["error_code"] == 30007].iloc[0]
    place = next(at for at, one in enumerate(days.bars) if one.where["since"] == filtered["day"])
    explorer.click("errors", bar_of(explorer, "errors", "30007"))
    explorer.click("volume", place)
    settle(explorer)

    assert len(explorer.found) == filtered["n"] > 0
    assert set(explorer.found["error_code"]) == {30007}
    assert -1 not in (errors.picture.chosen, days.picture.chosen)
    title = words(explorer.messages.count.value)
    assert title.startswith(f"{filtered['day']:%a %Y-%m-%d} and 30007")
    assert f": {filtered['n']} messages" in title
    assert "2026-01-05" not in title, "the day that was clicked is the window"
    explorer.click("volume", place)
    settle(explorer)
    assert set(explorer.found["error_code"]) == {30007}
    assert len(explorer.found) > filtered["n"]


def test_who_opted_out(explorer, busy_log):
    """One click lists the texts that said STOP, as many as the figure above says, each marked."""
    stops = int(measures.replies(busy_log, by=())["stops"].sum())
    explorer.opt_outs.click()
    settle(explorer)

    assert len(explorer.found) == stops > 0
    assert words(explorer.messages.count.value).startswith(f"Texts that said STOP: {stops} messages")
    assert words(explorer.messages.html).count("said STOP") == min(stops, PAGE)
    assert len(busy_log.rows(keyword="STOP")) == stops
    with pytest.raises(InvalidInput, match="holds stop, start, help"):
        busy_log.rows(keyword="bye")


def test_one_of_the_two_views_is_always_on(explorer):
    """A press on the button of the view that is shown leaves it on."""
    explorer.panel.buttons["senders"].value = False

    assert explorer.panel.buttons["senders"].value
    assert explorer.panel.tab == "senders"


@pytest.mark.parametrize(
    ("order", "column", "ascending"),
    [("Newest first", "date_created", False), ("Oldest first", "date_created", True), ("By sender", "number", True)],
)
def test_messages_are_sorted(explorer, order, column, ascending):
    """Rows follow the chosen order, fifty at a time; what is shown more comes below, and opened rows stay."""
    explorer.click("errors", 0)
    settle(explorer)
    explorer.messages.order.widget.value = order
    expected = explorer.found.sort_values(column, ascending=ascending, kind="stable")["sid"].tolist()

    assert [re.search(r"SID(SM\w+)", one)[1] for one in listed(explorer)] == expected[:50]
    first = explorer.messages.list.children[0]
    explorer.messages.more.click()
    assert explorer.messages.list.children[0] is first
    assert [re.search(r"SID(SM\w+)", one)[1] for one in listed(explorer)] == expected[:100]


def test_a_message_with_its_story(explorer):
    """A row opens into what happened when, what its code means, what to do, and what it cost."""
    explorer.click("errors", bar_of(explorer, "errors", "30007"))
    settle(explorer)
    row, said = explorer.found.iloc[0], listed(explorer)[0]

    assert said.startswith(
        f"{row['date_created']:%d %b %Y %H:%M:%S}undelivered{row['number']} to {row['peer']} · 30007"
    )
    assert f"Created {row['date_created']:%Y-%m-%d %H:%M:%S} UTC" in said
    assert "Undelivered at most" in said
    assert "30007 The message was filtered as unwanted" in said
    assert "What to do" in said
    assert f"Price{row['price_e5'] / 1e5:.4f} {row['price_unit']}" in said
    assert row["sid"] in said


def test_a_chosen_bar_follows_the_selection(explorer, busy_log):
    """While its bar is still there, the messages are those of the new selection; else those of all bars."""
    explorer.click("errors", bar_of(explorer, "errors", "30007"))
    explorer.senders.choose([FILTERED])
    settle(explorer)
    errors = measures.errors(busy_log.select(FILTERED))
    assert len(explorer.found) == errors[errors["error_code"] == 30007]["n"].sum()

    explorer.fill(since=date(2024, 1, 1), until=date(2024, 1, 2))
    settle(explorer)
    assert explorer.found.empty
    assert "No messages" in words(explorer.messages.count.value)


def test_a_click_on_a_bar_that_is_gone(explorer):
    """A message from a picture that has changed meanwhile does nothing."""
    for told in ({"bar": 999}, {"bar": "x"}, "nonsense", {}):
        explorer.charts["errors"].picture._handle_custom_msg(told, [])  # noqa: SLF001 - as above
    settle(explorer)

    assert explorer.found.empty


def test_numbers_are_masked_until_asked_for(explorer):
    """Nothing on the screen shows a whole number until the box is ticked; then the rows do."""
    explorer.click("volume", 0)
    settle(explorer)
    assert WHOLE.findall(shown(explorer)) == []

    explorer.fill(full=True)
    settle(explorer)
    assert WHOLE.findall(shown(explorer)) != []


def test_save_messages(explorer):
    """A CSV of the listed messages, masked, goes into the folder; another one does not take its place."""
    explorer.click("errors", bar_of(explorer, "errors", "30007"))
    settle(explorer)
    for _ in range(2):
        explorer.messages.save.click()
        settle(explorer)

    name = "messages-30007-The-message-was-filtered-as-unwanted-all-senders-2025-10-01-00-00-to-2026-01-05-15-00"
    assert explorer.saved[0].name == f"{name}-2.csv"
    assert (explorer.saved[0].parent / f"{name}.csv").exists()
    written = pd.read_csv(explorer.saved[0])
    assert {"Created, UTC", "From", "To", "Status", "Error", "Meaning", "Price", "Message SID"} <= set(written.columns)
    assert not set(SCHEMA.names) & set(written.columns)
    assert len(written) == len(explorer.found)
    assert set(written["Error"]) == {30007}
    assert set(written["From"]) == set(explorer.found["number"])
    assert WHOLE.findall(explorer.saved[0].read_text()) == []
    assert str(explorer.saved[0].parent) in explorer.messages.saved.value
    assert f'download="{name}-2.csv"' in explorer.messages.saved.value
    assert explorer.outcome.value == ""
    assert explorer.saved[0].read_bytes().startswith(BOM_UTF8), "without it, Excel misreads the dots of masked numbers"


@pytest.mark.slow
def test_save_charts_and_report(explorer):
    """Charts are saved with all their words, and the report of the selection as one file."""
    explorer.senders.choose([FILTERED])
    explorer.fill(more="latency")
    explorer.save_charts.click()
    settle(explorer)
    what = "1-404-xxx-0100-2025-10-01-00-00-to-2026-01-05-15-00"
    charts = ("volume", "delivery", "errors", "latency")
    assert [path.name for path in explorer.saved] == [f"{chart}-{what}.png" for chart in charts]
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
    explorer.messages.save.click()
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
    frame = pd.DataFrame({"Text": [text, harmless], "From": [text + "x", harmless], text: ["", harmless]})
    (heading, first, second) = csv.reader(io.StringIO(messages_csv(frame).decode("utf-8-sig"), newline=""))

    assert first == [f"'{text}", f"'{text}x", ""]
    assert second == [harmless] * 3
    assert heading[2] == f"'{text}"


def test_numbers_in_a_spreadsheet_stay_numbers():
    """A negative number in a column of numbers is no formula, nor is a phone number, whole or masked."""
    frame = pd.DataFrame(
        {"Segments": [-2, 3], "From": ["+14045550100", "+1 404 ••• 0100"], "Text": ["+14045550100", "-2"]}
    )
    rows = list(csv.reader(io.StringIO(messages_csv(frame).decode("utf-8-sig"))))

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

    assert [view.bars for view in explorer.charts.values()] == [[]] * 4
    for view in explorer.charts.values():
        assert words(view.note.value).endswith(".")
        assert view.picture.layout.display == "none"
    assert "No sender has sent anything in these days." in words(explorer.senders.said.value)


@pytest.mark.parametrize("rows", [0, 1])
def test_a_log_of_none_or_one(busy_log, tmp_path, rows):
    """An empty log and a log of one message are shown."""
    explorer = explore(msvc.Log(busy_log.rows(rows, masked=False)), tmp_path)

    assert f"{rows} messages" in explorer.complete.value


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
    assert explorer.senders.rows == []

    explorer.fill(split="kind")
    settle(explorer)
    assert explorer.senders.rows != []
    assert "Stopped" not in explorer.outcome.value


def test_without_a_kernel(explorer, busy_log, tmp_path):
    """The static copy has the figures, the senders, the errors and the completeness, and is the same on every run."""
    twin = explorer._repr_mimebundle_()
    said = words(twin["text/html"])

    assert twin["text/plain"] == "LogExplorer: Message log (log)"
    for one in explorer._tiles.tiles:  # noqa: SLF001 - what the figures above the charts are made of
        assert f"{one.label}{one.figure}" in said
    assert "+1 404 ••• 0100" in said
    assert "30007" in said
    assert "Currency" not in said
    rest = worst_first(measures.outcomes(busy_log)).iloc[STATIC:]
    assert f"{len(rest)} senders with" in said
    assert len(rest) == len(explorer.senders.rows) - STATIC > 0
    assert busy_log.certificate.sentence in said
    again = explore(busy_log, tmp_path)
    again.fill(window=ALL)
    assert twin == settle(again)._repr_mimebundle_()


def test_what_stands_out_is_looked_for_when_somebody_wants_to_know(explorer, busy_log):
    """Findings are below the charts, behind a button; while it is open they follow the selection."""
    assert explorer.verdict.value == ""
    explorer.fold.children[0].value = True
    settle(explorer)
    found = measures.findings(busy_log)["sentence"]
    assert len(found) > 3
    assert all(sentence in words(explorer.verdict.value) for sentence in found)

    explorer.senders.choose([FILTERED])
    settle(explorer)
    assert "30034" not in explorer.verdict.value
    assert "30007" in explorer.verdict.value


def test_the_old_picture_stays_until_the_new_one_is_there(explorer, busy_log, monkeypatch):
    """While something is worked out, what is shown stays, dimmed, and "Updating" says why."""
    seen = []
    select = type(busy_log).select

    def watched(log, *args, **options):
        seen.append((explorer.charts["volume"].picture.svg, words(explorer.state.value), explorer.figures._dom_classes))  # noqa: SLF001
        return select(log, *args, **options)

    before = explorer.charts["volume"].picture.svg
    monkeypatch.setattr(type(busy_log), "select", watched)
    explorer.fill(window=7)
    settle(explorer)

    assert seen
    assert seen[0][:2] == (before, "Updating")
    assert "msvc-updating" in seen[0][2]
    assert explorer.charts["volume"].picture.svg != before
    assert "msvc-updating" not in explorer.figures._dom_classes  # noqa: SLF001


def test_labels_and_alternatives(explorer):
    """Every input has its label, and every picture and bar words for those who do not see it."""
    named = [field for name, field in explorer.fields.items() if name != "window"]  # its buttons have words
    assert all(field.widget.description for field in (*named, explorer.senders.search, explorer.senders.order))
    for view in explorer.charts.values():
        picture = ET.fromstring(view.picture.svg)  # noqa: S314 - our own
        buttons = [bar.get("aria-label") for bar in picture.iter() if bar.get("role") == "button"]
        assert picture.get("aria-label").startswith(view.chart.title)
        assert buttons == [bar.words for bar in view.bars]
