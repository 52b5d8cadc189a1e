"""Items of a list through CSOM, and what REST reads of them afterwards."""

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
    looked,
    on_site,
    query,
    refusal,
    results,
    structure,
    write,
)
from tests.contract.sharepoint_bench import LAKES, OWNER, Bench

ITEM = "54cdbee5-0897-44ac-829f-411557fa11be"
CAML = "3d248d7b-fc86-40a3-aa97-02a75d69fb8a"
PLACE = "922354eb-c56a-4d88-ad59-67496854efe1"
LIST = below(3, 2, "Lists") + call(4, 3, "GetByTitle", "Kit")
NEW = LIST + call(5, 4, "AddItem", structure(ITEM, FolderUrl=None, LeafName=None))
EVERYTHING = chosen(each=ALL)
COLUMNS = (
    '<Field Type="Number" Name="Cost" DisplayName="Cost" />',
    '<Field Type="DateTime" Name="Due" DisplayName="Due" />',
    '<Field Type="Boolean" Name="Packed" DisplayName="Packed" />',
    '<Field Type="URL" Name="Shop" DisplayName="Shop" />',
    '<Field Type="User" Name="Who" DisplayName="Who" />',
    '<Field Type="MultiChoice" Name="Tags" DisplayName="Tags"><CHOICES><CHOICE>a</CHOICE></CHOICES></Field>',
    '<Field Type="Note" Name="_Memory" DisplayName="Memory" />',
)


def make_kit(bench: Bench) -> None:
    bench.read("POST", f"{LAKES}/_api/web/lists", {"Title": "Kit", "BaseTemplate": 100})
    for column in COLUMNS:
        body = {"parameters": {"SchemaXml": column, "Options": 8}}
        bench.read("POST", f"{LAKES}/_api/web/lists/getbytitle('Kit')/fields/createfieldasxml", body)


def rest(bench: Bench) -> Any:
    return bench.read("GET", f"{LAKES}/_api/web/lists/getbytitle('Kit')/items")["value"]


def caml(view: str = "", **more: object) -> Any:
    return structure(CAML, DatesInUtc=True, ViewXml=view, **more)


def set_field(number: int, path: int, name: str, value: object) -> str:
    return do(number, path, "SetFieldValue", name, value)


def add(bench: Bench, title: str) -> int:
    asked = query(22, 5, chosen("Id"))
    told = on_site(bench, looked(20, 5) + set_field(21, 5, "Title", title) + do(23, 5, "Update") + asked, NEW)
    return int(told[22]["Id"])


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    make_kit(made)
    return made


def test_an_item_is_written_and_read_back_in_one_query(bench: Bench) -> None:
    user = bench.read("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": OWNER})["Id"]
    values = {
        "Title": "Boots & <laces>",
        "Cost": 12.5,
        "Due": "2027-06-01T10:00:00.0000000Z",
        "Packed": True,
        "Shop": structure("fa8b44af-7b43-43f2-904a-bd319497011e", Description="Shop", Url="https://s.example/b"),
        "Who": structure("c956ab54-16bd-4c18-89d2-996f57282a6f", LookupId=user, LookupValue=None, Email=None),
        "Tags": ["a", "b"],
        "_Memory": '{"key": "value"}',
    }
    given = "".join(set_field(n, 5, name, value) for n, (name, value) in enumerate(values.items(), 30))
    paths = NEW + call(6, 4, "GetItems", caml('<View Scope="RecursiveAll"><RowLimit>100</RowLimit></View>'))
    told = on_site(
        bench, looked(20, 5) + given + do(21, 5, "Update") + query(22, 5, ALL) + query(23, 6, EVERYTHING), paths
    )
    (theirs,) = rest(bench)
    assert (theirs["Title"], theirs["Cost"], theirs["Due"]) == ("Boots & <laces>", 12.5, "2027-06-01T10:00:00Z")
    assert (theirs["WhoId"], theirs["OData__Memory"]) == (user, '{"key": "value"}')
    (row,) = told[23]["_Child_Items_"]
    assert row == told[22]
    assert row["_ObjectType_"] == "SP.ListItem"
    assert row["_ObjectIdentity_"].endswith(":item:1,1")
    assert (row["Id"], row["ID"], row["FileSystemObjectType"], row["Attachments"]) == (1, 1, 0, False)
    assert (row["Title"], row["_Memory"], row["Packed"]) == ("Boots & <laces>", '{"key": "value"}', True)
    assert (row["Cost$  Double"], row["Tags$  Array"]) == (12.5, ["a", "b"])
    assert (row["Due"], row["Created"]) == ("/Date(2027,5,1,10,0,0,0)/", "/Date(2027,4,1,9,0,0,0)/")
    link = {"_ObjectType_": "SP.FieldUrlValue", "Description": "Shop", "Url": "https://s.example/b"}
    assert row["Shop"] == link
    assert (row["Who"]["_ObjectType_"], row["Who"]["LookupId"], row["Who"]["Email"]) == (
        "SP.FieldUserValue",
        user,
        OWNER,
    )
    assert row["Author"]["LookupValue"] == "SharePoint App"
    assert row["ContentTypeId"]["_ObjectType_"] == "SP.ContentTypeId"


