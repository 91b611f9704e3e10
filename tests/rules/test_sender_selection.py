"""Sender selection: the truth table, and what holds for every pool."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msvc_toolkit.rules.addresses import US_CA, Address, read
from msvc_toolkit.rules.area_codes import overlaid_area_codes, sharing_area_codes
from msvc_toolkit.rules.sender_ids import alphanumeric_countries
from msvc_toolkit.rules.sender_selection import Choice, Pool, PoolMember, choose

TABLE = tomllib.loads(Path(__file__).with_name("selection_cases.toml").read_text("utf-8"))


def address(text: str, country: str | None = None) -> Address:
    """Read an address that must be one."""
    found = read(text, country)
    assert found, text
    return found


def sender(sid: str) -> PoolMember:
    """A sender of the table, by its name there."""
    row: dict[str, Any] = TABLE["senders"][sid]
    return PoolMember(
        sid,
        address(row["text"], row.get("country")),
        frozenset(row.get("capabilities", ["SMS", "MMS", "Voice"])),
        frozenset(row.get("countries", [])),
    )


def chosen_in(case: dict[str, Any]) -> Choice:
    """What is chosen in one case of the table."""
    settings = {k: case[k] for k in ("area_code_geomatch", "sticky_sender", "remembered", "last_used") if k in case}
    facts = {k: case[k] for k in ("media", "rcs_reachable") if k in case}
    return choose(address(case["to"]), Pool(tuple(map(sender, case["pool"])), **settings), **facts)


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: case["name"])
def test_the_truth_table_holds(case: dict[str, Any]) -> None:
    """The named sender is chosen, or the named error given, and by the named rule."""
    choice = chosen_in(case)

    assert case.get("chosen") == (choice.sender.sid if choice.sender else None)
    assert case.get("error") == choice.error_code
    if "decided_by" in case:
        before = [set(case["pool"]), *[set(step.left) for step in choice.steps]]
        narrowed = [step.rule for step, held in zip(choice.steps, before, strict=False) if set(step.left) != held]

        assert case["decided_by"] == narrowed[-1]


def test_every_case_has_a_name_of_its_own_and_a_source() -> None:
    """The table stays readable: at least 50 cases, no name twice, each with its source."""
    names = [case["name"] for case in TABLE["case"]]

    assert len(names) >= 50
    assert len(set(names)) == len(names)
    assert all(case["source"] for case in TABLE["case"])


recipients = st.sampled_from(
    [
        *("+14155550123", "+12125550123", "+18725550123", "+14165550123", "+17875550123", "+18765550123"),
        *("+442079460123", "+4930123123", "+551123456789", "+15555550123", "+80012345678"),
        *("whatsapp:+14155550123", "messenger:99", "rcs:+14155550123"),
    ]
).map(address)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Any pool of the table's senders, with any settings and memory."""
    sids = draw(st.lists(st.sampled_from(sorted(TABLE["senders"])), unique=True, max_size=12))
    used = st.lists(st.integers(0, 3), min_size=12, max_size=12)
    return Pool(
        tuple(map(sender, sids)),
        area_code_geomatch=draw(st.booleans()),
        sticky_sender=draw(st.booleans()),
        remembered=draw(st.none() | st.sampled_from(sorted(TABLE["senders"]))),
        last_used=dict(zip(sids, map(float, draw(used)), strict=False)),
    )


@given(to=recipients, pool=pools(), media=st.booleans(), rcs=st.booleans())
def test_the_chosen_sender_may_send(to: Address, pool: Pool, media: bool, rcs: bool) -> None:
    """Whoever is chosen is in the pool, speaks the channel, can carry the content and reaches the country."""
    sent_by = choose(to, pool, media=media, rcs_reachable=rcs).sender
    if sent_by is None:
        return
    seen = sent_by.address

    assert sent_by in pool.senders
    assert seen.channel == to.channel or (to.channel is None and seen.channel == "rcs")
    assert seen.kind == "channel" or ("MMS" if media else "SMS") in sent_by.capabilities
    assert seen.channel != "rcs" or rcs
    assert not (media and seen.kind == "alphanumeric")
    assert not sent_by.countries or to.country in sent_by.countries
    if seen.kind == "alphanumeric":
        assert to.country not in US_CA
        assert to.country in alphanumeric_countries()
    if seen.kind == "short code":
        assert seen.country == to.country
    if seen.kind in ("local", "mobile", "toll-free") and to.country in US_CA:
        assert seen.country in US_CA


