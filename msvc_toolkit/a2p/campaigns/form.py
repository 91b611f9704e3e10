"""A form for a campaign: it shows remarks beside each input as you type, and corrects texts by a click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from msvc_toolkit.a2p.campaigns import brands, calls, inputs, sentences, standing
from msvc_toolkit.a2p.campaigns.correction import with_picture
from msvc_toolkit.a2p.campaigns.labels import FIELDS, MEANING, plain
from msvc_toolkit.a2p.campaigns.model import (
    FINAL,
    KEPT,
    NOBODY,
    Brand,
    CampaignDraft,
    Correction,
    RegisteredCampaign,
    Rejection,
    cost,
    line_of,
)
from msvc_toolkit.a2p.linter import BrandIdentity, Remark, reading
from msvc_toolkit.a2p.linter.topics import CLOSED
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.rules import error_codes
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import fields, form

Found = dict[str, list[Remark]]
"""Remarks by the input they are about."""
_MOOD: dict[str, cards.Mood] = {"blocker": "problem", "warning": "warning", "advice": "note"}
_STATES: dict[str, tuple[cards.Mood | Literal["clock"], str]] = {
    "PENDING": ("clock", "In review"),
    "IN_PROGRESS": ("clock", "In review"),
    "VERIFIED": ("done", "Verified"),
    "FAILED": ("problem", "Rejected by the reviewers"),
    "SUSPENDED": ("problem", "Suspended"),
}
_IN_REVIEW = {"PENDING", "IN_PROGRESS", "IN_REVIEW"}
_REVIEW = "A review takes 2 to 15 working days; in a sandbox, minutes of its clock."
"""Source: as check C2 of the readiness review; sources differ."""
_WAIT = "The sandbox decides within minutes: wait, then click “Refresh”."
_STEP = "The sandbox's clock is stopped: click “Let an hour pass”, and it decides."
_FORBIDDEN = (
    "A2P 10DLC does not allow this content, in any wording: a business that offers it cannot be registered. If the reviewer "
    "misunderstood the texts, make them clear before you submit again."
)
_MORE = "Keywords, replies and more samples"


class CampaignForm(form.Form):
    """Write a campaign's texts, see what a reviewer would say, and register it on a Messaging Service.

    Args:
        conn: The account; a live one must be armed to register, and registering costs money.
        service_sid: The Messaging Service.
        draft: What the inputs start with; the service's campaign, when it has one.

    Attributes:
        standing: The service with its pool and campaign, and the brands, as they were last read.
        remarks: The widget with the remarks of each input.
    """

    css = "campaign-form"
    looks = ("review",)

    def __init__(self, conn: Connection, service_sid: str, draft: CampaignDraft | None = None) -> None:
        self.service_sid = service_sid
        self.standing = standing.look(conn, service_sid)
        start = draft or (self.campaign.draft if self.campaign else CampaignDraft())
        self._written = start != CampaignDraft()
        self.changes, self.inserted, self.state = map(fields.html, ("changes", "inserted", "state"))
        self.remarks: dict[str, Any] = {}
        self.correct = fields.button("", "correct", self._correct, hidden=True)
        self.insert = fields.button("", "insert", self._insert, hidden=True)
        self.again = fields.button("Refresh", "look-again", self.look_again)
        self.step = fields.button("Let an hour pass", "step", self._pass, hidden=True)
        self.register = fields.button("Register a sandbox brand", "register-brand", self._register, hidden=True)
        self.how = fields.html("how-brand")
        self._known: tuple[CampaignDraft, BrandIdentity, str, tuple[Remark, ...]] | None = None
        self._more_blocked = self._refreshed = False
        usable = [brand.sid for brand in self.standing.brands if brand.usable]
        own = self.campaign.brand_registration_sid if self.campaign else ""
        super().__init__(
            conn,
            f"Campaign of {self.standing.service}",
            inputs.inputs(
                start,
                self.standing.brands,
                own if own in usable else "",
                inputs.values(start).keys() & KEPT if self.standing.correctable else (),
            ),
            folded=inputs.FOLDED,
            folded_title=_MORE,
        )

    @property
    def campaign(self) -> RegisteredCampaign | None:
        """The service's campaign as it was last read; None if it has none."""
        return self.standing.campaign

    def layout(self) -> list[Any]:
        """Show the campaign's state at the top, each input with its remarks, and the buttons below."""
        for name, field in self.fields.items():
            self.remarks[name] = fields.html("remarks")
            clicks = {"message_flow": [self.insert, self.inserted], "brand": [self.register, self.how]}.get(name, [])
            field.view.children = (*field.view.children, *clicks, self.remarks[name])
        act, *below = self.foot(self.correct, self.again, self.step)
        return [self.state, fields.grid(self._shown), *self._fold, act, self.changes, *below]

    def about(self) -> str:
        """Say which campaign it is."""
        sid = self.campaign.sid if self.campaign else ""
        return f"US A2P 10DLC · campaign {sid[:4]}…{sid[-4:]}" if sid else "US A2P 10DLC"

    # What the inputs describe

    def draft(self) -> CampaignDraft:
        """Return the campaign the inputs describe; its message flow ends with the address of the picture."""
        return with_picture(inputs.made(self.read()))

    @property
    def brand(self) -> Brand | None:
        """The chosen brand; None if there is none."""
        chosen = self.fields["brand"].widget.value
        return next((brand for brand in self.standing.brands if brand.sid == chosen), None)

    def sender(self) -> BrandIdentity:
        """Return the business behind the campaign: as typed, else as in the brand's profile."""
        values, known = self.read(), self.brand.sender if self.brand else NOBODY
        return replace(known, name=values["brand_name"] or known.name, website=values["website"] or known.website)

    def found(self) -> tuple[Remark, ...]:
        """Return all remarks on the campaign that this form would submit."""
        draft, sender, campaign = self.draft().filed, self.sender(), self.campaign
        state = campaign.status if campaign else ""
        if self._known is None or self._known[:3] != (draft, sender, state):
            remarks = draft.remarks(sender)
            self._known = draft, sender, state, tuple(map(campaign.weighed, remarks)) if campaign else remarks
        return self._known[3]

    def placed(self) -> Found:
        """Group the remarks by input, worst first; the same advice on several inputs is shown once."""
        read, draft, sender = self.read(), self.draft().filed, self.sender()
        placed: Found = {name: [] for name in self.fields}
        advised = set()
        for remark in self.found():
            said = (remark.sentence, remark.remedy)
            if remark.severity != "advice" or said not in advised:
                for name, part in inputs.place(remark, read, draft, sender):
                    placed[name].append(part)
                advised.add(said)
        return placed

    def seen(self) -> Found:
        """Return the remarks that are shown: an empty input that was not touched yet is not wrong."""
        read = self.read()
        return {
            name: [] if name not in self._touched and read[name] in ("", ()) else found
            for name, found in self.placed().items()
        }

    def problems(self) -> Sequence[Problem]:
        """Return what prevents registering, and a count of each input's remarks. “Submit despite blockers” makes them warnings."""
        despite = self.fields["despite"].widget.value
        counts = [
            Problem(name, _counts(found), blocks=not despite and found[0].severity == "blocker")
            for name, found in self.placed().items()
            if found and found[0].severity != "advice"
        ]
        if not self.sender().name and self._touched:
            counts.append(Problem("brand_name", "Type it to check whether the texts name the brand.", blocks=False))
        return [*self.standing.problems(self.brand, self.draft()), *counts]

    # What is drawn

    def refresh(self) -> None:
        """Redraw the form; each remark is shown once, beside its input.

        An untouched form shows no remarks. One with texts, or to be submitted despite blockers, is examined from the start.
        """
        if self._written or self.campaign or self.fields["despite"].widget.value:
            self._touched.update(self.fields)
        super().refresh()
        known = self.brand.sender if self.brand else NOBODY
        for name, value in (("brand_name", known.name), ("website", known.website)):
            self.fields[name].widget.placeholder = value  # what is used while nothing is typed
        seen = self.seen()
        for name, found in seen.items():
            self.remarks[name].value = _drawn(found)
        self.state.value = self._state(seen)
        fixed = self.fields if self._closed else KEPT if self.campaign else ()
        for name, field in self.fields.items():
            field.widget.disabled = name in fixed
        open_ = any(brand.usable or brand.status in ("PENDING", "IN_REVIEW") for brand in self.standing.brands)
        self.register.layout.display = "" if self.standing.sandbox and not open_ else "none"
        self.how.value = (
            ""
            if self._usable
            else cards.fold("How to register a brand on a live account", cards.steps(brands.LIVE_STEPS))
        )
        self.button.layout.display = "none" if self._closed else ""
        self._mark_fold([remark for name in inputs.FOLDED for remark in seen[name]])
        _offer(self.insert, "Insert {}", "missing sentence", 0 if self._closed else len(self._sentences()), self.busy)
        self.correct.tooltip = " ".join(map(plain, self._correction().changes))
        self.step.layout.display = "" if self.standing.stopped and self._waiting else "none"
        self.step.disabled = self.busy
        corrections = 0 if self._closed else len(self._correction().changes)
        _offer(self.correct, "Apply {}", "correction", corrections, self.busy)

    @property
    def _closed(self) -> bool:
        """Whether the service has a campaign that cannot be corrected, so that nothing can be submitted."""
        return self.campaign is not None and not self.standing.correctable

    @property
    def _usable(self) -> bool:
        return any(brand.usable for brand in self.standing.brands)

    def _mark_fold(self, found: Sequence[Remark]) -> None:
        """Count the remarks in the fold's title, and open the fold when a blocker appears in it."""
        toggle = self._fold[0].children[0]
        toggle.description = f"{_MORE}: {counted}" if (counted := _counts(found)) else _MORE
        blocked = any(remark.severity == "blocker" for remark in found)
        if blocked and not self._more_blocked:
            toggle.value = True
        self._more_blocked = blocked

    def _state(self, seen: Found) -> str:
        """Draw the campaign's state, the reviewers' words, and how many remarks there are."""
        every = [remark for found in seen.values() for remark in found]
        kinds = Counter(remark.severity for remark in every)
        badges = [cards.badge(count(kinds[kind], kind), _MOOD[kind]) for kind in ("blocker", "warning") if kinds[kind]]
        if not badges and not _counts(self.found()):
            badges = [cards.badge("No blockers, no warnings", "done")]
            found = " The rules know many wordings, not all: a reviewer may still refuse it."
        else:
            found = ""
        campaign = self.campaign
        if campaign is None:
            words = (
                "Each remark is beside its field. The rules read texts; they do not check whether your websites answer."
            )
            return cards.banner("note", "Not registered yet", cards.text(words + found), badges=badges)
        mood, title = _STATES.get(campaign.status, ("note", plain(campaign.status).capitalize()))
        errors = sorted(campaign.errors, key=lambda error: error.code not in CLOSED)  # first what no rewording corrects
        lines = [cards.bullets(dict.fromkeys(map(self._reviewers_words, errors)))] if errors else []
        if self.standing.correctable:
            left = f"Correct what is below ({counted}), then submit again." if (counted := _counts(every)) else ""
            if any(remark.severity == "blocker" and remark.code in CLOSED for remark in every):
                lines.append(cards.text(_FORBIDDEN))
            else:
                lines.append(cards.text(f"{left or 'Nothing is left to correct: submit again.'} {_REVIEW}"))
        elif campaign.status in MEANING:
            meaning = MEANING[campaign.status]
            lines.append(cards.text(f"{meaning[0].upper()}{meaning[1:]}. {self._next()}"))
        if days := self._days():
            lines.append(cards.text(days, css="msvc-small"))
        return cards.banner(mood, title, *lines, badges=badges)

    def _next(self) -> str:
        if self.campaign is None or self.campaign.status in FINAL:
            return ""
        if self.standing.sandbox:
            return self._decides
        return f"{_REVIEW.partition(';')[0]}. Click “Refresh” to see how it went."

    @property
    def _decides(self) -> str:
        """Say how to get the sandbox's decision."""
        return _STEP if self.standing.stopped else _WAIT

    @property
    def _waiting(self) -> bool:
        """Whether a campaign or a brand is in review."""
        states = {brand.status for brand in self.standing.brands} | {self.campaign.status if self.campaign else ""}
        return bool(states & _IN_REVIEW)

    def _pass(self) -> None:
        """Let an hour pass on the sandbox's clock, and read the account again."""
        if self.conn.sandbox is not None:
            self.conn.sandbox.advance(3600)
        self.look_again()
        self.view.children[-1].focus(".msvc-look-again")  # the button that was clicked may be gone

    def _days(self) -> str:
        """Say when the campaign was submitted and when it last changed."""
        known = self.campaign
        times = (("Submitted", known.date_created), ("last change", known.date_updated)) if known else ()
        return ", ".join(f"{what} {at.day} {at:%b %Y, %H:%M} UTC" for what, at in times if at)

    def _reviewers_words(self, error: Rejection) -> str:
        """Write the reviewers' errors, except those that a remark beside an input repeats."""
        known = error_codes.lookup(error.code)
        remarks = self.campaign.draft.remarks(self.sender()) if self.campaign else ()
        repeated = error.description in {remark.sentence for remark in remarks}
        words = known.meaning if known and (repeated or not error.description) else error.description
        where = ", ".join(FIELDS.get(name.lower(), name.replace("_", " ").lower()) for name in error.fields)
        code = f" (Twilio's code {error.code})" if error.code else ""
        words = plain(words)
        if where:  # what was rejected is in the title
            words = words.removeprefix("The campaign was rejected because ").removeprefix("of ")
        return f"{where}: {words}{code}" if where else f"{words}{code}"

    def _reasons(self, problems: Sequence[Problem]) -> Sequence[str]:
        """Say why the button is off and which fields have blockers, and what a click costs."""
        around = self.standing.problems(self.brand, self.draft())
        if self._closed:  # there is no button to explain
            return [cards.says("note", p.sentence) for p in around if p.blocks]
        lines: list[str] = [
            cards.says(self._mood(p), p.sentence) for p in around if p.blocks and p.field not in self._touched
        ]
        above = [p for p in around if p.field in self._touched]
        lines += [cards.says("problem", f"Correct “{self.fields[p.field].label}” first.") for p in above]
        seen, empty, wrong = self.seen(), [], dict[str, int]()
        for name, found in self.placed().items():
            if number := sum(remark.severity == "blocker" for remark in found):
                label = f"“{self.fields[name].label}”"
                if seen[name]:
                    wrong[label] = number
                else:
                    empty.append(label)
        if wrong:
            where = ", ".join(f"{number} in {label}" for label, number in wrong.items())
            lines.append(cards.says("problem", f"{count(sum(wrong.values()), 'blocker')} left: {where}."))
        if empty:
            lines.append(cards.says("note", f"Still to fill in: {', '.join(empty)}."))
        lines += [cards.says("warning", p.sentence) for p in around if not p.blocks]
        return lines if any(p.blocks for p in problems) else [*lines, self._hint()]

    def _sentences(self) -> tuple[str, ...]:
        return sentences.missing(self.draft().filed, self.sender(), self.found())

    def _correction(self) -> Correction:
        """Return the corrected draft; an update cannot change use case, keywords and replies."""
        return self.draft().corrected(self.sender(), kept=KEPT if self.standing.correctable else ())

    def label(self) -> str:
        """Return the button's label."""
        return "Submit again" if self.campaign else "Register the campaign"

    def consequence(self) -> str:
        """Say what a click costs."""
        warned = any(remark.severity == "warning" for remark in self.found())
        refused = " Reviewers also refuse campaigns for points that are only warnings here." if warned else ""
        if self.conn.label == "SANDBOX":
            return f"Free in the sandbox.{refused}"
        return f"On this live account it {cost(self.draft().us_app_to_person_usecase)}.{refused}"

    def _insert(self) -> None:
        """Insert the sentences that the message flow lacks, and say so."""
        added = self._sentences()
        if not added:
            return
        self.fill(message_flow=sentences.inserted(self.draft(), added).message_flow)
        done = f"{count(len(added), 'sentence is', 'sentences are')} inserted."
        self.inserted.value = cards.says("done", f"{done} Keep only what people really see when they agree.")
        self.view.children[-1].focus(".msvc-field-message-flow")

    def _correct(self) -> None:
        """Apply the corrections that need no new facts, and list them."""
        correction = self._correction()
        self.fill(**inputs.values(correction.draft))
        changes = cards.bullets(map(plain, correction.changes))
        self.changes.value = cards.card("done", "These corrections are applied. Read them before you go on.", changes)
        self.view.children[-1].focus(".msvc-look-again")  # the button that was clicked is gone

    def _changed(self, name: str) -> None:
        if name == "message_flow":
            self.inserted.value = ""
        self.changes.value = ""
        if self._refreshed:  # the state of the account is at the top
            self.outcome.value, self._refreshed = "", False
        super()._changed(name)

    def _register(self) -> None:
        """Register the typed business as a brand of the sandbox, which reviews it some minutes later."""
        values = self.read()
        link = next(reading.links(values["website"]), None)
        if self.conn.sandbox is None or not values["brand_name"] or link is None:
            self.outcome.value = cards.card("problem", "Type the brand's name and its website first, then click again.")
            self.view.children[-1].focus(f".msvc-field-{'website' if values['brand_name'] else 'brand-name'}")
            return
        business = {
            "business_name": values["brand_name"],
            "website_url": values["website"],
            "email": f"info@{link.domain}",
        }
        self.conn.sandbox.register_brand(status="PENDING", business=business)
        self.look_again()
        self.outcome.value = cards.card(
            "done", f"{values['brand_name']} is submitted as a brand.", cards.text(self._decides)
        )

    # What a click does

    def act(self) -> str:
        """Register the campaign, or submit it again."""
        draft, despite = self.draft(), bool(self.fields["despite"].widget.value)
        try:
            if self.standing.correctable:
                made = calls.update_campaign(self.conn, self.service_sid, draft, despite_remarks=despite)
            else:
                brand = self.brand.sid if self.brand else None
                made = calls.create_campaign(self.conn, self.service_sid, draft, brand, despite_remarks=despite)
        except OutcomeUnknown as unknown:  # a second registration would cost again: read the account first
            warning = cards.card("warning", str(unknown))
            try:
                self.standing = standing.look(self.conn, self.service_sid)
            except ToolkitError as error:
                return warning + cards.card("warning", f"Reading it again failed. Click “Refresh” first. {error}")
            return warning + self._now()
        self.standing = replace(self.standing, campaign=made)
        self.fields["despite"].widget.value = False  # the next submission needs a new decision
        self.changes.value = ""
        return cards.card("done", "The campaign is submitted.", cards.text(f"{made.sid}. {self._next()}"))

    def look_again(self) -> None:
        """Read the campaign's review and the brands again."""
        try:
            self.standing = standing.look(self.conn, self.service_sid)
        except ToolkitError as error:
            self.last_error, self.outcome.value = error, cards.error(error)
            return
        fields.offer(self.fields["brand"], inputs.brand_options(self.standing.brands))
        self.outcome.value, self._refreshed = self._now(), True
        self.refresh()

    def _now(self) -> str:
        """Say in one line what state the campaign is in; the details are at the top."""
        if self.campaign is None:
            return cards.card("note", "The service has no campaign.")
        mood, title = _STATES.get(self.campaign.status, ("note", plain(self.campaign.status).capitalize()))
        more = " The reviewers' reasons are at the top." if self.campaign.errors else ""
        return cards.card("note" if mood == "clock" else mood, f"Now: {title}.{more}")

    def static(self) -> str:
        """Return what a reader without a kernel sees: state, inputs with their remarks, and outcome."""
        seen = self.seen()
        shown = {
            field.label: cards.Html("{}{}").format(field.words, cards.Html(_drawn(seen[name])))
            for name, field in self.fields.items()
        }
        return cards.join(
            [cards.shown(self.state), cards.facts(shown), cards.shown(self.how), cards.shown(self.outcome)]
        )


def _counts(found: Sequence[Remark]) -> str:
    """Count blockers and warnings in words; empty when there are none."""
    kinds = Counter(remark.severity for remark in found)
    return ", ".join(count(kinds[kind], kind) for kind in ("blocker", "warning") if kinds[kind])


def _drawn(found: Sequence[Remark]) -> str:
    """Draw the remarks on one input: what is wrong, what to do, and Twilio's code."""
    if not found:
        return ""
    drawn = []
    for remark in found:
        mood, rest = _MOOD[remark.severity], line_of(remark).removeprefix(remark.sentence).strip()
        sign = cards.icon(mood, f"{remark.severity.capitalize()}:")
        what = cards.text(plain(remark.sentence), "b") + cards.text(plain(rest))
        drawn.append(cards.Html('<li class="msvc-{}">{}<div>{}</div></li>').format(mood, sign, what))
    return cards.text(cards.join(drawn), "ul")


def _offer(button: Any, label: str, noun: str, number: int, busy: bool) -> None:
    """Show a button with the number of changes a click makes; hide it if there are none."""
    if number:
        button.description = label.format(count(number, noun))
    button.layout.display = "" if number else "none"
    button.disabled = busy or not number
