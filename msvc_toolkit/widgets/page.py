"""Helpers for notebooks that are shown as web pages, where nobody sees a traceback."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from IPython import get_ipython
from IPython.display import HTML, display

from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.html import cards

_WEB: list[str] = []
"""The notebook that this kernel shows as a web page; empty in JupyterLab."""


def link(place: str, title: str, otherwise: str) -> cards.Html:
    """Return a link to a web page, or other words where no web page is shown.

    Args:
        place: The last part of the page's address.
        title: The page's title.
        otherwise: What a notebook says in its place.
    """
    return cards.link(f"/{place}", title) if _WEB else cards.Html("{}").format(otherwise)


def show_errors_as_sentences(notebook: str) -> None:
    """Show errors of the following cells as one sentence, in place of a traceback.

    Args:
        notebook: The notebook in which a developer can see the traceback.
    """
    _WEB[:] = [notebook]

    def show(_shell: Any, kind: type[Exception], error: Exception, _trace: TracebackType, **_: Any) -> None:
        next_step = cards.text(f"Reload the page. If it happens again, run {notebook} in JupyterLab (msvc lab).")
        known = isinstance(error, ToolkitError)
        said = (
            cards.error(error) if known else cards.card("problem", f"This page stopped ({kind.__name__}).", next_step)
        )
        display(HTML(cards.style() + cards.block(said)))

    get_ipython().set_custom_exc((Exception,), show)
