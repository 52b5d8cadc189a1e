"""One ProcessQuery, carried out: object paths made when they are first needed, actions in the order they stand in.

Nothing is undone but the one method that failed: what stood before a mistake stays done (people tried it on list items:
sharepoint.stackexchange.com/questions/166127, 2016). A scope that meets a mistake leaves out the rest of its own
actions, tells the mistake as its result, and the actions behind it go on (MS-CSOM 3.1.4.1.3.11, read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...tokens import Token
from .. import authority
from ..faults import QUERY, Fault, Unplayed
from ..routes import FULL, READ
from . import content
from .parse import SCOPE, Action, ObjectPath, Query, Reference, Selection
from .reading import Reader
from .things import ADMIN_OBJECTS, CONSTRUCTORS, CONTENT_OBJECTS, IDENTITIES, METHODS, STORES, VALUES, Thing, coerce

if TYPE_CHECKING:
    from ...app import Emulator
    from ..site import Site

# The correlation id in front is another's as often as not: clients replay identities of old answers, and invent them.
IDENTITY = re.compile(r"[^|]*\|([0-9a-fA-F-]{36}):(.*)", re.DOTALL)


class Session:
    """`home` is the site that the request was sent to, `correlation` the id that all identities of the answer begin
    with. `wrote` says afterwards whether anything was asked to change."""

    def __init__(self, emulator: Emulator, query: Query, home: Site | None, token: Token, correlation: str) -> None:
        self.emulator, self.query, self.home, self.token = emulator, query, home, token
        self.correlation, self.reader = correlation, Reader(correlation, suffixes=query.suffixes)
        self.wrote = False
        self._made: dict[str, Thing | None] = {}
        self._pending: set[str] = set()
        self._given_up: set[str] = set()

    def run(self) -> list[Any]:
        """What stands behind the answer's header: an id and a result for every action that has one. Raises Fault."""
        results: list[Any] = []
        for action in self.query.actions:
            self._act(action, results)
        for path in self.query.paths.values():
            if path.kind == "Method" and not self._is_given_up(path.id):
                self._resolve(path.id)
        for thing in self._made.values():
            # A tenant's or site's new values count without an Update; those of other things do not.
            if thing is not None and thing.set and thing.kind.name in STORES:
                with self.emulator.state.step():
                    STORES[thing.kind.name](self.emulator, thing)
        return results

    # ---- actions

    def _act(self, action: Action, results: list[Any]) -> None:
        if action.kind == SCOPE:
            results += [action.id, self._try(action, results)]
            return
        if action.kind == "ObjectPath":
            # A method that returns nothing is not null either, as recorded.
            path = self._path(action.path_id)
            thing = self._resolve(action.path_id)
            results += [action.id, {"IsNull": thing is None and path.kind != "Method"}]
            return
        thing = self._get(action.path_id)
        if action.kind == "ObjectIdentityQuery":
            results += [action.id, {"_ObjectIdentity_": self.reader.identity(thing)}]
        elif action.kind == "Query" and action.selection is not None:
            results += [action.id, self.reader.read(thing, action.selection)]
        elif action.kind == "SetProperty":
            self._set(thing, action.name, action.arguments[0] if action.arguments else None)
        elif action.kind == "Method":
            returned = self._call(thing, action.name, action.arguments)
            if returned is not None:
                results += [action.id, self.reader.read(returned, Selection(True, {}, None))]
        else:
            raise Unplayed(f"the CSOM action {action.kind}")

    def _try(self, scope: Action, results: list[Any]) -> dict[str, Any]:
        """What the scope's actions told until the mistake stays in the answer, in front of the scope's own result."""
        for place, action in enumerate(scope.inner):
            try:
                self._act(action, results)
            except Fault as fault:
                self._give_up(_mentioned(scope.inner[place:]))
                return {"HasException": True, "ErrorInfo": tell(fault, self.correlation)}
        return {"HasException": False, "ErrorInfo": None}

    def _set(self, thing: Thing, name: str, value: Any) -> None:
        self.wrote = True
        if thing.kind.name in STORES:
            self._check(FULL)
        thing.look()
        thing.set[name] = coerce(thing.type_of(name), value)

    def _call(self, thing: Thing, name: str, arguments: tuple[Any, ...]) -> Thing | None:
        if (thing.kind.name, name) not in METHODS:
            raise Unplayed(f"the CSOM method {thing.kind.short}.{name}")
        function, needs = METHODS[thing.kind.name, name]
        self.wrote = self.wrote or needs != READ
        self._check(needs)
        given = tuple(self._get(each.path_id) if isinstance(each, Reference) else each for each in arguments)
        with self.emulator.state.step():
            returned = function(self.emulator, thing, given)
        if isinstance(returned, Fault):
            raise returned
        return returned

    def _check(self, needs: str) -> None:
        authority.check(self.token, needs)
        if self.home is not None:
            authority.check_lock(self.home, needs)

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
            try:
                self._made[path_id] = self._make(self._path(path_id))
            finally:
                self._pending.discard(path_id)
        return self._made[path_id]

    def _give_up(self, path_ids: Iterable[str]) -> None:
        """What a failed scope speaks of, and what that stands on, is not carried out at the end."""
        for path_id in path_ids:
            self._given_up |= self._behind(path_id)

    def _is_given_up(self, path_id: str) -> bool:
        return not self._given_up.isdisjoint(self._behind(path_id))

    def _behind(self, path_id: str) -> set[str]:
        """The path and those that it stands on, without those that were made."""
        found: set[str] = set()
        waiting = {path_id}
        while waiting:
            path = self.query.paths.get(waiting.pop())
            if path is not None and path.id not in found and path.id not in self._made:
                found.add(path.id)
                waiting |= {path.parent, *_references(path.arguments)}
        return found

    def _make(self, path: ObjectPath) -> Thing | None:
        if path.kind == "Constructor":
            if path.type_id in VALUES:
                return VALUES[path.type_id]()
            if path.type_id not in CONSTRUCTORS:
                raise Unplayed(f"the CSOM type {path.type_id}")
            return CONSTRUCTORS[path.type_id](self.emulator)
        if path.kind == "StaticProperty":
            return content.find_static(self.home, path.type_id, path.name)
        if path.kind == "Identity":
            return self._recall(path.name)
        parent = self._get(path.parent)
        if path.kind == "Property":
            if not parent.has_child(path.name):
                raise Unplayed(f"the CSOM property {parent.kind.short}.{path.name}")
            return parent.get_child(path.name)
        if path.kind == "Method":
            return self._call(parent, path.name, path.arguments)
        raise Unplayed(f"the CSOM object path {path.kind}")

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


def tell(fault: Fault, correlation: str) -> dict[str, Any]:
    """A mistake, in the header or as the result of a scope."""
    return {
        "ErrorMessage": fault.message,
        "ErrorValue": None,
        "TraceCorrelationId": correlation,
        "ErrorCode": fault.code,
        "ErrorTypeName": fault.kind,
    }


def _mentioned(actions: Iterable[Action]) -> Iterator[str]:
    """The object paths that the actions speak of."""
    for action in actions:
        yield action.path_id
        yield from _references(action.arguments)
        yield from _mentioned(action.inner)


def _references(arguments: Iterable[Any]) -> Iterator[str]:
    return (each.path_id for each in arguments if isinstance(each, Reference))
