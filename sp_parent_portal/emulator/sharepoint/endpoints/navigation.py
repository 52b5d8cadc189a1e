"""The quick launch and the top navigation."""

from __future__ import annotations

from .. import lists, navigation
from ..answers import Empty, Entity, Rows
from ..reading import read_flag, read_text
from ..routes import MANAGE, Answer, Call, endpoint
from ..site import Doc

BARS = ("web/navigation/quicklaunch", "web/navigation/topnavigationbar")
NODES = ("web/navigation/quicklaunch(*)", "web/navigation/topnavigationbar(*)")
CHILDREN = tuple(f"{node}/children" for node in NODES)


def _node_of(call: Call) -> Doc:
    segment = call.path.find("quicklaunch") or call.path.find("topnavigationbar")
    return navigation.get_node(call.site, None if segment is None else segment.key)


def _parent_of(call: Call) -> str:
    name = call.path.segments[-1].name
    return str(_node_of(call)["Id"]) if name == "children" else navigation.PLACES[name]


@endpoint("GET", *BARS, *CHILDREN)
def list_nodes(call: Call) -> Answer:
    return Rows(navigation.NODE, navigation.list_nodes(call.site, _parent_of(call)))


@endpoint("POST", *BARS, *CHILDREN, needs=MANAGE)
def create_node(call: Call) -> Answer:
    node = navigation.add_node(
        call.site,
        _parent_of(call),
        read_text(call.body, "Title"),
        read_text(call.body, "Url"),
        external=read_flag(call.body, "IsExternal"),
    )
    return Entity(navigation.NODE, node, 201)


@endpoint("GET", *NODES)
def get_node(call: Call) -> Answer:
    return Entity(navigation.NODE, _node_of(call))


@endpoint("MERGE", *NODES, needs=MANAGE)
def change_node(call: Call) -> Answer:
    node = _node_of(call)
    writable = {name: node[name] for name in ("Title", "Url", "IsVisible", "AudienceIds")}
    lists.checked(writable, call.body, navigation.NODE.name)
    navigation.set_node(call.site, {**node, **call.body})
    return Empty()


@endpoint("DELETE", *NODES, needs=MANAGE)
def remove_node(call: Call) -> Answer:
    navigation.remove_node(call.site, _node_of(call))
    return Empty(200)
