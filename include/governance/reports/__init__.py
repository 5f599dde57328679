"""Reports. `report` is the last stage: one page per run, as HTML, JSON and text, kept for every run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..sync import Run
from .run import document as run_document
from .run import text

__all__ = ["Page", "last", "report"]


@dataclass(frozen=True)
class Page:
    """A written report. `text` is its one-screen form."""

    html: Path
    document: dict[str, Any]
    text: str
    exit_code: int


def report(run: Run) -> Page:
    """Writes GOVERNANCE_HOME/reports/<run>/report.html, .json and .txt, and closes the run in the state database."""
    from .run import page

    folder = run.config.reports / Path(run.folder.path).name
    folder.mkdir(parents=True, exist_ok=True)
    html = folder / "report.html"
    document = run_document.build(run)
    shown = text.render(document, str(html))
    (folder / "report.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    (folder / "report.txt").write_text(shown + "\n", encoding="utf-8", errors="replace")
    html.write_text(page.render(document), encoding="utf-8", errors="replace")
    run.history.finish(
        run.run_id, int(time.time() * 1000), document["exit_code"], document["headline"]["sentence"], str(html)
    )
    return Page(html, document, shown, document["exit_code"])


def last(runs: list[dict[str, Any]]) -> Path | None:
    """The newest run's page that is still there."""
    pages = (Path(run["report"]) for run in runs if run["report"])
    return next((page for page in pages if page.exists()), None)
