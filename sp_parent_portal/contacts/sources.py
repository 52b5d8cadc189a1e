"""Where a contact list may come from: files, a OneRoster server, or Microsoft Graph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import ContactListError, Problem

# How the address of a server ends: 1EdTech OneRoster REST bindings, read 2026-11.
_VERSIONS = {"v1p1": "1.1", "v1p2": "1.2"}
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|::1)\Z")


@dataclass(frozen=True, slots=True)
class GraphSource:
    """The related contacts of the students in the tenant itself."""

    def __str__(self) -> str:
        return "graph:"


@dataclass(frozen=True, slots=True)
class OneRosterSource:
    """A OneRoster server; `url` ends with the version, as …/ims/oneroster/v1p1 or …/ims/oneroster/rostering/v1p2."""

    url: str

    @property
    def version(self) -> str:
        """1.1 or 1.2."""
        return _VERSIONS[self.url.rpartition("/")[2]]

    def __str__(self) -> str:
        return f"oneroster:{self.url}"


RemoteSource = GraphSource | OneRosterSource
Source = Path | RemoteSource


def parse_source(text: str) -> Source:
    """`graph:`, `oneroster:URL`, or a path as it stands. Raises ContactListError, which never repeats a password."""
    kind = re.match(r"([A-Za-z]{2,}):", text)
    if kind is None:
        return Path(text)
    if text == "graph:":
        return GraphSource()
    if kind[1] == "oneroster":
        return _parse_oneroster(text.removeprefix("oneroster:").rstrip("/"))
    said = "graph: stands alone" if kind[1] == "graph" else f"{kind[1]}: is none of graph: and oneroster:URL"
    raise _wrong(f"{said}; or name a folder or a zip file with the contact list")


def _parse_oneroster(url: str) -> OneRosterSource:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what raises ValueError for a port that is none
    except ValueError:
        raise _wrong("the address after oneroster: cannot be read") from None
    here = bool(_LOOPBACK.match(parts.hostname or ""))
    if not parts.hostname or parts.scheme not in (("https", "http") if here else ("https",)):
        raise _wrong("a OneRoster server is asked over https alone: oneroster:https://…")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _wrong("the address of a OneRoster server holds no user, password or query; see SPP_ONEROSTER_CLIENT_ID")
    if parts.path.rpartition("/")[2] not in _VERSIONS:
        raise _wrong("the address of a OneRoster server ends with its version: …/ims/oneroster/v1p1, or …/v1p2")
    return OneRosterSource(url)


def _wrong(message: str) -> ContactListError:
    return ContactListError(message, "", [Problem("source", 0, "source", message)])
