"""What crosses the gateway's border: plain facts about the tenant, with no library type among them.

Every timestamp is timezone-aware UTC. Every e-mail is lower-case. Ids of directory objects are GUIDs in lower case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import unquote

from ..errors import BadAnswer, GatewayError
from ..sharing import Sharing

T = TypeVar("T")
U = TypeVar("U")

# What a guest's sign-in name holds, in lower case, between the invited address and the tenant's own domain.
GUEST_MARK = "#ext#"
# What the login name of somebody from outside holds who has no account in the directory, unquoted and in lower case.
LINK_GUEST = "urn:spo:guest#"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The outcome of one item of a bulk call: `value`, or `error` (OutcomeUnknown when it may have been done)."""

    value: T | None = None
    error: GatewayError | None = None

    def get(self) -> T:
        """The value. Raises the error, and BadAnswer where there is neither."""
        if self.error is not None:
            raise self.error
        if self.value is None:
            raise BadAnswer("nothing was said about this item")
        return self.value

    def then(self, make: Callable[[T], U]) -> Answer[U]:
        """What is made of the value; the error, or the GatewayError that making it raises."""
        try:
            return Answer(make(self.get()))
        except GatewayError as error:
            return Answer(error=error)


# ---- tenant ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TenantSharing:
    """The tenant's external sharing posture, as SharePoint and Graph both tell it."""

    level: Sharing
    guests_may_reshare: bool
    domain_mode: str = "none"  # none | allow-list | block-list
    allowed_domains: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """`directory_objects` and `directory_quota` are None where the tenant does not tell."""

    id: str
    name: str
    verified_domains: tuple[str, ...]
    directory_objects: int | None = None
    directory_quota: int | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """`allow_invites_from` and `guest_role_id` of Entra's authorizationPolicy."""

    allow_invites_from: str
    guest_role_id: str


# ---- directory ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """An account. `kind` is `guest` or `member`; `state` is `pending`, `redeemed` or "" (externalUserState)."""

    id: str
    upn: str
    name: str
    email: str
    other_emails: tuple[str, ...] = ()
    kind: str = "member"
    state: str = ""
    enabled: bool = True
    created_at: datetime | None = None
    last_sign_in_at: datetime | None = None

    @property
    def is_guest(self) -> bool:
        return self.kind == "guest"

    @property
    def is_from_outside(self) -> bool:
        """A guest, or somebody from outside whom an admin has made a member: their sign-in name keeps the mark."""
        return self.is_guest or GUEST_MARK in self.upn.lower()

    @property
    def addresses(self) -> frozenset[str]:
        """Every address by which this account is known, lower-case, the sign-in name included."""
        return frozenset(a for a in (self.email, *self.other_emails, self.upn.lower()) if a)


@dataclass(frozen=True, slots=True)
class Group:
    """A security group. `description` carries our mark, see resources/trip_group.py."""

    id: str
    name: str
    nickname: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Who is directly in a group: accounts, and groups."""

    users: tuple[DirectoryUser, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """One POST /invitations. With `message` Microsoft sends the mail; otherwise nobody is told."""

    email: str
    name: str
    redirect_url: str
    message: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to make: one recipient, our key and the trip's slug in extended properties."""

    key: str
    trip: str
    to: str
    subject: str
    html: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail found by our key. `is_draft` means it has not been sent; `to` is its first recipient, `others` counts the
    rest, Cc and Bcc too: ours have none, so somebody edited it. `sent_at` is None where it was not sent or the service
    did not say."""

    id: str
    key: str
    to: str
    is_draft: bool
    others: int = 0
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExternalUser:
    """A row of SharePoint's external-user list: what a PAL counts. `invited_as` != `accepted_as`: a forwarded link."""

    unique_id: str
    name: str
    invited_as: str
    accepted_as: str
    created_at: datetime | None = None


# ---- sites -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SiteRef:
    url: str
    title: str
    id: str = ""


# SharePoint's ArchiveStatus of every site that Microsoft 365 Archive does not hold.
NOT_ARCHIVED = "NotArchived"


@dataclass(frozen=True, slots=True)
class Site:
    """`sharing` is the site's own level, `effective_sharing` what is left of it after the tenant's.
    `likes_off`: pages do not show who has liked or seen them (SharePoint's social bar).
    `lock` is SharePoint's LockState: Unlock, ReadOnly, NoAccess. `hub` is the id of the hub site that it belongs to, ""
    for none. `links_to_existing`: a link that somebody copies works only for people who have access already. `archive`
    is SharePoint's ArchiveStatus: NotArchived, RecentlyArchived, FullyArchived, Reactivating."""

    url: str
    id: str
    title: str
    owner: str
    template: str
    sharing: Sharing
    effective_sharing: Sharing
    lock: str = "Unlock"
    hub: str = ""
    likes_off: bool = False
    links_to_existing: bool = False
    archive: str = NOT_ARCHIVED

    @property
    def is_archived(self) -> bool:
        """Nobody can read it then, also while it is being reactivated."""
        return self.archive != NOT_ARCHIVED


