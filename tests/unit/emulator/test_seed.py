from __future__ import annotations

from pathlib import Path

import pytest

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.seed import SeedError

from .caller import Caller, json_of

TENANT = """
name = "fabrikam"
id = "99999999-2222-3333-4444-555555555555"
display_name = "Fabrikam Academy"
domains = ["academy.example"]
licences = 1200
premium = false
allowInvitesFrom = "adminsAndGuestInviters"

[settings]
sharing = "existing-guests"
PreventExternalUsersFromResharing = true

[weather]
lag = 1
"""
FILES = {
    "tenant.toml": TENANT,
    "users.csv": (
        "upn,name,mail\nhead@academy.example,Head,head@academy.example\n"
        "trips@academy.example,Trips,trips@academy.example\n"
    ),
    "guests.csv": (
        "email,name,state,accepted_as,enabled,visited\n"
        "mum@home.example,Mum,pending,,,\n"
        "dad@home.example,Dad,redeemed,,,yes\n"
        "aunt@home.example,Aunt,redeemed,gran@other.example,,yes\n"
        "old@home.example,Old,redeemed,,no,\n"
    ),
    "sites.csv": "url,title,owner,sharing\nlake,Lake District,head@academy.example,existing-guests\n",
    "groups.csv": "nickname,name\ntrip-lake,Trip Lake\nyear-8,Year 8\n",
    "members.csv": "group,member\ntrip-lake,dad@home.example\ntrip-lake,year-8\nyear-8,head@academy.example\n",
}


def write(folder: Path, **changes: str) -> Path:
    for name, text in {**FILES, **{key.replace("_", "."): value for key, value in changes.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def planted(tmp_path: Path) -> Caller:
    emulator = open_emulator(":memory:", write(tmp_path))
    emulator.state.set_fact("lag", 0)
    return Caller(emulator)


def test_who_the_tenant_is(planted: Caller) -> None:
    organization = planted.get("/organization?$select=id,displayName,verifiedDomains")["value"][0]
    assert organization["displayName"] == "Fabrikam Academy"
    assert [d["name"] for d in organization["verifiedDomains"]] == ["fabrikam.onmicrosoft.com", "academy.example"]
    settings = planted.get("/admin/sharepoint/settings")
    assert settings["sharingCapability"] == "existingExternalUserSharingOnly"
    assert settings["isResharingByExternalUsersEnabled"] is False
    assert planted.get("/policies/authorizationPolicy")["allowInvitesFrom"] == "adminsAndGuestInviters"
    assert planted.graph("GET", "/users?$select=signInActivity").status_code == 403
    assert planted.ask_token(tenant="academy.example").status_code == 200


def test_who_is_in_it(planted: Caller) -> None:
    guests = planted.get("/users?$filter=userType eq 'Guest'&$select=mail,externalUserState,accountEnabled")["value"]
    assert [(g["mail"], g["externalUserState"], g["accountEnabled"]) for g in guests] == [
        ("mum@home.example", "PendingAcceptance", True),
        ("dad@home.example", "Accepted", True),
        ("gran@other.example", "Accepted", True),
        ("old@home.example", "Accepted", False),
    ]
    rows = json_of(planted.ask("GET", "state?kind=external_users"))["external_users"]
    assert [(r["InvitedAs"], r["AcceptedAs"]) for r in rows] == [
        ("dad@home.example", "dad@home.example"),
        ("aunt@home.example", "gran@other.example"),
    ]
    (group,) = planted.get("/groups?$filter=mailNickname eq 'trip-lake'")["value"]
    members = planted.get(f"/groups/{group['id']}/transitiveMembers/microsoft.graph.user?$select=mail")["value"]
    assert {m["mail"] for m in members} == {"dad@home.example", "head@academy.example"}


def test_which_sites_it_has(planted: Caller) -> None:
    assert {s["webUrl"] for s in planted.get("/sites/getAllSites")["value"]} == {
        "https://fabrikam.sharepoint.com",
        "https://fabrikam.sharepoint.com/sites/lake",
    }
    assert planted.get("/sites/fabrikam.sharepoint.com:/sites/Lake")["displayName"] == "Lake District"


def test_reset_goes_back_to_it(planted: Caller) -> None:
    planted.invite("new@home.example")
    planted.graph("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "everyone"})
    assert planted.ask("POST", "reset").status_code == 200
    assert planted.get("/policies/authorizationPolicy")["allowInvitesFrom"] == "adminsAndGuestInviters"
    assert json_of(planted.ask("GET", "state?kind=counts"))["counts"]["users"] == 6


def test_a_state_remembers_its_seed(tmp_path: Path) -> None:
    folder = tmp_path / "seed"
    folder.mkdir()
    open_emulator(tmp_path / "state.sqlite", write(folder))
    again = open_emulator(tmp_path / "state.sqlite")
    again.reset()
    assert again.tenant.name == "fabrikam"


def test_a_state_that_has_a_tenant_is_not_planted_again(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    Caller(open_emulator(path)).invite_id("mum@home.example")
    again = Caller(open_emulator(path))
    assert len(again.get("/users?$filter=userType eq 'Guest'")["value"]) == 1


def test_the_default_tenant_is_closed_and_has_no_guest(caller: Caller) -> None:
    assert caller.get("/admin/sharepoint/settings")["sharingCapability"] == "disabled"
    assert caller.get("/users?$filter=userType eq 'Guest'")["value"] == []
    assert caller.get("/users/trips@school.example")["mail"] == "trips@school.example"
    assert [s["webUrl"] for s in caller.get("/sites/getAllSites")["value"]] == ["https://contoso.sharepoint.com"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tenant_toml", "name = ", "tenant.toml"),
        ("tenant_toml", "nonsense = 1", "nonsense"),
        ("tenant_toml", '[settings]\nsharing = "open"', "sharing"),
        ("tenant_toml", "[settings]\nNonsense = 1", "Nonsense"),
        ("tenant_toml", '[settings]\nSharingCapability = "0"', "tenant.toml"),
        ("tenant_toml", 'allowInvitesFrom = "nobody"', "allowInvitesFrom"),
        ("tenant_toml", "[weather]\nrain = 1", "rain"),
        ("tenant_toml", '[[apps]]\nname = "a"', "app"),
        ("guests_csv", "email,name,state\nmum@home.example,Mum,maybe\n", "maybe"),
        ("guests_csv", "email,name\nmum@home.example,Mum\n", "guests.csv"),
        ("guests_csv", "email,name,state,extra\n", "extra"),
        ("guests_csv", "email,name,state\nmum@home.example\n", "line 2"),
        ("members_csv", "group,member\nnone,dad@home.example\n", "members.csv"),
        ("members_csv", "group,member\ntrip-lake,nobody@home.example\n", "members.csv"),
        ("sites_csv", "url,title,sharing\nlake,Lake,open\n", "sharing"),
    ],
)
def test_a_seed_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path, name: str, text: str, said: str) -> None:
    state = tmp_path / "state.sqlite"
    with pytest.raises(SeedError, match=said):
        open_emulator(state, write(tmp_path, **{name: text}))
    assert Caller(open_emulator(state)).emulator.tenant.name == "contoso"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SeedError):
        open_emulator(":memory:", tmp_path / "nowhere")
