"""The dictionary of error codes: complete, readable, honest about its sources."""

import re
import tomllib
from dataclasses import FrozenInstanceError
from importlib.resources import files

import pytest

from msvc_toolkit.rules import error_codes


def numbers(text: str) -> set[int]:
    """Expand ``1-3 7`` to 1, 2, 3 and 7."""
    found: set[int] = set()
    for word in text.split():
        first, _, last = word.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


# The codes this toolkit promises to explain, by the place where Twilio describes them.  Taken from the error and warning
# dictionary (dumps of 2023 and 2025-02, pages of single codes up to 2026) and the resource pages, read 2026-11-23 and -24;
# campaign codes in part as partners of Twilio report them.
PROMISED = {
    "answers of every product": "20001-20005 20007-20009 20403 20404 20409 20410 20429 20500 20503 21470 21481",
    "services and numbers": "21102 21406 21407 21420-21422 21452 30995",
    "answers to Messages.create": (
        "21211 21212 21265-21268 21408 21602-21612 21614 21616-21624 21627 21635 21653-21661 21667 21910"
    ),
    "answers of services and pools": "21701-21705 21708-21715 21733",
    "answers to A2P registration": "21717 21719-21725 21727-21732 21736-21741",
    "customer profiles and their evaluations": "18601-18609 22214-22219",
    "brands": "30701-30703 30712 30729 30734 30747-30758 30790-30799",
    "campaigns": (
        "30880-30910 30913-30915 30917 30919 30921 30923-30925 30927 30929-30934 30949 30951 30952 30954 30964 30990-30994"
    ),
    "campaigns and toll-free alike": "30497 30532-30534 30537 30538 30540 30544 30548 30555 30556",
    "change of a message": "30400 30404 30409",
    "scheduling": "35111 35114 35115 35117 35118 35125 35126",
    "message rows": (
        "30001-30013 30016-30027 30029 30030 30032-30042 30046 30125 30410 30450 30453 30485"
        " 30610 30615 30620 30630 30640 63003 63005 63007 63016 63017 63038"
    ),
    "messages of 2026": "21652 21664 21666 30044 30047 30500 30646 92005 92006 92007",
    "channels": (
        "63006 63008 63010-63015 63018-63021 63023 63024 63027 63028 63030-63032 63034 63036 63039-63042 63049 63059 63062"
    ),
    "toll-free verification": "30437 30440-30449 30451 30452 30826 30831 30837 30841 30842 30857 30863 30879",
    "link shortening and deactivations": "30100-30136",
    "webhooks and TwiML": "11200 11205 11210 11751 12100 12200 12300 14101-14103 14106-14111",
}
EXPECTED = set().union(*map(numbers, PROMISED.values()))
# Codes with which campaigns are refused and of which no description could be read.
UNREAD = "30911 30912 30916 30918 30920 30922 30926 30928 30935-30948 30950 30953 30955-30963"

# Recorded answers of Twilio, against its test credentials or in public client tests.
RECORDED_STATUS = {20001: 400, 20003: 401, 20404: 404, 20429: 429, 21211: 400, 21212: 400, 21606: 400, 21608: 400}
RECORDED_STATUS |= {21610: 400, 21611: 400, 21612: 400, 21614: 400, 21710: 409, 21712: 409, 21714: 412, 63007: 400}

CODES = error_codes.all_codes()


def test_it_explains_every_promised_code_and_no_other():
    """The dictionary holds exactly the promised codes, so neither list can drift from the other."""
    assert len(CODES) == len(EXPECTED)
    assert {code.code for code in CODES} == EXPECTED


def test_an_entry_is_written_in_whole_sentences():
    """Meaning, cause and remedy are one trimmed sentence each: a capital first, one full stop, at the end."""
    sentences = [(code.code, sentence) for code in CODES for sentence in (code.meaning, code.cause, code.remedy)]
    whole = re.compile(r"[A-Z0-9](?!.*\. ).{9,200}\.")

    assert [one for one in sentences if not whole.fullmatch(one[1]) or one[1] != one[1].strip()] == []


def test_an_entry_says_who_acts():
    """Every code has somebody who has to act, or says that nobody has to."""
    everybody = {"you", "Twilio", "the carriers", "the recipient", "nobody"}
    idle = [code for code in CODES if code.who == "nobody"]

    assert [(code.code, code.who) for code in CODES if code.who not in everybody] == []
    assert [(code.code, code.remedy) for code in idle if code.remedy.startswith("Contact Twilio Support")] == []


def test_a_code_that_nobody_could_read_is_left_out():
    """Nothing is guessed about a refusal whose page could not be read; it has Twilio's own description alone."""
    assert [code for code in numbers(UNREAD) if error_codes.lookup(code) is not None] == []


@pytest.mark.parametrize(
    ("code", "who"),
    [
        (30034, "you"),
        (30880, "Twilio"),
        (30899, "the carriers"),
        (30003, "the recipient"),
        (30035, "nobody"),
        (30994, "you"),
    ],
)
def test_who_acts_is_distinguished(code, who):
    """A fault of the registration is yours, a carrier's refusal the carrier's, and what passes by itself is nobody's."""
    assert error_codes.lookup(code).who == who


def test_an_entry_names_its_source():
    """The source is Twilio's dictionary under this code or under the range it belongs to."""
    where = "Twilio error dictionary, "
    named = [(code.code, code.source.partition(where)) for code in CODES]

    assert [code for code, (before, found, _) in named if before or not found] == []
    assert [code for code, (_, _, source) in named if code not in numbers(source.partition(";")[0])] == []


