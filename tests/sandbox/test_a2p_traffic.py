"""What the registry means for messages to the US: 30034, 30035, 30125, 30033, the campaign's rate, 30022 and 30023."""

from collections import Counter

import pytest

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.control.endpoints import control
from msvc_toolkit.sandbox.messages.carriers import pacific_day
from msvc_toolkit.sandbox.scenarios.registrations import TEXTS

US, CANADA = "+14155550123", "+14165550123"
SENDERS = ("+14155550100", "+14155550101", "+12125550100")


def sid_of(account, address):
    """The SID of one of the account's numbers."""
    return account.client.incoming_phone_numbers.list(phone_number=address)[0].sid


def service(account, *addresses):
    """A service with these numbers in its pool."""
    made = account.client.messaging.v1.services.create(friendly_name="Orders")
    for address in addresses:
        account.client.messaging.v1.services(made.sid).phone_numbers.create(sid_of(account, address))
    return made.sid


def code(account, to=US, **given):
    """The error code a message ends in."""
    sent = account.client.messages.create(to=to, body="Hi", **given)
    account.advance(10)
    return sent.fetch().error_code


def burst(account, sid, many, to=US, body="Hi"):
    """Messages that are sent all at once, as the SDK has them when all is over."""
    sent = [account.client.messages.create(to=to, body=body, messaging_service_sid=sid) for _ in range(many)]
    account.advance(600)
    return [message.fetch() for message in sent]


def on(account, carrier, but=()):
    """A phone that a carrier serves."""
    phones = (f"+1415555{line:04}" for line in range(110, 190))
    return next(phone for phone in phones if account.handle.carrier(phone) == carrier and phone not in but)


def test_an_account_that_registers_nothing_is_let_through(account):
    """With a service and without, US numbers send to the US as a first notebook expects."""
    sid = service(account, SENDERS[0])

    assert code(account, messaging_service_sid=sid) is None
    assert code(account, from_=SENDERS[1]) is None


def test_enforced_every_us_number_needs_a_campaign(account):
    """To the US alone: Canada, a toll-free number and a short code are none of its business; switched off, all pass."""
    account.handle.enforce_a2p()
    sid = service(account, SENDERS[0])

    assert code(account, messaging_service_sid=sid) == 30034
    assert code(account, from_=SENDERS[1]) == 30034
    assert code(account, to=CANADA, from_=SENDERS[1]) is None
    assert [code(account, from_=other) for other in ("+18885550100", "894546", "+14165550100")] == [None] * 3
    account.handle.enforce_a2p(on=False)
    assert code(account, from_=SENDERS[1]) is None


def test_the_first_brand_makes_an_account_take_part(account):
    """From then on its US numbers are unregistered; a subaccount without one is not concerned."""
    sub = account.client.api.v2010.accounts.create(friendly_name="Branch")
    account.handle.register_brand(account_sid=sub.sid, status="PENDING")
    before = code(account, from_=SENDERS[0])
    account.handle.register_brand(status="PENDING")

    assert (before, code(account, from_=SENDERS[0])) == (None, 30034)


def test_registration_follows_the_campaign(account):
    """30034 until it is verified, 30035 while the carriers register the number, then delivered; deleted, 30034."""
    sid = service(account, SENDERS[0])
    made = account.client.messaging.v1.services(sid).us_app_to_person.create(
        brand_registration_sid=account.handle.register_brand(), **TEXTS
    )
    seen = [code(account, messaging_service_sid=sid)]
    for seconds in (50, 55, 60):
        account.advance(seconds)
        seen.append(code(account, messaging_service_sid=sid))
    by_number = code(account, from_=SENDERS[0])
    account.client.messaging.v1.services(sid).us_app_to_person(made.sid).delete()

    assert seen == [30034, 30034, 30035, None]
    assert (by_number, code(account, messaging_service_sid=sid)) == (None, 30034)


def test_why_tells_of_the_registration(account):
    """The last step says what the carriers miss; where nothing is missed there is no such step."""
    sid = service(account, SENDERS[0])
    fine = account.client.messages.create(to=US, body="Hi", messaging_service_sid=sid)
    account.handle.enforce_a2p()
    given = {"messaging_service_sid": sid}, {"from_": SENDERS[1]}
    sent = [account.client.messages.create(to=US, body="Hi", **how) for how in given]
    account.advance(10)

    for message in sent:
        last = account.handle.why(message.sid)[-1]
        assert (last["rule"], "no service with a verified campaign" in last["sentence"]) == ("registration", True)
    assert all(step["rule"] != "registration" for step in account.handle.why(fine.sid))


