"""A template of the gallery at the school's own place: its sites' time zone and the way dates are written there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .site_scripts import Action
from .template_model import Template
from .time_zones import find_number

if TYPE_CHECKING:
    from .trips import SitesSection


def settle(template: Template, sites: SitesSection) -> Template:
    """What portal.toml says of it takes the place of the template's; a template that sets neither is left as it is."""
    own = {"timeZone": find_number(sites.time_zone), "locale": sites.locale, "hourFormat": sites.clock}
    wanted = {name: value for name, value in own.items() if value}
    if not wanted:
        return template
    staff = template.staff
    return replace(
        template,
        actions=_settle(template.actions, wanted),
        staff=None if staff is None else replace(staff, actions=_settle(staff.actions, wanted)),
    )


def _settle(actions: Iterable[Action], wanted: Mapping[str, object]) -> tuple[Action, ...]:
    return tuple({**each, **wanted} if each["verb"] == "setRegionalSettings" else each for each in actions)
