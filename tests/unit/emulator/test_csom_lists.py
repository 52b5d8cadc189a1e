"""Lists through CSOM: made, changed, read with columns and views, and what REST reads of them afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.csom_bench import (
    ALL,
    WEB,
    below,
    call,
    chosen,
    do,
    identity,
    list_creation,
    looked,
    on_site,
    query,
    refusal,
    results,
    set_property,
    structure,
    write,
)
from tests.contract.sharepoint_bench import LAKES, Bench

LISTS = below(3, 2, "Lists")
PACKING = LISTS + call(4, 3, "Add", list_creation("Packing"))
VIEW = "a3547807-7266-42f3-b055-afa6e840e458"
COLUMN = '<Field Type="Choice" Name="Weight" DisplayName="Weight"><CHOICES><CHOICE>light</CHOICE></CHOICES></Field>'
ARGUMENT = "System.ArgumentException"
SP = "Microsoft.SharePoint.SPException"


def rest(bench: Bench, title: str, rest: str = "") -> Any:
    return bench.read("GET", f"{LAKES}/_api/web/lists/getbytitle('{title}'){rest}")


def test_a_list_is_made_and_read_in_one_query() -> None:
    bench = Bench()
    view = structure(VIEW, Title="By weight", ViewFields=["LinkTitle", "Weight"], Query="", RowLimit=50, Paged=True)
    paths = PACKING + below(5, 4, "Fields") + call(6, 5, "AddFieldAsXml", COLUMN, False, 8)
    paths += below(7, 4, "Views") + call(8, 7, "Add", view)
    asked = chosen(
        "Id", "Title", "BaseTemplate", "Created", "Hidden", "ItemCount", "HasUniqueRoleAssignments",
        RootFolder=chosen("ServerRelativeUrl"),
        Fields=chosen(each=chosen("Id", "InternalName", "TypeAsString", "Required", "SchemaXml")),
        Views=chosen(each=chosen("Id", "Title", "DefaultView", "ListViewXml", "PersonalView")),
    )  # fmt: skip
    told = on_site(bench, looked(20, 6) + looked(21, 8) + query(22, 4, asked), paths)[22]
    theirs = rest(bench, "Packing", "?$expand=Fields,Views,RootFolder")
    assert told["_ObjectType_"] == "SP.List"
    assert told["_ObjectIdentity_"].endswith(f":list:{theirs['Id']}")
    assert told["Id"] == f"/Guid({theirs['Id']})/"
    assert told["Created"].startswith("/Date(2027,4,1,")
    assert (told["BaseTemplate"], told["ItemCount"], told["HasUniqueRoleAssignments"]) == (100, 0, False)
    assert told["RootFolder"]["ServerRelativeUrl"] == theirs["RootFolder"]["ServerRelativeUrl"]
    columns, views = told["Fields"]["_Child_Items_"], told["Views"]["_Child_Items_"]
    assert [row["InternalName"] for row in columns] == [row["InternalName"] for row in theirs["Fields"]]
    types = {row["InternalName"]: row["_ObjectType_"] for row in columns}
    assert (types["Title"], types["Weight"], types["Author"]) == ("SP.FieldText", "SP.FieldChoice", "SP.FieldUser")
    assert [row["ListViewXml"] for row in views] == [row["ListViewXml"] for row in theirs["Views"]]
    assert [row["Title"] for row in views] == ["All Items", "By weight"]


@pytest.mark.parametrize("way", ["title", "id", "guid", "identity"])
def test_a_list_is_found(way: str) -> None:
    bench = Bench()
    list_id = rest(bench, "Documents")["Id"]
    paths = LISTS + (call(4, 3, "GetByTitle", "Documents") if way == "title" else call(4, 3, "GetById", list_id))
    if way == "guid":
        paths = paths.replace('Type="String"', 'Type="Guid"').replace(list_id, f"{{{list_id}}}")
    if way == "identity":
        whole = on_site(bench, query(20, 4, ALL), LISTS + call(4, 3, "GetByTitle", "Documents"))[20]
        paths = identity(4, whole["_ObjectIdentity_"])
    told = results(bench, write(query(20, 4, chosen("Title")), paths if way == "identity" else WEB + paths), LAKES)
    assert told[20]["Title"] == "Documents"


def test_all_lists_are_read_at_once() -> None:
    bench = Bench()
    told = on_site(bench, query(20, 3, chosen(each=chosen("Title", "Hidden"))), LISTS)[20]["_Child_Items_"]
    theirs = bench.read("GET", f"{LAKES}/_api/web/lists?$select=Title,Hidden")["value"]
    assert [(row["Title"], row["Hidden"]) for row in told] == [(row["Title"], row["Hidden"]) for row in theirs]


def test_all_properties_of_a_list_are_those_that_rest_gives_of_itself() -> None:
    bench = Bench()
    told = on_site(bench, query(20, 4, ALL), LISTS + call(4, 3, "GetByTitle", "Documents"))[20]
    assert set(told) - {"_ObjectType_", "_ObjectIdentity_"} == set(rest(bench, "Documents"))
    assert told["TemplateFeatureId"].startswith("/Guid(")


def test_a_list_is_changed_once_it_is_updated() -> None:
    bench = Bench()
    change = set_property(20, 4, "Hidden", True) + set_property(21, 4, "Title", "Kit")
    on_site(bench, looked(19, 4) + change, PACKING)
    assert rest(bench, "Packing")["Hidden"] is False
    paths = LISTS + call(4, 3, "GetByTitle", "Packing")
    told = on_site(bench, change + do(22, 4, "Update") + query(23, 4, chosen("Title", "Hidden")), paths)[23]
    assert (told["Title"], told["Hidden"]) == ("Kit", True)
    assert rest(bench, "Kit")["Hidden"] is True


@pytest.mark.parametrize(
    ("name", "value", "code"), [("Title", "Documents", -2130575342), ("Nonsense", 1, -1), ("BaseType", 1, -1)]
)
def test_a_change_that_rest_refuses_is_refused(name: str, value: object, code: int) -> None:
    bench = Bench()
    actions = looked(19, 4) + set_property(20, 4, name, value) + do(21, 4, "Update")
    assert refusal(bench, actions, PACKING)[0] == code
    assert rest(bench, "Packing")["Title"] == "Packing"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (LISTS + call(4, 3, "GetByTitle", "Nowhere"), (-1, ARGUMENT)),
        (LISTS + call(4, 3, "GetById", "11111111-2222-4333-8444-555555555555"), (-2130575322, SP)),
        (LISTS + call(4, 3, "Add", list_creation("Documents")), (-2130575342, SP)),
        (LISTS + call(4, 3, "Add", list_creation("Odd", 4711)), (-2130575237, SP)),
        (LISTS + call(4, 3, "Add"), (-2147024809, ARGUMENT)),
        (PACKING + below(5, 4, "Fields") + call(6, 5, "AddFieldAsXml", "<Field", False, 8), (-2147024809, SP)),
        (PACKING + below(5, 4, "Fields") + call(6, 5, "AddFieldAsXml", COLUMN), (-2147024809, ARGUMENT)),
        (
            PACKING + below(5, 4, "Views") + call(6, 5, "Add", structure(VIEW, Title="V", ViewFields=["Nowhere"])),
            (-2147024809, ARGUMENT),
        ),
    ],
)
def test_what_cannot_be_is_refused_with_rests_code(paths: str, found: tuple[int, str]) -> None:
    bench = Bench()
    last = 6 if '<Method Id="6"' in paths else 4
    assert refusal(bench, looked(20, last), paths) == found


def test_a_property_that_is_none_cannot_be_read() -> None:
    bench = Bench()
    found = refusal(bench, query(20, 4, chosen("Nonsense")), PACKING)
    assert found == (-1, "Microsoft.SharePoint.Client.InvalidClientQueryException")
    assert rest(bench, "Packing")["Title"] == "Packing"


def test_a_condition_on_members_is_not_played() -> None:
    bench = Bench()
    members = '<Query SelectAllProperties="false"><Properties /></Query><ChildItemQuery SelectAllProperties="true">'
    members += "<Properties /><QueryableExpression /></ChildItemQuery>"
    body = write(query(20, 3, members), WEB + LISTS)
    assert bench.ask("POST", f"{LAKES}/_vti_bin/client.svc/ProcessQuery", body).status_code == 501
