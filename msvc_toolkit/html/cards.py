"""HTML for notebooks: cards, tables and lists.

Every function returns `Html`. Its arguments may be plain text, which is escaped, or `Html`, which is not. So text
from outside is never taken for HTML, and `first + second` escapes whichever of the two is plain text.

A state is shown by shape, word and color, so that it can be read in light and dark themes, in print, by a screen reader, and
on a code host that strips styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Literal

from markupsafe import Markup

from msvc_toolkit.errors import InvalidInput, ToolkitError, TwilioRefused

Mood = Literal["done", "note", "warning", "problem"]
_WORD: dict[Mood, str] = {"done": "Done", "note": "Note", "warning": "Warning", "problem": "Problem"}


class Html(Markup):
    """HTML, as opposed to text. Text that is formatted into it, joined or added to it is escaped."""

    @classmethod
    def escape(cls, s: Any, /) -> Html:
        """Escape text as `html.escape` does; MarkupSafe would write quotes differently."""
        return cls(s) if hasattr(s, "__html__") else cls(escape(str(s)))


def shown(widget: Any) -> Html:
    """Return a widget's value as HTML; forms set nothing else."""
    return Html(widget.value)


@cache
def style(*looks: str) -> Html:
    """Return the style element for everything drawn by this module.

    Args:
        looks: Names of more CSS files of this folder: "forms" for inputs and buttons, "review" for A2P, "log" for message
            logs, "plan" for planned sends, "page" for pages that stand alone.
    """
    css = "".join(files(__package__).joinpath(f"{name}.css").read_text("utf-8") for name in ("msvc", *looks))
    css = " ".join(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).split()).replace(": ", ":")
    return Html("<style>{}</style>").format(Html(re.sub(r" ?([{};,>]) ?", r"\1", css).replace(";}", "}")))


ALIVE = "msvc-alive"
"""The class of widgets that have a static copy."""
_LEFT = Html(' style="text-align: left"')
_PAST = Html('<div class="msvc msvc-past">')
"""JupyterLab aligns tables to the right, and an untrusted notebook keeps no other style than this one."""


def join(parts: Iterable[str]) -> Html:
    """Put parts one after the other."""
    return Html("").join(parts)


def twin(title: str, *parts: str, looks: Sequence[str] = ()) -> Html:
    """Draw the static copy of a form, which is visible only if the widgets before it are not live.

    Args:
        title: What the form is for.
        parts: What follows below the title.
        looks: More CSS files, as for `style`.
    """
    template = Html('{}<div class="msvc msvc-twin msvc-screen">{}<div class="msvc-body">{}</div></div>')
    return template.format(style(*looks), _head(title), join(parts))


def heading(title: str, label: str, *parts: str, armed: str, looks: Sequence[str] = ("forms",)) -> Html:
    """Draw the head of a form: the stylesheet, the title, and the account it works on.

    Args:
        title: What the form is for.
        label: "LIVE" or "SANDBOX"; empty if no account matters.
        parts: What follows below the title.
        armed: What `conn.arm()` allows on a live account; empty if nothing.
        looks: More CSS files, as for `style`.
    """
    return style(*looks) + _head(title, *parts, beside=ribbon(label, armed=armed) if label else "")


def _head(title: str, *parts: str, beside: str = "") -> Html:
    words = text(join([text(title, "h2"), *parts]), "div")
    return Html('<div class="msvc msvc-head">{}{}</div>').format(words, beside)


def icon(name: str, word: str = "") -> Html:
    """Draw a small picture in the color of the words around it.

    Args:
        name: One of the stylesheet's icons.
        word: What it means, for screen readers.
    """
    heard = Html('<span class="msvc-sr">{} </span>').format(word) if word else ""
    return Html('<span class="msvc-icon msvc-icon-{}" aria-hidden="true"></span>{}').format(name, heard)


def badge(words: str, mood: Mood | Literal["none", "clock"] = "none") -> Html:
    """Draw a state as an icon and a word or two."""
    return Html('<span class="msvc-badge msvc-{}">{}{}</span>').format(mood, icon(mood), words)


def link(url: str, words: str = "") -> Html:
    """Draw a link that opens in a new tab; without words it shows its address."""
    return Html('<a href="{}" target="_blank" rel="noopener">{}</a>').format(url, words or url)


def says(mood: Mood, sentence: str) -> Html:
    """Draw one line with the icon of its mood, for below an input or beside a button."""
    template = Html('<p class="msvc-says msvc-{}">{}<span>{}</span></p>')
    return template.format(mood, icon(mood, f"{_WORD[mood]}:"), sentence)


