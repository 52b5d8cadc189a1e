"""Every template we ship, sent to a site: each row is read, and the columns that come back are the wanted ones."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.settings import emulator_settings
from sp_parent_portal.templates import Content, Template, WantedList, list_templates, make_content
from sp_parent_portal.trips import load_trip
from tests.rest_door import rest_door
from tests.stage import SITE as STAGED
from tests.stage import Stage, not_done

SITE = "https://contoso.sharepoint.com/sites/lake-district-2027"
CONTENTS = [
    make_content(template, load_trip(template.folder / "example" / "trip.toml")) for template in list_templates()
]


@pytest.fixture(name="gateway")
def _gateway() -> Gateway:
    gateway = connect(emulator_settings(), app=open_emulator(":memory:"))
    gateway.sharepoint.create_site(SITE, "Lake District 2027", "j.okoro@school.example", "", 2057)
    for _ in range(50):
        if gateway.sharepoint.look_at_new_site(SITE)[1]:
            return gateway
    raise AssertionError("the emulator never finished the site")


def columns(gateway: Gateway, title: str) -> dict[str, tuple[str, str]]:
    found = next(each for each in gateway.sharepoint.list_lists(SITE) if each.title == title)
    return {each.internal_name: (each.title, each.type) for each in gateway.sharepoint.list_fields(SITE, found.id)}


def wanted_columns(wanted: WantedList) -> dict[str, tuple[str, str]]:
    return {each.internal_name: (each.title, each.type) for each in wanted.fields}


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.template)
def test_the_whole_template_is_made(gateway: Gateway, content: Content) -> None:
    rows = list(gateway.sharepoint.run_site_script(SITE, content.settings)) if content.settings else []
    for wanted in content.lists:
        rows += gateway.sharepoint.run_site_script(SITE, [wanted.action])
    assert [(row.title, row.text) for row in rows if not row.ok] == []
    for wanted in content.lists:
        assert wanted_columns(wanted).items() <= columns(gateway, wanted.title).items()
        found = next(each for each in gateway.sharepoint.list_lists(SITE) if each.title == wanted.title)
        assert (found.template, found.description) == (wanted.template, wanted.description)
        linked = ["/" + node.url.split("/", 3)[3] for node in content.navigation if node.url.startswith("/")]
        # Families are shown no link to what only staff see.
        assert (found.url.removeprefix("/sites/lake-district-2027") in linked) is not wanted.staff_only


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.template)
def test_a_list_that_exists_is_brought_up_column_by_column(gateway: Gateway, content: Content) -> None:
    for wanted in content.lists:
        bare = rest_door(gateway).create_list(SITE, wanted.title, wanted.template)
        for column in wanted.fields:
            gateway.sharepoint.add_field(SITE, bare.id, column.schema_xml)
        assert wanted_columns(wanted).items() <= columns(gateway, wanted.title).items()


def read_all(stage: Stage) -> str:
    """Every text that our template puts before a guardian."""
    sharepoint = rest_door(stage.gateway)
    return str((sharepoint.get_web(STAGED), sharepoint.list_navigation(STAGED), sharepoint.list_lists(STAGED)))


def test_a_new_emergency_number_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.furnish()
    trip = tmp_path / "trips" / "lake-2027" / "trip.toml"
    text = trip.read_text(encoding="utf-8")
    text = text.replace("[notify]", 'consent_form_url = "https://forms.school.example/old"\n[notify]')
    trip.write_text(text, encoding="utf-8")
    assert not_done(stage.apply()) == []
    assert "960100" in read_all(stage)
    text = text.replace("+441632960100", "+441632960999").replace("example/old", "example/new")
    trip.write_text(text, encoding="utf-8")
    assert not_done(stage.apply()) == []
    links = {node.title: node.url for node in rest_door(stage.gateway).list_navigation(STAGED)}
    assert [title for title in links if title.startswith("In an emergency")] == ["In an emergency: +44 1632 960999"]
    assert links["Consent form"] == "https://forms.school.example/new"
    assert "960999" in stage.gateway.sharepoint.get_web(STAGED).description
    assert "960100" not in read_all(stage)
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_each_example_becomes_a_site_that_is_whole(tmp_path: Path, template: Template) -> None:
    """Applied, then the plan is empty; every page is there, and the site begins with the template's own."""
    stage = Stage(tmp_path)
    stage.furnish()
    text = (template.folder / "example" / "trip.toml").read_text(encoding="utf-8")
    slug = load_trip(template.folder / "example" / "trip.toml").slug
    stage.write(f"trips/{slug}/trip.toml", text)
    stage.write(f"trips/{slug}/students.csv", "student_id\nS1\nS3\n")
    today = date(2027, 1, 20)
    planned = stage.plan(slug, today=today)
    assert planned.plan.held == ()
    assert not_done(stage.carry_out(planned)) == []
    again = stage.plan(slug, today=today)
    assert (again.plan.changes, again.plan.held) == ((), ())
    url = f"https://contoso.sharepoint.com/sites/{slug}"
    pages = stage.gateway.sharepoint.list_pages(url)
    assert {page.file for page in pages} == {page.file for page in template.pages}
    assert [page.file for page in pages if page.is_welcome] == ["start.aspx"]
    assert [page.file for page in pages if page.is_news] == ["welcome.aspx"]
    assert all(page.is_published for page in pages)


def test_no_two_templates_share_a_column_id() -> None:
    ids = [
        (content.template, found.lower())
        for content in CONTENTS
        for wanted in content.lists
        for column in wanted.fields
        for found in re.findall(r'ID="\{([^}]+)\}"', column.schema_xml)
    ]
    assert len({found for _, found in ids}) == len(ids)


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_every_template_of_the_gallery_is_complete(template: Template) -> None:
    """Picture, home page, first news post, dates; and no column that asks for what guardians must not see."""
    assert template.preview is not None
    assert template.calendar is not None
    assert {"home", "news"} <= {page.kind for page in template.pages}
    assert all(asset.name in {name for page in template.pages for name in page.images()} for asset in template.assets)
    script = (template.folder / "site-script.json").read_text(encoding="utf-8").lower()
    assert not re.findall(r"allerg|passport number|date of birth|capability|addprincipal", script)
    # A stay of several nights needs what must not lie there: it has a second site, for staff alone.
    assert (template.staff is not None) == (template.name == "residential")
    content = make_content(template, load_trip(template.folder / "example" / "trip.toml"))
    columns = str([column.schema_xml for wanted in content.lists for column in wanted.fields]).lower()
    assert not re.findall(r"medic|diet|health|pupil|guardian", columns)
