from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import (
    AccessDenied,
    BadAnswer,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unreachable,
)
from sp_parent_portal.microsoft365.batch import Item, ItemAnswer, send_items
from tests.recording import Asked, Clock, Lost, Recorder, Told, in_turn, open_transport

READ = Item("GET", "/users/a")
ADD = Item("POST", "/invitations", {"x": 1})
REMOVE = Item("DELETE", "/groups/g/members/a/$ref")
SAFE = Item("POST", "/invitations", {"x": 1}, may_repeat=True)


def answers(*parts: dict[str, Any]) -> Told:
    return Told({"responses": [{"id": str(number), **part} for number, part in enumerate(parts)]})


def fine(body: Any = None) -> dict[str, Any]:
    return {"status": 200, "body": body}


def busy(seconds: str = "", status: int = 429) -> dict[str, Any]:
    headers = {"headers": {"Retry-After": seconds}} if seconds else {}
    return {"status": status, **headers, "body": {"error": {"code": "TooManyRequests"}}}


def send(app: Recorder, *items: Item, clock: Clock | None = None) -> list[ItemAnswer]:
    return send_items(open_transport(app, clock), "do them", items, "inviter")


def sent(asked: Asked) -> list[str]:
    return [f"{each['method']} {each['url']}" for each in asked.data["requests"]]


def echo(asked: Asked) -> Told:
    """Each item answered with its own address, in disorder, sparsely."""
    parts = [{"id": each["id"], "status": 200, "body": {"url": each["url"]}} for each in asked.data["requests"]]
    random.Random(asked.body).shuffle(parts)
    return Told({"responses": parts})


@given(st.integers(0, 67))
def test_every_item_gets_its_own_answer_in_order(count: int) -> None:
    app = Recorder(echo)
    found = send(app, *(Item("GET", f"/users/{n}") for n in range(count)))
    assert [answer.body["url"] for answer in found] == [f"/users/{n}" for n in range(count)]
    assert [len(asked.data["requests"]) for asked in app.asked] == [20] * (count // 20) + [count % 20] * (
        count % 20 > 0
    )


def test_bodies_and_headers_travel_with_their_item() -> None:
    app = Recorder(echo)
    send(app, Item("POST", "/a", {"x": 1}, {"Prefer": "y"}), Item("GET", "/b"))
    assert app.asked[0].data["requests"] == [
        {
            "id": "0",
            "method": "POST",
            "url": "/a",
            "body": {"x": 1},
            "headers": {"Prefer": "y", "Content-Type": "application/json"},
        },
        {"id": "1", "method": "GET", "url": "/b"},
    ]


def test_what_was_throttled_is_sent_again_alone_after_its_time() -> None:
    clock = Clock()
    app = in_turn(
        answers(fine(1), busy("5"), fine(3), busy("9")),
        Told({"responses": [{"id": "3", **fine(4)}, {"id": "1", **busy()}]}),
        Told({"responses": [{"id": "1", **fine(2)}]}),
    )
    items = [Item("GET", f"/users/{n}") for n in range(4)]
    assert [each.body for each in send(app, *items, clock=clock)] == [1, 2, 3, 4]
    assert [sent(asked) for asked in app.asked[1:]] == [["GET /users/1", "GET /users/3"], ["GET /users/1"]]
    assert clock.slept == [9.0, 1.0]


@pytest.mark.parametrize("item", [READ, REMOVE, SAFE])
def test_what_can_be_done_twice_is(item: Item) -> None:
    assert [a.error for a in send(in_turn(answers(busy("1")), answers(fine())), item)] == [None]


@pytest.mark.parametrize("status", [429, 503, 500, 504])
def test_a_throttled_write_may_have_been_done(status: int) -> None:
    app = in_turn(answers(busy("1", status)))
    assert type(send(app, ADD)[0].error) is OutcomeUnknown
    assert len(app.asked) == 1


@pytest.mark.parametrize(("item", "kind"), [(READ, Throttled), (REMOVE, OutcomeUnknown), (SAFE, OutcomeUnknown)])
def test_patience_ends_for_items_too(item: Item, kind: type) -> None:
    app = Recorder(lambda _asked: answers(busy("1")))
    assert type(send(app, item)[0].error) is kind
    assert len(app.asked) == 7


@pytest.mark.parametrize(
    ("items", "kind", "requests"),
    [([ADD, READ], OutcomeUnknown, 1), ([REMOVE, REMOVE], OutcomeUnknown, 7), ([READ, READ], Unreachable, 7)],
)
def test_a_batch_whose_answer_was_lost(items: list[Item], kind: type, requests: int) -> None:
    app = Recorder(lambda _asked: Lost())
    assert [type(answer.error) for answer in send(app, *items)] == [kind, kind]
    assert len(app.asked) == requests