@given(to=recipients, pool=pools(), media=st.booleans(), rcs=st.booleans())
def test_an_error_means_that_nobody_alone_could_send(to: Address, pool: Pool, media: bool, rcs: bool) -> None:
    """21704 exactly for an empty pool; 21703 only if no member could send it as a pool of one."""
    choice = choose(to, pool, media=media, rcs_reachable=rcs)

    assert (choice.error_code is None) == (choice.sender is not None)
    assert (choice.error_code == 21704) == (not pool.senders)
    if choice.error_code == 21703:
        alone = [choose(to, Pool((one,)), media=media, rcs_reachable=rcs).error_code for one in pool.senders]

        assert set(alone) == {21703}


@given(to=recipients, pool=pools(), media=st.booleans(), rcs=st.booleans())
def test_steps_only_narrow_and_end_in_the_answer(to: Address, pool: Pool, media: bool, rcs: bool) -> None:
    """No step brings a sender back, and the last one leaves the chosen sender alone, or nobody."""
    choice = choose(to, pool, media=media, rcs_reachable=rcs)
    lefts = [set(step.left) for step in choice.steps]

    assert all(later <= earlier for earlier, later in pairwise(lefts))
    assert choice.steps[-1].left == ((choice.sender.sid,) if choice.sender else ())


@given(to=recipients, pool=pools(), media=st.booleans(), rcs=st.booleans(), data=st.data())
def test_the_order_of_the_pool_never_matters(
    to: Address, pool: Pool, media: bool, rcs: bool, data: st.DataObject
) -> None:
    """Shuffling the pool changes neither the choice nor the rules that led to it."""
    shuffled = Pool(
        tuple(data.draw(st.permutations(pool.senders))),
        pool.area_code_geomatch,
        pool.sticky_sender,
        pool.remembered,
        pool.last_used,
    )
    first, second = (choose(to, one, media=media, rcs_reachable=rcs) for one in (pool, shuffled))

    assert first.sender == second.sender
    assert [step.rule for step in first.steps] == [step.rule for step in second.steps]


@given(to=recipients, pool=pools(), media=st.booleans())
def test_sentences_are_whole_and_masked(to: Address, pool: Pool, media: bool) -> None:
    """Every step says how many are left, and no sentence shows a full phone number."""
    choice = choose(to, pool, media=media)
    sentences = [choice.sentence, *[step.sentence for step in choice.steps]]

    for step in choice.steps:
        assert step.sentence.endswith(f" {len(step.left) or 'None'} left.")
    for text in sentences:
        assert "{" not in text
        assert not any(one.address.text in text for one in pool.senders if "+" in one.address.text)


def test_the_sentence_names_who_and_why() -> None:
    """The one line says who sends and which rule decided it."""
    pool = Pool((sender("ny"), sender("sf")))

    assert choose(address("+16285550123"), pool).sentence == (
        "+1 415 ••• 0101 sends. A number with area code 628, or with an area code that overlays it, goes first."
    )
    assert choose(address("+16285550123"), Pool((sender("sf"),))).sentence == (
        "+1 415 ••• 0101 sends. It is the only sender in the pool."
    )
    assert choose(address("+16285550123"), Pool((sender("london"),))).sentence == (
        "Nobody can send this (error 21703). Only US and Canadian numbers reach a recipient in US. None left."
    )


def test_turns_are_taken_evenly() -> None:
    """Sending again and again from equals uses each of them once before any of them twice."""
    senders = tuple(PoolMember(f"PN{i}", address(f"+1415555010{i}"), frozenset({"SMS"})) for i in range(5))
    used: dict[str, float] = {}
    for moment in range(10):
        choice = choose(address("+14155550123"), Pool(senders, last_used=used))
        assert choice.sender
        assert used.get(choice.sender.sid, -5) == moment - 5 or moment < 5
        used[choice.sender.sid] = float(moment)

    assert set(used) == {one.sid for one in senders}


def test_sharing_territory_goes_both_ways() -> None:
    """If one area code shares territory with another, so does the other with it; and both are of one country."""
    sharing, country = sharing_area_codes(), overlaid_area_codes()

    for code, others in sharing.items():
        assert code in others
        assert all(code in sharing[other] for other in others)
        assert {country[other] for other in others} == {country[code]}


def test_a_country_stands_in_one_list_only() -> None:
    """No country both takes and refuses sender IDs, and the US and Canada refuse."""
    package = Path(__file__).parents[2] / "msvc_toolkit"
    table = tomllib.loads((package / "rules/alphanumeric.toml").read_text("utf-8"))
    named = table["free"] + table["registered"] + table["refused"]

    assert len(named) == len(set(named))
    assert set(table["refused"]) >= US_CA
