"""The school's files together: portal.toml, contact list, exclusions and flags, and whether the list is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .contact_shelf import Baseline
from .contact_source import read_contact_list
from .contacts.changes import compare, compare_kept_out, sizes, sizes_kept_out
from .contacts.exclusions import Exclusions, load_exclusions
from .contacts.flags import Flags, load_flags
from .contacts.model import ContactList
from .contacts.screening import Rules
from .errors import ContactListError, InputError
from .microsoft365 import Gateway
from .runs.store import AcceptedList, RunStore
from .trips import Portal

EMPTY = ContactList("none", {}, {}, ())


@dataclass(frozen=True, slots=True)
class School:
    """`distrust` says why nothing is inferred from the contact list ("" when it is believed); `broken` is the mistake
    in the files that is the reason, if one is. A list that could not be read at all is empty."""

    portal: Portal
    contacts: ContactList
    exclusions: Exclusions | None
    flags: Flags | None
    today: date
    distrust: str = ""
    broken: InputError | None = None

    @property
    def known(self) -> ContactList | None:
        """The list that ids in other files are checked against; None where it is not believed: nothing is checked."""
        return None if self.distrust else self.contacts

    @property
    def settled(self) -> bool:
        """Whether the school said who must stay out, or confirmed that nobody must; otherwise nobody is invited."""
        return self.exclusions is not None or bool(self.portal.contacts.confirmed_by)

    @property
    def size(self) -> AcceptedList:
        kept_out = sizes_kept_out(self.exclusions, self.flags)
        return AcceptedList(self.contacts.fingerprint, {**sizes(self.contacts), **kept_out})


def load_school(
    portal: Portal,
    baseline: Baseline,
    today: date,
    gateway: Gateway | None = None,
) -> School:
    """`baseline` is what the list is compared with; `gateway` is where one of `graph:` is read. Raises ContactListError
    when exclusions or flags cannot be read. A contact list that cannot be read, is empty or has shrunk does not raise,
    nor do exclusions that name somebody it does not know: what must be removed at once does not depend on it. Nor is a
    list believed beside exclusions or court orders that have gone since the last one, unless the school confirms that.
    """
    broken: ContactListError | None = None
    contacts = EMPTY
    try:
        contacts = read_contact_list(portal.contacts.source, gateway, portal.contacts.base)
    except ContactListError as error:
        broken, distrust = error, f"the contact list cannot be read: {error.message}"
    else:
        distrust = why_not_believed(portal, baseline, contacts)
    try:
        exclusions, flags = load_side_files(portal, None if distrust else contacts)
    except ContactListError as error:
        # Perhaps it only names somebody who has left: read without looking anybody up, it still keeps people out.
        exclusions, flags = load_side_files(portal, None)
        broken, distrust = error, error.message
    distrust = distrust or why_open(portal, baseline, exclusions, flags)
    return School(portal, contacts, exclusions, flags, today, distrust, broken)


def why_not_believed(portal: Portal, baseline: Baseline, contacts: ContactList) -> str:
    """Why nothing is inferred from the list, "" where it is believed."""
    refusal = compare(baseline.sizes, contacts, portal.safety.contact_list_shrink)
    return baseline.doubt if refusal is None else str(refusal)


def why_open(portal: Portal, baseline: Baseline, exclusions: Exclusions | None, flags: Flags | None) -> str:
    """Why a list is not believed beside these files: they keep out far fewer than with the last one; "" if not."""
    now = sizes_kept_out(exclusions, flags)
    if portal.contacts.confirmed_by:
        del now["exclusions"]  # somebody signed that there are none
    gone = compare_kept_out(baseline.sizes, now, portal.safety.contact_list_shrink)
    return "" if gone is None else str(gone)


def load_side_files(portal: Portal, known: ContactList | None) -> tuple[Exclusions | None, Flags | None]:
    """The school's exclusions and flags. Raises ContactListError."""
    section = portal.contacts
    return (
        load_exclusions(section.exclusions, known) if section.exclusions else None,
        load_flags(section.flags, known) if section.flags else None,
    )


def make_rules(portal: Portal, exclusions: Exclusions | None, flags: Flags | None) -> Rules:
    """What the school's screening goes by; which roles are invited, each trip says for itself."""
    section = portal.contacts
    return Rules(
        exclusions=exclusions,
        none_confirmed=bool(section.confirmed_by),
        flags=flags,
        internal_domains=None if section.internal_domains is None else frozenset(section.internal_domains),
    )


def accept_contact_list(store: RunStore, target: str, school: School, *, allowed: bool) -> None:
    """Remember the size of a list that is believed, for the next one to be compared with."""
    if not school.distrust:
        store.record_accepted_list(target, str(school.portal.contacts.source), school.size, allowed=allowed)
