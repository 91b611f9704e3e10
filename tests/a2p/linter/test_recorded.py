"""Recorded campaigns and our paraphrases: what was approved is not blocked, what was refused is remarked on."""

import json
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from msvc_toolkit.a2p.linter import BrandIdentity, Campaign, elements, examine

DATA = Path(__file__).parents[2] / "data"
RECORDED = json.loads((DATA / "campaign_texts.json").read_text(encoding="utf-8"))
WORDED = tomllib.loads((DATA / "campaign_paraphrases.toml").read_text(encoding="utf-8"))
DOUBTFUL = {"B22", "B23"}
"""A vendor's examples of doubtful age, which today's reviewers may refuse."""
SILENT = {"B18"}
"""Refused for a website in Spanish, which no text shows."""
REASON = {
    "B07": "MESSAGE_SAMPLES", "B21": "DESCRIPTION", "B25": "MESSAGE_SAMPLES", "B30": "MESSAGE_SAMPLES",
    "B36": "DESCRIPTION", "B38": "OPT_IN_MESSAGE",
}  # fmt: skip
"""The field of the stated reason; the message flow of all others."""
OWL = Campaign(
    us_app_to_person_usecase="ACCOUNT_NOTIFICATION",
    description="Owl Coffee sends order confirmations and pick-up reminders to customers who order in its shops or online.",
    message_flow=WORDED["clean"],
    message_samples=(
        "Owl Coffee: your order [id] is here. Reply STOP to opt out.",
        "Owl Coffee: your order [id] is ready.",
    ),
    privacy_policy_url="https://owl.example/privacy",
    terms_and_conditions_url="https://owl.example/terms",
)
BRAND = BrandIdentity("Owl Coffee LLC", "https://owl.example")
KINDS = [(kind["rule"], kind.get("alone", False), kind["bad"], kind["good"]) for kind in WORDED["kind"]]


def said(campaign, sender=BRAND):
    """Blockers and warnings; advice says nothing about an outcome."""
    return [remark for remark in examine(campaign, sender) if remark.severity != "advice"]


def read(case):
    """A recorded campaign and its brand."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in case["draft"].items()}
    return Campaign(**values), BrandIdentity(case["brand"], case["website"])


def worded(text, *, alone):
    """The clean campaign with a sentence more, or with another flow."""
    return replace(OWL, message_flow=f"{text}\n{WORDED['disclosures']}" if alone else f"{WORDED['clean']}\n{text}")


def test_recorded_campaigns_end_here_as_they_did(capsys):
    """None that was approved is blocked, and of the refused one at most passes in silence; the table is printed."""
    table, blocked, silent = Counter(), set(), set()
    for case in RECORDED:
        found = said(*read(case))
        worst = min((remark.severity for remark in found), default="nothing")  # b before n before w
        table[case["outcome"], worst] += 1
        if case["outcome"] == "approved" and worst == "blocker":
            blocked.add(case["id"])
        reason = REASON.get(case["id"], "MESSAGE_FLOW")
        if case["outcome"] == "refused" and reason not in {field for remark in found for field in remark.fields}:
            silent.add(case["id"])
    with capsys.disabled():
        print("\nrecorded   blocker warning nothing")  # noqa: T201 - the table is the point
        for outcome in ("approved", "refused"):
            print(f"{outcome:10}", *(f"{table[outcome, worst]:7}" for worst in ("blocker", "warning", "nothing")))  # noqa: T201

    assert min(table.total(), len(RECORDED)) > 20
    assert blocked <= DOUBTFUL
    assert silent <= SILENT


def test_the_clean_flow_is_clean():
    """Nothing is said of the flow that the paraphrases are added to, so each remark is the paraphrase's."""
    assert said(OWL) == []


@pytest.mark.parametrize(
    ("rule", "alone", "text"), [(rule, alone, text) for rule, alone, bad, _ in KINDS for text in bad]
)
def test_a_fault_is_found_in_other_words(rule, alone, text):
    """Each kind of fault is remarked on in the flow, however it is worded."""
    assert (rule, ("MESSAGE_FLOW",)) in {(remark.rule, remark.fields) for remark in said(worded(text, alone=alone))}


@pytest.mark.parametrize(
    ("rule", "alone", "text"), [(rule, alone, text) for rule, alone, _, good in KINDS for text in good]
)
def test_a_denial_is_no_fault_in_other_words(rule, alone, text):
    """What is denied, or in order, is not remarked on by that rule, and blocked by none."""
    found = said(worded(text, alone=alone))

    assert rule not in {remark.rule for remark in found}
    assert [remark for remark in found if remark.severity == "blocker"] == []


