"""CampaignForm: every rule as you type, corrections by a click, registered by another, and clear words where that cannot be."""

import re

import pytest

from forms import click
from msvc_toolkit.a2p.campaigns import inputs
from msvc_toolkit.a2p.campaigns.calls import fetch_campaign
from msvc_toolkit.a2p.campaigns.form import CampaignForm
from msvc_toolkit.senders.calls import remove_senders
from msvc_toolkit.services.calls import delete_service
from tests.helpers.forms import inside, words

A_MONTH = 30 * 86_400


def shown(form, name):
    """The words beside and below an input."""
    return words(form.fields[name].note.value + form.remarks[name].value)


def write(form, draft):
    """Fill in a draft's texts, as a person would paste them."""
    form.fill(**inputs.values(draft))


def test_a_good_campaign_is_registered_and_verified(conn, sid, brand, draft):
    """Pasted, handed in by one click, and verified when the clock has moved."""
    form = CampaignForm(conn, sid)
    assert form.button.disabled
    write(form, draft)
    assert form.button.description == "Register the campaign"
    assert "Free in the sandbox." in form.missing.value
    assert "No blockers, no warnings" in form.state.value
    assert "know many wordings, not all" in form.state.value
    said = click(form)

    assert "The campaign is submitted" in said
    assert "In review" in words(form.state.value)
    assert form.campaign.brand_registration_sid == brand
    conn.sandbox.advance(A_MONTH)
    form.again.click()
    assert "Now: Verified." in words(form.outcome.value)
    assert "Verified" in words(form.state.value)
    assert form.button.disabled
    assert "The service has a campaign" in form.missing.value


@pytest.mark.usefixtures("brand")
def test_every_remark_is_shown_as_it_is_typed(conn, sid, draft):
    """A short link brings its remark, code and remedy beside its input at the keystroke, blocks, and goes with the link."""
    form = CampaignForm(conn, sid, draft)
    assert not form.button.disabled
    form.fill(sample_1="Owl Coffee: bit.ly/owl1 Reply STOP to opt out.")

    [blocker] = [remark for remark in form.found() if remark.severity == "blocker"]
    for said in (f"Blocker: {blocker.sentence}", str(blocker.code), blocker.remedy, "Problem: 1 blocker"):
        assert said in shown(form, "sample_1")
    assert "1 blocker" in words(form.state.value)
    assert "1 blocker left: 1 in “Sample message 1”." in words(form.missing.value)
    assert form.button.disabled
    form.fill(sample_1=draft.message_samples[0])
    assert shown(form, "sample_1").count("Blocker") == 0
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
    read = form.read()

    assert read["message_flow"] == draft.message_flow
    assert read["sample_1"].startswith("Owl Coffee LLC: Your [order] is ready: bit.ly/owl1")
    assert read["opt_out_keywords"][:3] == ("END", "QUIT", "STOP")
    assert "Links begin with https:// now" in form.changes.value
    assert form.correct.disabled
    assert form.button.disabled
    form.fill(sample_1=read["sample_1"].replace("bit.ly/owl1", "https://www.owlcoffee.example/o"))
    assert not form.button.disabled


