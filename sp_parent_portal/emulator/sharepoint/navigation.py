"""The quick launch and the top navigation: nodes under a place or under another node."""

from __future__ import annotations

from .answers import EntityType, Rows
from .faults import bad_value, no_node
from .site import Doc, Site

PLACES = {"quicklaunch": "QuickLaunch", "topnavigationbar": "TopNavigationBar"}
FIRST_NODE = 2010
HEADING = "http://linkless.header/"


def list_nodes(site: Site, parent: str) -> list[Doc]:
    """`parent` is a place or the number of a node."""
    return site.each("node", parent)


def get_node(site: Site, number: object) -> Doc:
    """Wherever it stands. Raises Fault."""
    row = site.find("node place", number)
    node = None if row is None else site.find("node", number, row["parent"])
    if node is None:
        raise no_node()
    return node


def add_node(
    site: Site, parent: str, title: str, url: str, *, external: bool = False, number: int | None = None
) -> Doc:
    """Raises Fault where the title is empty."""
    if not title:
        raise bad_value("Value cannot be null.\r\nParameter name: title")
    number = site.next_number("node", FIRST_NODE) if number is None else number
    node: Doc = {
        "AudienceIds": None,
        "CurrentLCID": site.web["Language"],
        "Id": number,
        "IsDocLib": True,
        "IsExternal": external,
        "IsVisible": True,
        "ListTemplateType": 0,
        "Title": title,
        "Url": url or HEADING,
        "_parent": parent,
        "_path": f"Web/Navigation/GetNodeById({number})",
    }
    site.put("node place", number, {"parent": parent})
    return set_node(site, node)


def set_node(site: Site, node: Doc) -> Doc:
    site.put("node", node["Id"], node, parent=node["_parent"], title=node["Title"])
    return node


def remove_node(site: Site, node: Doc) -> None:
    for child in list_nodes(site, str(node["Id"])):
        remove_node(site, child)
    site.remove("node", node["Id"], node["_parent"])
    site.remove("node place", node["Id"])


def _children(site: Site, node: Doc) -> Rows:
    return Rows(NODE, list_nodes(site, str(node["Id"])))


NODE = EntityType("SP.NavigationNode", expansions={"children": _children})
