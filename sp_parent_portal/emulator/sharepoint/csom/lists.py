"""Web.Lists through CSOM: new lists, their columns and views. Reading them is left to REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import fields, lists, navigation, views
from ..faults import bad_value
from ..reading import read_flag, read_number, read_object, read_text, read_texts
from ..site import Doc, Site
from .things import Thing, kind_of, method

if TYPE_CHECKING:
    from ...app import Emulator

LISTS = kind_of("SP.ListCollection", (), types={})
LIST = kind_of("SP.List", ("Id", "Title"), types={"Id": "Guid"})
FIELDS = kind_of("SP.FieldCollection", (), types={})
FIELD = kind_of("SP.Field", ("Id", "InternalName", "Title"), types={"Id": "Guid"})
VIEWS = kind_of("SP.ViewCollection", (), types={})
VIEW = kind_of("SP.View", ("Id", "Title"), types={"Id": "Guid"})
IN_MENU = 1  # QuickLaunchOptions.On


def show_lists(site: Site) -> Thing:
    return Thing(LISTS, subject=site)


@method(LISTS, "Add")
def add_list(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """Without a Url the address is made from the title."""
    site: Site = thing.subject
    wanted = read_object(given[0] if given else None, "parameters")
    title, url = read_text(wanted, "Title"), read_text(wanted, "Url")
    about = {"Description": read_text(wanted, "Description")}
    doc = lists.add_list(site, title, read_number(wanted, "TemplateType"), url=url, wanted=about)
    if read_number(wanted, "QuickLaunchOption") == IN_MENU:
        navigation.add_node(site, "QuickLaunch", title, site.under(doc["_url"]))
    children = {"Fields": Thing(FIELDS, subject=(site, doc["Id"])), "Views": Thing(VIEWS, subject=(site, doc["Id"]))}
    return Thing(LIST, doc, children=children)


def _list_of(thing: Thing) -> tuple[Site, Doc]:
    """As the actions before this one left it."""
    site, list_id = thing.subject
    return site, lists.get_list(site, list_id, "id")


@method(FIELDS, "AddFieldAsXml")
def add_field(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """The schema, whether to show it in the default view, and AddFieldOptions."""
    site, list_doc = _list_of(thing)
    if len(given) != 3 or not isinstance(given[0], str) or not isinstance(given[2], int):
        raise bad_value("The parameters of AddFieldAsXml are a schema, a flag and options.")
    field = fields.add_field_xml(site, list_doc, given[0], given[2])
    view = views.find_default_view(site, list_doc)
    if given[1] and view is not None:
        views.add_view_field(site, list_doc, view, field["InternalName"])
    return Thing(FIELD, field)


@method(VIEWS, "Add")
def add_view(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """A view of that name does not stand in the way, as it does not in REST."""
    site, list_doc = _list_of(thing)
    wanted = read_object(given[0] if given else None, "parameters")
    names = read_texts(wanted, "ViewFields")
    for name in names:
        fields.get_field(site, list_doc, views.column_of(name), "name")
    view = {
        **views.make_view(site, list_doc, read_text(wanted, "Title"), names),
        "ViewQuery": read_text(wanted, "Query"),
        "RowLimit": read_number(wanted, "RowLimit", 30),
        "Paged": read_flag(wanted, "Paged"),
        "PersonalView": read_flag(wanted, "PersonalView"),
        "DefaultView": read_flag(wanted, "SetAsDefaultView"),
    }
    return Thing(VIEW, views.set_view(site, list_doc, view))
