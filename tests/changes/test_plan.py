"""Plans: a diff in words, what it stops or starts, what cannot be undone, and what is never done."""

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.changes.model import AccountSetup, ServiceSetup
from msvc_toolkit.changes.plan import plan_between
from msvc_toolkit.errors import InvalidInput


@pytest.fixture
def account(conn):
    """Orders, with a campaign, a webhook and two numbers; Support, which leaves texts to its one number."""
    orders = msvc.create_service(conn, friendly_name="Orders", inbound_request_url="https://example.com/in").sid
    support = msvc.create_service(conn, friendly_name="Support", use_inbound_webhook_on_number=True).sid
    msvc.add_senders(conn, orders, ["+14155550100", "+14155550101"])
    msvc.add_senders(conn, support, ["+12125550100"])
    campaign = conn.sandbox.register_campaign(orders)
    return conn, orders, support, campaign


@pytest.fixture
def plan(account, tmp_path):
    """Returns the plan for a file with this text."""

    def made(text):
        path = tmp_path / "account.yaml"
        path.write_text(f"services:\n{text}", "utf-8")
        return msvc.plan_changes(account[0], path)

    return made


PLACES = ((3, 15), (4, 14), (5, 10))
ORDERS = "  - friendly_name: Orders\n"
SUPPORT = "  - friendly_name: Support\n"


def test_a_number_that_leaves_a_campaign_is_said_to_be_unregistered(plan):
    """What leaves and what moves says what becomes of US traffic, inbound texts, STOPs and Sticky Sender."""
    words = str(plan(f"{ORDERS}    senders: []\n{SUPPORT}    senders: [+12125550100, +14155550101, ACME/GB]\n"))

    assert "+1 415 ••• 0100 leaves Orders; the account keeps it." in words
    assert (
        words.count("Carriers block its messages to the US (30034) until it is added to a service with a campaign.")
        == 2
    )
    assert "+1 415 ••• 0101 moves from Orders to Support." in words
    assert "From now on inbound texts to it go to the sender's own webhook" in words
    assert "People who texted STOP to Orders can get messages from Support." in words
    assert words.count("Undo does not bring back Sticky Sender pairs in Orders") == 2
    assert "ACME/GB joins Support." in words
    assert "Orders has no sender left" in words
    assert "5550" not in words


def test_settings_say_what_starts_and_stops(plan):
    """A webhook says how many senders' texts it gets; a switch says what stops; what is equal or left out says nothing."""
    changes = plan(
        f"{ORDERS}    usecase: undeclared\n    sticky_sender: false\n    inbound_request_url: https://u:p@new.example/x\n"
    ).changes

    assert [change.kind for change in changes] == ["set"]
    assert changes[0].before == {"sticky_sender": True, "inbound_request_url": "https://example.com/in"}
    assert (
        "From now on inbound texts to its 2 senders go to https://•••@new.example/x (POST). Today they go to "
        "https://example.com/in (POST)."
    ) in changes[0].effects
    assert "No longer: Each recipient always gets messages from the same sender." in changes[0].effects
    assert "u:p" not in repr(changes) + str(changes[0])
    assert not plan(f"{ORDERS}    usecase: undeclared\n")


def test_a_service_with_a_campaign_is_deleted_by_name_alone(plan, account):
    """What a file leaves out is left alone; a campaign has to be named; what is lost is said beforehand."""
    _, orders, _, campaign = account
    assert not plan(SUPPORT)
    assert any("left alone: 1 service (Orders)" in note for note in plan(SUPPORT).notes)
    with pytest.raises(InvalidInput, match=f"line 2, column 5: Orders holds the campaign {campaign}"):
        plan(f"{ORDERS}    delete: true\n")
    deleting = plan(f"{ORDERS}    delete: true\n    campaign: {campaign}\n").changes

    assert [change.kind for change in deleting] == ["remove", "remove", "delete"]
    losses = " ".join(deleting[-1].irreversible)
    assert all(word in losses for word in (orders, campaign, "Sticky Sender", "opt-outs"))


