"""The rules of the house as functions: a source file goes in, sentences about what breaks the rule come out.

`tests/test_architecture.py` runs them over the whole package, and over small bad sources to show that they can fail.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "sp_parent_portal"


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Module → the only rooms or files that may import it.
ROOMS = {
    "office365": ("microsoft365/",),
    "msal": ("microsoft365/",),
    "requests": ("microsoft365/",),
    "urllib3": ("microsoft365/",),
    "tenacity": ("microsoft365/transport.py",),
    "jinja2": ("template_placeholders.py", "reports/"),
    "markupsafe": ("reports/",),
    "typer": ("cli/",),
    "click": ("cli/",),
    "sqlalchemy": ("runs/",),
    "werkzeug": ("emulator/",),
    "waitress": ("emulator/",),
    "defusedxml": ("emulator/", "site_columns.py", "site_scripts.py"),
    "phonenumbers": ("contacts/", "template_text.py", "template_inputs.py"),
    "email_validator": ("contacts/",),
}
PURE = ("plan/", "audit/reach.py", "contacts/screening.py")
NOT_PURE = ("plan/applier.py",)
IMPURE_MODULES = words(
    "os io sys pathlib sqlite3 socket ssl subprocess shutil tempfile glob time random secrets http logging threading "
    "asyncio urllib.request requests office365 msal sqlalchemy jinja2 typer rich platformdirs webbrowser"
)
IMPURE_CALLS = words("open print input")
IMPURE_METHODS = words(
    "open read_text write_text read_bytes write_bytes iterdir glob rglob mkdir unlink touch rename is_file is_dir stat "
    "cwd home now today utcnow sleep urandom getenv execute request send"
)
DANGEROUS_MODULES = words("pickle marshal shelve dill yaml ruamel telnetlib xmlrpc")
DANGEROUS_CALLS = words("eval exec compile __import__")
EMPTY_WORDS = words("util utils helper helpers manager managers")
# Methods whose name a library of others prescribes: html.parser.HTMLParser calls them.
PRESCRIBED = words(
    "handle_starttag handle_endtag handle_startendtag handle_data handle_comment handle_decl handle_pi handle_entityref"
)
MOST_LINES, LONGEST_FUNCTION = 400, 80

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file. `path` is relative to the package, with forward slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def module(self) -> tuple[str, ...]:
        """What relative imports start at: ("sp_parent_portal", "plan") for every file of plan/, also its __init__."""
        return (PACKAGE, *self.path.split("/")[:-1])

    def is_in(self, places: tuple[str, ...]) -> bool:
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)

    def walk(self, kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """(line, absolute dotted name) of every import, also inside functions and by import_module("name")."""
        return tuple(sorted(_imports(self)))


Rule = Callable[[Source], Iterator[str]]


def load_package(folder: Path) -> tuple[Source, ...]:
    return tuple(
        Source(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    )


def _imports(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = source.module[: len(source.module) - node.level + 1] if node.level else ()
            base = ".".join((*start, *filter(None, [node.module])))
            yield node.lineno, base
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func).endswith("import_module") and node.args:
            named = node.args[0]
            if isinstance(named, ast.Constant):
                yield node.lineno, str(named.value)


def _name(node: ast.AST) -> str:
    """`a.b.c` as written, "" for anything that is not a plain dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return ""


