"""Lists and libraries of a site."""

from __future__ import annotations

import re
import uuid

from . import fields, items, permissions, views
from .answers import Entity, EntityType, Rows
from .faults import bad_template, bad_value, list_exists, no_list, no_list_id, no_property
from .reading import check_type, read_text
from .site import Doc, Site, recorded

LIBRARIES = {101, 109, 110, 113, 114, 116, 119, 121, 123, 700, 851}
TEMPLATES = {*LIBRARIES, 100, 102, 103, 104, 105, 106, 107, 108, 112, 124, 125, 126, 175, 1100, 10102, 3300, 3415}
AT_ROOT = {*LIBRARIES, 106}  # the others live under Lists/
FORBIDDEN_IN_URL = re.compile(r'["*:<>?/\\|#%&{}~]')
# Given only when named; the first value is what a new list has.
NAMED: Doc = {
    "OnQuickLaunch": False,
    "ReadSecurity": 1,
    "WriteSecurity": 1,
    "ValidationFormula": None,
    "ValidationMessage": None,
    "Color": None,
    "Icon": None,
    "AllowDeletion": True,
    "IsSystemList": False,
}
VERSION_POLICIES: Doc = {"DefaultExpireAfterDays": 0, "DefaultTrimMode": 0}
READ_ONLY = {"Id", "BaseTemplate", "BaseType", "Created", "EntityTypeName", "ListItemEntityTypeFullName", "ItemCount"}


def all_lists(site: Site) -> list[Doc]:
    return site.each("list")


def get_list(site: Site, key: object, by: str) -> Doc:
    """By id, title or server-relative address. Raises Fault."""
    text = str(key)
    if by == "title":
        doc = site.find_titled("list", text)
        if doc is None:
            raise no_list(text, site.url)
        return doc
    if by == "url":
        address = site.find("list address", text.removeprefix(site.path).strip("/").lower())
        text = "" if address is None else address["list"]
    doc = site.find("list", text.strip("{}").lower())
    if doc is None:
        raise no_list_id()
    return doc


def add_list(
    site: Site, title: str, template: int, *, url: str = "", list_id: str = "", wanted: Doc | None = None
) -> Doc:
    """`url` is relative to the web; without it the address is made from the title. `wanted` are further properties.
    Raises Fault where the title is taken or the template is none."""
    if not title:
        raise bad_value("The list title cannot be empty.")
    if template not in TEMPLATES:
        raise bad_template()
    if site.find_titled("list", title) is not None:
        raise list_exists()
    list_id = list_id or str(uuid.uuid4())
    library = template in LIBRARIES
    url = _free_url(site, url or _url_of(title, template))
    leaf = re.sub(r"[^A-Za-z0-9]", lambda match: f"_x{ord(match[0]):04x}_", url.rpartition("/")[2])
    name = leaf[:1].upper() + leaf[1:]
    moment = site.now()
    doc: Doc = {
        **recorded("list"),
        **NAMED,
        "BaseTemplate": template,
        "BaseType": 1 if library else 0,
        "Created": moment,
        "CurrentChangeToken": {"StringValue": f"1;3;{list_id};{site.next_number('change', 637751546675570000)};1"},
        "EntityTypeName": name if library else f"{name}List",
        "Id": list_id,
        "LastItemDeletedDate": moment,
        "LastItemModifiedDate": moment,
        "LastItemUserModifiedDate": moment,
        "ListItemEntityTypeFullName": f"SP.Data.{name}Item" if library else f"SP.Data.{name}ListItem",
        "ParentWebPath": {"DecodedUrl": site.path},
        "ParentWebUrl": site.path,
        "Title": title,
        "_url": url,
        "_path": f"Web/Lists(guid'{list_id}')",
    }
    doc = set_list(site, checked(doc, wanted or {}))
    site.put("list address", url.lower(), {"list": list_id})
    views.add_default_view(site, doc)
    return doc


