"""The quick launch and the top navigation through CSOM."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .. import navigation
from ..faults import Unplayed
from ..reading import read_flag, read_object, read_text
from ..routes import MANAGE
from ..site import Site
from .entities import NODE, WEB, collection
from .things import Thing, child, method

if TYPE_CHECKING:
    from ...app import Emulator

NAVIGATION = collection("SP.Navigation")
NODES = collection("SP.NavigationNodeCollection")


@child(WEB.kind, "Navigation")
def navigation_of_web(web: Thing) -> Thing:
    return Thing(NAVIGATION, subject=web.subject)


def _show_nodes(site: Site, parent: str) -> Thing:
    def show_all() -> list[Thing]:
        return [NODE.show(site, doc, subject=site) for doc in navigation.list_nodes(site, parent)]

    return Thing(NODES, subject=(site, parent), members=show_all)


def _place(name: str, thing: Thing) -> Thing:
    return _show_nodes(thing.subject, name)


for each in navigation.PLACES.values():
    child(NAVIGATION, each)(partial(_place, each))


@child(NODE.kind, "Children")
def children(node: Thing) -> Thing:
    return _show_nodes(node.subject, str(node.doc["Id"]))


@method(NODES, "Add", needs=MANAGE)
def add_node(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """NavigationNodeCreationInformation, at the end alone."""
    site, parent = thing.subject
    wanted = read_object(given[0] if given else None, "parameters")
    if wanted.get("PreviousNode") is not None or not read_flag(wanted, "AsLastNode"):
        raise Unplayed("a navigation node in another place than the last")
    title, url = read_text(wanted, "Title"), read_text(wanted, "Url")
    node = navigation.add_node(site, parent, title, url, external=read_flag(wanted, "IsExternal"))
    return NODE.show(site, node, subject=site)
