"""A trip through its life, against the emulator: what comes in, goes out, is held, and is never touched."""

from __future__ import annotations

import json
import os
import stat
from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.emulator.sharepoint.birth import create_site
from sp_parent_portal.plan.model import Risk
from sp_parent_portal.runs.model import Status
from sp_parent_portal.sharing import Sharing
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, RELATIONSHIPS, SITE, USERS, Stage, not_done, statuses

ADA, DAN, NINA, TOM = GUARDIANS


def members(stage: Stage, slug: str = "lake-2027") -> list[str]:
    [group] = stage.gateway.graph.find_groups(f"trip-{slug}")
    return sorted(member.email for member in stage.gateway.graph.list_members(group.id))


def visit(stage: Stage, email: str) -> bool:
    return bool(stage.client.visit(email, SITE)["allowed"])


# ---- coming in -------------------------------------------------------------------------------------------------------


def test_guardians_reach_the_site_and_nobody_else_does(stage: Stage) -> None:
    stage.apply()
    assert all(visit(stage, email) for email in GUARDIANS)
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    stage.apply("zoo-2027")
    answer = stage.client.visit(DAN, SITE.replace("lake", "zoo"))
    assert answer["allowed"] is False


def test_one_guardian_that_cannot_be_invited_does_not_stop_the_others(stage: Stage) -> None:
    stage.faults({"on": "POST /invitations", "nth": 2, "times": 1, "reply": 400})
    outcomes = stage.apply()
    assert statuses(o for o in outcomes if o.change.kind == "guest") == {"done": 3, "failed": 1}
    assert statuses(o for o in outcomes if o.change.kind == "membership") == {"done": 3, "held": 1}
    assert statuses(o for o in outcomes if o.change.kind == "notice") == {"done": 3, "held": 1}
    assert len(stage.mails()) == 3
    assert not_done(stage.apply()) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)


def test_a_directory_that_blocks_invitations_is_not_asked_again(stage: Stage) -> None:
    blocked = {
        "error": {
            "code": "Forbidden",
            "message": "Invitations are blocked for this directory due to suspicious activity.",
        }
    }
    stage.faults({"on": "POST /invitations", "nth": 1, "times": 99, "reply": 403, "body": blocked})
    outcomes = stage.apply()
    assert statuses(o for o in outcomes if o.change.kind == "guest") == {"failed": 4}
    assert stage.mails() == []


def test_a_colleague_with_the_address_is_held_for_a_person_to_decide(stage: Stage) -> None:
    users = [(*user[:4], "j.okoro@other.example" if user[0] == "P3" else user[4]) for user in USERS]
    stage.write_contacts(users)
    from sp_parent_portal.emulator import directory

    assert directory is not None
    with stage.emulator.state.work() as db:
        owner = db.execute("SELECT id FROM users WHERE upn = 'j.okoro@school.example'").fetchone()
        db.execute("INSERT INTO user_addresses VALUES ('j.okoro@other.example', ?, 'otherMails')", (owner["id"],))
        db.execute(
            "UPDATE users SET doc = json_set(doc, '$.otherMails', json_array('j.okoro@other.example')) WHERE id = ?",
            (owner["id"],),
        )
    planned = stage.plan()
    assert [(h.subject, h.reason) for h in planned.plan.held] == [
        ("j.okoro@other.example", "the address belongs to an account of the school itself")
    ]
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == [DAN, NINA, TOM]


def test_an_address_of_the_schools_own_domain_that_nobody_has_is_held_not_invited(stage: Stage) -> None:
    own = "ada.okoro@contoso.onmicrosoft.com"
    stage.write_contacts([(*user[:4], own if user[0] == "P3" else user[4]) for user in USERS])
    planned = stage.plan()
    assert [(h.trip, h.subject, h.reason) for h in planned.plan.held] == [
        ("lake-2027", own, "the address is of the school's own domain, and no account has it")
    ]
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == [DAN, NINA, TOM]
    assert own not in [mail["to"] for mail in stage.mails()]


