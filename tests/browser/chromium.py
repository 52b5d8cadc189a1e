"""A real browser that reaches nothing, and what it noticed of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from run import find_chromium

SIZES = {"desktop": (1280, 900), "phone": (375, 812)}
FLAGS = (
    "--no-sandbox",  # containers run as root; every page is our own file, and no address can be looked up
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page that is open. `noticed` is all that a page which only shows something does not do: errors and warnings of
    the console, dialogs, windows that it opens. `asked` are addresses that it asked for beyond its own."""

    page: Page
    noticed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        self.noticed.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def measure(self) -> dict[str, Any]:
        measured: dict[str, Any] = self.page.evaluate(MEASURES)
        return measured


@contextmanager
def watch(browser: Browser, file: Path, size: tuple[int, int]) -> Iterator[Watched]:
    """The file in a window of this size, in a session of its own."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
    page = context.new_page()
    watched = Watched(page)
    page.on("console", lambda message: watched.noticed.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: watched.noticed.append(f"error: {error}"))
    page.on("popup", lambda _: watched.noticed.append("a window"))
    page.on("dialog", watched.dismiss)
    page.on("request", lambda request: watched.asked.append(request.url))
    try:
        page.goto(file.as_uri())
        watched.asked.remove(file.as_uri())
        yield watched
    finally:
        context.close()
