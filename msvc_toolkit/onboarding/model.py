"""How far an account is in Steps 1 to 4, worked out from what it has and never from a saved state."""

from __future__ import annotations

from dataclasses import dataclass

from msvc_toolkit.inbound.model import TITLES, InboundDraft
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.services.model import Service

STEP_TITLES = (
    "Create a Messaging Service",
    "Decide how inbound messages are handled",
    "Add senders to the pool",
    "Send with the service's SID instead of a From number",
)
A2P = (
    "Preparing for A2P 10DLC (the registration that US carriers ask of local numbers)? Steps 1-3 are enough: the campaign, "
    "which describes your messages, is registered on the service and covers the numbers of its pool."
)


@dataclass(frozen=True)
class StepState:
    """One of the four steps.

    Args:
        number: 1 to 4.
        done: Whether the account shows that it is done.
        sentence: Its state, or what to do.
    """

    number: int
    done: bool
    sentence: str

    @property
    def title(self) -> str:
        """What the step is."""
        return STEP_TITLES[self.number - 1]

    def __str__(self) -> str:
        return f"Step {self.number}, {self.title}: {'done' if self.done else 'to do'}. {self.sentence}"


@dataclass(frozen=True)
class Progress:
    """How far an account is.

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


def progress_of(service: Service | None, inbound: InboundDraft | None, pool_size: int, messages: int) -> Progress:
    """Return how far an account is.

    Args:
        service: The service it is about.
        inbound: How that handles inbound texts.
        pool_size: How many senders its pool has.
        messages: How many of the newest messages were sent with it.
    """
    if service is None or inbound is None:
        first = StepState(1, done=False, sentence="The account has no Messaging Service yet.")
        later = (StepState(number, done=False, sentence="It needs the service of Step 1.") for number in (2, 3, 4))
        return Progress(None, (first, *later))
    named = f"{service.friendly_name} ({service.sid})"
    handled = inbound.mode != "off"
    filled = f"{count(pool_size, 'sender')} in the pool."
    return Progress(
        service,
        (
            StepState(1, done=True, sentence=f"{named}."),
            StepState(2, handled, f"{TITLES[inbound.mode]}." if handled else "Texts to the pool are dropped now."),
            StepState(3, pool_size > 0, filled if pool_size else "The pool is empty, so nothing can be sent."),
            StepState(
                4,
                messages > 0,
                "Messages were sent with it lately." if messages else "No recent message was sent with the service.",
            ),
        ),
    )
