"""A site's life, its settings, its people, and what the service refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator import directory
from sp_parent_portal.emulator.guests import note_external_user
from sp_parent_portal.emulator.sharepoint.site import list_sites

from ...contract.sharepoint_bench import ADMIN, LAKES, NOW, OWNER, ROOT, VERBOSE, Bench

TENANT = f"{ADMIN}/_api/SPO.Tenant"
NEW = f"{ROOT}/sites/new"
TRIP = "0f0e0d0c-0000-4000-8000-000000000001"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def create(bench: Bench, **wanted: object) -> int:
    request = {"Title": "New", "Url": NEW, "WebTemplate": "STS#3", "Owner": OWNER, "Lcid": 1033, **wanted}
    status: int = bench.read("POST", f"{ROOT}/_api/SPSiteManager/Create", {"request": request})["SiteStatus"]
    return status


def status(bench: Bench, url: str = NEW) -> int:
    found: int = bench.read("GET", f"{ROOT}/_api/SPSiteManager/status?url='{url}'")["SiteStatus"]
    return found


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_provisioning_takes_as_many_looks_as_told(bench: Bench, polls: int) -> None:
    bench.state.set_fact("provisioning", {"status_polls": polls, "complete_polls": polls})
    assert status(bench) == 0
    assert create(bench) == (1 if polls else 2)
    assert [status(bench) for _ in range(polls + 1)] == [1] * polls + [2]
    complete = [bench.read("GET", f"{NEW}/_api/web?$select=IsProvisioningComplete") for _ in range(polls + 1)]
    assert [each["IsProvisioningComplete"] for each in complete] == [False] * polls + [True]


def test_a_poke_completes_the_site(bench: Bench) -> None:
    bench.state.set_fact("provisioning", {"status_polls": 0, "complete_polls": 99})
    create(bench)
    utility = "Microsoft.Sharepoint.Utilities.WebTemplateExtensions.SiteScriptUtility"
    assert bench.read("POST", f"{NEW}/_api/{utility}.ValidatePendingWebTemplateExtension") == {"value": False}
    assert bench.read("GET", f"{NEW}/_api/web?$select=IsProvisioningComplete") == {"IsProvisioningComplete": True}


def test_a_site_that_is_not_there_yet_is_404(bench: Bench) -> None:
    bench.state.set_fact("provisioning", {"status_polls": 2})
    create(bench)
    assert bench.read("POST", f"{TENANT}/GetSitePropertiesByUrl", {"url": NEW})["Status"] == "Creating"
    assert [bench.ask("GET", f"{NEW}/_api/web").status_code for _ in range(3)] == [404, 404, 200]


@pytest.mark.parametrize(
    ("wanted", "answered"),
    [({}, 1), ({"Owner": ""}, 3), ({"Owner": "nobody@school.example"}, 3), ({"WebTemplate": "BLOG#0"}, 3),
     ({"Url": "https://elsewhere.example/sites/x"}, 3), ({"Url": f"{LAKES}/"}, 4),
     ({"Url": LAKES.replace("lakes", "LAKES")}, 4)],
)  # fmt: skip
def test_site_status(bench: Bench, wanted: dict[str, object], answered: int) -> None:
    assert create(bench, **wanted) == answered


def test_the_recycle_bin_counts_as_taken(bench: Bench) -> None:
    bench.read("POST", f"{TENANT}/RemoveSite", {"siteUrl": LAKES})
    assert bench.ask("GET", f"{LAKES}/_api/web").status_code == 404
    assert create(bench, Url=LAKES) == 4
    row = bench.read("POST", f"{TENANT}/GetDeletedSitePropertiesByUrl", {"siteUrl": LAKES})
    assert (row["Status"], row["DaysRemaining"], row["SiteId"]) == ("Recycled", 93, bench.lakes.id)
    bench.read("POST", f"{TENANT}/RemoveDeletedSite", {"siteUrl": LAKES})
    missing = bench.ask("POST", f"{TENANT}/GetDeletedSitePropertiesByUrl", {"siteUrl": LAKES})
    assert "Unable to find the deleted site" in missing.get_data(as_text=True)
    assert create(bench, Url=LAKES) == 1


@pytest.mark.parametrize("days", [92, 94])
def test_a_deleted_site_can_come_back_for_ninety_three_days(bench: Bench, days: int) -> None:
    bench.read("POST", f"{TENANT}/RemoveSite", {"siteUrl": LAKES})
    bench.emulator.clock = lambda: NOW + timedelta(days=days)
    token = bench.token("contoso-admin.sharepoint.com", exp=NOW.timestamp() + 100 * 86_400)
    headers = {"Authorization": f"Bearer {token}"}
    rows = bench.read("POST", f"{TENANT}/GetDeletedSitePropertiesFromSharePoint", {}, headers=headers)["value"]
    assert [row["Url"] for row in rows] == ([LAKES] if days < 93 else [])
    restored = bench.ask("POST", f"{TENANT}/RestoreDeletedSite", {"siteUrl": LAKES}, headers=headers)
    assert restored.status_code == (200 if days < 93 else 400)


def test_clones_share_ids_and_nothing_else(bench: Bench) -> None:
    """Ids of the web and of its first lists repeat; what is done in one site stays in it."""
    fells = bench.make_site("fells", "Fells")
    assert fells.web["Id"] == bench.lakes.web["Id"]
    assert fells.id != bench.lakes.id
    ids = [{row["Id"] for row in site.each("list")} for site in (fells, bench.lakes)]
    assert ids[0] == ids[1]
    (documents,) = [row["Id"] for row in fells.each("list") if row["Title"] == "Documents"]
    for rest in ("breakroleinheritance(true,false)", "items"):
        bench.read("POST", f"{fells.url}/_api/web/lists(guid'{documents}')/{rest}", {} if rest == "items" else None)
    for site, unique in ((fells, True), (bench.lakes, False)):
        found = bench.read(
            "GET", f"{site.url}/_api/web/lists(guid'{documents}')?$select=HasUniqueRoleAssignments,ItemCount"
        )
        assert found == {"HasUniqueRoleAssignments": unique, "ItemCount": int(unique)}


@pytest.mark.parametrize("template", ["STS#3", "SITEPAGEPUBLISHING#0"])
def test_new_sites_start_closed(bench: Bench, template: str) -> None:
    create(bench, WebTemplate=template)
    properties = bench.read("POST", f"{TENANT}/GetSitePropertiesByUrl", {"url": NEW, "includeDetail": True})
    assert (properties["SharingCapability"], properties["Template"], properties["LockState"]) == (0, template, "Unlock")


def test_a_list_of_sites_says_little_unless_asked_for_detail(bench: Bench) -> None:
    def listed(**wanted: object) -> list[dict[str, object]]:
        url = f"{TENANT}/GetSitePropertiesFromSharePointByFilters"
        rows: list[dict[str, object]] = bench.read("POST", url, {"speFilter": wanted})["value"]
        return [row for row in rows if row["Url"] == LAKES]

    assert change(bench, SharingCapability=3) == 204
    (sparse,), (detailed,) = listed(), listed(IncludeDetail=True)
    assert (sparse["SharingCapability"], sparse["SiteDefinedSharingCapability"], sparse["Owner"]) == (3, 0, "")
    assert (detailed["SiteDefinedSharingCapability"], detailed["OwnerEmail"]) == (3, OWNER)
    assert listed(Template="STS#3", Filter="Title -eq 'lakes'") == [sparse]
    assert listed(Template="GROUP#0") == []
    assert listed(Filter="Url -like 'nowhere'") == []


def test_sites_come_in_pages(bench: Bench) -> None:
    row = bench.state.db.execute("SELECT doc FROM sites WHERE id = ?", (bench.lakes.id,)).fetchone()["doc"]
    with bench.state.work() as db:
        for number in range(700):
            db.execute(
                "INSERT INTO sites (id, url, doc) VALUES (?, ?, ?)", (f"{number}", f"{ROOT}/sites/{number}", row)
            )
    total, seen, start = len(list_sites(bench.emulator)), 0, "0"
    while start:
        url = f"{TENANT}/GetSitePropertiesFromSharePointByFilters"
        page = bench.read("POST", url, {"speFilter": {"StartIndex": start, "IncludeDetail": True}})
        seen, start = seen + len(page["value"]), page["NextStartIndexFromSharePoint"]
        assert len(page["value"]) <= 300
    assert seen == total > 700


# ---- sharing and locks


def change(bench: Bench, **wanted: object) -> int:
    headers = {"X-HTTP-Method": "MERGE", "IF-MATCH": "*"}
    return bench.ask("POST", f"{TENANT}/sites('{bench.lakes.id}')", wanted, headers=headers).status_code


@given(tenant=st.sampled_from([0, 3, 1, 2]), site=st.sampled_from([0, 3, 1, 2]))
def test_a_site_cannot_be_raised_above_the_tenant(tenant: int, site: int) -> None:
    openness = [0, 3, 1, 2]
    SHARED.set_tenant(SharingCapability=2)
    assert change(SHARED, SharingCapability=0) == 204
    SHARED.set_tenant(SharingCapability=tenant)
    allowed = openness.index(site) <= openness.index(tenant)
    assert change(SHARED, SharingCapability=site) == (204 if allowed else 400)
    found = SHARED.read("GET", f"{TENANT}/sites('{SHARED.lakes.id}')?$select=SharingCapability")
    assert found["SharingCapability"] == (site if allowed else 0)


SHARED = Bench()


def test_a_lower_tenant_hides_the_sites_own_level(bench: Bench) -> None:
    assert change(bench, SharingCapability=1) == 204
    bench.set_tenant(SharingCapability=3)
    found = bench.read("GET", f"{TENANT}/sites('{bench.lakes.id}')")
    assert (found["SharingCapability"], found["SiteDefinedSharingCapability"]) == (3, 1)


def test_locks(bench: Bench) -> None:
    title = {"Title": "Other"}
    assert change(bench, LockState="ReadOnly") == 204
    assert bench.ask("GET", f"{LAKES}/_api/web").status_code == 200
    assert bench.ask("PATCH", f"{LAKES}/_api/web", title).status_code == 403
    assert change(bench, LockState="NoAccess") == 204
    assert bench.ask("GET", f"{LAKES}/_api/web").status_code == 403
    assert change(bench, LockState="Unlock") == 204
    assert bench.ask("PATCH", f"{LAKES}/_api/web", title).status_code == 204
    assert change(bench, LockState="Ajar") == 400


@pytest.mark.parametrize(
    "wanted", [{"SharingCapability": "1"}, {"SharingCapability": 9}, {"Nothing": 1}, {"ShowEveryoneClaim": 1}]
)
def test_tenant_settings_are_checked(bench: Bench, wanted: dict[str, object]) -> None:
    assert bench.ask("MERGE", TENANT, wanted).status_code == 400


# ---- who may call what


@pytest.mark.parametrize(
    ("roles", "verb", "path", "body", "answered"),
    [
        (["Sites.Read.All"], "GET", f"{LAKES}/_api/web", None, 200),
        (["Sites.Read.All"], "PATCH", f"{LAKES}/_api/web", {"Title": "x"}, 403),
        (["Sites.Manage.All"], "POST", f"{LAKES}/_api/web/lists", {"Title": "x", "BaseTemplate": 100}, 201),
        (["Sites.ReadWrite.All"], "POST", f"{LAKES}/_api/web/lists", {"Title": "x", "BaseTemplate": 100}, 403),
        (["Sites.ReadWrite.All"], "POST", f"{LAKES}/_api/web/lists/getbytitle('Documents')/items", {}, 201),
        (["Sites.Manage.All"], "POST", f"{LAKES}/_api/web/sitegroups", {"Title": "x"}, 403),
        (["Sites.Read.All"], "GET", TENANT, None, 403),
        (["User.Read.All"], "GET", f"{LAKES}/_api/web", None, 403),
        ([], "POST", f"{LAKES}/_api/contextinfo", None, 200),
    ],
)
def test_application_permissions(
    roles: list[str], verb: str, path: str, body: dict[str, object] | None, answered: int
) -> None:
    assert Bench(roles=roles).ask(verb, path, body).status_code == answered


def test_an_unknown_endpoint_names_itself(bench: Bench) -> None:
    for path in ("web/webinfos", "web/lists(guid'a')/subscriptions", "SP.Something.Else"):
        response = bench.ask("GET", f"{LAKES}/_api/{path}")
        assert response.status_code == 501
        assert path.split("(")[0].lower() in response.get_data(as_text=True).lower()
    assert bench.ask("GET", f"{LAKES}/_api/web?$select=Bananas").status_code == 501
    assert bench.ask("GET", f"{LAKES}/_api/web", accept="*/*").status_code == 501


# ---- people


def test_a_new_group_resolves_after_as_many_tries_as_told(bench: Bench) -> None:
    bench.state.set_fact("ensure_user_lag", 2)
    claim = bench.add_group(TRIP, "Trip")
    tries = [bench.ask("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": claim}) for _ in range(3)]
    assert [each.status_code for each in tries] == [400, 400, 200]
    assert tries[2].get_json()["PrincipalType"] == 4
    guest = bench.add_guest("ada@mail.example")
    login = f"i:0#.f|membership|{guest['userPrincipalName']}"
    assert bench.ask("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": login}).status_code == 200


def test_a_principal_is_made_once_and_numbers_are_not_given_again(bench: Bench) -> None:
    claim = bench.add_group(TRIP, "Trip")
    ensure = f"{LAKES}/_api/web/ensureuser"
    first = bench.read("POST", ensure, {"logonName": claim})["Id"]
    assert (
        bench.read("POST", ensure, {"logonName": claim.upper().replace("C:0T.C|TENANT", "c:0t.c|tenant")})["Id"]
        == first
    )
    bench.read("POST", f"{LAKES}/_api/web/roleassignments/addroleassignment(principalid={first},roledefid=1073741826)")
    bench.read("POST", f"{LAKES}/_api/web/siteusers/removebyid({first})")
    rows = bench.read("GET", f"{LAKES}/_api/web/roleassignments")["value"]
    assert first not in [row["PrincipalId"] for row in rows]
    assert bench.read("POST", ensure, {"logonName": claim})["Id"] > first


def test_who_leaves_the_directory_stays_a_user_of_the_site(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    login = f"i:0#.f|membership|{guest['userPrincipalName'].lower()}"
    bench.read("POST", f"{LAKES}/_api/web/associatedvisitorgroup/users", {"LoginName": login})
    directory.purge_user(bench.state, guest["id"])
    members = bench.read("GET", f"{LAKES}/_api/web/associatedvisitorgroup/users")["value"]
    assert [row["LoginName"] for row in members] == [login]


def test_grants_below_the_web_need_permissions_of_their_own(bench: Bench) -> None:
    documents = f"{LAKES}/_api/web/lists/getbytitle('Documents')"
    add = f"{documents}/roleassignments/addroleassignment(principalid=4,roledefid=1073741826)"
    assert bench.ask("POST", add).status_code == 500
    assert bench.ask("POST", add.replace("principalid=4", "principalid=99")).status_code == 404


# ---- external users


@given(st.integers(0, 120), st.integers(1, 50))
def test_every_external_user_is_on_one_page(total: int, size: int) -> None:
    bench = Bench()
    for number in range(total):
        guest = bench.add_guest(f"g{number}@mail.example", f"Guest {number}")
        note_external_user(bench.emulator, {**guest, "_accepted_as": guest["_invited_as"]})
    seen, position = [], 0
    while position != -1:
        url = f"{ADMIN}/_api/Microsoft.Online.SharePoint.TenantManagement.Office365Tenant/GetExternalUsers"
        page = bench.read("POST", url, {"position": position, "pageSize": size, "sortOrder": 0})
        assert page["TotalUserCount"] == total
        seen += [row["InvitedAs"] for row in page["ExternalUserCollection"]]
        position = page["UserCollectionPosition"]
    assert seen == [f"g{number}@mail.example" for number in range(total)]


def test_external_users_of_a_site_and_their_removal(bench: Bench) -> None:
    office = f"{ADMIN}/_api/Microsoft.Online.SharePoint.TenantManagement.Office365Tenant"
    for name in ("ada", "eve"):
        guest = bench.add_guest(f"{name}@mail.example", name)
        note_external_user(bench.emulator, {**guest, "_accepted_as": guest["_invited_as"]})
        if name == "ada":
            login = f"i:0#.f|membership|{guest['userPrincipalName']}"
            bench.read("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": login})
    asked = {"siteUrl": LAKES, "position": 0, "pageSize": 50}
    here = bench.read("POST", f"{office}/GetExternalUsersForSite", asked)
    assert [row["DisplayName"] for row in here["ExternalUserCollection"]] == ["ada"]
    prefix = bench.read("POST", f"{office}/GetExternalUsers", {"position": 0, "pageSize": 50, "filter": "EV"})
    (row,) = prefix["ExternalUserCollection"]
    gone = bench.read("POST", f"{office}/RemoveExternalUsers", {"uniqueIds": [row["UniqueId"], "none"]}, accept=VERBOSE)
    assert gone["d"]["RemoveSucceeded"]["results"] == [row["UniqueId"]]
    assert gone["d"]["RemoveFailed"]["results"] == ["none"]
    assert bench.ask("POST", f"{office}/GetExternalUsers", {"position": 0, "pageSize": 51}).status_code == 400
