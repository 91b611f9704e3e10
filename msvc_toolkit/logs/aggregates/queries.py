"""The SQL of a message log: what a table of sums has, how rows become one, and how its hours become times of a zone.

A table of sums is a log with a weight: `n` messages that agree in its keys, and what they add up to. Each measure is one
group-by over it. It is the same SQL over single rows, whose weight is 1, and over rows that another engine has grouped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msvc_toolkit.logs.time_zones import offsets
from msvc_toolkit.rules import quiet_hours
from msvc_toolkit.rules.opt_outs import REFUSED

TEXTS = ("number", "kind", "messaging_service_sid", "direction", "status", "country", "encoding", "odd")
KEYS = (*TEXTS, "hour", "error_code", "price_unit")
"""What a table of sums is grouped by. An absent text is empty, an absent number 0, and an absent date a null in `hour`."""
SUMS = {
    **dict.fromkeys(("n", "segments", "price_e5", "priced", "stops", "starts", "helps", "waited", "late"), "sum"),
    "first": "min",
    "last": "max",
}
"""What it adds up, and how: messages, segments, cost, messages with a price, texts that said a keyword, messages that went
out whose end is known and those of them that came late; and the first and last hour."""
RARE = ("odd", "waited", "late")
"""Left out of sums by day: these would be far more, and few measures need them."""
DAY_TEXTS = tuple(name for name in (*TEXTS, "price_unit") if name not in RARE)
"""The texts in sums by day."""
MATURITY = timedelta(hours=72)
"""After this, a message that is still `sent` counts as unknown: its receipt will not come.

Ours: receipts are seen up to three days late. Twilio promises none. Source: guide "Track the message status of outbound
messages", read 2026-11-23."""
OPTED_OUT = REFUSED
"""What a message carries that was refused because its recipient has left."""
LATE_SECONDS = 3600
"""A message that takes longer than an hour to its end is late: most take seconds, and nobody waits so long for a code."""
EXACT = 64
"""Waits of fewer seconds than this are exact in a histogram; longer ones fall into 32 steps to each doubling."""

WEIGHTED = (
    "*, 1::BIGINT AS weight, num_segments AS segments, (price_e5 IS NOT NULL)::INT AS priced, (keyword = 'stop')::INT AS stops, "
    "(keyword = 'start')::INT AS starts, (keyword = 'help')::INT AS helps, "
    "(final_seconds IS NOT NULL AND direction <> 'inbound')::INT AS waited, "
    f"(final_seconds >= {LATE_SECONDS} AND direction <> 'inbound')::INT AS late, "
    "hour AS first, hour AS last, date_created AS minute"
)
"""Single rows with the weights of one message."""
_NAMED = {"price_unit": "upper(coalesce(price_unit, ''))", "error_code": "coalesce(error_code, 0)::INT"}

TIMES = ("hour", "day", "week", "month", "weekday", "hour_of_day")
"""What time can be grouped by: hours are aware; days, weeks (from Monday) and months their first midnight; weekdays 0 to
6 from Monday; all in the zone of the question."""

ONE_EACH = ("sum(weight)", "count(*)")
"""What adds up the weights of single rows, and what is quicker."""


def words(*sql: str) -> set[str]:
    """Return the words of SQL texts, among them the columns they read."""
    return {word for text in sql for word in re.findall(r"\w+", text)}


def timestamp(of: datetime) -> str:
    """Write a time of naive UTC as SQL."""
    return f"TIMESTAMP '{of:%Y-%m-%d %H:%M:%S.%f}'"


def aged(until: datetime, hour: str = "hour") -> str:
    """Write the SQL of messages that were older than `MATURITY` at a time."""
    return f"coalesce({hour} <= {timestamp(until - MATURITY)}, false)"


