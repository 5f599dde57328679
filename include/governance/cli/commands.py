"""The commands. With --json, standard output is one JSON document and progress goes to standard error."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ..errors import ConfigurationError, ExitCode, GovernanceError, StorageError
from ..model.vocabularies import SyncMode
from ..storage import storage_errors
from . import output
from .gate_commands import gate
from .options import JSON, ConfigOption, JsonOption
from .running import finish, open_workspace, run_apply, run_reconcile, run_sync
from .service_commands import serve, token_app

if TYPE_CHECKING:
    from ..config.models import MlflowSource

_INTERRUPTED = 130
_HELP = f"""The stages from a shell, without Airflow.

Exit codes: {ExitCode.overview()}. With --json, standard output is one JSON document and progress goes to standard
error. Colours are for terminals only; NO_COLOR switches them off.
"""

app = typer.Typer(add_completion=False, no_args_is_help=True, help=_HELP, pretty_exceptions_enable=False)
app.command()(gate)
app.command()(serve)
app.add_typer(token_app, name="token")

SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        help="read only this source (repeatable), write only what it states; others count as they were last read",
    ),
]
RecordOption = Annotated[
    str,
    typer.Option("--record", help="plan and write only this record, with all that it rests on; by key or name"),
]
RemovalsOption = Annotated[
    bool,
    typer.Option(
        "--allow-removals",
        help="what is gone was removed on purpose: mark it, however much publish.missing allows",
    ),
]
DetailedOption = Annotated[
    bool,
    typer.Option(
        "--detailed-exitcode",
        help=f"{ExitCode.CHANGES} where the plan has changes, {ExitCode.DONE} where it has none; a fault keeps its own "
        "code",
    ),
]


def main() -> None:
    """Runs one command; a known error ends in one sentence with its remedy and its exit code."""
    try:
        with storage_errors():
            app(standalone_mode=False)
    except GovernanceError as error:
        _end(error.as_dict(), str(error), error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _end({"error": "Interrupted", "message": "interrupted.", "remedy": ""}, "interrupted.", _INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.BROKE_OFF)
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # a usage error of the command line
            wrong = ConfigurationError(error.format_message())
            _end(wrong.as_dict(), wrong.message, ExitCode.CONFIGURATION)
        _json({"error": type(error).__name__, "message": "see standard error.", "remedy": ""})
        raise


def _end(document: dict[str, Any], sentence: str, code: int) -> NoReturn:
    output.failure(sentence)
    _json(document)
    sys.exit(code)


def _json(document: dict[str, Any]) -> None:
    if JSON in sys.argv:
        with suppress(StorageError):  # standard output itself may be what cannot be written
            output.print_json(document)


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Ask for everything that a sync will need; say what is wrong and how to fix it.

    Leaves nothing behind but the state database, which is made or migrated.

    With --json: {"ok", "exit_code", "checks": [{"what", "ok", "says", "remedy", "exit_code"}]}, whatever is wrong.
    """
    from ..preflight import check as run_checks

    found = []
    for result in run_checks(config):
        found.append(result)
        if not as_json:
            output.print_check(result)
    code = max((result.exit_code for result in found), default=ExitCode.DONE)
    if as_json:
        output.print_json({"ok": code == ExitCode.DONE, "exit_code": code, "checks": [asdict(one) for one in found]})
    raise SystemExit(code)


@app.command()
def read(
    source: Annotated[str, typer.Option(help="name of a source of the configuration")] = "",
    mlflow_uri: Annotated[str, typer.Option(help="read this MLflow server or store, with no configuration")] = "",
    out: Annotated[Path, typer.Option(help="folder for the snapshot")] = Path("snapshot"),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one snapshot: Parquet tables and the state of each collection."""
    from .. import sources
    from ..config.connections import from_environment
    from ..staging.folder import Folder

    if bool(source) == bool(mlflow_uri):
        raise ConfigurationError("give either --source or --mlflow-uri.", "See read --help.")
    settings = _mlflow_source(mlflow_uri) if mlflow_uri else open_workspace(config).source(source)
    snapshot = sources.read(settings, Folder(str(out)), from_environment)
    if as_json:
        collections = [asdict(state) for state in snapshot.collections().values()]
        output.print_json({**snapshot.document, "folder": str(out), "collections": collections})
    else:
        output.print_text(output.snapshot_text(snapshot, out))
    raise SystemExit(ExitCode.DONE if snapshot.complete else ExitCode.SOURCE)


@app.command()
def plan(
    only: SourceOption = None,
    record: RecordOption = "",
    allow_removals: RemovalsOption = False,
    detailed: DetailedOption = False,
    out: Annotated[
        Path | None, typer.Option(help="file for the plan, to be applied by `apply`; the catalog is read for it")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would change in the catalog, attribute by attribute. Writes nothing into it."""
    page = run_sync(config, SyncMode.PLAN, allows_removals=allow_removals, only=only, record=record, save_plan=out)
    if not as_json:
        output.print_plan(page.document)
    finish(page, as_json, has_changes=detailed and page.document.changes.total > 0)


@app.command()
def sync(
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="take over what another installation manages, and sources at another address"),
    ] = False,
    allow_removals: RemovalsOption = False,
    only: SourceOption = None,
    record: RecordOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run all stages: read, resolve, judge, plan, publish, report."""
    if adopt and record:
        raise ConfigurationError("--adopt takes over all that another installation manages.", "Leave out --record.")
    page = run_sync(config, SyncMode.PUBLISH, adopts=adopt, allows_removals=allow_removals, only=only, record=record)
    finish(page, as_json)


@app.command()
def apply(
    plan: Annotated[Path, typer.Option("--plan", help="file that `plan --out` wrote")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply exactly a plan that was saved, or nothing where ledger or catalog moved on since it was made."""
    finish(run_apply(config, plan), as_json)


