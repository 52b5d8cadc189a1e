"""Pages, files and calendar of a template: every mistake with its file and line, before anything is sent."""

from __future__ import annotations

import copy
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from sp_parent_portal.errors import TemplateError
from sp_parent_portal.template_assets import load_assets, read_image_size
from sp_parent_portal.templates import Template, load_folder, load_template, make_content
from tests.template_folder import ACTIONS, make_trip, write_template

PAGE = """\
kind = "page"
title = "{{ trip.title }}"

[[sections]]
layout = "two-columns"

[[sections.left]]
part = "text"
text = "<p>{{ inputs.words }}</p>"

[[sections.right]]
part = "list"
list = "Plans"
"""
CALENDAR = """\
list = "Events"

[entries.start]
title = "We leave"
starts = "{{ trip.starts }}"
"""
REGION = {"verb": "setRegionalSettings", "timeZone": 2, "locale": 2057, "sortOrder": 25, "hourFormat": "24"}
EVENTS = {"verb": "createSPList", "listName": "Events", "templateType": 106}
PHOTOS = {"verb": "createSPList", "listName": "Photos", "templateType": 101}


def png(width: int = 4, height: int = 3) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def write(root: Path, *, calendar: str = "", actions: object = None, **pages: str) -> Path:
    more = [*copy.deepcopy(ACTIONS), REGION, EVENTS, PHOTOS] if actions is None else actions
    folder = write_template(root, actions=more)
    (folder / "assets").mkdir()
    (folder / "assets" / "hills.png").write_bytes(png())
    (folder / "pages").mkdir()
    for name, text in pages.items():
        (folder / "pages" / f"{name}.toml").write_text(text, encoding="utf-8")
    if calendar:
        (folder / "calendar.toml").write_text(calendar, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(TemplateError) as caught:
        load_folder(folder)
    return [(Path(each.file).name, each.line, each.rule) for each in caught.value.problems]


def part(text: str) -> str:
    return f'kind = "page"\ntitle = "T"\n[[sections]]\nlayout = "one-column"\n[[sections.parts]]\n{text}\n'


def test_a_page_with_everything_in_its_place(tmp_path: Path) -> None:
    template = load_folder(write(tmp_path, calendar=CALENDAR, about=PAGE))
    content = make_content(template, make_trip({"words": "Keswick & <b>"}))
    [page] = content.pages
    assert (page.file, page.title) == ("about.aspx", "Lake District 2027")
    assert [getattr(each, "text", "") for each in page.each_part()] == ["<p>Keswick &amp; &lt;b&gt;</p>", ""]
    assert content.calendar is not None
    assert [(e.starts, e.ends, e.all_day) for e in content.calendar.entries] == [
        ("2027-05-10T00:00:00Z", "2027-05-10T23:59:00Z", True)
    ]


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("kind = page", 1, "not-toml"),
        (part('part = "text"\ntext = "<p>x</p>"').replace('"page"', '"blog"'), 1, "not-a-choice"),
        (part('part = "text"\ntext = "<p>x</p>"\nsize = 3'), 8, "unknown-key"),
        (part('part = "video"\ntext = "<p>x</p>"'), 5, "not-a-choice"),
        (part('text = "<p>x</p>"'), 5, "missing-key"),
        (part('part = "text"'), 5, "missing-key"),
        (part('part = "text"\ntext = "<p>x"'), 7, "text"),
        (part('part = "text"\ntext = "<script>x</script>"'), 7, "text"),
        (part('part = "text"\ntext = "<p>{{ inputs.gone }}</p>"'), 7, "placeholder"),
        (part('part = "text"\ntext = "<p>{{ 7 * 7 }}</p>"'), 7, "placeholder"),
        (part('part = "text"\ntext = "<p>{{ inputs.words </p>"'), 7, "placeholder"),
        (part('part = "image"\nfile = "gone.png"\nalt = "x"'), 7, "image"),
        (part('part = "image"\nfile = "hills.png"'), 5, "missing-key"),
        (part('part = "image"\nfile = "hills.png"\nalt = " "'), 8, "empty"),
        (part('part = "image"\nfile = "../hills.png"\nalt = "x"'), 7, "out-of-range"),
        (part('part = "list"\nlist = "Gone"'), 7, "list"),
        (part('part = "list"\nlist = "{{ inputs.words }}"'), 7, "out-of-range"),
        (part('part = "document-library"\nlibrary = "Plans"'), 7, "list"),
        (part('part = "events"\nlist = "Plans"'), 7, "list"),
        (part('part = "button"\nlabel = "x"\nto = "http://x.example"'), 8, "address"),
        (part('part = "button"\nlabel = "x"\nto = "/SitePages/gone.aspx"'), 8, "address"),
        (part('part = "button"\nlabel = "x"\nto = "/Lists/Photos"'), 8, "address"),
        (part('part = "text"\ntext = \'<p><a href="/Lists/Gone">x</a></p>\''), 0, "address"),
        (part('part = "quick-links"\nlinks = []'), 7, "empty"),
        (part('part = "countdown"\nday = "soon"'), 7, "date"),
        (part('part = "countdown"\nday = "2027-05-10"\nat = "8"'), 8, "time"),
        (part('part = "map"\nname = "x"\nlatitude = "91"\nlongitude = "1"'), 8, "degrees"),
        (part('part = "spacer"\nheight = 3'), 7, "out-of-range"),
        (part('part = "divider"').replace('"one-column"', '"two-columns"'), 3, "columns"),
        (part('part = "divider"').replace('"one-column"', '"full"'), 4, "not-a-choice"),
        (part('part = "divider"').replace('"one-column"', '"full-width"'), 3, "full-width"),
        (part('part = "countdown"\nday = "2027-05-10"').replace('"one-column"', '"full-width"'), 4, "full-width"),
        (part('part = "divider"').replace('"one-column"', '"vertical"'), 1, "vertical"),
        (part('part = "divider"') + '[title_area]\nlayout = "image"\n', 7, "image"),
        (part('part = "divider"') + '[title_area]\nlayout = "image"\nimage = "hills.png"\n', 7, "alt"),
        ('kind = "page"\ntitle = "T"\n', 0, "missing-key"),
        ('kind = "page"\ntitle = "T"\nname = "x"\n[[sections]]\nlayout = "one-column"\n', 3, "unknown-key"),
    ],
)
def test_a_mistake_in_a_page_has_its_line_and_rule(tmp_path: Path, text: str, line: int, rule: str) -> None:
    found = problems(write(tmp_path, about=text))
    if rule in ("vertical", "missing-key") and (not line or rule == "vertical"):
        assert [(name, each) for name, _, each in found] == [("about.toml", rule)]
    else:
        assert (("about.toml", line, rule) in found) if line else any(each == rule for _, _, each in found)
        assert len(found) == 1


