from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import (
    AccessDenied,
    BadAnswer,
    ForeignHost,
    InvitationsBlocked,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
)
from sp_parent_portal.microsoft365 import directory
from sp_parent_portal.microsoft365.model import (
    Answer,
    DirectoryUser,
    Draft,
    Group,
    Invitation,
    Members,
    TenantSharing,
)
from sp_parent_portal.sharing import Sharing
from tests.recording import SITE, Asked, Clock, Recorder, Told, in_turn, open_graph

ID = "33ACA310-a489-4121-b853-663d0327fe08"
ROW = {
    "id": ID,
    "userPrincipalName": "anna_mail.example#EXT#@contoso.onmicrosoft.com",
    "displayName": "Anna",
    "mail": "Anna@Mail.example",
    "otherMails": ["anna@mail.example", "A.Hale@work.example"],
    "proxyAddresses": ["SMTP:anna@mail.example", "x500:/o=x", "smtp:hale@mail.example"],
    "userType": "Guest",
    "externalUserState": "PendingAcceptance",
    "accountEnabled": True,
    "createdDateTime": "2026-09-01T08:00:00.1234567Z",
}
GUEST = DirectoryUser(
    id=ID.lower(),
    upn="anna_mail.example#EXT#@contoso.onmicrosoft.com",
    name="Anna",
    email="anna@mail.example",
    other_emails=("a.hale@work.example", "hale@mail.example"),
    kind="guest",
    state="pending",
    created_at=datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=UTC),
)
REFUSED = {"error": {"code": "Request_BadRequest", "message": "no"}}
TAKEN = {"error": {"code": "Request_BadRequest", "message": "One or more added object references already exist for …"}}


def batch(answer: Any) -> Recorder:
    """`answer(request)` is the status and body of one item of a batch."""

    def tell(asked: Asked) -> Told:
        parts = []
        for request in asked.data["requests"]:
            status, body = answer(request)
            parts.append({"id": request["id"], "status": status, "body": body})
        return Told({"responses": parts})

    return Recorder(tell)


def invitations(count: int) -> list[Invitation]:
    return [Invitation(f"p{n}@mail.example", f"P {n}", SITE) for n in range(count)]


# ---- accounts


def test_an_account_is_read_as_it_is() -> None:
    assert directory.make_user(ROW, "read") == GUEST


@pytest.mark.parametrize(
    ("row", "state", "kind"),
    [
        ({"externalUserState": "Accepted"}, "redeemed", "guest"),
        ({"externalUserState": None}, "", "guest"),
        ({"userType": None}, "pending", "member"),
        ({"userType": "Member"}, "pending", "member"),
    ],
)
def test_states_and_kinds(row: dict[str, Any], state: str, kind: str) -> None:
    user = directory.make_user({**ROW, **row}, "read")
    assert (user.state, user.kind) == (state, kind)


def test_the_last_sign_in_is_the_last_that_succeeded() -> None:
    activity = {"lastSignInDateTime": "2027-02-02T00:00:00Z", "lastSuccessfulSignInDateTime": "2027-01-01T00:00:00Z"}
    assert directory.make_user({**ROW, "signInActivity": activity}, "read").last_sign_in_at == datetime(
        2027, 1, 1, tzinfo=UTC
    )


@pytest.mark.parametrize("missing", ["id", "userPrincipalName"])
def test_an_account_without_a_name_or_id_is_an_error(missing: str) -> None:
    with pytest.raises(BadAnswer, match=missing):
        directory.make_user({name: value for name, value in ROW.items() if name != missing}, "read")


@pytest.mark.parametrize(("sign_ins", "top"), [(False, "999"), (True, "500")])
def test_guests_are_listed_once_each(sign_ins: bool, top: str) -> None:
    app = in_turn(
        Told({"value": [ROW], "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?b"}), Told({"value": [ROW]})
    )
    assert list(open_graph(app).list_guests(sign_ins=sign_ins)) == [GUEST]
    query = parse_qs(app.asked[0].query)
    assert (query["$filter"], query["$top"]) == (["userType eq 'Guest'"], [top])
    assert ("signInActivity" in query["$select"][0]) is sign_ins


def test_sign_ins_need_a_premium_tenant() -> None:
    premium = {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "message": "x"}}
    with pytest.raises(AccessDenied):
        list(open_graph(in_turn(Told(premium, 403))).list_guests(sign_ins=True))


