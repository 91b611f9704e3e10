"""One question, many engines: equal whole numbers from pandas, PyArrow, DuckDB, ibis and Spark, nulls and Sundays too."""

import random
import sys
import warnings
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msvc_toolkit.errors import InvalidInput, ToolkitError
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.spark import local_spark

pytestmark = pytest.mark.slow

COLUMNS = ["date_created", "direction", "status", "number", "num_segments"]
CLICKS = [
    {"event_type": "click", "sms_sid": f"SM{n:06}", "click_time": "2026-03-09T00:00:00Z"} for n in range(0, 500, 7)
]
MEASURES = {name: getattr(measures, name) for name in measures.__all__} | {
    "volume": lambda log: measures.volume(log, by=("day", "kind"), zone="Asia/Kolkata"),
    "outcomes": lambda log: measures.outcomes(log, by="number"),
    "heat": lambda log: measures.heat(log, zone="America/New_York"),
    "spend": lambda log: measures.spend(log, by="country"),
    "quiet_hours": lambda log: measures.quiet_hours(log, by=("number", "state", "hour_of_day"), essential=["MGb"]),
    "clicks": lambda log: measures.clicks(log, CLICKS, by="messaging_service_sid"),
    "before_after": lambda log: measures.before_after(log, "2026-03-08T12:10"),
    "compare": lambda log: measures.compare(log, "+14155550100", "ACME"),
}


def table(n, seed=3):
    """A log over a weekend and a Monday, with everything missing somewhere."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows

    def row(place):
        inbound = draw.random() < 0.3
        created = datetime(2026, 3, 7) + timedelta(seconds=draw.randrange(3 * 86_400))  # noqa: DTZ001 - as above
        some = draw.choice
        return {
            "sid": f"SM{place:06}",
            "date_created": created,
            "direction": "inbound" if inbound else some(["outbound-api", "outbound-reply"]),
            "status": some(["received", None])
            if inbound
            else some(["delivered", "undelivered", "sent", "new word", None]),
            "error_code": some([None, 0, 30007, 21610]),
            "messaging_service_sid": some(["MGa", "MGb", None, ""]),
            "num_segments": some([None, 0, 1, 2]),
            "price_e5": some([None, 0, 750, 2**40]),
            "price_unit": some(["usd", "USD", "EUR", None]),
            "number": some(["+14155550100", "ACME", "894546", None]),
            "peer": some(["+12015550110", "+12015550111", "+447700900112", None]),
            "kind": some(["local", None]),
            "country": some(["US", "GB", None]),
            "area_code": some(["201", None]),
            "hour": created.replace(minute=0, second=0),
            "quarter": created.replace(minute=created.minute // 15 * 15, second=0),
            "sent_seconds": some([None, 0, 63, 64, 65, 127, 128, 129]),
            "final_seconds": some([None, draw.randrange(90_000)]),
            "keyword": some([None, "stop", "start"]) if inbound else None,
            "encoding": some(["GSM-7", "UCS-2", None]),
            "odd": some([None, "ç"]),
        }

    return pa.Table.from_pylist([row(place) for place in range(n)], schema=SCHEMA)


@pytest.fixture(scope="session")
def spark():
    """A Spark on this machine alone, with two partitions."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - tests without the marker do without it

    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.log.level": "OFF",
    }
    with warnings.catch_warnings(action="ignore"):
        builder = SparkSession.builder.master("local[2]")
        for name, value in options.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield session
        session.stop()


def on(engine, rows, folder, request):
    """The rows on an engine; those that read files get more than one."""
    if engine == "pandas":
        return rows.to_pandas()
    if engine == "pyarrow":
        return rows
    connection = duckdb.connect()
    if engine == "duckdb":
        return connection.from_arrow(rows)
    half = len(rows) // 2
    for place, part in enumerate((rows.slice(0, half), rows.slice(half))):
        pq.write_table(part, folder / f"{place}.parquet")
    if engine == "spark":
        return request.getfixturevalue("spark").read.parquet(str(folder))
    import ibis  # noqa: PLC0415 - tests without the marker do without it

    return ibis.duckdb.connect().read_parquet(f"{folder}/*.parquet")


def told(frame):
    """A frame as sorted rows that compare."""
    return sorted(tuple(map(str, row)) for row in frame.itertuples(index=False))


engines = pytest.mark.parametrize(
    "engine",
    [
        "pandas",
        "pyarrow",
        "duckdb",
        pytest.param("ibis", marks=pytest.mark.warehouse),
        pytest.param("spark", marks=pytest.mark.spark),
    ],
)


@engines
@pytest.mark.filterwarnings("ignore")  # Spark's, on pandas 3
@pytest.mark.parametrize("n", [0, 1, 400])
def test_every_measure_is_the_same_on_every_engine(engine, n, tmp_path, request):
    """All measures of a log that is asked where it lies equal those of the same rows in DuckDB; of no rows and of one too."""
    rows = table(n, seed=5)
    log, other = Log(on(engine, rows, tmp_path, request)), Log(duckdb.connect().from_arrow(rows))
    for name, measure in MEASURES.items():
        if n > 1 or name != "before_after":  # nothing splits one message
            assert told(measure(log)) == told(measure(other)), name
    part = {"senders": ["ACME"], "since": "2026-03-08T01:02:03"}
    assert told(measures.outcomes(log.select(**part))) == told(measures.outcomes(other.select(**part)))
    assert told(log.rows(5, direction="inbound", error_code=[None, 30007])) == told(
        other.rows(5, direction="inbound", error_code=[None, 30007])
    )


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # as above
def test_moments_that_an_engine_shows_in_a_zone_of_its_own_are_refused(spark):
    """A Spark session in another zone would cut hours and days elsewhere; the sentence names the setting."""
    session = spark.newSession()
    session.conf.set("spark.sql.session.timeZone", "Asia/Kolkata")
    known = table(9).select(COLUMNS).to_pandas().dropna().astype({"num_segments": "int32"})
    with pytest.raises(InvalidInput, match=r"spark\.sql\.session\.timeZone"):
        Log(session.createDataFrame(known))


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # as above
def test_a_spark_frame_made_of_pandas_keeps_its_moments(spark):
    """Spark's moments with a zone are the same instants when the session is in UTC."""
    rows = table(60, seed=9)
    known = rows.select(COLUMNS).to_pandas().dropna().astype({"num_segments": "int32"})
    frame, whole = spark.createDataFrame(known), Log(known)
    for window in ({}, {"since": "2026-03-08T01:00", "until": "2026-03-09T00:30:10"}):
        assert told(measures.volume(Log(frame), by="hour", **window)) == told(
            measures.volume(whole, by="hour", **window)
        )


def test_a_notebook_goes_on_without_spark(monkeypatch):
    """Without PySpark one sentence says how to get it, as an error that notebook 06 shows and goes on from."""
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ToolkitError, match="make lab EXTRAS=spark"):
        local_spark()
