"""Whole drafts that were written before the rules were looked at end as a reviewer would end them."""

import tomllib
from pathlib import Path

import pytest

from msvc_toolkit.a2p.linter import BrandIdentity, Campaign, examine

FOUND = tomllib.loads((Path(__file__).parents[2] / "data" / "campaign_drafts.toml").read_text("utf-8"))
DRAFTS = {draft["id"]: draft for draft in FOUND["draft"]}
SITE = "https://brand-store.com"


def remarks(draft):
    """What the rules say of a draft, whose replies and disclosures are in order."""
    brand, flow = draft["brand"], draft["message_flow"] + FOUND["disclosures"]
    campaign = Campaign(
        us_app_to_person_usecase=draft["us_app_to_person_usecase"],
        description=draft["description"],
        message_flow=flow if draft.get("bare") else flow + FOUND["unshared"],
        message_samples=tuple(draft["message_samples"]),
        has_embedded_links=draft.get("has_embedded_links", False),
        opt_in_keywords=tuple(draft.get("opt_in_keywords", ())),
        opt_in_message=f"{brand}: you are signed up for texts. Msg frequency varies. Msg & data rates may apply. Reply HELP for help, STOP to cancel.",
        opt_out_message=f"{brand}: you are unsubscribed and will get no more messages. Reply START to resubscribe.",
        help_message=f"{brand}: for help visit {SITE}. Reply STOP to cancel.",
        privacy_policy_url=f"{SITE}/privacy",
        terms_and_conditions_url=f"{SITE}/terms",
        opt_in_image_url=draft.get("opt_in_image_url", ""),
    )
    return examine(campaign, BrandIdentity(brand, SITE))


@pytest.mark.parametrize("name", [name for name, draft in DRAFTS.items() if "kind" not in draft])
def test_a_draft_that_is_in_order_is_not_blocked(name):
    """Twenty-four sound drafts have no blocker, however their opt-in is worded."""
    assert [remark for remark in remarks(DRAFTS[name]) if remark.severity == "blocker"] == []


@pytest.mark.parametrize("name", [name for name, draft in DRAFTS.items() if "kind" in draft])
def test_a_draft_with_a_fault_is_remarked_on_for_it(name):
    """The rule for the fault itself speaks, not only one about a side issue."""
    draft = DRAFTS[name]

    assert {remark.rule for remark in remarks(draft)} & set(FOUND["rules"][draft["kind"]])
