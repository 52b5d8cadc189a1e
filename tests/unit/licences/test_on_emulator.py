"""Counting against a tenant that answers as Microsoft 365 does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sp_parent_portal.licences.counters import count
from tests.unit.audit.tenant_on_emulator import Tenant

NAMES = [f"g{number}" for number in range(60)]
EXTERNAL_USERS = "POST /_api/*/GetExternalUsers"


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    """60 guests; 55 have accepted and been to a site: more than one page of external users."""
    tenant = Tenant()
    tenant.open_sharing()
    site = tenant.add_site("lake")
    ids = tenant.invite(*NAMES)
    group = tenant.add_group("trip-lake", [])
    for start in range(0, len(ids), 20):
        tenant.gateway.graph.add_members(group, ids[start : start + 20])
    tenant.let_visit(site, f"c:0t.c|tenant|{group}")
    for name in NAMES[:55]:
        visit = tenant.client.visit(f"{name}@home.example", site)
        assert visit["allowed"], visit
    return tenant


@pytest.fixture(autouse=True)
def _no_faults(tenant: Tenant) -> None:
    tenant.client.set_faults([])


def test_all_counters(tenant: Tenant) -> None:
    licences = count(tenant.gateway, 100, datetime.now(UTC))
    assert (licences.consumed, licences.complete) == (55, True)
    assert (licences.guests, licences.redeemed, licences.pending) == (60, 55, 5)
    assert licences.active_this_month == 55
    assert licences.objects is not None
    assert licences.quota is not None
    assert licences.unread == ()


@pytest.mark.parametrize(("page", "consumed"), [(1, None), (2, 50)])
def test_a_page_of_external_users_that_is_refused(tenant: Tenant, page: int, consumed: int | None) -> None:
    tenant.refuse(EXTERNAL_USERS, nth=page)
    licences = count(tenant.gateway, 100, datetime.now(UTC))
    assert (licences.consumed, licences.complete) == (consumed, False)
    assert licences.guests == 60


def test_guests_that_may_not_be_read_are_not_nought(tenant: Tenant) -> None:
    tenant.refuse("GET /users")
    licences = count(tenant.gateway, 100, datetime.now(UTC))
    assert (licences.guests, licences.redeemed, licences.pending, licences.active_this_month) == (None,) * 4
    assert licences.consumed == 55


def test_an_organisation_that_may_not_be_read_is_not_nought(tenant: Tenant) -> None:
    tenant.refuse("GET /organization")
    licences = count(tenant.gateway, 100, datetime.now(UTC))
    assert (licences.objects, licences.quota) == (None, None)


def test_a_tenant_without_premium_does_not_tell_who_was_active() -> None:
    tenant = Tenant()
    facts = tenant.emulator.state.get_fact("tenant")
    tenant.emulator.state.set_fact("tenant", {**facts, "premium": False})
    tenant.invite("ann")
    licences = count(tenant.gateway, 100, datetime.now(UTC))
    assert (licences.guests, licences.active_this_month) == (1, None)
    assert [what for what, _ in licences.unread] == ["guests active this month"]
