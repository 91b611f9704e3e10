"""Reviews: decides due bundles, brands, vettings and campaigns, in order of time.

Nothing is decided early, so a brand is judged by its bundles at the time of its decision, and a campaign by its
brand. A campaign's reviewer is `a2p.linter.review`: a campaign with a blocker is refused, and the refusal names
its warnings too; everything else passes.

Source: Usa2p resource, `errors`; error pages 30904, 30991 (read 2026-11-23).
"""

from __future__ import annotations

import json
import re
from typing import Any

from msvc_toolkit.a2p.linter import cited, examine
from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.resources.messaging import brand_review, us_app_to_person
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_OPEN = " UNION ALL ".join(
    f"SELECT decided, {place} AS place, seq, '{table}' AS name FROM {table} WHERE verdict IS NULL AND decided <= ?"  # noqa: S608
    for place, table in enumerate(a2p_registration.REVIEWED)
)
_NOT_SHARED, _BRAND_UNVERIFIED = 30904, 30991
_TOKEN = re.compile(r"cv\|1\.0\|.+")


def settle(store: SandboxStore, now: int) -> None:
    """Decide everything that is due, the earliest first."""
    with store.writing():
        for due in store.all(f"SELECT * FROM ({_OPEN}) ORDER BY decided, place, seq", *[now] * len(_DECIDE)):  # noqa: S608
            row = store.one(f"SELECT * FROM {due['name']} WHERE seq = ?", due["seq"])  # noqa: S608
            assert row is not None  # noqa: S101 - listed above, in this transaction
            store.update(due["name"], row["sid"], _DECIDE[due["name"]](store, row))


def _bundle(store: SandboxStore, row: Row) -> dict[str, Any]:
    errors = brand_review.bundle_errors(store, row)
    return {"verdict": "twilio-rejected" if errors else "twilio-approved", "errors": json.dumps(errors)}


def _brand(store: SandboxStore, row: Row) -> dict[str, Any]:
    errors = brand_review.brand_errors(store, row)
    if errors:
        return {"verdict": "FAILED", "errors": json.dumps(errors), "identity_status": "UNVERIFIED"}
    return {"verdict": "APPROVED", **brand_review.registered(store, row)}


def _vetting(store: SandboxStore, row: Row) -> dict[str, Any]:
    if row["vetting_provider"] == "campaign-verify" and not _TOKEN.fullmatch(row["vetting_id"] or ""):
        return {"verdict": "FAILED"}
    vetted: dict[str, object] = {"identity_status": "VETTED_VERIFIED"}
    if row["vetting_provider"] == "aegis":
        vetted["brand_score"] = brand_review.score(store, row["sid"])
    store.update("brand", row["brand_sid"], vetted)
    return {"verdict": "SUCCESS"}


def _campaign(store: SandboxStore, row: Row) -> dict[str, Any]:
    errors = _elsewhere(row) if row["external"] else _reviewed(store, row)
    return {"verdict": "FAILED" if errors else "VERIFIED", "errors": json.dumps(errors)}


def _elsewhere(row: Row) -> list[dict[str, Any]]:
    """Return why a campaign registered elsewhere cannot be attached: its ID is not one of the registry's."""
    if re.fullmatch(r"C[A-Z0-9]{6}", row["campaign_id"]):
        return []
    return [
        a2p_registration.error(_NOT_SHARED, ("CAMPAIGN_ID",), "The registry has no campaign of this number for Twilio.")
    ]


def _reviewed(store: SandboxStore, row: Row) -> list[dict[str, Any]]:
    brand = store.one("SELECT * FROM brand WHERE sid = ?", row["brand_sid"])
    if brand is None or brand["identity_status"] == "UNVERIFIED":
        sentence = "The brand's identity is not verified, so it can have no campaign."
        return [a2p_registration.error(_BRAND_UNVERIFIED, ("BRAND_REGISTRATION_SID",), sentence)]
    sender, fields = brand_review.sender_of(store, brand), us_app_to_person.campaign(json.loads(row["fields"]))
    return [
        a2p_registration.error(remark.code, remark.fields, remark.sentence) for remark in cited(examine(fields, sender))
    ]


_DECIDE = {"bundle": _bundle, "brand": _brand, "vetting": _vetting, "campaign": _campaign}