def _is_or_under(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


# ---- rooms -------------------------------------------------------------------------------------------------------


def imports_stay_in_their_rooms(source: Source) -> Iterator[str]:
    for line, module in sorted({(line, name.split(".")[0]) for line, name in source.imports}):
        places = ROOMS.get(module)
        if places and not source.is_in(places):
            yield f"{source.path}:{line} imports {module}; only {', '.join(places)} may"


def the_emulator_stands_alone(source: Source) -> Iterator[str]:
    if source.is_in(("emulator/",)):
        for line, name in source.imports:
            if _is_or_under(name, PACKAGE) and not _is_or_under(name, f"{PACKAGE}.emulator"):
                yield f"{source.path}:{line} imports {name}; the emulator would agree with our mistakes"


def only_the_gateway_knows_microsoft(source: Source) -> Iterator[str]:
    """The other rooms see what crosses the border, not how; and the gateway sees nothing of the rooms above it."""
    if source.is_in(("microsoft365/",)):
        names = ("microsoft365", "emulator", "errors", "private_files", "sharing", "settings", "__version__")
        below = [f"{PACKAGE}.{name}" for name in names]
        for line, name in source.imports:
            if (
                _is_or_under(name, PACKAGE)
                and name != PACKAGE
                and not any(_is_or_under(name, module) for module in below)
            ):
                yield f"{source.path}:{line} imports {name}; the gateway knows nothing of the rooms above it"


def nothing_imports_the_command_line(source: Source) -> Iterator[str]:
    if not source.is_in(("cli/", "__main__.py")):
        for line, name in source.imports:
            if _is_or_under(name, f"{PACKAGE}.cli"):
                yield f"{source.path}:{line} imports {name}; the command line calls the rooms, never the reverse"


def pure_rooms_do_no_input_or_output(source: Source) -> Iterator[str]:
    if not source.is_in(PURE) or source.is_in(NOT_PURE):
        return
    for line, name in source.imports:
        if any(_is_or_under(name, module) for module in IMPURE_MODULES):
            yield f"{source.path}:{line} imports {name}; what it needs must be given to it"
    for node in source.walk(ast.Call):
        assert isinstance(node, ast.Call)
        called = node.func
        if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
            yield f"{source.path}:{node.lineno} calls {called.id}(); this room only computes"
        if isinstance(called, ast.Attribute) and called.attr in IMPURE_METHODS:
            yield f"{source.path}:{node.lineno} calls .{called.attr}(); this room only computes"


# ---- size and names ----------------------------------------------------------------------------------------------


def files_are_small(source: Source) -> Iterator[str]:
    lines = sum(1 for line in source.text.splitlines() if line.strip())
    if lines > MOST_LINES:
        yield f"{source.path} has {lines} lines that are not empty; {MOST_LINES} is the most: split it by question"


def functions_are_short(source: Source) -> Iterator[str]:
    for node in source.walk((ast.FunctionDef, ast.AsyncFunctionDef)):
        assert isinstance(node, Function)
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{source.path}:{node.lineno} {node.name} has {length} lines; {LONGEST_FUNCTION} is the most"


def names_say_something(source: Source) -> Iterator[str]:
    for part in source.path.removesuffix(".py").split("/"):
        if _words(part) & EMPTY_WORDS:
            yield f"{source.path} is named {part}; say what it answers"
    for node in source.walk((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        assert isinstance(node, Function | ast.ClassDef)
        if node.name in PRESCRIBED:
            continue
        if _words(node.name) & EMPTY_WORDS or re.match(r"_*(process|handle)_", node.name):
            yield f"{source.path}:{node.lineno} is named {node.name}; say what it does"


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


# ---- safety ------------------------------------------------------------------------------------------------------


def no_exception_is_swallowed_unseen(source: Source) -> Iterator[str]:
    """A handler for everything must end with `raise`, or carry its reason on the same line."""
    lines = source.text.splitlines()
    for node in source.walk(ast.ExceptHandler):
        assert isinstance(node, ast.ExceptHandler)
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        broad = any(kind is None or _name(kind) in ("Exception", "BaseException") for kind in kinds)
        last = node.body[-1]
        raises_again = isinstance(last, ast.Raise) and last.exc is None
        if broad and not raises_again and "#" not in lines[node.lineno - 1]:
            yield f"{source.path}:{node.lineno} catches everything; name the errors, or say on that line why not"


def nothing_runs_data_as_code(source: Source) -> Iterator[str]:
    for line, name in source.imports:
        if name.split(".")[0] in DANGEROUS_MODULES:
            yield f"{source.path}:{line} imports {name}; files from outside must never become code or objects"
    for node in source.walk(ast.Call):
        assert isinstance(node, ast.Call)
        if _name(node.func) in (*DANGEROUS_CALLS, "os.system", "os.popen", "builtins.eval", "builtins.exec"):
            yield f"{source.path}:{node.lineno} calls {_name(node.func)}(); data never becomes code"
        if any(word.arg == "shell" and getattr(word.value, "value", None) is True for word in node.keywords):
            yield f"{source.path}:{node.lineno} starts a shell"


def only_the_command_line_prints(source: Source) -> Iterator[str]:
    """Standard output is data that scripts read: one stray line breaks them. Talk goes to standard error."""
    if source.is_in(("cli/", "reports/render.py")):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _name(node.func) == "print":
            yield f"{source.path}:{node.lineno} prints; return it, the command line shows it"
        if isinstance(node, ast.Attribute) and _name(node) == "sys.stdout":
            yield f"{source.path}:{node.lineno} uses sys.stdout; return it, the command line shows it"


def times_have_a_zone(source: Source) -> Iterator[str]:
    for node in source.walk(ast.Call):
        assert isinstance(node, ast.Call)
        name = _name(node.func)
        if re.search(r"(^|\.)datetime\.now$", name) and not node.args and not node.keywords:
            yield f"{source.path}:{node.lineno} calls {name}() without a time zone"
        if re.search(r"(^|\.)datetime\.(utcnow|utcfromtimestamp|today)$|(^|\.)date\.today$", name):
            yield f"{source.path}:{node.lineno} calls {name}(); it has no time zone"


def annotations_are_postponed(source: Source) -> Iterator[str]:
    annotated = any(source.walk((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AnnAssign)))
    if annotated and "__future__.annotations" not in [name for _, name in source.imports]:
        yield f"{source.path} lacks `from __future__ import annotations`"


def suppressions_have_reasons(source: Source) -> Iterator[str]:
    """A comment that silences a checker needs its reason on its own line or in a comment just above."""
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type == tokenize.COMMENT
    }
    for line, comment in comments.items():
        if not re.search(r"\bnoqa\b|type:\s*ignore|pragma:", comment):
            continue
        rest = re.sub(r"#?\s*(noqa(:\s*[A-Z0-9, ]+)?|type:\s*ignore(\[[\w\-, ]+\])?|pragma:\s*[\w ]+)", " ", comment)
        above = source.text.splitlines()[line - 2].strip() if line > 1 else ""
        if len(re.findall(r"[A-Za-z]{2,}", rest)) < 1 and not above.startswith("#"):
            yield f"{source.path}:{line} silences a checker without saying why: {comment}"


FILE_RULES: tuple[Rule, ...] = (
    imports_stay_in_their_rooms,
    the_emulator_stands_alone,
    only_the_gateway_knows_microsoft,
    nothing_imports_the_command_line,
    pure_rooms_do_no_input_or_output,
    files_are_small,
    functions_are_short,
    names_say_something,
    no_exception_is_swallowed_unseen,
    nothing_runs_data_as_code,
    only_the_command_line_prints,
    times_have_a_zone,
    annotations_are_postponed,
    suppressions_have_reasons,
)
