"""A new site's content in one CSOM request, and items of a list with how the list reads afterwards in another.

Type ids, methods and the order of the values are those of Microsoft's client library (its port to .NET Core,
OneBitSoftware/NetCore.CSOM; for links SPClientCore; both read 2026-11). That a new role assignment takes the bindings
of another one, as the library's own types allow and as people's scripts do, is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import GatewayError
from .answers import need
from .csom import Argument, Path, Query, Select, Struct, Typed, send
from .model import ListItem
from .site_items import ask_items, read_items
from .site_work import NewLevel, NewLink, NewList, NewView, Private, SiteWork

if TYPE_CHECKING:
    from .transport import Transport

LIST = "{e247b7fc-095e-4ea4-a4c9-c5d373723d8c}"
VIEW = "{a3547807-7266-42f3-b055-afa6e840e458}"
LEVEL = "{59eddf82-1018-4677-8067-69e16efd3495}"
MASK = "{db780e5a-6bc6-41ad-8e64-9dfa761afb6d}"
BINDINGS = "{07bf1941-6953-4761-b114-58374b4aaf57}"
LINK = "{7aaaa605-79a9-4fda-ae1e-db952e5083e0}"
ITEM = "{54cdbee5-0897-44ac-829f-411557fa11be}"
NO_GUID = "{00000000-0000-0000-0000-000000000000}"
NOT_IN_MENU, HTML, NO_FILE = Typed("Enum", 0), Typed("Enum", 1), Typed("Enum", 0)
NAME_AS_GIVEN = Typed("Enum", 8)  # AddFieldOptions.AddFieldInternalNameHint

Value = str | bool | int | datetime | None


@dataclass(frozen=True, slots=True)
class WrittenItems:
    """`ids` are the numbers of what was written, in the order in which it was given; `items` the whole list as it read
    after that."""

    ids: tuple[int, ...]
    items: tuple[ListItem, ...]


class SiteBuilding:
    """`url` is a site's absolute address. Every method raises GatewayError. What a request that failed had done before
    its mistake may stay done: read it."""

    _transport: Transport

    def build_site(self, url: str, work: SiteWork) -> GatewayError | None:
        """All of `work` in one request, which proves little: read back. The error is that of `visitor_login` alone,
        NotFound while a group that was just made does not resolve yet; everything else raises it, AlreadyExists where
        a title or a name is taken."""
        query = Query.of_site()
        _set_properties(query, query.web, work.settings)
        _add_level(query, work)
        for each in work.lists:
            _add_list(query, each)
        _add_links(query, work.links)
        if not work.visitor_login:
            send(self._transport, url, query, "build the site")
            return None
        with query.attempt() as attempt:
            user = query.call(query.web, "EnsureUser", work.visitor_login)
            group = query.get(query.web, "AssociatedVisitorGroup")
            query.call(query.get(group, "Users"), "AddUser", user)
        return send(self._transport, url, query, "build the site").error(attempt)

    def write_items_and_read(
        self, url: str, list_id: str, wanted: Sequence[tuple[int | None, Mapping[str, Value]]]
    ) -> WrittenItems:
        """New items (None), and new values for those that have a number; then the list, asked afresh. A moment is given
        as an aware datetime, and reads as the text `2027-05-01T09:00:00Z`. Where one cannot be written it raises, and
        those before it may have been."""
        operation = "write list items"
        query = Query.of_site()
        lists = query.get(query.web, "Lists")
        of_list = query.call(lists, "GetById", Typed("Guid", f"{{{list_id}}}"))
        numbers = [_write_item(query, of_list, item, values) for item, values in wanted]
        rows = ask_items(query, query.call(lists, "GetById", Typed("Guid", f"{{{list_id}}}")))
        answer = send(self._transport, url, query, operation)
        ids = tuple(int(need(answer.row(number), "Id", int, operation)) for number in numbers)
        return WrittenItems(ids, read_items(answer, rows))


def _set_properties(query: Query, path: Path, values: Mapping[str, str | bool]) -> None:
    for name, value in values.items():
        query.set(path, name, value)
    if values:
        query.do(path, "Update")


# ---- who may ---------------------------------------------------------------------------------------------------------


def _add_level(query: Query, work: SiteWork) -> None:
    """The permission level, and what Visitors hold. Who holds several loses them when the assignment is updated, not
    before: the group is never without one."""
    if work.level is None and not work.visitors:
        return
    levels = query.get(query.web, "RoleDefinitions")
    made = None if work.level is None else query.call(levels, "Add", _level(work.level))
    if not work.visitors:
        return
    is_made = work.level is not None and work.level.name == work.visitors
    level = made if made is not None and is_made else query.call(levels, "GetByName", work.visitors)
    group = query.get(query.web, "AssociatedVisitorGroup")
    assignments = query.get(query.web, "RoleAssignments")
    if work.visitors_hold_nothing:
        bindings = query.make(BINDINGS)
        query.do(bindings, "Add", level)
        query.call(assignments, "Add", group, bindings)
        return
    assignment = query.call(assignments, "GetByPrincipal", group)
    bindings = query.get(assignment, "RoleDefinitionBindings")
    query.do(bindings, "RemoveAll")
    query.do(bindings, "Add", level)
    query.do(assignment, "Update")


def _level(wanted: NewLevel) -> Struct:
    mask = Struct(MASK, {"High": Typed("UInt32", wanted.high), "Low": Typed("UInt32", wanted.low)})
    return Struct(LEVEL, {"BasePermissions": mask, "Description": wanted.description, "Name": wanted.name, "Order": 1})


def _make_private(query: Query, of_list: Path, private: Private) -> None:
    """No permission is copied, so nobody sees the list for a moment who may not."""
    if private is Private.NO:
        return
    query.do(of_list, "BreakRoleInheritance", False, True)
    if private is Private.STAFF:
        on_list, on_web = query.get(of_list, "RoleAssignments"), query.get(query.web, "RoleAssignments")
        for name in ("AssociatedOwnerGroup", "AssociatedMemberGroup"):
            group = query.get(query.web, name)
            held = query.get(query.call(on_web, "GetByPrincipal", group), "RoleDefinitionBindings")
            query.call(on_list, "Add", group, held)


# ---- content ---------------------------------------------------------------------------------------------------------


def _add_list(query: Query, wanted: NewList) -> None:
    """Private and hidden before there is anything to see in it."""
    made = query.call(query.get(query.web, "Lists"), "Add", _list(wanted))
    _make_private(query, made, wanted.private)
    if wanted.hidden:
        _set_properties(query, made, {"Hidden": True})
    fields, views = query.get(made, "Fields"), query.get(made, "Views")
    for column in wanted.columns:
        query.call(fields, "AddFieldAsXml", column, False, NAME_AS_GIVEN)
    for view in wanted.views:
        query.call(views, "Add", _view(view))


def _list(wanted: NewList) -> Struct:
    values: dict[str, Argument] = {
        "CustomSchemaXml": None,
        "DataSourceProperties": None,
        "Description": wanted.description,
        "DocumentTemplateType": 0,
        "ListTemplate": None,
        "QuickLaunchOption": NOT_IN_MENU,
        "TemplateFeatureId": Typed("Guid", NO_GUID),
        "TemplateType": wanted.template,
        "Title": wanted.title,
        "Url": None,
    }
    return Struct(LIST, values)


def _view(wanted: NewView) -> Struct:
    values: dict[str, Argument] = {
        "Paged": wanted.paged,
        "PersonalView": False,
        "Query": wanted.query,
        "RowLimit": Typed("UInt32", wanted.rows),
        "SetAsDefaultView": wanted.default,
        "Title": wanted.title,
        "ViewFields": Typed("Array", wanted.fields),
        "ViewTypeKind": HTML,
    }
    return Struct(VIEW, values)


def _add_links(query: Query, links: Sequence[NewLink]) -> None:
    """As external ones: of others the service checks that the address exists, and refuses it."""
    if not links:
        return
    nodes = query.get(query.get(query.web, "Navigation"), "QuickLaunch")
    for each in links:
        values: dict[str, Argument] = {
            "AsLastNode": True,
            "IsExternal": True,
            "PreviousNode": None,
            "Title": each.title,
            "Url": each.url,
        }
        query.call(nodes, "Add", Struct(LINK, values))


def _write_item(query: Query, of_list: Path, number: int | None, values: Mapping[str, Value]) -> int:
    """By what the answer tells the item's number."""
    if number is None:
        new: dict[str, Argument] = {"FolderUrl": None, "LeafName": None, "UnderlyingObjectType": NO_FILE}
        item = query.call(of_list, "AddItem", Struct(ITEM, new))
    else:
        item = query.call(of_list, "GetItemById", number)
    for name, value in values.items():
        query.do(item, "SetFieldValue", name, value)
    query.do(item, "Update")
    return query.read(item, Select(own=("Id",)))