def test_a_communication_site_has_sections_over_the_full_width(tmp_path: Path) -> None:
    folder = write(tmp_path, about=part('part = "countdown"\nday = "2027-05-10"').replace("one-column", "full-width"))
    declaration = folder / "template.toml"
    text = declaration.read_text(encoding="utf-8").replace("lcid =", 'site = "communication"\nlcid =')
    declaration.write_text(text, encoding="utf-8")
    assert [section.layout for page in load_folder(folder).pages for section in page.sections] == ["full-width"]


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        calendar=CALENDAR.replace("{{ trip.starts }}", "soon"),
        one=part('part = "text"\ntext = "<p>x"'),
        two=part('part = "video"') + '[[sections.parts]]\npart = "spacer"\nheight = "x"\n',
    )
    (folder / "assets" / "run.js").write_text("x", encoding="utf-8")
    assert problems(folder) == [
        ("run.js", 0, "asset"),
        ("calendar.toml", 5, "date"),
        ("one.toml", 7, "text"),
        ("two.toml", 5, "not-a-choice"),
        ("two.toml", 9, "wrong-type"),
    ]


def test_names_of_pages(tmp_path: Path) -> None:
    home = PAGE.replace('"page"', '"home"')
    folder = write(tmp_path, home=PAGE, one=home, two=home)
    (folder / "pages" / "Big One.toml").write_text(PAGE, encoding="utf-8")
    (folder / "pages" / "notes.txt").write_text("x", encoding="utf-8")
    assert [(name, rule) for name, _, rule in problems(folder)] == [
        *(("Big One.toml", "out-of-range"), ("home.toml", "page-name"), ("notes.txt", "page-name")),
        ("two.toml", "home"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("entries = 3", 1, "wrong-type"),
        (CALENDAR.replace('"Events"', '"Plans"'), 1, "list"),
        (CALENDAR.replace("starts", "start"), 3, "missing-key"),
        (CALENDAR.replace("entries.start", "entries.Start"), 3, "out-of-range"),
        (CALENDAR.replace("trip.starts", "trip.begins"), 5, "placeholder"),
        (CALENDAR + 'at = "25:00"\n', 6, "time"),
        (CALENDAR + 'colour = "red"\n', 6, "unknown-key"),
    ],
)
def test_a_mistake_in_the_calendar_has_its_line_and_rule(tmp_path: Path, text: str, line: int, rule: str) -> None:
    assert ("calendar.toml", line, rule) in problems(write(tmp_path, calendar=text))


@pytest.mark.parametrize("zone", [{}, {**REGION, "timeZone": 1}])
def test_a_time_needs_a_time_zone(tmp_path: Path, zone: dict[str, object]) -> None:
    actions = [*copy.deepcopy(ACTIONS), EVENTS, *([zone] if zone else [])]
    timed = CALENDAR + 'at = "08:30"\n'
    assert problems(write(tmp_path, calendar=timed, actions=actions)) == [("site-script.json", 0, "time-zone")]


# ---- filled ----------------------------------------------------------------------------------------------------------

