"""The HTTP client: what it sends, what it tries again, what it tells."""

from __future__ import annotations

import email.utils
import math
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.governance.config.connections import Endpoint
from include.governance.errors import ConfigurationError
from include.governance.net import HttpClient, HttpFailure, answer_limit
from include.governance.net.failure import RetryPolicy, retry_after
from include.sandbox.faults import Fault, FaultKind
from tests.support.echo import Echo, echo, make_certificate
from tests.support.fault_proxy import FaultProxy


@pytest.fixture
def server() -> Iterator[Echo]:
    with echo() as server:
        yield server


@pytest.fixture
def proxy(server: Echo) -> Iterator[FaultProxy]:
    with FaultProxy(server.url) as proxy:
        yield proxy


def client(url: str, **settings: Any) -> HttpClient:
    endpoint = {name: settings.pop(name) for name in ("username", "password", "token", "ca_bundle") if name in settings}
    return HttpClient(Endpoint(url, **endpoint), **{"timeout": 5, "attempts": 3, **settings})


def failure(url: str, **settings: Any) -> HttpFailure:
    with pytest.raises(HttpFailure) as caught:
        client(url, attempts=1, **settings).call("GET", "/thing")
    return caught.value


def test_json_is_sent_and_asked_for(server: Echo) -> None:
    got = client(server.url, headers={"X-Mark": "1"}).call("POST", "/thing", params={"a": ["b", "c"]}, json={"d": "é"})
    assert (got["method"], got["path"], got["body"]) == ("POST", "/thing?a=b&a=c", {"d": "é"})
    assert got["headers"]["content-type"] == got["headers"]["accept"] == "application/json"
    assert got["headers"]["x-mark"] == "1"
    assert "authorization" not in got["headers"]
    assert "content-type" not in client(server.url).call("GET", "/thing")["headers"]


def test_a_token_wins_over_a_login(server: Echo) -> None:
    basic = client(server.url, username="ana", password="pass").call("GET", "/")
    assert basic["headers"]["authorization"] == "Basic YW5hOnBhc3M="
    bearer = client(server.url, username="ana", password="pass", token="abc").call("GET", "/")
    assert bearer["headers"]["authorization"] == "Bearer abc"


def test_a_login_in_the_address_is_used_and_never_shown(server: Echo) -> None:
    address = server.url.replace("://", "://ana:geheim@")
    assert client(address).call("GET", "/")["headers"]["authorization"].startswith("Basic ")
    told = failure("http://ana:geheim@127.0.0.1:1")
    assert "127.0.0.1:1" in told.sentence
    assert "geheim" not in told.sentence


def test_the_certificate_of_a_private_authority(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with echo(certificate) as server:
        assert client(server.url, ca_bundle=str(certificate)).call("GET", "/thing")["path"] == "/thing"
        told = failure(server.url)
    assert "CERTIFICATE_VERIFY_FAILED" in told.sentence
    assert (told.status, told.applied) == (0, "no")


@pytest.mark.parametrize("content", [None, "no certificate at all"])
def test_a_ca_bundle_that_cannot_be_used_is_a_matter_of_configuration(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"ca_bundle .*ca\.pem cannot be used"):
        client("https://localhost", ca_bundle=str(file))


@pytest.mark.parametrize("url", ["http://", "http://host:port", "localhost:5000"])
def test_an_address_that_is_none_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError, match="address"):
        client(url)


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        told = failure(f"http://127.0.0.1:{free.getsockname()[1]}")
    assert (told.status, told.applied) == (0, "no")
    assert "cannot connect" in told.sentence
    assert "refused" in told.sentence


@pytest.mark.parametrize("fault", ["reset_after", "truncate", "timeout_after"])
def test_a_read_is_tried_again(proxy: FaultProxy, fault: Any) -> None:
    proxy.fault(Fault(fault, times=2, seconds=5))
    reading = client(proxy.url, timeout=1.5)
    assert reading.call("GET", "/thing")["path"] == "/thing"
    assert (reading.traffic.calls, reading.traffic.retries, reading.traffic.writes) == (3, 2, 0)
    assert reading.traffic.waited > 0


@pytest.mark.parametrize("fault", ["reset_after", "truncate", "timeout_after", "garbage"])
def test_a_write_whose_answer_was_lost_is_not_sent_again(proxy: FaultProxy, fault: Any) -> None:
    proxy.fault(Fault(fault, times=None, seconds=5))
    with pytest.raises(HttpFailure) as caught:
        client(proxy.url, timeout=1.5).call("POST", "/thing", json={}, write=True)
    assert caught.value.applied == "unknown"
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("kind", ["drip", "drip_head"])
def test_an_answer_that_drips_is_left(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, kind: FaultKind) -> None:
    """Its server is never silent for long, and would take minutes."""
    monkeypatch.setattr(answer_limit, "ANSWER_TIMEOUTS", 0.1)
    proxy.fault(Fault(kind, times=None, seconds=0.1))
    writing = client(proxy.url)
    with pytest.raises(HttpFailure, match="not complete after") as caught:
        writing.call("POST", "/thing", json={}, write=True)
    assert (caught.value.status, caught.value.applied) == (0, "unknown")
    proxy.clear()
    monkeypatch.undo()
    assert writing.call("GET", "/thing")["method"] == "GET"


