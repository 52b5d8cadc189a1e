"""The run store's tests, once on each kind of database that this machine has: always SQLite, PostgreSQL where its
server is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import create_engine, text

from sp_parent_portal.runs.store import RunStore, open_store


def find_postgresql() -> Path | None:
    """The folder of initdb and pg_ctl. Debian keeps them off the search path, the newest version last."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(on_path).parent if on_path else (folders[-1] if folders else None)


POSTGRESQL = find_postgresql()


def as_server(*command: str | Path) -> None:
    """PostgreSQL refuses to be run by root: then it is the user that its package made for it."""
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=120)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A server of our own behind a socket in a folder of our own: it listens on no address."""
    assert POSTGRESQL is not None
    folder = Path(tempfile.mkdtemp(prefix="runs"))  # a socket's path is short, pytest's folders are not
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        as_server(POSTGRESQL / "initdb", "-D", data, "--username=runs", "--auth=trust", "--encoding=UTF8", "--no-sync")
        pg_ctl = (POSTGRESQL / "pg_ctl", "-D", data, "-w", "-l", folder / "log")
        as_server(*pg_ctl, "-o", f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off", "start")
        try:
            yield f"postgresql://runs@/postgres?host={folder}"
        finally:
            as_server(*pg_ctl, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's address, as SPP_DATABASE_URL takes it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'runs.sqlite'}"
    server: str = request.getfixturevalue("postgresql")
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as db:
        db.execute(text("DROP SCHEMA public CASCADE"))
        db.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server


class Opener(Protocol):
    def __call__(self, now: Callable[[], datetime] = ...) -> RunStore: ...


@pytest.fixture
def open_here(url: str) -> Iterator[Opener]:
    """Opens the store at `url`, as often as asked: each time is another process's view of it."""
    opened: list[RunStore] = []

    def open_one(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> RunStore:
        opened.append(open_store(url, now))
        return opened[-1]

    yield open_one
    for store in opened:
        store.engine.dispose()
