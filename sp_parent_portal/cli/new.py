"""`new`: a commented trip.toml out of a few answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError, TripError
from .session import name_target
from .shown import show
from .talking import ask_for, is_person_there, say

if TYPE_CHECKING:
    from ..new_trip import Question
    from ..reports.report import Report
    from ..template_model import Template


def new(
    ctx: typer.Context,
    template: Annotated[
        str, typer.Argument(metavar="[TEMPLATE]", help="What the site is made from; templates list shows them.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write it.  [default: trips/<slug>/trip.toml]"),
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=VALUE", help="An answer: title, owner, starts, … or a template's input."),
    ] = None,
) -> None:
    """Write a new trip.toml.

    Somebody at a terminal is asked for what is missing; no file is ever overwritten.

    \b
    Examples:
      sp-parent-portal new school-trip
      sp-parent-portal new school-trip --input title="Lake District 2027" --input destination=Keswick
    """
    from ..new_trip import check_answers, make_trip_text, write_new

    target = name_target()
    chosen = _choose_template(template)
    given = _read_inputs(inputs or [])
    asked = _ask_for_rest(chosen, given, anywhere=out is not None) if is_person_there() else {}
    answers = check_answers(chosen, {**given, **asked})
    path = out or _default_file(answers["slug"])
    students = path.with_name("students.csv" if path.name == "trip.toml" else f"{path.stem}-students.csv")
    write_new(path, make_trip_text(chosen, answers, students.name))
    if not students.exists():
        write_new(students, "student_id\n")
    show(ctx, _report(target, path, students))
    say(f"next: write the ids of the trip's students into {students}, then: sp-parent-portal plan {answers['slug']}")


def _choose_template(name: str) -> Template:
    from ..template_place import find_own
    from ..templates import list_templates, load_template

    own = find_own()
    if name:
        return load_template(name, own)
    templates = list_templates(own)
    if len(templates) == 1:
        return templates[0]
    if is_person_there():
        return _ask_for_template({each.name: each for each in templates})
    raise InputError("no template is named", f"name one of: {', '.join(each.name for each in templates)}")


def _ask_for_template(templates: Mapping[str, Template]) -> Template:
    """Again until it is one of them."""
    say("What is it for?")
    for each in templates.values():
        say(f"  {each.name}: {each.description}")
    while (name := ask_for("template")) not in templates:
        say(f"  there is no template {name[:40]!r}; there are: {', '.join(templates)}")
    return templates[name]


def _read_inputs(options: list[str]) -> Mapping[str, str]:
    wrong = [option for option in options if "=" not in option]
    if wrong:
        raise InputError("--input is written name=value", "such as --input destination=Keswick")
    return {name.strip(): value for name, _, value in (option.partition("=") for option in options)}


def _ask_for_rest(template: Template, given: Mapping[str, str], *, anywhere: bool) -> dict[str, str]:
    """`anywhere`: a trip of the same slug may be there, for the file has a name of its own."""
    from ..new_trip import list_questions, suggest_slug

    answers: dict[str, str] = {}
    usable = _list_usable(template, given)
    for question in list_questions(template):
        if question.name not in given:
            title = given.get("title") or answers.get("title", "")
            suggested = suggest_slug(title) if question.name == "slug" else ""
            before = {**answers, **usable}
            answer = _ask(template, question, suggested, before)
            while question.name == "slug" and not anywhere and _default_file(answer).exists():
                say(f"  {_default_file(answer)} is there already: give the trip another slug")
                answer = _ask(template, question, "", before)
            answers[question.name] = answer
    return {name: text for name, text in answers.items() if text}


def _list_usable(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """What was given and is right; what is wrong is told with everything else at the end."""
    from ..new_trip import check_answer, list_questions

    usable: dict[str, str] = {}
    for name in {question.name for question in list_questions(template)} & given.keys():
        with suppress(ValueError):
            usable[name] = check_answer(template, name, given[name])
    return usable


def _ask(template: Template, question: Question, suggested: str, before: Mapping[str, str]) -> str:
    """Again until it can be used, also beside what was answered before; nothing is an answer where it need not be
    given."""
    from ..new_trip import NOT_IN_ORDER, are_in_order, check_answer

    told = ("" if question.required else "optional", f"such as {question.example}" if question.example else "")
    beside = ", ".join(filter(None, told))
    say(f"{question.name}: {question.help}" + (f" ({beside})" if beside else ""))
    while True:
        text = ask_for(question.name, suggested)
        if not text and not question.required:
            return ""
        try:
            answer = check_answer(template, question.name, text)
        except ValueError as error:
            say(f"  {question.name} {error}")
            continue
        if are_in_order({**before, question.name: answer}):
            return answer
        say(f"  {NOT_IN_ORDER}")


def _default_file(slug: str) -> Path:
    return _default_place() / "trips" / slug / "trip.toml"


def _default_place() -> Path:
    """Beside the school's portal.toml where there is one."""
    from ..trips import find_portal

    try:
        return find_portal(Path()).parent
    except TripError:
        return Path()


def _report(target: str, path: Path, students: Path) -> Report:
    from ..reports.report import Column, Report

    row = {"file": str(path), "students": str(students)}
    columns = (Column("file", "written"), Column("students", "its students go here"))
    return Report(target, "A new trip", {"target": target, **row}, columns, (row,))
