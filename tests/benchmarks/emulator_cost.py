"""What the emulator itself costs: CPU milliseconds for each kind of request, in this process and served, and requests
per second.

    python -m tests.benchmarks.emulator_cost
    python -m tests.benchmarks.emulator_cost --generate sites=2000,guests=100000,memberships=1000000,seed=7

CPU time is what counts (of this process, or of the server's), because machines have other things to do; the clock is
shown beside it. Smallest and median of several repetitions. Nothing here is a test: machines differ.
"""

from __future__ import annotations

import argparse
import gc
import http.client
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

from sp_parent_portal.emulator import grants, open_emulator, tokens
from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.client import EmulatorClient

GRAPH, SITE = "https://graph.microsoft.com/v1.0", "https://contoso.sharepoint.com/sites/trip-00001"
ADMIN = "https://contoso-admin.sharepoint.com/_api"
EXTERNAL = f"{ADMIN}/Microsoft.Online.SharePoint.TenantManagement.Office365Tenant/GetExternalUsers"
FILTERS = f"{ADMIN}/SPO.Tenant/GetSitePropertiesFromSharePointByFilters"
PROCESS_QUERY = ADMIN.replace("_api", "_vti_bin/client.svc/ProcessQuery")
CSOM = (
    '<Request AddExpandoFieldTypeSuffix="true" SchemaVersion="15.0.0.0" LibraryVersion="16.0.0.0" '
    'ApplicationName="benchmark" xmlns="http://schemas.microsoft.com/sharepoint/clientquery/2009"><Actions>{}</Actions>'
    '<ObjectPaths><Constructor Id="1" TypeId="{{268004ae-ef6b-4e9b-8425-127220d84719}}" /></ObjectPaths></Request>'
)
CSOM_READ = '<Query Id="2" ObjectPathId="1"><Query SelectAllProperties="true"><Properties /></Query></Query>'
CSOM_WRITE = (
    '<SetProperty Id="2" ObjectPathId="1" Name="ShowEveryoneClaim"><Parameter Type="Boolean">false</Parameter>'
    '</SetProperty><Method Name="Update" Id="3" ObjectPathId="1" />'
)
IN_BATCH = 20
NUMBERS = count()
LIMITS = {"in process": 1.0, "served": 2.0, "in a $batch": 0.3}


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True)
class Kind:
    """`make` gives a new request; `items` is how many are in one where it is a batch."""

    name: str
    make: Callable[[], Request]
    items: int = 1


def as_json(method: str, url: str, doc: Any) -> Request:
    return Request(method, url, json.dumps(doc).encode())


def invite() -> dict[str, Any]:
    address = f"b{os.getpid()}.{next(NUMBERS)}@home.example"
    return {"invitedUserEmailAddress": address, "inviteRedirectUrl": SITE}


def graph_batch(method: str, path: str, body: Callable[[], Any] | None = None) -> Request:
    items: list[dict[str, Any]] = [{"id": str(n), "method": method, "url": path} for n in range(IN_BATCH)]
    if body is not None:
        items = [{**item, "headers": {"Content-Type": "application/json"}, "body": body()} for item in items]
    return as_json("POST", f"{GRAPH}/$batch", {"requests": items})


def sharepoint_batch(url: str) -> Request:
    part = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {url} HTTP/1.1\r\nAccept: application/json;odata=nometadata\r\n\r\n"
    )
    return Request(
        "POST", f"{SITE}/_api/$batch", (part * IN_BATCH + "--b--\r\n").encode(), "multipart/mixed; boundary=b"
    )


def process_query(actions: str) -> Request:
    return Request("POST", PROCESS_QUERY, CSOM.format(actions).encode(), "text/xml")


def list_kinds(guest: str) -> list[Kind]:
    person, documents = f"{GRAPH}/users/{guest}", f"{SITE}/_api/web/lists/getbytitle('Documents')"
    city = {"officeLocation": "Hall"}
    return [
        Kind("Graph: read an account", lambda: Request("GET", person)),
        Kind("Graph: find by address", lambda: Request("GET", f"{GRAPH}/users?$filter=mail%20eq%20'x@home.example'")),
        Kind("Graph: change an account", lambda: as_json("PATCH", person, city)),
        Kind("Graph: invite", lambda: as_json("POST", f"{GRAPH}/invitations", invite())),
        Kind("Graph $batch: read", lambda: graph_batch("GET", f"/users/{guest}"), IN_BATCH),
        Kind("Graph $batch: change", lambda: graph_batch("PATCH", f"/users/{guest}", lambda: city), IN_BATCH),
        Kind("Graph $batch: invite", lambda: graph_batch("POST", "/invitations", invite), IN_BATCH),
        Kind("SharePoint REST: read a web", lambda: Request("GET", f"{SITE}/_api/web?$select=Title,Url")),
        Kind("SharePoint REST: read a list", lambda: Request("GET", documents)),
        Kind("SharePoint REST: add an item", lambda: as_json("POST", f"{documents}/items", {"Title": "Notes"})),
        Kind("SharePoint $batch: read", lambda: sharepoint_batch(f"{SITE}/_api/web?$select=Title,Url"), IN_BATCH),
        Kind("CSOM: read the tenant", lambda: process_query(CSOM_READ)),
        Kind("CSOM: change the tenant", lambda: process_query(CSOM_WRITE)),
    ]


