"""Who is in which class, by the roster files that lie beside the contacts. Screening does not need it and does not read
it; it is read when a list is kept, so that a student who moved to another class is noticed.

Columns: School Data Sync V2.1 and V1 (Microsoft Learn, read 2026-11), OneRoster 1.1 and 1.2 CSV (1EdTech, 22 August
2023), read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .folder import Folder, open_folder
from .listing import Classes
from .load import recognise
from .watched import Bar, no_bar


@dataclass(frozen=True, slots=True)
class _Files:
    """Where a format has its classes: the file of classes with id and name, the file of enrolments with class and
    person. `role` is the column that tells students from teachers, "" where the file has students alone."""

    classes: str
    class_id: str
    name: str
    enrollments: str
    of_class: str
    of_person: str
    role: str = ""


_SOURCED = _Files("classes.csv", "sourcedId", "title", "enrollments.csv", "classSourcedId", "userSourcedId", "role")
_V1 = _Files("Section.csv", "SIS ID", "Section Name", "StudentEnrollment.csv", "Section SIS ID", "SIS ID")
_V1_UK = _Files("Section.csv", "ID", "Section Name", "StudentEnrollment.csv", "Section ID", "ID")
_FORMATS: Mapping[str, tuple[_Files, ...]] = {
    "OneRoster": (_SOURCED,),
    "SDS V2.1": (_SOURCED,),
    "SDS V1": (_V1, _V1_UK),
}


def load_classes(path: Path, students: Iterable[str], bar: Bar = no_bar) -> Classes | None:
    """Id of each of these students → their classes, each as `name (id)`, sorted. None where the files do not say, or
    cannot be read without a mistake: nobody is ever invited or removed because of a class. Raises ContactListError
    where there is no such folder."""
    with open_folder(path) as folder:
        found = recognise(folder)
        for files in _FORMATS.get(found[0], ()) if len(found) == 1 else ():
            if _has(folder, files.enrollments, files.of_class, files.of_person):
                with bar("reading classes, in MB", folder.megabytes) as step:
                    return _read(folder.watched(step), files, students)
    return None


def _has(folder: Folder, file: str, *columns: str) -> bool:
    return folder.has(file) and set(columns) <= set(folder.header(file))


def _read(folder: Folder, files: _Files, students: Iterable[str]) -> Classes | None:
    role = (files.role,) if files.role else ()
    # OneRoster packages of changes have a status for each row: then this is not who is in which class.
    rows = folder.read(files.enrollments, (files.of_class, files.of_person, *role), ("status",))
    if rows.broken or not rows.rows:
        return None
    names = _names(folder, files)
    classes: dict[str, tuple[str, ...]] = dict.fromkeys(students, ())
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    for class_id, person, word, status in rows.rows.select(files.of_class, files.of_person, files.role, "status"):
        if status:
            return None
        if person in classes and (not files.role or word.casefold() == "student"):
            own = tuple(sorted({*classes[person], names.get(class_id, class_id)}))
            classes[person] = same.setdefault(own, own)
    return classes


def _names(folder: Folder, files: _Files) -> dict[str, str]:
    if not _has(folder, files.classes, files.class_id, files.name):
        return {}
    rows = folder.read(files.classes, (files.class_id, files.name)).rows
    return {key: f"{name} ({key})" if name else key for key, name in rows.select(files.class_id, files.name)}
