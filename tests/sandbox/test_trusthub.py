"""Customer profiles and trust products, through the official SDK: filled, evaluated, submitted and decided."""

from dataclasses import dataclass
from typing import Any

import pytest

from account import refusal
from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.scenarios.registrations import A2P, ADDRESS, BUSINESS, PERSON, SOLE

MAIL = "dana@acme.example"
GIVEN = {**PERSON, **BUSINESS, **A2P, **SOLE}


@dataclass(frozen=True)
class Bundle:
    """A bundle as the SDK has it, and its resources below."""

    sid: str
    one: Any
    assignments: Any
    evaluations: Any


def empty(account, policy=policies.PRIMARY, name="Acme Deli"):
    """A draft that holds nothing."""
    trust = account.client.trusthub.v1
    if policies.POLICIES[policy][0] == "profile":
        one = trust.customer_profiles(sid := trust.customer_profiles.create(name, MAIL, policy).sid)
        return Bundle(sid, one, one.customer_profiles_entity_assignments, one.customer_profiles_evaluations)
    one = trust.trust_products(sid := trust.trust_products.create(name, MAIL, policy).sid)
    return Bundle(sid, one, one.trust_products_entity_assignments, one.trust_products_evaluations)


def filled(account, policy=policies.PRIMARY, name="Acme Deli", given=GIVEN, rests_on=None):
    """A draft that holds what its policy asks for."""
    bundle, trust = empty(account, policy, name), account.client.trusthub.v1
    for requirement in policies.POLICIES[policy][2]:
        if requirement.kind == "bundle":
            sid = rests_on
        elif requirement.kind == "document":
            sid = trust.supporting_documents.create("Address", requirement.name, attributes=ADDRESS).sid
        else:
            says = {name: given[name] for name in requirement.fields if name in given}
            sid = trust.end_users.create(requirement.label, requirement.name, attributes=says).sid
        bundle.assignments.create(object_sid=sid)
    return bundle


def test_an_empty_bundle_lacks_everything_by_name(account):
    """The evaluation names each requirement with its code and says why; a complete bundle is compliant."""
    evaluations, complete = empty(account).evaluations, filled(account).evaluations
    found = evaluations.create(policy_sid=policies.PRIMARY)

    assert found.status == "noncompliant"
    assert [(result["requirement_name"], result["error_code"]) for result in found.results] == [
        ("customer_profile_business_information", 22214),
        ("authorized_representative_1", 22214),
        ("authorized_representative_2", 22214),
        ("customer_profile_address", 22216),
    ]
    assert all(result["failure_reason"] for result in found.results)
    assert complete.create(policy_sid=policies.PRIMARY).status == "compliant"
    assert evaluations.list()[0].sid == evaluations(found.sid).fetch().sid == found.sid


def test_a_missing_field_is_named(account):
    """Those that are there are valid, the one that is not is invalid with a code of its own."""
    given = {name: value for name, value in GIVEN.items() if name != "website_url"}
    evaluations = filled(account, given=given).evaluations

    business = evaluations.create(policy_sid=policies.PRIMARY).results[0]

    assert (business["passed"], business["error_code"]) == (False, 22215)
    assert [(field["object_field"], field["error_code"]) for field in business["invalid"]] == [("website_url", 22215)]
    assert "business_name" in [field["object_field"] for field in business["valid"]]


def test_the_other_policies_rest_on_a_profile(account):
    """A secondary and a starter profile hold the primary one, and each A2P profile a customer profile of its kind."""
    primary = filled(account).sid
    secondary = filled(account, policies.SECONDARY, rests_on=primary)
    starter = filled(account, policies.STARTER, rests_on=primary)
    found = [
        secondary.evaluations.create(policies.SECONDARY),
        starter.evaluations.create(policies.STARTER),
        filled(account, policies.A2P, rests_on=secondary.sid).evaluations.create(policies.A2P),
        filled(account, policies.SOLE_PROPRIETOR, rests_on=starter.sid).evaluations.create(policies.SOLE_PROPRIETOR),
        filled(account, policies.SOLE_PROPRIETOR, rests_on=primary).evaluations.create(policies.SOLE_PROPRIETOR),
    ]

    assert [one.status for one in found] == [*["compliant"] * 4, "noncompliant"]
    assert found[4].results[-1]["error_code"] == 22218


def test_a_public_company_tells_its_stock(account):
    """Exchange and ticker are asked for only then."""
    bundle = filled(account, policies.A2P, given={"company_type": "public"}, rests_on=filled(account).sid)

    found = bundle.evaluations.create(policies.A2P).results[0]

    assert [field["object_field"] for field in found["invalid"]] == ["stock_exchange", "stock_ticker"]


