"""Tokens and passwords that do not show themselves."""

from __future__ import annotations

import re
from dataclasses import fields

_LOGIN = re.compile(r'(?<=//)[^/\s?#"<>]+(?=@)')


class Secret(str):
    """Text whose repr hides it, so that no traceback, debugger or notebook prints it; otherwise an ordinary str."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"


class HidesLogins:
    """Base of dataclasses whose repr hides the user and password of every address; the values keep them."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)  # type: ignore[arg-type]  # it is a dataclass
        return without_login(f"{type(self).__name__}({shown})")


def without_login(text: str) -> str:
    """Hide the user and password of every URL in a text."""
    return _LOGIN.sub("•••", text)
