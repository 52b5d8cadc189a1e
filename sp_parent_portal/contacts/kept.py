"""The contact lists that a school has synced, on this machine: the current one and the one before it.

A kept list is one file of JSON lines: what can be said of the list without naming anybody (`About`), one line for each
student, contact and relationship, and a SHA-256 of all lines before. It holds what screening needs and nothing else.
Its name is the moment of the sync, so that the newest file is the current list: a sync that is killed leaves the list
that there was, or the new one. Files are for nobody but their owner (0600), in a folder of the school's own.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import ContactListError, Problem
from ..private_files import private_file
from .listing import Listing
from .model import Contact, ContactList, Relationship, Role, Student
from .packed import Chosen
from .relationships import PLAIN, Relationships, Terms

KEPT = 2  # the current list and the one before it
STEP = 10_000  # records between two steps of progress
_SUFFIX = ".jsonl"
_MOST_HEAD = 64 * 1024
_LEFT_BEHIND = timedelta(days=1)  # what a killed sync had begun to write is nobody's work in progress any more

_encode = json.JSONEncoder(separators=(",", ":")).encode
_ROLES = {role.value: role for role in Role}
Record = TypeVar("Record")


class About(BaseModel):
    """What can be said of a list without naming anybody. `reachable` are contacts with a usable address; `exclusions`
    and `court_orders` are how many rows of the school's files kept somebody out when the list was synced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["contact-list/1"] = "contact-list/1"
    target: str
    portal: str
    source: str
    format: str
    fingerprint: str
    synced_at: datetime
    knows_classes: bool
    students: int
    contacts: int
    relationships: int
    reachable: int
    exclusions: int
    court_orders: int

    @property
    def sizes(self) -> dict[str, int]:
        """What the next list is compared with, by the names that `changes.sizes` and `sizes_kept_out` use."""
        names = ("students", "contacts", "relationships", "reachable", "exclusions", "court_orders")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class KeptList:
    path: Path
    about: About


def lists_folder(data: Path) -> Path:
    """Where the lists of all schools are, one folder for each, below the data folder."""
    return data / "contact-lists"


def school_folder(data: Path, target: str, portal: Path) -> Path:
    """The folder of the school whose portal.toml that is; the same school on another target is another one."""
    key = hashlib.sha256(f"{target}\n{portal.resolve().as_posix()}".encode()).hexdigest()[:16]
    return lists_folder(data) / key


def list_kept(folder: Path) -> tuple[KeptList, ...]:
    """The lists of one school, the newest first; reads only what is said about them. Raises ContactListError where one
    cannot be read; one that a sync deletes meanwhile is not there."""
    paths = sorted((path for path in folder.glob(f"*{_SUFFIX}") if not path.name.startswith(".")), reverse=True)
    found = []
    for path in paths:
        try:
            found.append(KeptList(path, _read_about(path)))
        except FileNotFoundError:
            continue
    return tuple(found)


def save_kept(folder: Path, about: About, listing: Listing, step: Callable[[], object] = lambda: None) -> KeptList:
    """Keep the list as the current one, the present one as the one before it, and none older. `synced_at` is moved on
    where the clock went back. Raises ContactListError where it cannot be written, and then nothing has changed; or
    where an older one cannot be deleted, which the message says."""
    before = list_kept(folder)
    if before:
        after = before[0].about.synced_at + timedelta(microseconds=1)
        about = about.model_copy(update={"synced_at": max(about.synced_at, after)})
    path = folder / f"{about.synced_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}{_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_file(path) as file:
            _write(file, about, listing, step)
    except OSError as error:
        message = f"The contact list cannot be kept ({type(error).__name__})."
        raise ContactListError(message, f"Is there room, and may you write, in {folder}?") from None
    try:
        for old in before[KEPT - 1 :]:
            old.path.unlink(missing_ok=True)
        _delete_left_behind(folder, about.synced_at - _LEFT_BEHIND)
    except OSError as error:
        message = f"The contact list is kept, but an older one cannot be deleted ({type(error).__name__})."
        raise ContactListError(message, f"The next sync tries again; they lie in {folder}.") from None
    return KeptList(path, about)


def _delete_left_behind(folder: Path, before: datetime) -> None:
    for path in folder.glob(f".*{_SUFFIX}.*"):
        with suppress(FileNotFoundError):  # what another sync was writing has its name now
            if path.stat().st_mtime < before.timestamp():
                path.unlink()


# ---- writing ---------------------------------------------------------------------------------------------------------


def _write(file: IO[bytes], about: About, listing: Listing, step: Callable[[], object]) -> None:
    digest = hashlib.sha256()
    lines = _lines(about, listing)
    while some := list(islice(lines, STEP)):
        text = "".join(f"{line}\n" for line in some).encode()
        digest.update(text)
        file.write(text)
        step()
    file.write(_end(digest.hexdigest()))


