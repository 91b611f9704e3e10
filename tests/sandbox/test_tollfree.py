"""Toll-free verifications, through the official SDK: from submission to verdict, and what it means for sending."""

import pytest

from account import refusal
from msvc_toolkit.sandbox.resources.messaging import tollfree_review, tollfree_verifications

TO = "+14155550123"


def number(account):
    """A toll-free number the account has just bought."""
    free = account.client.available_phone_numbers("US").toll_free.list(limit=1)[0].phone_number
    return account.client.incoming_phone_numbers.toll_free.create(free)


def submission(sid, **more):
    """A verification that gives everything that is required."""
    return {
        "business_name": "Owl, Inc.",
        "business_website": "https://owl.example",
        "notification_email": "support@owl.example",
        "use_case_categories": ["TWO_FACTOR_AUTHENTICATION", "MARKETING"],
        "use_case_summary": "Codes and offers",
        "production_message_sample": "Your code is 123456",
        "opt_in_image_urls": ["https://owl.example/opt-in.png"],
        "opt_in_type": "WEB_FORM",
        "business_registration_number": "12-3456789",
        "message_volume": "1,000",
        "tollfree_phone_number_sid": sid,
        **more,
    }


def submit(account, **more):
    """A submitted verification of a new number."""
    return account.client.messaging.v1.tollfree_verifications.create(**submission(number(account).sid, **more))


def test_the_clock_brings_the_verdict(account):
    """Pending review, in review, approved; every change of state is an update."""
    made = submit(account)
    seen = [(made.status, made.date_updated)]
    for _ in range(2):
        account.advance(60)
        now = account.client.messaging.v1.tollfree_verifications(made.sid).fetch()
        seen.append((now.status, now.date_updated))

    assert [status for status, _ in seen] == ["PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED"]
    assert seen[0][1] < seen[1][1] < seen[2][1]
    assert (now.rejection_reason, now.error_code, now.edit_allowed) == (None, None, None)


def test_what_was_submitted_comes_back(account):
    """Texts, lists, flags and choices; SIDs of the profile are made where none was given."""
    made = submit(
        account,
        age_gated_content=True,
        opt_in_keywords=["YES", "JOIN"],
        business_type="NON_PROFIT",
        business_registration_authority="USt-IdNr",
        external_reference_id="abc",
        business_street_address2="Suite 1",
    )

    assert (made.use_case_categories, made.opt_in_keywords) == (
        ["TWO_FACTOR_AUTHENTICATION", "MARKETING"],
        ["YES", "JOIN"],
    )
    assert (made.age_gated_content, made.business_type, made.external_reference_id) == (True, "NON_PROFIT", "abc")
    assert (made.business_registration_authority, made.business_street_address2) == ("USt-IdNr", "Suite 1")
    assert made.tollfree_phone_number.startswith("+18")
    assert made.customer_profile_sid.startswith("BU")
    assert made.customer_profile_sid in made.resource_links["customer_profile"]
    assert made.business_city is None


def test_a_number_sends_to_the_us_once_it_is_approved(account):
    """Bought unverified, it ends with 30032; approved, it delivers; without its verification again 30032."""
    bought = number(account)
    verifications = account.client.messaging.v1.tollfree_verifications

    def outcome():
        sent = account.client.messages.create(to=TO, from_=bought.phone_number, body="Hi")
        account.advance(10)
        return sent.fetch().error_code

    before = outcome()
    made = verifications.create(**submission(bought.sid))
    waiting = outcome()
    account.advance(120)
    approved = outcome()
    verifications(made.sid).delete()

    assert (before, waiting, approved, outcome()) == (30032, 30032, None, 30032)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"additional_information": "Please rehearse 30444."}, 30444),
        ({"notification_email": "nobody"}, 30452),
        ({"business_contact_email": "a@owl.invalid"}, 30452),
        ({"business_country": "DE"}, 30451),
        ({"production_message_sample": "See https://bit.ly/x"}, 30449),
        ({"production_message_sample": "See http://owl.example/x"}, 30449),
        ({"opt_in_image_urls": ["on paper"]}, 30446),
    ],
)
def test_faults_are_rejected_with_their_reason(account, given, code):
    """The verdict names its code and reason, and whether one may edit."""
    made = submit(account, **given)
    account.advance(120)

    found = account.client.messaging.v1.tollfree_verifications(made.sid).fetch()

    assert (found.status, found.error_code) == ("TWILIO_REJECTED", code)
    assert found.rejection_reason == tollfree_review.reason(code)
    assert found.edit_allowed == (code in tollfree_review.EDITABLE)
    assert found.edit_expiration > found.date_updated


