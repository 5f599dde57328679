"""One read of Azure: its identity, its cloud, and the clients that share one rate-limited transport."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import cached_property
from typing import Any

from ...config.connections import Lookup
from ...config.models import AzureSource
from ...net.azure.cloud import Cloud, resolve_cloud
from ...net.azure.credential import identity_key, token_credential
from ...net.azure.errors import to_source_error
from ...net.azure.rate_limit import CappedRetry, RateLimitedTransport, rate_limiter_for
from ...net.http import Traffic
from .credential import chosen
from .rest_client import RestClient

_CLOUD_VARIABLE = "AZUREML_CURRENT_CLOUD"
CHECK_ATTEMPTS = 2  # a person waits for the answer


class AzureSession:
    """Clients of the real SDKs for one source. Nothing is sent before the first listing is asked for.

    traffic: all requests of all its clients (token requests apart).
    """

    def __init__(self, settings: AzureSource, subscription: str, cloud: Cloud, credential: Any, identity: str) -> None:
        self.settings, self.subscription, self.cloud, self.credential = settings, subscription, cloud, credential
        self.ca_bundle = settings.ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE")
        self.traffic = Traffic()
        self._limiter = rate_limiter_for(identity, settings.requests_per_second)
        self.transport = RateLimitedTransport(
            self._limiter,
            self.traffic,
            timeout=settings.timeout_seconds,
            ca_bundle=self.ca_bundle,
        )

    @property
    def scope(self) -> str:
        """The ARM scope that is read: /subscriptions/S, or /subscriptions/S/resourceGroups/RG."""
        group = f"/resourceGroups/{self.settings.resource_group}" if self.settings.resource_group else ""
        return f"/subscriptions/{self.subscription}{group}"

    @property
    def retry(self) -> CappedRetry:
        """A new one for each client: a policy knows its successor, so one in two pipelines would join their ends."""
        return CappedRetry(self.traffic, attempts=self.settings.attempts, max_wait=self.settings.max_wait_seconds)

    @cached_property
    def arm(self) -> RestClient:
        """Azure Resource Manager."""
        return self.raw(self.cloud.resource_manager, self.cloud.arm_scope)

    def raw(self, base: str, scope: str) -> RestClient:
        """A client of another host. base: its https address. scope: what its tokens are for."""
        limits = self.retry, self.traffic, self.settings.collection_seconds
        return RestClient(base.rstrip("/"), scope, self.credential, self.transport, *limits)

    def ml_client(
        self,
        resource_group: str | None = None,
        workspace: str | None = None,
        *,
        hook: Callable[[Any], None],
        **more: Any,
    ) -> Any:
        """azure.ai.ml.MLClient. hook: gets every raw answer (raw_response_hook). more: registry_name ..."""
        from azure.ai.ml import MLClient

        before = os.environ.get(_CLOUD_VARIABLE)
        try:
            return MLClient(
                self.credential,
                self.subscription,
                resource_group,
                workspace,
                enable_telemetry=False,
                show_progress=False,
                raw_response_hook=hook,
                **self.cloud.for_ml_client(),
                **self._shared,
                **more,
            )
        finally:  # MLClient leaves its cloud in the environment of the whole process
            if before is None:
                os.environ.pop(_CLOUD_VARIABLE, None)
            else:
                os.environ[_CLOUD_VARIABLE] = before

    def cognitive_client(self, **more: Any) -> Any:
        """azure.mgmt.cognitiveservices.CognitiveServicesManagementClient (api-version 2025-09-01)."""
        from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient

        return CognitiveServicesManagementClient(self.credential, self.subscription, **self._arm_options, **more)

    def authorization_client(self, **more: Any) -> Any:
        """azure.mgmt.authorization.AuthorizationManagementClient (api-version 2022-04-01)."""
        from azure.mgmt.authorization import AuthorizationManagementClient

        return AuthorizationManagementClient(self.credential, self.subscription, **self._arm_options, **more)

    def project_client(self, endpoint: str, **more: Any) -> Any:
        """azure.ai.projects.AIProjectClient (api-version v1) of one Foundry project."""
        from azure.ai.projects import AIProjectClient

        return AIProjectClient(
            endpoint, self.credential, credential_scopes=[self.cloud.ai_scope], **self._shared, **more
        )

    def token(self, scope: str) -> str:
        """A valid bearer token, from the credential's cache where it has one. Raises SourceError."""
        try:
            return str(self.credential.get_token(scope).token)
        except Exception as error:  # noqa: BLE001 - credentials raise many types
            raise to_source_error(error, scope) from None

    def rate_limited_token(self, scope: str) -> str:
        """The same, once the principal may send its next request: for a client with a transport of its own."""
        self._limiter.wait()
        return self.token(scope)

    def close(self) -> None:
        """Closes the connections of all its clients."""
        self.transport.shut()

    @property
    def _shared(self) -> dict[str, Any]:
        verify = {"connection_verify": self.ca_bundle} if self.ca_bundle else {}
        return {"transport": self.transport, "retry_policy": self.retry, **verify}

    @property
    def _arm_options(self) -> dict[str, Any]:
        base = self.cloud.resource_manager
        return {"base_url": base, "credential_scopes": [self.cloud.arm_scope], **self._shared}


def open_session(settings: AzureSource, lookup: Lookup, most_attempts: int | None = None) -> AzureSession:
    """A session for one source; nothing is sent yet.

    Args:
        most_attempts: a limit below the configured attempts of one request.

    Raises:
        ConfigurationError: no credential or subscription is named.
        SourceError: the cloud is unknown.
    """
    if most_attempts is not None:
        settings = settings.model_copy(update={"attempts": min(settings.attempts, most_attempts)})
    logging.getLogger("azure").setLevel(logging.ERROR)  # its INFO and WARNING lines contain headers and experiments
    credential, subscription = chosen(settings, lookup)
    ca_bundle = settings.ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE")
    cloud = resolve_cloud(settings.cloud, ca_bundle)
    tokens = token_credential(credential, cloud, ca_bundle)
    return AzureSession(settings, subscription, cloud, tokens, identity_key(credential, cloud))
