"""What a sandbox can be set to from outside: faults, where webhooks may go, Advanced Opt-Out."""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses, territories
from msvc_toolkit.sandbox.control.sight import Sight
from msvc_toolkit.sandbox.messages import opt_out, sender_id_registration


class Dials(Sight):
    """Sets what a Twilio account's owner cannot set, or can in the Console alone.

    Args:
        sandbox: The sandbox to set.
    """

    def fault(
        self, kind: int | str, *, route: str | None = None, rate: float = 1.0, count: int | None = None, after: int = 0,
        seconds: float | None = None, executed: bool = False, retry_after: int | None = None,
    ) -> int:  # fmt: skip
        """Let API requests to this process go wrong, and return the fault's number.

        Where several faults are set, a request meets the first that strikes, and every latency that does. Control
        addresses are spared. Faults end with the process and with `reset`.

        Args:
            kind: 401 or 403 (codes 20003 and 70051, as for a key without the permission), 429 (code 20429, not carried
                out), 500, 503, "timeout" (held, then dropped without an answer), "reset" (the connection breaks),
                "truncated" (the body breaks off before its Content-Length), "latency" (the answer comes late), or an
                answer that is not Twilio's: 502 (a gateway's page), 302, 204, "html" (a web page with the status of
                success), "empty", "{}" or "cut" (half of the body, its length in order).
            route: Method and path, * for what varies: ``POST /2010-04-01/*/Messages.json``, or a path alone.
            rate: Share of matching requests it strikes; which ones, seed and turn decide.
            count: How many it strikes at most.
            after: How many matching requests it spares first.
            seconds: How long a timeout holds the connection (30 when not given) or an answer is late (1). In this
                process a timeout is not waited for.
            executed: The request is carried out all the same, and the client cannot know; not with 401, 403 and 429.
                Truncated, cut and late answers are those of requests that were.
            retry_after: With 429 and 503: seconds for a Retry-After header. Twilio promises none, and without this
                there is none.

        Raises:
            SandboxError: There is no such fault or route, or it could never strike.
        """
        return self._sandbox.faults.add(str(kind), route, rate, count, after, seconds, executed, retry_after)

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set: what `fault` was told, and how many requests matched and were struck."""
        return self._sandbox.faults.told()

    def clear_faults(self, number: int | None = None) -> None:
        """Take one fault away, or all.

        Args:
            number: What `fault` returned; all when not given.

        Raises:
            SandboxError: There is no fault with this number.
        """
        self._sandbox.faults.clear(number)

    def strict(self, *, on: bool = True) -> None:
        """Refuse parameters that Twilio does not have (20001) in requests to this process.

        Without this they are ignored, as Twilio does, and the journal names them.

        Args:
            on: False ignores them again.
        """
        self._sandbox.strict = on

    def allow_webhooks(self, *hosts: str) -> list[str]:
        """Let webhooks go to these hosts too, and return all that are allowed; without it only this machine is called.

        Args:
            hosts: Names as they stand in the URLs.
        """
        with self._store.writing():
            allowed = set(json.loads(self._store.meta("webhook_hosts") or "[]")) | set(hosts)
            self._store.remember("webhook_hosts", json.dumps(sorted(allowed)))
        return sorted(allowed)

    def register_sender_id(self, name: str, country: str) -> None:
        """Register an alphanumeric sender ID in a country; in real life that is done in the Console and takes weeks.

        Args:
            name: The sender ID.
            country: ISO code of the country.

        Raises:
            SandboxError: It cannot be a sender ID, or the country does not exist.
        """
        if (wrong := addresses.alpha_problem(name)) is not None:
            raise SandboxError(wrong.sentence)
        if not territories.is_country(country.upper()):
            raise SandboxError(f"{country[:20]!r} is not a two-letter country code. Use one such as GB.")
        with self._store.writing():
            sender_id_registration.register(self._store, name.strip(), country.upper())

    def sender_id_registered(self, name: str, country: str | None) -> bool:
        """Whether a sender ID was registered in a country."""
        return sender_id_registration.is_registered(self._store, name, country)

    def advanced_opt_out(
        self, service_sid: str, words: dict[str, list[str]] | None = None, texts: dict[str, str] | None = None
    ) -> None:
        """Switch Advanced Opt-Out on for a service; in real life that is done in the Console.

        Args:
            service_sid: The service.
            words: Further keywords by STOP, START and HELP.
            texts: Own confirmations by STOP, START and HELP.

        Raises:
            SandboxError: There is no such service, or a name is none of the three.
        """
        opt_out.set_advanced(self._store, service_sid, words or {}, texts or {})
