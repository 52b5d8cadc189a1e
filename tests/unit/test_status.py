"""Where a trip stands: each number by itself, and that the heaps always add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.contacts.model import Role, Screened, Verdict
from sp_parent_portal.contacts.screening import guardians
from sp_parent_portal.microsoft365.model import DirectoryUser, Site, Web
from sp_parent_portal.plan.desired import Desired, make_guardians, make_keep_out
from sp_parent_portal.plan.planner import TripObserved
from sp_parent_portal.resources import notice, site_content
from sp_parent_portal.resources.marker import Marker
from sp_parent_portal.resources.site_things import Lists
from sp_parent_portal.resources.visitors import Visitors
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.status import make_status, sort_people
from tests.unit.resources.wishes import CONTENT, URL, distrusted, guest, make_trip

TODAY = date(2027, 5, 1)
NOBODY = TripObserved(None, None, None, (), notice.Observed({}))


def row(
    student: str, contact: str, verdict: Verdict, email: str = "", rule: str = "", role: Role = Role.PARENT
) -> Screened:
    address = "" if verdict is Verdict.NO_EMAIL else email or f"{contact.lower()}@mail.example"
    return Screened(student, contact, contact, address, role, verdict, rule)


def desired(*rows: Screened) -> Desired:
    keep_out = make_keep_out(rows)
    return Desired(make_trip(), URL, CONTENT, make_guardians(guardians(rows), keep_out), tuple(rows), 2, keep_out)


def observed(*members: DirectoryUser) -> TripObserved:
    return replace(NOBODY, members=members)


def numbers(wish: Desired, *members: DirectoryUser, accounts: Any = None) -> dict[str, Any]:
    data: dict[str, Any] = make_status(wish, observed(*members), accounts or {}, TODAY).as_data()["guardians"]
    return data


def test_everybody_counts_once_however_many_children_they_have() -> None:
    wish = desired(
        row("S1", "P1", Verdict.INVITE),
        row("S2", "P1", Verdict.INVITE_ONCE),
        row("S2", "P2", Verdict.MERGE, "p1@mail.example"),
        row("S1", "P3", Verdict.NO_EMAIL),
        row("S2", "P3", Verdict.NO_EMAIL),
    )
    assert numbers(wish) == {"wanted": 2, "invited": 0, "redeemed": 0, "pending": 0, "held": 0, "on_paper": 1}


def test_redeemed_and_pending_are_guests_in_the_trip_group() -> None:
    wish = desired(row("S1", "P1", Verdict.INVITE), row("S1", "P2", Verdict.INVITE), row("S1", "P3", Verdict.INVITE))
    members = (guest("p1@mail.example", state="redeemed"), guest("p2@mail.example"), guest("other@mail.example"))
    assert numbers(wish, *members) == {
        "wanted": 3, "invited": 2, "redeemed": 1, "pending": 1, "held": 0, "on_paper": 0
    }  # fmt: skip


def test_a_guest_who_accepted_as_somebody_else_is_still_the_one_who_was_invited() -> None:
    wish = desired(row("S1", "P1", Verdict.INVITE))
    neighbour = guest("neighbour@post.example", state="redeemed", other_emails=("p1@mail.example",))
    assert numbers(wish, neighbour)["redeemed"] == 1


@pytest.mark.parametrize(
    "verdict",
    [Verdict.REVIEW, Verdict.BLOCK, Verdict.INVALID, Verdict.SKIP_INTERNAL],
    ids=lambda verdict: verdict.value,
)
def test_whoever_is_not_let_in_is_held(verdict: Verdict) -> None:
    assert numbers(desired(row("S1", "P1", verdict)))["held"] == 1


def test_two_persons_with_one_useless_address_are_two() -> None:
    rows = [row("S1", contact, Verdict.INVALID, "none") for contact in ("P1", "P2")]
    assert numbers(desired(*rows))["held"] == 2


def test_the_second_person_of_a_shared_address_is_held() -> None:
    rows = [row("S1", "P1", Verdict.INVITE, "a@b.example"), row("S1", "P2", Verdict.REVIEW, "a@b.example")]
    assert numbers(desired(*rows))["held"] == 1


def test_whom_the_directory_holds_is_held() -> None:
    wish = desired(row("S1", "P1", Verdict.INVITE))
    blocked = guest("p1@mail.example", enabled=False)
    assert numbers(wish, blocked, accounts={"p1@mail.example": (blocked,)})["held"] == 1


def test_other_roles_are_not_wanted() -> None:
    rows = [row("S1", "P1", Verdict.SKIP_ROLE, role=Role.DOCTOR), row("S1", "P2", Verdict.BLOCK, role=Role.AIDE)]
    assert numbers(desired(*rows))["wanted"] == 0


def test_whoever_is_excluded_for_one_child_is_not_told_on_paper_for_another() -> None:
    rows = [row("S1", "P1", Verdict.NO_EMAIL), replace(row("S2", "P1", Verdict.BLOCK, rule="exclusion"), email="")]
    assert (numbers(desired(*rows))["held"], numbers(desired(*rows))["on_paper"]) == (1, 0)


def test_without_a_believed_list_nobody_knows_who_is_wanted() -> None:
    wish = distrusted(desired(row("S1", "P1", Verdict.INVITE)))
    assert numbers(wish, guest("p1@mail.example", state="redeemed")) == {
        "wanted": None, "invited": 1, "redeemed": 1, "pending": 0, "held": None, "on_paper": None
    }  # fmt: skip


def test_the_site_its_version_and_the_days() -> None:
    site = Site(URL, "id", "Lake", "o@school.example", "STS#3", Sharing.EXISTING_GUESTS, Sharing.EXISTING_GUESTS)
    visitors = Visitors(4, (), ())
    web = Web("Lake", "", False, True, "")
    content = site_content.Observed(web, Lists((), {}), (), (), visitors, {})
    there = replace(NOBODY, site=site, content=content, marker=Marker({"trip": "lake", "version": "0.9"}))
    status = make_status(desired(), there, {}, date(2027, 7, 1)).as_data()
    assert (status["site"], status["version"], status["days_left"]) == (URL, "0.9", -1)
    assert (status["access_until"], status["template"]) == ("2027-06-30", "school-trip")
    status = make_status(desired(), NOBODY, {}, TODAY).as_data()
    assert (status["site"], status["version"], status["days_left"]) == ("", "", 60)


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["S1", "S2", "S3"]),
        st.sampled_from(["P1", "P2", "P3", "P4"]),
        st.sampled_from(list(Verdict)),
        st.sampled_from(["", "shared@mail.example"]),
        st.sampled_from(["", "exclusion"]),
        st.sampled_from([Role.PARENT, Role.GUARDIAN, Role.DOCTOR]),
    ),
    max_size=12,
)
MEMBERS = st.lists(
    st.builds(
        guest,
        st.sampled_from(["p1@mail.example", "p2@mail.example", "shared@mail.example", "other@mail.example"]),
        state=st.sampled_from(["pending", "redeemed"]),
        enabled=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda user: user.email,
)


@given(rows=ROWS, members=MEMBERS)
def test_the_heaps_always_add_up(rows: list[Screened], members: list[DirectoryUser]) -> None:
    wish, accounts = desired(*rows), {member.email: (member,) for member in members}
    people = sort_people(wish, accounts)
    assert len(people.wanted) == len(people.let_in) + len(people.held) + len(people.on_paper)
    counted = numbers(wish, *members, accounts=accounts)
    assert counted["wanted"] == len(people.let_in) + counted["held"] + counted["on_paper"]
    assert counted["redeemed"] + counted["pending"] == counted["invited"] <= len(people.let_in)
    assert {email for email, _ in people.let_in} <= {each.email for each in wish.guardians}
    told = {contact for _, contact in people.on_paper}
    assert not told & {each.contact_id for each in rows if each.verdict in (Verdict.BLOCK, Verdict.REVIEW)}
