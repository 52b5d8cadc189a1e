"""SP.RequestContext.Current, its site and its web."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import webs
from ..faults import NoSuchSite, Unplayed
from ..site import Doc, Site, find_site_by_id, recorded
from . import lists
from .entities import REGIONAL, TIME_ZONE, WEB, site_identity, web_identity
from .things import STORES, Thing, child, kind_of, method

if TYPE_CHECKING:
    from ...app import Emulator

REQUEST_CONTEXT = "{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}"
CONTEXT = kind_of("SP.RequestContext", (), types={})
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
    return Thing(CONTEXT, subject=home)


def recall(emulator: Emulator, text: str) -> Thing:
    """`site:<id>`, `site:<id>:web:<id>` or `site:<id>:web:<id>:list:<id>`. Raises Fault, NoSuchSite and Unplayed."""
    names = text.split(":")
    site = find_site_by_id(emulator, names[1]) if len(names) > 1 else None
    if names[::2] not in (["site"], ["site", "web"], ["site", "web", "list"]) or len(names) % 2:
        raise Unplayed("a CSOM identity other than a site's, a web's or a list's")
    if site is None:
        raise NoSuchSite
    if len(names) == 6:
        return lists.find_list(site, names[5], "id")
    return show_site(site) if len(names) == 2 else show_web(site)


@child(CONTEXT, "Site")
def site_of_context(context: Thing) -> Thing:
    return show_site(context.subject)


@child(CONTEXT, "Web")
def web_of_context(context: Thing) -> Thing:
    return show_web(context.subject)


@child(SITE, "RootWeb")
def root_web(site: Thing) -> Thing:
    return show_web(site.subject)


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
    return Thing(SITE, doc, site_identity(site), site)


def show_web(site: Site) -> Thing:
    return WEB.show(site, site.web, identity=web_identity(site), subject=site, refresh=lambda: site.web)


def _store_site(_: Emulator, thing: Thing) -> None:
    site: Site = thing.subject
    site.doc["_site"] = {**site.doc.get("_site", {}), **thing.set}
    site.store()


STORES[SITE.name] = _store_site


@method(WEB.kind, "Update")
def update_web(_: Emulator, thing: Thing, __: tuple[Any, ...]) -> None:
    webs.change_web(thing.subject, thing.set)
    thing.set.clear()


@child(WEB.kind, "RegionalSettings")
def regional_settings(web: Thing) -> Thing:
    site: Site = web.subject
    return REGIONAL.show(site, site.web["RegionalSettings"], subject=site)


@child(REGIONAL.kind, "TimeZone")
def time_zone(regional: Thing) -> Thing:
    return TIME_ZONE.show(regional.subject, regional.doc["TimeZone"])
