"""What the files want of one trip: its site's content, who comes in, and who must leave at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .contacts.departures import why_of_trip
from .contacts.exclusions import Decision, Exclusions, load_exclusions, merge
from .contacts.model import Guardian, Role, Screened
from .contacts.screening import guardians, screen
from .errors import InputError, Problem, TripError
from .plan.desired import EXCLUDED, Desired, is_expired, make_guardians, make_keep_out
from .school import School, load_side_files, make_rules
from .sharing import Sharing
from .template_model import Content
from .template_place import load_placed
from .templates import make_content
from .trips import Trip, load_portal, load_students


@dataclass(frozen=True, slots=True)
class Wish:
    """What the files want of one trip. Where they hold a mistake (`error`), only what must be removed at once counts:
    `desired` is then distrusted, and its content is empty where the template could not be filled."""

    desired: Desired
    error: InputError | None = None


def load_wish(school: School, trip: Trip, host: str, remembered: Sequence[Guardian]) -> Wish:
    """`remembered` are the people who came in earlier, by the run store: exclusions reach them also where the contact
    list does not name them any more."""
    errors: list[InputError] = []
    content = Content(trip.template, "", Sharing.EXISTING_GUESTS, "", 0, (), (), (), "")
    students: tuple[str, ...] = ()
    own: Exclusions | None = None
    try:
        content = make_content(load_placed(trip.template, school.portal), trip)
    except InputError as error:
        errors.append(in_trip(error, trip))
    try:
        students = load_trip_students(school, trip)
    except InputError as error:
        errors.append(error)
        students = tuple(student for student, _ in find_students(trip))
    try:
        own = load_trip_exclusions(school, trip)
    except InputError as error:
        errors.append(error)
    mistake = combine(errors)
    distrust = school.distrust or ("" if mistake is None else mistake.message)
    access = make_access(school, trip, merge(school.exclusions, own), students, remembered)
    believed = () if distrust else remembered
    why = why_of_trip(school.contacts, students, access.screened, access.guardians, believed)
    return Wish(
        Desired(
            trip=trip,
            url=trip.site_url(host),
            content=content,
            guardians=() if distrust else access.guardians,
            screened=access.screened,
            students=len(students),
            keep_out=access.keep_out,
            expired=is_expired(trip, school.today),
            distrust=distrust,
            why=why,
        ),
        mistake,
    )


def in_trip(error: InputError, trip: Trip) -> InputError:
    """The error with the trip's file named, where it names no file itself: an unknown template is a mistake there."""
    if error.problems:
        return error
    return type(error)(error.message, error.hint, [Problem(str(trip.file), 0, "template", error.message)])


def combine(errors: Sequence[InputError]) -> InputError | None:
    """One error that carries the problems of all; None for none."""
    if len(errors) < 2:
        return errors[0] if errors else None
    problems = dict.fromkeys(problem for error in errors for problem in error.problems)
    told = "; ".join(dict.fromkeys(error.message for error in errors if not error.problems))
    message = f"there are mistakes in the files{': ' + told if told else ''}; nothing was done"
    return InputError(message, errors[0].hint, problems)


@dataclass(frozen=True, slots=True)
class Access:
    """Who comes in, and by address who must leave at once, with the reason for people."""

    screened: tuple[Screened, ...]
    guardians: tuple[Guardian, ...]
    keep_out: dict[str, str]


def make_access(
    school: School,
    trip: Trip,
    exclusions: Exclusions | None,
    students: Sequence[str],
    remembered: Sequence[Guardian],
) -> Access:
    """`exclusions` are the school's with the trip's own."""
    known = [student for student in students if student in school.contacts.students]
    rules = make_rules(school.portal, exclusions, school.flags)
    rules = replace(rules, roles=frozenset(Role(each) for each in trip.guardians.relationships))
    screened = screen(school.contacts, known, rules, school.today)
    keep_out = make_keep_out(screened)
    if exclusions is not None:
        named = exclusions.kept_out(students, school.contacts.email_of, school.today)
        keep_out |= dict.fromkeys(named, EXCLUDED)
    keep_out |= excluded_people(school, exclusions, remembered, students)
    return Access(screened, make_guardians(guardians(screened), keep_out), keep_out)


def load_trip_students(school: School, trip: Trip) -> tuple[str, ...]:
    """The trip's student ids. Raises TripError naming, with its line, each that the contact list does not know; a list
    that is not believed is not asked."""
    rows = load_students(trip.guardians.students)
    if not school.distrust:
        problems = [
            Problem(str(trip.guardians.students), line, "unknown-student", "the contact list has no such student")
            for student, line in rows
            if student not in school.contacts.students
        ]
        if problems:
            raise TripError(
                f"{len(problems)} of the students of {trip.slug} are not in the contact list; nothing was done",
                "correct students.csv, or sync the contact list first",
                problems,
            )
    return tuple(student for student, _ in rows)


def find_students(trip: Trip) -> tuple[tuple[str, int], ...]:
    """The trip's student ids and their lines; none where the file cannot be read."""
    try:
        return load_students(trip.guardians.students)
    except TripError:
        return ()


def load_trip_exclusions(school: School, trip: Trip) -> Exclusions | None:
    """The trip's own, which are added to the school's and can never lift one. Raises ContactListError."""
    if trip.guardians.exclusions is None:
        return None
    return load_exclusions(trip.guardians.exclusions, school.known, school_wide=False)


def excluded_people(
    school: School, exclusions: Exclusions | None, people: Sequence[Guardian], students: Sequence[str]
) -> dict[str, str]:
    """Which of the people an exclusion or a court-order flag keeps out of what the students share, by address, with the
    reason for people. They need not have come for the student whom it is about."""
    return {
        person.email: EXCLUDED
        for person in people
        if any(
            _keeps_out(school, exclusions, student, contact, person.email)
            for student in {*students, *person.student_ids} or ("",)
            for contact in person.contact_ids or ("",)
        )
    }


def _keeps_out(school: School, exclusions: Exclusions | None, student: str, contact: str, email: str) -> bool:
    decision = None if exclusions is None else exclusions.decision(student, contact, email, school.today)
    flags = school.flags.of(student, contact) if school.flags and contact else ()
    return decision in (Decision.BLOCK, Decision.REVIEW) or (
        decision is None and any(flag.court_order for flag in flags)
    )


def make_excluded_now(school: School, trip: Trip) -> Callable[[Sequence[Guardian]], dict[str, str]]:
    """Reads the files again from disk whenever it is asked, all but the contact list, and screens again: whoever would
    not come in any more is kept out. If they cannot be read, everybody is: what they say is UNKNOWN."""

    def excluded_now(people: Sequence[Guardian]) -> dict[str, str]:
        try:
            # portal.toml too: the school may name a file of exclusions that it did not have before.
            portal = load_portal(school.portal.file)
            exclusions, flags = load_side_files(portal, school.known)
            again = replace(school, portal=portal, exclusions=exclusions, flags=flags)
            if not again.settled:
                return {person.email: "no exclusions are given or confirmed" for person in people}
            merged = merge(exclusions, load_trip_exclusions(again, trip))
            access = make_access(again, trip, merged, load_trip_students(again, trip), ())
        except InputError as error:
            return {person.email: f"the files cannot be read again: {error.message}" for person in people}
        coming = {guardian.email for guardian in access.guardians}
        return {
            person.email: access.keep_out.get(person.email, "screening lets them in no more")
            for person in people
            if person.email not in coming
        }

    return excluded_now
