"""Choose a template, fill its blanks, and see what each channel shows; the inputs for blanks are TemplateForm's, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msvc_toolkit.connection import Connection
from msvc_toolkit.content import calls
from msvc_toolkit.content.model import Template
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.rules.content_templates import Shown
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.fields import Field
from msvc_toolkit.widgets.screen import box

_NONE = ("No template: free text", "")
_CHANNELS = {"whatsapp": "WhatsApp", "sms": "SMS", "messenger": "Messenger", "rcs": "RCS"}
_LATEST = 255
"""Characters of a text in a preview. Ours: the rest is in the message."""


class Blanks:
    """One input for each blank of a template.

    Args:
        changed: Called when one is typed into.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._made: dict[str, Field] = {}
        self.shown: list[Field] = []
        self.view = fields.grid([])

    def show(self, names: Sequence[str], label: str, samples: Mapping[str, str]) -> None:
        """Show the inputs of these blanks, each with its sample as placeholder; what was typed stays."""
        for name in names:
            if name not in self._made:
                made = fields.text(f"blank_{name}", label.format(f"{{{{{name}}}}}"), read=str)
                fields.on_change(made.widget, lambda _: self._changed())
                self._made[name] = made
            self._made[name].widget.placeholder = samples.get(name, "")
        self.shown = [self._made[name] for name in names]
        if list(self.view.children) != (views := [one.view for one in self.shown]):
            self.view.children = views

    @property
    def values(self) -> dict[str, str]:
        """What is typed, by blank."""
        return {n: str(f.widget.value) for n, f in self._made.items() if f in self.shown and f.widget.value}


class TemplatePicker:
    """The part of a form in which a template is chosen.

    Args:
        conn: The account.
        changed: Called when another template is chosen or a blank is filled.
    """

    def __init__(self, conn: Connection, changed: Callable[[], object]) -> None:
        self.conn, self._changed = conn, changed
        self.templates: list[Template] = []
        self.button = fields.button("Use a template", "use-template link", self.load)
        help_ = "A prepared text with blanks. WhatsApp requires one outside its 24-hour window."
        self.choice = fields.choice("content_sid", "Template", [_NONE], help_)
        fields.on_change(self.choice.widget, lambda _: self._changed())
        self.blanks, self.preview = Blanks(changed), fields.html("preview")
        self.view = box("template column", [self.button, self.choice.view, self.blanks.view, self.preview])
        self.choice.view.layout.display = "none"

    def load(self) -> None:
        """Read the account's templates, and offer them."""
        try:
            self.templates = calls.list_templates(self.conn)
        except ToolkitError as error:
            self.preview.value = cards.error(error)
            return
        options = [(f"{one.friendly_name} ({one.language}): {one.state}", one.sid) for one in self.templates]
        fields.offer(self.choice, [_NONE, *options])
        self.button.layout.display, self.choice.view.layout.display = "none", ""
        self._changed()

    @property
    def loaded(self) -> bool:
        """Whether the templates were read."""
        return bool(self.button.layout.display == "none")

    @property
    def chosen(self) -> Template | None:
        """The template that is chosen."""
        return next((one for one in self.templates if one.sid == self.choice.widget.value), None)

    @property
    def empty(self) -> list[str]:
        """The blanks of the chosen template that nothing is typed for, so that its samples are sent."""
        template, typed = self.chosen, self.blanks.values
        if template is None:
            return []
        return [f"{{{{{name}}}}}" for name in template.blanks if name not in typed and template.variables.get(name)]

    def show(self, channel: str, problems: Sequence[Problem]) -> None:
        """Draw blanks, preview and problems for the recipient's channel."""
        template = self.chosen
        self.choice.say(p for p in problems if p.field == "content_sid")
        self.blanks.show(template.blanks if template else [], "{}", template.variables if template else {})
        for blank in self.blanks.shown:
            found = [p for p in problems if p.field == "content_variables" and blank is self.blanks.shown[-1]]
            if blank.label in self.empty:
                sample = f"Empty: the sample “{blank.widget.placeholder}” is sent."
                found.append(Problem("content_variables", sample, blocks=False))
            blank.say(found)
        if template is not None:
            self.preview.value = previews(template, channel, self.blanks.values)
        elif self.loaded and not self.templates:
            self.preview.value = cards.text("The account has no template yet. Write one with TemplateForm(conn).")
        else:
            self.preview.value = ""


def previews(template: Template, channel: str, values: Mapping[str, str]) -> cards.Html:
    """Draw what the recipient's channel shows of a template, then WhatsApp and SMS."""
    found = {
        _CHANNELS[name]: _preview(template.shown(name, values)) for name in dict.fromkeys([channel, "whatsapp", "sms"])
    }
    return cards.block(cards.facts(found))


def _preview(shown: Shown | None) -> cards.Html:
    if shown is None:
        return cards.text("Nothing: the template has no type for it.", css="msvc-help")
    chips = [cards.text(button.title, "span", "msvc-chip-of") for button in shown.buttons]
    media = [cards.text(f"Media: {address}", css="msvc-small") for address in shown.media]
    text = shown.body if len(shown.body) <= _LATEST else f"{shown.body[:_LATEST]}…"
    return cards.join([cards.text(text, css="msvc-body-text"), *media, cards.Html(" ").join(chips)])
