"""Cards: what comes from outside is text and never markup, and an error says what it may and no more."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from msvc_toolkit.errors import InvalidInput, OutcomeUnknown, Problem, ToolkitError, TwilioRefused
from msvc_toolkit.html import cards
from msvc_toolkit.private.secret import without_login

HOSTILE = st.one_of(
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "</pre></div><b>",
            "\"'><svg/onload=alert(1)>",
            "&lt;b&gt;",
            "javascript:alert(1)",
            "' onmouseover='alert(1)",
            "<!--",
            "]]>",
            "</style><style>*{}</style>",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    st.text(st.sampled_from("<>&\"'=/ abc-!"), max_size=30),
)


class Reader(HTMLParser):
    """Reads HTML as a browser would: its tags with their attributes, and its text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self.open = [], "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep the element."""
        self.tags.append((tag, tuple(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the element opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep the words."""
        self.words += data

    def handle_comment(self, data):
        """No card has a comment."""
        raise AssertionError(data)


DRAWN = {
    "text": cards.text,
    "card": lambda words: cards.card("done", words),
    "bullets": lambda words: cards.bullets([words, words]),
    "steps": lambda words: cards.steps([words]),
    "table": lambda words: cards.table([words], [[words], words], words),
    "banner": lambda words: cards.banner("done", words, words, badges=[words]),
    "facts": lambda words: cards.facts({words: words}, words),
    "code": cards.code,
    "badge": cards.badge,
    "link": lambda words: cards.link("https://example.com/", words),
    "says": lambda words: cards.says("problem", words),
    "icon": lambda words: cards.icon("done", words),
    "listing": lambda words: cards.listing(words, words),
    "conversation": lambda words: cards.conversation(words, [cards.Bubble(words, words, words, [words])]),
    "ribbon": lambda words: cards.ribbon(words, armed=words),
    "journey": lambda words: cards.journey([cards.Stop(words, words, "now"), cards.Stop(words, words, "problem")]),
    "meter": lambda words: cards.meter([1, 0.5], words),
    "block": cards.block,
    "fold": lambda words: cards.fold(words, words),
    "join": lambda words: cards.join([words, words]),
    "heading": lambda words: cards.heading(words, words, armed=words),
    "twin": cards.twin,
    "past": lambda words: cards.past(cards.text(words)),
    "error": lambda words: cards.error(ToolkitError(words)),
    "invalid": lambda words: cards.error(InvalidInput([Problem(words, words)])),
    "refused": lambda words: cards.error(TwilioRefused(400, 21211, words, words, words)),
    "unexpected": lambda words: cards.error(ValueError(words)),
}


@pytest.mark.parametrize("name", DRAWN)
@settings(max_examples=25)
@given(words=HOSTILE)
@example(words="</p><p class=x onclick=alert(1)>")
def test_no_text_becomes_markup(name, words):
    """Whatever the words, the elements and their attributes are those that harmless words would give."""
    read, harmless = Reader(DRAWN[name](words)), Reader(DRAWN[name]("x"))

    assert [tag for tag, _ in read.tags] == [tag for tag, _ in harmless.tags] or words == ""
    assert [[key for key, _ in attrs] for _, attrs in read.tags] == [
        [key for key, _ in attrs] for _, attrs in harmless.tags
    ] or words == ""
    assert read.open == []


@given(words=HOSTILE)
def test_words_can_be_read_as_they_were(words):
    """Escaping loses nothing: the reader sees the very text."""
    assert Reader(cards.text(words)).words == words


def test_every_public_function_is_tried():
    """No function of the module is left out of the test on hostile text, but those that take none of it."""
    public = {name for name, thing in vars(cards).items() if callable(thing) and thing.__module__ == cards.__name__}

    assert {name for name in public if not name.startswith("_")} - {
        "Bubble",
        "Html",
        "Stop",
        "shown",
        "style",
    } == set(DRAWN) - {
        "invalid",
        "refused",
        "unexpected",
    }


def test_a_refusal_says_what_where_and_next():
    """Code, status, Twilio's text, our advice and a link to its page."""
    refused = TwilioRefused(400, 21211, "Invalid 'To'", "Check the number.", "https://www.twilio.com/docs/errors/21211")
    html = unescape(cards.error(refused))

    for words in ("error 21211, HTTP 400", "Invalid 'To'", "Check the number.", "docs/errors/21211"):
        assert words in html


def test_text_and_html_are_two_types():
    """What a card gives can be put into another as it is; plain text is escaped wherever it is put, also by adding."""
    html = cards.text("5 < 6")

    assert cards.block(html, "<b>") == '<div class="msvc"><p>5 &lt; 6</p>&lt;b&gt;</div>'
    assert html + "<b>" == "<p>5 &lt; 6</p>&lt;b&gt;"


def test_a_refusal_without_a_code_is_reported_by_its_status():
    """An answer that is none of Twilio's still reads well."""
    assert "Twilio refused (HTTP 503): away" in cards.error(TwilioRefused(503, None, "away"))


def test_an_unexpected_error_keeps_its_text_to_itself():
    """The text of an error that is not ours may hold anything, so its kind alone is drawn."""
    html = cards.error(KeyError("auth token 5ec2e7"))

    assert "5ec2e7" not in html
    assert "KeyError" in html
    assert "last_error" in html


def test_an_error_of_ours_is_drawn_whole():
    """Its sentence ends with the next step, so all of it is shown."""
    assert "Look it up." in cards.error(OutcomeUnknown("No answer came. Look it up."))


@pytest.mark.parametrize(
    ("mood", "word", "role"),
    [
        ("done", "Done:", "status"),
        ("note", "Note:", "status"),
        ("warning", "Warning:", "status"),
        ("problem", "Problem:", "alert"),
    ],
)
def test_a_mood_is_said_in_words(mood, word, role):
    """Nobody needs the colour, and a screen reader says at once where something is wrong."""
    html = cards.card(mood, "So it is.")

    assert word in html
    assert f'role="{role}"' in html


def test_a_live_account_is_distinguished():
    """The ribbon says LIVE, and whether writes are open."""
    assert "Read only until conn.arm" in cards.ribbon("LIVE")
    assert "Writes are armed" in cards.ribbon("LIVE", armed="Writes are armed: 1 message left")
    assert "Nothing leaves this computer" in cards.ribbon("SANDBOX")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("https://user:secret@example.com/a", "https://•••@example.com/a"),
        ("ftp://secret@example.com or http://a:b@c", "ftp://•••@example.com or http://•••@c"),
        ("https://example.com/@home", "https://example.com/@home"),
        ("https://user:p@ss:w@rd@example.com/@home", "https://•••@example.com/@home"),
        ("'https://example.com', 'me@example.com'", "'https://example.com', 'me@example.com'"),
    ],
)
def test_a_login_is_hidden(words, shown):
    """Of an address with a login, the rest stays to be read."""
    assert without_login(words) == shown


@pytest.mark.parametrize(("looks", "limit"), [((), 16_000), (("forms",), 30_000), (("forms", "review", "log"), 45_000)])
def test_a_stylesheet_is_small(looks, limit):
    """A static copy carries less than 16 kB of style, a form less than 30 kB; a class that is styled is used."""
    css = cards.style(*looks)
    assert 8_000 < len(css) < limit
    package = Path(cards.__file__).parents[1]
    sources = "".join(file.read_text("utf-8") for end in ("py", "js") for file in package.rglob(f"*.{end}"))
    words = set(re.findall(r"[\w-]+", sources))
    styled = set(re.findall(r"\.msvc-(?:icon-|chart-)?([a-z0-9-]+)", css))
    assert {name for name in styled if not {name, f"msvc-{name}"} & words} == set()
