"""One request to Microsoft 365 as data, what is said about it afterwards, and how its literals are written."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# A verb that says what the end is, not what to add to it: carried out twice, the end is the same.
SAME_TWICE = frozenset({"PUT", "DELETE", "MERGE"})

GRAPH_HOST = "graph.microsoft.com"
LOGIN_HOST = "login.microsoftonline.com"


@dataclass(frozen=True, slots=True)
class Call:
    """`operation` is the name that messages give it, in words without personal data. `body` is sent as it is, `data` as
    JSON. `role` says which of the school's applications asks. `repeatable` may claim for a POST that doing it twice is
    doing it once; `reads` that it changes nothing.
    `raw`: a success is bytes, not JSON."""

    operation: str
    method: str
    url: str = field(repr=False)  # a filter quotes addresses: they must not come into a traceback
    role: str = "reader"
    data: object = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeatable: bool | None = None
    reads: bool = False
    raw: bool = False
    items: int = 1

    @property
    def host(self) -> str:
        """The host in lower case; "" where the address is not plain https without user, password or port."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return ""
        plain = parts.scheme == "https" and parts.netloc.removesuffix(":443").lower() == (parts.hostname or "")
        return (parts.hostname or "") if plain and "\\" not in self.url else ""

    @property
    def verb(self) -> str:
        """The method, or the one that a POST to SharePoint carries in a header."""
        tunnelled = {name.lower(): value for name, value in self.headers.items()}.get("x-http-method", "")
        return (tunnelled or self.method).upper()

    @property
    def is_write(self) -> bool:
        return not (self.reads or self.verb in READING)

    @property
    def may_repeat(self) -> bool:
        """Whether it can be sent again when nobody knows if it was carried out."""
        if self.repeatable is not None:
            return self.repeatable
        return not self.is_write or self.verb in SAME_TWICE


@dataclass(frozen=True, slots=True)
class OriginCall(Call):
    """A request to a server that is not Microsoft's: it may stand at any port, and on this machine without encryption,
    so what tells it from others is its whole origin."""

    @property
    def host(self) -> str:
        return origin_of(self.url)


def origin_of(url: str) -> str:
    """`https://host:port` in lower case (no port where it is 443), or `http://…` for this machine alone; "" for any
    other address, and for one with a user or password in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    name = parts.hostname or ""
    if not name or "@" in parts.netloc or "\\" in url or any(sign.isspace() for sign in url):
        return ""
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(name)):
        return ""
    shown = f"[{name}]" if ":" in name else name
    usual = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{shown}" + ("" if port in (None, usual) else f":{port}")


def _is_this_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the observer is told after each attempt. `kind` is graph, sharepoint, admin or sign-in; `status` is 0 where
    no answer came; `items` counts what a `$batch` carried."""

    kind: str
    operation: str
    write: bool
    status: int
    attempt: int
    items: int


Observer = Callable[[Traffic], None]


def kind_of(host: str) -> str:
    if host == GRAPH_HOST:
        return "graph"
    if host == LOGIN_HOST:
        return "sign-in"
    return "admin" if host.endswith("-admin.sharepoint.com") else "sharepoint"


def literal(text: str) -> str:
    """A string in a `$filter` or a function call, ready for the URL: quotes doubled, then everything that a URL would
    read as its own (`#` `+` `&` `%` `/` `'`) encoded."""
    return "'" + quote(text.replace("'", "''"), safe="@.-_") + "'"


def segment(text: str) -> str:
    """An id or name as one segment of a path."""
    return quote(text, safe="@.-_")
