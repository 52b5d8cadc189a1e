"""What `read_table` promises to those who read other files with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sp_parent_portal.contacts.reading import Table, read_table


def read(
    tmp_path: Path, content: str | bytes, *, ids: tuple[str, ...] = (), other_columns: bool = True, name: str = ""
) -> Table:
    path = tmp_path / "students.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, ("student_id",), ("class",), ids=ids, other_columns=other_columns, name=name)


def test_rows_have_their_physical_line_and_trimmed_cells(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeffnote,student_id\r\n\r\nx, S1 \r\n\r\ny,S2\r\n")
    assert [(row.line, row["student_id"], row["class"]) for row in table.rows] == [(3, "S1", ""), (5, "S2", "")]
    assert (table.columns, table.problems, table.broken) == (frozenset({"student_id"}), (), False)


def test_a_column_that_was_not_asked_for_is_not_kept(tmp_path: Path) -> None:
    table = read(tmp_path, "student_id,password\nS1,secret\n")
    assert "secret" not in repr(table)
    with pytest.raises(KeyError):
        table.rows[0]["password"]


def test_other_columns_may_be_refused(tmp_path: Path) -> None:
    table = read(tmp_path, "student_id,claas\nS1,8a\n", other_columns=False)
    assert [(problem.line, problem.rule) for problem in table.problems] == [(1, "unknown-column")]
    assert not table.rows


def test_line_breaks_inside_cells_do_not_move_later_lines(tmp_path: Path) -> None:
    table = read(tmp_path, 'student_id,class\n"S\n1",8a\nS2\nS3,8a\n')
    assert [(problem.line, problem.rule) for problem in table.problems] == [(2, "line-break"), (4, "ragged")]
    assert [(row.line, row["student_id"]) for row in table.rows] == [(5, "S3")]


def test_undecodable_lines_are_one_problem_with_the_first_line(tmp_path: Path) -> None:
    table = read(tmp_path, "student_id,class\nS1,é\nS2,é\nS3,e\n".encode("cp1252"))
    assert [(problem.line, problem.rule) for problem in table.problems] == [(2, "encoding")]
    assert "1 more" in table.problems[0].message


def test_names_of_columns_with_a_lost_case_get_a_hint(tmp_path: Path) -> None:
    assert "'Student_ID'" in read(tmp_path, "Student_ID\nS1\n").problems[0].message


@pytest.mark.parametrize("cell", ["1.23E+05", "1,23E+11", "1E+05", "4.5e-3"])
def test_rounded_numbers_in_ids(cell: str, tmp_path: Path) -> None:
    table = read(tmp_path, f'student_id\n"{cell}"\n', ids=("student_id",))
    assert [(problem.line, problem.rule) for problem in table.problems] == [(2, "scientific")]


@pytest.mark.parametrize("cell", ["1E5", "E+05", "12E+05X", "2.5"])
def test_what_only_resembles_a_rounded_number_stays(cell: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"student_id\n{cell}\n", ids=("student_id",)).problems == ()


def test_ids_of_various_lengths_have_lost_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "student_id\n01\n007\n9\n", ids=("student_id",)).problems == ()


def test_formula_cells_are_kept_as_they_are(tmp_path: Path) -> None:
    table = read(tmp_path, 'student_id,class\nS1,"=HYPERLINK(""http://x.example"")"\n')
    assert table.rows[0]["class"] == '=HYPERLINK("http://x.example")'


def test_a_file_that_is_not_there_and_one_that_is_a_folder(tmp_path: Path) -> None:
    assert [problem.rule for problem in read_table(tmp_path / "no.csv", ("student_id",)).problems] == ["missing-file"]
    assert [problem.rule for problem in read_table(tmp_path, ("student_id",)).problems] == ["unreadable"]


def test_name_is_what_problems_say(tmp_path: Path) -> None:
    table = read(tmp_path, "", name="trips/a/students.csv")
    assert [problem.file for problem in table.problems] == ["trips/a/students.csv"]


def test_a_file_without_a_header_tells_nobody_who_is_in_it(tmp_path: Path) -> None:
    table = read(tmp_path, "S1,dan.pole@mail.example,Dan Pole,Dan Pole\n", other_columns=False)
    assert table.broken
    assert not any("dan" in problem.message.casefold() for problem in table.problems)


@pytest.mark.parametrize(
    ("cell", "severity"), [("=SUM(A1)", "error"), ('"=""00123"""', "error"), ("@cmd", "error"), ("-x", "error")]
)
def test_an_id_that_is_a_formula_is_none(cell: str, severity: str, tmp_path: Path) -> None:
    table = read(tmp_path, f"student_id,class\n{cell},8a\nS2,8a\n", ids=("student_id",))
    assert [(problem.line, problem.rule, problem.severity) for problem in table.problems] == [(2, "formula", severity)]
    assert [row["student_id"] for row in table.rows] == ["S2"]


@pytest.mark.parametrize("cell", ["=A1", "@home", "+cmd", "-a", "＝A1"])
def test_another_cell_that_is_a_formula_is_kept_with_a_warning(cell: str, tmp_path: Path) -> None:
    table = read(tmp_path, f"student_id,class\nS1,{cell}\n", ids=("student_id",))
    assert [(problem.line, problem.rule, problem.severity) for problem in table.problems] == [(2, "formula", "warning")]
    assert table.rows[0]["class"] == cell


@pytest.mark.parametrize("cell", ["+44 7700 900123", "-1", "+", "a=b", "+(44) 20"])
def test_numbers_with_a_sign_are_no_formulas(cell: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"student_id,class\nS1,{cell}\n", ids=("student_id",)).problems == ()
