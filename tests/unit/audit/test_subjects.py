"""One person, seen by SharePoint and by the directory."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from sp_parent_portal.audit.subjects import of_account, of_principal, unite
from sp_parent_portal.microsoft365.model import Principal
from tests.unit.audit.snapshots import make_account

ANN = make_account("ann", {"guest": True, "other_emails": ["ann@work.example"]})
LOGIN = f"i:0#.f|membership|{ANN.upn.lower()}"


def test_they_are_one_and_the_directory_knows_better() -> None:
    seen = [of_account(ANN), of_principal(Principal(1, "user", "Old Name", LOGIN, "old@home.example"))]
    for order in permutations(seen):
        one = unite(order)
        assert (one.name, one.email, one.kind) == ("Ann", "ann@home.example", "guest")
        assert one.addresses >= {"ann@home.example", "ann@work.example", "old@home.example"}
    assert len({subject.key for subject in seen}) == 1


def test_what_the_directory_does_not_say_sharepoint_may() -> None:
    bare = of_account(replace(ANN, email=""))
    assert (
        unite([bare, of_principal(Principal(1, "user", "Ann", LOGIN, "ann@home.example"))]).email == "ann@home.example"
    )


def test_somebody_from_outside_who_was_made_a_member_is_still_from_outside() -> None:
    subject = of_account(replace(ANN, kind="member"))
    assert (subject.kind, subject.guest) == ("guest", True)


def test_a_guest_by_one_account_of_it_is_a_guest() -> None:
    inside = of_account(replace(make_account("joy"), upn="joy@school.example"))
    outside = replace(inside, source=1, guest=True, kind="guest")
    assert (unite([inside, outside]).kind, unite([inside, outside]).guest) == ("guest", True)


@pytest.mark.parametrize(
    "login",
    ["i:0#.f|membership|urn%3aspo%3aguest#ann@home.example", "i:0#.f|membership|urn:spo:guest#ann@home.example"],
)
def test_a_guest_by_one_time_passcode_is_a_guest(login: str) -> None:
    subject = of_principal(Principal(1, "user", "Ann", login))
    assert (subject.kind, "ann@home.example" in subject.addresses) == ("guest", True)


def test_nobody_is_no_person() -> None:
    with pytest.raises(ValueError, match="nobody"):
        unite([])
