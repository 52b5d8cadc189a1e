"""Office365Tenant: the external-user list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import administration, external_users
from ..faults import bad_value
from .things import CONSTRUCTORS, Thing, kind_of, method

if TYPE_CHECKING:
    from ...app import Emulator

NAMESPACE = external_users.NAMESPACE
OFFICE_365 = kind_of(f"{NAMESPACE}.Office365Tenant", ())
USER = kind_of(f"{NAMESPACE}.ExternalUser")
USERS = kind_of(f"{NAMESPACE}.ExternalUserCollection", ())
RESULTS = kind_of(f"{NAMESPACE}.GetExternalUsersResults")
REMOVED = kind_of(f"{NAMESPACE}.RemoveExternalUsersResults", ("RemoveFailed", "RemoveSucceeded"))

CONSTRUCTORS["{e45fd516-a408-4ca4-b6dc-268e2f1f0f83}"] = lambda _: Thing(OFFICE_365)


@method(OFFICE_365, "GetExternalUsers")
def get_external_users(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    """position, pageSize, filter, sortOrder."""
    position, size, prefix, order = (*given, *(None,) * 4)[:4]
    return _results(external_users.list_all(emulator, position, size, prefix, descending=order == 1))


@method(OFFICE_365, "GetExternalUsersForSite")
def get_external_users_for_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    """siteUrl, position, pageSize, filter, sortOrder."""
    url, position, size = (*given, *(None,) * 3)[:3]
    return _results(external_users.list_of_site(administration.get_site(emulator, url), position, size))


@method(OFFICE_365, "RemoveExternalUsers")
def remove_external_users(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    if not given:
        raise bad_value("Value cannot be null.\r\nParameter name: uniqueIds")
    removed, failed = external_users.remove(emulator.state, given[0])
    return Thing(REMOVED, {"RemoveFailed": failed, "RemoveSucceeded": removed})


def _results(page: external_users.Page) -> Thing:
    found = Thing(USERS, members=lambda: [Thing(USER, doc) for doc in page.rows])
    doc = {"TotalUserCount": page.total, "UserCollectionPosition": page.following}
    return Thing(RESULTS, doc, children={"ExternalUserCollection": found})
