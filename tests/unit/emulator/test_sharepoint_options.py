from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator.sharepoint.faults import Fault, Unplayed
from sp_parent_portal.emulator.sharepoint.options import read_filter, read_options, sort_docs

ROW = {"Title": "Kit list", "Id": 7, "Hidden": False, "Email": None, "Created": "2027-05-01T09:00:00Z"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Title eq 'kit LIST'", True),
        ("title eq 'Kit list'", True),
        ("Title ne 'x'", True),
        ("Id eq 7 and Hidden eq false", True),
        ("Id eq 8 or Id gt 6", True),
        ("Id eq 8 or Id eq 9 and Hidden eq false", False),
        ("(Id eq 7 or Id eq 9) and Hidden eq true", False),
        ("not (Id eq 7)", False),
        ("Id ge 7 and Id le 7 and Id lt 8", True),
        ("substringof('list', Title)", True),
        ("substringof('list',Title) eq false", False),
        ("startswith(Title,'KIT')", True),
        ("startswith(Email,'k')", False),
        ("Email eq null", True),
        ("Email gt 'a'", False),
        ("Created ge datetime'2027-01-01T00:00:00Z'", True),
    ],
)
def test_filters(text: str, wanted: bool) -> None:
    assert read_filter(text)(ROW) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "Title",
        "Title eq",
        "Title like 'x'",
        "endswith(Title,'x')",
        "Title eq 'x' Id",
        "(Id eq 7",
        "eq 7",
        "Title eq 'x",
        "Nothing eq 1",
        "Id gt 'a'",
        "length(Title) eq 3",
    ],
)
def test_other_filters_are_refused_by_the_service(text: str) -> None:
    with pytest.raises(Fault) as caught:
        read_filter(text)(ROW)
    assert (caught.value.status, caught.value.kind) == (400, "Microsoft.SharePoint.Client.InvalidClientQueryException")


@given(st.text(max_size=20), st.text(max_size=20))
def test_equal_means_equal_but_for_case(first: str, second: str) -> None:
    quoted = second.replace("'", "''")
    assert read_filter(f"Title eq '{quoted}'")({"Title": first}) is (first.lower() == second.lower())


def test_trees_and_numbers() -> None:
    options = read_options({"$select": "Id, Member/Title", "$expand": "Member/Users", "$top": "5", "@v": "'x'"})
    assert options.select == {"id": {}, "member": {"title": {}}}
    assert options.expand == {"member": {"users": {}}}
    assert options.top == 5
    assert read_options({"$skiptoken": "Paged=TRUE&p_ID=4"}).skip_token["p_ID"] == "4"


@pytest.mark.parametrize(
    "query",
    [{"$top": "x"}, {"$order_by": "Id"}, {"$orderby": "Id up"}, {"$skip": "-1"}, {"$count": "true"},
     {"$search": "x"}, {"$apply": "x"}, {"$skiptoken": "expired"}],
)  # fmt: skip
def test_options_that_are_none(query: dict[str, str]) -> None:
    with pytest.raises(Fault):
        read_options(query)


@given(st.lists(st.one_of(st.none(), st.integers()), max_size=8))
def test_order(values: list[int | None]) -> None:
    docs = [{"Id": number, "Value": value} for number, value in enumerate(values)]
    rising = [doc["Value"] for doc in sort_docs(docs, (("value", False),))]
    falling = [doc["Value"] for doc in sort_docs(docs, (("Value", True),))]
    known = sorted(value for value in values if value is not None)
    assert [value for value in rising if value is not None] == known
    assert [value for value in falling if value is not None] == known[::-1]
    assert rising[: len(values) - len(known)] == [None] * (len(values) - len(known))


@pytest.mark.parametrize("name", ["$inlinecount", "$format"])
def test_options_that_are_not_played_say_so(name: str) -> None:
    with pytest.raises(Unplayed):
        read_options({name: "x"})
