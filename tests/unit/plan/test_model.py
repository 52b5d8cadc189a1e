"""A plan is data: its order, its fingerprint and its way through JSON."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.plan.model import KINDS, Change, Field, Plan, Risk, in_order

words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=12)
values = st.none() | st.booleans() | st.integers(-5, 5) | words
changes = st.builds(
    Change,
    verb=st.sampled_from(["create", "update", "remove", "send"]),
    kind=st.sampled_from(KINDS),
    key=words,
    fields=st.lists(st.builds(Field, words, values, values), max_size=3).map(tuple),
    reason=words,
    risk=st.sampled_from(Risk),
    trip=st.sampled_from(["", "a", "b"]),
    urgent=st.booleans(),
)


@given(st.lists(changes, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_changes_does_not_depend_on_the_order_they_were_found_in(
    found: list[Change], chance: random.Random
) -> None:
    shuffled = found[:]
    chance.shuffle(shuffled)
    assert [c.identity for c in in_order(found)] == [c.identity for c in in_order(shuffled)]


@given(st.lists(changes, max_size=12))
def test_urgent_removals_stand_before_everything_else(found: list[Change]) -> None:
    urgent = [change.urgent for change in in_order(found)]
    assert urgent == sorted(urgent, reverse=True)


@given(st.lists(changes, max_size=12))
def test_a_trips_kinds_stand_in_their_fixed_order(found: list[Change]) -> None:
    ordered = in_order(found)
    for trip in ("", "a", "b"):
        stages = [KINDS.index(c.kind) for c in ordered if c.trip == trip and not c.urgent]
        assert stages == sorted(stages)


@given(st.lists(changes, max_size=6))
def test_a_change_survives_json(found: list[Change]) -> None:
    plan = Plan("emulator", tuple(found))
    again = [Change.from_data(each) for each in json.loads(json.dumps(plan.as_data()))["changes"]]
    assert tuple(again) == plan.changes
    assert Plan("emulator", tuple(again)).fingerprint == plan.fingerprint


@given(changes, words)
def test_the_fingerprint_changes_with_what_is_done(change: Change, other: str) -> None:
    plan = Plan("emulator", (change,))
    assert Plan("contoso", (change,)).fingerprint != plan.fingerprint
    assert Plan("emulator", (change, change)).fingerprint != plan.fingerprint
    assert Plan("emulator", ()).fingerprint != plan.fingerprint


def test_after_names_a_field() -> None:
    change = Change("update", "site", "x", (Field("title", "a", "b"),), "", Risk.ROUTINE)
    assert change.after("title") == "b"
    with pytest.raises(KeyError):
        change.after("owner")
