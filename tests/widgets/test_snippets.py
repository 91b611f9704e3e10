"""Snippets: three languages, one act, nothing private, nothing the reader's shell would run by accident."""

import re
import subprocess
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote_plus, unquote, urlsplit

import pytest
import twilio.rest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.http.response import Response

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.widgets.snippets import Act, curl, python, twilio_cli

MG, PN, SM, SC, AI, XE = (prefix + 32 * "0" for prefix in ("MG", "PN", "SM", "SC", "AI", "XE"))
ACCOUNT, TOKEN = "AC" + 32 * "1", "not-a-token"
CREDENTIALS = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
POOL = {
    "phone_numbers": {"phone_number_sid": PN},
    "short_codes": {"short_code_sid": SC},
    "alpha_senders": {"alpha_sender": "Acme & Co"},
    "destination_alpha_senders": {"alpha_sender": "Acme+Co", "iso_country_code": "GB"},
    "channel_senders": {"sid": XE},
}
SERVICE = {
    "friendly_name": "Orders & returns",
    "inbound_request_url": "https://example.com/in?a=1&b=2",
    "inbound_method": "POST",
    "fallback_url": "",
    "status_callback": None,
    "sticky_sender": True,
    "smart_encoding": False,
    "validity_period": 14400,
    "usecase": "notifications",
    "use_inbound_webhook_on_number": False,
}
MESSAGE = {
    "to": "+14155550123",
    "from_": "+14155550100",
    "messaging_service_sid": MG,
    "body": "Your order is ready; it's 100% done",
    "media_url": ["https://example.com/a.jpg", "https://example.com/b.jpg"],
    "smart_encoded": True,
    "shorten_urls": False,
    "schedule_type": "fixed",
    "send_at": datetime(2030, 1, 31, 14, 0, tzinfo=timezone(timedelta(hours=2))),
    "validity_period": 600,
    "content_variables": '{"1": "Ada"}',
}
WEBHOOKS = {"sms_url": "https://example.com/sms", "sms_method": "GET", "sms_fallback_url": ""}
ACTS = [
    Act(("services",), "create", SERVICE),
    Act(("services", MG), "update", SERVICE),
    Act(("services", MG), "fetch"),
    Act(("services", MG), "delete"),
    Act(("services",), "list"),
    Act(("services",), "list", {"limit": 20}),
    *(Act(("services", MG, kind), "create", params) for kind, params in POOL.items()),
    *(Act(("services", MG, kind, XE), "delete") for kind in POOL),
    *(Act(("services", MG, kind, XE), "fetch") for kind in POOL),
    *(Act(("services", MG, kind), "list", {"limit": 5}) for kind in POOL),
    Act(("services", MG, "destination_alpha_senders"), "list", {"iso_country_code": "GB"}),
    Act(("messages",), "create", MESSAGE),
    Act(("messages", SM), "fetch"),
    Act(("messages", SM), "update", {"body": ""}),
    Act(("messages", SM), "update", {"status": "canceled"}),
    Act(("messages", SM), "delete"),
    Act(("messages",), "list", {"to": "+14155550123", "date_sent_after": date(2030, 1, 1), "limit": 3}),
    Act(("messages",), "list", {"date_sent_before": datetime(2030, 1, 31, tzinfo=UTC), "page_size": 1000}),
    Act(("incoming_phone_numbers", PN), "fetch"),
    Act(("incoming_phone_numbers", PN), "update", WEBHOOKS),
    Act(("incoming_phone_numbers",), "list", {"phone_number": "+14155550123", "beta": False}),
    Act(("short_codes", SC), "fetch"),
    Act(("short_codes", SC), "update", WEBHOOKS),
    Act(("short_codes",), "list", {"short_code": "73829"}),
]
NUMBERS = {"TO": "+14155550123", "FROM": "+14155550100", "PHONE_NUMBER": "+14155550123"}
every_act = pytest.mark.parametrize("act", ACTS, ids=lambda act: ".".join((*act.resource[::2], act.verb)))
every_language = pytest.mark.parametrize("write", [python, curl, twilio_cli])

