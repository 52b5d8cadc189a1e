"""Microsoft 365 Archive, as the emulator plays it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ...contract.csom_bench import ALL, TENANT, call, error, query, results, set_property, write
from ...contract.sharepoint_bench import ADMIN, LAKES, Bench

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.emulator.clock = lambda: NOW
    assert bench.ask("MERGE", f"{ADMIN}/_api/SPO.Tenant", {"EnableSiteArchive": True}).status_code == 204
    return bench


def request(name: str) -> str:
    return write(query(3, 2, ALL), TENANT + call(2, 1, name, LAKES))


def do(bench: Bench, name: str) -> Any:
    return results(bench, request(name))[3]


def properties(bench: Bench) -> Any:
    return results(bench, write(query(3, 2, ALL), TENANT + call(2, 1, "GetSitePropertiesByUrl", LAKES, True)))[3]


def later(bench: Bench, days: int) -> None:
    bench.emulator.clock = lambda: NOW + timedelta(days=days)


def test_the_answer_is_an_operation_as_it_was_recorded(bench: Bench) -> None:
    answer = do(bench, "ArchiveSiteByUrl")
    assert (answer["IsComplete"], answer["HasTimedout"], answer["PollingInterval"]) == (True, False, 15000)
    _, kind, name, ticks, url, site = answer["_ObjectIdentity_"].split("\n")
    assert (kind, name, ticks.isdecimal()) == ("SpoOperation", "ArchiveSite", True)
    assert site == "00000000-0000-0000-0000-000000000000"
    assert url.startswith("https%3a%2f%2fcontoso.sharepoint.com%2f")


def test_after_seven_days_a_site_is_fully_archived(bench: Bench) -> None:
    do(bench, "ArchiveSiteByUrl")
    later(bench, 6)
    assert properties(bench)["ArchiveStatus"] == "RecentlyArchived"
    later(bench, 7)
    assert properties(bench)["ArchiveStatus"] == "FullyArchived"


def test_a_recently_archived_site_comes_back_at_once_as_it_was(bench: Bench) -> None:
    before = bench.ask("GET", f"{LAKES}/_api/web/lists").get_json()
    do(bench, "ArchiveSiteByUrl")
    do(bench, "UnarchiveSiteByUrl")
    assert properties(bench)["ArchiveStatus"] == "NotArchived"
    assert bench.ask("GET", f"{LAKES}/_api/web/lists").get_json() == before


def test_nothing_of_an_archived_site_is_read_or_changed(bench: Bench) -> None:
    do(bench, "ArchiveSiteByUrl")
    assert bench.ask("GET", f"{LAKES}/_api/web").status_code == 403
    assert bench.ask("POST", f"{LAKES}/_api/web/lists", {"Title": "New", "BaseTemplate": 100}).status_code == 403
    web = '<StaticProperty Id="1" TypeId="{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}" Name="Current" />'
    body = write(query(2, 3, ALL), web + '<Property Id="3" ParentId="1" Name="Web" />')
    assert error(bench, body, LAKES)["ErrorCode"] == -2147024891
    assert error(bench, write(query(3, 2, ALL), TENANT + call(2, 1, "GetSiteByUrl", LAKES)))["ErrorCode"] == -2147024891
    lock = set_property(4, 2, "LockState", "ReadOnly") + '<Method Id="5" ObjectPathId="2" Name="Update" />'
    assert error(bench, write(lock, TENANT + call(2, 1, "GetSitePropertiesByUrl", LAKES, True)))["ErrorCode"] == -1
    assert properties(bench)["LockState"] == "Unlock"


def test_a_tenant_without_the_archive_archives_nothing_and_gives_back_what_it_has(bench: Bench) -> None:
    do(bench, "ArchiveSiteByUrl")
    bench.ask("MERGE", f"{ADMIN}/_api/SPO.Tenant", {"EnableSiteArchive": False})
    do(bench, "UnarchiveSiteByUrl")
    assert "not enabled" in error(bench, request("ArchiveSiteByUrl"))["ErrorMessage"]
    assert properties(bench)["ArchiveStatus"] == "NotArchived"


def test_what_is_archived_or_active_already_is_refused(bench: Bench) -> None:
    assert "not archived" in error(bench, request("UnarchiveSiteByUrl"))["ErrorMessage"]
    do(bench, "ArchiveSiteByUrl")
    assert "archived already" in error(bench, request("ArchiveSiteByUrl"))["ErrorMessage"]


def test_a_site_that_is_being_reactivated_is_not_deleted(bench: Bench) -> None:
    do(bench, "ArchiveSiteByUrl")
    later(bench, 8)
    do(bench, "UnarchiveSiteByUrl")
    assert "reactivated" in error(bench, request("RemoveSite"))["ErrorMessage"]
    assert "not archived" in error(bench, request("UnarchiveSiteByUrl"))["ErrorMessage"]
