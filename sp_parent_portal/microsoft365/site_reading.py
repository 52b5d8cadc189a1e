"""Everything that depends on a site's content and permissions in one CSOM request; and sites as tenant administration
knows them, many in one request.

Shapes as in csom.py. Principals and sites are asked for all that is plain: a person and a group have different
properties, and so have builds of tenant administration (CLI for Microsoft 365 and PnP Core ask so too, read 2026-11).
Rows are judged by site_rows.py as those of REST are: what is missing is BadAnswer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import GatewayError, NotFound
from . import site_rows
from .answers import need
from .csom import Attempt, Path, Query, Select, send
from .csom_answers import CsomAnswer
from .model import Access, Answer, Grant, ListItem, ListShape, NavNode, Site, SiteList
from .refusals import NO_LIST, NO_SITE, NO_SUCH_DELETED
from .site_items import ask_items, read_items

if TYPE_CHECKING:
    from .transport import Transport

PLAIN = Select(all=True)
GRANTS = Select(each=Select(parts={"Member": PLAIN, "RoleDefinitionBindings": Select(each=Select(("Id", "Name")))}))
PEOPLE = Select(each=Select(("Id", "LoginName", "PrincipalType", "Title", "Email")))
LEVELS = Select(each=Select(("Id", "Name", "BasePermissions")))
REGION = Select(site_rows.REGIONAL, {"TimeZone": Select(("Id",))})
WEB = Select(
    (*site_rows.WEB, *site_rows.CHROME),
    {
        "RegionalSettings": REGION,
        **{name: Select(("Id", "Title"), {"Users": PEOPLE}) for name in site_rows.ASSOCIATED},
        "RoleAssignments": GRANTS,
        "RoleDefinitions": LEVELS,
    },
)
LINKS = Select(each=Select(("Id", "Title", "Url")))
FOLDER = {"RootFolder": Select(("ServerRelativeUrl",))}
LISTS = Select(each=Select(site_rows.LIST, FOLDER))
LIST = Select(
    site_rows.LIST,
    {
        **FOLDER,
        "Fields": Select(each=Select(site_rows.FIELD)),
        "Views": Select(each=Select(site_rows.VIEW)),
        "RoleAssignments": GRANTS,
    },
)
MADE = frozenset({"Active", "Updating"})
CHUNK = 20  # addresses in a request


@dataclass(frozen=True, slots=True)
class WholeList:
    """A list with its columns and views, and the grants on it: its own, or those that it inherits."""

    list: SiteList
    shape: ListShape
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class WholeSite:
    """`lists` are those that were asked for and are there, `items` those of the one list that was asked for them;
    `listed` are all that the site has."""

    access: Access
    navigation: tuple[NavNode, ...]
    lists: tuple[WholeList, ...]
    items: tuple[ListItem, ...] = ()
    listed: tuple[SiteList, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """What an address stands for: the site there, or where there is none, whether one in the recycle bin has it."""

    site: Site | None
    deleted: bool


class SiteReading:
    """Changes nothing. Every method raises GatewayError."""

    _transport: Transport
    _admin_host: str

    def read_site(self, url: str, titles: Sequence[str], *, with_items_of: str = "") -> WholeSite:
        """The site with the lists of these titles; one that is not there is left out. `with_items_of` is one of the
        titles."""
        query = Query.of_site()
        web = query.read(query.web, WEB)
        nodes = query.read(query.get(query.get(query.web, "Navigation"), "QuickLaunch"), LINKS)
        lists = query.get(query.web, "Lists")
        listed = query.read(lists, LISTS)
        wanted = dict.fromkeys(titles)
        asked = {title: _ask_list(query, lists, title, with_items=title == with_items_of) for title in wanted}
        answer = send(self._transport, url, query, "read the site", reads=True)
        operation = answer.operation
        there = tuple(site_rows.make_list(row, operation) for row in _rows(answer, listed))
        names = {each.title.casefold() for each in there}
        found = [each for title, each in asked.items() if _is_there(answer, each.attempt, title.casefold() in names)]
        items = next((each.items for each in found if each.items), 0)
        return WholeSite(
            access=site_rows.make_access(answer.row(web), operation),
            navigation=tuple(site_rows.make_node(row, operation) for row in _rows(answer, nodes)),
            lists=tuple(_make_list(answer, each.row) for each in found),
            items=read_items(answer, items) if items else (),
            listed=there,
        )

    def look_at_new_site(self, url: str) -> tuple[Site | None, bool]:
        """The site, None while SharePoint does not show it or says that it is not made yet, and whether its web is
        complete too."""
        query = Query.of_tenant()
        address = url.rstrip("/")
        site = _ask_site(query, address)
        with query.attempt() as attempt:
            root = query.get(query.call(query.tenant, "GetSiteByUrl", address), "RootWeb")
            complete = query.read(root, Select(("IsProvisioningComplete",)))
        answer = self._ask(query, "look at the new site")
        if _is_missing(answer, site) or need(answer.row(site.row), "Status", str, answer.operation) not in MADE:
            return None, False
        found, why = site_rows.make_site_at(address, answer.row(site.row), answer.operation), answer.error(attempt)
        if why is not None:
            if isinstance(why, NotFound):
                return found, False
            raise why
        return found, bool(need(answer.row(complete), "IsProvisioningComplete", bool, answer.operation))

    def find_addresses(self, urls: Iterable[str]) -> dict[str, Answer[Address]]:
        """By the addresses as they were given. What befalls a whole request is the outcome of each address in it."""
        found: dict[str, Answer[Address]] = {}
        rest: Iterator[str] = iter(dict.fromkeys(urls))
        while chunk := list(islice(rest, CHUNK)):
            try:
                found |= self._find_addresses(chunk)
            except GatewayError as error:
                found |= {url: Answer(error=error) for url in chunk}
        return found

    def _find_addresses(self, urls: Sequence[str]) -> dict[str, Answer[Address]]:
        query = Query.of_tenant()
        asked = [(url, _ask_site(query, url.rstrip("/")), _ask_deleted(query, url.rstrip("/"))) for url in urls]
        answer = self._ask(query, "look up the sites' addresses")
        return {url: _make_address(answer, url, site, deleted) for url, site, deleted in asked}

    def _ask(self, query: Query, operation: str) -> CsomAnswer:
        return send(self._transport, f"https://{self._admin_host}", query, operation, reads=True)


def _rows(answer: CsomAnswer, number: int) -> list[site_rows.Row]:
    return site_rows.rows(answer.row(number), answer.operation)


# ---- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """By what an answer tells a thing that may not be there, and its items where they were asked for."""

    attempt: Attempt
    row: int
    items: int = 0


def _ask_list(query: Query, lists: Path, title: str, *, with_items: bool) -> _Asked:
    with query.attempt() as attempt:
        found = query.call(lists, "GetByTitle", title)
        return _Asked(attempt, query.read(found, LIST), ask_items(query, found) if with_items else 0)


def _is_there(answer: CsomAnswer, attempt: Attempt, is_listed: bool) -> bool:
    """Raises every error but the one that says that there is no such list, of a list that is not listed either. That
    code means other mistakes too, and what its text says depends on the site's language."""
    error = answer.error(attempt)
    if error is not None and (error.code not in NO_LIST or is_listed):
        raise error
    return error is None


