"""Where each trip stands, in numbers. Pure: from what was planned, which holds what is desired and what was observed.

Everybody counts once for a trip, however many children they have in it: those whom screening lets in once for each
address, as they are one guest, everybody else once for each contact of the contact list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .contacts.model import ContactList, Screened, Verdict
from .file_values import STAFF_SUFFIX
from .microsoft365.model import DirectoryUser
from .plan.desired import Desired
from .plan.planner import TripObserved
from .planning import Planned
from .resources import guest
from .resources.accounts import addresses_of

# (address, "") or ("", contact id)
Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """The people of the wanted roles for a trip's students, each in one of three heaps: wanted = let in + held + on
    paper always holds.

    `let_in`: screening and the directory let them have access. `on_paper`: they have no e-mail address and nothing
    speaks against telling them on paper. `held`: everybody else (blocked, for review, an address that is unusable or a
    colleague's, an account that must not be used)."""

    let_in: frozenset[Person]
    held: frozenset[Person]
    on_paper: frozenset[Person]

    @property
    def wanted(self) -> frozenset[Person]:
        return self.let_in | self.held | self.on_paper


def sort_people(desired: Desired, accounts: guest.Accounts) -> People:
    address_of = {row.contact_id: row.email for row in desired.screened if row.verdict.lets_in}

    def person(row: Screened) -> Person:
        return (address_of[row.contact_id], "") if row.contact_id in address_of else ("", row.contact_id)

    roles = frozenset(desired.trip.guardians.relationships)
    everybody = frozenset(person(row) for row in desired.screened if row.role.value in roles)
    coming = (each.email for each in desired.guardians if not guest.judge(each.email, accounts, desired.keep_out).why)
    let_in = everybody & {(email, "") for email in coming}
    # Somebody who must not come for one child of the trip is not told of it for another either.
    quiet = (Verdict.NO_EMAIL, Verdict.SKIP_ROLE)
    spoken_against = {person(row) for row in desired.screened if row.verdict not in quiet}
    on_paper = everybody - let_in - spoken_against
    return People(let_in, everybody - let_in - on_paper, on_paper)


@dataclass(frozen=True, slots=True)
class TripStatus:
    """One trip. `wanted` is everybody of the wanted roles for the trip's students; `invited` those let in who are in
    the trip group, `redeemed` and `pending` those of them whose guest account is accepted or not yet; `held` and
    `on_paper` as in People. Where the contact list is not believed nobody knows who is wanted: these three are None
    and the others count every guest in the trip group. `version` is the template's that the site was last made from,
    "" where there is no site, `newest` what it is now; `closed` the day on which the trip was closed, "" while it is
    not; `archive` is SharePoint's word for a site that is archived, "" for one that is not; `days_left` counts to the
    last day of access, negative after it; `staff_site` is the address of the staff's own site, "" while there is none,
    UNKNOWN where it could not be read."""

    trip: str
    site: str
    template: str
    version: str
    newest: str
    closed: str
    archive: str
    wanted: int | None
    invited: int
    redeemed: int
    pending: int
    held: int | None
    on_paper: int | None
    access_until: date
    days_left: int
    staff_site: str = ""

    def as_data(self) -> dict[str, Any]:
        guardians = ("wanted", "invited", "redeemed", "pending", "held", "on_paper")
        return {
            "trip": self.trip,
            "site": self.site,
            "staff_site": self.staff_site,
            "template": self.template,
            "version": self.version,
            "newest": self.newest,
            "closed": self.closed,
            "archive": self.archive,
            "guardians": {name: getattr(self, name) for name in guardians},
            "access_until": self.access_until.isoformat(),
            "days_left": self.days_left,
        }


def make_statuses(planned: Planned) -> tuple[TripStatus, ...]:
    """One for each trip, in order of slug."""
    return tuple(
        replace(
            make_status(desired, planned.observed[slug], planned.accounts, planned.school.today),
            staff_site=_find_staff_site(planned, slug),
        )
        for slug, desired in sorted(planned.desired.items())
        if not desired.staff
    )


def _find_staff_site(planned: Planned, slug: str) -> str:
    staff = f"{slug}{STAFF_SUFFIX}"
    if any(each.trip == staff for each in planned.unread):
        return "UNKNOWN"
    observed = planned.observed.get(staff)
    return observed.site.url if observed is not None and observed.site is not None else ""


def make_status(desired: Desired, observed: TripObserved, accounts: guest.Accounts, today: date) -> TripStatus:
    people = None if desired.distrust else sort_people(desired, accounts)
    coming = None if people is None else {email for email, _ in people.let_in}
    invited = [each for each in observed.members if coming is None or addresses_of(each) & coming]
    return TripStatus(
        trip=desired.slug,
        site=desired.url if observed.site else "",
        template=desired.content.template,
        version=observed.marker.about.get("version", ""),
        newest=desired.content.version,
        closed=observed.closed,
        archive=observed.site.archive if observed.site and observed.site.is_archived else "",
        wanted=len(people.wanted) if people else None,
        invited=len(invited),
        redeemed=_count(invited, "redeemed"),
        pending=_count(invited, "pending"),
        held=len(people.held) if people else None,
        on_paper=len(people.on_paper) if people else None,
        access_until=desired.trip.access_until,
        days_left=(desired.trip.access_until - today).days,
    )


def _count(users: Iterable[DirectoryUser], state: str) -> int:
    return sum(user.state == state for user in users)


# ---- who is told on paper --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class OnPaper:
    """One person to tell on paper, with the students of the trip that they belong to."""

    trip: str
    contact: str
    name: str
    students: tuple[str, ...]


def list_on_paper(planned: Planned) -> tuple[OnPaper, ...]:
    """Everybody who has no address, by trip and contact id; `students` are names."""
    rows: list[OnPaper] = []
    for slug, desired in planned.desired.items():
        people = sort_people(desired, planned.accounts)
        for _, contact in people.on_paper:
            mine = [row for row in desired.screened if row.contact_id == contact]
            rows.append(OnPaper(slug, contact, mine[0].name, _names(planned.school.contacts, mine)))
    return tuple(sorted(rows))


def _names(contacts: ContactList, rows: Sequence[Screened]) -> tuple[str, ...]:
    wanted = [row.student_id for row in rows if row.verdict is Verdict.NO_EMAIL]
    return tuple(contacts.students[student].name or student for student in sorted(set(wanted)))
