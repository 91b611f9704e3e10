"""What public records of Twilio's answers say: one test for each recorded or documented behaviour.

Each docstring ends with its source and grade: (D) documented by Twilio, (R) recorded in a public issue or answer.
All were read between 2026-11-27 and 2026-11-30.
"""

from datetime import timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

TO, FROM, WHATSAPP = "+14155550123", "+14155550100", "whatsapp:+14155550199"
CANADA = "+14165550123"
NO_ROUTE = (
    "Message cannot be sent with the current combination of 'To' (+15005550002) and/or 'From' (+14155550100) parameters"
)


def service(account, *addresses):
    """The SID of a service whose pool has these numbers of the account."""
    made = account.client.messaging.v1.services.create(friendly_name="Orders")
    for address in addresses:
        sid = account.client.incoming_phone_numbers.list(phone_number=address)[0].sid
        account.client.messaging.v1.services(made.sid).phone_numbers.create(sid)
    return made.sid


def send(account, to=TO, **given):
    """A sent message."""
    return account.client.messages.create(to=to, **{"body": "Hi", **given})


def ends(account, to=TO, **given):
    """The state and code that a message ends in."""
    made = send(account, to, **given)
    account.advance(10)
    last = made.fetch()
    return last.status, last.error_code


def refusal(act):
    """Status, code and text of the refusal an act meets."""
    with pytest.raises(TwilioRestException) as refused:
        act()
    return refused.value.status, refused.value.code, refused.value.msg.removeprefix("Unable to create record: ")


LISTS = (
    "{AC}/Messages.json",
    "{AC}/IncomingPhoneNumbers.json",
    "{AC}/IncomingPhoneNumbers/Local.json",
    "{AC}/SMS/ShortCodes.json",
    "/2010-04-01/Accounts.json",
    "{AC}/Messages/{SM}/Media.json",
    "/v1/Services",
    "/v1/Services/{MG}/PhoneNumbers",
    "/v1/Services/{MG}/ShortCodes",
    "/v1/Services/{MG}/AlphaSenders",
    "/v1/Services/{MG}/DestinationAlphaSenders",
    "/v1/Services/{MG}/ChannelSenders",
    "/v1/Services/{MG}/Compliance/Usa2p",
    "/v1/a2p/BrandRegistrations",
    "/v1/Tollfree/Verifications",
    "/v1/CustomerProfiles",
    "/v1/TrustProducts",
    "/v1/EndUsers",
    "/v1/SupportingDocuments",
    "/v1/Policies",
    "/v1/Exports/Messages/Jobs",
    "/v1/Exports/Messages/Days",
)


@pytest.mark.parametrize("path", LISTS)
def test_a_later_page_needs_its_token(account, path):
    """Page=N above 0 without a PageToken is 400/20001 on every list; Page=0 is the first page.

    Source: twilio/twilio-python#395, twilio/twilio-php#296 and #507 (R).
    """
    path = path.format(AC=account.path, MG=service(account), SM=send(account, from_=FROM).sid)
    first, later = (account.ask("GET", path, query=[("Page", number)]) for number in ("0", "1"))

    assert first.status == 200
    assert (later.status, later.json["code"], later.json["message"]) == (
        400,
        20001,
        "PageToken is required for paging.",
    )


