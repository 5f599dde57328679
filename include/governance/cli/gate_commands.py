"""The command by which a pipeline or a person asks the gate."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ExitCode
from ..model.vocabularies import GateAnswer
from ..storage import storage_errors
from . import output
from .options import ConfigOption, JsonOption
from .running import open_workspace

_EXIT_CODES = {
    GateAnswer.PROMOTE: ExitCode.DONE,
    GateAnswer.REFUSED: ExitCode.FINDINGS,
    GateAnswer.CANNOT_TELL: ExitCode.PLAN_OUTDATED,
}


def gate(  # noqa: PLR0913 - one argument per option
    source: Annotated[str, typer.Option(help="name of a source of the configuration, of the kind mlflow")],
    model: Annotated[str, typer.Option(help="name of the registered model")],
    version: Annotated[str, typer.Option(help="its version")],
    to: Annotated[
        str, typer.Option(help="the lifecycle state, or an alias, a stage or a tag's value that means one")
    ] = "production",
    by: Annotated[str, typer.Option(help="who asks; default: the user of this shell")] = "",
    junit: Annotated[Path | None, typer.Option(help="also write JUnit XML into this file")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask whether a version may enter a state: 0 promote, 5 refused, 6 cannot tell. The judgement is kept.

    Its source is read now; what other sources say counts as the last sync has read it.
    """
    from ..gate import GateRequest, junit_xml
    from ..gate import gate as judge
    from ..queries.terminal import show_gate

    request = GateRequest(source, model, version, to, by or getpass.getuser())
    judgement = judge(open_workspace(config), request)
    if junit is not None:
        with storage_errors(junit):
            junit.write_bytes(junit_xml(judgement))
    if as_json:
        output.print_json(judgement.as_json())
    else:
        show_gate(judgement.as_json())
    raise SystemExit(_EXIT_CODES[judgement.answer])
