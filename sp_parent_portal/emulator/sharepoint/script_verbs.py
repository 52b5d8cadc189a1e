"""The verbs of site scripts: how each is registered, what it asks for, and how its outcome is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .site import Doc, Site

Action = dict[str, Any]

DONE, FAILED, NOTHING = "0", "1", "2"
LIST_EXISTS = -2130575342
WRONG_TYPE = "One or more of the properties on this action has an invalid type."


@dataclass(frozen=True, slots=True)
class Done:
    """`outcome` "2" says that there was nothing to do."""

    title: str
    target: str | None = None
    target_id: str | None = None
    outcome: str = DONE
    code: int = 0
    text: str | None = None


class Refused(Exception):
    def __init__(self, title: str, text: str, code: int = 0, outcome: str = FAILED) -> None:
        super().__init__(text)
        self.title, self.text, self.code, self.outcome = title, text, code, outcome


@dataclass(frozen=True, slots=True)
class Verb:
    """`needs` are the properties that must be there, with their types; `others` those that may."""

    name: str
    run: Callable[[Site, Doc, Action], Done]
    needs: dict[str, tuple[type, ...]]
    others: dict[str, tuple[type, ...]]


VERBS: dict[str, Verb] = {}
SUBVERBS: dict[str, Verb] = {}

TEXT, FLAG, NUMBER, OBJECT, ROWS = (str,), (bool,), (int, float), (dict,), (list,)


def verb(
    name: str,
    *,
    needs: dict[str, tuple[type, ...]] | None = None,
    others: dict[str, tuple[type, ...]] | None = None,
    of: dict[str, Verb] = VERBS,
) -> Callable[[Callable[[Site, Doc, Action], Done]], Callable[[Site, Doc, Action], Done]]:
    """Register what a verb does. It is given the site, the list it works on ({} outside of one) and the action."""

    def register(function: Callable[[Site, Doc, Action], Done]) -> Callable[[Site, Doc, Action], Done]:
        of[name.lower()] = Verb(name, function, needs or {}, others or {})
        return function

    return register


def invalid(name: str, parameter: str) -> Refused:
    return Refused(name, f"Parameter {parameter} has an invalid value.", -1)


def check_properties(known: Verb, action: Action) -> None:
    """Names of properties are case-sensitive; one that is missing or of another JSON type fails the action."""
    for name, types in known.needs.items():
        if name not in action:
            raise Refused(known.name, f"Parameter {name} is missing.", -1)
        _check_type(known, action[name], types)
    for name, types in known.others.items():
        if action.get(name) is not None:
            _check_type(known, action[name], types)


def _check_type(known: Verb, value: Any, types: tuple[type, ...]) -> None:
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise Refused(known.name, WRONG_TYPE, -1)
