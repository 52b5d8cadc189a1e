"""Who may be invited: a verdict with its rule for every relationship of the given students. Pure: no input, no output.

The students handed in together are taken to share one site. Rules are applied in three passes, each to the whole:

1. every row by itself (`row_rules`): exclusions first, then the role, then whether the address can be used at all, then
   what a person should look at;
2. rows against each other: `possible-duplicate` within one student, `shared-address` across the contact list;
3. what may come in is held as `no-exclusions` or `internal-unknown` where the school has not said enough, and the rest
   gets one `invite` for each address.

Where two persons have one address, one of them owns it: the one with the lowest contact id among all contacts of the
list that are related to any student, so that the answer is the same for every trip. The owner stays `invite` (the
guest is theirs); everybody else with that address is `review (shared-address)`, because a guest account cannot be two
persons. Whoever is plainly the owner again (same family name, and same given name or same telephone with a shortened
given name) is merged with them. But where somebody who is blocked has the address, nobody gets in by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ..errors import ContactListError
from .addresses import mailbox_of, normalise_domain
from .addresses import normalise_email as normalise_email
from .exclusions import Exclusions
from .flags import Flags
from .model import ContactList, Guardian, Role, Screened, Verdict
from .persons import are_same_person, name_key
from .row_rules import Case, School, judge


@dataclass(frozen=True, slots=True)
class Rules:
    """What the school and the trip have decided. `exclusions` None means that there is no file: unless the school has
    confirmed that none are needed (`none_confirmed`), nobody is invited. `internal_domains` None or empty means that
    nobody can tell whether an address is a colleague's."""

    roles: frozenset[Role] = frozenset({Role.PARENT, Role.GUARDIAN})
    exclusions: Exclusions | None = None
    none_confirmed: bool = False
    flags: Flags | None = None
    internal_domains: frozenset[str] | None = None


def screen(contacts: ContactList, students: Iterable[str], rules: Rules, today: date) -> tuple[Screened, ...]:
    """One row for each relationship of the students, in order of student id and contact id, however the files and the
    students were ordered. ContactListError where a student is not in the contact list."""
    wanted = sorted(set(students))
    unknown = [student for student in wanted if student not in contacts.students]
    if unknown:
        raise ContactListError(
            f"{len(unknown)} students are not in the contact list: {', '.join(unknown[:20])}",
            "Correct students.csv, or sync a newer contact list.",
        )
    internal = frozenset(map(normalise_domain, rules.internal_domains or ()))
    school = School(contacts, frozenset(wanted), rules.roles, rules.exclusions, rules.flags, internal, today)
    cases = [judge(school, relationship) for student in wanted for relationship in contacts.of_student.get(student, ())]
    cases = _hold_possible_duplicates(school, cases)
    cases = [_hold_shared_address(school, case) for case in cases]
    cases = [_hold_for_want_of_knowledge(rules, case) for case in cases]
    return tuple(_one_guest_for_each_address([case.row for case in cases]))


def guardians(rows: Iterable[Screened]) -> tuple[Guardian, ...]:
    """Those whom screening lets in, once for each address, in order of address. The name is that of the invited row."""
    by_email: dict[str, list[Screened]] = {}
    for row in rows:
        if row.verdict.lets_in:
            by_email.setdefault(row.email, []).append(row)
    return tuple(
        Guardian(
            email,
            min(found, key=lambda row: (row.verdict is not Verdict.INVITE, row.student_id, row.contact_id)).name,
            tuple(sorted({row.student_id for row in found})),
            tuple(sorted({row.contact_id for row in found})),
        )
        for email, found in sorted(by_email.items())
    )


def counts(rows: Iterable[Screened]) -> dict[str, int]:
    """How many rows have each verdict; every verdict is named, 0 included."""
    found = Counter(row.verdict for row in rows)
    return {verdict.value: found[verdict] for verdict in Verdict}


def _hold_possible_duplicates(school: School, cases: list[Case]) -> list[Case]:
    """A contact who looks like an earlier one of the same student under another address; or like anybody who is blocked
    on the site, for a second child often brings a second record of the same parent."""
    blocked = {mailbox_of(email): email for email in sorted(school.blocked_on_the_site)}
    people = [school.contacts.contacts[one] for one in sorted(school.blocked_people)]
    names = {name_key(one): school.contacts.email_of.get(one.id, "") for one in people if name_key(one)}
    seen_mailboxes = {student: dict(blocked) for student in school.students}
    seen_names = {student: dict(names) for student in school.students}
    return [_hold_twin(case, seen_names[case.row.student_id], seen_mailboxes[case.row.student_id]) for case in cases]


def _hold_twin(case: Case, names: dict[str, str], mailboxes: dict[str, str]) -> Case:
    if case.row.verdict is not Verdict.INVITE:
        return case
    email, name, mailbox = case.row.email, name_key(case.contact), mailbox_of(case.row.email)
    is_twin = mailboxes.setdefault(mailbox, email) != email or (bool(name) and names.setdefault(name, email) != email)
    if not is_twin or case.allowed:
        return case
    detail = "looks like another contact of this student, or like somebody excluded, under another address"
    return case.held(Verdict.REVIEW, "possible-duplicate", detail)


def _hold_shared_address(school: School, case: Case) -> Case:
    if case.row.verdict is not Verdict.INVITE or case.allowed:
        return case
    owner = school.owner_of(case.row.email)
    if owner is None or are_same_person(owner, case.contact):
        return case
    detail = f"the address is also that of contact {owner.id}: one guest account cannot be two persons"
    return case.held(Verdict.REVIEW, "shared-address", detail)


def _hold_for_want_of_knowledge(rules: Rules, case: Case) -> Case:
    if case.row.verdict is not Verdict.INVITE:
        return case
    exclusions_known = rules.none_confirmed or (rules.exclusions is not None and rules.exclusions.school_wide)
    if not exclusions_known:
        return case.held(
            Verdict.REVIEW, "no-exclusions", "the school has neither exclusions nor confirmed that none are needed"
        )
    if not rules.internal_domains and not case.allowed:
        return case.held(
            Verdict.REVIEW, "internal-unknown", "without internal_domains this may be a colleague's address"
        )
    return case


def _one_guest_for_each_address(rows: list[Screened]) -> Iterable[Screened]:
    """The owner's first row is the invitation, their others are `invite-once`, other records of theirs merge."""
    leads: dict[str, str] = {}
    for row in sorted((row for row in rows if row.verdict is Verdict.INVITE), key=lambda row: row.contact_id):
        leads.setdefault(row.email, row.contact_id)
    invited: set[str] = set()
    for row in rows:
        if row.verdict is not Verdict.INVITE:
            yield row
        elif row.contact_id != leads[row.email]:
            yield replace(
                row, verdict=Verdict.MERGE, rule="same-address", detail=f"same guest as contact {leads[row.email]}"
            )
        elif row.email in invited:
            yield replace(
                row, verdict=Verdict.INVITE_ONCE, rule="same-guardian", detail="one invitation for all children"
            )
        else:
            invited.add(row.email)
            yield row
