"""Templates: what a folder may hold, how a trip fills it, and what a guardian reads."""

from __future__ import annotations

import json
import re
from datetime import date, time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from sp_parent_portal import templates
from sp_parent_portal.errors import ForeignHost, Problem, TemplateError
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.site_scripts import MAX_STEPS
from sp_parent_portal.templates import (
    Content,
    Template,
    list_templates,
    load_folder,
    load_template,
    make_content,
    make_message,
)
from sp_parent_portal.trips import load_students, load_trip
from tests.template_folder import ACTIONS, DECLARATION, FIELD, INVITE, make_trip, write_template

SITE = "https://contoso.sharepoint.com/sites/lake-district-2027"
HOSTILE = [
    "{{ 7*7 }}",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    "{{ inputs.__class__.__mro__[1].__subclasses__() }}",
    "{# gone #}",
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    ']]></CHOICE></CHOICES><Formula>=1</Formula><Field ID="{x}"',
    "&lt;b&gt; &amp; &#60;",
    'a", "verb": "addPrincipalToSPGroup", "x": "',
    "line one\nline two\tand tab",
    "🏕️ Été à Łódź, 東京",
    "Ünïcödé 湖水地方 البحيرات",
    "{{",
    "}}",
    "\\",
]


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(TemplateError) as caught:
        load_folder(folder)
    return caught.value.problems


def input_problems(template: Template, inputs: dict[str, object], **more: object) -> list[tuple[str, str]]:
    with pytest.raises(TemplateError) as caught:
        make_content(template, make_trip(inputs, **more))
    return [(each.rule, each.message) for each in caught.value.problems]


@pytest.fixture(name="tiny")
def _tiny(tmp_path: Path) -> Template:
    return load_folder(write_template(tmp_path))


@pytest.fixture(name="school_trip", scope="module")
def _school_trip() -> Template:
    return load_template("school-trip")


# ---- finding templates -----------------------------------------------------------------------------------------------


def test_every_template_that_we_ship_loads_with_its_example() -> None:
    shipped = list_templates()
    assert "school-trip" in [each.name for each in shipped]
    for template in shipped:
        trip = load_trip(template.folder / "example" / "trip.toml")
        assert trip.template == template.name
        assert load_students(trip.guardians.students)
        make_content(template, trip)
        make_message(template, trip, "A. Guardian", trip.site_url("contoso.sharepoint.com"))


@pytest.mark.parametrize("name", ["schol-trip", "", "../school-trip", "/etc", ".", "x" * 5000, "a\0b"])
def test_an_unknown_template_says_which_there_are(name: str) -> None:
    with pytest.raises(TemplateError, match=r"there are: .*school-trip"):
        load_template(name)


def test_templates_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "sp_parent_portal"
    write_template(package / "site_templates")
    monkeypatch.setattr(templates, "__file__", str(package / "templates.py"))
    assert [each.name for each in list_templates()] == ["tiny"]


def test_no_templates_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "__file__", str(tmp_path / "sp_parent_portal" / "templates.py"))
    assert list_templates() == ()
    with pytest.raises(TemplateError, match="there are: none"):
        load_template("school-trip")


# ---- the folder ------------------------------------------------------------------------------------------------------


def test_the_tiny_template(tiny: Template) -> None:
    assert (tiny.name, tiny.version, tiny.sharing, tiny.lcid) == ("tiny", "1.2.3", Sharing.EXISTING_GUESTS, 2057)
    assert [(each.name, each.type, each.required) for each in tiny.inputs] == [
        ("words", "text", True),
        ("day", "date", False),
        ("link", "url", False),
    ]


def test_all_mistakes_of_a_folder_at_once(tmp_path: Path) -> None:
    folder = write_template(
        tmp_path,
        DECLARATION.replace("lcid", "lcdi").replace('type = "text"', 'type = "string"'),
        [{"verb": "setSiteExternalSharingCapability", "capability": "ExternalUserAndGuestSharing"}],
    )
    assert [(Path(each.file).name, each.line, each.rule) for each in problems_of(folder)] == [
        ("site-script.json", 3, "verb-refused"),
        ("template.toml", 0, "missing-key"),
        ("template.toml", 6, "unknown-key"),
        ("template.toml", 13, "input-type"),
    ]


