"""How texts are cut into segments, held against Twilio's own calculator and against what is true of every text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.rules.segments import Offender, measure, smart_encode

CALCULATOR = json.loads((Path(__file__).parents[1] / "data" / "segment_vectors.json").read_text("utf-8"))
GSM = [chr(c) for c in range(0x2100) if measure(chr(c)).encoding == "GSM-7"]
EXTENSION = set("\f^{}\\[~]|€")
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"  # one grapheme, 11 UTF-16 units
ROCKET = "\U0001f680"

unhurried = settings(deadline=None)
gsm_texts = st.builds(str.__mul__, st.text(GSM), st.integers(1, 60))
pieces = st.sampled_from(
    [*"a€[\u2019é漢\r\n\t\u0301\ufe0f\u200d", FAMILY, ROCKET, "\U0001f1fa\U0001f1f8", "\U0001f3fd"]
)
texts = st.builds(str.__mul__, st.lists(pieces | st.characters()).map("".join), st.integers(1, 60))


def units_of(text, encoding):
    """Septets or UTF-16 units, counted one character at a time."""
    if encoding == "GSM-7":
        return sum(2 if c in EXTENSION else 1 for c in text)
    return sum(2 if ord(c) > 0xFFFF else 1 for c in text)


class TestCalculator:
    """Against the stored answers of sms-segments-calculator."""

    def test_every_vector_is_equal(self):
        """Encoding, count, graphemes, units and room are those of sms-segments-calculator on every stored text."""
        different = []
        for text, smart_encoding, *expected in CALCULATOR["vectors"]:
            m = measure(text, smart_encoding=smart_encoding)
            if [m.encoding, m.count, m.characters, m.units, m.room] != expected:
                different.append((text, smart_encoding, expected, m))

        assert different == []

    def test_vectors_are_broad(self):
        """There are at least 2 000 different texts, and hundreds of each encoding with and without Smart Encoding."""
        vectors = CALCULATOR["vectors"]
        kinds = [(smart_encoding, encoding) for _, smart_encoding, encoding, *_ in vectors]

        assert len({text for text, *_ in vectors}) >= 2000
        assert all(kinds.count((s, e)) >= 200 for s in (True, False) for e in ("GSM-7", "UCS-2"))

    def test_smart_encoding_is_the_calculators(self):
        """Each character of its table is replaced as it says; every other code point stays."""
        table = CALCULATOR["smart_encoding"]
        others = "".join(c for c in map(chr, range(0x110000)) if c not in table)

        assert {c: smart_encode(c) for c in table} == table
        assert smart_encode(others) == others


@pytest.mark.parametrize(
    ("text", "encoding", "count", "units", "room"),
    [
        ("", "GSM-7", 1, 0, 160),
        ("a" * 160, "GSM-7", 1, 160, 0),
        ("a" * 161, "GSM-7", 2, 161, 145),
        ("€" * 80, "GSM-7", 1, 160, 0),
        ("a" * 152 + "€" + "a" * 7, "GSM-7", 2, 161, 144),
        ("漢" * 70, "UCS-2", 1, 70, 0),
        ("漢" * 71, "UCS-2", 2, 71, 63),
        ("漢[" * 35, "UCS-2", 1, 70, 0),
        ("\r\n" * 80, "GSM-7", 1, 160, 0),
        (ROCKET * 35, "UCS-2", 1, 70, 0),
        (ROCKET * 67, "UCS-2", 3, 134, 65),
        (FAMILY * 7, "UCS-2", 2, 77, 56),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_segments(text, encoding, count, units, room):
    """Segments hold 160 or 153 septets, 70 or 67 units; neither an escape pair nor a grapheme is cut in two."""
    m = measure(text)

    assert (m.encoding, m.count, m.units, m.room) == (encoding, count, units, room)


class TestOffenders:
    """Which character makes a text dear."""

    def test_one_character_and_its_place(self):
        """The character that forces UCS-2 is named with its place and what Smart Encoding would put there."""
        m = measure("It\u2018s here")

        assert m.encoding == "UCS-2"
        assert m.offenders == (Offender(2, "\u2018", "LEFT SINGLE QUOTATION MARK", "'"),)

    def test_smart_encoding_leaves_the_rest(self):
        """With Smart Encoding only what it could not replace offends, at its place in the text that was typed."""
        m = measure("½ price… " + ROCKET, smart_encoding=True)

        assert m.text == "1/2 price... " + ROCKET
        assert m.offenders == (Offender(9, ROCKET, "ROCKET", None),)

    def test_smart_encoding_may_remove(self):
        """A character that Smart Encoding takes out has an empty replacement, which is not None."""
        assert [o.replacement for o in measure("zero\u200bwidth").offenders] == [""]

    def test_nameless_character(self):
        """A character for which Unicode has no name is called by its code point."""
        assert [o.name for o in measure("a\tb").offenders] == ["U+0009"]


def test_code_points_are_those_of_the_body():
    """The figure for the limit of 1600 is of the text as given, in code points, whatever Smart Encoding makes of it."""
    m = measure("½" + FAMILY, smart_encoding=True)

    assert (m.code_points, m.characters) == (1 + 7, 3 + 1)


def test_smart_encoding_can_cost_a_segment():
    """Replacements may be longer than what they replace, so that GSM-7 comes out dearer than UCS-2."""
    tabs = "\t" * 60

    assert (measure(tabs).count, measure(tabs, smart_encoding=True).count) == (1, 3)


class TestAnyText:
    """What holds for every text there can be."""

    @unhurried
    @given(gsm_texts)
    def test_gsm_text_is_gsm(self, text):
        """A text of GSM-7 characters goes out as GSM-7, unchanged by Smart Encoding, and has no offender."""
        m = measure(text, smart_encoding=True)

        assert (m.encoding, m.text, m.offenders) == ("GSM-7", text, ())

    @unhurried
    @given(texts, st.booleans())
    def test_without_its_offenders_a_text_is_gsm(self, text, smart_encoding):
        """Offenders are the reason for UCS-2 and the whole reason; each is where it says."""
        m = measure(text, smart_encoding=smart_encoding)
        places = {o.index for o in m.offenders}
        rest = "".join(c for i, c in enumerate(text) if i not in places)

        assert m.encoding == ("UCS-2" if places else "GSM-7")
        assert measure(rest, smart_encoding=smart_encoding).encoding == "GSM-7"
        assert [text[o.index] for o in m.offenders] == [o.character for o in m.offenders]

    @unhurried
    @given(texts, texts, st.booleans())
    def test_more_text_never_costs_less(self, text, more, smart_encoding):
        """Appending to a text never lowers its count."""
        before = measure(text, smart_encoding=smart_encoding)
        after = measure(text + more, smart_encoding=smart_encoding)

        assert before.count <= after.count

    @unhurried
    @given(texts, st.booleans())
    def test_units_are_those_of_the_text_sent(self, text, smart_encoding):
        """Units count the text as sent; a text that fits into one segment is one, and fills it up to its room."""
        m = measure(text, smart_encoding=smart_encoding)
        alone = {"GSM-7": 160, "UCS-2": 70}[m.encoding]

        assert m.units == units_of(m.text, m.encoding)
        assert (m.units <= alone) == (m.count == 1)
        assert m.count > 1 or m.units + m.room == alone

    @unhurried
    @given(texts)
    def test_smart_encoding_twice_is_once(self, text):
        """What Smart Encoding puts in is GSM-7, so there is nothing left for it to replace."""
        once = smart_encode(text)

        assert smart_encode(once) == once

    @unhurried
    @given(texts)
    def test_an_offender_tells_what_smart_encoding_does(self, text):
        """Putting every offender's replacement in its place gives the text that Smart Encoding gives."""
        typed = list(text)
        for o in measure(text).offenders:
            typed[o.index] = o.character if o.replacement is None else o.replacement

        assert "".join(typed) == smart_encode(text)
