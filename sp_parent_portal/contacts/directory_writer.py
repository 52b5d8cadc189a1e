"""Invented people as the tenant's directory knows them: a seed folder for the emulator, which serves them as Microsoft
Graph does (`education/users` with `relatedContacts`, Graph metadata of 2026-08-06)."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from .csv_folder import CsvFolder
from .graph_source import contact_key
from .invented import INTERNAL_DOMAIN, STUDENT_DOMAIN, Family, InventedClass, InventedContact, InventedSchool

SEED = "tenant"
"""The seed folder's name, beside the school's own files."""


class DirectoryWriter:
    def __init__(self, folder: Path, open_files: ExitStack) -> None:
        seed = folder / SEED
        seed.mkdir()
        domains = f'domains = ["{INTERNAL_DOMAIN}", "{STUDENT_DOMAIN}"]\n'
        (seed / "tenant.toml").write_text(domains, encoding="utf-8")
        headers = {
            "users.csv": "upn,name,mail,role,student_id,grade,birth_date",
            "related_contacts.csv": "student,name,email,relationship,phone,consent",
        }
        self._files = CsvFolder(seed, headers, open_files)
        admin = f"admin@{INTERNAL_DOMAIN}"
        self._files.add("users.csv", [(admin, "Alex Admin", admin, "", "", "", "")])

    def add_school(self, school: InventedSchool) -> None:
        """The directory's students are of the tenant, not of a school."""

    def add_class(self, made: InventedClass) -> None:
        email = f"{made.teacher_id.lower()}@{INTERNAL_DOMAIN}"
        name = f"{made.teacher_given} {made.teacher_family}"
        self._files.add("users.csv", [(email, name, email, "teacher", "", "", "")])

    def add_family(self, family: Family, _school: InventedSchool) -> None:
        pupils = [
            (s.sign_in, f"{s.given} {s.family}", "", "student", s.id, f"{s.year:02}", s.birth.isoformat())
            for s in family.students
        ]
        self._files.add("users.csv", pupils)
        said = [
            (s.sign_in, _name(c), c.email, role.value, c.phone, "true" if c.has_consent else "false")
            for s, c, role in family.links
        ]
        self._files.add("related_contacts.csv", said)


def directory_id(contact: InventedContact) -> str:
    """Graph gives contacts no id: the one that we work out."""
    return contact_key(contact.email, _name(contact))


def _name(contact: InventedContact) -> str:
    return f"{contact.given} {contact.family}"
