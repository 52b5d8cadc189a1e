"""Who can reach a site, and by which path. Pure: a snapshot in, rows out.

A path is read from the site outwards: ("Lake District Visitors", "trip group trip-lake-district", "Parent read"), for a
list with permissions of its own ("list Consent forms", "Lake District Visitors", "Read").

- Limited Access opens nothing where it stands. It is given because something further down is shared: where a list
  explains it, the list's own grant is the path; where none does, a single file, folder or item is shared, which is
  reach that we cannot weigh, and the row says Limited Access.
- Where sharing is off, a guest's row keeps its level and every path says that it is blocked: switching sharing on again
  gives the access back (Microsoft Learn, "Turn external sharing on or off", read 2026-08).
- What could not be read is a row of its own, UNKNOWN; a group that could not be expanded is a row of kind `group`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ..microsoft365.model import DirectoryUser, Grant, Principal, SiteGroup
from ..sharing import Sharing
from .levels import FULL_CONTROL, LIMITED, LIMITED_ACCESS, UNKNOWN, highest
from .model import SecurityGroup, Snapshot, is_owners_claim
from .subjects import ANYONE, Subject, of_account, of_link, of_principal, unite

Path = tuple[str, ...]

ADMINS = "site administrators"
DIRECTLY = "granted directly"
SHARED_BELOW = "a file, folder or item is shared on its own"
SHARING_OFF = "blocked: external sharing of the site is off; switching it on gives this access back"
LOCKED = "blocked: the site is locked; unlocking it gives this access back"

# Nested groups may lead to one account in more ways than anybody can read. The shortest to every group is always told.
_MOST_WAYS = 1_000


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody who can reach the site. `kind`: guest, member, group (could not be expanded), everyone, unknown. `guest`
    tells whether outsiders are meant or included; `level` is the highest of all paths; `addresses` are all by which
    the account is known, lower-case."""

    principal: str
    email: str
    kind: str
    guest: bool
    level: str
    paths: tuple[Path, ...]
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SiteReach:
    """What one person can reach of one site; `level` UNKNOWN where a part of the site could not be read."""

    site: str
    level: str
    paths: tuple[Path, ...]


def reach(snapshot: Snapshot) -> tuple[Reach, ...]:
    """Every account that can reach the site or one of its lists, with every path; then what could not be read."""
    seen: dict[str, set[Subject]] = {}
    paths: dict[str, dict[Path, str]] = {}
    for subject, path, level in _paths(snapshot):
        seen.setdefault(subject.key, set()).add(subject)
        paths.setdefault(subject.key, {})[path] = level
    rows = [_row(snapshot, unite(seen[key]), paths[key]) for key in seen]
    unread = [
        Reach(UNKNOWN, "", "unknown", False, UNKNOWN, ((each.what, each.why),)) for each in sorted(set(snapshot.unread))
    ]
    return (*sorted(rows, key=lambda row: (row.principal.casefold(), row.email, row.kind, row.paths)), *unread)


def who(
    snapshots: Sequence[Snapshot], email: str, accounts: Sequence[DirectoryUser] | None = None
) -> tuple[SiteReach, ...]:
    """What the person with this address can reach, site by site. `accounts` are the directory's accounts for the
    address (their other addresses count too), None where the directory could not be asked: "everyone" may mean them."""
    addresses = frozenset({email.strip().lower()}).union(*(account.addresses for account in accounts or ()))
    rows: list[SiteReach] = []
    for snapshot in sorted(snapshots, key=lambda each: each.url):
        found = reach(snapshot)
        mine = [row for row in found if row.addresses & addresses or _is_meant(row, accounts)]
        if mine:
            every = sorted({path for row in mine for path in row.paths})
            rows.append(SiteReach(snapshot.url, highest(row.level for row in mine), tuple(every)))
        unread = [row.paths[0] for row in found if row.kind == "unknown"]
        if unread:
            rows.append(SiteReach(snapshot.url, UNKNOWN, tuple(unread)))
    return tuple(rows)


def _is_meant(row: Reach, accounts: Sequence[DirectoryUser] | None) -> bool:
    """Whether an "everyone" row means a person with these accounts."""
    if row.kind != "everyone":
        return False
    if row.principal == ANYONE or accounts is None:
        return True
    return any(row.guest or not account.is_guest for account in accounts)


def _row(snapshot: Snapshot, subject: Subject, paths: Mapping[Path, str]) -> Reach:
    notes: Path = ()
    if snapshot.sharing is Sharing.DISABLED and subject.kind == "guest":
        notes += (SHARING_OFF,)
    if snapshot.lock == "NoAccess":
        notes += (LOCKED,)
    return Reach(
        principal=subject.name,
        email=subject.email,
        kind=subject.kind,
        guest=subject.guest,
        level=highest(paths.values()),
        paths=tuple((*path, *notes) for path in sorted(paths)),
        addresses=subject.addresses,
    )