def test_an_empty_folder_and_none(tmp_path: Path) -> None:
    assert [each.rule for each in problems_of(tmp_path)] == ["no-file"] * 3
    for folder in (tmp_path / "gone", tmp_path / ("x" * 300)):
        assert [each.rule for each in problems_of(folder)] == ["no-folder"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"existing-guests"', '"anyone"', "sharing"),
        ('"existing-guests"', '"new-and-existing-guests"', "sharing"),
        ('name = "tiny"', 'name = "other"', "name"),
        ('"1.2.3"', '"1.2"', "out-of-range"),
        ("2057", "1", "out-of-range"),
        ("[inputs.link]", "[inputs.Link]", "out-of-range"),
        ('default = "2027-05-10"', 'default = "10 May"', "default"),
        ('example = "Some words"', 'example = "Some\\u0007words"', "example"),
        ('example = "Some words"', 'default = "Some words"', "default"),
        ('type = "url"', 'type = "choice"', "choices"),
        ('type = "url"', 'type = "url"\nchoices = ["a"]', "choices"),
        ('"About {{ trip.title }}"', '"About {{ inputs.words }}"', "placeholder"),
        ("{{ inputs.words }}", "{{ inputs.wrods }}", "placeholder"),
    ],
)
def test_declarations_that_are_refused(tmp_path: Path, old: str, new: str, rule: str) -> None:
    assert old in DECLARATION
    found = problems_of(write_template(tmp_path, DECLARATION.replace(old, new, 1)))
    assert rule in [each.rule for each in found], found


@pytest.mark.parametrize(
    "text",
    [
        "{{ inputs.wrods }}",
        "{{ inputs }}",
        "{{ inputs['words'] }}",
        "{{ inputs.words.__class__ }}",
        "{{ inputs.__class__ }}",
        "{{ inputs.words | safe }}",
        "{{ inputs.words | upper }}",
        "{{ inputs.words.upper() }}",
        "{{ 7 * 7 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ inputs.words ~ 'x' }}",
        "{% for x in inputs.words %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% autoescape false %}{{ inputs.words }}{% endautoescape %}",
        "{% raw %}{{ inputs.words }}{% endraw %}{{ config.x }}",
        "{{ guardian.name }}",
        "{{ trip.guardians }}",
        "{{ trip.inputs }}",
        "{{ self.x }}",
        "{{ range(3) }}",
        "{{ inputs.words",
        "{% if inputs.words %}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    ],
)
def test_placeholders_that_are_refused(tmp_path: Path, text: str) -> None:
    action = {"verb": "addNavLink", "displayName": "x", "url": text}
    found = problems_of(write_template(tmp_path, actions=[action]))
    assert {each.rule for each in found} & {"placeholder", "wrong-value"}
    assert all("actions[0]" in each.message for each in found)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<p>", "<p><script>track()</script>", "html-tag"),
        ("<p>", '<p><img src="https://track.example/{{ guardian.name }}">', "html-tag"),
        ("<p>", "<p><iframe></iframe>", "html-tag"),
        ("<p>", "<p><style>p {}</style>", "html-tag"),
        ("<p>", '<p onclick="x()">', "html-attribute"),
        ("<p>", '<p style="background: URL (https://track.example)">', "html-attribute"),
        ("<p>", '<p style="{{ guardian.name }}">', "html-attribute"),
        ("<p>", '<p><a href="https://evil.example">', "html-attribute"),
        ("<p>", '<p><a href="{{ site.url }}?from={{ guardian.name }}">', "html-attribute"),
        ("<p>", "<p><!-- {{ guardian.name }} -->", "html-comment"),
        ("<p>", "<p><?php ?>", "html-tag"),
        ("{{ trip.access_until }}", "some day", "message-lacks"),
        ("{{ guardian.name }}", "{{ inputs.words }}", "placeholder"),
        ("{{ guardian.name }}", "{{ guardian.email }}", "placeholder"),
        ("{{ guardian.name }}", "{{ guardian.name | safe }}", "placeholder"),
    ],
)
def test_mails_that_are_refused(tmp_path: Path, old: str, new: str, rule: str) -> None:
    assert old in INVITE
    found = problems_of(write_template(tmp_path, invite=INVITE.replace(old, new, 1)))
    assert rule in {each.rule for each in found}
    assert all(each.file.endswith("invite.html.j2") for each in found)


