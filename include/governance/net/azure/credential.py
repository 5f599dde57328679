"""One credential per identity and process, made by azure-identity from what was chosen explicitly.

Nothing is guessed (no DefaultAzureCredential), nothing opens a browser or waits for a person, and nothing is asked
of the network before the first token is needed.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from pydantic import ValidationError

from ...config.connections import Connection
from ...config.sources.azure import AzureCredential
from ...errors import ConfigurationError
from ...model.qualified_names import short_hash
from .cloud import Cloud
from .rate_limit import EnvironmentTransport

_TOKEN_SECONDS = 60.0  # an authority may keep silent

_held: dict[str, Any] = {}
_lock = threading.Lock()


def chosen_credential(stated: AzureCredential | None, connection: Connection | None) -> AzureCredential | None:
    """The credential's settings: from the file, the connection (type azure) or the environment, in that order.

    Raises ConfigurationError where the connection's cannot be used.
    """
    return stated or (_from_connection(connection) if connection else None) or _from_environment()


def identity_key(credential: AzureCredential, cloud: Cloud) -> str:
    """Equal for two settings of the same identity; holds no secret that could be read back."""
    secrets = (credential.client_secret, credential.certificate_password)
    shown = [secret.get_secret_value() if secret else "" for secret in secrets]
    return short_hash(credential.model_dump_json(), *shown, cloud.authority)


def token_credential(credential: AzureCredential, cloud: Cloud, ca_bundle: str | None) -> Any:
    """An azure.core TokenCredential, the same object for the same identity in this process: its tokens are cached."""
    key = identity_key(credential, cloud)
    with _lock:
        if key not in _held:
            _held[key] = _made(credential, cloud, ca_bundle)
        return _held[key]


def renewed_credential(credential: AzureCredential, cloud: Cloud, ca_bundle: str | None) -> Any:
    """The same without the tokens that it holds, for a service that refuses one of them before its time is over."""
    key = identity_key(credential, cloud)
    with _lock:
        _held[key] = _made(credential, cloud, ca_bundle)
        return _held[key]


def _made(credential: AzureCredential, cloud: Cloud, ca_bundle: str | None) -> Any:
    from azure import identity

    verified = {"connection_verify": ca_bundle} if ca_bundle else {}
    common = {"transport": EnvironmentTransport(connection_timeout=10, read_timeout=_TOKEN_SECONDS, **verified)}
    authority = {"authority": cloud.authority, "disable_instance_discovery": not cloud.known}
    tenant, client = credential.tenant_id, credential.client_id
    if credential.kind == "client_secret":
        secret = credential.client_secret.get_secret_value() if credential.client_secret else ""
        return identity.ClientSecretCredential(tenant or "", client or "", secret, **authority, **common)
    if credential.kind == "certificate":
        return _certificate(credential, {**authority, **common})
    if credential.kind == "workload_identity":
        return identity.WorkloadIdentityCredential(
            tenant_id=tenant, client_id=client, token_file_path=credential.token_file, **authority, **common
        )
    if credential.kind == "managed_identity":
        return identity.ManagedIdentityCredential(client_id=client, **common)
    return identity.AzureCliCredential(tenant_id=tenant or "")


def _certificate(credential: AzureCredential, options: dict[str, Any]) -> Any:
    from azure.identity import CertificateCredential

    password = credential.certificate_password
    try:
        return CertificateCredential(
            credential.tenant_id or "",
            credential.client_id or "",
            credential.certificate_path,
            password=password.get_secret_value() if password else None,
            **options,
        )
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the certificate {credential.certificate_path} cannot be used ({type(error).__name__}).",
            "Name a readable PEM or PKCS12 file with its private key, and its password if it has one.",
        ) from None


def _from_connection(connection: Connection) -> AzureCredential | None:
    """Fields as Airflow's own azure connection names them: login, password, extra tenantId."""
    tenant = connection_extra(connection, "tenantId", "tenant_id")
    values: dict[str, Any] = {
        "kind": connection_extra(connection, "credential", "credential_type"),
        "tenant_id": tenant,
        "client_id": connection.login or connection_extra(connection, "managed_identity_client_id", "client_id"),
        "client_secret": connection.password,
        "certificate_path": connection_extra(connection, "certificate_path"),
        "certificate_password": connection_extra(connection, "certificate_password"),
        "token_file": connection_extra(connection, "token_file") or os.environ.get("AZURE_FEDERATED_TOKEN_FILE"),
    }
    values["kind"] = values["kind"] or _kind_of(values)
    if not values["kind"]:
        return None
    try:
        return AzureCredential.model_validate({name: value for name, value in values.items() if value})
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise ConfigurationError(
            f"the azure connection's credential cannot be used: {fault['msg'].removeprefix('Value error, ')}.",
            "Give login (client id), password (secret) and tenantId in extra, or name another `credential` there.",
        ) from None


def _from_environment() -> AzureCredential | None:
    values = {
        "tenant_id": os.environ.get("AZURE_TENANT_ID"),
        "client_id": os.environ.get("AZURE_CLIENT_ID"),
        "client_secret": os.environ.get("AZURE_CLIENT_SECRET"),
        "certificate_path": os.environ.get("AZURE_CLIENT_CERTIFICATE_PATH"),
        "certificate_password": os.environ.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        "token_file": os.environ.get("AZURE_FEDERATED_TOKEN_FILE"),
    }
    kind = _kind_of(values)
    if not kind or not values["tenant_id"] or not values["client_id"]:
        return None
    return AzureCredential.model_validate({"kind": kind, **{name: value for name, value in values.items() if value}})


def _kind_of(values: dict[str, Any]) -> str | None:
    kinds = {"client_secret": "client_secret", "certificate_path": "certificate", "token_file": "workload_identity"}
    return next((kind for field, kind in kinds.items() if values.get(field)), None)


def connection_extra(connection: Connection | None, *names: str) -> Any:
    """The first of those fields of a connection's extra that has a value."""
    extra = connection.extra if connection else {}
    return next((extra[name] for name in names if extra.get(name)), None)
