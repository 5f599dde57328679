"""Every test here looks at a page in a real browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from include.governance.reports.run import page as report_page
from include.governance.reports.run.document import Document
from tests.support.browser import chromium

__all__ = ["chromium"]


@dataclass
class Look:
    """A page that was opened, and all it did that a report must not do."""

    page: Page
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def assert_calm(self) -> None:
        """Nothing was asked of the network, no dialog, no error, no script of a stranger."""
        assert (self.requests, self.dialogs, self.console) == ([], [], [])
        assert self.page.evaluate("window.pwned") is None

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


class ReportTab:
    """One tab that shows a report after the other: a new document costs a fraction of a new browser context."""

    def __init__(self, chromium: Browser, *, scripts: bool) -> None:
        self._context = chromium.new_context(java_script_enabled=scripts)
        self._context.set_default_timeout(10_000)
        self._look = Look(self._context.new_page())
        self._address = ""
        page = self._look.page
        page.route("**/*", self._gate)
        page.on("dialog", self._dismiss)
        page.on("console", lambda message: self._look.console.append(message.text))
        page.on("pageerror", lambda error: self._look.console.append(str(error)))

    def open(self, file: Path, width: int, scheme: Any) -> Look:
        page = self._look.page
        self.leave()
        self._look, self._address = Look(page), file.as_uri()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.goto(self._address)
        return self._look

    def leave(self) -> None:
        """Ends the report that is open, with all that its scripts may still do."""
        self._address = "about:blank"
        self._look.page.goto(self._address)

    def close(self) -> None:
        self._context.close()

    def _gate(self, route: Route, request: Request) -> None:
        if request.url.split("#")[0] == self._address:
            route.continue_()
            return
        self._look.requests.append(request.url)
        route.abort()

    def _dismiss(self, dialog: Any) -> None:
        self._look.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture(scope="session")
def tabs(chromium: Browser) -> Iterator[dict[bool, ReportTab]]:
    """Tabs by whether scripts run in them."""
    tabs = {scripts: ReportTab(chromium, scripts=scripts) for scripts in (True, False)}
    yield tabs
    for tab in tabs.values():
        tab.close()


@pytest.fixture
def look(tabs: dict[bool, ReportTab], tmp_path: Path) -> Iterator[Callable[..., Look]]:
    """look(document, width=1280, scheme="light", scripts=True) opens its report from a file, with the network cut.

    It takes the place of the one that was opened before.
    """
    numbers = itertools.count()

    def opened(document: Document, width: int = 1280, scheme: Any = "light", scripts: bool = True) -> Look:
        file = tmp_path / f"report-{next(numbers)}.html"
        file.write_text(report_page.render(document), encoding="utf-8")
        return tabs[scripts].open(file, width, scheme)

    yield opened
    for tab in tabs.values():
        tab.leave()
