"""What is to be made on a new site, as data: SharePoint's own words for values, ours for what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Private(Enum):
    """Whose a new list is. NO: whoever sees the site. OWNERS: permissions of its own that name nobody, so that only the
    site's administrators reach it. STAFF: permissions of its own for the site's owners and members, with the levels
    that each of the two groups holds on the site."""

    NO = "no"
    OWNERS = "owners"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class NewView:
    title: str
    fields: tuple[str, ...]
    query: str
    rows: int
    paged: bool
    default: bool


@dataclass(frozen=True, slots=True)
class NewList:
    """`columns` are schema XML. Its address is made from the title."""

    title: str
    template: int
    description: str
    columns: tuple[str, ...]
    views: tuple[NewView, ...]
    hidden: bool = False
    private: Private = Private.NO


@dataclass(frozen=True, slots=True)
class NewLevel:
    """A permission level: `high` and `low` are the two halves of its mask."""

    name: str
    description: str
    high: int
    low: int


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link at the end of the quick launch."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class SiteWork:
    """What is empty stays as it is.

    `settings`: properties of the web by SharePoint's names (Title, Description, MembersCanShare,
    CommentsOnSitePagesDisabled, RequestAccessEmail). `level`: a permission level to make. `visitors`: the name of the
    one level that the Visitors group is to hold on the web instead of all that it holds; `visitors_hold_nothing` says
    that it holds none now. `visitor_login`: the claim of a principal to put into the Visitors group, after everything
    else."""

    settings: Mapping[str, str | bool] = field(default_factory=dict, repr=False)
    level: NewLevel | None = None
    visitors: str = ""
    visitors_hold_nothing: bool = False
    lists: tuple[NewList, ...] = ()
    links: tuple[NewLink, ...] = ()
    visitor_login: str = field(default="", repr=False)