def test_a_page_names_itself_with_its_token(account):
    """A later page's `uri` and `url` hold its PageToken, and lead to the same rows; the first page has none.

    Source: a recorded page of messages (R).
    """
    for number in range(3):
        send(account, from_=FROM, body=str(number))
        service(account)
    first = account.ask("GET", f"{account.path}/Messages.json", query=[("PageSize", "2")]).json
    query = [pair.split("=") for pair in first["next_page_uri"].partition("?")[2].split("&")]
    second = account.ask("GET", f"{account.path}/Messages.json", query=query).json
    services = account.client.messaging.v1.services.page(page_size=2)
    later = services.next_page()

    assert "PageToken" not in first["uri"]
    assert second["uri"] == first["next_page_uri"]
    assert later._payload["meta"]["url"] == services._payload["meta"]["next_page_url"]  # noqa: SLF001 - the SDK hides it


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ([("DateSent>", "2024-11-30")], 400),
        ([("DateSent>", "2024-12-01")], 200),
        ([("DateSent", "2024-11-30")], 400),
        ([("DateSent<", "2024-11-30T10:00:00Z")], 400),
        ([("DateSent<", "2026-01-05")], 200),
        ([("DateSent>", "2024-11-30"), ("DateSent<", "2026-01-05")], 400),
        ([("DateSent", "2024")], 400),
        ([("DateSent", "2030-01-01")], 200),
    ],
)
def test_dates_that_twilio_no_longer_keeps_are_refused(account, query, status):
    """A filter that reaches behind the last 400 days is 400/20004, with each of the three operators.

    Source: airbytehq/airbyte#10418 and #9225 (R).
    """
    answer = account.ask("GET", f"{account.path}/Messages.json", query=query)

    assert answer.status == status
    if status == 400:
        assert answer.json["code"] == 20004
        assert answer.json["message"].endswith("outside of retention window of 400 days")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ([("DateSent", "2026-01")], 1),
        ([("DateSent", "2026")], 1),
        ([("DateSent", "2025-12")], 0),
        ([("DateSent>", "2026-01")], 1),
        ([("DateSent>", "2026-02")], 0),
        ([("DateSent<", "2025-12")], 0),
        ([("DateSent", "2026-01-05T15:00:01.000-0000")], 1),
        ([("DateSent", "2026-01-05T07:00:01-08:00")], 1),
    ],
)
def test_a_month_or_a_year_is_a_date(account, query, found):
    """DateSent=2026-01 and 2026 are taken, as are times with an offset or milliseconds. Source: twilio/twilio-oai#21 (R)."""
    send(account, from_=FROM)
    account.advance(10)
    answer = account.ask("GET", f"{account.path}/Messages.json", query=query)

    assert (answer.status, len(answer.json["messages"])) == (200, found)


@pytest.mark.parametrize("value", ["2026-13", "2026-1", "202601", "20260105", "26", "yesterday", ""])
def test_what_is_no_date_is_still_refused(account, value):
    """A thirteenth month and other texts are 400/20001. Source: twilio/twilio-cli#99 (R)."""
    answer = account.ask("GET", f"{account.path}/Messages.json", query=[("DateSent", value)])

    assert (answer.status, answer.json["code"]) == (400, 20001)


def test_the_currency_is_known_with_the_sender(account):
    """From: USD at once, no price; by a service: null when accepted or scheduled, USD once queued; then the price.

    Source: four recorded bodies of 2015 to 2023 (R).
    """
    sid = service(account, FROM)
    at = account.handle.now + timedelta(hours=1)
    plain = send(account, from_=FROM)
    chosen = send(account, messaging_service_sid=sid)
    named = send(account, from_=FROM, messaging_service_sid=sid)
    due = send(account, messaging_service_sid=sid, schedule_type="fixed", send_at=at)
    first = [(m.price_unit, m.price) for m in (plain, chosen, named, due)]
    account.advance(0.6)
    queued = chosen.fetch()
    account.advance(10)
    priced = [chosen.fetch(), plain.fetch()]
    canceled = due.update(status="canceled")

    assert first == [("USD", None), (None, None), (None, None), (None, None)]
    assert (queued.status, queued.price_unit, queued.price) == ("queued", "USD", None)
    assert [(m.price_unit, m.price) for m in priced] == [("USD", "-0.00750")] * 2
    assert canceled.price_unit is None


def test_an_inbound_text_has_a_currency_at_once_and_a_price_later(account):
    """USD when it arrives, the price seconds after it was received; an MMS and a text to a British number cost theirs.

    Source: recorded list pages of 2015 and 2016 (R).
    """
    account.handle.receive(TO, FROM, "Hello")
    account.handle.receive(TO, FROM, "Look", media_url=["https://example.com/a.png"])
    account.handle.receive("+447400123999", "+447400123456", "Hello")
    at_once = [(m.price_unit, m.price) for m in account.client.messages.list()]
    account.advance(10)

    assert at_once == [("USD", None)] * 3
    assert [m.price for m in account.client.messages.list()] == ["-0.05000", "-0.02000", "-0.00750"]


