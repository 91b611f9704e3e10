"""CampaignForm: every rule as you type, corrections by a click, registered by another, and clear words where that cannot be."""

import pytest

from forms import click
from msvc_toolkit.a2p.campaigns import inputs
from msvc_toolkit.a2p.campaigns.calls import fetch_campaign
from msvc_toolkit.a2p.campaigns.form import CampaignForm
from msvc_toolkit.senders.calls import remove_senders
from msvc_toolkit.services.calls import delete_service
from tests.helpers.forms import inside, words

A_MONTH = 30 * 86_400


def write(form, draft):
    """Fill in a draft's texts, as a person would paste them."""
    form.fill(**inputs.values(draft))


def test_a_good_campaign_is_registered_and_verified(conn, sid, brand, draft):
    """Pasted, handed in by one click, and verified when the clock has moved."""
    form = CampaignForm(conn, sid)
    assert form.button.disabled
    write(form, draft)
    assert form.button.description == "Register the campaign (sandbox, free)"
    assert "0 blocker, 0 warning" in form.remarks.value
    said = click(form)

    assert "The campaign is submitted" in said
    assert "PENDING: submitted" in said
    assert form.campaign.brand_registration_sid == brand
    conn.sandbox.advance(A_MONTH)
    form.again.click()
    assert "VERIFIED: approved" in form.outcome.value
    assert form.button.disabled
    assert "The service has a campaign" in form.missing.value


@pytest.mark.usefixtures("brand")
def test_every_remark_is_shown_as_it_is_typed(conn, sid, draft):
    """A short link brings its remark, code and remedy beside its input at the keystroke, blocks, and goes with the link."""
    form = CampaignForm(conn, sid, draft)
    assert not form.button.disabled
    form.fill(sample_1="Owl Coffee: bit.ly/owl1 Reply STOP to opt out.")

    for shown in (
        "Problem: bit.ly is a public link shortener.",
        "30892",
        "Put the whole address on your own https domain",
    ):
        assert shown in words(form.fields["sample_1"].note.value)
    assert "1 blocker" in form.remarks.value
    assert "Blockers are next to: Sample 1." in form.remarks.value
    assert form.button.disabled
    form.fill(sample_1=draft.message_samples[0])
    assert "shortener" not in form.fields["sample_1"].note.value
    assert not form.button.disabled


@pytest.mark.usefixtures("brand")
def test_corrections_are_put_in_by_a_click(conn, sid, draft):
    """The button puts right what needs no fact, says what it was, and leaves a short link to the person: no placeholder."""
    form = CampaignForm(conn, sid, draft)
    form.fill(
        message_flow=draft.message_flow.replace("https://", "http://"),
        sample_1="Your {{order}} is ready: bit.ly/owl1",
        opt_out_keywords="end, quit",
        us_app_to_person_usecase="MIXED",
    )
    assert form.button.disabled
    form.correct.click()
    shown = form.read()

    assert shown["message_flow"] == draft.message_flow
    assert shown["sample_1"].startswith("Owl Coffee LLC: Your [order] is ready: bit.ly/owl1")
    assert shown["opt_out_keywords"][:3] == ("END", "QUIT", "STOP")
    assert "Links begin with https:// now" in form.changes.value
    assert form.correct.disabled
    assert form.button.disabled
    form.fill(sample_1=shown["sample_1"].replace("bit.ly/owl1", "https://www.owlcoffee.example/o"))
    assert not form.button.disabled


@pytest.mark.usefixtures("brand")
def test_a_placeholder_is_never_handed_in(conn, sid, draft):
    """A note to the writer in a text is a blocker, whoever put it there."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_2="Owl Coffee: your order is ready, see [link on your own domain]")

    assert "is a note to the writer" in form.fields["sample_1"].note.value
    assert form.button.disabled


@pytest.mark.usefixtures("brand")
def test_each_remark_stands_once_and_from_the_start(conn, sid):
    """On an empty form every blocker is beside its input before anything is touched, and nowhere else."""
    form = CampaignForm(conn, sid)
    drawn = [field.note.value for field in form.fields.values()]
    problems = [problem for problem in form.problems() if problem.field in form.fields]

    assert {"description", "message_flow", "sample_1", "privacy_policy_url"} <= {problem.field for problem in problems}
    for problem in problems:
        assert sum(problem.sentence in note for note in drawn) == 1
        assert problem.sentence not in form.missing.value + form.remarks.value


@pytest.mark.usefixtures("brand")
def test_a_failed_campaign_says_so_at_the_top(conn, sid):
    """State and reviewer's errors stand above the inputs, before anything is clicked."""
    form = CampaignForm(conn, sid)
    assert form.state.value == ""
    conn.sandbox.register_campaign(sid, status="FAILED", errors={30893: "MESSAGE_SAMPLES"})
    form = CampaignForm(conn, sid)

    parts = list(inside(form.view))
    assert parts.index(form.heading) < parts.index(form.state) < parts.index(form.fields["description"].widget)
    for shown in ("FAILED: refused", "30893", "MESSAGE_SAMPLES"):
        assert shown in form.state.value


