"""The backend: authenticates a request, finds its resource and returns Twilio's answer."""

from __future__ import annotations

import base64
import hmac
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from random import getrandbits
from typing import Any

from msvc_toolkit.private.secret import Secret
from msvc_toolkit.sandbox.faults import ANSWERS, PAGE, UNREADABLE, AppliedFault, Faults
from msvc_toolkit.sandbox.messages import a2p_registration, callbacks, delivery
from msvc_toolkit.sandbox.resources import routes_of
from msvc_toolkit.sandbox.resources.messaging import tollfree_review
from msvc_toolkit.sandbox.rest.body import FORM, JSON
from msvc_toolkit.sandbox.rest.capabilities import left_out
from msvc_toolkit.sandbox.rest.errors import Refusal, not_emulated, not_found
from msvc_toolkit.sandbox.rest.params import Pairs
from msvc_toolkit.sandbox.rest.responses import Response, refuse
from msvc_toolkit.sandbox.rest.routing import Call, Operation, check_signed, pattern_of
from msvc_toolkit.sandbox.settings import DEFAULTS, SandboxSettings
from msvc_toolkit.sandbox.storage import journal
from msvc_toolkit.sandbox.storage.clock import Clock
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore
from msvc_toolkit.sandbox.webhooks.worker import WebhookWorker

REQUESTS_KEPT = 10_000
"""How many of the newest requests the journal of this process holds."""

_2010 = "/2010-04-01"
_OWNER = re.compile(r"/2010-04-01/Accounts/\{(\w+)\}")
_SECRETS = ("auth_token", "secret")


@dataclass(slots=True)
class Request:
    """One HTTP request."""

    method: str  # GET, POST, PUT or DELETE
    path: str  # the path, percent-decoded
    query: Pairs = ()  # pairs of the query string
    form: Pairs = ()  # pairs of the body
    authorization: str = field(default="", repr=False)  # the Authorization header, or empty
    origin: str = "https://messaging.twilio.com"  # scheme and host the client used, for absolute URLs in the answer
    document: Mapping[str, Any] | None = None  # the body when it is JSON, None when it is a form
    version: str = ""  # the X-Twilio-Api-Version header, or empty
    # parameters that Twilio does not have, filled in while it is answered
    ignored: list[str] = field(default_factory=list)


