"""Who is in which class, by the files of each format; unknown where they do not say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sp_parent_portal.contacts.classes import load_classes

from .lists import ONEROSTER_1_1, V1_FILES, V2_FILES, write_files

SOURCED = {
    "classes.csv": "sourcedId,orgSourcedId,title\nC1,O1,8A\nC2,O1,Art\nC3,O1,\n",
    "enrollments.csv": (
        "classSourcedId,userSourcedId,role\nC1,S1,student\nC2,S1,student\nC3,S2,Student\nC1,T1,teacher\nC9,S2,student\n"
    ),
}
SECTIONS = {
    "Section.csv": "SIS ID,School SIS ID,Section Name\nC1,O1,8A\nC2,O1,Art\nC3,O1,\n",
    "StudentEnrollment.csv": "Section SIS ID,SIS ID\nC1,S1\nC2,S1\nC3,S2\nC9,S2\n",
}
STUDENTS = ("S1", "S2", "S3")
KNOWN: dict[str, tuple[str, ...]] = {"S1": ("8A (C1)", "Art (C2)"), "S2": ("C3", "C9"), "S3": ()}
ONEROSTER = {
    "classes.csv": "sourcedId,status,dateLastModified,title\nC1,,,8A\nC2,,,Art\nC3,,,\n",
    "enrollments.csv": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role\n"
        "E1,,,C1,O1,S1,student\nE2,,,C2,O1,S1,student\nE3,,,C3,O1,S2,student\nE4,,,C1,O1,T1,teacher\n"
        "E5,,,C9,O1,S2,student\n"
    ),
}


@pytest.mark.parametrize(
    "files",
    [
        {**V2_FILES, **SOURCED},
        {**V1_FILES, **SECTIONS},
        {**V1_FILES, "Section.csv": SECTIONS["Section.csv"].replace("SIS ID,School SIS ID", "ID,School DfE Number", 1),
         "StudentEnrollment.csv": SECTIONS["StudentEnrollment.csv"].replace("Section SIS ID,SIS ID", "Section ID,ID")},
        {**ONEROSTER_1_1, **ONEROSTER},
    ],
    ids=["sds-v2.1", "sds-v1", "sds-v1-uk", "oneroster"],
)  # fmt: skip
def test_classes(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert load_classes(write_files(tmp_path, files), STUDENTS) == KNOWN


def test_without_the_names_there_are_ids(tmp_path: Path) -> None:
    enrollments = {"enrollments.csv": SOURCED["enrollments.csv"]}
    found = load_classes(write_files(tmp_path, {**V2_FILES, **enrollments}), STUDENTS)
    assert found == {"S1": ("C1", "C2"), "S2": ("C3", "C9"), "S3": ()}


@pytest.mark.parametrize(
    "enrollments",
    [
        None,
        "classSourcedId,userSourcedId,role\n",
        "classSourcedId,userSourcedId\nC1,S1\n",
        "classSourcedId,userSourcedId,role\nC1,S1\n",
        "classSourcedId,userSourcedId,role,status\nC1,S1,student,tobedeleted\n",
    ],
)
def test_where_the_files_do_not_say_nobody_knows(tmp_path: Path, enrollments: str | None) -> None:
    files = dict(V2_FILES) if enrollments is None else {**V2_FILES, "enrollments.csv": enrollments}
    assert load_classes(write_files(tmp_path, files), STUDENTS) is None