def _lines(about: About, listing: Listing) -> Iterator[str]:
    yield about.model_dump_json()
    for s in listing.students:
        birth = s.birth_date.isoformat() if s.birth_date else ""
        yield _encode([s.id, s.given, s.family, s.school, s.grade, s.email, s.sign_in, birth, s.classes])
    for c in listing.contacts:
        yield _encode([c.id, c.given, c.family, c.email, c.phone, c.is_enabled])
    for r in listing.relationships:
        terms = Terms(r.role_is_persons_own, r.begins, r.ends, r.lacks_consent)
        yield _encode([r.student_id, r.contact_id, r.role.value, *([] if terms == PLAIN else _written(terms))])


def _written(terms: Terms) -> list[Any]:
    own, begins, ends, lacks_consent = terms
    return [own, begins.isoformat() if begins else "", ends.isoformat() if ends else "", lacks_consent]


# ---- reading ---------------------------------------------------------------------------------------------------------


def open_listing(kept: KeptList) -> Listing:
    """The list record by record, without holding it in memory. Raises ContactListError where the file is not what was
    written."""
    about = kept.about
    _check_whole(kept)
    lines = _records(kept.path)
    return Listing(
        map(_student, islice(lines, about.students)),
        map(_contact, islice(lines, about.contacts)),
        map(_relationship, islice(lines, about.relationships)),
        about.knows_classes,
    )


def load_kept(kept: KeptList) -> ContactList:
    """The list as it was when it was synced, without the files and lines that it was read from; packed, as lists are.
    Raises ContactListError where the file is not what was written."""
    about = kept.about
    _check_whole(kept)
    lines = _records(kept.path)
    students = _pack(islice(lines, about.students), _student)
    contacts = _pack(islice(lines, about.contacts), _contact)
    own = {key: key for key in (*students, *contacts)}  # equal ids are one string, however often they occur
    relationships = Relationships()
    for line in islice(lines, about.relationships):
        student_id, contact_id, role, *terms = json.loads(line)
        pair = own.setdefault(student_id, student_id), own.setdefault(contact_id, contact_id)
        relationships.add(*pair, _ROLES[role], "", 0, _terms(terms))
    return ContactList(about.format, students, contacts, relationships, fingerprint=about.fingerprint)


def _pack(lines: Iterable[bytes], make: Callable[[bytes], Record]) -> Mapping[str, Record]:
    """The lines as they stand, each made into a record when it is asked for."""
    text, ends, numbers = bytearray(), array("Q", [0]), dict[str, int]()
    for number, line in enumerate(lines):
        text += line
        ends.append(len(text))
        numbers[json.loads(line)[0]] = number

    def made(_key: str, number: int) -> Record:
        return make(bytes(text[ends[number] : ends[number + 1]]))

    def select(names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        for number in range(len(numbers)):
            record = made("", number)
            yield tuple(getattr(record, name) for name in names)

    return Chosen(numbers, bytearray(b"\1") * len(numbers), made, select)


def _student(line: bytes) -> Student:
    key, given, family, school, grade, email, sign_in, birth, classes = json.loads(line)
    return Student(key, given, family, school, grade, email, sign_in, _date(birth), tuple(classes))


def _contact(line: bytes) -> Contact:
    return Contact(*json.loads(line))


def _relationship(line: bytes) -> Relationship:
    student_id, contact_id, role, *terms = json.loads(line)
    return Relationship(student_id, contact_id, _ROLES[role], "", 0, *_terms(terms))


def _terms(cells: list[Any]) -> Terms:
    if not cells:
        return PLAIN
    own, begins, ends, lacks_consent = cells
    return Terms(own, _date(begins), _date(ends), lacks_consent)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _records(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.readline()
            yield from file
    except OSError as error:
        raise _refuse(path, f"it cannot be read ({type(error).__name__})") from None


def _check_whole(kept: KeptList) -> None:
    """Before anything of it is believed: the lines are those that were written, all of them."""
    digest, last = hashlib.sha256(), b""
    try:
        with kept.path.open("rb") as file:
            for line in file:
                digest.update(last)
                last = line
    except OSError as error:
        raise _refuse(kept.path, f"it cannot be read ({type(error).__name__})") from None
    if last != _end(digest.hexdigest()):
        raise _refuse(kept.path, "it is not what was written: cut short, or changed by hand")


def _end(sha256: str) -> bytes:
    return f"{_encode({'sha256': sha256})}\n".encode()


def _read_about(path: Path) -> About:
    """Raises FileNotFoundError, and ContactListError for everything else."""
    try:
        with path.open("rb") as file:
            head = file.readline(_MOST_HEAD)
        return About.model_validate_json(head)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refuse(path, f"it cannot be read ({type(error).__name__})") from None
    except ValidationError:
        # Never with what the file holds.
        raise _refuse(path, "it is not a kept contact list, or of another version") from None


def _refuse(path: Path, reason: str) -> ContactListError:
    message = f"The kept contact list {path.name} cannot be used: {reason}."
    hint = f"Delete it and sync again: {path}"
    return ContactListError(message, hint, [Problem(path.name, 0, "kept-list", message)])
