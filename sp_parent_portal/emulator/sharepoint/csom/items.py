"""Items of a list through CSOM.

A field of an item is a member of its answer under the field's internal name. Numbers that are not whole and arrays say
so in their name (`Cost$  Double`) where the request asks for it; persons, lookups and links are objects of their own
(types as Microsoft Learn's SP.ListItem lists them, read 2026-11; the suffixes as SPClientCore reads them).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import fields, items
from ..faults import bad_value, no_field, read_only
from ..reading import read_object
from ..routes import WRITE
from ..site import Doc, Site
from .caml import cut_items
from .entities import LIST
from .lists import list_of
from .render import Guid, Moment
from .things import Kind, Thing, method

if TYPE_CHECKING:
    from ...app import Emulator

ITEM = Kind("SP.ListItem", {}, (), open=True, fields=True)
ITEMS = Kind("SP.ListItemCollection", {}, ("ListItemCollectionPosition",))
OWN = ("FileSystemObjectType", "Id", "ServerRedirectedEmbedUri", "ServerRedirectedEmbedUrl")
PERSONS = ("User", "Lookup")
UNSAVED: Doc = {"FileSystemObjectType": 0, "Id": 0}


@dataclass(slots=True)
class Held:
    """An item that is being written; `number` is 0 until it is stored. `values` are those of REST, set and not yet
    stored."""

    owner: Thing
    number: int
    values: Doc = field(default_factory=dict)


def _show(owner: Thing, number: int, doc: Doc | None = None) -> Thing:
    """`doc` is what it tells, where that is known; else it is read when it is asked for."""
    held = Held(owner, number)
    refresh = None if doc is not None else lambda: _look(held)
    return Thing(ITEM, doc or {}, _identity(held), held, refresh=refresh)


def _identity(held: Held) -> str:
    return f"{held.owner.identity}:item:{held.number},1" if held.number else ""


def _look(held: Held) -> Doc:
    if not held.number:
        return dict(UNSAVED)
    site, list_doc = list_of(held.owner)
    return _tell(site, fields.list_fields(site, list_doc), items.get_item(site, list_doc, held.number))


@method(LIST.kind, "GetItemById")
def get_item(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    site, list_doc = list_of(thing)
    return _show(thing, items.get_item(site, list_doc, given[0] if given else None)["Id"])


@method(LIST.kind, "AddItem", needs=WRITE)
def add_item(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """ListItemCreationInformation, or nothing; a folder or another place than the list's root is not made. Nothing is
    stored before Update."""
    about = read_object(given[0], "parameters") if given and given[0] is not None else {}
    if about.get("UnderlyingObjectType") or about.get("LeafName"):
        raise bad_value("The emulator makes no folders.")
    return _show(thing, 0)


@method(ITEM, "SetFieldValue", needs=WRITE)
def set_value(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> None:
    """Nothing is stored before Update."""
    held: Held = thing.subject
    name, value = (*given, None, None)[:2]
    site, list_doc = list_of(held.owner)
    column = fields.find_field(site, list_doc, str(name))
    if column is None:
        raise no_field(str(name))
    if column["ReadOnlyField"]:
        raise read_only()
    known = fields.odata_name(column["InternalName"])
    if column["TypeAsString"] in PERSONS:
        held.values[f"{known}Id"] = value.get("LookupId") if isinstance(value, dict) else value
    else:
        held.values[known] = value


@method(ITEM, "Update", needs=WRITE)
def update_item(_: Emulator, thing: Thing, __: tuple[Any, ...]) -> None:
    held: Held = thing.subject
    site, list_doc = list_of(held.owner)
    if held.number:
        items.change_item(site, list_doc, items.get_item(site, list_doc, held.number), held.values)
    else:
        held.number = items.add_item(site, list_doc, held.values)["Id"]
        thing.identity = _identity(held)
    held.values.clear()


@method(LIST.kind, "GetItems")
def get_items(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """CamlQuery. The items are those of the moment when it is called."""
    site, list_doc = list_of(thing)
    page, place = cut_items(items.list_items(site, list_doc), read_object(given[0] if given else None, "query"))
    columns = fields.list_fields(site, list_doc)
    found = [_show(thing, doc["Id"], _tell(site, columns, doc)) for doc in page]
    position = None if place is None else {"_ObjectType_": "SP.ListItemCollectionPosition", "PagingInfo": place}
    return Thing(ITEMS, {"ListItemCollectionPosition": position}, members=lambda: found)


# ---- what an item tells


def _tell(site: Site, columns: list[Doc], item: Doc) -> Doc:
    own = {name: item[name] for name in OWN}
    return {**own, **{column["InternalName"]: _value(site, column, item) for column in columns}}


def _value(site: Site, column: Doc, item: Doc) -> Any:
    kind, name = column["TypeAsString"], fields.odata_name(column["InternalName"])
    value = item.get(f"{name}Id" if kind in PERSONS else name)
    if value is None:
        return None
    if kind in PERSONS:
        return _look_up(site, kind, value)
    if kind == "ContentTypeId":
        return {"_ObjectType_": "SP.ContentTypeId", "StringValue": value}
    if kind == "URL":
        return {"_ObjectType_": "SP.FieldUrlValue", **value}
    return {"DateTime": Moment, "Guid": Guid, "Number": float, "Currency": float}.get(kind, _same)(value)


def _same(value: Any) -> Any:
    return value


def _look_up(site: Site, kind: str, number: int) -> Doc:
    if kind == "Lookup":
        return {"_ObjectType_": "SP.FieldLookupValue", "LookupId": number, "LookupValue": None}
    found = site.find("user", number) or site.find("group", number) or {}
    return {
        "_ObjectType_": "SP.FieldUserValue",
        "LookupId": number,
        "LookupValue": found.get("Title"),
        "Email": found.get("Email") or None,
    }
