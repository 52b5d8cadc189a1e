"""The run store remembers what was intended before it happens, and how it ended."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sp_parent_portal.contacts.model import Guardian
from sp_parent_portal.errors import InputError
from sp_parent_portal.plan.model import Change, Field, Risk
from sp_parent_portal.runs.model import Outcome, Status
from sp_parent_portal.runs.store import AcceptedList, RunStore, open_store

from .conftest import Opener

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
FIRST, SECOND = (
    Change("send", "notice", key, (Field("email", None, key),), "told", Risk.ROUTINE, "lake") for key in ("a", "b")
)


@pytest.fixture
def store(open_here: Opener) -> RunStore:
    return open_here(lambda: NOW)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'deep' / 'runs.sqlite'}")
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "deep" / "runs.sqlite").stat().st_mode) == 0o600


def test_a_step_is_intended_until_its_outcome_is_recorded(store: RunStore) -> None:
    run = store.begin_run("emulator", "f" * 64, "me@here:1", ["--allow", "opens-access"])
    steps = store.record_intended(run, [FIRST, SECOND], "site-1")
    assert [s.outcome.status for s in store.list_steps(run.id)] == [Status.INTENDED, Status.INTENDED]
    store.record_outcomes({steps[FIRST]: Outcome(FIRST, Status.DONE, "sent")})
    assert [s.outcome for s in store.list_steps(run.id)] == [
        Outcome(FIRST, Status.DONE, "sent"),
        Outcome(SECOND, Status.INTENDED),
    ]


def test_another_process_reads_what_was_recorded(store: RunStore, open_here: Opener) -> None:
    run = store.begin_run("emulator", "f" * 64, "me@here:1", [])
    steps = store.record_intended(run, [FIRST], "site-1")
    store.record_receipts({steps[FIRST]: "sending 7"})
    again = open_here()
    assert again.find_steps("emulator", "lake", "notice", "site-1")["a"].receipt == "sending 7"
    assert again.get_run(run.id) == run


def test_memory_of_one_site_does_not_speak_for_the_next(store: RunStore) -> None:
    run = store.begin_run("emulator", "f" * 64, "me@here:1", [])
    steps = store.record_intended(run, [FIRST], "site-1")
    store.record_outcomes({steps[FIRST]: Outcome(FIRST, Status.DONE)})
    assert store.find_steps("emulator", "lake", "notice", "site-2") == {}
    assert store.find_steps("contoso", "lake", "notice", "site-1") == {}
    assert store.find_steps("emulator", "lake", "notice").keys() == {"a"}


def test_the_newest_step_for_a_thing_counts(store: RunStore) -> None:
    for status in (Status.UNKNOWN, Status.DONE):
        run = store.begin_run("emulator", "f" * 64, "me@here:1", [])
        steps = store.record_intended(run, [FIRST], "s")
        store.record_outcomes({steps[FIRST]: Outcome(FIRST, status)})
    assert store.find_steps("emulator", "lake", "notice", "s")["a"].outcome.status is Status.DONE


def test_runs_are_listed_newest_first_and_end(open_here: Opener) -> None:
    times = iter([NOW, NOW.replace(hour=13), NOW.replace(hour=14)])
    store = open_here(lambda: next(times))
    first = store.begin_run("emulator", "f" * 64, "a", [])
    second = store.begin_run("emulator", "f" * 64, "a", [])
    store.finish_run(first)
    assert [(run.id, run.finished_at) for run in store.list_runs("emulator")] == [
        (second.id, None),
        (first.id, NOW.replace(hour=14)),
    ]
    with pytest.raises(InputError, match="there is no run 'nope'"):
        store.get_run("nope")


def test_people_are_remembered_by_trip_and_replaced(store: RunStore) -> None:
    store.record_people("emulator", "lake", [Guardian("a@x.example", "A", ("S1",), ("P1",))])
    store.record_people("emulator", "lake", [Guardian("a@x.example", "A", ("S1", "S2"), ("P1",))])
    store.record_people("emulator", "other", [Guardian("b@x.example", "B", ("S3",), ("P2",))])
    assert store.find_people("emulator", "lake") == (Guardian("a@x.example", "", ("S1", "S2"), ("P1",)),)


def test_the_last_accepted_list_is_remembered(store: RunStore) -> None:
    assert store.find_accepted_list("emulator", "sds") is None
    store.record_accepted_list("emulator", "sds", AcceptedList("a", {"students": 10}), allowed=False)
    store.record_accepted_list("emulator", "sds", AcceptedList("b", {"students": 9}), allowed=True)
    assert store.find_accepted_list("emulator", "sds") == AcceptedList("b", {"students": 9})


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////nowhere/at/all/x.sqlite", "postgresql://u:secret@127.0.0.1:1/x"]
)
def test_a_store_that_cannot_be_opened_says_so_without_its_password(url: str) -> None:
    if url.startswith("sqlite") and os.geteuid() == 0:
        url = "sqlite:////dev/null/x.sqlite"
    with pytest.raises(InputError, match="the run store cannot be opened") as error:
        open_store(url)
    assert "secret" not in error.value.message + error.value.hint
    assert error.value.__suppress_context__