# twilio-cli 6.2.4, `twilio <command> --help`, read 2026-11-23: its own flags, a ? where a --no- form exists too.  Left
# out are the flags every command has, and account-sid.
SERVICE_FLAGS = (
    "area-code-geomatch? fallback-method fallback-to-long-code? fallback-url friendly-name inbound-method"
    " inbound-request-url mms-converter? scan-message-content smart-encoding? status-callback sticky-sender?"
    " synchronous-validation? use-inbound-webhook-on-number? usecase validity-period"
)
CLI_FLAGS = {
    "api:messaging:v1:services:create": SERVICE_FLAGS,
    "api:messaging:v1:services:update": f"sid {SERVICE_FLAGS}",
    "api:messaging:v1:services:fetch": "sid",
    "api:messaging:v1:services:remove": "sid",
    "api:messaging:v1:services:list": "limit? page-size",
    "api:messaging:v1:services:phone-numbers:create": "service-sid phone-number-sid",
    "api:messaging:v1:services:short-codes:create": "service-sid short-code-sid",
    "api:messaging:v1:services:alpha-senders:create": "service-sid alpha-sender",
    "api:messaging:v1:services:destination-alpha-senders:create": "service-sid alpha-sender iso-country-code",
    "api:messaging:v1:services:channel-senders:create": "messaging-service-sid sid",
    **{
        f"api:messaging:v1:services:{kind}:{verb}": f"{owner} {flags}"
        for kind, owner in {
            "phone-numbers": "service-sid",
            "short-codes": "service-sid",
            "alpha-senders": "service-sid",
            "destination-alpha-senders": "service-sid",
            "channel-senders": "messaging-service-sid",
        }.items()
        for verb, flags in {"fetch": "sid", "remove": "sid", "list": "limit? page-size iso-country-code"}.items()
    },
    "api:core:messages:create": (
        "address-retention application-sid attempt body content-retention content-sid content-variables force-delivery?"
        " from max-price media-url messaging-service-sid persistent-action provide-feedback? risk-check schedule-type"
        " send-as-mms? send-at shorten-urls? smart-encoded? status-callback to traffic-type validity-period"
    ),
    "api:core:messages:fetch": "sid",
    "api:core:messages:update": "sid body status",
    "api:core:messages:remove": "sid",
    "api:core:messages:list": "date-sent date-sent-after date-sent-before from limit? page-size to",
    "api:core:incoming-phone-numbers:fetch": "sid",
    "api:core:incoming-phone-numbers:update": (
        "friendly-name sid sms-application-sid sms-fallback-method sms-fallback-url sms-method sms-url"
    ),
    "api:core:incoming-phone-numbers:list": "beta? friendly-name limit? origin page-size phone-number",
    "api:core:sms:short-codes:fetch": "sid",
    "api:core:sms:short-codes:update": "friendly-name sid sms-fallback-method sms-fallback-url sms-method sms-url",
    "api:core:sms:short-codes:list": "friendly-name limit? page-size short-code",
}


class Recorder:
    """An HTTP client for the SDK that answers every request with next to nothing and keeps it."""

    def __init__(self):
        self.seen = []

    def request(self, method, url, params=None, data=None, auth=None, **_):
        """Keep the request; the SDK calls this instead of the network."""
        self.seen.append(
            SimpleNamespace(method=method, url=url, pairs=pairs({**(params or {}), **(data or {})}), auth=auth)
        )
        empty = '{"sid": "SM1", "meta": {"key": "rows"}, "rows": []}'
        return Response({"DELETE": 204, "GET": 200}.get(method, 201), "" if method == "DELETE" else empty)


def pairs(values):
    """The name-value pairs of a form, sorted, lists repeated."""
    spread = [
        (name, item) for name, value in values.items() for item in (value if isinstance(value, list) else [value])
    ]
    return sorted((name, str(item).lower() if isinstance(item, bool) else str(item)) for name, item in spread)


def run_python(text, **variables):
    """Execute a Python snippet on the real SDK; return the one request it makes."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, **variables}.items():
            patch.setenv(name, value)
        patch.setattr(twilio.rest, "Client", partial(twilio.rest.Client, http_client=recorder))
        exec(compile(text, "snippet.py", "exec"), {})  # noqa: S102 - that it runs is what is tested
    (request,) = recorder.seen
    return request


def run_shell(text, **variables):
    """Let a real shell read a snippet, with the command replaced by one that shows its arguments."""
    show = 'curl() { printf "%s\\0" curl "$@"; }; twilio() { printf "%s\\0" twilio "$@"; }\n'
    done = subprocess.run(
        ["/bin/sh", "-u", "-c", show + text], env={**CREDENTIALS, **variables}, capture_output=True, check=True
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def run_curl(text, **variables):
    """What curl would send for a snippet, in the words of the SDK's recorder."""
    command, *words = run_shell(text, **variables)
    found = SimpleNamespace(method="GET", url=None, pairs=[], auth=None)
    assert command == "curl"
    while words:
        word = words.pop(0)
        if word == "-X":
            found.method = words.pop(0)
        elif word == "-u":
            found.auth = tuple(words.pop(0).split(":"))
        elif word == "--data-urlencode":
            name, _, value = words.pop(0).partition("=")
            found.pairs += parse_qsl(f"{name}={quote_plus(value)}", keep_blank_values=True)
        elif word != "-G":
            assert found.url is None
            found.url = word
    found.pairs.sort()
    return found


