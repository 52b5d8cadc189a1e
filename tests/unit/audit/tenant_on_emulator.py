"""A school's tenant on the in-process emulator, built through the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.client import EmulatorClient
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.microsoft365.model import Invitation
from sp_parent_portal.settings import emulator_settings
from sp_parent_portal.sharing import Sharing
from tests.rest_door import rest_door

SITES = "https://contoso.sharepoint.com/sites/"
OWNER = "j.okoro@school.example"
LEVELS = {"Full Control": 1073741829, "Edit": 1073741830, "Contribute": 1073741827, "Read": 1073741826}


class Tenant:
    """Time passes by polls: a new site is asked for until it is ready, a new group until SharePoint knows it."""

    def __init__(self) -> None:
        self.emulator = open_emulator(":memory:")
        self.gateway: Gateway = connect(emulator_settings(), app=self.emulator)

    @property
    def client(self) -> EmulatorClient:
        return EmulatorClient.of(self.emulator)

    def refuse(self, on: str, *, nth: int = 1, status: int = 403) -> None:
        """From the nth matching request on the service refuses."""
        self.client.set_faults([{"on": on, "nth": nth, "times": None, "reply": status}])

    def open_sharing(self, level: Sharing = Sharing.EXISTING_GUESTS) -> None:
        self.gateway.graph.set_tenant_sharing(replace(self.gateway.graph.get_tenant_sharing(), level=level))

    def add_site(self, name: str, sharing: Sharing = Sharing.EXISTING_GUESTS) -> str:
        url = SITES + name
        sharepoint = self.gateway.sharepoint
        sharepoint.create_site(url, name.capitalize(), OWNER, "", 1033)
        for _ in range(50):
            if sharepoint.look_at_new_site(url)[1]:
                break
        sharepoint.set_site_sharing(url, sharing)
        return url

    def invite(self, *names: str) -> list[str]:
        """Guests <name>@home.example; their object ids."""
        invitations = [Invitation(f"{name}@home.example", name.capitalize(), SITES + "x") for name in names]
        ids = [answer.value for answer in self.gateway.graph.invite(invitations)]
        assert all(ids)
        return [each for each in ids if each]

    def add_group(self, nickname: str, members: Sequence[str], name: str = "") -> str:
        group = self.gateway.graph.create_group(name or nickname, nickname, "")
        assert all(answer.error is None for answer in self.gateway.graph.add_members(group.id, members))
        return group.id

    def let_visit(self, url: str, login: str, group: str = "visitors") -> None:
        """Put a claim into one of the site's own groups."""
        groups = self.gateway.sharepoint.get_associated_groups(url)
        rest_door(self.gateway).add_to_site_group(url, getattr(groups, group).id, login)


def group_claim(group_id: str) -> str:
    return f"c:0t.c|tenant|{group_id}"
