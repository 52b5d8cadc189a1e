"""The first hour with contact lists: what a message advises does help."""

from __future__ import annotations

from sp_parent_portal.contacts.removal import Change
from sp_parent_portal.contacts.roster_writers import FORMATS
from sp_parent_portal.reports.removal_report import preview_report
from tests.stage import RELATIONSHIPS

from .conftest import Desk


def test_an_empty_list_is_not_said_to_be_let_through(desk: Desk) -> None:
    assert desk.type("contacts", "sync").code == 0
    desk.school.write_contacts(relationships=[])
    for words in ((), ("--allow", "smaller-list")):
        said = desk.type("contacts", "sync", *words)
        assert said.code == 5
        assert "hint: repair the export" in said.err
        assert "--allow" not in said.err


def test_a_smaller_list_is_told_how_it_is_let_through(desk: Desk) -> None:
    assert desk.type("contacts", "sync").code == 0
    desk.school.write_contacts(relationships=RELATIONSHIPS[:3])
    assert "--allow smaller-list" in desk.type("contacts", "sync").err
    assert desk.type("contacts", "sync", "--allow", "smaller-list").code == 0


def test_one_mistake_is_not_many(desk: Desk) -> None:
    desk.school.write_contacts(relationships=[*RELATIONSHIPS, ("S9", "P1", "parent")])
    said = desk.type("contacts", "check", "sds")
    assert said.code == 2
    assert "an error in its files" in said.err


def test_every_format_that_help_names_can_be_generated(desk: Desk) -> None:
    for format in FORMATS:
        out = f"made-{format}"
        said = desk.type("contacts", "generate", "--out", out, "--students", "20", "--seed", "1", "--format", format)
        assert said.code == 0, said.err
    said = desk.type("contacts", "generate", "--out", "x", "--students", "20", "--seed", "1", "--format", "xlsx")
    assert said.code == 2
    assert "graph" in said.err, "the formats that there are"
    assert "one of table, json, csv" in desk.type("status", "--format", "xlsx").err


def test_a_preview_says_how_it_is_done() -> None:
    changes = [Change("S1", "u1", (), ())]
    notes = " ".join(preview_report("emulator", "remove", changes, "remove 1").notes)
    assert '--confirm "remove 1"' in notes
    assert "--confirm" not in " ".join(preview_report("emulator", "remove", [], "remove 0").notes)
