"""Snapshots out of short JSON, for case files and properties.

{"sharing": "existing-guests", "lock": "Unlock",
 "accounts": {"ann": {"guest": true, "email": "ann@home.example"}},
 "groups": {"g1": {"name": "trip-lake", "accounts": ["ann"], "groups": ["g2"], "complete": true}},
 "site_groups": {"Visitors": ["group g1", "user ann", "everyone"]},
 "admins": ["user ann"], "web": {"site Visitors": ["Read"]}, "lists": {"Photos": {"group g1": ["Read"]}},
 "unread": [["lists", "AccessDenied"]]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sp_parent_portal.audit.model import ListAccess, SecurityGroup, Snapshot, Unread
from sp_parent_portal.microsoft365.model import DirectoryUser, Grant, Principal, SiteGroup
from sp_parent_portal.sharing import Sharing

URL = "https://contoso.sharepoint.com/sites/lake"
TENANT = "11111111-2222-3333-4444-555555555555"
EVERYONE = {
    "everyone": ("c:0(.s|true", "Everyone"),
    "members": (f"c:0-.f|rolemanager|spo-grid-all-users/{TENANT}", "Everyone except external users"),
}


def make_account(key: str, data: Mapping[str, Any] | None = None) -> DirectoryUser:
    """`ann` → a member ann@school.example, or with {"guest": true} a guest."""
    data = data or {}
    guest = bool(data.get("guest"))
    upn = f"{key}_home.example#EXT#@contoso.onmicrosoft.com" if guest else f"{key}@school.example"
    email = str(data.get("email", f"{key}@home.example" if guest else f"{key}@school.example"))
    return DirectoryUser(
        id=f"id-{key}",
        upn=upn,
        name=str(data.get("name", key.capitalize())),
        email=email,
        other_emails=tuple(data.get("other_emails", ())),
        kind="guest" if guest else "member",
    )


def make_principal(text: str, data: Mapping[str, Any]) -> Principal:
    """`user ann`, `group g1`, `owners g1`, `site Visitors`, `everyone` or `members` (everyone except guests)."""
    kind, _, key = text.partition(" ")
    number = sum(ord(char) * (place + 1) for place, char in enumerate(text)) + 100
    if kind == "user":
        account = make_account(key, data.get("accounts", {}).get(key))
        return Principal(number, "user", account.name, f"i:0#.f|membership|{account.upn.lower()}", account.email)
    if kind == "group":
        name = data.get("groups", {}).get(key, {}).get("name", key)
        return Principal(number, "security-group", name, f"c:0t.c|tenant|{key}", directory_id=key)
    if kind == "owners":
        login = f"c:0o.c|federateddirectoryclaimprovider|{key}_o"
        return Principal(number, "security-group", f"{key} Owners", login, directory_id=key)
    if kind == "site":
        return Principal(list(data.get("site_groups", {})).index(key) + 1, "site-group", key, key)
    login, title = EVERYONE[kind]
    return Principal(number, "everyone", title, login)


def make_snapshot(data: Mapping[str, Any]) -> Snapshot:
    def grants(rows: Mapping[str, list[str]]) -> tuple[Grant, ...]:
        return tuple(Grant(make_principal(text, data), tuple(levels)) for text, levels in rows.items())

    accounts = data.get("accounts", {})
    sharing = data.get("sharing", "existing-guests")
    return Snapshot(
        url=data.get("url", URL),
        title="Lake District",
        sharing=None if sharing is None else Sharing(sharing),
        lock=data.get("lock", "Unlock"),
        admins=tuple(make_principal(text, data) for text in data.get("admins", [])),
        site_groups=tuple(
            SiteGroup(number + 1, title, tuple(make_principal(text, data) for text in members))
            for number, (title, members) in enumerate(data.get("site_groups", {}).items())
            if members is not None
        ),
        grants=grants(data.get("web", {})),
        lists=tuple(
            ListAccess(title, f"/sites/lake/{title}", grants(rows)) for title, rows in data.get("lists", {}).items()
        ),
        security_groups={
            key: SecurityGroup(
                id=key,
                name=group.get("name", key),
                accounts=tuple(make_account(each, accounts.get(each)) for each in group.get("accounts", [])),
                groups=tuple(group.get("groups", [])),
                complete=group.get("complete", True),
            )
            for key, group in data.get("groups", {}).items()
        },
        unread=tuple(Unread(*each) for each in data.get("unread", [])),
    )
