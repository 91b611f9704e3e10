"""Account files: the same account gives the same text, a file reads back as it was written, and each fault has its place."""

import jsonschema
import pytest
import yaml

import msvc_toolkit as msvc
from msvc_toolkit.changes import account_file
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.rules.service_settings import SETTINGS


@pytest.fixture
def account(conn):
    """An account with two services and senders of every kind."""
    orders = msvc.create_service(conn, friendly_name='Ör"d: #ers\u2028\x7f', sticky_sender=False, validity_period=600,
                                 inbound_request_url="https://me:pw@example.com/in").sid  # fmt: skip
    support = msvc.create_service(conn, friendly_name="2024", use_inbound_webhook_on_number=True).sid
    own = ["+14155550101", "+14155550100", "894546", "+447400123456"]
    alphas = [msvc.AlphaSender("NO"), msvc.AlphaSender("ACME", "NO"), msvc.AlphaSender("ACME", "")]
    msvc.add_senders(conn, orders, [*own, *alphas])
    msvc.add_senders(conn, support, ["whatsapp:+14155550199"])
    return conn


def test_a_file_reads_back_as_the_account_is(account, tmp_path):
    """Every setting and sender comes back from the file, which a plan then finds equal; twice written it has the same bytes."""
    path = tmp_path / "account.yaml"
    text = msvc.export_account(account, path)
    (small, _), (big, _) = ((s.settings, s) for s in account_file.read(text).services)

    assert {setting.name for setting in SETTINGS} == set(big) == set(small)
    assert [big[name] for name in ("friendly_name", "validity_period")] == ['Ör"d: #ers\u2028\x7f', 600]
    senders = [service["senders"] for service in yaml.safe_load(text)["services"]]
    expected = ["894546", "ACME/*", "ACME/NO", "NO", "+14155550100", "+14155550101", "+447400123456"]
    assert senders == [["whatsapp:+14155550199"], expected]
    assert not msvc.plan_changes(account, path)
    assert path.read_bytes() == msvc.export_account(account).encode() == text.encode()
    assert path.stat().st_mode & 0o077 == 0


def test_a_masked_file_shows_no_number_and_cannot_be_applied(account, tmp_path):
    """Masked, a file has neither numbers nor logins, and a plan refuses it with the place."""
    path = tmp_path / "account.yaml"
    text = msvc.export_account(account, path, mask=True)

    assert "+1 415 ••• 0100" in text
    assert not [secret for secret in ("415555", "740012", "me:pw") if secret in text]
    with pytest.raises(InvalidInput, match=r"line \d+, column 9: .*is masked"):
        msvc.plan_changes(account, path)


def test_editors_check_a_file_by_its_schema(account):
    """The schema takes what is exported, knows every setting, and refuses another name or kind."""
    checks = jsonschema.Draft7Validator(account_file.schema())
    text = msvc.export_account(account)
    document = yaml.safe_load(text)

    assert text.startswith(f"# yaml-language-server: $schema={account_file.SCHEMA_FILE}\n")
    assert checks.is_valid(document)
    for name, wrong in [("colour", "red"), ("sticky_sender", "maybe"), ("validity_period", 0), ("usecase", "fun")]:
        assert not checks.is_valid({"services": [{**document["services"][0], name: wrong}]}), name


SERVICE = "services:\n  - friendly_name: A\n"
WRONG = [
    ("", "line 1, column 1", "is empty"),
    ("services:\n", "line 1, column 10", "services is empty"),
    ("services: yes\n", "line 1, column 11", "must be a list"),
    ("- A\n", "line 1, column 1", "names and values"),
    ("servces: []\n", "line 1, column 1", "Did you mean services?"),
    (f"{SERVICE}    stickySender: true\n", "line 3, column 5", "Did you mean sticky_sender?"),
    (f"{SERVICE}    colour: red\n", "line 3, column 5", "It has: friendly_name"),
    (f"{SERVICE}    friendly_name: B\n", "line 3, column 5", "twice (line 2)"),
    (f"{SERVICE}    sticky_sender: 3\n", "line 3, column 20", "true or false"),
    (f"{SERVICE}    validity_period: 40000\n", "line 3, column 22", "1 to 36000 seconds"),
    (f"{SERVICE}    validity_period: 1h\n", "line 3, column 22", "whole number of seconds"),
    (f"{SERVICE}    usecase: fun\n", "line 3, column 14", "must be one of"),
    (f"{SERVICE}    status_callback: ftp://x\n", "line 3, column 22", "whole address"),
    (f"{SERVICE}    sid: MG12\n", "line 3, column 10", "32 hexadecimal digits"),
    (f"{SERVICE}\tusecase: poll\n", "line 3, column 1", "tab"),
    (f"{SERVICE}    senders: [+14155550100, 4155550100]\n", "line 3, column 29", "Put +1 in front"),
    (f"{SERVICE}    senders: [ACME/XX]\n", "line 3, column 15", "country code"),
    (f"{SERVICE}    senders: [much-too-long-a-name]\n", "line 3, column 15", "is not a number"),
    (f"{SERVICE}    senders: ['+14155550100', +1 415 555-0100]\n", "line 3, column 31", "already (line 3)"),
    (f"{SERVICE}    senders: [['+14155550100']]\n", "line 3, column 15", "One value"),
    (f"{SERVICE}    senders: [+14155550100]\n  - friendly_name: B\n    senders: [+14155550100]\n",
     "line 5, column 15", "is in A already (line 3)"),
    (f"{SERVICE}    senders: &all [+14155550100]\n  - friendly_name: B\n    senders: *all\n", "line 3, column 20", "is in A already"),
    ("services:\n  - usecase: poll\n", "line 2, column 5", "has no name"),
    ("services: [\n", "line 2, column 1", "not YAML"),
    (f"{SERVICE}---\n{SERVICE}", "line 3, column 1", "second document"),
    ("services: " + "[" * 100_000, "line 1, column 30", "nested too deeply"),
    (f"{SERVICE}    usecase: p\x00\n", "line 3, column 15", "cannot be in a YAML file"),
    (SERVICE + "    senders:\n" + "".join(f"      - '+1415{n:07}'\n" for n in range(2_000_000, 2_010_000)) + "      - x y z /\n",
     "line 10004, column 9", "is not a number"),
]  # fmt: skip


def test_what_is_wrong_in_a_file_has_its_line_and_column():
    """Each fault gets a sentence with its place; none shows a whole number."""
    for text, place, sentence in WRONG:
        with pytest.raises(InvalidInput) as refused:
            account_file.read(text)
        problems = {problem.field: problem.sentence for problem in refused.value.problems}
        assert place in problems, (text[:80], problems)
        assert sentence in problems[place], (text[:80], problems)
        assert "5550100" not in str(refused.value)


def test_many_faults_are_counted():
    """A file with thousands of faults names the first and counts the others."""
    with pytest.raises(InvalidInput, match="980 more problems"):
        account_file.read(SERVICE + "".join(f"    wrong{n}: 1\n" for n in range(1000)))
