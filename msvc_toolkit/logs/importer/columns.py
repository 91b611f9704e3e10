"""The one table of column names: what exports, tools and pipelines call a field of a message.

Source: Messages resource; BulkExport file format; Console CSV as public programs read it (it is not documented);
twilio-cli, twilio-node and twilio-python output; status webhooks (SmsSid, MessageStatus); Airbyte, singer and fivetran
sources for Twilio; all looked up 2026-11-23 to 2026-11-30. Names that no such source has are plain words for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

FIELDS: Mapping[str, tuple[str, ...]] = {
    "sid": ("sid", "id", "uri", "url"),
    "account_sid": ("accountsid", "account", "accountid", "subaccountsid"),
    "date_created": tuple(
        "datecreated createddate createdat created createdon createdtime createtime timecreated creationdate "
        "creationtime datequeued queueddate queuedat".split()
    ),
    "date_sent": ("datesent", "sentdate", "sentat", "senton", "senttime", "timesent", "senddate", "sendtime", "sent"),
    "date_updated": ("dateupdated", "updateddate", "updatedat", "updated", "updatedon", "lastupdated", "lastmodified"),
    "date": ("date", "datetime", "timestamp", "time", "start", "starttime", "startdate", "datereceived", "receivedat"),
    "direction": ("direction",),
    "status": ("status", "sendstatus", "deliverystatus", "currentstatus", "finalstatus", "state"),
    "error_code": ("errorcode", "errcode", "errornumber", "error"),
    "messaging_service_sid": ("messagingservicesid", "messagingservice", "messagingserviceid", "servicesid"),
    "num_segments": ("numsegments", "segments", "segmentcount", "numberofsegments", "segmentscount"),
    "num_media": ("nummedia", "mediacount", "numberofmedia", "media"),
    "price": ("price", "cost", "amount", "charge"),
    "price_e5": ("pricee5",),
    "price_unit": ("priceunit", "priceunits", "currency", "pricecurrency", "currencycode", "unit"),
    "from": ("from", "fromnumber", "fromphone", "fromphonenumber", "fromaddress", "sender", "sendernumber", "senderid"),
    "to": ("to", "tonumber", "tophone", "tophonenumber", "toaddress", "recipient", "recipientnumber", "destination"),
    "body": ("body", "text", "content", "message"),
}
"""Each field's names, the surest first, in small letters and without anything between them. `date` is a day or time of
which a file does not say what happened then; it is used where a row has neither of the first two dates."""

DATES = ("date_created", "date_sent", "date", "date_updated")
"""Fields that can say when a message was, in the order they are used."""

_PREFIXES = ("message", "messages", "sms", "msg", "twilio", "data", "record", "airbytedata", "properties", "payload")
"""What tools put before a name, as in MessageStatus, message_from or data.sid."""
_RANKS = {name: (field, rank) for field, names in FIELDS.items() for rank, name in enumerate(names)}
_HINT = re.compile(r"(.+?)[\s_.-]*[(\[](.*)[)\]]|(.+?)[\s_.-]*(utc|gmt|local|usd|eur|gbp)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Known:
    """What a file's column is taken for.

    Args:
        field: Of `FIELDS`.
        rank: How sure the name is; 0 is the surest.
        hint: What the name says of its values, such as UTC in ``Date sent (UTC)``.
    """

    field: str
    rank: int
    hint: str = ""


class Names:
    """What the names of columns mean.

    Args:
        given: Fields by the name of their column, where a person has said so.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = {name.strip(): field for name, field in (given or {}).items()}

    def known(self, name: str) -> Known | None:
        """Return what a column's name means, None for one that is not needed."""
        field = self._given.get(name.strip())
        if field:
            return Known(field, -1)
        found = _known(name)
        return None if found and found.field in self._given.values() else found

    def fields(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Return the columns of each field that there is, the surest first."""
        found: dict[str, list[tuple[int, str]]] = {}
        for name in names:
            if meant := self.known(name):
                found.setdefault(meant.field, []).append((meant.rank, name))
        return {
            field: [name for _, name in sorted(columns, key=lambda one: one[0])] for field, columns in found.items()
        }


@lru_cache(maxsize=4096)
def _known(name: str) -> Known | None:
    if found := _direct(name):
        return Known(*found)
    hinted = _HINT.fullmatch(name.strip())
    found = _direct(hinted[1] or hinted[3]) if hinted else None
    return Known(*found, hint=hinted[2] or hinted[4] or "") if hinted and found else None


def _direct(name: str) -> tuple[str, int] | None:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _RANKS:
        return _RANKS[plain]
    for prefix in _PREFIXES:
        rest = plain.removeprefix(prefix)
        if rest not in ("", plain) and (found := _direct(rest)):
            return found[0], found[1] + len(_RANKS)
    return None
