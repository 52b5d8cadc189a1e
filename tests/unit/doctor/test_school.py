"""What the school itself must say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.contacts.sources import GraphSource, OneRosterSource
from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN
from sp_parent_portal.errors import (
    TripError,
)
from tests.unit.doctor.clinic import Clinic


def test_a_portal_that_cannot_be_used_says_why(clinic: Clinic) -> None:
    clinic.portal = None
    clinic.more = {"wrong_portal": TripError("portal.toml:3: no such key", "remove it")}
    found = clinic.diagnose()
    assert (found["portal"].result, found["portal"].remedy) == (FAIL, "remove it")
    assert {found[id].result for id in ("internal-domains", "contact-list", "exclusions")} == {UNKNOWN}


@pytest.mark.parametrize(
    ("id", "values"),
    [
        ("internal-domains", {"internal_domains": None}),
        ("exclusions", {"confirmed_by": ""}),
        ("contact-list", {"source": Path("nowhere")}),
    ],
)
def test_what_the_school_must_say_itself(clinic: Clinic, id: str, values: dict[str, Any]) -> None:
    clinic.set_contacts(**values)
    assert clinic.diagnose()[id].result == FAIL


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("student_id,contact_id,decision\ns1,c1,block\n", PASS),
        ("student_id,contact_id,decision\ns1,nobody,block\n", FAIL),
        ("student_id,decision\n", FAIL),
    ],
)
def test_exclusions_must_be_readable_and_know_their_people(clinic: Clinic, text: str, result: str) -> None:
    path = clinic.folder / "exclusions.csv"
    path.write_text(text, encoding="utf-8")
    clinic.set_contacts(exclusions=path, confirmed_by="")
    assert clinic.diagnose()["exclusions"].result == result


def test_exclusions_beside_a_broken_contact_list_are_unknown(clinic: Clinic) -> None:
    path = clinic.folder / "exclusions.csv"
    path.write_text("student_id,contact_id,decision\ns1,c1,block\n", encoding="utf-8")
    clinic.set_contacts(exclusions=path, confirmed_by="", source=Path("nowhere"))
    assert clinic.diagnose()["exclusions"].result == UNKNOWN


def test_an_empty_contact_list_is_no_contact_list(clinic: Clinic) -> None:
    path = clinic.folder / "sds" / "relationships.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n", encoding="utf-8")
    assert clinic.diagnose()["contact-list"].result == FAIL


def test_a_contact_list_that_its_server_does_not_give_is_unknown(clinic: Clinic) -> None:
    clinic.set_contacts(source=GraphSource())
    found = clinic.diagnose()["contact-list"]
    assert found.result == UNKNOWN
    assert found.remedy


def test_a_server_without_settings_is_a_mistake(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "emulator")
    clinic.set_contacts(source=OneRosterSource("https://sis.school.example/ims/oneroster/v1p1"))
    found = clinic.diagnose()["contact-list"]
    assert (found.result, "SPP_ONEROSTER_TOKEN_URL" in found.message) == (FAIL, True)
