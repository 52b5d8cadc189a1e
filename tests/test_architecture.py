"""The invariants of ARCHITECTURE.md, over every file of the package; and each rule shown to fail on a bad file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from sp_parent_portal.plan.model import KINDS
from tests import house_rules
from tests.house_rules import FILE_RULES, PACKAGE, Rule, Source, load_package

ROOT = Path(__file__).resolve().parent.parent
SOURCES = load_package(ROOT / PACKAGE)
HEAVY = house_rules.words(
    "office365 msal requests sqlalchemy jinja2 pydantic werkzeug cryptography phonenumbers email_validator"
)
# What a distribution is called where its modules are called something else. The last three are parts of the one they
# come with, which chooses their version.
DISTRIBUTIONS = {
    "office365": "office365-rest-python-client",
    "email_validator": "email-validator",
    "pydantic_settings": "pydantic-settings",
    "pydantic_core": "pydantic",
    "urllib3": "requests",
    "markupsafe": "jinja2",
}


# ---- file by file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps(rule: Rule) -> None:
    broken = [sentence for source in SOURCES for sentence in rule(source)]
    assert not broken, "\n".join([f"{len(broken)} places break a rule of the house:", *broken])


BAD = [
    (house_rules.imports_stay_in_their_rooms, "audit/findings.py", "from office365.sharepoint.webs import web"),
    (house_rules.imports_stay_in_their_rooms, "plan/planner.py", "def f():\n    import requests.adapters"),
    (house_rules.imports_stay_in_their_rooms, "reports/html.py", "import importlib\nimportlib.import_module('msal')"),
    (house_rules.imports_stay_in_their_rooms, "microsoft365/graph.py", "import tenacity"),
    (house_rules.imports_stay_in_their_rooms, "contacts/sds.py", "from jinja2 import Template"),
    (house_rules.imports_stay_in_their_rooms, "demo/story.py", "import typer"),
    (house_rules.imports_stay_in_their_rooms, "audit/collect.py", "import sqlalchemy as sa"),
    (house_rules.the_emulator_stands_alone, "emulator/graph/users.py", "from ...errors import PortalError"),
    (house_rules.the_emulator_stands_alone, "emulator/state.py", "from .. import sharing"),
    (house_rules.the_emulator_stands_alone, "emulator/state.py", "import sp_parent_portal.sharing"),
    (house_rules.only_the_gateway_knows_microsoft, "microsoft365/graph.py", "from ..plan.model import Change"),
    (house_rules.nothing_imports_the_command_line, "demo/story.py", "from ..cli import app"),
    (house_rules.pure_rooms_do_no_input_or_output, "plan/safety.py", "import os"),
    (house_rules.pure_rooms_do_no_input_or_output, "plan/safety.py", "from urllib.request import urlopen"),
    (house_rules.pure_rooms_do_no_input_or_output, "audit/reach.py", "open('x')"),
    (house_rules.pure_rooms_do_no_input_or_output, "contacts/screening.py", "path.read_text()"),
    (house_rules.pure_rooms_do_no_input_or_output, "plan/desired.py", "datetime.now(UTC)"),
    (house_rules.files_are_small, "plan/model.py", "x = 1\n" * 401),
    (house_rules.functions_are_short, "plan/model.py", "def f():\n" + "    x = 1\n" * 80),
    (house_rules.functions_are_short, "plan/model.py", "class C:\n    async def f():\n" + "        x = 1\n" * 80),
    (house_rules.names_say_something, "reports/utils.py", ""),
    (house_rules.names_say_something, "plan/model.py", "class RunManager: ..."),
    (house_rules.names_say_something, "plan/model.py", "def date_helper(): ..."),
    (house_rules.names_say_something, "plan/model.py", "def _process_rows(): ..."),
    (house_rules.names_say_something, "plan/model.py", "def handle_error(): ..."),
    (house_rules.no_exception_is_swallowed_unseen, "plan/model.py", "try:\n    f()\nexcept:\n    pass"),
    (
        house_rules.no_exception_is_swallowed_unseen,
        "plan/model.py",
        "try:\n    f()\nexcept (OSError, Exception):\n    pass",
    ),
    (house_rules.nothing_runs_data_as_code, "plan/model.py", "eval('1')"),
    (house_rules.nothing_runs_data_as_code, "plan/model.py", "import pickle"),
    (house_rules.nothing_runs_data_as_code, "plan/model.py", "from yaml import load"),
    (house_rules.nothing_runs_data_as_code, "plan/model.py", "subprocess.run('ls', shell=True)"),
    (house_rules.only_the_command_line_prints, "plan/model.py", "print('x')"),
    (house_rules.only_the_command_line_prints, "demo/story.py", "sys.stdout.write('x')"),
    (house_rules.times_have_a_zone, "runs/store.py", "datetime.now()"),
    (house_rules.times_have_a_zone, "runs/store.py", "datetime.datetime.utcnow()"),
    (house_rules.times_have_a_zone, "runs/store.py", "date.today()"),
    (house_rules.annotations_are_postponed, "runs/store.py", "def f(): ..."),
    (house_rules.suppressions_have_reasons, "runs/store.py", "x = 1  # noqa: S101"),
    (house_rules.suppressions_have_reasons, "runs/store.py", "x = 1  # type: ignore[arg-type]"),
]

GOOD = [
    (house_rules.imports_stay_in_their_rooms, "microsoft365/transport.py", "import tenacity, requests"),
    (house_rules.imports_stay_in_their_rooms, "reports/html.py", "from jinja2 import Environment"),
    (house_rules.the_emulator_stands_alone, "emulator/graph/users.py", "from .. import web\nfrom ..state import State"),
    (house_rules.only_the_gateway_knows_microsoft, "microsoft365/graph.py", "from ..errors import NotFound"),
    (house_rules.only_the_gateway_knows_microsoft, "plan/model.py", "from ..runs import store"),
    (house_rules.pure_rooms_do_no_input_or_output, "plan/applier.py", "import os"),
    (house_rules.pure_rooms_do_no_input_or_output, "audit/collect.py", "open('x')"),
    (house_rules.pure_rooms_do_no_input_or_output, "plan/model.py", "import re\nre.compile('x').sub('', 'y')"),
    (house_rules.names_say_something, "plan/model.py", "from contextlib import contextmanager\ndef manage(): ..."),
    (house_rules.names_say_something, "message_html.py", "class C(HTMLParser):\n    def handle_data(self, data): ..."),
    (
        house_rules.no_exception_is_swallowed_unseen,
        "plan/model.py",
        "try:\n    f()\nexcept BaseException:\n    undo()\n    raise",
    ),
    (house_rules.nothing_runs_data_as_code, "plan/model.py", "import re\nre.compile('x')"),
    (house_rules.only_the_command_line_prints, "cli/plan.py", "print('x')"),
    (house_rules.times_have_a_zone, "runs/store.py", "datetime.now(UTC)\nclock.now()"),
    (house_rules.annotations_are_postponed, "runs/__init__.py", "from . import store\n__all__ = ['store']"),
    (house_rules.suppressions_have_reasons, "runs/store.py", "x = 1  # noqa: S101 - the checker needs to see it"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_the_rule_sees_a_file_that_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_the_rule_leaves_a_good_file_alone(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(Source(path, text)))


def test_every_rule_has_a_file_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BAD} == set(FILE_RULES)


# ---- the package as a whole --------------------------------------------------------------------------------------


def test_every_kind_of_thing_we_manage_is_one_file_of_resources() -> None:
    """The order in which kinds are applied is fixed in plan.model.KINDS; each is one file that a stranger can find."""
    missing = [kind for kind in KINDS if not (ROOT / PACKAGE / "resources" / f"{kind}.py").is_file()]
    assert not missing, f"no file in resources/ for {missing}"


def imported_distributions(sources: Iterable[Source]) -> set[str]:
    """Third-party distributions that the sources import; stubs that exist for a type checker alone are left out."""
    tops = {name.split(".")[0] for source in sources for _, name in source.imports}
    ours = {PACKAGE, *sys.stdlib_module_names, "_typeshed"}
    return {DISTRIBUTIONS.get(name, name) for name in tops - ours}


def declared(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[<>=!~ ;\[]", line)[0] for line in requirements}


def documented(text: str) -> set[str]:
    """First cells of the table rows under "## Dependencies": `| package | why |`."""
    section = text.split("\n## Dependencies", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE))


def test_what_is_imported_is_what_is_declared() -> None:
    """One that nothing imports is a risk for nothing; one that is not declared breaks a fresh machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert imported_distributions(SOURCES) == declared(project["project"]["dependencies"])


