"""What a request costs does not depend on how large the tenant is; pages are whole, and each row is in one of them.

No time is measured: SQLite counts the steps that its machine takes, and they are the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import EnvironBuilder

from sp_parent_portal.emulator import grants, tokens
from sp_parent_portal.emulator.amounts import read_amounts
from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.generate import fill
from sp_parent_portal.emulator.sharepoint import administration
from sp_parent_portal.emulator.state import State
from sp_parent_portal.emulator.web import Request

GRAPH = "https://graph.microsoft.com/v1.0"
SITES = "https://contoso.sharepoint.com"
ADMIN = "https://contoso-admin.sharepoint.com/_api"
EXTERNAL = f"{ADMIN}/Microsoft.Online.SharePoint.TenantManagement.Office365Tenant"
SMALL = "sites=40,guests=400,users=40,memberships=2000,seed=7"
LARGE = "sites=160,guests=2000,users=40,memberships=40000,seed=7"


class Tenant:
    """A generated tenant in memory, and somebody who may everything in it."""

    def __init__(self, asked: str) -> None:
        state = State(":memory:")
        fill(state, read_amounts(asked), None)
        self.emulator = Emulator(state)
        self.guest = str(self.rows(f"{GRAPH}/users?$filter=userType%20eq%20'Guest'&$top=1")[0]["id"])
        self.everybody, self.trip = (
            str(self.rows(f"{GRAPH}/groups?$filter=mailNickname%20eq%20'{name}-guardians'")[0]["id"])
            for name in ("all", "trip-00001")
        )

    def ask(self, method: str, url: str, body: Any = None) -> Any:
        """The JSON of an answer that must be a success."""
        parts = urlsplit(url)
        graph = parts.netloc == tokens.GRAPH_HOST
        claims: dict[str, Any] = {
            "aud": f"https://{parts.netloc}",
            "exp": self.emulator.now().timestamp() + 3600,
            "idtyp": "app",
            "appidacr": "2",
            "roles": list(grants.GRAPH_ROLES if graph else grants.SHAREPOINT_ROLES),
        }
        builder = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            base_url=f"https://{parts.netloc}",
            method=method,
            headers=[
                ("Authorization", f"Bearer {tokens.issue(self.emulator.state, claims)}"),
                ("Accept", "application/json;odata=nometadata"),
                ("ConsistencyLevel", "eventual"),
            ],
            data=None if body is None else json.dumps(body),
        )
        answer = self.emulator.answer(Request(builder.get_environ()))
        assert answer.status_code < 300, answer.get_data(as_text=True)
        data = answer.get_data()
        return json.loads(data) if data else None

    def rows(self, url: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", url)["value"])

    def cost(self, work: Callable[[Tenant], object]) -> tuple[int, int]:
        """Statements, and steps of SQLite's machine."""
        statements: list[str] = []
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        db = self.emulator.state.db
        db.set_trace_callback(statements.append)
        db.set_progress_handler(step, 1)
        try:
            work(self)
        finally:
            db.set_trace_callback(None)
            db.set_progress_handler(None, 1)
        return len(statements), steps


@pytest.fixture(scope="module")
def small() -> Tenant:
    return Tenant(SMALL)


@pytest.fixture(scope="module")
def large() -> Tenant:
    return Tenant(LARGE)


def invite(tenant: Tenant) -> object:
    body = {"invitedUserEmailAddress": "new@home.example", "inviteRedirectUrl": f"{SITES}/sites/trip-00001"}
    return tenant.ask("POST", f"{GRAPH}/invitations", body)


def add_member(tenant: Tenant) -> object:
    member = tenant.rows(f"{GRAPH}/users?$filter=mail%20eq%20'j.okoro@school.example'")[0]["id"]
    body = {"@odata.id": f"{GRAPH}/directoryObjects/{member}"}
    return tenant.ask("POST", f"{GRAPH}/groups/{tenant.trip}/members/$ref", body)


def play(what: str, **body: str) -> Callable[[Tenant], object]:
    return lambda tenant: tenant.ask("POST", f"http://127.0.0.1/_emulator/{what}", body)


def read(path: str) -> Callable[[Tenant], object]:
    return lambda tenant: tenant.ask("GET", path.format(tenant=tenant))


