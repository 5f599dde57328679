"""`python -m include.sandbox.purview`: the face in the foreground, on the demo's Atlas or that of ATLAS_URL."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

import typer

from include.governance.config.loader import home
from include.sandbox.atlas.settings import Settings
from include.sandbox.errors import SandboxError
from include.sandbox.owner import owner_only

from . import configuration
from .face import PurviewFace, in_front_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    folder = home() / "sandbox" / "purview"
    try:
        settings = Settings.from_env()
        atlas = settings.external_url or f"http://127.0.0.1:{settings.port}"
        face: PurviewFace = in_front_of(atlas, (settings.user, settings.password), folder, configuration.port())
    except SandboxError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr, flush=True)
        raise typer.Exit(1) from None
    try:
        file = configuration.write(folder, face, atlas)
        print(f"Purview's face at {face.url}; trust {face.ca_bundle}", flush=True)
        print(f"Configuration: GOVERNANCE_CONFIG={file}", flush=True)
        stopped.wait()
    finally:
        face.stop()


if __name__ == "__main__":
    owner_only()
    app()
