"""An approved plan lets through itself and what is left of it, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import InputError, PlanChanged
from sp_parent_portal.plan.approval import check_approved, check_target, read_plan
from sp_parent_portal.plan.model import Change, Field, Held, Plan, Risk

A, B, C = (
    Change("create", "guest", name, (Field("email", None, name),), "guardian", Risk.ROUTINE, "lake")
    for name in ("a@x.example", "b@x.example", "c@x.example")
)
PAGE = Change(
    "update",
    "site_page",
    "lake: page start",
    (Field("content", "0a", "0b"),),
    "changed by hand",
    Risk.ROUTINE,
    "lake",
    words=(Field("title", "Ours", "Lake"),),
)


def saved(plan: Plan) -> str:
    return json.dumps(plan.as_data())


def test_a_saved_plan_reads_back_the_same() -> None:
    plan = Plan("emulator", (A, B, PAGE), (Held("lake", "d@x.example", "blocked", "unblock", PAGE.words),))
    assert read_plan(saved(plan), "plan.json") == plan


def test_two_plans_are_not_compared_by_their_words() -> None:
    check_approved(Plan("emulator", (PAGE,)), Plan("emulator", (replace(PAGE, words=()),)))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"target": 1}', "not json", '{"target":"x","changes":[{}]}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a saved plan"):
        read_plan(text, "plan.json")


def test_a_plan_that_was_edited_is_refused() -> None:
    text = saved(Plan("emulator", (A,))).replace("a@x.example", "evil@x.example")
    with pytest.raises(InputError, match="changed after it was saved"):
        read_plan(text, "plan.json")


@given(st.sets(st.sampled_from([A, B, C])))
def test_a_part_of_the_approved_plan_goes_on(left: set[Change]) -> None:
    check_approved(Plan("emulator", (A, B, C)), Plan("emulator", tuple(left)))


def test_anything_new_is_refused() -> None:
    with pytest.raises(PlanChanged, match="1 of 2 changes are not in the approved plan"):
        check_approved(Plan("emulator", (A, B)), Plan("emulator", (A, C)))


def test_the_same_thing_with_another_after_is_refused() -> None:
    before = Change("update", "site_opening", "u", (Field("sharing", "disabled", "existing-guests"),), "", Risk.ROUTINE)
    after = Change("update", "site_opening", "u", (Field("sharing", "disabled", "anyone"),), "", Risk.ROUTINE)
    with pytest.raises(PlanChanged):
        check_approved(Plan("emulator", (before,)), Plan("emulator", (after,)))


def test_another_target_is_refused() -> None:
    with pytest.raises(PlanChanged, match="approved for emulator, this is contoso"):
        check_target(Plan("emulator", (A,)), Plan("contoso", (A,)))
