"""The actors of scenario `busy`: its services, their texts and senders, and their recipients.

All numbers are fictional: 555-01xx in North America (senders end in 00, people in 10 to 99), Ofcom's range for drama in
Britain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from msvc_toolkit.rules import segments
from msvc_toolkit.sandbox.messages import opt_out
from msvc_toolkit.sandbox.resources.api.number_inventory import regions
from msvc_toolkit.sandbox.scenarios.busy.incidents import Roles
from msvc_toolkit.sandbox.scenarios.busy.traffic import Actors, Array, Dice


@dataclass(frozen=True)
class BusyService:
    """One Messaging Service of the scenario.

    Args:
        name: Its friendly name.
        usecase: Its use case.
        share: Its share of the ordinary traffic, in hundredths.
        senders: Its pool, the busiest first.
        country: Where its recipients live.
        texts: Its texts; ``%06d`` is a number that varies.
    """

    name: str
    usecase: str
    share: int
    senders: tuple[str, ...]
    country: str
    texts: tuple[str, ...]


PLAIN = "Acme Deli: your order %06d is packed and on its way. Track it at acme.example/o and enjoy your provolone."
UCS2_TEXT = PLAIN.replace("provolone", "Curaçao")
"""The same with a letter that GSM-7 lacks and Smart Encoding does not replace, so that one segment becomes two."""
CLUB = (
    "Acme Deli club: your points are worth a free sandwich. Show code %06d in any shop until Sunday evening, or order at "
    "acme.example/club before we close at eight. Reply STOP to opt out."
)
OFFERED = {
    "us_app_to_person_usecase": "MARKETING",
    "description": "Acme Deli sends its offers of the week to customers who asked for them at a shop or on acme.example: "
    "what is cheaper, and until when. One to two messages a week, to nobody else.",
    "message_flow": "Customers sign up for offers at https://acme.example/club. The form has a checkbox of its own, not "
    "checked: I agree to receive recurring marketing text messages from Acme Deli at this number. Consent is not a "
    "condition of any purchase. Up to 2 messages a week. Message and data rates may apply. Reply STOP to opt out, HELP "
    "for help. Privacy policy: https://acme.example/privacy. Terms: https://acme.example/terms.",
    "message_samples": [
        "Acme Deli: this week all cheese is cheaper with code [code]. See https://acme.example/week. Reply STOP to opt out.",
        "Acme Deli club: your points are worth a free sandwich. Show this text in any shop. Reply STOP to opt out.",
    ],
    "has_embedded_links": True,
}
CARED = {
    "us_app_to_person_usecase": "CUSTOMER_CARE",
    "description": "Messages to people who wrote to our customer care before.",
    "message_flow": "People give us their number on the phone, and then we write to them.",
    "message_samples": ["We looked into your case, see https://bit.ly/acme-case.", "Can we call you today about it?"],
    "has_embedded_links": True,
}
CODED = {
    "us_app_to_person_usecase": "2FA",
    "description": "Acme Deli sends a sign-in code to customers who sign in to their account on acme.example with their "
    "phone number. One message for each sign-in, and nothing else.",
    "message_samples": [
        "[code] is your Acme Deli code. Never share it. Reply STOP to opt out.",
        "Acme Deli: use [code] to sign in. Nobody from Acme will ask for it. Reply STOP to opt out.",
    ],
}
"""Texts of the brand's other campaigns; that of customer care is refused."""
ORDERS, OFFERS, CODES, CARE, CANADA, BRITAIN = range(6)
SERVICES = (
    BusyService(
        "Order updates", "notifications", 46,
        ("+14155550100", "+12125550100", "+13125550100", "+17135550100", "+13055550100", "+12065550100"), "US",
        (PLAIN, "Acme Deli: order %06d was delivered. Anything wrong? Just answer this text.",
         "Acme Deli: we got your order %06d. Reply STOP to get no more updates."),
    ),
    BusyService(
        "Offers", "marketing", 20, ("+17025550100", "+14045550100", "+15125550100", "+16025550100"), "US",
        ("Acme Deli: this week all cheese is cheaper with code %06d. See acme.example/week. Reply STOP to opt out.",
         CLUB),
    ),
    BusyService("Sign-in codes", "verification", 16, ("894546",), "US", ("%06d is your Acme code. Never share it.",)),
    BusyService(
        "Customer care", "discussion", 10, ("+18885550100",), "US",
        ("Acme care: we looked into case %06d and sent a refund.", "Acme care: case %06d, can we call you today?"),
    ),
    BusyService(
        "Orders in Canada", "notifications", 5, ("+14165550100", "+16045550100"), "CA",
        ("Acme Deli: order %06d has left our Toronto kitchen.",),
    ),
    BusyService(
        "Orders in Britain", "notifications", 3, ("+447400123456",), "GB",
        ("Acme Deli: your order %06d is out for delivery.",),
    ),
)  # fmt: skip
FILTERED, SCRIPT = "+14045550100", "+16465550100"
OUTSIDE = ((SCRIPT, "Warehouse script"), ("+18085550100", "Honolulu, unused"), ("+447400123457", "London, unused"))
"""Numbers in no service; the first sends all the same, and is not registered."""
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
