from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.emulator.seed import SeedError
from tests.school_directory import CONTACTS, USERS, open_directory, write_seed

from .caller import Caller, code_of, json_of

S1 = "/education/users/s1@school.example"
STUDENTS = "/education/users?$filter=primaryRole eq 'student'&$select=id,userPrincipalName,student,relatedContacts"
NINA = {"displayName": "Nina", "emailAddress": "nina@mail.example", "relationship": "parent"}


@pytest.fixture
def pupils(tmp_path: Path) -> Caller:
    return Caller(open_directory(write_seed(tmp_path / "seed")))


def contacts_of(caller: Caller) -> list[str]:
    found = caller.get(f"{S1}?$select=relatedContacts")["relatedContacts"]
    return [contact["displayName"] for contact in found]


def test_students_are_listed_with_what_the_seed_says(pupils: Caller) -> None:
    rows = pupils.get(STUDENTS)["value"]
    assert [row["student"]["externalId"] for row in rows] == ["1001", "1002", None, "1004"]
    assert [len(row["relatedContacts"]) for row in rows] == [2, 1, 0, 2]
    assert rows[0]["relatedContacts"][0] == {
        "displayName": "Nina Hale",
        "emailAddress": "nina.hale@mail.example",
        "mobilePhone": "+441632960001",
        "relationship": "parent",
        "accessConsent": None,
    }
    assert rows[0]["student"]["birthDate"] == "2016-02-03"


def test_pages(pupils: Caller) -> None:
    first = pupils.get("/education/users?$top=3&$select=id")
    rest = pupils.get(first["@odata.nextLink"].removeprefix("https://graph.microsoft.com/v1.0"))
    assert (len(first["value"]), len(rest["value"])) == (3, 2), "a colleague without a role is no education user"


def test_contacts_come_only_when_they_are_asked_for(pupils: Caller) -> None:
    assert "relatedContacts" not in pupils.get(S1)
    assert pupils.get(S1)["primaryRole"] == "student"


@pytest.mark.parametrize(("weather", "shown"), [("empty", [[], [], [], []]), ("absent", [None] * 4)])
def test_a_list_may_keep_contacts_back(weather: str, shown: list[Any], tmp_path: Path) -> None:
    caller = Caller(open_directory(write_seed(tmp_path / "seed", weather=weather)))
    assert [row.get("relatedContacts") for row in caller.get(STUDENTS)["value"]] == shown
    assert contacts_of(caller) == ["Nina Hale", "Tom Hale"]


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_patch_replaces_the_whole_collection(pupils: Caller, version: str) -> None:
    answer = pupils.client.patch(
        f"/{version}{S1}",
        base_url="https://graph.microsoft.com",
        headers=pupils.headers,
        json={"relatedContacts": [NINA]},
    )
    assert answer.status_code == 200
    assert contacts_of(pupils) == ["Nina"]
    assert pupils.graph("PATCH", S1, {"relatedContacts": []}).status_code == 200
    assert contacts_of(pupils) == []


@pytest.mark.parametrize(
    "body",
    [
        {"relatedContacts": [NINA], "displayName": "x"},
        {"displayName": "x"},
        {"relatedContacts": None},
        {"relatedContacts": [{"displayName": "Nina"}]},
        {"relatedContacts": [{**NINA, "relationship": "aunt"}]},
        {"relatedContacts": [{**NINA, "accessConsent": "yes"}]},
        {"relatedContacts": [{**NINA, "shoeSize": 7}]},
    ],
)
def test_what_is_refused_changes_nothing(pupils: Caller, body: dict[str, Any]) -> None:
    assert pupils.graph("PATCH", S1, body).status_code == 400
    assert contacts_of(pupils) == ["Nina Hale", "Tom Hale"]


def test_who_is_no_education_user(pupils: Caller) -> None:
    assert code_of(pupils.graph("GET", "/education/users/admin@school.example")) == (404, "Request_ResourceNotFound")


def test_permissions(tmp_path: Path) -> None:
    folder = write_seed(tmp_path / "seed")
    with (folder / "tenant.toml").open("a", encoding="utf-8") as file:
        file.write('[[apps]]\nid = "31359c7f-bd7e-475c-86db-fdb8c937548e"\nroles = ["EduRoster.Read.All"]\n')
    caller = Caller(open_directory(folder))
    assert caller.graph("GET", S1).status_code == 200
    assert caller.graph("PATCH", S1, {"relatedContacts": []}).status_code == 403


def test_nothing_of_the_emulators_own_leaves_it(pupils: Caller) -> None:
    assert "_education" not in str(pupils.get(STUDENTS)) + str(pupils.get("/users?$top=5"))


@pytest.mark.parametrize(
    ("users", "contacts", "told"),
    [
        ((*USERS, "x@school.example,X,,pupil,,,"), CONTACTS, "users.csv: role"),
        (USERS, (*CONTACTS, "t1@school.example,X,x@mail.example,parent,,"), "is no student"),
        (USERS, (*CONTACTS, "s1@school.example,X,x@mail.example,aunt,,"), "relationship"),
        (USERS, (*CONTACTS, "s1@school.example,X,x@mail.example,parent,,perhaps"), "consent"),
    ],
)
def test_a_seed_that_cannot_be_read(users: list[str], contacts: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=told):
        open_directory(write_seed(tmp_path / "seed", users=users, contacts=contacts))


def test_texts_name_the_reason(pupils: Caller) -> None:
    assert "alone" in json_of(pupils.graph("PATCH", S1, {"displayName": "x"}))["error"]["message"]
