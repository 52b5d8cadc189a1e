"""What a tenant starts with: a seed folder (described in SEEDS.md), or the default tenant."""

from __future__ import annotations

import csv
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import directory, guests
from .graph import education
from .graph.groups import new_group
from .graph.settings import ALLOW_INVITES_FROM, DEFAULT_POLICY, GUEST_ROLES
from .sharepoint import birth, tenant_properties
from .sharepoint.faults import Fault
from .state import State
from .tenant import Tenant, store_tenant
from .weather import BadWeather, read_weather, store_weather

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]


class SeedError(ValueError):
    """A seed folder cannot be read; the message names the file and the line."""


DEFAULT_TENANT: Doc = {
    "name": "contoso",
    "id": "11111111-2222-3333-4444-555555555555",
    "display_name": "Example School",
    "domains": ["school.example"],
    "licences": 400,
    "premium": True,
}
DEFAULT_USERS = (
    ("admin@school.example", "Alex Admin", "admin@school.example"),
    ("j.okoro@school.example", "Joy Okoro", "j.okoro@school.example"),
    ("m.bell@school.example", "Martin Bell", "m.bell@school.example"),
    ("s.haddad@school.example", "Sana Haddad", "s.haddad@school.example"),
    ("trips@school.example", "School trips", "trips@school.example"),
    ("admin@contoso.onmicrosoft.com", "Contoso Admin", ""),
)
TENANT_KEYS = (*DEFAULT_TENANT, "directory_quota", "allowInvitesFrom", "guestUserRoleId", "settings", "weather", "apps",
               "signed_in_user")  # fmt: skip
SHARING = {"disabled": 0, "existing-guests": 3, "new-and-existing-guests": 1, "anyone": 2}
CLOSED: Doc = {
    "SharingCapability": 0,
    "ODBSharingCapability": 0,
    "SharingAllowedDomainList": "",
    "SharingBlockedDomainList": "",
    "SharingDomainRestrictionMode": 0,
    "LegacyAuthProtocolsEnabled": False,
}
STATES = {"": False, "pending": False, "pendingacceptance": False, "redeemed": True, "accepted": True}


def plant(emulator: Emulator, folder: Path | None) -> None:
    """Fill an empty state. Raises SeedError."""
    state = emulator.state
    with state.work():
        doc = {} if folder is None else _read_tenant(folder / "tenant.toml")
        tenant = _plant_tenant(state, doc)
        if folder is None:
            for upn, name, mail in DEFAULT_USERS:
                directory.add_user(state, directory.make_member(upn, name, mail, emulator.now()))
        else:
            _plant_users(emulator, folder)
            _plant_related_contacts(emulator, folder)
            _plant_guests(emulator, folder, tenant)
        state.set_fact("signed_in_user", doc.get("signed_in_user") or _first_user(state))
        _plant_sites(emulator, folder)
        if folder is not None:
            _plant_groups(emulator, folder)
            _plant_members(emulator, folder)


# ---- tenant.toml -------------------------------------------------------------------------------------------------


def _read_tenant(path: Path) -> Doc:
    try:
        doc = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SeedError(f"{path.name}: {error}") from None
    for key in doc:
        if key not in TENANT_KEYS:
            raise SeedError(f"{path.name}: there is no {key!r}")
    return doc


def _plant_tenant(state: State, doc: Doc) -> Tenant:
    known: Doc = {key: doc.get(key, default) for key, default in DEFAULT_TENANT.items()}
    if "name" in doc and "id" not in doc:
        known["id"] = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{doc['name']}.onmicrosoft.com"))
    tenant = Tenant(**{**known, "domains": tuple(known["domains"])})
    store_tenant(state, tenant)
    try:
        tenant_properties.change(state, _make_properties(tenant, doc.get("settings", {})))
    except Fault as error:
        raise SeedError(f"tenant.toml: [settings]: {error.message}") from None
    state.set_fact("authorization_policy", _make_policy(doc))
    state.set_fact("apps", _read_apps(doc.get("apps", [])))
    if "directory_quota" in doc:
        state.set_fact("directory_quota", int(doc["directory_quota"]))
    try:
        store_weather(state, read_weather(doc.get("weather", {})))
    except BadWeather as error:
        raise SeedError(f"tenant.toml: {error}") from None
    return tenant


def _make_properties(tenant: Tenant, settings: Doc) -> Doc:
    """What differs from SharePoint's recorded defaults, by SharePoint's names; `sharing` is short for
    SharingCapability. A school's tenant starts closed."""
    properties = {**CLOSED, "RootSiteUrl": f"https://{tenant.host}"}
    for key, value in settings.items():
        if key == "sharing":
            if value not in SHARING:
                raise SeedError(f"tenant.toml: sharing is one of {', '.join(SHARING)}")
            properties["SharingCapability"] = SHARING[value]
        else:
            properties[key] = value
    return properties


def _make_policy(doc: Doc) -> Doc:
    policy = dict(DEFAULT_POLICY)
    for key, allowed in (("allowInvitesFrom", ALLOW_INVITES_FROM), ("guestUserRoleId", GUEST_ROLES)):
        if key in doc:
            if doc[key] not in allowed:
                raise SeedError(f"tenant.toml: {key} is one of {', '.join(allowed)}")
            policy[key] = doc[key]
    return policy


