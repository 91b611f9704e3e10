"""The names of a package, imported when they are first used."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import lazy_loader


class _LazyName:
    """A name that is imported when it is first used.

    A descriptor, because completion in Jupyter does not run descriptors. Without it, `msvc.<TAB>` would ask the package's
    `__getattr__` and so import every name.

    Source: jedi 0.20.1, inference/compiled/access.py, `is_allowed_getattr`; read 2026-11-30.
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load

    def __get__(self, package: object, owner: type | None = None) -> Any:
        return self._load()


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Give a package the names in the `.pyi` beside its file; return its `__getattr__`, `__dir__` and `__all__`."""
    load, _, names = lazy_loader.attach_stub(package, file)
    descriptors = {name: _LazyName(partial(load, name)) for name in names}
    sys.modules[package].__class__ = type("LazyPackage", (ModuleType,), descriptors)
    public = [name for name in names if not name.startswith("__")]

    def listed() -> list[str]:
        if any(frame.f_globals.get("__name__") == "pydoc" for frame, _ in traceback.walk_stack(None)):
            raise AttributeError  # so that `help(package)` shows the docstring without the reference of every name
        return public.copy()

    return load, listed, public
