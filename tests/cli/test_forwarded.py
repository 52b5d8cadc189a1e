"""An invitation that somebody else accepted: the admin hears of it, and what the admin is told to do takes them out."""

from __future__ import annotations

import re

import pytest

from tests.stage import GUARDIANS, SITE

from .conftest import Desk

INVITED, OTHER = GUARDIANS[1], "somebody@else.example"
REFUSE = [{"on": "POST /_api/*/GetExternalUsers", "nth": 1, "times": None, "reply": 403}]


@pytest.fixture
def forwarded(desk: Desk) -> Desk:
    assert desk.make_trip().code == 0
    desk.ask("redeem", {"email": INVITED, "as": OTHER})
    desk.ask("visit", {"email": GUARDIANS[0], "site": SITE})
    return desk


@pytest.mark.parametrize("command", [("status",), ("audit", "site", SITE)])
def test_it_is_told_once_in_a_table(forwarded: Desk, command: tuple[str, ...]) -> None:
    said = forwarded.type(*command)
    assert said.code == 0
    assert " ".join(said.out.split()).count(f"{INVITED} was accepted as {OTHER}: ") == 1
    assert OTHER not in said.err


def test_it_is_told_beside_the_data(forwarded: Desk) -> None:
    said = forwarded.type("--format", "json", "status")
    assert said.json[0]["guardians"]["forwarded"] == 1
    assert re.search(r"address-[0-9a-f]{12} was accepted as address-[0-9a-f]{12}: ", said.err), "a log names nobody"
    assert INVITED not in said.err
    assert OTHER not in said.err
    assert f"{INVITED} was accepted as {OTHER}: " in " ".join(forwarded.type("status").out.split())
    rows = forwarded.type("--format", "json", "audit", "site", SITE).json
    told = {row["accepted_as"] for row in rows if row["guest"]}
    assert told == {"", OTHER, GUARDIANS[0]}


def test_what_cannot_be_read_is_unknown(forwarded: Desk) -> None:
    forwarded.ask("faults", REFUSE)
    (row,) = forwarded.type("--format", "json", "status").json
    assert row["guardians"]["forwarded"] is None
    assert "forwarded: UNKNOWN" in forwarded.type("status").out
    said = forwarded.type("audit", "site", SITE)
    assert said.code == 0
    assert "who accepted the invitations is UNKNOWN" in " ".join(said.out.split())


def test_blocking_the_invited_address_takes_them_out(forwarded: Desk) -> None:
    assert forwarded.ask("visit", {"email": OTHER, "site": SITE})["allowed"]
    forwarded.school.write_exclusions(f",,{INVITED},block,,")
    assert forwarded.type("apply", "--all", "--yes").code == 0
    assert not forwarded.ask("visit", {"email": OTHER, "site": SITE})["allowed"]
    assert forwarded.type("--format", "json", "status").json[0]["guardians"]["forwarded"] == 0
