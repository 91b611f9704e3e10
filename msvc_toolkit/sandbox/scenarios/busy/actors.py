"""The actors of scenario `busy`: its services, their texts and senders, and their recipients.

All numbers are fictional: 555-01xx in North America (senders end in 00, people in 10 to 99), and Ofcom's range for
drama in Britain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from msvc_toolkit.rules import facts, segments
from msvc_toolkit.sandbox.messages import opt_out
from msvc_toolkit.sandbox.resources.api.number_inventory import regions
from msvc_toolkit.sandbox.scenarios.busy.incidents import Roles
from msvc_toolkit.sandbox.scenarios.busy.traffic import Actors, Array, Dice


@dataclass(frozen=True)
class BusyService:
    """One Messaging Service of the scenario."""

    name: str
    usecase: str
    share: int  # its share of the ordinary traffic, in percent
    senders: list[str]  # its pool, the busiest first
    country: str  # where its recipients live
    texts: list[str]  # its texts; ``%06d`` is a number that varies


_ACME = facts.table("sandbox/scenarios/acme.toml")
OFFERED, CARED, CODED = _ACME["offers"], _ACME["care"], _ACME["codes"]
"""The texts of the brand's other campaigns."""
ORDERS, OFFERS, CODES, CARE, CANADA, BRITAIN = range(6)
SERVICES = tuple(BusyService(**service) for service in _ACME["service"])
PLAIN = SERVICES[ORDERS].texts[0]
UCS2_TEXT = PLAIN.replace("provolone", "Curaçao")
"""The same with a letter that GSM-7 lacks and Smart Encoding does not replace, so that one segment becomes two."""
FILTERED, SCRIPT = "+14045550100", "+16465550100"
OUTSIDE = ((SCRIPT, "Warehouse script"), ("+18085550100", "Honolulu, unused"), ("+447400123457", "London, unused"))
"""Numbers in no service; the first one sends messages although it is not registered."""
SENDERS = (*(address for entry in SERVICES for address in entry.senders), *(address for address, _ in OUTSIDE))

_SAID = ("Thanks!", "ok", "When will it arrive?", "Please leave it at the door", "Wrong address?", "Great 👍")
_STOPS = ("STOP", "Stop", "stop ", "UNSUBSCRIBE")
_SCRIPT_TEXT = "Pick-up %06d is ready at door 4."
_THANKS = "Thanks for your message. Acme will answer within the day."
TEXTS = (
    *(text for entry in SERVICES for text in entry.texts),
    _SCRIPT_TEXT,
    UCS2_TEXT,
    *_SAID,
    *_STOPS,
    "START",
    "HELP",
    *opt_out.TEXTS.values(),
    _THANKS,
)
_LANDLINES = 500
_DEAD = 10
"""Of a thousand numbers, how many are out of service."""
_TMOBILE = 300
"""Of a thousand American numbers, how many T-Mobile serves: about its share of the market."""


@cache
def people() -> tuple[str, ...]:
    """Return the numbers of all recipients: American, Canadian, British."""
    lines = range(110, 200)
    america = [f"+1{code}5550{line}" for country in ("US", "CA") for code in sorted(regions(country)) for line in lines]
    return (*america, *(f"+447700900{line:03}" for line in range(1000)))


def carriers(on_tmobile: Array) -> list[tuple[str, str]]:
    """Return the carrier of every American number, in the shares of the market."""
    american = 90 * len(regions("US"))
    others = ("AT&T", "Verizon", "AT&T", "Verizon", "AT&T", "Verizon", "another")
    served = on_tmobile[:american].tolist()
    return [
        (number, "T-Mobile" if mine else others[index % len(others)])
        for index, (number, mine) in enumerate(zip(people()[:american], served, strict=True))
    ]


def assemble(dice: Dice) -> tuple[Actors, Roles]:
    """Return the actors, and the roles they have in the incidents."""
    everybody = np.arange(len(people()))
    american, british = 90 * len(regions("US")), len(everybody) - 1000
    living = {"US": everybody[:american], "CA": everybody[american:british], "GB": everybody[british:]}
    shuffled = {country: dice.shuffle(numbers) for country, numbers in living.items()}
    landlines, mobiles = shuffled["US"][:_LANDLINES], shuffled["US"][_LANDLINES:]
    reached = {**shuffled, "US": mobiles}
    text = {body: index for index, body in enumerate(TEXTS)}
    counts = [segments.measure(body % 0 if "%" in body else body, smart_encoding=True).count for body in TEXTS]
    dead = dice.chance(_DEAD, len(everybody))
    dead[landlines] = False
    served = dice.chance(_TMOBILE, len(everybody)) & (everybody < american)
    served[landlines] = False
    actors = Actors(
        shares=np.array([entry.share for entry in SERVICES]),
        people=(*(reached[entry.country] for entry in SERVICES), mobiles),
        texts=(*(np.array([text[body] for body in entry.texts]) for entry in SERVICES), np.array([text[_SCRIPT_TEXT]])),
        senders=_senders(dice),
        dead=dead,
        segments=np.array(counts),
    )
    confirm = {word: text[body] for word, body in opt_out.TEXTS.items()}
    roles = Roles(
        campaigns=OFFERS,
        abroad=BRITAIN,
        filtered=SENDERS.index(FILTERED),
        landlines=landlines,
        on_tmobile=served,
        counted=np.array([index in (ORDERS, OFFERS) for index in range(len(SERVICES) + 1)]),
        heeds=np.array([index in (ORDERS, OFFERS, CARE, CANADA) for index in range(len(SERVICES) + 1)]),
        plain=text[PLAIN],
        ucs2=text[UCS2_TEXT],
        said=np.array([text[body] for body in _SAID]),
        stop=np.array([text[body] for body in _STOPS]),
        start=text["START"],
        help=text["HELP"],
        confirm_stop=confirm["STOP"],
        confirm_start=confirm["START"],
        confirm_help=confirm["HELP"],
        thanks=text[_THANKS],
    )
    return actors, roles


def _senders(dice: Dice) -> Array:
    """Return each service's sender for each recipient: of the same area code, else a fixed one."""
    area = np.array([number[:5] for number in people()])
    chosen = []
    for entry in SERVICES:
        first = SENDERS.index(entry.senders[0])
        weights = np.array([1000 // rank for rank in range(1, len(entry.senders) + 1)])  # Zipf's law
        row = first + dice.pick(weights, len(area))
        for index, address in enumerate(entry.senders):
            row[area == address[:5]] = first + index
        chosen.append(row)
    return np.array([*chosen, np.full(len(area), SENDERS.index(SCRIPT))])
