"""Link-shortening settings: a domain's certificate, configuration and DNS, and the services that use it.

Source: LinkShortening resources; twilio_messaging_v1 and v2 specifications; error pages 30100, 30107, 30130, 30132,
30135, 30136 (read 2026-11-23). That a certificate is refused at once, with 30136 where it replaces one of Twilio's, is ours.
Domains are made in Twilio's Console; the sandbox has `add_domain` and one in the scenario starter.
Links in messages: `messages.short_links`.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.rest.errors import Refusal, not_found
from msvc_toolkit.sandbox.rest.params import Param, flag, params, required, url
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso
from msvc_toolkit.sandbox.rest.routing import Call, Operation, owned
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

CERTIFICATE = (Param("TlsCert", "text", str),)
CONFIG = (*params("FallbackUrl CallbackUrl", url), *params("ContinueOnFailure DisableHttps", flag))
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")

MANAGED_MS = 90 * 86_400_000
"""How long a managed certificate is valid. Ours: ninety days, as with the usual free authorities."""

_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_TIME = re.compile(rb"\x17\x0d([0-9]{12})Z|\x18\x0f([0-9]{14})Z")


def add_domain(store: SandboxStore, account_sid: str, name: str) -> str:
    """Add a link-shortening domain to an account and return its SID; raise SandboxError for a wrong or existing name.

    A domain that ends in ``.invalid`` never passes the DNS check.
    """
    if not _NAME.fullmatch(name):
        raise SandboxError(f"{name[:80]!r} is not a host name in lower case; give one such as links.example.com.")
    if store.one("SELECT 1 FROM domain WHERE domain_name = ?", name):
        raise SandboxError(f"The sandbox has the domain {name} already.")
    sid = store.new_sid("DN")
    store.insert("domain", {"sid": sid, "account_sid": account_sid, "domain_name": name})
    return sid


def make_ready(store: SandboxStore, account_sid: str, name: str, service_sid: str | None, now: int) -> str:
    """Return a domain's SID, making the domain where it is missing, and let it shorten the links of a service.

    Raises SandboxError for a wrong name, another account's domain, or a service that does not exist.
    """
    row = store.one("SELECT * FROM domain WHERE domain_name = ? AND account_sid = ?", name, account_sid)
    sid = str(row["sid"]) if row else add_domain(store, account_sid, name)
    if service_sid is None:
        return sid
    if store.one("SELECT 1 FROM service WHERE sid = ? AND account_sid = ?", service_sid, account_sid) is None:
        raise SandboxError(f"The sandbox has no service {service_sid}.")
    if row is None or not row["certificate"]:
        certificate = {"sid": store.new_sid("CW"), "created": now, "updated": now, "valid": now, "managed": True}
        store.update("domain", sid, {"certificate": json.dumps({**certificate, "expires": now + MANAGED_MS})})
    store.execute("INSERT OR REPLACE INTO domain_service (service_sid, domain_sid) VALUES (?, ?)", service_sid, sid)
    return sid


def _domain(call: Call) -> Row:
    row = call.store.one("SELECT * FROM domain WHERE sid = ? AND account_sid = ?", call.sids[0], call.account["sid"])
    if row is None:
        raise Refusal(400, 30100, f"The domain {call.sids[0]} is not one of this account's organization")
    return row


def _kept(row: Row, name: str, call: Call) -> dict[str, Any]:
    if row[name] is None:
        raise not_found(re.sub(r"^/v[0-9]", "", call.path))
    stored: dict[str, Any] = json.loads(row[name])
    return stored


def _keep(call: Call, row: Row, name: str, value: dict[str, Any] | None) -> Row:
    text = None if value is None else json.dumps(value)
    call.store.update("domain", row["sid"], {name: text})
    return {**row, name: text}


def _certificate_answer(call: Call, row: Row, status: int = 200) -> Response:
    certificate = _kept(row, "certificate", call)
    waiting = call.now < certificate["valid"]
    expires = iso(certificate["expires"])
    item = {
        "domain_sid": row["sid"],
        "domain_name": f"https://{row['domain_name']}",
        "certificate_sid": certificate["sid"],
        "date_created": iso(certificate["created"]),
        "date_updated": iso(certificate["updated"] if waiting else certificate["valid"]),
        "date_expires": None if waiting else expires,
        "url": f"{call.origin}{call.path}",
    }
    if call.path.endswith("RequestManagedCert"):
        return answer(status, {**item, "managed": True, "requesting": waiting})
    item["cert_in_validation"] = {"status": "pending", "date_expires": expires} if waiting else None
    if call.path.startswith("/v2/"):
        item |= {"managed": certificate["managed"], "requesting": certificate["managed"] and waiting}
    return answer(status, item)


def _keep_certificate(call: Call, row: Row, expires: int, *, managed: bool) -> Response:
    before = json.loads(row["certificate"]) if row["certificate"] else {}
    certificate = {
        "sid": call.store.new_sid("CW"),
        "created": before.get("created", call.now),
        "updated": call.now,
        "valid": call.now + call.settings.certificate_ms,
        "expires": expires,
        "managed": managed,
    }
    # The specification has both: 201 for a new one, 200 for one that replaces another.
    return _certificate_answer(call, _keep(call, row, "certificate", certificate), 200 if before else 201)


def _upload_certificate(call: Call) -> Response:
    row = _domain(call)
    values = call.read(CERTIFICATE)
    required(values, CERTIFICATE, "TlsCert")
    try:
        expires = expiry(str(values["text"]))
    except ValueError as error:
        raise Refusal(400, 30132, f"Invalid TlsCert: {error}") from error
    if expires <= call.now:
        raise Refusal(400, 30132, "Invalid TlsCert: the certificate has expired")
    return _keep_certificate(call, row, expires, managed=False)


def _dns_fault(row: Row) -> str | None:
    bad = row["domain_name"].endswith(".invalid")
    return f"{row['domain_name']} has no address" if bad else None


def _request_certificate(call: Call) -> Response:
    row = _domain(call)
    call.read(())
    if reason := _dns_fault(row):
        renewed = bool(row["certificate"]) and json.loads(row["certificate"])["managed"]
        raise Refusal(400, 30136 if renewed else 30135, f"Unable to issue certificate: {reason}")
    return _keep_certificate(call, row, call.now + MANAGED_MS, managed=True)


def expiry(pem: str) -> int:
    """Return when the first certificate of a PEM text expires; raise ValueError if certificate or private key is missing."""
    blocks = _BLOCK.findall(pem)
    certificates = [content for label, content in blocks if label == "CERTIFICATE"]
    if not certificates or not any(label.endswith("PRIVATE KEY") for label, _ in blocks):
        raise ValueError("it must hold the certificate and its private key in PEM form")
    der = base64.b64decode("".join(certificates[0].split()), validate=True)
    times = _TIME.findall(der)
    if der[:1] != b"\x30" or len(times) < 2:  # noqa: PLR2004 - not before, not after
        raise ValueError("its certificate cannot be read")
    short, full = (part.decode() for part in times[1])
    century = "20" if short[:2] < "50" else "19"
    not_after = datetime.strptime(full or century + short, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return int(not_after.timestamp() * 1000)


def _delete_certificate(call: Call) -> Response:
    row = _domain(call)
    _kept(row, "certificate", call)
    _keep(call, row, "certificate", None)
    return Response(204)


def _config_shape(call: Call, row: Row) -> dict[str, Any]:
    config = _kept(row, "config", call)
    return {
        "domain_sid": row["sid"],
        "config_sid": config["sid"],
        **{param.column: config[param.column] for param in CONFIG},
        "date_created": iso(config["created"]),
        "date_updated": iso(config["updated"]),
        "url": f"{call.origin}{call.path}",
    }


def _set_config(call: Call) -> Response:
    row = _domain(call)
    values = call.read(CONFIG)
    before = json.loads(row["config"]) if row["config"] else None
    # Source: Link Shortening Onboarding Guide, domain configuration (read 2026-11-30).
    first = {"fallback_url": None, "callback_url": None, "continue_on_failure": True, "disable_https": False}
    known = before or {"sid": call.store.new_sid("ZK"), **first, "created": call.now}
    config = {**known, **values, "updated": call.now}
    return answer(200 if before else 201, _config_shape(call, _keep(call, row, "config", config)))


def _validate_dns(call: Call) -> Response:
    row = _domain(call)
    reason, url_ = _dns_fault(row), f"{call.origin}{call.path}"
    return answer(200, {"domain_sid": row["sid"], "is_valid": not reason, "reason": reason, "url": url_})


def _association(call: Call, domain_sid: str, service_sid: str) -> dict[str, Any]:
    url_ = f"{call.origin}/v1/LinkShortening/Domains/{domain_sid}/MessagingServices/{service_sid}"
    return {"domain_sid": domain_sid, "messaging_service_sid": service_sid, "url": url_}


def _link(call: Call) -> Response:
    row = _domain(call)
    service = owned(call, "service", call.sids[1], f"/Services/{call.sids[1]}")
    held = call.store.one("SELECT * FROM domain_service WHERE service_sid = ?", service["sid"])
    if held and held["domain_sid"] != row["sid"]:
        raise Refusal(409, 30130, f"The service {service['sid']} belongs to the domain {held['domain_sid']}")
    if not held:
        call.store.insert("domain_service", {"service_sid": service["sid"], "domain_sid": row["sid"]})
    return answer(201, _association(call, row["sid"], service["sid"]))


def _unlink(call: Call) -> Response:
    row = _domain(call)
    query = "DELETE FROM domain_service WHERE service_sid = ? AND domain_sid = ?"
    if not call.store.execute(query, call.sids[1], row["sid"]):
        raise not_found(call.path.removeprefix("/v1"))
    return Response(204)


def _domain_of(call: Call) -> Row:
    owned(call, "service", call.sids[0], f"/Services/{call.sids[0]}")
    row = call.store.one(
        "SELECT domain.* FROM domain JOIN domain_service ON domain_sid = domain.sid WHERE service_sid = ?", call.sids[0]
    )
    if row is None:
        raise not_found(call.path.removeprefix("/v1"))
    return row


def _fetch_service_config(call: Call) -> Response:
    item = _config_shape(call, _domain_of(call))
    item.pop("disable_https")
    return answer(200, {**item, "messaging_service_sid": call.sids[0]})


def _fetch_certificate(call: Call) -> Response:
    return _certificate_answer(call, _domain(call))


_BASE = "/v1/LinkShortening/Domains/{DN}"
OPERATIONS = (
    Operation("GET", f"{_BASE}/Certificate", _fetch_certificate),
    Operation("POST", f"{_BASE}/Certificate", _upload_certificate),
    Operation("DELETE", f"{_BASE}/Certificate", _delete_certificate),
    Operation("GET", "/v2/LinkShortening/Domains/{DN}/Certificate", _fetch_certificate),
    Operation("POST", f"{_BASE}/RequestManagedCert", _request_certificate),
    Operation("GET", f"{_BASE}/Config", lambda call: answer(200, _config_shape(call, _domain(call)))),
    Operation("POST", f"{_BASE}/Config", _set_config),
    Operation("GET", f"{_BASE}/ValidateDns", _validate_dns),
    Operation("POST", f"{_BASE}/MessagingServices/{{MG}}", _link),
    Operation("DELETE", f"{_BASE}/MessagingServices/{{MG}}", _unlink),
    Operation(
        "GET",
        "/v1/LinkShortening/MessagingServices/{MG}/Domain",
        lambda call: answer(200, _association(call, _domain_of(call)["sid"], call.sids[0])),
    ),
    Operation("GET", "/v1/LinkShortening/MessagingService/{MG}/DomainConfig", _fetch_service_config),
)
