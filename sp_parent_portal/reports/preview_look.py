"""The colours of a preview: those of the template's theme, or SharePoint's own where it names none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

# The slots of a theme that the preview uses, with the colours of SharePoint's default theme (Fluent UI, read 2026-08).
DEFAULT: Mapping[str, str] = {
    "themePrimary": "#03787c",
    "themeDarkAlt": "#026c70",
    "themeDark": "#025b5e",
    "themeDarker": "#014345",
    "themeTertiary": "#54a8b1",
    "themeLight": "#a1d3d8",
    "themeLighter": "#cbe7ea",
    "themeLighterAlt": "#f2f9fa",
    "neutralLighter": "#f4f4f4",
    "neutralQuaternaryAlt": "#dadada",
    "neutralSecondary": "#666666",
    "neutralPrimary": "#333333",
    "neutralDark": "#212121",
    "white": "#ffffff",
}
READABLE = 4.5  # WCAG 2.2, 1.4.3
_COLOUR = re.compile(r"#(?:[0-9a-f]{2})?([0-9a-f]{6})", re.IGNORECASE)  # a theme writes the opacity first


# What is written on which slots: the first of these that can be read there.
_INKS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("white", "neutralLighter", "themeLighter"), ("neutralPrimary", "neutralDark")),
    "quiet": (("white", "neutralLighter"), ("neutralSecondary", "neutralPrimary", "neutralDark")),
    "ink": (("white", "neutralLighter"), ("themePrimary", "themeDarkAlt", "themeDark", "themeDarker")),
    "softInk": (("themeLighter", "themeLighterAlt"), ("themeDarker", "neutralDark")),
    "onPrimary": (("themePrimary",), ("white",)),
    "onDarker": (("themeDarker",), ("white",)),
}


def make_palette(settings: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Each slot as #rrggbb, and colours for text on them. `settings` are the actions of a site script; nothing but a
    colour comes out of them."""
    palette = dict(DEFAULT)
    for action in settings:
        theme = action.get("themeJson") if action.get("verb") == "applyTheme" else None
        given = theme.get("palette") if isinstance(theme, Mapping) else None
        if isinstance(given, Mapping):
            found = {slot: _COLOUR.fullmatch(str(given.get(slot, ""))) for slot in DEFAULT}
            palette |= {slot: f"#{colour[1].lower()}" for slot, colour in found.items() if colour}
    inks = {
        name: _readable([palette[slot] for slot in slots], [palette[slot] for slot in wanted])
        for name, (slots, wanted) in _INKS.items()
    }
    return palette | inks


def _readable(grounds: Sequence[str], wanted: Sequence[str]) -> str:
    """The first of `wanted` that can be read on every ground, else black or white, whichever can be read better."""
    least = {ink: min(contrast(ink, ground) for ground in grounds) for ink in (*wanted, "#000000", "#ffffff")}
    return next((ink for ink in wanted if least[ink] >= READABLE), max(("#000000", "#ffffff"), key=least.__getitem__))


def contrast(one: str, other: str) -> float:
    """Of two colours #rrggbb, as WCAG 2.2 counts it: 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
