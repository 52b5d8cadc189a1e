"""The site's memory of which trip and template made it, and of every part as we left it: one item in a small hidden
list that only owners can read.

The web's property bag cannot be written on sites without custom scripts, which all new ones are. The item's title says
trip, template, version and inputs; a column of text holds the parts, of which there are more than a title can hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..microsoft365 import Gateway
from ..microsoft365.model import ListItem
from ..microsoft365.site_reading import WholeSite
from ..plan.desired import Desired
from .drift import Memory, Remembered

MARKER_LIST = "SPParentPortal"
MEMORY = "PortalMemory"
CLOSED = "closed"
MEMORY_XML = (
    '<Field Type="Note" ID="{5b0f6a53-9f0c-4f0e-9d5a-6f8f0b7a2c41}" Name="PortalMemory" StaticName="PortalMemory" '
    'DisplayName="PortalMemory" NumLines="6" RichText="FALSE"/>'
)


@dataclass(frozen=True, slots=True)
class Marker:
    """`about` names trip, template, version and inputs, {} where the site has no marker; `memory` is by part. `list`
    and `item` are where it stands, "" and None where that is not there yet."""

    about: Mapping[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    list: str = field(default="", compare=False)
    item: int | None = field(default=None, compare=False)

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


def find_marker(site: WholeSite) -> Marker:
    """`site` was read with the marker's list and its items. What is in that list and not ours is passed over."""
    found = next((each.list.id for each in site.lists if each.list.title == MARKER_LIST), "")
    return replace(read_marker(site.items), list=found)


def read_marker(items: Sequence[ListItem]) -> Marker:
    for item in items:
        about = _read_object(item.values.get("Title"))
        if "trip" in about:
            told = {str(name): str(value) for name, value in about.items()}
            return Marker(told, read_memory(item.values.get(MEMORY)), item=item.id)
    return NO_MARKER


def write_marker(gateway: Gateway, url: str, marker: Marker) -> Marker:
    """The marker as it reads after it was written. Its list is there already, and nobody else's."""
    values = {"Title": json.dumps(dict(marker.about), separators=(",", ":")), MEMORY: write_memory(marker.memory)}
    written = gateway.sharepoint.write_items_and_read(url, marker.list, [(marker.item, values)])
    return replace(read_marker(written.items), list=marker.list)


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
