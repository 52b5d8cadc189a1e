"""What files hold of one guardian: exclusions and flags, kept contact lists, and what this product wrote."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from ..contacts.addresses import normalise_email
from ..contacts.exclusions import Exclusion, load_exclusions
from ..contacts.flags import load_flags
from ..contacts.kept import list_kept, load_kept, school_folder
from ..errors import InputError
from ..trips import find_trips, read_trips
from .personal_files import PersonalFile, find_personal_files
from .subject import SOMEBODY, Entry, Section, Sources, Subject, name_place, read_section


def read(sources: Sources, subject: Subject) -> Iterator[Section]:
    yield read_section("exclusions", lambda: _exclusions(sources, subject))
    yield read_section("flags", lambda: _flags(sources, subject))
    yield read_section("kept contact lists", lambda: _kept(sources, subject))
    yield read_section("files that this product wrote", lambda: _written(sources, subject))


def _exclusions(sources: Sources, subject: Subject) -> Iterator[Entry]:
    """The school's and each trip's own."""
    trips, wrong = read_trips(find_trips(sources.portal))
    files = [sources.portal.contacts.exclusions, *(trip.guardians.exclusions for trip in trips)]
    for path in dict.fromkeys(file for file in files if file is not None):
        for row in load_exclusions(path, None).entries:
            if _names(row, subject):
                yield {
                    "file": name_place(path, sources),
                    "student": row.student_id or "(all their children)",
                    "contact": row.contact_id,
                    "address": row.email,
                    "decision": row.decision.value,
                    "valid until": row.valid_until.isoformat() if row.valid_until else "",
                    "ref": row.ref,
                }
    if wrong is not None:
        raise wrong


def _names(row: Exclusion, subject: Subject) -> bool:
    """A row of an address that two contacts share is about both, unless it names one of them."""
    if subject.contact_id and row.contact_id == subject.contact_id:
        return True
    return row.email == subject.email and not (subject.shared and row.contact_id)


def _flags(sources: Sources, subject: Subject) -> Iterator[Entry]:
    path = sources.portal.contacts.flags
    if path is None:
        return
    for row in load_flags(path, None).rows:
        if subject.contact_id and row.contact_id == subject.contact_id:
            yield {
                "file": name_place(path, sources),
                "student": row.student_id or "(all their children)",
                "court order": row.court_order,
                "corporate parent": row.corporate_parent,
                "bounced on": row.bounced_on.isoformat() if row.bounced_on else "",
                "ended on": row.ended_on.isoformat() if row.ended_on else "",
            }


def _kept(sources: Sources, subject: Subject) -> Iterator[Entry]:
    folder = school_folder(sources.places.data, sources.target, sources.portal.file)
    for kept in list_kept(folder):
        contacts = load_kept(kept)
        holders = contacts.holders.get(subject.email, ())
        if len(holders) > 1 and not subject.contact_id:
            raise InputError("several contacts of a kept list share the address: say with --contact which of them asks")
        for contact_id in holders:
            if subject.contact_id and contact_id != subject.contact_id:
                if len(holders) == 1:  # the address was another's then
                    yield {"synced": kept.about.synced_at.isoformat(timespec="seconds"), "contact": SOMEBODY}
                continue
            found = contacts.contacts[contact_id]
            own = [each.student_id for each in contacts.relationships if each.contact_id == contact_id]
            yield {
                "synced": kept.about.synced_at.isoformat(timespec="seconds"),
                "contact": contact_id,
                "name": found.name,
                "address": found.email,
                "phone": found.phone,
                "students": ", ".join(sorted(own)),
            }


# ---- what this product wrote -----------------------------------------------------------------------------------------


def _written(sources: Sources, subject: Subject) -> Iterator[Entry]:
    folders = (sources.portal.file.parent, sources.places.data / "backups", *sources.places.folders)
    for file in find_personal_files(folders):
        read_one = _READERS.get(file.kind)
        if read_one is None:
            continue
        try:
            found = tuple(read_one(_load(file), subject))
        except (ValueError, csv.Error, RecursionError, KeyError, TypeError, AttributeError) as error:
            # It only begins like one of ours, or somebody has changed it.
            message = f"{file.path.name} looks like one of this product's files and cannot be read"
            raise InputError(f"{message} ({type(error).__name__})") from None
        for what in found:
            yield {"file": name_place(file.path, sources), "kind": file.kind, "written": f"{file.at:%Y-%m-%d}", **what}


def _load(file: PersonalFile) -> Any:
    text = file.path.read_text(encoding="utf-8-sig")
    return json.loads(text) if file.path.suffix.lower() == ".json" else _rows(text)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def _is(subject: Subject, address: object) -> bool:
    return (normalise_email(str(address).removeprefix("'")) or "") == subject.email


def _mail_merge(rows: Any, subject: Subject) -> Iterator[Entry]:
    for row in rows:
        if _is(subject, row["address"]):
            yield {name: row[name] for name in ("address", "name", "site", "subject")}


def _on_paper(rows: Any, subject: Subject) -> Iterator[Entry]:
    for row in rows:
        if subject.contact_id and row["contact"] == subject.contact_id:
            yield {name: row[name] for name in ("trip", "name", "students")}


def _plan(plan: Any, subject: Subject) -> Iterator[Entry]:
    for change in plan["changes"]:
        if _is(subject, change["key"].partition(" ")[0]):
            yield {"trip": change["trip"], "planned": f"{change['verb']} {change['kind']}", "because": change["reason"]}
    for held in plan.get("held", ()):
        if _is(subject, held["subject"]):
            yield {"trip": held["trip"], "held": held["reason"]}


def _backup(backup: Any, subject: Subject) -> Iterator[Entry]:
    for student in backup["students"]:
        for contact in student["before"]:
            if not _is(subject, contact.get("emailAddress")):
                continue
            # Two may have one address, at once or one after the other: only the child says whose row it is.
            if (subject.shared or subject.contact_id) and student["student"] not in subject.children:
                if not subject.shared:
                    yield {"student": SOMEBODY}
                continue
            names = ("displayName", "emailAddress", "mobilePhone", "relationship", "accessConsent")
            yield {"student": student["student"], **{name: contact.get(name) for name in names}}


def _export(export: Any, subject: Subject) -> Iterator[Entry]:
    if isinstance(export, dict) and _is(subject, export.get("email")):
        yield {"made": export.get("made")}


_READERS = {
    "mail merge": _mail_merge,
    "list of those told on paper": _on_paper,
    "saved plan": _plan,
    "contacts backup": _backup,
    "subject-access export": _export,
}
