"""Charts drawn as SVG: well-formed, harmless, readable without colour, and each bar a button for mouse, keyboard and ear."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.logs.charts import svg
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.delivery import errors_chart
from msvc_toolkit.logs.charts.marks import TINTS, Columns, Lines, Row, Rows, Series, Week, bars, heap, parts, rates
from msvc_toolkit.logs.charts.scales import Axis, time_ticks

NAMESPACE = "{http://www.w3.org/2000/svg}"
BEGIN = datetime(2026, 1, 1)  # noqa: DTZ001 - charts draw the local times of a zone
HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "'><img src=x onerror=alert(1)>",
    "&amp; & &#60;",
    "]]>",
    "\u202eright to left \u05d0\u05d1\u05d2",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 " * 8,
    "\x00\x1b\ud800\ufffe",
    "M" * 64,
]


def of(*names):
    """A chart of every kind, with these names of rows and series."""
    many = len(names)
    rows = [Row(name, f"{place} messages", {"number": name}) for place, name in enumerate(names)]
    values = [float(place + 1) for place in range(many)]
    edges = [BEGIN + timedelta(days=day) for day in range(many + 1)]
    chart = Chart("What is drawn?")
    halves = {name: [0.5 / many] * many for name in names}
    shares = [0.5 + place / 100 for place in range(many)]
    low, high = [share - 0.1 for share in shares], [share + 0.1 for share in shares]
    marks = {
        "bars": bars(rows, values, 1),
        "limit": bars(rows, shares, 2, Axis(1.05, unit="percent", limit=1.0)),
        "heap": heap(rows, dict.fromkeys(names, values), "segments"),
        "shares": Rows(rows, [replace(one, low=low, high=high) for one in parts(halves)], Axis(1, unit="percent")),
        "rates": rates(rows, {names[0]: (shares, low, high), names[-1]: (low, low, low)}),
        "ranges": Rows(
            rows, [Series(name, values, TINTS[0]) for name in names[:3]], Axis(4e5, unit="seconds"), "ranges"
        ),
        "columns": Columns(
            edges, parts(dict.fromkeys(names, values)), Axis(100.0), bars(rows, values, 0).bars, range(many)
        ),
        "lines": Lines(
            [Series(one, shares, tint, low, high, edges[1:]) for one, tint in zip(names, TINTS, strict=False)],
            Axis(1, unit="percent"),
        ),
        "week": Week([[0.0] * 23 + [1502.0]] * 7),
    }
    return {kind: replace(chart, marks=one) for kind, one in marks.items()}


ELEMENTS = {"svg", "title", "g", "rect", "path", "text", "pattern"}
KINDS = [*of("a")]
each_kind = pytest.mark.parametrize("kind", KINDS)


def read(drawn):
    """A picture as a tree."""
    return ET.fromstring(drawn)  # noqa: S314 - our own


def buttons(picture):
    """What can be clicked in a picture."""
    return [one for one in picture.iter() if one.get("role") == "button"]


def texts(picture):
    """What is written in a picture."""
    return [(one, one.text) for one in picture.iter(f"{NAMESPACE}text")]


@each_kind
def test_each_bar_is_a_button(kind):
    """A bar has a role, words, a pressed state and a number; the Tab key reaches the first one, arrow keys the others."""
    chart = of("one", "two", "three")[kind]
    found = buttons(read(svg.draw(chart, clickable=True)))

    assert [one.get("aria-label") for one in found] == [bar.words for bar in chart.bars]
    assert [one.get("data-bar") for one in found] == [str(place) for place in range(len(chart.bars))]
    assert {one.get("aria-pressed") for one in found} <= {"false"}
    assert [one.get("tabindex") for one in found] == ["0", "-1", "-1"][: len(found)]
    assert len(found) == (0 if kind in ("lines", "week") else 3)


@each_kind
def test_a_page_without_a_script_has_no_buttons(kind):
    """In a report a chart is an image with its words, which nothing can press."""
    picture = read(svg.draw(of("one", "two")[kind]))

    assert picture.get("role") == "img"
    assert picture[0].text == picture.get("aria-label") == of("one", "two")[kind].words
    assert buttons(picture) == []


@each_kind
def test_a_hostile_name_is_text(kind):
    """A name with markup, control characters or another direction adds no element and no attribute, and is not lost."""
    for name in HOSTILE:
        picture = read(svg.draw(of(name, "b")[kind], 1000, clickable=True))
        known = re.sub("[\x00\x1b\ud800\ufffe]", "\ufffd", name)
        written = [label for _, label in texts(picture)]

        assert {one.tag.removeprefix(NAMESPACE) for one in picture.iter()} <= ELEMENTS
        assert not any(key.startswith("on") or "href" in key for one in picture.iter() for key in one.attrib)
        assert all(one.get("aria-label").startswith((known, "b: ")) for one in buttons(picture))
        assert kind in ("limit", "rates", "ranges", "columns", "lines", "week") or known in written


@settings(max_examples=25, deadline=None)
@given(name=st.text(max_size=80), width=st.integers(240, 1000))
def test_any_name_fits(name, width):
    """Whatever is in a name, the picture is well-formed, and no text is wider than the picture."""
    for chart in of(name, "other").values():
        wide = [svg._width(label or "") for _, label in texts(read(svg.draw(chart, width)))]  # noqa: SLF001 - how it measures
        assert wide
        assert max(wide) <= width


@each_kind
def test_labels_do_not_collide(kind):
    """Labels on one line keep apart and inside the picture, at every width."""
    chart = of(*(f"+1 {place} ••• 0100" for place in range(100, 112)))[kind]
    for width in (300, 380, 640, 1000):
        lines = {}
        for one, label in texts(read(svg.draw(chart, width))):
            wide, x = svg._width(label), float(one.get("x"))  # noqa: SLF001 - how it measures
            begin = {"middle": x - wide / 2, "end": x - wide}.get(one.get("text-anchor"), x)
            lines.setdefault(one.get("y"), []).append((begin, begin + wide))

        assert lines
        for spans in lines.values():
            assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans))), spans
            assert min(spans)[0] >= -0.5
            assert max(spans)[1] <= width + 0.5


@pytest.mark.parametrize("kind", ["bars", "heap", "shares", "rates", "columns", "lines"])
@pytest.mark.parametrize("name", ["The long name of a service " * 4, "W" * 90])
def test_a_long_name_is_wrapped_and_never_cut(name, kind):
    """Every letter of a long name is in the picture, on several lines, whether in a row or in the legend."""
    written = [label for _, label in texts(read(svg.draw(of(f"{name}a", f"{name}b")[kind], 300, clickable=True)))]
    whole = "".join(written).replace(" ", "")

    assert not any("…" in label for label in written)
    assert f"{name}a".replace(" ", "") in whole
    assert f"{name}b".replace(" ", "") in whole


def test_the_first_rows_where_there_is_no_room_for_all():
    """A chart is shortened to its first rows, and says how many are missing; one that fits stays as it is."""
    chart = of(*(f"{place}" for place in range(12)))["shares"]

    assert [bar.words for bar in chart.first(7).bars] == [bar.words for bar in chart.bars[:7]]
    assert chart.first(7).under == "5 more in the report."
    assert all(len(one.values) == len(one.low) == 7 for one in chart.first(7).marks.series[:1])
    assert chart.first(12) is chart


def test_the_colors_of_a_week_have_a_scale_with_a_unit():
    """The picture says how many messages an hour has where the color is strongest."""
    written = [label for _, label in texts(read(svg.draw(of("a")["week"], 300)))]

    assert "1,502 messages in an hour" in written


def test_series_differ_without_their_colour():
    """Each series has a hatch of its own but the first, and every reference to one leads to it."""
    drawn = svg.draw(of(*"abcdef")["columns"])
    ids = re.findall(r'<pattern id="([^"]+)"', drawn)

    assert len(ids) == len({*ids}) == len(TINTS) - 1
    assert {*re.findall(r"url\(#([^)]+)\)", drawn)} == {*ids}
    assert len({*re.findall(r'<path d="([^"]+)" stroke="#fff"', drawn)}) == len(ids)


def test_charts_on_one_page_do_not_share_ids():
    """Another chart has other IDs; the same one has the same on every run."""
    one, other = (svg.draw(of(name, "b")["shares"]) for name in ("a", "c"))
    ids = [{*re.findall(r'id="([^"]+)"', drawn)} for drawn in (one, other)]

    assert ids[0]
    assert not ids[0] & ids[1]
    assert svg.draw(of("a", "b")["shares"]) == one


@each_kind
def test_it_takes_the_colours_of_the_page(kind):
    """Words and lines have the colour of the page's text, and every other colour can be set by the page."""
    drawn = svg.draw(of("one", "two", "three")[kind])
    colours = {*re.findall(r'(?:fill|stroke)="([^"]+)"', drawn)}

    assert 'fill="currentColor"' in drawn
    assert {one for one in colours if one.startswith("#")} <= {"#fff", "#111"}  # over a series' own colour
    assert any(one.startswith(("var(--c", "url(#")) for one in colours)


