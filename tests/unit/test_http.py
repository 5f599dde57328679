"""The HTTP client: what it sends, what it tries again, how long it waits, and what it tells of a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from include.governance.config.connections import Endpoint
from include.governance.errors import ConfigurationError
from include.governance.http import HttpClient, HttpFailure
from tests.support.fault_proxy import Fault, FaultProxy


@dataclass
class Echo:
    """A server that answers every request with what it got."""

    url: str
    heard: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.heard.append({name.lower(): value for name, value in self.headers.items()})
            content = b"" if self.path == "/empty" else b'{"got": ' + (body or b"null") + b"}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told = Echo(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[FaultProxy]:
    echo.heard.clear()
    with FaultProxy(echo.url) as proxy:
        yield proxy


def client(proxy: FaultProxy, **options: Any) -> HttpClient:
    return HttpClient(Endpoint(proxy.url), **{"timeout": 2, "attempts": 3, **options})


def failure(http: HttpClient, **options: Any) -> HttpFailure:
    with pytest.raises(HttpFailure) as caught:
        http.call(options.pop("method", "GET"), "/x", **options)
    return caught.value


def test_json_goes_out_as_json_and_comes_back(proxy: FaultProxy, echo: Echo) -> None:
    assert client(proxy).call("POST", "/x", json={"a": [1, "ü"]}) == {"got": {"a": [1, "ü"]}}
    assert echo.heard[0]["content-type"] == "application/json"
    assert echo.heard[0]["accept"] == "application/json"


def test_an_empty_answer_is_none(proxy: FaultProxy) -> None:
    assert client(proxy).call("GET", "/empty") is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"username": "ana", "password": "pw"}, "Basic YW5hOnB3"),
        ({"token": "t0k"}, "Bearer t0k"),
        ({"username": "ana", "password": "pw", "token": "t0k"}, "Bearer t0k"),
    ],
)
def test_the_login_is_sent(proxy: FaultProxy, echo: Echo, given: dict[str, str], expected: str) -> None:
    HttpClient(Endpoint(proxy.url, **given), timeout=2, attempts=1).call("GET", "/x")
    assert echo.heard[0]["authorization"] == expected


def test_without_a_login_none_is_sent(proxy: FaultProxy, echo: Echo) -> None:
    client(proxy).call("GET", "/x")
    assert "authorization" not in echo.heard[0]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_status_is_tried_again(proxy: FaultProxy, status: int) -> None:
    proxy.fault(Fault("status", status=status, times=2))
    http = client(proxy)
    assert http.call("GET", "/x") == {"got": None}
    assert (http.traffic.calls, http.traffic.retries) == (3, 2)
    assert http.traffic.statuses == {status: 2, 200: 1}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_lasting_status_is_not_tried_again(proxy: FaultProxy, status: int) -> None:
    proxy.fault(Fault("status", status=status, times=None, content={"error_code": "NO", "message": "because"}))
    http = client(proxy)
    told = failure(http)
    assert (told.status, told.body["error_code"], http.traffic.calls) == (status, "NO", 1)
    assert "because" in told.sentence


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate", "garbage", "timeout_before"])
def test_a_read_is_tried_again_after_any_passing_fault(proxy: FaultProxy, kind: Any) -> None:
    proxy.fault(Fault(kind, times=1))
    http = client(proxy, timeout=0.5)
    assert http.call("GET", "/x") == {"got": None}
    assert http.traffic.retries == 1


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate", "garbage", "timeout_after"])
def test_a_write_whose_answer_was_lost_is_not_sent_again(proxy: FaultProxy, kind: Any) -> None:
    proxy.fault(Fault(kind, times=None))
    http = client(proxy, timeout=0.5)
    told = failure(http, method="PUT", json={}, write=True)
    assert told.applied == "unknown"
    assert (http.traffic.calls, http.traffic.writes) == (1, 1)


def test_a_write_that_the_server_refused_for_now_is_sent_again(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=503, times=1))
    http = client(proxy)
    assert http.call("PUT", "/x", json={"a": 1}, write=True) == {"got": {"a": 1}}
    assert http.traffic.writes == 2


def test_a_500_is_final_where_the_server_may_have_acted(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=500, times=None))
    http = client(proxy, retry_server_errors=False)
    assert failure(http).status == 500
    assert http.traffic.calls == 1


def test_retry_after_in_seconds_is_waited_for(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=429, headers={"Retry-After": "1"}))
    http = client(proxy)
    began = time.monotonic()
    http.call("GET", "/x")
    assert time.monotonic() - began >= 1
    assert http.traffic.waited >= 1


def test_retry_after_as_a_date_is_waited_for(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=503, headers={"Retry-After": formatdate(time.time() + 3, usegmt=True)}))
    began = time.monotonic()
    client(proxy).call("GET", "/x")
    assert 1.5 <= time.monotonic() - began <= 4


@pytest.mark.parametrize("asked", ["3600", formatdate(time.time() + 86_400, usegmt=True), "9" * 9])
def test_a_longer_retry_after_is_cut(proxy: FaultProxy, asked: str) -> None:
    proxy.fault(Fault("status", status=429, headers={"Retry-After": asked}))
    http = client(proxy, max_wait=0.3)
    began = time.monotonic()
    http.call("GET", "/x")
    assert 0.3 <= time.monotonic() - began < 2
    assert http.traffic.waited == pytest.approx(0.3)


@pytest.mark.parametrize("asked", ["", "soon", "-5", "nan", "inf", "Thu, 99 Foo 2026", "1e9"])
def test_a_retry_after_without_sense_is_passed_over(proxy: FaultProxy, asked: str) -> None:
    proxy.fault(Fault("status", status=429, headers={"Retry-After": asked}))
    http = client(proxy, max_wait=2)
    http.call("GET", "/x")
    assert http.traffic.waited < 2


def test_attempts_are_bounded(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=503, times=None))
    http = client(proxy, attempts=2)
    assert failure(http).status == 503
    assert len(proxy.requests) == 2
    assert failure(http, attempts=1).status == 503
    assert len(proxy.requests) == 3


def test_a_server_that_is_not_there() -> None:
    told = failure(HttpClient(Endpoint("http://127.0.0.1:9"), timeout=2, attempts=1))
    assert (told.status, told.applied) == (0, "no")
    assert "cannot connect" in told.sentence


def test_no_answer_in_time(proxy: FaultProxy) -> None:
    proxy.fault(Fault("timeout_before", times=None, seconds=3))
    told = failure(client(proxy, timeout=0.3, attempts=1))
    assert (told.status, told.applied) == (0, "unknown")
    assert "time limit" in told.sentence


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": "\\ud800x", "b": 1}', {"a": "\ud800x", "b": 1}),
        (b'{"a": Infinity, "b": 1}', {"a": float("inf"), "b": 1}),
        (b'{"a": "\xff", "b": 1}', {"a": "\ufffd", "b": 1}),
    ],
)
def test_one_broken_value_does_not_cost_the_answer(proxy: FaultProxy, body: bytes, expected: Any) -> None:
    proxy.fault(Fault("status", status=200, content=body, content_type="application/json"))
    assert client(proxy).call("GET", "/x") == expected


@pytest.mark.parametrize("body", [b"<html>login</html>", b'{"a": ', b"[" * 100_000, b"\x00\xff"])
def test_what_is_no_json_is_a_failure(proxy: FaultProxy, body: bytes) -> None:
    proxy.fault(Fault("status", status=200, content=body, times=None))
    told = failure(client(proxy, attempts=1))
    assert (told.status, told.applied) == (200, "unknown")
    assert len(told.sentence) < 500


def test_a_redirect_is_not_followed(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=302, headers={"Location": "http://127.0.0.1:9/login"}, times=None))
    assert failure(client(proxy)).status == 302


def test_a_password_in_the_address_is_used_and_never_told(proxy: FaultProxy, echo: Echo) -> None:
    address = proxy.url.replace("://", "://ana:pw-of-ana@")
    http = HttpClient(Endpoint(address), timeout=2, attempts=1)
    http.call("GET", "/x")
    assert echo.heard[0]["authorization"].startswith("Basic ")
    proxy.fault(Fault("status", status=404, times=None))
    assert "pw-of-ana" not in failure(http).sentence


@pytest.mark.parametrize("address", ["http://", "http://host:port", "http://[::1", "https://"])
def test_an_address_that_is_none_is_a_fault_of_the_configuration(address: str) -> None:
    with pytest.raises(ConfigurationError):
        HttpClient(Endpoint(address), timeout=1, attempts=1)


def test_a_ca_bundle_that_is_not_there_is_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        HttpClient(Endpoint("https://127.0.0.1:9", ca_bundle="/nowhere/ca.pem"), timeout=1, attempts=1)


def test_traffic_is_counted(proxy: FaultProxy) -> None:
    http = client(proxy)
    http.call("GET", "/x")
    http.call("POST", "/x", json={}, write=True)
    assert (http.traffic.calls, http.traffic.writes, http.traffic.retries) == (2, 1, 0)
    assert http.traffic.seconds > 0
