"""Every measure has its chart, which says what it shows, hides numbers, and says so when there is nothing to draw."""

import io
import re
from datetime import date
from inspect import signature

import pandas as pd
import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from msvc_toolkit.logs import charts, measures
from msvc_toolkit.logs.charts import canvas
from msvc_toolkit.logs.explorer.panels import Asked
from msvc_toolkit.logs.measures.rates import settle

WHOLE = re.compile(r"\+\d{8,15}|\b\d{10,15}\b")
A, B = "+14045550100", "+17025550100"


def clicked(log):
    """Clicks on some of a log's messages."""
    rows = log.rows(200, direction="outbound-api", mask=False)
    return [
        {"event_type": "click", "sms_sid": row.sid, "click_time": f"{row.date_created.isoformat()}Z"}
        for row in rows.itertuples()
    ]


FRAMES = {name: getattr(measures, name) for name in measures.__all__} | {
    "volume": lambda log: measures.volume(log, by=("day", "status")),
    "spend": lambda log: measures.spend(log, by="messaging_service_sid"),
    "clicks": lambda log: measures.clicks(log, clicked(log)),
    "idle": lambda log: measures.idle(log, {"+18085550100": "1.15"}),
    "before_after": lambda log: measures.before_after(log, "2025-12-02"),
    "compare": lambda log: measures.compare(log, A, B),
}
each_measure = pytest.mark.parametrize("name", FRAMES)


def plot(name, frame, log, **about):
    """Draw a measure's chart and return its figure."""
    return getattr(charts, f"plot_{name}")(frame, certificate=log.certificate, **about).figure


def said(figure):
    """All words in a picture and beside it."""
    ax = figure.ax
    legend = ax.get_legend()
    words = [text.get_text() for text in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels())]
    words += [text.get_text() for text in legend.get_texts()] if legend else []
    return re.sub(r"\s+", " ", " ".join([*words, repr(figure)]))


def test_every_measure_has_its_chart():
    """A chart for each measure, and no chart without a measure."""
    assert {name.removeprefix("plot_") for name in charts.__all__} == set(measures.__all__) == set(FRAMES)
    for name in charts.__all__:
        plot = getattr(charts, name)
        frame, ax, *_ = signature(plot).parameters.values()
        assert (plot.__name__, frame.name, ax.name, ax.default) == (name, "frame", "ax", None)
        assert plot.__doc__.startswith("Draw ")
    assert signature(charts.plot_errors).parameters["by"].default == "messages"


@pytest.mark.slow
@each_measure
def test_a_chart_says_what_it_shows(busy_log, name):
    """Its title names what is drawn, its window and completeness are on it, and it has something to show."""
    figure = plot(name, FRAMES[name](busy_log), busy_log)

    assert figure.drawn.title
    assert not figure.drawn.title.endswith(("?", "."))
    assert figure.drawn.empty == ""
    assert busy_log.certificate.sentence in said(figure)
    assert "time zone UTC" in said(figure)
    picture = Image.open(io.BytesIO(figure.png()))
    assert picture.text["Description"] == repr(figure)
    assert len(picture.getcolors(picture.width * picture.height)) > 10


@each_measure
def test_numbers_are_masked(busy_log, name):
    """No chart shows a whole phone number, in its picture or in its words."""
    figure = plot(name, FRAMES[name](busy_log), busy_log)

    assert WHOLE.findall(said(figure)) == []


@each_measure
def test_nothing_to_draw_is_a_sentence(busy_log, name):
    """A selection without messages is said in words, not drawn as an empty box."""
    figure = plot(name, FRAMES[name](busy_log).head(0), busy_log)

    assert figure.drawn.empty.endswith(".")
    assert figure.drawn.empty.replace(" ", "") in said(figure).replace(" ", "")
    assert not figure.drawn.bars
    assert figure.png()


@each_measure
def test_one_row_is_drawn(busy_log, name):
    """A frame of one row is drawn like any other; of `compare` it takes two."""
    frame = FRAMES[name](busy_log)
    figure = plot(
        name, frame[frame["n"] > 0].head(2 if name == "compare" else 1) if "n" in frame else frame.head(1), busy_log
    )

    assert figure.png()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["volume", "outcomes", "errors", "latency", "spend", "peaks", "characters", "choices"])
def test_a_bar_stands_for_its_messages(busy_log, name):
    """Each bar leads to as many messages as it says it stands for."""
    figure = plot(name, FRAMES[name](busy_log), busy_log)
    asked = Asked(busy_log)
    assert figure.drawn.bars

    for bar in figure.drawn.bars[:4]:
        found = asked.rows(bar, 20_000)
        assert len(found) > 0
        if counted := re.search(r"([\d,]+) messages?", bar.words):
            assert len(found) == int(counted[1].replace(",", "")), bar