def _paths(snapshot: Snapshot) -> Iterator[tuple[Subject, Path, str]]:
    groups = {group.id: group for group in snapshot.site_groups}
    for principal, scope, level, tail in _granted(snapshot):
        for subject, chain in _holders(snapshot, groups, principal):
            # An account named with nothing between it and the site needs a first step that says so.
            steps = (*scope, *chain) if scope == (ADMINS,) or chain else (*scope, DIRECTLY)
            yield subject, (*steps, level, *tail), level


def _granted(snapshot: Snapshot) -> Iterator[tuple[Principal, Path, str, Path]]:
    """Principal, where it is granted, level, and what to say after it."""
    for admin in snapshot.admins:
        yield admin, (ADMINS,), FULL_CONTROL, ()
    explained = {grant.principal.id for each in snapshot.lists for grant in each.grants if grant.levels}
    for grant in snapshot.grants:
        if not _is_link_group(grant.principal.title) or not LIMITED.issuperset(grant.levels):
            yield from _weighed(grant, (), is_explained=grant.principal.id in explained)
    for each in snapshot.lists:
        for grant in each.grants:
            yield from _weighed(grant, (f"list {each.title}",), is_explained=False)
    for group in snapshot.site_groups:
        if _is_link_group(group.title):
            yield Principal(group.id, "site-group", group.title, group.title), (), LIMITED_ACCESS, (SHARED_BELOW,)


def _weighed(grant: Grant, scope: Path, *, is_explained: bool) -> Iterator[tuple[Principal, Path, str, Path]]:
    levels = [level for level in grant.levels if level not in LIMITED]
    for level in levels:
        yield grant.principal, scope, level, ()
    if grant.levels and not levels and not is_explained:
        yield grant.principal, scope, LIMITED_ACCESS, (SHARED_BELOW,)


def _is_link_group(title: str) -> bool:
    """SharePoint keeps the people of a sharing link in a group named SharingLinks.<item>.<kind>.<link>."""
    return title.startswith("SharingLinks.")


def _holders(
    snapshot: Snapshot, site_groups: Mapping[int, SiteGroup], principal: Principal
) -> Iterator[tuple[Subject, Path]]:
    """Everybody whom a grant to the principal means, with the groups in between."""
    if principal.kind == "site-group":
        group = site_groups.get(principal.id)
        if group is None:
            yield of_principal(principal), (principal.title,)
            return
        link = of_link(group.title) if _is_link_group(group.title) else None
        if link is not None:
            yield link, (group.title,)
        for member in group.members:
            for subject, chain in _members(snapshot, member):
                yield subject, (group.title, *chain)
    else:
        yield from _members(snapshot, principal)


def _members(snapshot: Snapshot, principal: Principal) -> Iterator[tuple[Subject, Path]]:
    groups = snapshot.security_groups
    if principal.kind != "security-group":
        yield of_principal(principal), ()
    elif is_owners_claim(principal) or principal.directory_id not in groups:
        yield of_principal(principal), (_step(principal.title),)
    else:
        for way in _ways(groups, principal.directory_id):
            steps = tuple(_step(groups[each].name if each in groups else each) for each in way)
            last = groups.get(way[-1])
            if last is None or not last.complete:
                yield Subject.unexpanded_group(way[-1], last.name if last else way[-1]), steps
            for account in last.accounts if last else ():
                yield of_account(account), steps


def _step(name: str) -> str:
    return f"trip group {name}" if name.lower().startswith(("trip-", "trip ")) else f"group {name}"


def _ways(groups: Mapping[str, SecurityGroup], root: str) -> list[Path]:
    """Ways from one group through the groups nested in it, as ids, no group twice on a way."""
    return sorted({*_shortest_ways(groups, root), *islice(_simple_ways(groups, (root,)), _MOST_WAYS)})


def _nested(groups: Mapping[str, SecurityGroup], group: str) -> tuple[str, ...]:
    return tuple(sorted(set(groups[group].groups))) if group in groups else ()


def _shortest_ways(groups: Mapping[str, SecurityGroup], root: str) -> list[Path]:
    ways: dict[str, Path] = {root: (root,)}
    front = [root]
    while front:
        further: list[str] = []
        for group in front:
            for nested in _nested(groups, group):
                if nested not in ways:
                    ways[nested] = (*ways[group], nested)
                    further.append(nested)
        front = further
    return list(ways.values())


def _simple_ways(groups: Mapping[str, SecurityGroup], way: Path) -> Iterator[Path]:
    stack = [way]
    while stack:
        way = stack.pop()
        yield way
        stack.extend((*way, nested) for nested in reversed(_nested(groups, way[-1])) if nested not in way)