@pytest.mark.parametrize("text", WORDED["frequency"]["said"])
def test_a_frequency_is_read_in_any_common_spelling(text):
    """However short it is written, it counts as how often messages come."""
    assert elements(replace(OWL, message_flow=text), BRAND)["frequency"]


@pytest.mark.parametrize("text", WORDED["frequency"]["other"])
def test_no_frequency_is_read_into_other_words(text):
    """Hours, prices and boxes say nothing about how often messages come."""
    assert elements(replace(OWL, message_flow=text), BRAND)["frequency"] == ""


@pytest.mark.parametrize(
    ("element", "read", "other"),
    [
        ("STOP", ["Reply STOP to quit", "text 'stop' any time", "HELP/STOP", "You can opt out", "Reply with Stop"], ["The bus stop is near", "We never stop baking"]),
        ("HELP", ["HELP for help", "text help", "Reply Stop/Help", "Text INFO"], ["We help people", "more info at our shop", "a helping hand"]),
        ("terms", ["Terms are linked", "See our SMS terms", "T&C"], ["in terms of weather", "payment terms", "road conditions"]),
    ],
)  # fmt: skip
def test_an_element_is_read_from_clear_words_only(element, read, other):
    """A keyword counts as one in capitals or after a verb; the same word in another sense proves nothing."""
    for texts, found in ((read, True), (other, False)):
        for text in texts:
            assert bool(elements(replace(OWL, message_flow=text), BRAND)[element]) == found, text


def test_each_element_is_shown_with_the_words_it_was_read_from():
    """A person sees what counted as each element, and which were not found."""
    found = elements(OWL, BRAND)

    assert [name for name, words in found.items() if not words] == ["numbers are not shared"]
    for name, words in found.items():
        assert not words or words in OWL.message_flow or name == "brand", name
    assert "may tick an unchecked box" in found["agreeing is optional"]
    assert found["where to see it"] == "https://owl.example/join"


def test_an_empty_flow_has_no_elements():
    """Nothing is taken as proof where nothing is written."""
    found = elements(Campaign(), BRAND)

    assert found
    assert not any(found.values())


@pytest.mark.parametrize("text", WORDED["flows"]["remarked"])
def test_a_flow_with_a_fault_is_remarked_on(text):
    """However a fault of consent or proof is worded, something is said about the flow."""
    assert "MESSAGE_FLOW" in {field for remark in said(worded(text, alone=True)) for field in remark.fields}


@pytest.mark.parametrize("text", WORDED["flows"]["sound"])
def test_a_sound_flow_is_not_blocked(text):
    """Web forms, keywords, voice, paper and apps, as people describe them, have no blocker, in capitals neither."""
    for written in (text, text.upper()):
        assert [remark for remark in said(worded(written, alone=True)) if remark.severity == "blocker"] == []


@pytest.mark.parametrize(("case", "sample"), WORDED["samples"]["bad"])
def test_a_sample_outside_the_use_case_is_found(case, sample):
    """A sample that does not belong to the use case is remarked on in the samples."""
    campaign = replace(OWL, us_app_to_person_usecase=case, message_samples=(sample, OWL.message_samples[1]))
    found = {remark.rule for remark in said(campaign) if remark.fields == ("MESSAGE_SAMPLES",)}

    assert found & {"usecase.promotion", "usecase.persuasion", "usecase.transaction", "usecase.other_code"}


@pytest.mark.parametrize(("case", "sample"), WORDED["samples"]["good"])
def test_a_sample_inside_the_use_case_is_let_pass(case, sample):
    """A sample of the use case brings no remark about it."""
    found = {remark.rule for remark in said(replace(OWL, us_app_to_person_usecase=case, message_samples=(sample,) * 2))}

    assert not found & {"usecase.promotion", "usecase.persuasion", "usecase.transaction", "usecase.other_code"}


@pytest.mark.parametrize("case", WORDED["public"], ids=lambda case: case["source"][:40])
def test_texts_found_in_public_end_as_they_did(case):
    """What is known of further public texts holds here, too."""
    found = said(replace(OWL, message_flow=case["flow"], opt_in_image_url=case.get("image", "")))

    if case["outcome"] == "approved":
        assert [remark for remark in found if remark.severity == "blocker"] == []
    else:
        assert case["remarked"] in {field for remark in found for field in remark.fields}


def test_text_in_capitals_is_judged_alike():
    """Capital or small letters make no difference to the rules of the flow and of consent."""
    for rule, alone, bad, _ in KINDS:
        for text in bad:
            shouted = {remark.rule for remark in said(worded(text.upper(), alone=alone))}
            assert rule in shouted, text