@pytest.mark.usefixtures("brand")
def test_a_placeholder_is_never_handed_in(conn, sid, draft):
    """A note to the writer in a text is a blocker, whoever put it there."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_2="Owl Coffee: your order is ready, see [link on your own domain]")

    assert "is a note to the writer" in shown(form, "sample_2")
    assert "Blocker" not in shown(form, "sample_1")
    assert "1 in “Sample message 2”" in words(form.missing.value)
    assert form.button.disabled
    form.fill(message_flow=f"{draft.message_flow} See [link on your own domain].")
    assert "is a note to the writer" in shown(form, "message_flow")
    assert "is a note to the writer" in shown(form, "sample_2")


@pytest.mark.usefixtures("brand")
def test_an_untouched_form_is_calm_and_each_remark_is_shown_once(conn, sid):
    """A new form marks nothing and lists what is to be filled in; a touched input has its remarks, each once, also when emptied."""
    form = CampaignForm(conn, sid)
    wrong = {"msvc-wrong", "msvc-minded"}
    assert form.button.disabled
    assert not [name for name, field in form.fields.items() if wrong & {*field.view._dom_classes}]  # noqa: SLF001 - what its border is made of
    assert not [name for name, html in form.remarks.items() if html.value]
    assert "blocker" not in words(form.state.value)
    assert "msvc-problem" not in form.missing.value
    for label in ("Use case", "Description", "How people agree", "Sample message 1", "Privacy policy", "Terms"):
        assert f"“{label}”" in words(form.missing.value)

    form.fill(description="Orders")
    assert "msvc-wrong" in form.fields["description"].view._dom_classes  # noqa: SLF001 - as above
    assert shown(form, "message_flow").count("missing") == 0
    assert "1 in “Description”" in words(form.missing.value)
    form.fill(description="")
    assert "The description is missing." in shown(form, "description")

    form.fill(despite=True)  # an attempt to hand it in
    drawn = {name: words(html.value) for name, html in form.remarks.items()}
    remarks = [remark for remark in form.found() if remark.severity != "advice"]
    assert {"DESCRIPTION", "MESSAGE_FLOW", "MESSAGE_SAMPLES", "PRIVACY_POLICY_URL"} <= {r.fields[0] for r in remarks}
    everything = "".join(drawn.values()) + words(form.missing.value + form.state.value)
    for remark in remarks:
        assert everything.count(remark.sentence) == 1
    assert form.remarks["website"].value == ""


@pytest.mark.usefixtures("brand")
def test_missing_sentences_are_inserted_by_a_click(conn, sid, draft):
    """The button says how many there are and writes plain ones; what only the writer knows stays a blocker, with no placeholder."""
    form = CampaignForm(conn, sid, draft)
    assert form.insert.layout.display == "none"
    form.fill(message_flow="People give us their number on the phone, and then we write to them")
    before = [remark for remark in form.found() if remark.severity == "blocker"]
    assert before
    matched = re.fullmatch(r"Insert (\d) missing sentences", form.insert.description)
    assert int(matched[1]) > 1
    form.insert.click()
    flow = form.read()["message_flow"]

    assert flow.startswith("People give us their number on the phone, and then we write to them. ")
    assert "Message and data rates may apply." in flow
    assert ".." not in flow
    assert "[" not in flow
    assert [remark for remark in form.found() if remark.severity == "blocker"] == before
    assert form.button.disabled
    assert f"{matched[1]} sentences are inserted" in form.inserted.value
    assert form.insert.layout.display == "none"


@pytest.mark.parametrize("flow", ["", "Too short", "We got it on the phone. " * 84])
@pytest.mark.usefixtures("brand")
def test_sentences_never_stand_in_for_a_text(conn, sid, draft, flow):
    """Where the flow is empty, too short to be one, or full, nothing is offered: the sentences would only fill it up."""
    form = CampaignForm(conn, sid, draft)
    form.fill(message_flow=flow)

    assert form.insert.layout.display == "none"
    form.insert.click()
    assert form.read()["message_flow"] == flow.strip()


@pytest.mark.usefixtures("brand")
def test_a_blocker_among_the_folded_inputs_opens_the_fold(conn, sid, draft):
    """What keeps the button off is never folded away, and the fold says how much is in it."""
    form = CampaignForm(conn, sid, draft)
    toggle = form._fold[0].children[0]  # noqa: SLF001 - what a person clicks
    assert not toggle.value
    form.fill(help_message="Hi")

    assert toggle.value
    blockers = sum(remark.severity == "blocker" for remark in form.found())
    assert blockers
    assert f"{blockers} blocker" in toggle.description
    assert f"{blockers} in “Reply to HELP”" in words(form.missing.value)


@pytest.mark.usefixtures("brand")
def test_a_failed_campaign_says_so_at_the_top(conn, sid):
    """State and reviewer's errors are above the inputs, before anything is clicked."""
    form = CampaignForm(conn, sid)
    assert "Not registered yet" in words(form.state.value)
    conn.sandbox.register_campaign(sid, status="FAILED", errors={30893: "MESSAGE_SAMPLES"})
    form = CampaignForm(conn, sid)

    parts = list(inside(form.view))
    assert parts.index(form.heading) < parts.index(form.state) < parts.index(form.fields["description"].widget)
    for said in ("Rejected by the reviewers", "Sample messages: ", "Twilio's code 30893", "2 to 15 working days"):
        assert said in words(form.state.value)
    assert "FAILED" not in words(form.state.value)
    assert form.fields["us_app_to_person_usecase"].widget.disabled
    assert form.fields["help_message"].widget.disabled
    assert not form.fields["message_flow"].widget.disabled


