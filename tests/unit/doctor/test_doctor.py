"""The doctor: nothing missing is PASS, a read that failed is UNKNOWN, and each finding says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN, diagnose
from sp_parent_portal.errors import (
    AccessDenied,
    GatewayError,
    SettingsError,
    SignInFailed,
    Throttled,
    Unreachable,
)
from sp_parent_portal.settings import emulator_settings
from tests.unit.audit.tenant_on_emulator import Tenant
from tests.unit.doctor.clinic import NOW, Clinic


def test_where_all_is_well_everything_passes(clinic: Clinic) -> None:
    found = clinic.diagnose()
    bad = {finding for finding in found.values() if finding.result != PASS}
    # Only Linux tells what kind of disk a file is on; there it may be any kind.
    assert {finding.id for finding in bad} <= {"run-store-place", "private-files" if os.name == "nt" else ""}, bad
    assert all(not finding.remedy for finding in found.values() if finding.result == PASS)


def test_where_nothing_is_there_nothing_passes(clinic: Clinic) -> None:
    clinic.settings = clinic.portal = None
    clinic.store_url = ""
    clinic.more = {"wrong_settings": SettingsError("SPP_TARGET is not set", "set it")}
    found = clinic.diagnose()
    assert [finding.id for finding in found.values() if finding.result == PASS] == []
    assert (found["settings"].message, found["settings"].remedy) == ("SPP_TARGET is not set", "set it")
    assert {finding.id for finding in found.values() if finding.result == FAIL} == {"settings", "portal"}


def test_the_checks_are_always_the_same_ones(clinic: Clinic) -> None:
    names = list(clinic.diagnose())
    clinic.settings = clinic.portal = None
    assert list(clinic.diagnose()) == names


def test_every_finding_that_does_not_pass_says_what_to_do(clinic: Clinic) -> None:
    clinic.settings = clinic.portal = None
    clinic.store_url = ""
    for finding in clinic.diagnose().values():
        assert finding.remedy.endswith((".", ")")), finding


READS: dict[str, tuple[str, ...]] = {
    "get_organization": ("read-organization", "tenant-id", "verified-domains", "directory-quota"),
    "list_guests": ("read-users",),
    "get_authorization_policy": ("read-authorization-policy", "invitations", "guest-role"),
    "get_tenant_sharing of graph": ("read-sharepoint-settings", "sharing-agreement"),
    "get_tenant_sharing of sharepoint": ("read-admin-host", "sharing-agreement"),
    "list_sites": ("read-sites",),
    "find_mails": ("mailbox",),
    "list_external_users": ("licence-budget",),
}


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize(
    "error", [Throttled("busy"), AccessDenied("not permitted", status=403), SignInFailed("no token")]
)
def test_a_read_that_failed_passes_nothing(clinic: Clinic, call: str, error: GatewayError) -> None:
    clinic.facts.broken[call] = error
    found = clinic.diagnose()
    assert all(found[id].result != PASS for id in READS[call])
    for id in READS[call]:
        if found[id].result == UNKNOWN:
            assert error.message in found[id].message
    if not isinstance(error, AccessDenied):
        assert {found[id].result for id in READS[call]} == {UNKNOWN}


PERMISSIONS = {
    "get_organization": ("read-organization", "Organization.Read.All"),
    "list_guests": ("read-users", "User.Read.All"),
    "get_authorization_policy": ("read-authorization-policy", "Policy.Read.All"),
    "get_tenant_sharing of graph": ("read-sharepoint-settings", "SharePointTenantSettings.Read.All"),
    "get_tenant_sharing of sharepoint": ("read-admin-host", "Sites.FullControl.All"),
    "list_sites": ("read-sites", "Sites.Read.All"),
    "find_mails": ("mailbox", "Mail.ReadWrite"),
}


@pytest.mark.parametrize("call", PERMISSIONS)
def test_a_refused_read_names_the_permission(clinic: Clinic, call: str) -> None:
    id, permission = PERMISSIONS[call]
    clinic.facts.broken[call] = AccessDenied("no", status=403)
    finding = clinic.diagnose()[id]
    assert finding.result == FAIL
    assert permission in finding.remedy


def test_a_service_that_refuses_can_be_reached_and_one_that_does_not_answer_cannot(clinic: Clinic) -> None:
    clinic.facts.broken["get_organization"] = AccessDenied("no", status=403)
    assert clinic.diagnose()["graph-reachable"].result == PASS
    clinic.facts.broken["get_organization"] = Unreachable("no connection")
    assert clinic.diagnose()["graph-reachable"].result == FAIL
    clinic.facts.broken["get_organization"] = SignInFailed("no token")
    assert clinic.diagnose()["graph-reachable"].result == UNKNOWN


def test_a_rehearsal_passes_but_for_the_guest_role(clinic: Clinic) -> None:
    tenant = Tenant()
    tenant.open_sharing()
    findings = diagnose(
        emulator_settings(), clinic.portal, tenant.gateway, now=NOW, store_url=clinic.store_url, env_file=Path("no.env")
    )
    bad = {finding.id: finding.result for finding in findings if finding.result != PASS}
    bad.pop("run-store-place", None)  # only Linux tells what kind of disk a file is on
    assert bad == {"guest-role": FAIL}


def test_a_tenant_that_refuses_everything_is_no_healthy_one(clinic: Clinic) -> None:
    tenant = Tenant()
    tenant.client.set_faults([{"on": "* *", "nth": 1, "times": None, "reply": 403}])
    findings = diagnose(emulator_settings(), clinic.portal, tenant.gateway, now=NOW)
    passing = {finding.id for finding in findings if finding.result == PASS}
    assert not {id for ids in READS.values() for id in ids if id != "tenant-id"} & passing
