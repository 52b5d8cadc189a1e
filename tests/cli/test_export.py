"""`contacts export`: everything about one guardian, nothing about anybody else; what could not be read is UNKNOWN."""

from __future__ import annotations

import json
import os
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.marks import load_key, make_mark
from sp_parent_portal.settings import data_folder
from tests.stage import RELATIONSHIPS, SITE, USERS

from .conftest import Desk, Said

NINA = "nina.hale@mail.example"
OTHERS = ("tom.hale@mail.example", "ada.okoro@post.example", "dan.bell@mail.example", "Tom Hale", "Okoro", "Bell", "S3")


def export(desk: Desk, *words: str, email: str = NINA, file: str = "export.json") -> tuple[Said, dict[str, Any]]:
    path = Path(file)
    path.unlink(missing_ok=True)
    said = desk.type("--format", "json", "contacts", "export", email, "--out", file, *words)
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return said, {each["name"]: each for each in found.get("sections", ())}


@pytest.fixture
def known(desk: Desk) -> Desk:
    """A guardian of two children whom every source knows."""
    assert desk.make_trip().code == 0
    desk.ask("visit", {"email": NINA, "site": SITE})
    assert desk.type("contacts", "sync").code == 0
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    return desk


def test_every_source_is_in_it(known: Desk) -> None:
    known.school.write_exclusions("S2,P1,,review,2030-01-01,CP-7")
    said, found = export(known)
    assert said.code == 0, said.err
    entries = {name: each["entries"] for name, each in found.items()}
    assert [(each["contact"], each["name"], each["address"]) for each in entries["contact list"]] == [
        ("P1", "Nina Hale", NINA)
    ]
    verdicts = {each["student"]: (each["verdict"], each["rule"]) for each in entries["relationships"]}
    assert verdicts.keys() == {"S1", "S2"}
    assert verdicts["S2"] == ("review", "exclusion")
    assert [(each["decision"], each["ref"]) for each in entries["exclusions"]] == [("review", "CP-7")]
    assert [each["students"] for each in entries["kept contact lists"]] == ["S1, S2"]
    assert [(each["kind"], each["invitation"]) for each in entries["guest account"]] == [("guest", "redeemed")]
    assert [each["trip"] for each in entries["trip groups"]] == ["lake-2027"]
    assert [(each["trip"], each["state"], bool(each["sent"])) for each in entries["mails"]] == [
        ("lake-2027", "sent", True)
    ]
    assert [each["accepted as"] for each in entries["external user (SharePoint)"]] == [NINA]
    assert [each["site"] for each in entries["sites within reach"]] == [SITE]
    assert [(each["trip"], each["students"]) for each in entries["who came in (run store)"]] == [
        ("lake-2027", "S1, S2")
    ]
    assert {each["done"] for each in entries["steps (run store)"]} == {
        "create guest",
        "create membership",
        "send notice",
    }
    assert all(each["when"] and each["ended"] == "done" for each in entries["steps (run store)"])


def test_nobody_else_is_in_it(known: Desk) -> None:
    for file in ("export.json", "export.html"):
        said, _ = (
            export(known, file=file)
            if file.endswith("json")
            else (known.type("contacts", "export", NINA, "--out", file), {})
        )
        assert said.code == 0
        text = Path(file).read_text(encoding="utf-8")
        assert NINA in text
        for other in OTHERS:
            assert other not in text, f"{other} in {file}"


def test_a_child_whom_something_keeps_them_from_is_not_named(known: Desk) -> None:
    def named() -> dict[str, str]:
        entries = export(known)[1]["relationships"]["entries"]
        return {each["student"]: each["student's name"] for each in entries}

    assert named() == {"S1": "Ava Hale", "S2": "Leo Hale"}
    known.school.write_exclusions("S2,P1,,block,,CP-7")
    assert named()["S2"].startswith("(withheld")


def test_the_file_is_private_and_nothing_is_shown(known: Desk) -> None:
    said, _ = export(known)
    assert os.name == "nt" or stat.S_IMODE(Path("export.json").stat().st_mode) == 0o600
    assert said.json["complete"] is True
    for word in (NINA, "Nina", "Hale", "P1"):
        assert word not in said.out + said.err


