"""A site's web through CSOM: its properties, its people and its navigation, and what REST reads of them afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.csom_bench import (
    ALL,
    Ref,
    below,
    call,
    chosen,
    do,
    looked,
    on_site,
    query,
    refusal,
    scope,
    set_property,
    structure,
)
from tests.contract.sharepoint_bench import LAKES, OWNER, Bench

GROUP = "11111111-2222-4333-8444-555555555555"
NODE = "7aaaa605-79a9-4fda-ae1e-db952e5083e0"
USER = "6ecd8af6-bed3-4a74-be76-1ec981b350e1"
VISITORS = below(3, 2, "AssociatedVisitorGroup") + below(4, 3, "Users")
NO_USER = (-2146232832, "Microsoft.SharePoint.SPException")


def web(bench: Bench, *names: str) -> Any:
    return bench.read("GET", f"{LAKES}/_api/web?$select={','.join(names)}")


def members(bench: Bench, number: int = 4) -> list[str]:
    found = bench.read("GET", f"{LAKES}/_api/web/sitegroups/getbyid({number})/users")["value"]
    return [user["LoginName"] for user in found]


# ---- its properties


def test_properties_of_the_web_count_once_they_are_updated() -> None:
    bench = Bench()
    wanted = {"Title": "Hills", "Description": "A trip", "MembersCanShare": False, "RequestAccessEmail": OWNER}
    given = "".join(set_property(n, 2, name, value) for n, (name, value) in enumerate(wanted.items(), 20))
    on_site(bench, given, "")
    assert web(bench, "Title") == {"Title": "Lakes"}
    told = on_site(bench, given + do(30, 2, "Update") + query(31, 2, chosen(*wanted)), "")
    assert {name: told[31][name] for name in wanted} == wanted == web(bench, *wanted)


@pytest.mark.parametrize(("name", "value"), [("Nonsense", "x"), ("Url", "https://other.example"), ("Id", "x")])
def test_a_property_that_cannot_be_set_changes_nothing(name: str, value: str) -> None:
    bench = Bench()
    actions = set_property(20, 2, "Title", "Hills") + set_property(21, 2, name, value) + do(22, 2, "Update")
    assert refusal(bench, actions, "") == (-1, "Microsoft.SharePoint.Client.InvalidClientQueryException")
    assert web(bench, "Title") == {"Title": "Lakes"}


def test_values_are_written_as_csom_writes_them() -> None:
    bench = Bench()
    zone = chosen("LocaleId", TimeZone=chosen("Id", "Description"))
    asked = chosen("Id", "Created", "HasUniqueRoleAssignments", "EffectiveBasePermissions", RegionalSettings=zone)
    told = on_site(bench, query(20, 2, asked), "")[20]
    assert told["_ObjectType_"] == "SP.Web"
    assert told["Id"] == f"/Guid({bench.lakes.web['Id']})/"
    assert told["Created"] == "/Date(2027,4,1,9,0,0,0)/"
    assert told["HasUniqueRoleAssignments"] is True
    mask = {"_ObjectType_": "SP.BasePermissions", "High": 2147483647, "Low": 4294705151}
    assert told["EffectiveBasePermissions"] == mask
    settings = told["RegionalSettings"]
    assert (settings["_ObjectType_"], settings["LocaleId"], settings["TimeZone"]["Id"]) == (
        "SP.RegionalSettings",
        2067,
        3,
    )


def test_all_properties_are_those_that_rest_gives_of_itself() -> None:
    bench = Bench()
    told = on_site(bench, query(20, 2, ALL), "")[20]
    theirs = bench.read("GET", f"{LAKES}/_api/web")
    assert set(told) - {"_ObjectType_", "_ObjectIdentity_"} == set(theirs)
    assert told["ResourcePath"] == {"_ObjectType_": "SP.ResourcePath", "DecodedUrl": LAKES}


# ---- its people


def test_a_group_of_the_directory_is_put_among_the_visitors() -> None:
    bench = Bench()
    claim = bench.add_group(GROUP, "Lakes guardians")
    paths = VISITORS + call(5, 2, "EnsureUser", claim) + call(6, 4, "AddUser", Ref(5))
    asked = query(21, 6, chosen("LoginName", "PrincipalType", "Title"))
    told = on_site(bench, looked(20, 6) + asked + query(22, 4, chosen(each=chosen("LoginName"))), paths)
    assert told[21] | {"_ObjectIdentity_": ""} == {
        "_ObjectType_": "SP.User",
        "_ObjectIdentity_": "",
        "LoginName": claim,
        "PrincipalType": 4,
        "Title": "Lakes guardians",
    }
    assert [row["LoginName"] for row in told[22]["_Child_Items_"]] == [claim] == members(bench)


def test_a_user_is_put_into_a_group_by_name() -> None:
    bench = Bench()
    claim = bench.add_group(GROUP, "Lakes guardians")
    on_site(bench, looked(20, 5), VISITORS + call(5, 4, "Add", structure(USER, LoginName=claim)))
    assert members(bench) == [claim]
    nobody = call(5, 4, "Add", structure(USER, LoginName="nobody@elsewhere.example"))
    assert refusal(bench, looked(20, 5), VISITORS + nobody) == NO_USER
    assert members(bench) == [claim]


def test_nobody_of_that_name_is_nobody() -> None:
    bench = Bench()
    login = "i:0#.f|membership|nobody@elsewhere.example"
    assert refusal(bench, looked(20, 3), call(3, 2, "EnsureUser", login)) == NO_USER
    assert bench.ask("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": login}).status_code == 400


def test_only_a_user_can_be_added() -> None:
    bench = Bench()
    paths = VISITORS + call(6, 4, "AddUser", Ref(3))
    assert refusal(bench, looked(20, 6), paths) == (-2147024809, "System.ArgumentException")


def test_a_group_that_was_just_made_does_not_resolve_for_as_many_tries_as_the_weather_says() -> None:
    """In a scope, so that what stands before it is kept; tries through REST and through CSOM count alike."""
    bench = Bench()
    claim = bench.add_group(GROUP, "Lakes guardians")
    bench.state.set_fact("ensure_user_lag", 2)
    paths = VISITORS + call(5, 2, "EnsureUser", claim) + call(6, 4, "AddUser", Ref(5))
    actions = set_property(20, 2, "Title", "Hills") + do(21, 2, "Update") + scope(22, looked(23, 5) + looked(24, 6))
    told = on_site(bench, actions, paths)
    assert (told[22]["HasException"], told[22]["ErrorInfo"]["ErrorCode"]) == (True, NO_USER[0])
    assert (web(bench, "Title"), members(bench)) == ({"Title": "Hills"}, [])
    assert bench.ask("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": claim}).status_code == 400
    assert on_site(bench, actions, paths)[22] == {"HasException": False, "ErrorInfo": None}
    assert members(bench) == [claim]


def test_groups_are_read_with_their_members() -> None:
    bench = Bench()
    people = chosen("Id", "Title", Users=chosen(each=chosen("LoginName", "Email")))
    places = {f"Associated{place}Group": people for place in ("Owner", "Member", "Visitor")}
    told = on_site(bench, query(20, 2, chosen(**places)), "")[20]
    owners = told["AssociatedOwnerGroup"]
    assert (owners["_ObjectType_"], owners["Id"], owners["Title"]) == ("SP.Group", 3, "Lakes Owners")
    assert [row["LoginName"] for row in owners["Users"]["_Child_Items_"]] == members(bench, 3)
    assert told["AssociatedVisitorGroup"]["Users"]["_Child_Items_"] == []
    everybody = on_site(bench, query(20, 3, chosen(each=chosen("Title"))), below(3, 2, "SiteGroups"))[20]
    assert len(everybody["_Child_Items_"]) == 3
    known = on_site(bench, query(20, 3, chosen(each=chosen("IsSiteAdmin"))), below(3, 2, "SiteUsers"))[20]
    assert [row["IsSiteAdmin"] for row in known["_Child_Items_"]].count(True) == 1


# ---- its navigation


BAR = below(3, 2, "Navigation") + below(4, 3, "QuickLaunch")


def test_links_are_put_at_the_end_of_the_quick_launch() -> None:
    bench = Bench()
    link = structure(NODE, AsLastNode=True, IsExternal=True, PreviousNode=None, Title="Map", Url="https://m.example/a")
    told = on_site(bench, looked(20, 5) + query(21, 4, chosen(each=ALL)), BAR + call(5, 4, "Add", link))
    nodes = told[21]["_Child_Items_"]
    assert [node["Title"] for node in nodes][-1] == "Map"
    theirs = bench.read("GET", f"{LAKES}/_api/web/navigation/quicklaunch")["value"]
    assert [(node["Id"], node["Title"], node["Url"]) for node in nodes] == [
        (node["Id"], node["Title"], node["Url"]) for node in theirs
    ]
    assert theirs[-1]["IsExternal"] is True


def test_a_link_without_a_title_is_refused() -> None:
    bench = Bench()
    link = structure(NODE, AsLastNode=True, IsExternal=True, Title="", Url="https://m.example/a")
    found = refusal(bench, looked(20, 5), BAR + call(5, 4, "Add", link))
    assert found == (-2147024809, "System.ArgumentException")


def test_nodes_below_a_node_are_read() -> None:
    bench = Bench()
    url = f"{LAKES}/_api/web/navigation/quicklaunch"
    bench.read("POST", f"{url}(2003)/children", {"Title": "Below", "Url": "https://m.example/b"})
    asked = chosen(each=chosen("Id", Children=chosen(each=chosen("Title"))))
    nodes = on_site(bench, query(20, 4, asked), BAR)[20]["_Child_Items_"]
    below_it = next(node for node in nodes if node["Id"] == 2003)["Children"]["_Child_Items_"]
    assert [node["Title"] for node in below_it] == ["Below"]
