"""The hidden list of the admin host in which tenant administration keeps a row for each site, deleted ones too."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ..answers import EntityType, Stream
from ..routes import ADMIN, Answer, Call, endpoint
from ..site import Doc, Site, list_sites
from .items import cut_page

if TYPE_CHECKING:
    from ...app import Emulator

FOLDER = "/Lists/DO_NOT_DELETE_SPLIST_TENANTADMIN_AGGREGATED_SITECO"
ROW = EntityType(
    "SP.Data.DO_x005f_NOT_x005f_DELETE_x005f_SPLIST_x005f_TENANTADMIN_x005f_AGGREGATED_x005f_SITECOListItem"
)
FIRST = 1
LIMIT = re.compile(r"<RowLimit[^>]*>\s*(\d+)\s*</RowLimit>", re.IGNORECASE)


def _sites(emulator: Emulator) -> list[Site]:
    return [*list_sites(emulator), *list_sites(emulator, deleted=True)]


@endpoint("GET", "web/aggregatedsites/items", needs=ADMIN, service=True)
def list_rows(call: Call) -> Answer:
    """In pages, as items of a list."""
    docs = [_item(number, site) for number, site in enumerate(_sites(call.emulator), FIRST)]
    if call.options.test is not None:
        docs = [doc for doc in docs if call.options.test(doc)]
    return cut_page(call, ROW, docs)


def _item(number: int, site: Site) -> Doc:
    return {
        "Id": number,
        "ID": number,
        "Title": site.doc["Title"],
        "SiteUrl": site.url,
        "SiteId": site.id,
        "GroupId": site.doc["GroupId"],
        "TimeCreated": site.doc["CreatedTime"],
        "TimeDeleted": site.doc.get("_deleted"),
        "TemplateName": site.doc["Template"],
        "StorageQuota": site.doc["StorageMaximumLevel"] * 1048576.0,
        "StorageUsed": site.doc["StorageUsage"] * 1048576.0,
        "_path": f"Web/Lists/GetByTitle('DO_NOT_DELETE_SPLIST_TENANTADMIN_AGGREGATED_SITECOLLECTIONS')/Items({number})",
    }


@endpoint("POST", "web/aggregatedsites/renderlistdataasstream", needs=ADMIN, service=True, reads=True)
def render_rows(call: Call) -> Answer:
    """A page of rows; of what a CAML view asks for only its RowLimit is played, all rows come without one."""
    wanted = call.body.get("parameters") or {}
    rows = [_row(number, site) for number, site in enumerate(_sites(call.emulator), FIRST)]
    found = LIMIT.search(str(wanted.get("ViewXml") or ""))
    limit = int(found[1]) if found is not None else len(rows)
    token = parse_qs(str(wanted.get("Paging") or "").lstrip("?"))
    first = int(token["p_ID"][0]) if "p_ID" in token else 0
    page = rows[first : first + limit]
    more = (
        {"NextHref": f"?Paged=TRUE&p_ID={first + limit}&PageFirstRow={first + limit + 1}"}
        if rows[first + limit :]
        else {}
    )
    return Stream(
        {
            "Row": page,
            "FirstRow": first + FIRST,
            **more,
            "FolderPermissions": "0x7ffffffffffbffff",
            "LastRow": first + len(page),
            "RowLimit": 30 if found is None else limit,
            "FilterLink": "?",
            "ForceNoHierarchy": "1",
            "HierarchyHasIndention": "",
            "CurrentFolderSpItemUrl": "",
        }
    )


def _row(number: int, site: Site) -> Doc:
    address = f"{FOLDER}/{number}_.000"
    quota, used = site.doc["StorageMaximumLevel"] * 1048576, site.doc["StorageUsage"] * 1048576
    deleted = site.doc.get("_deleted")
    return {
        "ID": str(number),
        "PermMask": "0x7ffffffffffbffff",
        "FSObjType": "0",
        "UniqueId": _braced(site.id),
        "ContentTypeId": "0x0100B2BE52A6F7BCB54ABE078FF9835C2473",
        "FileRef": address,
        "FileRef.urlencode": address.replace("/", "%2F").replace("_", "%5F").replace(".", "%2E"),
        "FileRef.urlencodeasurl": address,
        "FileRef.urlencoding": address,
        "FileRef.scriptencodeasurl": address.replace("/", "\\u002f"),
        "Attachments": "0",
        "SMTotalSize": "934",
        "_CommentFlags": "",
        "_CommentCount": "",
        "SiteUrl": site.url,
        "Title": site.doc["Title"],
        "SiteId": _braced(site.id),
        "GroupId": _braced(site.doc["GroupId"]),
        "CreatedBy": site.doc["OwnerName"],
        "DeletedBy": site.doc["OwnerName"] if deleted else "",
        "TimeCreated": _spoken(site.doc["CreatedTime"]),
        "TimeCreated.": site.doc["CreatedTime"],
        "TimeDeleted": _spoken(deleted) if deleted else "",
        "TimeDeleted.": deleted or "",
        "SiteOwnerName": site.doc["OwnerName"],
        "SiteOwnerEmail": site.doc["OwnerEmail"],
        "StorageQuota": f"{quota:,}",
        "StorageQuota.": f"{quota:.2f}",
        "StorageUsed": f"{used:,}",
        "StorageUsed.": f"{used:.8f}",
        "TemplateName": site.doc["Template"],
        "ItemChildCount": "0",
        "FolderChildCount": "0",
        "ScopeId": "{9E87AD3F-1C9C-4156-AAF7-B5E2C65F0DD1}",
        "owshiddenversion": "3",
        "Restricted": "",
    }


def _braced(guid: str) -> str:
    return f"{{{guid.upper()}}}"


def _spoken(moment: str) -> str:
    """`7/18/2023 12:21 AM`."""
    at = datetime.fromisoformat(moment)
    return f"{at.month}/{at.day}/{at.year} {at:%I:%M %p}".replace(" 0", " ")