OPTIONAL = """\
kind = "page"
title = "T"
[[sections]]
layout = "two-columns"
[[sections.left]]
part = "button"
label = "Form"
to = "{{ inputs.link }}"
[[sections.right]]
part = "quick-links"
links = [{ title = "A", to = "{{ inputs.link }}" }, { title = "B", to = "/Lists/Plans" }]
[[sections]]
layout = "one-column"
[[sections.parts]]
part = "text"
text = "{% if inputs.link %}<p>x</p>{% endif %}"
[[sections]]
layout = "one-column"
[[sections.parts]]
part = "countdown"
day = "{{ inputs.day }}"
"""


def filled(folder: Path, **inputs: object) -> list[list[str]]:
    [page] = make_content(load_folder(folder), make_trip({"words": "x", **inputs})).pages
    return [[part.part for column in section.columns for part in column] for section in page.sections]


def test_what_an_optional_input_leaves_empty_is_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, about=OPTIONAL)
    assert filled(folder, link="https://x.example/a") == [["button", "quick-links"], ["text"], ["countdown"]]
    assert filled(folder) == [["quick-links"], ["countdown"]]


def refusal(folder: Path, **inputs: object) -> str:
    with pytest.raises(TemplateError) as caught:
        make_content(load_folder(folder), make_trip(inputs))
    assert {Path(each.file).name for each in caught.value.problems} == {"trip.toml"}
    return " ".join(each.message for each in caught.value.problems)


def test_values_that_make_no_page_are_the_trips_mistake(tmp_path: Path) -> None:
    text = part('part = "button"\nlabel = "x"\nto = "{{ inputs.words }}"')
    folder = write(tmp_path, about=text)
    for hostile in ("javascript:alert(1)", "http://x.example", "{{ inputs.link }}"):
        assert "a link leads to" in refusal(folder, words=hostile)


def test_entries_at_a_time_and_over_days(tmp_path: Path) -> None:
    text = CALENDAR + 'at = "08:30"\nuntil = "17:00"\nends = "{{ trip.ends }}"\nplace = "{{ inputs.words }}"\n'
    text += '[entries.gone]\ntitle = "x"\nstarts = "{{ inputs.link }}"\n'
    text += '[entries.winter]\ntitle = "x"\nstarts = "2027-01-10"\nat = "08:30"\n'
    calendar = make_content(load_folder(write(tmp_path, calendar=text)), make_trip()).calendar
    assert calendar is not None
    assert [(e.key, e.starts, e.ends, e.place) for e in calendar.entries] == [
        ("start", "2027-05-10T07:30:00Z", "2027-05-14T16:00:00Z", "Keswick"),
        ("winter", "2027-01-10T08:30:00Z", "2027-01-10T09:30:00Z", ""),
    ]


def test_an_entry_that_ends_before_it_begins(tmp_path: Path) -> None:
    folder = write(tmp_path, calendar=CALENDAR + 'ends = "2027-05-01"\n')
    assert "ends before it begins" in refusal(folder, words="x")


# ---- files -----------------------------------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x07\x00\x09\x01\x01\x11\x00"


def test_the_size_of_a_picture() -> None:
    assert read_image_size(png(640, 480), ".png") == (640, 480)
    assert read_image_size(JPEG, ".jpg") == (9, 7)


@pytest.mark.parametrize("data", [b"", b"GIF89a", JPEG[:6], png(0, 3), b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture(data: bytes) -> None:
    for suffix in (".png", ".jpg"):
        with pytest.raises(ValueError, match="not an image"):
            read_image_size(data, suffix)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(("a.html", b"x"), ("a.svg", b"<svg/>"), ("a.png", b"x"), ("a b.png", png()), ("empty.pdf", b"")),
        *((".hidden.png", png()), ("a.aspx", b"x")),
    ],
)
def test_files_that_are_not_sent_to_a_site(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    found, wrong = load_assets(tmp_path)
    assert (found, [each.rule for each in wrong]) == ((), ["asset"])


def test_a_preview_that_is_no_picture(tmp_path: Path) -> None:
    folder = write(tmp_path, about=PAGE)
    (folder / "preview.png").write_text("x", encoding="utf-8")
    assert problems(folder) == [("preview.png", 0, "preview")]


# ---- what we ship ----------------------------------------------------------------------------------------------------


def test_no_page_of_ours_loses_its_mistakes(tmp_path: Path) -> None:
    """Each page of the shipped template is read: a mistake anywhere in it is found."""
    shipped: Template = load_template("school-trip")
    for page in shipped.pages:
        folder = tmp_path / page.name / "school-trip"
        shutil.copytree(shipped.folder, folder)
        file = folder / "pages" / f"{page.name}.toml"
        file.write_text(file.read_text(encoding="utf-8").replace('part = "', 'part = "x', 1), encoding="utf-8")
        assert [(name, rule) for name, _, rule in problems(folder)] == [(f"{page.name}.toml", "not-a-choice")]
