"""Every test here looks at a page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

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


@pytest.fixture
def look(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Look]]:
    """look(document, width=1280, scheme="light", scripts=True) opens its report from a file, with the network cut."""
    contexts: list[BrowserContext] = []

    def opened(document: Document, width: int = 1280, scheme: Any = "light", scripts: bool = True) -> Look:
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_text(report_page.render(document), encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        seen = Look(context.new_page())

        def gate(route: Route, request: Request) -> None:
            if request.url.split("#")[0] == file.as_uri():
                route.continue_()
                return
            seen.requests.append(request.url)
            route.abort()

        def dismiss(dialog: Any) -> None:
            seen.dialogs.append(dialog.message)
            dialog.dismiss()

        context.route("**/*", gate)
        seen.page.on("dialog", dismiss)
        seen.page.on("console", lambda message: seen.console.append(message.text))
        seen.page.on("pageerror", lambda error: seen.console.append(str(error)))
        seen.page.goto(file.as_uri())
        return seen

    yield opened
    for context in contexts:
        context.close()