def test_while_the_schools_domains_cannot_be_read_nobody_new_is_invited(stage: Stage) -> None:
    stage.apply()
    stage.write_contacts(
        [*USERS, ("P8", "p8", "Zoe", "Bell", "zoe@mail.example")], [*RELATIONSHIPS, ("S4", "P8", "parent")]
    )
    stage.write_exclusions(",P4,,block,,")
    stage.faults({"on": "GET /organization", "nth": 1, "times": 9, "reply": 403})
    planned = stage.plan()
    assert [h.subject for h in planned.plan.held] == ["zoe@mail.example"]
    assert planned.plan.held[0].reason.startswith("it is UNKNOWN whether the address is the school's own")
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == [ADA, NINA, TOM]


# ---- going out -------------------------------------------------------------------------------------------------------


def test_an_exclusion_takes_somebody_out_at_once_and_keeps_them_out(stage: Stage) -> None:
    stage.apply()
    stage.write_exclusions(",P4,,block,,7/2027")
    planned = stage.plan()
    assert [(c.verb, c.kind, c.urgent, c.reason) for c in planned.plan.changes] == [
        ("remove", "membership", True, "exclusion")
    ]
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == [ADA, NINA, TOM]
    assert not visit(stage, DAN)
    assert stage.plan().plan.changes == ()


def test_somebody_excluded_for_one_child_is_kept_out_of_a_trip_with_two_of_theirs(stage: Stage) -> None:
    stage.write_exclusions("S1,P1,,block,,")
    stage.apply()
    assert members(stage) == [ADA, DAN, TOM]


def test_excluded_after_the_plan_was_made_is_found_before_each_write(stage: Stage) -> None:
    planned = stage.plan()
    stage.write_exclusions(f",,{DAN},block,,")
    outcomes = stage.carry_out(planned)
    mine = [o for o in outcomes if o.change.kind in ("guest", "membership", "notice") and DAN in o.change.key]
    assert [(o.change.kind, o.status) for o in mine] == [
        ("guest", Status.HELD),
        ("membership", Status.HELD),
        ("notice", Status.HELD),
    ]
    assert [mail["to"] for mail in stage.mails()] == [ADA, NINA, TOM]
    assert DAN not in [guest.email for guest in stage.gateway.graph.list_guests()]


def test_exclusions_that_cannot_be_read_any_more_hold_everybody(stage: Stage) -> None:
    planned = stage.plan()
    stage.write("exclusions.csv", "nonsense")
    stage.carry_out(planned)
    assert stage.mails() == []
    assert members(stage) == []


def test_no_exclusions_and_none_confirmed_invites_nobody(stage: Stage) -> None:
    portal = (stage.folder / "portal.toml").read_text(encoding="utf-8").replace('exclusions = "exclusions.csv"\n', "")
    stage.write("portal.toml", portal)
    planned = stage.plan()
    assert planned.desired["lake-2027"].guardians == ()
    assert {row.rule for row in planned.desired["lake-2027"].screened if row.email} == {"no-exclusions"}


def test_somebody_the_files_name_no_longer_goes_but_not_many_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.furnish()
    users = [("S1", "s1", "Ava", "Hale", "")]
    users += [(f"S{n}", f"s{n}", f"Child{n}", f"Family{n}", "") for n in range(2, 14)]
    users += [(f"P{n}", f"p{n}", f"Parent{n}", f"Family{n}", f"p{n}@mail.example") for n in range(2, 14)]
    stage.write_contacts(users, [(f"S{n}", f"P{n}", "parent") for n in range(2, 14)])
    students = [f"S{n}" for n in range(2, 14)]
    stage.write_trip(students=students)
    assert not_done(stage.apply()) == []
    stage.write_trip(students=students[:9])
    planned = stage.plan()
    assert [(c.verb, c.kind) for c in planned.plan.changes] == [("remove", "membership")] * 3
    stage.write_trip(students=students[:8])
    refused = stage.plan().plan
    assert refused.changes == ()
    assert "4 of 12 guardians would be removed" in refused.held[0].reason
    let = stage.plan(allowed=frozenset({Risk.REMOVES_ACCESS}))
    assert not_done(stage.carry_out(let)) == []
    assert len(members(stage)) == 8


