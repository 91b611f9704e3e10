"""Calls due webhooks, and carries out the TwiML in their answers.

Only loopback addresses are called, unless a host was allowed by name: a production system must not be called only because its
URL is in a setting. A URL gets one call at a time, but several URLs are called in parallel, so a slow program delays only its own
calls.

Source: Webhooks connection overrides; Messaging Services (integration); error pages 11200, 11205, 11210, 14106, 14107
(read 2026-11-23). Not emulated: cookies and HTTP caching between webhooks.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode, urljoin

from urllib3.util import Url

from msvc_toolkit.private.secret import Secret
from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.inbound import replies, twiml
from msvc_toolkit.sandbox.messages import callbacks, short_links
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.clock import Clock, wall_ms
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore
from msvc_toolkit.sandbox.webhooks import signature
from msvc_toolkit.sandbox.webhooks.client import (
    ANSWER_LIMIT,
    NotAWebAddress,
    WebhookAnswer,
    call,
    is_this_machine,
    login,
    read_address,
    resolve,
    without_fragment,
)

DOCUMENTS_LIMIT = 50
REDIRECTS_LIMIT = 5
CALLS_AT_ONCE = 8
IDLE_SECONDS = 0.25
"""Seconds between checks for webhooks that another process has queued."""


class WebhookWorker:
    """Calls webhooks for one sandbox."""

    def __init__(self, store: SandboxStore, settings: SandboxSettings, clock: Clock) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._thread: threading.Thread | None = None
        self._calls: dict[str, threading.Thread] = {}
        """The calls in progress, by their first URL."""
        self._wake = threading.Event()
        self._stopped = False

    def wake(self) -> None:
        """Start the worker thread if needed. With a manual clock, `advance()` calls webhooks instead."""
        if self._clock.mode == "manual" or self._stopped:
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, name="msvc-webhooks", daemon=True)
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Stop calling webhooks and wait for the calls in progress."""
        self._stopped = True
        self._wake.set()
        end = time.monotonic() + 5
        for thread in (self._thread, *[*self._calls.values()]):
            if thread is not None and thread is not threading.current_thread():
                thread.join(timeout=max(end - time.monotonic(), 0))

    def _watch(self) -> None:
        while not self._stopped:
            with suppress(sqlite3.Error):  # a locked store or a full disk may work on the next try
                while len(self._calls) < CALLS_AT_ONCE and (row := self._take()) is not None:
                    thread = threading.Thread(target=self._call_aside, args=(row,), daemon=True)
                    self._calls[row["url"]] = thread
                    thread.start()
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()

    def _take(self) -> Row | None:
        return None if self._stopped else callbacks.take(self._store, self._clock.now(), wall_ms(), [*self._calls])

    def _call_aside(self, row: Row) -> None:
        """Make one call in a thread of its own."""
        try:
            with suppress(sqlite3.Error):
                self._deliver(row)
                callbacks.done(self._store, row)
        finally:
            del self._calls[row["url"]]
            self._wake.set()

    def run(self) -> int:
        """Call all webhooks that are due, one after another, and return how many."""
        called = 0
        while (row := self._take()) is not None:
            self._deliver(row)
            callbacks.done(self._store, row)
            called += 1
        return called

    def _deliver(self, row: Row) -> None:
        message = self._store.one("SELECT * FROM message WHERE sid = ?", row["message_sid"])
        if message is None:
            return
        try:
            if row["kind"] == "status":
                self._call(message, row["url"], "POST", callbacks.status_params(message, row["status"], row["due"]))
            elif row["kind"] == "click":
                params = short_links.callback(self._store, int(row["word"]))
                self._call(message, row["url"], "POST", params, document=json.dumps(dict(params)).encode())
            else:
                self._hand_over(message, row)
        except twiml.TwimlError as fault:
            self._note("debugger", fault.message, message, row["url"], code=fault.code)
        except Exception as error:  # noqa: BLE001 - one bad webhook must not stop those after it
            sentence = f"It could not be called ({type(error).__name__})."
            self._note("debugger", sentence, message, row["url"], code=11200)

    def _hand_over(self, message: Row, row: Row) -> None:
        """Call the webhook of a text (the fallback if that fails) and carry out the answer."""
        params = callbacks.inbound_params(message, row["word"], replies.media_of(self._store, message))
        try:
            self._follow(message, row["url"], row["method"], params)
        except twiml.TwimlError as fault:
            self._note("debugger", fault.message, message, row["url"], code=fault.code)
            if not row["fallback_url"]:
                return
            with_error = [*params, ("ErrorCode", str(fault.code)), ("ErrorUrl", row["url"])]
            self._follow(message, row["fallback_url"], row["fallback_method"] or "POST", with_error)

    def _follow(self, message: Row, url: str, method: str, params: callbacks.FormPairs) -> None:
        """Carry out TwiML and the documents that it redirects to."""
        for _ in range(DOCUMENTS_LIMIT):
            answer = self._call(message, url, method, params)
            verbs = twiml.read(answer.body, answer.headers.get("Content-Type", ""), answer.url) if answer else []
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
        raise twiml.TwimlError(14106, f"The session asked for more than {DOCUMENTS_LIMIT} documents.")

    def _call(
        self, message: Row, url: str, method: str, params: callbacks.FormPairs, document: bytes = b""
    ) -> WebhookAnswer | None:
        """Call one address, signed; None if it may not be called. Raises TwimlError for a failed call.

        A document is sent in place of the form, and its digest in the address is signed with it.
        Source: Webhooks security, "JSON request bodies" (read 2026-11-30). That clicks are signed so is ours.
        """
        address, overrides = without_fragment(_read(url))
        if document:
            query = "&".join(filter(None, [address.query, f"bodySHA256={hashlib.sha256(document).hexdigest()}"]))
            address = _read(address._replace(query=query).url)
        if method == "GET" and params:
            query = "&".join(part for part in (address.query, urlencode(params)) if part)
            address = _read(address._replace(query=query).url)
        form = params if method != "GET" and not document else []
        for _ in range(REDIRECTS_LIMIT + 1):
            if not self._may_call(address):
                sentence = f"{address.host} is not a loopback address. Allow it with conn.sandbox.allow_webhooks({address.host!r})."
                self._note("skipped", sentence, message, address.url, method=method, params=json.dumps(params))
                return None
            answer = self._ask(message, address, method, form, overrides, document)
            known = {"method": method, "params": json.dumps(params), "http_status": answer.status}
            self._note("webhook", f"{method} answered {answer.status}.", message, address.url, **known)
            if answer.redirect is not None:
                address, method, form, document = _read(urljoin(address.url, answer.redirect)), "GET", [], b""
                continue
            if not 200 <= answer.status < 400:  # noqa: PLR2004 - HTTP's own numbers
                raise twiml.TwimlError(11200, f"{address} answered {answer.status}.")
            if answer.status != HTTPStatus.NO_CONTENT and "Content-Type" not in answer.headers:
                # Source: error page 12300; AGWA/sms-over-xmpp#22, twilio/twilio-node#369 (recorded; read 2026-11-30).
                raise twiml.TwimlError(
                    11200, f"{address} answered without a Content-Type. Send text/xml, or answer 204."
                )
            return answer
        raise twiml.TwimlError(11200, f"{url} redirects more than {REDIRECTS_LIMIT} times.")

    def _ask(
        self,
        message: Row,
        address: Url,
        method: str,
        form: callbacks.FormPairs,
        overrides: dict[str, int],
        document: bytes,
    ) -> WebhookAnswer:
        """Send a request; repeat it with the URL's login if the server asks for one. The signed URL has no login.

        Source: Twilio docs, Security, HTTP authentication (documented); twilio-labs/twilio-aspnet#18,
        twilio/twilio-node#411 (recorded; read 2026-11-27).
        """
        headers = {
            "X-Twilio-Signature": signature.sign(self._token_of(message), address._replace(auth=None).url, form),
            "User-Agent": "TwilioProxy/1.1 (msvc-toolkit sandbox)",
        }
        for left in range(overrides["rc"], -1, -1):
            try:
                ips = resolve(address, loopback_only=is_this_machine(address))
                connect, seconds = overrides["ct"] / 1000, overrides["rt"] / 1000
                ask = partial(
                    call, address, ips, method, form, connect_seconds=connect, seconds=seconds, document=document
                )
                answer = ask(headers)
                if answer.status == HTTPStatus.UNAUTHORIZED and address.auth:
                    challenge = answer.headers.get("WWW-Authenticate", "")
                    answer = ask({**headers, "Authorization": login(address, method, challenge)})
            except OSError as error:
                if left == 0:
                    raise twiml.TwimlError(
                        11205, f"{address} could not be reached ({type(error).__name__})."
                    ) from error
                continue
            if len(answer.body) > ANSWER_LIMIT:
                raise twiml.TwimlError(11200, f"{address} answered with more than {ANSWER_LIMIT} bytes.")
            return answer
        raise AssertionError  # the loop returns or raises

    def _token_of(self, message: Row) -> Secret:
        row = self._store.one("SELECT auth_token FROM account WHERE sid = ?", message["account_sid"])
        return Secret(row["auth_token"] if row else "")

    def may_call(self, url: str) -> bool:
        """Return whether a webhook's URL is on this machine, or its host was allowed by name."""
        try:
            return self._may_call(read_address(url))
        except NotAWebAddress:
            return False

    def _may_call(self, address: Url) -> bool:
        allowed = json.loads(self._store.setting("webhook_hosts") or "[]")
        return is_this_machine(address) or address.host in {str(host).lower() for host in allowed}

    def _note(self, kind: str, sentence: str, message: Row, url: str, **more: object) -> None:
        masked, now = addresses.mask_in(sentence), self._clock.now()
        callbacks.note(self._store, now, kind, masked, message_sid=message["sid"], url=url, **more)


def _read(url: str) -> Url:
    try:
        return read_address(url)
    except NotAWebAddress as error:
        raise twiml.TwimlError(11210, f"{url} is not an address that can be called.") from error
