from __future__ import annotations

from typing import Any

import pytest

from .caller import Caller, code_of, json_of


def policy(caller: Caller, **changes: str) -> None:
    assert caller.graph("PATCH", "/policies/authorizationPolicy", changes).status_code == 204


def test_an_invitation_makes_a_guest(caller: Caller) -> None:
    user_id = caller.invite_id("Mum@Home.example", invitedUserDisplayName="Mary Home")
    guest = caller.get(
        f"/users/{user_id}?$select=displayName,mail,userType,userPrincipalName,externalUserState,creationType,otherMails"
    )
    del guest["@odata.context"]
    assert guest == {
        "displayName": "Mary Home",
        "mail": "Mum@Home.example",
        "userType": "Guest",
        "userPrincipalName": "Mum_Home.example#EXT#@contoso.onmicrosoft.com",
        "externalUserState": "PendingAcceptance",
        "creationType": "Invitation",
        "otherMails": ["Mum@Home.example"],
    }


def test_inviting_again_is_the_same_account_and_another_invitation(caller: Caller) -> None:
    first, second = (json_of(caller.invite(email)) for email in ("mum@home.example", "MUM@home.example"))
    assert first["invitedUser"] == second["invitedUser"]
    assert first["id"] != second["id"]
    assert first["inviteRedeemUrl"] != second["inviteRedeemUrl"]


def test_two_addresses_never_share_a_sign_in_name(caller: Caller) -> None:
    ids = {caller.invite_id("a_b@home.example"), caller.invite_id("a@b_home.example")}
    assert len({caller.get(f"/users/{i}")["userPrincipalName"] for i in ids}) == 2


def test_a_guest_who_redeemed_is_invited_as_pending_again(caller: Caller) -> None:
    caller.invite_id("mum@home.example")
    caller.ask("POST", "redeem", {"email": "mum@home.example"})
    again = json_of(caller.invite("mum@home.example"))
    assert again["status"] == "PendingAcceptance"
    assert (
        caller.get(f"/users/{again['invitedUser']['id']}?$select=externalUserState")["externalUserState"] == "Accepted"
    )


@pytest.mark.parametrize(
    "email",
    ["", "mum", "mum@home", "mum+trips@home.example", "mum@school.example", "mum@contoso.onmicrosoft.com",
     "a b@home.example", "mum@home.example, dad@home.example", "o(hara)@home.example", "mum@home@home.example"],
)  # fmt: skip
def test_addresses_that_are_refused_make_nobody(caller: Caller, email: str) -> None:
    before = caller.ask("GET", "state?kind=counts").json
    assert code_of(caller.invite(email)) == (400, "BadRequest")
    assert caller.ask("GET", "state?kind=counts").json == before


def test_an_apostrophe_is_no_forbidden_character(caller: Caller) -> None:
    assert caller.invite("o'hara@home.example").status_code == 201


@pytest.mark.parametrize("body", [{"inviteRedirectUrl": "x"}, {"nonsense": 1}, {"inviteRedirectUrl": None}])
def test_bodies_that_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert code_of(caller.invite("mum@home.example", **body)) == (400, "BadRequest")


def test_a_blocked_guest_is_not_invited_again(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    caller.graph("PATCH", f"/users/{user_id}", {"accountEnabled": False})
    answer = caller.invite("mum@home.example")
    assert code_of(answer) == (400, "BadRequest")
    assert "blocked from signing in" in answer.text


def test_an_account_of_the_school_with_that_address_is_not_invited(caller: Caller) -> None:
    staff = caller.get("/users/j.okoro@school.example")["id"]
    caller.graph("PATCH", f"/users/{staff}", {"otherMails": ["joy@home.example"]})
    answer = caller.invite("joy@home.example")
    assert code_of(answer) == (400, "BadRequest")
    assert f"already exists in the directory as object ID: {staff}" in answer.text


@pytest.mark.parametrize(("allowed", "status"), [("none", 403), ("adminsAndGuestInviters", 403),
                         ("adminsGuestInvitersAndAllMembers", 201), ("everyone", 201)])  # fmt: skip
def test_who_may_invite(caller: Caller, allowed: str, status: int) -> None:
    policy(caller, allowInvitesFrom=allowed)
    answer = caller.invite("mum@home.example")
    assert answer.status_code == status
    assert ("Guest invitations not allowed for your company." in answer.text) is (status == 403)


def test_a_directory_that_blocks_invitations_after_a_burst(caller: Caller) -> None:
    caller.emulator.state.set_fact("invitations_blocked_after", 2)
    assert [caller.invite(f"p{n}@home.example").status_code for n in range(4)] == [201, 201, 403, 403]


def test_a_full_directory_takes_nobody_in(caller: Caller) -> None:
    caller.emulator.state.set_fact("directory_quota", 7)
    assert caller.invite("mum@home.example").status_code == 201
    assert code_of(caller.invite("dad@home.example")) == (403, "Directory_QuotaExceeded")
    organization = caller.get("/organization?$select=directorySizeQuota")["value"][0]
    assert organization == {"directorySizeQuota": {"used": 7, "total": 7}}


def test_microsoft_sends_only_when_asked_and_drops_an_applications_words(caller: Caller) -> None:
    caller.invite("quiet@home.example")
    assert caller.ask("GET", "outbox").json == []
    words = {"customizedMessageBody": "Our trip", "ccRecipients": [], "messageLanguage": "en-GB"}
    answer = json_of(caller.invite("mum@home.example", sendInvitationMessage=True, invitedUserMessageInfo=words))
    (sent,) = json_of(caller.ask("GET", "outbox"))
    assert (sent["to"], sent["kind"], sent["redeem_url"]) == (
        "mum@home.example",
        "invitation",
        answer["inviteRedeemUrl"],
    )
    assert "Our trip" not in sent["html"]
    assert answer["invitedUserMessageInfo"]["customizedMessageBody"] is None
