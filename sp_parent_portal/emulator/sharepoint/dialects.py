"""The JSON dialects of SharePoint's REST interface, chosen by the Accept header.

| Accept                                         | entities          | collections           | next page       |
|------------------------------------------------|-------------------|-----------------------|-----------------|
| application/json;odata=verbose                 | `{"d": {…}}`      | `{"d": {"results"}}`  | `__next`        |
| application/json;odata=nometadata              | `{…}`             | `{"value": […]}`      | odata.nextLink  |
| application/json, odata=minimalmetadata        | with `odata.type` | `{"value": […]}`      | odata.nextLink  |
| application/json;odata.metadata=none (v4)      | `{…}`             | `{"value": […]}`      | @odata.nextLink |
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from ..web import Request
from .answers import Doc, Empty, Entity, EntityType, Rows, Stream, Value, Void
from .faults import Fault, Unplayed, unknown_column
from .options import Options, Tree, sort_docs
from .routes import Answer
from .site import Site

PAGE = 100


class Dialect(Enum):
    VERBOSE = "application/json;odata=verbose;charset=utf-8"
    NONE = "application/json;odata=nometadata;streaming=true;charset=utf-8"
    MINIMAL = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
    V4 = "application/json;odata.metadata=none"
    XML = "application/atom+xml"


def choose(request: Request) -> Dialect:
    accept = request.sent("Accept").lower().replace(" ", "")
    if "odata=verbose" in accept:
        return Dialect.VERBOSE
    if "odata=nometadata" in accept:
        return Dialect.NONE
    if "odata.metadata=none" in accept:
        return Dialect.V4 if request.sent("OData-Version").startswith("4") else Dialect.NONE
    if "odata=minimalmetadata" in accept or "odata.metadata=minimal" in accept or "application/json" in accept:
        return Dialect.MINIMAL
    return Dialect.XML


@dataclass(frozen=True, slots=True)
class Writer:
    """Turns an answer into a body. `base` is the absolute address of `_api`, `function` the name of the method called
    ("" where an entity or a collection was addressed)."""

    dialect: Dialect
    base: str
    function: str
    home: Site | None

    def write(self, answer: Answer, options: Options, address: str) -> Response:
        if isinstance(answer, Fault):
            return self._respond(self.fault(answer), answer.status)
        if isinstance(answer, Empty):
            response = Response("", answer.status, content_type=self.dialect.value)
            if answer.etag:
                response.headers["ETag"] = answer.etag
            return response
        if isinstance(answer, Stream):
            return Response(json.dumps(answer.doc), 200, content_type="application/json; charset=utf-8")
        if self.dialect is Dialect.XML:
            raise Unplayed("an answer in XML: ask for application/json")
        if isinstance(answer, Void):
            return self._respond({"d": {self.function: None}} if self._verbose else {"odata.null": True}, 200)
        if isinstance(answer, Value):
            return self._respond(self._value(answer), 200)
        if isinstance(answer, Rows):
            return self._respond(self._collection(answer, options, address), 200)
        doc = self._entity(answer.type, answer.doc, options.select, options.expand)
        response = self._respond({"d": doc} if self._verbose else doc, answer.status)
        if answer.status == 201:
            response.headers["Location"] = f"{self.base}/{quote(answer.doc['_path'], safe='/()$=,@!*')}"
        if "_version" in answer.doc:
            response.headers["ETag"] = f'"{answer.doc["_version"]}"'
        return response

    @property
    def _place(self) -> Site:
        """What computes properties is given the site; kinds of the service as a whole do not look at it."""
        return cast(Site, self.home)

    @property
    def _verbose(self) -> bool:
        return self.dialect is Dialect.VERBOSE

    def _respond(self, doc: Any, status: int) -> Response:
        text = json.dumps(doc, separators=(",", ":"), ensure_ascii=False)
        media = Dialect.MINIMAL if self.dialect is Dialect.XML else self.dialect
        return Response(text, status, content_type=media.value)

    def fault(self, fault: Fault) -> Doc:
        code = f"{fault.code}, {fault.kind}"
        if self.dialect is Dialect.V4:
            return {"error": {"code": code, "message": fault.message}}
        error = {"code": code, "message": {"lang": "en-US", "value": fault.message}}
        return {"error" if self._verbose else "odata.error": error}

    # ---- values

    def _value(self, answer: Value) -> Doc:
        if self._verbose:
            value = self._plain(answer.value)
            if isinstance(answer.value, list):
                value = {"__metadata": {"type": f"Collection({answer.type_name})"}, "results": value["results"]}
            elif isinstance(answer.value, dict):
                value = {"__metadata": {"type": answer.type_name}, **value}
            return {"d": {self.function: value}}
        if isinstance(answer.value, dict):
            return answer.value
        return {"value": answer.value}

    def _plain(self, value: Any) -> Any:
        """Nested values: the verbose dialect puts collections into `results`."""
        if isinstance(value, dict):
            return {name: self._plain(item) for name, item in value.items() if not name.startswith("_")}
        if not isinstance(value, list):
            return value
        items = [self._plain(item) for item in value]
        return {"results": items} if self._verbose else items

    # ---- collections

    def _collection(self, rows: Rows, options: Options, address: str) -> Doc:
        docs, next_page = (rows.docs, rows.next_page) if rows.cut else self._cut(rows, options)
        items = [self._entity(rows.type, doc, options.select, options.expand) for doc in docs]
        link = "" if next_page is None else f"{address}?{urlencode(next_page, quote_via=quote)}"
        if self._verbose:
            return {"d": {"results": items, **rows.beside, **({"__next": link} if link else {})}}
        name = "@odata.nextLink" if self.dialect is Dialect.V4 else "odata.nextLink"
        head = {"odata.metadata": f"{self.base}/$metadata#{rows.type.name}"} if self.dialect is Dialect.MINIMAL else {}
        return {**head, **({name: link} if link else {}), **rows.beside, "value": items}

    def _cut(self, rows: Rows, options: Options) -> tuple[list[Doc], None]:
        """Collections other than items come whole; $top and $skip cut them without a next page."""
        docs = rows.docs
        if options.test is not None:
            docs = [doc for doc in docs if options.test(self._flat(rows.type, doc))]
        docs = sort_docs(docs, options.order)[options.skip :]
        return (docs if options.top is None else docs[: options.top]), None

    def _flat(self, kind: EntityType, doc: Doc) -> Doc:
        """What a filter may ask for."""
        if self.home is None or not kind.computed:
            return doc
        return {**doc, **{name: function(self.home, doc) for name, function in kind.computed.items()}}

    # ---- entities

    def _entity(self, kind: EntityType, doc: Doc, select: Tree | None, expand: Tree) -> Doc:
        names = list(self._names(kind, doc, select))
        result: Doc = dict(self._head(kind, doc))
        for name in expand:
            if name not in kind.expansions and name not in {key.lower() for key in doc}:
                raise Unplayed(f"$expand of {name} on {kind.name}")
        for key, function in kind.expansions.items():
            branch = (select or {}).get(key)
            chosen = select is None or "*" in select or key in select
            if key in kind.inline or (key in expand and chosen):
                answer = function(self._place, doc)
                result[_navigation_name(key)] = self._expanded(answer, branch or None, expand.get(key, {}))
            elif self._verbose and chosen:
                result[_navigation_name(key)] = {"__deferred": {"uri": f"{self._uri(doc)}/{_navigation_name(key)}"}}
        for name in names:
            result[name] = self._plain(kind.computed[name](self._place, doc) if name in kind.computed else doc[name])
        return result

    @property
    def _site(self) -> Site:
        if self.home is None:
            raise LookupError("no site")
        return self.home

    def _expanded(self, answer: Entity | Rows, select: Tree | None, expand: Tree) -> Any:
        if isinstance(answer, Entity):
            return self._entity(answer.type, answer.doc, select, expand)
        items = [self._entity(answer.type, doc, select, expand) for doc in answer.docs]
        return {"results": items} if self._verbose else items

    def _names(self, kind: EntityType, doc: Doc, select: Tree | None) -> Iterator[str]:
        plain = _list_shown(kind.plain or tuple(doc)) if select is None or "*" in select else ()
        if select is None:
            yield from plain
            return
        known = _by_lower((*doc, *kind.computed))
        if "*" in select:
            yield from plain
        for name in select:
            if name == "*" or name in kind.expansions:
                continue
            if name not in known:
                if kind.name == "SP.ListItem":
                    raise unknown_column(name)
                raise Unplayed(f"the property {name} of {kind.name}")
            if "*" not in select or known[name] not in plain:
                yield known[name]

    def _head(self, kind: EntityType, doc: Doc) -> Doc:
        name = doc.get("_type", kind.name)
        if self._verbose:
            return {"__metadata": {"id": self._uri(doc), "uri": self._uri(doc), "type": name}}
        if self.dialect is Dialect.MINIMAL:
            return {"odata.type": name, "odata.id": self._uri(doc), "odata.editLink": doc.get("_path", "")}
        return {}

    def _uri(self, doc: Doc) -> str:
        return f"{self.base}/{doc.get('_path', '')}"


# Answers are made of few kinds of entities, each with the same names every time.
@lru_cache(maxsize=1024)
def _list_shown(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not name.startswith("_"))


@lru_cache(maxsize=1024)
def _by_lower(names: tuple[str, ...]) -> dict[str, str]:
    return {name.lower(): name for name in _list_shown(names)}


NAVIGATION_NAMES = (
    "AssociatedMemberGroup", "AssociatedOwnerGroup", "AssociatedVisitorGroup", "Children", "ExternalUserCollection",
    "Fields", "Items", "ListItemAllFields", "Lists", "Member", "RegionalSettings", "RoleAssignments",
    "RoleDefinitionBindings",
    "RoleDefinitions", "RootFolder", "SiteGroups", "SiteUsers", "TimeZone", "Users", "Views",
)  # fmt: skip
_NAVIGATION = {name.lower(): name for name in NAVIGATION_NAMES}


def _navigation_name(key: str) -> str:
    return _NAVIGATION[key]
