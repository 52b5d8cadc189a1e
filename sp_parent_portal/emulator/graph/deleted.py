"""Deleted accounts and groups: thirty days in which they can come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from werkzeug.wrappers import Response

from .. import directory
from ..sharepoint.group_sites import purge_site_of, restore_site_of
from ..web import json_answer
from . import advanced, odata
from .errors import no_such_resource
from .groups import show_group
from .query import Doc, allow_only, context_of, listing, page_size
from .routing import Call, route
from .users import show_user

READ = (
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.DeleteRestore.All",
)
WRITE = ("Directory.ReadWrite.All", "User.ReadWrite.All", "User.DeleteRestore.All")
GROUP_READ = ("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
DAYS = 30
BASE = "/directory/deletedItems"
Show = Callable[[Doc, tuple[str, ...]], Doc]


def _answer_rows(
    call: Call, name: str, kind: advanced.Kind, rows: Iterator[directory.Numbered], show: Show
) -> Response:
    query = call.query
    allow_only(call.request, query, "$select", "$filter", "$top", "$count", "$skiptoken", "$orderby", "$search")
    advanced.check(query, kind)
    wanted = [(number, doc) for number, doc in rows if query.filter is None or odata.fits(query.filter, doc)]

    def behind(number: int) -> list[directory.Numbered]:
        return [row for row in wanted if row[0] > number]

    page, more_after = advanced.find_page(query, kind, behind, lambda _: True, page_size(query))
    shown = [(number, show(doc, query.select)) for number, doc in page]
    count = len(wanted) if query.counted else None
    context = call.context(context_of(name, query.select))
    return listing(call.request, context, shown, more_after=more_after, count=count)


@route("GET", f"{BASE}/microsoft.graph.user", permissions=READ)
def list_deleted_users(call: Call) -> Response:
    rows = _still_there(call, directory.list_users(call.state, deleted=True))
    return _answer_rows(call, "users", advanced.USER, rows, show_user)


@route("GET", f"{BASE}/microsoft.graph.group", permissions=GROUP_READ)
def list_deleted_groups(call: Call) -> Response:
    rows = _still_there(call, directory.list_groups(call.state, deleted=True))
    return _answer_rows(call, "groups", advanced.GROUP, rows, show_group)


def _still_there(call: Call, rows: Iterator[directory.Numbered]) -> Iterator[directory.Numbered]:
    """Without those whose thirty days are over."""
    return ((number, doc) for number, doc in rows if not _is_over(call, doc))


def _is_over(call: Call, doc: Doc) -> bool:
    deleted = datetime.fromisoformat(doc["deletedDateTime"])
    return call.emulator.now() - deleted > timedelta(days=DAYS)


def _get_deleted(call: Call) -> tuple[str, Doc]:
    """The kind (user, group) and doc of the deleted object of that id. Raises GraphError where there is none."""
    key = call.args["key"]
    user = directory.find_user(call.state, key, deleted=True)
    if user is not None and user["id"] == key.lower() and not _is_over(call, user):
        return "user", user
    group = directory.find_group(call.state, key, deleted=True)
    if group is None or _is_over(call, group):
        raise no_such_resource(key)
    return "group", group


def _show(call: Call, kind: str, doc: Doc) -> Response:
    shown = show_user(doc, call.query.select) if kind == "user" else show_group(doc, call.query.select)
    head = {"@odata.context": call.context("directoryObjects/$entity"), "@odata.type": f"#microsoft.graph.{kind}"}
    return json_answer({**head, **shown})


@route("GET", f"{BASE}/<key>", permissions=(*READ, *GROUP_READ))
def get_deleted(call: Call) -> Response:
    allow_only(call.request, call.query, "$select")
    return _show(call, *_get_deleted(call))


@route("GET", f"{BASE}/microsoft.graph.group/<key>", permissions=GROUP_READ)
def get_deleted_group(call: Call) -> Response:
    return get_deleted(call)


@route("POST", f"{BASE}/<key>/restore", permissions=(*WRITE, "Group.ReadWrite.All"))
def restore(call: Call) -> Response:
    kind, doc = _get_deleted(call)
    if kind == "user":
        directory.restore_user(call.state, doc)
    else:
        directory.restore_group(call.state, doc)
        restore_site_of(call.emulator, doc)
    return _show(call, kind, doc)


@route("DELETE", f"{BASE}/<key>", permissions=(*WRITE, "Group.ReadWrite.All"))
def purge(call: Call) -> Response:
    kind, doc = _get_deleted(call)
    if kind == "user":
        directory.purge_user(call.state, doc["id"])
    else:
        directory.purge_group(call.state, doc["id"])
        purge_site_of(call.emulator, doc)
    return Response(status=204)


@route("DELETE", f"{BASE}/microsoft.graph.group/<key>", permissions=("Group.ReadWrite.All", *WRITE))
def purge_group(call: Call) -> Response:
    return purge(call)
