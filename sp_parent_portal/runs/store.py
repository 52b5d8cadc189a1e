"""The run store: what was intended, done, unknown or failed. SQLite in the user's data folder, or a database by URL.

Every method that records commits before it returns, so that a kill -9 loses nothing that was said to be recorded.
The file holds guardians' addresses: mode 0600.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, create_engine, delete, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..contacts.model import Guardian
from ..errors import InputError, PortalError
from ..plan.model import Change
from . import schema
from .model import Outcome, Run, Status, Step


@dataclass(frozen=True, slots=True)
class AcceptedList:
    """The contact list that was last applied, and its sizes by name: what a later one is compared with; `at` is when
    it was accepted, None where that was not asked."""

    fingerprint: str
    sizes: Mapping[str, int]
    at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of one trip's people: how many rows, the last of which at what time."""

    trip: str
    rows: int
    last_at: datetime


class RunStore:
    """`now` gives the present time in UTC; it is a parameter so that tests own the clock."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.engine = engine
        self.now = now

    # ---- runs and steps

    def begin_run(self, target: str, fingerprint: str, holder: str, arguments: Sequence[str]) -> Run:
        run = Run(uuid.uuid4().hex[:12], target, fingerprint, self.now(), None, holder, tuple(arguments))
        with self.engine.begin() as db:
            db.execute(
                insert(schema.runs).values(
                    id=run.id,
                    target=run.target,
                    fingerprint=run.fingerprint,
                    started_at=run.started_at,
                    finished_at=None,
                    holder=holder,
                    arguments=list(arguments),
                )
            )
        return run

    def finish_run(self, run: Run) -> None:
        with self.engine.begin() as db:
            db.execute(update(schema.runs).where(schema.runs.c.id == run.id).values(finished_at=self.now()))

    def record_intended(self, run: Run, changes: Iterable[Change], scope: str) -> dict[Change, int]:
        """One row for each change, in one commit, before anything is called. `scope` is the site's id, "" without one:
        what is remembered of a site that was deleted since does not speak for the one that replaced it."""
        ids: dict[Change, int] = {}
        with self.engine.begin() as db:
            for change in changes:
                row = insert(schema.steps).values(
                    run=run.id,
                    trip=change.trip,
                    kind=change.kind,
                    key=change.key,
                    scope=scope,
                    change=replace(change, words=()).as_data(),  # what people wrote is not kept
                    status=Status.INTENDED.value,
                    detail="",
                    receipt="",
                    at=self.now(),
                )
                key = db.execute(row).inserted_primary_key
                if key is None:
                    raise PortalError(
                        "the run store did not number a step", "check the database named by SPP_DATABASE_URL"
                    )
                ids[change] = int(key[0])
        return ids

    def record_receipts(self, receipts: dict[int, str]) -> None:
        """Remember, before a step's point of no return, what it can be looked up by."""
        with self.engine.begin() as db:
            for step, receipt in receipts.items():
                db.execute(update(schema.steps).where(schema.steps.c.id == step).values(receipt=receipt, at=self.now()))

    def record_outcomes(self, outcomes: dict[int, Outcome]) -> None:
        with self.engine.begin() as db:
            for step, outcome in outcomes.items():
                db.execute(
                    update(schema.steps)
                    .where(schema.steps.c.id == step)
                    .values(status=outcome.status.value, detail=outcome.detail, at=self.now())
                )

    def list_runs(self, target: str) -> tuple[Run, ...]:
        """The target's runs, newest first."""
        with self.engine.connect() as db:
            rows = db.execute(
                select(schema.runs).where(schema.runs.c.target == target).order_by(schema.runs.c.started_at.desc())
            )
            return tuple(_run(row) for row in rows)

    def get_run(self, run: str) -> Run:
        """Raises InputError for an id that no run has."""
        with self.engine.connect() as db:
            row = db.execute(select(schema.runs).where(schema.runs.c.id == run)).first()
        if row is None:
            raise InputError(f"there is no run {run!r}", "`sp-parent-portal runs list` names them")
        return _run(row)

    def list_steps(self, run: str) -> tuple[Step, ...]:
        with self.engine.connect() as db:
            rows = db.execute(select(schema.steps).where(schema.steps.c.run == run).order_by(schema.steps.c.id))
            return tuple(_step(row) for row in rows)

    def find_steps(self, target: str, trip: str, kind: str, scope: str | None = None) -> dict[str, Step]:
        """The newest step for each key of that kind; with `scope` only those recorded for that site."""
        query = (
            select(schema.steps)
            .join(schema.runs, schema.runs.c.id == schema.steps.c.run)
            .where(schema.runs.c.target == target, schema.steps.c.trip == trip, schema.steps.c.kind == kind)
            .order_by(schema.steps.c.id)
        )
        if scope is not None:
            query = query.where(schema.steps.c.scope == scope)
        with self.engine.connect() as db:
            return {row.key: _step(row) for row in db.execute(query)}

    # ---- who came in for whom: an exclusion names a contact, and must work when the contact list cannot be read

    def record_people(self, target: str, trip: str, guardians: Iterable[Guardian]) -> None:
        with self.engine.begin() as db:
            for each in guardians:
                here = (
                    (schema.people.c.target == target)
                    & (schema.people.c.trip == trip)
                    & (schema.people.c.email == each.email)
                )
                values = {"student_ids": list(each.student_ids), "contact_ids": list(each.contact_ids)}
                if db.execute(update(schema.people).where(here).values(**values)).rowcount == 0:
                    db.execute(insert(schema.people).values(target=target, trip=trip, email=each.email, **values))

    def find_people(self, target: str, trip: str) -> tuple[Guardian, ...]:
        with self.engine.connect() as db:
            rows = db.execute(
                select(schema.people)
                .where(schema.people.c.target == target, schema.people.c.trip == trip)
                .order_by(schema.people.c.email)
            )
            return tuple(Guardian(row.email, "", tuple(row.student_ids), tuple(row.contact_ids)) for row in rows)

    # ---- what is remembered of people, and how it is forgotten

    def list_remembered(self, target: str) -> tuple[Remembered, ...]:
        """By trip. Steps of the tenant itself are about nobody."""
        steps, people = schema.steps.c, schema.people.c
        mine = select(steps.trip, func.count(), func.max(steps.at)).join(schema.runs, schema.runs.c.id == steps.run)
        with self.engine.connect() as db:
            found = db.execute(
                mine.where(schema.runs.c.target == target, steps.trip != "").group_by(steps.trip).order_by(steps.trip)
            )
            told = {trip: (int(rows), at) for trip, rows, at in found}
            came = db.execute(select(people.trip, func.count()).where(people.target == target).group_by(people.trip))
            rows_of = {trip: int(rows) for trip, rows in came}
        return tuple(
            Remembered(trip, rows + rows_of.get(trip, 0), _utc(at)) for trip, (rows, at) in sorted(told.items())
        )

    def find_steps_about(self, target: str, word: str) -> tuple[tuple[Step, str], ...]:
        """Steps in whose key or change the word stands, each with its trip; oldest first."""
        query = (
            select(schema.steps)
            .join(schema.runs, schema.runs.c.id == schema.steps.c.run)
            .where(schema.runs.c.target == target)
            .order_by(schema.steps.c.id)
        )
        with self.engine.connect() as db:
            rows = db.execute(query)
            return tuple((_step(row), row.trip) for row in rows if _is_about(row, word))

    def list_people(self, target: str, email: str) -> tuple[tuple[str, Guardian], ...]:
        """The trips for which somebody with the address came in."""
        rows = select(schema.people).where(schema.people.c.target == target, schema.people.c.email == email)
        with self.engine.connect() as db:
            return tuple(
                (row.trip, Guardian(row.email, "", tuple(row.student_ids), tuple(row.contact_ids)))
                for row in db.execute(rows.order_by(schema.people.c.trip))
            )

    def forget_trips(self, target: str, trips: Sequence[str]) -> None:
        """Every step and every person of these trips, out of the file too: SQLite would leave the bytes of deleted rows
        where they were. Runs stay, without their steps: who ran what when is about nobody's family. Raises InputError
        where the database refuses."""
        runs = select(schema.runs.c.id).where(schema.runs.c.target == target)
        try:
            with self.engine.begin() as db:
                for trip in trips:
                    db.execute(delete(schema.steps).where(schema.steps.c.trip == trip, schema.steps.c.run.in_(runs)))
                    db.execute(
                        delete(schema.people).where(schema.people.c.trip == trip, schema.people.c.target == target)
                    )
            if self.engine.dialect.name == "sqlite":
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                    db.exec_driver_sql("VACUUM")
                    db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except SQLAlchemyError as error:
            raise InputError(
                f"the run store refuses ({type(error).__name__})", "run it again when no run goes on"
            ) from None

    # ---- the contact list that was last accepted

    def find_accepted_list(self, target: str, source: str) -> AcceptedList | None:
        table = schema.contact_lists
        with self.engine.connect() as db:
            row = db.execute(select(table).where(table.c.target == target, table.c.source == source)).first()
        return None if row is None else AcceptedList(row.fingerprint, dict(row.sizes), _utc(row.accepted_at))

    def record_accepted_list(self, target: str, source: str, accepted: AcceptedList, *, allowed: bool) -> None:
        """`allowed`: somebody let a much smaller list through by name."""
        table = schema.contact_lists
        values: dict[str, Any] = {
            "fingerprint": accepted.fingerprint,
            "sizes": dict(accepted.sizes),
            "accepted_at": self.now(),
            "allowed": allowed,
        }
        with self.engine.begin() as db:
            here = (table.c.target == target) & (table.c.source == source)
            if db.execute(update(table).where(here).values(**values)).rowcount == 0:
                db.execute(insert(table).values(target=target, source=source, **values))


