"""What is gathered: once, by reads alone, without a request per number; what cannot be read is not examined."""

import json
from types import SimpleNamespace

import pytest
import tenacity.nap
from twilio.http import HttpClient
from twilio.rest import Client

import msvc_toolkit as msvc
from msvc_toolkit.a2p.readiness.calls import gather
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.connection import Connection, Guard

US, SECOND, FREE = "+14155550100", "+12125550100", "+18885550100"
CHAIN = ("services", "brands", "numbers", "tollfree_verifications")
ROUTES = {
    "account": "GET /2010-04-01/Accounts/AC????????????????????????????????.json",
    "customer_profiles": "GET /v1/CustomerProfiles",
    "trust_products": "GET /v1/TrustProducts",
    "brands": "GET /v1/a2p/BrandRegistrations",
    "services": "GET /v1/Services",
    "numbers": "GET /2010-04-01/*/IncomingPhoneNumbers.json",
    "tollfree_verifications": "GET /v1/Tollfree/Verifications",
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Nothing waits between two tries."""
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _: None))


class Guarded(HttpClient):
    """Lets the guard of a live account look at every request, and hands it to the sandbox."""

    def __init__(self, guard, inner):
        super().__init__(inner.logger, is_async=False)
        self.guard, self.inner = guard, inner

    def request(self, method, uri, *rest, **more):
        """Check one request, then carry it."""
        self.guard.check(method, uri, more.get("data") or {})
        return self.inner.request(method, uri, *rest, **more)


@pytest.fixture
def ready(account):
    """An account with a service, two numbers, a brand and a verified campaign."""
    sid = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Orders", usecase="notifications")).sid
    msvc.add_senders(account, sid, [US, SECOND])
    account.sandbox.register_campaign(sid)
    return account


@pytest.fixture
def account():
    """An empty account with two US numbers and a toll-free one."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual", seed=7)
    for number in (US, SECOND, FREE):
        conn.sandbox.own(number)
    yield conn
    conn.sandbox.api.store.close()


def requests(conn: Connection) -> list[dict]:
    """The requests of the journal."""
    return [entry for entry in conn.sandbox.journal() if entry["kind"] == "request"]


def test_everything_is_read(ready):
    """Account, bundles with their evaluations, brand, business, campaign with its texts, pool and numbers."""
    facts = gather(ready)
    (brand,), (service,) = facts.brands, facts.services
    (campaign,) = facts.campaigns[service.sid]

    assert (facts.account.status, facts.account.type, facts.account.is_subaccount) == ("active", "Full", False)
    assert (brand.status, brand.identity_status, campaign.status) == ("APPROVED", "VERIFIED", "VERIFIED")
    assert {
        facts.bundle_by_sid[sid].status for sid in (brand.customer_profile_bundle_sid, brand.a2p_profile_bundle_sid)
    } == {"twilio-approved"}
    assert facts.identities[brand.customer_profile_bundle_sid].name
    assert campaign.draft.message_samples
    assert campaign.draft.privacy_policy_url.startswith("https://")
    assert campaign.urls_visible
    assert {number.phone_number for number in facts.pools[service.sid]} == {US, SECOND}
    assert {number.phone_number for number in facts.numbers} == {US, SECOND, FREE}
    assert campaign.draft.us_app_to_person_usecase in facts.usecases[brand.sid]
    assert facts.now == ready.sandbox.now


def test_a_review_writes_nothing(ready):
    """Every request of a whole review is a GET, and the review's count of requests is the journal's."""
    before = len(requests(ready))
    review = msvc.review_a2p(ready)
    made = requests(ready)[before:] if before else requests(ready)

    assert {entry["method"] for entry in made} == {"GET"}
    assert len(made) == review.facts.calls > 10
    assert not [
        entry for entry in made if "/IncomingPhoneNumbers/PN" in entry["path"] or "/PhoneNumbers/PN" in entry["path"]
    ]


def test_a_live_account_that_nobody_armed(ready):
    """Behind the guard of a live connection, closed, a review finds the same."""
    guard = Guard()
    client = Client(*ready.sandbox.credentials(), http_client=Guarded(guard, ready.client.http_client))
    live = msvc.review_a2p(Connection("LIVE", client, ready.account_sid, guard=guard))

    assert not guard.armed
    assert (live.label, live.verdict) == ("LIVE", "ready")
    assert live.findings.equals(msvc.review_a2p(ready).findings)


def test_more_numbers_take_no_more_requests(ready):
    """Two hundred numbers more in the pool: the same number of requests."""
    (service,) = gather(ready).services
    few = gather(ready).calls
    more = [f"+1512555{line:04}" for line in range(200)]
    for number in more:
        ready.sandbox.own(number)
    msvc.add_senders(ready, service.sid, more)
    facts = gather(ready)

    assert len(facts.numbers) == 203
    assert facts.calls == few


@pytest.mark.parametrize("fact", ROUTES)
@pytest.mark.parametrize(("kind", "code"), [(401, "error 20003, HTTP 401"), (403, "error 70051, HTTP 403")])
def test_what_a_key_may_not_read(ready, fact, kind, code):
    """A refused product is not examined, with the reason; everything else still is, and nothing of it is called good."""
    ready.sandbox.fault(kind, route=ROUTES[fact])
    review = msvc.review_a2p(ready)
    missing = getattr(review.facts, fact)
    blind = [result for result in review.results if fact in result.check.needs]

    assert isinstance(missing, NotExamined)
    assert code in missing.why
    assert blind
    assert {result.state for result in blind} == {"not examined"}
    assert review.verdict == ("not examined" if fact in CHAIN else "ready")


