"""Office365-REST-Python-Client's own typed calls, without our gateway around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from office365.graph_client import GraphClient
from office365.sharepoint.client_context import ClientContext

from tests.interop.clients import Exit, Served
from tests.interop.loopback import make_session
from tests.interop.tenant import GRAPH, SHAREPOINT, SHAREPOINT_ADMIN, TRIP, forge_token

T = TypeVar("T")


@dataclass
class Office:
    served: Served
    name: str = "Office365-REST-Python-Client"

    def run(self, what: str, act: Callable[[], T]) -> T:
        found = act()
        self.served.exits.append(Exit(self.name, what, 0))
        return found

    def site(self, url: str = TRIP) -> Any:
        """A new context, for what failed in one is tried again with its next call."""
        resource = SHAREPOINT_ADMIN if url == SHAREPOINT_ADMIN else SHAREPOINT
        context = ClientContext(url).with_access_token(lambda: _token(resource))
        context.pending_request().with_transport(session=make_session(self.served.url))
        return context

    def graph(self) -> Any:
        client = GraphClient(lambda: _token(GRAPH))
        client.pending_request().with_transport(session=make_session(self.served.url))
        return client

    def write(self, name: str) -> None:
        self.run("write", lambda: self._write(name))

    def _write(self, name: str) -> None:
        address = f"{name}@mail.example"
        self.graph().invitations.create(address, TRIP).execute_query()
        client = self.graph()
        guest = client.users.get().filter(f"mail eq '{address}'").execute_query()[0]
        group = client.groups.create_security(name).execute_query()
        group.members.add(guest).execute_query()
        web = self.site().web
        made = web.site_groups.add(name).execute_query()
        user = web.ensure_user(address).execute_query()
        made.users.add_user(user.login_name).execute_query()
        read = web.role_definitions.get_by_name("Read").get().execute_query()
        web.role_assignments.add_role_assignment(made.id, read.id).execute_query()
        web.lists.add_list(name).execute_query()

    def read(self, name: str) -> dict[str, Any]:
        return self.run("read", lambda: self._read(name))

    def _read(self, name: str) -> dict[str, Any]:
        client = self.graph()
        query = client.users.get().filter(f"mail eq '{name}@mail.example'").select(["id", "userType"])
        guests = [user.properties["userType"] for user in query.execute_query()]
        groups = client.groups.get().filter(f"mailNickname eq '{name}'").execute_query()
        members = [each.properties["mail"] for group in groups for each in group.members.get().execute_query()]
        lists = self.site().web.lists.get().filter(f"Title eq '{name}'").execute_query()
        found = self.site().web.site_groups.expand(["Users"]).get().execute_query()
        emails = [user.properties["Email"] for group in found if group.title == name for user in group.users]
        return {
            "guest": guests[0] if guests else None,
            "group": members,
            "site_group": emails,
            "list": [each.title for each in lists],
        }


def _token(resource: str) -> dict[str, str]:
    return {"access_token": forge_token(resource, app_only=True), "token_type": "Bearer"}
