"""A small school with its files, an emulated tenant and the gateway between them, for tests of whole runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.client import EmulatorClient
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.plan.applier import apply_plan
from sp_parent_portal.plan.model import Plan, Risk
from sp_parent_portal.planning import Planned, plan_tenant, plan_trips
from sp_parent_portal.resources import tenant_sharing
from sp_parent_portal.resources.drift import ByHand
from sp_parent_portal.runs.model import Outcome
from sp_parent_portal.runs.store import RunStore, open_store
from sp_parent_portal.school import accept_contact_list
from sp_parent_portal.settings import emulator_settings
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.trips import Portal, Trip, load_portal, load_trips

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TODAY = date(2027, 5, 1)
SITE = "https://contoso.sharepoint.com/sites/lake-2027"

USERS = [
    ("S1", "s1@students.school.example", "Ava", "Hale", ""),
    ("S2", "s2@students.school.example", "Leo", "Hale", ""),
    ("S3", "s3@students.school.example", "Mia", "Okoro", ""),
    ("S4", "s4@students.school.example", "Noah", "Bell", ""),
    ("P1", "p1", "Nina", "Hale", "nina.hale@mail.example"),
    ("P2", "p2", "Tom", "Hale", "tom.hale@mail.example"),
    ("P3", "p3", "Ada", "Okoro", "ada.okoro@post.example"),
    ("P4", "p4", "Dan", "Bell", "dan.bell@mail.example"),
    ("P5", "p5", "Eve", "Bell", ""),
]
RELATIONSHIPS = [
    ("S1", "P1", "parent"),
    ("S2", "P1", "parent"),
    ("S1", "P2", "parent"),
    ("S3", "P3", "guardian"),
    ("S4", "P4", "parent"),
    ("S4", "P5", "parent"),
]
GUARDIANS = ("ada.okoro@post.example", "dan.bell@mail.example", "nina.hale@mail.example", "tom.hale@mail.example")


class Killed(BaseException):
    """The process dies here. Not an Exception, so that nothing in the product can catch it."""


@dataclass
class Wire:
    """Stands between gateway and emulator: counts requests and can kill the process before or after one of them. Of a
    killed process no thread sends anything any more."""

    app: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
    seen: list[str] = field(default_factory=list)
    kill_at: int = -1
    after_work: bool = False
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._counting:
            number = len(self.seen)
            if 0 <= self.kill_at < number:
                raise Killed
            self.seen.append(f"{environ['REQUEST_METHOD']} {environ.get('HTTP_HOST', '')}{environ['PATH_INFO']}")
        if number == self.kill_at and not self.after_work:
            raise Killed
        body = list(self.app(environ, start_response))
        if number == self.kill_at:
            raise Killed
        return body


class School:
    """The files of one small school in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def write_contacts(
        self,
        users: Iterable[tuple[str, ...]] = USERS,
        relationships: Iterable[tuple[str, ...]] = RELATIONSHIPS,
    ) -> None:
        users = list(users)
        lines = ["sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms"]
        lines += [f"{i},{name},{given},{family},,,{email},," for i, name, given, family, email in users]
        self.write("sds/users.csv", "\n".join(lines) + "\n")
        rows = ["userSourcedId,relationshipUserSourcedId,relationshipRole", *(",".join(row) for row in relationships)]
        self.write("sds/relationships.csv", "\n".join(rows) + "\n")
        self.write("sds/orgs.csv", "sourcedId,name,type,parentSourcedId\nO1,The School,school,\n")
        roles = [f"{user[0]},O1,student" for user in users if user[0].startswith("S")]
        self.write("sds/roles.csv", "\n".join(["userSourcedId,orgSourcedId,role", *roles]) + "\n")

    def write_exclusions(self, *rows: str) -> None:
        self.write("exclusions.csv", "\n".join(["student_id,contact_id,email,decision,valid_until,ref", *rows]) + "\n")

    def write_trip(
        self,
        slug: str = "lake-2027",
        students: Iterable[str] = ("S1", "S2", "S3", "S4"),
        *,
        by: str = "mailbox",
        **more: str,
    ) -> Path:
        self.write(f"trips/{slug}/students.csv", "\n".join(["student_id", *students]) + "\n")
        values = {
            "title": "Lake District 2027",
            "slug": slug,
            "template": "school-trip",
            "owner": "j.okoro@school.example",
            **more,
        }
        dates = {"starts": "2027-05-10", "ends": "2027-05-14", "access_until": "2027-06-30"}
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if name not in dates]
        lines += [f"{name} = {more.get(name, value)}" for name, value in dates.items()]
        lines += ["[guardians]", 'students = "students.csv"']
        lines += ["[inputs]", 'destination = "Keswick"', 'emergency_phone = "+441632960100"']
        lines += ["[notify]", f'by = "{by}"']
        return self.write(f"trips/{slug}/trip.toml", "\n".join(lines) + "\n")

    def write_portal(self, sharing: Sharing = Sharing.EXISTING_GUESTS) -> Path:
        return self.write(
            "portal.toml",
            "[contacts]\n"
            'source = "sds"\n'
            'exclusions = "exclusions.csv"\n'
            'internal_domains = ["school.example", "students.school.example"]\n'
            "[tenant]\n"
            f'sharing = "{sharing.value}"\n',
        )

    def furnish(self) -> None:
        """All of the school's files, and one trip."""
        self.write_contacts()
        self.write_exclusions()
        self.write_trip()
        self.write_portal()


