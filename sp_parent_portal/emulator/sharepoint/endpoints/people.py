"""Users and groups of a site."""

from __future__ import annotations

from .. import groups, lists, permissions, users
from ..answers import Empty, Entity, Rows, Void
from ..faults import Fault
from ..reading import read_text
from ..routes import FULL, PERMISSION, Answer, Call, endpoint
from ..site import Doc


@endpoint("POST", "web/ensureuser", needs=FULL)
def ensure_user(call: Call) -> Answer:
    found = users.ensure_user(call.site, str(call.get("logonName")))
    return found if isinstance(found, Fault) else Entity(users.USER, found)


@endpoint("GET", "web/currentuser")
def get_current_user(call: Call) -> Answer:
    """Who is signed in; an application is the account SharePoint App."""
    if call.token.app_only:
        return Entity(users.USER, users.get_user(call.site, users.APP_NUMBER, "id"))
    found = users.ensure_user(call.site, call.token.upn)
    return found if isinstance(found, Fault) else Entity(users.USER, found)


@endpoint("GET", "web/siteusers")
def list_users(call: Call) -> Answer:
    return Rows(users.USER, call.site.each("user"))


@endpoint("GET", "web/siteusers(*)")
def get_user(call: Call) -> Answer:
    return Entity(users.USER, users.get_user(call.site, *call.key("siteusers")))


@endpoint("DELETE", "web/siteusers(*)", needs=FULL)
def delete_user(call: Call) -> Answer:
    _remove(call, users.get_user(call.site, *call.key("siteusers")))
    return Empty(200)


@endpoint("POST", "web/siteusers/removebyid", needs=FULL)
def remove_user_by_id(call: Call) -> Answer:
    _remove(call, users.get_user(call.site, call.get("id"), "id"))
    return Void()


@endpoint("POST", "web/siteusers/removebyloginname", needs=FULL)
def remove_user_by_login(call: Call) -> Answer:
    _remove(call, users.get_user(call.site, call.get("loginName"), "login"))
    return Void()


def _remove(call: Call, user: Doc) -> None:
    permissions.remove_principal(call.site, user["Id"])
    groups.remove_user(call.site, user)


@endpoint("GET", "web/siteusers(*)/groups")
def list_groups_of_user(call: Call) -> Answer:
    user = users.get_user(call.site, *call.key("siteusers"))
    held = [group for group in call.site.each("group") if call.site.find("member", user["Id"], str(group["Id"]))]
    return Rows(groups.GROUP, held)


# ---- groups


def group_of(call: Call) -> Doc:
    return groups.get_group(call.site, *call.key("sitegroups"))


@endpoint("GET", "web/sitegroups")
def list_groups(call: Call) -> Answer:
    return Rows(groups.GROUP, call.site.each("group"))


@endpoint("POST", "web/sitegroups", needs=FULL)
def create_group(call: Call) -> Answer:
    group = groups.add_group(
        call.site, str(call.get("Title")), read_text(call.body, "Description") or None, "System Account"
    )
    return Entity(groups.GROUP, group, 201)


@endpoint("GET", "web/sitegroups(*)")
def get_group(call: Call) -> Answer:
    return Entity(groups.GROUP, group_of(call))


@endpoint("DELETE", "web/sitegroups(*)", needs=FULL)
def delete_group(call: Call) -> Answer:
    _remove_group(call, group_of(call))
    return Empty(200)


@endpoint("POST", "web/sitegroups/removebyid", needs=FULL)
def remove_group(call: Call) -> Answer:
    _remove_group(call, groups.get_group(call.site, call.get("id"), "id"))
    return Void()


def _remove_group(call: Call, group: Doc) -> None:
    permissions.remove_principal(call.site, group["Id"])
    groups.remove_group(call.site, group)


@endpoint("MERGE", "web/sitegroups(*)", needs=FULL)
def change_group(call: Call) -> Answer:
    group = group_of(call)
    writable = {name: value for name, value in group.items() if name not in ("Id", "LoginName", "PrincipalType")}
    lists.checked(writable, call.body, groups.GROUP.name)
    groups.set_group(call.site, {**group, **call.body})
    return Empty()


# ---- members of a group


@endpoint("GET", "web/sitegroups(*)/users", price=PERMISSION)
def list_members(call: Call) -> Answer:
    return Rows(users.USER, groups.list_members(call.site, group_of(call)["Id"]))


@endpoint("POST", "web/sitegroups(*)/users", needs=FULL, price=PERMISSION)
def add_member(call: Call) -> Answer:
    group = group_of(call)
    found = users.ensure_user(call.site, str(call.get("LoginName")))
    if isinstance(found, Fault):
        return found
    return Entity(users.USER, groups.add_member(call.site, group["Id"], found), 201)


@endpoint("GET", "web/sitegroups(*)/users(*)", price=PERMISSION)
def get_member(call: Call) -> Answer:
    user = users.get_user(call.site, *call.key("users"))
    return Entity(users.USER, groups.get_member(call.site, group_of(call)["Id"], user))


@endpoint("DELETE", "web/sitegroups(*)/users(*)", needs=FULL, price=PERMISSION)
def delete_member(call: Call) -> Answer:
    user = users.get_user(call.site, *call.key("users"))
    groups.remove_member(call.site, group_of(call)["Id"], user["Id"])
    return Empty(200)


@endpoint("POST", "web/sitegroups(*)/users/removebyid", needs=FULL, price=PERMISSION)
def remove_member_by_id(call: Call) -> Answer:
    user = users.get_user(call.site, call.get("id"), "id")
    groups.remove_member(call.site, group_of(call)["Id"], user["Id"])
    return Void()


@endpoint("POST", "web/sitegroups(*)/users/removebyloginname", needs=FULL, price=PERMISSION)
def remove_member_by_login(call: Call) -> Answer:
    user = users.get_user(call.site, call.get("loginName"), "login")
    groups.remove_member(call.site, group_of(call)["Id"], user["Id"])
    return Void()