def run_cli(text, **variables):
    """The command and the flags of a twilio-cli snippet, as pairs."""
    command, topic, *words = run_shell(text, **variables)
    flags = []
    assert command == "twilio"
    while words:
        name = words.pop(0).removeprefix("--")
        switch = f"{name.removeprefix('no-')}?" in CLI_FLAGS[topic].split() and (
            name.startswith("no-") or name != "limit"
        )
        flags.append((name, None if switch else words.pop(0)))
    return topic, flags


@every_act
def test_python_and_curl_make_the_same_request(act):
    """Run on the SDK and read by a shell, both snippets lead to one method, one address and the same values."""
    by_sdk = run_python(python(act), **NUMBERS)
    by_curl = run_curl(curl(act), **NUMBERS)

    assert (by_curl.method, by_curl.url) == (by_sdk.method, by_sdk.url)
    assert by_curl.pairs == by_sdk.pairs
    assert by_curl.auth == by_sdk.auth == (ACCOUNT, TOKEN)


@every_act
def test_curl_gets_a_list_with_its_values_in_the_query(act):
    """Values go into the body of a POST, but into the query of a GET: that is what -G says."""
    words = run_shell(curl(act), **NUMBERS)

    assert ("-G" in words) == (act.verb == "list" and bool(act.params))


@every_act
def test_twilio_cli_knows_the_command_and_every_flag(act):
    """The command is one of twilio-cli's, each flag belongs to it, and the values are those of the request."""
    topic, flags = run_cli(twilio_cli(act), **NUMBERS)
    known = CLI_FLAGS[topic].split()
    request = run_python(python(act), **NUMBERS)
    names = [name for name, _ in flags]

    assert {name.removeprefix("no-") for name in names} <= {flag.removesuffix("?") for flag in known}
    assert all(f"{name.removeprefix('no-')}?" in known for name in names if name.startswith("no-"))
    sent = {value for _, value in request.pairs} - {"true", "false"}
    assert sent | set(act.resource[1::2]) == {value for _, value in flags if value is not None}
    switched = [(name.startswith("no-"), value) for name, value in flags if value is None and name != "no-limit"]
    assert len(switched) == sum(isinstance(value, bool) for value in act.params.values())


def test_every_pool_resource_and_step_is_covered():
    """The acts of Steps 1 to 4 are all among those tested above."""
    shown = {(act.resource[::2], act.verb) for act in ACTS}

    for kind in POOL:
        assert {(("services", kind), verb) for verb in ("create", "delete", "list", "fetch")} <= shown
    for root, verbs in {
        "services": "create update fetch delete list",
        "messages": "create update fetch delete list",
        "incoming_phone_numbers": "update fetch list",
        "short_codes": "update fetch list",
    }.items():
        assert {((root,), verb) for verb in verbs.split()} <= shown


def test_a_send_reads_as_a_person_would_write_it():
    """The three texts are complete, short and in the idiom of their language."""
    act = Act(("messages",), "create", {"to": "+14155550123", "messaging_service_sid": MG, "body": "It's ready"})

    assert python(act) == (
        "# Set first: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TO\n"
        "import os\n\n"
        "from twilio.rest import Client\n\n"
        'client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])\n'
        "message = client.messages.create(\n"
        '    to=os.environ["TO"],\n'
        f'    messaging_service_sid="{MG}",\n'
        '    body="It\'s ready",\n'
        ")\n"
        "print(message.sid)\n"
    )
    assert curl(act) == (
        "# Set first: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TO\n"
        'curl -X POST "https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json" \\\n'
        '  --data-urlencode "To=$TO" \\\n'
        f"  --data-urlencode MessagingServiceSid={MG} \\\n"
        "  --data-urlencode 'Body=It'\"'\"'s ready' \\\n"
        '  -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"\n'
    )
    assert twilio_cli(act) == (
        "# Set first: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TO\n"
        "twilio api:core:messages:create \\\n"
        '  --to "$TO" \\\n'
        f"  --messaging-service-sid {MG} \\\n"
        "  --body 'It'\"'\"'s ready'\n"
    )


