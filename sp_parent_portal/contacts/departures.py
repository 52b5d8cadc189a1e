"""Why somebody who came in for a trip is named no longer, and why somebody comes in now: what the contact list says
today against what the run store remembers of each. For people to read; nothing is decided by it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from .model import ContactList, Guardian, Screened, Verdict

NEW_ADDRESS = "guardian of the trip under a new address"

# What a rule of screening means for somebody who was let in before.
_RULES = {
    "ended": "the relation has ended",
    "not-begun": "the relation has not begun",
    "inactive": "marked inactive in the contact list",
    "no-consent": "consent was withdrawn",
    "adult-student": "the student is of age",
    "bounced": "mail to the address came back",
    "no-exclusions": "no exclusions are given or confirmed any more",
    "internal-unknown": "the school's own domains are not given any more",
}


def why_of_trip(
    contacts: ContactList,
    students: Collection[str],
    screened: Sequence[Screened],
    coming: Sequence[Guardian],
    remembered: Sequence[Guardian],
) -> dict[str, str]:
    """Address → why they leave or come, for those of whom it can be told. `students` and `screened` are the trip's,
    `coming` whom screening lets in, `remembered` who came in before."""
    expected = {guardian.email for guardian in coming}
    rows: dict[str, list[Screened]] = {}
    for row in screened:
        rows.setdefault(row.contact_id, []).append(row)
    left = [person for person in remembered if person.email not in expected]
    found = {person.email: _why_gone(person, contacts, students, rows) for person in left}
    moved = {contact_id for person in left for contact_id in person.contact_ids}
    known = {person.email for person in remembered}
    renewed = (guardian for guardian in coming if guardian.email not in known and moved & {*guardian.contact_ids})
    return {email: why for email, why in found.items() if why} | {each.email: NEW_ADDRESS for each in renewed}


def _why_gone(
    person: Guardian, contacts: ContactList, students: Collection[str], rows: Mapping[str, Sequence[Screened]]
) -> str:
    if person.student_ids and not any(student in students for student in person.student_ids):
        return "no child of theirs is on the trip any more"
    here = [contact_id for contact_id in person.contact_ids if contact_id in contacts.contacts]
    if not here:
        return "no longer in the contact list" if person.contact_ids else ""
    addresses = {contacts.email_of.get(contact_id, "") for contact_id in here}
    if person.email not in addresses:
        return "has a new address in the contact list" if addresses - {""} else "the contact list has lost the address"
    own = [row for contact_id in here for row in rows.get(contact_id, ())]
    if not own:
        return "not related to a student of the trip any more"
    return _why_kept_out(own)


def _why_kept_out(rows: Iterable[Screened]) -> str:
    """Of several rows the one that came nearest to letting them in says most."""
    row = min(rows, key=lambda row: (row.verdict is Verdict.SKIP_ROLE, row.student_id, row.contact_id))
    if row.verdict is Verdict.SKIP_ROLE:
        return f"the role is now {row.role.value}"
    return _RULES.get(row.rule, f"screening says {row.verdict.value} ({row.rule})")