@app.command()
def reconcile(
    apply: Annotated[bool, typer.Option("--apply", help="put right what differs; what stewards wrote stays")] = False,
    detailed: DetailedOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what was published with the live catalog: what was changed or deleted there. Reads no source."""
    page = run_reconcile(config, SyncMode.PUBLISH if apply else SyncMode.PLAN)
    reconciled = page.document.reconciled
    finish(page, as_json, has_changes=detailed and reconciled is not None and reconciled.open > 0)


@app.command()
def runs(
    limit: Annotated[int, typer.Option("--limit", min=1, help="how many")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the last runs, newest first: id, start, mode, outcome, report."""
    from ..queries import runs as query
    from ..queries.terminal import show_runs

    listed = query(open_workspace(config), limit)
    if as_json:
        output.print_json({"runs": [asdict(run) for run in listed]})
    else:
        show_runs(listed)


@app.command()
def report(
    last: Annotated[bool, typer.Option("--last", help="the newest run (the default)")] = True,
    run_id: Annotated[str, typer.Option("--run", help="id of one run")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the report of the last run, or of one run."""
    from ..reports import newest

    del last  # without --run it is always the newest

    runs = open_workspace(config).history.runs(limit=1_000)
    page = newest(run for run in runs if not run_id or run["run_id"] == run_id)
    if page is None:
        raise ConfigurationError(
            f"there is no report of {run_id or 'any run'}.",
            "List the runs: python -m include.governance runs."
            if run_id
            else "Run a sync first: python -m include.governance sync.",
        )
    output.print_text(page.with_suffix(".json" if as_json else ".txt").read_text(encoding="utf-8"))


@app.command()
def history(
    record: Annotated[str, typer.Argument(help="key, former key, name or qualified name of a record")] = "",
    option: Annotated[str, typer.Option("--record", help="the same, as an option")] = "",
    on: Annotated[str, typer.Option(help="a day (UTC), as 2026-03-03: what the states were then")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which version was in which lifecycle state, since when, by which signal."""
    from ..queries import history as query
    from ..queries.terminal import show_history

    if bool(record) == bool(option):
        raise ConfigurationError("name one record.", "history RECORD, or history --record RECORD.")
    document = query(open_workspace(config), record or option, _day(on))
    if as_json:
        output.print_json(document)
    else:
        show_history(document)


@app.command()
def explain(
    record: Annotated[str, typer.Argument(help="key, former key, name or qualified name of a record")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a record with its evidence chain, findings and waivers, each with its source, as of the last run."""
    from ..queries import explain as query
    from ..queries.terminal import show_explanation

    document = query(open_workspace(config), record)
    if as_json:
        output.print_json(document)
    else:
        show_explanation(document)


@app.command()
def accept(
    source: Annotated[str, typer.Argument(help="name of a source of the configuration")],
    collection: Annotated[str, typer.Argument(help="a collection of it that the last sync doubted")],
    by: Annotated[str, typer.Option(help="who says so; default: the user of this shell")] = "",
    reason: Annotated[str, typer.Option(help="why, for whoever asks later")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that what a doubted listing lacks was removed on purpose: the next sync believes it."""
    from ..doubted import accept as accept_listing

    acceptance = accept_listing(open_workspace(config), source, collection, by or getpass.getuser(), reason)
    if as_json:
        output.print_json(asdict(acceptance))
    else:
        output.print_text(f"The next sync believes {collection} of {source} with {acceptance.items:,} items or more.")


@app.command()
def schema(
    out: Annotated[
        Path | None, typer.Option(help="folder to write to; default: beside the configuration models")
    ] = None,
) -> None:
    """Write the JSON schemas by which editors check governance.yaml, the register and the suites."""
    from ..json_schemas import write

    for file in write(out):
        output.print_text(str(file))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigurationError(f"{text!r} is not a day.", "Write it as 2026-03-03.", key="--on") from None


def _mlflow_source(uri: str) -> MlflowSource:
    from pydantic import ValidationError

    from ..config.models import MlflowSource

    try:
        return MlflowSource(name="mlflow", uri=uri)
    except ValidationError as error:
        raise ConfigurationError(str(error), "Give an address.", key="--mlflow-uri") from None
