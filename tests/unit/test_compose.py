"""docker-compose.yaml is read, not run: what it says is held against the code it starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from include.compose.addresses import filled
from include.governance.config import load

ROOT = Path(__file__).resolve().parents[2]
_SECRET = re.compile(r"\$\{[A-Z0-9_]+(?::\?[^}]*)?\}")
_DEFAULT = re.compile(r"\$\{[A-Z0-9_]+:-([^}]*)\}")  # a setting that may be left out
AIRFLOW = {
    "airflow-api-server": "api-server",
    "airflow-scheduler": "scheduler",
    "airflow-dag-processor": "dag-processor",
    "airflow-triggerer": "triggerer",
    "airflow-worker": "celery worker",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
    return document


@pytest.mark.parametrize("service", AIRFLOW)
def test_every_airflow_component_is_there_and_finds_the_project(compose: dict[str, Any], service: str) -> None:
    found = compose["services"][service]
    assert found["command"] == AIRFLOW[service]
    environment = found["environment"]
    assert environment["PYTHONPATH"] == "/opt/governance"
    targets = {volume.split(":")[1] for volume in found["volumes"]}
    for folder in ("dags", "plugins", "include"):
        assert f"/opt/governance/{folder}" in targets
        assert (ROOT / folder).is_dir()
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] in targets
    assert environment["AIRFLOW__CORE__PLUGINS_FOLDER"] in targets
    assert (ROOT / environment["GOVERNANCE_CONFIG"].removeprefix("/opt/governance/")).is_file()


def test_the_images_airflow_is_the_locked_one(compose: dict[str, Any]) -> None:
    lock = (ROOT / "include" / "constraints.txt").read_text()
    locked = re.search(r"^apache-airflow==(\S+)", lock, re.MULTILINE)
    assert locked
    dockerfile = compose["x-airflow"]["build"]["dockerfile_inline"]
    assert f"apache/airflow:{locked.group(1)}-python3.12" in dockerfile
    sent = (ROOT / ".dockerignore").read_text()
    for file in re.findall(r"COPY \S+ (\S+)", dockerfile):
        assert (ROOT / file).is_file()
        assert f"!{file}\n" in sent


def test_every_variable_that_the_configuration_asks_for_is_set(compose: dict[str, Any]) -> None:
    named = compose["x-airflow"]["environment"]["GOVERNANCE_CONFIG"].removeprefix("/opt/governance/")
    configuration = (ROOT / named).read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+)", re.sub(r"#.*", "", configuration)))
    assert asked
    assert asked <= given(compose["x-airflow"]["environment"])


def given(environment: dict[str, str]) -> set[str]:
    """The variables that a container's command has: those that include/compose/addresses.py makes too."""
    return {name.removeprefix("ADDRESS_") for name in environment}


def test_the_pool_of_the_tasks_that_read_azure_is_made(compose: dict[str, Any]) -> None:
    pool = compose["x-airflow"]["environment"]["GOVERNANCE_AZURE_POOL"]
    assert f"airflow pools set {pool} 1 " in compose["services"]["airflow-init"]["command"][-1]
    assert "GOVERNANCE_AZURE_POOL" in (ROOT / "dags" / "sync_model_catalog.py").read_text()


def test_its_configuration_loads(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    environment = compose["x-airflow"]["environment"]
    plain = {name: _SECRET.sub("p@ss/#'$", _DEFAULT.sub(r"\1", value)) for name, value in environment.items()}
    for name, value in (plain | filled(plain)).items():
        monkeypatch.setenv(name, value)
    settings = load(ROOT / environment["GOVERNANCE_CONFIG"].removeprefix("/opt/governance/")).settings
    assert [source.kind for source in settings.sources] == ["mlflow"]
    assert make_url(settings.state.database or "").password == "p@ss/#'$"


def test_dependencies_exist_and_what_is_waited_for_can_be_healthy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, (name, needed)
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], needed


def test_addresses_name_services_of_the_file(compose: dict[str, Any]) -> None:
    text = "\n".join(str(value) for value in compose["x-airflow"]["environment"].values())
    hosts = set(re.findall(r"(?:@|//)([a-z][a-z-]+)(?::\d+)?/", text + "/")) | {
        make_url(value.replace("{", "").replace("}", "")).host
        for name, value in compose["x-airflow"]["environment"].items()
        if name.startswith("ADDRESS_")
    }
    assert hosts <= set(compose["services"])
    allowed = " ".join(compose["services"]["mlflow"]["command"])
    assert "--allowed-hosts=mlflow," in allowed  # the server refuses other host names
    assert "--app-name=basic-auth" in allowed


def test_named_volumes_are_declared_and_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], (name, volume)
    text = (ROOT / "docker-compose.yaml").read_text()
    for line in re.findall(r"^ +[A-Z_]*(?:PASSWORD|SECRET|SECRET_KEY|FERNET_KEY|AUTH): .*$", text, re.MULTILINE):
        assert "${" in line, line


def test_every_secret_is_required_and_in_the_file_that_make_env_fills(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    settings = {match.group() for match in _DEFAULT.finditer(text)}
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", _DEFAULT.sub("", text)))
    assert asked == set(re.findall(r"^([A-Z0-9_]+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert all(f"${{{name}:?run make env}}" in text for name in asked)
    assert not [name for name in settings if re.search("PASSWORD|SECRET|KEY", name)]


def test_no_password_stands_in_an_address_as_it_is(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in (service.get("environment") or {}).items():
            assert "://" not in str(value) or "$" not in str(value), name
            if name.startswith("ADDRESS_"):
                asked = re.findall(r"\{([A-Z_]+)\}", value)
                assert asked and all(secret in service["environment"] for secret in asked), name
                assert "include.compose" in service["entrypoint"], name


def test_what_serves_is_restarted_checked_and_no_root(compose: dict[str, Any]) -> None:
    own_user = {"postgres", "redis", "atlas"}  # published images: the first two leave root by themselves
    for name, service in compose["services"].items():
        if service["restart"] == "no":
            continue
        assert service["restart"] == "unless-stopped", name
        assert "healthcheck" in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name in own_user or not str(service["user"]).startswith("0"), name


def test_logs_of_tasks_outlive_their_containers(compose: dict[str, Any]) -> None:
    for service in AIRFLOW:
        assert "airflow-logs:/opt/airflow/logs" in compose["services"][service]["volumes"]
    owned = compose["services"]["volume-owner"]
    assert {volume.split(":")[1] for volume in owned["volumes"]} == set(owned["command"][2:])


def test_a_sync_does_not_wait_for_a_catalog(compose: dict[str, Any]) -> None:
    assert "atlas" not in compose["services"]["airflow-worker"]["depends_on"]


def test_only_loopback_is_published(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
