"""The contact list that a school has synced: kept if it can be believed, and shown as screening sees it today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .contact_check import UNREAD, ContactCheck, check_contacts, load_rules, screen_all
from .contact_shelf import Baseline, Shelf
from .contacts.addresses import fold_email
from .contacts.changes import sizes, sizes_kept_out
from .contacts.classes import load_classes
from .contacts.differences import AT_ONCE, ListChange, explain, find_differences
from .contacts.kept import STEP, About, KeptList, load_kept, open_listing, save_kept
from .contacts.listing import Classes, make_listing
from .contacts.model import ContactList, Screened
from .contacts.screening import counts
from .contacts.sources import Source
from .contacts.watched import Bar, no_bar
from .errors import InputError
from .school import why_not_believed, why_open
from .trips import Portal

if TYPE_CHECKING:
    from .microsoft365 import Gateway

# What a source that failed says while it seems to answer well: the list is not wrong, there is none.
_NOTHING_THERE = frozenset({"no-rows", "empty-file"})


# ---- sync ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Synced:
    """`kept` is the list as it is kept now, None where it was not taken: `refused` says why it is not believed, or
    `check.error` what is wrong with it. `changes` are those from the list before it (`before`), if there was one."""

    check: ContactCheck
    before: KeptList | None = None
    kept: KeptList | None = None
    refused: str = ""
    changes: tuple[ListChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source to be read; `base` is the whole list where it holds only changes; `gateway` is for `graph:` alone."""

    source: Source
    base: Path | None = None
    gateway: Gateway | None = None


def sync_contacts(shelf: Shelf, wanted: Wanted, baseline: Baseline, now: datetime, bar: Bar = no_bar) -> Synced:
    """Read and screen the list and keep it as the school's current one, if it can be used and is believed; otherwise
    the one that is kept stays. `baseline` is what it must not be much smaller than; `now` has a zone. Raises
    ContactListError where it cannot be written, or where nobody can tell what was kept before."""
    today = now.astimezone().date()
    check = check_contacts(wanted.source, shelf.portal, today, wanted.gateway, wanted.base, bar)
    refused = _why_refused(shelf.portal, check, baseline)
    kept = shelf.find()
    before = kept[0] if kept else None
    if refused or check.error is not None:
        return Synced(check, before, None, refused)
    classes = find_classes(wanted, check.contacts, bar)
    changes: tuple[ListChange, ...] = ()
    if before is not None:
        with bar(*comparing(before)) as step:
            found = find_differences(open_listing(before), make_listing(check.contacts, classes), step)
        changes = tuple(explain(found))
    about = _make_about(shelf, wanted.source, check, now, knows_classes=classes is not None)
    records = about.students + about.contacts + about.relationships
    with bar("keeping, ten thousands of records", records // STEP + 1) as step:
        new = save_kept(shelf.folder, about, make_listing(check.contacts, classes), step)
    return Synced(check, before, new, "", changes)


def comparing(old: KeptList) -> tuple[str, int]:
    """What a bar shows while that list is compared with another, and how many steps that takes."""
    about = old.about
    return "comparing, ten thousands of records", (about.students + about.contacts + about.relationships) // AT_ONCE


def _why_refused(portal: Portal, check: ContactCheck, baseline: Baseline) -> str:
    if check.contacts is UNREAD:
        errors = [problem for problem in check.problems if problem.severity == "error"]
        is_nothing = errors and all(problem.rule in _NOTHING_THERE for problem in errors)
        return " ".join(dict.fromkeys(problem.message for problem in errors)) if is_nothing else ""
    refused = why_not_believed(portal, baseline, check.contacts)
    if refused or check.error is not None:
        return refused
    return why_open(portal, baseline, check.rules.exclusions, check.rules.flags)


def find_classes(wanted: Wanted, contacts: ContactList, bar: Bar = no_bar) -> Classes | None:
    """Only a whole list in files says who is in which class."""
    if not isinstance(wanted.source, Path) or wanted.base is not None:
        return None
    return load_classes(wanted.source, contacts.students, bar)


def _make_about(shelf: Shelf, source: Source, check: ContactCheck, now: datetime, *, knows_classes: bool) -> About:
    return About.model_validate(
        {
            "target": shelf.target,
            "portal": str(shelf.portal.file),
            "source": name_source(source),
            "format": check.contacts.format,
            "fingerprint": check.contacts.fingerprint,
            "synced_at": now,
            "knows_classes": knows_classes,
            **sizes(check.contacts),
            **sizes_kept_out(check.rules.exclusions, check.rules.flags),
        }
    )


def name_source(source: Source) -> str:
    """A path as a whole one; an address holds no secret."""
    return str(source.resolve() if isinstance(source, Path) else source)


# ---- show ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """The current list, screened with the school's files of today. `rows` are those of the person asked for."""

    kept: KeptList
    before: KeptList | None
    verdicts: Mapping[str, int]
    rows: tuple[Screened, ...] = ()


def _is_about(row: Screened, who: str, email: str) -> bool:
    return who in (row.student_id, row.contact_id, row.email) or row.email == email


def show_kept(shelf: Shelf, today: date, who: str = "", bar: Bar = no_bar) -> Shown:
    """`who` is a student's id, a contact's id, or an address; "" for the numbers alone. Raises ContactListError where
    nothing is kept, or the school's exclusions or flags cannot be read; InputError where nobody is `who`."""
    kept = shelf.get()
    contacts = load_kept(kept[0])
    rows = screen_all(contacts, load_rules(shelf.portal, contacts), today, bar)
    email = fold_email(who)
    found = tuple(row for row in rows if _is_about(row, who, email)) if who else ()
    if who and not found and who not in contacts.students and who not in contacts.contacts:
        raise InputError(
            "nobody in the kept contact list has this id or address", "`contacts sync` keeps the list of today"
        )
    return Shown(kept[0], kept[1] if len(kept) > 1 else None, counts(rows), found)
