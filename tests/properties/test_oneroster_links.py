"""On whichever side a link stands, in whichever version: the same people are related; one-sided links are counted."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sp_parent_portal.contacts.load import load_contact_list
from tests.unit.contacts.lists import ONEROSTER_1_1, ONEROSTER_1_2, ROLES_HEADER, write_files

STUDENTS, CONTACTS = ("S1", "S2", "S3"), ("P1", "P2", "P3")
PAIRS = [(student, contact) for student in STUDENTS for contact in CONTACTS]
SIDES = st.sampled_from(["", "student", "contact", "both"])


def write_school(folder: Path, version: str, links: dict[tuple[str, str], str]) -> Path:
    agents: dict[str, list[str]] = {each: [] for each in (*STUDENTS, *CONTACTS)}
    for (student, contact), side in links.items():
        if side in ("student", "both"):
            agents[student].append(contact)
        if side in ("contact", "both"):
            agents[contact].append(student)
    files = dict(ONEROSTER_1_1 if version == "1.1" else ONEROSTER_1_2)
    header = files["users.csv"].splitlines()[0].split(",")
    lines = [",".join(header)]
    for key, named in agents.items():
        cells = {
            "sourcedId": key,
            "enabledUser": "true",
            "role": role_of(key),
            "agentSourcedIds": f'"{",".join(named)}"',
        }
        lines.append(",".join(cells.get(column, "") for column in header))
    files["users.csv"] = "\n".join(lines) + "\n"
    if version == "1.2":
        roles = [f"R{key},,,{key},primary,{role_of(key)},,,O1," for key in agents]
        files["roles.csv"] = ROLES_HEADER + "\n".join(roles) + "\n"
    return write_files(folder, files)


def role_of(key: str) -> str:
    return "student" if key.startswith("S") else "parent"


@settings(max_examples=60, deadline=None)
@given(st.lists(SIDES, min_size=9, max_size=9).filter(any), st.sampled_from(["1.1", "1.2"]))
def test_links_are_the_union_of_both_sides(sides: list[str], version: str) -> None:
    links = dict(zip(PAIRS, sides, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        contacts = load_contact_list(write_school(Path(folder), version, links))
    assert {(row.student_id, row.contact_id) for row in contacts.relationships} == {
        pair for pair, side in links.items() if side
    }
    warned = [problem for problem in contacts.problems if problem.rule == "one-sided-link"]
    assert len(warned) == len({side for side in sides if side in ("student", "contact")})