def test_after_access_until_everybody_goes_and_the_site_is_closed(stage: Stage) -> None:
    stage.apply()
    assert stage.plan(today=date(2027, 6, 30)).plan.changes == ()
    outcomes = stage.apply(today=date(2027, 7, 1))
    assert not_done(outcomes) == []
    assert {(o.change.kind, o.change.urgent) for o in outcomes} == {("membership", True), ("site_opening", True)}
    assert members(stage) == []
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    assert site.sharing is Sharing.DISABLED
    assert not visit(stage, ADA)
    assert stage.plan(today=date(2027, 7, 1)).plan.changes == ()


# ---- a contact list that is not believed -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["shrunk", "empty", "broken"])
def test_a_bad_contact_list_removes_nobody_but_exclusions_still_count(stage: Stage, state: str) -> None:
    stage.apply()
    if state == "shrunk":
        stage.write_contacts(USERS, RELATIONSHIPS[:2])
    elif state == "empty":
        stage.write_contacts([], [])
    else:
        stage.write("sds/users.csv", "sourcedId,username\nS1,x\n")
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert [(held.trip, held.subject) for held in planned.plan.held] == [("lake-2027", "")]
    assert (planned.broken is not None) == (state != "shrunk")
    stage.write_exclusions(",P4,,block,,")
    outcomes = stage.carry_out(stage.plan())
    assert [(o.change.verb, o.change.urgent, o.status) for o in outcomes] == [("remove", True, Status.DONE)]
    assert members(stage) == [ADA, NINA, TOM]


def test_a_smaller_list_is_believed_when_somebody_says_so(stage: Stage) -> None:
    stage.apply()
    stage.write_contacts(USERS, [row for row in RELATIONSHIPS if row[1] != "P2"][:3])
    stage.write_trip(students=["S1", "S2", "S3"])
    assert stage.plan().plan.changes == ()
    planned = stage.plan(smaller=True)
    assert sorted(str(c.fields[0].before) for c in planned.plan.changes) == [DAN, TOM]
    stage.carry_out(planned)
    assert stage.plan().plan.held == ()


# ---- what is not ours ------------------------------------------------------------------------------------------------


def test_somebody_elses_site_is_never_touched(stage: Stage) -> None:
    create_site(stage.emulator, SITE, "Head's own", "j.okoro@school.example")
    before = stage.writes()
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "not made by this product" in planned.plan.held[0].reason
    assert stage.carry_out(planned) == ()
    assert stage.writes() == before


def test_somebody_elses_group_is_never_touched(stage: Stage) -> None:
    stage.gateway.graph.create_group("A club", "trip-lake-2027", "the rowing club")
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "that this product did not make" in planned.plan.held[0].reason


def test_people_added_to_the_trip_group_by_hand_are_taken_out(stage: Stage) -> None:
    stage.apply()
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    stage.apply("zoo-2027")
    [group] = stage.gateway.graph.find_groups("trip-zoo-2027")
    ids = {guest.email: guest.id for guest in stage.gateway.graph.list_guests()}
    stage.gateway.graph.add_members(group.id, [ids[DAN]])
    outcomes = stage.apply("zoo-2027")
    assert [(o.change.verb, o.change.kind, o.status.value) for o in outcomes] == [("remove", "membership", "done")]
    assert members(stage, "zoo-2027") == [ADA]


# ---- drift -----------------------------------------------------------------------------------------------------------


def test_a_site_that_somebody_opened_further_is_closed_at_once(stage: Stage) -> None:
    stage.apply()
    stage.write_portal(Sharing.ANYONE)
    stage.open_tenant()
    stage.gateway.sharepoint.set_site_sharing(SITE, Sharing.ANYONE)
    planned = stage.plan()
    assert [(c.kind, c.urgent, c.risk) for c in planned.plan.changes] == [("site_opening", True, Risk.REMOVES_ACCESS)]
    assert not_done(stage.carry_out(planned)) == []


def test_a_tenant_that_was_closed_again_holds_the_trip_and_is_not_opened_by_it(stage: Stage) -> None:
    stage.apply()
    stage.write_portal(Sharing.DISABLED)
    stage.open_tenant()
    stage.write_exclusions(",P4,,block,,")
    planned = stage.plan()
    assert [(c.verb, c.kind) for c in planned.plan.changes] == [("remove", "membership")]
    assert "share box would say" in planned.plan.held[0].reason
    stage.carry_out(planned)
    assert stage.gateway.graph.get_tenant_sharing().level is Sharing.DISABLED


