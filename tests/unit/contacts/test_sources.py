"""Where a contact list may come from, as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sp_parent_portal.contact_source import read_contact_list
from sp_parent_portal.contacts.sources import GraphSource, OneRosterSource, parse_source
from sp_parent_portal.errors import ContactListError, ContactSourceFailed

from .lists import V2_FILES, write_files

SERVER = "https://sis.school.example/ims/oneroster"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("sds/", Path("sds")),
        ("roster.zip", Path("roster.zip")),
        ("C:\\sds", Path("C:\\sds")),
        ("graph:", GraphSource()),
        (f"oneroster:{SERVER}/v1p1", OneRosterSource(f"{SERVER}/v1p1")),
        (f"oneroster:{SERVER}/rostering/v1p2/", OneRosterSource(f"{SERVER}/rostering/v1p2")),
        ("oneroster:https://sis.school.example:8443/v1p1", OneRosterSource("https://sis.school.example:8443/v1p1")),
        ("oneroster:http://127.0.0.1:8000/v1p2", OneRosterSource("http://127.0.0.1:8000/v1p2")),
    ],
)
def test_sources(text: str, source: Path | GraphSource | OneRosterSource) -> None:
    assert parse_source(text) == source
    if not isinstance(source, Path):
        assert str(parse_source(str(source))) == str(source), "it is remembered by this name"


def test_the_version_is_at_the_end_of_the_address() -> None:
    assert OneRosterSource(f"{SERVER}/v1p1").version == "1.1"
    assert OneRosterSource(f"{SERVER}/rostering/v1p2").version == "1.2"


@pytest.mark.parametrize(
    "text",
    [
        "graph:me",
        "Graph:",
        "ftp:x",
        "oneroster:",
        "oneroster:sis.school.example/v1p1",
        "oneroster:http://sis.school.example/v1p1",
        "oneroster:http://127.0.0.1.evil.example/v1p1",
        "oneroster:https://planted:planted@sis.school.example/v1p1",
        f"oneroster:{SERVER}/v1p1?key=planted",
        f"oneroster:{SERVER}",
        f"oneroster:{SERVER}/v1p3",
        "oneroster:https://sis.school.example:port/v1p1",
    ],
)
def test_what_is_no_source(text: str) -> None:
    with pytest.raises(ContactListError) as error:
        parse_source(text)
    assert "planted" not in str(error.value)


def test_a_folder_is_read_without_anybody_signed_in(tmp_path: Path) -> None:
    assert read_contact_list(write_files(tmp_path, V2_FILES), None).format == "sds-v2.1"


def test_a_server_has_no_base(tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as error:
        read_contact_list(GraphSource(), None, tmp_path)
    assert [problem.rule for problem in error.value.problems] == ["base"]


def test_a_server_that_fails_ends_with_another_code_than_a_wrong_file() -> None:
    assert (ContactListError.exit_code, ContactSourceFailed.exit_code) == (2, 1)


def test_a_server_is_not_asked_without_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "emulator")
    monkeypatch.setenv("SPP_ONEROSTER_TOKEN_URL", "https://sis.school.example/token")
    monkeypatch.setenv("SPP_ONEROSTER_CLIENT_ID", "portal")
    with pytest.raises(ContactListError, match="_CLIENT_SECRET"):
        read_contact_list(OneRosterSource(f"{SERVER}/v1p1"), None)
