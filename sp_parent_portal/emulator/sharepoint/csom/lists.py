"""Lists through CSOM, with their columns, views and root folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .. import fields, lists, navigation, permissions, views
from ..faults import bad_value
from ..reading import read_flag, read_number, read_object, read_text, read_texts
from ..routes import MANAGE
from ..site import Doc, Site
from .entities import FIELD, FOLDER, LIST, VIEW, WEB, collection, web_identity
from .things import Thing, child, method

if TYPE_CHECKING:
    from ...app import Emulator

LISTS = collection("SP.ListCollection")
FIELDS = collection("SP.FieldCollection")
VIEWS = collection("SP.ViewCollection")
IN_MENU = 1  # QuickLaunchOptions.On
# Types derived from SP.Field, by the type of the column; the text's is recorded.
DERIVED = {
    "Text": "Text",
    "Note": "MultiLineText",
    "DateTime": "DateTime",
    "Choice": "Choice",
    "MultiChoice": "MultiChoice",
    "Lookup": "Lookup",
    "User": "User",
    "Number": "Number",
    "Currency": "Currency",
    "URL": "Url",
    "Computed": "Computed",
    "Calculated": "Calculated",
    "Guid": "Guid",
}


@child(WEB.kind, "Lists")
def lists_of_web(web: Thing) -> Thing:
    site: Site = web.subject

    def show_all() -> list[Thing]:
        identity = web_identity(site)
        return [_show(site, doc, identity) for doc in lists.all_lists(site)]

    return Thing(LISTS, subject=site, members=show_all)


def find_list(site: Site, key: object, by: str) -> Thing:
    """Raises Fault."""
    doc = lists.get_list(site, key, by)
    return _show(site, doc, web_identity(site), live=True)


def _show(site: Site, doc: Doc, web: str, *, live: bool = False) -> Thing:
    list_id = doc["Id"]
    refresh = partial(lists.get_list, site, list_id, "id") if live else None
    return LIST.show(site, doc, identity=f"{web}:list:{list_id}", subject=(site, list_id), refresh=refresh)


@method(LISTS, "GetByTitle")
def get_by_title(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    return find_list(thing.subject, given[0] if given else "", "title")


@method(LISTS, "GetById")
def get_by_id(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    return find_list(thing.subject, given[0] if given else "", "id")


@method(LISTS, "Add", needs=MANAGE)
def add_list(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """Without a Url the address is made from the title."""
    site: Site = thing.subject
    wanted = read_object(given[0] if given else None, "parameters")
    title, url = read_text(wanted, "Title"), read_text(wanted, "Url")
    about = {"Description": read_text(wanted, "Description")}
    doc = lists.add_list(site, title, read_number(wanted, "TemplateType"), url=url, wanted=about)
    if read_number(wanted, "QuickLaunchOption") == IN_MENU:
        navigation.add_node(site, "QuickLaunch", title, site.under(doc["_url"]))
    return find_list(site, doc["Id"], "id")


@method(LIST.kind, "Update", needs=MANAGE)
def update_list(_: Emulator, thing: Thing, __: tuple[Any, ...]) -> None:
    site, list_doc = list_of(thing)
    lists.change_list(site, list_doc, thing.set)
    thing.set.clear()


@method(LIST.kind, "BreakRoleInheritance")
def break_inheritance(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> None:
    """copyRoleAssignments, clearSubscopes: items with permissions of their own keep them either way (as in REST)."""
    if len(given) != 2 or not isinstance(given[0], bool):
        raise bad_value("The parameters of BreakRoleInheritance are two flags.")
    site, list_doc = list_of(thing)
    permissions.break_inheritance(site, list_doc["Id"], copy=given[0])


def list_of(thing: Thing) -> tuple[Site, Doc]:
    """As the actions before this one left it. Raises Fault where it is gone."""
    site, list_id = thing.subject
    return site, lists.get_list(site, list_id, "id")


@child(LIST.kind, "RootFolder")
def root_folder(thing: Thing) -> Thing:
    site, list_doc = list_of(thing)
    return FOLDER.show(site, lists.folder_of(site, list_doc).doc)


# ---- columns


@child(LIST.kind, "Fields")
def fields_of_list(thing: Thing) -> Thing:
    def show_all() -> list[Thing]:
        site, list_doc = list_of(thing)
        return [_show_field(site, doc, thing.identity) for doc in fields.list_fields(site, list_doc)]

    return Thing(FIELDS, identity="", subject=thing, members=show_all)


def _show_field(site: Site, doc: Doc, owner: str) -> Thing:
    kind = DERIVED.get(doc["TypeAsString"], "")
    return FIELD.show(site, doc, name=f"SP.Field{kind}", identity=f"{owner}:field:{doc['Id']}")


@method(FIELDS, "AddFieldAsXml", needs=MANAGE)
def add_field(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """The schema, whether to show it in the default view, and AddFieldOptions."""
    site, list_doc = list_of(thing.subject)
    if len(given) != 3 or not isinstance(given[0], str) or not isinstance(given[2], int):
        raise bad_value("The parameters of AddFieldAsXml are a schema, a flag and options.")
    field = fields.add_field_xml(site, list_doc, given[0], given[2])
    view = views.find_default_view(site, list_doc)
    if given[1] and view is not None:
        views.add_view_field(site, list_doc, view, field["InternalName"])
    return _show_field(site, field, thing.subject.identity)


# ---- views


@child(LIST.kind, "Views")
def views_of_list(thing: Thing) -> Thing:
    def show_all() -> list[Thing]:
        site, list_doc = list_of(thing)
        return [VIEW.show(site, doc) for doc in views.list_views(site, list_doc)]

    return Thing(VIEWS, subject=thing, members=show_all)


@method(VIEWS, "Add", needs=MANAGE)
def add_view(_: Emulator, thing: Thing, given: tuple[Any, ...]) -> Thing:
    """A view of that name does not stand in the way, as it does not in REST."""
    site, list_doc = list_of(thing.subject)
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
    return VIEW.show(site, views.set_view(site, list_doc, view))
