"""Who comes in and who goes: removals on mere absence never from a list that is not believed, urgent ones always."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.plan.model import Risk
from sp_parent_portal.resources import membership
from tests.unit.resources.wishes import distrusted, expired, guest, make_desired

people = st.sets(st.sampled_from([f"{name}@mail.example" for name in "abcdefgh"]))


def emails(changes: object, verb: str) -> set[str]:
    assert isinstance(changes, tuple)
    return {str(c.fields[0].after if verb == "create" else c.fields[0].before) for c in changes if c.verb == verb}


@given(wanted=people, there=people, out=people)
def test_what_it_leads_to_is_what_is_wanted(wanted: set[str], there: set[str], out: set[str]) -> None:
    desired = make_desired(wanted - out, dict.fromkeys(out, "exclusion"))
    members = [guest(email) for email in there]
    changes = membership.diff(desired, members, {email: (guest(email),) for email in wanted})
    after = (there - emails(changes, "remove")) | emails(changes, "create")
    assert after == wanted - out


@given(wanted=people, there=people, out=people)
def test_the_excluded_go_at_once_and_everybody_at_the_end(wanted: set[str], there: set[str], out: set[str]) -> None:
    members = [guest(email) for email in there]
    desired = make_desired(wanted - out, dict.fromkeys(out, "exclusion"))
    assert emails(membership.diff_urgent(desired, members), "remove") == there & out
    assert emails(membership.diff_urgent(expired(desired), members), "remove") == there
    assert emails(membership.diff(expired(desired), members, {}), "create") == set()


@given(wanted=people, there=people, out=people)
def test_a_list_that_is_not_believed_removes_only_who_is_excluded(
    wanted: set[str], there: set[str], out: set[str]
) -> None:
    desired = distrusted(make_desired(wanted - out, dict.fromkeys(out, "exclusion")))
    changes = membership.diff(desired, [guest(email) for email in there], {})
    assert emails(changes, "remove") == there & out
    assert emails(changes, "create") == set()


@given(wanted=people, there=people)
def test_nothing_that_opens_is_routine_by_accident_and_nothing_urgent_adds(wanted: set[str], there: set[str]) -> None:
    changes = membership.diff(make_desired(wanted), [guest(email) for email in there], {})
    assert all(c.risk is (Risk.ROUTINE if c.verb == "create" else Risk.REMOVES_ACCESS) for c in changes)
    assert all(c.verb == "remove" for c in changes if c.urgent)


def test_somebody_known_by_another_address_of_theirs_stays() -> None:
    member = guest("new@mail.example", other_emails=("old@mail.example",))
    assert membership.diff(make_desired(["old@mail.example"]), [member], {"old@mail.example": (member,)}) == ()


def test_an_excluded_address_among_their_others_takes_them_out() -> None:
    member = guest("new@mail.example", other_emails=("old@mail.example",))
    desired = make_desired(["new@mail.example"], {"old@mail.example": "exclusion"})
    [change] = membership.diff_urgent(desired, [member])
    assert (change.verb, change.urgent, change.reason) == ("remove", True, "exclusion")


def test_a_blocked_account_is_not_let_in() -> None:
    accounts = {"a@mail.example": (guest("a@mail.example", enabled=False),)}
    assert membership.diff(make_desired(["a@mail.example"]), [], accounts) == ()
