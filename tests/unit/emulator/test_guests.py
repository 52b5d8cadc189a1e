"""Playing the guardian."""

from __future__ import annotations

from typing import Any

from sp_parent_portal.emulator.sharepoint import birth, tenant_properties
from sp_parent_portal.emulator.sharepoint.site import find_site

from .caller import SITE, Caller, json_of


def open_site(caller: Caller, *members: str) -> str:
    """A site for existing guests whose visitors are a group with these members."""
    tenant_properties.change(caller.emulator.state, {"SharingCapability": 3})
    birth.create_site(caller.emulator, SITE, "Lake", "j.okoro@school.example", sharing=3)
    group = caller.make_group()
    for member in members:
        reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{member}"}
        assert caller.graph("POST", f"/groups/{group}/members/$ref", reference).status_code == 204
    token = json_of(caller.ask_token(scope="https://contoso.sharepoint.com/.default", client_secret="", **assertion()))
    headers = {"Authorization": f"Bearer {token['access_token']}", "Accept": "application/json;odata=nometadata"}
    answer = caller.client.post(
        "/sites/lake/_api/web/associatedvisitorgroup/users",
        base_url="https://contoso.sharepoint.com",
        headers=headers,
        json={"LoginName": f"c:0t.c|tenant|{group}"},
    )
    assert answer.status_code == 201, answer.text
    return group


def assertion() -> dict[str, str]:
    from .test_entra import sign

    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": sign(),
    }


def visit(caller: Caller, email: str) -> Any:
    return json_of(caller.ask("POST", "visit", {"email": email, "site": SITE}))


def redeem(caller: Caller, email: str, accept_as: str = "") -> Any:
    return caller.ask("POST", "redeem", {"email": email, **({"as": accept_as} if accept_as else {})})


def external_users(caller: Caller) -> Any:
    return json_of(caller.ask("GET", "state?kind=external_users"))["external_users"]


def guest(caller: Caller, user_id: str) -> Any:
    return caller.get(f"/users/{user_id}?$select=mail,otherMails,externalUserState,userPrincipalName,identities")


