"""Microsoft's own SDK of Graph for Python, unchanged, with a secret at the emulator's token endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.models.group import Group
from msgraph.generated.models.invitation import Invitation
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory

from tests.interop.clients import Exit, Served
from tests.interop.loopback import AsyncTransport, make_session
from tests.interop.tenant import CLIENT_ID, GRAPH, TENANT_ID, TRIP

T = TypeVar("T")
Act = Callable[[Any], Awaitable[T]]
UserQuery = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters
GroupQuery = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters


def sign_in(session: requests.Session) -> AzureIdentityAuthenticationProvider:
    transport = RequestsTransport(session=session, session_owner=False)
    credential = ClientSecretCredential(TENANT_ID, CLIENT_ID, "secret", transport=transport)
    return AzureIdentityAuthenticationProvider(credential, scopes=[f"{GRAPH}/.default"])


@dataclass
class Sdk:
    served: Served
    name: str = "msgraph-sdk for Python"

    def run(self, what: str, act: Act[T]) -> T:
        """`act` is given the client."""

        async def whole() -> T:
            async with AsyncTransport(self.served.url) as transport:
                wire = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
                with make_session(self.served.url) as session:
                    return await act(GraphServiceClient(request_adapter=GraphRequestAdapter(sign_in(session), wire)))

        found = asyncio.run(whole())
        self.served.exits.append(Exit(self.name, what, 0))
        return found

    def write(self, name: str) -> None:
        async def act(client: Any) -> None:
            invited = await client.invitations.post(
                Invitation(
                    invited_user_email_address=f"{name}@mail.example",
                    invited_user_display_name=name,
                    invite_redirect_url=TRIP,
                )
            )
            group = await client.groups.post(
                Group(display_name=name, mail_nickname=name, mail_enabled=False, security_enabled=True)
            )
            reference = ReferenceCreate(odata_id=f"{GRAPH}/v1.0/directoryObjects/{invited.invited_user.id}")
            await client.groups.by_group_id(group.id).members.ref.post(reference)

        self.run("write", act)

    def read(self, name: str) -> dict[str, Any]:
        """What stands in the directory; of SharePoint's groups and lists this SDK knows nothing."""

        async def act(client: Any) -> dict[str, Any]:
            query = UserQuery(filter=f"mail eq '{name}@mail.example'", select=["id", "userType"])
            guests = (await client.users.get(RequestConfiguration(query_parameters=query))).value
            query = GroupQuery(filter=f"mailNickname eq '{name}'")
            groups = (await client.groups.get(RequestConfiguration(query_parameters=query))).value
            members = (await client.groups.by_group_id(groups[0].id).members.get()).value if groups else []
            return {
                "guest": guests[0].user_type if guests else None,
                "group": [member.mail for member in members],
            }

        return self.run("read", act)
