from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from sp_parent_portal.errors import AccessDenied, BadAnswer, NotFound, OutcomeUnknown, Rejected
from sp_parent_portal.microsoft365 import site_rows
from sp_parent_portal.microsoft365.model import ExternalUser, Principal, Site, TenantSharing
from sp_parent_portal.sharing import Sharing
from tests.recording import ADMIN, HOST, LIST_ID, SITE, Lost, Recorder, Told, in_turn, open_sharepoint

GROUP = "87b27aa5-a48b-4e36-8875-ac89c1159a37"


def refused(status: int, code: str, text: str = "x") -> Told:
    return Told({"odata.error": {"code": code, "message": {"lang": "en-US", "value": text}}}, status)


# Recorded principals of a site (pnp/pnpcore MockData, read 2026-08).
@pytest.mark.parametrize(
    ("login", "number", "kind", "directory_id", "guest"),
    [
        ("i:0#.f|membership|annal@contoso.onmicrosoft.com", 1, "user", "", False),
        ("i:0#.f|membership|bert_outlook.com#ext#@contoso.onmicrosoft.com", 1, "user", "", True),
        ("i:0i.t|00000003-0000-0ff1-ce00-000000000000|app@sharepoint", 1, "user", "", False),
        ("SHAREPOINT\\system", 1, "user", "", False),
        ("c:0(.s|true", 4, "everyone", "", False),
        ("c:0-.f|rolemanager|spo-grid-all-users/6492ece7-7f5d-4499-8130-50e761e25bd9", 4, "everyone", "", False),
        ("c:0!.s|windows", 4, "everyone", "", False),
        (f"c:0t.c|tenant|{GROUP.upper()}", 4, "security-group", GROUP, False),
        (f"c:0o.c|federateddirectoryclaimprovider|{GROUP}", 4, "security-group", GROUP, False),
        (f"c:0o.c|federateddirectoryclaimprovider|{GROUP}_o", 4, "security-group", GROUP, False),
        ("prov-2 Visitors", 8, "site-group", "", False),
        ("SharingLinks.6c3e69d8.Flexible.d2b42daa", 8, "site-group", "", False),
    ],
)
def test_who_a_principal_is(login: str, number: int, kind: str, directory_id: str, guest: bool) -> None:
    found = site_rows.make_principal(
        {"Id": 9, "LoginName": login, "PrincipalType": number, "Email": "A@x.example"}, "read"
    )
    assert found == Principal(9, kind, "", login, "a@x.example", directory_id)
    assert found.is_guest is guest


@pytest.mark.parametrize("number", [0, 16, 15])
def test_a_principal_of_an_unknown_type_is_an_error(number: int) -> None:
    with pytest.raises(BadAnswer, match="unknown type"):
        site_rows.make_principal({"Id": 9, "LoginName": "x", "PrincipalType": number}, "read")


# ---- tenant administration

SITE_ROW = {
    "Url": SITE,
    "SiteId": "FC9B3FD7-8CF7-4A2B-8003-BA993EBCDFC1",
    "Title": "Lake",
    "OwnerEmail": "J.Okoro@school.example",
    "Template": "STS#3",
    "SharingCapability": 0,
    "SiteDefinedSharingCapability": 3,
    "LockState": "Unlock",
}


def test_a_site_has_its_own_level_and_what_is_left_of_it() -> None:
    app = in_turn(Told(SITE_ROW))
    assert open_sharepoint(app).find_site(SITE + "/") == Site(
        url=SITE,
        id="fc9b3fd7-8cf7-4a2b-8003-ba993ebcdfc1",
        title="Lake",
        owner="j.okoro@school.example",
        template="STS#3",
        sharing=Sharing.EXISTING_GUESTS,
        effective_sharing=Sharing.DISABLED,
        lock="Unlock",
    )
    assert (app.asked[0].host, app.asked[0].data) == (ADMIN, {"url": SITE, "includeDetail": True})


NO_SITE = "-1, Microsoft.Online.SharePoint.Common.SpoNoSiteException"


