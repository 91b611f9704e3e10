"""The report: one file, figures and findings first, every chart with its numbers and completeness, nothing fetched, nothing whole."""

import json
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.report import PARTS, log_report_json

pytestmark = pytest.mark.slow

WHOLE = re.compile(r"\+\d{8,15}")


@pytest.fixture(scope="module")
def page(busy_log):
    """The report of the busy log."""
    return msvc.log_report(busy_log, zone="America/New_York")


def words(page):
    """The text of a page."""
    return re.sub(
        r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))
    )


def test_what_stands_out_comes_first(page, busy_log):
    """Figures, one sentence and every finding with a small chart are above all else."""
    found = measures.findings(busy_log, zone="America/New_York")
    first = page[: page.index("All figures")]
    whole = measures.outcomes(busy_log, by=()).iloc[0]

    assert len(found) >= 5
    assert [one for one in found["sentence"] if re.sub(r"\s+", " ", one) not in words(first)] == []
    assert first.count("<figure>") == len(found)
    sentence = words(first[: first.index('<div class="msvc-tiles">')])
    assert f"{whole['delivered']:,} of {whole['settled']:,} messages with a final status were delivered" in sentence
    assert sentence.index("Not delivered: ") < sentence.index("30007") < sentence.index("dearer texts (UCS-2)")
    assert f"{len(found)} faults stand out" in sentence
    assert f"Messages sent {whole['n']:,}" in words(first)


def test_carrier_fees_are_amounts(page):
    """The estimate of the carriers' fees is in USD, in the table as in the chart."""
    fees = page[page.index("Carrier fees from") :]
    table = words(fees[: fees.index("</table>")])

    assert table.count("USD") > 3
    assert "%" not in table


def test_each_finding_has_the_chart_of_its_messages(busy_log):
    """Beside a fault is how often it struck in each week of the log, those without it included."""
    page = msvc.log_report(busy_log)
    finding = next(one for one in page.split('class="msvc-drawn-finding"') if "ended with 30034" in one)
    weeks = len(measures.volume(busy_log.select("+16465550100"), by="week"))
    title = re.search(r"<title>([^<]*)</title>", finding)[1]

    assert title.startswith("Messages with an error by week: ")
    assert title.count("message") >= min(weeks, 5)


def test_every_question_with_its_numbers_and_completeness(page, busy_log):
    """Each measure has its section: chart with a text alternative, and the numbers to unfold; completeness is on top."""
    sections = page.split("<section>")[2:-1]

    assert busy_log.certificate.told("America/New_York") in words(page[: page.index('<div class="msvc-tiles">')])
    assert len(sections) == len(PARTS)
    for section in sections:
        assert " UTC" not in words(section)
        if "<figure>" in section:
            assert "<details>" in section
    pictures = [ET.fromstring(picture) for picture in re.findall(r"<figure>(.*?)</figure>", page)]  # noqa: S314 - our own
    assert len(pictures) >= 9
    for picture in pictures:
        assert picture.get("role") == "img"
        assert picture[0].tag.endswith("}title")
        assert len(picture[0].text) > 20
        assert picture[0].text == picture.get("aria-label")


def test_the_selection_is_named_first(busy_log):
    """Title and first lines name sender, service, window, zone and completeness; numbers stay masked."""
    zone = "America/Los_Angeles"
    sid = measures.spend(busy_log, by="messaging_service_sid")["messaging_service_sid"].iloc[-2]
    part = busy_log.select("+14045550100", services=[sid], since="2025-12-01", until="2026-01-01", zone=zone)
    page = msvc.log_report(part, zone=zone, names={sid: "Offers"}, title="Acme Deli")
    named = f"Acme Deli: +1 404 ••• 0100 in service Offers, 2025-12-01 to 2025-12-31, {zone}"

    assert re.search(r"<title>(.*?)</title>", page)[1] == named
    assert re.search(r"<h1>(.*?)</h1>", page)[1] == "Acme Deli"
    first = words(page[: page.index("<section>")])
    assert "+1 404 ••• 0100 in service Offers." in first
    assert f"2025-12-01 00:00 to 2026-01-01 00:00, time zone {zone}" in first
    assert part.certificate.told(zone) in first
    told = json.loads(log_report_json(part, zone=zone))
    assert told["selection"] == {
        "senders": ["+1 404 ••• 0100"],
        "services": [sid],
        "days": "2025-12-01 to 2025-12-31",
        "words": f"+1 404 ••• 0100 in service {sid[:8]}…",
    }


def test_many_senders_are_counted(busy_log):
    """The page's title names three senders, and how many more there are; the first line names each of twenty."""
    numbers = measures.outcomes(busy_log)["number"].tolist()
    page = msvc.log_report(busy_log.select(numbers[1:9]))

    assert re.search(r"<title>[^<]*, [^<]*, [^<]* and 5 more senders, 2025", page)
    assert words(page[: page.index('<div class="msvc-tiles">')]).count("•••") >= 3 + 7
    assert "All senders." in words(msvc.log_report(busy_log.select(since="2026-01-04")))


