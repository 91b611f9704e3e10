"""One truth: what the sandbox's reviewer refuses is exactly what the linter calls a blocker, over hundreds of drafts."""

import os
import random
from collections import Counter
from dataclasses import replace

import pytest
from twilio.base.exceptions import TwilioRestException

from msvc_toolkit.a2p.campaigns.model import CONSOLE_ONLY, CampaignDraft
from msvc_toolkit.a2p.linter import RULES, BrandIdentity, cited
from msvc_toolkit.a2p.linter.words import table

DRAFTS = int(os.environ.get("MSVC_DRAFTS", "130"))
"""How many drafts are handed in; each fault is in one of them from 110 on."""
A_MONTH = 30 * 86_400
PER_BRAND = 90
"""A brand ends at a hundred campaigns."""
LETTERS = "abc ABC .,:;/@%[]{}()+-0123456789'\"<>&=?\n\té漢字🦉Жß"
DELI = BrandIdentity("Acme Deli, Inc.", "https://acme.example")
"""The business behind a standard brand of the sandbox; that of a sole proprietor is not known."""
BLOCKERS = {rule.id for rule in RULES if rule.severity == "blocker"}


def noise(rng, most):
    """Any text, at times with a word that a rule looks for."""
    words = [
        "STOP",
        "http://x.example",
        "bit.ly/a",
        "pre-checked",
        "not pre-checked",
        "CBD",
        "the form at https://a.example",
        "text JOIN",
    ]
    return "".join(
        rng.choice(words) if rng.random() < 0.02 else rng.choice(LETTERS) for _ in range(rng.randrange(most))
    )


def sample(text):
    """A fault in the first sample."""
    return lambda draft, _: replace(
        draft, message_samples=(f"{(draft.message_samples or ('',))[0]} {text}", *draft.message_samples[1:])
    )


def flow(text):
    """A fault in the flow."""
    return lambda draft, _: replace(draft, message_flow=f"{draft.message_flow[:1500]} {text}")


def field(**values):
    """A fault in other fields."""
    return lambda draft, _: replace(draft, **values)


FAULTS = [
    field(us_app_to_person_usecase="NO_CASE"),
    field(us_app_to_person_usecase=""),
    field(us_app_to_person_usecase="SOLE_PROPRIETOR"),
    field(description=""),
    field(description="Too short."),
    field(message_flow="We have their consent and keep it in our records, which are always up to date."),
    field(message_flow="Customers tick an unchecked box on the paper form at the desk to get texts from us."),
    field(message_samples=()),
    field(message_samples=("Only one sample, and it says STOP to opt out.",)),
    field(privacy_policy_url=""),
    field(terms_and_conditions_url=""),
    field(privacy_policy_url="privacy"),
    field(opt_in_keywords=("OPT IN",)),
    field(opt_in_keywords=tuple(f"KEYWORD{n:03}" for n in range(30))),
    field(opt_out_keywords=("END",)),
    field(help_message="We will be right with you, thank you."),
    field(
        description="店で注文したお客様に注文の確認と受け取りのお知らせを送ります。お客様が同意した場合に限ります。毎週二通までです。"
    ),
    field(
        has_embedded_phone=True, message_samples=("Hello there, it is ready. STOP to end.", "Hello there, it is late.")
    ),
    lambda draft, _: replace(sample("Flash sale!")(draft, _), us_app_to_person_usecase="CUSTOMER_CARE"),
    sample("bit.ly/3xYz"),
    sample("http://shop.example/x"),
    flow("See https://www.example.com/form"),
    field(message_flow="All of our contacts have opted in to messages. Terms: https://shop.example/terms"),
    flow("Members sign in and open Settings to turn texts on."),
    sample("See [link on your own domain]."),
    flow("TODO"),
    field(help_message="Acme: write to help@acme.example. TODO"),
    field(description="Acme texts customers about their orders in its shop. TBD"),
    flow("By creating an account people agree to texts."),
    flow("Numbers are shared with partners."),
    flow("The box is pre-checked."),
    flow("We also use purchased lists."),
    *(
        flow(f"We write about {topic['phrases'][0].rstrip('*')}.")
        for topic in table()["topics"].values()
        if "phrases" in topic
    ),
]
HARMLESS = [
    flow("The box is never pre-checked, and we do not use purchased lists."),
    flow("We do not write about gambling."),
    sample("Thank you!"),
    field(age_gated=True),
    field(direct_lending=True),
    field(opt_out_keywords=("STOP", "END"), opt_out_message="You are unsubscribed and get no more messages."),
    field(help_keywords=("HELP",), help_message="Acme: call (415) 555-0142 or write to help@acme.example."),
    lambda draft, rng: replace(draft, description=f"{draft.description} {noise(rng, 40)}"),
]