@pytest.mark.usefixtures("brand")
def test_corrections_of_a_failed_campaign_are_filed(conn, sid, draft):
    """What no update changes is neither corrected nor promised; what is promised is what is sent."""
    conn.sandbox.register_campaign(
        sid,
        status="FAILED",
        errors={30909: "MESSAGE_FLOW"},
        opt_out_keywords=["STOP", "END"],
        opt_out_message="Acme: you are opted out and get no more messages.",
        message_samples=["{{a}} is ready for you now", draft.message_samples[1]],
    )
    form = CampaignForm(conn, sid)
    form.correct.click()

    assert "[brackets]" in form.changes.value
    assert "Samples begin with Owl Coffee LLC.<" in form.changes.value
    assert "Keywords" not in form.changes.value
    assert form.read()["opt_out_keywords"] == ("STOP", "END")
    assert "stay as they were registered" not in form.missing.value


@pytest.mark.usefixtures("brand")
def test_the_opt_in_image_is_filed_in_the_flow(conn, sid, draft):
    """The API has no field for it: alone it does not count, and a click puts its address into the flow."""
    picture = "https://www.owlcoffee.example/opt-in.png"
    form = CampaignForm(conn, sid, draft)
    form.fill(
        message_flow="Customers tick an unchecked box at the till for order updates from Owl Coffee.",
        opt_in_image_url=picture,
    )
    assert form.button.disabled
    form.correct.click()
    assert form.read()["message_flow"].endswith(f"The opt-in is shown at {picture}")
    click(form)
    assert picture in fetch_campaign(conn, sid).draft.message_flow


def test_a_service_without_brand_and_number_says_so(conn, sid, draft):
    """It says where a brand comes from and that the campaign would stand idle; the texts can be read all the same."""
    remove_senders(conn, sid, ["+14155550100"])
    form = CampaignForm(conn, sid, draft)

    assert form.button.disabled
    assert "This account has no brand" in form.fields["brand"].note.value
    assert "conn.sandbox.register_brand()" in form.fields["brand"].note.value
    assert "no US local number" in form.missing.value
    assert "0 blocker" in form.remarks.value
    conn.sandbox.register_brand()
    form.again.click()
    assert "The service has no campaign" in form.outcome.value
    assert not form.button.disabled


def test_a_brand_that_is_not_approved_is_not_taken(conn, sid, draft):
    """Its state is told, and the click is off."""
    conn.sandbox.register_brand(status="IN_REVIEW")
    form = CampaignForm(conn, sid, draft)

    assert "This brand is IN_REVIEW" in form.fields["brand"].note.value + form.missing.value
    assert form.button.disabled


def test_usable_brands_come_first(conn, sid, draft):
    """Of a failed brand and an approved one, the approved one is chosen."""
    conn.sandbox.register_brand(status="FAILED")
    approved = conn.sandbox.register_brand()
    form = CampaignForm(conn, sid, draft)

    assert form.brand.sid == approved
    assert "Acme Deli, Inc. (STANDARD, APPROVED)" in form.fields["brand"].words


@pytest.mark.usefixtures("brand")
def test_a_refusal_is_rehearsed_shown_and_corrected(conn, sid, draft):
    """Handed in despite blockers it fails with Twilio's codes in the form; the corrected texts are handed in again."""
    form = CampaignForm(conn, sid, draft)
    form.fill(message_flow="Customers get texts about orders, now and then.")
    assert form.button.disabled
    form.fill(despite=True)
    assert not form.button.disabled
    click(form)
    conn.sandbox.advance(A_MONTH)
    form.again.click()

    assert "30909" in form.outcome.value
    assert "MESSAGE_FLOW" in form.outcome.value
    form.fill(message_flow=draft.message_flow, despite=False)
    assert form.button.description == "Submit the campaign again (sandbox, free)"
    click(form)
    conn.sandbox.advance(A_MONTH)
    assert fetch_campaign(conn, sid).status == "VERIFIED"


