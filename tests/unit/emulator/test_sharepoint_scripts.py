"""ExecuteTemplateScript: rows, what is done, what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator.sharepoint import fields, lists, navigation, scripts
from sp_parent_portal.emulator.sharepoint.script_verbs import WRONG_TYPE

from ...contract.sharepoint_bench import LAKES, VERBOSE, Bench

UTILITY = "Microsoft.SharePoint.Utilities.WebTemplateExtensions.SiteScriptUtility"
STRANGER = {"verb": "addPrincipalToSPGroup", "principal": "x", "group": "Members"}
INVALID = "Parameter {} has an invalid value."
COLUMN_ID = "{0a0b0c0d-0000-4000-8000-00000000000f}"
XML = f'<Field Type="Choice" Name="ForWho" DisplayName="For who" ID="{COLUMN_ID}"><CHOICES/></Field>'
KIT: dict[str, Any] = {
    "verb": "createSPList",
    "listName": "Kit list",
    "templateType": 100,
    "subactions": [
        {"verb": "SetDescription", "description": "What to bring"},
        {"verb": "addSPField", "displayName": "How many", "fieldType": "Number", "isRequired": False},
        {"verb": "addSPFieldXml", "schemaXml": XML, "addToDefaultView": True},
        {
            "verb": "addSPView",
            "name": "Short",
            "viewFields": ["LinkTitle", "ForWho"],
            "query": "",
            "rowLimit": 30,
            "isPaged": True,
            "makeDefault": True,
        },
        {"verb": "setSPFieldCustomFormatter", "fieldDisplayName": "For who", "formatterJSON": {"elmType": "div"}},
    ],
}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def run(bench: Bench, *actions: dict[str, Any]) -> list[dict[str, Any]]:
    body = {"script": json.dumps({"$schema": "x", "actions": list(actions)})}
    rows: list[dict[str, Any]] = bench.read("POST", f"{LAKES}/_api/{UTILITY}.ExecuteTemplateScript()", body)["value"]
    assert all(isinstance(row["Outcome"], str) and isinstance(row["ErrorCode"], int) for row in rows)
    return rows


def outcomes(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["Verb"], row["Outcome"]) for row in rows]


def test_a_row_for_each_action_and_subaction(bench: Bench) -> None:
    rows = run(bench, KIT)
    assert outcomes(rows) == [
        ("createSPList", "0"),
        ("setDescription", "0"),
        ("addSPField", "0"),
        ("addSPFieldXml", "0"),
        ("addSPView", "0"),
        ("setSPFieldCustomFormatter", "0"),
    ]
    assert rows[0] == {
        "ErrorCode": 0,
        "Outcome": "0",
        "OutcomeText": None,
        "Target": f"{LAKES}/Lists/Kit%20list",
        "TargetId": rows[0]["TargetId"],
        "Title": 'Create or update list "Kit list"',
        "Verb": "createSPList",
    }
    kit = lists.get_list(bench.lakes, "Kit list", "title")
    assert kit["Description"] == "What to bring"
    named = {field["Title"]: field for field in fields.list_fields(bench.lakes, kit)}
    assert named["How many"]["InternalName"] == "How_x0020_many"
    assert named["For who"]["InternalName"] == "ForWho"
    assert json.loads(named["For who"]["CustomFormatter"]) == {"elmType": "div"}
    shown = {view["Title"]: view for view in bench.lakes.each("view", kit["Id"])}
    assert shown["Short"]["DefaultView"]
    assert not shown["All Items"]["DefaultView"]
    assert shown["All Items"]["_fields"] == ["LinkTitle", "ForWho"]


def test_a_list_that_exists_is_left_alone(bench: Bench) -> None:
    run(bench, {**KIT, "subactions": []})
    rows = run(bench, KIT, {"verb": "applyTheme", "themeName": "Green"})
    assert rows[0] == {
        "ErrorCode": -2130575342,
        "Outcome": "2",
        "OutcomeText": "List with name Kit list already exists.",
        "Target": None,
        "TargetId": None,
        "Title": 'Create or update list "Kit list"',
        "Verb": "createSPList",
    }
    assert outcomes(rows[1:]) == [("applyTheme", "0")]
    assert lists.get_list(bench.lakes, "Kit list", "title")["Description"] == ""


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"verb": "fly"}, "unable to handle action: fly"),
        ({"verb": "createSPList", "listName": "X", "templateType": "100"}, WRONG_TYPE),
        ({"verb": "createSPList", "listName": "X", "templateType": True}, WRONG_TYPE),
        ({"verb": "createSPList", "listName": "X"}, "Parameter templateType is missing."),
        ({"verb": "createSPList", "listName": "X", "templateType": 171}, INVALID.format("templateType")),
        ({"verb": "joinHubSite", "hubSiteId": "x"}, INVALID.format("hubSiteId")),
        ({"verb": "addNavLink", "displayname": "X", "url": "/x"}, "Parameter displayName is missing."),
        ({"verb": "createSiteColumnXml", "schemaXml": "<Field"}, "The field XML is not valid."),
        ({"verb": "addPrincipalToSPGroup", "principal": "x", "group": "Guests"}, INVALID.format("group")),
        (STRANGER, "The specified user x could not be found."),
    ],
)  # fmt: skip
def test_what_fails_says_so_and_the_next_still_runs(bench: Bench, action: dict[str, Any], text: str) -> None:
    rows = run(bench, action, {"verb": "applyTheme", "themeName": "Green"})
    assert (rows[0]["Outcome"], rows[0]["OutcomeText"]) == ("1", text)
    assert rows[0]["ErrorCode"] != 0
    assert rows[1]["Outcome"] == "0"


def test_entities_in_field_xml_are_not_expanded(bench: Bench) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY e "boom">]><Field Type="Text" Name="A" DisplayName="&e;" />'
    (row,) = run(bench, {"verb": "createSiteColumnXml", "schemaXml": bomb})
    assert row["Outcome"] == "1"


def test_whole_site(bench: Bench) -> None:
    rows = run(
        bench,
        {"verb": "addNavLink", "displayName": "Map", "url": "/map", "isWebRelative": True},
        {"verb": "addNavLink", "displayName": "Map", "url": "/map", "isWebRelative": True},
        {"verb": "removeNavLink", "displayName": "Home"},
        {"verb": "removeNavLink", "displayName": "Nothing"},
        {"verb": "setRegionalSettings", "timeZone": 2, "locale": 2057, "sortOrder": 25, "hourFormat": "24"},
        {"verb": "setSiteBranding", "headerLayout": "Compact", "showFooter": True},
        {"verb": "createSiteColumn", "fieldType": "Text", "internalName": "Bus", "isRequired": False},
        {"verb": "activateSPFeature", "featureId": "00bfea71-ec85-4903-972d-ebe475780106", "scope": "web"},
        {"verb": "addPrincipalToSPGroup", "principal": "m.bell@school.example", "group": "Members"},
        {"verb": "setSiteExternalSharingCapability", "capability": "ExistingExternalUserSharingOnly"},
        {"verb": "createContentType", "name": "Trip day", "description": "", "hidden": False, "parentName": "Item"},
    )
    assert [row["Outcome"] for row in rows] == ["0", "2", "0", "2", "0", "0", "0", "0", "0", "0", "0"]
    assert [node["Title"] for node in navigation.list_nodes(bench.lakes, "QuickLaunch")].count("Map") == 1
    web = bench.lakes.web
    assert (web["RegionalSettings"]["LocaleId"], web["HeaderLayout"], web["FooterEnabled"]) == (2057, 2, True)


def test_sharing_above_the_tenant_is_refused(bench: Bench) -> None:
    bench.set_tenant(SharingCapability=3)
    (row,) = run(bench, {"verb": "setSiteExternalSharingCapability", "capability": "ExternalUserSharingOnly"})
    assert row["Outcome"] == "1"
    assert bench.lakes.doc["SiteDefinedSharingCapability"] == 0


@given(st.integers(0, 6), st.integers(0, 40))
def test_more_than_thirty_actions_do_nothing(inside: int, beside: int) -> None:
    bench = Bench()
    description = {"verb": "setDescription", "description": "x"}
    actions = [{**KIT, "subactions": [description] * inside}, *[{"verb": "applyTheme", "themeName": "G"}] * beside]
    rows = run(bench, *actions)
    size = 1 + inside + beside
    assert scripts.count(actions) == size
    assert len(rows) == (size if size <= 30 else 0)
    assert (bench.lakes.find_titled("list", "Kit list") is not None) is (size <= 30)
    assert bench.emulator.usage.report()["sharepoint_units"] == 2 * size


def test_verbose_rows_stand_under_the_functions_name(bench: Bench) -> None:
    body = {"script": json.dumps({"actions": [KIT]})}
    answer = bench.read("POST", f"{LAKES}/_api/{UTILITY}.ExecuteTemplateScript", body, accept=VERBOSE)
    assert len(answer["d"]["ExecuteTemplateScript"]["results"]) == 6


@pytest.mark.parametrize("script", ["no json", "[]", "{}", '{"actions": [1]}'])
def test_a_script_that_is_none(bench: Bench, script: str) -> None:
    response = bench.ask("POST", f"{LAKES}/_api/{UTILITY}.ExecuteTemplateScript()", {"script": script})
    assert response.status_code == 400