def test_bars_of_days_follow_the_zone(busy_log):
    """A day's bar opens the messages of that day in the chart's zone, not of UTC's day."""
    zone = "America/Los_Angeles"
    frame = measures.volume(busy_log, by=("day", "status"), zone=zone)
    figure = plot("volume", frame, busy_log, zone=zone)
    bar = figure.drawn.bars[25]
    moments = Asked(busy_log, zone).rows(bar, 20_000)["date_created"].dt.tz_localize("UTC").dt.tz_convert(zone)

    assert {moment.date() for moment in moments} == {date.fromisoformat(bar.words[4:14])}


def test_a_months_bar_ends_with_the_month(busy_log):
    """Months differ in length; a bar opens the messages of its own month and of no day of the next."""
    bars = plot("volume", measures.volume(busy_log, by="month"), busy_log).drawn.bars

    assert [bar.where["until"] for bar in bars[:-1]] == [bar.where["since"] for bar in bars[1:]]
    assert {bar.where["since"].day for bar in bars} == {1}
    counted = [int(re.search(r"([\d,]+) messages", bar.words)[1].replace(",", "")) for bar in bars]
    assert [len(Asked(busy_log).rows(bar, 20_000)) for bar in bars] == counted


def test_errors_by_money(busy_log):
    """Ranked by money, errors tell what they cost and in which currency; free ones are not there."""
    figure = charts.plot_errors(measures.errors(busy_log), by="money").figure

    assert figure.drawn.title == "What failed messages cost"
    assert all(bar.words.endswith("USD") for bar in figure.drawn.bars)
    assert not any("21610" in bar.words for bar in figure.drawn.bars)


def test_rates_over_time(busy_log):
    """Outcomes by day or week are drawn over time, a line for each sender, the worst first."""
    frame = measures.outcomes(busy_log.select([A, B]), by=("week", "number"))
    figure = charts.plot_outcomes(frame).figure

    assert figure.drawn.title == "Delivered by week, with 95 % interval"
    assert [line.get_label() for line in figure.ax.lines] == ["+1 404 ••• 0100", "+1 702 ••• 0100"]


def test_rates_of_many_over_time(busy_log):
    """Of many senders the three worst have a line each and the others one together, which leaves out nothing."""
    frame = measures.outcomes(busy_log, by=("week", "number"))
    marks = plot("outcomes", frame, busy_log).drawn.marks

    assert [one.name for one in marks.series[:2]] == ["+1 646 ••• 0100", "+1 404 ••• 0100"]
    assert marks.series[3].name == f"{frame['number'].nunique() - 3} others together"
    assert "no sender yet" not in [one.name for one in marks.series]  # too few messages for a line
    weeks = frame.groupby("week")[["delivered", "settled"]].sum()
    assert len(marks.series[3].values) == len(weeks)


def test_services_by_their_names(busy_log):
    """Friendly names stand in place of SIDs; a number inside a name is masked."""
    frame = measures.spend(busy_log, by="messaging_service_sid")
    sid = frame["messaging_service_sid"].iloc[-1]
    figure = plot("spend", frame, busy_log, names={sid: "Orders +14155550123"})

    assert "Orders +1 415 ••• 0123" in said(figure)


def test_senders_that_look_alike_are_told_apart():
    """Two numbers with the same mask get a number behind, and one number is always called the same."""
    frame = pd.DataFrame({"number": ["+14155550100", "+14155660100"], "n": [50, 40], "delivered": [50, 30]})
    frame = frame.assign(
        failed=[0, 10], unknown=0, other=0, in_flight=0, canceled=0, settled=[50, 40], rate=[1.0, 0.75]
    )
    frame = frame.assign(low=[0.9, 0.6], high=[1.0, 0.85], small=False, immature=[False, True])
    figure = charts.plot_outcomes(frame).figure

    assert [bar.words for bar in figure.drawn.bars] == [
        "+1 415 ••• 0100: 75.0 %† of 40",
        "+1 415 ••• 0100 (2): 100.0 % of 50",
    ]
    assert "may still change" in figure.drawn.under


