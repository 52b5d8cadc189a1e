"""A self-signed certificate for an application: the private half in a file for its owner alone, the public half to be
uploaded. Entra takes self-signed certificates with RSA keys (Microsoft Learn, "Create a self-signed public certificate
to authenticate your application", read 2026-08)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import InputError
from .microsoft365.certificates import make_self_signed
from .private_files import write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate
    from pydantic import SecretStr

KeyFile = Literal["pfx", "pem"]
BITS = 3072
LONGEST_DAYS = 730  # a key that nobody renews is a key that nobody watches


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """`private` holds key and certificate, `public` the certificate alone; `thumbprint` is its SHA-1, as Entra shows
    it."""

    private: Path
    public: Path
    thumbprint: str
    ends: datetime
    has_password: bool


def name_files(folder: Path, name: str, kind: KeyFile) -> tuple[Path, Path]:
    """The private and the public file."""
    return folder / f"{name}.{kind}", folder / f"{name}.cer"


def check_free(paths: tuple[Path, ...]) -> None:
    """Raises InputError where one is there already: a key that is in use must not be lost unseen."""
    taken = [path.name for path in paths if path.exists()]
    if taken:
        raise InputError(
            f"{', '.join(taken)}: there already; nothing was written",
            "Say --replace to make new ones in their place, --steps-only to be shown the steps alone, or name another"
            " folder with --folder.",
        )


def write_certificate(
    folder: Path, name: str, kind: KeyFile, password: SecretStr | None, days: int, now: datetime
) -> NewCertificate:
    """Make a new key with its certificate and write both files. Raises InputError where that cannot be done."""
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(f"--days must be from 1 to {LONGEST_DAYS}; nothing was written", "A year is usual: 365.")
    private, public = name_files(folder, name, kind)
    secret = password.get_secret_value().encode() if password is not None else b""
    # The clocks of two machines differ a little.
    begins, ends = now - timedelta(minutes=10), now + timedelta(days=days)
    key, certificate = make_self_signed(f"sp-parent-portal {name}", BITS, begins, ends)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(private, _private_bytes(key, certificate, kind, secret))
        write_private(public, _public_bytes(certificate))
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}", "Name another folder.") from None
    return NewCertificate(private, public, _thumbprint(certificate), certificate.not_valid_after_utc, bool(secret))


def find_certificate(folder: Path, name: str, kind: KeyFile) -> NewCertificate | None:
    """What `write_certificate` wrote before; None where its public half is not there or cannot be read. Whether the
    private half has a password is not asked: it is not opened."""
    from cryptography.x509 import load_pem_x509_certificate

    private, public = name_files(folder, name, kind)
    try:
        certificate = load_pem_x509_certificate(public.read_bytes())
    except (OSError, ValueError):
        return None
    return NewCertificate(
        private, public, _thumbprint(certificate), certificate.not_valid_after_utc, has_password=False
    )


def _private_bytes(key: RSAPrivateKey, certificate: Certificate, kind: KeyFile, secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

    lock = BestAvailableEncryption(secret) if secret else NoEncryption()
    if kind == "pfx":
        return serialize_key_and_certificates(None, key, certificate, None, lock)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock) + _public_bytes(certificate)


def _public_bytes(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _thumbprint(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives.hashes import SHA1

    return certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303 - a name that Entra shows, not a protection
