"""Options that commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JSON = "--json"
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="governance.yaml; default GOVERNANCE_CONFIG or include/config")
]
JsonOption = Annotated[bool, typer.Option(JSON, help="print the machine-readable result")]
