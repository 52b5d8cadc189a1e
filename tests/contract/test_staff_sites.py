"""The second site of a trip, for its staff alone, against the emulator: never open, no guests, no group."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sp_parent_portal.applying import Act, Asked, Ready, apply_ready
from sp_parent_portal.closing import plan_end
from sp_parent_portal.emulator.sharepoint import tenant_properties
from sp_parent_portal.errors import TripError
from sp_parent_portal.plan.model import Risk
from sp_parent_portal.saved_plan import load_plan, save_plan
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.status import make_statuses
from sp_parent_portal.templates import load_template
from sp_parent_portal.trips import load_trip
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, SITE, Killed, Stage, not_done

STAFF_SITE = f"{SITE}-staff"
SCRIPT = {
    "actions": [
        {
            "verb": "createSPList",
            "listName": "Medical and dietary",
            "templateType": 100,
            "subactions": [{"verb": "setDescription", "description": "Of pupils on {{ trip.title }}"}],
        },
        {"verb": "addNavLink", "displayName": "Medical", "url": "/Lists/Medical and dietary", "isWebRelative": True},
    ]
}


@pytest.fixture
def stage(own_templates: Path, stage: Stage) -> Stage:
    with (own_templates / "school-trip" / "template.toml").open("a", encoding="utf-8") as file:
        file.write('\n[staff_site]\nsite_description = "For the staff of {{ trip.title }}"\n')
    (own_templates / "school-trip" / "staff-script.json").write_text(json.dumps(SCRIPT), encoding="utf-8")
    return stage


def may_enter(stage: Stage) -> list[str]:
    return [e for e in GUARDIANS if stage.client.visit(e, STAFF_SITE)["allowed"]]


def test_it_is_made_beside_the_trips_site_and_nobody_from_outside_reaches_it(stage: Stage) -> None:
    assert not_done(stage.apply()) == []
    sharepoint = stage.gateway.sharepoint
    site = sharepoint.find_site(STAFF_SITE)
    assert site is not None
    assert (site.sharing, site.title) == (Sharing.DISABLED, "Lake District 2027 (staff)")
    assert "Medical and dietary" in {each.title for each in sharepoint.list_lists(STAFF_SITE)}
    assert sharepoint.get_web(STAFF_SITE).description == "For the staff of Lake District 2027"
    assert sharepoint.get_associated_groups(STAFF_SITE).visitors.members == ()
    assert stage.gateway.graph.find_groups("trip-lake-2027-staff") == ()
    assert may_enter(stage) == []
    assert "Medical and dietary" not in {each.title for each in sharepoint.list_lists(SITE)}
    assert STAFF_SITE not in str(stage.mails())
    again = stage.plan()
    assert ([c.key for c in again.plan.changes], again.plan.held) == ([], ())
    assert [status.trip for status in make_statuses(again)] == ["lake-2027"]


def test_no_list_is_made_before_sharing_reads_disabled(stage: Stage) -> None:
    kinds = [(o.change.trip, o.change.kind) for o in stage.apply()]
    of_staff = [kind for trip, kind in kinds if trip == "lake-2027-staff"]
    assert of_staff[0] == "site"
    assert set(of_staff) == {"site", "site_content", "site_marker"}


def test_somebody_who_opens_it_finds_it_closed_again_at_once(stage: Stage) -> None:
    stage.apply()
    stage.gateway.sharepoint.set_site_sharing(STAFF_SITE, Sharing.EXISTING_GUESTS)
    planned = stage.plan()
    assert [(c.trip, c.kind, c.urgent) for c in planned.plan.changes] == [("lake-2027-staff", "site_opening", True)]
    assert not_done(stage.carry_out(planned)) == []
    site = stage.gateway.sharepoint.find_site(STAFF_SITE)
    assert site is not None
    assert site.sharing is Sharing.DISABLED


@pytest.mark.parametrize("share", [0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
def test_crash_anywhere_and_the_next_run_finishes_it(stage: Stage, tmp_path: Path, share: float) -> None:
    (tmp_path / "whole").mkdir()
    whole = Stage(tmp_path / "whole")
    whole.furnish()
    begin = len(whole.wire.seen)
    whole.apply()
    stage.wire.kill_at = len(stage.wire.seen) + int(share * (len(whole.wire.seen) - begin))
    stage.wire.after_work = True
    with pytest.raises(Killed):
        stage.apply()
    stage.restart()
    stage.apply()
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()
    assert may_enter(stage) == []


def test_it_ends_with_the_trip(stage: Stage) -> None:
    stage.apply()
    planned = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=False)
    asked = Asked(stage.folder / "portal.toml", (), act=Act.CLOSE)
    applied = apply_ready(Ready(planned.plan, ()), planned, stage.store, asked, lambda _outcome: None)
    assert not_done(applied.outcomes) == []
    site = stage.gateway.sharepoint.find_site(STAFF_SITE)
    assert site is not None
    assert site.lock == "ReadOnly"


def test_it_goes_into_the_archive_with_the_trip_and_comes_back_with_it(stage: Stage) -> None:
    path = stage.folder / "portal.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[sites]\nwhen_closed = "archived"\n', encoding="utf-8")
    tenant_properties.change(stage.emulator.state, {"EnableSiteArchive": True})
    stage.apply()
    for reopen, status in ((False, "RecentlyArchived"), (True, "NotArchived")):
        planned = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=reopen)
        asked = Asked(path, (), act=Act.REOPEN if reopen else Act.CLOSE)
        applied = apply_ready(Ready(planned.plan, ()), planned, stage.store, asked, lambda _outcome: None)
        assert not_done(applied.outcomes) == []
        for url in (SITE, STAFF_SITE):
            site = stage.gateway.sharepoint.find_site(url)
            assert site is not None
            assert site.archive == status
        assert stage.plan().plan.held == ()
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()
    assert may_enter(stage) == []


def test_a_saved_plan_names_the_trip_and_not_its_staff_site(stage: Stage) -> None:
    planned = stage.plan(allowed=frozenset({Risk.OPENS_ACCESS}))
    save_plan(stage.folder / "plan.json", planned.plan, stage.portal, stage.trips())
    saved = load_plan(stage.folder / "plan.json")
    assert saved.slugs == ("lake-2027",)
    assert saved.trips == (stage.folder / "trips" / "lake-2027" / "trip.toml",)


def test_no_trip_may_be_called_like_a_staff_site(stage: Stage) -> None:
    stage.write_trip("lake-2027-staff")
    with pytest.raises(TripError) as caught:
        stage.trips("lake-2027-staff")
    assert "the staff's own sites" in caught.value.problems[0].message


def test_mistakes_in_its_script_are_found_with_the_others(stage: Stage) -> None:
    script = stage.folder / "site_templates" / "school-trip" / "staff-script.json"
    script.write_text('{"actions": [{"verb": "setSiteExternalSharingCapability", "capability": "Disabled"}]}')
    planned = stage.plan()
    assert planned.broken is not None
    assert any("staff-script.json" in problem.file for problem in planned.broken.problems)


def test_the_gallerys_residential_leads_staff_to_it_and_nobody_else(tmp_path: Path) -> None:
    """In a list that families do not see; back again by a link of the staff's site."""
    template = load_template("residential")
    text = (template.folder / "example" / "trip.toml").read_text(encoding="utf-8")
    slug = load_trip(template.folder / "example" / "trip.toml").slug
    stage = Stage(tmp_path)
    stage.furnish()
    stage.write(f"trips/{slug}/trip.toml", text)
    stage.write(f"trips/{slug}/students.csv", "student_id\nS1\n")
    planned = stage.plan(slug)
    assert not_done(stage.carry_out(planned)) == []
    sharepoint, url = rest_door(stage.gateway), f"{SITE.rpartition('/')[0]}/{slug}"
    [pointer] = [each for each in sharepoint.list_lists(url) if f"/sites/{slug}-staff" in each.description]
    assert pointer.title == "For staff"
    groups = sharepoint.get_associated_groups(url)
    seen_by = {grant.principal.id for grant in sharepoint.list_grants(url, pointer.id)}
    assert seen_by == {groups.owners.id, groups.members.id}
    told = [node.url for node in sharepoint.list_navigation(url)] + [
        node.title for node in sharepoint.list_navigation(url)
    ]
    assert "staff" not in " ".join(told).lower().replace("staff and emergency contacts", "")
    assert f"/sites/{slug}" in [node.url for node in sharepoint.list_navigation(f"{url}-staff")]
    [status] = make_statuses(stage.plan(slug))
    assert status.staff_site == f"{url}-staff"


def test_a_staff_site_that_cannot_be_read_is_unknown_and_not_missing(stage: Stage) -> None:
    assert not_done(stage.apply()) == []
    stage.faults({"on": "GET /sites/lake-2027-staff/_api/*", "times": None, "reply": 403})
    [status] = make_statuses(stage.plan())
    assert (status.site, status.staff_site) == (SITE, "UNKNOWN")
