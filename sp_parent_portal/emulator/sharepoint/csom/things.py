"""What object paths stand for, and the registry of what can be done with them.

A *kind* is one type of the service with the types of its properties; a *thing* is one object of it. Methods, child
properties, constructors and identities are registered here by the modules that play them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..faults import Fault, unknown_column, wrong_type
from ..site import Doc, recorded
from .render import Guid, Moment

if TYPE_CHECKING:
    from ...app import Emulator

ADMIN_OBJECTS = "908bed80-a04a-4433-b4a0-883d9847d110"
CONTENT_OBJECTS = "740c6a0b-85e2-48a0-a494-e0f1759d4aa7"
SUBSCRIPTIONS = uuid.UUID("2f7cf6e6-41b1-4c0e-8f3c-6f2c0b0b9a10")


@dataclass(frozen=True, slots=True)
class Kind:
    """`plain` are the properties that SelectAllProperties gives, in order; `types` those of all properties, as the
    service's metadata names them, without `Edm.`."""

    name: str
    types: dict[str, str]
    plain: tuple[str, ...]

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(eq=False, slots=True)
class Thing:
    """`identity` is what stands after the correlation id in `_ObjectIdentity_`, "" where it has none; `subject` is what
    methods work on; `set` holds what SetProperty said and nothing has stored yet; `members` make it a collection."""

    kind: Kind
    doc: Doc = field(default_factory=dict)
    identity: str = ""
    subject: Any = None
    set: Doc = field(default_factory=dict)
    members: list[Thing] | None = None
    children: dict[str, Thing] = field(default_factory=dict)

    def read(self, name: str) -> Any:
        """A property as it is rendered. Raises Fault where there is none."""
        if name not in self.doc:
            raise unknown_column(name)
        return _dress(self.kind.types.get(name, ""), self.doc[name])


Method = Callable[["Emulator", Thing, tuple[Any, ...]], Thing | None]
METHODS: dict[tuple[str, str], Method] = {}
CONSTRUCTORS: dict[str, Callable[[Emulator], Thing]] = {}
IDENTITIES: dict[str, Callable[[Emulator, list[str]], Thing]] = {}
STORES: dict[str, Callable[[Emulator, Thing], None]] = {}


def kind_of(name: str, plain: tuple[str, ...] | None = None, *, types: dict[str, str] | None = None) -> Kind:
    """Its properties' types from the service's metadata, unless given."""
    known = recorded("property_types").get(name.rpartition(".")[2], {}) if types is None else types
    return Kind(name, known, tuple(known) if plain is None else plain)


def method(kind: Kind, name: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS[kind.name, name] = function
        return function

    return register


def admin_identity(emulator: Emulator, *parts: str) -> str:
    """`…:<subscription>\\nSiteProperties\\nhttps%3a%2f%2f…`."""
    return "\n".join((f"{ADMIN_OBJECTS}:{uuid.uuid5(SUBSCRIPTIONS, emulator.tenant.id)}", *parts))


def coerce(kind: Kind, name: str, value: Any) -> Any:
    """A value as the property holds it: clients send numbers, flags and enumerations as text. Raises Fault."""
    wanted = kind.types.get(name)
    if wanted is None:
        raise unknown_column(name)
    if value is None or wanted.startswith("Collection("):
        return value.split(",") if isinstance(value, str) else value
    if wanted == "Boolean" and str(value).lower() in ("true", "false", "0", "1"):
        return str(value).lower() in ("true", "1")
    if wanted in ("Int32", "Int64", "Double"):
        return _read_number(str(value), wanted)
    if wanted == "Boolean":
        raise Fault(200, -2146233033, "System.FormatException", "String was not recognized as a valid Boolean.")
    if not isinstance(value, str):
        raise wrong_type(f"Edm.{wanted}")
    return value.strip("{}").lower() if wanted == "Guid" else value


def _read_number(text: str, wanted: str) -> int | float:
    try:
        number = float(text)
        return number if wanted == "Double" and not number.is_integer() else int(number)
    except (ValueError, OverflowError):
        message = "Input string was not in a correct format."
        raise Fault(200, -2146233033, "System.FormatException", message) from None


DEFAULTS = {"Boolean": False, "Int32": 0, "Int64": 0, "Double": 0}


def default_of(kind: Kind, name: str) -> Any:
    """What a property holds that nobody set and no recording shows."""
    wanted = kind.types[name]
    if wanted.startswith("Collection("):
        return []
    return DEFAULTS.get(wanted)


def _dress(wanted: str, value: Any) -> Any:
    if isinstance(value, list) and wanted == "Collection(Guid)":
        return [Guid(str(each)) for each in value]
    if isinstance(value, str) and wanted == "Guid":
        return Guid(value)
    return Moment(value) if isinstance(value, str) and wanted == "DateTime" else value