class Stage(School):
    """One school in `folder`. Time never passes: waits are noted, not made."""

    def __init__(self, folder: Path, state: Path | str = ":memory:") -> None:
        super().__init__(folder)
        self.emulator = open_emulator(state)
        self.wire = Wire(self.emulator)
        self.slept: list[float] = []
        self.store: RunStore = open_store(f"sqlite:///{folder / 'runs.sqlite'}")
        self.gateway: Gateway = self.dial()

    def dial(self) -> Gateway:
        return connect(emulator_settings(), app=self.wire)

    def restart(self) -> None:
        """A new process on the same files and the same tenant."""
        self.store.engine.dispose()
        self.store = open_store(f"sqlite:///{self.folder / 'runs.sqlite'}")
        self.wire.kill_at = -1
        self.gateway = self.dial()

    def furnish(self) -> None:
        """The school's files, one trip, and the tenant opened as far as it needs."""
        super().furnish()
        self.open_tenant()

    # ---- acts

    @property
    def portal(self) -> Portal:
        return load_portal(self.folder / "portal.toml")

    def trips(self, *slugs: str) -> tuple[Trip, ...]:
        return load_trips(tuple(self.folder / "trips" / slug / "trip.toml" for slug in slugs or ("lake-2027",)))

    def open_tenant(self) -> None:
        plan, _ = plan_tenant(self.gateway, self.portal)
        for change in plan.changes:
            outcomes = list(tenant_sharing.apply(self.gateway, self.portal.tenant, change))
            assert [outcome.status.value for outcome in outcomes] == ["done"]

    def plan(
        self,
        *slugs: str,
        today: date = TODAY,
        allowed: frozenset[Risk] = frozenset(),
        smaller: bool = False,
        by_hand: ByHand = ByHand.ASK,
    ) -> Planned:
        return plan_trips(
            self.gateway,
            self.store,
            self.portal,
            self.trips(*slugs),
            allowed,
            smaller_allowed=smaller,
            by_hand=by_hand,
            today=today,
            sleep=self.slept.append,
        )

    def carry_out(self, planned: Planned) -> tuple[Outcome, ...]:
        run = self.store.begin_run(self.gateway.target, planned.plan.fingerprint, "test@nowhere:0", [])
        outcomes = apply_plan(planned.plan, planned.tools, self.store, run, lambda: 1_800_000_000.0)
        self.store.finish_run(run)
        accept_contact_list(self.store, self.gateway.target, planned.school, allowed=False)
        return outcomes

    def apply(self, *slugs: str, today: date = TODAY, by_hand: ByHand = ByHand.ASK) -> tuple[Outcome, ...]:
        return self.carry_out(self.plan(*slugs, today=today, by_hand=by_hand))

    # ---- what the emulator says of itself

    @property
    def client(self) -> EmulatorClient:
        return EmulatorClient.of(self.emulator)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """What the client has no method for: the weather, the clock."""
        from werkzeug.test import Client

        answer = Client(self.emulator).open(
            f"/_emulator/{path}", method=method, base_url="http://127.0.0.1", json=body if body is not None else None
        )
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json()

    def mails(self) -> list[dict[str, Any]]:
        """Mails to guardians in the outbox, in order of address."""
        return sorted((m for m in self.client.list_outbox() if m["kind"] == "mail"), key=lambda m: str(m["to"]))

    def writes(self) -> int:
        return int(self.client.get_usage()["writes"])

    def faults(self, *script: dict[str, Any]) -> None:
        self.client.set_faults(list(script))


def statuses(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many outcomes of each status; for readable failures."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.status.value] = counts.get(outcome.status.value, 0) + 1
    return counts


def not_done(outcomes: Iterable[Outcome]) -> list[str]:
    return [
        f"{o.change.verb} {o.change.kind} {o.change.key}: {o.status.value} {o.detail}"
        for o in outcomes
        if o.status.value != "done"
    ]


__all__ = ["GUARDIANS", "SITE", "TODAY", "Killed", "Plan", "Stage", "not_done", "statuses"]
