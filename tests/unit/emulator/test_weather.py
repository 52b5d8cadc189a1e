"""The fault script, limits, latency and what is counted."""

from __future__ import annotations

from typing import Any

import pytest

from sp_parent_portal.emulator import limits
from sp_parent_portal.emulator.web import ConnectionLost

from .caller import Caller, code_of, json_of


def script(caller: Caller, *rules: dict[str, Any]) -> None:
    assert caller.ask("POST", "faults", list(rules)).status_code == 200


def count_guests(caller: Caller) -> int:
    return len(caller.get("/users?$filter=userType eq 'Guest'")["value"])


def usage(caller: Caller) -> Any:
    return json_of(caller.ask("GET", "usage"))


# ---- faults ------------------------------------------------------------------------------------------------------


def test_the_third_and_fourth_invitation_are_refused(caller: Caller) -> None:
    script(caller, {"on": "POST /invitations", "nth": 3, "times": 2, "reply": 429, "headers": {"Retry-After": "2.128"}})
    answers = [caller.invite(f"p{n}@home.example") for n in range(6)]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429, 201, 201]
    assert answers[2].headers["Retry-After"] == "2.128"
    assert code_of(answers[2]) == (429, "TooManyRequests")
    assert count_guests(caller) == 4
    assert usage(caller)["throttled"] == 2


def test_items_of_a_batch_are_struck_one_by_one(caller: Caller) -> None:
    script(caller, {"on": "POST /invitations", "nth": 2, "reply": 503})
    body = {"inviteRedirectUrl": "https://contoso.sharepoint.com"}
    items = [("POST", "/invitations", {**body, "invitedUserEmailAddress": f"p{n}@home.example"}) for n in range(3)]
    assert [answer["status"] for answer in caller.batch(*items).values() if answer["status"] != 201] == [503]
    assert count_guests(caller) == 2


@pytest.mark.parametrize(("after_work", "made"), [(False, 0), (True, 1)])
def test_a_connection_is_lost_before_the_work_or_after_it(caller: Caller, after_work: bool, made: int) -> None:
    script(caller, {"on": "POST /invitations", "drop": True, "after_work": after_work})
    with pytest.raises(ConnectionLost):
        caller.invite("mum@home.example")
    assert count_guests(caller) == made


def test_a_batch_whose_answer_is_lost_was_done_all_the_same(caller: Caller) -> None:
    script(caller, {"on": "POST /invitations", "nth": 2, "drop": True, "after_work": True})
    body = {"inviteRedirectUrl": "https://contoso.sharepoint.com"}
    with pytest.raises(ConnectionLost):
        caller.batch(
            *(("POST", "/invitations", {**body, "invitedUserEmailAddress": f"p{n}@home.example"}) for n in range(3))
        )
    assert count_guests(caller) == 3


def test_refused_though_done(caller: Caller) -> None:
    script(caller, {"on": "POST /invitations", "reply": 429, "after_work": True})
    assert caller.invite("mum@home.example").status_code == 429
    assert count_guests(caller) == 1


def test_delays_truncation_and_bodies(caller: Caller) -> None:
    script(
        caller,
        {"on": "GET /organization", "delay_ms": 1500},
        {"on": "GET /users", "truncate": 40},
        {"on": "GET /groups", "reply": 200, "body": "<html>sign in</html>"},
        {"on": "GET /policies", "reply": 409, "body": {"error": {"code": "x"}}},
    )
    assert caller.graph("GET", "/organization").status_code == 200
    assert caller.clock.slept == [1.5]
    cut = caller.graph("GET", "/users")
    assert (cut.status_code, len(cut.data)) == (200, 40)
    assert caller.graph("GET", "/groups").text == "<html>sign in</html>"
    assert code_of(caller.graph("GET", "/policies/authorizationPolicy")) == (409, "x")


@pytest.mark.parametrize(
    "on",
    ["GET /users", "* /users", "GET /v1.0/users", "GET */users*", "GET graph.microsoft.com/*", "get /USERS",
     "GET https://graph.microsoft.com/v1.0/users"],
)  # fmt: skip
def test_how_a_call_is_named(caller: Caller, on: str) -> None:
    script(caller, {"on": on, "reply": 500, "times": None})
    assert caller.graph("GET", "/users").status_code == 500
    assert caller.graph("GET", "/users").status_code == 500


@pytest.mark.parametrize("on", ["POST /users", "GET /groups", "GET users", "GET */users/x*"])
def test_other_calls_are_left_alone(caller: Caller, on: str) -> None:
    script(caller, {"on": on, "reply": 500, "times": None})
    assert caller.graph("GET", "/users").status_code == 200


def test_sharepoint_and_sign_in_are_struck_too(caller: Caller) -> None:
    script(caller, {"on": "GET /_api/web", "reply": 429}, {"on": "POST *oauth2/v2.0/token", "reply": 500})
    answer = caller.client.get("/sites/lake/_api/web", base_url="https://contoso.sharepoint.com")
    assert (answer.status_code, answer.text) == (429, "429 TOO MANY REQUESTS")
    assert caller.ask_token().status_code == 500


