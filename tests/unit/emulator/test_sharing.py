"""Sharing a site or a file with people: who may be shared with, what is said where nobody may, what it does."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator import directory
from sp_parent_portal.emulator.guests import visit
from sp_parent_portal.emulator.sharepoint import domains, files, lists, permissions, rules, sharing, users
from sp_parent_portal.emulator.tokens import Token

from ...contract.sharepoint_bench import ADMIN, LAKES, ROOT, Bench

VISITORS = "group:4"
LEVELS = {"disabled": 0, "existing guests": 3, "new and existing guests": 1, "anyone": 2}
TENANT = f"{ADMIN}/_api/SPO.Tenant"


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.set_tenant(SharingCapability=2, CoreSharingCapability=2)
    set_site(bench, SharingCapability=1)
    return bench


def set_site(bench: Bench, **wanted: object) -> int:
    answer = bench.ask("MERGE", f"{TENANT}/sites('{bench.lakes.id}')", wanted)
    row = bench.state.db.execute("SELECT doc FROM sites WHERE id = ?", (bench.lakes.id,)).fetchone()["doc"]
    bench.lakes.doc = json.loads(row)
    return answer.status_code


def share(bench: Bench, *keys: str, role: str = VISITORS, url: str = LAKES, **more: Any) -> Any:
    picked = json.dumps([{"Key": key} for key in keys])
    body = {"url": url, "peoplePickerInput": picked, "roleValue": role, **more}
    return bench.read("POST", f"{LAKES}/_api/SP.Web.ShareObject", body)


def guests(bench: Bench) -> list[str]:
    return [doc["mail"] for _, doc in directory.list_users(bench.state, kind=directory.GUEST)]


def outbox(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(row["doc"]) for row in bench.state.db.execute("SELECT doc FROM outbox ORDER BY seq")]


def file_of(bench: Bench) -> dict[str, Any]:
    return files.add_file(bench.lakes, "/sites/lakes/Shared Documents", "plan.docx", b"x")


def graph(bench: Bench, method: str, path: str, body: Any = None, **claims: object) -> Any:
    token = bench.token("graph.microsoft.com", **{"roles": ["Sites.FullControl.All"], **claims})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return bench.ask(method, f"https://graph.microsoft.com/v1.0{path}", body, headers=headers)


def address(bench: Bench, file: dict[str, Any]) -> str:
    return f"/drives/{files.drive_id(bench.lakes, file['_list'])}/items/{files.item_id(bench.lakes, file)}"


def invite(bench: Bench, file: dict[str, Any], *emails: str, **more: Any) -> Any:
    body = {"recipients": [{"email": email} for email in emails], "requireSignIn": True, "roles": ["read"], **more}
    return graph(bench, "POST", f"{address(bench, file)}/invite", body)


# ---- who may be shared with


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("who", ["colleague", "guest", "stranger"])
@pytest.mark.parametrize("door", ["ShareObject", "invite"])
def test_who_may_be_shared_with_at_which_level(bench: Bench, level: str, who: str, door: str) -> None:
    bench.add_guest("ada@mail.example")
    set_site(bench, SharingCapability=LEVELS[level])
    key = {"colleague": "m.bell@school.example", "guest": "ada@mail.example", "stranger": "eve@mail.example"}[who]
    allowed = who == "colleague" or (level != "disabled" and (who == "guest" or level != "existing guests"))
    if door == "ShareObject":
        told = share(bench, key)
        assert told["StatusCode"] == (0 if allowed else -7)
        assert told["ErrorMessage"] == (None if allowed else sharing.NOT_ALLOWED)
    else:
        answer = invite(bench, file_of(bench), key)
        assert answer.status_code == (200 if allowed else 403)
        if not allowed:
            error = answer.get_json()["error"]
            assert (error["code"], error["message"]) == ("accessDenied", sharing.NOT_ALLOWED)
            assert error["innerError"]["code"] == "sharingDisabled"
    assert ("eve@mail.example" in guests(bench)) is (allowed and who == "stranger")


@given(
    site=st.sampled_from([0, 3, 1, 2]),
    tenant=st.sampled_from([0, 3, 1, 2]),
    core=st.sampled_from([0, 3, 1, 2]),
    known=st.booleans(),
)
def test_nobody_is_shared_with_beyond_the_most_closed_of_them(site: int, tenant: int, core: int, known: bool) -> None:
    bench = SHARED
    bench.lakes.doc["SiteDefinedSharingCapability"] = site
    bench.lakes.store()
    bench.set_tenant(SharingCapability=tenant, CoreSharingCapability=core)
    openness = min([0, 3, 1, 2].index(level) for level in (site, tenant, core))
    try:
        sharing.check(bench.lakes, _token(), "known@mail.example" if known else "new@mail.example")
        allowed = True
    except sharing.NotShared:
        allowed = False
    assert allowed is (openness >= (1 if known else 2))


def _token() -> Token:
    return Token(app_id="app", tenant_id="t", app_only=True, permissions=frozenset())


SHARED = Bench()
SHARED.add_guest("known@mail.example")


def test_refused_sharing_leaves_nothing_of_itself(bench: Bench) -> None:
    set_site(bench, SharingCapability=3)
    bench.add_guest("ada@mail.example")
    before = bench.lakes.each("user")
    assert share(bench, "ada@mail.example", "eve@mail.example")["StatusCode"] == -7
    assert share(bench, "ada@mail.example", role="role:99")["StatusCode"] == -63
    assert share(bench, "ada@mail.example", "nobody")["StatusCode"] == -9
    assert invite(bench, file_of(bench), "ada@mail.example", "eve@mail.example").status_code == 403
    assert bench.lakes.each("user") == before
    assert guests(bench) == ["ada@mail.example"]


def test_an_array_of_people_is_refused_as_seen(bench: Bench) -> None:
    body = {"url": LAKES, "peoplePickerInput": [{"Key": "x@y.example"}], "roleValue": VISITORS}
    answer = bench.ask("POST", f"{LAKES}/_api/SP.Web.ShareObject", body)
    assert answer.status_code == 400
    assert "StartArray" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("policy", "allowed"), [("none", False), ("adminsAndGuestInviters", False), ("everyone", True)]
)
def test_a_directory_that_takes_no_invitations(bench: Bench, policy: str, allowed: bool) -> None:
    known = bench.state.get_fact("authorization_policy")
    bench.state.set_fact("authorization_policy", {**known, "allowInvitesFrom": policy})
    bench.add_guest("ada@mail.example")
    told = share(bench, "eve@mail.example")
    assert (told["ErrorMessage"] is None) is allowed
    if not allowed:
        assert told["ErrorMessage"] == sharing.INVITATION_FAILED
    assert share(bench, "ada@mail.example")["StatusCode"] == 0


# ---- domains


@pytest.mark.parametrize(
    ("tenant", "site", "admitted"),
    [
        ((0, ""), (0, ""), {"a", "b", "c"}),
        ((1, "a.example B.example"), (0, ""), {"a", "b"}),
        ((2, "a.example"), (0, ""), {"b", "c"}),
        ((0, ""), (1, "a.example"), {"a"}),
        ((0, ""), (2, "a.example"), {"b", "c"}),
        ((1, "a.example b.example"), (1, "b.example"), {"b"}),
        ((2, "a.example"), (1, "a.example b.example"), {"b"}),
        ((2, "a.example"), (2, "b.example"), {"c"}),
    ],
)
def test_an_address_passes_both_lists(
    bench: Bench, tenant: tuple[int, str], site: tuple[int, str], admitted: set[str]
) -> None:
    assert set_site(bench, **_list(*site)) == 204
    bench.set_tenant(**_list(*tenant))
    for name in "abc":
        told = share(bench, f"{name}dam@{name}.example")
        assert told["ErrorMessage"] == (None if name in admitted else sharing.NOT_ALLOWED)
    assert {mail.partition("@")[2][0] for mail in guests(bench)} == admitted


def _list(mode: int, names: str) -> dict[str, Any]:
    key = "SharingAllowedDomainList" if mode == domains.ALLOW else "SharingBlockedDomainList"
    return {"SharingDomainRestrictionMode": mode, key: names}


def test_who_is_in_the_directory_is_shared_with_but_not_let_in(bench: Bench) -> None:
    ada = bench.add_guest("ada@a.example")
    bench.set_tenant(**_list(domains.BLOCK, "a.example"))
    assert share(bench, "ada@a.example")["StatusCode"] == 0
    seen = rules.effective_access(bench.emulator, LAKES, ada["id"])
    assert (seen["allowed"], seen["because"]) == (False, "the domain of the account is not allowed")
    bench.set_tenant(SharingDomainRestrictionMode=0)
    assert rules.effective_access(bench.emulator, LAKES, ada["id"])["allowed"]


@pytest.mark.parametrize(
    ("mode", "names", "status"),
    [(1, "a.example", 204), (1, "a.example c.example", 400), (2, "c.example", 400), (0, "", 204)],
)
def test_a_sites_list_is_part_of_the_tenants(bench: Bench, mode: int, names: str, status: int) -> None:
    bench.set_tenant(**_list(domains.ALLOW, "a.example b.example"))
    assert set_site(bench, **_list(mode, names)) == status


# ---- what sharing does


def test_sharing_the_site_puts_people_into_the_group_or_gives_them_the_level(bench: Bench) -> None:
    ada = bench.add_guest("ada@mail.example")
    share(bench, "ada@mail.example")
    assert rules.effective_access(bench.emulator, LAKES, ada["id"])["allowed"]
    told = share(bench, "m.bell@school.example", role=f"role:{permissions.READ}")
    assert [row["Email"] for row in told["UniquelyPermissionedUsers"]] == ["m.bell@school.example"]
    bell = directory.find_user(bench.state, "m.bell@school.example")
    assert bell is not None
    assert rules.effective_access(bench.emulator, LAKES, bell["id"])["allowed"]


def test_a_group_of_the_directory_is_shared_with_by_its_claim(bench: Bench) -> None:
    ada = bench.add_guest("ada@mail.example")
    claim = bench.add_group("0f0e0d0c-0000-4000-8000-000000000001", "Trip", [ada["id"]])
    assert share(bench, claim)["StatusCode"] == 0
    assert rules.effective_access(bench.emulator, LAKES, ada["id"])["allowed"]


@pytest.mark.parametrize("sends", [True, False])
def test_a_stranger_is_invited_and_told_only_when_that_is_asked(bench: Bench, sends: bool) -> None:
    told = share(bench, "eve@mail.example", sendEmail=sends, emailSubject="The lakes")
    (row,) = told["InvitedUsers"]
    assert (row["Email"], row["Succeeded"]) == ("eve@mail.example", True)
    assert row["InvitationLink"].startswith("https://login.microsoftonline.com/redeem?rd=")
    assert [(mail["to"], mail["subject"]) for mail in outbox(bench)] == [("eve@mail.example", "The lakes")] * sends
    assert visit(bench.emulator, "eve@mail.example", LAKES)["allowed"]


def test_a_file_is_shared_with_its_own_people_and_the_rest_of_the_site_is_not(bench: Bench) -> None:
    ada = bench.add_guest("ada@mail.example")
    file = file_of(bench)
    answer = invite(bench, file, "ada@mail.example", roles=["write"])
    (row,) = answer.get_json()["value"]
    user = users.find_user(bench.lakes, ada["userPrincipalName"])
    assert user is not None
    assert base64.urlsafe_b64decode(row["id"] + "==").decode() == user["LoginName"]
    listed = graph(bench, "GET", f"{address(bench, file)}/permissions").get_json()["value"]
    assert [each["roles"] for each in listed if each["id"] == row["id"]] == [["write"]]
    assert not rules.effective_access(bench.emulator, LAKES, ada["id"])["allowed"]
    assert graph(bench, "DELETE", f"{address(bench, file)}/permissions/{row['id']}").status_code == 204
    assert graph(bench, "DELETE", f"{address(bench, file)}/permissions/{row['id']}").status_code == 404


def test_a_file_is_shared_through_its_address_too(bench: Bench) -> None:
    bench.add_guest("ada@mail.example")
    file = file_of(bench)
    url = f"{ROOT}{file['ServerRelativeUrl']}".replace(" ", "%20")
    assert share(bench, "ada@mail.example", role=f"role:{permissions.READ}", url=url)["StatusCode"] == 0
    library = lists.get_list(bench.lakes, "Documents", "title")
    assert bench.lakes.find("scope", f"{library['Id']}/{file['_item']}") is not None


def test_people_are_added_to_a_link_there_is(bench: Bench) -> None:
    file = file_of(bench)
    body = {"type": "view", "scope": "users", "recipients": [{"email": "m.bell@school.example"}]}
    link = graph(bench, "POST", f"{address(bench, file)}/createLink", body).get_json()
    share_id = "u!" + base64.urlsafe_b64encode(link["link"]["webUrl"].encode()).decode().rstrip("=")
    more = {"recipients": [{"email": "s.haddad@school.example"}], "roles": ["read"]}
    assert graph(bench, "POST", f"/shares/{share_id}/permission/grant", more).status_code == 200
    assert graph(bench, "POST", f"/shares/{share_id[:-6]}/permission/grant", more).status_code == 404
    path = f"{LAKES}/_api/web/GetFileById('{file['UniqueId']}')/ListItemAllFields/GetSharingInformation"
    told = bench.read("POST", f"{path}?$select=permissionsInformation&$expand=permissionsInformation")
    (active,) = [row for row in told["permissionsInformation"]["links"] if row["linkDetails"]["IsActive"]]
    assert active["linkDetails"]["ShareId"] == link["id"]
    assert {each["email"] for each in active["linkMembers"]} == {"m.bell@school.example", "s.haddad@school.example"}


def test_sharing_information_says_whether_somebody_outside_can_be_added(bench: Bench) -> None:
    item = bench.read("POST", f"{LAKES}/_api/web/lists/getbytitle('Documents')/items", {})
    path = f"{LAKES}/_api/web/lists/getbytitle('Documents')/items({item['Id']})/GetSharingInformation"
    said = []
    for level in (1, 0):
        set_site(bench, SharingCapability=level)
        said.append(bench.read("POST", path)["canAddExternalPrincipal"])
    assert said == [True, False]


# ---- sites granted to applications


def test_a_site_is_granted_to_an_application_and_to_nobody_else(bench: Bench) -> None:
    path = f"/sites/{bench.lakes.id}/permissions"
    app = {"id": "89ea5c94-7736-4e25-95ad-3fa95f62b66e", "displayName": "Trips"}
    made = graph(bench, "POST", path, {"roles": ["read"], "grantedToIdentities": [{"application": app}]})
    assert made.status_code == 201
    number = made.get_json()["id"]
    assert graph(bench, "PATCH", f"{path}/{number}", {"roles": ["write"]}).get_json()["roles"] == ["write"]
    (row,) = graph(bench, "GET", path).get_json()["value"]
    assert row["grantedToIdentitiesV2"] == [{"application": app}]
    person = {"roles": ["read"], "grantedToIdentities": [{"user": {"id": "x"}}]}
    assert graph(bench, "POST", path, person).status_code == 400
    assert graph(bench, "GET", path, roles=["Sites.ReadWrite.All"]).status_code == 403
    assert graph(bench, "DELETE", f"{path}/{number}").status_code == 204
    assert graph(bench, "GET", f"{path}/{number}").status_code == 404
