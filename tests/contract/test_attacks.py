"""A careless clerk and an attacker: crafted files, accounts and groups let nobody in and tell nobody who must stay out,
and keep nobody in who must go."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sp_parent_portal.applying import Allowed, make_ready
from sp_parent_portal.emulator import directory
from sp_parent_portal.errors import ForeignHost, InputError, LockHeld, PortalError
from sp_parent_portal.microsoft365.model import Invitation
from sp_parent_portal.plan.approval import check_approved, read_plan
from sp_parent_portal.plan.model import Risk
from sp_parent_portal.planning import Planned
from sp_parent_portal.runs.model import Outcome
from sp_parent_portal.trips import load_trip
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, RELATIONSHIPS, SITE, USERS, Killed, Stage, not_done, statuses

ADA, DAN, NINA, TOM = GUARDIANS


def members(stage: Stage, slug: str = "lake-2027") -> list[str]:
    [group] = stage.gateway.graph.find_groups(f"trip-{slug}")
    return sorted(member.email for member in stage.gateway.graph.list_members(group.id))


def group_id(stage: Stage, slug: str = "lake-2027") -> str:
    [group] = stage.gateway.graph.find_groups(f"trip-{slug}")
    return group.id


def change_account(stage: Stage, email: str, **values: Any) -> str:
    """What an administrator can do to a guest's account in Entra; its id."""
    [doc] = directory.find_users_by_address(stage.emulator.state, email)
    directory.store_user(stage.emulator.state, {**doc, **values})
    return str(doc["id"])


def add_by_hand(stage: Stage, email: str) -> None:
    """Somebody with rights in Entra invites a person and puts them into the trip group."""
    [answer] = stage.gateway.graph.invite([Invitation(email, "Somebody", SITE)])
    assert answer.value is not None
    stage.gateway.graph.add_members(group_id(stage), [answer.value])


def removed_at_once(stage: Stage) -> list[str]:
    changes = stage.plan().plan.changes
    return [str(c.fields[0].before) for c in changes if c.kind == "membership" and c.verb == "remove" and c.urgent]


def lose_contact_list(stage: Stage) -> None:
    stage.write("sds/users.csv", "sourcedId,username\nS1,x\n")


def lose_store(stage: Stage) -> None:
    stage.store.engine.dispose()
    for file in stage.folder.glob("runs.sqlite*"):
        file.unlink()
    stage.restart()


# ---- excluded by one name, there under another -----------------------------------------------------------------------


def test_an_address_excluded_for_everybody_goes_at_once_also_without_contact_list_and_run_store(stage: Stage) -> None:
    stage.apply()
    lose_store(stage)
    lose_contact_list(stage)
    stage.write_exclusions(f",,{DAN},block,,")
    assert removed_at_once(stage) == [DAN]


def test_an_excluded_address_added_to_the_group_by_hand_goes_at_once(stage: Stage) -> None:
    stage.apply()
    add_by_hand(stage, "evil@mail.example")
    stage.write_exclusions(",,evil@mail.example,block,,")
    assert removed_at_once(stage) == ["evil@mail.example"]


def test_who_is_excluded_for_a_child_of_the_trip_they_did_not_come_for_goes_without_contact_list(stage: Stage) -> None:
    stage.write_contacts(USERS, [r for r in RELATIONSHIPS if r[:2] != ("S1", "P1")])
    stage.apply()
    assert NINA in members(stage)
    lose_contact_list(stage)
    stage.write_exclusions("S1,P1,,block,,")
    assert removed_at_once(stage) == [NINA]


def test_an_account_that_also_has_an_excluded_address_is_not_let_in(stage: Stage) -> None:
    stage.apply()
    change_account(stage, NINA, otherMails=[NINA, TOM + "x"])
    stage.write_exclusions(f",,{TOM}x,block,,")
    assert removed_at_once(stage) == [NINA]
    stage.apply()
    assert NINA not in members(stage)
    again = stage.plan().plan
    assert again.changes == ()
    stage.apply()
    assert NINA not in members(stage)


def test_a_guest_whose_mail_was_changed_still_goes_for_the_address_they_were_invited_with(stage: Stage) -> None:
    stage.apply()
    change_account(stage, DAN, mail="new.dan@mail.example", otherMails=["new.dan@mail.example"], proxyAddresses=[])
    lose_contact_list(stage)
    stage.write_exclusions(",P4,,block,,")
    assert removed_at_once(stage) == ["new.dan@mail.example"]


