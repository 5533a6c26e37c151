"""The system's Chromium with a page open in it, and all that the page asks for and complains of."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MUST: Final = "BATCHRESET_TEST_BROWSER"
"""Set to `must`, a missing browser is a failure and no reason to skip: `.ci/run` does so."""
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ROOT: Final = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
"""Chromium has no sandbox for root, whom a container's tests often run as; the page is our own."""


def _missing() -> str:
    """What a browser test lacks; "" for nothing."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: pip install -e '.[browser]'"
    return "" if _chromium() else "there is no Chromium on this system"


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; without one the test is skipped and says why."""
    reason = _missing()
    if reason:
        (pytest.fail if os.environ.get(MUST) == "must" else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_chromium(), args=list(_ROOT))
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page, what it asked for, and what the browser's console said (the breaches of its policy too)."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The SNs of the rows of the table that are to be seen, from the top."""
        texts: list[str] = self.page.locator("#rows tbody tr:visible th .mono").all_inner_texts()
        return texts

    def told(self) -> str:
        return self.page.locator("#shown").inner_text()

    def until_told(self, text: str) -> None:
        """Wait until the page has announced it."""
        from playwright.sync_api import expect

        expect(self.page.locator("#shown")).to_have_text(text)

    def color(self, selector: str, what: str = "background-color") -> str:
        """A computed colour."""
        element = self.page.locator(selector).first
        return str(element.evaluate("(element, what) => getComputedStyle(element)[what]", what))


@contextmanager
def opened(browser: Browser, path: Path, **context: Any) -> Iterator[Opened]:
    """A file opened as people do who double-click on it; `context` as for playwright's `new_context`."""
    with browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}) as made:
        page = made.new_page()
        held = Opened(page)
        page.on("request", lambda request: held.asked.append(request.url))
        page.on("console", lambda message: held.said.append(message.text))
        page.on("pageerror", lambda error: held.said.append(str(error)))
        page.goto(path.as_uri())
        yield held
