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
from include.sandbox.owner import owner_only

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
    """A signal to stop was received. Not an Exception, so that no handler takes it for a failure."""

    def __init__(self, number: int) -> None:
        self.exit_code = 0 if number == signal.SIGTERM else 128 + number


def say(text: str) -> None:
    """Prints a line at once."""
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
    """Ctrl-C, SIGTERM and a closed terminal end `run`, also when the shell made it ignore Ctrl-C."""

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
    """Start Atlas in the background and return at once; `wait` returns when it is ready."""
    with _plain_errors():
        settings = Settings.from_env(home=home, port=port)
        if settings.external_url:
            say(f"using the Atlas at {settings.external_url} (ATLAS_URL); nothing is started")
            return
        running = background.start(settings)
        say(f"Atlas in {settings.home} (process {running.pid}): {running.message}")


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
    """Show whether an Atlas runs; exit code 1 when none is ready."""
    with _plain_errors():
        settings = Settings.from_env(home=home)
        if settings.external_url:
            active = is_active(settings.external_url)
            say(f"{settings.external_url} (ATLAS_URL): {'ready' if active else 'does not answer ACTIVE'}")
        else:
            active = _report(settings)
    if not active:
        raise typer.Exit(1)


def _report(settings: Settings) -> bool:
    running = background.find(settings)
    if not running:
        say(f"no Atlas runs in {settings.home}")
        return False
    say(f"{running.phase} at {running.url}, log in as {running.user} (process {running.pid}): {running.message}")
    return running.phase == "ready" and is_active(running.url)


if __name__ == "__main__":
    owner_only()
    app()