def test_an_excluded_address_at_an_international_domain_is_found_in_either_spelling(stage: Stage) -> None:
    stage.write_contacts([(*u[:4], "dan@müller.example" if u[0] == "P4" else u[4]) for u in USERS])
    stage.apply()
    typed = "dan@müller.example"
    change_account(stage, "dan@xn--mller-kva.example", mail=typed, otherMails=[typed], proxyAddresses=[])
    assert stage.plan().plan.changes == ()
    stage.write_exclusions(",P4,,block,,")
    lose_contact_list(stage)
    assert removed_at_once(stage) == ["dan@müller.example"]


def test_the_same_person_under_two_contact_ids_is_looked_at_when_one_is_excluded_for_a_sibling(stage: Stage) -> None:
    users = [*USERS, ("P9", "p9", "Tom", "Hale", "tommy@other.example")]
    stage.write_contacts(users, [*RELATIONSHIPS, ("S2", "P9", "parent")])
    stage.write_exclusions("S1,P2,,block,,")
    stage.apply()
    assert members(stage) == [ADA, DAN, NINA]


def test_the_same_person_under_two_contact_ids_is_looked_at_when_excluded_everywhere(stage: Stage) -> None:
    users = [*USERS, ("P9", "p9", "Tom", "Hale", "tommy@other.example")]
    stage.write_contacts(users, [*RELATIONSHIPS, ("S2", "P9", "parent")])
    stage.write_exclusions(",P2,,block,,")
    stage.write_trip(students=["S2", "S3"])
    stage.apply()
    assert members(stage) == [ADA, NINA]


# ---- between plan and apply ------------------------------------------------------------------------------------------


def test_who_shares_a_mailbox_with_somebody_excluded_after_the_plan_is_held(stage: Stage) -> None:
    users = [(*u[:4], NINA if u[0] == "P5" else u[4]) for u in USERS]
    stage.write_contacts(users)
    stage.write_trip(students=["S1", "S2", "S3"])
    planned = stage.plan()
    assert NINA in {g.email for g in planned.desired["lake-2027"].guardians}
    stage.write_exclusions("S1,P5,,block,,")
    stage.carry_out(planned)
    assert members(stage) == [ADA, TOM]
    assert [m["to"] for m in stage.mails()] == [ADA, TOM]


def test_who_is_excluded_after_the_plan_for_a_child_they_did_not_come_for_is_held(stage: Stage) -> None:
    stage.write_contacts(USERS, [r for r in RELATIONSHIPS if r[:2] != ("S1", "P1")])
    planned = stage.plan()
    stage.write_exclusions("S1,P1,,block,,")
    stage.carry_out(planned)
    assert members(stage) == [ADA, DAN, TOM]


def test_a_court_order_flagged_after_the_plan_is_found_before_each_write(stage: Stage) -> None:
    portal = (stage.folder / "portal.toml").read_text(encoding="utf-8")
    stage.write("portal.toml", portal.replace("exclusions = ", 'flags = "flags.csv"\nexclusions = '))
    stage.write("flags.csv", "student_id,contact_id,court_order\n")
    planned = stage.plan()
    stage.write("flags.csv", "student_id,contact_id,court_order\nS4,P4,true\n")
    stage.carry_out(planned)
    assert members(stage) == [ADA, NINA, TOM]


def test_an_exclusions_file_that_came_out_empty_lets_nobody_in_whom_it_kept_out(stage: Stage) -> None:
    stage.write_exclusions(",P4,,block,,", ",P2,,block,,")
    stage.apply()
    stage.write_exclusions()
    planned = stage.plan()
    assert [(held.subject, held.reason.split(";")[0]) for held in planned.plan.held] == [
        ("", "The school's files hold 0 exclusions")
    ]
    stage.carry_out(planned)
    assert members(stage) == [ADA, NINA]
    assert [c.key for c in stage.plan(smaller=True).plan.changes if c.verb == "create" and c.kind == "membership"] == [
        f"{DAN} in lake-2027",
        f"{TOM} in lake-2027",
    ]


