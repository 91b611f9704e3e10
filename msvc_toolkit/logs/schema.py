"""The columns of a stored message log: content, unit and origin.

One row is one message, in its newest known state. Bodies are not kept unless asked for; the columns `keyword`, `encoding`,
`odd` and `template` are worked out from them on arrival.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

_WHEN = pa.timestamp("us")  # naive, and always UTC: an engine's session zone can then move nothing


@dataclass(frozen=True)
class Column:
    """One column of a stored log: its name and type, what it holds, and whether it is derived from others."""

    name: str
    type: pa.DataType
    holds: str
    derived: bool = False


COLUMNS = (
    Column("sid", pa.string(), "The message's SID, SM or MM; one row each."),
    Column("date_created", _WHEN, "When Twilio accepted it, UTC. It never changes, so it decides in which day's file a row is kept. Null if an imported file has no date: the row counts, but on no day."),
    Column("date_sent", _WHEN, "When Twilio sent it on or, if it is inbound, received it; null before that."),
    Column("date_updated", _WHEN, "When it last changed, including its price."),
    Column("direction", pa.string(), "inbound, outbound-api, outbound-call or outbound-reply."),
    Column("status", pa.string(), "Twilio's word, as last seen; unknown words are kept."),
    Column("error_code", pa.int32(), "Twilio's error code; null for none."),
    Column("messaging_service_sid", pa.string(), "The service it was sent with, MG; null for none."),
    Column("num_segments", pa.int32(), "Segments; 0 while none is known."),
    Column("num_media", pa.int32(), "Media."),
    Column("price_e5", pa.int64(), "Cost in hundred-thousandths of `price_unit`, positive; null while there is no price."),
    Column("price_unit", pa.string(), "ISO 4217 currency in small or capital letters as Twilio gave it; null in export files."),
    Column("number", pa.string(), "The account's side, E.164 or sender ID: `from` if outbound, `to` if inbound; null before a sender was chosen.", derived=True),
    Column("peer", pa.string(), "The other side, usually a phone.", derived=True),
    Column("kind", pa.string(), "What `number` is: local, mobile, toll-free, short code, alphanumeric, channel; null without one.", derived=True),
    Column("country", pa.string(), "ISO 3166 country of `peer` by its numbering plan; null where unknown.", derived=True),
    Column("area_code", pa.string(), "Area code of `peer` in the US and Canada, null elsewhere.", derived=True),
    Column("hour", _WHEN, "`date_created` rounded down to the hour.", derived=True),
    Column("quarter", _WHEN, "`date_created` rounded down to 15 minutes; needed by time zones such as India's (UTC+5:30).", derived=True),
    Column("sent_seconds", pa.int64(), "Seconds from created to sent; null when it was not sent.", derived=True),
    Column("final_seconds", pa.int64(), "Seconds from sent to the last change, once the status is final. The status may have come earlier, since a late price is a change too; null otherwise.", derived=True),
    Column("keyword", pa.string(), "stop, start or help when an inbound text is only that word; null otherwise.", derived=True),
    Column("encoding", pa.string(), "GSM-7 or UCS-2 by the body, as sent; null without one.", derived=True),
    Column("odd", pa.string(), "The first character that forces UCS-2; null when none does.", derived=True),
    Column("template", pa.string(), "Eight hex digits, the same for bodies that differ only in digits; null without a body.", derived=True),
    Column("body", pa.string(), "The text; null unless bodies were asked for."),
)  # fmt: skip
"""In their order on disk. Source: Messages resource and BulkExport file format, read 2026-11-23."""

SCHEMA = pa.schema([(column.name, column.type) for column in COLUMNS])
"""The Arrow schema of every part of a stored log."""
