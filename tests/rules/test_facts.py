"""The tables of facts: each says where and when it was read, the page lists them, and the doctor minds their age."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import msvc_toolkit
from msvc_toolkit.cli import doctor
from msvc_toolkit.rules import facts, rates
from msvc_toolkit.rules.addresses import read
from msvc_toolkit.sandbox.messages import a2p_registration

ROOT = Path(__file__).parents[2]
PACKAGE = Path(msvc_toolkit.__file__).parent


def test_every_table_of_the_package_says_where_it_is_from():
    """No TOML file is left out, and each has a subject, a source, a day that has come and a grade of its own."""
    there = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.toml")}
    assert there - {"sandbox/scenarios/acme.toml"} == set(facts.TABLES)  # the deli is made up
    for name in facts.TABLES:
        table = facts.table(name)
        assert table["about"]
        assert table["source"]
        assert isinstance(table["read"], date)
        assert table["grade"] in facts.GRADES


def test_every_fact_has_a_source_a_day_and_a_grade():
    """An entry without its own takes its table's; the codes alone are hundreds."""
    found = facts.all_facts()

    assert len([fact for fact in found if fact.table == "rules/error_codes.toml"]) > 300
    for fact in found:
        assert fact.source
        assert date(2026, 11, 1) <= fact.read
        assert fact.grade in facts.GRADES


def test_the_page_of_facts_is_in_step_with_the_tables():
    """docs/facts.md is what `make facts` would write."""
    command = [sys.executable, str(ROOT / "docs/list_facts.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert result.returncode == 0, result.stderr


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("today", "old"), [(date(2026, 11, 30), False), (date(2027, 11, 23), False), (date(2027, 11, 24), True)]
)
def test_the_doctor_warns_of_facts_that_are_older_than_a_year(today, old):
    """A warning names the tables and the day of their oldest fact; it is no problem that fails the examination."""
    (found,) = [one for one in doctor.examine(today=today) if one.check == "facts"]

    assert found.status == ("warning" if old else "ok")
    assert ("rules/error_codes.toml (2026-11-23)" in found.sentence) == old
    assert ("docs/facts.md" in found.next_step) == old


@pytest.mark.parametrize(
    ("sender", "rate"),
    [
        ("+14155550100", None),
        ("+14165550100", 1.0),
        ("+18885550100", 3.0),
        ("+447400123456", 10.0),
        ("ACME", 10.0),
        ("whatsapp:+14155550100", 80.0),
        ("messenger:5550109", None),
    ],
)
def test_a_sender_has_a_rate_of_its_own_or_none(sender, rate):
    """A US number shares its campaign's rate and is not held against 1 a second."""
    assert rates.sender_rate(read(sender)) == rate


@pytest.mark.parametrize(
    ("brand_type", "score", "usecase", "total"),
    [
        ("STANDARD", 80, "MIXED", 225.0),
        ("STANDARD", 50, "MIXED", 120.0),
        ("STANDARD", 49, "MARKETING", 12.0),
        ("STANDARD", 1, "MIXED", 12.0),
        ("STANDARD", 80, "LOW_VOLUME", 3.75),
        ("SOLE_PROPRIETOR", None, "SOLE_PROPRIETOR", 1.0),
        ("STANDARD", None, "MIXED", None),
    ],
)
def test_a_campaigns_tier_follows_its_brand(brand_type, score, usecase, total):
    """By type, trust score and use case; without a score nothing is claimed. The sandbox sends at the same rates."""
    tier = rates.campaign_tier(brand_type, score, usecase)
    if total is None:
        assert tier is None
        return
    sandbox = a2p_registration.tier({"brand_type": brand_type, "brand_score": score, "russell_3000": False}, usecase)

    assert tier is not None
    assert (tier.total, tier.each) == (total, sandbox.each)
    assert sandbox.total == total
    assert usecase == "LOW_VOLUME" or sandbox.daily == tier.daily
