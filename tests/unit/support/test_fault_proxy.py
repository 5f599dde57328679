"""Each kind of fault, against a small server that remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from include.sandbox.faults import AmbiguousFault, Fault
from tests.support.fault_proxy import FaultProxy
from tests.support.waiting import wait_for


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    asked: list[str]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append(self.requestline)
        answer = json.dumps(
            {"line": self.requestline, "body": body.decode(), "auth": self.headers.get("Authorization")}
        )
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def proxy(asked: list[str]) -> Iterator[FaultProxy]:
    handler = type("Echo", (_Echo,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    with FaultProxy(f"http://127.0.0.1:{server.server_port}") as between:
        yield between
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, timeout=10, auth=("me", "secret"), trust_env=False) as one:
        yield one


@pytest.mark.parametrize("path", ["/a/b/", "//a//b", "/a?x=1&y=%2F%20z", "/api/entity/uniqueAttribute?attr:q=a@b//c/"])
def test_passes_paths_on_as_they_are(proxy: FaultProxy, path: str) -> None:
    port = int(proxy.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert json.loads(answer.split(b"\r\n\r\n")[1])["line"] == f"GET {path} HTTP/1.1"
    assert [(seen.path, seen.status, seen.applied) for seen in proxy.requests] == [(path, 200, True)]


def test_passes_bodies_and_logins_on(client: httpx.Client) -> None:
    plain = client.post("/x", content=b"hello").json()
    assert plain["body"] == "hello"
    assert plain["auth"].startswith("Basic ")
    chunked = client.post("/x", content=iter([b"hel", b"lo"])).json()
    assert chunked["body"] == "hello"
    assert client.head("/x").headers["content-length"] != "0"


def test_keeps_the_connection(client: httpx.Client, proxy: FaultProxy) -> None:
    streams = {id(client.get("/x").extensions["network_stream"].get_extra_info("socket")) for _ in range(5)}
    assert len(streams) == 1
    assert len(proxy.requests) == 5


def test_counts_writes(client: httpx.Client, proxy: FaultProxy) -> None:
    client.get("/a")
    client.post("/api/atlas/v2/search/basic")
    client.post("/api/2.0/mlflow/runs/search")
    client.post("/api/atlas/v2/entity/bulk")
    client.delete("/api/atlas/v2/entity/guid/1")
    proxy.fault(Fault("status", method="PUT"))
    client.put("/z")
    assert proxy.writes() == 3
    assert proxy.writes(applied=True) == 2
    proxy.clear()
    assert proxy.writes() == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [({"error": "x"}, "application/json"), ("<html>no</html>", "text/html"), ("slow down", "text/plain")],
)
def test_status(client: httpx.Client, asked: list[str], content: object, kind: str, proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=429, headers={"Retry-After": "2"}, content=content))
    answer = client.post("/x")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["content-type"] == kind
    assert asked == []
    assert client.post("/x").status_code == 200


def test_status_after_the_server_did_it(client: httpx.Client, asked: list[str], proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=504, forward=True))
    assert client.post("/x").status_code == 504
    assert len(asked) == 1


@pytest.mark.parametrize(("kind", "done"), [("timeout_before", 0), ("timeout_after", 1)])
def test_timeouts(client: httpx.Client, asked: list[str], proxy: FaultProxy, kind: str, done: int) -> None:
    proxy.fault(Fault(kind))  # type: ignore[arg-type]
    with pytest.raises(httpx.ReadTimeout):
        client.post("/x", timeout=httpx.Timeout(30, read=0.3))
    wait_for(lambda: len(asked) == done and len(proxy.requests) == 1)
    assert [(seen.status, seen.applied, seen.fault) for seen in proxy.requests] == [(0, bool(done), kind)]
    assert client.post("/x").status_code == 200


@pytest.mark.parametrize(("kind", "done"), [("reset_before", 0), ("reset_after", 1)])
def test_resets(client: httpx.Client, asked: list[str], proxy: FaultProxy, kind: str, done: int) -> None:
    proxy.fault(Fault(kind))  # type: ignore[arg-type]
    with pytest.raises(httpx.ReadError, match="reset"):
        client.post("/x", content=b"y" * 100_000)
    assert len(asked) == done
    assert client.post("/x").status_code == 200


def test_truncate(client: httpx.Client, asked: list[str], proxy: FaultProxy) -> None:
    proxy.fault(Fault("truncate"))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        client.post("/x")
    assert len(asked) == 1
    assert client.post("/x").status_code == 200


def test_garbage(client: httpx.Client, asked: list[str], proxy: FaultProxy) -> None:
    proxy.fault(Fault("garbage"))
    answer = client.get("/x")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()
    assert asked == []


def test_slow(client: httpx.Client, proxy: FaultProxy) -> None:
    proxy.fault(Fault("slow", seconds=0.3))
    began = time.monotonic()
    assert client.get("/x").status_code == 200
    assert time.monotonic() - began >= 0.3
    assert proxy.requests[0].seconds >= 0.3


def test_slow_until_it_is_released(client: httpx.Client, proxy: FaultProxy) -> None:
    fault = proxy.fault(Fault("slow", seconds=3600))
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.get, "/x")
        wait_for(lambda: fault.hits)
        assert not held.done()
        fault.release()
        assert held.result().status_code == 200


def test_rewrite(client: httpx.Client, proxy: FaultProxy) -> None:
    proxy.fault(Fault("rewrite", edit=lambda document: document.update(line="poison")))
    proxy.fault(Fault("rewrite", edit=lambda document: [document["line"]]))
    assert client.get("/x").json()["line"] == "poison"
    assert client.get("/x").json() == ["GET /x HTTP/1.1"]


def test_hits_what_it_is_aimed_at(client: httpx.Client, proxy: FaultProxy) -> None:
    fault = proxy.fault(Fault("status", method="POST", path=r"/bulk$", body=lambda body: b"poison" in body, times=None))
    assert client.get("/bulk").status_code == 200
    assert client.post("/other", content=b"poison").status_code == 200
    assert client.post("/bulk", content=b"fine").status_code == 200
    assert client.post("/bulk", content=b"poison").status_code == 503
    assert client.post("/bulk", content=b"poison").status_code == 503
    assert fault.hits == 2


def test_begins_after_some_and_ends(client: httpx.Client, proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", after=2, times=2))
    assert [client.get("/x").status_code for _ in range(6)] == [200, 200, 503, 503, 200, 200]


@pytest.mark.parametrize("counting", [{"times": 1}, {"times": None, "after": 1}], ids=["times", "after"])
def test_counting_requests_of_several_targets_is_refused(
    client: httpx.Client, proxy: FaultProxy, counting: dict[str, Any]
) -> None:
    """Whichever comes first is hit: under load another one."""
    proxy.fault(Fault("status", path="/x", **counting))
    client.get("/x/1?page=1")
    client.get("/x/1?page=2")
    client.get("/x/2?page=1")
    with pytest.raises(AmbiguousFault, match=r"matched GET /x/1, GET /x/2: name one of them"):
        proxy.clear()
    proxy.clear()  # it is forgotten


@pytest.mark.parametrize("counting", [{"times": None}, {"any_target": True}], ids=["all", "any"])
def test_faults_may_be_meant_for_several_targets(
    client: httpx.Client, proxy: FaultProxy, counting: dict[str, Any]
) -> None:
    fault = proxy.fault(Fault("status", path="/x", **counting))
    assert [client.get(f"/x/{number}").status_code for number in (1, 2)] in ([503, 503], [503, 200])
    assert fault.targets == {"GET /x/1", "GET /x/2"}
    proxy.clear()


def test_the_end_of_a_proxy_refuses_them_too(proxy: FaultProxy) -> None:
    with pytest.raises(AmbiguousFault), FaultProxy(proxy.target) as other:
        other.fault(Fault("status"))
        for path in ("/one", "/two"):
            httpx.get(f"{other.url}{path}", trust_env=False)


def test_leaving_does_not_wait_for_held_connections(proxy: FaultProxy) -> None:
    with FaultProxy(proxy.target) as other:
        other.fault(Fault("timeout_before"))
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(other.url, timeout=httpx.Timeout(30, read=0.2), trust_env=False)
    assert len(other.requests) == 1  # held for an hour: the test would run out of time


def test_says_when_the_server_is_gone() -> None:
    with FaultProxy("http://127.0.0.1:9") as lonely:
        assert httpx.get(lonely.url, trust_env=False).status_code == 502