def test_a_direct_link_redeems_and_the_row_comes_with_the_first_visit(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    open_site(caller, user_id)
    assert external_users(caller) == []
    seen = visit(caller, "mum@home.example")
    assert (seen["target"], seen["allowed"], seen["state"]) == ("emulator", True, "Accepted")
    assert seen["site"]["title"] == "Lake"
    assert guest(caller, user_id)["externalUserState"] == "Accepted"
    (row,) = external_users(caller)
    assert (row["InvitedAs"], row["AcceptedAs"]) == ("mum@home.example", "mum@home.example")
    visit(caller, "mum@home.example")
    assert len(external_users(caller)) == 1


def test_a_guest_of_no_group_is_not_let_in_and_not_counted(caller: Caller) -> None:
    caller.invite_id("mum@home.example")
    open_site(caller)
    seen = visit(caller, "mum@home.example")
    assert seen["allowed"] is False
    assert seen["because"]
    assert external_users(caller) == []


def test_a_stranger_has_no_account(caller: Caller) -> None:
    open_site(caller)
    seen = visit(caller, "stranger@home.example")
    assert (seen["allowed"], seen["because"]) == (False, "the directory has no account with this address")


def test_a_blocked_guest_does_not_enter(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    open_site(caller, user_id)
    caller.graph("PATCH", f"/users/{user_id}", {"accountEnabled": False})
    assert visit(caller, "mum@home.example")["because"] == "the account is blocked from signing in"
    assert guest(caller, user_id)["externalUserState"] == "PendingAcceptance"
    assert redeem(caller, "mum@home.example").status_code == 403


def test_a_forwarded_redemption_link_lets_somebody_else_in(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    open_site(caller, user_id)
    assert redeem(caller, "mum@home.example", "gran@other.example").status_code == 200
    shown = guest(caller, user_id)
    assert shown["mail"] == "gran@other.example"
    assert shown["userPrincipalName"] == "mum_home.example#EXT#@contoso.onmicrosoft.com"
    (row,) = external_users(caller)
    assert (row["InvitedAs"], row["AcceptedAs"]) == ("mum@home.example", "gran@other.example")
    assert visit(caller, "gran@other.example")["allowed"] is True
    seen = visit(caller, "mum@home.example")
    assert (seen["allowed"], seen["because"]) == (False, "the invitation was redeemed with another account")
    assert redeem(caller, "mum@home.example").status_code == 409


def test_a_forwarded_site_link_does_not(caller: Caller) -> None:
    open_site(caller, caller.invite_id("mum@home.example"))
    assert visit(caller, "gran@other.example")["allowed"] is False


def test_the_tenant_may_insist_on_the_invited_account(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    body = {"isRequireAcceptingUserToMatchInvitedUserEnabled": True}
    assert caller.graph("PATCH", "/admin/sharepoint/settings", body).status_code == 200
    assert redeem(caller, "mum@home.example", "gran@other.example").status_code == 403
    assert guest(caller, user_id)["externalUserState"] == "PendingAcceptance"
    assert redeem(caller, "mum@home.example").status_code == 200


def test_one_address_is_never_two_accounts(caller: Caller) -> None:
    caller.invite_id("mum@home.example")
    caller.invite_id("dad@home.example")
    assert redeem(caller, "mum@home.example", "dad@home.example").status_code == 409


def test_nobody_redeems_what_was_not_sent(caller: Caller) -> None:
    assert redeem(caller, "mum@home.example").status_code == 404
    assert redeem(caller, "j.okoro@school.example").status_code == 404


def test_sharing_switched_off_shuts_guests_out_and_on_again_lets_them_back(caller: Caller) -> None:
    open_site(caller, caller.invite_id("mum@home.example"))
    allowed = []
    for level in ("existingExternalUserSharingOnly", "disabled", "existingExternalUserSharingOnly"):
        caller.graph("PATCH", "/admin/sharepoint/settings", {"sharingCapability": level})
        allowed.append(visit(caller, "mum@home.example")["allowed"])
    assert allowed == [True, False, True]


def test_the_sites_own_level_switched_off_and_on_again_lets_old_guests_back(caller: Caller) -> None:
    open_site(caller, caller.invite_id("mum@home.example"))
    site = find_site(caller.emulator, SITE)
    assert site is not None
    allowed = []
    for level in (3, 0, 3):
        site.doc["SiteDefinedSharingCapability"] = level
        site.store()
        allowed.append(visit(caller, "mum@home.example")["allowed"])
    assert allowed == [True, False, True]


def test_a_first_visit_leaves_the_guest_among_the_sites_users(caller: Caller) -> None:
    """Also where only a group led there; who is not let in leaves nothing."""
    open_site(caller, caller.invite_id("mum@home.example"))
    caller.invite_id("dad@home.example")
    site = find_site(caller.emulator, SITE)
    assert site is not None

    def guests_there() -> list[str]:
        return [user["Email"] for user in site.each("user") if "#ext#" in user["LoginName"]]

    assert guests_there() == []
    for email in ("dad@home.example", "mum@home.example", "mum@home.example"):
        visit(caller, email)
    assert guests_there() == ["mum@home.example"]


def test_a_deleted_guest_is_kept_out_and_comes_back_as_they_were(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    open_site(caller, user_id)
    assert visit(caller, "mum@home.example")["allowed"]
    assert caller.graph("DELETE", f"/users/{user_id}").status_code == 204
    assert visit(caller, "mum@home.example")["because"] == "the directory has no account with this address"
    assert len(external_users(caller)) == 1
    assert caller.graph("POST", f"/directory/deletedItems/{user_id}/restore").status_code == 200
    seen = visit(caller, "mum@home.example")
    assert (seen["allowed"], seen["state"]) == (True, "Accepted")
    assert len(external_users(caller)) == 1


def test_a_deleted_guest_who_is_invited_again_is_somebody_new(caller: Caller) -> None:
    first = caller.invite_id("mum@home.example")
    caller.graph("DELETE", f"/users/{first}")
    second = caller.invite_id("mum@home.example")
    assert second != first
    names = [guest(caller, second)["userPrincipalName"]]
    deleted = caller.get("/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName")["value"]
    assert [row["id"] for row in deleted] == [first]
    assert names[0] not in [row["userPrincipalName"] for row in deleted]


def test_a_colleague_opens_the_site_and_is_no_external_user(caller: Caller) -> None:
    open_site(caller)
    assert visit(caller, "j.okoro@school.example")["allowed"] is True
    assert external_users(caller) == []
