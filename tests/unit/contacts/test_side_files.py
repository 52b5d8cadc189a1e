"""exclusions.csv and flags.csv: what they may say, and everything wrong with them at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.contacts.exclusions import Decision, Exclusion, Exclusions, load_exclusions, merge
from sp_parent_portal.contacts.flags import Flag, Flags, load_flags
from sp_parent_portal.contacts.model import Contact
from sp_parent_portal.errors import ContactListError

from .lists import TODAY, make_list

LIST = make_list(
    [
        Contact("P1", "Nina", "Hale", "Nina.Hale@mail.example"),
        Contact("P2", "Tom", "Hale", "tom@mail.example"),
        Contact("P3", "Al", "Fox"),
    ],
    [("S1", "P1"), ("S2", "P1"), ("S1", "P2"), ("S3", "P3")],
)
HEADER = "student_id,contact_id,email,decision,valid_until,ref\n"


def exclusions(tmp_path: Path, text: str, *, school_wide: bool = True) -> Exclusions:
    path = tmp_path / "exclusions.csv"
    path.write_text(text, encoding="utf-8")
    return load_exclusions(path, LIST, school_wide=school_wide)


def rules(problems: object) -> list[tuple[int, str]]:
    assert isinstance(problems, tuple)
    return [(problem.line, problem.rule) for problem in problems]


def test_a_decision_covers_whom_it_names(tmp_path: Path) -> None:
    found = exclusions(
        tmp_path,
        HEADER + "S1,P1,,block,,A\n,P2,,review,,B\n,,NINA.HALE@mail.example,allow,,C\n",
    )
    assert found.decision("S1", "P1", "nina.hale@mail.example", TODAY) is Decision.BLOCK
    assert found.decision("S2", "P1", " Nina.Hale@Mail.Example ", TODAY) is Decision.ALLOW
    assert found.decision("S9", "P2", "tom@mail.example", TODAY) is Decision.REVIEW
    assert found.decision("S3", "P3", "", TODAY) is None
    assert [entry.ref for entry in found.entries] == ["A", "B", "C"]


def test_valid_until_is_the_last_day(tmp_path: Path) -> None:
    found = exclusions(tmp_path, HEADER + "S1,P1,,block,2026-11-22,\n")
    assert found.decision("S1", "P1", "", date(2026, 11, 22)) is Decision.BLOCK
    assert found.decision("S1", "P1", "", date(2026, 11, 23)) is None


def test_contact_or_address_keeps_out_and_both_let_in() -> None:
    keep, let = (
        Exclusions((Exclusion("", "P1", "old@mail.example", decision),))
        for decision in (Decision.BLOCK, Decision.ALLOW)
    )
    assert keep.decision("S1", "P1", "new@mail.example", TODAY) is Decision.BLOCK
    assert keep.decision("S1", "P9", "old@mail.example", TODAY) is Decision.BLOCK
    assert let.decision("S1", "P1", "new@mail.example", TODAY) is None
    assert let.decision("S1", "P1", "old@mail.example", TODAY) is Decision.ALLOW


@pytest.mark.parametrize("others", [(Decision.ALLOW,), (Decision.REVIEW,), (Decision.ALLOW, Decision.REVIEW)])
def test_the_strictest_row_wins(others: tuple[Decision, ...]) -> None:
    entries = tuple(Exclusion("S1", "P1", "", decision) for decision in (*others, Decision.BLOCK))
    for order in (entries, entries[::-1]):
        assert Exclusions(order).decision("S1", "P1", "", TODAY) is Decision.BLOCK
        assert Exclusions(order[:-1] if order is entries else order[1:]).decision("S1", "P1", "", TODAY) is max(
            others, key=[Decision.ALLOW, Decision.REVIEW].index
        )


def test_everything_wrong_at_once_with_its_line(tmp_path: Path) -> None:
    text = HEADER + (
        "S9,P1,,block,,\n"
        "S1,P9,,block,,\n"
        "S1,,not an address,block,,\n"
        "S1,,,block,,\n"
        "S1,P1,,forbid,,\n"
        "S1,P1,,block,31/12/2026,\n"
        "S1,P1,,,,\n"
        "S1,P1,block\n"
    )
    with pytest.raises(ContactListError) as caught:
        exclusions(tmp_path, text)
    assert rules(caught.value.problems) == [
        (2, "unknown-student"),
        (3, "unknown-contact"),
        (4, "malformed"),
        (5, "blank"),
        (6, "decision"),
        (7, "date"),
        (8, "blank"),
        (9, "ragged"),
    ]


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("student_id,contact_id,valid_until\n", "missing-column"),
        ("contact_id,decision\n", "missing-column"),
        ("student_id,decision\n", "missing-column"),
        ("student_id,contact_id,decision,valid_untill\n", "unknown-column"),
        ("student_id,contact_id,decision,reason\n", "unknown-column"),
        ("student_id;contact_id;decision\n", "delimiter"),
    ],
)
def test_columns(header: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as caught:
        exclusions(tmp_path, header)
    assert rules(caught.value.problems) == [(1, rule)]


def test_what_may_be_meant_is_kept_with_a_warning(tmp_path: Path) -> None:
    found = exclusions(tmp_path, HEADER + ",,stranger@mail.example,block,,\nS2,P2,,block,,\n")
    assert rules(found.problems) == [(2, "unknown-email"), (3, "not-related")]
    assert "stranger" not in str(found.problems)
    assert found.decision("S1", "P7", "Stranger@mail.example", TODAY) is Decision.BLOCK


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    assert rules(exclusions(tmp_path, HEADER).problems) == [(0, "no-rows")]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as caught:
        load_exclusions(tmp_path / "exclusions.csv", LIST)
    assert rules(caught.value.problems) == [(0, "missing-file")]


def test_a_list_that_cannot_be_trusted_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "exclusions.csv"
    path.write_text(HEADER + "S9,P9,x@mail.example,block,,\n")
    found = load_exclusions(path, None)
    assert found.problems == ()
    assert found.decision("S9", "P9", "", TODAY) is Decision.BLOCK
    path.write_text(HEADER + "S9,P9,,forbid,,\n")
    with pytest.raises(ContactListError):
        load_exclusions(path, None)


def test_a_trip_may_add_but_not_allow(tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as caught:
        exclusions(tmp_path, HEADER + "S1,P1,,allow,,\n", school_wide=False)
    assert rules(caught.value.problems) == [(2, "allow")]
    trip = exclusions(tmp_path, HEADER + "S1,P1,,review,,\n", school_wide=False)
    school = exclusions(tmp_path, HEADER + "S1,P1,,block,,\n,P2,,allow,,\n")
    both = merge(school, trip)
    assert both is not None
    assert both.school_wide
    assert both.decision("S1", "P1", "", TODAY) is Decision.BLOCK
    assert both.decision("S1", "P2", "", TODAY) is Decision.ALLOW
    other = merge(school, exclusions(tmp_path, HEADER + "S2,P1,,review,,\n", school_wide=False))
    assert other is not None
    assert len({both.fingerprint, other.fingerprint, school.fingerprint, trip.fingerprint, ""}) == 5
    assert merge(school, None) is school
    alone = merge(None, trip)
    assert alone is not None
    assert not alone.school_wide, "a trip's file is no substitute for the school's"
    with pytest.raises(ValueError, match="only add"):
        merge(None, school)


FLAGS = "student_id,contact_id,lives_with,court_order,bounced_on,ended_on,corporate_parent,birth_date\n"


def test_flags(tmp_path: Path) -> None:
    path = tmp_path / "flags.csv"
    path.write_text(FLAGS + "S1,P1,true,TRUE,,,no,2010-01-31\nS2,,,,,2026-08-31,,2008-02-29\n,P1,,,2026-09-01,,yes,\n")
    flags = load_flags(path, LIST)
    assert [(flag.court_order, flag.corporate_parent) for flag in flags.of("S1", "P1")] == [
        (False, True),
        (True, False),
    ]
    assert [flag.ended_on for flag in flags.of("S2", "P1")] == [None, date(2026, 8, 31)]
    assert flags.bounced == {"P1"}
    assert flags.birth_dates == {"S1": date(2010, 1, 31), "S2": date(2008, 2, 29)}
    assert flags.of("S3", "P3") == ()


def test_of_two_birth_dates_the_earlier_counts() -> None:
    early, late = Flag("S1", "P1", birth_date=date(2008, 1, 1)), Flag("S1", "P2", birth_date=date(2010, 1, 1))
    assert Flags((early, late)).birth_dates == Flags((late, early)).birth_dates == {"S1": date(2008, 1, 1)}


def test_everything_wrong_with_flags_at_once(tmp_path: Path) -> None:
    path = tmp_path / "flags.csv"
    path.write_text(
        FLAGS
        + "S9,P1,,,,,,\n"
        + "S1,P9,,,,,,\n"
        + ",,,true,,,,\n"
        + "S1,P1,,by order of the court,,,,\n"
        + "S1,P1,,,yesterday,,,\n"
        + "S1,,,,2026-09-01,,,\n"
        + ",P1,,,,,,2010-01-31\n"
    )
    with pytest.raises(ContactListError) as caught:
        load_flags(path, LIST)
    assert rules(caught.value.problems) == [
        (2, "unknown-student"),
        (3, "unknown-contact"),
        (4, "blank"),
        (5, "yes-no"),
        (6, "date"),
        (7, "blank"),
        (8, "blank"),
    ]
    said = f"{caught.value.message} {caught.value.problems}"
    assert "by order" not in said, "the reason of a court order is repeated nowhere"


def test_a_misspelt_flag_is_no_flag(tmp_path: Path) -> None:
    path = tmp_path / "flags.csv"
    path.write_text("student_id,contact_id,court_orders\nS1,P1,true\n")
    with pytest.raises(ContactListError) as caught:
        load_flags(path, LIST)
    assert rules(caught.value.problems) == [(1, "unknown-column")]