def test_few_rows_are_a_low_picture():
    """The height follows the rows: one row leaves no empty grid below it."""
    heights = [
        float(ET.fromstring(svg.draw(of(*"abcdefghij"[:many])["bars"])).get("viewBox").split()[3])  # noqa: S314 - our own
        for many in (1, 2, 10)
    ]
    assert heights[0] < 60
    assert heights[2] - heights[1] == pytest.approx(8 * (heights[1] - heights[0]))


def test_nothing_to_draw():
    """A chart with a sentence in its place has no picture."""
    assert svg.draw(Chart("Which?", empty="Nothing.")) == ""


def test_one_among_thousands_is_seen():
    """The bar of a small count has a width, that of none has no bar."""
    rows = [Row(name, "", {}) for name in "abc"]
    picture = read(svg.draw(Chart("Which?", marks=bars(rows, [100_000, 1, 0], 0))))
    drawn = [float(one.get("width")) for one in picture.iter(f"{NAMESPACE}rect") if "var(" in one.get("fill")]

    assert len(drawn) == 2
    assert drawn[0] > 100
    assert 0.5 < drawn[1] < 2


def test_a_value_that_is_not_known_is_left_out():
    """A rate of nothing has no mark, and its row stays."""
    rows = [Row("a", "no rate", {}), Row("b", "50 %", {})]
    unknown = float("nan")
    chart = Chart("Which?", marks=rates(rows, {"": ([unknown, 0.5], [unknown, 0.4], [unknown, 0.6])}))
    drawn = svg.draw(chart)

    assert "nan" not in drawn
    assert {"a", "b"} <= {label for _, label in texts(read(drawn))}


