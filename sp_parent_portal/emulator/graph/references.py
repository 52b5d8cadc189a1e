"""References to directory objects (`…/directoryObjects/{id}`), and what adding them to a group may say."""

from __future__ import annotations

import re
from typing import Any

from .. import directory, lag
from ..limits import load_limits
from .errors import bad_request, no_such_resource
from .query import Doc
from .routing import Call

REFERENCE = re.compile(
    r"https://graph\.microsoft\.com/(?:v1\.0|beta)/(?:directoryObjects|users|groups)/([^/?]+)$", re.I
)
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.I)


def resolve_reference(call: Call, reference: Any) -> str:
    """The id of the object it names. Raises GraphError where the reference or the object is none."""
    found = REFERENCE.match(reference) if isinstance(reference, str) else None
    if found is None:
        raise bad_request("The reference-property value is invalid.")
    key = found[1].lower()
    if not GUID.match(key):
        raise bad_request(f"Invalid object identifier '{key}'.")
    known = directory.find_user(call.state, key) or directory.find_group(call.state, key)
    if known is None or lag.miss(call.state, key):
        raise no_such_resource(key)
    return key


def resolve_references(call: Call, references: Any) -> list[str]:
    if not isinstance(references, list):
        raise bad_request("A collection of references is expected.")
    most = load_limits()["graph"]["members_per_patch"]
    if len(references) > most:
        raise bad_request(f"The number of references in a request must not exceed {most}.")
    return [resolve_reference(call, reference) for reference in references]


def bind_owners(call: Call, group: Doc, references: Any) -> Doc:
    """The group with these owners too, all or none."""
    known = group.get("_owners", [])
    ids = resolve_references(call, references)
    if len(set(ids)) < len(ids) or set(ids) & set(known):
        raise bad_request(
            "One or more added object references already exist for the following modified properties: 'owners'."
        )
    return {**group, "_owners": [*known, *ids]}


def bind_members(call: Call, group: Doc, references: Any) -> None:
    """Add them all or none: one that is a member already, or does not exist, refuses the whole request."""
    ids = resolve_references(call, references)
    if len(set(ids)) < len(ids) or any(directory.is_member(call.state, group["id"], i) for i in ids):
        raise bad_request(
            "One or more added object references already exist for the following modified properties: 'members'."
        )
    for member_id in ids:
        directory.add_member(call.state, group["id"], member_id)
        lag.begin(call.state, f"{group['id']}/{member_id}")
