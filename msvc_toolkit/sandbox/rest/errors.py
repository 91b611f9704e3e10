"""Errors of the API, as Twilio answers them."""

from __future__ import annotations


class Refusal(Exception):
    """One of Twilio's error answers: HTTP status, error code and text."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(message)


class SandboxRefusal(Refusal):
    """An error of the sandbox itself, for a request that Twilio would carry out."""


def not_found(path: str) -> Refusal:
    """Return Twilio's error for a resource that does not exist.

    Source: recorded answers, HTTP 404 with code 20404 and the path in the text.
    """
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def not_emulated(what: str) -> SandboxRefusal:
    """Return the sandbox's own error for a part of Twilio's API that it does not emulate."""
    return SandboxRefusal(400, 20001, f"The sandbox does not emulate {what}; the live API has it.")
