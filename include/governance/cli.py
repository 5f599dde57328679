"""The stages from a shell, without Airflow.

Exit codes: 0 done; 2 configuration (file and key named); 3 a source was read only in part or failed; 4 the catalog
refused or failed. With --json, standard output is one JSON document and progress goes to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from .errors import ConfigurationError, GovernanceError

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="governance.yaml; default GOVERNANCE_CONFIG or include/config")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print the machine-readable result")]

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    """Runs one command; a known error ends in one sentence with its remedy and its exit code."""
    try:
        app(standalone_mode=False)
    except GovernanceError as error:
        _fail(error)
    except typer.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # a usage error of the command line
            _console.print(error.format_message(), style="red", markup=False)
            sys.exit(2)
        raise


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Test every connection; say what is wrong and how to mend it."""
    from .config import load
    from .preflight import check as run_checks

    results = run_checks(load(config))
    if as_json:
        _print_json([asdict(result) for result in results])
    else:
        for result in results:
            print(f"{'ok  ' if result.ok else 'FAIL'}  {result.what}: {result.says}")  # noqa: T201
            if result.remedy and not result.ok:
                print(f"      {result.remedy}")  # noqa: T201
    raise SystemExit(max((result.exit_code for result in results), default=0))


@app.command()
def read(
    source: Annotated[str, typer.Option(help="name of a source of the configuration")] = "",
    mlflow_uri: Annotated[str, typer.Option(help="read this MLflow server or store, with no configuration")] = "",
    out: Annotated[Path, typer.Option(help="folder for the snapshot")] = Path("snapshot"),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one snapshot: Parquet tables and the state of each collection."""
    from . import sources
    from .config import load
    from .config.connections import from_environment
    from .staging.folder import Folder

    if bool(source) == bool(mlflow_uri):
        raise ConfigurationError("give either --source or --mlflow-uri.", "See read --help.")
    chosen = _adhoc(mlflow_uri) if mlflow_uri else _named(load(config), source)
    snapshot = sources.read(chosen, Folder(str(out)), from_environment)
    states = list(snapshot.collections().values())
    if as_json:
        _print_json({**snapshot.document, "folder": str(out), "collections": [asdict(state) for state in states]})
    else:
        for state in states:
            print(f"{state.state:12} {state.seen:8} {state.collection} {state.reason} {state.remedy}".rstrip())  # noqa: T201
        print(f"{out}: {snapshot.document['calls']} calls, {snapshot.document['seconds']} s")  # noqa: T201
    raise SystemExit(0 if snapshot.complete else 3)


@app.command()
def plan(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show what would change in the catalog, attribute by attribute. Writes nothing into it."""
    _run(config, "plan", as_json, _plan_text)


@app.command()
def sync(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The whole way: read, resolve, judge, plan, publish, report."""
    _run(config, "publish", as_json, None)


@app.command()
def report(
    last: Annotated[bool, typer.Option("--last", help="the newest run (the default)")] = True,
    run_id: Annotated[str, typer.Option("--run", help="id of one run")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the report of the last run, or of one run."""
    from .config import load
    from .reports import last as last_page
    from .state.database import open_database
    from .state.history import History

    runs = History(open_database(load(config).database)).runs(limit=1_000)
    page = last_page([run for run in runs if not run_id or run["run_id"] == run_id])
    if page is None:
        raise ConfigurationError(
            f"there is no report of {run_id or 'any run'}.", "Run a sync first: python -m include.governance sync."
        )
    print(page.with_suffix(".json" if as_json else ".txt").read_text(encoding="utf-8"))  # noqa: T201


@app.command()
def history(
    record: Annotated[str, typer.Option(help="key of the record")],
    on: Annotated[str, typer.Option(help="a day (UTC), as 2026-03-03: what stood then")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which version stood in which lifecycle state, since when, by which signal."""
    from .config import load
    from .queries import history as answer
    from .queries.terminal import show_history

    document = answer(load(config), record, _day(on))
    if as_json:
        _print_json(document)
    else:
        show_history(document)


@app.command()
def explain(
    record: Annotated[str, typer.Argument(help="key, name or qualified name of a record")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a record with its evidence chain, findings and waivers, each with its source, as of the last run."""
    from .config import load
    from .queries import explain as answer
    from .queries.terminal import show_explanation

    document = answer(load(config), record)
    if as_json:
        _print_json(document)
    else:
        show_explanation(document)


@app.command()
def schema(
    out: Annotated[
        Path | None, typer.Option(help="folder to write to; default: beside the configuration models")
    ] = None,
) -> None:
    """Write the JSON schemas by which editors check governance.yaml, the register and the suites."""
    from .json_schemas import write

    for file in write(out):
        print(file)  # noqa: T201


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigurationError(f"{text!r} is no day.", "Write it as 2026-03-03.", key="--on") from None


def _run(config: Path | None, mode: str, as_json: bool, more: Callable[[dict[str, Any]], str] | None) -> None:
    from . import pipeline, reports
    from .config import load
    from .sync import Run, new_run_id

    run = Run(load(config), new_run_id(mode if mode == "plan" else "sync"), mode=mode, say=_say)
    try:
        pipeline.run_stages(run)
    except GovernanceError:
        _say(f"Report of the run that broke off: {reports.report(run).html}")
        raise
    page = reports.report(run)
    run.tidy()
    if as_json:
        _print_json(page.document)
    else:
        print((more(page.document) if more else "") + page.text)  # noqa: T201
    raise SystemExit(page.exit_code)


def _plan_text(document: dict[str, Any]) -> str:
    """Every shown change with its attributes, before the summary."""
    lines = []
    for change in document["changes"]["shown"]:
        lines.append(f"{change['action']:8} {change['type_name']} {change['name']}")
        lines += [f"           {item['name']}: {item['before']} -> {item['after']}" for item in change["attributes"]]
        lines += [f"           + {name}" for name in change["add_classifications"] if change["action"] != "create"]
        lines += [f"           - {name}" for name in change["remove_classifications"]]
    hidden = document["changes"]["total"] - len(document["changes"]["shown"])
    return "\n".join([*lines, f"... {hidden} more in the report"] if hidden > 0 else lines) + "\n\n"


def _adhoc(uri: str) -> Any:
    from pydantic import ValidationError

    from .config.models import MlflowSource

    try:
        return MlflowSource(name="mlflow", uri=uri)
    except ValidationError as error:
        raise ConfigurationError(str(error), "Give an address.", key="--mlflow-uri") from None


def _named(configuration: Any, name: str) -> Any:
    from .sync import Run

    return Run(configuration, "read").source(name)


def _say(sentence: str) -> None:
    _console.print(sentence, style="dim", markup=False)


def _print_json(document: Any) -> None:
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def _fail(error: GovernanceError) -> None:
    if "--json" in sys.argv:
        _print_json(error.as_dict())
    _console.print(str(error), style="red", markup=False)
    sys.exit(error.exit_code)
