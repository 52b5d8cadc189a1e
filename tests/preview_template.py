"""A template with a page of every part in every layout, for whoever looks at previews."""

from __future__ import annotations

import copy
import json
import struct
import zlib
from pathlib import Path

from tests.template_folder import ACTIONS, DECLARATION, write_template

REGION = {"verb": "setRegionalSettings", "timeZone": 2, "locale": 2057, "sortOrder": 25, "hourFormat": "24"}
EVENTS = {"verb": "createSPList", "listName": "Events", "templateType": 106}
PHOTOS = {"verb": "createSPList", "listName": "Photos", "templateType": 101}
THEME = {"version": "2", "isInverted": False, "palette": {"themePrimary": "#ffffd000", "themeDarker": "#7a5c00"}}
STAFF = {"verb": "createSPList", "listName": "Medical", "templateType": 100}
WORDS = "{{ inputs.words }}"

PAGE = """\
kind = "home"
title = "W"
[title_area]
layout = "image"
image = "hills.png"
alt = "W"
above = "Above"

[[sections]]
layout = "full-width"
[[sections.parts]]
part = "hero"
title = "W"
to = "/SitePages/more.aspx"
image = "hills.png"
alt = "W"
label = "W"

[[sections]]
layout = "three-columns"
emphasis = "neutral"
[[sections.left]]
part = "text"
text = "<h2>W</h2><p>W <a href=\\"/Lists/Plans\\">plans</a>, <a href=\\"https://x.example/?a=1&amp;b=2\\">W</a></p><h3>W</h3><ol><li>W</li></ol><blockquote><p>W</p></blockquote>"
[[sections.left]]
part = "image"
file = "hills.png"
alt = "W"
caption = "W"
[[sections.left]]
part = "image-gallery"
title = "W"
images = [{ file = "hills.png", alt = "W", caption = "W" }, { file = "hills.png", alt = "W" }]
[[sections.middle]]
part = "quick-links"
title = "W"
layout = "list"
links = [{ title = "W", to = "/Photos", icon = "Camera" }, { title = "W", to = "https://x.example/w" }]
[[sections.middle]]
part = "quick-links"
layout = "compact"
links = [{ title = "W", to = "mailto:j.okoro@school.example" }]
[[sections.right]]
part = "events"
title = "W"
layout = "strip"
list = "Events"
[[sections.right]]
part = "news"
title = "W"
layout = "carousel"

[[sections]]
layout = "two-columns"
emphasis = "soft"
collapsible = "W"
[[sections.left]]
part = "list"
list = "Plans"
title = "W"
[[sections.left]]
part = "document-library"
library = "Photos"
title = "W"
[[sections.right]]
part = "countdown"
day = "{{ inputs.day }}"
at = "08:30"
title = "W"
description = "W"
[[sections.right]]
part = "map"
name = "W"
latitude = "54.6013"
longitude = "-3.1347"
[[sections.right]]
part = "weather"
title = "W"
name = "W"
latitude = "54.6013"
longitude = "-3.1347"

[[sections]]
layout = "two-thirds-right"
emphasis = "strong"
[[sections.left]]
part = "people"
title = "W"
people = [{ who = "j.okoro@school.example", role = "W" }]
[[sections.left]]
part = "countdown"
day = "{{ trip.starts }}"
[[sections.right]]
part = "text"
text = "<p>W <a href=\\"tel:+441632960100\\">W</a></p>"
[[sections.right]]
part = "button"
label = "W"
to = "https://x.example/button"
align = "center"
[[sections.right]]
part = "list"
list = "Plans"
[[sections.right]]
part = "call-to-action"
label = "W"
to = "tel:+441632960100"
image = "hills.png"
[[sections.right]]
part = "divider"
[[sections.right]]
part = "spacer"
height = 33
"""
MORE = """\
kind = "page"
title = "W"
[title_area]
layout = "plain"
align = "center"

[[sections]]
layout = "two-thirds-left"
[[sections.left]]
part = "text"
text = "<p>W</p>"

[[sections]]
layout = "vertical"
[[sections.parts]]
part = "news"
layout = "featured"
"""
POST = """\
kind = "news"
title = "W"
[title_area]
layout = "colour"
above = "Above"

[[sections]]
layout = "one-column"
[[sections.parts]]
part = "text"
text = "<p>W</p>"
"""
CALENDAR = """\
list = "Events"
[entries.one]
title = "W"
starts = "{{ trip.starts }}"
at = "08:30"
until = "09:15"
place = "W"
details = "W"
[entries.several]
title = "W"
starts = "{{ trip.starts }}"
ends = "{{ trip.ends }}"
[entries.night]
title = "W"
starts = "{{ trip.starts }}"
ends = "{{ trip.ends }}"
at = "22:00"
until = "06:00"
[entries.day]
title = "W"
starts = "{{ inputs.day }}"
"""


def png(width: int = 8, height: int = 6) -> bytes:
    """A grey picture that a browser can show."""
    rows = zlib.compress((b"\0" + b"\x99" * width) * height)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    sealed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(sealed)


def write_every_part(root: Path) -> Path:
    """The folder of a template, all of whose words are `inputs.words` of tests.template_folder."""
    declaration = DECLARATION.replace("lcid", 'site = "communication"\nstaff_only = ["Plans"]\nlcid', 1)
    declaration += f'\n[staff_site]\nsite_description = "{WORDS}"\n'
    actions = copy.deepcopy([REGION, *ACTIONS, EVENTS, PHOTOS])
    actions = [{"verb": "applyTheme", "themeJson": THEME} if each["verb"] == "applyTheme" else each for each in actions]
    folder = write_template(root, declaration, actions)
    (folder / "staff-script.json").write_text(json.dumps({"actions": [STAFF]}), encoding="utf-8")
    for name in ("assets", "pages", "example"):
        (folder / name).mkdir()
    (folder / "assets" / "hills.png").write_bytes(png())
    for name, text in (("start", PAGE), ("more", MORE), ("post", POST)):
        (folder / "pages" / f"{name}.toml").write_text(_with_words(text), encoding="utf-8")
    (folder / "calendar.toml").write_text(_with_words(CALENDAR), encoding="utf-8")
    return folder


def _with_words(text: str) -> str:
    return text.replace('"W"', f'"{WORDS}"').replace(">W", f">{WORDS}")