def grouped(columns: Iterable[str], grain: str, until: datetime | None = None) -> str:
    """Make a table of sums of rows; `until`, up to when the log knows what happened, is needed for ``aged``.

    Rows are grouped by what they hold, and named afterwards, which is far less work; so a column that is missing in some rows
    and empty in others gives two groups of one name.
    """
    # The rows may have been cut to the columns that are read, so that a quarter is all they have of the hour.
    whole = "date_trunc('hour', quarter)" if grain == "quarter" else "hour"
    old = aged(until, whole) if until else "false"
    hour = {"day": "date_trunc('day', hour)", "hour": "hour", "quarter": "quarter"}[grain]
    raw, named = [], []
    for name in dict.fromkeys(columns):
        if how := SUMS.get(name):
            raw.append("sum(weight) AS n" if name == "n" else f"{how}({name}) AS {name}")
            named.append(name if how != "sum" else f"coalesce({name}, 0)::BIGINT AS {name}")
        else:
            raw.append({"hour": f"{hour} AS hour", "aged": f"{old} AS aged"}.get(name, name))
            text = "hour" if name == "hour" else "aged" if name == "aged" else f"coalesce({name}, '')"
            named.append(f"{_NAMED.get(name, text)} AS {name}")
    return f"SELECT {', '.join(named)} FROM (SELECT {', '.join(raw)} FROM msvc_rows GROUP BY ALL)"


def create_words(column: str, table: str) -> str:
    """Make a type of the texts of a column: DuckDB groups by the places of words faster than by the words."""
    return f"CREATE OR REPLACE TYPE word_{column} AS ENUM (SELECT DISTINCT {column} FROM {table} ORDER BY ALL)"


def days(table: str, hours: str, until: datetime) -> str:
    """Read sums by day, texts as `create_words` made them; the day in which messages become old is made of its hours."""
    day, old = f"DATE '{until - MATURITY:%Y-%m-%d}'", f"{aged(until)} AS aged"
    texts = ", ".join(f"{name}::word_{name} AS {name}" for name in DAY_TEXTS)
    rest = ", ".join(name for name in (*KEYS, *SUMS) if name not in {"hour", *RARE, *DAY_TEXTS})
    whole = f"FROM {table} SELECT {texts}, {rest}, hour, {old} WHERE coalesce(hour <> {day}, true)"
    cut = f"FROM {hours} SELECT {texts}, {rest}, date_trunc('day', hour) AS hour, {old} WHERE hour::DATE = {day}"
    return f"{whole} UNION ALL {cut}"


def measured(keys: Mapping[str, str], sums: Mapping[str, str], where: str = "true", table: str = "sums") -> str:
    """Write a measure of a table of sums: groups in their order, or one of all; keys and sums are SQL by name."""
    added = [
        f'{sql} AS "{name}"' if sql.startswith(("min(", "max(")) else f'coalesce({sql}, 0)::BIGINT AS "{name}"'
        for name, sql in sums.items()
    ]
    columns = ", ".join([*(f"{sql} AS {name}" for name, sql in keys.items()), *added])
    return f"SELECT {columns} FROM {table} WHERE {where} GROUP BY ALL ORDER BY ALL"


def narrowed(keys: Mapping[str, str], sums: Mapping[str, str], where: str = "true") -> str:
    """Write a smaller table of sums that gives the same measure for any senders."""
    read = words(*sums.values())
    carried = {name: name for name in (*KEYS, "aged") if name == "number" or name in read}
    added = [
        f"{how}({name})" + ("::BIGINT" if how == "sum" else "") + f" AS {name}"
        for name, how in SUMS.items()
        if name in read
    ]
    columns = [*(f"{sql} AS {name}" for name, sql in {**carried, **keys}.items()), *added]
    return f"SELECT {', '.join(columns)} FROM sums WHERE {where} GROUP BY ALL"


def times(
    keys: Sequence[str], zone: str, span: tuple[datetime, datetime] | None, column: str = "hour"
) -> dict[str, str]:
    """Write the times of a zone's wall clock that are grouped by; ``hour`` is the begin of its hour, in UTC.

    An hour that the zone has twice, as its clocks go back, is two hours and one hour of day; the one it skips does not occur.
    The zone's offsets come from Python, so that every engine agrees about them. `span` is the first and the last hour there are.
    """
    local = _local(column, zone, span)
    known_times = {
        "hour": f"{column} - to_minutes(minute({local}))",
        "day": f"date_trunc('day', {local})",
        "week": f"date_trunc('week', {local})",
        "month": f"date_trunc('month', {local})",
        "weekday": f"(isodow({local}) - 1)::INT",
        "hour_of_day": f"hour({local})::INT",
    }
    return {key: known_times.get(key, key) for key in keys}


