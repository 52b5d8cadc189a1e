"""The first hour with templates: what `new` writes for each can be planned; what `templates` shows can be read."""

from __future__ import annotations

import shutil

import pytest

from sp_parent_portal.new_trip import list_questions
from sp_parent_portal.templates import list_templates, load_template

from .conftest import ROOT, Desk

TEMPLATES = [template.name for template in list_templates()]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_trip_made_of_the_examples_can_be_planned(desk: Desk, name: str) -> None:
    desk.open_tenant()
    answers = {each.name: each.example for each in list_questions(load_template(name))}
    words = [word for key, value in answers.items() for word in ("--input", f"{key}={value}")]
    assert desk.type("new", name, *words).code == 0
    folder = desk.folder / "trips" / answers["slug"]
    (folder / "students.csv").write_text("student_id\nS1\n", encoding="utf-8")
    said = desk.type("plan", answers["slug"])
    assert said.code == 0, said.err


def test_an_input_named_like_the_trips_own_is_refused(desk: Desk) -> None:
    mine = desk.folder / "parents-evening"
    shutil.copytree(ROOT / "site_templates" / "parents-evening", mine)
    for path in mine.rglob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("finishes", "ends"), encoding="utf-8")
    said = desk.type("templates", "check", "parents-evening")
    assert said.code == 2
    assert "every trip has ends of its own" in " ".join(said.out.split())


def test_a_folder_that_is_not_there_is_one_mistake(desk: Desk) -> None:
    said = desk.type("templates", "check", "site_templates/mine")
    assert said.code == 2
    assert "1 problem " in said.out
    assert "there is no such folder" in " ".join(said.out.split())
    assert " 0 " not in said.out, "no line is not line 0"


def test_a_schools_own_template_lies_beside_its_portal_and_comes_first(desk: Desk) -> None:
    own = desk.folder / "site_templates" / "school-trip"
    shutil.copytree(ROOT / "site_templates" / "school-trip", own)
    for name, old, new in (
        ("template.toml", 'title = "School trip"', 'title = "Our trips"'),
        ("pages/bring.toml", "Please put your child's name", "Please write your child's name"),
        ("messages/invite.html.j2", "It costs you nothing.", "Ours costs you nothing."),
    ):
        path = own / name
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    shutil.copytree(own, own.with_name("our-trip"))
    mine = own.with_name("our-trip") / "template.toml"
    mine.write_text(mine.read_text(encoding="utf-8").replace('"school-trip"', '"our-trip"'), encoding="utf-8")
    listed = {each["name"]: each for each in desk.type("--format", "json", "templates", "list").json}
    assert listed.keys() == {*TEMPLATES, "our-trip"}
    assert listed["school-trip"]["title"] == "Our trips"
    assert desk.type("plan", "lake-2027", "--preview", "out.html").code == 5, "the tenant is closed"
    assert "Please write your child" in (desk.folder / "out.html").read_text(encoding="utf-8")
    assert desk.make_trip().code == 0
    assert all("Ours costs you nothing." in mail["html"] for mail in desk.ask("outbox") if mail["kind"] == "mail")
    assert desk.type("new", "our-trip", "--input", "title=x").code == 2
    assert "There is no template 'ours'" in desk.type("new", "ours").err


def test_a_template_that_is_being_written_hides_none_of_the_others(desk: Desk) -> None:
    desk.school.write("site_templates/ours/template.toml", 'name = "our"\n')
    said = desk.type("--format", "json", "templates", "list")
    assert said.code == 2
    assert [each["name"] for each in said.json] == TEMPLATES
    assert "site_templates/ours/template.toml: version is missing" in said.err
    assert desk.type("new", "school-trip", "--input", "title=x").code == 2
    assert "ours" not in desk.type("new", "school-trip", "--input", "title=x").err
