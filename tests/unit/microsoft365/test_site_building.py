"""New lists in one CSOM request: how it is written, and what its answer means."""

from __future__ import annotations

from pathlib import Path

import pytest

from sp_parent_portal.errors import AlreadyExists, OutcomeUnknown
from sp_parent_portal.microsoft365.site_work import NewList, NewView
from tests.stage import SITE, Stage

COLUMN = '<Field Type="Text" Name="Kit" StaticName="Kit" DisplayName="Kit &amp; more" Required="TRUE" />'
VIEW = NewView("Kit view", ("LinkTitle", "Kit"), '<OrderBy><FieldRef Name="Kit" /></OrderBy>', 25, True, True)
LIST = NewList("Kit & caboodle", 100, "What <to> bring", (COLUMN,), (VIEW,))


@pytest.fixture(name="stage")
def _stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.furnish()
    stage.gateway.sharepoint.create_site(SITE, "Lake", "j.okoro@school.example", "", 2057)
    while not (stage.gateway.sharepoint.get_site_status(SITE) == 2 and stage.gateway.sharepoint.is_provisioned(SITE)):
        pass
    return stage


def test_what_is_made_reads_as_it_was_sent(stage: Stage) -> None:
    sharepoint = stage.gateway.sharepoint
    sharepoint.create_lists(SITE, [LIST, NewList("Photos", 109, "", (), ())])
    there = {found.title: (found, shape) for found, shape in sharepoint.list_shapes(SITE)}
    found, shape = there["Kit & caboodle"]
    assert (found.template, found.description) == (100, "What <to> bring")
    [column] = [each for each in shape.fields if each.internal_name == "Kit"]
    assert (column.title, column.type, column.required) == ("Kit & more", "Text", True)
    [view] = [each for each in shape.views if each.title == "Kit view"]
    assert view.default
    assert '<FieldRef Name="Kit"' in view.xml
    assert there["Photos"][0].template == 109


def test_a_title_that_is_taken_and_a_mistake_are_told(stage: Stage) -> None:
    sharepoint = stage.gateway.sharepoint
    sharepoint.create_lists(SITE, [LIST])
    with pytest.raises(AlreadyExists):
        sharepoint.create_lists(SITE, [LIST])
    stage.faults({"on": "POST *ProcessQuery", "times": 1, "reply": 200, "body": "[]"})
    with pytest.raises(OutcomeUnknown):
        sharepoint.create_lists(SITE, [LIST])