def test_addresses_are_looked_up_one_by_one() -> None:
    app = batch(
        lambda request: (200, {"value": [ROW] if "anna%40" in request["url"] or "'anna@" in request["url"] else []})
    )
    found = open_graph(app).find_users(["anna@mail.example", "tom@mail.example", "anna@mail.example"])
    assert found == {"anna@mail.example": (GUEST,), "tom@mail.example": ()}
    assert len(app.asked[0].data["requests"]) == 2


def test_an_answer_about_somebody_else_is_refused() -> None:
    with pytest.raises(BadAnswer, match="do not have the address"):
        open_graph(batch(lambda _request: (200, {"value": [ROW]}))).find_users(["tom@mail.example"])


def test_a_failed_lookup_is_not_nobody() -> None:
    with pytest.raises(Rejected):
        open_graph(batch(lambda _request: (400, REFUSED))).find_users(["tom@mail.example"])
    with pytest.raises(NotFound):
        open_graph(batch(lambda _request: (404, REFUSED))).find_users(["tom@mail.example"])


def test_more_accounts_than_a_page_are_all_found() -> None:
    link = "https://graph.microsoft.com/v1.0/users?more"
    app = in_turn(
        Told({"responses": [{"id": "0", "status": 200, "body": {"value": [ROW], "@odata.nextLink": link}}]}),
        Told({"value": [{**ROW, "id": "b"}]}),
    )
    assert [user.id for user in open_graph(app).find_users(["anna@mail.example"])["anna@mail.example"]] == [
        ID.lower(),
        "b",
    ]


def test_accounts_by_id() -> None:
    app = batch(lambda request: (200, ROW) if request["url"].startswith("/users/a?") else (404, REFUSED))
    assert open_graph(app).get_users(["a", "b"]) == {"a": GUEST, "b": None}


# ---- invitations


def test_invitations_answer_with_the_account_and_keep_no_link() -> None:
    app = batch(
        lambda r: (
            201,
            {"inviteRedeemUrl": "https://secret", "invitedUser": {"id": r["body"]["invitedUserEmailAddress"]}},
        )
    )
    answers = open_graph(app).invite(invitations(45))
    assert answers == [Answer(f"p{n}@mail.example") for n in range(45)]
    assert app.asked[0].data["requests"][0]["body"] == {
        "invitedUserEmailAddress": "p0@mail.example",
        "invitedUserDisplayName": "P 0",
        "invitedUserType": "Guest",
        "inviteRedirectUrl": SITE,
        "sendInvitationMessage": False,
    }


def test_somebody_who_is_there_already_is_who_was_wanted() -> None:
    there = (
        f"The invited user already exists in the directory as object ID: {ID}. They can use that account to sign in."
    )
    app = batch(lambda _r: (400, {"error": {"code": "BadRequest", "message": there}}))
    assert open_graph(app).invite(invitations(1)) == [Answer(ID.lower())]


def test_somebody_who_is_blocked_is_not() -> None:
    there = f"The invited user already exists in the directory as object ID: {ID}, but the account is blocked from …"
    answer = open_graph(batch(lambda _r: (400, {"error": {"code": "BadRequest", "message": there}}))).invite(
        invitations(1)
    )[0]
    assert type(answer.error) is Rejected


def test_an_answer_without_the_account_may_have_made_it() -> None:
    answer = open_graph(batch(lambda _r: (201, {"id": "x"}))).invite(invitations(1))[0]
    assert type(answer.error) is OutcomeUnknown


def test_a_directory_that_refuses_invitations_is_asked_once() -> None:
    closed = {"error": {"code": "Forbidden", "message": "Guest invitations not allowed for your company."}}
    app = batch(lambda r: (201, {"invitedUser": {"id": "a"}}) if r["id"] == "0" else (403, closed))
    answers = open_graph(app).invite(invitations(65))
    assert len(app.asked) == 1
    assert answers[0] == Answer("a")
    assert {type(answer.error) for answer in answers[1:]} == {InvitationsBlocked}
    assert len(answers) == 65


def test_an_invitation_leads_to_our_own_tenant_only() -> None:
    app = in_turn()
    with pytest.raises(ForeignHost):
        open_graph(app).invite([*invitations(30), Invitation("a@mail.example", "A", "https://evil.example/")])
    assert app.asked == []


