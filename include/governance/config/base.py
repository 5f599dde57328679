"""What the settings of every system have in common."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


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
    headers: dict[str, SecretStr] = Field(
        {}, description="sent with every request, for a gateway in front of the server; values are never shown"
    )

    @field_validator("headers")
    @classmethod
    def _headers_can_be_sent(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be the name of a header")
            if not _HEADER_VALUE.fullmatch(value.get_secret_value()):
                raise ValueError(f"the value of the header {name} holds what no header may: a line break, for example")
        return headers
