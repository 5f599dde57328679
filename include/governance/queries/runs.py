"""The list of runs that the state database keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ExitCode, StagingError
from ..model.timestamps import from_millis
from ..sync import Sync
from ..workspace import Workspace

_NOT_FINISHED = "not finished: it is running, or was killed"


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        started_at, finished_at: ISO 8601, UTC; `finished_at` is None as long as it has no report.
        mode: publish or plan; "" where neither report nor staged files are left to say.
        exit_code: None as long as it has no report.
        outcome: what the exit code means.
        headline: first sentence of its report.
        report: path of its page; "" without one.
    """

    run_id: str
    started_at: str
    finished_at: str | None
    mode: str
    exit_code: int | None
    outcome: str
    headline: str
    report: str


def runs(workspace: Workspace, limit: int) -> list[Run]:
    """The last runs, newest first."""
    return [_run(workspace, row) for row in workspace.history.runs(limit)]


def _run(workspace: Workspace, row: dict[str, Any]) -> Run:
    code = row["exit_code"]
    return Run(
        run_id=row["run_id"],
        started_at=from_millis(row["started_ms"]).isoformat(timespec="seconds"),
        finished_at=from_millis(row["finished_ms"]).isoformat(timespec="seconds") if row["finished_ms"] else None,
        mode=_mode(workspace, row),
        exit_code=code,
        outcome=_NOT_FINISHED if code is None else ExitCode(code).meaning,
        headline=row["headline"] or "",
        report=row["report"] or "",
    )


def _mode(workspace: Workspace, row: dict[str, Any]) -> str:
    """As the report has it; reports are kept longer than staged files."""
    try:
        return str(json.loads(Path(row["report"] or "").with_suffix(".json").read_bytes())["mode"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        return str(Sync.resume(workspace, row["run_id"]).mode)
    except (StagingError, KeyError, ValueError):
        return ""
