"""What a mail to a guardian may hold: a name, paragraphs and two kinds of link, nothing that loads, runs or tracks."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .errors import ForeignHost, Problem
from .trips import Trip

TAGS = frozenset(
    {*("html", "head", "meta", "title", "body", "h1", "h2", "p", "br", "hr", "ul", "ol", "li"), *("strong", "em", "a")}
)
ATTRIBUTES = frozenset({"lang", "href", "style", "charset", "name", "content"})
LINKS = ("{{ site.url }}", "mailto:{{ trip.owner }}")
NEEDED = ("site.url", "trip.title", "trip.owner", "trip.access_until")

# A trip's site lies on the tenant's SharePoint host, in any of Microsoft's clouds; never its admin or OneDrive host.
_SHAREPOINT = re.compile(r"[a-z0-9][a-z0-9-]*(?<!-admin)(?<!-my)\.sharepoint(?:\.com|\.us|\.cn|\.de|-mil\.us)")


def check_link(trip: Trip, link: str) -> str:
    """The link of a mail, if it is the trip's site itself. Raises ForeignHost for anything else: another host or path,
    plain HTTP, a user name, a port, a query."""
    host = link.removeprefix("https://").split("/")[0]
    if link != trip.site_url(host) or not _SHAREPOINT.fullmatch(host):
        raise ForeignHost(
            f"The link for the mail about {trip.slug} does not lead to the trip's site; no mail was made.",
            f"It must be https://<tenant>.sharepoint.com/sites/{trip.slug}.",
        )
    return link


def make_greeting(name: str) -> str:
    """The guardian's name on one line. Mail programs turn what looks like an address or a host into a link: a name with
    one is not said (`evil.example`; but J.R. and St. John are)."""
    said = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    return "parent or guardian" if not said or len(said) > 100 or re.search(r"[@/\\]|www\.|\w\.\w{2,}", said) else said


def check_message_html(text: str, file: str) -> list[Problem]:
    """What is wrong with the mail, before anything is filled in."""
    reader = _Reader(file)
    reader.feed(text)
    reader.close()
    for name in NEEDED:
        if not re.search(r"\{\{-?\s*" + re.escape(name) + r"\b", text):
            reader.add(0, "message-lacks", f"the mail must tell the guardian {{{{ {name} }}}}")
    return reader.problems


class _Reader(HTMLParser):
    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.problems: list[Problem] = []

    def add(self, line: int, rule: str, message: str) -> None:
        self.problems.append(Problem(self.file, line, rule, message))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag not in TAGS:
            self.add(line, "html-tag", f"<{tag}> is not allowed in a mail to guardians")
        for name, value in attrs:
            said = _check_attribute(name, value or "")
            if said:
                self.add(line, "html-attribute", f"<{tag}>: {said}")

    def handle_comment(self, data: str) -> None:
        self.add(self.getpos()[0], "html-comment", f"no comments in a mail to guardians ({data.strip()[:20]}…)")

    def handle_pi(self, data: str) -> None:
        self.add(self.getpos()[0], "html-tag", f"<?{data[:20]}> is not allowed in a mail to guardians")


def _check_attribute(name: str, value: str) -> str:
    if name not in ATTRIBUTES:
        return f"attribute {name} is not allowed"
    if name == "href":
        return "" if value in LINKS else f"a link leads to {' or '.join(LINKS)}, spelt exactly so"
    if "{" in value:
        return f"no placeholder in {name}"
    if name == "style" and re.search(r"url\s*\(|expression|@|\\", value, re.IGNORECASE):
        return "a style may load nothing"
    return ""
