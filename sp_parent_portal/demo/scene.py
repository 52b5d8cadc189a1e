"""What every chapter of the demo acts with, and how it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..emulator import open_emulator
from ..emulator.client import EmulatorClient
from ..emulator.tenant import Tenant
from ..microsoft365 import Gateway, connect
from ..planning import Planned, plan_trips
from ..reports.render import render
from ..reports.report import Report
from ..runs.store import RunStore, open_store
from ..settings import Settings, emulator_settings
from ..trips import Portal, Trip, find_trips, load_portal, load_trips

MOST_LINES = 16

Tell = Callable[[str], None]


@dataclass
class Scene:
    """`facts` holds every number and name that the sentences told, by chapter: nothing is told that is not in it."""

    folder: Path
    gateway: Gateway
    store: RunStore
    client: EmulatorClient
    tenant: Tenant
    portal: Portal
    trips: tuple[Trip, ...]
    tell: Tell
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    chapter: str = ""

    @property
    def trip(self) -> Trip:
        return self.trips[0]

    def plan(self) -> Planned:
        return plan_trips(self.gateway, self.store, self.portal, self.trips, sleep=_do_not_wait)

    # ---- telling

    def begin(self, chapter: str, title: str) -> None:
        self.chapter = chapter
        self.facts[chapter] = {}
        self.tell(f"{title}\n{'-' * len(title)}\n")

    def say(self, sentence: str, **facts: object) -> None:
        """`sentence` names the facts in braces: it holds no number of its own."""
        self.facts[self.chapter].update(facts)
        self.tell(sentence.format(**facts) + "\n")

    def show(self, command: str, report: Report) -> None:
        """The command that somebody would type, and its answer; a long one is cut, and that is said."""
        lines = render(report, "table").rstrip().splitlines()
        table = render(_without_notes(report), "table").rstrip().splitlines()
        notes = lines[len(table) :]  # they say what is held: never cut
        if len(table) > MOST_LINES:
            table = [*table[: MOST_LINES - 2], f"… and {len(table) - MOST_LINES + 2} more lines"]
        self.tell("\n".join([f"$ sp-parent-portal {command}", *table, *notes]) + "\n")


def _do_not_wait(_seconds: float) -> None:
    """The emulated directory lags by calls, not by time: waiting for it would be for nothing."""


def _without_notes(report: Report) -> Report:
    return Report(report.target, report.title, report.data, report.columns, report.rows)


@contextmanager
def open_scene(folder: Path, tell: Tell) -> Iterator[Scene]:
    """The sample school in `folder` and its emulated tenant in this process."""
    state = folder / "emulator.sqlite"
    state.touch(mode=0o600)
    emulator = open_emulator(state, folder / "tenant")
    tenant = emulator.tenant
    mailbox = f"trips@{tenant.domains[0]}"
    given = Settings.model_construct(target="emulator", tenant=tenant.name, tenant_id=tenant.id, mailbox=mailbox)
    settings = emulator_settings(given)
    store = open_store(f"sqlite:///{(folder / 'runs.sqlite').as_posix()}")
    gateway = connect(settings, app=emulator)
    try:
        portal = load_portal(folder / "portal.toml")
        trips = load_trips(find_trips(portal))
        yield Scene(folder, gateway, store, EmulatorClient.of(emulator), tenant, portal, trips, tell)
    finally:
        gateway.close()
        store.engine.dispose()