def rated(*senders):
    """`outcomes` of senders, from (delivered, settled), in the order of their numbers."""
    frame = pd.DataFrame(senders, columns=["delivered", "settled"])
    frame.insert(0, "number", [f"+1415555{place:04}" for place in range(len(frame))])
    frame = frame.assign(failed=frame["settled"] - frame["delivered"], n=frame["settled"])
    return settle(frame.assign(unknown=0, in_flight=0, canceled=0, other=0))


@pytest.mark.parametrize("worst", [(0, 450), (0, 5), (300, 500), (700, 1000)])
def test_the_worst_delivery_is_never_left_out(worst):
    """Among two hundred busier senders the worst is on top, and what is left out is said with its reason."""
    frame = rated(*[(970 + place % 25, 1000) for place in range(200)], worst, (1, 1), (1, 2))
    drawn = charts.plot_outcomes(frame).figure.drawn

    assert drawn.bars[0].where["number"] == "+14155550200"
    assert len(drawn.bars) == 12
    assert re.search(r"190 senders with 97\.\d % or more delivered are left out\.", drawn.under)
    assert "1 sender with fewer than 30 messages is left out." in drawn.under
    shown = {bar.where["number"] for bar in drawn.bars}
    rest = frame[~frame["number"].isin(shown) & ~frame["small"]]
    lowest = float(re.search(r"with ([\d.]+) % or more", drawn.under)[1])
    assert (100 * rest["rate"] >= lowest).all()


def test_what_is_bad_for_certain_comes_before_a_handful():
    """Six hundred of a thousand are worse news than one failure of one, and a handful that all failed than most."""
    frame = rated((600, 1000), (0, 1), (980, 1000), (0, 6), (1, 1))
    bars = charts.plot_outcomes(frame).figure.drawn.bars

    assert [bar.where["number"][-1] for bar in bars] == ["3", "0", "1", "2", "4"]


def change(before, after):
    """`before_after` of one sender, from (delivered, settled) on either side."""
    sides = [rated(side).add_suffix(name) for side, name in ((before, "_before"), (after, "_after"))]
    both = pd.concat(sides, axis=1).assign(immature_before=False, immature_after=False)
    apart = (both["low_after"] > both["high_before"]) | (both["high_after"] < both["low_before"])
    clear = apart & ~both["small_before"] & ~both["small_after"]
    return both.assign(change=both["rate_after"] - both["rate_before"], clear=clear)


def test_clear_changes_come_first_and_the_note_says_what_clear_is():
    """A large change of few messages comes after a small clear one, and each says why it is not clear."""
    sides = [((10, 25), (24, 25)), ((990, 1000), (900, 1000)), ((900, 1000), (903, 1000)), ((990, 1000), (500, 1000))]
    frame = pd.concat([change(*one) for one in sides], ignore_index=True)
    frame.insert(0, "number", [f"+1415555{place:04}" for place in range(4)])
    drawn = charts.plot_before_after(frame).figure.drawn

    assert [bar.where["number"][-1] for bar in drawn.bars] == ["3", "1", "0", "2"]
    assert [bar.words.partition("points")[2] for bar in drawn.bars] == ["", "", ", few messages", ", not clear"]
    assert "at least 30 messages" in drawn.under
    assert "at most 1% of each side are in flight" in drawn.under


def test_errors_by_day_have_their_own_title_and_their_meanings(busy_log):
    """The chart of errors over time asks for errors, and its legend has each code with its meaning."""
    figure = plot("volume", measures.errors(busy_log, by="day"), busy_log)
    legend = [text.get_text() for text in figure.ax.get_legend().get_texts()]

    assert figure.drawn.title == "Messages with an error by day"
    assert "30007 The message was filtered as unwanted" in legend
    assert not any(text.isdigit() for text in legend)
    assert "fewer messages" in figure.drawn.under


def test_the_slowest_is_on_top(busy_log):
    """The chart of latency begins with the sender whose receipts come late, and says which it leaves out."""
    figure = plot("latency", measures.latency(busy_log), busy_log)

    assert figure.drawn.bars[0].where["number"] == "+447400123456"
    assert re.search(r"\d senders that got 95 of 100 through within [\d.]+ min are left out", figure.drawn.under)


@each_measure
def test_a_name_of_any_length_fits(busy_log, name):
    """Names of a hundred letters leave room for what is drawn, and are told apart where their beginnings are alike."""
    frame = FRAMES[name](busy_log)
    known = {
        str(value): f"{'A name as long as this ' * 4}{place}"
        for place, value in enumerate(
            {text for key in ("number", "messaging_service_sid") for text in measures.volume(busy_log, by=key)[key]}
            - {""}
        )
    }
    figure = canvas.Canvas()
    getattr(charts, f"plot_{name}")(frame, figure.ax, certificate=busy_log.certificate, names=known)

    assert figure.ax.get_position().width * canvas.SIZE[0] > 0.7
    assert figure.png()
    labels = [text.get_text() for text in figure.ax.get_yticklabels()]
    assert len(set(labels)) == len(labels)