def change_list(site: Site, doc: Doc, wanted: Doc) -> Doc:
    """Raises Fault for a property that a list does not have, or a title that is taken."""
    title = read_text(wanted, "Title", doc["Title"])
    other = site.find_titled("list", title)
    if other is not None and other["Id"] != doc["Id"]:
        raise list_exists()
    return set_list(site, checked(doc, wanted))


def set_list(site: Site, doc: Doc) -> Doc:
    site.put("list", doc["Id"], doc, title=doc["Title"])
    return doc


def remove_list(site: Site, doc: Doc) -> None:
    for item in items.list_items(site, doc):
        items.remove_item(site, doc, item)
    for kind in ("item", "field", "removed field", "view"):
        site.remove_all(kind, doc["Id"])
    permissions.restore_inheritance(site, doc["Id"])
    site.remove("list address", doc["_url"].lower())
    site.remove("list", doc["Id"])


def checked(doc: Doc, wanted: Doc, kind: str = "SP.List") -> Doc:
    """The document with the wanted properties, each known and of the type it has. Raises Fault."""
    for name, value in wanted.items():
        if name not in doc or name.startswith("_") or name in READ_ONLY - {"BaseTemplate"}:
            raise no_property(name, kind)
        check_type(doc[name], value)
    return {**doc, **wanted}


def _url_of(title: str, template: int) -> str:
    leaf = FORBIDDEN_IN_URL.sub("", title).strip() or "List"
    return leaf if template in AT_ROOT else f"Lists/{leaf}"


def _free_url(site: Site, url: str) -> str:
    number, free = 0, url
    while site.find("list address", free.lower()) is not None:
        number += 1
        free = f"{url}{number}"
    return free


def folder_doc(path: str, moment: str, unique: str) -> Doc:
    """A folder that is empty."""
    return {
        "Exists": True,
        "ExistsAllowThrowForPolicyFailures": True,
        "IsWOPIEnabled": False,
        "ItemCount": 0,
        "Name": path.rpartition("/")[2],
        "ProgID": None,
        "ServerRelativeUrl": path,
        "TimeCreated": moment,
        "TimeLastModified": moment,
        "UniqueId": unique,
        "WelcomePage": "",
    }


def folder_of(site: Site, doc: Doc) -> Entity:
    folder = {
        **folder_doc(site.under(doc["_url"]), doc["Created"], str(uuid.uuid5(uuid.UUID(doc["Id"]), "folder"))),
        "ItemCount": site.count("item", doc["Id"]),
        "TimeLastModified": doc["LastItemModifiedDate"],
        "_path": f"{doc['_path']}/RootFolder",
    }
    return Entity(FOLDER, folder)


def _default_view_url(site: Site, doc: Doc) -> str:
    view = views.find_default_view(site, doc)
    return "" if view is None else str(view["ServerRelativeUrl"])


FOLDER = EntityType("SP.Folder")
_VOLATILE = (
    "Created", "CurrentChangeToken", "EntityTypeName", "Id", "LastItemDeletedDate", "LastItemModifiedDate",
    "LastItemUserModifiedDate", "ListItemEntityTypeFullName", "ParentWebPath", "ParentWebUrl", "Title",
)  # fmt: skip
LIST = EntityType(
    "SP.List",
    plain=(*recorded("list"), *_VOLATILE),
    expansions={
        "fields": lambda site, doc: Rows(fields.FIELD, fields.list_fields(site, doc)),
        "views": lambda site, doc: Rows(views.VIEW, views.list_views(site, doc)),
        "items": lambda site, doc: Rows(items.ITEM, items.list_items(site, doc)),
        "rootfolder": folder_of,
        "roleassignments": lambda site, doc: Rows(
            permissions.ASSIGNMENT, permissions.list_assignments(site, doc["Id"])
        ),
    },
    computed={
        "ItemCount": lambda site, doc: site.count("item", doc["Id"]),
        "HasUniqueRoleAssignments": lambda site, doc: permissions.is_unique(site, doc["Id"]),
        "DefaultViewUrl": _default_view_url,
        "VersionPolicies": lambda _, __: dict(VERSION_POLICIES),
    },
)
