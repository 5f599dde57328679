"""`python -m include.sandbox demo | stop`: the main job on embedded defaults, and the end of what it left running."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import typer

from include.governance.config.loader import home
from include.sandbox.errors import SandboxError

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)


@app.command()
def demo() -> None:
    """Fill the demo MLflow while a real Apache Atlas starts, then run the sync DAG once."""
    began = time.perf_counter()
    atlas = _start_atlas()
    _fill_mlflow()
    catalog = _wait_for_atlas() if atlas else None
    document, page = _run_dag("publish" if catalog else "plan")
    _say("")
    print(page.with_suffix(".txt").read_text(encoding="utf-8"))
    _say(f"Report    file://{page}")
    if catalog:
        _say(f"Lineage   {_best_record(document)}")
        _say(f"          (log in first at {catalog.url} as {catalog.user})")
    else:
        _say("No catalog to publish into: the plan stands in the report and in " + str(_plan_of(page)))
    _say(f"Done in {time.perf_counter() - began:.0f} s. `make demo` again: nothing changed, nothing is written.")
    sys.exit(document["exit_code"])


@app.command()
def stop() -> None:
    """End what the demo left running."""
    from include.sandbox.atlas import background
    from include.sandbox.atlas.settings import Settings

    _say("Apache Atlas stopped." if background.stop(Settings.from_env()) else "Nothing was running.")


def _start_atlas() -> bool:
    """False, with one sentence and its remedy, where no Atlas can be had: the demo goes on without."""
    from include.sandbox.atlas import background
    from include.sandbox.atlas.settings import Settings

    try:
        state = background.start(Settings.from_env())
    except SandboxError as error:
        _say(f"No Apache Atlas: {error}")
        return False
    _say(f"Apache Atlas comes up in the background at {state.url}")
    return True


def _fill_mlflow() -> None:
    from include.sandbox.demo.fill import fill

    fill(home() / "sandbox" / "mlflow", _say)


def _wait_for_atlas() -> Any:
    from include.sandbox.atlas import background
    from include.sandbox.atlas.settings import Settings

    try:
        return background.wait(Settings.from_env(), 300, _say)
    except SandboxError as error:
        _say(f"No Apache Atlas: {error}")
        return None


def _run_dag(mode: str) -> tuple[dict[str, Any], Path]:
    """Runs the DAG; (report document, report page). Exits with a sentence when the run left no report."""
    from include.sandbox import airflow_run

    _say("Running the DAG sync_model_catalog in Airflow ...")
    airflow_run.prepare(home() / "airflow")
    airflow_run.migrate()
    state, run_id = airflow_run.run_dag(mode)

    import orjson

    from include.governance.config import load
    from include.governance.run import Run

    config = load()
    page = config.reports / Path(Run(config, run_id).folder.path).name / "report.html"
    if not page.exists():
        _say(f"The DAG run {run_id} ended {state} and left no report; its log is under {home() / 'airflow' / 'logs'}.")
        sys.exit(1)
    return orjson.loads(page.with_suffix(".json").read_bytes()), page


def _best_record(document: dict[str, Any]) -> str:
    """The lineage page of a record that is traced all the way."""
    linked = [record for record in document["records"] if record["link"]]
    auditable = [record for record in linked if record["verdict"] == "auditable"]
    return next((record["link"] for record in [*reversed(auditable), *linked]), document["catalog"]["url"])


def _plan_of(page: Path) -> Path:
    return home() / "staging" / page.parent.name / "plan.jsonl"


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
