"""What the pool's form needs: a service with an empty pool, and another that holds Toronto."""

import pytest

from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service
from msvc_toolkit.services.model import ServiceDraft


@pytest.fixture
def sid(conn):
    """A new service with an empty pool."""
    return create_service(conn, ServiceDraft(friendly_name="Orders")).sid


@pytest.fixture
def other(conn):
    """Another service, which Toronto sits in."""
    sid = create_service(conn, ServiceDraft(friendly_name="Other <b>shop</b>")).sid
    add_senders(conn, sid, ["+14165550100"])
    return sid