@every_language
@every_act
def test_no_snippet_shows_a_phone_number_or_a_credential(write, act):
    """Numbers are variables, named in the first line together with the credentials."""
    text = write(act)
    used = set(re.findall(r'\$(\w+)|environ\["(\w+)"\]', text.partition("\n")[2]))
    named = text.partition("\n")[0].removeprefix("# Set first: ").split(", ")

    assert "415555" not in text
    assert named[:2] == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]
    assert {shell or program for shell, program in used} | set(CREDENTIALS) == set(named)


@every_language
@pytest.mark.parametrize(
    ("param", "value", "variables"),
    [
        ("to", "+14155550123", {"TO": "+14155550123"}),
        ("to", "4155550123", {"TO": "4155550123"}),
        ("to", "(415) 555-0123", {"TO": "(415) 555-0123"}),
        ("to", "+44 20 7946 0123", {"TO": "+44 20 7946 0123"}),
        ("to", "whatsapp:+14155550123", {"TO": "+14155550123"}),
        ("to", "whatsapp:4155550123", {"TO": "4155550123"}),
        ("from_", "+14155550123", {"FROM": "+14155550123"}),
        ("body", "Call +1 415-555-0123 today", {"BODY_NUMBER": "+1 415-555-0123"}),
        (
            "body",
            "Call (415) 555-0123 or 415.555.0124.",
            {"BODY_NUMBER": "(415) 555-0123", "BODY_NUMBER_2": "415.555.0124"},
        ),
        ("body", "Call '$HOME'+14155550123", {"BODY_NUMBER": "+14155550123"}),
        ("status_callback", "https://e.example/?n=%2B14155550123&x", {"STATUS_CALLBACK_NUMBER": "%2B14155550123"}),
        ("status_callback", "https://ada:s3cret@e.example/x", {"STATUS_CALLBACK_LOGIN": "ada:s3cret"}),
    ],
)
def test_private_text_comes_from_the_environment_and_arrives_whole(write, param, value, variables):
    """What is hidden is hidden in every spelling, and with the variables set the request carries the very value."""
    act = Act(("messages",), "create", {"to": "73829", "body": "x"} | {param: value})
    text = write(act)
    named = text.partition("\n")[0].removeprefix("# Set first: ").split(", ")[2:]

    assert named == list(variables)
    assert not any(hidden in text for hidden in variables.values())
    if write is twilio_cli:
        assert (param.rstrip("_").replace("_", "-"), value) in run_cli(text, **variables)[1]
    else:
        run = run_python if write is python else run_curl
        name = {"from_": "From", "status_callback": "StatusCallback"}.get(param, param.capitalize())
        assert (name, value) in run(text, **variables).pairs


@pytest.mark.parametrize(
    "body", ["Order 20301231 is ready", "Code 123456", "2030-12-31 10:00", "10 000 000 users", "SM1234567890", "73829"]
)
def test_other_digits_stay_in_the_text(body):
    """An order number, a code, a date or a SID is not taken for a phone number."""
    assert body in python(Act(("messages",), "create", {"to": "73829", "body": body}))


@pytest.mark.parametrize(
    "body",
    [
        "it's",
        'say "hi"',
        "$(touch /tmp/x) `id` $HOME ${HOME} $'x'",
        "a; rm -rf ~ && echo | cat > x # not a comment",
        "two\nlines\n",
        "back\\slash \\n \\",
        "!history !! ^a^b",
        "* ? [a-z] {1,2} ~",
        "--to",
        "-X DELETE",
        "@file",
        "=",
        "%41 + & ?",
        "é ☃ 👩\u200d👩 \u202e",
        "''\"\"'\"'",
        "\"\"\"\n'''",
        "{x} {{y}} %s",
    ],
)
def test_hostile_text_is_only_ever_text(body):
    """Whatever a value contains, the shell and Python pass it on unchanged and run nothing of it."""
    act = Act(("messages",), "create", {"to": "73829", "body": body, "from_": "+14155550100"})

    assert ("Body", body) in run_python(python(act), **NUMBERS).pairs
    assert ("Body", body) in run_curl(curl(act), **NUMBERS).pairs
    assert ("body", body) in run_cli(twilio_cli(act), **NUMBERS)[1]


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60).filter(
        lambda t: "+" not in t
    )
)
def test_any_text_survives_all_three_languages(body):
    """Generated texts arrive unchanged (the NUL character, which no shell can carry, is left out)."""
    act = Act(("services",), "create", {"friendly_name": "x", "fallback_url": body})
    sent = run_python(python(act)).pairs

    assert ("FallbackUrl", body) in sent
    assert run_curl(curl(act)).pairs == sent
    assert ("fallback-url", body) in run_cli(twilio_cli(act))[1]


