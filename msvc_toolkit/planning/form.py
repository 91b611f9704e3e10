"""A form that plans a large send: it shows the forecast while you type, with advice, and compares two plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from weakref import WeakSet
from zoneinfo import ZoneInfo, available_timezones

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.chart import file_name
from msvc_toolkit.logs.charts.labels import distinct
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.planning import report
from msvc_toolkit.planning.advice import Advice, advise
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.calls import read_plan
from msvc_toolkit.planning.charts import bill_chart, queue_chart
from msvc_toolkit.planning.forecast import Forecast, forecast
from msvc_toolkit.planning.model import INTENTS, Audience, PlannedSender, SendPlan
from msvc_toolkit.private.turns import TURN
from msvc_toolkit.rules import addresses, rates
from msvc_toolkit.services.calls import list_services
from msvc_toolkit.widgets import fields, form, saved_files
from msvc_toolkit.widgets.background import Worker
from msvc_toolkit.widgets.screen import box, close, focus
from msvc_toolkit.widgets.text_size import TextSize, costly

T = TypeVar("T")
NO_ACCOUNT = cast(
    "Connection",
    SimpleNamespace(label="", armed_words="", show_changes=int, show_arming=int, undoable=None, screens=WeakSet[Any]()),
)
"""In place of a connection where there is no account."""
_COUNT = re.compile(
    r"((?:(?:whatsapp|rcs|messenger):)?[a-z]{2,}(?: \d{3}(?=[ :=]))?)\s*[:=]?\s*(\d{1,3}(?:,\d{3})+|\d+)", re.IGNORECASE
)
"""A country and its number of recipients: "US 40,000", "whatsapp:GB 500", "US 415: 300"."""
_PRICE = re.compile(r"([a-z]{2})\s*[:=]?\s*(\d+(?:\.\d+)?)\s*([a-z]{3})?(?![a-z])", re.IGNORECASE)
"""The price of a segment to a country: "US 0.0083 USD"."""
_SENDER = re.compile(r"(.+?)(?:\s+([a-z]{2}))?(?:\s+at\s+(\d+(?:\.\d+)?)\s*/\s*s)?", re.IGNORECASE)
"""A sender, a short code with its country, perhaps with its rate: "+14155550100", "72345 US at 200/s"."""
_OF_SERVICE = ("senders", "tier", "registered", "area_code_geomatch", "smart_encoding", "validity_seconds", "intent")
"""The fields of a plan that come from a service."""
_NUMBERS = ("days", "validity_seconds", "used_today")
CAMPAIGNS: dict[str, tuple[Any, bool | None]] = {
    "Not known": (None, None),
    "Verified, tier not known": (None, True),
    **{f"Verified, {tier.name}": (tier, True) for tier in rates.all_tiers()},
    "None that is verified": (None, False),
}
"""The choices for the campaign of the US numbers: its tier, and whether it is verified."""
_INTENTS = {"otp": "One-time code (otp)", "customercare": "Customer care"}
_RECIPIENTS = "How many in each country. To count a list or a log, give it in code."
_SENDERS = "Add or leave out some to see what changes. A short code needs its country: 72345\u00a0US."
_FOLDED = ("media", "validity_seconds", "used_today", "intent")


class SendPlanForm(form.Form):
    """Plan a large send: recipients, text, senders and times. The forecast is shown while you type.

    Args:
        conn: The account, which is only read; None without one.
        recipients: Counts such as ``"US 40000, GB 500"``; or what `plan_send` takes: phone numbers, a `Log`, counts.
        body: The text.
        service: The Messaging Service to plan with; the account's first when not given.
        senders: The senders to plan with, in place of the service's pool.
        log: A log of the account. The costs of its messages give the prices.
        given: Other fields of a `SendPlan`, such as ``start``, ``deadline``, ``tier``.

    Attributes:
        forecast: The forecast of the plan; None while the plan has a problem.
        advice: Changes that would help.
        plan_a: The plan to compare with; None without one.
        saved: The pages that were saved last.
    """

    css = "plan-form"
    looks = ("review", "log", "plan")

    def __init__(
        self,
        conn: Connection | None = None,
        recipients: Any = "",
        body: str = "",
        *,
        service: Any = None,
        senders: Iterable[PlannedSender | str] | None = None,
        log: Log | None = None,
        **given: Any,
    ) -> None:
        services = list_services(conn) if conn else []
        if service is None and senders is None and services:
            service = services[0]
        typed = recipients if isinstance(recipients, str) else ""
        audience = Audience() if isinstance(recipients, str) else recipients
        now = conn.now if conn else datetime.now(UTC)
        given = {"start": (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)} | given
        senders = () if senders is None and service is None else senders
        base = read_plan(conn, audience, body, service=service, senders=senders, log=log, **given)
        self._account, self._base, self._unread = conn, base, list[Problem]()
        self.forecast: Forecast | None = None
        self.plan_a: Forecast | None = None
        self.advice: tuple[Advice, ...] = ()
        self.saved: list[Path] = []
        self._planned: tuple[Any, ...] = ()
        self._misread: list[Problem] = []
        self._advisor: Worker | None = None
        self._writing = False
        self._known_senders: dict[str, PlannedSender] = {}
        self._typed: dict[PlannedSender, str] = {}
        self._campaigns = dict(CAMPAIGNS)
        self.verdict, self.figures, self.queue, self.bill = (widgets.HTML() for _ in range(4))
        self.senders, self.errors, self.beside, self.facts = (widgets.HTML() for _ in range(4))
        self.suggestions = box("suggestions", [])
        self.keep = fields.button("Keep as plan A", "keep", lambda: self._compare(self.forecast))
        self.forget = fields.button("Forget plan A", "link forget", lambda: self._compare(None), hidden=True)
        wanted = getattr(service, "sid", service)
        named = next((one.sid for one in services if wanted in (one.sid, one.friendly_name)), "")
        super().__init__(conn or NO_ACCOUNT, "Plan a large send", self._inputs(services, named), folded=_FOLDED)
        if conn and service:
            self._offer(base)
        self._write(base)
        if typed:
            self.fields["audience"].widget.value = typed
        self.refresh()

    def _inputs(self, services: Sequence[Any], named: str) -> list[fields.Field]:
        pool = [*((addresses.mask_in(one.friendly_name), one.sid) for one in services), ("Senders that I name", "")]
        zones = widgets.Combobox(
            options=sorted(available_timezones()), description="Time zone", continuous_update=False
        )
        found = [
            fields.text("audience", "Recipients", _RECIPIENTS, placeholder="US 40000, GB 500", lines=2),
            fields.text("body", "Message", lines=4, read=str),
            fields.choice("service", "Service", pool, "Its pool and its settings are read.", value=named),
            fields.choice(
                "tier",
                "US campaign (A2P 10DLC)",
                _same(self._campaigns),
                "Its tier limits how fast the US numbers send.",
            ),
            fields.text("senders", "Senders", _SENDERS, placeholder="+14155550100, 72345 US, ACME", lines=2),
            _time("start", "Start", ""),
            _time("deadline", "Deadline", "The last message must leave before it. Empty: no deadline."),
            fields.field("zone", zones, "", str.strip),
            fields.number("days", "Days", "Equal parts. Each day, sending begins at the same time.", value=1),
            fields.text(
                "requests_per_second",
                "Messages a second",
                "How fast you hand messages over to Twilio. Empty: all at once.",
            ),
            fields.flag("quiet_hours", "Hold messages in the recipients' quiet hours", value=False),
            fields.flag("media", "With media", "In the US and Canada it is an MMS.", value=False),
            fields.text("prices", report.PRICE, "By country: US 0.0083 USD. The Console or a log shows it."),
            fields.number(
                "validity_seconds", "Validity period, seconds", "A message that waits longer fails (30036).", value=0
            ),
            fields.number(
                "used_today",
                "Segments sent to T-Mobile today",
                "Counts all programs and providers that send for the brand.",
                value=0,
            ),
            fields.choice(
                "intent",
                "Message intent",
                [(_INTENTS.get(one, one.capitalize()), one) for one in INTENTS],
                value="marketing",
            ),
        ]
        return found if self._account else [one for one in found if one.name != "service"]

    def layout(self) -> list[Any]:
        """Put the forecast below the inputs, and the buttons last."""
        self.text = TextSize(self.fields["body"], lambda: focus(self.view, ".msvc-field-body"))
        self._results = box(
            "results",
            [
                self.verdict,
                self.figures,
                self.beside,
                box("two-charts", [self.queue, self.bill]),
                self.errors,
                self.suggestions,
                fields.fold("Each sender", [self.senders]),
                fields.fold("Every figure used, and where it is from", [self.facts]),
            ],
        )
        act, outcome, code = self.foot(self.keep, self.forget)
        return [fields.grid(self._shown), *self._fold, self._results, act, outcome, code]

    def about(self) -> str:
        """Return the line below the title."""
        return "Will it fit, when does the last message leave, what does it cost? Nothing is sent."

    # From the inputs to a plan

    def draft(self) -> SendPlan:
        """Return the plan of the inputs. An input that cannot be read keeps its earlier value."""
        self._unread, values, was = [], self.read(), self._base
        zone = self._tried(read_zone, values["zone"], was.start.tzinfo)
        times = {name: values[name] and values[name].replace(tzinfo=zone) for name in ("start", "deadline")}
        if times["start"] is None:
            self._unread.append(Problem("start", "Choose when it starts."))
            times["start"] = was.start
        numbers = {name: values[name] for name in _NUMBERS}
        for name in (name for name in _NUMBERS if not isinstance(values[name], int)):
            self._unread.append(Problem(name, "Enter a whole number."))
            numbers[name] = getattr(was, name)
        tier, registered = self._campaigns[values["tier"]]
        audience = self._tried(self._audience, values["audience"], Audience())
        return replace(
            was,
            audience=audience,
            senders=self._tried(self._senders, values["senders"], ()),
            requests_per_second=self._tried(_pace, values["requests_per_second"], None),
            prices=self._tried(partial(_prices, audience), values["prices"], was.prices)
            if values["prices"] != _shown_prices(was)
            else was.prices,
            tier=tier,
            registered=registered,
            **{name: values[name] for name in ("body", "quiet_hours", "media", "intent")},
            **times,
            **numbers,
        )

    def problems(self) -> Sequence[Problem]:
        """Return the problems with the plan; first those of inputs that could not be read."""
        plan = self._plan = self.draft()
        unread = {problem.field for problem in self._unread}
        found = [problem for problem in plan.problems(self._clock()) if problem.field not in unread]
        return [*self._misread, *self._unread, *found, *costly(plan.size)]

    def _clock(self) -> datetime:
        return self._account.now if self._account else datetime.now(UTC)

    def _tried(self, read: Callable[[str], T], text: str, otherwise: Any) -> T:
        try:
            return read(text)
        except InvalidInput as wrong:
            self._unread += wrong.problems
            return cast("T", otherwise)

    def _audience(self, text: str) -> Audience:
        if text == report.recipients_words(self._base.audience):
            return self._base.audience  # it has more than its text: area codes, landlines
        if re.search(r"\d{7}", re.sub(r"[\s().-]", "", text)):
            return read_audience([part for part in re.split(r"[,;\n]", text) if part.strip()])
        counts: dict[str, int] = {}
        for name, number in _parts(_COUNT, text, "audience", "a country and how many, such as US 40000, GB 500"):
            where = name.replace(name[-2:], name[-2:].upper()) if ":" in name else name.upper()
            counts[where] = counts.get(where, 0) + int(number.replace(",", ""))
        return read_audience(counts)

    def _senders(self, text: str) -> tuple[PlannedSender, ...]:
        tokens = dict.fromkeys(part.strip() for part in re.split(r"[,;\n]", text) if part.strip())
        found = {token: self._known_senders.get(token) or _sender(token) for token in tokens}
        self._typed |= {sender: token for token, sender in found.items() if token not in self._known_senders}
        return tuple(found.values())

    # From a plan to the inputs

    def _write(self, plan: SendPlan, names: Iterable[str] = ()) -> None:
        """Show a plan in the inputs, or only in those named. Fields without an input keep the plan's values."""
        zone = plan.start.tzinfo if isinstance(plan.start.tzinfo, ZoneInfo) else ZoneInfo("UTC")
        start, deadline = (at and at.astimezone(zone).replace(tzinfo=None) for at in (plan.start, plan.deadline))
        self._base = replace(plan, start=plan.start.astimezone(zone))
        tokens = (self._typed.get(sender) or _token(sender) for sender in plan.senders)  # what was typed stays readable
        known = dict(zip(distinct(tokens), plan.senders, strict=True))
        self._known_senders |= known
        self._writing = True
        if (plan.tier, plan.registered) not in self._campaigns.values():
            self._campaigns[f"Chosen: {report.campaign_words(plan)}"] = plan.tier, plan.registered
        fields.offer(self.fields["tier"], _same(self._campaigns))
        shown = {
            "audience": report.recipients_words(plan.audience),
            "senders": ", ".join(known),
            "tier": next(name for name, one in self._campaigns.items() if one == (plan.tier, plan.registered)),
            "start": start,
            "deadline": deadline,
            "zone": str(zone),
            "requests_per_second": f"{plan.requests_per_second:g}" if plan.requests_per_second else "",
            "prices": _shown_prices(plan),
            **{name: getattr(plan, name) for name in ("body", "quiet_hours", "media", "intent", *_NUMBERS)},
        }
        self.fill(**{name: shown[name] for name in shown if name in (names or shown)})
        self._writing = False

    def _offer(self, found: SendPlan) -> None:
        """Offer the account's campaign among the choices."""
        known = f"From the account: {report.campaign_words(found)}"
        self._campaigns = {known: (found.tier, found.registered), **CAMPAIGNS}

    def _changed(self, name: str) -> None:
        if self._writing:
            return
        self._misread = []
        if name == "service" and (sid := self.fields["service"].widget.value):
            try:
                found = read_plan(self._account, Audience(), service=sid)
                plan = replace(self.draft(), **{one: getattr(found, one) for one in _OF_SERVICE})
                self._offer(found)
                self._write(plan, _OF_SERVICE)
            except ToolkitError as error:
                self.last_error, self._misread = error, [Problem("service", str(error))]
        super()._changed(name)

    def use(self, advice: Advice) -> None:
        """Change the inputs as the advice proposes."""
        plan, was = advice.plan, advice.before
        different = [one.name for one in dataclass_fields(plan) if getattr(plan, one.name) != getattr(was, one.name)]
        changed = ["tier" if name == "registered" else name for name in different]
        # What was typed after the advice was calculated stays.
        self._write(replace(self.draft(), **{name: getattr(plan, name) for name in different}), changed)
        self._touched.update(changed)
        self.refresh()
        self.outcome.value = cards.card("done", f"Now in the plan: {advice.sentence}")
        focus(self.view, f".msvc-field-{changed[0].replace('_', '-')}")

    # The forecast

    def refresh(self) -> None:
        """Show the forecast with everything else."""
        super().refresh()
        plan = self._plan
        self.text.show(plan.size)
        if any(problem.blocks for problem in self._found()):
            self.forecast, self._planned = None, ()
            self.verdict.value = cards.past(cards.shown(self.verdict))
        else:
            # While a text is GSM-7 and keeps its number of segments, its words change nothing.
            text = plan.body if plan.size.offenders else ""
            planned = replace(plan, body=text), plan.size.count, plan.size.encoding
            if planned != self._planned:
                self._planned, self.forecast = planned, forecast(plan, self._clock())
                self._show(self.forecast)
            self.beside.value = self._comparison(self.forecast) if self.forecast and self.plan_a else ""
        self._results.layout.display = "" if self.verdict.value else "none"
        self.suggestions.layout.display = "" if self.forecast else "none"
        (self._results.remove_class if self.forecast else self._results.add_class)("msvc-past")
        self.keep.layout.display = "" if self.forecast else "none"
        self.keep.description = "Keep this as plan A" if self.plan_a else "Keep as plan A"
        self.forget.layout.display = "" if self.plan_a else "none"

    def _show(self, now: Forecast) -> None:
        self.verdict.value = report.verdict(now)
        self.figures.value = report.tiles(now)
        self.queue.value, self.bill.value = (report.drawn(one(now)) for one in (queue_chart, bill_chart))
        self.errors.value = report.errors_table(now)
        self.senders.value, self.facts.value = report.senders_table(now), report.facts_table(now)
        self.advice = ()
        self._suggest([widgets.HTML(cards.text("Looking for changes that would help…", css="msvc-help"))])
        if self._advisor is None:
            self._advise(now)
            self._advisor = Worker("msvc-plan-advice", lambda _: None)
        else:
            self._advisor.do("advice", lambda: self._caught(partial(self._advise, now)))

    def _comparison(self, now: Forecast) -> str:
        return cards.text("Compared", "h3") + report.comparison(now, self._beside())

    def _advise(self, now: Forecast) -> None:
        """Look for changes that would help; after the first time in a thread, so that typing stays quick."""
        found = advise(now.plan, now)
        with TURN:
            if self.forecast is now:  # otherwise the plan was changed meanwhile
                self.advice = found
                title = [widgets.HTML(cards.text("What would do better", "h3"))] if found else []
                self._suggest([*title, *map(self._suggestion, found)])

    def _suggest(self, shown: Sequence[Any]) -> None:
        close([*self.suggestions.children])
        self.suggestions.children = shown

    def _suggestion(self, advice: Advice) -> Any:
        change, _, effect = advice.sentence.partition(": ")
        card = cards.card("note", change, cards.text(f"{effect[:1].upper()}{effect[1:]}"))
        return box(
            "suggestion", [widgets.HTML(card), fields.button("Use this", "small", partial(self.use, advice))], row=True
        )

    def _compare(self, plan: Forecast | None) -> None:
        self.plan_a = plan
        self.refresh()

    # The page

    def label(self) -> str:
        """Return the button's label."""
        return "Save page"

    def consequence(self) -> str:
        """Return what a click does."""
        return "Saves everything above as one HTML file in this notebook's folder. Phone numbers are masked."

    def act(self) -> str:
        """Save the page under a new name."""
        name = f"{file_name('send plan', f'{self._plan.start:%Y-%m-%d}')}.html"
        if self._advisor is not None:
            self._advisor.wait(60)  # the page has the advice for this plan
        self.saved = saved_files.write(Path(), {name: report.page(self._now(), self.advice, self._beside()).encode()})
        return saved_files.saved_card(self.saved, linked=True)

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until the last click and the advice are done."""
        super().wait(seconds)
        if self._advisor is not None and not self._advisor.wait(seconds):
            raise ToolkitError(f"{self.title}: no advice after {seconds} seconds.")

    def static(self) -> str:
        """Return the plan and its forecast as tables."""
        if self.forecast is None:
            return super().static()
        parts = report.parts(self._now(), self.advice, self._beside(), charts=False)
        return cards.join([*parts, *([saved_files.saved_card(self.saved, linked=False)] if self.saved else [])])

    def _now(self) -> Forecast:
        """Return the forecast with the current text; see `refresh`."""
        assert self.forecast is not None  # noqa: S101 - the button is off without one
        return replace(self.forecast, plan=self._plan)

    def _beside(self) -> dict[str, Forecast]:
        return {"Plan A": self.plan_a} if self.plan_a else {}


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _time(name: str, label: str, help_: str) -> fields.Field:
    return fields.field(name, widgets.NaiveDatetimePicker(description=label), help_, lambda value: value)


def _token(sender: PlannedSender) -> str:
    """Write a sender in the form that the input reads, its number masked."""
    country = f" {sender.country}" if sender.kind == "short code" else ""
    rate, made_up = f" at {sender.rate:g}/s" if sender.rate else "", " (placeholder)" if sender.placeholder else ""
    return f"{addresses.mask(sender.address)}{country}{rate}{made_up}"


def _sender(token: str) -> PlannedSender:
    address, country, rate = _SENDER.fullmatch(token).groups()  # type: ignore[union-attr]  # it matches anything
    return PlannedSender(
        addresses.as_written(address), country=(country or "").upper(), rate=float(rate) if rate else None
    )


def _parts(pattern: re.Pattern[str], text: str, field: str, what: str) -> list[tuple[str, ...]]:
    """Return what a pattern finds in a text; raise InvalidInput where the text has something else."""
    if rest := re.sub(r"\band\b", "", pattern.sub("", text), flags=re.IGNORECASE).strip(" \t\n,;.&+"):
        raise InvalidInput([Problem(field, f"“{addresses.mask_in(rest)[:40]}” cannot be read. Write {what}.")])
    return pattern.findall(text)


def _prices(audience: Audience, text: str) -> dict[str, tuple[float, str]]:
    if len(audience.countries) == 1 and re.fullmatch(r"[$\s]*\d*\.?\d+(\s*[a-z]{3})?", text, re.IGNORECASE):
        text = f"{next(iter(audience.countries))} {text.strip(' $')}"  # there is only one country
    found = _parts(_PRICE, text, "prices", "a country and its price, such as US 0.0083 USD")
    return {country.upper(): (float(price), unit.upper() or "USD") for country, price, unit in found}


def _shown_prices(plan: SendPlan) -> str:
    return ", ".join(f"{country} {price:.6g} {unit}" for country, (price, unit) in plan.prices.items())


def _pace(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        sentence = "Enter a number, such as 50, or leave it empty to send all at once."
        raise InvalidInput([Problem("requests_per_second", sentence)]) from None
