"""The site's memory of which trip and template made it: one item in a small hidden list that only owners can read.

The web's property bag cannot be written on sites without custom scripts, which all new ones are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..errors import NotFound
from ..microsoft365 import Gateway
from ..microsoft365.model import SiteList
from ..plan.desired import Desired

MARKER_LIST = "SPParentPortal"
GENERIC_LIST = 100


def make_marker(desired: Desired) -> dict[str, str]:
    """At most 255 characters as JSON, what a Title holds."""
    content = desired.content
    return {
        "trip": desired.slug,
        "template": content.template,
        "version": content.version,
        "inputs": content.input_hash,
    }


def read_marker(gateway: Gateway, url: str, lists: Sequence[SiteList]) -> dict[str, str]:
    """{} for a site without our list or with one that is not ours."""
    found = next((each for each in lists if each.title == MARKER_LIST), None)
    if found is None:
        return {}
    for item in gateway.sharepoint.list_items(url, found.id):
        try:
            marker = json.loads(str(item.values.get("Title", "")))
        except ValueError:
            continue
        if isinstance(marker, dict) and "trip" in marker:
            return {str(name): str(value) for name, value in marker.items()}
    return {}


def write_marker(gateway: Gateway, desired: Desired) -> bool:
    """Whether the marker, written, reads as it should. The list gets own permissions, copied from nowhere, before the
    item: guardians never see it."""
    sharepoint, url = gateway.sharepoint, desired.url
    found = next((each for each in sharepoint.list_lists(url) if each.title == MARKER_LIST), None)
    if found is None:
        found = sharepoint.create_list(url, MARKER_LIST, GENERIC_LIST, description="Kept by the school", hidden=True)
    if not found.unique_permissions:
        sharepoint.break_inheritance(url, found.id)
    wanted = make_marker(desired)
    title = {"Title": json.dumps(wanted, separators=(",", ":"))}
    items = sharepoint.list_items(url, found.id)
    if items:
        sharepoint.update_item(url, found.id, items[0].id, title)
    else:
        sharepoint.add_item(url, found.id, title)
    return read_marker(gateway, url, [found]) == wanted


def is_private(gateway: Gateway, url: str) -> bool:
    """Whether the marker's list has own permissions that name nobody but owners. Raises NotFound without the list."""
    found = next((each for each in gateway.sharepoint.list_lists(url) if each.title == MARKER_LIST), None)
    if found is None:
        raise NotFound("the site has no marker yet", "run apply again")
    owners = gateway.sharepoint.get_associated_groups(url).owners.id
    grants = gateway.sharepoint.list_grants(url, found.id)
    return found.unique_permissions and all(grant.principal.id == owners or _is_admin(grant.levels) for grant in grants)


def _is_admin(levels: tuple[str, ...]) -> bool:
    # Breaking inheritance as a person leaves that person with Full Control; a guardian never has that.
    return set(levels) <= {"Full Control"}
