"""assets/ of a template: files for the site, and the pictures that its pages show. Their contents are read when they
are sent, not before."""

from __future__ import annotations

import hashlib
import re
import struct
from pathlib import Path

from .errors import Problem
from .template_model import Asset

IMAGES = (".png", ".jpg", ".jpeg")
DOCUMENTS = (".pdf", ".docx", ".xlsx", ".pptx", ".txt")
MAX_SIZE = 250_000_000
BLOCK = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,60}[A-Za-z0-9])?")


def load_assets(folder: Path) -> tuple[tuple[Asset, ...], list[Problem]]:
    """The files of `folder`, by name, and what is wrong with any of them. No folder, no files."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return (), []
    assets, problems = [], list[Problem]()
    for path in paths:
        try:
            assets.append(_load(path))
        except (OSError, ValueError) as exc:
            said = str(exc) if isinstance(exc, ValueError) else "this file cannot be read"
            problems.append(Problem(str(path), 0, "asset", said))
    return tuple(assets), problems


def _load(path: Path) -> Asset:
    """Raises ValueError that says what is wrong with it, OSError where it cannot be read."""
    suffix = path.suffix.lower()
    if not path.is_file() or not _NAME.fullmatch(path.name):
        raise ValueError("a file is named with letters, digits, dots and dashes; folders are not used")
    if suffix not in IMAGES + DOCUMENTS:
        raise ValueError(f"only {', '.join(IMAGES + DOCUMENTS)} can be sent to a site")
    size, digest, head = 0, hashlib.sha256(), b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            size, head = size + len(block), head or block
            digest.update(block)
    if not 0 < size <= MAX_SIZE:
        raise ValueError(f"the file is empty, or larger than {MAX_SIZE:,} bytes")
    width, height = read_image_size(head, suffix) if suffix in IMAGES else (0, 0)
    return Asset(path.name, path, size, digest.hexdigest(), width, height)


def read_image_size(head: bytes, suffix: str) -> tuple[int, int]:
    """Width and height in pixels. Raises ValueError where the file is no image of the kind that its name says."""
    found = _png_size(head) if suffix == ".png" else _jpeg_size(head)
    if found is None or not all(found):
        raise ValueError(f"this is not an image as its name says ({suffix})")
    return found


def _png_size(head: bytes) -> tuple[int, int] | None:
    """PNG specification: signature, then the IHDR chunk."""
    if len(head) < 24 or not head.startswith(b"\x89PNG\r\n\x1a\n") or head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """ITU T.81: segments with their lengths, up to a start of frame."""
    at = 2 if head.startswith(b"\xff\xd8") else len(head)
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
