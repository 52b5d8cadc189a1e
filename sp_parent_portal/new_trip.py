"""A new trip.toml, with comments, out of what somebody answered."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from .errors import InputError, Problem
from .file_values import Address, Day, Slug, Text
from .template_inputs import check_input
from .template_model import InputSpec, Template


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask for; `required`: without an answer there is no trip."""

    name: str
    help: str
    example: str
    required: bool = True


ABOUT_THE_TRIP = (
    Question("title", "what the trip is called, as guardians know it", "Lake District 2027"),
    Question("slug", "makes the site's address: /sites/<slug>", "lake-district-2027", required=False),
    Question("owner", "who guardians write to; owns the site", "j.okoro@school.example"),
    Question("starts", "the first day", "2027-05-10"),
    Question("ends", "the last day", "2027-05-14"),
    Question("access_until", "after this day the guardians' access is removed", "2027-06-30"),
)
_TYPES = {"title": Text, "slug": Slug, "owner": Address, "starts": Day, "ends": Day, "access_until": Day}
_DATES = ("starts", "ends", "access_until")
NOT_A_DATE = "must be a date such as 2027-05-10"
NOT_IN_ORDER = "starts, ends and access_until must follow one another"


def list_questions(template: Template) -> tuple[Question, ...]:
    """About the trip, then what the template asks for; a usable template has no input of the same name."""
    inputs = [Question(spec.name, _help(spec), spec.example or spec.default, spec.required) for spec in template.inputs]
    return (*ABOUT_THE_TRIP, *inputs)


def _help(spec: InputSpec) -> str:
    return f"{spec.help} One of: {', '.join(spec.choices)}." if spec.choices else spec.help


def check_answer(template: Template, name: str, text: str) -> str:
    """The answer in its canonical form. Raises ValueError that says what it must be."""
    if name in _TYPES:
        try:
            value = TypeAdapter[object](_TYPES[name]).validate_python(text)
        except ValidationError as error:
            said = error.errors(include_input=False, include_url=False)[0]["msg"]
            raise ValueError(NOT_A_DATE if name in _DATES else said.removeprefix(f"{name} ")) from None
        return str(value)
    return check_input(_specs(template)[name], text)


def suggest_slug(title: str) -> str:
    """ "Lake District 2027" → lake-district-2027; "" where nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")


def check_answers(template: Template, answers: Mapping[str, str]) -> dict[str, str]:
    """Every answer in its canonical form; the slug may be left out where the title makes one. Raises InputError with
    every mistake: unknown names, wrong values, what is missing, dates in the wrong order."""
    questions = list_questions(template)
    known = {question.name for question in questions}
    if not answers.get("slug") and suggest_slug(answers.get("title", "")):
        answers = {**answers, "slug": suggest_slug(answers["title"])}
    problems = [
        _problem(name, f"the template {template.name} asks for no {name}") for name in answers if name not in known
    ]
    checked: dict[str, str] = {}
    for name, text in answers.items():
        if name in known:
            try:
                checked[name] = check_answer(template, name, text)
            except ValueError as error:
                problems.append(_problem(name, f"{name} {error}"))
    # Without a title it is the title that is missing: the slug is made of it.
    needed = [each for each in questions if each.required or (each.name == "slug" and answers.get("title"))]
    missing = [question for question in needed if question.name not in answers]
    problems += [_problem(question.name, f"{question.name} is missing: {question.help}") for question in missing]
    if not are_in_order(checked):
        problems.append(_problem("starts", NOT_IN_ORDER))
    if problems:
        raise InputError(
            "the answers cannot be used; nothing was written", "give each with --input name=value", problems
        )
    return checked


def are_in_order(checked: Mapping[str, str]) -> bool:
    """Whether the dates among the checked answers follow one another."""
    dates = [checked[name] for name in _DATES if name in checked]
    return dates == sorted(dates)


def _problem(name: str, message: str) -> Problem:
    return Problem("--input", 0, name, message)


def _specs(template: Template) -> dict[str, InputSpec]:
    return {spec.name: spec for spec in template.inputs}


# ---- the file --------------------------------------------------------------------------------------------------------


def make_trip_text(template: Template, answers: Mapping[str, str], students: str) -> str:
    """trip.toml. What was not answered stands there as a comment with an example."""
    lines = [
        f"# A trip for the template {template.name}: {template.title}.",
        "# plan shows what it would do; apply does it.",
        "",
    ]
    about = {question.name: question for question in ABOUT_THE_TRIP}
    for name in ("title", "slug"):
        lines.append(_line(about[name], answers))
    lines.append(_commented(f"template = {_quoted(template.name)}", "templates list shows them"))
    lines += [_line(about[name], answers) for name in ("owner", *_DATES)]
    lines += ["", "[guardians]"]
    lines.append(
        _commented(f"students = {_quoted(students)}", "beside this file: column student_id, one line for each")
    )
    lines.append(_commented('relationships = ["parent", "guardian"]', "whose contacts are let in"))
    lines.append('# exclusions = "also-not.csv"               # adds to the school\'s exclusions; never lifts one')
    lines += ["", "[inputs]"]
    lines += [_line(question, answers) for question in list_questions(template) if question.name not in about]
    lines += ["", "[notify]", _commented('by = "mailbox"', "mailbox | microsoft | none")]
    return "\n".join(lines) + "\n"


def _line(question: Question, answers: Mapping[str, str]) -> str:
    is_date = question.name in _DATES
    value = answers.get(question.name, "")
    if value:
        return _commented(f"{question.name} = {value if is_date else _quoted(value)}", question.help)
    example = question.example if is_date else _quoted(question.example)
    return _commented(f"# {question.name} = {example}", ("" if question.required else "optional: ") + question.help)


def _commented(text: str, comment: str) -> str:
    return f"{text:<43} # {' '.join(comment.split())}"


def _quoted(text: str) -> str:
    # A TOML basic string escapes as JSON does, except for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_new(path: Path, text: str) -> None:
    """Raises InputError where the file is there already, or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            f"{path} is there already; nothing was written", "choose another slug, or another name with --out"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another place with --out") from None
