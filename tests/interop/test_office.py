"""Office365-REST-Python-Client over a wire: more of its typed calls, in this process, are in tests/contract."""

from __future__ import annotations

import pytest
from office365.sharepoint.permissions.base_permissions import BasePermissions
from office365.sharepoint.permissions.kind import PermissionKind
from office365.sharepoint.tenant.administration.tenant import Tenant
from office365.sharepoint.tenant.management.office365_tenant import Office365Tenant

from tests.interop.clients import Served
from tests.interop.loopback import redirect_everything
from tests.interop.office import Office
from tests.interop.tenant import COLLEAGUE, OWNER, SHAREPOINT, SHAREPOINT_ADMIN, TRIP

pytestmark = pytest.mark.xdist_group("Office365-REST-Python-Client")


@pytest.fixture(scope="module")
def office(served: Served) -> Office:
    return Office(served)


def test_a_web_its_people_and_what_they_may(office: Office) -> None:
    web = office.run("web", lambda: office.site().web.get().execute_query())
    assert (web.title, web.url) == ("Lake District", TRIP)
    user = office.run("ensure_user", lambda: office.site().web.ensure_user(COLLEAGUE).execute_query())
    mask = office.run(
        "get_user_effective_permissions",
        lambda: office.site().web.get_user_effective_permissions(user.login_name).execute_query(),
    )
    assert isinstance(mask.value, BasePermissions)
    assert not mask.value.has(PermissionKind.ManageWeb)


def test_lists_and_items_in_pages(office: Office) -> None:
    kit = office.run("lists.add_list", lambda: office.site().web.lists.add_list("Kit").execute_query())
    for title in ("Boots", "Hat", "Rope"):
        kit.add_item({"Title": title}).execute_query()
    kit.get_item_by_id(1).set_property("Title", "Old boots").update().execute_query()
    items = office.site().web.lists.get_by_title("Kit").items
    found = office.run("items.get_all", lambda: items.get_all(page_size=2).execute_query())
    assert [item.properties["Title"] for item in found] == ["Old boots", "Hat", "Rope"]


def test_a_file_goes_up_and_comes_down(office: Office) -> None:
    folder = office.site().web.get_folder_by_server_relative_path("Shared Documents")
    file = office.run("upload_file", lambda: folder.upload_file("letter.txt", b"Dear parents").execute_query())
    assert file.server_relative_url == "/sites/trip/Shared Documents/letter.txt"
    again = office.site().web.get_file_by_server_relative_path(file.server_relative_url)
    assert office.run("get_content", lambda: again.get_content().execute_query()).value == b"Dear parents"


def test_the_tenant_and_a_site_from_beginning_to_end(office: Office) -> None:
    url = f"{SHAREPOINT}/sites/office"
    manager = office.site(SHAREPOINT).site_manager
    made = office.run("site_manager.create", lambda: manager.create("Office", url, OWNER).execute_query())
    assert made.value.SiteStatus.value == 2
    tenant = Tenant(office.site(SHAREPOINT_ADMIN))
    properties = tenant.get_site_properties_by_url(url, True)
    found = office.run("get_site_properties_by_url", lambda: properties.execute_query())
    assert (found.properties["Title"], found.sharing_capability.value) == ("Office", 0)
    removed = office.run("remove_site", lambda: Tenant(office.site(SHAREPOINT_ADMIN)).remove_site(url).execute_query())
    assert removed.is_complete
    guests = Office365Tenant(office.site(SHAREPOINT_ADMIN)).get_external_users()
    assert office.run("get_external_users", lambda: guests.execute_query()).total_user_count == 0


def test_batches_of_both_services(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    context = office.site()
    web, lists = context.web.get(), context.web.lists.get()
    office.run("SharePoint batch", context.execute_batch)
    assert web.title == "Lake District"
    assert "Documents" in [each.title for each in lists]
    # Its batches of Graph do not go through the transport that they were told.
    redirect_everything(monkeypatch, office.served.url)
    client = office.graph()
    users, groups = client.users.get(), client.groups.get()
    office.run("Graph batch", client.execute_batch)
    assert (len(users), len(groups)) == (3, 0)
