"""Files in the shapes people have come out as a sensible reader would say, or are refused with what to do.

What is right was written down before any was imported; see tests/data/import_outcomes/expected.toml.
"""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs.importer.files import sources
from msvc_toolkit.logs.importer.importer import import_logs
from msvc_toolkit.logs.importer.messages import FileMessages, Options
from msvc_toolkit.logs.storage.store import open_store

pytestmark = pytest.mark.usefixtures("every_row_counted")

FILES = Path(__file__).parents[1] / "data" / "import_outcomes"
CASES = {case["file"]: case for case in tomllib.loads((FILES / "expected.toml").read_text("utf-8"))["case"]}
NOTES_MATTER = ("18_unicode_text.txt", "19_scientific.csv", "23_summary_row.csv", "39_unknown_status.csv")
"""Files that are read, with something that has to be said of them."""


def taken(name, folder, **options):
    """What an import of a file keeps, and what it says; None and the refusal where it keeps nothing."""
    try:
        log = import_logs(FILES / name, folder, **options)
    except InvalidInput as refusal:
        return None, str(refusal).replace(name, "")
    return open_store(folder).relation().to_arrow_table().to_pylist(), "\n".join(log.certificate.notes).replace(
        name, ""
    )


def check(case, rows):
    """Compare what was kept with what is right."""
    if "kept" in case:
        assert len(rows) == case["kept"]
    if "kept_in" in case:
        assert case["kept_in"][0] <= len(rows) <= case["kept_in"][1]
    if "statuses" in case:
        assert Counter(row["status"] for row in rows) == case["statuses"]
    if "senders" in case:
        assert {row["number"] for row in rows if row["direction"] != "inbound"} - {None} == set(case["senders"])
    days = sorted(f"{row['date_sent']:%Y-%m-%d}" for row in rows if row["date_sent"])
    if "first" in case:
        assert (days[0], days[-1]) == (case["first"], case["last"])
    if "cost" in case:
        assert sum(row["price_e5"] or 0 for row in rows) == round(case["cost"] * 1e5)
    if "codes" in case:
        assert {row["error_code"] for row in rows} - {None} == set(case["codes"])
    for lost in case.get("never", ()):
        assert lost not in {row["number"] for row in rows} | {row["peer"] for row in rows}


@pytest.mark.parametrize("name", CASES)
def test_a_file_comes_out_right_or_is_refused_with_a_reason(name, tmp_path):
    """FileMessages, statuses, senders and days are those of the file; a refusal says what is wrong with it."""
    case = CASES[name]
    rows, told = taken(name, tmp_path / "log")

    if rows is None:
        assert "refuse" in case["verdict"], told
    else:
        assert "read" in case["verdict"], told
        check(case, rows)
    if rows is None or name in NOTES_MATTER:
        assert [
            word for word in case.get("says", ()) if not re.search(word.replace("+", "[+]"), told, re.IGNORECASE)
        ] == []
    if then := dict(case.get("then", {})):
        rows, told = taken(name, tmp_path / "again", dates=then.pop("dates"))
        check(then, rows)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["verdict"] == "read"])
def test_every_row_is_kept_or_counted(name, tmp_path):
    """Rows in are rows kept and rows left out, by reason."""
    report = import_logs(FILES / name, tmp_path / "log", dry_run=True)

    assert report.rows
    assert report.rows == report.kept + sum(reason.rows for file in report.files for reason in file.left_out)


def test_a_dry_run_counts_a_message_of_several_files_once(tmp_path):
    """It gives as many messages as the import then keeps, and the report says so."""
    report = import_logs(FILES / "08_pages", tmp_path / "log", dry_run=True)

    assert (report.rows, report.kept, report.messages) == (4, 4, 3)
    assert str(report).endswith("4 of 4 rows would be kept: 3 messages; a message in several files is kept once.")
    assert import_logs(FILES / "08_pages", tmp_path / "log").certificate.rows == report.messages


def test_a_macs_hidden_files_in_a_zip_are_not_looked_at(tmp_path):
    """Neither .DS_Store nor __MACOSX is spoken of."""
    report = import_logs(FILES / "27_mac.zip", tmp_path / "log", dry_run=True)

    assert [(file.kept, file.refused) for file in report.files] == [(3, "")]


def test_a_console_column_of_media_is_known(tmp_path):
    """`# Media` is how many files a message carried."""
    source = next(iter(sources(FILES / "02_console_words.csv", 10_000)))

    assert "num_media" not in FileMessages(source, Options(), tmp_path).lacks


def test_a_file_that_was_cut_off_is_called_so(tmp_path):
    """A page that ends in the middle is not said to be no JSON."""
    assert "cut off before the end" in taken("30_cut.json", tmp_path / "log")[1]