def test_a_mail_that_is_too_long_or_not_text(tmp_path: Path) -> None:
    folder = write_template(tmp_path, invite=INVITE + " " * 60_000)
    assert "too-large" in [each.rule for each in problems_of(folder)]
    (folder / "messages" / "invite.html.j2").write_bytes(b"\xff")
    assert "not-utf-8" in [each.rule for each in problems_of(folder)]


def test_a_hub_must_be_asked_for(tmp_path: Path) -> None:
    guid = "5f0c3c4e-6a2d-4d0a-9c52-6d1f2f3a7b02"
    fixed = write_template(tmp_path / "a", actions=[{"verb": "joinHubSite", "hubSiteId": guid}])
    assert [each.rule for each in problems_of(fixed)] == ["verb-refused"]
    asked = load_folder(
        write_template(tmp_path / "b", actions=[{"verb": "joinHubSite", "hubSiteId": "{{ inputs.words }}"}])
    )
    assert make_content(asked, make_trip({"words": guid})).settings == ({"verb": "joinHubSite", "hubSiteId": guid},)
    assert input_problems(asked, {"words": "our hub"})[0][0] == "wrong-value"


# ---- filling ---------------------------------------------------------------------------------------------------------


def leaf(content: Content, *, list_title: str = "Plans") -> str:
    return next(each.description for each in content.lists if each.title == list_title)


def test_content_of_the_tiny_template(tiny: Template) -> None:
    content = make_content(tiny, make_trip({"words": "Keswick", "link": "https://forms.school.example/a?b=c"}))
    assert (content.template, content.version, content.lcid) == ("tiny", "1.2.3", 2057)
    assert content.sharing is Sharing.EXISTING_GUESTS
    assert content.description == "Lake District 2027: Keswick"
    assert content.settings == ({"verb": "applyTheme", "themeName": "Keswick"},)
    assert [(node.title, node.url) for node in content.navigation] == [
        ("About Keswick", ""),
        ("A link to Monday 10 May 2027", "https://forms.school.example/a?b=c"),
        ("List", "/sites/lake-district-2027/Lists/Plans"),
    ]
    assert content.navigation[2].action["url"] == "/Lists/Plans"
    plans = content.lists[0]
    assert (plans.title, plans.template, plans.description) == ("Plans", 100, "Keswick and more")
    assert [(each.internal_name, each.title, each.type) for each in plans.fields] == [("Mood", "Mood", "Choice")]
    assert plans.action["verb"] == "createSPList"
    assert plans.fields[0].schema_xml == FIELD.replace("{{ inputs.words }}", "Keswick")


def test_the_template_is_not_changed_by_filling_it(tiny: Template) -> None:
    make_content(tiny, make_trip({"words": "Keswick"}))
    assert list(tiny.actions) == ACTIONS


def test_a_link_without_its_address_is_left_out(tiny: Template) -> None:
    assert [node.title for node in make_content(tiny, make_trip()).navigation] == ["About Keswick", "List"]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_a_trip_says_is_never_a_template(tiny: Template, words: str) -> None:
    content = make_content(tiny, make_trip({"words": words}))
    assert leaf(content) == words
    assert content.settings[0]["themeName"] == words
    assert content.navigation[0].title == " ".join(["About", *words.split()])
    field = fromstring(content.lists[0].fields[0].schema_xml)
    assert [child.tag for child in field] == ["Default", "CHOICES"]
    assert field.findtext("Default") == words
    assert field.findtext("CHOICES/CHOICE") == words
    assert field.get("Description") == words.replace("\n", " ").replace("\t", " ")
    assert json.loads(json.dumps(content.lists[0].action)) == content.lists[0].action