def test_a_column_and_a_link_that_somebody_deleted_come_back(stage: Stage) -> None:
    stage.apply()
    sharepoint = rest_door(stage.gateway)
    nodes = len(sharepoint.list_navigation(SITE))
    with stage.emulator.state.work() as db:
        db.execute("DELETE FROM site_things WHERE title = 'Itinerary' AND kind LIKE 'nav%'")
        db.execute("DELETE FROM site_things WHERE kind LIKE 'field%' AND doc LIKE '%TripStart%'")
    planned = stage.plan()
    assert {c.key.split(": ")[-1] for c in planned.plan.changes} >= {"column Itinerary/TripStart"}
    assert not_done(stage.carry_out(planned)) == []
    assert stage.plan().plan.changes == ()
    assert len(sharepoint.list_navigation(SITE)) == nodes


# ---- notices ---------------------------------------------------------------------------------------------------------


def test_microsoft_sends_and_a_lost_answer_is_not_repeated(stage: Stage) -> None:
    stage.write_trip(by="microsoft")
    outcomes = stage.apply()
    assert not_done(outcomes) == []
    sent = stage.client.list_outbox()
    assert sorted(m["to"] for m in sent if m["kind"] == "invitation") == list(GUARDIANS)
    assert stage.plan().plan.changes == ()


def test_mail_merge_writes_a_private_file_and_sends_nothing(stage: Stage) -> None:
    stage.write_trip(by="none")
    assert not_done(stage.apply()) == []
    assert stage.client.list_outbox() == []
    [file] = list((stage.folder / "trips").rglob("*.mail-merge.csv"))
    text = file.read_text(encoding="utf-8-sig")
    assert all(email in text for email in GUARDIANS)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stage.plan().plan.changes == ()


def test_a_mailbox_that_cannot_be_read_holds_the_mails_and_nothing_else(stage: Stage) -> None:
    stage.faults({"on": "GET /users/trips@school.example/messages", "nth": 1, "times": 99, "reply": 403})
    planned = stage.plan()
    assert [held.subject for held in planned.plan.held] == ["notices"]
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == list(GUARDIANS)
    assert stage.mails() == []
    stage.faults()
    assert not_done(stage.apply()) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)


def test_a_mail_names_no_child_and_nobody_else(stage: Stage) -> None:
    stage.apply()
    for mail in stage.mails():
        others = [person for person in USERS if person[4] != mail["to"]]
        for _, _, given, _, email in others:
            assert given not in mail["html"]
            assert not email or email not in mail["html"]
        assert mail["redeem_url"] in (None, "")


# ---- wrong input -----------------------------------------------------------------------------------------------------


def test_an_unknown_student_is_named_with_its_line_and_nothing_is_written(stage: Stage) -> None:
    stage.write_trip(students=["S1", "S99"])
    before = stage.writes()
    planned = stage.plan()
    assert planned.broken is not None
    assert [(p.rule, p.line) for p in planned.broken.problems] == [("unknown-student", 3)]
    assert stage.carry_out(planned) == ()
    assert stage.writes() == before


def test_problems_of_all_trips_come_at_once(stage: Stage) -> None:
    stage.write_trip(students=["S98"])
    stage.write_trip("zoo-2027", ["S1", "S99"], title="Zoo")
    planned = stage.plan("lake-2027", "zoo-2027")
    assert planned.broken is not None
    told = [(Path(p.file).parent.name, p.rule, p.line) for p in planned.broken.problems]
    assert sorted(told) == [("lake-2027", "unknown-student", 2), ("zoo-2027", "unknown-student", 3)]


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        ("nobody@school.example", "has no account"),
        ("j.okoro@elsewhere.example", "has no account"),
        (ADA, "is from outside"),
    ],
)
def test_an_owner_who_cannot_own_a_site_holds_the_trip(stage: Stage, owner: str, why: str) -> None:
    if owner == ADA:
        stage.write_trip("zoo-2027", ["S3"], title="Zoo")
        stage.apply("zoo-2027")
    stage.write_trip(owner=owner)
    before = stage.writes()
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert why in planned.plan.held[0].reason
    assert stage.writes() == before


