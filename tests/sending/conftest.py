"""What sending stands on: a service whose pool has numbers at home and abroad."""

import pytest

from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.service.calls import create_service
from msvc_toolkit.service.model import ServiceDraft


@pytest.fixture
def sid(conn):
    """A service with two numbers of San Francisco, one of New York and one of Great Britain."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders", smart_encoding=False)).sid
    add_senders(conn, sid, ["+14155550100", "+14155550101", "+12125550100", "+447400123456"])
    return sid
