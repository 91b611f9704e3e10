"""Charts drawn by Matplotlib: readable on every background and by everybody."""

import io
import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from msvc_toolkit.logs import charts
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts.canvas import Canvas
from msvc_toolkit.logs.charts.marks import INK, TINTS, parts

GROUNDS = ("#ffffff", "#111111")
COLOURS = [tint.colour for tint in TINTS]

CERTIFICATE = Certificate(
    "made up", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), rows=1234, not_final=5
)
# From linear RGB to what eyes without red, green or blue cones see. Source: Machado, Oliveira and Fernandes, A
# Physiologically-based Model for Simulation of Color Vision Deficiency, 2009, table of severity 1.0.
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    """A colour's red, green and blue as light."""
    shares = np.array(to_rgb(colour))
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """The contrast of two colours. Source: WCAG 2.2, relative luminance and contrast ratio, read 2026-11-24."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def errors(n=3):
    """A frame as `measures.errors` makes it."""
    return pd.DataFrame(
        {
            "error_code": [30007, 30034, 30003][:n],
            "n": [900, 300, 12][:n],
            "cost": [6.75, 2.25, 0.09][:n],
            "meaning": ["Filtered.", "Not registered.", "Not reached."][:n],
        }
    )


@pytest.mark.parametrize("ground", GROUNDS)
def test_everything_stands_out_on_light_and_dark(ground):
    """Words, axes and every series reach 3 to 1 on white and on JupyterLab's dark ground."""
    assert {colour: contrast(colour, ground) for colour in (INK, *COLOURS) if contrast(colour, ground) < 3} == {}


def test_words_are_as_clear_as_one_grey_can_be():
    """Words come within a fifth of the 4.5 to 1 for small text on both grounds, which no single colour reaches on both."""
    assert min(contrast(INK, ground) for ground in GROUNDS) > 4.2


def test_series_differ_without_their_colour():
    """Each series of a stack has a hatching of its own, so that grey print and colour-blind eyes tell them apart."""
    drawn = parts({f"series {place}": [1.0] for place in range(len(TINTS))})

    assert len({one.tint.hatch for one in drawn}) == len(TINTS)


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_delivered_and_failed_differ_for_colour_blind_eyes(blindness):
    """The two colours that matter most stay far apart for each kind of colour-blindness; the others have hatches."""
    seen = [np.clip(np.array(BLINDNESS[blindness]) @ linear(colour), 0, 1) ** (1 / 2.4) for colour in COLOURS[:2]]

    assert float(np.abs(seen[0] - seen[1]).max()) > 0.3


def test_the_ground_is_transparent():
    """A picture has no ground of its own: it takes that of the page."""
    figure = charts.plot_errors(errors()).figure

    picture = Image.open(io.BytesIO(figure.png())).convert("RGBA")
    assert picture.getpixel((0, 0))[3] == 0
    assert picture.getextrema()[3] == (0, 255)


def test_a_chart_says_its_title_window_zone_and_completeness():
    """Title, window in the zone, and the certificate's sentence stand on every chart."""
    ax = charts.plot_errors(errors(), certificate=CERTIFICATE, zone="America/New_York")
    said = " ".join(re.sub(r"\s+", " ", text.get_text()) for text in ax.texts)

    assert "What stops messages" in said
    assert "2025-12-31 19:00 to 2026-02-28 19:00, time zone America/New_York" in said
    assert CERTIFICATE.told("America/New_York") in said


def test_axes_of_somebody_elses_figure():
    """A chart can be drawn in given axes, and is handed back in them."""
    left, right = Figure(figsize=(12, 4)).subplots(1, 2)

    assert charts.plot_errors(errors(), left, certificate=CERTIFICATE) is left
    assert left.patches
    assert not right.patches


def test_a_chart_in_words():
    """A figure tells what it shows, for its alternative text and for a notebook's text output."""
    figure = charts.plot_errors(errors()).figure

    assert repr(figure).startswith("What stops messages: 30007 Filtered: 900 messages; 30034")
    assert figure._repr_png_()[:4] == b"\x89PNG"


def test_no_state_of_pyplot():
    """Drawing registers no figure with pyplot, so nothing piles up and nothing is shown twice."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - to look whether it was touched

    before = plt.get_fignums()
    charts.plot_errors(errors())

    assert plt.get_fignums() == before


def test_redrawing_leaves_nothing_behind():
    """The same axes drawn again show the same picture."""
    figure = Canvas()
    pictures = []
    for frame in (errors(), errors(0), errors()):
        charts.plot_errors(frame, figure.ax, certificate=CERTIFICATE)
        pictures.append(figure.png())

    assert pictures[0] == pictures[2] != pictures[1]