def list_pages(group: str) -> list[Kind]:
    return [
        Kind("999 accounts", lambda: Request("GET", f"{GRAPH}/users?$top=999")),
        Kind("999 members", lambda: Request("GET", f"{GRAPH}/groups/{group}/members?$top=999")),
        Kind("999 transitive members", lambda: Request("GET", f"{GRAPH}/groups/{group}/transitiveMembers?$top=999")),
        Kind("999 groups", lambda: Request("GET", f"{GRAPH}/groups?$top=999")),
        Kind("999 sites (Graph)", lambda: Request("GET", f"{GRAPH}/sites/getAllSites?$top=999")),
        Kind("300 sites (administration)", lambda: as_json("POST", FILTERS, {"speFilter": {"IncludeDetail": True}})),
        Kind("50 external users", lambda: as_json("POST", EXTERNAL, {"position": 0, "pageSize": 50})),
        Kind("50 external users far behind", lambda: as_json("POST", EXTERNAL, {"position": 50_000, "pageSize": 50})),
    ]


# ---- asking ------------------------------------------------------------------------------------------------------


class Asker:
    """Tokens for every host, and what is sent with a request."""

    def __init__(self, emulator: Emulator) -> None:
        self._tokens: dict[str, str] = {}
        for host in (tokens.GRAPH_HOST, *emulator.tenant.sharepoint_hosts):
            roles = grants.GRAPH_ROLES if host == tokens.GRAPH_HOST else grants.SHAREPOINT_ROLES
            claims = {"aud": f"https://{host}", "exp": time.time() + 36_000, "idtyp": "app", "appidacr": "2"}
            self._tokens[host] = tokens.issue(emulator.state, {**claims, "roles": list(roles)})

    def headers(self, request: Request) -> dict[str, str]:
        host = urlsplit(request.url).netloc
        return {
            "Host": host,
            "Authorization": f"Bearer {self._tokens[host]}",
            "Accept": "application/json;odata=nometadata",
            "X-Forwarded-Proto": "https",
            **({"Content-Type": request.content_type} if request.body else {}),
        }

    def environ(self, request: Request) -> dict[str, Any]:
        parts = urlsplit(request.url)
        headers = self.headers(request)
        kind = headers.pop("Content-Type", "")
        return {
            "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": parts.path, "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.netloc, "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(request.body)), "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(request.body), "wsgi.errors": sys.stderr,
            **{f"HTTP_{n.upper().replace('-', '_')}": v for n, v in headers.items()},
        }  # fmt: skip


def check(status: str, body: bytes, request: Request) -> None:
    failed = b'"status": 4', b'"status": 5', b"HTTP/1.1 4", b"HTTP/1.1 5"
    if not status.startswith("2") or any(each in body for each in failed):
        raise SystemExit(f"{request.method} {request.url}: {status} {body[:300]!r}")


def ask_in_process(emulator: Emulator, environ: dict[str, Any]) -> tuple[str, bytes]:
    statuses: list[str] = []

    def start(status: str, _headers: object, _info: object = None) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _: None

    body = b"".join(emulator(environ, start))
    return statuses[0], body


def measure_in_process(emulator: Emulator, asker: Asker, kind: Kind, times: int, repetitions: int) -> list[float]:
    """CPU milliseconds for each item, a figure for each repetition."""
    found = []
    first = kind.make()
    check(*ask_in_process(emulator, asker.environ(first)), first)
    for _ in range(repetitions):
        environs = [asker.environ(kind.make()) for _ in range(times)]
        gc.collect()
        started = time.process_time()
        for environ in environs:
            ask_in_process(emulator, environ)
        found.append((time.process_time() - started) * 1000 / times / kind.items)
    return found


# ---- served ------------------------------------------------------------------------------------------------------


