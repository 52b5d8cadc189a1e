"""Reports out of what the rooms answer: the JSON that scripts rely on, and the columns that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..acceptances import Acceptance, Acceptances, Forwarded, explain, explain_unread
from ..audit.reach import Reach, SiteReach
from ..doctor.finding import Finding
from ..errors import Problem
from ..licences.counters import Licences
from ..plan.model import Change, Field, Held, Plan, Value
from .report import Column, Report

_SHORT_JSON = 40
_DIGEST, _SHORT_DIGEST = re.compile("[0-9a-f]{64}"), 12
_CHANGE = (
    Column("verb", "do"),
    Column("kind", "kind"),
    Column("key", "what"),
    Column("risk", "risk", judged=True),
    Column("reason", "because"),
    Column("fields", "change"),
)
_OUTCOME = (
    Column("verb", "do"),
    Column("kind", "kind"),
    Column("key", "what"),
    Column("status", "status", judged=True),
    Column("detail", "detail"),
)
_GUARDIANS = ("wanted", "invited", "redeemed", "pending", "held", "on_paper", "forwarded")
_STATUS = (
    Column("trip", "trip"),
    *(Column(name, name.replace("_", " ")) for name in _GUARDIANS),
    Column("access_until", "access until"),
    Column("days_left", "days left"),
    Column("template", "template"),
    Column("version", "version"),
    Column("closed", "closed"),
    Column("site", "site"),
    Column("staff_site", "staff's own site"),
)
_REACH = (
    Column("principal", "who"),
    Column("email", "address"),
    Column("kind", "kind"),
    Column("guest", "guest"),
    Column("level", "level", judged=True),
    Column("accepted_as", "accepted as", judged=True),
    Column("paths", "by"),
)
_WHO = (Column("site", "site"), Column("level", "level", judged=True), Column("paths", "by"))
_COUNTER = (Column("counter", "what is counted"), Column("count", "count", judged=True), Column("remark", "remark"))
_FINDING = (
    Column("id", "check"),
    Column("result", "result", judged=True),
    Column("message", "found"),
    Column("remedy", "what to do"),
)
_PROBLEM = (
    Column("severity", "severity", judged=True),
    Column("file", "file"),
    Column("line", "line"),
    Column("rule", "rule"),
    Column("message", "problem"),
)


def plan_report(plan: Plan) -> Report:
    held = tuple(line for each in plan.held for line in _held_lines(each))
    return Report(
        target=plan.target,
        title=f"Plan {plan.fingerprint[:12]}: {_number(len(plan.changes), 'change')}",
        data=plan.as_data(),
        columns=_CHANGE,
        rows=tuple(_change_row(change) for change in plan.changes),
        notes=held,
    )


def _held_lines(held: Held) -> tuple[str, ...]:
    about = f"held: {held.trip or 'tenant'}{' ' + held.subject if held.subject else ''}: {held.reason}"
    ask = f" ({held.ask})" if held.ask else ""
    return (about + ask, *(f"      {tell_difference(field)}" for field in held.words))


def run_report(data: Mapping[str, Any]) -> Report:
    """`data` as `apply` and `runs show` answer it: target, run, counts, outcomes."""
    counts = ", ".join(f"{number} {name}" for name, number in data["counts"].items() if number)
    return Report(
        target=data["target"],
        title=f"Run {data['run']}: {counts or 'nothing to do'}",
        data=data,
        columns=_OUTCOME,
        rows=tuple(data["outcomes"]),
    )


def status_report(target: str, trips: Sequence[Mapping[str, Any]], forwarded: Mapping[str, Forwarded]) -> Report:
    """`trips` as TripStatus.as_data answers them, the guardians' counters in their own mapping; `forwarded` by trip
    joins them."""
    data = [
        {**trip, "guardians": {**trip["guardians"], "forwarded": forwarded[trip["trip"]].count}, "target": target}
        for trip in trips
    ]
    accepted = {each for one in forwarded.values() for each in one.acceptances}
    return Report(
        target=target,
        title=f"Status of {_number(len(trips), 'trip')}",
        data=data,
        columns=_STATUS,
        rows=tuple(
            {**trip, **_counters(trip["guardians"]), "version": _version(trip), "closed": _closed(trip)}
            for trip in data
        ),
        notes=_forwarded_notes(accepted, next((each.unread for each in forwarded.values() if each.unread), "")),
    )


def _version(trip: Mapping[str, Any]) -> str:
    """Which version of its template the trip's site uses, and which one there is now where it is another."""
    version, newest = str(trip["version"]), str(trip["newest"])
    return f"{version}, now {newest}" if version and newest and version != newest else version


