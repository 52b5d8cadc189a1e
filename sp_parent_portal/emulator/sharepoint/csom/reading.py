"""What a Query tells of an object: its properties, the objects below it, the members of a collection."""

from __future__ import annotations

from typing import Any

from ..faults import unknown_column
from .parse import Selection
from .things import Thing

NOTHING = Selection(False, {}, None)


class Reader:
    """`correlation` begins every identity of the answer; `suffixes`, see parse.Query."""

    def __init__(self, correlation: str, *, suffixes: bool) -> None:
        self.correlation, self.suffixes = correlation, suffixes

    def identity(self, thing: Thing) -> str:
        return f"{self.correlation}|{thing.identity}"

    def read(self, thing: Thing, selection: Selection) -> dict[str, Any]:
        """As the actions so far left it. Raises Fault for a property that is none."""
        thing.look()
        answer: dict[str, Any] = {"_ObjectType_": thing.kind.name}
        if thing.identity:
            answer["_ObjectIdentity_"] = self.identity(thing)
        names = dict.fromkeys(thing.list_plain()) if selection.all else {}
        for name, inner in {**names, **selection.names}.items():
            if thing.has_child(name):
                below = thing.get_child(name)
                answer[name] = None if below is None else self.read(below, inner or NOTHING)
            elif inner is not None and name not in thing.doc:
                raise unknown_column(name)
            else:
                value = thing.read(name)
                answer[name + self._suffix(thing, value)] = value
        if thing.members is not None and selection.children is not None:
            answer["_Child_Items_"] = [self.read(member, selection.children) for member in thing.members()]
        return answer

    def _suffix(self, thing: Thing, value: Any) -> str:
        """The type of an item's field where JSON does not tell it."""
        if not self.suffixes or not thing.kind.fields or not isinstance(value, float | list):
            return ""
        return "$  Double" if isinstance(value, float) else "$  Array"
