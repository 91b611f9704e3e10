"""The rules as a whole: they read any text, say the same twice, leave real campaigns alone and catch the refused ones."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.a2p.linter import RULES, BrandIdentity, Campaign, examine

WRITTEN = tomllib.loads((Path(__file__).parents[2] / "data" / "campaigns.toml").read_text(encoding="utf-8"))


def read(case):
    """Make the campaign and its sender from a table of the data file."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in case.items()}
    parts = [{field.name for field in fields(kind)} for kind in (Campaign, BrandIdentity)]
    return tuple(
        kind(**{name: value for name, value in values.items() if name in names})
        for kind, names in zip((Campaign, BrandIdentity), parts, strict=True)
    )


GOOD = [read(case) for case in WRITTEN["good"]]
# Text that people paste, text that breaks patterns, and text with the very words that the rules look for.
SCRAPS = st.sampled_from(
    [
        "STOP",
        "http://",
        "https://",
        "bit.ly/",
        "[",
        "]",
        "{{",
        "}}",
        "@",
        "www.",
        "not ",
        "pre-checked",
        "(415) ",
        "+1 ",
        "\x00",
        "\u202e",
        "é",
        "ß",
        "İ",
        "漢字",
        "🦉",
        "0",
        ".",
        "-",
        " ",
        "\n",
        "CBD",
        "gmail.com",
        "owl@",
        "privacy",
        "::1",
        "https://[",
        "%",
    ]
)
TEXT = st.one_of(
    st.text(max_size=300),
    st.lists(SCRAPS, max_size=60).map("".join),
    st.sampled_from([c.message_flow for c, _ in GOOD]),
)
WORDS = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["STOP", "HELP", "JOIN"])), max_size=6).map(tuple)
CAMPAIGNS = st.builds(
    Campaign,
    us_app_to_person_usecase=st.one_of(TEXT, st.sampled_from(["2FA", "MARKETING", "MIXED", "SOLE_PROPRIETOR"])),
    message_samples=st.lists(TEXT, max_size=6).map(tuple),
    **dict.fromkeys(("description", "message_flow", "opt_in_message", "opt_out_message", "help_message"), TEXT),
    **dict.fromkeys(("privacy_policy_url", "terms_and_conditions_url"), TEXT),
    **dict.fromkeys(("opt_in_keywords", "opt_out_keywords", "help_keywords"), WORDS),
    **{name: st.booleans() for name in ("has_embedded_links", "has_embedded_phone", "age_gated", "direct_lending")},
)
SENDERS = st.builds(BrandIdentity, TEXT, TEXT, TEXT, st.sampled_from(["STANDARD", "SOLE_PROPRIETOR", "", "X"]))
KNOWN = {rule.id: rule for rule in RULES}


@pytest.mark.slow
@given(CAMPAIGNS, SENDERS)
@settings(max_examples=100, deadline=None, database=None)
def test_any_text_can_be_examined(campaign, sender):
    """No text makes a rule stumble, and the same text gives the same remarks in the same order."""
    found = examine(campaign, sender)

    assert found == examine(replace(campaign), replace(sender))
    order = [("blocker", "warning", "advice").index(remark.severity) for remark in found]
    assert order == sorted(order)
    assert len({(remark.rule, remark.fields) for remark in found}) == len(found)
    for remark in found:
        assert (remark.code, remark.severity) == (KNOWN[remark.rule].code, KNOWN[remark.rule].severity)


@given(CAMPAIGNS)
@settings(max_examples=40, deadline=None, database=None)
def test_what_is_missing_is_always_missed(campaign):
    """A campaign without description and samples is never clean, whatever else it has."""
    bare = replace(campaign, description="", message_samples=())
    missed = {field for remark in examine(bare) if remark.rule == "limits.required" for field in remark.fields}

    assert {"DESCRIPTION", "MESSAGE_SAMPLES"} <= missed


@pytest.mark.parametrize("case", WRITTEN["good"], ids=lambda case: case["name"])
def test_a_campaign_as_people_write_it_has_no_blocker(case):
    """Twelve campaigns of twelve trades, each of which reviewers approve, are not called refused."""
    assert [remark for remark in examine(*read(case)) if remark.severity == "blocker"] == []


@pytest.mark.parametrize("case", WRITTEN["good"], ids=lambda case: case["name"])
def test_a_campaign_as_people_write_it_has_no_warning(case):
    """They are written with care, so that not even a warning is left."""
    assert [remark for remark in examine(*read(case)) if remark.severity == "warning"] == []


@given(st.sampled_from(GOOD), st.sampled_from(["Thank you.", "See you soon, [name].", "Your number is [id]."]))
@settings(max_examples=40, deadline=None, database=None)
def test_a_good_sample_keeps_a_good_campaign_good(good, ending):
    """Another sample that is like the ones there brings no blocker."""
    campaign, sender = good
    samples = (*campaign.message_samples, f"{campaign.message_samples[0]} {ending}")

    assert [r for r in examine(replace(campaign, message_samples=samples), sender) if r.severity == "blocker"] == []


@pytest.mark.parametrize("case", WRITTEN["bad"], ids=lambda case: case["story"])
def test_a_campaign_that_was_refused_in_public_is_refused_here(case):
    """The refusals that people report end here with the same codes, before anything is paid."""
    found = {remark.code for remark in examine(*read(case)) if remark.severity == "blocker"}

    assert found == set(case["codes"])


@pytest.mark.parametrize(
    "text",
    ["a" * 4096, "a." * 2048, "[" * 4096, "{{" * 2048, "(415" * 1024, "x@" * 2048, "http://" * 585, "not " * 1024],
)
def test_the_longest_texts_are_read_to_the_end(text):
    """Repetition that makes careless patterns run for ever ends in remarks like any other text."""
    campaign = Campaign(
        description=text, message_flow=text[:2048], message_samples=(text[:1024],) * 5, help_message=text
    )

    assert examine(campaign)
