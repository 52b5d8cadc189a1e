"""Items of a list, their values checked against the list's columns."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from . import fields, permissions
from .answers import EntityType, Rows
from .faults import Fault, bad_value, no_item, no_property, wrong_type
from .site import Doc, Site

DATES = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p")
APP_USER = 1073741822


def list_items(site: Site, list_doc: Doc) -> list[Doc]:
    return site.each("item", list_doc["Id"])


def get_item(site: Site, list_doc: Doc, key: object) -> Doc:
    """Raises Fault."""
    doc = site.find("item", key, list_doc["Id"])
    if doc is None:
        raise no_item()
    return doc


def add_item(site: Site, list_doc: Doc, values: Doc) -> Doc:
    """`values` by their JSON names, typed. Raises Fault for a value that no column takes."""
    number = site.next_number(f"item {list_doc['Id']}", 1)
    moment = site.now()
    doc: Doc = {
        "FileSystemObjectType": 0,
        "Id": number,
        "ServerRedirectedEmbedUri": None,
        "ServerRedirectedEmbedUrl": "",
        "ID": number,
        "ContentTypeId": "0x0120" if list_doc["BaseType"] == 1 else f"0x0100{list_doc['Id'].replace('-', '').upper()}",
        "Title": None,
        "Modified": moment,
        "Created": moment,
        "AuthorId": APP_USER,
        "EditorId": APP_USER,
        "OData__UIVersionString": "1.0",
        "Attachments": False,
        "GUID": str(uuid.uuid4()),
        "OData__ColorTag": None,
        "ComplianceAssetId": None,
        "_list": list_doc["Id"],
        "_type": list_doc["ListItemEntityTypeFullName"],
        "_path": f"Web/Lists(guid'{list_doc['Id']}')/Items({number})",
        "_version": 1,
    }
    return _store(site, list_doc, {**doc, **check_values(site, list_doc, values)})


def change_item(site: Site, list_doc: Doc, item: Doc, values: Doc) -> Doc:
    """Raises Fault for a value that no column takes."""
    checked = check_values(site, list_doc, values)
    version = item["_version"] + 1
    return _store(
        site,
        list_doc,
        {**item, **checked, "Modified": site.now(), "_version": version, "OData__UIVersionString": f"{version}.0"},
    )


def remove_item(site: Site, list_doc: Doc, item: Doc) -> None:
    permissions.restore_inheritance(site, f"{list_doc['Id']}/{item['Id']}")
    site.remove("item", item["Id"], list_doc["Id"])


def check_values(site: Site, list_doc: Doc, values: Doc) -> Doc:
    columns = {
        name: field
        for field in fields.list_fields(site, list_doc)
        if not field["ReadOnlyField"]
        for name in (fields.odata_name(field["InternalName"]), f"{fields.odata_name(field['InternalName'])}Id")
        if name == fields.odata_name(field["InternalName"]) or field["TypeAsString"] in ("User", "Lookup")
    }
    checked = {}
    for name, value in values.items():
        if name not in columns:
            raise no_property(name, list_doc["ListItemEntityTypeFullName"])
        checked[name] = _check_value(columns[name]["TypeAsString"], value)
    return checked


def read_form_value(site: Site, list_doc: Doc, name: str, text: str) -> Doc:
    """A value as a form sends it: text, by internal name. Raises Fault."""
    field = fields.find_field(site, list_doc, name)
    if field is None or field["ReadOnlyField"]:
        raise bad_value(f"Column '{name}' does not exist. It may have been deleted by another user.")
    kind = field["TypeAsString"]
    value: Any = text or None
    if text and kind in ("Number", "Currency", "Integer"):
        value = _read_number(text)
    elif text and kind in ("Boolean", "AllDayEvent"):
        value = text.lower() in ("1", "true", "yes")
    elif text and kind == "URL":
        url, _, label = text.partition(",")
        value = {"Description": label.strip() or url, "Url": url}
    return {fields.odata_name(name): _check_value(kind, value)}


def _check_value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind in ("Number", "Currency", "Integer"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type("Edm.Double")
    elif kind in ("Boolean", "AllDayEvent", "Recurrence"):
        if not isinstance(value, bool):
            raise wrong_type("Edm.Boolean")
    elif kind == "DateTime":
        return _read_date(value)
    elif kind in ("Text", "Note", "Choice") and not isinstance(value, str):
        raise wrong_type("Edm.String")
    elif kind == "Text" and len(value) > 255:
        text = "The property '' contains a string that is longer than the allowed length of 255 characters."
        raise Fault(400, -2130575250, "Microsoft.SharePoint.SPException", text)
    return value


def _read_number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise bad_value("Only numbers can go here.") from None


def _read_date(value: Any) -> str:
    for pattern in DATES:
        try:
            moment = datetime.strptime(str(value), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise bad_value("You must specify a valid date.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def set_item(site: Site, item: Doc) -> Doc:
    """The item as it is now, unchecked."""
    site.put("item", item["Id"], item, parent=item["_list"])
    return item


def _store(site: Site, list_doc: Doc, doc: Doc) -> Doc:
    site.put("item", doc["Id"], doc, parent=list_doc["Id"])
    return doc


def item_scope(item: Doc) -> str:
    return f"{item['_list']}/{item['Id']}"


ITEM = EntityType(
    "SP.ListItem",
    expansions={
        "roleassignments": lambda site, item: Rows(
            permissions.ASSIGNMENT, permissions.list_assignments(site, item_scope(item))
        )
    },
    computed={"HasUniqueRoleAssignments": lambda site, item: permissions.is_unique(site, item_scope(item))},
)
