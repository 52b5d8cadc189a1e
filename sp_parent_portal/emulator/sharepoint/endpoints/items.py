"""Items of a list."""

from __future__ import annotations

from .. import fields, items, lists
from ..answers import Empty, Entity, EntityType, Rows, Value
from ..faults import Fault
from ..options import Options, sort_docs
from ..reading import read_objects, read_text
from ..routes import WRITE, Answer, Call, endpoint
from ..site import Doc, Site
from .lists import list_of

PAGE, LARGEST_PAGE = 100, 5000


@endpoint("GET", "web/lists(*)/items")
def list_items(call: Call) -> Answer:
    """Pages of 100, or $top (5000 at most), by id: the next page is addressed with `$skiptoken=Paged=TRUE&p_ID=n`."""
    owner, options = list_of(call), call.options
    docs = [_with_columns(call.site, owner, doc) for doc in items.list_items(call.site, owner)]
    if options.test is not None:
        docs = [doc for doc in docs if options.test(doc)]
    return cut_page(call, items.ITEM, docs)


def cut_page(call: Call, kind: EntityType, docs: list[Doc]) -> Rows:
    """The page of a list's items that was asked for, in its order."""
    options = call.options
    docs = _after(sort_docs(docs, options.order), options)
    size = min(PAGE if options.top is None else options.top, LARGEST_PAGE)
    page = docs[:size]
    if len(docs) <= size or not page:
        return Rows(kind, page, cut=True)
    query = {
        name: value for name, value in call.request.args.items() if name.lower() not in ("$skiptoken", "$top", "$skip")
    }
    token = f"Paged=TRUE&p_ID={page[-1]['Id']}"
    return Rows(kind, page, cut=True, next_page={"$skiptoken": token, **query, "$top": str(size)})


def _after(docs: list[Doc], options: Options) -> list[Doc]:
    last = options.skip_token.get("p_ID", "")
    if not last.isdecimal():
        return docs
    if not options.order:
        return [doc for doc in docs if doc["Id"] > int(last)]
    places = [place for place, doc in enumerate(docs) if doc["Id"] == int(last)]
    return docs[places[0] + 1 :] if places else docs


def _with_columns(site: Site, owner: Doc, doc: Doc) -> Doc:
    """Columns added after the item was written are there too, empty."""
    own = {
        fields.odata_name(field["InternalName"]): None
        for field in fields.list_fields(site, owner)
        if not field["ReadOnlyField"] and field["TypeAsString"] not in ("User", "Lookup", "File", "Attachments")
    }
    return {**own, **doc}


@endpoint("GET", "web/lists(*)/items(*)")
def get_item(call: Call) -> Answer:
    owner, item = item_of(call)
    return Entity(items.ITEM, _with_columns(call.site, owner, item))


@endpoint("GET", "web/lists(*)/items(*)/parentlist")
def get_list_of_item(call: Call) -> Answer:
    return Entity(lists.LIST, list_of(call))


def item_of(call: Call) -> tuple[Doc, Doc]:
    """The list and the item. Raises Fault."""
    owner = list_of(call)
    return owner, items.get_item(call.site, owner, call.key("items")[0])


@endpoint("POST", "web/lists(*)/items", needs=WRITE)
def create_item(call: Call) -> Answer:
    owner = list_of(call)
    item = items.add_item(call.site, owner, call.body)
    return Entity(items.ITEM, _with_columns(call.site, owner, item), 201)


@endpoint("MERGE", "web/lists(*)/items(*)", needs=WRITE)
def change_item(call: Call) -> Answer:
    owner, item = item_of(call)
    _match(call, item)
    changed = items.change_item(call.site, owner, item, call.body)
    return Empty(etag=f'"{changed["_version"]}"')


@endpoint("DELETE", "web/lists(*)/items(*)", needs=WRITE)
@endpoint("POST", "web/lists(*)/items(*)/deleteobject", needs=WRITE)
def remove_item(call: Call) -> Answer:
    owner, item = item_of(call)
    _match(call, item)
    items.remove_item(call.site, owner, item)
    return Empty(200)


def _match(call: Call, item: Doc) -> None:
    wanted, present = call.request.headers.get("If-Match", "*"), f'"{item["_version"]}"'
    if wanted not in ("*", present):
        text = f"The request ETag value '{wanted}' does not match the object's ETag value '{present}'."
        raise Fault(412, -1, "Microsoft.SharePoint.Client.ClientServiceException", text)


@endpoint("POST", "web/lists(*)/addvalidateupdateitemusingpath", needs=WRITE)
def add_by_form(call: Call) -> Answer:
    """Values as a form sends them, all text. A value that is refused is told in its row, within 200."""
    owner = list_of(call)
    results, values = [], {}
    for field in read_objects(call.get("formValues"), "formValues"):
        name, text = read_text(field, "FieldName"), read_text(field, "FieldValue")
        try:
            values.update(items.read_form_value(call.site, owner, name, text))
            results.append(_form_row(name, text))
        except Fault as fault:
            results.append(
                {**_form_row(name, text), "ErrorCode": fault.code, "ErrorMessage": fault.message, "HasException": True}
            )
    if not any(row["HasException"] for row in results):
        item = items.add_item(call.site, owner, values)
        results.append(_form_row("Id", str(item["Id"])))
    return Value(results, "SP.ListItemFormUpdateValue")


def _form_row(name: str, text: str) -> Doc:
    return {
        "ErrorCode": 0,
        "ErrorMessage": None,
        "FieldName": name,
        "FieldValue": text,
        "HasException": False,
        "ItemId": 0,
    }