def test_what_is_declared_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [line for lines in project["project"]["optional-dependencies"].values() for line in lines]
    groups = project["dependency-groups"]
    wanted = declared(
        [*project["project"]["dependencies"], *extras, *groups["dev"], *groups["interop"], *groups["browser"]]
    )
    assert documented((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")) == wanted


def test_the_comparison_of_dependencies_can_fail() -> None:
    source = Source(
        "plan/model.py", "import left_pad\nimport json\nfrom ..errors import NotFound\nimport email_validator"
    )
    assert imported_distributions([source]) == {"left_pad", "email-validator"}
    assert declared(["typer>=0.16", "sqlalchemy[asyncio]>=2,<3", "rich"]) == {"typer", "sqlalchemy", "rich"}
    assert documented("x\n## Dependencies\n\n| `a-b` | why |\n\n## Next\n| `c` | no |") == {"a-b"}


HELP_EVERYWHERE = """
import contextlib, io, json, sys
from typer.main import get_command
from sp_parent_portal.cli.app import app
from sp_parent_portal import cli
heavy = set(sys.argv[1:])
seen, failed = {}, []
def ask(command, path):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            get_command(app).main([*path, "--help"], prog_name="sp-parent-portal", standalone_mode=True)
    except SystemExit as end:
        if end.code:
            failed.append(path)
    for name in heavy & set(sys.modules) - set(seen):
        seen[name] = path
    for name, below in getattr(command, "commands", {}).items():
        ask(below, [*path, name])
ask(get_command(app), [])
print(json.dumps([seen, failed]))
"""


def run_python(code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_search_for_heavy_libraries_can_fail() -> None:
    assert '"typer": []' in run_python(HELP_EVERYWHERE, "typer")


def test_help_at_every_level_is_quick() -> None:
    """Who asks for help waits for nothing: none of the heavy libraries is imported by any `--help`."""
    assert run_python(HELP_EVERYWHERE, *HEAVY).strip() == "[{}, []]", (
        "heavy libraries by the command whose help imports them"
    )


MERGE_MARK = re.compile(r"^(<{7}|>{7}|\|{7})(\s|$)|^={7}$", re.MULTILINE)


def test_no_file_holds_the_marks_of_an_unfinished_merge() -> None:
    """In a docstring or a document nothing else would notice them."""
    assert MERGE_MARK.search(f"{'=' * 7}\n")
    kept = [path for path in ROOT.rglob("*") if path.suffix in (".py", ".md", ".toml", ".json", ".j2", ".csv")]
    kept = [path for path in kept if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]
    assert len(kept) > 400
    marked = [str(path) for path in kept if MERGE_MARK.search(path.read_text(encoding="utf-8", errors="replace"))]
    assert marked == []
