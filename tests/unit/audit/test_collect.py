"""Collecting: whatever fails is UNKNOWN, and every group is read once."""

from __future__ import annotations

import pytest

from sp_parent_portal.audit.collect import SecurityGroups, collect_site
from sp_parent_portal.audit.model import Unread
from sp_parent_portal.audit.reach import reach
from sp_parent_portal.audit.who import OTHER_SITES, audit_who
from sp_parent_portal.errors import AccessDenied, InputError, NotFound, Throttled, Unreachable
from sp_parent_portal.microsoft365.model import DirectoryUser, Grant, Principal, SiteGroup
from sp_parent_portal.sharing import Sharing
from tests.unit.audit.snapshots import make_account
from tests.unit.audit.tenant import HOST, Facts, FakeSite, fake_gateway

GROUP = Principal(7, "security-group", "Trip Lake", "c:0t.c|tenant|g1", directory_id="g1")
VISITORS = Principal(3, "site-group", "Lake Visitors", "Lake Visitors")
ANN = make_account("ann", {"guest": True})


def lake(members: tuple[Principal, ...] = (GROUP,)) -> FakeSite:
    return FakeSite(groups=(SiteGroup(3, "Lake Visitors", members),), grants=(Grant(VISITORS, ("Parent read",)),))


def facts() -> Facts:
    return Facts(sites={"lake": lake()}, groups={"g1": ([ANN], ["g2"]), "g2": ([], ["g1"])}, users=[ANN])


def test_a_site_is_read_whole() -> None:
    snapshot = collect_site(fake_gateway(facts()), f"{HOST}lake/")
    assert snapshot.unread == ()
    assert (snapshot.url, snapshot.title, snapshot.sharing) == (f"{HOST}lake", "Lake", Sharing.EXISTING_GUESTS)
    assert set(snapshot.security_groups) == {"g1", "g2"}
    assert [row.paths for row in reach(snapshot)] == [(("Lake Visitors", "trip group Trip Lake", "Parent read"),)]


EVERY_READ = (
    "find_site lake",
    "list_site_admins lake",
    "list_site_groups lake",
    "list_grants lake",
    "list_lists lake",
    "list_grants Photos lake",
    "list_members g1",
    "list_member_groups g2",
    "after 0 members of g1",
    "after 1 members of g1",
)


@pytest.mark.parametrize("call", EVERY_READ)
@pytest.mark.parametrize("error", [AccessDenied("no permission"), Throttled("busy"), Unreachable("no answer")])
def test_every_read_that_fails_is_unknown(call: str, error: AccessDenied | Throttled | Unreachable) -> None:
    given = facts()
    given.sites["lake"].lists = {"Photos": ()}
    given.broken[call] = error
    snapshot = collect_site(fake_gateway(given), f"{HOST}lake")
    (unread,) = snapshot.unread
    assert unread.why == f"{type(error).__name__}: {error.message}"
    assert [row.level for row in reach(snapshot) if row.kind == "unknown"] == ["UNKNOWN"]


def test_members_read_before_a_failure_are_kept() -> None:
    given = facts()
    given.broken["after 1 members of g1"] = Throttled("busy")
    kinds = {row.principal: row.kind for row in reach(collect_site(fake_gateway(given), f"{HOST}lake"))}
    assert kinds == {"Ann": "guest", "Trip Lake": "group", "UNKNOWN": "unknown"}


def test_a_group_the_directory_does_not_know_is_unknown() -> None:
    given = facts()
    given.groups.clear()
    assert collect_site(fake_gateway(given), f"{HOST}lake").unread == (
        Unread("members of the group Trip Lake", "NotFound: no such group"),
    )


def test_claims_that_cannot_be_expanded_are_unknown() -> None:
    given = facts()
    owners = Principal(8, "security-group", "Lake Owners", "c:0o.c|federateddirectoryclaimprovider|g1_o", "", "g1")
    role = Principal(9, "security-group", "Old role", "c:0-.f|rolemanager|something")
    given.sites["lake"].admins = (owners, role)
    unread = [each.what for each in collect_site(fake_gateway(given), f"{HOST}lake").unread]
    assert unread == ["members of Old role", "owners of the group Lake Owners"]


def test_a_site_that_is_not_there_is_wrong_input() -> None:
    with pytest.raises(InputError, match="no site at"):
        collect_site(fake_gateway(facts()), f"{HOST}nowhere")


