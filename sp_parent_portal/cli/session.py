"""What a command works with: the settings, the gateway to the target, the run store, the day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import typer

from ..errors import InputError, Unreachable
from .shown import shown
from .talking import say

if TYPE_CHECKING:
    from ..contacts.sources import Source
    from ..microsoft365 import Gateway
    from ..microsoft365.call import Traffic
    from ..runs.store import RunStore
    from ..settings import Settings


@dataclass(frozen=True, slots=True)
class Session:
    gateway: Gateway
    store: RunStore

    @property
    def target(self) -> str:
        return self.gateway.target


def name_target() -> str:
    """The target that the settings name, told on standard error; for commands that connect to nothing.

    Raises SettingsError."""
    from ..settings import load_settings

    target = load_settings().target_name
    say(f"target: {target}")
    return target


def find_settings() -> tuple[Settings | None, InputError | None]:
    """The settings, or what is wrong with them; for commands that say so. The first line of talk names the target."""
    from ..settings import load_settings

    try:
        settings = load_settings()
    except InputError as wrong:
        say("target: not set")
        return None, wrong
    say(f"target: {settings.target_name}")
    return settings, None


@contextmanager
def open_session(ctx: typer.Context) -> Iterator[Session]:
    """Raises SettingsError before anything is opened. The first line of talk names the target."""
    from ..microsoft365 import connect
    from ..runs.store import open_store
    from ..settings import load_settings

    settings = load_settings()
    say(f"target: {settings.target_name}")
    if settings.emulator_url:
        _check_served(settings.emulator_url)
    store = open_store(store_url(settings))
    try:
        gateway = connect(settings, observer=_tell_traffic if shown(ctx).verbose else None)
        try:
            yield Session(gateway, store)
        finally:
            gateway.close()
    finally:
        store.engine.dispose()


@contextmanager
def connect_if_possible(ctx: typer.Context, settings: Settings | None) -> Iterator[Gateway | None]:
    """The gateway for commands that say what is missing; None without settings. Nothing is asked of it yet."""
    if settings is None:
        yield None
        return
    from ..microsoft365 import connect

    gateway = connect(settings, observer=_tell_traffic if shown(ctx).verbose else None)
    try:
        yield gateway
    finally:
        gateway.close()


@contextmanager
def open_sources(ctx: typer.Context, *sources: Source) -> Iterator[tuple[str, Gateway | None]]:
    """The target, and the way to it where one of the contact lists is there."""
    from ..contacts.sources import GraphSource

    if any(isinstance(source, GraphSource) for source in sources):
        with open_session(ctx) as session:
            yield session.target, session.gateway
    else:
        yield name_target(), None


@contextmanager
def open_run_store() -> Iterator[RunStore]:
    """What was done so far, for commands that need not connect to the target. Raises SettingsError, InputError."""
    from ..runs.store import open_store
    from ..settings import load_settings

    store = open_store(store_url(load_settings()))
    try:
        yield store
    finally:
        store.engine.dispose()


def _check_served(url: str) -> None:
    """At once: the gateway would wait for a service that may come back. Raises Unreachable."""
    from ..emulator.client import EmulatorClient, EmulatorUnreachable

    try:
        EmulatorClient.at(url).get_health()
    except EmulatorUnreachable:
        hint = "start it in another window: sp-parent-portal emulator serve"
        raise Unreachable(f"no emulator answers at {url}; nothing was done", hint) from None


def today() -> date:
    """The day that it is where the command runs: trips, roles and consents begin and end with the school's days."""
    return datetime.now(UTC).astimezone().date()


def store_url(settings: Settings) -> str:
    """Where the run store is; it may hold a password and is never shown."""
    from ..settings import data_folder

    given = settings.database_url.get_secret_value() if settings.database_url else ""
    return given or f"sqlite:///{(data_folder() / 'runs.sqlite').as_posix()}"


def _tell_traffic(traffic: Traffic) -> None:
    again = f", attempt {traffic.attempt}" if traffic.attempt > 1 else ""
    items = f", {traffic.items} items" if traffic.items > 1 else ""
    say(f"  {traffic.kind}: {traffic.operation}: {traffic.status or 'no answer'}{items}{again}")