@pytest.mark.usefixtures("brand")
def test_the_reviewers_words_are_shown_once(conn, sid, draft):
    """Their own words are at the top; where a remark beside an input says the same, the top has the code's meaning."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_1="Owl Coffee: bit.ly/owl1 Reply STOP to opt out.", despite=True)
    [blocker] = [remark for remark in form.found() if remark.severity == "blocker"]
    click(form)
    conn.sandbox.advance(A_MONTH)
    form.again.click()

    assert blocker.sentence in {error.description for error in form.campaign.errors}
    assert words(form.state.value + "".join(html.value for html in form.remarks.values())).count(blocker.sentence) == 1
    assert f"Twilio's code {blocker.code}" in words(form.state.value)


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
    """The API has no field for it: its address counts at once, and is submitted at the end of the flow."""
    picture = "https://www.owlcoffee.example/opt-in.png"
    form = CampaignForm(conn, sid, draft)
    form.fill(
        message_flow="Customers tick an unchecked box at the till for order updates from Owl Coffee.",
    )
    assert form.button.disabled
    form.fill(opt_in_image_url=picture)
    assert not form.button.disabled
    click(form)
    assert fetch_campaign(conn, sid).draft.message_flow.endswith(f"The opt-in is shown at {picture}")


@pytest.mark.usefixtures("brand")
@pytest.mark.parametrize(
    ("status", "title", "sign"),
    [
        ("IN_PROGRESS", "In review", "clock"),
        ("VERIFIED", "Verified", "done"),
        ("FAILED", "Rejected by the reviewers", "problem"),
        ("SUSPENDED", "Suspended", "problem"),
    ],
)
def test_each_state_is_a_word_and_a_sign(conn, sid, status, title, sign):
    """The banner has an icon and words, and no code; the button is gone and the reason is in its place, unless it is rejected."""
    conn.sandbox.register_campaign(sid, status=status)
    form = CampaignForm(conn, sid)

    assert title in words(form.state.value)
    assert f"msvc-icon-{sign}" in form.state.value
    assert status not in words(form.state.value)
    if status != "FAILED":
        assert form.button.disabled
        assert form.button.layout.display == "none"
        assert "The service has a campaign" in words(form.missing.value)


def test_a_service_without_brand_and_number_says_so(conn, sid, draft):
    """It says where a brand comes from and that the campaign would have no traffic; the texts can be read all the same."""
    remove_senders(conn, sid, ["+14155550100"])
    form = CampaignForm(conn, sid, draft)

    assert form.button.disabled
    assert "This account has no brand" in form.fields["brand"].note.value
    assert "conn.sandbox.register_brand()" in form.fields["brand"].note.value
    assert "no US local number" in form.missing.value
    assert "No blockers" in words(form.state.value)
    conn.sandbox.register_brand()
    form.again.click()
    assert "The service has no campaign" in form.outcome.value
    assert not form.button.disabled


def test_a_brand_that_is_not_approved_is_not_taken(conn, sid, draft):
    """Its state is shown, and the button is disabled."""
    conn.sandbox.register_brand(status="IN_REVIEW")
    form = CampaignForm(conn, sid, draft)

    assert "This brand is in review" in form.fields["brand"].note.value + form.missing.value
    assert form.button.disabled


def test_usable_brands_come_first(conn, sid, draft):
    """Of a failed brand and an approved one, the approved one is chosen."""
    conn.sandbox.register_brand(status="FAILED")
    approved = conn.sandbox.register_brand()
    form = CampaignForm(conn, sid, draft)

    assert form.brand.sid == approved
    assert "Acme Deli, Inc. (standard, approved)" in form.fields["brand"].words


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

    assert "Rejected by the reviewers" in words(form.outcome.value)
    assert "How people agree: " in words(form.state.value)
    assert "30909" in words(form.state.value)
    form.fill(message_flow=draft.message_flow, despite=False)
    assert form.button.description == "Submit again"
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
def test_what_no_update_can_correct_is_not_handed_in_again(conn, sid):
    """A campaign refused for its reply to HELP would be refused again, whatever is typed; the form says what to do."""
    conn.sandbox.register_campaign(
        sid, status="FAILED", errors={30890: "HELP_MESSAGE"}, help_message="We will be right with you, thank you."
    )
    form = CampaignForm(conn, sid)
    form.fill(help_message="Acme Deli: write to care@acme.example.")

    assert "cannot be corrected here" in form.missing.value
    assert form.button.disabled


def test_a_sole_proprietor_hands_in_again(conn, sid, drafts):
    """The case of a sole proprietor is no fault of theirs: a refused campaign can be corrected."""
    [draft] = [draft for draft, sender in drafts["good"] if sender.brand_type == "SOLE_PROPRIETOR"]
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
    assert "No blockers" in words(form.state.value)


@pytest.mark.usefixtures("brand")
def test_a_service_deleted_elsewhere_is_reported(conn, sid, draft):
    """The click is refused with Twilio's code, and the texts are still there."""
    form = CampaignForm(conn, sid, draft)
    delete_service(conn, sid)

    assert "20404" in click(form)
    assert form.fields["description"].widget.value == draft.description


