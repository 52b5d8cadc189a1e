"""What was written to a site, read back: once for all of it, and put down for the marker as it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import GatewayError
from ..microsoft365.model import Web
from ..plan.model import Change
from ..runs.model import Outcome
from .site_content import part_of
from .site_things import Lists, Thing, list_things, look_things, navigation_things
from .work import Work, done, ended, failed, unknown

OF_LISTS = ("list ", "column ", "view ", "description of ")


def read_back(work: Work, changes: Sequence[Change], web: Web | None) -> Iterator[Outcome]:
    """`web` as it was read after the script ran, None where nobody needed to."""
    try:
        things = {thing.key: thing for thing in _read(work, [part_of(change) for change in changes], web)}
    except GatewayError as error:
        yield from (ended(change, error) for change in changes)
        return
    for change in changes:
        part = part_of(change)
        whole = change.verb == "create" and part.startswith("list ")
        mine = [thing for thing in things.values() if part == thing.key or (whole and part == thing.within)]
        if change.verb == "remove":
            yield done(change) if part not in things else unknown(change, "removed, but the menu still shows it")
            continue
        wrong = [thing for thing in mine if thing.reads_wrong]
        if wrong:
            yield _tell(change, wrong)
            continue
        for thing in mine:
            work.put_down(thing.key, thing.part.seen or "", thing.id)
        yield done(change)


def _tell(change: Change, wrong: Sequence[Thing]) -> Outcome:
    missing = [thing.key for thing in wrong if thing.seen is None]
    if change.verb == "create" and missing:
        return failed(change, f"not there: {', '.join(missing)}")
    return unknown(change, f"written, but it reads otherwise: {', '.join(thing.key for thing in wrong)}")


def _read(work: Work, parts: Sequence[str], web: Web | None) -> Iterator[Thing]:
    """The things of those kinds that were written, as they are now."""
    sharepoint, url, desired, memory = work.gateway.sharepoint, work.desired.url, work.desired, work.known.memory
    if any(part.startswith(OF_LISTS) for part in parts):
        lists = Lists.of(sharepoint.list_shapes(url))
        work.known.lists = lists.lists
        yield from list_things(desired, lists, memory)
    if any(part.startswith("navigation ") for part in parts):
        nodes = sharepoint.list_navigation(url)
        yield from navigation_things(desired, nodes, memory)
        there = {str(node.id) for node in nodes}
        gone = [part for part in parts if part in work.known.parts and work.known.parts[part].gone]
        yield from (Thing(part, {}, {}) for part in gone if work.known.parts[part].id in there)
    if any(part.startswith("look ") for part in parts):
        web = web or sharepoint.get_web(url)
        yield from (_as_written(thing) for thing, _ in look_things(desired, web, {}))


def _as_written(thing: Thing) -> Thing:
    """What cannot be read back counts as what was written: the script's answer said so."""
    return thing if thing.seen is not None else Thing(thing.key, thing.wanted, thing.wanted)