# ---- mistakes in the files do not keep anybody in --------------------------------------------------------------------


def test_a_mistake_in_one_trip_stops_what_is_new_but_not_what_must_go_in_the_others(stage: Stage) -> None:
    stage.write_trip("zoo-2027", ["S3", "S4"], title="Zoo")
    stage.apply("lake-2027", "zoo-2027")
    stage.write_trip(students=["S1", "S99"])
    stage.write_exclusions(",P4,,block,,")
    planned = stage.plan("lake-2027", "zoo-2027")
    assert planned.broken is not None
    assert [(p.rule, p.line) for p in planned.broken.problems] == [("unknown-student", 3)]
    outcomes = stage.carry_out(planned)
    assert [(o.change.trip, o.change.verb, o.status.value) for o in outcomes] == [
        ("lake-2027", "remove", "done"),
        ("zoo-2027", "remove", "done"),
    ]
    assert members(stage, "zoo-2027") == [ADA]
    assert members(stage) == [ADA, NINA, TOM]


def test_an_exclusion_of_somebody_who_left_the_list_is_a_mistake_that_keeps_nobody_in(stage: Stage) -> None:
    stage.apply()
    stage.write_exclusions(",P4,,block,,", ",P77,,block,,")
    planned = stage.plan()
    assert planned.broken is not None
    assert [(p.rule, p.line) for p in planned.broken.problems] == [("unknown-contact", 3)]
    stage.carry_out(planned)
    assert members(stage) == [ADA, NINA, TOM]
    assert stage.plan().plan.changes == ()


def test_a_template_that_cannot_be_filled_any_more_does_not_keep_anybody_in(stage: Stage) -> None:
    stage.apply()
    path = stage.folder / "trips" / "lake-2027" / "trip.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('emergency_phone = "+441632960100"', ""), encoding="utf-8")
    outcomes = stage.apply(today=date(2027, 7, 1))
    assert {(o.change.kind, o.change.urgent, o.status.value) for o in outcomes} == {
        ("membership", True, "done"),
        ("site_opening", True, "done"),
    }


def test_whoever_must_leave_is_not_in_the_next_mail_merge(stage: Stage) -> None:
    stage.write_trip(by="none")
    stage.apply()
    stage.write_exclusions(",P4,,block,,")
    stage.apply()
    [file] = list((stage.folder / "trips").rglob("*.mail-merge.csv"))
    text = file.read_text(encoding="utf-8-sig")
    assert DAN not in text
    assert all(email in text for email in (ADA, NINA, TOM))


def test_a_draft_that_somebody_addressed_to_more_people_is_not_sent(stage: Stage) -> None:
    stage.faults({"on": "POST /users/trips@school.example/messages/*/send", "nth": 1, "times": 1, "reply": 400})
    stage.apply()
    assert len(stage.mails()) == 3
    copy = [{"emailAddress": {"address": "somebody.else@mail.example"}}]
    with stage.emulator.state.work() as db:
        for row in db.execute("SELECT id, doc FROM mails").fetchall():
            doc = {**json.loads(row["doc"]), "ccRecipients": copy}
            db.execute("UPDATE mails SET doc = ? WHERE id = ?", (json.dumps(doc), row["id"]))
    outcomes = stage.apply()
    assert [(o.change.kind, o.status.value) for o in outcomes] == [("notice", "failed")]
    assert "somebody changed" in outcomes[0].detail
    assert len(stage.mails()) == 3


def test_a_draft_that_somebody_emptied_holds_up_nobody_elses_mail(stage: Stage) -> None:
    stage.faults({"on": "POST /users/trips@school.example/messages/*/send", "nth": 1, "times": 2, "reply": 400})
    stage.apply()
    with stage.emulator.state.work() as db:
        row = db.execute("SELECT id, doc FROM mails WHERE folder LIKE 'draft%' ORDER BY seq").fetchone()
        doc = {**json.loads(row["doc"]), "toRecipients": []}
        db.execute("UPDATE mails SET doc = ? WHERE id = ?", (json.dumps(doc), row["id"]))
    outcomes = stage.apply()
    assert sorted((o.change.kind, o.status.value) for o in outcomes) == [("notice", "done"), ("notice", "failed")]
    assert len(stage.mails()) == 3
