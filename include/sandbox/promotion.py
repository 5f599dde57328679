"""Two promotions in the demo's own MLflow server, which asks the gate first: one is refused, one goes through."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

from include.sandbox.errors import SandboxError
from include.sandbox.mlflow_server import mlflow_server
from include.sandbox.ports import HOST, reserved_port

if TYPE_CHECKING:
    import uvicorn

    from include.governance.workspace import Workspace

PACKAGE = Path(__file__).resolve().parents[1] / "mlflow_gate"
SOURCE, ALIAS = "mlflow", "champion"
_STARTED_SECONDS = 60.0


class Promotion(NamedTuple):
    """A version that is to have the alias, and what became of it: MLflow's answer where it refused."""

    model: str
    version: str
    refused: str


# Without training data; traced to it, and the one that has the alias already: the store stays as it is
PROMOTIONS = (("price-tier-classifier", "1"), ("credit-default-risk", "2"))


def promote(store: str, folder: Path) -> list[Promotion]:
    """Starts the demo's MLflow server with the app `governance-gate`, and the service that it asks.

    Args:
        store: URI of the demo's store.
        folder: for the installed package, the server's artifacts and its log.

    Raises:
        SandboxError: server or service do not start.
    """
    from include.governance.config import load
    from include.governance.workspace import Workspace

    installed = _install(folder / "governance-gate")
    tokens = Workspace(load()).tokens
    name = f"make demo {secrets.token_hex(4)}"
    token = tokens.create(name, "make demo", datetime.now(UTC))
    try:
        with (
            gate_service(lambda: Workspace(load())) as service,
            _server(store, folder, installed, service, token) as url,
        ):
            return [_promote(url, *one) for one in PROMOTIONS]
    except (RuntimeError, TimeoutError, OSError) as error:
        raise SandboxError(str(error)) from error
    finally:
        tokens.revoke(name, datetime.now(UTC))


def _promote(url: str, model: str, version: str) -> Promotion:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        MlflowClient(url, url).set_registered_model_alias(model, ALIAS, version)
    except MlflowException as error:
        return Promotion(model, version, str(error))
    return Promotion(model, version, "")


def _install(target: Path) -> Path:
    """The package, without what it depends on: MLflow is there."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")  # install.sh sees to one of them
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", str(target)]
    done = subprocess.run([*command, str(PACKAGE)], capture_output=True, text=True)
    if done.returncode:
        raise SandboxError(f"the app of MLflow's server cannot be installed: {done.stderr.strip()[-500:]}")
    return target


@contextmanager
def gate_service(workspace: Callable[[], Workspace]) -> Iterator[str]:
    """The service of the gate in a thread. Yields its address."""
    import uvicorn

    from include.governance.service import create_app

    with reserved_port(0) as port:
        app = create_app(workspace)
        server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_level="warning"))
        thread = threading.Thread(target=server.run, name="gate-service")
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://{HOST}:{port}"
        finally:
            server.handle_exit(signal.SIGTERM, None)
            thread.join()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Raises SandboxError where it does not come up."""
    deadline = time.monotonic() + _STARTED_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise SandboxError("the service of the gate did not start.")
        time.sleep(0.1)


@contextmanager
def _server(store: str, folder: Path, installed: Path, service: str, token: str) -> Iterator[str]:
    settings = {"URL": service, "TOKEN": token, "SOURCE": SOURCE, "SECONDS": str(_STARTED_SECONDS)}
    path = os.pathsep.join(filter(None, [str(installed), os.environ.get("PYTHONPATH")]))
    environment = {f"MLFLOW_GATE_{name}": value for name, value in settings.items()} | {"PYTHONPATH": path}
    options = ("--app-name", "governance-gate")
    with mock.patch.dict(os.environ, environment):
        started = mlflow_server(
            store, folder / "artifacts", wait_idle=False, log=folder / "gate-server.log", options=options
        )
        with started as url:
            yield url
