"""SharePoint's rows as our own facts: sites, lists, columns, principals, permissions. Pure. What is missing or unknown
is BadAnswer, never a default that would hide somebody's access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import BadAnswer
from ..sharing import Sharing
from .answers import moment, need, number, text
from .model import (
    NOT_ARCHIVED,
    Access,
    ActionOutcome,
    AssociatedGroups,
    ExternalUser,
    Grant,
    ListAccess,
    ListField,
    ListItem,
    ListShape,
    ListView,
    NavNode,
    PageContent,
    PermissionLevel,
    Principal,
    Site,
    SiteFile,
    SiteGroup,
    SiteList,
    SitePage,
    TenantSharing,
    Web,
)

Row = Mapping[str, Any]
NO_HUB = "00000000-0000-0000-0000-000000000000"
# What is asked for to make our facts of it, in REST and in CSOM alike.
WEB = ("Id", "Title", "Description", "MembersCanShare", "CommentsOnSitePagesDisabled", "RequestAccessEmail")
LIST = ("Id", "Title", "BaseTemplate", "Hidden", "Description", "HasUniqueRoleAssignments", "ItemCount")
FIELD = ("Id", "InternalName", "Title", "TypeAsString", "Required", "SchemaXml")
VIEW = ("Id", "Title", "DefaultView", "PersonalView", "ListViewXml")
CHROME = ("HeaderLayout", "HeaderEmphasis", "MegaMenuEnabled", "FooterEnabled")
REGIONAL = ("LocaleId", "Time24", "Collation")

# PrincipalType of SharePoint's metadata: user, distribution list, security group, SharePoint group.
KINDS = {1: "user", 2: "security-group", 4: "security-group", 8: "site-group"}
# Claims that mean more people than any list shows (recorded site users of pnp/pnpcore, read 2026-08).
EVERYONE = re.compile(r"c:0\(\.s\|true\Z|c:0-\.f\|rolemanager\||c:0!\.s\|", re.IGNORECASE)
GROUP_CLAIM = re.compile(
    r"c:0(?:t\.c\|tenant|o\.c\|federateddirectoryclaimprovider)\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_o)?\Z",
    re.IGNORECASE,
)
ASSOCIATED = ("AssociatedOwnerGroup", "AssociatedMemberGroup", "AssociatedVisitorGroup")
NEWS = 2  # PromotedState of a page (recorded by PnP Core, 2024-08)
DOMAIN_MODES = {0: "none", 1: "allow-list", 2: "block-list"}


def rows(value: Any, operation: str) -> list[Row]:
    """A collection in any of the shapes that SharePoint gives it: plain, `value`, `results`, CSOM's `_Child_Items_`.
    Raises BadAnswer."""
    if isinstance(value, Mapping):
        value = value.get("value", value.get("results", value.get("_Child_Items_")))
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise BadAnswer(f"{operation}: the answer is not a list of rows")
    return value


def sharing(row: Row, name: str, operation: str) -> Sharing:
    try:
        return Sharing.from_spo(need(row, name, int, operation))
    except ValueError:
        raise BadAnswer(f"{operation}: an unknown sharing level") from None


def make_tenant_sharing(row: Row, operation: str) -> TenantSharing:
    mode = DOMAIN_MODES.get(need(row, "SharingDomainRestrictionMode", int, operation))
    if mode is None:
        raise BadAnswer(f"{operation}: an unknown domain mode")
    return TenantSharing(
        level=sharing(row, "SharingCapability", operation),
        guests_may_reshare=not need(row, "PreventExternalUsersFromResharing", bool, operation),
        domain_mode=mode,
        allowed_domains=_domains(text(row, "SharingAllowedDomainList", operation)),
        blocked_domains=_domains(text(row, "SharingBlockedDomainList", operation)),
    )


def _domains(listed: str) -> tuple[str, ...]:
    """SharePoint separates them with blanks."""
    return tuple(sorted(listed.lower().split()))


def make_site(row: Row, operation: str) -> Site:
    """`SharingCapability` is what is left after the tenant's level, `SiteDefinedSharingCapability` the site's own."""
    return Site(
        url=need(row, "Url", str, operation),
        id=text(row, "SiteId", operation).strip("{}").lower(),
        title=text(row, "Title", operation),
        owner=(text(row, "OwnerEmail", operation) or text(row, "Owner", operation)).lower(),
        template=text(row, "Template", operation),
        sharing=sharing(row, "SiteDefinedSharingCapability", operation),
        effective_sharing=sharing(row, "SharingCapability", operation),
        lock=need(row, "LockState", str, operation),
        hub=text(row, "HubSiteId", operation).strip("{}").lower().replace(NO_HUB, ""),
        likes_off=row.get("SocialBarOnSitePagesDisabled") is True,
        links_to_existing=row.get("DefaultLinkToExistingAccess") is True,
        archive=text(row, "ArchiveStatus", operation) or NOT_ARCHIVED,
    )


def make_site_at(url: str, row: Row, operation: str) -> Site:
    """Raises BadAnswer for a row of another site, and for one without the id by which the site is known later: of an
    archived site there may be less."""
    site = make_site(row, operation)
    if not (site.id or site.is_archived) or site.url.rstrip("/").casefold() != url.rstrip("/").casefold():
        raise BadAnswer(f"{operation}: the answer is not about the site that was asked for")
    return site


def make_external_user(row: Row, operation: str) -> ExternalUser:
    return ExternalUser(
        unique_id=need(row, "UniqueId", str, operation),
        name=text(row, "DisplayName", operation),
        invited_as=text(row, "InvitedAs", operation).lower(),
        accepted_as=text(row, "AcceptedAs", operation).lower(),
        created_at=moment(row, "WhenCreated"),
    )


def make_web(row: Row, operation: str) -> Web:
    return Web(
        title=need(row, "Title", str, operation),
        description=text(row, "Description", operation),
        members_can_share=need(row, "MembersCanShare", bool, operation),
        comments_off=need(row, "CommentsOnSitePagesDisabled", bool, operation),
        access_requests_to=text(row, "RequestAccessEmail", operation).lower(),
        id=text(row, "Id", operation).lower(),
        chrome={name: row.get(name) for name in CHROME},
        regional=_make_regional(row.get("RegionalSettings")),
    )


def _make_regional(settings: Any) -> dict[str, object]:
    """{} where they were not asked for."""
    if not isinstance(settings, Mapping):
        return {}
    zone = settings.get("TimeZone")
    told = {name: settings.get(name) for name in REGIONAL}
    return {**told, "TimeZone": zone.get("Id") if isinstance(zone, Mapping) else None}


def make_list(row: Row, operation: str) -> SiteList:
    folder = need(row, "RootFolder", Mapping, operation)
    return SiteList(
        id=need(row, "Id", str, operation).lower(),
        title=need(row, "Title", str, operation),
        url=text(folder, "ServerRelativeUrl", operation),
        template=need(row, "BaseTemplate", int, operation),
        hidden=need(row, "Hidden", bool, operation),
        description=text(row, "Description", operation),
        unique_permissions=need(row, "HasUniqueRoleAssignments", bool, operation),
        items=number(row, "ItemCount", operation),
    )


def make_field(row: Row, operation: str) -> ListField:
    return ListField(
        internal_name=need(row, "InternalName", str, operation),
        title=need(row, "Title", str, operation),
        type=need(row, "TypeAsString", str, operation),
        required=row.get("Required") is True,
        id=text(row, "Id", operation).lower(),
        xml=text(row, "SchemaXml", operation),
    )


def make_shape(row: Row, operation: str) -> ListShape:
    """A list with its columns and views; views that somebody made for themselves alone are left out."""
    views = [each for each in rows(row.get("Views"), operation) if each.get("PersonalView") is not True]
    return ListShape(
        tuple(make_field(each, operation) for each in rows(row.get("Fields"), operation)),
        tuple(
            ListView(
                need(each, "Id", str, operation).lower(),
                text(each, "Title", operation),
                each.get("DefaultView") is True,
                text(each, "ListViewXml", operation),
            )
            for each in views
        ),
    )


def make_item(row: Row, operation: str) -> ListItem:
    return ListItem(need(row, "Id", int, operation), dict(row))


def make_file(row: Row, operation: str) -> SiteFile:
    return SiteFile(
        name=need(row, "Name", str, operation),
        id=need(row, "UniqueId", str, operation).lower(),
        size=number(row, "Length", operation),
        tag=text(row, "ETag", operation),
    )


def make_page(row: Row, operation: str) -> SitePage:
    return SitePage(
        id=need(row, "Id", int, operation),
        file=need(row, "FileName", str, operation),
        title=text(row, "Title", operation),
        version=text(row, "Version", operation),
        is_news=number(row, "PromotedState", operation) == NEWS,
        is_welcome=row.get("IsWebWelcomePage") is True,
        checked_out=row.get("IsPageCheckedOutToCurrentUser") is True,
    )


def make_page_content(row: Row, operation: str) -> PageContent:
    return PageContent(
        title=text(row, "Title", operation),
        canvas=text(row, "CanvasContent1", operation),
        layout=text(row, "LayoutWebpartsContent", operation),
    )


def make_node(row: Row, operation: str) -> NavNode:
    return NavNode(need(row, "Id", int, operation), need(row, "Title", str, operation), text(row, "Url", operation))


def make_level(row: Row, operation: str) -> PermissionLevel:
    mask = need(row, "BasePermissions", Mapping, operation)
    if mask.get("High") is None or mask.get("Low") is None:  # a number that is not there is no mask of nothing
        raise BadAnswer(f"{operation}: a permission level without its mask")
    return PermissionLevel(
        id=need(row, "Id", int, operation),
        name=need(row, "Name", str, operation),
        high=number(mask, "High", operation),
        low=number(mask, "Low", operation),
    )


def make_principal(row: Row, operation: str) -> Principal:
    login = need(row, "LoginName", str, operation)
    of_type = need(row, "PrincipalType", int, operation)
    if of_type not in KINDS:
        raise BadAnswer(f"{operation}: a principal of the unknown type {of_type}")
    group = GROUP_CLAIM.search(login)
    return Principal(
        id=need(row, "Id", int, operation),
        kind="everyone" if EVERYONE.match(login) else KINDS[of_type],
        title=text(row, "Title", operation),
        login=login,
        email=text(row, "Email", operation).lower(),
        directory_id=group[1].lower() if group else "",
    )


def make_grant(row: Row, operation: str) -> Grant:
    levels = rows(row.get("RoleDefinitionBindings"), operation)
    return Grant(
        principal=make_principal(need(row, "Member", Mapping, operation), operation),
        levels=tuple(need(each, "Name", str, operation) for each in levels),
    )


def make_site_group(row: Row, operation: str) -> SiteGroup:
    """The group with its members: an answer without them is an error, not an empty group."""
    members = rows(row.get("Users"), operation)
    if any(str(name).lower().startswith("users@odata.next") for name in row):
        raise BadAnswer(f"{operation}: the members of a group came in pages; they cannot be told whole")
    return SiteGroup(
        id=need(row, "Id", int, operation),
        title=need(row, "Title", str, operation),
        members=tuple(make_principal(each, operation) for each in members),
    )


def make_groups(row: Row, operation: str) -> AssociatedGroups:
    return AssociatedGroups(*(make_site_group(need(row, name, Mapping, operation), operation) for name in ASSOCIATED))


def make_access(row: Row, operation: str) -> Access:
    """An answer without grants or levels is an error: nobody could say who may what."""
    return Access(
        groups=make_groups(row, operation),
        grants=_whole_grants(row, operation),
        levels=tuple(make_level(each, operation) for each in rows(row.get("RoleDefinitions"), operation)),
        web=make_web(row, operation),
    )


def make_list_access(row: Row, operation: str) -> ListAccess:
    return ListAccess(make_list(row, operation), _whole_grants(row, operation))


def _whole_grants(row: Row, operation: str) -> tuple[Grant, ...]:
    if any(str(name).lower().startswith("roleassignments@odata.next") for name in row):
        raise BadAnswer(f"{operation}: the permissions came in pages; they cannot be told whole")
    return tuple(make_grant(each, operation) for each in rows(row.get("RoleAssignments"), operation))


def make_outcome(row: Row, operation: str) -> ActionOutcome:
    """`Outcome` is a number in a string: 0 success, 1 failure, 2 nothing done (it was so already, or with an error code
    it was refused), 3 success with a warning."""
    code, outcome = number(row, "ErrorCode", operation), row.get("Outcome")
    if isinstance(outcome, bool) or not isinstance(outcome, str | int):
        raise BadAnswer(f"{operation}: an action without an outcome")
    return ActionOutcome(
        verb=text(row, "Verb", operation),
        title=text(row, "Title", operation),
        ok=str(outcome) in ("0", "2", "3") and code == 0,
        code=code,
        text=text(row, "OutcomeText", operation),
        target=text(row, "Target", operation),
    )
