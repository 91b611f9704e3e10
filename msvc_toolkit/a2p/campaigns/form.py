"""A form for a campaign: the rules are checked as you type, one click corrects, another submits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from msvc_toolkit.a2p.campaigns import calls, inputs, standing
from msvc_toolkit.a2p.campaigns.model import (
    FINAL,
    KEPT,
    NOBODY,
    Brand,
    CampaignDraft,
    Correction,
    RegisteredCampaign,
    cost,
)
from msvc_toolkit.a2p.linter import BrandIdentity, Remark
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Problem, ToolkitError
from msvc_toolkit.html import cards, document
from msvc_toolkit.widgets import fields, form

_COLUMNS = ("Severity", "Field", "What", "Remedy", "Code", "Rule", "Grade")


class CampaignForm(form.Form):
    """Write a campaign's texts, see what a reviewer would say, and register it on a Messaging Service.

    Args:
        conn: The account; a live one must be armed to register, and registering costs money.
        service_sid: The Messaging Service.
        draft: What the inputs start with; the service's campaign, when it has one.

    Attributes:
        standing: The service, its pool and campaign and the brands, as they were last seen.
    """

    css = "campaign-form"

    def __init__(self, conn: Connection, service_sid: str, draft: CampaignDraft | None = None) -> None:
        self.service_sid = service_sid
        self.standing = standing.look(conn, service_sid)
        start = draft or (self.campaign.draft if self.campaign else CampaignDraft())
        self.remarks, self.changes, self.state = map(fields.html, ("remarks", "changes", "state"))
        self.correct = fields.button("Apply the corrections", "correct", self._correct)
        self.again = fields.button("Look at the campaign again", "look-again", self.look_again)
        super().__init__(
            conn,
            f"A2P campaign of {self.standing.service}",
            inputs.inputs(start, self.standing.brands),
            folded=inputs.FOLDED,
            folded_title="Keywords, replies and further samples",
        )

    @property
    def campaign(self) -> RegisteredCampaign | None:
        """The service's campaign as it was last seen, None while it has none."""
        return self.standing.campaign

    def layout(self) -> list[Any]:
        """Show the campaign's state at the top, and above the button what the remarks come to and what was corrected."""
        above = [self.state, *self._shown, *self._fold, self.remarks, self.changes]
        return [*above, *self.foot(self.correct, self.again)]

    # What the inputs make

    def draft(self) -> CampaignDraft:
        """Return the campaign the inputs describe."""
        return inputs.made(self.read())

    @property
    def brand(self) -> Brand | None:
        """The brand that is chosen, None while there is none."""
        chosen = self.fields["brand"].widget.value
        return next((brand for brand in self.standing.brands if brand.sid == chosen), None)

    def sender(self) -> BrandIdentity:
        """Return the business behind the campaign: what is typed, else what the brand's profile says."""
        values, known = self.read(), self.brand.sender if self.brand else NOBODY
        return replace(known, name=values["brand_name"] or known.name, website=values["website"] or known.website)

    def found(self) -> tuple[Remark, ...]:
        """Return everything a reviewer would say of what is filed from here."""
        return self.draft().filed.remarks(self.sender())

    def problems(self) -> Sequence[Problem]:
        """Return the problems; with "Submit despite blockers", blockers only warn."""
        draft, despite = self.draft(), self.fields["despite"].widget.value
        said = [
            replace(
                problem, field=inputs.field_of(problem.field, problem.sentence), blocks=problem.blocks and not despite
            )
            for problem in draft.filed.problems(self.sender())
        ]
        return [*self.standing.problems(self.brand, draft), *said]

    # What is drawn

    def refresh(self) -> None:
        """Draw everything that follows from the inputs; each remark is shown once, beside its input, from the start."""
        self._touched.update(self.fields)
        super().refresh()
        self.state.value = (
            self._campaign_card("note", f"The campaign is {self.campaign.status}.") if self.campaign else ""
        )
        self.remarks.value = cards.block(self._counted(self.found()))
        self.correct.disabled = self.busy or not self._correction().changes

    def _counted(self, found: Sequence[Remark]) -> str:
        """Say how many remarks there are, which inputs have blockers, and what could be better."""
        kinds: list[str] = [remark.severity for remark in found]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("blocker", "warning", "advice"))
        if not found:
            return cards.text(f"{counts}: no rule has an objection. The rules do not check whether your sites answer.")
        names = [
            inputs.field_of(remark.fields[0].lower(), remark.sentence)
            for remark in found
            if remark.severity == "blocker"
        ]
        labels = [self.fields[name].widget.description for name in dict.fromkeys(names) if name in self.fields]
        where = f" Blockers are next to: {', '.join(labels)}." if labels else ""
        counted = cards.text(f"What a reviewer would say: {counts}. Each is shown next to its input.{where}")
        advice = dict.fromkeys(f"{said.sentence} {said.remedy}" for said in found if said.severity == "advice")
        return counted + (document.fold("What could be better", cards.bullets(advice)) if advice else "")

    def _correction(self) -> Correction:
        """Correct what can be filed from here: an update changes neither use case nor keywords nor replies."""
        return self.draft().corrected(self.sender(), kept=KEPT if self.standing.correctable else ())

    def label(self) -> str:
        """Return the button's label: what a click does and what it costs."""
        what = "Submit the campaign again" if self.standing.correctable else "Register the campaign"
        if self.conn.label == "SANDBOX":
            return f"{what} (sandbox, free)"
        return f"{what} LIVE: {cost(self.draft().us_app_to_person_usecase)}"

    def _correct(self) -> None:
        """Apply the corrections that need no new facts, and say what they were."""
        correction = self._correction()
        self.fill(**inputs.values(correction.draft))
        changes = cards.bullets(correction.changes)
        self.changes.value = cards.card("done", "These corrections are applied. Read them before you go on.", changes)

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
        except OutcomeUnknown as unknown:  # a second registration would cost again: look before it is offered
            warning = cards.card("warning", str(unknown))
            try:
                self.standing = standing.look(self.conn, self.service_sid)
            except ToolkitError as error:
                return warning + cards.card(
                    "warning", f"Looking it up failed. Look at the campaign again first. {error}"
                )
            return warning + self._campaign_card("note", "This is the campaign now.")
        self.standing = replace(self.standing, campaign=made)
        return self._campaign_card("done", "The campaign is submitted.")

    def look_again(self) -> None:
        """Ask the account again: how the review went, and which brands there are."""
        try:
            self.standing = standing.look(self.conn, self.service_sid)
        except ToolkitError as error:
            self.last_error, self.outcome.value = error, cards.error(error)
            return
        fields.offer(self.fields["brand"], inputs.brand_options(self.standing.brands))
        self.outcome.value = self._campaign_card("note", "This is the campaign now.")
        self.refresh()

    def _campaign_card(self, mood: cards.Mood, title: str) -> str:
        campaign = self.campaign
        if campaign is None:
            return cards.card("note", "The service has no campaign.")
        parts = [cards.facts({"Campaign": campaign.sid, "Status": self.standing.status})]
        if campaign.errors:
            rows = [(error.code or "", ", ".join(error.fields), error.description) for error in campaign.errors]
            parts.append(cards.table(("Code", "Fields", "What Twilio says"), rows))
        if campaign.status not in FINAL:
            wait = "conn.sandbox.advance(...) brings the verdict" if self.standing.sandbox else "that takes days"
            parts.append(cards.text(f"Look again later: {wait}."))
        return cards.card("problem" if campaign.errors else mood, title, *parts)

    def static(self) -> str:
        """Return what a reader without a kernel sees: inputs, remarks and outcome."""
        rows = [
            (said.severity, ", ".join(said.fields), said.sentence, said.remedy, said.code, said.rule, said.grade)
            for said in self.found()
        ]
        caption = "What a reviewer would say; the grade is how well a rule is proved, P best"
        return cards.join(
            [cards.shown(self.state), super().static(), cards.table(_COLUMNS, rows, caption) if rows else ""]
        )
