"""The site's marker: written when every part of the site is there, so that a site whose marker fits is a site that is
whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from .drift import Memory, Part, fingerprint, foresee
from .marker import CLOSED, Marker, make_marker, write_marker
from .work import Work, done, failed, one_by_one, unknown


def diff(desired: Desired, observed: Marker, parts: Sequence[Part], changing: Mapping[str, str]) -> tuple[Change, ...]:
    """`parts` is everything of the site that is managed; `changing` has the verb of each part that the plan writes."""
    wanted, before = make_marker(desired), observed.about
    fields = [Field(name, before.get(name), value) for name, value in wanted.items() if before.get(name) != value]
    memory, coming = observed.memory, foresee(parts, observed.memory, changing)
    if _wanted(memory) != _wanted(coming):
        fields.append(Field("parts", _tell(memory) if memory else None, _tell(coming)))
    elif memory != coming:
        again = sorted(key for key in coming if memory.get(key) != coming[key])
        fields.append(Field("again", None, ", ".join(again)))
    if not fields:
        return ()
    verb = "update" if before else "create"
    reason = "says which trip and template made the site, and how we left it"
    words = tuple(map(_in_words, fields))
    return (Change(verb, "site_marker", desired.url, tuple(fields), reason, Risk.ROUTINE, desired.slug, words=words),)


def _in_words(field: Field) -> Field:
    """Without the fingerprints, which say nothing to people."""
    if field.name == "inputs":
        return Field("inputs", None if field.before is None else "others", "those of the trip's file")
    if field.name == "parts":
        before = None if field.before is None else str(field.before).partition(",")[0]
        return Field("remembered", before, str(field.after).partition(",")[0])
    return field


def _wanted(memory: Memory) -> dict[str, str]:
    return {key: each.wanted for key, each in memory.items()}


def _tell(memory: Memory) -> str:
    """How many parts, and which ones as one word."""
    return f"{len(memory)} parts, {fingerprint(_wanted(memory))}"


def diff_closed(desired: Desired, observed: Marker, day: str) -> tuple[Change, ...]:
    """`day` is the one on which the trip is closed; "" where there is no site that could remember it."""
    if not day or observed.closed or not observed.about:
        return ()
    return (_change_closed(desired, Field(CLOSED, None, day), "no apply lets anybody in again"),)


def diff_reopened(desired: Desired, observed: Marker) -> tuple[Change, ...]:
    if not observed.closed:
        return ()
    return (_change_closed(desired, Field(CLOSED, observed.closed, None), "plan and apply work on it again"),)


def _change_closed(desired: Desired, field: Field, reason: str) -> Change:
    return Change("update", "site_marker", desired.url, (field,), reason, Risk.ROUTINE, desired.slug)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    return one_by_one(work, changes, _write)


def _write(work: Work, change: Change) -> Outcome:
    there = work.known.marker
    if not there.list:
        return failed(change, "the list for it is not there; run apply again")
    wanted = _wanted_marker(work, change)
    work.known.marker = write_marker(work.gateway, work.desired.url, replace(wanted, list=there.list, item=there.item))
    return done(change) if work.known.marker == wanted else unknown(change, "written, but it reads otherwise")


def _wanted_marker(work: Work, change: Change) -> Marker:
    """Closing and reopening change nothing else in it."""
    if all(each.name != CLOSED for each in change.fields):
        return Marker(make_marker(work.desired), work.known.memory)
    about = {name: value for name, value in work.known.marker.about.items() if name != CLOSED}
    day = change.after(CLOSED)
    return Marker(about | ({CLOSED: str(day)} if day else {}), work.known.marker.memory)
