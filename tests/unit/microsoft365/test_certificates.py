from __future__ import annotations

import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from pydantic import SecretStr

from sp_parent_portal.errors import SignInFailed
from sp_parent_portal.microsoft365.certificates import load_certificate, make_emulator_certificate

NOW = datetime(2027, 5, 10, tzinfo=UTC)
PASSWORD = SecretStr("horse staple")


def make(days: int = 90) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7)
    return key, builder.not_valid_before(NOW - timedelta(days=100)).not_valid_after(NOW + timedelta(days=days)).sign(
        key, SHA256()
    )


KEY, CERTIFICATE = make()


def pem(
    key: rsa.RSAPrivateKey = KEY, certificate: x509.Certificate = CERTIFICATE, password: bytes | None = None
) -> bytes:
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked) + certificate.public_bytes(Encoding.PEM)


def pfx(password: bytes | None = None) -> bytes:
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return serialize_key_and_certificates(b"x", KEY, CERTIFICATE, None, locked)


SECRET = PASSWORD.get_secret_value().encode()


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (pem(), None),
        (pem(), SecretStr("")),
        (pem(password=SECRET), PASSWORD),
        (b"Bag Attributes\n    friendlyName: x\n" + pem(), None),
        (CERTIFICATE.public_bytes(Encoding.PEM) + pem(certificate=CERTIFICATE), None),
        (pfx(), None),
        (pfx(SECRET), PASSWORD),
    ],
)
def test_pem_and_pfx_open_alike(tmp_path: Path, data: bytes, password: SecretStr | None) -> None:
    (tmp_path / "app").write_bytes(data)
    found = load_certificate(tmp_path / "app", password, NOW)
    assert found["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert found["public_certificate"] == CERTIFICATE.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("data", "password", "reason"),
    [
        (pem(password=SECRET), SecretStr("wrong"), "wrong password"),
        (pem(password=SECRET), None, "wrong password"),
        (pfx(SECRET), SecretStr("wrong"), "wrong password"),
        (CERTIFICATE.public_bytes(Encoding.PEM), None, "its key"),
        (b"nothing", None, "not a .pfx"),
        (b"", None, "not a .pfx"),
        (pem(make()[0], CERTIFICATE), None, "does not belong"),
        (pem(*make(days=-1)), None, "2027-05-09, not today"),
    ],
)
def test_what_cannot_be_used_says_why_without_the_password(
    tmp_path: Path, data: bytes, password: SecretStr | None, reason: str
) -> None:
    (tmp_path / "app.pem").write_bytes(data)
    with pytest.raises(SignInFailed, match=reason) as caught:
        load_certificate(tmp_path / "app.pem", password, NOW)
    assert "horse" not in f"{caught.value} {caught.value.hint}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match="cannot be read"):
        load_certificate(tmp_path / "none.pem", None, NOW)


def test_the_rehearsals_certificate_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    path = make_emulator_certificate(tmp_path, now)
    first = path.read_bytes()
    assert make_emulator_certificate(tmp_path, now) == path
    assert path.read_bytes() == first
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_certificate(path, None, now)["private_key"]
    assert list(tmp_path.glob("emulator*")) == [path]


def test_the_rehearsals_certificate_is_renewed_before_it_ends(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    path = make_emulator_certificate(tmp_path, now)
    first = path.read_bytes()
    old = (now - timedelta(days=330)).timestamp()
    os.utime(path, (old, old))
    make_emulator_certificate(tmp_path, now)
    assert path.read_bytes() != first
