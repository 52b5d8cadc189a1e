"""Read one site whole. A read that fails is an Unread part of the snapshot, never an empty one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

from ..errors import GatewayError, InputError, NotFound
from ..microsoft365 import Gateway
from ..microsoft365.graph import Graph
from ..microsoft365.model import Grant, Principal, Site, SiteGroup
from ..microsoft365.sharepoint import SharePoint
from .model import ListAccess, SecurityGroup, Snapshot, Unread, is_owners_claim

T = TypeVar("T")


class SecurityGroups:
    """The directory's groups, each read once however many sites of a run use it. Safe for threads: those who need a
    group that is being read wait for it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._read: dict[str, tuple[SecurityGroup, str]] = {}
        self._names: dict[str, str] = {}
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def expand(self, roots: Iterable[Principal]) -> tuple[dict[str, SecurityGroup], list[Unread]]:
        """The groups that the claims stand for and every group nested in them; what of them could not be read."""
        groups: dict[str, SecurityGroup] = {}
        unread: list[Unread] = []
        waiting: list[str] = []
        for principal in roots:
            self._names.setdefault(principal.directory_id, principal.title)
            waiting.append(principal.directory_id)
        while waiting:
            group_id = waiting.pop()
            if group_id in groups:
                continue
            group, reason = self._expand_one(group_id)
            groups[group_id] = group
            if reason:
                unread.append(Unread(f"members of the group {group.name}", reason))
            waiting.extend(group.groups)
        return groups, unread

    def _expand_one(self, group_id: str) -> tuple[SecurityGroup, str]:
        with self._guard:
            lock = self._locks.setdefault(group_id, threading.Lock())
        with lock:
            if group_id not in self._read:
                self._read[group_id] = self._read_one(group_id)
            return self._read[group_id]

    def _read_one(self, group_id: str) -> tuple[SecurityGroup, str]:
        accounts, why_accounts = _read_all(lambda: self._graph.list_members(group_id))
        nested, why_nested = _read_all(lambda: self._graph.list_member_groups(group_id))
        for each in nested:
            self._names.setdefault(each.id, each.name)
        reason = why_accounts or why_nested
        name = self._names.get(group_id, group_id)
        return SecurityGroup(group_id, name, tuple(accounts), tuple(each.id for each in nested), not reason), reason


def collect_site(gateway: Gateway, url: str, groups: SecurityGroups | None = None) -> Snapshot:
    """Everything that decides who can reach the site. `groups` is shared between the sites of one run.

    Raises InputError where the address is not one of this tenant's, or no site is there."""
    url = _checked(url, gateway.tenant_host)
    sharepoint = gateway.sharepoint
    reading = _Reading()
    site = _get_site(sharepoint, url, reading)
    if site is not None and site.is_archived:
        return _make_archived(url, site)
    admins = reading.read("site administrators", lambda: sharepoint.list_site_admins(url)) or ()
    site_groups = reading.read("groups of the site", lambda: sharepoint.list_site_groups(url)) or ()
    grants = reading.read("permissions of the site", lambda: sharepoint.list_grants(url)) or ()
    lists = _collect_lists(sharepoint, url, reading)
    named = list(_security_groups(admins, site_groups, grants, lists))
    for owners in {each.title for each in named if is_owners_claim(each)}:
        reading.unread.append(Unread(f"owners of the group {owners}", "owners of Microsoft 365 groups are not read"))
    expandable = [each for each in named if each.directory_id and not is_owners_claim(each)]
    expanded, unread = (groups or SecurityGroups(gateway.graph)).expand(expandable)
    for claim in {each.title for each in named if not each.directory_id}:
        reading.unread.append(Unread(f"members of {claim}", "the claim names no group of the directory"))
    return Snapshot(
        url=url,
        title=site.title if site else "",
        sharing=site.effective_sharing if site else None,
        lock=site.lock if site else "Unlock",
        admins=admins,
        site_groups=site_groups,
        grants=grants,
        lists=lists,
        security_groups=expanded,
        unread=tuple(sorted({*reading.unread, *unread})),
    )


def _make_archived(url: str, site: Site) -> Snapshot:
    """Every read of it is refused: nobody is asked in vain."""
    why = f"it is archived ({site.archive}): nobody can open it, and whom it lets in once it is reactivated is unread"
    return Snapshot(url, site.title, site.effective_sharing, site.lock, unread=(Unread("the site", why),))


def _checked(url: str, host: str) -> str:
    """The address of a site as the tenant writes it: https, the tenant's own host, nothing after the path."""
    parts = urlsplit(url.strip())
    if parts.scheme != "https" or parts.netloc.lower() != host or parts.query or parts.fragment or "\\" in parts.path:
        raise InputError(f"{url!r} is not the address of a site of this tenant", f"It begins with https://{host}/.")
    return f"https://{host}{parts.path.rstrip('/')}"


class _Reading:
    """Reads that may fail, and what failed."""

    def __init__(self) -> None:
        self.unread: list[Unread] = []

    def read(self, what: str, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except GatewayError as error:
            self.unread.append(Unread(what, why(error)))
            return None


def why(error: GatewayError) -> str:
    """The reason of a failed read, in one line."""
    return f"{type(error).__name__}: {error.message}" if error.message else type(error).__name__


def _get_site(sharepoint: SharePoint, url: str, reading: _Reading) -> Site | None:
    """The site's own settings; None where they could not be read but the site is there."""
    try:
        found = sharepoint.find_site(url)
    except GatewayError as error:
        reading.unread.append(Unread("external sharing of the site", why(error)))
        _check_web(sharepoint, url, reading)
        return None
    if found is None:
        raise _missing(url)
    return found


def _check_web(sharepoint: SharePoint, url: str, reading: _Reading) -> None:
    try:
        sharepoint.get_web(url)
    except NotFound as error:
        raise _missing(url) from error
    except GatewayError as error:
        reading.unread.append(Unread("the site", why(error)))


def _missing(url: str) -> InputError:
    return InputError(f"there is no site at {url}", "`sp-parent-portal status` lists the sites of the trips.")


def _collect_lists(sharepoint: SharePoint, url: str, reading: _Reading) -> tuple[ListAccess, ...]:
    """Lists with permissions of their own; the others follow the site."""
    found: list[ListAccess] = []
    for each in reading.read("lists of the site", lambda: sharepoint.list_lists(url)) or ():
        if each.unique_permissions:
            grants = reading.read(f"permissions of the list {each.title}", _grants_of(sharepoint, url, each.id))
            found.append(ListAccess(each.title, each.url, grants or ()))
    return tuple(found)


def _grants_of(sharepoint: SharePoint, url: str, list_id: str) -> Callable[[], tuple[Grant, ...]]:
    return lambda: sharepoint.list_grants(url, list_id)


def _security_groups(
    admins: Iterable[Principal], site_groups: Iterable[SiteGroup], grants: Iterable[Grant], lists: Iterable[ListAccess]
) -> Iterator[Principal]:
    """Every claim of a directory group that anything in the site names."""
    everybody = [
        *admins,
        *(member for group in site_groups for member in group.members),
        *(grant.principal for grant in grants),
        *(grant.principal for each in lists for grant in each.grants),
    ]
    return (principal for principal in everybody if principal.kind == "security-group")


def _read_all(rows: Callable[[], Iterator[T]]) -> tuple[list[T], str]:
    """Every row up to the first failure, and the failure: what was read is certain, the rest is not."""
    found: list[T] = []
    try:
        for row in rows():
            found.append(row)  # one by one: those before a failure are kept
    except GatewayError as error:
        return found, why(error)
    return found, ""
