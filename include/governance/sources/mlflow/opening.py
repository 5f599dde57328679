"""Which listing fits an address: REST for a server, MLflow's own client library for a store."""

from __future__ import annotations

from ...config.connections import Endpoint
from ...config.models import MlflowSource
from .client import Listing


def open_listing(endpoint: Endpoint, settings: MlflowSource) -> Listing:
    """REST for http and https addresses, the client library for every other.

    Raises ConfigurationError for an address or a CA bundle that cannot be used.
    """
    if endpoint.url.lower().startswith(("http://", "https://")):
        from .rest import RestListing

        return RestListing(endpoint, settings)
    from .store import StoreListing

    return StoreListing(endpoint.url, settings.page_size)