@pytest.mark.parametrize("status", [400, 404, 500])
def test_no_site_is_what_sharepoint_calls_so(status: int) -> None:
    assert open_sharepoint(in_turn(refused(status, NO_SITE, f"Cannot get site {SITE}."))).find_site(SITE) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Told("not here", 404), NotFound),
        (refused(404, "-2147024894, System.IO.FileNotFoundException"), NotFound),
        (refused(500, "-1, Microsoft.SharePoint.Client.UnknownError"), Rejected),
        (Told(None), BadAnswer),
        (Told({**SITE_ROW, "SharingCapability": 9}), BadAnswer),
        (Told({**SITE_ROW, "LockState": None}), BadAnswer),
        (Told({**SITE_ROW, "SiteDefinedSharingCapability": None}), BadAnswer),
    ],
)
def test_every_other_answer_is_not_no_site(answer: Told, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        open_sharepoint(in_turn(answer)).find_site(SITE)


DENIED = refused(403, "-2147024891, System.UnauthorizedAccessException")


def test_a_site_whose_details_are_refused_is_read_without_them_where_it_is_archived() -> None:
    app = in_turn(DENIED, Told({**SITE_ROW, "ArchiveStatus": "FullyArchived"}))
    site = open_sharepoint(app).find_site(SITE)
    assert site is not None
    assert (site.archive, site.is_archived) == ("FullyArchived", True)
    assert [asked.data["includeDetail"] for asked in app.asked] == [True, False]
    for answer in (Told(SITE_ROW), Told({**SITE_ROW, "ArchiveStatus": "NotArchived"}), DENIED):
        with pytest.raises(AccessDenied):
            open_sharepoint(in_turn(DENIED, answer)).find_site(SITE)


def test_the_tenants_sharing_as_sharepoint_tells_it() -> None:
    row = {
        "SharingCapability": 1,
        "PreventExternalUsersFromResharing": True,
        "SharingDomainRestrictionMode": 1,
        "SharingAllowedDomainList": "b.example A.example",
        "SharingBlockedDomainList": None,
    }
    assert open_sharepoint(in_turn(Told(row))).get_tenant_sharing() == TenantSharing(
        Sharing.NEW_AND_EXISTING_GUESTS, False, "allow-list", ("a.example", "b.example"), ()
    )


def external(number: int) -> dict[str, Any]:
    return {"UniqueId": f"1003{number}", "DisplayName": "A", "InvitedAs": "A@x.example", "AcceptedAs": "B@x.example",
            "WhenCreated": "2016-11-02T21:50:52Z"}  # fmt: skip


@pytest.mark.parametrize("wrapped", [lambda rows: rows, lambda rows: {"results": rows}, lambda rows: {"value": rows}])
def test_external_users_are_paged_by_position(wrapped: Any) -> None:
    pages = [
        Told({"ExternalUserCollection": wrapped([external(n) for n in range(50)]), "UserCollectionPosition": 50}),
        Told({"ExternalUserCollection": wrapped([external(50)]), "UserCollectionPosition": -1}),
    ]
    app = in_turn(*pages)
    users = list(open_sharepoint(app).list_external_users())
    assert [each.data["position"] for each in app.asked] == [0, 50]
    assert len({user.unique_id for user in users}) == 51
    assert (users[0].invited_as, users[0].accepted_as) == ("a@x.example", "b@x.example")
    assert isinstance(users[0], ExternalUser)


@pytest.mark.parametrize(
    "answer",
    [
        {"ExternalUserCollection": [], "UserCollectionPosition": 0},
        {"ExternalUserCollection": []},
        {"UserCollectionPosition": -1},
        {"ExternalUserCollection": None, "UserCollectionPosition": -1},
    ],
)
def test_a_list_of_external_users_that_cannot_be_whole_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        list(open_sharepoint(in_turn(Told(answer))).list_external_users())


def test_a_sites_level_is_set_by_its_id() -> None:
    app = in_turn(Told(SITE_ROW), Told(None, 204))
    open_sharepoint(app).set_site_sharing(SITE, Sharing.EXISTING_GUESTS)
    assert [(each.verb, each.path.rpartition(".")[2]) for each in app.asked] == [
        ("POST", "Tenant/getSitePropertiesByUrl"),
        ("MERGE", "Tenant/sites('FC9B3FD7-8CF7-4A2B-8003-BA993EBCDFC1')"),
    ]
    assert app.asked[1].data["SharingCapability"] == 3


def test_the_level_of_a_site_that_is_not_there_is_set_nowhere() -> None:
    app = in_turn(refused(500, NO_SITE))
    with pytest.raises(NotFound):
        open_sharepoint(app).set_site_sharing(SITE, Sharing.EXISTING_GUESTS)
    assert len(app.asked) == 1


# ---- a site's birth


def test_a_site_is_made_without_a_group_and_with_an_owner() -> None:
    app = in_turn(Told({"SiteId": "", "SiteStatus": 1, "SiteUrl": SITE}))
    assert open_sharepoint(app).create_site(SITE, "Lake", "j@school.example", "d", 2057) == 1
    sent = app.asked[0].data["request"]
    assert (sent["WebTemplate"], sent["Owner"], sent["Lcid"], sent["ShareByEmailEnabled"]) == (
        "STS#3",
        "j@school.example",
        2057,
        False,
    )


def test_a_birth_whose_answer_was_lost_is_not_repeated() -> None:
    app = Recorder(lambda _asked: Lost())
    with pytest.raises(OutcomeUnknown):
        open_sharepoint(app).create_site(SITE, "Lake", "j@school.example", "d", 2057)
    assert len(app.asked) == 1


def test_the_status_of_an_address() -> None:
    app = in_turn(Told({"SiteId": "", "SiteStatus": 2, "SiteUrl": SITE}))
    assert open_sharepoint(app).get_site_status(SITE) == 2
    assert (app.asked[0].host, unquote(app.asked[0].query)) == (HOST, f"url='{SITE}'")


# ---- content

OUTCOME = {
    "ErrorCode": 0,
    "Outcome": "0",
    "OutcomeText": None,
    "Target": f"{SITE}/Lists/Kit",
    "Title": "x",
    "Verb": "createSPList",
}


@pytest.mark.parametrize(
    ("row", "ok"),
    [({}, True), ({"Outcome": "3"}, True), ({"Outcome": 0}, True), ({"Outcome": "1"}, False), ({"Outcome": "2"}, True),
     ({"Outcome": "2", "ErrorCode": -2130575342}, False),
     ({"Outcome": "0", "ErrorCode": -2130575342}, False)],
)  # fmt: skip
def test_an_action_succeeds_when_outcome_and_code_say_so(row: dict[str, Any], ok: bool) -> None:
    app = in_turn(Told({"value": [{**OUTCOME, **row}]}))
    (found,) = open_sharepoint(app).run_site_script(SITE, [{"verb": "createSPList", "listName": "Kit"}])
    assert (found.ok, found.verb, found.target) == (ok, "createSPList", f"{SITE}/Lists/Kit")
    assert json.loads(app.asked[0].data["script"])["actions"] == [{"verb": "createSPList", "listName": "Kit"}]


@pytest.mark.parametrize("body", [{"value": []}, {"odata.null": True}, None, {"value": [{"ErrorCode": 0}]}])
def test_a_script_that_did_nothing_is_an_error(body: Any) -> None:
    with pytest.raises(BadAnswer):
        open_sharepoint(in_turn(Told(body))).run_site_script(SITE, [{"verb": "applyTheme"}])


def test_items_of_all_pages() -> None:
    link = f"{SITE}/_api/web/lists(guid'{LIST_ID}')/items?%24skiptoken=Paged%3dTRUE%26p_ID%3d1&%24top=1"
    app = in_turn(
        Told({"value": [{"Id": 1, "Title": "a"}], "odata.nextLink": link}), Told({"value": [{"Id": 2, "Title": "b"}]})
    )
    items = open_sharepoint(app).list_items(SITE, LIST_ID)
    assert [(item.id, item.values["Title"]) for item in items] == [(1, "a"), (2, "b")]
    assert app.asked[1].query.lower() == "%24skiptoken=paged%3dtrue%26p_id%3d1&%24top=1"


@pytest.mark.parametrize("missing", ["HasUniqueRoleAssignments", "RootFolder", "Hidden", "BaseTemplate"])
def test_a_list_that_does_not_tell_its_permissions_is_an_error(missing: str) -> None:
    row = {"Id": LIST_ID, "Title": "Kit", "BaseTemplate": 100, "Hidden": False, "HasUniqueRoleAssignments": True,
           "RootFolder": {"ServerRelativeUrl": "/sites/lake/Lists/Kit"}, "ItemCount": 3}  # fmt: skip
    (found,) = open_sharepoint(in_turn(Told({"value": [row]}))).list_lists(SITE)
    assert (found.url, found.unique_permissions, found.items) == ("/sites/lake/Lists/Kit", True, 3)
    with pytest.raises(BadAnswer, match=missing):
        open_sharepoint(in_turn(Told({"value": [{name: row[name] for name in row if name != missing}]}))).list_lists(
            SITE
        )


# ---- who may

VISITOR = {"Id": 7, "LoginName": f"c:0t.c|tenant|{GROUP}", "Title": "Trip", "PrincipalType": 4}


def site_group(number: int, **more: Any) -> dict[str, Any]:
    return {"Id": number, "Title": f"g{number}", "PrincipalType": 8, "LoginName": f"g{number}", "Users": [], **more}


def test_associated_groups_with_their_members() -> None:
    row = {
        "AssociatedOwnerGroup": site_group(3),
        "AssociatedMemberGroup": site_group(5),
        "AssociatedVisitorGroup": site_group(4, Users={"results": [VISITOR]}),
    }
    found = open_sharepoint(in_turn(Told(row))).get_associated_groups(SITE)
    assert (found.owners.id, found.members.id, found.visitors.id) == (3, 5, 4)
    assert [member.directory_id for member in found.visitors.members] == [GROUP]


@pytest.mark.parametrize(
    "more", [{"Users": None}, {"Users": {"__deferred": {}}}, {"Users@odata.nextLink": "https://x"}]
)
def test_a_group_whose_members_are_not_all_there_is_an_error(more: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        open_sharepoint(in_turn(Told({"value": [site_group(3, **more)]}))).list_site_groups(SITE)


def test_grants_of_the_web_and_of_a_list() -> None:
    row = {"Member": VISITOR, "RoleDefinitionBindings": [{"Name": "Read"}, {"Name": "Parent read"}]}
    app = in_turn(Told({"value": [row]}), Told({"value": []}))
    sharepoint = open_sharepoint(app)
    (grant,) = sharepoint.list_grants(SITE)
    assert (grant.principal.kind, grant.levels) == ("security-group", ("Read", "Parent read"))
    assert sharepoint.list_grants(SITE, LIST_ID) == ()
    assert [each.path for each in app.asked] == [
        "/sites/lake/_api/web/roleassignments",
        f"/sites/lake/_api/web/lists(guid'{LIST_ID}')/roleassignments",
    ]


@pytest.mark.parametrize(
    "row", [{"Member": VISITOR}, {"RoleDefinitionBindings": []}, {"Member": {}, "RoleDefinitionBindings": []}]
)
def test_half_a_grant_is_an_error(row: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        open_sharepoint(in_turn(Told({"value": [row]}))).list_grants(SITE)


def test_taking_away_what_is_not_there_is_success() -> None:
    nobody = refused(404, "-2146232832, Microsoft.SharePoint.SPException", "Can not find the principal with id: 4.")
    open_sharepoint(in_turn(nobody)).remove_grant(SITE, 4, 5)
    missing = refused(500, "-2146232832, Microsoft.SharePoint.SPException", "User cannot be found.")
    open_sharepoint(in_turn(missing)).remove_from_site_group(SITE, 4, "x")


def test_taking_away_without_being_allowed_is_not() -> None:
    denied = refused(403, "-2147024891, System.UnauthorizedAccessException")
    with pytest.raises(AccessDenied):
        open_sharepoint(in_turn(denied)).remove_grant(SITE, 4, 5)