def test_a_sender_that_delivers_nothing_is_no_good_news(busy_log):
    """What ends most messages of a selection is found, and nothing in green is said about it."""
    part = busy_log.select("+16465550100")
    page = msvc.log_report(part)
    said = words(page)

    assert "300 of 300 messages of +1 646 ••• 0100 ended with 30034" in said
    assert "Nothing out of the ordinary" not in said
    assert "Done:" not in said
    assert "0 of 300 messages with a final status were delivered (0.0 %). 1 fault stands out." in said
    assert re.search(r"Not delivered: 30034 [^:]*: \+1 646 ••• 0100, 300 messages from 20\d\d-\d\d-\d\d to ", said)
    assert re.search(r"The newest of them: (SM[0-9a-f]{32}(, )?){3}", words(msvc.log_report(busy_log)))  # for Support
    assert 'class="msvc msvc-card msvc-done"' not in page
    assert json.loads(log_report_json(part))["verdict"]["mood"] == "warning"


def test_one_file_that_needs_nothing_else(page):
    """It is well-formed and asks no other address for anything."""
    opened = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            for name, value in attrs:
                assert name not in ("src", "href") or value.startswith("data:"), (tag, value)
            if tag not in ("meta", "img", "br"):
                opened.append(tag)

        def handle_endtag(self, tag):
            assert opened.pop() == tag

    Reader().feed(page)

    assert opened == []
    assert "url(" not in re.sub(r"url\((#|\"data:image/svg)", "", page)  # a hatch or an icon of the page itself
    assert "<script" not in page


def test_no_whole_number_in_any_form(page, busy_log):
    """Neither the page nor the JSON shows a whole phone number."""
    assert WHOLE.findall(page) == []
    assert WHOLE.findall(log_report_json(busy_log)) == []


def test_as_json(busy_log):
    """The JSON holds the certificate, the findings and every measure, with the same figures."""
    told = json.loads(log_report_json(busy_log))

    assert told["certificate"]["rows"] == 20_000
    assert [row["sentence"] for row in told["findings"]] == measures.findings(busy_log)["sentence"].tolist()
    assert set(PARTS) <= set(told)
    assert [row["n"] for row in told["outcomes"]] == measures.outcomes(busy_log)["n"].tolist()


def test_a_log_without_faults_says_so(tmp_path):
    """When nothing stands out, the report says that, and by which rate."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=5_000, clock="manual", faults=False)
    page = msvc.log_report(msvc.pull_logs(conn, tmp_path / "log", since="2025-10-01"))

    assert "Nothing out of the ordinary was found." in words(page)
    assert re.search(r"[\d,]+ of [\d,]+ messages with a final status were delivered: 9\d", words(page))


def test_names_in_place_of_sids(busy_log):
    """Services that have a friendly name are called by it, escaped."""
    sid = measures.spend(busy_log, by="messaging_service_sid")["messaging_service_sid"].iloc[-1]
    page = msvc.log_report(busy_log.select(services=[sid]), names={sid: "Tom & <Jerry>"})

    assert "Tom &amp; &lt;Jerry&gt;" in page
    assert "<Jerry>" not in page


def test_an_empty_log(conn, tmp_path):
    """A log without a message makes a report of sentences."""
    page = msvc.log_report(msvc.pull_logs(conn, tmp_path / "log", since="2026-01-01"))

    assert "<figure>" not in page
    assert "0 messages" in page
    assert "No message is in this selection." in words(page)


@pytest.mark.parametrize("kind", ["html", "json"])
def test_on_the_command_line(busy_folder, tmp_path, kind):
    """`msvc logs report` writes either form to a file or to stdout."""
    command = [sys.executable, "-m", "msvc_toolkit", "logs", "report", str(busy_folder), "--format", kind]
    command += ["--since", "2026-01-01"]
    file = tmp_path / f"report.{kind}"
    wrote = subprocess.run([*command, "--out", str(file)], capture_output=True, text=True, check=True)

    assert wrote.stdout == ""
    assert str(file) in wrote.stderr
    told = file.read_text(encoding="utf-8")
    assert told.startswith("<!doctype html>" if kind == "html" else "{")
    if kind == "json":
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == told
        assert json.loads(told)["certificate"]["since"].startswith("2026-01-01")


def test_no_log_in_the_folder(tmp_path):
    """A folder without a log is a sentence and exit code 2."""
    command = [sys.executable, "-m", "msvc_toolkit", "logs", "report", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)

    assert refused.returncode == 2
    assert "There is no log in" in refused.stderr


def test_a_notebook_draws_the_page_in_a_frame_and_does_not_print_it(page):
    """The page is text that can be written to a file; at the end of a cell it is a frame, and its repr is short."""
    assert page.startswith("<!doctype html>")
    assert len(repr(page)) < 60
    framed = re.fullmatch(r'<iframe srcdoc="([^"]*)"[^>]*></iframe>', page._repr_html_())
    assert unescape(framed[1]) == page


def test_a_report_can_be_written_to_a_file(busy_log, tmp_path):
    """With a path the page is written there, and the path comes back."""
    log = busy_log.select(senders=busy_log.rows(1, mask=False)["number"].tolist())
    written = msvc.log_report(log, str(tmp_path / "report.html"))

    assert written == tmp_path / "report.html"
    assert written.read_text("utf-8") == msvc.log_report(log)