def _closed(trip: Mapping[str, Any]) -> str:
    """The day, and whether the site is archived."""
    return ", ".join(filter(None, (trip["closed"], trip["archive"] and "archived")))


def _counters(guardians: Mapping[str, int | None]) -> dict[str, int | str]:
    return {name: "UNKNOWN" if number is None else number for name, number in guardians.items()}


def reach_rows(target: str, rows: Iterable[Reach], acceptances: Acceptances) -> list[dict[str, Any]]:
    """The rows of `audit site`."""
    return [
        {
            "principal": row.principal,
            "email": row.email,
            "kind": row.kind,
            "guest": row.guest,
            "level": row.level,
            "accepted_as": _accepted_as(row, acceptances),
            "paths": [list(path) for path in row.paths],
            "target": target,
        }
        for row in rows
    ]


def _accepted_as(row: Reach, acceptances: Acceptances) -> str:
    """ "" for whoever is no guest or has not accepted yet."""
    if row.kind != "guest":
        return ""
    found = sorted({each.accepted_as for each in acceptances.of(row.addresses)})
    return ", ".join(found) or ("UNKNOWN" if acceptances.unread else "")


def reach_report(target: str, url: str, rows: Sequence[Reach], acceptances: Acceptances) -> Report:
    data = reach_rows(target, rows, acceptances)
    guests = [row for row in rows if row.kind == "guest"]
    accepted = {each for row in guests for each in acceptances.of(row.addresses)}
    return Report(
        target=target,
        title=f"Who can reach {url}",
        data=data,
        columns=_REACH,
        rows=tuple({**row, "paths": _paths(row["paths"])} for row in data),
        notes=(
            *_forwarded_notes(accepted, acceptances.unread if guests else ""),
            *_unread_note(sum(row.kind == "unknown" for row in rows)),
        ),
    )


def _forwarded_notes(accepted: Iterable[Acceptance], unread: str) -> tuple[str, ...]:
    """A line for each invitation that was accepted with another address; `unread` where not all of them are known."""
    told = tuple(explain(each) for each in sorted(accepted) if each.forwarded)
    return (*told, explain_unread(unread)) if unread else told


def who_report(target: str, email: str, rows: Sequence[SiteReach]) -> Report:
    data = [
        {"site": row.site, "level": row.level, "paths": [list(path) for path in row.paths], "target": target}
        for row in rows
    ]
    return Report(
        target=target,
        title=f"What {email} can reach",
        data=data,
        columns=_WHO,
        rows=tuple({"site": row.site, "level": row.level, "paths": _paths(row.paths)} for row in rows),
        notes=_unread_note(sum(row.level == "UNKNOWN" for row in rows)),
    )


def licences_report(target: str, licences: Licences) -> Report:
    counters = (
        ("external users", licences.consumed, _remark_of_external_users(licences)),
        ("guests", licences.guests, ""),
        ("guests who redeemed", licences.redeemed, ""),
        ("guests still pending", licences.pending, ""),
        ("guests active this month", licences.active_this_month, "what Entra External ID bills, near enough"),
        ("directory objects", licences.objects, ""),
        ("directory quota", licences.quota, ""),
    )
    return Report(
        target=target,
        title="Licences",
        data={**licences.as_data(), "target": target},
        columns=_COUNTER,
        rows=tuple(
            {"counter": name, "count": "UNKNOWN" if number is None else number, "remark": remark}
            for name, number, remark in counters
        ),
        notes=tuple(f"UNKNOWN: {what}: {why}" for what, why in licences.unread),
    )


