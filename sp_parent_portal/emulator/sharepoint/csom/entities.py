"""What a site holds, as CSOM shows it: the same documents that REST's entities are made from, under the same types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import fields, groups, lists, navigation, permissions, users, views, webs
from ..answers import EntityType
from ..faults import bad_value
from ..site import Doc, Site
from .things import CONTENT_OBJECTS, Kind, Thing, kind_of

MODIFIED = ("Created", "LastItemDeletedDate", "LastItemModifiedDate", "LastItemUserModifiedDate")


@dataclass(frozen=True, slots=True)
class Shape:
    """One of REST's entity types with what CSOM has to know more."""

    entity: EntityType
    kind: Kind

    def show(
        self,
        site: Site,
        doc: Doc,
        *,
        name: str = "",
        identity: str = "",
        subject: Any = None,
        refresh: Callable[[], Doc] | None = None,
    ) -> Thing:
        """`name` is that of a type derived from this one."""
        kind = replace(self.kind, name=name) if name else self.kind
        computed = {each: partial(function, site) for each, function in self.entity.computed.items()}
        return Thing(kind, doc, identity, subject, refresh=refresh, computed=computed)


def _shape(entity: EntityType, *, guids: Iterable[str] = (), dates: Iterable[str] = ()) -> Shape:
    types = {**dict.fromkeys(guids, "Guid"), **dict.fromkeys(dates, "DateTime")}
    return Shape(entity, Kind(entity.name, types, entity.plain, open=True))


WEB = _shape(webs.WEB, guids=("Id", "AppInstanceId", "DesignPackageId"), dates=MODIFIED)
REGIONAL = _shape(webs.REGIONAL)
TIME_ZONE = _shape(webs.TIME_ZONE)
LIST = _shape(lists.LIST, guids=("Id", "DefaultContentApprovalWorkflowId", "TemplateFeatureId"), dates=MODIFIED)
FOLDER = _shape(lists.FOLDER, guids=("UniqueId",), dates=("TimeCreated", "TimeLastModified"))
FIELD = _shape(fields.FIELD, guids=("Id", "ClientSideComponentId"))
VIEW = _shape(views.VIEW, guids=("Id",))
USER = _shape(users.USER)
GROUP = _shape(groups.GROUP)
ROLE = _shape(permissions.ROLE)
ASSIGNMENT = _shape(permissions.ASSIGNMENT)
NODE = _shape(navigation.NODE)


def collection(name: str) -> Kind:
    """The kind of a collection that has no properties of its own."""
    return kind_of(name, (), types={})


def site_identity(site: Site) -> str:
    return f"{CONTENT_OBJECTS}:site:{site.id}"


def web_identity(site: Site) -> str:
    return f"{site_identity(site)}:web:{site.web['Id']}"


def take(given: tuple[Any, ...], position: int, *kinds: Kind) -> Thing:
    """An object among a method's arguments. Raises Fault where it is none of these kinds."""
    thing = given[position] if position < len(given) else None
    if not isinstance(thing, Thing) or thing.kind not in kinds:
        raise bad_value(f"Value does not fall within the expected range.\r\nParameter: {kinds[0].short}")
    return thing