def test_addresses_of_two_channels_are_distinguished_first(account):
    """21910 in both directions, also for a From that the account does not have and for a sender ID.

    Source: error page 21910 (D); microsoft/botbuilder-dotnet#5569 (R).
    """
    for to, by in (
        ("whatsapp:+14155550123", FROM),
        (TO, WHATSAPP),
        ("whatsapp:+14155550123", "+14155550177"),
        ("whatsapp:+447400123457", "ACME"),
        ("messenger:99", WHATSAPP),
    ):
        assert refusal(lambda to=to, by=by: send(account, to, from_=by)) == (
            400,
            21910,
            f"From({by}) and To({to}) addresses should be of the same channel.",
        )


def test_a_channel_sender_the_account_lacks_is_63007(account):
    """From whatsapp: with a number that is no sender. Source: freescout-help-desk/freescout#3595 (R)."""
    found = refusal(lambda: send(account, "whatsapp:+14155550123", from_="whatsapp:+14155550177"))

    assert found == (400, 63007, "Twilio could not find a Channel with the specified From address")


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (
            {"from_": "+14155550177"},
            21659,
            "'From' +14155550177 is not a Twilio phone number or Short Code country mismatch",
        ),
        (
            {"from_": "894546", "to": CANADA},
            21659,
            "'From' 894546 is not a Twilio phone number or Short Code country mismatch",
        ),
        ({"from_": FROM, "to": FROM}, 21266, "'To' and 'From' number cannot be the same"),
        ({"from_": FROM, "to": "894546"}, 21265, "'To' number cannot be a Short Code: 89XXXX"),
        (
            {"from_": FROM, "to": "+15005550003"},
            21408,
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: +15005550003",
        ),
        ({"from_": FROM, "to": "+15005550004"}, 21610, "Attempt to send to unsubscribed recipient"),
        ({"from_": FROM, "to": "+15005550002"}, 21612, NO_ROUTE),
        ({"from_": FROM, "body": "x" * 1601}, 21617, "The concatenated message body exceeds the 1600 character limit."),
        ({"from_": FROM, "body": ""}, 21602, "Message body is required."),
    ],
)
def test_refusals_use_the_recorded_words(account, given, code, words):
    """Programs match on these sentences. Source: answers that many public issues and programs quote (R)."""
    assert refusal(lambda: send(account, **given)) == (400, code, words)


def test_wrong_credentials_say_which_half_is_wrong(account):
    """No credentials, an unknown account or key, a wrong token. Source: bytechefhq/bytechef#971 and other logs (R)."""
    sid, token = account.handle.credentials()
    asked = [("", ""), ("AC" + "0" * 32, token), ("SK" + "0" * 32, "x"), (sid, "wrong")]
    found = [account.ask("GET", "/v1/Services", auth=auth) for auth in asked]

    assert [(answer.status, answer.json["code"]) for answer in found] == [(401, 20003)] * 4
    assert [answer.json["message"] for answer in found[1:]] == [
        "Authentication Error - invalid username",
        "Authentication Error - invalid username",
        "Authenticate",
    ]


def test_buying_an_owned_number_updates_it(account):
    """201, status in-use, the same SID, with what was given changed; also under its kind's path, not under another.

    Source: danielberkompas/ex_twilio#116 (R).
    """
    numbers = account.client.incoming_phone_numbers
    before = numbers.list(phone_number=FROM)[0]
    made = numbers.create_with_http_info(phone_number=FROM, friendly_name="Main line", sms_url="https://example.com/in")
    again = numbers.local.create(phone_number=FROM, friendly_name="Front desk")
    subaccount = account.client.api.v2010.accounts.create(friendly_name="Branch").sid
    theirs = account.ask(
        "POST", f"/2010-04-01/Accounts/{subaccount}/IncomingPhoneNumbers.json", form=[("PhoneNumber", FROM)]
    )

    assert (made.status_code, made.data.sid, made.data.status) == (201, before.sid, "in-use")
    assert (made.data.friendly_name, made.data.sms_url) == ("Main line", "https://example.com/in")
    assert (again.sid, again.friendly_name, again.sms_url) == (before.sid, "Front desk", "https://example.com/in")
    assert len(numbers.list(phone_number=FROM)) == 1
    assert (theirs.status, theirs.json["code"]) == (400, 21422)


