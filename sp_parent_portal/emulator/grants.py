"""Which applications are registered, and what each was granted."""

from __future__ import annotations

from typing import Any

from .state import State
from .tokens import GRAPH_HOST

# Every application permission the product asks for; an application that the seed does not list has them all.
GRAPH_ROLES = (
    "AuditLog.Read.All", "Directory.Read.All", "EduRoster.Read.All", "EduRoster.ReadWrite.All",
    "Group.Create", "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All", "Mail.ReadWrite", "Mail.Send", "Organization.Read.All", "Policy.Read.All",
    "Policy.ReadWrite.Authorization", "SharePointTenantSettings.ReadWrite.All", "Sites.FullControl.All",
    "Sites.Read.All", "User.DeleteRestore.All", "User.Invite.All", "User.Read.All", "User.ReadWrite.All",
)  # fmt: skip
SHAREPOINT_ROLES = ("Sites.FullControl.All", "TermStore.ReadWrite.All", "User.ReadWrite.All")


def find_app(state: State, client_id: str) -> dict[str, Any] | None:
    """The registration; any id is one unless the seed lists applications."""
    apps: list[dict[str, Any]] = state.get_fact("apps") or []
    if not apps:
        return {"id": client_id, "name": "sp-parent-portal"}
    return next((app for app in apps if app["id"].lower() == client_id.lower()), None)


def roles_for(app: dict[str, Any], host: str) -> list[str]:
    if host == GRAPH_HOST:
        return list(app.get("roles", GRAPH_ROLES))
    return list(app.get("sharepoint_roles", SHAREPOINT_ROLES))
