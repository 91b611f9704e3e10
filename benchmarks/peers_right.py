"""Claim: the sandbox answers as Twilio does where its rivals do not.

The same calls go to the sandbox, to npm `emulate` and to Prism; what each got right is found by running, and what it
answered instead stands beside a no. "Not there" means that the server has no such address, or no way to bring the
situation about. What Twilio does is taken from its documentation and error dictionary (read 2026-11-23).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from http.client import HTTPException

import messages_right
import peers
import services_right
import webhooks_right
from listener import Listener
from machine import machine, missing, table
from world import Differs, NotThere, World

SANDBOX = "sandbox"
CASES = (*services_right.CASES, *messages_right.CASES, *webhooks_right.CASES)


def main() -> None:
    """Run every call against every server and print the table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--specs", default=os.environ.get("MSVC_SPECS"), help="folder of Twilio's OpenAPI files")
    asked = ask.parse_args()
    columns: dict[str, list[str]] = {}
    for name, start in _servers(asked.specs).items():
        with start() as peer, Listener() as listener:
            columns[name] = [_verdict(case, World(peer, listener, name)) for _, case in CASES]
    rows = [[told, *(column[place] for column in columns.values())] for place, (told, _) in enumerate(CASES)]
    totals = [f"**{sum(said == 'yes' for said in column)} of {len(CASES)}**" for column in columns.values()]
    print(table(["the call, and what Twilio does", *columns], [*rows, ["**right**", *totals]]))
    print(f"\n{machine()}.")


def _servers(specs_given: str | None) -> dict[str, Callable[[], AbstractContextManager[peers.Peer]]]:
    servers: dict[str, Callable[[], AbstractContextManager[peers.Peer]]] = {SANDBOX: peers.ours}
    if peers.EMULATE.exists():
        servers["emulate"] = peers.emulate
    else:
        missing(peers.NO_RIVALS.format("emulate"))
    specs = peers.specs_from(specs_given)
    if not peers.PRISM.exists():
        missing(peers.NO_RIVALS.format("Prism"))
    elif specs is None:
        missing(peers.NO_SPECS)
    else:
        servers["Prism"] = partial(peers.two_prisms, specs)
    return servers


def _verdict(case: Callable[[World], None], world: World) -> str:
    """Run one case, and leave the pool's numbers free for the next."""
    try:
        case(world)
    except NotThere:
        return "not there"
    except Differs as differs:
        return f"no: {differs}"
    except (KeyError, TypeError, ValueError, IndexError) as error:  # an answer without the field that was asked for
        return f"no: {type(error).__name__} {error}"
    finally:
        with suppress(OSError, HTTPException):
            world.tidy()
    return "yes"


if __name__ == "__main__":
    main()
