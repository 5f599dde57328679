"""What the settings of every system have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class Strict(BaseModel):
    """Settings that refuse unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(Strict):
    """Where a system answers: an Airflow connection, or a direct address with credentials from the environment."""

    connection: str | None = Field(None, description="id of an Airflow connection (in a shell: AIRFLOW_CONN_<ID>)")
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    ca_bundle: str | None = Field(None, description="path of a PEM file to verify the server with")
