"""What an item says of who it is shared with: its links, one row for each kind of link, and the principals that hold a
level on it."""

from __future__ import annotations

from . import domains, groups, items, permissions, users
from .rules import CAPABILITIES, Openness, effective_sharing
from .site import ZERO, Doc, Site

# Kinds in the order of the recording: Flexible, then those without a link yet.
KINDS = (6, 5, 4, 3, 2)
LINK_KINDS = {("organization", "view"): 2, ("organization", "edit"): 3, ("anonymous", "view"): 4,
              ("anonymous", "edit"): 5, ("users", "view"): 6, ("users", "edit"): 6}  # fmt: skip
SCOPES = {"anonymous": 0, "organization": 1, "users": 2}
VIEW, EDIT, OWNER = 1, 2, 3
NO_LINK: Doc = {
    "AllowsAnonymousAccess": False,
    "ApplicationId": None,
    "BlocksDownload": False,
    "Created": "",
    "CreatedBy": None,
    "Description": None,
    "Embeddable": False,
    "Expiration": "",
    "HasExternalGuestInvitees": False,
    "Invitations": [],
    "IsActive": False,
    "IsAddressBarLink": False,
    "IsCreateOnlyLink": False,
    "IsDefault": True,
    "IsEditLink": False,
    "IsFormsLink": False,
    "IsReviewLink": False,
    "IsUnhealthy": False,
    "LastModified": "",
    "LastModifiedBy": None,
    "LimitUseToApplication": False,
    "LinkKind": 0,
    "PasswordLastModified": "",
    "PasswordLastModifiedBy": None,
    "RedeemedUsers": [],
    "RequiresPassword": False,
    "RestrictedShareMembership": False,
    "Scope": -1,
    "ShareId": ZERO,
    "ShareTokenString": None,
    "SharingLinkStatus": 0,
    "TrackLinkUsers": False,
    "Url": None,
}


def find_file(site: Site, item: Doc) -> Doc | None:
    """The file that an item of a library is of."""
    return next((doc for doc in site.each("file") if items.item_scope(item) == f"{doc['_list']}/{doc['_item']}"), None)


def make_information(site: Site, item: Doc, file: Doc | None) -> Doc:
    scope = items.item_scope(item)
    level = CAPABILITIES[effective_sharing(site.emulator, site)]
    return {
        "canAddExternalPrincipal": level is not Openness.DISABLED,
        "canAddInternalPrincipal": True,
        "directUrl": None if file is None else f"https://{site.emulator.tenant.host}{file['ServerRelativeUrl']}",
        "itemUniqueId": item["GUID"] if file is None else file["UniqueId"],
        "webUrl": site.url,
        "domainRestrictionSettings": {"restrictionMode": site.doc.get("SharingDomainRestrictionMode", domains.NONE)},
        "permissionsInformation": {
            "hasInheritedLinks": False,
            "links": [] if file is None else _list_links(site, file),
            "principals": _list_principals(site, scope),
            "siteAdmins": [
                {"principal": show_principal(user), "role": OWNER}
                for user in site.each("user")
                if user["IsSiteAdmin"] and user["PrincipalType"] == 1
            ],
        },
        "_path": f"{permissions.site_path_of(scope)}/GetSharingInformation",
    }


def _list_links(site: Site, file: Doc) -> list[Doc]:
    made = site.each("link", file["UniqueId"])
    by_kind = {LINK_KINDS[doc["link"]["scope"], doc["link"]["type"]]: doc for doc in made}
    return [_show_link(site, kind, by_kind.get(kind)) for kind in KINDS]


def _show_link(site: Site, kind: int, doc: Doc | None) -> Doc:
    if doc is None:
        return {"isInherited": False, "linkDetails": {**NO_LINK, "LinkKind": kind}, "linkMembers": []}
    link, members, by = doc["link"], _members_of(site, doc), _maker(site)
    invitations = [{"invitedBy": by, "invitedOn": doc["_made"], "invitee": member} for member in members]
    details = {
        **NO_LINK,
        "Created": doc["_made"],
        "CreatedBy": by,
        "Invitations": invitations,
        "LastModified": doc["_made"],
        "LastModifiedBy": by,
        "AllowsAnonymousAccess": link["scope"] == "anonymous",
        "HasExternalGuestInvitees": any(member["isExternal"] for member in members),
        "IsActive": True,
        "IsEditLink": link["type"] == "edit",
        "LinkKind": kind,
        "RestrictedShareMembership": link["scope"] == "users",
        "Scope": SCOPES[link["scope"]],
        "ShareId": doc["id"],
        "ShareTokenString": f"share={link['webUrl'].rpartition('/')[2]}",
        "Url": link["webUrl"],
    }
    return {"isInherited": False, "linkDetails": details, "linkMembers": members}


def _maker(site: Site) -> Doc:
    """Links are made through Graph, by an application or in its name."""
    return show_principal(users.get_user(site, users.APP_NUMBER, "id"))


def _members_of(site: Site, link: Doc) -> list[Doc]:
    found = (site.find("user", number) for number in link.get("_members", []))
    return [show_principal(user) for user in found if user is not None]


def _list_principals(site: Site, scope: str) -> list[Doc]:
    rows = []
    for assignment in permissions.list_assignments(site, scope):
        held = [site.find("role", number) for number in assignment["_roles"]]
        roles = [_role_of(role) for role in held if role is not None and role["Id"] != permissions.LIMITED_ACCESS]
        if roles:
            principal = permissions.get_principal(site, assignment["PrincipalId"]).doc
            rows.append({"principal": show_principal(principal), "role": max(roles)})
    return rows


def _role_of(role: Doc) -> int:
    """1 view, 2 edit, 3 owner: as far as the level goes."""
    if role["Id"] == permissions.FULL_CONTROL:
        return OWNER
    edits = int(role["BasePermissions"]["Low"]) & 0x4
    return EDIT if edits else VIEW


def show_principal(doc: Doc) -> Doc:
    """A user of the site, or one of its groups."""
    group = doc["PrincipalType"] == groups.TYPE
    return {
        "email": doc.get("Email", ""),
        "expiration": None if group else doc["Expiration"],
        "id": doc["Id"],
        "isActive": True,
        "isExternal": bool(doc.get("IsShareByEmailGuestUser")),
        "jobTitle": None,
        "loginName": doc["LoginName"],
        "name": doc["Title"],
        "principalType": doc["PrincipalType"],
        "userId": None,
        "userPrincipalName": doc.get("UserPrincipalName"),
    }
