"""Who reaches a site in the emulated tenant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator import directory
from sp_parent_portal.emulator.sharepoint import groups, lists, permissions, users
from sp_parent_portal.emulator.sharepoint.faults import Fault
from sp_parent_portal.emulator.sharepoint.rules import CAPABILITIES, effective_access, effective_sharing
from sp_parent_portal.emulator.sharepoint.site import Site

from ...contract.sharepoint_bench import LAKES, Bench

TRIP, INNER = "0f0e0d0c-0000-4000-8000-000000000001", "0f0e0d0c-0000-4000-8000-000000000002"
LEVELS = st.sampled_from([0, 3, 1, 2])


def open_site(bench: Bench, level: int = 3) -> Site:
    bench.lakes.doc["SiteDefinedSharingCapability"] = level
    bench.lakes.store()
    return bench.lakes


def join(bench: Bench, login: str, place: str = "visitors") -> dict[str, Any]:
    user = users.ensure_user(bench.lakes, login)
    assert not isinstance(user, Fault)
    return groups.add_member(bench.lakes, groups.ASSOCIATED[place], user)


def claim_of(guest: dict[str, Any]) -> str:
    return f"{users.MEMBERSHIP}{guest['userPrincipalName'].lower()}"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_guest_in_the_trip_group_gets_in(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    open_site(bench)
    join(bench, bench.add_group(TRIP, "Trip", [guest["id"]]))
    seen = effective_access(bench.emulator, LAKES, guest["id"])
    assert seen["allowed"]
    assert "Lakes Visitors" in seen["because"]
    assert "Documents" in seen["lists"]
    assert seen["site"] == {"url": LAKES, "title": "Lakes", "sharing": 3}


def test_through_a_group_in_the_trip_group(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    open_site(bench)
    bench.add_group(INNER, "Inner", [guest["id"]])
    join(bench, bench.add_group(TRIP, "Trip", [INNER]))
    assert effective_access(bench.emulator, LAKES, guest["id"])["allowed"]
    directory.remove_member(bench.state, TRIP, INNER)
    assert not effective_access(bench.emulator, LAKES, guest["id"])["allowed"]


@pytest.mark.parametrize("spoil", ["site", "tenant", "blocked", "locked", "no path", "no level"])
def test_what_keeps_a_guest_out(bench: Bench, spoil: str) -> None:
    guest = bench.add_guest("ada@mail.example")
    site = open_site(bench)
    user = join(bench, claim_of(guest))
    assert effective_access(bench.emulator, LAKES, guest["id"])["allowed"]
    if spoil == "site":
        open_site(bench, 0)
    elif spoil == "tenant":
        bench.set_tenant(SharingCapability=0)
    elif spoil == "blocked":
        directory.store_user(bench.state, {**guest, "accountEnabled": False})
    elif spoil == "locked":
        site.doc["LockState"] = "NoAccess"
        site.store()
    elif spoil == "no path":
        groups.remove_member(site, groups.ASSOCIATED["visitors"], user["Id"])
    else:
        permissions.remove_grant(site, "", groups.ASSOCIATED["visitors"], permissions.READ)
    seen = effective_access(bench.emulator, LAKES, guest["id"])
    assert not seen["allowed"]
    assert seen["lists"] == []


def test_limited_access_alone_opens_nothing(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    site = open_site(bench)
    user = users.ensure_user(site, claim_of(guest))
    assert not isinstance(user, Fault)
    permissions.add_grant(site, "", user["Id"], permissions.LIMITED_ACCESS)
    assert not effective_access(bench.emulator, LAKES, guest["id"])["allowed"]


def test_a_list_with_permissions_of_its_own_counts_apart(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    site = open_site(bench)
    join(bench, claim_of(guest))
    staff = lists.add_list(site, "Staff only", 100)
    assert "Staff only" in effective_access(bench.emulator, LAKES, guest["id"])["lists"]
    permissions.break_inheritance(site, staff["Id"], copy=False)
    permissions.add_grant(site, staff["Id"], groups.ASSOCIATED["owners"], permissions.FULL_CONTROL)
    seen = effective_access(bench.emulator, LAKES, guest["id"])
    assert seen["allowed"]
    assert "Staff only" not in seen["lists"]


def test_a_grant_on_one_list_opens_that_list_only(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    site = open_site(bench)
    user = users.ensure_user(site, claim_of(guest))
    assert not isinstance(user, Fault)
    menu = lists.add_list(site, "Menu", 100)
    permissions.break_inheritance(site, menu["Id"], copy=True)
    permissions.add_grant(site, menu["Id"], user["Id"], permissions.READ)
    seen = effective_access(bench.emulator, LAKES, guest["id"])
    assert (seen["allowed"], seen["lists"]) == (True, ["Menu"])
    web = {row["PrincipalId"]: row["_roles"] for row in permissions.list_assignments(site, "")}
    assert web[user["Id"]] == [permissions.LIMITED_ACCESS]


def test_a_colleague_does_not_need_sharing(bench: Bench) -> None:
    owner = directory.find_user(bench.state, "j.okoro@school.example")
    other = directory.find_user(bench.state, "m.bell@school.example")
    assert owner is not None
    assert other is not None
    assert effective_access(bench.emulator, LAKES, owner["id"])["allowed"]
    assert not effective_access(bench.emulator, LAKES, other["id"])["allowed"]
    join(bench, f"{users.EVERYONE_EXCEPT_EXTERNAL}{bench.emulator.tenant.id}")
    assert effective_access(bench.emulator, LAKES, other["id"])["allowed"]


def test_everyone_except_external_users_is_no_path_for_a_guest(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    open_site(bench)
    join(bench, f"{users.EVERYONE_EXCEPT_EXTERNAL}{bench.emulator.tenant.id}")
    assert not effective_access(bench.emulator, LAKES, guest["id"])["allowed"]
    join(bench, users.EVERYONE)
    assert not effective_access(bench.emulator, LAKES, guest["id"])["allowed"]
    bench.set_tenant(ShowEveryoneClaim=True)
    assert effective_access(bench.emulator, LAKES, guest["id"])["allowed"]


def test_a_site_or_account_that_is_not_there(bench: Bench) -> None:
    guest = bench.add_guest("ada@mail.example")
    assert effective_access(bench.emulator, f"{LAKES}x", guest["id"])["because"] == "there is no such site"
    assert effective_access(bench.emulator, LAKES, "nobody")["because"] == "there is no such account"


@given(site=LEVELS, tenant=LEVELS, core=LEVELS)
def test_effective_sharing_is_never_more_open_than_any_of_them(site: int, tenant: int, core: int) -> None:
    bench = SHARED
    open_site(bench, site)
    bench.set_tenant(SharingCapability=tenant, CoreSharingCapability=core)
    effective = effective_sharing(bench.emulator, bench.lakes)
    assert CAPABILITIES[effective] == min(CAPABILITIES[level] for level in (site, tenant, core))


@given(site=LEVELS, tenant=LEVELS, core=LEVELS)
def test_a_site_that_is_exempt_is_not_held_by_the_sharepoint_part_of_the_tenant(
    site: int, tenant: int, core: int
) -> None:
    bench = SHARED
    open_site(bench, site)
    bench.lakes.doc["OverrideSharingCapability"] = True
    bench.set_tenant(SharingCapability=tenant, CoreSharingCapability=core)
    effective = effective_sharing(bench.emulator, bench.lakes)
    bench.lakes.doc["OverrideSharingCapability"] = False
    assert CAPABILITIES[effective] == min(CAPABILITIES[level] for level in (site, tenant))


SHARED = Bench()


def test_openness_is_not_the_order_of_the_integers() -> None:
    assert sorted(CAPABILITIES, key=lambda level: CAPABILITIES[level]) == [0, 3, 1, 2]
