"""How long many new sites take, against the least that they can take.

    python -m tests.benchmarks.many_sites
    python -m tests.benchmarks.many_sites --sites 200 --at-once 4 --template school-trip

The least is max(S * units / limit, S * tau / c): S sites at so many SharePoint units each, an application that may
spend `limit` units a minute, sites that take `tau` seconds to be built, `c` of them at a time.

The time is simulated, and no machine's speed is in it: the clock goes on only when everybody who works is waiting. The
emulator takes `tau` seconds to answer that a site is made, refuses what is over the limit until the minute has passed,
and says with Retry-After how long to wait; the product's own waits pass on the same clock. Requests take no time.
Nothing here is a test.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar
from unittest import mock

from sp_parent_portal.emulator import limits
from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.state import State
from sp_parent_portal.emulator.web import ConnectionLost
from sp_parent_portal.microsoft365 import Gateway
from sp_parent_portal.microsoft365.adapters import WsgiAdapter
from sp_parent_portal.microsoft365.auth import SignIn
from sp_parent_portal.microsoft365.call import GRAPH_HOST, LOGIN_HOST
from sp_parent_portal.microsoft365.graph import Graph
from sp_parent_portal.microsoft365.sharepoint import SharePoint
from sp_parent_portal.microsoft365.transport import Transport
from sp_parent_portal.plan.applier import apply_plan
from sp_parent_portal.runs.store import open_store
from sp_parent_portal.settings import emulator_settings
from tests.stage import Stage, Wire, not_done

P = ParamSpec("P")
T = TypeVar("T")
TENANT = "contoso"


class Clock:
    """Goes on to the next waking when everybody who works is asleep. Seconds since 1970; it begins now, because the
    sign-in looks at the machine's clock."""

    def __init__(self) -> None:
        self.seconds = datetime.now(UTC).timestamp()
        self._working = 0
        self._sleepers: list[float] = []
        self._turn = threading.Condition()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def time(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._turn:
            wake = self.seconds + seconds
            self._sleepers.append(wake)
            self._go_on()
            while self.seconds < wake:
                self._turn.wait()

    @contextmanager
    def work(self) -> Iterator[None]:
        with self._turn:
            self._working += 1
        try:
            yield
        finally:
            with self._turn:
                self._working -= 1
                self._go_on()

    def counting(self, function: Callable[P, T]) -> Callable[P, T]:
        """The function, counted as work."""

        @wraps(function)
        def counted(*args: P.args, **kwargs: P.kwargs) -> T:
            with self.work():
                return function(*args, **kwargs)

        return counted

    def _go_on(self) -> None:
        if self._sleepers and len(self._sleepers) >= max(self._working, 1):
            self.seconds = max(self.seconds, min(self._sleepers))
            self._sleepers = [wake for wake in self._sleepers if wake > self.seconds]
            self._turn.notify_all()


class TimedStage(Stage):
    """Everything in it waits on one simulated clock, and the published limits refuse."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.emulator = Emulator(State(":memory:"), now=clock.now, sleep=clock.sleep, published_limits=True)
        self.emulator.reset()
        self.wire, self.slept = Wire(self.emulator), []
        self.store = open_store(f"sqlite:///{folder / 'runs.sqlite'}", clock.now)
        self.gateway = self.dial()

    def dial(self) -> Gateway:
        host, admin = f"{TENANT}.sharepoint.com", f"{TENANT}-admin.sharepoint.com"
        transport = Transport(
            {GRAPH_HOST, LOGIN_HOST, host, admin},
            "NONISV|School|benchmark",
            adapter=WsgiAdapter(self.wire, ConnectionLost),
            sleep=self.clock.sleep,
            clock=self.clock.time,
            now=self.clock.now,
        )
        settings = emulator_settings()
        transport.tokens = SignIn(settings, transport, clock=self.clock.time)
        sharepoint = SharePoint(transport, host, admin)
        return Gateway("emulator", host, admin, settings.mailbox, Graph(transport), sharepoint, transport)

    def write_families(self, number: int) -> None:
        """As many students as trips, each with a guardian of their own."""
        students = [(f"S{n}", f"s{n}@students.school.example", f"S{n}", "Hale", "") for n in range(number)]
        parents = [(f"P{n}", f"p{n}", f"P{n}", "Hale", f"p{n}@mail.example") for n in range(number)]
        self.write_contacts([*students, *parents], [(f"S{n}", f"P{n}", "parent") for n in range(number)])


@dataclass(frozen=True)
class Measured:
    sites: int
    units: float
    requests: float
    wall: float
    throttled: int
    not_done: int

    def floor(self, tau: float, at_once: int, per_minute: int) -> float:
        return max(self.sites * self.units / per_minute * 60, self.sites * tau / at_once)


def measure(folder: Path, sites: int, at_once: int, tau: float, template: str) -> Measured:
    clock = Clock()
    stage = TimedStage(folder, clock)
    stage.write_families(sites)
    stage.write_exclusions()
    stage.write_portal()
    stage.write("portal.toml", f"{stage.write_portal().read_text()}[sites]\nat_once = {at_once}\n")
    stage.open_tenant()
    slugs = [f"trip-{n}" for n in range(sites)]
    for number, slug in enumerate(slugs):
        stage.write_trip(slug, [f"S{number}"], by="none", title=f"Trip {number}", template=template)
    stage.faults({"on": "POST /_api/SPSiteManager/Create", "times": None, "delay_ms": int(tau * 1000)})
    clock.sleep(300)  # whatever the preparations cost is forgotten
    before, began = stage.client.get_usage(), clock.seconds
    with (
        mock.patch("sp_parent_portal.observing.observe_trip", clock.counting(_find("observing", "observe_trip"))),
        mock.patch("sp_parent_portal.plan.applier._apply_lane", clock.counting(_find("plan.applier", "_apply_lane"))),
    ):
        planned = stage.plan(*slugs)
        for slug, tools in planned.tools.items():
            planned.tools[slug] = replace(tools, work=replace(tools.work, sleep=clock.sleep))
        run = stage.store.begin_run("emulator", "", "benchmark@nowhere:0", [])
        outcomes = apply_plan(planned.plan, planned.tools, stage.store, run, clock.time, at_once=at_once)
    after, wall = stage.client.get_usage(), clock.seconds - began
    for line in not_done(outcomes)[:5]:
        print(f"not done: {line}")
    return Measured(
        sites=sites,
        units=(after["sharepoint_units"] - before["sharepoint_units"]) / sites,
        requests=(after["requests"] - before["requests"]) / sites,
        wall=wall,
        throttled=after["throttled"] - before["throttled"],
        not_done=len(not_done(outcomes)),
    )


def _find(module: str, name: str) -> Callable[..., object]:
    from importlib import import_module

    found: Callable[..., object] = getattr(import_module(f"sp_parent_portal.{module}"), name)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--tau", type=float, default=2.0, help="seconds until a site is built")
    parser.add_argument("--template", default="school-trip")
    asked = parser.parse_args()
    per_minute = limits.find_tier(1)["app_units_per_minute"]
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), asked.sites, asked.at_once, asked.tau, asked.template)
    floor = found.floor(asked.tau, asked.at_once, per_minute)
    print(f"{found.sites} sites of {asked.template}, {asked.at_once} at a time, {per_minute:,} units a minute")
    print(f"a site costs {found.units:.1f} SharePoint units; {found.requests:.1f} requests, Microsoft Graph's too")
    print(f"the least: {floor:.1f} s; it took {found.wall:.1f} s: {found.wall / floor:.2f} times the least")
    print(f"refused because of limits: {found.throttled}; changes not done: {found.not_done}")


if __name__ == "__main__":
    main()
