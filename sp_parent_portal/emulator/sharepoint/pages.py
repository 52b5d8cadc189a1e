"""Modern pages of a site: files of Site Pages whose item holds the canvas."""

from __future__ import annotations

from . import files, items
from .answers import EntityType
from .faults import bad_value, no_item
from .reading import read_text
from .site import Doc, Site

MODERN = "b6917cb1-93a0-4b97-a84d-7cf49975d4ec"
CONTENT_TYPE = "0x0101009D1CB255DA76424F860D91F20E6C4118"
THUMBNAIL = "/_layouts/15/images/sitepagethumbnail.png"
# JSON even where nothing is on the page: clients parse it without asking (assumed).
EMPTY_CANVAS = '[{"controlType":0,"pageSettingsSlice":{"isDefaultDescription":true,"isDefaultThumbnail":true}}]'
SAVED = ("Title", "Description", "CanvasContent1", "LayoutWebpartsContent", "TopicHeader", "BannerImageUrl")
NEW_FILE: Doc = {
    "CheckOutType": 0,
    "CustomizedPageStatus": 1,
    "ExistsWithException": True,
    "Level": files.CHECKED_OUT,
    "MajorVersion": 0,
    "MinorVersion": 1,
    "Title": None,
    "UIVersion": 1,
    "UIVersionLabel": "0.1",
}
PAGE = EntityType("SP.Publishing.SitePage")


def add_page_file(site: Site, folder: str, name: str) -> Doc:
    """The file of a new page, checked out. Raises Fault where the name is taken."""
    doc = files.add_file(site, folder, name, b"")
    tag = doc["ContentTag"].rpartition(",")[0]
    doc = files.set_file(site, {**doc, **NEW_FILE, "ContentTag": f"{tag},0"})
    item = files.get_item(site, doc)
    items.set_item(
        site,
        {
            **item,
            "ContentTypeId": CONTENT_TYPE,
            "ClientSideApplicationId": MODERN,
            "PageLayoutType": "Article",
            "PromotedState": 0,
            "FirstPublishedDate": None,
            "CanvasContent1": EMPTY_CANVAS,
            "LayoutWebpartsContent": "",
            "Description": None,
            "TopicHeader": None,
            "CommentsDisabled": False,
            "BannerImageUrl": {
                "Description": THUMBNAIL,
                "Url": f"https://{site.emulator.tenant.host}{THUMBNAIL}",
            },
            "FileLeafRef": name,
        },
    )
    return doc


def create_page(site: Site, wanted: Doc) -> Doc:
    """Raises Fault where the name is taken."""
    name = read_text(wanted, "Name") or _free_name(site)
    file = add_page_file(site, site.under(files.FOLDER_OF_PAGES), name)
    item = files.get_item(site, file)
    given = {key: wanted[key] for key in ("PageLayoutType", "PromotedState", "Title") if wanted.get(key) is not None}
    items.set_item(site, {**item, **given})
    return show(site, file)


def _free_name(site: Site) -> str:
    taken = {doc["Name"].lower() for doc in list_page_files(site)}
    number, name = 0, "Page.aspx"
    while name.lower() in taken:
        number += 1
        name = f"Page({number}).aspx"
    return name


def list_page_files(site: Site) -> list[Doc]:
    found = files.list_files(site, site.under(files.FOLDER_OF_PAGES))
    return [doc for doc in found if files.get_item(site, doc).get("ClientSideApplicationId") == MODERN]


def get_page_file(site: Site, key: object, by: str) -> Doc:
    """By the number of its item, or its address. Raises Fault."""
    if by == "url":
        return files.get_file(site, key, "path")
    found = next((doc for doc in list_page_files(site) if str(doc["_item"]) == str(key)), None)
    if found is None:
        raise no_item()
    return found


def save(site: Site, file: Doc, wanted: Doc) -> None:
    """Canvas and title as sent; web parts are not looked at, as at the real service."""
    item = files.get_item(site, file)
    given = {name: wanted[name] for name in SAVED if name in wanted}
    if isinstance(given.get("BannerImageUrl"), str):
        given["BannerImageUrl"] = {"Description": given["BannerImageUrl"], "Url": given["BannerImageUrl"]}
    items.set_item(site, {**item, **given, "Modified": site.now()})


def publish(site: Site, file: Doc) -> None:
    major = file["MajorVersion"] + 1
    label = {"UIVersion": 512 * major, "UIVersionLabel": f"{major}.0", "MajorVersion": major, "MinorVersion": 0}
    files.set_file(site, {**file, **label, "CheckOutType": 2, "Level": files.PUBLISHED})
    item = files.get_item(site, file)
    items.set_item(site, {**item, "FirstPublishedDate": item["FirstPublishedDate"] or site.now()})


def promote(site: Site, file: Doc) -> None:
    """To news. Raises Fault for a page that was never published (assumed, as people found it)."""
    item = files.get_item(site, file)
    if not file["MajorVersion"]:
        raise bad_value("The page must be published before it can be promoted.")
    items.set_item(site, {**item, "PromotedState": 2})


def check_out(site: Site, file: Doc, *, out: bool) -> Doc:
    level = files.CHECKED_OUT if out else files.DRAFT
    return files.set_file(site, {**file, "CheckOutType": 0 if out else 2, "Level": level})


def show(site: Site, file: Doc) -> Doc:
    """A page as `sitepages/pages` shows it."""
    item = files.get_item(site, file)
    path = file["ServerRelativeUrl"]
    return {
        "AbsoluteUrl": f"https://{site.emulator.tenant.host}{path}",
        "AuthorByline": [],
        "BannerImageUrl": item["BannerImageUrl"]["Url"],
        "BannerThumbnailUrl": item["BannerImageUrl"]["Url"],
        "CanvasContent1": item["CanvasContent1"],
        "CommentsDisabled": item["CommentsDisabled"],
        "Description": item["Description"],
        "FileName": file["Name"],
        "FirstPublished": item["FirstPublishedDate"] or "0001-01-01T00:00:00Z",
        "Id": item["Id"],
        "IsPageCheckedOutToCurrentUser": file["CheckOutType"] == 0,
        "IsWebWelcomePage": site.web.get("_welcome", "").lower() == f"sitepages/{file['Name']}".lower(),
        "Language": "en-us",
        # JSON here too, though the item's own column is empty: clients parse it (assumed).
        "LayoutWebpartsContent": item["LayoutWebpartsContent"] or "[]",
        "ListId": file["_list"],
        "Modified": item["Modified"],
        "PageLayoutType": item["PageLayoutType"],
        "Path": {"DecodedUrl": f"SitePages/{file['Name']}"},
        "PromotedState": item["PromotedState"],
        "Title": item["Title"],
        "TopicHeader": item["TopicHeader"],
        "UniqueId": file["UniqueId"],
        "Url": f"SitePages/{file['Name']}",
        "Version": file["UIVersionLabel"],
        "VersionInfo": {"LastVersionCreated": file["TimeLastModified"], "LastVersionCreatedBy": ""},
        "_path": f"SitePages/Pages({item['Id']})",
    }
