"""Listings that an SDK pages through, while the raw JSON of its answers is what is read.

The SDK's pager asks for the pages (its api-versions and parameters are the service's contract); a hook keeps the raw
bodies. The SDK parses a page as a whole and its pager cannot be resumed: where it breaks, the raw pager continues from
that page, so that an item that the SDK cannot parse costs nothing here.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import SourceError
from ...net.azure.errors import to_source_error
from .rest_client import ArmPage, RestClient, as_page


class PageCapture:
    """raw_response_hook of an SDK client: the raw bodies of its listings, by path, until they are taken."""

    def __init__(self) -> None:
        self._pages: dict[str, deque[tuple[str, Any]]] = defaultdict(deque)

    def __call__(self, response: Any) -> None:
        """Keeps the body of a page."""
        http, request = response.http_response, response.http_request
        if http.status_code != 200 or request.method != "GET":
            return  # what answers a POST may hold keys
        try:
            # answers of clients from an older generator have no `json`
            body = http.json() if hasattr(http, "json") else json.loads(http.text())
        except Exception:  # noqa: BLE001 - no JSON, or a body that broke off: the SDK meets the same and says so
            return
        self._pages[_key(request.url)].append((request.url, body))

    def take(self, path: str) -> ArmPage | None:
        """The next page of that collection which has not been taken. Raises SourceError when it is no listing."""
        captured = self._pages.get(_key(path))
        if not captured:
            return None
        url, body = captured.popleft()
        return as_page(body, url)


def pages_via_sdk(
    listing: Callable[[], Any], path: str, params: Mapping[str, Any], capture: PageCapture, raw: RestClient
) -> Iterator[ArmPage]:
    """Raw pages of one collection. listing: gives the SDK's pager. path, params: where the raw pager would begin.

    Raises SourceError for what the service refuses.
    """
    upcoming: str | None = path
    pagination = raw.pagination(path)
    try:
        sdk_pages = listing().by_page()
        for _ in sdk_pages:
            page = capture.take(path)
            if page is None:
                break  # the SDK asks for it elsewhere: the raw pager does it
            upcoming = page.next
            yield page
            # before the SDK goes there with its token, which need not be the page's nextLink
            pagination.check(page.items, page.next or sdk_pages.continuation_token)
            if page.next:
                raw.require_same_host(page.next)
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001 - the SDKs raise what their parsers raise
        if _is_refusal(error):
            raise to_source_error(error, raw.base + path if "://" not in path else path) from None
        page = capture.take(path)  # fetched, but not understood by the SDK
        if page is not None:
            upcoming = page.next
            yield page
            pagination.check(page.items, page.next)
        else:  # no complete answer: it is requested again
            raw.count_retry()
    if upcoming:
        yield from raw.pages(upcoming, params if upcoming == path else None, pagination=pagination)


def _is_refusal(error: Exception) -> bool:
    """An answer with an error status, or none at all; not a page that could not be parsed or that broke off."""
    from azure.core import exceptions

    if isinstance(error, exceptions.DecodeError | exceptions.IncompleteReadError):
        return False
    lost = exceptions.ServiceRequestError | exceptions.ServiceResponseError | exceptions.ClientAuthenticationError
    return isinstance(error, exceptions.HttpResponseError | OSError | lost)


def _key(url: str) -> str:
    path = unquote(urlsplit(url).path).lower()
    while "//" in path:
        path = path.replace("//", "/")
    return path.rstrip("/")