def test_a_server_that_takes_its_time_with_its_first_byte_is_waited_for(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_limit, "ANSWER_TIMEOUTS", 0.4)
    slow = proxy.fault(Fault("slow", seconds=2.1))
    assert client(proxy.url).call("GET", "/thing")["method"] == "GET"
    assert slow.hits == 1


def test_a_write_that_was_refused_for_now_is_sent_again(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=503))
    writing = client(proxy.url)
    assert writing.call("POST", "/thing", json={}, write=True)["method"] == "POST"
    assert (writing.traffic.writes, writing.traffic.statuses) == (2, {503: 1, 200: 1})


def test_whether_a_server_error_is_tried_again_is_for_the_caller_to_say(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=500, times=None))
    for again, calls in ((True, 3), (False, 1)):
        proxy.requests.clear()
        with pytest.raises(HttpFailure):
            client(proxy.url, retry_server_errors=again).call("GET", "/thing")
        assert len(proxy.requests) == calls


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409])
def test_a_refusal_is_not_tried_again(proxy: FaultProxy, status: int) -> None:
    content = {"error_code": "REFUSED", "message": "no"}
    proxy.fault(Fault("status", status=status, times=None, content=content, headers={"Location": "/elsewhere"}))
    with pytest.raises(HttpFailure) as caught:
        client(proxy.url).call("GET", "/thing")
    assert (caught.value.status, caught.value.body) == (status, content)
    assert "REFUSED no" in caught.value.sentence
    assert len(proxy.requests) == 1


def _wait(proxy: FaultProxy, retry_after: str, max_wait: float = 60.0) -> float:
    """Seconds that a client waits when told to come back later."""
    proxy.fault(Fault("status", status=429, headers={"Retry-After": retry_after}))
    reading = client(proxy.url, max_wait=max_wait)
    reading.call("GET", "/thing")
    return reading.traffic.waited


def test_retry_after_is_honoured(proxy: FaultProxy) -> None:
    began = time.monotonic()
    assert 1.2 <= _wait(proxy, "1.2") < 2
    assert time.monotonic() - began >= 1.2
    assert _wait(proxy, email.utils.formatdate(time.time() + 1000, usegmt=True), max_wait=0.3) == 0.3


def test_retry_after_may_be_a_date() -> None:
    date = email.utils.formatdate(time.time() + 1000, usegmt=True)
    stated = retry_after(httpx.Response(429, headers={"Retry-After": date}))
    assert stated is not None
    assert 900 < stated <= 1000


@pytest.mark.parametrize("value", ["86400", "99999999999999999999", "1e9"])
def test_retry_after_is_capped(proxy: FaultProxy, value: str) -> None:
    assert _wait(proxy, value, max_wait=0.3) <= 0.3


@pytest.mark.parametrize("value", ["", "soon", "-5", "\u00b2", "Thu, 01 Jan 1970 00:00:00 GMT", "1.2.3"])
def test_a_senseless_retry_after_is_as_none(proxy: FaultProxy, value: str) -> None:
    assert _wait(proxy, value) < 0.5


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b'["\\ud800 half"]', ["\ud800 half"]),
        (b"[NaN, 1]", [math.nan, 1]),
        (b"[1e999]", [math.inf]),
        (b'["a\xffb"]', ["a\ufffdb"]),
        (b"", None),
        (b"{}", {}),
    ],
)
def test_one_odd_value_does_not_cost_the_answer(proxy: FaultProxy, sent: bytes, read: Any) -> None:
    proxy.fault(Fault("status", status=200, content=sent, content_type="application/json"))
    assert str(client(proxy.url).call("GET", "/thing")) == str(read)


@pytest.mark.parametrize("sent", [b"<html>login</html>", b'{"a": ', b"[" * 100_000])
def test_what_is_no_json_is_told(proxy: FaultProxy, sent: bytes) -> None:
    proxy.fault(Fault("garbage", content=sent))
    told = failure(proxy.url)
    assert told.status == 200
    assert "is not JSON" in told.sentence
    assert len(told.sentence) < 400


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_gave_up_is_not_asked_to_write_again(status: int) -> None:
    """It does not say whether the server behind it acted: two writes could both be applied."""
    failure, policy = HttpFailure("lost", status=status, applied="unknown"), RetryPolicy(attempts=3)
    assert not policy.is_retriable(failure, write=True)
    assert policy.is_retriable(failure, write=False)
