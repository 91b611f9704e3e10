"""ServiceForm: a Messaging Service is created and changed as a person would, and nothing happens by accident."""

from datetime import UTC, datetime

import pytest

from forms import click, inside, words
from msvc_toolkit.errors import TwilioRefused
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.services.calls import create_service, delete_service, fetch_service, list_services, update_service
from msvc_toolkit.services.form import ServiceForm
from msvc_toolkit.services.model import ServiceDraft

EVERY_SETTING = {
    "friendly_name": "Orders & returns",
    "usecase": "notifications",
    "sticky_sender": False,
    "area_code_geomatch": False,
    "smart_encoding": False,
    "mms_converter": False,
    "status_callback": "https://example.com/status",
    "validity_period": 600,
    "inbound_request_url": "https://example.com/sms",
    "inbound_method": "GET",
    "fallback_url": "https://example.com/fallback",
    "fallback_method": "GET",
    "use_inbound_webhook_on_number": True,
    "fallback_to_long_code": False,
    "scan_message_content": "disable",
    "synchronous_validation": True,
}


def test_a_service_is_created(conn):
    """With a name typed in, one click creates the service, says its SID and points to Step 2."""
    form = ServiceForm(conn)
    assert form.button.disabled
    assert "Enter a name, for example “Orders”" in form.missing.value

    form.fill(friendly_name="  Orders ", usecase="notifications")
    said = click(form)

    [service] = list_services(conn)
    assert (service.friendly_name, service.settings["usecase"]) == ("Orders", "notifications")
    assert service == form.service
    assert service.sid in said
    assert "Step 2" in form.said()
    assert form.last_error is None


def test_every_setting_has_an_input_and_arrives(conn):
    """Each settable field has an input, and what is put in is what the service has then."""
    assert {setting.name for setting in SETTINGS} == set(EVERY_SETTING)
    form = ServiceForm(conn)
    form.fill(**EVERY_SETTING)
    click(form)

    assert form.service.settings == EVERY_SETTING


def test_untouched_settings_are_left_to_twilio(conn):
    """The call names what was chosen and nothing else."""
    form = ServiceForm(conn)
    form.fill(friendly_name="Orders", sticky_sender=False)

    assert form.acts()[0].params == {"friendly_name": "Orders", "sticky_sender": False}


def test_a_new_service_can_be_changed_at_once(conn):
    """After creating, the same form changes that service: idle until something differs, its code still to be read."""
    form = ServiceForm(conn)
    form.fill(friendly_name="Orders")
    click(form)
    assert (form.button.description, form.button.disabled) == ("Save changes", True)
    assert "services.create(" in form.code.value

    form.fill(sticky_sender=False)
    assert "services.create(" not in form.code.value
    said = click(form)

    [service] = list_services(conn)
    assert "is changed" in said
    assert service.settings["sticky_sender"] is False


def test_opened_code_stays_open_and_follows_what_is_typed(conn):
    """Each keystroke changes the code that is being read, and closes nothing."""
    form = ServiceForm(conn)
    [fold] = [one for one in inside(form.view) if getattr(one, "description", "") == form.code_title]
    fold.value = True
    for name in ("Ord", "Orders"):
        form.fill(friendly_name=name)
        assert f'"{name}"' in words(form.code.value)
        assert fold.value


def test_only_what_was_changed_is_sent(conn):
    """Saving one setting leaves alone what somebody else changed in the meantime."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    form = ServiceForm(conn, sid)
    update_service(conn, sid, ServiceDraft(smart_encoding=False))

    form.fill(friendly_name="Deliveries")
    click(form)

    settings = fetch_service(conn, sid).settings
    assert (settings["friendly_name"], settings["smart_encoding"]) == ("Deliveries", False)


def test_an_address_can_be_cleared(conn):
    """Emptying an address in the form takes it off the service."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders", status_callback="https://example.com/s")).sid
    form = ServiceForm(conn, sid)
    form.fill(status_callback="")
    click(form)

    assert not fetch_service(conn, sid).settings["status_callback"]