def test_a_plan_from_before_somebody_elses_run_is_not_carried_out(stage: Stage) -> None:
    stage.write_trip(by="microsoft")
    mine, theirs = stage.plan(), stage.plan()
    assert not_done(stage.carry_out(theirs)) == []
    before = stage.writes()
    with pytest.raises(LockHeld, match="somebody else has worked on lake-2027 since it was planned"):
        stage.carry_out(mine)
    assert not_done(stage.apply()) == []
    assert stage.writes() == before


# ---- crash -----------------------------------------------------------------------------------------------------------


def test_who_came_in_just_before_the_process_died_is_remembered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = stage.plan()
    record = stage.store.record_outcomes

    def die(outcomes: Mapping[int, Outcome]) -> None:
        if any(outcome.change.kind == "membership" for outcome in outcomes.values()):
            raise Killed
        record(dict(outcomes))

    monkeypatch.setattr(stage.store, "record_outcomes", die)
    with pytest.raises(Killed):
        stage.carry_out(planned)
    stage.restart()
    stage.apply()
    lose_contact_list(stage)
    stage.write_exclusions(",P4,,block,,")
    assert removed_at_once(stage) == [DAN]


# ---- groups ----------------------------------------------------------------------------------------------------------


def test_a_group_put_into_the_trip_group_is_taken_out(stage: Stage) -> None:
    stage.apply()
    club = stage.gateway.graph.create_group("Club", "club", "x")
    stage.gateway.graph.add_members(group_id(stage), [club.id])
    lose_contact_list(stage)
    planned = stage.plan()
    assert [(c.key, c.urgent) for c in planned.plan.changes] == [("group Club in lake-2027", True)]
    assert not_done(stage.carry_out(planned)) == []
    assert list(stage.gateway.graph.list_member_groups(group_id(stage))) == []
    assert members(stage) == list(GUARDIANS)


def test_a_foreign_group_of_the_same_name_does_not_stop_an_exclusion(stage: Stage) -> None:
    stage.apply()
    stage.gateway.graph.create_group("A club", "trip-lake-2027", "the rowing club")
    stage.write_exclusions(",P4,,block,,")
    assert removed_at_once(stage) == [DAN]


def build_without_opening(stage: Stage) -> None:
    planned = stage.plan()
    first = tuple(c for c in planned.plan.changes if c.kind in ("site", "site_content", "trip_group"))
    assert not_done(stage.carry_out(replace(planned, plan=replace(planned.plan, changes=first)))) == []


def assert_not_opened(stage: Stage, why: str) -> None:
    outcomes = {o.change.kind: o for o in stage.apply() if o.change.kind in ("site_opening", "notice")}
    assert why in outcomes["site_opening"].detail
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    assert site.sharing.value == "disabled"
    assert stage.mails() == []


def test_a_site_with_everyone_among_its_visitors_is_not_opened(stage: Stage) -> None:
    build_without_opening(stage)
    visitors = stage.gateway.sharepoint.get_associated_groups(SITE).visitors.id
    rest_door(stage.gateway).add_to_site_group(SITE, visitors, "c:0(.s|true")
    assert_not_opened(stage, "everyone has been given the site")


def test_a_site_with_another_trips_guardians_among_its_visitors_is_not_opened(stage: Stage) -> None:
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    stage.apply("zoo-2027")
    build_without_opening(stage)
    sent = stage.mails()
    visitors = stage.gateway.sharepoint.get_associated_groups(SITE).visitors.id
    rest_door(stage.gateway).add_to_site_group(SITE, visitors, f"c:0t.c|tenant|{group_id(stage, 'zoo-2027')}")
    outcomes = {o.change.kind: o for o in stage.apply()}
    assert "another group than the trip's" in outcomes["site_opening"].detail
    assert stage.mails() == sent


def test_a_site_given_to_a_guest_by_hand_is_not_opened(stage: Stage) -> None:
    build_without_opening(stage)
    stage.gateway.graph.invite([Invitation("evil@mail.example", "Somebody", SITE)])
    [guest] = stage.gateway.graph.list_guests()
    site_members = stage.gateway.sharepoint.get_associated_groups(SITE).members.id
    rest_door(stage.gateway).add_to_site_group(SITE, site_members, f"i:0#.f|membership|{guest.upn.lower()}")
    assert_not_opened(stage, "a guest has been given the site by hand")


