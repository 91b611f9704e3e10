"""The proxy face's certificates: kept, private, short-lived, and good for Twilio's names alone."""

import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.server import certificates
from msvc_toolkit.sandbox.server.certificates import tls_context


def shaken(server, client, name):
    """Whether a handshake in memory succeeds for that name."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    for side in (theirs, ours, theirs, ours):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError:
            return False
    return theirs.version() is not None


def test_a_strict_client_that_has_the_file_trusts_twilios_names_alone(tmp_path):
    """The names of US1 pass with every check of OpenSSL on, others do not; without the file none does."""
    server, (file, _) = tls_context(tmp_path)
    trusting = ssl.create_default_context(cafile=file)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT

    names = ("api.twilio.com", "messaging.twilio.com", "api.us1.twilio.com", "api.dublin.us1.twilio.com")
    assert all(shaken(server, trusting, name) for name in names)
    assert not any(shaken(server, trusting, name) for name in ("example.com", "twilio.com", "a.b.twilio.com"))
    assert not shaken(server, ssl.create_default_context(), "api.twilio.com")


def test_the_authority_says_what_it_is(tmp_path):
    """CA:TRUE with no further CA below, a name that says sandbox, bound to twilio.com, gone in three months."""
    _, (file, _) = tls_context(tmp_path)
    found = x509.load_pem_x509_certificate(file.read_bytes())
    basic = found.extensions.get_extension_for_class(x509.BasicConstraints)
    bound = found.extensions.get_extension_for_class(x509.NameConstraints)

    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert "sandbox CA, not Twilio" in found.subject.rfc4514_string().replace("\\", "")
    assert (bound.critical, bound.value.permitted_subtrees) == (True, [x509.DNSName("twilio.com")])
    assert found.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=90)


def test_only_the_owner_reads_the_key(tmp_path):
    """Three files and a lock are kept; the key has mode 600, and no trace of the server's own key is left."""
    _, trust = tls_context(tmp_path)
    key = tmp_path / "sandbox-ca-key.pem"

    assert {path.name for path in tmp_path.iterdir()} == {
        trust.ca_file.name,
        trust.bundle.name,
        key.name,
        "sandbox-ca.lock",
    }
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_next_start_keeps_the_authority(tmp_path):
    """A client's environment stays right from one start to the next, even when many start at once."""
    with ThreadPoolExecutor(8) as pool:
        contexts = [context for context, _ in pool.map(lambda _: tls_context(tmp_path), range(8))]
    trusting = ssl.create_default_context(cafile=tmp_path / "sandbox-ca.pem")

    assert all(shaken(context, trusting, "api.twilio.com") for context in contexts)


@pytest.mark.parametrize("fault", ["old", "open", "no key", "torn", "another's key"])
def test_a_doubtful_authority_is_replaced(tmp_path, monkeypatch, fault):
    """Nearly over, readable by others, half gone, torn or not a pair: a new one is made, and it works."""
    key, file = tmp_path / "sandbox-ca-key.pem", tmp_path / "sandbox-ca.pem"
    with monkeypatch.context() as patch:
        if fault == "old":
            patch.setattr(certificates, "LIFE", certificates.RENEWED)
        tls_context(tmp_path)
    before = file.read_bytes()
    if fault == "open":
        key.chmod(0o640)
    if fault == "no key":
        key.unlink()
    if fault == "torn":
        file.write_bytes(before[:100])
    if fault == "another's key":
        tls_context(tmp_path / "other")
        key.write_bytes((tmp_path / "other" / key.name).read_bytes())

    server, _ = tls_context(tmp_path)

    assert file.read_bytes() != before
    assert shaken(server, ssl.create_default_context(cafile=file), "api.twilio.com")


def test_a_folder_that_cannot_be_used_is_reported_in_a_sentence():
    """It names the folder and the next step."""
    with pytest.raises(SandboxError, match=r"/dev/null/home .* Set MSVC_HOME"):
        tls_context(certificates.Path("/dev/null/home"))
