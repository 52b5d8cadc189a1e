"""Whatever a trip says, its preview has the tags and attributes of any other, and leads nowhere."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from sp_parent_portal.reports.site_preview import render_preview
from sp_parent_portal.template_model import Template
from sp_parent_portal.trips import Trip
from tests.properties.test_pages_filled import fill, gallery
from tests.properties.test_templates_filled import texts

FREE = ("alt", "title", "content", "data-title")  # attributes that hold words


class Skeleton(HTMLParser):
    """Everything of a page but its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, [(name, "" if name in FREE else value) for name, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(tag)

    def handle_comment(self, data: str) -> None:
        self.parts.append("a comment")


def skeleton(template: Template, trip: Trip, said: str) -> list[object] | None:
    content = fill(template, trip, said)
    if content is None:
        return None
    told = trip.model_copy(update={"title": said})
    return Skeleton(
        render_preview(told, content, None, target="emulator", source="its example", on=date(2027, 5, 1))
    ).parts


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-' onmouseover='alert(1)",
    "</title></style><svg onload=alert(1)>",
    "<!--",
    "]]><a href=javascript:alert(1)>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;",
)


@given(st.sampled_from(ATTACKS) | texts, st.integers(0, 4))
@example("&#x202e;\u202e", 0)
def test_the_page_is_the_same_but_for_its_words(said: str, which: int) -> None:
    template, trip = gallery()[which]
    made = skeleton(template, trip, said)
    assert made is None or made == skeleton(template, trip, "plain words")
