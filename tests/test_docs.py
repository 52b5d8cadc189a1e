"""What the documents say is true: examples run, tables agree with the code, what is referred to is there."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from sp_parent_portal import __version__, errors
from sp_parent_portal.doctor.permissions import GRAPH, SHAREPOINT
from sp_parent_portal.settings import Settings, load_settings
from sp_parent_portal.site_pages.model import COLUMNS, Part
from sp_parent_portal.templates import load_folder, make_content
from sp_parent_portal.trips import load_portal, load_trip
from tests.interop.commands import COMMANDS, SIGN_INS

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = (ROOT / "site_templates" / "README.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    """Cells of every table row below a header, the lines of dashes left out."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# ---- the examples ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One `$ command` of the README: the exit code it should end with, and pieces that its output should hold, in
    order. The code is 0 unless the command ends with `# exit N`. `…` stands for anything."""

    command: str
    code: int
    shown: tuple[str, ...]


def read_steps(block: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        code = re.search(r"\s+# exit (\d+)$", command)
        pieces = tuple(piece.strip() for line in shown for piece in line.split("…"))
        yield Step(
            command[: code.start()] if code else command, int(code[1]) if code else 0, tuple(filter(None, pieces))
        )


class Shell:
    """As much of a shell as the examples need. The product's commands run in this process, except the emulator,
    which is served on whatever port is free."""

    README_ADDRESS = "http://127.0.0.1:8365"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.address = self.README_ADDRESS
        self.serving: list[subprocess.Popen[str]] = []

    def run(self, step: Step) -> None:
        program, *arguments = shlex.split(step.command.replace(self.README_ADDRESS, self.address))
        match program, arguments:
            case "cd", [folder]:
                self.monkeypatch.chdir(folder)
            case "export", [setting]:
                self.monkeypatch.setenv(*setting.split("=", 1))
            case "echo", [line, ">>", file]:
                with Path(file).open("a", encoding="utf-8") as end:
                    end.write(line + "\n")
            case "sp-parent-portal", ["emulator", "serve", *_, "&"]:
                self._serve(arguments[:-1])
            case "sp-parent-portal", _:
                self._run_ours(step, arguments)
            case _:
                raise AssertionError(f"the README shows a command that is not run: {step.command}")

    def _serve(self, arguments: list[str]) -> None:
        free = ["0" if each == "8365" else each for each in arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "sp_parent_portal", *free]
        served = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        self.serving.append(served)
        assert served.stdout
        self.address = served.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", self.address)

    def stop(self) -> None:
        for served in self.serving:
            served.kill()
            served.communicate()

    def _run_ours(self, step: Step, arguments: list[str]) -> None:
        from sp_parent_portal.cli.app import run

        out, talk = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(talk):
            code = run(arguments)
        said = f"$ {step.command}\n{out.getvalue()}{talk.getvalue()}"
        assert code == step.code, f"ended with {code}, the README says {step.code}:\n{said}"
        rest = said
        for piece in step.shown:
            assert piece in rest, f"{piece!r} is in the README, but not (or not at that place) in:\n{said}"
            rest = rest.split(piece, 1)[1]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    shell = Shell(monkeypatch)
    yield shell
    shell.stop()


def test_the_examples_of_the_readme(shell: Shell) -> None:
    """Every console block, then every Python block, in the order of the README and in one folder."""
    steps = [step for block in blocks(README, "console") for step in read_steps(block)]
    assert len(steps) > 5
    for step in steps:
        shell.run(step)
    for code in blocks(README, "python"):
        space: dict[str, Any] = {}
        with redirect_stdout(io.StringIO()):
            exec(compile(code, "README.md", "exec"), space)


def test_an_example_that_lies_fails(shell: Shell) -> None:
    for lie in ("$ sp-parent-portal --version # exit 3", "$ sp-parent-portal --version\n9.9.9", "$ rm -r x"):
        (step,) = read_steps(lie)
        with pytest.raises(AssertionError):
            shell.run(step)
    (truth,) = read_steps(f"$ sp-parent-portal --version\n…\n{__version__}")
    shell.run(truth)


def test_the_files_that_the_readme_shows_can_be_used(tmp_path: Path) -> None:
    for text in blocks(README, "toml"):
        name = text.splitlines()[0].removeprefix("# ")
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    students, exclusions = "student_id\n1001\n", "student_id,contact_id,email,decision,valid_until,ref\n"
    (tmp_path / "trips/lake-district/students.csv").write_text(students, encoding="utf-8")
    (tmp_path / "exclusions.csv").write_text(exclusions, encoding="utf-8")
    (tmp_path / "sds").mkdir()
    assert load_trip(tmp_path / "trips/lake-district/trip.toml").slug == "lake-district-2027"
    portal = load_portal(tmp_path / "portal.toml")
    assert portal.safety == type(portal.safety)(), "the README says that these are the defaults"


def test_the_page_and_calendar_that_the_templates_readme_shows_can_be_used(tmp_path: Path) -> None:
    """In the place of those of the shipped template, whose lists, pictures and inputs they name."""
    page, calendar = blocks(TEMPLATES, "toml")
    folder = tmp_path / "school-trip"
    shutil.copytree(ROOT / "site_templates" / "school-trip", folder)
    (folder / "pages" / "start.toml").write_text(page, encoding="utf-8")
    (folder / "calendar.toml").write_text(calendar, encoding="utf-8")
    content = make_content(load_folder(folder), load_trip(folder / "example" / "trip.toml"))
    assert content.calendar is not None
    assert [entry.key for entry in content.calendar.entries] == ["departure", "away"]
    assert {each.name for each in content.pages} == {"bring", "start", "welcome"}


def test_the_templates_readme_tells_of_every_part_and_layout() -> None:
    parts = {get_args(each.model_fields["part"].annotation)[0] for each in get_args(get_args(Part)[0])}
    tables = [row for row in rows(section(TEMPLATES, "Pages")) if row[0].startswith("`")]
    told = {name for row in tables for name in names(row[0])}
    assert told == parts | set(COLUMNS)
    for row in tables:
        layouts = names(row[0])
        if layouts[0] in COLUMNS:
            assert all(tuple(names(row[1])) == COLUMNS[layout] for layout in layouts)


def test_the_two_commands_stand_first_and_are_what_ci_runs() -> None:
    commands = re.findall(r"^python (run\.py \w+)", README.split("```")[1], re.MULTILINE)
    assert commands == ["run.py demo", "run.py test"]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in commands:
        assert f'"$python" {command}' in ci


# ---- tables ------------------------------------------------------------------------------------------------------


def every_command() -> set[str]:
    import typer
    from typer.main import get_command

    from sp_parent_portal.cli.app import app

    def below(command: Any, path: str) -> Iterator[str]:
        context = typer.Context(command)
        subcommands = command.list_commands(context) if hasattr(command, "list_commands") else []
        if not subcommands:
            yield path
        for name in subcommands:
            yield from below(command.get_command(context, name), f"{path} {name}".strip())

    return set(below(get_command(app), ""))


def test_every_command_is_documented() -> None:
    documented = {names(row[0])[0] for row in rows(section(README, "Commands"))[1:]}
    assert documented == every_command()


def variable_names() -> set[str]:
    return {f"SPP_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_is_in_the_readme() -> None:
    documented = [name for row in rows(section(README, "Settings"))[1:] for name in names(row[0])]
    assert sorted(documented) == sorted(variable_names())


def test_every_setting_is_in_the_example_file() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^(?:# )?(SPP_\w+)=", text, re.MULTILINE)) == sorted(variable_names())


def test_the_example_file_as_it_stands_is_a_rehearsal() -> None:
    Path(".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_settings().target == "emulator"


def test_the_example_file_with_every_line_set_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example value has the form that its setting asks for."""
    text = re.sub(r"^# (SPP_)", r"\1", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE)
    Path(".env").write_text(text, encoding="utf-8")
    assert load_settings().target == "emulator"
    monkeypatch.setenv("SPP_TARGET", "tenant")
    with pytest.raises(errors.SettingsError) as raised:
        load_settings()
    left = [problem.message for problem in raised.value.problems]
    assert all("certificate" in message or "SPP_EMULATOR_URL" in message for message in left), left


