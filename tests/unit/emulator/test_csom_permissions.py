"""Permission levels and who holds them through CSOM; what a token must have, and what a lock keeps out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.csom_bench import (
    WEB,
    Raw,
    Ref,
    below,
    call,
    chosen,
    do,
    error,
    list_creation,
    looked,
    on_site,
    query,
    refusal,
    results,
    scope,
    send,
    set_property,
    structure,
    write,
)
from tests.contract.sharepoint_bench import ADMIN, LAKES, Bench

OWNERS, VISITORS, MEMBERS = 3, 4, 5
LEVEL = "59eddf82-1018-4677-8067-69e16efd3495"
MASK = "db780e5a-6bc6-41ad-8e64-9dfa761afb6d"
NEW_BINDINGS = '<Constructor Id="30" TypeId="{07bf1941-6953-4761-b114-58374b4aaf57}" />'
ROLES = below(3, 2, "RoleDefinitions")
GRANTS = below(4, 2, "RoleAssignments")
GROUP = below(5, 2, "AssociatedVisitorGroup")
MINE = call(6, 4, "GetByPrincipal", Ref(5)) + below(7, 6, "RoleDefinitionBindings")
LIST = below(10, 2, "Lists") + call(11, 10, "Add", list_creation("Private")) + below(12, 11, "RoleAssignments")
GRANTED = chosen(
    each=chosen(
        "PrincipalId",
        Member=chosen("Id", "LoginName", "PrincipalType", "Title"),
        RoleDefinitionBindings=chosen(each=chosen("Name")),
    )
)


def level(name: str, high: int = 176, low: int = 138612833) -> Raw:
    mask = structure(MASK, High=high, Low=low)
    return structure(LEVEL, BasePermissions=mask, Description="Ours", Name=name, Order=0)


def held(bench: Bench, scope: str = "web") -> dict[int, list[str]]:
    url = f"{LAKES}/_api/{scope}/roleassignments?$expand=Member,RoleDefinitionBindings"
    found = bench.read("GET", url)["value"]
    return {row["PrincipalId"]: [role["Name"] for role in row["RoleDefinitionBindings"]] for row in found}


def told(answer: dict[str, Any]) -> dict[int, list[str]]:
    return {
        row["PrincipalId"]: [role["Name"] for role in row["RoleDefinitionBindings"]["_Child_Items_"]]
        for row in answer["_Child_Items_"]
    }


def private(bench: Bench) -> str:
    list_id = bench.read("GET", f"{LAKES}/_api/web/lists/getbytitle('Private')")["Id"]
    return f"web/lists(guid'{list_id}')"


# ---- levels


def test_a_level_is_made_and_read() -> None:
    bench = Bench()
    paths = ROLES + call(8, 3, "Add", level("Reader"))
    asked = chosen(each=chosen("Id", "Name", "BasePermissions", "RoleTypeKind"))
    found = on_site(bench, looked(20, 8) + query(21, 3, asked), paths)[21]["_Child_Items_"]
    theirs = bench.read("GET", f"{LAKES}/_api/web/roledefinitions")["value"]
    assert [(row["Id"], row["Name"], row["RoleTypeKind"]) for row in found] == [
        (row["Id"], row["Name"], row["RoleTypeKind"]) for row in theirs
    ]
    mine = next(row for row in found if row["Name"] == "Reader")
    assert mine["BasePermissions"] == {"_ObjectType_": "SP.BasePermissions", "High": 176, "Low": 138612833}
    assert next(row for row in theirs if row["Name"] == "Reader")["BasePermissions"]["High"] == "176"


@pytest.mark.parametrize(("name", "key"), [("GetByName", "Read"), ("GetById", 1073741826), ("GetByType", 2)])
def test_a_level_is_found(name: str, key: object) -> None:
    found = on_site(Bench(), query(20, 8, chosen("Name", "Id")), ROLES + call(8, 3, name, key))[20]
    assert (found["Name"], found["Id"]) == ("Read", 1073741826)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (call(8, 3, "Add", level("Read")), -2130575293),
        (call(8, 3, "Add", level("")), -2147024809),
        (call(8, 3, "Add", structure(LEVEL, Name="No mask")), -2147024809),
        (call(8, 3, "Add", level("Too much", high=2**32)), -2147024809),
        (call(8, 3, "GetByName", "Nothing"), -2146232832),
    ],
)
def test_a_level_that_rest_refuses_is_refused(path: str, code: int) -> None:
    bench = Bench()
    before = bench.read("GET", f"{LAKES}/_api/web/roledefinitions")
    assert refusal(bench, looked(20, 8), ROLES + path)[0] == code
    assert bench.read("GET", f"{LAKES}/_api/web/roledefinitions") == before


# ---- who holds them


def test_who_holds_what_is_read_with_the_type_of_each() -> None:
    bench = Bench()
    claim = bench.add_group("11111111-2222-4333-8444-555555555555", "Lakes guardians")
    user = bench.read("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": claim})["Id"]
    url = f"{LAKES}/_api/web/roleassignments/addroleassignment(principalid={user},roledefid=1073741826)"
    bench.read("POST", url)
    answer = on_site(bench, query(20, 4, GRANTED), GRANTS)[20]
    assert told(answer) == held(bench) == {3: ["Full Control"], 4: ["Read"], 5: ["Edit"], user: ["Read"]}
    types = {row["PrincipalId"]: (row["Member"]["_ObjectType_"], row["Member"]["PrincipalType"])
             for row in answer["_Child_Items_"]}  # fmt: skip
    assert types == {3: ("SP.Group", 8), 4: ("SP.Group", 8), 5: ("SP.Group", 8), user: ("SP.User", 4)}


def test_the_visitors_hold_another_level_once_it_is_updated() -> None:
    bench = Bench()
    paths = ROLES + GRANTS + GROUP + MINE + call(8, 3, "Add", level("Reader"))
    change = looked(20, 8) + do(21, 7, "RemoveAll") + do(22, 7, "Add", Ref(8))
    on_site(bench, change, paths)
    assert held(bench)[VISITORS] == ["Read"]
    again = ROLES + GRANTS + GROUP + MINE + call(8, 3, "GetByName", "Reader")
    answer = on_site(bench, change + do(24, 6, "Update") + query(25, 4, GRANTED), again)[25]
    assert told(answer) == held(bench)
    assert held(bench) == {3: ["Full Control"], 4: ["Reader"], 5: ["Edit"]}


@pytest.mark.parametrize("name", ["Read", "Limited Access"])
def test_a_level_that_cannot_be_bound_is_refused(name: str) -> None:
    bench = Bench()
    paths = ROLES + GRANTS + GROUP + MINE + call(8, 3, "GetByName", name)
    found = refusal(bench, do(22, 7, "Add", Ref(8)) + do(24, 6, "Update"), paths)
    assert found == (-2146232832, "Microsoft.SharePoint.SPException")
    assert held(bench)[VISITORS] == ["Read"]


def test_without_a_level_nobody_holds_anything() -> None:
    bench = Bench()
    paths = GRANTS + GROUP + MINE
    on_site(bench, do(21, 7, "RemoveAll") + do(24, 6, "Update"), paths)
    assert VISITORS not in held(bench)
    found = refusal(bench, looked(20, 6), paths)
    assert found == (-2146232832, "Microsoft.SharePoint.SPException")


def test_a_level_is_given_to_who_holds_none() -> None:
    bench = Bench()
    paths = GRANTS + GROUP
    on_site(bench, do(21, 7, "RemoveAll") + do(24, 6, "Update"), paths + MINE)
    given = ROLES + call(8, 3, "GetByName", "Read") + NEW_BINDINGS + call(9, 4, "Add", Ref(5), Ref(30))
    on_site(bench, do(20, 30, "Add", Ref(8)) + looked(21, 9), paths + given)
    assert held(bench)[VISITORS] == ["Read"]


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (NEW_BINDINGS + call(9, 4, "Add", Ref(5), Ref(30)), -2147024809),
        (call(9, 4, "Add", Ref(5)), -2147024809),
        (call(9, 4, "GetByPrincipal", Ref(4)), -2147024809),
        (call(9, 4, "GetByPrincipalId", 999), -2146232832),
    ],
)
def test_what_is_no_grant_is_refused(paths: str, code: int) -> None:
    bench = Bench()
    before = held(bench)
    assert refusal(bench, looked(20, 9), GRANTS + GROUP + paths)[0] == code
    assert held(bench) == before


# ---- lists of their own


@pytest.mark.parametrize("copy", [True, False])
def test_a_list_gets_permissions_of_its_own(copy: bool) -> None:
    bench = Bench()
    owners = below(5, 2, "AssociatedOwnerGroup") + ROLES + call(8, 3, "GetByName", "Full Control")
    owners += NEW_BINDINGS + call(9, 12, "Add", Ref(5), Ref(30))
    actions = looked(19, 11) + do(20, 11, "BreakRoleInheritance", copy, True)
    asked = query(22, 11, chosen("HasUniqueRoleAssignments", RoleAssignments=GRANTED))
    answer = on_site(bench, actions + asked + query(23, 12, GRANTED), LIST)
    assert answer[22]["HasUniqueRoleAssignments"] is True
    assert (told(answer[23]) == held(bench)) is copy
    paths = LIST.replace(str(list_creation("Private")), '<Parameter Type="String">Private</Parameter>')
    paths = paths.replace('Name="Add"', 'Name="GetByTitle"')
    on_site(bench, do(20, 30, "Add", Ref(8)) + looked(21, 9), paths + owners)
    assert held(bench, private(bench)) == (held(bench) if copy else {OWNERS: ["Full Control"]})


def test_a_list_that_inherits_shows_what_it_inherits_and_takes_nothing() -> None:
    bench = Bench()
    paths = LIST + GROUP + ROLES + call(8, 3, "GetByName", "Edit") + NEW_BINDINGS + call(9, 12, "Add", Ref(5), Ref(30))
    assert told(on_site(bench, query(20, 12, GRANTED), LIST)[20]) == held(bench)
    again = paths.replace(str(list_creation("Private")), str(list_creation("Other")))
    found = refusal(bench, looked(19, 11) + do(20, 30, "Add", Ref(8)) + looked(21, 9), again)
    assert found == (-2146233079, "System.InvalidOperationException")


# ---- tokens and locks


WRITES = {
    "list": ("Sites.Manage.All", looked(20, 11), LIST),
    "level": ("Sites.FullControl.All", looked(20, 8), ROLES + call(8, 3, "Add", level("Reader"))),
    "web": ("Sites.FullControl.All", set_property(20, 2, "Title", "x") + do(21, 2, "Update"), ""),
    "user": ("Sites.FullControl.All", looked(20, 3), call(3, 2, "EnsureUser", "j.okoro@school.example")),
    "grant": ("Sites.FullControl.All", do(21, 7, "RemoveAll") + do(24, 6, "Update"), GRANTS + GROUP + MINE),
    "link": (
        "Sites.Manage.All",
        looked(20, 8),
        below(3, 2, "Navigation")
        + below(4, 3, "QuickLaunch")
        + call(8, 4, "Add", structure("7aaaa605-79a9-4fda-ae1e-db952e5083e0", AsLastNode=True, Title="a", Url="b")),
    ),
    "site": ("Sites.FullControl.All", set_property(20, 3, "ShareByEmailEnabled", False), below(3, 1, "Site")),
}
LESS = {"Sites.FullControl.All": "Sites.Manage.All", "Sites.Manage.All": "Sites.ReadWrite.All"}
DENIED = (-2147024891, "System.UnauthorizedAccessException")


@pytest.mark.parametrize("write_of", WRITES)
def test_a_write_asks_for_what_rest_asks_for(write_of: str) -> None:
    needed, actions, paths = WRITES[write_of]
    assert refusal(Bench(roles=[LESS[needed]]), actions, paths) == DENIED
    on_site(Bench(roles=[needed]), actions, paths)


def test_a_read_asks_for_reading() -> None:
    actions, paths = query(20, 4, GRANTED) + looked(21, 8), GRANTS + ROLES + call(8, 3, "GetByName", "Read")
    on_site(Bench(roles=["Sites.Read.All"]), actions, paths)
    assert refusal(Bench(roles=["User.Read.All"]), actions, paths) == DENIED


def test_a_scope_holds_a_missing_permission_like_any_mistake() -> None:
    bench = Bench(roles=["Sites.Read.All"])
    _, actions, paths = WRITES["list"]
    assert on_site(bench, scope(25, actions), paths)[25]["ErrorInfo"]["ErrorCode"] == DENIED[0]


@pytest.mark.parametrize(("lock", "reads"), [("ReadOnly", True), ("NoAccess", False)])
def test_a_lock_keeps_out_what_it_keeps_out_of_rest(lock: str, reads: bool) -> None:
    bench = Bench()
    bench.lakes.doc["LockState"] = lock
    bench.lakes.store()
    reading = write(query(20, 4, GRANTED), WEB + GRANTS)
    assert (send(bench, reading, LAKES)[0]["ErrorInfo"] is None) is reads
    assert (bench.ask("GET", f"{LAKES}/_api/web").status_code == 200) is reads
    for _, actions, paths in WRITES.values():
        assert refusal(bench, actions, paths) == DENIED


def test_what_is_made_for_a_method_is_no_tenant_administration() -> None:
    assert error(Bench(), write(looked(20, 30), NEW_BINDINGS.replace("07bf1941", "268004ae")), LAKES)
    assert results(Bench(), write(looked(20, 30), NEW_BINDINGS), LAKES) == {20: {"IsNull": False}}
    assert results(Bench(), write(looked(20, 30), NEW_BINDINGS), ADMIN) == {20: {"IsNull": False}}
