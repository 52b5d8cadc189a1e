"""Passwords and columns that nobody needs are not kept: not in a record, not in what records are packed in."""

from __future__ import annotations

import gc
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.contacts.load import load_contact_list

PLANTED = ("pw-Zaunkoenig-77", "unused-Gimpel-91")
SDS_V2 = {
    "orgs.csv": "sourcedId,name,type\nO1,School,school\n",
    "users.csv": (
        "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms,userNumber\n"
        f"S1,s1@s.school.example,Ava,Hale,{PLANTED[0]},{PLANTED[1]},,,{PLANTED[1]},{PLANTED[1]}\n"
        f"P1,p1,Nina,Hale,{PLANTED[0]},{PLANTED[1]},nina@mail.example,+441632960001,{PLANTED[1]},{PLANTED[1]}\n"
    ),
    "roles.csv": "userSourcedId,orgSourcedId,role\nS1,O1,student\n",
    "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\nS1,P1,parent\n",
}
SDS_V1 = {
    "school.csv": f"SIS ID,Name,Address\nO1,School,{PLANTED[1]}\n",
    "student.csv": (
        "SIS ID,School SIS ID,First Name,Last Name,Username,Password,State ID\n"
        f"S1,O1,Ava,Hale,s1,{PLANTED[0]},{PLANTED[1]}\n"
    ),
    "user.csv": f"Email,First Name,Last Name,Phone,SIS ID,Password\nnina@mail.example,Nina,Hale,,P1,{PLANTED[0]}\n",
    "guardianrelationship.csv": "SIS ID,Email,Role\nS1,nina@mail.example,Parent\n",
}
ONEROSTER = {
    "manifest.csv": (
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.academicSessions,absent\n"
        "file.categories,absent\nfile.classes,absent\nfile.classResources,absent\nfile.courses,absent\n"
        "file.courseResources,absent\nfile.demographics,absent\nfile.enrollments,absent\nfile.lineItems,absent\n"
        "file.orgs,bulk\nfile.resources,absent\nfile.results,absent\nfile.users,bulk\nsource.systemName,x\n"
        "source.systemCode,y\n"
    ),
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nO1,,,School,school,,\n",
    "users.csv": (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
        f"S1,,,true,O1,student,s1,,Ava,Hale,,{PLANTED[1]},,,,P1,5,{PLANTED[0]}\n"
        f"P1,,,true,O1,parent,p1,,Nina,Hale,{PLANTED[1]},,nina@mail.example,,,S1,,{PLANTED[0]}\n"
    ),
}


def reachable(root: object) -> Iterator[object]:
    """Every object that the root keeps alive, without the program itself."""
    seen, waiting = {id(root)}, [root]
    while waiting:
        each = waiting.pop()
        yield each
        referents: list[Any] = [each.__closure__] if isinstance(each, types.FunctionType) else gc.get_referents(each)
        for one in referents:
            if id(one) not in seen and not isinstance(one, type | types.ModuleType):
                seen.add(id(one))
                waiting.append(one)


def keeps(root: object, words: tuple[str, ...]) -> list[str]:
    texts = [bytes(each) if isinstance(each, bytearray) else each for each in reachable(root)]
    data = [each.encode("utf-8", "replace") if isinstance(each, str) else each for each in texts]
    return [word for word in words if any(isinstance(each, bytes) and word.encode() in each for each in data)]


@pytest.mark.parametrize("files", [SDS_V2, SDS_V1, ONEROSTER], ids=["sds-v2.1", "sds-v1", "oneroster-1.1"])
def test_nothing_of_them_is_kept(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    contacts = load_contact_list(tmp_path)
    assert [contact.email for contact in contacts.contacts.values()] == ["nina@mail.example"]
    assert keeps(contacts, ("nina@mail.example",)), "the search does not look where cells are kept"
    assert keeps(contacts, PLANTED) == []
