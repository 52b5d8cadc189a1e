"""Permission levels through CSOM, and who holds which on the web or a list.

The levels of a role assignment are changed in its RoleDefinitionBindings, which nothing stores until the assignment's
Update.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import permissions
from ..faults import bad_value, no_binding
from ..reading import read_object
from ..site import Doc, Site
from .entities import ASSIGNMENT, GROUP, LIST, ROLE, USER, WEB, collection, take
from .people import show_principal
from .things import VALUES, Thing, child, method

if TYPE_CHECKING:
    from ...app import Emulator

ROLES = collection("SP.RoleDefinitionCollection")
ASSIGNMENTS = collection("SP.RoleAssignmentCollection")
BINDINGS = collection("SP.RoleDefinitionBindingCollection")


# ---- permission levels


@child(WEB.kind, "RoleDefinitions")
def roles_of_web(web: Thing) -> Thing:
    site: Site = web.subject
    return Thing(ROLES, subject=site, members=lambda: [_show_role(site, doc) for doc in site.each("role")])


def _show_role(site: Site, doc: Doc) -> Thing:
    return ROLE.show(site, doc, subject=doc["Id"])


def _get_role(by: str, _: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    return _show_role(thing.subject, permissions.get_role(thing.subject, given[0] if given else None, by))


method(ROLES, "GetByName")(partial(_get_role, "name"))
method(ROLES, "GetById")(partial(_get_role, "id"))
method(ROLES, "GetByType")(partial(_get_role, "type"))


@method(ROLES, "Add")
def add_role(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """RoleDefinitionCreationInformation."""
    wanted = read_object(given[0] if given else None, "parameters")
    return _show_role(thing.subject, permissions.add_role(thing.subject, wanted))


# ---- who holds them


@dataclass(frozen=True, slots=True)
class Place:
    """What has role assignments: see `scope` in permissions.py."""

    site: Site
    scope: str


@child(WEB.kind, "RoleAssignments")
def assignments_of_web(web: Thing) -> Thing:
    return _show_assignments(Place(web.subject, ""))


@child(LIST.kind, "RoleAssignments")
def assignments_of_list(thing: Thing) -> Thing:
    return _show_assignments(Place(*thing.subject))


def _show_assignments(place: Place) -> Thing:
    def show_all() -> list[Thing]:
        return [_show_assignment(place, doc) for doc in permissions.list_assignments(place.site, place.scope)]

    return Thing(ASSIGNMENTS, subject=place, members=show_all)


def _show_assignment(place: Place, doc: Doc) -> Thing:
    return ASSIGNMENT.show(place.site, doc, subject=place)


@method(ASSIGNMENTS, "GetByPrincipal")
def get_by_principal(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    return _get_assignment(thing.subject, take(given, 0, USER.kind, GROUP.kind).doc["Id"])


@method(ASSIGNMENTS, "GetByPrincipalId")
def get_by_principal_id(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    return _get_assignment(thing.subject, given[0] if given else None)


def _get_assignment(place: Place, principal: object) -> Thing:
    return _show_assignment(place, permissions.get_assignment(place.site, place.scope, principal))


@method(ASSIGNMENTS, "Add")
def add_assignment(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """A principal and the levels it gets, beside those that it holds already."""
    place: Place = thing.subject
    principal = take(given, 0, USER.kind, GROUP.kind).doc["Id"]
    bound: list[Thing] = take(given, 1, BINDINGS).subject
    if not bound:
        raise bad_value("Cannot add a role assignment with empty role definition binding collection.")
    for role in bound:
        permissions.add_grant(place.site, place.scope, principal, role.subject)
    return _get_assignment(place, principal)


@method(ASSIGNMENT.kind, "Update")
def update_assignment(_: Emulator, thing: Thing, __: tuple[Any, ...]) -> None:
    """What stands in the bindings, and nothing else, is held from now on."""
    place: Place = thing.subject
    principal, bindings = thing.doc["PrincipalId"], thing.get_child("RoleDefinitionBindings")
    wanted = {role.subject for role in bindings.subject} if bindings is not None else set()
    grants = place.site.each("grant", permissions.effective_scope(place.site, place.scope))
    held = {grant["role"] for grant in grants if grant["principal"] == principal}
    for role in sorted(wanted - held):
        permissions.add_grant(place.site, place.scope, principal, role)
    for role in sorted(held - wanted):
        permissions.remove_grant(place.site, place.scope, principal, role)


@child(ASSIGNMENT.kind, "Member")
def member(assignment: Thing) -> Thing:
    site: Site = assignment.subject.site
    return show_principal(site, permissions.get_principal(site, assignment.doc["PrincipalId"]))


@child(ASSIGNMENT.kind, "RoleDefinitionBindings")
def bindings_of(assignment: Thing) -> Thing:
    site: Site = assignment.subject.site
    return _bind([_show_role(site, permissions.get_role(site, role, "id")) for role in assignment.doc["_roles"]])


def _bind(roles: list[Thing]) -> Thing:
    return Thing(BINDINGS, subject=roles, members=lambda: roles)


VALUES["{07bf1941-6953-4761-b114-58374b4aaf57}"] = lambda: _bind([])


@method(BINDINGS, "Add")
def add_binding(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> None:
    """Limited Access is the service's own to give, and no level stands there twice."""
    role = take(given, 0, ROLE.kind)
    if role.subject in (permissions.LIMITED_ACCESS, *(each.subject for each in thing.subject)):
        raise no_binding()
    thing.subject.append(role)


@method(BINDINGS, "RemoveAll")
def remove_bindings(_: Emulator, thing: Thing, __: tuple[Any, ...]) -> None:
    thing.subject.clear()
