"""SharePoint's external-user list: Office365Tenant, on the host contoso-admin."""

from __future__ import annotations

from ..administration import get_site
from ..answers import Entity, EntityType, Rows
from ..external_users import NAMESPACE, Page, list_all, list_of_site, remove
from ..routes import ADMIN, Answer, Call, endpoint

USER = EntityType(f"{NAMESPACE}.ExternalUser")
RESULTS = EntityType(
    f"{NAMESPACE}.GetExternalUsersResults",
    expansions={"externalusercollection": lambda _, doc: Rows(USER, doc["_rows"])},
    inline=("externalusercollection",),
)
REMOVED = EntityType(f"{NAMESPACE}.RemoveExternalUsersResults")


@endpoint("POST", "office365tenant/getexternalusers", needs=ADMIN, service=True, reads=True)
def get_external_users(call: Call) -> Answer:
    """`position` counts rows, `pageSize` is 50 at most; UserCollectionPosition is the next position, -1 at the end."""
    descending = call.find("sortOrder", 3) == 1
    window = call.find("position", 0), call.find("pageSize", 1), call.find("filter", 2)
    return _results(list_all(call.emulator, *window, descending=descending))


@endpoint("POST", "office365tenant/getexternalusersforsite", needs=ADMIN, service=True, reads=True)
def get_external_users_for_site(call: Call) -> Answer:
    """Those who are users of the site."""
    site = get_site(call.emulator, call.get("siteUrl"))
    return _results(list_of_site(site, call.find("position", 1), call.find("pageSize", 2)))


@endpoint("POST", "office365tenant/removeexternalusers", needs=ADMIN, service=True)
def remove_external_users(call: Call) -> Answer:
    removed, failed = remove(call.emulator.state, call.get("uniqueIds"))
    return Entity(REMOVED, {"RemoveFailed": failed, "RemoveSucceeded": removed, "_path": REMOVED.name})


def _results(page: Page) -> Answer:
    return Entity(
        RESULTS,
        {
            "TotalUserCount": page.total,
            "UserCollectionPosition": page.following,
            "_rows": page.rows,
            "_path": RESULTS.name,
        },
    )
