"""Find the services, numbers and other findings that a finding affects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.result import SEVERITIES, ReadinessFinding


class Reach:
    """Finds which findings affect a service or a number."""

    def __init__(self, findings: Sequence[ReadinessFinding], facts: Facts) -> None:
        self._findings, self._facts = findings, facts
        self._everywhere: list[int] = []
        self._by_service: dict[str, list[int]] = defaultdict(list)
        self._by_number: dict[str, list[int]] = defaultdict(list)
        self._by_object: dict[str, list[int]] = defaultdict(list)
        for place, finding in enumerate(findings):
            if finding.found.everywhere:
                self._everywhere.append(place)
            for index, keys in (
                (self._by_service, self.services(finding)),
                (self._by_number, finding.found.numbers),
                (self._by_object, finding.found.objects),
            ):
                for key in dict.fromkeys(keys):
                    index[key].append(place)

    def services(self, finding: ReadinessFinding) -> set[str]:
        """Return the services that a finding affects, including those of its numbers."""
        placed = (self._facts.service_of_number.get(number, "") for number in finding.found.numbers)
        return {*finding.found.services, *placed} - {""}

    def of_service(self, sid: str) -> list[ReadinessFinding]:
        """Return the findings that affect a service or one of its numbers."""
        return self._at({*self._everywhere, *self._by_service.get(sid, ())})

    def of_number(self, number: str, service_sid: str) -> list[ReadinessFinding]:
        """Return the findings about a number: its own, and those of its whole service."""
        shared = [p for p in self._by_service.get(service_sid, ()) if not self._findings[p].found.numbers]
        return self._at({*self._everywhere, *self._by_number.get(number, ()), *shared})

    def causes(self, finding: ReadinessFinding) -> tuple[str, ...]:
        """Return the checks whose failure explains a finding: as severe or worse, and about the same things."""
        found, follows = finding.found, finding.check.follows
        if not follows:
            return ()
        met = {*self._everywhere}
        met.update(place for key in found.objects for place in self._by_object.get(key, ()))
        met.update(place for number in found.numbers for place in self._by_number.get(number, ()))
        for sid in self.services(finding):
            # If both name numbers, a common service is not enough.
            met.update(p for p in self._by_service[sid] if not (found.numbers and self._findings[p].found.numbers))
        worst = SEVERITIES.index(finding.severity)
        return tuple(
            dict.fromkeys(
                other.check.id
                for other in self._at(met)
                if other.check.id in follows and SEVERITIES.index(other.severity) <= worst
            )
        )

    def _at(self, places: Iterable[int]) -> list[ReadinessFinding]:
        return [self._findings[place] for place in sorted(places)]
