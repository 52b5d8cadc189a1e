"""What people do to a site by hand, and what a newer template asks of it, against the emulator: said item by item,
put right or adopted, and never anything of theirs overwritten in silence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sp_parent_portal.microsoft365.model import ListField, ListShape, SiteList
from sp_parent_portal.microsoft365.site_work import SiteWork
from sp_parent_portal.plan.model import Field
from sp_parent_portal.resources.drift import ByHand
from tests.rest_door import rest_door
from tests.stage import SITE, Stage, not_done


@pytest.fixture
def stage(own_templates: Path, stage: Stage) -> Stage:
    """The school trip's template lies where it can be edited; a trip stands."""
    assert not_done(stage.apply()) == []
    return stage


def find_list(stage: Stage, title: str) -> SiteList:
    return next(each for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == title)


def shape_of(stage: Stage, title: str) -> ListShape:
    return dict(stage.gateway.sharepoint.list_shapes(SITE))[find_list(stage, title)]


def column_of(stage: Stage, title: str, name: str) -> ListField:
    return next(each for each in shape_of(stage, title).fields if each.internal_name == name)


def edit_template(stage: Stage, old: str, new: str, file: str = "site-script.json") -> None:
    path = stage.folder / "site_templates" / "school-trip" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def set_version(stage: Stage, version: str) -> None:
    path = stage.folder / "site_templates" / "school-trip" / "template.toml"
    path.write_text(re.sub(r'version = "[^"]*"', f'version = "{version}"', path.read_text(encoding="utf-8"), count=1))


def planned(stage: Stage, by_hand: ByHand = ByHand.ASK) -> dict[str, tuple[str, str]]:
    """The part of each change, with its verb and reason; without the marker."""
    plan = stage.plan(by_hand=by_hand).plan
    return {c.key.partition(": ")[2]: (c.verb, c.reason) for c in plan.changes if c.kind == "site_content"}


def held(stage: Stage) -> list[tuple[str, str]]:
    return [(each.subject, each.reason) for each in stage.plan().plan.held]


def assert_converged(stage: Stage) -> None:
    before = stage.writes()
    again = stage.plan()
    assert [(c.kind, c.key) for c in again.plan.changes] == []
    assert again.plan.held == ()
    stage.carry_out(again)
    assert stage.writes() == before


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_a_renamed_list_stays_itself_and_gets_its_name_back(stage: Stage) -> None:
    found = find_list(stage, "Itinerary")
    stage.gateway.sharepoint.update_list(SITE, found.id, {"Title": "Reiseplan"})
    assert planned(stage) == {"list Itinerary": ("update", "changed by hand")}
    assert not_done(stage.apply()) == []
    assert find_list(stage, "Itinerary").id == found.id
    assert_converged(stage)


def test_a_renamed_list_may_keep_its_new_name(stage: Stage) -> None:
    found = find_list(stage, "Itinerary")
    stage.gateway.sharepoint.update_list(SITE, found.id, {"Title": "Reiseplan"})
    assert planned(stage, ByHand.ADOPT) == {"list Itinerary": ("adopt", "somebody made it so; it stays")}
    before = len(stage.gateway.sharepoint.list_lists(SITE))
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert find_list(stage, "Reiseplan").id == found.id
    assert len(stage.gateway.sharepoint.list_lists(SITE)) == before
    assert_converged(stage)


def test_what_people_wrote_is_held_until_somebody_chooses(stage: Stage) -> None:
    found = find_list(stage, "Packing")
    stage.gateway.sharepoint.update_list(SITE, found.id, {"Description": "Wellies, please."})
    assert planned(stage) == {}
    assert held(stage) == [("description of Packing", "changed by hand")]
    [said] = stage.plan().plan.held
    assert said.words == (Field("description", "Wellies, please.", found.description),), "what there is to choose"
    stage.apply()
    assert find_list(stage, "Packing").description == "Wellies, please."
    assert not_done(stage.apply(by_hand=ByHand.REPAIR)) == []
    assert find_list(stage, "Packing").description == found.description
    assert_converged(stage)


def test_what_people_wrote_and_was_adopted_is_theirs_also_when_the_template_changes(stage: Stage) -> None:
    found = find_list(stage, "Packing")
    stage.gateway.sharepoint.update_list(SITE, found.id, {"Description": "Wellies, please."})
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert_converged(stage)
    edit_template(stage, found.description, "What to bring, and what to leave.")
    assert held(stage) == [("description of Packing", "changed by hand, and newer in the template")]
    stage.apply()
    assert find_list(stage, "Packing").description == "Wellies, please."


def test_a_column_that_somebody_changed_is_put_right(stage: Stage) -> None:
    sharepoint, found = stage.gateway.sharepoint, find_list(stage, "Itinerary")
    column = column_of(stage, "Itinerary", "TripStart")
    sharepoint.update_field(SITE, found.id, column.id, {"Title": "Abfahrt", "Required": False})
    [change] = [c for c in stage.plan().plan.changes if c.kind == "site_content"]
    assert [(f.name, f.before, f.after) for f in change.fields] == [
        ("title", "Abfahrt", "Starts"),
        ("required", False, True),
    ]
    assert not_done(stage.apply()) == []
    assert column_of(stage, "Itinerary", "TripStart") == column
    assert_converged(stage)


