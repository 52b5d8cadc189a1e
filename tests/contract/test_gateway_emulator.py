"""The gateway against the emulator, in this process and over HTTP: what is written comes back when it is read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.emulator import faults, open_emulator, outbox
from sp_parent_portal.errors import AlreadyExists, InvitationsBlocked, NotFound, OutcomeUnknown
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.microsoft365.call import Traffic
from sp_parent_portal.microsoft365.model import Draft, Invitation
from sp_parent_portal.microsoft365.site_work import NewLevel, SiteWork
from sp_parent_portal.settings import Settings, emulator_settings
from sp_parent_portal.sharing import Sharing
from tests.loopback import listening
from tests.recording import Clock
from tests.rest_door import rest_door

SITE = "https://contoso.sharepoint.com/sites/lake-2027"
OWNER = "j.okoro@school.example"


@contextmanager
def over_http(app: Any) -> Iterator[Gateway]:
    with listening(app) as address:
        yield connect(emulator_settings(Settings.model_construct(target="emulator", emulator_url=address)))


@contextmanager
def in_process(app: Any) -> Iterator[Gateway]:
    yield connect(emulator_settings(), app=app)


@pytest.fixture(params=[in_process, over_http], ids=["in-process", "http"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gateway]:
    opened: Callable[[Any], Any] = request.param
    with opened(open_emulator(tmp_path / "state.sqlite")) as gateway:
        yield gateway
        gateway.close()


def open_site(gateway: Gateway) -> None:
    gateway.graph.set_tenant_sharing(replace(gateway.graph.get_tenant_sharing(), level=Sharing.EXISTING_GUESTS))
    sharepoint = gateway.sharepoint
    sharepoint.create_site(SITE, "Lake", OWNER, "Trip", 2057)
    for _ in range(40):
        if sharepoint.get_site_status(SITE) == 2 and sharepoint.look_at_new_site(SITE)[1]:
            return
    raise AssertionError("the site never got ready")


def test_the_tenants_sharing_is_one_setting_with_two_doors(gateway: Gateway) -> None:
    before = gateway.graph.get_tenant_sharing()
    wanted = replace(
        before, level=Sharing.NEW_AND_EXISTING_GUESTS, guests_may_reshare=False, domain_mode="allow-list",
        allowed_domains=("mail.example", "post.example"),
    )  # fmt: skip
    gateway.graph.set_tenant_sharing(wanted)
    assert gateway.graph.get_tenant_sharing() == wanted
    assert gateway.sharepoint.get_tenant_sharing() == wanted


def test_a_site_is_born_closed_filled_and_opened(gateway: Gateway) -> None:
    sharepoint = rest_door(gateway)
    assert sharepoint.find_site(SITE) is None
    assert sharepoint.find_deleted_site(SITE) is False
    open_site(gateway)
    site = sharepoint.find_site(SITE)
    assert site is not None
    assert (site.sharing, site.lock, site.template) == (Sharing.DISABLED, "Unlock", "STS#3")

    sharepoint.set_title(SITE, "Lake 2027")
    closed: dict[str, str | bool] = {"MembersCanShare": False, "CommentsOnSitePagesDisabled": True}
    sharepoint.build_site(SITE, SiteWork({**closed, "RequestAccessEmail": OWNER}))
    web = sharepoint.get_web(SITE)
    assert (web.title, web.members_can_share, web.comments_off, web.access_requests_to) == (
        "Lake 2027",
        False,
        True,
        OWNER,
    )

    field = {
        "verb": "addSPField",
        "displayName": "Size",
        "internalName": "Size",
        "fieldType": "Text",
        "isRequired": False,
    }
    kit = {"verb": "createSPList", "listName": "Kit", "templateType": 100, "subactions": [field]}
    assert [row.ok for row in sharepoint.run_site_script(SITE, [kit])] == [True, True]
    assert [row.ok for row in sharepoint.run_site_script(SITE, [kit])] == [False]
    lists = {each.title: each for each in sharepoint.list_lists(SITE)}
    sharepoint.add_field(SITE, lists["Kit"].id, "<Field Type='Text' Name='Colour' DisplayName='The colour' />")
    assert {"Size", "Colour"} <= {each.internal_name for each in sharepoint.list_fields(SITE, lists["Kit"].id)}

    sharepoint.add_navigation(SITE, "Form", "https://forms.example/a?b=1&c=2")
    assert "https://forms.example/a?b=1&c=2" in {node.url for node in sharepoint.list_navigation(SITE)}
    sharepoint.set_site_sharing(SITE, Sharing.EXISTING_GUESTS)
    site = sharepoint.find_site(SITE)
    assert site is not None
    assert (site.sharing, site.effective_sharing, site.lock) == (
        Sharing.EXISTING_GUESTS,
        Sharing.EXISTING_GUESTS,
        "Unlock",
    )
    assert SITE in {each.url for each in gateway.graph.list_sites()}


def test_a_hidden_list_with_permissions_of_its_own(gateway: Gateway) -> None:
    open_site(gateway)
    sharepoint = rest_door(gateway)
    made = sharepoint.create_list(SITE, "Marker", 100, description="x", hidden=True)
    with pytest.raises(AlreadyExists):
        sharepoint.create_list(SITE, "Marker", 100)
    sharepoint.break_inheritance(SITE, made.id)
    (found,) = (each for each in sharepoint.list_lists(SITE) if each.id == made.id)
    assert (found.hidden, found.unique_permissions) == (True, True)
    sharepoint.add_item(SITE, made.id, {"Title": "one"})
    (item,) = sharepoint.list_items(SITE, made.id)
    sharepoint.update_item(SITE, made.id, item.id, {"Title": "o'two & <b>"})
    assert [each.values["Title"] for each in sharepoint.list_items(SITE, made.id)] == ["o'two & <b>"]
    with pytest.raises(NotFound):
        sharepoint.list_items(SITE, "00000000-0000-4000-8000-000000000000")


def test_permission_levels_and_grants(gateway: Gateway) -> None:
    open_site(gateway)
    sharepoint = rest_door(gateway)
    sharepoint.build_site(SITE, SiteWork(level=NewLevel("Parent read", "Read without names", 176, 4395105)))
    [level] = [each for each in sharepoint.list_permission_levels(SITE) if each.name == "Parent read"]
    assert (level.high, level.low) == (176, 4395105)
    visitors = sharepoint.get_associated_groups(SITE).visitors.id
    read = next(each.id for each in sharepoint.list_permission_levels(SITE) if each.name == "Read")
    for _ in range(2):
        sharepoint.add_grant(SITE, visitors, level.id)
        sharepoint.remove_grant(SITE, visitors, read)
    assert {g.principal.id: g.levels for g in sharepoint.list_grants(SITE)}[visitors] == ("Parent read",)
    assert OWNER in {admin.email for admin in sharepoint.list_site_admins(SITE)}


def test_a_trip_group_on_its_site(gateway: Gateway) -> None:
    open_site(gateway)
    graph, sharepoint = gateway.graph, gateway.sharepoint
    assert graph.find_groups("trip-lake") == ()
    group = graph.create_group("Trip Lake", "trip-lake", "mark")
    assert graph.find_groups("trip-lake") == (group,)
    claim, visitors = f"c:0t.c|tenant|{group.id}", sharepoint.get_associated_groups(SITE).visitors.id
    for _ in range(2):
        assert sharepoint.build_site(SITE, SiteWork(visitor_login=claim)) is None
    (member,) = sharepoint.get_associated_groups(SITE).visitors.members
    assert (member.kind, member.directory_id, member.login) == ("security-group", group.id, claim)
    assert {each.id: each.members for each in sharepoint.list_site_groups(SITE)}[visitors] == (member,)
    for _ in range(2):
        sharepoint.remove_from_site_group(SITE, visitors, claim)
    assert sharepoint.get_associated_groups(SITE).visitors.members == ()
    stranger = SiteWork(visitor_login="c:0t.c|tenant|00000000-0000-4000-8000-000000000000")
    assert isinstance(sharepoint.build_site(SITE, stranger), NotFound)
    graph.delete_group(group.id)
    assert graph.find_groups("trip-lake") == ()


def test_guests_from_invitation_to_removal(gateway: Gateway) -> None:
    graph = gateway.graph
    emails = [f"p{n}.o'neil@mail.example" for n in range(45)]
    answers = graph.invite([Invitation(email, "P", SITE) for email in emails])
    ids = [answer.value for answer in answers if answer.value is not None]
    assert len(set(ids)) == 45
    again = graph.invite([Invitation(emails[7], "P", SITE)])
    assert again[0].value == ids[7]
    found = graph.find_users([*emails, "nobody@mail.example"])
    assert [user.id for email in emails for user in found[email]] == ids
    assert found["nobody@mail.example"] == ()
    assert {user.state for users in found.values() for user in users} == {"pending"}
    assert sorted(guest.id for guest in graph.list_guests()) == sorted(ids)
    assert sorted(guest.id for guest in graph.list_guests(sign_ins=True)) == sorted(ids)

    group = graph.create_group("Trip", "trip-x", "mark")
    unknown = "00000000-0000-4000-8000-000000000000"
    added = graph.add_members(group.id, [*ids[:30], unknown, ids[0]])
    assert [type(answer.error) for answer in added] == [type(None)] * 30 + [NotFound, type(None)]
    assert sorted(member.id for member in graph.list_members(group.id)) == sorted(ids[:30])
    assert list(graph.list_member_groups(group.id)) == []
    removed = graph.remove_members(group.id, [*ids[:25], ids[40]])
    assert [answer.error for answer in removed] == [None] * 26
    assert sorted(member.id for member in graph.list_members(group.id)) == sorted(ids[25:30])
    users = graph.get_users([ids[0], unknown])
    assert users[ids[0]] is not None
    assert users[unknown] is None


def test_mail_is_found_by_its_key_before_and_after_it_is_sent(gateway: Gateway) -> None:
    graph, mailbox = gateway.graph, gateway.mailbox
    drafts = [Draft(f"k{n}", "o'lake", f"p{n}@mail.example", "Trip", "<p>Hello</p>") for n in range(25)]
    made = [answer.value for answer in graph.create_drafts(mailbox, drafts)]
    graph.create_drafts(mailbox, [Draft("other", "another-trip", "x@mail.example", "Trip", "<p>")])
    assert sorted(mail.key for mail in made if mail is not None) == sorted(draft.key for draft in drafts)
    assert {mail.key: mail for mail in graph.find_mails(mailbox, "o'lake")} == {m.key: m for m in made if m is not None}
    sent = [mail.id for mail in made[:3] if mail is not None]
    assert [answer.error for answer in graph.send_drafts(mailbox, sent)] == [None] * 3
    found = {mail.id: mail.is_draft for mail in graph.find_mails(mailbox, "o'lake")}
    assert len(found) == 25
    assert sorted(mail_id for mail_id, is_draft in found.items() if not is_draft) == sorted(sent)


def test_what_the_tenant_says_of_itself(gateway: Gateway) -> None:
    organization = gateway.graph.get_organization()
    assert "school.example" in organization.verified_domains
    assert organization.directory_quota
    assert gateway.graph.get_authorization_policy().allow_invites_from
    assert list(gateway.sharepoint.list_external_users()) == []


# ---- when things go wrong


class Stage:
    """A gateway on an emulator that can be told what goes wrong; nobody waits."""

    def __init__(self, path: Path) -> None:
        self.emulator = open_emulator(path)
        self.traffic: list[Traffic] = []
        self.slept: list[float] = []
        self.gateway = connect(
            emulator_settings(), app=self.emulator, observer=self.traffic.append, sleep=self.slept.append
        )

    def goes_wrong(self, **rule: Any) -> None:
        faults.store_script(self.emulator.state, faults.read_script([rule]))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path / "state.sqlite")
    yield stage
    stage.gateway.close()


INVITATIONS = [Invitation(f"p{n}@mail.example", "P", SITE) for n in range(3)]


def test_invitations_whose_answer_was_lost_are_found_when_they_are_read_back(stage: Stage) -> None:
    graph = stage.gateway.graph
    stage.goes_wrong(on="POST /$batch", drop=True, after_work=True)
    answers = graph.invite(INVITATIONS)
    assert [type(answer.error) for answer in answers] == [OutcomeUnknown] * 3
    found = graph.find_users([each.email for each in INVITATIONS])
    assert [len(users) for users in found.values()] == [1, 1, 1]
    assert [answer.value for answer in graph.invite(INVITATIONS)] == [users[0].id for users in found.values()]
    assert len(list(graph.list_guests())) == 3


@pytest.mark.parametrize("after_work", [False, True])
def test_a_throttled_invitation_makes_one_guest_whether_it_was_done_or_not(stage: Stage, after_work: bool) -> None:
    graph = stage.gateway.graph
    stage.goes_wrong(
        on="POST /invitations", nth=2, times=2, reply=429, headers={"Retry-After": "3"}, after_work=after_work
    )
    answers = graph.invite(INVITATIONS)
    assert [answer.error for answer in answers] == [None] * 3
    assert sorted(guest.id for guest in graph.list_guests()) == sorted(answer.value or "" for answer in answers)
    assert [3 <= seconds < 3.5 for seconds in stage.slept] == [True]


def test_a_directory_that_refuses_invitations(stage: Stage) -> None:
    refusal = {"error": {"code": "Forbidden", "message": "Guest invitations not allowed for your company."}}
    stage.goes_wrong(on="POST /invitations", times=None, reply=403, body=refusal)
    answers = stage.gateway.graph.invite(INVITATIONS * 20)
    assert {type(answer.error) for answer in answers} == {InvitationsBlocked}
    assert len([each for each in stage.traffic if each.operation == "invite"]) == 1


def test_half_an_answer_is_asked_for_again(stage: Stage) -> None:
    stage.goes_wrong(on="GET /users", truncate=40)
    stage.gateway.graph.invite(INVITATIONS)
    assert len(list(stage.gateway.graph.list_guests())) == 3
    reads = [each.status for each in stage.traffic if each.operation == "list the guests"]
    assert reads == [200, 200]


def test_a_site_whose_birth_was_not_told_is_there_all_the_same(stage: Stage) -> None:
    sharepoint = stage.gateway.sharepoint
    stage.goes_wrong(on="POST /_api/SPSiteManager/Create", drop=True, after_work=True)
    with pytest.raises(OutcomeUnknown):
        sharepoint.create_site(SITE, "Lake", OWNER, "Trip", 2057)
    assert sharepoint.get_site_status(SITE) in (1, 2)


def test_a_lost_answer_to_setting_a_level_is_asked_for_again(stage: Stage) -> None:
    open_site(stage.gateway)
    stage.goes_wrong(on="POST /_api/*/sites(*", drop=True, after_work=True)
    stage.gateway.sharepoint.set_site_sharing(SITE, Sharing.EXISTING_GUESTS)
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    assert site.sharing is Sharing.EXISTING_GUESTS


def test_every_request_names_its_kind_and_no_person(stage: Stage) -> None:
    open_site(stage.gateway)
    stage.gateway.graph.invite(INVITATIONS)
    stage.gateway.sharepoint.find_site(SITE)
    assert {each.kind for each in stage.traffic} == {"graph", "sharepoint", "admin", "sign-in"}
    assert not any("@" in each.operation for each in stage.traffic)
    assert next(each.items for each in stage.traffic if each.operation == "invite") == 3


# ---- limits as Microsoft publishes them


def test_a_long_evening_of_invitations_and_mail_ends_with_everybody_told_once(tmp_path: Path) -> None:
    clock = Clock()
    emulator = open_emulator(tmp_path / "state.sqlite")

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=clock.seconds)  # a signed request carries the true time

    emulator.clock = now
    emulator.usage.enforced = True
    gateway = connect(emulator_settings(), app=emulator, sleep=clock.sleep)
    emails = [f"p{n}@mail.example" for n in range(170)]
    invited = gateway.graph.invite([Invitation(email, "P", SITE) for email in emails])
    assert [answer.error for answer in invited] == [None] * 170
    assert len({answer.value for answer in invited}) == 170
    drafts = [Draft(f"k{n}", "lake", email, "Trip", "<p>") for n, email in enumerate(emails[:70])]
    made = [answer.value.id for answer in gateway.graph.create_drafts(gateway.mailbox, drafts) if answer.value]
    assert [answer.error for answer in gateway.graph.send_drafts(gateway.mailbox, made)] == [None] * 70
    sent = [mail["to"] for mail in outbox.list_outbox(emulator.state) if mail["kind"] == "mail"]
    assert sorted(sent) == sorted(emails[:70])
    assert clock.slept
    gateway.close()


# ---- what is told


def test_nothing_about_a_person_is_logged_at_any_level(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    emulator = open_emulator(tmp_path / "state.sqlite")
    with over_http(emulator) as gateway:
        open_site(gateway)
        caplog.clear()
        gateway.graph.invite([Invitation("anna.hale@mail.example", "Anna Hale", SITE)])
        gateway.graph.find_users(["anna.hale@mail.example"])
        list(gateway.graph.find_mails(gateway.mailbox, "lake"))
        work = SiteWork(visitor_login="i:0#.f|membership|tom.hale@mail.example")
        assert isinstance(gateway.sharepoint.build_site(SITE, work), NotFound)
        gateway.close()
    for canary in ("anna", "hale", "mail.example", "trips@", "Bearer", "eyJ", "redeem"):
        assert canary not in caplog.text