@pytest.mark.parametrize("sid", ["MG1/../x", "MG$(id)", 'MG"; id; "', "MG'x", "MG?a=b#c", "MG 1"])
def test_a_strange_sid_stays_one_step_of_the_address(sid):
    """A mistyped SID can neither break out of its quotes nor change the address it is in."""
    act = Act(("services", sid), "fetch")
    url = urlsplit(run_curl(curl(act)).url)

    assert (url.netloc, url.query, url.fragment) == ("messaging.twilio.com", "", "")
    assert unquote(url.path) == f"/v1/Services/{sid}"
    assert url.path.count("/") == 3
    assert run_cli(twilio_cli(act)) == ("api:messaging:v1:services:fetch", [("sid", sid)])
    assert run_python(python(act)).url.endswith(sid)


def test_a_moment_is_written_in_utc():
    """A wall time of another zone is converted first, since the wire's Z means UTC."""
    sent = run_python(python(Act(("messages",), "create", MESSAGE)), **NUMBERS).pairs

    assert ("SendAt", "2030-01-31T12:00:00Z") in sent


def test_none_and_empty_lists_are_left_out_and_empty_text_is_sent():
    """None means "do not touch", an empty text means "clear"; the two are never mixed up."""
    act = Act(("services", MG), "update", {"inbound_request_url": "", "fallback_url": None, "status_callback": []})

    assert run_curl(curl(act)).pairs == [("InboundRequestUrl", "")]
    assert run_python(python(act)).pairs == [("InboundRequestUrl", "")]
    assert run_cli(twilio_cli(act))[1] == [("sid", MG), ("inbound-request-url", "")]


def test_a_list_without_a_limit_shows_all_rows_in_twilio_cli_too():
    """twilio-cli stops at 50 rows unless told otherwise, Python does not: the snippets agree."""
    assert "--no-limit" in twilio_cli(Act(("services",), "list"))
    assert "--no-limit" not in twilio_cli(Act(("services",), "list", {"limit": 5}))


@pytest.mark.parametrize("param", ["fallback_from", "message_intent"])
def test_what_twilio_cli_cannot_do_is_said_instead_of_half_done(param):
    """A parameter without a flag gives a comment that names it, never a command that does something else."""
    text = twilio_cli(Act(("messages",), "create", {"to": "73829", "body": "x", param: "otp"}))

    assert text == f"# twilio-cli 6.2.4 cannot do this: it has no flag for {param}.\n"


@pytest.mark.parametrize(
    ("resource", "verb", "params", "field"),
    [
        (("calls",), "create", {}, "resource"),
        ((), "fetch", {}, "resource"),
        (("messages", SM, "phone_numbers"), "list", {}, "resource"),
        (("services", MG, "compliance"), "list", {}, "resource"),
        (("services", MG, "phone_numbers", PN, "x"), "list", {}, "resource"),
        (("services",), "update", {}, "verb"),
        (("services",), "fetch", {}, "verb"),
        (("services", MG), "create", {}, "verb"),
        (("services", MG), "remove", {}, "verb"),
        (("messages",), "create", {"send_at": datetime(2030, 1, 1)}, "send_at"),  # noqa: DTZ001 - the fault tested
    ],
)
def test_an_act_that_does_not_exist_is_refused(resource, verb, params, field):
    """A wrong resource, verb or moment is an InvalidInput that names the field, before any text is written."""
    with pytest.raises(InvalidInput) as refused:
        Act(resource, verb, params)

    assert [problem.field for problem in refused.value.problems] == [field]
    assert str(refused.value.problems[0]).endswith(".")
