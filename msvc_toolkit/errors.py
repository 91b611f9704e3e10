"""Every error of this package, and Problem, the sentence that a check returns.

ToolkitError
├── MissingCredentials      no usable credentials for the live account
├── InvalidInput            what was typed cannot be sent as it is
├── WritesNotArmed          a write on a live account that is not armed
├── TwilioRefused           Twilio answered, and the answer was no
├── Unreachable             Twilio gave no answer to a read
├── OutcomeUnknown          Twilio gave no readable answer to a write: it may have happened
└── SandboxError            the sandbox was asked for something it cannot do
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """A problem with an input, as a sentence for the person who typed it.

    Args:
        field: The input it is about, in the words of the model (``friendly_name``).
        sentence: What is wrong and the next step.
        blocks: False for a warning, which does not stop the action.
    """

    field: str
    sentence: str
    blocks: bool = True

    def __str__(self) -> str:
        return self.sentence


class ToolkitError(Exception):
    """Everything this package raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback: the sentence says what to do."""
        return [f"{type(self).__name__}: {self}"]


class MissingCredentials(ToolkitError):
    """No usable credentials for the live account were found."""


class InvalidInput(ToolkitError):
    """The input cannot be sent as it is; nothing was sent.

    Args:
        problems: One for each thing that is wrong.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{p.field}: {p.sentence}" for p in self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InvalidInput with the problems that block, if there are any."""
    if blocking := [problem for problem in problems if problem.blocks]:
        raise InvalidInput(blocking)


class WritesNotArmed(ToolkitError):
    """A write on a live account was stopped because the connection is not armed."""


class TwilioRefused(ToolkitError):
    """Twilio answered the request with an error.

    Args:
        status: HTTP status of the answer.
        code: Twilio's error code, or None when the answer had none.
        message: Twilio's own text, phone numbers masked.
        advice: What the code means and what to do, in our words; empty if unknown.
        more_info: Twilio's page on the code.
    """

    def __init__(
        self, status: int, code: int | None, message: str, advice: str = "", more_info: str | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.advice = advice
        self.more_info = more_info
        named = f"error {code}" if code else "no error code"
        sentence = message if message.endswith((".", "!", "?")) else f"{message}."
        super().__init__(
            " ".join(part for part in (f"Twilio refused ({named}, HTTP {status}): {sentence}", advice) if part)
        )


class Unreachable(ToolkitError):
    """Twilio gave no answer to a read; nothing was changed, so it may be tried again."""


class OutcomeUnknown(ToolkitError):
    """A write got no readable answer: it may or may not have happened, so look before trying again."""


class SandboxError(ToolkitError):
    """The sandbox was asked for something it cannot do."""


@contextmanager
def recording(path: Path, then: str) -> Iterator[None]:
    """Raise ToolkitError where a record of what is sent or changed cannot be kept: without it, it could be done twice.

    Args:
        path: The record's file or folder.
        then: The end of the error's last sentence, such as what was not sent.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        why = getattr(error, "strerror", None) or error
        raise ToolkitError(
            f"{path} cannot be written or read ({why}). This file makes sure that nothing is done twice. Free some space, or let this "
            f"user write there, then try again: {then}."
        ) from None
