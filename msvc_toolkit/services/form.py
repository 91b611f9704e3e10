"""Step 1: a form with every setting of a Messaging Service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules.limits import VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.service_settings import SETTINGS, USECASES, Setting
from msvc_toolkit.services import calls
from msvc_toolkit.services.model import Service, ServiceDraft
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.fields import Field
from msvc_toolkit.widgets.saving import SavingForm
from msvc_toolkit.widgets.snippets import Act

_DEFAULTS: dict[str, Any] = {setting.name: setting.default for setting in SETTINGS}
_FLAGS = [setting.name for setting in SETTINGS if setting.common and setting.kind == "flag"]
_USUAL = (
    f"Twilio's defaults: all {len(_FLAGS)} switched on, and a validity period of {VALIDITY_LIMIT_SECONDS} seconds, "
    "which is ten hours."
)
_OTHERS = "Other settings, which few services need"
_UNCHANGED = Problem("", "Change a setting to save it.")


class ServiceForm(SavingForm):
    """Create a Messaging Service, or change one: name and use case first, the rest folded.

    Args:
        conn: The account.
        service_sid: A service to change; a new one is created when it is not given.
        friendly_name: What the name starts with.
        usecase: What the use case starts with.

    Attributes:
        service: The service, once it was created or changed.
        on_another: Called when another service is to be created with this form.
    """

    css = "service-form"

    @also_called(sid="service_sid")
    def __init__(
        self, conn: Connection, service_sid: str | None = None, *, friendly_name: str = "", usecase: str = "undeclared"
    ) -> None:
        self.service: Service | None = calls.fetch_service(conn, service_sid) if service_sid else None
        self.on_another: list[Callable[[], None]] = []
        self._twins_seen: set[str] = set()
        self.another = fields.button("Create another service", "another link", self.start_over)
        start = _DEFAULTS | {"friendly_name": friendly_name, "usecase": usecase}
        if self.service:
            start |= self.service.settings
        super().__init__(conn, "", [_field(setting, start[setting.name]) for setting in SETTINGS])
        self.lead.value = cards.text(
            "Next, Step 2: decide what happens when people text back (notebook 02-inbound-handling)."
        )

    def inputs(self) -> list[Any]:
        """Return the inputs for name and use case, and two folds with all others."""
        views = {name: field.view for name, field in self.fields.items()}
        first = [views.pop("friendly_name"), views.pop("usecase")]
        common = [views.pop(setting.name) for setting in SETTINGS if setting.common and setting.name in views]
        usual = cards.text(_USUAL, css="msvc-help")
        self._delivery = fields.fold("Delivery settings", [widgets.HTML(usual), fields.grid(common)])
        others = fields.fold(_OTHERS, [fields.grid(list(views.values()))])
        return [fields.grid(first), self._delivery, others]

    def others(self) -> list[Any]:
        """Return the button for one more service."""
        return [self.another]

    def foot(self, *buttons: Any) -> list[Any]:
        """Return what is below the inputs, with the button for one more service."""
        act, *others = super().foot(*buttons)
        act.children = [*act.children, self.another]
        return [act, *others]

    def refresh(self) -> None:
        """Redraw the form from its inputs and its service."""
        self.title = f"Change {self.service.label}" if self.service else "Create a Messaging Service"
        self.another.layout.display = "" if self.service else "none"
        on = sum(self.fields[name].widget.value for name in _FLAGS)
        words = f"{on} switched on, as Twilio suggests" if on == len(_FLAGS) else f"{on} of {len(_FLAGS)} switched on"
        self._delivery.children[0].description = f"Delivery settings: {words}"
        super().refresh()

    def about(self) -> str:
        """Return what the form says above its inputs: what a service is, or which one is changed."""
        if self.service is not None:
            return f"Its ID, the SID {self.service.sid}, stays the same."
        return "A service groups your senders behind one ID. You send to the service, and Twilio picks the sender."

    def draft(self) -> ServiceDraft:
        """Return the settings that differ from Twilio's defaults, or from the service as it is."""
        values = self.read()
        if self.service is not None:
            kept = self.service.settings
            return ServiceDraft(
                **{s.name: values[s.name] for s in SETTINGS if values[s.name] != _shown(s, kept[s.name])}
            )
        changed = {s.name: values[s.name] for s in SETTINGS if values[s.name] not in (s.default, "")}
        return ServiceDraft(**{**changed, "friendly_name": values["friendly_name"]})

    def problems(self) -> Sequence[Problem]:
        """Return what Twilio would refuse."""
        draft = self.draft()
        if self.service is not None and not draft.params():
            return [_UNCHANGED]
        return draft.problems(new=self.service is None)

    def label(self) -> str:
        """Return the button's label; neither creating nor changing a service costs anything."""
        return "Save changes" if self.service is not None else "Create service"

    def consequence(self) -> str:
        """Say what a click creates or changes, or that nothing is changed yet."""
        if self.service is None:
            return "Creates one service. Free of charge; you can change every setting later."
        changed = len(self.draft().params())
        return f"Changes {count(changed, 'setting')}. Free of charge." if changed else _UNCHANGED.sentence

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        if self.service is not None:
            return [Act(("services", self.service.sid), "update", self.draft().params())]
        return [Act(("services",), "create", self.draft().params())]

    def act(self) -> str:
        """Create or change the service."""
        draft = self.draft()
        if self.service is not None:
            self.service = calls.update_service(self.conn, self.service.sid, draft)
            changed = _listed([s.label for s in SETTINGS if s.name in draft.params()])
            facts = cards.facts({"Service SID": self.service.sid, "Changed": changed})
            return self.succeed(cards.card("done", f"{self.service.friendly_name} is changed.", facts))
        twin = next(iter(self._twins(draft)), None)
        if twin is not None:
            self._twins_seen.add(twin.sid)
            raise ToolkitError(
                f"The account already has a service named {twin.friendly_name} ({twin.sid}). Use that one, "
                "choose another name, or click again to create a second one with the same name."
            )
        try:
            self.service = calls.create_service(self.conn, draft)
        except OutcomeUnknown as unknown:
            return self._unknown(draft, unknown)
        return self.succeed(_created(self.service))

    def start_over(self) -> None:
        """Empty the form, to create one more service."""
        self.service = None
        self.fill(**{s.name: _shown(s, s.default) for s in SETTINGS})
        self._touched.clear()
        self._delivery.children[0].value = False
        self.edit()
        for done in self.on_another:
            done()

    def _reasons(self, problems: Sequence[Problem]) -> Sequence[str]:
        return super()._reasons([p for p in problems if p is not _UNCHANGED])

    def _twins(self, draft: ServiceDraft) -> list[Service]:
        """Return the services with this name that this form has not reported yet."""
        named = (s for s in calls.list_services(self.conn) if s.friendly_name == draft.friendly_name)
        return [service for service in named if service.sid not in self._twins_seen]

    def _unknown(self, draft: ServiceDraft, unknown: OutcomeUnknown) -> str:
        """Say, after an unclear answer, which services of this name the account has."""
        try:
            made = [f"{service.friendly_name} ({service.sid})" for service in self._twins(draft)]
        except ToolkitError as error:
            return cards.card("warning", str(unknown), cards.text(f"Looking it up failed: {error}"))
        if made:
            advice = "The account has a new service with this name. Use it if nobody else made it:"
            return cards.card("warning", str(unknown), cards.text(advice), cards.bullets(made))
        advice = "The account has no new service with this name so far. Wait a minute, then click again; the form looks for it first."
        return cards.card("warning", str(unknown), cards.text(advice))


