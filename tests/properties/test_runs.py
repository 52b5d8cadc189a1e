"""Sentences about whole runs: converges; crash anywhere and nobody is mailed twice; never opens more than was asked;
the order of files and rows does not matter."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sp_parent_portal.runs.model import Outcome, Status
from sp_parent_portal.sharing import Sharing
from tests.stage import GUARDIANS, RELATIONSHIPS, SITE, USERS, Killed, Stage, not_done, statuses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.furnish()
    return stage


def test_converges(stage: Stage) -> None:
    outcomes = stage.apply()
    assert not_done(outcomes) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
    before = stage.writes()
    again = stage.plan()
    assert [change.as_data() for change in again.plan.changes] == []
    assert again.plan.held == ()
    assert stage.carry_out(again) == ()
    assert stage.writes() == before


def test_what_is_planned_is_what_is_there_afterwards(stage: Stage) -> None:
    stage.apply()
    graph, sharepoint = stage.gateway.graph, stage.gateway.sharepoint
    site = sharepoint.find_site(SITE)
    assert site is not None
    assert (site.sharing, site.effective_sharing, site.title) == (
        Sharing.EXISTING_GUESTS,
        Sharing.EXISTING_GUESTS,
        "Lake District 2027",
    )
    [group] = graph.find_groups("trip-lake-2027")
    members = list(graph.list_members(group.id))
    assert sorted(member.email for member in members) == list(GUARDIANS)
    assert all(member.is_guest for member in members)


def test_crash_anywhere_and_nobody_is_mailed_twice(tmp_path: Path) -> None:
    """Killed before and after every write of the first run: the next runs finish it, with one guest and one mail for
    each guardian. (Between two writes there are only reads, and the run store, whose commits have their own test.)"""
    whole = Stage(tmp_path / "whole")
    whole.furnish()
    writes = write_numbers(whole)
    assert len(writes) > 12
    for number, after_work in itertools.product(writes, (False, True)):
        stage = Stage(tmp_path / f"{number}-{after_work}")
        stage.furnish()
        stage.wire.kill_at = len(stage.wire.seen) + number
        stage.wire.after_work = after_work
        where = f"killed {'after' if after_work else 'before'} request {number}"
        with pytest.raises(Killed):
            stage.apply()
        where += f" ({stage.wire.seen[-1]})"
        stage.restart()
        planned = stage.plan()
        outcomes: tuple[Outcome, ...] = ()
        for _ in range(2):
            if planned.plan.changes:
                outcomes = stage.carry_out(planned)
                stage.restart()
                planned = stage.plan()
        left = planned.plan
        assert [(c.kind, c.key) for c in left.changes] == [], (where, not_done(outcomes))
        sent = [mail["to"] for mail in stage.mails()]
        cannot_be_told = [held.subject for held in left.held]
        assert sorted({*sent, *cannot_be_told}) == list(GUARDIANS), where
        assert len(sent) == len(set(sent)), where
        guests = [guest.email for guest in stage.gateway.graph.list_guests()]
        assert sorted(guests) == list(GUARDIANS), where
        assert cannot_be_told == [], where


def test_crash_of_the_run_store_anywhere_and_nobody_is_mailed_twice(tmp_path: Path) -> None:
    """As above, but the process dies around each commit of the run store."""
    names = ("record_intended", "record_receipts", "record_outcomes", "record_people")
    for name, after_work in itertools.product(names, (False, True)):
        for number in range(40):
            stage = Stage(tmp_path / f"{name}-{number}-{after_work}")
            stage.furnish()
            calls = itertools.count()
            real = getattr(stage.store, name)

            def dying(
                *args: object, _real: object = real, _calls: object = calls, _n: int = number, _a: bool = after_work
            ) -> object:
                assert callable(_real)
                assert isinstance(_calls, itertools.count)
                this = next(_calls) == _n
                if this and not _a:
                    raise Killed
                answer = _real(*args)
                if this:
                    raise Killed
                return answer

            setattr(stage.store, name, dying)
            try:
                stage.apply()
                killed = False
            except Killed:
                killed = True
            if not killed:
                break
            stage.restart()
            stage.apply()
            left = stage.plan().plan
            assert left.changes == (), (name, number, after_work)
            sent = [mail["to"] for mail in stage.mails()]
            assert sent == list(GUARDIANS), (name, number, after_work)


def write_numbers(stage: Stage) -> list[int]:
    """Applies, and says which of the requests changed something, by the emulator's own count of writes: of a batch or a
    CSOM query the address does not tell."""
    app, numbers, start = stage.wire.app, [], len(stage.wire.seen)

    def counting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        number, before = len(stage.wire.seen) - 1 - start, stage.writes()
        body = list(app(environ, start_response))
        if stage.writes() > before:
            numbers.append(number)
        return body

    stage.wire.app = counting
    assert not_done(stage.apply()) == []
    return numbers


LEVELS = st.sampled_from([Sharing.DISABLED, Sharing.EXISTING_GUESTS, Sharing.NEW_AND_EXISTING_GUESTS, Sharing.ANYONE])


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(level=LEVELS)
def test_never_opens_more_than_was_asked(tmp_path_factory: pytest.TempPathFactory, level: Sharing) -> None:
    """Whatever the tenant lets: the site is never more open than the template asks, the tenant is never touched by a
    trip, and below what the trip needs nothing at all is done."""
    stage = Stage(tmp_path_factory.mktemp("s"))
    stage.furnish()
    stage.write_portal(level)
    stage.open_tenant()
    before = stage.writes()
    planned = stage.plan()
    outcomes = stage.carry_out(planned)
    assert stage.gateway.graph.get_tenant_sharing().level is level
    site = stage.gateway.sharepoint.find_site(SITE)
    if level < Sharing.EXISTING_GUESTS:
        assert (outcomes, site, stage.writes()) == ((), None, before)
        assert [held.trip for held in planned.plan.held] == ["lake-2027"]
    else:
        assert not_done(outcomes) == []
        assert site is not None
        assert site.sharing is Sharing.EXISTING_GUESTS


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False))
def test_order_of_files_and_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    prints = set()
    for _ in range(2):
        stage = Stage(tmp_path_factory.mktemp("s"))
        stage.furnish()
        stage.write_trip("zoo-2027", ["S4", "S3"], title="Zoo")
        users, relationships, students = list(USERS), list(RELATIONSHIPS), ["S1", "S2", "S3", "S4"]
        slugs = ["lake-2027", "zoo-2027"]
        for each in (users, relationships, students, slugs):
            chance.shuffle(each)
        stage.write_contacts(users, relationships)
        stage.write_trip(students=students)
        prints.add(stage.plan(*slugs).plan.fingerprint)
    assert len(prints) == 1


def test_a_guardian_of_two_trips_is_one_guest_with_one_mail_for_each(stage: Stage) -> None:
    stage.write_trip("zoo-2027", ["S4", "S3"], title="Zoo")
    assert not_done(stage.apply("lake-2027", "zoo-2027")) == []
    sent = [mail["to"] for mail in stage.mails()]
    assert sorted(sent) == sorted([*GUARDIANS, "ada.okoro@post.example", "dan.bell@mail.example"])
    assert len(list(stage.gateway.graph.list_guests())) == len(GUARDIANS)


def test_what_is_unknown_is_counted_and_said(stage: Stage) -> None:
    """A send whose outcome cannot be told is unknown, and is not sent again by any later run."""
    stage.faults(
        {
            "on": "POST /users/trips@school.example/messages/*/send",
            "nth": 1,
            "times": 99,
            "drop": True,
            "after_work": True,
        },
        {"on": "GET /users/trips@school.example/messages", "nth": 2, "times": 999, "reply": 403},
    )
    outcomes = stage.apply()
    assert statuses(o for o in outcomes if o.change.kind == "notice") == {Status.UNKNOWN.value: len(GUARDIANS)}
    stage.restart()
    stage.apply()
    assert len(stage.mails()) <= len(GUARDIANS)