@pytest.mark.usefixtures("brand")
def test_the_live_button_says_what_it_costs(conn, sid, draft):
    """On a live account the line beside the button names the fee, the monthly fee of the case, and how sure both are."""
    form = CampaignForm(conn, sid, draft)
    form.conn.label = "LIVE"
    form.refresh()

    assert form.button.description == "Register the campaign"
    assert (
        "On this live account it may cost $15 for vetting, then $10 a month (according to third parties; prices change)."
        in words(form.missing.value)
    )


@pytest.mark.usefixtures("brand")
def test_the_twin_holds_inputs_and_remarks(conn, sid, draft):
    """What is left of the form in a saved notebook shows the texts and what was said about them."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_2="Owl Coffee: call (415) 555-0142 about order [id].")
    kept = form.static()

    assert "Owl Coffee sends order confirmations" in kept
    [unsaid] = [remark for remark in form.found() if remark.rule == "flags.phone_unsaid"]
    assert unsaid.sentence in kept


@pytest.mark.parametrize("name", ["description", "message_flow", "sample_1", "help_message"])
@pytest.mark.usefixtures("brand")
def test_what_is_typed_is_never_markup(conn, sid, draft, name):
    """Angle brackets in a text stay text, in the remarks too."""
    form = CampaignForm(conn, sid, draft)
    form.fill(**{name: "<img src=x onerror=alert(1)> http://<b>bit.ly</b>/x CBD <script>"})

    drawn = [form.state, form.missing, form.changes, *form.remarks.values()]
    for part in (*drawn, *(field.note for field in form.fields.values())):
        assert "<img" not in part.value
        assert "<script" not in part.value


def test_a_registration_is_prepared_from_the_form_alone(conn, sid, draft):
    """Without a brand, a click registers the typed business; reviewed, it takes the campaign, and nothing can be typed then."""
    form = CampaignForm(conn, sid, draft)
    assert "How to register a brand on a live account" in words(form.how.value)
    assert "Trust Hub" in words(form.how.value)
    form.register.click()
    assert "Type the brand's name" in words(form.outcome.value)
    form.fill(brand_name="Owl Coffee LLC", website="https://www.owlcoffee.example")
    form.register.click()
    assert "waiting for review" in form.fields["brand"].words
    assert form.register.layout.display == "none"
    assert "“Let an hour pass”" in words(form.outcome.value)
    assert form.step.layout.display == ""
    form.step.click()

    assert "Owl Coffee LLC (standard, approved)" in form.fields["brand"].words
    assert form.how.value == ""
    assert form.step.layout.display == "none"
    assert "“Let an hour pass”" in click(form)
    form.step.click()
    assert form.step.layout.display == "none"
    assert "Verified" in words(form.state.value)
    assert "Submitted" in words(form.state.value)
    assert all(field.widget.disabled for field in form.fields.values())
    assert form.correct.layout.display == form.insert.layout.display == "none"


@pytest.mark.usefixtures("brand")
def test_a_verified_campaign_has_no_blocker(conn, sid):
    """A fault in texts that have passed a review stops nothing until the next one: it is a warning, as on the board."""
    samples = ["Acme Deli: see bit.ly/x1y2. Reply STOP to opt out.", "Acme Deli: your order [id] is here."]
    conn.sandbox.register_campaign(sid, message_samples=samples)
    form = CampaignForm(conn, sid)

    [short] = [remark for remark in form.found() if remark.rule == "links.shortener"]
    assert short.severity == "warning"


@pytest.mark.usefixtures("brand")
def test_a_remark_is_beside_the_sample_it_is_about(conn, sid, draft):
    """Two short links in two samples are named beside each; what all samples lack is said once, beside the first."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_1="Owl Coffee: see bit.ly/owl1", sample_2="Owl Coffee: see tinyurl.com/owl2")

    assert "bit.ly is" in shown(form, "sample_1")
    assert "tinyurl.com is" in shown(form, "sample_2")
    assert "tinyurl" not in shown(form, "sample_1")
    assert "No sample says how to opt out" in shown(form, "sample_1")
    assert "No sample says how to opt out" not in shown(form, "sample_2")


