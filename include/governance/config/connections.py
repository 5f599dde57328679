"""Resolves `connection:` names and direct addresses of the configuration to an Endpoint.

The core does not know Airflow. In a DAG, the adapter in plugins/ looks connections up; in a shell they come from
`AIRFLOW_CONN_<ID>`, in Airflow's own URI or JSON form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import ConfigurationError
from .base import Address


@dataclass(frozen=True)
class Endpoint:
    """An address with its credentials. A repr never contains the credentials."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None
    token_source: Callable[[], str] | None = field(default=None, repr=False)  # a token that is renewed, per request


@dataclass(frozen=True)
class Connection:
    """The parts of an Airflow connection that an HTTP service needs."""

    conn_type: str = ""
    host: str = ""
    port: int | None = None
    schema: str = ""
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    def url(self) -> str:
        """`host` may be a full URL; otherwise scheme from `schema`, `extra.scheme` or the connection type."""
        if "://" in self.host:
            return self.host.rstrip("/") if self.port is None else f"{self.host.rstrip('/')}:{self.port}"
        scheme = self.extra.get("scheme") or (self.schema if self.schema in ("http", "https") else "")
        scheme = scheme or ("https" if self.conn_type in ("https", "") else "http")
        return f"{scheme}://{self.host}" + (f":{self.port}" if self.port else "")


Lookup = Callable[[str], Connection]


def from_environment(connection_id: str) -> Connection:
    """Looks a connection up in `AIRFLOW_CONN_<ID>`.

    Raises:
        ConfigurationError: the variable is not set, or is not in Airflow's form.
    """
    name = f"AIRFLOW_CONN_{connection_id.upper()}"
    text = os.environ.get(name)
    if not text:
        raise ConfigurationError(
            f"the connection {connection_id} is not known here.",
            f"Set {name} (Airflow's URI or JSON form), or give the address directly.",
        )
    return _from_json(text, name) if text.lstrip().startswith("{") else _from_uri(text)


def endpoint(address: Address, direct: str | None, lookup: Lookup) -> Endpoint:
    """The address to talk to. Credentials in the file win over those of the connection."""
    username, password, token = address.username, _secret_value(address.password), _secret_value(address.token)
    if address.connection is None:
        return Endpoint(direct or "", username, password, token, address.ca_bundle)
    connection = lookup(address.connection)
    return Endpoint(
        url=connection.extra.get("uri") or connection.url(),
        username=username or connection.login,
        password=password or connection.password,
        token=token or connection.extra.get("token"),
        ca_bundle=address.ca_bundle or connection.extra.get("ca_bundle"),
    )


def _secret_value(secret: Any) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _from_json(text: str, name: str) -> Connection:
    try:
        parts = json.loads(text)
        extra = parts.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
    except (ValueError, AttributeError):
        raise ConfigurationError(f"{name} is not a JSON connection.", "Use Airflow's JSON or URI form.") from None
    port = parts.get("port")
    return Connection(
        conn_type=parts.get("conn_type", ""),
        host=parts.get("host", ""),
        port=int(port) if port else None,
        schema=parts.get("schema") or "",
        login=parts.get("login"),
        password=parts.get("password"),
        extra=extra,
    )


def _from_uri(text: str) -> Connection:
    parts = urlsplit(text)
    return Connection(
        conn_type=parts.scheme,
        host=unquote(parts.hostname or ""),
        port=parts.port,
        schema=parts.path.strip("/"),
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        extra=dict(parse_qsl(parts.query)),
    )
