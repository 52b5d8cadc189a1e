"""What a site is beside what lies in it, against the emulator: kind, owner, hub, links, and lists for staff only."""

from __future__ import annotations

import uuid

import pytest

from sp_parent_portal.emulator.sharepoint.birth import create_site
from sp_parent_portal.errors import TripError
from sp_parent_portal.microsoft365.model import Site, SiteList
from sp_parent_portal.plan.applier import apply_plan
from sp_parent_portal.plan.model import Field, Risk
from sp_parent_portal.resources.drift import ByHand
from sp_parent_portal.runs.model import Outcome
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, SITE, Stage, not_done

STAFF = "Contacts"


pytestmark = pytest.mark.usefixtures("own_templates")


def declare(stage: Stage, line: str) -> None:
    path = stage.folder / "site_templates" / "school-trip" / "template.toml"
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


def site_of(stage: Stage) -> Site:
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    return site


def list_of(stage: Stage, title: str) -> SiteList:
    return next(each for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == title)


def assert_converged(stage: Stage) -> None:
    again = stage.plan()
    assert ([c.key for c in again.plan.changes], again.plan.held) == ([], ())


# ---- kind ------------------------------------------------------------------------------------------------------------


def test_a_communication_site_is_made_where_the_template_asks_for_one(stage: Stage) -> None:
    declare(stage, 'site = "communication"')
    assert not_done(stage.apply()) == []
    assert site_of(stage).template == "SITEPAGEPUBLISHING#0"
    assert all(stage.client.visit(email, SITE)["allowed"] for email in GUARDIANS)
    assert_converged(stage)


def test_a_site_stays_of_its_kind_and_that_is_said(stage: Stage) -> None:
    stage.apply()
    declare(stage, 'site = "communication"')
    planned = stage.plan()
    assert [(h.subject, h.reason.split(",")[0]) for h in planned.plan.held] == [("site", "the site was made as STS#3")]
    assert planned.plan.changes == ()


# ---- owner, links, hub -----------------------------------------------------------------------------------------------


def test_a_new_owner_in_the_file_owns_the_site(stage: Stage) -> None:
    stage.apply()
    stage.write_trip(owner="m.bell@school.example")
    changes = stage.plan().plan.changes
    # The pages name the owner too.
    assert {c.key for c in changes if c.kind == "site_page"} == {"lake-2027: page start", "lake-2027: page welcome"}
    others = [c.key for c in changes if c.kind != "site_page"]
    assert others == [f"{SITE} owner", "lake-2027: settings", SITE]
    assert not_done(stage.apply()) == []
    assert site_of(stage).owner == "m.bell@school.example"
    assert stage.gateway.sharepoint.get_web(SITE).access_requests_to == "m.bell@school.example"
    assert_converged(stage)


def test_a_new_owner_without_an_account_holds_the_trip(stage: Stage) -> None:
    stage.apply()
    stage.write_trip(owner="nobody@school.example")
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "has no account" in planned.plan.held[0].reason


def test_links_that_people_copy_let_nobody_in(stage: Stage) -> None:
    stage.apply()
    assert site_of(stage).links_to_existing
    switch(stage, "DefaultLinkToExistingAccess", "false")
    assert [c.kind for c in stage.plan().plan.changes] == ["site_opening"]
    assert not_done(stage.apply()) == []
    assert site_of(stage).links_to_existing
    assert_converged(stage)


def test_nobody_sees_who_has_liked_or_read_a_page(stage: Stage) -> None:
    stage.apply()
    assert site_of(stage).likes_off
    switch(stage, "SocialBarOnSitePagesDisabled", "false")
    [change] = stage.plan().plan.changes
    assert (change.kind, change.risk, change.fields[1:]) == (
        "site_opening", Risk.ROUTINE, (Field("likes", "on", "off"),)
    )  # fmt: skip
    assert not_done(stage.apply()) == []
    assert site_of(stage).likes_off
    assert_converged(stage)


def switch(stage: Stage, name: str, value: str) -> None:
    """Somebody does, in the admin centre or PowerShell."""
    with stage.emulator.state.work() as db:
        db.execute(f"UPDATE sites SET doc = json_set(doc, '$.{name}', json('{value}'))")


@pytest.mark.parametrize("by_address", [False, True])
def test_sites_join_the_hub_of_the_school(stage: Stage, by_address: bool) -> None:
    hub = create_site(stage.emulator, "https://contoso.sharepoint.com/sites/trips", "Trips", "j.okoro@school.example")
    hub.doc["HubSiteId"] = hub.id
    hub.store()
    named = hub.url if by_address else hub.id
    with (stage.folder / "portal.toml").open("a", encoding="utf-8") as portal:
        portal.write(f'[sites]\nhub = "{named}"\n')
    assert not_done(stage.apply()) == []
    assert site_of(stage).hub == hub.id
    assert_converged(stage)


