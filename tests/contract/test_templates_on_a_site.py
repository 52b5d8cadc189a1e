"""Every template we ship, sent to a site: each row is read, and the columns that come back are the wanted ones."""

from __future__ import annotations

import pytest

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.settings import emulator_settings
from sp_parent_portal.templates import Content, WantedList, list_templates, make_content
from sp_parent_portal.trips import load_trip

SITE = "https://contoso.sharepoint.com/sites/lake-district-2027"
CONTENTS = [
    make_content(template, load_trip(template.folder / "example" / "trip.toml")) for template in list_templates()
]


@pytest.fixture(name="gateway")
def _gateway() -> Gateway:
    gateway = connect(emulator_settings(), app=open_emulator(":memory:"))
    gateway.sharepoint.create_site(SITE, "Lake District 2027", "j.okoro@school.example", "", 2057)
    for _ in range(50):
        if gateway.sharepoint.get_site_status(SITE) == 2 and gateway.sharepoint.is_provisioned(SITE):
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
        assert found.url in [node.url for node in content.navigation]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.template)
def test_a_list_that_exists_is_brought_up_column_by_column(gateway: Gateway, content: Content) -> None:
    for wanted in content.lists:
        bare = gateway.sharepoint.create_list(SITE, wanted.title, wanted.template)
        for column in wanted.fields:
            gateway.sharepoint.add_field(SITE, bare.id, column.schema_xml)
        assert wanted_columns(wanted).items() <= columns(gateway, wanted.title).items()
