"""The permissions that the README tells an administrator to grant are enough for everything, and none is too many.

Three applications are registered with the emulator, each with what the README names and nothing else. The emulator
asks for the permissions that Microsoft's pages name for each call; it knows no Exchange, so the inviter carries in its
token what a real tenant grants it in Exchange for one mailbox.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sp_parent_portal.audit.collect import collect_site
from sp_parent_portal.audit.who import audit_who
from sp_parent_portal.doctor import FAIL, diagnose
from sp_parent_portal.errors import PortalError
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.settings import ROLES, emulator_settings
from tests.stage import GUARDIANS, SITE, Stage, not_done
from tests.test_docs import permissions

IDS = {role: f"00000000-0000-4000-8000-00000000000{number}" for number, role in enumerate(ROLES, start=1)}
MAIL = {("inviter", "Microsoft Graph"): {"Mail.ReadWrite", "Mail.Send"}}
GRANTED = {key: names | MAIL.get(key, set()) for key, names in permissions().items()}
NOW = datetime(2027, 5, 1, tzinfo=UTC)


class SchoolWithRoles(Stage):
    """One application per role, with these permissions."""

    def __init__(self, folder: Path, granted: dict[tuple[str, str], set[str]]) -> None:
        super().__init__(folder)
        apps = [
            {
                "id": IDS[role],
                "name": role,
                "roles": sorted(granted.get((role, "Microsoft Graph"), set())),
                "sharepoint_roles": sorted(granted.get((role, "SharePoint"), set())),
            }
            for role in ROLES
        ]
        self.emulator.state.set_fact("apps", apps)

    def dial(self) -> Gateway:
        own = {f"{role}_client_id": IDS[role] for role in ROLES}
        return connect(emulator_settings().model_copy(update=own), app=self.wire)


def complaints(stage: SchoolWithRoles) -> list[str]:
    """Everything that did not go as it should in the whole story: tenant, trip, second plan, audit, doctor."""
    found: list[str] = []
    try:
        stage.furnish()
        found += not_done(stage.apply())
        again = stage.plan().plan
        found += [f"left: {change.verb} {change.kind}" for change in again.changes]
        found += [f"held: {held.reason}" for held in again.held]
        snapshot = collect_site(stage.gateway, SITE)
        found += [f"unread: {each.what}" for each in snapshot.unread]
        found += [] if audit_who(stage.gateway, GUARDIANS[0]) else ["audit who: nobody"]
    except (PortalError, AssertionError) as error:
        found.append(f"{type(error).__name__}: {error}")
    findings = diagnose(emulator_settings(), stage.portal, stage.gateway, now=NOW)
    found += [f"doctor: {each.id}: {each.message}" for each in findings if each.result == FAIL and "read-" in each.id]
    return found


def test_the_permissions_of_the_readme_are_enough(tmp_path: Path) -> None:
    assert complaints(SchoolWithRoles(tmp_path, GRANTED)) == []


@pytest.mark.parametrize(
    ("role", "api", "name"),
    [(role, api, name) for (role, api), names in sorted(GRANTED.items()) for name in sorted(names)],
)
def test_none_of_them_is_too_many(tmp_path: Path, role: str, api: str, name: str) -> None:
    less = {key: names - {name} if key == (role, api) else names for key, names in GRANTED.items()}
    assert complaints(SchoolWithRoles(tmp_path, less)), f"{role} works without {name} ({api}): the README asks for it"
