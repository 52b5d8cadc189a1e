"""The emulator behind a port of this machine: plain HTTP on 127.0.0.1, nothing else, several clients at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]  # waitress ships no types
from waitress.server import create_server  # type: ignore[import-untyped]  # waitress ships no types

from .app import Emulator
from .faults import read_script, store_script
from .state import State
from .web import ConnectionLost, NoAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ADDRESS = "127.0.0.1"
THREADS = 16
POLL_SECONDS = 0.05


def serve(
    port: int,
    state: Path | str,
    *,
    announce: Callable[[str], object],
    seed: Path | None = None,
    latency_ms: int = 0,
    limits: Literal["published", "off"] = "off",
    faults: Path | None = None,
) -> None:
    """Serve until interrupted. `announce` is given the address once it listens; port 0 takes a free one. Raises OSError
    where the port is taken, SeedError and BadScript for files that cannot be read."""
    emulator = Emulator(State(state), latency_ms=latency_ms, published_limits=limits == "published", seed=seed)
    if emulator.state.get_fact("tenant") is None:
        emulator.reset()
    if faults is not None:
        store_script(emulator.state, read_script(json.loads(faults.read_text(encoding="utf-8"))))
    # Unless told otherwise waitress drops X-Forwarded-Proto, by which a client says that it meant https; with the
    # lookahead it notices a caller who went away while nothing was answered.
    server = create_server(
        closing(emulator), host=ADDRESS, port=port, threads=THREADS, clear_untrusted_proxy_headers=False, ident=None,
        channel_request_lookahead=1,
    )  # fmt: skip
    announce(f"http://{ADDRESS}:{server.effective_port}")
    try:
        server.run()
    finally:
        server.close()


def closing(emulator: Emulator) -> WSGIApplication:
    """A lost connection closes the socket without a word; a service that never answers leaves it open."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return emulator(environ, start_response)
        except NoAnswer:
            while not environ["waitress.client_disconnected"]():
                time.sleep(POLL_SECONDS)
            raise ClientDisconnected from None
        except ConnectionLost:
            raise ClientDisconnected from None

    return application
