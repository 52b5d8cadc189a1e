"""When two records of the contact list are one person, and when they only look alike. Never a reason to merge guests
with different addresses: at most a reason for a person to look."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .model import Contact
from .phones import to_e164


def name_key(contact: Contact) -> str:
    """The whole name without case, accents, punctuation and blanks; "" unless given and family name are there."""
    return whole_name(contact.given, contact.family)


def whole_name(given: str, family: str) -> str:
    """As `name_key`. Some sources have one name for both: of that, two words are a whole name."""
    if not family:
        return plain_name(given) if len(given.split()) > 1 else ""
    one, other = plain_name(given), plain_name(family)
    return one + other if one and other else ""


def are_same_person(one: Contact, other: Contact) -> bool:
    """For two records with one address: same family name, and the same given name; or one given name begins with the
    other and the telephone is the same. Unknown names are never the same person."""
    if one.id == other.id:
        return True
    family, given, also_given = plain_name(one.family), plain_name(one.given), plain_name(other.given)
    if not (family and given and also_given) or family != plain_name(other.family):
        return False
    if given == also_given:
        return True
    phone = _number(one.phone)
    shortened = min(len(given), len(also_given)) > 1 and (given.startswith(also_given) or also_given.startswith(given))
    return shortened and bool(phone) and phone == _number(other.phone)


@lru_cache(maxsize=20_000)  # a few names are those of very many people
def plain_name(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    if text.isascii() and text.isalpha():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in letters if sign.isalnum())


def _number(text: str) -> str:
    return re.sub(r"[^0-9]", "", to_e164(text) or text)
