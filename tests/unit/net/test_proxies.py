"""Every client uses a proxy for the same addresses, whatever its library makes of NO_PROXY."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from include.governance.config.connections import Endpoint
from include.governance.config.models import AzureCredential
from include.governance.errors import ConfigurationError
from include.governance.net import HttpClient, Traffic
from include.governance.net.azure.cloud import resolve_cloud
from include.governance.net.azure.credential import token_credential
from include.governance.net.azure.rate_limit import EnvironmentTransport, RateLimitedTransport, RateLimiter
from include.governance.net.proxies import proxy_for
from tests.support.echo import Echo, echo, make_certificate
from tests.support.forward_proxy import ForwardProxy, forward_proxy

PROXY = "http://proxy.corp:3128"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

# NO_PROXY, URL, whether the request goes there directly
CASES = {
    "none": ("", "http://10.1.2.3", False),
    "everything": ("*", "https://catalog.example", True),
    "network": ("10.0.0.0/8", "http://10.1.2.3:21000", True),
    "other-network": ("10.0.0.0/8", "http://11.1.2.3:21000", False),
    "network-by-an-address-in-it": ("10.9.9.9/8", "http://10.1.2.3", True),
    "network-is-no-name": ("10.0.0.0/8", "http://10.0.0.0.corp.example", False),
    "address": ("10.1.2.3", "http://10.1.2.3:21000", True),
    "address-is-no-ending": ("2.3.4.5", "http://12.3.4.5", False),
    "IPv6-brackets": ("[::1]", "http://[::1]:5000", True),
    "IPv6-plain": ("::1", "http://[::1]:5000", True),
    "IPv6-written-otherwise": ("0:0:0:0:0:0:0:1", "http://[::1]:5000", True),
    "IPv6-network": ("fd00::/8", "https://[fd12::9]", True),
    "IPv6-network-brackets": ("[fd00::]/8", "https://[fd12::9]", True),
    "IPv6-port": ("[::1]:5000", "http://[::1]:5001", False),
    "IPv4-in-IPv6": ("10.0.0.0/8", "http://[::ffff:10.1.2.3]", True),
    "domain": (".corp.local", "https://catalog.corp.local", True),
    "domain-itself": (".corp.local", "https://corp.local", True),
    "domain-without-dot": ("corp.local", "https://catalog.corp.local", True),
    "domain-star": ("*.corp.local", "https://catalog.corp.local", True),
    "domain-is-no-ending": ("corp.local", "https://evilcorp.local", False),
    "case": ("Catalog.CORP.local", "https://CATALOG.corp.LOCAL", True),
    "final-dot": ("corp.local.", "https://catalog.corp.local.", True),
    "port": ("catalog:21000", "http://catalog:21000", True),
    "other-port": ("catalog:21000", "http://catalog:21001", False),
    "port-of-the-scheme": ("catalog:443", "https://catalog", True),
    "scheme": ("http://catalog", "http://catalog", True),
    "blanks": (" 10.0.0.0/8 , .corp.local  [::1] ", "https://a.corp.local", True),
    "odd-entries": (",,/,:,[,::/x,10.0.0.0/99", "https://a.corp.local", False),
    "localhost": ("localhost", "http://localhost:5000", True),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("case", CASES)
def test_the_answer_for_an_address(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions, url, direct = CASES[case]
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert proxy_for(url) == (None if direct else PROXY)


def test_the_scheme_has_its_own_proxy_and_lower_case_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for("http://a.example") is None
    monkeypatch.setenv("HTTP_PROXY", "plain.corp:80")
    assert (proxy_for("http://a.example"), proxy_for("https://a.example")) == ("http://plain.corp:80", None)
    monkeypatch.setenv("http_proxy", PROXY)
    monkeypatch.setenv("all_proxy", "http://rest.corp:80")
    assert (proxy_for("http://a.example"), proxy_for("https://a.example")) == (PROXY, "http://rest.corp:80")
    monkeypatch.setenv("no_proxy", "a.example")
    monkeypatch.setenv("NO_PROXY", "b.example")
    assert (proxy_for("http://a.example"), proxy_for("http://b.example")) == (None, PROXY)


def by_httpx(url: str, ca_bundle: str | None) -> Any:
    client = HttpClient(Endpoint(url, ca_bundle=ca_bundle), timeout=5, attempts=1)
    try:
        return client.call("GET", "/thing")
    finally:
        client.close()


def by_requests(url: str, ca_bundle: str | None) -> Any:
    from azure.core.rest import HttpRequest

    transport = RateLimitedTransport(RateLimiter(100), Traffic(), timeout=5, ca_bundle=ca_bundle)
    try:
        return transport.send(HttpRequest("GET", f"{url}/thing")).json()
    finally:
        transport.shut()


CLIENTS = {"httpx": by_httpx, "requests": by_requests}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were looked up; every one is this machine's."""
    names: list[str] = []
    lookup = socket.getaddrinfo

    def look_up(host: Any, *more: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        names.append(name)
        return lookup("127.0.0.1", *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Echo]:
    with echo(make_certificate(tmp_path) if request.param == "https" else None) as server:
        yield server


@pytest.fixture
def proxy(server: Echo, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForwardProxy]:
    with forward_proxy(server.url) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield proxy


ROUTES = {
    "network": ("10.0.0.0/8,.corp.local,[::1]", "10.1.2.3", True),
    "domain": ("10.0.0.0/8,.corp.local,[::1]", "catalog.corp.local", True),
    "domain-itself": ("10.0.0.0/8,.corp.local,[::1]", "corp.local", True),
    "IPv6": ("10.0.0.0/8,.corp.local,[::1]", "[::1]", True),
    "star": ("*", "catalog.example", True),
    "elsewhere": ("10.0.0.0/8,.corp.local,[::1]", "catalog.example", False),
    "other-network": ("10.0.0.0/8,.corp.local,[::1]", "192.168.1.1", False),
    "other-port": ("catalog.example:1", "catalog.example", False),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("server", ["http"], indirect=True)
def test_every_client_takes_the_same_way(
    client: str, route: str, server: Echo, proxy: ForwardProxy, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    exceptions, host, direct = ROUTES[route]
    monkeypatch.setenv("NO_PROXY", exceptions)
    got = CLIENTS[client](f"http://{host}:{urlsplit(server.url).port}", None)
    assert got["path"] == "/thing"
    assert proxy.asked_for == ([] if direct else [host])
    assert (host.strip("[]") in found) == direct


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("direct", [True, False], ids=["direct", "proxied"])
@pytest.mark.parametrize("server", ["https"], indirect=True)
def test_a_proxy_is_a_tunnel_for_https(
    client: str, direct: bool, server: Echo, proxy: ForwardProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost" if direct else "10.0.0.0/8")
    got = CLIENTS[client](server.url, str(tmp_path / "server.pem"))
    assert json.dumps(got["path"]) == '"/thing"'
    assert proxy.asked_for == ([] if direct else ["localhost"])


CREDENTIALS: dict[str, Callable[[Path], AzureCredential]] = {
    "client_secret": lambda _: AzureCredential(
        kind="client_secret", tenant_id="t", client_id="proxy-test", client_secret="none"
    ),
    "workload_identity": lambda folder: AzureCredential(
        kind="workload_identity", tenant_id="t", client_id="proxy-test", token_file=str(folder / "token")
    ),
    "managed_identity": lambda _: AzureCredential(kind="managed_identity", client_id="proxy-test"),
}


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("direct", [True, False], ids=["direct", "proxied"])
@pytest.mark.parametrize("server", ["http"], indirect=True)
def test_token_requests_take_it_too(
    kind: str, direct: bool, proxy: ForwardProxy, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EnvironmentTransport, "sleep", lambda *_: None)
    (tmp_path / "token").write_text("an assertion")
    monkeypatch.setenv("NO_PROXY", "169.254.0.0/16,.microsoftonline.com" if direct else "10.0.0.0/8")
    credential = token_credential(CREDENTIALS[kind](tmp_path), resolve_cloud(None, None), None)
    with suppress(Exception):  # nobody answers like Azure here
        credential.get_token("https://management.azure.com/.default")
    host = "169.254.169.254" if kind == "managed_identity" else "login.microsoftonline.com"
    assert (host in proxy.asked_for) == (not direct)
    assert (host in found) == direct


def test_a_proxy_that_cannot_be_used_is_named_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://ana:pass-word@proxy.corp:70")
    with pytest.raises(ConfigurationError, match=r"the proxy gopher://proxy\.corp:70 cannot be used") as caught:
        HttpClient(Endpoint("http://catalog.example"), timeout=5, attempts=1)
    assert "NO_PROXY" in caught.value.remedy
    monkeypatch.setenv("NO_PROXY", "catalog.example")
    HttpClient(Endpoint("http://catalog.example"), timeout=5, attempts=1).close()


def test_another_thread_may_change_the_environment_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    ended = threading.Event()

    def change() -> None:
        while not ended.is_set():
            for number in range(50):
                os.environ[f"PASSING_{number}"] = "x"
            for number in range(50):
                os.environ.pop(f"PASSING_{number}")

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(3_000):
            assert proxy_for("https://models.example") == "http://proxy.example:3128"
    finally:
        ended.set()
        changing.join()
