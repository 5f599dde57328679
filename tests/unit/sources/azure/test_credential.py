"""Which identity reads Azure: chosen explicitly, made without a word on the network, one object per identity."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure import identity
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from include.governance.config.connections import Connection, from_environment
from include.governance.config.models import AiFoundrySource
from include.governance.errors import ConfigurationError
from include.governance.net.azure.cloud import resolve_cloud
from include.governance.net.azure.credential import identity_key, token_credential
from include.governance.sources.azure.credential import chosen

SECRET = "made-up-client-secret"
VARIABLES = (
    *("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"),
    *("AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_SUBSCRIPTION_ID"),
    *("ARM_CLOUD_METADATA_URL", "AZURE_AUTHORITY_HOST"),
)


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a credential went to the network before a token was needed")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def settings(**more: Any) -> AiFoundrySource:
    return AiFoundrySource.model_validate({"kind": "ai_foundry", "name": "f", "subscription": "S", **more})


def of(connection: Connection) -> Any:
    return chosen(settings(connection="az"), lambda _: connection)[0]


def certificate(folder: Path) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "reader")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "reader.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return str(file)


@pytest.mark.usefixtures("_no_network")
@pytest.mark.parametrize(
    ("stated", "made"),
    [
        ({"kind": "client_secret", "client_secret": SECRET}, identity.ClientSecretCredential),
        ({"kind": "workload_identity", "token_file": "/var/token"}, identity.WorkloadIdentityCredential),
        ({"kind": "managed_identity"}, identity.ManagedIdentityCredential),
        ({"kind": "azure_cli"}, identity.AzureCliCredential),
        ({"kind": "certificate", "certificate_path": ""}, identity.CertificateCredential),
    ],
    ids=["client_secret", "workload_identity", "managed_identity", "azure_cli", "certificate"],
)
def test_every_kind_is_made_without_the_network(stated: dict[str, Any], made: type, tmp_path: Path) -> None:
    if "certificate_path" in stated:
        stated = {**stated, "certificate_path": certificate(tmp_path)}
    source = settings(credential={"tenant_id": "t", "client_id": "c", **stated})
    credential, subscription = chosen(source, from_environment)
    cloud = resolve_cloud("public", None)
    held = token_credential(credential, cloud, None)
    assert (type(held), subscription) == (made, "S")
    assert token_credential(credential, cloud, None) is held  # its tokens are cached


def test_a_certificate_that_cannot_be_read_is_a_slip_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    for path in (tmp_path / "x.pem", tmp_path / "none.pem"):
        stated = {"kind": "certificate", "tenant_id": "t", "client_id": "c", "certificate_path": str(path)}
        credential, _ = chosen(settings(credential=stated), from_environment)
        with pytest.raises(ConfigurationError, match=path.name):
            token_credential(credential, resolve_cloud("public", None), None)


def test_from_a_connection_as_airflow_names_its_fields() -> None:
    found = of(Connection("azure", login="c", password=SECRET, extra={"tenantId": "t", "subscriptionId": "S2"}))
    assert (found.kind, found.tenant_id, found.client_id) == ("client_secret", "t", "c")
    assert found.client_secret.get_secret_value() == SECRET
    assert SECRET not in repr(found)


def test_other_kinds_from_a_connection() -> None:
    managed = of(Connection("azure", extra={"credential": "managed_identity", "managed_identity_client_id": "m"}))
    assert (managed.kind, managed.client_id) == ("managed_identity", "m")
    extra = {"tenantId": "t", "certificate_path": "/c.pem"}
    assert of(Connection("azure", login="c", extra=extra)).kind == "certificate"
    with pytest.raises(ConfigurationError, match="needs"):
        of(Connection("azure", login="c", password=SECRET))  # no tenant
    with pytest.raises(ConfigurationError) as told:
        of(Connection("azure", extra={"credential": "interactive", "tenantId": "t"}))
    assert SECRET not in str(told.value)


def test_the_subscription_of_a_connection() -> None:
    connection = Connection("azure", login="c", password=SECRET, extra={"tenantId": "t", "subscriptionId": "S2"})
    named = settings(connection="az").model_copy(update={"subscription": None})
    assert chosen(named, lambda _: connection)[1] == "S2"


@pytest.mark.parametrize(
    ("variable", "kind"),
    [
        ("AZURE_CLIENT_SECRET", "client_secret"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "certificate"),
        ("AZURE_FEDERATED_TOKEN_FILE", "workload_identity"),
    ],
)
def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, variable: str, kind: str) -> None:
    values = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", variable: "x", "AZURE_SUBSCRIPTION_ID": "S3"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    credential, subscription = chosen(settings().model_copy(update={"subscription": None}), from_environment)
    assert (credential.kind, credential.tenant_id, subscription) == (kind, "t", "S3")


def test_the_file_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "environment")
    credential, _ = chosen(settings(credential={"kind": "managed_identity", "client_id": "file"}), from_environment)
    assert (credential.kind, credential.client_id) == ("managed_identity", "file")


def test_nothing_named_is_a_slip_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="names no credential"):
        chosen(settings(), from_environment)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)  # half a credential is none
    with pytest.raises(ConfigurationError, match="names no credential"):
        chosen(settings(), from_environment)
    without = settings(credential={"kind": "azure_cli"}).model_copy(update={"subscription": None})
    with pytest.raises(ConfigurationError, match="names no subscription"):
        chosen(without, from_environment)


def test_identities_are_told_apart_without_a_secret_in_the_key() -> None:
    cloud, other = resolve_cloud("public", None), resolve_cloud("china", None)

    def key(secret: str, at: Any = cloud) -> str:
        stated = {"kind": "client_secret", "tenant_id": "t", "client_id": "c", "client_secret": secret}
        return identity_key(chosen(settings(credential=stated), from_environment)[0], at)

    assert key(SECRET) == key(SECRET)
    assert len({key(SECRET), key("another"), key(SECRET, other)}) == 3
    assert SECRET not in key(SECRET)
