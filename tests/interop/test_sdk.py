"""Microsoft's SDK of Graph for Python against the emulator."""

from __future__ import annotations

from typing import Any

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.sharepoint_settings import SharepointSettings
from msgraph.generated.models.sharing_capabilities import SharingCapabilities
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.page_iterator import PageIterator

from tests.interop.clients import Served
from tests.interop.sdk import Sdk, UserQuery
from tests.interop.tenant import OWNER, TENANT_ID, TRIP

pytestmark = pytest.mark.xdist_group("msgraph-sdk")


@pytest.fixture(scope="module")
def sdk(served: Served) -> Sdk:
    return Sdk(served)


def test_the_tenant_and_a_site(sdk: Sdk) -> None:
    async def act(client: Any) -> tuple[Any, ...]:
        organization = (await client.organization.get()).value[0]
        policy = await client.policies.authorization_policy.get()
        site = await client.sites.by_site_id("contoso.sharepoint.com:/sites/trip").get()
        return organization.id, policy.allow_invites_from.value, site.web_url

    assert sdk.run("organization, policies, sites", act) == (TENANT_ID, "everyone", TRIP)


def test_settings_of_sharepoint(sdk: Sdk) -> None:
    async def act(client: Any) -> list[SharingCapabilities]:
        settings = client.admin.sharepoint.settings
        seen = [(await settings.get()).sharing_capability]
        for wanted in (SharingCapabilities.ExistingExternalUserSharingOnly, seen[0]):
            await settings.patch(SharepointSettings(sharing_capability=wanted))
            seen.append((await settings.get()).sharing_capability)
        return seen

    opened, closed = (
        SharingCapabilities.ExternalUserSharingOnly,
        SharingCapabilities.ExistingExternalUserSharingOnly,
    )
    assert sdk.run("admin.sharepoint.settings", act) == [opened, closed, opened]


def test_pages_of_accounts(sdk: Sdk) -> None:
    async def act(client: Any) -> list[str]:
        names: list[str] = []

        def note(user: Any) -> bool:
            names.append(user.user_principal_name)
            return True

        first = await client.users.get(RequestConfiguration(query_parameters=UserQuery(top=1)))
        await PageIterator(first, client.request_adapter).iterate(note)
        return names

    assert len(sdk.run("users, in pages of one", act)) == 3


def test_a_batch_that_the_sdk_gets_wrong_and_one_that_is_right(sdk: Sdk) -> None:
    """It sends whole addresses, which the service refuses one by one; people cut them (msgraph-sdk-python#1015)."""

    async def act(client: Any) -> list[int]:
        await client.users.get()  # from its first call on it knows the whole address
        statuses = []
        for cut in ("", "https://graph.microsoft.com/v1.0"):
            item = BatchRequestItem(client.users.to_get_request_information())
            item.url = item.url.removeprefix(cut)
            content = BatchRequestContent()
            content.add_request(item.id, item)
            answers = await client.batch.post(content)
            statuses.append(answers.get_response_by_id(item.id).status)
        return statuses

    assert sdk.run("$batch", act) == [400, 200]


def test_an_account_is_deleted_and_restored(sdk: Sdk) -> None:
    sdk.write("sdk-gone")

    async def act(client: Any) -> tuple[list[str], str]:
        query = UserQuery(filter="mail eq 'sdk-gone@mail.example'")
        user = (await client.users.get(RequestConfiguration(query_parameters=query))).value[0]
        await client.users.by_user_id(user.id).delete()
        deleted = [each.mail for each in (await client.directory.deleted_items.graph_user.get()).value]
        await client.directory.deleted_items.by_directory_object_id(user.id).restore.post()
        return deleted, (await client.users.by_user_id(user.id).get()).mail

    assert sdk.run("delete, restore", act) == (["sdk-gone@mail.example"], "sdk-gone@mail.example")


def test_an_error_is_the_services_own(sdk: Sdk) -> None:
    async def act(client: Any) -> tuple[int, str]:
        with pytest.raises(ODataError) as caught:
            await client.users.by_user_id("nobody@school.example").get()
        assert (await client.users.by_user_id(OWNER).get()).display_name == "Joy Okoro"
        return caught.value.response_status_code, caught.value.error.code

    assert sdk.run("an account that is not there", act) == (404, "Request_ResourceNotFound")
