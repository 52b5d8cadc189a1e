"""What may stand in one place of a page: words, an address, HTML, a day. Each is checked twice: as the template has it,
where a placeholder may stand, and filled for a trip (`context["filled"]`)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from ..contacts.addresses import normalise_email
from ..template_text import has_placeholder
from .text import TextRefused, check_text, clean_address, make_text

T = TypeVar("T")


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


def some(value: tuple[T, ...]) -> tuple[T, ...]:
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


def degrees(most: int) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        if is_open(value, info):
            return value
        if not re.fullmatch(r"-?\d{1,3}(?:\.\d{1,15})?", value) or abs(float(value)) > most:
            raise PydanticCustomError("degrees", "must be degrees such as 54.6013, in quotation marks")
        return value

    return AfterValidator(check)


def person_name(value: str, info: ValidationInfo) -> str:
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
Latitude = Annotated[str, degrees(90)]
Longitude = Annotated[str, degrees(180)]
SignInName = Annotated[str, AfterValidator(person_name)]
