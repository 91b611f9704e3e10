"""Numbers that US carriers deactivated on a day.

Source: Deactivations resource; error pages 30113, 30114, 30115 (read 2026-11-23). The file is a .txt behind an address
that is valid for two minutes; one E.164 number per line is our reading. Its numbers are fictional, a few for each day,
and the same for the same seed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from msvc_toolkit.sandbox.resources.api.number_inventory import regions
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.responses import Response, redirect
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, signed_url

FILE = "/_files/deactivations.txt"
FIRST = date(2020, 8, 27)
"""The first day there is a list of. Source: Deactivations resource."""
A_DAY = 20
"""Numbers of one list. Ours: enough to compare with a list of recipients."""


def numbers(key: str) -> list[str]:
    """Return the numbers of a day, from 555-0100 to 555-0199 of any area code; the hexadecimal key decides which."""
    seed, codes = int(key, 16), sorted(regions("US"))
    drawn_numbers = set()
    for digit in range(A_DAY):
        drawn = seed >> (digit * 4)
        drawn_numbers.add(f"+1{codes[drawn % len(codes)]}55501{drawn // len(codes) % 100:02}")
    return sorted(drawn_numbers)


def _fetch(call: Call) -> Response:
    text = dict(filters(call, ("Date",))).get("Date", "")
    try:
        day = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else "")
    except ValueError as error:
        raise Refusal(400, 30115, "Date is required, and is a day as YYYY-MM-DD") from error
    if day < FIRST:
        raise Refusal(400, 30113, f"There are no lists from before {FIRST}")
    if day >= datetime.fromtimestamp(call.now / 1000, UTC).date():
        raise Refusal(400, 30114, f"The list of {day} is not there yet; it is made when the day is over")
    return redirect(signed_url(call, FILE, Date=str(day)))


def _file(call: Call) -> Response:
    lines = numbers(call.store.digest(f"deactivations:{dict(call.query)['Date']}"))
    return Response(200, "".join(f"{line}\n" for line in lines).encode(), {"Content-Type": "text/plain"})


OPERATIONS = (
    Operation("GET", "/v1/Deactivations", _fetch),
    Operation("GET", FILE, _file, signed=True),
)
