"""Whatever bytes a school hands us: a contact list, or a ContactListError that says what is wrong. Nothing else."""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.contacts.exclusions import load_exclusions
from sp_parent_portal.contacts.flags import load_flags
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import ContactList
from sp_parent_portal.errors import ContactListError, Problem

from ..unit.contacts.lists import V1_FILES, V2_FILES, make_list, write_files

# Pieces that headers and quoting are made of, so that examples get further than the first line.
BYTES = [
    b",",
    b'"',
    b"\n",
    b"\r\n",
    b"\r",
    b";",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe9",
    b"S1",
    b"P1",
    b"=1",
    b"1E+05",
]
PIECES = st.sampled_from([text.encode() for files in (V1_FILES, V2_FILES) for text in files.values()] + BYTES)
CONTENT = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=12).map(b"".join))
NAMES = st.sampled_from([*V1_FILES, *V2_FILES, "demographics.csv", "manifest.csv", "Users.CSV", "x.csv"])


def load_or_explain(path: Path) -> ContactList | None:
    found: ContactList | ContactListError
    try:
        found = load_contact_list(path)
    except ContactListError as error:
        found = error
    assert all(problem.line >= 0 and problem.rule and problem.message for problem in found.problems)
    assert isinstance(found, ContactListError) == any(problem.severity == "error" for problem in found.problems)
    if isinstance(found, ContactListError):
        return None
    assert {row.student_id for row in found.relationships} <= set(found.students)
    assert {row.contact_id for row in found.relationships} <= set(found.contacts)
    return found


@given(st.sampled_from([V1_FILES, V2_FILES, {}]), st.dictionaries(NAMES, CONTENT, max_size=4))
def test_any_bytes_are_a_list_or_an_explanation(base: dict[str, str], changed: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        load_or_explain(write_files(Path(folder), {**base, **changed}))


@given(st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 40))
def test_any_damage_to_a_zip_file_is_a_list_or_an_explanation(noise: bytes, at: int, length: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in V2_FILES.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    data = packed.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.zip"
        path.write_bytes(data[:at] + noise + data[at + length :])
        load_or_explain(path)


SCHOOL = make_list([], [])


@given(
    st.lists(st.one_of(PIECES, st.sampled_from([b"student_id,contact_id,email,decision\n", b"S1,P1,,block\n"]))).map(
        b"".join
    )
)
def test_any_bytes_are_exclusions_and_flags_or_an_explanation(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "side.csv"
        path.write_bytes(content)
        for load in (load_exclusions, load_flags):
            for contacts in (SCHOOL, None):
                problems = load_problems(load, path, contacts)
                assert problems is None or any(problem.severity == "error" for problem in problems)


def load_problems(
    load: Callable[[Path, ContactList | None], object], path: Path, contacts: ContactList | None
) -> tuple[Problem, ...] | None:
    try:
        load(path, contacts)
    except ContactListError as error:
        return error.problems
    return None


@given(st.randoms(use_true_random=False), st.sampled_from([V1_FILES, V2_FILES]))
def test_order_of_rows_and_files_does_not_matter(shuffle: random.Random, files: dict[str, str]) -> None:
    def shuffled(text: str) -> str:
        header, *rows = text.splitlines(keepends=True)
        shuffle.shuffle(rows)
        return "".join([header, *rows])

    names = list(files)
    shuffle.shuffle(names)
    with tempfile.TemporaryDirectory() as folder:
        one = load_or_explain(write_files(Path(folder, "one"), files))
        other = load_or_explain(write_files(Path(folder, "other"), {name: shuffled(files[name]) for name in names}))
    assert one is not None
    assert other is not None
    assert (one.students, one.contacts) == (other.students, other.contacts)
    pairs = [{(row.student_id, row.contact_id, row.role) for row in each.relationships} for each in (one, other)]
    assert pairs[0] == pairs[1]
