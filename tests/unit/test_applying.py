"""What of a plan may go ahead, how it ended, and what is remembered of what was asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.applying import Allowed, Asked, choose_exit_code, make_ready, read_allowed, read_asked
from sp_parent_portal.errors import ContactListError, InputError, PortalError, RiskNotAllowed
from sp_parent_portal.plan.model import Change, Field, Held, Plan, Risk
from sp_parent_portal.planning import Planned
from sp_parent_portal.resources.drift import ByHand
from sp_parent_portal.runs.model import Outcome, Status

RISKS = list(Risk)


def change(key: str = "k", risk: Risk = Risk.ROUTINE, *, urgent: bool = False) -> Change:
    return Change("create", "guest", key, (Field("email", None, key),), "because", risk, "lake", urgent)


def planned(*changes: Change, broken: ContactListError | None = None) -> Planned:
    school = SimpleNamespace(today=date(2027, 5, 1))
    return Planned(Plan("emulator", changes), broken, cast(Any, school), {}, {}, {}, {})


# ---- what is allowed -------------------------------------------------------------------------------------------------


def test_risks_are_allowed_by_name_in_one_option_or_several() -> None:
    assert read_allowed([]) == Allowed()
    assert read_allowed(["opens-access,removes-access", " smaller-list "]) == Allowed(
        frozenset({Risk.OPENS_ACCESS, Risk.REMOVES_ACCESS}), True
    )


def test_an_unknown_risk_names_those_there_are() -> None:
    with pytest.raises(InputError, match="opens-acces") as caught:
        read_allowed(["opens-acces"])
    for word in ("opens-access", "removes-access", "tenant-wide", "smaller-list"):
        assert word in caught.value.hint


ALLOWED = st.builds(Allowed, st.frozensets(st.sampled_from(RISKS)), st.booleans())


@given(
    allowed=ALLOWED,
    by_hand=st.sampled_from(ByHand),
    portal=st.sampled_from(["/a/portal.toml", "/with space/portal.toml", "-odd/portal.toml"]),
    words=st.lists(st.sampled_from(["/a/trip.toml", "/--all", "--allow", "-x", "/a b/plan.json"]), max_size=3),
)
def test_what_was_asked_is_read_back_as_it_was(
    allowed: Allowed, by_hand: ByHand, portal: str, words: list[str]
) -> None:
    if portal.startswith("-"):
        portal = f"/{portal}"  # a run records whole paths
    asked = Asked(Path(portal), tuple(words), allowed, by_hand)
    assert read_asked(asked.as_arguments()) == asked


@pytest.mark.parametrize(
    "arguments", [(), ("--all",), ("apply", "--all"), ("--portal",), ("--portal", "a", "--new", "b")]
)
def test_arguments_that_are_not_ours(arguments: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="not recorded"):
        read_asked(arguments)


# ---- what may go ahead -----------------------------------------------------------------------------------------------


@given(
    urgent=st.lists(st.sampled_from("abc"), unique=True),
    risks=st.lists(st.sampled_from(RISKS), max_size=5),
    allowed=ALLOWED,
    broken=st.booleans(),
)
def test_what_is_urgent_always_goes_ahead_and_what_is_refused_never_does(
    urgent: list[str], risks: list[Risk], allowed: Allowed, broken: bool
) -> None:
    now = [change(key, Risk.REMOVES_ACCESS, urgent=True) for key in urgent]
    rest = [change(f"{number}", risk) for number, risk in enumerate(risks)]
    error = ContactListError("broken") if broken else None
    ready = make_ready(planned(*now, *rest, broken=error), allowed)
    assert set(now) <= set(ready.plan.changes)
    refused = {each for each in risks if each in (Risk.OPENS_ACCESS, Risk.TENANT_WIDE)} - allowed.risks
    if broken or refused:
        assert ready.refusal is not None
        assert ready.plan.changes == tuple(now)
    else:
        assert ready.refusal is None
        assert ready.plan.changes == (*now, *rest)


def test_a_broken_contact_list_is_the_reason_that_is_told() -> None:
    error = ContactListError("broken")
    assert make_ready(planned(change(risk=Risk.OPENS_ACCESS), broken=error), Allowed()).refusal is error


def test_what_was_not_approved_is_refused() -> None:
    approved = Plan("emulator", (change("a"),))
    assert make_ready(planned(change("a")), Allowed(), approved).refusal is None
    refusal = make_ready(planned(change("a"), change("b")), Allowed(), approved).refusal
    assert refusal is not None
    assert refusal.exit_code == 5


# ---- how it ended ----------------------------------------------------------------------------------------------------

TRIP, PERSON = Held("lake", "", "closed"), Held("lake", "a@b.example", "two accounts")
NOT_ALLOWED, BROKEN = RiskNotAllowed("no"), ContactListError("broken")
D, A, H, F, U = Status.DONE, Status.ALREADY, Status.HELD, Status.FAILED, Status.UNKNOWN
ENDS: list[tuple[list[Status], list[Held], PortalError | None, int]] = [
    ([], [], None, 0),
    ([D, A], [], None, 0),
    ([], [PERSON], None, 0),  # nothing to do; the person is told of each time
    ([], [TRIP], None, 5),
    ([], [], NOT_ALLOWED, 5),
    ([], [], BROKEN, 2),
    ([D], [TRIP], None, 6),
    ([D], [PERSON], None, 6),
    ([D], [], NOT_ALLOWED, 6),
    ([D], [], BROKEN, 6),
    ([D, F], [], None, 6),
    ([D, H], [], None, 6),
    ([A, U], [], None, 6),
    ([U], [], None, 6),
    ([F], [], None, 1),
    ([F, H], [], None, 1),
    ([H], [], None, 5),
]


@pytest.mark.parametrize(("statuses", "held", "refusal", "code"), ENDS)
def test_the_exit_code(statuses: list[Status], held: list[Held], refusal: PortalError | None, code: int) -> None:
    outcomes = [Outcome(change(), status) for status in statuses]
    assert choose_exit_code(outcomes, held, refusal) == code


@given(st.lists(st.sampled_from([D, A, H, F, U]), min_size=1))
def test_zero_means_that_everything_was_done(statuses: list[Status]) -> None:
    code = choose_exit_code([Outcome(change(), status) for status in statuses], [], None)
    assert (code == 0) == (set(statuses) <= {D, A})
