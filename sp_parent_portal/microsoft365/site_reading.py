"""Everything that depends on a site's content and permissions in one CSOM request; and sites as tenant administration
knows them, many in one request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .model import Access, Answer, Grant, ListItem, ListShape, NavNode, Site, SiteList

if TYPE_CHECKING:
    from .transport import Transport


@dataclass(frozen=True, slots=True)
class WholeList:
    """A list with its columns and views, and the grants on it: its own, or those that it inherits."""

    list: SiteList
    shape: ListShape
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class WholeSite:
    """`lists` are those that were asked for and are there, `items` those of the one list that was asked for them."""

    access: Access
    navigation: tuple[NavNode, ...]
    lists: tuple[WholeList, ...]
    items: tuple[ListItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """What an address stands for: the site there, and whether one in the recycle bin has it."""

    site: Site | None
    deleted: bool


class SiteReading:
    """Changes nothing. Every method raises GatewayError."""

    _transport: Transport
    _admin_host: str

    def read_site(self, url: str, titles: Sequence[str], *, with_items_of: str = "") -> WholeSite:
        """The site with the lists of these titles; one that is not there is left out. `with_items_of` is one of the
        titles."""
        raise NotImplementedError

    def look_at_new_site(self, url: str) -> tuple[Site | None, bool]:
        """The site, None while SharePoint does not show it, and whether its making is complete."""
        raise NotImplementedError

    def find_addresses(self, urls: Iterable[str]) -> dict[str, Answer[Address]]:
        """By the addresses as they were given. What befalls a whole request is the outcome of each address in it."""
        raise NotImplementedError
