"""Who is in a group."""

from __future__ import annotations

from werkzeug.wrappers import Response

from .. import directory, lag
from . import advanced, odata
from .errors import bad_request, no_such_resource
from .groups import DEFAULT, READ, WRITE, WRITE_MEMBERS, get_visible_group, show_group
from .query import Doc, after, allow_only, context_of, cut_page, listing, page_size
from .references import bind_members, bind_owners
from .routing import Call, route
from .users import KNOWN, show_user

USER_NAMES = frozenset(name.lower() for name in KNOWN)
GROUP_NAMES = frozenset(name.lower() for name in DEFAULT)


def _show(kind: str, doc: Doc, select: tuple[str, ...]) -> Doc:
    return show_user(doc, select) if kind == "user" else show_group(doc, select)


def _show_member(kind: str, doc: Doc, select: tuple[str, ...]) -> Doc:
    """As `_show`, but what only the other kind of member has is left out, not refused: the collection holds both."""
    mine, other = (USER_NAMES, GROUP_NAMES) if kind == "user" else (GROUP_NAMES, USER_NAMES)
    own = tuple(name for name in select if name.lower() in mine or name.lower() not in other)
    return _show(kind, doc, own) if own or not select else {}


def _count(call: Call, group_id: str, kind: str = "", *, transitive: bool = False) -> int:
    return directory.count_members(call.state, group_id, transitive=transitive, kind=kind)


def _answer_members(call: Call, *, transitive: bool, kind: str = "") -> Response:
    """One page. A cast (`kind`) leaves the other kind of object out and the `@odata.type` too."""
    query = call.query
    if query.options & {"$filter", "$search", "$orderby"}:
        return _answer_chosen(call, transitive=transitive, kind=kind)
    allow_only(call.request, query, "$select", "$top", "$count", "$skiptoken")
    group = get_visible_group(call, call.args["key"])
    hidden, size = lag.hide(call.state), page_size(query)
    limit = size + 1 + len(hidden)
    rows = directory.list_members(
        call.state, group["id"], transitive=transitive, kind=kind, after=query.after, limit=limit
    )
    rows = [row for row in rows if not {row[2]["id"], f"{group['id']}/{row[2]['id']}"} & hidden]
    show = _show if kind else _show_member
    shown = [
        (number, {**({} if kind else {"@odata.type": f"#microsoft.graph.{of}"}), **show(of, doc, query.select)})
        for number, of, doc in rows[:size]
    ]
    name = f"{kind}s" if kind else "directoryObjects"
    return listing(
        call.request,
        call.context(context_of(name, query.select)),
        shown,
        more_after=rows[size - 1][0] if len(rows) > size else None,
        count=_count(call, group["id"], kind, transitive=transitive) if query.counted else None,
    )


def _answer_chosen(call: Call, *, transitive: bool, kind: str) -> Response:
    """A page of members that are filtered, searched or sorted."""
    query = call.query
    allow_only(call.request, query, "$select", "$top", "$count", "$skiptoken", "$filter", "$search", "$orderby")
    sorts = advanced.GROUP if kind == "group" else advanced.USER
    advanced.check(query, sorts)
    group, hidden = get_visible_group(call, call.args["key"]), lag.hide(call.state)
    found = directory.list_members(call.state, group["id"], transitive=transitive, kind=kind)
    kinds = {doc["id"]: of for _, of, doc in found}
    rows = [(number, doc) for number, _, doc in found if not {doc["id"], f"{group['id']}/{doc['id']}"} & hidden]

    def wanted(doc: Doc) -> bool:
        return query.filter is None or odata.fits(query.filter, doc)

    def behind(number: int) -> list[tuple[int, Doc]]:
        return [row for row in rows if row[0] > number]

    page, more_after = advanced.find_page(query, sorts, behind, wanted, page_size(query))
    show = _show if kind else _show_member
    shown = [
        (n, {**({} if kind else {"@odata.type": f"#microsoft.graph.{kinds[doc['id']]}"}),
             **show(kinds[doc["id"]], doc, query.select)})
        for n, doc in page
    ]  # fmt: skip
    context = call.context(context_of(f"{kind}s" if kind else "directoryObjects", query.select))
    count = sum(1 for _, doc in rows if wanted(doc)) if query.counted else None
    return listing(call.request, context, shown, more_after=more_after, count=count)