@pytest.mark.usefixtures("brand")
def test_a_rejection_names_its_warnings_and_asks_again_before_the_next_one(conn, sid, draft):
    """With a blocker the reviewers cite the warnings, too; "Submit despite blockers" is off for the next submission."""
    form = CampaignForm(conn, sid, draft)
    form.fill(sample_1="See bit.ly/owl1 for more.", sample_2="Your order [id] is late today.", despite=True)
    click(form)
    conn.sandbox.advance(600)
    form.again.click()

    assert {30892, 30893} <= {error.code for error in form.campaign.errors}
    assert "Correct what is below" in words(form.state.value)
    assert form.fields["despite"].widget.value is False
    assert form.button.disabled


def test_each_list_of_keywords_has_an_example_of_its_own(conn, sid):
    """The hint beside a list is one that the rules accept."""
    form = CampaignForm(conn, sid)
    hints = {
        name: form.fields[name].widget.placeholder for name in ("opt_in_keywords", "opt_out_keywords", "help_keywords")
    }
    form.fill(**hints, opt_out_message="Owl: you are opted out and get no more messages.")

    assert len(set(hints.values())) == 3
    assert not [r for r in form.found() if r.rule in ("replies.stop", "replies.help", "replies.legal_words")]


@pytest.mark.usefixtures("brand")
def test_content_that_is_never_allowed_is_said_first(conn, sid, draft):
    """A campaign refused for what A2P 10DLC never allows is not sent to correct and submit again; that reason is the first."""
    flow = f"{draft.message_flow} We offer payday loans."
    conn.sandbox.register_campaign(
        sid, status="FAILED", errors={30893: "MESSAGE_SAMPLES", 30897: "MESSAGE_FLOW"}, message_flow=flow
    )
    said = words(CampaignForm(conn, sid).state.value)

    assert "a business that offers it cannot be registered" in said
    assert "then submit again" not in said
    assert said.index("30897") < said.index("30893")