def test_a_column_of_another_kind_is_said_and_never_touched(stage: Stage) -> None:
    column = column_of(stage, "Itinerary", "TripPlace")
    with stage.emulator.state.work() as db:
        db.execute(
            "UPDATE site_things SET doc = json_set(doc, '$.TypeAsString', 'Number') WHERE kind = 'field' AND id = ?",
            (column.id,),
        )
    [(subject, reason)] = held(stage)
    assert subject == "column Itinerary/TripPlace"
    assert "holds Number" in reason
    assert planned(stage) == {}
    assert planned(stage, ByHand.REPAIR) == {}
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert_converged(stage)


def test_a_view_that_somebody_changed_or_deleted_comes_back(stage: Stage) -> None:
    sharepoint, found = stage.gateway.sharepoint, find_list(stage, "Itinerary")
    view = next(each for each in shape_of(stage, "Itinerary").views if each.title == "Programme")
    sharepoint.update_view(SITE, found.id, view.id, {"RowLimit": 5, "ViewQuery": ""}, ["LinkTitle"])
    [change] = [c for c in stage.plan().plan.changes if c.kind == "site_content"]
    assert (change.key, change.reason) == ("lake-2027: view Itinerary/Programme", "changed by hand")
    assert {f.name for f in change.fields} == {"columns", "query", "rows"}
    assert not_done(stage.apply()) == []
    assert next(each for each in shape_of(stage, "Itinerary").views if each.title == "Programme") == view
    assert_converged(stage)
    with stage.emulator.state.work() as db:
        db.execute("DELETE FROM site_things WHERE kind = 'view' AND id = ?", (view.id,))
    assert planned(stage) == {"view Itinerary/Programme": ("create", "somebody deleted it")}
    assert not_done(stage.apply()) == []
    assert "Programme" in {each.title for each in shape_of(stage, "Itinerary").views}
    assert_converged(stage)


def test_a_link_that_somebody_deleted_may_stay_away(stage: Stage) -> None:
    sharepoint = rest_door(stage.gateway)
    [node] = [each for each in sharepoint.list_navigation(SITE) if each.title == "What to bring"]
    sharepoint.remove_navigation(SITE, node.id)
    assert planned(stage) == {"navigation What to bring": ("create", "somebody deleted it")}
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert "What to bring" not in {each.title for each in sharepoint.list_navigation(SITE)}
    assert_converged(stage)


def test_a_link_that_somebody_renamed_is_not_made_twice(stage: Stage) -> None:
    sharepoint = rest_door(stage.gateway)
    before = sharepoint.list_navigation(SITE)
    [node] = [each for each in before if each.title == "What to bring"]
    sharepoint.update_navigation(SITE, node.id, "Kit", node.url)
    assert not_done(stage.apply()) == []
    assert sharepoint.list_navigation(SITE) == before
    sharepoint.update_navigation(SITE, node.id, "Kit", node.url)
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert [each.title for each in sharepoint.list_navigation(SITE) if each.id == node.id] == ["Kit"]
    assert len(sharepoint.list_navigation(SITE)) == len(before)
    assert_converged(stage)


def test_links_and_lists_that_people_added_are_never_touched(stage: Stage) -> None:
    sharepoint = rest_door(stage.gateway)
    sharepoint.add_navigation(SITE, "Consent form", "https://forms.school.example/ours")
    sharepoint.create_list(SITE, "Rota", 100, description="Who drives")
    sharepoint.add_item(SITE, find_list(stage, "Itinerary").id, {"Title": "Breakfast"})
    assert_converged(stage)
    for by_hand in ByHand:
        assert planned(stage, by_hand) == {}


def test_what_access_depends_on_cannot_be_adopted(stage: Stage) -> None:
    sharepoint = rest_door(stage.gateway)
    opened: dict[str, str | bool] = {"MembersCanShare": True, "CommentsOnSitePagesDisabled": False}
    sharepoint.build_site(SITE, SiteWork({**opened, "RequestAccessEmail": "x@school.example"}))
    visitors = sharepoint.get_associated_groups(SITE).visitors
    read = next(each for each in sharepoint.list_permission_levels(SITE) if each.name == "Read")
    sharepoint.add_grant(SITE, visitors.id, read.id)
    assert planned(stage, ByHand.ADOPT).keys() == {"settings", "permission of Visitors"}
    assert {verb for verb, _ in planned(stage, ByHand.ADOPT).values()} == {"update"}
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert_converged(stage)


def test_regional_settings_and_header_are_put_right(stage: Stage) -> None:
    regional = '{"verb": "setRegionalSettings", "timeZone": 4, "locale": 1031, "sortOrder": 0, "hourFormat": "12"}'
    branding = '{"verb": "setSiteBranding", "headerLayout": "Standard", "headerBackground": "Strong"}'
    stage.gateway.sharepoint.run_site_script(SITE, [json.loads(regional), json.loads(branding)])
    assert planned(stage).keys() == {"look setRegionalSettings", "look setSiteBranding"}
    assert not_done(stage.apply()) == []
    assert_converged(stage)


