"""A tenant whose students have related contacts: a seed folder for the emulator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.state import State

USERS = (
    "upn,name,mail,role,student_id,grade,birth_date",
    "admin@school.example,Alex Admin,admin@school.example,,,,",
    "t1@school.example,Tess Teacher,t1@school.example,teacher,,,",
    "s1@school.example,Ava Hale,,student,1001,5,2016-02-03",
    "s2@school.example,Leo Hale,,student,1002,7,",
    "s3@school.example,Mia Bell,,student,,,",
    "s4@school.example,Noah Fox,,student,1004,,2007-01-01",
)
CONTACTS = (
    "student,name,email,relationship,phone,consent",
    "s1@school.example,Nina Hale,nina.hale@mail.example,parent,+441632960001,",
    "s2@school.example,Nina Hale,Nina.Hale@mail.example,parent,,",
    "s1@school.example,Tom Hale,tom.hale@mail.example,guardian,,",
    "s4@school.example,Ann Fox,ann.fox@mail.example,parent,,",
    "s4@school.example,Dr Grey,grey@clinic.example,doctor,,",
)
TENANT = 'domains = ["school.example"]\n'


def write_seed(
    folder: Path, *, users: Iterable[str] = USERS, contacts: Iterable[str] = CONTACTS, weather: str = ""
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    told = f'[weather]\neducation_list = "{weather}"\n' if weather else ""
    (folder / "tenant.toml").write_text(TENANT + told, encoding="utf-8")
    (folder / "users.csv").write_text("\n".join(users) + "\n", encoding="utf-8")
    (folder / "related_contacts.csv").write_text("\n".join(contacts) + "\n", encoding="utf-8")
    return folder


def open_directory(folder: Path) -> Emulator:
    emulator = Emulator(State(":memory:"), seed=folder)
    emulator.reset()
    return emulator
