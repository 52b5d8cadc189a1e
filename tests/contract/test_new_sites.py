"""A site is waited for until it is there and complete, and closed before anything is put into it."""

from __future__ import annotations

import json

import pytest

from sp_parent_portal.runs.model import Outcome
from sp_parent_portal.sharing import Sharing
from tests.stage import GUARDIANS, SITE, Stage, not_done

STATUS = "GET /_api/SPSiteManager/status"


def of_site(outcomes: tuple[Outcome, ...]) -> tuple[str, str]:
    [outcome] = [each for each in outcomes if each.change.kind == "site"]
    assert {each.status.value for each in outcomes if each.change.kind != "site"} <= {"held", "done"}
    return outcome.status.value, outcome.detail


def assert_goes_on(stage: Stage) -> None:
    stage.restart()
    assert not_done(stage.apply()) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("late", ["status_polls", "complete_polls"])
def test_it_is_looked_at_until_it_is_there_and_complete(stage: Stage, late: str) -> None:
    stage.control("POST", "weather", {"provisioning": {"status_polls": 0, "complete_polls": 0, late: 4}})
    assert not_done(stage.apply()) == []
    assert len(stage.slept) >= 3
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("late", ["status_polls", "complete_polls"])
def test_one_that_takes_longer_is_left_to_the_next_run(stage: Stage, late: str) -> None:
    stage.control("POST", "weather", {"provisioning": {"status_polls": 0, "complete_polls": 0, late: 12}})
    told = of_site(stage.apply())
    assert told == ("unknown", "SharePoint is still building the site; run apply again in a few minutes")
    assert_goes_on(stage)


def test_one_that_could_not_be_built_is_said(stage: Stage) -> None:
    stage.control("POST", "weather", {"provisioning": {"status_polls": 99}})
    broken = {"SiteId": "", "SiteStatus": 3, "SiteUrl": SITE}
    stage.faults({"on": STATUS, "nth": 2, "times": 1, "reply": 200, "body": broken})
    status, detail = of_site(stage.apply())
    assert status == "unknown"
    assert "could not build the site" in detail


@pytest.mark.parametrize("level", [Sharing.ANYONE, Sharing.NEW_AND_EXISTING_GUESTS, Sharing.EXISTING_GUESTS])
def test_one_that_comes_up_open_is_closed_before_anything_is_put_into_it(stage: Stage, level: Sharing) -> None:
    real, seen = stage.gateway.sharepoint.look_at_new_site, list[str]()

    def open_it(url: str) -> object:
        found = real(url)
        if found[1] and not seen:
            seen.append(url)
            with stage.emulator.state.work() as db:
                [row] = db.execute("SELECT id, doc FROM sites WHERE url = ?", (SITE,)).fetchall()
                doc = {**json.loads(row["doc"]), "SiteDefinedSharingCapability": level.spo}
                db.execute("UPDATE sites SET doc = ? WHERE id = ?", (json.dumps(doc), row["id"]))
            return real(url)
        return found

    stage.gateway.sharepoint.look_at_new_site = open_it  # type: ignore[method-assign,assignment]  # somebody comes between
    begin = len(stage.wire.seen)
    assert not_done(stage.apply()) == []
    assert seen
    written = [each for each in stage.wire.seen[begin:] if "/sites('" in each or "lake-2027/" in each]
    assert "/sites('" in written[0], "closing is the first thing that is done to it"
