"""Where an incoming text goes."""

import pytest

from msvc_toolkit.rules.inbound_routing import Hook, Route, route

SERVICE = Hook("https://example.com/service", "GET", "https://example.com/spare", "GET")
SENDER = Hook("https://example.com/sender")


def test_a_sender_in_no_service_uses_its_own_url() -> None:
    """The service's settings do not matter to a sender outside it."""
    found = route(in_service=False, defer=False, service_hook=SERVICE, sender_hook=SENDER)

    assert (found.outcome, found.hook, found.owner, found.logged) == ("webhook", SENDER, "sender", True)


def test_a_deferring_service_uses_the_senders_url() -> None:
    """Deferring wins over a URL that the service also has."""
    found = route(in_service=True, defer=True, service_hook=SERVICE, sender_hook=SENDER)

    assert (found.outcome, found.hook, found.owner, found.logged) == ("webhook", SENDER, "sender", True)


def test_the_services_url_replaces_the_senders_own() -> None:
    """A service with a URL is called in its own way, whatever the sender has."""
    found = route(in_service=True, defer=False, service_hook=SERVICE, sender_hook=SENDER, sender_application_sid="AP1")

    assert (found.outcome, found.hook, found.owner, found.logged) == ("webhook", SERVICE, "service", True)
    assert found.application_sid is None


def test_without_url_and_without_deferring_the_text_is_dropped() -> None:
    """Neither delivered nor logged, although the sender has a URL; and the reasons say so."""
    found = route(in_service=True, defer=False, service_hook=None, sender_hook=SENDER, sender_application_sid="AP1")

    assert (found.outcome, found.hook, found.owner, found.logged) == ("dropped", None, None, False)
    assert "dropped" in found.steps[-1]
    assert "log" in found.steps[-1]


@pytest.mark.parametrize("in_service", [True, False])
def test_the_application_wins_over_the_senders_url(in_service: bool) -> None:
    """A TwiML application on the sender answers in place of the sender's URL."""
    found = route(
        in_service=in_service, defer=True, service_hook=SERVICE, sender_hook=SENDER, sender_application_sid="AP1"
    )

    assert (found.outcome, found.hook, found.owner) == ("webhook", None, "sender")
    assert found.application_sid == "AP1"


@pytest.mark.parametrize("in_service", [True, False])
def test_a_sender_without_any_url_only_stores(in_service: bool) -> None:
    """The text is in the log and nobody is called."""
    found = route(in_service=in_service, defer=True, service_hook=SERVICE, sender_hook=None)

    assert (found.outcome, found.hook, found.owner, found.logged) == ("stored only", None, None, True)


def test_the_steps_name_the_url_and_its_fallback() -> None:
    """The last sentence says who is called, how, and who comes next if that fails."""
    found = route(in_service=True, defer=False, service_hook=SERVICE, sender_hook=None)

    assert found.steps[-1] == (
        "Twilio calls GET https://example.com/service, and GET https://example.com/spare if that fails."
    )


def test_somebody_is_called_exactly_when_the_outcome_is_webhook() -> None:
    """In every combination of settings outcome, owner and log agree with each other."""
    routes: list[Route] = [
        route(in_service=i, defer=d, service_hook=h, sender_hook=s, sender_application_sid=a)
        for i in (True, False)
        for d in (True, False)
        for h in (SERVICE, None)
        for s in (SENDER, None)
        for a in ("AP1", None)
    ]

    for found in routes:
        called = found.hook is not None or found.application_sid is not None
        assert called == (found.outcome == "webhook") == (found.owner is not None)
        assert found.logged == (found.outcome != "dropped")
        assert found.steps
