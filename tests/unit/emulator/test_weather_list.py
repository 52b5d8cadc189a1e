"""WEATHER.md is complete: every kind of weather has a row, every row a test that plays it with the row's own order."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from sp_parent_portal.emulator import faults, limits, weather

from .weather_list import Row, read_rows

HERE = Path(__file__).parent
PLAYED_IN = ("test_weather_calls.py", "test_weather_tenant.py", "test_weather_limits.py")
# Figures of limits.toml that nothing is refused by: prices, and what is a matter of money or of a person's choice.
NO_LIMIT = ("source", "sharepoint.units", "graph.units", "invitations", "licences", "sharepoint.tier.licences_up_to")


def played() -> dict[str, str]:
    """Source of every test that plays weather, by name."""
    found: dict[str, str] = {}
    for name in PLAYED_IN:
        text = (HERE / name).read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                decorators = "".join(ast.unparse(each) for each in node.decorator_list)
                found[node.name] = decorators + ast.unparse(node)
    return found


def figures(doc: Any, at: str = "") -> set[str]:
    """Addresses of the figures of limits.toml; tiers stand for one another."""
    if isinstance(doc, list):
        return set().union(*(figures(each, at) for each in doc))
    if isinstance(doc, dict):
        return set().union(*(figures(value, f"{at}.{name}".lstrip(".")) for name, value in doc.items()))
    return {at}


def test_every_row_has_its_test_and_every_test_its_row() -> None:
    told = {row.test for row in read_rows().values()}
    assert told == set(played())


def test_every_test_takes_its_orders_from_the_table() -> None:
    for name, source in played().items():
        assert f"rows_of('{name}')" in source or f"row_of('{name}')" in source, name


def orders(how: str) -> list[Row]:
    return [row for row in read_rows().values() if row.how == how]


def test_every_kind_of_fault_is_in_the_table() -> None:
    told = set().union(*(json.loads(row.order) for row in orders("faults")))
    assert told | {"on"} == set(faults.KINDS)


def test_every_setting_is_in_the_table() -> None:
    told = set().union(*(row.settings for row in orders("weather")))
    assert told == set(weather.NAMES)


def test_every_published_limit_is_in_the_table() -> None:
    known = {each for each in figures(limits.load_limits()) if not each.startswith(NO_LIMIT)}
    told = {row.order for row in orders("limits")}
    sizes = {each for each in known if each.startswith("graph.app_units_per_10_seconds.")}
    assert told - known == set()
    assert known - told == sizes - {"graph.app_units_per_10_seconds.small"}