def _make_list(answer: CsomAnswer, number: int) -> WholeList:
    row, operation = answer.row(number), answer.operation
    access = site_rows.make_list_access(row, operation)
    return WholeList(access.list, site_rows.make_shape(row, operation), access.grants)


# ---- tenant administration -------------------------------------------------------------------------------------------


def _ask_site(query: Query, url: str) -> _Asked:
    with query.attempt() as attempt:
        found = query.call(query.tenant, "GetSitePropertiesByUrl", url, True)
        return _Asked(attempt, query.read(found, PLAIN))


def _is_missing(answer: CsomAnswer, asked: _Asked) -> bool:
    """Only where SharePoint says that there is no such site; every other error is raised."""
    error = answer.error(asked.attempt)
    if error is not None and not (isinstance(error, NotFound) and error.code.endswith(NO_SITE)):
        raise error
    return error is not None


def _ask_deleted(query: Query, url: str) -> _Asked:
    with query.attempt() as attempt:
        found = query.call(query.tenant, "GetDeletedSitePropertiesByUrl", url)
        return _Asked(attempt, query.read(found, PLAIN))


def _is_deleted(answer: CsomAnswer, asked: _Asked) -> bool:
    error = answer.error(asked.attempt)
    if error is None:
        need(answer.row(asked.row), "Status", str, answer.operation)
    elif not (isinstance(error, NotFound) or error.code == NO_SUCH_DELETED):
        raise error
    return error is None


def _make_address(answer: CsomAnswer, url: str, site: _Asked, deleted: _Asked) -> Answer[Address]:
    try:
        there = not _is_missing(answer, site)
        found = site_rows.make_site_at(url, answer.row(site.row), answer.operation) if there else None
        # Whether a site is in the recycle bin says nothing of an address where another one stands.
        return Answer(Address(found, found is None and _is_deleted(answer, deleted)))
    except GatewayError as error:
        return Answer(error=error)
