"""The measures of a message log as one would write them by hand: SQL for DuckDB, and Polars.

They are rivals for `log_measures.py` and `log_open.py`: written for speed, without our tables of sums, and compared with
ours by their sums. Both count percentiles of latency their own way, so of latency only the messages are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

_OPTED_OUT = 21610
_OUT = "direction <> 'inbound'"
_REACHED = "status IN ('delivered', 'read')"
_SCOPE = "coalesce(messaging_service_sid, number)"
SQL = {
    "volume": "SELECT number, date_trunc('day', date_created) AS day, count(*) AS n, sum(num_segments) AS segments FROM log GROUP BY ALL",
    "outcomes": f"SELECT number, count(*) AS n, count(*) FILTER ({_REACHED}) AS delivered, count(*) FILTER (status IN ('failed', 'undelivered')) AS failed FROM log WHERE {_OUT} GROUP BY ALL",
    "errors": f"SELECT error_code, price_unit, count(*) AS n, count(DISTINCT number) AS senders, sum(price_e5) AS price_e5, min(hour) AS first, max(hour) AS last FROM log WHERE {_OUT} AND error_code IS NOT NULL GROUP BY ALL",
    "heat": f"SELECT isodow(date_created) AS weekday, hour(date_created) AS hour_of_day, count(*) AS n, count(*) FILTER ({_REACHED}) AS delivered FROM log WHERE {_OUT} GROUP BY ALL",
    "replies": f"SELECT number, count(*) FILTER ({_OUT} AND direction <> 'outbound-reply' AND {_REACHED}) AS delivered, count(*) FILTER (direction = 'inbound' AND keyword IS NULL) AS replies, count(*) FILTER (keyword = 'stop') AS stops FROM log GROUP BY ALL",
    "spend": f"SELECT number, price_unit, count(*) FILTER ({_OUT}) AS n, sum(num_segments) FILTER ({_OUT}) AS segments, sum(price_e5) FILTER ({_OUT}) AS price_e5 FROM log GROUP BY ALL",
    "latency": f"SELECT number, approx_quantile(sent_seconds, [0.5, 0.9, 0.95, 0.99]) AS sent, approx_quantile(final_seconds, [0.5, 0.9, 0.95, 0.99]) AS final, count(sent_seconds) AS n, count(final_seconds) AS m FROM log WHERE {_OUT} GROUP BY ALL",
    "peaks": f"SELECT number, kind, sum(n) AS n, max(segments) AS peak FROM (SELECT number, kind, date_trunc('minute', date_created) AS minute, count(*) AS n, sum(num_segments) AS segments FROM log WHERE {_OUT} GROUP BY ALL) GROUP BY ALL",
    "choices": f"SELECT messaging_service_sid, country, area_code, number, kind, count(*) AS n FROM log WHERE {_OUT} AND direction <> 'outbound-reply' AND messaging_service_sid IS NOT NULL GROUP BY ALL",
    "stickiness": f"SELECT messaging_service_sid, count(*) AS people, count(*) FILTER (first <> last) AS broken FROM (SELECT messaging_service_sid, peer, min(number) AS first, max(number) AS last FROM log WHERE {_OUT} AND messaging_service_sid IS NOT NULL GROUP BY ALL) GROUP BY ALL",
    "after_stop": f"""
        WITH said AS (SELECT {_SCOPE} AS scope, peer, date_created, keyword FROM log WHERE keyword IN ('stop', 'start')),
        leavers AS (SELECT DISTINCT scope, peer FROM said WHERE keyword = 'stop'),
        sent AS (SELECT {_SCOPE} AS scope, messaging_service_sid, peer, date_created FROM log WHERE {_OUT} AND direction <> 'outbound-reply'
                 AND status NOT IN ('failed', 'canceled') AND coalesce(error_code, 0) <> 21610),
        near AS (SELECT * FROM sent SEMI JOIN leavers USING (scope, peer)),
        went AS (SELECT messaging_service_sid, near.peer, false AS refused FROM near ASOF JOIN said ON near.scope = said.scope
                 AND near.peer = said.peer AND near.date_created > said.date_created WHERE said.keyword = 'stop'),
        found AS (FROM went UNION ALL SELECT messaging_service_sid, peer, true FROM log WHERE {_OUT} AND error_code = 21610)
        SELECT messaging_service_sid, count(DISTINCT peer) AS people, count(*) AS n, count(*) FILTER (refused) AS refused FROM found GROUP BY ALL""",
    "idle": "SELECT number, count(*) AS n, max(date_created) AS last FROM log GROUP BY ALL",
    "characters": f"SELECT messaging_service_sid, odd, price_unit, count(*) AS n, sum(num_segments) AS segments FROM log WHERE {_OUT} AND odd IS NOT NULL GROUP BY ALL",
}
EXPLORER = {
    "volume": "SELECT date_trunc('day', date_created) AS day, status, count(*) AS n FROM log GROUP BY ALL ORDER BY ALL",
    "outcomes": SQL["outcomes"],
    "errors": SQL["errors"],
    "heat": SQL["heat"],
}
"""The four tables that an explorer opens with."""
COMPARED = {
    "volume": ("n", "segments"),
    "outcomes": ("n", "delivered", "failed"),
    "errors": ("n", "senders", "price_e5"),
    "heat": ("n", "delivered"),
    "replies": ("delivered", "replies", "stops"),
    "spend": ("n", "segments", "price_e5"),
    "latency": ("n",),
    "peaks": ("n", "peak"),
    "choices": ("n",),
    "stickiness": ("people", "broken"),
    "after_stop": ("people", "n", "refused"),
    "idle": ("n",),
    "characters": ("n", "segments"),
}
"""The columns whose sums are compared."""


def by_duckdb(folder: Path, memory: str = "80%") -> dict[str, Callable[[], list[int]]]:
    """Return the measures by SQL."""
    con = duckdb.connect(config={"memory_limit": memory})
    files = str(folder / "day=*" / "*.parquet")
    con.read_parquet(files, hive_partitioning=False).create_view("log")

    def ask(name: str) -> list[int]:
        return sums(name, con.sql(SQL[name]).to_arrow_table())

    return {name: (lambda name=name: ask(name)) for name in SQL}  # type: ignore[misc] # mypy sees no default


def sums(name: str, table: pa.Table) -> list[int]:
    """Return what a table is compared by: its rows, and what its columns add up to; of latency, groups that waited."""
    if name == "latency":
        n, m = (table[one].to_pylist() for one in ("n", "m"))
        return [sum(one > 0 for one in (*n, *m)), sum(n) + sum(m)]
    return [len(table), *(int(sum(one or 0 for one in table[column].to_pylist())) for column in COMPARED[name])]


def by_polars(folder: Path) -> dict[str, Callable[[], list[int]]]:
    """Return the measures by Polars' streaming engine; it is no dependency: pip install polars."""
    import polars as pl  # type: ignore[import-not-found] # noqa: PLC0415 - only for this

    c = pl.col
    log = pl.scan_parquet(str(folder / "day=*" / "*.parquet"), hive_partitioning=False)
    out = log.filter(c("direction") != "inbound")
    reached = c("status").is_in(["delivered", "read"])

    def ask(name: str, frame: Any) -> list[int]:
        return sums(name, frame.collect(engine="streaming").to_arrow())

    def peaks() -> list[int]:
        minutes = out.group_by("number", "kind", c("date_created").dt.truncate("1m").alias("minute"))
        found = minutes.agg(n=pl.len(), segments=c("num_segments").sum()).group_by("number", "kind")
        return ask("peaks", found.agg(n=c("n").sum(), peak=c("segments").max()))

    def stickiness() -> list[int]:
        sent = out.filter(c("messaging_service_sid").is_not_null())
        met = sent.group_by("messaging_service_sid", "peer").agg(first=c("number").min(), last=c("number").max())
        found = met.group_by("messaging_service_sid").agg(people=pl.len(), broken=(c("first") != c("last")).sum())
        return ask("stickiness", found)

    def after_stop() -> list[int]:
        scoped = log.with_columns(scope=pl.coalesce("messaging_service_sid", "number"))
        columns = ("scope", "peer", "date_created")
        said = (
            scoped.filter(c("keyword").is_in(["stop", "start"])).select(*columns, "keyword").collect(engine="streaming")
        )
        leavers = said.filter(c("keyword") == "stop").select("scope", "peer").unique()
        sent = scoped.filter(
            c("direction") != "inbound",
            c("direction") != "outbound-reply",
            ~c("status").is_in(["failed", "canceled"]),
            c("error_code").fill_null(0) != _OPTED_OUT,
        )
        near = (
            sent.select(*columns, "messaging_service_sid")
            .join(leavers.lazy(), on=["scope", "peer"], how="semi")
            .collect(engine="streaming")
        )
        last = near.sort("date_created").join_asof(
            said.sort("date_created"),
            on="date_created",
            by=["scope", "peer"],
            allow_exact_matches=False,
            check_sortedness=False,
        )
        went = last.filter(c("keyword") == "stop").select("messaging_service_sid", "peer", refused=pl.lit(False))
        refused = out.filter(c("error_code") == _OPTED_OUT).select(
            "messaging_service_sid", "peer", refused=pl.lit(True)
        )
        both = pl.concat([went, refused.collect(engine="streaming")]).lazy().group_by("messaging_service_sid")
        return ask("after_stop", both.agg(people=c("peer").n_unique(), n=pl.len(), refused=c("refused").sum()))

    frames = {
        "volume": log.group_by("number", c("date_created").dt.truncate("1d").alias("day")).agg(
            n=pl.len(), segments=c("num_segments").sum()
        ),
        "outcomes": out.group_by("number").agg(
            n=pl.len(), delivered=reached.sum(), failed=c("status").is_in(["failed", "undelivered"]).sum()
        ),
        "errors": out.filter(c("error_code").is_not_null())
        .group_by("error_code", "price_unit")
        .agg(
            n=pl.len(),
            senders=c("number").n_unique(),
            price_e5=c("price_e5").sum(),
            first=c("hour").min(),
            last=c("hour").max(),
        ),
        "heat": out.group_by(
            c("date_created").dt.weekday().alias("weekday"), c("date_created").dt.hour().alias("hour_of_day")
        ).agg(n=pl.len(), delivered=reached.sum()),
        "replies": log.group_by("number").agg(
            delivered=(reached & ~c("direction").is_in(["inbound", "outbound-reply"])).sum(),
            replies=((c("direction") == "inbound") & c("keyword").is_null()).sum(),
            stops=(c("keyword") == "stop").sum(),
        ),
        "spend": log.with_columns(is_out=c("direction") != "inbound")
        .group_by("number", "price_unit")
        .agg(
            n=c("is_out").sum(),
            segments=c("num_segments").filter(c("is_out")).sum(),
            price_e5=c("price_e5").filter(c("is_out")).sum(),
        ),
        "latency": out.group_by("number").agg(
            *(
                c(f"{name}_seconds").quantile(q, "higher").alias(f"{name}{q}")
                for name in ("sent", "final")
                for q in (0.5, 0.9, 0.95, 0.99)
            ),
            n=c("sent_seconds").count(),
            m=c("final_seconds").count(),
        ),
        "choices": out.filter(c("direction") != "outbound-reply", c("messaging_service_sid").is_not_null())
        .group_by("messaging_service_sid", "country", "area_code", "number", "kind")
        .agg(n=pl.len()),
        "idle": log.group_by("number").agg(n=pl.len(), last=c("date_created").max()),
        "characters": out.filter(c("odd").is_not_null())
        .group_by("messaging_service_sid", "odd", "price_unit")
        .agg(n=pl.len(), segments=c("num_segments").sum()),
    }
    found = {name: (lambda name=name: ask(name, frames[name])) for name in frames}
    found |= {"peaks": peaks, "stickiness": stickiness, "after_stop": after_stop}
    return {name: found[name] for name in SQL}  # type: ignore[misc] # mypy sees no default
