"""SendPlanForm: what is typed is the plan, what comes of it is shown at once, and nothing is sent or overwritten."""

import re
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from forms import click, inside, words
from msvc_toolkit.messages.calls import send
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.form import SendPlanForm
from msvc_toolkit.planning.model import PlannedSender
from msvc_toolkit.rules import rates
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service, delete_service
from msvc_toolkit.services.model import ServiceDraft

START = datetime(2099, 11, 27, 9, tzinfo=ZoneInfo("America/New_York"))
TYPED = {
    "audience": "US 40000, GB 500",
    "body": "Acme: 30 % off until Sunday.",
    "senders": "+14155550100, +447400123456",
    "tier": "Verified, score 25 to 49",
    "start": START.replace(tzinfo=None),
    "deadline": None,
    "zone": "America/New_York",
    "days": 1,
    "requests_per_second": "",
    "prices": "",
    "validity_seconds": 36000,
}


@pytest.fixture(scope="module")
def one_form():
    """A form without an account."""
    return SendPlanForm(None)


@pytest.fixture
def form(one_form):
    """The form with a plan that is over T-Mobile's cap."""
    one_form.fill(**TYPED)
    return one_form


def buttons(form, label):
    """The buttons of a form that say so."""
    return [one for one in inside(form.view) if getattr(one, "description", "") == label]


@pytest.mark.parametrize(
    ("typed", "countries"),
    [
        ("US 40000, GB 500", {"US": 40_000, "GB": 500}),
        ("us 40,000; gb: 500", {"US": 40_000, "GB": 500}),
        ("US 40,000 and GB 500", {"US": 40_000, "GB": 500}),
        ("US=3\nUS 415 300, CA 4000", {"US": 303, "CA": 4000}),
        ("whatsapp:gb 20", {"GB": 20}),
        ("+14155550123, (212) 555-0177\n+447400123456", {"US": 2, "GB": 1}),
    ],
)
def test_recipients_are_counted_as_typed(form, typed, countries):
    """Counts may have separators, area codes and channels; phone numbers are counted."""
    form.fill(audience=typed)

    assert form.draft().audience.countries == countries


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("audience", "", "Nobody to send to yet"),
        ("audience", "everybody", "“everybody” cannot be read. Write a country and how many"),
        ("audience", "US 40000, some in GB", "“some in GB” cannot be read"),
        ("audience", "UK 500", "The United Kingdom is GB."),
        ("body", "", "Enter the text"),
        ("senders", "", "There is no sender"),
        ("senders", "72345", "Short code 72345 needs its country"),
        ("senders", "ACME", "No sender can reach 40,000 recipients in US"),
        ("senders", "+1415555", "is not a sender"),
        ("start", None, "Choose when it starts"),
        ("start", datetime(2020, 1, 1), "is in the past"),  # noqa: DTZ001 - as a picker gives it
        ("deadline", datetime(2099, 11, 26), "The deadline is not after the start"),  # noqa: DTZ001 - as above
        ("zone", "Mars", "There is no time zone 'Mars'"),
        ("days", "two", "Enter a whole number"),
        ("days", 0, "Spread it over 1 to"),
        ("requests_per_second", "fast", "Enter a number, such as 50"),
        ("prices", "cheap", "“cheap” cannot be read. Write a country and its price"),
        ("prices", "US 0.01, GB 0.04 EUR", "The prices are in EUR and USD"),
        ("validity_seconds", "long", "Enter a whole number"),
    ],
)
def test_a_wrong_input_has_its_sentence(form, field, typed, sentence):
    """The sentence is beside the input; where the plan cannot be forecast, the button waits and older figures say so."""
    form.fill(**{field: typed})

    note = words(form.fields[field].note.value)
    assert sentence in note
    assert form.button.disabled == ("Problem: " in note) == (form.forecast is None)
    assert ("Before your last change" in words(form.verdict.value)) == (form.forecast is None)
    assert "Messages that fail" in words(form.figures.value)


def test_an_unknown_tier_gives_a_range(form):
    """Without a known tier the end and what fails are ranges; a chosen one gives one number each."""
    form.fill(tier="Verified, tier not known")
    assert "It depends" in words(form.verdict.value)
    assert re.search(r"Last message leavesFri 09:\d\d to \d\d:\d\d", words(form.figures.value))

    form.fill(tier="Verified, score 25 to 49")
    assert "It does not fit" in words(form.verdict.value)
    assert "Last message leavesFri 09:56" in words(form.figures.value)


def test_advice_is_used_by_a_click(form):
    """Each piece of advice changes the inputs so that the forecast is the one it promised; a text typed since stays."""
    form.wait()
    assert len(form.advice) >= 3
    first, *others = form.advice
    for use, advice in [
        (buttons(form, "Use this")[0].click, first),
        *((partial(form.use, one), one) for one in others),
    ]:
        form.fill(**TYPED)
        form.fill(body="Acme: 40 % off until Sunday.")
        use()

        assert form.forecast.verdict == advice.forecast.verdict
        assert form.forecast.plan.body == "Acme: 40 % off until Sunday."
        assert words(advice.sentence) in words(form.outcome.value)
        assert form.draft().senders == advice.plan.senders
        assert form.fields["audience"].widget.value == TYPED["audience"]


