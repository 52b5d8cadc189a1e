"""How a site comes into the world: what a new team site without a group (STS#3) holds, and a communication site.

Lists, groups, permission levels and their ids are as recorded; the quick launch of an STS#3 site and which of its lists
are hidden is assumed where no recording shows it (COVERAGE.md).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import groups, lists, navigation, permissions, users, webs
from .site import ZERO, Doc, Site, clone_id, find_site, recorded

if TYPE_CHECKING:
    from ..app import Emulator

COMMUNICATION = "SITEPAGEPUBLISHING#0"
RECORDED_COMMUNICATION_WEB = "cb1cd20f-159e-4969-8da9-6ebad6423acf"


@dataclass(frozen=True, slots=True)
class FirstList:
    title: str
    url: str
    template: int
    hidden: bool = True


FIRST_LISTS = (
    FirstList("appdata", "_catalogs/appdata", 125),
    FirstList("appfiles", "_catalogs/appfiles", 126),
    FirstList("Composed Looks", "_catalogs/design", 124),
    FirstList("Converted Forms", "IWConvertedForms", 10102),
    FirstList("Documents", "Shared Documents", 101, hidden=False),
    FirstList("Form Templates", "FormServerTemplates", 101, hidden=False),
    FirstList("List Template Gallery", "_catalogs/lt", 114),
    FirstList("Maintenance Log Library", "_catalogs/MaintenanceLogs", 175),
    FirstList("Master Page Gallery", "_catalogs/masterpage", 116),
    FirstList("Sharing Links", "Sharing Links", 3300),
    FirstList("Site Assets", "SiteAssets", 101, hidden=False),
    FirstList("Site Pages", "SitePages", 119, hidden=False),
    FirstList("Solution Gallery", "_catalogs/solutions", 121),
    FirstList("Style Library", "Style Library", 101, hidden=False),
    FirstList("TaxonomyHiddenList", "Lists/TaxonomyHiddenList", 100),
    FirstList("Theme Gallery", "_catalogs/theme", 123),
    FirstList("User Information List", "_catalogs/users", 112),
    FirstList("Web Part Gallery", "_catalogs/wp", 113),
    FirstList("Web Template Extensions", "Lists/Web Template Extensions", 3415),
)
FIRST_NODES = (
    (1031, "Home", ""),
    (2003, "Documents", "Shared Documents/Forms/AllItems.aspx"),
    (2004, "Pages", "SitePages/Forms/ByAuthor.aspx"),
    (2002, "Site contents", "_layouts/15/viewlsts.aspx"),
)
ROLES = {"owners": permissions.FULL_CONTROL, "members": permissions.EDIT, "visitors": permissions.READ}


def create_site(
    emulator: Emulator,
    url: str,
    title: str,
    owner: str,
    template: str = "STS#3",
    sharing: int = 0,
    *,
    description: str = "",
    lcid: int = 1033,
) -> Site:
    """A finished site. `owner` is a sign-in name or address, `sharing` SharePoint's integer. Raises ValueError where
    the address is taken, in the recycle bin too."""
    if is_taken(emulator, url):
        raise ValueError("the address is taken")
    with emulator.state.work():
        site = Site(emulator, str(uuid.uuid4()), url.rstrip("/"), {})
        site.doc = _site_doc(site, title, description, template, sharing, lcid)
        site.put_web(_web_doc(site, title, description, template, lcid))
        _plant_people(site, owner, title)
        for first in FIRST_LISTS:
            lists.add_list(
                site,
                first.title,
                first.template,
                url=first.url,
                list_id=clone_id(template, first.title),
                wanted={"Hidden": first.hidden, "IsCatalog": first.url.startswith("_catalogs")},
            )
        for number, name, address in FIRST_NODES:
            navigation.add_node(site, "QuickLaunch", name, site.under(address).rstrip("/") or "/", number=number)
        site.store()
    return site


def is_taken(emulator: Emulator, url: str) -> bool:
    from .administration import is_over

    deleted = find_site(emulator, url, deleted=True)
    return find_site(emulator, url) is not None or (deleted is not None and not is_over(deleted))


def advance(site: Site) -> bool:
    """One look at a site: whether it is still provisioning."""
    left = site.doc.get("_status_polls", 0)
    if left:
        site.doc["_status_polls"] = left - 1
        site.store()
    return bool(left)


def _plant_people(site: Site, owner: str, title: str) -> None:
    permissions.plant_roles(site)
    for login, name, number in (
        ("SHAREPOINT\\system", "System Account", 1073741823),
        ("i:0i.t|00000003-0000-0ff1-ce00-000000000000|app@sharepoint", "SharePoint App", users.APP_NUMBER),
    ):
        users.plant(site, login, name, number)
    names = {place: f"{title} {place.capitalize()}" for place in ROLES}
    for place in ("owners", "visitors", "members"):
        groups.add_group(site, names[place], None, names["owners"], number=groups.ASSOCIATED[place])
        permissions.add_grant(site, "", groups.ASSOCIATED[place], ROLES[place])
    user = users.add_owner(site, owner)
    groups.add_member(site, groups.ASSOCIATED["owners"], user)
    site.doc.update(
        Owner=user["UserPrincipalName"] or owner,
        OwnerEmail=user["Email"],
        OwnerLoginName=user["LoginName"],
        OwnerName=user["Title"],
    )


def _site_doc(site: Site, title: str, description: str, template: str, sharing: int, lcid: int) -> Doc:
    moment = site.now()
    return {
        **recorded("site_properties"),
        "ArchiveStatus": "NotArchived",
        "CreatedTime": moment,
        "Description": description,
        "GroupOwnerLoginName": f"c:0o.c|federateddirectoryclaimprovider|{ZERO}_o",
        "LastContentModifiedDate": moment,
        "Lcid": lcid,
        "SharingCapability": sharing,
        "SiteDefinedSharingCapability": sharing,
        "SiteId": site.id,
        "Template": template,
        "Title": title,
        "Url": site.url,
    }


def _web_doc(site: Site, title: str, description: str, template: str, lcid: int) -> Doc:
    moment = site.now()
    communication = template == COMMUNICATION
    web_id = RECORDED_COMMUNICATION_WEB if communication else clone_id(template, "web")
    name, _, configuration = template.partition("#")
    master = site.under("_catalogs/masterpage/seattle.master")
    return {
        **recorded("web")["plain"],
        **webs.NAMED,
        "Configuration": int(configuration or 0),
        "Created": moment.removesuffix("Z"),
        "CurrentChangeToken": {"StringValue": f"1;2;{web_id};637751551670470000;1"},
        "CustomMasterUrl": master,
        "Description": description,
        "Id": web_id,
        "Language": lcid,
        "LastItemModifiedDate": moment,
        "LastItemUserModifiedDate": moment,
        "MasterUrl": master,
        "ResourcePath": {"DecodedUrl": site.url},
        "ServerRelativeUrl": site.path,
        "Title": title,
        "Url": site.url,
        "WebTemplate": name,
        "_path": "Web",
    }
