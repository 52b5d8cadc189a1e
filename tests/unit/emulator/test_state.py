from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import sp_parent_portal
from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.state import State


@pytest.mark.parametrize("where", ["memory", "file"])
def test_threads_do_not_join_each_others_transactions(where: str, tmp_path: Path) -> None:
    state = State(":memory:" if where == "memory" else tmp_path / "state.sqlite")
    state.set_fact("n", 0)

    def add(times: int) -> None:
        for _ in range(times):
            with state.work():
                state.set_fact("n", state.get_fact("n") + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, [50] * 8))
    assert state.get_fact("n") == 400


def test_a_refusal_undoes_only_the_work_of_its_own_thread() -> None:
    state = State(":memory:")
    inside, done = threading.Event(), threading.Event()

    def write_other() -> None:
        inside.wait(5)
        state.set_fact("other", True)
        done.set()

    thread = threading.Thread(target=write_other)
    thread.start()

    def refuse() -> None:
        with state.work():
            state.set_fact("mine", True)
            inside.set()
            assert not done.wait(0.05)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        refuse()
    thread.join(5)
    assert state.get_fact("mine") is None
    assert state.get_fact("other") is True


def test_nested_work_is_one_transaction() -> None:
    state = State(":memory:")

    def refuse() -> None:
        with state.work():
            with state.work():
                state.set_fact("inner", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        refuse()
    assert state.get_fact("inner") is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no POSIX permissions")
def write_and_fail(state: State, inner: str) -> None:
    with state.step():
        with getattr(state, inner)():
            state.set_fact("before", 2)
        raise ValueError("inside")


@pytest.mark.parametrize("inner", ["work", "step"])
def test_a_step_is_undone_alone(inner: str) -> None:
    state = State(":memory:")
    with state.work():
        state.set_fact("before", 1)
        with pytest.raises(ValueError, match="inside"):
            write_and_fail(state, inner)
        with state.step():
            state.set_fact("after", 3)
    assert (state.get_fact("before"), state.get_fact("after")) == (1, 3)


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.touch(0o644)
    emulator = open_emulator(path)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("state.sqlite*")}
    assert emulator.state.path == str(path)
    assert len(modes) > 1
    assert set(modes.values()) == {0o600}, modes


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    program = (
        "import os, signal, sys\n"
        "from sp_parent_portal.emulator.state import State\n"
        "state = State(sys.argv[1])\n"
        "state.set_fact('answered', 1)\n"
        "with state.work():\n"
        "    state.set_fact('half', 1)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(sp_parent_portal.__file__).parent.parent)}
    run = subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=60, env=environment)
    assert run.returncode == -signal.SIGKILL
    state = State(path)
    assert state.get_fact("answered") == 1
    assert state.get_fact("half") is None


def test_clearing_keeps_those_signed_in_who_are() -> None:
    state = State(":memory:")
    state.set_fact("token_key", "ab")
    state.set_fact("tenant", {})
    state.put_thing("site", "web", "root", {})
    state.clear()
    assert state.get_fact("token_key") == "ab"
    assert state.get_fact("tenant") is None
    assert state.list_things("site", "web") == []
