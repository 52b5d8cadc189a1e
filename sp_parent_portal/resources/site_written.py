"""What was written to a site, read back: once for all of it, and put down for the marker as it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import GatewayError, NotFound
from ..microsoft365.site_reading import WholeSite
from ..plan.model import Change
from ..runs.model import Outcome, Status
from . import private_lists
from .marker import find_marker
from .site_content import BINDING, LEVEL, SETTINGS, VISITORS, diff_access, make_observed, part_of
from .site_things import Lists, Thing, description_thing, list_things, look_things, navigation_things
from .work import Work, done, ended, failed, unknown

OF_LIST = ("list ", "column ", "view ", "description of ")
OF_ACCESS = (SETTINGS, LEVEL, VISITORS, BINDING)
NOT_THERE = "not there: "

Errors = Mapping[Change, GatewayError]


def read_back(work: Work, changes: Sequence[Change], errors: Errors) -> Iterator[Outcome]:
    """Every change by what the site says now, again while somebody's access does not show yet. `errors` befell some of
    the changes: what reads as it should is done all the same."""
    outcomes: list[Outcome] = []
    try:
        for _ in work.tries():
            seen = make_seen(work, work.gateway.sharepoint.read_site(work.desired.url, list_titles(work, changes)))
            outcomes = [judge(change, seen, errors.get(change)) for change in changes]
            if not any(_may_be_late(outcome, errors) for outcome in outcomes):
                break
    except GatewayError as error:
        yield from (ended(change, errors.get(change, error)) for change in changes)
        return
    _learn(work, seen, [outcome.change for outcome in outcomes if outcome.status is Status.DONE])
    yield from outcomes


def list_titles(work: Work, changes: Sequence[Change]) -> list[str]:
    """Of the lists that the changes are about; of one that somebody renamed its own name too."""
    titles: dict[str, None] = {}
    for part in map(part_of, changes):
        start = next((each for each in OF_LIST if part.startswith(each)), "")
        title = private_lists.title_of(part) or (start and part.removeprefix(start).partition("/")[0])
        known = work.known.parts.get(f"list {title}")
        renamed = (each.title for each in work.known.lists if known is not None and each.id == known.id)
        titles |= dict.fromkeys(filter(None, (title, *renamed)))
    return list(titles)


def _may_be_late(outcome: Outcome, errors: Errors) -> bool:
    part = part_of(outcome.change)
    of_access = part in OF_ACCESS or private_lists.title_of(part) != ""
    return of_access and outcome.status is not Status.DONE and outcome.change not in errors


# ---- as it reads -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """A site as it was read: its things by part, what is still to be done about who may what, by part, and the links
    that the template has no longer and the menu still shows."""

    site: WholeSite
    things: Mapping[str, Thing]
    left: Mapping[str, Change]
    lingering: frozenset[str]

    def of(self, change: Change) -> list[Thing]:
        """A new list is made with its columns, views and description."""
        part = part_of(change)
        whole = change.verb == "create" and part.startswith("list ")
        return [each for each in self.things.values() if part == each.key or (whole and part == each.within)]


def make_seen(work: Work, site: WholeSite) -> Seen:
    desired, known = work.desired, work.known
    lists = Lists.of(tuple((each.list, each.shape) for each in site.lists))
    things = (
        description_thing(desired, site.access.web),
        *list_things(desired, lists, known.memory),
        *navigation_things(desired, site.navigation, known.memory),
        *(_as_written(thing) for thing, _ in look_things(desired, site.access.web, {})),
    )
    left = diff_access(desired, make_observed(desired, site, lists), known.group_id)
    there = {str(node.id) for node in site.navigation}
    return Seen(
        site,
        {thing.key: thing for thing in things},
        {part_of(change): change for change in left},
        frozenset(part for part, each in known.parts.items() if each.gone and each.id in there),
    )


def _as_written(thing: Thing) -> Thing:
    """What cannot be read back counts as what was written: the script's answer said so."""
    return thing if thing.seen is not None else Thing(thing.key, thing.wanted, thing.wanted)


def judge(change: Change, seen: Seen, error: GatewayError | None) -> Outcome:
    """`error` befell the change, or the request that it was part of."""
    part = part_of(change)
    if part in OF_ACCESS or private_lists.title_of(part):
        why = _why_left(seen.left[part]) if part in seen.left else ""
    elif change.verb == "remove":
        why = "removed, but the menu still shows it" if part in seen.lingering else ""
    else:
        why = _why_wrong(seen.of(change))
    if not why:
        return done(change)
    if error is None:
        return failed(change, why) if why.startswith(NOT_THERE) or part in seen.left else unknown(change, why)
    if part == BINDING and isinstance(error, NotFound):
        return unknown(change, "SharePoint does not know the new group yet; run apply again in a few minutes")
    return ended(change, error)


def _why_left(left: Change) -> str:
    told = ", ".join(f"{field.name} {field.before}" for field in left.fields)
    return f"written, but it reads otherwise: {told}"


def _why_wrong(things: Sequence[Thing]) -> str:
    missing = [thing.key for thing in things if thing.seen is None]
    if missing or not things:
        return f"{NOT_THERE}{', '.join(missing)}"
    wrong = [thing.key for thing in things if thing.reads_wrong]
    return f"written, but it reads otherwise: {', '.join(wrong)}" if wrong else ""


def _learn(work: Work, seen: Seen, changes: Sequence[Change]) -> None:
    """What the marker is to remember of what is done, and what later steps need to know."""
    known = work.known
    for change in changes:
        for thing in seen.of(change):
            work.put_down(thing.key, thing.part.seen or "", thing.id)
    known.web_id = seen.site.access.web.id
    known.lists = tuple(each for each in seen.site.listed if not each.hidden)
    known.marker = replace(known.marker, list=find_marker(seen.site).list or known.marker.list)
