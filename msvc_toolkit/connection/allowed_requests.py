"""The list of requests that may go to a live account. Whatever is not on it is not sent.

A request is prepared once, by `requests`. That prepared request is judged and sent, so its URL is not parsed twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

PRODUCTS = frozenset(
    "accounts api bulkexports chat content conversations events flex-api frontline-api iam insights "
    "intelligence ip-messaging knowledge lookups marketplace memory messaging monitor notify numbers oauth "
    "preview preview-iam pricing proxy routes serverless studio supersim sync taskrouter trunking trusthub "
    "verify video voice wireless".split()
)
"""First label of the hosts that get credentials. Other names under twilio.com are pages hosted by others, or start
something when they are read: ``webhooks`` runs Studio flows.

Source: base URLs of twilio-python 9.13.0 without ``webhooks``.
"""
_HOST = re.compile(r"(?P<product>[a-z-]+)(?:\.[a-z0-9-]+){0,2}\.twilio\.com")
"""A host: the product, optionally with edge and region. Source: Using the Twilio REST API in a non-US Region (read 2026-11-23)."""
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~+@:,=-]+)+")
"""No percent-escape, no dot segment, no empty segment, and none of ``\\ ; %`` or a control character."""
_HEADERS = frozenset(
    "accept accept-charset accept-encoding connection content-length content-type user-agent "
    "x-twilio-api-version x-twilio-client".split()
)
_OVERRIDES = frozenset({"_method", "x-http-method-override", "x-http-method", "x-method-override"})
"""Parameter names that make web frameworks treat a request as one of another method."""
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"

_ANY_ACCOUNT = "AC[0-9a-f]{32}"
_SERVICE = frozenset(
    "FriendlyName InboundRequestUrl InboundMethod FallbackUrl FallbackMethod StatusCallback StickySender "
    "MmsConverter SmartEncoding ScanMessageContent FallbackToLongCode AreaCodeGeomatch ValidityPeriod "
    "SynchronousValidation Usecase UseInboundWebhookOnNumber".split()
)
_MESSAGE = frozenset(
    "To From MessagingServiceSid FallbackFrom Body MediaUrl ContentSid ContentVariables StatusCallback "
    "ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention "
    "AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms "
    "MessageIntent RiskCheck".split()
)
_CAMPAIGN = frozenset(
    "BrandRegistrationSid Description MessageFlow MessageSamples UsAppToPersonUsecase HasEmbeddedLinks "
    "HasEmbeddedPhone OptInMessage OptOutMessage HelpMessage OptInKeywords OptOutKeywords HelpKeywords "
    "SubscriberOptIn AgeGated DirectLending PrivacyPolicyUrl TermsAndConditionsUrl".split()
)
_WEBHOOKS = frozenset(
    ["FriendlyName", "SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod", "SmsApplicationSid"]
)


@dataclass(frozen=True)
class Write:
    """One kind of write that arming opens."""

    method: str  # POST or DELETE
    product: str  # first label of the host
    path: str  # regular expression for the path; ``{account}`` stands for the account's SID
    parameters: frozenset[str] = frozenset()
    sends: bool = False  # whether it sends a message
    as_json: bool = False  # whether the body is a JSON object instead of a form
    only: tuple[tuple[str, str], ...] = ()  # the values that a parameter may have, if not any


_SID = "[0-9a-f]{32}"
_2010, _SERVICES = "/2010-04-01/Accounts/{account}", "/v1/Services"
_ONE, _POOL = f"{_SERVICES}/MG{_SID}", "(?:PhoneNumbers|ShortCodes|AlphaSenders|ChannelSenders|DestinationAlphaSenders)"
WRITES = (
    Write("POST", "api", rf"{_2010}/Messages\.json", _MESSAGE, sends=True),
    Write("POST", "api", rf"{_2010}/Messages/[SM]M{_SID}\.json", frozenset({"Body", "Status"}),
          only=(("Body", ""), ("Status", "canceled"))),
    Write("POST", "api", rf"{_2010}/IncomingPhoneNumbers/PN{_SID}\.json", _WEBHOOKS),
    Write("POST", "api", rf"{_2010}/SMS/ShortCodes/SC{_SID}\.json", _WEBHOOKS),
    Write("POST", "messaging", _SERVICES, _SERVICE),
    Write("POST", "messaging", _ONE, _SERVICE),
    Write("DELETE", "messaging", _ONE),
    Write("POST", "messaging", f"{_ONE}/PhoneNumbers", frozenset({"PhoneNumberSid"})),
    Write("POST", "messaging", f"{_ONE}/ShortCodes", frozenset({"ShortCodeSid"})),
    Write("POST", "messaging", f"{_ONE}/AlphaSenders", frozenset({"AlphaSender"})),
    Write("POST", "messaging", f"{_ONE}/ChannelSenders", frozenset({"Sid"})),
    Write("POST", "messaging", f"{_ONE}/DestinationAlphaSenders", frozenset({"AlphaSender", "IsoCountryCode"})),
    Write("DELETE", "messaging", f"{_ONE}/{_POOL}/[A-Z]{{2}}{_SID}"),
    Write("POST", "messaging", f"{_ONE}/Compliance/Usa2p", _CAMPAIGN),
    Write("POST", "messaging", f"{_ONE}/Compliance/Usa2p/QE{_SID}", _CAMPAIGN),
    Write("DELETE", "messaging", f"{_ONE}/Compliance/Usa2p/QE{_SID}"),
    Write("POST", "content", "/v1/Content", frozenset({"friendly_name", "language", "variables", "types"}), as_json=True),
    Write("POST", "content", f"/v1/Content/HX{_SID}/ApprovalRequests/whatsapp",
          frozenset({"name", "category"}), as_json=True),
)  # fmt: skip
"""Every write that arming opens. Source of paths and parameters: twilio-python 9.13.0, `create`, `update` and `delete`
of Message, Service, its senders and campaigns, IncomingPhoneNumber, ShortCode and Content."""


def prepare(
    method: str,
    url: str,
    params: Mapping[str, Any] | None,
    data: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
) -> requests.PreparedRequest:
    """Return the request as it will be sent, without credentials, cookies or anything from a ``.netrc``.

    Raises requests.RequestException or ValueError if it cannot be sent at all.
    """
    headers = {"Accept-Encoding": "gzip, deflate", **(headers or {})}
    body = {"json": data} if "json" in str(headers.get("Content-Type")) else {"data": data}
    return requests.Request(method, url, params=params, headers=headers, **body).prepare()


def address_problem(request: requests.PreparedRequest, written: str) -> str | None:
    """Say why credentials may not be sent with a prepared request; None if they may. `written` is its URL as it was given."""
    parts = urlsplit(request.url or "")
    host = _HOST.fullmatch(parts.netloc)
    if parts.scheme != "https" or host is None or host["product"] not in PRODUCTS:
        return "Credentials go to https addresses of Twilio's API alone, such as https://api.twilio.com"
    if not _PATH.fullmatch(parts.path) or parts.fragment:
        return "The path of this address is not one that Twilio's API has"
    if written.partition("?")[0].lower() != f"https://{parts.netloc}{parts.path}".lower():
        return "This address is not written as it would be sent"
    if any(name.lower() in _OVERRIDES for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return "A parameter would make this a request of another method"
    if unknown := sorted(name for name in request.headers if name.lower() not in _HEADERS):
        return f"The header {unknown[0]} is not one that this toolkit sends"
    if request.method in ("GET", "DELETE") and request.body:
        return f"A {request.method} has no body"
    return None


def write_of(request: requests.PreparedRequest, account_sid: str | None) -> tuple[Write, dict[str, list[str]]] | None:
    """Return the allowed write that a prepared request makes, and its parameters; None when it is not on the list.

    Call `address_problem` first. Without `account_sid`, writes to any account are allowed.
    """
    parts, as_json = urlsplit(request.url or ""), request.headers.get("Content-Type") == _JSON
    form = _document(request) if as_json else _form(request)
    if parts.query or form is None:
        return None
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    for write in WRITES:
        path = write.path.replace("{account}", account_sid or _ANY_ACCOUNT)
        if (
            (request.method, parts.netloc.partition(".")[0]) == (write.method, write.product)
            and re.fullmatch(path, parts.path)
            and write.as_json == as_json
            and write.parameters.issuperset(values)
            and all(set(values.get(name, [value])) == {value} for name, value in write.only)
        ):
            return write, values
    return None


def _document(request: requests.PreparedRequest) -> list[tuple[str, str]] | None:
    """Return the names in a JSON body; None unless it is an object that can be read in one way only."""
    body = request.body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or json.dumps(document, allow_nan=False) != text:
            return None
    except (ValueError, RecursionError):
        return None
    return [(name, "") for name, value in document.items() if value is not None]


def _form(request: requests.PreparedRequest) -> list[tuple[str, str]] | None:
    """Return the pairs of the body; None unless it is a form with only one possible reading."""
    body = request.body
    if not body:
        return []
    text = body.decode("latin-1") if isinstance(body, bytes) else body
    if not isinstance(text, str) or request.headers.get("Content-Type") != _FORM:
        return None
    pairs = parse_qsl(text, keep_blank_values=True)
    return pairs if urlencode(pairs) == text else None
