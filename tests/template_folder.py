"""A small template with a placeholder in every place where one may stand, and trips that use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sp_parent_portal.trips import Trip

DECLARATION = """\
name = "tiny"
version = "1.2.3"
title = "Tiny"
description = "For tests."
sharing = "existing-guests"
lcid = 2057
site_description = "{{ trip.title }}: {{ inputs.words }}"

[invite]
subject = "About {{ trip.title }}"

[inputs.words]
type = "text"
help = "Any words."
example = "Some words"

[inputs.day]
type = "date"
help = "A day."
required = false
default = "2027-05-10"

[inputs.link]
type = "url"
help = "An address."
required = false
"""
FIELD = (
    '<Field ID="{5f0c3c4e-6a2d-4d0a-9c52-6d1f2f3a7b01}" Type="Choice" Name="Mood" DisplayName="Mood" '
    'Description="{{ inputs.words }}"><Default>{{ inputs.words }}</Default><CHOICES><CHOICE>{{ inputs.words }}</CHOICE>'
    "</CHOICES></Field>"
)
ACTIONS: list[dict[str, Any]] = [
    {"verb": "applyTheme", "themeName": "{{ inputs.words }}"},
    {"verb": "addNavLink", "displayName": "About {{ inputs.words }}", "url": ""},
    {"verb": "addNavLink", "displayName": "A link to {{ inputs.day | day }}", "url": "{{ inputs.link }}"},
    {"verb": "addNavLink", "displayName": "List", "url": "/Lists/Plans", "isWebRelative": True},
    {
        "verb": "createSPList",
        "listName": "Plans",
        "templateType": 100,
        "subactions": [
            {"verb": "setDescription", "description": "{{ inputs.words }}{% if inputs.link %} and more{% endif %}"},
            {"verb": "addSPFieldXml", "schemaXml": FIELD},
        ],
    },
]
INVITE = """\
<!DOCTYPE html>
<html lang="en-GB">
<body style="font-size: 16px">
<p>Dear {{ guardian.name }}, <a href="{{ site.url }}">{{ site.url }}</a> is about <strong>{{ trip.title }}</strong>.
{% if trip.starts != trip.ends %}It lasts until {{ trip.ends | day }}.{% endif %}
Access ends on {{ trip.access_until }}.
<a href="mailto:{{ trip.owner }}">{{ trip.owner }}</a></p>
</body>
</html>
"""


def write_template(
    root: Path, declaration: str = DECLARATION, actions: object = ACTIONS, invite: str = INVITE, name: str = "tiny"
) -> Path:
    folder = root / name
    (folder / "messages").mkdir(parents=True)
    (folder / "template.toml").write_text(declaration, encoding="utf-8")
    (folder / "site-script.json").write_text(json.dumps({"actions": actions}, indent=1), encoding="utf-8")
    (folder / "messages" / "invite.html.j2").write_text(invite, encoding="utf-8")
    return folder


def make_trip(inputs: Mapping[str, object] | None = None, **more: object) -> Trip:
    """A trip that was never a file."""
    fields: dict[str, object] = {
        "file": Path("trip.toml"),
        "title": "Lake District 2027",
        "slug": "lake-district-2027",
        "template": "tiny",
        "owner": "j.okoro@school.example",
        "starts": "2027-05-10",
        "ends": "2027-05-14",
        "access_until": "2027-06-30",
        "guardians": {"students": Path("students.csv")},
        "inputs": {"words": "Keswick"} if inputs is None else dict(inputs),
    }
    return Trip.model_validate(fields | more)
