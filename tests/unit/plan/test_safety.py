"""Ceilings: what is routine, what must be allowed by name, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import RiskNotAllowed
from sp_parent_portal.plan.model import Change, Field, Plan, Risk
from sp_parent_portal.plan.safety import check_allowed, raise_risk, why_too_few_left, why_too_many
from sp_parent_portal.trips import SafetySection

LIMITS = SafetySection()


def membership(verb: str, email: str, *, urgent: bool = False, risk: Risk = Risk.ROUTINE) -> Change:
    before, after = (None, email) if verb == "create" else (email, None)
    fields = (Field("email", before, after),)
    return Change(verb, "membership", f"{email} in lake", fields, "because", risk, "lake", urgent)


@pytest.mark.parametrize(
    ("members", "added", "students", "live", "says"),
    [
        (0, 0, 0, True, ""),
        (0, 200, 100, False, ""),
        (0, 201, 100, False, "201 guardians are more than 200"),
        (0, 6, 2, False, ""),
        (0, 7, 2, False, "7 guardians are more than 3 for each of 2 students"),
        (100, 30, 100, True, ""),
        (100, 31, 100, True, "31 more on a live trip of 100 are more than 30%"),
        (100, 31, 100, False, ""),
        (1, 1, 9, True, ""),
        (1, 2, 9, True, "2 more on a live trip of 1 are more than 30%"),
        (250, 0, 1, True, ""),
    ],
)
def test_additions_above_a_ceiling_are_named(members: int, added: int, students: int, live: bool, says: str) -> None:
    assert why_too_many(LIMITS, live=live, members=members, added=added, students=students) == says


def test_only_people_are_raised_and_the_reason_is_said() -> None:
    site = Change("create", "site", "u", (), "no site", Risk.OPENS_ACCESS, "lake")
    notice = Change("send", "notice", "k", (), "not told", Risk.ROUTINE, "lake")
    raised = raise_risk([membership("create", "a@x.example"), site, notice], "201 are more than 200")
    assert [c.risk for c in raised] == [Risk.OPENS_ACCESS, Risk.OPENS_ACCESS, Risk.ROUTINE]
    assert raised[0].reason == "because; 201 are more than 200"
    assert raised[1] == site


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_removals_on_mere_absence_have_a_ceiling_and_urgent_ones_have_none(
    stay: int, inferred: int, urgent: int
) -> None:
    members = stay + inferred + urgent
    changes = [membership("remove", f"i{n}@x.example") for n in range(inferred)]
    changes += [membership("remove", f"u{n}@x.example", urgent=True) for n in range(urgent)]
    refused = why_too_few_left(changes, members, LIMITS) != ""
    assert refused == (members >= 10 and inferred > 0.3 * members)


def test_each_risk_must_be_allowed_by_its_name() -> None:
    plan = Plan(
        "emulator",
        (
            Change("create", "site", "https://contoso.sharepoint.com/sites/lake", (), "", Risk.OPENS_ACCESS, "lake"),
            Change("update", "tenant_sharing", "tenant", (), "", Risk.TENANT_WIDE),
            membership("remove", "a@x.example", risk=Risk.REMOVES_ACCESS),
        ),
    )
    with pytest.raises(RiskNotAllowed) as error:
        check_allowed(plan, [])
    assert "opens-access: create site https://contoso.sharepoint.com/sites/lake" in error.value.message
    assert error.value.hint.endswith("--allow opens-access,tenant-wide")
    with pytest.raises(RiskNotAllowed):
        check_allowed(plan, [Risk.OPENS_ACCESS])
    check_allowed(plan, [Risk.OPENS_ACCESS, Risk.TENANT_WIDE])


def test_a_refusal_names_no_person() -> None:
    plan = Plan("emulator", (membership("create", "nina.hale@mail.example", risk=Risk.OPENS_ACCESS),))
    with pytest.raises(RiskNotAllowed) as error:
        check_allowed(plan, [])
    assert "nina" not in error.value.message


def test_people_are_told_by_number_and_with_why_they_are_more_than_routine() -> None:
    people = [membership("create", f"p{n}@x.example") for n in range(3)]
    plan = Plan("emulator", raise_risk(people, "201 guardians are more than 200"))
    with pytest.raises(RiskNotAllowed) as error:
        check_allowed(plan, [])
    assert error.value.message.endswith("create 3 memberships in lake (201 guardians are more than 200)")
