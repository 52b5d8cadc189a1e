"""Files and folders of a site's libraries. A file is an item of its library too; its ids for Microsoft Graph follow
from its site, library and own id, as recorded: `b!` + base64url(site, web, list) and `01` + base32(4 bytes, file)."""

from __future__ import annotations

import base64
import hashlib
import uuid

from . import items, lists
from .answers import Entity, EntityType
from .faults import Fault, bad_value, no_file, no_list_id, outside_web
from .site import Doc, Site

DRAFT, CHECKED_OUT, PUBLISHED = 2, 255, 1
FOLDER_OF_PAGES = "SitePages"


def resolve(site: Site, path: object) -> str:
    """A server-relative path, from one that is relative to the site or to the server. Raises Fault outside the site."""
    text = str(path)
    if not text.startswith("/"):
        return site.under(text)
    if not f"{text.lower()}/".startswith(f"{site.path.lower().rstrip('/')}/"):
        raise outside_web()
    return text


def library_of(site: Site, path: str) -> Doc:
    """The library that a path is in. Raises Fault."""
    inside = path[len(site.path.rstrip("/")) :].strip("/").lower()
    for doc in lists.all_lists(site):
        if doc["BaseType"] == 1 and f"{inside}/".startswith(f"{doc['_url'].lower()}/"):
            return doc
    raise no_list_id()


def add_file(site: Site, folder: str, name: str, content: bytes, *, overwrite: bool = False) -> Doc:
    """Raises Fault where the folder is in no library, or the name is taken."""
    path = f"{resolve(site, folder).rstrip('/')}/{name}"
    library = library_of(site, path)
    known = site.find("file", path.lower())
    if known is not None and not overwrite:
        raise Fault(
            400, -2130575257, "Microsoft.SharePoint.SPException", f"A file with the name {path} already exists."
        )
    item = items.get_item(site, library, known["_item"]) if known else _add_item(site, library)
    unique = known["UniqueId"] if known else str(uuid.uuid4())
    version = known["MajorVersion"] + 1 if known else 1
    doc = {**_new_file(site, path, unique), **_size_and_version(unique, len(content), version)}
    doc |= {
        "_item": item["Id"],
        "_list": library["Id"],
        "_path": f"Web/GetFileByServerRelativePath(decodedurl='{path}')",
    }
    site.put("file content", unique, {"base64": base64.b64encode(content).decode()})
    return set_file(site, doc)


def _add_item(site: Site, library: Doc) -> Doc:
    item = items.add_item(site, library, {})
    return items.set_item(site, {**item, "ContentTypeId": "0x0101"})


def _new_file(site: Site, path: str, unique: str) -> Doc:
    name, moment = path.rpartition("/")[2], site.now()
    link = f"https://{site.emulator.tenant.host}{path}?d=w{unique.replace('-', '')}"
    office = name.lower().endswith((".docx", ".xlsx", ".pptx"))
    return {
        "CheckInComment": "",
        "CheckOutType": DRAFT,
        "CustomizedPageStatus": 0,
        "Exists": True,
        "ExistsAllowThrowForPolicyFailures": True,
        "IrmEnabled": False,
        "Level": PUBLISHED,
        "LinkingUri": link if office else None,
        "LinkingUrl": link if office else "",
        "Name": name,
        "ServerRelativeUrl": path,
        "TimeCreated": moment,
        "TimeLastModified": moment,
        "Title": "",
        "UniqueId": unique,
    }


def _size_and_version(unique: str, length: int, version: int) -> Doc:
    braced = f"{{{unique.upper()}}}"
    return {
        "ContentTag": f"{braced},{version},{version + 1}",
        "ETag": f'"{braced},{version}"',
        "Length": str(length),
        "MajorVersion": version,
        "MinorVersion": 0,
        "UIVersion": 512 * version,
        "UIVersionLabel": f"{version}.0",
    }


def set_file(site: Site, doc: Doc) -> Doc:
    key = doc["ServerRelativeUrl"].lower()
    site.put("file", key, doc, title=doc["Name"])
    site.put("file place", doc["UniqueId"], {"key": key})
    return doc


def find_file_by_id(site: Site, unique: str) -> Doc | None:
    place = site.find("file place", unique.strip("{}").lower())
    return None if place is None else site.find("file", place["key"])


