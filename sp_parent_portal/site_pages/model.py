"""A page as pages/<name>.toml describes it: sections, columns, and web parts by name.

The same model is read twice: as the template has it, with placeholders, and filled for a trip (`context["filled"]`).
Then every address, date and number must be one, whatever the trip's inputs made of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from ..contacts.addresses import normalise_email
from ..template_text import has_placeholder
from .text import TextRefused, check_text, clean_address, make_text

T = TypeVar("T")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def is_open(value: str, info: ValidationInfo) -> bool:
    """Whether the value is still to be filled, so that only its filled form can be judged."""
    return has_placeholder(value) and not (info.context or {}).get("filled", False)


def _words(value: str) -> str:
    said = " ".join(value.split())
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in said):
        raise PydanticCustomError("control-characters", "must not hold a control character")
    return said


def _needed(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("empty", "must not be empty")
    return value


def _some(value: tuple[T, ...]) -> tuple[T, ...]:
    # Not Field(min_length=1): an entry with a mistake would be counted as missing, which is another mistake.
    if not value:
        raise PydanticCustomError("empty", "must hold at least one")
    return value


def _address(value: str, info: ValidationInfo) -> str:
    if is_open(value, info):
        return value
    try:
        return clean_address(value)
    except TextRefused as exc:
        raise PydanticCustomError("address", "{said}", {"said": str(exc)}) from None


def _html(value: str, info: ValidationInfo) -> str:
    if is_open(value, info):
        wrong = check_text(value)
        if wrong:
            raise PydanticCustomError("text", "{said}", {"said": "; ".join(wrong)})
        return value
    try:
        return make_text(value)
    except TextRefused as exc:
        raise PydanticCustomError("text", "{said}", {"said": str(exc)}) from None


def _day(value: str, info: ValidationInfo) -> str:
    if not is_open(value, info):
        try:
            return date.fromisoformat(value).isoformat() if len(value) == 10 else _no_day()
        except ValueError:
            _no_day()
    return value


def _no_day() -> str:
    raise PydanticCustomError("date", "must be a date such as 2027-05-10, or a placeholder for one")


def _clock(value: str, info: ValidationInfo) -> str:
    if value and not is_open(value, info) and not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", value):
        raise PydanticCustomError("time", "must be a time such as 08:30, or a placeholder for one")
    return value


def _degrees(most: int) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        if is_open(value, info):
            return value
        if not re.fullmatch(r"-?\d{1,3}(?:\.\d{1,15})?", value) or abs(float(value)) > most:
            raise PydanticCustomError("degrees", "must be degrees such as 54.6013, in quotation marks")
        return value

    return AfterValidator(check)


def _person(value: str, info: ValidationInfo) -> str:
    if is_open(value, info):
        return value
    address = normalise_email(value)
    if address is None:
        raise PydanticCustomError("address", "must be a colleague's sign-in name such as j.okoro@school.example")
    return address


Words = Annotated[str, Field(max_length=1000), AfterValidator(_words)]
NeededWords = Annotated[Words, AfterValidator(_needed)]
To = Annotated[str, Field(max_length=2000), AfterValidator(_address)]
Html = Annotated[str, Field(max_length=20_000), AfterValidator(_html)]
Day = Annotated[str, AfterValidator(_day)]
Clock = Annotated[str, AfterValidator(_clock)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,60}[A-Za-z0-9])?$")]
ListName = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^{}<>\"]+$")]


# ---- parts -----------------------------------------------------------------------------------------------------------


class Text(_Model):
    part: Literal["text"]
    text: Html


class Image(_Model):
    """`file` lies in assets/; `alt` is what somebody hears who does not see it."""

    part: Literal["image"]
    file: FileName
    alt: NeededWords
    caption: Words = ""


class Link(_Model):
    title: NeededWords
    to: To
    icon: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")] = "Link"


class QuickLinks(_Model):
    part: Literal["quick-links"]
    title: Words = ""
    layout: Literal["list", "compact", "tiles"] = "list"
    links: Annotated[tuple[Link, ...], Field(max_length=20), AfterValidator(_some)]


class ListPart(_Model):
    part: Literal["list"]
    list: ListName
    title: Words = ""


class Library(_Model):
    part: Literal["document-library"]
    library: ListName
    title: Words = ""


class Events(_Model):
    part: Literal["events"]
    list: ListName
    title: Words = ""
    layout: Literal["strip", "compact"] = "compact"


class News(_Model):
    part: Literal["news"]
    title: Words = ""
    layout: Literal["featured", "list", "carousel"] = "list"
    most: Annotated[int, Field(strict=True, ge=1, le=20)] = 4


class Countdown(_Model):
    """To a day, and the time of it in the site's time zone."""

    part: Literal["countdown"]
    day: Day
    at: Clock = ""
    title: Words = ""
    description: Words = ""


class Map(_Model):
    part: Literal["map"]
    name: NeededWords
    latitude: Annotated[str, _degrees(90)]
    longitude: Annotated[str, _degrees(180)]


class Person(_Model):
    """A colleague, by sign-in name."""

    who: Annotated[str, AfterValidator(_person)]
    role: Words = ""


class People(_Model):
    part: Literal["people"]
    title: Words = ""
    people: Annotated[tuple[Person, ...], Field(max_length=10), AfterValidator(_some)]


