"""CampaignDraft: what is wrong with it in sentences, and what can be put right without new facts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.a2p.campaigns.calls import lint_campaign
from msvc_toolkit.a2p.campaigns.model import CONSOLE_ONLY, KEPT, MONTHLY_FEES, UPDATABLE, CampaignDraft, cost
from msvc_toolkit.a2p.linter import BrandIdentity, Campaign
from msvc_toolkit.a2p.linter.usecase import USECASES
from msvc_toolkit.errors import InvalidInput

OWL = BrandIdentity("Owl Coffee LLC", "https://www.owlcoffee.example", "desk@owlcoffee.example")
ROUGH = CampaignDraft(
    us_app_to_person_usecase=" account notification ",
    description="  Owl Coffee sends order  confirmations to customers who ordered: see http://www.owlcoffee.example/how. ",
    message_flow="Customers tick an unchecked box at http://www.owlcoffee.example/checkout to get texts from Owl Coffee.",
    message_samples=(
        "",
        "Hi {{first_name}}, your order is ready: bit.ly/owl1",
        "Owl Coffee: call (415) 555-0142 about %order%.",
    ),
    opt_in_keywords=("owl", "Owl Coffee"),
    opt_out_keywords=("stop",),
    help_keywords=("info",),
    privacy_policy_url="www.owlcoffee.example/privacy",
    terms_and_conditions_url="http://www.owlcoffee.example/terms",
)
TEXT = st.text(
    alphabet=st.sampled_from("aA1 .:/[]{}%$'\n-é🦉") | st.characters(codec="utf-8"), max_size=120
) | st.sampled_from(
    [
        "http://bit.ly/x",
        "www.owlcoffee.example",
        "Reply STOP to opt out.",
        "{name} %x% ${y}",
        "call 415-555-0142",
        "Owl Coffee: hi",
    ]
)
DRAFTS = st.builds(
    CampaignDraft,
    us_app_to_person_usecase=st.sampled_from([*USECASES, "two factor", " 2fa ", ""]),
    message_samples=st.lists(TEXT, max_size=7).map(tuple),
    has_embedded_links=st.booleans(),
    has_embedded_phone=st.booleans(),
    **dict.fromkeys(("description", "message_flow", "opt_in_message", "opt_out_message", "help_message"), TEXT),
    **dict.fromkeys(("privacy_policy_url", "terms_and_conditions_url", "opt_in_image_url"), TEXT),
    **dict.fromkeys(("opt_in_keywords", "opt_out_keywords", "help_keywords"), st.lists(TEXT, max_size=4).map(tuple)),
)


def blockers(draft, sender=OWL):
    """The rules that would refuse it, each with its field."""
    return {(remark.rule, remark.fields) for remark in draft.remarks(sender) if remark.severity == "blocker"}


def test_problems_are_the_blockers_and_warnings_by_field(draft):
    """A blocker blocks, a warning does not, advice is none; each names the input, the remedy and Twilio's code."""
    wrong = replace(
        draft,
        message_flow="",
        has_embedded_phone=True,
        message_samples=("Owl Coffee: it is ready. Reply STOP to end.",) * 2,
    )
    found = {problem.field: problem for problem in wrong.problems(OWL) if problem.blocks}

    assert set(found) == {"message_flow", "has_embedded_phone"}
    assert found["message_flow"].sentence == "The message flow is missing. Write it. (21727)"
    assert [problem.field for problem in wrong.problems(OWL) if not problem.blocks] == [
        "has_embedded_links",
        "message_samples",
    ]


