"""Which changes are about lists that not everybody sees."""

from __future__ import annotations

import pytest

from sp_parent_portal.resources.marker import MARKER_LIST
from sp_parent_portal.resources.private_lists import title_of


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("marker list", MARKER_LIST),
        ("permission of list Contacts", "Contacts"),
        ("permission of list permission of list Packing", "permission of list Packing"),
        ("list permission of list Packing", ""),
        ("column permission of list Packing/Kit", ""),
        ("list marker list", ""),
        ("permission of Visitors", ""),
    ],
)
def test_the_list_that_a_part_is_about(part: str, title: str) -> None:
    assert title_of(part) == title
