"""Values out of a request's JSON, each of the type it must have. Every function raises Fault for another type."""

from __future__ import annotations

from typing import Any

from .faults import bad_value, wrong_type

Doc = dict[str, Any]


def read_text(doc: Doc, name: str, default: str = "") -> str:
    value = doc.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise wrong_type("Edm.String")
    return value


def read_number(doc: Doc, name: str, default: int = 0) -> int:
    value = doc.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("Edm.Int32")
    return value


def read_flag(doc: Doc, name: str, default: bool = False) -> bool:
    value = doc.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise wrong_type("Edm.Boolean")
    return value


def read_texts(doc: Doc, name: str) -> list[str]:
    value = doc.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong_type("Collection(Edm.String)")
    return value


def read_object(value: object, name: str) -> Doc:
    """An object that must be there."""
    if not isinstance(value, dict):
        raise bad_value(f"Value cannot be null.\r\nParameter name: {name}")
    return value


def read_objects(value: object, name: str) -> list[Doc]:
    """A list of objects that must be there."""
    if not isinstance(value, list):
        raise bad_value(f"Value cannot be null.\r\nParameter name: {name}")
    return [read_object(item, name) for item in value]


def check_type(present: object, value: object) -> None:
    """A new value for a property that has the present one."""
    if present is None or value is None:
        return
    if isinstance(present, bool):
        fits, kind = isinstance(value, bool), "Edm.Boolean"
    elif isinstance(present, int | float):
        fits, kind = isinstance(value, int | float) and not isinstance(value, bool), "Edm.Int32"
    elif isinstance(present, str):
        fits, kind = isinstance(value, str), "Edm.String"
    else:
        fits, kind = isinstance(value, type(present)), "an object"
    if not fits:
        raise wrong_type(kind)
