"""The posture of the tenant, one setting at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN
from sp_parent_portal.errors import (
    NotFound,
    Throttled,
)
from sp_parent_portal.microsoft365.model import AuthorizationPolicy, ExternalUser, TenantSharing
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.trips import SitesSection, TenantSection
from tests.unit.doctor.clinic import Clinic


@pytest.mark.parametrize("have", Sharing)
@pytest.mark.parametrize("want", Sharing)
def test_the_tenant_must_be_at_least_as_open_as_wanted(clinic: Clinic, have: Sharing, want: Sharing) -> None:
    clinic.facts.sharing = TenantSharing(have, False)
    clinic.set_portal(tenant=TenantSection.model_construct(sharing=want))
    expected = FAIL if have.openness < want.openness else PASS
    assert clinic.diagnose()["tenant-sharing"].result == expected


def test_graph_and_sharepoint_must_agree(clinic: Clinic) -> None:
    clinic.facts.sharepoint_sharing = TenantSharing(Sharing.ANYONE, True)
    finding = clinic.diagnose()["sharing-agreement"]
    assert finding.result == FAIL
    assert "level, guests_may_reshare" in finding.message


@pytest.mark.parametrize(("enabled", "result"), [(True, PASS), (False, FAIL)])
def test_a_school_that_archives_needs_the_archive(clinic: Clinic, enabled: bool, result: str) -> None:
    clinic.facts.archive = enabled
    assert "site-archive" not in clinic.diagnose()
    clinic.set_portal(sites=SitesSection(when_closed="archived"))
    finding = clinic.diagnose()["site-archive"]
    assert (finding.result, "Org settings" in finding.remedy) == (result, not enabled)
    clinic.facts.broken["is_archive_enabled"] = Throttled("busy")
    assert clinic.diagnose()["site-archive"].result == UNKNOWN


@pytest.mark.parametrize(
    ("setting", "sign_in", "result"),
    [
        ("everyone", "certificate", PASS),
        ("adminsGuestInvitersAndAllMembers", "certificate", PASS),
        ("adminsAndGuestInviters", "certificate", FAIL),
        ("adminsAndGuestInviters", "device", UNKNOWN),
        ("none", "certificate", FAIL),
        ("none", "device", FAIL),
        ("somethingNew", "certificate", UNKNOWN),
    ],
)
def test_the_directory_must_let_the_application_invite(clinic: Clinic, setting: str, sign_in: str, result: str) -> None:
    clinic.facts.policy = replace(clinic.facts.policy, allow_invites_from=setting)
    clinic.set(sign_in=sign_in)
    assert clinic.diagnose()["invitations"].result == result


@pytest.mark.parametrize(
    ("accept", "result"),
    [
        ({}, FAIL),
        ({"guest_role": "J. Okoro, 2027-03-01"}, PASS),
        ({"guest_role": ""}, FAIL),
        ({"guest_role": True}, FAIL),
        ({"guest_role": "J. Okoro"}, FAIL),
        ({"one_application": "J. Okoro, 2027-03-01"}, FAIL),
    ],
)
def test_an_open_guest_role_must_be_accepted_by_name_and_date(
    clinic: Clinic, accept: dict[str, Any], result: str
) -> None:
    clinic.facts.policy = AuthorizationPolicy("everyone", "10dae51f-b6af-4016-8d66-8c2a99b929b3")
    clinic.set_portal(accept=accept)
    finding = clinic.diagnose()["guest-role"]
    assert finding.result == result
    if result == PASS:
        assert "J. Okoro, 2027-03-01" in finding.message


@pytest.mark.parametrize(
    ("domains", "result"),
    [
        (("school.example", "contoso.onmicrosoft.com"), PASS),
        (("school.example", "staff.school.example"), PASS),
        (("school.example", "otherschool.example"), FAIL),
        (("notschool.example",), FAIL),
    ],
)
def test_every_domain_of_the_tenant_must_be_internal(clinic: Clinic, domains: tuple[str, ...], result: str) -> None:
    clinic.facts.organization = replace(clinic.facts.organization, verified_domains=domains)
    assert clinic.diagnose()["verified-domains"].result == result


def test_another_tenant_than_the_pinned_one_is_told(clinic: Clinic) -> None:
    clinic.facts.organization = replace(clinic.facts.organization, id="99999999-2222-3333-4444-555555555555")
    assert clinic.diagnose()["tenant-id"].result == FAIL


@pytest.mark.parametrize(
    ("used", "total", "result"), [(899, 1000, PASS), (900, 1000, FAIL), (None, 1000, UNKNOWN), (5, None, UNKNOWN)]
)
def test_the_directory_must_have_head_room(clinic: Clinic, used: int | None, total: int | None, result: str) -> None:
    clinic.facts.organization = replace(clinic.facts.organization, directory_objects=used, directory_quota=total)
    assert clinic.diagnose()["directory-quota"].result == result


@pytest.mark.parametrize(
    ("users", "breaks", "result"), [(7, False, PASS), (8, False, FAIL), (7, True, UNKNOWN), (8, True, FAIL)]
)
def test_the_budget_of_external_users(clinic: Clinic, users: int, breaks: bool, result: str) -> None:
    clinic.facts.external = [ExternalUser(f"k{n}", "", "", "") for n in range(users)]
    if breaks:
        clinic.facts.broken[f"after {users} list_external_users"] = Throttled("busy")
    assert clinic.diagnose()["licence-budget"].result == result


def test_a_mailbox_must_be_named_and_be_there(clinic: Clinic) -> None:
    clinic.facts.broken["find_mails"] = NotFound("no such user")
    assert clinic.diagnose()["mailbox"].result == FAIL
    clinic.set(mailbox="")
    assert "SPP_MAILBOX" in clinic.diagnose()["mailbox"].remedy
