"""What is missing before anything can work: one finding a check, each PASS, FAIL or UNKNOWN, each with its remedy.

Nothing that is missing is PASS, and a read that failed is UNKNOWN with the reason. Three findings can be accepted under
[accept] in portal.toml, by name and date: `guest_role`, `one_application`, `more_permissions`.
Importing this package is cheap.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import FAIL, PASS, UNKNOWN, Finding

if TYPE_CHECKING:
    from ..errors import InputError
    from ..microsoft365 import Gateway
    from ..settings import Settings
    from ..trips import Portal

__all__ = ["FAIL", "PASS", "UNKNOWN", "Finding", "check_sign_in", "diagnose"]


def diagnose(
    settings: Settings | None,
    portal: Portal | None,
    gateway: Gateway | None,
    *,
    now: datetime,
    store_url: str = "",
    env_file: Path = Path(".env"),
    wrong_settings: InputError | None = None,
    wrong_portal: InputError | None = None,
) -> tuple[Finding, ...]:
    """Every check, always all of them, in the same order. What is None could not be had: `wrong_settings` and
    `wrong_portal` say why. `store_url` is where the run store is ("": not known), `now` the time in UTC.

    Reads the tenant and changes nothing; raises no GatewayError."""
    from .access import check_access
    from .local import check_local
    from .readings import observe_tenant
    from .roles import check_roles
    from .school import check_school
    from .storage import check_storage
    from .tenant import check_tenant

    budget = portal.licences.external_user_budget if portal else 0
    readings = observe_tenant(gateway, budget, now)
    return (
        *check_local(settings, wrong_settings, portal, env_file, now),
        *check_storage(store_url),
        *check_school(portal, wrong_portal, gateway),
        *check_roles(settings, portal, gateway),
        *check_access(readings),
        *check_tenant(settings, portal, readings),
    )


def check_sign_in(
    settings: Settings | None,
    portal: Portal | None,
    gateway: Gateway | None,
    *,
    now: datetime,
    env_file: Path = Path(".env"),
    wrong_settings: InputError | None = None,
) -> tuple[Finding, ...]:
    """The part of the above that is about signing in: `auth check`. The certificate of each role apart, and the
    mailbox, of which a token says nothing. Raises no GatewayError."""
    from ..settings import ROLES
    from .local import check_applications, check_certificate_of_role, check_private_files, check_settings
    from .readings import observe_mailbox
    from .roles import check_roles
    from .tenant import check_mailbox

    return (
        check_settings(settings, wrong_settings),
        check_private_files(settings, env_file),
        *(check_certificate_of_role(settings, role, now) for role in ROLES),
        check_applications(settings, portal),
        *check_roles(settings, portal, gateway),
        check_mailbox(settings, observe_mailbox(gateway)),
    )
