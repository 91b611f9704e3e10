"""Certificates of proxy mode: a local certificate authority, and a certificate for Twilio's names that it signs.

Name constraints limit the authority to twilio.com. It is not added to the system's trust store.
"""

from __future__ import annotations

import os
import sqlite3
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.private.private_files import (
    close_to_others,
    make_private_file,
    make_private_folder,
    write_private_file,
)
from msvc_toolkit.sandbox.rest.hosts import DOMAINS

LIFE = timedelta(days=90)
RENEWED = timedelta(days=30)
"""An authority that expires sooner than this is replaced at the next start. This and its lifetime are our choice."""
_CERTIFICATE, _KEY, _LOCK = "sandbox-ca.pem", "sandbox-ca-key.pem", "sandbox-ca.lock"
_BUNDLE = "sandbox-ca-bundle.pem"

_Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


class Trust(NamedTuple):
    """The files by which a client trusts the sandbox."""

    ca_file: Path  # the sandbox's authority alone
    # that authority and those that this machine's Python trusts, for clients whose variable replaces the whole list
    bundle: Path


def tls_context(folder: Path) -> tuple[ssl.SSLContext, Trust]:
    """Return the TLS context of the sandbox as Twilio, and the files by which a client trusts it.

    The authority is stored in the folder between starts; only the owner can read its key.
    """
    try:
        authority = _authority(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        leaf, key = _leaf(authority)
        # An SSLContext loads keys only from files; this folder is readable by its owner only and removed at once.
        with TemporaryDirectory() as brief:
            chain = Path(brief, "leaf.pem")
            write_private_file(chain, _private(key) + leaf.public_bytes(Encoding.PEM))
            context.load_cert_chain(chain)
        trust = Trust(folder / _CERTIFICATE, folder / _BUNDLE)
        others = Path(os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where())
        if others == trust.bundle or not others.is_file():  # the variable may already be set by the printed lines
            others = Path(certifi.where())
        write_private_file(trust.bundle, others.read_bytes().rstrip() + b"\n" + trust.ca_file.read_bytes())
        trust.bundle.chmod(0o644)  # not secret, like the certificate above
    except (OSError, sqlite3.Error) as error:
        raise SandboxError(
            f"The proxy cannot store its certificates in {folder} ({error}). Set MSVC_HOME to a folder of yours."
        ) from error
    return context, trust


def _authority(folder: Path) -> _Pair:
    make_private_folder(folder)
    close_to_others(folder)
    make_private_file(folder / _LOCK)
    # Two servers that start together must not make two; SQLite's lock also ends with the process that holds it.
    with closing(sqlite3.connect(folder / _LOCK, timeout=30)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        authority = _kept(folder)
        if authority is None:
            authority = _new_authority()
            write_private_file(folder / _KEY, _private(authority[1]))
            write_private_file(folder / _CERTIFICATE, authority[0].public_bytes(Encoding.PEM))
    return authority


def _kept(folder: Path) -> _Pair | None:
    """Return the authority of an earlier start, unless it is incomplete, soon expires, or others could read its key."""
    try:
        opened = os.name == "posix" and (folder / _KEY).stat().st_mode & 0o077
        key = load_pem_private_key((folder / _KEY).read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
    except (FileNotFoundError, ValueError, TypeError):  # TypeError: the key has a password
        return None
    lasts = certificate.not_valid_after_utc - datetime.now(UTC) > RENEWED
    if opened or not lasts or not isinstance(key, ec.EllipticCurvePrivateKey):
        return None
    return (certificate, key) if certificate.public_key() == key.public_key() else None


def _new_authority() -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "msvc sandbox CA, not Twilio, for tests on this machine")]
    )
    now = datetime.now(UTC)
    builder = (
        _builder(name, name, key, now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints(
                [x509.DNSName("twilio.com")],
                [x509.IPAddress(ip_network("0.0.0.0/0")), x509.IPAddress(ip_network("::/0"))],
            ),
            critical=True,
        )
    )
    return builder.sign(key, SHA256()), key


def _leaf(authority: _Pair) -> _Pair:
    """Return a certificate for every name in `hosts.DOMAINS`, as long-lived as its authority, and a key of its own."""
    ca, ca_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "msvc sandbox, not Twilio")])
    names = x509.SubjectAlternativeName([x509.DNSName(f"*.{domain}") for domain in DOMAINS])
    builder = (
        _builder(name, ca.subject, key, ca.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .add_extension(names, critical=False)
    )
    return builder.sign(ca_key, SHA256()), key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(minutes=5))  # containers' clocks differ a little
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Return the allowed use of a key: signing certificates, or TLS connections."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
