"""Text of a page: a little HTML that a template writes, and where its links may lead.

What becomes of a trip's inputs is read and written again tag by tag: nothing but the tags and attributes below comes
out, whatever went in.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

TAGS = frozenset({"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote"})
VOID = frozenset({"br"})
BLOCKS = frozenset({"p", "h2", "h3", "h4", "ul", "ol", "blockquote"})
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# Characters that end an attribute, a header or a line have no place in an address.
_WEB = re.compile(r"https://[^\s<>\"'\\{}|^`\x00-\x20\x7f-\xa0]+")
_OWN = re.compile(r"/(?![/\\])[^\s<>\"'\\{}|^`?#%\x00-\x1f\x7f-\xa0]*(?: [^\s<>\"'\\{}|^`?#%\x00-\x1f\x7f-\xa0]+)*")
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!$*+/=^_~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"tel:\+[0-9]{4,20}")


class TextRefused(ValueError):
    """A text or an address that a page may not hold; its words say why."""


def clean_address(value: str) -> str:
    """An address that a page may link to: https://…, /… in the trip's own site, mailto:, tel:; "" stays "". Raises
    TextRefused for any other."""
    address = value.strip()
    if not address or any(pattern.fullmatch(address) for pattern in (_WEB, _MAIL, _PHONE)):
        return address
    if _OWN.fullmatch(address) and ".." not in address.split("/"):
        return address
    raise TextRefused("a link leads to https://…, to /… in the trip's own site, to mailto: or tel:")


def check_text(text: str) -> list[str]:
    """What is wrong with a template's text before anything is filled in. A placeholder may stand in words, or be all
    of a link's address, or the end of one that begins with https://, mailto: or tel:."""
    try:
        _read(text, filled=False)
    except TextRefused as exc:
        return [str(exc)]
    return []


def make_text(text: str) -> str:
    """A filled text as SharePoint keeps it, "" where nothing is said in it. Raises TextRefused."""
    reader = _read(text, filled=True)
    return "".join(reader.written).strip() if reader.says else ""


def _read(text: str, *, filled: bool) -> _Reader:
    reader = _Reader(filled=filled)
    reader.feed(text)
    reader.close()
    reader.end()
    return reader


class _Reader(HTMLParser):
    def __init__(self, *, filled: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.filled = filled
        self.written: list[str] = []
        self.open: list[str] = []
        self.says = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise TextRefused(f"<{tag[:20]}> is not allowed in a page's text: {', '.join(sorted(TAGS))} are")
        wrong = [name for name, _ in attrs if (tag, name) != ("a", "href")]
        if wrong:
            raise TextRefused(f"<{tag}>: the attribute {wrong[0][:20]} is not allowed")
        if tag in BLOCKS and any(each in ("p", "h2", "h3", "h4", "a") for each in self.open):
            raise TextRefused(f"<{tag}> stands within <{self.open[-1]}>: close that first")
        if tag == "a":
            self.written.append(f'<a href="{escape(self._address(dict(attrs).get("href") or ""))}">')
        else:
            self.written.append(f"<{tag}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            raise TextRefused(f"<{tag[:20]}/> must be opened and closed")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            raise TextRefused(f"</{tag[:20]}> closes what is not open")
        self.open.pop()
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        said = (data if self.filled else PLACEHOLDER.sub("", data)).strip()
        if said and not self.open:
            raise TextRefused("text stands in a paragraph: <p>…</p>")
        self.says = self.says or bool(said)
        self.written.append(escape(data))

    def handle_comment(self, data: str) -> None:
        raise TextRefused(f"no comments in a page's text ({data.strip()[:20]}…)")

    def handle_decl(self, decl: str) -> None:
        raise TextRefused(f"<!{decl[:20]}> is not allowed in a page's text")

    def unknown_decl(self, data: str) -> None:
        raise TextRefused(f"<![{data[:20]} is not allowed in a page's text")

    def handle_pi(self, data: str) -> None:
        raise TextRefused(f"<?{data[:20]}> is not allowed in a page's text")

    def end(self) -> None:
        if self.open:
            raise TextRefused(f"<{self.open[-1]}> is not closed")

    def _address(self, href: str) -> str:
        if not self.filled and PLACEHOLDER.search(href):
            begins = PLACEHOLDER.split(href, maxsplit=1)[0]
            if begins and not begins.startswith(("https://", "mailto:", "tel:")):
                raise TextRefused("before a placeholder, an address begins with https://, mailto: or tel:")
            return href
        address = clean_address(href)
        if not address:
            raise TextRefused("<a> has no address: put it into {% if … %} where the address may be left out")
        return address
