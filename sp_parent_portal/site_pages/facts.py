"""What a canvas says of its site that only the site knows: the ids of the site, its lists and its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ..template_model import Asset, Content

ASSETS = "SiteAssets"  # the library's address, which is the same in every language
PAGES = "SitePages"
AT_ROOT = (101, 106, 109)  # templates of lists that do not lie under Lists/


@dataclass(frozen=True, slots=True)
class Facts:
    """`lists` and `files` map a list's title and a file's name to its id; `assets_list` is the id of Site Assets. The
    addresses of lists are those that a new list gets."""

    site_url: str
    site_id: str
    web_id: str
    assets_list: str
    lists: Mapping[str, str]
    templates: Mapping[str, int]
    files: Mapping[str, str]
    sizes: Mapping[str, Asset]
    zone: ZoneInfo | None = None
    base: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", "/" + self.site_url.split("/", 3)[3])

    def list_path(self, title: str) -> str:
        """Below the site: Lists/Itinerary, Photos."""
        return title if self.templates[title] in AT_ROOT else f"Lists/{title}"

    def list_url(self, title: str) -> str:
        return f"{self.base}/{self.list_path(title)}"

    def image_url(self, name: str) -> str:
        return f"{self.base}/{ASSETS}/{name}"

    def address(self, to: str) -> str:
        """An address of a page's link as SharePoint takes it: one in the site is relative to the server."""
        return f"{self.base}{to}" if to.startswith("/") else to

    def names(self) -> dict[str, str]:
        """What stands for each id where two sites, or a site and a template, are compared."""
        told = {self.site_id: "{site}", self.web_id: "{web}", self.assets_list: "{assets}"}
        told |= {thing: f"{{list {title}}}" for title, thing in self.lists.items()}
        told |= {thing: f"{{file {name}}}" for name, thing in self.files.items()}
        return {thing.lower(): name for thing, name in told.items() if thing}


def make_facts(
    content: Content,
    site_url: str,
    *,
    site_id: str,
    web_id: str,
    lists: Iterable[tuple[str, str, str]],
    files: Mapping[str, str],
) -> Facts:
    """`lists` are (title, id, server-relative address) of the site's, `files` the ids of files in Site Assets."""
    lists = tuple(lists)
    wanted = {each.title.casefold(): each.title for each in content.lists}
    assets = next((thing for _, thing, url in lists if url.rstrip("/").endswith(f"/{ASSETS}")), "")
    return Facts(
        site_url=site_url,
        site_id=site_id,
        web_id=web_id,
        assets_list=assets,
        lists={wanted[title.casefold()]: thing for title, thing, _ in lists if title.casefold() in wanted},
        templates={each.title: each.template for each in content.lists},
        files=dict(files),
        sizes={asset.name: asset for asset in content.files},
        zone=content.zone,
    )


def make_symbols(content: Content, site_url: str) -> Facts:
    """Facts in which a name stands for each id: what a template wants, whatever ids its site will have."""
    return Facts(
        site_url=site_url,
        site_id="{site}",
        web_id="{web}",
        assets_list="{assets}",
        lists={each.title: f"{{list {each.title}}}" for each in content.lists},
        templates={each.title: each.template for each in content.lists},
        files={asset.name: f"{{file {asset.name}}}" for asset in content.files},
        sizes={asset.name: asset for asset in content.files},
        zone=content.zone,
    )