def test_a_full_pool_is_a_failed_precondition(account):
    """The sender that is one too many: HTTP 412 with 21714; an alphanumeric ID too. Source: mozilla/fx-private-relay#2709 (R)."""
    sid = service(account)
    store = account.handle.api.store
    now = account.handle.api.clock.now()
    for line in range(400):
        store.insert(
            "sender",
            {
                "sid": f"PN{line:032x}",
                "account_sid": account.handle.account_sid,
                "kind": "number",
                "address": f"+1646555{line:04}",
                "country_code": "US",
                "capabilities": "SMS",
                "friendly_name": "",
                "service_sid": sid,
                "date_pooled": now,
                "date_created": now,
                "date_updated": now,
            },
        )
    pool = account.client.messaging.v1.services(sid)
    number = account.client.incoming_phone_numbers.list(phone_number=FROM)[0].sid
    pool.alpha_senders.create("ACME")

    assert refusal(lambda: pool.phone_numbers.create(number)) == (412, 21714, "Number Pool size limit reached.")
    assert refusal(lambda: pool.alpha_senders.create("ACME 2"))[:2] == (412, 21714)


def test_an_api_key_in_the_path_is_an_invalid_account(account):
    """21470 where the SID of a key, or of anything else, stands for the account's.

    Source: error page 21470 (D); n8n-io/n8n#1782 (R). That the status is 400 is ours.
    """
    key, secret = account.handle.api_key()
    for sid in (key, service(account)):
        answer = account.ask("POST", f"/2010-04-01/Accounts/{sid}/Messages.json", form=[("To", TO)], auth=(key, secret))
        assert (answer.status, answer.json["code"], answer.json["message"]) == (400, 21470, "Invalid AccountSid")


@pytest.mark.parametrize(
    ("attribute", "type_"),
    [("phone_number", "starter_customer_profile_information"), ("phone_number", "authorized_representative_1")],
)
@pytest.mark.parametrize("number", ["+1720555", "7205551234", "call me", "+99912345678"])
def test_an_impossible_phone_number_fails_an_evaluation(account, attribute, type_, number):
    """It is in `invalid` with 22218 and "Phone number is invalid."; the rest stays valid. Source: twilio/twilio-node#957 (R)."""
    trust = account.client.trusthub.v1
    policy = next(p for p in trust.policies.list() if any(r["type"] == type_ for r in p.requirements["end_user"]))
    profile = trust.customer_profiles.create("Owl", "a@example.com", policy.sid)
    person = {
        "first_name": "Ann",
        "last_name": "Owl",
        "email": "a@example.com",
        "business_title": "CEO",
        "job_position": "CEO",
        attribute: number,
    }
    user = trust.end_users.create("Ann", type_, attributes=person)
    trust.customer_profiles(profile.sid).customer_profiles_entity_assignments.create(user.sid)
    made = trust.customer_profiles(profile.sid).customer_profiles_evaluations.create(policy.sid)
    found = next(result for result in made.results if result["object_type"] == type_)

    assert (made.status, found["passed"], found["error_code"]) == ("noncompliant", False, 22218)
    [wrong] = found["invalid"]
    assert (wrong["object_field"], wrong["error_code"], wrong["failure_reason"]) == (
        attribute,
        22218,
        "Phone number is invalid.",
    )
    assert attribute not in {field["object_field"] for field in found["valid"]} >= {"first_name", "email"}


def test_a_refused_attempt_leaves_a_failed_row(account):
    """Every create that is answered 400 is in the list: failed, with the code, no price, never sent.

    Source: support article 21923437804315 (D): since April 2024.
    """
    sid = service(account)
    wrong = (
        {"from_": "+14155550177"},
        {"from_": FROM, "to": "+1415"},
        {"messaging_service_sid": sid, "body": ""},
        {"from_": FROM, "to": "+15005550004"},
        {"from_": FROM, "validity_period": 0},
    )
    codes = [refusal(lambda given=given: send(account, **given))[1] for given in wrong]
    rows = account.client.messages.list()[::-1]
    account.advance(60)

    assert codes == [21659, 21211, 21619, 21610, 21624]
    assert [row.error_code for row in rows] == codes
    assert {(r.status, r.direction, r.price, r.date_sent, r.num_segments) for r in rows} == {
        ("failed", "outbound-api", None, None, "0")
    }
    assert [(r.to, r.from_, r.messaging_service_sid) for r in rows[:3]] == [
        (TO, "+14155550177", None),
        ("+1415", FROM, None),
        (TO, None, sid),
    ]
    assert account.client.messages.list(to="+1415")[0].fetch().error_message
    assert rows[0].delete()