@pytest.mark.parametrize(("route", "check"), [("Compliance/Usa2p", "C1"), ("PhoneNumbers", "S2")])
def test_one_service_that_cannot_be_read(ready, route, check):
    """Where one service's list fails, that service is not examined, and the other one is."""
    (first,) = gather(ready).services
    other = msvc.create_service(ready, msvc.ServiceDraft(friendly_name="Offers", usecase="marketing"))
    ready.sandbox.own("+13125550100")
    msvc.add_senders(ready, other.sid, ["+13125550100"])
    ready.sandbox.fault(403, route=f"GET /v1/Services/{first.sid}/{route}")
    ready.sandbox.register_campaign(other.sid)
    review = msvc.review_a2p(ready)
    verdicts = dict(zip(review.services["service"], review.services["verdict"], strict=True))
    result = next(result for result in review.results if result.check.id == check)

    assert verdicts == {"Orders": "not examined", "Offers": "ready"}
    assert (result.state, review.verdict) == ("not examined", "not examined")
    assert "Orders" in result.why


def test_nothing_at_all_can_be_read(ready):
    """A key without any permission gives a review that has examined nothing, not a crash and not a pass."""
    ready.sandbox.fault(403)
    review = msvc.review_a2p(ready)

    assert review.verdict == "not examined"
    assert "passed" not in {result.state for result in review.results}
    assert review.findings.empty


@pytest.mark.parametrize("kind", ["503", "reset"])
def test_other_failures_are_reasons_too(ready, kind):
    """A product that fails in any other way, again and again, is not examined either."""
    ready.sandbox.fault(kind, route=ROUTES["tollfree_verifications"])
    facts = gather(ready)

    assert isinstance(facts.tollfree_verifications, NotExamined)
    assert not isinstance(facts.brands, NotExamined)


@pytest.mark.parametrize("kind", ["500", "reset", "timeout", "truncated"])
def test_a_failure_that_passes_is_asked_again(ready, kind):
    """A list that fails once is read all the same."""
    ready.sandbox.fault(kind, route=ROUTES["tollfree_verifications"], count=1)

    assert gather(ready).tollfree_verifications == ()


def test_too_many_requests_are_asked_again(ready):
    """A 429 now and then costs requests and changes nothing else."""
    calm = msvc.review_a2p(ready)
    ready.sandbox.fault(429, rate=0.2)
    busy = msvc.review_a2p(ready)

    assert busy.verdict == calm.verdict
    assert busy.findings.equals(calm.findings)
    assert busy.facts.calls > calm.facts.calls


def test_stopping_leaves_the_rest_unread(ready):
    """Whoever stops has a truthful review of what was read until then."""
    review = msvc.review_a2p(ready, stopped=lambda: True)

    assert review.verdict == "not examined"
    assert review.facts.calls == 0


def test_progress_counts_lists(ready):
    """Progress ends where all lists are read."""
    seen = []
    gather(ready, progress=lambda done, total: seen.append((done, total)))

    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][0] == seen[-1][1]


def test_an_account_without_any_us_number():
    """Nothing falls under US registration, so nothing is needed; that is neither ready nor not."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual")
    for number in ("+447400123456", "+14165550100", "+18765550100", "+17875550100"):
        conn.sandbox.own(number)
    review = msvc.review_a2p(conn)
    conn.sandbox.api.store.close()

    assert review.verdict == "not needed"
    assert set(review.numbers["verdict"]) == {"not needed"}
    assert "failed" not in {result.state for result in review.results}


def test_a_subaccount_whose_parent_holds_the_brand(account):
    """A subaccount without a brand is not called bad: its parent may have one; what it lacks itself is reported."""
    made = account.client.api.v2010.accounts.create(friendly_name="A client's")
    client = Client(made.sid, made.auth_token, http_client=account.client.http_client)
    inside = Connection("SANDBOX", client, made.sid, sandbox=account.sandbox)
    sid = msvc.create_service(inside, msvc.ServiceDraft(friendly_name="Orders", usecase="notifications")).sid
    number = client.incoming_phone_numbers.create(area_code="415")
    client.messaging.v1.services(sid).phone_numbers.create(number.sid)
    review = msvc.review_a2p(inside)
    brand = next(result for result in review.results if result.check.id == "B1")

    assert review.facts.account.is_subaccount
    assert brand.state == "not examined"
    assert "parent" in brand.why
    assert {f.check.id for f in review.judgement.findings if f.severity == "blocker"} == {"C1", "S2"}


@pytest.mark.parametrize(
    "put",
    [
        lambda box, sid: box.register_campaign(sid, status="HALF_VERIFIED"),
        lambda box, sid: box.register_campaign(sid, brand_sid=box.register_brand(status="ARCHIVED")),
        lambda box, sid: box.register_campaign(sid, brand_sid=box.register_brand(identity_status="GOLD")),
    ],
)
def test_statuses_of_the_future(account, put):
    """A status Twilio has not had so far is kept, and never read as good."""
    sid = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Orders", usecase="notifications")).sid
    msvc.add_senders(account, sid, [US])
    put(account.sandbox, sid)
    review = msvc.review_a2p(account)

    assert review.verdict in ("not examined", "not ready")
    assert "ready" not in set(review.services["verdict"])
    assert any("know" in missing.why for result in review.results for missing in result.unseen)


def test_an_answer_without_the_policy_addresses(ready, monkeypatch):
    """Asked without the version header, Twilio leaves two fields out: they are not visible, and not missing."""
    monkeypatch.setattr("msvc_toolkit.a2p.readiness.calls.API_VERSION", {})
    review = msvc.review_a2p(ready)
    result = next(result for result in review.results if result.check.id == "C5")

    assert result.state == "not examined"
    assert "not visible" in result.why
    assert json.loads(review.to_json())["verdict"] == "ready"
