"""The site's marker: written when every part of the site is there, so that a site whose marker fits is a site that is
whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import GatewayError
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from .drift import Memory, Part, fingerprint, foresee
from .marker import Marker, make_marker, write_marker
from .work import Work, done, ended, unknown


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
    return (Change(verb, "site_marker", desired.url, tuple(fields), reason, Risk.ROUTINE, desired.slug),)


def _wanted(memory: Memory) -> dict[str, str]:
    return {key: each.wanted for key, each in memory.items()}


def _tell(memory: Memory) -> str:
    """How many parts, and which ones as one word."""
    return f"{len(memory)} parts, {fingerprint(_wanted(memory))}"


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    for change in changes:
        try:
            written = write_marker(work.gateway, work.desired, work.known.memory)
            yield done(change) if written else unknown(change, "written, but it reads otherwise")
        except GatewayError as error:
            yield ended(change, error)
