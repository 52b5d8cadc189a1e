"""Accounts: list, read, change, delete."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from werkzeug.wrappers import Response

from .. import directory, lag
from ..state import State
from ..web import json_answer
from . import advanced, expanding, odata
from .errors import GraphError, bad_request, no_such_resource, unsupported_query
from .query import Doc, Query, after, allow_only, context_of, listing, page_size, pick, respell
from .routing import Call, route

READ = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
WRITE = ("User.ReadWrite.All", "Directory.ReadWrite.All")

# Recorded: what a user is answered with when nothing is selected, in this order.
DEFAULT = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
KNOWN = (
    *DEFAULT, "accountEnabled", "createdDateTime", "creationType", "deletedDateTime", "externalUserState",
    "externalUserStateChangeDateTime", "identities", "mailNickname", "otherMails", "proxyAddresses", "signInActivity",
    "usageLocation", "userType",
)  # fmt: skip
CHANGEABLE = (
    "accountEnabled", "businessPhones", "displayName", "givenName", "jobTitle", "mobilePhone", "officeLocation",
    "otherMails", "preferredLanguage", "surname", "usageLocation", "userType",
)  # fmt: skip
LISTED_WITH = ("$filter", "$select", "$top", "$count", "$skiptoken", "$orderby", "$search", "$expand")
ADDRESSES = {
    "mail": "mail",
    "othermails": "otherMails",
    "userprincipalname": "userPrincipalName",
    "proxyaddresses": "proxyAddresses",
}


GUEST_STATES = ("PendingAcceptance", "Accepted")


def show_user(doc: Doc, select: tuple[str, ...]) -> Doc:
    shown = pick(doc, select, DEFAULT, KNOWN, "user")
    # Never signed in: the property is absent, not null. With it the id always comes along.
    if "signInActivity" in shown:
        if shown["signInActivity"] is None:
            del shown["signInActivity"]
        shown.setdefault("id", doc["id"])
    return shown


def asks_sign_ins(call: Call) -> bool:
    return "signinactivity" in {name.lower() for name in call.query.select}


def check_sign_ins(call: Call) -> None:
    """signInActivity needs AuditLog.Read.All and Entra ID P1."""
    if not asks_sign_ins(call):
        return
    if not call.token.allows(("AuditLog.Read.All",)):
        raise GraphError(
            403, "Authentication_MSGraphPermissionMissing",
            "Calling principal does not have required MSGraph permissions AuditLog.Read.All",
        )  # fmt: skip
    if not call.emulator.tenant.premium:
        raise GraphError(
            403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        )  # fmt: skip


def get_visible_user(call: Call, key: str) -> Doc:
    """The account, by id or sign-in name. Raises GraphError where it is not there, or not there yet."""
    doc = directory.find_user(call.state, key)
    if doc is None or lag.miss(call.state, doc["id"]):
        raise no_such_resource(key)
    return doc


@route("GET", "/users", permissions=READ, price="get_users")
def list_users(call: Call) -> Response:
    query = call.query
    allow_only(call.request, query, *LISTED_WITH)
    advanced.check(query, advanced.USER)
    expanding.check(call, "user")
    check_sign_ins(call)
    if query.filter is not None:
        check_filter(query.filter)
    hidden = lag.hide(call.state)
    size = page_size(query, most=500 if asks_sign_ins(call) else 999)

    def wanted(doc: Doc) -> bool:
        return doc["id"] not in hidden and (query.filter is None or odata.fits(query.filter, doc))

    rows = partial(find_candidates, call.state, query.filter)
    page, more_after = advanced.find_page(query, advanced.USER, rows, wanted, size)
    context = call.context(context_of("users", query.select))
    shown = [(number, {**show_user(doc, query.select), **_expand(call, doc)}) for number, doc in page]
    count = count_fitting(call.state, query) if query.counted else None
    return listing(call.request, context, shown, more_after=more_after, count=count)


def check_filter(test: odata.Test) -> None:
    known = {name.lower() for name in KNOWN}
    for name in odata.list_paths(test):
        if name.lower() not in known:
            raise bad_request(
                f"Invalid filter clause: Could not find a property named '{name}' on type 'microsoft.graph.user'."
            )
        if name.lower() == "signinactivity":
            raise unsupported_query("signInActivity is not supported as a filter here.")


def find_candidates(state: State, test: odata.Test | None, after: int) -> Any:
    """The accounts among which those that fit must be, by an index where there is one."""
    if test is None:
        return directory.list_users(state, after=after)
    pairs = odata.find_equals(test, ADDRESSES)
    if pairs is not None:
        return directory.list_users_with(state, pairs, after)
    return directory.list_users(state, kind=_kind_of(test), state_of_guest=_state_of(test), after=after)


def _state_of(test: odata.Test) -> str:
    found = odata.find_equals(test, {"externaluserstate": "externalUserState"})
    states = {value.lower() for _, value in found} if found else set()
    return next((known for known in GUEST_STATES if states == {known.lower()}), "")


def _kind_of(test: odata.Test) -> str:
    found = odata.find_equals(test, {"usertype": "userType"})
    kinds = {value.capitalize() for _, value in found} if found else set()
    return kinds.pop() if len(kinds) == 1 else ""


def count_fitting(state: State, query: Query) -> int:
    test = query.filter
    if query.search:
        found = advanced.read_search(query.search, advanced.USER)
        rows = find_candidates(state, test, 0)
        return sum(1 for _, doc in rows if found(doc) and (test is None or odata.fits(test, doc)))
    if test is None:
        return directory.count_users(state)
    if isinstance(test, odata.Compare) and _kind_of(test):
        return directory.count_users(state, _kind_of(test))
    return sum(1 for _, doc in find_candidates(state, test, 0) if odata.fits(test, doc))


@route("GET", "/users/$count", permissions=READ)
def count_users(call: Call) -> Response:
    allow_only(call.request, call.query, "$filter", "$search")
    if not call.query.eventual:
        raise bad_request("$count is not currently supported.")
    if call.query.filter is not None:
        check_filter(call.query.filter)
    return Response(str(count_fitting(call.state, call.query)), content_type="text/plain")


@route("GET", "/users/<key>", permissions=READ)
def get_user(call: Call) -> Response:
    allow_only(call.request, call.query, "$select", "$expand")
    check_sign_ins(call)
    doc = get_visible_user(call, call.args["key"])
    context = call.context(f"{context_of('users', call.query.select)}/$entity")
    return json_answer({"@odata.context": context, **show_user(doc, call.query.select), **_expand(call, doc)})


def _expand(call: Call, doc: Doc) -> Doc:
    from .groups import show_group

    return expanding.expand(call, "user", doc, lambda _, group, select: show_group(group, select))


@route("PATCH", "/users/<key>", permissions=WRITE)
def change_user(call: Call) -> Response:
    doc = get_visible_user(call, call.args["key"])
    body = respell(call.body, CHANGEABLE)
    for name in body:
        if name not in CHANGEABLE:
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")
    if not isinstance(body.get("accountEnabled", True), bool):
        raise bad_request("Invalid value specified for property 'accountEnabled' of resource 'User'.")
    directory.store_user(call.state, {**doc, **body})
    return Response(status=204)


@route("DELETE", "/users/<key>", permissions=WRITE)
def delete_user(call: Call) -> Response:
    directory.delete_user(call.state, get_visible_user(call, call.args["key"]), call.emulator.now())
    return Response(status=204)


@route("GET", "/users/<key>/memberOf", permissions=READ)
def list_groups_of(call: Call) -> Response:
    return _answer_groups(call, transitive=False)


@route("GET", "/users/<key>/transitiveMemberOf", permissions=READ)
def list_all_groups_of(call: Call) -> Response:
    return _answer_groups(call, transitive=True)


@route("GET", "/users/<key>/memberOf/microsoft.graph.group", permissions=READ)
def list_only_groups_of(call: Call) -> Response:
    return _answer_groups(call, transitive=False, cast=True)


@route("GET", "/users/<key>/transitiveMemberOf/microsoft.graph.group", permissions=READ)
def list_all_only_groups_of(call: Call) -> Response:
    return _answer_groups(call, transitive=True, cast=True)


def _answer_groups(call: Call, *, transitive: bool, cast: bool = False) -> Response:
    from .groups import show_group

    query = call.query
    allow_only(call.request, query, "$select", "$filter", "$top", "$count", "$skiptoken", "$orderby", "$search")
    advanced.check(query, advanced.GROUP)
    doc = get_visible_user(call, call.args["key"])
    groups = list(
        after(directory.list_groups_of(call.state, doc["id"], transitive=transitive), replace(query, after=0))
    )

    def wanted(group: Doc) -> bool:
        return query.filter is None or odata.fits(query.filter, group)

    rows = partial(_behind, groups)
    page, more_after = advanced.find_page(query, advanced.GROUP, rows, wanted, page_size(query))
    shown = [
        (n, {**({} if cast else {"@odata.type": "#microsoft.graph.group"}), **show_group(g, query.select)})
        for n, g in page
    ]
    count = sum(1 for _, group in groups if wanted(group)) if query.counted else None
    context = call.context(context_of("groups" if cast else "directoryObjects", query.select))
    return listing(call.request, context, shown, more_after=more_after, count=count)


def _behind(rows: list[tuple[int, Doc]], number: int) -> list[tuple[int, Doc]]:
    return [row for row in rows if row[0] > number]
