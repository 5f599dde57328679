"""Raw JSON from ARM and the data planes, page by page: nothing that an SDK's objects drop is lost.

One item that an SDK's parser rejects costs its whole listing, and such a pager cannot be resumed; here each item is
parsed alone, by its reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import tenacity
from azure.core import PipelineClient, exceptions
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    HeadersPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest

from ...errors import SourceError
from ...net.azure.errors import to_source_error
from ...net.azure.rate_limit import CappedRetry, RateLimitedTransport
from ...net.http import Traffic
from ..pagination import MOST_SECONDS, Pagination

_USER_AGENT = "airflow-model-governance"
_LOST = (exceptions.DecodeError, exceptions.IncompleteReadError)


class ArmPage(NamedTuple):
    """One page. items: the list under `value` (or `data`): objects, as documented. next: URL or None."""

    items: list[Any]
    next: str | None


class RestClient:
    """GET requests to one service. base: https address without slash at its end. scope: what its tokens are for."""

    def __init__(
        self,
        base: str,
        scope: str,
        credential: Any,
        transport: RateLimitedTransport,
        retry: CappedRetry,
        traffic: Traffic,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        """most_seconds: of one listing."""
        self.base = base
        self._traffic, self._most_seconds = traffic, most_seconds
        self._attempts = retry.total_retries + 1
        self._client: Any = PipelineClient(
            base_url=base,
            transport=transport,
            policies=[
                RequestIdPolicy(),
                HeadersPolicy({"Accept": "application/json"}),
                UserAgentPolicy(_USER_AGENT),
                retry,
                BearerTokenCredentialPolicy(credential, scope),
            ],
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer. path: below the base, or an absolute URL on the same host (nextLink).

        Raises SourceError (data: status), SourceUnavailable after the last attempt.
        """
        url = self._url(path, params)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            retry=tenacity.retry_if_exception(_is_lost),
            wait=tenacity.wait_random_exponential(multiplier=0.3, max=5.0),
            before_sleep=self.count_retry,
            reraise=True,
        )
        try:
            return retrying(self._once, url)
        except (exceptions.AzureError, OSError) as error:
            raise to_source_error(error, url) from None

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        items: str = "value",
        pagination: Pagination | None = None,
    ) -> Iterator[ArmPage]:
        """All pages of a listing, by nextLink. Raises SourceError, also if pagination does not end.

        pagination: of the pages before, where the listing is continued.
        """
        url: str | None = self._url(path, params)
        pagination = pagination or self.pagination(path)
        while url:
            page = as_page(self.get(url), url, items)
            pagination.check(page.items, page.next)
            url = page.next
            yield page

    def pagination(self, path: str) -> Pagination:
        """The limits of one listing. path: below the base, or a URL."""
        return Pagination(f"{self.base}{urlsplit(path).path}", "Sync again.", self._most_seconds, status=200)

    def _once(self, url: str) -> Any:
        with self._client.send_request(HttpRequest("GET", url)) as response:
            response.raise_for_status()
            try:
                return response.json()
            except ValueError as error:  # a body that is no JSON: like an incomplete one
                raise exceptions.DecodeError(f"the answer is not JSON: {error}") from None

    def require_same_host(self, url: str) -> None:
        """Raises SourceError for an address on another host: the token must not be sent there."""
        own, other = urlsplit(self.base), urlsplit(url)
        if (own.scheme, own.netloc.lower()) != (other.scheme, other.netloc.lower()):
            raise SourceError(
                f"{self.base} sends its reader on to {other.scheme}://{other.netloc}: refused, the token stays here.",
                "Check the address; a service's nextLink stands on its own host.",
                status=200,
            )

    def _url(self, path: str, params: Mapping[str, Any] | None) -> str:
        url = path if "://" in path else f"{self.base}/{path.lstrip('/')}"
        self.require_same_host(url)
        if not params:
            return url
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params, safe=',')}"

    def count_retry(self, _: tenacity.RetryCallState | None = None) -> None:
        """Counts one request that is sent once more."""
        self._traffic.retries += 1


def as_page(body: Any, url: str, items: str = "value") -> ArmPage:
    """Raises SourceError when the body is no listing."""
    values = body.get(items) if isinstance(body, dict) else None
    following = body.get("nextLink") if isinstance(body, dict) else None
    if not isinstance(values, list) or not isinstance(following, str | None):
        raise SourceError(
            f"{_without_query(url)} did not answer with a list under `{items}`.",
            "Check the address and the api-version.",
            status=200,
        )
    return ArmPage(values, urljoin(url, following) if following else None)


def _is_lost(error: BaseException) -> bool:
    """Whether an answer came incomplete. Statuses and broken connections are the retry policy's."""
    answered = isinstance(error, exceptions.DecodeError) and not (error.status_code and error.status_code >= 400)
    return answered or isinstance(error, _LOST)


def _without_query(url: str) -> str:
    return urlsplit(url)._replace(query="").geturl()
