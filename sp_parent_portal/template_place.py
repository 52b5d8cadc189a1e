"""Templates at the school's place: its own beside portal.toml, and in all of them its sites' time zone and the way in
which dates are written there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from .errors import TripError
from .site_scripts import Action
from .template_model import Template
from .templates import load_template
from .time_zones import find_number
from .trips import Portal, SitesSection, find_portal

OWN = "site_templates"  # beside portal.toml


def find_own(portal: Path | None = None) -> Path | None:
    """The folder of the school's own templates: beside `portal`, or beside the portal.toml that is found from the
    current folder. None where there is no portal.toml."""
    try:
        return (portal or find_portal(Path())).parent / OWN
    except TripError:
        return None


def load_placed(name: str, portal: Portal) -> Template:
    """As the trips of this school use it. Raises TemplateError."""
    return settle(load_template(name, find_own(portal.file)), portal.sites)


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
