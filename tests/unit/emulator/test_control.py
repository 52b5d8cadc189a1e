from __future__ import annotations

from typing import Any

import pytest

from sp_parent_portal.emulator.control import ENDPOINTS

from .caller import SITE, Caller, json_of


@pytest.mark.parametrize(
    "host", ["graph.microsoft.com", "contoso.sharepoint.com", "192.0.2.1", "127.0.0.1.home.example"]
)
@pytest.mark.parametrize(("method", "path"), sorted(ENDPOINTS))
def test_only_a_loopback_host_is_answered(caller: Caller, method: str, path: str, host: str) -> None:
    answer = caller.ask(method, path.removeprefix("/_emulator/"), {} if method == "POST" else None, host)
    assert answer.status_code in (401, 501)
    assert caller.ask("GET", "health").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_every_loopback_host_is(caller: Caller, host: str) -> None:
    assert caller.ask("GET", "health", host=host).status_code == 200


def test_loopback_has_nothing_else(caller: Caller) -> None:
    assert caller.client.get("/v1.0/users", base_url="http://127.0.0.1").status_code == 501
    assert caller.ask("GET", "nonsense").status_code == 501
    assert caller.ask("GET", "reset").status_code == 501


def test_the_tenant_as_json(caller: Caller) -> None:
    user = caller.invite_id("mum@home.example")
    group = caller.make_group()
    caller.graph(
        "POST", f"/groups/{group}/members/$ref", {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user}"}
    )
    shown = json_of(caller.ask("GET", "state"))
    assert (shown["target"], shown["tenant"]) == ("emulator", "contoso")
    assert [u["mail"] for u in shown["users"]][-1] == "mum@home.example"
    assert shown["members"] == [{"group": group, "member": user}]
    assert shown["sites"][0]["url"] == "https://contoso.sharepoint.com"
    assert shown["counts"]["invitations"] == 1
    assert set(json_of(caller.ask("GET", "state?kind=groups"))) == {"target", "tenant", "groups"}
    assert len(json_of(caller.ask("GET", "state?kind=users&limit=1"))["users"]) == 1


def test_one_site_by_its_address_or_its_name(caller: Caller) -> None:
    from sp_parent_portal.emulator.sharepoint import birth

    birth.create_site(caller.emulator, SITE, "Lake", "j.okoro@school.example")
    birth.create_site(caller.emulator, f"{SITE}-2", "Lake 2", "j.okoro@school.example")
    for name in (SITE, "lake", "LAKE"):
        assert [s["url"] for s in json_of(caller.ask("GET", f"state?kind=sites&site={name}"))["sites"]] == [SITE]
    assert json_of(caller.ask("GET", "state?kind=sites&site=%25"))["sites"] == []
    things = json_of(caller.ask("GET", "state?kind=site_things&site=lake&limit=1000"))["site_things"]
    assert {thing["kind"] for thing in things} >= {"web", "list", "group"}


@pytest.mark.parametrize("query", ["kind=nonsense", "limit=0", "limit=x", "limit=100000"])
def test_filters_that_are_refused(caller: Caller, query: str) -> None:
    answer = caller.ask("GET", f"state?{query}")
    assert answer.status_code == 400
    assert json_of(answer)["target"] == "emulator"


@pytest.mark.parametrize(
    ("path", "body"), [("redeem", {}), ("redeem", []), ("redeem", {"email": 1}), ("visit", {"email": "a@b.example"})]
)
def test_bodies_that_are_refused(caller: Caller, path: str, body: Any) -> None:
    assert caller.ask("POST", path, body).status_code == 400
    assert caller.client.post(f"/_emulator/{path}", base_url="http://127.0.0.1", data="{").status_code == 400


def test_a_site_that_is_not_there(caller: Caller) -> None:
    seen = json_of(caller.ask("POST", "visit", {"email": "j.okoro@school.example", "site": "nowhere"}))
    assert (seen["allowed"], seen["because"]) == (False, "there is no such site")


@pytest.mark.parametrize(
    "settings",
    [[], {"rain": 1}, {"lag": -1}, {"lag": True}, {"provisioning": {"polls": 1}}, {"clock_skew_seconds": "1"},
     {"invitations_blocked_past": {"invitations": 3}}, {"education_list": "half"}],
)  # fmt: skip
def test_weather_that_is_none_changes_nothing(caller: Caller, settings: Any) -> None:
    caller.ask("POST", "weather", {"lag": 2})
    assert caller.ask("POST", "weather", settings).status_code == 400
    assert json_of(caller.ask("GET", "weather"))["weather"] == {"lag": 2}
    assert json_of(caller.ask("POST", "weather", {"lag": None}))["weather"] == {}
