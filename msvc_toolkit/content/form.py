"""A form for a content template; it says beside each field what WhatsApp will refuse, before it is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from msvc_toolkit.connection import Connection
from msvc_toolkit.content import calls
from msvc_toolkit.content.model import WITH_BUTTONS, Template, TemplateDraft
from msvc_toolkit.content.picker import Blanks, previews
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.rules import content_templates
from msvc_toolkit.rules.content_templates import CATEGORIES
from msvc_toolkit.widgets import fields, form

_TYPES = (
    ("Text", "twilio/text"),
    ("Text with quick replies", "twilio/quick-reply"),
    ("Text with a link or a number to call", "twilio/call-to-action"),
    ("List to choose from (within the 24-hour window only)", "twilio/list-picker"),
    ("Picture with text", "twilio/media"),
)
_BUTTONS = {
    "twilio/quick-reply": "One on each line: its title, then | and the ID that your program gets when it is pressed.",
    "twilio/call-to-action": "One on each line: its title, then | and a web address or a phone number.",
    "twilio/list-picker": "One entry on each line, ten at most: its title, then | and the ID that your program gets.",
}
_STATES: dict[str, tuple[cards.Mood | Literal["clock"], str, str]] = {
    "unsubmitted": ("note", "Not submitted to WhatsApp", "It can go out by SMS, and by WhatsApp within the 24-hour window."),
    "received": ("clock", "In review", "WhatsApp usually decides within one business day. Click “Refresh” to see how it went."),
    "pending": ("clock", "In review", "WhatsApp usually decides within one business day. Click “Refresh” to see how it went."),
    "approved": ("done", "Approved by WhatsApp", "It can open a conversation at any time. Choose it in the form that sends: “Use a template”."),
    "rejected": ("problem", "Rejected by WhatsApp", "Correct it and submit it under another name."),
    "paused": ("warning", "Paused by WhatsApp", "People blocked or reported it. Send another template for now (63041)."),
    "disabled": ("problem", "Disabled by WhatsApp", "It does not come back. Write another one (63042)."),
}  # fmt: skip
_DECIDES = "The sandbox decides within two minutes. Then click “Refresh”. To skip the wait, run conn.sandbox.advance(120) first."


class TemplateForm(form.Form):
    """Write a content template, see what WhatsApp would refuse, create it and ask for approval.

    Args:
        conn: The account; a live one must be armed to create a template.
        draft: What the inputs start with.

    Attributes:
        template: The template once it was created, as it was last seen.
    """

    css = "template-form"
    looks = ("review",)

    def __init__(self, conn: Connection, draft: TemplateDraft | None = None) -> None:
        start = draft or TemplateDraft("", "")
        self.template: Template | None = None
        self.state, self.preview = fields.html("state"), fields.html("preview")
        self.blanks = Blanks(lambda: self._changed("samples"))
        self.again = fields.button("Refresh", "look-again", self.look_again, hidden=True)
        lines = "\n".join(" | ".join(pair) for pair in start.buttons)
        super().__init__(
            conn,
            "Write a content template",
            [
                fields.text("name", "Name", "A name cannot be used again once it is submitted, even if WhatsApp rejects the template.", value=start.name, placeholder="order_ready"),
                fields.choice("type", "Type", _TYPES, "What is in the message.", value=start.type),
                fields.text("body", "Text", "Write {{1}}, {{2}} where the words differ for each recipient.", value=start.body, lines=4, placeholder="Hello {{1}}, your order is ready at our counter.", read=str.strip),
                fields.text("buttons", "Buttons", value=lines, lines=3, placeholder="Yes | yes", read=_pairs),
                fields.text("media", "Picture", "Its web address.", value=start.media, placeholder="https://example.com/cat.jpg"),
                fields.text("sms", "Text for SMS", "What SMS shows instead. Without it the template cannot go out by SMS.", value=start.sms, lines=2),
                fields.choice("category", "Category", [(one.capitalize(), one) for one in CATEGORIES], "WhatsApp asks for it.", value=start.category),
                fields.text("language", "Language", "Such as en or es_MX.", value=start.language),
                fields.flag("approve", "Ask WhatsApp for approval", "You need it to write first on WhatsApp.", value=True),
            ],
        )  # fmt: skip
        if start.variables:
            self.refresh()
            for blank, name in zip(self.blanks.shown, self._names(), strict=True):
                blank.widget.value = start.variables.get(name, "")

    def layout(self) -> list[Any]:
        """Show the state on top, a sample for each blank below the text, then what channels show."""
        text, rest = self._shown[:3], self._shown[3:]
        asked = [fields.grid(text), self.blanks.view, fields.grid(rest)]
        return [self.state, *asked, self.preview, *self.foot(self.again)]

    def about(self) -> str:
        """Say what a template is for."""
        return "A text with blanks. WhatsApp requires one when you write to a person first."

    def draft(self) -> TemplateDraft:
        """Return the template that the inputs describe."""
        values = self.read()
        values |= {name: () if name == "buttons" else "" for name in _hidden(values["type"])}
        return TemplateDraft(**{n: v for n, v in values.items() if n != "approve"}, variables=self.blanks.values)

    def _names(self) -> list[str]:
        return content_templates.placeholders(self.draft().types)

    @property
    def approve(self) -> bool:
        """Whether WhatsApp is asked for approval."""
        return bool(self.fields["approve"].widget.value)

    def problems(self) -> Sequence[Problem]:
        """Return what Twilio would refuse, and WhatsApp if it is asked."""
        draft, made = self.draft(), self.template
        submitted = made is not None and made.friendly_name == draft.name and made.status != "unsubmitted"
        if submitted or (self._is_made(draft) and not self.approve):
            return [Problem("name", f"{draft.name} is created. Choose another name for one more template.")]
        return draft.problems(approve=self.approve)

    def _is_made(self, draft: TemplateDraft) -> bool:
        """Whether the inputs describe the template that was created last."""
        made = self.template
        return made is not None and draft.params() == {name: vars(made)[name] for name in draft.params()}

    def label(self) -> str:
        """Return the button's label."""
        return "Create and submit to WhatsApp" if self.approve else "Create template"

    def consequence(self) -> str:
        """Say what a click does."""
        after = " A name that was submitted cannot be used again." if self.approve else ""
        where = "" if self.conn.label == "SANDBOX" else " on your live account"
        return f"Creates one template{where}. Free of charge.{after}"

    def refresh(self) -> None:
        """Show the inputs of the type, a sample for each blank, and what the channels show."""
        kind = self.fields["type"].widget.value
        for name in ("buttons", "media", "sms"):
            self.fields[name].view.layout.display = "none" if name in _hidden(kind) else ""
        self.fields["buttons"] = replace(self.fields["buttons"], help=_BUTTONS.get(kind, ""))
        names = self._names()
        self.blanks.show(names, "Sample for {}", dict.fromkeys(names, "What a recipient reads there"))
        super().refresh()
        draft = self.draft()
        shown = Template("", draft.name, draft.language, draft.types, draft.variables)
        self.preview.value = previews(shown, "whatsapp", {}) if draft.body else ""
        self.state.value = self._state()

    def _state(self) -> str:
        template = self.template
        if template is None:
            return ""
        mood, title, words = _STATES.get(template.status, ("note", f"{template.status.capitalize()} at WhatsApp", ""))
        lines = [cards.text(template.reason)] if template.reason else []
        if title == "In review" and self.conn.sandbox is not None:
            words = _DECIDES
        lines += [cards.text(words), cards.facts({"Template": template.friendly_name, "ContentSid": template.sid})]
        return cards.banner(mood, title, *lines)

    def act(self) -> str:
        """Create the template, and submit it if WhatsApp is to be asked."""
        draft, approve = self.draft(), self.approve
        if self.template is None or not self._is_made(draft):
            self.template = calls.create_template(self.conn, draft)
        self.again.layout.display = ""
        if approve:
            self.template = calls.request_approval(self.conn, self.template.sid, draft.name, draft.category)
        said = "is created and submitted" if approve else "is created"
        return cards.card("done", f"{draft.name} {said}.", cards.text("Its state and its ContentSid are above."))

    def _acted(self) -> None:
        self._touched.clear()
        for other in tuple(self.conn.screens):  # they offer templates with their states
            if getattr(getattr(other, "picker", None), "loaded", False) and not other.busy:
                other.look_again()

    def look_again(self) -> None:
        """Read the template's state again."""
        if self.template is None:
            return
        try:
            self.template = calls.fetch_template(self.conn, self.template.sid)
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error, self.outcome.value = error, cards.error(error)
            return
        self.state.value = self._state()
        self._acted()
        self.retell()

    def static(self) -> str:
        """Return the state, the inputs that are shown, and their values."""
        shown = {f.label: f.words for f in self.fields.values() if f.view.layout.display != "none"}
        shown |= {blank.label: blank.words for blank in self.blanks.shown}
        return cards.shown(self.state) + cards.facts(shown) + cards.shown(self.outcome)


def _hidden(kind: str) -> set[str]:
    """Return the inputs that a type has no use for."""
    found = {"sms"} if kind == "twilio/text" else set[str]()
    return found | (set() if kind in WITH_BUTTONS else {"buttons"}) | (set() if kind == "twilio/media" else {"media"})


def _pairs(typed: str) -> tuple[tuple[str, str], ...]:
    """Read lines of title and ID; a line without an ID gets its title as one."""
    cut = [line.partition("|") for line in typed.splitlines() if line.strip()]
    return tuple((title.strip(), key.strip() or title.strip()) for title, _, key in cut)
