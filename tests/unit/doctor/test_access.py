"""Sign-in and permissions, role by role."""

from __future__ import annotations

import pytest

from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN
from sp_parent_portal.doctor.permissions import GRAPH, SHAREPOINT, read_granted
from sp_parent_portal.errors import (
    SignInFailed,
    Unreachable,
)
from sp_parent_portal.settings import ROLES
from tests.unit.doctor.clinic import Clinic, make_token


@pytest.mark.parametrize("role", ROLES)
def test_a_sign_in_that_failed_is_told_role_by_role(clinic: Clinic, role: str) -> None:
    clinic.no_token[role] = SignInFailed("the certificate is not registered", "upload it")
    found = clinic.diagnose()
    results = {each: (found[f"sign-in-{each}"].result, found[f"permissions-{each}"].result) for each in ROLES}
    assert results == {each: (FAIL, UNKNOWN) if each == role else (PASS, PASS) for each in ROLES}
    assert found[f"sign-in-{role}"].remedy == "upload it"


def test_a_sign_in_to_one_host_that_failed_is_told(clinic: Clinic) -> None:
    clinic.no_token["contoso-admin.sharepoint.com"] = SignInFailed("this tenant does not know the service")
    found = clinic.diagnose()
    assert [found[f"sign-in-{role}"].result for role in ROLES] == [FAIL, PASS, FAIL]


def test_a_sign_in_page_that_does_not_answer_is_unknown(clinic: Clinic) -> None:
    clinic.no_token["reader"] = Unreachable("no answer")
    assert clinic.diagnose()["sign-in-reader"].result == UNKNOWN


@pytest.mark.parametrize(
    ("role", "permission"),
    [(role, need.name) for role in ROLES for need in dict.fromkeys((*GRAPH[role], *SHAREPOINT[role]))],
)
def test_each_permission_that_is_missing_is_named(clinic: Clinic, role: str, permission: str) -> None:
    clinic.granted[role] -= {permission}
    finding = clinic.diagnose()[f"permissions-{role}"]
    if permission == "Sites.Read.All":  # a reader's Sites.FullControl.All covers it
        assert finding.result == PASS
    elif permission == "SharePointTenantSettings.ReadWrite.All":  # the README lets a school leave it out
        assert finding.result == PASS
        assert permission in finding.message
    else:
        assert finding.result == FAIL
        assert permission in finding.remedy


@pytest.mark.parametrize(
    "token", ["opaque", "a.b", "a.!!!.c", make_token([]), make_token({"scp": "User.Read"}), make_token({"roles": "x"})]
)
def test_a_token_that_cannot_be_read_says_nothing(token: str) -> None:
    assert read_granted(token) is None


def test_a_token_without_permissions_says_none() -> None:
    assert read_granted(make_token({})) == frozenset()
