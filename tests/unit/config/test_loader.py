"""Configuration: every fault names the file, the key and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.governance.config import load
from include.governance.config.connections import Connection, endpoint, from_environment
from include.governance.config.models import MlflowSource
from include.governance.errors import ConfigurationError

GOOD = """
sources:
  - {name: one, kind: mlflow, uri: "http://localhost:5000"}
catalog: {url: "http://localhost:21000", username: admin, password: "${THE_PASSWORD}"}
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("THE_PASSWORD", "s3cret")
    monkeypatch.delenv("GOVERNANCE_CONFIG", raising=False)


def write(folder: Path, text: str, name: str = "governance.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_loaded(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    assert [source.name for source in config.settings.sources] == ["one"]
    password = config.settings.catalog.password
    assert password is not None
    assert password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(config)


def test_the_shipped_configuration_is_good() -> None:
    config = load()
    assert config.register.use_cases
    assert config.suite_files


FAULTS = {
    "unknown key": (GOOD + "colour: red\n", "colour", "unknown"),
    "unknown nested key": (GOOD.replace("username: admin", "user: admin"), "catalog.user", "unknown"),
    "wrong type": (GOOD + "publish: {max_text: many}\n", "publish.max_text", "integer"),
    "wrong type of a list": (GOOD.replace('"http://localhost:5000"', "[1]"), "sources[0].uri", "string"),
    "missing key": ("sources:\n  - {name: one, uri: x}\n", "catalog", "missing"),
    "a key twice": (GOOD + "publish: {}\npublish: {max_text: 100}\n", "line 6", "publish stands there twice"),
    "no sources": ("sources: []\ncatalog: {url: x}\n", "sources", "at least 1"),
    "two of one name": (GOOD.replace("sources:", "sources:\n  - {name: one, uri: y}"), "", "two sources are named one"),
    "neither uri nor connection": (
        GOOD.replace('uri: "http://localhost:5000"', "page_size: 5"),
        "sources[0]",
        "either",
    ),
    "unset variable": (GOOD.replace("THE_PASSWORD", "NOT_SET_ANYWHERE"), "catalog.password", "NOT_SET_ANYWHERE"),
    "bad name": (GOOD.replace("name: one", "name: One Source"), "sources[0].name", "match"),
    "an owner of no attribute": (
        GOOD + "publish: {ownership: {ai_model.colour: first}}\n",
        "publish.ownership",
        "ai_model.colour is no attribute",
    ),
    "an owner of a verdict": (
        GOOD + 'publish: {ownership: {"*.verdict": curator}}\n',
        "publish.ownership",
        "always the",
    ),
    "no severity": (GOOD + "severities: {unpublished: {grave: info}}\n", "severities", "no severity"),
    "no YAML": ("sources: [", "line 1", ""),
    "not a mapping": ("- a\n- b\n", "", "dictionary"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_file_and_key(tmp_path: Path, fault: str) -> None:
    text, key, words = FAULTS[fault]
    file = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as raised:
        load(file)
    assert str(file) in raised.value.message
    assert key in raised.value.message
    assert words in raised.value.message
    assert raised.value.remedy
    assert "s3cret" not in str(raised.value)


def test_all_faults_of_a_file_are_listed_each_with_its_remedy(tmp_path: Path) -> None:
    text = GOOD.replace("THE_PASSWORD", "NOT_SET_ANYWHERE").replace("name: one", "name: One Source")
    file = write(tmp_path, f"{text}colour: red\npublish:\n  max_text: ${{NOT_EITHER}}\n")
    with pytest.raises(ConfigurationError) as raised:
        load(file)
    lines = str(raised.value).splitlines()
    assert lines[0] == f"{file}: 4 faults:"
    assert lines[1:-1] == [
        "  catalog.password: the environment variable NOT_SET_ANYWHERE is not set. Set NOT_SET_ANYWHERE or write the "
        "value.",
        "  publish.max_text: the environment variable NOT_EITHER is not set. Set NOT_EITHER or write the value.",
        "  sources[0].name: String should match pattern '^[a-z][a-z0-9_-]{0,62}$'. Correct the value.",
        "  colour: this key is unknown. Remove it or correct its spelling.",
    ]
    assert [fault["key"] for fault in raised.value.as_dict()["faults"]] == [
        "catalog.password",
        "publish.max_text",
        "sources[0].name",
        "colour",
    ]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: the file does not exist"):
        load(tmp_path / "nowhere.yaml")


def test_a_default_of_a_variable_may_hold_another(tmp_path: Path) -> None:
    text = GOOD.replace("http://localhost:5000", "${NOT_SET:-sqlite:///${GOVERNANCE_HOME}/m.db}")
    source = load(write(tmp_path, text)).settings.sources[0]
    assert isinstance(source, MlflowSource)
    assert source.uri == f"sqlite:///{tmp_path / 'home'}/m.db"


def test_a_value_from_the_environment_is_not_expanded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_PASSWORD", "a${HOME}b")
    password = load(write(tmp_path, GOOD)).settings.catalog.password
    assert password is not None
    assert password.get_secret_value() == "a${HOME}b"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("use_cases: [{id: a, name: A}, {id: a, name: B}]", "is listed twice"),
        ("use_cases: [{id: a, name: A, approved_by: x}]", "approved_on"),
        ("use_cases: [{id: a, name: A, expires: soon}]", "use_cases[0].expires"),
        ("people: [{id: a, nick: b}]", "people[0].nick"),
    ],
    ids=["twice", "half an approval", "no date", "unknown key"],
)
def test_a_fault_in_the_register_names_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    config = write(tmp_path, GOOD)
    register = write(tmp_path, text, "register.yaml")
    with pytest.raises(ConfigurationError) as raised:
        load(config)
    assert str(register) in raised.value.message
    assert words in raised.value.message


CONNECTIONS = {
    "uri": ("http://ann:p%40ss@atlas.example.com:21000", "http://atlas.example.com:21000", "ann", "p@ss"),
    "json": (
        '{"conn_type": "http", "host": "atlas.example.com", "schema": "https", "login": "ann", "password": "p@ss"}',
        "https://atlas.example.com",
        "ann",
        "p@ss",
    ),
    "json with a full url": (
        '{"host": "https://atlas.example.com/base", "extra": "{\\"token\\": \\"t\\"}"}',
        "https://atlas.example.com/base",
        None,
        None,
    ),
}


@pytest.mark.parametrize("form", CONNECTIONS)
def test_connections_come_from_the_environment_in_airflows_forms(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, url, login, password = CONNECTIONS[form]
    monkeypatch.setenv("AIRFLOW_CONN_THE_ATLAS", text)
    source = MlflowSource(name="one", connection="the_atlas")
    found = endpoint(source, None, from_environment)
    assert (found.url, found.username, found.password) == (url, login, password)
    assert "p@ss" not in repr(found)


def test_an_unknown_connection_names_the_variable() -> None:
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_NOWHERE"):
        from_environment("nowhere")


def test_credentials_of_the_file_win_over_the_connections() -> None:
    source = MlflowSource(name="one", connection="c", username="file", password="pw")
    found = endpoint(source, None, lambda _: Connection(host="h", login="conn", password="other"))
    assert (found.username, found.password) == ("file", "pw")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://u:p@mlflow.example.com/mlflow", "https://mlflow.example.com/mlflow"),
        ("http://mlflow.example.com:5000/a%2Fb", "http://mlflow.example.com:5000/a/b"),
        ("http://https%3A%2F%2Fmlflow.example.com%2Fmlflow", "https://mlflow.example.com/mlflow"),
        ("http://mlflow.example.com:5000/https", "https://mlflow.example.com:5000"),
        ("http://[::1]:5000/mlflow", "http://[::1]:5000/mlflow"),
        ('{"conn_type": "http", "host": "host/mlflow", "port": 80}', "http://host:80/mlflow"),
        ('{"conn_type": "https", "host": "host", "schema": "mlflow"}', "https://host/mlflow"),
        ('{"conn_type": "http", "host": "https://host/mlflow/", "port": 8443}', "https://host:8443/mlflow"),
        ('{"conn_type": "generic", "host": "sqlite:////var/mlflow.db"}', "sqlite:////var/mlflow.db"),
    ],
    ids=["uri", "encoded", "address as host", "scheme as path", "ipv6", "host", "schema", "all", "store"],
)
def test_a_connection_keeps_the_path_of_its_address(monkeypatch: pytest.MonkeyPatch, text: str, url: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BELOW", text)
    assert endpoint(MlflowSource(name="m", connection="below"), None, from_environment).url == url


def test_headers_of_a_connection_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BELOW", '{"host": "h", "extra": {"headers": ["secret-value"]}}')
    with pytest.raises(ConfigurationError, match="headers") as caught:
        endpoint(MlflowSource(name="m", connection="below"), None, from_environment)
    assert "secret-value" not in str(caught.value)