class Backend:
    """Answers requests as Twilio's messaging API would. Other backends may share its clock and store."""

    def __init__(self, store: SandboxStore, settings: SandboxSettings = DEFAULTS) -> None:
        self.store = store
        self.settings = settings
        self.clock = Clock(store)
        self.webhooks = WebhookWorker(store, settings, self.clock)
        self.faults = Faults(store.digest)
        self.strict = False
        self.writes = 0  # since this process opened it
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)

    def handle(self, request: Request) -> Response:
        """Answer one request; its writes are committed before it returns."""
        begun = time.perf_counter()
        strike = self.faults.strike(request.method, request.path) if self.faults else None
        now, response = self._answered(request) if strike is None else self._struck(request, strike)
        entry = {"at": now, "method": request.method, "path": request.path, "status": response.status}
        if response.status >= HTTPStatus.BAD_REQUEST:
            entry |= journal.refused(response.body, [*request.query, *request.form], request.document)
        if request.ignored:
            entry["ignored"] = journal.names(request.ignored)
        self.requests.append(entry if strike is None else {**entry, **strike.noted})
        # The headers of real answers; no program should rely on their values.
        response.headers["Twilio-Request-Id"] = f"RQ{getrandbits(128):032x}"
        response.headers["Twilio-Request-Duration"] = f"{time.perf_counter() - begun:.3f}"
        response.headers["Twilio-Concurrent-Requests"] = "1"
        return response

    def _answered(self, request: Request) -> tuple[int, Response]:
        try:
            return self._read(request) if request.method == "GET" else self._write(request)
        except Refusal as refusal:
            return self.clock.now(), refuse(refusal)

    def _struck(self, request: Request, strike: AppliedFault) -> tuple[int, Response]:
        """Apply an injected fault. Transport faults (timeout, reset) are applied by the HTTP layer."""
        now, response = self._answered(request) if strike.executed else (self.clock.now(), Response(503))
        if strike.kind in ANSWERS:
            response = refuse(Refusal(*ANSWERS[strike.kind]))
        elif strike.kind in UNREADABLE:
            response = _unreadable(strike, response, 201 if request.method == "POST" else 200)
        if strike.retry_after is not None or strike.kind == "429":
            response.headers["Retry-After"] = str(1 if strike.retry_after is None else strike.retry_after)
        return now, replace(response, strike=strike)

    def _read(self, request: Request) -> tuple[int, Response]:
        with self.store.reading():
            now = self.clock.now()
            due = (delivery.anything_due, tollfree_review.anything_due, a2p_registration.review_due)
            if not any(is_due(self.store, now) for is_due in due):
                return now, self._answer(request, now)
        self.settle()
        with self.store.reading():
            now = self.clock.now()
            return now, self._answer(request, now)

    def _write(self, request: Request) -> tuple[int, Response]:
        self.writes += 1
        with self.store.writing():
            now = self.clock.now()
            self._settle(now)
            response = self._answer(request, now)
            queued = callbacks.any_queued(self.store)
        if queued:
            self.webhooks.wake()
        return now, response

    def settle(self) -> None:
        """Carry out everything that is due at the clock's time."""
        with self.store.writing():
            self._settle(self.clock.now())

    def _settle(self, now: int) -> None:
        if tollfree_review.anything_due(self.store, now):
            tollfree_review.settle(self.store, now)
        if a2p_registration.review_due(self.store, now):
            from msvc_toolkit.sandbox.resources import reviews  # noqa: PLC0415 - brings the campaign linter

            reviews.settle(self.store, now)
        delivery.settle(self.store, now, self.settings)

    def _answer(self, request: Request, now: int) -> Response:
        pattern, sids = pattern_of(request.path)
        route = routes_of(pattern).get(request.method)
        if request.document is not None and route and not (route.takes_json or route.also_json):
            raise Refusal(415, 20001, f"The body must be {FORM}, not {JSON}")
        caller = self._signed(request) if route and route.signed else self._authenticate(Secret(request.authorization))
        if route is None:
            raise self._unknown(request, pattern)
        account = caller
        if pattern.startswith(_2010) and sids:
            account = self._addressed(caller, sids[0], request)
        return route.answer(
            Call(
                store=self.store,
                settings=self.settings,
                account=account,
                sids=sids,
                query=request.query,
                form=request.form,
                document=_document(request, route),
                now=now,
                origin=request.origin,
                path=request.path,
                version=request.version,
                strict=self.strict,
                ignored=request.ignored,
            )
        )

    def _authenticate(self, header: Secret) -> Row:
        """Return the account behind HTTP Basic credentials: account SID and auth token, or API key and secret.

        Source of the three error texts: recorded answers, such as bytechefhq/bytechef#971 (read 2026-11-27).
        """
        row = self.store.cached(("caller", header), lambda: self._caller(header))
        if row is None:
            raise Refusal(401, 20003, self._unauthenticated(header))
        if row["status"] != "active":
            raise Refusal(401, 20005, "Account not active")
        return row

    def _unauthenticated(self, header: Secret) -> str:
        if not header:
            return "Authentication Error - No credentials provided"
        return "Authenticate" if self._known(_basic(header)[0]) else "Authentication Error - invalid username"

    def _known(self, user: str) -> Row | None:
        return self.store.one("SELECT *, auth_token AS secret FROM account WHERE sid = ?", user) or self.store.one(
            "SELECT account.*, secret FROM api_key JOIN account ON account.sid = account_sid WHERE api_key.sid = ?",
            user,
        )

    def _caller(self, header: Secret) -> Row | None:
        user, secret = _basic(header)
        row = self._known(user)
        if row is None or not hmac.compare_digest(row["secret"].encode(), secret.encode()):
            return None
        return _hidden(row)

    def _addressed(self, caller: Row, sid: str, request: Request) -> Row:
        """Return the account in the path: the caller's own, or a subaccount; raise Refusal if it may not be used."""
        path = request.path
        row: Row | None = self.store.cached(
            ("account", sid), lambda: _hidden(self.store.one("SELECT * FROM account WHERE sid = ?", sid))
        )
        if row is None or caller["sid"] not in (row["sid"], row["owner_account_sid"]):
            if path.count("/") > 3:  # noqa: PLR2004 - /2010-04-01/Accounts/AC/..., not the account itself
                raise Refusal(401, 20003, "Authenticate")
            raise not_found(_shown(path))
        if row["status"] != "active" and request.method != "GET" and path != f"{_2010}/Accounts/{sid}.json":
            raise Refusal(403, 20403, f"The account {sid} is {row['status']}.")
        return row

    def _signed(self, request: Request) -> Row:
        sid = dict(request.query).get("Account")
        account = _hidden(self.store.one("SELECT * FROM account WHERE sid = ? AND status = 'active'", sid))
        return check_signed(account, request.path, request.query, self.clock.now())

    def _unknown(self, request: Request, pattern: str) -> Refusal:
        path = request.path
        if (owner := _OWNER.match(pattern)) and owner[
            1
        ] != "AC":  # source: error page 21470; n8n-io/n8n#1782 (recorded)
            return Refusal(400, 21470, "Invalid AccountSid")
        if name := left_out(request.method, path):
            return not_emulated(name)
        if routes_of(pattern):
            return Refusal(405, 20004, f"Method {request.method} is not allowed on {_shown(path)}")
        stem = path.removesuffix(".csv").removesuffix(".xml")
        if path.startswith(f"{_2010}/") and not path.endswith(".json") and routes_of(pattern_of(f"{stem}.json")[0]):
            return Refusal(404, 20404, f"The sandbox answers in JSON only: ask for {_shown(stem)}.json")
        return not_found(_shown(path))


def _unreadable(strike: AppliedFault, response: Response, success: int) -> Response:
    """Return the answer of a gateway or a broken proxy in place of Twilio's."""
    status, body = UNREADABLE[strike.kind]
    kind = {"Content-Type": "text/html"} if body == PAGE else {}
    body_sent = response.body[: len(response.body) // 2] if body is None else body
    return Response(status or (response.status if strike.executed else success), body_sent, kind)


def _document(request: Request, route: Operation) -> Mapping[str, Any]:
    if route.takes_json and request.form:
        raise Refusal(415, 20001, f"The body must be {JSON}, not {FORM}")
    return request.document or {}


def _shown(path: str) -> str:
    """Name a path as Twilio's 404 does: product APIs without their version, the 2010 API in full."""
    return re.sub(r"^/v\d+(?=/)", "", path)


def _hidden(row: Row | None) -> Row | None:
    """Hide an account's secrets from tracebacks, in which rows appear as variables of many frames."""
    return row and {name: Secret(value) if name in _SECRETS and value else value for name, value in row.items()}


def _basic(header: Secret) -> tuple[str, Secret]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", Secret()
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # not Base64, or not UTF-8 inside
        return "", Secret()
    return user, Secret(secret)