def test_an_address_that_is_no_hub_is_refused(stage: Stage) -> None:
    with (stage.folder / "portal.toml").open("a", encoding="utf-8") as portal:
        portal.write('[sites]\nhub = "https://contoso.sharepoint.com/sites/nothing"\n')
    broken = stage.plan().broken
    assert broken is not None
    assert "is no hub site" in broken.message


def test_a_hub_that_is_no_id_and_no_address_is_a_mistake(stage: Stage) -> None:
    with (stage.folder / "portal.toml").open("a", encoding="utf-8") as portal:
        portal.write(f'[sites]\nhub = "{uuid.uuid4()}x"\n')
    with pytest.raises(TripError, match="hub"):
        stage.plan()


# ---- for staff only --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", [STAFF, "Photos"], ids=["a list", "a library"])
def test_a_list_for_staff_is_seen_by_owners_and_members_alone(stage: Stage, title: str) -> None:
    declare(stage, f'staff_only = ["{title}"]')
    assert not_done(stage.apply()) == []
    sharepoint = stage.gateway.sharepoint
    found, groups = list_of(stage, title), sharepoint.get_associated_groups(SITE)
    assert found.unique_permissions
    assert {each.principal.id for each in sharepoint.list_grants(SITE, found.id)} == {
        groups.owners.id,
        groups.members.id,
    }
    assert_converged(stage)


@pytest.mark.parametrize("by_hand", list(ByHand))
def test_somebody_let_into_it_goes_again_and_cannot_be_adopted(stage: Stage, by_hand: ByHand) -> None:
    declare(stage, f'staff_only = ["{STAFF}"]')
    stage.apply()
    sharepoint = rest_door(stage.gateway)
    found, visitors = list_of(stage, STAFF), sharepoint.get_associated_groups(SITE).visitors
    level = next(each for each in sharepoint.list_permission_levels(SITE) if each.name == "Parent read")
    sharepoint.add_grant(SITE, visitors.id, level.id, found.id)
    [change] = stage.plan(by_hand=by_hand).plan.changes
    assert (change.verb, change.key) == ("update", f"lake-2027: permission of list {STAFF}")
    assert not_done(stage.apply(by_hand=by_hand)) == []
    assert visitors.id not in {each.principal.id for each in sharepoint.list_grants(SITE, found.id)}
    assert_converged(stage)


def test_a_site_is_not_opened_while_a_list_for_staff_is_not_theirs_alone(stage: Stage) -> None:
    declare(stage, f'staff_only = ["{STAFF}"]')
    planned, sharepoint = stage.plan(), rest_door(stage.gateway)
    run = stage.store.begin_run("emulator", "", "test@nowhere:0", [])

    def let_everybody_in(outcome: Outcome) -> None:
        if outcome.change.kind == "site_marker":
            visitors = sharepoint.get_associated_groups(SITE).visitors
            read = next(each for each in sharepoint.list_permission_levels(SITE) if each.name == "Read")
            sharepoint.add_grant(SITE, visitors.id, read.id, list_of(stage, STAFF).id)

    outcomes = apply_plan(planned.plan, planned.tools, stage.store, run, lambda: 1.0, let_everybody_in)
    [opening] = [o for o in outcomes if o.change.kind == "site_opening"]
    assert (opening.status.value, opening.detail) == (
        "held",
        f"permission of list {STAFF}: seen by others as well (1) instead of owners and members",
    )
    assert not any(stage.control("POST", "visit", {"email": email, "site": SITE})["allowed"] for email in GUARDIANS)
    assert not_done(stage.apply()) == []
    assert_converged(stage)


def test_a_list_that_becomes_one_for_staff_and_cannot_be_closed_is_said(stage: Stage) -> None:
    stage.apply()
    declare(stage, f'staff_only = ["{STAFF}"]')
    stage.faults(
        {"on": "POST /sites/lake-2027/_api/Web/lists/*BreakRoleInheritance*", "nth": 1, "times": 1, "reply": 403}
    )
    outcomes = {o.change.key: o.status.value for o in stage.apply()}
    assert outcomes[f"lake-2027: permission of list {STAFF}"] == "failed"
    stage.faults()
    assert not_done(stage.apply()) == []
    groups = stage.gateway.sharepoint.get_associated_groups(SITE)
    grants = stage.gateway.sharepoint.list_grants(SITE, list_of(stage, STAFF).id)
    assert {each.principal.id for each in grants} == {groups.owners.id, groups.members.id}
    assert_converged(stage)


def test_a_list_for_staff_that_the_script_does_not_make_is_a_mistake(stage: Stage) -> None:
    declare(stage, 'staff_only = ["Secrets"]')
    planned = stage.plan()
    assert planned.broken is not None
    assert any("makes no list Secrets" in p.message for p in planned.broken.problems)
