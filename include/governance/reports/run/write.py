"""Writes the report of a sync: one page per sync, as HTML, JSON and text, kept for every sync."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ...errors import ExitCode
from ...sync import Sync
from . import text
from .document import Document, build


@dataclass(frozen=True)
class Page:
    """A written report. `text` is its one-screen form."""

    html: Path
    document: Document
    text: str

    @property
    def exit_code(self) -> ExitCode:
        """That of the sync."""
        return self.document.exit_code


def write(sync: Sync) -> Page:
    """Writes GOVERNANCE_HOME/reports/<sync>/report.html, .json and .txt, and closes the sync in the state database."""
    from . import page

    folder = sync.workspace.report_folder(sync.sync_id)
    folder.mkdir(parents=True, exist_ok=True)
    html = folder / "report.html"
    document = build(sync)
    screen = text.render(document, str(html))
    (folder / "report.json").write_bytes(orjson.dumps(document.as_json(), option=orjson.OPT_INDENT_2))
    (folder / "report.txt").write_text(screen + "\n", encoding="utf-8", errors="replace")
    html.write_text(page.render(document), encoding="utf-8", errors="replace")
    finished_ms = int(time.time() * 1000)
    headline = document.headline.sentence
    sync.workspace.history.finish(sync.sync_id, finished_ms, int(document.exit_code), headline, str(html))
    return Page(html, document, screen)


def newest(syncs: Iterable[dict[str, Any]]) -> Path | None:
    """The page of the first of these syncs whose page is still there.

    Args:
        syncs: Rows of History.runs, newest first.
    """
    pages = (Path(row["report"]) for row in syncs if row["report"])
    return next((page for page in pages if page.exists()), None)
