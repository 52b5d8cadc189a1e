"""Are the school's own files there, and do they say what nobody may guess?"""

from __future__ import annotations

from collections.abc import Iterator

from ..contact_source import read_contact_list
from ..contacts.exclusions import load_exclusions
from ..contacts.model import ContactList
from ..errors import ContactSourceFailed, InputError
from ..microsoft365 import Gateway
from ..trips import ContactsSection, Portal
from .finding import Finding, failed, passed, unknown

NOT_KNOWN = "not known without portal.toml"
SEE_PORTAL = "See the finding on portal."


def check_school(portal: Portal | None, wrong: InputError | None, gateway: Gateway | None) -> Iterator[Finding]:
    if portal is None:
        message = wrong.message if wrong else "there is no portal.toml"
        hint = wrong.hint if wrong and wrong.hint else "Write portal.toml beside the trips: the README shows one."
        yield failed("portal", message, hint)
        for id in ("internal-domains", "contact-list", "exclusions"):
            yield unknown(id, NOT_KNOWN, SEE_PORTAL)
        return
    yield passed("portal", f"{portal.file.name} can be used")
    yield check_internal_domains(portal.contacts)
    try:
        contacts = read_contact_list(portal.contacts.source, gateway, portal.contacts.base)
    except ContactSourceFailed as error:
        yield unknown("contact-list", error.message, error.hint or "Try again later: what a server holds is not known.")
        yield check_exclusions(portal.contacts, None)
        return
    except InputError as error:
        yield failed("contact-list", error.message, error.hint or "`contacts check` shows every mistake with its line.")
        yield check_exclusions(portal.contacts, None)
        return
    yield check_contact_list(contacts)
    yield check_exclusions(portal.contacts, contacts)


def check_internal_domains(section: ContactsSection) -> Finding:
    id = "internal-domains"
    if section.internal_domains:
        return passed(id, ", ".join(section.internal_domains))
    return failed(
        id,
        "whether an address is a colleague's cannot be told, so nobody is invited without a review",
        'Write under [contacts] in portal.toml internal_domains = ["school.example"], with every domain of the school.',
    )


def check_contact_list(contacts: ContactList) -> Finding:
    id = "contact-list"
    if not contacts.relationships:
        return failed(id, "it names nobody", "Sync it again: an empty list invites nobody and removes nobody.")
    warnings = f", {len(contacts.problems)} warnings: see `contacts check`" if contacts.problems else ""
    return passed(id, f"{len(contacts.students)} students, {len(contacts.contacts)} contacts{warnings}")


def check_exclusions(section: ContactsSection, contacts: ContactList | None) -> Finding:
    """Given, or confirmed that there are none; without either nobody is invited."""
    id = "exclusions"
    if section.exclusions is None:
        if section.confirmed_by:
            return passed(id, f"none, confirmed by {section.confirmed_by}")
        return failed(
            id,
            "nobody has said who must be kept out, so nobody is invited",
            'Name the file in portal.toml under [contacts] (exclusions = "exclusions.csv"), or write'
            ' exclusions = "none" with confirmed_by = "name, date".',
        )
    try:
        load_exclusions(section.exclusions, contacts)
    except InputError as error:
        return failed(
            id, error.message, error.hint or "Correct the file: an unknown id may be a child without protection."
        )
    if contacts is None:
        return unknown(id, "whether its ids are right cannot be told", "See the finding on contact-list.")
    return passed(id, f"{section.exclusions.name} can be read, and every id in it is known")