@pytest.mark.parametrize("title", [each for each in HOSTILE if "\n" not in each])
def test_a_title_is_never_a_template(tiny: Template, title: str) -> None:
    assert make_content(tiny, make_trip(title=title)).description == f"{title}: Keswick"
    assert make_message(tiny, make_trip(title=title), "A", SITE).subject == f"About {title}"


def test_input_hash_follows_inputs_title_and_dates_alone(tiny: Template) -> None:
    first = make_content(tiny, make_trip()).input_hash
    assert re.fullmatch("[0-9a-f]{64}", first)
    same = [
        make_trip({"words": "  Keswick\r\n"}),
        make_trip({"words": "Keswick", "day": date(2027, 5, 10)}),
        make_trip(owner="other@school.example"),
    ]
    other = [
        make_trip({"words": "Ambleside"}),
        make_trip({"words": "Keswick", "day": "2027-05-11"}),
        make_trip(title="Peak District 2027"),
        make_trip(access_until="2027-07-01"),
        make_trip(ends="2027-05-15"),
    ]
    assert {make_content(tiny, trip).input_hash for trip in same} == {first}
    assert len({first, *(make_content(tiny, trip).input_hash for trip in other)}) == 1 + len(other)


def test_what_inputs_make_of_the_script_is_checked_again(tmp_path: Path) -> None:
    heading = {"verb": "addNavLink", "displayName": "Our {{ inputs.words }}", "url": ""}
    twins = load_folder(write_template(tmp_path / "a", actions=[heading, {**heading, "displayName": "Our other"}]))
    assert input_problems(twins, {"words": "other"})[0][0] == "same-title"
    link = load_folder(write_template(tmp_path / "b", actions=[{**heading, "url": "{{ inputs.words }}"}]))
    for bad in ("javascript:alert(1)", "//evil.example", "{{ javascript:alert(1)", "https:evil", "/x"):
        assert input_problems(link, {"words": bad})[0][0] in ("link", "wrong-value"), bad


def test_a_site_description_that_grows_too_long(tiny: Template) -> None:
    found = dict(input_problems(tiny, {"words": "x" * 490}))
    assert "filled with these inputs: site_description is longer than 500" in found["too-long"]
    assert "displayName: String should have at most 255 characters" in found["wrong-value"]


# ---- inputs ----------------------------------------------------------------------------------------------------------

KINDS = """
[inputs.phone]
type = "phone"
help = "x"
required = false
[inputs.time]
type = "time"
help = "x"
required = false
[inputs.email]
type = "email"
help = "x"
required = false
[inputs.number]
type = "number"
help = "x"
required = false
example = "30"
[inputs.choice]
type = "choice"
help = "x"
required = false
choices = ["coach", "train"]
"""


@pytest.fixture(name="kinds")
def _kinds(tmp_path: Path) -> Template:
    text = "|".join(
        f"{{{{ inputs.{name} }}}}" for name in ("phone", "time", "email", "number", "choice", "day", "link")
    )
    return load_folder(
        write_template(tmp_path, (DECLARATION + KINDS).replace("{{ trip.title }}: {{ inputs.words }}", text))
    )


