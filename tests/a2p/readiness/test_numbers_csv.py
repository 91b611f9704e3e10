"""The Console's number-status report, whatever its columns are called and whatever a spreadsheet made of it."""

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.numbers_csv import read_numbers_csv


def report(folder, text):
    """A report in a file."""
    path = folder / "numbers.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        (
            "Phone Number,Registration Status,Campaign SID,Messaging Service SID,Date Updated\n"
            "+14155550100,REGISTERED,QE1,MG1,2026-11-20\n"
        ),
        (
            "\ufeffphoneNumber;externalPhoneNumberStatus;campaignSid;messagingServiceSid;dateUpdated\n"
            "14155550100;REGISTERED;QE1;MG1;2026-11-20T00:00:00Z\n"
        ),
        (
            "Number\tPhone Number SID\tCampaign Status\tStatus\tTCR Campaign ID\tService\tLast Update\n"
            "(415) 555-0100\tPN1\tVERIFIED\tREGISTERED\tQE1\tMG1\t11/20/2026\n"
        ),
    ],
)
def test_columns_by_what_they_are_called(tmp_path, text):
    """Number, state, campaign, service and day are found under other names, separators and spellings."""
    (state,) = read_numbers_csv(report(tmp_path, text))

    assert (state.phone_number, state.state) == ("+14155550100", "REGISTERED")
    assert (state.campaign_sid, state.service_sid) == ("QE1", "MG1")
    assert f"{state.updated:%Y-%m-%d %Z}" == "2026-11-20 UTC"


def test_words_are_kept_and_other_rows_are_left(tmp_path):
    """A state nobody has heard of stays as it is written; a row without a number says nothing."""
    text = "Phone Number,Status\n+14155550100,Pending De-registration\nTotal,1\n,\n"
    (state,) = read_numbers_csv(report(tmp_path, text))

    assert (state.state, state.campaign_sid, state.updated) == ("Pending De-registration", "", None)


def test_no_report_is_not_examined():
    """Without one it is said why there is nothing to read."""
    unread = read_numbers_csv(None)

    assert isinstance(unread, NotExamined)
    assert "No API" in unread.why


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Name,Colour\na,b\n", "its columns are Name, Colour"),
        ("", "its columns are none"),
        ("Phone Number\n+1\n", "states"),
    ],
)
def test_another_file_is_refused(tmp_path, text, says):
    """A file that is no such report is refused in a sentence that says what it has."""
    with pytest.raises(msvc.InvalidInput, match=says):
        read_numbers_csv(report(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path):
    """So is one that cannot be read."""
    with pytest.raises(msvc.InvalidInput, match="cannot be read"):
        read_numbers_csv(tmp_path / "none.csv")
