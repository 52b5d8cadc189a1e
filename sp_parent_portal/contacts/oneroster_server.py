"""Asking a OneRoster server: OAuth 2 client credentials, collections page by page, its way of refusing (1EdTech
OneRoster 1.1 and 1.2 REST bindings and the 1EdTech Security Framework 1.0, read 2026-11).

Only the origins of the address itself and of the token's address are ever asked, over https unless they are on this
machine. A list is read whole or not at all: a page that comes again, a link that leads back or elsewhere, and fewer
rows than the server counts are errors.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from ..errors import AccessDenied, BadAnswer, ForeignHost, GatewayError, NotFound, Rejected, SignInFailed
from ..microsoft365.call import OriginCall, origin_of
from ..microsoft365.transport import Adapter, Reply, Transport

if TYPE_CHECKING:
    from pydantic import SecretStr

SERVICE = "The OneRoster server"
PAGE_SIZE = 1000
MOST_PAGES = 50_000
MOST_ROWS = 3_000_000
EARLY_SECONDS = 60.0
SCOPE = "https://purl.imsglobal.org/spec/or/{}/scope/{}"
# 1.2 names its scopes. 1.1 as first published did not; its servers know these names, of which some grant the older one
# alone, and some only who asks for one (Aeries "OneRoster API Authentication Process", read 2026-11). What the server
# does not know is asked for without.
SCOPES = {
    version: (
        " ".join(SCOPE.format(path, name) for name in ("roster-core.readonly", "roster-demographics.readonly")),
        SCOPE.format(path, "roster-core.readonly"),
        *more,
        "",
    )
    for version, path, more in (("1.1", "v1p1", [SCOPE.format("v1p1", "roster.readonly")]), ("1.2", "v1p2", []))
}
SAFE_CODE = re.compile(r"[A-Za-z_]{1,40}\Z")
_LINK = re.compile(r'<([^>]*)>\s*((?:;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^",;\s]+)\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\s*(?:;|$))', re.IGNORECASE)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Login:
    """Where tokens come from, and the client that asks for them."""

    token_url: str
    client_id: str
    client_secret: SecretStr


class OneRosterServer:
    """`url` ends with the version, as https://sis.school.example/ims/oneroster/v1p1 does. Raises ForeignHost where it
    or the token's address is neither https nor on this machine. `adapter` carries the requests, by default over the
    network."""

    def __init__(
        self,
        url: str,
        version: str,
        login: Login,
        user_agent: str,
        *,
        adapter: Adapter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        page_size: int = PAGE_SIZE,
        most_pages: int = MOST_PAGES,
    ) -> None:
        origins = [origin_of(url), origin_of(login.token_url)]
        if not all(origins):
            raise ForeignHost("OneRoster: the addresses must be https, without a user or password in them")
        self.url, self.version = url.rstrip("/"), version
        self._page_size, self._most_pages = page_size, most_pages
        self._transport = Transport(origins, user_agent, service=SERVICE, adapter=adapter, sleep=sleep)
        self._transport.tokens = _ClientCredentials(self._transport, login, SCOPES[version])

    def close(self) -> None:
        self._transport.close()

    def list_rows(self, name: str) -> Iterator[Row]:
        """Every row of the collection (`users`, `orgs`, `demographics`), each id once. Raises GatewayError."""
        operation = f"read {name}"
        url = f"{self.url}/{name}?{urlencode({'limit': self._page_size, 'offset': 0})}"
        asked: set[str] = set()
        seen: set[str] = set()
        received, total, by_link = 0, None, False
        while url:
            if url in asked or len(asked) >= self._most_pages or len(seen) > MOST_ROWS:
                raise BadAnswer(f"{operation}: the pages have no end, or lead back; the list cannot be read whole")
            asked.add(url)
            reply = self._ask(operation, url)
            rows = _rows_of(reply, name, operation)
            ids = {_id_of(row, operation) for row in rows}
            if rows and ids <= seen:
                raise BadAnswer(f"{operation}: a page came again; the list cannot be read whole")
            yield from (row for row in rows if _is_new(row, seen))
            received += len(rows)
            total = _total(reply, operation) if total is None else total
            following = self._link(reply, url, operation)
            by_link = by_link or bool(following)
            if by_link or not rows or (total is not None and received >= total):
                url = following
            else:
                url = f"{self.url}/{name}?{urlencode({'limit': self._page_size, 'offset': received})}"
        if total is not None and len(seen) < total:
            raise BadAnswer(f"{operation}: the server counts {total} and gave {len(seen)}; the list is not whole")

    def _ask(self, operation: str, url: str) -> Reply:
        reply = self._transport.exchange(OriginCall(operation, "GET", url))
        if not reply.is_success or _status_of(reply.data) == "failure":
            raise _refusal(operation, reply)
        return reply

    def _link(self, reply: Reply, url: str, operation: str) -> str:
        """Where the next page is by the header `Link`; "" where it does not say. A link to the same host by another way
        (behind a proxy servers often write http) is not followed: pages are then counted instead."""
        for target, parameters in _LINK.findall(reply.headers.get("link", "")):
            if not _NEXT.search(parameters):
                continue
            following: str = urljoin(url, target)
            if origin_of(following) == origin_of(self.url):
                return following
            if urlsplit(following).hostname != urlsplit(self.url).hostname:
                raise ForeignHost(f"{operation}: the link to the next page leads to another host; not followed")
        return ""


def _rows_of(reply: Reply, name: str, operation: str) -> list[Row]:
    rows = reply.data.get(name) if isinstance(reply.data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer(f"{operation}: the answer has no list of {name}")
    return rows


def _id_of(row: Row, operation: str) -> str:
    found = row.get("sourcedId")
    if not isinstance(found, str) or not found:
        raise BadAnswer(f"{operation}: a row has no sourcedId")
    return found


def _is_new(row: Row, seen: set[str]) -> bool:
    """Pages overlap while the server's list changes."""
    if row["sourcedId"] in seen:
        return False
    seen.add(row["sourcedId"])
    return True