def test_a_site_whose_mark_was_taken_away_keeps_nobody_in_who_is_excluded(stage: Stage) -> None:
    stage.apply()
    lose_store(stage)
    [marker] = [each for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == "SPParentPortal"]
    [item] = stage.gateway.sharepoint.list_items(SITE, marker.id)
    rest_door(stage.gateway).update_item(SITE, marker.id, item.id, {"Title": "mine now"})
    stage.write_exclusions(f",,{DAN},block,,")
    club = stage.gateway.graph.create_group("Club", "club", "x")
    stage.gateway.graph.add_members(group_id(stage), [club.id])
    planned = stage.plan()
    assert [(c.verb, c.kind, c.urgent) for c in planned.plan.changes] == [("remove", "membership", True)] * 2
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == [ADA, NINA, TOM]
    assert list(stage.gateway.graph.list_member_groups(group_id(stage))) == []


# ---- look-alike addresses, and files a clerk may hand us -------------------------------------------------------------


LIKE_DANS = [
    "Dan.Bell@MAIL.example",
    "\uff44an.bell@mail.example",
    "dan.bell@mail.example\u00a0",
    "dan.bell@mail.example\u200b",
    "dan.bell+trip@mail.example",
    "danbell@mail.example",
    "d\u0430n.bell@mail.example",
    "Dan <dan.bell@mail.example>",
    "dan.bell@mail.example;other@mail.example",
]


@pytest.mark.parametrize("written", LIKE_DANS)
def test_an_address_that_looks_like_an_excluded_one_never_comes_in(stage: Stage, written: str) -> None:
    stage.write_contacts([(*u[:4], written if u[0] == "P4" else u[4]) for u in USERS])
    stage.write_exclusions(f",,{DAN},block,,")
    coming = {guardian.email for guardian in stage.plan().desired["lake-2027"].guardians}
    assert coming == {ADA, NINA, TOM}


BAD_EXCLUSIONS = {
    "an id in another case": b"student_id,contact_id,decision\n,p4,block\n",
    "a decision with a letter lost": b"student_id,contact_id,decision\n,P4,bloc\n",
    "a row cut short": b"student_id,contact_id,decision,ref\n,P4,block\n",
    "semicolons": b"student_id;contact_id;decision\n;P4;block\n",
    "UTF-16": "student_id,contact_id,decision\n,P4,block\n".encode("utf-16"),
    "lone carriage returns": b"student_id,contact_id,decision\r,P4,block\r",
    "a quote never closed": b'student_id,contact_id,decision\n"S1,P1,block\n,P4,block\n',
    "nothing at all": b"",
}


@pytest.mark.parametrize("bad", BAD_EXCLUSIONS)
def test_exclusions_that_cannot_be_read_whole_stop_everything(stage: Stage, bad: str) -> None:
    (stage.folder / "exclusions.csv").write_bytes(BAD_EXCLUSIONS[bad])
    try:
        planned = stage.plan()
    except InputError:
        return
    assert planned.broken is not None
    assert stage.carry_out(planned) == ()


@pytest.mark.parametrize(
    "slug", ["Lake-2027", "lake_2027", "lake-2027 ", "lake-2027.", "lake/2027", "läke-2027", "-lake"]
)
def test_a_slug_that_would_fall_together_with_another_is_refused(stage: Stage, slug: str) -> None:
    text = (stage.folder / "trips/lake-2027/trip.toml").read_text(encoding="utf-8")
    with pytest.raises(InputError):
        load_trip(stage.write("trips/lake-2027/other.toml", text.replace('"lake-2027"', json.dumps(slug))))


@pytest.mark.parametrize("title", ["A\r\nBcc: x@evil.example", "A\u001b[2J", "A\u202egnp.exe", "A\u2066b", "A\u2028b"])
def test_a_title_that_would_change_a_mail_or_a_terminal_is_refused(stage: Stage, title: str) -> None:
    with pytest.raises(InputError):
        load_trip(stage.write_trip(title=title))


@pytest.mark.parametrize("said", ["<script>alert(1)</script>", "{{ trip.owner }}", "{% for x in y %}", '"><a href=x>'])
def test_a_title_is_text_in_a_mail_and_never_markup_or_template(stage: Stage, said: str) -> None:
    stage.write_trip(title=said)
    message = stage.plan().tools["lake-2027"].render("Nina", SITE)
    assert said in message.subject
    assert html.escape(said, quote=False).replace('"', "&#34;") in message.html


