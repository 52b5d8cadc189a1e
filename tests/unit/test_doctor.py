"""The doctor: nothing missing is PASS, a read that failed is UNKNOWN, and each finding says what to do."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN, Finding, diagnose
from sp_parent_portal.doctor.permissions import GRAPH, SHAREPOINT, read_granted
from sp_parent_portal.doctor.storage import check_place, find_filesystem, sqlite_path
from sp_parent_portal.errors import (
    AccessDenied,
    GatewayError,
    NotFound,
    SettingsError,
    SignInFailed,
    Throttled,
    TripError,
    Unreachable,
)
from sp_parent_portal.microsoft365 import Gateway
from sp_parent_portal.microsoft365.certificates import make_emulator_certificate
from sp_parent_portal.microsoft365.model import AuthorizationPolicy, ExternalUser, Organization, TenantSharing
from sp_parent_portal.settings import ROLES, Settings, emulator_settings
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.trips import ContactsSection, LicencesSection, Portal, TenantSection
from tests.unit.audit.tenant import Facts, fake_gateway
from tests.unit.audit.tenant_on_emulator import Tenant

NOW = datetime.now(UTC)
GUID = "11111111-2222-3333-4444-555555555555"


class FakeTokens:
    """Tokens with the permissions of `granted`; a role or host in `broken` gets none."""

    def __init__(self, granted: dict[str, frozenset[str]], broken: dict[str, GatewayError]) -> None:
        self.granted, self.broken = granted, broken

    def get(self, host: str, role: str) -> str:
        for name in (role, host):
            if name in self.broken:
                raise self.broken[name]
        return make_token({"roles": sorted(self.granted[role])})

    def forget(self, host: str, role: str, token: str) -> None:
        raise AssertionError("the doctor forgets no token")


def make_token(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{body}.signature"


def every_permission() -> dict[str, frozenset[str]]:
    return {role: frozenset(need.name for need in (*GRAPH[role], *SHAREPOINT[role])) for role in ROLES}


class Clinic:
    """A school and a tenant where all is well; tests spoil one thing."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.folder = folder
        self.facts = Facts(organization=Organization(GUID, "School", ("school.example",), 100, 1000))
        self.granted = every_permission()
        self.no_token: dict[str, GatewayError] = {}
        pem = folder / certificate.name
        shutil.copy(certificate, pem)
        roles: dict[str, Any] = {f"{role}_client_id": f"id-{role}" for role in ROLES}
        roles |= {f"{role}_certificate_path": pem for role in ROLES}
        self.settings: Settings | None = Settings.model_construct(
            target="tenant",
            tenant="contoso",
            tenant_id=GUID,
            mailbox="trips@school.example",
            **roles,
        )
        write_contact_list(folder / "sds")
        self.portal: Portal | None = Portal.model_construct(
            file=folder / "portal.toml",
            contacts=ContactsSection.model_construct(
                source=folder / "sds", confirmed_by="J. Okoro, 2027-03-01", internal_domains=("school.example",)
            ),
            tenant=TenantSection.model_construct(sharing=Sharing.EXISTING_GUESTS),
            licences=LicencesSection.model_construct(external_user_budget=10, warn_at=0.8),
            accept={},
        )
        self.store_url = f"sqlite:///{(folder / 'runs.sqlite').as_posix()}"
        self.more: dict[str, Any] = {}

    def gateway(self) -> Gateway | None:
        return fake_gateway(self.facts, FakeTokens(self.granted, self.no_token)) if self.settings else None

    def diagnose(self) -> dict[str, Finding]:
        findings = diagnose(
            self.settings,
            self.portal,
            self.gateway(),
            now=NOW,
            store_url=self.store_url,
            env_file=self.folder / ".env",
            **self.more,
        )
        found = {finding.id: finding for finding in findings}
        assert len(found) == len(findings), "two findings have one id"
        return found

    def set(self, **values: Any) -> None:
        assert self.settings is not None
        self.settings = self.settings.model_copy(update=values)

    def set_portal(self, **values: Any) -> None:
        assert self.portal is not None
        self.portal = self.portal.model_copy(update=values)

    def set_contacts(self, **values: Any) -> None:
        assert self.portal is not None
        self.set_portal(contacts=self.portal.contacts.model_copy(update=values))


