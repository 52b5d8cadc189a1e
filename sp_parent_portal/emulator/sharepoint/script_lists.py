"""createSPList and what may stand inside it."""

from __future__ import annotations

import json
from typing import Any

from . import fields, lists, navigation, views
from .script_verbs import (
    FLAG,
    LIST_EXISTS,
    NOTHING,
    NUMBER,
    OBJECT,
    ROWS,
    SUBVERBS,
    TEXT,
    Action,
    Done,
    Refused,
    invalid,
    verb,
)
from .site import Doc, Site

__all__ = ["FIELD_TYPES", "SUBVERBS"]

FIELD_TYPES = ("Text", "Note", "Number", "Boolean", "User", "DateTime")
SCOPES = {"Default": 0, "Recursive": 1, "RecursiveAll": 2, "FilesOnly": 3}


@verb("createSPList", needs={"listName": TEXT, "templateType": NUMBER}, others={"subactions": ROWS, "addNavLink": FLAG})
def create_list(site: Site, _: Doc, action: Action) -> Done:
    name = str(action["listName"])
    title = f'Create or update list "{name}"'
    if site.find_titled("list", name) is not None:
        raise Refused(title, f"List with name {name} already exists.", LIST_EXISTS, NOTHING)
    if action["templateType"] not in lists.TEMPLATES:
        raise invalid(title, "templateType")
    wanted = {key.capitalize(): action[key] for key in ("color", "icon") if action.get(key)}
    doc = lists.add_list(site, name, int(action["templateType"]), wanted=wanted)
    if action.get("addNavLink"):
        navigation.add_node(site, "QuickLaunch", name, site.under(doc["_url"]))
    return Done(title, f"{site.url}/{doc['_url'].replace(' ', '%20')}", doc["Id"])


def find_kept(site: Site, list_doc: Doc, name: str, action: Action) -> Done | None:
    """What a site design leaves as it is: a list of that name, whose subactions run all the same, and a column that is
    there already (rows assumed)."""
    if name == "createSPList":
        found = site.find_titled("list", str(action["listName"]))
        if found is None:
            return None
        address = f"{site.url}/{found['_url'].replace(' ', '%20')}"
        return Done(f'Create or update list "{action["listName"]}"', address, found["Id"])
    if name not in ("addSPField", "addSPFieldXml"):
        return None
    title = str(action.get("displayName") or fields.read_field_xml(action["schemaXml"]).get("DisplayName", ""))
    present = [field for field in fields.list_fields(site, list_doc) if field["Title"] == title]
    return Done(f"Create column {title}", None, present[0]["Id"], NOTHING) if present else None


def _now(site: Site, list_doc: Doc) -> Doc:
    """The list as the actions before this one left it."""
    return lists.get_list(site, list_doc["Id"], "id")


@verb("setTitle", needs={"title": TEXT}, of=SUBVERBS)
def set_title(site: Site, list_doc: Doc, action: Action) -> Done:
    lists.change_list(site, _now(site, list_doc), {"Title": action["title"]})
    return Done("Update list title")


@verb("setDescription", needs={"description": TEXT}, of=SUBVERBS)
def set_description(site: Site, list_doc: Doc, action: Action) -> Done:
    lists.change_list(site, _now(site, list_doc), {"Description": action["description"]})
    return Done("Update list description")


@verb(
    "addSPField",
    needs={"displayName": TEXT, "fieldType": TEXT, "isRequired": FLAG},
    others={"id": TEXT, "internalName": TEXT, "addToDefaultView": FLAG, "enforceUnique": FLAG},
    of=SUBVERBS,
)
def add_field(site: Site, list_doc: Doc, action: Action) -> Done:
    title = f"Create column {action['displayName']}"
    if action["fieldType"] not in FIELD_TYPES:
        raise invalid(title, "fieldType")
    wanted = {
        "Id": action.get("id"),
        "Required": action["isRequired"],
        "EnforceUniqueValues": action.get("enforceUnique", False),
    }
    name = str(action.get("internalName") or "")
    field = fields.add_field(site, list_doc, action["fieldType"], action["displayName"], wanted, name=name)
    _show(site, list_doc, field, action)
    return Done(title, None, field["Id"])


@verb("addSPFieldXml", needs={"schemaXml": TEXT}, others={"addToDefaultView": FLAG}, of=SUBVERBS)
def add_field_xml(site: Site, list_doc: Doc, action: Action) -> Done:
    field = fields.add_field_xml(site, list_doc, action["schemaXml"], fields.HINT)
    _show(site, list_doc, field, action)
    return Done(f"Create column {field['Title']}", None, field["Id"])


