"""Every answer of the sandbox is within Twilio's OpenAPI files, where those files are at hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parent / "openapi" / "check.py"
FOLDER = os.environ.get("MSVC_OPENAPI", "")
"""Where the files are: specifications of api (2010, or the messaging part of it), messaging v1 and v2, bulkexports."""


def check(*paths):
    """What the checker says of some files: its figures, and what is wrong, line by line."""
    command = [sys.executable, str(CHECK), *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wrong = result.stderr.splitlines()
    assert result.returncode == bool(wrong), result.stderr
    return json.loads(result.stdout), wrong


@pytest.mark.skipif(not FOLDER, reason="MSVC_OPENAPI names no folder of Twilio's OpenAPI files")
def test_every_answer_is_within_the_specifications():
    """A scenario meets every operation that is emulated, and nothing it is answered breaks the contract."""
    figures, wrong = check(*sorted(Path(FOLDER).glob("*.json")))

    assert wrong == []
    assert figures["answers"] > 500


@pytest.mark.slow
def test_an_answer_beyond_a_specification_is_caught(tmp_path):
    """A wrong type, a value that is not listed, a format, a field too many, an undocumented status: each is reported."""
    service = {
        "sid": {"type": "integer"},
        "usecase": {"type": "string", "enum": ["marketing"], "nullable": True},
        "date_created": {"type": "string", "format": "date-time-rfc-2822", "nullable": True},
        "inbound_request_url": {"type": "string", "format": "uri", "nullable": True},
    }
    fetched = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/service"}}}}
    spec = {
        "components": {"schemas": {"service": {"type": "object", "properties": service}}},
        "paths": {"/v1/Services/{Sid}": {"get": {"responses": {"200": fetched}}, "delete": {"responses": {"202": {}}}}},
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    _, wrong = check(path)
    about_services = [line for line in wrong if "/v1/Services/{Sid}" in line]

    assert any("$.sid: " in line and "is not of type 'integer'" in line for line in about_services)
    assert any("$.usecase: " in line for line in about_services)
    assert any("$.date_created: " in line for line in about_services)
    assert not any("$.inbound_request_url" in line for line in about_services)
    assert any(line == "GET /v1/Services/{Sid}: .friendly_name is in none of the files" for line in about_services)
    assert any("DELETE" in line and "204 is none of 202" in line for line in about_services)
    assert any("POST /v1/Services is in none of the files" in line for line in wrong)
