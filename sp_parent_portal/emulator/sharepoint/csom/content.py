"""SP.RequestContext.Current, its site and its web."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import webs
from ..faults import NoSuchSite, Unplayed
from ..site import Doc, Site, find_site_by_id, recorded
from .lists import show_lists
from .things import CONTENT_OBJECTS, STORES, Thing, kind_of

if TYPE_CHECKING:
    from ...app import Emulator

REQUEST_CONTEXT = "{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}"
CONTEXT = kind_of("SP.RequestContext", (), types={})
WEB = kind_of(
    "SP.Web",
    ("Description", "Id", "Language", "ServerRelativeUrl", "Title", "Url", "WebTemplate"),
    types={"Id": "Guid", "Created": "DateTime"},
)
SITE = kind_of(
    "SP.Site",
    tuple(recorded("csom_site")),
    types={
        "ChannelGroupId": "Guid",
        "Classification": "String",
        "DisableAppViews": "Boolean",
        "DisableCompanyWideSharingLinks": "Boolean",
        "DisableFlows": "Boolean",
        "GroupId": "Guid",
        "HubSiteId": "Guid",
        "Id": "Guid",
        "SensitivityLabel": "Guid",
        "ShareByEmailEnabled": "Boolean",
        "UpgradeReminderDate": "DateTime",
        "UpgradeScheduledDate": "DateTime",
    },
)


def find_static(home: Site | None, type_id: str, name: str) -> Thing:
    """Raises NoSuchSite and Unplayed."""
    if type_id != REQUEST_CONTEXT or name != "Current":
        raise Unplayed(f"the CSOM static property {type_id} {name}")
    if home is None:
        raise NoSuchSite
    return Thing(CONTEXT, children={"Site": show_site(home), "Web": show_web(home)})


def recall(emulator: Emulator, text: str) -> Thing:
    """`site:<id>` or `site:<id>:web:<id>`. Raises NoSuchSite and Unplayed."""
    names = text.split(":")
    site = find_site_by_id(emulator, names[1]) if len(names) > 1 else None
    if names[0] != "site" or len(names) not in (2, 4) or names[2:3] not in ([], ["web"]):
        raise Unplayed("a CSOM identity other than a site's or a web's")
    if site is None:
        raise NoSuchSite
    return show_site(site) if len(names) == 2 else show_web(site)


def show_site(site: Site) -> Thing:
    doc: Doc = {
        **recorded("csom_site"),
        **{name: value for name, value in webs.site_doc(site).items() if name in SITE.plain},
        "CurrentChangeToken": {"_ObjectType_": "SP.ChangeToken", "StringValue": f"1;1;{site.id};637751635113570000;1"},
        "PrimaryUri": site.url,
        "ResourcePath": {"_ObjectType_": "SP.ResourcePath", "DecodedUrl": site.url},
        "ServerRelativeUrl": site.path,
        "Url": site.url,
    }
    identity = f"{CONTENT_OBJECTS}:site:{site.id}"
    return Thing(SITE, doc, identity, site, children={"RootWeb": show_web(site)})


def show_web(site: Site) -> Thing:
    doc = {name: value for name, value in site.web.items() if isinstance(value, str | int) and not name.startswith("_")}
    identity = f"{CONTENT_OBJECTS}:site:{site.id}:web:{doc['Id']}"
    return Thing(WEB, doc, identity, site, children={"Lists": show_lists(site)})


def _store_site(_: Emulator, thing: Thing) -> None:
    site: Site = thing.subject
    site.doc["_site"] = {**site.doc.get("_site", {}), **thing.set}
    site.store()


STORES[SITE.name] = _store_site
