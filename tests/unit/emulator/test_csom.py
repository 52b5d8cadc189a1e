"""CSOM beyond what recordings hold: values and their types, what counts as a write, mistakes, what REST reads back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator.sharepoint.csom.render import render
from tests.contract.csom_bench import (
    ALL,
    OFFICE_365,
    PROGRESS,
    TENANT,
    call,
    error,
    identity,
    looked,
    query,
    results,
    send,
    set_property,
    write,
)
from tests.contract.sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, Bench

SUBSCRIPTION = "908bed80-a04a-4433-b4a0-883d9847d110:ea1787c6-7ce2-4e71-be47-5e0deb30f9ee"
FOREIGN = f"6648899e-a042-6000-ee90-5bfa05d08b79|{SUBSCRIPTION}"
PROCESS = "/_vti_bin/client.svc/ProcessQuery"


def set_tenant(bench: Bench, *, update: str = "", **values: object) -> Any:
    actions = "".join(set_property(n, 7, name, value) for n, (name, value) in enumerate(values.items(), 40))
    return send(bench, write(actions, identity(7, f"{FOREIGN}\nTenant") + update))


def tenant(bench: Bench) -> Any:
    return bench.read("GET", f"{ADMIN}/_api/SPO.Tenant")


def site_identity(url: str) -> str:
    return identity(1, f"{FOREIGN}\nSiteProperties\n{url}")


def change_site(bench: Bench, url: str, **values: object) -> Any:
    actions = "".join(set_property(n, 1, name, value) for n, (name, value) in enumerate(values.items(), 10))
    update = '<Method Id="3" ParentId="1" Name="Update" />'
    return send(bench, write(actions + query(2, 3, PROGRESS), update + site_identity(url)))


def site(bench: Bench, url: str = LAKES) -> Any:
    return bench.read("POST", f"{ADMIN}/_api/SPO.Tenant/GetSitePropertiesByUrl", {"url": url, "includeDetail": True})


@pytest.mark.parametrize("update", ["", '<Method Id="3" ParentId="7" Name="Update" />'])
def test_a_tenant_is_set_with_or_without_update_and_rest_reads_it(update: str) -> None:
    bench = Bench()
    set_tenant(
        bench,
        update=update,
        SharingCapability="1",
        ShowEveryoneClaim="true",
        SharingAllowedDomainList="a.example b.example",
        OneDriveStorageQuota="2048",
        HideDefaultThemes="true",
        ExcludedFileExtensionsForSyncClient=["pst", "tmp"],
    )
    found = tenant(bench)
    assert (found["SharingCapability"], found["ShowEveryoneClaim"]) == (1, True)
    assert found["SharingAllowedDomainList"] == "a.example b.example"
    assert found["OneDriveStorageQuota"] == 2048
    assert found["ExcludedFileExtensionsForSyncClient"] == ["pst", "tmp"]
    named = '<Query SelectAllProperties="false"><Properties><Property Name="HideDefaultThemes" ScalarProperty="true" />'
    named += '<Property Name="EnforceRequestDigest" ScalarProperty="true" /></Properties></Query>'
    answer = results(bench, write(query(2, 1, named), TENANT))[2]
    assert list(answer)[2:] == ["HideDefaultThemes", "EnforceRequestDigest"]
    assert (answer["HideDefaultThemes"], answer["EnforceRequestDigest"]) == (True, False)


@pytest.mark.parametrize(
    "values",
    [{"SharingCapability": "many"}, {"SharingCapability": "7"}, {"ShowEveryoneClaim": "perhaps"}, {"Nonsense": "1"}],
)
def test_a_bad_value_changes_nothing(values: dict[str, Any]) -> None:
    bench = Bench()
    before = tenant(bench)
    parts = set_tenant(bench, ShowAllUsersClaim="true", **values)
    assert len(parts) == 1
    assert parts[0]["ErrorInfo"]["ErrorCode"] in (-1, -2146233033, -2147024809)
    assert tenant(bench) == before


@pytest.mark.parametrize(
    "url", [LAKES, "https%3A%2F%2Fcontoso.sharepoint.com%2Fsites%2Flakes", LAKES.upper().replace("HTTPS", "https")]
)
def test_a_sites_properties_count_once_they_are_updated(url: str) -> None:
    bench = Bench()
    send(bench, write(set_property(4, 1, "Title", "Never"), site_identity(url)))
    assert site(bench)["Title"] == "Lakes"
    change_site(bench, url, Title="Hills", SharingCapability="1", StorageMaximumLevel="2048")
    assert (site(bench)["Title"], site(bench)["SharingCapability"]) == ("Hills", 1)
    assert site(bench)["StorageMaximumLevel"] == 2048
    assert bench.read("GET", f"{LAKES}/_api/web?$select=Title") == {"Title": "Hills"}


def test_a_site_above_the_tenant_is_refused() -> None:
    bench = Bench()
    bench.set_tenant(SharingCapability=0)
    parts = change_site(bench, LAKES, SharingCapability="1")
    assert "permissive" in parts[0]["ErrorInfo"]["ErrorMessage"]
    assert site(bench)["SiteDefinedSharingCapability"] == 0


def test_a_new_site_is_there_when_its_operation_is_over() -> None:
    bench = Bench()
    bench.state.set_fact("provisioning", {"operation_polls": 2})
    wanted = (
        f'<Property Name="Url" Type="String">{ROOT}/sites/new</Property>'
        f'<Property Name="Owner" Type="String">{OWNER}</Property><Property Name="Title" Type="String">New</Property>'
        '<Property Name="Template" Type="String">STS#3</Property><Property Name="Lcid" Type="UInt32">1033</Property>'
    )
    create = '<Method Id="5" ParentId="1" Name="CreateSite"><Parameters>'
    create += f'<Parameter TypeId="{{11f84fff-b8cf-47b6-8b50-34e692656606}}">{wanted}</Parameter></Parameters></Method>'
    answer = results(bench, write(query(3, 5, PROGRESS), TENANT + create))[3]
    looks = [answer["IsComplete"]]
    assert site(bench, f"{ROOT}/sites/new")["Status"] == "Creating"
    while not looks[-1]:
        answer = results(bench, write(query(2, 4, PROGRESS), identity(4, answer["_ObjectIdentity_"])))[2]
        looks.append(answer["IsComplete"])
    assert looks == [False, False, True]
    assert site(bench, f"{ROOT}/sites/new")["Status"] == "Active"


def test_the_recycle_bin() -> None:
    bench = Bench()
    for name, there, binned in (
        ("RemoveSite", False, True), ("RestoreDeletedSite", True, False), ("RemoveSite", False, True),
        ("RemoveDeletedSite", False, False),
    ):  # fmt: skip
        done = results(bench, write(query(3, 2, PROGRESS), call(2, 1, name, LAKES) + TENANT))[3]
        assert done["IsComplete"] is True
        live = write(looked(2, 3), TENANT + call(3, 1, "GetSitePropertiesByUrl", LAKES, True))
        dead = write("", TENANT + call(3, 1, "GetDeletedSitePropertiesByUrl", LAKES))
        assert error(bench, dead if there else live)["ErrorCode"] == (-2147024809 if there else -1)
        rows = '<Query SelectAllProperties="true"><Properties /></Query>'
        rows += '<ChildItemQuery SelectAllProperties="true"><Properties /></ChildItemQuery>'
        paths = TENANT + call(3, 1, "GetDeletedSitePropertiesFromSharePoint", "0")
        found = results(bench, write(query(2, 3, rows), paths))[2]["_Child_Items_"]
        assert [row["Url"] for row in found] == ([LAKES] if binned else [])


def test_pages_of_sites_are_linked_by_the_cursor() -> None:
    bench = Bench()
    for number in range(301):
        bench.lakes.id, bench.lakes.url = f"00000000-0000-4000-8000-{number:012d}", f"{ROOT}/sites/s{number}"
        bench.lakes.doc = {**bench.lakes.doc, "Url": bench.lakes.url}
        bench.lakes.store()
    seen: list[str] = []
    start: str | None = ""
    while start is not None:
        wanted = f'<Property Name="StartIndex" Type="String">{start}</Property>'
        wanted += '<Property Name="Filter" Type="String">Url -like \'/sites/s\'</Property>'
        paths = f'{TENANT}<Method Id="3" ParentId="1" Name="GetSitePropertiesFromSharePointByFilters"><Parameters>'
        paths += (
            f'<Parameter TypeId="{{b92aeee2-c92c-4b67-abcc-024e471bc140}}">{wanted}</Parameter></Parameters></Method>'
        )
        members = f'{ALL}<ChildItemQuery SelectAllProperties="true"><Properties /></ChildItemQuery>'
        page = results(bench, write(query(5, 3, members), paths))[5]
        seen += [row["Url"] for row in page["_Child_Items_"]]
        start = page["NextStartIndexFromSharePoint"]
    assert len(seen) == len(set(seen)) == 301


def test_an_administrator_is_set() -> None:
    bench = Bench()
    bench.add_guest("ada@mail.example")
    body = write(looked(48, 47), call(47, 1, "SetSiteAdmin", LAKES, "ada@mail.example", True) + TENANT)
    assert results(bench, body) == {48: {"IsNull": False}}
    found = bench.read("GET", f"{LAKES}/_api/web/siteusers?$filter=IsSiteAdmin eq true")["value"]
    assert "ada@mail.example" in [user["Email"] for user in found]


def test_external_users_are_removed() -> None:
    bench = Bench()
    bench.state.db.execute("INSERT INTO external_users (unique_id, doc) VALUES ('10033', '{}')")
    removed = results(
        bench, write(query(3, 2, ALL), call(2, 1, "RemoveExternalUsers", ["10033", "10034"]) + OFFICE_365)
    )[3]
    assert (removed["RemoveSucceeded"], removed["RemoveFailed"]) == (["10033"], ["10034"])


def test_the_site_of_a_request_is_set_without_update() -> None:
    bench = Bench()
    current = '<StaticProperty Id="1" TypeId="{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}" Name="Current" />'
    paths = f'{current}<Property Id="5" ParentId="1" Name="Site" /><Property Id="6" ParentId="1" Name="Web" />'
    send(bench, write(set_property(4, 5, "ShareByEmailEnabled", False), paths), LAKES)
    assert bench.read("GET", f"{LAKES}/_api/site?$select=ShareByEmailEnabled") == {"ShareByEmailEnabled": False}
    web = results(bench, write(query(2, 6, ALL), paths), LAKES)[2]
    assert (web["Title"], web["Url"]) == ("Lakes", LAKES)
    again = results(bench, write(query(2, 6, ALL), identity(6, web["_ObjectIdentity_"])), LAKES)[2]
    assert again["Id"] == web["Id"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<Request", "System.Xml.Schema.XmlSchemaValidationException"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><Request>&b;</Request>', "System.Xml.Schema.XmlSchemaValidationException"),
        ("<Other />", "System.Xml.Schema.XmlSchemaValidationException"),
        (write(looked(1, 9), TENANT), "Microsoft.SharePoint.Client.InvalidClientQueryException"),
        (write("", call(1, 2, "A") + call(2, 1, "B")), "Microsoft.SharePoint.Client.InvalidClientQueryException"),
        (write("", identity(1, "nothing")), "System.ArgumentException"),
    ],
)
def test_what_cannot_be_read_is_told_in_200(body: str, kind: str) -> None:
    bench = Bench()
    if "nothing" in body:
        body = body.replace("<Actions></Actions>", f"<Actions>{looked(2, 1)}</Actions>")
    assert error(bench, body)["ErrorTypeName"] == kind


def test_what_is_not_played_says_so() -> None:
    bench = Bench()
    unknown = bench.ask("POST", f"{ADMIN}{PROCESS}", write("", TENANT + call(3, 1, "GetHomeSites")))
    assert (unknown.status_code, "GetHomeSites" in unknown.get_data(as_text=True)) == (501, True)


def test_permissions_and_hosts() -> None:
    bench = Bench(roles=["Sites.Read.All"])
    denied = write(looked(2, 1), TENANT)
    assert error(bench, denied)["ErrorTypeName"] == "System.UnauthorizedAccessException"
    assert error(Bench(), denied, ROOT)["ErrorTypeName"] == "System.UnauthorizedAccessException"
    missing = bench.ask("GET", f"{ADMIN}/_vti_bin/client.svc", headers={"Authorization": "Bearer"})
    assert missing.status_code == 401
    assert f'realm="{bench.emulator.tenant.id}"' in missing.headers["WWW-Authenticate"]


SCALARS = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_is_written_is_json_of_the_same_value(value: Any) -> None:
    text = render(value)
    assert json.loads(text) == value
    assert "/" not in text
