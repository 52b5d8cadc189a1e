"""The preview of a trip's site in a file of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from .errors import InputError
from .file_values import STAFF_SUFFIX
from .private_files import write_private
from .reports.site_preview import is_preview, render_preview
from .template_files import EXAMPLE
from .template_model import Template
from .template_place import load_placed
from .templates import make_content, make_staff_content
from .trips import Portal, Trip, load_trip

HEAD = 1000  # characters in which a preview says what it is


def check_place(path: Path) -> None:
    """Raises InputError where a preview may not be written: its name says something else, or what is there is no
    preview."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{path} is no name for a preview", "let it end with .html")
    try:
        taken = path.exists() and not _is_old_preview(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "choose another place for the preview") from None
    if taken:
        raise InputError(f"{path} is there already, and is no preview", "choose another name for the preview")


def _is_old_preview(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return is_preview(file.read(HEAD))


def save_preview(path: Path, trip: Trip, portal: Portal, *, target: str, on: date) -> None:
    """What `apply` would make of the trip where portal.toml places it, with the day of which countdowns are
    told. Takes the place of an older preview. Raises InputError, TemplateError."""
    parts = trip.file.parts[-2:]
    _save(path, load_placed(trip.template, portal), trip, "/".join(parts), target, on)


def save_template_preview(path: Path, template: Template, *, target: str, on: date) -> None:
    """The same of the template's own example. Raises InputError, TemplateError."""
    _save(path, template, load_trip(template.folder / EXAMPLE), "its example", target, on)


def _save(path: Path, template: Template, trip: Trip, source: str, target: str, on: date) -> None:
    check_place(path)
    staff = make_staff_content(template, trip.model_copy(update={"slug": f"{trip.slug}{STAFF_SUFFIX}"}))
    try:
        page = render_preview(trip, make_content(template, trip), staff, target=target, source=source, on=on)
        write_private(path, page)
    except OSError as error:
        file = error.filename or path
        raise InputError(f"{file}: {error.strerror}; no preview was written", "choose another place for it") from None
