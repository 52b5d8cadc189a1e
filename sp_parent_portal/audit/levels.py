"""Permission levels in the order of what they let somebody do.

Source: Microsoft Learn, "Understanding permission levels in SharePoint" (read 2026-08); Parent read is ours.
"""

from __future__ import annotations

from collections.abc import Iterable

FULL_CONTROL = "Full Control"
LIMITED_ACCESS = "Limited Access"
UNKNOWN = "UNKNOWN"

# Given by SharePoint itself so that somebody can get to one thing further down; opens nothing where it stands.
LIMITED = frozenset({LIMITED_ACCESS, "Web-Only Limited Access"})

_KNOWN = (
    "Web-Only Limited Access",
    LIMITED_ACCESS,
    "Restricted View",
    "View Only",
    "Restricted Read",
    "Parent read",
    "Read",
    "Contribute",
    "Edit",
    "Approve",
    "Manage Hierarchy",
    "Design",
)


def highest(levels: Iterable[str]) -> str:
    """The level that lets most. A level that we do not know (a school's own, or a name in another language) counts as
    more than every known one except Full Control, so that it is never hidden behind one. Raises ValueError for none."""
    return max(levels, key=_rank)


def _rank(level: str) -> tuple[int, str]:
    if level == FULL_CONTROL:
        return (len(_KNOWN) + 1, level)
    return (_KNOWN.index(level) if level in _KNOWN else len(_KNOWN), level)
