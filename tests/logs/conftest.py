"""A busy log that tests share: pulled once, and only read."""

import pytest

import msvc_toolkit as msvc


@pytest.fixture(scope="session")
def busy_folder(tmp_path_factory):
    """A folder with the log of ninety busy days, 20 000 messages, faults and all."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=20_000, clock="manual", seed=7)
    folder = tmp_path_factory.mktemp("busy-log")
    msvc.pull_logs(conn, folder, since="2025-10-01")
    conn.sandbox.api.store.close()
    return folder


@pytest.fixture(scope="session")
def busy_log(busy_folder):
    """That log, opened."""
    return msvc.open_logs(busy_folder)
