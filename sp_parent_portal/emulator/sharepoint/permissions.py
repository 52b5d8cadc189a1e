"""Permission levels, and who holds which on the web, a list or an item.

What may have permissions of its own is a *scope*: "" for the web, the list's id, `list id/item id`. A scope without its
own inherits: a list from the web, an item from its list.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from . import groups, users
from .answers import Entity, EntityType, Rows
from .faults import bad_value, no_principal, no_role, no_unique_permissions, role_exists
from .reading import check_type, read_number, read_text
from .site import Doc, Site, recorded

LIMITED_ACCESS = 1073741825
FULL_CONTROL = 1073741829
EDIT = 1073741830
READ = 1073741826
FIRST_ROLE = 1073741974
EVERYTHING = {"High": "2147483647", "Low": "4294967295"}
ROLE = EntityType("SP.RoleDefinition")


# ---- permission levels


def plant_roles(site: Site) -> None:
    for role in recorded("role_definitions"):
        _put_role(site, role)


def get_role(site: Site, key: object, by: str) -> Doc:
    """By id, name or type (RoleTypeKind). Raises Fault."""
    if by == "id":
        doc = site.find("role", key)
    elif by == "type":
        doc = next((role for role in site.each("role") if role["RoleTypeKind"] == key), None)
    else:
        doc = site.find_titled("role", str(key))
    if doc is None:
        raise no_role()
    return doc


def add_role(site: Site, wanted: Doc) -> Doc:
    """Raises Fault where the name is taken or the mask cannot be read."""
    name = read_text(wanted, "Name")
    if not name:
        raise bad_value("Value cannot be null.\r\nParameter name: name")
    if site.find_titled("role", name) is not None:
        raise role_exists(name)
    role = {
        "BasePermissions": read_mask(wanted.get("BasePermissions")),
        "Description": read_text(wanted, "Description"),
        "Hidden": False,
        "Id": site.next_number("role", FIRST_ROLE),
        "Name": name,
        "Order": read_number(wanted, "Order"),
        "RoleTypeKind": 0,
    }
    return _put_role(site, role)


def change_role(site: Site, role: Doc, wanted: Doc) -> None:
    changed: Doc = {key: wanted[key] for key in ("Name", "Description", "Order") if wanted.get(key) is not None}
    for key, value in changed.items():
        check_type(role[key], value)
    if "BasePermissions" in wanted:
        changed["BasePermissions"] = read_mask(wanted["BasePermissions"])
    _put_role(site, {**role, **changed})


def remove_role(site: Site, role: Doc) -> None:
    """With everything that holds it."""
    for scope in ("", *site.list_keys("scope")):
        for grant in site.each("grant", scope):
            if grant["role"] == role["Id"]:
                site.remove("grant", f"{grant['principal']}:{role['Id']}", scope)
    site.remove("role", role["Id"])


def read_mask(mask: object) -> Doc:
    """High and Low arrive as strings or numbers and leave as strings. Raises Fault."""
    if not isinstance(mask, dict):
        raise bad_value("Value cannot be null.\r\nParameter name: BasePermissions")
    halves = {}
    for half in ("High", "Low"):
        text = str(mask.get(half, "0"))
        if not text.isdecimal() or int(text) > 0xFFFFFFFF:
            raise bad_value(f"Cannot convert the literal '{text}' to the expected type 'Edm.Int64'.")
        halves[half] = text
    return halves


def _put_role(site: Site, role: Doc) -> Doc:
    doc = {**role, "_path": f"Web/RoleDefinitions({role['Id']})"}
    site.put("role", role["Id"], doc, title=role["Name"])
    return doc


# ---- who holds them


def is_unique(site: Site, scope: str) -> bool:
    return not scope or site.find("scope", scope) is not None


def effective_scope(site: Site, scope: str) -> str:
    """The scope whose permissions count here."""
    while not is_unique(site, scope):
        scope = scope.rpartition("/")[0]
    return scope


def break_inheritance(site: Site, scope: str, *, copy: bool) -> None:
    if is_unique(site, scope):
        return
    above = site.each("grant", effective_scope(site, scope)) if copy else []
    site.put("scope", scope, {})
    for grant in above:
        _put_grant(site, scope, grant["principal"], grant["role"])


def restore_inheritance(site: Site, scope: str) -> None:
    site.remove_all("grant", scope)
    site.remove("scope", scope)


def add_grant(site: Site, scope: str, principal_id: int, role_id: int) -> None:
    """Below the web, SharePoint lets the principal pass through it: it gets Limited Access there unless it has a level.
    Raises Fault for an unknown principal or level, or where the scope inherits."""
    get_principal(site, principal_id)
    get_role(site, role_id, "id")
    if not is_unique(site, scope):
        raise no_unique_permissions()
    _put_grant(site, scope, principal_id, role_id)
    if scope and not any(grant["principal"] == principal_id for grant in site.each("grant")):
        _put_grant(site, "", principal_id, LIMITED_ACCESS)


def remove_grant(site: Site, scope: str, principal_id: int, role_id: int) -> None:
    """Raises Fault where the principal does not hold the level."""
    if not is_unique(site, scope):
        raise no_unique_permissions()
    if not site.remove("grant", f"{principal_id}:{role_id}", scope):
        raise no_principal(principal_id)


def remove_principal(site: Site, principal_id: int) -> None:
    """Everything it holds anywhere in the site."""
    for scope in ("", *site.list_keys("scope")):
        for grant in site.each("grant", scope):
            if grant["principal"] == principal_id:
                site.remove("grant", f"{principal_id}:{grant['role']}", scope)


def list_assignments(site: Site, scope: str) -> list[Doc]:
    """One row for each principal with something here."""
    scope_path = site_path_of(scope)
    held: dict[int, list[int]] = {}
    for grant in site.each("grant", effective_scope(site, scope)):
        held.setdefault(grant["principal"], []).append(grant["role"])
    return [
        {
            "PrincipalId": principal,
            "_roles": roles,
            "_path": f"{scope_path}/RoleAssignments/GetByPrincipalId({principal})",
        }
        for principal, roles in held.items()
    ]


def get_assignment(site: Site, scope: str, principal_id: object) -> Doc:
    for row in list_assignments(site, scope):
        if row["PrincipalId"] == principal_id:
            return row
    raise no_principal(principal_id)


def mask_of(site: Site, scope: str, principals: Iterable[int]) -> Doc:
    """What they may here, all of them together. Site collection administrators may everything."""
    if any((site.find("user", number) or {}).get("IsSiteAdmin") for number in principals):
        return dict(EVERYTHING)
    held = [
        grant["role"] for grant in site.each("grant", effective_scope(site, scope)) if grant["principal"] in principals
    ]
    masks = [get_role(site, role, "id")["BasePermissions"] for role in held]
    return {half: str(reduce(or_, (int(mask[half]) for mask in masks), 0)) for half in ("High", "Low")}


def site_path_of(scope: str) -> str:
    list_id, _, item_id = scope.partition("/")
    path = f"Web/Lists(guid'{list_id}')" if list_id else "Web"
    return f"{path}/Items({item_id})" if item_id else path


def get_principal(site: Site, number: object) -> Entity:
    user = site.find("user", number)
    if user is not None:
        return Entity(users.USER, user)
    group = site.find("group", number)
    if group is None:
        raise no_principal(number)
    return Entity(groups.GROUP, group)


def _put_grant(site: Site, scope: str, principal_id: int, role_id: int) -> None:
    site.put("grant", f"{principal_id}:{role_id}", {"principal": principal_id, "role": role_id}, parent=scope)


def _bindings(site: Site, assignment: Doc) -> Rows:
    return Rows(ROLE, [get_role(site, role, "id") for role in assignment["_roles"]])


ASSIGNMENT = EntityType(
    "SP.RoleAssignment",
    expansions={
        "member": lambda site, assignment: get_principal(site, assignment["PrincipalId"]),
        "roledefinitionbindings": _bindings,
    },
)
