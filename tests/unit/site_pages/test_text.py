"""Text of a page: what may stand in it, and what becomes of hostile values."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.site_pages.text import TAGS, TextRefused, check_text, clean_address, make_text


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("<p>One</p>", "<p>One</p>"),
        ("<p>A &amp; B &lt;i&gt;</p>", "<p>A &amp; B &lt;i&gt;</p>"),
        ('<p><a href="/Lists/Itinerary">x</a></p>', '<p><a href="/Lists/Itinerary">x</a></p>'),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<p>a<br>b<br/>c</p>", "<p>a<br>b<br>c</p>"),
        ("  <p> </p> ", ""),
        ("", ""),
    ],
)
def test_text_as_sharepoint_keeps_it(text: str, made: str) -> None:
    assert make_text(text) == made


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        "<p onclick='x'>x</p>",
        "<p style='x'>x</p>",
        "<img src=x>",
        "<p>open",
        "</p>",
        "<p><h2>x</h2></p>",
        "bare words",
        "<!-- x -->",
        "<!DOCTYPE html>",
        "<?x?>",
        '<p><a href="javascript:x">x</a></p>',
        '<p><a href="http://x.example">x</a></p>',
        '<p><a href="//x.example">x</a></p>',
        '<p><a href="">x</a></p>',
        "<p><a>x</a></p>",
        "<p/>",
        '<p><a href="/a" target="_blank">x</a></p>',
    ],
)
def test_what_is_refused_in_a_filled_text_and_in_a_template(text: str) -> None:
    with pytest.raises(TextRefused):
        make_text(text)
    assert check_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "<p>{{ inputs.words }}</p>",
        '<p><a href="{{ inputs.link }}">x</a></p>',
        '<p><a href="https://x.example/?q={{ inputs.words | query }}">x</a></p>',
        '<p><a href="mailto:{{ trip.owner }}">x</a></p>',
        '<ul>{% if inputs.link %}<li><a href="{{ inputs.link }}">x</a></li>{% endif %}</ul>',
        "{% if inputs.words %}<p>x</p>{% endif %}",
    ],
)
def test_where_a_placeholder_may_stand(text: str) -> None:
    assert check_text(text) == []


@pytest.mark.parametrize("text", ['<p><a href="java{{ x }}">x</a></p>', '<p><a href="/{{ x }}">x</a></p>'])
def test_where_a_placeholder_may_not_stand(text: str) -> None:
    assert check_text(text)


@pytest.mark.parametrize(
    "address",
    [
        *("https://x.example/a?b=c&d=%20#e", "/Lists/Trip dates", "/SitePages/start.aspx"),
        *("mailto:j.okoro@school.example", "tel:+441632960100", ""),
    ],
)
def test_addresses_that_a_page_may_lead_to(address: str) -> None:
    assert clean_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("http://x.example", "//x.example", "/\\x.example", "javascript:alert(1)", "data:text/html,x", "x"),
        *("/a/../b", "https://x.example/'onclick=", 'https://x.example/"', "https://x y.example", "tel:+44 1", "/a?b"),
        *("mailto:a@b.example?bcc=c@d.example", "vbscript:x", "/a\nb", "https://", "/%2e%2e/x"),
    ],
)
def test_addresses_that_it_may_not(address: str) -> None:
    with pytest.raises(TextRefused):
        clean_address(address)


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert all(name == "href" and tag == "a" for name, _ in attrs)
        self.hrefs += [value or "" for _, value in attrs]


PIECES = ["<", ">", "</p>", "<p>", "<script>", '"', "'", "&", "&lt;", "<!--", "-->", "<a href=", "javascript:", "]]>"]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join))
def test_nothing_but_our_tags_comes_out_of_anything(text: str) -> None:
    for whole in (text, f"<p>{text}</p>", f'<p><a href="{text}">x</a></p>'):
        try:
            made = make_text(whole)
        except TextRefused:
            continue
        seen = Seen()
        seen.feed(made)
        seen.close()
        assert set(seen.tags) <= TAGS
        for href in seen.hrefs:
            assert href.startswith(("https://", "/", "mailto:", "tel:"))
            assert not href.startswith(("//", "/\\"))
        assert make_text(made) == made or not made
