"""What a contact list that changed means for a trip, and what is remembered of a list where the run store was lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sp_parent_portal.contact_changes import describe_since_sync
from sp_parent_portal.contact_shelf import find_baseline, open_shelf
from sp_parent_portal.contact_sync import Synced, Wanted, sync_contacts
from sp_parent_portal.plan.model import Change
from sp_parent_portal.planning import Planned
from tests.stage import RELATIONSHIPS, USERS, Stage, not_done

ADA, DAN, NINA, TOM = (
    "ada.okoro@post.example",
    "dan.bell@mail.example",
    "nina.hale@mail.example",
    "tom.hale@mail.example",
)


def sync(stage: Stage) -> Synced:
    shelf = open_shelf(stage.gateway.target, stage.portal)
    wanted = Wanted(stage.portal.contacts.source)
    return sync_contacts(shelf, wanted, find_baseline(stage.store, shelf), datetime.now(UTC))


def reasons(planned: Planned) -> dict[str, str]:
    return {f"{each.verb} {each.key}": each.reason for each in memberships(planned)}


def memberships(planned: Planned) -> list[Change]:
    return [change for change in planned.plan.changes if change.kind == "membership"]


def moved(user: tuple[str, ...], email: str) -> tuple[str, ...]:
    return (*user[:4], email)


def lose_the_run_store(stage: Stage) -> None:
    stage.store.engine.dispose()
    for path in stage.folder.glob("runs.sqlite*"):
        path.unlink()
    stage.restart()


def test_the_plan_says_what_a_changed_list_means_for_each_trip(stage: Stage) -> None:
    stage.write_trip("hills-2027", students=("S4",))
    both = ("lake-2027", "hills-2027")
    assert not_done(stage.apply(*both)) == []
    assert sync(stage).kept
    users = [moved(user, "tom@post.example") if user[0] == "P2" else user for user in USERS]
    related = [(s, c, "relative" if c == "P3" else role) for s, c, role in RELATIONSHIPS]
    related = [(s, "P5", role) if c == "P4" else (s, c, role) for s, c, role in related][:-1]
    users = [moved(user, "eve.bell@mail.example") if user[0] == "P5" else user for user in users]
    stage.write_contacts([user for user in users if user[0] != "P4"], related)
    synced = sync(stage)
    assert synced.kept
    assert {each.what for each in synced.changes} == {"removed", "new-address", "role-changed"}
    assert reasons(stage.plan(*both)) == {
        f"remove {TOM} in lake-2027": "has a new address in the contact list",
        "create tom@post.example in lake-2027": "guardian of the trip under a new address",
        f"remove {ADA} in lake-2027": "the role is now relative",
        f"remove {DAN} in lake-2027": "no longer in the contact list",
        "create eve.bell@mail.example in lake-2027": "guardian of the trip",
        f"remove {DAN} in hills-2027": "no longer in the contact list",
        "create eve.bell@mail.example in hills-2027": "guardian of the trip",
    }
    assert not_done(stage.apply(*both)) == []
    assert stage.plan(*both).plan.changes == ()


def test_a_plan_notices_that_the_list_is_not_the_one_that_was_synced(stage: Stage) -> None:
    shelf = open_shelf(stage.gateway.target, stage.portal)
    assert describe_since_sync(shelf, stage.plan().school, stage.trips()) == ()
    sync(stage)
    assert describe_since_sync(shelf, stage.plan().school, stage.trips()) == ()
    stage.write_contacts([moved(user, "tom@post.example") if user[0] == "P2" else user for user in USERS])
    first, second = describe_since_sync(shelf, stage.plan().school, stage.trips())
    assert first.endswith("1 contact new-address")
    assert second == "  lake-2027: 1 contact new-address"
    stage.write_contacts(reversed(USERS), reversed(RELATIONSHIPS))
    assert describe_since_sync(shelf, stage.plan().school, stage.trips()) == (), "only the order of lines is another"


# ---- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["shrunk", "empty"])
def test_a_list_that_sync_refuses_removes_nobody_but_exclusions_still_count(stage: Stage, state: str) -> None:
    assert not_done(stage.apply()) == []
    kept = sync(stage).kept
    assert kept
    if state == "shrunk":
        stage.write_contacts(USERS, RELATIONSHIPS[:2])
    else:
        stage.write_contacts([], [])
    refused = sync(stage)
    assert (refused.kept, bool(refused.refused)) == (None, True)
    assert open_shelf(stage.gateway.target, stage.portal).find() == (kept,)
    assert stage.plan().plan.changes == ()
    stage.write_exclusions(",P4,,block,,")
    assert reasons(stage.plan()) == {f"remove {DAN} in lake-2027": "exclusion"}


def test_sync_refuses_a_smaller_first_list_by_what_was_applied(stage: Stage) -> None:
    stage.apply()
    stage.write_contacts(USERS, RELATIONSHIPS[:2])
    assert "2 relationships; the one accepted last had 6" in sync(stage).refused


def test_exclusions_that_went_away_are_no_sync(stage: Stage) -> None:
    stage.write_exclusions(",P4,,block,,", ",P2,,block,,")
    assert sync(stage).kept
    stage.write_exclusions()
    assert "0 exclusions" in sync(stage).refused


# ---- the run store is lost -------------------------------------------------------------------------------------------


def test_without_the_run_store_exclusions_that_were_emptied_let_nobody_in(stage: Stage) -> None:
    stage.write_exclusions(",P4,,block,,", ",P2,,block,,")
    sync(stage)
    stage.apply()
    lose_the_run_store(stage)
    stage.write_exclusions()
    planned = stage.plan()
    assert [held.reason.split(";")[0] for held in planned.plan.held] == ["The school's files hold 0 exclusions"]
    assert memberships(planned) == []
    assert sorted(c.key for c in memberships(stage.plan(smaller=True))) == [
        f"{DAN} in lake-2027",
        f"{TOM} in lake-2027",
    ]


def test_without_the_run_store_a_list_that_shrank_removes_nobody(stage: Stage) -> None:
    sync(stage)
    stage.apply()
    lose_the_run_store(stage)
    stage.write_contacts(USERS, RELATIONSHIPS[:2])
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "2 relationships; the one accepted last had 6" in planned.plan.held[0].reason


def test_without_either_memory_nobody_can_tell(stage: Stage) -> None:
    """A kept list that cannot be read is not "there was none": nothing is inferred, what is urgent still happens."""
    kept = sync(stage).kept
    assert kept
    stage.apply()
    kept.path.write_bytes(b"?")
    assert stage.plan().plan.held == (), "the run store knows"
    lose_the_run_store(stage)
    stage.write_exclusions(",P4,,block,,")
    planned = stage.plan()
    assert "cannot be used" in planned.plan.held[0].reason
    assert reasons(planned) == {f"remove {DAN} in lake-2027": "exclusion"}


def test_the_newer_memory_counts(stage: Stage) -> None:
    """A smaller list that somebody let through on either way is the one that the next is compared with."""
    sync(stage)
    stage.write_contacts(USERS, RELATIONSHIPS[:4])
    stage.write_trip(students=("S1", "S2", "S3"))
    assert stage.plan().plan.held != ()
    stage.carry_out(stage.plan(smaller=True))
    assert stage.plan().plan.held == ()
    assert sync(stage).kept
