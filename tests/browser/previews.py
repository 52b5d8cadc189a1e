"""Previews of the gallery's templates, and of one with every part, as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from sp_parent_portal.reports.site_preview import render_preview
from sp_parent_portal.template_model import Template
from sp_parent_portal.templates import list_templates, load_folder, make_content, make_staff_content
from sp_parent_portal.trips import Trip, load_trip
from tests.preview_template import write_every_part
from tests.template_folder import make_trip

DAYS_LEFT = 9  # until each trip begins, whenever the preview is made


def write_preview(path: Path, template: Template, trip: Trip) -> Path:
    staff = make_staff_content(template, trip)
    page = render_preview(
        trip, make_content(template, trip), staff, target="emulator", source="its example", on=_day_before(trip)
    )
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _day_before(trip: Trip) -> date:
    return trip.starts - timedelta(days=DAYS_LEFT)


def list_examples(folder: Path) -> Mapping[str, tuple[Template, Trip]]:
    """By name: the gallery's, and one with every part that is written to `folder`."""
    gallery = {each.name: (each, load_trip(each.folder / "example" / "trip.toml")) for each in list_templates()}
    trip = make_trip({"words": "Keswick", "link": "https://forms.school.example/consent"})
    return {**gallery, "every-part": (load_folder(write_every_part(folder)), trip)}