@contextmanager
def served(state: Path) -> Iterator[tuple[str, int]]:
    """Address and process id of a server."""
    command = [sys.executable, "-m", "sp_parent_portal", "emulator", "serve", "--port", "0", "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and all its threads, to the nanosecond where Linux tells them."""
    try:
        stats = [path.read_text().split()[0] for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        stats = []
    return sum(map(int, stats)) / 1e9 if stats else float("nan")


def send_all(url: str, asker: Asker, requests: list[Request]) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    for request in requests:
        parts = urlsplit(request.url)
        target = quote(parts.path, safe="/$():,'@!") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, request.body or None, asker.headers(request))
        answer = connection.getresponse()
        check(str(answer.status), answer.read(), request)
    connection.close()


def measure_served(
    url: str, pid: int, asker: Asker, kind: Kind, times: int, repetitions: int, clients: int = 1
) -> tuple[list[float], float]:
    """CPU milliseconds of the server for each item, and items per second of the clock at best."""
    found, best = [], 0.0
    send_all(url, asker, [kind.make()])
    for _ in range(repetitions):
        work = [[kind.make() for _ in range(times // clients)] for _ in range(clients)]
        cpu, clock = cpu_of(pid), time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda requests: send_all(url, asker, requests), work))
        items = sum(map(len, work)) * kind.items
        found.append((cpu_of(pid) - cpu) * 1000 / items)
        best = max(best, items / (time.perf_counter() - clock))
    return found, best


# ---- what is shown -----------------------------------------------------------------------------------------------


def show_kinds(state: Path, emulator: Emulator, asker: Asker, kinds: list[Kind], times: int, repetitions: int) -> None:
    print(f"\nCPU ms for each request or item of a batch, smallest and median of {repetitions}; items a second")
    print(f"{'':31}{'in process':>16}{'served':>16}{'1 client':>11}{'8 clients':>11}")
    judged: dict[str, list[tuple[float, str]]] = {name: [] for name in LIMITS}
    with served(state) as (url, pid):
        for kind in kinds:
            calls = max(times // kind.items, 8)
            here = measure_in_process(emulator, asker, kind, calls, repetitions)
            there, alone = measure_served(url, pid, asker, kind, calls, repetitions)
            _, together = measure_served(url, pid, asker, kind, calls, 3, clients=8)
            print(
                f"{kind.name:31}{min(here):8.2f}{median(here):8.2f}{min(there):8.2f}{median(there):8.2f}"
                f"{alone:11.0f}{together:11.0f}"
            )
            if "read" in kind.name and kind.items == 1:
                judged["in process"].append((median(here), kind.name))
                judged["served"].append((median(there), kind.name))
            elif "read" in kind.name:
                judged["in a $batch"].append((median(here), kind.name))
    for name, most in LIMITS.items():
        worst, what = max(judged[name])
        print(f"a simple read {name}: at most {worst:.2f} ms CPU ({what}); the aim is {most} ms")


def show_pages(emulator: Emulator, asker: Asker, group: str, repetitions: int) -> None:
    print(f"\none page, CPU ms in process, smallest and median of {repetitions}; the aim is 100 ms")
    for kind in list_pages(group):
        found = measure_in_process(emulator, asker, kind, 1, repetitions)
        print(f"{kind.name:31}{min(found):8.1f}{median(found):8.1f}")


def make_state(path: Path, amounts: str) -> None:
    """By the command, as anybody would: so that what is shown is what it costs them."""
    command = [sys.executable, "-m", "sp_parent_portal", "emulator", "serve", "--port", "0", "--state", str(path)]
    for what in ("first start", "second start, found made"):
        clock = time.perf_counter()
        process = subprocess.Popen([*command, "--generate", amounts], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        EmulatorClient.at(url).get_health()
        print(f"{what}: {time.perf_counter() - clock:.1f} s, {cpu_of(process.pid):.1f} s CPU")
        process.kill()
        process.wait(30)
        process.stdout.close()
    print(f"{path.stat().st_size / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generate", default="sites=50,guests=2000,memberships=20000,seed=7", metavar="AMOUNTS")
    parser.add_argument("--state", type=Path, help="where the tenant is made, or was")
    parser.add_argument("--times", type=int, default=200, help="requests of each kind in one repetition")
    parser.add_argument("--repetitions", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = asked.state or Path(folder) / "state.sqlite"
        # A machine that others use at once makes CPU time dearer: shared caches, shared cores.
        load = f", {os.getloadavg()[0]:.1f} waiting for them" if hasattr(os, "getloadavg") else ""
        print(f"{os.cpu_count()} processors{load}\n{asked.generate}")
        make_state(state, asked.generate)
        emulator = open_emulator(state)
        asker = Asker(emulator)
        client = EmulatorClient.of(emulator)
        guest, group = (str(client.get_state(kind=kind, limit=1)[kind][0]["id"]) for kind in ("guests", "groups"))
        show_pages(emulator, asker, group, asked.repetitions)
        show_kinds(state, emulator, asker, list_kinds(guest), asked.times, asked.repetitions)
        emulator.state.close()


if __name__ == "__main__":
    main()