def list_externals(position: int) -> Callable[[Tenant], object]:
    """Counted from the end where it is negative."""

    def ask(tenant: Tenant) -> object:
        total = tenant.ask("POST", f"{EXTERNAL}/GetExternalUsers", {"position": 0, "pageSize": 1})["TotalUserCount"]
        place = position if position >= 0 else total + position
        return tenant.ask("POST", f"{EXTERNAL}/GetExternalUsers", {"position": place, "pageSize": 20})

    return ask


REQUESTS: dict[str, Callable[[Tenant], object]] = {
    "account": read(f"{GRAPH}/users/{{tenant.guest}}"),
    "account by address": read(f"{GRAPH}/users?$filter=mail%20eq%20'admin@school.example'"),
    "accounts": read(f"{GRAPH}/users?$top=20"),
    "guests": read(f"{GRAPH}/users?$top=20&$filter=userType%20eq%20'Guest'"),
    "pending": read(f"{GRAPH}/users?$top=10&$filter=externalUserState%20eq%20'PendingAcceptance'"),
    "deleted": read(f"{GRAPH}/directory/deletedItems/microsoft.graph.user"),
    "members": read(f"{GRAPH}/groups/{{tenant.everybody}}/members?$top=20"),
    "groups": read(f"{GRAPH}/groups?$top=5"),
    "group by nickname": read(f"{GRAPH}/groups?$filter=mailNickname%20eq%20'trip-00001-guardians'"),
    "organization": read(f"{GRAPH}/organization"),
    "sites": read(f"{GRAPH}/sites/getAllSites?$top=5"),
    "site by path": read(f"{GRAPH}/sites/contoso.sharepoint.com:/sites/trip-00003"),
    "web": read(f"{SITES}/sites/trip-00003/_api/web"),
    "list": read(f"{SITES}/sites/trip-00003/_api/web/lists/getbytitle('Documents')"),
    "site properties": lambda tenant: tenant.ask(
        "POST", f"{ADMIN}/SPO.Tenant/getSitePropertiesByUrl", {"url": f"{SITES}/sites/trip-00003"}
    ),
    "external users": list_externals(0),
    "the last external users": list_externals(-20),
    "external users of a site": lambda tenant: tenant.ask(
        "POST", f"{EXTERNAL}/GetExternalUsersForSite", {"siteUrl": f"{SITES}/sites/trip-00001", "position": 0}
    ),
    "invite": invite,
    "add a member": add_member,
    "redeem": play("redeem", email="new@home.example"),
    "visit": play("visit", email="new@home.example", site="trip-00001"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_larger_tenant_costs_the_same(name: str, small: Tenant, large: Tenant) -> None:
    (statements, steps), (more_statements, more_steps) = (t.cost(REQUESTS[name]) for t in (small, large))
    assert steps > 0
    assert more_statements <= statements
    assert more_steps <= steps * 1.2 + 50, f"{steps} steps grew to {more_steps}"


def test_published_limits_do_not_count_a_large_directory_for_every_request() -> None:
    def cost(asked: str) -> int:
        tenant = Tenant(asked)
        tenant.emulator = Emulator(tenant.emulator.state, published_limits=True)
        return tenant.cost(REQUESTS["account"])[1]

    # From 501 users on the size makes no difference.
    assert cost("guests=4000,seed=7,groups=2") <= cost("guests=600,seed=7,groups=2") + 50


def test_the_measure_sees_a_scan(small: Tenant, large: Tenant) -> None:
    def scan(tenant: Tenant) -> object:
        return tenant.emulator.state.db.execute("SELECT count(*) FROM users WHERE doc LIKE '%nobody%'").fetchall()

    assert large.cost(scan)[1] > small.cost(scan)[1] * 4


# ---- pages -------------------------------------------------------------------------------------------------------


def walk(tenant: Tenant, url: str) -> Iterator[tuple[list[str], int]]:
    """Ids and steps of every page, by the links the service gives."""
    while url:
        page: dict[str, Any] = {}
        _, steps = tenant.cost(lambda each, url=url, page=page: page.update(each.ask("GET", url)))  # type: ignore[misc]  # a lambda's defaults have no types
        yield [str(row["id"]) for row in page["value"]], steps
        url = page.get("@odata.nextLink", "")


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("users?$top=150", 6 + 40 + 2000),
        ("users?$top=150&$filter=userType%20eq%20'Guest'", 2000),
        ("groups?$top=9", 1 + 160),
        ("groups/{everybody}/members?$top=150", 2000),
        ("groups/{everybody}/transitiveMembers?$top=150", 2000),
        ("groups/{everybody}/members/microsoft.graph.user?$top=150", 2000),
        ("sites/getAllSites?$top=9", 1 + 160),
        ("sites?search=trip&$top=9", 160),
    ],
)
def test_every_row_is_in_one_page_and_no_page_costs_more_than_the_first(path: str, count: int) -> None:
    tenant = Tenant(LARGE)
    pages = list(walk(tenant, f"{GRAPH}/{path.format(everybody=tenant.everybody)}"))
    ids = [each for page, _ in pages for each in page]
    assert len(ids) == len(set(ids)) == count
    assert len(pages) > 5
    assert all(steps <= pages[0][1] * 1.5 + 100 for _, steps in pages), [steps for _, steps in pages]


