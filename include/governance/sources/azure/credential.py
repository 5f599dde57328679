"""The identity and the subscription of an Azure source."""

from __future__ import annotations

import os

from ...config.connections import Lookup
from ...config.models import AzureCredential, AzureSource
from ...errors import ConfigurationError
from ...net.azure.credential import chosen_credential, connection_extra


def chosen(settings: AzureSource, lookup: Lookup) -> tuple[AzureCredential, str]:
    """The credential's settings and the subscription id, from the file, the connection or the environment.

    Raises ConfigurationError when none of them names a credential or a subscription.
    """
    connection = lookup(settings.connection) if settings.connection else None
    credential = chosen_credential(settings.credential, connection)
    subscription = settings.subscription or connection_extra(connection, "subscriptionId", "subscription_id")
    subscription = subscription or os.environ.get("AZURE_SUBSCRIPTION_ID")
    if credential is None:
        raise ConfigurationError(
            f"the source {settings.name} names no credential.",
            "Give `credential`, a `connection` of type azure, or AZURE_TENANT_ID, AZURE_CLIENT_ID and one of "
            "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE.",
        )
    if not subscription:
        raise ConfigurationError(
            f"the source {settings.name} names no subscription.",
            "Give `subscription`, or subscriptionId in the connection's extra.",
        )
    return credential, subscription
