"""Columns, items, and the dialects they are written in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator.sharepoint.fields import encode_name

from ...contract.sharepoint_bench import LAKES, NOMETADATA, VERBOSE, Bench

MINIMAL = "minimalmetadata;streaming=true;charset=utf-8"
KIT = f"{LAKES}/_api/web/lists/getbytitle('Kit')"


@pytest.fixture
def bench() -> Bench:
    return made()


def made() -> Bench:
    bench = Bench()
    bench.read("POST", f"{LAKES}/_api/web/lists", {"Title": "Kit", "BaseTemplate": 100})
    return bench


def add_column(bench: Bench, xml: str, options: int = 0) -> dict[str, Any]:
    body = {"parameters": {"SchemaXml": xml, "Options": options}}
    field: dict[str, Any] = bench.read("POST", f"{KIT}/fields/createfieldasxml", body)
    return field


@pytest.mark.parametrize(
    ("title", "name"),
    [("Bus", "Bus"), ("Who pays?", "Who_x0020_pays_x003f_"), ("1st day", "_x0031_st_x0020_day"), ("É", "_x00c9_"),
     ("😀", "_xd83d__xde00_"), ("A" * 40, "A" * 32)],
)  # fmt: skip
def test_internal_names(title: str, name: str) -> None:
    assert encode_name(title) == name


def test_a_name_counts_only_with_the_hint(bench: Bench) -> None:
    xml = '<Field Type="Text" Name="Bus" DisplayName="Which bus" />'
    assert add_column(bench, xml)["InternalName"] == "Which_x0020_bus"
    assert add_column(bench, xml, 8)["InternalName"] == "Bus"
    assert add_column(bench, xml)["InternalName"] == "Which_x0020_bus0"
    again = bench.ask("POST", f"{KIT}/fields/createfieldasxml", {"parameters": {"SchemaXml": xml, "Options": 8}})
    assert (again.status_code, again.get_json()["odata.error"]["code"].split(",")[0]) == (500, "-2130575214")


def test_a_removed_column_is_gone_and_its_values_are_not_taken(bench: Bench) -> None:
    add_column(bench, '<Field Type="Number" Name="Weight" DisplayName="Weight" />', 8)
    bench.read("POST", f"{KIT}/items", {"Title": "a", "Weight": 1.5})
    bench.read("DELETE", f"{KIT}/fields/getbyinternalnameortitle('Weight')")
    refused = bench.ask("POST", f"{KIT}/items", {"Title": "b", "Weight": 1})
    assert refused.status_code == 400
    assert "'Weight' does not exist on type 'SP.Data.KitListItem'" in refused.get_data(as_text=True)


def test_values_are_checked_against_their_columns(bench: Bench) -> None:
    for kind, good, bad in (
        ("Number", 2, "two"),
        ("Boolean", True, "yes"),
        ("DateTime", "2027-05-10T07:30:00Z", "soon"),
        ("Text", "x", 5),
    ):
        add_column(bench, f'<Field Type="{kind}" Name="{kind}Column" DisplayName="{kind}Column" />', 8)
        assert bench.read("POST", f"{KIT}/items", {f"{kind}Column": good})[f"{kind}Column"] == good
        assert bench.ask("POST", f"{KIT}/items", {f"{kind}Column": bad}).status_code == 400


def test_a_form_tells_of_each_value(bench: Bench) -> None:
    add_column(bench, '<Field Type="DateTime" Name="Due" DisplayName="Due" />', 8)
    form = [{"FieldName": "Title", "FieldValue": "Boots"}, {"FieldName": "Due", "FieldValue": "never"}]
    path = f"{KIT}/AddValidateUpdateItemUsingPath"
    rows = bench.read("POST", path, {"formValues": form})["value"]
    assert [(row["FieldName"], row["HasException"]) for row in rows] == [("Title", False), ("Due", True)]
    assert bench.read("GET", f"{KIT}?$select=ItemCount") == {"ItemCount": 0}
    form[1]["FieldValue"] = "5/10/2027 9:00 AM"
    rows = bench.read("POST", path, {"formValues": form})["value"]
    assert rows[-1] == {
        "ErrorCode": 0, "ErrorMessage": None, "FieldName": "Id", "FieldValue": "1", "HasException": False, "ItemId": 0
    }  # fmt: skip
    assert bench.read("GET", f"{KIT}/items(1)?$select=Due") == {"Due": "2027-05-10T09:00:00Z"}


@given(total=st.integers(0, 12), size=st.integers(1, 5), dialect=st.sampled_from([NOMETADATA, VERBOSE]))
def test_every_item_is_on_one_page(total: int, size: int, dialect: str) -> None:
    bench = made()
    for number in range(total):
        bench.read("POST", f"{KIT}/items", {"Title": f"{number:02}"})
    seen: list[str] = []
    url: str | None = f"{KIT}/items?$top={size}&$filter=Title%20ne%20'x'&$select=Id,Title"
    while url:
        answer = bench.read("GET", url, accept=dialect)
        page = answer["d"]["results"] if dialect == VERBOSE else answer["value"]
        assert len(page) <= size
        seen += [row["Title"] for row in page]
        url = answer["d"].get("__next") if dialect == VERBOSE else answer.get("odata.nextLink")
        assert url is None or urlsplit(url).netloc == "contoso.sharepoint.com"
    assert seen == [f"{number:02}" for number in range(total)]


def test_items_written_between_two_pages_shift_nothing(bench: Bench) -> None:
    for number in range(4):
        bench.read("POST", f"{KIT}/items", {"Title": str(number)})
    first = bench.read("GET", f"{KIT}/items?$top=2")
    bench.read("DELETE", f"{KIT}/items(1)")
    bench.read("POST", f"{KIT}/items", {"Title": "4"})
    second = bench.read("GET", first["odata.nextLink"])
    assert [row["Title"] for row in second["value"]] == ["2", "3"]


def test_numbers_of_items_are_not_given_again(bench: Bench) -> None:
    bench.read("POST", f"{KIT}/items", {"Title": "a"})
    bench.read("DELETE", f"{KIT}/items(1)")
    assert bench.read("POST", f"{KIT}/items", {"Title": "b"})["Id"] == 2
    assert bench.ask("GET", f"{KIT}/items(1)").status_code == 404


def test_an_old_etag_is_refused(bench: Bench) -> None:
    bench.read("POST", f"{KIT}/items", {"Title": "a"})
    changed = bench.ask("MERGE", f"{KIT}/items(1)", {"Title": "b"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (204, '"2"')
    assert bench.ask("MERGE", f"{KIT}/items(1)", {"Title": "c"}, headers={"If-Match": '"1"'}).status_code == 412


def test_an_unknown_column_in_a_query_is_the_services_own_error(bench: Bench) -> None:
    bench.read("POST", f"{KIT}/items", {"Title": "a"})
    for query in ("$select=Bananas", "$filter=Bananas%20eq%201", "$orderby=Bananas"):
        answer = bench.ask("GET", f"{KIT}/items?{query}")
        assert answer.status_code == 400
        said = answer.get_json()["odata.error"]["message"]["value"]
        assert said.lower() == "the field or property 'bananas' does not exist."


@pytest.mark.parametrize(
    ("accept", "media", "keys"),
    [
        (VERBOSE, "verbose;charset=utf-8", {"d"}),
        (NOMETADATA, "nometadata;streaming=true;charset=utf-8", {"value"}),
        ("application/json", MINIMAL, {"odata.metadata", "value"}),
        ("application/json, text/plain, */*", MINIMAL, {"odata.metadata", "value"}),
    ],
)  # fmt: skip
def test_dialects_of_a_collection(bench: Bench, accept: str, media: str, keys: set[str]) -> None:
    response = bench.ask("GET", f"{LAKES}/_api/web/sitegroups", accept=accept)
    assert response.headers["Content-Type"] == f"application/json;odata={media}"
    assert response.get_json().keys() == keys


def test_dialects_of_an_entity_and_of_errors(bench: Bench) -> None:
    verbose = bench.read("GET", f"{KIT}?$expand=Items", accept=VERBOSE)["d"]
    assert verbose["__metadata"]["type"] == "SP.List"
    assert verbose["Items"] == {"results": []}
    assert "__deferred" in verbose["Fields"]
    minimal = bench.read("GET", KIT, accept="application/json")
    assert minimal["odata.type"] == "SP.List"
    missing = f"{LAKES}/_api/web/lists/getbytitle('None')"
    assert bench.ask("GET", missing, accept=VERBOSE).get_json().keys() == {"error"}
    assert bench.ask("GET", missing).get_json().keys() == {"odata.error"}


def test_void_and_primitives_in_the_verbose_dialect(bench: Bench) -> None:
    broken = bench.read("POST", f"{KIT}/breakroleinheritance(true,false)", accept=VERBOSE)
    assert broken == {"d": {"breakroleinheritance": None}}
    (value,) = bench.read("POST", f"{KIT}/recycle()", accept=VERBOSE)["d"].values()
    assert isinstance(value, str)
