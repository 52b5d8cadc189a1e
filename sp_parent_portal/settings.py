"""Settings from the environment or `.env`, prefix SPP_. A secret is never echoed, logged or taken as an argument."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import Problem, SettingsError

ROLES = ("reader", "inviter", "provisioner")
EMULATOR_TENANT = "contoso"
EMULATOR_CLIENT_ID = "0c8f1d6e-52ab-4b57-9d0e-6f1f7c2f9a10"
EMULATOR_MAILBOX = "trips@school.example"
LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|::1)\Z")
TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
TENANT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")

NO_TARGET = (
    "SPP_TARGET is not set: say SPP_TARGET=emulator to rehearse on this machine, or SPP_TARGET=tenant for the real "
    "Microsoft 365. There is no default, so that a rehearsal is never taken for the real thing."
)


@dataclass(frozen=True, slots=True)
class Credential:
    """One application's registration: its id, and the certificate it proves itself with (None with the emulator)."""

    client_id: str
    certificate_path: Path | None
    certificate_password: SecretStr | None


class Settings(BaseSettings):
    """`target` says whether the emulator or a real tenant is meant; there is no default on purpose."""

    model_config = SettingsConfigDict(
        env_prefix="SPP_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    target: Literal["emulator", "tenant"]
    emulator_url: str = ""
    tenant: str = ""
    tenant_id: str = ""
    sign_in: Literal["certificate", "device"] = "certificate"
    client_id: str = ""
    certificate_path: Path | None = None
    certificate_password: SecretStr | None = None
    reader_client_id: str = ""
    reader_certificate_path: Path | None = None
    reader_certificate_password: SecretStr | None = None
    inviter_client_id: str = ""
    inviter_certificate_path: Path | None = None
    inviter_certificate_password: SecretStr | None = None
    provisioner_client_id: str = ""
    provisioner_certificate_path: Path | None = None
    provisioner_certificate_password: SecretStr | None = None
    mailbox: str = ""
    database_url: SecretStr | None = None
    user_agent_org: str = ""
    oneroster_token_url: str = ""
    oneroster_client_id: str = ""
    oneroster_client_secret: SecretStr | None = None

    @property
    def target_name(self) -> str:
        """The target for people: "emulator", or "contoso (id)"."""
        return "emulator" if self.target == "emulator" else f"{self.tenant} ({self.tenant_id})"

    def credential(self, role: str) -> Credential:
        """The application that plays `role` (reader, inviter or provisioner), or the general one where the school has
        registered none for it. An application of its own without a certificate of its own uses the general one's."""
        if role not in ROLES:
            raise ValueError(f"{role!r} is not one of {', '.join(ROLES)}")
        path: Path | None = getattr(self, f"{role}_certificate_path")
        password: SecretStr | None = getattr(self, f"{role}_certificate_password")
        client_id: str = getattr(self, f"{role}_client_id") or self.client_id
        if path is None:
            return Credential(client_id, self.certificate_path, self.certificate_password)
        return Credential(client_id, path, password)


def load_settings() -> Settings:
    """Settings for this run, checked. Raises SettingsError that names everything that is missing or wrong at once."""
    return _load(_wrong_for_tenant)


def load_first_settings() -> Settings:
    """What is set before anything is registered in the tenant: only the target is needed. Raises SettingsError."""
    return _load(_wrong_tenant_id)


def _load(wrong_for_tenant: Callable[[Settings], list[Problem]]) -> Settings:
    try:
        given = Settings.model_validate({})
    except ValidationError as error:
        raise _unusable(error) from None
    problems = _wrong_anywhere(given)
    if given.target == "emulator":
        given = emulator_settings(given)
    else:
        problems += wrong_for_tenant(given)
    _raise_all(problems)
    return given


def emulator_settings(given: Settings | None = None) -> Settings:
    """Settings that work with the emulator. Without `given` nothing is read from the environment or `.env` (`demo` and
    `emulator` must work whatever is set there). The school's own applications and certificates are left out: what they
    sign is worth something, and the emulator is any program that listens on the address."""
    tenant = given.tenant if given and given.tenant else EMULATOR_TENANT
    return Settings.model_construct(
        target="emulator",
        emulator_url=given.emulator_url if given else "",
        tenant=tenant,
        tenant_id=(given.tenant_id if given else "") or f"{tenant}.onmicrosoft.com",
        sign_in=given.sign_in if given else "certificate",
        client_id=EMULATOR_CLIENT_ID,
        mailbox=(given.mailbox if given else "") or EMULATOR_MAILBOX,
        database_url=given.database_url if given else None,
        user_agent_org=given.user_agent_org if given else "",
        # A rehearsal on the emulator may well read the real contact list; these are sent to its server alone.
        oneroster_token_url=given.oneroster_token_url if given else "",
        oneroster_client_id=given.oneroster_client_id if given else "",
        oneroster_client_secret=given.oneroster_client_secret if given else None,
    )


def data_folder() -> Path:
    """Where this product keeps what must outlive a run (run store, sign-in cache, the emulator's state); readable by
    nobody else."""
    import platformdirs

    folder = platformdirs.user_data_path("sp-parent-portal", appauthor=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _unusable(error: ValidationError) -> SettingsError:
    """Never with the value: it may be a secret."""
    problems = []
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        name = "SPP_" + str(each["loc"][0]).upper()
        if name == "SPP_TARGET" and each["type"] == "missing":
            problems.append(Problem("environment", 0, "no-target", NO_TARGET))
        elif each["type"] == "literal_error":
            accepted = get_args(Settings.model_fields[str(each["loc"][0])].annotation)
            problems.append(_problem(f"{name} must be {' or '.join(accepted)}"))
        else:
            problems.append(Problem("environment", 0, "setting", f"{name}: {each['msg']}"))
    return SettingsError("; ".join(problem.message for problem in problems), "", problems)


def _wrong_anywhere(given: Settings) -> list[Problem]:
    problems = []
    url = urlsplit(given.emulator_url)
    if given.emulator_url and not (url.scheme == "http" and LOOPBACK.match(url.hostname or "") and not url.username):
        problems.append(_problem("SPP_EMULATOR_URL must be http on this machine, such as http://127.0.0.1:8365"))
    if given.oneroster_token_url and not _is_safe_address(given.oneroster_token_url):
        problems.append(_problem("SPP_ONEROSTER_TOKEN_URL must be https, without a user or password in it"))
    if given.tenant and not TENANT_NAME.match(given.tenant):
        problems.append(_problem("SPP_TENANT is the name before .sharepoint.com, such as contoso"))
    return problems


def _is_safe_address(address: str) -> bool:
    url = urlsplit(address)
    encrypted = url.scheme == "https" or (url.scheme == "http" and bool(LOOPBACK.match(url.hostname or "")))
    return encrypted and bool(url.hostname) and not url.username and not url.password


def _wrong_for_tenant(given: Settings) -> list[Problem]:
    missing = [name for name in ("tenant", "tenant_id") if not getattr(given, name)]
    credentials = [given.credential(role) for role in ROLES]
    if not all(each.client_id for each in credentials):
        missing.append("client_id")
    if given.sign_in == "certificate" and not all(each.certificate_path for each in credentials):
        missing.append("certificate_path")
    problems = [_problem(f"SPP_{name.upper()} is missing") for name in missing]
    problems += _wrong_tenant_id(given)
    paths = {each.certificate_path for each in credentials if each.certificate_path is not None}
    if given.sign_in == "certificate":
        problems += [_problem(f"the certificate {path} is not there") for path in sorted(paths) if not path.is_file()]
    if given.emulator_url:
        problems.append(_problem("SPP_EMULATOR_URL is set, but SPP_TARGET is tenant: one of the two is a mistake"))
    return problems


def _wrong_tenant_id(given: Settings) -> list[Problem]:
    wrong = given.tenant_id and not TENANT_ID.match(given.tenant_id.lower())
    return [_problem("SPP_TENANT_ID is the directory's id, a GUID")] if wrong else []


def _raise_all(problems: list[Problem]) -> None:
    if problems:
        text = "; ".join(problem.message for problem in problems)
        raise SettingsError(f"The settings cannot be used: {text}", "Set them in the environment or in .env.", problems)


def _problem(message: str) -> Problem:
    return Problem("environment", 0, "setting", message)
