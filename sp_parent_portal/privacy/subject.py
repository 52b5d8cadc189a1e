"""Who asks, where everything is read from, and the form in which it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..contact_check import ContactCheck
from ..contacts.addresses import normalise_email
from ..errors import GatewayError, InputError, PortalError
from ..microsoft365 import Gateway
from ..runs.store import RunStore
from ..trips import Portal, find_trips, read_trips
from .retention import Places

Entry = Mapping[str, Any]
SOMEBODY = "another address or name (withheld: it may be somebody else's)"


@dataclass(frozen=True, slots=True)
class Section:
    """One source. `unknown` says why not all of it could be read, "" where it could."""

    name: str
    entries: tuple[Entry, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """`made` is the moment at which everything was read."""

    target: str
    email: str
    made: datetime
    sections: tuple[Section, ...]

    @property
    def complete(self) -> bool:
        return not any(section.unknown for section in self.sections)

    def as_data(self) -> dict[str, Any]:
        return {
            "kind": "subject-access/1",
            "target": self.target,
            "email": self.email,
            "made": self.made.isoformat(timespec="seconds"),
            "complete": self.complete,
            "sections": [
                {"name": each.name, "unknown": each.unknown, "entries": [dict(entry) for entry in each.entries]}
                for each in self.sections
            ],
        }


@dataclass(frozen=True)
class Subject:
    """Who is asked about: an address in the form of the contact list, and the contact's id there, "" where the list
    does not know the address or could not be read. `children` are the ids of their own, as far as the list knows.
    `shared`: somebody else has the address too, or nobody can tell."""

    email: str
    contact_id: str = ""
    children: frozenset[str] = field(default_factory=frozenset)
    shared: bool = False


@dataclass(frozen=True)
class Sources:
    """Where everything is read from."""

    portal: Portal
    gateway: Gateway
    store: RunStore
    places: Places
    check: ContactCheck
    today: date

    @property
    def target(self) -> str:
        return self.gateway.target


def find_subject(check: ContactCheck, email: str, contact: str = "") -> Subject:
    """Raises InputError where it is no address, or one that several contacts share and `contact` names none of them:
    what is held of one must not be told to the other."""
    address = normalise_email(email)
    if address is None:
        raise InputError("EMAIL is not an e-mail address; nothing was looked up", "such as abbott@d1.example")
    if check.error is not None:
        return Subject(address, contact, shared=bool(contact))
    holders = check.contacts.holders.get(address, ())
    if contact and contact not in holders:
        raise InputError(
            "--contact is nobody of the contact list who has this address; nothing was looked up",
            "`contacts check SOURCE --rows` shows the ids.",
        )
    if len(holders) > 1 and not contact:
        raise InputError(
            f"{len(holders)} contacts of the contact list share this address; nothing was looked up",
            "Say with --contact which of them asks: `contacts check SOURCE --rows` shows their ids.",
        )
    chosen = contact or (holders[0] if holders else "")
    children = frozenset(row.student_id for row in check.rows if chosen and row.contact_id == chosen)
    return Subject(address, chosen, children, shared=len(holders) > 1)


def read_section(name: str, read: Callable[[], Iterable[Entry]]) -> Section:
    """What was read before a failure is kept: that much is certain."""
    entries: list[Entry] = []
    try:
        for entry in read():
            entries.append(entry)  # one by one: those before a failure are kept
    except PortalError as error:
        kind = f"{type(error).__name__}: " if isinstance(error, GatewayError) else ""
        return Section(name, tuple(entries), f"{kind}{error.message}")
    except OSError as error:
        return Section(name, tuple(entries), f"it cannot be read ({type(error).__name__})")
    return Section(name, tuple(entries))


def list_slugs(sources: Sources) -> tuple[str, ...]:
    """Of every trip that a file or the run store knows."""
    trips, _ = read_trips(find_trips(sources.portal))
    remembered = (each.trip for each in sources.store.list_remembered(sources.target))
    return tuple(sorted({*(trip.slug for trip in trips), *remembered}))


def name_place(path: Path, sources: Sources) -> str:
    """A file's name for people: below the school's folder as it is seen from there."""
    root = sources.portal.file.parent
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
