"""Bearer tokens of Entra ID for one account, from the identities that the Azure sources use too."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from ...config.catalogs import PurviewCatalog
from ...config.connections import Connection
from ...config.sources.azure import AzureCredential
from ...errors import ConfigurationError, SourceError
from ...net.azure.cloud import Cloud, resolve_cloud
from ...net.azure.credential import chosen_credential, renewed_credential, token_credential
from ...net.azure.errors import to_source_error
from ..contract import RequestFailure

_Make = Callable[[AzureCredential, Cloud, str | None], Any]


class Tokens:
    """Gives a valid token for each request: azure-identity renews it before its time is over.

    Raises:
        ConfigurationError: neither the settings nor the connection nor the environment names a credential.
    """

    def __init__(self, settings: PurviewCatalog, connection: Connection | None, ca_bundle: str | None) -> None:
        credential = chosen_credential(settings.credential, connection)
        if credential is None:
            raise ConfigurationError(
                f"the catalog {settings.name} names no credential.",
                "Give `credential`, a `connection` of type azure, or AZURE_TENANT_ID, AZURE_CLIENT_ID and one of "
                "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE.",
                key="catalog.credential",
            )
        logging.getLogger("azure").setLevel(logging.ERROR)  # its INFO lines contain headers
        self._settings, self._ca_bundle = settings, ca_bundle
        self._chosen = credential
        self._cloud: Cloud | None = None
        self._credential: Any = None

    def __call__(self) -> str:
        """The token. Raises RequestFailure, `is_denied` where the authority gives none."""
        return self._token(token_credential)

    def renew(self) -> None:
        """Asks the authority for a token that was not used yet. Raises RequestFailure."""
        self._credential = None
        self._token(renewed_credential)

    def _token(self, make: _Make) -> str:
        try:
            if self._cloud is None:
                self._cloud = resolve_cloud(self._settings.cloud, self._ca_bundle)
            if self._credential is None:
                self._credential = make(self._chosen, self._cloud, self._ca_bundle)
            return str(self._credential.get_token(self._settings.scope).token)
        except SourceError as error:
            raise _to_request_failure(error) from None
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - credentials raise many types
            address = self._cloud.authority if self._cloud else self._settings.scope
            raise _to_request_failure(to_source_error(error, address)) from None


def ca_bundle_of(settings: PurviewCatalog, stated: str | None) -> str | None:
    """The certificates that the account and the authority are verified with."""
    return stated or settings.ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE")


def _to_request_failure(error: SourceError) -> RequestFailure:
    """Nothing was sent to the catalog."""
    if error.retriable:
        return RequestFailure(error.message, is_retriable=True, is_outage=True)
    return RequestFailure(error.message, is_denied=True, remedy=error.remedy)
