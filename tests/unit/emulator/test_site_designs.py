"""Site scripts and designs that the tenant keeps, applied at once and as a task."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sp_parent_portal.emulator.sharepoint import fields, lists

from ...contract.sharepoint_bench import LAKES, Bench
from .test_sharepoint_scripts import KIT, run

UTILITY = f"{LAKES}/_api/Microsoft.Sharepoint.Utilities.WebTemplateExtensions.SiteScriptUtility"
MORE = {"verb": "addSPField", "displayName": "Who brings it", "fieldType": "Text", "isRequired": False}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def keep(bench: Bench, *actions: dict[str, Any], title: str = "Trip") -> str:
    """The id of a design whose only script has these actions."""
    script = {"$schema": "x", "actions": list(actions)}
    named = f"CreateSiteScript(Title=@title,Description=@description)?@title='{title}'&@description='x'"
    made = bench.read("POST", f"{UTILITY}.{named}", script)
    assert (made["Title"], made["Version"], made["Content"]) == (title, 0, None)
    info = {"Title": title, "WebTemplate": "64", "SiteScriptIds": [made["Id"]]}
    return str(bench.read("POST", f"{UTILITY}.CreateSiteDesign", {"info": info})["Id"])


def apply(bench: Bench, design: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = bench.read(
        "POST", f"{UTILITY}.ApplySiteDesign", {"siteDesignId": design, "webUrl": LAKES}
    )["value"]
    return rows


def columns(bench: Bench) -> set[str]:
    kit = lists.get_list(bench.lakes, "Kit list", "title")
    return {field["Title"] for field in fields.list_fields(bench.lakes, kit)}


def test_a_list_that_exists_is_brought_up_to_date_by_a_design_and_refused_by_a_script(bench: Bench) -> None:
    more = {**KIT, "subactions": [*KIT["subactions"], MORE]}
    run(bench, KIT)
    refused = run(bench, more)
    assert [(row["Outcome"], row["ErrorCode"]) for row in refused] == [("2", -2130575342)]
    assert "Who brings it" not in columns(bench)
    rows = apply(bench, keep(bench, more))
    assert (rows[0]["Outcome"], rows[0]["ErrorCode"], rows[0]["Verb"]) == ("0", 0, "createSPList")
    assert {row["Outcome"] for row in rows} <= {"0", "2"}
    assert "Who brings it" in columns(bench)
    assert len([title for title in columns(bench) if title == "How many"]) == 1


def test_applied_again_nothing_more_is_made(bench: Bench) -> None:
    design = keep(bench, KIT)
    apply(bench, design)
    before = [
        field["Id"] for field in fields.list_fields(bench.lakes, lists.get_list(bench.lakes, "Kit list", "title"))
    ]
    again = apply(bench, design)
    after = [field["Id"] for field in fields.list_fields(bench.lakes, lists.get_list(bench.lakes, "Kit list", "title"))]
    assert (before, all(row["Outcome"] in ("0", "2") for row in again)) == (after, True)


def test_what_fails_is_told_in_its_row_as_text(bench: Bench) -> None:
    rows = apply(bench, keep(bench, {"verb": "joinHubSite", "hubSiteId": 7}, {"verb": "applyTheme", "themeName": "x"}))
    assert [(row["Outcome"], type(row["ErrorCode"])) for row in rows] == [("1", int), ("0", int)]


def test_a_task_is_carried_out_later_and_is_then_there_no_more(bench: Bench) -> None:
    bench.state.set_fact("provisioning", {"operation_polls": 2})
    design = keep(bench, KIT)
    task = bench.read("POST", f"{UTILITY}.AddSiteDesignTask", {"siteDesignId": design, "webUrl": LAKES})
    assert (task["SiteDesignID"], task["SiteID"]) == (design, bench.lakes.id)
    looks = [bench.read("POST", f"{UTILITY}.GetSiteDesignTask", {"taskId": task["ID"]}) for _ in range(3)]
    assert [look.get("ID") for look in looks] == [task["ID"], task["ID"], None]
    assert looks[2] == {"odata.null": True}
    assert "How many" in columns(bench)
    (ran,) = bench.read("POST", f"{UTILITY}.GetSiteDesignRun", {"webUrl": LAKES, "siteDesignId": design})["value"]
    assert ran["SiteDesignTitle"] == "Trip"
    assert isinstance(ran["StartTime"], str)
    asked = {"webUrl": LAKES, "runId": ran["ID"]}
    statuses = bench.read("POST", f"{UTILITY}.GetSiteDesignRunStatus", asked)["value"]
    assert statuses[0]["ActionVerb"] == "createSPList"
    assert {row["OutcomeCode"] for row in statuses} == {0}


def test_a_task_is_taken_back(bench: Bench) -> None:
    design = keep(bench, KIT)
    task = bench.read("POST", f"{UTILITY}.AddSiteDesignTaskToCurrentWeb", {"siteDesignId": design})
    assert len(bench.read("POST", f"{UTILITY}.GetSiteDesignTasks", {"webUrl": LAKES})["value"]) == 1
    bench.read("POST", f"{UTILITY}.RemoveSiteDesignTask", {"taskId": task["ID"]})
    assert bench.read("POST", f"{UTILITY}.GetSiteDesignTasks", {"webUrl": LAKES})["value"] == []
    assert bench.lakes.find_titled("list", "Kit list") is None


def test_scripts_and_designs_are_listed_changed_and_removed(bench: Bench) -> None:
    design = keep(bench, KIT)
    (script,) = bench.read("POST", f"{UTILITY}.GetSiteScripts")["value"]
    assert script["Content"] is None
    whole = bench.read("POST", f"{UTILITY}.GetSiteScriptMetadata", {"id": script["Id"]})
    assert json.loads(whole["Content"])["actions"] == [KIT]
    content = json.dumps({"actions": [{"verb": "applyTheme", "themeName": "x"}]})
    changed = {"updateInfo": {"Id": script["Id"], "Version": 2, "Content": content}}
    assert bench.read("POST", f"{UTILITY}.UpdateSiteScript", changed)["Version"] == 2
    assert [row["Verb"] for row in apply(bench, design)] == ["applyTheme"]
    for flag, sent in ((True, {"IsDefault": True}), (False, {"Title": "Other"})):
        info = {"updateInfo": {"Id": design, **sent}}
        assert bench.read("POST", f"{UTILITY}.UpdateSiteDesign", info)["IsDefault"] is flag
    assert bench.read("POST", f"{UTILITY}.GetSiteDesignMetadata", {"id": design})["Title"] == "Other"
    bench.read("POST", f"{UTILITY}.DeleteSiteDesign", {"id": design})
    bench.read("POST", f"{UTILITY}.DeleteSiteScript", {"id": script["Id"]})
    assert bench.read("POST", f"{UTILITY}.GetSiteDesigns")["value"] == []
    assert bench.ask("POST", f"{UTILITY}.GetSiteDesignMetadata", {"id": design}).status_code == 404


def test_an_application_without_rights_keeps_no_script(bench: Bench) -> None:
    weak = Bench(roles=["Sites.ReadWrite.All"])
    answer = weak.ask("POST", f"{UTILITY}.CreateSiteScript", {"Title": "x", "Content": '{"actions": []}'})
    assert answer.status_code == 403
    assert "Attempted to perform an unauthorized operation." in answer.get_data(as_text=True)
