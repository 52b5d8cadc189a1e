"""What object paths stand for, and the registry of what can be done with them.

A *kind* is one type of the service with the types of its properties; a *thing* is one object of it. Methods, objects
below a thing, constructors and identities are registered here by the modules that play them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..faults import Fault, Unplayed, unknown_column, wrong_type
from ..routes import FULL, READ
from ..site import Doc, recorded
from .render import Guid, Moment

if TYPE_CHECKING:
    from ...app import Emulator

ADMIN_OBJECTS = "908bed80-a04a-4433-b4a0-883d9847d110"
CONTENT_OBJECTS = "740c6a0b-85e2-48a0-a494-e0f1759d4aa7"
SUBSCRIPTIONS = uuid.UUID("2f7cf6e6-41b1-4c0e-8f3c-6f2c0b0b9a10")


NATIVE = {bool: "Boolean", int: "Int32", float: "Double", str: "String"}
STRUCTS = {
    ("DecodedUrl",): "SP.ResourcePath",
    ("High", "Low"): "SP.BasePermissions",
    ("NameId", "NameIdIssuer"): "SP.UserIdInfo",
    ("Bias", "DaylightBias", "StandardBias"): "SP.TimeZoneInformation",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """`plain` are the properties that SelectAllProperties gives, in order; `types` those of all properties, as the
    service's metadata names them, without `Edm.`. An `open` kind has the properties of its document, of the types that
    their values have unless `types` says more, and () in `plain` stands for all of them. `fields` says that they are
    the fields of a list's item."""

    name: str
    types: dict[str, str]
    plain: tuple[str, ...]
    open: bool = False
    fields: bool = False

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
    members: Callable[[], list[Thing]] | None = None
    children: dict[str, Thing | None] = field(default_factory=dict)
    refresh: Callable[[], Doc] | None = None
    computed: Mapping[str, Callable[[Doc], Any]] = field(default_factory=dict)

    def look(self) -> None:
        """The document as the actions so far left it."""
        if self.refresh is not None:
            self.doc = self.refresh()

    def list_plain(self) -> list[str]:
        if not self.kind.open:
            return list(self.kind.plain)
        return [name for name in self.kind.plain or tuple(self.doc) if self._is_plain(name)]

    def _tells(self, name: str) -> bool:
        """Names of other documents than an item's are the emulator's own where they start so."""
        return name in self.doc and (self.kind.fields or not name.startswith("_"))

    def _is_plain(self, name: str) -> bool:
        if not self._tells(name) or self.has_child(name):
            return False
        value = self.doc[name]
        return not isinstance(value, dict) or struct_of(name, value) is not None

    def read(self, name: str) -> Any:
        """A property as it is rendered. Raises Fault where there is none."""
        if name in self.computed:
            return dress(name, self.kind.types.get(name, ""), self.computed[name](self.doc))
        if not self._tells(name):
            raise unknown_column(name)
        return dress(name, self.kind.types.get(name, ""), self.doc[name])

    def type_of(self, name: str) -> str:
        """The type that a new value of the property must have, "" for any. Raises Fault where there is none."""
        if name in self.kind.types:
            return self.kind.types[name]
        if not self.kind.open or not self._tells(name):
            raise unknown_column(name)
        return next((kind for python, kind in NATIVE.items() if type(self.doc[name]) is python), "")

    def has_child(self, name: str) -> bool:
        return name in self.children or (self.kind.name, name) in CHILDREN

    def get_child(self, name: str) -> Thing | None:
        if name not in self.children:
            self.children[name] = CHILDREN[self.kind.name, name](self)
        return self.children[name]


Method = Callable[["Emulator", Thing, tuple[Any, ...]], "Thing | Fault | None"]
"""A Fault that is returned, not raised, undoes nothing of what the method did."""
Child = Callable[[Thing], "Thing | None"]
METHODS: dict[tuple[str, str], tuple[Method, str]] = {}
CHILDREN: dict[tuple[str, str], Child] = {}
CONSTRUCTORS: dict[str, Callable[[Emulator], Thing]] = {}
"""Of tenant administration."""
VALUES: dict[str, Callable[[], Thing]] = {}
"""Constructors of what belongs to no site and no tenant until it is given to a method."""
IDENTITIES: dict[str, Callable[[Emulator, list[str]], Thing]] = {}
STORES: dict[str, Callable[[Emulator, Thing], None]] = {}


def kind_of(name: str, plain: tuple[str, ...] | None = None, *, types: dict[str, str] | None = None) -> Kind:
    """Its properties' types from the service's metadata, unless given."""
    known = recorded("property_types").get(name.rpartition(".")[2], {}) if types is None else types
    return Kind(name, known, tuple(known) if plain is None else plain)


READING = ("Get", "Is")


def method(kind: Kind, name: str, *, needs: str = "") -> Callable[[Method], Method]:
    """`needs` is the permission it asks for: by its name, reading or everything, unless it is told."""

    def register(function: Method) -> Method:
        METHODS[kind.name, name] = function, needs or (READ if name.startswith(READING) else FULL)
        return function

    return register


def child(kind: Kind, name: str) -> Callable[[Child], Child]:
    """An object that is a property of another; made once for each thing, so that what is set on it is not lost."""

    def register(function: Child) -> Child:
        CHILDREN[kind.name, name] = function
        return function

    return register


def admin_identity(emulator: Emulator, *parts: str) -> str:
    """`…:<subscription>\\nSiteProperties\\nhttps%3a%2f%2f…`."""
    return "\n".join((f"{ADMIN_OBJECTS}:{uuid.uuid5(SUBSCRIPTIONS, emulator.tenant.id)}", *parts))


def coerce(wanted: str, value: Any) -> Any:
    """A value as a property of that type holds it: clients send numbers, flags and enumerations as text. Raises
    Fault."""
    if not wanted:
        return value
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


def dress(name: str, wanted: str, value: Any) -> Any:
    """A value as render.py writes it. Raises Unplayed for an object of no known type."""
    if isinstance(value, dict) and "_ObjectType_" not in value:
        of_type = struct_of(name, value)
        if of_type is None:
            raise Unplayed(f"the CSOM value {name}")
        numbers = of_type == "SP.BasePermissions"
        return {"_ObjectType_": of_type, **{key: int(each) if numbers else each for key, each in value.items()}}
    if isinstance(value, list) and wanted == "Collection(Guid)":
        return [Guid(str(each)) for each in value]
    if isinstance(value, str) and wanted == "Guid":
        return Guid(value)
    return Moment(value) if isinstance(value, str) and wanted == "DateTime" else value


def struct_of(name: str, value: Doc) -> str | None:
    """The type of an object that is sent as its values."""
    if list(value) == ["StringValue"]:
        return "SP.ContentTypeId" if name == "ContentTypeId" else "SP.ChangeToken"
    return value.get("_ObjectType_") or STRUCTS.get(tuple(sorted(value)))