@pytest.mark.parametrize(
    ("begin", "end", "most", "expected"),
    [
        ("2026-01-05 00:00", "2026-01-05 12:00", 4, ["5 Jan", "03:00", "06:00", "09:00", "12:00"]),
        (
            "2025-10-08 00:00",
            "2026-01-06 00:00",
            7,
            ["8 Oct", "22 Oct", "5 Nov", "19 Nov", "3 Dec", "17 Dec", "31 Dec"],
        ),
        ("2025-10-08 00:00", "2026-01-06 00:00", 3, ["Nov 2025", "Dec 2025", "Jan 2026"]),
        ("2024-02-01 00:00", "2026-02-01 00:00", 4, ["Jul 2024", "Jan 2025", "Jul 2025", "Jan 2026"]),
    ],
)
def test_times_are_marked_where_people_expect_them(begin, end, most, expected):
    """Full hours, midnights or the first of a month, no more than asked for."""
    ticks = time_ticks(datetime.fromisoformat(begin), datetime.fromisoformat(end), most)

    assert [label for _, label in ticks] == expected


@settings(max_examples=50, deadline=None)
@given(low=st.floats(0, 0.9), size=st.floats(1e-6, 1e9), unit=st.sampled_from(["count", "decimal", "percent"]))
def test_ticks_are_round_and_few(low, size, unit):
    """There are no more than asked for, all on the axis, each with a label of its own."""
    axis = Axis(low + size, low, unit)
    ticks = axis.ticks(5)

    assert len(ticks) <= 7
    assert all(-1e-6 <= axis.share(value) <= 1 + 1e-6 for value, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)


@pytest.mark.slow
def test_neither_the_explorer_nor_the_report_opens_matplotlib():
    """Drawing for a page does not wait for Matplotlib, which takes longer than all the rest."""
    code = (
        "import sys; from msvc_toolkit.logs import charts, report; from msvc_toolkit.logs.explorer import explorer;"
        "import pandas as pd; from msvc_toolkit.logs.charts import svg;"
        "frame = pd.DataFrame({'error_code': [30007], 'meaning': ['Filtered.'], 'n': [3]});"
        "assert 'rect' in svg.draw(charts.CHARTS['errors'](frame)); assert 'matplotlib' not in sys.modules;"
        "assert charts.plot_errors(frame).patches; assert 'matplotlib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors_have_their_whole_meaning():
    """A long meaning is not cut, in the picture or in words."""
    meaning = "The message failed for a reason the carrier did not give."
    chart = errors_chart(pd.DataFrame({"error_code": [30008], "meaning": [meaning], "n": [34]}))

    assert f"30008 {meaning[:-1]}" in svg.draw(chart)
    assert chart.bars[0].words == f"30008 {meaning[:-1]}: 34 messages"


def test_no_two_parts_look_alike():
    """A status keeps its look, and the others take what is left, so that a legend can be read."""
    names = ("delivered", "received", "undelivered", "sent", "read", "queued")
    each = parts({name: [1.0] for name in names})
    looks = {one.name: one.tint for one in each}
    assert len(set(looks.values())) == len(looks) == 6
    assert looks["sent"] == parts({"sent": [1.0]})[0].tint
