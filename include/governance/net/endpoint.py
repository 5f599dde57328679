"""How an endpoint is accessed: its address, its credentials, the certificates that it is verified with."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ..config.connections import Endpoint


def display_url(url: str) -> str:
    """The address without its login.

    Raises:
        ConfigurationError: It is no URL, or has no host.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"the address is not a URL ({error}).", "Correct the address.") from None
    if not parsed.host:
        raise ConfigurationError("the address names no host.", "Give it as https://host:port.")
    return str(parsed.copy_with(userinfo=b"")) if parsed.userinfo else url


def verification(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """The `verify` argument of httpx: every certificate is verified; for plain HTTP no authorities are loaded (20 ms).

    SSL_CERT_FILE or SSL_CERT_DIR name other authorities than those of certifi.

    Raises:
        ConfigurationError: The CA bundle cannot be used.
    """
    if endpoint.ca_bundle is None:
        return httpx.create_ssl_context() if not endpoint.url.lower().startswith("http://") else False
    return _trusted(endpoint.ca_bundle)


def _trusted(ca_bundle: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:  # ssl.SSLError is one
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"the ca_bundle {ca_bundle} cannot be used ({reason}).", "Name a readable PEM file of the server's CA."
        ) from None


class _RenewedBearer(httpx.Auth):
    """A bearer token that is asked for before each request."""

    def __init__(self, token_source: Callable[[], str]) -> None:
        self._token_source = token_source

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token_source()}"
        yield request


def auth(endpoint: Endpoint) -> httpx.Auth | None:
    """Authentication of each request: a renewed token or a login. A fixed token is a header and wins over a login."""
    if endpoint.token_source is not None:
        return _RenewedBearer(endpoint.token_source)
    if endpoint.username is None or endpoint.token:
        return None
    return httpx.BasicAuth(endpoint.username, endpoint.password or "")


def bearer_header(endpoint: Endpoint) -> dict[str, str]:
    """The Authorization header of a fixed token; empty without one."""
    return {"Authorization": f"Bearer {endpoint.token}"} if endpoint.token else {}