def test_suffixes_are_written_only_where_they_are_asked_for(bench: Bench) -> None:
    bench.read("POST", f"{LAKES}/_api/web/lists/getbytitle('Kit')/items", {"Title": "a", "Cost": 3})
    body = write(query(23, 6, chosen(each=chosen("Cost"))), WEB + LIST + call(6, 4, "GetItems", caml()))
    (row,) = results(bench, body, LAKES)[23]["_Child_Items_"]
    assert (row["Cost$  Double"], len(row)) == (3, 3)
    (row,) = results(bench, body.replace('AddExpandoFieldTypeSuffix="true" ', ""), LAKES)[23]["_Child_Items_"]
    assert (row["Cost"], len(row)) == (3, 3)


def test_nothing_is_stored_before_update(bench: Bench) -> None:
    told = on_site(bench, looked(20, 5) + set_field(21, 5, "Title", "a") + query(22, 5, chosen("Id")), NEW)
    assert (told[22]["Id"], rest(bench)) == (0, [])
    number = add(bench, "a")
    paths = LIST + call(5, 4, "GetItemById", number)
    told = on_site(bench, set_field(21, 5, "Title", "b") + query(22, 5, chosen("Title")), paths)
    assert told[22]["Title"] == "a" == rest(bench)[0]["Title"]
    on_site(bench, set_field(21, 5, "Title", "b") + do(22, 5, "Update"), paths)
    assert [(row["Id"], row["Title"]) for row in rest(bench)] == [(number, "b")]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Nowhere", "x", -2147024809),
        ("Modified", "x", -2147352571),
        ("Cost", "much", -2147024809),
        ("Due", "soon", -2147024809),
        ("Packed", "perhaps", -2147024809),
        ("Title", "x" * 256, -2130575250),
    ],
)
def test_a_value_that_no_column_takes_is_refused(bench: Bench, name: str, value: object, code: int) -> None:
    actions = looked(20, 5) + set_field(21, 5, name, value) + do(22, 5, "Update")
    assert refusal(bench, actions, NEW)[0] == code
    assert rest(bench) == []


def test_items_written_before_a_refused_one_stay(bench: Bench) -> None:
    second = call(6, 4, "AddItem", structure(ITEM, LeafName=None))
    actions = looked(20, 5) + set_field(21, 5, "Title", "a") + do(22, 5, "Update")
    actions += looked(23, 6) + set_field(24, 6, "Cost", "much") + do(25, 6, "Update")
    assert refusal(bench, actions, NEW + second)[0] == -2147024809
    assert [row["Title"] for row in rest(bench)] == ["a"]


def test_an_item_that_is_not_there(bench: Bench) -> None:
    found = refusal(bench, looked(20, 5), LIST + call(5, 4, "GetItemById", 7))
    assert found == (-2130575338, "System.ArgumentException")


@pytest.mark.parametrize("count", [4, 5])
def test_pages_of_items(bench: Bench, count: int) -> None:
    """A page that is full has one behind it, be it empty."""
    numbers = [add(bench, f"item {n}") for n in range(count)]
    view = '<View><Query><OrderBy><FieldRef Name="ID" /></OrderBy></Query><RowLimit Paged="TRUE">2</RowLimit></View>'
    seen: list[int] = []
    place: Any = None
    for _ in range(3):
        told = on_site(bench, query(20, 5, chosen("ListItemCollectionPosition", each=chosen("Id"))),
                       LIST + call(5, 4, "GetItems", caml(view, ListItemCollectionPosition=place)))[20]  # fmt: skip
        seen += [row["Id"] for row in told["_Child_Items_"]]
        position = told["ListItemCollectionPosition"]
        place = None if position is None else structure(PLACE, PagingInfo=position["PagingInfo"])
    assert (seen, place) == (numbers, None)


@pytest.mark.parametrize(
    "view",
    [
        "<View><Query><Where><IsNull><FieldRef Name='Title' /></IsNull></Where></Query></View>",
        "<View><Query><OrderBy><FieldRef Name='Title' /></OrderBy></Query></View>",
        "<View><Query><OrderBy><FieldRef Name='ID' Ascending='FALSE' /></OrderBy></Query></View>",
        "<View><ViewFields><FieldRef Name='Title' /></ViewFields></View>",
        "<View><RowLimit>many</RowLimit></View>",
    ],
)
def test_a_query_that_is_not_played_says_so(bench: Bench, view: str) -> None:
    body = write(looked(20, 5), WEB + LIST + call(5, 4, "GetItems", caml(view)))
    assert bench.ask("POST", f"{LAKES}/_vti_bin/client.svc/ProcessQuery", body).status_code == 501


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (caml("<View"), -2147024809),
        (caml("<View><RowLimit>5001</RowLimit></View>"), -2147024860),
        (caml(ListItemCollectionPosition=structure(PLACE, PagingInfo="elsewhere")), -2147024809),
        (caml(ListItemCollectionPosition=structure(PLACE, PagingInfo="Paged=TRUE&p_ID=2x")), -2147024809),
    ],
)
def test_a_query_that_cannot_be_is_refused(bench: Bench, given: Any, code: int) -> None:
    assert refusal(bench, looked(20, 5), LIST + call(5, 4, "GetItems", given))[0] == code


def test_items_ask_for_writing() -> None:
    for roles, refused in ((["Sites.Read.All"], True), (["Sites.ReadWrite.All"], False)):
        bench = Bench()
        make_kit(bench)
        bench.roles = roles
        if refused:
            assert refusal(bench, looked(20, 5), NEW) == (-2147024891, "System.UnauthorizedAccessException")
            assert on_site(bench, query(20, 5, EVERYTHING), LIST + call(5, 4, "GetItems", caml()))
        else:
            assert add(bench, "a") == 1