def write_contact_list(folder: Path) -> None:
    """SDS v2.1: one student, one contact."""
    folder.mkdir()
    files = {
        "orgs.csv": "sourcedId,name,type\no1,School,school\n",
        "users.csv": (
            "sourcedId,username,givenName,familyName,email\n"
            "s1,sam,Sam,Lee,sam@school.example\nc1,ann,Ann,Lee,ann@home.example\n"
        ),
        "roles.csv": "userSourcedId,orgSourcedId,role\ns1,o1,student\n",
        "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\ns1,c1,parent\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_emulator_certificate(tmp_path_factory.mktemp("certificate"), NOW)


@pytest.fixture
def clinic(tmp_path: Path, certificate: Path) -> Clinic:
    folder = tmp_path / "clinic"
    folder.mkdir()
    return Clinic(folder, certificate)


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


# ---- the tenant: one read fails --------------------------------------------------------------------------------------

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


# ---- sign-in and permissions -----------------------------------------------------------------------------------------


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


# ---- the tenant's posture --------------------------------------------------------------------------------------------


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


# ---- this machine ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
@pytest.mark.parametrize(("mode", "result"), [(0o600, PASS), (0o400, PASS), (0o640, FAIL), (0o604, FAIL)])
@pytest.mark.parametrize("name", [".env", "emulator-application.pem"])
def test_secrets_are_for_their_owner_alone(clinic: Clinic, name: str, mode: int, result: str) -> None:
    path = clinic.folder / name
    path.touch()
    path.chmod(mode)
    finding = clinic.diagnose()["private-files"]
    assert finding.result == result
    if result == FAIL:
        assert f"chmod 600 {path}" in finding.remedy


@pytest.mark.parametrize(("days", "result"), [(0, PASS), (330, PASS), (340, FAIL), (366, FAIL), (-10, FAIL)])
def test_a_certificate_must_be_valid_for_a_month_to_come(clinic: Clinic, days: int, result: str) -> None:
    findings = diagnose(
        clinic.settings, clinic.portal, clinic.gateway(), now=NOW + timedelta(days=days), store_url=clinic.store_url
    )
    (finding,) = (each for each in findings if each.id == "certificate")
    assert finding.result == result


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.write_text("nonsense"), "cannot be opened"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_certificate_must_open(clinic: Clinic, spoil: Callable[[Path], object], says: str) -> None:
    spoil(clinic.folder / "emulator-application.pem")
    finding = clinic.diagnose()["certificate"]
    assert finding.result == FAIL
    assert says in finding.message


def test_no_secret_is_told(clinic: Clinic) -> None:
    clinic.set(reader_certificate_password=SecretStr("hunter2"), database_url=SecretStr("postgresql://u:hunter2@h/d"))
    assert "hunter2" not in json.dumps([finding.as_data() for finding in clinic.diagnose().values()])


def test_one_application_for_all_roles_must_be_accepted(clinic: Clinic) -> None:
    clinic.set(**{f"{role}_client_id": "" for role in ROLES}, client_id="one")
    assert clinic.diagnose()["separate-applications"].result == FAIL
    clinic.set_portal(accept={"one_application": "J. Okoro, 2027-03-01"})
    assert clinic.diagnose()["separate-applications"].result == PASS
    clinic.set(target="emulator")
    clinic.set_portal(accept={})
    assert clinic.diagnose()["separate-applications"].result == PASS


def test_a_run_store_that_is_there_must_be_writable(clinic: Clinic) -> None:
    path = clinic.folder / "runs.sqlite"
    assert clinic.diagnose()["run-store"].result == PASS
    assert not path.exists()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE t (x)")
    assert clinic.diagnose()["run-store"].result == PASS
    db.execute("BEGIN IMMEDIATE")
    assert clinic.diagnose()["run-store"].result == UNKNOWN
    db.close()
    path.write_bytes(b"this is no database, but it is long enough to be read as one" * 20)
    assert clinic.diagnose()["run-store"].result == FAIL


def test_a_run_store_where_no_file_can_be_is_told(clinic: Clinic) -> None:
    (clinic.folder / "file").touch()
    clinic.store_url = f"sqlite:///{(clinic.folder / 'file' / 'runs.sqlite').as_posix()}"
    assert clinic.diagnose()["run-store"].result == FAIL


def test_a_database_that_does_not_answer_is_told(clinic: Clinic) -> None:
    clinic.store_url = "nosuchdatabase://user:hunter2@127.0.0.1/x"
    finding = clinic.diagnose()["run-store"]
    assert finding.result == FAIL
    assert "hunter2" not in finding.message + finding.remedy


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////home/ann/runs.sqlite", "/home/ann/runs.sqlite"),
        ("sqlite:///C:/Users/ann/runs.sqlite", "C:/Users/ann/runs.sqlite"),
        ("sqlite+pysqlite:///runs.sqlite?timeout=5", "runs.sqlite"),
        ("postgresql://host/db", None),
    ],
)
def test_the_file_of_a_database_url(url: str, path: str | None) -> None:
    assert sqlite_path(url) == (None if path is None else Path(path))


