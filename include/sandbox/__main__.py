"""`python -m include.sandbox demo | stop`: the main job on embedded defaults, and the end of what it left running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from include.governance.config.loader import home
from include.governance.model.vocabularies import SyncMode, Verdict
from include.sandbox.errors import SandboxError
from include.sandbox.owner import owner_only

if TYPE_CHECKING:
    from include.governance.reports.run.document import Document
    from include.sandbox.atlas.server import AtlasServer
    from include.sandbox.atlas.state import ServerState

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)


class Catalog(StrEnum):
    """What the demo publishes into."""

    ATLAS = "atlas"
    PURVIEW = "purview"


@app.command()
def demo(
    kind: Annotated[Catalog, typer.Option("--catalog", help="purview: a face of it on the Atlas")] = Catalog.ATLAS,
) -> None:
    """Fill the demo MLflow while a real Apache Atlas and the Azure emulator start, then run the sync DAG once."""
    began = time.perf_counter()
    os.environ["GOVERNANCE_PUBLISH"] = "true"
    atlas = _start_atlas()
    _start_azure()
    _fill_mlflow()
    catalog = _wait_for_atlas() if atlas else None
    with _in_front(catalog, kind):
        document, page = _run_dag(SyncMode.PUBLISH if catalog else SyncMode.PLAN)
    _say("")
    print(page.with_suffix(".txt").read_text(encoding="utf-8"))
    _say(f"Report    file://{page}")
    if catalog:
        _say(f"Lineage   {_best_record(document)}")
        _say(f"          (log in first at {catalog.url} as {catalog.user})")
    else:
        _say("No catalog to publish into: the plan is in the report and in " + str(_plan_of(page)))
    is_guarded = _try_promotions()
    again = "make demo" if kind is Catalog.ATLAS else f"make demo CATALOG={kind}"
    _say(f"Done in {time.perf_counter() - began:.0f} s. `{again}` again: nothing changed, nothing is written.")
    sys.exit(document.exit_code or not is_guarded)


@app.command()
def stop() -> None:
    """End what the demo left running."""
    from include.sandbox.atlas import background as atlas
    from include.sandbox.atlas.settings import Settings
    from include.sandbox.azure import background as azure

    ended = {"Apache Atlas": atlas.stop(Settings.from_env()), "The Azure emulator": azure.stop()}
    for name in (name for name, was_running in ended.items() if was_running):
        _say(f"{name} stopped.")
    if not any(ended.values()):
        _say("Nothing was running.")


def _start_atlas() -> bool:
    """False, with one sentence and its remedy, where no Atlas can be had: the demo goes on without."""
    from include.sandbox.atlas import background
    from include.sandbox.atlas.settings import Settings

    try:
        settings = Settings.from_env()
        if settings.external_url:
            _say(f"Using the Apache Atlas at {settings.external_url} (ATLAS_URL)")
        else:
            _say(f"Apache Atlas comes up in the background at {background.start(settings).url}")
    except SandboxError as error:
        _say(f"No Apache Atlas: {error}")
        return False
    return True


def _start_azure() -> None:
    """Without it the demo's Azure sources count as not read; the demo goes on."""
    from include.sandbox.azure import background

    try:
        _say(f"The Azure emulator answers at {background.start().url}")
    except SandboxError as error:
        _say(f"No Azure: {error}")


def _fill_mlflow() -> None:
    from include.sandbox.demo.fill import fill

    fill(home() / "sandbox" / "mlflow", _say)


def _wait_for_atlas() -> AtlasServer | ServerState | None:
    from include.sandbox.atlas import background
    from include.sandbox.atlas.server import AtlasServer
    from include.sandbox.atlas.settings import Settings

    try:
        settings = Settings.from_env()
        if settings.external_url:
            server = AtlasServer(settings, report=_say)
            server.wait_ready(300)
            return server
        return background.wait(settings, 300, _say)
    except SandboxError as error:
        _say(f"No Apache Atlas: {error}")
        return None


@contextmanager
def _in_front(atlas: AtlasServer | ServerState | None, kind: Catalog) -> Iterator[None]:
    """Purview's face, where the demo publishes into one, and a configuration that names it."""
    if atlas is None or kind is not Catalog.PURVIEW:
        yield
        return
    from include.sandbox.atlas.settings import Settings
    from include.sandbox.purview import configuration
    from include.sandbox.purview.face import in_front_of

    folder, login = home() / "sandbox" / "purview", Settings.from_env()
    try:
        face = in_front_of(atlas.url, (atlas.user, login.password), folder, configuration.port())
    except SandboxError as error:
        _say(f"No face of Purview: {error}")
        sys.exit(1)
    try:
        os.environ["GOVERNANCE_CONFIG"] = str(configuration.write(folder, face, atlas.url))
        _say(f"Purview's face answers at {face.url}, in front of the Atlas")
        yield
        used, asked = face.capacity.used, len(face.requests)
        _say(f"Purview   {asked:,} requests, {used:,} metered operations")
    finally:
        face.stop()


def _run_dag(mode: SyncMode) -> tuple[Document, Path]:
    """Runs the DAG; (report document, report page). Exits with a sentence when the run left no report."""
    from include.sandbox import airflow_run

    _say("Running the DAG sync_model_catalog in Airflow ...")
    airflow_run.prepare(home() / "airflow")
    airflow_run.migrate()
    with _redirected(home() / "airflow" / "logs" / "demo.log"):
        state, run_id = airflow_run.run_dag(mode)

    import orjson

    from include.governance.config import load
    from include.governance.reports.run.document import Document
    from include.governance.workspace import Workspace

    page = Workspace(load()).report_folder(run_id) / "report.html"
    if not page.exists():
        _say(f"The DAG run {run_id} ended {state} and left no report; its log is under {home() / 'airflow' / 'logs'}.")
        sys.exit(1)
    return Document.from_json(orjson.loads(page.with_suffix(".json").read_bytes())), page


def _try_promotions() -> bool:
    """Whether, of two versions, an MLflow server that asks the gate promoted the traceable one only."""
    from include.sandbox.demo.fill import store_uri
    from include.sandbox.promotion import ALIAS, promote

    _say("\nPromoting two versions in the demo's MLflow server, which asks the gate first ...")
    folder = home() / "sandbox" / "mlflow"
    try:
        with _redirected(home() / "airflow" / "logs" / "promotion.log"):
            broken, traceable = promote(store_uri(folder), folder)
    except SandboxError as error:
        _say(f"No gate: {error}")
        return False
    for one in (broken, traceable):
        end = f"refused. MLflow answers:\n  {one.refused}" if one.refused else "goes through"
        _say(f"Promotion {ALIAS} of {one.model} v{one.version}: {end}")
    return "PERMISSION_DENIED" in broken.refused and not traceable.refused


def _best_record(document: Document) -> str:
    """The lineage page of a record that is traced all the way."""
    linked = [record for record in document.records if record.link]
    auditable = [record for record in linked if record.verdict == Verdict.AUDITABLE]
    return next((record.link for record in [*reversed(auditable), *linked] if record.link), document.catalog.url)


@contextmanager
def _redirected(log: Path) -> Iterator[None]:
    """Airflow's output goes into a file; the run's report says what matters."""
    log.parent.mkdir(parents=True, exist_ok=True)
    out = log.open("w", buffering=1, encoding="utf-8")  # stays open: Airflow's loggers hold on to it
    with redirect_stdout(out), redirect_stderr(out):
        yield


def _plan_of(page: Path) -> Path:
    return home() / "staging" / page.parent.name / "plan.jsonl"


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    owner_only()
    os.chdir(Path(__file__).resolve().parents[2])
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