def test_peaks_are_drawn_against_a_campaigns_rate(busy_log):
    """A campaign's bar leads to its service's messages; numbers whose limit is not known are counted in words."""
    volume = measures.volume(busy_log, by=("kind", "country", "messaging_service_sid"))
    ours = volume[(volume["kind"] == "local") & (volume["country"] == "US") & (volume["messaging_service_sid"] != "")]
    sid = ours["messaging_service_sid"].iloc[0]
    frame = measures.peaks(busy_log, campaigns={sid: 3.75})
    figure = plot("peaks", frame, busy_log, names={sid: "Orders"})

    assert "Orders" in said(figure)
    assert "campaign's rate" in figure.drawn.under
    (bar,) = [bar for bar in figure.drawn.bars if bar.words.startswith("Orders")]
    assert set(Asked(busy_log).rows(bar, 20)["messaging_service_sid"]) == {sid}
    assert "segments" in said(plot("peaks", measures.peaks(busy_log), busy_log))


def test_spend_says_that_carrier_fees_come_on_top(busy_log):
    """Without an estimate the chart says that they are not in it; with one it gives the range."""
    plain = plot("spend", measures.spend(busy_log, by="messaging_service_sid"), busy_log)
    asked = plot("spend", measures.spend(busy_log, by="messaging_service_sid", fees=True), busy_log)

    assert "Twilio bills them separately" in plain.drawn.under
    assert re.search(r"on top: about .+ to .+ \(estimate\)", asked.drawn.under)


@each_measure
def test_a_log_draws_its_measures(busy_log, name):
    """`log.plot` has a method for each measure, which draws it with the log's certificate; a measure's arguments go to it."""
    args = {"before_after": ["2025-12-02"], "compare": [A, B], "idle": [{"+18085550100": "1.15"}]}
    args = {**args, "clicks": [clicked(busy_log)]}.get(name, [])
    figure = getattr(busy_log.plot, name)(*args, zone="America/New_York").figure

    assert figure.drawn.empty == ""
    assert figure.drawn.certificate == busy_log.certificate
    assert "time zone America/New_York" in said(figure)


def test_a_notebook_shows_the_charts_of_a_log_and_their_names(busy_log):
    """A cell that ends with one shows it, `log.plot()` draws the messages, and Tab names the charts and what a reader calls."""
    completer = IPCompleter(namespace={"log": busy_log}, global_namespace={})
    for axes, title in ((busy_log.plot.errors(), "What stops messages"), (busy_log.plot(), "Messages by day")):
        shown, _ = DisplayFormatter().format(axes)
        assert shown["image/png"].startswith(b"\x89PNG")
        assert shown["text/plain"].startswith(title)
    with provisionalcompleter():
        offered = {
            start: {one.text.lstrip(".") for one in completer.completions(start, len(start))}
            for start in ("log.plot.", "log.")
        }
    assert set(measures.__all__) <= offered["log.plot."]
    assert {"plot", "rows", "select"} <= offered["log."]
    assert not {"add_up", "interrupt", "pairs"} & offered["log."]


def test_a_log_draws_what_it_is_asked_for(busy_log):
    """Arguments of the measure, of the chart and the axes may stand together, and a window is that of the chart as well."""
    plots = busy_log.plot
    left = canvas.Canvas().ax

    assert plots.outcomes(by="kind", ax=left) is left
    assert {key for bar in left.figure.drawn.bars for key in bar.where} == {"kind", "direction"}
    assert plots.errors(by="day").figure.drawn.title == "Messages with an error by day"
    assert plots.latency(wait="created to sent").figure.drawn.title == "Time from created to sent"
    december = plots.compare(A, B, since="2025-12-02").figure.drawn
    assert december.window.startswith("All senders; 2025-12-02 00:00 to")
    assert plots.before_after("2025-12-02").figure.drawn.title.startswith("Delivered before and after 2025-12-02")
    assert busy_log.select(A).plot.errors().figure.drawn.window.startswith("+1 404 ••• 0100; 2025-10-01")
    assert december.certificate.rows == busy_log.select(since="2025-12-02").certificate.rows
    assert set(measures.__all__) <= set(dir(plots))
    with pytest.raises(TypeError):
        plots.outcomes(colour="red")