@pytest.mark.skipif(os.name == "nt", reason="Windows is asked for the drive, not for a list of mounts")
@pytest.mark.parametrize(
    ("path", "kind", "result"),
    [
        ("/srv/data/runs.sqlite", "ext4", PASS),
        ("/srv/share/runs.sqlite", "nfs4", FAIL),
        ("/srv/share/fast/runs.sqlite", "xfs", PASS),
        ("/srv/my disk/runs.sqlite", "cifs", FAIL),
        ("/srv/hidden/runs.sqlite", "fuse.sshfs", FAIL),
        ("/srv/shared/runs.sqlite", "ext4", PASS),
    ],
)
def test_a_network_share_is_told_by_its_mount(tmp_path: Path, path: str, kind: str, result: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nhost:/x /srv/share nfs4 rw 0 0\n/dev/sdb /srv/share/fast xfs rw 0 0\n"
        "//h/s /srv/my\\040disk cifs rw 0 0\n/dev/sdc /srv/hidden ext4 rw 0 0\nme@h: /srv/hidden fuse.sshfs rw 0 0\n"
        "bad\n"
    )
    assert find_filesystem(Path(path), mounts) == kind
    assert check_place(Path(path), mounts).result == result


@pytest.mark.skipif(os.name == "nt", reason="Windows is asked for the drive, not for a list of mounts")
def test_a_system_that_does_not_tell_is_unknown(tmp_path: Path) -> None:
    assert check_place(tmp_path / "runs.sqlite", tmp_path / "no such file").result == UNKNOWN


@pytest.mark.parametrize("folder", ["OneDrive - School", "Dropbox", "iCloud Drive"])
def test_a_synced_folder_is_no_place(tmp_path: Path, folder: str) -> None:
    assert check_place(tmp_path / folder / "runs.sqlite").result == FAIL


# ---- the school's files ----------------------------------------------------------------------------------------------


def test_a_portal_that_cannot_be_used_says_why(clinic: Clinic) -> None:
    clinic.portal = None
    clinic.more = {"wrong_portal": TripError("portal.toml:3: no such key", "remove it")}
    found = clinic.diagnose()
    assert (found["portal"].result, found["portal"].remedy) == (FAIL, "remove it")
    assert {found[id].result for id in ("internal-domains", "contact-list", "exclusions")} == {UNKNOWN}


@pytest.mark.parametrize(
    ("id", "values"),
    [
        ("internal-domains", {"internal_domains": None}),
        ("exclusions", {"confirmed_by": ""}),
        ("contact-list", {"source": Path("nowhere")}),
    ],
)
def test_what_the_school_must_say_itself(clinic: Clinic, id: str, values: dict[str, Any]) -> None:
    clinic.set_contacts(**values)
    assert clinic.diagnose()[id].result == FAIL


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("student_id,contact_id,decision\ns1,c1,block\n", PASS),
        ("student_id,contact_id,decision\ns1,nobody,block\n", FAIL),
        ("student_id,decision\n", FAIL),
    ],
)
def test_exclusions_must_be_readable_and_know_their_people(clinic: Clinic, text: str, result: str) -> None:
    path = clinic.folder / "exclusions.csv"
    path.write_text(text, encoding="utf-8")
    clinic.set_contacts(exclusions=path, confirmed_by="")
    assert clinic.diagnose()["exclusions"].result == result


def test_exclusions_beside_a_broken_contact_list_are_unknown(clinic: Clinic) -> None:
    path = clinic.folder / "exclusions.csv"
    path.write_text("student_id,contact_id,decision\ns1,c1,block\n", encoding="utf-8")
    clinic.set_contacts(exclusions=path, confirmed_by="", source=Path("nowhere"))
    assert clinic.diagnose()["exclusions"].result == UNKNOWN


def test_an_empty_contact_list_is_no_contact_list(clinic: Clinic) -> None:
    path = clinic.folder / "sds" / "relationships.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n", encoding="utf-8")
    assert clinic.diagnose()["contact-list"].result == FAIL


# ---- on the emulator -------------------------------------------------------------------------------------------------


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
    tenant.control("POST", "faults", [{"on": "* *", "nth": 1, "times": None, "reply": 403}])
    findings = diagnose(emulator_settings(), clinic.portal, tenant.gateway, now=NOW)
    passing = {finding.id for finding in findings if finding.result == PASS}
    assert not {id for ids in READS.values() for id in ids if id != "tenant-id"} & passing