@pytest.mark.parametrize(("message", "requests", "kind"), [(False, 2, type(None)), (True, 1, OutcomeUnknown)])
def test_a_throttled_invitation_is_repeated_only_where_nobody_is_written_to(
    message: bool, requests: int, kind: type
) -> None:
    statuses = [(429, {}), (201, {"invitedUser": {"id": "a"}})]
    app = batch(lambda _r: statuses.pop(0))
    answer = open_graph(app).invite([replace(invitations(1)[0], message=message)])[0]
    assert type(answer.error) is kind
    assert len(app.asked) == requests


# ---- groups


class PlayedGroup:
    """A trip group: 404 for unknown ids, 400 for members it has, all or nothing for each PATCH."""

    def __init__(self, members: set[str], unknown: set[str]) -> None:
        self.members, self.unknown, self.sizes = set(members), unknown, list[int]()

    def __call__(self, asked: Asked) -> Told:
        ids = [link.rpartition("/")[2] for link in asked.data["members@odata.bind"]]
        self.sizes.append(len(ids))
        if self.unknown & set(ids):
            return Told(REFUSED, 404)
        if self.members & set(ids):
            return Told(TAKEN, 400)
        self.members |= set(ids)
        return Told(None, 204)


sets = st.sets(st.integers(0, 60).map(str), max_size=15)


@given(st.lists(st.integers(0, 60).map(str), unique=True, max_size=60), sets, sets)
def test_one_bad_member_stops_nobody_else(wanted: list[str], there: set[str], unknown: set[str]) -> None:
    group = PlayedGroup(there - unknown, unknown)
    answers = open_graph(Recorder(group)).add_members("g", wanted)
    assert [type(answer.error) for answer in answers] == [
        NotFound if each in unknown else type(None) for each in wanted
    ]
    assert group.members == (there - unknown) | (set(wanted) - unknown)
    assert max(group.sizes, default=0) <= 20


def test_members_are_added_twenty_at_a_time() -> None:
    group = PlayedGroup(set(), set())
    open_graph(Recorder(group)).add_members("g", [str(n) for n in range(45)])
    assert group.sizes == [20, 20, 5]


def test_without_access_no_further_members_are_tried() -> None:
    app = Recorder(lambda _asked: Told(REFUSED, 403))
    answers = open_graph(app).add_members("g", [str(n) for n in range(45)])
    assert [type(answer.error) for answer in answers] == [AccessDenied] * 45
    assert len(app.asked) == 1


def test_a_lost_answer_leaves_twenty_members_unknown() -> None:
    left = [Told(None, 504), Told(None, 204)]
    answers = open_graph(Recorder(lambda _asked: left.pop(0))).add_members("g", [str(n) for n in range(25)])
    assert [type(answer.error) for answer in answers] == [OutcomeUnknown] * 20 + [type(None)] * 5


def test_members_of_other_kinds_are_told_apart() -> None:
    rows = [
        {"@odata.type": "#microsoft.graph.user", **ROW},
        {
            "@odata.type": "#microsoft.graph.group",
            "id": "G",
            "displayName": "Inner",
            "mailNickname": "inner",
            "description": None,
        },
        {"@odata.type": "#microsoft.graph.device", "id": "D"},
        {"@odata.type": "#microsoft.graph.user", **ROW},
    ]
    graph = open_graph(Recorder(lambda _asked: Told({"value": rows})))
    assert list(graph.list_members("g")) == [GUEST]
    assert [(each.id, each.nickname, each.description) for each in graph.list_member_groups("g")] == [
        ("g", "inner", "")
    ]


def test_a_member_of_no_kind_is_an_error() -> None:
    with pytest.raises(BadAnswer):
        list(open_graph(in_turn(Told({"value": [ROW]}))).list_members("g"))


def test_removing_who_is_no_member_is_success() -> None:
    app = batch(
        lambda r: (
            (404, REFUSED) if r["url"].endswith("/b/$ref") else (403, REFUSED) if "/c/" in r["url"] else (204, None)
        )
    )
    answers = open_graph(app).remove_members("g", ["a", "b", "c"])
    assert [type(answer.error) for answer in answers] == [type(None), type(None), AccessDenied]
    assert [r["url"] for r in app.asked[0].data["requests"]] == [f"/groups/g/members/{each}/$ref" for each in "abc"]


