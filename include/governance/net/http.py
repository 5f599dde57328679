"""One HTTP client for every system: pooled, timeouts, retries that honour Retry-After, errors that keep the status."""

from __future__ import annotations

import json as stdlib_json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import orjson
import tenacity

from ..errors import ConfigurationError
from .answer_limit import AnswerLimit, LimitedTransport, limited
from .endpoint import auth, bearer_header, display_url, verification
from .failure import HttpFailure, RetryPolicy, retry_after
from .proxies import proxy_for
from .traffic import Traffic

if TYPE_CHECKING:
    from ..config.connections import Endpoint

__all__ = ["HttpClient", "HttpFailure", "Limits", "Traffic"]

# Who gave up waiting does not say whether the server acted: a gateway, or the server itself (408)
_GATEWAY_ERRORS = frozenset({408, 502, 504})
_MAX_BODY_TEXT = 300
_LOGIN = re.compile(r"://[^/@]*@")
_CONNECTION_ERRORS: dict[type[httpx.HTTPError], str] = {
    httpx.ConnectError: "cannot connect",
    httpx.ConnectTimeout: "no connection within the time limit",
    httpx.ReadTimeout: "no answer within the time limit",
    httpx.PoolTimeout: "no free connection within the time limit",
}


class Limits(NamedTuple):
    """What of a request's answers is not taken, or not asked for again.

    Attributes:
        most_bytes: a larger answer is broken off; 0 for any size.
        is_final: failures that are not retried, whatever the client's policy says.
    """

    most_bytes: int = 0
    is_final: Callable[[HttpFailure], bool] = lambda _: False


_NO_LIMITS = Limits()


