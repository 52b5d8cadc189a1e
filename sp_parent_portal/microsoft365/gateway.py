"""The door of this room: everything about one Microsoft 365 tenant, or about an emulator that plays one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from .call import GRAPH_HOST, LOGIN_HOST, Observer
from .education import Education
from .graph import Graph
from .sharepoint import SharePoint

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from requests.adapters import BaseAdapter

    from ..settings import Settings
    from .transport import Transport


@dataclass(frozen=True)
class Gateway:
    """`target` names the tenant for people: "emulator", or "contoso (id)"."""

    target: str
    tenant_host: str
    admin_host: str
    mailbox: str
    graph: Graph
    sharepoint: SharePoint
    transport: Transport

    @property
    def education(self) -> Education:
        return Education(self.transport)

    @property
    def stopped(self) -> threading.Event:
        """Set it, and nobody waits any more."""
        return self.transport.stopped

    def pause(self, seconds: float) -> None:
        """Waits; raises Stopped when `stopped` is set."""
        self.transport.pause(seconds)

    def close(self) -> None:
        self.transport.close()


def connect(
    settings: Settings,
    *,
    app: WSGIApplication | None = None,
    observer: Observer | None = None,
    tell: Callable[[str], None] | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Gateway:
    """Nothing is sent yet: the first call signs in. `app` is an emulator in this process; `observer` is told of every
    request; `tell` shows the code of a device sign-in to the person at the keyboard (standard error by default);
    `sleep` is how it waits when it is asked to (Gateway.pause by default)."""
    from .auth import SignIn
    from .transport import Transport

    host, admin_host = f"{settings.tenant}.sharepoint.com", f"{settings.tenant}-admin.sharepoint.com"
    transport = Transport(
        {GRAPH_HOST, LOGIN_HOST, host, admin_host},
        user_agent(settings.user_agent_org),
        adapter=_adapter(settings, app),
        observer=observer,
        sleep=sleep,
    )
    transport.tokens = SignIn(settings, transport, tell=tell)
    return Gateway(
        target=settings.target_name,
        tenant_host=host,
        admin_host=admin_host,
        mailbox=settings.mailbox,
        graph=Graph(transport),
        sharepoint=SharePoint(transport, host, admin_host),
        transport=transport,
    )


def user_agent(organisation: str) -> str:
    """Decorated traffic is prioritised (Microsoft Learn, "Avoid getting throttled", 2025-10)."""
    school = re.sub(r"[^A-Za-z0-9._ -]", "", organisation).strip() or "School"
    return f"NONISV|{school}|sp-parent-portal/{__version__}"


def _adapter(settings: Settings, app: WSGIApplication | None) -> BaseAdapter | None:
    """None for the network. Raises ValueError where an emulator is given as the way to a real tenant."""
    if settings.target != "emulator":
        if app is not None:
            raise ValueError("an emulator cannot stand for a real tenant")
        return None
    from .adapters import LoopbackAdapter, WsgiAdapter

    if app is None and settings.emulator_url:
        return LoopbackAdapter(settings.emulator_url, pool_maxsize=32)
    from ..emulator import open_emulator
    from ..emulator.web import ConnectionLost
    from ..settings import data_folder

    return WsgiAdapter(app or open_emulator(_private(data_folder() / "emulator.sqlite")), ConnectionLost)


def _private(path: Path) -> Path:
    """The file, made readable by its owner alone before anything is written to it."""
    path.touch(mode=0o600, exist_ok=True)
    return path