def _local(column: str, zone: str, span: tuple[datetime, datetime] | None) -> str:
    """Write a time of UTC as a zone's wall clock has it."""
    known = offsets(zone, *span) if span else []
    if not any(offset for _, offset in known):
        return column
    later = ((timestamp(since), int(offset.total_seconds())) for since, offset in known[:0:-1])
    cases = " ".join(f"WHEN {column} >= {since} THEN {seconds}" for since, seconds in later)
    first = int(known[0][1].total_seconds())
    return f"({column} + to_seconds({f'CASE {cases} ELSE {first} END' if cases else first}))"


def waits(keys: Mapping[str, str], wait: str, where: str = "true") -> str:
    """Count rows by how long they waited, in whole seconds: by the begin of each step."""
    step = f"(1::BIGINT << least(floor(log2({wait} + 0.5))::INT - {EXACT.bit_length() - 2}, 20))"
    seconds = f"CASE WHEN {wait} < {EXACT} THEN {wait} ELSE {wait} - {wait} % {step} END"
    named = {name: f"coalesce({sql}, '')" if sql in TEXTS else sql for name, sql in keys.items()}
    return measured(
        {**named, "seconds": seconds},
        {"n": "sum(weight)"},
        f"direction <> 'inbound' AND {wait} IS NOT NULL AND {where}",
        "msvc_rows",
    )


SENT_OUT = "direction NOT IN ('inbound', 'outbound-reply')"
"""Messages that went out and are no answers."""
_NOT_SENT = ("accepted", "canceled", "failed", "queued", "scheduled")


def quiet(keys: Sequence[str], where: str, span: tuple[datetime, datetime]) -> str:
    """Count the messages that were sent to US numbers, by their recipients' clocks, and those in quiet hours.

    A message counts by when it was sent, to the minute; where that is not known, by when it was created. Answers, what was never
    sent and numbers without a known area code are left out. `keys` are columns of the log, ``state``, ``weekday`` and
    ``hour_of_day``; `span` is the first and the last hour there are.
    """
    places, everywhere = quiet_hours.places(), quiet_hours.federal()
    zones = sorted({place.zone for place in places.values()})
    longer = {code: quiet_hours.state_hours().get(place.state, everywhere) for code, place in places.items()}
    table = ", ".join(
        f"('{code}', '{place.state}', {zones.index(place.zone)}, {hours.begin}, {hours.end}, {hours.sunday_end})"
        for (code, place), hours in zip(places.items(), longer.values(), strict=True)
    )
    cases = " ".join(f"WHEN {at} THEN {_local('sent', zone, span)}" for at, zone in enumerate(zones))
    named = {name: f"coalesce({name}, '')" if name in TEXTS else name for name in keys}
    sums = {
        "n": "sum(weight)",
        "federal": f"sum(weight) FILTER (hour_of_day < {everywhere.end} OR hour_of_day >= {everywhere.begin})",
        "quiet": f"sum(weight) FILTER (hour_of_day < CASE weekday WHEN {quiet_hours.SUNDAY} THEN sunday_end ELSE morning END "
        "OR hour_of_day >= evening)",
    }
    return (
        "WITH there AS (SELECT *, date_trunc('minute', minute) + to_seconds(coalesce(sent_seconds, 0)) AS sent FROM msvc_rows JOIN "
        f"(VALUES {table}) AS place(code, state, zone, evening, morning, sunday_end) ON area_code = code "
        f"WHERE country = 'US' AND {SENT_OUT} AND coalesce(status, '') NOT IN {_NOT_SENT} AND minute IS NOT NULL AND {where}), "
        f"placed AS (SELECT *, CASE zone {cases} END AS local FROM there), "
        "timed AS (SELECT *, (isodow(local) - 1)::INT AS weekday, hour(local)::INT AS hour_of_day FROM placed) "
        + measured(named, sums, table="timed")
    )


WAITS = {"sent_seconds": "created to sent", "final_seconds": "sent to final"}
"""The columns of waits, and what they are called."""
PLACE = ("number", "kind", "messaging_service_sid", "country")
"""What waits can be grouped by, besides times."""