class HttpClient:
    """Requests to one server.

    Args:
        timeout: seconds that the server may keep silent, at most 10 of them for connecting; a whole answer, head and
            body, may take five times as long.
        attempts: tries of one request.
        max_wait: longest honoured Retry-After in seconds.
        retry_server_errors: whether a 500 is retried (for servers that roll back on failure).

    Raises:
        ConfigurationError: The address is no URL, or the CA bundle cannot be used.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeout: float,
        attempts: int,
        max_wait: float = 60.0,
        retry_server_errors: bool = True,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.base = endpoint.url.rstrip("/")
        self.traffic = Traffic()
        self._display_url = display_url(self.base)
        self._policy = RetryPolicy(attempts, max_wait, retry_server_errors)
        self._timeout = timeout
        proxy = proxy_for(self.base)
        with _usable(proxy):
            self._client = httpx.Client(
                timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
                auth=auth(endpoint),
                headers={
                    **{"Accept": "application/json", **bearer_header(endpoint), **(headers or {})},
                    **endpoint.headers,
                },
                transport=LimitedTransport(
                    verify=verification(endpoint),
                    limits=httpx.Limits(max_connections=8, max_keepalive_connections=8),
                    proxy=proxy,
                    trust_env=False,  # its proxies are those of `proxy_for`, its certificates those of `verification`
                ),
                follow_redirects=False,
                trust_env=False,
            )

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,
        json: Any = None,
        write: bool = False,
        attempts: int = 0,
        limits: Limits = _NO_LIMITS,
    ) -> Any:
        """The decoded JSON answer; None for an empty body.

        Args:
            params: the query, in any form that httpx takes.
            json: the body; None sends none.
            write: retried only when the server surely did not apply it. Where that is not known, the caller gets an
                HttpFailure with `applied="unknown"` and has to look first.
            attempts: tries of this request; 0 for those of the client.
            limits: what of this request's answers is not taken, or not asked for again.

        Raises:
            HttpFailure: There was no 2xx answer with a JSON body.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(attempts or self._policy.attempts),
            retry=tenacity.retry_if_exception(
                lambda error: (
                    isinstance(error, HttpFailure)
                    and self._policy.is_retriable(error, write)
                    and not limits.is_final(error)
                )
            ),
            wait=self._policy.wait,
            before_sleep=self._count_retry,
            reraise=True,
        )
        return retrying(self._json, method, path, params, json, write, limits.most_bytes)

    def text(self, path: str, params: Any, most_bytes: int) -> str:
        """The body of a GET as text: one try. Raises HttpFailure."""
        _, body = self._request("GET", path, params, None, False, most_bytes)
        return body.decode("utf-8", "replace")

    def _json(self, method: str, path: str, params: Any, json: Any, write: bool, most_bytes: int) -> Any:
        return self._decoded(*self._request(method, path, params, json, write, most_bytes))

    def _request(
        self, method: str, path: str, params: Any, json: Any, write: bool, most_bytes: int
    ) -> tuple[httpx.Response, bytes]:
        content = None if json is None else orjson.dumps(json)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        self.traffic.calls += 1
        self.traffic.writes += write
        started = time.perf_counter()
        url, limit = self.base + path, AnswerLimit(self._timeout)
        try:
            with (
                limited(limit),
                self._client.stream(method, url, params=params, content=content, headers=headers) as answer,
            ):
                body = self._body(answer, most_bytes)
        except httpx.HTTPError as error:
            if limit.is_over:
                raise HttpFailure(f"{self._display_url}: {limit}.", applied="unknown") from None
            raise self._connection_failure(error) from None
        finally:
            self.traffic.seconds += time.perf_counter() - started
        self.traffic.statuses[answer.status_code] = self.traffic.statuses.get(answer.status_code, 0) + 1
        if not answer.is_success:
            raise self._error_answer(answer, body)
        return answer, body

    def _body(self, answer: httpx.Response, most_bytes: int) -> bytes:
        """The whole body. Raises HttpFailure where it is too large."""
        parts, size = [], 0
        for part in answer.iter_bytes():
            parts.append(part)
            size += len(part)
            if most_bytes and size > most_bytes:
                failure = HttpFailure(f"{self._display_url}: the answer is larger than {most_bytes / 1e6:,.0f} MB.")
                failure.is_too_large = True
                raise failure
        return b"".join(parts)

    def _connection_failure(self, error: httpx.HTTPError) -> HttpFailure:
        reason = _CONNECTION_ERRORS.get(type(error), f"the connection broke ({type(error).__name__})")
        if isinstance(error, httpx.ConnectError) and str(error):
            reason += f" ({str(error)[:_MAX_BODY_TEXT]})"
        never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return HttpFailure(f"{self._display_url}: {reason}.", applied="no" if never_sent else "unknown")

    def _decoded(self, answer: httpx.Response, content: bytes) -> Any:
        if not content:
            return None
        try:
            return _json(content)
        except ValueError:
            raise HttpFailure(
                f"{self._display_url}: the answer is not JSON: {_text(content)}",
                status=answer.status_code,
                applied="unknown",
            ) from None

    def _error_answer(self, answer: httpx.Response, content: bytes) -> HttpFailure:
        body: Any
        try:
            body = _json(content)
        except ValueError:
            body = _text(content)
        failure = HttpFailure(
            f"{self._display_url}: HTTP {answer.status_code}: {_message(body)}",
            status=answer.status_code,
            body=body,
            applied="unknown" if answer.status_code in _GATEWAY_ERRORS else "no",
            after=retry_after(answer),
        )
        failure.challenge = answer.headers.get("WWW-Authenticate", "")[:_MAX_BODY_TEXT]
        failure.location = answer.headers.get("Location", "").partition("?")[0][:_MAX_BODY_TEXT]
        return failure

    def _count_retry(self, state: tenacity.RetryCallState) -> None:
        self.traffic.retries += 1
        self.traffic.waited += state.next_action.sleep if state.next_action else 0.0


@contextmanager
def _usable(proxy: str | None) -> Iterator[None]:
    """Raises ConfigurationError for a proxy that httpx cannot use."""
    try:
        yield
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        if proxy is None:
            raise
        raise ConfigurationError(
            f"the proxy {_LOGIN.sub('://', proxy)} cannot be used ({type(error).__name__}).",
            "Correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, or list the address in NO_PROXY.",
        ) from None


def _json(content: bytes) -> Any:
    """The decoded document.

    What orjson refuses as a whole (half of a surrogate pair, NaN, 1e999, a byte that is no UTF-8) costs only the value.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            return stdlib_json.loads(content.decode("utf-8", "replace"))
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _text(content: bytes) -> str:
    return content[: 4 * _MAX_BODY_TEXT].decode("utf-8", "replace")[:_MAX_BODY_TEXT].strip()


def _message(body: Any) -> str:
    if isinstance(body, dict):
        parts = [body.get(key) for key in ("error_code", "errorCode", "message", "errorMessage", "error")]
        return " ".join(str(part) for part in parts if part)[:_MAX_BODY_TEXT] or "no reason given"
    return str(body)[:_MAX_BODY_TEXT] or "no reason given"
