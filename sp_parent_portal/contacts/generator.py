"""A contact list out of nothing, for tests, rehearsals and measurements, with the answer that screening must give.

The list itself, exclusions.csv, flags.csv and a portal.toml that names them lie in one folder; truth.csv there holds
the verdict and rule of every relationship, for all students screened together on any day from September 2026 to
August 2027. The same number of students, seed, rate and format give the same bytes.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from ..errors import InputError
from .csv_folder import CsvFolder
from .invented import INTERNAL_DOMAIN, Family, InventedSchool, Inventor
from .planted import Trap
from .roster_writers import FORMATS, Format, RosterWriter

DEFAULT_FORMAT = "sds-v2.1"
MAX_STUDENTS = 1_000_000
_CLASS_SIZE = 28
_FLAGS = "student_id,contact_id,court_order,corporate_parent,bounced_on,ended_on,birth_date"
_EXCLUSIONS = "student_id,contact_id,email,decision,valid_until,ref"
_TRUTH = "student_id,contact_id,verdict,rule,trap"
_BESIDE = {"exclusions.csv": _EXCLUSIONS, "flags.csv": _FLAGS, "truth.csv": _TRUTH}
PACKED = "list.zip"
_PORTAL = """\
# Invented: nobody in this folder exists.
[contacts]
source = "{source}"{base}
exclusions = "exclusions.csv"
flags = "flags.csv"
internal_domains = ["{domain}"]

[tenant]
sharing = "existing-guests"
"""


@dataclass(frozen=True, slots=True)
class Generated:
    """How many of each were written; `traps` counts families with one."""

    students: int
    contacts: int
    relationships: int
    traps: int


def generate(
    out: Path,
    students: int,
    seed: int,
    *,
    traps: float = 0.05,
    format: str = DEFAULT_FORMAT,
    packed: bool = False,
    progress: Callable[[int], None] = lambda _students: None,
) -> Generated:
    """Writes the files into `out`, a new or empty folder. `traps` is the share of families (0 to 1) with one trap, each
    kind in its turn; `packed` puts what belongs to the list into one zip file. `progress` is told how many students
    were written since it was told last. Raises InputError where the numbers or the format cannot be used, or the folder
    is not empty."""
    if packed and not FORMATS.get(format, FORMATS[DEFAULT_FORMAT]).is_files:
        raise InputError(f"{format} is not a list of CSV files.", "Leave it unpacked.")
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}.", f"Use one of {', '.join(FORMATS)}.")
    if not 1 <= students <= MAX_STUDENTS or not 0 <= traps <= 1:
        hint = f"Ask for 1 to {MAX_STUDENTS} students, and a rate of traps from 0 to 1."
        raise InputError("Such a contact list cannot be generated.", hint)
    _make_empty_folder(out)
    inventor, chosen = Inventor(seed), FORMATS[format]
    with ExitStack() as files:
        side = CsvFolder(out, _BESIDE, files)
        roster = _Roster(inventor, chosen.writer(out, files))
        contacts = relationships = planted = 0
        for family in _families(inventor, students, traps, chosen.traps):
            roster.add(family)
            _add_side_rows(side, family, chosen)
            contacts += len(family.contacts)
            relationships += len(family.links)
            planted += bool(family.trap)
            progress(len(family.students))
    if packed:
        _pack(out)
    base = f'\nbase = "{chosen.base}"' if chosen.base else ""
    source = PACKED if packed else chosen.source.format(folder=out.resolve().name)
    portal = _PORTAL.format(source=source, base=base, domain=INTERNAL_DOMAIN)
    (out / "portal.toml").write_text(portal, encoding="utf-8")
    return Generated(students, contacts, relationships, planted)


def _pack(out: Path) -> None:
    """Every member has the same date, so that the same list gives the same bytes."""
    files = sorted(path for path in out.glob("*.csv") if path.name not in _BESIDE)
    with zipfile.ZipFile(out / PACKED, "x", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            with archive.open(zipfile.ZipInfo(path.name), "w") as member, path.open("rb") as file:
                shutil.copyfileobj(file, member)
    for path in files:
        path.unlink()


def _make_empty_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        filled = any(out.iterdir())
    except OSError as error:
        raise InputError(f"{out} cannot be written to ({type(error).__name__}).", "Name another folder.") from None
    if filled:
        raise InputError(f"{out} is not empty, and nothing in it is overwritten.", "Name a new folder.")


def _families(inventor: Inventor, students: int, rate: float, traps: tuple[Trap, ...]) -> Iterator[Family]:
    """Families with `students` children between them."""
    turn = cycle(traps)
    trap = next(turn)
    while students:
        if inventor.chance(rate) and trap.children <= students:
            family = inventor.family(trap.children, plain=True)
            trap.plant(inventor, family)
            family.trap = trap.name
            trap = next(turn)
        else:
            family = inventor.family(1 if students < 3 else 0)
        students -= len(family.students)
        yield family


def _add_side_rows(side: CsvFolder, family: Family, chosen: Format) -> None:
    known_as = {"": "", **{contact.id: chosen.contact_id(contact) for contact in family.contacts}}
    for name, header, rows in (
        ("exclusions.csv", _EXCLUSIONS, family.exclusions),
        ("flags.csv", _FLAGS, family.flags),
    ):
        columns = header.split(",")
        named = [{**row, "contact_id": known_as[row.get("contact_id", "")]} for row in rows]
        side.add(name, [[row.get(column, "") for column in columns] for row in named])
    side.add(
        "truth.csv",
        [
            (student_id, known_as[contact_id], verdict.value, rule, family.trap)
            for student_id, contact_id, (verdict, rule) in family.truth()
        ],
    )


class _Roster:
    """Gives each family a school and each student a class, and writes them."""

    def __init__(self, inventor: Inventor, writer: RosterWriter) -> None:
        self._inventor = inventor
        self._writer = writer
        self._school = self._open_school()
        self._classes: dict[tuple[str, int], str] = {}

    def add(self, family: Family) -> None:
        if self._school.places < len(family.students):
            self._school = self._open_school()
            self._classes.clear()
        self._school.places -= len(family.students)
        for student in family.students:
            student.class_id = self._class_for(student.year)
        self._writer.add_family(family, self._school)

    def _open_school(self) -> InventedSchool:
        school = self._inventor.school()
        self._writer.add_school(school)
        return school

    def _class_for(self, year: int) -> str:
        letter = chr(ord("A") + self._school.in_year[year] // _CLASS_SIZE)
        self._school.in_year[year] += 1
        if (letter, year) not in self._classes:
            made = self._inventor.new_class(self._school, f"Year {year}{letter}")
            self._writer.add_class(made)
            self._classes[letter, year] = made.id
        return self._classes[letter, year]
