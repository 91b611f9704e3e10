"""Twilio's JSON becomes records: an absent key, null and an unknown word are each what they are."""

from datetime import UTC, datetime

import msgspec
import pytest

from msvc_toolkit.a2p.campaigns.model import Brand, Rejection, brand_of, campaign_of, rejections

ROW = {
    "sid": "QE1",
    "messaging_service_sid": "MG1",
    "brand_registration_sid": "BN1",
    "campaign_status": "HALF_VERIFIED",
    "description": None,
    "message_samples": ["a", "b"],
    "has_embedded_links": True,
    "subscriber_opt_in": None,
    "privacy_policy_url": None,
    "terms_and_conditions_url": "https://acme.example/terms",
    "date_created": "2026-11-24T12:00:00Z",
    "rate_limits": {"att": {"mps": 75}},
    "something_new": {"x": 1},
}


def test_a_campaign_is_read_whole():
    """Null and unknown keys do not disturb; a status that nobody knows is kept as it is."""
    campaign = campaign_of(ROW)

    assert (campaign.sid, campaign.service_sid, campaign.status) == ("QE1", "MG1", "HALF_VERIFIED")
    assert (campaign.draft.description, campaign.draft.message_samples) == ("", ("a", "b"))
    assert (campaign.draft.has_embedded_links, campaign.draft.subscriber_opt_in) == (True, True)
    assert campaign.date_created == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert (campaign.each_second, campaign.verified) == (75.0, False)


@pytest.mark.parametrize("missing", ["privacy_policy_url", "terms_and_conditions_url"])
def test_an_absent_address_is_not_an_empty_one(missing):
    """A policy address that is null is missing; one whose key is absent is not visible."""
    assert campaign_of(ROW).urls_visible
    assert not campaign_of({name: value for name, value in ROW.items() if name != missing}).urls_visible


def test_a_number_written_as_text_is_read():
    """Twilio writes some numbers as text."""
    assert brand_of({"sid": "BN1", "brand_score": "60"}) == Brand("BN1", brand_score=60)


def test_a_value_of_another_type_is_refused():
    """An answer of an unknown shape is never taken for a good one."""
    with pytest.raises(msgspec.ValidationError):
        brand_of({"sid": "BN1", "brand_score": {"value": 60}})


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        (
            {"error_code": 30909, "fields": ["MESSAGE_FLOW"], "description": "d"},
            Rejection(30909, ("MESSAGE_FLOW",), "d"),
        ),
        ({"code": "30909", "reason": "r"}, Rejection(30909, (), "r")),
        ({"fields": "MESSAGE_FLOW", "message": "m"}, Rejection(None, ("MESSAGE_FLOW",), "m")),
        ("words alone", Rejection(None, (), "words alone")),
    ],
)
def test_every_form_of_an_error_is_read(entry, read):
    """An entry of an error list has its code, fields and text under several names, or is text alone."""
    assert rejections([entry]) == (read,)
    assert rejections(None) == ()
