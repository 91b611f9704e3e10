"""HTML pages in one file with their pictures, for any browser and for paper."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from msvc_toolkit.html import cards
from msvc_toolkit.html.cards import Html, fold

__all__ = ["download", "figure", "fold", "page", "section"]


def section(title: str, *parts: str, new_sheet: bool = False) -> Html:
    """Put a heading over parts.

    Args:
        title: The heading.
        parts: What is below it.
        new_sheet: Whether it begins a new sheet on paper.
    """
    css = Html(' class="msvc-new-sheet"') if new_sheet else ""
    return Html("<section{}><h2>{}</h2>{}</section>").format(css, title, cards.join(parts))


def figure(svg: str) -> Html:
    """Draw an SVG picture in a frame; its words are in the SVG."""
    return Html("<figure>{}</figure>").format(Html(svg))


def download(name: str, kind: str, content: bytes) -> Html:
    """Draw a link that saves a file; the page contains the file.

    Args:
        name: The file's name.
        kind: Its media type.
        content: What is in it.
    """
    data = base64.b64encode(content).decode()
    link = Html('<p><a class="msvc-download" download="{0}" href="data:{1};base64,{2}">Download {0}</a></p>')
    return link.format(name, kind, data)


def page(title: str, *parts: str, heading: str = "", looks: Sequence[str] = ()) -> Html:
    """Make a page in one file that fetches nothing, to read in light, in dark and on paper.

    Args:
        title: Its title.
        parts: What is on it.
        heading: What is written at the top; the title when not given.
        looks: More CSS files, as for `cards.style`.
    """
    head = Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{}</title>{}').format(
        title, cards.style(*looks, "page")
    )
    body = Html('<main class="msvc"><h1>{}</h1>{}</main>').format(heading or title, cards.join(parts))
    template = Html('<!doctype html>\n<html lang="en"><head>{}</head><body>{}</body></html>\n')
    return template.format(head, body)


class Page(str):
    """A page in one file, as text to write to a file. A notebook shows it in a frame instead of printing it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<HTML page of {len(self):,} characters>"

    def _repr_html_(self) -> Html:
        template = Html('<iframe srcdoc="{}" title="Report" style="width:100%;height:600px;border:0"></iframe>')
        return template.format(str(self))