def test_an_entry_shows_no_phone_number():
    """No sentence holds a run of digits long enough to be somebody's number."""
    texts = [(code.code, f"{code.meaning} {code.cause} {code.remedy}") for code in CODES]
    digits = re.compile(r"\d[\d ()-]{5,}\d")

    assert [one for one in texts if digits.search(one[1].replace("2030-01-31T12:00:00Z", ""))] == []


def test_an_entry_is_an_answer_or_an_event_never_both():
    """An HTTP status is an error status, and a code that comes with an answer has no message status."""
    answers = {None, 400, 401, 403, 404, 405, 409, 410, 412, 429, 500, 503}
    events = {None, "failed", "undelivered", "inbound", "warning"}
    said = [(code.code, code.http, code.status) for code in CODES]

    assert [one for one in said if one[1] is not None and one[2] is not None] == []
    assert [one for one in said if one[1] not in answers or one[2] not in events] == []


def test_what_twilio_does_not_document_is_marked_as_our_reading():
    """A message status is always our reading; an HTTP status is, unless an answer of Twilio was recorded."""
    read = RECORDED_STATUS | {20008: 403, 20500: 500, 20503: 503}
    ends = [code for code in CODES if code.status in {"failed", "undelivered"}]
    answers = [code for code in CODES if code.http and "our reading" not in code.source]

    assert ends
    assert answers
    assert [code.code for code in ends if "the status is our reading" not in code.source] == []
    assert [(code.code, code.http) for code in answers if code.http != read.get(code.code)] == []


def test_a_recorded_status_is_kept():
    """The HTTP statuses that were seen in Twilio's answers are in the dictionary."""
    assert {code: error_codes.lookup(code).http for code in RECORDED_STATUS} == RECORDED_STATUS


def test_the_same_code_is_found_as_number_and_as_text():
    """Webhooks and CSV files carry codes as text, answers as numbers."""
    found = error_codes.lookup(30034)

    assert found.code == 30034
    assert found is error_codes.lookup("30034")
    assert found is error_codes.lookup(" 30034 ")


@pytest.mark.parametrize("code", [None, "", 0, -1, 99999, "99999", "none", "30034x", float("nan")])
def test_an_unknown_code_gives_nothing(code):
    """What is not known is None, and its advice is empty: never an error and never a guess."""
    assert error_codes.lookup(code) is None
    assert error_codes.advice(code) == ""


def test_advice_is_meaning_and_remedy_in_one_line():
    """The line shown beside Twilio's own message says what happened, then what to do."""
    found = error_codes.lookup(21712)

    assert error_codes.advice("21712") == f"{found.meaning} {found.remedy}"
    assert "\n" not in error_codes.advice(21712)


def test_more_info_leads_to_twilios_page():
    """The link has the form that Twilio's own error bodies use."""
    assert error_codes.lookup(21610).more_info == "https://www.twilio.com/docs/errors/21610"


def test_only_what_was_surely_not_done_may_be_repeated():
    """A refused request may be sent again; one that Twilio may have executed, or that breaks a rule, may not."""
    assert error_codes.lookup(20429).retryable
    assert error_codes.lookup(21702).retryable
    assert not error_codes.lookup(20500).retryable
    assert not error_codes.lookup(21610).retryable


def test_a_single_code_wins_over_the_range_around_it():
    """A code with an entry of its own is not hidden by its family."""
    assert "block" in error_codes.lookup(30119).meaning
    assert "DNS" in error_codes.lookup(30120).cause
    assert "sole proprietor" in error_codes.lookup(30125).meaning


def test_codes_come_in_order_and_cannot_be_changed():
    """The tuple is sorted by number and its entries are frozen, since all rooms share them."""
    numbers_in_order = [code.code for code in error_codes.all_codes()]

    assert numbers_in_order == sorted(set(numbers_in_order))
    with pytest.raises(FrozenInstanceError):
        error_codes.lookup(21610).meaning = "something else"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (21610, "Consent API"),
        (30630, "reassigned"),
        (30610, "Reschedule"),
        (30610, "MessageIntent"),
        (30615, "noon on Sundays"),
        (30450, "Global Safe List"),
        (30453, "RiskCheck=disable"),
        (30640, "essential"),
        (30003, "blocking by the carrier"),
        (30915, "toll-free verification"),
        (63016, "ContentSid"),
        (63018, "24 hours"),
        (63032, "SMS"),
        (63036, "SMS sender"),
        (63041, "another approved template"),
        (63049, "In the US use SMS"),
    ],
)
def test_a_remedy_names_what_can_be_done_today(code, said):
    """What a person can do besides waiting and taking a number off a list is named: the setting, parameter or other way."""
    known = error_codes.lookup(code)

    assert said in f"{known.meaning} {known.cause} {known.remedy}"


def test_a_page_that_was_not_read_is_not_passed_off_as_read():
    """A code whose page was not at hand says so in its source, and leads to Twilio's own page."""
    unread = [code for code in error_codes.all_codes() if "page not read" in code.source]

    assert {code.code for code in unread} >= {21664, 21666, 30120, 63036, 63041, 63042}
    assert all("; read 2026-11-30" not in code.source for code in unread)


def test_two_codes_do_not_share_an_explanation():
    """Each single entry differs from the others in its sentences."""
    text = files("msvc_toolkit").joinpath("rules/error_codes.toml").read_text(encoding="utf-8")
    seen: dict[tuple[str, str], list[str]] = {}
    for key, table in tomllib.loads(text).items():
        if not isinstance(table, dict):
            continue
        seen.setdefault((table["meaning"], table["cause"]), []).append(key)

    assert [keys for keys in seen.values() if len(keys) > 1] == []
