"""What an application or user must have been granted for a call, by the permissions of the SharePoint resource.

Tenant administration asks an application for Sites.FullControl.All, whatever it reads. Delegated tokens are judged by
their scopes alone: the user's own rights in the site are not (COVERAGE.md).
"""

from __future__ import annotations

from ..tokens import Token
from . import archive
from .faults import access_denied, admin_denied, site_blocked
from .routes import ADMIN, ANYONE, FULL, MANAGE, READ, WRITE
from .site import Site

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


def check_lock(site: Site, needs: str) -> None:
    """Raises Fault where the site's lock keeps the call out, or the archive everybody."""
    archive.check_reading(site)
    if site.doc["LockState"] == "NoAccess":
        raise site_blocked("Access")
    if site.doc["LockState"] == "ReadOnly" and needs not in (READ, ANYONE):
        raise site_blocked("Additions")
