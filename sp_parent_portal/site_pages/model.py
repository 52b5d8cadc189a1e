"""A page as pages/<name>.toml describes it: sections, columns, and web parts by name.

The same model is read twice: as the template has it, with placeholders, and filled for a trip (`context["filled"]`).
Then every address, date and number must be one, whatever the trip's inputs made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from .values import (
    Clock,
    Day,
    FileName,
    Html,
    Latitude,
    ListName,
    Longitude,
    NeededWords,
    SignInName,
    To,
    Words,
    some,
)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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


class GalleryImage(_Model):
    file: FileName
    alt: NeededWords
    caption: Words = ""


class Gallery(_Model):
    """Pictures of assets/ side by side."""

    part: Literal["image-gallery"]
    title: Words = ""
    images: Annotated[tuple[GalleryImage, ...], Field(max_length=20), AfterValidator(some)]


class Link(_Model):
    title: NeededWords
    to: To
    icon: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")] = "Link"


class QuickLinks(_Model):
    part: Literal["quick-links"]
    title: Words = ""
    layout: Literal["list", "compact", "tiles"] = "list"
    links: Annotated[tuple[Link, ...], Field(max_length=20), AfterValidator(some)]


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
    latitude: Latitude
    longitude: Longitude


class Weather(_Model):
    part: Literal["weather"]
    name: NeededWords
    latitude: Latitude
    longitude: Longitude
    title: Words = ""
    unit: Literal["celsius", "fahrenheit"] = "celsius"


class Person(_Model):
    """A colleague, by sign-in name."""

    who: SignInName
    role: Words = ""


class People(_Model):
    part: Literal["people"]
    title: Words = ""
    people: Annotated[tuple[Person, ...], Field(max_length=10), AfterValidator(some)]


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
    | Gallery
    | QuickLinks
    | ListPart
    | Library
    | Events
    | News
    | Countdown
    | Map
    | Weather
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
    sections: Annotated[tuple[Section, ...], Field(max_length=20), AfterValidator(some)]

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
            elif isinstance(part, Gallery):
                yield from (image.file for image in part.images)
            elif isinstance(part, CallToAction | Hero):
                yield part.image