# ---- a newer template ------------------------------------------------------------------------------------------------


def test_a_newer_version_brings_an_existing_site_up_item_by_item(stage: Stage) -> None:
    script = json.loads((stage.folder / "site_templates/school-trip/site-script.json").read_text(encoding="utf-8"))
    itinerary = next(each for each in script["actions"] if each.get("listName") == "Itinerary")
    for step in itinerary["subactions"]:
        if step.get("internalName") == "TripPlace":
            step["displayName"] = "Where"
        if step["verb"] == "addSPView":
            step["rowLimit"], step["viewFields"] = 50, [*step["viewFields"], "TripGuide"]
        if step["verb"] == "setDescription":
            step["description"] = "What happens when, and where."
    guide = {"verb": "addSPField", "fieldType": "Text", "displayName": "Guide", "internalName": "TripGuide"}
    itinerary["subactions"].insert(1, {**guide, "isRequired": False, "id": "6b0e7a52-3c1d-4b84-9a5e-0d8f1c2a7eff"})
    packing = next(each for each in script["actions"] if each.get("listName") == "Packing")
    need = next(step for step in packing["subactions"] if "PackingNeed" in step.get("schemaXml", ""))
    need["schemaXml"] = need["schemaXml"].replace("<CHOICE>Leave", "<CHOICE>Share one</CHOICE><CHOICE>Leave")
    script["actions"].append({"verb": "createSPList", "listName": "Lost and found", "templateType": 100})
    script["actions"].append(
        {"verb": "addNavLink", "displayName": "Lost", "url": "/Lists/Lost and found", "isWebRelative": True}
    )
    next(each for each in script["actions"] if each["verb"] == "setSiteBranding")["headerLayout"] = "Standard"
    next(each for each in script["actions"] if each["verb"] == "applyTheme")["themeJson"]["isInverted"] = True
    (stage.folder / "site_templates/school-trip/site-script.json").write_text(json.dumps(script), encoding="utf-8")
    set_version(stage, "1.1.0")
    found = planned(stage)
    assert {key: verb for key, (verb, _) in found.items()} == {
        "list Lost and found": "create",
        "navigation Lost": "create",
        "column Itinerary/TripGuide": "create",
        "column Itinerary/TripPlace": "update",
        "view Itinerary/Programme": "update",
        "description of Itinerary": "update",
        "column Packing/PackingNeed": "update",
        "look setSiteBranding": "update",
        "look applyTheme": "update",
    }
    assert all("1.1.0" in reason for verb, reason in found.values() if verb == "update")
    assert not_done(stage.apply()) == []
    assert "Share one" in column_of(stage, "Packing", "PackingNeed").xml
    assert find_list(stage, "Itinerary").description == "What happens when, and where."
    assert_converged(stage)


def test_what_the_template_has_no_longer_is_said_and_never_deleted(stage: Stage) -> None:
    script = json.loads((stage.folder / "site_templates/school-trip/site-script.json").read_text(encoding="utf-8"))
    itinerary = next(each for each in script["actions"] if each.get("listName") == "Itinerary")
    itinerary["subactions"] = [
        step
        for step in itinerary["subactions"]
        if "TripMap" not in step.get("schemaXml", "") and step["verb"] != "addSPView"
    ]
    script["actions"] = [each for each in script["actions"] if each.get("displayName") != "What to bring"]
    (stage.folder / "site_templates/school-trip/site-script.json").write_text(json.dumps(script), encoding="utf-8")
    assert planned(stage).keys() == {"navigation What to bring"}
    assert {subject for subject, _ in held(stage)} == {"column Itinerary/TripMap", "view Itinerary/Programme"}
    assert not_done(stage.apply()) == []
    assert {subject for subject, _ in held(stage)} == {"column Itinerary/TripMap", "view Itinerary/Programme"}
    assert planned(stage) == {}
    assert "What to bring" not in {each.title for each in rest_door(stage.gateway).list_navigation(SITE)}
    assert not_done(stage.apply(by_hand=ByHand.ADOPT)) == []
    assert column_of(stage, "Itinerary", "TripMap")
    assert_converged(stage)


def test_a_link_that_people_made_their_own_is_not_taken_away_with_the_template(stage: Stage) -> None:
    sharepoint = rest_door(stage.gateway)
    [node] = [each for each in sharepoint.list_navigation(SITE) if each.title == "What to bring"]
    sharepoint.update_navigation(SITE, node.id, "Kit", "https://kit.school.example/")
    script = json.loads((stage.folder / "site_templates/school-trip/site-script.json").read_text(encoding="utf-8"))
    script["actions"] = [each for each in script["actions"] if each.get("displayName") != "What to bring"]
    (stage.folder / "site_templates/school-trip/site-script.json").write_text(json.dumps(script), encoding="utf-8")
    assert not_done(stage.apply()) == []
    assert "Kit" in {each.title for each in sharepoint.list_navigation(SITE)}
    assert_converged(stage)
