"""`python -m include.sandbox.azure`: the emulator in the foreground."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from include.sandbox.errors import SandboxError
from include.sandbox.owner import owner_only

from . import background
from .emulator import AzureEmulator
from .generated import SIZES
from .generated import generated as generate
from .loader import HERE, Document, read_folder

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="0 for any [GOVERNANCE_AZURE_PORT, 21443]")] = None,
    home: Annotated[Path | None, typer.Option(help="keeps its certificates [GOVERNANCE_HOME/sandbox/azure]")] = None,
    estate: Annotated[Path, typer.Option(help="folder of JSON files")] = HERE,
    generated: Annotated[str | None, typer.Option(help="instead of files: a generated estate, small or large")] = None,
    delay: Annotated[float, typer.Option(help="seconds added to every answer")] = 0,
    prepare: Annotated[bool, typer.Option("--prepare", help="start the MLflow server at once")] = False,
    page_size: Annotated[int | None, typer.Option(help="page size of every listing")] = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    folder = home or background.folder()
    try:
        azure = _emulator(
            _documents(estate, generated), folder, background.port() if port is None else port, delay, page_size
        )
    except SandboxError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr, flush=True)
        raise typer.Exit(1) from None
    azure.start()
    try:
        background.write_state(folder, azure.url)
        print(f"Azure emulator at {azure.url}; trust {azure.ca_bundle}", flush=True)
        if prepare:
            threading.Thread(target=azure.prepare, daemon=True).start()
        stopped.wait()
    finally:
        azure.stop()


def _documents(estate: Path, size: str | None) -> list[Document]:
    if not size:
        return read_folder(estate)
    if size not in SIZES:
        raise SandboxError(f"There is no generated estate {size}.", f"Name one of {', '.join(SIZES)}.")
    return generate(SIZES[size])


def _emulator(documents: list[Document], folder: Path, port: int, delay: float, page_size: int | None) -> AzureEmulator:
    try:
        return AzureEmulator(documents, folder, port=port, delay_seconds=delay, page_size=page_size)
    except OSError as error:
        raise SandboxError(
            f"Port {port} cannot be listened on ({error.strerror}).", "Choose another: GOVERNANCE_AZURE_PORT."
        ) from None


if __name__ == "__main__":
    owner_only()
    app()