def test_a_refusal_with_another_status_or_of_the_sandboxs_own_leaves_nothing(account):
    """Wrong credentials, and what only the sandbox refuses, are no attempts of Twilio's log."""
    path, form = f"{account.path}/Messages.json", [("To", TO), ("From", FROM), ("Body", "Hi")]
    answers = [
        account.ask("POST", path, form=form, auth=("AC" + "0" * 32, "x")),
        account.ask("POST", path, form=[*form, ("PersistentAction", "geo:37,-122")]),
    ]

    assert [answer.status for answer in answers] == [401, 400]
    assert account.client.messages.list() == []


def test_a_whatsapp_queue_holds_four_hours(account):
    """At 80 a second 1,152,000 segments; a number's holds ten hours. Beyond it 21611 with From. Source: WhatsApp FAQs (D)."""
    account.handle.receive("whatsapp:+14155550123", WHATSAPP, "Hello")
    store, now = account.handle.api.store, account.handle.api.clock.now()

    def refused(by, to, hours):
        sid = store.one("SELECT sid FROM sender WHERE address = ?", by)["sid"]
        store.execute("INSERT OR REPLACE INTO last_use VALUES (?, 1, ?)", sid, now + round(hours * 3_600_000))
        form = [("To", to), ("From", by), ("Body", "Hi")]
        return account.ask("POST", f"{account.path}/Messages.json", form=form).json.get("code")

    assert [refused(WHATSAPP, "whatsapp:+14155550123", hours) for hours in (3.9, 4.1)] == [None, 21611]
    assert [refused(FROM, TO, hours) for hours in (4.1, 9.9, 10.1)] == [None, None, 21611]


@pytest.mark.parametrize(
    ("brand", "campaign", "rate"),
    [
        ({"brand_score": 80}, {}, 120),
        ({"brand_score": 60}, {}, 60),
        ({"brand_score": 20}, {}, 15),
        ({"brand_score": 80}, {"us_app_to_person_usecase": "LOW_VOLUME"}, 2.5),
        ({"brand_type": "SOLE_PROPRIETOR"}, {}, 0.5),
    ],
)
def test_mms_has_rates_by_score_and_use_case(account, brand, campaign, rate):
    """MMS of a campaign leave at their own rate. Source: changelog 2026-03-17 (D), figures of help pages (R)."""
    sid = service(account, FROM)
    account.handle.register_campaign(sid, brand_sid=account.handle.register_brand(**brand), **campaign)
    media = {"messaging_service_sid": sid, "media_url": ["https://example.com/a.png"]}
    sent = [send(account, f"+1415555{110 + n:04}", **media) for n in range(5)]
    account.advance(60)
    moments = [{state: at for at, state in account.handle.timeline(one.sid)}["sending"] for one in sent]

    assert {one.fetch().error_code for one in sent} == {None}
    assert (moments[-1] - moments[0]).total_seconds() == pytest.approx(4 / rate, abs=0.01)


def test_a_carrier_counts_mms_apart_from_sms(account):
    """Of a small campaign each carrier takes 50 MMS a minute (30022), beside its SMS. Source: Telnyx' rate limits (R)."""
    sid = service(account, FROM)
    account.handle.register_campaign(
        sid, brand_sid=account.handle.register_brand(), us_app_to_person_usecase="LOW_VOLUME"
    )
    phones = (f"+1415555{line:04}" for line in range(110, 190))
    to = next(phone for phone in phones if account.handle.carrier(phone) == "Verizon")
    media = {"messaging_service_sid": sid, "media_url": ["https://example.com/a.png"], "body": None}
    for _ in range(55):
        send(account, to, **media)
    account.advance(30)
    codes = [m.error_code for m in account.client.messages.list(to=to)]

    assert (codes.count(None), codes.count(30022)) == (50, 5)
    assert ends(account, to, messaging_service_sid=sid)[1] is None