def generated(rng, goods):
    """Drafts: good ones, good ones with faults and with harmless changes, and any text at all."""
    for number in range(DRAFTS):
        draft, sender = rng.choice(goods)
        if number % 6 == 5:
            yield any_text(rng, draft), sender
            continue
        for change in rng.sample(HARMLESS, rng.randrange(3)):
            draft = change(draft, rng)
        if number % 3:
            # Every fault in turn, so that each rule is met, and now and then a second one.
            for fault in (FAULTS[number % len(FAULTS)], *rng.sample(FAULTS, rng.randrange(2))):
                draft = fault(draft, rng)
        yield draft, sender


def any_text(rng, draft):
    """A draft of noise, in some fields or in all."""
    changed = {name: noise(rng, 400) for name in ("description", "message_flow", "help_message") if rng.random() < 0.5}
    if rng.random() < 0.5:
        changed["message_samples"] = tuple(noise(rng, 200) for _ in range(rng.randrange(7)))
    return replace(draft, **changed)


def submit(conn, sid, brand, draft):
    """Hand a draft in with the SDK, every field it knows as it is; return the campaign, or the code with which it was refused."""
    texts = {name: getattr(draft, name) for name in CampaignDraft.__dataclass_fields__ if name not in CONSOLE_ONLY}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in texts.items()}
    try:
        made = conn.client.messaging.v1.services(sid).us_app_to_person.create(brand_registration_sid=brand, **given)
    except TwilioRestException as refused:
        return None, refused.code if refused.status == 400 else None
    return made.sid, None


@pytest.fixture
def brands(conn):
    """Brands to draw from: a standard one has room for many campaigns, a sole proprietor for one."""
    standing: dict[str, list[str]] = {}

    def draw(brand_type):
        used = standing.setdefault(brand_type, [])
        if brand_type == "SOLE_PROPRIETOR" or len(used) % PER_BRAND == 0:
            used.append(conn.sandbox.register_brand(brand_type))
        else:
            used.append(used[-1])
        return used[-1]

    return draw


@pytest.mark.slow
def test_refused_by_the_sandbox_is_flagged_by_the_linter(conn, drafts, brands, capsys):
    """A refusal is foretold over many drafts, and nothing else is.

    Refused at once exactly with a code that the linter reports, refused after review exactly with what the linter says a reviewer
    cites, code by code and field by field, and approved exactly when there is no blocker.
    """
    seen, hit, handed_in = Counter(), set(), []
    for draft, sender in generated(random.Random(20261124), drafts["good"]):  # noqa: S311 - drafts, no secrets
        sid = conn.client.messaging.v1.services.create(friendly_name="x").sid
        blockers = [
            remark
            for remark in draft.remarks(BrandIdentity(brand_type=sender.brand_type))
            if remark.severity == "blocker"
        ]
        at_creation = {remark.code for remark in blockers if remark.at_creation}
        hit |= {remark.rule for remark in blockers}
        made, code = submit(conn, sid, brands(sender.brand_type), draft)
        if made is None:
            assert code in at_creation, draft
            seen["refused at once"] += 1
        else:
            assert not at_creation, draft
            handed_in.append(
                (
                    sid,
                    made,
                    cited(
                        draft.remarks(
                            DELI if sender.brand_type == "STANDARD" else BrandIdentity(brand_type=sender.brand_type)
                        )
                    ),
                )
            )
    conn.sandbox.advance(A_MONTH)
    for sid, campaign, named in handed_in:
        found = conn.client.messaging.v1.services(sid).us_app_to_person(campaign).fetch()
        wanted = Counter((remark.code, remark.fields) for remark in named)
        assert Counter((error["error_code"], tuple(error["fields"])) for error in found.errors) == wanted
        assert found.campaign_status == ("FAILED" if named else "VERIFIED")
        seen[found.campaign_status] += 1
    with capsys.disabled():
        print(f"\n{DRAFTS} drafts: {dict(seen)}; blocker rules met: {len(hit)} of {len(BLOCKERS)}")  # noqa: T201 - the figures are the point

    assert sum(seen.values()) == DRAFTS
    assert min(seen["refused at once"], seen["FAILED"], seen["VERIFIED"]) >= DRAFTS // 8
    assert hit == BLOCKERS
