"""The table of capabilities: it is what the SDK and the sandbox say, and what it refuses is refused by name."""

import importlib
import json
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from msvc_toolkit.sandbox.backend import Request
from msvc_toolkit.sandbox.control.endpoints import control
from msvc_toolkit.sandbox.rest import capabilities

DOCS = Path(__file__).parents[2] / "docs"
TABLE = capabilities.table()
REFUSED = [operation for operation in TABLE["operations"] if operation["is"] == "refused"]
LEFT_OUT = [
    (operation, name)
    for operation in TABLE["operations"]
    for name, placed in operation["takes"].items()
    if placed["is"] == "refused" and operation not in REFUSED
]


@pytest.fixture(scope="module")
def placing():
    """Places a surface of the SDK, changed by a function, and returns what finds no place."""
    sys.path.insert(0, str(DOCS))
    module = importlib.import_module("list_capabilities")
    sys.path.remove(str(DOCS))
    words = module.tomllib.loads((DOCS / "capabilities.toml").read_text("utf-8"))

    def placed(change):
        surface = module.walk()
        change(surface)
        found = module.Placing(surface, words)
        found.table()
        return found.unplaced

    return placed


def test_the_table_is_what_sdk_and_sandbox_say():
    """Made again, table and page are as they are stored, and everything in the SDK has its place."""
    command = [sys.executable, str(DOCS / "list_capabilities.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == TABLE["counts"]


def test_the_walk_reaches_every_product():
    """The table knows all five versions, and has operations in each place."""
    names = {".".join(operation["name"].split(".")[:2]) for operation in TABLE["operations"]}

    assert names >= {"api.v2010", "messaging.v1", "messaging.v2", "bulkexports.v1", "trusthub.v1"}
    assert all(count > 10 for kind in TABLE["counts"].values() for place, count in kind.items() if place != "partial")


def test_a_new_parameter_of_the_sdk_is_caught(placing):
    """A parameter the sandbox has never heard of has no place, and neither has one in a JSON body."""

    def change(surface):
        for number, operation in enumerate(surface.operations):
            if operation.name in ("messaging.v1.services.create", "messaging.v2.channels_senders.update"):
                more = "profile.novel" if ".v2." in operation.name else "Novel"
                surface.operations[number] = replace(operation, takes=(*operation.takes, more))

    said = placing(change)

    assert [sentence.split(" is new")[0] for sentence in said] == [
        "messaging.v1.services.create Novel",
        "messaging.v2.channels_senders.update profile.novel",
    ]


def test_a_new_list_of_values_is_caught(placing):
    """Statuses of an emulated resource that nothing is known of have no place."""

    def change(surface):
        surface.enums["MessageInstance.Mood"] = ("glad",)
        surface.owners["MessageInstance.Mood"] = "api.v2010.accounts.messages"

    assert [sentence.split(" is new")[0] for sentence in placing(change)] == ["MessageInstance.Mood"]


def test_a_sentence_about_nothing_is_caught(placing):
    """What is written about a parameter that is gone must go too."""

    def change(surface):
        surface.operations[:] = [
            replace(one, takes=tuple(n for n in one.takes if n != "MaxPrice")) for one in surface.operations
        ]

    assert ["'MaxPrice'" in sentence for sentence in placing(change)] == [True]


def test_the_table_is_served(account):
    """GET /_sandbox/capabilities answers the table."""
    answer = control(account.handle, "GET", "/_sandbox/capabilities", ())

    assert answer.status == 200
    assert json.loads(answer.body) == TABLE


def filled(account, path):
    """A path of the table with SIDs of the right kind; those of things that are looked at first are real."""
    real = {
        "/IncomingPhoneNumbers/{sid}": account.client.incoming_phone_numbers.list(limit=1)[0].sid,
        "/ShortCodes/{sid}": account.client.short_codes.list(limit=1)[0].sid,
        "{country_code}": "US",
        "{resource_type}": "Messages",
    }
    path = path.replace("/Accounts/{sid}", f"/Accounts/{account.handle.account_sid}")
    for pattern, value in real.items():
        path = path.replace(pattern, pattern.replace("{sid}", value) if "{sid}" in pattern else value)
    return path


def told_in_json(account, path, name):
    """Status and message of a request whose JSON body carries one parameter, in a part of it when there is a dot."""
    part, _, inner = name.partition(".")
    sid = "HX" + "0" * 32 if "/Content/" in path else account.handle.own("whatsapp:+14155550188")
    basic = "Basic " + b64encode(":".join(account.handle.credentials()).encode()).decode()
    document = {part: {inner: "x"} if inner else "x"}
    answer = account.handle.api.handle(
        Request("POST", path.replace("{sid}", sid), authorization=basic, document=document)
    )
    return answer.status, json.loads(answer.body)["message"]


@pytest.mark.parametrize(
    ("operation", "name"), LEFT_OUT, ids=[f"{operation['name']} {name}" for operation, name in LEFT_OUT]
)
def test_a_refused_parameter_is_named(account, operation, name):
    """Every parameter and filter marked refused is answered with an error that names it."""
    method, path = operation["method"], filled(account, operation["path"])
    if path.startswith("/v2/Channels") or (method == "POST" and "/Content/" in path):
        said = told_in_json(account, path, name)
    else:
        answer = account.ask(method, path, **{"query" if method == "GET" else "form": [(name, "x")]})
        said = (answer.status, answer.json["message"])

    assert said == (400, f"The sandbox does not emulate the parameter {name}; the live API has it.")


@pytest.mark.parametrize("operation", REFUSED, ids=[operation["name"] for operation in REFUSED])
def test_a_refused_operation_is_named(account, operation):
    """Every operation marked refused is answered with an error that names its path, and never by a plain 404."""
    path = filled(account, operation["path"]).replace("{sid}", "XX" + "0" * 32)
    answer = account.ask(operation["method"], path)

    assert answer.status == 400
    assert answer.json["message"].startswith("The sandbox does not emulate ")
    assert path in answer.json["message"]


@pytest.mark.parametrize("path", TABLE["elsewhere"])
def test_the_rest_of_the_2010_api_is_named(account, path):
    """Calls, recordings and whatever else an account has: the error names the path, also of what lies below."""
    path = path.replace("{}", account.handle.account_sid)

    for asked in (f"{path}.json", f"{path}/CA{'0' * 32}.json"):
        assert f"The sandbox does not emulate {asked};" in account.ask("GET", asked).json["message"]


@pytest.mark.parametrize("path", ["/v1/Servicess", "/v9/Services", "/2010-04-01/Accounts/{AC}/Mesages.json"])
def test_what_twilio_has_not_either_is_not_found(account, path):
    """The sandbox does not call a slip of the pen a part of Twilio's API."""
    answer = account.ask("GET", path.replace("{AC}", account.handle.account_sid))

    assert (answer.status, answer.json["code"]) == (404, 20404)


def test_without_credentials_nothing_is_reported(account):
    """An address the sandbox leaves out asks for credentials first, as every other does."""
    assert account.ask("GET", "/v1/a2p/BrandRegistrations", auth=("AC" + "0" * 32, "wrong")).status == 401
