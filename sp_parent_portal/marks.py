"""Names for people in what is logged: one person always has the same mark, and nobody without the key can tell whose it
is. A plain hash of an address is no secret: whoever has a list of addresses can hash them all. So the mark is an HMAC
with a key that is made once and stays in the data folder."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

KEY_FILE = "marks.key"
KEY_BYTES = 32
_DIGITS = 12  # 48 bits: two people of a million share a mark less than once in 500 schools

# Generous: what looks like an address is hidden. A redemption link lets in whoever holds it, so its whole tail goes.
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
GUEST_NAME = re.compile(r"[\w.!$%&'*+/=?^`{|}~-]+(?:#|%23)EXT(?:#|%23)(?:@[\w.-]+)?", re.IGNORECASE)
REDEEM_LINK = re.compile(
    r"https?://[^\s\"'<>]*(?:redeem|invitations\.microsoft\.com|/invite)[^\s\"'<>]*", re.IGNORECASE
)
PHONE = re.compile(r"(?<![\w+])\+\d(?:[\s().-]*\d){7,14}(?!\w)")
MARK = re.compile(r"[a-z]+-[0-9a-f]{12}\Z")


def load_key(folder: Path) -> bytes:
    """The key in `folder`, made where there is none, readable by its owner alone. Raises OSError."""
    path = folder / KEY_FILE
    return _find_key(path) or _make_key(path)


def _find_key(path: Path) -> bytes:
    """Empty where there is none, or one that was cut off: it has named nobody yet that somebody could look up."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return b""
    return found if len(found) == KEY_BYTES else b""


def _make_key(path: Path) -> bytes:
    """Of several processes that begin at once one makes the key and all use it: a link needs a free name."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            if not _find_key(path):
                beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return _find_key(path)


def make_mark(key: bytes, kind: str, id: str) -> str:
    """`kind` is a word for people (address, student). Ids that differ in case alone are two, addresses are one."""
    said = id.strip().lower() if kind == "address" else id
    return f"{kind}-{hmac.new(key, f'{kind} {said}'.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}"


def find_marked(key: bytes, mark: str, addresses: Iterable[str]) -> str:
    """Which of the addresses has the mark; "" where none has."""
    return next((each for each in addresses if hmac.compare_digest(make_mark(key, "address", each), mark)), "")


def conceal(text: str, key: bytes | None) -> str:
    """The text with marks for its addresses, and without phone numbers and redemption links. Without a key addresses
    are only taken out."""

    def mark(found: re.Match[str]) -> str:
        return "(address)" if key is None else make_mark(key, "address", found[0].replace("%40", "@"))

    shown = REDEEM_LINK.sub("(redemption link)", text)
    shown = GUEST_NAME.sub("(guest)", shown)
    return PHONE.sub("(phone)", ADDRESS.sub(mark, shown))
