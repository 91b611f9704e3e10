"""The same five messages in every shape that people have them in: read as they are, or asked about, never half in silence.

The files in tests/data/imports are shapes seen in public reports and tools; the others are written here, after the
formats that pandas, spreadsheets, databases, pipelines and Twilio's own tools have. All numbers and SIDs are made up.
"""

import csv
import gzip
import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs.importer.files import MAX_BYTES, sources
from msvc_toolkit.logs.importer.importer import import_logs
from msvc_toolkit.logs.importer.messages import FileMessages, Options
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.logs.storage.store import open_store

pytestmark = pytest.mark.usefixtures("every_row_counted")

FILES = Path(__file__).parents[1] / "data" / "imports"
ACCOUNT = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

BASE = [
    # date, direction, status, error code, our number, the other side, segments, price, body
    (
        "2024-03-05 14:03:11",
        "outbound-api",
        "delivered",
        None,
        "+14155550100",
        "+16285550123",
        1,
        790,
        "Acme: your code is 123456",
    ),
    (
        "2024-03-05 15:10:00",
        "outbound-api",
        "undelivered",
        30003,
        "+14155550100",
        "+12065550144",
        2,
        1580,
        'Acme: long text, with comma\nand a second line "quoted"',
    ),
    ("2024-03-05 16:00:00", "inbound", "received", None, "+14155550100", "+16285550123", 1, 790, "STOP"),
    ("2024-03-06 01:00:00", "outbound-api", "sent", None, "ACME", "+447700900123", 1, 4000, "Hello"),
    ("2024-03-06 02:00:00", "outbound-reply", "failed", 30034, "+18005550199", "+13055550111", 1, 0, "Emoji 😀 text"),
]
"""What the files in tests/data/imports hold."""
FIELDS = ("date", "direction", "status", "error_code", "number", "peer", "num_segments", "price_e5", "body")


def sid(number):
    """A made-up SID."""
    return f"SM{number:032x}"


def records(when="{:%Y-%m-%dT%H:%M:%SZ}".format, names=None, **more):
    """The five messages as a mapping each, in the API's names or others.

    Args:
        when: Writes a date.
        names: Other names by the API's.
        more: Values that replace a field's, or functions of it.
    """
    found = []
    for number, (date, direction, status, code, ours, theirs, segments, price, body) in enumerate(BASE, 1):
        moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
        sides = (theirs, ours) if direction == "inbound" else (ours, theirs)
        one = {
            "sid": sid(number),
            "account_sid": ACCOUNT,
            "date_created": when(moment),
            "date_sent": when(moment),
            "date_updated": when(moment),
            "direction": direction,
            "status": status,
            "error_code": code,
            "num_segments": str(segments),
            "price": f"{-price / 1e5:.4f}",
            "price_unit": "USD",
            "from": sides[0],
            "to": sides[1],
            "body": body,
        }
        for name, value in more.items():
            one[name] = value(one[name]) if callable(value) else value
        found.append({(names or {}).get(name, name): value for name, value in one.items() if value != "drop"})
    return found


def table(rows, separator=",", quoting=csv.QUOTE_MINIMAL, end="\r\n", **more):
    """Write rows as separated text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\r\n", **more)
    writer.writerow(rows[0])
    writer.writerows(["" if value is None else value for value in row.values()] for row in rows)
    return text.getvalue() if end == "\r\n" else text.getvalue().replace("\r\n", end)


def flat(text):
    """A text without line ends and quotes, for shapes that cannot hold them."""
    return text.replace("\n", " ").replace('"', "")


CONSOLE = {
    "sid": "Sid",
    "account_sid": "AccountSid",
    "date_sent": "SentDate",
    "direction": "Direction",
    "status": "Status",
    "error_code": "ErrorCode",
    "num_segments": "NumSegments",
    "price": "Price",
    "price_unit": "PriceUnit",
    "from": "From",
    "to": "To",
    "body": "Body",
}
CAMEL = {name: name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in records()[0]}
RFC = "{:%a, %d %b %Y %H:%M:%S +0000}".format
NO_DATES = {"date_created": "drop", "date_updated": "drop"}


def console(when="{:%Y-%m-%dT%H:%M:%SZ}".format, **more):
    """The five messages as the Console names them."""
    return records(when, CONSOLE, **{**NO_DATES, **more})


def page(rows):
    """A page of the API."""
    return {"first_page_uri": "/2010-04-01/x", "end": 4, "page": 0, "messages": rows, "next_page_uri": None}


def aligned(rows):
    """Rows as twilio-cli prints them."""
    rows = [{name: str(value or "") for name, value in row.items()} for row in rows]
    width = {name: max(len(name), *(len(row[name]) for row in rows)) + 2 for name in rows[0]}
    lines = [dict(zip(width, width, strict=True)), *rows]
    return "\n".join("".join(row[name].ljust(width[name]) for name in width).rstrip() for row in lines) + "\n"


def zipped(**files):
    """A zip of files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_json", ".json"), content)
    return packed.getvalue()


def parquet(rows, **typed):
    """A Parquet file of rows."""
    made = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows).cast(pa.schema(typed)) if typed else pa.Table.from_pylist(rows), made)
    return made.getvalue()


def per_line(rows):
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def late(rows):
    """JSON lines whose first row lacks what the others have."""
    bare = {name: value for name, value in rows[0].items() if value is not None and name != "error_code"}
    return per_line([bare, *rows[1:]])


EASTERN = timedelta(hours=-5)


def eastern(form):
    """A date five hours behind UTC."""
    return lambda moment: (moment + EASTERN).strftime(form)