@pytest.mark.parametrize("business_type", [None, "PRIVATE_PROFIT", "NON_PROFIT", "SOLE_PROPRIETOR"])
def test_a_tollfree_verification_needs_a_registration_number(account, business_type):
    """All business types but sole proprietors. Source: changelog 2026-02-17 (D); the answer's status and code are ours."""
    number = next(n.sid for n in account.client.incoming_phone_numbers.list() if n.phone_number.startswith("+1888"))
    given = {
        "business_name": "Owl",
        "business_website": "https://owl.example",
        "notification_email": "a@owl.example",
        "use_case_categories": ["MARKETING"],
        "use_case_summary": "Offers",
        "production_message_sample": "Offer",
        "opt_in_image_urls": ["https://owl.example/a.png"],
        "opt_in_type": "WEB_FORM",
        "message_volume": "1,000",
        "tollfree_phone_number_sid": number,
        **({"business_type": business_type} if business_type else {}),
    }
    verifications = account.client.messaging.v1.tollfree_verifications
    if business_type != "SOLE_PROPRIETOR":
        found = refusal(lambda: verifications.create(**given))
        assert found == (400, 20001, "Missing required parameter BusinessRegistrationNumber in the post body")
        given["business_registration_number"] = "12-3456789"

    assert verifications.create(**given).status == "PENDING_REVIEW"


def test_an_rcs_device_that_cannot_be_reached_is_30046(account):
    """A phone that is off fails by RCS with 30046, and by SMS as before with 30003. Source: changelog 2026-07-09 (D)."""
    account.handle.own("rcs:acme_agent")
    sid = service(account)
    [sender] = account.client.messaging.v2.channels_senders.list(channel="rcs")
    account.client.messaging.v1.services(sid).channel_senders.create(sender.sid)
    for address in (TO, f"rcs:{TO}"):
        account.handle.handset(address, "off")

    assert ends(account, f"rcs:{TO}", from_="rcs:acme_agent") == ("failed", 30046)
    assert ends(account, TO, messaging_service_sid=sid) == ("failed", 30046)
    assert ends(account, TO, from_=FROM) == ("undelivered", 30003)


def test_the_network_decides_on_toll_free_numbers(account):
    """STOP, START and UNSTOP are the network's, in its own words; Advanced Opt-Out adds help words alone.

    Source: toll-free opt-out, support article 360058144374 (D).
    """
    tollfree = "+18885550100"
    sid = service(account, tollfree, FROM)
    account.handle.advanced_opt_out(
        sid,
        {"STOP": ["BASTA"], "START": ["SI"], "HELP": ["AIUTO"]},
        {"STOP": "Ciao.", "START": "Eccomi.", "HELP": "Prego."},
    )

    def heard(text, to=tollfree):
        word = account.handle.receive(TO, to, text)["keyword"]
        account.advance(5)
        newest = account.client.messages.list(to=TO, limit=1)
        return word, newest[0].body if word else None

    assert [heard(text)[0] for text in ("BASTA", "SI", "YES", "CANCEL", "STOPALL")] == [None] * 5
    assert heard("AIUTO") == heard("help") == heard("Info") == ("HELP", "Prego.")
    word, body = heard("stop")
    assert (word, body.startswith('NETWORK MSG: You replied with the word "stop"')) == ("STOP", True)
    assert heard("Unstop")[1].startswith('NETWORK MSG: You have replied "unstop"')
    assert heard("basta", to=FROM) == ("STOP", "Ciao.")


@pytest.mark.parametrize(
    ("sender", "code"), [("+15005550001", 21212), ("+15005550007", 21606), ("+15005550008", 21611)]
)
def test_magic_senders_are_refused_as_with_test_credentials(account, sender, code):
    """Source: Twilio docs, Test credentials (read 2026-11-23)."""
    with pytest.raises(TwilioRestException) as refused:
        account.client.messages.create(to="+14155550123", from_=sender, body="Hi")

    assert (refused.value.status, refused.value.code) == (400, code)


def test_the_magic_sender_sends_without_being_owned_first(account):
    """A program's tests run as they are, and it may text itself; the recipient +15005550001 is refused.

    Source: as above; texting itself: dagster-twilio 0.29.27, test_resources.py (read 2026-11-30).
    """
    people = ("+14155550123", "+14155550123", "+15005550006")
    sent = [account.client.messages.create(to=to, from_="+15005550006", body="Hi").sid for to in people]
    account.advance(60)

    assert [account.client.messages(sid).fetch().status for sid in sent] == ["delivered"] * 3
    with pytest.raises(TwilioRestException) as refused:
        account.client.messages.create(to="+15005550001", from_="+15005550006", body="Hi")
    assert refused.value.code == 21211
