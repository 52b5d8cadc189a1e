"""Settings from the environment or `.env`, prefix SPP_. A secret is never echoed, logged or taken from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import Problem, SettingsError

ROLES = ("reader", "inviter", "provisioner")


class Settings(BaseSettings):
    """`target` says whether the emulator or a real tenant is meant; there is no default on purpose."""

    model_config = SettingsConfigDict(env_prefix="SPP_", env_file=".env", extra="ignore", frozen=True)

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
