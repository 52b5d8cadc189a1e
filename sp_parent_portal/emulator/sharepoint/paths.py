"""The address of a SharePoint REST call: `{site url}/_api/<expression>`, read into segments.

An expression is names parted by `/`, each perhaps with arguments in brackets: `web/lists(guid'…')/items(3)`,
`web/ensureuser(@v)?@v='…'`. Names are case-insensitive, quotes inside strings are doubled, strings may hold `/`.
The canonical *shape* forgets the keys (`web/lists(*)/items(*)`): it is what endpoints are registered under.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENTRANCE = re.compile(r"/(?:_api|_vti_bin/client\.svc)(?:/|$)", re.IGNORECASE)

# Collections whose members are addressed by a key in brackets, and the name that the key has by default.
KEYED = {
    "lists": "id",
    "items": "id",
    "fields": "id",
    "views": "id",
    "contenttypes": "id",
    "sitegroups": "id",
    "users": "id",
    "siteusers": "login",
    "roledefinitions": "id",
    "roleassignments": "id",
    "quicklaunch": "id",
    "topnavigationbar": "id",
    "children": "id",
    "sites": "id",
    "pages": "id",
}
# Methods that do the same: `lists/getbytitle('x')` is `lists(*)` by title.
LOOKUPS = {
    "getbyid": "id",
    "getbystringid": "id",
    "getbyprincipalid": "id",
    "getbytitle": "title",
    "getbyname": "name",
    "getbytype": "type",
    "getbyloginname": "login",
    "getbyemail": "email",
    "getbyurl": "url",
    "getbyinternalnameortitle": "name",
}
# Files and folders, found by path or id wherever they are.
PLACED = {
    "getfilebyserverrelativepath": ("file", "path"),
    "getfilebyserverrelativeurl": ("file", "path"),
    "getfilebyid": ("file", "id"),
    "getfolderbyserverrelativepath": ("folder", "path"),
    "getfolderbyserverrelativeurl": ("folder", "path"),
    "getfolderbyid": ("folder", "id"),
}
# A hidden list of the admin host that has endpoints of its own.
AGGREGATED_SITES = "do_not_delete_splist_tenantadmin_aggregated_sitecollections"
# Methods of what stands above the collection: `lists(…)/getitembyid(2)` is `lists(…)/items(2)`.
DIRECT = {"getitembyid": "items", "getuserbyid": "siteusers", "getnodebyid": "quicklaunch"}
# Whole segments that stand for one member of a collection.
STANDING = {
    "associatedownergroup": ("sitegroups", "associated", "owners"),
    "associatedmembergroup": ("sitegroups", "associated", "members"),
    "associatedvisitorgroup": ("sitegroups", "associated", "visitors"),
    "siteuserinfolist": ("lists", "title", "User Information List"),
}
SYNONYMS = {
    "microsoft.online.sharepoint.tenantadministration.tenant": "spo.tenant",
    "microsoft.online.sharepoint.tenantmanagement.office365tenant": "office365tenant",
    "sp.web": "web",
    "sp.site": "site",
}
SCRIPT_UTILITY = "microsoft.sharepoint.utilities.webtemplateextensions.sitescriptutility"


class BadPath(ValueError):
    """The expression cannot be read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`by` says what the key means (id, title, name, login, url …); "" where the segment is no member of a collection.
    `arguments` are (name or "", value) as they stand in the brackets."""

    name: str
    key: Any = None
    by: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def shape(self) -> str:
        return f"{self.name}(*)" if self.by else self.name


@dataclass(frozen=True, slots=True)
class Path:
    """`site_path` is what stands before `_api` ("" for the root site), `text` the expression as it was sent."""

    site_path: str
    text: str
    segments: tuple[Segment, ...]

    @property
    def shape(self) -> str:
        return "/".join(segment.shape for segment in self.segments)

    def find(self, name: str) -> Segment | None:
        """The last segment of that name."""
        return next((segment for segment in reversed(self.segments) if segment.name == name), None)


def parse(url_path: str, query: Mapping[str, str]) -> Path | None:
    """None where the address is no REST call. Raises BadPath."""
    match = ENTRANCE.search(url_path)
    if match is None:
        return None
    text = url_path[match.end() :]
    aliases = {name.lower(): value for name, value in query.items() if name.startswith("@")}
    raw = [_read_segment(part, aliases) for part in _cut(text, "/") if part]
    return Path(url_path[: match.start()].rstrip("/"), text, _join_keys(raw))


def _read_segment(text: str, aliases: Mapping[str, str]) -> Segment:
    name, bracket, rest = text.partition("(")
    arguments: tuple[tuple[str, Any], ...] = ()
    if bracket:
        if not rest.endswith(")"):
            raise BadPath(f'The expression "{text}" is not valid.')
        arguments = tuple(_read_argument(part, aliases) for part in _cut(rest[:-1], ",") if part.strip())
    name = name.lower()
    name = SYNONYMS.get(name, name)
    if name in STANDING:
        collection, by, key = STANDING[name]
        return Segment(collection, key, by)
    if name == "getlist" and arguments:
        return Segment("lists", arguments[0][1], "url")
    if name in PLACED and arguments:
        collection, by = PLACED[name]
        return Segment(collection, arguments[0][1], by)
    if name in DIRECT and arguments:
        return Segment(DIRECT[name], arguments[0][1], "id")
    if name in KEYED and len(arguments) == 1 and not arguments[0][0]:
        return Segment(name, arguments[0][1], KEYED[name] if isinstance(arguments[0][1], str) else "id")
    return Segment(name, arguments=arguments)


def _join_keys(raw: list[Segment]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for segment in raw:
        if segments and segment.name in LOOKUPS and segments[-1].name in KEYED and not segments[-1].by:
            key = segment.arguments[0][1] if segment.arguments else None
            segments[-1] = _keyed(segments[-1].name, key, LOOKUPS[segment.name])
        elif segments and segment.name == "sitepages" and segments[-1].shape == "lists":
            segments[-1] = Segment("lists", "Site Pages", "title")
        elif segment.name.startswith(SCRIPT_UTILITY):
            name = f"sitescriptutility.{segment.name[len(SCRIPT_UTILITY) + 1 :]}"
            segments.append(Segment(name, arguments=segment.arguments))
        else:
            segments.append(segment)
    return tuple(segments)


def _keyed(name: str, key: Any, by: str) -> Segment:
    if name == "lists" and str(key).lower() == AGGREGATED_SITES:
        return Segment("aggregatedsites")
    return Segment(name, key, by)


def _read_argument(text: str, aliases: Mapping[str, str]) -> tuple[str, Any]:
    text = text.strip()
    match = re.match(r"([A-Za-z_]\w*)\s*=(.*)", text, re.DOTALL)
    if match is not None:
        return match[1].lower(), read_literal(match[2].strip(), aliases)
    return "", read_literal(text, aliases)


def read_literal(text: str, aliases: Mapping[str, str] | None = None) -> Any:
    """An OData literal: `'text'`, `guid'…'`, `datetime'…'`, number, true, false, null, `@alias`. Raises BadPath."""
    if text.startswith("@"):
        value = (aliases or {}).get(text.lower())
        if value is None:
            raise BadPath(f"The parameter {text} is not given.")
        return read_literal(value.strip())
    match = re.fullmatch(r"(guid|datetime|datetimeoffset)?'(.*)'", text, re.DOTALL | re.IGNORECASE)
    if match is not None:
        value = match[2].replace("''", "'")
        return value.strip("{}").lower() if (match[1] or "").lower() == "guid" else value
    if text.lower() in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text.lower()]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    raise BadPath(f'The expression "{text}" is not valid.')


def _cut(text: str, mark: str) -> list[str]:
    """Cut at the mark where it stands outside quotes and brackets."""
    parts, start, depth, quoted = [], 0, 0, False
    for position, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == mark and not quoted and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
