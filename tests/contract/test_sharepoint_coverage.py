"""COVERAGE.md tells of every SharePoint endpoint how we know what it answers, and of none that is not played."""

from __future__ import annotations

import re
from pathlib import Path

import sp_parent_portal.emulator
from sp_parent_portal.emulator.sharepoint.csom import entities
from sp_parent_portal.emulator.sharepoint.csom.things import METHODS
from sp_parent_portal.emulator.sharepoint.endpoints.files import FOLDERS
from sp_parent_portal.emulator.sharepoint.endpoints.permissions import SCOPES
from sp_parent_portal.emulator.sharepoint.routes import ENDPOINTS

COVERAGE = Path(sp_parent_portal.emulator.__file__).parent / "COVERAGE.md"
HEADING = "## SharePoint (contoso.sharepoint.com, contoso-admin.sharepoint.com)"
STANDS_FOR = {
    "{securable}": SCOPES,
    "{columns}": ("web", "web/lists(*)"),
    "{folder}": FOLDERS,
    "{bar}": ("web/navigation/quicklaunch", "web/navigation/topnavigationbar"),
}
CSOM = "## SharePoint CSOM (POST …/_vti_bin/client.svc/ProcessQuery)"
# Objects whose properties are read or set; the rest only carry methods or rows.
SHAPES = [each.kind.short for each in vars(entities).values() if isinstance(each, entities.Shape)]
OBJECTS = {"Tenant", "SiteProperties", "SpoOperation", "Site", "ListItem", *SHAPES}
ROW = re.compile(r"\| `([^`]+)` \| (.+) \| (recorded|documented|assumed) \| (.+) \| (\d{4}-\d\d) \|")


def rows(heading: str = HEADING) -> list[tuple[str, ...]]:
    section = COVERAGE.read_text(encoding="utf-8").partition(heading)[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| endpoint")]
    found = [ROW.fullmatch(line) for line in lines]
    assert lines
    assert None not in found, [line for line, match in zip(lines, found, strict=True) if match is None]
    return [match.groups() for match in found if match is not None]


def expanded(endpoint: str) -> set[str]:
    for name, shapes in STANDS_FOR.items():
        if name in endpoint:
            return {endpoint.replace(name, shape) for shape in shapes}
    return {endpoint}


def test_every_endpoint_is_in_the_table_and_nothing_else() -> None:
    told = {each for endpoint, *_ in rows() for each in expanded(endpoint)} - {"*"}
    played = {f"{verb} {shape}" for verb, shape in ENDPOINTS if verb != "PATCH"} | {"POST $batch"}
    assert told == played


def test_merge_is_played_as_patch() -> None:
    assert {shape for verb, shape in ENDPOINTS if verb == "PATCH"} == {
        shape for verb, shape in ENDPOINTS if verb == "MERGE"
    }


def test_every_method_of_csom_is_in_the_table_and_nothing_else() -> None:
    told = {endpoint for endpoint, *_ in rows(CSOM)} - {"*"}
    played = {f"{kind.rpartition('.')[2]}.{name}" for kind, name in METHODS} | {f"{name} {{ }}" for name in OBJECTS}
    assert told == played
