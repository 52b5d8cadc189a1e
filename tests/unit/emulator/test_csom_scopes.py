"""What a mistake leaves behind: everything that was done before it, within a scope and outside one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.csom_bench import (
    ALL,
    TENANT,
    WEB,
    below,
    call,
    error,
    list_creation,
    looked,
    query,
    results,
    scope,
    send,
    write,
)
from tests.contract.sharepoint_bench import ADMIN, LAKES, ROOT, Bench

LISTS = WEB + below(3, 2, "Lists")


def add(number: int, title: str) -> str:
    return call(number, 3, "Add", list_creation(title))


def titles(bench: Bench) -> list[str]:
    found = bench.read("GET", f"{LAKES}/_api/web/lists?$select=Title&$filter=Hidden eq false")["value"]
    return [row["Title"] for row in found]


def test_what_was_done_before_a_mistake_stays_done() -> None:
    bench = Bench()
    paths = LISTS + add(4, "First") + add(5, "Documents") + add(6, "Last")
    told = error(bench, write(looked(10, 4) + looked(11, 5) + looked(12, 6), paths), LAKES)
    assert (told["ErrorCode"], told["ErrorTypeName"]) == (-2130575342, "Microsoft.SharePoint.SPException")
    assert "First" in titles(bench)
    assert "Last" not in titles(bench)


def test_a_scope_tells_its_mistake_and_the_actions_behind_it_go_on() -> None:
    bench = Bench()
    paths = LISTS + add(4, "First") + add(5, "Documents") + add(6, "Never") + add(7, "Behind")
    inner = looked(10, 4) + looked(11, 5) + looked(12, 6)
    parts = send(bench, write(scope(20, inner) + looked(13, 7), paths), LAKES)
    assert parts[0]["ErrorInfo"] is None
    assert parts[1::2] == [10, 20, 13]
    told = dict(zip(parts[1::2], parts[2::2], strict=True))[20]
    assert told["HasException"] is True
    assert told["ErrorInfo"]["ErrorCode"] == -2130575342
    assert told["ErrorInfo"]["TraceCorrelationId"] == parts[0]["TraceCorrelationId"]
    assert {"First", "Behind"} <= set(titles(bench))
    assert "Never" not in titles(bench)


def test_a_scope_without_a_mistake_says_so_behind_its_actions() -> None:
    bench = Bench()
    parts = send(bench, write(scope(20, looked(10, 4)), LISTS + add(4, "First")), LAKES)
    assert parts[1:] == [10, {"IsNull": False}, 20, {"HasException": False, "ErrorInfo": None}]


def test_a_path_that_stands_on_one_of_a_failed_scope_is_left_out() -> None:
    bench = Bench()
    missing = call(4, 3, "GetByTitle", "Nowhere") + '<Method Id="5" ParentId="4" Name="Update" />'
    told = results(bench, write(scope(20, looked(10, 4)), LISTS + missing), LAKES)[20]
    assert told["ErrorInfo"]["ErrorTypeName"] == "System.ArgumentException"
    outside = error(bench, write(scope(20, looked(10, 4)) + looked(11, 4), LISTS + missing), LAKES)
    assert "Nowhere" in outside["ErrorMessage"]


def test_a_scope_within_a_scope_keeps_its_mistake_to_itself() -> None:
    bench = Bench()
    paths = LISTS + call(4, 3, "GetByTitle", "Nowhere") + add(5, "First")
    told = results(bench, write(scope(20, scope(21, looked(10, 4)) + looked(11, 5)), paths), LAKES)
    assert (told[21]["HasException"], told[20]["HasException"]) == (True, False)
    assert "First" in titles(bench)


@pytest.mark.parametrize("there", [True, False])
def test_many_sites_are_looked_for_in_one_query(there: bool) -> None:
    bench = Bench()
    url = LAKES if there else f"{ROOT}/sites/nowhere"
    paths = TENANT + call(2, 1, "GetSitePropertiesByUrl", url, True) + call(3, 1, "GetDeletedSitePropertiesByUrl", url)
    actions = scope(20, looked(10, 2) + query(11, 2, ALL)) + scope(21, looked(12, 3) + query(13, 3, ALL))
    told: dict[int, Any] = results(bench, write(actions, paths), ADMIN)
    assert told[20]["HasException"] is not there
    assert told[21]["HasException"] is True
    if there:
        assert told[11]["Url"] == url
    else:
        assert told[20]["ErrorInfo"]["ErrorTypeName"] == "Microsoft.Online.SharePoint.Common.SpoNoSiteException"


def test_what_is_not_played_undoes_everything_even_within_a_scope() -> None:
    bench = Bench()
    paths = LISTS + add(4, "First") + call(5, 3, "EnsureSitePagesLibrary")
    body = write(looked(10, 4) + scope(20, looked(11, 5)), paths)
    assert bench.ask("POST", f"{LAKES}/_vti_bin/client.svc/ProcessQuery", body).status_code == 501
    assert "First" not in titles(bench)


def test_a_request_costs_what_csom_costs_and_is_a_write_when_it_asked_for_one() -> None:
    bench = Bench()
    bench.emulator.usage.reset()
    send(bench, write(looked(10, 2), LISTS), LAKES)
    assert _usage(bench) == ({"POST ProcessQuery": 1}, 0, 2)
    error(bench, write(looked(10, 4) + looked(11, 5), LISTS + add(4, "First") + add(5, "First")), LAKES)
    assert _usage(bench) == ({"POST ProcessQuery": 2}, 1, 4)


def _usage(bench: Bench) -> tuple[Any, Any, Any]:
    report = bench.emulator.usage.report()
    return report["by_operation"], report["writes"], report["sharepoint_units"]
