"""Lists, their columns and their views; columns of the web."""

from __future__ import annotations

import uuid

from .. import fields, lists, views
from ..answers import Empty, Entity, Rows, Value, Void
from ..faults import bad_value
from ..reading import read_number, read_object, read_text, read_texts
from ..routes import MANAGE, Answer, Call, endpoint
from ..site import Doc

FIELD_KINDS = {number: kind for kind, (number, _) in fields.KINDS.items()}
NOT_PROPERTIES = {"Title", "BaseTemplate", "TemplateType", "Url", "QuickLaunchOption", "TemplateFeatureId"}


def list_of(call: Call) -> Doc:
    """The list that the call names. Raises Fault."""
    return lists.get_list(call.site, *call.key("lists"))


def owner_of(call: Call) -> Doc | None:
    """The list whose columns are meant, or None: the web's."""
    return None if call.path.find("lists") is None else list_of(call)


def parameters(call: Call) -> Doc:
    """The object that most methods wrap their arguments in. Raises Fault."""
    return read_object(call.get("parameters"), "parameters")


@endpoint("GET", "web/lists")
def list_lists(call: Call) -> Answer:
    return Rows(lists.LIST, lists.all_lists(call.site))


@endpoint("POST", "web/lists", needs=MANAGE)
def create_list(call: Call) -> Answer:
    template = read_number(call.body, "BaseTemplate") or read_number(call.body, "TemplateType", 100)
    wanted = {name: value for name, value in call.body.items() if name not in NOT_PROPERTIES}
    doc = lists.add_list(call.site, read_text(call.body, "Title"), template, wanted=_set_only(wanted))
    return Entity(lists.LIST, doc, 201)


@endpoint("POST", "web/lists/add", needs=MANAGE)
def add_list(call: Call) -> Answer:
    wanted = parameters(call)
    properties = _set_only({"Description": wanted.get("Description")})
    doc = lists.add_list(
        call.site,
        read_text(wanted, "Title"),
        read_number(wanted, "TemplateType", 100),
        url=read_text(wanted, "Url"),
        wanted=properties,
    )
    return Entity(lists.LIST, doc)


def _set_only(wanted: Doc) -> Doc:
    return {name: value for name, value in wanted.items() if value is not None}


@endpoint("GET", "web/lists(*)")
def get_list(call: Call) -> Answer:
    return Entity(lists.LIST, list_of(call))


@endpoint("MERGE", "web/lists(*)", needs=MANAGE)
def change_list(call: Call) -> Answer:
    lists.change_list(call.site, list_of(call), call.body)
    return Empty()


@endpoint("DELETE", "web/lists(*)", needs=MANAGE)
@endpoint("POST", "web/lists(*)/deleteobject", needs=MANAGE)
def remove_list(call: Call) -> Answer:
    lists.remove_list(call.site, list_of(call))
    return Empty(200)


@endpoint("POST", "web/lists(*)/recycle", needs=MANAGE)
def recycle_list(call: Call) -> Answer:
    lists.remove_list(call.site, list_of(call))
    return Value(str(uuid.uuid4()))


@endpoint("GET", "web/lists(*)/rootfolder")
def get_root_folder(call: Call) -> Answer:
    return lists.folder_of(call.site, list_of(call))


# ---- columns


@endpoint("GET", "web/lists(*)/fields", "web/fields")
def list_fields(call: Call) -> Answer:
    return Rows(fields.FIELD, fields.list_fields(call.site, owner_of(call)))


@endpoint("GET", "web/lists(*)/fields(*)", "web/fields(*)")
def get_field(call: Call) -> Answer:
    return Entity(fields.FIELD, fields.get_field(call.site, owner_of(call), *call.key("fields")))


@endpoint("MERGE", "web/lists(*)/fields(*)", "web/fields(*)", needs=MANAGE)
def change_field(call: Call) -> Answer:
    owner = owner_of(call)
    field = fields.get_field(call.site, owner, *call.key("fields"))
    writable = {
        name: value for name, value in field.items() if name not in ("Id", "InternalName", "TypeAsString", "Scope")
    }
    lists.checked(writable, call.body, fields.FIELD.name)
    fields.set_field(call.site, owner, {**field, **call.body})
    return Empty()


@endpoint("DELETE", "web/lists(*)/fields(*)", "web/fields(*)", needs=MANAGE)
def remove_field(call: Call) -> Answer:
    owner = owner_of(call)
    fields.remove_field(call.site, owner, fields.get_field(call.site, owner, *call.key("fields")))
    return Empty(200)