def test_a_trip_group_has_no_mailbox() -> None:
    app = in_turn(Told({"id": "G", "displayName": "Trip", "mailNickname": "trip-x", "description": "mark"}, 201))
    assert open_graph(app).create_group("Trip", "trip-x", "mark").id == "g"
    assert app.asked[0].data == {
        "displayName": "Trip",
        "mailNickname": "trip-x",
        "description": "mark",
        "mailEnabled": False,
        "securityEnabled": True,
        "groupTypes": [],
    }


def test_a_nickname_is_quoted() -> None:
    app = in_turn(Told({"value": []}))
    assert open_graph(app).find_groups("trip-o'x&y") == ()
    assert parse_qs(app.asked[0].query)["$filter"] == ["mailNickname eq 'trip-o''x&y'"]


def test_many_nicknames_are_looked_up_each_on_its_own() -> None:
    group = {"id": "G", "displayName": "Trip", "mailNickname": "trip-a", "description": "mark"}
    answers: dict[str, tuple[int, Any]] = {
        "'trip-a'": (200, {"value": [group]}),
        "'trip-b'": (200, {"value": []}),
        "'trip-c'": (400, REFUSED),
    }
    app = batch(lambda request: next(told for name, told in answers.items() if name in unquote(request["url"])))
    found = open_graph(app).find_groups_each(["trip-a", "trip-b", "trip-c", "trip-a"])
    assert list(found) == ["trip-a", "trip-b", "trip-c"]
    assert found["trip-a"].get() == (Group("g", "Trip", "trip-a", "mark"),)
    assert found["trip-b"].get() == ()
    assert isinstance(found["trip-c"].error, Rejected)
    with pytest.raises(Rejected):
        found["trip-c"].get()
    assert len(app.asked) == 1


def test_twenty_one_nicknames_go_into_two_batches() -> None:
    app = batch(lambda _request: (200, {"value": []}))
    assert len(open_graph(app).find_groups_each([f"trip-{number}" for number in range(21)])) == 21
    assert [len(each.data["requests"]) for each in app.asked] == [20, 1]


def test_a_batch_that_is_lost_is_no_answer_for_anybody() -> None:
    found = open_graph(in_turn(Told(REFUSED, 400))).find_groups_each(["trip-a", "trip-b"])
    assert all(isinstance(each.error, Rejected) and each.value is None for each in found.values())


def test_half_an_answer_is_that_of_one_nickname_alone() -> None:
    whole: dict[str, list[str]] = {"value": []}
    half: dict[str, list[str]] = {"nothing": []}
    app = batch(lambda request: (200, whole if "trip-a" in unquote(request["url"]) else half))
    found = open_graph(app).find_groups_each(["trip-a", "trip-b"])
    assert found["trip-a"].get() == ()
    assert isinstance(found["trip-b"].error, BadAnswer)


def test_members_of_many_groups_accounts_and_groups_apart() -> None:
    user, group = {"@odata.type": "#microsoft.graph.user", **ROW}, {"@odata.type": "#microsoft.graph.group", "id": "N"}

    def told(request: dict[str, Any]) -> tuple[int, Any]:
        if request["url"].startswith("/groups/b/"):
            return (404, REFUSED) if "$select" in request["url"] else (200, {"value": []})
        return 200, {"value": [user, user, group]}

    app = batch(told)
    found = open_graph(app).list_members_each(["a", "b"])
    assert found["a"].get() == Members((GUEST,), (Group("n", "", ""),))
    assert isinstance(found["b"].error, NotFound)
    assert len(app.asked) == 1


def test_members_behind_the_first_page_are_read_too() -> None:
    link = "https://graph.microsoft.com/v1.0/groups/a/members?more"
    user = {"@odata.type": "#microsoft.graph.user", **ROW}
    app = in_turn(
        Told(
            {
                "responses": [
                    {"id": "0", "status": 200, "body": {"value": [user], "@odata.nextLink": link}},
                    {"id": "1", "status": 200, "body": {"value": [user]}},
                ]
            }
        ),
        Told({"value": [{**user, "id": "b"}]}),
    )
    assert [user.id for user in open_graph(app).list_members_each(["a"])["a"].get().users] == [ID.lower(), "b"]


def test_an_answer_that_says_nothing_is_an_error() -> None:
    nothing: Answer[str] = Answer()
    with pytest.raises(BadAnswer):
        nothing.get()


# ---- tenant