def test_advice_follows_a_plan_that_it_was_used_for(form, tmp_path, monkeypatch):
    """After a kept plan, a deadline and used advice, form and page have the advice for this plan, and what was typed stays."""
    monkeypatch.chdir(tmp_path)
    form.fill(senders="+14155550199, +447400123456", deadline=datetime(2099, 11, 27, 9, 30))  # noqa: DTZ001
    buttons(form, "Keep as plan A")[0].click()
    form.wait()
    assert form.advice
    assert all(one.forecast.finish[1] <= form.forecast.plan.deadline for one in form.advice)
    assert "8 to 12 weeks" in form.advice[0].sentence
    buttons(form, "Use this")[0].click()
    page = form.act()
    form.wait()

    assert "It fits" in words(form.verdict.value)
    assert form.advice == ()
    assert not buttons(form, "Use this")
    assert "What would do better" not in words(form.static()) + next(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert "send-plan" in page
    assert form.fields["senders"].widget.value == "+14155550199, +447400123456, 12345 US (placeholder)"
    buttons(form, "Forget plan A")[0].click()


def test_the_cost_says_what_it_is_of(form):
    """Without a price the fees have their name; a price alone is of the only country; what fails in the end is named."""
    figures = words(form.figures.value)
    assert "Carrier fees alone" in figures
    assert "enter it in “Price of a segment”" in figures
    form.fill(audience="US 40000", prices="0.01")
    figures = words(form.figures.value)
    assert "Cost with fees520 to 600 USD" in figures  # 40,000 at 0.01, and fees of 0.0030 to 0.0050
    assert re.search(r"26.\d\d to 30.\d\d USD of it for 2,0\d\d messages that leave and then fail", figures)


def test_two_plans_side_by_side(form):
    """A kept plan is compared with what is typed next, in figures and in one chart, until it is forgotten."""
    assert form.beside.value == ""
    buttons(form, "Keep as plan A")[0].click()
    form.fill(days=7)

    assert "Plan AThis plan" in words(form.beside.value)
    assert "It does not fit" in words(form.beside.value)
    assert "<svg" in form.beside.value
    assert "Compared" in words(form.static())
    buttons(form, "Forget plan A")[0].click()
    assert form.beside.value == ""


def test_a_saved_page_overwrites_none(form, tmp_path, monkeypatch):
    """Two clicks leave two pages, without a whole phone number; the static copy names the last."""
    monkeypatch.chdir(tmp_path)
    form.fill(body="Acme: call +1 415 555 0199.")
    saved = [words(click(form)) for _ in range(2)]

    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["send-plan-2099-11-27-2.html", "send-plan-2099-11-27.html"]
    assert "send-plan-2099-11-27-2.html" in saved[1]
    page = files[1].read_text(encoding="utf-8")
    assert "+1 415 ••• 0199" in page
    assert not re.search(r"555\W?01", page)
    assert "send-plan-2099-11-27-2.html" in words(form.static())


def test_what_is_given_in_code_is_shown(form):
    """Counts, senders and prices given in code are the plan as they are, shown as they could be typed."""
    audience = read_audience(["+14155550123", "+442079460018", "+447400123457", "nobody"])
    senders = [PlannedSender("72345", country="US", rate=200.0), PlannedSender("+14155550100")]
    price = {"US": (0.0083, "USD")}
    made = SendPlanForm(None, audience, "Sale!", senders=senders, start=START, prices=price, days=2)

    assert made.draft().audience == audience
    assert made.draft().senders == tuple(senders)
    assert dict(made.draft().prices) == price
    shown = {name: field.widget.value for name, field in made.fields.items()}
    assert shown["audience"] == "GB 2, US 1"
    assert shown["senders"] == "72345 US at 200/s, +1 415 ••• 0100"
    assert shown["prices"] == "US 0.0083 USD"
    form.fill(senders="72345 US at 200/s")
    assert form.draft().senders == (PlannedSender("72345", country="US", rate=200.0),)


def test_the_pool_of_a_service(conn):
    """Choosing a service reads its pool and its campaign; a part may be left out; an account is only read."""
    orders, offers = (create_service(conn, ServiceDraft(friendly_name=name)).sid for name in ("Orders", "Offers"))
    add_senders(conn, orders, ["+14155550100", "+447400123456"])
    send(conn, to="+16285550123", body="Hi", messaging_service_sid=orders)
    before = len(conn.sandbox.journal())
    form = SendPlanForm(conn, "GB 500", "Sale!", service="Orders")
    assert form.fields["service"].widget.value == orders
    assert form.fields["tier"].widget.value == "From the account: none that is verified"

    form.fill(senders="+44 ••• 3456")
    assert [sender.address for sender in form.draft().senders] == ["+447400123456"]
    assert "all 500 messages leave" in form.forecast.verdict
    form.fill(service=offers)
    assert "There is no sender" in words(form.fields["senders"].note.value)
    form.fill(service=orders)
    assert form.fields["senders"].widget.value == "+1 415 ••• 0100, +44 ••• 3456"
    made = conn.sandbox.journal()[before:]
    assert made
    assert {entry["method"] for entry in made} == {"GET"}

    delete_service(conn, offers)
    form.fill(service=offers)
    assert "was not found" in words(form.fields["service"].note.value)
    assert form.button.disabled


def test_the_static_copy_has_every_source(form):
    """Without a kernel the copy has the verdict, the plan and every figure with source and date, as tables."""
    copy = words(form.static())

    assert "It does not fit" in copy
    assert "RecipientsUS 40,000, GB 500" in copy
    assert "<svg" not in form.static()
    facts = form.forecast.facts
    assert len(facts) > 4
    for fact in facts.itertuples():
        assert fact.source in copy
        assert fact.source.strip()
        assert str(fact.read or "") in copy
    assert rates.all_tiers()[2].name in copy


def test_older_advice_leaves_later_changes(form):
    """Advice that is clicked before newer advice has come changes what it is about, and nothing typed since."""
    form.wait()
    advice = next(one for one in form.advice if one.plan.senders != form.draft().senders)
    form.fill(days=3, tier="Verified, score 50 to 74")
    form.use(advice)

    assert form.draft().senders == advice.plan.senders
    assert (form.draft().days, form.draft().tier.name) == (3, "score 50 to 74")
