"""The verbs of a site script that work on the whole site."""

from __future__ import annotations

import uuid

from . import fields, groups, navigation, tenant_properties, users, webs
from .faults import Fault
from .rules import CAPABILITIES, Openness
from .script_lists import FIELD_TYPES
from .script_verbs import FLAG, NOTHING, NUMBER, OBJECT, TEXT, VERBS, Action, Done, Refused, invalid, verb
from .site import Doc, Site

__all__ = ["VERBS"]

COMPONENTS = ("QuickLaunch", "Hub", "Footer")
SHARING = {
    "Disabled": 0,
    "ExistingExternalUserSharingOnly": 3,
    "ExternalUserSharingOnly": 1,
    "ExternalUserAndGuestSharing": 2,
}
BRANDING: dict[str, tuple[str, Doc]] = {
    "navigationLayout": ("MegaMenuEnabled", {"Cascade": False, "Megamenu": True}),
    "headerLayout": ("HeaderLayout", {"Standard": 1, "Compact": 2}),
    "headerBackground": ("HeaderEmphasis", {"None": 0, "Neutral": 1, "Soft": 2, "Strong": 3}),
}


@verb(
    "addNavLink",
    needs={"displayName": TEXT, "url": TEXT},
    others={"navComponent": TEXT, "isWebRelative": FLAG, "parentDisplayName": TEXT, "parentUrl": TEXT},
)
def add_link(site: Site, _: Doc, action: Action) -> Done:
    """One link for each name and address in a place: again, it is left as it is."""
    name = action["displayName"]
    title = f"Add {name} to left nav"
    url = _address(site, action["url"], relative=action.get("isWebRelative", False))
    parent = _place(title, action)
    if action.get("parentDisplayName"):
        above = [node for node in navigation.list_nodes(site, parent) if node["Title"] == action["parentDisplayName"]]
        if not above:
            raise invalid(title, "parentDisplayName")
        parent = str(above[0]["Id"])
    if any(
        node["Title"] == name and node["Url"] == (url or navigation.HEADING)
        for node in navigation.list_nodes(site, parent)
    ):
        return Done(title, outcome=NOTHING)
    node = navigation.add_node(site, parent, name, url, external=url.lower().startswith("http"))
    return Done(title, node["Url"])


@verb("removeNavLink", needs={"displayName": TEXT}, others={"url": TEXT, "navComponent": TEXT, "isWebRelative": FLAG})
def remove_link(site: Site, _: Doc, action: Action) -> Done:
    title = f"Remove {action['displayName']} from left nav"
    wanted = _address(site, action.get("url", ""), relative=action.get("isWebRelative", False))
    for node in navigation.list_nodes(site, _place(title, action)):
        if node["Title"] == action["displayName"] and (not wanted or node["Url"].lower() == wanted.lower()):
            navigation.remove_node(site, node)
            return Done(title)
    return Done(title, outcome=NOTHING)


def _place(title: str, action: Action) -> str:
    place: str = action.get("navComponent") or "QuickLaunch"
    if place not in COMPONENTS:
        raise invalid(title, "navComponent")
    return place


def _address(site: Site, url: str, *, relative: bool) -> str:
    return site.under(url.lstrip("/")) if relative and url else url


@verb("applyTheme", others={"themeName": TEXT, "themeJson": OBJECT})
def apply_theme(site: Site, _: Doc, action: Action) -> Done:
    name = action.get("themeName") or ""
    title = f'Apply theme "{name}"'
    if not name and not action.get("themeJson"):
        raise invalid(title, "themeName")
    site.put_web({**site.web, "_theme": action.get("themeJson") or name})
    return Done(title)


@verb(
    "setRegionalSettings",
    needs={"sortOrder": NUMBER},
    others={"timeZone": NUMBER, "locale": NUMBER, "hourFormat": TEXT},
)
def set_regional_settings(site: Site, _: Doc, action: Action) -> Done:
    title = "Update site regional settings"
    if action.get("hourFormat", "24") not in ("12", "24"):
        raise invalid(title, "hourFormat")
    web = site.web
    settings = {**web["RegionalSettings"], "Collation": action["sortOrder"]}
    if "timeZone" in action:
        settings["TimeZone"] = {**settings["TimeZone"], "Id": action["timeZone"]}
        site.doc["TimeZoneId"] = action["timeZone"]
        site.store()
    if "locale" in action:
        settings["LocaleId"] = action["locale"]
    if "hourFormat" in action:
        settings["Time24"] = action["hourFormat"] == "24"
    site.put_web({**web, "RegionalSettings": settings})
    return Done(title)