def test_a_new_script_replaces_the_old_and_counts_anew(caller: Caller) -> None:
    script(caller, {"on": "GET /users", "nth": 2, "reply": 500})
    caller.get("/users")
    script(caller, {"on": "GET /users", "nth": 2, "reply": 500})
    assert [caller.graph("GET", "/users").status_code for _ in range(3)] == [200, 500, 200]
    script(caller)
    assert [caller.graph("GET", "/users").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    "rules",
    [{}, "x", [1], [{"on": "GET"}], [{"reply": 500}], [{"on": "GET /x", "nth": 0}], [{"on": "GET /x", "reply": "500"}],
     [{"on": "GET /x", "after-work": True}], [{"on": "GET /x", "nth": True}]],
)  # fmt: skip
def test_a_script_that_cannot_be_read_changes_nothing(caller: Caller, rules: Any) -> None:
    script(caller, {"on": "GET /users", "reply": 500, "times": None})
    assert caller.ask("POST", "faults", rules).status_code == 400
    assert caller.graph("GET", "/users").status_code == 500


# ---- counting ----------------------------------------------------------------------------------------------------


def test_what_a_run_cost(caller: Caller) -> None:
    caller.ask("POST", "reset")
    body = {"inviteRedirectUrl": "https://contoso.sharepoint.com"}
    caller.batch(
        *(("POST", "/invitations", {**body, "invitedUserEmailAddress": f"p{n}@home.example"}) for n in range(3))
    )
    caller.get("/users?$filter=userType eq 'Guest'&$select=id")
    caller.get("/users")
    found = usage(caller)
    assert found["by_operation"] == {"POST /invitations": 3, "GET /users": 2}
    assert (found["requests"], found["writes"], found["directory_writes"]) == (5, 3, 3)
    # 3 writes, a page with $select (2 - 1), a page without (2)
    assert found["resource_units"] == 6
    assert found["mails"] == found["throttled"] == 0


def test_no_address_is_in_the_report(caller: Caller) -> None:
    script(caller, {"on": "GET /users/mum", "reply": 500})
    caller.graph("GET", "/users/mum@home.example")
    caller.graph("GET", "/users/dad@home.example")
    assert "home.example" not in str(usage(caller))


@pytest.mark.parametrize(
    ("path", "units"),
    [("/users", 2), ("/users?$select=id", 1), ("/users?$top=5", 1), ("/users?$select=id&$top=5", 1),
     ("/organization", 1),
     ("/groups/{g}/members", 3), ("/groups/{g}/members?$select=id", 2), ("/groups/{g}/transitiveMembers", 5)],
)  # fmt: skip
def test_prices(caller: Caller, path: str, units: int) -> None:
    group = caller.make_group()
    before = usage(caller)["resource_units"]
    answer = caller.graph("GET", path.format(g=group))
    assert usage(caller)["resource_units"] - before == units
    assert answer.headers["x-ms-resource-unit"] == str(units)


# ---- limits ------------------------------------------------------------------------------------------------------


def test_published_limits_refuse_and_pass() -> None:
    caller = Caller(published_limits=True)
    most = limits.load_limits()["graph"]["invitations_per_5_seconds_per_tenant"]
    statuses = [caller.invite(f"p{n}@home.example").status_code for n in range(most + 1)]
    assert statuses == [201] * most + [429]
    refused = caller.invite("mum@home.example")
    assert refused.headers["x-ms-throttle-scope"].startswith("Tenant_Application/ReadWrite/")
    caller.clock.sleep(int(refused.headers["Retry-After"]))
    assert caller.invite("mum@home.example").status_code == 201
    assert usage(caller)["throttled"] == 2


def test_reading_takes_units_too() -> None:
    caller = Caller(published_limits=True)
    most = limits.directory_units_per_10_seconds(5)
    statuses = [caller.graph("GET", "/users").status_code for _ in range(most // 2 + 1)]
    assert statuses == [200] * (most // 2) + [429]


def test_a_mailbox_sends_thirty_messages_a_minute() -> None:
    caller = Caller(published_limits=True)
    body = {"message": {"subject": "x", "toRecipients": [{"emailAddress": {"address": "mum@home.example"}}]}}
    statuses = [caller.graph("POST", "/users/trips@school.example/sendMail", body).status_code for _ in range(31)]
    assert statuses == [202] * 30 + [429]
    assert len(json_of(caller.ask("GET", "outbox"))) == 30


def test_sharepoint_warns_from_four_fifths_and_then_refuses() -> None:
    caller = Caller(published_limits=True)
    token = json_of(caller.ask_token(scope="https://contoso.sharepoint.com/.default"))["access_token"]

    def ask() -> Any:
        return caller.client.get(
            "/_api/web?$select=Title",
            base_url="https://contoso.sharepoint.com",
            headers={"Authorization": f"Bearer {token}"},
        )

    most, warned = limits.find_tier(400)["app_units_per_minute"], 0
    while (answer := ask()).status_code != 429:
        warned += "RateLimit-Remaining" in answer.headers
    # A token made with a secret is refused by SharePoint; it is charged all the same.
    assert warned > 0
    assert usage(caller)["sharepoint_units"] >= most
    assert int(answer.headers["Retry-After"]) <= 61


def test_limits_are_off_unless_asked_for(caller: Caller) -> None:
    most = limits.load_limits()["graph"]["invitations_per_5_seconds_per_tenant"]
    assert {caller.invite(f"p{n}@home.example").status_code for n in range(most + 1)} == {201}


def test_the_formula_for_mails_outside_the_tenant() -> None:
    assert [limits.external_recipients_per_day(n) for n in (1, 100, 1000)] == [10000, 22059, 72446]


def test_latency() -> None:
    caller = Caller(latency_ms=250)
    caller.clock.slept.clear()
    caller.batch(("GET", "/users", None), ("GET", "/groups", None))
    assert caller.clock.slept == [0.25]