def get_file(site: Site, key: object, by: str) -> Doc:
    """By path or id. Raises Fault."""
    path = str(key) if by == "id" else resolve(site, key)
    doc = find_file_by_id(site, path) if by == "id" else site.find("file", path.lower())
    if doc is None:
        raise no_file(path)
    return doc


def remove_file(site: Site, doc: Doc) -> None:
    items.remove_item(site, get_library(site, doc), get_item(site, doc))
    site.remove("file", doc["ServerRelativeUrl"].lower())
    site.remove("file place", doc["UniqueId"])
    site.remove("file content", doc["UniqueId"])


def read_content(site: Site, doc: Doc) -> bytes:
    return base64.b64decode((site.find("file content", doc["UniqueId"]) or {"base64": ""})["base64"])


def list_files(site: Site, folder: str) -> list[Doc]:
    """Directly in the folder."""
    parent = f"{folder.lower().rstrip('/')}/"
    return [doc for doc in site.each("file") if doc["ServerRelativeUrl"].lower().rpartition("/")[0] + "/" == parent]


def get_library(site: Site, doc: Doc) -> Doc:
    return lists.get_list(site, doc["_list"], "id")


def get_item(site: Site, doc: Doc) -> Doc:
    """The file's item. Raises Fault."""
    return items.get_item(site, get_library(site, doc), doc["_item"])


# ---- folders


def get_folder(site: Site, key: object, by: str) -> Entity:
    """A library's own folder, or one in it, by path or id. Raises Fault."""
    if by == "id":
        found = next((doc for doc in site.each("folder") if doc["UniqueId"] == str(key).strip("{}").lower()), None)
        path = "" if found is None else found["ServerRelativeUrl"]
    else:
        path = resolve(site, key).rstrip("/")
    address = site.find("list address", path.removeprefix(site.path).strip("/").lower())
    if address is not None:
        return lists.folder_of(site, lists.get_list(site, address["list"], "id"))
    folder = site.find("folder", path.lower())
    if folder is None:
        raise Fault(404, -2147024894, "System.IO.FileNotFoundException", "File Not Found.")
    return Entity(lists.FOLDER, folder)


def add_folder(site: Site, parent: str, name: str) -> Doc:
    """Raises Fault where it is in no library."""
    if not name:
        raise bad_value("Value cannot be null.\r\nParameter name: decodedUrl")
    path = resolve(site, name) if name.startswith("/") else f"{parent.rstrip('/')}/{name}"
    library_of(site, path)
    folder = {
        **lists.folder_doc(path, site.now(), str(uuid.uuid4())),
        "_path": f"Web/GetFolderByServerRelativePath(decodedurl='{path}')",
    }
    site.put("folder", path.lower(), folder, title=folder["Name"])
    return folder


# ---- ids that Microsoft Graph knows them by


def drive_id(site: Site, list_id: str) -> str:
    parts = (uuid.UUID(part).bytes_le for part in (site.id, site.web["Id"], list_id))
    return "b!" + base64.urlsafe_b64encode(b"".join(parts)).decode()


def read_drive_id(text: str) -> tuple[str, str] | None:
    """The ids of the site and the library; None where it is no drive's id."""
    try:
        data = base64.urlsafe_b64decode(text.removeprefix("b!"))
    except ValueError:
        return None
    ids = [str(uuid.UUID(bytes_le=data[start : start + 16])) for start in (0, 16, 32)] if len(data) == 48 else []
    return (ids[0], ids[2]) if ids and text.startswith("b!") else None


def item_id(site: Site, doc: Doc) -> str:
    mark = hashlib.sha256(drive_id(site, doc["_list"]).encode()).digest()[:4]
    return "01" + base64.b32encode(mark + uuid.UUID(doc["UniqueId"]).bytes_le).decode()


def read_item_id(text: str) -> str | None:
    """The file's own id; None where it is no item's id."""
    try:
        data = base64.b32decode(text.removeprefix("01"))
    except ValueError:
        return None
    return str(uuid.UUID(bytes_le=data[4:])) if len(data) == 20 and text.startswith("01") else None


FILE = EntityType(
    "SP.File",
    expansions={"listitemallfields": lambda site, doc: Entity(items.ITEM, get_item(site, doc))},
    computed={
        "ListId": lambda _, doc: doc["_list"],
        "SiteId": lambda site, _: site.id,
        "VroomDriveID": lambda site, doc: drive_id(site, doc["_list"]),
        "VroomItemID": item_id,
        "WebId": lambda site, _: site.web["Id"],
    },
)
