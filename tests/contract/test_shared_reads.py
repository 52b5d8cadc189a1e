"""What a plan asks for all trips at once: how many requests that saves, and that a look-up which fails holds the trips
that need it and no other. UNKNOWN is never taken for absent, and who must leave at once leaves all the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from sp_parent_portal.errors import AccessDenied, GatewayError
from sp_parent_portal.microsoft365.model import Answer
from sp_parent_portal.status import make_statuses
from tests.stage import Stage, not_done

SLUGS = tuple(f"trip-{number}" for number in range(1, 22))
ADDRESSES = "POST contoso-admin.sharepoint.com/_vti_bin/client.svc/ProcessQuery"
BATCH = "POST graph.microsoft.com/v1.0/$batch"
STATUS = "GET contoso.sharepoint.com/_api/SPSiteManager/status"
FORBIDDEN: dict[str, Any] = {"times": None, "reply": 403}


def furnish(folder: Path, made: int, new: int = 0) -> Stage:
    """A school with trips that have their sites, and trips that have none yet."""
    stage = Stage(folder)
    stage.furnish()
    for slug in SLUGS[: made + new]:
        stage.write_trip(slug, by="none", title=f"Trip {slug}")
    if made:
        assert not_done(stage.apply(*SLUGS[:made])) == []
    return stage


def asked(stage: Stage, *slugs: str) -> Counter[str]:
    """What a plan asks, by address; signing in left out."""
    begin = len(stage.wire.seen)
    stage.plan(*slugs)
    return Counter(each for each in stage.wire.seen[begin:] if "login" not in each)


def held(stage: Stage, *slugs: str) -> dict[str, str]:
    return {each.trip: each.reason for each in stage.plan(*slugs).plan.held if not each.subject}


# ---- how many requests -----------------------------------------------------------------------------------------------


def test_one_more_new_trip_costs_one_request(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 0, new=21)
    one, twenty, more = asked(stage, SLUGS[0]), asked(stage, *SLUGS[:20]), asked(stage, *SLUGS)
    assert twenty - one == Counter({STATUS: 19})
    assert more - twenty == Counter({STATUS: 1, ADDRESSES: 1, BATCH: 1}), "twenty go into one request"
    assert one.total() == 10
    assert one[BATCH] == 3, "groups, owners, and guardians who are no guests yet"


def test_one_more_trip_that_is_there_costs_only_what_its_site_is_asked(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 3)
    one, three = asked(stage, SLUGS[0]), asked(stage, *SLUGS[:3])
    of_sites = [each for each in three - one if "contoso.sharepoint.com/sites/" not in each]
    assert of_sites == []
    assert one[BATCH] == 2, "groups, and their members: nobody asks who owns a site that has the right owner"
    of_one = sum(number for each, number in one.items() if f"/sites/{SLUGS[0]}" in each)
    assert three.total() - one.total() == 2 * of_one


# ---- what fails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["GET /groups", "GET /groups/*/members"])
def test_one_look_up_that_fails_holds_one_trip(tmp_path: Path, on: str) -> None:
    stage = furnish(tmp_path, 2, new=1)
    stage.faults({"on": on, "nth": 1, "times": 1, "reply": 403})
    planned = stage.plan(*SLUGS[:3])
    assert [(each.trip, each.subject) for each in planned.plan.held] == [("trip-1", "")]
    assert "could not be read" in planned.plan.held[0].reason
    assert {change.trip for change in planned.plan.changes} == {"trip-3"}
    assert not_done(stage.carry_out(planned)) == []
    assert stage.plan(*SLUGS[:3]).plan.changes == ()


def test_a_group_that_cannot_be_looked_up_is_not_made_again(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 0, new=2)
    stage.faults({"on": "GET /groups", "nth": 2, "times": 1, "reply": 403})
    planned = stage.plan(*SLUGS[:2])
    assert {change.trip for change in planned.plan.changes} == {"trip-1"}


def test_owners_who_cannot_be_looked_up_hold_only_trips_that_need_theirs(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 1, new=2)
    stage.write_trip(SLUGS[2], by="none", title="Another owner's", owner="s.reed@school.example")
    # The owners' look-ups come in order of address, before anybody else's.
    stage.faults({"on": "GET /users", "nth": 1, "times": 1, "reply": 403})
    planned = stage.plan(*SLUGS[:3])
    whole = [each for each in planned.plan.held if not each.subject]
    assert [each.trip for each in whole if "could not be read" in each.reason] == ["trip-2"]
    assert "trip-1" not in {each.trip for each in planned.plan.held}


def test_one_address_that_cannot_be_looked_up_holds_one_trip(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 0, new=2)
    sharepoint = stage.gateway.sharepoint
    find = sharepoint.find_addresses

    def find_but_one(urls: list[str]) -> dict[str, Answer[Any]]:
        return {**find(urls), urls[0]: Answer(error=AccessDenied("look up the sites' addresses: no"))}

    with mock.patch.object(sharepoint, "find_addresses", find_but_one):
        planned = stage.plan(*SLUGS[:2])
    assert [each.trip for each in planned.plan.held] == ["trip-1"]
    assert {change.trip for change in planned.plan.changes} == {"trip-2"}


def test_a_shared_request_that_fails_holds_every_trip_of_it(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 0, new=21)
    stage.faults({"on": ADDRESSES, "nth": 2, "times": 1, "reply": 403})
    assert list(held(stage, *SLUGS)) == ["trip-21"]
    stage.faults({"on": ADDRESSES, **FORBIDDEN})
    with pytest.raises(GatewayError):
        stage.plan(*SLUGS)


def test_where_no_group_can_be_looked_up_nothing_is_planned(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 2)
    stage.write_exclusions(",P2,,block,,")
    stage.faults({"on": BATCH, **FORBIDDEN})
    with pytest.raises(GatewayError):
        stage.plan(*SLUGS[:2])


# ---- who must leave at once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [ADDRESSES, "GET /sites/*"])
def test_who_must_leave_leaves_though_no_site_can_be_read(tmp_path: Path, on: str) -> None:
    stage = furnish(tmp_path, 2)
    stage.write_exclusions(",P2,,block,,")
    stage.write_trip(SLUGS[0], by="none", title="Another title")
    stage.faults({"on": on, **FORBIDDEN})
    planned = stage.plan(*SLUGS[:2])
    assert [(change.trip, change.verb, change.kind, change.urgent) for change in planned.plan.changes] == [
        ("trip-1", "remove", "membership", True),
        ("trip-2", "remove", "membership", True),
    ]
    assert [(each.trip, each.subject) for each in planned.plan.held] == [("trip-1", ""), ("trip-2", "")]
    assert all("could not be read" in each.reason for each in planned.plan.held)
    assert make_statuses(planned) == (), "nothing is told of a trip that could not be read"
    assert not_done(stage.carry_out(planned)) == []
    with pytest.raises(GatewayError):
        stage.plan(*SLUGS[:2])
    stage.faults()
    left = stage.plan(*SLUGS[:2]).plan.changes
    assert {change.trip for change in left} == {"trip-1"}, "its new title"
    assert "membership" not in {change.kind for change in left}


def test_who_must_leave_a_trip_that_cannot_be_read_leaves_beside_others(tmp_path: Path) -> None:
    stage = furnish(tmp_path, 2, new=1)
    stage.write_exclusions(",P2,,block,,")
    stage.faults({"on": "GET /sites/trip-1/*", **FORBIDDEN})
    planned = stage.plan(*SLUGS[:3])
    urgent = [change.trip for change in planned.plan.changes if change.urgent]
    assert urgent == ["trip-1", "trip-2"]
    assert {change.trip for change in planned.plan.changes} == {"trip-1", "trip-2", "trip-3"}
    assert {change.kind for change in planned.plan.changes if change.trip == "trip-1"} == {"membership"}
    assert not_done(stage.carry_out(planned)) == []


def test_a_trip_that_cannot_be_read_is_not_half_closed(tmp_path: Path) -> None:
    from sp_parent_portal.closing import find_prunable, plan_end

    stage = furnish(tmp_path, 2)
    stage.write_exclusions(",P2,,block,,")
    stage.faults({"on": "GET /sites/trip-1/*", **FORBIDDEN})
    planned = plan_end(stage.plan(*SLUGS[:2]), stage.gateway, stage.portal.sites, reopen=False)
    assert {change.trip for change in planned.plan.changes} == {"trip-2"}
    assert [each.trip for each in planned.plan.held] == ["trip-1"]
    assert find_prunable(stage.gateway, stage.store, planned) == (), "they are still in the other trip"
