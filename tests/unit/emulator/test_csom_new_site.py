"""A site that is being made, as tenant administration sees it through CSOM."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.csom_bench import TENANT, WEB, below, call, chosen, looked, query, results, scope, write
from tests.contract.sharepoint_bench import OWNER, ROOT, Bench

URL = f"{ROOT}/sites/new"
MAKE = {"request": {"Url": URL, "Title": "New", "Owner": OWNER, "WebTemplate": "STS#3", "Lcid": 1033}}
PROPERTIES = call(2, 1, "GetSitePropertiesByUrl", URL, True)
ROOT_WEB = call(3, 1, "GetSiteByUrl", URL) + below(4, 3, "RootWeb")
STATUS = scope(20, query(21, 2, chosen("Status", "SiteId", "SiteDefinedSharingCapability")))
COMPLETE = scope(22, query(23, 4, chosen("IsProvisioningComplete")))


def made(status_polls: int, complete_polls: int) -> Bench:
    bench = Bench()
    bench.state.set_fact("provisioning", {"status_polls": status_polls, "complete_polls": complete_polls})
    bench.read("POST", f"{ROOT}/_api/SPSiteManager/create", MAKE)
    return bench


def look(bench: Bench, actions: str = STATUS + COMPLETE) -> tuple[Any, Any]:
    """Without a path that no action speaks of: such a method would be carried out too."""
    paths = TENANT + PROPERTIES * (STATUS in actions) + ROOT_WEB * (COMPLETE in actions)
    told = results(bench, write(actions, paths))
    return told.get(21, {}).get("Status"), told.get(23, {}).get("IsProvisioningComplete")


@pytest.mark.parametrize(
    "actions",
    [
        STATUS + COMPLETE,
        COMPLETE + STATUS,
        looked(30, 2) + looked(31, 4) + STATUS + COMPLETE,
        looked(30, 4) + looked(31, 2) + STATUS + COMPLETE,
    ],
)
def test_one_query_brings_both_forward(actions: str) -> None:
    bench = made(1, 1)
    assert [look(bench, actions) for _ in range(3)] == [("Creating", False), ("Active", True), ("Active", True)]


def test_each_takes_as_many_looks_as_the_weather_says() -> None:
    bench = made(3, 1)
    assert [look(bench)[0] for _ in range(4)] == ["Creating", "Creating", "Creating", "Active"]
    bench = made(1, 3)
    assert [look(bench)[1] for _ in range(4)] == [False, False, False, True]


def test_nothing_is_complete_before_it_is_ready() -> None:
    bench = made(1, 0)
    assert [look(bench, COMPLETE)[1] for _ in range(2)] == [False, False]
    assert look(bench, STATUS)[0] == "Creating"
    assert look(bench, COMPLETE)[1] is True


def test_looks_of_both_ways_count_alike() -> None:
    bench = made(2, 1)
    assert look(bench, STATUS)[0] == "Creating"
    url = f"{ROOT}/_api/SPSiteManager/status?url='{URL}'"
    assert bench.read("GET", url)["SiteStatus"] == 1
    assert bench.read("GET", url)["SiteStatus"] == 2
    assert bench.read("GET", f"{URL}/_api/web?$select=IsProvisioningComplete") == {"IsProvisioningComplete": False}
    assert look(bench, COMPLETE)[1] is True


def test_the_site_itself_answers_nobody_until_it_is_ready() -> None:
    bench = made(2, 0)
    body = write(looked(20, 2), WEB)
    url = f"{URL}/_vti_bin/client.svc/ProcessQuery"
    assert [bench.ask("POST", url, body).status_code for _ in range(3)] == [404, 404, 200]


def test_a_site_that_is_not_there_is_told_in_each_scope() -> None:
    told = results(Bench(), write(STATUS + COMPLETE, TENANT + PROPERTIES + ROOT_WEB))
    for number in (20, 22):
        assert told[number]["ErrorInfo"]["ErrorTypeName"] == "Microsoft.Online.SharePoint.Common.SpoNoSiteException"
        assert URL in told[number]["ErrorInfo"]["ErrorMessage"]
    assert set(told) == {20, 22}
