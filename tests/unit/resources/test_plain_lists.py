"""Which new lists are made without a script: only those of which it would say nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from sp_parent_portal.resources.site_building import is_plain

VIEW = {"verb": "addSPView", "name": "Kit", "viewFields": ["Title"], "query": "", "rowLimit": 30, "isPaged": True}
COLUMN = {"verb": "addSPFieldXml", "schemaXml": "<Field />"}


def make_list(*steps: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"verb": "createSPList", "listName": "Kit", "templateType": 100, "subactions": list(steps), **more}


@pytest.mark.parametrize(
    "action",
    [
        make_list(),
        make_list({"verb": "setDescription", "description": "What"}, COLUMN, {**VIEW, "makeDefault": True}),
        make_list({**COLUMN, "addToDefaultView": False}, {**VIEW, "scope": "Default", "formatterJSON": ""}),
    ],
)
def test_plain(action: dict[str, Any]) -> None:
    assert is_plain(action)


@pytest.mark.parametrize(
    "action",
    [
        make_list(color="red"),
        make_list({**COLUMN, "addToDefaultView": True}),
        make_list({**VIEW, "scope": "Recursive"}),
        make_list({**VIEW, "formatterJSON": {"a": 1}}),
        make_list({**VIEW, "name": "All Items"}),
        make_list({"verb": "setTitle", "title": "Other"}),
        make_list({"verb": "addContentType", "name": "Item"}),
    ],
)
def test_for_a_script(action: dict[str, Any]) -> None:
    assert not is_plain(action)
