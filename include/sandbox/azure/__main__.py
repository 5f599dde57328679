"""`python -m include.sandbox.azure`: the stand-in in the foreground."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from include.sandbox.errors import SandboxError

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
    delay: Annotated[float, typer.Option(help="seconds that every answer takes on top")] = 0,
    prepare: Annotated[bool, typer.Option("--prepare", help="start the MLflow server at once")] = False,
    page_size: Annotated[int | None, typer.Option(help="items a page of every listing")] = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    place = home or background.folder()
    try:
        azure = _made(
            _documents(estate, generated), place, background.port() if port is None else port, delay, page_size
        )
    except SandboxError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr, flush=True)
        raise typer.Exit(1) from None
    azure.start()
    try:
        background.note(place, azure.url)
        print(f"Azure stand-in at {azure.url}; trust {azure.ca_bundle}", flush=True)
        if prepare:
            threading.Thread(target=azure.prepare, daemon=True).start()
        ended.wait()
    finally:
        azure.stop()


def _documents(estate: Path, size: str | None) -> list[Document]:
    if not size:
        return read_folder(estate)
    if size not in SIZES:
        raise SandboxError(f"There is no generated estate {size}.", f"Name one of {', '.join(SIZES)}.")
    return generate(SIZES[size])


def _made(documents: list[Document], place: Path, port: int, delay: float, page_size: int | None) -> AzureEmulator:
    try:
        return AzureEmulator(documents, place, port=port, delay_seconds=delay, page_size=page_size)
    except OSError as error:
        raise SandboxError(
            f"Port {port} cannot be listened on ({error.strerror}).", "Choose another: GOVERNANCE_AZURE_PORT."
        ) from None


if __name__ == "__main__":
    app()
