"""Link-shortening settings, through the official SDK."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from account import refusal
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.resources.messaging import link_shortening


def pem(before=b"260101000000", after=b"270101000000", *, key=True):
    """What looks like a certificate and its key: the two times of a validity are all that is read."""
    der = b"\x30\x20\x17\x0d" + before + b"Z\x17\x0d" + after + b"Z"
    blocks = [("CERTIFICATE", der), *([("PRIVATE KEY", b"secret")] if key else [])]
    return "".join(
        f"-----BEGIN {name}-----\n{base64.encodebytes(content).decode()}-----END {name}-----\n"
        for name, content in blocks
    )


def domain(account, name=None):
    """The scenario's domain, or another one of the account."""
    store = account.handle.api.store
    if name:
        with store.writing():
            return link_shortening.add_domain(store, account.handle.account_sid, name)
    return store.one("SELECT sid FROM domain")["sid"]


def test_a_certificate_is_validated_by_the_clock(account):
    """After the upload it is pending; then the answer has the certificate's own end."""
    certs = account.client.messaging.v1.domain_certs(domain(account))

    made = certs.update_with_http_info(tls_cert=pem())
    account.advance(5)
    valid = certs.fetch()

    assert (made.status_code, made.data.date_expires) == (201, None)
    assert made.data.cert_in_validation["status"] == "pending"
    assert valid.cert_in_validation is None
    assert f"{valid.date_expires:%Y-%m-%d}" == "2027-01-01"
    assert (valid.domain_name, valid.certificate_sid[:2]) == ("https://links.example.com", "CW")


def test_a_second_certificate_takes_the_place_of_the_first(account):
    """200 instead of 201, and another SID."""
    certs = account.client.messaging.v1.domain_certs(domain(account))
    first = certs.update(tls_cert=pem())

    second = certs.update_with_http_info(tls_cert=pem(after=b"280101000000"))

    assert second.status_code == 200
    assert second.data.certificate_sid != first.certificate_sid


def test_no_private_key_is_kept(account):
    """Nowhere in the store."""
    account.client.messaging.v1.domain_certs(domain(account)).update(tls_cert=pem())

    kept = account.handle.api.store.one("SELECT * FROM domain WHERE certificate IS NOT NULL")

    assert base64.b64encode(b"secret").decode() not in str(kept)
    assert "PRIVATE" not in str(kept)


def test_a_certificate_can_be_managed_by_twilio(account):
    """It is being requested, then there; the v2 resource shows both."""
    sid = domain(account)
    made = account.client.messaging.v1.request_managed_cert(sid).update()
    waiting = account.client.messaging.v2.domain_certs(sid).fetch()
    account.advance(5)
    done = account.client.messaging.v2.domain_certs(sid).fetch()

    assert (made.managed, made.requesting) == (True, True)
    assert (waiting.managed, waiting.requesting, done.requesting) == (True, True, False)
    assert done.date_expires == made.date_created + timedelta(days=90)


def test_a_deleted_certificate_is_gone(account):
    """204, then 404 twice."""
    certs = account.client.messaging.v1.domain_certs(domain(account))
    certs.update(tls_cert=pem())

    assert certs.delete()
    assert (refusal(certs.fetch).status, refusal(certs.delete).code) == (404, 20404)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no pem", 30132),
        (pem(key=False), 30132),
        (pem(after=b"260104000000"), 30132),
        ("", 20001),
        (pem().replace(pem().split("\n")[1], "AAAA", 1), 30132),
    ],
)
def test_what_is_no_certificate_is_refused(account, text, code):
    """No PEM, no key, expired, empty, unreadable."""
    refused = refusal(lambda: account.client.messaging.v1.domain_certs(domain(account)).update(tls_cert=text))

    assert (refused.status, refused.code) == (400, code)


@pytest.mark.parametrize(("year", "full"), [("49", 2049), ("50", 1950), ("99", 1999)])
def test_two_digit_years_turn_at_fifty(year, full):
    """As RFC 5280 has it; four-digit years are years as they are."""
    ends = link_shortening.expiry(pem(after=f"{year}0101000000".encode()))

    assert datetime.fromtimestamp(ends / 1000, UTC) == datetime(full, 1, 1, tzinfo=UTC)


def test_a_configuration_is_made_and_changed(account):
    """201 then 200; what an update leaves out stays."""
    config = account.client.messaging.v1.domain_config(domain(account))
    missing = refusal(config.fetch)

    first = config.update_with_http_info(fallback_url="https://example.com/gone", disable_https=True)
    second = config.update_with_http_info(continue_on_failure=True)
    found = config.fetch()

    assert (missing.status, first.status_code, second.status_code) == (404, 201, 200)
    assert first.data.config_sid == second.data.config_sid == found.config_sid
    assert (found.fallback_url, found.callback_url) == ("https://example.com/gone", None)
    assert (found.disable_https, found.continue_on_failure) == (True, True)


def test_a_service_has_one_domain(account):
    """It is linked, found from both sides, and refused to another domain until it is taken off."""
    v1 = account.client.messaging.v1
    first, second = domain(account), domain(account, "go.example.net")
    service = v1.services.create("Orders").sid
    v1.domain_config(first).update(callback_url="https://example.com/click")

    made = v1.linkshortening_messaging_service(first, service).create()
    config = v1.domain_config_messaging_service(service).fetch()
    taken = refusal(v1.linkshortening_messaging_service(second, service).create)
    v1.linkshortening_messaging_service(first, service).delete()

    assert (made.domain_sid, made.messaging_service_sid) == (first, service)
    assert (config.messaging_service_sid, config.callback_url) == (service, "https://example.com/click")
    assert (taken.status, taken.code) == (409, 30130)
    assert refusal(v1.linkshortening_messaging_service_domain_association(service).fetch).code == 20404
    assert refusal(v1.linkshortening_messaging_service(first, service).delete).code == 20404
    v1.linkshortening_messaging_service(second, service).create()
    assert v1.linkshortening_messaging_service_domain_association(service).fetch().domain_sid == second


def test_dns_is_valid_but_for_names_that_never_are(account):
    """A name under .invalid fails, and says why."""
    good = account.client.messaging.v1.domain_validate_dns(domain(account)).fetch()
    bad = account.client.messaging.v1.domain_validate_dns(domain(account, "links.shop.invalid")).fetch()

    assert (good.is_valid, good.reason) == (True, None)
    assert bad.is_valid is False
    assert "links.shop.invalid" in bad.reason


def test_an_unknown_domain_is_refused(account):
    """30100, wherever it is named."""
    sid, v1 = "DN" + "0" * 32, account.client.messaging.v1

    for act in (v1.domain_certs(sid).fetch, v1.domain_config(sid).fetch, v1.domain_validate_dns(sid).fetch):
        refused = refusal(act)
        assert (refused.status, refused.code) == (400, 30100)


@pytest.mark.parametrize("name", ["links.example.com", "https://x.example", "under_score.example", "x", ""])
def test_a_domain_is_a_host_name_that_nobody_has(account, name):
    """A taken one, an address, a bad name: a sentence each."""
    with pytest.raises(SandboxError, match=r"host name|has the domain"):
        domain(account, name) if name else link_shortening.add_domain(
            account.handle.api.store, account.handle.account_sid, ""
        )
