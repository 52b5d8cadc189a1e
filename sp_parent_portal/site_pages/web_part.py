"""A web part as SharePoint keeps it in a canvas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WebPart:
    """`texts`, `images` and `links` are by property path, as SharePoint's serverProcessedContent has them; `more` are
    its further keys."""

    id: str
    title: str
    version: str
    properties: Data
    texts: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    more: Data = field(default_factory=dict)

    def data(self, instance: str) -> Data:
        return {
            "id": self.id,
            "instanceId": instance,
            "title": self.title,
            "description": self.title,
            "dataVersion": self.version,
            "properties": self.properties,
            "serverProcessedContent": {
                "htmlStrings": {},
                # A bare < here breaks the page when it is saved again (pnp/pnpjs, read 2026-08).
                "searchablePlainTexts": {path: text.replace("<", "&lt;") for path, text in self.texts.items()},
                "imageSources": dict(self.images),
                "links": dict(self.links),
                **self.more,
            },
            "dynamicDataPaths": {},
            "dynamicDataValues": {},
        }
