"""Calls the webhooks whose moment has come, and carries out what they answer.

The courier goes to loopback addresses only, unless a host was allowed by name: a sandbox must not knock at a
production system because its address stands in a setting.

Source: Webhooks connection overrides; Messaging Services (integration); error pages 11200, 11205, 11210, 14106, 14107
(read 2026-11-23). Not emulated: cookies and HTTP caching between webhooks.
"""

from __future__ import annotations

import ipaddress
import json
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests
from requests.auth import HTTPDigestAuth

from msvc_toolkit import phone
from msvc_toolkit.sandbox import outbox, replies, signature, twiml
from msvc_toolkit.sandbox.clock import Clock, wall_ms
from msvc_toolkit.sandbox.settings import Settings
from msvc_toolkit.sandbox.store import Row, Store

DOCUMENTS_LIMIT = 50
REDIRECTS_LIMIT = 5
ANSWER_LIMIT = 1 << 20
IDLE_SECONDS = 0.25
"""How often the courier looks for webhooks that another process has planned."""


@dataclass(frozen=True)
class Answer:
    """What a webhook answered."""

    url: str
    body: bytes
    content_type: str


class Courier:
    """Calls webhooks for one sandbox.

    Args:
        store: The sandbox's memory.
        settings: The sandbox's choices.
        clock: The sandbox's time.
    """

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopped = False

    def wake(self) -> None:
        """See to it that somebody calls what is planned; on a manual clock that is who advances it."""
        if self._clock.mode == "manual" or self._stopped:
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, name="msvc-courier", daemon=True)
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Call nothing more."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._stopped:
            with suppress(sqlite3.Error):  # a locked store or a full disk now need not be one in a moment
                self.run()
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()

    def run(self) -> int:
        """Call everything whose moment has come, one after the other, and return how many that were."""
        called = 0
        while not self._stopped and (row := outbox.take(self._store, self._clock.now(), wall_ms())) is not None:
            self._deliver(row)
            outbox.done(self._store, row)
            called += 1
        return called

    def _deliver(self, row: Row) -> None:
        message = self._store.one("SELECT * FROM message WHERE sid = ?", row["message_sid"])
        if message is None:
            return
        try:
            if row["kind"] == "status":
                self._call(message, row["url"], "POST", outbox.status_params(message, row["status"], row["due"]))
            else:
                self._hand_over(message, row)
        except twiml.Fault as fault:
            self._debugger(message, row["url"], fault)
        except Exception as error:  # noqa: BLE001 - one bad webhook must not stop all that come after it
            self._debugger(message, row["url"], twiml.Fault(11200, f"It could not be called ({type(error).__name__})."))

    def _hand_over(self, message: Row, row: Row) -> None:
        """Give a text to its webhook, to the fallback when that fails, and carry out the answer."""
        params = outbox.inbound_params(message, row["word"], replies.media_of(self._store, message))
        try:
            self._follow(message, row["url"], row["method"], params)
        except twiml.Fault as fault:
            self._debugger(message, row["url"], fault)
            if not row["fallback_url"]:
                return
            told = [*params, ("ErrorCode", str(fault.code)), ("ErrorUrl", row["url"])]
            self._follow(message, row["fallback_url"], row["fallback_method"] or "POST", told)

    def _follow(self, message: Row, url: str, method: str, params: outbox.Pairs) -> None:
        """Carry out TwiML, document after document."""
        for _ in range(DOCUMENTS_LIMIT):
            answer = self._call(message, url, method, params)
            verbs = twiml.read(answer.body, answer.content_type, answer.url) if answer else []
            onward: tuple[str, str] | None = None
            for verb in verbs:
                if isinstance(verb, twiml.Redirect):
                    onward = (verb.url, verb.method)
                    continue
                sid = replies.send(self._store, self._settings, self._clock.now(), message, verb)
                if verb.action:
                    onward = (verb.action, verb.method)
                    params = [*params, ("MessageStatus", "queued"), ("MessageSid", sid)]
            if onward is None:
                return
            url, method = onward
        raise twiml.Fault(14106, f"The session asked for more than {DOCUMENTS_LIMIT} documents.")

    def _call(self, message: Row, url: str, method: str, params: outbox.Pairs) -> Answer | None:
        """Call one address, signed; None when it is not ours to call.

        Raises:
            Fault: It could not be reached or did not answer well.
        """
        address, overrides = _without_fragment(url)
        if method == "GET" and params:
            address += ("&" if urlsplit(address).query else "?") + urlencode(params)
        form = params if method != "GET" else []
        for _ in range(REDIRECTS_LIMIT + 1):
            if not self.may_call(address):
                host = urlsplit(address).hostname
                told = f"{host} is no loopback address. Allow it with conn.sandbox.allow_webhooks({host!r})."
                self._note("skipped", told, message, address, method, params)
                return None
            response, body = self._ask(message, address, method, form, overrides)
            self._note(
                "webhook", f"{method} answered {response.status_code}.", message, address, method, params, response
            )
            if response.is_redirect:
                address, method, form = urljoin(address, response.headers["Location"]), "GET", []
                continue
            if not response.ok:
                raise twiml.Fault(11200, f"{address} answered {response.status_code}.")
            if response.status_code != HTTPStatus.NO_CONTENT and "Content-Type" not in response.headers:
                # Source: error page 12300; AGWA/sms-over-xmpp#22, twilio/twilio-node#369 (recorded; read 2026-11-30).
                raise twiml.Fault(11200, f"{address} answered without a Content-Type. Send text/xml, or answer 204.")
            return Answer(address, body, response.headers.get("Content-Type", ""))
        raise twiml.Fault(11200, f"{url} redirects more than {REDIRECTS_LIMIT} times.")

    def _ask(
        self, message: Row, url: str, method: str, form: outbox.Pairs, overrides: dict[str, int]
    ) -> tuple[requests.Response, bytes]:
        url, login = signature.split_login(url)
        token = self._store.one("SELECT auth_token FROM account WHERE sid = ?", message["account_sid"])
        signed = signature.sign(token["auth_token"] if token else "", url, form)
        timeouts = (overrides["ct"] / 1000, overrides["rt"] / 1000)
        for left in range(overrides["rc"], -1, -1):
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    ask = partial(
                        session.request, method, url, data=form or None, timeout=timeouts, allow_redirects=False,
                        stream=True,
                        headers={"X-Twilio-Signature": signed, "User-Agent": "TwilioProxy/1.1 (msvc-toolkit sandbox)"},
                    )  # fmt: skip
                    response = ask()
                    if response.status_code == HTTPStatus.UNAUTHORIZED and login is not None:
                        digest = response.headers.get("WWW-Authenticate", "").lower().startswith("digest")
                        response = ask(auth=HTTPDigestAuth(*login) if digest else login)
                    body = response.raw.read(ANSWER_LIMIT + 1, decode_content=True)
            except requests.exceptions.InvalidURL as error:
                raise twiml.Fault(11210, f"{url} is no address that can be called.") from error
            except (requests.RequestException, OSError) as error:
                if left == 0:
                    raise twiml.Fault(11205, f"{url} could not be reached ({type(error).__name__}).") from error
                continue
            if len(body) > ANSWER_LIMIT:
                raise twiml.Fault(11200, f"{url} answered with more than {ANSWER_LIMIT} bytes.")
            return response, body
        raise AssertionError  # the loop returns or raises

    def may_call(self, url: str) -> bool:
        """Tell whether an address is on this machine, or its host was allowed by name."""
        host = urlsplit(url).hostname or ""
        try:
            if ipaddress.ip_address(host).is_loopback:
                return True
        except ValueError:
            if host == "localhost":
                return True
        return host in json.loads(self._store.meta("webhook_hosts") or "[]")

    def _note(
        self, kind: str, sentence: str, message: Row, url: str, method: str, params: outbox.Pairs,
        response: requests.Response | None = None,
    ) -> None:  # fmt: skip
        outbox.note(
            self._store, self._clock.now(), kind, phone.mask_in(sentence), message_sid=message["sid"], url=url,
            method=method, params=json.dumps(params), http_status=response.status_code if response is not None else None,
        )  # fmt: skip

    def _debugger(self, message: Row, url: str, fault: twiml.Fault) -> None:
        outbox.note(
            self._store, self._clock.now(), "debugger", phone.mask_in(fault.message), message_sid=message["sid"], url=url,
            code=fault.code,
        )  # fmt: skip


def _without_fragment(url: str) -> tuple[str, dict[str, int]]:
    """Split off the connection overrides that live in a URL's fragment.

    Source: Webhooks connection overrides: connect timeout 100..10000 ms, 5000 by default; read timeout up to 15000 ms,
    the default; 0..5 retries, 1 by default.
    """
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.fragment))
    bounds = {"ct": (100, 10_000, 5_000), "rt": (100, 15_000, 15_000), "rc": (0, 5, 1)}
    chosen = {
        name: min(max(int(asked[name]), least), most) if asked.get(name, "").isdecimal() else usual
        for name, (least, most, usual) in bounds.items()
    }
    return urlunsplit(parts._replace(fragment="")), chosen
