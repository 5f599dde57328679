"""Datastores: which storage account and container a name denotes, so that lineage ends at the real data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import qualified_names
from .references import Path

# datastoreType -> how its storage is addressed; {suffix} is the cloud's storage suffix
_ADDRESSES = {
    "azureblob": "{protocol}://{accountName}.blob.{suffix}/{containerName}",
    "azuredatalakegen2": "{protocol}://{accountName}.dfs.{suffix}/{filesystem}",
    "azurefile": "{protocol}://{accountName}.file.{suffix}/{fileShareName}",
    "azuredatalakegen1": "adl://{storeName}.azuredatalakestore.net",
}
_CREDENTIALS = {
    "accountkey": "static key",
    "sas": "static key",
    "serviceprincipal": "Entra ID",
    "certificate": "Entra ID",
    "none": "Entra ID",  # the reader's own identity
    "kerberospassword": "static key",
    "kerberoskeytab": "static key",
}


def storage_address(properties: Mapping[str, Any], suffix: str) -> str | None:
    """https address of the container, file system or share; None if the datastore does not state it."""
    kind = str(properties.get("datastoreType") or "").lower()
    if kind == "onelake":
        return _one_lake(properties)
    parts = {key: value for key, value in properties.items() if isinstance(value, str) and value}
    parts = {"protocol": "https", **parts, "suffix": parts.get("endpoint") or suffix}
    try:
        return _ADDRESSES[kind].format_map(parts)
    except KeyError:
        return None


def _one_lake(properties: Mapping[str, Any]) -> str | None:
    artifact = properties.get("artifact")
    name = artifact.get("artifactName") if isinstance(artifact, dict) else None
    workspace = properties.get("oneLakeWorkspaceName")
    if not isinstance(name, str) or not isinstance(workspace, str):
        return None
    return f"https://{properties.get('endpoint') or 'onelake.dfs.fabric.microsoft.com'}/{workspace}/{name}"


def credential_of(properties: Mapping[str, Any]) -> str:
    """How a datastore's storage is accessed: static key, Entra ID, unknown."""
    credentials = properties.get("credentials")
    kind = credentials.get("credentialsType") if isinstance(credentials, dict) else None
    return _CREDENTIALS.get(str(kind or "").lower(), "unknown")


class Storage:
    """Addresses of the datastores in scope, by qualified name."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}

    def know(self, datastore: str, address: str | None) -> None:
        """Remembers the address of a datastore."""
        if address:
            self._addresses[datastore] = address.rstrip("/")

    def address(self, path: Path, stated: str) -> str:
        """Its real address; what was stated if its datastore is not known."""
        if path.datastore is None:
            return path.path
        base = self._addresses.get(path.datastore)
        if base is None:
            return stated
        return f"{base}/{path.path}" if path.path else base

    def identity_of(self, path: Path, stated: str) -> str:
        """The qualified name of the data there: one address has one name, however it is written."""
        if path.datastore is not None and path.datastore not in self._addresses:
            return qualified_names.external_dataset(f"{path.datastore}/{path.path}")
        return qualified_names.external_dataset(self.address(path, stated))