def _read_apps(apps: Any) -> list[Doc]:
    for app in apps:
        if "id" not in app or set(app) - {"id", "name", "roles", "sharepoint_roles", "thumbprint", "secret"}:
            raise SeedError("tenant.toml: an app has id, name, roles, sharepoint_roles, thumbprint, secret")
    return [{"name": app["id"], **app} for app in apps]


# ---- csv files ---------------------------------------------------------------------------------------------------


def _rows(folder: Path, name: str, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """The rows of a file that need not be there. Raises SeedError."""
    path = folder / name
    if not path.exists():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = tuple(reader.fieldnames or ())
        wrong = (set(needed) - set(columns)) | (set(columns) - set(needed) - set(optional))
        if wrong:
            raise SeedError(
                f"{name}: columns are {', '.join(needed)} and perhaps {', '.join(optional)}; look at {wrong}"
            )
        for row in reader:
            if any(value is None for value in row.values()) or not row[needed[0]]:
                raise SeedError(f"{name}, line {reader.line_num}: a value is missing")
            yield {key: value.strip() for key, value in row.items()}


def _plant_users(emulator: Emulator, folder: Path) -> None:
    for row in _rows(folder, "users.csv", ("upn", "name", "mail"), ("role", "student_id", "grade", "birth_date")):
        doc = directory.make_member(row["upn"], row["name"], row["mail"], emulator.now())
        if row.get("role") not in (None, "", *education.ROLES):
            raise SeedError(f"users.csv: role is one of {', '.join(education.ROLES)}, not {row['role']!r}")
        directory.add_user(emulator.state, education.as_education_user(doc, row) if row.get("role") else doc)


def _plant_related_contacts(emulator: Emulator, folder: Path) -> None:
    """In the order of the file; a student may stand on several lines."""
    needed = ("student", "name", "email", "relationship")
    for row in _rows(folder, "related_contacts.csv", needed, ("phone", "consent")):
        doc = directory.find_user(emulator.state, row["student"])
        if doc is None or not education.is_student(doc):
            raise SeedError(f"related_contacts.csv: {row['student']} is no student of users.csv")
        if row["relationship"] not in education.RELATIONSHIPS or row.get("consent", "") not in ("", "true", "false"):
            raise SeedError("related_contacts.csv: relationship is one of Graph's, consent true, false or blank")
        directory.store_user(emulator.state, education.with_contact(doc, row))


def _first_user(state: State) -> str:
    return next((doc["userPrincipalName"] for _, doc in directory.list_users(state, kind=directory.MEMBER)), "")


def _plant_guests(emulator: Emulator, folder: Path, tenant: Tenant) -> None:
    now = emulator.now()
    for row in _rows(folder, "guests.csv", ("email", "name", "state"), ("accepted_as", "enabled", "visited")):
        if row["state"].lower() not in STATES:
            raise SeedError(f"guests.csv: state is pending or redeemed, not {row['state']!r}")
        guest = directory.make_guest(emulator.state, row["email"], row["name"], tenant.initial_domain, now)
        guest["accountEnabled"] = row.get("enabled", "").lower() not in ("no", "false", "0")
        if STATES[row["state"].lower()]:
            guest = guests.accepted(guest, row.get("accepted_as") or row["email"], now)
        directory.add_user(emulator.state, guest)
        if row.get("visited", "").lower() in ("yes", "true", "1"):
            guests.note_external_user(emulator, guest)


def _plant_sites(emulator: Emulator, folder: Path | None) -> None:
    tenant, owner = emulator.tenant, str(emulator.state.get_fact("signed_in_user"))
    birth.create_site(emulator, url=f"https://{tenant.host}", title=tenant.display_name, owner=owner)
    if folder is None:
        return
    for row in _rows(folder, "sites.csv", ("url", "title"), ("owner", "template", "sharing")):
        url = row["url"] if "://" in row["url"] else f"https://{tenant.host}/sites/{row['url'].strip('/')}"
        if (row.get("sharing") or "disabled") not in SHARING:
            raise SeedError(f"sites.csv: sharing is one of {', '.join(SHARING)}, not {row['sharing']!r}")
        birth.create_site(
            emulator,
            url,
            row["title"],
            row.get("owner") or owner,
            row.get("template") or "STS#3",
            SHARING[row.get("sharing") or "disabled"],
        )


def _plant_groups(emulator: Emulator, folder: Path) -> None:
    for row in _rows(folder, "groups.csv", ("nickname", "name"), ("description",)):
        named = {
            "displayName": row["name"],
            "mailNickname": row["nickname"],
            "description": row.get("description") or None,
        }
        body = {**named, "mailEnabled": False, "securityEnabled": True}
        directory.add_group(emulator.state, new_group(body, "", emulator.now()))


def _plant_members(emulator: Emulator, folder: Path) -> None:
    for row in _rows(folder, "members.csv", ("group", "member")):
        groups = list(directory.list_groups(emulator.state, nicknames=[row["group"]]))
        people = directory.find_users_by_address(emulator.state, row["member"])
        nested = [doc for _, doc in directory.list_groups(emulator.state, nicknames=[row["member"]])]
        if len(groups) != 1 or len(people) + len(nested) != 1:
            raise SeedError(f"members.csv: cannot tell which group or member is meant by {row['group']}")
        directory.add_member(emulator.state, groups[0][1]["id"], (people + nested)[0]["id"])
