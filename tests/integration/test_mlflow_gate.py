"""A real MLflow server that asks the real service before it promotes: the package installed, the client unchanged."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import uvicorn

from include.governance.config import load
from include.governance.service import create_app
from include.governance.workspace import Workspace
from include.sandbox.mlflow_server import mlflow_server
from include.sandbox.ports import HOST, reserved_port
from tests.support.demo import write_config

pytestmark = pytest.mark.heavy
PACKAGE = Path(__file__).resolve().parents[2] / "include" / "mlflow_gate"
BROKEN, TRACEABLE = "price-tier-classifier", "credit-default-risk"
ADMIN = ("admin", "a password of the admin")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and installed without a network and without what it depends on."""
    target = tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "mlflow_gate"
    shutil.copytree(PACKAGE, source)
    command = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--target", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    return target


class Guarded:
    """An MLflow server with the gate, and the service that it asks."""

    def __init__(self, url: str, config: Path, service_port: int) -> None:
        self.url, self._config, self._port = url, config, service_port

    @property
    def client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(self.url, self.url)

    @property
    def workspace(self) -> Workspace:
        return Workspace(load(self._config))

    @contextmanager
    def service(self) -> Iterator[None]:
        app = create_app(lambda: self.workspace)
        server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=self._port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            _wait_for(f"http://{HOST}:{self._port}/healthz")
            yield
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


@contextmanager
def guarded(folder: Path, installed: Path, demo_home: Path, *options: str, **variables: str) -> Iterator[Guarded]:
    """On a copy of the demo's store. variables: of the app, without what they begin with."""
    shutil.copy(demo_home / "mlflow.db", folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch, reserved_port(0) as port:
        config = write_config(folder, patch, "http://127.0.0.1:1")
        token = Workspace(load(config)).tokens.create("mlflow", "test", datetime.now(UTC))
        given = {"URL": f"http://{HOST}:{port}", "TOKEN": token, "SOURCE": "demo", **variables}
        environment = {f"MLFLOW_GATE_{name}": value for name, value in given.items()} | {"PYTHONPATH": str(installed)}
        store, all_options = f"sqlite:///{folder / 'mlflow.db'}", ("--app-name", "governance-gate", *options)
        with mock.patch.dict("os.environ", environment):
            started = mlflow_server(
                store, folder / "artifacts", wait_idle=False, log=folder / "server.log", options=all_options
            )
            with started as url:
                source = url if not variables else url.replace("//", "//admin:a%20password%20of%20the%20admin@")
                config = write_config(folder, patch, source)
                yield Guarded(url, config, port)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, installed: Path, demo_home: Path) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded"), installed, demo_home) as started:
        yield started


def _set_champion(server: Guarded) -> httpx.Response:
    """The call of MLflow's UI."""
    url = f"{server.url}/ajax-api/2.0/mlflow/registered-models/alias"
    return httpx.post(url, json={"name": BROKEN, "alias": "champion", "version": "1"}, trust_env=False)


def test_a_broken_version_is_not_promoted_and_others_are(server: Guarded) -> None:
    from mlflow.exceptions import RestException

    client = server.client
    before = client.get_registered_model(BROKEN).aliases
    with server.service():
        with pytest.raises(RestException, match=r"PERMISSION_DENIED: .*lineage\.dataset\.missing: .*mlflow\.log_input"):
            client.set_registered_model_alias(BROKEN, "champion", "1")
        with pytest.raises(RestException, match="PERMISSION_DENIED"):
            client.transition_model_version_stage(BROKEN, "1", "Production")
        with pytest.raises(RestException, match="PERMISSION_DENIED"):
            client.set_model_version_tag(BROKEN, "1", "lifecycle", "production")
        assert _set_champion(server).status_code == 403
        client.set_registered_model_alias(TRACEABLE, "champion", "1")
    client.set_registered_model_alias(BROKEN, "smoke", "1")
    assert client.get_registered_model(BROKEN).aliases == {**before, "smoke": "1"}
    assert client.get_model_version(BROKEN, "1").current_stage == "None"
    assert client.get_registered_model(TRACEABLE).aliases["champion"] == "1"
    kept = server.workspace.gate_judgements.of_record(["credit-default"])
    assert [(row["answer"], row["asked_by"]) for row in kept][:1] == [("promote", "mlflow")]


def test_without_the_service_only_promotions_are_refused(server: Guarded) -> None:
    from mlflow.exceptions import RestException

    client = server.client
    with pytest.raises(RestException, match="cannot tell"):
        client.set_registered_model_alias(TRACEABLE, "champion", "2")
    client.set_registered_model_alias(TRACEABLE, "smoke", "2")
    client.set_model_version_tag(TRACEABLE, "2", "note", "x")
    client.set_prompt_alias("contract-summary", "production", 1)
    client.set_registered_model_tag(BROKEN, "mlflow.prompt.is_prompt", "true")
    assert _set_champion(server).status_code == 403  # the client itself would not find the model
    tag = {"name": BROKEN, "key": "mlflow.prompt.is_prompt"}
    url = f"{server.url}/api/2.0/mlflow/registered-models/delete-tag"
    assert httpx.request("DELETE", url, json=tag, trust_env=False).is_success
    assert client.search_registered_models()


def test_with_mlflows_logins_the_callers_name_is_kept(tmp_path: Path, installed: Path, demo_home: Path) -> None:
    from mlflow.exceptions import RestException

    logins = {"MLFLOW_FLASK_SERVER_SECRET_KEY": "x" * 32, "MLFLOW_AUTH_CONFIG_PATH": str(tmp_path / "auth.ini")}
    (tmp_path / "auth.ini").write_text(
        f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{tmp_path / 'auth.db'}\n"
        f"admin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    names = {"MLFLOW_TRACKING_USERNAME": ADMIN[0], "MLFLOW_TRACKING_PASSWORD": ADMIN[1]}
    with (
        mock.patch.dict("os.environ", {**logins, **names}),
        guarded(tmp_path, installed, demo_home, APP="basic-auth") as started,
        started.service(),
    ):
        with pytest.raises(RestException, match="PERMISSION_DENIED"):
            started.client.set_registered_model_alias(BROKEN, "champion", "1")
        started.client.set_registered_model_alias(TRACEABLE, "champion", "1")
        nobody = httpx.post(
            f"{started.url}/api/2.0/mlflow/registered-models/alias",
            json={"name": TRACEABLE, "alias": "champion", "version": "2"},
            trust_env=False,
        )
        assert nobody.status_code == 401
        kept = started.workspace.gate_judgements.of_record(["credit-default"])
        assert [(row["answer"], row["asked_by"]) for row in kept] == [("promote", "admin (mlflow)")]
