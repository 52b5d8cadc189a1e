"""Single calls go wrong as WEATHER.md says: each test takes its orders from the table's rows."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sp_parent_portal.emulator.web import ConnectionLost

from ...contract.sharepoint_bench import LAKES, Bench
from .caller import Caller, code_of, json_of
from .test_served import served, sign_in
from .weather_list import Row, names, row_of, rows_of

REDIRECT = "https://contoso.sharepoint.com"
INVITATION = {"invitedUserEmailAddress": "mum@home.example", "inviteRedirectUrl": REDIRECT}


def order(caller: Caller, *rules: dict[str, Any]) -> None:
    assert caller.ask("POST", "faults", list(rules)).status_code == 200


def guests(caller: Caller) -> int:
    return len(caller.get("/users?$filter=userType eq 'Guest'")["value"])


def ask_sharepoint(caller: Caller, path: str = "/_api/web") -> TestResponse:
    return caller.client.get(path, base_url="https://contoso.sharepoint.com")


@pytest.mark.parametrize("row", rows_of("test_a_call_is_refused"), ids=names)
@pytest.mark.parametrize("host", ["graph", "sharepoint", "login"])
def test_a_call_is_refused(caller: Caller, row: Row, host: str) -> None:
    on = {"graph": "GET /users", "sharepoint": "GET /_api/web", "login": "POST *oauth2/v2.0/token"}[host]
    rule = row.rule(on)
    order(caller, rule)
    ways: dict[str, Callable[[], TestResponse]] = {
        "graph": partial(caller.graph, "GET", "/users"),
        "sharepoint": partial(ask_sharepoint, caller),
        "login": caller.ask_token,
    }
    ask = ways[host]
    refused = ask()
    assert refused.status_code == rule["reply"]
    assert {name: refused.headers.get(name) for name in rule.get("headers", {})} == rule.get("headers", {})
    assert ("Retry-After" in refused.headers) is ("Retry-After" in rule.get("headers", {}))
    if host == "graph":
        assert code_of(refused)[1]
    assert ask().status_code != rule["reply"]


@pytest.mark.parametrize("row", rows_of("test_refused_though_the_work_was_done"), ids=names)
def test_refused_though_the_work_was_done(caller: Caller, row: Row) -> None:
    order(caller, row.rule("POST /invitations"))
    assert caller.invite("mum@home.example").status_code == 429
    assert guests(caller) == 1


@pytest.mark.parametrize("row", rows_of("test_calls_are_counted"), ids=names)
def test_calls_are_counted(caller: Caller, row: Row) -> None:
    rule = row.rule("GET /users")
    order(caller, rule)
    answers = [caller.graph("GET", "/users").status_code for _ in range(6)]
    last = 6 if rule["times"] is None else rule["nth"] - 1 + rule["times"]
    assert answers == [rule["reply"] if rule["nth"] <= call <= last else 200 for call in range(1, 7)]


@pytest.mark.parametrize("row", rows_of("test_an_item_of_a_batch_is_refused"), ids=names)
@pytest.mark.parametrize("host", ["graph", "sharepoint"])
def test_an_item_of_a_batch_is_refused(caller: Caller, row: Row, host: str) -> None:
    if host == "sharepoint":
        bench = Bench()
        client = Caller(bench.emulator)
        order(client, row.rule("POST /_api/web/sitegroups"))
        statuses = _make_groups(bench)
        done = {group["Title"] for group in bench.lakes.each("group")} & {"g0", "g1", "g2"}
        assert statuses == [201, 429, 201]
        assert len(done) == (3 if row.rule("x /")["after_work"] else 2) if "after_work" in row.order else len(done) == 2
        return
    order(caller, row.rule("POST /invitations"))
    bodies = [{**INVITATION, "invitedUserEmailAddress": f"p{n}@home.example"} for n in range(3)]
    answers = caller.batch(*(("POST", "/invitations", body) for body in bodies))
    assert [answers[key]["status"] for key in ("1", "2", "3")] == [201, 429, 201]
    assert answers["2"]["headers"].get("Retry-After") == row.rule("x /").get("headers", {}).get("Retry-After")
    assert guests(caller) == (3 if "after_work" in row.order else 2)


def _make_groups(bench: Bench) -> list[int]:
    """Three groups of a site in one multipart request; statuses of the parts."""
    lines: list[str] = []
    for number in range(3):
        body = json.dumps({"Title": f"g{number}"})
        call = f"POST {LAKES}/_api/web/sitegroups HTTP/1.1\r\nAccept: application/json;odata=nometadata\r\n\r\n{body}"
        lines += ["--batch_a", "Content-Type: application/http", "Content-Transfer-Encoding: binary", "", call, ""]
    headers = {"Content-Type": "multipart/mixed; boundary=batch_a"}
    answer = bench.ask("POST", f"{LAKES}/_api/$batch", "\r\n".join([*lines, "--batch_a--", ""]), headers=headers)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    return [int(line.split()[1]) for line in text.split("\r\n") if line.startswith("HTTP/1.1 ")]


@pytest.mark.parametrize("row", rows_of("test_headers_are_added_to_the_answer"), ids=names)
def test_headers_are_added_to_the_answer(caller: Caller, row: Row) -> None:
    rule = row.rule("GET /users")
    order(caller, rule)
    answer = caller.graph("GET", "/users")
    assert answer.status_code == 200
    assert len(json_of(answer)["value"]) == 6
    assert {name: answer.headers[name] for name in rule["headers"]} == rule["headers"]


@pytest.mark.parametrize("row", rows_of("test_the_connection_breaks"), ids=names)
@pytest.mark.parametrize("batched", [False, True])
def test_the_connection_breaks(caller: Caller, row: Row, batched: bool) -> None:
    order(caller, row.rule("POST /invitations"))
    items = [("POST", "/invitations", INVITATION), ("GET", "/users", None)]
    with pytest.raises(ConnectionLost):
        caller.batch(*items) if batched else caller.invite("mum@home.example")
    assert guests(caller) == int("after_work" in row.order)


@pytest.mark.parametrize("row", rows_of("test_a_call_is_never_answered"), ids=names)
def test_a_call_is_never_answered(row: Row, tmp_path: Path) -> None:
    """The socket stays open until the caller gives up, and others are served meanwhile."""
    script = tmp_path / "faults.json"
    script.write_text(json.dumps([row.rule("POST /invitations")]), encoding="utf-8")
    with served(tmp_path / "state.sqlite", script) as (url, _):
        headers = {**sign_in(url), "Host": "graph.microsoft.com", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=2)) as waiting:
            waiting.request("POST", "/v1.0/invitations", json.dumps(INVITATION), headers)
            with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)) as other:
                other.request("GET", "/v1.0/users", headers=headers)
                assert other.getresponse().status == 200
            with pytest.raises(socket.timeout):
                waiting.getresponse()
        assert _count_guests(url, headers) == int("after_work" in row.order)


def _count_guests(url: str, headers: dict[str, str]) -> int:
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)) as connection:
        connection.request("GET", "/v1.0/users?$filter=userType%20eq%20'Guest'", headers=headers)
        return len(json.loads(connection.getresponse().read())["value"])


@pytest.mark.parametrize("row", rows_of("test_an_answer_is_slow"), ids=names)
def test_an_answer_is_slow(caller: Caller, row: Row) -> None:
    rule = row.rule("GET /users")
    order(caller, rule)
    assert caller.graph("GET", "/users").status_code == 200
    assert caller.clock.slept == [rule["delay_ms"] / 1000]


@pytest.mark.parametrize("row", rows_of("test_half_a_body"), ids=names)
def test_half_a_body(caller: Caller, row: Row) -> None:
    rule = row.rule("GET /users")
    order(caller, rule)
    answer = caller.graph("GET", "/users")
    assert (answer.status_code, len(answer.data)) == (200, rule["truncate"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.data)


@pytest.mark.parametrize("row", rows_of("test_another_body"), ids=names)
def test_another_body(caller: Caller, row: Row) -> None:
    rule = row.rule("GET /users")
    order(caller, rule)
    answer = caller.graph("GET", "/users")
    assert answer.status_code == rule["reply"]
    said = answer.text if isinstance(rule["body"], str) else json_of(answer)
    assert said == rule["body"]


# ---- the next page


def links(caller: Caller, bench: Bench, rule: dict[str, Any]) -> list[str]:
    """Where the next page of Graph's and of SharePoint's is said to be, in each dialect."""
    order(caller, {**rule, "on": "GET /users"})
    order(Caller(bench.emulator), {**rule, "on": "GET /_api/web/lists", "times": None})
    url, found = f"{LAKES}/_api/web/lists?$top=1", [caller.get("/users")["@odata.nextLink"]]
    for accept in ("application/json;odata=nometadata", "application/json;odata=verbose"):
        doc = bench.read("GET", url, accept=accept)
        found.append(doc["d"]["__next"] if "d" in doc else doc["odata.nextLink"])
    v4 = {"OData-Version": "4.0"}
    doc = bench.read("GET", url, accept="application/json;odata.metadata=none", headers=v4)
    return [*found, doc["@odata.nextLink"]]


@pytest.mark.parametrize("row", rows_of("test_the_next_page_is_elsewhere"), ids=names)
def test_the_next_page_is_elsewhere(caller: Caller, row: Row) -> None:
    rule = row.rule("x /")
    assert set(links(caller, Bench(), rule)) == {rule["next_link"]}


@pytest.mark.parametrize("row", rows_of("test_the_next_page_is_this_one"), ids=names)
def test_the_next_page_is_this_one(caller: Caller, row: Row) -> None:
    graph, *sharepoint = links(caller, Bench(), row.rule("x /"))
    assert graph == "https://graph.microsoft.com/v1.0/users"
    assert set(sharepoint) == {f"{LAKES}/_api/web/lists?$top=1"}


@pytest.mark.parametrize("row", rows_of("test_the_next_page_has_expired"), ids=names)
def test_the_next_page_has_expired(caller: Caller, row: Row) -> None:
    bench = Bench()
    graph, *sharepoint = links(caller, bench, row.rule("x /"))
    refused = caller.graph("GET", graph.partition("/v1.0")[2])
    assert code_of(refused) == (400, "Directory_ExpiredPageToken")
    Caller(bench.emulator).ask("POST", "faults", [])
    assert {bench.ask("GET", link.replace(" ", "%20")).status_code for link in sharepoint} == {400}


# ---- tokens


@pytest.mark.parametrize("host", ["graph", "sharepoint"])
def test_a_token_is_not_accepted_any_more(caller: Caller, host: str) -> None:
    row = row_of("test_a_token_is_not_accepted_any_more")
    if host == "graph":
        order(caller, row.rule("GET /users"))
        answers = [caller.graph("GET", "/users") for _ in range(2)]
        assert [code_of(answers[0])[1], answers[1].status_code] == ["InvalidAuthenticationToken", 200]
    else:
        bench = Bench()
        order(Caller(bench.emulator), row.rule("GET /_api/web"))
        answers = [bench.ask("GET", f"{LAKES}/_api/web") for _ in range(2)]  # type: ignore[misc]  # both are responses
        assert [answer.status_code for answer in answers] == [401, 200]
        assert "expired" in answers[0].get_data(as_text=True)
    assert "authorization_uri" in answers[0].headers["WWW-Authenticate"]
