"""Users and groups of a site through CSOM."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .. import groups, users
from ..answers import Entity
from ..faults import Fault, Unplayed
from ..reading import read_object, read_text
from ..site import Doc, Site
from .entities import GROUP, USER, WEB, collection, site_identity, take
from .things import Thing, child, method

if TYPE_CHECKING:
    from ...app import Emulator

USERS = collection("SP.UserCollection")
GROUPS = collection("SP.GroupCollection")


def _show_user(site: Site, doc: Doc) -> Thing:
    return USER.show(site, doc, identity=f"{site_identity(site)}:u:{doc['Id']}", subject=site)


def _show_group(site: Site, doc: Doc) -> Thing:
    return GROUP.show(site, doc, identity=f"{site_identity(site)}:g:{doc['Id']}", subject=site)


def show_principal(site: Site, found: Entity) -> Thing:
    """A user or a group: the answer says which by its type."""
    return _show_user(site, found.doc) if found.type is users.USER else _show_group(site, found.doc)


@method(WEB.kind, "EnsureUser")
def ensure_user(_: Emulator, web: Thing, given: tuple[Any, ...]) -> Thing | Fault:
    """A group that was just made may not resolve yet, as in REST."""
    return _ensure(web.subject, str(given[0] if given else ""))


def _ensure(site: Site, login: str) -> Thing | Fault:
    found = users.ensure_user(site, login)
    return found if isinstance(found, Fault) else _show_user(site, found)


def _associated(place: str, web: Thing) -> Thing:
    site: Site = web.subject
    return _show_group(site, groups.get_group(site, place, "associated"))


child(WEB.kind, "AssociatedOwnerGroup")(partial(_associated, "owners"))
child(WEB.kind, "AssociatedMemberGroup")(partial(_associated, "members"))
child(WEB.kind, "AssociatedVisitorGroup")(partial(_associated, "visitors"))


@child(WEB.kind, "SiteGroups")
def groups_of_web(web: Thing) -> Thing:
    site: Site = web.subject
    return Thing(GROUPS, members=lambda: [_show_group(site, doc) for doc in site.each("group")])


@child(WEB.kind, "SiteUsers")
def users_of_web(web: Thing) -> Thing:
    site: Site = web.subject
    return Thing(USERS, members=lambda: [_show_user(site, doc) for doc in site.each("user")])


@child(GROUP.kind, "Users")
def users_of_group(group: Thing) -> Thing:
    site, number = group.subject, group.doc["Id"]
    return Thing(
        USERS,
        subject=(site, number),
        members=lambda: [_show_user(site, doc) for doc in groups.list_members(site, number)],
    )


@method(USERS, "AddUser")
def add_user(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """Somebody whom the site knows already."""
    return _add(thing, take(given, 0, USER.kind))


@method(USERS, "Add")
def add_by_login(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing | Fault:
    """UserCreationInformation."""
    wanted = read_object(given[0] if given else None, "parameters")
    found = _ensure(_group_of(thing)[0], read_text(wanted, "LoginName"))
    return found if isinstance(found, Fault) else _add(thing, found)


def _add(thing: Thing, user: Thing) -> Thing:
    site, number = _group_of(thing)
    return _show_user(site, groups.add_member(site, number, user.doc))


def _group_of(thing: Thing) -> tuple[Site, int]:
    if thing.subject is None:
        raise Unplayed("adding to the users of a site")
    site, number = thing.subject
    return site, number
