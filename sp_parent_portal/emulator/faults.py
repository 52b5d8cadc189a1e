"""The fault script: what goes wrong, and at which call. Counted in calls, so that it goes wrong the same way again.

A rule: `on` ("POST /invitations": a method or `*`, then the beginning of a path or a pattern with `*`), `nth` (the
first matching call it applies to, from 1), `times` (how many in a row; null for all that follow), and what happens:
`delay_ms`, then `drop` (the connection is lost) or `reply` (a status, with `headers` and `body`), before the work is
done or after it (`after_work`). `silent` never answers: the socket stays open until the caller gives up. Where the
service answers itself, its answer is changed: `headers` are added, `next_link` says where the next page would be
("itself", "expired" or an address), `truncate` cuts the body to so many bytes. Paths are compared with and without
`/v1.0` or `/beta`, with and without the host before them, and for SharePoint from `/_api` or `/_vti_bin` on.
What the answers look like is in fault_answers.py; WEATHER.md has a row for each kind.
"""

from __future__ import annotations

import fnmatch
from dataclasses import asdict, dataclass, field
from typing import Any

from .state import State
from .tokens import GRAPH_HOST
from .web import Request

KINDS: dict[str, type | tuple[type, ...]] = {
    "on": str, "nth": int, "times": (int, type(None)), "reply": (int, type(None)), "headers": dict, "after_work": bool,
    "drop": bool, "delay_ms": int, "body": (str, dict, list, type(None)), "truncate": (int, type(None)),
    "silent": bool, "next_link": (str, type(None)),
}  # fmt: skip


class BadScript(ValueError):
    """The fault script cannot be read; the message says where."""


@dataclass(frozen=True, slots=True)
class Fault:
    on: str
    nth: int = 1
    times: int | None = 1
    reply: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after_work: bool = False
    drop: bool = False
    delay_ms: int = 0
    body: Any = None
    truncate: int | None = None
    silent: bool = False
    next_link: str | None = None

    @property
    def replaces(self) -> bool:
        """Whether the service's own answer is not heard."""
        return self.drop or self.silent or self.reply is not None

    def strikes(self, call: int) -> bool:
        """Whether it applies to the call-th matching call."""
        return call >= self.nth and (self.times is None or call < self.nth + self.times)


def read_script(doc: Any) -> list[Fault]:
    """Raises BadScript."""
    if not isinstance(doc, list):
        raise BadScript("a list of rules is expected")
    return [_read_rule(number, rule) for number, rule in enumerate(doc)]


def _read_rule(number: int, rule: Any) -> Fault:
    if not isinstance(rule, dict):
        raise BadScript(f"rule {number}: an object is expected")
    for name, value in rule.items():
        if name not in KINDS:
            raise BadScript(f"rule {number}: there is no {name!r}")
        if not isinstance(value, KINDS[name]) or (isinstance(value, bool) and KINDS[name] is not bool):
            raise BadScript(f"rule {number}: {name!r} has the wrong type")
    method, _, path = str(rule.get("on", "")).partition(" ")
    if not method or not path.strip():
        raise BadScript(f"rule {number}: 'on' is METHOD and path")
    if rule.get("nth", 1) < 1:
        raise BadScript(f"rule {number}: 'nth' counts from 1")
    return Fault(**{**rule, "headers": {str(k): str(v) for k, v in rule.get("headers", {}).items()}})


def store_script(state: State, script: list[Fault]) -> None:
    """Replaces the script; counting begins anew."""
    state.set_fact("faults", {"rules": [asdict(fault) for fault in script], "seen": [0] * len(script)})


def find_fault(state: State, request: Request) -> Fault | None:
    """What happens to this call; every rule that matches it counts it."""
    doc = state.get_fact("faults")
    if not doc or not doc["rules"]:
        return None
    faults = [Fault(**rule) for rule in doc["rules"]]
    matching = [number for number, fault in enumerate(faults) if _matches(fault, request)]
    if not matching:
        return None
    with state.work():
        seen = state.get_fact("faults")["seen"]
        for number in matching:
            seen[number] += 1
        state.set_fact("faults", {"rules": doc["rules"], "seen": seen})
    return next((faults[number] for number in matching if faults[number].strikes(seen[number])), None)


def _matches(fault: Fault, request: Request) -> bool:
    method, _, wanted = fault.on.partition(" ")
    if method != "*" and method.upper() != request.method:
        return False
    wanted = wanted.strip().lower()
    paths = _spellings(request)
    if "*" in wanted:
        return any(fnmatch.fnmatchcase(path, wanted) for path in paths)
    return any(path.startswith(wanted) for path in paths)


def _spellings(request: Request) -> list[str]:
    path = request.path.lower()
    found = [path, request.host_name + path, f"https://{request.host_name}{path}"]
    for prefix in ("/v1.0", "/beta"):
        if request.host_name == GRAPH_HOST and path.startswith(f"{prefix}/"):
            found.append(path.removeprefix(prefix))
    for start in ("/_api", "/_vti_bin"):
        if start in path:
            found.append(path[path.index(start) :])
    return found
