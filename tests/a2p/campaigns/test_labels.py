"""Twilio's codes in plain words."""

import pytest

from msvc_toolkit.a2p.campaigns.labels import FIELDS, MEANING, plain, usecase
from msvc_toolkit.a2p.campaigns.model import FINAL, CampaignDraft
from msvc_toolkit.a2p.linter.usecase import USECASES


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("The campaign of Care is FAILED.", "The campaign of Care is rejected."),
        ("Reviewers: 30909 (MESSAGE_FLOW).", "Reviewers: 30909 (“How people agree”)."),
        ("It is IN_PROGRESS, not VERIFIED.", "It is in review, not verified."),
        ("Move the offer to MARKETING, or choose MIXED.", "Move the offer to “Marketing”, or choose “Mixed”."),
        ("Reply STOP to opt out, HELP for help.", "Reply STOP to opt out, HELP for help."),
        ("Sample 1 has [MESSAGE_FLOW] and FAILED_TWICE.", "Sample 1 has [MESSAGE_FLOW] and FAILED_TWICE."),
    ],
)
def test_codes_become_words_and_the_rest_stays(sentence, shown):
    """States, fields and use cases are replaced; keywords, variables and unknown names are not."""
    assert plain(sentence) == shown


def test_every_field_state_and_use_case_has_a_name():
    """Nothing that a form shows is a code."""
    assert set(CampaignDraft.__dataclass_fields__) <= set(FIELDS)
    assert not [state for state in {*MEANING, *FINAL} if state in plain(f"It is {state}.")]
    assert not [case for case in USECASES if "_" in usecase(case)]
