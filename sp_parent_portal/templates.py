"""A folder in site_templates/ → what a trip's site must hold, and what guardians read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .sharing import Sharing
from .trips import Trip


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input a template declares. `type`: text, date, time, phone, email, url, number."""

    name: str
    type: str
    help: str
    required: bool = True
    default: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class WantedField:
    """A column that the site script gives a list. `schema_xml` is what adds it to a list that already exists."""

    internal_name: str
    title: str
    type: str
    schema_xml: str


@dataclass(frozen=True, slots=True)
class WantedList:
    """A list the site must hold; `action` is its createSPList action with all subactions, ready to send."""

    title: str
    template: int
    description: str
    fields: tuple[WantedField, ...]
    action: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WantedNavNode:
    title: str
    url: str
    action: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Content:
    """What the trip's site must hold: the template filled with the trip's inputs.

    `settings` are the remaining actions (regional settings, theme, branding), sent once when the site is made.
    `input_hash` is the SHA-256 of the canonical inputs; with name and version it goes into the site's marker."""

    template: str
    version: str
    sharing: Sharing
    description: str
    lcid: int
    lists: tuple[WantedList, ...]
    navigation: tuple[WantedNavNode, ...]
    settings: tuple[Mapping[str, object], ...]
    input_hash: str


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one guardian: plain-text subject, HTML body with every value escaped."""

    subject: str
    html: str


@dataclass(frozen=True, slots=True)
class Template:
    """One template as its folder declares it."""

    name: str
    version: str
    title: str
    description: str
    sharing: Sharing
    inputs: tuple[InputSpec, ...]
    folder: Path


def list_templates() -> tuple[Template, ...]:
    raise NotImplementedError


def load_template(name: str) -> Template:
    """Raises TemplateError with every problem of the folder at once; unknown name → what names there are."""
    raise NotImplementedError


def make_content(template: Template, trip: Trip) -> Content:
    """Fill the site script. Raises TemplateError: missing or unknown inputs, of the wrong type, all at once."""
    raise NotImplementedError


def make_message(template: Template, trip: Trip, guardian_name: str, link: str) -> Message:
    """The mail that tells a guardian of the trip's site. It names no student and no other guardian."""
    raise NotImplementedError
