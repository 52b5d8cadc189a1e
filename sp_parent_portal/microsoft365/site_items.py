"""A list's items through CSOM, all of them with all their columns."""

from __future__ import annotations

from ..errors import BadAnswer
from . import site_rows
from .csom import Path, Query, Select, Struct
from .csom_answers import CsomAnswer
from .model import ListItem

CAML = "{3d248d7b-fc86-40a3-aa97-02a75d69fb8a}"
# As the client library's CamlQuery.CreateAllItemsQuery says it (OneBitSoftware/NetCore.CSOM, read 2026-11): no limit.
ALL_ITEMS = '<View Scope="RecursiveAll">\r\n    <Query>\r\n    </Query>\r\n</View>'


def ask_items(query: Query, of_list: Path) -> int:
    """By what `read_items` finds them in the answer. Moments come in UTC."""
    values = {
        "DatesInUtc": True,
        "FolderServerRelativeUrl": None,
        "ListItemCollectionPosition": None,
        "ViewXml": ALL_ITEMS,
    }
    items = query.call(of_list, "GetItems", Struct(CAML, values))
    return query.read(items, Select(all=True, each=Select(all=True)))


def read_items(answer: CsomAnswer, number: int) -> tuple[ListItem, ...]:
    """Raises BadAnswer where there are more than the answer holds."""
    row = answer.row(number)
    if row.get("ListItemCollectionPosition") is not None:
        raise BadAnswer(f"{answer.operation}: the items came in pages; they cannot be told whole")
    return tuple(
        site_rows.make_item({name: each[name] for name in each if not name.startswith("_Object")}, answer.operation)
        for each in site_rows.rows(row, answer.operation)
    )