def text(words: str, tag: str = "p", css: str = "") -> Html:
    """Wrap text in one element.

    Args:
        words: The text.
        tag: The element.
        css: Its class names.
    """
    start = Html('{} class="{}"').format(Html(tag), css) if css else Html(tag)
    return Html("<{}>{}</{}>").format(start, words, Html(tag))


def block(*parts: str) -> Html:
    """Put parts into one block, which has this package's styles."""
    return Html('<div class="msvc">{}</div>').format(join(parts))


def card(mood: Mood, title: str, *parts: str) -> Html:
    """Draw a framed message that starts with its mood.

    Args:
        mood: done, note, warning or problem.
        title: One sentence.
        parts: What follows below it.
    """
    role = "alert" if mood == "problem" else "status"
    template = Html('<div class="msvc msvc-card msvc-{}" role="{}">{}<div><p>{}{}</p>{}</div></div>')
    heard = Html('<span class="msvc-sr">{}: </span>').format(_WORD[mood])
    return template.format(mood, role, icon(mood), heard, title, join(parts))


def banner(mood: Mood | Literal["clock"], title: str, *parts: str, badges: Iterable[str] = ()) -> Html:
    """Draw a verdict: an icon, a few words, the reason, and counts.

    Args:
        mood: done, note, warning or problem; clock while something is awaited.
        title: The verdict.
        parts: What follows below it.
        badges: Counts, each from `badge`.
    """
    template = Html('<div class="msvc msvc-banner msvc-{}" role="status">{}<div>{}{}</div>{}</div>')
    counts = text(join(badges), "div", "msvc-badges") if badges else ""
    return template.format(mood, icon(mood), text(title, "h3"), join(parts), counts)


def past(html: Html) -> Html:
    """Mark an outcome as from before the last change of the inputs; a marked one stays as it is."""
    if not html or html.startswith(_PAST):
        return html
    return join([_PAST, text("Before your last change:"), html, Html("</div>")])


def error(caught: BaseException) -> Html:
    """Draw an error: what, where, and the next step. Errors of this package hold no secrets.

    Args:
        caught: Any exception. Of another package's exception only the type is shown, as its text may hold anything.
    """
    if isinstance(caught, InvalidInput):
        return card("problem", "Nothing was sent. Change this first:", bullets(str(p) for p in caught.problems))
    if isinstance(caught, TwilioRefused):
        named = f"error {caught.code}, HTTP {caught.status}" if caught.code else f"HTTP {caught.status}"
        parts = [text(caught.advice)] if caught.advice else []
        if caught.more_info:
            parts.append(text(link(caught.more_info, "Twilio on this code")))
        return card("problem", f"Twilio refused ({named}): {caught.message}", *parts)
    if isinstance(caught, ToolkitError):
        return card("problem", str(caught))
    return card(
        "problem",
        f"Something unexpected went wrong ({type(caught).__name__}). What you typed is still here; "
        "the form's `last_error` has the details.",
    )


def bullets(items: Iterable[str]) -> Html:
    """Draw a list."""
    return Html("<ul>{}</ul>").format(join(text(item, "li") for item in items))


def steps(items: Iterable[str]) -> Html:
    """Draw a numbered list."""
    return Html("<ol>{}</ol>").format(join(text(item, "li") for item in items))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> Html:
    """Draw a small table.

    Args:
        columns: The headings.
        rows: The cells, row by row, as text or `Html`; a row that is one text spans all columns.
        caption: What the table shows.
    """
    across = Html('<tr class="msvc-across"><td{} colspan="{}">{}</td></tr>')
    head = join(Html('<th scope="col"{}>{}</th>').format(_LEFT, column) for column in columns)
    body = join(
        across.format(_LEFT, len(columns), row) if isinstance(row, str) else text(join(map(_cell, row)), "tr")
        for row in rows
    )
    return _table(caption, Html("<thead><tr>{}</tr></thead><tbody>{}</tbody>").format(head, body))


def facts(pairs: Mapping[str, object], caption: str = "") -> Html:
    """Draw names and values, one pair a row; a value may be `Html`."""
    rows = join(text(name, "dt") + text(Html.escape(value), "dd") for name, value in pairs.items())
    return (text(caption, "h4") if caption else Html("")) + Html('<dl class="msvc-facts">{}</dl>').format(rows)


def _cell(value: object) -> Html:
    content = value if isinstance(value, Html) else escape(str(value))
    return Html(f"<td{_LEFT}>{content}</td>")  # a template would make a large table six times as slow


