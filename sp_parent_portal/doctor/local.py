"""What can be told on this machine: settings, files that must be private, certificates, applications."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import InputError, SignInFailed
from ..microsoft365.certificates import load_certificate
from ..settings import ROLES, Credential, Settings
from ..trips import Portal
from .finding import Finding, failed, passed, unknown
from .tenant import accepted

RENEW_WITHIN = timedelta(days=30)
RENEW = (
    "Make a new certificate (`auth setup`) and register its public half with the application before that day; the old"
    " one may stay registered until then."
)


def check_local(
    settings: Settings | None, wrong: InputError | None, portal: Portal | None, env_file: Path, now: datetime
) -> Iterator[Finding]:
    yield check_settings(settings, wrong)
    yield check_private_files(settings, env_file)
    yield check_certificates(settings, now)
    yield check_applications(settings, portal)


def check_settings(settings: Settings | None, wrong: InputError | None) -> Finding:
    if settings is not None:
        return passed("settings", f"complete; the target is the {settings.target}")
    message = wrong.message if wrong else "there are no settings"
    hint = wrong.hint if wrong and wrong.hint else "Set what is missing in the environment or in .env."
    return failed("settings", message, hint)


def check_private_files(settings: Settings | None, env_file: Path) -> Finding:
    """.env and the certificates, keys included, are for their owner alone."""
    id = "private-files"
    files = [path for path in (env_file, *_certificates(settings)) if path.is_file()]
    if os.name == "nt" and files:
        names = ", ".join(path.name for path in files)
        return unknown(id, "Windows' access rights are not looked at", f"See that only you can read {names}.")
    loose = [path for path in files if path.stat().st_mode & 0o077]
    if loose:
        return failed(
            id,
            f"others on this machine can read {', '.join(path.name for path in loose)}",
            f"Run: chmod 600 {' '.join(str(path) for path in loose)}",
        )
    if settings is None and not files:
        return unknown(id, "which files there are is not known without settings", "See the finding on settings.")
    names = ", ".join(path.name for path in files)
    return passed(id, f"nobody else can read {names}" if files else "there is no file to protect")


def _certificates(settings: Settings | None) -> list[Path]:
    return list(dict.fromkeys(each.certificate_path for each in _credentials(settings) if each.certificate_path))


def _credentials(settings: Settings | None) -> list[Credential]:
    return [settings.credential(role) for role in ROLES] if settings else []


def check_certificates(settings: Settings | None, now: datetime) -> Finding:
    """Each opens with its password, is valid today and for a month to come."""
    id = "certificate"
    if settings is None:
        return unknown(id, "which certificates are used is not known without settings", "See the finding on settings.")
    if settings.target == "emulator":
        return passed(id, "with the emulator no certificate is needed")
    if settings.sign_in == "device":
        return passed(id, "people sign in themselves, no certificate is used")
    ends: dict[str, datetime] = {}
    # Three roles with one certificate open it once.
    for credential in dict.fromkeys(replace(each, client_id="") for each in _credentials(settings)):
        if credential.certificate_path is None:
            return failed(id, "a certificate is not given", "Set SPP_CERTIFICATE_PATH.")
        try:
            ends[credential.certificate_path.name] = _end_of(credential.certificate_path, credential, now)
        except SignInFailed as error:
            return failed(id, error.message, error.hint)
    name, end = min(ends.items(), key=lambda item: item[1])
    if end - now < RENEW_WITHIN:
        return failed(id, f"the certificate {name} ends on {end:%Y-%m-%d}", RENEW)
    return passed(id, f"the first certificate to end is {name}, on {end:%Y-%m-%d}")


def check_certificate_of_role(settings: Settings | None, role: str, now: datetime) -> Finding:
    """The same for the certificate of one role, with the day on which it ends."""
    id = f"certificate-{role}"
    if settings is None:
        return unknown(id, "which certificate is used is not known without settings", "See the finding on settings.")
    if settings.target == "emulator" or settings.sign_in == "device":
        return replace(check_certificates(settings, now), id=id)
    credential = settings.credential(role)
    if credential.certificate_path is None:
        return failed(id, "a certificate is not given", f"Set SPP_{role.upper()}_CERTIFICATE_PATH.")
    try:
        end = _end_of(credential.certificate_path, credential, now)
    except SignInFailed as error:
        return failed(id, error.message, error.hint)
    message = f"{credential.certificate_path.name} ends on {end:%Y-%m-%d}, in {(end - now).days} days"
    return passed(id, message) if end - now >= RENEW_WITHIN else failed(id, message, RENEW)


def _end_of(path: Path, credential: Credential, now: datetime) -> datetime:
    from cryptography.x509 import load_pem_x509_certificate

    opened = load_certificate(path, credential.certificate_password, now)
    return load_pem_x509_certificate(opened["public_certificate"].encode()).not_valid_after_utc


def check_applications(settings: Settings | None, portal: Portal | None) -> Finding:
    """One application that may do everything is one key to everything: FAIL until somebody has accepted it."""
    id = "separate-applications"
    if settings is None:
        return unknown(id, "which applications are used is not known without settings", "See the finding on settings.")
    if settings.target == "emulator":
        return passed(id, "with the emulator one application is enough")
    ids = [credential.client_id for credential in _credentials(settings)]
    if len(set(ids)) == len(ROLES):
        return passed(id, "reader, inviter and provisioner are applications of their own")
    signed = accepted(portal, "one_application")
    if signed:
        return passed(id, f"one application plays several roles; accepted by {signed}")
    return failed(
        id,
        "one application plays several roles: whoever has its key has all of them",
        "Register one application for each role (SPP_READER_…, SPP_INVITER_…, SPP_PROVISIONER_…), or"
        ' write under [accept] in portal.toml one_application = "name, date".',
    )