@pytest.mark.parametrize(
    ("name", "value", "canonical"),
    [
        ("phone", "+44 1632 960100", "+441632960100"),
        ("phone", "+44 (1632) 960-100", "+441632960100"),
        ("time", "8:05", "08:05"),
        ("time", time(8, 5), "08:05"),
        ("time", "23.59", "23:59"),
        ("email", "Office@School.EXAMPLE", "office@school.example"),
        ("number", 30, "30"),
        ("number", -0.5, "-0.5"),
        ("number", "12.50", "12.50"),
        ("choice", "train", "train"),
        ("day", date(2027, 5, 11), "2027-05-11"),
        ("day", "2028-02-29", "2028-02-29"),
        (
            "link",
            "https://forms.school.example:8443/a/b?c=d&e=%20#f",
            "https://forms.school.example:8443/a/b?c=d&e=%20#f",
        ),
        ("link", "", ""),
    ],
)
def test_values_that_are_taken(kinds: Template, name: str, value: object, canonical: str) -> None:
    inputs = {"words": "x", "day": "2027-05-10", name: value}
    said = {"phone": "", "time": "", "email": "", "number": "", "choice": "", "day": "2027-05-10", "link": ""}
    said[name] = canonical
    assert make_content(kinds, make_trip(inputs)).description == "|".join(said.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("words", value) for value in ("", "   ", 7, None, True, ["x"], {"a": 1}, "x" * 501, "x" * 100_000)),
        *(("words", value) for value in ("a\x00b", "a\x1bb", "a\rb", "a\u2028b", "a\ufffeb", "a\x85b")),
        *(("phone", value) for value in (441632960100, "01632 960100", "+44", "+441632WALES", "+44 1632 960100 x5")),
        *(("phone", value) for value in ("ring +441632960100", "+999123456789", "+44" + "1" * 60, "+٤٤١٦٣٢٩٦٠١٠٠")),
        *(("time", value) for value in ("24:00", "8", "08:60", "8:05 am", 805, "٠٨:٠٥")),
        *(("email", value) for value in ("office", "a@b", "a@b.example, c@d.example", "A <a@b.example>", 3)),
        *(("number", value) for value in (True, float("nan"), float("inf"), 10**4000, "1e9", "x", "", " 5")),
        *(("choice", value) for value in ("Coach", "", ["coach"], 0)),
        *(("day", value) for value in ("2027-02-30", "10/05/2027", 20270510, "2027-5-1", "٢٠٢٧-٠٥-١٠")),
        *(("link", value) for value in ("http://school.example", "HTTPS://school.example", "javascript:alert(1)")),
        *(
            ("link", value)
            for value in ("https://", "https://school", "https://user:pw@school.example/", "https://a b.de")
        ),
        *(
            ("link", value)
            for value in (
                'https://school.example/"x',
                "https://school.example/<x>",
                "https://school.example/'x",
                "https://[::1",
            )
        ),
        *(
            ("link", value)
            for value in ("https://école.example", "https://school.example:99999/", "https://x\\@y.example")
        ),
        *(("link", value) for value in ("https://school.example/" + "x" * 2000, "https://school.example/\n", 5)),
    ],
)
def test_values_that_are_refused(kinds: Template, name: str, value: object) -> None:
    if value == "" and name in ("number", "choice"):
        make_content(kinds, make_trip({"words": "x", name: value}))  # an optional input may be left empty
        return
    found = input_problems(kinds, {"words": "x", name: value})
    assert [rule for rule, _ in found] == ["wrong-input"]
    assert found[0][1].startswith(f"{name} ")
    assert len(found[0][1]) < 200


def test_missing_unknown_and_wrong_inputs_at_once_with_their_lines(tmp_path: Path, tiny: Template) -> None:
    (tmp_path / "students.csv").write_text("student_id\n1\n", encoding="utf-8")
    path = tmp_path / "trip.toml"
    path.write_text(
        'title = "x"\nslug = "x"\ntemplate = "tiny"\nowner = "a@school.example"\n'
        "starts = 2027-05-10\nends = 2027-05-10\naccess_until = 2027-05-10\n"
        'guardians = {students = "students.csv"}\n[inputs]\nlink = "ftp://x"\nday = 3\nwrods = "Keswick"\n',
        encoding="utf-8",
    )
    with pytest.raises(TemplateError) as caught:
        make_content(tiny, load_trip(path))
    assert [(each.file, each.line, each.rule) for each in caught.value.problems] == [
        (str(path.resolve()), 9, "missing-input"),
        (str(path.resolve()), 10, "wrong-input"),
        (str(path.resolve()), 11, "wrong-input"),
        (str(path.resolve()), 12, "unknown-input"),
    ]
    assert "did you mean words?" in caught.value.problems[3].message
    assert "Any words." in caught.value.problems[0].message


