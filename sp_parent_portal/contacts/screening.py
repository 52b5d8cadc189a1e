"""Who may be invited: a verdict with its rule for every relationship of the given students. Pure: no input, no output.

The students handed in together are taken to share one site. Rules are applied in three steps:

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
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ..errors import ContactListError
from .addresses import mailbox_of, normalise_domain
from .addresses import normalise_email as normalise_email
from .exclusions import Exclusions
from .flags import Flags
from .model import Contact, ContactList, Guardian, Role, Screened, Verdict
from .ordinary import Ordinary
from .packed import numbers
from .persons import are_same_person, name_key
from .row_rules import CANDIDATE, Case, Ruling, School, judge


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
    return tuple(Screening(contacts, students, rules, today))


AT_ONCE = 1000
MANY = 500  # from here on it pays to look at every contact of the list before its rows


class Screening(Collection[Screened]):
    """As `screen`, for very many: rows are made when they are asked for, again each time. `step` is called after each
    thousand students."""

    def __init__(
        self,
        contacts: ContactList,
        students: Iterable[str],
        rules: Rules,
        today: date,
        step: Callable[[], object] = lambda: None,
    ) -> None:
        together = frozenset(students)
        wanted = sorted(together)
        unknown = [student for student in wanted if student not in contacts.students]
        if unknown:
            raise ContactListError(
                f"{len(unknown)} students are not in the contact list: {', '.join(unknown[:20])}",
                "Correct students.csv, or sync a newer contact list.",
            )
        internal = frozenset(map(normalise_domain, rules.internal_domains or ()))
        site = Site(School(contacts, together, rules.roles, rules.exclusions, rules.flags, internal, today), rules)
        ordinary = site.ordinary() if len(wanted) > MANY else None
        self._contacts = contacts
        self._students = wanted
        self._outcomes: list[Ruling] = []
        self._numbers = numbers(contacts.contacts)
        self._invited = bytearray(len(self._numbers))
        self._sharers: list[tuple[int, str]] = []
        for count, student in enumerate(wanted, 1):
            rulings = ordinary.rulings(student) if ordinary else None
            if rulings is None:
                self._judge(site, student)
            else:
                for number, ruling in rulings:
                    self._take(number, ruling)
            if count % AT_ONCE == 0:
                step()
        self._invite_sharers(self._sharers)

    def _judge(self, site: Site, student: str) -> None:
        for contact_id, email, ruling in site.judge(student):
            if ruling is CANDIDATE and email in self._contacts.holders.shared:
                self._sharers.append((len(self._outcomes), contact_id))
                self._outcomes.append(ruling)
            else:
                self._take(self._numbers[contact_id], ruling)

    def _take(self, number: int, ruling: Ruling) -> None:
        """Of a contact whose address is nobody else's the first row invites, the others are of the same guest."""
        if ruling is CANDIDATE:
            if self._invited[number]:
                ruling = _INVITED_ALREADY
            self._invited[number] = True
        self._outcomes.append(ruling)

    def __len__(self) -> int:
        return len(self._outcomes)

    def __contains__(self, row: object) -> bool:
        return any(row == each for each in self)

    def __iter__(self) -> Iterator[Screened]:
        outcomes = iter(self._outcomes)
        for student in self._students:
            for contact_id, role, terms in self._contacts.of_student.roles(student):
                contact = self._contacts.contacts[contact_id]
                email = self._contacts.email_of.get(contact_id) or contact.email
                own = terms.role_is_persons_own
                yield Screened(student, contact_id, contact.name, email, role, *next(outcomes), own)

    def verdicts(self) -> Iterator[Verdict]:
        return (verdict for verdict, _, _ in self._outcomes)

    def _invite_sharers(self, rows: Sequence[tuple[int, str]]) -> None:
        """One guest for each address that several contacts have: the owner's first row is the invitation, their others
        are `invite-once`, other records of theirs merge. `rows` are place and contact id."""
        email_of, leads = self._contacts.email_of, dict[str, str]()
        for _, contact_id in rows:
            leads[email_of[contact_id]] = min(contact_id, leads.get(email_of[contact_id], contact_id))
        invited: set[str] = set()
        for place, contact_id in rows:
            lead = leads[email_of[contact_id]]
            if contact_id != lead:
                self._outcomes[place] = (Verdict.MERGE, "same-address", f"same guest as contact {lead}")
            elif contact_id in invited:
                self._outcomes[place] = _INVITED_ALREADY
            invited.add(contact_id)