def test_the_exit_codes_are_those_of_the_program() -> None:
    codes = {getattr(errors, name) for name in dir(errors) if name.isupper() and isinstance(getattr(errors, name), int)}
    assert [int(row[0]) for row in rows(section(README, "Exit codes"))[1:]] == sorted(codes)


def permissions() -> dict[tuple[str, str], set[str]]:
    """(role, API) → permissions, as the README tells an administrator to grant them."""
    table = rows(section(README, "A first real tenant, step by step"))
    return {(row[0], row[1]): set(names(row[2])) for row in table[1:]}


def test_the_permissions_are_those_that_the_doctor_asks_for() -> None:
    """Those for mail are granted in Exchange instead, for one mailbox; the README says so in step 4."""
    mail = {"Mail.ReadWrite", "Mail.Send"}
    asked = {(role, "Microsoft Graph"): {need.name for need in needs} - mail for role, needs in GRAPH.items()}
    asked |= {(role, "SharePoint"): {need.name for need in needs} for role, needs in SHAREPOINT.items() if needs}
    assert permissions() == asked
    for name in mail:
        assert f"Application {name}" in section(README, "A first real tenant, step by step")


def count_evidence(text: str) -> str:
    """Rows of the tables of COVERAGE.md by their evidence, as the README says it. Raises KeyError for another word."""
    counts = {"recorded": 0, "documented": 0, "assumed": 0}
    for row in rows(text):
        if row[2] != "evidence":
            counts[row[2]] += 1
    return ", ".join(f"{number} {evidence}" for evidence, number in counts.items())