def test_what_cannot_be_read_is_unknown(known: Desk) -> None:
    known.ask(
        "faults",
        [{"on": "POST */GetExternalUsers", "nth": 1, "times": 99, "reply": 403}],
    )
    said, found = export(known)
    known.ask("faults", [])
    assert said.code == 6
    assert found["external user (SharePoint)"]["unknown"]
    assert found["guest account"]["unknown"] == ""
    assert not said.json["complete"]
    html = known.type("contacts", "export", NINA, "--out", "whole.html")
    assert html.code == 0
    known.school.write("sds/users.csv", "nothing,of,use\n")
    said, found = export(known)
    assert said.code == 6
    assert found["contact list"]["unknown"]
    assert found["relationships"]["unknown"]
    assert [each["trip"] for each in found["mails"]["entries"]] == ["lake-2027"], "the rest is there all the same"


def test_of_two_who_share_an_address_one_is_told_of_that_one_alone(desk: Desk) -> None:
    users = [(*user[:4], NINA) if user[0] == "P3" else user for user in USERS]
    desk.school.write_contacts(users, RELATIONSHIPS)
    assert desk.type("contacts", "sync").code == 0
    said, _ = export(desk)
    assert said.code == 2
    assert "share this address" in said.err
    assert not Path("export.json").exists()
    said, found = export(desk, "--contact", "P3")
    assert said.code == 0, said.err
    assert [each["contact"] for each in found["contact list"]["entries"]] == ["P3"]
    assert [each["student"] for each in found["relationships"]["entries"]] == ["S3"]
    assert [each["contact"] for each in found["kept contact lists"]["entries"]] == ["P3"]
    text = Path("export.json").read_text(encoding="utf-8")
    assert "Nina Hale" not in text
    assert "S1" not in text
    assert export(desk, "--contact", "P9")[0].code == 2


def test_whoever_else_accepted_the_invitation_is_not_named(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    desk.ask("redeem", {"email": NINA, "as": "somebody@else.example"})
    desk.ask("visit", {"email": "somebody@else.example", "site": SITE})
    _, found = export(desk)
    text = Path("export.json").read_text(encoding="utf-8")
    assert found["external user (SharePoint)"]["entries"]
    assert "else.example" not in text
    assert "another address or name" in text


def test_files_that_this_product_wrote(desk: Desk) -> None:
    desk.school.write_trip(by="none")
    desk.open_tenant()
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    assert desk.make_trip().code == 0
    desk.school.write(
        "old-backup.json",
        json.dumps(
            {
                "kind": "related-contacts-backup/1", "what": "remove", "target": "emulator", "made": "2027-01-01",
                "students": [{"id": "x", "student": "S1", "before": [
                    {"displayName": "Nina Hale", "emailAddress": NINA, "relationship": "parent"},
                    {"displayName": "Tom Hale", "emailAddress": "tom.hale@mail.example", "relationship": "parent"},
                ], "after": []}],
            }
        ),
    )  # fmt: skip
    assert export(desk)[0].code == 0
    Path("export.json").rename("earlier.json")
    _, found = export(desk)
    written = found["files that this product wrote"]["entries"]
    assert {each["kind"] for each in written} == {
        "mail merge", "contacts backup", "subject-access export", "saved plan",
    }  # fmt: skip
    text = Path("export.json").read_text(encoding="utf-8")
    assert "tom.hale" not in text


def test_somebody_of_whom_nothing_is_held(known: Desk) -> None:
    said, found = export(known, email="stranger@mail.example")
    assert said.code == 0
    assert [name for name, each in found.items() if each["entries"]] == []


def test_the_address_may_come_from_input_or_from_a_log(known: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NINA}\n"))
    _, found = export(known, email="-")
    assert found["contact list"]["entries"]
    _, found = export(known, email=make_mark(load_key(data_folder()), "address", NINA))
    assert found["contact list"]["entries"]
    assert export(known, email="address-000000000000")[0].code == 2


@pytest.mark.parametrize("file", ["export.txt", "portal.toml"])
def test_other_files_are_not_written(known: Desk, file: str) -> None:
    before = Path(file).read_bytes() if Path(file).exists() else b""
    assert known.type("contacts", "export", NINA, "--out", file).code == 2
    assert (Path(file).read_bytes() if Path(file).exists() else b"") == before


def test_a_file_that_is_there_is_not_overwritten(known: Desk) -> None:
    Path("export.json").write_text("precious", encoding="utf-8")
    assert known.type("contacts", "export", NINA, "--out", "export.json").code == 2
    assert Path("export.json").read_text(encoding="utf-8") == "precious"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_every_word_is_escaped(desk: Desk) -> None:
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    users = [(*user[:3], name, user[4]) if user[0] == "P1" else user for user in USERS]
    desk.school.write_contacts(users, RELATIONSHIPS)
    assert desk.type("contacts", "export", NINA, "--out", "export.html").code == 0
    text = Path("export.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert not tags.seen & {"script", "img", "a", "iframe", "link"}
    assert any(name in each for each in tags.text)
