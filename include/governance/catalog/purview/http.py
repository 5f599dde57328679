"""Requests to one Purview account: api-version, tokens, pace, and the operations that Purview meters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from ...config.catalogs import PurviewCatalog
from ...config.connections import Endpoint
from ...net.azure.rate_limit import RateLimiter, rate_limiter_for
from ...net.http import HttpFailure
from ..atlas_api import AtlasHttp
from ..contract import RequestFailure
from .errors import to_request_failure
from .operations import Operation, operation_of
from .tokens import Tokens, ca_bundle_of

_V2 = "/atlas/v2"


class PurviewHttp(AtlasHttp):
    """Requests to one account. Raises RequestFailure.

    Attributes:
        root: path of Purview's own calls; those of the v2 API are below it.

    Raises:
        ConfigurationError: the address or the credential cannot be used.
    """

    def __init__(self, endpoint: Endpoint, settings: PurviewCatalog) -> None:
        self._settings = settings
        self.root = settings.base_path.rstrip("/")
        bundle = ca_bundle_of(settings, endpoint.ca_bundle)
        self._tokens = None if endpoint.token else Tokens(settings, endpoint.connection, bundle)
        endpoint = replace(endpoint, username=None, password=None, ca_bundle=bundle, token_source=self._tokens)
        super().__init__(
            endpoint,
            self.root + _V2,
            timeout=settings.timeout_seconds,
            attempts=settings.attempts,
            max_wait=settings.max_wait_seconds,
        )
        self._limiter: RateLimiter = rate_limiter_for(self.base, settings.operations_per_second)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The decoded answer. A token that is refused is renewed once; a refused request was not applied."""
        operation = operation_of(method, path.removeprefix(self.root))
        options["params"] = self._with_version(operation, options.get("params"))
        try:
            return super().call(method, path, **options)
        except RequestFailure as failure:
            if failure.status != 401 or self._tokens is None:
                raise
        self._tokens.renew()
        return super().call(method, path, **options)

    def to_failure(self, failure: HttpFailure) -> RequestFailure:
        """What a failed request means."""
        return to_request_failure(failure, self._settings.collection)

    def _request(
        self, method: str, path: str, params: Any, json: Any, write: bool, most_bytes: int
    ) -> tuple[httpx.Response, bytes]:
        """One try, once the pace allows it."""
        count = operation_of(method, path.removeprefix(self.root)).metered(params, json)
        self._limiter.wait(count)
        self.traffic.operations += count
        return super()._request(method, path, params, json, write, most_bytes)

    def _with_version(self, operation: Operation, params: Any) -> list[tuple[str, str]] | None:
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params or ())
        wanted = {"documented": operation.takes_version, "all": True, "none": False}[self._settings.api_version_on]
        if wanted:
            pairs.append(("api-version", self._settings.api_version))
        return pairs or None
