"""A command that runs on a sandbox of its own: ``msvc sandbox run -- COMMAND``."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from types import FrameType

from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.server.background import serving

_UNUSED = """\
msvc sandbox: no request reached the sandbox. If the command should have sent one, its client ignores the proxy variables: \
change its base URL to the one in MSVC_SANDBOX_URL."""


def run_on_sandbox(command: Sequence[str], *, seed: int | None = None, strict: bool = False) -> int:
    """Run a command and answer its requests to Twilio from a new sandbox in memory; return its exit code.

    Signals are passed on to it. The exit code of a command ended by a signal is 128 plus the signal's number, as in a shell. Raises
    ToolkitError if there is no such command.
    """
    controller = open_sandbox(":memory:", seed=seed)
    controller.strict(on=strict)
    children: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        # Ctrl-C at a terminal reaches the child too; passing it on a second time would often end it before its clean-up.
        if number != signal.SIGINT or not any(map(os.isatty, (0, 1, 2))):
            early.append(number)
            for child in children:
                child.send_signal(number)

    with closing(controller.api.store), serving(controller) as environment, ExitStack() as handlers:
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):  # Windows lacks it
            if signal.getsignal(number) != signal.SIG_IGN:  # ignored under nohup, and so by the child too
                handlers.callback(signal.signal, number, signal.signal(number, pass_on))
        program = shutil.which(command[0]) or command[0]  # with Windows' extensions, such as npm.cmd
        try:
            child = subprocess.Popen(command, executable=program, env=environment)  # noqa: S603 - the user's own command
        except OSError as error:
            raise ToolkitError(
                f"The command {command[0]!r} cannot be run ({error.strerror}). Name a program on PATH or the path of one."
            ) from error
        children.append(child)
        for number in early:  # a signal that arrives now is sent twice rather than lost
            child.send_signal(number)
        code = child.wait()
        if not controller.api.requests:
            print(_UNUSED, file=sys.stderr)  # noqa: T201 - words on stderr
    return code if code >= 0 else 128 - code
