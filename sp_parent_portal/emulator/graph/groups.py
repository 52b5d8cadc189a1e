"""Groups: make, find, change, delete."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from werkzeug.wrappers import Response

from .. import directory, lag
from ..web import json_answer
from . import advanced, expanding, odata
from .errors import GraphError, bad_request, no_such_resource
from .query import Doc, allow_only, context_of, listing, page_size, pick, respell
from .references import bind_members, bind_owners
from .routing import Call, route

READ = ("Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All",
        "Directory.Read.All", "Directory.ReadWrite.All")  # fmt: skip
CREATE = ("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All")
WRITE = ("Group.ReadWrite.All", "Directory.ReadWrite.All")
WRITE_MEMBERS = ("GroupMember.ReadWrite.All", *WRITE)

# Recorded: a group as it is answered when nothing is selected, in this order.
DEFAULT = (
    "id", "deletedDateTime", "classification", "createdDateTime", "creationOptions", "description", "displayName",
    "expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname", "membershipRule",
    "membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime", "onPremisesNetBiosName",
    "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "preferredDataLocation",
    "preferredLanguage", "proxyAddresses", "renewedDateTime", "resourceBehaviorOptions", "resourceProvisioningOptions",
    "securityEnabled", "securityIdentifier", "theme", "uniqueName", "visibility", "onPremisesProvisioningErrors",
    "serviceProvisioningErrors",
)  # fmt: skip
LISTS = (
    "creationOptions", "groupTypes", "proxyAddresses", "resourceBehaviorOptions", "resourceProvisioningOptions",
    "onPremisesProvisioningErrors", "serviceProvisioningErrors",
)  # fmt: skip
REQUIRED = {"displayName": str, "mailEnabled": bool, "mailNickname": str, "securityEnabled": bool}
SETTABLE = (*REQUIRED, "description", "groupTypes", "visibility", "creationOptions", "resourceBehaviorOptions",
            "isAssignableToRole")  # fmt: skip


LISTED_WITH = ("$filter", "$select", "$top", "$count", "$skiptoken", "$orderby", "$search", "$expand")
BINDINGS = ("owners@odata.bind", "members@odata.bind")
CHANGEABLE = ("displayName", "description", "mailNickname", "visibility")


def show_group(doc: Doc, select: tuple[str, ...]) -> Doc:
    return pick(doc, select, DEFAULT, DEFAULT, "group")


def get_visible_group(call: Call, key: str) -> Doc:
    """Raises GraphError where it is not there, or not there yet."""
    doc = directory.find_group(call.state, key)
    if doc is None or lag.miss(call.state, doc["id"]):
        raise no_such_resource(key)
    return doc


@route("GET", "/groups", permissions=READ)
def list_groups(call: Call) -> Response:
    query = call.query
    allow_only(call.request, query, *LISTED_WITH)
    advanced.check(query, advanced.GROUP)
    expanding.check(call, "group")
    nicknames = None
    if query.filter is not None:
        for name in odata.list_paths(query.filter):
            if name.lower() not in {known.lower() for known in DEFAULT}:
                raise bad_request(
                    f"Invalid filter clause: Could not find a property named '{name}' on type 'microsoft.graph.group'."
                )
        found = odata.find_equals(query.filter, {"mailnickname": "mailNickname"})
        nicknames = None if found is None else [value for _, value in found]
    hidden = lag.hide(call.state)

    def wanted(doc: Doc) -> bool:
        return doc["id"] not in hidden and (query.filter is None or odata.fits(query.filter, doc))

    def rows(behind: int) -> Iterator[directory.Numbered]:
        return directory.list_groups(call.state, nicknames=nicknames, after=behind)

    page, more_after = advanced.find_page(query, advanced.GROUP, rows, wanted, page_size(query))
    shown = [(number, {**show_group(doc, query.select), **_expand(call, doc)}) for number, doc in page]
    count = sum(1 for _, doc in rows(0) if wanted(doc)) if query.counted else None
    context = call.context(context_of("groups", query.select))
    return listing(call.request, context, shown, more_after=more_after, count=count)


@route("POST", "/groups", permissions=CREATE)
def create_group(call: Call) -> Response:
    body = respell(call.body, (*SETTABLE, *BINDINGS))
    for name, kind in REQUIRED.items():
        if name not in body or body[name] in (None, ""):
            raise GraphError(
                400, "Request_BadRequest", f"A value is required for property '{name}' of resource 'Group'.",
                details=[{"code": "PropertyRequired", "message": "", "target": name}],
            )  # fmt: skip
        if not isinstance(body[name], kind):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'Group'.")
    extra = [name for name in body if name not in SETTABLE and not name.endswith("@odata.bind")]
    if extra:
        raise bad_request(f"Resource 'Group' has no settable property '{extra[0]}'.")
    if body["mailEnabled"] != ("Unified" in body.get("groupTypes", [])):
        raise bad_request(
            "The service does not currently support writes of mail-enabled groups. Please ensure that the "
            "mail-enablement property is unset and the security-enablement property is set."
        )
    _check_nickname(call, body)
    doc = new_group(body, call.emulator.tenant.initial_domain, call.emulator.now())
    directory.add_group(call.state, bind_owners(call, doc, body.get("owners@odata.bind", [])))
    bind_members(call, doc, body.get("members@odata.bind", []))
    lag.begin(call.state, doc["id"])
    location = (
        f"https://graph.microsoft.com/v2/{call.emulator.tenant.id}/directoryObjects/{doc['id']}/"
        "Microsoft.DirectoryServices.Group"
    )
    shown = {"@odata.context": call.context("groups/$entity"), **show_group(doc, ())}
    return json_answer(shown, 201, {"Location": location})


def _check_nickname(call: Call, body: Doc) -> None:
    """Only Microsoft 365 groups must have a nickname of their own."""
    if "Unified" in body.get("groupTypes", []) and any(
        directory.list_groups(call.state, nicknames=[body["mailNickname"]])
    ):
        raise GraphError(
            400, "Request_BadRequest", "Another object with the same value for property mailNickname already exists.",
            details=[{"code": "ObjectConflict", "message": "", "target": "mailNickname"}],
        )  # fmt: skip


def new_group(body: Doc, domain: str, at: datetime) -> Doc:
    """A group as it is made from what was sent; `domain` is where the mail of a Microsoft 365 group lives."""
    group_id = uuid.uuid4()
    created = directory.stamp(at)
    unified = "Unified" in body.get("groupTypes", [])
    mail = f"{body['mailNickname']}@{domain}" if unified else None
    return {
        **dict.fromkeys(DEFAULT),
        **{name: [] for name in LISTS},
        **{name: body[name] for name in SETTABLE if name in body},
        "id": str(group_id),
        "createdDateTime": created,
        "renewedDateTime": created,
        "mail": mail,
        "proxyAddresses": [f"SMTP:{mail}"] if mail else [],
        "securityIdentifier": directory.make_security_identifier(str(group_id)),
        "visibility": body.get("visibility", "Public") if unified else body.get("visibility"),
    }


@route("GET", "/groups/<key>", permissions=READ)
def get_group(call: Call) -> Response:
    allow_only(call.request, call.query, "$select", "$expand")
    doc = get_visible_group(call, call.args["key"])
    context = call.context(f"{context_of('groups', call.query.select)}/$entity")
    return json_answer({"@odata.context": context, **show_group(doc, call.query.select), **_expand(call, doc)})


def _expand(call: Call, doc: Doc) -> Doc:
    from .users import show_user

    def show(kind: str, related: Doc, select: tuple[str, ...]) -> Doc:
        return show_user(related, select) if kind == "user" else show_group(related, select)

    return expanding.expand(call, "group", doc, show)


@route("PATCH", "/groups/<key>", permissions=WRITE_MEMBERS)
def change_group(call: Call) -> Response:
    doc = get_visible_group(call, call.args["key"])
    body = respell(call.body, (*CHANGEABLE, *BINDINGS))
    changes = {name: value for name, value in body.items() if name not in BINDINGS}
    for name in changes:
        if name not in CHANGEABLE:
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")
    if set(body) != {"members@odata.bind"} and not call.token.allows(WRITE):
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    bind_members(call, doc, body.get("members@odata.bind", []))
    doc = bind_owners(call, doc, body.get("owners@odata.bind", []))
    directory.store_group(call.state, {**doc, **changes})
    return Response(status=204)


@route("DELETE", "/groups/<key>", permissions=WRITE)
def delete_group(call: Call) -> Response:
    """The site of a Microsoft 365 group goes with it, to the recycle bin, and comes back with it (documented)."""
    from ..sharepoint.group_sites import recycle_site_of

    group = get_visible_group(call, call.args["key"])
    directory.delete_group(call.state, group, call.emulator.now())
    recycle_site_of(call.emulator, group)
    return Response(status=204)
