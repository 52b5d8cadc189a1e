"""A generated tenant: the same on every machine, only invented names, whole or not there."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sp_parent_portal
from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.amounts import Amounts, BadAmounts, read_amounts
from sp_parent_portal.emulator.client import EmulatorClient
from sp_parent_portal.emulator.generate import is_made, make_file
from sp_parent_portal.emulator.invented import Models
from sp_parent_portal.emulator.state import State
from sp_parent_portal.errors import InputError

from .caller import Caller, json_of
from .test_served import send, sign_in

ASKED = "sites=3,guests=40,users=4,memberships=60,seed=7"
ADDRESS = re.compile(r"[\w.+-]+(?:@|%40)([\w-]+(?:\.[\w-]+)+)")
HOST = re.compile(r"https?://([\w.-]+)")
# Constants of the service's own, as recorded; nothing is ever sent to them.
SERVICE_HOSTS = {"contoso.sharepoint.com", "schemas.microsoft.com"}


def make(folder: Path, asked: str = ASKED, name: str = "state.sqlite") -> Path:
    path = folder / name
    make_file(path, read_amounts(asked), None, lambda: None)
    return path


def read_all(path: Path) -> list[str]:
    """Every row of every table as text, but for the key that tokens are signed with."""
    state = State(path)
    tables = [row["name"] for row in state.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [
        f"{table} {list(map(str, tuple(row)))}"
        for table in sorted(tables)
        for row in state.db.execute(f"SELECT * FROM {table}")
        if "token_key" not in tuple(row)
    ]
    state.close()
    return rows


def digest(path: Path) -> str:
    return hashlib.sha256("\n".join(read_all(path)).encode()).hexdigest()


def test_the_same_seed_gives_the_same_tenant(tmp_path: Path) -> None:
    first, again = make(tmp_path, name="first"), make(tmp_path, name="again")
    other = make(tmp_path, ASKED.replace("seed=7", "seed=8"), name="other")
    assert digest(first) == digest(again)
    assert digest(first) != digest(other)


def test_a_guest_does_not_depend_on_how_many_there_are(tmp_path: Path) -> None:
    few, many = make(tmp_path, name="few"), make(tmp_path, "sites=5,guests=80,seed=7", name="many")
    guests = [row for row in read_all(few) if row.startswith("external_users")]
    names = {row.partition(", ")[2] for row in read_all(many) if row.startswith("external_users")}
    assert guests
    assert {row.partition(", ")[2] for row in guests} <= names


def test_every_name_in_it_is_invented(tmp_path: Path) -> None:
    text = "\n".join(read_all(make(tmp_path)))
    assert {domain.lower() for domain in ADDRESS.findall(text)} <= {
        "school.example", "contoso.onmicrosoft.com", "mail.example", "post.example", "inbox.example",
        "family.example", "letters.example",
    }  # fmt: skip
    assert set(HOST.findall(text)) <= SERVICE_HOSTS
    assert not any(mark.lower() in text.lower() for mark in (Models.NAME, Models.TITLE, Models.GROUP))


def test_it_holds_what_was_asked_for(tmp_path: Path) -> None:
    client = EmulatorClient.of(open_emulator(make(tmp_path)))
    counts = client.get_state(kind="counts")["counts"]
    # Six accounts and the root site are the default tenant's.
    assert counts["users"] == 6 + 4 + 40
    assert (counts["sites"], counts["groups"], counts["members"]) == (1 + 3, 1 + 3, 60)
    assert counts["external_users"] == 24
    assert client.get_health()["tenant"] == "contoso"


def test_a_generated_site_is_what_the_service_would_have_made(tmp_path: Path) -> None:
    """Row by row, but for what is its own: ids, names, address and the group that may read."""
    from sp_parent_portal.emulator.sharepoint.birth import create_site
    from sp_parent_portal.emulator.sharepoint.site import find_site

    emulator = open_emulator(make(tmp_path, "sites=1,seed=7"))
    made = create_site(emulator, "https://contoso.sharepoint.com/sites/trip-00002", "Museum 2", "admin@school.example")
    generated = find_site(emulator, "https://contoso.sharepoint.com/sites/trip-00001")
    assert generated is not None

    def things(site_id: str, *own: str) -> list[str]:
        rows = emulator.state.db.execute(
            "SELECT kind, parent, id, title, doc FROM site_things WHERE site_id = ? ORDER BY seq", (site_id,)
        )
        text = "\n".join(str(tuple(row)) for row in rows)
        for each in own:
            text = text.replace(each, "OWN")
        return re.sub(r"20\d\d-\d\d-\d\dT[\d:]+Z?", "WHEN", text).split("\n")

    assert things(generated.id, generated.id, "trip-00001", "Lakes 1") == things(
        made.id, made.id, "trip-00002", "Museum 2"
    )


def test_guardians_of_a_trip_may_open_its_site_and_no_other(tmp_path: Path) -> None:
    caller = Caller(open_emulator(make(tmp_path, "sites=2,guests=30,memberships=6,groups=3,seed=7")))
    groups = json_of(caller.graph("GET", "/groups?$filter=mailNickname eq 'trip-00001-guardians'"))["value"]
    members = json_of(caller.graph("GET", f"/groups/{groups[0]['id']}/members?$select=mail,externalUserState"))["value"]
    accepted = next(m["mail"] for m in members if m["externalUserState"] == "Accepted")
    assert json_of(caller.ask("POST", "visit", {"email": accepted, "site": "trip-00001"}))["allowed"] is True
    assert json_of(caller.ask("POST", "visit", {"email": accepted, "site": "trip-00002"}))["allowed"] is False


# ---- made once ---------------------------------------------------------------------------------------------------


def test_the_same_amounts_find_it_made_and_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    amounts = read_amounts(ASKED)
    assert is_made(path, amounts, None) is False
    make(tmp_path)
    assert is_made(path, amounts, None) is True
    for other in ("sites=3,guests=41,seed=7", ASKED.replace("seed=7", "seed=8")):
        with pytest.raises(BadAmounts, match=r"state\.sqlite"):
            is_made(path, read_amounts(other), None)
    with pytest.raises(BadAmounts):
        is_made(path, amounts, tmp_path)


def test_a_tenant_that_was_not_generated_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    open_emulator(path)
    with pytest.raises(BadAmounts):
        is_made(path, read_amounts(ASKED), None)


def test_what_was_broken_off_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_file(path, read_amounts("guests=400"), None, stop)
    assert is_made(path, read_amounts(ASKED), None) is False
    assert digest(make(tmp_path)) == digest(make(tmp_path, name="other"))
    assert not list(tmp_path.glob("state.sqlite.making*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no POSIX permissions")
def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    assert make(tmp_path).stat().st_mode & 0o777 == 0o600


def test_a_reset_makes_it_again(tmp_path: Path) -> None:
    path = make(tmp_path)
    before = read_all(path)
    caller = Caller(open_emulator(path))
    caller.invite("new@home.example")
    caller.emulator.reset()
    # Row numbers go on counting; everything else is as it was.
    numbered = ("users", "groups", "members", "sites", "site_things", "external_users", "sqlite_sequence")

    def rows(of: list[str]) -> list[str]:
        return [re.sub(r"\['\d+', ", "[", row) if row.startswith(numbered) else row for row in of]

    assert [r for r in rows(read_all(path)) if "sqlite_sequence" not in r] == [
        r for r in rows(before) if "sqlite_sequence" not in r
    ]


def test_the_seed_folder_comes_along(tmp_path: Path) -> None:
    folder = tmp_path / "seed"
    folder.mkdir()
    (folder / "tenant.toml").write_text('name = "contoso"\ndisplay_name = "Hill School"\n', encoding="utf-8")
    (folder / "users.csv").write_text("upn,name,mail\nhead@school.example,Head,head@school.example\n", encoding="utf-8")
    (folder / "groups.csv").write_text("nickname,name\nstaff,Staff\n", encoding="utf-8")
    (folder / "members.csv").write_text("group,member\nstaff,head@school.example\n", encoding="utf-8")
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        make_file(path, read_amounts("guests=2"), folder, lambda: None)
    assert digest(paths[0]) == digest(paths[1])
    caller = Caller(open_emulator(paths[0]))
    staff = json_of(caller.graph("GET", "/groups?$filter=mailNickname eq 'staff'"))["value"][0]
    members = json_of(caller.graph("GET", f"/groups/{staff['id']}/members"))["value"]
    assert [member["displayName"] for member in members] == ["Head"]
    assert caller.emulator.tenant.display_name == "Hill School"
    assert caller.graph("GET", "/users/$count", headers={"ConsistencyLevel": "eventual"}).text == "3"


# ---- the amounts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["sites", "sites=", "sites=-1", "sites=x", "places=3", "sites=1,sites=2", "sites=\u0663", "memberships=5",
             "guests=3,groups=2,memberships=7"]
)  # fmt: skip
def test_amounts_that_nobody_can_mean(text: str) -> None:
    with pytest.raises(BadAmounts):
        read_amounts(text)


def test_left_out() -> None:
    assert read_amounts(" sites=2 , guests=3 ") == Amounts(sites=2, guests=3)
    assert read_amounts("sites=2,guests=3,memberships=4").groups == 3
    assert read_amounts("") == Amounts()


@given(st.integers(1, 60), st.integers(1, 12), st.floats(0, 1), st.integers(0, 1000))
def test_memberships_are_as_many_as_asked_and_each_once(people: int, groups: int, share: float, seed: int) -> None:
    memberships = int(people * groups * share)
    amounts = read_amounts(f"guests={people},groups={groups},memberships={memberships},seed={seed}")
    sizes = amounts.group_sizes()
    assert len(sizes) == groups
    assert sum(sizes) == memberships
    for group, size in enumerate(sizes):
        members = amounts.members_of(group, size)
        assert len(set(members)) == len(members) == size
        assert set(members) <= set(range(people))


# ---- served ------------------------------------------------------------------------------------------------------


@contextmanager
def serve_generated(state: Path, asked: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = ["emulator", "serve", "--port", "0", "--state", str(state), "--generate", asked]
    process = subprocess.Popen(
        [sys.executable, "-m", "sp_parent_portal", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(sp_parent_portal.__file__).parent.parent)},
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


@pytest.mark.parametrize("asked", ["places=3", "guests=1,memberships=9", "sites=4"])
def test_the_command_says_why_it_does_not_start(asked: str, tmp_path: Path) -> None:
    state = make(tmp_path)
    before = digest(state)
    command = ["emulator", "serve", "--port", "0", "--state", str(state), "--generate", asked]
    ended = subprocess.run(
        [sys.executable, "-m", "sp_parent_portal", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(sp_parent_portal.__file__).parent.parent)},
    )
    assert ended.returncode == InputError.exit_code
    assert "the emulator cannot start" in ended.stderr
    assert digest(state) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_it_survives_a_kill_with_what_was_written_to_it(tmp_path: Path) -> None:
    state = tmp_path / "large.sqlite"
    with serve_generated(state, ASKED) as (url, process):
        headers = {**sign_in(url), "Content-Type": "application/json"}
        body = {"displayName": "New", "mailNickname": "new", "mailEnabled": False, "securityEnabled": True}
        status, text = send(url, "POST", "graph.microsoft.com", "/v1.0/groups", json.dumps(body), **headers)
        assert status == 201
        group = json.loads(text)["id"]
        guest = first_guest(url, headers)
        reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{guest}"}
        path = f"/v1.0/groups/{group}/members/$ref"
        assert send(url, "POST", "graph.microsoft.com", path, json.dumps(reference), **headers)[0] == 204
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with serve_generated(state, ASKED) as (url, _):
        headers = sign_in(url)
        page = json.loads(send(url, "GET", "graph.microsoft.com", f"/v1.0/groups/{group}/members", **headers)[1])
        assert [member["id"] for member in page["value"]] == [guest]
        assert EmulatorClient.at(url).get_state(kind="counts")["counts"]["members"] == 61


def first_guest(url: str, headers: dict[str, str]) -> str:
    path = "/v1.0/users?$filter=userType%20eq%20'Guest'&$top=1"
    return str(json.loads(send(url, "GET", "graph.microsoft.com", path, **headers)[1])["value"][0]["id"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_while_it_is_made_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "large.sqlite"
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from sp_parent_portal.emulator.amounts import read_amounts\n"
        "from sp_parent_portal.emulator.generate import make_file\n"
        "make_file(Path(sys.argv[1]), read_amounts('guests=400'), None, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(sp_parent_portal.__file__).parent.parent)}
    run = subprocess.run([sys.executable, "-c", program, str(state)], check=False, timeout=60, env=environment)
    assert run.returncode == -signal.SIGKILL
    assert not state.exists()
    assert digest(make(tmp_path, name="large.sqlite")) == digest(make(tmp_path, name="other"))


def test_the_connection_is_kept_for_many_requests(tmp_path: Path) -> None:
    with serve_generated(tmp_path / "large.sqlite", ASKED) as (url, _):
        headers = sign_in(url)
        with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)) as connection:
            found = []
            path = "/v1.0/users?$top=10&$select=id"
            while path:
                connection.request("GET", path, headers={"Host": "graph.microsoft.com", **headers})
                page = json.loads(connection.getresponse().read())
                found += [user["id"] for user in page["value"]]
                path = page.get("@odata.nextLink", "").removeprefix("https://graph.microsoft.com")
        assert len(found) == len(set(found)) == 50
