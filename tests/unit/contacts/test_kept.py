"""The lists that are kept: two of them, whole, for nobody but their owner."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sp_parent_portal.contacts.changes import sizes
from sp_parent_portal.contacts.kept import (
    About,
    KeptList,
    list_kept,
    load_kept,
    open_listing,
    save_kept,
    school_folder,
)
from sp_parent_portal.contacts.listing import Listing, make_listing
from sp_parent_portal.contacts.model import Contact, ContactList, Relationship
from sp_parent_portal.errors import ContactListError

from .lists import make_list

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def school(name: str = "Nina") -> ContactList:
    contacts = [Contact("P1", name, "Hale", "nina.hale@mail.example", "+441632960001"), Contact("P2", "Tom", "Hale")]
    return make_list(contacts, [("S1", "P1"), ("S2", "P1"), ("S1", "P2")])


def keep(folder: Path, contacts: ContactList, at: datetime = NOW, listing: Listing | None = None) -> KeptList:
    numbers = {**sizes(contacts), "exclusions": 2, "court_orders": 1}
    about = {"target": "emulator", "portal": "p", "source": "s", "format": "sds-v2.1", "fingerprint": "f"}
    said = About.model_validate({**about, "synced_at": at, "knows_classes": False, **numbers})
    return save_kept(folder, said, listing or make_listing(contacts))


def names(folder: Path) -> list[str]:
    return [load_kept(kept).contacts["P1"].given for kept in list_kept(folder)]


def test_nothing_is_kept_at_first(tmp_path: Path) -> None:
    assert list_kept(tmp_path / "nowhere") == ()


def test_the_newest_stands_first_and_two_are_kept(tmp_path: Path) -> None:
    for day, name in enumerate(["Ann", "Bea", "Cleo"]):
        keep(tmp_path, school(name), NOW + timedelta(days=day))
    assert names(tmp_path) == ["Cleo", "Bea"]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_clock_that_went_back_does_not_make_an_old_list_current(tmp_path: Path) -> None:
    keep(tmp_path, school("Ann"))
    kept = keep(tmp_path, school("Bea"), NOW - timedelta(days=1))
    assert names(tmp_path) == ["Bea", "Ann"]
    assert kept.about.synced_at > NOW


def test_what_is_remembered_to_compare_the_next_one_with(tmp_path: Path) -> None:
    kept = keep(tmp_path, school())
    numbers = {"students": 2, "contacts": 2, "relationships": 3, "reachable": 1, "exclusions": 2, "court_orders": 1}
    assert list_kept(tmp_path)[0].about.sizes == kept.about.sizes == numbers


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits: the user's own folder protects the file")
def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    kept = keep(tmp_path / "lists" / "school", school())
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700


def test_every_school_and_every_target_has_a_folder_of_its_own(tmp_path: Path) -> None:
    here, there = tmp_path / "a" / "portal.toml", tmp_path / "b" / "portal.toml"
    folders = {
        school_folder(tmp_path, target, file) for target in ("emulator", "contoso (1)") for file in (here, there)
    }
    assert len(folders) == 4
    assert school_folder(tmp_path, "emulator", here / ".." / "portal.toml") in folders


# ---- cut off ---------------------------------------------------------------------------------------------------------


class Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_sync_that_ends_in_the_middle_leaves_the_list_there_was(tmp_path: Path, after: int) -> None:
    keep(tmp_path, school("Ann"))
    listing = make_listing(school("Bea"))

    def cut(rows: Iterator[Relationship]) -> Iterator[Relationship]:
        for number, row in enumerate(rows):
            if number == after:
                raise Cut
            yield row
        raise Cut

    broken = Listing(listing.students, listing.contacts, cut(listing.relationships))
    with pytest.raises(Cut):
        keep(tmp_path, school("Bea"), NOW + timedelta(days=1), broken)
    assert names(tmp_path) == ["Ann"]


@pytest.mark.parametrize("call", ["fsync", "replace", "unlink"])
def test_killed_between_two_calls_there_is_the_old_list_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    keep(tmp_path, school("Ann"))
    keep(tmp_path, school("Bea"), NOW + timedelta(days=1))

    def die(*_: object, **__: object) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(os if call == "fsync" else Path, call, die)
        with pytest.raises(Cut):
            keep(tmp_path, school("Cleo"), NOW + timedelta(days=2))
    assert names(tmp_path)[:2] == (["Cleo", "Bea"] if call == "unlink" else ["Bea", "Ann"])
    keep(tmp_path, school("Dora"), NOW + timedelta(days=3))
    assert len(names(tmp_path)) == 2


def test_what_a_killed_sync_began_to_write_is_deleted_after_a_day(tmp_path: Path) -> None:
    kept = keep(tmp_path, school())
    left = tmp_path / f".{kept.path.name}.abcdef"
    for age, is_there in ((timedelta(hours=1), True), (timedelta(days=2), False)):
        left.write_text("half a list")
        written = (NOW - age).timestamp()
        os.utime(left, (written, written))
        keep(tmp_path, school())
        assert left.exists() == is_there


def test_no_room_and_nothing_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, school("Ann"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ContactListError, match="cannot be kept"):
        keep(tmp_path, school("Bea"), NOW + timedelta(days=1))
    assert names(tmp_path) == ["Ann"]
    assert len(list(tmp_path.iterdir())) == 1


def test_an_older_list_that_cannot_be_deleted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, name in enumerate(["Ann", "Bea"]):
        keep(tmp_path, school(name), NOW + timedelta(days=day))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(ContactListError, match="is kept, but an older one cannot be deleted"):
            keep(tmp_path, school("Cleo"), NOW + timedelta(days=2))
    assert names(tmp_path) == ["Cleo", "Bea", "Ann"]
    keep(tmp_path, school("Dora"), NOW + timedelta(days=3))
    assert names(tmp_path) == ["Dora", "Cleo"]


# ---- not what was written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"\n".join(raw.split(b"\n")[:-2]) + b"\n",
        lambda raw: raw.replace(b"nina.hale@", b"anna.hale@"),
        lambda raw: raw.replace(b'["S1","P2","parent"]\n', b""),
        lambda raw: raw + raw.split(b"\n")[1] + b"\n",
    ],
)
def test_a_list_that_is_not_what_was_written_is_not_believed(tmp_path: Path, damage: object) -> None:
    kept = keep(tmp_path, school())
    assert callable(damage)
    kept.path.write_bytes(damage(kept.path.read_bytes()))
    for read in (load_kept, open_listing):
        with pytest.raises(ContactListError, match="cut short, or changed by hand") as caught:
            read(kept)
        assert "hale" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    "head", [b"", b"{}\n", b'{"kind": "contact-list/2"}\n', b'["nina.hale@mail.example"]\n', b"\xff"]
)
def test_a_file_that_is_no_kept_list_is_refused_without_its_text(tmp_path: Path, head: bytes) -> None:
    keep(tmp_path, school())
    (tmp_path / "20990101T000000.000000Z-aaaaaa.jsonl").write_bytes(head)
    with pytest.raises(ContactListError, match="cannot be used") as caught:
        list_kept(tmp_path)
    assert "nina" not in str(caught.value.problems)


def test_a_list_that_went_away_is_said(tmp_path: Path) -> None:
    kept = keep(tmp_path, school())
    gone = replace(kept, path=tmp_path / "gone.jsonl")
    with pytest.raises(ContactListError, match="FileNotFoundError"):
        load_kept(gone)


@pytest.mark.skipif(os.name == "nt", reason="making a symbolic link needs a right of its own there")
def test_a_list_that_is_deleted_meanwhile_is_not_there(tmp_path: Path) -> None:
    """Another sync may delete the oldest between the look into the folder and into the file."""
    keep(tmp_path, school("Ann"))
    (tmp_path / "20200101T000000.000000Z-aaaaaa.jsonl").symlink_to(tmp_path / "gone")
    assert names(tmp_path) == ["Ann"]
