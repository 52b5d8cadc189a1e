"""The certificate that an application proves itself with, and the one that is made for the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SignInFailed
from ..private_files import write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate
    from pydantic import SecretStr

PEM_MARK = b"-----BEGIN"
PASSWORD_HINT = "Check SPP_CERTIFICATE_PATH and SPP_CERTIFICATE_PASSWORD (and the same names of the role)."


def load_certificate(path: Path, password: SecretStr | None, now: datetime) -> dict[str, str]:
    """A .pfx, or a .pem with key and certificate in it, as MSAL's `client_credential`. Raises SignInFailed, without the
    reason that a library gives where it could quote the file."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    secret = password.get_secret_value().encode() if password is not None and password.get_secret_value() else None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SignInFailed(f"the certificate {path.name} cannot be read: {error.strerror}", PASSWORD_HINT) from None
    try:
        key, certificate = _from_pem(data, secret) if PEM_MARK in data else _from_pfx(data, secret)
    except (ValueError, TypeError):
        text = f"the certificate {path.name} cannot be opened: a wrong password, or not a .pfx or .pem with its key"
        raise SignInFailed(text, PASSWORD_HINT) from None
    if key.public_key() != certificate.public_key():
        raise SignInFailed(f"the key in {path.name} does not belong to the certificate in it", PASSWORD_HINT)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise SignInFailed(
            f"the certificate {path.name} is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not today",
            "Make a new certificate and register its public half with the application.",
        )
    return {
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public_certificate": certificate.public_bytes(Encoding.PEM).decode(),
    }


def _from_pem(data: bytes, password: bytes | None) -> tuple[Any, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(data[data.index(PEM_MARK) :], password), x509.load_pem_x509_certificate(data)


def _from_pfx(data: bytes, password: bytes | None) -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    key, certificate, _ = load_key_and_certificates(data, password)
    if key is None or certificate is None:
        raise ValueError("no key or no certificate")
    return key, certificate


def make_emulator_certificate(folder: Path, now: datetime) -> Path:
    """A self-signed certificate of our own, made once and kept in `folder`, so that a rehearsal signs in as the real
    thing does. Made again shortly before it ends."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = folder / "emulator-application.pem"
    if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) > now - timedelta(days=300):
        return path
    begins, ends = now - timedelta(days=1), now + timedelta(days=365)
    key, certificate = make_self_signed("sp-parent-portal rehearsal", 2048, begins, ends)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(path, private + certificate.public_bytes(Encoding.PEM))
    return path


def make_self_signed(name: str, bits: int, begins: datetime, ends: datetime) -> tuple[RSAPrivateKey, Certificate]:
    """A new RSA key and its certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    return key, builder.not_valid_before(begins).not_valid_after(ends).sign(key, SHA256())
