"""What campaigns need: a service with a US number, an approved brand, and texts that a reviewer has nothing against."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from msvc_toolkit.a2p.campaigns.model import CampaignDraft
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service
from msvc_toolkit.services.model import ServiceDraft

CAMPAIGNS = tomllib.loads((Path(__file__).parents[2] / "data" / "campaigns.toml").read_text(encoding="utf-8"))


@pytest.fixture
def sid(conn):
    """A service with one number of San Francisco."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    add_senders(conn, sid, ["+14155550100"])
    return sid


@pytest.fixture
def brand(conn):
    """An approved standard brand of a shop for coffee."""
    return conn.sandbox.register_brand(
        business={"business_name": "Owl Coffee LLC", "website_url": "https://www.owlcoffee.example"}
    )


@pytest.fixture
def drafts():
    """Campaigns by the name of their company, the good ones and the refused ones, as drafts with their senders."""

    def make(kind, table):
        names = {field.name for field in fields(kind)}
        return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in table.items() if name in names})

    return {
        kind: [(make(CampaignDraft, table), make(BrandIdentity, table)) for table in CAMPAIGNS[kind]]
        for kind in ("good", "bad")
    }


@pytest.fixture
def draft(drafts):
    """The coffee shop's campaign."""
    return drafts["good"][0][0]