def _show(site: Site, list_doc: Doc, field: Doc, action: Action) -> None:
    view = views.find_default_view(site, list_doc)
    if action.get("addToDefaultView") and view is not None:
        views.add_view_field(site, list_doc, view, field["InternalName"])


@verb("addSiteColumn", needs={"internalName": TEXT}, others={"addToDefaultView": FLAG}, of=SUBVERBS)
def add_site_column(site: Site, list_doc: Doc, action: Action) -> Done:
    column = fields.get_field(site, None, action["internalName"], "name")
    path = f"{list_doc['_path']}/Fields(guid'{column['Id']}')"
    field = fields.set_field(site, list_doc, {**column, "_path": path, "Scope": site.under(list_doc["_url"])})
    _show(site, list_doc, field, action)
    return Done(f"Create column {column['Title']}", None, column["Id"])


@verb("deleteSPField", needs={"displayName": TEXT}, of=SUBVERBS)
def delete_field(site: Site, list_doc: Doc, action: Action) -> Done:
    found = [field for field in fields.list_fields(site, list_doc) if field["Title"] == action["displayName"]]
    if not found:
        raise invalid(f"Delete column {action['displayName']}", "displayName")
    fields.remove_field(site, list_doc, found[0])
    return Done(f"Delete column {action['displayName']}")


@verb("setSPFieldCustomFormatter", needs={"fieldDisplayName": TEXT, "formatterJSON": OBJECT}, of=SUBVERBS)
def set_formatter(site: Site, list_doc: Doc, action: Action) -> Done:
    name = action["fieldDisplayName"]
    title = f"Set custom formatter for field {name}"
    found = [field for field in fields.list_fields(site, list_doc) if field["Title"] == name]
    if not found:
        raise invalid(title, "fieldDisplayName")
    fields.set_field(site, list_doc, {**found[0], "CustomFormatter": json.dumps(action["formatterJSON"])})
    return Done(title)


@verb("addContentType", needs={"name": TEXT}, of=SUBVERBS)
def add_content_type(site: Site, list_doc: Doc, action: Action) -> Done:
    title = f'Add content type "{action["name"]}"'
    content_type = site.find_titled("content type", action["name"])
    if content_type is None:
        raise invalid(title, "name")
    site.put("list content type", content_type["id"], content_type, parent=list_doc["Id"], title=action["name"])
    lists.change_list(site, _now(site, list_doc), {"ContentTypesEnabled": True})
    return Done(title)


@verb("removeContentType", needs={"name": TEXT}, of=SUBVERBS)
def remove_content_type(site: Site, list_doc: Doc, action: Action) -> Done:
    title = f'Remove content type "{action["name"]}"'
    content_type = site.find_titled("list content type", action["name"], list_doc["Id"])
    if content_type is None:
        raise invalid(title, "name")
    site.remove("list content type", content_type["id"], list_doc["Id"])
    return Done(title)


@verb(
    "addSPView",
    needs={"name": TEXT, "viewFields": ROWS, "query": TEXT, "rowLimit": NUMBER, "isPaged": FLAG},
    others={
        "makeDefault": FLAG,
        "scope": TEXT,
        "replaceViewFields": FLAG,
        "viewType2": TEXT,
        "formatterJSON": (dict, str),
    },
    of=SUBVERBS,
)
def add_view(site: Site, list_doc: Doc, action: Action) -> Done:
    """A view of that name is changed; its columns are added to, unless `replaceViewFields`."""
    title = f"Add view {action['name']}"
    if action.get("scope", "Default") not in SCOPES:
        raise invalid(title, "scope")
    view = site.find_titled("view", action["name"], list_doc["Id"])
    present: list[Any] = [] if view is None or action.get("replaceViewFields") else view["_fields"]
    names = [*present, *(name for name in action["viewFields"] if name not in present)]
    for name in names:
        fields.get_field(site, list_doc, views.column_of(name), "name")
    view = {
        **(view or views.make_view(site, list_doc, action["name"], names)),
        "_fields": names,
        "ViewQuery": action["query"],
        "RowLimit": int(action["rowLimit"]),
        "Paged": action["isPaged"],
        "Scope": SCOPES[action.get("scope", "Default")],
        "DefaultView": action.get("makeDefault", bool(view and view["DefaultView"])),
        "ViewType2": action.get("viewType2") or "NONE",
        "CustomFormatter": json.dumps(action["formatterJSON"]) if action.get("formatterJSON") else None,
    }
    views.set_view(site, list_doc, view)
    return Done(title, None, view["Id"])


@verb("removeSPView", needs={"name": TEXT}, of=SUBVERBS)
def remove_view(site: Site, list_doc: Doc, action: Action) -> Done:
    view = views.get_view(site, list_doc, action["name"], "title")
    site.remove("view", view["Id"], list_doc["Id"])
    return Done(f"Remove view {action['name']}")