# ---- a service that answers wrongly ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link", ["https://evil.example/x", "https://graph.microsoft.com@evil.example/x", "http://graph.microsoft.com/x"]
)
def test_a_next_page_elsewhere_is_not_asked_for(stage: Stage, link: str) -> None:
    body = {"value": [], "@odata.nextLink": link}
    stage.faults({"on": "GET /users", "nth": 1, "times": 9, "reply": 200, "body": body})
    with pytest.raises(ForeignHost):
        stage.plan()


def test_a_redirect_elsewhere_is_not_followed(stage: Stage) -> None:
    stage.apply()
    there = {"Location": "https://evil.example/"}
    stage.faults({"on": "GET /users", "nth": 1, "times": 9, "reply": 302, "headers": there})
    with pytest.raises(ForeignHost):
        stage.plan()


def test_an_invitation_answered_with_somebody_elses_account_lets_nobody_in(stage: Stage) -> None:
    stage.apply()
    users = [*USERS, ("P8", "p8", "Zoe", "Bell", "zoe@mail.example")]
    stage.write_contacts(users, [*RELATIONSHIPS, ("S4", "P8", "parent")])
    [tom] = [guest for guest in stage.gateway.graph.list_guests() if guest.email == TOM]
    answer = {"id": "x", "invitedUser": {"id": tom.id}}
    stage.faults({"on": "POST /invitations", "nth": 1, "times": 1, "reply": 201, "body": answer})
    outcomes = stage.apply()
    assert statuses(outcomes) == {"failed": 1, "held": 2}
    assert members(stage) == list(GUARDIANS)


# ---- what is left behind ---------------------------------------------------------------------------------------------


def test_nothing_personal_is_logged_and_no_redeem_link_is_stored(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(1):
        stage.write_trip(by="microsoft")
        stage.apply()
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert not [word for word in (*GUARDIANS, "Hale", "Bearer", "eyJ") if word in said]
    stored = b"".join(file.read_bytes() for file in stage.folder.glob("runs.sqlite*"))
    assert b"invitations/redeem" not in stored
    assert b"eyJ" not in stored


# ---- crafted saved plans ---------------------------------------------------------------------------------------------


def sealed(data: dict[str, Any]) -> str:
    """As JSON with the fingerprint that fits: anybody can work it out."""
    seal = json.dumps({name: data[name] for name in ("target", "changes")}, sort_keys=True, separators=(",", ":"))
    return json.dumps({**data, "fingerprint": hashlib.sha256(seal.encode()).hexdigest()})


CRAFTED = {
    "a value that is a list": lambda data: data["changes"][0]["fields"][0].update(after=[1]),
    "no changes": lambda data: data.update(changes=None),
    "fields that are a number": lambda data: data["changes"][0].update(fields=5),
    "a risk that there is not": lambda data: data["changes"][0].update(risk="none"),
    "somebody held who is a list": lambda data: data.update(held=[[1]]),
    "another tenant": lambda data: data.update(target="contoso (1)"),
}


def make_wholly_ready(planned: Planned, approved: str) -> None:
    """Raises what `apply` would refuse an approved plan with."""
    ready = make_ready(planned, Allowed(frozenset(Risk)), read_plan(approved, "plan.json"))
    if ready.refusal is not None:
        raise ready.refusal


@pytest.mark.parametrize("craft", CRAFTED)
def test_a_crafted_plan_is_refused(stage: Stage, craft: str) -> None:
    planned = stage.plan()
    data = planned.plan.as_data()
    CRAFTED[craft](data)
    with pytest.raises(PortalError):
        make_wholly_ready(planned, sealed(data))


@pytest.mark.parametrize("text", ["[" * 100_000, '"x"', "5", "{}", '{"target": 1e999}'])
def test_what_is_no_plan_at_all_is_wrong_input(text: str) -> None:
    with pytest.raises(PortalError):
        read_plan(text, "plan.json")


def test_a_crafted_plan_cannot_add_what_the_files_do_not_ask_for(stage: Stage) -> None:
    planned = stage.plan()
    data = planned.plan.as_data()
    [guest] = [c for c in data["changes"] if c["kind"] == "guest" and c["key"] == DAN]
    guest["key"] = guest["fields"][0]["after"] = "evil@mail.example"
    with pytest.raises(PortalError):
        check_approved(read_plan(sealed(data), "plan.json"), stage.plan().plan)