def doctor_report(target: str, findings: Sequence[Finding]) -> Report:
    """`target` may be "" where no setting says which one is meant: then the report says so."""
    named = target or "not set"
    data = [{**finding.as_data(), "target": named} for finding in findings]
    wrong = sum(finding.result == "FAIL" for finding in findings)
    unknown = sum(finding.result == "UNKNOWN" for finding in findings)
    return Report(
        target=named,
        title=f"{len(findings)} checks: {wrong} FAIL, {unknown} UNKNOWN",
        data=data,
        columns=_FINDING,
        rows=tuple(data),
    )


def problems_report(target: str, problems: Sequence[Problem]) -> Report:
    data: list[dict[str, Any]] = [
        {
            "severity": problem.severity,
            "file": problem.file,
            "line": problem.line,
            "rule": problem.rule,
            "message": problem.message,
            "target": target,
        }
        for problem in problems
    ]
    rows = tuple({**row, "line": row["line"] or None} for row in data)
    return Report(target, _number(len(problems), "problem"), data, _PROBLEM, rows)


def _change_row(change: Change) -> dict[str, str]:
    return {
        "verb": change.verb,
        "kind": change.kind,
        "key": change.key,
        "risk": change.risk.value,
        "reason": change.reason,
        "fields": "; ".join(_tell_fields(change)),
    }


def _tell_fields(change: Change) -> Iterable[str]:
    if change.words:
        return map(_words, change.words)
    if change.verb == "remove":  # what of: a membership is removed, and neither the account nor the site it names
        return (f"{field.name}: {_value(field.before)}" for field in change.fields)
    return map(_field, change.fields)


def _field(field: Field) -> str:
    if field.before is None:
        return f"{field.name}: {_value(field.after)}"
    return f"{field.name}: {_value(field.before)} → {'(gone)' if field.after is None else _value(field.after)}"


def _words(field: Field) -> str:
    """What people wrote is quoted."""
    if field.before is None:
        return f"{field.name}: {_quoted(field.after)}"
    return f"{field.name}: {_quoted(field.before)} → {'(gone)' if field.after is None else _quoted(field.after)}"


def tell_difference(field: Field) -> str:
    """Of something that is left as it is."""
    if field.before is None:
        return f"{field.name} is missing: {_quoted(field.after)}"
    if field.after is None:
        return f"{field.name} was added: {_quoted(field.before)}"
    return f"{field.name}: {_quoted(field.before)}, the template has {_quoted(field.after)}"


def _quoted(value: Value) -> str:
    return f"“{value}”" if isinstance(value, str) else str(value)


def _value(value: Value) -> str:
    """As it is, but for the JSON of a theme and a whole digest: nobody reads them in a table; the JSON of the plan has
    all of it."""
    text = str(value)
    if _DIGEST.fullmatch(text):
        return f"{text[:_SHORT_DIGEST]}…"
    is_json = text.startswith("{") and len(text) > _SHORT_JSON
    return f"{text[:_SHORT_JSON]}… ({len(text)} characters)" if is_json else text


def _paths(paths: Iterable[Sequence[str]]) -> str:
    return "; ".join(" → ".join(path) for path in paths)


def _remark_of_external_users(licences: Licences) -> str:
    budget = f"of {licences.budget}"
    if licences.complete:
        return budget
    return f"{budget}; could not be read" if licences.consumed is None else f"{budget}; at least: the list broke off"


def _unread_note(number: int) -> tuple[str, ...]:
    return (f"{_number(number, 'part')} could not be read: what is in there is UNKNOWN, not nothing",) if number else ()


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