class Button(_Model):
    part: Literal["button"]
    label: NeededWords
    to: To
    align: Literal["left", "center"] = "left"


class CallToAction(_Model):
    part: Literal["call-to-action"]
    label: NeededWords
    to: To
    image: FileName


class Hero(_Model):
    """One tile with a picture."""

    part: Literal["hero"]
    title: NeededWords
    to: To
    image: FileName
    alt: NeededWords
    label: Words = ""


class Divider(_Model):
    part: Literal["divider"]


class Spacer(_Model):
    part: Literal["spacer"]
    height: Annotated[int, Field(strict=True, ge=8, le=400)] = 50


Part = Annotated[
    Text
    | Image
    | QuickLinks
    | ListPart
    | Library
    | Events
    | News
    | Countdown
    | Map
    | People
    | Button
    | CallToAction
    | Hero
    | Divider
    | Spacer,
    Field(discriminator="part"),
]

# What a part is nothing without: where an input that the trip does not give leaves one of them empty, so is the part.
NEEDED = ("text", "to", "label", "day", "latitude", "longitude", "who", "name")


# ---- sections and pages ----------------------------------------------------------------------------------------------

Parts = Annotated[tuple[Part, ...], Field(max_length=20)]
COLUMNS = {
    "one-column": ("parts",),
    "two-columns": ("left", "right"),
    "two-thirds-left": ("left", "right"),
    "two-thirds-right": ("left", "right"),
    "three-columns": ("left", "middle", "right"),
    "vertical": ("parts",),
    "full-width": ("parts",),
}
FULL_WIDTH = (Image, Hero, Countdown)  # parts that fill a section over the whole width (PnP Core, read 2026-08)


class Section(_Model):
    """The keys of its columns follow from the layout: `parts`, or `left`, `middle` and `right`. `collapsible` is the
    title under which it can be folded away."""

    layout: Literal[
        "one-column", "two-columns", "two-thirds-left", "two-thirds-right", "three-columns", "vertical", "full-width"
    ]
    emphasis: Literal["none", "neutral", "soft", "strong"] = "none"
    collapsible: Words = ""
    open: Annotated[bool, Field(strict=True)] = True
    parts: Parts = ()
    left: Parts = ()
    middle: Parts = ()
    right: Parts = ()

    @model_validator(mode="after")
    def _columns_of_the_layout(self) -> Section:
        names = COLUMNS[self.layout]
        for name in ("parts", "left", "middle", "right"):
            if getattr(self, name) and name not in names:
                said = f"a section {self.layout} has {' and '.join(names)}, not {name}"
                raise PydanticCustomError("columns", "{said}", {"said": said})
        if self.layout == "full-width" and not (len(self.parts) == 1 and isinstance(self.parts[0], FULL_WIDTH)):
            raise PydanticCustomError("full-width", "over the full width stands one image, hero or countdown")
        return self

    @property
    def columns(self) -> tuple[tuple[Part, ...], ...]:
        return tuple(getattr(self, name) for name in COLUMNS[self.layout])


class TitleArea(_Model):
    """`above` is a short line over the title. `image` and `alt` belong to the layouts image and overlap."""

    layout: Literal["plain", "colour", "image", "overlap"] = "plain"
    align: Literal["left", "center"] = "left"
    above: Annotated[Words, Field(max_length=40)] = ""
    image: FileName | None = None
    alt: Words = ""

    @model_validator(mode="after")
    def _image_and_alt(self) -> TitleArea:
        if (self.layout in ("image", "overlap")) != (self.image is not None):
            raise PydanticCustomError("image", "image belongs to the layouts image and overlap, and they need one")
        if self.image is not None and not self.alt:
            raise PydanticCustomError("alt", "alt is missing: say what the image shows")
        return self


class Page(_Model):
    """`kind`: the home page is where the site begins; a news post is published as news. `name` is the file's, without
    its ending, and never changes."""

    name: Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
    kind: Literal["home", "page", "news"]
    title: Annotated[NeededWords, Field(max_length=200)]
    title_area: TitleArea = TitleArea()
    sections: Annotated[tuple[Section, ...], Field(max_length=20), AfterValidator(_some)]

    @model_validator(mode="after")
    def _one_vertical_section(self) -> Page:
        layouts = [section.layout for section in self.sections]
        vertical = layouts.count("vertical")
        if vertical and "full-width" in layouts:
            raise PydanticCustomError("vertical", "a page with a vertical section has none over the full width")
        if vertical > 1 or vertical == len(self.sections):
            raise PydanticCustomError("vertical", "a page has at most one vertical section, and another beside it")
        return self

    @property
    def file(self) -> str:
        return f"{self.name}.aspx"

    def each_part(self) -> Iterator[Part]:
        return (part for section in self.sections for column in section.columns for part in column)

    def addresses(self) -> Iterator[str]:
        """Where its parts lead, apart from links within text."""
        for part in self.each_part():
            if isinstance(part, QuickLinks):
                yield from (link.to for link in part.links)
            elif isinstance(part, Button | CallToAction | Hero):
                yield part.to

    def images(self) -> Iterator[str]:
        """Files in assets/ that it shows."""
        if self.title_area.image is not None:
            yield self.title_area.image
        for part in self.each_part():
            if isinstance(part, Image):
                yield part.file
            elif isinstance(part, CallToAction | Hero):
                yield part.image