SETTINGS = {
    "sharingCapability": "externalUserSharingOnly",
    "isResharingByExternalUsersEnabled": True,
    "sharingDomainRestrictionMode": "allowList",
    "sharingAllowedDomainList": ["B.example", "a.example"],
    "sharingBlockedDomainList": None,
}
SHARING = TenantSharing(Sharing.NEW_AND_EXISTING_GUESTS, True, "allow-list", ("a.example", "b.example"), ())


def test_the_tenants_sharing() -> None:
    assert open_graph(in_turn(Told(SETTINGS))).get_tenant_sharing() == SHARING


@pytest.mark.parametrize(
    "wrong", [{"sharingCapability": "everybody"}, {"sharingCapability": None}, {"sharingDomainRestrictionMode": "x"},
              {"isResharingByExternalUsersEnabled": None}]
)  # fmt: skip
def test_an_unknown_level_is_an_error_and_not_closed(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        open_graph(in_turn(Told({**SETTINGS, **wrong}))).get_tenant_sharing()


def test_only_what_differs_is_set() -> None:
    app = in_turn(Told(SETTINGS), Told(SETTINGS))
    open_graph(app).set_tenant_sharing(replace(SHARING, level=Sharing.EXISTING_GUESTS))
    assert (app.asked[1].method, app.asked[1].data) == (
        "PATCH",
        {"sharingCapability": "existingExternalUserSharingOnly"},
    )


def test_nothing_is_set_where_nothing_differs() -> None:
    app = in_turn(Told(SETTINGS))
    open_graph(app).set_tenant_sharing(SHARING)
    assert len(app.asked) == 1


ORGANIZATION = {"id": "T", "displayName": "School", "verifiedDomains": [{"name": "School.example"}]}


@pytest.mark.parametrize(
    ("size", "used", "total"),
    [
        (Told({"value": [{"directorySizeQuota": {"used": 5, "total": 300000}}]}), 5, 300000),
        (Told({"value": [{"directorySizeQuota": None}]}), None, None),
        (Told({"value": []}), None, None),
        (Told(REFUSED, 400), None, None),
        (Told(REFUSED, 403), None, None),
    ],
)
def test_a_tenant_may_not_tell_its_size(size: Told, used: int | None, total: int | None) -> None:
    found = open_graph(in_turn(Told({"value": [ORGANIZATION]}), size)).get_organization()
    assert (found.id, found.verified_domains) == ("t", ("school.example",))
    assert (found.directory_objects, found.directory_quota) == (used, total)


def test_a_size_that_could_not_be_read_is_no_answer() -> None:
    app = Recorder(lambda asked: Told(None, 429) if "Quota" in asked.query else Told({"value": [ORGANIZATION]}))
    with pytest.raises(Throttled):
        open_graph(app).get_organization()


# ---- mail


def test_drafts_carry_key_and_trip_and_have_one_recipient() -> None:
    app = batch(lambda _r: (201, {"id": "AAM="}))
    answers = open_graph(app).create_drafts(
        "trips@school.example", [Draft("k", "lake", "Anna@mail.example", "S", "<p>")]
    )
    assert answers[0].value is not None
    assert (answers[0].value.id, answers[0].value.to, answers[0].value.is_draft) == ("AAM=", "anna@mail.example", True)
    request = app.asked[0].data["requests"][0]
    assert request["url"] == "/users/trips@school.example/messages"
    assert request["headers"]["Prefer"] == 'IdType="ImmutableId"'
    assert request["body"]["toRecipients"] == [{"emailAddress": {"address": "Anna@mail.example"}}]
    assert {each["value"] for each in request["body"]["singleValueExtendedProperties"]} == {"k", "lake"}


@pytest.mark.parametrize("status", [500, 503, 504])
def test_mail_that_may_have_gone_out_is_not_sent_again(status: int) -> None:
    app = batch(lambda _r: (status, {}))
    assert type(open_graph(app).send_drafts("trips@school.example", ["a"])[0].error) is OutcomeUnknown
    assert len(app.asked) == 1


class Mailbox:
    """Sends so many mails between two waits; a 429 may come although the mail went out."""

    def __init__(self, at_once: int, clock: Clock, honest: bool) -> None:
        self.at_once, self.clock, self.honest = at_once, clock, honest
        self.sent: list[str] = []
        self.waits, self.left = 0, at_once

    def __call__(self, request: dict[str, Any]) -> tuple[int, Any]:
        if len(self.clock.slept) > self.waits:
            self.waits, self.left = len(self.clock.slept), self.at_once
        mail = request["url"].split("/")[4].partition("?")[0]
        if request["method"] == "GET":
            return 200, {"id": mail, "isDraft": mail not in self.sent}
        self.left -= 1
        if self.left < 0 and self.honest:
            return 429, {}
        self.sent.append(mail)
        return (202, None) if self.left >= 0 else (429, {})


@pytest.mark.parametrize("honest", [True, False])
def test_a_throttled_mailbox_sends_every_mail_once(honest: bool) -> None:
    clock = Clock()
    mailbox = Mailbox(7, clock, honest)
    ids = [f"m{n}" for n in range(33)]
    answers = open_graph(batch(mailbox), clock).send_drafts("trips@school.example", ids)
    assert [answer.error for answer in answers] == [None] * 33
    assert sorted(mailbox.sent) == sorted(ids)
    assert clock.slept


def test_a_throttled_mail_that_cannot_be_read_back_stays_unknown() -> None:
    def answer(request: dict[str, Any]) -> tuple[int, Any]:
        return (429, {}) if request["method"] == "POST" else (404, REFUSED)

    app = batch(answer)
    assert type(open_graph(app).send_drafts("trips@school.example", ["a"])[0].error) is OutcomeUnknown
    assert [each["method"] for asked in app.asked for each in asked.data["requests"]] == ["POST", "GET"]


def test_a_mailbox_that_never_sends_is_given_up() -> None:
    app = batch(lambda r: (429, {}) if r["method"] == "POST" else (200, {"id": "a", "isDraft": True}))
    assert type(open_graph(app).send_drafts("trips@school.example", ["a"])[0].error) is OutcomeUnknown
    assert len(app.asked) == 7 + 6


def test_without_access_to_the_mailbox_one_batch_is_sent() -> None:
    app = Recorder(lambda _asked: Told(REFUSED, 403))
    answers = open_graph(app).send_drafts("trips@school.example", [f"m{n}" for n in range(45)])
    assert [type(answer.error) for answer in answers] == [AccessDenied] * 45
    assert len(app.asked) == 1


def test_mails_are_found_by_their_trip() -> None:
    row = {
        "id": "AAM=",
        "isDraft": False,
        "toRecipients": [{"emailAddress": {"address": "Anna@mail.example"}}],
        "singleValueExtendedProperties": [{"id": directory.KEY_PROPERTY.upper(), "value": "k"}],
    }
    app = in_turn(Told({"value": [row]}))
    (mail,) = open_graph(app).find_mails("trips@school.example", "o'lake")
    assert (mail.key, mail.to, mail.is_draft) == ("k", "anna@mail.example", False)
    query = unquote(app.asked[0].query)
    assert f"ep/id eq '{directory.TRIP_PROPERTY}' and ep/value eq 'o''lake'" in query
    assert app.asked[0].headers["prefer"] == 'IdType="ImmutableId"'
    with pytest.raises(BadAnswer):
        directory.make_mail({**row, "singleValueExtendedProperties": []}, "read")


def test_a_mail_that_somebody_readdressed_is_told_apart() -> None:
    anna = {"emailAddress": {"address": "Anna@mail.example"}}
    row = {"id": "A", "isDraft": True, "singleValueExtendedProperties": [{"id": directory.KEY_PROPERTY, "value": "k"}]}
    for more, to, others in (
        ({"toRecipients": []}, "", 0),
        ({"toRecipients": [anna, anna]}, "anna@mail.example", 1),
        ({"toRecipients": [anna], "ccRecipients": [anna], "bccRecipients": [anna]}, "anna@mail.example", 2),
    ):
        mail = directory.make_mail({**row, **more}, "read")
        assert (mail.to, mail.others) == (to, others)


# ---- sites


def test_personal_sites_are_left_out() -> None:
    rows = [
        {"id": "a", "webUrl": SITE, "displayName": "Lake", "isPersonalSite": False},
        {"id": "b", "webUrl": "https://contoso-my.sharepoint.com/personal/x", "isPersonalSite": True},
        {"id": "d", "webUrl": "https://contoso-my.sharepoint.com/personal/y"},
        {"id": "a", "webUrl": SITE, "displayName": "Lake"},
        {"id": "c", "webUrl": SITE + "2", "name": "Lake 2"},
    ]
    sites = list(open_graph(in_turn(Told({"value": rows}))).list_sites())
    assert [(each.id, each.title) for each in sites] == [("a", "Lake"), ("c", "Lake 2")]
