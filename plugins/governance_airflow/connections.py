"""Airflow connections for the core, which knows no Airflow."""

from __future__ import annotations

from include.governance.config.connections import Connection
from include.governance.errors import ConfigurationError


def from_airflow(connection_id: str) -> Connection:
    """The connection from Airflow (metadata database, environment or secrets backend).

    Raises ConfigurationError when Airflow does not know it.
    """
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = AirflowConnection.get(connection_id)
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"Airflow knows no connection {connection_id}.",
            "Add it under Admin > Connections, or as AIRFLOW_CONN_" + connection_id.upper() + ".",
        ) from None
    return Connection(
        conn_type=found.conn_type or "",
        host=found.host or "",
        port=found.port,
        schema=found.schema or "",
        login=found.login,
        password=found.password,
        extra=found.extra_dejson,
    )