def open_store(url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> RunStore:
    """Open the store at a SQLAlchemy URL and make its tables. Raises InputError when that cannot be."""
    try:
        parsed = make_url(url)
        if parsed.drivername.startswith("sqlite") and parsed.database not in (None, "", ":memory:"):
            path = Path(str(parsed.database))
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")  # the driver that the extra [server] brings
        engine = create_engine(parsed)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _settle_sqlite)
        schema.metadata.create_all(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        # The URL may hold a password, and SQLAlchemy's messages may quote it: only the kind of error is told.
        raise InputError(
            f"the run store cannot be opened ({type(error).__name__}); nothing was done",
            "check SPP_DATABASE_URL and that its driver is installed, or leave it out for a file in your data folder",
        ) from None
    return RunStore(engine, now)


def _settle_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # survives power loss, not only a killed process
    cursor.execute("PRAGMA busy_timeout = 30000")
    cursor.close()


def _utc(moment: datetime) -> datetime:
    # SQLite gives times back without their zone; every time we store is UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_about(row: Row[Any], word: str) -> bool:
    change = Change.from_data(row.change)
    words = (row.key, *(str(value) for field in change.fields for value in (field.before, field.after)))
    return any(re.search(rf"(?<![\w.+-]){re.escape(word)}(?![\w.-]*\w)", each, re.IGNORECASE) for each in words)


def _run(row: Row[Any]) -> Run:
    finished = None if row.finished_at is None else _utc(row.finished_at)
    return Run(row.id, row.target, row.fingerprint, _utc(row.started_at), finished, row.holder, tuple(row.arguments))


def _step(row: Row[Any]) -> Step:
    outcome = Outcome(Change.from_data(row.change), Status(row.status), row.detail)
    return Step(row.id, row.run, outcome, row.receipt, _utc(row.at))
