"""Whatever a trip says, a filled template keeps its structure: only the texts where a placeholder stands change."""

from __future__ import annotations

import json
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import TemplateError
from sp_parent_portal.templates import Content, Template, load_folder, load_template, make_content, make_message
from tests.template_folder import make_trip, write_template

SITE = "https://contoso.sharepoint.com/sites/lake-district-2027"
MARKUP = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "<",
    ">",
    "&",
    '"',
    "'",
    "]]>",
    "<!--",
    "</script>",
    "\\",
    "\n",
    "7*7",
    "|",
    "=",
    "\ufffe",
]
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=5)), max_size=20).map("".join),
    st.from_regex(r"\{\{ ?(7 ?\* ?7|inputs\.[a-z_]+|trip\.title|''\.__class__) ?\}\}", fullmatch=True),
)


@cache
def tiny() -> Template:
    with TemporaryDirectory() as folder:
        return load_folder(write_template(Path(folder)))


@cache
def school_trip() -> Template:
    return load_template("school-trip")


def filled(template: Template, **inputs: str) -> Content | None:
    """None where the inputs are refused, which is always allowed."""
    try:
        return make_content(template, make_trip(inputs, template=template.name))
    except TemplateError:
        return None


def shape(value: Any) -> Any:
    """A JSON value with its texts taken out; keys, numbers, verbs and names stay."""
    kept = ("verb", "listName", "internalName", "id", "name", "viewFields", "query")
    if isinstance(value, dict):
        return {key: each if key in kept else shape(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape(each) for each in value]
    return "…" if isinstance(value, str) else value


def xml_shape(element: Element) -> Any:
    named = {key: element.get(key) for key in ("ID", "Name", "Type", "DisplayName")}
    return element.tag, sorted(element.attrib), named, [xml_shape(each) for each in element]


def actions_of(content: Content) -> list[Any]:
    lists = [dict(each.action) for each in content.lists]
    return [*lists, *(dict(each.action) for each in content.navigation), *map(dict, content.settings)]


def assert_same_structure(one: Content, other: Content) -> None:
    assert shape(actions_of(one)) == shape(actions_of(other))
    assert json.loads(json.dumps(actions_of(one))) == json.loads(json.dumps(actions_of(one), ensure_ascii=False))
    for mine, theirs in zip(one.lists, other.lists, strict=True):
        for column, twin in zip(mine.fields, theirs.fields, strict=True):
            assert xml_shape(fromstring(column.schema_xml)) == xml_shape(fromstring(twin.schema_xml))


@given(texts)
def test_text_changes_leaves_alone(words: str) -> None:
    plain, hostile = filled(tiny(), words="Keswick"), filled(tiny(), words=words)
    assert plain is not None
    if hostile is not None:
        assert_same_structure(hostile, plain)
        said = words.replace("\r\n", "\n").strip()
        assert hostile.lists[0].description == said
        assert fromstring(hostile.lists[0].fields[0].schema_xml).findtext("Default") == said


@given(texts, texts, texts)
def test_the_school_trip_keeps_its_structure(destination: str, place: str, notes: str) -> None:
    phone = "+441632960100"
    plain = filled(school_trip(), destination="a", emergency_phone=phone)
    hostile = filled(
        school_trip(), destination=destination, emergency_phone=phone, meeting_place=place, packing_notes=notes
    )
    assert plain is not None
    if hostile is not None:
        assert shape([each.action for each in hostile.lists]) == shape([each.action for each in plain.lists])
        links = [(node.title, node.url) for node in hostile.navigation if not node.title.startswith("We meet: ")]
        assert links == [(node.title, node.url) for node in plain.navigation]


@given(st.one_of(texts, texts.map("https://forms.school.example/".__add__)))
def test_a_link_is_https_or_not_there(link: str) -> None:
    content = filled(tiny(), words="Keswick", link=link)
    for node in () if content is None else content.navigation:
        assert node.url == "" or node.url.startswith(("https://", "/sites/lake-district-2027/"))
        assert not set(node.url) & set(" \t\r\n\"'<>\\")


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.structure: list[Any] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.structure.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.structure.append(tag)

    def handle_comment(self, data: str) -> None:
        self.structure.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(texts, texts)
def test_a_mail_keeps_its_structure(name: str, title: str) -> None:
    trip = make_trip({})
    for template in (tiny(), school_trip()):
        plain = Reader(make_message(template, trip, "Ada", SITE).html)
        message = make_message(template, trip, name, SITE)
        assert Reader(message.html).structure == plain.structure
        assert message.subject == make_message(template, trip, "Ada", SITE).subject
    try:
        hostile = make_trip({}, title=title)
    except ValueError:
        return
    message = make_message(tiny(), hostile, name, SITE)
    assert Reader(message.html).structure == Reader(make_message(tiny(), trip, "Ada", SITE).html).structure
    assert " ".join(hostile.title.split()) in " ".join(Reader(message.html).text.split())
    assert len(message.subject.splitlines()) == 1