def test_the_readme_says_how_much_of_the_emulator_is_known() -> None:
    said = count_evidence((ROOT / "sp_parent_portal" / "emulator" / "COVERAGE.md").read_text(encoding="utf-8"))
    assert not said.startswith("0 ")
    assert f"{said}." in README, f"README.md must say: {said}."


def test_the_readme_counts_what_other_peoples_clients_are_made_to_do() -> None:
    """The suite itself fails where one of them was not driven."""
    told = section(README, "Other people's clients")
    assert f"{len(COMMANDS)} commands, each of them signed in in {len(SIGN_INS)} ways" in told
    assert len(set(COMMANDS)) == len(COMMANDS)


def test_the_count_of_evidence_can_fail() -> None:
    assert count_evidence("| endpoint | x | evidence |\n|---|---|---|\n| `a` | x | assumed |") == (
        "0 recorded, 0 documented, 1 assumed"
    )
    with pytest.raises(KeyError):
        count_evidence("| `a` | x | probably |")


# ---- what is referred to -----------------------------------------------------------------------------------------


def headings(text: str) -> set[str]:
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        assert (ROOT / path).exists() if path else heading in headings(text), f"{name} links to {target}"


def test_what_enforces_each_invariant_is_there() -> None:
    """Second cells read: `tests/file.py`, name, name."""
    invariants = rows(section(ARCHITECTURE, "Invariants"))[1:]
    assert len(invariants) > 10
    rules = (ROOT / "tests" / "house_rules.py").read_text(encoding="utf-8")
    for _, enforced in invariants:
        (file,) = names(enforced)
        tests = (ROOT / file).read_text(encoding="utf-8")
        cited = [name.strip() for name in enforced.split(",")[1:]]
        assert cited
        for name in cited:
            assert f"def {name}(" in tests or (f"def {name}(" in rules and name in tests), f"{file} has no {name}"


def test_every_room_is_on_the_map() -> None:
    mapped = {name.rstrip("/") for row in rows(section(ARCHITECTURE, "Rooms")) for name in names(row[0])}
    package = ROOT / "sp_parent_portal"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    rooms |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert rooms <= mapped, f"not on the map: {sorted(rooms - mapped)}"
    gone = {name for name in mapped if not (package / name).exists() and not (ROOT / name).exists()}
    assert not gone, f"on the map, but not there: {sorted(gone)}"


def test_the_changelog_knows_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text
    assert re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE)


@pytest.mark.parametrize("name", [*DOCUMENTS, ".env.example"])
def test_documents_name_only_addresses_that_cannot_receive_mail(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not [
        found for found in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text) if not found.endswith(".example")
    ]
