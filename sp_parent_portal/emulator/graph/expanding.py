"""`$expand` on accounts and groups: what is related comes along, twenty objects at most and without a next page
(Microsoft Learn, query parameters, read 2026-08). One relation at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import directory
from .errors import GraphError
from .query import Doc

if TYPE_CHECKING:
    from .routing import Call

MOST = 20
CLAUSE = re.compile(r"(?P<name>\w+)(?:\(\$select=(?P<select>[\w,@. ]+)\))?", re.I)
Show = Callable[[str, Doc, tuple[str, ...]], Doc]


def check(call: Call, kind: str) -> tuple[str, tuple[str, ...]]:
    """The relation asked for and the properties selected of it; "" where `$expand` is not there. Raises GraphError for
    a relation that the kind does not have."""
    text = call.query.expand.strip()
    if not text:
        return "", ()
    found = CLAUSE.fullmatch(text)
    name = "" if found is None else RELATIONS[kind].get(found["name"].lower(), "")
    if found is None or not name:
        raise GraphError(
            400, "BadRequest",
            f"Parsing OData Select and Expand failed: Could not find a property named '{text.partition('(')[0]}' on "
            f"type 'microsoft.graph.{kind}'.",
        )  # fmt: skip
    return name, tuple(each.strip() for each in (found["select"] or "").split(",") if each.strip())


def expand(call: Call, kind: str, doc: Doc, show: Show) -> Doc:
    """What `$expand` adds to an answer; nothing where it is not asked for. `show` gives one object of a kind with the
    properties selected. Raises GraphError."""
    name, select = check(call, kind)
    if not name:
        return {}
    rows = FIND[name](call, doc)[:MOST]
    return {name: [{"@odata.type": f"#microsoft.graph.{of}", **show(of, each, select)} for of, each in rows]}


def _members(call: Call, doc: Doc) -> list[tuple[str, Doc]]:
    return [(of, each) for _, of, each in directory.list_members(call.state, doc["id"], limit=MOST)]


def _owners(call: Call, doc: Doc) -> list[tuple[str, Doc]]:
    found = (directory.find_user(call.state, owner) for owner in doc.get("_owners", []))
    return [("user", owner) for owner in found if owner is not None]


def _member_of(call: Call, doc: Doc) -> list[tuple[str, Doc]]:
    return [("group", group) for group in directory.list_groups_of(call.state, doc["id"], transitive=False)]


def _transitive_member_of(call: Call, doc: Doc) -> list[tuple[str, Doc]]:
    return [("group", group) for group in directory.list_groups_of(call.state, doc["id"])]


RELATIONS = {
    "user": {"memberof": "memberOf", "transitivememberof": "transitiveMemberOf"},
    "group": {"members": "members", "owners": "owners", "memberof": "memberOf"},
}
FIND: dict[str, Callable[[Call, Doc], list[tuple[str, Doc]]]] = {
    "members": _members,
    "owners": _owners,
    "memberOf": _member_of,
    "transitiveMemberOf": _transitive_member_of,
}
