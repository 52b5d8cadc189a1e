from __future__ import annotations

import pytest

from sp_parent_portal.audit.levels import highest


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (["Read"], "Read"),
        (["Limited Access", "Parent read"], "Parent read"),
        (["Parent read", "Read"], "Read"),
        (["Read", "Edit", "Contribute"], "Edit"),
        (["Design", "Full Control"], "Full Control"),
        (["Edit", "Vollzugriff"], "Vollzugriff"),
        (["Vollzugriff", "Full Control"], "Full Control"),
    ],
)
def test_the_level_that_lets_most_wins(levels: list[str], expected: str) -> None:
    assert highest(levels) == expected
    assert highest(reversed(levels)) == expected


def test_no_level_is_no_answer() -> None:
    with pytest.raises(ValueError):
        highest([])
