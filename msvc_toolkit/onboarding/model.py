"""Which of Steps 1 to 4 an account has done, derived from its resources and never from a saved state."""

from __future__ import annotations

from dataclasses import dataclass

from msvc_toolkit.inbound.model import STATES, InboundDraft, Mode
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.services.model import Service

STEP_TITLES = (
    "Create a Messaging Service",
    "Decide how inbound messages are handled",
    "Add senders to the pool",
    "Send with the service's SID instead of a From number",
)
SHORT_TITLES = ("Create service", "Inbound texts", "Add senders", "Send message")
A2P = "US carriers ask for this registration before local numbers may send. Steps 1-3 are enough for it"
_HANDLED: dict[Mode, str] = {"defer": "Texts are logged", "webhook": "One webhook", "off": "Texts are dropped"}


@dataclass(frozen=True)
class StepState:
    """One of the four steps.

    Args:
        number: 1 to 4.
        done: Whether the account shows that it is done.
        sentence: Its state, or what to do.
        brief: Its state in two or three words; empty if there is nothing to say.
        needs: The number of the step that has to be done first; None when this one can be done now.
    """

    number: int
    done: bool
    sentence: str
    brief: str = ""
    needs: int | None = None

    @property
    def title(self) -> str:
        """The step's title."""
        return STEP_TITLES[self.number - 1]

    def __str__(self) -> str:
        return f"Step {self.number}, {self.title}: {'done' if self.done else 'to do'}. {self.sentence}"


@dataclass(frozen=True)
class Progress:
    """The state of an account's four steps.

    Args:
        service: The service it is about, None before Step 1.
        steps: The four steps.
    """

    service: Service | None
    steps: tuple[StepState, ...]

    @property
    def next(self) -> int | None:
        """The number of the first step to do, None when all are done."""
        return next((step.number for step in self.steps if not step.done), None)


def progress_of(
    service: Service | None, inbound: InboundDraft | None, pool_size: int, messages: int, *, dropping: bool = False
) -> Progress:
    """Return which steps an account has done.

    Args:
        service: The service it is about.
        inbound: How the service handles inbound texts.
        pool_size: How many senders its pool has.
        messages: How many of the newest messages were sent with it.
        dropping: Whether somebody chose to drop inbound texts; a service that was merely changed does not say so.
    """
    if service is None or inbound is None:
        first = StepState(1, done=False, sentence="The account has no Messaging Service yet.")
        later = (
            StepState(number, done=False, sentence="It needs the service of Step 1.", needs=1) for number in (2, 3, 4)
        )
        return Progress(None, (first, *later))
    handled = inbound.mode != "off" or dropping
    filled, sent = pool_size > 0, messages > 0
    in_pool = count(pool_size, "sender")
    return Progress(
        service,
        (
            StepState(1, True, f"{service.friendly_name} ({service.sid}).", _shortened(service.label)),
            StepState(
                2,
                handled,
                f"{STATES[inbound.mode]}." if handled else "Texts to the pool are dropped until you decide.",
                _HANDLED[inbound.mode] if handled else "",
            ),
            StepState(
                3,
                filled,
                f"{in_pool} in the pool." if filled else "The pool is empty, so nothing can be sent.",
                in_pool if filled else "",
            ),
            StepState(
                4,
                sent,
                "Messages were sent with it lately." if sent else "No recent message was sent with the service.",
                "Sent" if sent else "",
                needs=None if filled or sent else 3,
            ),
        ),
    )


def _shortened(name: str, characters: int = 24) -> str:
    return name if len(name) <= characters else f"{name[: characters - 1].rstrip()}…"
