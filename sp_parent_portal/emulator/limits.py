"""Prices and limits, read from limits.toml: one figure, one source, one date."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from .web import Request


@cache
def load_limits() -> dict[str, Any]:
    limits: dict[str, Any] = tomllib.loads((Path(__file__).parent / "limits.toml").read_text(encoding="utf-8"))
    return limits


def find_tier(licences: int) -> dict[str, int]:
    """SharePoint's tier for a tenant with that many seats."""
    tiers: list[dict[str, int]] = load_limits()["sharepoint"]["tier"]
    return next(tier for tier in tiers if licences <= tier.get("licences_up_to", licences))


def external_recipients_per_day(licences: int) -> int:
    """The tenant's external recipients in 24 hours, by the formula of limits.toml."""
    formula = load_limits()["mail"]["tenant_external_recipients_per_day"]
    found = re.fullmatch(r"(\d+) \* licences \*\* ([\d.]+) \+ (\d+)", formula)
    if found is None:
        raise ValueError(f"limits.toml: cannot read {formula!r}")
    return int(int(found[1]) * licences ** float(found[2]) + int(found[3]))


LARGE = 501
"""Users from which on a directory is large: nobody need count further."""


def directory_units_per_10_seconds(users: int) -> int:
    sizes: dict[str, int] = load_limits()["graph"]["app_units_per_10_seconds"]
    return sizes["small" if users < 50 else "medium" if users < LARGE else "large"]


def units_of(request: Request) -> int:
    """Resource units of one request, by the price its route gave it."""
    if request.service == "directory":
        return _directory_units(request)
    if request.service == "sharepoint":
        prices: dict[str, int] = load_limits()["sharepoint"]["units"]
        return prices[request.price or "rest_other"] * request.price_times
    return 0


def _directory_units(request: Request) -> int:
    prices: dict[str, int] = load_limits()["graph"]["units"]
    units = prices[request.price or "other_get"]
    if request.method != "GET" or not request.query_string:
        return units
    options = {name.lower(): value for name, value in request.args.items()}
    top = options.get("$top", "")
    if "$select" in options:
        units -= prices["select_discount"]
    if "$expand" in options:
        units += prices["expand_surcharge"]
    if top.isdigit() and int(top) < 20:
        units -= prices["top_under_20_discount"]
    return max(units, 1)
