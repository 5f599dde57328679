"""Airflow connections for the core, which does not know Airflow."""

from __future__ import annotations

from include.governance.config.connections import Connection
from include.governance.errors import ConfigurationError


def from_airflow(connection_id: str) -> Connection:
    """The connection from Airflow: its metadata database, the environment or a secrets backend.

    Raises:
        ConfigurationError: Airflow does not know the connection.
    """
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = AirflowConnection.get(connection_id)
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"Airflow has no connection {connection_id}.",
            f"Add it under Admin > Connections, or as AIRFLOW_CONN_{connection_id.upper()}.",
        ) from None
    return Connection(
        conn_type=connection.conn_type or "",
        host=connection.host or "",
        port=connection.port,
        schema=connection.schema or "",
        login=connection.login,
        password=connection.password,
        extra=connection.extra_dejson,
    )
