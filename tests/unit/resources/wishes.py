"""Desired trips and accounts made up for tests of what is pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from sp_parent_portal.contacts.model import Guardian
from sp_parent_portal.microsoft365.model import DirectoryUser
from sp_parent_portal.plan.desired import Desired
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.template_model import Content
from sp_parent_portal.trips import Guardians, Notify, Trip

URL = "https://contoso.sharepoint.com/sites/lake"
CONTENT = Content("school-trip", "1.0", Sharing.EXISTING_GUESTS, "A trip", 2057, (), (), (), "0" * 64)


def make_trip(by: str = "mailbox") -> Trip:
    return Trip.model_construct(
        file=Path("trip.toml"),
        title="Lake",
        slug="lake",
        template="school-trip",
        owner="j.okoro@school.example",
        starts=date(2027, 5, 10),
        ends=date(2027, 5, 14),
        access_until=date(2027, 6, 30),
        guardians=Guardians.model_construct(students=Path("students.csv")),
        inputs={},
        notify=Notify.model_validate({"by": by}),
    )


def make_desired(emails: Iterable[str], keep_out: Mapping[str, str] | None = None, *, by: str = "mailbox") -> Desired:
    guardians = tuple(Guardian(email, email.split("@")[0], ("S1",), (f"P-{email}",)) for email in sorted(set(emails)))
    return Desired(make_trip(by), URL, CONTENT, guardians, (), len(guardians) or 1, keep_out or {})


def expired(desired: Desired) -> Desired:
    return replace(desired, expired=True)


def distrusted(desired: Desired) -> Desired:
    return replace(desired, distrust="the contact list shrank", guardians=())


def guest(email: str, **more: object) -> DirectoryUser:
    fields: dict[str, object] = {"kind": "guest", "state": "pending", **more}
    return DirectoryUser(f"id-{email}", f"{email.replace('@', '_')}#EXT#@contoso.onmicrosoft.com", "", email, **fields)  # type: ignore[arg-type]  # fields by name
