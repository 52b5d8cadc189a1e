"""Sentences that hold for every call that is played: paths in any case, through either door, and what a token without
the permission is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from sp_parent_portal.emulator import graph, tokens
from sp_parent_portal.emulator.graph.routing import DENIALS, ROUTES, Route, Router
from sp_parent_portal.emulator.sharepoint.authority import GRANTS
from sp_parent_portal.emulator.sharepoint.paths import AGGREGATED_SITES, parse
from sp_parent_portal.emulator.sharepoint.routes import ANYONE, ENDPOINTS
from sp_parent_portal.emulator.web import Request

from ...contract.sharepoint_bench import ADMIN, LAKES, ROOT, Bench
from .caller import Caller

graph.load_routes()
WITH_PERMISSIONS = [route for route in ROUTES if route.permissions]
CASES: dict[str, Callable[[str], str]] = {"lower": str.lower, "UPPER": str.upper, "Capital": str.title, "as is": str}
DOORS = ("/_api/", "/_API/", "/_vti_bin/client.svc/", "/_VTI_BIN/Client.svc/")
UTILITY = "Microsoft.SharePoint.Utilities.WebTemplateExtensions.SiteScriptUtility"


def name_of(route: Route) -> str:
    return route.operation


def path_of(route: Route, spell: Callable[[str], str] = str) -> str:
    """An address of the route, its own words spelled in that way, ids as they are."""
    parts = re.split(r"(<[^>]+>)", route.path)
    return "".join("aBc-1" if part.startswith("<") else spell(part) for part in parts)


def request_to(method: str, host: str, path: str) -> Request:
    return Request(EnvironBuilder(path=path, method=method, base_url=f"https://{host}").get_environ())


# ---- Graph


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_graphs_paths_are_taken_in_any_case_and_ids_keep_theirs(route: Route, case: str) -> None:
    path = path_of(route, CASES[case])
    found, args = ROUTER.find(request_to(route.method, "graph.microsoft.com", path), path)
    assert found is route
    assert set(args.values()) <= {"aBc-1"}


ROUTER = Router(ROUTES)


def call_graph(route: Route, roles: list[str]) -> Response:
    token = tokens.issue(
        SHARED.emulator.state,
        {"aud": "https://graph.microsoft.com", "exp": SHARED.clock.now().timestamp() + 600, "idtyp": "app",
         "appid": "app", "tid": SHARED.emulator.tenant.id, "roles": roles},
    )  # fmt: skip
    return SHARED.client.open(
        f"/v1.0{path_of(route)}", method=route.method, base_url="https://graph.microsoft.com",
        headers={"Authorization": f"Bearer {token}"}, json={} if route.method in ("POST", "PATCH") else None,
    )  # fmt: skip


SHARED = Caller()


@pytest.mark.parametrize("route", WITH_PERMISSIONS, ids=name_of)
def test_graph_asks_for_the_permission_at_each_call(route: Route) -> None:
    every = {permission for each in ROUTES for permission in each.permissions}
    others = sorted(every - set(route.permissions))
    for roles in ([], others):
        answer = call_graph(route, roles)
        code, message = DENIALS[route.service]
        assert answer.status_code == 403, answer.get_data(as_text=True)
        error = answer.get_json()["error"]
        assert (error["code"], error["message"]) == (code, message)
    allowed = call_graph(route, [route.permissions[0]])
    told = allowed.get_data(as_text=True)
    assert allowed.status_code != 401
    assert DENIALS[route.service][1] not in told


# ---- SharePoint


def expression_of(shape: str) -> str:
    """An address of that shape."""
    placed = {"file(*)": "GetFileById('k')", "folder(*)": "GetFolderById('k')",
              "aggregatedsites": f"Lists/GetByTitle('{AGGREGATED_SITES}')"}  # fmt: skip
    parts = []
    for part in shape.split("/"):
        spelled = placed.get(part, part.replace("(*)", "('k')"))
        parts.append(spelled.replace("sitescriptutility", UTILITY))
    return "/".join(parts)


SHAPES = sorted({shape for _, shape in ENDPOINTS})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", SHAPES)
def test_sharepoints_paths_are_taken_in_any_case_through_either_door(shape: str, case: str) -> None:
    for door in DOORS:
        path = parse(f"/sites/Lakes{door}{CASES[case](expression_of(shape))}", {})
        assert path is not None
        assert path.shape == shape
        assert path.site_path == "/sites/Lakes"


def call_sharepoint(bench: Bench, verb: str, shape: str, **claims: object) -> Response:
    needs = ENDPOINTS[verb, shape].needs
    site = ADMIN if needs == "admin" else ROOT if ENDPOINTS[verb, shape].service else LAKES
    host = site.split("/")[2]
    url = f"{site}/_api/{quote(expression_of(shape), safe='/()')}"
    return bench.ask(verb, url, {}, headers={"Authorization": f"Bearer {bench.token(host, **claims)}"})


@pytest.mark.parametrize(("verb", "shape"), ENDPOINTS)
def test_sharepoint_asks_for_the_permission_at_each_call(verb: str, shape: str) -> None:
    needs = ENDPOINTS[verb, shape].needs
    for roles in ([], ["User.ReadWrite.All", "TermStore.ReadWrite.All"]):
        answer = call_sharepoint(BENCH, verb, shape, roles=roles)
        assert (answer.status_code == 403) is (needs != ANYONE), answer.get_data(as_text=True)
        if needs != ANYONE:
            assert "-2147024891, System.UnauthorizedAccessException" in answer.get_data(as_text=True)
    if needs != ANYONE:
        assert "Sites.FullControl.All" in GRANTS[needs]


BENCH = Bench()


@pytest.mark.parametrize(("verb", "shape"), ENDPOINTS)
def test_an_application_with_a_secret_gets_nothing_of_sharepoint(verb: str, shape: str) -> None:
    answer = call_sharepoint(BENCH, verb, shape, roles=["Sites.FullControl.All"], appidacr="1")
    assert answer.status_code == 401
    assert answer.get_json() == {"error_description": "Unsupported app only token."}


def test_and_everything_of_graph() -> None:
    caller = Caller()
    assert caller.sign_in(client_secret="s").status_code == 200
    for path in ("/users", "/groups", "/organization", "/sites/root", "/admin/sharepoint/settings"):
        assert caller.graph("GET", path).status_code == 200


# ---- verbs


WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "MERGE": ("MERGE", {}),
    "PATCH": ("PATCH", {}),
    "POST meaning MERGE": ("POST", {"X-HTTP-Method": "MERGE", "IF-MATCH": "*"}),
    "POST meaning PATCH": ("POST", {"X-HTTP-Method": "PATCH", "If-Match": "*"}),
    "POST meaning merge": ("POST", {"x-http-method": "merge"}),
}
THINGS = {
    "web": ("web", "Title"),
    "list": ("web/lists/getbytitle('Documents')", "Description"),
    "item": ("web/lists/getbytitle('Kit')/items(1)", "Title"),
    "group": ("web/sitegroups/getbyid(4)", "Description"),
    "level": ("web/roledefinitions/getbyname('Read')", "Description"),
    "site": ("SPO.Tenant/sites('{site}')", "Title"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("door", DOORS[::2])
def test_things_are_changed_by_whichever_verb(thing: str, way: str, door: str) -> None:
    bench = Bench()
    make_kit(bench)
    path, name = THINGS[thing]
    url = f"{ADMIN if thing == 'site' else LAKES}{door}{path.format(site=bench.lakes.id)}"
    verb, headers = WAYS[way]
    assert bench.ask(verb, url, {name: "changed"}, headers=headers).status_code == 204
    assert bench.read("GET", f"{url}?$select={name}")[name] == "changed"


def make_kit(bench: Bench) -> None:
    bench.read("POST", f"{LAKES}/_api/web/lists", {"Title": "Kit", "BaseTemplate": 100})
    bench.read("POST", f"{LAKES}/_api/web/lists/getbytitle('Kit')/items", {"Title": "a"})


@pytest.mark.parametrize("tunnelled", [True, False])
@pytest.mark.parametrize("thing", ["list", "item", "group", "level"])
def test_things_are_deleted_by_whichever_verb(thing: str, tunnelled: bool) -> None:
    bench = Bench()
    make_kit(bench)
    url = f"{LAKES}/_api/{THINGS[thing][0]}"
    headers = {"X-HTTP-Method": "DELETE", "IF-MATCH": "*"} if tunnelled else {}
    answer = bench.ask("POST" if tunnelled else "DELETE", url, headers=headers)
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert bench.ask("GET", url).status_code == 404