def test_members_of_groups_in_a_group_come_once() -> None:
    tenant = Tenant(SMALL)
    outer = tenant.ask(
        "POST",
        f"{GRAPH}/groups",
        {"displayName": "o", "mailNickname": "o", "mailEnabled": False, "securityEnabled": True},
    )["id"]
    for inner in (tenant.trip, tenant.everybody):
        reference = {"@odata.id": f"{GRAPH}/directoryObjects/{inner}"}
        tenant.ask("POST", f"{GRAPH}/groups/{outer}/members/$ref", reference)
    pages = list(walk(tenant, f"{GRAPH}/groups/{outer}/transitiveMembers?$top=13"))
    ids = [each for page, _ in pages for each in page]
    inside = {
        each
        for group in (tenant.trip, tenant.everybody)
        for page, _ in walk(tenant, f"{GRAPH}/groups/{group}/members?$top=999")
        for each in page
    }
    assert len(ids) == len(set(ids))
    assert set(ids) == inside | {tenant.trip, tenant.everybody}
    counted = tenant.ask("GET", f"{GRAPH}/groups/{outer}/transitiveMembers?$top=1&$count=true")["@odata.count"]
    assert counted == len(ids)
    users = tenant.ask("GET", f"{GRAPH}/groups/{outer}/transitiveMembers/microsoft.graph.user?$top=1&$count=true")
    assert users["@odata.count"] == len(inside)


def test_a_count_leaves_out_who_is_deleted(small: Tenant) -> None:
    def count() -> int:
        return int(small.ask("GET", f"{GRAPH}/groups/{small.everybody}/members?$count=true&$top=1")["@odata.count"])

    before = count()
    member = small.rows(f"{GRAPH}/groups/{small.everybody}/members?$top=1&$select=id")[0]["id"]
    small.ask("DELETE", f"{GRAPH}/users/{member}")
    listed = [row["id"] for row in small.rows(f"{GRAPH}/groups/{small.everybody}/members?$top=999")]
    assert member not in listed
    assert count() == before - 1 == len(listed)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("removed", [(), (0, 7, 8, 30, 239)])
def test_external_users_come_once_also_after_some_were_removed(descending: bool, removed: tuple[int, ...]) -> None:
    tenant = Tenant(SMALL)

    def walk_externals() -> Iterator[str]:
        position = 0
        while position >= 0:
            asked = {"position": position, "pageSize": 17, "sortOrder": int(descending)}
            page = tenant.ask("POST", f"{EXTERNAL}/GetExternalUsers", asked)
            yield from (row["UniqueId"] for row in page["ExternalUserCollection"])
            position = page["UserCollectionPosition"]

    everyone = list(walk_externals())
    assert len(everyone) == len(set(everyone)) == 240
    gone = [everyone[place] for place in removed]
    tenant.ask("POST", f"{EXTERNAL}/RemoveExternalUsers", {"uniqueIds": gone})
    assert list(walk_externals()) == [each for each in everyone if each not in gone]


@pytest.mark.parametrize("condition", [{}, {"Filter": "Url -like '/trip-'"}, {"Template": "STS#3"}])
def test_sites_of_the_administration_come_once(condition: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(administration, "PAGE", 12)
    tenant = Tenant(SMALL)
    urls: list[str] = []
    start, pages = None, 0
    while pages == 0 or start is not None:
        asked = {"speFilter": {"IncludeDetail": False, "StartIndex": start, **condition}}
        page = tenant.ask("POST", f"{ADMIN}/SPO.Tenant/getSitePropertiesFromSharePointByFilters", asked)
        urls += [row["Url"] for row in page["value"]]
        start, pages = page["NextStartIndexFromSharePoint"], pages + 1
    expected = [f"{SITES}/sites/trip-{number:05}" for number in range(1, 41)]
    assert [url for url in urls if url != SITES] == expected
    assert pages == 4
