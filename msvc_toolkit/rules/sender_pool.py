"""What sender selection speaks of: senders, a pool of them, and a choice with the steps that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msvc_toolkit.rules.addresses import Address


@dataclass(frozen=True, slots=True)
class Sender:
    """One member of a pool.

    Args:
        sid: The member's SID.
        address: What recipients see. A short code's needs its country, or the code is never eligible.
        capabilities: Of ``SMS``, ``MMS`` and ``Voice``; not looked at for channel senders.
        countries: Where an alphanumeric or RCS sender may be used; empty means everywhere.
    """

    sid: str
    address: Address
    capabilities: frozenset[str]
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pool:
    """A service's senders, its settings, and what it remembers.

    Args:
        senders: In any order.
        area_code_geomatch: The service's setting of that name.
        sticky_sender: The service's setting of that name.
        remembered: SID or address of the sender this recipient is stuck to, on this channel.
        last_used: SID to the moment of last use, in any unit that grows; a SID not named was never used.
    """

    senders: tuple[Sender, ...]
    area_code_geomatch: bool = True
    sticky_sender: bool = True
    remembered: str | None = field(default=None, repr=False)
    last_used: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was applied.

    Args:
        rule: Stable id of the rule, such as ``area code geomatch``.
        left: SIDs still eligible after it.
        said: The sentence with gaps; filled only when somebody reads it, as choosing runs for every message.
        words: What fills the gaps.
    """

    rule: str
    left: tuple[str, ...]
    said: str
    words: tuple[str | None, ...] = ()

    @property
    def reason(self) -> str:
        """The rule in plain words, without a full phone number."""
        return self.said.format(*[word or "an unknown country" for word in self.words])

    @property
    def sentence(self) -> str:
        """The step in plain words, with the number of senders left."""
        return f"{self.reason} {len(self.left) or 'None'} left."


@dataclass(frozen=True, slots=True)
class Choice:
    """The sender that was picked, or the error code and why there is none."""

    sender: Sender | None
    error_code: int | None
    steps: tuple[Step, ...]

    @property
    def sentence(self) -> str:
        """Who sends and what decided it, in one line."""
        if self.sender is None:
            return f"Nobody can send this (error {self.error_code}). {self.steps[-1].sentence}"
        decisive = next(
            (b for a, b in zip(self.steps[-2::-1], self.steps[:0:-1], strict=True) if a.left != b.left), None
        )
        why = decisive.reason if decisive else "It is the only sender in the pool."
        return f"{self.sender.address.label} sends. {why}"
