"""As much of a CamlQuery as is played: a page of a list's items in the order of their numbers."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ..faults import Fault, Unplayed, bad_value
from ..reading import read_text
from ..site import Doc

THRESHOLD = 5000
PLACE = re.compile(r"Paged=TRUE&p_ID=(\d+)")


def cut_items(docs: list[Doc], query: Doc) -> tuple[list[Doc], str | None]:
    """The page, and the place of the next one where the query asks for pages. `docs` come in the order of their
    numbers. Raises Fault for more rows than the list view threshold, and Unplayed for a condition or another order."""
    text = read_text(query, "ViewXml")
    limit, paged = _read_view(text) if text else (0, False)
    position = query.get("ListItemCollectionPosition")
    after = _read_place(position) if isinstance(position, dict) else 0
    docs = [doc for doc in docs if doc["Id"] > after]
    if (limit or len(docs)) > THRESHOLD:
        message = "The attempted operation is prohibited because it exceeds the list view threshold."
        raise Fault(200, -2147024860, "Microsoft.SharePoint.SPQueryThrottledException", message)
    page = docs[:limit] if limit else docs
    # A page that is full has a place behind it, whether anything stands there or not.
    return page, f"Paged=TRUE&p_ID={page[-1]['Id']}" if paged and limit and len(page) == limit else None


def _read_place(position: Doc) -> int:
    match = PLACE.fullmatch(read_text(position, "PagingInfo"))
    if match is None:
        raise bad_value("Value does not fall within the expected range.")
    return int(match[1])


def _read_view(text: str) -> tuple[int, bool]:
    """RowLimit, 0 for none, and whether it means pages."""
    try:
        view: Element = ElementTree.fromstring(text)
    except (ParseError, DefusedXmlException):
        raise bad_value("Cannot complete this action.\n\nPlease try again.") from None
    limit, paged = 0, False
    for part in view:
        if part.tag == "RowLimit" and (part.text or "").strip().isdecimal():
            limit, paged = int(part.text or ""), part.get("Paged", "").upper() == "TRUE"
        elif part.tag != "Query" or not _is_by_number(part):
            raise Unplayed(f"the CAML element {part.tag}")
    return limit, paged


def _is_by_number(query: Element) -> bool:
    """No query at all, or one that only orders by ID."""
    columns = query.findall("OrderBy/FieldRef")
    return [part.tag for part in query] in ([], ["OrderBy"]) and all(
        column.get("Name") == "ID" and column.get("Ascending", "TRUE").upper() == "TRUE" for column in columns
    )
