"""Graph's education users and their related contacts (guardians).

`relatedContacts` is in v1.0 (Graph metadata of 2026-08-06); whether a *list* of users fills it is not documented, and
writing it is documented for beta only, though v1.0 takes it (microsoft-graph-docs-contrib#427). Applications alone may
read and write it: a person's token gets a limited set of properties. PATCH replaces the whole collection and must carry
nothing else. What an answer leaves out is unknown, never "no contacts".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer, NotFound
from .answers import need, text
from .batch import ROOT, Item, send_items
from .call import Call, segment
from .model import Answer
from .paging import Row, list_rows

if TYPE_CHECKING:
    from .transport import Transport

FIELDS = "id,displayName,givenName,surname,mail,userPrincipalName,student,relatedContacts"
APPLICATION_ONLY = (
    "Guardians are shown to applications alone: SPP_SIGN_IN=certificate, and EduRoster.Read.All for the reader."
)


@dataclass(frozen=True, slots=True)
class RelatedContact:
    """`relationship` is a word of Graph's contactRelationship: parent, relative, aide, doctor, guardian, child, other,
    or one that it has learned since. `consent` None: nobody said. `row` is the contact as Graph gave it, so that it can
    be written back as it was."""

    name: str
    email: str
    phone: str
    relationship: str
    consent: bool | None
    row: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class EducationStudent:
    """`external_id` is the student information system's own; `contacts` None: the answer did not say."""

    id: str
    external_id: str
    name: str
    given: str
    family: str
    email: str
    sign_in: str
    grade: str
    birth_date: str
    contacts: tuple[RelatedContact, ...] | None


class Education:
    """Every method raises GatewayError where it does not answer each item on its own."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_students(self) -> Iterator[EducationStudent]:
        """Every student, once. Whether `contacts` can be relied on here is not documented: try one by one."""
        operation = "list the students"
        url = f"{ROOT}/education/users?$filter=primaryRole%20eq%20'student'&$select={FIELDS}&$top=999"
        seen: set[str] = set()
        for row in list_rows(self._transport, Call(operation, "GET", url)):
            student = _student(row, operation)
            if student.id not in seen:
                seen.add(student.id)
                yield student

    def get_contacts(self, ids: Sequence[str]) -> dict[str, tuple[RelatedContact, ...] | None]:
        """The related contacts of students by object id, `$batch` of 20 reads; None where the directory does not know
        the student. Raises the first other error, and BadAnswer where an answer leaves the contacts out."""
        operation = "read guardians"
        wanted = list(dict.fromkeys(ids))
        items = [Item("GET", f"/education/users/{segment(each)}?$select=id,relatedContacts") for each in wanted]
        found: dict[str, tuple[RelatedContact, ...] | None] = {}
        for each, answer in zip(wanted, send_items(self._transport, operation, items, "reader"), strict=True):
            if isinstance(answer.error, NotFound):
                found[each] = None
            elif answer.error is not None:
                raise answer.error
            else:
                found[each] = _said(answer.body, operation)
        return found

    def set_contacts(self, wanted: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> list[Answer[None]]:
        """The whole collection of each student replaced, `$batch` of 20 PATCH, answers in order. Writing the same twice
        is writing it once. Says nothing about success that reading back does not say better."""
        items = [
            Item("PATCH", f"/education/users/{segment(each)}", {"relatedContacts": list(rows)}, may_repeat=True)
            for each, rows in wanted
        ]
        answers = send_items(self._transport, "write guardians", items, "provisioner")
        return [Answer(error=answer.error) for answer in answers]


def _said(row: Any, operation: str) -> tuple[RelatedContact, ...]:
    contacts = _contacts(row, operation)
    if contacts is None:
        said = f"{operation}: the answer leaves the guardians out; whether there are any is unknown"
        raise BadAnswer(said, APPLICATION_ONLY)
    return contacts


def _student(row: Row, operation: str) -> EducationStudent:
    said = row.get("student")
    student: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    return EducationStudent(
        id=need(row, "id", str, operation).lower(),
        external_id=text(student, "externalId", operation).strip(),
        name=text(row, "displayName", operation),
        given=text(row, "givenName", operation),
        family=text(row, "surname", operation),
        email=text(row, "mail", operation),
        sign_in=text(row, "userPrincipalName", operation),
        grade=text(student, "grade", operation),
        birth_date=text(student, "birthDate", operation)[:10],
        contacts=_contacts(row, operation),
    )


def _contacts(row: Any, operation: str) -> tuple[RelatedContact, ...] | None:
    """None where the property is absent; null is not documented, so it is no answer either."""
    if not isinstance(row, Mapping) or row.get("relatedContacts") is None:
        return None
    return tuple(_contact(each, operation) for each in need(row, "relatedContacts", list, operation))


def _contact(row: Any, operation: str) -> RelatedContact:
    if not isinstance(row, Mapping):
        raise BadAnswer(f"{operation}: a guardian is not an object")
    consent = row.get("accessConsent")
    if consent is not None and not isinstance(consent, bool):
        raise BadAnswer(f"{operation}: the answer has no usable `accessConsent`")
    return RelatedContact(
        name=text(row, "displayName", operation).strip(),
        email=text(row, "emailAddress", operation).strip(),
        phone=text(row, "mobilePhone", operation).strip(),
        relationship=need(row, "relationship", str, operation),
        consent=consent,
        row={name: value for name, value in row.items() if not name.startswith("@odata.")},
    )
