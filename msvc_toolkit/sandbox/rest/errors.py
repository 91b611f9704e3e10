"""What the sandbox answers when Twilio would say no."""

from __future__ import annotations


class Refusal(Exception):
    """One of Twilio's error answers.

    Args:
        status: HTTP status.
        code: Twilio's error code.
        message: The text of the answer.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(message)


class SandboxRefusal(Refusal):
    """An answer of the sandbox's own, where Twilio would carry the request out."""


def not_found(path: str) -> Refusal:
    """Make Twilio's answer for a resource that is not there.

    Source: recorded answers, HTTP 404 with code 20404 and the path in the text.
    """
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def not_emulated(what: str) -> SandboxRefusal:
    """Make the sandbox's own answer for a part of Twilio's API that it leaves out."""
    return SandboxRefusal(400, 20001, f"The sandbox does not emulate {what}; the live API has it.")
