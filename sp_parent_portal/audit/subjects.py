"""Who is meant by a claim of SharePoint or an account of the directory, so that both can be seen to be one person.

Claims: `i:0#.f|membership|<sign-in name>` an account, `c:0(.s|true` everyone with an account, guests included,
`c:0-.f|rolemanager|spo-grid-all-users/<tenant>` everyone except guests. Source: recordings of CLI for Microsoft 365
and PnP, Microsoft Learn "Default SharePoint groups" (read 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from ..microsoft365.model import LINK_GUEST, DirectoryUser, Principal

ANYONE = "Anyone with the link"
ORGANIZATION = "Everyone in the organization with the link"

_FROM_DIRECTORY, _FROM_SHAREPOINT = 0, 1


@dataclass(frozen=True, slots=True)
class Subject:
    """`key` is the same for one person seen twice. What the directory says of a person outranks what SharePoint
    remembers (`source`); SharePoint's row may be older than the account."""

    key: str
    name: str
    email: str
    kind: str
    guest: bool
    addresses: frozenset[str]
    source: int

    @classmethod
    def unexpanded_group(cls, group_id: str, name: str) -> Subject:
        """A group of which not every member is known. It may hold guests: nobody can say that it does not."""
        return cls(f"group {group_id}", name, "", "group", True, frozenset(), _FROM_DIRECTORY)


def unite(seen: Iterable[Subject]) -> Subject:
    """One person, seen several times; the order does not matter. Raises ValueError for nobody."""
    ranked = sorted(set(seen), key=lambda each: (each.source, not each.email, each.name, each.email))
    if not ranked:
        raise ValueError("nobody to unite")
    return Subject(
        key=ranked[0].key,
        name=next((each.name for each in ranked if each.name), ""),
        email=next((each.email for each in ranked if each.email), ""),
        kind="guest" if any(each.kind == "guest" for each in ranked) else ranked[0].kind,
        guest=any(each.guest for each in ranked),
        addresses=frozenset[str]().union(*(each.addresses for each in ranked)),
        source=ranked[0].source,
    )


def of_account(account: DirectoryUser) -> Subject:
    return Subject(
        key=account.upn.lower() or account.id,
        name=account.name or account.upn,
        email=account.email,
        kind="guest" if account.is_from_outside else "member",
        guest=account.is_from_outside,
        addresses=account.addresses,
        source=_FROM_DIRECTORY,
    )


def of_principal(principal: Principal) -> Subject:
    """Somebody named in SharePoint's own permissions."""
    login = unquote(principal.login).lower()
    if principal.kind == "everyone":
        return Subject(login, principal.title, "", "everyone", _means_guests(login), frozenset(), _FROM_SHAREPOINT)
    if principal.kind in ("security-group", "site-group"):
        known = Subject.unexpanded_group(principal.directory_id or login, principal.title)
        return known if not login.endswith("_o") else Subject.unexpanded_group(login, principal.title)
    name = login.rpartition("|")[2]
    address = name.rpartition("#")[2] if LINK_GUEST in login else name
    return Subject(
        key=name,
        name=principal.title or name,
        email=principal.email,
        kind="guest" if principal.is_guest else "member",
        guest=principal.is_guest,
        addresses=frozenset(each for each in (principal.email, address) if each),
        source=_FROM_SHAREPOINT,
    )


def of_link(title: str) -> Subject | None:
    """The unnamed audience of a sharing link's group (SharingLinks.<item>.<kind>.<link>), None where all are named."""
    parts = title.split(".")
    kind = parts[2] if len(parts) > 2 else ""
    if kind.startswith("Anonymous"):
        return Subject(f"link {title}", ANYONE, "", "everyone", True, frozenset(), _FROM_SHAREPOINT)
    if kind.startswith("Organization"):
        return Subject(f"link {title}", ORGANIZATION, "", "everyone", False, frozenset(), _FROM_SHAREPOINT)
    return None


def _means_guests(login: str) -> bool:
    """A claim that we do not know is taken to mean guests too."""
    return "spo-grid-all-users" not in login