def test_it_is_wrong_input_too_where_the_admin_host_refuses() -> None:
    given = facts()
    given.broken = {"find_site nowhere": AccessDenied("no"), "get_web nowhere": NotFound("404")}
    with pytest.raises(InputError):
        collect_site(fake_gateway(given), f"{HOST}nowhere")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/sites/lake",
        "https://contoso.sharepoint.com.evil.example/sites/lake",
        "https://contoso.sharepoint.com@evil.example/sites/lake",
        "https://contoso.sharepoint.com:8443/sites/lake",
        "http://contoso.sharepoint.com/sites/lake",
        "https://contoso.sharepoint.com/sites/lake?x=1",
        "https://contoso.sharepoint.com/sites/lake#x",
        "https://contoso.sharepoint.com\\@evil.example/sites/lake",
        "/sites/lake",
        "",
    ],
)
def test_an_address_outside_the_tenant_is_wrong_input_and_nothing_is_asked(url: str) -> None:
    given = facts()
    with pytest.raises(InputError, match="not the address of a site of this tenant"):
        collect_site(fake_gateway(given), url)
    assert given.calls == []


def test_an_address_may_be_written_loosely() -> None:
    assert collect_site(fake_gateway(facts()), " https://Contoso.SharePoint.com/sites/lake/ ").url == f"{HOST}lake"


def test_a_group_is_read_once_for_all_sites() -> None:
    given = facts()
    given.sites["peak"] = lake()
    gateway = fake_gateway(given)
    groups = SecurityGroups(gateway.graph)
    first, second = (collect_site(gateway, HOST + name, groups) for name in ("lake", "peak"))
    assert first.security_groups == second.security_groups
    assert given.calls.count("list_members g1") == 1


def test_a_failed_group_stays_unknown_for_every_site() -> None:
    given = facts()
    given.sites["peak"] = lake()
    given.broken["list_members g1"] = AccessDenied("no")
    rows = audit_who(fake_gateway(given), "ann@home.example")
    assert [(row.site, row.level) for row in rows] == [(f"{HOST}lake", "UNKNOWN"), (f"{HOST}peak", "UNKNOWN")]


def test_who_looks_at_every_site_and_tells_its_progress() -> None:
    given = facts()
    given.sites["peak"] = lake(members=())
    seen: list[tuple[int, int]] = []
    rows = audit_who(fake_gateway(given), " Ann@Home.example", lambda number, total: seen.append((number, total)))
    assert [(row.site, row.level) for row in rows] == [(f"{HOST}lake", "Parent read")]
    assert seen == [(1, 2), (2, 2)]


def test_who_counts_everyone_where_the_directory_does_not_answer() -> None:
    everyone = Principal(9, "everyone", "Everyone except external users", "c:0-.f|rolemanager|spo-grid-all-users/t")
    given = Facts(sites={"lake": FakeSite(grants=(Grant(everyone, ("Read",)),))}, users=[ANN])
    assert audit_who(fake_gateway(given), ANN.email) == ()
    given.broken["find_users"] = AccessDenied("no")
    assert [row.level for row in audit_who(fake_gateway(given), ANN.email)] == ["Read"]


def test_a_site_that_could_not_be_read_is_a_row() -> None:
    given = facts()
    given.broken = {"find_site lake": AccessDenied("no"), "get_web lake": NotFound("gone")}
    (row,) = audit_who(fake_gateway(given), "bob@school.example")
    assert (row.site, row.level) == (f"{HOST}lake", "UNKNOWN")


def test_a_list_of_sites_that_breaks_off_leaves_the_others_unknown() -> None:
    given = facts()
    given.broken["after 1 list_sites"] = Throttled("busy")
    rows = audit_who(fake_gateway(given), ANN.email)
    assert {row.site: row.level for row in rows} == {f"{HOST}lake": "Parent read", OTHER_SITES: "UNKNOWN"}


def test_without_any_site_there_is_no_answer() -> None:
    given = facts()
    given.broken["list_sites"] = AccessDenied("no")
    with pytest.raises(AccessDenied):
        audit_who(fake_gateway(given), ANN.email)


def test_another_account_with_the_same_name_is_another_person() -> None:
    given = facts()
    other = DirectoryUser("id-2", "ann2@school.example", "Ann", "ann2@school.example")
    given.groups["g1"] = ([ANN, other], [])
    rows = reach(collect_site(fake_gateway(given), f"{HOST}lake"))
    assert [(row.principal, row.guest) for row in rows] == [("Ann", False), ("Ann", True)]


def test_many_sites_are_read_at_once_and_answered_in_order() -> None:
    given = facts()
    given.sites = {f"s{number:02}": lake() for number in range(40)}
    rows = audit_who(fake_gateway(given), ANN.email)
    assert [row.site for row in rows] == [f"{HOST}s{number:02}" for number in range(40)]
    assert given.calls.count("list_members g1") == 1


def test_an_interrupt_leaves_the_waiting_sites_unread() -> None:
    given = facts()
    given.sites = {f"s{number:03}": lake() for number in range(400)}

    def interrupt(_number: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_who(fake_gateway(given), ANN.email, interrupt)
    assert sum(call.startswith("find_site") for call in given.calls) < 400