# ---- the mail --------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """What a mail program makes of the mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_mail_of_the_school_trip(school_trip: Template) -> None:
    trip = make_trip({}, template="school-trip")
    message = make_message(school_trip, trip, "Ada O'Brien", SITE)
    assert message.subject == "A message about Lake District 2027"
    mail = Reader(message.html)
    text = " ".join(mail.text.split())
    assert mail.links == [SITE, "mailto:j.okoro@school.example"]
    for said in (
        "Dear Ada O'Brien,",
        "Lake District 2027 (Monday 10 May 2027 to Friday 14 May 2027)",
        SITE,
        "sign in with the e-mail address at which you received this message",
        "works only for the invited account",
        "Your access ends on Wednesday 30 June 2027.",
        "j.okoro@school.example",
    ):
        assert said in text
    assert re.findall(r"[\w.]+@[\w.]+\w", text) == ["j.okoro@school.example"]
    assert not set(mail.tags) & {"img", "script", "link", "iframe", "style", "form", "object"}


def test_a_trip_of_one_day_has_one_date(school_trip: Template) -> None:
    trip = make_trip({}, template="school-trip", ends="2027-05-10")
    assert "(Monday 10 May 2027)" in " ".join(Reader(make_message(school_trip, trip, "A", SITE).html).text.split())


def test_the_mail_names_no_student_and_no_other_guardian(school_trip: Template) -> None:
    planted = {name: f"Zebedee Quill {name}" for name in ("destination", "meeting_place", "packing_notes")}
    trip = make_trip({**planted, "emergency_phone": "+441632960100"}, template="school-trip")
    message = make_message(school_trip, trip, "Ada O'Brien", SITE)
    assert "Zebedee" in make_content(school_trip, trip).description
    assert "Zebedee" not in message.html + message.subject
    assert "1001" not in message.html
    assert "Ada" not in make_message(school_trip, trip, "Grace Hopper", SITE).html


@pytest.mark.parametrize("name", [*HOSTILE, "", "  ", "x" * 500, "Ada\r\nBcc: all@evil.example", "a\x00b\x1b[31m"])
def test_hostile_names_change_no_structure(tiny: Template, name: str) -> None:
    plain, hostile = (Reader(make_message(tiny, make_trip(), each, SITE).html) for each in ("Ada", name))
    assert hostile.tags == plain.tags
    assert hostile.links == plain.links


@pytest.mark.parametrize("name", ["see https://evil.example", "www.evil.example", "x@evil.example", "", "x" * 101])
def test_names_that_a_mail_program_would_turn_into_links(tiny: Template, name: str) -> None:
    html = make_message(tiny, make_trip(), name, SITE).html
    assert "Dear parent or guardian," in html
    assert "evil.example" not in html


@pytest.mark.parametrize(
    "link",
    [
        "http://contoso.sharepoint.com/sites/lake-district-2027",
        "https://contoso.sharepoint.com/sites/other",
        "https://contoso.sharepoint.com/sites/lake-district-2027/",
        "https://contoso.sharepoint.com/sites/lake-district-2027?x=1",
        "https://contoso.sharepoint.com:8443/sites/lake-district-2027",
        "https://contoso.sharepoint.com@evil.example/sites/lake-district-2027",
        "https://evil.example/sites/lake-district-2027",
        "https://contoso.sharepoint.com.evil.example/sites/lake-district-2027",
        "https://contoso-admin.sharepoint.com/sites/lake-district-2027",
        "https://contoso-my.sharepoint.com/sites/lake-district-2027",
        "https://login.microsoftonline.com/redeem?ticket=secret",
        "javascript:alert(1)",
        "",
    ],
)
def test_links_that_are_not_the_site(tiny: Template, link: str) -> None:
    with pytest.raises(ForeignHost) as caught:
        make_message(tiny, make_trip(), "Ada", link)
    assert "secret" not in caught.value.message + caught.value.hint


# ---- school-trip -----------------------------------------------------------------------------------------------------


def test_two_inputs_are_enough_for_a_school_trip(school_trip: Template) -> None:
    trip = load_trip(Path(__file__).parents[1] / "cases" / "trips" / "trip-interface.toml")
    content = make_content(school_trip, trip)
    assert {each.title for each in content.lists} == {
        *("Itinerary", "Packing", "Contacts", "Events", "Questions", "Photos"),
    }
    assert {each.template for each in content.lists} == {100, 101, 106}
    assert content.sharing is Sharing.EXISTING_GUESTS
    assert content.lcid == 2057
    assert "Consent form" not in [node.title for node in content.navigation]
    look = {"setRegionalSettings", "applyTheme", "setSiteBranding"}
    assert {each["verb"] for each in content.settings} == {*look, "activateSPFeature"}
    assert [(page.name, page.kind) for page in content.pages] == [
        *(("bring", "page"), ("start", "home"), ("welcome", "news"))
    ]


