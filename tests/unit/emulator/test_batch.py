from __future__ import annotations

from typing import Any

import pytest

from .caller import SITE, Caller, code_of, json_of


def test_each_item_is_answered_and_fails_on_its_own(caller: Caller) -> None:
    answers = caller.batch(
        ("GET", "/users/nobody@school.example", None),
        ("POST", "/invitations", {"invitedUserEmailAddress": "mum@home.example", "inviteRedirectUrl": SITE}),
        ("GET", "/nonsense", None),
        ("PATCH", "/policies/authorizationPolicy", {"allowInvitesFrom": "none"}),
        ("GET", "/users?$filter=userType eq 'Guest'&$select=mail", None),
    )
    assert [answers[str(n)]["status"] for n in range(1, 6)] == [404, 201, 501, 204, 200]
    assert answers["5"]["body"]["value"] == [{"mail": "mum@home.example"}]
    assert "body" not in answers["4"]
    assert answers["1"]["headers"]["Content-Type"] == "application/json"


def test_the_order_of_answers_is_not_that_of_the_requests(caller: Caller) -> None:
    items = [{"id": "1", "method": "GET", "url": "/users"}, {"id": "2", "method": "GET", "url": "/users/nobody"}]
    answer = caller.graph("POST", "/$batch", {"requests": items})
    assert [each["id"] for each in json_of(answer)["responses"]] == ["2", "1"]


def test_twenty_and_not_one_more(caller: Caller) -> None:
    assert len(caller.batch(*[("GET", "/organization", None)] * 20)) == 20
    items = [{"id": str(n), "method": "GET", "url": "/organization"} for n in range(21)]
    assert code_of(caller.graph("POST", "/$batch", {"requests": items})) == (400, "BadRequest")


@pytest.mark.parametrize(
    "items",
    [[], "x", [1], [{"id": "1", "method": "GET"}], [{"id": "1", "method": "GET", "url": "/users"}] * 2,
     [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"]}]],
)  # fmt: skip
def test_payloads_that_are_refused(caller: Caller, items: Any) -> None:
    assert code_of(caller.graph("POST", "/$batch", {"requests": items})) == (400, "BadRequest")


def test_what_depends_on_a_failure_is_not_done(caller: Caller) -> None:
    body = {"invitedUserEmailAddress": "mum@home.example", "inviteRedirectUrl": SITE}
    items = [
        {"id": "a", "method": "GET", "url": "/users/nobody"},
        {"id": "b", "method": "POST", "url": "/invitations", "body": body, "dependsOn": ["a"]},
        {"id": "c", "method": "GET", "url": "/organization", "dependsOn": ["b"]},
    ]
    answers = {a["id"]: a for a in json_of(caller.graph("POST", "/$batch", {"requests": items}))["responses"]}
    assert {key: answer["status"] for key, answer in answers.items()} == {"a": 404, "b": 424, "c": 424}
    assert caller.get("/users?$filter=userType eq 'Guest'")["value"] == []


def test_headers_of_an_item_reach_it(caller: Caller) -> None:
    request = {"id": "1", "method": "GET", "url": "/users?$count=true", "headers": {"ConsistencyLevel": "eventual"}}
    (answer,) = json_of(caller.graph("POST", "/$batch", {"requests": [request]}))["responses"]
    assert answer["body"]["@odata.count"] == 6
    assert answer["body"]["@odata.context"].startswith("https://graph.microsoft.com/v1.0/")


def test_an_item_with_a_whole_address_is_refused_alone(caller: Caller) -> None:
    requests = [
        {"id": "whole", "method": "GET", "url": "https://graph.microsoft.com/v1.0/users"},
        {"id": "relative", "method": "GET", "url": "/users"},
    ]
    answers = json_of(caller.graph("POST", "/$batch", {"requests": requests}))["responses"]
    assert {answer["id"]: answer["status"] for answer in answers} == {"whole": 400, "relative": 200}
    (refused,) = [answer for answer in answers if answer["id"] == "whole"]
    assert refused["body"]["error"]["message"] == "Resource not found for the segment 'https:'."


def test_a_refused_item_leaves_nothing_of_itself(caller: Caller) -> None:
    group = caller.make_group()
    first, second = caller.invite_id("a@home.example"), caller.invite_id("b@home.example")
    nobody = "00000000-0000-0000-0000-000000000001"
    base = "https://graph.microsoft.com/v1.0/directoryObjects/"
    answers = caller.batch(
        ("PATCH", f"/groups/{group}", {"members@odata.bind": [base + first, base + nobody]}),
        ("PATCH", f"/groups/{group}", {"members@odata.bind": [base + second]}),
    )
    assert [answers[n]["status"] for n in ("1", "2")] == [404, 204]
    assert [row["id"] for row in caller.get(f"/groups/{group}/members")["value"]] == [second]
