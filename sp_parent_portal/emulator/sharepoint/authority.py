"""What an application or user must have been granted for a call, by the permissions of the SharePoint resource.

Tenant administration asks an application for Sites.FullControl.All, whatever it reads. Delegated tokens are judged by
their scopes alone: the user's own rights in the site are not (COVERAGE.md).
"""

from __future__ import annotations

from ..tokens import Token
from .faults import access_denied, admin_denied
from .routes import ADMIN, ANYONE, FULL, MANAGE, READ, WRITE

_FULL = ("Sites.FullControl.All", "AllSites.FullControl")
_MANAGE = (*_FULL, "Sites.Manage.All", "AllSites.Manage")
_WRITE = (*_MANAGE, "Sites.ReadWrite.All", "AllSites.Write")
_READ = (*_WRITE, "Sites.Read.All", "AllSites.Read")
GRANTS = {READ: _READ, WRITE: _WRITE, MANAGE: _MANAGE, FULL: _FULL, ADMIN: _FULL}


def check(token: Token, needs: str) -> None:
    """Raises Fault."""
    if needs == ANYONE or token.allows(GRANTS[needs]):
        return
    raise admin_denied() if needs == ADMIN else access_denied()
