"""Collections page by page: complete or an error, never a quiet first page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer, ForeignHost
from .batch import Item, send_items
from .call import Call
from .model import Answer

if TYPE_CHECKING:
    from .transport import Transport

Row = dict[str, Any]

# A million rows in pages of 100, ten times what the largest list of a tenant needs: a service that never ends is wrong.
MOST_PAGES = 10_000


def list_rows(transport: Transport, call: Call) -> Iterator[Row]:
    """Every row of a collection. A page may be short or empty and still name the next one. Raises BadAnswer for an
    answer without rows, and for links that go in a circle or never end, ForeignHost for one that leads elsewhere."""
    seen = {call.url}
    while True:
        page = transport.json(call)
        yield from rows_of(page, call.operation)
        link = page.get("@odata.nextLink") or page.get("odata.nextLink")
        if not link:
            return
        following = replace(call, url=str(link))
        if following.host != call.host:
            raise ForeignHost(f"{call.operation}: the link to the next page leads to another host; not followed")
        if following.url in seen:
            raise BadAnswer(f"{call.operation}: the link to the next page leads back; the list cannot be read whole")
        seen.add(following.url)
        if len(seen) > MOST_PAGES:
            raise BadAnswer(f"{call.operation}: there is no end of pages; the list cannot be read whole")
        call = following


def list_each(transport: Transport, operation: str, items: Sequence[Item]) -> list[Answer[list[Row]]]:
    """Every row of many collections of Graph, read with `$batch`: one answer for each item, complete or an error."""

    def whole(page: Any) -> list[Row]:
        rows, link = rows_of(page, operation), page.get("@odata.nextLink")
        return rows + list(list_rows(transport, Call(operation, "GET", str(link)))) if link else rows

    sent = send_items(transport, operation, items, "reader")
    return [Answer(each.body, each.error).then(whole) for each in sent]


def rows_of(page: Any, operation: str) -> list[Row]:
    """The rows of one page. Raises BadAnswer."""
    rows = page.get("value") if isinstance(page, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer(f"{operation}: the answer is not a list of rows")
    return rows
