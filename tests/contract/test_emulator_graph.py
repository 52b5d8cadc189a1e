"""What Graph's half of the emulator answers, against what was recorded of Graph or is documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.emulator.caller import Caller, json_of

from .shapes import find_differences

WIRE = Path(__file__).parent / "wire" / "graph"
# Recorded on every answer of a directory call.
HEADERS = {"request-id", "client-request-id", "x-ms-ags-diagnostic", "Strict-Transport-Security", "Vary",
           "Cache-Control", "x-ms-resource-unit"}  # fmt: skip


def load(name: str) -> Any:
    return json.loads((WIRE / name).read_text(encoding="utf-8"))


def make_unified(caller: Caller) -> Any:
    body = {"displayName": "Lake", "mailNickname": "lake", "mailEnabled": True, "securityEnabled": False,
            "groupTypes": ["Unified"], "visibility": "Private", "description": "a trip",
            "creationOptions": ["SPSiteLanguage:1033"]}  # fmt: skip
    return caller.graph("POST", "/groups", body)


def test_a_group_that_was_made(caller: Caller) -> None:
    answer = make_unified(caller)
    assert answer.status_code == 201
    assert find_differences(load("group-create-201.json"), answer.json) == []
    assert list(answer.json) == list(load("group-create-201.json"))
    assert answer.headers["Location"] == (
        f"https://graph.microsoft.com/v2/{caller.emulator.tenant.id}/directoryObjects/{answer.json['id']}/"
        "Microsoft.DirectoryServices.Group"
    )
    assert set(answer.headers.keys()) >= HEADERS
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["request-id"] == answer.headers["client-request-id"]


def test_no_group_of_that_nickname(caller: Caller) -> None:
    answer = caller.graph("GET", "/groups?$filter=mailNickname eq 'none'&$select=id")
    recorded = load("groups-filter-empty.json")
    assert find_differences(recorded, answer.json) == []
    assert json_of(answer)["value"] == []


def test_a_batch_with_a_user_and_nobody(caller: Caller) -> None:
    recorded = {each["id"]: each for each in load("batch-404-user.json")["responses"]}
    answers = caller.batch(
        ("GET", "/users/j.okoro@school.example", None), ("GET", "/users/nobody@school.example", None)
    )
    for key in ("1", "2"):
        assert answers[key]["status"] == recorded[key]["status"]
        assert find_differences(recorded[key], answers[key]) == []
        assert answers[key]["headers"] == recorded[key]["headers"]
    assert list(answers["1"]["body"]) == list(recorded["1"]["body"])
    error, recorded_error = answers["2"]["body"]["error"], recorded["2"]["body"]["error"]
    assert error["code"] == recorded_error["code"]
    assert error["message"] == recorded_error["message"].replace(
        "xyz123@bertonline.onmicrosoft.com", "nobody@school.example"
    )


def test_an_invitation(caller: Caller) -> None:
    answer = caller.invite("mum@home.example")
    assert answer.status_code == 201
    assert find_differences(load("doc-invitation-201.json"), answer.json) == []
    assert json_of(answer)["inviteRedeemUrl"].startswith("https://login.microsoftonline.com/redeem?rd=https%3A%2F%2F")


def test_sign_in_times(caller: Caller) -> None:
    caller.ask("POST", "visit", {"email": "j.okoro@school.example", "site": "https://contoso.sharepoint.com"})
    page = caller.get(
        "/users?$filter=mail eq 'j.okoro@school.example'&$select=displayName,userPrincipalName,signInActivity"
    )
    recorded = load("doc-users-signinactivity.json")
    assert page["value"]
    assert find_differences(recorded, page) == []


def test_sharepoint_settings(caller: Caller) -> None:
    # The example of the documentation wraps the settings in "value"; SDKs read them bare, as PATCH answers them.
    recorded = load("doc-sharepoint-settings-get.json")["value"]
    del recorded["@odata.type"]
    shown = caller.get("/admin/sharepoint/settings")
    del shown["@odata.context"]
    assert find_differences(recorded, shown) == []
    patched = caller.graph(
        "PATCH", "/admin/sharepoint/settings", {"sharingCapability": "existingExternalUserSharingOnly"}
    )
    assert patched.status_code == 200
    recorded = load("doc-sharepoint-settings-patch.json")
    assert json_of(patched).keys() - {"@odata.context"} == recorded.keys() - {"@odata.type"}


@pytest.mark.parametrize(("level", "number"), [("disabled", 0), ("externalUserSharingOnly", 1),
                         ("externalUserAndGuestSharing", 2), ("existingExternalUserSharingOnly", 3)])  # fmt: skip
def test_graph_and_sharepoint_tell_the_same_of_sharing(caller: Caller, level: str, number: int) -> None:
    from sp_parent_portal.emulator.sharepoint import tenant_properties

    body = {
        "sharingCapability": level,
        "sharingDomainRestrictionMode": "allowList",
        "sharingAllowedDomainList": ["a.example", "b.example"],
        "isResharingByExternalUsersEnabled": False,
    }
    assert caller.graph("PATCH", "/admin/sharepoint/settings", body).status_code == 200
    properties = tenant_properties.load(caller.emulator.state)
    assert properties["SharingCapability"] == number
    assert properties["SharingDomainRestrictionMode"] == 1
    assert properties["SharingAllowedDomainList"] == "a.example b.example"
    assert properties["PreventExternalUsersFromResharing"] is True
    shown = caller.get("/admin/sharepoint/settings")
    assert {name: shown[name] for name in body} == body


def test_a_value_that_is_none_changes_nothing(caller: Caller) -> None:
    before = caller.get("/admin/sharepoint/settings")
    for body in ({"sharingCapability": "open"}, {"sharingCapability": 0}, {"sharingAllowedDomainList": "a.example"},
                 {"isResharingByExternalUsersEnabled": 1}, {"nonsense": True}):  # fmt: skip
        answer = caller.graph("PATCH", "/admin/sharepoint/settings", {"isLoopEnabled": False, **body})
        assert answer.status_code == 400
    assert caller.get("/admin/sharepoint/settings") == before


def test_a_deleted_group(caller: Caller) -> None:
    group = json_of(make_unified(caller))["id"]
    caller.graph("DELETE", f"/groups/{group}")
    names = ("id", "displayName", "groupTypes", "mail", "mailEnabled", "mailNickname", "securityEnabled", "visibility")
    shown = caller.get(f"/directory/deletedItems/{group}?$select={','.join(names)}")
    recorded = load("doc-deleteditem-restore.json")
    assert find_differences(recorded, shown) == []
    assert find_differences(load("doc-deleteditem-get.json"), shown) == ["$.@odata.type: answered, not recorded"]
    restored = json_of(caller.graph("POST", f"/directory/deletedItems/{group}/restore"))
    assert recorded.keys() <= restored.keys()


def test_members_of_a_group(caller: Caller) -> None:
    group, user = caller.make_group(), caller.invite_id("mum@home.example")
    caller.graph(
        "POST", f"/groups/{group}/members/$ref", {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user}"}
    )
    shown = caller.get(f"/groups/{group}/members?$select=id,mail")
    context = shown.pop("@odata.context")
    assert context == "https://graph.microsoft.com/v1.0/$metadata#directoryObjects(id,mail)"
    recorded = load("doc-group-members.json")
    del recorded["@odata.context"]
    # The example leaves the type out, which the service gives wherever a collection holds several.
    assert find_differences(recorded, shown) == ["$.value[0].@odata.type: answered, not recorded"]


def test_all_sites(caller: Caller) -> None:
    from sp_parent_portal.emulator.sharepoint import birth

    for number in range(3):
        url = f"https://contoso.sharepoint.com/sites/s{number}"
        birth.create_site(caller.emulator, url, f"S{number}", "j.okoro@school.example")
    answer = caller.get("/sites/getAllSites?$top=2")
    recorded = load("doc-sites-getallsites.json")
    for site in recorded["value"]:
        site["siteCollection"]["hostname"] = site["siteCollection"].pop("hostName")
        site["siteCollection"].pop("dataLocationCode", None)
        site["siteCollection"].pop("root", None)
    extra = {
        "$.@odata.context",
        "$.value[{}].displayName",
        "$.value[{}].createdDateTime",
        "$.value[{}].lastModifiedDateTime",
    }
    expected = sorted(
        f"{path.format(n)}: answered, not recorded" for path in extra for n in range(2 if "{" in path else 1)
    )
    assert sorted(find_differences(recorded, answer)) == expected
    names, path = [], "/sites/getAllSites?$top=2"
    while path:
        page = caller.get(path)
        names += [site["webUrl"] for site in page["value"]]
        path = page.get("@odata.nextLink", "").removeprefix("https://graph.microsoft.com/v1.0")
    assert names == [
        "https://contoso.sharepoint.com",
        *(f"https://contoso.sharepoint.com/sites/s{n}" for n in range(3)),
    ]


def test_selected_properties_of_sites(caller: Caller) -> None:
    from sp_parent_portal.emulator.sharepoint import birth

    birth.create_site(caller.emulator, "https://contoso.sharepoint.com/sites/s", "S", "j.okoro@school.example")
    shown = caller.get("/sites/getAllSites?$select=sharepointIds,id,webUrl,displayName,root&$top=1")
    assert find_differences(load("sites-list-nextlink.json"), shown) == []


def test_a_site_of_another_tenant(caller: Caller) -> None:
    answer = caller.graph("GET", "/sites/other.sharepoint.com:/sites/x")
    recorded = load("error-400-invalidrequest.json")
    assert answer.status_code == 400
    assert find_differences(recorded, answer.json) == []
    assert json_of(answer)["error"]["code"] == recorded["error"]["code"]
    assert json_of(answer)["error"]["message"] == recorded["error"]["message"]


def test_the_clients_request_id_comes_back(caller: Caller) -> None:
    answer = caller.graph("GET", "/users/nobody", headers={"client-request-id": "mine"})
    assert answer.headers["client-request-id"] == "mine"
    assert json_of(answer)["error"]["innerError"]["client-request-id"] == "mine"
    assert answer.headers["request-id"] != "mine"


# ---- the comparison itself ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda doc: doc.pop("inviteRedeemUrl"),
        lambda doc: doc["invitedUserMessageInfo"].pop("ccRecipients"),
        lambda doc: doc["invitedUser"].update(id="not a guid"),
        lambda doc: doc.update(sendInvitationMessage="false"),
        lambda doc: doc.update(extra=1),
        lambda doc: doc["invitedUserMessageInfo"]["ccRecipients"][0]["emailAddress"].pop("name"),
    ],
)
def test_a_key_that_is_dropped_or_deformed_is_noticed(caller: Caller, spoil: Any) -> None:
    answer = json_of(caller.invite("mum@home.example"))
    recorded = load("doc-invitation-201.json")
    assert find_differences(recorded, answer) == []
    spoil(answer)
    assert len(find_differences(recorded, answer)) == 1
