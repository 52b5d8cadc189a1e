"""Related contacts over the wire: what is left out is unknown, and what is written is the whole collection alone."""

from __future__ import annotations

from typing import Any

import pytest

from sp_parent_portal.errors import AccessDenied, BadAnswer, OutcomeUnknown
from sp_parent_portal.microsoft365.education import Education
from tests.recording import Asked, Recorder, Told, in_turn, open_transport

NINA = {
    "displayName": " Nina Hale ",
    "emailAddress": "nina@mail.example",
    "mobilePhone": None,
    "relationship": "parent",
    "accessConsent": None,
    "@odata.type": "#microsoft.graph.relatedContact",
}
ROW = {
    "id": "A-1",
    "displayName": "Ava Hale",
    "student": {"externalId": " 1001 ", "birthDate": "2016-02-03"},
    "relatedContacts": [NINA],
}


def open_education(app: Recorder) -> Education:
    return Education(open_transport(app))


def batch(*bodies: tuple[int, Any]) -> Recorder:
    def tell(asked: Asked) -> Told:
        requests = asked.data["requests"]
        return Told(
            {
                "responses": [
                    {"id": request["id"], "status": status, "body": body}
                    for request, (status, body) in zip(requests, bodies, strict=True)
                ]
            }
        )

    return Recorder(tell)


def test_students_are_read_page_by_page_once_each() -> None:
    link = "https://graph.microsoft.com/v1.0/education/users?b"
    app = in_turn(Told({"value": [ROW], "@odata.nextLink": link}), Told({"value": [ROW, {"id": "B-2"}]}))
    first, second = open_education(app).list_students()
    assert (first.id, first.external_id, first.birth_date) == ("a-1", "1001", "2016-02-03")
    assert first.contacts is not None
    (nina,) = first.contacts
    assert (nina.name, nina.phone, nina.consent) == ("Nina Hale", "", None)
    assert "@odata.type" not in nina.row, "annotations are not written back"
    assert nina.row["displayName"] == " Nina Hale ", "what is written back is what was read"
    assert second.contacts is None, "absent is not empty"
    assert "relatedContacts" in app.asked[0].query


def test_contacts_by_id() -> None:
    app = batch((200, {"relatedContacts": []}), (200, {"relatedContacts": [NINA]}), (404, {"error": {"code": "x"}}))
    found = open_education(app).get_contacts(["a", "b", "c", "a"])
    assert [None if each is None else len(each) for each in found.values()] == [0, 1, None]


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a"},
        {"relatedContacts": None},
        {"relatedContacts": {}},
        {"relatedContacts": ["x"]},
        {"relatedContacts": [{**NINA, "relationship": None}]},
        {"relatedContacts": [{**NINA, "accessConsent": "yes"}]},
        None,
    ],
)
def test_an_answer_that_does_not_say_is_no_answer(body: Any) -> None:
    with pytest.raises(BadAnswer):
        open_education(batch((200, body))).get_contacts(["a"])


def test_one_read_that_is_refused_is_not_nobody() -> None:
    app = batch((200, {"relatedContacts": []}), (403, {"error": {"code": "Forbidden", "message": "planted"}}))
    with pytest.raises(AccessDenied) as error:
        open_education(app).get_contacts(["a", "b"])
    assert "planted" not in str(error.value)


def test_the_whole_collection_is_written_alone() -> None:
    app = batch((200, {}), (500, {}))
    first, second = open_education(app).set_contacts([("a", [NINA]), ("b", [])])
    assert first.error is None
    assert isinstance(second.error, OutcomeUnknown)
    sent = app.asked[0].data["requests"]
    assert [(each["method"], each["url"], each["body"]) for each in sent] == [
        ("PATCH", "/education/users/a", {"relatedContacts": [NINA]}),
        ("PATCH", "/education/users/b", {"relatedContacts": []}),
    ]


def test_reading_and_writing_are_different_applications() -> None:
    app = Recorder(lambda _asked: Told({"responses": [{"id": "0", "status": 200, "body": {"relatedContacts": []}}]}))
    education = open_education(app)
    education.get_contacts(["a"])
    education.set_contacts([("a", [])])
    assert [asked.headers["authorization"].rpartition(" ")[2] for asked in app.asked] == [
        "graph.microsoft.com-reader-1",
        "graph.microsoft.com-provisioner-1",
    ]
