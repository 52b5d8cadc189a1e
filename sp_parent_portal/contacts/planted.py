"""The traps that a contact list holds for whoever screens it, planted in invented families together with the verdict
that screening must come to. A trap is a function in `TRAPS`; its name is what truth.csv calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .invented import INTERNAL_DOMAIN, Family, InventedContact, Inventor
from .model import Role, Verdict

LONG_AGO, FAR_AWAY = "2020-01-31", "2099-12-31"


@dataclass(frozen=True, slots=True)
class Trap:
    """`children` is how many the family needs; `needs` is what a format must be able to say (`NEEDS`)."""

    plant: Callable[[Inventor, Family], None]
    children: int = 1
    needs: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.plant.__name__.strip("_").replace("_", "-")


NEEDS: Mapping[str, str] = {
    "links-by-id": "who is related to whom by id, so that an address may occur more than once, or not at all",
    "contact-ids": "an id of the school's own for each contact, by which they are put in order",
    "role:doctor": "the role of a doctor",
    "role:other": "a role that is none of the others",
    "role:child": "the role of a child",
    "role:administrator": "the role of an administrator",
    "switched-off": "that a contact's access is switched off",
    "role-dates": "from when and until when a contact has a role",
    "consent": "whether a contact may see student data",
}
"""What not every format can say."""


def _local(contact: InventedContact) -> str:
    return contact.email.partition("@")[0]


def _another(inventor: Inventor, family: Family, role: Role = Role.PARENT) -> InventedContact:
    given = inventor.another_name(family)
    return family.add(inventor.contact(given, family.contacts[0].family), role)


# ---- one address, several persons; one person, several addresses -----------------------------------------------------


def _shared_address(_inventor: Inventor, family: Family) -> None:
    first, second = family.contacts
    second.email = first.email
    family.expect(second, Verdict.REVIEW, "shared-address")


def _entered_twice(inventor: Inventor, family: Family) -> None:
    first = family.contacts[0]
    again = family.add(inventor.contact(first.given, first.family), Role.GUARDIAN)
    again.email = first.email.upper()
    family.expect(again, Verdict.MERGE, "same-address")


def _same_name(inventor: Inventor, family: Family) -> None:
    first = family.contacts[0]
    again = family.add(inventor.contact(first.given.upper(), first.family), Role.PARENT)
    family.expect(again, Verdict.REVIEW, "possible-duplicate")


def _without_dots(inventor: Inventor, family: Family) -> None:
    first = family.contacts[0]
    again = _another(inventor, family)
    again.email = _local(first).replace(".", "") + "@" + first.email.partition("@")[2]
    family.expect(again, Verdict.REVIEW, "possible-duplicate")


# ---- who is kept out -------------------------------------------------------------------------------------------------


def _kept_out(inventor: Inventor, family: Family) -> InventedContact:
    second = family.contacts[1]
    inventor.make_unmistakable(second)
    return second


def _court_order(inventor: Inventor, family: Family) -> None:
    second = _kept_out(inventor, family)
    family.flags.append({"contact_id": second.id, "court_order": "true"})
    family.expect(second, Verdict.BLOCK, "exclusion")


def _excluded_contact(inventor: Inventor, family: Family) -> None:
    second = _kept_out(inventor, family)
    family.exclusions.append({"contact_id": second.id, "decision": "block", "valid_until": FAR_AWAY})
    family.expect(second, Verdict.BLOCK, "exclusion")


def _excluded_address(inventor: Inventor, family: Family) -> None:
    second = _kept_out(inventor, family)
    family.exclusions.append({"email": second.email.upper(), "decision": "block"})
    family.expect(second, Verdict.BLOCK, "exclusion")


def _excluded_for_one_child(inventor: Inventor, family: Family) -> None:
    second = _kept_out(inventor, family)
    one = family.students[0].id
    family.exclusions.append({"student_id": one, "contact_id": second.id, "decision": "block"})
    family.expect(second, Verdict.REVIEW, "exclusion")
    family.outcomes[one, second.id] = Verdict.BLOCK, "exclusion"


def _excluded_for_review(_inventor: Inventor, family: Family) -> None:
    second = family.contacts[1]
    family.exclusions.append({"contact_id": second.id, "decision": "review"})
    family.expect(second, Verdict.REVIEW, "exclusion")


def _exclusion_over(_inventor: Inventor, family: Family) -> None:
    family.exclusions.append({"contact_id": family.contacts[1].id, "decision": "block", "valid_until": LONG_AGO})


def _reads_the_mailbox_of_the_excluded(inventor: Inventor, family: Family) -> None:
    second = _kept_out(inventor, family)
    reader = _another(inventor, family)
    reader.email = second.email
    family.exclusions.append({"contact_id": second.id, "decision": "block"})
    family.expect(second, Verdict.BLOCK, "exclusion")
    family.expect(reader, Verdict.BLOCK, "exclusion")


def _looks_like_the_excluded(inventor: Inventor, family: Family) -> None:
    second = _kept_out(inventor, family)
    again = family.add(inventor.contact(second.given, second.family), Role.PARENT)
    family.exclusions.append({"contact_id": second.id, "decision": "block"})
    family.expect(second, Verdict.BLOCK, "exclusion")
    family.expect(again, Verdict.REVIEW, "possible-duplicate")


def _ended(_inventor: Inventor, family: Family) -> None:
    second = family.contacts[1]
    family.flags.append({"contact_id": second.id, "ended_on": LONG_AGO})
    family.expect(second, Verdict.BLOCK, "ended")


def _ends_later(_inventor: Inventor, family: Family) -> None:
    family.flags.append({"contact_id": family.contacts[1].id, "ended_on": FAR_AWAY})


# ---- who they are ----------------------------------------------------------------------------------------------------


def _staff_who_is_a_parent(inventor: Inventor, family: Family) -> None:
    second = family.contacts[1]
    second.email = inventor.address(second.given, second.family, INTERNAL_DOMAIN)
    family.expect(second, Verdict.SKIP_INTERNAL, "internal")


def _doctor(inventor: Inventor, family: Family) -> None:
    _another(inventor, family, Role.DOCTOR)


def _aide(inventor: Inventor, family: Family) -> None:
    _another(inventor, family, Role.AIDE)


def _other(inventor: Inventor, family: Family) -> None:
    _another(inventor, family, Role.OTHER)


def _child(inventor: Inventor, family: Family) -> None:
    _another(inventor, family, Role.CHILD)


def _administrator(inventor: Inventor, family: Family) -> None:
    _another(inventor, family, Role.ADMINISTRATOR)


def _corporate_parent(inventor: Inventor, family: Family) -> None:
    second = family.contacts[1]
    second.given, second.family = "County", "Council"
    second.email = inventor.address("care", "council")
    family.flags.append({"contact_id": second.id, "corporate_parent": "true"})
    family.expect(second, Verdict.REVIEW, "corporate-parent")


def _adult_student(_inventor: Inventor, family: Family) -> None:
    family.students[0].birth = family.students[0].birth.replace(year=2000, day=1)
    _expect_adult(family)


def _adult_by_flag(_inventor: Inventor, family: Family) -> None:
    family.flags.append({"student_id": family.students[0].id, "birth_date": "2001-05-01"})
    _expect_adult(family)


def _expect_adult(family: Family) -> None:
    for student, contact, _ in family.links:
        if student is family.students[0]:
            family.outcomes[student.id, contact.id] = Verdict.REVIEW, "adult-student"


def _formula_name(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].given = '=HYPERLINK("http://x.example")'
    family.expect(family.contacts[1], Verdict.REVIEW, "formula-name")


# ---- what stands in the cell -----------------------------------------------------------------------------------------


def _no_email(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = ""
    family.expect(family.contacts[1], Verdict.NO_EMAIL, "no-email")


def _placeholder(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = "none@none.example"
    family.expect(family.contacts[1], Verdict.BLOCK, "placeholder")


def _placeholder_domain(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = _local(family.contacts[1]) + "@noemail.example"
    family.expect(family.contacts[1], Verdict.BLOCK, "placeholder")


def _comma_for_dot(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = family.contacts[1].email.replace(".", ",", 1)
    family.expect(family.contacts[1], Verdict.INVALID, "malformed")


def _two_addresses(inventor: Inventor, family: Family) -> None:
    second = family.contacts[1]
    second.email += "; " + inventor.address(second.given, second.family)
    family.expect(second, Verdict.INVALID, "two-addresses")


def _spaces_and_capitals(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = f" {family.contacts[1].email.title()} "


def _near_miss_domain(inventor: Inventor, family: Family) -> None:
    wrong = inventor.choose(("hotmial", "gmial", "yaho", "outlok", "iclould"))
    family.contacts[1].email = f"{_local(family.contacts[1])}@{wrong}.example"
    family.expect(family.contacts[1], Verdict.REVIEW, "near-miss-domain")


def _plus_tag(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = family.contacts[1].email.replace("@", "+school@")
    family.expect(family.contacts[1], Verdict.REVIEW, "plus-tag")


def _plus_tag_allowed(inventor: Inventor, family: Family) -> None:
    _plus_tag(inventor, family)
    family.outcomes.clear()
    family.exclusions.append({"contact_id": family.contacts[1].id, "decision": "allow"})


def _international_domain(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = _local(family.contacts[1]) + "@bücher.example"


def _international_local_part(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = "zoë." + family.contacts[1].email
    family.expect(family.contacts[1], Verdict.REVIEW, "idn-local-part")


def _student_address(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].email = family.students[0].sign_in.upper()
    family.expect(family.contacts[1], Verdict.BLOCK, "student-address")


def _bounced(_inventor: Inventor, family: Family) -> None:
    second = family.contacts[1]
    family.flags.append({"contact_id": second.id, "bounced_on": LONG_AGO})
    family.expect(second, Verdict.BLOCK, "bounced")


# ---- what only some formats can say ----------------------------------------------------------------------------------


def _switched_off(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].is_enabled = False
    family.expect(family.contacts[1], Verdict.REVIEW, "inactive")


def _role_over(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].ends = LONG_AGO
    family.expect(family.contacts[1], Verdict.BLOCK, "ended")


def _role_not_begun(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].begins = FAR_AWAY
    family.expect(family.contacts[1], Verdict.REVIEW, "not-begun")


def _lacks_consent(_inventor: Inventor, family: Family) -> None:
    family.contacts[1].has_consent = False
    family.expect(family.contacts[1], Verdict.REVIEW, "no-consent")


def _needs(*names: str) -> frozenset[str]:
    return frozenset(names)


TRAPS = (
    Trap(_shared_address, needs=_needs("links-by-id", "contact-ids")),
    Trap(_entered_twice, needs=_needs("links-by-id", "contact-ids")),
    Trap(_same_name, needs=_needs("contact-ids")),
    Trap(_without_dots, needs=_needs("contact-ids")),
    Trap(_court_order),
    Trap(_excluded_contact),
    Trap(_excluded_address),
    Trap(_excluded_for_one_child, children=2),
    Trap(_excluded_for_review),
    Trap(_exclusion_over),
    Trap(_reads_the_mailbox_of_the_excluded, needs=_needs("links-by-id")),
    Trap(_looks_like_the_excluded),
    Trap(_ended),
    Trap(_ends_later),
    Trap(_staff_who_is_a_parent),
    Trap(_doctor, needs=_needs("role:doctor")),
    Trap(_aide),
    Trap(_other, needs=_needs("role:other")),
    Trap(_child, needs=_needs("role:child")),
    Trap(_administrator, needs=_needs("role:administrator")),
    Trap(_corporate_parent),
    Trap(_adult_student, children=2),
    Trap(_adult_by_flag, children=2),
    Trap(_formula_name),
    Trap(_no_email, needs=_needs("links-by-id", "contact-ids")),
    Trap(_placeholder, needs=_needs("links-by-id", "contact-ids")),
    Trap(_placeholder_domain),
    Trap(_comma_for_dot),
    Trap(_two_addresses),
    Trap(_spaces_and_capitals),
    Trap(_near_miss_domain),
    Trap(_plus_tag),
    Trap(_plus_tag_allowed),
    Trap(_international_domain),
    Trap(_international_local_part),
    Trap(_student_address),
    Trap(_bounced),
    Trap(_switched_off, needs=_needs("switched-off")),
    Trap(_role_over, needs=_needs("role-dates")),
    Trap(_role_not_begun, needs=_needs("role-dates")),
    Trap(_lacks_consent, needs=_needs("consent")),
)
