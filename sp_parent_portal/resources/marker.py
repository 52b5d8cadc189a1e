"""The site's memory of which trip and template made it, and of every part as we left it: one item in a small hidden
list that only owners can read.

The web's property bag cannot be written on sites without custom scripts, which all new ones are. The item's title says
trip, template, version and inputs; a column of text holds the parts, of which there are more than a title can hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import AlreadyExists, NotFound
from ..microsoft365 import Gateway
from ..microsoft365.model import Grant, ListAccess, ListItem, SiteList
from ..plan.desired import Desired
from .drift import Memory, Remembered

MARKER_LIST = "SPParentPortal"
GENERIC_LIST = 100
MEMORY = "PortalMemory"
CLOSED = "closed"
MEMORY_XML = (
    '<Field Type="Note" ID="{5b0f6a53-9f0c-4f0e-9d5a-6f8f0b7a2c41}" Name="PortalMemory" StaticName="PortalMemory" '
    'DisplayName="PortalMemory" NumLines="6" RichText="FALSE"/>'
)


@dataclass(frozen=True, slots=True)
class Marker:
    """`about` names trip, template, version and inputs, {} where the site has no marker; `memory` is by part."""

    about: Mapping[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)

    @property
    def closed(self) -> str:
        """The day on which the trip was closed, "" while it is not."""
        return self.about.get(CLOSED, "")


NO_MARKER = Marker()


def make_marker(desired: Desired) -> dict[str, str]:
    """At most 255 characters as JSON, what a Title holds."""
    content = desired.content
    return {
        "trip": desired.slug,
        "template": content.template,
        "version": content.version,
        "inputs": content.input_hash,
    }


def find_marker_list(lists: Sequence[SiteList]) -> SiteList | None:
    return next((each for each in lists if each.title == MARKER_LIST), None)


def read_marker(gateway: Gateway, url: str, lists: Sequence[SiteList]) -> Marker:
    """An empty one for a site without our list or with one that is not ours."""
    found = find_marker_list(lists)
    if found is None:
        return NO_MARKER
    for item in gateway.sharepoint.list_items(url, found.id):
        about = _read_object(item.values.get("Title"))
        if "trip" in about:
            told = {str(name): str(value) for name, value in about.items()}
            return Marker(told, read_memory(item.values.get(MEMORY)))
    return NO_MARKER


def _read_object(text: object) -> Mapping[str, object]:
    """The JSON object in a text, {} where it holds none, or half a character: that nobody can print or keep."""
    try:
        value = json.loads(str(text))
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_memory(text: object) -> dict[str, Remembered]:
    """What is no memory of ours counts as nothing remembered: then nothing is taken for our own."""
    memory: dict[str, Remembered] = {}
    for part, value in _read_object(text).items():
        match value:
            case {"wanted": str(wanted), "seen": str(seen), **more}:
                thing = more.get("id", "")
                memory[part] = Remembered(
                    wanted, seen, more.get("adopted") is True, thing if isinstance(thing, str) else ""
                )
    return memory


def write_memory(memory: Memory) -> str:
    """JSON, by part; what is empty is left out."""
    data: dict[str, dict[str, object]] = {}
    for part, each in sorted(memory.items()):
        data[part] = {"wanted": each.wanted, "seen": each.seen}
        data[part] |= {"adopted": True} if each.adopted else {}
        data[part] |= {"id": each.id} if each.id else {}
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def write_marker(gateway: Gateway, url: str, marker: Marker, *, first: bool) -> bool:
    """Whether the marker, written, reads as it should. The list gets own permissions, copied from nowhere, before the
    item: guardians never see it. `first`: the site had none when it was observed."""
    sharepoint = gateway.sharepoint
    found = _create_list(gateway, url) if first else None
    is_new = found is not None
    if found is None:
        found = find_marker_list(sharepoint.list_lists(url))
    if found is None:
        found, is_new = _create_list(gateway, url), True
    if found is None:
        return False
    if not found.unique_permissions:
        sharepoint.break_inheritance(url, found.id)
    items = () if is_new else sharepoint.list_items(url, found.id)
    if is_new or not _has_memory(gateway, url, found.id, items):
        sharepoint.add_field(url, found.id, MEMORY_XML)
    values = {"Title": json.dumps(dict(marker.about), separators=(",", ":")), MEMORY: write_memory(marker.memory)}
    [answer] = sharepoint.write_items(url, found.id, [(items[0].id if items else None, values)])
    if answer.error is not None:
        raise answer.error
    return read_marker(gateway, url, [found]) == marker


def _create_list(gateway: Gateway, url: str) -> SiteList | None:
    """None where a run that was cut off has made it."""
    try:
        return gateway.sharepoint.create_list(
            url, MARKER_LIST, GENERIC_LIST, description="Kept by the school", hidden=True
        )
    except AlreadyExists:
        return None


def _has_memory(gateway: Gateway, url: str, list_id: str, items: Sequence[ListItem]) -> bool:
    """Whether the list has the column: an item shows it; without one, or with an old one, the columns are asked."""
    if items and MEMORY in items[0].values:
        return True
    return any(each.internal_name == MEMORY for each in gateway.sharepoint.list_fields(url, list_id))


def is_private(lists: Sequence[ListAccess], owners: int) -> bool:
    """Whether the marker's list has own permissions that name nobody but the group of `owners`. Raises NotFound without
    the list."""
    found = next((each for each in lists if each.list.title == MARKER_LIST), None)
    if found is None:
        raise NotFound("the site has no marker yet", "run apply again")
    owned = all(grant.principal.id == owners or is_admin(grant) for grant in found.grants)
    return found.list.unique_permissions and owned


def is_admin(grant: Grant) -> bool:
    """Breaking inheritance as a person leaves that person with Full Control. No group is ever left with it, and no
    guest: guardians may be in the one and are the other."""
    principal = grant.principal
    return principal.kind == "user" and not principal.is_guest and set(grant.levels) <= {"Full Control"}