def _shown(setting: Setting, value: Any) -> Any:
    """Return what an input shows for a setting, set or not."""
    if setting.kind == "flag":
        return bool(value)
    if setting.kind == "seconds":
        return int(value or VALIDITY_LIMIT_SECONDS)
    return value if setting.options else value or ""


def _field(setting: Setting, value: Any) -> Field:
    start = _shown(setting, value)
    help_ = setting.effect
    if setting.kind == "flag":
        return fields.flag(setting.name, setting.label, help_, value=start)
    if setting.kind == "seconds":
        return fields.number(setting.name, setting.label, help_, value=start)
    if setting.options:
        words = setting.options if start in setting.options else (start, *setting.options)
        named = [("not set" if word is None else _described(word), word) for word in words]
        return fields.choice(setting.name, setting.label, named, help_, value=start)
    placeholder = "https://example.com/sms" if setting.kind == "url" else "Orders"
    return fields.text(setting.name, setting.label, help_, value=start, placeholder=placeholder)


def _described(word: str) -> str:
    if word == "undeclared":
        return "Not declared"
    return f"{word.capitalize()}: {USECASES[word][0]}" if word in USECASES else word


def _created(service: Service) -> str:
    on = [setting.label for setting in SETTINGS if setting.name in _FLAGS and service.settings[setting.name]]
    facts = {"Service SID": service.sid, "Created": f"{service.date_created:%Y-%m-%d %H:%M} UTC"}
    if on:
        facts["Settings"] = f"{_listed(on)} {'is' if len(on) == 1 else 'are'} on"
    said = cards.text("The SID is the ID of the service. Your program sends with it instead of a From number.")
    return cards.card("done", f"{service.friendly_name} is created.", cards.facts(facts), said)


def _listed(words: Sequence[str]) -> str:
    """Write words as a sentence lists them: A, B and C."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
