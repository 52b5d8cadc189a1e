"""Our model of Microsoft's site scripts: which verbs a template may use, and that each mistake has its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from sp_parent_portal.errors import Problem
from sp_parent_portal.site_columns import check_field_xml, make_field
from sp_parent_portal.site_script_verbs import ACTIONS, LIST_TEMPLATES, SUBACTIONS
from sp_parent_portal.site_scripts import (
    MAX_STEPS,
    REFUSED,
    REFUSED_IN_LISTS,
    REFUSED_PARAMETERS,
    check_actions,
    load_script,
)

Json = dict[str, Any]

GUID = "5f0c3c4e-6a2d-4d0a-9c52-6d1f2f3a7b01"
OTHER = "5f0c3c4e-6a2d-4d0a-9c52-6d1f2f3a7b02"
XML = (
    f'<Field ID="{{{GUID}}}" Type="Choice" Name="Status" StaticName="Status" DisplayName="Status">'
    "<CHOICES><CHOICE>Open</CHOICE></CHOICES></Field>"
)


# One sample of each published verb, spelt as Microsoft Learn spells it ("Site template JSON schema", read 2026-08).
SAMPLES: tuple[Json, ...] = (
    {"verb": "activateSPFeature", "featureId": "00bfea71-ec85-4903-972d-ebe475780106", "scope": "web"},
    {"verb": "addContentTypesFromHub", "ids": ["0x01007CE30DD1206047728BAFD1C39A850120"]},
    {"verb": "addNavLink", "url": "/Lists/Plans", "displayName": "Plans", "isWebRelative": True},
    {"verb": "addNavLink", "url": "https://school.example/a?b=c#d", "displayName": "School"},
    {"verb": "addNavLink", "url": "", "displayName": "A heading", "isWebRelative": False},
    {"verb": "addPrincipalToSPGroup", "principal": "Everyone", "group": "Members"},
    {"verb": "applyTheme", "themeName": "School blue"},
    {
        "verb": "applyTheme",
        "themeJson": {"version": "2", "isInverted": False, "palette": {"themePrimary": "#ff03787c"}},
    },
    {
        "verb": "associateExtension",
        "title": "Banner",
        "location": "ClientSideExtension.ApplicationCustomizer",
        "clientSideComponentId": GUID,
        "scope": "Web",
    },
    {
        "verb": "createContentType",
        "name": "Plan",
        "parentName": "Item",
        "hidden": False,
        "subactions": [{"verb": "addSiteColumn", "internalName": "planOwner"}],
    },
    {
        "verb": "createSiteColumn",
        "fieldType": "User",
        "internalName": "planOwner",
        "displayName": "Owner",
        "isRequired": False,
        "id": GUID,
    },
    {"verb": "createSiteColumnXml", "schemaXml": XML, "pushChanges": True},
    {"verb": "createSPList", "listName": "Plans", "templateType": 100, "subactions": []},
    {"verb": "installSolution", "id": GUID},
    {"verb": "joinHubSite", "hubSiteId": GUID, "name": "A hub"},
    {"verb": "removeNavLink", "displayName": "Notebook", "isWebRelative": True},
    {"verb": "setRegionalSettings", "timeZone": 2, "locale": 2057, "sortOrder": 25, "hourFormat": "24"},
    {"verb": "setSiteBranding", "navigationLayout": "Megamenu", "headerLayout": "Compact", "showFooter": True},
    {"verb": "setSiteExternalSharingCapability", "capability": "ExternalUserSharingOnly"},
    {"verb": "setSiteLogo", "url": "/Files/logo.jpg"},
    {"verb": "setSiteLogoFromFile", "source": "logo.jpg"},
    {"verb": "triggerFlow", "url": "https://flow.example/x", "name": "Tell everybody", "parameters": {"a": "b"}},
    {"verb": "createPage", "fileName": "home.aspx", "setAsHomePage": True},
)
SUBSAMPLES: tuple[Json, ...] = (
    {"verb": "setTitle", "title": "Other"},
    {"verb": "setDescription", "description": "What is planned"},
    {
        "verb": "addSPField",
        "fieldType": "Text",
        "displayName": "Customer",
        "internalName": "Customer",
        "isRequired": False,
        "id": OTHER,
        "addToDefaultView": True,
        "enforceUnique": True,
    },
    {"verb": "deleteSPField", "displayName": "Modified"},
    {"verb": "addSPFieldXml", "schemaXml": XML, "addToDefaultView": True},
    {"verb": "addSPLookupFieldXml", "schemaXml": XML, "targetListName": "Master"},
    {"verb": "addSiteColumn", "internalName": "planOwner"},
    {"verb": "removeSiteColumn", "internalName": "planOwner"},
    {
        "verb": "addSPView",
        "name": "By status",
        "viewFields": ["ID", "Title", "Status"],
        "query": '<OrderBy><FieldRef Name="Status" /></OrderBy>',
        "rowLimit": 100,
        "isPaged": True,
        "makeDefault": True,
        "scope": "Recursive",
        "formatterJSON": "",
    },
    {"verb": "removeSPView", "name": "All Items"},
    {"verb": "addContentType", "name": "Plan"},
    {"verb": "removeContentType", "name": "Item"},
    {"verb": "setSPFieldCustomFormatter", "fieldDisplayName": "Status", "formatterJSON": {"elmType": "div"}},
    {"verb": "setClientFormCustomFormatter", "clientFormCustomFormatter": {"headerJSONFormatter": {}}},
    {"verb": "addFolder", "path": "Maps"},
    {"verb": "associateFieldCustomizer", "internalName": "Status", "clientSideComponentId": GUID},
    {"verb": "associateListViewCommandSet", "title": "x", "location": "y", "clientSideComponentId": GUID},
    {"verb": "addFile", "destination": "a.pdf", "sourceUrl": "https://contoso.sharepoint.com/a.pdf"},
    {"verb": "setDocumentTemplates", "templateJSON": {}},
    {"verb": "enableApprovals"},
)


def a_list(*subactions: object, **more: object) -> Json:
    return {"verb": "createSPList", "listName": "Plans", "templateType": 100, "subactions": list(subactions), **more}


def found(*actions: object) -> list[Problem]:
    return check_actions(actions, "site-script.json", {(0,): 3, (0, 0): 5})


def said(*actions: object) -> str:
    return "\n".join(each.message for each in found(*actions))


def script(folder: Path, text: str | Json) -> Path:
    path = folder / "site-script.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text, indent=1), encoding="utf-8")
    return path


# ---- every published verb --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["verb"])
def test_a_published_verb_is_taken_or_refused_with_its_place(sample: Json, tmp_path: Path) -> None:
    _, problems = load_script(script(tmp_path, {"actions": [{"verb": "applyTheme", "themeName": "x"}, sample]}))
    if sample["verb"] in ACTIONS and sample["verb"] != "joinHubSite":
        assert problems == []
        return
    assert [each.rule for each in problems] == ["verb-refused"]
    assert f"actions[1] ({sample['verb']}): not allowed" in problems[0].message
    assert ": " in problems[0].message.split("not allowed", 1)[1]  # a reason follows
    assert problems[0].line == 7


@pytest.mark.parametrize("sample", SUBSAMPLES, ids=lambda sample: sample["verb"])
def test_a_published_subaction_is_taken_or_refused_with_its_place(sample: Json, tmp_path: Path) -> None:
    column = {**SUBSAMPLES[2], "internalName": "Status", "displayName": "State", "id": GUID}
    before = [] if sample["verb"] == "addSPFieldXml" else [column]
    _, problems = load_script(script(tmp_path, {"actions": [a_list(*before, sample)]}))
    if sample["verb"] in SUBACTIONS:
        assert problems == []
        return
    assert [each.rule for each in problems] == ["verb-refused"]
    assert f"actions[0].subactions[1] ({sample['verb']}): not allowed" in problems[0].message
    assert problems[0].line > 1


def test_the_samples_cover_every_verb() -> None:
    assert {sample["verb"] for sample in SAMPLES} == set(ACTIONS) | set(REFUSED)
    assert {sample["verb"] for sample in SUBSAMPLES} == set(SUBACTIONS) | set(REFUSED_IN_LISTS)
    assert not set(ACTIONS) & set(REFUSED)
    assert not set(SUBACTIONS) & set(REFUSED_IN_LISTS)


@pytest.mark.parametrize("verb", ["setSiteExternalSharingCapability", "addPrincipalToSPGroup"])
@pytest.mark.parametrize("where", ["site", "list", "content type"])
def test_access_is_refused_wherever_it_hides(verb: str, where: str) -> None:
    hidden = {"verb": verb, "capability": "ExternalUserAndGuestSharing", "principal": "all", "group": "Owners"}
    content_type = {"verb": "createContentType", "name": "x", "hidden": False, "parentName": "Item"}
    action = {"site": hidden, "list": a_list(hidden), "content type": {**content_type, "subactions": [hidden]}}[where]
    assert len(found(action)) >= 1


@pytest.mark.parametrize("verb", ["SetDescription", "setdescription", "setDescriptoin"])
def test_a_verb_in_the_wrong_case_or_misspelt(verb: str) -> None:
    problems = found(a_list({"verb": verb, "description": "x"}))
    assert [(each.rule, each.line) for each in problems] == [("unknown-verb", 5)]
    assert "did you mean setDescription?" in problems[0].message


@pytest.mark.parametrize("action", [None, 3, "applyTheme", [], {}, {"verb": None}, {"verb": ["applyTheme"]}])
def test_no_verb_at_all(action: object) -> None:
    assert [each.rule for each in found(action)] == ["no-verb"]
    assert [each.rule for each in found(a_list(action))] == ["no-verb"]


# ---- parameters ------------------------------------------------------------------------------------------------------

GOOD_FIELD, GOOD_VIEW = SUBSAMPLES[2], SUBSAMPLES[8]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"verb": "addNavLink", "displayName": "x"}, "url is missing"),
        ({"verb": "addNavLink", "displayName": "", "url": ""}, "displayName"),
        ({"verb": "addNavLink", "displayName": "x", "url": "javascript:alert(1)"}, "must begin with https://"),
        ({"verb": "addNavLink", "displayName": "x", "url": "http://school.example"}, "must begin with https://"),
        ({"verb": "addNavLink", "displayName": "x", "url": "//evil.example/x"}, "must begin with https://"),
        ({"verb": "addNavLink", "displayName": "x", "url": "//evil.example", "isWebRelative": True}, "stay inside"),
        ({"verb": "addNavLink", "displayName": "x", "url": "/../other", "isWebRelative": True}, "stay inside"),
        ({"verb": "addNavLink", "displayName": "x", "url": "Lists/x", "isWebRelative": True}, "stay inside"),
        ({"verb": "addNavLink", "displayName": "x", "url": "", "navComponent": "Hub"}, "navComponent"),
        ({"verb": "addNavLink", "displayName": "x", "url": "", "parentDisplayName": "y"}, "parentDisplayName is not"),
        ({"verb": "addNavLink", "displayname": "x", "url": ""}, "did you mean displayName?"),
        ({"verb": "addNavLink", "displayName": "x", "url": "", "isWebRelative": "true"}, "isWebRelative"),
        ({"verb": "applyTheme"}, "needs one of themeName and themeJson"),
        ({"verb": "applyTheme", "themeName": "a", "themeJson": {"b": 1}}, "needs one of"),
        ({"verb": "activateSPFeature", "featureId": "x"}, "must be a GUID"),
        ({"verb": "createContentType", "name": "x", "hidden": False}, "exactly one of id, parentId and parentName"),
        (
            {"verb": "setRegionalSettings", "timeZone": "2", "locale": 2057, "sortOrder": 25, "hourFormat": "24"},
            "timeZ",
        ),
        ({"verb": "setRegionalSettings", "timeZone": 2, "locale": 2057, "sortOrder": 25, "hourFormat": 24}, "hourForm"),
        ({"verb": "joinHubSite", "hubSiteId": "our hub"}, "must be a GUID"),
        (a_list(addNavLink=True), "addNavLink is not allowed"),
        (a_list(templateType=171), "list template 171 is not supported"),
        (a_list(templateType=107), "list template 107 is not supported"),
        (a_list(templateType="100"), "templateType"),
        (a_list(templateType=100.0), "templateType"),
        (a_list(listName="{{ trip.title }}"), "listName may not depend on the trip"),
        (a_list(listName="a/b"), "listName"),
        (a_list(listName=""), "listName"),
        (a_list(listName="Documents"), "every trip's site has a list of that name already"),
        (a_list(listName="spParentPortal"), "every trip's site has a list of that name already"),
        (a_list(subactions={"verb": "setDescription"}), "subactions"),
        (a_list({**GOOD_FIELD, "internalName": "With space"}), "must be a letter, then letters and digits"),
        (a_list({**GOOD_FIELD, "internalName": "_x"}), "must be a letter"),
        (a_list({**GOOD_FIELD, "internalName": "1x"}), "must be a letter"),
        (a_list({**GOOD_FIELD, "internalName": "x" * 32}), "at most 31"),
        (a_list({**GOOD_FIELD, "internalName": "Ünder"}), "must be a letter"),
        (a_list({**GOOD_FIELD, "internalName": "Title"}), "every list has already"),
        (a_list({**GOOD_FIELD, "fieldtype": "Text"}), "did you mean fieldType?"),
        (a_list({**GOOD_FIELD, "fieldType": "Choice"}), "fieldType"),
        (a_list({**GOOD_FIELD, "isRequired": 1}), "isRequired"),
        (a_list({**GOOD_FIELD, "displayName": "{{ inputs.x }}"}), "displayName may not depend on the trip"),
        (a_list({k: v for k, v in GOOD_FIELD.items() if k != "id"}), "id is missing"),
        (a_list({k: v for k, v in GOOD_FIELD.items() if k != "internalName"}), "internalName is missing"),
        (a_list({k: v for k, v in GOOD_FIELD.items() if k != "isRequired"}), "isRequired is missing"),
        (a_list(GOOD_FIELD, {**GOOD_VIEW, "viewFields": ["Custmer"]}), "the list has no column Custmer"),
        (a_list({**GOOD_VIEW, "query": "<OrderBy>"}), "not well-formed"),
        (a_list({**GOOD_VIEW, "query": "</Query><Query>"}), "not well-formed"),
        (a_list({**GOOD_VIEW, "viewFields": []}), "viewFields"),
        (a_list({**GOOD_VIEW, "formatterJSON": {"txtContent": "{{ inputs.x }}"}}), "formatterJSON may not depend"),
        (a_list({**GOOD_VIEW, "formatterJSON": {"{{ inputs.x }}": 1}}), "formatterJSON may not depend"),
    ],
)
def test_what_is_wrong_is_said(action: Json, words: str) -> None:
    assert words in said(action)
    assert all(each.line in (3, 5, 0) and each.file == "site-script.json" for each in found(action))
    assert all(each.message.startswith("actions[0]") for each in found(action))


@pytest.mark.parametrize(("verb", "key"), sorted(REFUSED_PARAMETERS))
def test_refused_parameters_have_a_reason(verb: str, key: str) -> None:
    sample = next(each for each in SAMPLES if each["verb"] == verb)
    problems = found({**sample, key: True})
    assert [each.rule for each in problems] == ["parameter-refused"]
    assert REFUSED_PARAMETERS[verb, key] in problems[0].message


def test_all_mistakes_at_once() -> None:
    problems = found(
        {"verb": "triggerFlow"},
        a_list({"verb": "setTitle", "title": "x"}, {**GOOD_FIELD, "id": 7}, listName="A"),
        {"verb": "setRegionalSettings"},
        a_list({"verb": "setDescription", "description": "fine"}, listName="a"),
    )
    assert [each.message.split(":")[0] for each in problems] == [
        "actions[0] (triggerFlow)",
        "actions[1].subactions[0] (setTitle)",
        "actions[1].subactions[1] (addSPField)",
        "actions[2] (setRegionalSettings)",
        "actions[2] (setRegionalSettings)",
        "actions[2] (setRegionalSettings)",
        "actions[2] (setRegionalSettings)",
        "actions[1] (createSPList)",
        "actions[3] (createSPList)",
    ]
    assert [each.rule for each in problems[-2:]] == ["same-title", "same-title"]


@pytest.mark.parametrize("template", LIST_TEMPLATES)
def test_list_templates_that_are_taken(template: int) -> None:
    assert found(a_list(templateType=template)) == []


def field(number: int, **more: object) -> Json:
    guid = f"5f0c3c4e-6a2d-4d0a-9c52-{number:012x}"
    return {**GOOD_FIELD, "id": guid, "internalName": f"F{number}", "displayName": f"Field {number}", **more}


def test_thirty_steps_in_one_list_and_no_more() -> None:
    assert found(a_list(*(field(n) for n in range(MAX_STEPS - 1)))) == []
    problems = found(a_list(*(field(n) for n in range(MAX_STEPS))))
    assert [each.rule for each in problems] == ["too-many-steps"]
    assert "31 steps" in problems[0].message


def test_thirty_steps_beside_lists_and_links() -> None:
    themes = [{"verb": "applyTheme", "themeName": "x"}] * (MAX_STEPS - 2)
    content_type = next(each for each in SAMPLES if each["verb"] == "createContentType")  # two steps
    lists = [a_list(*(field(n) for n in range(10)), listName=f"List {n}") for n in range(3)]
    assert found(*lists, *themes, content_type) == []
    assert [each.rule for each in found(*lists, *themes, content_type, themes[0])] == ["too-many-steps"]


def test_a_long_script_of_small_lists_is_fine() -> None:
    assert found(*(a_list(*(field(n) for n in range(10)), listName=f"List {n}") for n in range(20))) == []


@pytest.mark.parametrize("same", ["id", "internalName", "displayName"])
def test_columns_of_one_list_that_clash(same: str) -> None:
    twin = field(2, **{same: str(field(1)[same]).upper()})
    problems = found(a_list(field(1), field(3), twin))
    assert [each.message.split(" (")[0] for each in problems] == [
        "actions[0].subactions[0]",
        "actions[0].subactions[2]",
    ]
    assert {each.rule for each in problems} == {"same-column"}


def test_two_lists_may_have_columns_of_one_name() -> None:
    assert found(a_list(field(1), listName="A"), a_list(field(1), listName="B")) == []


# ---- the file --------------------------------------------------------------------------------------------------------


def test_schema_version_and_bindata_are_tolerated(tmp_path: Path) -> None:
    root = {"$schema": "schema.json", "actions": [SAMPLES[0]], "bindata": {}, "version": 1}
    assert load_script(script(tmp_path, root)) == ((SAMPLES[0],), [])


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("", 1, "not-json"),
        ('{"actions": [\n /* GMT */ ]}', 2, "not-json"),
        ('{"actions": [],\n "actions": []}', 0, "not-json"),
        ('{"actions": [{"verb": "applyTheme", "verb": "triggerFlow"}]}', 0, "not-json"),
        ('{"actions": [NaN]}', 0, "not-json"),
        ('{"actions": [' + "9" * 5000 + "]}", 0, "not-json"),
        ('{"actions": ' + "[" * 100_000, 0, "not-json"),
        ('{"actions": ' + "[" * 90 + "]" * 90 + "}", 0, "not-json"),
        ('{"actions": [{"verb": "applyTheme", "themeName": "\\ud800"}]}', 0, "not-json"),
        ("[]", 1, "not-a-script"),
        ('{"actions": {}}', 1, "not-a-script"),
        ('{"version": 1}', 1, "not-a-script"),
        ('{"actions": [], "bindings": {}}', 1, "unknown-key"),
        ('{"actions": []}' + " " * 100_000, 0, "too-large"),
        ('{"actions": []}' + " " * 1_000_000, 0, "too-large"),
    ],
)
def test_a_file_that_is_no_script(tmp_path: Path, text: str, line: int, rule: str) -> None:
    _, problems = load_script(script(tmp_path, text))
    assert [(each.line, each.rule) for each in problems] == [(line, rule)]


def test_bytes_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "site-script.json"
    assert [each.rule for each in load_script(path)[1]] == ["no-file"]
    path.write_bytes(b'{"actions":\n "\xff"}')
    assert [(each.line, each.rule) for each in load_script(path)[1]] == [(2, "not-utf-8")]
    path.write_bytes(b'\xef\xbb\xbf{"actions": []}')
    assert load_script(path) == ((), [])


def test_lines_of_actions_in_any_layout(tmp_path: Path) -> None:
    text = """{ "$schema": "a \\" [ {", "bindata": {"x": [1, {"y": "]"}]},
      "actions"
      :[{"verb":"triggerFlow", "parameters": {"subactions": [{}]}},

      {"subactions": [  {"verb": "setTitle"}
         ,{"verb":
           "addFile"}], "verb": "createSPList", "listName": "Plans", "templateType": 100}] }"""
    _, problems = load_script(script(tmp_path, text))
    assert [(each.line, each.message.split(" (")[0]) for each in problems] == [
        (3, "actions[0]"),
        (5, "actions[1].subactions[0]"),
        (6, "actions[1].subactions[1]"),
    ]


# ---- columns ---------------------------------------------------------------------------------------------------------


def test_the_field_xml_of_a_simple_column() -> None:
    column = make_field(field(1, displayName='Size "A" <&>', isRequired=True, fieldType="Number"))
    assert (column.internal_name, column.title, column.type) == ("F1", 'Size "A" <&>', "Number")
    assert fromstring(column.schema_xml).attrib == {
        "ID": "{5f0c3c4e-6a2d-4d0a-9c52-000000000001}",
        "Name": "F1",
        "StaticName": "F1",
        "DisplayName": 'Size "A" <&>',
        "Type": "Number",
        "Required": "TRUE",
        "EnforceUniqueValues": "TRUE",
        "Indexed": "TRUE",
    }
    assert check_field_xml(column.schema_xml) == []


def test_the_field_xml_of_an_xml_column_is_its_own() -> None:
    assert make_field({"verb": "addSPFieldXml", "schemaXml": XML}).schema_xml == XML


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<Field", "<Feld", "not well-formed"),
        (XML, f"<View>{XML}</View>", "must be a <Field>"),
        ("Choice", "Calculated", "is not one of"),
        ('Type="Choice"', 'Type="Lookup"', "is not one of"),
        ('Name="Status" S', "S", "attribute Name is missing"),
        (f'ID="{{{GUID}}}"', "", "attribute ID is missing"),
        (GUID, "1", "ID must be a GUID"),
        ('StaticName="Status"', 'StaticName="Other"', "StaticName must be the same"),
        ('DisplayName="Status"', 'DisplayName="Status" JSLink="~site/x.js"', "attribute JSLink is not allowed"),
        ('DisplayName="Status"', 'DisplayName="Status" List="{x}"', "attribute List is not allowed"),
        ("<CHOICE>Open</CHOICE>", "<CHOICE onload='x'>Open</CHOICE>", "attribute onload of <CHOICE> is not allowed"),
        ("<CHOICES>", "<Formula>=1</Formula><CHOICES>", "element <Formula> is not allowed"),
        ("<Field", "<!DOCTYPE a [<!ENTITY b 'c'>]><Field", "not well-formed"),
        ("Open", "Open" * 5000, "longer than 10,000"),
        ("Open", "O\x0bpen", "not well-formed"),
    ],
)
def test_field_xml_that_is_refused(old: str, new: str, words: str) -> None:
    assert old in XML
    assert any(words in each for each in check_field_xml(XML.replace(old, new, 1))), check_field_xml(
        XML.replace(old, new)
    )
    assert words in said(a_list({"verb": "addSPFieldXml", "schemaXml": XML.replace(old, new, 1)}))
