"""A token or password that does not show itself."""

from __future__ import annotations


class Secret(str):
    """Text whose repr hides it, so that no traceback, debugger or notebook prints it; to all else it is the text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"
