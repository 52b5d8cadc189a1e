"""Every file in tests/cases/reach is a site and who can reach it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sp_parent_portal.acceptances import Acceptances
from sp_parent_portal.audit.reach import SHARING_OFF, reach, who
from sp_parent_portal.reports.shapes import reach_rows
from tests.unit.audit.snapshots import URL, make_account, make_snapshot

CASES = sorted((Path(__file__).parents[2] / "cases" / "reach").glob("*.json"))


def test_there_are_cases() -> None:
    assert len(CASES) >= 15


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    rows = reach_rows("emulator", reach(make_snapshot(case["site"])), Acceptances({}))
    for row in rows:
        assert row.pop("target") == "emulator"
        assert row.pop("accepted_as") == ""
    assert rows == case["reach"]


def test_who_finds_a_person_by_any_address_of_their_account() -> None:
    site = {"accounts": {"ann": {"guest": True}}, "web": {"user ann": ["Read"]}}
    account = make_account("ann", {"guest": True, "other_emails": ["ann@work.example"]})
    (found,) = who([make_snapshot(site)], "ann@work.example", [account])
    assert (found.site, found.level, found.paths) == (URL, "Read", (("granted directly", "Read"),))
    assert who([make_snapshot(site)], "ann@work.example", []) == ()


def test_who_says_where_it_cannot_know() -> None:
    (found,) = who([make_snapshot({"unread": [["lists of the site", "AccessDenied"]]})], "ann@home.example", [])
    assert (found.level, found.paths) == ("UNKNOWN", (("lists of the site", "AccessDenied"),))


def test_who_gives_a_known_path_and_what_is_unknown_beside_it() -> None:
    site: dict[str, object] = {"web": {"user ann": ["Read"]}, "unread": [["lists of the site", "AccessDenied"]]}
    levels = [row.level for row in who([make_snapshot(site)], "ANN@school.example ", [])]
    assert levels == ["Read", "UNKNOWN"]


@pytest.mark.parametrize(
    ("claim", "guest", "reached"),
    [("everyone", True, True), ("everyone", False, True), ("members", True, False), ("members", False, True)],
)
def test_everyone_means_guests_but_everyone_except_external_users_does_not(
    claim: str, guest: bool, reached: bool
) -> None:
    account = make_account("ann", {"guest": guest})
    found = who([make_snapshot({"web": {claim: ["Read"]}})], account.email, [account])
    assert bool(found) is reached


def test_everyone_does_not_mean_somebody_without_an_account() -> None:
    assert who([make_snapshot({"web": {"everyone": ["Read"]}})], "nobody@home.example", []) == ()


def test_everyone_may_mean_somebody_the_directory_could_not_be_asked_about() -> None:
    (found,) = who([make_snapshot({"web": {"members": ["Read"]}})], "ann@home.example", None)
    assert found.level == "Read"


def test_anyone_with_a_link_means_anybody() -> None:
    site: dict[str, object] = {"site_groups": {"SharingLinks.item.AnonymousView.link": []}}
    (found,) = who([make_snapshot(site)], "nobody@home.example", [])
    assert found.paths[0][0] == "SharingLinks.item.AnonymousView.link"


def test_a_dense_tangle_of_groups_ends() -> None:
    names = [f"g{number}" for number in range(40)]
    groups = {name: {"groups": names, "accounts": [f"a{name}"]} for name in names}
    rows = reach(make_snapshot({"groups": groups, "web": {"group g0": ["Read"]}}))
    assert len(rows) == 40
    assert all(len(min(row.paths, key=len)) <= 3 for row in rows)


def test_switching_sharing_off_is_no_removal() -> None:
    site = {"accounts": {"ann": {"guest": True}}, "web": {"user ann": ["Read"], "user bob": ["Read"]}}
    open_rows = reach(make_snapshot({**site, "sharing": "existing-guests"}))
    off_rows = reach(make_snapshot({**site, "sharing": "disabled"}))
    assert [(row.principal, row.level) for row in open_rows] == [(row.principal, row.level) for row in off_rows]
    assert {row.principal for row in off_rows if row.paths[0][-1] == SHARING_OFF} == {"Ann"}