@endpoint("POST", "web/lists(*)/fields/createfieldasxml", "web/fields/createfieldasxml", needs=MANAGE)
def create_field_as_xml(call: Call) -> Answer:
    wanted, owner = parameters(call), owner_of(call)
    options = read_number(wanted, "Options")
    field = fields.add_field_xml(call.site, owner, read_text(wanted, "SchemaXml"), options)
    _show(call, owner, field, options & fields.TO_DEFAULT_VIEW)
    return Entity(fields.FIELD, field)


@endpoint("POST", "web/lists(*)/fields/addfield", "web/fields/addfield", needs=MANAGE)
def add_field(call: Call) -> Answer:
    return _add_field(call, parameters(call), 200)


@endpoint("POST", "web/lists(*)/fields", "web/fields", needs=MANAGE)
def create_field(call: Call) -> Answer:
    return _add_field(call, call.body, 201)


def _add_field(call: Call, wanted: Doc, status: int) -> Answer:
    kind = FIELD_KINDS.get(read_number(wanted, "FieldTypeKind"), "")
    field = fields.add_field(call.site, owner_of(call), kind, read_text(wanted, "Title"), wanted)
    return Entity(fields.FIELD, field, status)


def _show(call: Call, owner: Doc | None, field: Doc, wanted: int) -> None:
    view = None if owner is None else views.find_default_view(call.site, owner)
    if wanted and owner is not None and view is not None:
        views.add_view_field(call.site, owner, view, field["InternalName"])


# ---- views


def view_of(call: Call) -> tuple[Doc, Doc]:
    """The list and the view. Raises Fault."""
    owner = list_of(call)
    return owner, views.get_view(call.site, owner, *call.key("views"))


@endpoint("GET", "web/lists(*)/views")
def list_views(call: Call) -> Answer:
    return Rows(views.VIEW, views.list_views(call.site, list_of(call)))


@endpoint("GET", "web/lists(*)/views(*)")
def get_view(call: Call) -> Answer:
    return Entity(views.VIEW, view_of(call)[1])


@endpoint("POST", "web/lists(*)/views/add", needs=MANAGE)
def add_view(call: Call) -> Answer:
    return Entity(views.VIEW, _make_view(call, parameters(call)))


@endpoint("POST", "web/lists(*)/views", needs=MANAGE)
def create_view(call: Call) -> Answer:
    return Entity(views.VIEW, _make_view(call, call.body), 201)


def _make_view(call: Call, wanted: Doc) -> Doc:
    owner = list_of(call)
    title = read_text(wanted, "Title")
    if not title:
        raise bad_value("Value cannot be null.\r\nParameter name: Title")
    view = views.make_view(call.site, owner, title, read_texts(wanted, "ViewFields"))
    settings = {
        "RowLimit": wanted.get("RowLimit"),
        "ViewQuery": wanted.get("Query", wanted.get("ViewQuery")),
        "Paged": wanted.get("Paged"),
        "DefaultView": wanted.get("SetAsDefaultView", wanted.get("DefaultView")),
        "PersonalView": wanted.get("PersonalView"),
        "ViewType2": wanted.get("ViewType2"),
        "CustomFormatter": wanted.get("CustomFormatter"),
    }
    return views.set_view(call.site, owner, lists.checked(view, _set_only(settings), views.VIEW.name))


@endpoint("MERGE", "web/lists(*)/views(*)", needs=MANAGE)
def change_view(call: Call) -> Answer:
    owner, view = view_of(call)
    lists.checked({name: view[name] for name in views.NAMED}, call.body, views.VIEW.name)
    views.set_view(call.site, owner, {**view, **call.body})
    return Empty()


@endpoint("DELETE", "web/lists(*)/views(*)", needs=MANAGE)
def remove_view(call: Call) -> Answer:
    owner, view = view_of(call)
    call.site.remove("view", view["Id"], owner["Id"])
    return Empty(200)


@endpoint("GET", "web/lists(*)/views(*)/viewfields")
def get_view_fields(call: Call) -> Answer:
    _, view = view_of(call)
    return Value(views.VIEW.computed["ViewFields"](call.site, view), "SP.ViewFieldCollection")


@endpoint("POST", "web/lists(*)/views(*)/viewfields/addviewfield", needs=MANAGE)
def add_view_field(call: Call) -> Answer:
    owner, view = view_of(call)
    name = str(call.get("strField"))
    field = fields.get_field(call.site, owner, views.column_of(name), "name")
    views.add_view_field(call.site, owner, view, field["InternalName"] if views.column_of(name) == name else name)
    return Void()


@endpoint("POST", "web/lists(*)/views(*)/viewfields/removeallviewfields", needs=MANAGE)
def remove_all_view_fields(call: Call) -> Answer:
    owner, view = view_of(call)
    views.set_view(call.site, owner, {**view, "_fields": []})
    return Void()
