"""One ProcessQuery, carried out: object paths made when they are first needed, actions in the order they stand in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..faults import QUERY, Fault, Unplayed, unknown_column
from . import content
from .parse import Action, ObjectPath, Query, Reference, Selection
from .things import ADMIN_OBJECTS, CONSTRUCTORS, CONTENT_OBJECTS, IDENTITIES, METHODS, STORES, Thing, coerce

if TYPE_CHECKING:
    from ...app import Emulator
    from ..site import Site

# The correlation id in front is another's as often as not: clients replay identities of old answers, and invent them.
IDENTITY = re.compile(r"[^|]*\|([0-9a-fA-F-]{36}):(.*)", re.DOTALL)
READING = ("Get", "Is")


class Session:
    """`home` is the site that the request was sent to, `correlation` the id that all identities of the answer begin
    with. `wrote` says afterwards whether anything was asked to change."""

    def __init__(self, emulator: Emulator, query: Query, home: Site | None, correlation: str) -> None:
        self.emulator, self.query, self.home, self.correlation = emulator, query, home, correlation
        self.wrote = False
        self._made: dict[str, Thing | None] = {}
        self._pending: set[str] = set()

    def run(self) -> list[Any]:
        """What stands behind the answer's header: an id and a result for every action that has one. Raises Fault."""
        results: list[Any] = []
        for action in self.query.actions:
            results += self._act(action)
        for path in self.query.paths.values():
            if path.kind == "Method":
                self._resolve(path.id)
        for thing in self._made.values():
            # A tenant's or site's new values count without an Update; those of SiteProperties do not.
            if thing is not None and thing.set and thing.kind.name in STORES:
                STORES[thing.kind.name](self.emulator, thing)
        return results

    def _act(self, action: Action) -> list[Any]:
        if action.kind == "ObjectPath":
            # A method that returns nothing is not null either, as recorded.
            path = self._path(action.path_id)
            thing = self._resolve(action.path_id)
            return [action.id, {"IsNull": thing is None and path.kind != "Method"}]
        thing = self._get(action.path_id)
        if action.kind == "ObjectIdentityQuery":
            return [action.id, {"_ObjectIdentity_": self._identity(thing)}]
        if action.kind == "Query" and action.selection is not None:
            return [action.id, self._read(thing, action.selection)]
        if action.kind == "SetProperty":
            self.wrote = True
            thing.set[action.name] = coerce(thing.kind, action.name, action.arguments[0] if action.arguments else None)
            return []
        if action.kind == "Method":
            returned = self._call(thing, action.name, action.arguments)
            return [] if returned is None else [action.id, self._read(returned, Selection(True, {}, None))]
        raise Unplayed(f"the CSOM action {action.kind}")

    # ---- object paths

    def _path(self, path_id: str) -> ObjectPath:
        path = self.query.paths.get(path_id)
        if path is None:
            raise Fault(200, -1, QUERY, f"The object path {path_id} is not declared.")
        return path

    def _get(self, path_id: str) -> Thing:
        thing = self._resolve(path_id)
        if thing is None:
            raise Fault(200, -2147467261, "System.NullReferenceException", "Object reference not set to an instance of "
                        "an object on server. The object is associated with an object path that is null.")  # fmt: skip
        return thing

    def _resolve(self, path_id: str) -> Thing | None:
        if path_id not in self._made:
            if path_id in self._pending:
                raise Fault(200, -1, QUERY, f"The object path {path_id} stands for itself.")
            self._pending.add(path_id)
            self._made[path_id] = self._make(self._path(path_id))
        return self._made[path_id]

    def _make(self, path: ObjectPath) -> Thing | None:
        if path.kind == "Constructor":
            if path.type_id not in CONSTRUCTORS:
                raise Unplayed(f"the CSOM type {path.type_id}")
            return CONSTRUCTORS[path.type_id](self.emulator)
        if path.kind == "StaticProperty":
            return content.find_static(self.home, path.type_id, path.name)
        if path.kind == "Identity":
            return self._recall(path.name)
        parent = self._get(path.parent)
        if path.kind == "Property":
            if path.name not in parent.children:
                raise Unplayed(f"the CSOM property {parent.kind.short}.{path.name}")
            return parent.children[path.name]
        if path.kind == "Method":
            return self._call(parent, path.name, path.arguments)
        raise Unplayed(f"the CSOM object path {path.kind}")

    def _call(self, thing: Thing, name: str, arguments: tuple[Any, ...]) -> Thing | None:
        function = METHODS.get((thing.kind.name, name))
        if function is None:
            raise Unplayed(f"the CSOM method {thing.kind.short}.{name}")
        self.wrote = self.wrote or not name.startswith(READING)
        given = tuple(self._get(each.path_id) if isinstance(each, Reference) else each for each in arguments)
        return function(self.emulator, thing, given)

    def _recall(self, text: str) -> Thing:
        match = IDENTITY.fullmatch(text)
        if match is None:
            raise Fault(200, -2147024809, "System.ArgumentException", "The object identity is not valid.")
        if match[1].lower() == CONTENT_OBJECTS:
            return content.recall(self.emulator, match[2])
        _, *parts = match[2].split("\n")
        if match[1].lower() != ADMIN_OBJECTS or not parts or parts[0] not in IDENTITIES:
            raise Unplayed(f"the CSOM identity {match[1]} {parts[:1]}")
        return IDENTITIES[parts[0]](self.emulator, parts[1:])

    # ---- answers

    def _identity(self, thing: Thing) -> str:
        return f"{self.correlation}|{thing.identity}"

    def _read(self, thing: Thing, selection: Selection) -> dict[str, Any]:
        answer: dict[str, Any] = {"_ObjectType_": thing.kind.name}
        if thing.identity:
            answer["_ObjectIdentity_"] = self._identity(thing)
        names = dict.fromkeys(thing.kind.plain) if selection.all else {}
        for name, inner in {**names, **selection.names}.items():
            if name in thing.children:
                answer[name] = self._read(thing.children[name], inner or Selection(False, {}, None))
            elif inner is not None and name not in thing.doc:
                raise unknown_column(name)
            else:
                answer[name] = thing.read(name)
        if thing.members is not None and selection.children is not None:
            answer["_Child_Items_"] = [self._read(member, selection.children) for member in thing.members]
        return answer
