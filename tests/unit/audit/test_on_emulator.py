"""The audit against a tenant that answers as Microsoft 365 does."""

from __future__ import annotations

import pytest

from sp_parent_portal.audit.collect import collect_site
from sp_parent_portal.audit.reach import SHARING_OFF, reach
from sp_parent_portal.audit.who import audit_who
from sp_parent_portal.errors import AccessDenied, InputError
from sp_parent_portal.microsoft365.model import SiteList
from sp_parent_portal.sharing import Sharing
from tests.rest_door import rest_door
from tests.unit.audit.tenant_on_emulator import LEVELS, OWNER, SITES, Tenant, group_claim


@pytest.fixture
def tenant() -> Tenant:
    tenant = Tenant()
    tenant.open_sharing()
    return tenant


@pytest.fixture
def lake(tenant: Tenant) -> str:
    """A trip's site with Ann in the trip group."""
    url = tenant.add_site("lake")
    group = tenant.add_group("trip-lake", tenant.invite("ann"), "Trip Lake")
    tenant.let_visit(url, group_claim(group))
    return url


def rows(tenant: Tenant, url: str) -> dict[str, tuple[str, tuple[tuple[str, ...], ...]]]:
    return {row.principal: (row.level, row.paths) for row in reach(collect_site(tenant.gateway, url))}


def test_a_guardian_comes_through_the_trip_group(tenant: Tenant, lake: str) -> None:
    assert rows(tenant, lake) == {
        "Ann": ("Read", (("Lake Visitors", "trip group Trip Lake", "Read"),)),
        "Joy Okoro": ("Full Control", (("Lake Owners", "Full Control"), ("site administrators", "Full Control"))),
    }


def test_what_the_emulator_lets_a_guest_see_is_what_the_audit_says(tenant: Tenant, lake: str) -> None:
    tenant.invite("bob")
    for name in ("ann", "bob"):
        tenant.client.redeem(f"{name}@home.example")
        visit = tenant.client.visit(f"{name}@home.example", lake)
        said = [row for row in audit_who(tenant.gateway, f"{name}@home.example") if row.site == lake]
        assert bool(said) is bool(visit["allowed"]), visit


def test_groups_in_groups_are_followed_and_cycles_end(tenant: Tenant, lake: str) -> None:
    outer = tenant.add_group("year-8", [])
    inner = tenant.add_group("form-8a", tenant.invite("bob"))
    for parent, child in ((outer, inner), (inner, outer)):
        (answer,) = tenant.gateway.graph.add_members(parent, [child])
        assert answer.error is None
    tenant.let_visit(lake, group_claim(outer), "members")
    assert rows(tenant, lake)["Bob"] == ("Edit", (("Lake Members", "group year-8", "group form-8a", "Edit"),))


def test_a_list_with_permissions_of_its_own_is_found(tenant: Tenant, lake: str) -> None:
    sharepoint = rest_door(tenant.gateway)
    made: SiteList = sharepoint.create_list(lake, "Consent forms", 100)
    sharepoint.break_inheritance(lake, made.id)
    visitors = sharepoint.get_associated_groups(lake).visitors
    sharepoint.add_grant(lake, visitors.id, LEVELS["Contribute"], made.id)
    level, paths = rows(tenant, lake)["Ann"]
    assert level == "Contribute"
    assert ("list Consent forms", "Lake Visitors", "trip group Trip Lake", "Contribute") in paths


@pytest.mark.parametrize(("claim", "guest"), [("c:0(.s|true", True), ("c:0-.f|rolemanager|spo-grid-all-users/", False)])
def test_everyone_is_told(tenant: Tenant, lake: str, claim: str, guest: bool) -> None:
    full = claim + tenant.gateway.graph.get_organization().id if claim.endswith("/") else claim
    tenant.let_visit(lake, full)
    (row,) = (row for row in reach(collect_site(tenant.gateway, lake)) if row.kind == "everyone")
    assert (row.guest, row.level) == (guest, "Read")
    tenant.invite("bob")
    assert bool([r for r in audit_who(tenant.gateway, "bob@home.example") if r.site == lake]) is guest


def test_switching_sharing_off_blocks_and_removes_nobody(tenant: Tenant, lake: str) -> None:
    tenant.gateway.sharepoint.set_site_sharing(lake, Sharing.DISABLED)
    level, paths = rows(tenant, lake)["Ann"]
    assert level == "Read"
    assert paths[0][-1] == SHARING_OFF


def test_a_removed_guardian_is_gone(tenant: Tenant, lake: str) -> None:
    (group,) = tenant.gateway.graph.find_groups("trip-lake")
    (ann,) = tenant.gateway.graph.find_users(["ann@home.example"])["ann@home.example"]
    tenant.gateway.graph.remove_members(group.id, [ann.id])
    assert "Ann" not in rows(tenant, lake)
    assert audit_who(tenant.gateway, "ann@home.example") == ()


def test_a_deleted_group_is_unknown_not_empty(tenant: Tenant, lake: str) -> None:
    (group,) = tenant.gateway.graph.find_groups("trip-lake")
    tenant.gateway.graph.delete_group(group.id)
    found = rows(tenant, lake)
    assert found["UNKNOWN"][1][0][0] == "members of the group Trip Lake"
    assert found["Trip Lake"][0] == "Read"


READS = (
    ("POST /_api/Microsoft.Online.SharePoint.TenantAdministration.Tenant/GetSitePropertiesByUrl", "external sharing"),
    ("GET /_api/web/siteusers", "site administrators"),
    ("GET /_api/web/sitegroups", "groups of the site"),
    ("GET /_api/web/roleassignments", "permissions of the site"),
    ("GET /_api/web/lists", "lists of the site"),
    ("GET /groups/*/members", "members of the group"),
)


@pytest.mark.parametrize(("call", "what"), READS)
def test_every_read_that_is_refused_is_unknown(tenant: Tenant, lake: str, call: str, what: str) -> None:
    tenant.refuse(call)
    snapshot = collect_site(tenant.gateway, lake)
    assert [each.what[: len(what)] for each in snapshot.unread] == [what]
    assert "AccessDenied" in snapshot.unread[0].why
    who = audit_who(tenant.gateway, "ann@home.example")
    assert "UNKNOWN" in {row.level for row in who if row.site == lake}


def test_no_address_is_told_in_a_reason(tenant: Tenant, lake: str) -> None:
    for call, _ in READS:
        tenant.refuse(call)
        for each in collect_site(tenant.gateway, lake).unread:
            assert "@" not in each.why


def test_a_site_that_is_not_there_is_wrong_input(tenant: Tenant) -> None:
    with pytest.raises(InputError, match="no site at"):
        collect_site(tenant.gateway, SITES + "nowhere")


def test_who_looks_at_every_site(tenant: Tenant, lake: str) -> None:
    peak = tenant.add_site("peak")
    (ann,) = tenant.gateway.graph.find_users(["ann@home.example"])["ann@home.example"]
    tenant.let_visit(peak, f"i:0#.f|membership|{ann.upn.lower()}", "members")
    found = audit_who(tenant.gateway, "Ann@Home.example")
    assert {row.site: row.level for row in found} == {lake: "Read", peak: "Edit"}
    assert {row.site for row in audit_who(tenant.gateway, OWNER)} >= {lake, peak}


def test_who_needs_the_list_of_sites(tenant: Tenant) -> None:
    tenant.refuse("GET /sites/getAllSites")
    with pytest.raises(AccessDenied):
        audit_who(tenant.gateway, "ann@home.example")