def test_services_are_known_by_name_or_sid(plan, account):
    """A SID renames; a new name creates, with a hint where it looks like a rename; two of one name are told apart."""
    conn, orders, _, _ = account
    renamed = plan(f"  - sid: {orders}\n    friendly_name: Parcels\n").changes
    created = plan("  - friendly_name: Parcels\n    senders: [+14155550100, +14155550101]\n")

    assert [(change.kind, change.after) for change in renamed] == [("set", {"friendly_name": "Parcels"})]
    assert [change.kind for change in created.changes] == ["create", "move", "move"]
    assert any(f"add sid: {orders} to Parcels" in note for note in created.notes)
    part = plan("  - friendly_name: Parcels\n    senders: [+14155550100]\n")
    assert any("1 of 2 numbers of Orders goes to the new service Parcels" in note for note in part.notes)
    clash = plan(f"  - sid: {orders}\n    friendly_name: Support\n")
    assert any("2 services will be called Support." in note for note in clash.notes)
    named = msvc.export_account(conn, sids=True)
    assert f'sid: "{orders}"' in named
    msvc.update_service(conn, orders, friendly_name="Renamed")
    back = plan(named.split("services:")[1]).changes
    assert [(change.kind, change.after) for change in back] == [("set", {"friendly_name": "Orders"})]
    msvc.update_service(conn, orders, friendly_name="Orders")
    twin = msvc.create_service(conn, friendly_name="Orders", sticky_sender=False).sid
    with_senders = plan(f"{ORDERS}    usecase: poll\n    senders: [+14155550100]\n").changes
    assert {change.service_sid for change in with_senders} == {orders}
    with pytest.raises(InvalidInput, match=f"2 more services called Orders. Add sid: .*{twin}"):
        plan(f"{ORDERS}    usecase: poll\n")
    assert [change.service_sid for change in plan(f"{ORDERS}    sid: {twin}\n    usecase: poll\n").changes] == [twin]


def test_what_the_account_does_not_have_is_refused_with_its_place(plan):
    """A number of another account, a voice number, another account's service: a sentence with line and column."""
    with pytest.raises(InvalidInput) as refused:
        plan(f"{ORDERS}    senders: [+447400999999, +12065550100]\n  - sid: MG{'0' * 32}\n")

    said = {problem.field: problem.sentence for problem in refused.value.problems}
    assert "+44 ••• 9999 is not on this account" in said["line 3, column 15"]
    assert "neither SMS nor MMS" in said["line 3, column 30"]
    assert "no service with this SID" in said["line 4, column 10"]
    with pytest.raises(InvalidInput) as refused:
        plan(f"{ORDERS}    senders: [+447400999999]\n    usecase: fun\n  - sid: MG{'0' * 32}\n")
    assert [problem.field for problem in refused.value.problems] == [f"line {n}, column {c}" for n, c in PLACES]
    foreign = AccountSetup((ServiceSetup({"friendly_name": "Far"}, ("+447400999999",), f"MG{'1' * 32}"),))
    with pytest.raises(InvalidInput, match="is not on this account"):
        plan_between(foreign, foreign)


def test_numbers_swap_and_full_pools_are_seen(plan, account):
    """A swap is two moves; more than a pool holds is refused with its place."""
    changes = plan(f"{ORDERS}    senders: [+12125550100, +14155550101]\n{SUPPORT}    senders: [+14155550100]\n").changes
    assert [change.kind for change in changes] == ["move", "move"]

    numbers = [f"+1310555{n:04}" for n in range(401)]
    for number in numbers:
        account[0].sandbox.own(number)
    with pytest.raises(InvalidInput, match="line 3, column 14: A pool holds 400 numbers"):
        plan(f"{ORDERS}    senders: {numbers}\n")
