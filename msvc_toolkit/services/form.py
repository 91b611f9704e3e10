"""Step 1: a form with every setting of a Messaging Service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules.limits import VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.service_settings import SETTINGS, USECASES, Setting
from msvc_toolkit.services import calls
from msvc_toolkit.services.model import Service, ServiceDraft
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.fields import Field
from msvc_toolkit.widgets.snippets import Act


class ServiceForm(form.Form):
    """Create a Messaging Service, or change one: common settings first, the rest folded.

    Args:
        conn: The account.
        service_sid: A service to change; a new one is created when it is not given.
        friendly_name: What the name starts with.
        usecase: What the use case starts with.

    Attributes:
        service: The service, once it was created or changed.
    """

    css = "service-form"

    @also_called(sid="service_sid")
    def __init__(
        self, conn: Connection, service_sid: str | None = None, *, friendly_name: str = "", usecase: str = "undeclared"
    ) -> None:
        self.service: Service | None = calls.fetch_service(conn, service_sid) if service_sid else None
        self._twins_seen: set[str] = set()
        start: dict[str, Any] = {setting.name: setting.default for setting in SETTINGS}
        start |= {"friendly_name": friendly_name, "usecase": usecase}
        if self.service:
            start |= self.service.settings
        super().__init__(
            conn,
            "Step 1: change a Messaging Service" if service_sid else "Step 1: create a Messaging Service",
            [_field(setting, start[setting.name]) for setting in SETTINGS],
            folded=[setting.name for setting in SETTINGS if not setting.common],
            folded_title="Other settings: inbound handling (Step 2), obsolete and reserved settings",
        )

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
            return [Problem("", "Nothing differs from the service as it is. Change a setting first.")]
        return draft.problems(new=self.service is None)

    def label(self) -> str:
        """Return the button's label; neither costs anything."""
        return "Save changes" if self.service is not None else "Create service"

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        if self.service is not None:
            return [Act(("services", self.service.sid), "update", self.draft().params())]
        return [Act(("services",), "create", self.draft().params())]

    def act(self) -> str:
        """Create or change the service."""
        if self.service is not None:
            self.service = calls.update_service(self.conn, self.service.sid, self.draft())
            return cards.card("done", f"{self.service.friendly_name} ({self.service.sid}) is changed.")
        draft = self.draft()
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
        self.title = "Step 1: change a Messaging Service"
        return cards.card(
            "done",
            f"{self.service.friendly_name} is created.",
            cards.facts(
                {"Service SID": self.service.sid, "Created": f"{self.service.date_created:%Y-%m-%d %H:%M} UTC"}
            ),
            cards.text("Next, Step 2: decide what happens to texts that people send back."),
        )

    def _twins(self, draft: ServiceDraft) -> list[Service]:
        """Return the services with this name that no click has reported yet."""
        named = (s for s in calls.list_services(self.conn) if s.friendly_name == draft.friendly_name)
        return [service for service in named if service.sid not in self._twins_seen]

    def _unknown(self, draft: ServiceDraft, unknown: OutcomeUnknown) -> str:
        """Say what the account has after an unclear answer."""
        try:
            made = [f"{service.friendly_name} ({service.sid})" for service in self._twins(draft)]
        except ToolkitError as error:
            return cards.card("warning", str(unknown), cards.text(f"Looking it up failed: {error}"))
        if made:
            told = "The account has a new service with this name. Use it if nobody else made it:"
            return cards.card("warning", str(unknown), cards.text(told), cards.bullets(made))
        advice = "The account has no new service with this name so far. Wait a minute, then click again; the form looks for it first."
        return cards.card("warning", str(unknown), cards.text(advice))


def _shown(setting: Setting, value: Any) -> Any:
    """Return what an input shows for a setting, which may be one that is not set."""
    if setting.kind == "flag":
        return bool(value)
    if setting.kind == "seconds":
        return int(value or VALIDITY_LIMIT_SECONDS)
    return value if setting.options else value or ""


def _field(setting: Setting, value: Any) -> Field:
    start = _shown(setting, value)
    usual = "" if setting.default is None else f" Twilio's default: {_word(setting.default)}."
    help_ = setting.effect + usual
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
    return f"{word}: {USECASES[word][0]}" if word in USECASES else word


def _word(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
