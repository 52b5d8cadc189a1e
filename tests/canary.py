"""Values that stand for people and occur nowhere else, and the search for them in whatever a program leaves behind."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.stage import School

# Kinds of what is planted.
ADDRESS, NAME, PHONE, STUDENT, CHILD, CONTACT, BIRTH, PASSWORD, LINK, REF, UNUSED = (
    "address", "name", "phone", "student id", "child's name", "contact id", "date of birth", "password",
    "redemption link", "file reference", "unused column",
)  # fmt: skip

PLANTED: dict[str, tuple[str, ...]] = {
    ADDRESS: ("wren.qvist@canary-one.example", "otto.zwicky@canary-two.example", "ilse.uhr@canary-three.example"),
    NAME: ("Wrenlina Qvistgaard", "Ottokar Zwickybird", "Ilsebill Uhrzeisig", "Edeltraud Rohrammer"),
    PHONE: ("+441632960971", "+441632960972"),
    STUDENT: ("STUZQ8101", "STUZQ8102", "STUZQ8103"),
    CHILD: ("Finchley Distelhain", "Robinette Amselfeld", "Jayward Kranichau"),
    CONTACT: ("CONZQ7201", "CONZQ7202", "CONZQ7203", "CONZQ7204"),
    BIRTH: ("2013-02-17", "2014-08-23"),
    PASSWORD: ("pw-Zaunkoenig-77", "pw-Stieglitz-78"),
    REF: ("REFZQ-4431",),
    UNUSED: ("unused-Gimpel-91", "unused-Ammer-92"),
}
WHO = PLANTED[ADDRESS][0]


def plant(school: School) -> None:
    """A school whose every cell about people is planted: two guardians, one for review, one without an address."""
    (a1, a2, a3), (n1, n2, n3, n4) = PLANTED[ADDRESS], PLANTED[NAME]
    (s1, s2, s3), (c1, c2, c3, c4) = PLANTED[STUDENT], PLANTED[CONTACT]
    p1, p2 = PLANTED[PASSWORD]
    u1, u2 = PLANTED[UNUSED]
    children = [name.split(" ") for name in PLANTED[CHILD]]
    users = [
        "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms,userNumber",
        *(
            f"{student},{student.lower()}@students.school.example,{given},{family},{p1},{u1},,,,{u2}"
            for student, (given, family) in zip((s1, s2, s3), children, strict=True)
        ),
        f"{c1},{a1},{n1.replace(' ', ',')},{p2},,{a1},{PLANTED[PHONE][0]},,{u1}",
        f"{c2},{a2},{n2.replace(' ', ',')},{p2},,{a2},{PLANTED[PHONE][1]},,{u2}",
        f"{c3},{a3},{n3.replace(' ', ',')},,,{a3},,,",
        f"{c4},x,{n4.replace(' ', ',')},,,,,,",
    ]
    roles = ["userSourcedId,orgSourcedId,role", *(f"{student},O1,student" for student in (s1, s2, s3))]
    pairs = [(s1, c1, "parent"), (s2, c2, "guardian"), (s3, c3, "parent"), (s2, c4, "parent")]
    relationships = ["userSourcedId,relationshipUserSourcedId,relationshipRole", *(",".join(pair) for pair in pairs)]
    births = ["userSourcedId,birthDate", *(f"{s},{b}" for s, b in zip((s1, s2), PLANTED[BIRTH], strict=True))]
    school.write("sds/users.csv", "\n".join(users) + "\n")
    school.write("sds/roles.csv", "\n".join(roles) + "\n")
    school.write("sds/relationships.csv", "\n".join(relationships) + "\n")
    school.write("sds/demographics.csv", "\n".join(births) + "\n")
    school.write("sds/orgs.csv", "sourcedId,name,type,parentSourcedId\nO1,The School,school,\n")
    school.write_exclusions(f"{s3},{c3},,review,,{PLANTED[REF][0]}")
    school.write("flags.csv", f"student_id,contact_id,birth_date\n{s1},{c1},{PLANTED[BIRTH][0]}\n")
    school.write_trip(students=(s1, s2, s3))
    portal = school.write_portal()
    text = portal.read_text(encoding="utf-8")
    portal.write_text(text.replace("[tenant]", 'flags = "flags.csv"\n[tenant]'), encoding="utf-8")


@dataclass(frozen=True)
class Canaries:
    """What is searched for, by kind; links are known only once the tenant has made them."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(PLANTED))

    def with_links(self, links: Iterable[str]) -> Canaries:
        return Canaries({**self.values, LINK: tuple(links)})

    def find(self, text: str | bytes) -> dict[str, list[str]]:
        """Kind → what of it is in the text, in any of the ways in which it could be written."""
        data = (text.encode() if isinstance(text, str) else text).lower()
        found: dict[str, list[str]] = {}
        for kind, values in self.values.items():
            for value in values:
                shape = next((each for each in _shapes(kind, value) if each.lower().encode() in data), "")
                if shape:
                    found.setdefault(kind, []).append(shape)
        return found


def _shapes(kind: str, value: str) -> Iterable[str]:
    """Plain, escaped, encoded, as a guest's sign-in name, and as the digest of a plain hash."""
    yield value
    yield quote(value, safe="")
    yield quote(quote(value, safe=""), safe="")
    yield json.dumps(value)[1:-1]
    yield base64.b64encode(value.encode()).decode().rstrip("=")
    if kind in (NAME, CHILD):
        yield from value.split(" ")
    if kind == ADDRESS:
        yield value.replace("@", "_")
        yield value.partition("@")[0]
    if kind in (ADDRESS, STUDENT, CONTACT):
        for name in ("md5", "sha1", "sha256"):
            yield hashlib.new(name, value.lower().encode()).hexdigest()[:12]
            yield hashlib.new(name, value.encode()).hexdigest()[:12]


def list_open_files(folder: Path) -> list[str]:
    """Files that somebody else on the machine could read; none on Windows, where modes say nothing."""
    if os.name == "nt":
        return []
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