_INVITED_ALREADY = (Verdict.INVITE_ONCE, "same-guardian", "one invitation for all children")


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
    found = Counter(rows.verdicts() if isinstance(rows, Screening) else (row.verdict for row in rows))
    return {verdict.value: found[verdict] for verdict in Verdict}


class Site:
    """The rows of one student after the other, judged, and then compared with the rest of the list."""

    def __init__(self, school: School, rules: Rules) -> None:
        self._school = school
        self._rules = rules
        self._blocked_mailboxes = {mailbox_of(email): email for email in sorted(school.blocked_on_the_site)}
        people = [school.contacts.contacts[one] for one in sorted(school.blocked_people)]
        named = [(name_key(one), school.contacts.email_of.get(one.id, "")) for one in people]
        self._blocked_names = {name: email for name, email in named if name}

    def ordinary(self) -> Ordinary:
        """Who need not be judged row by row."""
        candidate = self._want_of_knowledge(allowed=False) or CANDIDATE
        return Ordinary(self._school, candidate, self._blocked_names, self._blocked_mailboxes)

    def judge(self, student_id: str) -> Iterator[tuple[str, str, Ruling]]:
        """Contact id, normalised address and outcome of each of the student's relationships, in order."""
        contacts = self._school.contacts
        student = contacts.students[student_id]
        seen_names: dict[str, str] = {}
        seen_mailboxes: dict[str, str] = {}
        for contact_id, role, terms in contacts.of_student.roles(student_id):
            case, outcome = judge(self._school, student, contact_id, role, terms)
            if outcome is CANDIDATE:
                is_twin = self._is_twin(case, seen_names, seen_mailboxes) and not case.allowed
                want = self._want_of_knowledge(allowed=case.allowed)
                outcome = _TWIN if is_twin else self._shared_address(case) or want or outcome
            yield contact_id, case.email, outcome

    def _is_twin(self, case: Case, names: dict[str, str], mailboxes: dict[str, str]) -> bool:
        """A contact who looks like an earlier one of the same student under another address; or like anybody who is
        blocked on the site, for a second child often brings a second record of the same parent."""
        email, name, mailbox = case.email, name_key(case.contact), mailbox_of(case.email)
        first = self._blocked_mailboxes.get(mailbox) or mailboxes.setdefault(mailbox, email)
        if first != email or not name:
            return first != email
        named = self._blocked_names.get(name)
        return (names.setdefault(name, email) if named is None else named) != email

    def _shared_address(self, case: Case) -> Ruling | None:
        if case.allowed:
            return None
        owner = self._school.contacts.owners.get(case.email)
        if owner is None or owner == case.contact.id or self._are_same_person(owner, case.contact):
            return None
        detail = f"the address is also that of contact {owner}: one guest account cannot be two persons"
        return Verdict.REVIEW, "shared-address", detail

    def _are_same_person(self, owner: str, contact: Contact) -> bool:
        return are_same_person(self._school.contacts.contacts[owner], contact)

    def _want_of_knowledge(self, *, allowed: bool) -> Ruling | None:
        rules = self._rules
        if not (rules.none_confirmed or (rules.exclusions is not None and rules.exclusions.school_wide)):
            return _NO_EXCLUSIONS
        return None if rules.internal_domains or allowed else _INTERNAL_UNKNOWN


_TWIN = (
    Verdict.REVIEW,
    "possible-duplicate",
    "looks like another contact of this student, or like somebody excluded, under another address",
)
_NO_EXCLUSIONS = (
    Verdict.REVIEW,
    "no-exclusions",
    "the school has neither exclusions nor confirmed that none are needed",
)
_INTERNAL_UNKNOWN = (
    Verdict.REVIEW,
    "internal-unknown",
    "without internal_domains this may be a colleague's address",
)
