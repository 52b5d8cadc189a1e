"""Sign-in and permissions, role by role."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from sp_parent_portal.contacts.sources import GraphSource
from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN, check_sign_in
from sp_parent_portal.doctor.permissions import GRAPH, SHAREPOINT, list_needs, read_granted
from sp_parent_portal.errors import (
    SignInFailed,
    Unreachable,
)
from sp_parent_portal.settings import ROLES
from tests.unit.doctor.clinic import NOW, Clinic, make_token


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
    if permission == "SharePointTenantSettings.ReadWrite.All":  # the README lets a school leave it out
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


# ---- too much


def test_nobody_has_more_than_they_need(clinic: Clinic) -> None:
    found = clinic.diagnose()
    assert [found[f"excess-{role}"].result for role in ROLES] == [PASS, PASS, PASS]


@pytest.mark.parametrize("role", ROLES)
def test_a_permission_that_nobody_needs_is_named(clinic: Clinic, role: str) -> None:
    clinic.granted[role] |= {"Directory.ReadWrite.All"}
    finding = clinic.diagnose()[f"excess-{role}"]
    assert finding.result == FAIL
    assert "Microsoft Graph Directory.ReadWrite.All" in finding.message


def test_mail_that_was_granted_in_entra_reaches_every_mailbox(clinic: Clinic) -> None:
    clinic.granted["inviter"] |= {"Mail.Send"}
    finding = clinic.diagnose()["excess-inviter"]
    assert finding.result == FAIL
    assert "every mailbox" in finding.remedy


def test_what_is_too_much_can_be_accepted(clinic: Clinic) -> None:
    clinic.granted["reader"] |= {"Directory.Read.All"}
    clinic.set_portal(accept={"more_permissions": "J. Okoro, 2027-03-01"})
    assert clinic.diagnose()["excess-reader"].result == PASS


def test_one_application_may_have_what_any_of_its_roles_needs(clinic: Clinic) -> None:
    every = frozenset[str]().union(*clinic.granted.values())
    clinic.granted = dict.fromkeys(ROLES, every)
    clinic.set(**{f"{role}_client_id": "one" for role in ROLES})
    found = clinic.diagnose()
    assert [found[f"excess-{role}"].result for role in ROLES] == [PASS, PASS, PASS]
    assert found["separate-applications"].result == FAIL


def test_the_directory_s_guardians_are_for_those_alone_who_read_their_list_there(clinic: Clinic) -> None:
    clinic.granted["reader"] |= {"EduRoster.Read.All"}
    assert clinic.diagnose()["excess-reader"].result == FAIL
    clinic.set_contacts(source=GraphSource())
    assert clinic.diagnose()["excess-reader"].result == PASS
    clinic.granted["reader"] -= {"EduRoster.Read.All"}
    found = clinic.diagnose()["permissions-reader"]
    assert (found.result, "EduRoster.Read.All" in found.remedy) == (FAIL, True)


def test_what_a_school_may_do_without_is_neither_missing_nor_too_much(clinic: Clinic) -> None:
    clinic.granted["reader"] |= {"AuditLog.Read.All"}
    clinic.granted["provisioner"] |= {"EduRoster.ReadWrite.All"}
    found = clinic.diagnose()
    assert {found[f"{what}-{role}"].result for what in ("excess", "permissions") for role in ROLES} == {PASS}


def test_every_permission_has_an_id_of_its_own_at_its_service() -> None:
    whole = list_needs(ROLES, graph_contacts=True)
    for needs in (whole.graph, whole.sharepoint):
        assert len({need.id for need in needs}) == len({need.name for need in needs}) == len(needs)
        assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", need.id) for need in needs)


# ---- `auth check` says what the doctor says


def test_auth_check_and_doctor_agree(clinic: Clinic) -> None:
    clinic.granted["inviter"] |= {"Mail.Send"}
    clinic.granted["reader"] -= {"User.Read.All"}
    clinic.no_token["provisioner"] = SignInFailed("the certificate is not registered", "upload it")
    doctor = clinic.diagnose()
    checked = check_sign_in(clinic.settings, clinic.portal, clinic.gateway(), now=NOW, env_file=clinic.folder / ".env")
    same = {finding.id: finding for finding in checked if not finding.id.startswith("certificate-")}
    assert same == {id: doctor[id] for id in same}
    assert {"permissions-reader", "excess-inviter", "sign-in-provisioner", "mailbox"} <= same.keys()


def test_the_day_on_which_each_certificate_ends_is_told(clinic: Clinic) -> None:
    found = {each.id: each for each in check_sign_in(clinic.settings, None, clinic.gateway(), now=NOW)}
    assert all("ends on 20" in found[f"certificate-{role}"].message for role in ROLES)
    late = {each.id: each for each in check_sign_in(clinic.settings, None, None, now=NOW + timedelta(days=365))}
    assert {late[f"certificate-{role}"].result for role in ROLES} == {FAIL}


def test_without_settings_everything_is_unknown_but_nothing_passes() -> None:
    found = check_sign_in(None, None, None, now=NOW, env_file=Path("none"))
    assert PASS not in {each.result for each in found}