@pytest.mark.usefixtures("brand")
def test_what_an_update_cannot_change_is_said(conn, sid):
    """On a refused campaign, another use case is warned of, since it would stay as it is."""
    conn.sandbox.register_campaign(sid, status="FAILED", errors={30893: "MESSAGE_SAMPLES"})
    form = CampaignForm(conn, sid)
    assert "stay as they were registered" not in form.missing.value
    form.fill(us_app_to_person_usecase="MARKETING")

    assert "stay as they were registered" in form.missing.value


@pytest.mark.usefixtures("brand")
def test_what_no_update_can_mend_is_not_handed_in_again(conn, sid):
    """A campaign refused for its reply to HELP would be refused again, whatever is typed; the form says what to do."""
    conn.sandbox.register_campaign(
        sid, status="FAILED", errors={30890: "HELP_MESSAGE"}, help_message="We will be right with you, thank you."
    )
    form = CampaignForm(conn, sid)
    form.fill(help_message="Acme Deli: write to care@acme.example.")

    assert "cannot be corrected here" in form.missing.value
    assert form.button.disabled


def test_a_sole_proprietor_hands_in_again(conn, sid, told):
    """The case of a sole proprietor is no fault of theirs: a refused campaign can be corrected."""
    [draft] = [draft for draft, sender in told["good"] if sender.brand_type == "SOLE_PROPRIETOR"]
    person = conn.sandbox.register_brand("SOLE_PROPRIETOR")
    conn.sandbox.register_campaign(
        sid,
        brand_sid=person,
        status="FAILED",
        errors={30909: "MESSAGE_FLOW"},
        us_app_to_person_usecase="SOLE_PROPRIETOR",
    )
    form = CampaignForm(conn, sid)
    form.fill(message_flow=draft.message_flow)

    assert "cannot be corrected here" not in form.missing.value
    assert not form.button.disabled


@pytest.mark.usefixtures("brand")
def test_a_double_click_registers_once(conn, sid, draft):
    """Two clicks in a row are one request."""
    form = CampaignForm(conn, sid, draft)
    form.button.click()
    form.button.click()
    form.wait()

    assert form.last_error is None
    assert len(conn.client.messaging.v1.services(sid).us_app_to_person.list()) == 1


def test_registration_that_may_not_be_read_is_said(conn, sid, draft):
    """A key without the permission leaves the linter at work and says why nothing can be registered."""
    conn.sandbox.fault(403, route="GET /v1/a2p/BrandRegistrations")
    form = CampaignForm(conn, sid, draft)

    assert "The registration cannot be read" in form.missing.value
    assert form.button.disabled
    assert "0 blocker" in form.remarks.value


@pytest.mark.usefixtures("brand")
def test_a_service_deleted_elsewhere_is_told(conn, sid, draft):
    """The click is refused with Twilio's code, and the texts are still there."""
    form = CampaignForm(conn, sid, draft)
    delete_service(conn, sid)

    assert "20404" in click(form)
    assert form.fields["description"].widget.value == draft.description


@pytest.mark.usefixtures("brand")
def test_the_live_button_says_what_it_costs(conn, sid, draft):
    """On a live account the button names the fee, the monthly fee of the case, and how sure both are."""
    form = CampaignForm(conn, sid, draft)
    form.conn.label = "LIVE"
    form.refresh()

    assert form.button.description == (
        "Register the campaign LIVE: may cost $15 for vetting (grade T), then $10 a month (grade Q/T); prices move"
    )


@pytest.mark.usefixtures("brand")
def test_the_twin_holds_inputs_and_remarks(conn, sid, draft):
    """What is left of the form in a saved notebook shows the texts and what was said about them."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_2="Owl Coffee: call (415) 555-0142 about order [id].")
    kept = form.static()

    assert "Owl Coffee sends order confirmations" in kept
    assert "flags.phone_unsaid" in kept


@pytest.mark.parametrize("name", ["description", "message_flow", "sample_1", "help_message"])
@pytest.mark.usefixtures("brand")
def test_what_is_typed_is_never_markup(conn, sid, draft, name):
    """Angle brackets in a text stay text, in the remarks too."""
    form = CampaignForm(conn, sid, draft)
    form.fill(**{name: "<img src=x onerror=alert(1)> http://<b>bit.ly</b>/x CBD <script>"})

    for part in (form.remarks, form.missing, form.changes, *(field.note for field in form.fields.values())):
        assert "<img" not in part.value
        assert "<script" not in part.value
