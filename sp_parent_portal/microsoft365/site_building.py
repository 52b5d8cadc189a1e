"""A new site's content in one CSOM request, and items of a list with how the list reads afterwards in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import GatewayError
from .model import ListItem
from .site_work import SiteWork

if TYPE_CHECKING:
    from .transport import Transport

Value = str | bool | int | datetime | None


@dataclass(frozen=True, slots=True)
class WrittenItems:
    """`ids` are the numbers of what was written, in the order in which it was given; `items` the whole list as it read
    after that."""

    ids: tuple[int, ...]
    items: tuple[ListItem, ...]


class SiteBuilding:
    """`url` is a site's absolute address. Every method raises GatewayError. What a request that failed had done before
    its mistake may stay done: read it."""

    _transport: Transport

    def build_site(self, url: str, work: SiteWork) -> GatewayError | None:
        """All of `work` in one request, which proves little: read back. The error is that of `visitor_login` alone,
        NotFound while a group that was just made does not resolve yet; everything else raises it, AlreadyExists where
        a title or a name is taken."""
        raise NotImplementedError

    def write_items_and_read(
        self, url: str, list_id: str, wanted: Sequence[tuple[int | None, Mapping[str, Value]]]
    ) -> WrittenItems:
        """New items (None), and new values for those that have a number; then the list, asked afresh. A moment is given
        as an aware datetime, and reads as the text `2027-05-01T09:00:00Z`. Where one cannot be written it raises, and
        those before it may have been."""
        raise NotImplementedError