def test_settings_this_package_does_not_know_are_kept(conn):
    """A service with a use case from after this package, or with none, opens and keeps it."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    conn.sandbox.api.store.execute("UPDATE service SET usecase = 'telepathy' WHERE sid = ?", sid)
    form = ServiceForm(conn, sid)
    form.fill(friendly_name="Deliveries")
    click(form)

    assert form.acts()[0].params == {}
    assert fetch_service(conn, sid).settings["usecase"] == "telepathy"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("friendly_name", "", "Enter a name, for example “Orders”"),
        ("friendly_name", "x" * 65, "this has 65"),
        ("status_callback", "htp:/example", "must be a whole address"),
        ("status_callback", "https://my_host.example.com", "hosts with an underscore"),
        ("inbound_request_url", "https://[", "must be a whole address"),
        ("fallback_url", "https://example.com/" + "x" * 4000, "Shorten it"),
        ("validity_period", 0, "1 to 36000 seconds, not 0"),
        ("validity_period", 36001, "1 to 36000 seconds, not 36001"),
    ],
)
def test_a_wrong_setting_is_reported_before_the_click(conn, name, value, says):
    """The sentence is under its input, the button is disabled, and a click creates nothing."""
    form = ServiceForm(conn)
    form.fill(friendly_name="Orders")
    form.fill(**{name: value})

    assert says in form.fields[name].note.value
    assert form.button.disabled
    click(form)
    assert list_services(conn) == []
    assert form.fields[name].widget.value == value


def test_a_second_service_of_one_name_is_asked_about(conn):
    """A name that is taken stops the first click with a question; a second, deliberate one goes through."""
    create_service(conn, ServiceDraft(friendly_name="Orders"))
    form = ServiceForm(conn, friendly_name="Orders", usecase="poll")

    said = click(form)
    assert "click again" in said
    assert len(list_services(conn)) == 1
    assert form.fields["usecase"].widget.value == "poll"

    click(form)
    assert len(list_services(conn)) == 2


@pytest.mark.parametrize("taken", [False, True])
def test_a_double_click_acts_once(conn, taken):
    """The second half of a double click creates nothing, even where a second click would mean yes."""
    if taken:
        create_service(conn, ServiceDraft(friendly_name="Orders"))
    form = ServiceForm(conn, friendly_name="Orders")

    form.button.click()
    assert form.busy
    form.button.click()
    form.wait()

    assert len(list_services(conn)) == 1


def test_a_refusal_is_shown_and_nothing_typed_is_lost(conn):
    """A service deleted elsewhere: the form says Twilio's code, and keeps what was typed."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    form = ServiceForm(conn, sid)
    delete_service(conn, sid)
    form.fill(friendly_name="Deliveries")

    said = click(form)
    assert "20404" in said
    assert isinstance(form.last_error, TwilioRefused)
    assert form.fields["friendly_name"].widget.value == "Deliveries"
    assert not form.button.disabled


def test_an_unexpected_error_is_named_without_its_text(conn):
    """What nobody foresaw is shown by its kind alone and kept whole in last_error."""
    form = ServiceForm(conn, friendly_name="Orders")
    conn.sandbox.api.store.close()

    said = click(form)
    assert type(form.last_error).__name__ in said
    assert str(form.last_error)
    assert str(form.last_error) not in said


def test_a_form_on_no_service_says_so(conn):
    """A SID that is none of the account's is refused when the form is made."""
    with pytest.raises(TwilioRefused) as refused:
        ServiceForm(conn, "MG" + "0" * 32)
    assert refused.value.code == 20404


def test_a_password_in_an_address_is_not_repeated(conn):
    """A login typed into a URL is in the input alone, and in no sentence, code or stored output."""
    form = ServiceForm(conn, friendly_name="Orders")
    form.fill(status_callback="https://user:hunter2@example.com/s", fallback_url="htp://user:hunter2@example.com/s")
    shown = form._repr_mimebundle_()["text/html"] + "".join(field.note.value for field in form.fields.values())
    assert "shown in its Console" in shown
    assert "hunter2" not in shown

    form.fill(fallback_url="")
    assert "TWILIO_ACCOUNT_SID" in form.code.value
    assert "hunter2" not in form.code.value


def test_the_moment_is_the_accounts(conn):
    """The time of creation that is shown is the sandbox's."""
    form = ServiceForm(conn, friendly_name="Orders")

    assert f"{datetime(2026, 1, 5, 15, tzinfo=UTC):%Y-%m-%d %H:%M} UTC" in click(form)


@pytest.mark.parametrize("typed", ["1e9", "1e3", "36,000", "10 hours", "1.5", "0x10", "", "½"])
def test_a_number_that_is_not_typed_plainly_is_refused(conn, typed):
    """What is not a whole number in digits is named beside the field; nothing is made of it silently."""
    form = ServiceForm(conn, create_service(conn, ServiceDraft(friendly_name="Orders")).sid)
    form.fill(validity_period=typed)

    assert f"1 to 36000 seconds, not &#x27;{typed}&#x27;" in form.fields["validity_period"].note.value
    assert form.button.disabled
    form.fill(validity_period=" 7200 ")
    assert click(form)
    assert form.service.settings["validity_period"] == 7200


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:8080", "10.0.0.7", "192.168.1.20", "app.local"])
def test_a_callback_that_twilio_cannot_reach_is_warned_of(conn, host):
    """An address of this computer or its network is fine in the sandbox, and the form says that Twilio cannot reach it."""
    form = ServiceForm(conn)
    form.fill(friendly_name="Orders", status_callback=f"http://{host}/x")

    assert "Twilio cannot reach" in form.fields["status_callback"].note.value
    assert not form.button.disabled


@pytest.mark.parametrize("executed", [False, True])
def test_a_creation_without_an_answer_is_looked_up(conn, executed):
    """The form says what the account has; a click after that asks before it makes a second one."""
    form = ServiceForm(conn)
    form.fill(friendly_name="Orders")
    conn.sandbox.fault("html", route="POST /v1/Services", count=1, executed=executed)
    said = click(form)

    services = list_services(conn)
    assert len(services) == executed
    assert "may have been carried out" in said
    if executed:
        assert services[0].sid in said
        assert "already" in click(form)
    else:
        assert "no new service" in said
        assert "is created" in click(form)
    assert len(list_services(conn)) == 1


def test_every_setting_is_described_where_it_is_declared():
    """The draft has a field for each setting, and its documentation says what each does."""
    assert SETTINGS
    for setting in SETTINGS:
        assert getattr(ServiceDraft(), setting.name) is None
        assert f"{setting.name}: {setting.effect}" in ServiceDraft.__doc__