@verb(
    "setSiteBranding",
    others={"navigationLayout": TEXT, "headerLayout": TEXT, "headerBackground": TEXT, "showFooter": FLAG},
)
def set_branding(site: Site, _: Doc, action: Action) -> Done:
    title = "Update branding"
    wanted: Doc = {}
    for parameter, (name, values) in BRANDING.items():
        if parameter in action:
            if action[parameter] not in values:
                raise invalid(title, parameter)
            wanted[name] = values[action[parameter]]
    if "showFooter" in action:
        wanted["FooterEnabled"] = action["showFooter"]
    webs.change_web(site, wanted)
    return Done(title)


@verb("setSiteLogo", needs={"url": TEXT})
def set_logo(site: Site, _: Doc, action: Action) -> Done:
    webs.change_web(site, {"SiteLogoUrl": action["url"]})
    return Done("Set site logo")


@verb(
    "createSiteColumn",
    needs={"fieldType": TEXT, "internalName": TEXT, "isRequired": FLAG},
    others={"displayName": TEXT, "id": TEXT, "group": TEXT, "enforceUnique": FLAG},
)
def create_column(site: Site, _: Doc, action: Action) -> Done:
    name = action["internalName"]
    title = f"Create site column {name}"
    if action["fieldType"] not in FIELD_TYPES:
        raise invalid(title, "fieldType")
    wanted = {"Id": action.get("id"), "Required": action["isRequired"], "Group": action.get("group")}
    field = fields.add_field(site, None, action["fieldType"], action.get("displayName") or name, wanted, name=name)
    return Done(title, None, field["Id"])


@verb("createSiteColumnXml", needs={"schemaXml": TEXT}, others={"pushChanges": FLAG})
def create_column_xml(site: Site, _: Doc, action: Action) -> Done:
    field = fields.add_field_xml(site, None, action["schemaXml"])
    return Done(f"Create site column {field['InternalName']}", None, field["Id"])


@verb(
    "createContentType", needs={"name": TEXT}, others={"description": TEXT, "hidden": FLAG, "id": TEXT, "group": TEXT}
)
def create_content_type(site: Site, _: Doc, action: Action) -> Done:
    name = action["name"]
    title = f'Create content type "{name}"'
    if sum(bool(action.get(key)) for key in ("parentName", "parentId", "id")) != 1:
        raise Refused(title, "Exactly one of parentName, parentId and id must be given.", -1)
    type_id = action.get("id") or f"{action.get('parentId') or '0x01'}00{uuid.uuid4().hex.upper()}"
    site.put("content type", type_id, {"id": type_id, "name": name}, title=name)
    return Done(title, None, type_id)


@verb("activateSPFeature", needs={"featureId": TEXT}, others={"scope": TEXT})
def activate_feature(site: Site, _: Doc, action: Action) -> Done:
    web, title = site.web, f"Activate feature {action['featureId']}"
    try:
        feature = str(uuid.UUID(action["featureId"]))
    except ValueError:
        raise invalid(title, "featureId") from None
    if feature in web["_features"]:
        return Done(title, outcome=NOTHING)
    site.put_web({**web, "_features": [*web["_features"], feature]})
    return Done(title)


@verb("setSiteExternalSharingCapability", needs={"capability": TEXT})
def set_sharing(site: Site, _: Doc, action: Action) -> Done:
    title = "Set site external sharing setting"
    if action["capability"] not in SHARING:
        raise invalid(title, "capability")
    level = SHARING[action["capability"]]
    tenant = CAPABILITIES[tenant_properties.load(site.state)["SharingCapability"]]
    if CAPABILITIES[level] > tenant:
        raise Refused(title, f"The organization allows no more than {_name_of(tenant)}.", -1)
    site.doc.update(SharingCapability=level, SiteDefinedSharingCapability=level)
    site.store()
    return Done(title)


def _name_of(openness: Openness) -> str:
    return next(name for name, level in SHARING.items() if CAPABILITIES[level] is openness)


@verb("addPrincipalToSPGroup", needs={"principal": TEXT, "group": TEXT})
def add_principal(site: Site, _: Doc, action: Action) -> Done:
    place = action["group"]
    title = f'Add "{action["principal"]}" to "{place}"'
    if place.lower() not in groups.ASSOCIATED:
        raise invalid(title, "group")
    found = users.ensure_user(site, action["principal"])
    if isinstance(found, Fault):
        raise Refused(title, found.message, found.code)
    groups.add_member(site, groups.ASSOCIATED[place.lower()], found)
    return Done(title)


@verb("joinHubSite", needs={"hubSiteId": TEXT}, others={"name": TEXT})
def join_hub(site: Site, _: Doc, action: Action) -> Done:
    title = f'Add to hub "{action.get("name", "")}"'
    try:
        hub = str(uuid.UUID(action["hubSiteId"]))
    except ValueError:
        raise invalid(title, "hubSiteId") from None
    site.doc["HubSiteId"] = hub
    site.store()
    return Done(title)
