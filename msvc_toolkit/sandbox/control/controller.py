"""The controller of a sandbox, for Python (`conn.sandbox`) and for HTTP (`/_sandbox/`)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses, content_templates, numbering_plan
from msvc_toolkit.sandbox import scenarios
from msvc_toolkit.sandbox.backend import Backend
from msvc_toolkit.sandbox.faults import InjectedFault
from msvc_toolkit.sandbox.inbound import arrival
from msvc_toolkit.sandbox.messages import (
    a2p_registration,
    callbacks,
    carriers,
    compliance,
    delivery,
    lifecycle,
    opt_out,
    outcomes,
    reply_windows,
    sender_id_registration,
    sender_pool,
    serialization,
    short_links,
)
from msvc_toolkit.sandbox.resources.messaging import link_shortening
from msvc_toolkit.sandbox.scenarios import starter
from msvc_toolkit.sandbox.settings import DEFAULTS, SandboxSettings
from msvc_toolkit.sandbox.storage import journal, snapshots
from msvc_toolkit.sandbox.storage.clock import check_mode, check_step
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_MESSAGE = """
SELECT message.*, service.friendly_name AS service_name, service.smart_encoding
FROM message LEFT JOIN service ON service.sid = message.service_sid"""
PRESSED = {"reply": ("ButtonText", "ButtonPayload"), "list": ("ListTitle", "ListId")}
"""Kinds of buttons that answer when they are pressed, and the parameters that name text and payload."""
_OF_A_PHONE = "((to_ IN ({0}) AND direction != 'inbound') OR (from_ IN ({0}) AND direction = 'inbound'))"


class StoreOptions(TypedDict, total=False):
    """The options of a new store; see `open_sandbox`."""

    scenario: str | None
    seed: int | None
    clock: str | None
    messages: int | None
    faults: bool | None


def open_sandbox(
    path: str | Path,
    *,
    scenario: str | None = None,
    seed: int | None = None,
    clock: str | None = None,
    messages: int | None = None,
    faults: bool | None = None,
    settings: SandboxSettings = DEFAULTS,
) -> Controller:
    """Open a sandbox's store, filling it when it is new.

    Args:
        path: The store's file, or ``":memory:"``.
        scenario: What a new store holds; "starter" when not given.
        seed: The seed of a new store's SIDs; 7 when not given.
        clock: "real" or "manual"; "real" when not given.
        messages: How many messages scenario "busy" has, 100 000 when not given. A number implies scenario "busy".
        faults: False leaves the planted faults out of scenario "busy".
        settings: The sandbox's choices where Twilio documents nothing.

    Raises:
        SandboxError: The file is not a store, or it was made with another scenario, seed or clock than asked for.
    """
    if scenario is None and (messages, faults) != (None, None):
        scenario = "busy"
    scenarios.check(scenario or "starter", messages, faults)
    check_mode(clock or "real")
    store = SandboxStore(path)
    handle = Controller(Backend(store, settings))
    asked = {"scenario": scenario, "seed": seed, "clock": clock, "messages": messages, "faults": faults}
    with store.writing():
        if store.setting("scenario") is None:
            number = 7 if seed is None else seed
            handle._plant(scenario or "starter", number, clock or "real", messages, faults)  # noqa: SLF001
        stored = {name: store.setting(name) for name in asked}
    for name, wanted in asked.items():
        if wanted is not None and str(wanted) != stored[name]:
            store.close()
            raise SandboxError(
                f"The store {path} was made with {name}={stored[name]}, not {wanted}. Leave {name} out to go on with "
                "it, name another file with store=..., or start it afresh with conn.sandbox.reset()."
            )
    return handle


class Controller:
    """Controls a sandbox (`conn.sandbox`): its clock, handsets, carriers, registrations and faults; reads its journal.

    Args:
        sandbox: The sandbox to control.
    """

    def __init__(self, sandbox: Backend) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store

    def __repr__(self) -> str:
        return f"<Sandbox {self.scenario!r}, {self.clock} clock, store {self.store_path}>"

    @property
    def api(self) -> Backend:
        """The backend that answers requests."""
        return self._sandbox

    @property
    def account_sid(self) -> str:
        """The sandbox account's SID."""
        return str(self._account()["sid"])

    @property
    def scenario(self) -> str:
        """The scenario the store was filled with."""
        return self._store.setting("scenario") or ""

    @property
    def clock(self) -> str:
        """The clock's mode, "real" or "manual"."""
        return self._sandbox.clock.mode

    @property
    def store_path(self) -> str:
        """The store's path; ``:memory:`` when it ends with the process."""
        return self._store.path

    def advance(self, seconds: float) -> None:
        """Move the clock forward and carry out everything that becomes due.

        Args:
            seconds: How far, zero or more.

        Raises:
            SandboxError: The step is negative or far too large.
        """
        check_step(seconds)
        clock = self._sandbox.clock
        if self.clock == "real":
            clock.advance(seconds)
            self._sandbox.settle()
            return
        # The time still to advance: another kernel may move the clock meanwhile, and both steps count.
        remaining = round(seconds * 1000)
        while (due := callbacks.next_moment(self._store)) is not None:
            step = max(due - clock.now(), 0)
            if step > remaining:
                break
            clock.advance(step / 1000)
            remaining -= step
            self._sandbox.settle()
            if not self._sandbox.webhooks.run():
                break
        clock.advance(remaining / 1000)
        self._sandbox.settle()
        self._sandbox.webhooks.run()

    def wait(self, seconds: float) -> None:
        """Wait: sleep on a real clock, advance a manual one."""
        if self.clock == "manual":
            self.advance(seconds)
        else:
            time.sleep(seconds)

    def own(
        self,
        address: str,
        *,
        country: str | None = None,
        capabilities: Sequence[str] = starter.ALL,
        friendly_name: str = "",
        standing: str = "good",
    ) -> str:
        """Add a sender to the account and return its SID.

        Args:
            address: A number in E.164, a short code's digits, or a channel address such as ``whatsapp:+1...``.
            country: ISO code; needed for a short code.
            capabilities: Any of Voice, SMS, MMS.
            friendly_name: A label.
            standing: How carriers treat it: "good" (for a US number: as its registration says, once the account takes
                part in A2P), "unregistered" (30034 to the US), "unverified" (toll-free, 30032) or "filtered" (30007).

        Raises:
            SandboxError: It is not an address a sender can have, or the sandbox has it already.
        """
        self._sandbox.writes += 1
        with self._store.writing():
            return starter.own(
                self._store,
                self.account_sid,
                address,
                now=self._sandbox.clock.now(),
                country=country,
                capabilities=tuple(capabilities),
                friendly_name=friendly_name,
                standing=standing,
            )

    def receive(self, from_: str, to: str, body: str = "", media_url: Sequence[str] = ()) -> dict[str, Any]:
        """Send a text from a handset to one of the account's senders.

        Args:
            from_: The handset's number, E.164 or a channel address.
            to: The account's number, short code or channel sender.
            body: The text.
            media_url: Addresses of attached media.

        Returns:
            ``sid`` (None when the text is dropped), ``keyword`` (STOP, START or HELP if Twilio handles it),
            ``outcome``, ``url`` and ``method`` of the webhook that is called half a second later, and ``steps``, the
            decision in sentences.

        Raises:
            SandboxError: `from_` is not a handset, `to` is not a sender of the account, or they cannot reach each other.
        """
        with self._store.writing():
            arrived = arrival.arrive(
                self._store, self._sandbox.settings, self._sandbox.clock.now(), from_, to, body, tuple(media_url)
            )
        self._sandbox.webhooks.wake()
        return arrived

    def press(self, message_sid: str, title: str) -> dict[str, Any]:
        """Press a button of a template on the phone that has it, or choose an entry of its list.

        Source: Twilio's request to your incoming message webhook (ButtonText and ButtonPayload are documented; that an
        entry comes as ListTitle and ListId is ours).

        Args:
            message_sid: The message with the button.
            title: What the button says.

        Returns:
            What `receive` returns: a press arrives as a text.

        Raises:
            SandboxError: The message has not arrived, or has no such button that answers.
        """
        row, now = self._message(message_sid)
        buttons = _buttons(row) if _arrived(row, now) else []
        pressed = next((one for one in buttons if one["title"] == title and one["kind"] in PRESSED), None)
        if pressed is None:
            can = ", ".join(one["title"] for one in buttons if one["kind"] in PRESSED) or "none"
            raise SandboxError(f"{message_sid} has no button {title[:40]!r} that answers; on the phone it has: {can}.")
        text, payload = PRESSED[pressed["kind"]]
        about = {text: title, payload: pressed["payload"], "OriginalRepliedMessageSid": message_sid}
        with self._store.writing():
            clock, settings = self._sandbox.clock, self._sandbox.settings
            arrived = arrival.arrive(self._store, settings, clock.now(), row["to_"], row["from_"], title, (), about)
        self._sandbox.webhooks.wake()
        return arrived

    def template(self, content_sid: str, status: str = "approved", reason: str = "") -> None:
        """Set the state of a template at WhatsApp; it decides how messages with the template end.

        Args:
            content_sid: The template.
            status: "approved", "rejected" (63040), "paused" (63041), "disabled" (63042), "pending", "received" or
                "unsubmitted"; outside the 24-hour window only an approved one goes out (63016).
            reason: Why it was rejected.

        Raises:
            SandboxError: There is no such template or state.
        """
        if status not in content_templates.STATUSES:
            raise SandboxError(f"There is no state {status!r}. Choose one of {', '.join(content_templates.STATUSES)}.")
        row = self._store.one("SELECT * FROM content WHERE sid = ?", content_sid)
        if row is None:
            raise SandboxError(f"The sandbox has no template {content_sid}; list them with conn.client.content.v1.")
        name = None if status == "unsubmitted" else row["name"] or f"template_{row['seq']}"
        state = None if status == "unsubmitted" else status
        kept = {"name": name, "category": row["category"] or "UTILITY", "reason": reason, "state": state}
        self._sandbox.writes += 1
        self._store.update("content", content_sid, {**kept, "submitted": row["submitted"] if name else None})

    def reset(self, scenario: str | None = None) -> None:
        """Empty the sandbox and fill it again. Seed and clock mode stay; faults and this process's journal are cleared.

        Args:
            scenario: What it holds afterwards; the same scenario as now when not given.

        Raises:
            SandboxError: There is no such scenario.
        """
        chosen = scenario or self.scenario
        scenarios.check(chosen)
        with self._store.writing():
            number, clock = int(self._store.setting("seed") or 7), self.clock
            many, faults = self._store.setting("messages"), self._store.setting("faults") != "False"
            again = (int(many), faults) if many and chosen == self.scenario else ()
            self._store.empty()
            self._plant(chosen, number, clock, *again)
        self._sandbox.faults.clear()
        self._sandbox.requests.clear()

    def snapshot(self, path: str | Path) -> None:
        """Write a copy of the whole sandbox to a file."""
        snapshots.snapshot(self._store, path)

    def restore(self, path: str | Path) -> None:
        """Go back to a snapshot.

        Raises:
            SandboxError: There is no snapshot at this path, or it is of another version.
        """
        snapshots.restore(self._store, path)

    def _plant(
        self, scenario: str, seed: int, clock: str, messages: int | None = None, faults: bool | None = None
    ) -> None:
        self._store.set_setting("seed", str(seed))
        self._sandbox.clock.start(clock, self._sandbox.settings.start)
        scenarios.plant(self._store, scenario, self._sandbox.clock.now(), messages, faults)

    def api_key(self) -> tuple[str, str]:
        """Return the SID and made-up secret of the sandbox account's API key."""
        row = self._store.one("SELECT sid, secret FROM api_key WHERE account_sid = ?", self.account_sid)
        return (str(row["sid"]), str(row["secret"])) if row else ("", "")

    def credentials(self) -> tuple[str, str]:
        """Return the sandbox account's SID and made-up auth token; they work with this sandbox only."""
        row = self._account()
        return str(row["sid"]), str(row["auth_token"])

    @property
    def now(self) -> datetime:
        """The sandbox's time, UTC."""
        return _moment(self._sandbox.clock.now())

    def why(self, message_sid: str) -> list[dict[str, Any]]:
        """Explain how a message's sender was chosen, or where an inbound text went, step by step.

        Args:
            message_sid: The message.

        Returns:
            One entry per step: ``rule``, ``sentence`` and ``left``, the SIDs of the senders still eligible after it.
            Empty while the sender has not been chosen yet.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        chosen = row["explicit"] or lifecycle.status(row, now) not in ("scheduled", "accepted")
        return sender_pool.steps(self._store, row["decision"]) if chosen else []

    def timeline(self, message_sid: str) -> list[tuple[datetime, str]]:
        """Return the time (UTC, to the millisecond) of every status a message has had, in order.

        Args:
            message_sid: The message.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        due = json.loads(row["options"]).get("send_at") if row["options"] else None
        first = "scheduled" if due else lifecycle.status({**row, "ended": None}, row["date_created"])
        changes = [(int(row["date_created"]), first)]
        if due and (row["ended"] is None or row["ended"] >= due):  # not taken back before its time
            changes.append((int(due), "accepted"))
        changes += lifecycle.changes(row)
        return [(_moment(at), status) for at, status in changes if at <= now]

    def messages(self, limit: int = 1000, before: str | None = None) -> list[dict[str, Any]]:
        """Return the account's messages, newest first.

        Args:
            limit: How many at most.
            before: Start after this message, the last one of the page before.

        Returns:
            One entry per message, named as Twilio names them; ``date_created``, ``date_sent`` and ``date_updated`` are
            datetimes to the millisecond, and ``service_name`` and ``smart_encoding`` are the service's current ones.
        """
        now = self._settled()
        older = "WHERE message.seq < (SELECT seq FROM message WHERE sid = ?)" if before else ""
        sql = f"{_MESSAGE} {older} ORDER BY message.seq DESC LIMIT ?"
        return [_described(row, now) for row in self._store.all(sql, *filter(None, [before]), limit)]

    def message(self, message_sid: str) -> dict[str, Any]:
        """Return one message as `messages` does.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        return _described(row, now)

    def inbox(self, address: str, limit: int = 50) -> list[dict[str, Any]]:
        """Return the messages on a phone and on their way to it, oldest first.

        Args:
            address: The phone, E.164 or a channel address; a number's messages include its RCS messages.
            limit: How many of the newest at most.

        Returns:
            One entry per message as in `messages`, ``arrived``: whether it is on the phone, and ``buttons``: those of its
            template, each with ``title``, ``kind`` and ``payload``.
        """
        now = self._settled()
        where = _OF_A_PHONE.format("?, ?")
        both = (address, f"rcs:{address}")
        rows = self._store.all(f"{_MESSAGE} WHERE {where} ORDER BY message.seq DESC LIMIT ?", *both, *both, limit)
        about = [(row, _described(row, now), _arrived(row, now)) for row in reversed(rows)]
        return [{**entry, "arrived": arrived, "buttons": _buttons(row)} for row, entry, arrived in about]

    def link_domain(self, service_sid: str | None = None, *, name: str = "links.example.com") -> str:
        """Return the SID of a link-shortening domain; on a live account it is made in the Console.

        Args:
            service_sid: A service whose links it shortens from now on, with a certificate of Twilio's.
            name: Its host name; it is made when it is missing. One that ends in ``.invalid`` never shortens.

        Raises:
            SandboxError: It is not a host name, or there is no such service.
        """
        with self._store.writing():
            return link_shortening.make_ready(
                self._store, self.account_sid, name, service_sid, self._sandbox.clock.now()
            )

    def links(self, message_sid: str) -> list[dict[str, str]]:
        """Return the short links in a message's text, each with the ``link`` it was made of and its ``short`` form.

        Args:
            message_sid: The message, sent with ``shorten_urls=True``.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        return [
            {"link": one["link"], "short": one["short"]} for one in short_links.of_message(self._store, row["sid"], now)
        ]

    def click(self, message_sid: str, *, preview: bool = False, link: str | None = None) -> str | None:
        """Open a short link of a message that has arrived, as its phone would, and call the domain's CallbackUrl.

        Args:
            message_sid: The message.
            preview: The phone only draws a preview of the page: event_type is then preview, not click.
            link: Which of its links, in the short or the long form; the first when not given.

        Returns:
            Where the link leads: the long link; after 90 days the domain's fallback URL, or None, and nothing is called.

        Raises:
            SandboxError: There is no such message, it has not arrived, or it has no such short link.
        """
        row, now = self._message(message_sid)
        if not _arrived(row, now):
            raise SandboxError(f"The message {message_sid} has not arrived, so nobody can open its links.")
        with self._store.writing():
            leads = short_links.click(self._store, row, link, "preview" if preview else "click", now)
        if self.clock == "manual":
            self._sandbox.webhooks.run()
        self._sandbox.webhooks.wake()
        return leads

    def clicks(self) -> list[dict[str, Any]]:
        """Return every click on a short link, oldest first, as Event Streams sends it; previews are left out."""
        return short_links.events(self._store)

    def reachable(self, address: str) -> list[str]:
        """Return the account's senders that a phone can text, in the order they were made.

        Args:
            address: The phone, E.164 or a channel address.
        """
        read = addresses.read(address)
        channels = {read.channel if read else None} | ({"rcs"} if read and read.channel is None else set())
        rows = self._store.all("SELECT address, kind, capabilities FROM sender ORDER BY seq")
        able = (row["address"] for row in rows if row["kind"] == "channel" or "SMS" in row["capabilities"].split(","))
        return [text for text in able if (sender := addresses.read(text)) is not None and sender.channel in channels]

    @property
    def handset_states(self) -> dict[str, tuple[str, int | None]]:
        """The possible states of a handset, and the codes that were set, with the final status and code of messages to it."""
        used = (state for (state,) in self._store.tuples("SELECT DISTINCT state FROM handset ORDER BY state"))
        endings = {state: outcomes.known_ending(state) for state in (*outcomes.HANDSETS, *used)}
        return {state: (ending.status, ending.code) for state, ending in endings.items() if ending is not None}

    def handset_state(self, address: str) -> str:
        """Return the state of a recipient's handset: the one that was set, or the one that its number implies.

        Args:
            address: The recipient, E.164 or a channel address.

        Raises:
            SandboxError: It is not a recipient.
        """
        return outcomes.handset_state(self._store, _handset(address))

    def handset(self, address: str, state: str = "good") -> None:
        """Set the state of a recipient's handset, which decides how messages to it end.

        Args:
            address: The recipient, E.164 or a channel address.
            state: "good", "off" (30003), "blocked" (30004), "dead" (30005), "landline" (30006), "no receipts" (stays
                sent), "reads" (WhatsApp and RCS messages are `read` two seconds after `delivered`), "no route"
                (21612), "no permission" (21408), "opted out" (21610) or "not a mobile" (21614). Also the number of
                any code that a message can end with, as text: "63018".

        Raises:
            SandboxError: It is not a recipient, or there is no such state.
        """
        read = _handset(address)
        if outcomes.known_ending(state) is None:
            known = ", ".join(outcomes.HANDSETS)
            raise SandboxError(
                f"There is no state {state!r}. Choose one of {known}, or an error code that a message can end with."
            )
        self._store.execute("INSERT OR REPLACE INTO handset VALUES (?, ?)", read.text, state)

    def window_closes(self, address: str, sender: str) -> datetime | None:
        """Return when the 24-hour window of a person closes for a sender on WhatsApp or Messenger.

        Args:
            address: The person, such as ``whatsapp:+14155550123``.
            sender: The account's sender on the same channel.

        Returns:
            When the window closes, UTC, possibly in the past. None when the person never wrote to this sender.

        Raises:
            SandboxError: `address` is not a recipient, or `sender` is not a sender of the account.
        """
        read = addresses.read(sender)
        row = self._store.one("SELECT sid FROM sender WHERE address = ?", read.text if read else sender)
        if row is None:
            shown = addresses.mask(sender)
            raise SandboxError(f"The sandbox has no sender {shown}; list what it has with list_senders.")
        closes = reply_windows.closes(self._store, row["sid"], _handset(address).text)
        return _moment(closes) if closes is not None else None

    def opted_out(self, address: str, service_sid: str) -> bool:
        """Return whether a person has blocked a service's messages with STOP.

        Args:
            address: The person.
            service_sid: The service.

        Raises:
            SandboxError: `address` is not a recipient.
        """
        return opt_out.blocked(self._store, service_sid, None, _handset(address).text)

    def carrier(self, address: str) -> str:
        """Return the made-up carrier of a US phone: T-Mobile, AT&T, Verizon or another.

        Args:
            address: The phone, E.164.

        Raises:
            SandboxError: It is not a phone.
        """
        return carriers.carrier_of(self._store, _handset(address).text)

    def journal(self, limit: int | None = None, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return what happened, oldest first: this process's API requests, and every webhook and debugger entry.

        Args:
            limit: How many of the newest at most; all when not given.
            since: Leave out what was before this time of the sandbox's clock.

        Returns:
            ``at`` (UTC), ``kind`` (request, webhook, skipped or debugger), and the details of each; no credentials.

        Raises:
            SandboxError: The limit is negative, or `since` has no time zone.
        """
        return journal.read(self._store, self._sandbox.requests, limit=limit, since=since)

    def called(self, message_sid: str) -> list[dict[str, Any]]:
        """Return the webhooks that were called for one message, and their debugger entries, as `journal` does."""
        return journal.about(self._store, message_sid)

    def _settled(self) -> int:
        """Send the scheduled messages that are due, and return the time."""
        now = self._sandbox.clock.now()
        if delivery.anything_due(self._store, now):
            self._sandbox.settle()
        return now

    def _message(self, sid: str) -> tuple[Row, int]:
        now = self._settled()
        row = self._store.one(f"{_MESSAGE} WHERE message.sid = ?", sid)
        if row is None:
            raise SandboxError(f"The sandbox has no message {sid}; list them with conn.client.messages.list().")
        return row, now

    def fault(
        self,
        kind: int | str,
        *,
        route: str | None = None,
        rate: float = 1.0,
        count: int | None = None,
        after: int = 0,
        seconds: float | None = None,
        executed: bool = False,
        retry_after: int | None = None,
    ) -> int:
        """Inject a fault into API requests to this process, and return its number.

        If several faults are set, the first that matches applies, and every latency that matches. Control
        addresses are exempt. Faults end with the process and with `reset`.

        Args:
            kind: 401 or 403 (codes 20003 and 70051, as for a key without the permission), 429 (code 20429, not carried
                out), 500, 503, "timeout" (held, then dropped without an answer), "reset" (the connection breaks),
                "truncated" (the body ends before its Content-Length), "latency" (the answer is late), or an
                answer that is not Twilio's: 502 (a gateway's page), 302, 204, "html" (a web page with the status of
                success), "empty", "{}" or "cut" (half of the body, with the length of that half).
            route: Method and path, * for what varies: ``POST /2010-04-01/*/Messages.json``, or a path alone.
            rate: Share of matching requests it applies to; which ones depends on the seed.
            count: How many requests it applies to at most.
            after: How many matching requests it skips first.
            seconds: How long a timeout holds the connection (30 when not given) or an answer is late (1). In this
                process a timeout is not waited for.
            executed: The request is carried out nevertheless, and the client cannot know; not with 401, 403 and 429.
                Requests with truncated, cut and late answers are always carried out.
            retry_after: With 429 and 503: seconds for a Retry-After header. Twilio promises no such header, and without
                this argument there is none.

        Raises:
            SandboxError: There is no such fault or route, or it could never apply.
        """
        fault = InjectedFault(str(kind), route, float(rate), count, after, seconds, executed, retry_after)
        return self._sandbox.faults.add(fault)

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set, with how many requests each ``matched`` and how many it applied to (``struck``)."""
        return self._sandbox.faults.described()

    def clear_faults(self, number: int | None = None) -> None:
        """Remove one fault, or all.

        Args:
            number: What `fault` returned; all when not given.

        Raises:
            SandboxError: There is no fault with this number.
        """
        self._sandbox.faults.clear(number)

    def strict(self, *, on: bool = True) -> None:
        """Refuse parameters that Twilio does not have (20001) in requests to this process.

        Without this they are ignored, as Twilio does, and the journal names them.

        Args:
            on: False ignores them again.
        """
        self._sandbox.strict = on

    def allow_webhooks(self, *hosts: str) -> list[str]:
        """Allow webhooks to these hosts, and return all allowed hosts. Without this only this machine is called.

        Args:
            hosts: Names as they are in the URLs.
        """
        with self._store.writing():
            allowed = set(json.loads(self._store.setting("webhook_hosts") or "[]")) | set(hosts)
            self._store.set_setting("webhook_hosts", json.dumps(sorted(allowed)))
        return sorted(allowed)

    def register_sender_id(self, name: str, country: str) -> None:
        """Register an alphanumeric sender ID in a country; on a live account this is done in the Console and takes weeks.

        Args:
            name: The sender ID.
            country: ISO code of the country.

        Raises:
            SandboxError: It cannot be a sender ID, or the country does not exist.
        """
        if (wrong := addresses.alpha_problem(name)) is not None:
            raise SandboxError(wrong.sentence)
        if not numbering_plan.is_country(country.upper()):
            raise SandboxError(f"{country[:20]!r} is not a two-letter country code. Use one such as GB.")
        with self._store.writing():
            sender_id_registration.register(self._store, name.strip(), country.upper())

    def sender_id_registered(self, name: str, country: str | None) -> bool:
        """Whether a sender ID was registered in a country."""
        return sender_id_registration.is_registered(self._store, name, country)

    def compliance(
        self,
        *,
        quiet_hours: str | None = None,
        litigators: Sequence[str] | None = None,
        reassigned: Sequence[str] | None = None,
        pumped: Sequence[str] | None = None,
        fraudulent: Sequence[str] | None = None,
        blocked_links: Sequence[str] | None = None,
        unverified_domains: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Set what Twilio decides by settings of the Console and lists of its own. Return all values; one left out stays.

        Args:
            quiet_hours: What happens to a message to the US that is not essential in quiet hours: "off", "reschedule" (it is
                scheduled for when they end), "block" (30610, or 30615 in the longer hours of a state) or "fail" (it
                should be rescheduled, and that fails: 30047).
            litigators: Numbers of known litigators (30640).
            reassigned: Numbers that belong to another person now (21610) until there is a newer opt-in.
            pumped: The first digits of numbers that are blocked because of SMS pumping (30450), such as ``+4479``.
            fraudulent: The first digits of numbers that are blocked because of fraud (30453).
            blocked_links: Hosts (30110) and links (30111) that Twilio does not shorten.
            unverified_domains: Link-shortening domains that the organization has not verified (30101).

        Raises:
            SandboxError: It is none of these words, or not a number.
        """
        return compliance.change(
            self._store,
            self._sandbox.clock.now(),
            quiet_hours,
            litigators=litigators,
            reassigned=reassigned,
            pumped=pumped,
            fraudulent=fraudulent,
            blocked_links=blocked_links,
            unverified_domains=unverified_domains,
        )

    def opt_outs(self) -> list[dict[str, Any]]:
        """Return who has opted out: ``peer``, the service or the sender, ``since`` when (UTC) and the ``source``, where known.

        The source is keyword, network (a toll-free number's) or what the consent record says.
        """
        rows = opt_out.roster(self._store, self.account_sid)
        return [{**row, "since": None if row["since"] is None else _moment(row["since"])} for row in rows]

    def advanced_opt_out(
        self, service_sid: str, words: dict[str, list[str]] | None = None, texts: dict[str, str] | None = None
    ) -> None:
        """Turn Advanced Opt-Out on for a service; on a live account this is done in the Console.

        Args:
            service_sid: The service.
            words: Further keywords by STOP, START and HELP.
            texts: The service's own confirmations by STOP, START and HELP.

        Raises:
            SandboxError: There is no such service, or a name is not STOP, START or HELP.
        """
        opt_out.set_advanced(self._store, service_sid, words or {}, texts or {})

    def enforce_a2p(self, *, on: bool = True) -> None:
        """Require a campaign for US numbers: until one is verified, messages to the US end in 30034.

        Without this, the requirement begins once the account has a brand or a campaign.

        Args:
            on: False goes back to that rule.
        """
        with self._store.writing():
            if on:
                self._store.set_setting(a2p_registration.SWITCH, "enforced")
            else:
                self._store.execute("DELETE FROM meta WHERE key = ?", a2p_registration.SWITCH)

    def register_brand(
        self,
        brand_type: str = "STANDARD",
        *,
        status: str = "APPROVED",
        errors: Mapping[int, str] | None = None,
        profile_status: str = "twilio-approved",
        product_status: str = "twilio-approved",
        valid_until: datetime | None = None,
        business: Mapping[str, object] | None = None,
        account_sid: str | None = None,
        **more: Any,
    ) -> str:
        """Make a brand registration in any state, with its customer profile and A2P profile, and return its SID.

        Args:
            brand_type: STANDARD or SOLE_PROPRIETOR.
            status: Its status; any text, even one that Twilio does not have yet. A PENDING brand is reviewed when its time
                has come, unless it has errors.
            errors: Twilio's codes, each with the field it is about: ``{30795: "business_registration_number"}``.
            profile_status: The status of its customer profile, such as "draft" or "twilio-rejected".
            product_status: The status of its A2P profile bundle.
            valid_until: When the customer profile expires; None for never.
            business: Fields of its end users, by Twilio's names (``business_name``, ``website_url``, ``company_type``,
                ``mobile_phone_number``); for the others, those of a made-up deli are used.
            account_sid: A subaccount; the sandbox's own account when not given.
            more: Further fields of the answer: ``identity_status``, ``brand_score``, ``tcr_id``, ``mock``,
                ``skip_automatic_sec_vet``, ``russell_3000``, ``government_entity``, ``tax_exempt_status``.

        Raises:
            SandboxError: There is no such field.
        """
        from msvc_toolkit.sandbox.scenarios import registrations  # noqa: PLC0415 - brings the campaign linter

        now, waits = self._sandbox.clock.now(), self._sandbox.settings.brand_pending_ms
        with self._store.writing():
            return registrations.brand(
                self._store,
                account_sid or str(self._account()["sid"]),
                now,
                decides=now + waits if status == "PENDING" and not errors else None,
                brand_type=brand_type,
                status=status,
                errors=errors,
                profile_status=profile_status,
                product_status=product_status,
                valid_until=valid_until,
                business=business,
                **more,
            )

    def register_campaign(
        self,
        service_sid: str,
        *,
        brand_sid: str | None = None,
        status: str = "VERIFIED",
        errors: Mapping[int, str] | None = None,
        **more: Any,
    ) -> str:
        """Make a service's campaign in any state, and return its SID.

        When it is verified, the numbers that are in the pool now are registered with the carriers too; a number that
        is added later waits for its registration (30035) as on a live account.

        Args:
            service_sid: The service; it has one campaign at most.
            brand_sid: The brand; when not given, the account's newest one; if it has none, one is made.
            status: Its status; any text.
            errors: Twilio's codes, each with the field it is about: ``{30896: "MESSAGE_FLOW"}``.
            more: Texts and flags by Twilio's names (``us_app_to_person_usecase``, ``description``,
                ``message_samples``, ...), ``campaign_id``, ``mock``, or ``external=True``; for the others, those of a
                campaign that passes review are used.

        Raises:
            SandboxError: There is no such service or field, or the service has a campaign.
        """
        from msvc_toolkit.sandbox.scenarios import registrations  # noqa: PLC0415 - brings the campaign linter

        with self._store.writing():
            service = self._store.one("SELECT account_sid FROM service WHERE sid = ?", service_sid)
            if service is None:
                raise SandboxError(f"The sandbox has no service {service_sid}.")
            account_sid = str(service["account_sid"])
            if brand_sid is None and not more.get("external"):
                newest = "SELECT sid FROM brand WHERE account_sid = ? ORDER BY seq DESC LIMIT 1"
                found = self._store.one(newest, account_sid)
                brand_sid = found["sid"] if found else self.register_brand(account_sid=account_sid)
            return registrations.campaign(
                self._store,
                self._sandbox.settings,
                account_sid,
                service_sid,
                self._sandbox.clock.now(),
                brand_sid=brand_sid,
                status=status,
                errors=errors,
                **more,
            )

    def _account(self) -> Row:
        row = self._store.one("SELECT * FROM account ORDER BY sid != owner_account_sid, seq, date_created LIMIT 1")
        if row is None:
            raise SandboxError("The sandbox has no account; start it afresh with conn.sandbox.reset().")
        return row


def _handset(address: str) -> addresses.Address:
    read = addresses.read(address)
    if read is None or read.kind in ("alphanumeric", "short code"):
        raise SandboxError(f"{addresses.mask(address)!r} is not a handset; give a number as +14155550123.")
    return read


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _buttons(row: Row) -> list[dict[str, str]]:
    """Return the buttons that a message's template shows on the phone."""
    content = json.loads(row["options"]).get("content") if row["options"] else None
    return content.get("buttons", []) if content else []


def _arrived(row: Row, now: int) -> bool:
    """Return whether a message is on the phone; one without a delivery receipt counts as arrived."""
    if row["direction"] == "inbound":
        return True
    return row["ended"] is not None and row["ended"] <= now and row["outcome"] in ("delivered", "read", "sent")


def _described(row: Row, now: int) -> dict[str, Any]:
    shown, inbound = lifecycle.sender_shown(row, now), row["direction"] == "inbound"
    ended = row["ended"] is not None and row["ended"] <= now
    sent = row["date_created"] if inbound else row["sent"]
    status = lifecycle.status(row, now)
    priced = row["price"] is not None and row["priced"] is not None and row["priced"] <= now
    return {
        "sid": row["sid"],
        "direction": row["direction"],
        "status": status,
        "to": row["to_"],
        "from": row["from_"] if shown else None,
        "messaging_service_sid": row["service_sid"],
        "service_name": row["service_name"],
        "smart_encoding": bool(row["smart_encoding"]) and not inbound,
        "body": row["body"],
        "num_segments": row["num_segments"] if shown else 0,
        "num_media": row["num_media"],
        "media_url": json.loads(row["options"])["media"] if row["num_media"] and row["options"] else [],
        "error_code": row["error_code"] if ended else None,
        "price": -row["price"] / 100_000 if priced else None,
        "price_unit": "USD" if serialization.unit_known(row["service_sid"], row["direction"], status) else None,
        "date_created": _moment(row["date_created"]),
        "date_sent": _moment(sent) if sent is not None and sent <= now else None,
        "date_updated": _moment(lifecycle.updated(row, now)),
    }