def test_a_number_that_is_added_or_moved_is_registered_again(account):
    """A number outside any pool is unregistered, whatever its account has; added it waits, and again when moved."""
    first, second = service(account, SENDERS[0]), service(account)
    for sid in (first, second):
        account.handle.register_campaign(sid)
    pools = account.client.messaging.v1.services
    outside = code(account, from_=SENDERS[1])
    pools(first).phone_numbers.create(sid_of(account, SENDERS[1]))
    added = code(account, from_=SENDERS[1])
    account.advance(60)
    settled = code(account, from_=SENDERS[1])
    pools(first).phone_numbers(sid_of(account, SENDERS[1])).delete()
    removed = code(account, from_=SENDERS[1])
    pools(second).phone_numbers.create(sid_of(account, SENDERS[1]))

    assert (outside, added, settled, removed) == (30034, 30035, None, 30034)
    assert (code(account, from_=SENDERS[1]), code(account, from_=SENDERS[0])) == (30035, None)


@pytest.mark.parametrize(
    ("status", "found"), [("FAILED", 30034), ("IN_PROGRESS", 30034), ("SUSPENDED", 30033), ("HIBERNATING", 30034)]
)
def test_only_a_verified_campaign_lets_through(account, status, found):
    """A suspended one has a code of its own; a state nobody knows is not good."""
    sid = service(account, SENDERS[0])
    account.handle.register_campaign(sid, status=status)

    assert code(account, messaging_service_sid=sid) == found
    assert not account.client.messaging.v1.services(sid).fetch().us_app_to_person_registered


def test_a_suspended_brand_stops_its_campaigns(account):
    """Though they are verified (30033)."""
    sid = service(account, SENDERS[0])
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand(status="SUSPENDED"))

    assert code(account, messaging_service_sid=sid) == 30033


def test_a_mock_campaign_carries_nothing(account):
    """It is verified, and its numbers stay unregistered."""
    sid = service(account, SENDERS[0])
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand(mock=True))

    assert code(account, messaging_service_sid=sid) == 30034


def test_a_sole_proprietor_has_one_number(account):
    """The first in the pool sends; the second is refused for good (30125), until the first is gone."""
    sid = service(account, "+18885550100", *SENDERS[:2])
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand("SOLE_PROPRIETOR"))
    both = [code(account, from_=sender) for sender in SENDERS[:2]]
    account.client.messaging.v1.services(sid).phone_numbers(sid_of(account, SENDERS[0])).delete()

    assert both == [None, 30125]
    assert code(account, from_=SENDERS[1]) is None


def test_a_standing_that_was_set_still_counts(account):
    """A number that carriers refuse or filter does so under a verified campaign too."""
    for address, standing in (("+13055550140", "unregistered"), ("+13055550141", "filtered")):
        account.handle.own(address, standing=standing)
    sid = service(account, "+13055550140", "+13055550141")
    account.handle.register_campaign(sid)

    assert [code(account, from_=sender) for sender in ("+13055550140", "+13055550141")] == [30034, 30007]


@pytest.mark.parametrize(
    ("brand", "campaign", "rate"),
    [
        ({"brand_score": 80}, {}, 225),
        ({"brand_score": 60}, {}, 120),
        ({"brand_score": None, "skip_automatic_sec_vet": True}, {}, 12),
        ({"brand_score": 80}, {"us_app_to_person_usecase": "LOW_VOLUME"}, 3.75),
        ({"brand_type": "SOLE_PROPRIETOR"}, {}, 1),
    ],
)
def test_a_campaign_sends_at_its_own_rate(account, brand, campaign, rate):
    """Messages leave one after another at the campaign's rate, and more numbers do not make them faster."""
    sid = service(account, *(SENDERS[:1] if rate == 1 else SENDERS))
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand(**brand), **campaign)
    sent = burst(account, sid, 7)
    moments = [{state: at for at, state in account.handle.timeline(one.sid)}["sending"] for one in sent]

    assert [one.error_code for one in sent] == [None] * 7
    assert (moments[-1] - moments[0]).total_seconds() == pytest.approx(6 / rate, abs=0.01)


def test_a_burst_to_one_phone_goes_beyond_its_carrier(account):
    """Each carrier takes its share a minute: at 4 segments a second 240, and the others end with 30022."""
    sid = service(account, *SENDERS)
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand(brand_score=10))
    found = Counter(one.error_code for one in burst(account, sid, 260, to=on(account, "Verizon")))

    assert found == {None: 240, 30022: 20}
    assert code(account, to=on(account, "Verizon"), messaging_service_sid=sid) is None


def test_tmobile_takes_a_days_cap_of_a_brand(account):
    """In the lowest tier 2000 segments over all its campaigns; others' phones go on, and so does it after midnight."""
    brand = account.handle.register_brand(brand_score=10)
    first, second = service(account, SENDERS[0]), service(account, SENDERS[1])
    for sid in (first, second):
        account.handle.register_campaign(sid, brand_sid=brand)
    theirs, ours, long = on(account, "T-Mobile"), on(account, "AT&T"), "x" * 1530
    found: Counter = Counter()
    for _ in range(5):
        for sid in (first, second):
            found.update(one.error_code for one in burst(account, sid, 21, to=theirs, body=long))

    assert found == {None: 200, 30023: 10}
    assert code(account, to=ours, messaging_service_sid=first) is None
    assert code(account, to=theirs, messaging_service_sid=first) == 30023
    account.advance(24 * 3600)
    assert code(account, to=theirs, messaging_service_sid=first) is None