def test_the_clock_brings_the_approval(account):
    """Draft, pending review, in review, approved: each is an update, and there are no errors."""
    one = filled(account).one
    seen = [one.fetch()]
    seen.append(one.update(status="pending-review"))
    for _ in range(2):
        account.advance(60)
        seen.append(one.fetch())

    assert [found.status for found in seen] == ["draft", "pending-review", "in-review", "twilio-approved"]
    assert seen[1].date_updated < seen[2].date_updated < seen[3].date_updated
    assert seen[3].errors == []
    assert set(seen[3].links) == {
        "customer_profiles_entity_assignments",
        "customer_profiles_evaluations",
        "customer_profiles_channel_endpoint_assignment",
    }


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("Rehearse 18602", GIVEN, 18602),
        ("Acme Deli", {**GIVEN, "email": "dana@mail.example"}, 18606),
        ("Acme Deli", {name: value for name, value in GIVEN.items() if name != "business_title"}, 22215),
    ],
)
def test_a_fault_is_rejected_with_its_code_and_can_be_corrected(account, name, given, code):
    """The rejection says why; corrected and submitted again, the bundle is approved."""
    bundle = filled(account, name=name, given=given)
    one = bundle.one
    one.update(status="pending-review")
    account.advance(120)
    rejected = one.fetch()
    for item in account.client.trusthub.v1.end_users.list():
        says = {**item.attributes, **{name: GIVEN[name] for name in ("email", "business_title")}}
        account.client.trusthub.v1.end_users(item.sid).update(attributes=says)
    again = one.update(status="pending-review", friendly_name="Acme Deli")
    account.advance(120)

    assert (rejected.status, rejected.errors[0]["code"], again.errors) == ("twilio-rejected", code, [])
    assert rejected.errors[0]["description"]
    assert one.fetch().status == "twilio-approved"
    assert len(bundle.assignments.list()) == 4


def test_what_is_under_review_stays_as_it_is(account):
    """Nothing is changed or deleted until it is decided, and nobody approves a bundle himself."""
    one = filled(account).one
    early = refusal(lambda: one.update(status="twilio-approved"))
    one.update(status="pending-review")

    assert (early.status, early.code) == (400, 20001)
    assert "pending-review" in refusal(lambda: one.update(friendly_name="Other")).msg
    assert refusal(one.delete).code == 20001


def test_lists_filter(account):
    """By status, name and policy; each kind has its own list under `results`."""
    trust = account.client.trusthub.v1
    first, second = filled(account, name="One"), empty(account, policies.STARTER, "Two")
    product = empty(account, policies.A2P)
    first.one.update(status="pending-review")

    assert [row.sid for row in trust.customer_profiles.list()] == [first.sid, second.sid]
    assert [row.sid for row in trust.customer_profiles.list(status="draft")] == [second.sid]
    assert [row.sid for row in trust.customer_profiles.list(status="pending-review")] == [first.sid]
    assert [row.sid for row in trust.customer_profiles.list(friendly_name="Two")] == [second.sid]
    assert [row.sid for row in trust.customer_profiles.list(policy_sid=policies.PRIMARY)] == [first.sid]
    assert [row.sid for row in trust.trust_products.list()] == [product.sid]
    assert account.ask("GET", "/v1/CustomerProfiles").json["meta"]["key"] == "results"


def test_a_bundle_of_one_kind_is_not_found_as_the_other(account):
    """The SIDs begin alike and the resources do not mix."""
    profile = empty(account)

    assert refusal(account.client.trusthub.v1.trust_products(profile.sid).fetch).code == 20404
    wrong = refusal(lambda: account.client.trusthub.v1.trust_products.create("x", MAIL, policies.PRIMARY))
    assert (wrong.status, wrong.code) == (400, 20001)


