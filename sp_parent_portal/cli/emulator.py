"""`emulator`: a small Microsoft 365 on this machine, and the guardians in front of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError, PortalError
from .grouping import make_group
from .shown import show
from .talking import progress, say

if TYPE_CHECKING:
    from ..emulator.client import EmulatorClient
    from ..reports.report import Report

app = make_group(
    """A small Microsoft 365 on this machine.

    For rehearsals: nothing ever leaves it, and no account is needed. Without SPP_EMULATOR_URL the commands act on the
    emulator that lies in a file of your data folder.

    \b
    Examples:
      sp-parent-portal emulator serve --port 8365
      sp-parent-portal emulator outbox
      sp-parent-portal emulator visit abbott@d1.example lake-district-2027
    """
)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that was invited.")]


class Limits(StrEnum):
    published = "published"
    off = "off"


@app.command("serve")
def serve_emulator(
    port: Annotated[int, typer.Option("--port", metavar="N", help="The port; 0 takes a free one.")] = 8365,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="Where its state lies.  [default: your data folder]")
    ] = None,
    seed: Annotated[
        Path | None, typer.Option("--seed", metavar="FOLDER", help="What a new tenant starts with (tenant.toml).")
    ] = None,
    generate: Annotated[
        str, typer.Option("--generate", metavar="AMOUNTS", help="Make a large tenant first, once (SEEDS.md).")
    ] = "",
    latency_ms: Annotated[int, typer.Option("--latency-ms", metavar="N", help="Every answer takes so long.")] = 0,
    limits: Annotated[Limits, typer.Option("--limits", help="Whether Microsoft's limits refuse.")] = Limits.off,
    faults: Annotated[
        Path | None, typer.Option("--faults", metavar="FILE", help="What goes wrong when, as JSON.")
    ] = None,
) -> None:
    """Serve the emulator on 127.0.0.1 until interrupted.

    Its address is printed once it listens.

    --generate sites=2000,guests=100000,memberships=1000000,seed=7 makes a tenant of invented people into the state
    file; the same amounts find it made. Any of sites, guests, users, groups, memberships and seed may be left out.

    \b
    Examples:
      sp-parent-portal emulator serve --port 8365 --state emulator.sqlite
      sp-parent-portal emulator serve --port 0 --limits published --latency-ms 50
      sp-parent-portal emulator serve --state large.sqlite --generate sites=20,guests=1000,memberships=9000,seed=7
    """
    from ..emulator.serve import serve

    say("target: emulator")
    path = state or _state_file()
    try:
        if generate:
            _generate(path, generate, seed)
        _make_private(path)
        announce = typer.echo
        serve(port, path, seed=seed, latency_ms=latency_ms, limits=limits.value, faults=faults, announce=announce)
    except ValueError as error:  # a seed, amounts or a fault script: the message names the place
        raise InputError(f"the emulator cannot start: {error}", "mend that and start it again") from None
    except OSError as error:
        raise PortalError(f"the emulator cannot start: {error.strerror or error}", "is the port taken?") from None


def _generate(path: Path, text: str, seed: Path | None) -> None:
    """Make the tenant unless the file has it. Raises BadAmounts and SeedError."""
    from ..emulator.amounts import read_amounts
    from ..emulator.generate import count_steps, is_made, make_file

    amounts = read_amounts(text)
    if is_made(path, amounts, seed):
        return
    started = time.monotonic()
    with progress("thousand rows", count_steps(amounts)) as step:
        make_file(path, amounts, seed, step)
    megabytes = path.stat().st_size / 1_000_000
    say(f"made {path.name}: {megabytes:.0f} MB in {time.monotonic() - started:.0f} s; the next start finds it made")


@app.command("reset")
def reset_emulator(ctx: typer.Context) -> None:
    """Put the emulated tenant back to its seed.

    Every site, guest and mail in it is gone.

    \b
    Examples:
      sp-parent-portal emulator reset
    """
    with _open_client() as client:
        client.reset()
        show(ctx, _one_row("The emulator is back to its seed", client.get_health()))


@app.command("outbox")
def show_outbox(ctx: typer.Context) -> None:
    """Show every mail and invitation that the emulated tenant sent. None of them left this machine.

    \b
    Examples:
      sp-parent-portal emulator outbox
      sp-parent-portal --format json emulator outbox
    """
    from ..reports.report import Column, Report

    with _open_client() as client:
        rows = [{**row, "target": "emulator"} for row in client.list_outbox()]
    columns = tuple(Column(name, name) for name in ("at", "kind", "to", "subject"))
    show(ctx, Report("emulator", f"{len(rows)} mails and invitations", rows, columns, tuple(rows)))


@app.command("redeem")
def redeem_invitation(
    ctx: typer.Context,
    email: Email,
    accept_as: Annotated[
        str, typer.Option("--as", metavar="EMAIL", help="Whoever opened the forwarded link and signed in.")
    ] = "",
) -> None:
    """Play a guardian who accepts an invitation.

    Or somebody else, to whom it was forwarded.

    \b
    Examples:
      sp-parent-portal emulator redeem abbott@d1.example
      sp-parent-portal emulator redeem abbott@d1.example --as somebody@else.example
    """
    with _open_client() as client:
        show(ctx, _one_row("The invitation was accepted", client.redeem(email, accept_as)))


@app.command("visit")
def visit_site(
    ctx: typer.Context,
    email: Email,
    site: Annotated[str, typer.Argument(metavar="SITE", help="The site's address, or the last part of it.")],
) -> None:
    """Play a guest who opens a site: what do they see of it?

    \b
    Examples:
      sp-parent-portal emulator visit abbott@d1.example lake-district-2027
    """
    with _open_client() as client:
        seen = client.visit(email, site)
    show(ctx, _one_row("The site opened" if seen["allowed"] else "The site stayed closed", seen))


@contextmanager
def _open_client() -> Iterator[EmulatorClient]:
    """The emulator that SPP_EMULATOR_URL names, else the one in the data folder; nothing else is read of settings."""
    from ..emulator import open_emulator
    from ..emulator.client import EmulatorClient, EmulatorRefused, EmulatorUnreachable

    url = os.environ.get("SPP_EMULATOR_URL", "")
    say(f"target: emulator, {url or f'the one in {_state_file()} (SPP_EMULATOR_URL is not set)'}")
    try:
        if url:
            yield EmulatorClient.at(url)
            return
        yield EmulatorClient.of(open_emulator(_make_private(_state_file())))
    except EmulatorUnreachable as error:
        raise PortalError(f"{url}: {error}", "start it with emulator serve, or unset SPP_EMULATOR_URL") from None
    except EmulatorRefused as error:
        raise InputError(
            f"the emulator cannot play that: {error}", "`emulator outbox` shows who was written to"
        ) from None


def _state_file() -> Path:
    from ..settings import data_folder

    return data_folder() / "emulator.sqlite"


def _make_private(path: Path) -> Path:
    path.touch(mode=0o600, exist_ok=True)
    return path


def _one_row(title: str, answer: Mapping[str, Any]) -> Report:
    from ..reports.report import Column, Report

    row = {name: _cell(value) for name, value in answer.items() if name != "target"}
    data = {**answer, "target": "emulator"}
    return Report("emulator", title, data, tuple(Column(name, name.replace("_", " ")) for name in row), (row,))


def _cell(value: Any) -> str | int | float | bool | None:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)
