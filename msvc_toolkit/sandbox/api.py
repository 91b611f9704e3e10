"""The sandbox's front desk: a request comes in, is authenticated, finds its resource, and gets Twilio's answer."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from msvc_toolkit.sandbox import lifecycle
from msvc_toolkit.sandbox.clock import Clock
from msvc_toolkit.sandbox.params import Pairs
from msvc_toolkit.sandbox.refusal import Refusal, not_found
from msvc_toolkit.sandbox.resource import Call, Route
from msvc_toolkit.sandbox.resources import accounts, alpha, messages, numbers, senders, services
from msvc_toolkit.sandbox.settings import DEFAULTS, Settings
from msvc_toolkit.sandbox.store import Row, Store
from msvc_toolkit.sandbox.wire import Response, refuse

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *numbers.ROUTES,
    *services.ROUTES,
    *senders.ROUTES,
    *alpha.ROUTES,
    *messages.ROUTES,
)
BODY_LIMIT = 1 << 20
"""Bytes of a request's body; larger ones are refused unread. Ours: the largest honest form is far below."""

_SID = re.compile(r"([A-Z]{2})[0-9a-f]{32}")
_2010 = "/2010-04-01"
_TABLE = {(route.method, route.pattern): route for route in ROUTES}
_PATTERNS = frozenset(route.pattern for route in ROUTES)


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Args:
        method: GET, POST or DELETE.
        path: The path, percent-decoded.
        query: Pairs of the query string.
        form: Pairs of the body.
        authorization: The Authorization header, or empty.
        origin: Scheme and host the client used, for absolute URLs in the answer.
    """

    method: str
    path: str
    query: Pairs = ()
    form: Pairs = ()
    authorization: str = field(default="", repr=False)
    origin: str = "https://messaging.twilio.com"


class Sandbox:
    """Answers requests as Twilio's messaging API would, from one store and one clock.

    Args:
        store: The memory; may be shared with other processes.
        settings: What Twilio does not document.
    """

    def __init__(self, store: Store, settings: Settings = DEFAULTS) -> None:
        self.store = store
        self.settings = settings
        self.clock = Clock(store)

    def handle(self, request: Request) -> Response:
        """Answer one request; what is written is kept before the answer is given."""
        begun = time.perf_counter()
        try:
            self.settle()
            with self.store.reading() if request.method == "GET" else self.store.writing():
                response = self._answer(request)
        except Refusal as refusal:
            response = refuse(refusal)
        # The headers of real answers; they carry nothing that a program may build on.
        response.headers["Twilio-Request-Id"] = f"RQ{secrets.token_hex(16)}"
        response.headers["Twilio-Request-Duration"] = f"{time.perf_counter() - begun:.3f}"
        response.headers["Twilio-Concurrent-Requests"] = "1"
        return response

    def settle(self) -> None:
        """Let everything happen that the clock has made due."""
        now = self.clock.now()
        if lifecycle.anything_due(self.store, now):
            lifecycle.settle(self.store, now, self.settings)

    def _answer(self, request: Request) -> Response:
        caller = self._authenticate(request.authorization)
        pattern, sids = _pattern(request.path)
        if pattern not in _PATTERNS:
            raise self._unknown(request.path)
        route = _TABLE.get((request.method, pattern))
        if route is None:
            raise Refusal(405, 20004, f"Method {request.method} is not allowed on {_shown(request.path)}")
        account = caller
        if pattern.startswith(_2010) and sids:
            account = self._addressed(caller, sids[0], request.path)
        return route.answer(
            Call(
                store=self.store,
                settings=self.settings,
                account=account,
                sids=sids,
                query=request.query,
                form=request.form,
                now=self.clock.now(),
                origin=request.origin,
                path=request.path,
            )
        )

    def _authenticate(self, header: str) -> Row:
        """Return the account behind HTTP Basic credentials: account SID and auth token, or API key and secret."""
        user, secret = _basic(header)
        row = self.store.one("SELECT *, auth_token AS secret FROM account WHERE sid = ?", user) or self.store.one(
            "SELECT account.*, secret FROM api_key JOIN account ON account.sid = account_sid WHERE api_key.sid = ?",
            user,
        )
        if row is None or not hmac.compare_digest(row["secret"].encode(), secret.encode()):
            raise Refusal(401, 20003, "Authenticate")
        if row["status"] != "active":
            raise Refusal(401, 20005, "Account not active")
        return row

    def _addressed(self, caller: Row, sid: str, path: str) -> Row:
        """Return the account in the path: the caller's own, or one of its subaccounts."""
        row = self.store.one("SELECT * FROM account WHERE sid = ?", sid)
        if row is None or caller["sid"] not in (row["sid"], row["owner_account_sid"]):
            if path.count("/") > 3:  # noqa: PLR2004 - /2010-04-01/Accounts/AC/..., not the account itself
                raise Refusal(401, 20003, "Authenticate")
            raise not_found(_shown(path))
        return row

    def _unknown(self, path: str) -> Refusal:
        if path.startswith(f"{_2010}/") and not path.endswith(".json") and _pattern(f"{path}.json")[0] in _PATTERNS:
            return Refusal(404, 20404, f"The sandbox answers in JSON only: ask for {_shown(path)}.json")
        return not_found(_shown(path))


def _pattern(path: str) -> tuple[str, tuple[str, ...]]:
    """Replace the SIDs of a path by their kinds."""
    sids: list[str] = []

    def kind(match: re.Match[str]) -> str:
        sids.append(match[0])
        return f"{{{match[1]}}}"

    return _SID.sub(kind, path), tuple(sids)


def _shown(path: str) -> str:
    """Name a path as Twilio's 404 does: product APIs without their version, the 2010 API in full."""
    return re.sub(r"^/v\d+(?=/)", "", path)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, secret


def read_body(body: bytes, content_type: str) -> Pairs:
    """Read a form; names may repeat and empty values count.

    Raises:
        Refusal: The body is too large, no form, or not UTF-8.
    """
    if not body:
        return ()
    if len(body) > BODY_LIMIT:
        raise Refusal(413, 20001, f"The body is larger than {BODY_LIMIT} bytes")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise Refusal(415, 20001, f"The body must be application/x-www-form-urlencoded, not {kind[:80]}")
    try:
        return _pairs(body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Refusal(400, 20001, "The body is no URL-encoded form") from error


def read_query(raw: bytes) -> Pairs:
    """Read a query string as `read_body` reads a form."""
    try:
        return _pairs(raw.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Refusal(400, 20001, "The query string is not URL-encoded") from error


def _pairs(encoded: str) -> Pairs:
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError as error:
        raise Refusal(400, 20001, "A parameter is not UTF-8") from error
    except ValueError as error:
        raise Refusal(400, 20001, "There are more than 1000 parameters") from error
