"""People and security groups as a site knows them: its users, and how a login name becomes one of them."""

from __future__ import annotations

import hashlib

from .. import directory
from ..state import State
from .answers import EntityType
from .faults import Fault, no_user, unresolved
from .site import Doc, Site

USER = EntityType("SP.User")
MEMBERSHIP = "i:0#.f|membership|"
SECURITY_GROUP = "c:0t.c|tenant|"
MICROSOFT_365_GROUP = "c:0o.c|federateddirectoryclaimprovider|"
EVERYONE = "c:0(.s|true"
EVERYONE_EXCEPT_EXTERNAL = "c:0-.f|rolemanager|spo-grid-all-users/"
APP_NUMBER = 1073741822
FIRST_PRINCIPAL = 6  # 3, 4 and 5 are the associated groups, as recorded


def ensure_user(site: Site, login: str) -> Doc | Fault:
    """The site's user of that login name, made now if the directory knows it. A Fault is returned, not raised, so that
    the tries of a group that does not resolve yet stay counted."""
    known = find_user(site, login)
    if known is not None:
        return known
    if _lags(site, login):
        return unresolved(login)
    doc = _resolve(site, login)
    return unresolved(login) if doc is None else _add(site, doc)


def find_user(site: Site, login: str) -> Doc | None:
    return site.find_titled("user", _full_login(login))


def get_user(site: Site, key: object, by: str) -> Doc:
    """By id, login or e-mail. Raises Fault."""
    if by == "id":
        doc = site.find("user", key)
    elif by == "email":
        doc = next((user for user in site.each("user") if user["Email"].lower() == str(key).lower()), None)
    else:
        doc = find_user(site, str(key))
    if doc is None:
        raise no_user()
    return doc


def set_user(site: Site, doc: Doc) -> Doc:
    site.put("user", doc["Id"], doc, title=doc["LoginName"])
    return doc


def add_owner(site: Site, upn: str) -> Doc:
    """The site's owner: an account of the directory where it is one, else taken at its word."""
    found = _resolve(site, upn) or _person(upn.lower(), upn.partition("@")[0], upn, guest=False)
    return _add(site, {**found, "IsSiteAdmin": True})


def plant(site: Site, login: str, title: str, number: int) -> None:
    """An account of the service itself, under the number it has everywhere."""
    set_user(site, {**_row(login, title, ""), "Id": number, "_path": f"Web/GetUserById({number})"})


def add_claim(site: Site, login: str, title: str, address: str = "") -> Doc:
    """A group by its claim, whatever the directory says of it."""
    return _add(site, _claim(login, title, address))


def _add(site: Site, doc: Doc) -> Doc:
    known = find_user(site, doc["LoginName"])
    if known is not None:
        return known
    number = site.next_number("principal", FIRST_PRINCIPAL)
    return set_user(site, {**doc, "Id": number, "_path": f"Web/GetUserById({number})"})


def find_account(state: State, name: str) -> Doc | None:
    """By sign-in name, else by any of its addresses."""
    found = directory.find_user(state, name)
    return found or next(iter(directory.find_users_by_address(state, name)), None)


def is_guest(account: Doc) -> bool:
    return bool(account["userType"] == directory.GUEST)


def _full_login(login: str) -> str:
    """An address alone stands for the membership claim."""
    return login if "|" in login or "@" not in login else f"{MEMBERSHIP}{login}"


def _lags(site: Site, login: str) -> bool:
    """Whether a group that was just made stays unresolved once more (fact `ensure_user_lag`, tries for each group)."""
    lag = site.state.get_fact("ensure_user_lag") or 0
    if not lag or not login.lower().startswith(SECURITY_GROUP):
        return False
    key = f"ensure_user_tries/{login.lower()}"
    tries = site.state.get_fact(key) or 0
    if tries >= lag:
        return False
    site.state.set_fact(key, tries + 1)
    return True


def _resolve(site: Site, login: str) -> Doc | None:
    lowered = _full_login(login).lower()
    if lowered == EVERYONE:
        return _claim(EVERYONE, "Everyone")
    if lowered == f"{EVERYONE_EXCEPT_EXTERNAL}{site.emulator.tenant.id}":
        return _claim(lowered, "Everyone except external users")
    if lowered.startswith((SECURITY_GROUP, MICROSOFT_365_GROUP)):
        group = directory.find_group(site.state, lowered.rpartition("|")[2])
        return None if group is None else _claim(lowered, group["displayName"], group.get("mail") or "")
    if not lowered.startswith(MEMBERSHIP):
        return None
    upn = lowered[len(MEMBERSHIP) :]
    account = find_account(site.state, upn)
    if account is None:
        return None
    address = account["mail"] or ""
    return _person(
        account["userPrincipalName"].lower(),
        account.get("displayName") or "",
        address,
        guest=is_guest(account),
    )


def _claim(login: str, title: str, address: str = "") -> Doc:
    return {**_row(login, title, address), "PrincipalType": 4}


def _person(upn: str, name: str, address: str, *, guest: bool) -> Doc:
    doc = _row(f"{MEMBERSHIP}{upn}", name, address)
    if guest:
        return {**doc, "IsShareByEmailGuestUser": True, "UserPrincipalName": upn}
    name_id = f"10032{hashlib.sha256(upn.encode()).hexdigest()[:11]}"
    user_id = {"NameId": name_id, "NameIdIssuer": "urn:federation:microsoftonline"}
    return {**doc, "UserId": user_id, "UserPrincipalName": upn}


def _row(login: str, title: str, address: str) -> Doc:
    return {
        "Id": 0,
        "IsHiddenInUI": False,
        "LoginName": login,
        "Title": title,
        "PrincipalType": 1,
        "Email": address,
        "Expiration": "",
        "IsEmailAuthenticationGuestUser": False,
        "IsShareByEmailGuestUser": False,
        "IsSiteAdmin": False,
        "UserId": None,
        "UserPrincipalName": None,
    }
