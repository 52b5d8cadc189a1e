"""Who accepted whose invitation, and what is said where nobody can tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.acceptances import Acceptance, Acceptances, Forwarded, make, make_forwarded, observe
from sp_parent_portal.audit.reach import Reach
from sp_parent_portal.errors import AccessDenied
from sp_parent_portal.microsoft365.model import DirectoryUser, ExternalUser
from sp_parent_portal.reports.shapes import reach_report, status_report
from tests.unit.audit.tenant import Facts, fake_gateway

ANN = Acceptance("ann@home.example", "ann@home.example")
BEST = Acceptance("best@home.example", "neighbour@post.example")
UPN = "best_home.example#ext#@contoso.onmicrosoft.com"


def guest(email: str, state: str = "redeemed", upn: str = "") -> DirectoryUser:
    return DirectoryUser("id-" + email, upn or email, "", email, kind="guest", state=state)


def reached(*addresses: str, kind: str = "guest") -> Reach:
    return Reach("Best", "", kind, True, "Parent read", (("Visitors", "Parent read"),), frozenset(addresses))


def accepted_as(row: Reach, acceptances: Acceptances) -> str:
    (answer,) = reach_report("emulator", "https://x", [row], acceptances).data
    return str(answer["accepted_as"])


def external(acceptance: Acceptance) -> ExternalUser:
    return ExternalUser(acceptance.invited_as, "", acceptance.invited_as, acceptance.accepted_as)


def test_the_guest_is_found_by_the_invited_address_and_by_the_sign_in_name() -> None:
    found = make([ANN, BEST])
    assert found.of(["best@home.example"]) == (BEST,)
    assert found.of(["neighbour@post.example", UPN.upper()]) == (BEST,)
    assert found.of(["neighbour@post.example"]) == ()


def test_an_international_domain_is_one_address_in_either_spelling() -> None:
    written, idna = "ann@bücher.example", "ann@xn--bcher-kva.example"
    forwarded = Acceptance(written, "neighbour@post.example")
    found = observe(fake_gateway(Facts(external=[external(forwarded), external(Acceptance(idna, written))])))
    for known_as in (written, idna, "ann_bücher.example#EXT#@contoso.onmicrosoft.com"):
        told = make_forwarded([guest(known_as)], found)
        assert told.acceptances == (Acceptance(idna, "neighbour@post.example"),)


def test_of_a_trip_group_only_what_another_address_accepted_is_forwarded() -> None:
    members = [
        guest("ann@home.example"),
        guest("neighbour@post.example", upn=UPN),
        guest("new@home.example", "pending"),
    ]
    assert make_forwarded(members, make([ANN, BEST])) == Forwarded((BEST,))
    assert make_forwarded(members, make([ANN, BEST])).count == 1
    assert make_forwarded(members[:1], make([ANN, BEST])).count == 0


def test_a_list_that_breaks_off_is_unknown_and_what_was_read_of_it_is_told() -> None:
    facts = Facts(external=[external(BEST), external(ANN)])
    facts.broken = {"after 1 list_external_users": AccessDenied("not allowed")}
    acceptances = observe(fake_gateway(facts))
    forwarded = make_forwarded([guest("best@home.example"), guest("ann@home.example")], acceptances)
    assert (forwarded.acceptances, forwarded.count) == ((BEST,), None)
    assert acceptances.unread == "AccessDenied: not allowed"
    assert accepted_as(reached("best@home.example"), acceptances) == "neighbour@post.example"
    assert accepted_as(reached("ann@home.example"), acceptances) == "UNKNOWN"


def test_where_nobody_has_accepted_yet_nothing_is_unknown() -> None:
    assert make_forwarded([guest("ann@home.example", "pending")], make([], "no")).count == 0
    assert make_forwarded([], make([], "no")).count == 0


def test_only_a_guest_can_have_accepted() -> None:
    unread = make([], "no")
    assert accepted_as(reached("ann@home.example", kind="member"), unread) == ""
    assert accepted_as(reached("ann@home.example"), make([])) == ""


def test_the_answer_says_whom_to_ask_and_that_not_everybody_is_known() -> None:
    trip = {"trip": "lake", "version": "", "newest": "", "closed": "", "archive": "", "guardians": {"wanted": 1}}
    report = status_report("emulator", [trip], {"lake": Forwarded((BEST,), "AccessDenied: no")})
    assert report.data[0]["guardians"]["forwarded"] is None
    assert report.rows[0]["forwarded"] == "UNKNOWN"
    told, unknown = report.notes
    assert told.startswith("best@home.example was accepted as neighbour@post.example: ")
    assert "exclusions.csv" in told
    assert "UNKNOWN" in unknown
    assert "AccessDenied: no" in unknown


ADDRESS = st.sampled_from([f"{name}@home.example" for name in "abc"])


@given(st.lists(st.builds(Acceptance, ADDRESS, ADDRESS)), st.lists(ADDRESS))
def test_nothing_that_was_accepted_with_another_address_is_left_out(
    found: list[Acceptance], members: list[str]
) -> None:
    forwarded = make_forwarded([guest(email) for email in members], make(found))
    assert set(forwarded.acceptances) == {
        each for each in found if each.invited_as in members and each.invited_as != each.accepted_as
    }
