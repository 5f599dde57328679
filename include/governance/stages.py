"""The stages of a sync, declared once: pipeline, DAG, run report and the names of stage files derive from this table.

It is imported when a DAG file is parsed, so it imports nothing heavy: a stage's function is looked up when it runs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sync import Sync


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    Attributes:
        name: Its task in the DAG.
        title: What the run report calls it; `{source}` stands for the source of a stage that runs once per source.
        description: For the task's documentation.
        function: Its function in its module.
        output: The file that it stages last; once it exists, the stage's result can be loaded.
        per_source: Runs once for each configured source.
        retries: Worth another try: it talks to a source or to the catalog.
        runs_after_failures: Runs whatever became of the stages before it.
        module: Where its function is.
    """

    name: str
    title: str
    description: str
    function: str
    output: str
    per_source: bool = False
    retries: bool = False
    runs_after_failures: bool = False
    module: str = "pipeline"

    def run(self, sync: Sync, source: str = "") -> Any:
        """Runs the stage's function. Args: source: the source to read, of a stage that runs once per source."""
        module = importlib.import_module(f"{__package__}.{self.module}")
        function: Callable[..., Any] = getattr(module, self.function)
        return function(sync, source) if self.per_source else function(sync)

    def title_for(self, source: str = "") -> str:
        """The title with the source filled in."""
        return self.title.format(source=source)

    def file(self, source: str = "") -> str:
        """Where the stage writes down its duration, its counts and, where it raised, its error."""
        return f"stages/{safe_name(self.title_for(source))}.json"


def safe_name(text: str) -> str:
    """A sync id or a stage's title as a file name: Airflow's run ids hold colons and plus signs."""
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in text)


READ = Stage(
    name="read",
    title="read {source}",
    description="One source into a snapshot. What cannot be read is a state of its collections, not a failed task.",
    function="read",
    output="snapshots/{source}/finished.json",
    per_source=True,
    retries=True,
)
READ_CURATED = Stage(
    name="read_curated",
    title="read curated fields",
    description="What stewards wrote on records in the catalog. What cannot be read stays as it was last known.",
    function="read_curated",
    output="curated.json",
    runs_after_failures=True,
)
RESOLVE = Stage(
    name="resolve",
    title="resolve",
    description="Governed records from the sources that were read; records of the others stay as they are.",
    function="resolve",
    output="records/health.parquet",
    runs_after_failures=True,
)
JUDGE = Stage(
    name="judge",
    title="judge",
    description="Findings and verdicts.",
    function="judge",
    output="judgement/judgement.json",
)
PLAN = Stage(
    name="plan",
    title="plan",
    description="What has to change in the catalog, against the ledger.",
    function="plan_changes",
    output="plan.jsonl",
)
PUBLISH = Stage(
    name="publish",
    title="publish",
    description="The plan into the catalog; another try goes on from what it has acknowledged.",
    function="publish",
    output="outcome.json",
    retries=True,
)

STAGES = (READ, READ_CURATED, RESOLVE, JUDGE, PLAN, PUBLISH)

# A run of its own: it reads no source
RECONCILE = Stage(
    name="reconcile",
    title="reconcile",
    description="The ledger against the live catalog; what was changed there is put right where the run may write.",
    function="reconcile",
    output="outcome.json",
    retries=True,
    module="reconciling",
)

# Run after the stages, not as one of them: it reports on them, also where the sync broke off
REPORT = Stage(
    name="report",
    title="report",
    description="The run report, also of a run that broke off.",
    function="report",
    output="",
    runs_after_failures=True,
)
