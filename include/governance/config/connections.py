"""Resolves `connection:` names and direct addresses of the configuration to an Endpoint.

The core does not know Airflow. In a DAG, the adapter in plugins/ looks connections up; in a shell they come from
`AIRFLOW_CONN_<ID>`, in Airflow's own URI or JSON form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
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
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connection: Connection | None = field(default=None, repr=False)  # where the address is that of one


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
        """Scheme, host, port and path.

        `host` may be a full URL, and may have a path. `schema` is the scheme or, as Airflow reads a connection's URI,
        the path. The scheme is else that of `extra.scheme` or the connection type.
        """
        stated, separator, rest = self.host.partition("://")
        if separator and stated not in _SCHEMES:  # the address of a store
            return self.host if self.port is None else f"{self.host.rstrip('/')}:{self.port}"
        is_scheme = self.schema in _SCHEMES
        scheme = self.extra.get("scheme") or (self.schema if is_scheme else "")
        scheme = scheme or ("https" if self.conn_type in ("https", "") else "http")
        authority, _, path = (rest if separator else self.host).partition("/")
        authority = f"[{authority}]" if authority.count(":") > 1 and not authority.startswith("[") else authority
        port = f":{self.port}" if self.port is not None else ""
        paths = [path, "" if is_scheme else self.schema]
        below = "".join(f"/{part.strip('/')}" for part in paths if part.strip("/"))
        return f"{stated if separator else scheme}://{authority}{port}{below}"


_SCHEMES = ("http", "https")
Lookup = Callable[[str], Connection]


def without_credentials(url: str) -> str:
    """http://user:password@host/x -> http://host/x; a report is read by more people than may log in."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


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
    headers = {name: value.get_secret_value() for name, value in address.headers.items()}
    if address.connection is None:
        return Endpoint(direct or "", username, password, token, address.ca_bundle, headers=headers)
    connection = lookup(address.connection)
    return Endpoint(
        url=direct or connection.extra.get("uri") or connection.url(),
        username=username or connection.login,
        password=password or connection.password,
        token=token or connection.extra.get("token"),
        ca_bundle=address.ca_bundle or connection.extra.get("ca_bundle"),
        headers={**_headers(connection, address.connection), **headers},
        connection=connection,
    )


def _headers(connection: Connection, name: str) -> dict[str, str]:
    """Those of the connection's extra `headers`: an object, or its JSON text. Raises ConfigurationError."""
    stated = connection.extra.get("headers") or {}
    try:
        stated = json.loads(stated) if isinstance(stated, str) else stated
        checked = Address(headers=stated).headers
    except ValueError:  # pydantic's ValidationError is one; it may quote a value
        raise ConfigurationError(
            f"`headers` in the extra of the connection {name} is no object of header names and values.",
            'Write it as {"X-Name": "value"}.',
        ) from None
    return {header: value.get_secret_value() for header, value in checked.items()}


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
        schema=unquote(parts.path.strip("/")),
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        extra=dict(parse_qsl(parts.query)),
    )
