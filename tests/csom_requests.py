"""A ProcessQuery request told without its numbers, so that two of them can be compared whoever counted."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

NAMESPACE = "{http://schemas.microsoft.com/sharepoint/clientquery/2009}"
MADE, IDENTITY = "ObjectPath", "ObjectIdentityQuery"


class Told:
    """Of a request: what each action does, and to which object, told by the way to it."""

    def __init__(self, body: bytes | str) -> None:
        actions, paths = fromstring(body)
        self._paths = {path.attrib["Id"]: path for path in paths}
        self._actions = actions

    def actions(self) -> list[Any]:
        """Without those that only make an object, or ask for its identity."""
        return [self._tell(each) for each in self._actions if _name(each) not in (MADE, IDENTITY)]

    def made(self) -> list[Any]:
        """What is made or carried out in its place, in this order, within scopes too."""
        return [self._way(each.attrib["ObjectPathId"]) for each in self._actions.iter(f"{NAMESPACE}{MADE}")]

    def _tell(self, element: Element) -> Any:
        attributes = {name: value for name, value in element.attrib.items() if name not in ("Id", "ObjectPathId")}
        if "ObjectPathId" in element.attrib:
            attributes["of"] = self._way(element.attrib["ObjectPathId"])
        inner = [self._tell(each) for each in element if _name(each) not in (MADE, IDENTITY)]
        return (_name(element), attributes, inner or ("" if len(element) else element.text or ""))

    def _way(self, number: str) -> Any:
        path = self._paths[number]
        attributes = {name: value for name, value in path.attrib.items() if name not in ("Id", "ParentId")}
        parent = self._way(path.attrib["ParentId"]) if "ParentId" in path.attrib else ()
        return (*parent, (_name(path), attributes, [self._tell(each) for each in path]))


def _name(element: Element) -> str:
    return element.tag.removeprefix(NAMESPACE)