@pytest.mark.parametrize(("day", "hour"), [(0, 8), (180, 7)])
def test_tmobiles_day_begins_at_midnight_pacific(day, hour):
    """At eight in the morning UTC in winter, at seven in summer."""
    midnight = (20_454 + day) * 86_400_000 + hour * 3_600_000  # 2026-01-01, and 180 days on

    assert pacific_day(midnight) - pacific_day(midnight - 1) == 1
    assert pacific_day(midnight + 86_399_999) == pacific_day(midnight)


def test_carriers_are_dealt_out_by_number_and_seed(account):
    """The same seed gives the same; T-Mobile has about three of ten; what is no phone is refused."""
    phones = [f"+1212555{line:04}" for line in range(2000)]
    found = Counter(account.handle.carrier(phone) for phone in phones)
    other = open_sandbox(":memory:", clock="manual", seed=8)

    assert 500 < found["T-Mobile"] < 700
    assert set(found) == {"T-Mobile", "AT&T", "Verizon", "another"}
    assert [account.handle.carrier(phone) for phone in phones] != [other.carrier(phone) for phone in phones]
    with pytest.raises(SandboxError):
        account.handle.carrier("Acme")
    other.api.store.close()


def test_a_full_campaign_queue_is_reported_at_once(account):
    """What a campaign's queue cannot send in ten hours is refused with From (21611), also for its other number."""
    sid = service(account, *SENDERS[:2])
    account.handle.register_campaign(
        sid, brand_sid=account.handle.register_brand(), us_app_to_person_usecase="LOW_VOLUME"
    )
    store = account.handle.api.store
    campaign = store.one("SELECT sid FROM campaign")["sid"]
    store.execute("INSERT INTO last_use VALUES (?, 1, ?)", campaign, account.handle.api.clock.now() + 11 * 3_600_000)
    form = [("To", US), ("From", SENDERS[1]), ("Body", "Hi")]

    assert account.ask("POST", f"{account.path}/Messages.json", form=form).json["code"] == 21611
    assert account.ask("POST", f"{account.path}/Messages.json", form=[("To", CANADA), *form[1:]]).status == 201


def test_a_number_with_a_full_queue_leaves_the_turn_to_the_next(account):
    """Load goes to equal numbers in turn, also where one of them cannot take it: the other gets no less for that."""
    sid = service(account, *SENDERS[:2])
    store, full = account.handle.api.store, sid_of(account, SENDERS[0])
    store.execute("INSERT INTO last_use VALUES (?, 1, ?)", full, account.handle.api.clock.now() + 11 * 3_600_000)
    sent = [
        account.client.messages.create(to=f"+1416555012{n}", body="Hi", messaging_service_sid=sid) for n in range(6)
    ]
    account.advance(60)

    assert [message.fetch().error_code for message in sent] == [None, 30001] * 3


def test_what_a_number_sends_elsewhere_waits_for_itself(account):
    """A number under a campaign keeps its own queue to Canada: messages to the US neither lengthen nor empty it."""
    sid = service(account, SENDERS[0])
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand())
    account.advance(3600)
    to = [*(f"+1416555012{n}" for n in range(6)), US, "+14165550130"]
    sent = [account.client.messages.create(to=one, body="Hi", messaging_service_sid=sid) for one in to]
    account.advance(60)
    gone = [message.fetch().date_sent for message in sent]

    assert [(at - gone[0]).seconds for at in gone] == [0, 1, 2, 3, 4, 5, 0, 6]


def test_it_is_all_set_over_http(account):
    """Enforced, a brand and a campaign by the control addresses, with errors; a wrong one is refused with a sentence."""

    def post(path, *form):
        answer = control(account.handle, "POST", f"/_sandbox/{path}", form)
        return answer.status, answer.body.decode()

    sid = service(account, SENDERS[0])
    post("a2p")
    enforced = code(account, messaging_service_sid=sid)
    post("a2p", ("Enforced", "false"))
    free = code(account, messaging_service_sid=sid)
    brand = post("brands", ("Status", "FAILED"), ("Error", "30795:region"))
    failed = post("campaigns", ("ServiceSid", sid), ("Status", "FAILED"), ("Error", "30896:MESSAGE_FLOW"))
    good = post("campaigns", ("ServiceSid", service(account, SENDERS[1])), ("Usecase", "MIXED"))

    assert (enforced, free, brand[0], failed[0], good[0]) == (30034, None, 200, 200, 200)
    assert [code(account, from_=sender) for sender in SENDERS[:2]] == [30034, None]
    assert account.client.messaging.v1.brand_registrations.list()[0].errors[0]["fields"] == ["region"]
    assert post("campaigns", ("Status", "FAILED"))[0] == 400
    assert post("brands", ("Error", "region"))[0] == 400
    assert post("a2p", ("Enforced", "perhaps"))[0] == 400