def _total(reply: Reply, operation: str) -> int | None:
    said = reply.headers.get("x-total-count", "").strip()
    if said and not said.isdecimal():
        raise BadAnswer(f"{operation}: X-Total-Count is not a number")
    return int(said) if said else None


# ---- refusals --------------------------------------------------------------------------------------------------------


def _status_of(body: Any) -> str:
    info = _status_info(body)
    return str(info.get("imsx_codeMajor", "")).lower()


def _status_info(body: Any) -> Row:
    """imsx_StatusInfo: bare, or wrapped, in 1.1 in a list."""
    if not isinstance(body, dict):
        return {}
    for name in ("imsx_StatusInfo", "statusInfoSet", "imsx_statusInfo"):
        inner = body.get(name)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, dict):
            return inner
    return body if "imsx_codeMajor" in body else {}


def _minor_code(body: Any) -> str:
    """The server's own word for what is wrong; its sentence may name people and is left out."""
    info = _status_info(body)
    minor = info.get("imsx_CodeMinor", info.get("imsx_codeMinor"))
    fields = minor.get("imsx_codeMinorField") if isinstance(minor, dict) else None
    first = fields[0] if isinstance(fields, list) and fields and isinstance(fields[0], dict) else {}
    value = str(first.get("imsx_codeMinorFieldValue", minor if isinstance(minor, str) else ""))
    return value if SAFE_CODE.match(value) else ""


def _refusal(operation: str, reply: Reply) -> GatewayError:
    code = _minor_code(reply.data)
    kind: type[GatewayError] = Rejected
    hint = ""
    if reply.status in (401, 403) or code in ("unauthorisedrequest", "forbidden"):
        kind, hint = AccessDenied, "Ask for the scopes of rostering to be granted to SPP_ONEROSTER_CLIENT_ID."
    elif reply.status == 404 or code == "unknownobject":
        kind, hint = NotFound, "Is the address right? It ends with the version, such as …/ims/oneroster/v1p1."
    marks = "; ".join(filter(None, [f"HTTP {reply.status}", code]))
    return kind(f"{operation}: the OneRoster server refused it ({marks})", hint, status=reply.status, code=code)


# ---- sign-in ---------------------------------------------------------------------------------------------------------


class _ClientCredentials:
    """One token at a time, kept until shortly before it ends."""

    def __init__(self, transport: Transport, login: Login, scopes: tuple[str, ...]) -> None:
        self._transport, self._login, self._scopes = transport, login, scopes
        self._token, self._ends = "", 0.0

    def get(self, host: str, role: str) -> str:  # noqa: ARG002 - the names are the protocol's; one token serves all
        if not self._token or time.monotonic() >= self._ends:
            self._token, self._ends = self._fetch()
        return self._token

    def forget(self, host: str, role: str, token: str) -> None:  # noqa: ARG002 - as above
        if token == self._token:
            self._token = ""

    def _fetch(self) -> tuple[str, float]:
        operation = "sign in to the OneRoster server"
        for scope in self._scopes:
            reply = self._transport.exchange(self._call(operation, scope), signed=False)
            body = reply.data if isinstance(reply.data, dict) else {}
            if not (reply.status == 400 and body.get("error") == "invalid_scope"):
                break
        code = str(body.get("error", ""))
        marks = "; ".join(filter(None, [f"HTTP {reply.status}", code if SAFE_CODE.match(code) else ""]))
        token = body.get("access_token")
        if not reply.is_success:
            hint = "Check SPP_ONEROSTER_TOKEN_URL, SPP_ONEROSTER_CLIENT_ID and SPP_ONEROSTER_CLIENT_SECRET."
            raise SignInFailed(f"{operation}: refused ({marks})", hint, status=reply.status)
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise SignInFailed(f"{operation}: the answer has no usable access_token", status=reply.status)
        seconds = body.get("expires_in")
        lifetime = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 3600.0
        return token, time.monotonic() + max(lifetime - EARLY_SECONDS, 30.0)

    def _call(self, operation: str, scope: str) -> OriginCall:
        """Client id and secret encoded before they are joined: RFC 6749, 2.3.1."""
        pair = f"{quote(self._login.client_id, safe='')}:{quote(self._login.client_secret.get_secret_value(), safe='')}"
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        return OriginCall(operation, "POST", self._login.token_url, body=body, headers=headers, reads=True)
