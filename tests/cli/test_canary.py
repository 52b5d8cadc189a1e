"""Planted values, searched for in everything that the commands say, log, leave and start.

Standard error (which is a log here), tracebacks, process arguments and other people's eyes get none of it. Standard
output and files may show what the tables below declare, and nothing besides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.cli import talking
from sp_parent_portal.cli.app import run
from sp_parent_portal.contacts import kept
from sp_parent_portal.microsoft365 import gateway as gateway_module
from sp_parent_portal.microsoft365.transport import Transport
from sp_parent_portal.runs.store import RunStore
from sp_parent_portal.settings import data_folder
from tests.canary import (
    ADDRESS,
    BIRTH,
    CHILD,
    CONTACT,
    LINK,
    NAME,
    PASSWORD,
    PHONE,
    PLANTED,
    REF,
    STUDENT,
    UNUSED,
    WHO,
    Canaries,
    list_open_files,
    plant,
)
from tests.cli.test_help import EVERY
from tests.school_directory import open_directory, write_seed
from tests.stage import SITE

from .conftest import ROOT, Desk, Said

FORMATS = ("table", "json", "csv")

# Command line → what its standard output may show. {who} is a guardian's address, {run} the last run's id.
SHOWN: dict[tuple[str, ...], set[str]] = {
    ("tenant", "show"): set(),
    ("tenant", "plan"): set(),
    ("tenant", "apply", "--allow", "tenant-wide", "--yes"): set(),
    ("doctor",): set(),
    ("auth", "check"): set(),
    ("auth", "setup", "--folder", "certificates", "--replace"): set(),
    ("templates", "list"): set(),
    ("templates", "show", "school-trip"): set(),
    ("templates", "check", "nowhere"): set(),
    ("new", "school-trip", "--out", "new/trip.toml"): set(),
    ("contacts", "check", "sds"): set(),
    ("contacts", "check", "sds", "--rows"): {ADDRESS, STUDENT, CONTACT},
    ("contacts", "sync"): set(),
    ("contacts", "show"): set(),
    ("contacts", "show", "{who}"): {ADDRESS, STUDENT, CONTACT},
    ("contacts", "changes"): set(),
    ("contacts", "changes", "sds"): set(),
    ("plan", "--all"): {ADDRESS},
    ("plan", "--all", "--check", "--out", "plan.json"): {ADDRESS},
    ("apply", "--all", "--allow", "opens-access", "--yes"): {ADDRESS},
    ("status",): set(),
    ("status", "--on-paper", "paper.csv"): set(),
    ("audit", "who", "{who}"): {ADDRESS},
    ("audit", "site", SITE): {ADDRESS, NAME},
    ("runs", "list"): set(),
    ("runs", "show", "{run}"): {ADDRESS},
    ("runs", "resume", "{run}"): {ADDRESS},
    ("licences", "show"): set(),
    ("contacts", "export", "{who}", "--out", "export.html"): set(),
    ("contacts", "export", "{who}", "--out", "export.json"): set(),
    ("contacts", "purge"): set(),
    ("contacts", "generate", "--out", "invented", "--students", "20", "--seed", "7"): set(),
    ("contacts", "remove", "{who}"): set(),
    ("contacts", "reset"): set(),
    ("close", "lake-2027", "--yes"): {ADDRESS},
    ("close", "lake-2027", "--reopen", "--yes"): set(),
    ("emulator", "outbox"): {ADDRESS, NAME, LINK},
    ("emulator", "visit", "{who}", SITE): {ADDRESS, NAME},
    ("emulator", "redeem", "{who}"): {ADDRESS},
    ("emulator", "reset"): set(),
}
NOT_RUN = {
    "demo": "it takes a school of its own along and reads nothing of this one",
    "emulator serve": "it plays the tenant; the desk runs it all the time",
}
# File of the data folder or the school's folder → what may be in it. Whatever is not named may hold nothing.
FILES: dict[str, set[str]] = {
    "data/*/runs.sqlite*": {ADDRESS, STUDENT, CONTACT},
    "data/*/contact-lists/*.jsonl": {ADDRESS, NAME, PHONE, STUDENT, CHILD, CONTACT, BIRTH},
    "data/*/backups/*.json": {ADDRESS, NAME, PHONE, STUDENT},
    "here/plan.json": {ADDRESS},
    "here/paper.csv": {NAME, CHILD, CONTACT},
    "here/export.*": {ADDRESS, NAME, PHONE, STUDENT, CHILD, CONTACT},
}
OWN = ("here/sds/*", "here/exclusions.csv", "here/flags.csv", "here/trips/*/students.csv")  # the school wrote these


def search_files(canaries: Canaries, **folders: Path) -> list[str]:
    """What is in a file and not declared, and files with something in them that others can read."""
    found = []
    for name, folder in folders.items():
        loose = list_open_files(folder)
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            place = f"{name}/{path.relative_to(folder).as_posix()}"
            if any(fnmatch(place, own) for own in OWN):
                continue
            held = canaries.find(path.read_bytes())
            allowed = set().union(*(kinds for pattern, kinds in FILES.items() if fnmatch(place, pattern)))
            found += [f"{place}: {kind}: {held[kind]}" for kind in held.keys() - allowed]
            if held and path.relative_to(folder).as_posix() in loose:
                found.append(f"{place}: others can read it")
    return found


def search_said(canaries: Canaries, line: tuple[str, ...], said: Said, allowed: set[str]) -> list[str]:
    name = " ".join(line)
    shown, logged = canaries.find(said.out), canaries.find(said.err)
    return [
        *(f"{name}: shows {kind}: {shown[kind]}" for kind in shown.keys() - allowed),
        *(f"{name}: logs {kind}: {values}" for kind, values in logged.items()),
        *([f"{name}: a traceback"] if "Traceback" in said.err else []),
    ]


@pytest.fixture
def planted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for path in sorted(desk.folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    plant(desk.school)
    return desk


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Arguments of every process that the product starts: none of them may name anybody."""
    seen: list[str] = []
    real = subprocess.Popen.__init__

    def note(self: Any, args: Any, *more: Any, **options: Any) -> None:
        seen.append(str(args))
        real(self, args, *more, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", note)
    yield seen
    assert not [each for each in seen if Canaries().find(each.replace(WHO, ""))]


def links(desk: Desk) -> list[str]:
    return [str(mail["redeem_url"]) for mail in desk.ask("outbox") if mail.get("redeem_url")]


def say_all(desk: Desk, how: str, canaries: Canaries) -> list[str]:
    """Every line of the table, in order; what it should not have said."""
    found, last = [], ""
    for line, allowed in SHOWN.items():
        words = [word.format(who=WHO, run=last) for word in line]
        said = desk.type("--format", how, "--verbose", *words)
        assert "a mistake in this program" not in said.err, (line, said.err)
        found += search_said(canaries.with_links(links(desk)), line, said, allowed)
        if line[0] == "apply":
            last = desk.type("--format", "json", "runs", "list").json[0]["run"]
    return found


@pytest.mark.parametrize("how", FORMATS)
def test_every_command_keeps_to_itself_what_it_must(planted: Desk, how: str) -> None:
    canaries = Canaries()
    assert say_all(planted, how, canaries) == []
    assert search_files(canaries, data=data_folder().parent, here=planted.folder) == []


def test_the_table_has_every_command() -> None:
    leaves = {path for path, command in EVERY.items() if not hasattr(command, "commands")}
    told = {path for path in leaves if any(line[: len(path)] == path for line in SHOWN)}
    assert {" ".join(path) for path in leaves - told} == set(NOT_RUN)


# ---- contacts that the directory holds


@pytest.fixture
def directory(planted: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The planted people as the tenant's students with related contacts, in this process."""
    users = ["upn,name,mail,role,student_id,grade,birth_date", "admin@school.example,Alex Admin,,,,,"]
    contacts = ["student,name,email,relationship,phone,consent"]
    for number, student in enumerate(PLANTED[STUDENT][:2]):
        users.append(f"s{number}@school.example,{PLANTED[CHILD][number]},,student,{student},5,{PLANTED[BIRTH][number]}")
        contacts.append(
            f"s{number}@school.example,{PLANTED[NAME][number]},{PLANTED[ADDRESS][number]},parent,{PLANTED[PHONE][number]},"
        )
    contacts.append(f"s0@school.example,{PLANTED[NAME][2]},{PLANTED[ADDRESS][2]},guardian,,")
    emulator = open_directory(write_seed(tmp_path / "seed", users=users, contacts=contacts))
    monkeypatch.delenv("SPP_EMULATOR_URL")
    inner = gateway_module.connect
    monkeypatch.setattr(
        "sp_parent_portal.microsoft365.connect",
        lambda settings, **options: inner(settings, **{**options, "app": emulator}),
    )
    return planted


REMOVING: dict[tuple[str, ...], set[str]] = {
    ("contacts", "check", "graph:"): set(),
    ("contacts", "check", "graph:", "--rows"): {ADDRESS, STUDENT},
    ("contacts", "remove", WHO): {STUDENT},
    ("contacts", "remove", WHO, "--confirm", "remove 9"): set(),
    ("contacts", "remove", WHO, "--confirm", "remove 1"): {STUDENT},
    ("contacts", "remove", PLANTED[ADDRESS][1], "--student", PLANTED[STUDENT][1]): set(),
    ("contacts", "reset"): {STUDENT},
    ("contacts", "reset", "--confirm", "reset 2"): {STUDENT},
}


@pytest.mark.parametrize("how", FORMATS)
def test_removing_contacts_names_nobody_either(directory: Desk, how: str) -> None:
    found: list[str] = []
    for line, allowed in REMOVING.items():
        said = directory.type("--format", how, "--verbose", *line)
        found += search_said(Canaries(), line, said, allowed)
    assert found == []
    backups = list((data_folder() / "backups").iterdir())
    assert len(backups) == 2, "both removals were carried out"
    assert search_files(Canaries(), data=data_folder().parent, here=directory.folder) == []


# ---- when things go wrong

SPEAKING = {
    "error": {"code": "Bad", "message": f"{WHO} {PLANTED[NAME][0]} https://invitations.microsoft.com/redeem/?x"}
}
FAULTS: tuple[dict[str, Any], ...] = (
    {"on": "* *", "reply": 403, "body": SPEAKING},
    {"on": "* *", "reply": 400, "body": SPEAKING},
    {"on": "* *", "reply": 200, "body": SPEAKING},
    {"on": "* *", "reply": 200, "body": f"<html>{WHO} {PLANTED[NAME][0]}</html>"},
    {"on": "* *", "truncate": 40},
)
BUSY = (
    ("plan", "--all"),
    ("apply", "--all", "--allow", "opens-access", "--yes"),
    ("status",),
    ("audit", "who", WHO),
    ("contacts", "export", WHO, "--out", "export.json"),
    ("doctor",),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.get('reply', 'cut')}")
@pytest.mark.parametrize("nth", [1, 12])
def test_what_the_service_says_of_people_goes_no_further(planted: Desk, fault: dict[str, Any], nth: int) -> None:
    """Microsoft's messages name addresses; ours must not repeat them."""
    planted.open_tenant()
    found: list[str] = []
    for line in BUSY:
        Path("export.json").unlink(missing_ok=True)
        planted.ask("faults", [{**fault, "nth": nth, "times": 3}])
        said = planted.type("--verbose", *line)
        planted.ask("faults", [])
        found += search_said(Canaries(), line, said, SHOWN.get(line, {ADDRESS}))
    assert found == []
    assert search_files(Canaries(), data=data_folder().parent, here=planted.folder) == []


@pytest.mark.parametrize(
    ("kind", "nth"), [(RuntimeError, 1), (KeyError, 5), (UnicodeError, 9), (MemoryError, 15), (OSError, 40)]
)
def test_a_crash_names_nobody(planted: Desk, monkeypatch: pytest.MonkeyPatch, nth: int, kind: type[Exception]) -> None:
    planted.open_tenant()
    for line in BUSY:
        with monkeypatch.context() as patch:
            crash_at(patch, nth, kind)
            said = planted.type("--verbose", *line)
        assert search_said(Canaries(), line, said, SHOWN.get(line, {ADDRESS})) == []


def crash_at(patch: pytest.MonkeyPatch, nth: int, kind: type[Exception]) -> None:
    """The nth request ends with an error that quotes everything."""
    real: Callable[..., Any] = Transport.exchange
    seen = 0

    def exchange(self: Transport, call: Any, **options: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == nth:
            raise kind(json.dumps(PLANTED))
        return real(self, call, **options)

    patch.setattr(Transport, "exchange", exchange)


def test_files_that_cannot_be_read_are_not_quoted(planted: Desk) -> None:
    """Each file of the school spoiled in its turn."""
    good = {path: path.read_bytes() for path in planted.folder.rglob("*") if path.is_file()}
    for path, data in good.items():
        for spoiled in (data[: len(data) // 2], data + b'"', data.replace(b",", b";"), b"\xff\xfe" + data, data * 2):
            path.write_bytes(spoiled)
            for line in (("plan", "--all"), ("contacts", "check", "sds")):
                said = planted.type("--verbose", *line)
                assert search_said(Canaries(), line, said, {ADDRESS} if line[0] == "plan" else set()) == [], path
            path.write_bytes(data)


PROGRAM = """
import json, sys, warnings, logging
from sp_parent_portal.microsoft365.transport import Transport
from sp_parent_portal.cli import app
real, seen = Transport.exchange, 0
def exchange(self, call, **options):
    global seen
    seen += 1
    if seen == 4:
        logging.getLogger("some.package").error(PLANTED)
        warnings.warn(PLANTED)
        raise RuntimeError(PLANTED)
    return real(self, call, **options)
PLANTED = sys.stdin.readline()
Transport.exchange = exchange
sys.exit(app.run(sys.argv[1:]))
"""


@pytest.mark.parametrize("line", [("plan", "--all"), ("audit", "who", WHO), ("doctor",)])
def test_a_process_of_its_own_says_no_more(planted: Desk, line: tuple[str, ...]) -> None:
    """With Python's own development mode on, whose warnings quote objects."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "always", "-c", PROGRAM, "--verbose", *line],
        input=json.dumps(PLANTED) + "\n",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert search_said(Canaries(), line, Said(done.returncode, done.stdout, done.stderr), {ADDRESS}) == []
    assert "some.package: error at" in done.stderr, "the crash was not reached"
    assert "RuntimeError at" in done.stderr


# ---- that the search finds what it is looking for


@pytest.mark.parametrize("kind", PLANTED)
def test_the_search_finds_every_kind(kind: str) -> None:
    for value in PLANTED[kind]:
        assert kind in Canaries().find(f"… {value.upper()} …")
    assert Canaries().find("nobody") == {}


def test_a_leak_to_the_log_is_found(planted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = talking.say

    def talkative(text: str) -> None:
        real(f"{text} ({PLANTED[NAME][1]}, {PLANTED[STUDENT][0]})")

    monkeypatch.setattr("sp_parent_portal.cli.session.say", talkative)
    said = planted.type("plan", "--all")
    assert search_said(Canaries(), ("plan", "--all"), said, {ADDRESS}) == [
        f"plan --all: logs name: {[PLANTED[NAME][1]]}",
        f"plan --all: logs student id: {[PLANTED[STUDENT][0]]}",
    ]


def test_a_leak_of_a_plain_hash_is_found(planted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    monkeypatch.setattr("sp_parent_portal.cli.quiet.conceal", lambda text, key: text)
    monkeypatch.setattr(
        "sp_parent_portal.cli.session.say",
        lambda text: talking.say(f"{text} {hashlib.sha256(WHO.encode()).hexdigest()[:16]}"),
    )
    said = planted.type("plan", "--all")
    assert search_said(Canaries(), ("plan",), said, {ADDRESS})


def test_a_leak_past_the_concealing_is_found(planted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    planted.open_tenant()
    monkeypatch.setattr("sp_parent_portal.cli.quiet.conceal", lambda text, key: text)
    assert run(["audit", "who", WHO, "too", "many"]) == 2
    said = planted.type("audit", "who", WHO, WHO)
    assert search_said(Canaries(), ("audit", "who"), said, {ADDRESS}) == [f"audit who: logs address: {[WHO]}"]


def test_a_password_that_is_kept_is_found(planted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = kept._write

    def write(file: Any, *more: Any) -> None:
        real(file, *more)
        file.write(PLANTED[PASSWORD][0].encode() + PLANTED[UNUSED][1].encode())

    monkeypatch.setattr(kept, "_write", write)
    planted.type("contacts", "sync")
    found = search_files(Canaries(), data=data_folder().parent, here=planted.folder)
    assert len(found) == 2
    assert any(PLANTED[PASSWORD][0] in each for each in found)


def test_a_row_that_says_too_much_and_a_file_for_all_are_found(planted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    planted.open_tenant()
    real = RunStore.begin_run

    def begin(self: RunStore, target: str, fingerprint: str, holder: str, arguments: Any) -> Any:
        return real(self, target, fingerprint, holder, [*arguments, PLANTED[REF][0]])

    monkeypatch.setattr(RunStore, "begin_run", begin)
    assert planted.type("apply", "--all", "--allow", "opens-access", "--yes").code in (0, 6)
    assert planted.type("plan", "--all", "--out", "plan.json").code == 0
    assert planted.type("status", "--on-paper", "paper.csv").code == 0
    Path("paper.csv").chmod(0o644)
    found = search_files(Canaries(), data=data_folder().parent, here=planted.folder)
    assert any("runs.sqlite" in each and "file reference" in each for each in found)
    assert os.name == "nt" or "here/paper.csv: others can read it" in found


def test_a_traceback_is_found(planted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import traceback

    def tell(error: Exception, *, verbose: bool) -> None:
        traceback.print_exception(error, file=sys.stderr)

    monkeypatch.setattr("sp_parent_portal.cli.app._tell_unexpected", tell)
    crash_at(monkeypatch, 3, RuntimeError)
    said = planted.type("plan", "--all")
    found = search_said(Canaries(), ("plan",), said, {ADDRESS})
    assert "plan: a traceback" in found
    assert any("password" in each for each in found)