def test_the_emergency_number_stands_where_guardians_look(school_trip: Template) -> None:
    content = make_content(
        school_trip,
        make_trip({"destination": "Keswick", "emergency_phone": "+441632960100"}, template="school-trip"),
    )
    assert "+44 1632 960100" in content.description
    assert ("In an emergency: +44 1632 960100", "") in [(node.title, node.url) for node in content.navigation]


def test_what_an_input_changes_stands_where_it_can_be_changed(school_trip: Template) -> None:
    """SharePoint keeps the description of a list as it was made; an old telephone number there would mislead."""
    one = make_content(school_trip, load_trip(school_trip.folder / "example" / "trip.toml"))
    two = make_content(
        school_trip,
        make_trip(
            {"destination": "Elsewhere", "emergency_phone": "+33199001234"}, template="school-trip", title="Other"
        ),
    )
    assert one.lists == two.lists
    assert one.settings == two.settings
    varying = [(node.stem, node.url_varies) for node in one.navigation if node.stem or node.url_varies]
    assert varying == [("In an emergency: ", False), ("We meet: ", False), ("", True)]


def test_the_meeting_place_is_told_where_it_is_known(school_trip: Template) -> None:
    needed = {"destination": "Keswick", "emergency_phone": "+441632960100"}
    for more, title in (
        ({}, []),
        ({"meeting_time": "07:45"}, []),
        ({"meeting_place": "Main gate"}, ["We meet: Main gate"]),
        ({"meeting_place": "Main gate", "meeting_time": "07:45"}, ["We meet: Main gate, 07:45"]),
    ):
        content = make_content(school_trip, make_trip({**needed, **more}, template="school-trip"))
        assert [node.title for node in content.navigation if node.title.startswith("We")] == title


@pytest.mark.parametrize("title", ["{{ inputs.words }}", "{{ inputs.words }} and more", "  {{ trip.title }}"])
def test_a_link_that_could_not_be_found_again(tmp_path: Path, title: str) -> None:
    found = problems_of(write_template(tmp_path, actions=[{"verb": "addNavLink", "displayName": title, "url": ""}]))
    assert [each.rule for each in found] == ["placeholder"]
    assert "begin the title with words" in found[0].message


def test_links_lead_to_the_lists_of_the_template(school_trip: Template) -> None:
    content = make_content(school_trip, load_trip(school_trip.folder / "example" / "trip.toml"))
    root = "/sites/lake-district-2027/"
    made = {root + ("Lists/" if each.template == 100 else "") + each.title for each in content.lists}
    made.add(f"{root}SitePages/bring.aspx")
    assert {node.url for node in content.navigation if node.url.startswith("/")} == made
    assert content.navigation[-1].url == "https://forms.school.example/lake-district-2027"


def test_school_trip_keeps_nothing_that_guests_must_not_reach(school_trip: Template) -> None:
    """Medical and dietary data never lie on a site that guests can reach; nor does anything that opens it."""
    text = (school_trip.folder / "site-script.json").read_text(encoding="utf-8").lower()
    assert not re.findall(r"medic|diet|allerg|health|passport|capability|addprincipal", text)
    ids = re.findall(r'\bid\\?"?[=:] ?\\?"\{?([0-9a-f-]{36})', text)
    assert len(ids) == len(set(ids)) == sum(len(each.fields) for each in all_lists(school_trip))


def all_lists(template: Template) -> tuple[Any, ...]:
    return make_content(template, load_trip(template.folder / "example" / "trip.toml")).lists


def test_no_list_takes_more_steps_than_sharepoint(school_trip: Template) -> None:
    assert all(1 + len(each.action["subactions"]) <= MAX_STEPS for each in all_lists(school_trip))
