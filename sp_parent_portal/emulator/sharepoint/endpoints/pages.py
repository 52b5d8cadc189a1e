"""Modern pages: made, checked out, saved, published."""

from __future__ import annotations

from .. import lists, pages
from ..answers import Entity, Rows, Value
from ..routes import WRITE, Answer, Call, endpoint
from ..site import Doc


def page_of(call: Call) -> Doc:
    """The file of the page. Raises Fault."""
    return pages.get_page_file(call.site, *call.key("pages"))


@endpoint("GET", "sitepages/pages")
def list_pages(call: Call) -> Answer:
    return Rows(pages.PAGE, [pages.show(call.site, file) for file in pages.list_page_files(call.site)])


@endpoint("POST", "sitepages/pages", needs=WRITE)
def create_page(call: Call) -> Answer:
    return Entity(pages.PAGE, pages.create_page(call.site, call.body), 201)


@endpoint("GET", "sitepages/pages(*)")
def get_page(call: Call) -> Answer:
    return Entity(pages.PAGE, pages.show(call.site, page_of(call)))


@endpoint("POST", "sitepages/pages(*)/checkoutpage", needs=WRITE)
def check_out(call: Call) -> Answer:
    file = pages.check_out(call.site, page_of(call), out=True)
    return Entity(pages.PAGE, pages.show(call.site, file))


@endpoint("POST", "sitepages/pages(*)/savepage", "sitepages/pages(*)/savepageasdraft", needs=WRITE)
@endpoint("MERGE", "sitepages/pages(*)/savepage", "sitepages/pages(*)/savepageasdraft", needs=WRITE)
def save_page(call: Call) -> Answer:
    file = page_of(call)
    pages.save(call.site, file, call.body)
    pages.check_out(call.site, file, out=False)
    return Value(True)


@endpoint("POST", "lists/ensureclientrenderedsitepageslibrary", needs=WRITE)
def ensure_library(call: Call) -> Answer:
    """Every site has one."""
    return Entity(lists.LIST, lists.get_list(call.site, "Site Pages", "title"))


@endpoint("POST", "sitepages/pages(*)/publish", needs=WRITE)
def publish_page(call: Call) -> Answer:
    pages.publish(call.site, page_of(call))
    return Value(True)


@endpoint("POST", "sitepages/pages(*)/promotetonews", needs=WRITE)
def promote_page(call: Call) -> Answer:
    pages.promote(call.site, page_of(call))
    return Value(True)