def test_a_safe_write_is_still_not_repeated_when_the_answer_is_lost() -> None:
    app = Recorder(lambda _asked: Lost())
    assert type(send(app, SAFE)[0].error) is OutcomeUnknown
    assert len(app.asked) == 1


def test_a_lost_batch_does_not_stop_the_next_one() -> None:
    left: list[Told | Exception] = [Lost(), answers(fine("ok"))]
    found = send(Recorder(lambda _asked: left.pop(0)), *[ADD] * 21)
    assert [type(answer.error) for answer in found[:20]] == [OutcomeUnknown] * 20
    assert found[20] == ItemAnswer("ok")


def test_nothing_follows_a_batch_without_access() -> None:
    app = Recorder(lambda _asked: Told({"error": {"code": "Authorization_RequestDenied"}}, 403))
    found = send(app, *[ADD] * 45)
    assert {type(answer.error) for answer in found} == {AccessDenied}
    assert len(found) == 45
    assert len(app.asked) == 1


def test_an_outer_429_is_waited_for() -> None:
    clock = Clock()
    assert send(in_turn(Told(None, 429, {"Retry-After": "3"}), answers(fine(1))), ADD, clock=clock) == [ItemAnswer(1)]
    assert clock.slept == [3.0]


def test_an_item_that_is_not_answered() -> None:
    found = send(in_turn(Told({"responses": [{"id": "2", "status": 200}]})), ADD, READ, READ)
    assert [type(answer.error) for answer in found] == [OutcomeUnknown, BadAnswer, type(None)]


@pytest.mark.parametrize("body", [None, {}, [], {"responses": None}, {"responses": {}}])
def test_an_answer_that_is_no_batch(body: Any) -> None:
    assert type(send(in_turn(Told(body)), READ)[0].error) is BadAnswer
    assert type(send(in_turn(Told(body)), ADD)[0].error) is OutcomeUnknown


@pytest.mark.parametrize("part", [{"status": "soon"}, {"status": None}, {"status": 0}, {"headers": 7, "status": 0}])
def test_an_item_without_a_status(part: dict[str, Any]) -> None:
    assert type(send(in_turn(answers(part)), ADD)[0].error) is OutcomeUnknown


def test_refusals_keep_their_meaning_and_their_body() -> None:
    missing = {"status": 404, "body": {"error": {"code": "Request_ResourceNotFound", "message": "anna@mail.example"}}}
    bad = {"status": "400", "headers": {"Request-Id": "61f05909-09ce-449e-bdd1-2c96634a3dad"}, "body": "x"}
    found = send(in_turn(answers(missing, bad)), ADD, ADD)
    assert [type(answer.error) for answer in found] == [NotFound, Rejected]
    assert found[0].body == missing["body"]
    assert "anna" not in str(found[0].error)
    assert "61f05909" in str(found[1].error)


class Directory:
    """A service that does what it is asked, answers as it likes, and remembers how often each thing was done."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.done = dice, dict[str, int]()

    def __call__(self, asked: Asked) -> Told | Exception:
        fate = self.dice.choice(["fine", "fine", "fine", "busy", "closed", "lost before", "lost after"])
        if fate in ("busy", "closed"):
            return Told(None, 429 if fate == "busy" else 403)
        if fate == "lost before":
            return Lost()
        parts = [self.answer(each) for each in asked.data["requests"]]
        return Lost() if fate == "lost after" else Told({"responses": parts})

    def answer(self, item: dict[str, Any]) -> dict[str, Any]:
        fate = self.dice.choice(["fine", "fine", "busy", "busy but done", "silent"])
        if fate != "busy":
            self.done[item["url"]] = self.done.get(item["url"], 0) + 1
        if fate == "silent":
            return {"id": "none"}
        return {"id": item["id"], **(busy() if fate.startswith("busy") else {"status": 201, "body": item["url"]})}


@given(st.integers(0, 10**6), st.integers(1, 50), st.booleans())
def test_no_write_is_done_twice_and_no_success_is_invented(seed: int, count: int, safe: bool) -> None:
    directory = Directory(random.Random(seed))
    urls = [f"/invitations/{n}" for n in range(count)]
    found = send(Recorder(directory), *(Item("POST", url, may_repeat=safe) for url in urls))
    for url, answer in zip(urls, found, strict=True):
        times = directory.done.get(url, 0)
        assert safe or times <= 1
        if answer.error is None:
            assert times >= 1
            assert answer.body == url
        elif times:
            assert isinstance(answer.error, OutcomeUnknown)
