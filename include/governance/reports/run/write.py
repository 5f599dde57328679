"""Writes the report of a sync: one page per sync, as HTML, JSON and text, kept for every sync."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ...config.loader import home
from ...errors import ExitCode, GovernanceError, StorageError
from ...stages import safe_name
from ...storage import storage_errors, tighten, write_file
from ...sync import Sync
from . import text
from .document import Document, build, unbegun


@dataclass(frozen=True)
class Page:
    """A written report.

    Attributes:
        html: None where there was room nowhere.
        text: Its one-screen form.
        unsaved: Why it is not where reports belong, or not in the list of syncs.
    """

    html: Path | None
    document: Document
    text: str
    unsaved: GovernanceError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """That of the sync; of a sync without a fault, that of what kept its report from being saved."""
        code = self.document.exit_code
        return self.unsaved.exit_code if self.unsaved and code == ExitCode.DONE else code

    def summary(self) -> dict[str, Any]:
        """exit_code, headline, remedy and page (where the report is), JSON-ready."""
        head = self.document.headline
        remedy = head.problems[0].remedy if head.problems else ""
        return {
            "exit_code": int(self.exit_code),
            "headline": head.sentence,
            "remedy": remedy,
            "page": str(self.html or "could not be saved"),
        }


def write(sync: Sync, failure: GovernanceError | None = None) -> Page:
    """Writes report.html, .json and .txt into the sync's report folder, and closes the sync in the state database.

    Where that folder takes no file, they are in a new one for temporary files. Never raises StorageError.

    Args:
        failure: What ended the sync early.
    """
    document = build(sync, failure)
    html, screen, misplaced = _written(sync.workspace.report_folder(sync.sync_id), document)
    unfinished = _finish(sync, document, html)
    return Page(html, document, screen, misplaced or unfinished)


def write_unbegun(run_id: str, error: GovernanceError) -> Page:
    """The report of a run that never began, its configuration or its state database being wrong: what, and what to do.

    It is written where reports are without a setting: below GOVERNANCE_HOME.
    """
    document = unbegun(run_id, error)
    html, screen, misplaced = _written(home() / "reports" / safe_name(run_id), document)
    return Page(html, document, screen, misplaced)


def _written(folder: Path, document: Document) -> tuple[Path | None, str, StorageError | None]:
    """(the page, the one-screen form, why it is not in its folder)."""
    try:
        tighten(folder)
        return *_write_into(folder, document), None
    except StorageError as error:
        unsaved = error
    try:
        with storage_errors(tempfile.gettempdir()):
            folder = Path(tempfile.mkdtemp(prefix="governance-report-"))
        return *_write_into(folder, document), unsaved
    except StorageError:
        return None, text.render(document), unsaved


def _write_into(folder: Path, document: Document) -> tuple[Path, str]:
    from . import page

    html = folder / "report.html"
    screen = text.render(document, str(html))
    contents = {
        "report.json": orjson.dumps(document.as_json(), option=orjson.OPT_INDENT_2),
        "report.txt": f"{screen}\n".encode("utf-8", "replace"),
        "report.html": page.render(document).encode("utf-8", "replace"),
    }
    for name, content in contents.items():
        write_file(folder / name, content)
    return html, screen


def _finish(sync: Sync, document: Document, html: Path | None) -> GovernanceError | None:
    """Closes the sync in the state database. Returns why it could not."""
    finished_ms = int(time.time() * 1000)
    headline, report = document.headline.sentence, str(html or "")
    try:
        sync.workspace.history.finish(sync.sync_id, finished_ms, int(document.exit_code), headline, report)
    except GovernanceError as error:
        return error
    return None


def newest(syncs: Iterable[dict[str, Any]]) -> Path | None:
    """The page of the first of these syncs whose page is still there.

    Args:
        syncs: Rows of History.runs, newest first.
    """
    pages = (Path(row["report"]) for row in syncs if row["report"])
    return next((page for page in pages if page.exists()), None)
