"""Which proxy a request goes through: the environment's answer, the same for every client.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in lower case before upper case. httpx 0.28 knows no networks in
NO_PROXY and takes .corp.local for subdomains only; requests 2.34 knows networks of IPv4, but none of IPv6 and no [::1].
So each client is given the answer of `proxy_for` instead of the environment.

NO_PROXY is a list of *, names (a name, or .name or *.name, stands for itself and all below it), addresses and networks
(10.0.0.0/8, fd00::/8, ::1, [::1]), each with a port if only that port is meant. Names are not resolved.
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import NamedTuple
from urllib.parse import urlsplit

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_BRACKETED = re.compile(r"\[(?P<host>[^\]]*)\](?:/(?P<bits>\d+))?(?::(?P<port>\d+))?")
_WITH_PORT = re.compile(r"(?P<host>[^:]+):(?P<port>\d+)")
_PORTS = {"http": 80, "https": 443}


class _Exception(NamedTuple):
    """One entry of NO_PROXY. port: None for all."""

    host: str
    port: int | None


def proxy_for(url: str) -> str | None:
    """The address of the proxy for requests to that URL; None where they go there directly."""
    parts = urlsplit(url)
    proxy = _variable(f"{parts.scheme.lower()}_proxy") or _variable("all_proxy")
    host = (parts.hostname or "").rstrip(".")
    if not proxy or not host or _is_excepted(host, _port(url), _variable("no_proxy")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(name: str) -> str:
    """A variable of the environment, in lower case before upper case.

    Looked up, not listed: another thread may change the environment meanwhile, as azure-ai-ml 1.35 does.
    """
    stated = os.environ.get(name)
    if stated is not None:
        return stated
    if name == "http_proxy" and "REQUEST_METHOD" in os.environ:
        return ""  # a CGI script: the variable may be the header Proxy of a request
    return os.environ.get(name.upper(), "")


def requests_proxies(url: str) -> dict[str, str | None]:
    """The same answer as the `proxies` of the library requests; None in it keeps the environment's proxy out."""
    return dict.fromkeys(("http", "https", "all"), proxy_for(url))


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    try:
        return parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:  # no number; whoever sends the request says so
        return None


def _is_excepted(host: str, port: int | None, exceptions: str) -> bool:
    address = _address(host)
    entries = [_entry(text) for text in exceptions.replace(",", " ").split()]
    return any(
        entry.port in (None, port) and (entry.host == "*" or _matches(entry.host, host, address)) for entry in entries
    )


def _entry(text: str) -> _Exception:
    text = text.rpartition("://")[2].rstrip("/").lower()
    if found := _BRACKETED.fullmatch(text):
        bits = f"/{found['bits']}" if found["bits"] else ""
        return _Exception(f"{found['host']}{bits}", int(found["port"]) if found["port"] else None)
    if found := _WITH_PORT.fullmatch(text):
        return _Exception(found["host"], int(found["port"]))
    return _Exception(text, None)


def _matches(entry: str, host: str, address: _Address | None) -> bool:
    network = _network(entry)
    if network is not None or address is not None:
        return network is not None and address is not None and address in network
    name = entry.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(entry: str) -> _Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