def hours(number: str = "number", where: str = "true") -> str:
    """By sender and hour, the most segments and messages of one minute, and how many messages there were.

    Minutes are grouped by hashes of senders, which takes less time than their texts do; see `PAIRS`. `number` is the column of
    what counts as a sender: ``number``, or what shares a rate.
    """
    return (
        f"WITH minutes AS (SELECT hash({number}, kind) AS sender, (epoch_us(minute) // 60000000)::INT AS minute, "
        "sum(weight) AS n, coalesce(sum(segments), 0) AS segments FROM msvc_rows WHERE direction <> 'inbound' "
        f"AND {number} <> '' AND minute IS NOT NULL AND {where} GROUP BY ALL), "
        "hours AS (SELECT sender, minute // 60 AS hour, max(segments)::BIGINT AS peak, max(n)::BIGINT AS peak_messages, "
        "sum(n)::BIGINT AS n FROM minutes GROUP BY ALL), "
        f"senders AS MATERIALIZED (SELECT DISTINCT {number} AS number, kind FROM msvc_rows) "
        "SELECT number, coalesce(kind, '') AS kind, make_timestamp(hour * 3600000000) AS hour, peak, peak_messages, n "
        "FROM hours JOIN senders ON sender = hash(number, kind)"
    )


PEAKS = (
    "SELECT number, kind, sum(n)::BIGINT AS n, max(peak) AS peak, max(peak_messages) AS peak_messages, "
    "arg_max(hour, (peak, -epoch_us(hour))) AS hour, any_value(most) AS most, "
    "count(*) FILTER (peak > most) AS hours_over FROM hours JOIN limits USING (number) GROUP BY ALL"
)
"""Of each sender the busiest minute and, of several equal ones, the earliest; and the hours with a minute over its limit."""
SHARED = "kind = 'local' AND country = 'US'"
"""What shares the rate of its service's campaign."""

PAIRS = (
    "WITH people AS (SELECT hash(messaging_service_sid) AS service, sum(weight) AS n, min(hash(number)) AS first, "
    "max(hash(number)) AS last FROM msvc_rows WHERE direction <> 'inbound' AND messaging_service_sid <> '' AND number <> '' "
    "GROUP BY service, hash(peer)), counted AS MATERIALIZED (SELECT service, count(*) AS people, "
    "count(*) FILTER (n > 1) AS repeated, count(*) FILTER (first <> last) AS broken, sum(n)::BIGINT AS total, "
    "coalesce(sum(n) FILTER (first <> last), 0)::BIGINT AS broken_n FROM people GROUP BY ALL), "
    "services AS MATERIALIZED (SELECT DISTINCT messaging_service_sid FROM msvc_rows) "
    "SELECT messaging_service_sid, people, repeated, broken, total AS n, broken_n "
    "FROM counted JOIN services ON service = hash(messaging_service_sid) ORDER BY ALL"
)
"""By service: people it wrote to, again, and from two senders or more, with the messages to these.

Grouping by hashes takes half of the memory. They differ between versions of DuckDB, so none is ever kept."""

_THREAD = "hash(coalesce(nullif(messaging_service_sid, ''), nullif(number, ''), ''), peer)"
LEAVERS = (
    f"WITH said AS MATERIALIZED (SELECT {_THREAD} AS thread, date_created, max(keyword) AS keyword FROM msvc_rows "
    "WHERE direction = 'inbound' AND keyword IN ('stop', 'start') AND date_created IS NOT NULL GROUP BY ALL), "
    f"went AS (SELECT {_THREAD} AS thread, date_created, number, messaging_service_sid, peer, "
    f"coalesce(error_code, 0) = {OPTED_OUT} AS refused FROM msvc_rows WHERE direction <> 'inbound' AND (error_code = {OPTED_OUT} "
    "OR (direction <> 'outbound-reply' AND coalesce(status, '') NOT IN ('failed', 'canceled') AND peer <> '' "
    f"AND {_THREAD} IN (SELECT thread FROM said WHERE keyword = 'stop')))) "
    "SELECT coalesce(number, '') AS number, coalesce(messaging_service_sid, '') AS messaging_service_sid, "
    "coalesce(peer, '') AS peer, went.date_created, refused FROM went "
    "ASOF LEFT JOIN said ON went.thread = said.thread AND went.date_created > said.date_created "
    "WHERE refused OR keyword = 'stop'"
)
"""Messages to people who had said stop and not start since: those that were refused, and those that went out.

Of one second, stop is taken to come last, and what is said to come after what is sent."""
AFTER_STOP = (
    "SELECT {by}, count(DISTINCT peer) AS people, count(*) AS n, count(*) FILTER (refused)::INT AS refused, "
    "count(*) FILTER (NOT refused) AS went_out, min(date_created) AS first, max(date_created) AS last "
    "FROM leavers GROUP BY ALL ORDER BY n DESC, {by}"
)
