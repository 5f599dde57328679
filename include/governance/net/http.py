"""One HTTP client for every system: pooled, timeouts, retries that honour Retry-After, errors that keep the status."""

from __future__ import annotations

import email.utils
import json as stdlib_json
import re
import ssl
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import tenacity

from ..config.connections import Endpoint
from ..errors import ConfigurationError

_OVERLOADED = {429, 502, 503, 504}
# A gateway that gave up waiting does not say whether the server behind it acted
_GATEWAY_LOST = {502, 504}
_SHOWN_BODY = 300
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]+)?")


class HttpFailure(Exception):
    """A request that did not end in a 2xx answer with the promised body.

    status: HTTP status, 0 when no answer came.
    body: decoded JSON, or the first 300 characters of a text.
    applied: "no" when the server surely did not act on it, "unknown" when the answer was lost on the way.
    """

    def __init__(self, sentence: str, *, status: int = 0, body: Any = None, applied: str = "no", after: float = 0.0):
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.body = body
        self.applied = applied
        self.retry_after = after


@dataclass
class Traffic:
    """What one client sent, for the run report. `seconds` is time spent waiting for answers, `waited` for retries."""

    calls: int = 0
    writes: int = 0
    retries: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    remaining: int | None = None  # fewest reads left that an answer spoke of (Azure)


class HttpClient:
    """Requests to one server.

    attempts: tries of one request. max_wait: longest honoured Retry-After, seconds.
    retry_server_errors: whether a 500 is tried again (it is when the server rolls back on failure).
    Raises ConfigurationError for an address that is no URL and for a CA bundle that cannot be used.
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
        self._shown = _without_login(self.base)
        self.traffic = Traffic()
        self._attempts = attempts
        self._max_wait = max_wait
        self._retried = _OVERLOADED | ({500} if retry_server_errors else set())
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            auth=_auth(endpoint),
            headers={"Accept": "application/json", **_bearer(endpoint), **(headers or {})},
            verify=_verification(endpoint),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=8),
            follow_redirects=False,
        )

    def close(self) -> None:
        self._client.close()

    def call(
        self, method: str, path: str, *, params: Any = None, json: Any = None, write: bool = False, attempts: int = 0
    ) -> Any:
        """The decoded JSON answer; None for an empty body.

        A read is tried again after any passing fault. A write (`write=True`) is tried again only when the server
        surely did not apply it; otherwise the HttpFailure says `applied="unknown"` and the caller looks first.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(attempts or self._attempts),
            retry=tenacity.retry_if_exception(lambda error: self._is_passing(error, write)),
            wait=self._wait,
            before_sleep=self._before_sleep,
            reraise=True,
        )
        return retrying(self._once, method, path, params, json, write)

    def _once(self, method: str, path: str, params: Any, json: Any, write: bool) -> Any:
        content = None if json is None else orjson.dumps(json)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        self.traffic.calls += 1
        self.traffic.writes += write
        started = time.perf_counter()
        try:
            answer = self._client.request(method, self.base + path, params=params, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise self._lost(error) from None
        finally:
            self.traffic.seconds += time.perf_counter() - started
        self.traffic.statuses[answer.status_code] = self.traffic.statuses.get(answer.status_code, 0) + 1
        return self._decoded(answer)

    def _lost(self, error: httpx.HTTPError) -> HttpFailure:
        known: dict[type[Exception], str] = {
            httpx.ConnectError: "cannot connect",
            httpx.ConnectTimeout: "no connection within the time limit",
            httpx.ReadTimeout: "no answer within the time limit",
            httpx.PoolTimeout: "no free connection within the time limit",
        }
        what = known.get(type(error), f"the connection broke ({type(error).__name__})")
        if isinstance(error, httpx.ConnectError) and str(error):
            what += f" ({str(error)[:_SHOWN_BODY]})"
        never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return HttpFailure(f"{self._shown}: {what}.", applied="no" if never_sent else "unknown")

    def _decoded(self, answer: httpx.Response) -> Any:
        if answer.is_success:
            if not answer.content:
                return None
            try:
                return _json(answer.content)
            except ValueError:
                raise HttpFailure(
                    f"{self._shown}: the answer is not JSON: {_text(answer)}",
                    status=answer.status_code,
                    applied="unknown",
                ) from None
        body: Any
        try:
            body = _json(answer.content)
        except ValueError:
            body = _text(answer)
        raise HttpFailure(
            f"{self._shown}: HTTP {answer.status_code}: {_message(body)}",
            status=answer.status_code,
            body=body,
            applied="unknown" if answer.status_code in _GATEWAY_LOST else "no",
            after=_retry_after(answer),
        )

    def _is_passing(self, error: BaseException, write: bool) -> bool:
        if not isinstance(error, HttpFailure):
            return False
        if error.status in self._retried and not (write and error.applied == "unknown"):
            return True
        lost = error.status == 0 or error.applied == "unknown"
        return lost and (error.applied == "no" or not write)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, HttpFailure) else 0.0
        backoff = tenacity.wait_random_exponential(multiplier=0.3, max=10.0)(state)
        return min(max(asked, backoff), self._max_wait)

    def _before_sleep(self, state: tenacity.RetryCallState) -> None:
        self.traffic.retries += 1
        self.traffic.waited += state.next_action.sleep if state.next_action else 0.0


def _json(content: bytes) -> Any:
    """The document. Raises ValueError when it is none.

    What orjson refuses as a whole (half of a surrogate pair, NaN, 1e999, a byte that is no UTF-8) costs only the value.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            return stdlib_json.loads(content.decode("utf-8", "replace"))
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _without_login(url: str) -> str:
    """The address as it may be shown. Raises ConfigurationError when it is none."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"the address is not a URL ({error}).", "Correct the address.") from None
    if not parsed.host:
        raise ConfigurationError("the address names no host.", "Give it as https://host:port.")
    return str(parsed.copy_with(userinfo=b"")) if parsed.userinfo else url


def _verification(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Every certificate is verified; where there is none, the authorities need not be loaded (20 ms)."""
    if endpoint.ca_bundle is None:
        return not endpoint.url.lower().startswith("http://")
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
    """A bearer token that may be another one with each request."""

    def __init__(self, token_source: Callable[[], str]) -> None:
        self._token_source = token_source

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token_source()}"
        yield request


def _auth(endpoint: Endpoint) -> httpx.Auth | None:
    if endpoint.token_source is not None:
        return _RenewedBearer(endpoint.token_source)
    if endpoint.username is None or endpoint.token:
        return None
    return httpx.BasicAuth(endpoint.username, endpoint.password or "")


def _bearer(endpoint: Endpoint) -> dict[str, str]:
    return {"Authorization": f"Bearer {endpoint.token}"} if endpoint.token else {}


def _text(answer: httpx.Response) -> str:
    return answer.text[:_SHOWN_BODY].strip()


def _message(body: Any) -> str:
    if isinstance(body, dict):
        parts = [body.get(key) for key in ("error_code", "errorCode", "message", "errorMessage", "error")]
        return " ".join(str(part) for part in parts if part)[:_SHOWN_BODY] or "no reason given"
    return str(body)[:_SHOWN_BODY] or "no reason given"


def _retry_after(answer: httpx.Response) -> float:
    """Seconds asked for by Retry-After, given as seconds or as an HTTP date; 0 when absent."""
    value = answer.headers.get("Retry-After", "")
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0
