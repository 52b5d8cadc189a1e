"""Text from data made harmless for a terminal and for a spreadsheet.

A name in a contact list is somebody else's text: it may hold escape sequences that repaint a terminal, marks that turn
the reading direction round, or the beginning of a spreadsheet formula. Source: OWASP, "CSV Injection"; CVE-2021-41270;
"Trojan Source" (CVE-2021-42574).
"""

from __future__ import annotations

import unicodedata

# Joiners are letters' business in Persian, the Indic scripts and emoji; every other invisible format mark goes.
_KEPT_FORMAT = frozenset("\u200c\u200d")
_FORMULA = frozenset("=+-@\u2212|%")
_SEPARATORS = ("Zl", "Zp")


def clean(text: str) -> str:
    """One line without control characters, escape sequences' beginnings, or marks that turn the reading direction."""
    return "".join(map(_clean_char, text))


def _clean_char(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\t\r\n\v\f\x85" or category in _SEPARATORS:
        return " "
    if category == "Cc" or (category == "Cf" and char not in _KEPT_FORMAT):
        return ""
    return "\ufffd" if category == "Cs" else char


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: marked with an apostrophe where its first visible character, in
    whatever width it is written, could begin one."""
    cleaned = clean(text)
    return f"'{cleaned}" if _begins_formula(cleaned) or _begins_formula(text) else cleaned


def _begins_formula(text: str) -> bool:
    for char in text:
        if char in "\t\r\n":
            return True
        if not _is_blank(char):
            return unicodedata.normalize("NFKC", char)[0] in _FORMULA
    return False


def _is_blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Zs", *_SEPARATORS) or char in "\u200c\u200d"
