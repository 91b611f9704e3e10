"""A document that stands alone: one file of HTML with its pictures in it, to read anywhere and on paper.

Like `cards`, whose words and tables it is made of, it escapes every word that comes from outside.
"""

from __future__ import annotations

import base64
from html import escape

from msvc_toolkit.html import cards

_STYLE = """<style>
:root { color-scheme: light dark; } body { margin: 0 auto; padding: 16px; max-width: 60em; background: Canvas; color: CanvasText; }
figure { margin: 14px 0; break-inside: avoid; } figure img { width: 100%; max-width: 760px; height: auto; }
.msvc { font-size: 14px; } .msvc table { font-size: 13px; } .msvc-card { max-width: none; }
</style>"""


def section(title: str, *parts: str) -> str:
    """Put a heading over parts that are HTML already."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def figure(png: bytes, alt: str) -> str:
    """Draw a picture that carries its own bytes.

    Args:
        png: The picture.
        alt: What it shows, for somebody who does not see it.
    """
    data = base64.b64encode(png).decode()
    return f'<figure><img src="data:image/png;base64,{data}" alt="{escape(alt)}"></figure>'


def fold(title: str, *parts: str) -> str:
    """Fold parts that are HTML already away under a title."""
    return f"<details><summary>{escape(title)}</summary>{''.join(parts)}</details>"


def download(name: str, kind: str, content: bytes) -> str:
    """Draw a link that saves a file which the link itself carries.

    Args:
        name: The file's name.
        kind: Its media type.
        content: What is in it.
    """
    data = base64.b64encode(content).decode()
    return f'<p><a download="{escape(name)}" href="data:{kind};base64,{data}">Download {escape(name)}</a></p>'


def page(title: str, *parts: str) -> str:
    """Make a page that stands alone: one file, nothing fetched, to read in light, in dark and on paper."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = f'<main class="msvc"><h1>{escape(title)}</h1>{"".join(parts)}</main>'
    return f'<!doctype html>\n<html lang="en"><head>{head}{cards.STYLE}{_STYLE}</head><body>{body}</body></html>\n'


class Page(str):
    """A page that stands alone: text to write to a file. A notebook draws it in a frame and does not print it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<HTML page of {len(self):,} characters>"

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{escape(self)}" title="Report" style="width:100%;height:600px;border:0"></iframe>'
