"""What a value in trip.toml or portal.toml may look like. Messages are for teachers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from os.path import normpath
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from .contacts.addresses import normalise_domain, normalise_email
from .contacts.sources import Source, parse_source
from .errors import ContactListError


def _a_date(value: object) -> object:
    """TOML's own date, or one in quotation marks; a bare number is a mistake, not seconds since 1970."""
    if isinstance(value, bool | int | float):
        raise PydanticCustomError("wrong-type", "must be a date such as 2027-05-10")
    if isinstance(value, datetime):
        raise PydanticCustomError("wrong-type", "must be a date without a time, such as 2027-05-10")
    return value


# Marks that turn the reading direction: a mail's subject would read otherwise than it is written (CVE-2021-42574).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _one_line(value: str) -> str:
    """Control characters and line breaks would change a mail's headers or hide text."""
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _TURNING for char in value):
        raise PydanticCustomError("control-characters", "must not hold a line break or a control character")
    if not value.strip():
        raise PydanticCustomError("empty", "must not be empty")
    if len(value) > 120:
        raise PydanticCustomError("too-long", "must be at most 120 characters long")
    return value.strip()


def _address(value: str) -> str:
    address = normalise_email(value)
    if address is None:
        raise PydanticCustomError("not-an-address", "must be an e-mail address: a name, an @ and a domain")
    return address


STAFF_SUFFIX = "-staff"


def _slug(value: str) -> str:
    if "://" in value or re.match(r"[\w-]+(\.[\w-]+)+/", value):
        raise PydanticCustomError(
            "outside-tenant",
            "slug is a whole address: an address outside the tenant cannot be used. Write the last part of the"
            " address alone, such as lake-district-2027",
        )
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?", value):
        raise PydanticCustomError(
            "slug", "slug may hold a-z, 0-9 and -, at most 50 of them, and neither starts nor ends with -"
        )
    if value.endswith(STAFF_SUFFIX):
        raise PydanticCustomError("slug", f"slug may not end with {STAFF_SUFFIX}: so the staff's own sites are called")
    return value


def _in_folder(value: Path, info: ValidationInfo) -> Path:
    """A path as the file means it: relative to the file's own folder."""
    if str(value) in ("", ".") or len(str(value)) > 1000:
        raise PydanticCustomError("no-file", "names no file")
    return Path(normpath(info.context["folder"] / value)) if info.context else value


def _existing(value: Path, info: ValidationInfo) -> Path:
    if info.context and not _is_file(value):
        beside = f" beside {info.context['file']}" if value.parent == info.context["folder"] else ""
        raise PydanticCustomError("no-file", "there is no file {name}{beside}", {"name": value.name, "beside": beside})
    return value


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be looked into
        return False


def _template(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", value):
        raise PydanticCustomError("template", "must be the name of a template, such as school-trip")
    return value


def _not_empty(value: object) -> object:
    if value == []:
        raise PydanticCustomError("empty-list", "must name at least one, or be left out")
    return value


def _source(value: object, info: ValidationInfo) -> Source:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong-type", "must be text in quotation marks")
    try:
        source = parse_source(value)
    except ContactListError as error:
        raise PydanticCustomError("source", "{message}", {"message": error.message}) from None
    return _in_folder(source, info) if isinstance(source, Path) else source


def _domain(value: str) -> str:
    domain = "" if "@" in value else normalise_domain(value)
    if not domain:
        raise PydanticCustomError("not-a-domain", "internal_domains holds domains such as school.example, without an @")
    return domain


Text = Annotated[str, AfterValidator(_one_line)]
Address = Annotated[Text, AfterValidator(_address)]
Slug = Annotated[str, AfterValidator(_slug)]
TemplateName = Annotated[str, AfterValidator(_template)]
Day = Annotated[date, BeforeValidator(_a_date)]
FilePath = Annotated[Path, AfterValidator(_in_folder), AfterValidator(_existing)]
FolderPath = Annotated[Path, AfterValidator(_in_folder)]
ContactSource = Annotated[Source, PlainValidator(_source)]
Domains = Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], BeforeValidator(_not_empty)]
Relationships = Annotated[
    tuple[Literal["parent", "guardian", "relative", "aide", "doctor", "child", "administrator", "other"], ...],
    BeforeValidator(_not_empty),
]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1)]