def test_assignments_come_and_go(account):
    """Entities and numbers are assigned once, listed apart, and taken out again."""
    bundle = empty(account)
    assignments = bundle.assignments
    person = account.client.trusthub.v1.end_users.create("Dana", "authorized_representative_1", attributes=PERSON)
    number = account.client.incoming_phone_numbers.list(limit=1)[0]
    numbers = bundle.one.customer_profiles_channel_endpoint_assignment
    made = assignments.create(object_sid=person.sid)
    assigned = numbers.create(channel_endpoint_type="phone-number", channel_endpoint_sid=number.sid)

    assert (made.object_sid, made.customer_profile_sid) == (person.sid, bundle.sid)
    assert [row.sid for row in assignments.list()] == [made.sid]
    assert [row.sid for row in assignments.list(object_type="authorized_representative_1")] == [made.sid]
    assert assignments.list(object_type="authorized_representative_2") == []
    assert [row.channel_endpoint_sid for row in numbers.list(channel_endpoint_sid=number.sid)] == [number.sid]
    assert refusal(lambda: assignments.create(object_sid=person.sid)).status == 409
    assert refusal(lambda: assignments.create(object_sid="IT" + "0" * 32)).code == 20001
    assert refusal(lambda: numbers.create("phone-number", "PN" + "0" * 32)).code == 20001
    assert refusal(account.client.trusthub.v1.end_users(person.sid).delete).code == 20001
    assert assignments(made.sid).fetch().sid == made.sid
    assert assignments(made.sid).delete()
    assert numbers(assigned.sid).delete()
    assert (assignments.list(), numbers.list()) == ([], [])
    assert refusal(assignments(made.sid).fetch).code == 20404
    assert account.client.trusthub.v1.end_users(person.sid).delete()


def test_bundles_may_hold_each_other(account):
    """Two that do are evaluated and decided all the same; none holds itself."""
    first, second = filled(account), filled(account)
    first.assignments.create(object_sid=second.sid)
    second.assignments.create(object_sid=first.sid)
    itself = refusal(lambda: first.assignments.create(object_sid=first.sid))
    first.one.update(status="pending-review")
    account.advance(120)

    assert (itself.status, itself.code) == (400, 20001)
    assert first.one.fetch().status == "twilio-approved"


def test_a_subaccounts_profile_rests_on_its_parents(account):
    """The parent's primary profile is assigned to the subaccount's secondary one, and not the other way round."""
    primary = filled(account)
    sub = account.client.api.v2010.accounts.create(friendly_name="Branch")
    auth = (sub.sid, sub.auth_token)
    form = [("FriendlyName", "Branch"), ("Email", MAIL), ("PolicySid", policies.SECONDARY)]
    theirs = account.ask("POST", "/v1/CustomerProfiles", form=form, auth=auth).json["sid"]
    path = f"/v1/CustomerProfiles/{theirs}/EntityAssignments"

    assert account.ask("POST", path, form=[("ObjectSid", primary.sid)], auth=auth).status == 201
    assert refusal(lambda: primary.assignments.create(object_sid=theirs)).code == 20001


def test_end_users_and_documents_keep_their_attributes(account):
    """What was given comes back as an object; an update replaces it; anything but an object is refused."""
    trust = account.client.trusthub.v1
    person = trust.end_users.create("Dana", "authorized_representative_1", attributes=PERSON)
    paper = trust.supporting_documents.create("Address", "customer_profile_address", attributes=ADDRESS)
    changed = trust.end_users(person.sid).update(friendly_name="Dan", attributes={"first_name": "Dan"})

    assert (person.attributes, paper.attributes, paper.status) == (PERSON, ADDRESS, "DRAFT")
    assert (changed.friendly_name, changed.attributes) == ("Dan", {"first_name": "Dan"})
    assert [row.sid for row in trust.end_users.list()] == [person.sid]
    assert [row.sid for row in trust.supporting_documents.list()] == [paper.sid]
    wrong = account.ask("POST", f"/v1/EndUsers/{person.sid}", form=[("Attributes", "[1]")])
    assert (wrong.status, wrong.json["code"]) == (400, 20001)
    assert trust.supporting_documents(paper.sid).delete()


def test_policies_say_what_they_ask_for(account):
    """Those of A2P 10DLC, each with the fields of its end users."""
    found = account.client.trusthub.v1.policies.list()

    assert {policy.sid for policy in found} == set(policies.POLICIES)
    asked = account.client.trusthub.v1.policies(policies.PRIMARY).fetch().requirements["end_user"]
    assert "website_url" in asked[0]["fields"]
    assert refusal(account.client.trusthub.v1.policies("RN" + "0" * 32).fetch).code == 20404


def test_another_account_sees_none_of_it(account):
    """A subaccount finds neither list nor SID of its parent's."""
    one = filled(account)
    sub = account.client.api.v2010.accounts.create(friendly_name="Branch")
    auth = (sub.sid, sub.auth_token)

    assert account.ask("GET", "/v1/CustomerProfiles", auth=auth).json["results"] == []
    assert account.ask("GET", f"/v1/CustomerProfiles/{one.sid}", auth=auth).status == 404
    assert account.ask("GET", "/v1/EndUsers", auth=auth).json["results"] == []
