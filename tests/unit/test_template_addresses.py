"""Where the trip's site and the staff's own are: what a template may say of that, and in which places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.errors import TemplateError
from sp_parent_portal.templates import load_folder, make_content, make_staff_content
from tests.template_folder import ACTIONS, DECLARATION, make_trip, write_template

ONLY = 'staff_only = ["Plans"]\n'
STAFF = f'{ONLY}\n[staff_site]\nsite_description = "Beside {{{{ trip.site }}}}: {{{{ trip.staff_site }}}}"\n'
BACK = {"verb": "addNavLink", "displayName": "The families' site", "url": "{{ trip.site }}"}


def plans(description: str) -> list[dict[str, Any]]:
    return [
        {
            "verb": "createSPList",
            "listName": name,
            "templateType": 100,
            "subactions": [{"verb": "setDescription", "description": said}],
        }
        for name, said in (("Plans", description), ("Other", ""))
    ]


def write(root: Path, more: str, actions: object) -> Path:
    folder = write_template(root, DECLARATION.replace("[invite]", f"{more}\n[invite]", 1), actions)
    (folder / "staff-script.json").write_text(json.dumps({"actions": [BACK]}), encoding="utf-8")
    return folder


def test_the_staffs_site_and_the_trips_lead_to_each_other(tmp_path: Path) -> None:
    template = load_folder(write(tmp_path, STAFF, plans("Health: {{ trip.staff_site }}")))
    content = make_content(template, make_trip())
    [of_staff] = [each.description for each in content.lists if each.staff_only]
    assert of_staff == "Health: /sites/lake-district-2027-staff"
    staff = make_staff_content(template, make_trip().model_copy(update={"slug": "lake-district-2027-staff"}))
    assert staff is not None
    assert [node.url for node in staff.navigation] == ["/sites/lake-district-2027"]
    assert staff.description == "Beside /sites/lake-district-2027: /sites/lake-district-2027-staff"


@pytest.mark.parametrize(
    ("more", "actions"),
    [
        (STAFF, [*ACTIONS, {"verb": "addNavLink", "displayName": "For staff", "url": "{{ trip.staff_site }}"}]),
        (STAFF.replace('"Plans"', '"Other"'), plans("{{ trip.staff_site }}")),
        (ONLY, plans("{{ trip.staff_site }}")),
        (STAFF, [*ACTIONS, {"verb": "addNavLink", "displayName": "See {{ trip.staff_site }}", "url": ""}]),
    ],
    ids=["a link", "another list", "no staff site", "a title"],
)
def test_guests_are_not_told_where_the_staffs_site_is(tmp_path: Path, more: str, actions: object) -> None:
    with pytest.raises(TemplateError) as caught:
        load_folder(write(tmp_path, more, actions))
    said = [problem.message for problem in caught.value.problems]
    assert any("there is no trip.staff_site here" in each for each in said), said


@pytest.mark.parametrize("url", ["/sites/../x", "/sites/", "/x", "//evil.example", "/sites/a?b", "javascript:1"])
def test_links_within_the_tenant_lead_to_sites(tmp_path: Path, url: str) -> None:
    with pytest.raises(TemplateError):
        load_folder(write_template(tmp_path, actions=[{"verb": "addNavLink", "displayName": "There", "url": url}]))
