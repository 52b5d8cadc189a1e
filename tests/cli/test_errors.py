"""How errors end: by type and place, never with what was in a variable; interruptions; a closed pipe."""

from __future__ import annotations

import pytest

from sp_parent_portal.cli.app import run
from sp_parent_portal.errors import (
    AccessDenied,
    InputError,
    InvitationsBlocked,
    LockHeld,
    PlanChanged,
    PortalError,
    Problem,
    RiskNotAllowed,
    Throttled,
)
from sp_parent_portal.resources import membership, tenant_sharing

from .conftest import Desk

SECRET = "tom.hale@mail.example"


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(tenant_sharing, "observe", fail)


def test_an_unexpected_error_is_told_by_type_and_place_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, KeyError(SECRET))
    said = desk.type("plan", "--all")
    assert said.code == 1
    assert said.out == ""
    assert "KeyError at planning.py:" in said.err
    assert SECRET not in said.err
    assert "Traceback" not in said.err
    said = desk.type("plan", "--all", "--verbose")
    assert "by way of cli/" in said.err
    assert SECRET not in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PortalError("a", "b"), 1),
        (AccessDenied("a", "b"), 1),
        (InvitationsBlocked("a", "b"), 1),
        (Throttled("a", "b"), 1),
        (InputError("a", "b"), 2),
        (RiskNotAllowed("a", "b"), 5),
        (PlanChanged("a", "b"), 5),
        (LockHeld("a", "b"), 5),
    ],
)
def test_an_error_ends_with_the_exit_code_of_its_kind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: PortalError, code: int
) -> None:
    fail_with(monkeypatch, error)
    said = desk.type("plan", "--all")
    assert (said.code, said.out) == (code, "")
    assert said.err == "target: emulator\nerror: a\nhint: b\n"


def test_every_problem_is_told_and_nothing_in_it_acts_on_the_terminal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = [Problem("a.csv", 3, "rule", "one \x1b[31mred\x1b[0m"), Problem("b.csv", 0, "rule", "two", "warning")]
    fail_with(monkeypatch, InputError("wrong", "", problems))
    said = desk.type("plan", "--all")
    assert said.err.splitlines()[1:] == [
        "error: wrong",
        "  a.csv:3: one [31mred[0m [rule]",
        "  warning: b.csv: two [rule]",
    ]


def test_an_interruption(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    said = desk.type("plan", "--all")
    assert said.code == 130
    assert said.err.endswith("interrupted: run the command again to go on\n"), "a plan records nothing"


def test_an_interrupted_apply_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open_tenant()
    with monkeypatch.context() as patch:

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(membership, "apply", interrupt)
        said = desk.type("apply", "--all", "--allow", "opens-access", "--yes")
    assert said.code == 130
    (row,) = [row for row in desk.type("--format", "json", "runs", "list").json if row["finished_at"] is None]
    said = desk.type("--format", "json", "runs", "resume", row["run"])
    assert said.code == 0, said.err
    assert {o["kind"] for o in said.json["outcomes"]} >= {"membership", "notice"}
    assert "guest" not in {o["kind"] for o in said.json["outcomes"]}, "they were made before the interruption"
    assert desk.type("plan", "--all", "--check").code == 0


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    from sp_parent_portal import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"sp-parent-portal {__version__}\n"
