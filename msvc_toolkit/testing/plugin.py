"""The pytest fixture `twilio_sandbox`. Pytest loads this file in every run, so it imports nothing until a test uses the fixture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from msvc_toolkit.testing.sandbox import TwilioSandbox

_MARKER = "twilio_sandbox(scenario='starter', seed=7, clock='manual', strict=False): how the fixture's sandbox is made"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def twilio_sandbox(request: pytest.FixtureRequest) -> Iterator[TwilioSandbox]:
    """A new sandbox of Twilio's messaging API that answers every twilio-python client in this process."""
    from msvc_toolkit.testing.sandbox import TwilioSandbox  # noqa: PLC0415 - brings the SDK, see above

    marker = request.node.get_closest_marker("twilio_sandbox")
    with TwilioSandbox(**(marker.kwargs if marker else {})) as sandbox:
        yield sandbox
