"""The SQL of a message log: the columns of a table of sums, how rows are summed, and how its hours become times of a zone.

A table of sums is a log with weights: each row stands for `n` messages with the same keys, and has their sums. Each measure
is one group-by over it. The same SQL works on single rows, whose weight is 1, and on rows that another engine has grouped.
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
"""The keys of a table of sums. A missing text is empty, a missing number 0, and a missing date a null in `hour`."""
SUMS = {
    **dict.fromkeys(("n", "segments", "price_e5", "priced", "stops", "starts", "helps", "waited", "late"), "sum"),
    "first": "min",
    "last": "max",
}
"""The sums of it: messages, segments, cost, messages with a price, texts with a keyword, outgoing messages with a known end
and the late ones of them; and the first and last hour."""
RARE = ("odd", "waited", "late")
"""Keys left out of sums by day: they would multiply the rows, and few measures need them."""
DAY_TEXTS = tuple(name for name in (*TEXTS, "price_unit") if name not in RARE)
"""The texts in sums by day."""
MATURITY = timedelta(hours=72)
"""After this, a message that is still `sent` counts as unknown: its receipt will not come.

Ours: receipts are seen up to three days late. Twilio promises none. Source: guide "Track the message status of outbound
messages", read 2026-11-23."""
OPTED_OUT = REFUSED
"""The error code of a message that was refused because its recipient opted out."""
LATE_SECONDS = 3600
"""A message that reaches its end after more than an hour is late: most take seconds, and nobody waits so long for a code."""
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
"""The times to group by, in the zone of the question: hours (aware), days, weeks (from Monday) and months (their first
midnight), and weekdays (0 is Monday)."""

ONE_EACH = ("sum(weight)", "count(*)")
"""Sums of weights that are always 1, and faster SQL for them."""


def words(*sql: str) -> set[str]:
    """Return the words in SQL texts, which include the columns that they read."""
    return {word for text in sql for word in re.findall(r"\w+", text)}


def timestamp(of: datetime) -> str:
    """Return a time of naive UTC as SQL."""
    return f"TIMESTAMP '{of:%Y-%m-%d %H:%M:%S.%f}'"


def aged(until: datetime, hour: str = "hour") -> str:
    """Return the SQL condition for messages older than `MATURITY` at a time."""
    return f"coalesce({hour} <= {timestamp(until - MATURITY)}, false)"


def grouped(columns: Iterable[str], grain: str, until: datetime | None = None) -> str:
    """Return the SQL that sums rows into a table of sums; `until`, the time up to which the log is current, is needed for ``aged``.

    Rows are grouped by their stored values and named afterwards, which is much faster; so a column that is null in some rows
    and empty in others gives two groups with the same name.
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
    """Make an ENUM type of a column's texts, because DuckDB groups by an ENUM faster than by text."""
    return f"CREATE OR REPLACE TYPE word_{column} AS ENUM (SELECT DISTINCT {column} FROM {table} ORDER BY ALL)"


def days(table: str, hours: str, until: datetime) -> str:
    """Read sums by day, with texts as types of `create_words`; the day in which messages reach `MATURITY` is summed from its hours."""
    day, old = f"DATE '{until - MATURITY:%Y-%m-%d}'", f"{aged(until)} AS aged"
    texts = ", ".join(f"{name}::word_{name} AS {name}" for name in DAY_TEXTS)
    rest = ", ".join(name for name in (*KEYS, *SUMS) if name not in {"hour", *RARE, *DAY_TEXTS})
    whole = f"FROM {table} SELECT {texts}, {rest}, hour, {old} WHERE coalesce(hour <> {day}, true)"
    cut = f"FROM {hours} SELECT {texts}, {rest}, date_trunc('day', hour) AS hour, {old} WHERE hour::DATE = {day}"
    return f"{whole} UNION ALL {cut}"


def measured(keys: Mapping[str, str], sums: Mapping[str, str], where: str = "true", table: str = "sums") -> str:
    """Return the SQL of a measure on a table of sums: sorted groups, or one total. `keys` and `sums` map column names to SQL."""
    added = [
        f'{sql} AS "{name}"' if sql.startswith(("min(", "max(")) else f'coalesce({sql}, 0)::BIGINT AS "{name}"'
        for name, sql in sums.items()
    ]
    columns = ", ".join([*(f"{sql} AS {name}" for name, sql in keys.items()), *added])
    return f"SELECT {columns} FROM {table} WHERE {where} GROUP BY ALL ORDER BY ALL"


def narrowed(keys: Mapping[str, str], sums: Mapping[str, str], where: str = "true") -> str:
    """Return the SQL of a smaller table of sums that gives the same measure for any senders."""
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
    """Return the SQL of the local times to group by; ``hour`` is the start of the hour, in UTC.

    When clocks go back, the repeated hour counts as two hours but one hour of the day; an hour that clocks skip does not occur.
    The zone's offsets come from Python, so that every engine agrees about them. `span` is the first and the last hour of the log.
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
    """Return the SQL that counts rows by waiting time in whole seconds, as the start of each step."""
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
"""The condition for outgoing messages that are not answers."""
_NOT_SENT = ("accepted", "canceled", "failed", "queued", "scheduled")


def quiet(keys: Sequence[str], where: str, span: tuple[datetime, datetime]) -> str:
    """Count the messages that were sent to US numbers, by their recipients' clocks, and those in quiet hours.

    A message counts by the minute it was sent or, if that is not known, created. Answers, messages that were never sent and numbers
    without a known area code are left out. `keys` are columns of the log, ``state``, ``weekday`` and
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
"""The columns with waiting times, and their names."""
PLACE = ("number", "kind", "messaging_service_sid", "country")
"""The columns, besides times, by which waiting times can be grouped."""


def hours(number: str = "number", where: str = "true") -> str:
    """Return the SQL of each sender's busiest minute in each hour: its segments and messages, and the messages of the hour.

    Minutes are grouped by hashes of senders, which is faster than by text; see `PAIRS`. `number` is the column that identifies
    a sender: ``number``, or the service whose numbers share a rate.
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
"""The SQL of each sender's busiest minute (the earliest of equal ones), and of its hours with a minute over its limit."""
SHARED = "kind = 'local' AND country = 'US'"
"""The condition for messages that share the rate of their service's campaign."""

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
"""The SQL, by service, of the people it wrote to, those it wrote to again, and those who had two senders or more, with their messages.

Grouping by hashes takes half of the memory. Hashes differ between versions of DuckDB, so they are never stored."""

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
"""Messages to people whose last keyword was STOP: those that were refused, and those that went out.

Within one second, STOP is assumed to come last, and inbound texts after outgoing ones."""
AFTER_STOP = (
    "SELECT {by}, count(DISTINCT peer) AS people, count(*) AS n, count(*) FILTER (refused)::INT AS refused, "
    "count(*) FILTER (NOT refused) AS went_out, min(date_created) AS first, max(date_created) AS last "
    "FROM leavers GROUP BY ALL ORDER BY n DESC, {by}"
)