@route("GET", "/groups/<key>/members", permissions=READ, price="get_group_members")
def list_members(call: Call) -> Response:
    return _answer_members(call, transitive=False)


@route("GET", "/groups/<key>/members/microsoft.graph.user", permissions=READ, price="get_group_members")
def list_member_users(call: Call) -> Response:
    return _answer_members(call, transitive=False, kind="user")


@route("GET", "/groups/<key>/members/microsoft.graph.group", permissions=READ, price="get_group_members")
def list_member_groups(call: Call) -> Response:
    return _answer_members(call, transitive=False, kind="group")


@route("GET", "/groups/<key>/transitiveMembers", permissions=READ, price="get_transitive_members")
def list_transitive_members(call: Call) -> Response:
    return _answer_members(call, transitive=True)


@route("GET", "/groups/<key>/transitiveMembers/microsoft.graph.user", permissions=READ, price="get_transitive_members")
def list_transitive_users(call: Call) -> Response:
    return _answer_members(call, transitive=True, kind="user")


@route("GET", "/groups/<key>/transitiveMembers/microsoft.graph.group", permissions=READ, price="get_transitive_members")
def list_transitive_groups(call: Call) -> Response:
    return _answer_members(call, transitive=True, kind="group")


@route("GET", "/groups/<key>/members/$count", permissions=READ)
def count_members(call: Call) -> Response:
    if not call.query.eventual:
        raise bad_request("$count is not currently supported.")
    group = get_visible_group(call, call.args["key"])
    return Response(str(_count(call, group["id"])), content_type="text/plain")


@route("POST", "/groups/<key>/members/$ref", permissions=WRITE_MEMBERS)
def add_member(call: Call) -> Response:
    group = get_visible_group(call, call.args["key"])
    bind_members(call, group, [call.body.get("@odata.id")])
    return Response(status=204)


@route("DELETE", "/groups/<key>/members/<member>/$ref", permissions=WRITE_MEMBERS)
def remove_member(call: Call) -> Response:
    group = get_visible_group(call, call.args["key"])
    if not directory.remove_member(call.state, group["id"], call.args["member"].lower()):
        raise no_such_resource(call.args["member"])
    return Response(status=204)


@route("GET", "/groups/<key>/owners", permissions=READ)
def list_owners(call: Call) -> Response:
    allow_only(call.request, call.query, "$select", "$top", "$skiptoken")
    group = get_visible_group(call, call.args["key"])
    found = (directory.find_user(call.state, owner) for owner in group.get("_owners", []))
    owners = after([owner for owner in found if owner is not None], call.query)
    page, more_after = cut_page(owners, page_size(call.query), lambda _: True)
    shown = [(n, {"@odata.type": "#microsoft.graph.user", **show_user(o, call.query.select)}) for n, o in page]
    return listing(call.request, call.context("directoryObjects"), shown, more_after=more_after)


@route("POST", "/groups/<key>/owners/$ref", permissions=WRITE)
def add_owner(call: Call) -> Response:
    group = get_visible_group(call, call.args["key"])
    directory.store_group(call.state, bind_owners(call, group, [call.body.get("@odata.id")]))
    return Response(status=204)


@route("DELETE", "/groups/<key>/owners/<owner>/$ref", permissions=WRITE)
def remove_owner(call: Call) -> Response:
    """The last owner of a Microsoft 365 group stays (documented)."""
    group, owner = get_visible_group(call, call.args["key"]), call.args["owner"].lower()
    left = [each for each in group.get("_owners", []) if each != owner]
    if left == group.get("_owners", []):
        raise no_such_resource(owner)
    if not left and "Unified" in group["groupTypes"]:
        raise bad_request("The group must have at least one owner, hence this owner cannot be removed.")
    directory.store_group(call.state, {**group, "_owners": left})
    return Response(status=204)