def plain_minute(form):
    """A date with its minute, as spreadsheets show it, without zeros before the month, the day and the hour."""
    return lambda m: form.format(m=m.month, d=m.day, y=m.year, H=m.hour, M=m.minute, S=m.second)


WHOLE = {
    # packed, encoded, laid out
    "console.csv": table(console(), quoting=csv.QUOTE_ALL),
    "lf.csv": table(console(), end="\n"),
    "cr.csv": table(records(body=flat), end="\r"),
    "tabs.tsv": table(console(), "\t"),
    "bars.txt": table(console(), "|"),
    "sep.csv": "sep=;\r\n" + table(console(), ";"),
    "sep_comma.csv": '"sep=,"\n' + table(console()),
    "utf8_bom.csv": "\ufeff" + table(console()),
    "utf16_bom_tabs.csv": table(console(), "\t").encode("utf-16"),
    "utf16_no_bom.csv": table(console()).encode("utf-16-le"),
    "utf16_big.json": json.dumps(records()).encode("utf-16-be"),
    "utf32.csv": table(console()).encode("utf-32"),
    "plain.csv.gz": gzip.compress(table(console()).encode()),
    "twice.json.gz": gzip.compress(gzip.compress(json.dumps(records()).encode())),
    "no_ending": table(console()),
    "quotes.csv": table(console(body=flat), quotechar="'", quoting=csv.QUOTE_ALL),
    "unescaped.csv": table(
        console(body=lambda text: text.replace("\n", " ")), doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL
    ).replace('\\"', '"'),
    "preamble.csv": "Twilio message log\nExported by Ana,2024-03-07\n\n" + table(console()),
    "comment.csv": "# exported 2024-03-07\n" + table(console()),
    "trailing_commas.csv": table(console(body=flat)).replace("\r\n", ",,,\r\n"),
    "trailing_header_only.csv": table(console()).replace("\r\n", ",,\r\n", 1),
    "blank_rows.csv": table(console(body=flat)).replace("\r\n", "\r\n,,,,,,,,,,,\r\n\r\n"),
    "index.csv": "," + table(records()).replace("\r\nSM", "\r\n0,SM"),
    "spaces.csv": table([{f" {name} ": value for name, value in row.items()} for row in records(status=" {} ".format)]),
    "upper.csv": table([{name.upper(): value for name, value in row.items()} for row in records()]),
    "titles.csv": table([{name.replace("_", " ").title(): value for name, value in row.items()} for row in records()]),
    "dotted.csv": table([{f"messages.{name}": value for name, value in row.items()} for row in records()]),
    "prefixed.csv": table([{f"message_{name}": value for name, value in row.items()} for row in records()]),
    "data_prefix.csv": table([{f"data.{name}": value for name, value in row.items()} for row in records()]),
    "psql.txt": aligned(records(body=flat)).replace("\n", "\n" + "-" * 60 + "\n", 1) + "(5 rows)\n",
    "cli_columns.txt": aligned(records(body=flat, names={"sid": "SID", "date_sent": "Date Sent", "from": "From"})),
    "markdown.md": "| "
    + table(records(body=flat), "|", end=" |\n| ").replace(" |\n| ", " |\n|" + "---|" * 14 + "\n| ", 1).rstrip("| "),
    "unquoted_newline.csv": table(
        [{"Sid": "", "From": "", "Body": "", **row} for row in console()],
        quoting=csv.QUOTE_NONE,
        quotechar=None,
        escapechar="\\",
    )
    .replace("\\\n", "\n")
    .replace("\\,", "")
    .replace('\\"', ""),
    "one.zip": zipped(log_csv=table(console())),
    "two.zip": zipped(a__one_csv=table(console()[:2]), b__two_csv=table(console()[2:])),
    "within.zip": zipped(**{"day.json.gz": gzip.compress(per_line(records()).encode())}),
    # JSON
    "array.json": json.dumps(records(RFC)),
    "array_indented.json": json.dumps(records(), indent=2),
    "lines.jsonl": per_line(records()),
    "lines_crlf.ndjson": per_line(records()).replace("\n", "\r\n\r\n"),
    "late.jsonl": late(records()),
    "page.json": json.dumps(page(records(RFC))),
    "pages.json": json.dumps(page(records(RFC)[:2])) + json.dumps(page(records(RFC)[2:])),
    "pages_by_line.json": json.dumps(page(records(RFC)[:2])) + "\n" + json.dumps(page(records(RFC)[2:])) + "\n",
    "pages_in_array.json": json.dumps([page(records(RFC)[:2]), page(records(RFC)[2:])]),
    "pages_indented.json": json.dumps(page(records(RFC)[:2]), indent=2)
    + "\n"
    + json.dumps(page(records(RFC)[2:]), indent=2),
    "arrays.json": json.dumps(records()[:2]) + "\n" + json.dumps(records()[2:]),
    "concatenated.json": "".join(map(json.dumps, records())),
    "record_separated.json": "".join("\x1e" + json.dumps(row) + "\n" for row in records()),
    "comma_lines.json": "[\n" + ",\n".join(map(json.dumps, records())) + "\n]\n",
    "camel.json": json.dumps(records(names=CAMEL)),
    "pascal.json": json.dumps(
        [{name[0].upper() + name[1:]: value for name, value in row.items()} for row in records(names=CAMEL)]
    ),
    "bom.json": "\ufeff" + json.dumps(records()),
    "wrapped_data.json": json.dumps({"data": records(), "meta": {"total": 5}}),
    "graphql.json": json.dumps({"data": {"messages": {"items": records()}}}),
    "by_sid.json": json.dumps(
        {row["sid"]: {name: value for name, value in row.items() if name != "sid"} for row in records()}
    ),
    "pandas_columns.json": json.dumps(
        {name: {str(at): row[name] for at, row in enumerate(records())} for name in records()[0]}
    ),
    "pandas_split.json": json.dumps(
        {"columns": list(records()[0]), "index": [0, 1, 2, 3, 4], "data": [list(row.values()) for row in records()]}
    ),
    "pandas_epoch.json": json.dumps(records(lambda moment: int(moment.timestamp() * 1000))),
    "lists.json": json.dumps({name: [row[name] for row in records()] for name in records()[0]}),
    "mongo.json": per_line(records(lambda moment: {"$date": f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"})),
    "elastic.json": json.dumps({"hits": {"hits": [{"_id": "1", "_source": row} for row in records()]}}),
    "debezium.jsonl": per_line([{"payload": {"before": None, "after": row, "op": "c"}} for row in records()]),
    "typed.json": json.dumps(records(price=float, num_segments=int, error_code=lambda code: code or 0)),
    # pipelines
    "airbyte.jsonl": per_line(
        [{"type": "RECORD", "record": {"stream": "messages", "data": row, "emitted_at": 1}} for row in records()]
    ),
    "airbyte_with_state.jsonl": per_line(
        [
            {"type": "LOG", "log": {"message": "x"}},
            *({"type": "RECORD", "record": {"stream": "messages", "data": row}} for row in records()),
            {"type": "STATE", "state": {}},
        ]
    ),
    "airbyte_raw.csv": table(
        [
            {"_airbyte_ab_id": "u1", "_airbyte_emitted_at": "2024-03-07 00:00:00", "_airbyte_data": json.dumps(row)}
            for row in records()
        ]
    ),
    "airbyte_raw.jsonl": per_line(
        [{"_airbyte_raw_id": "u1", "_airbyte_extracted_at": 1, "_airbyte_data": row} for row in records()]
    ),
    "airbyte_text.jsonl": per_line([{"_airbyte_ab_id": "u1", "_airbyte_data": json.dumps(row)} for row in records()]),
    "airbyte_flat.csv": table(
        [{"_airbyte_raw_id": "u1", "_airbyte_extracted_at": "2024-03-07 00:00:00+00", **row} for row in records()]
    ),
    "singer.jsonl": per_line(
        [
            {"type": "SCHEMA", "stream": "messages", "schema": {"properties": {"sid": {}}}, "key_properties": ["sid"]},
            *(
                {"type": "RECORD", "stream": "messages", "record": row, "time_extracted": "2024-03-07T00:00:00Z"}
                for row in records()
            ),
            {"type": "STATE", "value": {"bookmarks": {}}},
        ]
    ),
    "stitch.csv": table([{**row, "_sdc_batched_at": "2024-03-07T00:00:00Z", "_sdc_sequence": 1} for row in records()]),
    "fivetran.csv": table(
        records(
            "{:%Y-%m-%d %H:%M:%S UTC}".format,
            {"sid": "id", "account_sid": "account_id", "date_created": "created_at", "date_updated": "updated_at"},
            **{"from": lambda text: text.lstrip("+"), "to": lambda text: text.lstrip("+")},
        )
    ),
    "segment.jsonl": per_line(
        [{"type": "track", "event": "sms", "properties": row, "messageId": "a-1"} for row in records()]
    ),
    "eventstream.json": json.dumps(
        [
            {
                "specversion": "1.0",
                "type": "com.twilio.messaging.message.sent",
                "id": "EZ1",
                "data": {"messageSid" if name == "sid" else CAMEL[name]: value for name, value in row.items()},
            }
            for row in records()
        ]
    ),
    "webhook.csv": table(
        records(
            names={
                "sid": "MessageSid",
                "status": "MessageStatus",
                "from": "From",
                "to": "To",
                "body": "Body",
                "error_code": "ErrorCode",
            }
        )
    ),
    "bigquery.csv": table(records("{:%Y-%m-%d %H:%M:%S UTC}".format, error_code=lambda code: code and f"{code}.0")),
    "postgres.csv": table(records("{:%Y-%m-%d %H:%M:%S+00}".format)),
    "mysql_null.tsv": table(records(error_code=lambda code: code or "\\N"), "\t"),
    "null_words.csv": table(records(error_code=lambda code: code or "NULL")),
    "nan_words.csv": table(records(error_code=lambda code: f"{code}.0" if code else "NaN")),
    "raw.parquet": parquet(records()),
    "typed.parquet": parquet(records(lambda moment: moment, error_code=lambda code: float(code or 0))),
    # spreadsheets
    "formula.csv": table(console(**{"from": '="{}"'.format, "to": '="{}"'.format, "sid": '="{}"'.format})),
    "apostrophe.csv": table(console(**{"from": "'{}".format, "to": "'{}".format})),
    "decimal_comma.csv": table(console(price=lambda text: text.replace(".", ",")), ";"),
    "no_plus.csv": table(console(**{"from": lambda text: text.lstrip("+"), "to": lambda text: text.lstrip("+")})),
    "float_numbers.csv": table(
        console(
            **{
                "from": lambda text: text.replace("+", "") + ".0" * text.startswith("+"),
                "to": lambda text: text.replace("+", "") + ".0",
            }
        )
    ),
    "national.csv": table(
        console(
            **{
                "from": lambda text: f"({text[2:5]}) {text[5:8]}-{text[8:]}" if text.startswith("+1") else text,
                "to": lambda text: f"({text[2:5]}) {text[5:8]}-{text[8:]}" if text.startswith("+1") else text,
            }
        )
    ),
    "without_1.csv": table(console(to=lambda text: text.removeprefix("+1"))),
    "spaced_numbers.csv": table(
        console(
            **{"from": lambda text: f"{text[:2]} {text[2:5]} {text[5:8]} {text[8:]}" if text.startswith("+1") else text}
        )
    ),
    "zeros.csv": table(console(to=lambda text: text.replace("+", "00"))),
    "tel.csv": table(console(to="tel:{}".format)),
    "exact_scientific.csv": table(
        console(**{"from": lambda text: f"{text[1]}.{text[2:]}E+10" if text.startswith("+1") else text})
    ),
    "grouped_digits.csv": table(console(to=lambda text: f"{int(text):,}")),
    "firestore.json": json.dumps(records(lambda moment: {"_seconds": int(moment.timestamp()), "_nanoseconds": 0})),
    "uri.csv": table(
        records(
            names={**CONSOLE, "sid": "Uri"}, **NO_DATES, sid=f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{{}}.json".format
        )
    ),
    "date_and_time.csv": table(
        [
            {
                "Date": row["SentDate"][:10],
                "Time": row["SentDate"][11:],
                **{k: v for k, v in row.items() if k != "SentDate"},
            }
            for row in console("{:%Y-%m-%d %H:%M:%S UTC}".format)
        ]
    ),
    "zone_in_header.csv": table(
        records(eastern("%Y-%m-%d %H:%M:%S"), {**CONSOLE, "date_sent": "Sent Date (Eastern Time)"}, **NO_DATES)
    ),
    "offset_in_header.csv": table(
        records(eastern("%Y-%m-%d %H:%M:%S"), {**CONSOLE, "date_sent": "Sent Date (UTC-05:00)"}, **NO_DATES)
    ),
    "utc_in_header.csv": table(
        records("{:%Y-%m-%d %H:%M:%S}".format, {**CONSOLE, "date_sent": "sent_at_utc"}, **NO_DATES)
    ),
    "open_quote.tsv": table(console(body=flat), "\t", quoting=csv.QUOTE_NONE)
    .replace("Hello", '"Hello')
    .replace("STOP", '"STOP'),
    "open_quote.csv": table(
        [{"Sid": "", "Body": "", **row} for row in console(body=flat)], quoting=csv.QUOTE_ALL
    ).replace('"Acme: your', '""Acme: your'),
    # words
    "words.csv": table(
        console(
            status=str.title,
            direction=lambda text: {
                "inbound": "Incoming",
                "outbound-api": "Outgoing API",
                "outbound-reply": "Outgoing Reply",
            }[text],
        )
    ),
    "upper_words.csv": table(console(status=str.upper, direction=lambda text: text.upper().replace("-", "_"))),
    "enums.csv": table(console(status=lambda text: f"Message.Status.{text.upper()}")),
    "error_words.csv": table(
        console(error_code=lambda code: f"{code} - Unreachable destination handset" if code else "None")
    ),
    "error_prefix.csv": table(console(error_code=lambda code: f"Error {code}" if code else "0")),
    "error_grouped.csv": table(console(error_code=lambda code: f"{code:,}" if code else "")),
    "segments_words.csv": table(console(num_segments="{} segments".format)),
    "price_dollar.csv": table(console(price=lambda text: text.replace("-", "-$"))),
    "price_after.csv": table(console(price="{} USD".format, price_unit="")),
    "price_brackets.csv": table(console(price=lambda text: f"({text.lstrip('-')})")),
    "price_minus_sign.csv": table(console(price=lambda text: text.replace("-", "\u2212"))),
    "price_header.csv": table(records(names={**CONSOLE, "price": "Price (USD)"}, **NO_DATES, price_unit="drop")),
    "price_long.csv": table(console(price="{}0000".format)),
}
"""Shapes that give the five messages whole."""

DATES = {
    "iso offset": (eastern("%Y-%m-%dT%H:%M:%S-05:00"), {}),
    "iso short offset": (eastern("%Y-%m-%d %H:%M:%S-0500"), {}),
    "iso spaced offset": (eastern("%Y-%m-%d %H:%M:%S -0500"), {}),
    "iso milliseconds": ("{:%Y-%m-%dT%H:%M:%S.000Z}".format, {}),
    "iso nanoseconds": ("{:%Y-%m-%dT%H:%M:%S.000000000Z}".format, {}),
    "iso no seconds lost": ("{:%Y/%m/%d %H:%M:%S}".format, {}),
    "iso compact": ("{:%Y%m%dT%H%M%SZ}".format, {}),
    "iso with zone in brackets": (eastern("%Y-%m-%dT%H:%M:%S-05:00[America/New_York]"), {}),
    "UTC": ("{:%Y-%m-%d %H:%M:%S UTC}".format, {}),
    "GMT": ("{:%Y-%m-%d %H:%M:%S GMT}".format, {}),
    "UTC in brackets": ("{:%Y-%m-%d %H:%M:%S (UTC)}".format, {}),
    "Prague": ("{:%d. %m. %Y %H:%M:%S}".format, {}),
    "Budapest": ("{:%Y. %m. %d. %H:%M:%S}".format, {}),
    "Tokyo": ("{:%Y\u5e74%m\u6708%d\u65e5 %H:%M:%S}".format, {}),
    "Go": ("{:%Y-%m-%d %H:%M:%S +0000 UTC}".format, {}),
    "EST": (eastern("%Y-%m-%d %H:%M:%S EST"), {}),
    "PST": (lambda m: f"{m - timedelta(hours=8):%Y-%m-%d %H:%M:%S PST}", {}),
    "CST": (lambda m: f"{m - timedelta(hours=6):%Y-%m-%d %H:%M:%S CST}", {}),
    "zone first": (eastern("%H:%M:%S EST %Y-%m-%d"), {}),
    "region": (eastern("%Y-%m-%d %H:%M:%S America/New_York"), {}),
    "RFC 2822": (RFC, {}),
    "RFC 2822 GMT": ("{:%a, %d %b %Y %H:%M:%S GMT}".format, {}),
    "RFC 850": ("{:%A, %d-%b-%y %H:%M:%S GMT}".format, {}),
    "JavaScript": ("{:%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)}".format, {}),
    "JavaScript local": (eastern("%a %b %d %Y %H:%M:%S GMT-0500 (Eastern Standard Time)"), {}),
    "CLI": (eastern("%b %d %Y %H:%M:%S GMT-0500"), {}),
    "date(1)": ("{:%a %b %e %H:%M:%S UTC %Y}".format, {}),
    "Ruby": ("{:%a %b %d %H:%M:%S +0000 %Y}".format, {}),
    "month in words": (eastern("%B %d, %Y %I:%M:%S %p EST"), {}),
    "month in words at": (eastern("%b %d, %Y at %I:%M:%S %p EST"), {}),
    "day, month in words": ("{:%d %B %Y %H:%M:%S UTC}".format, {}),
    "am and pm with UTC": ("{:%Y-%m-%d %I:%M:%S %p UTC}".format, {}),
    "dots in the time": ("{:%Y-%m-%d %H.%M.%S}".format, {}),
    "Oracle": ("{:%d-%b-%y %I.%M.%S.000000 %p}".format, {}),
    "US weekday": ("{:%A, %B %d, %Y %H:%M:%S}".format, {}),
    "ordinal": (lambda m: f"{m:%B} {m.day}th, {m.year} {m:%H:%M:%S}", {}),
    "British summer, said": ("{:%Y-%m-%d %H:%M:%S BST}".format, {"zone": "Europe/London"}),
    "seconds": (lambda m: str(int(m.timestamp())), {}),
    "seconds and parts": (lambda m: f"{m.timestamp():.3f}", {}),
    "milliseconds": (lambda m: str(int(m.timestamp() * 1000)), {}),
    "microseconds": (lambda m: str(int(m.timestamp() * 1_000_000)), {}),
    "bare iso in a zone": (eastern("%Y-%m-%d %H:%M:%S"), {"zone": "America/New_York"}),
    "bare iso": ("{:%Y-%m-%d %H:%M:%S}".format, {}),
    "bare T iso": ("{:%Y-%m-%dT%H:%M:%S.%f}".format, {}),
    "US, said": (plain_minute("{m}/{d}/{y} {H}:{M:02}:{S:02}"), {"dates": "month first"}),
    "US am and pm, said": (eastern("%m/%d/%Y %I:%M:%S %p"), {"dates": "month first", "zone": "America/New_York"}),
    "US short year, said": ("{:%m/%d/%y %H:%M:%S}".format, {"dates": "month first"}),
    "British, said": ("{:%d/%m/%Y %H:%M:%S}".format, {"dates": "day first"}),
    "British with comma, said": ("{:%d/%m/%Y, %H:%M:%S}".format, {"dates": "day first"}),
    "dashes, said": ("{:%d-%m-%Y %H:%M:%S}".format, {"dates": "day first"}),
    "German": ("{:%d.%m.%Y %H:%M:%S}".format, {}),
    "Indian zone, said": (lambda m: f"{m + timedelta(hours=5.5):%Y-%m-%d %H:%M:%S IST}", {"zone": "Asia/Kolkata"}),
}
"""Ways to write a date, and what has to be said with it."""


def rows_of(folder):
    """The messages of a log, as `BASE` has them, by SID."""
    return by_sid(open_store(folder).relation().to_arrow_table())


def by_sid(rows):
    """Messages as `BASE` has them, by SID."""
    found = rows.to_pylist()
    assert found
    for row in found:
        row["date"] = f"{row['date_created']:%Y-%m-%d %H:%M:%S}" if row["date_created"] else None
    return {row["sid"]: tuple(row[name] for name in FIELDS) for row in sorted(found, key=lambda row: row["sid"])}


def put(folder, name, content):
    """Write a file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path, **said):
    """Read a file as an import does, without a log; rows in are rows taken and rows left out."""
    options = Options(said.get("dates"), said.get("zone"), said.get("columns", {}))
    taken, left_out = [], {}
    for source in sources(path, MAX_BYTES):
        messages = FileMessages(source, options, path.parent)
        tables = [derive(table, bodies=True) for table in messages.tables()]
        assert messages.rows == sum(map(len, tables)) + messages.left_out.rows
        taken += tables
        left_out |= messages.left_out.found
    return by_sid(pa.concat_tables(taken)), left_out


def alike(body):
    """A body but for what some shapes cannot hold."""
    return "".join((body or "").split()).replace('"', "").replace(",", "")


@pytest.mark.parametrize("name", WHOLE)
def test_a_shape_is_read_whole(tmp_path, name):
    """The five messages are there with every value, and nothing is left out."""
    found, left_out = read(put(tmp_path, name, WHOLE[name]))

    assert list(found) == [sid(number) for number in range(1, 6)]
    for got, right in zip(found.values(), BASE, strict=True):
        assert got[:-1] == right[:-1]
        assert alike(got[-1]) == alike(right[-1])
    assert left_out == {}


@pytest.mark.parametrize("name", DATES)
def test_a_date_is_read_however_it_is_written(tmp_path, name):
    """To the second; what was said of its order and zone is heeded."""
    when, said = DATES[name]
    found, _ = read(put(tmp_path, "log.csv", table(console(when))), **said)

    assert [row[0] for row in found.values()] == [row[0] for row in BASE]


ASKED = {
    "month or day": (table(console("{:%m/%d/%Y %H:%M}".format)), "'03/05/2024 14:03'", {"dates": "month first"}),
    "am or pm": (table(console("{:%m/%d/%Y %I:%M %p}".format)), "'03/05/2024 02:03 PM'", {"dates": "month first"}),
    "local time": (
        table(records(eastern("%Y-%m-%d %H:%M"), {**CONSOLE, "date_sent": "Sent Date (local)"}, **NO_DATES)),
        "local time",
        {"zone": "America/New_York"},
    ),
    "a zone that means several": (
        table(console(lambda m: f"{m + timedelta(hours=5.5):%Y-%m-%d %H:%M IST}")),
        "'2024-03-05 19:33 IST'",
        {"zone": "Asia/Kolkata"},
    ),
    "an unknown name": (
        table(records(names={"sid": "service_id"})),
        "columns={'service_id': 'sid'}",
        {"columns": {"service_id": "sid"}},
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_nobody_can_be_sure_of_is_asked_for(tmp_path, name):
    """The sentence shows the value and what to say; said, the file is read."""
    content, shown, said = ASKED[name]
    path = put(tmp_path, "log.csv", content)
    with pytest.raises(InvalidInput) as asked:
        import_logs(path, tmp_path / "asked")
    assert shown in str(asked.value)

    found, _ = read(path, **said)

    assert [row[0][:16] for row in found.values()] == [row[0][:16] for row in BASE]


@pytest.mark.parametrize(
    ("when", "dates"),
    [("{:%m/%d/%Y %H:%M:%S}".format, "month first"), ("{:%d/%m/%Y %H:%M:%S}".format, "day first")],
)
def test_a_day_over_twelve_decides_the_order(tmp_path, when, dates):
    """One such day in a file says how all are written; two kinds in one file are refused with both."""
    rows = console(when)
    rows.append({**rows[0], "Sid": sid(9), "SentDate": when(datetime(2024, 3, 25, 1, tzinfo=UTC))})

    found, _ = read(put(tmp_path, "log.csv", table(rows)))

    assert [row[0] for row in found.values()] == [*(row[0] for row in BASE), "2024-03-25 01:00:00"]
    other = "25/03/2024 01:00:00" if dates == "month first" else "03/25/2024 01:00:00"
    rows.append({**rows[0], "Sid": sid(10), "SentDate": other})
    with pytest.raises(InvalidInput, match="two ways"):
        import_logs(put(tmp_path, "both.csv", table(rows)), tmp_path / "both")


REFUSED = {
    "empty.csv": (b"", "0 bytes"),
    "spaces.csv": (b" \r\n \n", "spaces and line ends"),
    "header.csv": (table(console()).partition("\n")[0], "no rows"),
    "nothing.json": ("[]", "no rows"),
    "page.xml": ("<?xml version='1.0'?><TwilioResponse><Messages/></TwilioResponse>", "Messages.json"),
    "login.html": ("<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
    "error.json": (
        json.dumps({"code": 20003, "message": "Authenticate", "more_info": "x", "status": 401}),
        "20003: Authenticate",
    ),
    "book.xlsx": (zipped(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}), "save it as CSV UTF-8"),
    "book.csv": (zipped(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}), "save it as CSV UTF-8"),
    "old.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save it as CSV UTF-8"),
    "log.pdf": (b"%PDF-1.7 ...", "PDF"),
    "log.csv.bz2": (b"BZh91AY&SY", "bzip2"),
    "log.db": (b"SQLite format 3\0" + b"\0" * 90, "SQLite"),
    "picture.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text"),
    "words.txt": ("Hello Ana, the export is attached.\nBye\n", "name the columns"),
    "spanish.csv": (
        table(
            records(
                names={
                    "date_sent": "Fecha",
                    "from": "De",
                    "to": "Para",
                    "body": "Mensaje",
                    "status": "Estado",
                    "direction": "Tipo",
                    "error_code": "Fallo",
                    "num_segments": "Partes",
                    "price": "Precio",
                    "price_unit": "Moneda",
                    "account_sid": "Cuenta",
                },
                **NO_DATES,
            ),
            ";",
        ),
        "no column for a date",
    ),
    "spanish_few.csv": ("De;Para;Estado;Fecha;Sid\n1;2;3;4;5\n", "columns={'De': 'from'}"),
    "print.txt": ("\n".join(map(str, records())), "json.dumps"),
    "console_log.txt": ("[\n  {\n    body: 'Hi',\n    sid: 'SM1'\n  }\n]", "JSON.stringify"),
    "no_header.csv": (table(console()).partition("\n")[2], "name the columns"),
    "calls.csv": (table(records(sid=lambda text: "CA" + text[2:])), "whose SID is not a message's"),
    "no_date.csv": (table(records(date_created="drop", date_updated="drop", date_sent="drop")), "a date"),
    "clock_only.csv": (table(console("{:%M:%S.0}".format)), "'03:11.0'"),
    "no_width.csv": (table(console("########{:.0}".format)), "Write dates like 2024-03-31T14:05:09Z"),
    "bad_dates.csv": (table(console("yesterday {:%H}".format)), "'yesterday 14'"),
    "no_zone_known.csv": (table(console("{:%Y-%m-%d %H:%M:%S XYZT}".format)), "XYZT"),
    "broken.zip": (b"PK\x03\x04 and no more", "damaged"),
    "torn.csv.gz": (gzip.compress(table(console()).encode() * 50)[:90], "damaged"),
    "torn.parquet": (b"PAR1 and no more", "damaged"),
    "two_sids.csv": (table(console()).replace("Body", "Sid", 1), "twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_taken_is_refused_with_what_to_do(tmp_path, name):
    """It is an error that names the file, the reason and, where there is one, the value."""
    content, told = REFUSED[name]
    path = put(tmp_path, name, content)

    with pytest.raises(InvalidInput) as refused:
        import_logs(path, tmp_path / "log")
    assert f"{name} was left out" in str(refused.value)
    assert told in str(refused.value)


def test_a_tar_is_refused(tmp_path):
    """Its sentence says to unpack it."""
    with tarfile.open(tmp_path / "log.tar", "w") as file:
        file.add(put(tmp_path, "log.csv", table(console())), "log.csv")
    with pytest.raises(InvalidInput, match="unpack it first"):
        import_logs(tmp_path / "log.tar", tmp_path / "log")


def later(hours, *numbers):
    """The five messages, some of them so many hours later."""
    change = {number: {"date": hours} for number in numbers or range(1, 6)}
    return {
        number: {"date": str(datetime.fromisoformat(BASE[number - 1][0]) + timedelta(hours=one["date"]))}
        for number, one in change.items()
    }


LOST = {number: {"number": None, "peer": None} for number in (1, 2, 3, 5)} | {4: {"number": "ACME", "peer": None}}
GIVEN = {
    "A01_console13.csv": {},
    "A02_console_zone_pst.csv": later(8),
    "A02b_console_zone_mixed.csv": later(8, 2, 4),
    "A02c_console_utcword.csv": {},
    "A04_bulkexport_tool_semicolon.csv": {},
    "A05_bulkexport_2024-03-05.json.gz": {},
    "A07_api_array.json": {},
    "A08_cli.json": {},
    "A08b_cli_camel.csv": {},
    "A08c_camel.jsonl": {},
    "A10_fivetran_seed.csv": {},
    "A10b_fivetran_with_sid.csv": {},
    "A11_airbyte_records.jsonl": {},
    "A11b_singer.jsonl": {},
    "A11c_plain_records.jsonl": {},
    "A13_pandas_sdk.csv": {},
    "A17_signalwire_date.csv": {5: {"direction": "outbound-api"}},
    "O01_bom.csv": {},
    "O02_utf16.csv": {},
    "O02b_utf16le_tab.csv": {},
    "O04_latin1.csv": {},
    "O05b_excel_noplus.csv": {},
    "O05c_excel_mangled_only_numbers.csv": LOST,
    "O07_summary_row.csv": {},
    "O08_dup_sids.csv": {},
    "O10_wide.csv": {},
    "O11_zipped.zip": {},
    "O11b_zip_named.csv": {},
    "O13_blank_lines.csv": {},
    "O17b_dates_eu.csv": {1: {"date": "2024-03-05 14:03:00"}},
    "O17c_dates_offset.csv": later(8),
    "O17e_epoch.csv": {key: {"date": "2024-03-05 14:03:11"} for key in range(1, 6)},
    "O17f_date_only.csv": {n: {"date": BASE[n - 1][0][:10] + " 00:00:00"} for n in range(1, 6)},
    "O17g_iso_ms.csv": {},
    "O17h_rfc_offset.csv": later(8),
    "O17i_some_unsent.csv": {5: {"date": None}},
    "O19_status_capital.csv": {},
    "O20_price_currency.csv": {5: {"price_e5": None}},
    "O21_error_text.csv": {},
    "O27_upper.CSV": {},
    "O29_txt.txt": {},
    "O30_quoted_newline_header.csv": {},
    "O32_body_first_long.json": {},
    "O33_comma_in_semicolon_header.csv": {},
    "O38_percent_date_tz_name.csv": later(5),
    "O39_status_upper_webhook.csv": {},
    "O40_fivetran_bq_column.csv": {},
}
"""Files that give the five messages, and what differs in them by the number of the message."""


@pytest.mark.parametrize("name", GIVEN)
def test_a_file_from_outside_is_read(name, tmp_path):
    """Every value of each column that it has is right."""
    path = put(tmp_path, name, (FILES / name).read_bytes())
    for source in sources(path, MAX_BYTES):
        lacks = {{"price": "price_e5"}.get(one, one) for one in FileMessages(source, Options(), tmp_path).lacks} | {
            "body"
        }

    found, _ = read(path)

    assert set(found) == {sid(number) for number in range(1, 6)}
    for number, right in enumerate(BASE, 1):
        wanted = {**dict(zip(FIELDS, right, strict=True)), **GIVEN[name].get(number, {})}
        got = dict(zip(FIELDS, found[sid(number)], strict=True))
        if name == "O08_dup_sids.csv":  # of which the log, not the reader, keeps the latest state
            wanted["status"] = got["status"]
        assert {k: v for k, v in got.items() if k not in lacks} == {k: v for k, v in wanted.items() if k not in lacks}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("A14_messages.xml", "ask Twilio for Messages.json"),
        ("A16_spoke_recover.csv", "columns={'service_id': 'sid'}"),
        ("O05_excel_mangled.csv", "'3/5/2024 14:03'"),
        ("O14_header_only.csv", "no rows"),
        ("O15_empty.csv", "0 bytes"),
        ("O17_dates_us.csv", "'3/5/2024 14:03:11'"),
        ("O17d_dates_ampm.csv", "'03/05/2024 02:03:11 PM'"),
        ("O28_xlsx.xlsx", "save it as CSV UTF-8"),
    ],
)
def test_a_file_from_outside_is_refused(name, told, tmp_path):
    """The sentence says what to do instead, and shows the value that it hangs on."""
    with pytest.raises(InvalidInput) as refused:
        import_logs(FILES / name, tmp_path / "log")

    assert told in str(refused.value)
    assert not (tmp_path / "log").exists(), "no folder is left behind"


def test_mangled_files_are_read_once_the_order_is_said():
    """Spreadsheets' dates and numbers: what is lost is said to be lost, and nothing becomes a sender of it."""
    for name, numbers in (("O05_excel_mangled.csv", False), ("O17_dates_us.csv", True), ("O17d_dates_ampm.csv", True)):
        report = import_logs(FILES / name, "nowhere", dates="month first", dry_run=True)
        assert report.kept == 5
        assert report.files[0].since.isoformat()[:16] == "2024-03-05T14:03"
        assert any("rounded" in note and "'1.41556E+10'" in note for note in report.files[0].notes) != numbers


@pytest.mark.parametrize(
    ("name", "right", "left_out"),
    [
        (
            "O22_whatsapp_rcs.csv",
            {
                ("whatsapp:+14155550100", "whatsapp:+16285550123"),
                ("rcs:acme_agent", "rcs:+12065550144"),
                ("messenger:456", "messenger:123"),
                ("86753", "+13055550111"),
            },
            0,
        ),
        ("O24_crlf_in_body.csv", {("+14155550100", "+12065550144")}, 0),
        ("O25_quotes_unescaped.csv", {("+14155550100", "+16285550123")}, 0),
        ("O31_bulk_dup_keys_badline.jsonl", {("+14155550100", "+16285550123"), ("+14155550100", "+12065550144")}, 1),
        ("O36_mixed_plus_noplus.csv", {("+14155550100", "+16285550123")}, 0),
        ("O37_sci_two_senders.csv", {(None, None)}, 0),
        ("O07_summary_row.csv", {(row[4], row[5]) for row in BASE}, 1),
    ],
)
def test_senders_and_recipients_of_odd_files(name, right, left_out, tmp_path):
    """Each is one address, in one writing; bodies with line ends and quotes are whole."""
    found, left = read(put(tmp_path, name, (FILES / name).read_bytes()))

    assert {row[4:6] for row in found.values()} == right
    assert sum(rows for rows, _ in left.values()) == left_out
    if "quotes" in name:
        assert [row[-1] for row in found.values()] == ['He said "hi", ok', "next"]


def test_all_files_of_a_folder_at_once(tmp_path):
    """What is taken, what is left out and what was not looked at add up, file by file."""
    report = import_logs(FILES, tmp_path / "log", dry_run=True)

    assert len(report.files) >= len(list(FILES.iterdir())) - 1  # .xml is not looked at in a folder
    assert "not read: A14_messages.xml" in report.notes[0]
    for one in report.files:
        assert one.refused or one.kept
        assert one.rows == one.kept + sum(reason.rows for reason in one.left_out)
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"status": lambda text: "Bounced" if text == "failed" else text},
            "1 status(es) that Twilio does not have, kept unchanged (first: 'Bounced')",
        ),
        ({"price": lambda text: text.lstrip("-")}, "prices are positive; they are read as costs"),
        ({"price": lambda text: text.replace("-0.0400", "0.0400")}, "1 price(s) of the other sign are read as refunds"),
        ({"price": "cheap"}, "5 price(s) that cannot be read (first: 'cheap')"),
        ({"price": "1,234"}, "5 price(s) that cannot be read (first: '1,234')"),
        ({"error_code": lambda code: code and "blocked"}, "2 error(s) without a code of Twilio's (first: 'blocked')"),
        ({"num_segments": "one"}, "5 num_segments that cannot be read (first: 'one')"),
        ({"direction": "drop"}, "5 direction(s) taken from the status"),
        ({"direction": "sideways"}, "5 direction(s) that Twilio does not have (first: 'sideways')"),
        ({"from": "1,41556E+10"}, "5 number(s) that a spreadsheet has rounded are lost"),
        ({"to": "3612345678"}, "5 number(s) without a country code, kept unchanged (first: '•••78')"),
        (
            {"date_sent": lambda text: "" if "06T" in text else text},
            "2 message(s) have no date: they count, but on no day",
        ),
        (
            {"date_sent": lambda text: "0001-01-01T00:00:00" if "06T" in text else text},
            "2 message(s) have no date: they count, but on no day",
        ),
        ({"date_sent": lambda text: text[:19]}, "5 time(s) have no zone and are read as UTC"),
        ({"date_sent": lambda text: text[:10]}, "5 date(s) have no time of day; midnight is used"),
    ],
)
def test_what_is_not_sure_of_a_value_is_said(tmp_path, change, told):
    """All five messages are kept, and the report counts what had to be decided, with the first value."""
    report = import_logs(put(tmp_path, "log.csv", table(console(**change))), tmp_path / "log", dry_run=True)

    assert report.kept == report.rows == 5
    assert any(note.startswith(told) for note in report.files[0].notes), report.files[0].notes


@pytest.mark.parametrize("content", [per_line(records()), json.dumps(records(), indent=1)], ids=["lines", "array"])
def test_half_an_emoji_costs_only_itself(tmp_path, content):
    """JSON may hold a half that UTF-8 cannot, as a cut body leaves it."""
    found, left_out = read(put(tmp_path, "log.json", content.replace('"Hello"', '"Hello \\ud83d"')))

    assert (len(found), left_out) == (5, {})
    assert found[sid(4)][-1] == "Hello ?"
