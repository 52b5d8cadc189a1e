"""Whether a folder is a usable template: its files, and that its example becomes a site and a mail. Every mistake at
once, before anything is asked of a tenant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .errors import InputError, Problem, TemplateError
from .file_values import STAFF_SUFFIX
from .template_files import EXAMPLE
from .template_model import Template
from .templates import load_folder, make_content, make_message, make_staff_content
from .toml_files import complaint, find_line
from .trips import Trip, load_students, load_trip

T = TypeVar("T")
HOST = "school.sharepoint.com"  # any: the example's site is not asked


def check_folder(folder: Path) -> Template:
    """Raises TemplateError."""
    problems: list[Problem] = []
    template = _try(problems, lambda: load_folder(folder))
    if template is not None or folder.is_dir():
        trip = _try(problems, lambda: load_trip(folder / EXAMPLE))
        if trip is not None:
            _try(problems, lambda: load_students(trip.guardians.students))
        if template is not None and trip is not None:
            problems += _check_example(template, trip)
    if template is None or problems:
        raise complaint(TemplateError, problems)
    return template


def _try(problems: list[Problem], load: Callable[[], T]) -> T | None:
    try:
        return load()
    except InputError as error:
        problems += error.problems or (Problem("", 0, "example", error.message),)
        return None


def _check_example(template: Template, trip: Trip) -> list[Problem]:
    if trip.template != template.name:
        said = f'the example must be of this template: template = "{template.name}"'
        return [Problem(str(trip.file), find_line(trip.file, ("template",)), "example", said)]
    problems: list[Problem] = []
    staff = trip.model_copy(update={"slug": f"{trip.slug}{STAFF_SUFFIX}"})
    _try(problems, lambda: make_content(template, trip))
    if not problems:
        _try(problems, lambda: make_staff_content(template, staff))
        _try(problems, lambda: make_message(template, trip, "Alex", trip.site_url(HOST)))
    return problems