@dataclass(frozen=True, slots=True)
class Operation:
    """Work of tenant administration that goes on after the answer (SpoOperation). `identity` is what it is asked after
    by, `pause` how many seconds SharePoint asks to wait before the next look."""

    identity: str
    complete: bool
    timed_out: bool
    pause: float


@dataclass(frozen=True, slots=True)
class Web:
    """The settings of a site's root web that we manage. `chrome` and `regional` are by SharePoint's own names:
    HeaderLayout, HeaderEmphasis, MegaMenuEnabled, FooterEnabled; LocaleId, Time24, Collation, TimeZone (its id)."""

    title: str
    description: str
    members_can_share: bool
    comments_off: bool
    access_requests_to: str
    id: str = ""
    chrome: Mapping[str, object] = field(default_factory=dict)
    regional: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteList:
    """A list or library. `url` is server-relative."""

    id: str
    title: str
    url: str
    template: int
    hidden: bool
    description: str = ""
    unique_permissions: bool = False
    items: int = 0


@dataclass(frozen=True, slots=True)
class ListField:
    """A column; `type` is SharePoint's TypeAsString (Text, Note, Number, DateTime, Boolean, Choice, URL, User), `xml`
    its schema, "" where it was not asked for."""

    internal_name: str
    title: str
    type: str
    required: bool = False
    id: str = ""
    xml: str = ""


@dataclass(frozen=True, slots=True)
class ListView:
    """A view of a list that everybody sees; `xml` is SharePoint's whole View element."""

    id: str
    title: str
    default: bool
    xml: str


@dataclass(frozen=True, slots=True)
class ListShape:
    """What a list is made of."""

    fields: tuple[ListField, ...]
    views: tuple[ListView, ...] = ()


@dataclass(frozen=True, slots=True)
class NavNode:
    """A node of the quick launch; `url` server-relative or absolute, "" for a heading."""

    id: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """A row of ExecuteTemplateScript. `ok`: done, or so already, and no error code."""

    verb: str
    title: str
    ok: bool
    code: int
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class PermissionLevel:
    """A role definition: `high` and `low` are the two halves of its permission mask."""

    id: int
    name: str
    high: int
    low: int


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody or something in SharePoint's permissions. `kind`: user, security-group, site-group, everyone.
    `login` is the claim, `email` lower-case or ""; `directory_id` the GUID inside a group claim, else ""."""

    id: int
    kind: str
    title: str
    login: str
    email: str = ""
    directory_id: str = ""

    @property
    def is_guest(self) -> bool:
        """Somebody with an account in the directory, or one without who came by a link sent to them."""
        return GUEST_MARK in self.login.lower() or LINK_GUEST in unquote(self.login).lower()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role assignment: `levels` are names of permission levels."""

    principal: Principal
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiteGroup:
    """A SharePoint group of the site with its direct members."""

    id: int
    title: str
    members: tuple[Principal, ...] = ()


@dataclass(frozen=True, slots=True)
class AssociatedGroups:
    owners: SiteGroup
    members: SiteGroup
    visitors: SiteGroup


@dataclass(frozen=True, slots=True)
class Access:
    """Who may what on a site: its own groups with their members, the grants on its web, the permission levels; and the
    web itself."""

    groups: AssociatedGroups
    grants: tuple[Grant, ...]
    levels: tuple[PermissionLevel, ...]
    web: Web


@dataclass(frozen=True, slots=True)
class ListAccess:
    """A list with the grants on it: its own, or those that it inherits."""

    list: SiteList
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class ListItem:
    id: int
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file of a library. `tag` changes with its content."""

    name: str
    id: str
    size: int
    tag: str


@dataclass(frozen=True, slots=True)
class SitePage:
    """A modern page. `version` is 0.1 until it is published; `is_news` says that it is a news post."""

    id: int
    file: str
    title: str
    version: str
    is_news: bool
    is_welcome: bool
    checked_out: bool

    @property
    def is_published(self) -> bool:
        return not self.version.startswith("0.")


@dataclass(frozen=True, slots=True)
class PageContent:
    """What stands on a page: the canvas as JSON text, and the title area."""

    title: str
    canvas: str
    layout: str