def test_a_good_draft_has_no_problem(drafts):
    """The campaigns that people wrote with care have no problem."""
    for draft, sender in drafts["good"]:
        assert draft.problems(sender) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("description", None),
        ("message_samples", "one text"),
        ("message_samples", (1, 2)),
        ("age_gated", "yes"),
        ("opt_in_keywords", "JOIN"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(draft, name, value):
    """A value of a wrong type (not a text, a list of texts or a flag) is reported before any rule reads it."""
    wrong = replace(draft, **{name: value})

    assert [problem.field for problem in wrong.problems()] == [name]
    with pytest.raises(InvalidInput, match=name):
        lint_campaign(wrong)


def test_lists_may_be_lists(draft):
    """Lists and tuples are alike."""
    assert replace(draft, message_samples=list(draft.message_samples)).remarks(OWL) == draft.remarks(OWL)


def test_linting_needs_no_account(draft):
    """One row a remark, blockers first, with code, remedy, grade and source; a clean draft gives an empty table."""
    found = lint_campaign(replace(draft, message_flow="We text them."), OWL)
    clean = lint_campaign(replace(draft, privacy_policy_url="https://owl.coffee/p"), BrandIdentity())

    assert list(found.columns) == ["severity", "code", "field", "sentence", "remedy", "rule", "grade", "source"]
    assert found["severity"].tolist() == sorted(found["severity"], key=["blocker", "warning", "advice"].index)
    assert {21728, 30909} <= set(found["code"])
    assert not (clean["severity"] == "blocker").any()


def test_everything_that_needs_no_fact_is_put_right():
    """Form is corrected: spaces, https, short links, brackets, the name, the flags, the keywords, the missing replies."""
    correction = ROUGH.corrected(OWL)
    better = correction.draft

    assert better.us_app_to_person_usecase == "ACCOUNT_NOTIFICATION"
    assert better.description.startswith("Owl Coffee sends order confirmations")
    assert "http://" not in better.description + better.message_flow
    assert better.message_samples == (
        "Owl Coffee LLC: Hi [first_name], your order is ready: bit.ly/owl1 Reply STOP to opt out.",
        "Owl Coffee: call (415) 555-0142 about [order].",
    )
    assert (better.has_embedded_links, better.has_embedded_phone) == (True, True)
    assert better.opt_in_keywords == ("OWL", "OWLCOFFEE")
    assert better.opt_out_keywords == ("STOP", "QUIT", "END", "REVOKE", "OPTOUT", "CANCEL", "UNSUBSCRIBE")
    assert better.help_keywords == ("INFO", "HELP")
    assert better.help_message == "Owl Coffee LLC: for help go to desk@owlcoffee.example. Reply STOP to opt out."
    assert better.privacy_policy_url == "https://www.owlcoffee.example/privacy"
    assert better.terms_and_conditions_url == "https://www.owlcoffee.example/terms"
    assert len(correction.changes) == 10
    assert blockers(ROUGH) > blockers(better)
    assert blockers(better) == {("links.shortener", ("MESSAGE_SAMPLES",))}


def test_facts_are_not_invented():
    """How people agree is left as it was written, and its lack stays a remark; without a name, no reply is written."""
    better = ROUGH.corrected(OWL).draft
    nameless = ROUGH.corrected().draft

    assert better.message_flow == ROUGH.message_flow.replace("http://", "https://")
    assert "flow.frequency" in {remark.rule for remark in better.remarks(OWL)}
    assert (nameless.opt_in_message, nameless.help_message, nameless.opt_out_message) == ("", "", "")


def test_a_good_draft_is_left_as_it_is(drafts):
    """There is nothing to correct in campaigns that are in order."""
    for draft, sender in drafts["good"]:
        correction = draft.corrected(replace(sender, name=""))
        assert (correction.draft, correction.changes) == (draft, ())


@pytest.mark.slow
@given(DRAFTS)
@settings(max_examples=100, deadline=None, database=None)
def test_correcting_makes_nothing_worse_and_ends(draft):
    """No correction brings a blocker that was not there; what is corrected once needs no second time."""
    once = draft.corrected(OWL)
    again = once.draft.corrected(OWL)

    assert {rule for rule, _ in blockers(once.draft)} <= {rule for rule, _ in blockers(draft)}
    assert (again.draft, again.changes) == (once.draft, ())
    assert bool(once.changes) == (once.draft != draft)


def test_what_is_sent_leaves_gaps_to_twilio(draft):
    """Empty texts and lists are not sent, flags are, and lists go as lists."""
    sent = draft.params()

    assert {"opt_out_message", "opt_in_keywords", "help_keywords"} & set(sent) == set()
    assert (sent["has_embedded_phone"], sent["subscriber_opt_in"]) == (False, True)
    assert sent["message_samples"] == list(draft.message_samples)


def test_twilios_own_list_is_left_as_it_is(draft):
    """The opt-out keywords that Twilio fills in are read back, not written by anybody, and are not corrected."""
    own = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")
    read_back = replace(draft, opt_out_keywords=own, opt_out_message="You are unsubscribed and get no more messages.")

    assert read_back.corrected(OWL).draft.opt_out_keywords == own


def test_what_is_kept_is_not_corrected():
    """Fields that stay are left alone, and no change of theirs is reported."""
    correction = ROUGH.corrected(OWL, kept=KEPT)

    assert all(getattr(correction.draft, name) == getattr(ROUGH, name) for name in KEPT)
    assert not [change for change in correction.changes if "Keywords" in change or "message is written" in change]


def test_the_opt_in_image_is_not_sent(draft):
    """The API has no parameter for it; linted, it is a proof, and filed it counts only as part of the flow."""
    unseen = replace(
        draft, message_flow="Customers tick an unchecked box at the till for order updates from Owl Coffee."
    )
    shown = replace(unseen, opt_in_image_url="https://www.owlcoffee.example/opt-in.png")

    assert "opt_in_image_url" not in shown.params()
    assert "flow.proof" in {rule for rule, _ in blockers(unseen)}
    assert "flow.proof" not in {rule for rule, _ in blockers(shown)}
    assert "flow.proof" in {rule for rule, _ in blockers(shown.filed)}
    assert not blockers(shown.corrected(OWL).draft.filed)


def test_every_field_can_be_updated_or_not():
    """What an update sends, what stays and what only the Console files make up the whole, but for a flag of Twilio's own."""
    assert set(UPDATABLE) | set(KEPT) | set(CONSOLE_ONLY) | {"subscriber_opt_in"} == set(Campaign.__dataclass_fields__)
    assert not set(UPDATABLE) & set(KEPT)


@pytest.mark.parametrize("case", USECASES)
def test_the_cost_is_reported_with_its_doubt(case):
    """A price carries the grade of its source, and one that could not be read is not made up."""
    said = cost(case)

    assert "may cost $15" in said
    assert "prices change" in said
    assert ("could not be read" in said) == (case not in MONTHLY_FEES)
    assert case not in MONTHLY_FEES or MONTHLY_FEES[case][0] in said
