"""Answers of the APIs whose OpenAPI files are not at hand, held against the models of the official SDK."""

import json
from datetime import datetime

from twilio.rest.accounts.v1 import bulk_consents, bulk_contacts, messaging_geopermissions, safelist
from twilio.rest.content.v1 import content, content_and_approvals, legacy_content
from twilio.rest.content.v1.content import approval_create, approval_fetch
from twilio.rest.content.v2 import content as content_v2
from twilio.rest.content.v2 import content_and_approvals as content_and_approvals_v2

YOU, HEX = "+14155550123", "0123456789abcdef0123456789abcdef"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TEMPLATE = {"language": "en", "types": {"twilio/text": {"body": "Hello {{1}}"}}, "variables": {"1": "Ann"}}
ONE = "/v1/Content/{}"
ITEM = {"contact_id": YOU, "correlation_id": HEX}
CONSENT = json.dumps({**ITEM, "sender_id": "+14155550100", "status": "opt-in", "source": "website"})
CONTACT = json.dumps({**ITEM, "country_iso_code": "US", "zip_code": "94105"})
PERMISSION = json.dumps({"country_code": "GB", "type": "country", "enabled": False})
NUMBERS = {"PhoneNumber": YOU}
ANSWERS = (
    ("content", "POST", "/v1/Content", JSON, TEMPLATE, 201, content.ContentInstance),
    ("content", "GET", ONE, FORM, {}, 200, content.ContentInstance),
    ("content", "PUT", ONE, JSON, TEMPLATE, 200, content.ContentInstance),
    ("content", "POST", f"{ONE}/ApprovalRequests/whatsapp", JSON, {"name": "hello", "category": "UTILITY"}, 201,
     approval_create.ApprovalCreateInstance),
    ("content", "GET", f"{ONE}/ApprovalRequests", FORM, {}, 200, approval_fetch.ApprovalFetchInstance),
    ("content", "GET", "/v1/Content", FORM, {}, 200, content.ContentInstance),
    ("content", "GET", "/v1/ContentAndApprovals", FORM, {}, 200, content_and_approvals.ContentAndApprovalsInstance),
    ("content", "GET", "/v1/LegacyContent", FORM, {}, 200, legacy_content.LegacyContentInstance),
    ("content", "GET", "/v2/Content", FORM, {}, 200, content_v2.ContentInstance),
    ("content", "GET", "/v2/ContentAndApprovals", FORM, {}, 200, content_and_approvals_v2.ContentAndApprovalsInstance),
    ("content", "DELETE", ONE, FORM, {}, 204, None),
    ("accounts", "POST", "/v1/Consents/Bulk", FORM, {"Items": CONSENT}, 201, bulk_consents.BulkConsentsInstance),
    ("accounts", "POST", "/v1/Contacts/Bulk", FORM, {"Items": CONTACT}, 201, bulk_contacts.BulkContactsInstance),
    ("accounts", "POST", "/v1/SafeList/Numbers", FORM, NUMBERS, 201, safelist.SafelistInstance),
    ("accounts", "GET", "/v1/SafeList/Numbers", FORM, NUMBERS, 200, safelist.SafelistInstance),
    ("accounts", "DELETE", "/v1/SafeList/Numbers", FORM, NUMBERS, 204, None),
    ("accounts", "GET", "/v1/Messaging/GeoPermissions", FORM, {}, 200,
     messaging_geopermissions.MessagingGeopermissionsInstance),
    ("accounts", "PATCH", "/v1/Messaging/GeoPermissions", FORM, {"Permissions": PERMISSION}, 200,
     messaging_geopermissions.MessagingGeopermissionsInstance),
)  # fmt: skip
"""Product, method, path, type of the body, parameters, status, and the model of the answer or of each entry of its list."""

LACKING = {"send_ttl_seconds", "bid_amount"}
"""Of the newest submissions alone; docs/capabilities.md says that they are not emulated."""


class Noted(dict):
    """A body that notes which of its fields a model reads."""

    def __init__(self, body):
        super().__init__(body)
        self.read = set()

    def get(self, name, default=None):
        """Note the field."""
        self.read.add(name)
        return super().get(name, default)


def test_each_answer_has_the_fields_that_the_sdk_reads(conn):
    """Content, Consents, Contacts, SafeList and GeoPermissions: no field is missing, and none is beyond the model."""
    sid = ""
    for product, method, path, kind, sent, status, model in ANSWERS:
        base = getattr(conn.client, product)
        way = {"params": sent} if method in ("GET", "DELETE") else {"data": sent, "headers": {"Content-Type": kind}}
        answer = conn.client.request(method, base.base_url + path.format(sid), **way)
        assert answer.status_code == status, (path, answer.text)
        if model is None:
            assert answer.text == ""
            continue
        body = json.loads(answer.text)
        entries = body[body["meta"]["key"]] if "meta" in body else [body]
        assert entries, path
        for entry in map(Noted, entries):
            of_one = [sid] if "ApprovalRequests" in path else []
            shown = model(getattr(base, path[1:3]), entry, *of_one)
            assert entry.read - LACKING == {*entry}, (method, path)
            assert all(isinstance(vars(shown).get(name), datetime) for name in entry if name.startswith("date_"))
            sid = entry.setdefault("sid", sid) if product == "content" else sid
