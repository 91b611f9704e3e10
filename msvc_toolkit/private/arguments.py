"""Ways to call a function: earlier names of an argument, a draft or its fields, earlier callbacks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Draft = TypeVar("Draft")
Reporter = Callable[[int, int, str], None]
"""A callback that gets the number done, the total, and a sentence."""
Progress = Reporter | Callable[[int, int], None]
"""The callbacks that `progress=` takes; those of earlier versions get no sentence."""


def also_called(**earlier: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function take arguments by earlier names too: `also_called(seconds="timeout")`."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            for old in earlier.keys() & kwargs.keys():
                if earlier[old] in kwargs:
                    raise TypeError(f"{function.__name__}() got {earlier[old]} twice: {old} is its earlier name")
                kwargs[earlier[old]] = kwargs.pop(old)
            return function(*args, **kwargs)

        return call

    return decorate


def draft_of(kind: type[Draft], draft: Draft | None, fields: dict[str, Any]) -> Draft:
    """Return the given draft, or a draft made from the given fields; raise TypeError if both are given."""
    if draft is None:
        return kind(**fields)
    if fields:
        raise TypeError(f"Give a {kind.__name__} or its fields, not both: {', '.join(fields)}")
    return draft


def reporting(progress: Progress | None) -> Reporter:
    """Return a callback that takes two numbers and a sentence; a given one that takes no sentence gets the numbers only."""
    given: Any = progress
    if given is None:
        return lambda _done, _of, _sentence: None
    try:
        inspect.signature(given).bind(0, 0, "")
    except TypeError:
        return lambda done, of, _sentence: given(done, of)
    except ValueError:  # no signature is known
        pass
    report: Reporter = given
    return report
