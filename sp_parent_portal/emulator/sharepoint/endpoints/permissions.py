"""Permission levels and role assignments, on the web, a list or an item."""

from __future__ import annotations

import re

from .. import items, permissions, rules, users
from ..answers import Empty, Entity, Rows, Value, Void
from ..faults import bad_value, no_user
from ..routes import FULL, PERMISSION, Answer, Call, endpoint
from ..site import Doc
from .lists import list_of

SCOPES = ("web", "web/lists(*)", "web/lists(*)/items(*)")
MASK = "SP.BasePermissions"


def _on(rest: str) -> tuple[str, ...]:
    return tuple(f"{scope}/{rest}" for scope in SCOPES)


def scope_of(call: Call) -> str:
    """What the call is about. Raises Fault where the list or item is missing."""
    if call.path.find("lists") is None:
        return ""
    owner = list_of(call)
    if call.path.find("items") is None:
        return str(owner["Id"])
    return items.item_scope(items.get_item(call.site, owner, call.key("items")[0]))


# ---- permission levels


@endpoint("GET", "web/roledefinitions", price=PERMISSION)
def list_roles(call: Call) -> Answer:
    return Rows(permissions.ROLE, call.site.each("role"))


@endpoint("POST", "web/roledefinitions", needs=FULL, price=PERMISSION)
def create_role(call: Call) -> Answer:
    return Entity(permissions.ROLE, permissions.add_role(call.site, call.body), 201)


def _role_of(call: Call) -> Doc:
    return permissions.get_role(call.site, *call.key("roledefinitions"))


@endpoint("GET", "web/roledefinitions(*)", price=PERMISSION)
def get_role(call: Call) -> Answer:
    return Entity(permissions.ROLE, _role_of(call))


@endpoint("MERGE", "web/roledefinitions(*)", needs=FULL, price=PERMISSION)
def change_role(call: Call) -> Answer:
    permissions.change_role(call.site, _role_of(call), call.body)
    return Empty()


@endpoint("DELETE", "web/roledefinitions(*)", needs=FULL, price=PERMISSION)
def remove_role(call: Call) -> Answer:
    permissions.remove_role(call.site, _role_of(call))
    return Empty(200)


# ---- inheritance


@endpoint("POST", *_on("breakroleinheritance"), needs=FULL, price=PERMISSION)
def break_inheritance(call: Call) -> Answer:
    permissions.break_inheritance(call.site, scope_of(call), copy=bool(call.find("copyRoleAssignments")))
    return Void()


@endpoint("POST", *_on("resetroleinheritance"), needs=FULL, price=PERMISSION)
def restore_inheritance(call: Call) -> Answer:
    scope = scope_of(call)
    if not scope:
        raise bad_value("The root web of a site collection has no parent to inherit from.")
    permissions.restore_inheritance(call.site, scope)
    return Void()


# ---- what somebody may


@endpoint("GET", *_on("effectivebasepermissions"), price=PERMISSION)
def get_own_permissions(call: Call) -> Answer:
    """Of who asks; an application with Sites.FullControl.All may everything."""
    if call.token.app_only:
        return Value(permissions.EVERYTHING, MASK)
    return Value(_mask_of(call, f"{users.MEMBERSHIP}{call.token.upn}"), MASK)


@endpoint("GET", *_on("getusereffectivepermissions"), price=PERMISSION)
@endpoint("POST", *_on("getusereffectivepermissions"), price=PERMISSION, reads=True)
def get_permissions(call: Call) -> Answer:
    """Of an account, by its login name, whether it was ever on the site or not."""
    return Value(_mask_of(call, str(call.get("userName"))), MASK)


def _mask_of(call: Call, login: str) -> Doc:
    account = users.find_account(call.emulator.state, login.rpartition("|")[2])
    if account is None:
        raise no_user()
    return permissions.mask_of(call.site, scope_of(call), rules.principals_of(call.emulator, call.site, account))


# ---- role assignments


@endpoint("GET", *_on("roleassignments"), price=PERMISSION)
def list_assignments(call: Call) -> Answer:
    return Rows(permissions.ASSIGNMENT, permissions.list_assignments(call.site, scope_of(call)))


@endpoint("GET", *_on("roleassignments(*)"), price=PERMISSION)
def get_assignment(call: Call) -> Answer:
    return Entity(permissions.ASSIGNMENT, _assignment_of(call))


def _assignment_of(call: Call) -> Doc:
    return permissions.get_assignment(call.site, scope_of(call), call.key("roleassignments")[0])


@endpoint("DELETE", *_on("roleassignments(*)"), needs=FULL, price=PERMISSION)
@endpoint("POST", *_on("roleassignments(*)/deleteobject"), needs=FULL, price=PERMISSION)
def delete_assignment(call: Call) -> Answer:
    scope, assignment = scope_of(call), _assignment_of(call)
    for role in assignment["_roles"]:
        permissions.remove_grant(call.site, scope, assignment["PrincipalId"], role)
    return Empty(200)


@endpoint("GET", *_on("roleassignments(*)/roledefinitionbindings"), price=PERMISSION)
def list_bindings(call: Call) -> Answer:
    return permissions.ASSIGNMENT.expansions["roledefinitionbindings"](call.site, _assignment_of(call))


@endpoint("GET", *_on("roleassignments(*)/member"), price=PERMISSION)
def get_assigned(call: Call) -> Answer:
    return permissions.get_principal(call.site, _assignment_of(call)["PrincipalId"])


@endpoint("POST", *_on("roleassignments/addroleassignment"), needs=FULL, price=PERMISSION)
def add_assignment(call: Call) -> Answer:
    permissions.add_grant(call.site, scope_of(call), *_numbers(call))
    return Void()


@endpoint("POST", *_on("roleassignments/removeroleassignment"), needs=FULL, price=PERMISSION)
def remove_assignment(call: Call) -> Answer:
    permissions.remove_grant(call.site, scope_of(call), *_numbers(call))
    return Void()


def _numbers(call: Call) -> tuple[int, int]:
    numbers = []
    for position, name in enumerate(("principalId", "roleDefId")):
        value = call.get(name, position)
        if not re.fullmatch(r"\d+", str(value)):
            raise bad_value(f"Cannot convert the literal '{value}' to the expected type 'Edm.Int32'.")
        numbers.append(int(value))
    return numbers[0], numbers[1]
