"""Views of a list."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from .answers import EntityType
from .faults import no_view
from .site import Doc, Site, clone_id, recorded

NAMED = {
    "CustomFormatter",
    "Title",
    "ViewQuery",
    "RowLimit",
    "Paged",
    "Hidden",
    "DefaultView",
    "ViewType2",
    "ColumnWidth",
}


def list_views(site: Site, list_doc: Doc) -> list[Doc]:
    return site.each("view", list_doc["Id"])


def get_view(site: Site, list_doc: Doc, key: object, by: str) -> Doc:
    """By id or title. Raises Fault."""
    wanted = str(key).strip("{}").lower()
    doc = (
        site.find("view", wanted, list_doc["Id"]) if by == "id" else site.find_titled("view", str(key), list_doc["Id"])
    )
    if doc is None:
        raise no_view()
    return doc


def find_default_view(site: Site, list_doc: Doc) -> Doc | None:
    return next((view for view in list_views(site, list_doc) if view["DefaultView"]), None)


def set_view(site: Site, list_doc: Doc, view: Doc) -> Doc:
    """Stored with its schema written anew. A view made the default takes the place of the one before it."""
    if view["DefaultView"]:
        for other in list_views(site, list_doc):
            if other["DefaultView"] and other["Id"] != view["Id"]:
                set_view(site, list_doc, {**other, "DefaultView": False})
    view = {**view, "HtmlSchemaXml": _schema(view), "ListViewXml": _schema(view)}
    site.put("view", view["Id"], view, parent=list_doc["Id"], title=view["Title"])
    return view


def make_view(site: Site, list_doc: Doc, title: str, fields: Sequence[str], *, view_id: str = "") -> Doc:
    """Not yet stored."""
    view_id = view_id or str(uuid.uuid4())
    folder = f"{list_doc['_url']}/Forms" if list_doc["BaseType"] == 1 else list_doc["_url"]
    url = site.under(f"{folder}/{title.replace('/', '')}.aspx")
    return {
        **recorded("view"),
        "Id": view_id,
        "Title": title,
        "ServerRelativeUrl": url,
        "ServerRelativePath": {"DecodedUrl": url},
        "_fields": list(fields),
        "_path": f"Web/Lists(guid'{list_doc['Id']}')/Views(guid'{view_id}')",
    }


def add_default_view(site: Site, list_doc: Doc) -> Doc:
    """The view that a list is born with."""
    library = list_doc["BaseType"] == 1
    fields = ("DocIcon", "LinkFilename", "Modified", "Editor") if library else ("LinkTitle",)
    title = "All Documents" if library else "All Items"
    view = make_view(site, list_doc, title, fields, view_id=clone_id(list_doc["Id"], "view"))
    url = view["ServerRelativeUrl"].rpartition("/")[0] + "/AllItems.aspx"
    return set_view(
        site,
        list_doc,
        {
            **view,
            "DefaultView": True,
            "ServerRelativeUrl": url,
            "ServerRelativePath": {"DecodedUrl": url},
            "Paged": True,
        },
    )


def add_view_field(site: Site, list_doc: Doc, view: Doc, name: str) -> None:
    if name not in view["_fields"]:
        set_view(site, list_doc, {**view, "_fields": [*view["_fields"], name]})


def column_of(name: str) -> str:
    """Columns that only views know stand for others."""
    return {"LinkTitle": "Title", "LinkTitleNoMenu": "Title", "DocIcon": "Title", "LinkFilename": "FileLeafRef"}.get(
        name, name
    )


def _schema(view: Doc) -> str:
    fields = "".join(f"<FieldRef Name={quoteattr(name)} />" for name in view["_fields"])
    return (
        f'<View Type="HTML" Url={quoteattr(view["ServerRelativeUrl"])} Personal="FALSE" '
        f'DisplayName={quoteattr(view["Title"])} DefaultView="{str(view["DefaultView"]).upper()}" '
        f'Name="{{{view["Id"].upper()}}}"><ViewType2>{escape(view["ViewType2"] or "NONE")}</ViewType2>'
        f"<ViewFields>{fields}</ViewFields><Query>{view['ViewQuery'] or ''}</Query>"
        f'<RowLimit Paged="{str(view["Paged"]).upper()}">{view["RowLimit"]}</RowLimit></View>'
    )


def _view_fields(_: Site, view: Doc) -> Doc:
    names = view["_fields"]
    return {"SchemaXml": "".join(f"<FieldRef Name={quoteattr(name)} />" for name in names), "Items": list(names)}


VIEW = EntityType("SP.View", plain=tuple(recorded("view")), computed={"ViewFields": _view_fields})