def _table(caption: str, content: Html) -> Html:
    titled = text(caption, "caption") if caption else ""
    return Html('<div class="msvc msvc-scroll"><table>{}{}</table></div>').format(titled, content)


@dataclass(frozen=True)
class Bubble:
    """One text of a conversation.

    Args:
        who: From whom to whom, above the text.
        text: The text.
        told: Time and state, below the text.
        buttons: Titles of its buttons or of the entries of its list.
        links: Addresses of its media, shown as text.
        mine: Whether the phone sent it.
        faint: Whether it is missing on the phone, or not there yet.
    """

    who: str
    text: str
    told: str
    buttons: Sequence[str] = ()
    links: Sequence[str] = ()
    mine: bool = False
    faint: bool = False


def conversation(label: str, bubbles: Iterable[Bubble]) -> Html:
    """Draw a phone's texts, oldest first, scrolled to the newest.

    Args:
        label: What it is, for a screen reader.
        bubbles: The texts.
    """
    template = Html('<div class="msvc msvc-phone" role="log" aria-label="{}" tabindex="0"><ol>{}</ol></div>')
    return template.format(label, join(map(_bubble, bubbles)))


def _bubble(bubble: Bubble) -> Html:
    css = f"msvc-bubble{' msvc-mine' * bubble.mine}{' msvc-faint' * bubble.faint}"
    lines = [text(bubble.who, css="msvc-small")]
    lines += [text(bubble.text, css="msvc-body-text")] if bubble.text else []
    lines += [text(f"Media: {link}") for link in bubble.links]
    lines += [text(join(text(title, "span", "msvc-chip-of") for title in bubble.buttons))] if bubble.buttons else []
    return text(join([*lines, text(bubble.told, css="msvc-small")]), "li", css)


@dataclass(frozen=True)
class Stop:
    """One status in a message's progress.

    Args:
        name: The status.
        below: When it was reached, or another word.
        state: Whether the message has passed it, is in it, failed in it, or has not reached it yet.
    """

    name: str
    below: str
    state: Literal["done", "now", "problem", "later"]


def journey(stops: Iterable[Stop]) -> Html:
    """Draw the statuses of a message as discs on a line."""
    return Html('<ol class="msvc-journey">{}</ol>').format(join(map(_stop, stops)))


def _stop(stop: Stop) -> Html:
    known = {"done": icon("check", "Done:"), "problem": icon("problem", "Problem:"), "now": "", "later": ""}
    heard = {"now": "Now: ", "later": "To come: "}.get(stop.state, "")
    words = (
        Html('<span class="msvc-sr">{}</span>').format(heard) + text(stop.name, "b") if heard else text(stop.name, "b")
    )
    template = Html('<li class="msvc-{}"><span class="msvc-disc">{}</span>{} <span class="msvc-soft">{}</span></li>')
    return template.format(stop.state, known[stop.state], words, stop.below)


def meter(parts: Iterable[float], words: str) -> Html:
    """Draw how full each segment of a text is, and say it in words.

    Args:
        parts: From 0 to 1 for each segment.
        words: The same in words.
    """
    bars = join(Html('<span><i style="width: {}%"></i></span>').format(round(100 * part)) for part in parts)
    template = Html('<div class="msvc msvc-meter"><div aria-hidden="true">{}</div><p>{}</p></div>')
    return template.format(bars, words)


def fold(title: str, *parts: str, opened: bool = False) -> Html:
    """Fold parts away under a title that opens them."""
    start = Html("<details open>" if opened else "<details>")
    return Html("{}<summary>{}</summary>{}</details>").format(start, title, join(parts))


def code(source: str) -> Html:
    """Draw program text."""
    return Html("<pre><code>{}</code></pre>").format(source)


def listing(title: str, source: str) -> Html:
    """Draw program text under a title that opens it."""
    return fold(title, code(source))


def ribbon(label: str, *, armed: str = "") -> Html:
    """Say at the top of a form which account it works on.

    Args:
        label: "LIVE" or "SANDBOX".
        armed: What `conn.arm()` allows on a live account; empty if nothing.
    """
    if label == "LIVE":
        css, words = ("armed", armed) if armed else ("live", "Read only until conn.arm(...)")
    else:
        css, words = "sandbox", "Nothing leaves this computer"
    template = Html('<span class="msvc-ribbon msvc-{}">{}<b>{}</b> {}</span>')
    return template.format(css, icon("sandbox" if css == "sandbox" else "live"), label, words)