def test_a_rejected_verification_is_edited_and_passes(account):
    """The edit is a new submission of the same verification."""
    made = submit(account, production_message_sample="See https://bit.ly/x", use_case_summary="Codes")
    account.advance(120)
    one = account.client.messaging.v1.tollfree_verifications(made.sid)

    edited = one.update(production_message_sample="See https://owl.example/x", edit_reason="Link changed")
    account.advance(120)
    last = one.fetch()

    assert (edited.status, edited.error_code, edited.use_case_summary) == ("PENDING_REVIEW", None, "Codes")
    assert (last.status, last.production_message_sample) == ("TWILIO_APPROVED", "See https://owl.example/x")


def test_only_a_rejected_and_editable_one_is_edited_in_time(account):
    """Not while it is looked at, not when approved, not when the reason forbids it, and not after seven days."""
    verifications = account.client.messaging.v1.tollfree_verifications
    good, banned, late = (
        submit(account),
        submit(account, additional_information="30442"),
        submit(account, additional_information="30446"),
    )
    early = refusal(lambda: verifications(good.sid).update(business_name="X"))
    account.advance(120 + 7 * 86_400 + 1)

    found = [
        refusal(lambda sid=sid: verifications(sid).update(business_name="X")).code
        for sid in (good.sid, banned.sid, late.sid)
    ]

    assert (early.status, early.code, found) == (400, 20001, [20001, 20001, 30437])
    assert "PENDING_REVIEW" in early.msg


def test_the_list_filters(account):
    """By number, status, reference, trust product, and with subaccounts."""
    account.advance(1)
    verifications = account.client.messaging.v1.tollfree_verifications
    first = submit(account, external_reference_id="one")
    account.advance(60)
    second = submit(account)

    def listed(**asked):
        return [row.sid for row in verifications.list(**asked)]

    assert listed() == [first.sid, second.sid]
    assert listed(status="IN_REVIEW") == [first.sid]
    assert listed(status="PENDING_REVIEW") == [second.sid]
    assert listed(external_reference_id="one") == [first.sid]
    assert listed(tollfree_phone_number_sid=second.tollfree_phone_number_sid) == [second.sid]
    assert listed(trust_product_sid=[first.trust_product_sid]) == [first.sid]
    assert listed(include_sub_accounts=True) == [first.sid, second.sid]


@pytest.mark.parametrize("name", tollfree_verifications.REQUIRED)
def test_every_required_field_is_asked_for_by_name(account, name):
    """Without it there is 20001."""
    given = submission("PN" + "0" * 32)
    column = next(param.column for param in tollfree_verifications.CREATE if param.name == name)
    given[column] = [] if isinstance(given[column], list) else ""

    refused = refusal(lambda: account.client.messaging.v1.tollfree_verifications.create(**given))

    assert (refused.status, refused.code) == (400, 20001)
    assert name in refused.msg


def test_a_number_has_one_verification(account):
    """A second one waits until the first was rejected or deleted; a local number has none."""
    verifications = account.client.messaging.v1.tollfree_verifications
    made = submit(account)
    local = account.client.incoming_phone_numbers.list(phone_number="+14155550100")[0].sid

    second = refusal(lambda: verifications.create(**submission(made.tollfree_phone_number_sid)))
    wrong = refusal(lambda: verifications.create(**submission(local)))
    verifications(made.sid).delete()

    assert (second.status, second.code, wrong.status, wrong.code) == (409, 20409, 400, 20001)
    assert verifications.create(**submission(made.tollfree_phone_number_sid)).status == "PENDING_REVIEW"
    assert refusal(verifications(made.sid).fetch).code == 20404


@pytest.mark.parametrize(
    "given",
    [
        {"opt_in_type": "SHOUTED"},
        {"use_case_categories": ["MARKETING", "SPAM"]},
        {"business_type": "X"},
        {"age_gated_content": "perhaps"},
        {"vetting_provider": "X"},
        {"customer_profile_sid": "BU1"},
    ],
)
def test_a_value_that_is_none_of_the_choices_is_refused(account, given):
    """And nothing is submitted."""
    refused = refusal(lambda: submit(account, **given))

    assert (refused.status, refused.code) == (400, 20001)
    assert account.client.messaging.v1.tollfree_verifications.list() == []


def test_every_state_is_one_of_the_specification(account):
    """The four of the enumeration are reached, and no other."""
    rows = [submit(account, additional_information=text) for text in ("", "30446")]
    seen = set()
    for _ in range(3):
        seen |= {account.client.messaging.v1.tollfree_verifications(row.sid).fetch().status for row in rows}
        account.advance(60)

    assert seen == set(tollfree_verifications.STATUSES)
