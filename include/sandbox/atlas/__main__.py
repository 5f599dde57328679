"""`python -m include.sandbox.atlas run|start|wait|stop|status`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from include.sandbox.errors import SandboxError

from . import background
from .rest import is_active
from .server import READY_TIMEOUT, AtlasServer
from .settings import Settings

app = typer.Typer(
    help="A real Apache Atlas on this machine, for the demo and the tests. It forgets everything when it stops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="HTTP port, 0 for any [GOVERNANCE_ATLAS_PORT, 21000]")]
Home = Annotated[Path | None, typer.Option(help="folder of its files [GOVERNANCE_HOME/sandbox/atlas]")]
Timeout = Annotated[float, typer.Option(help="seconds to wait at most")]


class _Ended(BaseException):
    """A signal asked for the end. No Exception, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        self.exit_code = 0 if number == signal.SIGTERM else 128 + number


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except SandboxError as error:
        print(str(error), file=sys.stderr, flush=True)
        raise typer.Exit(1) from None
    except (_Ended, KeyboardInterrupt) as ended:
        raise typer.Exit(getattr(ended, "exit_code", 130)) from None


def _end_on_signals() -> None:
    """Ctrl-C, SIGTERM and a closed terminal end `run` alike, also when the shell had told it to ignore the first."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise _Ended(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


@app.command()
def run(port: Port = None, home: Home = None) -> None:
    """Run Atlas in the foreground until Ctrl-C."""
    with _plain_errors():
        _end_on_signals()
        settings = Settings.from_env(home=home, port=port)
        server = AtlasServer(settings, report=say)
        try:
            server.start()
            if not settings.external_url:
                server.wait_end()
        finally:
            server.stop()


@app.command()
def start(port: Port = None, home: Home = None) -> None:
    """Start Atlas in the background and return at once; `wait` tells when it is ready."""
    with _plain_errors():
        settings = Settings.from_env(home=home, port=port)
        if settings.external_url:
            say(f"using the Atlas at {settings.external_url} (ATLAS_URL); nothing is started")
            return
        found = background.start(settings)
        say(f"Atlas in {settings.home} (process {found.pid}): {found.message}")


@app.command()
def wait(home: Home = None, timeout: Timeout = READY_TIMEOUT) -> None:
    """Wait until the Atlas in the background is ready."""
    with _plain_errors():
        settings = Settings.from_env(home=home)
        if settings.external_url:
            AtlasServer(settings, report=say).wait_ready(timeout)
            return
        background.wait(settings, timeout, say)


@app.command()
def stop(home: Home = None) -> None:
    """Stop the Atlas in the background."""
    with _plain_errors():
        settings = Settings.from_env(home=home)
        say("stopped" if background.stop(settings) else f"no Atlas runs in {settings.home}")


@app.command()
def status(home: Home = None) -> None:
    """Tell whether an Atlas runs; exit code 1 when none is ready."""
    with _plain_errors():
        settings = Settings.from_env(home=home)
        if settings.external_url:
            active = is_active(settings.external_url)
            say(f"{settings.external_url} (ATLAS_URL): {'ready' if active else 'does not answer ACTIVE'}")
        else:
            active = _tell(settings)
    if not active:
        raise typer.Exit(1)


def _tell(settings: Settings) -> bool:
    found = background.find(settings)
    if not found:
        say(f"no Atlas runs in {settings.home}")
        return False
    say(f"{found.phase} at {found.url}, log in as {found.user} (process {found.pid}): {found.message}")
    return found.phase == "ready" and is_active(found.url)


if __name__ == "__main__":
    app()
