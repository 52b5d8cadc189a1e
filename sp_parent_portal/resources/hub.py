"""The hub site that portal.toml names: every trip's site joins it."""

from __future__ import annotations

from dataclasses import replace

from ..errors import TripError
from ..microsoft365 import Gateway
from ..plan.desired import Desired
from ..trips import Portal

VERB = "joinHubSite"


def find_hub(gateway: Gateway, portal: Portal) -> str:
    """Its id, "" where portal.toml names none. Raises TripError where the address is no hub's."""
    named = portal.sites.hub
    if not named.startswith("https://"):
        return named.lower()
    site = gateway.sharepoint.find_site(named)
    if site is None or not site.hub or site.hub != site.id:
        raise TripError(
            f"{portal.file}: [sites] hub: {named} is no hub site",
            "register it as one in the SharePoint admin centre, or name another",
        )
    return site.hub


def join_hub(desired: Desired, hub: str) -> Desired:
    """A template that asks for a hub by an input of its own has its way."""
    settings = desired.content.settings
    if not hub or not desired.content.version or any(action["verb"] == VERB for action in settings):
        return desired
    return replace(desired, content=replace(desired.content, settings=(*settings, {"verb": VERB, "hubSiteId": hub})))
